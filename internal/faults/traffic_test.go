package faults

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"net"
	"net/http"
	"os"
	"os/exec"
	"strings"
	"sync"
	"testing"
	"time"

	"suiji/internal/access"
	"suiji/internal/audit"
	"suiji/internal/identity"
	"suiji/internal/inspection"
	"suiji/internal/page"
	"suiji/internal/round/roundtest"
	"suiji/internal/store"
	"suiji/internal/visit"
)

const envServe = "SUIJI_TEST_SERVE" // data directory of an office that answers requests

// secondForm is the form that the traffic's phones are at.
var secondForm = inspection.Serial(roundID, 2)

// TestServe is an office in a process of its own that answers requests: what
// phones send, and acts that enter the ledger, each under its key.
func TestServe(t *testing.T) {
	dir := os.Getenv(envServe)
	if dir == "" {
		t.Skip("this is run by other tests")
	}
	ctx := context.Background()
	o, err := reopen(t, ctx, dir, os.Getenv(envDatabase))
	must(t, err)
	o.On("2022-06-06")
	who, on, err := o.team(ctx, secondForm)
	must(t, err)
	o.On(on.String())
	mux := http.NewServeMux()
	mux.Handle("POST /m/", http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		o.phones.ServeHTTP(w, r.WithContext(identity.WithActor(r.Context(), who)))
	}))
	mux.HandleFunc("POST /append/{key}", func(w http.ResponseWriter, r *http.Request) {
		if err := o.state(r.Context(), r.PathValue("key")); err != nil {
			http.Error(w, err.Error(), page.Status(err))
			return
		}
		fmt.Fprintln(w, "ok")
	})
	go func() {
		for ; ; time.Sleep(100 * time.Millisecond) {
			_ = o.Scribe.Sequence(ctx, authority) // the next one does it
		}
	}()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	must(t, err)
	_, err = fmt.Fprintln(os.NewFile(3, "said"), l.Addr())
	must(t, err)
	must(t, http.Serve(l, mux))
}

// state enters something in the ledger, once for a key.
func (o *office) state(ctx context.Context, key string) error {
	return o.Door.Do(audit.WithKey(ctx, key), roundtest.As(access.ListAdmin), access.ProofKeep, key, func(tx *store.DB) error {
		return o.Scribe.Enter(ctx, tx, authority, "rate.stated", key, map[string]any{"due": 1})
	})
}

// serving is an office that answers.
type serving struct {
	cmd  *exec.Cmd
	addr string
	out  *bytes.Buffer
}

func serve(t testing.TB, dir, postgres string) *serving {
	t.Helper()
	cmd := exec.Command(os.Args[0], "-test.run=^TestServe$", "-test.count=1", "-test.timeout=1h")
	cmd.Env = append(os.Environ(), envServe+"="+dir, envDatabase+"="+postgres)
	r, w, err := os.Pipe()
	must(t, err)
	cmd.ExtraFiles = []*os.File{w}
	s := &serving{cmd: cmd, out: &bytes.Buffer{}}
	cmd.Stdout, cmd.Stderr = s.out, s.out
	must(t, cmd.Start())
	must(t, w.Close())
	b := make([]byte, 64)
	n, err := r.Read(b) // one line, written at once
	must(t, errors.Join(err, r.Close()))
	s.addr = strings.TrimSpace(string(b[:n]))
	return s
}

// kill ends the office at once.
func (s *serving) kill() {
	_ = s.cmd.Process.Kill() // it may have ended
	_ = s.cmd.Wait()
}

// traffic is what comes in: records of phones and acts, each sent until it is
// answered.
type traffic struct {
	mu       sync.Mutex
	addr     string
	at       int64
	n        int
	acked    map[string]bool
	statuses map[int]int
	sentence string // of a refusal
	enough   chan struct{}
	left     int // acknowledgements until enough is closed
}

func newTraffic(at int64) *traffic {
	return &traffic{acked: map[string]bool{}, statuses: map[int]int{}, at: at}
}

func (x *traffic) key(kind string) string {
	x.mu.Lock()
	defer x.mu.Unlock()
	x.n++
	return fmt.Sprintf("%s-%010d", kind, x.n)
}

func (x *traffic) ack(keys ...string) {
	x.mu.Lock()
	defer x.mu.Unlock()
	for _, k := range keys {
		x.acked[k] = true
		if x.left--; x.left == 0 {
			close(x.enough)
		}
	}
}

func (x *traffic) answered() int {
	x.mu.Lock()
	defer x.mu.Unlock()
	return len(x.acked)
}

func (x *traffic) server() string {
	x.mu.Lock()
	defer x.mu.Unlock()
	return x.addr
}

// run sends until ctx ends: what was begun is sent until it is answered, also
// after the office was started anew.
func (x *traffic) run(ctx context.Context, wg *sync.WaitGroup) {
	client := &http.Client{Timeout: 20 * time.Second, Transport: &http.Transport{}}
	for range 2 {
		wg.Go(func() {
			for ctx.Err() == nil {
				key := x.key("act")
				for !x.post(client, "/append/"+key, "", func([]byte) bool { x.ack(key); return true }) {
					time.Sleep(20 * time.Millisecond)
				}
			}
		})
	}
	wg.Go(func() {
		for ctx.Err() == nil {
			var records []visit.Record
			for range 30 {
				records = append(records, visit.Record{ID: x.key("phone-record"), Form: secondForm, Kind: visit.Arrival, At: x.at, Body: encode(visit.Place{Reason: visit.Reasons[0]})})
			}
			for len(records) > 0 {
				body := encode(map[string]any{"records": records, "sent": []string{}})
				if !x.post(client, "/m/sync", body, func(raw []byte) bool { records = x.kept(records, raw); return len(records) == 0 }) {
					time.Sleep(20 * time.Millisecond)
				}
			}
		}
	})
}

// kept takes the answers to records and returns those to be sent again.
func (x *traffic) kept(records []visit.Record, raw []byte) (again []visit.Record) {
	var out struct{ Answers []visit.Answer }
	if json.Unmarshal(raw, &out) != nil {
		return records
	}
	state := map[string]string{}
	for _, a := range out.Answers {
		state[a.ID] = a.State
	}
	for _, r := range records {
		if state[r.ID] == visit.Kept {
			x.ack(r.ID)
		} else {
			again = append(again, r)
		}
	}
	return again
}

func (x *traffic) post(client *http.Client, path, body string, fn func([]byte) bool) bool {
	resp, err := client.Post("http://"+x.server()+path, "application/json", strings.NewReader(body))
	if err != nil {
		return false
	}
	defer resp.Body.Close()
	raw, err := io.ReadAll(resp.Body)
	x.mu.Lock()
	x.statuses[resp.StatusCode]++
	if resp.StatusCode == 503 || resp.StatusCode == 507 || resp.StatusCode == 500 {
		x.sentence = string(raw)
	}
	x.mu.Unlock()
	return err == nil && resp.StatusCode == 200 && fn(raw)
}

// until returns when n more were acknowledged, or after a while.
func (x *traffic) until(t testing.TB, n int) {
	t.Helper()
	x.mu.Lock()
	x.left, x.enough = n, make(chan struct{})
	enough := x.enough
	x.mu.Unlock()
	select {
	case <-enough:
	case <-time.After(5 * time.Minute):
		t.Fatalf("in five minutes less than %d requests were acknowledged; the last refusal: %s", n, x.sentence)
	}
}

// count holds the office to what was acknowledged.
func (x *traffic) count(t testing.TB, dir, postgres string) {
	t.Helper()
	ctx := context.Background()
	o, err := reopen(t, ctx, dir, postgres)
	must(t, err)
	defer o.DB.Close()
	entries, acts, records := map[string]int{}, map[string]int{}, map[string]int{}
	// One statement sees one moment: what a killed office had sent may still be
	// committed between two.
	all, err := store.All(ctx, o.DB, store.Value[string], `
		SELECT 'entry ' || subject
		FROM ledger_entry
		WHERE authority_id = $1 AND type = 'rate.stated'
		UNION ALL
		SELECT 'act ' || request_key
		FROM audit_entry
		WHERE authority_id = $1 AND request_key LIKE 'act-%'
		UNION ALL
		SELECT 'record ' || record_id
		FROM visit_record
		WHERE authority_id = $1`, authority)
	must(t, err)
	for _, row := range all {
		kind, key, _ := strings.Cut(row, " ")
		map[string]map[string]int{"entry": entries, "act": acts, "record": records}[kind][key]++
	}
	x.mu.Lock()
	defer x.mu.Unlock()
	for k := range x.acked {
		if entries[k]+records[k] != 1 {
			t.Errorf("%s was acknowledged, and is there %d times", k, entries[k]+records[k])
		}
	}
	for k, n := range entries {
		if n != 1 || acts[k] != 1 {
			t.Errorf("%s is in the ledger %d times, in the audit %d times", k, n, acts[k])
		}
	}
	if len(acts) != len(entries) {
		t.Errorf("%d acts, %d entries", len(acts), len(entries))
	}
	must(t, o.DB.Sound(ctx))
	o.On("2022-07-29")
	if err := o.Scribe.Sequence(ctx, authority); err != nil {
		t.Errorf("the ledger has stopped: %v", err)
	}
}

// drawnOffice is an office whose day is done but for its second firm, and the
// moment at which phones stand there.
func drawnOffice(t testing.TB, dir, postgres string) int64 {
	t.Helper()
	ctx := context.Background()
	o, err := reopen(t, ctx, dir, postgres)
	must(t, err)
	for _, a := range day {
		if err := a.ask(ctx, o); err != nil {
			t.Fatalf("%s: %v", a.name, err)
		}
		if a.name == "issue" {
			break
		}
	}
	who, on, err := o.team(ctx, secondForm)
	must(t, err)
	o.On(on.String())
	must(t, errors.Join(o.Schedule.Pledge(ctx, who, roundID), o.DB.Close()))
	return o.Now().UnixMilli()
}

// The office is killed under traffic, again and again; whoever was answered
// finds what he sent, whoever was not sends it again, and all is there once.
func TestKilledUnderTraffic(t *testing.T) {
	before, _ := before(t)
	dir := copyOf(t, before)
	kills, want := many(3, 150), many(300, 100_000)
	x := hammer(t, dir, "", kills, want)
	figure(t, "kill -9 under traffic (phones and acts over HTTP), SQLite", "%d kills, %d requests acknowledged, 0 lost, 0 twice", kills, x.answered())
}

// hammer kills an office so many times while so many requests are
// acknowledged, and counts.
func hammer(t *testing.T, dir, postgres string, kills, want int) *traffic {
	t.Helper()
	x := newTraffic(drawnOffice(t, dir, postgres))
	dice := rand.New(rand.NewPCG(uint64(time.Now().UnixNano()), 5))
	ctx, stop := context.WithCancel(context.Background())
	defer stop()
	var wg sync.WaitGroup
	for i := range kills + 1 {
		s := serve(t, dir, postgres)
		defer s.kill()
		x.mu.Lock()
		x.addr = s.addr
		x.mu.Unlock()
		if i == 0 {
			x.run(ctx, &wg)
		}
		x.until(t, 1+dice.IntN(2*want/(kills+1)))
		if i == kills {
			if missing := want - x.answered(); missing > 0 {
				x.until(t, missing)
			}
			stop()
			wg.Wait() // all that was begun has been answered
		}
		s.kill()
		if i%10 == 0 || i == kills {
			x.count(t, dir, postgres)
		}
	}
	o, err := reopen(t, t.Context(), dir, postgres)
	must(t, err)
	defer o.DB.Close()
	if _, err := o.Scribe.Check(t.Context(), authority); err != nil {
		t.Errorf("the ledger is not whole: %v", err)
	}
	n, err := store.One(t.Context(), o.DB, store.Value[int], `SELECT count(*) FROM ledger_entry WHERE type = 'rate.stated'`)
	m, err2 := store.One(t.Context(), o.DB, store.Value[int], `SELECT count(*) FROM visit_record`)
	if err := errors.Join(err, err2); err != nil || n+m != x.answered() {
		t.Errorf("%d are there, %d were acknowledged: %v", n+m, x.answered(), err)
	}
	return x
}
