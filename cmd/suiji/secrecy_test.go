package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"net/http"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"suiji/draw"
	"suiji/internal/access"
	"suiji/internal/page/pagetest"
	"suiji/internal/register"
	"suiji/internal/store"
)

// secrets are what nobody may work out of a round before its disclosure.
type secrets struct {
	drawn   []string // names and numbers of the drawn firms
	others  []string // of all other firms of the register
	numbers []string // seed, and the bureau's secret
}

// secrets reads them where they are: in the database. Nobody may be serving.
func (w *town) secrets() (s secrets) {
	w.t.Helper()
	w.inside(func(ctx context.Context, a *app) {
		draws, err := a.round.Draws(ctx, townAuthority, townRound)
		w.must(err)
		var res draw.TargetsResult
		w.must(json.Unmarshal([]byte(draws[0].Result), &res))
		in := map[string]bool{}
		for _, x := range res.Strata {
			for _, id := range x.Drawn {
				in[id] = true
			}
		}
		w.must(a.register.EachTarget(ctx, nil, townAuthority, register.Scope{}, func(x register.Target) error {
			if in[x.ID] {
				s.drawn = append(s.drawn, x.ID, x.Name)
			} else {
				s.others = append(s.others, x.ID, x.Name)
			}
			return nil
		}))
		s.numbers, err = store.All(ctx, a.db, store.Value[string], `SELECT secret FROM round_source WHERE secret <> '' ORDER BY secret`)
		w.must(err)
		s.numbers = append(s.numbers, res.Seed)
	})
	return s
}

func holds(body string, any []string) string {
	for _, x := range any {
		if strings.Contains(body, x) {
			return x
		}
	}
	return ""
}

var hrefs = regexp.MustCompile(`(?:href|src|data-live)="(/[^"#]*)`)

// walk reads every address that leads on from the given ones, files and
// streams among them, as whoever sits at the screen; of a list that is sorted
// and chosen from in many ways, some of the ways.
func (w *town) walk(from ...string) map[string]string {
	w.t.Helper()
	bodies, ways := map[string]string{}, map[string]int{}
	for len(from) > 0 {
		path := strings.ReplaceAll(from[0], "&amp;", "&")
		from = from[1:]
		plain, _, _ := strings.Cut(path, "?")
		if _, seen := bodies[path]; seen || strings.HasPrefix(path, "/static/") || ways[plain] == 4 {
			continue
		}
		ways[plain]++
		body, page := w.read(path)
		bodies[path] = pagetest.Unpack(w.t, []byte(body)).Text
		if !page {
			continue
		}
		for _, m := range hrefs.FindAllStringSubmatch(body, -1) {
			from = append(from, m[1])
		}
	}
	return bodies
}

// read returns what an address serves, of a stream what comes at once, and
// whether it is a page.
func (w *town) read(path string) (string, bool) {
	w.t.Helper()
	ctx, cancel := context.WithTimeout(w.t.Context(), 10*time.Second)
	defer cancel()
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, strings.TrimSuffix(w.b.server.address, "/")+path, nil)
	w.must(err)
	res, err := w.b.client().Do(req)
	if err != nil {
		w.t.Fatalf("%s: %v", path, err)
	}
	defer res.Body.Close()
	kind := res.Header.Get("Content-Type")
	if strings.HasPrefix(kind, "text/event-stream") {
		time.AfterFunc(300*time.Millisecond, cancel)
	}
	raw, err := io.ReadAll(res.Body)
	if err != nil && !errors.Is(err, context.Canceled) {
		w.t.Errorf("%s: %v", path, err)
	}
	return string(raw), res.StatusCode == http.StatusOK && strings.HasPrefix(kind, "text/html")
}

// needing are the pages of those who confirm, inspect and publish; each look
// of theirs is recorded.
var needing = []string{"/w/rounds/" + townRound, "/w/schedules/" + townRound, "/w/forms", "/w/docs/forms/", "/w/archive/", "/w/publish/", "/w/officers/", "/w/audit/export.csv", "/stage/" + townRound}

// prepared are the last acts before a visit: the schedule, its approval, the forms.
func (w *town) prepared() {
	w.t.Helper()
	schedule := "/w/schedules/" + townRound
	w.as("clerk")
	w.open(schedule)
	w.submit("自动安排")
	w.submit("报批")
	w.as("leader")
	w.open(schedule)
	w.must(w.b.click("核对并批准", 1))
	w.submit("批准这…", "意见=同意")
	w.as("clerk")
	w.open("/w/forms")
	w.submit("生成检查表")
}

// TestSecrecy carries a round to its forms, with digests first, and reads what
// the program serves to each role and to nobody, says in its log and keeps
// beside its database: no drawn firm can be told from the others, but on the
// pages of those who need it, whose looks are recorded.
func TestSecrecy(t *testing.T) {
	if testing.Short() {
		t.Skip("reads some thousand pages")
	}
	w := newTown(t, "")
	w.found()
	for _, x := range [][2]string{{"auditor", "auditor"}, {"inspector", "inspector"}} {
		w.ok(townPassword+"\n", "user", "add", x[0], "--name", "甲"+x[0], "--role", x[1])
	}
	w.ok("", "import", "targets", w.firms(townFirms))
	first := w.serve()
	w.publish("digest-first")
	w.on("2022-06-01")
	for _, a := range roundActs {
		a.do(w)
	}
	w.prepared()
	time.Sleep(2 * time.Second) // the ledger catches up
	w.must(first.stop())
	s := w.secrets()
	if len(s.drawn) < 8 || len(s.others) < 2*(townFirms-10) || len(s.numbers) < 3 {
		t.Fatalf("%d drawn, %d others, %d numbers", len(s.drawn), len(s.others), len(s.numbers))
	}
	second := w.serve()
	for _, who := range []string{"", "admin", "clerk", "leader", "list", "operator", "reviewer", "auditor", "inspector"} {
		w.sweep(who, s)
	}
	w.must(second.stop())
	for name, text := range map[string]string{"the first log": first.log.String(), "the second log": second.log.String()} {
		if x := holds(text, append(s.drawn, s.numbers...)); x != "" {
			t.Errorf("%s tells %s", name, x)
		}
	}
	w.must(filepath.WalkDir(w.dir, func(path string, d fs.DirEntry, err error) error {
		name, _ := filepath.Rel(w.dir, path)
		if err != nil || d.IsDir() || strings.HasPrefix(name, "suiji.db") || strings.HasPrefix(name, "uploads") {
			return err // uploads: the register as it came, everybody in it
		}
		raw, err := os.ReadFile(path)
		if x := holds(string(raw), append(s.drawn, s.numbers...)); x != "" {
			t.Errorf("%s holds %s", name, x)
		}
		return err
	}))
}

// sweep reads everything as one role.
func (w *town) sweep(who string, s secrets) {
	w.t.Helper()
	from := []string{"/", "/c", "/rounds/" + townRound, "/rounds/" + townRound + ".json", "/rounds/" + townRound + "/targets.zip", "/rounds/" + townRound + "/targets/manifest.json",
		"/ledger", "/ledger.json", "/ledger/" + townAuthority + "/checkpoint", "/ledger/" + townAuthority + "/receipt/3", "/data", "/fairness.json",
		"/stage/" + townRound, "/stage/" + townRound + "?names=on", "/stage/" + townRound + "?names=off", "/stage/" + townRound + ".json", "/witness/x"}
	before := int64(0)
	if who == "" {
		w.b.sit("nobody", "")
	} else {
		w.as(who)
		from = append(from, "/w", "/w/accounts", "/w/ledger", "/w/targets", "/w/rounds", "/w/rounds/"+townRound, "/w/rounds/"+townRound+"/firms", "/w/rounds/"+townRound+"/console",
			"/w/rounds/"+townRound+"/minutes", "/w/schedules", "/w/schedules/"+townRound, "/w/schedules/"+townRound+"/print", "/w/schedules/"+townRound+"/notices.pdf", "/w/forms", "/w/audit", "/w/due", "/m")
		before = w.looks()
	}
	bodies := w.walk(from...)
	if len(bodies) < 40 {
		w.t.Errorf("%q: only %d addresses", who, len(bodies))
	}
	singled := 0
	for path, body := range bodies {
		if x := holds(body, s.numbers); x != "" {
			w.t.Errorf("%q: %s shows the number %s", who, path, x)
		}
		x := holds(body, s.drawn)
		if x == "" {
			continue
		}
		needed := false
		for _, p := range needing {
			needed = needed || strings.HasPrefix(path, p)
		}
		switch {
		case who == "" || who == "admin":
			w.t.Errorf("%q: %s shows %s", who, path, x)
		case needed, strings.HasPrefix(path, "/w/targets/") && strings.Contains(body, townRound):
			singled++
		case !strings.HasPrefix(path, "/w/targets/") && holds(body, s.others) == "":
			w.t.Errorf("%q: %s singles out %s", who, path, x)
		}
	}
	if got := w.looks() - before; who != "" && got < int64(singled) {
		w.t.Errorf("%q: %d looks are recorded, of %d pages with drawn names", who, got, singled)
	}
	w.t.Logf("%q: %d addresses, %d with drawn names", who, len(bodies), singled)
}

// looks counts the recorded looks at drawn names.
func (w *town) looks() int64 {
	w.t.Helper()
	db, err := store.Open(w.t.Context(), filepath.Join(w.dir, "suiji.db"))
	w.must(err)
	defer db.Close()
	n, err := store.One(w.t.Context(), db, store.Value[int64], fmt.Sprintf(`SELECT count(*) FROM audit_entry WHERE action = '%s' AND allowed`, access.DrawnLook))
	w.must(err)
	return n
}
