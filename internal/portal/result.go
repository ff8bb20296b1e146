package portal

import (
	"cmp"
	"encoding/json"
	"html/template"
	"net/http"
	"net/url"
	"strconv"
	"strings"

	"suiji/calendar"
	"suiji/internal/disclosure"
	"suiji/internal/fresh"
	"suiji/internal/inspection"
	"suiji/internal/page"
)

type resultsPage struct {
	sheet
	contested
	Form    template.HTML // what may be asked for, with how many results each would find
	Query   string
	Years   []page.Option
	Rounds  []page.Option
	Codes   []page.Option
	Year    string
	Round   string
	Code    string
	Chips   []page.Chip
	Total   int
	AtLeast bool                 // the text fits very many firms: there are more
	Results []disclosure.Version // in the twin
	Rows    template.HTML        // on the page
	Next    string               // address of the next page
	First   string               // address of the first page, on later ones
}

// row writes a result's line of the list: a template takes longer over twenty
// lines than over the rest of the page.
func (p *resultsPage) row(b *strings.Builder, l disclosure.Listed) {
	text := func(pieces ...string) {
		for i, s := range pieces {
			if i%2 == 1 {
				s = template.HTMLEscapeString(s)
			}
			b.WriteString(s)
		}
	}
	text(`<tr><th scope="row"><a href="/results/`, url.PathEscape(l.FormID), `">`, l.Firm.Name, `</a><small>`, l.Firm.Code,
		"</small></th>\n<td data-label=\"检查结果\">")
	for _, x := range l.Results {
		b.WriteString(string(page.Tag{Tone: codeTag(x.Code), Word: x.Name}.Mark()) + " ")
	}
	if l.State == disclosure.Corrected {
		b.WriteString("<small>已更正</small>")
	}
	if p.Marked(l.FormID) {
		b.WriteString(string(page.Tag{Tone: page.Warn, Word: "异议办理中"}.Mark()))
	}
	text("</td>\n<td data-label=\"任务\">", strconv.Itoa(l.Year)+" 年度"+l.Task,
		"</td>\n<td class=\"date\" data-label=\"检查结束\">", cmp.Or(l.Ended, "—"), `</td><td class="date" data-label="公示">`, calendar.In(l.PostedAt).String(), "</td></tr>")
}

// JSON is the list's twin.
func (p *resultsPage) JSON() any {
	return map[string]any{"total": p.Total, "at_least": p.AtLeast, "results": contestedJSON(p.Results, p.contested), "next": p.Next}
}

// perPage is how many results one page shows.
const perPage = 20

func (s *Server) results(r *http.Request) (page.Page, error) {
	sh, err := s.sheet(r, "检查结果")
	if err != nil {
		return nil, err
	}
	v := r.URL.Query()
	p := &resultsPage{sheet: sh, Query: v.Get("q"), Year: v.Get("year"), Round: v.Get("round"), Code: v.Get("code")}
	q := disclosure.Query{Text: p.Query, Code: inspection.Code(p.Code), RoundID: p.Round, After: v.Get("after"), Limit: perPage}
	q.Year, _ = strconv.Atoi(p.Year) // what is no year asks for all
	if p.contested, err = s.contested(r.Context(), sh.Of.ID); err != nil {
		return nil, err
	}
	next, err := p.find(r, s.Disclosure, q)
	if err != nil {
		return nil, err
	}
	if next != "" {
		v.Set("after", next)
		p.Next = (&url.URL{Path: r.URL.Path, RawQuery: v.Encode()}).String()
	}
	if q.After != "" {
		p.First = page.Without(r, "after")
	}
	p.chips(r)
	if page.AsJSON(r) {
		return p, nil
	}
	form := "results form " + strings.Join([]string{sh.Of.ID, p.Year, p.Round, p.Code, p.Query}, "\x00")
	p.Form, err = fresh.Read(r.Context(), s.Fresh, form, func(h template.HTML) int { return len(h) }, func() (template.HTML, error) {
		if err := s.facets(r, p, q); err != nil {
			return "", err
		}
		return s.set.Part("results", "form", p)
	})
	return p, err
}

// find reads what the page, or its twin, shows, and where it goes on.
func (p *resultsPage) find(r *http.Request, from *disclosure.Service, q disclosure.Query) (next string, err error) {
	if page.AsJSON(r) {
		found, err := from.Results(r.Context(), p.Of.ID, q)
		p.Results, p.Total, p.AtLeast = found.Results, found.Total, found.AtLeast
		return found.Next, err
	}
	found, err := from.List(r.Context(), p.Of.ID, q)
	var rows strings.Builder
	rows.Grow(len(found.Results) * 640)
	for _, l := range found.Results {
		p.row(&rows, l)
	}
	p.Rows, p.Total, p.AtLeast = template.HTML(rows.String()), found.Total, found.AtLeast
	return found.Next, err
}

func (p *resultsPage) chips(r *http.Request) {
	if p.Query != "" {
		p.Chips = append(p.Chips, page.Chip{Word: "“" + p.Query + "”", Without: page.Without(r, "q", "after")})
	}
	if p.Year != "" {
		p.Chips = append(p.Chips, page.Chip{Word: p.Year + " 年度", Without: page.Without(r, "year", "after")})
	}
	if p.Round != "" {
		p.Chips = append(p.Chips, page.Chip{Word: "轮次 " + p.Round, Without: page.Without(r, "round", "after")})
	}
	if p.Code != "" {
		p.Chips = append(p.Chips, page.Chip{Word: inspection.Code(p.Code).Name(), Without: page.Without(r, "code", "after")})
	}
}

// facets offers the years and rounds that have results, and the result codes,
// each with how many it would find.
func (s *Server) facets(r *http.Request, p *resultsPage, q disclosure.Query) error {
	choices, err := s.Disclosure.Choices(r.Context(), p.Of.ID, q)
	if err != nil {
		return err
	}
	counts, err := s.Disclosure.Facets(r.Context(), p.Of.ID, q)
	if err != nil {
		return err
	}
	for _, y := range choices.Years {
		p.Years = append(p.Years, counted(y, y, counts.Years))
	}
	for _, x := range choices.Rounds {
		p.Rounds = append(p.Rounds, counted(x, x, counts.Rounds))
	}
	for _, x := range inspection.Codes {
		p.Codes = append(p.Codes, counted(string(x.Code), x.Name, counts.Codes))
	}
	return nil
}

func counted(value, label string, counts map[string]int) page.Option {
	if n := counts[value]; n > 0 {
		label += "（" + strconv.Itoa(n) + "）"
	}
	return page.Option{Value: value, Label: label}
}

// versionJSON is a version as a twin tells it.
type versionJSON struct {
	Contested *bool           `json:"contested,omitempty"` // in lists: there is an objection under way
	Current   bool            `json:"current"`
	Digest    string          `json:"digest"`
	DueOn     string          `json:"due_on"`
	Form      string          `json:"form"`
	PostedAt  string          `json:"posted_at"`
	Reason    string          `json:"reason"`
	Record    json.RawMessage `json:"record,omitempty"`
	Round     string          `json:"round"`
	Salt      string          `json:"salt,omitempty"`
	State     string          `json:"state"`
	Version   int             `json:"version"`
	Year      int             `json:"year"`
}

func versionsJSON(list []disclosure.Version) []versionJSON {
	out := make([]versionJSON, len(list))
	for i, v := range list {
		out[i] = versionJSON{Form: v.FormID, Version: v.Version, State: string(v.State), Current: v.Current, Round: v.RoundID,
			Year: v.Year, PostedAt: stamp(v.PostedAt), DueOn: v.DueOn.String(), Reason: v.Reason, Digest: v.Digest}
		if v.Public {
			out[i].Record, out[i].Salt = json.RawMessage(v.JSON), v.Salt
		}
	}
	return out
}

type resultPage struct {
	sheet
	Form     string
	Shown    disclosure.Version
	Gone     disclosure.Version // the withdrawal, if nothing is public
	Back     disclosure.Version // the last withdrawal before what is shown
	First    disclosure.Version // the first publication: its deadline is the result's
	Old      bool               // not the version that is in force
	Versions []disclosure.Version
	Entries  []entryLine

	Objections []disclosure.Objection
}

// Contested is the objection under way.
func (p *resultPage) Contested() *disclosure.Objection { return running(p.Objections) }

// JSON is the record with its history.
func (p *resultPage) JSON() any {
	return map[string]any{"form": p.Form, "versions": versionsJSON(p.Versions), "objections": objectionsJSON(p.Objections), "ledger": entriesJSON(p.Entries)}
}

// Tone colours a result code.
func (p *resultPage) Tone(code string) string { return string(codeTag(code)) }

func (s *Server) result(r *http.Request) (page.Page, error) {
	sh, err := s.sheet(r, "", page.Link{Word: "检查结果", Href: "/results"})
	if err != nil {
		return nil, err
	}
	p := &resultPage{sheet: sh, Form: r.PathValue("id")}
	if p.Versions, err = s.Disclosure.Result(r.Context(), sh.Of.ID, p.Form); err != nil {
		return nil, err
	}
	if p.Entries, err = s.entries(r.Context(), sh.Of.ID, p.Form); err != nil {
		return nil, err
	}
	if p.Objections, err = s.Disclosure.ObjectionsTo(r.Context(), sh.Of.ID, p.Form); err != nil {
		return nil, err
	}
	i := shown(p.Versions, r.URL.Query().Get("v"))
	if i < 0 {
		p.Gone, p.Status, p.Title = p.Versions[len(p.Versions)-1], http.StatusGone, "检查结果已撤回"
		return p, nil
	}
	p.Shown, p.Old = p.Versions[i], !p.Versions[i].Current
	p.Title = p.Shown.Record.Firm.Name + "的检查结果"
	p.First = p.Versions[0]
	for _, v := range p.Versions[:i] {
		if v.State == disclosure.Withdrawn {
			p.Back = v
		}
	}
	return p, nil
}

// shown returns the place of the version that is asked for and can be read,
// else of the one in force; -1 if there is none.
func shown(versions []disclosure.Version, asked string) int {
	current := -1
	for i, v := range versions {
		if v.Public && strconv.Itoa(v.Version) == asked {
			return i
		}
		if v.Public && v.Current {
			current = i
		}
	}
	return current
}

// record is the public record's bytes, whose salted digest is in the ledger.
func (s *Server) record(r *http.Request) (*page.File, error) {
	a, _, err := s.pick(r)
	if err != nil {
		return nil, err
	}
	id := r.PathValue("id")
	versions, err := s.Disclosure.Result(r.Context(), a.ID, id)
	if err != nil {
		return nil, err
	}
	i := shown(versions, r.URL.Query().Get("v"))
	if i < 0 {
		v := versions[len(versions)-1]
		return page.Gone("/results/"+id, "这条检查结果已经撤回", string(v.State), v.Reason, v.Digest, v.PostedAt)
	}
	return &page.File{Name: id + ".json", Type: "application/json", Body: []byte(versions[i].JSON)}, nil
}

type correctionsPage struct {
	sheet
	Changes    []disclosure.Version
	Objections []disclosure.Objection
}

// JSON is the list's twin.
func (p *correctionsPage) JSON() any {
	return map[string]any{"changes": versionsJSON(p.Changes), "objections": objectionsJSON(p.Objections)}
}

func (s *Server) corrections(r *http.Request) (page.Page, error) {
	sh, err := s.sheet(r, "更正与撤回")
	if err != nil {
		return nil, err
	}
	p := &correctionsPage{sheet: sh}
	if p.Changes, err = s.Disclosure.Changes(r.Context(), sh.Of.ID, 200); err != nil {
		return nil, err
	}
	p.Objections, err = s.Disclosure.Objections(r.Context(), sh.Of.ID)
	return p, err
}
