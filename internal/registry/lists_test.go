package registry

import (
	"crypto/sha256"
	"encoding/hex"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"

	"github.com/xuri/excelize/v2"

	"suiji/internal/page/pagetest"
	"suiji/internal/register"
	"suiji/internal/round/roundtest"
	"suiji/internal/store"
	"suiji/internal/store/storetest"
)

// upload sends a file as the form does, and returns the answer.
func (f *fixture) upload(role string, list register.List, name, content string) *httptest.ResponseRecorder {
	w := httptest.NewRecorder()
	f.handler.ServeHTTP(w, f.as(pagetest.Upload("/w/imports/new", form("list", string(list), "key", "upload-"+name), "file", name, content), role))
	return w
}

// uploaded sends a file that can be read and returns where its page is.
func (f *fixture) uploaded(t *testing.T, list register.List, name, content string) string {
	t.Helper()
	w := f.upload("clerk", list, name, content)
	at := w.Header().Get("Location")
	if w.Code != http.StatusSeeOther || !strings.HasPrefix(at, "/w/imports/") {
		t.Fatalf("upload of %s: %d to %q: %s", name, w.Code, at, w.Body)
	}
	return at
}

const threeFirms = "企业名称,统一社会信用代码,员工数,标签,对象类型\n元氏县机电设备总公司,91130132108010841G,5,投诉举报多,企业\n" +
	"石家庄锦业建筑有限责任公司,91130132108010083D,6,,企业\n甲厂,91130132108010084D,7,,企业\n"

func TestRegisterPages(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		f := newRegistry(t, db)
		at := f.uploaded(t, register.Targets, "名录.csv", threeFirms)
		const firm = "/w/targets/91130132108010841G"
		post := func(name, as, path string, status int, location string, pairs ...string) pagetest.Case {
			return pagetest.Case{Name: name, As: as, Method: "POST", Path: path, Form: form(append(pairs, "key", name)...), Status: status, Location: location}
		}
		get := func(name, as, path string, status int, want pagetest.Want) pagetest.Case {
			return pagetest.Case{Name: name, As: as, Method: "GET", Path: path, Status: status, Want: want}
		}
		f.run(t, []pagetest.Case{
			get("nothing yet", "clerk", "/w/targets", 200, pagetest.Want{"h1": "检查对象", ".empty": "还没有检查对象", ".notice.doing a": "查看并确认"}),
			get("the import", "clerk", at, 200, pagetest.Want{"h1": "待确认", ".figures li": 4, ".figures .bad": "1", "table.list": "统一社会信用代码",
				".notice.warn": "有 1 列没有认出", "button.primary": "确认导入 2 行"}),
			get("its rejected rows", "clerk", at+"?show=reject", 200, pagetest.Want{".tabs a[aria-current]": "不导入"}),
			get("for a leader to look at", "leader", at, 200, pagetest.Want{"button.primary": 0}),
			post("not for a leader to write", "leader", at+"/write", 403, ""),
			{Name: "from a day to come", As: "clerk", Method: "POST", Path: at + "/write", Form: form("key", "tomorrow", "effective", "2022-01-11"), Status: 422, Want: pagetest.Want{"#f-effective-error": "不能晚于今天", "button.primary": "确认导入 2 行"}},
			get("an import that is not there", "clerk", "/w/imports/none", 404, nil),
			post("write", "clerk", at+"/write", 303, at),
			post("write", "clerk", at+"/write", 303, at),
			post("a second confirmation", "clerk", at+"/write", 303, at),
			get("written", "clerk", at, 200, pagetest.Want{".notice.ok": "新增 2 条", "button.primary": 0}),
			post("drop what is written", "clerk", at+"/drop", 409, ""),
			get("the list", "leader", "/w/targets", 200, pagetest.Want{"table.list caption": "共 2 条", ".chips": 0, "a.button[href^='/w/imports/new']": 0}),
			get("found", "clerk", "/w/targets?q=锦业&kind=企业", 200, pagetest.Want{"table.list caption": "共 1 条", ".chips li": 2}),
			get("found by its tag", "clerk", "/w/targets?tag=投诉举报多", 200, pagetest.Want{"table.list caption": "共 1 条"}),
			get("its sub-register, counted", "clerk", "/w/targets?tag=投诉举报多&kind=企业", 200, pagetest.Want{".tabs a[aria-current]": "投诉举报多", ".clear": "清除全部条件", "a.file": 2}),
			get("sorted", "clerk", "/w/targets?order=name", 200, pagetest.Want{"table.list caption": "共 2 条"}),
			get("never inspected", "clerk", firm, 200, pagetest.Want{".mute": "没有检查过"}),
			{Name: "the list as a workbook", As: "leader", Method: "GET", Path: "/w/targets/list.xlsx?tag=投诉举报多", Status: 200},
			{Name: "the list as text", As: "leader", Method: "GET", Path: "/w/targets/list.csv", Status: 200},
			{Name: "no file for an administrator", As: "admin", Method: "GET", Path: "/w/targets/list.csv", Status: 403},
			get("not found", "clerk", "/w/targets?q=没有这家", 200, pagetest.Want{".empty": "没有符合条件的记录", ".empty a": "清除筛选"}),
			get("a firm", "inspector", firm, 200, pagetest.Want{"h1": "元氏县机电设备总公司", "details.confirm": 0}),
			get("a firm that is not there", "clerk", "/w/targets/9", 404, nil),
			post("withdraw without a reason", "clerk", firm+"/withdraw", 422, "", "reason", " "),
			post("withdraw", "clerk", firm+"/withdraw", 303, firm, "reason", "已注销"),
			post("withdraw by a leader", "leader", firm+"/withdraw", 403, "", "reason", "已注销"),
			get("withdrawn", "clerk", firm, 200, pagetest.Want{".notice.warn": "已移出名录，原因：已注销", "details.confirm": 0}),
			get("among the withdrawn", "clerk", "/w/targets?in=gone", 200, pagetest.Want{"table.list caption": "共 1 条", ".chips": "已移出"}),
			get("an administrator sees nothing of it", "admin", "/w/targets", 403, nil),
		})
	})
}

func TestOfficerPages(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		f := newRegistry(t, db)
		f.Firms(3)
		officers, _, _, err := f.Register.Officers(t.Context(), roundtest.Authority, register.OfficerFilter{})
		f.Must(err)
		firms, _, _, err := f.Register.Targets(t.Context(), roundtest.Authority, register.TargetFilter{})
		f.Must(err)
		at, firm := "/w/officers/"+url.PathEscape(officers[0].ID), firms[0].ID
		get := func(name, path string, want pagetest.Want) pagetest.Case {
			return pagetest.Case{Name: name, As: "clerk", Method: "GET", Path: path, Status: 200, Want: want}
		}
		post := func(name, as, path string, status int, location string, pairs ...string) pagetest.Case {
			return pagetest.Case{Name: name, As: as, Method: "POST", Path: path, Form: form(append(pairs, "key", name)...), Status: status, Location: location}
		}
		bad := func(name, path string, want pagetest.Want, pairs ...string) pagetest.Case {
			return pagetest.Case{Name: name, As: "clerk", Method: "POST", Path: path, Form: form(append(pairs, "key", name)...), Status: 422, Want: want}
		}
		declared := func(field, value string) []string {
			all := map[string]string{"target": firm, "ground": "亲属", "because": "配偶任会计", "declarer": "本人", "declared": "2022-01-10"}
			all[field] = value
			var pairs []string
			for k, v := range all {
				pairs = append(pairs, k, v)
			}
			return pairs
		}
		f.run(t, []pagetest.Case{
			{Name: "list", As: "clerk", Method: "GET", Path: "/w/officers", Status: 200, Want: pagetest.Want{"table.list caption": "共 8 人"}},
			{Name: "by field", As: "clerk", Method: "GET", Path: "/w/officers?field=没有的领域", Status: 200, Want: pagetest.Want{".empty": "没有符合条件的记录"}},
			get("one", at, pagetest.Want{"h1": officers[0].Name, "table.list": officers[0].CertNo, "details summary": 6}),
			bad("recuse from nobody", at+"/recusals", pagetest.Want{"#f-target-error": "统一社会信用代码", "details[open]": 1}, declared("target", "")...),
			bad("recuse from a stranger", at+"/recusals", pagetest.Want{"#f-target-error": "名录里没有这个检查对象"}, declared("target", "91")...),
			bad("recuse without a reason", at+"/recusals", pagetest.Want{"#f-because-error": "请填写具体情况"}, declared("because", "")...),
			post("recuse", "clerk", at+"/recusals", 303, at, declared("target", strings.ToLower(firm))...),
			get("recused", at, pagetest.Want{".tag.warn": "须回避", "details summary": 7}),
			get("seen at the firm", "/w/targets/"+firm, pagetest.Want{"table.list": officers[0].Name, ".tag.warn": "须回避"}),
			post("not ended by an inspector", "inspector", at+"/recusals/end", 403, "", "declaration", "x", "ending", "离职"),
			post("end what is not there", "clerk", at+"/recusals/end", 409, "", "declaration", "x", "ending", "离职"),
			post("suspend", "clerk", at+"/standing", 303, at, "certificate", officers[0].CertNo, "standing", "suspended", "since", "2022-01-10", "why", "司法局通知"),
			get("suspended", at, pagetest.Want{"h1": "暂扣", ".panel": "司法局通知"}),
			get("seen in the list", "/w/officers", pagetest.Want{".tag.bad": "暂扣"}),
			bad("a certificate without a field", at+"/certificates", pagetest.Want{"#f-fields-error": "执法领域"}, "number", "X1", "issuer", "省政府", "starts", "2022-01-01", "until", "2026-12-31"),
			post("a second certificate", "clerk", at+"/certificates", 303, at, "number", "X1", "issuer", "省政府", "fields", "食品安全", "starts", "2022-01-01", "until", "2026-12-31"),
			bad("leave that ends before it begins", at+"/duties", pagetest.Want{"#f-to-error": "止日不能早于起日"}, "duty", "休假", "from", "2022-01-12", "to", "2022-01-11"),
			post("leave", "clerk", at+"/duties", 303, at, "duty", "休假", "from", "2022-01-11", "to", "2022-01-12"),
			get("the month", "/w/officers/month?month=2022-01", pagetest.Want{"td.away": 2, ".month tbody tr": 8, "caption": "不在岗 2 人天"}),
			{Name: "no such month", As: "clerk", Method: "GET", Path: "/w/officers/month?month=2022-13", Status: 422},
			bad("training to come", at+"/training", pagetest.Want{"#f-on-error": "不能晚于今天"}, "training", "培训", "course", "行政处罚法", "on", "2022-01-11"),
			post("training", "clerk", at+"/training", 303, at, "training", "培训", "course", "行政处罚法", "on", "2022-01-06", "hours", "4.5", "passed", "yes"),
			get("the year", "/w/officers/training", pagetest.Want{".notice.warn": "7 人本年度没有", "table.list": "4.5"}),
			{Name: "the year as a workbook", As: "leader", Method: "GET", Path: "/w/officers/training.xlsx", Status: 200},
			post("the rule by a leader", "leader", "/w/officers/rule", 403, "", "leave", "any"),
			post("the rule", "clerk", "/w/officers/rule", 303, "/w/officers", "leave", "any", "training", "true"),
			get("the rule as it is", "/w/officers/rule", pagetest.Want{"input[checked]": 2}),
			{Name: "withdraw", As: "clerk", Method: "POST", Path: at + "/withdraw", Form: form("key", "f", "reason", "调离"), Status: 303, Location: at},
			{Name: "withdrawn", As: "clerk", Method: "GET", Path: "/w/officers?in=gone", Status: 200, Want: pagetest.Want{"table.list caption": "共 1 人"}},
		})
	})
}

// Two clerks have one record open: the second sees the first's change beside
// the own one, the form holds both, and nothing is overwritten.
func TestTwoClerks(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		f := newRegistry(t, db)
		f.Firms(3)
		firms, _, _, err := f.Register.Targets(t.Context(), roundtest.Authority, register.TargetFilter{Limit: 1})
		f.Must(err)
		at := "/w/targets/" + firms[0].ID
		edited := func(key, because string, changed ...string) map[string][]string {
			lines, _, err := f.Register.Lines(t.Context(), roundtest.Authority, register.Targets, firms[0].ID, firms[0].Version)
			f.Must(err)
			all := form("key", key, "base", strconv.FormatInt(firms[0].Version, 10), "because", because)
			for _, l := range lines {
				all[l.Name] = []string{l.Value}
			}
			for i := 0; i < len(changed); i += 2 {
				all[changed[i]] = []string{changed[i+1]}
			}
			return all
		}
		f.run(t, []pagetest.Case{
			{Name: "the form", As: "clerk", Method: "GET", Path: at + "/edit", Status: 200, Want: pagetest.Want{"form.form": "依据", "#f-name": 1}},
			{Name: "not for a leader", As: "leader", Method: "GET", Path: at + "/edit", Status: 200, Want: pagetest.Want{"form.form": 0}},
			{Name: "without a source", As: "clerk", Method: "POST", Path: at + "/edit", Form: edited("a", "", "phone", "1"), Status: 422, Want: pagetest.Want{"#f-because-error": "请填写依据"}},
			{Name: "the first", As: "clerk", Method: "POST", Path: at + "/edit", Form: edited("b", "企业来函", "name", "改了名的厂"), Status: 303, Location: at},
			{Name: "sent twice", As: "clerk", Method: "POST", Path: at + "/edit", Form: edited("b", "企业来函", "name", "改了名的厂"), Status: 303, Location: at},
			{Name: "the second", As: "list-admin", Method: "POST", Path: at + "/edit", Form: edited("c", "电话核实", "phone", "0311-84620000"), Status: 409,
				Want: pagetest.Want{"table.list tbody tr": 2, "table.list": "改了名的厂", "#f-name[value='改了名的厂']": 1, "#f-phone[value='0311-84620000']": 1,
					"input[name=base][value='" + strconv.FormatInt(firms[0].Version+1, 10) + "']": 1}},
			{Name: "history", As: "clerk", Method: "GET", Path: at, Status: 200, Want: pagetest.Want{"table.list": "企业来函", "h1": "改了名的厂"}},
			{Name: "the day before", As: "clerk", Method: "GET", Path: at + "?on=2021-01-01", Status: 404},
			{Name: "no such day", As: "clerk", Method: "GET", Path: "/w/targets?on=2022-02-30", Status: 422},
			{Name: "the register before", As: "clerk", Method: "GET", Path: "/w/targets?on=2021-01-01", Status: 200, Want: pagetest.Want{".empty": 1, ".chips": "2021-01-01 的名录"}},
			{Name: "what became of it", As: "clerk", Method: "GET", Path: "/w/targets/changes", Status: 200, Want: pagetest.Want{"table.list tbody tr": 3, ".notice": "新增 3"}},
		})
		kept, err := f.Register.Target(t.Context(), roundtest.Authority, firms[0].ID)
		f.Must(err)
		if kept.Name != "改了名的厂" || kept.Phone != firms[0].Phone {
			t.Errorf("kept = %q, %q: the second clerk has written over the first", kept.Name, kept.Phone)
		}
		w := httptest.NewRecorder()
		f.handler.ServeHTTP(w, f.as(httptest.NewRequest("GET", "/w/targets/changes.csv", nil), "clerk"))
		if got := w.Body.String(); w.Code != 200 || !strings.Contains(got, "编号,名称,变动") || strings.Count(got, "新增") != 3 {
			t.Errorf("changes.csv: %d %q, want a row for each of three firms", w.Code, got)
		}
	})
}

func TestItemPages(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		f := newRegistry(t, db)
		at := f.uploaded(t, register.Items, "清单.csv", "抽查事项,检查依据,检查内容\n台账检查,,台账\n用工检查,《劳动法》第85条、《劳动合同法》第七十三条第一款；《工会法》等,用工\n")
		f.run(t, []pagetest.Case{
			{Name: "warned", As: "clerk", Method: "GET", Path: at, Status: 200, Want: pagetest.Want{"table.list": "没有法定依据", "table.issues": "《工会法》没有写明第几条", "button.primary": "确认导入 2 行"}},
			{Name: "write", As: "clerk", Method: "POST", Path: at + "/write", Form: form("key", "a"), Status: 303, Location: at},
		})
		items, _, _, err := f.Register.Items(t.Context(), roundtest.Authority, register.ItemFilter{Query: "台账检查"})
		f.Must(err)
		one := "/w/items/" + items[0].ID
		items, _, _, err = f.Register.Items(t.Context(), roundtest.Authority, register.ItemFilter{Query: "用工检查"})
		f.Must(err)
		other := "/w/items/" + items[0].ID
		f.run(t, []pagetest.Case{
			{Name: "list", As: "clerk", Method: "GET", Path: "/w/items?q=台账检查", Status: 200, Want: pagetest.Want{"table.list caption": "共 1 项", "table.list .tag": "缺法定依据"}},
			{Name: "one", As: "clerk", Method: "GET", Path: one, Status: 200, Want: pagetest.Want{".notice.bad": "没有法定依据", "ol.points li": 1}},
			{Name: "law by law", As: "clerk", Method: "GET", Path: other, Status: 200, Want: pagetest.Want{".laws": "《劳动法》第八十五条《劳动合同法》第七十三条第一款《工会法》", ".laws li": 3,
				".source": "《劳动法》第85条、《劳动合同法》第七十三条第一款；《工会法》等", "dd .notice.warn": "《工会法》没有写明第几条"}},
			{Name: "withdraw", As: "clerk", Method: "POST", Path: one + "/withdraw", Form: form("key", "b", "reason", "无依据"), Status: 303, Location: one},
			{Name: "withdrawn", As: "clerk", Method: "GET", Path: one, Status: 200, Want: pagetest.Want{".notice.warn": "已移出清单"}},
		})
	})
}

func TestImportRefused(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		f := newRegistry(t, db)
		tests := []struct {
			name, role, content, want string
			status                    int
		}{
			{"an officers' file", "clerk", "姓名,执法证号,有效期至\n王强,A1,2030-01-01\n", "这份文件像是执法检查人员名录", 422},
			{"nothing in it", "clerk", "", "文件是空的", 422},
			{"by a leader", "leader", threeFirms, "没有此项权限", 403},
			{"by nobody", "", threeFirms, "", 303},
		}
		for _, tt := range tests {
			w := f.upload(tt.role, register.Targets, "f.csv", tt.content)
			if w.Code != tt.status || !strings.Contains(w.Body.String(), tt.want) {
				t.Errorf("%s: %d, want %d with %q: %s", tt.name, w.Code, tt.status, tt.want, w.Body)
			}
		}
		f.run(t, []pagetest.Case{
			{Name: "without a file", As: "clerk", Method: "POST", Path: "/w/imports/new", Form: form("key", "a", "list", "targets"), Status: 422,
				Want: pagetest.Want{"#f-file-error": "请选择要导入的文件"}},
			{Name: "the form", As: "clerk", Method: "GET", Path: "/w/imports/new?list=officers", Status: 200,
				Want: pagetest.Want{"h1": "导入执法检查人员名录", ".tabs a[aria-current]": "执法检查人员名录", "a[href='/w/templates/officers']": 1}},
			{Name: "the form for a leader", As: "leader", Method: "GET", Path: "/w/imports/new", Status: 200, Want: pagetest.Want{"form[enctype]": 0}},
			{Name: "a template", As: "clerk", Method: "GET", Path: "/w/templates/items", Status: 200},
			{Name: "no template", As: "clerk", Method: "GET", Path: "/w/templates/none", Status: 404},
		})
		at := f.uploaded(t, register.Targets, "放弃.csv", threeFirms)
		f.run(t, []pagetest.Case{
			{Name: "the issues as a file", As: "clerk", Method: "GET", Path: at + "/issues.csv", Status: 200},
			{Name: "drop", As: "clerk", Method: "POST", Path: at + "/drop", Form: form("key", "b"), Status: 303, Location: "/w/imports/new?list=targets"},
			{Name: "dropped", As: "clerk", Method: "GET", Path: at, Status: 200, Want: pagetest.Want{".notice": "没有写入任何数据", "button.primary": 0}},
			{Name: "write what was dropped", As: "clerk", Method: "POST", Path: at + "/write", Form: form("key", "c"), Status: 409},
		})
	})
}

// The county's real register through the pages: 698 firms, five times a page.
func TestRealRegisterPages(t *testing.T) {
	path := filepath.Join("..", "..", "..", "shared", "data", "targets-yuanshi.csv")
	content, err := os.ReadFile(path)
	if os.IsNotExist(err) {
		t.Skipf("the real data are not here (%s)", path)
	}
	f := newRegistry(t, storetest.SQLite(t))
	f.Must(err)
	at := f.uploaded(t, register.Targets, "targets-yuanshi.csv", string(content))
	f.run(t, []pagetest.Case{
		{Name: "checked", As: "clerk", Method: "GET", Path: at, Status: 200, Want: pagetest.Want{"button.primary": "确认导入 698 行", ".notice.ok": "每一行都没有问题"}},
		{Name: "write", As: "clerk", Method: "POST", Path: at + "/write", Form: form("key", "a"), Status: 303, Location: at},
		{Name: "last page", As: "clerk", Method: "GET", Path: "/w/targets?page=35", Status: 200, Want: pagetest.Want{"table.list caption": "共 698 条", "table.list td.act": 18}},
		{Name: "by code", As: "clerk", Method: "GET", Path: "/w/targets?q=841G", Status: 200, Want: pagetest.Want{"table.list td.act": 1}},
	})
}

// The file of a list says on its second sheet what it holds: the filter, the
// rows, and a digest that whoever has the file can work out again.
func TestTargetsFile(t *testing.T) {
	f := newRegistry(t, storetest.SQLite(t))
	f.Firms(30)
	r := httptest.NewRequest("GET", "/w/targets/list.xlsx?kind="+url.QueryEscape("企业"), nil)
	w := httptest.NewRecorder()
	f.handler.ServeHTTP(w, f.as(r, "clerk"))
	book, err := excelize.OpenReader(w.Body)
	f.Must(err)
	rows, err := book.GetRows("检查对象")
	f.Must(err)
	about, err := book.GetRows("导出说明")
	f.Must(err)
	said := map[string]string{}
	for _, x := range about {
		said[x[0]] = x[1]
	}
	h := sha256.New()
	for _, x := range rows[1:] {
		for len(x) < len(rows[0]) {
			x = append(x, "")
		}
		io.WriteString(h, strings.Join(x, "\t")+"\n")
	}
	if len(rows) < 5 || said["行数"] != strconv.Itoa(len(rows)-1) || said["SHA-256"] != hex.EncodeToString(h.Sum(nil)) || said["筛选条件"] != "类型：企业" || said["导出人"] != "经办人" {
		t.Errorf("%d rows, and it says %v; digest %x", len(rows)-1, said, h.Sum(nil))
	}
}

// An export of the certificate authority is compared at once, and confirmed as
// an import only if somebody wants that.
func TestComparePage(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		f := newRegistry(t, db)
		w := httptest.NewRecorder()
		f.handler.ServeHTTP(w, f.as(pagetest.Upload("/w/officers/compare", form("key", "compare"), "file", "名册.csv", "姓名,执法证号,有效期至\n新来的,99999,2028-12-31\n"), "clerk"))
		at := w.Header().Get("Location")
		if w.Code != 303 || !strings.HasPrefix(at, "/w/officers/compare?import=") {
			t.Fatalf("upload = %d %s %s", w.Code, at, w.Body)
		}
		f.run(t, []pagetest.Case{
			{Name: "compared", As: "clerk", Method: "GET", Path: at, Status: 200, Want: pagetest.Want{".notice.warn": "还缺少 1 人", ".buttons a.primary": "作为导入办理", "table.list caption": "名册中已没有，共 8 张证件"}},
			{Name: "for a leader to look at", As: "leader", Method: "GET", Path: at, Status: 200, Want: pagetest.Want{".buttons a.primary": 0}},
			{Name: "as a workbook", As: "leader", Method: "GET", Path: strings.Replace(at, "compare?", "compare.xlsx?", 1), Status: 200},
			{Name: "nothing was written", As: "clerk", Method: "GET", Path: "/w/officers", Status: 200, Want: pagetest.Want{"table.list caption": "共 8 人"}},
			{Name: "no such file", As: "clerk", Method: "GET", Path: "/w/officers/compare?import=none", Status: 404},
		})
	})
}
