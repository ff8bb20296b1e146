package desk

import (
	"fmt"
	"net/http"
	"strconv"

	"suiji/internal/access"
	"suiji/internal/archive"
	"suiji/internal/disclosure"
	"suiji/internal/inspection"
	"suiji/internal/page"
	"suiji/internal/round"
)

func (s *Server) disclosureRoutes(mux *http.ServeMux) {
	d := desk{s, s.routes(mux).Forms()}
	d.get("/w/publish", "publish", s.publish)
	d.get("/w/publish/preview", "publish-preview", s.preview)
	d.post("/w/publish/preview", "publish-preview", s.preview, s.publishForms)
	d.get("/w/publish/{id}", "posting", s.posting)
	d.post("/w/publish/{id}/correct", "posting", s.posting, s.correctResult)
	d.post("/w/publish/{id}/withdraw", "posting", s.posting, s.withdrawResult)
	d.post("/w/publish/{id}/exempt", "posting", s.posting, s.exemptResult)
	s.get(mux, "/w/rounds/{id}/rate", "rate", s.rate)
	s.post(mux, "/w/rounds/{id}/close", "rate", s.rate, s.closeRound)
}

type publishPage struct {
	page.Base
	RoundID string
	Due     string
	Rounds  []page.Option
	Dues    []page.Option
	Quick   []page.Link // the deadlines, each with how many can be published
	Chips   []page.Chip
	All     bool   // every ready form is chosen, as the filter has them
	AllHref string // to choose them
	OneHref string // to choose one by one again
	Ready   []formRow
	Blocked []formRow
	Pager   page.Pager // of Blocked
	Posted  int        // how many have just been published
}

// publish lists what can be published now, and what cannot and why. Of rounds that
// are closed nothing is left but what was taken back, unless one is asked for.
func (s *Server) publish(r *http.Request) (page.Page, error) {
	ctx, a, q := r.Context(), actor(r), r.URL.Query()
	p := &publishPage{Base: page.Base{Title: "结果公示"}, RoundID: q.Get("round"), Due: q.Get("due"), Dues: dues, All: q.Get("all") != ""}
	p.Posted, _ = strconv.Atoi(q.Get("posted"))
	q.Del("posted") // said once: no link carries it on
	r.URL.RawQuery = q.Encode()
	var fp formsPage
	if err := s.formRounds(r, &fp); err != nil {
		return nil, err
	}
	p.Rounds = fp.Rounds
	rows, err := s.Disclosure.Open(ctx, a.Authority, disclosure.Filter{RoundID: p.RoundID})
	if err != nil {
		return nil, err
	}
	for _, d := range dues {
		n := 0
		for _, row := range rows {
			if row.Ready() && s.within(row, d.Value) {
				n++
			}
		}
		at := r.URL.Query()
		at.Set("due", d.Value)
		p.Quick = append(p.Quick, page.Link{Word: d.Label, Count: n, Href: "/w/publish?" + at.Encode(), Current: d.Value == p.Due})
	}
	var blocked []disclosure.Row
	for _, row := range rows {
		if !s.within(row, p.Due) {
			continue
		}
		switch {
		case row.Ready() && len(p.Ready) < disclosure.MostAtOnce:
			p.Ready = append(p.Ready, s.formRow(row))
		case !row.Public && row.Blocked != "":
			blocked = append(blocked, row)
		}
	}
	p.Pager = page.NewPager(r, len(blocked))
	for _, row := range blocked[max(0, p.Pager.First()-1):p.Pager.Last()] {
		p.Blocked = append(p.Blocked, s.formRow(row))
	}
	all := r.URL.Query()
	all.Set("all", "1")
	p.AllHref, p.OneHref = "/w/publish?"+all.Encode(), page.Without(r, "all")
	p.Chips = page.Chips(r, []page.Filter{{Name: "round", Value: p.RoundID, Options: p.Rounds}, {Name: "due", Value: p.Due, Options: p.Dues}})
	return p, nil
}

// within reports whether a row is due as a filter by deadline asks: one of
// dues, or empty.
func (s *Server) within(row disclosure.Row, due string) bool {
	if due == "overdue" {
		return row.State == disclosure.Overdue
	}
	days, err := strconv.Atoi(due)
	return err != nil || !row.Due.On.Zero() && !row.Due.On.After(s.today().AddDays(days))
}

// chosen are the forms that the page of ready ones was left with: each by
// itself, or all that can be published within a filter.
func (s *Server) chosen(r *http.Request) ([]string, error) {
	ids := r.Form["form"]
	if r.Form.Get("all") == "" || len(ids) > 0 {
		return ids, nil
	}
	rows, err := s.Disclosure.Open(r.Context(), actor(r).Authority, disclosure.Filter{RoundID: r.Form.Get("round")})
	for _, row := range rows {
		if row.Ready() && s.within(row, r.Form.Get("due")) && len(ids) < disclosure.MostAtOnce {
			ids = append(ids, row.Form.ID)
		}
	}
	return ids, err
}

type previewPage struct {
	page.Base
	Previews []disclosure.Preview
	Seen     string // names what is shown, for the act to hold to
	Masked   int    // records with covered data
	May      bool
}

// preview shows exactly what the public would read of the chosen forms.
func (s *Server) preview(r *http.Request) (page.Page, error) {
	if err := r.ParseForm(); err != nil {
		return nil, err
	}
	ids, err := s.chosen(r)
	if err != nil {
		return nil, err
	}
	all, err := s.Disclosure.Preview(r.Context(), actor(r).Authority, ids)
	if err != nil {
		return nil, err
	}
	p := &previewPage{Base: page.Base{Title: "公示预览", Trail: []page.Link{{Word: "结果公示", Href: "/w/publish"}}}, Previews: all, Seen: disclosure.SeenOf(all), May: access.Allow(actor(r), access.ResultPublish)}
	for _, x := range all {
		if len(x.Masked) > 0 {
			p.Masked++
		}
	}
	return p, nil
}

func (s *Server) publishForms(r *http.Request) (string, error) {
	ids := r.PostForm["form"]
	return fmt.Sprintf("/w/publish?posted=%d", len(ids)), s.Disclosure.PublishSeen(r.Context(), actor(r), ids, r.PostFormValue("seen"))
}

type postingPage struct {
	page.Base
	Row      disclosure.Row
	Tag      page.Tag
	Versions []disclosure.Version // the newest first
	Ready    bool
	Correct  bool
	Withdraw bool
	Exempt   bool
	Object   bool // an objection on paper may be entered
}

// posting shows what is public of one form, its history, and what can be done.
func (s *Server) posting(r *http.Request) (page.Page, error) {
	ctx, a, id := r.Context(), actor(r), r.PathValue("id")
	f, err := s.Inspection.Form(ctx, a.Authority, id)
	if err != nil {
		return nil, err
	}
	row, err := s.Disclosure.Row(ctx, f)
	if err != nil {
		return nil, err
	}
	p := &postingPage{
		Base: page.Base{Title: "公示情况", Trail: []page.Link{{Word: "结果公示", Href: "/w/publish"}, {Word: f.Firm.Name, Href: "/w/forms/" + id}}},
		Row:  row, Tag: rowTag(row.State),
		Ready:    row.Ready() && access.Allow(a, access.ResultPublish),
		Correct:  row.Public && f.State == inspection.Confirmed && access.Allow(a, access.ResultCorrect),
		Withdraw: row.Public && access.Allow(a, access.ResultWithdraw),
		Object:   row.Version > 0 && access.Allow(a, access.DeskRead),
		Exempt:   !row.Public && row.Reason == "" && access.Allow(a, access.ResultExempt),
	}
	if row.Version == 0 {
		return p, nil
	}
	versions, err := s.Disclosure.Result(ctx, a.Authority, id)
	for i := range versions {
		p.Versions = append(p.Versions, versions[len(versions)-1-i])
	}
	return p, err
}

func rowTag(state disclosure.RowState) page.Tag {
	tone := map[disclosure.RowState]page.Tone{disclosure.Waiting: page.Doing, disclosure.Overdue: page.Bad,
		disclosure.OnTime: page.OK, disclosure.Late: page.Warn}[state]
	return page.Tag{Tone: tone, Word: state.Name()}
}

func postingPath(r *http.Request) string { return "/w/publish/" + r.PathValue("id") }

func (s *Server) correctResult(r *http.Request) (string, error) {
	return postingPath(r), s.Disclosure.Correct(r.Context(), actor(r), r.PathValue("id"), r.PostFormValue("reason"))
}

func (s *Server) withdrawResult(r *http.Request) (string, error) {
	return postingPath(r), s.Disclosure.Withdraw(r.Context(), actor(r), r.PathValue("id"), r.PostFormValue("reason"))
}

func (s *Server) exemptResult(r *http.Request) (string, error) {
	return postingPath(r), s.Disclosure.Exempt(r.Context(), actor(r), r.PathValue("id"), r.PostFormValue("reason"))
}

// rateRow is a form in the rate's list.
type rateRow struct {
	disclosure.Row
	Tag page.Tag
}

type ratePage struct {
	page.Base
	Round disclosure.Rate
	State page.Tag
	Only  disclosure.RowState // the figure that is opened; empty: all
	Rows  []rateRow
	Close bool
	Filed archive.Tally // of the archive
	Shelf bool          // whether this person may open it
}

// rate shows a round's publication rate; each figure opens its forms.
func (s *Server) rate(r *http.Request) (page.Page, error) {
	ctx, a, id := r.Context(), actor(r), r.PathValue("id")
	x, err := s.Round.Round(ctx, a.Authority, id)
	if err != nil {
		return nil, err
	}
	rate, err := s.Disclosure.Rate(ctx, a.Authority, id)
	if err != nil {
		return nil, err
	}
	p := &ratePage{Base: page.Base{Title: "公示率", Trail: []page.Link{{Word: "抽取", Href: "/w/rounds"}, {Word: "轮次 " + id, Href: "/w/rounds/" + id}}},
		Round: rate, State: roundTag(x), Only: disclosure.RowState(r.URL.Query().Get("only")), Close: x.State == round.Matched && access.Allow(a, access.RoundClose), Shelf: access.Allow(a, access.ArchiveRead)}
	for _, row := range rate.Rows {
		if p.Only == "" || row.State == p.Only || p.Only == "due" && row.State != disclosure.NotYet ||
			p.Only == "published" && (row.State == disclosure.OnTime || row.State == disclosure.Late) {
			p.Rows = append(p.Rows, rateRow{row, rowTag(row.State)})
		}
	}
	p.Filed, err = s.Archive.Tally(ctx, a.Authority, id)
	return p, err
}

func (s *Server) closeRound(r *http.Request) (string, error) {
	id := r.PathValue("id")
	return "/w/rounds/" + id + "/rate", s.Disclosure.Close(r.Context(), actor(r), id)
}
