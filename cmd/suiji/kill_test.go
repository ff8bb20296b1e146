package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"suiji/internal/access"
	"suiji/internal/errs"
	"suiji/internal/register"
	"suiji/internal/round"
	"suiji/internal/store"
	"suiji/ledger"
)

// Whatever step an import dies at, the register is as it was or as it was to
// be; and the same import, run again, does what is left to do.
func TestKilledImport(t *testing.T) {
	engines(t, func(t *testing.T, w *town) {
		w.found()
		first, more := w.firms(40), w.file("more.csv", nil)
		w.ok("", "import", "targets", first)
		raw, err := os.ReadFile(w.firms(townFirms))
		w.must(err)
		w.must(os.WriteFile(more, bytes.Replace(raw, []byte("有限公司"), []byte("有限责任公司"), 9), 0o600))
		args := []string{"import", "targets", more}

		start := w.copyOf(t)
		before := start.picture()
		noted := w.file("steps", nil)
		if out, err := w.run(w.env(envSteps+"="+noted), "", args...); err != nil {
			t.Fatalf("import: %v\n%s", err, out)
		}
		after := w.picture()
		if v := after["targets"].(register.Version); v.Number != 2 || v.Count != townFirms || v.Changed == 0 {
			t.Fatalf("the import of %s made version %+v, want the second with firms added and changed", more, v)
		}
		steps := stepsIn(t, noted)
		for _, must := range []string{"import upload stored", "import checked", "import rows half written", "import version written",
			"register.import before commit", "ledger before checkpoint file"} {
			if !strings.Contains(strings.Join(steps, "\n"), must) {
				t.Errorf("an import reaches %q, want %q among them", steps, must)
			}
		}
		for _, step := range steps {
			t.Run(step, func(t *testing.T) {
				t.Parallel()
				c := start.copyOf(t)
				out, err := c.run(c.env(envKill+"="+step), "", args...)
				if !wasKilled(err) {
					t.Fatalf("import with a kill at %q: %v, want it killed\n%s", step, err, out)
				}
				c.either(before, after)
				c.ok("", args...)
				if diff := cmp.Diff(after, c.picture(), sameVersion); diff != "" {
					t.Errorf("after the second try (-want +got):\n%s", diff)
				}
			})
		}
	})
}

// A version's time and the import that made it are those of the try that
// succeeded.
var sameVersion = cmp.Transformer("version", func(v register.Version) register.Version {
	v.At, v.ImportID, v.By = time.Time{}, "", ""
	return v
})

// Whatever step an act of a round dies at, it was done or it was not; the same
// form, sent again, finds it done once.
func TestKilledDraw(t *testing.T) {
	engines(t, func(t *testing.T, w *town) {
		w.found()
		w.ok("", "import", "targets", w.firms(townFirms))
		w.serve()
		w.publish("digest-first")
		w.on("2022-06-06")
		w.must(w.b.server.stop())
		for _, a := range roundActs {
			t.Run(a.name, func(t *testing.T) { w.kill(t, a) })
		}
	})
}

// kill does an act of the round once, to see its steps, and then dies at each
// of them in a copy of what was before.
func (w *town) kill(t *testing.T, a act) {
	w.t = t
	s := w.serve()
	for _, who := range townPeople {
		delete(w.b.jars, who[0])
		w.as(who[0]) // so that all have just signed in, in every copy
	}
	w.must(s.stop())
	start := w.copyOf(t)
	before := start.picture()
	noted := w.file("steps", nil)
	w.must(os.Remove(noted))
	s = w.serve(envSteps + "=" + noted)
	a.do(w)
	w.settled(a, func() bool { return strings.Contains(read(noted), "ledger before checkpoint file") })
	w.must(s.stop())
	after := w.picture()
	if cmp.Equal(before, after) {
		t.Fatal("the act changed nothing")
	}
	// An act that lost a race began again, which it need not the next time.
	steps := slices.DeleteFunc(stepsIn(t, noted), func(step string) bool { return strings.Contains(step, "#") && !strings.HasPrefix(step, "ledger") })
	if len(steps) < 3 {
		t.Errorf("steps = %q, want at least begin, before commit and after commit", steps)
	}
	if testing.Short() && a.name != "draw" && a.name != "match" {
		return
	}
	for _, step := range steps {
		t.Run(step, func(t *testing.T) {
			t.Parallel()
			c := start.copyOf(t)
			c.die(a, step)
			c.either(before, after)
			s := c.serve()
			if c.b.sent == nil { // it died before the form was sent: of an older entry's turn in the ledger
				a.do(c)
			} else {
				c.must(c.b.send(c.b.sent))
			}
			if c.b.status != 200 {
				t.Errorf("the same form sent again: status %d, want 200\n%s", c.b.status, c.b.text())
			}
			c.must(s.stop())
			if diff := cmp.Diff(after, c.picture()); diff != "" {
				t.Errorf("after the same form was sent again (-want +got):\n%s", diff)
			}
		})
	}
}

// settled waits for what follows an act by and by.
func (w *town) settled(a act, done func() bool) {
	w.t.Helper()
	for end := time.Now().Add(patience); a.ledger && !done(); time.Sleep(10 * time.Millisecond) {
		if time.Now().After(end) {
			w.t.Fatalf("%s: its entry is not sequenced", a.name)
		}
	}
}

func read(file string) string {
	raw, _ := os.ReadFile(file) // it may not be there yet
	return string(raw)
}

// look begins the steps of reading a page with drawn names, which is recorded
// but is no part of the act.
const look = string(access.DrawnLook)

// stepsIn returns the steps that a run noted, a repeated one with its count.
func stepsIn(t *testing.T, file string) []string {
	t.Helper()
	seen := map[string]int{}
	var steps []string
	for line := range strings.Lines(read(file)) {
		name := strings.TrimSpace(line)
		if strings.HasPrefix(name, look) {
			continue
		}
		if seen[name]++; seen[name] > 1 {
			name = fmt.Sprintf("%s#%d", name, seen[name])
		}
		steps = append(steps, name)
	}
	if len(steps) == 0 {
		t.Fatalf("no step was noted in %s", filepath.Base(file))
	}
	return steps
}

// die does the act in a server that is killed at the step.
func (w *town) die(a act, step string) {
	w.t.Helper()
	s := w.serve(envKill + "=" + step)
	t := w.t
	w.t = mortal{t}
	func() {
		defer func() {
			if r := recover(); r != nil {
				if _, ok := r.(cut); !ok {
					panic(r)
				}
			}
		}()
		a.do(w)
	}()
	w.t = t
	select {
	case <-s.ended:
	case <-time.After(patience):
		t.Fatalf("the server lives on beyond %q", step)
	}
	if !wasKilled(s.err) {
		t.Fatalf("the server ended with %v, want it killed\n%s", s.err, s.log)
	}
}

// cut is the end of an act whose server died.
type cut string

// mortal is a test that expects to be cut off: what fails ends the act alone.
type mortal struct{ testing.TB }

// Fatal ends the act.
func (mortal) Fatal(args ...any) { panic(cut(fmt.Sprint(args...))) }

// Fatalf ends the act.
func (mortal) Fatalf(format string, args ...any) { panic(cut(fmt.Sprintf(format, args...))) }

func wasKilled(err error) bool {
	var e interface{ Sys() any }
	if !errors.As(err, &e) {
		return false
	}
	status, ok := e.Sys().(syscall.WaitStatus)
	return ok && status.Signaled() && status.Signal() == syscall.SIGKILL
}

// either holds that the town is as it was before an act or after it, and that
// its ledger is whole.
func (w *town) either(before, after map[string]any) {
	w.t.Helper()
	now := w.picture()
	fromBefore, fromAfter := cmp.Diff(before, now, sameVersion), cmp.Diff(after, now, sameVersion)
	if fromBefore != "" && fromAfter != "" {
		w.t.Errorf("it is neither as before (-before +now):\n%s\nnor as after (-after +now):\n%s", fromBefore, fromAfter)
	}
}

// picture is everything about the register and the round that the same acts
// bring about every time: states and counts, but no secret and no time. It
// also works the whole ledger out anew.
func (w *town) picture() map[string]any {
	w.t.Helper()
	p := map[string]any{}
	w.inside(func(ctx context.Context, a *app) {
		for _, list := range register.Lists {
			v, err := a.register.Version(ctx, townAuthority, list)
			w.must(err)
			p[string(list)] = v
		}
		_, _, total, err := a.register.Targets(ctx, townAuthority, register.TargetFilter{})
		w.must(err)
		if v := p["targets"].(register.Version); v.Count != total {
			w.t.Errorf("the register holds %d firms, its version says %d", total, v.Count)
		}
		if _, err := a.scribe.Check(ctx, townAuthority); err != nil {
			w.t.Errorf("the ledger is not whole: %v", err)
		}
		w.must(w.roundPicture(ctx, a, p))
		for _, table := range []string{"ledger_entry", "audit_entry"} {
			what := map[string]string{"ledger_entry": "type", "audit_entry": "action"}[table]
			counts, err := store.All(ctx, a.db, store.Value[string], `
				SELECT `+what+` || ' ' || cast(count(*) AS TEXT)
				FROM `+table+`
				WHERE `+what+` NOT IN ('register.import', '`+look+`', '`+string(access.ProofKeep)+`', `+byItself+`)
				GROUP BY `+what+`
				ORDER BY `+what)
			w.must(err)
			p[table] = counts
		}
	})
	return p
}

// byItself is what a running server enters of itself, when its time has come.
const byItself = "'" + string(ledger.AuditHead) + "', '" + string(ledger.SettingsStated) + "', '" + string(ledger.AlarmRaised) + "', '" + string(access.AlarmRaise) + "'"

func (w *town) roundPicture(ctx context.Context, a *app, p map[string]any) error {
	r, err := a.round.Round(ctx, townAuthority, townRound)
	if errs.KindOf(err) == errs.NotFound {
		return nil
	}
	draws, err2 := a.round.Draws(ctx, townAuthority, townRound)
	firms, err3 := a.round.Firms(ctx, townAuthority, townRound)
	members, err4 := a.round.Members(ctx, townAuthority, townRound)
	if err := errors.Join(err, err2, err3, err4); err != nil {
		return err
	}
	p["round"] = r.State
	for _, d := range draws {
		sources, err := a.round.Sources(ctx, townAuthority, townRound, d.Half)
		if err != nil {
			return err
		}
		var given []string
		for _, s := range sources {
			given = append(given, fmt.Sprintf("%s committed %v given %v", s.Name, s.Commitment != "", s.Value != ""))
		}
		p[d.Half] = []any{d.State, d.Manifest != "", d.Digest != "", d.Reveal != "", d.Result != "", given}
	}
	states := map[round.FirmState]int{}
	for _, f := range firms {
		states[f.State]++
	}
	teams := map[round.MemberState]int{}
	for _, m := range members {
		teams[m.State]++
	}
	p["firms"], p["members"] = states, teams
	return nil
}
