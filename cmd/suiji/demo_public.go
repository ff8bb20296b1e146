package main

import (
	"errors"
	"fmt"

	"suiji/internal/access"
	"suiji/internal/disclosure"
	"suiji/internal/feedback"
	"suiji/internal/inspection"
	"suiji/internal/register"
	counts "suiji/internal/report"
)

// lived lets the registers change a little between the two rounds.
func (d *demo) lived() error {
	d.on(d.start2.AddDays(-3))
	clerk, r := d.as(access.Clerk), d.app.register
	targets, _, _, err := r.Targets(d.ctx, demoAuthority, register.TargetFilter{})
	if err != nil {
		return err
	}
	officers, _, _, failed := r.Officers(d.ctx, demoAuthority, register.OfficerFilter{})
	items, _, _, unread := r.Items(d.ctx, demoAuthority, register.ItemFilter{})
	if err := errors.Join(failed, unread); err != nil {
		return err
	}
	t, o, i := targets[len(targets)-1], officers[len(officers)-1], items[len(items)-1]
	return errors.Join(
		r.Amend(d.ctx, clerk, register.Targets, t.ID, register.Amendment{Base: t.Version, Values: map[string]string{"address": "示例县城关镇人民路 18 号"}, Source: "登记机关变更通知"}),
		r.Amend(d.ctx, clerk, register.Officers, o.ID, register.Amendment{Base: o.Version, Values: map[string]string{"unit": "劳动保障监察大队二中队"}, Source: "任免文件"}),
		r.Amend(d.ctx, clerk, register.Items, i.ID, register.Amendment{Base: i.Version, Values: map[string]string{"method": "实地检查、书面检查、数据比对"}, Source: "事项清单调整"}))
}

// heard is what follows the publication of a finished round: ratings, a
// complaint, penalties in public, objections and their answers, a correction, and
// a penalty whose decision falls.
func (d *demo) heard(id string) error {
	forms, err := d.app.inspection.Forms(d.ctx, demoAuthority, inspection.Filter{RoundID: id})
	if err != nil {
		return err
	}
	var clean, found []inspection.Form
	for _, f := range forms {
		if info, _ := f.Codes[0].Info(); info.Problem {
			found = append(found, f)
		} else {
			clean = append(clean, f)
		}
	}
	from := d.day()
	for _, step := range []struct {
		after int
		do    func() error
	}{
		{1, func() error { return d.rated(forms) }},
		{1, d.penalties},
		{2, func() error {
			return errors.Join(d.object(clean[0], "当天检查人员还核对了书面材料，公示的检查方式写漏了"), d.object(found[0], "劳动合同已经补签，希望不再公示"))
		}},
		{4, func() error {
			return errors.Join(d.answer(clean[0], true, "经核对检查记录，补记书面检查"), d.answer(found[0], false, "公示的是检查当日的情况，改正情况已随记录公示，维持公示内容"))
		}},
		{6, func() error { return d.correct(clean[0]) }},
		{7, d.revoked},
		{8, func() error { return d.app.endTerms(d.ctx) }},
	} {
		d.on(from.AddDays(step.after))
		if err := step.do(); err != nil {
			return fmt.Errorf("%d days after the last visit: %w", step.after, err)
		}
	}
	return nil
}

// rated has firms say what they think of the visit.
func (d *demo) rated(forms []inspection.Form) error {
	ticket, err := d.app.feedback.Complain(d.ctx, forms[0], "demo", "检查人员没有提前告知需要准备的材料，希望以后先发通知", "")
	if err != nil {
		return err
	}
	for i, f := range forms[:min(12, len(forms))] {
		answers := []string{"y", "y", "y", "y", "y"}
		if i%5 == 4 {
			answers[3] = "n"
		}
		if err := d.app.feedback.Rate(d.ctx, f, feedback.Rating{Answers: answers}); err != nil {
			return err
		}
	}
	return d.app.feedback.AnswerComplaint(d.ctx, d.as(access.Leader), ticket, "已要求检查组检查前通过通知书告知所需材料")
}

// penalties publishes every decision that stands.
func (d *demo) penalties() error {
	all, err := d.app.casework.Penalties(d.ctx, demoAuthority, "")
	for _, p := range all {
		x, failed := disclosure.DecisionOf(p)
		if err = errors.Join(err, failed); err == nil {
			_, err = d.app.disclosure.PublishPenalty(d.ctx, d.as(access.Reviewer), x)
		}
	}
	return err
}

// revoked takes the last of several decisions back; the program takes it down.
func (d *demo) revoked() error {
	all, err := d.app.casework.Penalties(d.ctx, demoAuthority, "")
	if err != nil || len(all) < 2 {
		return err
	}
	return d.app.casework.Revoke(d.ctx, d.as(access.Leader), all[0].Number, "行政复议决定撤销：适用依据错误")
}

func (d *demo) object(f inspection.Form, words string) error {
	return d.app.disclosure.Object(d.ctx, demoAuthority, disclosure.Claim{Kind: disclosure.ResultKind, Record: f.ID, Words: words})
}

func (d *demo) answer(f inspection.Form, upheld bool, words string) error {
	return d.app.disclosure.Answer(d.ctx, d.as(access.Leader), f.ID+"-o1", disclosure.Ruling{Upheld: upheld, Answer: words})
}

// correct mends a public record as its answered objection promised.
func (d *demo) correct(f inspection.Form) error {
	const why = "异议成立，补记检查方式"
	if err := d.app.inspection.Reopen(d.ctx, d.as(access.Reviewer), f.ID, why); err != nil {
		return err
	}
	f, err := d.app.inspection.Form(d.ctx, demoAuthority, f.ID)
	if err != nil {
		return err
	}
	e := demoEntry(f, f.Codes[0], f.EndedOn)
	e.Methods = append(e.Methods, "M2")
	return errors.Join(d.conclude(f.ID, e), d.app.disclosure.Correct(d.ctx, d.as(access.Reviewer), f.ID, why))
}

// contested leaves the running round with what is not at its end: an objection,
// a complaint, a record that was withdrawn.
func (d *demo) contested() error {
	d.on(d.today)
	forms, err := d.app.inspection.Forms(d.ctx, demoAuthority, inspection.Filter{RoundID: d.running, State: inspection.Confirmed})
	if err != nil || len(forms) < 3 {
		return err
	}
	_, err = d.app.feedback.Complain(d.ctx, forms[2], "demo", "检查当天等候一个多小时", "")
	for i, n := 0, 0; i < len(forms) && n < 2 && err == nil; i++ {
		if _, missing := d.app.disclosure.Result(d.ctx, demoAuthority, forms[i].ID); missing != nil {
			continue // not published yet
		}
		if n++; n == 1 {
			err = d.object(forms[i], "现场负责人不是本企业职工，情况记录有误")
		} else {
			err = d.app.disclosure.Withdraw(d.ctx, d.as(access.Reviewer), forms[i].ID, "检查结果代码录入有误，核对后重新公示")
		}
	}
	return err
}

// summed is what goes to the leader and upward of a round that is over.
func (d *demo) summed(id string) error {
	s, clerk, leader := d.report, d.as(access.Clerk), d.as(access.Leader)
	k, err := d.drafted(counts.Key{Kind: counts.OfRound, Subject: id})
	if err != nil {
		return err
	}
	x, err := s.Summary(d.ctx, demoAuthority, k)
	if err != nil {
		return err
	}
	if err := s.Submit(d.ctx, clerk, k, x.Revision); err != nil {
		return err
	}
	if x, err = s.Summary(d.ctx, demoAuthority, k); err != nil {
		return err
	}
	const unit = "示例市人力资源和社会保障局"
	letter := func(number string) counts.Letter {
		return counts.Letter{Unit: unit, Number: fmt.Sprintf(number, d.issued.Year()), On: d.day()}
	}
	return errors.Join(s.Decide(d.ctx, leader, k, x.Digest, true, "同意"),
		s.Fill(d.ctx, clerk, "month", d.day()), s.SendUpward(d.ctx, clerk, 1, letter("示例人社报〔%d〕12号")), s.ReceiveUpward(d.ctx, clerk, 1, letter("市局劳监科收字〔%d〕31号")),
		s.Ask(d.ctx, clerk, "歇业备案企业是否计入抽查比例", "部分抽中企业已办理歇业备案，是否计入年度抽查比例，请予明确。"),
		s.SendQuestion(d.ctx, clerk, 1, letter("示例人社请〔%d〕2号")), s.AnswerQuestion(d.ctx, clerk, 1, letter("市人社函〔%d〕8号"), "歇业期间不计入比例，由下一候补对象递补。"))
}

// demoWords are what the clerk writes into a summary.
var demoWords = map[string]string{
	"practice": "检查人员、检查对象由公开抽取产生，抽取全过程可以核验；检查前逐户送达通知书，现场检查与用工指导一并进行。",
	"troubles": "发现的问题集中在劳动合同订立和工资支付台账；个别企业登记住所无法联系，核实用去较多时间。",
	"next":     "督促限期改正的企业按期复查，对新设企业开展用工指导；检查前先与登记机关核对登记状态。",
}

// drafted begins a summary and writes what people have to write in it.
func (d *demo) drafted(k counts.Key) (counts.Key, error) {
	clerk := d.as(access.Clerk)
	k, err := d.report.Draft(d.ctx, clerk, k)
	if err != nil {
		return k, err
	}
	x, err := d.report.Summary(d.ctx, demoAuthority, k)
	if err != nil {
		return k, err
	}
	words := map[string]string{}
	for _, s := range x.Content.Sections {
		if s.Needs {
			words[s.Key] = demoWords[s.Key]
		}
	}
	return k, d.report.Save(d.ctx, clerk, k, x.Revision, words)
}

// outlined leaves the year's report as a draft, and this week's as not sent.
func (d *demo) outlined() error {
	d.on(d.today)
	clerk := d.as(access.Clerk)
	if _, err := d.app.credit.Propose(d.ctx, clerk, d.issued.Year()-1); err != nil {
		return err
	}
	_, err := d.drafted(counts.Key{Kind: counts.OfYear, Subject: fmt.Sprint(d.issued.Year())})
	return errors.Join(err, d.report.Fill(d.ctx, clerk, "week", d.day()), d.report.Ask(d.ctx, clerk, "联合抽查中配合部门的结果由谁公示", "拟与市场监管部门联合抽查，请明确公示主体。"))
}
