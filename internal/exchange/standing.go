package exchange

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"suiji/internal/store"
)

// State is how far a record has come at a receiver.
type State string

// The states.
const (
	Waiting   State = "waiting" // goes with the next batch
	Faulty    State = "faulty"
	Held      State = "held"
	Sent      State = "sent" // handed over, no receipt yet
	Back      State = "back" // returned, and not mended since
	Confirmed State = "confirmed"
)

// States are all of them, what asks for somebody first.
var States = []State{Back, Faulty, Waiting, Held, Sent, Confirmed}

// Name returns the state in Chinese.
func (s State) Name() string {
	return map[State]string{Waiting: "待报", Faulty: "有问题", Held: "暂不报", Sent: "已报，待回执", Back: "已退回", Confirmed: "已确认"}[s]
}

// Standing is one record, and how far it has come.
type Standing struct {
	Row
	State State
	Last  int // serial of the batch that it went with last; 0: none
}

// Standings lists every record that a receiver has or is to have, by table and
// number. Errors: NotFound.
func (s *Service) Standings(ctx context.Context, authority, target string) ([]Standing, error) {
	l, err := s.look(ctx, s.DB, authority, target, false, among{})
	return l.standings(), err
}

func (l *looking) standings() (all []Standing) {
	add := func(state State, rows ...Row) {
		for _, r := range rows {
			x := Standing{Row: r, State: state}
			if st := l.theirs[r.Part+"|"+r.ID]; st != nil {
				x.Last = st.last.Serial
			}
			all = append(all, x)
		}
	}
	add(Waiting, l.Go...)
	add(Waiting, l.Later...)
	add(Faulty, l.Wrong...)
	add(Held, l.Held...)
	add(Back, l.Kept...)
	for _, r := range l.Same {
		add(l.same(r), r)
	}
	slices.SortFunc(all, func(a, b Standing) int {
		if a.Part != b.Part {
			return l.place(a.Part) - l.place(b.Part)
		}
		return compare(a.ID, b.ID)
	})
	return all
}

// Filter says which records a board holds. Empty fields hold all.
type Filter struct {
	State State
	Text  string // a part of the firm's name or of the number
}

func (f Filter) kept(all []Standing) []Standing {
	return slices.DeleteFunc(all, func(x Standing) bool {
		return f.State != "" && x.State != f.State || !strings.Contains(x.Label, f.Text) && !strings.Contains(x.ID, f.Text)
	})
}

// Board is one window of the records, and how many there are of all states.
type Board struct {
	Rows  []Standing
	Total int // of what the filter holds
	Tally
}

// Board returns limit records behind the first skip, or the last one if there are
// not so many, in the order of Standings. Of the rounds only those are read that the
// window lies in; for a text all are gone through.
func (s *Service) Board(ctx context.Context, authority, target string, f Filter, skip, limit int) (b Board, err error) {
	x, err := s.tallied(ctx, authority, target, atOnce)
	if b.Tally = x.sum; err != nil {
		return b, err
	}
	if f.Text != "" {
		all, err := s.Standings(ctx, authority, target)
		all = f.kept(all)
		b.Total = len(all)
		skip = max(0, min(skip, b.Total-1))
		b.Rows = all[skip:min(skip+limit, b.Total)]
		return b, err
	}
	var counts, parts []int
	for i, t := range append(x.of, x.penalties.tally()) {
		n := t.Count[f.State]
		for _, m := range t.Count {
			if f.State == "" {
				n += m
			}
		}
		if n > 0 {
			counts, parts = append(counts, n), append(parts, i)
		}
	}
	b.Rows, b.Total, err = store.Window(counts, skip, limit, func(i int) ([]Standing, error) {
		l, err := x.penalties, error(nil)
		if parts[i] < len(x.rounds) {
			l, err = s.look(ctx, s.DB, authority, target, false, among{round: x.rounds[parts[i]]})
		}
		return f.kept(l.standings()), err
	})
	return b, err
}

// mostNamed is how many different problems a refusal names.
const mostNamed = 5

// Nothing says why no batch can be made now; empty: one can.
func (o Outlook) Nothing() string {
	if len(o.Go) > 0 {
		return ""
	}
	var all []Mistake
	for _, r := range o.Wrong {
		for _, p := range r.Wrong {
			all = append(all, Mistake{Problem: p, Count: 1})
		}
	}
	return nothing(len(o.Wrong), len(o.Kept), len(o.Held), all)
}

// Nothing is the same of records that are only counted.
func (t Tally) Nothing() string {
	if t.Count[Waiting] > 0 {
		return ""
	}
	return nothing(t.Count[Faulty], t.Count[Back], t.Count[Held], t.Mistakes)
}

func nothing(wrong, kept, held int, mistakes []Mistake) string {
	switch {
	case wrong == 0 && kept == 0 && held > 0:
		return "没有生成批次：剩下的 " + numeral(held) + "条暂不报送，原因见“暂不报送”"
	case wrong == 0 && kept == 0:
		return "没有需要报送的变化，没有生成批次：对方已有的和现在公示的一致"
	case wrong == 0:
		return "没有生成批次：剩下的 " + numeral(kept) + "条被退回，还没有改正"
	}
	named, records := []string{}, map[string]int{}
	for _, m := range mistakes {
		if m.Sentence != "" && records[m.Sentence] == 0 {
			named = append(named, m.Sentence)
		}
		records[m.Sentence] += m.Count
	}
	rest := ""
	if n := len(named) - mostNamed; n > 0 {
		named, rest = named[:mostNamed], "；另有 "+numeral(n)+"项"
	}
	for i, sentence := range named {
		named[i] = fmt.Sprintf("%s（%d 条）", sentence, records[sentence])
	}
	return "没有生成批次：" + numeral(wrong) + "条记录都要先改正。" + strings.Join(named, "；") + rest
}
