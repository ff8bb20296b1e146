package paperwork

import (
	"io"
	"net/http"
	"slices"
	"strconv"
	"strings"

	"suiji/calendar"
	"suiji/internal/access"
	"suiji/internal/counter"
	"suiji/internal/documents"
	"suiji/internal/errs"
	"suiji/internal/inspection"
	"suiji/internal/keep"
	"suiji/internal/office"
	"suiji/internal/page"
)

type registerPage struct {
	page.Base
	Pager  page.Pager
	Drafts []docRow
	More   int // drafts that are not shown
	Papers []docRow
	Filter documents.Filter
	Year   string
	Kinds  []page.Option
	States []page.Option
	Years  []page.Option
	Query  string
	Set    bool // the reader may set patterns
	Whole  bool // the reader sees the whole authority
}

// docRow is a document in a list.
type docRow struct {
	documents.Paper
	Tag page.Tag
}

func rowOf(p documents.Paper) docRow {
	tone := map[documents.State]page.Tone{documents.Draft: "doing", documents.Issued: "ok", documents.Void: "bad"}[p.State]
	return docRow{p, page.Tag{Tone: tone, Word: p.State.Name()}}
}

func filterOf(r *http.Request) documents.Filter {
	q := r.URL.Query()
	year, err := strconv.Atoi(q.Get("year"))
	if err != nil {
		year = 0 // all
	}
	return documents.Filter{Kind: documents.KindID(q.Get("kind")), State: documents.State(q.Get("state")), Year: year}
}

func (s *Server) register(r *http.Request) (page.Page, error) {
	ctx, a, fl := r.Context(), actor(r), filterOf(r)
	p := &registerPage{Base: page.Base{Title: "公文与打印"}, Filter: fl, Query: r.URL.RawQuery, Set: access.Allow(a, access.DocumentSet), Whole: access.Allow(a, access.DeskRead)}
	var all []documents.Paper
	if fl.State != documents.Draft {
		fl.Numbered = true
		total, err := s.Documents.Count(ctx, a.Authority, fl)
		if err != nil {
			return nil, err
		}
		p.Pager = page.NewPager(r, total)
		fl.First, fl.Most = (p.Pager.Page-1)*p.Pager.Per, p.Pager.Per
		if all, err = s.Documents.Papers(ctx, a.Authority, fl); err != nil {
			return nil, err
		}
	}
	for _, x := range all {
		p.Papers = append(p.Papers, rowOf(x))
	}
	drafts := documents.Filter{Kind: fl.Kind, State: documents.Draft, Most: most}
	waiting, err := s.Documents.Papers(ctx, a.Authority, drafts)
	if err != nil {
		return nil, err
	}
	for _, x := range waiting {
		p.Drafts = append(p.Drafts, rowOf(x))
	}
	n, err := s.Documents.Count(ctx, a.Authority, drafts)
	if err != nil {
		return nil, err
	}
	p.More = n - len(waiting)
	if err := s.look(r, append(all, waiting...)); err != nil {
		return nil, err
	}
	for _, k := range documents.Kinds {
		p.Kinds = append(p.Kinds, page.Option{Value: string(k.ID), Label: k.Name})
	}
	for _, x := range documents.States {
		p.States = append(p.States, page.Option{Value: string(x.State), Label: x.Name})
	}
	years, err := s.Documents.Years(ctx, a.Authority)
	for _, y := range years {
		p.Years = append(p.Years, page.Option{Value: strconv.Itoa(y), Label: strconv.Itoa(y)})
	}
	if fl.Year > 0 {
		p.Year = strconv.Itoa(fl.Year)
	}
	return p, err
}

// look records that somebody looked at drawn names.
func (s *Server) look(r *http.Request, all []documents.Paper) error {
	seen, rounds := map[string]bool{}, []string(nil)
	for _, x := range all {
		if !seen[x.RoundID] {
			seen[x.RoundID], rounds = true, append(rounds, x.RoundID)
		}
	}
	return s.Round.Look(r.Context(), actor(r), rounds)
}

var columns = []string{"文号", "文书", "被检查单位", "检查表编号", "轮次", "状态", "签发人", "签发日期", "作废原因", "作废人", "作废日期", "替代", "DOCX 的 SHA-256", "PDF 的 SHA-256"}

// list serves the register as a file: what is shown, void numbers too.
func (s *Server) list(format string) func(*http.Request) (*page.File, error) {
	return func(r *http.Request) (*page.File, error) {
		fl := filterOf(r)
		fl.Numbered = true
		all, err := s.Documents.Papers(r.Context(), actor(r).Authority, fl)
		if err != nil {
			return nil, err
		}
		var rows [][]string
		for _, p := range all {
			void := ""
			if !p.VoidAt.IsZero() {
				void = calendar.In(p.VoidAt).String()
			}
			rows = append(rows, []string{p.Number, p.Kind.Name(), p.Firm, p.FormID, p.RoundID, p.State.Name(), p.IssuedName, p.IssuedOn().String(),
				p.VoidReason, p.VoidName, void, p.Replaces, p.DOCX, p.PDF})
		}
		if err := s.look(r, all); err != nil {
			return nil, err
		}
		if format == "csv" {
			return &page.File{Name: "文书登记簿.csv", Type: "text/csv; charset=utf-8", Write: func(w io.Writer) error {
				return office.WriteCSV(w, columns, func(yield func([]string, error) bool) {
					for _, row := range rows {
						if !yield(row, nil) {
							return
						}
					}
				})
			}}, nil
		}
		return &page.File{Name: "文书登记簿.xlsx", Type: "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet", Write: func(w io.Writer) error {
			return office.WriteXLSX(w, []office.Sheet{{Name: "文书登记簿", Header: columns, Widths: []float64{30, 22, 36, 24, 20, 8, 10, 12, 30, 10, 12, 28, 66, 66}, Rows: office.Texts(rows)}})
		}}, nil
	}
}

type choosePage struct {
	page.Base
	Round  string
	Name   string
	Rounds []page.Option
	Prints []printed
	Forms  []inspection.Form
	More   int  // that are not shown
	Older  bool // there are older rounds, not looked through
}

// printed is a round whose forms can be printed in one go.
type printed struct {
	Round, Task string
	Forms       int
}

// printForms streams all forms of a round as one PDF.
func (s *Server) printForms(r *http.Request) (*page.File, error) {
	ctx, a, id := r.Context(), actor(r), r.PathValue("round")
	if err := s.Documents.MayPrint(ctx, a.Authority, id); err != nil {
		return nil, err
	}
	return &page.File{Name: "检查表-" + id + ".pdf", Type: keep.PDF.Type(), Inline: true, Write: func(w io.Writer) error {
		return s.Documents.PrintForms(ctx, a.Authority, id, w)
	}}, s.Round.Look(ctx, a, []string{id})
}

// most is how many inspections are offered at once.
const most = 50

// choose offers the inspections to make a document for.
func (s *Server) choose(r *http.Request) (page.Page, error) {
	ctx, a := r.Context(), actor(r)
	p := &choosePage{Base: page.Base{Title: "制作文书", Trail: trail()}, Round: r.URL.Query().Get("round"), Name: strings.TrimSpace(r.URL.Query().Get("name"))}
	all, err := s.Inspection.Tallies(ctx, a.Authority)
	if err != nil {
		return nil, err
	}
	for _, t := range slices.Backward(all) {
		if n := len(p.Prints); n == 0 || p.Prints[n-1].Round != t.RoundID {
			p.Rounds = append(p.Rounds, page.Option{Value: t.RoundID, Label: t.RoundID + " " + t.Task})
			p.Prints = append(p.Prints, printed{t.RoundID, t.Task, 0})
		}
		p.Prints[len(p.Prints)-1].Forms += t.Forms
	}
	var shown []string
	for _, x := range p.Prints {
		if p.Round != "" && x.Round != p.Round {
			continue
		}
		if p.Older = len(p.Forms) == most; p.Older {
			break
		}
		forms, err := s.Inspection.Forms(ctx, a.Authority, inspection.Filter{RoundID: x.Round})
		if err != nil {
			return nil, err
		}
		for _, f := range slices.Backward(forms) {
			switch {
			case !strings.Contains(f.Firm.Name, p.Name) && f.ID != p.Name && f.Code != strings.ToUpper(p.Name) && f.Firm.Code != p.Name:
			case len(p.Forms) == most:
				p.More++
			default:
				p.Forms, shown = append(p.Forms, f), append(shown, f.RoundID)
			}
		}
	}
	return p, s.Round.Look(ctx, a, shown)
}

type numbersPage struct {
	page.Base
	Series []documents.Series
	Year   int
	Kinds  []page.Option
	Edit   bool
}

func (s *Server) numbers(r *http.Request) (page.Page, error) {
	a := actor(r)
	p := &numbersPage{Base: page.Base{Title: "文号", Trail: trail()}, Year: calendar.In(s.Now()).Year(), Edit: access.Allow(a, access.DocumentSet)}
	var err error
	p.Series, err = s.Documents.Series(r.Context(), a.Authority, p.Year)
	for _, x := range p.Series {
		p.Kinds = append(p.Kinds, page.Option{Value: string(x.Kind.ID), Label: x.Kind.Name})
	}
	return p, err
}

func (s *Server) setNumbers(r *http.Request) (string, error) {
	kind := documents.KindID(r.PostFormValue("kind"))
	if kind.Name() == "" {
		return "", errs.At("kind", "请选择文书")
	}
	return "/w/docs/numbers", s.Documents.SetPattern(r.Context(), actor(r), kind, counter.Text(r, "pattern"))
}
