package publicity

import (
	"net/http"
	"net/url"
	"slices"
	"strings"

	"suiji/internal/access"
	"suiji/internal/counter"
	"suiji/internal/disclosure"
	"suiji/internal/errs"
	"suiji/internal/inspection"
	"suiji/internal/notice"
	"suiji/internal/page"
)

// line is an objection with its state in a word and its distance.
type line struct {
	disclosure.Objection
	Tag  page.Tag
	Left string // empty: nothing is due
}

func (s *Server) line(o disclosure.Objection) line {
	l := line{Objection: o, Tag: page.Tag{Word: o.State.Name()}}
	if !o.Running() {
		return l
	}
	l.Tag.Tone, l.Left = page.Doing, notice.Left(o.Due, s.today())
	if o.Overdue(s.today()) {
		l.Tag.Tone = page.Bad
	}
	return l
}

func (s *Server) lines(all []disclosure.Objection) []line {
	var out []line
	for _, o := range all {
		out = append(out, s.line(o))
	}
	return out
}

type objectionsPage struct {
	page.Base
	Running, Ended []line
	May            bool
}

func (s *Server) objections(r *http.Request) (page.Page, error) {
	all, err := s.Disclosure.Objections(r.Context(), actor(r).Authority)
	p := &objectionsPage{Base: page.Base{Title: "公示异议"}, May: access.Allow(actor(r), access.ObjectionEnter)}
	for _, l := range s.lines(all) {
		if l.Running() {
			p.Running = append(p.Running, l)
		} else {
			p.Ended = append(p.Ended, l)
		}
	}
	return p, err
}

type newPage struct {
	page.Base
	Record string
	Today  string
	Found  disclosure.Posted // what is public of the record
}

func trail() []page.Link { return []page.Link{{Word: "公示异议", Href: "/w/objections"}} }

// askPaper takes down an objection on paper; record names what it is against.
func (s *Server) askPaper(r *http.Request) (page.Page, error) {
	p := &newPage{Base: page.Base{Title: "登记书面异议", Trail: trail()}, Record: r.FormValue("record"), Today: s.today().String()}
	if p.Record == "" {
		return p, nil
	}
	var err error
	p.Found, err = s.Disclosure.PostedRecord(r.Context(), actor(r).Authority, p.Record)
	return p, err
}

func (s *Server) receive(r *http.Request) (string, error) {
	on, err := counter.Date(r, "received_on")
	if err != nil {
		return "", err
	}
	if on.Zero() {
		return "", errs.At("received_on", "请填写收到日期")
	}
	x, err := s.Disclosure.PostedRecord(r.Context(), actor(r).Authority, counter.Text(r, "record"))
	if err != nil {
		return "", err
	}
	return "/w/objections", s.Disclosure.Receive(r.Context(), actor(r), disclosure.Claim{Kind: x.Kind, Record: x.ID, Words: r.PostFormValue("words"), Contact: r.PostFormValue("contact"), ReceivedOn: on})
}

type objectionPage struct {
	page.Base
	O       line
	May     bool
	Outcome []page.Option
	Mend    string // where to correct or withdraw
	Means   string // what is done there
}

func (s *Server) objection(r *http.Request) (page.Page, error) {
	a := actor(r)
	o, err := s.Disclosure.Objection(r.Context(), a.Authority, r.PathValue("id"))
	p := &objectionPage{Base: page.Base{Title: "异议 " + o.ID, Trail: trail()}, O: s.line(o),
		May:  o.State == disclosure.ObjectionOpen && access.Allow(a, access.ObjectionAnswer),
		Mend: "/w/publish/" + url.PathEscape(o.Record), Means: "更正或者撤回"}
	if o.Kind == disclosure.PenaltyKind {
		p.Mend, p.Means = "/w/penalties/"+url.PathEscape(o.Record), "撤回"
	}
	p.Outcome = []page.Option{{Value: "no", Label: "不成立，维持公示的内容"}, {Value: "yes", Label: "成立，在 10 个工作日内" + p.Means}}
	return p, err
}

func (s *Server) answer(r *http.Request) (string, error) {
	id := r.PathValue("id")
	upheld := r.PostFormValue("upheld")
	if upheld != "yes" && upheld != "no" {
		return "", errs.At("upheld", "请选择异议是否成立")
	}
	return "/w/objections/" + url.PathEscape(id), s.Disclosure.Answer(r.Context(), actor(r), id, disclosure.Ruling{Upheld: upheld == "yes", Answer: r.PostFormValue("answer")})
}

// ownPage is the firm's: what it said against its records, and what was
// answered.
type ownPage struct {
	page.Base
	Form    inspection.Form
	Lines   []line
	Open    []disclosure.Posted // public, and no objection is under way
	Choices []page.Option       // of several
}

func (s *Server) ownObjections(r *http.Request) (page.Page, error) {
	f, err := s.Inspection.FormOfCode(r.Context(), r.PathValue("code"))
	if err != nil {
		return nil, err
	}
	p := &ownPage{Base: page.Base{Title: "对公示的异议"}, Form: f}
	all, err := s.Disclosure.Objections(r.Context(), f.Authority)
	if err != nil {
		return nil, err
	}
	running := map[string]bool{}
	for _, o := range all {
		if o.Record == f.ID || strings.HasPrefix(o.Record, f.ID+"-p") {
			p.Lines = append(p.Lines, s.line(o))
			running[o.Record] = running[o.Record] || o.Running()
		}
	}
	public, err := s.Disclosure.Posted(r.Context(), f.Authority, f.ID)
	for _, x := range public {
		if !running[x.ID] {
			p.Open = append(p.Open, x)
			p.Choices = append(p.Choices, page.Option{Value: x.ID, Label: x.Name + "，" + x.On.String() + " 公示"})
		}
	}
	return p, err
}

// object enters what the firm says against its form's result, or against a
// penalty that came of it.
func (s *Server) object(r *http.Request) (string, error) {
	f, err := s.Inspection.FormOfCode(r.Context(), r.PathValue("code"))
	if err != nil {
		return "", err
	}
	c := disclosure.Claim{Kind: disclosure.ResultKind, Record: f.ID, Words: r.PostFormValue("words"), Contact: r.PostFormValue("contact")}
	if record := r.PostFormValue("record"); record != "" && record != f.ID {
		public, err := s.Disclosure.Posted(r.Context(), f.Authority, f.ID)
		if err != nil {
			return "", err
		}
		i := slices.IndexFunc(public, func(x disclosure.Posted) bool { return x.ID == record })
		if i < 0 {
			return "", errs.At("record", "这条记录不是本检查表的，或者目前没有公示，没有登记；请重新选择")
		}
		c.Kind, c.Record = public[i].Kind, record
	}
	return "/c/" + f.Code + "/objection", s.Disclosure.Object(r.Context(), f.Authority, c)
}
