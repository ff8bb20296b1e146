package desk

import (
	"fmt"
	"testing"

	"suiji/calendar"
	"suiji/internal/access"
	"suiji/internal/inspection"
	"suiji/internal/page/pagetest"
	"suiji/internal/round/roundtest"
	"suiji/internal/store"
	"suiji/internal/store/storetest"
)

// conclude enters and confirms a form through the desk's services.
func (f *fixture) conclude(t *testing.T, formID string, change func(*inspection.Entry)) {
	t.Helper()
	x, err := f.Inspection.Form(t.Context(), roundtest.Authority, formID)
	f.Must(err)
	e := x.Entry()
	e.Methods, e.FirmPerson, e.Codes = []inspection.Method{inspection.OnSite}, "孙签字", []inspection.Code{inspection.R1}
	e.StartedOn, e.EndedOn = x.Task.MatchedOn, x.Task.MatchedOn
	for i := range e.Answers {
		e.Answers[i].Answer = inspection.Yes
	}
	if change != nil {
		change(&e)
	}
	f.ApprovedOn(x.RoundID, e.StartedOn.String())
	f.Must(f.Inspection.Enter(t.Context(), roundtest.As("clerk"), formID, e))
	f.Must(f.Inspection.Confirm(t.Context(), roundtest.As("reviewer"), formID, x.Revision+1, ""))
}

func TestPublishPages(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		f, roundID, id := matched(t, db)
		second := inspection.Serial(roundID, 2)
		path, rate := "/w/publish/"+id, "/w/rounds/"+roundID+"/rate"
		f.run(t, []pagetest.Case{
			{Name: "nothing ready", As: "reviewer", Method: "GET", Path: "/w/publish", Status: 200, Want: pagetest.Want{".empty": "没有待公示的结果", "table.blocked tbody tr": 5}},
			{Name: "nothing chosen", As: "reviewer", Method: "GET", Path: "/w/publish/preview", Status: 200, Want: pagetest.Want{".empty": "还没有选择"}},
			{Name: "not confirmed", As: "reviewer", Method: "GET", Path: "/w/publish/preview?form=" + id, Status: 409},
		})
		f.conclude(t, id, nil)
		f.conclude(t, second, func(e *inspection.Entry) {
			e.Codes = []inspection.Code{inspection.R5}
			e.Findings = []inspection.Finding{{Fact: "没有合同", Measure: "补签，电话13900000001", DueOn: e.EndedOn}}
		})
		f.run(t, []pagetest.Case{
			{Name: "ready", As: "reviewer", Method: "GET", Path: "/w/publish", Status: 200, Want: pagetest.Want{"input[type=checkbox]": 2, "input[checked]": 0, "table.blocked tbody tr": 3, "button.primary": "预览公示内容"}},
			{Name: "all ticked", As: "reviewer", Method: "GET", Path: "/w/publish?all=1&round=" + roundID, Status: 200, Want: pagetest.Want{"input[checked]": 2, "input[disabled]": 2, "input[name=all]": 1}},
			{Name: "preview", As: "reviewer", Method: "GET", Path: "/w/publish/preview?form=" + id + "&form=" + second, Status: 200,
				Want: pagetest.Want{"section.panel": 2, ".notice.warn": "已遮盖：电话号码", "dl.facts": "补签，电话***", "mark": "***", "input[name=form]": 2}},
			{Name: "a clerk only looks", As: "clerk", Method: "GET", Path: "/w/publish/preview?form=" + id, Status: 200, Want: pagetest.Want{"details.confirm": 0, ".notice": "由结果审核员公示"}},
			post("by a clerk", "clerk", "/w/publish/preview", 403, "", form("form", id)),
			post("published", "reviewer", "/w/publish/preview", 303, "/w/publish?posted=2", form("form", id, "form", second)),
			post("published", "reviewer", "/w/publish/preview", 303, "/w/publish?posted=2", form("form", id, "form", second)),
			{Name: "it says so once", As: "reviewer", Method: "GET", Path: "/w/publish?posted=2", Status: 200, Want: pagetest.Want{".notice.ok": "已公示 2 条", "a[href*=posted]": 0}},
			refused(post("again", "reviewer", "/w/publish/preview", 409, "", form("form", id)), pagetest.Want{".problems": "已经公示"}),
			{Name: "its form says the same", As: "reviewer", Method: "GET", Path: "/w/forms/" + id, Status: 200, Want: pagetest.Want{"dl.facts .tag.ok": "按期公示"}},
			{Name: "posting", As: "reviewer", Method: "GET", Path: path, Status: 200, Want: pagetest.Want{"h1": pagetest.Want{".tag": "按期公示"}, "h2": "第 1 版：公示", "details.confirm button": 3, "form[action=" + path + "/withdraw] button[disabled]": "先选"}},
			refused(post("nothing to correct", "reviewer", path+"/correct", 409, "", form("reason", "更正")), pagetest.Want{".problems": "公开的内容没有变化"}),
			refused(post("a reason that says nothing", "reviewer", path+"/withdraw", 422, "", form("reason", "x")), pagetest.Want{".problems": "至少 2 字"}),
			post("withdrawn", "reviewer", path+"/withdraw", 303, path, form("reason", "异议成立")),
			{Name: "withdrawn posting", As: "reviewer", Method: "GET", Path: path, Status: 200, Want: pagetest.Want{"h2": "第 2 版：撤回", ".mute": "内容已撤回", "a.primary": "预览公示内容"}},
			{Name: "rate", As: "leader", Method: "GET", Path: rate, Status: 200, Want: pagetest.Want{"ul.figures": "50 %", "table.list tbody tr": 5, "details.confirm": 0}},
			{Name: "one figure", As: "leader", Method: "GET", Path: rate + "?only=on-time", Status: 200, Want: pagetest.Want{"table.list": "共 1 户"}},
			refused(post("cannot close", "reviewer", "/w/rounds/"+roundID+"/close", 409, "", form()), pagetest.Want{".problems": "还有 4 户的结果还没有公示"}),
			post("exempt by the reviewer", "reviewer", path+"/exempt", 403, "", form("reason", "涉密")),
			post("exempt", "leader", path+"/exempt", 303, path, form("reason", "涉及国家秘密")),
			{Name: "exempt posting", As: "leader", Method: "GET", Path: path, Status: 200, Want: pagetest.Want{"dl.facts": "局领导 批准"}},
		})
		for no := 3; no <= 5; no++ {
			f.conclude(t, inspection.Serial(roundID, no), nil)
			f.run(t, []pagetest.Case{post(fmt.Sprint("publish", no), "reviewer", "/w/publish/preview", 303, "/w/publish?posted=1", form("form", inspection.Serial(roundID, no)))})
		}
		f.run(t, []pagetest.Case{
			refused(post("a problem is open", "reviewer", "/w/rounds/"+roundID+"/close", 409, "", form()), pagetest.Want{".problems": "还有 1 项后续处置没有了结"}),
		})
		f.Must(f.Door.Keep(t.Context(), func(tx *store.DB) error {
			return f.Inspection.CloseFindingTx(t.Context(), tx, roundtest.As(access.Clerk), second, 1, inspection.Closing{Outcome: inspection.Rectified, On: calendar.MustParse("2022-06-20"), Note: "复查合格"})
		}))
		f.run(t, []pagetest.Case{
			post("closed", "reviewer", "/w/rounds/"+roundID+"/close", 303, rate, form()),
			{Name: "closed rate", As: "leader", Method: "GET", Path: rate, Status: 200, Want: pagetest.Want{"h1": pagetest.Want{".tag": "已办结"}, "details.confirm": 0}},
		})
	})
}
