package faults

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"
)

// What scripts/ha-drill and scripts/upgrade-drill tell the tests that they run.
const (
	envPrograms = "SUIJI_TEST_PROGRAMS" // directory of suiji and suiji-verify, built
	envBefore   = "SUIJI_TEST_BEFORE"   // the same of an older commit
	envPorts    = "SUIJI_TEST_PORTS"    // first of a hundred free ports on 127.0.0.1
	envSite     = "SUIJI_TEST_SITE"     // empty directory in which all of it runs
)

// site is a directory in which programs run, each in a folder that stands for
// its machine. A machine's processes are those that work in its folder.
type site struct {
	t    *testing.T
	dir  string
	base int                  // first port
	as   *syscall.SysProcAttr // PostgreSQL refuses to run as root
}

// newSite returns a site in a folder of its own, which is empty again when the
// test ends. It skips the test unless a drill runs it.
func newSite(t *testing.T) *site {
	t.Helper()
	if os.Getenv(envSite) == "" {
		t.Skip("scripts/ha-drill and scripts/upgrade-drill run this")
	}
	dir, err := os.MkdirTemp(os.Getenv(envSite), "")
	must(t, err)
	base, err := strconv.Atoi(os.Getenv(envPorts))
	must(t, err)
	s := &site{t: t, dir: dir, base: base, as: asPostgres(t, dir)}
	t.Cleanup(func() { s.end("") })
	return s
}

func (s *site) port(n int) string { return "127.0.0.1:" + strconv.Itoa(s.base+n) }

func (s *site) path(elem ...string) string {
	return filepath.Join(append([]string{s.dir}, elem...)...)
}

// start starts a program on a machine; what it says is in the machine's log.
func (s *site) start(machine string, as *syscall.SysProcAttr, extra []*os.File, env []string, args ...string) *exec.Cmd {
	s.t.Helper()
	cmd := s.command(machine, as, env, args...)
	log, err := os.OpenFile(s.path(machine, "log"), os.O_CREATE|os.O_APPEND|os.O_WRONLY, 0o666)
	must(s.t, err)
	defer log.Close() // the process has its own
	cmd.Stdout, cmd.Stderr, cmd.ExtraFiles = log, log, extra
	must(s.t, cmd.Start())
	go cmd.Wait() // so that it is gone when it has ended
	return cmd
}

func (s *site) command(machine string, as *syscall.SysProcAttr, env []string, args ...string) *exec.Cmd {
	s.t.Helper()
	must(s.t, os.MkdirAll(s.path(machine), 0o755))
	if as != nil && as.Credential != nil {
		must(s.t, os.Chown(s.path(machine), int(as.Credential.Uid), int(as.Credential.Gid)))
	}
	cmd := exec.Command(args[0], args[1:]...)
	cmd.Dir, cmd.SysProcAttr = s.path(machine), as
	cmd.Env = append([]string{"PATH=" + os.Getenv("PATH"), "LC_ALL=C.UTF-8", "HOME=" + s.path(machine)}, env...)
	return cmd
}

// run runs a program to its end and returns what it said.
func (s *site) run(args ...string) (string, error) {
	s.t.Helper()
	out, err := s.command("clerk", nil, nil, args...).CombinedOutput()
	return string(out), err
}

// ok is run of a program that must succeed.
func (s *site) ok(args ...string) string {
	s.t.Helper()
	out, err := s.run(args...)
	if err != nil {
		s.t.Fatalf("%s: %v\n%s", strings.Join(args, " "), err, out)
	}
	return out
}

// pids are the processes of a machine; of all machines if it has no name.
func (s *site) pids(machine string) (all []int) {
	entries, err := os.ReadDir("/proc")
	must(s.t, err)
	home := s.path(machine)
	for _, e := range entries {
		pid, err := strconv.Atoi(e.Name())
		if err != nil {
			continue
		}
		at, err := os.Readlink("/proc/" + e.Name() + "/cwd")
		if err == nil && (at == home || strings.HasPrefix(at, home+"/")) {
			all = append(all, pid)
		}
	}
	return all
}

// signal sends a signal to each process of a machine.
func (s *site) signal(machine string, sig syscall.Signal) {
	for _, pid := range s.pids(machine) {
		_ = syscall.Kill(pid, sig) // it may have ended
	}
}

// end kills all processes of a machine and waits until they are gone.
func (s *site) end(machine string) {
	for deadline := time.Now().Add(20 * time.Second); len(s.pids(machine)) > 0; time.Sleep(20 * time.Millisecond) {
		if time.Now().After(deadline) {
			s.t.Errorf("processes %v of %q live on", s.pids(machine), machine)
			return
		}
		s.signal(machine, syscall.SIGKILL)
	}
}

// until waits until something holds, and tells what the machines said if it
// does not.
func (s *site) until(what string, patience time.Duration, holds func() bool) {
	s.t.Helper()
	for deadline := time.Now().Add(patience); !holds(); time.Sleep(100 * time.Millisecond) {
		if time.Now().After(deadline) {
			logs, _ := filepath.Glob(s.path("*", "log"))
			more, _ := filepath.Glob(s.path("*", "*", "log"))
			for _, name := range append(logs, more...) {
				raw, _ := os.ReadFile(name) // to be told
				s.t.Logf("%s:\n%s", name, raw[max(0, len(raw)-3000):])
			}
			s.t.Fatalf("after %v: not %s", patience, what)
		}
	}
}

// answers reports whether an address answers 200.
func answers(url string) bool {
	client := &http.Client{Timeout: 2 * time.Second, Transport: &http.Transport{DisableKeepAlives: true}}
	resp, err := client.Get(url)
	if err != nil {
		return false
	}
	resp.Body.Close()
	return resp.StatusCode == http.StatusOK
}

var machineOf = regexp.MustCompile(`192\.0\.2\.1([123])\b`)

// config writes a file of packaging/three-nodes for a machine: db1, db2 and
// db3, and the addresses of the guide, stand for folders and ports here.
func (s *site) config(name, machine string) string {
	s.t.Helper()
	raw, err := os.ReadFile("../../packaging/three-nodes/" + name)
	must(s.t, err)
	no := strings.TrimPrefix(machine, "db")
	var out strings.Builder
	for line := range strings.Lines(string(raw)) {
		if !strings.HasPrefix(line, "initial-cluster:") && !strings.HasPrefix(line, "  - ") && name != "haproxy.cfg" {
			line = strings.NewReplacer("192.0.2.11:", "192.0.2.1"+no+":", "name: db1", "name: "+machine).Replace(line)
		}
		line = strings.ReplaceAll(line, "192.0.2.0/24", "127.0.0.1/32")
		if m := machineOf.FindStringSubmatch(line); m != nil {
			n, err := strconv.Atoi(m[1])
			must(s.t, err)
			line = strings.ReplaceAll(line, "port 8008", "port "+strconv.Itoa(s.base+20+n))
		}
		out.WriteString(line)
	}
	pairs := []string{"192.0.2.10:80", s.port(40), "127.0.0.1:5000", s.port(41), "192.0.2.21:8080", s.port(51), "192.0.2.22:8080", s.port(52),
		"/var/lib/etcd/suiji", s.path(machine, "etcd"), "/var/lib/postgresql/15/suiji", s.path(machine, "data"),
		"/var/lib/postgresql/suiji.pgpass", s.path(machine, "pgpass"), "/var/run/postgresql", s.path(machine), "/usr/lib/postgresql/15/bin", postgresPrograms()}
	for n := 1; n <= 3; n++ {
		for i, port := range []string{"2379", "2380", "8008", "5432"} {
			pairs = append(pairs, fmt.Sprintf("192.0.2.1%d:%s", n, port), s.port(10*i+n))
		}
	}
	text := strings.NewReplacer(pairs...).Replace(out.String())
	if strings.Contains(text, "192.0.2.") {
		s.t.Fatalf("%s names another machine:\n%s", name, text)
	}
	must(s.t, os.MkdirAll(s.path(machine), 0o755))
	to := s.path(machine, name)
	must(s.t, os.WriteFile(to, []byte(text), 0o644))
	return to
}

// postgresPrograms is where PostgreSQL's programs are; empty: nowhere.
func postgresPrograms() string {
	found, _ := filepath.Glob("/usr/lib/postgresql/*/bin") // the pattern is good
	if len(found) == 0 {
		return ""
	}
	return slices.Max(found)
}

// proxy starts HAProxy as the guide has it.
func (s *site) proxy() {
	s.t.Helper()
	s.start("proxy", nil, nil, nil, "haproxy", "-db", "-f", s.config("haproxy.cfg", "proxy"))
}

// county makes the demo's installation with a program, by its own backup, and
// returns the data directory.
func (s *site) county(program string) string {
	s.t.Helper()
	must(s.t, os.MkdirAll(s.path("demo", "tmp"), 0o755))
	s.start("demo", nil, nil, []string{"TMPDIR=" + s.path("demo", "tmp")}, program, "demo", "--listen", s.port(60))
	s.until("a demo", 4*time.Minute, func() bool { return answers("http://" + s.port(60) + "/healthz") })
	made, err := filepath.Glob(s.path("demo", "tmp", "suiji-demo-*"))
	if err != nil || len(made) != 1 {
		s.t.Fatalf("the demo's directories: %v %v", made, err)
	}
	s.ok(program, "backup", "create", s.path("demo.zip"), "--data", made[0])
	s.end("demo")
	s.ok(program, "backup", "restore", s.path("demo.zip"), "--data", s.path("data"))
	return s.path("data")
}

// node starts “suiji serve” on a machine and waits until it is ready.
func (s *site) node(program, machine string, port int, env ...string) *exec.Cmd {
	s.t.Helper()
	cmd := s.start(machine, nil, nil, append([]string{"SUIJI_DATA=" + s.path("data"), "SUIJI_LISTEN=" + s.port(port), "SUIJI_BASE_URL=http://" + s.port(40), "SUIJI_PROXIES=127.0.0.1", "SUIJI_RATE=0"}, env...), program, "serve")
	s.ready(port)
	return cmd
}

func (s *site) ready(port int) {
	s.t.Helper()
	s.until("ready", 2*time.Minute, func() bool { return answers("http://" + s.port(port) + "/readyz") })
}

// mirrored takes the public ledger as an outsider does, into one folder again
// and again: it must extend what was seen before, and it must verify.
func (s *site) mirrored(programs, web string) error {
	dir := s.path("mirror")
	said, err := s.run(filepath.Join(programs, "suiji"), "ledger", "mirror", web+"/ledger/"+countyID+"/", dir)
	if err == nil {
		var more string
		more, err = s.run(filepath.Join(programs, "suiji-verify"), "ledger", dir)
		said += more
	}
	if err != nil {
		return fmt.Errorf("%w: %s", err, said)
	}
	return nil
}

// said reads an answer to its end.
func said(resp *http.Response, err error) (int, []byte, error) {
	if err != nil {
		return 0, nil, err
	}
	var b bytes.Buffer
	_, err = io.Copy(&b, resp.Body)
	return resp.StatusCode, b.Bytes(), errors.Join(err, resp.Body.Close())
}
