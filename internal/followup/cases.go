package followup

import (
	"net/http"
	"strconv"
	"strings"
	"time"

	"suiji/calendar"
	"suiji/internal/access"
	"suiji/internal/casework"
	"suiji/internal/counter"
	"suiji/internal/errs"
	"suiji/internal/page"
)

// team are the names of the inspection's officers, one a line.
func team(w casework.Whole) string {
	var names []string
	for _, o := range w.Form.Team {
		names = append(names, o.Name)
	}
	return strings.Join(names, "\n")
}

func fileCase(w casework.Whole, today calendar.Date) act {
	handlers := area("handlers", "承办人", "不少于两人，一行一人")
	handlers.Given = team(w)
	return act{Name: "case", Title: "立案", Button: "立案", need: access.CaseEdit,
		Lead: "立案之日起 60 个工作日内调查完毕，经批准可延长 30 个工作日（劳动保障监察条例第十七条）。违法行为终了满两年才发现的，不能立案（第二十条）。",
		Inputs: []input{line("number", "立案号"), line("cause", "案由"), when("filed", "立案日期", today), when("found", "发现之日", w.Form.StartedOn).hint("检查开始之日；有投诉举报在先的填举报之日"),
			input{Name: "breach", Label: "违法行为终了之日", Kind: "date", Hint: "仍在继续的不填"}.optional(), line("unit", "承办机构"), handlers},
		do: func(s *Server, r *http.Request, k casework.Key) error {
			f := casework.Filing{Number: r.PostFormValue("number"), Cause: r.PostFormValue("cause"), Unit: r.PostFormValue("unit"), Handlers: rows(r, "handlers")}
			for name, to := range map[string]*calendar.Date{"filed": &f.FiledOn, "found": &f.Discovered, "breach": &f.BreachEnd} {
				var err error
				if *to, err = counter.Date(r, name); err != nil {
					return err
				}
			}
			return s.Casework.FileCase(r.Context(), actor(r), k, f)
		}}
}

func hear(today calendar.Date) act {
	return act{Name: "hear", Title: "听取陈述、申辩", Button: "登记", need: access.CaseEdit, Lead: "作出决定以前要先听取用人单位的意见（劳动保障监察条例第十九条）。",
		Inputs: []input{when("on", "听取日期", today), line("how", "方式和对方"), area("said", "陈述、申辩的内容", "放弃的写明放弃")},
		do: func(s *Server, r *http.Request, k casework.Key) error {
			on, err := counter.Date(r, "on")
			if err != nil {
				return err
			}
			return s.Casework.Hear(r.Context(), actor(r), k, casework.Hearing{On: on, How: r.PostFormValue("how"), Said: r.PostFormValue("said")})
		}}
}

func askLonger() act {
	return act{Name: "longer", Title: "申请延长调查 30 个工作日", Button: "申请延长", need: access.CaseEdit, Lead: "只能延长一次，期限届满以前由局领导批准。",
		Inputs: []input{area("reason", "情况复杂的理由", "")},
		do: func(s *Server, r *http.Request, k casework.Key) error {
			return s.Casework.AskLonger(r.Context(), actor(r), k, r.PostFormValue("reason"))
		}}
}

func decideLonger(w casework.Whole) act {
	lead := ""
	if m := w.Matter; m != nil && m.Case != nil && m.Case.Longer != nil {
		l := m.Case.Longer
		lead = l.By + " " + l.On.String() + " 申请：" + l.Reason
	}
	return act{Name: "lengthen", Title: "决定是否延长调查", Button: "批准延长", Refuse: "不同意", need: access.CaseLengthen, Lead: lead,
		Inputs: []input{area("opinion", "意见", "不同意的写明理由").optional()},
		do: func(s *Server, r *http.Request, k casework.Key) error {
			return s.Casework.DecideLonger(r.Context(), actor(r), k, yes(r), r.PostFormValue("opinion"))
		}}
}

func conclude(today calendar.Date) act {
	x := input{Name: "ending", Label: "结案方式", Kind: "radio", Options: []page.Option{
		{Value: string(casework.OrderedTo), Label: casework.OrderedTo.Name()}, {Value: string(casework.Withdrawn), Label: casework.Withdrawn.Name(), Hint: "情节轻微并已改正"}}}
	return act{Name: "conclude", Title: "不处罚结案：责令改正、行政处理、撤销立案", Button: "结案", need: access.CaseEdit,
		Inputs: []input{x, line("number", "文书号"), when("on", "决定日期", today), area("text", "决定的内容，或者撤销的理由", "")},
		do: func(s *Server, r *http.Request, k casework.Key) error {
			on, err := counter.Date(r, "on")
			if err != nil {
				return err
			}
			return s.Casework.Conclude(r.Context(), actor(r), k, casework.Decision{Ending: casework.Ending(r.PostFormValue("ending")), Number: r.PostFormValue("number"), On: on, Text: r.PostFormValue("text")})
		}}
}

func draftPenalty(w casework.Whole, today calendar.Date) act {
	fact := area("fact", "违法事实", "")
	fact.Given = w.What
	class := input{Name: "class", Label: "公示类别", Kind: "radio"}
	for _, c := range casework.Classes {
		class.Options = append(class.Options, page.Option{Value: string(c.Class), Label: c.Name, Hint: strconv.Itoa(c.Least) + " 至 " + strconv.Itoa(c.Most) + " 个月"})
	}
	return act{Name: "penalty", Title: "行政处罚决定", Button: "录入，交他人复核", need: access.CaseEdit, Lead: "由另一人复核以后生效，公示期从复核之日起算。",
		Inputs: []input{line("number", "决定书文号"), when("on", "决定日期", today), fact, area("basis", "处罚依据", ""), line("kinds", "处罚种类").hint("如：警告、罚款、没收违法所得"),
			line("amount", "金额（元）").optional(), class, line("months", "公示月数").hint("轻微的可填 0，不公示")},
		do: func(s *Server, r *http.Request, k casework.Key) error {
			p := casework.Penalty{Number: r.PostFormValue("number"), Fact: r.PostFormValue("fact"), Basis: r.PostFormValue("basis"), Kinds: r.PostFormValue("kinds"),
				Class: casework.Class(r.PostFormValue("class"))}
			var err error
			if p.DecidedOn, err = counter.Date(r, "on"); err != nil {
				return err
			}
			if p.Amount, err = fen(counter.Text(r, "amount")); err != nil {
				return err
			}
			if counter.Text(r, "months") == "" {
				return errs.At("months", "请填写公示月数")
			}
			months, err := number(r, "months", "公示月数要填整数")
			if err != nil {
				return err
			}
			p.Months = int(months)
			return s.Casework.DraftPenalty(r.Context(), actor(r), k, p)
		}}
}

// fen reads an amount of yuan with at most two decimals; nothing is 0.
func fen(text string) (int64, error) {
	wrong := errs.At("amount", "金额填数字，最多两位小数，如 5000 或 5000.50")
	text = strings.NewReplacer(",", "", "，", "").Replace(text)
	if text == "" {
		return 0, nil
	}
	yuan, cents, _ := strings.Cut(text, ".")
	if len(cents) > 2 {
		return 0, wrong
	}
	n, err := strconv.ParseUint(yuan+(cents + "00")[:2], 10, 62)
	if err != nil {
		return 0, wrong
	}
	return int64(n), nil
}

func checkPenalty(w casework.Whole) act {
	lead := ""
	for _, p := range w.Penalties {
		lead = strings.Join([]string{p.DraftedName, "录入：", p.Number, p.Kinds, p.Money(), "公示类别", p.Class.Name(), strconv.Itoa(p.Months) + " 个月"}, " ")
	}
	return act{Name: "check", Title: "复核处罚决定", Button: "复核通过，生效", Refuse: "退回", need: access.PenaltyCheck, Lead: lead,
		Inputs: []input{area("opinion", "意见", "退回的写明原因").optional()},
		do: func(s *Server, r *http.Request, k casework.Key) error {
			return s.Casework.CheckPenalty(r.Context(), actor(r), k, yes(r), r.PostFormValue("opinion"))
		}}
}

func revoke(w casework.Whole) act {
	number := ""
	if len(w.Penalties) > 0 {
		number = w.Penalties[0].Number
	}
	return act{Name: "revoke", Title: "撤销处罚决定 " + number, Button: "撤销", Danger: true, need: access.PenaltyRevoke,
		Lead:   "被变更、撤销、确认违法或者无效的，3 日内撤回公示信息并说明理由（行政处罚法第四十八条）。",
		Inputs: []input{area("reason", "理由", "")},
		do: func(s *Server, r *http.Request, _ casework.Key) error {
			return s.Casework.Revoke(r.Context(), actor(r), number, r.PostFormValue("reason"))
		}}
}

func reportCrime(w casework.Whole, today calendar.Date) act {
	officers := area("officers", "专案组", "不少于两名行政执法人员，一行一人")
	officers.Given = team(w)
	return act{Name: "police", Title: "移送公安机关：报告涉嫌犯罪", Button: "报局领导", need: access.HandoverEdit,
		Lead:   "局领导接到报告 3 日内决定，批准的 24 小时内送公安机关，不批准的理由记录在案（国务院令第310号）。",
		Inputs: []input{line("charge", "涉嫌的罪名").hint("如：拒不支付劳动报酬罪"), officers, area("text", "涉嫌犯罪的情况", ""), when("on", "报告日期", today)},
		do: func(s *Server, r *http.Request, k casework.Key) error {
			on, err := counter.Date(r, "on")
			if err != nil {
				return err
			}
			return s.Casework.ReportCrime(r.Context(), actor(r), k, casework.Report{Charge: r.PostFormValue("charge"), Officers: rows(r, "officers"), Text: r.PostFormValue("text"), On: on})
		}}
}

func decideCrime(w casework.Whole) act {
	lead := ""
	if m := w.Matter; m != nil && m.Police != nil {
		lead = strings.Join(m.Police.Officers, "、") + " " + m.Police.ReportedOn.String() + " 报告：" + m.Police.Charge + "。" + m.Police.Report
	}
	return act{Name: "decide", Title: "决定是否移送公安机关", Button: "批准移送", Refuse: "不批准", need: access.PoliceDecide,
		Lead:   lead,
		Inputs: []input{area("reason", "理由", "不批准的必须写明，记录在案").optional()},
		do: func(s *Server, r *http.Request, k casework.Key) error {
			return s.Casework.DecideCrime(r.Context(), actor(r), k, yes(r), r.PostFormValue("reason"))
		}}
}

// minute is how a form writes a minute.
const minute = "2006-01-02T15:04"

func deliver(w casework.Whole, now time.Time) act {
	enclosed := input{Name: "enclosed", Label: "随案移送", Kind: "check"}
	for _, e := range casework.Enclosures {
		enclosed.Options = append(enclosed.Options, page.Option{Value: e, Label: e})
	}
	at := input{Name: "at", Label: "送达时间", Kind: "datetime-local", Given: calendar.Clock(now).Format(minute), Hint: "期限 " + w.Clock.Words()}
	return act{Name: "deliver", Title: "送公安机关", Button: "登记送出", need: access.HandoverEdit,
		Inputs: []input{line("to", "接收的公安机关"), line("number", "移送书文号"), at, enclosed, area("materials", "其他材料", "检验报告、鉴定意见等，一行一件").optional(), line("copied", "抄送的人民检察院")},
		do: func(s *Server, r *http.Request, k casework.Key) error {
			d := casework.Delivery{To: r.PostFormValue("to"), Number: r.PostFormValue("number"), Enclosed: r.PostForm["enclosed"], Materials: rows(r, "materials"), Copied: r.PostFormValue("copied")}
			if text := counter.Text(r, "at"); text != "" {
				at, err := time.ParseInLocation(minute, strings.Replace(text, " ", "T", 1), calendar.Clock(now).Location())
				if err != nil {
					return errs.At("at", "请按 2022-06-24 09:30 的样子填写送达时间")
				}
				d.At = at
			}
			return s.Casework.Deliver(r.Context(), actor(r), k, d)
		}}
}

func reply(today calendar.Date) act {
	return act{Name: "reply", Title: "登记公安机关的答复", Button: "已立案", Refuse: "不予立案", need: access.HandoverEdit,
		Inputs: []input{when("on", "答复日期", today), line("number", "文书号").optional(), area("text", "答复的内容", "不予立案的写明理由，以后另行处置")},
		do: func(s *Server, r *http.Request, k casework.Key) error {
			x, err := answered(r)
			if err != nil {
				return err
			}
			return s.Casework.PoliceReply(r.Context(), actor(r), k, casework.PoliceAnswer{Answer: x, Filed: yes(r)})
		}}
}
