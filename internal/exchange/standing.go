package exchange

import (
	"context"
	"fmt"
	"slices"
	"strings"
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
	if err != nil {
		return nil, err
	}
	var all []Standing
	add := func(rows []Row, state func(*standing) State) {
		for _, r := range rows {
			x := Standing{Row: r}
			st := l.theirs[r.Part+"|"+r.ID]
			if st != nil {
				x.Last = st.last.Serial
			}
			x.State = state(st)
			all = append(all, x)
		}
	}
	always := func(is State) func(*standing) State { return func(*standing) State { return is } }
	add(l.Go, always(Waiting))
	add(l.Later, always(Waiting))
	add(l.Wrong, always(Faulty))
	add(l.Held, always(Held))
	add(l.Kept, always(Back))
	for _, r := range l.Same {
		add([]Row{r}, always(l.same(r)))
	}
	slices.SortFunc(all, func(a, b Standing) int {
		if a.Part != b.Part {
			return l.place(a.Part) - l.place(b.Part)
		}
		return compare(a.ID, b.ID)
	})
	return all, nil
}

// mostNamed is how many different problems a refusal names.
const mostNamed = 5

// Nothing says why no batch can be made now; empty: one can.
func (o Outlook) Nothing() string {
	switch {
	case len(o.Go) > 0:
		return ""
	case len(o.Wrong) == 0 && len(o.Kept) == 0 && len(o.Held) > 0:
		return "没有生成批次：剩下的 " + numeral(len(o.Held)) + "条暂不报送，原因见“暂不报送”"
	case len(o.Wrong) == 0 && len(o.Kept) == 0:
		return "没有需要报送的变化，没有生成批次：对方已有的和现在公示的一致"
	case len(o.Wrong) == 0:
		return "没有生成批次：剩下的 " + numeral(len(o.Kept)) + "条被退回，还没有改正"
	}
	named, records := []string{}, map[string]int{}
	for _, r := range o.Wrong {
		for _, p := range r.Wrong {
			if records[p.Sentence] == 0 {
				named = append(named, p.Sentence)
			}
			records[p.Sentence]++
		}
	}
	rest := ""
	if n := len(named) - mostNamed; n > 0 {
		named, rest = named[:mostNamed], "；另有 "+numeral(n)+"项"
	}
	for i, sentence := range named {
		named[i] = fmt.Sprintf("%s（%d 条）", sentence, records[sentence])
	}
	return "没有生成批次：" + numeral(len(o.Wrong)) + "条记录都要先改正。" + strings.Join(named, "；") + rest
}
