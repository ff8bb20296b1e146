package intake

import (
	"bytes"
	"encoding/csv"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"

	"suiji/calendar"
	"suiji/internal/register"
	"suiji/internal/uscc"
)

func rowsOf(t *testing.T, b []byte) [][]string {
	t.Helper()
	r := csv.NewReader(bytes.NewReader(b))
	r.FieldsPerRecord, r.LazyQuotes = -1, true
	rows, err := r.ReadAll()
	if err != nil {
		t.Fatal(err)
	}
	return rows
}

// The county's real register in both encodings: every firm is accepted, none
// is doubted, and the second edition changes nothing.
func TestRealRegister(t *testing.T) {
	each(t, func(t *testing.T, d *desk) {
		i := d.write(d.check(register.Targets, "targets-yuanshi.csv", shared(t, "targets-yuanshi.csv")))
		if i.Total != 698 || i.Accepted != 698 || i.Warned != 0 || i.Added != 698 || i.Version != 1 {
			t.Errorf("first import = %+v, want 698 rows added as version 1", i)
		}
		if got := i.Unknown(); len(got) != 0 {
			t.Errorf("Unknown() = %q, want none", got)
		}
		first := d.version(register.Targets)
		again := d.write(d.check(register.Targets, "targets-yuanshi-gb18030.csv", shared(t, "targets-yuanshi-gb18030.csv")))
		if again.Unchanged != 698 || again.Added+again.Changed != 0 || again.Version != 0 {
			t.Errorf("the same in GB18030 = %+v, want 698 unchanged and no version", again)
		}
		if got := d.version(register.Targets); got != first || got.Count != 698 {
			t.Errorf("version = %+v, want still %+v", got, first)
		}
		firm, err := d.Target(t.Context(), authority, "91130132108010841G")
		if err != nil {
			t.Fatal(err)
		}
		firm.Scope, firm.Version, firm.Since = "", 0, calendar.Date{}
		want := register.Target{ID: "91130132108010841G", Code: "91130132108010841G", CodeKind: uscc.Code, Name: "元氏县机电设备总公司", Kind: "企业",
			State: register.InOperation, Established: date("1989-04-18"), AreaName: "石家庄", Address: "蟠龙路１２０号", Source: "1989/河北:91", Active: true}
		if got := diff(want, firm); got != "" {
			t.Errorf("firm (-want +got):\n%s", got)
		}
	})
}

// The city's register: 20,491 firms, the county's among them.
func TestRealCity(t *testing.T) {
	each(t, func(t *testing.T, d *desk) {
		d.write(d.check(register.Targets, "targets-yuanshi.csv", shared(t, "targets-yuanshi.csv")))
		i := d.write(d.check(register.Targets, "targets-shijiazhuang.csv", unzip(t, shared(t, "targets-shijiazhuang.csv.gz"))))
		if i.Accepted != 20491 || i.Unchanged != 698 || i.Added != 20491-698 {
			t.Errorf("import = %+v, want 20491 rows, 698 of them unchanged", i)
		}
		if v := d.version(register.Targets); v.Number != 2 || v.Count != 20491 {
			t.Errorf("version = %+v, want 2 with 20491 firms", v)
		}
	})
}

// judgement is what must become of a row.
type judgement struct {
	severity Severity // empty: accepted without a doubt
	rule     string
}

// judgements says for each class of defect in the real dirty file what becomes
// of such a row.
var judgements = map[string]judgement{
	"有效":       {},
	"名称含全角":    {}, // a registered name may be written so; searches fold it
	"首尾空白":     {}, // trimmed
	"小写但大写后有效": {}, // normalised: the same firm

	"地址缺失":        {Warn, "address-missing"},
	"控制字符":        {Warn, "control-character"},
	"私用区字符":       {Warn, "private-character"},
	"经营范围1024字截断": {Warn, "scope-cut"},
	"校验通过但内嵌组织机构代码校验不通过": {Warn, "code-organisation"},
	"15位旧注册号":  {Warn, "code-registration"},
	"13位旧注册号":  {Warn, "code-other"},
	"9位组织机构代码": {Warn, "code-other"},
	"NA合作社号":   {Warn, "code-other"},
	"文字号或无":    {Warn, "code-other"},
	"其他长度":     {Warn, "code-other"},
	"18位含非法字符": {Warn, "code-other"}, // H-4601…: 16 characters without its hyphens, an old number
	"名称含问号":    {Warn, "name-question-mark"},

	"18位校验不通过": {Reject, "code-check"},
	"小写x占位码":   {Reject, "code-check"}, // 91653000l068…: the letter l for a digit
	"列数不对":     {Reject, "columns"},
	"列错位":      {Reject, "shifted"},
	"乱码且列错位":   {Reject, "garbled"},
	"代码重复":     {}, // the first of the two; the second is below
}

// exceptions are single rows that have more than one defect.
var exceptions = map[int]judgement{
	33:  {Reject, "code-length"},  // 其他长度: 17 digits that begin as a credit code, one is lost
	243: {Reject, "code-missing"}, // 文字号或无: 无
	37:  {Reject, "code-check"},   // 名称含问号, and the code fails too
	54:  {Warn, "duplicate"}, 166: {Warn, "duplicate"}, 193: {Warn, "duplicate"}, 230: {Warn, "duplicate"},
}

func TestDirtyRowsOneByOne(t *testing.T) {
	expected := rowsOf(t, shared(t, "targets-dirty-expected.csv"))[1:]
	each(t, func(t *testing.T, d *desk) {
		i := d.check(register.Targets, "targets-dirty.csv", shared(t, "targets-dirty.csv"))
		issues := map[int][]Issue{}
		for _, x := range d.issues(i) {
			issues[x.Line-1] = append(issues[x.Line-1], x)
		}
		rejected := 0
		for _, e := range expected {
			no, err := strconv.Atoi(e[0])
			if err != nil {
				t.Fatal(err)
			}
			want, ok := judgements[e[2]]
			if !ok {
				t.Fatalf("row %d: class %q has no judgement", no, e[2])
			}
			if x, ok := exceptions[no]; ok {
				want = x
			}
			if got := judged1(issues[no], want.rule); got != want {
				t.Errorf("row %d (%s): %+v, want %+v; issues %+v", no, e[2], got, want, issues[no])
			}
			if want.severity == Reject {
				rejected++
			}
		}
		if i.Total != 253 || i.Rejected != rejected || i.Accepted != 253-rejected || i.Merged != 4 {
			t.Errorf("import = %+v, want %d rejected and 4 merged of 253", i, rejected)
		}
		w := d.write(i)
		if v := d.version(register.Targets); v.Count != w.Added || w.Added != w.Accepted-4 {
			t.Errorf("written %+v, version %+v: want all accepted but the merged", w, v)
		}
	})
}

// judged1 is what became of a row: its worst severity, and the rule that is
// asked for, or else the first.
func judged1(issues []Issue, rule string) judgement {
	if len(issues) == 0 {
		return judgement{}
	}
	j := judgement{severity: Warn, rule: issues[0].Rule}
	for _, i := range issues {
		if i.Severity == Reject {
			j.severity = Reject
		}
		if i.Rule == rule {
			j.rule = rule
		}
	}
	return j
}

// Each vector of the code's standard goes through the register as a firm.
func TestRealCodes(t *testing.T) {
	rows := rowsOf(t, shared(t, "uscc-vectors.csv"))[1:]
	each(t, func(t *testing.T, d *desk) {
		for n, v := range rows {
			var b bytes.Buffer
			w := csv.NewWriter(&b)
			w.WriteAll([][]string{{"名称", "信用代码"}, {"元氏县某厂" + strconv.Itoa(n), v[0]}})
			i := d.check(register.Targets, "v.csv", b.Bytes())
			issues := d.issues(i)
			code := slices.ContainsFunc(issues, func(x Issue) bool {
				return x.Severity == Reject || x.Rule == "code-other" || x.Rule == "code-registration"
			})
			if valid := v[1] != "无效"; code == valid {
				t.Errorf("%q (%s, %s): issues %+v", v[0], v[1], v[2], issues)
			}
		}
	})
}

func TestRealItems(t *testing.T) {
	each(t, func(t *testing.T, d *desk) {
		i := d.check(register.Items, "items-zhejiang-2017.csv", shared(t, "items-zhejiang-2017.csv"))
		if i.Total != 79 || i.Accepted != 79 || i.Warned != 36 || len(i.Unknown()) != 0 {
			t.Errorf("check = %+v, want 79 items, 36 of them warned", i)
		}
		issues := d.issues(i)
		rules := map[string]int{}
		for _, x := range issues {
			rules[x.Rule]++
			if x.Rule == "basis-missing" && (x.Line != 51 || x.Column != "抽查依据") {
				t.Errorf("issue = %+v, want the item without a basis in row 51", x)
			}
		}
		if len(rules) != 2 || rules["basis-missing"] != 1 || rules["basis-article"] != 35 || issues[1].Sentence != "《食品安全法》、《食品生产经营日常监督检查管理办法》、《关于印发浙江省食品生产企业随机抽查工作规程（试行）的通知》没有写明第几条。可以导入；请写到条、款、项，如《劳动合同法》第七十三条第一款" {
			t.Errorf("issues = %v, the second %q; want one item without a basis and 35 whose laws lack an article", rules, issues[1].Sentence)
		}
		d.write(i)
		items, next, total, err := d.Items(t.Context(), authority, register.ItemFilter{Query: "商标许可"})
		if err != nil || next != "" || total != 1 {
			t.Fatalf("Items = %d, %q, %v, want the one", total, next, err)
		}
		got := items[0]
		if got.Basis != "" || got.Usable() || got.Title() != "商标违法行为检查：商标许可使用行为的检查" || got.Category != "市场监管" ||
			got.Staff != "无需专业岗位资格" || got.Level != register.General || len(got.Points) != 1 {
			t.Errorf("item = %+v", got)
		}
		if again := d.write(d.check(register.Items, "items-zhejiang-2017.csv", shared(t, "items-zhejiang-2017.csv"))); again.Unchanged != 79 {
			t.Errorf("again = %+v, want 79 unchanged", again)
		}
	})
}

// A register never says where a firm is unless the file does.
func TestAreaIsNeverTakenFromTheCode(t *testing.T) {
	each(t, func(t *testing.T, d *desk) {
		d.enter(register.Targets, "a.csv", "企业名称,统一社会信用代码\n元氏县机电设备总公司,91130132108010841G\n")
		firm, err := d.Target(t.Context(), authority, "91130132108010841G")
		if err != nil || firm.AreaCode != "" || firm.AreaName != "" {
			t.Errorf("area = %q %q, %v, want none", firm.AreaCode, firm.AreaName, err)
		}
	})
}

// The same firms as a workbook.
func TestRealRegisterAsWorkbook(t *testing.T) {
	rows := rowsOf(t, shared(t, "targets-yuanshi.csv"))
	each(t, func(t *testing.T, d *desk) {
		d.write(d.check(register.Targets, "targets-yuanshi.csv", shared(t, "targets-yuanshi.csv")))
		i := d.check(register.Targets, "名录.xlsx", workbook(t, rows))
		if i.Unchanged != 698 || filepath.Ext(i.FileName) != ".xlsx" {
			t.Errorf("workbook = %+v, want 698 unchanged", i)
		}
		titled := append([][]string{{"元氏县检查对象名录"}, {"", "", "截至 2019-12-31"}}, rows...)
		i = d.check(register.Targets, "有标题.xlsx", workbook(t, titled))
		if i.Unchanged != 698 {
			t.Errorf("workbook with a title = %+v, want 698 unchanged", i)
		}
		damaged := slices.Clone(rows)
		damaged[5] = slices.Clone(damaged[5])
		damaged[5][1] = strings.Replace(damaged[5][1], "9", "8", 1)
		i = d.check(register.Targets, "改错一位.xlsx", workbook(t, damaged))
		if got := d.issues(i); len(got) == 0 || got[0].Line != 6 || got[0].Column != "统一社会信用代码" {
			t.Errorf("issues = %+v, want one in row 6 of the workbook", got)
		}
	})
}
