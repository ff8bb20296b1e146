package passkey_test

import (
	"strings"
	"testing"
	"time"

	"suiji/internal/access"
	"suiji/internal/audit"
	"suiji/internal/errs"
	"suiji/internal/passkey"
	"suiji/internal/passkey/passkeytest"
	"suiji/internal/store"
	"suiji/internal/store/storetest"
)

const (
	origin = "https://suiji.example.gov.cn"
	host   = "suiji.example.gov.cn"
)

// office is a service over a fresh database with the accounts a and b.
type office struct {
	t    *testing.T
	db   *store.DB
	door *audit.Door
	at   time.Time
	*passkey.Service
}

func newOffice(t *testing.T, db *store.DB) *office {
	t.Helper()
	o := &office{t: t, db: db, at: time.Date(2026, 3, 2, 1, 0, 0, 0, time.UTC)}
	now := func() time.Time { return o.at }
	o.door = audit.New(db, now)
	o.Service = passkey.New(db, o.door, now)
	o.At(origin)
	o.keep(func(tx *store.DB) error {
		if _, err := tx.Exec(t.Context(), `
			INSERT INTO identity_authority (authority_id, name, short_name, area_code, area_name, phone, hash, relaxed_duties, demo)
			VALUES ('x', '甲局', '', '', '', '', 'sha256', FALSE, FALSE)`); err != nil {
			return err
		}
		for _, id := range []string{"a", "b"} {
			if _, err := tx.Exec(t.Context(), `
				INSERT INTO identity_account (authority_id, account_id, username, name, password, officer_id, active, created_at)
				VALUES ('x', $1, $1, $1, '', '', TRUE, 0)`, id); err != nil {
				return err
			}
		}
		return nil
	})
	return o
}

func (o *office) keep(fn func(tx *store.DB) error) {
	o.t.Helper()
	if err := o.door.Keep(o.t.Context(), fn); err != nil {
		o.t.Fatal(err)
	}
}

func owner(account string) passkey.Owner {
	return passkey.Owner{Authority: "x", Account: account, Username: account, Name: account, Signin: "s1"}
}

func (o *office) ask(w passkey.Owner, p passkey.Purpose) []byte {
	o.t.Helper()
	options, err := o.Ask(o.t.Context(), w, p)
	if err != nil {
		o.t.Fatal(err)
	}
	return options
}

func (o *office) enrol(w passkey.Owner, answer string) error {
	return o.door.Do(o.t.Context(), access.System("x"), access.PasskeyEdit, w.Account, func(tx *store.DB) error {
		return o.Enrol(o.t.Context(), tx, w, "手机", answer)
	})
}

// show returns the refusal.
func (o *office) show(w passkey.Owner, answer string) (refusal error) {
	o.t.Helper()
	o.keep(func(tx *store.DB) (err error) {
		refusal, err = o.Show(o.t.Context(), tx, w, answer)
		return err
	})
	return refusal
}

// A device that is enrolled opens; whatever differs from that does not.
func TestShow(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		o, a := newOffice(t, db), owner("a")
		d := passkeytest.New(t, origin, host)
		if err := o.enrol(a, d.Create(o.ask(a, passkey.ToEnrol))); err != nil {
			t.Fatal(err)
		}
		if all, err := o.Keys(t.Context(), "x", "a"); err != nil || len(all) != 1 || all[0].Name != "手机" || !all[0].Used.IsZero() {
			t.Fatalf("Keys = %+v, %v", all, err)
		}
		good := d.Get(o.ask(a, passkey.ToShow))
		if err := o.show(a, good); err != nil {
			t.Fatalf("a device that was enrolled: %v", err)
		}
		if err := o.show(a, good); err == nil {
			t.Error("an answer opens twice")
		}
		if all, _ := o.Keys(t.Context(), "x", "a"); !all[0].Used.Equal(o.at) {
			t.Errorf("used at %v, want %v", all[0].Used, o.at)
		}
		first := d.Get(o.ask(a, passkey.ToShow))
		for _, tt := range []struct {
			name string
			lie  func(d *passkeytest.Device)
			as   func(w *passkey.Owner)
		}{
			{"another origin", func(d *passkeytest.Device) { d.Origin = "https://suiji.example.gov.cn.evil.example" }, nil},
			{"plain HTTP", func(d *passkeytest.Device) { d.Origin = "http://suiji.example.gov.cn" }, nil},
			{"another host's key", func(d *passkeytest.Device) { d.Host = "evil.example" }, nil},
			{"nobody was asked for a finger", func(d *passkeytest.Device) { d.Unasked = true }, nil},
			{"another challenge", func(d *passkeytest.Device) { d.Replaces = "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA" }, nil},
			{"another device", func(d *passkeytest.Device) { *d = *passkeytest.New(t, origin, host) }, nil},
			{"a device that took the key's name", func(d *passkeytest.Device) {
				id := d.ID
				*d = *passkeytest.New(t, origin, host)
				d.ID = id
			}, nil},
			{"asked in another sign-in", nil, func(w *passkey.Owner) { w.Signin = "s2" }},
			{"as somebody else", nil, func(w *passkey.Owner) { w.Account = "b" }},
			{"six minutes later", func(*passkeytest.Device) { o.at = o.at.Add(6 * time.Minute) }, nil},
		} {
			other, w := d.Copy(), a
			options := o.ask(a, passkey.ToShow)
			if tt.lie != nil {
				tt.lie(other)
			}
			if tt.as != nil {
				tt.as(&w)
			}
			if err := o.show(w, other.Get(options)); errs.KindOf(err) != errs.Invalid {
				t.Errorf("%s: %v, want it refused", tt.name, err)
			}
		}
		if err := o.show(a, first); err == nil {
			t.Error("an earlier challenge opens after a later one")
		}
		for _, answer := range []string{"", "{}", "null", strings.Repeat("[", 1000), `{"id":"` + strings.Repeat("A", 100<<10) + `"}`} {
			o.ask(a, passkey.ToShow)
			if err := o.show(a, answer); errs.KindOf(err) != errs.Invalid {
				t.Errorf("answer %.20q: %v", answer, err)
			}
		}
		d.Count += 20
		if err := o.show(a, d.Get(o.ask(a, passkey.ToShow))); err != nil {
			t.Errorf("the device itself after all that: %v", err)
		}
	})
}

// A key whose counter goes back is out of use, the copy and the original.
func TestCopied(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		o, a := newOffice(t, db), owner("a")
		d := passkeytest.New(t, origin, host)
		if err := o.enrol(a, d.Create(o.ask(a, passkey.ToEnrol))); err != nil {
			t.Fatal(err)
		}
		stolen := d.Copy()
		for range 3 {
			if err := o.show(a, d.Get(o.ask(a, passkey.ToShow))); err != nil {
				t.Fatal(err)
			}
		}
		if err := o.show(a, stolen.Get(o.ask(a, passkey.ToShow))); err == nil || !strings.Contains(err.Error(), "可能被人复制") {
			t.Errorf("the copy: %v", err)
		}
		if all, err := o.Keys(t.Context(), "x", "a"); err != nil || all[0].Copied.IsZero() {
			t.Errorf("Keys = %+v, %v, want it known as copied", all, err)
		}
		if _, err := o.Ask(t.Context(), a, passkey.ToShow); errs.KindOf(err) != errs.Conflict {
			t.Errorf("asked for it again: %v", err)
		}
		quiet := passkeytest.New(t, origin, host) // most telephones count nothing
		quiet.Mute = true
		if err := o.enrol(a, quiet.Create(o.ask(a, passkey.ToEnrol))); err != nil {
			t.Fatal(err)
		}
		for range 2 {
			if err := o.show(a, quiet.Get(o.ask(a, passkey.ToShow))); err != nil {
				t.Errorf("a device that does not count: %v", err)
			}
		}
		if err := o.show(a, d.Get(o.ask(a, passkey.ToShow))); err == nil {
			t.Error("the original opens after the copy was found")
		}
	})
}

// What an enrolment refuses, and that a removed key opens nothing.
func TestEnrol(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		o, a, b := newOffice(t, db), owner("a"), owner("b")
		d := passkeytest.New(t, origin, host)
		for name, lie := range map[string]func(d *passkeytest.Device){
			"another origin": func(d *passkeytest.Device) { d.Origin = "https://evil.example" },
			"another host":   func(d *passkeytest.Device) { d.Host = "evil.example" },
			"nobody asked":   func(d *passkeytest.Device) { d.Unasked = true },
		} {
			other := d.Copy()
			lie(other)
			if err := o.enrol(a, other.Create(o.ask(a, passkey.ToEnrol))); errs.KindOf(err) != errs.Invalid {
				t.Errorf("%s: %v", name, err)
			}
		}
		answer := d.Create(o.ask(a, passkey.ToEnrol))
		if err := o.enrol(b, answer); errs.KindOf(err) != errs.Invalid {
			t.Errorf("by somebody else: %v", err)
		}
		if err := o.enrol(a, d.Get(o.ask(a, passkey.ToEnrol))); errs.KindOf(err) != errs.Invalid {
			t.Errorf("a proof as an enrolment: %v", err)
		}
		answer = d.Create(o.ask(a, passkey.ToEnrol))
		if err := o.enrol(a, answer); err != nil {
			t.Fatal(err)
		}
		if err := o.enrol(a, answer); errs.KindOf(err) != errs.Invalid {
			t.Errorf("the same answer again: %v", err)
		}
		if err := o.enrol(b, d.Create(o.ask(b, passkey.ToEnrol))); errs.KindOf(err) != errs.Conflict {
			t.Errorf("the same key for somebody else: %v", err)
		}
		all, err := o.Keys(t.Context(), "x", "a")
		if err != nil || len(all) != 1 {
			t.Fatalf("Keys = %+v, %v", all, err)
		}
		options := o.ask(a, passkey.ToShow)
		o.keep(func(tx *store.DB) error { return o.Remove(t.Context(), tx, "x", "a", all[0].ID) })
		if err := o.show(a, d.Get(options)); errs.KindOf(err) != errs.Invalid {
			t.Errorf("a key that was removed meanwhile: %v", err)
		}
		err = o.door.Keep(t.Context(), func(tx *store.DB) error { return o.Remove(t.Context(), tx, "x", "a", all[0].ID) })
		if errs.KindOf(err) != errs.Conflict {
			t.Errorf("removed twice: %v", err)
		}
		for range 10 {
			if err := o.enrol(b, passkeytest.New(t, origin, host).Create(o.ask(b, passkey.ToEnrol))); err != nil {
				t.Fatal(err)
			}
		}
		if _, err := o.Ask(t.Context(), b, passkey.ToEnrol); errs.KindOf(err) != errs.Conflict {
			t.Errorf("the eleventh: %v", err)
		}
	})
}

func TestAt(t *testing.T) {
	o := newOffice(t, storetest.SQLite(t))
	for base, want := range map[string]string{
		"https://suiji.example.gov.cn": origin, "https://suiji.example.gov.cn:8443/x": origin + ":8443", "http://localhost:8080": "http://localhost:8080",
		"http://suiji.example.gov.cn": "", "http://127.0.0.1:8080": "", "https://10.0.0.1": "", "https://[::1]": "", "": "", "ftp://x.example": "",
	} {
		if o.At(base); o.Origin() != want {
			t.Errorf("At(%q): origin %q, want %q", base, o.Origin(), want)
		}
		if _, err := o.Ask(t.Context(), owner("a"), passkey.ToEnrol); (err == nil) != (want != "") {
			t.Errorf("At(%q): asking is %v", base, err)
		}
	}
}
