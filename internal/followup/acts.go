package followup

import (
	"net/http"
	"strconv"
	"strings"

	"suiji/calendar"
	"suiji/internal/access"
	"suiji/internal/casework"
	"suiji/internal/counter"
	"suiji/internal/errs"
	"suiji/internal/inspection"
	"suiji/internal/page"
)

// input is one input of an act's form.
type input struct {
	Name, Label, Kind, Hint string // Kind as in page.Field
	Given                   string
	Chosen                  []string // of a group
	Options                 []page.Option
	Optional                bool
	Rows                    int
}

func line(name, label string) input { return input{Name: name, Label: label, Kind: "text"} }
func area(name, label, hint string) input {
	return input{Name: name, Label: label, Kind: "area", Rows: 3, Hint: hint}
}
func when(name, label string, given calendar.Date) input {
	return input{Name: name, Label: label, Kind: "date", Given: given.String()}
}
func (i input) optional() input { i.Optional = true; return i }
func (i input) hint(text string) input {
	i.Hint = text
	return i
}

// act is one thing that can be done about an end.
type act struct {
	Name, Title, Button string
	Lead                string
	Inputs              []input
	Danger              bool
	Refuse              string // a second button: the opposite decision
	From                string // the issued document that the inputs are filled from
	need                access.Action
	do                  func(s *Server, r *http.Request, k casework.Key) error
}

// acts are what can be done about an end as it stands, the next one first.
func (s *Server) acts(w casework.Whole) []act {
	today := s.today()
	ways := func(order bool) []act {
		all := []act{fileCase(w, today), send(casework.Unit, today), send(casework.Department, today), reportCrime(w, today), settle(today)}
		if order {
			return append([]act{orderAct(w, today)}, all...)
		}
		return all
	}
	switch {
	case w.Kind == casework.Told && !w.Closed:
		return []act{tell(w, today)}
	case w.Closed && len(w.Penalties) > 0 && w.Penalties[0].State == "checked":
		return []act{revoke(w)}
	case w.Closed || w.Kind == casework.Final:
		return nil
	case w.Waits:
		return []act{settle(today)}
	}
	switch w.State {
	case casework.Ordered:
		return append([]act{recheck(today), remind(today), extend(w)}, ways(false)...)
	case casework.Submitted:
		return append([]act{recheck(today), extend(w)}, ways(false)...)
	case casework.Failed:
		return append([]act{extend(w), recheck(today)}, ways(false)...)
	case casework.Filed:
		return s.caseActs(w, today)
	case casework.Deciding:
		return []act{checkPenalty(w)}
	case casework.Sent:
		return []act{receive(w, today), giveBack(today)}
	case casework.Received:
		if w.Matter.Police != nil {
			return []act{reply(today)}
		}
		return []act{feedback(today), giveBack(today)}
	case casework.Reported:
		return []act{decideCrime(w)}
	case casework.Approved:
		return []act{deliver(w, s.Now())}
	}
	return ways(true)
}

// every lists all acts whatever stands: a form that is sent twice, or too late,
// gets its answer from the rules.
func (s *Server) every(w casework.Whole) []act {
	today := s.today()
	return []act{orderAct(w, today), remind(today), extend(w), recheck(today), settle(today), tell(w, today), send(casework.Unit, today), send(casework.Department, today),
		receive(w, today), giveBack(today), feedback(today), fileCase(w, today), hear(today), askLonger(), decideLonger(w), conclude(today), draftPenalty(w, today),
		checkPenalty(w), revoke(w), reportCrime(w, today), decideCrime(w), deliver(w, s.Now()), reply(today)}
}

func (s *Server) caseActs(w casework.Whole, today calendar.Date) []act {
	var all []act
	c := w.Matter.Case
	if c.Longer != nil && c.Longer.Verdict == "" {
		all = append(all, decideLonger(w))
	}
	if c.Hearing == nil {
		all = append(all, hear(today))
	}
	all = append(all, draftPenalty(w, today), conclude(today))
	if c.Longer == nil || c.Longer.Verdict == "refused" {
		all = append(all, askLonger())
	}
	if c.Hearing != nil {
		all = append(all, hear(today))
	}
	return append(all, send(casework.Unit, today), send(casework.Department, today), reportCrime(w, today))
}

func orderAct(w casework.Whole, today calendar.Date) act {
	measure := area("measure", "改正要求", "")
	if w.Finding != nil {
		measure.Given = w.Finding.Measure
	}
	return act{Name: "order", Title: "责令限期改正", Button: "责令改正", need: access.RectifyEdit,
		Lead:   "企业用检查码在网上提交改正材料，期限以前和以后都会提醒，由执法人员复查。",
		Inputs: []input{measure, when("due", "改正期限", today.AddDays(15))},
		do: func(s *Server, r *http.Request, k casework.Key) error {
			due, err := counter.Date(r, "due")
			if err != nil {
				return err
			}
			return s.Casework.Order(r.Context(), actor(r), k, casework.Order{Measure: r.PostFormValue("measure"), Due: due})
		}}
}

func remind(today calendar.Date) act {
	return act{Name: "remind", Title: "提醒企业", Button: "登记提醒", need: access.RectifyEdit,
		Inputs: []input{when("on", "提醒日期", today), line("how", "方式和对方").hint("如：电话，人事负责人孙某")},
		do: func(s *Server, r *http.Request, k casework.Key) error {
			on, err := counter.Date(r, "on")
			if err != nil {
				return err
			}
			return s.Casework.Remind(r.Context(), actor(r), k, casework.Reminder{On: on, How: r.PostFormValue("how")})
		}}
}

func extend(w casework.Whole) act {
	due := w.Clock.On
	if w.Matter != nil && w.Matter.Rectification != nil {
		due = w.Matter.Rectification.Due
	}
	return act{Name: "extend", Title: "延长改正期限", Button: "延长期限", need: access.RectifyEdit,
		Inputs: []input{when("due", "新的期限", due.AddDays(15)).hint("原来的期限 " + due.String()), area("reason", "理由", "")},
		do: func(s *Server, r *http.Request, k casework.Key) error {
			due, err := counter.Date(r, "due")
			if err != nil {
				return err
			}
			return s.Casework.Extend(r.Context(), actor(r), k, due, r.PostFormValue("reason"))
		}}
}

func recheck(today calendar.Date) act {
	return act{Name: "recheck", Title: "复查", Button: "复查合格", Refuse: "复查不合格", need: access.RectifyEdit,
		Inputs: []input{when("on", "复查日期", today), area("note", "复查情况", "看了什么、是否已按要求改正；不合格的写明还差什么，企业看得到")},
		do: func(s *Server, r *http.Request, k casework.Key) error {
			on, err := counter.Date(r, "on")
			if err != nil {
				return err
			}
			return s.Casework.Recheck(r.Context(), actor(r), k, casework.Recheck{On: on, Pass: yes(r), Note: r.PostFormValue("note")})
		}}
}

// yes reports whether the first of two buttons was pressed.
func yes(r *http.Request) bool { return r.PostFormValue("decision") == "yes" }

func settle(today calendar.Date) act {
	x := input{Name: "outcome", Label: "处理结果", Kind: "radio"}
	for _, o := range inspection.Outcomes {
		if o.Outcome.AtOnce() {
			x.Options = append(x.Options, page.Option{Value: string(o.Outcome), Label: o.Name, Hint: "写明" + o.Note})
		}
	}
	return act{Name: "settle", Title: "直接了结：当场改正、不予处罚、不属实", Button: "录入处理结果", need: access.FindingClose, Lead: "录入后不能修改。",
		Inputs: []input{x, when("on", "处理日期", today), area("note", "说明", "")},
		do: func(s *Server, r *http.Request, k casework.Key) error {
			on, err := counter.Date(r, "on")
			if err != nil {
				return err
			}
			return s.Casework.Settle(r.Context(), actor(r), k, inspection.Closing{Outcome: inspection.Outcome(r.PostFormValue("outcome")), On: on, Note: r.PostFormValue("note")})
		}}
}

func tell(w casework.Whole, today calendar.Date) act {
	ask, _ := casework.Asks(w.Code)
	a := act{Name: "tell", Title: ask.What, Button: "登记已办理", Refuse: "登记不需要办理", need: access.LeadNote,
		Inputs: []input{when("on", "办理日期", today)},
		do: func(s *Server, r *http.Request, k casework.Key) error {
			on, err := counter.Date(r, "on")
			if err != nil {
				return err
			}
			return s.Casework.Tell(r.Context(), actor(r), k, yes(r), casework.Note{To: r.PostFormValue("to"), Number: r.PostFormValue("number"),
				Materials: []string{r.PostFormValue("materials")}, Receipt: r.PostFormValue("receipt"), Text: r.PostFormValue("text"), On: on})
		}}
	if ask.To == "" {
		a.Inputs = append(a.Inputs, area("text", "情况", "名录里改了什么；不需要办理的写明理由"))
		return a
	}
	to := line("to", "告知的部门")
	to.Given = ask.To
	a.Inputs = append(a.Inputs, to, line("number", "文书号").optional(), area("materials", "材料清单", "一行一件").optional(), line("receipt", "签收人或回执").optional(),
		area("text", "说明", "不需要办理的写明理由").optional())
	return a
}

func send(k casework.Kind, today calendar.Date) act {
	to := line("to", "接收单位")
	if k == casework.Unit {
		to.Hint = "如：监察大队、仲裁院、社保稽核科"
	}
	return act{Name: string(k), Title: k.Name(), Button: "登记送出", need: access.HandoverEdit,
		Inputs: []input{to, area("matter", "事由", ""), line("number", "移送文书号"), area("materials", "材料清单", "一行一件"), when("on", "送出日期", today), line("how", "送达方式").hint("如：直接送达、机要")},
		do: func(s *Server, r *http.Request, key casework.Key) error {
			on, err := counter.Date(r, "on")
			if err != nil {
				return err
			}
			return s.Casework.Send(r.Context(), actor(r), key, k, casework.Handover{To: r.PostFormValue("to"), Matter: r.PostFormValue("matter"),
				Number: r.PostFormValue("number"), Materials: []string{r.PostFormValue("materials")}, On: on, How: r.PostFormValue("how")})
		}}
}

func receive(w casework.Whole, today calendar.Date) act {
	in := []input{when("on", "签收日期", today), line("who", "签收人"), line("number", "回执编号").optional()}
	if w.Matter == nil || w.Matter.Police == nil {
		in = append(in, input{Name: "feedback", Label: "约定的反馈日期", Kind: "date"}.optional())
	}
	return act{Name: "receive", Title: "登记签收", Button: "登记签收", need: access.HandoverEdit, Inputs: in,
		do: func(s *Server, r *http.Request, k casework.Key) error {
			on, err := counter.Date(r, "on")
			if err != nil {
				return err
			}
			by, err := counter.Date(r, "feedback")
			if err != nil {
				return err
			}
			return s.Casework.Receive(r.Context(), actor(r), k, casework.Receipt{On: on, Who: r.PostFormValue("who"), Number: r.PostFormValue("number"), FeedbackBy: by})
		}}
}

// answered reads what a receiver wrote back.
func answered(r *http.Request) (casework.Answer, error) {
	on, err := counter.Date(r, "on")
	return casework.Answer{On: on, Number: r.PostFormValue("number"), Text: r.PostFormValue("text")}, err
}

func giveBack(today calendar.Date) act {
	return act{Name: "back", Title: "登记退回", Button: "登记退回", Danger: true, need: access.HandoverEdit, Lead: "对方不接收或者退回的，登记以后另行处置。",
		Inputs: []input{when("on", "退回日期", today), line("number", "文书号").optional(), area("text", "退回的理由", "")},
		do: func(s *Server, r *http.Request, k casework.Key) error {
			x, err := answered(r)
			if err != nil {
				return err
			}
			return s.Casework.GiveBack(r.Context(), actor(r), k, x)
		}}
}

func feedback(today calendar.Date) act {
	return act{Name: "feedback", Title: "登记反馈", Button: "登记反馈并了结", need: access.HandoverEdit,
		Inputs: []input{when("on", "反馈日期", today), line("number", "文书号").optional(), area("text", "处理情况", "")},
		do: func(s *Server, r *http.Request, k casework.Key) error {
			x, err := answered(r)
			if err != nil {
				return err
			}
			return s.Casework.Feedback(r.Context(), actor(r), k, x)
		}}
}

// number reads a whole number; nothing typed is 0.
func number(r *http.Request, name, sentence string) (int64, error) {
	text := counter.Text(r, name)
	if text == "" {
		return 0, nil
	}
	n, err := strconv.ParseInt(text, 10, 64)
	if err != nil {
		return 0, errs.At(name, sentence)
	}
	return n, nil
}

func rows(r *http.Request, name string) []string { return strings.Split(r.PostFormValue(name), "\n") }
