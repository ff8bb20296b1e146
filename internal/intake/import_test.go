package intake

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"suiji/internal/access"
	"suiji/internal/audit"
	"suiji/internal/errs"
	"suiji/internal/office"
	"suiji/internal/register"
	"suiji/internal/store"
	"suiji/internal/store/storetest"

	"github.com/xuri/excelize/v2"
)

// rules lists the issues of an import as “line rule severity”.
func (d *desk) rules(i Import) []string {
	d.t.Helper()
	var out []string
	for _, x := range d.issues(i) {
		out = append(out, fmt.Sprintf("%d %s %s", x.Line, x.Rule, x.Severity))
	}
	return out
}

func TestFilesThatAreRefused(t *testing.T) {
	tests := []struct {
		name, content string
		list          register.List
		want          string
	}{
		{"empty", "", register.Targets, "文件是空的"},
		{"header only", "企业名称,统一社会信用代码\n", register.Targets, "只有表头"},
		{"officers as targets", "姓名,执法证号,有效期至\n王强,冀A1,2030-01-01\n", register.Targets, "缺少“企业名称”“统一社会信用代码”。这份文件像是执法检查人员名录"},
		{"targets as officers", "企业名称,统一社会信用代码\n甲,91130132108010841G\n", register.Officers, "缺少“姓名”“执法证号”“有效期至”。这份文件像是检查对象名录"},
		{"items without basis column", "抽查事项\n劳动合同\n", register.Items, "缺少“检查依据”"},
		{"nothing known", "a,b,c\n1,2,3\n", register.Targets, "请下载模板对照列名"},
		{"a picture", "\x89PNG\r\n\x1a\nxxxxxxxxxxxxxxxxxxxx", register.Targets, "图片"},
		{"an old workbook", "\xD0\xCF\x11\xE0\xA1\xB1\x1A\xE1" + strings.Repeat("\x00", 600) + "W\x00o\x00r\x00k\x00b\x00o\x00o\x00k\x00", register.Targets, ".xls"},
		{"a zip that is no workbook", "PK\x03\x04garbage", register.Targets, ""},
	}
	each(t, func(t *testing.T, d *desk) {
		for _, tt := range tests {
			_, err := d.Check(t.Context(), clerk, tt.list, "f.csv", strings.NewReader(tt.content))
			if errs.KindOf(err) != errs.Invalid || !strings.Contains(errs.Sentence(err), tt.want) || errs.Problems(err)[0].Field != "file" {
				t.Errorf("%s: Check = %v, want Invalid with %q", tt.name, err, tt.want)
			}
		}
		if all, err := d.Imports(t.Context(), authority, "", 10); err != nil || len(all) != 0 {
			t.Errorf("Imports = %v, %v, want none", all, err)
		}
		if left, _ := filepath.Glob(filepath.Join(d.dir, "uploads", authority, "*")); len(left) != 0 {
			t.Errorf("refused uploads were kept: %q", left)
		}
	})
}

// Every heading that some office uses is known, whatever signs stand around it.
func TestHeadings(t *testing.T) {
	tests := []struct {
		list    register.List
		heading string
		want    string
	}{
		{register.Targets, "社会统一代码", "统一社会信用代码"}, {register.Targets, "信用代码", "统一社会信用代码"}, {register.Targets, " *企业名称：", "企业名称"},
		{register.Targets, "统一社会信用代码（必填）", "统一社会信用代码"}, {register.Targets, "企业（机构）名称", "企业名称"}, {register.Targets, "住所\n(经营场所)", "注册地址"},
		{register.Targets, "经 营 范 围", "经营范围"}, {register.Targets, "注册号", "注册号"}, {register.Targets, "企业员工数", ""},
		{register.Officers, "行政执法证号", "执法证号"}, {register.Officers, "有效期", "有效期至"}, {register.Officers, "科室", "单位/科室"},
		{register.Items, "抽查依据", "检查依据"}, {register.Items, "检查要点", "检查内容"}, {register.Items, "抽查频次（上限）", "抽查频次"},
	}
	for _, tt := range tests {
		h := known(tt.list, []string{tt.heading})
		if got := h.columns[0].Field; got != tt.want {
			t.Errorf("known(%s, %q) = %q, want %q", tt.list, tt.heading, got, tt.want)
		}
	}
	n := 0
	for _, l := range register.Lists {
		names := 0
		for _, c := range columnsOf[l] {
			names += 1 + len(c.also)
		}
		if got := len(synonyms(l)); got != names {
			t.Errorf("%s: %d headings are %d different ones: two fields share one", l, names, got)
		}
		n += names
	}
	if n < 200 {
		t.Errorf("%d headings are known, want the table whole", n)
	}
}

func TestUnknownColumnsAreReported(t *testing.T) {
	each(t, func(t *testing.T, d *desk) {
		i := d.check(register.Targets, "a.csv", []byte("序号,企业名称,统一社会信用代码,员工数,,企业名称\n1,甲厂,91130132108010841G,5,x,乙\n"))
		want := []Column{{"序号", "序号", false}, {"企业名称", "企业名称", true}, {"统一社会信用代码", "统一社会信用代码", true},
			{"员工数", "", false}, {"第 5 列（没有列名）", "", false}, {"企业名称", "", false}}
		if got := diff(want, i.Columns); got != "" {
			t.Errorf("columns (-want +got):\n%s", got)
		}
		if got := len(i.Unknown()); got != 3 {
			t.Errorf("Unknown() has %d, want 3", got)
		}
	})
}

func TestJudgingTargets(t *testing.T) {
	const head = "企业名称,统一社会信用代码,注册号,登记状态,对象类型,行政区划代码,联系电话,标签,信用风险等级,成立日期\n"
	tests := []struct{ name, row, want string }{
		{"clean", "甲厂,91130132108010841G,,存续（在营、开业、在册）,有限责任公司,130132,13800138000,,,2001/2/3", ""},
		{"no name", ",91130132108010841G,,,,,,,,", "name-missing reject"},
		{"a total", "合计：698 户,91130132108010841G,,,,,,,,", "not-a-record reject"},
		{"a name of figures", "12345,91130132108010841G,,,,,,,,", "name-form reject"},
		{"the header again", "企业名称,统一社会信用代码,注册号,登记状态,对象类型,行政区划代码,联系电话,标签,信用风险等级,成立日期",
			"header-again reject"},
		{"no number", "甲厂,无,,,,,,,,", "code-missing reject"},
		{"scientific", "甲厂,9.11301E+17,,,,,,,,", "code-scientific reject"},
		{"swapped digits", "甲厂,91130132180010841G,,,,,,,,", "code-check reject"},
		{"letter O", "甲厂,9113O132108010841G,,,,,,,,", "code-alphabet reject"},
		{"a digit short", "甲厂,9113013210801084G,,,,,,,,", "code-length reject"},
		{"identity number", "甲,11010519491231002X,,,,,,,,", "code-person reject"},
		{"old number in its column", "甲厂,,130132000001234,,,,,,,", "code-registration warn"},
		{"both numbers", "甲厂,91130132108010841G,130132000001234,,,,,,,", ""},
		{"closed", "甲厂,91130132108010841G,,已注销,,,,,,", ""},
		{"state unknown", "甲厂,91130132108010841G,,很好,,,,,,", "state warn"},
		{"kind unknown", "甲厂,91130132108010841G,,,其它,,,,,", "kind warn"},
		{"area of words", "甲厂,91130132108010841G,,,,元氏,,,,", "area-code warn"},
		{"short mobile", "甲厂,91130132108010841G,,,,,1380013800,,,", "phone warn"},
		{"class", "甲厂,91130132108010841G,,,,,,,D（高风险）,", ""},
		{"no class", "甲厂,91130132108010841G,,,,,,,优,", "credit warn"},
		{"30 February", "甲厂,91130132108010841G,,,,,,,,2001-02-30", "established warn"},
		{"tomorrow", "甲厂,91130132108010841G,,,,,,,,2022-03-02", "established-future warn"},
		{"direction mark", "甲\u202e厂,91130132108010841G,,,,,,,,", "control-character warn"},
	}
	each(t, func(t *testing.T, d *desk) {
		for _, tt := range tests {
			i := d.check(register.Targets, "a.csv", []byte(head+tt.row+"\n"))
			var got []string
			for _, x := range d.issues(i) {
				got = append(got, x.Rule+" "+string(x.Severity))
				if x.Line != 2 || x.Sentence == "" || x.Column == "" {
					t.Errorf("%s: issue %+v, want line 2 with column and sentence", tt.name, x)
				}
			}
			if g := strings.Join(got, ","); g != tt.want {
				t.Errorf("%s: %s, want %s", tt.name, g, tt.want)
			}
		}
	})
}

func TestJudgingOfficers(t *testing.T) {
	const head = "姓名,执法证号,证件类型,有效期至,单位/科室,职务,执法领域,手机\n"
	tests := []struct{ name, row, want string }{
		{"clean", "王强,冀A0132001,行政执法证,2027年12月31日,监察大队,科员,劳动保障监察、社会保险,13800138000", ""},
		{"serial of a spreadsheet", "王强,13013200101,,46752,,,劳动保障监察,", ""},
		{"no date", "王强,13013200101,,,,,劳动保障监察,", "cert-date-missing reject"},
		{"a month", "王强,13013200101,,2027年12月,,,劳动保障监察,", "cert-date reject"},
		{"for ever", "王强,13013200101,,长期,,,劳动保障监察,", "cert-date reject"},
		{"30 February", "王强,13013200101,,2027-02-30,,,劳动保障监察,", "cert-date reject"},
		{"run out", "王强,13013200101,,2022.2.28,,,劳动保障监察,", "cert-expired warn"},
		{"today is the last day", "王强,13013200101,,2022-03-01,,,劳动保障监察,", ""},
		{"no number", "王强,,,2027-12-31,,,劳动保障监察,", "cert-missing reject"},
		{"identity number", "王强,11010519491231002X,,2027-12-31,,,劳动保障监察,", "cert-person reject"},
		{"no field", "王强,13013200101,,2027-12-31,,,,", "field-missing warn"},
		{"no person", "1号,13013200101,,2027-12-31,,,劳动保障监察,", "name-form reject"},
	}
	each(t, func(t *testing.T, d *desk) {
		for _, tt := range tests {
			i := d.check(register.Officers, "a.csv", []byte(head+tt.row+"\n"))
			var got []string
			for _, x := range d.issues(i) {
				got = append(got, x.Rule+" "+string(x.Severity))
			}
			if g := strings.Join(got, ","); g != tt.want {
				t.Errorf("%s: %s, want %s", tt.name, g, tt.want)
			}
		}
		d.enter(register.Officers, "a.csv", head+tests[0].row+"\n"+tests[1].row+"\n")
		o, err := d.Officer(t.Context(), authority, register.Identifier("冀A0132001"))
		if err != nil {
			t.Fatal(err)
		}
		want := register.Officer{ID: register.Identifier("冀A0132001"), CertNo: "冀A0132001", CertKind: "行政执法证", CertUntil: date("2027-12-31"), Name: "王强",
			Unit: "监察大队", Post: "科员", Phone: "13800138000", Fields: []string{"劳动保障监察", "社会保险"}, Active: true, Version: 1, Since: date("2022-03-01")}
		if got := diff(want, o); got != "" {
			t.Errorf("officer (-want +got):\n%s", got)
		}
		if o, err := d.Officer(t.Context(), authority, "13013200101"); err != nil || o.CertUntil != date("2027-12-31") {
			t.Errorf("serial 46752 = %v, %v, want 2027-12-31", o.CertUntil, err)
		}
	})
}

func TestJudgingItems(t *testing.T) {
	const file = "抽查类别,抽查事项,检查内容,检查依据,事项类别,发布日期\n" +
		"劳动用工,劳动合同,\"1.劳动合同签订情况；2.工资支付。\n（3）社会保险\",《劳动保障监察条例》第十条,重点检查事项,2022-01-10\n" +
		"劳动用工,休息休假,,《劳动法》第三十六条,,\n" +
		"劳动用工,台账,台账,,一般,2022-01-10\n"
	each(t, func(t *testing.T, d *desk) {
		i := d.check(register.Items, "a.csv", []byte(file))
		if got := diff([]string{"3 points-missing warn", "4 basis-missing warn"}, d.rules(i)); got != "" {
			t.Errorf("issues (-want +got):\n%s", got)
		}
		d.write(i)
		items, _, _, err := d.Items(t.Context(), authority, register.ItemFilter{Query: "劳动合同"})
		if err != nil || len(items) != 1 {
			t.Fatalf("Items = %v, %v, want one", items, err)
		}
		basis := "《劳动保障监察条例》第十条"
		want := []register.Point{{Text: "劳动合同签订情况", Basis: basis}, {Text: "工资支付", Basis: basis}, {Text: "社会保险", Basis: basis}}
		if got := diff(want, items[0].Points); got != "" || items[0].Level != register.Key || !items[0].Usable() {
			t.Errorf("item %+v, points (-want +got):\n%s", items[0], got)
		}
		usable := 0
		all, _, n, err := d.Items(t.Context(), authority, register.ItemFilter{})
		for _, i := range all {
			if i.Usable() {
				usable++
			}
		}
		if err != nil || n != 3 || usable != 1 {
			t.Errorf("%d of %d items are usable, %v, want 1 of 3", usable, n, err)
		}
	})
}

// Two rows of one number: the same is merged, something else is refused.
func TestOneNumberTwice(t *testing.T) {
	each(t, func(t *testing.T, d *desk) {
		i := d.check(register.Targets, "a.csv", []byte("企业名称,信用代码\n甲厂,91130132108018106x\n甲厂, ９１１３０１３２１０８０１８１０６X\n乙厂,91130132108018106X\n甲厂,130132000001234\n"))
		want := []string{"3 duplicate warn", "4 duplicate-differs reject", "5 code-registration warn", "5 same-name warn"}
		if got := diff(want, d.rules(i)); got != "" {
			t.Errorf("issues (-want +got):\n%s", got)
		}
		if i.Accepted != 3 || i.Merged != 1 || i.Rejected != 1 || i.Warned != 2 || i.Added != 2 {
			t.Errorf("import = %+v, want 3 accepted, 1 of them merged, 2 to add", i)
		}
		if got := d.issues(i)[1].Sentence; !strings.Contains(got, "第 2 行") {
			t.Errorf("sentence %q, want it to name row 2", got)
		}
		d.write(i)
		again := d.check(register.Targets, "b.csv", []byte("企业名称,信用代码\n甲厂,91130132108010841G\n"))
		if got := d.rules(again); len(got) != 1 || got[0] != "2 same-name warn" {
			t.Errorf("issues = %q, want the namesake in the register", got)
		}
	})
}

// An import replaces what its columns say, and nothing else.
func TestImportReplacesNamedFieldsOnly(t *testing.T) {
	each(t, func(t *testing.T, d *desk) {
		d.enter(register.Targets, "a.csv", "企业名称,信用代码,地址,电话,标签,信用风险等级\n甲厂,91130132108010841G,槐阳镇,13800138000,劳务派遣、投诉举报多,B\n乙厂,91130132108010083D,,,,\n")
		i := d.enter(register.Targets, "b.csv", "企业名称,信用代码,地址,信用风险等级\n甲厂（新）,91130132108010841G,,高\n")
		if i.Changed != 1 || i.Added+i.Unchanged != 0 || i.Version != 2 {
			t.Errorf("import = %+v, want one changed as version 2", i)
		}
		firm, err := d.Target(t.Context(), authority, "91130132108010841G")
		if err != nil {
			t.Fatal(err)
		}
		if firm.Name != "甲厂（新）" || firm.Address != "槐阳镇" || firm.Phone != "13800138000" || strings.Join(firm.Tags, ",") != "信用风险D,劳务派遣,投诉举报多" {
			t.Errorf("firm = %+v", firm)
		}
		d.enter(register.Targets, "c.csv", "企业名称,信用代码,标签\n甲厂（新）,91130132108010841G,无\n")
		if firm, err = d.Target(t.Context(), authority, firm.ID); err != nil || strings.Join(firm.Tags, ",") != "信用风险D" {
			t.Errorf("tags = %q, %v, want the class alone", firm.Tags, err)
		}
		tags, err := d.Tags(t.Context(), authority)
		if got := diff([]register.Tally{{Word: "信用风险D", Count: 1}}, tags); err != nil || got != "" {
			t.Errorf("Tags, %v (-want +got):\n%s", err, got)
		}
		if v := d.version(register.Targets); v.Number != 3 || v.Count != 2 {
			t.Errorf("version = %+v, want 3 with both firms", v)
		}
	})
}

func TestWriteOnce(t *testing.T) {
	each(t, func(t *testing.T, d *desk) {
		i := d.check(register.Targets, "a.csv", []byte("企业名称,信用代码\n甲厂,91130132108010841G\n"))
		var wg sync.WaitGroup
		failures := make(chan error, 8)
		for n := range 8 {
			wg.Go(func() {
				ctx := audit.WithKey(context.Background(), fmt.Sprint("key", n/2))
				if got, err := d.Write(ctx, clerk, i.ID); err != nil || got.State != Written || got.Added != 1 {
					failures <- fmt.Errorf("Write = %+v, %w", got, err)
				}
			})
		}
		wg.Wait()
		close(failures)
		for err := range failures {
			// A lost race may end in a Conflict that asks to try again; it
			// must not be anything else.
			if errs.KindOf(err) != errs.Conflict {
				t.Error(err)
			}
		}
		if v := d.version(register.Targets); v.Number != 1 || v.Count != 1 {
			t.Errorf("version = %+v, want 1", v)
		}
		n, err := store.One(t.Context(), d.db, store.Value[int], `SELECT count(*) FROM ledger_entry WHERE type = 'register.versioned'`)
		if err != nil || n != 1 {
			t.Errorf("%d ledger entries, %v, want 1", n, err)
		}
	})
}

// Two imports of one list at once: both are written, one after the other.
func TestTwoImportsAtOnce(t *testing.T) {
	each(t, func(t *testing.T, d *desk) {
		a := d.check(register.Targets, "a.csv", []byte("企业名称,信用代码\n甲厂,91130132108010841G\n"))
		b := d.check(register.Targets, "b.csv", []byte("企业名称,信用代码\n乙厂,91130132108010083D\n甲厂,91130132108010841G\n"))
		var wg sync.WaitGroup
		for _, i := range []Import{a, b} {
			wg.Go(func() {
				if _, err := d.Write(context.Background(), clerk, i.ID); err != nil {
					t.Error(err)
				}
			})
		}
		wg.Wait()
		if v := d.version(register.Targets); v.Count != 2 || v.Number < 1 || v.Number > 2 {
			t.Errorf("version = %+v, want both firms", v)
		}
	})
}

// Wherever the program dies, the register is as it was or as it is to be, and
// a second try brings it there.
func TestDyingAtEveryStep(t *testing.T) {
	each(t, func(t *testing.T, d *desk) {
		d.enter(register.Targets, "a.csv", "企业名称,信用代码\n甲厂,91130132108010841G\n")
		before := d.version(register.Targets)
		var content bytes.Buffer
		madeRegister(t, &content, 1200)
		for _, at := range []string{"import upload stored", "import checked", "register.import begin", "import rows half written",
			"import version written", "register.import before commit"} {
			d.now = d.now.Add(time.Minute)
			reached, err := d.dying(at, func(ctx context.Context) error {
				i, err := d.Check(ctx, clerk, register.Targets, "made.csv", bytes.NewReader(content.Bytes()))
				if err != nil {
					return err
				}
				_, err = d.Write(ctx, clerk, i.ID)
				return err
			})
			if !reached || err == nil {
				t.Fatalf("at %q: reached %v, %v, want a death there", at, reached, err)
			}
			if got := d.version(register.Targets); got != before {
				t.Errorf("after a death at %q the version is %+v, want %+v", at, got, before)
			}
			if _, _, n, err := d.Targets(t.Context(), authority, register.TargetFilter{}); err != nil || n != 1 {
				t.Errorf("after a death at %q there are %d firms, %v, want 1", at, n, err)
			}
		}
		waiting, err := d.Imports(t.Context(), authority, register.Targets, 1)
		if err != nil || waiting[0].State != Checked {
			t.Fatalf("newest import = %+v, %v, want one that waits", waiting, err)
		}
		if i := d.write(waiting[0]); i.Added != 1200 || d.version(register.Targets).Count != 1201 {
			t.Errorf("second try = %+v, want 1200 added", i)
		}
	})
}

// dying runs fn and cuts it off from the database at a step, as the end of the
// process would.
func (d *desk) dying(at string, fn func(ctx context.Context) error) (reached bool, err error) {
	ctx, die := context.WithCancel(d.t.Context())
	defer die()
	d.door.TestOnlyStep(func(name string) {
		if name == at {
			reached = true
			die()
		}
	})
	defer d.door.TestOnlyStep(func(string) {})
	err = fn(ctx)
	return reached, err
}

func TestDropAndForbid(t *testing.T) {
	each(t, func(t *testing.T, d *desk) {
		ctx := t.Context()
		content := []byte("企业名称,信用代码\n甲厂,91130132108010841G\n")
		i := d.check(register.Targets, "..\\目录/名 录.csv", content)
		if i.FileName != "名 录.csv" {
			t.Errorf("FileName = %q, want the last part", i.FileName)
		}
		upload := filepath.Join(d.dir, "uploads", authority, i.Digest)
		if _, err := os.Stat(upload); err != nil {
			t.Error(err)
		}
		leader := access.Actor{Authority: authority, ID: "leader", Name: "局长", Roles: []access.Role{access.Leader}}
		stranger := access.Actor{Authority: "130133-rs", ID: "x", Name: "外人", Roles: []access.Role{access.Clerk}}
		_, checkErr := d.Check(ctx, leader, register.Targets, "a.csv", bytes.NewReader(content))
		_, writeErr := d.Write(ctx, leader, i.ID)
		_, otherErr := d.Write(ctx, stranger, i.ID)
		for name, e := range map[string]struct {
			err  error
			want errs.Kind
		}{
			"leader checks": {checkErr, errs.Forbidden}, "leader writes": {writeErr, errs.Forbidden},
			"leader drops": {d.Drop(ctx, leader, i.ID), errs.Forbidden}, "another authority": {otherErr, errs.NotFound},
			"leader withdraws": {d.Withdraw(ctx, leader, "x", "y"), errs.Forbidden},
		} {
			if errs.KindOf(e.err) != e.want {
				t.Errorf("%s: %v, want kind %v", name, e.err, e.want)
			}
		}
		if err := errors.Join(d.Drop(ctx, clerk, i.ID), d.Drop(ctx, clerk, i.ID)); err != nil {
			t.Error(err)
		}
		if _, err := os.Stat(upload); !os.IsNotExist(err) {
			t.Errorf("the upload of a dropped import is there: %v", err)
		}
		if _, err := d.Write(ctx, clerk, i.ID); errs.KindOf(err) != errs.Conflict {
			t.Errorf("Write of a dropped import = %v, want Conflict", err)
		}
		bad := d.check(register.Targets, "b.csv", []byte("企业名称,信用代码\n甲厂,1\n,\n")) // “1” is an old number of one digit
		bad = d.write(bad)
		if err := d.Drop(ctx, clerk, bad.ID); errs.KindOf(err) != errs.Conflict {
			t.Errorf("Drop of a written import = %v, want Conflict", err)
		}
		none := d.check(register.Targets, "c.csv", []byte("企业名称,信用代码\n甲厂,无\n"))
		if _, err := d.Write(ctx, clerk, none.ID); errs.KindOf(err) != errs.Conflict {
			t.Errorf("Write of nothing = %v, want Conflict", err)
		}
		gone := d.check(register.Targets, "d.csv", content)
		if err := os.Remove(filepath.Join(d.dir, "uploads", authority, gone.Digest)); err != nil {
			t.Fatal(err)
		}
		if _, err := d.Write(ctx, clerk, gone.ID); errs.KindOf(err) != errs.Conflict {
			t.Errorf("Write without its upload = %v, want Conflict", err)
		}
	})
}

// The template of each list, filled in, is a file of that list, and the issues
// of an import open as a table.
func TestTemplateAndIssueFile(t *testing.T) {
	each(t, func(t *testing.T, d *desk) {
		for _, l := range register.Lists {
			b, err := d.Template(l)
			if err != nil {
				t.Fatal(err)
			}
			table, err := office.Open("t.xlsx", bytes.NewReader(b), int64(len(b)))
			if err != nil {
				t.Fatal(err)
			}
			for row, err := range table.Rows() {
				if err != nil {
					t.Fatal(err)
				}
				h := known(l, row.Cells)
				if len(h.missing(l)) != 0 || h.score() != len(row.Cells) {
					t.Errorf("template of %s: missing %q, %d of %d headings known", l, h.missing(l), h.score(), len(row.Cells))
				}
				break
			}
			table.Close()
			templateLooks(t, b, l)
		}
		i := d.check(register.Targets, "a.csv", []byte("企业名称,信用代码\n=HYPERLINK(1),无\n"))
		var b bytes.Buffer
		if err := d.IssueFile(t.Context(), authority, i.ID, &b); err != nil {
			t.Fatal(err)
		}
		if got := b.String(); !strings.HasPrefix(got, "\ufeff行号,处理,列,原值,说明\r\n2,提醒,企业名称,'=HYPERLINK(1),") {
			t.Errorf("issue file = %q", got)
		}
		if err := d.IssueFile(t.Context(), "130133-rs", i.ID, &b); errs.KindOf(err) != errs.NotFound {
			t.Errorf("issue file of another authority = %v, want NotFound", err)
		}
	})
}

// templateLooks looks whether a template keeps long numbers as text, explains
// its headings and offers choices.
func templateLooks(t *testing.T, b []byte, l register.List) {
	t.Helper()
	f, err := excelize.OpenReader(bytes.NewReader(b))
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	sheet := f.GetSheetName(0)
	notes, err := f.GetComments(sheet)
	head, err2 := f.GetRows(sheet)
	lists, err3 := f.GetDataValidations(sheet)
	if err != nil || err2 != nil || err3 != nil || len(notes) != len(head[0]) || len(lists) != len(choices[l]) {
		t.Fatalf("template of %s: %d notes for %d headings, %d lists for %d; %v %v %v", l, len(notes), len(head[0]), len(lists), len(choices[l]), err, err2, err3)
	}
	for i, n := range notes {
		col, err := excelize.ColumnNumberToName(i + 1)
		if err != nil {
			t.Fatal(err)
		}
		id, err := f.GetColStyle(sheet, col)
		if err != nil {
			t.Fatal(err)
		}
		style, err := f.GetStyle(id)
		if err != nil || style.NumFmt != 49 || n.Cell != col+"1" || !strings.Contains(n.Paragraph[0].Text, "填") {
			t.Errorf("template of %s, column %s: format %d, note %+v, %v", l, col, style.NumFmt, n, err)
		}
	}
	for label, example := range examples[l] {
		if _, ok := labelled(l, label); !ok {
			t.Errorf("an example for %q (%s), which is no column", label, example)
		}
	}
}

// A template that was filled in with its own examples goes in without a word.
func TestExamplesAreGood(t *testing.T) {
	each(t, func(t *testing.T, d *desk) {
		for _, l := range register.Lists {
			var head, row []string
			for _, c := range columnsOf[l] {
				if example := examples[l][c.label]; example != "" {
					head, row = append(head, c.label), append(row, example)
				}
			}
			i := d.check(l, "example.xlsx", workbook(t, [][]string{head, row}))
			for _, x := range d.issues(i) {
				t.Errorf("example of %s: %s: %s", l, x.Column, x.Sentence)
			}
			d.write(i)
		}
		firm, err := d.Target(t.Context(), authority, "91130132MA8518521U")
		want := []register.Place{{Area: "130132", Address: "元氏县槐阳镇工业路 5 号", People: 32}, {Area: "130102", Address: "长安区中山东路 1 号", People: 8}}
		if err != nil || !slices.Equal(firm.Workplaces(), want) || len(firm.Numbers) != 2 {
			t.Errorf("the firm = %+v, %v, want places %v", firm, err, want)
		}
		bad := d.check(register.Targets, "bad.csv", []byte("企业名称,信用代码,其他号码,用工地\n甲厂,91130132108010841G,旧注册号 12,槐阳镇\n"))
		var rules []string
		for _, x := range d.issues(bad) {
			rules = append(rules, x.Rule)
		}
		if bad.Accepted != 1 || !slices.Equal(rules, []string{"number-form", "place-form"}) {
			t.Errorf("numbers and places that are none: %+v with %q", bad, rules)
		}
	})
}

// More issues than are kept are counted.
func TestIssuesBeyondTheLimit(t *testing.T) {
	d := newDesk(t, storetest.SQLite(t))
	var b strings.Builder
	b.WriteString("企业名称,信用代码\n")
	for n := range mostRejects + 7 {
		fmt.Fprintf(&b, "甲厂%d,无\n", n)
	}
	i := d.check(register.Targets, "a.csv", []byte(b.String()))
	if i.Rejected != mostRejects+7 || i.Unlisted != 7 || len(d.issues(i)) != mostRejects {
		t.Errorf("import = %+v with %d issues, want 7 unlisted", i, len(d.issues(i)))
	}
}
