package identity_test

import (
	"errors"
	"fmt"
	"runtime"
	"strings"
	"sync"
	"testing"
	"time"

	"suiji/internal/access"
	"suiji/internal/audit"
	"suiji/internal/errs"
	"suiji/internal/identity"
	"suiji/internal/store"
	"suiji/internal/store/storetest"
)

const secret = "Correct-Horse-7"

// people is an office with a leader who has a password of his own.
func people(t *testing.T, db *store.DB) (*identity.Service, *time.Time, identity.Account) {
	t.Helper()
	s, at := office(t, db, false)
	acc := identity.Account{ID: "l", Username: "zhou", Name: "周建国", Roles: []access.Role{access.Leader}}
	if err := s.AddAccount(t.Context(), access.System("130132-rs"), acc, secret); err != nil {
		t.Fatal(err)
	}
	acc, err := s.Account(t.Context(), "130132-rs", "l")
	if err != nil {
		t.Fatal(err)
	}
	return s, at, acc
}

func try(address, username, password, device string) identity.Attempt {
	return identity.Attempt{Authority: "130132-rs", Username: username, Password: password, Address: address, Device: device}
}

// Five failures from one place make it wait, the sixth twice as long; the
// answer says until when, and is right to the millisecond.
func TestThrottle(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		s, at, _ := people(t, db)
		in := func(password string) error {
			_, err := s.SignIn(t.Context(), try("192.0.2.1", "zhou", password, ""))
			return err
		}
		for range 5 {
			if err := in("wrong"); err == nil || !strings.Contains(err.Error(), "登录名或密码不对") {
				t.Fatalf("a wrong password: %v", err)
			}
		}
		start := *at
		if err := in(secret); err == nil || !strings.Contains(err.Error(), "10:10:00 以后才能再试（还有 10 分钟）") {
			t.Errorf("the sixth at once: %v, want the time of the next", err)
		}
		*at = start.Add(10*time.Minute - time.Millisecond)
		if err := in(secret); err == nil {
			t.Error("a millisecond too early it is let in")
		}
		*at = start.Add(10 * time.Minute)
		if err := in("wrong"); err == nil || !strings.Contains(err.Error(), "登录名或密码不对") {
			t.Errorf("on time: %v, want the password looked at", err)
		}
		*at = at.Add(20*time.Minute - time.Millisecond)
		if in(secret) == nil {
			t.Error("the second wait is not twice as long")
		}
		*at = at.Add(time.Millisecond)
		if err := in(secret); err != nil {
			t.Errorf("after the second wait: %v", err)
		}
		for range 4 {
			in("wrong")
		}
		if err := in(secret); err != nil {
			t.Errorf("success does not clear the count: %v", err)
		}
	})
}

// Whoever fails from everywhere in the leader's name keeps strangers out for
// ten minutes at most, and never the leader's own browser.
func TestNobodyLocksTheLeaderOut(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		s, at, acc := people(t, db)
		if err := s.Remember(t.Context(), acc, "my-browser"); err != nil {
			t.Fatal(err)
		}
		for i := range 200 {
			s.SignIn(t.Context(), try(fmt.Sprintf("198.51.100.%d", i), "zhou", "wrong", ""))
			*at = at.Add(time.Minute)
		}
		if _, err := s.SignIn(t.Context(), try("198.51.100.1", "zhou", secret, "my-browser")); err != nil {
			t.Errorf("the leader's own browser: %v", err)
		}
		for i := range 200 { // as often as it is let
			s.SignIn(t.Context(), try(fmt.Sprintf("203.0.113.%d", i), "zhou", "wrong", ""))
		}
		*at = at.Add(10 * time.Minute)
		if _, err := s.SignIn(t.Context(), try("192.0.2.1", "zhou", secret, "")); err != nil {
			t.Errorf("from a new place after ten minutes: %v", err)
		}
		if _, err := s.SignIn(t.Context(), try("192.0.2.1", "zhou", "wrong", "someone's")); err == nil {
			t.Error("a device that is not known signs in")
		}
	})
}

// One address that goes through many names waits, whatever they are.
func TestSpraying(t *testing.T) {
	s, _, _ := people(t, storetest.SQLite(t))
	for i := range 50 {
		s.SignIn(t.Context(), try("192.0.2.1", fmt.Sprintf("name%d", i), "Summer-2022-x", ""))
	}
	if _, err := s.SignIn(t.Context(), try("192.0.2.1", "zhou", secret, "")); err == nil || !strings.Contains(err.Error(), "以后才能再试") {
		t.Errorf("the 51st name: %v, want a wait", err)
	}
	if _, err := s.SignIn(t.Context(), try("192.0.2.2", "zhou", secret, "")); err != nil {
		t.Errorf("from elsewhere: %v", err)
	}
}

// Many tries at once are not more than many one after the other.
func TestGuessingAtOnce(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		s, _, _ := people(t, db)
		var wg sync.WaitGroup
		looked := make(chan bool, 40)
		for range 40 {
			wg.Go(func() {
				_, err := s.SignIn(t.Context(), try("192.0.2.1", "zhou", "wrong", ""))
				looked <- err != nil && strings.Contains(err.Error(), "登录名或密码不对")
			})
		}
		wg.Wait()
		close(looked)
		n := 0
		for x := range looked {
			if x {
				n++
			}
		}
		if n > 5 || n == 0 {
			t.Errorf("%d passwords of 40 were looked at, want at most 5", n)
		}
	})
}

// Whoever does not know the password gets the same words at each step, and has
// the same work done, whatever there is under the name. How long it takes is
// measured by BenchmarkSignIn of package entrance.
func TestUnknownNamesLookTheSame(t *testing.T) {
	db := storetest.SQLite(t)
	s, at, _ := people(t, db)
	for _, name := range []string{"off", "bare", "duties"} {
		acc := identity.Account{ID: name, Username: name, Name: "甲", Roles: []access.Role{access.Clerk}}
		if err := s.AddAccount(t.Context(), access.System("130132-rs"), acc, secret); err != nil {
			t.Fatal(err)
		}
	}
	door := audit.New(db, func() time.Time { return *at })
	err := door.Keep(t.Context(), func(tx *store.DB) error {
		_, err1 := tx.Exec(t.Context(), `UPDATE identity_account SET active = FALSE WHERE account_id = 'off'`)
		_, err2 := tx.Exec(t.Context(), `UPDATE identity_account SET password = '' WHERE account_id = 'bare'`)
		_, err3 := tx.Exec(t.Context(), `DELETE FROM identity_role WHERE account_id = 'duties'`)
		return errors.Join(err1, err2, err3)
	})
	if err != nil {
		t.Fatal(err)
	}
	tries := []identity.Attempt{try("a", "nobody", "wrong", ""), try("b", "zhou", "wrong", ""), try("c", "off", "wrong", ""),
		try("d", "off", secret, ""), try("e", "bare", "", ""), try("f", "duties", "wrong", "")}
	for i := range 8 {
		first := ""
		for _, x := range tries {
			var before, after runtime.MemStats
			runtime.ReadMemStats(&before)
			_, err := s.SignIn(t.Context(), x)
			runtime.ReadMemStats(&after)
			if err == nil {
				t.Fatalf("%s is let in", x.Username)
			}
			if first == "" {
				first = err.Error()
			}
			hashes := (after.TotalAlloc - before.TotalAlloc) / (19 << 20)
			if want := uint64(1); i < 5 && hashes != want || i >= 5 && hashes != 0 || err.Error() != first {
				t.Errorf("try %d of %s: %d hashes and %q; as for a name that does not exist: %q", i+1, x.Username, hashes, err, first)
			}
		}
		*at = at.Add(time.Second)
	}
}

// Each attempt stands in the audit log, and what was typed does not.
func TestAttemptsAreRecorded(t *testing.T) {
	db := storetest.SQLite(t)
	s, at, _ := people(t, db)
	for _, x := range []identity.Attempt{try("a", "zhou", "canary-1", ""), try("a", "canary-2", "canary-3", ""), try("a", "zhou", secret, "")} {
		s.SignIn(t.Context(), x)
	}
	all, err := audit.New(db, func() time.Time { return *at }).Entries(t.Context(), "130132-rs", "", time.Time{}, 10)
	if err != nil {
		t.Fatal(err)
	}
	text, n := fmt.Sprint(all), 0
	for _, e := range all {
		if e.Action == access.SignIn {
			n++
		}
	}
	if n != 3 || strings.Contains(text, "canary") || !strings.Contains(text, "周建国") || !strings.Contains(text, "未知登录名") {
		t.Errorf("%d attempts in %s, want 3 without what was typed", n, text)
	}
}

func TestChangePassword(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		s, at, acc := people(t, db)
		change := func(old, next string) error { return s.ChangePassword(t.Context(), acc, old, next) }
		if err := change("wrong", "Other-Tree-8x"); errs.KindOf(err) != errs.Invalid {
			t.Errorf("without the old one: %v", err)
		}
		if err := change(secret, secret); err == nil {
			t.Error("the same again is taken")
		}
		last := secret
		for i := range 6 {
			next := fmt.Sprintf("Other-Tree-%dx", i)
			if err := change(last, next); err != nil {
				t.Fatal(err)
			}
			last = next
			if i == 4 {
				if err := change(last, secret); err == nil || !strings.Contains(err.Error(), "最近用过") {
					t.Errorf("the fifth but one again: %v", err)
				}
			}
		}
		if err := change(last, secret); err != nil {
			t.Errorf("what was used six passwords ago: %v", err)
		}
		now, err := s.Account(t.Context(), acc.Authority, acc.ID)
		if err != nil || now.Epoch != 7 || now.MustChange || !now.ChangedAt.Equal(*at) {
			t.Errorf("Account = %+v, %v, want seven changes", now, err)
		}
	})
}

func TestReset(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		s, _, acc := people(t, db)
		if _, err := s.Reset(t.Context(), clerk, acc.ID); errs.KindOf(err) != errs.Forbidden {
			t.Errorf("by a clerk: %v", err)
		}
		if _, err := s.Reset(t.Context(), admin, "admin"); errs.KindOf(err) != errs.Invalid {
			t.Errorf("one's own: %v", err)
		}
		keyed := audit.WithKey(t.Context(), "k")
		once, err := s.Reset(keyed, admin, acc.ID)
		if err != nil || len(once) < 20 {
			t.Fatalf("Reset = %q, %v", once, err)
		}
		if again, err := s.Reset(keyed, admin, acc.ID); err != nil || again != "" {
			t.Errorf("a double click: %q, %v, want nothing new", again, err)
		}
		if _, err := s.SignIn(t.Context(), try("a", "zhou", secret, "")); err == nil {
			t.Error("the old password still opens")
		}
		in, err := s.SignIn(t.Context(), try("a", "zhou", once, ""))
		if err != nil || !in.MustChange {
			t.Errorf("with the new one: %+v, %v, want it to be changed", in, err)
		}
		if err := s.Enable(t.Context(), admin, acc.ID, false); err != nil {
			t.Fatal(err)
		}
		if _, err := s.SignIn(t.Context(), try("a", "zhou", once, "")); err == nil {
			t.Error("a disabled account signs in")
		}
	})
}

// A hash of an older cost opens once more and is made anew.
func TestRehash(t *testing.T) {
	db := storetest.SQLite(t)
	s, at, acc := people(t, db)
	// "old" with 8 KiB, one pass.
	const old = "$argon2id$v=19$m=8,t=1,p=1$MDEyMzQ1Njc4OWFiY2RlZg$"
	phc := old + identity.ArgonOfTests("old", "0123456789abcdef", 8, 1)
	set := func(value string) {
		door := audit.New(db, func() time.Time { return *at })
		err := door.Keep(t.Context(), func(tx *store.DB) error {
			_, err := tx.Exec(t.Context(), `UPDATE identity_account SET password = $1 WHERE account_id = $2`, value, acc.ID)
			return err
		})
		if err != nil {
			t.Fatal(err)
		}
	}
	stored := func() string {
		v, err := store.One(t.Context(), db, store.Value[string], `SELECT password FROM identity_account WHERE account_id = $1`, acc.ID)
		if err != nil {
			t.Fatal(err)
		}
		return v
	}
	set(phc)
	if _, err := s.SignIn(t.Context(), try("a", "zhou", "wrong", "")); err == nil || stored() != phc {
		t.Errorf("a wrong password: %v", err)
	}
	if _, err := s.SignIn(t.Context(), try("a", "zhou", "old", "")); err != nil || !strings.Contains(stored(), "m=19456,t=2,p=1") {
		t.Errorf("the right one: %v, stored %s", err, stored())
	}
	if _, err := s.SignIn(t.Context(), try("a", "zhou", "old", "")); err != nil {
		t.Errorf("after that: %v", err)
	}
}

// A password that has become known is refused, whoever sets it; one is not set
// either while nobody can know.
func TestKnownPasswords(t *testing.T) {
	s, _ := office(t, storetest.SQLite(t), false)
	var trouble error
	s.Refuse(func(password string) (bool, error) { return password == "Known-Horse-77", trouble })
	add := func(password string) error {
		return s.AddAccount(t.Context(), admin, identity.Account{ID: "z", Username: "z", Name: "某人", Roles: []access.Role{access.Clerk}}, password)
	}
	if err := add("Known-Horse-77"); errs.KindOf(err) != errs.Invalid || !strings.Contains(errs.Sentence(err), "已泄露密码的清单") {
		t.Errorf("a known password: %v", err)
	}
	trouble = errs.E(errs.Invalid, "清单暂时读不到")
	if err := add("Correct-Horse-7"); err == nil {
		t.Error("set although nobody could look it up")
	}
	if trouble = nil; add("Correct-Horse-7") != nil {
		t.Error("another password is refused")
	}
}
