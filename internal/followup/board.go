package followup

import (
	"net/http"
	"strconv"
	"strings"

	"suiji/internal/casework"
	"suiji/internal/page"
)

type boardPage struct {
	page.Base
	Rows    []boardRow
	Pager   page.Pager
	Open    int
	Late    int
	Filter  casework.Filter
	Kinds   []page.Option
	Persons []page.Option
	Rounds  []page.Option
	Hidden  int // overdue ones that the filter leaves out
	Cleared bool
}

// boardRow is an open end with its state as a tag.
type boardRow struct {
	casework.End
	Tag page.Tag
}

// Href leads to the end's page.
func (b boardRow) Href() string { return href(b.FormID, b.Ref) }

func href(form, ref string) string { return "/w/followups/" + form + "/" + ref }

// AgeText is how old it is in working days.
func (b boardRow) AgeText() string {
	if b.Age < 0 {
		return "—"
	}
	return strconv.Itoa(b.Age)
}

func rowOf(e casework.End) boardRow {
	t := page.Tag{Tone: page.Doing, Word: e.Stands()}
	switch {
	case e.Closed:
		t.Tone = page.OK
	case e.Late, e.State == casework.Failed, e.State == casework.Back:
		t.Tone = page.Bad
	case e.Waits, e.Kind == casework.Undecided, e.State == casework.Submitted:
		t.Tone = page.Warn
	}
	return boardRow{e, t}
}

func (s *Server) board(r *http.Request) (page.Page, error) {
	ctx, a, q := r.Context(), actor(r), r.URL.Query()
	f := casework.Filter{Round: q.Get("round"), Kind: casework.Kind(q.Get("kind")), Person: q.Get("person"), Text: strings.TrimSpace(q.Get("q")),
		Late: q.Get("late") != "", Closed: q.Get("closed") != ""}
	p := &boardPage{Base: page.Base{Title: "后续处置"}, Filter: f}
	n, per := page.Window(r)
	b, err := s.Casework.Board(ctx, a.Authority, f, (n-1)*per, per)
	if err != nil {
		return nil, err
	}
	p.Pager, p.Open, p.Late, p.Hidden = page.NewPager(r, b.Total), b.Open, b.Late, b.Late-b.Shown
	p.Persons, p.Rounds = page.Options(b.Persons, same), page.Options(b.Rounds, same)
	var looked []string
	for _, e := range b.Ends {
		p.Rows, looked = append(p.Rows, rowOf(e)), append(looked, e.RoundID)
	}
	for _, k := range casework.Kinds {
		if k.Kind != casework.Settled || f.Closed {
			p.Kinds = append(p.Kinds, page.Option{Value: string(k.Kind), Label: k.Name})
		}
	}
	p.Cleared = f == casework.Filter{Closed: f.Closed}
	return p, s.Round.Look(ctx, a, looked)
}

// same is a value that says what it is.
func same(x string) (value, label string) { return x, x }

type penaltiesPage struct {
	page.Base
	Pager page.Pager
	Rows  []penaltyRow
}

// penaltyRow is a penalty with its state as a tag, and by when it must be shown
// or gone.
type penaltyRow struct {
	casework.Penalty
	Tag  page.Tag
	Href string
}

func penaltyRowOf(p casework.Penalty) penaltyRow {
	tone := map[string]page.Tone{"drafted": page.Warn, "checked": page.OK, "revoked": page.Mute}[p.State]
	return penaltyRow{p, page.Tag{Tone: tone, Word: p.StateName()}, href(p.FormID, p.Ref)}
}

func (s *Server) penalties(r *http.Request) (page.Page, error) {
	ctx, a := r.Context(), actor(r)
	n, per := page.Window(r)
	all, total, err := s.Casework.PenaltyPage(ctx, a.Authority, (n-1)*per, per)
	if err != nil {
		return nil, err
	}
	p := &penaltiesPage{Base: page.Base{Title: "处罚决定", Trail: trail()}, Pager: page.NewPager(r, total)}
	var looked []string
	for _, x := range all {
		p.Rows, looked = append(p.Rows, penaltyRowOf(x)), append(looked, x.RoundID)
	}
	return p, s.Round.Look(ctx, a, looked)
}

func trail() []page.Link { return []page.Link{{Word: "后续处置", Href: "/w/followups"}} }
