package visit_test

import (
	"context"
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"suiji/internal/access"
	"suiji/internal/identity"
	"suiji/internal/inspection"
	"suiji/internal/inspection/inspectiontest"
	"suiji/internal/store/storetest"
	"suiji/internal/visit"
)

// air is what lies between phones and the office: it loses parcels and
// answers, doubles them and lets them arrive late.
type air struct {
	s    *spot
	rnd  *rand.Rand
	late []func() // parcels that are still on their way
}

// carry sends a parcel; ok tells whether the answer came back.
func (w *air) carry(a access.Actor, records []visit.Record) (answers []visit.Answer, ok bool) {
	deliver := func() { answers = w.deliver(a, records) }
	switch p := w.rnd.IntN(100); {
	case p < 30:
		return nil, false // lost on the way there
	case p < 45: // arrives after others have, its answer nowhere
		w.late = append(w.late, func() { w.deliver(a, records) })
		return nil, false
	case p < 65:
		deliver() // twice
	}
	if len(w.late) > 0 && w.rnd.IntN(2) == 0 {
		i := w.rnd.IntN(len(w.late))
		w.late[i]()
		w.late = slices.Delete(w.late, i, i+1)
	}
	deliver()
	return answers, w.rnd.IntN(100) >= 30 // or lost on the way back
}

func (w *air) deliver(a access.Actor, records []visit.Record) []visit.Answer {
	answers, err := w.s.v.Sync(context.Background(), a, records)
	if err != nil {
		panic(err) // the office itself must not fail
	}
	return answers
}

// handset is a phone: what it has to send, and what it knows to be kept. It
// may die at any moment: what it has stored, it has.
type handset struct {
	who  access.Actor
	box  []visit.Record
	kept map[string]visit.Answer
}

// push sends what is waiting, in any order that comes.
func (h *handset) push(w *air) {
	var parcel []visit.Record
	for _, r := range h.box {
		if _, done := h.kept[r.ID]; !done {
			parcel = append(parcel, r)
		}
	}
	w.rnd.Shuffle(len(parcel), func(i, j int) { parcel[i], parcel[j] = parcel[j], parcel[i] })
	parcel = parcel[:min(len(parcel), 1+w.rnd.IntN(20))]
	if len(parcel) == 0 {
		return
	}
	answers, ok := w.carry(h.who, parcel)
	if !ok {
		return
	}
	for _, a := range answers {
		if before, again := h.kept[a.ID]; again && (before.State != a.State || before.Received != a.Received) {
			panic(fmt.Sprintf("%s was answered %+v, and now %+v", a.ID, before, a))
		}
		if a.State == visit.Kept || a.State == visit.Stale {
			h.kept[a.ID] = a
		}
	}
}

func (h *handset) done() bool { return len(h.kept) == len(h.box) }

// phones gives each of n people of O1's and O2's teams a phone with records:
// arrivals, and two results of each of the two forms from each.
func phones(s *spot, n, arrivals int) []*handset {
	var all []*handset
	for i := range n {
		officer := []string{"O1", "O2"}[i%2]
		acc := identity.Account{ID: fmt.Sprintf("p%d", i), Username: fmt.Sprintf("p%d", i), Name: fmt.Sprintf("第%d人", i), OfficerID: officer, Roles: []access.Role{access.Inspector}}
		s.Exec(s.t, fmt.Sprintf(`INSERT INTO identity_account (authority_id, account_id, username, name, password, officer_id, active, created_at)
			VALUES ('%s', '%s', '%s', '%s', '', '%s', TRUE, 0)`, inspectiontest.Authority, acc.ID, acc.Username, acc.Name, officer))
		h := &handset{who: inspectiontest.Actor(acc.ID, acc.Name, access.Inspector), kept: map[string]visit.Answer{}}
		for k := range arrivals {
			h.box = append(h.box, s.record(visit.Arrival, 1, visit.Place{Reason: visit.Reasons[k%4]}))
		}
		sh := s.sheet(1)
		sh.Summary = acc.Name
		h.box = append(h.box, s.record(visit.Result, 1, sh))
		all = append(all, h)
	}
	return all
}

// Whatever the air does: everything that a phone has is kept in the end,
// nothing twice, and of the results made from one revision exactly one is the
// form's; the others stand beside it.
func weather(t testing.TB, seed uint64, n, arrivals int) error {
	s := newSpot(t, storetest.SQLite(t))
	w := &air{s: s, rnd: rand.New(rand.NewPCG(seed, 1))}
	s.arrive(s.one, 1) // so that a result may come before its own phone's arrival
	all := phones(s, n, arrivals)
	for round := 0; slices.ContainsFunc(all, func(h *handset) bool { return !h.done() }); round++ {
		if round > 20000 {
			return fmt.Errorf("after %d rounds some records are not kept", round)
		}
		h := all[w.rnd.IntN(len(all))]
		h.push(w)
		if w.rnd.IntN(100) == 0 { // the phone was killed before it noted the answers
			for id := range h.kept {
				if w.rnd.IntN(2) == 0 {
					delete(h.kept, id)
				}
			}
		}
	}
	for _, late := range w.late {
		late()
	}
	return tally(t, s, all)
}

func tally(t testing.TB, s *spot, all []*handset) error {
	f := s.Form(t, 1)
	v, err := s.v.Visit(context.Background(), f)
	if err != nil {
		return err
	}
	var want []string
	results, taken := 0, 0
	for _, h := range all {
		for _, r := range h.box {
			if r.Kind == visit.Arrival {
				want = append(want, r.ID)
				continue
			}
			results++
			if h.kept[r.ID].State == visit.Kept {
				taken++
				var sh visit.Sheet
				if err := json.Unmarshal([]byte(r.Body), &sh); err != nil || sh.Summary != f.Summary {
					return fmt.Errorf("the form says %q, and %q was told to be kept", f.Summary, sh.Summary)
				}
			}
		}
	}
	var got []string
	for _, a := range v.Arrivals[1:] {
		got = append(got, a.ID)
	}
	slices.Sort(got)
	slices.Sort(want)
	if !slices.Equal(got, want) {
		return fmt.Errorf("%d arrivals are kept, want %d, each once", len(got), len(want))
	}
	if taken != 1 || len(v.Stale) != results-1 || f.Revision != 2 {
		return fmt.Errorf("%d of %d results taken, %d beside, revision %d; want one, the others beside it, one entry", taken, results, len(v.Stale), f.Revision)
	}
	return nil
}

// Fifty phones; the seed is printed.
func TestFiftyPhones(t *testing.T) {
	seed := rand.Uint64()
	t.Logf("seed %d", seed)
	arrivals := 20
	if testing.Short() {
		arrivals = 3
	}
	if err := weather(t, seed, 50, arrivals); err != nil {
		t.Errorf("seed %d: %v", seed, err)
	}
}

// Any weather, with few phones, so that a failure is small.
func TestAnyWeather(t *testing.T) {
	if testing.Short() {
		t.Skip("a hundred offices")
	}
	rapid.Check(t, func(r *rapid.T) {
		seed := rapid.Uint64().Draw(r, "seed")
		n := rapid.IntRange(1, 4).Draw(r, "phones")
		if err := weather(t, seed, n, rapid.IntRange(0, 3).Draw(r, "arrivals")); err != nil {
			r.Fatal(err)
		}
	})
}

// After a restore from an older backup the phone offers again what is missing,
// and the office takes it in as it was.
func TestRestoredBackup(t *testing.T) {
	s := newSpot(t, storetest.SQLite(t))
	s.arrive(s.one, 1)
	r := s.record(visit.Result, 1, s.sheet(1))
	s.send(s.one, r)
	s.Exec(t, `DELETE FROM visit_record WHERE kind = 'result'`,
		`UPDATE inspection_form SET state = 'issued', revision = 1, started_on = '', ended_on = '', entered_by = '' WHERE form_id = '`+r.Form+`'`)
	lost, err := s.v.Unknown(t.Context(), s.one, []string{r.ID})
	s.must(err)
	if strings.Join(lost, "") != r.ID {
		t.Fatalf("Unknown = %v, want the record that the backup has not", lost)
	}
	if ans := s.send(s.one, r); ans.State != visit.Kept || s.Form(t, 1).State != inspection.Entered {
		t.Errorf("offered again: %+v", ans)
	}
}
