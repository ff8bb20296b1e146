package faults

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"os"
	"os/exec"
	"os/user"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"suiji/internal/store"
	"suiji/internal/store/storetest"
)

// cluster is a PostgreSQL server of the test's own, which it may kill.
type cluster struct {
	t   *testing.T
	bin string
	dir string
	as  *syscall.SysProcAttr // PostgreSQL refuses to run as root
}

// newCluster makes and starts one, unless there is no PostgreSQL or only the
// quick tests are asked for.
func newCluster(t *testing.T) *cluster {
	t.Helper()
	if testing.Short() || postgresPrograms() == "" {
		t.Skip("needs PostgreSQL and a minute")
	}
	dir, err := os.MkdirTemp("", "suiji-pg-*") // a socket's path must be short
	must(t, err)
	t.Cleanup(func() { os.RemoveAll(dir) })
	c := &cluster{t: t, bin: postgresPrograms(), dir: dir}
	c.as = asPostgres(t, dir)
	c.run("initdb", "-D", dir+"/db", "-U", "suiji", "-A", "trust", "--locale=C", "-E", "UTF8")
	c.start()
	t.Cleanup(func() { c.stop("immediate") })
	return c
}

// asPostgres gives a directory to the user as whom PostgreSQL runs, and returns
// how to become that user; nil: it runs as who we are.
func asPostgres(t *testing.T, dir string) *syscall.SysProcAttr {
	t.Helper()
	if os.Getuid() != 0 {
		return nil
	}
	u, err := user.Lookup("postgres")
	must(t, err)
	uid, err1 := strconv.ParseUint(u.Uid, 10, 32)
	gid, err2 := strconv.ParseUint(u.Gid, 10, 32)
	must(t, errors.Join(err1, err2, os.Chown(dir, int(uid), int(gid)), os.Chmod(dir, 0o755)))
	return &syscall.SysProcAttr{Credential: &syscall.Credential{Uid: uint32(uid), Gid: uint32(gid)}}
}

func (c *cluster) run(name string, args ...string) {
	c.t.Helper()
	cmd := exec.Command(filepath.Join(c.bin, name), args...)
	cmd.SysProcAttr, cmd.Dir = c.as, c.dir
	log := filepath.Join(c.dir, "said")
	f, err := os.Create(log) // no pipe: the server would keep it open
	must(c.t, err)
	defer f.Close()
	cmd.Stdout, cmd.Stderr = f, f
	if err := cmd.Run(); err != nil {
		said, _ := os.ReadFile(log) // to be told
		c.t.Fatalf("%s: %v\n%s", name, err, said)
	}
}

func (c *cluster) start() {
	c.t.Helper()
	c.run("pg_ctl", "-D", c.dir+"/db", "-w", "-l", c.dir+"/log", "-o", "-c listen_addresses='' -c unix_socket_directories='"+c.dir+"' -c fsync=on", "start")
}

func (c *cluster) stop(mode string) {
	c.t.Helper()
	c.run("pg_ctl", "-D", c.dir+"/db", "-w", "-m", mode, "stop")
}

// database makes a fresh database and returns its address.
func (c *cluster) database() string {
	return storetest.Postgres(c.t, fmt.Sprintf("postgres://suiji@/postgres?host=%s", c.dir))
}

// postmaster is the server's first process.
func (c *cluster) postmaster() int {
	raw, err := os.ReadFile(c.dir + "/db/postmaster.pid")
	must(c.t, err)
	pid, err := strconv.Atoi(strings.TrimSpace(strings.SplitN(string(raw), "\n", 2)[0]))
	must(c.t, err)
	return pid
}

// backend is a process of the server that serves the database just now.
func (c *cluster) backend(dsn string) int {
	db, err := store.TestOnlyRaw(dsn)
	must(c.t, err)
	defer db.Close()
	var pid int
	err = db.QueryRow(`SELECT pid FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid() ORDER BY state_change DESC LIMIT 1`).Scan(&pid)
	must(c.t, err)
	return pid
}

// On PostgreSQL: the office is killed under traffic, then one of the server's
// processes, then the server itself, then it is stopped and started. What was
// acknowledged is there once, and while the database is away people read so.
func TestPostgres(t *testing.T) {
	c := newCluster(t)
	dsn := c.database()
	db, err := store.Open(t.Context(), dsn)
	must(t, err)
	o := found(t, db)
	dir := o.Dir
	must(t, db.Close())
	kills, want := many(1, 8), many(60, 1500)
	x := hammer(t, dir, dsn, kills, want)
	figure(t, "kill -9 under traffic, PostgreSQL", "%d kills, %d requests acknowledged, 0 lost, 0 twice", kills, x.answered())

	events := map[string]func(){
		"a backend killed": func() { must(t, syscall.Kill(c.backend(dsn), syscall.SIGKILL)) },
		"the postmaster killed": func() {
			pid := c.postmaster()
			must(t, syscall.Kill(pid, syscall.SIGKILL))
			for syscall.Kill(pid, 0) == nil {
				time.Sleep(10 * time.Millisecond)
			}
			time.Sleep(time.Second) // its children see that it is gone
			_ = os.Remove(filepath.Join(c.dir, "db", "postmaster.pid"))
			c.start()
		},
		"stopped for two seconds": func() { c.stop("immediate"); time.Sleep(2 * time.Second); c.start() },
		"stopped gently":          func() { c.stop("fast"); c.start() },
	}
	x.away(t, c, dir, dsn, events, many(1, 3))
}

// away lets events happen to the database under traffic.
func (x *traffic) away(t *testing.T, c *cluster, dir, dsn string, events map[string]func(), rounds int) {
	t.Helper()
	x.n += 1_000_000 // other keys than before
	x.acked = map[string]bool{}
	x.statuses = map[int]int{}
	s := serve(t, dir, dsn)
	defer s.kill()
	x.addr = s.addr
	ctx, stop := context.WithCancel(context.Background())
	defer stop()
	var wg sync.WaitGroup
	x.run(ctx, &wg)
	names, n, slowest := []string{"a backend killed", "the postmaster killed", "stopped for two seconds", "stopped gently"}, 0, time.Duration(0)
	for range rounds {
		for _, name := range names {
			x.until(t, 20+rand.IntN(30))
			events[name]()
			begun := time.Now()
			x.until(t, 1)
			slowest = max(slowest, time.Since(begun))
			n++
		}
	}
	x.until(t, 50)
	stop()
	wg.Wait()
	s.kill()
	x.count(t, dir, dsn)
	if x.statuses[500] > 0 {
		t.Errorf("while the database was away %d requests were answered 500, want 503: %s", x.statuses[500], x.sentence)
	}
	if x.statuses[503] == 0 {
		t.Errorf("the database was away, and nobody was told: %v", x.statuses)
	}
	figure(t, "PostgreSQL killed (a backend, the postmaster), stopped and started under traffic", "%d times, %d requests acknowledged, 0 lost, 0 twice; %d refused with a sentence (503), %d with 500; served again after at most %.1f s",
		n, x.answered(), x.statuses[503], x.statuses[500], slowest.Seconds())
}
