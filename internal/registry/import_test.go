package registry

import (
	"context"
	"fmt"
	"log/slog"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"suiji/internal/page/pagetest"
	"suiji/internal/register"
	"suiji/internal/round/roundtest"
	"suiji/internal/store"
	"suiji/internal/store/storetest"
)

// An import whose firms stand in a sealed round cannot be undone any more: the
// page says so instead of the button, and so does an answer to a form that was
// opened before.
func TestUndoRefusedBySealedRound(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		f := newRegistry(t, db)
		f.Firms(200)
		imports, err := f.Intake.Imports(t.Context(), roundtest.Authority, register.Targets, 1)
		f.Must(err)
		at := "/w/imports/" + imports[0].ID
		id := f.Freeze(f.Publish(nil), 1, "2022-06-06")
		f.run(t, []pagetest.Case{
			{Name: "frozen is not sealed", As: "clerk", Method: "GET", Path: at, Status: 200, Want: pagetest.Want{"button.danger": "确认撤销"}},
		})
		f.Carry(id)
		f.run(t, []pagetest.Case{
			{Name: "no button", As: "clerk", Method: "GET", Path: at, Status: 200, Want: pagetest.Want{"button.danger": 0, "details p": "已封存"}},
			{Name: "the form that was open", As: "clerk", Method: "POST", Path: at + "/undo", Form: form("key", "undo"), Status: 409, Want: pagetest.Want{".problems": "已封存"}},
			{Name: "all are there", As: "clerk", Method: "GET", Path: "/w/targets", Status: 200, Want: pagetest.Want{"table.list caption": "共 200 条"}},
		})
	})
}

// Whoever leaves the page while a file is read finds it again on the list's
// page, by any colleague's account, and it has gone on meanwhile.
func TestLeaveAndComeBack(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		f := newRegistry(t, db)
		ctx, stop := context.WithCancel(context.Background())
		done := make(chan bool)
		go func() { f.Intake.Work(ctx, slog.New(slog.DiscardHandler)); close(done) }()
		defer func() { stop(); <-done }()
		var b strings.Builder
		b.WriteString("企业名称,注册号\n")
		for n := range 20_000 {
			fmt.Fprintf(&b, "第%d厂,1301321%08d\n", n, n)
		}
		at := f.uploaded(t, register.Targets, "大名录.csv", b.String())
		gone, leave := context.WithCancel(context.Background())
		leave() // the browser goes away while the page is made
		r := httptest.NewRequest("GET", at, nil).WithContext(gone)
		f.handler.ServeHTTP(httptest.NewRecorder(), f.as(r, "clerk"))
		i, err := f.Intake.Await(t.Context(), roundtest.Authority, strings.TrimPrefix(at, "/w/imports/"), time.Minute)
		if err != nil || i.Total != 20_000 {
			t.Fatalf("after the leaving: %+v, %v, want 20,000 rows read", i, err)
		}
		f.run(t, []pagetest.Case{
			{Name: "found on the list's page", As: "list-admin", Method: "GET", Path: "/w/targets", Status: 200, Want: pagetest.Want{".notice.doing": "大名录.csv", ".notice.doing a[href='" + at + "']": "查看并确认"}},
			{Name: "as it is now", As: "clerk", Method: "GET", Path: at, Status: 200, Want: pagetest.Want{"h1": "待确认", ".progress": 0, ".side a[aria-current]": "检查对象"}},
		})
	})
}

// The imports of a list are a page, the newest first: what became of each, by
// whom, and page by page.
func TestImportsPage(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		f := newRegistry(t, db)
		f.run(t, []pagetest.Case{{Name: "none", As: "clerk", Method: "GET", Path: "/w/imports?list=targets", Status: 200, Want: pagetest.Want{"table": 0, ".empty": "还没有导入过文件"}}})
		var at string
		for n := range 22 {
			f.At(f.Now().Add(time.Minute))
			at = f.uploaded(t, register.Targets, fmt.Sprintf("第%d批.csv", n), fmt.Sprintf("企业名称,注册号\n第%d厂,1301321%08d\n坏厂,\n", n, n))
		}
		f.run(t, []pagetest.Case{
			{Name: "write", As: "clerk", Method: "POST", Path: at + "/write", Form: form("key", "w", "effective", "2022-01-10"), Status: 303, Location: at},
			{Name: "linked", As: "clerk", Method: "GET", Path: "/w/targets", Status: 200, Want: pagetest.Want{".actions a[href='/w/imports?list=targets']": "导入记录"}},
			{Name: "first page", As: "clerk", Method: "GET", Path: "/w/imports?list=targets", Status: 200, Want: pagetest.Want{
				"caption": "共 22 次", "tbody tr": 20, "th a[href='" + at + "']": "第21批.csv", "td[data-label='结果']": "新增 1", "td[data-label='确认']": "经办人",
				"td.num small": "1 行不导入", "td.act a[href='" + at + "#undo']": "查看能否撤销", ".side a[aria-current]": "检查对象"}},
			{Name: "last page", As: "clerk", Method: "GET", Path: "/w/imports?list=targets&page=2", Status: 200, Want: pagetest.Want{"tbody tr": 2, "th a": "第0批.csv", "td.act a": "查看并确认"}},
			{Name: "undo", As: "clerk", Method: "POST", Path: at + "/undo", Form: form("key", "u"), Status: 303, Location: at},
			{Name: "undone", As: "leader", Method: "GET", Path: "/w/imports?list=targets", Status: 200, Want: pagetest.Want{"td[data-label='状态']": "已撤销", "td[data-label='状态'] small": "经办人", ".head a": 0}},
			{Name: "another list", As: "clerk", Method: "GET", Path: "/w/imports?list=items", Status: 200, Want: pagetest.Want{".side a[aria-current]": "抽查事项", ".tabs a[aria-current]": "抽查事项"}},
			{Name: "nobody", Method: "GET", Path: "/w/imports", Status: 303, Location: "/w/login?next=%2Fw%2Fimports"},
		})
	})
}
