package credit_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"suiji/calendar"
	"suiji/internal/access"
	"suiji/internal/audit"
	"suiji/internal/credit"
	"suiji/internal/errs"
	"suiji/internal/intake"
	"suiji/internal/reference"
	"suiji/internal/register"
	"suiji/internal/scribe"
	"suiji/internal/store"
	"suiji/internal/store/storetest"
)

const authority = "130132-rs"

func person(id, name string, roles ...access.Role) access.Actor {
	return access.Actor{Authority: authority, ID: id, Name: name, Roles: roles}
}

var (
	clerk    = person("clerk", "李敏", access.Clerk)
	reviewer = person("reviewer", "赵宏", access.Reviewer)
	leader   = person("leader", "周建国", access.Leader)
)

// desk is a bureau with five firms and the three gradings.
type desk struct {
	*credit.Service
	t   *testing.T
	reg *register.Service
	now time.Time
}

const firms = "企业名称,信用代码,类型,标签\n" +
	"甲厂,91130132108010841G,企业,劳务派遣\n乙厂,91130132MA01CYF422,企业,\n丙厂,91130132050971147M,企业,\n丁店,92130132MA096F6G8L,个体工商户,\n"

var ids = []string{"91130132108010841G", "91130132MA01CYF422"}

func each(t *testing.T, body func(t *testing.T, d *desk)) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		d := &desk{t: t, now: time.Date(2022, 3, 1, 4, 0, 0, 0, time.UTC)}
		clock := func() time.Time { return d.now }
		door, dir := audit.New(db, clock), t.TempDir()
		err := door.Keep(t.Context(), func(tx *store.DB) error {
			_, err := tx.Exec(t.Context(), `
				INSERT INTO identity_authority (authority_id, name, short_name, area_code, area_name, phone, hash, relaxed_duties, demo)
				VALUES ($1, '元氏县人力资源和社会保障局', '县人社局', '130132', '元氏县', '', 'sha256', FALSE, FALSE)`, authority)
			return err
		})
		if err != nil {
			t.Fatal(err)
		}
		d.reg = register.New(register.Config{DB: db, Door: door, Now: clock, Scribe: scribe.New(scribe.Config{DB: db, Door: door, Now: clock, Dir: dir})})
		in := intake.New(intake.Config{DB: db, Door: door, Register: d.reg, Now: clock, Dir: dir})
		d.Service = credit.New(credit.Config{DB: db, Door: door, Now: clock, Reference: reference.New(db, door), Register: d.reg})
		i, err := in.Check(t.Context(), clerk, register.Targets, "a.csv", strings.NewReader(firms))
		if err == nil {
			_, err = in.Write(t.Context(), clerk, i.ID)
		}
		d.must(err)
		for _, x := range credit.Presets {
			d.must(d.AddScheme(t.Context(), clerk, x))
		}
		body(t, d)
	})
}

func (d *desk) must(err error) {
	d.t.Helper()
	if err != nil {
		d.t.Fatal(err)
	}
}

// refused holds that err says what is wrong.
func (d *desk) refused(err error, kind errs.Kind, sentence string) {
	d.t.Helper()
	if err == nil || errs.KindOf(err) != kind || !strings.Contains(errs.Sentence(err), sentence) {
		d.t.Errorf("error %v, want one of kind %d with %q", err, kind, sentence)
	}
}

// tags are a firm's tags in the register.
func (d *desk) tags(id string) string {
	d.t.Helper()
	f, err := d.reg.Target(d.t.Context(), authority, id)
	d.must(err)
	return strings.Join(f.Tags, " ")
}

func on(s string) calendar.Date { return calendar.MustParse(s) }

func TestReadGrade(t *testing.T) {
	market, public := credit.Presets[0], credit.Presets[1]
	tests := []struct {
		scheme     credit.Scheme
		cell, want string
	}{
		{market, "D", "D"}, {market, " d 级", "D"}, {market, "Ｄ类", "D"}, {market, "D（高风险）", "D"}, {market, "高风险", "D"}, {market, "信用风险B", "B"},
		{market, "E", ""}, {market, "", ""}, {market, "AB", ""}, {public, "A-", "A-"}, {public, "Ｃ＋", "C+"}, {public, "优", ""}, {public, "差", "D"},
	}
	for _, tt := range tests {
		if got := tt.scheme.Read(tt.cell); got != tt.want {
			t.Errorf("%s.Read(%q) = %q, want %q", tt.scheme.ID, tt.cell, got, tt.want)
		}
	}
}

// Two schemes never share a tag, or a stratum could not tell them apart.
func TestSchemes(t *testing.T) {
	each(t, func(t *testing.T, d *desk) {
		d.refused(d.AddScheme(t.Context(), clerk, credit.Presets[0]), errs.Conflict, "已在使用")
		x := credit.Scheme{ID: "x", Name: "另一办法", Issuer: "某局", Prefix: "信用", Grades: []credit.Grade{{"A", ""}, {"B", ""}}}
		d.refused(d.AddScheme(t.Context(), clerk, x), errs.Invalid, "分不清")
		x.Prefix, x.Grades = "消防", x.Grades[:1]
		d.refused(d.AddScheme(t.Context(), clerk, x), errs.Invalid, "至少要有两个等级")
		d.refused(d.AddScheme(t.Context(), reviewer, credit.Presets[0]), errs.Forbidden, "没有此项权限")
	})
}

func TestImport(t *testing.T) {
	each(t, func(t *testing.T, d *desk) {
		check := func(day, file string) credit.Import {
			t.Helper()
			i, err := d.Check(t.Context(), clerk, "market-risk", "风险.csv", on(day), strings.NewReader(file))
			d.must(err)
			return i
		}
		i := check("2022-02-28", "企业信用风险分类表\n\n序号,企业名称,统一社会信用代码,信用风险分类\n1,甲厂,91130132108010841g,D类\n2,乙厂,91130132MA01CYF422,A\n"+
			"3,甲厂,91130132108010841G,C\n4,丁店,92130132MA096F6G8L,B\n5,某厂,91130132MA01CYF499,B\n6,丙厂,91130132050971147M,Z\n")
		if i.Total != 6 || i.Accepted != 2 || d.tags(ids[0]) != "劳务派遣" {
			t.Fatalf("checked %+v, tags %q, want 2 of 6 accepted and nothing written", i, d.tags(ids[0]))
		}
		rows, err := d.Problems(t.Context(), authority, i.ID, 10)
		d.must(err)
		var got []string
		for _, r := range rows {
			got = append(got, fmt.Sprint(r.Line, r.Problem))
		}
		want := []string{"6与第 4 行是同一户", "7本办法只评定企业，这一户是“个体工商户”", "8名录里没有这一户", "9“Z”不是本办法的等级（A、B、C、D）"}
		if !slices.Equal(got, want) {
			t.Errorf("problems %q, want %q", got, want)
		}
		d.must(d.Write(t.Context(), clerk, i.ID))
		d.must(d.Write(t.Context(), clerk, i.ID)) // a second click
		if d.tags(ids[0]) != "信用风险D 劳务派遣" || d.tags(ids[1]) != "信用风险A" {
			t.Errorf("tags %q and %q", d.tags(ids[0]), d.tags(ids[1]))
		}
		d.refused(d.Write(t.Context(), clerk, check("2022-02-01", "信用代码,等级\n91130132108010841G,A\n").ID), errs.Conflict, "比这份文件（2022-02-01）新")

		d.must(d.Write(t.Context(), clerk, check("2022-03-01", "信用代码,等级\n91130132108010841G,B\n91130132MA01CYF422,A\n").ID))
		if d.tags(ids[0]) != "信用风险B 劳务派遣" {
			t.Errorf("tags %q after the second file", d.tags(ids[0]))
		}
		history, err := d.Grades(t.Context(), authority, ids[0])
		d.must(err)
		if len(history) != 2 || history[0].Grade != "B" || !history[0].Current || history[1].Grade != "D" || history[1].Current || history[1].DataOn != on("2022-02-28") {
			t.Errorf("history %+v", history)
		}
		versions, err := d.Versions(t.Context(), authority, "market-risk")
		d.must(err)
		if len(versions) != 2 || versions[0].Changed != 1 || versions[0].Graded != 2 {
			t.Errorf("versions %+v", versions)
		}
		v, err := d.reg.Version(t.Context(), authority, register.Targets)
		d.must(err)
		if v.Number != 3 {
			t.Errorf("register's version %d, want 3: one for its import, one for each file of grades", v.Number)
		}
	})
}

func TestImportRefuses(t *testing.T) {
	each(t, func(t *testing.T, d *desk) {
		tests := []struct{ name, scheme, day, file, want string }{
			{"no header", "market-risk", "2022-03-01", "甲,乙\n1,2\n", "没有找到“统一社会信用代码”和“等级”"},
			{"no rows", "market-risk", "2022-03-01", "信用代码,等级\n", "没有数据"},
			{"a picture", "market-risk", "2022-03-01", "\x89PNG\r\n\x1a\n0000", "实际是图片）；请上传 .xlsx 或 .csv 文件。没有导入任何数据"},
			{"tomorrow", "market-risk", "2022-03-02", "信用代码,等级\n1,A\n", "不能晚于今天"},
			{"no day", "market-risk", "", "信用代码,等级\n1,A\n", "请填写数据日期"},
			{"own grading", "integrity", "2022-03-01", "信用代码,等级\n1,A\n", "由本单位评定"},
			{"empty file", "market-risk", "2022-03-01", "", "空"},
		}
		for _, tt := range tests {
			var day calendar.Date
			if tt.day != "" {
				day = on(tt.day)
			}
			if _, err := d.Check(t.Context(), clerk, tt.scheme, "a.csv", day, strings.NewReader(tt.file)); !strings.Contains(errs.Sentence(err), tt.want) {
				t.Errorf("%s: %v, want %q", tt.name, err, tt.want)
			}
		}
	})
}

// A firm gets the tag when the things that the rule counts are enough, and
// loses it when they are too old or revoked.
func TestRules(t *testing.T) {
	each(t, func(t *testing.T, d *desk) {
		rule := credit.Rule{Tag: "投诉举报多", Kinds: []credit.FactKind{credit.Complaint}, Months: 12, Least: 2}
		d.must(d.SaveRule(t.Context(), clerk, rule))
		bad := rule
		bad.Tag = "信用风险A"
		d.refused(d.SaveRule(t.Context(), clerk, bad), errs.Invalid, "请换一个标签")
		record := func(day, source string) error {
			return d.Record(t.Context(), clerk, ids[0], credit.Fact{Kind: credit.Complaint, On: on(day), Source: source, Text: "拖欠工资"})
		}
		apply := func(want int, tags string) {
			t.Helper()
			n, err := d.Apply(t.Context(), clerk)
			d.must(err)
			if n != want || d.tags(ids[0]) != tags {
				t.Errorf("Apply = %d, tags %q; want %d, %q", n, d.tags(ids[0]), want, tags)
			}
		}
		d.must(record("2021-03-02", "投诉1号"))
		apply(0, "劳务派遣")
		d.must(record("2022-02-01", "投诉2号"))
		d.refused(record("2022-02-01", "投诉2号"), errs.Conflict, "此前已登记")
		d.refused(record("2022-03-02", "投诉3号"), errs.Invalid, "不能晚于今天")
		due, err := d.Due(t.Context(), authority)
		d.must(err)
		if len(due) != 1 || due[0].Gain != 1 || due[0].Lose != 0 {
			t.Errorf("due %+v, want one gain", due)
		}
		apply(1, "劳务派遣 投诉举报多")
		apply(0, "劳务派遣 投诉举报多")
		d.now = d.now.AddDate(0, 0, 1) // the first is now a year old
		apply(1, "劳务派遣")
		d.must(record("2022-02-20", "投诉4号"))
		apply(1, "劳务派遣 投诉举报多")
		facts, err := d.Facts(t.Context(), authority, ids[0], 10)
		d.must(err)
		d.refused(d.Revoke(t.Context(), clerk, facts[0].ID, "错"), errs.Invalid, "5 到 200 字")
		d.must(d.Revoke(t.Context(), clerk, facts[0].ID, "登记到了另一户"))
		apply(1, "劳务派遣")
	})
}

// The year's re-grading: proposed by rule, reviewed by another, told, objected
// to, answered, in force; nothing changes before.
func TestRegrading(t *testing.T) {
	each(t, func(t *testing.T, d *desk) {
		for i, k := range []credit.FactKind{credit.Violation, credit.Refusal, credit.Complaint} {
			target := ids[min(i, 1)]
			d.must(d.Record(t.Context(), clerk, target, credit.Fact{Kind: k, On: on("2021-07-01"), Source: fmt.Sprintf("元人社监〔2021〕%d号", i)}))
		}
		_, err := d.Propose(t.Context(), clerk, 2022)
		d.refused(err, errs.Invalid, "上一年度")
		n, err := d.Propose(t.Context(), clerk, 2021)
		d.must(err)
		again, err := d.Propose(t.Context(), clerk, 2021)
		d.must(err)
		if n != 3 || again != 0 {
			t.Fatalf("proposed %d, then %d; want the three enterprises, then none", n, again)
		}
		all, total, err := d.Proposals(t.Context(), authority, credit.ProposalFilter{Limit: 10})
		d.must(err)
		var got, list []string
		for _, p := range all {
			got, list = append(got, p.Name+p.Grade+p.Rule), append(list, p.ID)
		}
		want := []string{"乙厂C拒不履行处理、处罚决定", "甲厂B因违法行为被查处，但不属于 C 级情形", "丙厂A全年没有因违法行为被查处"}
		if total != 3 || !slices.Equal(got, want) {
			t.Fatalf("proposals %q, want %q", got, want)
		}
		p, err := d.Proposal(t.Context(), authority, list[0])
		d.must(err)
		if len(p.Evidence) != 1 || p.Evidence[0].Kind != credit.Refusal {
			t.Errorf("evidence %+v, want the refusal; a complaint alone does not count", p.Evidence)
		}

		both := person("clerk", "李敏", access.Clerk, access.Reviewer)
		d.refused(d.Review(t.Context(), both, list, true, ""), errs.Forbidden, "提出人以外")
		d.refused(d.Tell(t.Context(), clerk, list, on("2022-03-01"), "直接送达"), errs.Conflict, "待审核")
		d.refused(d.Review(t.Context(), reviewer, list[2:], false, "不"), errs.Invalid, "5 到 200 字")
		d.must(d.Review(t.Context(), reviewer, list, true, ""))
		d.must(d.Tell(t.Context(), clerk, list, on("2022-03-01"), "直接送达"))
		p, err = d.Proposal(t.Context(), authority, list[0])
		d.must(err)
		if p.ObjectUntil != on("2022-03-22") {
			t.Errorf("objection until %s, want 15 working days, 2022-03-22", p.ObjectUntil)
		}
		d.now = d.now.AddDate(0, 0, 20) // 2022-03-21
		d.must(d.Object(t.Context(), clerk, list[0], on("2022-03-21"), "已在期限内履行了处罚决定"))
		_, err = d.Enforce(t.Context(), reviewer)
		d.refused(err, errs.Conflict, "异议期满")
		d.now = d.now.AddDate(0, 0, 2) // the term has run out for the others
		n, err = d.Enforce(t.Context(), reviewer)
		d.must(err)
		if n != 2 || d.tags(ids[0]) != "劳务派遣 守法诚信B" || d.tags(ids[1]) != "" {
			t.Errorf("in force %d, tags %q and %q", n, d.tags(ids[0]), d.tags(ids[1]))
		}
		d.refused(d.Object(t.Context(), clerk, list[1], on("2022-03-22"), "对等级有不同意见"), errs.Conflict, "已生效")
		d.must(d.Decide(t.Context(), leader, list[0], "B", "查明已履行，改评为 B 级"))
		n, err = d.Enforce(t.Context(), reviewer)
		d.must(err)
		if n != 1 || d.tags(ids[1]) != "守法诚信B" {
			t.Errorf("after the answer: %d, %q", n, d.tags(ids[1]))
		}
	})
}
