package portal

import (
	"cmp"
	"net/http"
	"strings"
	"time"

	"suiji/calendar"
	"suiji/internal/disclosure"
	"suiji/internal/errs"
	"suiji/internal/identity"
	"suiji/internal/inspection"
	"suiji/internal/openbook"
	"suiji/internal/page"
	"suiji/internal/plan"
	"suiji/internal/round"
	"suiji/internal/uscc"
)

type homePage struct {
	sheet
	Year        int
	Counters    disclosure.Counters
	Plans       []plan.Plan // of the year
	Rounds      []roundLine
	Results     []disclosure.Version
	Authorities []page.Link // if there are several
}

// JSON is the front page's twin.
func (p *homePage) JSON() any {
	return map[string]any{"authority": authorityJSON(p.Of), "counters": countersJSON(p.Counters),
		"plans": plansJSON(p.Plans), "rounds": roundsJSON(p.Rounds), "results": versionsJSON(p.Results)}
}

// few is how many of the newest the front page shows.
const few = 5

func (s *Server) home(r *http.Request) (page.Page, error) {
	sh, err := s.sheet(r, "首页")
	if err != nil {
		return nil, err
	}
	p, ctx := &homePage{sheet: sh, Year: calendar.In(s.Now()).Year()}, r.Context()
	plans, err := s.Plan.Published(ctx, sh.Of.ID)
	if err != nil {
		return nil, err
	}
	if len(plans) > 0 {
		p.Year = plans[0].Year
	}
	for _, x := range plans {
		if x.Year == p.Year {
			p.Plans = append(p.Plans, x)
		}
	}
	if p.Counters, err = s.Disclosure.Counters(ctx, sh.Of.ID, p.Year); err != nil {
		return nil, err
	}
	rounds, err := openbook.Of(s.Round).Rounds(ctx, sh.Of.ID)
	if err != nil {
		return nil, err
	}
	p.Rounds = lines(rounds[:min(few, len(rounds))])
	found, err := s.Disclosure.Results(ctx, sh.Of.ID, disclosure.Query{Limit: few, Uncounted: true, Whole: true})
	if err != nil {
		return nil, err
	}
	p.Results = found.Results
	p.Authorities, err = s.authorities(r)
	return p, err
}

// authorities links the authorities of the installation, if there are several.
func (s *Server) authorities(r *http.Request) ([]page.Link, error) {
	all, err := s.offices(r.Context())
	if err != nil || len(all) < 2 {
		return nil, err
	}
	var links []page.Link
	for i, a := range all {
		links = append(links, page.Link{Word: a.Name, Href: "/" + query(i, a.ID)})
	}
	return links, nil
}

// numberHint says what is wrong with a number of a firm; empty if the text is
// none or is right.
func numberHint(text string) string {
	x := uscc.Check(text)
	if n := len(x.Code); n < 17 || n > 19 || x.Valid() || strings.IndexFunc(x.Code, notASCII) >= 0 {
		return ""
	}
	return x.Sentence()
}

func notASCII(c rune) bool { return c > 127 }

type firmPage struct {
	sheet
	contested
	Firm  disclosure.FirmRecords
	Again map[string]again // by form
}

// Gone reports whether all that the page had is gone, and nothing may be said of it.
func (p *firmPage) Gone() bool {
	return len(p.Firm.Results)+len(p.Firm.Withdrawn)+len(p.Firm.Penalties) == 0
}

// JSON is the firm's twin.
func (p *firmPage) JSON() any {
	return struct {
		Code      string        `json:"code"`
		ID        string        `json:"id"`
		Name      string        `json:"name"`
		Penalties []any         `json:"penalties"`
		Results   []versionJSON `json:"results"`
		Withdrawn []versionJSON `json:"withdrawn"`
	}{p.Firm.Code, p.Firm.TargetID, p.Firm.Name, penaltiesJSON(p.Firm.Penalties), contestedJSON(p.Firm.Results, p.contested), versionsJSON(p.Firm.Withdrawn)}
}

func (s *Server) firm(r *http.Request) (page.Page, error) {
	sh, err := s.sheet(r, "", page.Link{Word: "查询企业", Href: "/search"})
	if err != nil {
		return nil, err
	}
	p := &firmPage{sheet: sh}
	p.Firm, err = s.Disclosure.Firm(r.Context(), sh.Of.ID, r.PathValue("id"), !page.AsJSON(r))
	if hint := numberHint(r.PathValue("id")); errs.KindOf(err) == errs.NotFound && hint != "" {
		err = errs.E(errs.NotFound, "本平台没有该企业的检查记录。"+hint)
	}
	if err != nil {
		return nil, err
	}
	p.Title = firmName(p.Firm)
	if p.Gone() {
		p.Status = http.StatusGone
	}
	if p.contested, err = s.contested(r.Context(), sh.Of.ID); err != nil {
		return nil, err
	}
	if !page.AsJSON(r) {
		p.Again, err = s.again(r.Context(), sh.Of.ID, p.Firm.Results)
	}
	return p, err
}

// firmName is what a firm is called where all that named it is gone: whoever
// asks has its number.
func firmName(f disclosure.FirmRecords) string { return cmp.Or(f.Name, "企业 "+f.TargetID) }

// The pieces of JSON that several twins have.

func authorityJSON(a identity.Authority) any {
	return map[string]any{"id": a.ID, "name": a.Name, "area_code": a.AreaCode, "area": a.AreaName, "phone": a.Phone, "hash": string(a.Hash)}
}

func countersJSON(c disclosure.Counters) any {
	codes := map[string]int{}
	for _, x := range c.ByCode {
		codes[string(x.Code)] = x.Count
	}
	return map[string]any{"year": c.Year, "rounds": c.Rounds, "drawn": c.Drawn, "inspected": c.Inspected, "published": c.Published,
		"problems": c.Problems, "corrected": c.Corrected, "withdrawn": c.Withdrawn, "by_code": codes}
}

func stamp(t time.Time) string {
	if t.IsZero() {
		return ""
	}
	return t.UTC().Format(time.RFC3339)
}

// roundLine is a round in a list.
type roundLine struct {
	openbook.Round
	Tag  page.Tag
	Size int // firms in the sealed list
	Draw int
}

func lines(rounds []openbook.Round) []roundLine {
	list := []roundLine{}
	for _, p := range rounds {
		l := roundLine{Round: p, Tag: stateTag(p)}
		for _, st := range p.Strata {
			l.Size, l.Draw = l.Size+st.Size, l.Draw+st.Draw
		}
		list = append(list, l)
	}
	return list
}

// stateTags says a round's state as the public sees it: what the office does
// between two seals is nothing to them.
var stateTags = map[round.State]page.Tag{
	round.Sealed: {Tone: page.Doing, Word: "已封存，待抽取"}, round.Drawn: {Tone: page.Doing, Word: "比对确认中"},
	round.Confirmed: {Tone: page.Doing, Word: "名单已确认"}, round.MatchFrozen: {Tone: page.Doing, Word: "名单已确认"},
	round.MatchSealed: {Tone: page.Doing, Word: "待匹配人员"}, round.Matched: {Tone: page.Doing, Word: "检查和公示中"},
	round.Closed: {Tone: page.OK, Word: "已办结"}, round.Abandoned: {Tone: page.Bad, Word: "已作废"},
}

func stateTag(p openbook.Round) page.Tag { return stateTags[p.State] }

func roundsJSON(list []roundLine) []any {
	out := []any{}
	for _, l := range list {
		out = append(out, map[string]any{"id": l.ID, "title": l.Title, "plan_id": l.PlanID, "window_no": l.WindowNo, "attempt": l.Attempt,
			"state": string(l.State), "sealed_at": stamp(l.SealedAt), "drawn_at": stamp(l.DrawnAt), "size": l.Size, "draw": l.Draw})
	}
	return out
}

// codeTag is a result in a word.
func codeTag(code string) page.Tone {
	x, ok := inspection.Code(code).Info()
	switch {
	case !ok || x.Absent:
		return page.Mute
	case x.Problem:
		return page.Warn
	}
	return page.OK
}
