package desk

import (
	"context"
	"log/slog"
	"maps"
	"net/http"
	"slices"
	"testing"
	"time"

	"suiji/internal/access"
	"suiji/internal/archive"
	"suiji/internal/casework"
	"suiji/internal/ceremony"
	"suiji/internal/disclosure"
	"suiji/internal/feedback"
	"suiji/internal/inspection"
	"suiji/internal/notice"
	"suiji/internal/page"
	"suiji/internal/page/pagetest"
	"suiji/internal/round/roundtest"
	"suiji/internal/scribe"
	"suiji/internal/store"
	"suiji/internal/store/storetest"
	"suiji/internal/visit"
	"suiji/ledger"
)

// fixture is a desk over a fresh office, with one account a role.
type fixture struct {
	*roundtest.Office
	Ceremony   *ceremony.Service
	Inspection *inspection.Service
	Disclosure *disclosure.Service
	Desk       *Server
	handler    http.Handler
}

func newDesk(t *testing.T, db *store.DB) *fixture {
	t.Helper()
	o := roundtest.New(t, db)
	f := &fixture{Office: o}
	f.Inspection = inspection.New(inspection.Config{DB: db, Door: o.Door, Now: o.Now, Identity: o.Identity, Credit: o.Credit, Schedule: o.Schedule})
	v := visit.New(visit.Config{DB: db, Door: o.Door, Now: o.Now, Identity: o.Identity, Inspection: f.Inspection, Dir: t.TempDir()})
	f.Disclosure = disclosure.New(disclosure.Config{DB: db, Door: o.Door, Scribe: o.Scribe, Now: o.Now,
		Identity: o.Identity, Reference: o.Reference, Round: o.Round, Inspection: f.Inspection})
	f.Ceremony = ceremony.New(ceremony.Config{DB: db, Door: o.Door, Scribe: o.Scribe, Now: o.Now, Identity: o.Identity, Register: o.Register, Round: o.Round})
	board := notice.New(notice.Config{DB: db, Door: o.Door, Now: o.Now, Identity: o.Identity, Reference: o.Reference, Plan: o.Plan, Round: o.Round,
		Disclosure: f.Disclosure,
		Casework:   casework.New(casework.Config{DB: db, Door: o.Door, Now: o.Now, Reference: o.Reference, Inspection: f.Inspection, Dir: t.TempDir()})})
	f.Desk = New(Config{Archive: archive.New(archive.Config{DB: db}), Notice: board, Ceremony: f.Ceremony, Identity: o.Identity, Reference: o.Reference, Register: o.Register,
		Plan: o.Plan, Round: o.Round, Proof: o.Proof, Inspection: f.Inspection, Visit: v, Feedback: feedback.New(db, o.Door, o.Now), Disclosure: f.Disclosure, Scribe: o.Scribe,
		Now: o.Now, Log: slog.New(slog.DiscardHandler), BaseURL: "https://suiji.example"})
	f.handler = f.Desk.Handler()
	return f
}

// as signs a request in as the person of a role; an empty one stays outside.
func (f *fixture) as(r *http.Request, role string) *http.Request {
	return roundtest.SignedIn(r, role)
}

func (f *fixture) run(t *testing.T, cases []pagetest.Case) {
	t.Helper()
	pagetest.Run(t, f.handler, f.as, cases)
}

var identityPages = map[string]page.Page{
	"notices": &noticesPage{}, "settings": &settingsPage{}, "ledger": &ledgerPage{}, "home": &homePage{},
}

var roundPages = map[string]page.Page{
	"rounds": &roundsPage{}, "round": &roundPage{}, "round-firms": &roundFirmsPage{}, "round-firm": &roundFirmPage{},
	"round-teams": &roundTeamsPage{}, "round-team": &roundTeamPage{},
	"round-console": &consolePage{}, "round-minutes": &minutesPage{},
}

// Every template fits its struct.
func TestTemplates(t *testing.T) {
	all := map[string]page.Page{}
	for _, m := range []map[string]page.Page{identityPages, roundPages, inspectionPages, disclosurePages} {
		maps.Copy(all, m)
	}
	f := newDesk(t, storetest.SQLite(t))
	pagetest.Check(t, f.Desk.Set(), all)
}

func form(pairs ...string) map[string][]string { return pagetest.Form(pairs...) }

func TestRoundPages(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		f := newDesk(t, db)
		f.Firms(200)
		plan := f.Publish(nil)
		f.On("2022-06-06")
		id, path := "130132-rs.2022-1", "/w/rounds/130132-rs.2022-1"
		post := func(name, as, at string, status int, location string, pairs ...string) pagetest.Case {
			return pagetest.Case{Name: name, As: as, Method: "POST", Path: at, Form: form(append(pairs, "key", name)...), Status: status, Location: location}
		}
		f.run(t, []pagetest.Case{
			{Name: "list", As: "operator", Method: "GET", Path: "/w/rounds", Status: 200, Want: pagetest.Want{"h1": "抽取", "input[type=radio]": 2}},
			{Name: "an administrator sees nothing of it", As: "admin", Method: "GET", Path: "/w/rounds", Status: 403},
			{Name: "nor has one a workbench", As: "admin", Method: "GET", Path: "/w", Status: 303, Location: "/w/accounts"},
			post("freeze nothing", "operator", "/w/rounds", 422, ""),
			post("freeze", "operator", "/w/rounds", 303, path, "window", plan+"|1|1"),
			post("freeze", "operator", "/w/rounds", 303, "/w/rounds", "window", plan+"|1|1"),
			{Name: "frozen", As: "operator", Method: "GET", Path: path, Status: 200, Want: pagetest.Want{"h1": id, "button.primary": "封存名单和规则"}},
			post("seal by a clerk", "clerk", path+"/seal", 403, ""),
			post("seal", "operator", path+"/seal", 303, path, "how", "当众掷 50 次骰子"),
			{Name: "sealed", As: "operator", Method: "GET", Path: path, Status: 200, Want: pagetest.Want{"button.primary": "录入公开随机数"}},
			post("draw too early", "operator", path+"/draw", 409, ""),
			post("roll nonsense", "operator", path+"/roll", 422, "", "source", "public", "value", "骰子"),
			post("roll", "operator", path+"/roll", 303, path, "source", "public", "value", roundtest.Dice),
			post("draw", "operator", path+"/draw", 303, path),
			post("draw", "operator", path+"/draw", 303, path),
			post("a second draw", "operator", path+"/draw", 409, ""),
			{Name: "drawn", As: "list-admin", Method: "GET", Path: path + "/firms", Status: 200, Want: pagetest.Want{"table.list tbody tr": 5, "details.confirm": 1}},
			post("confirm", "list-admin", path+"/confirm", 303, path),
			post("freeze officers", "operator", path+"/freeze-match", 303, path),
			post("seal match", "operator", path+"/seal", 303, path, "how", "当众掷 50 次骰子"),
			post("roll match", "operator", path+"/roll", 303, path, "source", "public", "value", roundtest.Dice),
			post("match", "operator", path+"/draw", 303, path),
			{Name: "teams", As: "leader", Method: "GET", Path: path + "/teams", Status: 200, Want: pagetest.Want{"table.list tbody tr": 5}},
			{Name: "another round does not exist", As: "leader", Method: "GET", Path: "/w/rounds/130132-rs.2022-9", Status: 404},
		})
	})
}

// Reloading any page of a round changes nothing, a hundred times over.
func TestReloadingChangesNothing(t *testing.T) {
	f := newDesk(t, storetest.SQLite(t))
	f.Firms(100)
	id := f.Freeze(f.Publish(nil), 1, "2022-06-06")
	f.Carry(id)
	before := state(t, f)
	for range 100 {
		for _, path := range []string{"/w", "/w/rounds", "/w/rounds/" + id, "/w/rounds/" + id + "/firms", "/w/rounds/" + id + "/teams"} {
			f.run(t, []pagetest.Case{{Name: path, As: "operator", Method: "GET", Path: path, Status: 200}})
		}
	}
	if after := state(t, f); after != before {
		t.Errorf("after 100 reloads: %s, before: %s", after, before)
	}
}

func state(t *testing.T, f *fixture) string {
	t.Helper()
	s, err := store.One(t.Context(), f.DB, store.Value[string], `
		SELECT (SELECT string_agg(state || result || reveal, ',' ORDER BY half) FROM round_draw)
			|| (SELECT string_agg(target_id || state, ',' ORDER BY target_id) FROM round_target)
			|| cast((SELECT count(*) FROM audit_entry WHERE action <> 'round.look') AS TEXT) || '/' || cast((SELECT count(*) FROM ledger_entry) AS TEXT)`)
	f.Must(err)
	return s
}

// Who looks at drawn names before the disclosure leaves a record; who looks at
// a round that names nobody does not.
func TestLooksAreRecorded(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		f := newDesk(t, db)
		f.Firms(100)
		id := f.Matched(f.Publish(nil), 1, "2022-06-06")
		f.ApprovedOn(id, "2022-06-14")
		f.Must(f.Inspection.Issue(context.Background(), roundtest.As(access.Clerk), id))
		looks := func(path string) int {
			t.Helper()
			count := func() (n int) {
				all, err := f.Door.Entries(t.Context(), roundtest.Authority, id, time.Time{}, 1000)
				f.Must(err)
				for _, e := range all {
					if e.Action == access.DrawnLook && e.ActorID == "auditor" && e.Object == id && e.Allowed {
						n++
					}
				}
				return n
			}
			before := count()
			f.run(t, []pagetest.Case{{Name: path, As: "auditor", Method: "GET", Path: path, Status: 200}})
			return count() - before
		}
		for path, want := range map[string]int{"/w/rounds/" + id + "/firms": 1, "/w/rounds/" + id + "/teams": 1, "/w/forms": 1, "/w/forms/" + id + ".0001": 1,
			"/w/rounds/" + id + "/rate": 1, "/w/rounds/" + id: 0, "/w/rounds": 0, "/w/rounds/" + id + "/console": 0, "/w/rounds/" + id + "/minutes": 0} {
			if got := looks(path); got != want {
				t.Errorf("%s leaves %d records, want %d", path, got, want)
			}
		}
	})
}

// The printed record leads to the receipt of its draw: before the ledger has
// it, to the round's page.
func TestMinutesLeadToTheReceipt(t *testing.T) {
	f := newDesk(t, storetest.SQLite(t))
	f.Firms(100)
	id := f.Matched(f.Publish(nil), 1, "2022-06-06")
	path := "/w/rounds/" + id + "/minutes"
	all, err := f.Scribe.Entries(t.Context(), roundtest.Authority, id+".match")
	f.Must(err)
	waits := !slices.ContainsFunc(all, func(e scribe.Recorded) bool { return e.Position >= 0 })
	if waits {
		f.run(t, []pagetest.Case{{Name: "waiting", As: "operator", Path: path, Want: pagetest.Want{"code.link": "/rounds/" + id, "img.public": 1}}})
	}
	f.Must(f.Scribe.Sequence(t.Context(), roundtest.Authority))
	all, err = f.Scribe.Entries(t.Context(), roundtest.Authority, id+".match")
	f.Must(err)
	for _, e := range all {
		if e.Entry.Type == ledger.RoundDrawn {
			f.run(t, []pagetest.Case{{Name: "in the ledger", As: "operator", Path: path, Want: pagetest.Want{"code.link": scribe.CheckPath(roundtest.Authority, e.Position), "img.public": 1}}, {Name: "its picture", As: "operator", Path: path + ".png"}})
			return
		}
	}
	t.Error("the draw has no entry")
}
