// Package fresh keeps answers as long as they are still true: until anything
// in the database changes, whoever changed it, in this process or in another.
// So a record that is taken back is gone from every answer with the very act
// that takes it back. What is kept is bounded; nothing depends on its being
// kept.
package fresh

import (
	"context"
	"errors"
	"math"
	"sync"
	"time"

	"golang.org/x/sync/singleflight"
)

// A Cache keeps what was made of one state of a database. The nil Cache keeps
// nothing.
type Cache struct {
	edition func(context.Context) (string, error)
	now     func() time.Time
	budget  int
	reading singleflight.Group

	mu         sync.Mutex
	of         string // the state that all which is kept was made of
	until      time.Time
	young, old map[string]kept // two generations, so that what is asked for often stays
	size       int             // of young
}

type kept struct {
	value any
	size  int
}

// New makes a cache of at most budget bytes, as Put is told. edition names the
// database's state: two equal names, of two moments, say that nothing was
// committed between them. What is kept is thrown away after a minute in any
// case, and when the day ends, for some answers depend on the time.
func New(edition func(context.Context) (string, error), now func() time.Time, budget int) *Cache {
	return &Cache{edition: edition, now: now, budget: budget}
}

// longest is how long an answer is kept while nothing changes: as long as
// browsers may keep it anyway.
const longest = time.Minute

// shanghai is where days begin.
var shanghai = time.FixedZone("CST", 8*60*60)

type stateKey struct{}

// Begin asks for the database's state, once for a request. What is kept and
// found under the context that it returns was made of this state or a later one.
// If the state cannot be known nothing is found, and nothing kept.
func (c *Cache) Begin(ctx context.Context) context.Context {
	if c == nil {
		return ctx
	}
	state, err := c.edition(ctx)
	if err != nil {
		return ctx
	}
	return context.WithValue(ctx, stateKey{}, state)
}

// Get returns what is kept under a key.
func (c *Cache) Get(ctx context.Context, key string) (any, bool) {
	state, ok := ctx.Value(stateKey{}).(string)
	if c == nil || !ok {
		return nil, false
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.of != state || !c.now().Before(c.until) {
		return nil, false
	}
	if k, ok := c.young[key]; ok {
		return k.value, true
	}
	k, ok := c.old[key]
	if ok {
		c.put(key, k)
	}
	return k.value, ok
}

// Put keeps a value of about size bytes. Nobody may change it afterwards.
func (c *Cache) Put(ctx context.Context, key string, value any, size int) {
	state, ok := ctx.Value(stateKey{}).(string)
	size += len(key) + overhead
	if c == nil || !ok || size > c.budget/16 {
		return
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	now := c.now()
	if c.of != state || !now.Before(c.until) {
		local := now.In(shanghai)
		midnight := time.Date(local.Year(), local.Month(), local.Day()+1, 0, 0, 0, 0, shanghai)
		c.of, c.until, c.young, c.old, c.size = state, now.Add(longest), map[string]kept{}, nil, 0
		if midnight.Before(c.until) {
			c.until = midnight
		}
	}
	c.put(key, kept{value, size})
}

// overhead is about what the map needs for an entry.
const overhead = 160

func (c *Cache) put(key string, k kept) {
	if c.size+k.size > c.budget/2 {
		c.young, c.old, c.size = map[string]kept{}, c.young, 0
	}
	if _, ok := c.young[key]; !ok {
		c.size += k.size
	}
	c.young[key] = k
}

// Never is a size that is not kept.
const Never = math.MaxInt32

// errGone says that who was reading has gone away.
var errGone = errors.New("gone")

// Read returns what is kept under a key, or what read returns, which is then
// kept as a value of size bytes. Who asks for it meanwhile waits for the same:
// a crowd does not read it a hundred times. An error is not kept.
func Read[T any](ctx context.Context, c *Cache, key string, size func(T) int, read func() (T, error)) (T, error) {
	if v, ok := c.Get(ctx, key); ok {
		return v.(T), nil
	}
	state, ok := ctx.Value(stateKey{}).(string)
	if c == nil || !ok {
		return read()
	}
	v, err, shared := c.reading.Do(state+" "+key, func() (any, error) {
		v, err := read()
		if err == nil {
			c.Put(ctx, key, v, size(v))
		} else if ctx.Err() != nil {
			err = errors.Join(errGone, err)
		}
		return v, err
	})
	if shared && errors.Is(err, errGone) && ctx.Err() == nil {
		return read()
	}
	return v.(T), err
}
