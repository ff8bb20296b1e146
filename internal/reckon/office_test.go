package reckon_test

import (
	"context"
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"
	"time"

	"suiji/calendar"
	"suiji/draw"
	"suiji/internal/access"
	"suiji/internal/alarm"
	"suiji/internal/canon"
	"suiji/internal/disclosure"
	"suiji/internal/identity"
	"suiji/internal/inspection"
	"suiji/internal/inspection/inspectiontest"
	"suiji/internal/password"
	"suiji/internal/plan"
	"suiji/internal/reckon"
	"suiji/internal/register"
	"suiji/internal/round"
	"suiji/internal/round/roundtest"
	"suiji/internal/scribe"
	"suiji/internal/store"
	"suiji/randomness"
)

// office is a bureau in the middle of its year: a round that is closed and
// disclosed, with an abandoned attempt before it, removals, substitutions,
// corrections, a withdrawal and an exemption; and one that is sealed.
type office struct {
	*roundtest.Office
	t          *testing.T
	inspection *inspection.Service
	disclosure *disclosure.Service
	reckon     *reckon.Service
	step       func(when string) // what is done between two acts; nil: nothing
	dice       *rand.Rand        // what differs from office to office; nil: nothing, every act happens
}

// happens reports whether an act that not every office does is done here.
func (o *office) happens() bool { return o.dice == nil || o.dice.IntN(4) > 0 }

// number is the usual number, or one from least to most.
func (o *office) number(usual, least, most int) int {
	if o.dice == nil {
		return usual
	}
	return least + o.dice.IntN(most-least+1)
}

// at tells that something has been done.
func (o *office) at(when string) {
	o.Must(o.Scribe.Sequence(ctx, authority))
	if o.step != nil {
		o.step(when)
	}
}

var ctx = context.Background()

const authority = roundtest.Authority

func newOffice(t *testing.T, db *store.DB) *office {
	t.Helper()
	o := &office{Office: roundtest.New(t, db), t: t}
	o.inspection = inspection.New(inspection.Config{DB: db, Door: o.Door, Now: o.Now, Identity: o.Identity, Credit: o.Credit, Schedule: o.Schedule})
	o.disclosure = disclosure.New(disclosure.Config{DB: db, Door: o.Door, Scribe: o.Scribe, Now: o.Now, Identity: o.Identity,
		Reference: o.Reference, Round: o.Round, Inspection: o.inspection})
	o.reckon = o.reckoner(o.Scribe)
	return o
}

func (o *office) reckoner(s *scribe.Scribe) *reckon.Service {
	return reckon.New(reckon.Config{DB: o.DB, Door: o.Door, Now: o.Now, Scribe: s, Identity: o.Identity, Register: o.Register, Plan: o.Plan, Round: o.Round})
}

// year lets the office work.
func (o *office) year() {
	if o.happens() {
		o.Must(o.Scribe.UseSM2(ctx, roundtest.As(access.Admin), true))
	}
	if o.dice != nil && o.dice.IntN(2) == 0 {
		o.Must(o.Identity.Describe(ctx, roundtest.As(access.Admin), identity.Authority{Name: "元氏县人力资源和社会保障局", DrawHash: canon.SM3}))
	}
	o.secured()
	o.Firms(o.number(120, 80, 300))
	o.registers()
	o.at("registers")
	id := o.Publish(func(p *plan.Plan) {
		p.Tasks[0].Slots = []plan.Slot{{Name: "rs", Title: "劳动保障监察机构", Field: p.Field, Size: p.Officers},
			{Name: "wj", Title: "县卫生健康局", Field: p.Field, Size: 2, Tag: "尘毒危害"}}
		p.Tasks[0].Strata = []plan.Stratum{{Name: "tagged", Title: "投诉举报多", Tag: "投诉举报多", Ratio: plan.Ratio(o.number(1000, 500, 4000)), Reserve: 3},
			{Name: "all", Title: "其他", Ratio: plan.Ratio(o.number(800, 800, 2000)), Reserve: 4}}
	})
	o.at("a plan")
	if o.happens() {
		o.abandoned(id)
	}
	closed := o.drawn(id)
	o.inspected(closed)
	o.On("2022-10-08")
	next := o.Freeze(id, 2, "2022-10-08")
	o.Must(o.Round.Seal(ctx, roundtest.As(access.Operator), next, roundtest.Public))
	if o.happens() {
		o.Must(o.Round.Roll(ctx, roundtest.As(access.Operator), next, "public", roundtest.Dice))
	}
	o.at("a sealed round")
	o.Must(o.Round.Disclose(ctx, access.System(authority), closed))
	o.at("bundles")
}

// secured has the machine and the office change their settings, strangers try to
// come in, and the head of the audit log entered.
func (o *office) secured() {
	a := alarm.New(alarm.Config{DB: o.DB, Door: o.Door, Now: o.Now, Scribe: o.Scribe, Identity: o.Identity})
	o.Must(a.House(ctx, authority, alarm.Settings{alarm.Witnesses: "w.example", "https": "是"}))
	o.Must(a.Look(ctx, authority))
	if o.happens() {
		o.Must(a.House(ctx, authority, alarm.Settings{"https": "是"}))
		o.Must(o.Identity.SetRules(ctx, access.System(authority), identity.Rules{Passwords: password.Modern}))
	}
	for n := range 100 {
		_, err := o.Identity.SignIn(ctx, identity.Attempt{Authority: authority, Username: fmt.Sprint("name", n), Address: fmt.Sprint("198.18.0.", n), Password: strings.Repeat("x", 600)})
		if err == nil {
			o.t.Fatal("let in")
		}
	}
	o.Must(o.Door.Link(ctx, authority))
	o.Must(a.Look(ctx, authority))
	o.at("settings")
}

// registers changes one record of each list.
func (o *office) registers() {
	o.On("2022-01-11")
	clerk := roundtest.As(access.Clerk)
	targets, _, _, err := o.Register.Targets(ctx, authority, register.TargetFilter{})
	o.Must(err)
	o.Must(o.Register.Amend(ctx, clerk, register.Targets, targets[0].ID, register.Amendment{Base: targets[0].Version, Values: map[string]string{"name": "元氏县更名商贸有限公司"}, Source: "登记机关通知"}))
	o.Must(o.Register.Withdraw(ctx, clerk, targets[1].ID, "已注销"))
	officers, _, _, err := o.Register.Officers(ctx, authority, register.OfficerFilter{})
	o.Must(err)
	o.Must(o.Register.Amend(ctx, clerk, register.Officers, officers[0].ID, register.Amendment{Base: officers[0].Version, Values: map[string]string{"unit": "劳动关系科"}, Source: "任免文件"}))
	items, _, _, err := o.Register.Items(ctx, authority, register.ItemFilter{})
	o.Must(err)
	o.Must(o.Register.Amend(ctx, clerk, register.Items, items[0].ID, register.Amendment{Base: items[0].Version, Values: map[string]string{"method": "实地检查"}, Source: "清单调整"}))
}

// abandoned seals a first attempt and abandons it.
func (o *office) abandoned(plan string) {
	id := o.Freeze(plan, 1, "2022-06-06")
	o.Must(o.Round.Seal(ctx, roundtest.As(access.Operator), id, roundtest.Public))
	o.Must(o.Round.Abandon(ctx, roundtest.As(access.Leader), id, "见证人没有到场"))
	o.at("an abandoned round")
}

// drawn carries a round to its teams, with a witness, removals and a
// substitution.
func (o *office) drawn(plan string) string {
	operator, lister, leader := roundtest.As(access.Operator), roundtest.As(access.ListAdmin), roundtest.As(access.Leader)
	id := o.Freeze(plan, 1, "2022-06-07")
	r, err := o.Round.Round(ctx, authority, id)
	o.Must(err)
	secret := "6f1de04e8bb03b0cf9c5a9d5b0d2a5c64aa1b0c6b3a5cf3b2f3bb3a5b7ccf001"
	o.Must(o.Round.Seal(ctx, operator, id, append([]round.Source{{Name: "witness-1", Kind: draw.Committed, By: draw.ByWitness, Who: "县纪委监委派驻代表",
		Commitment: randomness.Commit(r.Hash, "witness-1", secret)}}, roundtest.Public...)))
	o.Must(o.Round.Roll(ctx, operator, id, "public", roundtest.Dice))
	o.Must(o.Round.Reveal(ctx, operator, id, "witness-1", secret))
	o.Must(o.Round.Draw(ctx, operator, id))
	o.at("a draw")
	for i := range o.number(2, 0, 3) {
		firms, err := o.Round.Firms(ctx, authority, id)
		o.Must(err)
		for n := len(firms) - 1; n >= 0; n-- {
			if firms[n].State == round.FirmDrawn {
				o.At(o.Now().Add(time.Minute))
				o.Must(o.Round.Remove(ctx, lister, id, firms[n].TargetID, []string{"moved", "revoked", "moved"}[i], "查询结果", o.Paper))
				o.Must(o.Round.DecideRemoval(ctx, leader, id, firms[n].TargetID, true))
				break
			}
		}
	}
	o.at("removals")
	o.Must(o.Round.Confirm(ctx, lister, id))
	o.Must(o.Round.FreezeMatch(ctx, operator, id))
	o.Carry(id)
	members, err := o.Round.Members(ctx, authority, id)
	o.Must(err)
	team, reserves := members[0], map[string]string{}
	for _, m := range members {
		if m.TargetID == team.TargetID && m.State == round.InReserve && len(reserves) == 0 {
			reserves[m.OfficerID] = "sick"
		}
	}
	o.at("a match")
	if o.happens() {
		o.Must(o.Round.Substitute(ctx, roundtest.As(access.Clerk), id, round.Absence{TargetID: team.TargetID, OfficerID: team.OfficerID, Reason: "duty", Evidence: "会议通知", Proof: o.Paper, Reserves: reserves}))
		o.at("a proposed substitution")
		o.Must(o.Round.DecideSubstitution(ctx, leader, id, 1, o.happens()))
		o.at("a substitution")
		o.byHand(id, members)
	}
	return id
}

// byHand assigns an officer to the last firm, for which no reserve can come.
func (o *office) byHand(id string, members []round.Member) {
	last, reserves, drawn := members[len(members)-1].TargetID, map[string]string{}, map[string]bool{}
	b := round.Absence{TargetID: last, Reason: "duty", Evidence: "会议通知", Proof: o.Paper, Reserves: reserves}
	for _, m := range members {
		if m.TargetID != last {
			continue
		}
		drawn[m.OfficerID] = true
		if m.State == round.InReserve {
			reserves[m.OfficerID] = "sick"
		} else {
			b.OfficerID = m.OfficerID
		}
	}
	all, _, _, err := o.Register.Officers(ctx, authority, register.OfficerFilter{})
	o.Must(err)
	for _, x := range all {
		if !drawn[x.ID] {
			b.ByHand = x.ID
		}
	}
	o.Must(o.Round.Substitute(ctx, roundtest.As(access.Clerk), id, b))
	o.Must(o.Round.DecideSubstitution(ctx, roundtest.As(access.Leader), id, 2, true))
	o.at("an assignment by hand")
}

// inspected carries a round to its end.
func (o *office) inspected(id string) {
	clerk, reviewer := roundtest.As(access.Clerk), roundtest.As(access.Reviewer)
	o.ApprovedOn(id, "2022-06-14")
	o.On("2022-06-20")
	o.Must(o.inspection.Issue(ctx, clerk, id))
	forms, err := o.inspection.Forms(ctx, authority, inspection.Filter{RoundID: id})
	o.Must(err)
	enter := func(form string, change func(*inspection.Entry)) {
		f, err := o.inspection.Form(ctx, authority, form)
		o.Must(err)
		e := inspectiontest.Entry(f, "2022-06-14")
		change(&e)
		o.Must(o.inspection.Enter(ctx, clerk, form, e))
		f, err = o.inspection.Form(ctx, authority, form)
		o.Must(err)
		o.Must(o.inspection.Confirm(ctx, reviewer, form, f.Revision, "同意"))
	}
	var ids []string
	for _, f := range forms {
		enter(f.ID, func(*inspection.Entry) {})
		ids = append(ids, f.ID)
	}
	last := len(ids) - 1
	o.Must(o.disclosure.Publish(ctx, reviewer, ids[:last]))
	o.objected(ids[0], true)
	o.objected(ids[2], false)
	o.Must(o.disclosure.Exempt(ctx, roundtest.As(access.Leader), ids[last], "依法不予公开"))
	o.On("2022-06-21")
	if o.happens() {
		o.Must(o.inspection.Reopen(ctx, reviewer, ids[0], "日期有误"))
		enter(ids[0], func(e *inspection.Entry) { e.StartedOn = calendar.MustParse("2022-06-13") })
		o.Must(o.disclosure.Correct(ctx, reviewer, ids[0], "日期有误"))
	}
	if o.happens() {
		o.Must(o.disclosure.Withdraw(ctx, reviewer, ids[1], "异议成立"))
		o.at("a withdrawal")
		o.Must(o.disclosure.Publish(ctx, reviewer, ids[1:2]))
	}
	o.objected(ids[3], true)
	o.Must(o.disclosure.Object(ctx, authority, disclosure.Claim{Kind: disclosure.ResultKind, Record: ids[2], Words: "仍然不服"}))
	o.at("results")
	o.penalties(ids)
	o.Must(o.disclosure.Close(ctx, reviewer, id))
	o.at("a rate")
}

// objected takes an objection to a result in, on paper, and answers it.
func (o *office) objected(form string, upheld bool) {
	o.Must(o.disclosure.Receive(ctx, roundtest.As(access.Clerk), disclosure.Claim{Kind: disclosure.ResultKind, Record: form, Words: "没有这回事"}))
	o.at("an objection")
	o.Must(o.disclosure.Answer(ctx, roundtest.As(access.Leader), form+"-o1", disclosure.Ruling{Upheld: upheld, Answer: "经核实答复如上"}))
	o.at("an answer")
}

// penalties publishes some: one that stays, one published wrongly and again,
// one whose decision falls, one whose term ends.
func (o *office) penalties(forms []string) {
	reviewer, day := roundtest.As(access.Reviewer), calendar.MustParse
	var ids []string
	for i, class := range []string{"general", "serious", "general", "light"} {
		if !o.happens() {
			continue
		}
		d := disclosure.Decision{Number: fmt.Sprintf("元人社罚〔2022〕%d号", i+1), FormID: forms[i/2], DecidedOn: day("2022-06-16"), Fact: "拖欠工资", Basis: "条例", Kinds: "罚款",
			Amount: "2000.00 元", Class: class, From: day("2022-06-21"), Until: day([]string{"2022-12-20", "2023-06-20", "2022-12-20", "2022-06-21"}[i])}
		id, err := o.disclosure.PublishPenalty(ctx, reviewer, d)
		o.Must(err)
		switch ids = append(ids, id); i {
		case 1:
			o.Must(o.disclosure.WithdrawPenalty(ctx, reviewer, id, "文号有误"))
			o.at("a penalty published wrongly")
			_, err = o.disclosure.PublishPenalty(ctx, reviewer, d)
			o.Must(err)
		case 2:
			o.Must(o.disclosure.RevokePenalty(ctx, authority, d.Number))
		}
	}
	o.On("2022-06-22")
	o.Must(o.disclosure.EndTerms(ctx, authority))
	o.at(fmt.Sprint("penalties ", ids))
}

// clean fails the test if something is said to differ.
func (o *office) clean(when string) reckon.Report {
	o.t.Helper()
	r, err := o.reckon.Check(ctx, authority)
	o.Must(err)
	for _, f := range r.Findings {
		o.t.Errorf("%s: %s", when, f)
	}
	return r
}

func records(r reckon.Report) string { return fmt.Sprint(r.Entries, " ", r.Records) }
