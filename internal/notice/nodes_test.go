package notice_test

import (
	"context"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"sync"
	"testing"
	"time"

	"suiji/internal/access"
	"suiji/internal/audit"
	"suiji/internal/notice"
	"suiji/internal/round/roundtest"
	"suiji/internal/store"
	"suiji/internal/store/storetest"
)

// twoNodes opens one database twice, as two machines would.
func twoNodes(t *testing.T, body func(t *testing.T, o *office, other *notice.Service)) {
	engines := map[string]string{"sqlite": filepath.Join(t.TempDir(), "suiji.db")}
	if dsn := os.Getenv("SUIJI_TEST_POSTGRES"); dsn != "" {
		engines["postgres"] = storetest.Postgres(t, dsn)
	}
	for name, dsn := range engines {
		t.Run(name, func(t *testing.T) {
			var pools []*store.DB
			for range 2 {
				db, err := store.Open(t.Context(), dsn)
				if err != nil {
					t.Fatal(err)
				}
				t.Cleanup(func() { db.Close() })
				pools = append(pools, db)
			}
			o := drawn(t, pools[0])
			other := o.node(pools[1])
			other.Door = audit.New(pools[1], o.Now)
			body(t, o, other)
		})
	}
}

// receiver counts what arrives, by id.
type receiver struct {
	mu   sync.Mutex
	got  map[string]int
	then func(q *http.Request) // before the answer
}

func (r *receiver) ServeHTTP(_ http.ResponseWriter, q *http.Request) {
	id := q.Header.Get("webhook-id")
	r.mu.Lock()
	r.got[id]++
	then := r.then
	r.mu.Unlock()
	if then != nil {
		then(q)
	}
}

func (r *receiver) of(t *testing.T, o *office) string {
	t.Helper()
	r.mu.Lock()
	defer r.mu.Unlock()
	list, err := o.Notice.Deliveries(t.Context(), roundtest.As(access.Admin), 100)
	o.Must(err)
	said := ""
	for _, d := range list {
		said += fmt.Sprintf("%s %d;", d.State, r.got[d.Message])
	}
	return said
}

// Two machines on one database, both sweeping and sending at once for a week
// and both away for a part of it: each message arrives once.
func TestTwoNodes(t *testing.T) {
	twoNodes(t, func(t *testing.T, o *office, other *notice.Service) {
		r := &receiver{got: map[string]int{}}
		srv := httptest.NewServer(r)
		defer srv.Close()
		o.hook(t, srv.URL)
		other.Out = o.Notice.Out
		for _, day := range []string{"2022-06-10", "2022-06-12", "2022-06-14", "2022-06-15"} {
			o.On(day)
			var wg sync.WaitGroup
			for _, n := range []*notice.Service{o.Notice, other, o.Notice, other} {
				wg.Go(func() {
					for _, do := range []func(context.Context, string) error{n.Sweep, n.Deliver} {
						if err := do(context.Background(), roundtest.Authority); err != nil {
							t.Error(err)
						}
					}
				})
			}
			wg.Wait()
			o.Must(other.Deliver(t.Context(), roundtest.Authority)) // what a sweep made when nobody sent any more
		}
		// The list administrator on three days, the leader on the day after the last.
		if got := r.of(t, o); got != "sent 1;sent 1;sent 1;sent 1;" {
			t.Errorf("arrived: %s, want four messages once each", got)
		}
	})
}

// A machine that dies between its claim and its sending loses nothing: the other
// sends a minute later. One that dies after its sending has it sent twice under
// one id.
func TestNodeDies(t *testing.T) {
	for _, tt := range []struct {
		name string
		sent bool // before it died
		want string
	}{{"before it sends", false, "sent 1;"}, {"after it sent", true, "sent 2;"}} {
		t.Run(tt.name, func(t *testing.T) {
			twoNodes(t, func(t *testing.T, o *office, other *notice.Service) {
				dying, die := context.WithCancel(t.Context())
				defer die()
				r := &receiver{got: map[string]int{}}
				if tt.sent {
					r.then = func(q *http.Request) {
						io.Copy(io.Discard, q.Body) // so that the server sees the caller go
						die()
						<-q.Context().Done() // or the answer may still be heard
					}
				}
				srv := httptest.NewServer(r)
				defer srv.Close()
				o.hook(t, srv.URL)
				other.Out = o.Notice.Out
				o.sweep(t, "2022-06-10")
				looks := 0
				other.Now = func() time.Time {
					if looks++; looks == 3 && !tt.sent { // of what is due, of the claim, of the signature
						die()
					}
					return o.Now()
				}
				if err := other.Deliver(dying, roundtest.Authority); err == nil {
					t.Error("the node that died ended well")
				}
				r.then = nil
				o.Must(o.Notice.Deliver(t.Context(), roundtest.Authority))
				if got, want := r.of(t, o), map[bool]string{false: "waiting 0;", true: "waiting 1;"}[tt.sent]; got != want {
					t.Errorf("within the dead node's minute: %s, want %s", got, want)
				}
				o.At(o.Now().Add(time.Minute))
				o.Must(o.Notice.Deliver(t.Context(), roundtest.Authority))
				if got := r.of(t, o); got != tt.want {
					t.Errorf("a minute later: %s, want %s", got, tt.want)
				}
			})
		})
	}
}

// A machine that slept through its minute and then hears that its try failed
// does not undo that the other's arrived.
func TestNodeSleeps(t *testing.T) {
	twoNodes(t, func(t *testing.T, o *office, other *notice.Service) {
		r := &receiver{got: map[string]int{}}
		srv := httptest.NewServer(r)
		defer srv.Close()
		o.hook(t, srv.URL)
		o.sweep(t, "2022-06-10")
		slow := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
			o.At(o.Now().Add(2 * time.Minute))
			o.Must(o.Notice.Deliver(t.Context(), roundtest.Authority))
			http.Error(w, "no", http.StatusServiceUnavailable)
		}))
		defer slow.Close()
		other.Out = o.Notice.Out
		u := *other.Out.Webhook
		u.Host = slow.Listener.Addr().String()
		other.Out.Webhook = &u
		o.Must(other.Deliver(t.Context(), roundtest.Authority))
		o.At(o.Now().Add(time.Hour))
		o.Must(o.Notice.Deliver(t.Context(), roundtest.Authority))
		if got := r.of(t, o); got != "sent 1;" {
			t.Errorf("arrived: %s, want once", got)
		}
	})
}
