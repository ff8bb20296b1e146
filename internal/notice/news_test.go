package notice_test

import (
	"context"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"suiji/internal/access"
	"suiji/internal/notice"
	"suiji/internal/round/roundtest"
	"suiji/internal/store"
	"suiji/internal/store/storetest"
)

// News is told at once to the first of each group that there is, once, however
// often and on however many nodes it is announced; outside nothing but its
// title is said.
func TestAnnounce(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		o := newOffice(t, db)
		o.people()
		bodies := ""
		srv := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
			body, _ := io.ReadAll(r.Body) // what is missing shows below
			bodies += string(body)
		}))
		defer srv.Close()
		o.hook(t, srv.URL)
		news := notice.News{Key: "k", At: o.Now(), Title: "安全设置有变动", Text: "见证方：原为“a.example”", To: [][]access.Role{{access.Security, access.Admin}, {access.Auditor, access.Leader}}}
		second := o.node(db)
		for range 2 {
			o.Must(o.Notice.Announce(t.Context(), roundtest.Authority, news))
			o.Must(second.Announce(context.Background(), roundtest.Authority, news))
			o.deliver(t)
		}
		for _, x := range access.Roles {
			want := 0
			if x.Role == access.Security || x.Role == access.Auditor {
				want = 1
			}
			if got := o.messages(t, x.Role); len(got) != want || want == 1 && (!got[0].Alarm() || got[0].Lines[0].What != news.Text) {
				t.Errorf("%s has %+v, want %d", x.Role, got, want)
			}
		}
		if strings.Count(bodies, `"notice.alarm"`) != 2 || strings.Contains(bodies, "example\u201d") || !strings.Contains(bodies, news.Title) {
			t.Errorf("what left the house: %s", bodies)
		}
		o.Must(o.Identity.Enable(t.Context(), access.System(roundtest.Authority), roundtest.As(access.Security).ID, false))
		news.Key = "k2"
		o.Must(o.Notice.Announce(t.Context(), roundtest.Authority, news))
		if got := o.messages(t, access.Admin); len(got) != 1 {
			t.Errorf("without a security administrator the administrator has %d messages, want 1", len(got))
		}
	})
}
