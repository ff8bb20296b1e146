package main

import (
	"bytes"
	"crypto/rand"
	"errors"
	"fmt"
	"math/big"
	"strings"

	"suiji/calendar"
	"suiji/draw"
	"suiji/internal/access"
	"suiji/internal/identity"
	"suiji/internal/inspection"
	"suiji/internal/round"
	"suiji/internal/schedule"
	"suiji/randomness"
)

// matched freezes, draws, confirms and matches a round; with story it also
// removes one firm and replaces one officer.
func (d *demo) matched(planID string, window int, day calendar.Date, story bool) (string, error) {
	d.on(day)
	r, operator := d.app.round, d.as(access.Operator)
	id, err := r.Freeze(d.ctx, operator, round.NewRound{PlanID: planID, TaskNo: 1, WindowNo: window})
	if err != nil {
		return "", err
	}
	if err := d.carry(id, window == 1); err != nil {
		return "", err
	}
	d.on(day.AddDays(1))
	if story {
		if err := d.removal(id); err != nil {
			return "", err
		}
	}
	if err := r.Confirm(d.ctx, d.as(access.ListAdmin), id); err != nil {
		return "", err
	}
	if err := r.FreezeMatch(d.ctx, operator, id); err != nil {
		return "", err
	}
	if err := d.carry(id, false); err != nil {
		return "", err
	}
	if story {
		if err := d.substitution(id); err != nil {
			return "", err
		}
	}
	if !story {
		d.on(d.today.AddDays(-4)) // so that there are visits before, on and after the day of the visitor
	}
	if err := d.approved(id); err != nil {
		return "", err
	}
	return id, d.app.inspection.Issue(d.ctx, d.as(access.Clerk), id)
}

// approved lets the program place a round's firms, one of them for a review in
// writing if there is time, and the leader approve it.
func (d *demo) approved(id string) (err error) {
	s, clerk := d.app.schedule, d.as(access.Clerk)
	for seats := 5; seats < 10; seats++ {
		err = errors.Join(err, s.SetVehicle(d.ctx, clerk, schedule.Vehicle{Plate: fmt.Sprintf("冀A%05d", 10086+seats*1111), Seats: seats, Note: "执法车", Active: true}))
	}
	_, _, failed := s.Propose(d.ctx, clerk, id, 2)
	x, unread := s.Schedule(d.ctx, demoAuthority, id)
	if err = errors.Join(err, failed, unread); err != nil {
		return err
	}
	if last := x.Visits[len(x.Visits)-1]; last.Day.After(d.today) {
		err = s.Move(d.ctx, clerk, id, schedule.Move{TargetID: last.TargetID, Revision: last.Revision, Mode: schedule.Written, Day: last.Day})
	}
	item := x.Items[0]
	item.Prepare = "劳动合同、职工名册\n近 12 个月工资支付凭证和考勤记录\n社会保险缴费凭证"
	err = errors.Join(err, s.Announce(d.ctx, clerk, item), s.Submit(d.ctx, clerk, id))
	if x, unread = s.Schedule(d.ctx, demoAuthority, id); err != nil || unread != nil {
		return errors.Join(err, unread)
	}
	return s.Approve(d.ctx, d.as(access.Leader), id, x.Pending().Digest, "同意，按安排实施。")
}

// rehearse leaves a rehearsal frozen, for who wants to try the console, the
// stage and the telephones.
func (d *demo) rehearse(planID string) (err error) {
	d.on(d.start2)
	d.rehearsal, err = d.app.round.Freeze(d.ctx, d.as(access.Operator), round.NewRound{PlanID: planID, TaskNo: 1, WindowNo: 2, Rehearsal: true})
	return err
}

// carry seals, rolls, reveals and draws the half that a round is at, with a
// witness or without.
func (d *demo) carry(id string, witnessed bool) error {
	r, operator := d.app.round, d.as(access.Operator)
	sources := []round.Source{{Name: "public", Kind: draw.Public, How: "当众掷 50 次骰子，按顺序记录"}}
	secret, err := randomness.NewSecret(rand.Reader)
	if err != nil {
		return err
	}
	if witnessed {
		sources = append(sources, round.Source{Name: "witness-1", Kind: draw.Committed, By: draw.ByWitness, Who: "县纪委监委派驻代表",
			Commitment: randomness.Commit(draw.SHA256, "witness-1", secret)})
	}
	if err := r.Seal(d.ctx, operator, id, sources); err != nil {
		return err
	}
	dice, err := rollDice(50)
	if err != nil {
		return err
	}
	if err := r.Roll(d.ctx, operator, id, "public", dice); err != nil {
		return err
	}
	if witnessed {
		if err := r.Reveal(d.ctx, operator, id, "witness-1", secret); err != nil {
			return err
		}
	}
	return r.Draw(d.ctx, operator, id)
}

// inspector opens an account for the officer who has most to visit in the
// running round.
func (d *demo) inspector() error {
	members, err := d.app.round.Members(d.ctx, demoAuthority, d.running)
	if err != nil {
		return err
	}
	most, tasks := "", map[string]int{}
	for _, m := range members {
		if m.State != round.InTeam {
			continue
		}
		if tasks[m.OfficerID]++; most == "" || tasks[m.OfficerID] > tasks[most] {
			most = m.OfficerID
		}
	}
	o, err := d.app.register.Officer(d.ctx, demoAuthority, most)
	if err != nil {
		return err
	}
	return d.app.identity.AddAccount(d.ctx, access.System(demoAuthority), identity.Account{ID: "inspector", Username: "inspector", Name: o.Name,
		OfficerID: o.ID, Roles: []access.Role{access.Inspector}}, demoPassword)
}

func rollDice(n int) (string, error) {
	var b strings.Builder
	for range n {
		x, err := rand.Int(rand.Reader, big.NewInt(6))
		if err != nil {
			return "", err
		}
		fmt.Fprint(&b, x.Int64()+1)
	}
	return b.String(), nil
}

func (d *demo) removal(id string) error {
	firms, err := d.app.round.Firms(d.ctx, demoAuthority, id)
	if err != nil {
		return err
	}
	target := firms[0].TargetID
	file, err := d.paper(d.as(access.ListAdmin), "登记机关查询结果.pdf", "Registry query: moved to another county (sample)")
	if err != nil {
		return err
	}
	if err := d.app.round.Remove(d.ctx, d.as(access.ListAdmin), id, target, "moved", "登记机关查询：住所已迁往外县", file); err != nil {
		return err
	}
	return d.app.round.DecideRemoval(d.ctx, d.as(access.Leader), id, target, true)
}

func (d *demo) substitution(id string) error {
	members, err := d.app.round.Members(d.ctx, demoAuthority, id)
	if err != nil {
		return err
	}
	m := members[0]
	file, err := d.paper(d.as(access.Clerk), "培训通知.pdf", "Notice of training (sample)")
	if err != nil {
		return err
	}
	err = d.app.round.Substitute(d.ctx, d.as(access.Clerk), id, round.Absence{TargetID: m.TargetID, OfficerID: m.OfficerID, Reason: "duty", Evidence: "市局专项培训通知", Proof: file})
	if err != nil {
		return err
	}
	return d.app.round.DecideSubstitution(d.ctx, d.as(access.Leader), id, 1, true)
}

// paper keeps a PDF of one line as the proof of something.
func (d *demo) paper(a access.Actor, name, line string) (string, error) {
	return d.app.proof.Keep(d.ctx, a, name, bytes.NewReader(onePage(line)))
}

// onePage is a PDF of one line.
func onePage(line string) []byte {
	text := "BT /F1 14 Tf 72 760 Td (" + line + ") Tj ET"
	var b bytes.Buffer
	b.WriteString("%PDF-1.4\n")
	objects := []string{"<</Type/Catalog/Pages 2 0 R>>", "<</Type/Pages/Kids[3 0 R]/Count 1>>",
		"<</Type/Page/Parent 2 0 R/MediaBox[0 0 595 842]/Contents 4 0 R/Resources<</Font<</F1 5 0 R>>>>>>",
		fmt.Sprintf("<</Length %d>>\nstream\n%s\nendstream", len(text), text), "<</Type/Font/Subtype/Type1/BaseFont/Helvetica>>"}
	places := fmt.Sprintf("xref\n0 %d\n%010d 65535 f \n", len(objects)+1, 0)
	for i, o := range objects {
		places += fmt.Sprintf("%010d 00000 n \n", b.Len())
		fmt.Fprintf(&b, "%d 0 obj\n%s\nendobj\n", i+1, o)
	}
	at := b.Len()
	fmt.Fprintf(&b, "%strailer\n<</Size %d/Root 1 0 R>>\nstartxref\n%d\n%%%%EOF\n", places, len(objects)+1, at)
	return b.Bytes()
}

// demoCodes are the results of the demo's inspections, over and over.
var demoCodes = []inspection.Code{
	inspection.R1, inspection.R1, inspection.R5, inspection.R1, inspection.R4, inspection.R1, inspection.R7, inspection.R1,
	inspection.R2, inspection.R1, inspection.R6, inspection.R1, inspection.R9a, inspection.R1,
}

// inspect enters the results of a round's first most forms (-1: all), each on
// the day that was approved. Those after the first public ones wait: one for its
// publication, the others to be confirmed.
func (d *demo) inspect(id string, most, public int) error {
	x, err := d.app.schedule.Schedule(d.ctx, demoAuthority, id)
	if err != nil {
		return err
	}
	forms, err := d.app.inspection.Forms(d.ctx, demoAuthority, inspection.Filter{RoundID: id})
	if err != nil {
		return err
	}
	byFirm := map[string]string{}
	for _, f := range forms {
		byFirm[f.Firm.TargetID] = f.ID
	}
	i := 0
	for _, v := range x.Visits { // by day
		if i == most || v.Day.After(d.today) {
			break
		}
		if !v.Placed() {
			continue
		}
		d.on(v.Day)
		f, err := d.app.inspection.Form(d.ctx, demoAuthority, byFirm[v.TargetID])
		if err != nil {
			return err
		}
		e := demoEntry(f, demoCodes[i%len(demoCodes)], v.Day)
		switch {
		case public >= 0 && i > public:
			err = d.app.inspection.Enter(d.ctx, d.as(access.Clerk), f.ID, e)
		case i == public:
			err = d.conclude(f.ID, e)
		default:
			err = errors.Join(d.conclude(f.ID, e), d.app.disclosure.Publish(d.ctx, d.as(access.Reviewer), []string{f.ID}))
		}
		if err != nil {
			return fmt.Errorf("form of %s: %w", v.TargetID, err)
		}
		i++
	}
	return nil
}

// conclude enters a form and has another hand confirm it.
func (d *demo) conclude(id string, e inspection.Entry) error {
	if err := d.app.inspection.Enter(d.ctx, d.as(access.Clerk), id, e); err != nil {
		return err
	}
	f, err := d.app.inspection.Form(d.ctx, demoAuthority, id)
	if err != nil {
		return err
	}
	return d.app.inspection.Confirm(d.ctx, d.as(access.Reviewer), id, f.Revision, "同意")
}

// demoEntry is what a clerk would enter for a result.
func demoEntry(f inspection.Form, code inspection.Code, day calendar.Date) inspection.Entry {
	e := inspection.Entry{Methods: []inspection.Method{inspection.OnSite}, StartedOn: day, EndedOn: day, Codes: []inspection.Code{code}, Revision: f.Revision}
	info, _ := code.Info()
	if info.Absent {
		e.Summary, e.Evidence = info.Name, "现场照片 3 张，登记地址物业证明"
		e.Attempts = []inspection.Attempt{{On: day, How: "实地走访登记住所，无此单位"}, {On: day, How: "拨打登记电话，无人接听"}}
		return e
	}
	e.FirmPerson, e.Summary = "企业负责人", info.Name
	for i, p := range f.Points {
		answer := inspection.PointAnswer{ItemID: p.ItemID, No: p.No, Answer: inspection.Yes}
		if i == 1 && info.Problem {
			answer.Answer, answer.Note = inspection.No, "抽查 20 份劳动合同，2 份未在用工之日起一个月内订立"
		}
		e.Answers = append(e.Answers, answer)
	}
	if info.Problem {
		e.Evidence = "劳动合同复印件、工资发放表"
		e.Findings = []inspection.Finding{{Fact: "2 名职工未在用工之日起一个月内订立书面劳动合同", Measure: "十五日内补签劳动合同",
			DueOn: day.AddDays(15)}}
		if code == inspection.R5 {
			f := &e.Findings[0]
			f.Outcome, f.OutcomeOn, f.Note = inspection.OnTheSpot, day, "当场补签并提交复印件"
			e.Findings = append(e.Findings, inspection.Finding{Fact: "加班工资支付记录保存不足两年", Measure: "补齐近两年工资支付台账，提交复印件", DueOn: day.AddDays(12)})
		}
	}
	return e
}

// close ends a finished round and discloses it.
func (d *demo) close(id string) error {
	if err := d.app.disclosure.Close(d.ctx, d.as(access.Reviewer), id); err != nil {
		return err
	}
	return d.app.round.Disclose(d.ctx, d.as(access.Reviewer), id)
}
