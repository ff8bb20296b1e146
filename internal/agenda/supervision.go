package agenda

import (
	"net/http"
	"strconv"

	"suiji/internal/access"
	"suiji/internal/counter"
	"suiji/internal/errs"
	"suiji/internal/page"
	"suiji/internal/supervise"
)

// questionRow is a question with its state as a tag, and how far off its last
// day is.
type questionRow struct {
	supervise.Question
	Tag  page.Tag
	Late bool
}

func (s *Server) rowOf(q supervise.Question) questionRow {
	tone := map[supervise.State]page.Tone{supervise.Open: page.Warn, supervise.Answered: page.Doing, supervise.Accepted: page.OK}[q.State]
	r := questionRow{q, page.Tag{Tone: tone, Word: q.State.Name()}, q.Late(s.Notice.Today())}
	if r.Late {
		r.Tag = page.Tag{Tone: page.Bad, Word: "逾期未答复"}
	}
	return r
}

type questionsPage struct {
	page.Base
	State, Rule string
	Mine        bool
	States      []page.Option
	Rules       []page.Option
	Chips       []page.Chip
	Counts      []page.Link
	Rows        []questionRow
	Every       bool // sees all, not only what concerns oneself
}

func (s *Server) questions(r *http.Request) (page.Page, error) {
	ctx, a, q := r.Context(), counter.Actor(r), r.URL.Query()
	f := supervise.Filter{State: supervise.State(q.Get("state")), Rule: supervise.Code(q.Get("rule")), Mine: q.Get("mine") != ""}
	all, err := s.Supervise.Questions(ctx, a, supervise.Filter{})
	if err != nil {
		return nil, err
	}
	chosen, err := s.Supervise.Questions(ctx, a, f)
	if err != nil {
		return nil, err
	}
	rules, err := s.Supervise.Rules(ctx, a.Authority)
	if err != nil {
		return nil, err
	}
	p := &questionsPage{Base: page.Base{Title: "监督问题"}, State: string(f.State), Rule: string(f.Rule), Mine: f.Mine, Every: access.Allow(a, access.SuperviseRead)}
	for _, x := range supervise.States {
		n := 0
		for _, y := range all {
			if y.State == x.State {
				n++
			}
		}
		p.States = append(p.States, page.Option{Value: string(x.State), Label: x.Name})
		p.Counts = append(p.Counts, page.Link{Word: x.Name, Href: "/w/supervision?state=" + string(x.State), Count: n})
		if f.State == x.State {
			p.Chips = append(p.Chips, page.Chip{Word: x.Name, Without: page.Without(r, "state")})
		}
	}
	for _, x := range rules {
		if x.Asks == "" {
			continue
		}
		p.Rules = append(p.Rules, page.Option{Value: string(x.Code), Label: x.Name})
		if f.Rule == x.Code {
			p.Chips = append(p.Chips, page.Chip{Word: x.Name, Without: page.Without(r, "rule")})
		}
	}
	if f.Mine {
		p.Chips = append(p.Chips, page.Chip{Word: "只看问我的", Without: page.Without(r, "mine")})
	}
	var rounds []string
	for _, x := range chosen {
		p.Rows = append(p.Rows, s.rowOf(x))
		rounds = append(rounds, x.Rounds()...)
	}
	return p, s.Round.Look(ctx, a, rounds)
}

// look goes through the records now, not when it is time.
func (s *Server) look(r *http.Request) (string, error) {
	a := counter.Actor(r)
	if !access.Allow(a, access.SuperviseRead) {
		return "", errs.E(errs.Forbidden, "您没有此项权限，没有重新查找")
	}
	return "/w/supervision", s.Supervise.Look(r.Context(), a.Authority)
}

type questionPage struct {
	page.Base
	Q      questionRow
	Rule   supervise.Rule // with its limits as they are now
	Answer bool           // may answer it now
	Judge  bool           // may judge the last answer now
	Own    bool           // wrote the answer that waits
	Last   supervise.Word
}

func trail() []page.Link { return []page.Link{{Word: "监督问题", Href: "/w/supervision"}} }

func (s *Server) question(r *http.Request) (page.Page, error) {
	ctx, a := r.Context(), counter.Actor(r)
	q, mine, err := s.Supervise.Question(ctx, a, r.PathValue("id"))
	if err != nil {
		return nil, err
	}
	rules, err := s.Supervise.Rules(ctx, a.Authority)
	if err != nil {
		return nil, err
	}
	p := &questionPage{Base: page.Base{Title: "监督问题 " + q.ID, Trail: trail()}, Q: s.rowOf(q), Rule: q.RuleOf(), Last: q.Last()}
	for _, x := range rules {
		if x.Code == q.Rule {
			p.Rule = x
		}
	}
	waits := q.State == supervise.Answered && access.Allow(a, access.SuperviseJudge)
	p.Answer = mine && q.State == supervise.Open
	p.Own = waits && p.Last.ByID == a.ID
	p.Judge = waits && !p.Own
	return p, s.Round.Look(ctx, a, q.Rounds())
}

func questionPath(r *http.Request) string { return "/w/supervision/questions/" + r.PathValue("id") }

func (s *Server) answer(r *http.Request) (string, error) {
	return questionPath(r), s.Supervise.Answer(r.Context(), counter.Actor(r), r.PathValue("id"), r.PostFormValue("answer"))
}

func (s *Server) judge(r *http.Request) (string, error) {
	no, err := strconv.Atoi(r.PostFormValue("no"))
	if err != nil {
		return "", errs.E(errs.Invalid, "这一页不完整，没有改动，请刷新后再处理")
	}
	return questionPath(r), s.Supervise.Judge(r.Context(), counter.Actor(r), r.PathValue("id"), no, r.PostFormValue("decision") == "accept", r.PostFormValue("opinion"))
}

type rulesPage struct {
	page.Base
	Rules   []supervise.Rule
	Changes []supervise.Change
	Edit    bool
	Inside  bool // may see the questions too
}

// rulesTrail leads on to the questions whoever may see them: the rules are
// everybody's to read.
func rulesTrail(a access.Actor) []page.Link {
	if !access.Allow(a, access.DeskRead) {
		return nil
	}
	return trail()
}

func (s *Server) rules(r *http.Request) (page.Page, error) {
	ctx, a := r.Context(), counter.Actor(r)
	p := &rulesPage{Base: page.Base{Title: "监督规则", Trail: rulesTrail(a)}, Edit: access.Allow(a, access.SuperviseRule), Inside: access.Allow(a, access.DeskRead)}
	var err error
	if p.Rules, err = s.Supervise.Rules(ctx, a.Authority); err != nil {
		return nil, err
	}
	p.Changes, err = s.Supervise.Changes(ctx, a.Authority)
	return p, err
}

type rulePage struct {
	page.Base
	Rule supervise.Rule
	Edit bool
}

func (s *Server) rule(r *http.Request) (page.Page, error) {
	a := counter.Actor(r)
	all, err := s.Supervise.Rules(r.Context(), a.Authority)
	if err != nil {
		return nil, err
	}
	for _, x := range all {
		if string(x.Code) == r.PathValue("rule") {
			return &rulePage{page.Base{Title: x.Name, Trail: append(rulesTrail(a), page.Link{Word: "规则", Href: "/w/supervision/rules"})}, x, access.Allow(a, access.SuperviseRule)}, nil
		}
	}
	return nil, errs.E(errs.NotFound, "没有这条规则")
}

func (s *Server) setRule(r *http.Request) (string, error) {
	a, rule := counter.Actor(r), supervise.Code(r.PathValue("rule"))
	if err := s.Identity.Ask(r.Context(), a, string(rule), access.SuperviseRule); err != nil {
		return "", err
	}
	values := map[string]string{}
	for name := range r.PostForm {
		values[name] = r.PostForm.Get(name)
	}
	if err := s.Supervise.SetLimits(r.Context(), a, rule, values, r.PostFormValue("reason")); err != nil {
		return "", err
	}
	return "/w/supervision/rules", s.Supervise.Look(r.Context(), a.Authority)
}
