package reckon_test

import (
	"testing"
	"time"

	"suiji/internal/access"
	"suiji/internal/errs"
	"suiji/internal/reckon"
	"suiji/internal/round/roundtest"
	"suiji/internal/store"
	"suiji/internal/store/storetest"
)

// TestBegin holds that a check goes on beside everybody's work, that a second
// click begins no second one, and that its report names what differs.
func TestBegin(t *testing.T) {
	o := newOffice(t, storetest.SQLite(t))
	o.Firms(30)
	o.Publish(nil)
	o.Must(o.Scribe.Sequence(ctx, authority))
	auditor := roundtest.As(access.Auditor)
	if err := o.reckon.Begin(ctx, roundtest.As(access.Clerk)); errs.KindOf(err) != errs.Forbidden {
		t.Errorf("a clerk's Begin = %v, want Forbidden", err)
	}
	if j := o.reckon.Job(authority); j.Running() || !j.Began.IsZero() {
		t.Errorf("before the first there is %+v", j)
	}
	o.Must(o.reckon.Begin(ctx, auditor))
	o.Must(o.reckon.Begin(ctx, auditor))
	if j := o.ended(); !j.Report.OK() || j.Fault != "" || j.Compared == 0 || j.By != auditor.Name || j.Part != j.Parts {
		t.Errorf("a clean check ended with %+v", j)
	}
	n, err := store.One(ctx, o.DB, store.Value[int64], `SELECT count(*) FROM audit_entry WHERE action = $1 AND allowed`, string(access.LedgerCheck))
	if err != nil || n != 2 {
		t.Errorf("%d checks are recorded, %v, want both clicks", n, err)
	}
	o.Must(o.Door.Keep(ctx, func(tx *store.DB) error {
		_, err := tx.Exec(ctx, `UPDATE plan SET title = 'x'`)
		return err
	}))
	o.Must(o.reckon.Begin(ctx, auditor))
	if j := o.ended(); len(j.Report.Findings) != 1 || j.Report.Findings[0].Record == "" {
		t.Errorf("after a change the check ended with %+v", j)
	}
	o.reckon.Close()
	o.Must(o.reckon.Begin(ctx, auditor))
	if j := o.reckon.Job(authority); j.Running() {
		t.Error("a check was begun while the program ends")
	}
}

// ended waits for the check's end.
func (o *office) ended() reckon.Job {
	o.t.Helper()
	for range 2000 {
		if j := o.reckon.Job(authority); !j.Running() {
			return j
		}
		time.Sleep(5 * time.Millisecond)
	}
	o.t.Fatal("the check does not end")
	return reckon.Job{}
}
