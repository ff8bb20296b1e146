package registry

import (
	"bytes"
	"fmt"
	"io"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"

	"github.com/xuri/excelize/v2"

	"suiji/internal/page/pagetest"
	"suiji/internal/register"
	"suiji/internal/store"
	"suiji/internal/store/storetest"
)

// A filter is saved under a name, applied by one click, seen by colleagues only
// if it is shared, and removed by its owner alone.
func TestFilters(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		f := newRegistry(t, db)
		f.Firms(60)
		const chosen = "/w/targets?kind=" + "%E4%BC%81%E4%B8%9A" + "&order=name" // 企业
		post := func(name, as, path string, status int, location string, pairs ...string) pagetest.Case {
			return pagetest.Case{Name: name, As: as, Method: "POST", Path: path, Form: form(append(pairs, "key", name)...), Status: status, Location: location}
		}
		get := func(name, as, path string, want pagetest.Want) pagetest.Case {
			return pagetest.Case{Name: name, As: as, Method: "GET", Path: path, Status: 200, Want: want}
		}
		f.run(t, []pagetest.Case{
			get("nothing to save", "clerk", "/w/targets", pagetest.Want{".saved": 0, "main form[method=post]": 0}),
			get("something to save", "clerk", chosen, pagetest.Want{`form[method=post] input[name=name]`: 1}),
			get("not for the auditor, who changes nothing", "auditor", chosen, pagetest.Want{`main form[method=post]`: 0}),
			post("by the auditor", "auditor", chosen, 403, "", "name", "a"),
			{Name: "without a name", As: "clerk", Method: "POST", Path: chosen, Form: form("key", "none", "name", " "), Status: 422,
				Want: pagetest.Want{"#f-name-error": "请给筛选起个名字", "details[open]": 1, ".chips li": 1}},
			post("without conditions", "clerk", "/w/targets", 422, "", "name", "全部"),
			post("save", "clerk", chosen+"&page=2", 303, chosen, "name", "企业按名称"),
			post("the same again", "clerk", chosen, 303, chosen, "name", "企业按名称"),
			post("share", "clerk", "/w/targets?q=槐阳", 303, "/w/targets?q=", "name", "槐阳", "shared", "true"),
			get("two of one's own", "clerk", "/w/targets", pagetest.Want{".saved a": 2, "table.list caption": true}),
			get("in force", "clerk", chosen, pagetest.Want{`.saved a[aria-current]`: "企业按名称"}),
			get("one of a colleague", "leader", "/w/targets", pagetest.Want{".saved a": 1, ".saved small": "经办人共享"}),
			get("not in another list", "clerk", "/w/officers", pagetest.Want{".saved": 0}),
			post("a colleague removes only their own", "leader", "/w/targets", 303, "/w/targets", "remove", "槐阳"),
			get("so it is there", "clerk", "/w/targets", pagetest.Want{".saved a": 2}),
			post("remove", "clerk", "/w/targets", 303, "/w/targets", "remove", "槐阳"),
			post("remove again", "clerk", "/w/targets", 303, "/w/targets", "remove", "槐阳"),
			get("one left", "clerk", "/w/targets", pagetest.Want{".saved a": 1}),
			post("of officers", "clerk", "/w/officers?order=until", 303, "/w/officers?order=until", "name", "先到期"),
			post("of items", "clerk", "/w/items?level=key", 303, "/w/items?level=key", "name", "重点"),
			get("saved for officers", "clerk", "/w/officers", pagetest.Want{".saved a": "先到期"}),
		})
	})
}

func (f *fixture) file(t *testing.T, path string) []byte {
	t.Helper()
	w := httptest.NewRecorder()
	f.handler.ServeHTTP(w, f.as(httptest.NewRequest("GET", path, nil), "clerk"))
	b, err := io.ReadAll(w.Body)
	f.Must(err)
	if w.Code != 200 {
		t.Fatalf("%s: %d %s", path, w.Code, b)
	}
	return b
}

// rows are the rows of a workbook's first sheet below its header.
func rows(t *testing.T, f *fixture, b []byte) [][]string {
	t.Helper()
	book, err := excelize.OpenReader(bytes.NewReader(b))
	f.Must(err)
	all, err := book.GetRows(book.GetSheetName(0))
	f.Must(err)
	return all[1:]
}

// What is exported is what is shown: the same filter, the same order, every
// page of it; no cell becomes a formula, no number loses a digit; and the file
// can come in again without a change.
func TestExports(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		f := newRegistry(t, db)
		write := func(list register.List, name, content string) {
			t.Helper()
			at := f.uploaded(t, list, name, content)
			f.run(t, []pagetest.Case{{Name: name, As: "clerk", Method: "POST", Path: at + "/write", Form: form("key", name), Status: 303, Location: at}})
		}
		write(register.Targets, "a.csv", "企业名称,统一社会信用代码,注册号,注册地址,其他号码,用工地\n丙厂,,130132100001234,+槐阳镇,旧注册号 1301321,130132｜槐阳镇｜3；130102｜长安区｜\n"+
			"甲厂,91130132108010841G,,槐阳镇,,\n乙厂,91130132108010083D,,南佐镇,,\n")
		write(register.Officers, "b.csv", "姓名,执法证号,有效期至,单位/科室\n张三,012345678901234567,2023-01-01,乙科\n李四,A2,2022-06-01,乙科\n王五,A3,2024-01-01,甲科\n")
		write(register.Items, "c.csv", "抽查事项,检查依据,检查内容,事项类别,事项编码\n台账,劳动法第一条,台账；工资,重点,00123\n")

		names := func(path string, col int) string {
			t.Helper()
			var out []string
			for _, row := range rows(t, f, f.file(t, path)) {
				out = append(out, row[col])
			}
			return strings.Join(out, " ")
		}
		for path, want := range map[string]struct {
			col  int
			text string
		}{
			"/w/targets/list.xlsx?order=code":                                  {1, "丙厂 乙厂 甲厂"},
			"/w/targets/list.xlsx?page=7&order=name":                           {1, "丙厂 乙厂 甲厂"}, // by bytes, the same on both engines
			"/w/targets/list.xlsx?order=name&q=" + url.QueryEscape("厂"):        {1, "丙厂 乙厂 甲厂"},
			"/w/targets/list.xlsx?q=甲厂":                                        {1, "甲厂"},
			"/w/officers/list.xlsx?order=until&q=乙科":                           {1, "李四 张三"},
			"/w/officers/list.xlsx?order=unit&q=" + url.QueryEscape("乙科"):      {1, "张三 李四"},
			"/w/items/list.xlsx?level=key":                                     {2, "台账"},
			"/w/items/list.xlsx?level=key&order=category&on=2022-01-10&q=没有这项": {2, ""},
		} {
			if got := names(path, want.col); got != want.text {
				t.Errorf("%s has %q, want %q", path, got, want.text)
			}
		}
		for path, want := range map[string]string{"/w/targets/list.csv": "'130132100001234,丙厂", "/w/officers/list.csv": "'012345678901234567,张三", "/w/items/list.csv": "'00123,"} {
			if got := string(f.file(t, path)); !strings.Contains(got, want) {
				t.Errorf("%s = %q, want %q in it", path, got, want)
			}
		}
		if got := string(f.file(t, "/w/targets/list.csv")); !strings.Contains(got, ",'+槐阳镇,") {
			t.Errorf("a formula went out: %q", got)
		}
		for list, path := range map[register.List]string{register.Targets: "/w/targets/", register.Officers: "/w/officers/", register.Items: "/w/items/"} {
			for _, format := range []string{"csv", "xlsx"} {
				name := fmt.Sprint(list, ".", format)
				at := f.uploaded(t, list, name, string(f.file(t, path+"list."+format)))
				f.run(t, []pagetest.Case{{Name: name, As: "clerk", Method: "GET", Path: at, Status: 200, Want: pagetest.Want{".panel p": "更新 0 条", ".figures .bad": 0}}})
			}
		}
	})
}
