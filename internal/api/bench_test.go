package api

import (
	"net/http"
	"net/http/httptest"
	"testing"

	"suiji/internal/page"
	"suiji/internal/store/storetest"
)

// BenchmarkAPI answers in-process, in as many goroutines as there are cores:
// a bare handler that writes as many bytes, a firm, and a page of 20 results.
func BenchmarkAPI(b *testing.B) {
	d := filled(b, storetest.SQLite(b))
	firm, results := "/api/v1/firms/"+d.forms[0].Firm.Code, "/api/v1/results?limit=20"
	bare := make([]byte, d.get(firm).Body.Len())
	for _, x := range []struct {
		name, path string
		h          http.Handler
	}{
		{"bare handler", firm, page.Chain(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { w.Write(bare) }), page.Numbered)},
		{"firm", firm, d}, {"page of results", results, d},
	} {
		b.Run(x.name, func(b *testing.B) {
			b.ReportAllocs()
			b.RunParallel(func(pb *testing.PB) {
				for pb.Next() {
					w := httptest.NewRecorder()
					x.h.ServeHTTP(w, httptest.NewRequest(http.MethodGet, x.path, nil))
					if w.Code != http.StatusOK {
						b.Errorf("%d %s", w.Code, w.Body)
					}
				}
			})
			b.ReportMetric(float64(b.N)/b.Elapsed().Seconds(), "req/s")
		})
	}
}
