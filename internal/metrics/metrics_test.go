package metrics_test

import (
	"context"
	"database/sql"
	"errors"
	"io"
	"net/http/httptest"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"suiji/internal/metrics"
)

var noon = time.Date(2022, 6, 6, 4, 0, 0, 0, time.UTC)

// told is what somebody who fetches is told.
func told(t *testing.T, m *metrics.Metrics) string {
	t.Helper()
	w := httptest.NewRecorder()
	m.Handler().ServeHTTP(w, httptest.NewRequest("GET", "/metrics", nil))
	text, err := io.ReadAll(w.Result().Body)
	if err != nil || w.Code != 200 {
		t.Fatalf("status %d, %v\n%s", w.Code, err, text)
	}
	return string(text)
}

func TestMetrics(t *testing.T) {
	now := noon
	m := metrics.New(metrics.Config{
		Now: func() time.Time { return now }, Version: "v1",
		Ledgers: func(context.Context) ([]metrics.Ledger, error) {
			return []metrics.Ledger{{Authority: "130132-rs", Size: 12, Waiting: 3, Oldest: noon, Stopped: true}, {Authority: "130132-sg", Size: 1}}, nil
		},
		Pools: func() map[string]sql.DBStats {
			return map[string]sql.DBStats{"write": {MaxOpenConnections: 1, InUse: 1, WaitCount: 7, WaitDuration: 2 * time.Second}}
		},
		Disk:   func() (uint64, error) { return 4096, nil },
		Turned: func() int64 { return 5 },
	})
	m.Ran("ledger", nil)
	now = now.Add(time.Minute)
	m.Ran("ledger", errors.New("张三 is not told"))
	m.Request("GET /w/rounds/{id}", 200, 30*time.Millisecond)
	m.Request("", 404, time.Millisecond)
	m.Act("round.draw", "ok", 3*time.Second)
	text := told(t, m)
	for _, want := range []string{
		`suiji_build_info{go="go1`,
		`suiji_request_seconds_count{route="GET /w/rounds/{id}",status="200"} 1`,
		`suiji_request_seconds_bucket{route="GET /w/rounds/{id}",status="200",le="0.05"} 1`,
		`suiji_request_seconds_count{route="none",status="404"} 1`,
		`suiji_act_seconds_sum{act="round.draw",outcome="ok"} 3`,
		`suiji_job_last_run_timestamp_seconds{job="ledger"} 1.65448806e+09`,
		`suiji_job_age_seconds{job="ledger"} 60`,
		`suiji_job_failures_total{job="ledger"} 1`,
		`suiji_ledger_entries{authority="130132-rs"} 12`,
		`suiji_ledger_waiting_entries{authority="130132-rs"} 3`,
		`suiji_ledger_lag_seconds{authority="130132-rs"} 60`,
		`suiji_ledger_lag_seconds{authority="130132-sg"} 0`,
		`suiji_ledger_stopped{authority="130132-rs"} 1`,
		`suiji_database_connections{handle="write",state="in use"} 1`,
		`suiji_database_waits_total{handle="write"} 7`,
		`suiji_disk_free_bytes 4096`,
		`suiji_readers_turned_away_total 5`,
		`go_goroutines`,
	} {
		if !strings.Contains(text, want) {
			t.Errorf("no %s in\n%s", want, text)
		}
	}
	if strings.Contains(text, "张三") {
		t.Error("an error's words are told")
	}
}

// labels are all there may be: none can hold a person, a firm or a path.
var labels = []string{"act", "authority", "cause", "go", "handle", "job", "le", "outcome", "quantile", "route", "state", "status", "system", "version"}

func TestLabels(t *testing.T) {
	m := metrics.New(metrics.Config{Now: func() time.Time { return noon }, Version: "v1",
		Ledgers: func(context.Context) ([]metrics.Ledger, error) { return []metrics.Ledger{{Authority: "a"}}, nil },
		Pools:   func() map[string]sql.DBStats { return map[string]sql.DBStats{"read": {}} }})
	m.Ran("a", nil)
	m.Request("a", 200, 0)
	m.Act("a", "ok", 0)
	seen := map[string]bool{}
	for _, x := range regexp.MustCompile(`[{,]([a-z_]+)="`).FindAllStringSubmatch(told(t, m), -1) {
		seen[x[1]] = true
		// go_info has Go's version under the label that the program's has too.
		if !slices.Contains(labels, x[1]) {
			t.Errorf("a label %s", x[1])
		}
	}
	if len(seen) < 10 {
		t.Errorf("only %d labels were seen", len(seen))
	}
}

// What cannot be had is left out; the rest is told.
func TestFaultsAreLeftOut(t *testing.T) {
	m := metrics.New(metrics.Config{Now: func() time.Time { return noon }, Version: "v1",
		Ledgers: func(context.Context) ([]metrics.Ledger, error) { return nil, errors.New("gone") },
		Disk:    func() (uint64, error) { return 0, errors.New("gone") }})
	text := told(t, m)
	if strings.Contains(text, "suiji_ledger_entries{") || strings.Contains(text, "suiji_disk_free_bytes ") || !strings.Contains(text, "suiji_build_info{") {
		t.Errorf("told\n%s", text)
	}
	var nobody *metrics.Metrics // a command that serves nothing counts nothing
	nobody.Ran("a", nil)
	nobody.Request("a", 200, 0)
	nobody.Act("a", "ok", 0)
}

// So many refusals within so long are a burst; as many in an hour are none.
func TestBursting(t *testing.T) {
	now := noon
	m := metrics.New(metrics.Config{Now: func() time.Time { return now }})
	for range metrics.Burst {
		now = now.Add(12 * time.Second)
		m.Event("path")
	}
	if m.Bursting() {
		t.Error("an hour's refusals are a burst")
	}
	for n := range metrics.Burst {
		if n < metrics.Burst-60 && m.Bursting() { // the last minutes' fifty count too
			t.Fatalf("%d refusals are a burst", n)
		}
		m.Event("oversize")
	}
	if !m.Bursting() {
		t.Error("no burst")
	}
	if now = now.Add(metrics.BurstWithin + time.Second); m.Bursting() {
		t.Error("a burst that has long passed")
	}
	if text := told(t, m); !strings.Contains(text, `suiji_security_events_total{event="path"} 300`) {
		t.Errorf("not counted:\n%s", text)
	}
	var none *metrics.Metrics
	if none.Event("path"); none.Bursting() {
		t.Error("nobody counts")
	}
}
