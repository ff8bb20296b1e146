package prepare

import (
	"io"
	"net/http"
	"slices"

	"suiji/calendar"
	"suiji/internal/counter"
	"suiji/internal/documents"
	"suiji/internal/errs"
	"suiji/internal/inspection"
	"suiji/internal/keep"
	"suiji/internal/page"
	"suiji/internal/schedule"
)

// mark is the code of one department's form.
type mark struct{ Department, Code string }

// marks are the codes of a firm's forms, the leading department's first.
func (s *Server) marks(r *http.Request, f inspection.Form) (all []mark, err error) {
	forms, err := s.Inspection.Forms(r.Context(), f.Authority, inspection.Filter{RoundID: f.RoundID, TargetID: f.Firm.TargetID})
	for _, f := range forms {
		all = append(all, mark{f.Department, f.Code})
	}
	return all, err
}

// issue gives every firm of the round that may be told its numbered notice.
func (s *Server) issue(r *http.Request) (string, error) {
	return path(r), s.Documents.IssueNotices(r.Context(), actor(r), r.PathValue("id"))
}

// notices are those that were issued, as one PDF.
func (s *Server) notices(r *http.Request) (*page.File, error) {
	ctx, a, id := r.Context(), actor(r), r.PathValue("id")
	if err := s.Documents.MayPrintNotices(ctx, a.Authority, id); err != nil {
		return nil, err
	}
	return &page.File{Name: "通知书-" + id + ".pdf", Type: keep.PDF.Type(), Inline: true, Write: func(w io.Writer) error {
		return s.Documents.PrintNotices(ctx, a.Authority, id, w)
	}}, s.Round.Look(ctx, a, []string{id})
}

func (s *Server) tell(r *http.Request) (string, error) {
	day, err := counter.Date(r, "told")
	if err != nil {
		return "", err
	}
	t := schedule.Told{TargetID: r.PathValue("target"), Way: r.PostFormValue("way"), Day: day, Receipt: r.PostFormValue("receipt")}
	return firmPath(r), s.Schedule.Tell(r.Context(), actor(r), r.PathValue("id"), t)
}

// paper hands out what a firm sent.
func (s *Server) paper(r *http.Request) (*page.File, error) {
	ctx, a := r.Context(), actor(r)
	if err := s.Round.Look(ctx, a, []string{r.PathValue("id")}); err != nil {
		return nil, err
	}
	p, body, err := s.Schedule.Paper(ctx, a.Authority, r.PathValue("id"), r.PathValue("target"), r.PathValue("digest"))
	return &page.File{Name: p.Name, Type: p.Type(), Body: body}, err
}

// FirmPaths are what Firm serves; the rest under /c is the portal's and the
// telephone's.
var FirmPaths = []string{"/c/{code}/notice", "/c/{code}/papers"}

// Firm serves what a firm comes to from the code on its notice. It wants no
// session: whoever holds the code may look.
func (s *Server) Firm() http.Handler {
	mux := http.NewServeMux()
	mux.Handle("GET /c/{code}/notice", s.set.Get("notice", s.notice))
	mux.Handle("GET /c/{code}/papers", s.set.Get("hand-in", s.papers))
	mux.Handle("POST /c/{code}/papers", s.set.Post("hand-in", s.papers, s.handIn))
	mux.Handle("/", s.set.NotFound())
	return mux
}

type noticePage struct {
	page.Base
	Code    string
	None    bool
	N       schedule.Summons
	Paper   *documents.Paper // the notice with its number; nil: it is not issued yet
	Changed []documents.Change
	Marks   []mark
	Told    []schedule.Told
}

// Says is a text of the issued notice, by its name.
func (p *noticePage) Says(name string) string { return p.Paper.Content.Text(name) }

// summoned finds the arrangement behind a code. One that the firm must not know
// yet is not there.
func (s *Server) summoned(r *http.Request) (f inspection.Form, n schedule.Summons, err error) {
	if f, err = s.Inspection.FormOfCode(r.Context(), r.PathValue("code")); err != nil {
		return f, n, err
	}
	all, err := s.Schedule.Summonses(r.Context(), f.Authority, f.RoundID, f.Firm.TargetID)
	if err == nil && len(all) == 0 {
		err = errs.E(errs.NotFound, "这个检查码现在没有通知书")
	}
	if err != nil {
		return f, n, err
	}
	return f, all[0], nil
}

// notice shows the notice that was issued, word by word; before it, what was
// arranged, which is no notice.
func (s *Server) notice(r *http.Request) (page.Page, error) {
	f, n, err := s.summoned(r)
	if errs.KindOf(err) == errs.NotFound && f.ID != "" { // nothing yet, or nothing before the visit: the same to see
		return &noticePage{Base: page.Base{Title: "行政检查通知书"}, Code: f.Code, None: true}, nil
	}
	if err != nil {
		return nil, err
	}
	p := &noticePage{Base: page.Base{Title: "检查安排"}, Code: f.Code, N: n}
	if p.Marks, err = s.marks(r, f); err != nil {
		return nil, err
	}
	if err := s.issued(r, f, p); err != nil {
		return nil, err
	}
	p.Told, err = s.Schedule.Told(r.Context(), f.Authority, f.RoundID, f.Firm.TargetID)
	return p, err
}

// issued reads the notice, and whether the arrangement has changed since.
func (s *Server) issued(r *http.Request, f inspection.Form, p *noticePage) error {
	all, err := s.Documents.Notices(r.Context(), f.Authority, f.RoundID, f.Firm.TargetID)
	x, ok := all[f.Firm.TargetID]
	if err != nil || !ok || x.State != documents.Issued {
		return err
	}
	p.Title, p.Paper = "行政检查通知书", &x
	now, err := s.Documents.Preview(r.Context(), f.Authority, x)
	for _, c := range x.Content.Changes(now) {
		if slices.Contains([]string{"计划检查时间", "检查形式", "检查人员", "检查事项"}, c.Name) {
			p.Changed = append(p.Changed, c)
		}
	}
	return err
}

type papersPage struct {
	page.Base
	Code   string
	N      schedule.Summons
	Papers []schedule.Paper
	Today  calendar.Date
	Over   bool // the last day has passed
	Most   int
	MB     int
}

func (s *Server) papers(r *http.Request) (page.Page, error) {
	f, n, err := s.summoned(r)
	if err != nil {
		return nil, err
	}
	if n.Mode != schedule.Written {
		return nil, errs.E(errs.NotFound, "这次检查不用在网上提交材料")
	}
	p := &papersPage{Base: page.Base{Title: "提交书面检查材料"}, Code: f.Code, N: n, Today: s.today(), Over: s.today().After(n.Day), Most: schedule.MostPapers, MB: schedule.MaxPaper >> 20}
	p.Papers, err = s.Schedule.Papers(r.Context(), f.Authority, f.RoundID, f.Firm.TargetID)
	return p, err
}

func (s *Server) handIn(r *http.Request) (string, error) {
	f, err := s.Inspection.FormOfCode(r.Context(), r.PathValue("code"))
	if err != nil {
		return "", err
	}
	file, head, err := r.FormFile("paper")
	if err != nil {
		return "", errs.At("paper", "请选择一个文件。没有保存")
	}
	body, err := io.ReadAll(io.LimitReader(file, schedule.MaxPaper+1))
	if err != nil {
		return "", errs.Because(errs.Invalid, "文件没有完整收到，没有保存。请再提交一次", err)
	}
	return "/c/" + f.Code + "/papers", s.Schedule.Send(r.Context(), f.Authority, f.RoundID, f.Firm.TargetID, head.Filename, body)
}
