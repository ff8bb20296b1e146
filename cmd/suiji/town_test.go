package main

import (
	"bytes"
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"suiji/internal/sample"
	"suiji/internal/store"
	"suiji/internal/store/storetest"
)

// town is an installation with a small register, its people and its server,
// for tests in Go that need more than a script can say.
type town struct {
	t        testing.TB
	dir      string // data directory
	database string // PostgreSQL; empty: SQLite in dir
	clock    string
	b        *browser
}

const (
	townAuthority = "990101-rs"
	townPassword  = "Town-Hall-2022-Gate"
	townFirms     = 60
	townRound     = townAuthority + ".2022-1"
)

var townDice = strings.Repeat("16253", 10)

// townPeople are its accounts: username and role.
var townPeople = [][2]string{{"clerk", "clerk"}, {"leader", "leader"}, {"list", "list-admin"}, {"operator", "operator"}, {"reviewer", "reviewer"}, {"admin", "admin"}}

// engines runs body on an empty town on SQLite and, where there is one, on
// PostgreSQL.
func engines(t *testing.T, body func(t *testing.T, w *town)) {
	t.Run("sqlite", func(t *testing.T) { body(t, newTown(t, "")) })
	if dsn := os.Getenv("SUIJI_TEST_POSTGRES"); dsn != "" {
		t.Run("postgres", func(t *testing.T) { body(t, newTown(t, storetest.Postgres(t, dsn))) })
	}
}

func newTown(t testing.TB, database string) *town {
	t.Helper()
	dir := t.TempDir()
	w := &town{t: t, dir: filepath.Join(dir, "data"), database: database, clock: filepath.Join(dir, "clock"), b: newBrowser()}
	w.on("2022-01-10")
	return w
}

func (w *town) must(err error) {
	w.t.Helper()
	if err != nil {
		w.t.Fatal(err)
	}
}

// on sets the town's clock.
func (w *town) on(when string) {
	w.t.Helper()
	w.must(setClock(w.clock, when))
}

// env is the environment of the program here, and what is added to it.
func (w *town) env(more ...string) []string {
	env := []string{"PATH=" + os.Getenv("PATH"), "HOME=" + os.Getenv("HOME"), "SUIJI_DATA=" + w.dir, envClock + "=" + w.clock}
	if w.database != "" {
		env = append(env, "SUIJI_DATABASE="+w.database)
	}
	return append(env, more...)
}

// run runs the program with a line of standard input and returns what it
// prints; the error is how it ended.
func (w *town) run(env []string, stdin string, args ...string) (string, error) {
	path, err := exec.LookPath("suiji")
	w.must(err)
	c := exec.Command(path, args...)
	c.Env, c.Stdin = env, strings.NewReader(stdin)
	out, err := c.CombinedOutput()
	return string(out), err
}

// ok runs the program, which must succeed.
func (w *town) ok(stdin string, args ...string) {
	w.t.Helper()
	if out, err := w.run(w.env(), stdin, args...); err != nil {
		w.t.Fatalf("suiji %s: %v\n%s", strings.Join(args, " "), err, out)
	}
}

// file writes a file beside the town's data and returns its path.
func (w *town) file(name string, content []byte) string {
	w.t.Helper()
	path := filepath.Join(filepath.Dir(w.dir), name)
	w.must(os.WriteFile(path, content, 0o600))
	return path
}

func (w *town) sample(name string, write func(*bytes.Buffer) error) string {
	w.t.Helper()
	var b bytes.Buffer
	w.must(write(&b))
	return w.file(name, b.Bytes())
}

// firms is the town's register as a file, of so many firms.
func (w *town) firms(n int) string {
	return w.sample("firms.csv", func(b *bytes.Buffer) error { return sample.Targets(b, n, 7) })
}

// found enters everything but the firms.
func (w *town) found() {
	w.t.Helper()
	items := w.sample("items.csv", func(b *bytes.Buffer) error { return sample.Items(b, "2022-01-04") })
	officers := w.sample("officers.csv", func(b *bytes.Buffer) error { return sample.Officers(b, 8, "2027-12-31") })
	w.ok("", "import", "items", items, "--authority", townAuthority)
	w.ok("", "import", "officers", officers)
	w.ok("", "user", "rules", "--passwords", "modern", "--second", "none") // the year is longer than 90 days; these people have no telephones
	for _, p := range townPeople {
		w.ok(townPassword+"\n", "user", "add", p[0], "--name", "甲"+p[0], "--role", p[1])
	}
}

// serve starts the server; it is gone at the latest when the test ends.
func (w *town) serve(more ...string) *server {
	w.t.Helper()
	s, err := startServer(w.env(more...), filepath.Dir(w.dir))
	w.must(err)
	w.t.Cleanup(s.abort)
	w.b.server = s
	return s
}

// as sits down at a person's screen, signed in.
func (w *town) as(who string) {
	w.t.Helper()
	known := w.b.jars[who] != nil
	w.b.sit(who, "")
	if !known {
		w.must(w.b.login(who, townPassword))
	}
}

func (w *town) open(path string) {
	w.t.Helper()
	w.must(w.b.open(path))
	if w.b.status != 200 {
		w.t.Fatalf("%s: status %d\n%s", path, w.b.status, w.b.text())
	}
}

// submit presses a button; the page that follows must be no refusal.
func (w *town) submit(button string, fields ...string) {
	w.t.Helper()
	w.must(w.b.submit(button, 1, fields))
	if w.b.status != 200 {
		w.t.Fatalf("%s: status %d\n%s", button, w.b.status, w.b.text())
	}
}

// publish types and publishes the plan for the firms in the register.
func (w *town) publish(disclosure string) {
	w.t.Helper()
	w.as("clerk")
	w.open("/w/plans")
	w.submit("起草计划", "year=2022")
	w.must(w.b.click("修改文件", 1))
	w.submit("保存文件", "文号=示例人社〔2022〕3号", "印发单位=示例县人力资源和社会保障局", "印发日期=2022-01-17", "主送单位=局属各科室",
		"basis-1-title=通知", "basis-1-number=示例〔2021〕10号", "basis-1-issuer=示例县双随机办", "body=为做好双随机、一公开监管工作，制定本计划。")
	w.must(w.b.click("修改批次", 1))
	w.submit("保存批次", "window-1-starts=2022-06-01", "window-1-ends=2022-07-31")
	w.must(w.b.click("修改任务", 1))
	w.must(w.b.click("新增任务", 1))
	w.submit("保存任务", "任务名称=用人单位检查", "抽查事项=对用人单位遵守劳动保障法律法规情况的监督检查", "检查方式=实地检查",
		"发起部门=示例县人力资源和社会保障局", "参与部门、科室=监察大队", "实施层级=县抽县查")
	w.must(w.b.click("修改比例", 1))
	w.submit("保存比例与分层", "年度抽查比例不低于=10", "base=yes", "rounding=*",
		"task-1-stratum-1-name=all", "task-1-stratum-1-title=全部用人单位", "task-1-stratum-1-ratio=10", "task-1-stratum-1-reserve=3")
	w.must(w.b.click("修改人员与期限", 1))
	w.submit("保存人员与期限", "officers=2", "须有的执法领域=劳动保障监察", "archive_on=2022-12-20", "disclosure="+disclosure,
		"rule_vanished=剔除后递补", "rule_again=不再参加抽取", "rule_recusal=回避后递补")
	w.must(w.b.click("核对并报批", 1))
	w.submit("提交审批")
	path := w.b.at.Path
	w.as("leader")
	w.open(path + "/approve")
	w.submit("批准计划")
	w.as("clerk")
	w.open(path)
	w.submit("公布计划")
}

// copyOf makes another town with the same past. Nobody may be serving.
func (w *town) copyOf(t testing.TB) *town {
	t.Helper()
	// The same clock: a ledger refuses to go back in time.
	c := &town{t: t, dir: filepath.Join(t.TempDir(), "data"), clock: w.clock, b: newBrowser()}
	c.b.jars, c.b.inside = w.b.jars, w.b.inside // the sessions were copied too
	c.must(os.CopyFS(c.dir, os.DirFS(w.dir)))
	if w.database != "" {
		c.database = copyDatabase(t, w.database)
	}
	return c
}

// copyDatabase makes a copy of a database that nobody uses.
func copyDatabase(t testing.TB, dsn string) string {
	t.Helper()
	server := os.Getenv("SUIJI_TEST_POSTGRES")
	admin, err := store.TestOnlyRaw(server)
	if err != nil {
		t.Fatal(err)
	}
	u, err := url.Parse(dsn)
	if err != nil {
		t.Fatal(err)
	}
	name := "c" + strings.ToLower(rand.Text())
	create := fmt.Sprintf("CREATE DATABASE %s TEMPLATE %s", name, strings.TrimPrefix(u.Path, "/"))
	for end := time.Now().Add(patience); ; time.Sleep(20 * time.Millisecond) {
		if _, err = admin.Exec(create); err == nil {
			break
		}
		// A server that has just ended may still be leaving.
		if !strings.Contains(err.Error(), "being accessed by other users") || time.Now().After(end) {
			t.Fatal(err)
		}
	}
	t.Cleanup(func() {
		_, err := admin.Exec("DROP DATABASE " + name + " WITH (FORCE)")
		if err := errors.Join(err, admin.Close()); err != nil {
			t.Error(err)
		}
	})
	u.Path = "/" + name
	return u.String()
}

// inside opens the installation's services in this process, for a look at what
// no page shows. Nobody may be serving.
func (w *town) inside(look func(ctx context.Context, a *app)) {
	w.t.Helper()
	p := program{now: func() time.Time { return fileTime(w.clock) }, getenv: func(string) string { return "" }}
	a, err := p.open(w.t.Context(), &place{dir: w.dir, database: w.database})
	w.must(err)
	look(w.t.Context(), a)
	w.must(a.close())
}
