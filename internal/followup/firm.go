package followup

import (
	"errors"
	"fmt"
	"io"
	"net/http"
	"strconv"

	"suiji/internal/casework"
	"suiji/internal/counter"
	"suiji/internal/errs"
	"suiji/internal/identity"
	"suiji/internal/page"
	"suiji/internal/schedule"
)

type rectifyPage struct {
	page.Base
	Code   string
	Firm   string
	Office identity.Authority
	Duties []duty
	Most   int
	MB     int
}

// duty is what has to be put right, with its time.
type duty struct {
	casework.Duty
	Late bool
}

func (s *Server) rectify(r *http.Request) (page.Page, error) {
	f, err := s.Inspection.FormOfCode(r.Context(), r.PathValue("code"))
	if err != nil {
		return nil, err
	}
	p := &rectifyPage{Base: page.Base{Title: "提交改正材料"}, Code: f.Code, Firm: f.Firm.Name, Most: schedule.MostPapers, MB: schedule.MaxPaper >> 20}
	if p.Office, err = s.Identity.Authority(r.Context(), f.Authority); err != nil {
		return nil, err
	}
	all, err := s.Casework.Duties(r.Context(), f)
	for _, d := range all {
		p.Duties = append(p.Duties, duty{d, s.today().After(d.Due)})
	}
	return p, err
}

// Field makes the part "field" for what is said about one duty: what was typed
// stands where it was typed.
func (p *rectifyPage) Field(d duty, name, label, kind, hint string) page.Field {
	no := strconv.Itoa(d.No)
	f := page.Field{Name: name, ID: page.FieldID(name) + "-" + no, Label: label, Kind: kind, Rows: 3, Max: "2000", Hint: hint, Required: name == "said", Accept: ".pdf,.jpg,.jpeg,.png"}
	if typed := p.Typed["no"]; len(typed) > 0 && typed[0] == no {
		f.ID, f.Error = page.FieldID(name), p.Failed(name)
		if said := p.Typed[name]; len(said) > 0 {
			f.Value = said[0]
		}
	}
	return f
}

// Hint says what files are taken.
func (p *rectifyPage) Hint() string {
	return fmt.Sprintf("PDF、JPG 或 PNG，每个不超过 %d MB，最多 %d 个；几个文件分几次提交。不要拍身份证号、银行卡号", p.MB, p.Most)
}

// submit takes what a firm says and the file that shows it.
func (s *Server) submit(r *http.Request) (string, error) {
	f, err := s.Inspection.FormOfCode(r.Context(), r.PathValue("code"))
	if err != nil {
		return "", err
	}
	no, err := strconv.Atoi(r.PostFormValue("no"))
	if err != nil {
		return "", errs.E(errs.Invalid, "这一页不完整，没有保存，请刷新后再提交")
	}
	p := casework.Proof{Said: counter.Text(r, "said")}
	file, head, err := r.FormFile("paper")
	switch {
	case err == nil:
		p.Name = head.Filename
		if p.Body, err = io.ReadAll(io.LimitReader(file, schedule.MaxPaper+1)); err != nil {
			return "", errs.Because(errs.Invalid, "文件没有完整收到，没有保存。请再提交一次", err)
		}
	case !errors.Is(err, http.ErrMissingFile) && !errors.Is(err, http.ErrNotMultipart):
		return "", errs.Because(errs.Invalid, "文件没有完整收到，没有保存。请再提交一次", err)
	}
	return "/c/" + f.Code + "/rectify", s.Casework.Submit(r.Context(), f, no, p)
}
