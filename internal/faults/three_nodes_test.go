package faults

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"suiji/internal/store"
)

// threeNodes are three machines with etcd, Patroni and PostgreSQL each, and a
// proxy in front, as docs/deploy/three-nodes.md has it.
type threeNodes struct {
	*site
	programs string
}

var databases = []string{"db1", "db2", "db3"}

// member is one node as Patroni tells of it.
type member struct{ Name, Role, State string }

// members asks the nodes until one answers.
func (c *threeNodes) members() (all struct{ Members []member }) {
	client := &http.Client{Timeout: 2 * time.Second}
	for n := 1; n <= 3; n++ {
		status, body, err := said(client.Get("http://" + c.port(20+n) + "/cluster"))
		if err == nil && status == 200 && json.Unmarshal(body, &all) == nil {
			return all
		}
	}
	return all
}

// with returns the name of the node in a role; empty: none is.
func (c *threeNodes) with(role string) string {
	for _, m := range c.members().Members {
		if m.Role == role && (m.State == "running" || m.State == "streaming") {
			return m.Name
		}
	}
	return ""
}

// whole reports whether all three run, one writes and another has each commit.
func (c *threeNodes) whole() bool {
	up := 0
	for _, m := range c.members().Members {
		if m.State == "running" || m.State == "streaming" {
			up++
		}
	}
	return up == 3 && c.with("leader") != "" && c.with("sync_standby") != "" && c.etcds() == 3
}

// etcds is how many etcd members answer.
func (c *threeNodes) etcds() (n int) {
	for i := 1; i <= 3; i++ {
		if answers("http://" + c.port(i) + "/health") {
			n++
		}
	}
	return n
}

func (c *threeNodes) startEtcd(machine string) {
	c.start(machine+"/coordination", c.as, nil, nil, "etcd", "--config-file", c.config("etcd.yml", machine))
}

func (c *threeNodes) startPatroni(machine string) {
	c.start(machine+"/database", c.as, nil, nil, "patroni", c.config("patroni.yml", machine))
}

func (c *threeNodes) revive(machine string) {
	c.startEtcd(machine)
	c.startPatroni(machine)
}

// dsn is the database as the program reaches it.
func (c *threeNodes) dsn(user, password, name string) string {
	return fmt.Sprintf("postgres://%s:%s@%s/%s", user, password, c.port(41), name)
}

// raise starts the machines and makes the database of the guide.
func (c *threeNodes) raise() (dsn string) {
	c.t.Helper()
	for _, m := range databases {
		must(c.t, os.MkdirAll(c.path(m), 0o755))
		if c.as != nil {
			must(c.t, os.Chown(c.path(m), int(c.as.Credential.Uid), int(c.as.Credential.Gid)))
		}
		c.startEtcd(m)
	}
	c.until("three etcd", time.Minute, func() bool { return c.etcds() == 3 })
	for _, m := range databases {
		c.startPatroni(m)
	}
	c.proxy()
	c.until("three databases", 4*time.Minute, c.whole)
	db, err := store.TestOnlyRaw(c.dsn("postgres", "change-me-1", "postgres"))
	must(c.t, err)
	defer db.Close()
	c.until("a database of ours", time.Minute, func() bool {
		_, err = db.Exec(`CREATE ROLE suiji LOGIN PASSWORD 'change-me-4'`)
		return err == nil
	})
	_, err = db.Exec(`CREATE DATABASE suiji OWNER suiji TEMPLATE template0 ENCODING 'UTF8' LC_COLLATE 'C' LC_CTYPE 'C'`)
	must(c.t, err)
	return c.dsn("suiji", "change-me-4", "suiji")
}

// scene is one thing that happens to the nodes under traffic.
type scene struct {
	name   string
	happen func(leader string)
	mend   func(leader string) // what somebody does once writes go on
	stays  time.Duration       // how long the trouble lasts at least
}

func (c *threeNodes) scenes(dsn string) []scene {
	nothing := func(string) {}
	suiji := filepath.Join(c.programs, "suiji")
	return []scene{
		{"planned switch-over", func(leader string) {
			body := encode(map[string]string{"leader": leader, "candidate": c.with("sync_standby")})
			for n := 1; n <= 3; n++ {
				status, text, err := said(http.Post("http://"+c.port(20+n)+"/switchover", "application/json", strings.NewReader(body)))
				if err == nil && status == 200 {
					return
				}
				c.t.Logf("switch-over: %d %v %s", status, err, text)
			}
			c.t.Error("Patroni does not switch over")
		}, nothing, 0},
		{"PostgreSQL of the primary killed (kill -9 of the postmaster)", func(leader string) {
			raw, err := os.ReadFile(c.path(leader, "data", "postmaster.pid"))
			must(c.t, err)
			var pid int
			_, err = fmt.Sscan(string(raw), &pid)
			must(c.t, err)
			must(c.t, syscall.Kill(pid, syscall.SIGKILL))
		}, nothing, 0},
		{"machine of the primary killed (PostgreSQL, Patroni, etcd)", c.end, c.revive, 0},
		{"machine of the primary frozen (SIGSTOP), later thawed", func(leader string) { c.signal(leader, syscall.SIGSTOP) },
			func(leader string) { c.signal(leader, syscall.SIGCONT) }, 0},
		{"all three etcd dead for 30 s", func(string) {
			for _, m := range databases {
				c.end(m + "/coordination")
			}
		}, func(string) {
			for _, m := range databases {
				c.startEtcd(m)
			}
		}, 30 * time.Second},
		{"one of the two suiji killed (kill -9), later started", func(string) { c.end("app1") },
			func(string) { c.node(suiji, "app1", 51, "SUIJI_DATABASE="+dsn) }, 0},
	}
}

// Two servers on three databases: whatever happens to one machine, nothing
// that was acknowledged is lost, nothing is there twice, and the public ledger
// goes on as the one that was seen before.
func TestThreeNodes(t *testing.T) {
	c := &threeNodes{newSite(t), os.Getenv(envPrograms)}
	suiji := filepath.Join(c.programs, "suiji")
	data := c.county(suiji)
	begun := time.Now()
	dsn := c.raise()
	t.Logf("three nodes stand after %.0f s", time.Since(begun).Seconds())
	c.ok(suiji, "move-database", "--data", data, "--to", dsn)
	c.node(suiji, "app1", 51, "SUIJI_DATABASE="+dsn)
	c.node(suiji, "app2", 52, "SUIJI_DATABASE="+dsn)
	web, before := "http://"+c.port(40), c.departures(data, dsn)
	x := newPens(t, web, 4)
	only := os.Getenv("SUIJI_TEST_SCENES")
	for i, s := range c.scenes(dsn) {
		if only == "" || strings.Contains(only, fmt.Sprint(i+1)) {
			c.play(s, x, web, dsn)
		}
	}
	if after := c.departures(data, dsn); after != before {
		t.Errorf("records that differ from the ledger: %s; before it all: %s", after, before)
	}
}

// departures are the records that differ from the ledger's digest of them.
func (c *threeNodes) departures(data, dsn string) string {
	c.t.Helper()
	said, err := c.run(filepath.Join(c.programs, "suiji"), "ledger", "check", "--data", data, "--database", dsn)
	all := ""
	for line := range strings.Lines(said) {
		if strings.HasPrefix(line, "不符") {
			all += line
		}
	}
	if err != nil && all == "" {
		c.t.Fatalf("ledger check: %v %s", err, said)
	}
	return all
}

// play lets a scene happen while the pens write, and counts afterwards.
func (c *threeNodes) play(s scene, x *pens, web, dsn string) {
	t := c.t
	t.Helper()
	c.until("three nodes before: "+s.name, 3*time.Minute, c.whole)
	before, leader := x.answered(), c.with("leader")
	x.mu.Lock()
	x.again, x.longest = map[string]int{}, 0
	x.mu.Unlock()
	ctx, stop := context.WithCancel(t.Context())
	defer stop()
	var wg sync.WaitGroup
	x.run(ctx, &wg)
	more := func(n int) {
		at := x.answered() + n
		c.until(fmt.Sprintf("%d writes more: %s; %v %s", n, s.name, x.again, x.hopeless), 3*time.Minute, func() bool { return x.answered() >= at })
	}
	more(40)
	begun := time.Now()
	s.happen(leader)
	time.Sleep(s.stays)
	more(40)
	s.mend(leader)
	c.until("three nodes after: "+s.name, 3*time.Minute, c.whole)
	more(40)
	stop()
	wg.Wait()
	if x.hopeless != "" {
		t.Errorf("%s: %s", s.name, x.hopeless)
	}
	lost, doubled := x.count(t, dsn)
	ledger := "verifies"
	if err := c.mirrored(c.programs, web); err != nil {
		t.Errorf("%s: %v", s.name, err)
		ledger = "DOES NOT VERIFY"
	}
	refused := 0
	for _, n := range x.again {
		refused += n
	}
	t.Logf("FIGURE %s | %s → %s | %d | %d | %d | %d | %.1f | %.1f | %s |", s.name, leader, c.with("leader"), x.answered()-before, lost, doubled,
		refused, x.quiet(begun).Seconds(), x.longest.Seconds(), ledger)
	t.Logf("%s: asked again after %v", s.name, x.again)
}

// The shipped files say what the guide promises of them.
func TestShippedForThreeNodes(t *testing.T) {
	for name, wants := range map[string][]string{
		"patroni.yml": {"failsafe_mode: true", "synchronous_mode: true", "locale: C"},
		"haproxy.cfg": {"on-marked-down shutdown-sessions", "GET /readyz", "OPTIONS /primary"},
		"etcd.yml":    {"db3=http://192.0.2.13:2380"},
	} {
		raw, err := os.ReadFile("../../packaging/three-nodes/" + name)
		must(t, err)
		lines := strings.Split(string(raw), "\n")
		for _, want := range wants {
			if !slices.ContainsFunc(lines, func(l string) bool { return strings.Contains(l, want) && !strings.HasPrefix(strings.TrimSpace(l), "#") }) {
				t.Errorf("%s lacks %q", name, want)
			}
		}
	}
}
