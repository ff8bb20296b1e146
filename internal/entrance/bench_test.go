package entrance

import (
	"fmt"
	"log/slog"
	"math/rand/v2"
	"net/http"
	"net/http/httptest"
	"net/url"
	"slices"
	"strings"
	"testing"
	"time"

	"suiji/internal/access"
	"suiji/internal/audit"
	"suiji/internal/canon"
	"suiji/internal/identity"
	"suiji/internal/password"
	"suiji/internal/store"
	"suiji/internal/store/storetest"
)

// BenchmarkSignIn tells how far apart the answers to those who do not get in
// are, by the sign-in's form: of each kind of name as many tries as there are
// turns, in turns, and the median of each held to that of a name that does not
// exist.
func BenchmarkSignIn(b *testing.B) {
	db, at := storetest.SQLite(b), time.Date(2022, 6, 1, 2, 0, 0, 0, time.UTC)
	now := func() time.Time { return at }
	door := audit.New(db, now)
	people := identity.New(db, door, now)
	sessions := people.Sessions(false)
	handler := sessions.Wrap(New(Config{Identity: people, Sessions: sessions, Door: door, Now: now, Log: slog.New(slog.DiscardHandler)}).Handler())
	must := func(err error) {
		if err != nil {
			b.Fatal(err)
		}
	}
	must(people.Found(b.Context(), identity.Authority{ID: bureau, Name: "元氏县人力资源和社会保障局", Hash: canon.SHA256}))
	for _, name := range []string{"wrong", "disabled", "second", "locked"} {
		must(people.AddAccount(b.Context(), access.System(bureau), identity.Account{ID: name, Username: name, Name: "甲", Roles: []access.Role{access.Clerk}}, secret))
	}
	must(people.SetRules(b.Context(), access.System(bureau), identity.Rules{Passwords: password.Dengbao, Second: []access.Role{access.Clerk}}))
	must(door.Keep(b.Context(), func(tx *store.DB) error {
		_, err := tx.Exec(b.Context(), `UPDATE identity_account SET active = FALSE WHERE account_id = 'disabled'`)
		return err
	}))
	try := func(name, password string) time.Duration {
		r := httptest.NewRequestWithContext(b.Context(), "POST", "/w/login", strings.NewReader(url.Values{"username": {name}, "password": {password}}.Encode()))
		r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
		r.RemoteAddr = name + ":1"
		w, begun := httptest.NewRecorder(), time.Now()
		handler.ServeHTTP(w, r)
		took := time.Since(begun)
		if w.Code == http.StatusSeeOther {
			b.Fatalf("%s is let in", name)
		}
		return took
	}
	kinds, took := []string{"unknown", "wrong", "disabled", "second"}, map[string][]time.Duration{}
	for b.Loop() {
		try("sweeps", "wrong")                    // pays for what has been forgotten
		for _, i := range rand.Perm(len(kinds)) { // garbage is collected every other hash: an order would be measured
			name := kinds[i]
			password := "wrong"
			if name == "disabled" {
				password = secret
			}
			took[name] = append(took[name], try(name, password))
		}
		at = at.Add(25 * time.Hour) // nothing of it counts any more
	}
	for range 5 {
		try("locked", "wrong")
		try("unknown-locked", "wrong")
	}
	for range b.N {
		took["unknown-locked"] = append(took["unknown-locked"], try("unknown-locked", "wrong"))
		took["locked"] = append(took["locked"], try("locked", secret))
	}
	median := func(name string) time.Duration {
		slices.Sort(took[name])
		return took[name][len(took[name])/2]
	}
	for _, x := range [][2]string{{"wrong", "unknown"}, {"disabled", "unknown"}, {"second", "unknown"}, {"locked", "unknown-locked"}} {
		b.ReportMetric(float64((median(x[0]) - median(x[1])).Abs().Microseconds()), fmt.Sprintf("µs-apart-%s", x[0]))
	}
	b.ReportMetric(float64(median("unknown").Microseconds()), "µs-unknown")
}
