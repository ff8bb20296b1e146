package publicity

import (
	"net/http"
	"net/url"

	"suiji/calendar"
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
	Found  disclosure.Version // what is public of the record
}

func trail() []page.Link { return []page.Link{{Word: "公示异议", Href: "/w/objections"}} }

// askPaper takes down an objection on paper; record names what it is against.
func (s *Server) askPaper(r *http.Request) (page.Page, error) {
	p := &newPage{Base: page.Base{Title: "登记书面异议", Trail: trail()}, Record: r.FormValue("record"), Today: s.today().String()}
	if p.Record == "" {
		return p, nil
	}
	versions, err := s.Disclosure.Result(r.Context(), actor(r).Authority, p.Record)
	if errs.KindOf(err) == errs.NotFound {
		return p, nil
	}
	for _, v := range versions {
		if v.Current {
			p.Found = v
		}
	}
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
	return "/w/objections", s.Disclosure.Receive(r.Context(), actor(r), disclosure.Claim{Kind: disclosure.ResultKind,
		Record: counter.Text(r, "record"), Words: r.PostFormValue("words"), Contact: r.PostFormValue("contact"), ReceivedOn: on})
}

type objectionPage struct {
	page.Base
	O       line
	May     bool
	Outcome []page.Option
	Mend    string // where to correct or withdraw
}

func (s *Server) objection(r *http.Request) (page.Page, error) {
	a := actor(r)
	o, err := s.Disclosure.Objection(r.Context(), a.Authority, r.PathValue("id"))
	return &objectionPage{Base: page.Base{Title: "异议 " + o.ID, Trail: trail()}, O: s.line(o),
		May:     o.State == disclosure.ObjectionOpen && access.Allow(a, access.ObjectionAnswer),
		Outcome: []page.Option{{Value: "no", Label: "不成立，维持公示的内容"}, {Value: "yes", Label: "成立，在 10 个工作日内更正或者撤回"}},
		Mend:    "/w/publish/" + url.PathEscape(o.Record)}, err
}

func (s *Server) answer(r *http.Request) (string, error) {
	id := r.PathValue("id")
	upheld := r.PostFormValue("upheld")
	if upheld != "yes" && upheld != "no" {
		return "", errs.At("upheld", "请选择异议是否成立")
	}
	return "/w/objections/" + url.PathEscape(id), s.Disclosure.Answer(r.Context(), actor(r), id, disclosure.Ruling{Upheld: upheld == "yes", Answer: r.PostFormValue("answer")})
}

// ownPage is the firm's: what it said against its record, and what was
// answered.
type ownPage struct {
	page.Base
	Form  inspection.Form
	Lines []line
	May   bool // something is public, and no objection is under way
	On    calendar.Date
}

func (s *Server) ownObjections(r *http.Request) (page.Page, error) {
	f, err := s.Inspection.FormOfCode(r.Context(), r.PathValue("code"))
	if err != nil {
		return nil, err
	}
	p := &ownPage{Base: page.Base{Title: "对公示的异议"}, Form: f}
	all, err := s.Disclosure.ObjectionsTo(r.Context(), f.Authority, f.ID)
	if err != nil {
		return nil, err
	}
	p.Lines, p.May = s.lines(all), true
	for _, l := range p.Lines {
		p.May = p.May && !l.Running()
	}
	versions, err := s.Disclosure.Result(r.Context(), f.Authority, f.ID)
	if errs.KindOf(err) == errs.NotFound {
		p.May = false
		return p, nil
	}
	public := false
	for _, v := range versions {
		if public = public || v.Current; v.Version == 1 {
			p.On = calendar.In(v.PostedAt)
		}
	}
	p.May = p.May && public
	return p, err
}

func (s *Server) object(r *http.Request) (string, error) {
	f, err := s.Inspection.FormOfCode(r.Context(), r.PathValue("code"))
	if err != nil {
		return "", err
	}
	return "/c/" + f.Code + "/objection", s.Disclosure.Object(r.Context(), f.Authority, disclosure.Claim{Kind: disclosure.ResultKind,
		Record: f.ID, Words: r.PostFormValue("words"), Contact: r.PostFormValue("contact")})
}
