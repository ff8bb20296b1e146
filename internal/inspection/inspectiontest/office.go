// Package inspectiontest gives tests an office whose round has been drawn and
// matched, so that forms can be issued. Rows of the rooms below are written
// as they would stand then.
package inspectiontest

import (
	"context"
	"fmt"
	"testing"
	"time"

	"suiji/calendar"
	"suiji/internal/access"
	"suiji/internal/audit"
	"suiji/internal/canon"
	"suiji/internal/caps"
	"suiji/internal/credit"
	"suiji/internal/identity"
	"suiji/internal/inspection"
	"suiji/internal/reference"
	"suiji/internal/register"
	"suiji/internal/roster"
	"suiji/internal/schedule"
	"suiji/internal/scribe"
	"suiji/internal/store"
)

// The office, its round, and the round's window.
const (
	Authority = "130132-rs"
	Round     = "130132-rs.2022-1"
	Matched   = "2022-06-10"
	From      = "2022-06-01"
	To        = "2022-07-31"
)

// Office is a bureau with a matched round of three confirmed firms: T1 of
// stratum tagged, T2 and T4 of stratum rest. T3 was removed, T5 is a reserve.
// T1 is inspected by O1 and O2, T2 by O2 and O3, T4 by O1 and O3.
type Office struct {
	DB         *store.DB
	Door       *audit.Door
	Scribe     *scribe.Scribe
	Identity   *identity.Service
	Credit     *credit.Service
	Schedule   *schedule.Service
	Inspection *inspection.Service
	Clerk      access.Actor
	Reviewer   access.Actor
	Leader     access.Actor

	at time.Time
}

// New founds the office on a fresh database. It is 20 June 2022.
func New(t testing.TB, db *store.DB) *Office {
	t.Helper()
	o := &Office{DB: db}
	o.On("2022-06-20")
	o.Door = audit.New(db, o.Now)
	o.Scribe = scribe.New(scribe.Config{DB: db, Door: o.Door, Now: o.Now, Dir: t.TempDir()})
	o.Identity = identity.New(db, o.Door, o.Now)
	o.Credit = credit.New(credit.Config{DB: db, Door: o.Door, Now: o.Now, Reference: reference.New(db, o.Door),
		Register: register.New(register.Config{DB: db, Door: o.Door, Scribe: o.Scribe, Now: o.Now})})
	reg := register.New(register.Config{DB: db, Door: o.Door, Scribe: o.Scribe, Now: o.Now})
	o.Schedule = schedule.New(schedule.Config{DB: db, Door: o.Door, Now: o.Now, Identity: o.Identity, Reference: reference.New(db, o.Door),
		Register: reg, Roster: roster.New(db, o.Door, reg, o.Now), Caps: caps.New(db, o.Door), Dir: t.TempDir()})
	o.Inspection = inspection.New(inspection.Config{DB: db, Door: o.Door, Now: o.Now, Identity: o.Identity, Credit: o.Credit, Schedule: o.Schedule})
	o.Clerk = Actor("clerk", "李敏", access.Clerk)
	o.Reviewer = Actor("reviewer", "赵宏", access.Reviewer)
	o.Leader = Actor("leader", "周局长", access.Leader)
	found := identity.Authority{ID: Authority, Name: "元氏县人力资源和社会保障局", ShortName: "元氏人社", AreaCode: "130132",
		AreaName: "元氏县", Phone: "0311-00000000", Hash: canon.SHA256}
	if err := o.Identity.Found(context.Background(), found); err != nil {
		t.Fatal(err)
	}
	o.Exec(t, registers...)
	o.findable(t)
	o.Exec(t, drawing...)
	return o
}

// Now tells the office's time.
func (o *Office) Now() time.Time { return o.at }

// On sets the office's day; it is ten in the morning.
func (o *Office) On(day string) { o.at = calendar.MustParse(day).Start().Add(10 * time.Hour) }

// Actor returns somebody of the office.
func Actor(id, name string, roles ...access.Role) access.Actor {
	return access.Actor{Authority: Authority, ID: id, Name: name, Roles: roles}
}

// Must fails the test on an error.
func (o *Office) Must(t testing.TB, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// Exec changes rows as the rooms below would.
func (o *Office) Exec(t testing.TB, statements ...string) {
	t.Helper()
	ctx := context.Background()
	err := o.Door.Keep(ctx, func(tx *store.DB) error {
		for _, s := range statements {
			if _, err := tx.Exec(ctx, s); err != nil {
				return fmt.Errorf("%s: %w", s, err)
			}
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
}

// findable enters the firms into the search, as their import would.
func (o *Office) findable(t testing.TB) {
	t.Helper()
	r := register.New(register.Config{DB: o.DB, Door: o.Door, Now: o.Now})
	if err := r.Index(context.Background(), Authority); err != nil {
		t.Fatal(err)
	}
}

// Firms are those of the forms, in the order of their numbers.
var Firms = []string{"T1", "T2", "T4"}

// Approve has the leader approve that a form's firm is inspected on a day,
// however long ago and whoever is busy.
func (o *Office) Approve(t testing.TB, no int, day string) {
	t.Helper()
	o.approve(t, day, Firms[no-1])
}

func (o *Office) approve(t testing.TB, day, firms string) {
	t.Helper()
	o.Exec(t, fmt.Sprintf(`
		INSERT INTO schedule_visit (authority_id, round_id, target_id, mode, day, half, vehicle, stop, team, why, begun, revision, changed_name, changed_at)
		SELECT m.authority_id, m.round_id, m.target_id, 'on-site', '%s', 'am', '', 1, string_agg(m.officer_id, ' ' ORDER BY m.officer_id), '', '', 1, '', 0
		FROM round_officer m
		JOIN round_target f ON f.authority_id = m.authority_id AND f.round_id = m.round_id AND f.target_id = m.target_id
		WHERE m.authority_id = '%s' AND m.round_id = '%s' AND m.state = 'team' AND f.state = 'confirmed' AND (m.target_id = '%s' OR '%s' = '')
		GROUP BY m.authority_id, m.round_id, m.target_id
		ON CONFLICT (authority_id, round_id, target_id) DO UPDATE
		SET day = excluded.day, team = excluded.team, begun = ''`, day, Authority, Round, firms, firms))
	ctx := context.Background()
	// Whatever O3's certificate is now, it was good for longer when this was signed.
	now, err := store.One(ctx, o.DB, store.Value[string], `SELECT cert_until FROM register_officer WHERE officer_id = 'O3'`)
	o.Must(t, err)
	o.Exec(t, `UPDATE register_officer SET cert_until = '2025-12-31' WHERE officer_id = 'O3'`)
	defer o.Exec(t, `UPDATE register_officer SET cert_until = '`+now+`' WHERE officer_id = 'O3'`)
	o.Must(t, o.Schedule.Submit(ctx, o.Clerk, Round))
	x, err := o.Schedule.Schedule(ctx, Authority, Round)
	o.Must(t, err)
	if p := x.Pending(); p != nil {
		o.Must(t, o.Schedule.Approve(ctx, o.Leader, Round, p.Digest, "同意"))
	}
}

// Issue has the leader approve inspections on 20 June, and issues the round's
// forms.
func (o *Office) Issue(t testing.TB) {
	t.Helper()
	o.approve(t, "2022-06-20", "")
	o.Exec(t, fmt.Sprintf(`
		INSERT INTO schedule_pledge (authority_id, round_id, officer_id, digest, at)
		SELECT authority_id, '%s', officer_id, '', 0
		FROM register_officer
		WHERE TRUE
		ON CONFLICT (authority_id, round_id, officer_id) DO NOTHING`, Round))
	if err := o.Inspection.Issue(context.Background(), o.Clerk, Round); err != nil {
		t.Fatal(err)
	}
}

// Form returns the form with a number in the round.
func (o *Office) Form(t testing.TB, no int) inspection.Form {
	t.Helper()
	f, err := o.Inspection.Form(context.Background(), Authority, inspection.Serial(Round, no))
	if err != nil {
		t.Fatal(err)
	}
	return f
}

// Entry returns an entry of f without problems: an on-site visit of one day.
func Entry(f inspection.Form, day string) inspection.Entry {
	e := inspection.Entry{Methods: []inspection.Method{inspection.OnSite}, StartedOn: calendar.MustParse(day), EndedOn: calendar.MustParse(day),
		FirmPerson: "孙签字", Codes: []inspection.Code{inspection.R1}, Revision: f.Revision}
	for _, p := range f.Points {
		e.Answers = append(e.Answers, inspection.PointAnswer{ItemID: p.ItemID, No: p.No, Answer: inspection.Yes})
	}
	return e
}

// WithProblem makes of e an inspection that found something to be mended by
// the day due.
func WithProblem(e inspection.Entry, due string) inspection.Entry {
	e.Codes = []inspection.Code{inspection.R5}
	e.Answers[0].Answer, e.Answers[0].Note = inspection.No, "两名职工没有书面劳动合同"
	e.Findings = []inspection.Finding{{Fact: "两名职工没有书面劳动合同", Measure: "补签劳动合同", DueOn: calendar.MustParse(due)}}
	return e
}

// Conclude enters e for the form with a number and confirms it.
func (o *Office) Conclude(t testing.TB, no int, e inspection.Entry) {
	t.Helper()
	ctx, id := context.Background(), inspection.Serial(Round, no)
	if e.StartedOn.String() != "2022-06-20" && o.Form(t, no).State == inspection.Issued {
		o.Approve(t, no, e.StartedOn.String())
	}
	if err := o.Inspection.Enter(ctx, o.Clerk, id, e); err != nil {
		t.Fatal(err)
	}
	if err := o.Inspection.Confirm(ctx, o.Reviewer, id, o.Form(t, no).Revision, "同意"); err != nil {
		t.Fatal(err)
	}
}

// CloseFinding gives a finding its outcome, as the rooms above do.
func (o *Office) CloseFinding(a access.Actor, id string, no int, c inspection.Closing) error {
	ctx := context.Background()
	return o.Door.Do(ctx, a, access.FindingClose, id, func(tx *store.DB) error {
		return o.Inspection.CloseFindingTx(ctx, tx, a, id, no, c)
	})
}

const a = `'` + Authority + `', `

// registers are three items, five firms, three officers.
var registers = []string{
	`INSERT INTO register_item (authority_id, item_id, code, category, name, sub, subject, level, method, ratio, frequency, body, basis,
		staff, note, published_on, place, search, digest, active, reason, version)
	VALUES
		(` + a + `'I1', '', '劳动保障', '用人单位遵守劳动合同规定', '', '用人单位', 'general', '实地检查', '5%', '一年一次', '监察大队', '《劳动合同法》第七十四条', '', '', '2022-01-01', 1, '', '', TRUE, '', 1),
		(` + a + `'I2', '', '劳动保障', '用人单位支付工资', '', '用人单位', 'general', '实地检查', '5%', '一年一次', '监察大队', '《劳动法》第八十五条', '', '', '2022-01-01', 2, '', '', TRUE, '', 1),
		(` + a + `'I3', '', '劳动保障', '未公布的事项', '', '用人单位', 'general', '', '', '', '', '《劳动法》', '', '', '', 3, '', '', TRUE, '', 1)`,
	`INSERT INTO register_item_point (authority_id, item_id, no, text, basis)
	VALUES (` + a + `'I1', 1, '是否与职工订立书面劳动合同', '《劳动合同法》第十条'), (` + a + `'I1', 2, '是否扣押职工证件', '')`,
	`INSERT INTO register_target (authority_id, target_id, code, code_kind, name, kind, state, established, area_code, area_name, address,
		work_address, industry, scope, contact, phone, source, tags, digest, active, reason, version)
	VALUES
		(` + a + `'T1', '91130132MA0ABCDE6T', 'uscc', '元氏县恒泰商贸有限公司', '企业', '存续', '', '130132', '元氏县', '元氏县槐阳镇一号', '', '', '', '王联系', '13900000001', '', '', '', TRUE, '', 1),
		(` + a + `'T2', '91130132MA07TE5T9X', 'uscc', '元氏县鑫源机械制造有限公司', '企业', '存续', '', '130132', '元氏县', '元氏县槐阳镇二号', '元氏县工业园区', '', '', '刘联系', '13900000002', '', '', '', TRUE, '', 1),
		(` + a + `'T3', '92130132MA08AAAA1P', 'uscc', '元氏县老王饭店', '个体工商户', '注销', '', '130132', '元氏县', '元氏县槐阳镇三号', '', '', '', '王', '13900000003', '', '', '', TRUE, '', 1),
		(` + a + `'T4', '130132600012345', 'registration', '元氏县恒泰建筑工程队', '个体工商户', '存续', '', '130132', '元氏县', '元氏县槐阳镇四号', '', '', '', '陈', '13900000004', '', '', '', TRUE, '', 1),
		(` + a + `'T5', '52130132MJ0123AB31', 'uscc', '元氏县明德职业培训学校', '民办非企业', '存续', '', '130132', '元氏县', '元氏县槐阳镇五号', '', '', '', '杨', '13900000005', '', '', '', TRUE, '', 1)`,
	`INSERT INTO register_officer (authority_id, officer_id, cert_no, cert_kind, cert_until, name, unit, post, phone, fields, search, digest, active, reason, version)
	VALUES
		(` + a + `'O1', '03132201001', '行政执法证', '2025-12-31', '高建军', '劳动监察大队', '大队长', '13800000001', '', '', '', TRUE, '', 1),
		(` + a + `'O2', '03132201002', '行政执法证', '2025-12-31', '何丽', '劳动监察大队', '科员', '13800000002', '', '', '', TRUE, '', 1),
		(` + a + `'O3', '03132201003', '行政执法证', '2022-06-15', '罗海涛', '劳动关系科', '科员', '13800000003', '', '', '', TRUE, '', 1)`,
}

// drawing is the plan and its first round, drawn, confirmed and matched.
var drawing = []string{
	`INSERT INTO plan (authority_id, plan_id, year, serial, state, title, number, issuer, issued_on, addressees, leader, contact, body,
		base_version, base_count, base_on, ratio, rounding, officers, field, confirm_days, publish_days, publish_unit, task_days, archive_on,
		disclosure, rule_vanished, rule_again, rule_recusal, floor_size, drafted_by, submitted_by, approved_by, approved_digest, opinion,
		reason, published_at, digest, revision, saved_by, saved_at)
	VALUES (` + a + `'P1', 2022, 1, 'published', '2022年度随机抽查工作计划', '元人社〔2022〕3号', '元氏县人力资源和社会保障局', '2022-01-17', '', '', '', '',
		1, 5, '2022-01-01', 500, 'up', 2, '', 2, 20, 'days', 20, '2022-12-20', 'digest-first', '', '', '', 5, '', '', '', '', '', '', 0, '', 1, '', 0)`,
	`INSERT INTO plan_window (authority_id, plan_id, no, starts_on, ends_on)
	VALUES (` + a + `'P1', 1, '` + From + `', '` + To + `')`,
	`INSERT INTO plan_task (authority_id, plan_id, task_no, name, directed, scope_kind, scope_tag, scope_area, method, lead, units, level, note)
	VALUES (` + a + `'P1', 1, '劳动用工检查', FALSE, '', '', '', '实地检查', '', '监察大队', '县抽县查', '')`,
	`INSERT INTO plan_item (authority_id, plan_id, task_no, item_id, name, basis)
	VALUES (` + a + `'P1', 1, 'I1', '用人单位遵守劳动合同规定', '《劳动合同法》第七十四条'), (` + a + `'P1', 1, 'I2', '用人单位支付工资', '《劳动法》第八十五条')`,
	fmt.Sprintf(`INSERT INTO round (authority_id, round_id, plan_id, task_no, window_no, rehearsal, attempt, previous, state, disclosure,
		disclose_by, operator, list_admin, frozen_at, drawn_at, confirm_due, confirmed_at, matched_at, closed_at, reason)
	VALUES (`+a+`'`+Round+`', 'P1', 1, 1, FALSE, 1, '', 'matched', 'digest-first', '', 'operator', 'list-admin', 1, 2, '', 3, %d, 0, '')`,
		calendar.MustParse(Matched).Start().Add(15*time.Hour).UnixMilli()),
	`INSERT INTO round_quota (authority_id, round_id, no, name, title, size, base, need, draw, reserve)
	VALUES (` + a + `'` + Round + `', 1, 'tagged', '投诉举报多', 1, 1, 1, 1, 0), (` + a + `'` + Round + `', 2, 'rest', '其他', 4, 4, 2, 2, 2)`,
	`INSERT INTO round_target (authority_id, round_id, target_id, stratum, rank, state)
	VALUES (` + a + `'` + Round + `', 'T4', 'rest', 3, 'confirmed'), (` + a + `'` + Round + `', 'T2', 'rest', 1, 'confirmed'),
		(` + a + `'` + Round + `', 'T3', 'rest', 2, 'removed'), (` + a + `'` + Round + `', 'T5', 'rest', 4, 'reserve'),
		(` + a + `'` + Round + `', 'T1', 'tagged', 1, 'confirmed')`,
	`INSERT INTO round_officer (authority_id, round_id, target_id, slot, officer_id, place, state)
	VALUES (` + a + `'` + Round + `', 'T1', 'main', 'O1', 1, 'team'), (` + a + `'` + Round + `', 'T1', 'main', 'O2', 2, 'team'),
		(` + a + `'` + Round + `', 'T1', 'main', 'O3', 3, 'reserve'),
		(` + a + `'` + Round + `', 'T2', 'main', 'O2', 1, 'team'), (` + a + `'` + Round + `', 'T2', 'main', 'O3', 2, 'team'),
		(` + a + `'` + Round + `', 'T2', 'main', 'O1', 3, 'reserve'),
		(` + a + `'` + Round + `', 'T4', 'main', 'O1', 1, 'team'), (` + a + `'` + Round + `', 'T4', 'main', 'O3', 2, 'team')`,
}
