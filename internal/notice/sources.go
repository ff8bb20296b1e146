package notice

import (
	"fmt"
	"net/url"
	"slices"
	"time"

	"suiji/calendar"
	"suiji/internal/access"
	"suiji/internal/casework"
	"suiji/internal/disclosure"
	"suiji/internal/inspection"
	"suiji/internal/plan"
	"suiji/internal/round"
)

// filing is the year's plan, which many places want by the end of March. An
// office that never had a plan is not reminded of one.
func (y year) filing() []Row {
	if len(y.plans) == 0 {
		return nil
	}
	href := "/w/plans"
	for _, p := range y.plans {
		if p.Year != y.today.Year() {
			continue
		}
		if p.State == plan.Published || p.State == plan.Closed {
			return nil
		}
		href = "/w/plans/" + p.ID
	}
	due, _ := calendar.NewDate(y.today.Year(), time.March, 31) // every year has the day
	return []Row{row(PlanFiled, fmt.Sprint(y.today.Year()), fmt.Sprintf("公布 %d 年度抽查计划并报送", y.today.Year()), "", due,
		"各地一般要求 3 月底前报送、公布年度抽查计划，以本地要求为准", href)}
}

// holidays asks for the notices without which no working day is known: this
// year's at once, next year's before it can move the last days of December.
func (y year) holidays() []Row {
	known := y.calendar.Years()
	this, next := y.today.Year(), y.today.Year()+1
	var rows []Row
	if !slices.Contains(known, this) {
		due, _ := calendar.NewDate(this, time.January, 1)
		rows = append(rows, row(Holidays, fmt.Sprint(this), fmt.Sprintf("录入 %d 年放假通知", this), "", due, "没有当年的放假通知，各项期限都算不出来", "/w/notices"))
	}
	if y.today.Month() >= time.November && !slices.Contains(known, next) {
		due, _ := calendar.NewDate(this, time.December, 24)
		rows = append(rows, row(Holidays, fmt.Sprint(next), fmt.Sprintf("录入 %d 年放假通知", next), "", due,
			"国务院办公厅一般在 11 月发布次年安排；12 月 25 日以后的工作日可能因此调整，跨年的期限也要用到", "/w/notices"))
	}
	return rows
}

func (y year) certificates() []Row {
	var rows []Row
	for _, c := range y.certs {
		r := row(Certificate, c.Officer, "执法证到期："+c.Name, "", c.Until, fmt.Sprintf("证件有效期至 %s；提前 60 日、30 日提醒。到期后不能再匹配到检查组", c.Until),
			"/w/officers/"+url.PathEscape(c.Officer))
		r.People = []Person{c.Person}
		rows = append(rows, r)
	}
	for _, c := range y.further {
		r := row(Certificate, c.OfficerID+"|"+c.Number, "另一张执法证到期："+c.Name, "", c.Until,
			fmt.Sprintf("证件有效期至 %s；提前 60 日、30 日提醒。已换发的登记新的有效期，不再使用的登记注销", c.Until), "/w/officers/"+url.PathEscape(c.OfficerID))
		r.People = []Person{{Officer: c.OfficerID, Account: y.accounts[c.OfficerID], Name: c.Name}}
		rows = append(rows, r)
	}
	return rows
}

// windows are those of published plans for which nothing has been drawn yet:
// first their beginning is due, then their end.
func (y year) windows() []Row {
	var rows []Row
	for _, p := range y.plans {
		if p.State != plan.Published {
			continue
		}
		for _, t := range p.Tasks {
			for _, w := range p.Windows {
				if slices.ContainsFunc(y.rounds, func(r round.Round) bool { return r.PlanID == p.ID && r.TaskNo == t.No && r.WindowNo == w.No }) {
					continue
				}
				what, due := fmt.Sprintf("“%s”第 %d 批次检查期开始，准备抽取", t.Name, w.No), w.StartsOn
				if y.today.After(due) {
					what, due = fmt.Sprintf("“%s”第 %d 批次尚未抽取，检查期截止", t.Name, w.No), w.EndsOn
				}
				rows = append(rows, row(Window, fmt.Sprintf("%s.%d.%d", p.ID, t.No, w.No), what, "", due, perWindow(w), "/w/rounds"))
			}
		}
	}
	return rows
}

// draws are the steps of a round until its forms are there.
func (y year) draws() []Row {
	var rows []Row
	for _, r := range y.rounds {
		p, w, at := y.plan(r.PlanID), y.window(r), "/w/rounds/"+r.ID
		switch r.State {
		case round.Frozen, round.Sealed:
			rows = append(rows, row(Window, r.ID, fmt.Sprintf("第 %d 批次已冻结名录，完成抽取", w.No), r.ID, w.EndsOn, perWindow(w), at))
		case round.Drawn:
			_, how := y.worked(calendar.In(r.DrawnAt), p.ConfirmRule())
			rows = append(rows, row(Confirm, r.ID, "比对、确认抽中的对象", r.ID, r.ConfirmDue, "抽取日 "+how, at+"/firms"))
		case round.Confirmed, round.MatchFrozen, round.MatchSealed:
			due, how := y.worked(calendar.In(r.ConfirmedAt), p.ConfirmRule())
			rows = append(rows, row(Match, r.ID, "抽取并匹配检查人员", r.ID, due, "确认日 "+how+"。计划没有另定匹配的期限，按比对确认的天数计", at))
		case round.Matched:
			if !slices.ContainsFunc(y.forms, func(f disclosure.Row) bool { return f.Form.RoundID == r.ID }) {
				rows = append(rows, row(Issue, r.ID, "制作检查表，开始检查", r.ID, w.EndsOn, perWindow(w), at))
			}
		}
	}
	return rows
}

// heap gathers things of one round and one day into one row.
type heap struct {
	keys []string
	rows map[string]*Row
	size map[string]int
}

func (h *heap) add(r Row, team []Person) {
	if h.rows == nil {
		h.rows, h.size = map[string]*Row{}, map[string]int{}
	}
	if h.rows[r.Key] == nil {
		h.keys, h.rows[r.Key] = append(h.keys, r.Key), &r
	}
	h.size[r.Key]++
	in := h.rows[r.Key]
	for _, p := range team {
		i := slices.IndexFunc(in.People, func(q Person) bool { return q.Officer == p.Officer })
		if i < 0 {
			i, in.People = len(in.People), append(in.People, p)
		}
		in.People[i].Things++
	}
}

// done names the heaps with the number of things in each.
func (h *heap) done(sentence string) []Row {
	var rows []Row
	for _, k := range h.keys {
		r := *h.rows[k]
		r.What = fmt.Sprintf(sentence, h.size[k])
		rows = append(rows, r)
	}
	return rows
}

// inspections are the firms that a team has still to visit.
func (y year) inspections() []Row {
	var h heap
	for _, f := range y.forms {
		if f.Form.State != inspection.Issued && f.Form.State != inspection.Returned || f.State == disclosure.Exempt {
			continue
		}
		t := f.Form.Task
		h.add(row(Inspect, f.Form.RoundID, "", f.Form.RoundID, t.To, perWindow(plan.Window{No: t.WindowNo, StartsOn: t.From, EndsOn: t.To}),
			"/w/forms?state=issued&round="+f.Form.RoundID), y.teams[f.Form.ID])
	}
	return h.done("完成检查并录入 %d 户")
}

// publications are results that are not public; those of one clock make a row.
func (y year) publications() []Row {
	var h heap
	for _, f := range y.forms {
		if f.State != disclosure.Waiting && f.State != disclosure.Overdue {
			continue
		}
		key := f.Form.RoundID + "|" + f.Form.EndedOn.String() + "|" + f.Due.On.String()
		h.add(row(Publish, key, "", f.Form.RoundID, f.Due.On, f.Due.Explain, "/w/publish?round="+f.Form.RoundID), nil)
	}
	return h.done("公示检查结果 %d 户")
}

// contests are objections to what was published: first their answer is due,
// then what the answer promised.
func (y year) contests() []Row {
	var rows []Row
	for _, o := range y.contested {
		if !o.Running() {
			continue
		}
		r := row(Contest, o.ID+"|"+string(o.State), "答复对公示的异议", "", o.Due, o.Explain, "/w/objections/"+url.PathEscape(o.ID))
		if o.State == disclosure.ObjectionMending {
			r.What, r.Roles = "异议成立，更正或者撤回公示", []access.Role{access.Reviewer, access.Clerk}
		}
		rows = append(rows, r)
	}
	return rows
}

// complaints are those of one last day in a row. Their tickets open them to
// whoever holds one, and stay out.
func (y year) complaints() []Row {
	var h heap
	for _, c := range y.complains {
		h.add(row(Complaint, c.DueOn.String(), "", "", c.DueOn, "收到之日起 15 日内答复，自然日，遇休息日不顺延（信访工作条例第二十三条）", "/w/complaints"), nil)
	}
	return h.done("答复投诉 %d 件")
}

// penalties are decisions that the public shall read and does not yet.
func (y year) penalties() []Row {
	var rows []Row
	done := disclosure.Settled(y.posted)
	for _, p := range y.decisions {
		if p.Public(y.today) && !done[p.Number] {
			c := p.PublishBy(y.calendar)
			rows = append(rows, row(Penalty, p.Number, "公示处罚决定 "+p.Number, "", c.On, c.How, "/w/penalties/preview?number="+url.QueryEscape(p.Number)))
		}
	}
	return rows
}

// termDays is how long before its last day a public penalty is on the board.
const termDays = 30

// takedowns are penalties that must leave the public: those whose decision fell,
// and those near the end of their term. The program takes both down by itself;
// the row shows that it is to be so, and if it was not.
func (y year) takedowns() []Row {
	var h heap
	revoked := map[string]casework.Penalty{}
	for _, p := range y.decisions {
		if p.State == "revoked" {
			revoked[p.Number] = p
		}
	}
	var rows []Row
	for _, v := range y.posted {
		p, fell := revoked[v.Number]
		switch {
		case !v.Current:
		case fell:
			c := p.WithdrawBy(y.calendar)
			rows = append(rows, row(Takedown, v.ID, "处罚决定 "+v.Number+" 已撤销，停止公示", "", c.On, c.How+"。系统自动办理", "/w/penalties/"+url.PathEscape(v.ID)))
		case y.today.DaysUntil(v.Until) <= termDays:
			h.add(row(Takedown, v.Until.String(), "", "", v.Until, fmt.Sprintf("处罚的公示期到 %s 届满，次日起公众看不到，系统自动停止公示", v.Until), "/w/penalties"), nil)
		}
	}
	return append(rows, h.done("处罚公示期满，停止公示 %d 条")...)
}

// repairs are applications for the earlier end of a penalty's publication.
func (y year) repairs() []Row {
	var rows []Row
	for _, r := range y.repaired {
		if r.State == disclosure.RepairOpen {
			rows = append(rows, row(Repair, r.ID, "决定信用修复的申请", "", r.Due, r.Explain, "/w/penalties/"+url.PathEscape(r.Penalty)))
		}
	}
	return rows
}

// objections are gradings that firms have been told of.
func (y year) objections() []Row {
	var rows []Row
	for _, g := range y.grades {
		key := g.State + "|" + g.Until.String()
		r := row(Objection, key, fmt.Sprintf("等级异议期届满 %d 户，届满后办理生效", g.Count), "", g.Until, "告知时定的异议期，届满当日仍可提出", "/w/credit/proposals?state="+g.State)
		if g.State == "objected" {
			r.What, r.Roles = fmt.Sprintf("答复对等级的异议 %d 户", g.Count), []access.Role{access.Leader}
			r.How = "没有规定答复的天数，按异议期届满日提醒"
		}
		rows = append(rows, r)
	}
	return rows
}

// mendDays is how many working days after its return a record is mended: no
// rule says it, the board needs a day.
var mendDays = calendar.Rule{N: 5, Unit: calendar.Workdays}

// returned are records that a receiver sent back and nobody has mended and sent
// again; those of one receiver and day make a row.
func (y year) returned() []Row {
	var h heap
	for _, d := range y.back {
		on := calendar.In(d.Line.AnsweredAt)
		due, how := y.worked(on, mendDays)
		h.add(row(Exchange, d.Receiver.ID+"|"+on.String(), "", "", due, "退回之日 "+how+"。没有统一规定，按 5 个工作日提醒", "/w/exchange"), nil)
	}
	return h.done("改正被退回的报送数据，重新报送 %d 条")
}

// questions of supervision wait for those whom they ask.
func (y year) questions() []Row {
	var rows []Row
	for _, q := range y.asked {
		r := row(Supervise, q.ID, "答复监督问题 "+q.ID+"："+q.RuleOf().Name, "", q.Due, q.How, "/w/supervision/questions/"+q.ID)
		r.Roles, r.People = []access.Role{q.Role}, q.people
		rows = append(rows, r)
	}
	return rows
}

// disclosures are the days on which drawn names become public at the latest.
func (y year) disclosures() []Row {
	var rows []Row
	for _, r := range y.rounds {
		if slices.Contains(y.secret, r.ID) && r.Disclosure != plan.AtOnce && !r.DiscloseBy.Zero() {
			rows = append(rows, row(Disclose, r.ID, "公开抽取名单和核验材料", r.ID, r.DiscloseBy,
				fmt.Sprintf("封存时约定：办结后公开，最迟 %s；到期由系统自动公开", r.DiscloseBy), "/w/rounds/"+r.ID))
		}
	}
	return rows
}

// archive is the last day of the plan, until it is closed, and what of each
// round is not sealed or not handed over by then.
func (y year) archive() []Row {
	var rows []Row
	for _, t := range y.files {
		if t.Left() == 0 || t.Due.Zero() {
			continue
		}
		r := row(Archive, "round|"+t.Round, fmt.Sprintf("移交案卷 %d 卷", t.Left()), t.Round, t.Due, fmt.Sprintf("年度计划定的归档日期；应归档 %d 卷，已立卷 %d 卷，已移交 %d 卷", t.Files, t.Kept(), t.Accepted), "/w/archive?round="+t.Round)
		if t.Unsealed() > 0 {
			r.What = fmt.Sprintf("立卷封存 %d 卷，移交 %d 卷", t.Unsealed(), t.Left())
		}
		rows = append(rows, r)
	}
	for _, p := range y.plans {
		if p.State == plan.Published && !p.ArchiveOn.Zero() {
			rows = append(rows, row(Archive, p.ID, fmt.Sprintf("%d 年度计划办结，材料移交归档", p.Year), "", p.ArchiveOn, "年度计划定的归档日期", "/w/plans/"+p.ID))
		}
	}
	return rows
}
