package portal

import (
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"suiji/internal/access"
	"suiji/internal/page/pagetest"
	"suiji/internal/plan"
	"suiji/internal/round/roundtest"
	"suiji/internal/stats"
	"suiji/internal/store/storetest"
)

// Draws that are not disclosed are neither counted nor foretold: while the
// names are secret, the page is that of an office without any draw.
func TestFairnessCountsWhatIsDisclosed(t *testing.T) {
	s := filled(t, plan.DigestFirst)
	s.Must(s.Stats.Update(t.Context(), roundtest.Authority))
	pagetest.Run(t, s, nil, []pagetest.Case{
		{Name: "nothing disclosed", Path: "/fairness", Want: pagetest.Want{".empty": "还没有可以统计的抽取", ".theme": 0, ".notice": 0}},
		{Name: "changes", Path: "/fairness", Want: pagetest.Want{".changes": "替换 1 人次"}},
		{Name: "round", Path: "/rounds/" + s.done, Want: pagetest.Want{".nearby": 0}},
	})

	s.On("2022-12-31") // the sealed date of both rounds has come
	s.Must(s.Round.DiscloseDue(t.Context(), roundtest.Authority))
	pagetest.Run(t, s, nil, []pagetest.Case{{Name: "not counted yet", Path: "/fairness", Want: pagetest.Want{".notice": "有 3 次抽取刚刚公开，正在统计"}}})
	s.Must(s.Stats.Update(t.Context(), roundtest.Authority))
	said := "没有发现异常"
	standing, err := s.Stats.Report(t.Context(), roundtest.Authority)
	s.Must(err)
	if n := len(standing.Flags); n > 0 { // a fair draw is remarkable now and then
		said = fmt.Sprintf("有 %d 个方面异常", n)
	}
	pagetest.Run(t, s, nil, []pagetest.Case{
		{Name: "counted", Path: "/fairness", Want: pagetest.Want{".notice": said, ".theme": 10, "#deciles tbody tr": 10, "#towns tbody svg": 10}},
		{Name: "round", Path: "/rounds/" + s.done, Want: pagetest.Want{".nearby": "平均约有", ".nearby a[href=\"/fairness\"]": 1}},
	})

	w := s.get("/fairness.json")
	var twin struct {
		Waiting int
		Report  stats.Report
	}
	if err := json.Unmarshal(w.Body.Bytes(), &twin); err != nil {
		t.Fatal(err)
	}
	if len(twin.Report.Draws) != 2 || twin.Report.Deals != 1 || twin.Waiting != 0 {
		t.Errorf("twin counts %d draws and %d deals, %d waiting; want 2, 1, 0", len(twin.Report.Draws), twin.Report.Deals, twin.Waiting)
	}
	for _, l := range twin.Report.Draws {
		drawn := 0
		firms, err := s.Round.Firms(t.Context(), roundtest.Authority, l.Round)
		s.Must(err)
		quotas, err := s.Round.Quotas(t.Context(), roundtest.Authority, l.Round)
		s.Must(err)
		for _, q := range quotas {
			for _, f := range firms {
				if f.Stratum == q.Name && f.Rank <= q.Draw {
					drawn++
				}
			}
		}
		if l.Drawn != drawn {
			t.Errorf("%s: %d firms counted, want %d", l.Round, l.Drawn, drawn)
		}
	}
	r := httptest.NewRequest(http.MethodGet, "/fairness", nil)
	r.Header.Set("If-None-Match", s.get("/fairness").Header().Get("ETag"))
	again := httptest.NewRecorder()
	if s.ServeHTTP(again, r); again.Code != http.StatusNotModified {
		t.Errorf("with its entity tag the page answers %d, want 304", again.Code)
	}
}

// A rehearsal never counts, and counting twice changes nothing.
func TestFairnessOfRehearsals(t *testing.T) {
	s := newSite(t, storetest.SQLite(t))
	s.Firms(120)
	s.plan = s.Publish(func(p *plan.Plan) { p.Disclosure = plan.AtOnce })
	id := s.Freeze(s.plan, 1, "2022-06-06")
	s.seal(id)
	s.carry(id)
	s.Must(s.Round.Disclose(t.Context(), roundtest.As(access.Operator), id))
	for range 2 {
		s.Must(s.Stats.Update(t.Context(), roundtest.Authority))
	}
	first := s.get("/fairness.json").Body.String()
	s.On("2022-06-09")
	s.Must(s.Stats.Update(t.Context(), roundtest.Authority))
	if second := s.get("/fairness.json").Body.String(); second != first || !strings.Contains(first, id) {
		t.Errorf("counted again, the page changed:\n%s\n%s", first, second)
	}
}
