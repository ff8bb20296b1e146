package main

import (
	"bytes"
	"context"
	"encoding/base64"
	"fmt"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"suiji/internal/access"
	"suiji/internal/sample"
	"suiji/internal/store/storetest"
)

// Two servers on one PostgreSQL remind everybody once. One that is killed when
// its webhook has arrived, before it could write that down, has it sent again
// by the other under the same id, and nothing else twice.
func TestTwoServersRemind(t *testing.T) {
	dsn := storetest.Server(t) // several nodes need one
	w := newTown(t, storetest.Postgres(t, dsn))
	w.found()
	w.ok("", "import", "officers", w.sample("ending.csv", func(b *bytes.Buffer) error { return sample.Officers(b, 8, "2022-01-20") }))

	var mu sync.Mutex
	got, order := map[string]int{}, []string{}
	var victim *server
	hook := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		mu.Lock()
		defer mu.Unlock()
		id := r.Header.Get("webhook-id")
		got[id]++
		order = append(order, id)
		if victim != nil {
			victim.abort()
			victim = nil
		}
	}))
	defer hook.Close()
	env := []string{"SUIJI_WEBHOOK=" + hook.URL, "SUIJI_OUTGOING=127.0.0.1", "SUIJI_WEBHOOK_SECRET=whsec_" + base64.StdEncoding.EncodeToString([]byte("a secret of at least 24 bytes"))}
	arrived := func(n int) {
		t.Helper()
		for end := time.Now().Add(patience); ; time.Sleep(20 * time.Millisecond) {
			mu.Lock()
			count := len(order)
			mu.Unlock()
			if count >= n {
				return
			}
			if time.Now().After(end) {
				t.Fatalf("%d webhooks arrived, want %d", count, n)
			}
		}
	}

	a, b := w.serve(env...), w.serve(env...) // ten days left: the clerk and who keeps the lists
	arrived(2)
	w.must(a.stop())
	w.must(b.stop())

	w.on("2022-01-13T10:00") // seven days left
	mu.Lock()
	victim = w.serve(env...) // it may send before it says that it answers
	mu.Unlock()
	arrived(3)
	w.on("2022-01-13T10:02")
	s := w.serve(env...)
	arrived(5)
	w.must(s.stop())

	counts := []int{}
	for _, n := range got {
		counts = append(counts, n)
	}
	slices.Sort(counts)
	if fmt.Sprint(counts) != "[1 1 1 2]" || got[order[2]] != 2 {
		t.Errorf("arrivals by id %v in the order %v, want four messages, and the third arrival twice", got, order)
	}
	w.inside(func(ctx context.Context, x *app) {
		list, err := x.notice.Deliveries(ctx, access.Actor{Authority: townAuthority, ID: "a", Roles: []access.Role{access.Admin}}, 100)
		w.must(err)
		said := ""
		for _, d := range list {
			said += d.State + " "
		}
		if strings.TrimSpace(said) != "sent sent sent sent" {
			t.Errorf("in the record of what left: %s, want all four sent", said)
		}
	})
}
