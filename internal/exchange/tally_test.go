package exchange

import (
	"fmt"
	"testing"

	"suiji/internal/inspection/inspectiontest"
	"suiji/internal/store"
	"suiji/internal/store/storetest"
)

// A tally is kept as long as nothing has changed, however long ago that was, and
// the records are not read again; whatever changes one of them is noticed.
func TestTallyIsKept(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		y := finished(t, db)
		y.coded(t, "national")
		y.coded(t, "provincial")
		y.prepare(t, "provincial")
		f := y.Form(t, 3)
		version := 100
		for i, change := range []func(){
			func() {},
			func() { y.Must(t, y.Inspection.Reopen(t.Context(), y.Reviewer, f.ID, "结果录错")) },
			func() {
				y.Conclude(t, 3, inspectiontest.WithProblem(inspectiontest.Entry(y.Form(t, 3), "2022-06-20"), "2022-07-06"))
			},
			func() { y.Must(t, y.disclosure.Correct(t.Context(), y.Reviewer, f.ID, "更正为责令改正")) },
			func() { // between two looks: nobody sees the form open
				y.Must(t, y.Inspection.Reopen(t.Context(), y.Reviewer, f.ID, "结果又录错"))
				e := y.Form(t, 3).Entry()
				e.EndedOn = e.EndedOn.AddDays(1)
				y.Conclude(t, 3, e)
			},
			func() { y.Must(t, y.disclosure.Correct(t.Context(), y.Reviewer, f.ID, "再次更正")) },
			func() {
				version++
				y.Exec(t, fmt.Sprintf(`UPDATE register_target SET area_code = '130133', version = %d WHERE target_id = '%s'`, version, f.Firm.TargetID),
					fmt.Sprintf(`INSERT INTO register_version (authority_id, list, version, at, count, root, import_id, added, changed, withdrawn, by_name)
						VALUES ('%s', 'targets', %d, 1, 1, '', '', 0, 1, 0, '')`, inspectiontest.Authority, version))
			},
			func() { y.prepare(t, "provincial") },
			func() { y.Exec(t, `UPDATE register_item SET code = '11111111111111'`) },
			func() {
				y.Must(t, y.Set(t.Context(), y.Clerk, "provincial", []Value{{"office", "office.code", ""}}))
			},
			func() {
				y.Must(t, y.disclosure.Withdraw(t.Context(), y.Reviewer, y.forms[0], "对象错误，检查的是另一户"))
			},
			func() {
				y.Must(t, y.disclosure.Publish(t.Context(), y.Reviewer, y.forms[:1]))
			},
		} {
			y.On(fmt.Sprintf("2022-07-%02d", 10+i))
			change()
			y.agree(t)
			y.On(fmt.Sprintf("2022-07-%02d", 11+i))
			y.agree(t) // the hours in which an entry may still come have passed
			if t.Failed() {
				t.Fatalf("at change %d", i)
			}
		}
		y.Exec(t, `UPDATE disclosure_posting SET record = '{'`)
		if got, err := y.Tally(t.Context(), inspectiontest.Authority, "provincial"); err != nil || got.Count[Faulty] != 3 {
			t.Errorf("nothing has changed, and the records are read again: %+v, %v", got, err)
		}
		y.Exec(t, `UPDATE register_item SET code = ''`)
		if _, err := y.Tally(t.Context(), inspectiontest.Authority, "provincial"); err == nil {
			t.Error("a record that cannot be read is not missed")
		}
	})
}
