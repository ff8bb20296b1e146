package faults

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"maps"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"slices"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"modernc.org/sqlite"

	"suiji/internal/errs"
	"suiji/internal/store"
)

// What a test tells the office that it runs, in a process of its own.
const (
	envChild    = "SUIJI_TEST_CHILD"    // its data directory
	envDatabase = "SUIJI_TEST_DATABASE" // PostgreSQL; empty: SQLite in the directory
	envKill     = "SUIJI_TEST_KILL"     // step#n: die there, the n-th time
	envUnsynced = "SUIJI_TEST_UNSYNCED" // SQLite must not wait for the disk
)

// full reports whether the full form is asked for (make faults).
func full() bool { return os.Getenv("SUIJI_FAULTS") == "full" }

// many is short, or long in the full form.
func many(short, long int) int {
	if full() {
		return long
	}
	return short
}

// figure prints one line of the table that scripts/faults makes.
func figure(t *testing.T, what string, format string, args ...any) {
	t.Helper()
	t.Logf("FIGURE %s | %s | %s", t.Name(), what, fmt.Sprintf(format, args...))
}

// scratch is where this process keeps its offices: memory, if there is some.
var scratch = sync.OnceValue(func() string {
	parent := ""
	if _, err := os.Stat("/dev/shm"); err == nil {
		parent = "/dev/shm"
	}
	dir, err := os.MkdirTemp(parent, "suiji-faults-*")
	if err != nil {
		panic(err)
	}
	return dir
})

// TestMain clears away what several tests share.
func TestMain(m *testing.M) {
	code := m.Run()
	if os.Getenv(envChild) == "" {
		os.RemoveAll(scratch())
	}
	os.Exit(code)
}

// traced skips a test that needs strace where only the quick tests are asked
// for.
func traced(t *testing.T) {
	t.Helper()
	if testing.Short() {
		t.Skip("needs strace and a minute")
	}
	if _, err := exec.LookPath("strace"); err != nil {
		t.Fatalf("%v: make deps installs it", err)
	}
}

// past is an office that was founded once, to be copied, and what it looks
// like after its day.
var past struct {
	sync.Mutex
	dir  string
	want map[string]string
}

// before returns the directory of the office before its day, and what must be
// there afterwards.
func before(t *testing.T) (dir string, want map[string]string) {
	t.Helper()
	past.Lock()
	defer past.Unlock()
	if past.dir != "" {
		return past.dir, past.want
	}
	dir = filepath.Join(scratch(), "before")
	must(t, os.Mkdir(dir, 0o700))
	db, err := store.Open(t.Context(), dsn(dir, ""))
	must(t, err)
	o := found(t, db)
	must(t, errors.Join(db.Close(), os.CopyFS(dir, os.DirFS(o.Dir))))

	after := copyOf(t, dir)
	o, err = reopen(t, t.Context(), after, "")
	must(t, err)
	for _, a := range day {
		if err := a.ask(t.Context(), o); err != nil {
			t.Fatalf("%s: %v", a.name, err)
		}
	}
	want, err = o.picked(t.Context())
	must(t, errors.Join(err, o.DB.Close()))
	past.dir, past.want = dir, want
	return dir, want
}

func must(t testing.TB, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// copyOf copies an office that nobody has open.
func copyOf(t testing.TB, dir string) string {
	t.Helper()
	to, err := os.MkdirTemp(scratch(), "office-*")
	must(t, err)
	t.Cleanup(func() { os.RemoveAll(to) })
	must(t, os.CopyFS(to, os.DirFS(dir)))
	return to
}

// TestChild is the office in a process of its own: it goes through its day and
// says of each act how it was answered, once it was.
func TestChild(t *testing.T) {
	dir := os.Getenv(envChild)
	if dir == "" {
		t.Skip("this is run by other tests")
	}
	said := os.NewFile(3, "said")
	say := func(format string, args ...any) {
		if _, err := fmt.Fprintf(said, format+"\n", args...); err != nil {
			t.Fatal(err)
		}
	}
	if os.Getenv(envUnsynced) != "" {
		sqlite.RegisterConnectionHook(func(c sqlite.ExecQuerierContext, _ string) error {
			_, err := c.ExecContext(context.Background(), "PRAGMA synchronous=OFF", nil)
			return err
		})
	}
	runtime.LockOSThread() // calls are counted by thread
	ctx := context.Background()
	o, err := reopen(t, ctx, dir, os.Getenv(envDatabase))
	if err != nil {
		say("closed %s", strings.ReplaceAll(err.Error(), "\n", " "))
		return
	}
	o.Door.TestOnlyStep(stepper(say))
	for _, a := range day {
		say("begin %s", a.name)
		if !o.try(ctx, a, say) {
			break
		}
		if err := o.Scribe.Sequence(ctx, authority); err != nil {
			say("no ledger: %v", err)
		}
		if seen, err := o.seen(ctx); err == nil {
			say("tree %d %s", seen.size, seen.root)
		}
	}
	if err := o.DB.Close(); err != nil {
		say("no close: %v", err)
	}
	say("end")
}

// try asks for an act until it is answered well, or five times.
func (o *office) try(ctx context.Context, a act, say func(string, ...any)) bool {
	for range 5 {
		err := a.ask(ctx, o)
		if err == nil {
			say("ok %s", a.name)
			return true
		}
		say("no %s: %d %s", a.name, errs.KindOf(err), strings.ReplaceAll(err.Error(), "\n", " "))
		if there, err2 := a.there(ctx, o); err2 == nil && there && errs.KindOf(err) != errs.Unknown {
			say("false %s: %v", a.name, err)
		}
	}
	return false
}

// stepper tells each step, and dies at one.
func stepper(say func(string, ...any)) func(string) {
	at, count, _ := strings.Cut(os.Getenv(envKill), "#")
	left, err := strconv.Atoi(count)
	if err != nil {
		left = 1
	}
	var mu sync.Mutex
	return func(name string) {
		mu.Lock()
		defer mu.Unlock()
		say("step %s", name)
		if name != at {
			return
		}
		if left--; left == 0 {
			_ = syscall.Kill(os.Getpid(), syscall.SIGKILL) // it cannot fail: it is this process
			select {}                                      // until the signal arrives
		}
	}
}

// heard is what a child said.
type heard struct {
	ok    []string // acts, acknowledged
	no    []string // refusals
	lied  []string // refusals of what was done
	steps []string
	trees []tree
	ended bool // it came to its end
	out   string
}

func (h *heard) read(said []byte) {
	for line := range strings.Lines(string(said)) {
		word, rest, _ := strings.Cut(strings.TrimSuffix(line, "\n"), " ")
		if !strings.HasSuffix(line, "\n") {
			return // cut short: nobody has heard it
		}
		switch word {
		case "ok":
			h.ok = append(h.ok, rest)
		case "no", "closed":
			h.no = append(h.no, strings.TrimSuffix(line, "\n"))
		case "false":
			h.lied = append(h.lied, rest)
		case "step":
			h.steps = append(h.steps, rest)
		case "tree":
			var x tree
			if _, err := fmt.Sscanf(rest, "%d %s", &x.size, &x.root); err == nil {
				h.trees = append(h.trees, x)
			}
		case "end":
			h.ended = true
		}
	}
}

// order is how a child is run.
type order struct {
	dir, postgres string
	env           []string
	under         []string      // a program that runs it
	killAfter     time.Duration // 0: it comes to its end
}

// run runs a child and returns what it said.
func (c order) run(t testing.TB) heard {
	t.Helper()
	args := append(append([]string{}, c.under...), os.Args[0], "-test.run=^TestChild$", "-test.count=1")
	cmd := exec.Command(args[0], args[1:]...)
	cmd.Env = append(os.Environ(), append(c.env, envChild+"="+c.dir, envDatabase+"="+c.postgres)...)
	r, w, err := os.Pipe()
	must(t, err)
	cmd.ExtraFiles = []*os.File{w}
	var out bytes.Buffer
	cmd.Stdout, cmd.Stderr = &out, &out
	must(t, cmd.Start())
	must(t, w.Close())
	if c.killAfter > 0 {
		timer := time.AfterFunc(c.killAfter, func() { _ = cmd.Process.Kill() }) // it may have ended
		defer timer.Stop()
	}
	said, err := io.ReadAll(r)
	must(t, errors.Join(err, r.Close()))
	_ = cmd.Wait() // what matters is what it said
	h := heard{out: out.String()}
	h.read(said)
	return h
}

// whole opens an office after a fault and says what is wrong with it: what was
// acknowledged must be there, the same day asked for again must end as a quiet
// one does, and the ledger must hold every tree that the public has seen.
func whole(t testing.TB, dir, postgres string, h heard, want map[string]string) (err error) {
	ctx := context.Background()
	o, err := reopen(t, ctx, dir, postgres)
	if err != nil {
		return fmt.Errorf("it does not open: %w", err)
	}
	defer func() { err = errors.Join(err, o.DB.Close()) }()
	if err := o.DB.Sound(ctx); err != nil {
		return err
	}
	if err := errors.Join(o.holds(ctx, h.ok), o.lacks(ctx, h)); err != nil {
		return err
	}
	if err := o.Scribe.Sequence(ctx, authority); err != nil {
		return fmt.Errorf("the ledger has stopped: %w", err)
	}
	for _, a := range day {
		if err := a.ask(ctx, o); err != nil {
			return fmt.Errorf("%s, asked for again: %w", a.name, err)
		}
	}
	if err := o.Scribe.Sequence(ctx, authority); err != nil {
		return fmt.Errorf("the ledger has stopped: %w", err)
	}
	return errors.Join(o.same(ctx, want), o.verified(ctx, h.trees))
}

// holds fails if an act that was acknowledged is not there.
func (o *office) holds(ctx context.Context, acked []string) error {
	for _, a := range day {
		for _, name := range acked {
			if name != a.name {
				continue
			}
			if ok, err := a.there(ctx, o); err != nil || !ok {
				return fmt.Errorf("%s was acknowledged and is not there: %v", name, err)
			}
		}
	}
	return nil
}

// lacks fails if an act was refused, and it is there: only of an unknown end
// nobody can say.
func (o *office) lacks(ctx context.Context, h heard) error {
	if len(h.lied) > 0 {
		return fmt.Errorf("refused, and done: %q", h.lied)
	}
	for _, a := range day {
		mine := func(no string) bool { return strings.HasPrefix(no, "no "+a.name+": ") }
		unknown := func(no string) bool { return strings.HasPrefix(no, fmt.Sprintf("no %s: %d ", a.name, errs.Unknown)) }
		if slices.Contains(h.ok, a.name) || !slices.ContainsFunc(h.no, mine) || slices.ContainsFunc(h.no, unknown) {
			continue
		}
		if there, err := a.there(ctx, o); err == nil && there {
			return fmt.Errorf("%s was refused, and is there", a.name)
		}
	}
	return nil
}

func (o *office) same(ctx context.Context, want map[string]string) error {
	got, err := o.picked(ctx)
	if err != nil {
		return err
	}
	for k := range maps.Keys(want) {
		if got[k] != want[k] {
			err = errors.Join(err, fmt.Errorf("%s: %s; want %s", k, got[k], want[k]))
		}
	}
	return err
}

// verified holds the ledger to itself, to the records, and to what was seen.
func (o *office) verified(ctx context.Context, seen []tree) error {
	if _, err := o.Scribe.Check(ctx, authority); err != nil {
		return fmt.Errorf("the ledger is not whole: %w", err)
	}
	r, err := o.reckon.Check(ctx, authority)
	if err == nil && !r.OK() {
		err = fmt.Errorf("the records differ from the ledger: %v", r.Findings)
	}
	roots, err2 := o.roots(ctx)
	if err := errors.Join(err, err2); err != nil {
		return err
	}
	for _, x := range seen {
		if roots[x.size] != x.root {
			return fmt.Errorf("FORK: the public has seen another tree of %d entries", x.size)
		}
	}
	return nil
}
