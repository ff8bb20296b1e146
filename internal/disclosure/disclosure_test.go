package disclosure_test

import (
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"suiji/calendar"
	"suiji/internal/access"
	"suiji/internal/audit"
	"suiji/internal/canon"
	"suiji/internal/disclosure"
	"suiji/internal/errs"
	"suiji/internal/inspection"
	"suiji/internal/inspection/inspectiontest"
	"suiji/internal/reference"
	"suiji/internal/round"
	"suiji/internal/store"
	"suiji/internal/store/storetest"
)

var ctx = context.Background()

const authority = inspectiontest.Authority

type office struct {
	*inspectiontest.Office
	s *disclosure.Service
}

// each runs body in an office whose forms are issued and whose officers'
// certificates last.
func each(t *testing.T, body func(t *testing.T, o office)) {
	t.Helper()
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		o := office{Office: inspectiontest.New(t, db)}
		o.s = disclosure.New(disclosure.Config{DB: db, Door: o.Door, Scribe: o.Scribe, Now: o.Now, Identity: o.Identity,
			Reference: reference.New(db, o.Door), Inspection: o.Inspection,
			Round: round.New(round.Config{DB: db, Door: o.Door, Scribe: o.Scribe, Now: o.Now})})
		o.Exec(t, `UPDATE register_officer SET cert_until = '2025-12-31'`)
		o.Issue(t)
		body(t, o)
	})
}

func id(no int) string { return inspection.Serial(inspectiontest.Round, no) }

// conclude enters and confirms an inspection without problems.
func (o office) conclude(t *testing.T, no int, day string) {
	t.Helper()
	o.Conclude(t, no, inspectiontest.Entry(o.Form(t, no), day))
}

func (o office) must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

func wantErr(t *testing.T, err error, kind errs.Kind, part string) {
	t.Helper()
	if errs.KindOf(err) != kind || !strings.Contains(errs.Sentence(err), part) {
		t.Errorf("error = %v (kind %d), want kind %d with %q", err, errs.KindOf(err), kind, part)
	}
}

// entries returns the ledger's entries of a kind: their data.
func (o office) entries(t *testing.T, typ string) []map[string]any {
	t.Helper()
	bodies, err := store.All(ctx, o.DB, store.Value[string], `SELECT body FROM ledger_entry WHERE type = $1 ORDER BY made`, typ)
	o.must(t, err)
	var all []map[string]any
	for _, b := range bodies {
		var e struct{ Data map[string]any }
		o.must(t, json.Unmarshal([]byte(b), &e))
		all = append(all, e.Data)
	}
	return all
}

func TestPreview(t *testing.T) {
	each(t, func(t *testing.T, o office) {
		e := inspectiontest.WithProblem(inspectiontest.Entry(o.Form(t, 1), "2022-06-14"), "2022-06-30")
		e.Findings[0].Measure = "补签劳动合同，孙签字负责，电话13900000001"
		e.Summary, e.Evidence = "内部情况", "内部证据"
		o.Conclude(t, 1, e)
		views, err := o.s.Preview(ctx, authority, []string{id(1)})
		o.must(t, err)
		want := `{"authority":{"id":"130132-rs","name":"元氏县人力资源和社会保障局"},"ended":"2022-06-14",` +
			`"firm":{"code":"91130132MA0ABCDE6T","name":"元氏县恒泰商贸有限公司"},"form":"130132-rs.2022-1.0001",` +
			`"handling":[{"due":"2022-06-30","measure":"补签劳动合同，***负责，电话***","on":"","outcome":""}],` +
			`"items":["用人单位遵守劳动合同规定","用人单位支付工资"],"methods":["实地检查"],` +
			`"officers":[{"certificate":"03132201001","name":"高建军","post":"大队长","unit":"劳动监察大队"},` +
			`{"certificate":"03132201002","name":"何丽","post":"科员","unit":"劳动监察大队"}],` +
			`"plan":{"number":"元人社〔2022〕3号","task":"劳动用工检查","title":"2022年度随机抽查工作计划","year":2022},` +
			`"results":[{"code":"R5","name":"发现问题已责令改正"}],"round":"130132-rs.2022-1","started":"2022-06-14","v":1}`
		if d := cmp.Diff(want, views[0].JSON); d != "" {
			t.Errorf("Preview() (-want +got):\n%s", d)
		}
		if got := strings.Join(views[0].Masked, "、"); got != "姓名、电话号码" {
			t.Errorf("Masked = %s, want 姓名、电话号码", got)
		}
		for _, private := range []string{"孙签字", "1390000", "1380000", "王联系", "内部", "书面劳动合同"} {
			if strings.Contains(views[0].JSON, private) {
				t.Errorf("the public record holds %q", private)
			}
		}
		_, err = o.s.Preview(ctx, authority, []string{id(1), id(2)})
		wantErr(t, err, errs.Conflict, "0002 目前是“待检查”")
	})
}

func TestPublish(t *testing.T) {
	each(t, func(t *testing.T, o office) {
		o.conclude(t, 1, "2022-06-14")
		o.conclude(t, 2, "2022-06-15")
		both := []string{id(2), id(1), id(1)}
		wantErr(t, o.s.Publish(ctx, o.Reviewer, nil), errs.Invalid, "请选择")
		wantErr(t, o.s.Publish(ctx, o.Clerk, both), errs.Forbidden, "")
		wantErr(t, o.s.Publish(ctx, o.Reviewer, append(both, id(3))), errs.Conflict, "0003 目前是“待检查”")
		if _, err := o.s.Result(ctx, authority, id(1)); errs.KindOf(err) != errs.NotFound {
			t.Fatalf("Result after a refused batch = %v, want NotFound", err)
		}
		key := audit.WithKey(ctx, "k")
		o.must(t, o.s.Publish(key, o.Reviewer, both))
		o.must(t, o.s.Publish(key, o.Reviewer, both))
		wantErr(t, o.s.Publish(ctx, o.Reviewer, []string{id(1)}), errs.Conflict, "已经公示")

		views, err := o.s.Preview(ctx, authority, []string{id(1)})
		o.must(t, err)
		versions, err := o.s.Result(ctx, authority, id(1))
		o.must(t, err)
		v := versions[0]
		if len(versions) != 1 || v.JSON != views[0].JSON || v.State != disclosure.Published || !v.Current || v.DueOn.String() != "2022-07-04" {
			t.Errorf("version = %+v, want what the preview showed, due 2022-07-04", v)
		}
		if !disclosure.CheckDigest(canon.SHA256, v) {
			t.Error("the digest is not H(salt ‖ record)")
		}
		changed := v
		changed.JSON = strings.Replace(v.JSON, "R1", "R5", 1)
		if disclosure.CheckDigest(canon.SHA256, changed) {
			t.Error("the digest holds for another record")
		}
		entries := o.entries(t, "result.published")
		if len(entries) != 2 || entries[0]["digest"] != v.Digest {
			t.Errorf("ledger = %v, want two entries, the first with digest %s", entries, v.Digest)
		}
	})
}

func TestCorrectAndWithdraw(t *testing.T) {
	each(t, func(t *testing.T, o office) {
		e := inspectiontest.WithProblem(inspectiontest.Entry(o.Form(t, 1), "2022-06-14"), "2022-06-18")
		e.Codes = []inspection.Code{inspection.R8}
		o.Conclude(t, 1, e)
		wantErr(t, o.s.Correct(ctx, o.Reviewer, id(1), "更正"), errs.Conflict, "目前没有公示")
		wantErr(t, o.s.Withdraw(ctx, o.Reviewer, id(1), "撤回"), errs.Conflict, "目前没有公示")
		o.must(t, o.s.Publish(ctx, o.Reviewer, []string{id(1)}))
		wantErr(t, o.s.Correct(ctx, o.Reviewer, id(1), "更正"), errs.Conflict, "公开的内容没有变化")
		wantErr(t, o.s.Correct(ctx, o.Reviewer, id(1), " "), errs.Invalid, "请写明原因")
		wantErr(t, o.s.Correct(ctx, o.Reviewer, id(1), "企业来电13900000001"), errs.Invalid, "请删去其中的电话号码")
		wantErr(t, o.s.Withdraw(ctx, o.Reviewer, id(1), "一\x00"), errs.Invalid, "最多 500 字")

		o.must(t, o.CloseFinding(o.Clerk, id(1), 1, inspection.Closing{Outcome: inspection.Rectified, On: calendar.MustParse("2022-06-18"), Note: "复查合格"}))
		o.must(t, o.Inspection.Reopen(ctx, o.Reviewer, id(1), "已有最终结果"))
		wantErr(t, o.s.Correct(ctx, o.Reviewer, id(1), "已有最终结果"), errs.Conflict, "结论审核后才能公示")
		f := o.Form(t, 1)
		e.Revision, e.Findings, e.Codes = f.Revision, nil, []inspection.Code{inspection.R5}
		o.Conclude(t, 1, e)
		versions, err := o.s.Result(ctx, authority, id(1))
		o.must(t, err)
		if got := versions[0].Record.Results[0].Code; len(versions) != 1 || got != "R8" {
			t.Errorf("before the correction the public reads %s, want R8", got)
		}
		o.On("2022-06-21")
		o.must(t, o.s.Correct(ctx, o.Reviewer, id(1), "已有最终结果"))
		versions, err = o.s.Result(ctx, authority, id(1))
		o.must(t, err)
		if len(versions) != 2 || versions[0].Current || !versions[0].Public || !versions[1].Current || versions[1].Record.Results[0].Code != "R5" ||
			versions[1].Record.Handling[0].Outcome != "已改正（复查合格）" || versions[1].Reason != "已有最终结果" {
			t.Fatalf("versions = %+v, want both, the second current with R5", versions)
		}
		got := o.entries(t, "result.corrected")
		want := []map[string]any{{"digest": versions[1].Digest, "version": 2.0, "reason": "已有最终结果", "concerns": versions[0].Digest}}
		if d := cmp.Diff(want, got); d != "" {
			t.Errorf("ledger (-want +got):\n%s", d)
		}

		o.must(t, o.s.Withdraw(ctx, o.Reviewer, id(1), "异议成立"))
		after, err := o.s.Result(ctx, authority, id(1))
		o.must(t, err)
		if len(after) != 3 || after[2].State != disclosure.Withdrawn || after[2].Reason != "异议成立" || after[2].Digest != versions[1].Digest {
			t.Fatalf("versions = %+v, want a withdrawal of the second", after)
		}
		for _, v := range after {
			if v.Public || v.Current || v.JSON != "" || v.Salt != "" || v.Digest == "" {
				t.Errorf("version %d = %+v, want it emptied but for its digest", v.Version, v)
			}
		}
		n, err := store.One(ctx, o.DB, store.Value[int], `SELECT count(*) FROM disclosure_posting WHERE firm_name <> '' OR firm_code <> '' OR search <> ''`)
		if err != nil || n != 0 {
			t.Errorf("%d rows still name the firm, %v", n, err)
		}
		firm, err := o.s.Firm(ctx, authority, "T1", true)
		if err != nil || firm.Name+firm.Code != "" || len(firm.Results) != 0 || len(firm.Withdrawn) != 1 || firm.Withdrawn[0].Reason != "异议成立" {
			t.Errorf("Firm() = %+v, %v, want the withdrawal alone", firm, err)
		}
		if got := o.entries(t, "result.withdrawn"); len(got) != 1 || got[0]["concerns"] != versions[1].Digest || got[0]["reason"] != "异议成立" {
			t.Errorf("ledger = %v", got)
		}
		o.must(t, o.s.Publish(ctx, o.Reviewer, []string{id(1)}))
		if after, err = o.s.Result(ctx, authority, id(1)); err != nil || len(after) != 4 || !after[3].Current {
			t.Errorf("published again: %+v, %v, want a fourth version", after, err)
		}
		changes, err := o.s.Changes(ctx, authority, 10)
		if err != nil || len(changes) != 2 || changes[0].State != disclosure.Withdrawn || changes[1].State != disclosure.Corrected {
			t.Errorf("Changes() = %+v, %v, want the withdrawal, then the correction", changes, err)
		}
	})
}

// The rate at each day of a round of three: 1 is published in time, 2 late,
// 3 never inspected and then exempt.
func TestRate(t *testing.T) {
	each(t, func(t *testing.T, o office) {
		check := func(day string, want disclosure.Rate, states ...disclosure.RowState) {
			t.Helper()
			o.On(day)
			got, err := o.s.Rate(ctx, authority, inspectiontest.Round)
			o.must(t, err)
			var rows []disclosure.RowState
			for _, r := range got.Rows {
				rows = append(rows, r.State)
			}
			got.Rows, want.RoundID = nil, inspectiontest.Round
			if d := cmp.Diff(want, got); d != "" || !slices.Equal(rows, states) {
				t.Errorf("%s: Rate() (-want +got):\n%s rows %v, want %v", day, d, rows, states)
			}
		}
		check("2022-06-20", disclosure.Rate{}, disclosure.NotYet, disclosure.NotYet, disclosure.NotYet)
		o.conclude(t, 1, "2022-06-14")
		o.conclude(t, 2, "2022-06-15")
		check("2022-06-20", disclosure.Rate{Due: 2}, disclosure.Waiting, disclosure.Waiting, disclosure.NotYet)
		o.On("2022-07-04") // the last day for 1
		o.must(t, o.s.Publish(ctx, o.Reviewer, []string{id(1)}))
		check("2022-07-05", disclosure.Rate{Due: 2, Published: 1, OnTime: 1}, disclosure.OnTime, disclosure.Waiting, disclosure.NotYet)
		check("2022-07-06", disclosure.Rate{Due: 2, Published: 1, OnTime: 1, Overdue: 1}, disclosure.OnTime, disclosure.Overdue, disclosure.NotYet)
		o.must(t, o.s.Publish(ctx, o.Reviewer, []string{id(2)}))
		check("2022-07-31", disclosure.Rate{Due: 2, Published: 2, OnTime: 1, Late: 1}, disclosure.OnTime, disclosure.Late, disclosure.NotYet)
		check("2022-08-01", disclosure.Rate{Due: 3, Published: 2, OnTime: 1, Late: 1}, disclosure.OnTime, disclosure.Late, disclosure.Waiting)
		check("2022-08-26", disclosure.Rate{Due: 3, Published: 2, OnTime: 1, Late: 1}, disclosure.OnTime, disclosure.Late, disclosure.Waiting)
		check("2022-08-27", disclosure.Rate{Due: 3, Published: 2, OnTime: 1, Late: 1, Overdue: 1}, disclosure.OnTime, disclosure.Late, disclosure.Overdue)

		wantErr(t, o.s.Exempt(ctx, o.Reviewer, id(3), "涉密"), errs.Forbidden, "")
		wantErr(t, o.s.Exempt(ctx, o.Leader, id(3), ""), errs.Invalid, "法律依据")
		wantErr(t, o.s.Exempt(ctx, o.Leader, id(1), "涉密"), errs.Conflict, "应先撤回")
		wantErr(t, o.s.Close(ctx, o.Reviewer, inspectiontest.Round), errs.Conflict, "还有 1 户的结果还没有公示："+id(3))
		o.must(t, o.s.Exempt(ctx, o.Leader, id(3), "涉及国家秘密"))
		wantErr(t, o.s.Exempt(ctx, o.Leader, id(3), "涉及国家秘密"), errs.Conflict, "已批准免予公示")
		o.conclude(t, 3, "2022-08-20")
		wantErr(t, o.s.Publish(ctx, o.Reviewer, []string{id(3)}), errs.Conflict, "免予公示")
		check("2022-08-27", disclosure.Rate{Due: 3, Published: 2, OnTime: 1, Late: 1, Exempt: 1}, disclosure.OnTime, disclosure.Late, disclosure.Exempt)

		wantErr(t, o.s.Close(ctx, o.Clerk, inspectiontest.Round), errs.Forbidden, "")
		o.must(t, o.s.Close(ctx, o.Reviewer, inspectiontest.Round))
		if d := cmp.Diff([]map[string]any{{"due": 3.0, "published": 2.0, "exempt": 1.0}}, o.entries(t, "rate.stated")); d != "" {
			t.Errorf("ledger (-want +got):\n%s", d)
		}
		state, err := store.One(ctx, o.DB, store.Value[string], `SELECT state FROM round`)
		if err != nil || state != "closed" {
			t.Errorf("round is %s, %v, want closed", state, err)
		}
		wantErr(t, o.s.Close(ctx, o.Reviewer, inspectiontest.Round), errs.Conflict, "已办结")
		if len(o.entries(t, "rate.stated")) != 1 {
			t.Error("the rate was stated twice")
		}
	})
}

func TestCloseWaitsForFindings(t *testing.T) {
	each(t, func(t *testing.T, o office) {
		e := inspectiontest.WithProblem(inspectiontest.Entry(o.Form(t, 1), "2022-06-14"), "2022-06-18")
		e.Codes = append(e.Codes, inspection.R8)
		o.Conclude(t, 1, e)
		o.conclude(t, 2, "2022-06-15")
		o.conclude(t, 3, "2022-06-15")
		o.must(t, o.s.Publish(ctx, o.Reviewer, []string{id(1), id(2), id(3)}))
		err := o.s.Close(ctx, o.Reviewer, inspectiontest.Round)
		wantErr(t, err, errs.Conflict, "还有 1 项后续处置没有了结：问题 1（检查表 "+id(1)+"）：限期改正，待企业改正，2022-06-14 起，在企业处")
		wantErr(t, err, errs.Conflict, "要以最终结果更正："+id(1))
		o.must(t, o.CloseFinding(o.Clerk, id(1), 1, inspection.Closing{Outcome: inspection.CaseFiled, On: calendar.MustParse("2022-06-20"), Note: "元人社监立〔2022〕1号"}))
		o.must(t, o.Inspection.Reopen(ctx, o.Reviewer, id(1), "已立案"))
		wantErr(t, o.s.Close(ctx, o.Reviewer, inspectiontest.Round), errs.Conflict, "还有 1 户的更正还没有审核："+id(1))
		e.Revision, e.Findings, e.Codes = o.Form(t, 1).Revision, nil, []inspection.Code{inspection.R5}
		o.Conclude(t, 1, e)
		o.must(t, o.s.Correct(ctx, o.Reviewer, id(1), "已立案"))
		o.must(t, o.s.Close(ctx, o.Reviewer, inspectiontest.Round))
	})
}

func TestBoard(t *testing.T) {
	each(t, func(t *testing.T, o office) {
		o.conclude(t, 1, "2022-06-14") // due 2022-07-04
		o.Approve(t, 2, "2022-06-15")
		f := o.Form(t, 2)
		o.must(t, o.Inspection.Enter(ctx, o.Clerk, f.ID, inspectiontest.Entry(f, "2022-06-15")))
		for _, c := range []struct {
			name string
			day  string
			fl   disclosure.Filter
			want string
		}{
			{"all", "2022-06-20", disclosure.Filter{}, "1 ready, 2 结论待审核, 3 还没有录入检查结果"},
			{"to be reviewed", "2022-06-20", disclosure.Filter{RoundID: inspectiontest.Round, State: inspection.Entered}, "2 结论待审核"},
			{"within seven days, too early", "2022-06-26", disclosure.Filter{Within: 7}, ""},
			{"within seven days", "2022-06-27", disclosure.Filter{Within: 7}, "1 ready"},
			{"overdue ones with them", "2022-07-05", disclosure.Filter{Within: 7}, "1 ready, 2 结论待审核"},
			{"overdue", "2022-07-05", disclosure.Filter{Row: disclosure.Overdue}, "1 ready"},
			{"another round", "2022-06-20", disclosure.Filter{RoundID: "x"}, ""},
		} {
			o.On(c.day)
			b, err := o.s.Board(ctx, authority, c.fl, 0, 20)
			o.must(t, err)
			var got []string
			for _, r := range b.Rows {
				word := r.Blocked
				if r.Ready() {
					word = "ready"
				}
				got = append(got, fmt.Sprintf("%d %s", r.Form.No, word))
			}
			if s := strings.Join(got, ", "); s != c.want || b.Total != len(b.Rows) {
				t.Errorf("%s: Board() = %s of %d, want %s", c.name, s, b.Total, c.want)
			}
		}
		d, err := o.s.Due(ctx, o.Form(t, 1))
		if err != nil || d.On.String() != "2022-07-04" || !d.Runs || !strings.Contains(d.Explain, "2022-06-14 起 20 日 = 2022-07-04") {
			t.Errorf("Due() = %+v, %v, want 2022-07-04 with how", d, err)
		}
	})
}

func TestPublicReaders(t *testing.T) {
	each(t, func(t *testing.T, o office) {
		e := inspectiontest.WithProblem(inspectiontest.Entry(o.Form(t, 1), "2022-06-14"), "2022-06-30")
		e.Codes = append(e.Codes, inspection.R2)
		o.Conclude(t, 1, e)
		o.conclude(t, 2, "2022-06-15")
		o.conclude(t, 3, "2022-06-15")
		for no := 1; no <= 3; no++ {
			o.On(fmt.Sprintf("2022-06-2%d", no))
			o.must(t, o.s.Publish(ctx, o.Reviewer, []string{id(no)}))
		}
		for _, c := range []struct {
			name  string
			q     disclosure.Query
			want  string
			total int
		}{
			{"all, newest first", disclosure.Query{}, "0003 0002 0001", 3},
			{"part of a name", disclosure.Query{Text: "恒泰"}, "0003 0001", 2},
			{"full width and blanks", disclosure.Query{Text: "９１１３０１３２ ma0Ａ "}, "0001", 1},
			{"tail of a code", disclosure.Query{Text: "2345"}, "0003", 1},
			{"a percent sign is no wildcard", disclosure.Query{Text: "%"}, "", 0},
			{"nor is an underscore", disclosure.Query{Text: "恒_商"}, "", 0},
			{"by code", disclosure.Query{Code: inspection.R2}, "0001", 1},
			{"by another", disclosure.Query{Code: inspection.R1}, "0003 0002", 2},
			{"by code in a round", disclosure.Query{Code: inspection.R1, RoundID: inspectiontest.Round, Year: 2022}, "0003 0002", 2},
			{"by code in another round", disclosure.Query{Code: inspection.R1, RoundID: "x"}, "", 0},
			{"by code in a year", disclosure.Query{Code: inspection.R5, Year: 2022}, "0001", 1},
			{"by year", disclosure.Query{Year: 2022, Text: "鑫源"}, "0002", 1},
			{"another year", disclosure.Query{Year: 2023}, "", 0},
			{"a broken cursor is the first page", disclosure.Query{After: "x", Code: inspection.R2}, "0001", 1},
		} {
			got, err := o.s.Results(ctx, authority, c.q)
			o.must(t, err)
			var ids []string
			for _, v := range got.Results {
				ids = append(ids, v.FormID[len(v.FormID)-4:])
			}
			if s := strings.Join(ids, " "); s != c.want || got.Total != c.total || got.Next != "" {
				t.Errorf("%s: Results() = %s of %d, next %q, want %s of %d", c.name, s, got.Total, got.Next, c.want, c.total)
			}
		}
		first, err := o.s.Results(ctx, authority, disclosure.Query{Limit: 2})
		o.must(t, err)
		rest, err := o.s.Results(ctx, authority, disclosure.Query{Limit: 2, After: first.Next})
		o.must(t, err)
		if len(first.Results) != 2 || first.Next == "" || len(rest.Results) != 1 || rest.Results[0].FormID != id(1) || rest.Next != "" || rest.Total != 3 {
			t.Errorf("pages of two: %d, next %q, then %+v", len(first.Results), first.Next, rest)
		}

		narrow := disclosure.Query{Limit: 1, Code: inspection.R1, RoundID: inspectiontest.Round}
		first, err = o.s.Results(ctx, authority, narrow)
		o.must(t, err)
		narrow.After = first.Next
		rest, err = o.s.Results(ctx, authority, narrow)
		o.must(t, err)
		if len(first.Results) != 1 || first.Results[0].FormID != id(3) || len(rest.Results) != 1 || rest.Results[0].FormID != id(2) || rest.Next != "" {
			t.Errorf("pages of one of a code in a round: %+v, then %+v", first, rest)
		}

		firms, err := o.s.Firms(ctx, authority, "恒泰", 10)
		o.must(t, err)
		if len(firms) != 2 || firms[0].Results != 1 {
			t.Errorf("Firms() = %+v, want two", firms)
		}
		if _, err := o.s.Firms(ctx, authority, "恒 ", 10); errs.KindOf(err) != errs.Invalid {
			t.Errorf("Firms of one character = %v, want Invalid", err)
		}
		firm, err := o.s.Firm(ctx, authority, "91130132ma0abcde6t", true)
		if err != nil || firm.TargetID != "T1" || firm.Name != "元氏县恒泰商贸有限公司" || len(firm.Results) != 1 {
			t.Errorf("Firm() = %+v, %v", firm, err)
		}

		got, err := o.s.Counters(ctx, authority, 2022)
		o.must(t, err)
		want := disclosure.Counters{Year: 2022, Rounds: 1, Drawn: 3, Inspected: 3, Published: 3, Problems: 1,
			ByCode: []disclosure.CodeCount{{Code: "R1", Count: 2}, {Code: "R2", Count: 1}, {Code: "R5", Count: 1}}}
		if d := cmp.Diff(want, got); d != "" {
			t.Errorf("Counters() (-want +got):\n%s", d)
		}
		if got, err = o.s.Counters(ctx, "130133-rs", 2022); err != nil || got.Published != 0 || got.Drawn != 0 {
			t.Errorf("Counters of another authority = %+v, %v", got, err)
		}
	})
}

func TestPublicLists(t *testing.T) {
	each(t, func(t *testing.T, o office) {
		o.Exec(t, `UPDATE register_officer SET active = FALSE WHERE officer_id = 'O3'`, `UPDATE register_officer SET fields = '劳动保障监察' WHERE officer_id = 'O1'`)
		officers, err := o.s.Officers(ctx, authority)
		o.must(t, err)
		if len(officers) != 2 || strings.Contains(fmt.Sprint(officers), "138") || !strings.Contains(fmt.Sprint(officers), "[劳动保障监察]") {
			t.Errorf("Officers() = %+v, want two without telephones", officers)
		}
		items, err := o.s.Items(ctx, authority)
		o.must(t, err)
		if len(items) != 2 || items[0].Name == "未公布的事项" || items[1].Name == "未公布的事项" {
			t.Errorf("Items() = %+v, want the two published ones", items)
		}
		for _, i := range items {
			if want := map[string]int{"I1": 2, "I2": 0}[i.ID]; len(i.Points) != want {
				t.Errorf("item %s has %d points, want %d", i.ID, len(i.Points), want)
			}
		}
	})
}

// What was previewed becomes public, letter for letter and covered as it was
// shown; if a form changed meanwhile, nothing does. Of two persons at the same
// moment one publishes, and the other is told.
func TestPreviewIsWhatBecomesPublic(t *testing.T) {
	each(t, func(t *testing.T, o office) {
		o.conclude(t, 1, "2022-06-14")
		o.conclude(t, 2, "2022-06-14")
		ids := []string{id(2), id(1)}
		views, err := o.s.Preview(ctx, authority, ids)
		o.must(t, err)
		old := disclosure.SeenOf(views)
		o.must(t, o.Inspection.Reopen(ctx, o.Reviewer, id(2), "日期有误"))
		o.conclude(t, 2, "2022-06-15")
		wantErr(t, o.s.PublishSeen(ctx, o.Reviewer, ids, old), errs.Conflict, "预览以后有检查表的内容变动了")
		if _, err := o.s.Result(ctx, authority, id(1)); errs.KindOf(err) != errs.NotFound {
			t.Fatalf("after a refused batch: %v, want NotFound", err)
		}
		views, err = o.s.Preview(ctx, authority, ids)
		o.must(t, err)
		second := o.Reviewer
		second.ID, second.Name = "second", "第二位审核员"
		answers := make(chan error, 2)
		for _, who := range []access.Actor{o.Reviewer, second} {
			go func() { answers <- o.s.PublishSeen(ctx, who, ids, disclosure.SeenOf(views)) }()
		}
		one, two := <-answers, <-answers
		if one != nil {
			one, two = two, one
		}
		o.must(t, one)
		wantErr(t, two, errs.Conflict, "已经公示")
		for _, v := range views {
			all, err := o.s.Result(ctx, authority, v.Record.Form)
			o.must(t, err)
			if len(all) != 1 || all[0].JSON != v.JSON {
				t.Errorf("%s became public as %+v, want what was shown: %s", v.Record.Form, all, v.JSON)
			}
		}
	})
}
