package alarm_test

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"suiji/internal/access"
	"suiji/internal/alarm"
	"suiji/internal/audit"
	"suiji/internal/canon"
	"suiji/internal/identity"
	"suiji/internal/password"
	"suiji/internal/scribe"
	"suiji/internal/store"
	"suiji/internal/store/storetest"
	"suiji/ledger"
)

const bureau = "130132-rs"

// office is a bureau whose time tests move.
type office struct {
	*testing.T
	*alarm.Service
	at time.Time
}

func newOffice(t *testing.T, db *store.DB) *office {
	t.Helper()
	o := &office{T: t, at: time.Date(2022, 6, 1, 2, 0, 0, 0, time.UTC)}
	now := func() time.Time { return o.at }
	door := audit.New(db, now)
	o.Service = o.node(db, door, t.TempDir())
	o.must(o.Identity.Found(t.Context(), identity.Authority{ID: bureau, Name: "元氏县人力资源和社会保障局", Hash: canon.SHA256}))
	o.must(o.Identity.SetRules(t.Context(), access.System(bureau), identity.Rules{Passwords: password.Dengbao}))
	return o
}

// node is one server on a database.
func (o *office) node(db *store.DB, door *audit.Door, dir string) *alarm.Service {
	now := func() time.Time { return o.at }
	return alarm.New(alarm.Config{DB: db, Door: door, Now: now, Scribe: scribe.New(scribe.Config{DB: db, Door: door, Now: now, Dir: dir}), Identity: identity.New(db, door, now)})
}

func (o *office) must(err error) {
	o.Helper()
	if err != nil {
		o.Fatal(err)
	}
}

func (o *office) look() {
	o.Helper()
	o.must(o.Look(o.Context(), bureau))
}

func (o *office) alarms() []alarm.Alarm {
	o.Helper()
	all, err := o.Alarms(o.Context(), bureau, time.Time{})
	o.must(err)
	return all
}

// entries are the data of the ledger's entries of a type.
func (o *office) entries(subject string, typ ledger.Type) (all []map[string]any) {
	o.Helper()
	found, err := o.Scribe.Entries(o.Context(), bureau, subject)
	o.must(err)
	for _, e := range found {
		if e.Entry.Type == typ {
			all = append(all, e.Entry.Data)
		}
	}
	return all
}

// behind changes something beside the program.
func (o *office) behind(query string) {
	o.Helper()
	o.must(o.Door.Keep(o.Context(), func(tx *store.DB) error { _, err := tx.Exec(o.Context(), query); return err }))
}

// Tries by strangers on ten thousand names: within a minute of their beginning
// there is one alarm, in the audit log and in the ledger, and one an hour while
// it goes on, on however many nodes.
func TestSpray(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		o := newOffice(t, db)
		o.look()
		second := o.node(db, o.Door, t.TempDir())
		begun := o.at
		for n := range 150 {
			o.Identity.SignIn(t.Context(), identity.Attempt{Authority: bureau, Username: fmt.Sprintf("name%d", n), Address: fmt.Sprintf("198.18.0.%d", n), Password: strings.Repeat("x", 600)})
			if o.at = o.at.Add(300 * time.Millisecond); n%50 == 49 { // every 15 s
				o.look()
				o.must(second.Look(t.Context(), bureau))
			}
		}
		all := o.alarms()
		if len(all) != 1 || all[0].Kind != alarm.SignIns || all[0].At.Sub(begun) > time.Minute || !strings.Contains(all[0].Text, "10 分钟内") {
			t.Fatalf("Alarms = %+v, want one within a minute", all)
		}
		if e := o.entries(alarm.Subject(bureau), ledger.AlarmRaised); len(e) != 1 || e[0]["alarm"] != all[0].ID || e[0]["number"] != all[0].Number {
			t.Errorf("in the ledger: %v", e)
		}
		log, err := o.Door.Find(t.Context(), bureau, audit.Query{Action: string(access.AlarmRaise)}, 10)
		if err != nil || len(log) != 1 {
			t.Errorf("in the audit log: %+v, %v", log, err)
		}
		o.at = begun.Add(30 * time.Minute)
		o.look()
		if n := len(o.alarms()); n != 1 {
			t.Errorf("half an hour later there are %d alarms, want no further one", n)
		}
	})
}

// What the security hangs on is laid down whenever it changed, by digest; each
// change but the first is an alarm that says what was and what is.
func TestSettings(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		o := newOffice(t, db)
		house := func(witnesses string) {
			o.must(o.House(t.Context(), bureau, alarm.Settings{alarm.Witnesses: witnesses, "https": "是"}))
		}
		for range 3 { // starts
			house("a.example b.example")
			o.look()
			o.at = o.at.Add(time.Second)
		}
		if n := len(o.alarms()); n != 0 {
			t.Errorf("%d alarms of what was set from the beginning", n)
		}
		house("")
		o.must(o.Identity.SetRules(t.Context(), access.System(bureau), identity.Rules{Passwords: password.Dengbao, Second: []access.Role{access.Operator}}))
		o.look()
		o.at = o.at.Add(time.Second)
		o.must(o.Identity.SetRules(t.Context(), access.System(bureau), identity.Rules{Passwords: password.Dengbao}))
		o.look()
		o.at = o.at.Add(time.Second)
		o.look()
		o.at = o.at.Add(time.Second)
		o.behind(`UPDATE identity_rules SET second = 'leader' WHERE authority_id = '130132-rs'`)
		o.look()
		o.at = o.at.Add(time.Second)
		var kinds []alarm.Kind
		for _, a := range o.alarms() {
			kinds = append(kinds, a.Kind)
		}
		slices.Sort(kinds)
		if want := []alarm.Kind{alarm.Changed, alarm.Changed, alarm.OfHouse, alarm.OfOffice}; !slices.Equal(kinds, want) {
			t.Errorf("kinds %v, want two changes with a record, one of the machine, and one behind the program's back", kinds)
		}
		if e := o.entries(alarm.Subject(bureau), ledger.AlarmRaised); len(e) != 2 {
			t.Errorf("alarms in the ledger: %v, want those of the machine and of what has no record", e)
		}
		var said []string
		for _, a := range o.alarms() {
			said = append(said, a.Text)
			if strings.Contains(a.Title, "example") || len(a.To()) != map[bool]int{true: 1, false: 2}[a.Kind == alarm.Changed] {
				t.Errorf("%+v: want nothing of it in the title, and two groups told of what has no record", a)
			}
		}
		for _, want := range []string{"台账的外部见证方：原为“a.example b.example”，现为“无”", "须双因素的角色：原为“无”，现为“抽取操作员”", "须双因素的角色：原为“抽取操作员”，现为“无”", "须双因素的角色：原为“无”，现为“局领导”", "没有相应的办理记录", "审计日志有记录"} {
			if len(said) != 4 || !strings.Contains(strings.Join(said, "\n"), want) {
				t.Errorf("alarms %q, want four, one with %q", said, want)
			}
		}
		e := o.entries(alarm.SettingsSubject(bureau), ledger.SettingsStated)
		if len(e) != 6 || e[0]["witnesses"] != int64(2) || e[2]["witnesses"] != int64(0) || strings.Contains(fmt.Sprint(e), "example") {
			t.Errorf("in the ledger: %v, want six, first two witnesses and then none, and no name", e)
		}
	})
}

// A burst of refused input is told once a day.
func TestBurst(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		o := newOffice(t, db)
		for range 3 {
			o.must(o.Burst(t.Context(), bureau, 300, 10*time.Minute))
			o.at = o.at.Add(5 * time.Hour)
		}
		all := o.alarms()
		if len(all) != 1 || all[0].Kind != alarm.Input || !strings.Contains(all[0].Text, "10 分钟内有 300 次以上") || len(all[0].To()) != 1 {
			t.Errorf("Alarms = %+v", all)
		}
		if e := o.entries(alarm.Subject(bureau), ledger.AlarmRaised); len(e) != 1 || e[0]["kind"] != "input" {
			t.Errorf("in the ledger: %v", e)
		}
	})
}

// The head of the audit log stands in the ledger once a day; a log that was cut
// off behind it is told once a day, whatever the file beside the database says.
func TestHead(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		o := newOffice(t, db)
		heads := func() int { return len(o.entries(alarm.HeadSubject(bureau), ledger.AuditHead)) }
		o.look()
		if heads() != 0 {
			t.Error("a head of nothing is entered")
		}
		clerk := access.Actor{Authority: bureau, ID: "c", Name: "李敏", Roles: []access.Role{access.Clerk}}
		for day := range 3 {
			for range 4 { // looks
				o.must(o.Door.Do(t.Context(), clerk, access.PlanEdit, "p", func(*store.DB) error { return nil }))
				o.must(o.Door.Link(context.Background(), bureau))
				o.look()
				o.at = o.at.Add(6 * time.Hour)
			}
			if heads() != day+1 {
				t.Fatalf("after day %d there are %d heads", day+1, heads())
			}
		}
		if n := len(o.alarms()); n != 0 {
			t.Fatalf("%d alarms of a log that is whole", n)
		}
		o.behind(`DELETE FROM audit_entry WHERE no > 8`)
		for range 2 {
			o.look()
		}
		if all := o.alarms(); len(all) != 1 || all[0].Kind != alarm.Log || heads() != 3 {
			t.Errorf("Alarms = %+v with %d heads, want one of the log, and no head beyond it", all, heads())
		}
	})
}
