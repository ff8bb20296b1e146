package exchange

import (
	"context"
	"slices"
	"strings"
	"sync"
)

// Tally is what the records of a round, or of all, come to at a receiver.
type Tally struct {
	Count    map[State]int
	Gone     int // of those that wait: to be deleted
	Mistakes []Mistake
	Left     int // rounds that are not counted yet
}

// Mistake is one problem with the records that have it.
type Mistake struct {
	Problem
	Part    string
	Records []Row // the first, without their cells
	Count   int
}

// More is how many records are not named.
func (m Mistake) More() int { return m.Count - len(m.Records) }

// Bounds of what is kept of one round.
const (
	mostMistakes = 50 // the rest is one mistake without a sentence
	mostRecords  = 3
)

// tally counts what was looked at.
func (l *looking) tally() Tally {
	t := Tally{Count: map[State]int{Waiting: len(l.Go) + len(l.Later), Faulty: len(l.Wrong), Held: len(l.Held), Back: len(l.Kept)}}
	for _, rows := range [][]Row{l.Go, l.Later} {
		for _, r := range rows {
			if r.Op == Delete {
				t.Gone++
			}
		}
	}
	for _, r := range l.Same {
		t.Count[l.same(r)]++
	}
	for _, r := range l.Wrong {
		for _, p := range r.Wrong {
			t.add(Mistake{p, r.Part, []Row{{Part: r.Part, ID: r.ID, Label: r.Label, Href: r.Href}}, 1})
		}
	}
	return t
}

// same is how far a record has come that the receiver has as it is.
func (l *looking) same(r Row) State {
	if l.theirs[r.Part+"|"+r.ID].last.Answer == Accepted {
		return Confirmed
	}
	return Sent
}

func (t *Tally) add(m Mistake) {
	i := slices.IndexFunc(t.Mistakes, func(x Mistake) bool { return x.Problem == m.Problem && x.Part == m.Part })
	if i < 0 && len(t.Mistakes) > mostMistakes {
		m, i = Mistake{Count: m.Count}, mostMistakes
	}
	if i < 0 {
		t.Mistakes = append(t.Mistakes, m)
		return
	}
	x := &t.Mistakes[i]
	x.Count += m.Count
	if n := min(len(m.Records), mostRecords-len(x.Records)); n > 0 && x.Sentence != "" {
		x.Records = append(slices.Clone(x.Records), m.Records[:n]...)
	}
}

func (t *Tally) plus(x Tally) {
	for state, n := range x.Count {
		t.Count[state] += n
	}
	t.Gone += x.Gone
	for _, m := range x.Mistakes {
		t.add(m)
	}
}

// book keeps the tallies of an office's rounds at a receiver as long as they are
// true: each with what it was made of.
type book struct {
	mu       sync.Mutex
	at       int64          // ms: when it was last looked whether anything was entered
	register int            // the register's version then
	batches  map[int]int    // by serial: how many receipts
	moved    map[string]int // by round: how often firms, batches or receipts have changed its records
	rounds   map[string]counted
}

type counted struct {
	basis string
	day   string // of one that is true for a day
	Tally
}

// known is the tally of a round, if it is true today.
func (b *book) known(r basis, today string) (Tally, bool) {
	b.mu.Lock()
	defer b.mu.Unlock()
	c, ok := b.rounds[r.id]
	return c.Tally, ok && c.basis == r.basis && (c.day == "" || c.day == today)
}

// keep keeps a tally for a day, if a sentence names the day.
func (b *book) keep(r basis, t Tally, l looking) {
	c := counted{r.basis, "", t}
	for _, row := range l.Wrong {
		if slices.ContainsFunc(row.Wrong, func(p Problem) bool { return strings.Contains(p.Sentence, l.on.String()) }) {
			c.day = l.on.String()
		}
	}
	b.mu.Lock()
	defer b.mu.Unlock()
	b.rounds[r.id] = c
}

// books are in memory: nothing depends on their being kept.
func (s *Service) book(authority, target string) *book {
	b, _ := s.books.LoadOrStore(authority+"|"+target, &book{moved: map[string]int{}, rounds: map[string]counted{}})
	return b.(*book)
}

// atOnce is up to how many records that are not counted a page reads.
const atOnce = 10000

// Tally counts what a receiver has or is to have. The rounds that have changed since
// they were counted are read, unless they are many: these are left to Count.
func (s *Service) Tally(ctx context.Context, authority, target string) (Tally, error) {
	x, err := s.tallied(ctx, authority, target, atOnce)
	return x.sum, err
}

// Count counts for all that was looked at since the program began, so that no
// page has to.
func (s *Service) Count(ctx context.Context) error {
	for at := range s.books.Range {
		authority, target, _ := strings.Cut(at.(string), "|")
		if _, err := s.tallied(ctx, authority, target, 0); err != nil {
			return err
		}
	}
	return nil
}

// tallied are the tallies of a receiver's rounds, in their order, the penalties'
// and the sum of all.
type tallied struct {
	rounds    []string
	of        []Tally
	penalties looking
	sum       Tally
}

func (s *Service) tallied(ctx context.Context, authority, target string, most int) (tallied, error) {
	x := tallied{sum: Tally{Count: map[State]int{}}}
	b := s.book(authority, target)
	bases, err := s.bases(ctx, authority, target, b)
	if err != nil {
		return x, err
	}
	stale := 0
	for _, r := range bases {
		if _, ok := b.known(r, s.today().String()); !ok {
			stale += r.records
		}
	}
	for _, r := range bases {
		t, ok := b.known(r, s.today().String())
		if !ok && most > 0 && stale > most {
			x.sum.Left++
			continue
		}
		if !ok {
			l, err := s.look(ctx, s.DB, authority, target, false, among{round: r.id})
			if err != nil {
				return x, err
			}
			t = l.tally()
			b.keep(r, t, l)
		}
		x.rounds, x.of = append(x.rounds, r.id), append(x.of, t)
		x.sum.plus(t)
	}
	if x.penalties, err = s.penalized(ctx, s.DB, authority, target, false); err == nil {
		x.sum.plus(x.penalties.tally())
	}
	return x, err
}
