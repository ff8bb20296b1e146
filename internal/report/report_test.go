package report_test

import (
	"bytes"
	"context"
	"fmt"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"suiji/calendar"
	"suiji/internal/access"
	"suiji/internal/canon"
	"suiji/internal/casework"
	"suiji/internal/disclosure"
	"suiji/internal/errs"
	"suiji/internal/inspection"
	"suiji/internal/papers"
	"suiji/internal/report"
	"suiji/internal/round"
	"suiji/internal/round/roundtest"
	"suiji/internal/store"
	"suiji/internal/store/storetest"
)

var ctx = context.Background()

const authority = roundtest.Authority

var (
	clerk    = roundtest.As(access.Clerk)
	leader   = roundtest.As(access.Leader)
	reviewer = roundtest.As(access.Reviewer)
)

type office struct {
	*roundtest.Office
	*testing.T
	forms *inspection.Service
	discl *disclosure.Service
	cases *casework.Service
	s     *report.Service
	first string // its first round
}

func newOffice(t *testing.T, db *store.DB) *office {
	o := &office{Office: roundtest.New(t, db), T: t}
	o.forms = inspection.New(inspection.Config{DB: db, Door: o.Door, Now: o.Now, Identity: o.Identity, Credit: o.Credit, Schedule: o.Schedule})
	o.cases = casework.New(casework.Config{DB: db, Door: o.Door, Now: o.Now, Reference: o.Reference, Inspection: o.forms, Dir: t.TempDir()})
	o.discl = disclosure.New(disclosure.Config{DB: db, Door: o.Door, Scribe: o.Scribe, Now: o.Now, Identity: o.Identity, Reference: o.Reference, Inspection: o.forms, Round: o.Round})
	o.s = report.New(report.Config{DB: db, Door: o.Door, Now: o.Now, Identity: o.Identity, Reference: o.Reference, Plan: o.Plan, Round: o.Round,
		Casework: o.cases, Disclosure: o.discl, Fonts: papers.FindFonts("")})
	return o
}

// year holds a year: a round with a removal and a substitution, of whose
// inspections every result code comes up; most are published, one after its
// day, one corrected, one withdrawn, one exempt, two objected to; and a second
// round that is only drawn.
func (o *office) year() {
	o.Firms(600)
	p := o.Publish(nil)
	id := o.Freeze(p, 1, "2022-06-06")
	o.first = id
	o.Carry(id)
	firms, err := o.Round.Firms(ctx, authority, id)
	o.Must(err)
	o.Must(o.Round.Remove(ctx, roundtest.As(access.ListAdmin), id, firms[0].TargetID, "deregistered", "已注销", o.Paper))
	o.Must(o.Round.DecideRemoval(ctx, leader, id, firms[0].TargetID, true))
	o.Must(o.Round.Confirm(ctx, roundtest.As(access.ListAdmin), id))
	o.Must(o.Round.FreezeMatch(ctx, roundtest.As(access.Operator), id))
	o.Carry(id)
	members, err := o.Round.Members(ctx, authority, id)
	o.Must(err)
	o.Must(o.Round.Substitute(ctx, clerk, id, round.Absence{TargetID: members[0].TargetID, OfficerID: members[0].OfficerID, Reason: "sick", Evidence: "住院"}))
	o.Must(o.Round.DecideSubstitution(ctx, leader, id, 1, true))
	o.ApprovedOn(id, "2022-06-14")
	o.Must(o.forms.Issue(ctx, clerk, id))
	o.On("2022-06-20")
	forms, err := o.forms.Forms(ctx, authority, inspection.Filter{RoundID: id})
	o.Must(err)
	if len(forms) < 15 {
		o.Fatalf("%d forms, want at least 15", len(forms))
	}
	codes := inspection.Codes
	var public []string
	for i, f := range forms[:14] {
		o.inspect(f, codes[i%len(codes)])
		public = append(public, f.ID)
	}
	o.Must(o.discl.Publish(ctx, reviewer, public[:11])) // within its days
	o.Must(o.discl.Exempt(ctx, leader, public[13], "涉及国家秘密"))
	for _, no := range []int{0, 2} {
		o.Must(o.discl.Object(ctx, authority, disclosure.Claim{Kind: disclosure.ResultKind, Record: public[no], Words: "与事实不符"}))
	}
	o.Must(o.discl.Withdraw(ctx, reviewer, public[10], "公示有误"))
	o.correct(public[1], codes[1].Code)
	o.On("2022-08-20")
	o.Must(o.discl.Publish(ctx, reviewer, public[11:12])) // too late
	o.Freeze(p, 2, "2022-10-08")
	o.Carry(o.second())
}

func (o *office) second() string { return strings.TrimSuffix(o.first, "1") + "2" }

// inspect enters and confirms an inspection with a result.
func (o *office) inspect(f inspection.Form, c inspection.CodeInfo) {
	f, err := o.forms.Form(ctx, authority, f.ID)
	o.Must(err)
	e := f.Entry()
	e.Methods, e.FirmPerson, e.Codes, e.Evidence = []inspection.Method{inspection.OnSite}, "孙签字", []inspection.Code{c.Code}, "照片"
	e.StartedOn, e.EndedOn = calendar.MustParse("2022-06-14"), calendar.MustParse("2022-06-14")
	for i := range e.Answers {
		e.Answers[i].Answer = inspection.Yes
	}
	if c.Problem {
		e.Findings = []inspection.Finding{{Fact: "两名职工没有书面劳动合同", Measure: "补签劳动合同", DueOn: e.EndedOn.AddDays(10)}}
	}
	if c.Code == inspection.R4 {
		e.Attempts = []inspection.Attempt{{On: e.StartedOn, How: "上门"}, {On: e.StartedOn, How: "电话"}}
	}
	o.Must(o.forms.Enter(ctx, clerk, f.ID, e))
	o.Must(o.forms.Confirm(ctx, reviewer, f.ID, f.Revision+1, "同意"))
}

// correct settles a published problem, concludes anew, and corrects.
func (o *office) correct(form string, code inspection.Code) {
	w, err := o.cases.Whole(ctx, authority, form, "1")
	o.Must(err)
	o.Must(o.cases.Settle(ctx, clerk, w.Key, inspection.Closing{Outcome: inspection.Unfounded, On: calendar.MustParse("2022-06-20"), Note: "核查后不属实，有材料"}))
	o.Must(o.forms.Reopen(ctx, reviewer, form, "核查不属实"))
	f, err := o.forms.Form(ctx, authority, form)
	o.Must(err)
	e := f.Entry()
	e.Codes = []inspection.Code{inspection.R1}
	o.Must(o.forms.Enter(ctx, clerk, form, e))
	f, err = o.forms.Form(ctx, authority, form)
	o.Must(err)
	o.Must(o.forms.Confirm(ctx, reviewer, form, f.Revision, "同意"))
	o.Must(o.discl.Correct(ctx, reviewer, form, "核查不属实"))
}

// one counts by plain SQL.
func (o *office) one(sql string, args ...any) int {
	o.Helper()
	n, err := store.One(ctx, o.DB, store.Value[int], sql, args...)
	o.Must(err)
	return n
}

// A year with every result code: each number is the length of its list, and
// what plain SQL counts.
func TestYear(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		o := newOffice(t, db)
		o.year()
		all, err := o.s.Figures(ctx, authority, report.Scope{Year: 2022})
		o.Must(err)
		got := map[string]int{}
		for _, f := range all {
			got[f.Key] = f.Total()
			if f.Rule == "" {
				t.Errorf("%s has no definition", f.Name)
			}
		}
		if len(all) > 8 {
			t.Errorf("%d numbers, want at most 8", len(all))
		}
		late := o.one(`SELECT count(*) FROM inspection_form f WHERE NOT EXISTS (SELECT 1 FROM disclosure_posting p WHERE p.form_id = f.form_id AND p.current)
			AND NOT EXISTS (SELECT 1 FROM disclosure_exemption e WHERE e.form_id = f.form_id)`)
		lateEnds := 0
		ends, err := o.cases.Ends(ctx, authority, casework.Filter{})
		o.Must(err)
		for _, e := range ends {
			if e.Late {
				lateEnds++
			}
		}
		want := map[string]int{
			"planned":    30, // 5 % of 600
			"drawn":      o.one(`SELECT count(*) FROM round_target WHERE state IN ('drawn', 'removing', 'promoted', 'confirmed')`),
			"inspected":  o.one(`SELECT count(*) FROM inspection_form WHERE ended_on <> ''`),
			"published":  o.one(`SELECT count(*) FROM disclosure_posting p WHERE p.current AND EXISTS (SELECT 1 FROM disclosure_posting q WHERE q.form_id = p.form_id AND q.version = 1 AND q.posted_at < $1)`, calendar.MustParse("2022-07-05").Start().UnixMilli()),
			"problems":   o.one(`SELECT count(*) FROM inspection_finding WHERE confirmed`),
			"open":       len(ends),
			"overdue":    late + lateEnds,
			"objections": o.one(`SELECT count(*) FROM disclosure_objection`),
		}
		if d := cmp.Diff(want, got); d != "" {
			t.Errorf("Figures() (-SQL +got):\n%s", d)
		}
		if want["published"] != 10 || want["objections"] != 2 || late < 2 {
			t.Errorf("the year is not what it should be: %v, %d not public", want, late)
		}
		o.agree(t, got)
		o.counted(t)
		o.tables(t)
	})
}

// agree holds the numbers to those that the public reads.
func (o *office) agree(t *testing.T, got map[string]int) {
	t.Helper()
	c, err := o.discl.Counters(ctx, authority, 2022)
	o.Must(err)
	if c.Drawn != got["drawn"] || c.Inspected != got["inspected"] {
		t.Errorf("the public reads %d drawn and %d inspected, the leader %d and %d", c.Drawn, c.Inspected, got["drawn"], got["inspected"])
	}
	sum := 0
	for _, id := range []string{o.first, o.second()} {
		all, err := o.s.Figures(ctx, authority, report.Scope{Year: 2022, Round: id})
		o.Must(err)
		sum += all[1].Total()
	}
	if sum != got["drawn"] {
		t.Errorf("the rounds come to %d drawn, the year to %d", sum, got["drawn"])
	}
}

// counted holds the numbers without lists to those with them.
func (o *office) counted(t *testing.T) {
	t.Helper()
	for _, c := range []report.Scope{{Year: 2022}, {Year: 2022, Round: o.first}, {Year: 2022, Round: o.second()}, {Year: 2021}} {
		texts := func(all []report.Figure) (list []string) {
			for _, f := range all {
				list = append(list, fmt.Sprint(f.Key, " ", f.Text(), " of ", f.Whole, " ", f.Bad()))
			}
			return list
		}
		listed, err := o.s.Figures(ctx, authority, c)
		o.Must(err)
		counted, _, err := o.s.Overview(ctx, authority, c)
		o.Must(err)
		if d := cmp.Diff(texts(listed), texts(counted)); d != "" {
			t.Errorf("%s: (-listed +counted):\n%s", c.Name(), d)
		}
	}
}

// tables holds the tables of a year's summary to plain SQL.
func (o *office) tables(t *testing.T) {
	t.Helper()
	k, err := o.s.Draft(ctx, clerk, report.Key{Kind: report.OfYear, Subject: "2022"})
	o.Must(err)
	x, err := o.s.Summary(ctx, authority, k)
	o.Must(err)
	cells := map[string]string{}
	for _, table := range x.Content.Tables {
		for _, r := range table.Rows {
			cells[table.Name+" "+r[0]] = r[1]
		}
	}
	want := map[string]int{"移出 已注销": 1, "换人 因病不能参加": 1, "检查方式 实地检查": 14, "结果公示 免予公示": 1, "结果公示 逾期公示": 1, "问题处理 经查不属实": 1,
		"结果公示 还没有生成检查表": o.one(`SELECT count(*) FROM round_target t WHERE state IN ('drawn', 'removing', 'promoted', 'confirmed') AND NOT EXISTS (SELECT 1 FROM inspection_form f WHERE f.round_id = t.round_id AND f.target_id = t.target_id)`)}
	for _, c := range inspection.Codes {
		want["检查结果 "+c.Name] = o.one(`SELECT count(*) FROM inspection_result r JOIN inspection_form f ON f.form_id = r.form_id WHERE f.state = 'confirmed' AND r.code = $1`, string(c.Code))
	}
	for name, n := range want {
		if cells[name] != fmt.Sprint(n) {
			t.Errorf("%s = %q, want %d", name, cells[name], n)
		}
	}
}

// The numbers of a closed round are the same without reading its forms: one
// published in time, one too late, one taken back and exempt since, all others
// exempt; and as soon as a result waits again the round is read.
func TestClosedRound(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		o := newOffice(t, db)
		o.year()
		sql := func(text string, args ...any) {
			t.Helper()
			o.Must(o.Door.Keep(ctx, func(tx *store.DB) error {
				_, err := tx.Exec(ctx, text, args...)
				return err
			}))
		}
		sql(`INSERT INTO disclosure_exemption (authority_id, form_id, reason, approved_by, approved_at)
			SELECT authority_id, form_id, '依法', 'leader', 1
			FROM inspection_form f
			WHERE f.round_id = $1 AND NOT EXISTS (SELECT 1 FROM disclosure_posting p WHERE p.form_id = f.form_id AND p.current)
				AND NOT EXISTS (SELECT 1 FROM disclosure_exemption e WHERE e.form_id = f.form_id)`, o.first)
		o.counted(t)
		sql(`UPDATE round SET state = 'closed' WHERE round_id = $1`, o.first)
		o.counted(t)
		forms, err := o.forms.Forms(ctx, authority, inspection.Filter{RoundID: o.first})
		o.Must(err)
		sql(`UPDATE inspection_form SET team = '{' WHERE form_id = $1`, forms[0].ID) // whoever reads it fails
		all, progress, err := o.s.Overview(ctx, authority, report.Scope{Year: 2022, Round: o.first})
		if err != nil || all[3].Total() != 10 || progress[0].Done != 14 {
			t.Fatalf("a closed round was read: %v, %+v, %v", all, progress, err)
		}
		sql(`UPDATE inspection_form SET team = '' WHERE form_id = $1`, forms[0].ID)
		o.Must(o.discl.Withdraw(ctx, reviewer, forms[2].ID, "公示有误"))
		o.counted(t)
		if all, _, err = o.s.Overview(ctx, authority, report.Scope{Year: 2022, Round: o.first}); err != nil || all[3].Total() != 9 {
			t.Errorf("after a result was taken back: %v, %v", all, err)
		}
	})
}

// A year without a plan shows noughts, and says why.
func TestEmptyYear(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		o := newOffice(t, db)
		all, err := o.s.Figures(ctx, authority, report.Scope{Year: 2022})
		o.Must(err)
		for _, f := range all {
			if f.Total() != 0 || f.Bad() {
				t.Errorf("%s = %s, want none", f.Name, f.Text())
			}
		}
		k, err := o.s.Draft(ctx, clerk, report.Key{Kind: report.OfYear, Subject: "2022"})
		o.Must(err)
		x, err := o.s.Summary(ctx, authority, k)
		o.Must(err)
		if got := x.Content.Sections[0].Said; got != "2022年度还没有抽取，各项数字为 0。" {
			t.Errorf("an empty year says %q", got)
		}
		if _, err := o.s.Draft(ctx, clerk, report.Key{Kind: report.OfRound, Subject: "130132-rs.2022-9"}); errs.KindOf(err) != errs.NotFound {
			t.Errorf("Draft of no round = %v, want NotFound", err)
		}
	})
}

// Time passes by working days, work by firms.
func TestProgress(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		o := newOffice(t, db)
		o.year()
		for _, tt := range []struct{ day, want string }{
			{"2022-05-31", "已过 0 个（0%）"},
			{"2022-06-01", "共 42 个工作日，已过 1 个（2%）"},
			{"2022-06-05", "已过 2 个（4%）"}, // the festival and its weekend pass nothing
			{"2022-07-29", "已过 42 个（100%）"},
			{"2022-09-01", "检查期已过，还有 1 户"},
		} {
			o.On(tt.day)
			_, all, err := o.s.Overview(ctx, authority, report.Scope{Year: 2022, Round: o.first})
			o.Must(err)
			if len(all) != 1 || !strings.Contains(all[0].Words(), tt.want) {
				t.Errorf("on %s: %+v, want %q", tt.day, all, tt.want)
			}
		}
	})
}

// A summary: two people at once, numbers that changed, the leader's approval
// of the very draft, and what is kept.
func TestSummary(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		o := newOffice(t, db)
		o.year()
		refused := func(err error, kind errs.Kind, part string) {
			t.Helper()
			if errs.KindOf(err) != kind || !strings.Contains(errs.Sentence(err), part) {
				t.Errorf("error = %v, want kind %d with %q", err, kind, part)
			}
		}
		k := report.Key{Kind: report.OfRound, Subject: o.first}
		_, err := o.s.Draft(ctx, leader, k)
		refused(err, errs.Forbidden, "")
		k, err = o.s.Draft(ctx, clerk, k)
		o.Must(err)
		again, err := o.s.Draft(ctx, clerk, report.Key{Kind: report.OfRound, Subject: o.first})
		if o.Must(err); again != k || k.No != 1 {
			t.Errorf("drafted twice: %v and %v, want the first", k, again)
		}
		words := map[string]string{"practice": "一是统筹部署。\r\n二是随机抽取。", "troubles": "人手不足。", "next": "加强培训。", "nobody": "x"}
		o.Must(o.s.Save(ctx, clerk, k, 1, map[string]string{"practice": "一是"}))
		refused(o.s.Save(ctx, clerk, k, 1, words), errs.Conflict, "已先保存")
		refused(o.s.Submit(ctx, clerk, k, 2), errs.Invalid, "存在的问题和困难、下一步工作")
		refused(o.s.Save(ctx, clerk, k, 2, map[string]string{"next": strings.Repeat("长", 3001)}), errs.Invalid, "最多 3000 字")
		o.Must(o.s.Save(ctx, clerk, k, 2, words))

		x, err := o.s.Summary(ctx, authority, k)
		o.Must(err)
		stale, err := o.s.Stale(ctx, authority, x)
		if o.Must(err); len(stale) != 0 {
			t.Errorf("at once stale: %v", stale)
		}
		forms, err := o.forms.Forms(ctx, authority, inspection.Filter{RoundID: o.first})
		o.Must(err)
		o.Must(o.discl.Publish(ctx, reviewer, []string{forms[12].ID}))
		if stale, err = o.s.Stale(ctx, authority, x); err != nil || len(stale) == 0 || stale["published"] == "" {
			t.Errorf("after a publication stale = %v, %v, want the publication's section", stale, err)
		}
		o.Must(o.s.Recount(ctx, clerk, k, x.Revision))
		x, err = o.s.Summary(ctx, authority, k)
		if o.Must(err); x.Content.Sections[6].Words != "一是统筹部署。\n二是随机抽取。" {
			t.Errorf("after the count people's words are %q", x.Content.Sections[6].Words)
		}
		o.Must(o.s.Submit(ctx, clerk, k, x.Revision))
		x, err = o.s.Summary(ctx, authority, k)
		o.Must(err)
		refused(o.s.Save(ctx, clerk, k, x.Revision, words), errs.Conflict, "待批准")
		refused(o.s.Decide(ctx, leader, k, "0", true, ""), errs.Conflict, "不在送审中")
		refused(o.s.Decide(ctx, leader, k, x.Digest, false, "重写"), errs.Invalid, "退回要写明理由")
		own := access.Actor{Authority: authority, ID: "clerk", Name: "兼任", Roles: []access.Role{access.Leader}}
		refused(o.s.Decide(ctx, own, k, x.Digest, true, ""), errs.Conflict, "另一位局领导")
		o.Must(o.s.Decide(ctx, leader, k, x.Digest, true, "同意"))
		kept, err := o.s.Summary(ctx, authority, k)
		if o.Must(err); kept.State != report.Approved || !kept.Holds(canon.SHA256) || kept.Digest != x.Digest {
			t.Errorf("approved: %s, %s, want it kept with its digest", kept.State, kept.Digest)
		}
		next, err := o.s.Draft(ctx, clerk, report.Key{Kind: report.OfRound, Subject: o.first})
		if o.Must(err); next.No != 2 {
			t.Errorf("after the approval a draft has no. %d, want 2", next.No)
		}
		var docx, book bytes.Buffer
		o.Must(kept.WriteDOCX(&docx))
		o.Must(kept.WriteXLSX(&book))
		if docx.Len() < 5000 || book.Len() < 5000 {
			t.Errorf("files of %d and %d bytes", docx.Len(), book.Len())
		}
		kept.Content.AsOf = time.Date(2022, 11, 25, 18, 30, 0, 0, time.UTC).UnixMilli()
		d, err := kept.Document()
		o.Must(err)
		annex := d.Sections[1].Blocks
		if foot := annex[len(annex)-1].(papers.Paragraph).Text; !strings.Contains(foot, "2022-11-26 02:30") {
			t.Errorf("the numbers are said to be of %q, want China's time", foot)
		}
		figures, others := 0, 0
		for _, b := range annex {
			table, _ := b.(papers.Table)
			for _, r := range table.Rows {
				for _, c := range r.Cells {
					if _, bad := strconv.Atoi(c.Text); bad != nil {
						others++
						continue
					}
					if figures++; c.Align != papers.Right {
						t.Errorf("the figure %s does not stand at the right", c.Text)
					}
				}
			}
		}
		if figures < 20 || others < 20 {
			t.Errorf("%d figures among %d other cells: nothing was looked at", figures, others)
		}
	})
}

// A month's report counts what fell into it; an officer's record is his own.
func TestUpwardAndRecord(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		o := newOffice(t, db)
		o.year()
		for _, day := range []string{"2022-06-20", "2022-07-20"} {
			o.Must(o.s.Fill(ctx, clerk, "month", calendar.MustParse(day)))
		}
		all, err := o.s.Upwards(ctx, authority)
		o.Must(err)
		if len(all) != 2 || all[1].From.String() != "2022-06-01" || all[1].To.String() != "2022-06-30" {
			t.Fatalf("Upwards() = %+v", all)
		}
		inspected := fmt.Sprint(o.one(`SELECT count(*) FROM inspection_form WHERE ended_on >= '2022-06-01' AND ended_on <= '2022-06-30'`))
		for no, want := range map[int][]string{1: {"已检查（户）", inspected, inspected}, 0: {"已检查（户）", "0", inspected}} {
			if d := cmp.Diff(want, all[no].Content.Tables[0].Rows[2]); d != "" {
				t.Errorf("%s (-want +got):\n%s", all[no].Content.Title, d)
			}
		}
		forms, err := o.forms.Forms(ctx, authority, inspection.Filter{RoundID: o.first})
		o.Must(err)
		f, err := o.forms.Form(ctx, authority, forms[0].ID)
		o.Must(err)
		r, err := o.s.Record(ctx, authority, f.Team[0].ID, 2022)
		o.Must(err)
		mine := o.one(`SELECT count(*) FROM inspection_form f JOIN round_officer m ON m.round_id = f.round_id AND m.target_id = f.target_id AND m.state = 'team'
			WHERE m.officer_id = $1 AND f.ended_on <> ''`, f.Team[0].ID)
		if len(r.Inspections) != mine || mine == 0 || r.Days != 1 || r.Hours != "0.0" {
			t.Errorf("the record has %d inspections on %d days, %s hours; SQL counts %d", len(r.Inspections), r.Days, r.Hours, mine)
		}
		if r, err = o.s.Record(ctx, authority, f.Team[0].ID, 2021); err != nil || len(r.Inspections) != 0 {
			t.Errorf("the year before: %d inspections, %v", len(r.Inspections), err)
		}
	})
}
