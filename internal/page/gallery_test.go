package page_test

import (
	"flag"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"path/filepath"
	"regexp"
	"testing"
	"time"

	"suiji/internal/errs"
	"suiji/internal/page"
	"suiji/internal/page/pagetest"
)

var galleryDir = flag.String("gallery", "", "write the gallery's pages into this folder, to be looked at")

// galleryPage shows every part once.
type galleryPage struct {
	page.Base
	Name          string
	Total         int
	Classes, Ways []page.Option
	Items         []string
	Chips         []page.Chip
	Firms         []galleryFirm
	Pager         page.Pager
	Tasks, Stages []page.Step
	Sealed        time.Time
	Digest        [32]byte
}

type galleryFirm struct {
	Name, Code, Class, Town, Since string
	Times                          int
	State                          page.Tag
}

func showGallery(r *http.Request) (page.Page, error) {
	return &galleryPage{
		Base:    page.Base{Title: "检查对象", Trail: []page.Link{{Word: "工作台", Href: "/w"}}},
		Total:   2046,
		Classes: []page.Option{{Value: "A", Label: "A（守信）"}, {Value: "B", Label: "B（一般）"}, {Value: "C", Label: "C（失信）"}},
		Ways:    []page.Option{{Value: "site", Label: "实地检查"}, {Value: "paper", Label: "书面检查", Hint: "企业报送材料"}, {Value: "net", Label: "网络监测"}},
		Items:   []string{"paper", "net", "site", "a", "b", "c"},
		Chips:   []page.Chip{{Word: "乡镇：槐阳镇", Without: "?"}, {Word: "信用等级：A、B", Without: "?"}},
		Firms: []galleryFirm{
			{"元氏县槐阳镇兴达建筑劳务有限公司", "91130132MA07ABCD1E", "A", "槐阳镇", "2016-03-08", 0, page.Tag{Tone: page.OK, Word: "已公示"}},
			{"河北元氏经济开发区恒远精细化工有限责任公司", "91130132700000001X", "B", "南佐镇", "2009-11-20", 2, page.Tag{Tone: page.Doing, Word: "检查中"}},
			{"元氏县城关福满楼餐饮店（个体工商户）", "92130132MA08K3QT5C", "B", "", "2018-07-02", 1, page.Tag{Tone: page.Warn, Word: "3 天内到期"}},
			{"石家庄众诚人力资源服务有限公司元氏分公司", "91130132MA0D9F2M7R", "C", "槐阳镇", "2019-05-15", 1, page.Tag{Tone: page.Bad, Word: "已超期 1 天"}},
			{"元氏县殷村镇便民超市", "92130132MA0A1B2C3D", "B", "殷村镇", "2020-01-06", 0, page.Tag{Word: "未开始"}},
		},
		Pager: page.NewPager(r, 2046),
		Tasks: []page.Step{
			{Name: "检查对象范围", Href: "/w/plans/1/scope", Note: "用人单位 2,046 家", State: page.Tag{Tone: page.OK, Word: "已完成"}},
			{Name: "批次与比例", Href: "/w/plans/1/rounds", Note: "5 %，抽 103 家", State: page.Tag{Tone: page.Doing, Word: "进行中"}},
			{Name: "执法人员", Href: "/w/plans/1/officers", State: page.Tag{Word: "未开始"}},
			{Name: "核对并报批", Note: "前三项完成后才能开始", State: page.Tag{Word: "暂不能开始"}},
		},
		Stages: []page.Step{
			{Name: "冻结名单", Note: "06-14 09:00", Done: true}, {Name: "封存承诺", Note: "06-14 09:12", Done: true},
			{Name: "公开随机数", Note: "等待 1 名见证人", Now: true}, {Name: "抽取"}, {Name: "确认"},
		},
		Sealed: time.Date(2022, 6, 14, 1, 30, 0, 0, time.UTC),
		Digest: [32]byte{0xa1, 0xb2, 0xc3, 0xd4, 0xe5, 0x67, 0x89, 0x01, 0x23},
	}, nil
}

func galleryFrame(*http.Request) page.Frame {
	return page.Frame{
		Site: "“双随机、一公开”抽查管理系统", Unit: "元氏县人力资源和社会保障局", Home: "/w", Out: "/w/logout",
		Demo: "示例数据：本系统正在演示，所有企业和人员均为虚构。",
		User: "李敏", Roles: []string{"名录管理员", "抽取操作员"}, Search: "/search",
		Nav: []page.Link{
			{Word: "工作台", Href: "/w"}, {Word: "检查对象", Href: "/w/objects"}, {Word: "执法人员", Href: "/w/officers"},
			{Word: "抽查事项", Href: "/w/items"}, {Word: "年度计划", Href: "/w/plans"}, {Word: "抽取", Href: "/w/rounds"},
			{Word: "检查任务", Href: "/w/tasks", Count: 12}, {Word: "结果与公示", Href: "/w/publish"},
			{Word: "公文与打印", Href: "/w/docs"}, {Word: "统计报表", Href: "/w/reports"}, {Word: "审计日志", Href: "/w/audit"},
		},
		Said: page.Notice{Tone: page.OK, Text: "已导入 1,998 家检查对象。"},
		Help: "系统管理员：信息中心 0311-84600000",
		Footer: []page.Fact{
			{Name: "主办单位", Text: "元氏县人力资源和社会保障局"}, {Name: "联系电话", Text: "0311-84600000"},
			{Name: "网站标识码"}, {Text: "无障碍声明", Href: "/accessibility"},
		},
	}
}

func portalFrame(r *http.Request) page.Frame {
	f := galleryFrame(r)
	f.Said, f.User = page.Notice{}, ""
	f.Nav = []page.Link{
		{Word: "首页", Href: "/"}, {Word: "抽查事项清单", Href: "/items"}, {Word: "执法人员", Href: "/officers"}, {Word: "抽查计划", Href: "/plans"},
		{Word: "抽取记录", Href: "/rounds"}, {Word: "检查结果", Href: "/results"}, {Word: "核验", Href: "/verify"},
	}
	return f
}

func gallerySet(frame func(*http.Request) page.Frame) *page.Set {
	return page.New(page.Config{
		Name: "gallery", Files: os.DirFS("testdata"), Layout: "desk", Frame: frame,
		Log: slog.New(slog.NewTextHandler(io.Discard, nil)),
	})
}

func refuseAll(*http.Request) (string, error) {
	return "", errs.All([]errs.Problem{
		{Field: "code", Sentence: "统一社会信用代码第 18 位应为 7，您填的是 3"},
		{Field: "way", Sentence: "请选择检查方式"},
		{Sentence: "本年度计划已经批准，新增的对象从下一批起参加抽取"},
	})
}

// TestGallery renders every part in every layout and checks its manners; with
// -gallery it leaves the pages in a folder.
func TestGallery(t *testing.T) {
	desk, portal := gallerySet(galleryFrame), gallerySet(portalFrame)
	refused := post("/w/objects/new", url.Values{"name": {"元氏县某公司"}, "code": {"913"}})
	lost := func(*http.Request) (page.Page, error) { return nil, io.ErrUnexpectedEOF }
	tests := []struct {
		name string
		h    http.Handler
		r    *http.Request
	}{
		{"desk", desk.Get("gallery", showGallery), httptest.NewRequest("GET", "/w/objects?page=3", nil)},
		{"form", desk.Post("form", showGallery, refuseAll), refused},
		{"portal", portal.Public("firm", showGallery), httptest.NewRequest("GET", "/plans", nil)},
		{"sign", portal.Get("sign", showGallery), httptest.NewRequest("GET", "/login", nil)},
		{"sheets", desk.Get("sheets", showGallery), httptest.NewRequest("GET", "/w/print", nil)},
		{"fault", page.Numbered(desk.Get("gallery", lost)), httptest.NewRequest("GET", "/w/objects", nil)},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			body := do(tt.h, tt.r).Body.String()
			for _, p := range pagetest.Manners(body) {
				if tt.name != "sheets" { // one h1 a sheet
					t.Error(p)
				}
			}
			leave(t, tt.name+".html", body)
			for _, address := range regexp.MustCompile(`/static/[^"]+`).FindAllString(body, -1) {
				w := do(page.Static(desk), httptest.NewRequest("GET", address, nil))
				if w.Code != 200 {
					t.Errorf("asset %s = %d, want 200", address, w.Code)
				}
				leave(t, address, w.Body.String())
			}
		})
	}
}

func leave(t *testing.T, name, body string) {
	t.Helper()
	if *galleryDir == "" {
		return
	}
	file := filepath.Join(*galleryDir, name)
	if err := os.MkdirAll(filepath.Dir(file), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(file, []byte(body), 0o644); err != nil {
		t.Fatal(err)
	}
}

func TestTemplatesFitTheirStructs(t *testing.T) {
	g := &galleryPage{}
	pagetest.Check(t, gallerySet(galleryFrame), map[string]page.Page{
		"gallery": g, "form": g, "firm": g, "sign": g, "sheets": g, "fault": page.FaultOfTests(), "prove": page.ProveOfTests(),
	})
}
