package scribe_test

import (
	"errors"
	"fmt"
	"math/rand/v2"
	"slices"
	"testing"
	"time"

	"suiji/internal/audit"
	"suiji/internal/scribe"
	"suiji/internal/store"
	"suiji/internal/store/storetest"
)

// office acts by the machine's clock, and counts its acts.
type office struct {
	*testing.B
	*scribe.Scribe
	db   *store.DB
	door *audit.Door
	acts int
}

func newOffice(b *testing.B, db *store.DB) *office {
	door := audit.New(db, time.Now)
	return &office{B: b, Scribe: newScribe(db, door, time.Now, b.TempDir()), db: db, door: door}
}

func (o *office) must(err error) {
	o.Helper()
	if err != nil {
		o.Fatal(err)
	}
}

// act enters n entries in one transaction.
func (o *office) act(n int) {
	o.must(o.door.Keep(o.Context(), func(tx *store.DB) error {
		for i := range n {
			err := o.Enter(o.Context(), tx, rs, "result.published", fmt.Sprintf("f%d", o.acts+i), map[string]any{"digest": fmt.Sprintf("%064x", o.acts+i)})
			if err != nil {
				return err
			}
		}
		return nil
	}))
	o.acts += n
}

// bare enters n rows like an entry in one transaction, and does nothing else:
// the baseline.
func (o *office) bare(n int) {
	o.must(o.db.InTx(o.Context(), func(tx *store.DB) error {
		for range n {
			o.acts++
			_, err := tx.Exec(o.Context(), `
				INSERT INTO ledger_entry (authority_id, entry_id, made, at, type, subject, body, position)
				VALUES ($1, $2, $3, 0, 'result.published', $4, $5, $3)`, mk, fmt.Sprint(o.acts), o.acts, fmt.Sprintf("f%d", o.acts), fmt.Sprintf("%0180d", o.acts))
			if err != nil {
				return err
			}
		}
		return nil
	}))
}

// BenchmarkAppends measures how many entries a second come under a checkpoint,
// with one entry in each act and with a thousand, beside as many bare rows in
// as many transactions.
func BenchmarkAppends(b *testing.B) {
	for _, each := range []int{1, 1000} {
		b.Run(fmt.Sprintf("%d-an-act", each), func(b *testing.B) {
			storetest.Each(b, func(b *testing.B, db *store.DB) {
				o, n := newOffice(b, db), 2000*(1+each/100)
				rate := func(act func(int)) float64 {
					start := time.Now()
					for range n / each {
						act(each)
					}
					o.must(o.Sequence(b.Context(), rs))
					return float64(n) / time.Since(start).Seconds()
				}
				b.ReportMetric(rate(o.act), "entries/s")
				b.ReportMetric(rate(o.bare), "bare-entries/s")
				b.ReportMetric(0, "ns/op")
			})
		})
	}
}

// BenchmarkCheckpoint measures how long it takes from the begin of an act until
// a checkpoint over its entry can be read: with the ledger sequenced five times
// a second, as the program does, and with every act sequencing at once; beside
// one bare row in a transaction of its own.
func BenchmarkCheckpoint(b *testing.B) {
	for name, measure := range map[string]func(o *office, n int) []time.Duration{"five-a-second": fiveASecond, "at-once": atOnce} {
		b.Run(name, func(b *testing.B) {
			storetest.Each(b, func(b *testing.B, db *store.DB) {
				o := newOffice(b, db)
				percentiles(b, "", measure(o, 1000))
				var bare []time.Duration
				for range 1000 {
					start := time.Now()
					o.bare(1)
					bare = append(bare, time.Since(start))
				}
				percentiles(b, "bare-", bare)
				b.ReportMetric(0, "ns/op")
			})
		})
	}
}

// atOnce lets each act sequence the ledger.
func atOnce(o *office, n int) (took []time.Duration) {
	for range n {
		start := time.Now()
		o.act(1)
		o.must(o.Sequence(o.Context(), rs))
		took = append(took, time.Since(start))
	}
	return took
}

// fiveASecond lets acts come at random while another goroutine sequences.
func fiveASecond(o *office, n int) []time.Duration {
	begun, seen := make(chan time.Time, n), make(chan []time.Duration)
	go func() {
		var took []time.Duration
		for tick := time.Tick(200 * time.Millisecond); len(took) < n; <-tick {
			if err := o.catchUp(); err != nil && !store.Raced(err) { // then the next turn does it
				o.Error(err)
				break
			}
			_, size, _ := o.Checkpoint(o.Context(), rs) // 0 while there is none
			for at := time.Now(); int64(len(took)) < size; {
				took = append(took, at.Sub(<-begun))
			}
		}
		seen <- took
	}()
	random := rand.New(rand.NewPCG(4, 2022))
	for range n {
		begun <- time.Now()
		o.act(1)
		time.Sleep(time.Duration(random.Int64N(int64(40 * time.Millisecond))))
	}
	return <-seen
}

// catchUp sequences what waits.
func (o *office) catchUp() error {
	ids, err := o.Waiting(o.Context())
	for _, id := range ids {
		err = errors.Join(err, o.Sequence(o.Context(), id))
	}
	return err
}

func percentiles(b *testing.B, prefix string, took []time.Duration) {
	slices.Sort(took)
	for _, p := range []int{50, 99} {
		b.ReportMetric(took[len(took)*p/100].Seconds()*1000, fmt.Sprintf("%sp%d-ms", prefix, p))
	}
}
