// Package spool makes a large file once for all who ask for it. Who comes while
// it is made gets it as it grows; who comes later gets it from the disk, in
// parts if he likes. A file is kept while it is true and asked for, and has no
// name on the disk: with the process it is gone, however that ends.
package spool

import (
	"bufio"
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"sync"
	"time"

	"suiji/internal/keep"
)

// idle is how long a file is kept that nobody asks for.
const idle = 15 * time.Minute

// abandoned is how long nobody has written to a file under its passing name
// before it is taken for one of a process that was killed.
const abandoned = time.Hour

// names are those that files have while they need one.
const names = "suiji-spool-*.tmp"

// ErrPassed is returned by who made a file when what it was made of has changed
// meanwhile: those who wait get it, and it is not kept.
var ErrPassed = errors.New("spool: what the file was made of has changed")

// Recipe says what is asked for, and how it is made. One of Write and At is set.
type Recipe struct {
	Key   string                                       // which file
	Mark  string                                       // changes with its content
	Write func(ctx context.Context, w io.Writer) error // makes it from its beginning to its end
	At    func(ctx context.Context, path string) error // makes it in its place: nothing of it is right before the end
}

// Spool keeps files in a folder.
type Spool struct {
	dir  string
	now  func() time.Time
	ctx  context.Context
	stop context.CancelFunc
	wait sync.WaitGroup

	mu    sync.Mutex
	files map[string]*file // by key; the newest alone
}

// file is one making of a file.
type file struct {
	Recipe
	tag    string
	f      *os.File
	cancel context.CancelFunc

	// Under the spool's mu.
	holds int
	asked time.Time
	ready int64         // how many of its bytes may be read
	grown chan struct{} // closed when there are more, or no more to come
	done  bool
	err   error
	out   bool // not kept: closed when nobody holds it
}

// New makes a spool in a folder, which is made when it is needed.
func New(dir string, now func() time.Time) *Spool {
	s := &Spool{dir: dir, now: now, files: map[string]*file{}}
	s.ctx, s.stop = context.WithCancel(context.Background())
	return s
}

// Take returns a hold on the file of a recipe: the one that is kept or being
// made under its mark, or one whose making begins. Making goes on while anybody
// holds it. Errors are the system's, when there can be no file.
func (s *Spool) Take(ctx context.Context, r Recipe) (*Hold, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	x := s.files[r.Key]
	if x == nil || x.Mark != r.Mark {
		made, err := s.begin(ctx, r)
		if err != nil {
			return nil, err
		}
		if x != nil {
			s.drop(x)
		}
		x = made
		s.files[r.Key] = x
	}
	x.holds++
	x.asked = s.now()
	return &Hold{s, x}, nil
}

// begin starts the making of a file.
func (s *Spool) begin(ctx context.Context, r Recipe) (*file, error) {
	if err := s.ctx.Err(); err != nil {
		return nil, err
	}
	if err := keep.Folder(s.dir, 0o700); err != nil {
		return nil, err
	}
	f, err := os.CreateTemp(s.dir, names)
	if err != nil {
		return nil, err
	}
	if r.At == nil {
		os.Remove(f.Name()) // Windows keeps the name of an open file: close takes it
	}
	x := &file{Recipe: r, f: f, tag: r.Mark + "." + rand.Text()[:12], grown: make(chan struct{})}
	work, cancel := context.WithCancel(context.WithoutCancel(ctx))
	x.cancel = cancel
	s.wait.Go(func() {
		defer cancel()
		defer context.AfterFunc(s.ctx, cancel)()
		s.end(x, s.make(work, x))
	})
	return x, nil
}

// make makes a file. What panics would end the program: nobody stands above.
func (s *Spool) make(ctx context.Context, x *file) (err error) {
	defer func() {
		if p := recover(); p != nil {
			err = fmt.Errorf("make %s: %v", x.Key, p)
		}
	}()
	if x.At != nil {
		return x.At(ctx, x.f.Name())
	}
	w := bufio.NewWriterSize(growing{s, x}, 256<<10)
	err = x.Write(ctx, w)
	return errors.Join(w.Flush(), err)
}

// growing lets those who wait know of what is written.
type growing struct {
	s *Spool
	x *file
}

func (g growing) Write(p []byte) (int, error) {
	n, err := g.x.f.Write(p)
	g.s.mu.Lock()
	defer g.s.mu.Unlock()
	g.x.ready += int64(n)
	close(g.x.grown)
	g.x.grown = make(chan struct{})
	return n, err
}

// end lets those who wait know that there is no more to come.
func (s *Spool) end(x *file, err error) {
	passed := errors.Is(err, ErrPassed)
	if passed {
		err = nil
	}
	size := int64(0)
	if x.At != nil {
		os.Remove(x.f.Name()) // as in begin
		info, statErr := x.f.Stat()
		if err = errors.Join(err, statErr); err == nil {
			size = info.Size()
		}
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	x.done, x.err, x.ready = true, err, x.ready+size
	close(x.grown)
	if err != nil || passed || x.holds == 0 {
		s.drop(x)
	}
}

// drop keeps a file no longer; s.mu is held. Its making goes on for those who
// hold it.
func (s *Spool) drop(x *file) {
	if s.files[x.Key] == x {
		delete(s.files, x.Key)
	}
	x.out = true
	s.clear(x)
}

// clear takes a file away that is not kept, when nobody needs it; s.mu is held.
func (s *Spool) clear(x *file) {
	if !x.out || x.holds > 0 {
		return
	}
	x.cancel()
	if x.done && x.f != nil {
		x.f.Close()           // nothing of it is needed
		os.Remove(x.f.Name()) // where the name is still there
		x.f = nil
	}
}

// Tidy takes away what nobody has asked for in a quarter of an hour, and what a
// killed process has left.
func (s *Spool) Tidy(context.Context) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	now := s.now()
	for _, x := range s.files {
		if x.done && x.holds == 0 && now.Sub(x.asked) >= idle {
			s.drop(x)
		}
	}
	left, err := filepath.Glob(filepath.Join(s.dir, names))
	for _, path := range left {
		if info, err := os.Stat(path); err == nil && now.Sub(info.ModTime()) >= abandoned {
			os.Remove(path) // one that is still read stays, on Windows
		}
	}
	return err
}

// Close ends what is being made and takes every file away.
func (s *Spool) Close() {
	s.stop()
	s.wait.Wait()
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, x := range s.files {
		s.drop(x)
	}
}

// Hold keeps a file from being taken away, until it is released, once.
type Hold struct {
	s *Spool
	x *file
}

// Release gives the hold back. The last who leaves a file that is being made
// ends that work.
func (h *Hold) Release() {
	h.s.mu.Lock()
	defer h.s.mu.Unlock()
	if h.x.holds--; h.x.holds == 0 && !h.x.done {
		h.s.drop(h.x)
	}
	h.s.clear(h.x)
}

// Send writes the whole file, as it grows. Errors: the maker's, after what was
// made before it.
func (h *Hold) Send(ctx context.Context, w io.Writer) error {
	at := int64(0)
	for {
		ready, done, grown, err := h.state()
		if at < ready {
			n, err := io.Copy(w, io.NewSectionReader(h.x.f, at, ready-at))
			if at += n; err != nil {
				return err
			}
			continue
		}
		if done {
			return err
		}
		select {
		case <-grown:
		case <-ctx.Done():
			return ctx.Err()
		}
	}
}

func (h *Hold) state() (ready int64, done bool, grown <-chan struct{}, err error) {
	h.s.mu.Lock()
	defer h.s.mu.Unlock()
	return h.x.ready, h.x.done, h.x.grown, h.x.err
}

// Whole returns the file if it is made, and a tag that no other making of it
// has; of one that is made in its place it waits for that. Errors: the maker's.
func (h *Hold) Whole(ctx context.Context) (content io.ReadSeeker, tag string, err error) {
	for {
		ready, done, grown, err := h.state()
		switch {
		case done && err == nil:
			return io.NewSectionReader(h.x.f, 0, ready), h.x.tag, nil
		case done || h.x.At == nil:
			return nil, "", err
		}
		select {
		case <-grown:
		case <-ctx.Done():
			return nil, "", ctx.Err()
		}
	}
}
