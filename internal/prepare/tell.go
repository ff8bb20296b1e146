package prepare

import (
	"bytes"
	"io"
	"net/http"

	"suiji/calendar"
	"suiji/internal/counter"
	"suiji/internal/errs"
	"suiji/internal/inspection"
	"suiji/internal/page"
	"suiji/internal/papers"
	"suiji/internal/schedule"
)

// marks are the codes of a round's forms, by firm, the leading department's
// first.
func (s *Server) marks(r *http.Request, authority, roundID, target string) (map[string][]schedule.Mark, error) {
	forms, err := s.Inspection.Forms(r.Context(), authority, inspection.Filter{RoundID: roundID, TargetID: target})
	marks := map[string][]schedule.Mark{}
	for _, f := range forms {
		marks[f.Firm.TargetID] = append(marks[f.Firm.TargetID], schedule.Mark{Department: f.Department, Code: f.Code})
	}
	return marks, err
}

// summonses writes the notices of a round, or of one firm, with their codes.
func (s *Server) summonses(r *http.Request) ([]schedule.Summons, error) {
	ctx, a, id := r.Context(), actor(r), r.PathValue("id")
	all, err := s.Schedule.Summonses(ctx, a.Authority, id, r.PathValue("target"))
	if err != nil {
		return nil, err
	}
	if len(all) == 0 {
		return nil, errs.E(errs.Conflict, "没有可以通知的企业：安排批准以后才能通知，不事先通知的事项在检查开始以后才有通知书")
	}
	marks, err := s.marks(r, a.Authority, id, r.PathValue("target"))
	if err != nil {
		return nil, err
	}
	for i := range all {
		all[i].Marks = marks[all[i].TargetID]
		for j := range all[i].Marks {
			m := &all[i].Marks[j]
			if m.QR, err = inspection.QR(s.BaseURL, m.Code); err != nil {
				return nil, err
			}
		}
	}
	return all, s.Round.Look(ctx, a, []string{id})
}

func (s *Server) noticePDF(r *http.Request) (*page.File, error) {
	all, err := s.summonses(r)
	if err != nil {
		return nil, err
	}
	var b bytes.Buffer
	err = s.Fonts.WritePDF(&b, schedule.Document(all))
	return &page.File{Name: "通知书-" + r.PathValue("id") + ".pdf", Type: "application/pdf", Inline: true, Body: b.Bytes()}, err
}

func (s *Server) noticeDOCX(r *http.Request) (*page.File, error) {
	all, err := s.summonses(r)
	if err != nil {
		return nil, err
	}
	var b bytes.Buffer
	err = papers.WriteDOCX(&b, schedule.Document(all))
	return &page.File{Name: "通知书-" + all[0].Firm + ".docx", Type: "application/vnd.openxmlformats-officedocument.wordprocessingml.document", Body: b.Bytes()}, err
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
	Code string
	None bool
	N    schedule.Summons
	Told []schedule.Told
}

// summoned finds the notice behind a code. One that the firm must not see yet
// is not there.
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
	marks, err := s.marks(r, f.Authority, f.RoundID, f.Firm.TargetID)
	all[0].Marks = marks[f.Firm.TargetID]
	return f, all[0], err
}

func (s *Server) notice(r *http.Request) (page.Page, error) {
	f, n, err := s.summoned(r)
	if errs.KindOf(err) == errs.NotFound && f.ID != "" { // nothing yet, or nothing before the visit: the same to see
		return &noticePage{Base: page.Base{Title: "行政检查通知书"}, Code: f.Code, None: true}, nil
	}
	if err != nil {
		return nil, err
	}
	p := &noticePage{Base: page.Base{Title: "行政检查通知书"}, Code: f.Code, N: n}
	all, err := s.Schedule.Told(r.Context(), f.Authority, f.RoundID)
	for _, t := range all {
		if t.TargetID == f.Firm.TargetID {
			p.Told = append(p.Told, t)
		}
	}
	return p, err
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
