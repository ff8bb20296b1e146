package portal

import (
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"suiji/internal/access"
	"suiji/internal/disclosure"
	"suiji/internal/plan"
	"suiji/internal/round/roundtest"
	"suiji/internal/store"
	"suiji/internal/store/storetest"
)

// eachTwice opens a database twice, as two nodes do, on each engine.
func eachTwice(t *testing.T, body func(t *testing.T, one, two *store.DB)) {
	engines := map[string]func(*testing.T) string{"sqlite": func(t *testing.T) string { return filepath.Join(t.TempDir(), "suiji.db") }}
	if dsn := os.Getenv("SUIJI_TEST_POSTGRES"); dsn != "" {
		engines["postgres"] = func(t *testing.T) string { return storetest.Postgres(t, dsn) }
	}
	for name, address := range engines {
		t.Run(name, func(t *testing.T) {
			dsn, nodes := address(t), [2]*store.DB{}
			for i := range nodes {
				db, err := store.Open(t.Context(), dsn)
				if err != nil {
					t.Fatal(err)
				}
				t.Cleanup(func() { db.Close() })
				nodes[i] = db
			}
			body(t, nodes[0], nodes[1])
		})
	}
}

// What is kept to be answered fast never outlives the act that takes it back,
// on the node where the act is done and on another.
func TestWithdrawalShowsAtOnce(t *testing.T) {
	eachTwice(t, func(t *testing.T, one, two *store.DB) {
		s := filledOn(t, one, plan.DigestFirst)
		nodes := map[string]*site{"this node": s, "another node": s.on(t, two, t.TempDir(), false)}
		found, err := s.server.Disclosure.Firms(t.Context(), roundtest.Authority, "示例", 50)
		at := slices.IndexFunc(found, func(f disclosure.PublicFirm) bool { // a penalty goes on naming its firm
			list, err := s.Disclosure.Penalties(t.Context(), roundtest.Authority, f.TargetID, "")
			return err == nil && len(list) == 0
		})
		if err != nil || at < 0 {
			t.Fatal(found, err)
		}
		firm := found[at]
		records, err := s.Disclosure.Firm(t.Context(), roundtest.Authority, firm.TargetID, true)
		s.Must(err)
		results := records.Results
		form := results[0].FormID
		pages := []string{"/", "/index.json", "/results", "/results.json", "/results?year=2022", "/results?code=" + results[0].Record.Results[0].Code,
			"/results?q=" + firm.Code, "/results/" + form, "/results/" + form + ".json", "/firms/" + firm.TargetID, "/firms/" + firm.TargetID + ".json",
			"/firms/" + firm.Code + ".json", "/search?q=" + firm.Code, "/search.json?q=" + firm.Code, "/statistics", "/feeds/results.atom",
			"/results/" + form + "/record.json"}
		named := map[string]bool{} // pages that name the firm
		ask := func(when string, public bool) {
			for name, node := range nodes {
				for range 2 { // the second is what was kept
					for _, path := range pages {
						w := node.get(path)
						has := strings.Contains(w.Body.String(), firm.Name)
						if public && has {
							named[path] = true
						}
						if !public && has {
							t.Errorf("%s, %s: %s names a firm whose only result is withdrawn", when, name, path)
						}
						if want := http.StatusGone; !public && path == "/results/"+form && w.Code != want {
							t.Errorf("%s, %s: %s answers %d, want %d", when, name, path, w.Code, want)
						}
					}
				}
			}
		}
		total := nodes["another node"].get("/results.json").Body.String()
		ask("before", true)
		if len(named) < 10 {
			t.Fatalf("only %d pages name the firm: %v", len(named), named)
		}
		for _, r := range results {
			s.Must(s.Disclosure.Withdraw(t.Context(), roundtest.As(access.Reviewer), r.FormID, "公示有误"))
		}
		ask("after", false)
		if after := nodes["another node"].get("/results.json").Body.String(); after == total {
			t.Error("the list on the other node is as it was")
		}
	})
}
