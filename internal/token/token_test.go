package token_test

import (
	"strings"
	"testing"
	"time"

	"suiji/calendar"
	"suiji/internal/access"
	"suiji/internal/audit"
	"suiji/internal/canon"
	"suiji/internal/errs"
	"suiji/internal/identity"
	"suiji/internal/store"
	"suiji/internal/store/storetest"
	"suiji/internal/token"
)

const authority = "130132-rs"

var (
	admin    = access.Actor{Authority: authority, ID: "admin", Name: "郭立新", Roles: []access.Role{access.Admin}}
	clerk    = access.Actor{Authority: authority, ID: "clerk", Name: "李敏", Roles: []access.Role{access.Clerk, access.Inspector}}
	reviewer = access.Actor{Authority: authority, ID: "reviewer", Name: "赵宏", Roles: []access.Role{access.Reviewer}}
)

// office has three accounts; at is its time, which tests move.
func office(t *testing.T, db *store.DB) (s *token.Service, door *audit.Door, at *time.Time) {
	t.Helper()
	day := time.Date(2022, 6, 1, 2, 0, 0, 0, time.UTC)
	at = &day
	now := func() time.Time { return *at }
	door = audit.New(db, now)
	people := identity.New(db, door, now)
	err := people.Found(t.Context(), identity.Authority{ID: authority, Name: "元氏县人力资源和社会保障局", Hash: canon.SHA256})
	if err != nil {
		t.Fatal(err)
	}
	for _, a := range []access.Actor{admin, clerk, reviewer} {
		if err := people.AddAccount(t.Context(), admin, identity.Account{ID: a.ID, Username: a.ID, Name: a.Name, Roles: a.Roles}, "Correct-Horse-7"); err != nil {
			t.Fatal(err)
		}
	}
	return token.New(token.Config{DB: db, Door: door, Now: now, Identity: people}), door, at
}

// wanted is a token for the clerk, until the end of the year.
func wanted(at time.Time) token.Token {
	return token.Token{Authority: authority, ID: store.NewID(at), Name: "协同平台", Account: "clerk", Role: access.Clerk,
		Scopes: []token.Scope{token.ReadRegister}, ExpiresOn: calendar.MustParse("2022-12-31")}
}

func TestGrantIsNeverMoreThanTheAccount(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		s, _, at := office(t, db)
		tests := []struct {
			name  string
			by    access.Actor
			edit  func(*token.Token)
			kind  errs.Kind
			field string
		}{
			{"by a clerk", clerk, func(*token.Token) {}, errs.Forbidden, ""},
			{"a role that the account has not", admin, func(t *token.Token) { t.Role = access.Leader }, errs.Invalid, "role"},
			{"no such account", admin, func(t *token.Token) { t.Account = "nobody" }, errs.Invalid, "account"},
			{"no scope", admin, func(t *token.Token) { t.Scopes = nil }, errs.Invalid, "scopes"},
			{"no such scope", admin, func(t *token.Token) { t.Scopes = []token.Scope{"write:all"} }, errs.Invalid, "scopes"},
			{"no name", admin, func(t *token.Token) { t.Name = " " }, errs.Invalid, "name"},
			{"over a year", admin, func(t *token.Token) { t.ExpiresOn = calendar.MustParse("2023-06-03") }, errs.Invalid, "expires"},
			{"in the past", admin, func(t *token.Token) { t.ExpiresOn = calendar.MustParse("2022-05-31") }, errs.Invalid, "expires"},
			{"no end", admin, func(t *token.Token) { t.ExpiresOn = calendar.Date{} }, errs.Invalid, "expires"},
		}
		for _, tt := range tests {
			want := wanted(*at)
			tt.edit(&want)
			err := s.Grant(t.Context(), tt.by, want)
			if err == nil || errs.KindOf(err) != tt.kind {
				t.Errorf("%s: %v, want kind %v", tt.name, err, tt.kind)
			}
			if ps := errs.Problems(err); tt.field != "" && (len(ps) != 1 || ps[0].Field != tt.field) {
				t.Errorf("%s: %v, want one at %s", tt.name, ps, tt.field)
			}
		}
	})
}

func TestLifeOfAToken(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		s, door, at := office(t, db)
		tk, secret := wanted(*at), token.Fresh()
		ctx := t.Context()
		dead := func(when string) {
			t.Helper()
			if _, _, err := s.Act(ctx, tk.Text(secret)); errs.KindOf(err) != errs.SignIn {
				t.Errorf("%s: %v, want SignIn", when, err)
			}
		}
		must := func(err error) {
			t.Helper()
			if err != nil {
				t.Fatal(err)
			}
		}
		must(s.Grant(ctx, admin, tk))
		dead("before it is collected")
		for _, a := range []access.Actor{admin, reviewer} {
			if err := s.Collect(ctx, a, tk.ID, secret); errs.KindOf(err) != errs.NotFound {
				t.Errorf("collected by %s: %v, want NotFound", a.Name, err)
			}
		}
		must(s.Collect(ctx, clerk, tk.ID, secret))
		must(s.Collect(ctx, clerk, tk.ID, secret)) // sent twice
		if err := s.Collect(ctx, clerk, tk.ID, token.Fresh()); errs.KindOf(err) != errs.Conflict {
			t.Errorf("collected again: %v, want Conflict", err)
		}
		a, got, err := s.Act(ctx, tk.Text(secret))
		must(err)
		if a.ID != "clerk" || len(a.Roles) != 1 || a.Roles[0] != access.Clerk || a.Name != "李敏（接口令牌“协同平台”）" || !got.Has(token.ReadRegister) || got.Has(token.WriteResult) {
			t.Errorf("Act = %+v, %+v", a, got)
		}
		if _, _, err := s.Act(ctx, tk.Text(token.Fresh())); errs.KindOf(err) != errs.SignIn {
			t.Errorf("another secret: %v, want SignIn", err)
		}
		all, err := s.Tokens(ctx, admin)
		must(err)
		if len(all) != 1 || !all[0].LastUsed.Equal(at.Truncate(time.Minute)) {
			t.Errorf("Tokens = %+v, want one used now", all)
		}
		if own, err := s.Tokens(ctx, reviewer); err != nil || len(own) != 0 {
			t.Errorf("the reviewer sees %v, %v", own, err)
		}
		*at = at.AddDate(0, 7, 0)
		dead("after its last day")
		*at = at.AddDate(0, -7, 0)
		must(s.Revoke(ctx, admin, tk.ID))
		if err := s.Revoke(ctx, clerk, tk.ID); errs.KindOf(err) != errs.Conflict || !strings.Contains(err.Error(), "郭立新") {
			t.Errorf("revoked again: %v, want Conflict that names who did", err)
		}
		dead("revoked")
		acts, err := door.Entries(ctx, authority, "token/", time.Time{}, 20)
		must(err)
		if len(acts) != 4 { // grant, collect twice, revoke; refusals of others are no acts
			t.Errorf("%d acts in the log, want 4: %+v", len(acts), acts)
		}
	})
}

// The secret is in no table.
func TestOnlyTheHashIsKept(t *testing.T) {
	db := storetest.SQLite(t)
	s, _, at := office(t, db)
	tk, secret := wanted(*at), token.Fresh()
	if err := s.Grant(t.Context(), admin, tk); err != nil {
		t.Fatal(err)
	}
	if err := s.Collect(t.Context(), clerk, tk.ID, secret); err != nil {
		t.Fatal(err)
	}
	kept, err := store.One(t.Context(), db, store.Value[string], `SELECT secret_hash FROM token`)
	if err != nil || len(kept) != 64 || strings.Contains(kept, secret) {
		t.Errorf("kept %q, %v, want 64 digits of a hash", kept, err)
	}
}

func TestAnswers(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		s, _, at := office(t, db)
		tk, ctx := wanted(*at), t.Context()
		if err := s.Grant(ctx, admin, tk); err != nil {
			t.Fatal(err)
		}
		begin := func(name, key, digest string, want error, done bool) token.Answer {
			t.Helper()
			a, got, err := s.Begin(ctx, tk, key, digest)
			if err != want || got != done {
				t.Errorf("%s: %v, %v, want %v, %v", name, got, err, done, want)
			}
			return a
		}
		begin("no key", "", "d1", token.ErrKey, false)
		begin("a short key", "short", "d1", token.ErrKey, false)
		begin("first", "key-00001", "d1", nil, false)
		begin("meanwhile", "key-00001", "d1", token.ErrUnderWay, false)
		begin("meanwhile, another", "key-00001", "d2", token.ErrOther, false)
		*at = at.Add(2 * token.Beat)
		if err := s.Renew(ctx, tk, "key-00001"); err != nil {
			t.Fatal(err)
		}
		*at = at.Add(2 * token.Beat)
		begin("still worked on", "key-00001", "d1", token.ErrUnderWay, false)
		*at = at.Add(2 * token.Beat)
		begin("its process has died", "key-00001", "d1", nil, false)
		want := token.Answer{Status: 201, Head: map[string]string{"ETag": `"3"`}, Body: []byte("{}")}
		if err := s.Keep(ctx, tk, "key-00001", want); err != nil {
			t.Fatal(err)
		}
		*at = at.Add(71 * time.Hour)
		if a := begin("again", "key-00001", "d1", nil, true); a.Status != 201 || a.Head["ETag"] != `"3"` || string(a.Body) != "{}" {
			t.Errorf("again: %+v, want %+v", a, want)
		}
		begin("another", "key-00001", "d2", token.ErrOther, false)
		*at = at.Add(2 * time.Hour)
		begin("after 73 hours", "key-00001", "d2", nil, false)
		if err := s.Forget(ctx, tk, "key-00001"); err != nil {
			t.Fatal(err)
		}
		begin("given up", "key-00001", "d3", nil, false)
	})
}
