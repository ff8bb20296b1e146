package interchange

import (
	"fmt"
	"net/http"
	"slices"
	"strings"

	"suiji/internal/access"
	"suiji/internal/errs"
	"suiji/internal/exchange"
	"suiji/internal/page"
)

// receiverRow is a receiver as it stands now.
type receiverRow struct {
	exchange.Receiver
	Ready, Wrong, Back, Open int
	Last                     *exchange.Batch
}

type overviewPage struct {
	page.Base
	Receivers []receiverRow
	Due       []exchange.Due
	Sources   []exchange.Source
	Left      int // rounds that are not counted yet
}

func (s *Server) overview(r *http.Request) (page.Page, error) {
	ctx, a := r.Context(), actor(r)
	p := &overviewPage{Base: page.Base{Title: "数据报送"}}
	var err error
	if p.Due, err = s.Exchange.Due(ctx, a.Authority); err != nil {
		return nil, err
	}
	for _, t := range exchange.Receivers {
		n, err := s.Exchange.Tally(ctx, a.Authority, t.ID)
		if err != nil {
			return nil, err
		}
		row := receiverRow{Receiver: t, Ready: n.Count[exchange.Waiting], Wrong: n.Count[exchange.Faulty]}
		p.Left = max(p.Left, n.Left)
		for _, d := range p.Due {
			if d.Receiver.ID == t.ID {
				row.Back++
			}
		}
		batches, err := s.Exchange.Batches(ctx, a.Authority, t.ID)
		if err != nil {
			return nil, err
		}
		for i, b := range batches {
			if i == 0 {
				row.Last = &batches[0]
			}
			row.Open += b.Open()
		}
		p.Receivers = append(p.Receivers, row)
	}
	p.Sources, err = s.Exchange.Sources(ctx, a.Authority)
	return p, err
}

// most is how many lines of a batch a page shows.
const most = 100

type receiverPage struct {
	page.Base
	exchange.Preview
	Parts   []partCount
	Shown   []rowView
	Hidden  int
	Kept    []rowView
	Held    []rowView
	Batches []exchange.Batch
	Send    bool
	Again   bool
	Codes   bool // some of what is wrong is mended on the page of codes
}

// N is how many records are in a state.
func (p receiverPage) N(state exchange.State) int { return p.Tally.Count[state] }

// Beyond is how many are not among those that are shown.
func (p receiverPage) Beyond(state exchange.State, shown int) int { return p.N(state) - shown }

// PartName is a table of the receiver.
func (p receiverPage) PartName(id string) string { return p.Receiver.Part(id).Name }

// Same is how many the receiver has as they are.
func (p receiverPage) Same() int { return p.N(exchange.Sent) + p.N(exchange.Confirmed) }

// partCount is how many lines of a table would go.
type partCount struct {
	Name                    string
	Insert, Update, Removal int
}

// rowView is a record for the page.
type rowView struct {
	exchange.Row
	PartName string
	Tag      page.Tag
}

func view(t exchange.Receiver, rows []exchange.Row) []rowView {
	var all []rowView
	for _, r := range rows {
		tone := map[exchange.Op]page.Tone{exchange.Insert: page.OK, exchange.Update: page.Doing, exchange.Delete: page.Warn}[r.Op]
		all = append(all, rowView{r, t.Part(r.Part).Name, page.Tag{Tone: tone, Word: r.Op.Name()}})
	}
	return all
}

func (s *Server) receiver(r *http.Request) (page.Page, error) {
	ctx, a := r.Context(), actor(r)
	again := r.FormValue("again") != ""
	o, err := s.Exchange.Preview(ctx, a.Authority, r.PathValue("target"), again)
	if err != nil {
		return nil, err
	}
	t := o.Receiver
	p := &receiverPage{Base: page.Base{Title: t.Name, Trail: trail(noReceiver)}, Preview: o, Again: again,
		Kept: view(t, o.Kept), Held: view(t, o.Held), Send: access.Allow(a, access.ExchangeSend)}
	p.Codes = slices.ContainsFunc(o.Tally.Mistakes, func(m exchange.Mistake) bool { return strings.HasPrefix(m.Href, "/w/exchange/"+t.ID+"/codes") })
	for _, x := range t.Parts {
		p.Parts = append(p.Parts, partCount{x.Name, o.Counts(x.ID, exchange.Insert), o.Counts(x.ID, exchange.Update), o.Counts(x.ID, exchange.Delete)})
	}
	shown := o.Go[:min(most, len(o.Go))]
	p.Shown, p.Hidden = view(t, shown), len(o.Go)-len(shown)
	p.Batches, err = s.Exchange.Batches(ctx, a.Authority, t.ID)
	return p, err
}

func (s *Server) prepare(r *http.Request) (string, error) {
	target := r.PathValue("target")
	serial, err := s.Exchange.Prepare(r.Context(), actor(r), target, r.PostFormValue("digest"), r.PostFormValue("again") != "")
	if err != nil || serial == 0 { // 0: the same form, sent twice
		return "/w/exchange/" + target, err
	}
	return fmt.Sprintf("/w/exchange/%s/batches/%d", target, serial), nil
}

type fieldsPage struct {
	page.Base
	Receiver exchange.Receiver
}

func (s *Server) fields(r *http.Request) (page.Page, error) {
	t, err := exchange.Of(r.PathValue("target"))
	return &fieldsPage{Base: page.Base{Title: "字段和字典", Trail: trail(t)}, Receiver: t}, err
}

type codesPage struct {
	page.Base
	Receiver exchange.Receiver
	Asked    []exchange.Asked
	Missing  int
	Edit     bool
}

// Options are the choices of a question.
func (codesPage) Options(q exchange.Question) []page.Option {
	return page.Options(q.Choices, func(w exchange.Word) (string, string) { return w.Ours, w.Name })
}

func (s *Server) codes(r *http.Request) (page.Page, error) {
	t, err := exchange.Of(r.PathValue("target"))
	if err != nil {
		return nil, err
	}
	p := &codesPage{Base: page.Base{Title: "代码", Trail: trail(t)}, Receiver: t, Edit: access.Allow(actor(r), access.ExchangeEdit)}
	p.Asked, err = s.Exchange.Questions(r.Context(), actor(r).Authority, t)
	for _, a := range p.Asked {
		p.Missing += a.Missing
	}
	return p, err
}

func (s *Server) setCodes(r *http.Request) (string, error) {
	t, err := exchange.Of(r.PathValue("target"))
	if err != nil {
		return "", err
	}
	asked, err := s.Exchange.Questions(r.Context(), actor(r).Authority, t)
	if err != nil {
		return "", err
	}
	subject := r.PostFormValue("subject")
	var list []exchange.Value
	at := ""
	for _, a := range asked {
		if a.Subject != subject {
			continue
		}
		at = a.Anchor
		for _, q := range a.Questions {
			if v, ok := r.PostForm[q.Key]; ok && strings.TrimSpace(v[0]) != q.Value {
				list = append(list, exchange.Value{Subject: q.Subject, Name: q.Name, Value: v[0]})
			}
		}
	}
	if at == "" {
		return "", errs.E(errs.Conflict, "现在不需要填写这一项，没有改动。请刷新后再看")
	}
	return "/w/exchange/" + t.ID + "/codes#" + at, s.Exchange.Set(r.Context(), actor(r), t.ID, list)
}
