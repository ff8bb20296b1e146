package exchange

import (
	"archive/zip"
	"bytes"
	"crypto/sha256"
	"encoding/csv"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"io"
	"regexp"
	"slices"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/xuri/excelize/v2"

	"suiji/calendar"
	"suiji/internal/access"
	"suiji/internal/casework"
	"suiji/internal/disclosure"
	"suiji/internal/errs"
	"suiji/internal/inspection"
	"suiji/internal/inspection/inspectiontest"
	"suiji/internal/office"
	"suiji/internal/reference"
	"suiji/internal/round"
	"suiji/internal/store"
	"suiji/internal/store/storetest"
)

const officeCode = "11370100004188784H" // a real public body's

// year is an office at the end of its year: three firms inspected, one of them
// punished, all results public.
type year struct {
	*inspectiontest.Office
	*Service
	disclosure *disclosure.Service
	casework   *casework.Service
	forms      []string
}

func finished(t *testing.T, db *store.DB) *year {
	t.Helper()
	o := inspectiontest.New(t, db)
	y := &year{Office: o}
	y.disclosure = disclosure.New(disclosure.Config{DB: db, Door: o.Door, Scribe: o.Scribe, Now: o.Now, Identity: o.Identity, Inspection: o.Inspection,
		Reference: reference.New(db, o.Door), Round: round.New(round.Config{DB: db, Door: o.Door, Scribe: o.Scribe, Now: o.Now})})
	y.casework = casework.New(casework.Config{DB: db, Door: o.Door, Now: o.Now, Reference: reference.New(db, o.Door), Inspection: o.Inspection, Dir: t.TempDir()})
	y.Service = New(Config{DB: db, Door: o.Door, Now: o.Now, Identity: o.Identity, Disclosure: y.disclosure, Casework: y.casework, Dir: t.TempDir()})
	o.Exec(t, `UPDATE register_officer SET cert_until = '2025-12-31'`, `UPDATE register_target SET code = '92130132MA08AAAA1P', code_kind = 'uscc' WHERE target_id = 'T4'`,
		`UPDATE register_target SET code = '52130132MJ0123AB31', code_kind = 'other' WHERE target_id = 'T3'`)
	o.Issue(t)
	for no := 1; no <= 3; no++ {
		e := inspectiontest.Entry(o.Form(t, no), "2022-06-20")
		if no == 2 {
			e = inspectiontest.WithProblem(e, "2022-07-05")
		}
		o.Conclude(t, no, e)
		y.forms = append(y.forms, o.Form(t, no).ID)
	}
	o.Must(t, y.disclosure.Publish(t.Context(), o.Reviewer, y.forms))
	y.punish(t)
	return y
}

func (y *year) punish(t *testing.T) {
	t.Helper()
	c, day := y.casework, calendar.MustParse("2022-06-21")
	y.On("2022-06-21")
	key := func() casework.Key {
		w, err := c.Whole(t.Context(), inspectiontest.Authority, y.forms[1], "1")
		y.Must(t, err)
		return w.Key
	}
	y.Must(t, c.FileCase(t.Context(), y.Clerk, key(), casework.Filing{Number: "元人社监立〔2022〕1号", Cause: "未订立书面劳动合同", Unit: "监察大队", FiledOn: day, Handlers: []string{"高建军", "何丽"}}))
	y.Must(t, c.Hear(t.Context(), y.Clerk, key(), casework.Hearing{On: day, How: "当面", Said: "没有异议"}))
	y.Must(t, c.DraftPenalty(t.Context(), y.Clerk, key(), casework.Penalty{Number: "元人社监罚〔2022〕1号", DecidedOn: day, Fact: "未订立书面劳动合同", Basis: "《劳动保障监察条例》第三十条",
		Kinds: "罚款", Amount: 500000, Class: casework.General, Months: 6}))
	y.Must(t, c.CheckPenalty(t.Context(), y.Reviewer, key(), true, "同意"))
}

// coded enters every code that a receiver asks for.
func (y *year) coded(t *testing.T, target string) {
	t.Helper()
	receiver, err := Of(target)
	y.Must(t, err)
	asked, err := y.Questions(t.Context(), inspectiontest.Authority, receiver)
	y.Must(t, err)
	var list []Value
	for _, a := range asked {
		for i, q := range a.Questions {
			if !q.Missing {
				continue
			}
			v := map[string]string{"item.code": "01234567890123", "item.checklist": officeCode + "4", "office.code": officeCode, "check.type": "01"}[q.Name]
			if v == "" {
				v = fmt.Sprintf("%02d", i+1)
			}
			list = append(list, Value{q.Subject, q.Name, v})
		}
	}
	y.agree(t)
	y.Must(t, y.Set(t.Context(), y.Clerk, target, list))
	y.agree(t)
}

// prepare makes the batch that is shown.
func (y *year) prepare(t *testing.T, target string) (Outlook, Batch) {
	t.Helper()
	o, err := y.Outlook(t.Context(), inspectiontest.Authority, target, false)
	y.Must(t, err)
	if _, err := y.Prepare(t.Context(), y.Clerk, target, o.Digest, false); err != nil {
		t.Fatalf("prepare: %v; wrong: %+v", err, o.Wrong)
	}
	b, _, err := y.Batch(t.Context(), inspectiontest.Authority, target, o.Serial)
	y.Must(t, err)
	y.agree(t)
	return o, b
}

// Without its codes an office can hand over nothing, and is told each of them
// with the place where it is entered.
func TestMissingCodes(t *testing.T) {
	y := finished(t, storetest.SQLite(t))
	o, err := y.Outlook(t.Context(), inspectiontest.Authority, "national", false)
	y.Must(t, err)
	if len(o.Go) != 0 || len(o.Wrong) == 0 {
		t.Fatalf("%d go, %d wrong", len(o.Go), len(o.Wrong))
	}
	for _, r := range o.Wrong {
		for _, p := range r.Wrong {
			if p.Sentence == "" || !strings.HasPrefix(p.Href, "/w/") {
				t.Errorf("%s %s: %q leads to %q", r.ID, p.Column, p.Sentence, p.Href)
			}
		}
	}
	_, err = y.Prepare(t.Context(), y.Clerk, "national", o.Digest, false)
	for _, want := range []string{"没有生成批次", "缺少“监管事项目录编码”", "条）", "字典里“统一社会信用代码”还没有对应的代码"} {
		if errs.KindOf(err) != errs.Conflict || !strings.Contains(errs.Sentence(err), want) {
			t.Errorf("a batch without its codes is refused with %v, want %q", err, want)
		}
	}
	for _, v := range []Value{{"item/I1", "item.code", "123"}, {"item/I1", "item.checklist", "113701000041887841"}, {"item/I1", "item.checklist", officeCode + "6"},
		{"office", "office.code", "11370100004188784X"}, {"office", "unheard", "1"}, {"dict/result", "R99", "1"}, {"office", "check.form", "突击"}} {
		if err := y.Set(t.Context(), y.Clerk, "national", []Value{v}); errs.KindOf(err) != errs.Invalid {
			t.Errorf("%+v: %v", v, err)
		}
	}
	if err := y.Set(t.Context(), y.Leader, "national", []Value{{"office", "check.type", "01"}}); errs.KindOf(err) != errs.Forbidden {
		t.Errorf("the leader enters codes: %v", err)
	}
}

// An item may have a category of its own: its lines have that, all others the
// office's.
func TestItemsOwnCategory(t *testing.T) {
	y := finished(t, storetest.SQLite(t))
	y.coded(t, "national")
	y.Must(t, y.Set(t.Context(), y.Clerk, "national", []Value{{"item/I1", "check.type", "02"}}))
	records, err := y.gather(t.Context(), y.Office.DB, inspectiontest.Authority, national, among{})
	y.Must(t, err)
	seen := map[string]int{}
	for _, r := range records {
		if r.part == "check" {
			seen[r.facts["check.type"][0]]++
			if got, want := r.facts["check.type"][0] == "02", r.item == "I1"; got != want {
				t.Errorf("%s of %s has the category %s", r.id, r.item, r.facts["check.type"])
			}
		}
	}
	if seen["01"] == 0 || seen["02"] == 0 {
		t.Errorf("categories = %v, want both", seen)
	}
	if err := y.Set(t.Context(), y.Clerk, "national", []Value{{"item/I1", "office.code", officeCode}}); errs.KindOf(err) != errs.Invalid {
		t.Errorf("an item has an office's code of its own: %v", err)
	}
	asked, err := y.Questions(t.Context(), inspectiontest.Authority, national)
	y.Must(t, err)
	for _, a := range asked {
		for _, q := range a.Questions {
			if q.Name == "check.type" && a.Missing > 0 && q.Missing {
				t.Errorf("%s: the category is missed though the office has one", a.Subject)
			}
		}
	}
}

// A required field that is empty, too long, or against its rule is caught,
// whichever it is: the cases are the table of fields itself.
func TestEveryField(t *testing.T) {
	y := finished(t, storetest.SQLite(t))
	for _, target := range Receivers {
		y.coded(t, target.ID)
		records, err := y.gather(t.Context(), y.Office.DB, inspectiontest.Authority, target, among{})
		y.Must(t, err)
		for _, part := range target.Parts {
			i := slices.IndexFunc(records, func(r record) bool { return r.part == part.ID })
			if i < 0 {
				t.Fatalf("%s has no record of %s", target.ID, part.ID)
			}
			whole := y.look(t, target)
			whole.has[first(records[i].facts["action"])] = true
			if row := whole.row(records[i], nil); len(row.Wrong) > 0 {
				t.Fatalf("%s %s: %+v", target.ID, part.ID, row.Wrong)
			}
			for _, f := range part.Fields {
				caught := func(what string, values []string) {
					t.Helper()
					l := y.look(t, target)
					l.has[first(records[i].facts["action"])] = true
					r := records[i]
					r.facts = map[string][]string{}
					for k, v := range records[i].facts {
						r.facts[k] = v
					}
					for k, v := range l.control {
						r.facts[k] = v
					}
					r.facts["cd.id"], r.facts["cd.op"] = []string{"x"}, []string{"i"}
					r.facts[f.From] = values
					row := l.row(r, nil)
					if !slices.ContainsFunc(row.Wrong, func(p Problem) bool {
						return p.Column == f.Column && strings.Contains(p.Sentence, f.Name) && p.Href != ""
					}) {
						t.Errorf("%s %s.%s %s is not caught: %+v", target.ID, part.ID, f.Column, what, row.Wrong)
					}
				}
				if f.Need {
					caught("removed", []string{})
					caught("blank", []string{""})
				}
				if f.Max > 0 && f.Dict == "" {
					caught("too long", []string{strings.Repeat("9", f.Max+1), "x"})
				}
				if f.Rule != "" {
					caught("against its rule", []string{"不 是"})
				}
				if f.Rule == "past" {
					caught("tomorrow", []string{calendar.In(y.Office.Now()).AddDays(1).String()})
				}
				if f.Least > 0 {
					caught("alone", []string{"一人"})
				}
				if f.Dict != "" && f.Need {
					caught("unknown to the dictionary", []string{"没有的词"})
				}
			}
		}
	}
}

// look is an outlook without records.
func (y *year) look(t *testing.T, target Receiver) *looking {
	t.Helper()
	v, err := readValues(t.Context(), y.Office.DB, inspectiontest.Authority, target.ID)
	y.Must(t, err)
	l := &looking{authority: inspectiontest.Authority, values: v, on: calendar.In(y.Office.Now()), has: map[string]bool{},
		control: map[string][]string{"cd.time": {"2022-06-21 10:00:00"}, "cd.batch": {"2022062100001"}, "cd.day": {"2022-06-21"}, "cd.person": {"李敏"}}}
	l.Receiver = target
	return l
}

// table is what somebody else reads out of a package.
type table struct {
	head []string
	rows [][]string
}

// unpacked reads a package with other means than those that wrote it, and
// holds every cell to the table of fields.
func unpacked(t *testing.T, file []byte, target Receiver) map[string]table {
	t.Helper()
	z, err := zip.NewReader(bytes.NewReader(file), int64(len(file)))
	if err != nil {
		t.Fatal(err)
	}
	bodies := map[string][]byte{}
	for _, f := range z.File {
		r, err := f.Open()
		if err != nil {
			t.Fatal(err)
		}
		if bodies[f.Name], err = io.ReadAll(r); err != nil {
			t.Fatal(err)
		}
	}
	var c struct {
		Records int
		Parts   map[string]map[string]int
		Files   []struct{ Name, SHA256 string }
	}
	var data map[string][]map[string]any
	if err := json.Unmarshal(bodies["control.json"], &c); err != nil {
		t.Fatal(err)
	}
	if err := json.Unmarshal(bodies["data.json"], &data); err != nil {
		t.Fatal(err)
	}
	for _, f := range c.Files {
		h := sha256.Sum256(bodies[f.Name])
		if hex.EncodeToString(h[:]) != f.SHA256 {
			t.Errorf("%s is not what the totals say", f.Name)
		}
	}
	all, total := map[string]table{}, 0
	for _, p := range target.Parts {
		x := tableOf(t, bodies, target, p)
		all[p.ID] = x
		total += len(x.rows)
		ops := map[string]int{"i": 0, "u": 0, "d": 0}
		for n, row := range x.rows {
			ops[row[slices.Index(x.head, "cd_operation")]]++
			for i, f := range p.Fields {
				if x.head[i] != f.Column {
					t.Fatalf("column %d is %s, want %s", i, x.head[i], f.Column)
				}
				fits(t, f, row[i])
				if v, ok := data[p.ID][n][f.Column].(string); ok && v != row[i] {
					t.Errorf("%s: JSON has %q, the table %q", f.Column, v, row[i])
				}
			}
		}
		if fmt.Sprint(ops) != fmt.Sprint(c.Parts[p.ID]) {
			t.Errorf("totals of %s are %v, there are %v", p.ID, c.Parts[p.ID], ops)
		}
	}
	if total != c.Records {
		t.Errorf("%d records, the totals say %d", total, c.Records)
	}
	return all
}

func tableOf(t *testing.T, bodies map[string][]byte, target Receiver, p Part) table {
	t.Helper()
	var rows [][]string
	if target.Form == "xlsx" {
		f, err := excelize.OpenReader(bytes.NewReader(bodies["data.xlsx"]))
		if err != nil {
			t.Fatal(err)
		}
		if rows, err = f.GetRows(p.Name); err != nil {
			t.Fatal(err)
		}
	} else {
		var err error
		if rows, err = csv.NewReader(bytes.NewReader(bytes.TrimPrefix(bodies[p.ID+".csv"], []byte("\ufeff")))).ReadAll(); err != nil {
			t.Fatal(err)
		}
	}
	for i := range rows {
		for len(rows[i]) < len(rows[0]) {
			rows[i] = append(rows[i], "")
		}
	}
	return table{rows[0], rows[1:]}
}

// fits judges a cell by what the table of fields says in words, not by the
// functions that it has.
func fits(t *testing.T, f Field, cell string) {
	t.Helper()
	form := map[string]string{"digits14": `^\d{14}$`, "checklist": `^[0-9A-HJ-NPQRTUWXY]{18}[1-5]$`, "uscc": `^[0-9A-HJ-NPQRTUWXY]{18}$`, "area": `^\d{6}$`,
		"date": `^\d{4}-\d\d-\d\d$`, "past": `^\d{4}-\d\d-\d\d$`, "money": `^\d+\.\d\d$`, "name": `^\S+$`}[f.Rule]
	switch {
	case cell == "" && f.Need:
		t.Errorf("%s is empty", f.Column)
	case cell == "":
	case f.Max > 0 && utf8.RuneCountInString(cell) > f.Max:
		t.Errorf("%s has more than %d characters: %q", f.Column, f.Max, cell)
	case form != "" && !regexp.MustCompile(form).MatchString(cell):
		t.Errorf("%s is %q, want %s", f.Column, cell, form)
	case f.Least > 0 && len(strings.Split(cell, ",")) < f.Least:
		t.Errorf("%s has fewer than %d: %q", f.Column, f.Least, cell)
	}
}

func (y *year) file(t *testing.T, target string, serial int) []byte {
	t.Helper()
	b, err := y.File(t.Context(), inspectiontest.Authority, target, serial)
	y.Must(t, err)
	return b
}

// The year's package is what the field table says, for both receivers; what is
// repeated doubles nothing; what is corrected is an update, what is withdrawn a
// deletion.
func TestYear(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		y := finished(t, db)
		for _, target := range Receivers {
			y.coded(t, target.ID)
			o, b := y.prepare(t, target.ID)
			if b.Number != "2022062100001" || len(o.Wrong) != 0 {
				t.Fatalf("batch %s; wrong %+v", b.Number, o.Wrong)
			}
			got := unpacked(t, y.file(t, target.ID, 1), target)
			if len(got["check"].rows) != map[string]int{"national": 6, "provincial": 3}[target.ID] || target.ID == "national" && len(got["penalty"].rows) != 1 {
				t.Errorf("%s: %d checks, %d penalties", target.ID, len(got["check"].rows), len(got["penalty"].rows))
			}
			if again, _ := y.Outlook(t.Context(), inspectiontest.Authority, target.ID, false); len(again.Go) != 0 || len(again.Same) != len(o.Go) {
				t.Errorf("%s: %d lines go twice", target.ID, len(again.Go))
			}
			if _, err := y.Prepare(t.Context(), y.Clerk, target.ID, o.Digest, false); errs.KindOf(err) != errs.Conflict {
				t.Errorf("%s: the same batch twice: %v", target.ID, err)
			}
			for range 5 {
				o.sign("李敏")
				if same, err := o.pack(b.MadeAt); err != nil || !bytes.Equal(same, y.file(t, target.ID, 1)) {
					t.Fatalf("%s: the same batch has other bytes: %v", target.ID, err)
				}
			}
		}
		y.correct(t)
		y.Must(t, y.disclosure.Withdraw(t.Context(), y.Reviewer, y.forms[2], "对象错误，检查的是另一户"))
		y.Must(t, y.casework.Revoke(t.Context(), y.Leader, "元人社监罚〔2022〕1号", "事实不清，复查撤销"))
		o, b := y.prepare(t, "national")
		if b.Number != "2022062200002" || o.Counts("check", Delete) != 2 || o.Counts("penalty", Delete) != 1 || o.Counts("check", Update) != 1 || len(o.Go) != 4 {
			t.Errorf("batch %s: %+v", b.Number, lines(o))
		}
		unpacked(t, y.file(t, "national", 2), national)
		if last := o.Go[len(o.Go)-1]; last.Part != "check" {
			t.Errorf("an inspection is deleted before its penalty: %v", lines(o))
		}
		p, _ := y.prepare(t, "provincial")
		if p.Counts("check", Update) != 1 || p.Counts("check", Delete) != 1 || len(p.Go) != 2 {
			t.Errorf("provincial: %v", lines(p))
		}
		unpacked(t, y.file(t, "provincial", 2), provincial)
		y.Must(t, y.disclosure.Publish(t.Context(), y.Reviewer, []string{y.forms[2]}))
		again, _ := y.prepare(t, "provincial")
		if len(again.Go) != 1 || again.Go[0].Op != Insert || again.Go[0].CD != p.Go[1].CD {
			t.Errorf("what was published again goes as %v, want it inserted under its old name", lines(again))
		}
		// Withdrawn and published again between two batches: the receiver has it.
		y.Must(t, y.disclosure.Withdraw(t.Context(), y.Reviewer, y.forms[1], "公示有误"))
		y.Must(t, y.disclosure.Publish(t.Context(), y.Reviewer, []string{y.forms[1]}))
		if o, err := y.Outlook(t.Context(), inspectiontest.Authority, "provincial", false); err != nil || len(o.Go) > 1 || len(o.Go) == 1 && o.Go[0].Op != Update {
			t.Errorf("withdrawn and published again: %v, %v; want at most an update of its day", lines(o), err)
		}
	})
}

// A penalty whose inspection was taken back waits, and says which, since when and
// why, what becomes of it, and who can do what; published again, it goes. One
// that was revoked meanwhile is taken from the receiver.
func TestPenaltyOfAnInspectionTakenBack(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		y := finished(t, db)
		y.coded(t, "national")
		y.Must(t, y.disclosure.Withdraw(t.Context(), y.Reviewer, y.forms[1], "企业名称有误"))
		o, _ := y.prepare(t, "national")
		if o.Counts("penalty", Insert) != 0 || len(o.Wrong) != 0 || len(o.Held) != 1 {
			t.Fatalf("while its inspection is not public: %v, held %+v", lines(o), o.Held)
		}
		for _, want := range []string{"检查表 " + y.forms[1], "已于 2022-06-21 撤回，原因：企业名称有误。", "处罚决定仍然有效，暂不报送", "结果审核员在“结果公示”重新公示", "由局领导撤销"} {
			if held := o.Held[0]; !strings.Contains(held.Why, want) || held.Href != "/w/publish/"+y.forms[1] {
				t.Errorf("held: %q at %s, want %q", held.Why, held.Href, want)
			}
		}
		if o, _ := y.Outlook(t.Context(), inspectiontest.Authority, "national", false); !strings.Contains(o.Nothing(), "1 条暂不报送") {
			t.Errorf("Nothing() = %q", o.Nothing())
		}
		y.On("2022-06-22")
		y.Must(t, y.disclosure.Publish(t.Context(), y.Reviewer, []string{y.forms[1]}))
		if o, _ = y.prepare(t, "national"); o.Counts("penalty", Insert) != 1 || len(o.Held) != 0 {
			t.Errorf("published again: %v, held %+v", lines(o), o.Held)
		}
		y.Must(t, y.disclosure.Withdraw(t.Context(), y.Reviewer, y.forms[1], "企业名称又错了"))
		if o, _ = y.prepare(t, "national"); o.Counts("penalty", Delete) != 0 || o.Counts("check", Delete) == 0 || len(o.Held) != 1 {
			t.Errorf("taken back again: %v, held %+v", lines(o), o.Held)
		}
		y.Must(t, y.casework.Revoke(t.Context(), y.Leader, "元人社监罚〔2022〕1号", "事实不清，复查撤销"))
		if o, _ = y.prepare(t, "national"); o.Counts("penalty", Delete) != 1 || len(o.Held) != 0 {
			t.Errorf("revoked: %v, held %+v", lines(o), o.Held)
		}
	})
}

// A penalty whose inspection was never public waits too, and says what to do; one
// whose inspection is exempt from publication is not sent.
func TestPenaltyOfAnInspectionNeverPublic(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		y := finished(t, db)
		y.coded(t, "national")
		y.Exec(t, `DELETE FROM disclosure_result WHERE form_id = '`+y.forms[1]+`'`, `DELETE FROM disclosure_posting WHERE form_id = '`+y.forms[1]+`'`)
		waits := func(parts ...string) {
			t.Helper()
			o, err := y.Outlook(t.Context(), inspectiontest.Authority, "national", false)
			y.Must(t, err)
			if o.Counts("penalty", Insert) != 0 || len(o.Wrong) != 0 || len(o.Held) != 1 {
				t.Fatalf("while its inspection is not public: %v, held %+v", lines(o), o.Held)
			}
			for _, want := range append(parts, "检查表 "+y.forms[1], "处罚决定仍然有效，暂不报送；对方已有的这条处罚不改动、不删除") {
				if held := o.Held[0]; !strings.Contains(held.Why, want) || held.Href != "/w/publish/"+y.forms[1] {
					t.Errorf("held: %q at %s, want %q", held.Why, held.Href, want)
				}
			}
		}
		waits("的结果还没有公示", "结果审核员在“结果公示”公示检查结果以后")
		y.Must(t, y.disclosure.Exempt(t.Context(), y.Leader, y.forms[1], "涉及国家秘密"))
		waits("依法免予公示", "由经办人另行报送")
		y.Exec(t, `DELETE FROM disclosure_exemption`)
		y.Must(t, y.disclosure.Publish(t.Context(), y.Reviewer, []string{y.forms[1]}))
		if o, _ := y.prepare(t, "national"); o.Counts("penalty", Insert) != 1 || len(o.Held) != 0 {
			t.Errorf("published: %v, held %+v", lines(o), o.Held)
		}
	})
}

func lines(o Outlook) (all []string) {
	for _, r := range append(o.Go, o.Wrong...) {
		all = append(all, fmt.Sprint(r.Part, " ", r.ID, " ", r.Op, " ", r.Wrong))
	}
	return all
}

// correct makes another result of the first firm, on the day after; until it is
// public, nothing goes.
func (y *year) correct(t *testing.T) {
	t.Helper()
	y.On("2022-06-22")
	f := y.Form(t, 1)
	y.Must(t, y.Inspection.Reopen(t.Context(), y.Reviewer, f.ID, "结果录错"))
	if o, _ := y.Outlook(t.Context(), inspectiontest.Authority, "national", false); len(o.Go) != 0 || len(o.Held) != 2 {
		t.Errorf("while it is corrected: %v, held %d", lines(o), len(o.Held))
	}
	y.agree(t)
	y.Conclude(t, 1, inspectiontest.WithProblem(inspectiontest.Entry(y.Form(t, 1), "2022-06-20"), "2022-07-06"))
	y.agree(t)
	y.Must(t, y.disclosure.Correct(t.Context(), y.Reviewer, f.ID, "结果录错，更正为责令改正"))
	y.agree(t)
}

// receipt is a workbook of answers.
func receipt(t *testing.T, rows ...[]string) io.Reader {
	t.Helper()
	var b bytes.Buffer
	if err := office.WriteXLSX(&b, []office.Sheet{{Name: "回执", Header: receiptColumns, Rows: office.Texts(rows)}}); err != nil {
		t.Fatal(err)
	}
	return &b
}

// A returned line is due until it is mended and sent again; a receipt of
// another batch, a wrong one, and one that was there before change nothing.
func TestReceipts(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		y := finished(t, db)
		y.coded(t, "provincial")
		_, b := y.prepare(t, "provincial")
		_, lines, err := y.Batch(t.Context(), inspectiontest.Authority, "provincial", 1)
		y.Must(t, err)
		row := func(i int, answer, reason string) []string {
			return []string{b.Number, lines[i].CD, lines[i].ID, lines[i].Label, "新增", answer, reason}
		}
		take := func(rows ...[]string) error {
			_, err := y.Receive(t.Context(), y.Clerk, "provincial", 1, "回执.xlsx", receipt(t, rows...))
			return err
		}
		for _, x := range []struct {
			name, want string
			rows       [][]string
		}{
			{"another batch", "批次号是 2019041100002，这里是批次 " + b.Number, [][]string{{"2019041100002", lines[0].CD, "", "", "", "已接收", ""}}},
			{"no such record", "不在批次", [][]string{{b.Number, "x", "", "", "", "已接收", ""}}},
			{"no reason", "要有退回原因", [][]string{row(0, "已退回", "")}},
			{"no answer", "没有写结果", [][]string{row(0, "", "查无此户")}},
			{"no answer at all", "一行结果也没有", [][]string{row(0, "", ""), row(1, "", "")}},
			{"an answer of its own", "看不懂结果“也许”", [][]string{row(0, "也许", "")}},
			{"the same line twice", "和第 2 行是同一条", [][]string{row(0, "已接收", ""), row(0, "已接收", "")}},
			{"nothing", "一行结果也没有", nil},
		} {
			if err := take(x.rows...); errs.KindOf(err) != errs.Invalid || !strings.Contains(errs.Sentence(err), x.want) || !strings.Contains(errs.Sentence(err), "没有保存") {
				t.Errorf("%s: %v", x.name, err)
			}
		}
		if _, err := y.Receive(t.Context(), y.Clerk, "provincial", 1, "照片.png", strings.NewReader("\x89PNG\r\n\x1a\n")); errs.KindOf(err) != errs.Invalid {
			t.Errorf("a picture: %v", err)
		}
		y.Must(t, take(row(0, "已接收", ""), row(1, "退回", "抽查事项和清单不一致"), row(2, "", "")))
		y.stand(t, "provincial", Confirmed, Back, Sent)
		if err := take(row(0, "已接收", ""), row(1, "退回", "抽查事项和清单不一致")); errs.KindOf(err) != errs.Conflict {
			t.Errorf("the same answers again: %v", err)
		}
		if err := take(row(1, "已接收", "")); errs.KindOf(err) != errs.Invalid || !strings.Contains(errs.Sentence(err), "请和对方核对") {
			t.Errorf("another answer: %v", err)
		}
		if b, _, _ := y.Batch(t.Context(), inspectiontest.Authority, "provincial", 1); b.Open() != 1 || b.Accepted != 1 || b.Returned != 1 {
			t.Errorf("%+v", b)
		}
		due, err := y.Due(t.Context(), inspectiontest.Authority)
		y.Must(t, err)
		if len(due) != 1 || due[0].Line.ID != y.forms[1] || due[0].Line.Reason != "抽查事项和清单不一致" {
			t.Errorf("due: %+v", due)
		}
		o, err := y.Outlook(t.Context(), inspectiontest.Authority, "provincial", false)
		y.Must(t, err)
		if len(o.Go) != 0 || len(o.Kept) != 1 {
			t.Errorf("what nobody mended goes again: %d, kept %d", len(o.Go), len(o.Kept))
		}
		y.Must(t, y.Set(t.Context(), y.Clerk, "provincial", []Value{{"dict/result", string(inspection.R5), "E1"}}))
		o, _ = y.prepare(t, "provincial")
		if len(o.Go) != 1 || o.Go[0].Op != Insert || o.Serial != 2 {
			t.Errorf("mended: %v", o.Go)
		}
		y.stand(t, "provincial", Confirmed, Sent, Sent)
		if due, _ := y.Due(t.Context(), inspectiontest.Authority); len(due) != 0 {
			t.Errorf("still due: %+v", due)
		}
	})
}

// stand holds every record's state, in the order of their numbers.
func (y *year) stand(t *testing.T, target string, want ...State) {
	t.Helper()
	all, err := y.Standings(t.Context(), inspectiontest.Authority, target)
	y.Must(t, err)
	y.agree(t)
	var got []State
	for _, x := range all {
		got = append(got, x.State)
	}
	if !slices.Equal(got, want) {
		t.Errorf("states are %v, want %v", got, want)
	}
}

// Two people at the same moment make one batch.
func TestTwoAtOnce(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		y := finished(t, db)
		y.coded(t, "provincial")
		o, err := y.Outlook(t.Context(), inspectiontest.Authority, "provincial", false)
		y.Must(t, err)
		done := make(chan error)
		for _, who := range []access.Actor{y.Clerk, y.Reviewer} {
			go func() {
				_, err := y.Prepare(t.Context(), who, "provincial", o.Digest, false)
				done <- err
			}()
		}
		a, b := <-done, <-done
		if (a == nil) == (b == nil) || errs.KindOf(a) != errs.Conflict && errs.KindOf(b) != errs.Conflict {
			t.Errorf("%v, %v", a, b)
		}
		if all, err := y.Batches(t.Context(), inspectiontest.Authority, ""); err != nil || len(all) != 1 {
			t.Errorf("%d batches, %v", len(all), err)
		}
	})
}
