package visit_test

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"image"
	"image/color"
	"image/jpeg"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"suiji/internal/access"
	"suiji/internal/errs"
	"suiji/internal/identity"
	"suiji/internal/inspection"
	"suiji/internal/inspection/inspectiontest"
	"suiji/internal/store"
	"suiji/internal/store/storetest"
	"suiji/internal/visit"
)

// spot is an office with issued forms and two inspectors with phones: one is
// O1 (of T1 and T4), two is O2 (of T1 and T2).
type spot struct {
	*inspectiontest.Office
	t        testing.TB
	v        *visit.Service
	dir      string
	one, two access.Actor
	n        int
}

func newSpot(t testing.TB, db *store.DB) *spot {
	t.Helper()
	o := inspectiontest.New(t, db)
	o.Issue(t)
	s := &spot{Office: o, t: t, dir: t.TempDir()}
	s.v = visit.New(visit.Config{DB: db, Door: o.Door, Now: o.Now, Identity: o.Identity, Inspection: o.Inspection, Dir: s.dir})
	for id, officer := range map[string]string{"one": "O1", "two": "O2"} {
		acc := identity.Account{ID: id, Username: id, Name: id, OfficerID: officer, Roles: []access.Role{access.Inspector}}
		s.must(o.Identity.AddAccount(context.Background(), access.System(inspectiontest.Authority), acc, "Lamp-72-Ming"))
	}
	s.one, s.two = inspectiontest.Actor("one", "高建军", access.Inspector), inspectiontest.Actor("two", "何丽", access.Inspector)
	return s
}

func (s *spot) must(err error) {
	s.t.Helper()
	if err != nil {
		s.t.Fatal(err)
	}
}

// record makes a record for the form with a number.
func (s *spot) record(kind visit.Kind, no int, body any) visit.Record {
	s.t.Helper()
	raw, err := json.Marshal(body)
	s.must(err)
	s.n++
	return visit.Record{ID: fmt.Sprintf("phone-record-%04d", s.n), Form: inspection.Serial(inspectiontest.Round, no), Kind: kind, At: s.Now().UnixMilli(), Body: string(raw)}
}

func (s *spot) send(a access.Actor, r visit.Record) visit.Answer {
	s.t.Helper()
	answers, err := s.v.Sync(context.Background(), a, []visit.Record{r})
	s.must(err)
	return answers[0]
}

func (s *spot) arrive(a access.Actor, no int) {
	s.t.Helper()
	if ans := s.send(a, s.record(visit.Arrival, no, visit.Place{Lat: "37.75", Lon: "114.52", Accuracy: 12})); ans.State != visit.Kept {
		s.t.Fatalf("arrival: %+v", ans)
	}
}

// sheet is a filled-in form without problems.
func (s *spot) sheet(no int) visit.Sheet {
	f := s.Form(s.t, no)
	sh := visit.Sheet{Revision: f.Revision, Methods: []string{"M1"}, Started: "2022-06-20", Ended: "2022-06-20", Person: "孙签字", Codes: []string{"R1"}}
	for _, p := range f.Points {
		sh.Answers = append(sh.Answers, visit.Answered{Item: p.ItemID, No: p.No, Answer: "yes"})
	}
	return sh
}

func (s *spot) photograph(a access.Actor, no int, use string) {
	s.t.Helper()
	_, err := s.v.Photograph(context.Background(), a, visit.Upload{Form: inspection.Serial(inspectiontest.Round, no), Use: use, At: s.Now().Add(time.Duration(s.n) * time.Hour).UnixMilli(), Body: picture(s.t, 20, 10, byte(90*s.n), len(use))})
	s.must(err)
	s.n++
}

func picture(t testing.TB, w, h int, seed byte, more int) []byte {
	t.Helper()
	m := image.NewRGBA(image.Rect(0, 0, w, h))
	m.Set(1, 1, color.RGBA{seed, byte(more), 200, 255})
	var b bytes.Buffer
	if err := jpeg.Encode(&b, m, nil); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

func told(ans visit.Answer) string {
	var s []string
	for _, p := range ans.Problems {
		s = append(s, p.Sentence)
	}
	return ans.State + " " + strings.Join(s, "；")
}

func TestTasksAreTheTeamsOwn(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		s := newSpot(t, db)
		s.arrive(s.one, 1)
		tasks, err := s.v.Tasks(t.Context(), s.one)
		s.must(err)
		var got []string
		for _, x := range tasks {
			got = append(got, x.Firm.TargetID+" "+string(x.Progress))
		}
		if want := "T1 begun,T4 waiting"; strings.Join(got, ",") != want {
			t.Errorf("Tasks = %v, want %s", got, want)
		}
		other := inspection.Serial(inspectiontest.Round, 2)
		if _, err := s.v.Own(t.Context(), s.one, other); errs.KindOf(err) != errs.NotFound {
			t.Errorf("another team's form: %v, want NotFound", err)
		}
		ans := s.send(s.one, s.record(visit.Result, 2, s.sheet(2)))
		if ans.State != visit.Refused || s.Form(t, 2).State != inspection.Issued {
			t.Errorf("a result for another team's form: %+v, want it refused", ans)
		}
		if _, err := s.v.Tasks(t.Context(), s.Clerk); errs.KindOf(err) != errs.Forbidden {
			t.Errorf("who is no officer: %v, want Forbidden", err)
		}
		// Of a closed round nothing is read: a form that cannot be read does no harm.
		s.Exec(t, `UPDATE inspection_form SET team = '{'`)
		if _, err := s.v.Tasks(t.Context(), s.one); err == nil {
			t.Error("forms that cannot be read were not missed")
		}
		s.Exec(t, `UPDATE round SET state = 'closed'`)
		if tasks, err := s.v.Tasks(t.Context(), s.one); err != nil || len(tasks) > 0 {
			t.Errorf("Tasks of a closed round = %d, %v, want none", len(tasks), err)
		}
	})
}

// A record is applied once, however often it comes; another content under its
// id is kept beside it and told.
func TestSyncIsOnce(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		s := newSpot(t, db)
		s.arrive(s.one, 1)
		r := s.record(visit.Result, 1, s.sheet(1))
		first := s.send(s.one, r)
		s.On("2022-06-21")
		again := s.send(s.one, r)
		if first.State != visit.Kept || again.State != first.State || again.Received != first.Received {
			t.Errorf("sent twice: %+v, then %+v, want the same answer", first, again)
		}
		if f := s.Form(t, 1); f.Revision != 2 || f.State != inspection.Entered {
			t.Errorf("the form has revision %d, state %s, want one entry", f.Revision, f.State)
		}
		other := s.sheet(1)
		other.Summary = "另一个内容"
		changed := s.record(visit.Result, 1, other)
		changed.ID = r.ID
		for range 2 {
			if ans := s.send(s.one, changed); ans.State != visit.Clash || ans.Office == nil || ans.Office.Text != r.Body {
				t.Errorf("another content: %+v, want a clash that shows what is kept", ans)
			}
		}
		if n := count(t, db, "visit_clash"); n != 1 {
			t.Errorf("%d clashes are kept, want 1", n)
		}
		lost, err := s.v.Unknown(t.Context(), s.one, []string{r.ID, "phone-record-9999"})
		if err != nil || len(lost) != 1 || lost[0] != "phone-record-9999" {
			t.Errorf("Unknown = %v, %v", lost, err)
		}
	})
}

func count(t *testing.T, db *store.DB, table string) int {
	t.Helper()
	n, err := store.One(t.Context(), db, store.Value[int], "SELECT count(*) FROM "+table)
	if err != nil {
		t.Fatal(err)
	}
	return n
}

// Two of a team fill in one form without signal: the second sees both versions
// and chooses; both stay.
// Who has lost the right sends two records: both are refused, and that is in the
// log once.
func TestRefusedIsRecordedOnce(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		s := newSpot(t, db)
		lost := inspectiontest.Actor("one", "高建军", access.Auditor)
		place := visit.Place{Lat: "37.75", Lon: "114.52", Accuracy: 12}
		_, err := s.v.Sync(context.Background(), lost, []visit.Record{s.record(visit.Arrival, 1, place), s.record(visit.Arrival, 2, place)})
		if errs.KindOf(err) != errs.Forbidden {
			t.Fatalf("Sync = %v, want Forbidden", err)
		}
		n, err := store.One(context.Background(), db, store.Value[int], `SELECT count(*) FROM audit_entry WHERE NOT allowed`)
		if s.must(err); n != 1 {
			t.Errorf("the refusal is in the log %d times, want once", n)
		}
	})
}

func TestConflict(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		s := newSpot(t, db)
		s.arrive(s.one, 1)
		mine, theirs := s.sheet(1), s.sheet(1)
		theirs.Summary, mine.Summary = "第一份", "第二份"
		s.send(s.one, s.record(visit.Result, 1, theirs))
		r := s.record(visit.Result, 1, mine)
		ans := s.send(s.two, r)
		if ans.State != visit.Stale || ans.Office == nil || !strings.Contains(ans.Office.Text, "第一份") {
			t.Fatalf("the second result: %+v, want it stale beside the first", ans)
		}
		if f := s.Form(t, 1); f.Summary != "第一份" {
			t.Errorf("the form says %q, want the first to stand until somebody chooses", f.Summary)
		}
		if ans := s.send(s.two, s.record(visit.Yield, 1, visit.Chosen{Instead: "phone-record-0001", Revision: 2})); ans.State != visit.Refused {
			t.Errorf("yielding what was no conflict: %+v, want it refused", ans)
		}
		mine.Revision, mine.Instead = ans.Office.Revision, r.ID
		if ans := s.send(s.two, s.record(visit.Result, 1, mine)); ans.State != visit.Kept {
			t.Fatalf("the chosen one: %+v", ans)
		}
		f := s.Form(t, 1)
		v, err := s.v.Visit(t.Context(), f)
		s.must(err)
		if f.Summary != "第二份" || len(v.Stale) != 1 || !strings.Contains(v.Stale[0].Body, "第二份") {
			t.Errorf("the form says %q, %d stale kept", f.Summary, len(v.Stale))
		}
		if ans := s.send(s.two, s.record(visit.Yield, 1, visit.Chosen{Instead: r.ID, Revision: 3})); ans.State != visit.Kept {
			t.Errorf("yielding a conflict: %+v", ans)
		}
	})
}

func TestProof(t *testing.T) {
	tests := []struct {
		name  string
		edit  func(*visit.Sheet)
		shots []string
		want  string // part of the refusal; empty: taken
	}{
		{"in order", func(*visit.Sheet) {}, nil, ""},
		{"no evidence", failed, nil, "第 1 个检查要点不符合，请拍照"},
		{"a photograph", failed, []string{visit.UsePoint(1)}, ""},
		{"evidence in words", func(s *visit.Sheet) { failed(s); s.Evidence = "复印件" }, nil, ""},
		{"on the spot, no photographs", func(s *visit.Sheet) { failed(s); s.Findings[0].Spot, s.Findings[0].Note = true, "已补签" },
			[]string{visit.UsePoint(1), visit.UseBefore(1)}, "请拍下改正前和改正后的照片"},
		{"on the spot", func(s *visit.Sheet) { failed(s); s.Findings[0].Spot, s.Findings[0].Note = true, "已补签" },
			[]string{visit.UsePoint(1), visit.UseBefore(1), visit.UseAfter(1)}, ""},
		{"not found, once", func(s *visit.Sheet) { absent(s); s.Attempts = s.Attempts[:1] }, []string{visit.UseAttempt(1), visit.UseAttempt(2)}, "至少要有两次联系"},
		{"not found, one photograph", absent, []string{visit.UseAttempt(1)}, "第 2 次联系没有现场照片"},
		{"not found", absent, []string{visit.UseAttempt(1), visit.UseAttempt(2)}, ""},
		{"refused, no witness", func(s *visit.Sheet) { s.Person, s.Refused = "", "拒绝签字" }, nil, "请写明见证人"},
		{"refused", func(s *visit.Sheet) { s.Person, s.Refused, s.Witness = "", "拒绝签字", "村委会王主任" }, nil, ""},
		{"the rest unseen", func(s *visit.Sheet) { s.Rest = 3 }, nil, "请先打开检查要点"},
		{"the rest", func(s *visit.Sheet) { s.Rest, s.Opened = 3, 1655700000000 }, nil, ""},
		{"note missing", func(s *visit.Sheet) { s.Answers[0].Answer = "skip" }, nil, "未检查，请写明原因"},
		{"before the match", func(s *visit.Sheet) { s.Started = "2022-06-09" }, nil, "不能早于人员匹配之日"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			s := newSpot(t, storetest.SQLite(t))
			s.arrive(s.one, 1)
			for _, use := range tt.shots {
				s.photograph(s.one, 1, use)
			}
			sh := s.sheet(1)
			tt.edit(&sh)
			got := told(s.send(s.one, s.record(visit.Result, 1, sh)))
			if tt.want == "" && got != "kept " || !strings.Contains(got, tt.want) {
				t.Errorf("told %q, want %q", got, tt.want)
			}
		})
	}
	s := newSpot(t, storetest.SQLite(t))
	if got := told(s.send(s.one, s.record(visit.Result, 1, s.sheet(1)))); !strings.Contains(got, "请先登记到达") {
		t.Errorf("without arrival: %q", got)
	}
}

// Who cannot be reached was tried twice: two pictures, half an hour between
// them.
func TestTwoAttempts(t *testing.T) {
	const noon = 1655697600000 // 20 June 2022, by the phone
	for _, tt := range []struct {
		name     string
		minutes  time.Duration // between the two
		same     bool          // one picture for both
		original string        // of both, as the phone says
		want     string
	}{
		{"at once", 0, false, "", "相隔不少于 30 分钟"},
		{"a minute short", 29, false, "", "相隔不少于 30 分钟"},
		{"to the minute", 30, false, "", "kept "},
		{"by a clock that was set back", -30, false, "", "kept "},
		{"one picture for both", 60, true, "", "不同时间拍的两张"},
		{"one picture, made smaller twice", 60, false, strings.Repeat("ab", 32), "不同时间拍的两张"},
	} {
		s := newSpot(t, storetest.SQLite(t))
		s.arrive(s.one, 1)
		for i := range 2 {
			seed := byte(i)
			if tt.same {
				seed = 0
			}
			_, err := s.v.Photograph(t.Context(), s.one, visit.Upload{Form: inspection.Serial(inspectiontest.Round, 1), Use: visit.UseAttempt(i + 1), Original: tt.original,
				At: noon + int64(i)*(tt.minutes*time.Minute).Milliseconds(), Body: picture(t, 20, 10, 100*seed, 1)})
			s.must(err)
		}
		sh := s.sheet(1)
		absent(&sh)
		if got := told(s.send(s.one, s.record(visit.Result, 1, sh))); !strings.Contains(got, tt.want) {
			t.Errorf("%s: told %q, want %q", tt.name, got, tt.want)
		}
	}
}

// A problem that was mended looks different afterwards.
func TestMended(t *testing.T) {
	s := newSpot(t, storetest.SQLite(t))
	s.arrive(s.one, 1)
	shoot := func(use string, seed byte) {
		t.Helper()
		_, err := s.v.Photograph(t.Context(), s.one, visit.Upload{Form: inspection.Serial(inspectiontest.Round, 1), Use: use, Body: picture(t, 20, 10, seed, 1)})
		s.must(err)
	}
	shoot(visit.UsePoint(1), 0)
	shoot(visit.UseBefore(1), 0)
	shoot(visit.UseAfter(1), 0)
	sh := s.sheet(1)
	failed(&sh)
	sh.Findings[0].Spot, sh.Findings[0].Note = true, "已补签"
	if got := told(s.send(s.one, s.record(visit.Result, 1, sh))); !strings.Contains(got, "同一张照片") {
		t.Errorf("one picture for both: %s", got)
	}
	shoot(visit.UseAfter(1), 200)
	if got := told(s.send(s.one, s.record(visit.Result, 1, sh))); got != "kept " {
		t.Errorf("two pictures: %s", got)
	}
}

func failed(s *visit.Sheet) {
	s.Codes = []string{"R5"}
	s.Answers[0].Answer, s.Answers[0].Note = "no", "两名职工没有书面劳动合同"
	s.Findings = []visit.Found{{Fact: "两名职工没有书面劳动合同", Measure: "补签", Due: "2022-07-01"}}
}

func absent(s *visit.Sheet) {
	s.Codes, s.Person, s.Evidence = []string{"R4"}, "", "现场照片"
	for i := range s.Answers {
		s.Answers[i].Answer = ""
	}
	s.Attempts = []visit.Try{{On: "2022-06-20", How: "实地走访，大门上锁"}, {On: "2022-06-20", How: "电话无人接听"}}
}

// The signatures hold the text: they are void as soon as a word of it changes.
func TestSignatures(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		s := newSpot(t, db)
		s.arrive(s.one, 1)
		sh := s.sheet(1)
		sh.Summary = "当面核对了 20 份劳动合同"
		f := s.Form(t, 1)
		x, err := signedText(f, sh)
		s.must(err)
		strokes := "[[10,10,40,60,80,20]]"
		sign := func(text string, edit func([]visit.Signature) []visit.Signature) string {
			sh.Text = text
			sh.Signatures = edit([]visit.Signature{{Role: visit.Inspector1, Officer: "O1", Name: "高建军", Strokes: strokes, At: 1},
				{Role: visit.Inspector2, Officer: "O2", Name: "何丽", Strokes: strokes, At: 2}, {Role: visit.ByFirm, Name: "孙签字", Strokes: strokes, At: 3}})
			return told(s.send(s.one, s.record(visit.Result, 1, sh)))
		}
		all := func(x []visit.Signature) []visit.Signature { return x }
		for _, tt := range []struct {
			name, text, want string
			edit             func([]visit.Signature) []visit.Signature
		}{
			{"another text", strings.Replace(x, "20 份", "30 份", 1), "签字已经作废", all},
			{"one inspector", x, "请两名检查人员都签字", func(x []visit.Signature) []visit.Signature { return x[1:] }},
			{"twice the same", x, "不能是同一个人的", func(x []visit.Signature) []visit.Signature { x[1].Officer, x[1].Name = "O1", "高建军"; return x }},
			{"a stranger", x, "不在本次检查组里", func(x []visit.Signature) []visit.Signature { x[0].Officer, x[0].Name = "O3", "罗海涛"; return x }},
			{"no firm", x, "请被检查单位签字", func(x []visit.Signature) []visit.Signature { return x[:2] }},
			{"blank", x, "签名是空白的", func(x []visit.Signature) []visit.Signature { x[2].Strokes = "[]"; return x }},
		} {
			if got := sign(tt.text, tt.edit); !strings.Contains(got, tt.want) {
				t.Errorf("%s: told %q, want %q", tt.name, got, tt.want)
			}
		}
		if got := sign(x, all); got != "kept " {
			t.Fatalf("signed in order: %q", got)
		}
		v, err := s.v.Visit(t.Context(), s.Form(t, 1))
		s.must(err)
		if len(v.Signatures) != 3 || v.Signatures[0].Void() || v.Signatures[0].Digest != visit.TextDigest(x) {
			t.Fatalf("signatures %+v, want three that hold", v.Signatures)
		}
		e := s.Form(t, 1).Entry()
		e.Summary = "当面核对了 21 份劳动合同"
		s.must(s.Inspection.Enter(t.Context(), s.Clerk, f.ID, e))
		v, err = s.v.Visit(t.Context(), s.Form(t, 1))
		s.must(err)
		if x := v.Signatures[2]; !x.Void() || len(x.Gone) != 1 || !strings.Contains(x.Come[0], "21 份") {
			t.Errorf("after a word was changed: %+v, want it void and shown", x)
		}
	})
}

// signedText is what the phone shows for a sheet: the form's words with the
// sheet's answers.
func signedText(f inspection.Form, sh visit.Sheet) (string, error) {
	f.Methods, f.Codes, f.Summary = []inspection.Method{"M1"}, []inspection.Code{"R1"}, sh.Summary
	for i := range f.Points {
		f.Points[i].Answer = inspection.Yes
	}
	err := f.StartedOn.UnmarshalText([]byte(sh.Started))
	f.EndedOn = f.StartedOn
	return visit.Text(f), err
}

// Nobody arrives before exactly the visit was approved, and before he has read
// the rules of conduct.
func TestArrivalBefore(t *testing.T) {
	s := newSpot(t, storetest.SQLite(t))
	arrive := func() string {
		return told(s.send(s.one, s.record(visit.Arrival, 1, visit.Place{Lat: "37.7631", Lon: "114.5252"})))
	}
	s.Exec(t, `DELETE FROM schedule_pledge`)
	if got := arrive(); !strings.Contains(got, "检查纪律") {
		t.Errorf("without the rules: %s", got)
	}
	s.must(s.Schedule.Pledge(t.Context(), s.one, inspectiontest.Round))
	s.must(s.Schedule.Pledge(t.Context(), s.one, inspectiontest.Round)) // a double tap
	s.Approve(t, 1, "2022-06-21")
	if got := arrive(); !strings.Contains(got, "批准的检查日期是 2022-06-21") {
		t.Errorf("a day early: %s", got)
	}
	s.must(s.Schedule.Hurry(t.Context(), s.one, inspectiontest.Round, "T1", "职工集体讨薪，账册可能被转移"))
	if got := arrive(); got != "kept " {
		t.Errorf("in an emergency: %s", got)
	}
	x, err := s.Schedule.Schedule(t.Context(), inspectiontest.Authority, inspectiontest.Round)
	s.must(err)
	v, err := x.Visit("T1")
	s.must(err)
	if v.Point == nil || v.Point.Lat != 37.7631 || v.Begun.String() != "2022-06-20" {
		t.Errorf("the place %v, begun %s", v.Point, v.Begun)
	}
}

func TestArrival(t *testing.T) {
	s := newSpot(t, storetest.SQLite(t))
	tests := []struct {
		name  string
		place visit.Place
		ago   time.Duration
		want  string
	}{
		{"located", visit.Place{Lat: "37.7", Lon: "114.5", Accuracy: 8}, 0, "kept "},
		{"a reason", visit.Place{Reason: visit.Reasons[1]}, 0, "kept "},
		{"neither", visit.Place{}, 0, "请选择原因"},
		{"a reason of his own", visit.Place{Reason: "不想"}, 0, "请选择原因"},
		{"off the globe", visit.Place{Lat: "97", Lon: "114"}, 0, "坐标不能识别"},
		{"nine days late", visit.Place{Reason: visit.Reasons[0]}, 9 * 24 * time.Hour, "kept "},
		{"years late", visit.Place{Reason: visit.Reasons[0]}, 900 * 24 * time.Hour, "写明原因"},
		{"years late, told why", visit.Place{Reason: visit.Reasons[0], Late: "手机时间不对"}, 900 * 24 * time.Hour, "kept "},
	}
	for _, tt := range tests {
		if s.Approve(t, 1, "2022-06-20"); tt.ago == 9*24*time.Hour {
			s.Approve(t, 1, "2022-06-11")
		}
		r := s.record(visit.Arrival, 1, tt.place)
		r.At -= tt.ago.Milliseconds()
		if got := told(s.send(s.one, r)); !strings.Contains(got, tt.want) {
			t.Errorf("%s: told %q, want %q", tt.name, got, tt.want)
		}
	}
	v, err := s.v.Visit(t.Context(), s.Form(t, 1))
	if err != nil || len(v.Arrivals) != 4 {
		t.Fatalf("%d arrivals, %v", len(v.Arrivals), err)
	}
	old := 0
	for _, a := range v.Arrivals {
		if a.ReceivedAt.Sub(a.DeviceAt) > 800*24*time.Hour {
			old++ // both times are kept
		}
	}
	if old != 1 {
		t.Errorf("%d arrivals by a wrong clock keep both times, want 1", old)
	}
}

// What others are shown has lost what the camera wrote beside the pixels; the
// file itself stays under its digest.
func TestPhotographs(t *testing.T) {
	s := newSpot(t, storetest.SQLite(t))
	plain := picture(t, 40, 20, 1, 1)
	exif := append([]byte("\xff\xe1\x00\x60Exif\x00\x00MM\x00\x2a\x00\x00\x00\x08\x00\x01\x01\x12\x00\x03\x00\x00\x00\x01\x00\x06\x00\x00\x00\x00\x00\x00"), []byte("GPS 37.75N 114.52E secret place....")...)
	exif = append(exif, make([]byte, 0x60+2-len(exif))...)
	withExif := append(append(append([]byte{}, plain[:2]...), exif...), plain[2:]...)
	up := visit.Upload{Form: inspection.Serial(inspectiontest.Round, 1), Use: visit.UseOther, Body: withExif, Original: strings.Repeat("ab", 32)}
	var digest string
	for range 2 {
		var err error
		digest, err = s.v.Photograph(t.Context(), s.one, up)
		s.must(err)
	}
	v, err := s.v.Visit(t.Context(), s.Form(t, 1))
	s.must(err)
	if len(v.Photos) != 1 || v.Photos[0].Original != up.Original || v.Photos[0].Width != 20 || v.Photos[0].Height != 40 {
		t.Errorf("photos %+v, want one, upright", v.Photos)
	}
	shown, err := s.v.Picture(t.Context(), inspectiontest.Authority, up.Form, digest)
	s.must(err)
	if bytes.Contains(shown, []byte("Exif")) || bytes.Contains(shown, []byte("GPS")) || bytes.Contains(shown, []byte("secret")) {
		t.Error("the copy that is shown still has what the camera wrote")
	}
	kept, err := os.ReadFile(filepath.Join(s.dir, "photos", inspectiontest.Authority, digest))
	if err != nil || !bytes.Equal(kept, withExif) {
		t.Errorf("the file as it came is not kept: %v", err)
	}
	for name, u := range map[string]visit.Upload{
		"cut off":      {Form: up.Form, Use: up.Use, Body: withExif[:len(withExif)-9], Digest: digest},
		"no picture":   {Form: up.Form, Use: up.Use, Body: []byte("<svg onload=alert(1)>")},
		"no such use":  {Form: up.Form, Use: "../x", Body: withExif},
		"other's form": {Form: inspection.Serial(inspectiontest.Round, 2), Use: up.Use, Body: withExif},
	} {
		if _, err := s.v.Photograph(t.Context(), s.one, u); errs.KindOf(err) != errs.Invalid && errs.KindOf(err) != errs.NotFound {
			t.Errorf("%s: %v, want it refused", name, err)
		}
	}
	if _, err := s.v.Picture(t.Context(), inspectiontest.Authority, inspection.Serial(inspectiontest.Round, 2), digest); errs.KindOf(err) != errs.NotFound {
		t.Errorf("the picture under another form: %v, want NotFound", err)
	}
	big := picture(t, 3300, 100, 1, 1)
	_, err = s.v.Photograph(t.Context(), s.one, visit.Upload{Form: up.Form, Use: up.Use, Body: big})
	s.must(err)
	v, err = s.v.Visit(t.Context(), s.Form(t, 1))
	s.must(err)
	if w := v.Photos[1].Width + v.Photos[0].Width - 20; w > 1600 {
		t.Errorf("a picture of 3300 pixels is shown with %d", w)
	}
}

// A code is good for a minute, and for its form and officer alone.
func TestIdentityCode(t *testing.T) {
	s := newSpot(t, storetest.SQLite(t))
	f := s.Form(t, 1)
	code, err := s.v.IdentityCode(t.Context(), f, "O1", false)
	s.must(err)
	day, err := s.v.IdentityCode(t.Context(), f, "O1", true)
	s.must(err)
	id, err := s.v.Shown(t.Context(), f, code)
	if err != nil || !id.Fresh || id.Officer.ID != "O1" || id.Day {
		t.Errorf("Shown at once = %+v, %v", id, err)
	}
	if id, err := s.v.Shown(t.Context(), f, day); err != nil || !id.Fresh || !id.Day {
		t.Errorf("Shown, of the day = %+v, %v", id, err)
	}
	for name, c := range map[string]string{"empty": "", "forged": "m" + code[1:len(code)-1] + "A", "other time": "mzzzzz" + code[strings.IndexByte(code, '.'):]} {
		if c == code {
			continue
		}
		if _, err := s.v.Shown(t.Context(), f, c); errs.KindOf(err) != errs.NotFound {
			t.Errorf("%s: %v, want NotFound", name, err)
		}
	}
	if _, err := s.v.Shown(t.Context(), s.Form(t, 2), code); errs.KindOf(err) != errs.NotFound {
		t.Errorf("at another firm: %v, want NotFound", err)
	}
	s.On("2022-06-21")
	for _, c := range []string{code, day} {
		if id, err := s.v.Shown(t.Context(), f, c); err != nil || id.Fresh {
			t.Errorf("the next day: %+v, %v, want it known and not fresh", id, err)
		}
	}
}
