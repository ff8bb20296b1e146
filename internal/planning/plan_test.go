package planning

import (
	"bytes"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"suiji/internal/access"
	"suiji/internal/page"
	"suiji/internal/page/pagetest"
	"suiji/internal/plan"
	"suiji/internal/register"
	"suiji/internal/round/roundtest"
	"suiji/internal/store"
	"suiji/internal/store/storetest"
)

var planPages = map[string]page.Page{
	"caps": &capsPage{}, "plans": &plansPage{}, "plan": &planPage{}, "plan-document": &planDocumentPage{}, "plan-windows": &planWindowsPage{},
	"plan-tasks": &planTasksPage{}, "plan-task": &planTaskPage{}, "plan-strata": &planStrataPage{}, "plan-limits": &planLimitsPage{},
	"plan-departments": &planDepartmentsPage{}, "plan-check": &planCheckPage{}, "plan-approve": &planApprovePage{},
}

// planFields are the forms that enter the plan 元人社〔2022〕3号, section by
// section, as a clerk types them.
func planFields(item string) map[string]map[string][]string {
	return map[string]map[string][]string{
		"document": form("title", "元氏县人力资源和社会保障局2022年度“双随机、一公开”随机抽查工作计划", "number", "元人社【2022】3号",
			"issuer", "元氏县人力资源和社会保障局", "issued_on", "2022-01-17", "addressees", "局属各科室、监察大队", "leader", "", "contact", "",
			"basis-1-title", "", "basis-1-number", "元双随机办[2021]10号", "basis-1-issuer", "县双随机办",
			"basis-2-title", "", "basis-2-number", "", "basis-2-issuer", "",
			"body", "随机抽查和频次见附后的计划。检查结束之日起20日内公示检查结果。\r\n资料移交和归档均要在2021年12月20日前完成。"),
		"tasks/1": form("task-1-name", "用人单位遵守劳动保障法律法规情况", "task-1-directed", "false", "task-1-scope_kind", "", "task-1-scope_tag", "", "task-1-scope_area", "",
			"task-1-items", item, "task-1-method", "实地检查", "task-1-method", "书面检查", "task-1-lead", "元氏县人力资源和社会保障局", "task-1-units", "监察大队", "task-1-level", "县抽县查", "task-1-note", ""),
		"windows": form("window-1-starts", "2022-06-01", "window-1-ends", "2022-07-31", "window-2-starts", "2022-10-01", "window-2-ends", "2022-11-30"),
		"strata": form("ratio", "5%", "base", "yes", "rounding", "up", "floor_size", "5",
			"task-1-stratum-1-title", "其余用人单位", "task-1-stratum-1-name", "rest", "task-1-stratum-1-tag", "", "task-1-stratum-1-ratio", "5", "task-1-stratum-1-reserve", "10",
			"task-1-stratum-2-title", "", "task-1-stratum-2-name", "", "task-1-stratum-2-tag", "", "task-1-stratum-2-ratio", "", "task-1-stratum-2-reserve", "",
			"task-1-ticket-1-tag", "投诉举报多", "task-1-ticket-1-tickets", "3"),
		"limits": form("officers", "2", "field", "劳动保障监察", "confirm_days", "2", "publish_days", "20", "publish_unit", "days", "task_days", "20",
			"archive_on", "2021-12-20", "disclosure", "digest-first", "rule_vanished", "剔除后依次递补", "rule_again", "一年一次", "rule_recusal", "依次递补"),
	}
}

// with returns a copy of a form with some inputs changed.
func with(f map[string][]string, pairs ...string) url.Values {
	v := url.Values{}
	for name, values := range f {
		v[name] = values
	}
	for i := 0; i < len(pairs); i += 2 {
		v.Set(pairs[i], pairs[i+1])
	}
	return v
}

func planGet(name, as, at string, status int, want pagetest.Want) pagetest.Case {
	return pagetest.Case{Name: name, As: as, Method: "GET", Path: at, Status: status, Want: want}
}

func planPost(name, as, at string, v url.Values, status int, location string, want pagetest.Want) pagetest.Case {
	v.Set("key", name)
	return pagetest.Case{Name: name, As: as, Method: "POST", Path: at, Form: v, Status: status, Location: location, Want: want}
}

// planEntry is the way from no plan to one that waits for the leader.
func planEntry(fields map[string]map[string][]string) []pagetest.Case {
	path := "/w/plans/P2022"
	return []pagetest.Case{
		planGet("none yet", "clerk", "/w/plans", 200, pagetest.Want{"h1": "年度计划", ".empty": 1, "form[action=/w/plans]": 1}),
		planGet("the leader drafts nothing", "leader", "/w/plans", 200, pagetest.Want{"form[action=/w/plans]": 0}),
		planPost("year in words", "clerk", "/w/plans", with(nil, "id", "P2022", "year", "二〇二二"), 422, "", pagetest.Want{".problems": "如 2022"}),
		planPost("draft", "clerk", "/w/plans", with(nil, "id", "P2022", "year", "2022"), 303, path, nil),
		planGet("sections", "clerk", path, 200, pagetest.Want{"ol.tasks li": true, "h1": "2022 年度抽查计划"}),
		planGet("the leader sees no sections", "leader", path, 200, pagetest.Want{"a[href=/w/plans/P2022/document]": 0}),
		planGet("the leader edits nothing", "leader", path+"/document", 403, nil),
		planGet("document", "clerk", path+"/document", 200, pagetest.Want{"textarea": 1, "table.list tbody tr": 2}),
		planPost("date that is none", "clerk", path+"/document", with(fields["document"], "issued_on", "2022-02-30", "revision", "1"), 422, "", pagetest.Want{".problems": "没有 2022 年 2 月 30 日"}),
		planPost("document", "clerk", path+"/document", with(fields["document"], "revision", "1"), 303, path+"?number=1", nil),
		planGet("number put right", "clerk", path+"?number=1", 200, pagetest.Want{".notice.ok": "元人社〔2022〕3号"}),
		planGet("new task", "clerk", path+"/tasks/1", 200, pagetest.Want{"h1": "新增任务", "input[type=checkbox][name=task-1-items]": 2}),
		planGet("task too far", "clerk", path+"/tasks/3", 404, nil),
		planPost("task", "clerk", path+"/tasks/1", with(fields["tasks/1"], "revision", "2"), 303, path, nil),
		planGet("tasks", "clerk", path+"/tasks", 200, pagetest.Want{"table.list tbody tr": 1}),
		planPost("half a window", "clerk", path+"/windows", with(fields["windows"], "window-2-ends", "", "revision", "3"), 422, "", pagetest.Want{".problems": "第 2 批次请把开始和截止日期都填上"}),
		planPost("windows", "clerk", path+"/windows", with(fields["windows"], "revision", "3"), 303, path, nil),
		planPost("ratio in words", "clerk", path+"/strata", with(fields["strata"], "ratio", "百分之五", "revision", "4"), 422, "", pagetest.Want{".problems": "应写成 5%"}),
		planPost("strata", "clerk", path+"/strata", with(fields["strata"], "revision", "4"), 303, path, nil),
		planGet("calculator", "clerk", path+"/strata", 200, pagetest.Want{".notice": "× 5 % = 至少 35 户；各层合计 35 户", "td[data-label=分批]": "18 + 17"}),
		planPost("limits", "clerk", path+"/limits", with(fields["limits"], "revision", "5"), 303, path, nil),
		planGet("limits", "clerk", path+"/limits", 200, pagetest.Want{".notice": "2022-12-20"}),
		planGet("defects", "clerk", path+"/check", 200, pagetest.Want{"h2": "有 2 处必须修改", "form[action=/w/plans/P2022/submit]": 0,
			"a[href=/w/plans/P2022/limits#f-archive_on]": "归档截止日 2021-12-20 早于印发日期 2022-01-17"}),
		planPost("submit all the same", "clerk", path+"/submit", with(nil, "revision", "6"), 422, "", pagetest.Want{".problems": "2021-12-20"}),
		planPost("archive", "clerk", path+"/limits", with(fields["limits"], "archive_on", "2022-12-20", "revision", "6"), 303, path, nil),
		planPost("a second clerk comes late", "clerk", path+"/limits", with(fields["limits"], "officers", "3", "revision", "6"), 409, "",
			pagetest.Want{".problems": "改过这份计划", "input[name=officers][value=3]": 1, "input[name=revision][value=7]": 1}),
		planPost("text", "clerk", path+"/document", with(fields["document"], "revision", "7", "body", "检查结束之日起20日（自然日）内公示。归档在2022年12月20日前完成。"), 303, path+"?number=1", nil),
		planGet("sound", "clerk", path+"/check", 200, pagetest.Want{"h2": "没有发现问题", "form[action=/w/plans/P2022/submit]": 1}),
		planGet("not to be approved yet", "leader", path+"/approve", 409, nil),
		planPost("submit", "clerk", path+"/submit", with(nil, "revision", "8"), 303, path, nil),
		planGet("no longer editable", "clerk", path+"/limits", 409, nil),
		planGet("approve is the leader's", "clerk", path+"/approve", 403, nil),
		planGet("approval", "leader", path+"/approve", 200, pagetest.Want{"code.hash": 1, "form": 3, ".figures": "698"}),
		planPost("return without reason", "leader", path+"/return", with(nil, "phrase", "", "reason", "不行"), 422, "", pagetest.Want{".problems": "至少 5 个字"}),
		planPost("approve what was not shown", "leader", path+"/approve", with(nil, "digest", strings.Repeat("0", 64)), 409, "", pagetest.Want{".problems": "不一致"}),
		planPost("return", "leader", path+"/return", with(nil, "phrase", "文字有误，请修改后重报", "reason", ""), 303, path, nil),
		planGet("returned", "clerk", path, 200, pagetest.Want{".notice.warn": "文字有误，请修改后重报"}),
		planPost("submit again", "clerk", path+"/submit", with(nil, "revision", "8"), 303, path, nil),
	}
}

// Everything in the document of 2022 goes in by forms; what is wrong with it
// is named, mended, approved and published.
func TestPlanPages(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		f := newDesk(t, db)
		f.Firms(698)
		items, _, _, err := f.Register.Items(t.Context(), roundtest.Authority, register.ItemFilter{})
		f.Must(err)
		fields := planFields(items[0].ID)
		path := "/w/plans/P2022"
		f.run(t, planEntry(fields))
		p, err := f.Plan.Plan(t.Context(), roundtest.Authority, "P2022")
		f.Must(err)
		digest, err := f.Plan.Digest(t.Context(), p)
		f.Must(err)
		f.run(t, []pagetest.Case{
			planPost("approve", "leader", path+"/approve", with(nil, "digest", digest, "opinion", "同意"), 303, path, nil),
			planGet("ready", "clerk", path, 200, pagetest.Want{"details.confirm": "公布后计划不能再改"}),
			planPost("publish", "clerk", path+"/publish", with(nil), 303, path, nil),
			planGet("published", "auditor", path, 200, pagetest.Want{"h1": "已公布", "code.hash": 1, "details.confirm": 0}),
			planGet("list", "auditor", "/w/plans", 200, pagetest.Want{"table.list tbody tr": 1, "table.list": "元人社〔2022〕3号"}),
			planGet("another's plan", "clerk", "/w/plans/P2021", 404, nil),
		})
		if got := f.Entries("P2022"); got != "plan.published" {
			t.Errorf("ledger of the plan = %q, want plan.published", got)
		}
		r := httptest.NewRequest("GET", path+"/record.json", nil)
		w := httptest.NewRecorder()
		f.handler.ServeHTTP(w, f.as(r, string(access.Auditor)))
		if !bytes.Contains(w.Body.Bytes(), []byte(`"number":"元人社〔2022〕3号"`)) {
			t.Errorf("record.json = %d %.200s, want the public record", w.Code, w.Body)
		}
	})
}

// A published plan is amended on its page; the leader sees what differs.
func TestPlanAmendment(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		f := newDesk(t, db)
		f.Firms(300)
		path := "/w/plans/" + f.Publish(nil)
		f.On("2022-08-15")
		f.run(t, []pagetest.Case{
			planGet("offered to the clerk", "clerk", path, 200, pagetest.Want{"form[action=" + path + "/amend]": 1}),
			planGet("not to the leader", "leader", path, 200, pagetest.Want{"form[action=" + path + "/amend]": 0}),
			planPost("no reason", "clerk", path+"/amend", with(nil, "id", "V2", "amend_reason", "改"), 422, "", pagetest.Want{".problems": "至少 5 个字", "input[name=id][value=V2]": 1}),
			planPost("amend", "clerk", path+"/amend", with(nil, "id", "V2", "amend_reason", "第二批次推迟"), 303, "/w/plans/V2", nil),
			planPost("amend", "clerk", path+"/amend", with(nil, "id", "V2", "amend_reason", "第二批次推迟"), 303, "/w/plans/V2", nil),
			planPost("a second one", "clerk", path+"/amend", with(nil, "id", "V3", "amend_reason", "第二批次推迟"), 409, "", pagetest.Want{".problems": "第 2 版已由"}),
			planGet("nothing differs", "clerk", "/w/plans/V2", 200, pagetest.Want{"h1": "第 2 版", ".panel": "还没有改动"}),
			planPost("windows", "clerk", "/w/plans/V2/windows", with(form("window-1-starts", "2022-06-01", "window-1-ends", "2022-07-31", "window-2-starts", "2022-10-20", "window-2-ends", "2022-11-30"), "revision", "1"), 303, "/w/plans/V2", nil),
			planGet("a difference", "leader", "/w/plans/V2", 200, pagetest.Want{"th": "第 2 批次", "td[data-label=变更后]": "2022-10-20 至 2022-11-30", "td[data-label=变更前]": "2022-10-01 至 2022-11-30"}),
		})
	})
}

// A new stratum is typed below the one that catches all, and stands above it
// in the plan.
func TestPlanStrataOrder(t *testing.T) {
	f := newDesk(t, storetest.SQLite(t))
	f.Firms(300)
	f.Must(f.Plan.Draft(t.Context(), roundtest.As(access.Clerk), "P2022", 2022))
	items, _, _, err := f.Register.Items(t.Context(), roundtest.Authority, register.ItemFilter{})
	f.Must(err)
	fields := planFields(items[0].ID)
	strata := with(fields["strata"], "task-1-stratum-2-title", "劳务派遣", "task-1-stratum-2-name", "pq", "task-1-stratum-2-tag", "劳务派遣", "task-1-stratum-2-ratio", "20", "task-1-stratum-2-reserve", "3", "revision", "2")
	f.run(t, []pagetest.Case{
		{Name: "task", As: "clerk", Method: "POST", Path: "/w/plans/P2022/tasks/1", Form: with(fields["tasks/1"], "revision", "1"), Status: 303, Location: "/w/plans/P2022"},
		{Name: "strata", As: "clerk", Method: "POST", Path: "/w/plans/P2022/strata", Form: strata, Status: 303, Location: "/w/plans/P2022"},
	})
	p, err := f.Plan.Plan(t.Context(), roundtest.Authority, "P2022")
	f.Must(err)
	st := p.Tasks[0].Strata
	if len(st) != 2 || st[0].Name != "pq" || st[1].Name != "rest" || st[0].Size == 0 || st[0].Size+st[1].Size != 300 {
		t.Errorf("strata = %+v, want pq, then rest, 300 firms together", st)
	}
	f.run(t, []pagetest.Case{
		{Name: "delete", As: "clerk", Method: "POST", Path: "/w/plans/P2022/tasks/1/delete", Form: with(nil, "revision", "3"), Status: 303, Location: "/w/plans/P2022"},
		{Name: "gone", As: "clerk", Method: "POST", Path: "/w/plans/P2022/tasks/1/delete", Form: with(nil, "revision", "4"), Status: 422},
	})
}

// The departments of a joint task are typed on their page, and whose each item
// is once they are there; the plan's page shows them, and a bad number refuses.
func TestPlanDepartments(t *testing.T) {
	f := newDesk(t, storetest.SQLite(t))
	f.Firms(300)
	f.Units(roundtest.Staff{Unit: "县市场监督管理局", Fields: "市场监管", Officers: 4})
	f.Must(f.Plan.Draft(t.Context(), roundtest.As(access.Clerk), "P2022", 2022))
	items, _, _, err := f.Register.Items(t.Context(), roundtest.Authority, register.ItemFilter{})
	f.Must(err)
	fields, at := planFields(items[0].ID), "/w/plans/P2022/departments"
	typed := form("task-1-slot-1-title", "县人社局", "task-1-slot-1-name", "rs", "task-1-slot-1-units", "", "task-1-slot-1-field", "劳动保障监察", "task-1-slot-1-size", "2", "task-1-slot-1-tag", "", "task-1-slot-1-area", "",
		"task-1-slot-2-title", "县市场监督管理局", "task-1-slot-2-name", "sj", "task-1-slot-2-units", "县市场监督管理局，没有的股室", "task-1-slot-2-field", "", "task-1-slot-2-size", "2", "task-1-slot-2-tag", "劳务派遣", "task-1-slot-2-area", "990101",
		"task-1-slot-3-title", "", "task-1-slot-3-name", "", "task-1-slot-3-units", "", "task-1-slot-3-size", "")
	f.run(t, []pagetest.Case{
		planPost("task", "clerk", "/w/plans/P2022/tasks/1", with(fields["tasks/1"], "revision", "1"), 303, "/w/plans/P2022", nil),
		planPost("strata", "clerk", "/w/plans/P2022/strata", with(fields["strata"], "revision", "2"), 303, "/w/plans/P2022", nil),
		planGet("empty", "clerk", at, 200, pagetest.Want{"input[name=task-1-slot-1-title]": 1, ".hint": "县市场监督管理局（4 人）"}),
		planPost("one officer", "clerk", at, with(typed, "task-1-slot-2-size", "1", "revision", "3"), 422, "", pagetest.Want{".notice.bad": "2 到 20"}),
		planPost("departments", "clerk", at, with(typed, "revision", "3"), 303, "/w/plans/P2022", nil),
		planGet("shown", "clerk", "/w/plans/P2022", 200, pagetest.Want{"dd": "牵头：县人社局，每户 2 人"}),
		planPost("whose the item is", "clerk", at, with(typed, "task-1-item-1-slot", "rs", "revision", "4"), 303, "/w/plans/P2022", nil),
		planGet("a partner without items", "clerk", at, 200, pagetest.Want{".panel": "“县市场监督管理局”没有检查事项"}),
	})
	p, err := f.Plan.Plan(t.Context(), roundtest.Authority, "P2022")
	f.Must(err)
	s := p.Tasks[0].Slots
	if len(s) != 2 || s[1].Units != "县市场监督管理局、没有的股室" || s[1].Area != "990101" || s[0].Firms[0] != 300 || s[1].Firms[0] == 0 || s[1].Firms[0] >= 300 || p.Tasks[0].Items[0].Slot != "rs" {
		t.Errorf("departments = %+v with items %+v, want both as typed, the second for some of the firms", s, p.Tasks[0].Items)
	}
}

// Every defect's link leads to an input that is there.
func TestPlanDefectsLeadToInputs(t *testing.T) {
	f := newDesk(t, storetest.SQLite(t))
	f.Firms(100)
	ctx := t.Context()
	f.Must(f.Plan.Draft(ctx, roundtest.As(access.Clerk), "P2022", 2022))
	p, err := f.Plan.Plan(ctx, roundtest.Authority, "P2022")
	f.Must(err)
	p.Title, p.Officers, p.RuleAgain, p.BaseOn, p.Rounding, p.Ratio, p.ConfirmDays, p.PublishDays, p.Body = "", 1, "", p.IssuedOn, "", 0, 0, 0, "守法诚信登记"
	p.Windows = []plan.Window{{No: 1}}
	p.Tasks = []plan.Task{{No: 1, Directed: true, Strata: []plan.Stratum{{Name: "甲", Tag: "x"}}, Tickets: []plan.Ticket{{Tag: "y"}},
		Slots: []plan.Slot{{Name: "甲", Size: 1}, {Name: "sj", Title: "县市场监管局", Units: "没有的单位", Size: 2}, {Name: "wj", Units: "劳动关系科", Size: 9}}}}
	_, err = f.Plan.Save(ctx, roundtest.As(access.Clerk), p)
	f.Must(err)
	p, err = f.Plan.Plan(ctx, roundtest.Authority, "P2022")
	f.Must(err)
	defects, err := f.Plan.Defects(ctx, p)
	f.Must(err)
	if len(defects) < 15 {
		t.Errorf("only %d defects, want a plan full of them", len(defects))
	}
	for _, d := range defects {
		at, id, _ := strings.Cut(planDefectHref(p.ID, d.Field), "#")
		w := httptest.NewRecorder()
		f.handler.ServeHTTP(w, f.as(httptest.NewRequest(http.MethodGet, at, nil), "clerk"))
		if w.Code != 200 || !strings.Contains(w.Body.String(), `id="`+id+`"`) {
			t.Errorf("%s %q leads to %s, which is %d and has no #%s", d.Code, d.Sentence, at, w.Code, id)
		}
	}
}

// The plan of 2022 on the county's real register of 698 firms: 35 of them.
func TestPlanOnRealRegister(t *testing.T) {
	file, err := os.ReadFile(filepath.Join("..", "..", "..", "shared", "data", "targets-yuanshi.csv"))
	if os.IsNotExist(err) {
		t.Skip("the real register of the county is not beside the repository")
	}
	if err != nil {
		t.Fatal(err)
	}
	f := newDesk(t, storetest.SQLite(t))
	imp, err := f.Intake.Check(t.Context(), roundtest.As(access.Clerk), register.Targets, "targets-yuanshi.csv", bytes.NewReader(file))
	f.Must(err)
	_, err = f.Intake.Write(t.Context(), roundtest.As(access.Clerk), imp.ID)
	f.Must(err)
	f.Publish(nil)
	f.run(t, []pagetest.Case{{Name: "plan", As: "leader", Method: "GET", Path: "/w/plans/P2022", Status: 200,
		Want: pagetest.Want{".panel": true, "td[data-label=全年应查]": "35"}}})
}
