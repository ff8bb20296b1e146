package interchange

import (
	"net/http"
	"strings"

	"suiji/internal/exchange"
	"suiji/internal/page"
)

type recordsPage struct {
	page.Base
	Receiver exchange.Receiver
	Text     string
	State    exchange.State
	Counts   []stateCount
	Rows     []recordView
	All      int
	Left     int // rounds that are not counted yet
	Pager    page.Pager
}

// stateCount is how many records have come so far.
type stateCount struct {
	State exchange.State
	Count int
}

// recordView is a record for the page.
type recordView struct {
	exchange.Standing
	PartName string
	Tag      page.Tag
	Why      string
}

// States are the choices of the list.
func (recordsPage) States() []page.Option {
	return page.Options(exchange.States, func(s exchange.State) (string, string) { return string(s), s.Name() })
}

var tones = map[exchange.State]page.Tone{exchange.Waiting: page.Doing, exchange.Faulty: page.Warn, exchange.Sent: page.Mute, exchange.Back: page.Bad, exchange.Confirmed: page.OK}

func (s *Server) records(r *http.Request) (page.Page, error) {
	t, err := exchange.Of(r.PathValue("target"))
	if err != nil {
		return nil, err
	}
	q := r.URL.Query()
	p := &recordsPage{Base: page.Base{Title: "记录和状态", Trail: trail(t)}, Receiver: t, Text: strings.TrimSpace(q.Get("q")), State: exchange.State(q.Get("state"))}
	n, per := page.Window(r)
	b, err := s.Exchange.Board(r.Context(), actor(r).Authority, t.ID, exchange.Filter{State: p.State, Text: p.Text}, (n-1)*per, per)
	if err != nil {
		return nil, err
	}
	p.Left = b.Left
	for _, st := range exchange.States {
		p.All += b.Count[st]
		p.Counts = append(p.Counts, stateCount{st, b.Count[st]})
	}
	p.Pager = page.NewPager(r, b.Total)
	for _, x := range b.Rows {
		p.Rows = append(p.Rows, seen(t, x))
	}
	return p, nil
}

func seen(t exchange.Receiver, x exchange.Standing) recordView {
	v := recordView{Standing: x, PartName: t.Part(x.Part).Name, Tag: page.Tag{Tone: tones[x.State], Word: x.State.Name()}, Why: x.Row.Why}
	switch {
	case x.State == exchange.Waiting:
		v.Tag.Word += "（" + x.Op.Name() + "）"
	case len(x.Wrong) > 0:
		v.Why = x.Wrong[0].Sentence
	}
	return v
}
