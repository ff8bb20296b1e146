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
			{Name: "as it is now", As: "clerk", Method: "GET", Path: at, Status: 200, Want: pagetest.Want{"h1": "待确认", ".progress": 0}},
		})
	})
}
