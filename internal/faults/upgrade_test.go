package faults

import (
	"context"
	"fmt"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"suiji/internal/store"
)

// readers ask for the portal's pages and count what goes wrong.
type readers struct {
	mu      sync.Mutex
	asked   int
	failed  map[string]int
	longest time.Duration
}

var portalPages = []string{"/", "/plans", "/rounds", "/results", "/penalties", "/corrections", "/items", "/verify", "/ledger", "/statistics", "/help", "/api/v1/results?limit=20", "/api/v1/plans"}

// run asks until ctx ends, as four visitors do.
func (x *readers) run(ctx context.Context, web string, wg *sync.WaitGroup) {
	client := &http.Client{Timeout: 30 * time.Second, Transport: &http.Transport{MaxIdleConnsPerHost: 8}}
	for n := range 4 {
		wg.Go(func() {
			for i := n; ctx.Err() == nil; i++ {
				path := portalPages[i%len(portalPages)]
				begun := time.Now()
				status, _, err := said(client.Get(web + path))
				x.mu.Lock()
				x.asked++
				x.longest = max(x.longest, time.Since(begun))
				if err != nil {
					x.failed["no answer"]++
				} else if status != 200 {
					x.failed[fmt.Sprint(path, " ", status)]++
				}
				x.mu.Unlock()
				time.Sleep(20 * time.Millisecond)
			}
		})
	}
}

// upgrade is one way from the program before to the one of now.
type upgrade struct {
	*site
	old, now string // directories of programs
	web      string
}

// under lets swap happen while four visitors read and two pens write, and
// prints a line.
func (u *upgrade) under(what, dsn string, swap func()) {
	t := u.t
	t.Helper()
	for _, path := range portalPages {
		if !answers(u.web + path) {
			t.Fatalf("%s does not answer", path)
		}
	}
	x, r := newPens(t, u.web, 2), &readers{failed: map[string]int{}}
	ctx, stop := context.WithCancel(t.Context())
	defer stop()
	var wg sync.WaitGroup
	x.run(ctx, &wg)
	r.run(ctx, u.web, &wg)
	time.Sleep(20 * time.Second)
	begun := time.Now()
	swap()
	took := time.Since(begun)
	time.Sleep(20 * time.Second)
	stop()
	wg.Wait()
	if x.hopeless != "" {
		t.Error(x.hopeless)
	}
	if err := u.mirrored(u.now, u.web); err != nil {
		t.Error(err)
	}
	u.end("app1")
	u.end("app2")
	lost, doubled := x.count(t, dsn)
	failed := 0
	for _, m := range []map[string]int{r.failed, x.again} {
		for _, n := range m {
			failed += n
		}
	}
	if all := r.asked + x.sent; failed*1000 > all {
		t.Errorf("%s: %d of %d requests failed, more than one in a thousand: %v %v", what, failed, all, r.failed, x.again)
	}
	t.Logf("FIGURE %s | %d | %d | %d | %d | %d | %.1f | %.1f | %.1f |", what, r.asked, x.sent, failed, lost, doubled, took.Seconds(), r.longest.Seconds(), x.longest.Seconds())
}

// programs skips a test that has no older program to begin with.
func (s *site) programs() (old, now string) {
	old, now = os.Getenv(envBefore), os.Getenv(envPrograms)
	if old == "" {
		s.t.Skip("scripts/upgrade-drill runs this")
	}
	return old, now
}

// finish ends a server as an administrator does.
func (s *site) finish(machine string, cmd *exec.Cmd) {
	s.t.Helper()
	must(s.t, cmd.Process.Signal(syscall.SIGTERM))
	s.until(machine+" stopped", time.Minute, func() bool { return len(s.pids(machine)) == 0 })
}

// held starts “suiji serve” with a socket as systemd hands it over.
func (s *site) held(program string, socket *os.File) *exec.Cmd {
	s.t.Helper()
	return s.start("app1", nil, []*os.File{socket}, []string{"SUIJI_DATA=" + s.path("data"), "SUIJI_LISTEN=" + s.port(59), "SUIJI_BASE_URL=http://" + s.port(51), "SUIJI_RATE=0"},
		"/bin/sh", "-c", `LISTEN_PID=$$ LISTEN_FDS=1 exec "$0" serve`, program)
}

// One machine on SQLite, whose socket systemd holds: the program is stopped,
// replaced and started, and whoever comes meanwhile waits.
func TestUpgradeOneMachine(t *testing.T) {
	s := newSite(t)
	old, now := s.programs()
	data := s.county(filepath.Join(old, "suiji"))
	l, err := net.Listen("tcp", s.port(51))
	must(t, err)
	defer l.Close()
	socket, err := l.(*net.TCPListener).File()
	must(t, err)
	defer socket.Close()
	cmd := s.held(filepath.Join(old, "suiji"), socket)
	s.until("serving on the socket, as every program since this drill does", time.Minute, func() bool { return answers("http://" + s.port(51) + "/readyz") })
	u := &upgrade{s, old, now, "http://" + s.port(51)}
	u.under("one machine, SQLite; systemd's socket", filepath.Join(data, "suiji.db"), func() {
		s.finish("app1", cmd)
		s.held(filepath.Join(now, "suiji"), socket)
		s.ready(51)
	})
	u.schemas(data)
}

// The same behind a proxy that tries again: it needs nothing of the program.
func TestUpgradeBehindProxy(t *testing.T) {
	s := newSite(t)
	old, now := s.programs()
	data := s.county(filepath.Join(old, "suiji"))
	s.proxy()
	cmd := s.node(filepath.Join(old, "suiji"), "app1", 51)
	s.ready(40)
	u := &upgrade{s, old, now, "http://" + s.port(40)}
	u.under("one machine, SQLite; HAProxy tries again", filepath.Join(data, "suiji.db"), func() {
		s.finish("app1", cmd)
		s.node(filepath.Join(now, "suiji"), "app1", 51)
	})
	u.schemas(data)
}

// Two nodes on one PostgreSQL: one after the other.
func TestUpgradeRolling(t *testing.T) {
	s := newSite(t)
	old, now := s.programs()
	dsn := newCluster(t).database()
	data := s.county(filepath.Join(old, "suiji"))
	s.ok(filepath.Join(old, "suiji"), "move-database", "--data", data, "--to", dsn)
	s.proxy()
	env := "SUIJI_DATABASE=" + dsn
	first, second := s.node(filepath.Join(old, "suiji"), "app1", 51, env), s.node(filepath.Join(old, "suiji"), "app2", 52, env)
	s.ready(40)
	u := &upgrade{s, old, now, "http://" + s.port(40)}
	u.under("two nodes, PostgreSQL; one after the other", dsn, func() {
		s.finish("app1", first)
		s.node(filepath.Join(now, "suiji"), "app1", 51, env)
		time.Sleep(3 * time.Second) // the proxy has seen that it is ready
		s.finish("app2", second)
		s.node(filepath.Join(now, "suiji"), "app2", 52, env)
	})
}

// schemas holds an upgrade to its copy: there is one if the schema changed,
// and the old program refuses the new schema and opens the copy.
func (u *upgrade) schemas(data string) {
	t := u.t
	t.Helper()
	db, err := store.Open(t.Context(), filepath.Join(data, "suiji.db"))
	must(t, err)
	has, _, err := db.Schema(t.Context())
	must(t, err)
	must(t, db.Close())
	copies, err := filepath.Glob(filepath.Join(data, "suiji.db.before-*"))
	must(t, err)
	old := filepath.Join(u.old, "suiji")
	said, err := u.run(old, "user", "list", "--data", data)
	if len(copies) == 0 {
		if err != nil {
			t.Errorf("no copy was made, and the old program does not open the database: %v %s", err, said)
		}
		t.Logf("both programs know schema %d: no copy was needed", has)
		return
	}
	if err == nil || !strings.Contains(said, "start a newer program") {
		t.Errorf("the old program opens a newer schema: %v %s", err, said)
	}
	back := u.path("back")
	must(t, os.CopyFS(back, os.DirFS(data)))
	for _, name := range []string{"suiji.db-wal", "suiji.db-shm"} {
		os.Remove(filepath.Join(back, name)) // it may not be there
	}
	must(t, os.Rename(filepath.Join(back, filepath.Base(copies[0])), filepath.Join(back, "suiji.db")))
	u.ok(old, "user", "list", "--data", back)
	t.Logf("the schema is now %d; the copy is %s, the old program refuses the new schema and opens the copy", has, filepath.Base(copies[0]))
}
