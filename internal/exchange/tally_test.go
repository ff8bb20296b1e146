package exchange

import (
	"fmt"
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

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

// agree holds what is counted, from whenever it was counted, and what the pages
// show of it, to all the records.
func (y *year) agree(t *testing.T) {
	t.Helper()
	for _, target := range Receivers {
		all, err := y.Standings(t.Context(), inspectiontest.Authority, target.ID)
		y.Must(t, err)
		want, gone := map[State]int{}, 0
		for _, x := range all {
			want[x.State]++
			if x.State == Waiting && x.Op == Delete {
				gone++
			}
		}
		got, err := y.Tally(t.Context(), inspectiontest.Authority, target.ID)
		y.Must(t, err)
		for _, state := range States {
			if got.Count[state] != want[state] {
				t.Errorf("%s: %d records are counted as %s, %d are", target.ID, got.Count[state], state, want[state])
			}
		}
		if got.Gone != gone || got.Left != 0 {
			t.Errorf("%s: %d of %d to be deleted are counted, %d rounds left", target.ID, got.Gone, gone, got.Left)
		}
		y.shown(t, target.ID, all)
	}
}

// shown holds the windows and the preview to all records and to the outlook.
func (y *year) shown(t *testing.T, target string, all []Standing) {
	t.Helper()
	for _, f := range []Filter{{}, {State: Waiting}, {State: Faulty}, {State: Back}, {State: Sent}, {Text: "0001"}, {State: Waiting, Text: "没有的"}} {
		want := f.kept(slices.Clone(all))
		for skip := 0; skip == 0 || skip < len(want); skip += 2 {
			b, err := y.Board(t.Context(), inspectiontest.Authority, target, f, skip, 2)
			y.Must(t, err)
			some := want[skip:min(skip+2, len(want))]
			if d := cmp.Diff(some, b.Rows, cmpopts.EquateEmpty()); d != "" || b.Total != len(want) {
				t.Errorf("%s: Board(%+v, %d) of %d, want of %d (-want +got):\n%s", target, f, skip, b.Total, len(want), d)
			}
		}
	}
	for _, again := range []bool{false, true} {
		o, err := y.Outlook(t.Context(), inspectiontest.Authority, target, again)
		y.Must(t, err)
		v, err := y.Preview(t.Context(), inspectiontest.Authority, target, again)
		y.Must(t, err)
		if v.Digest != o.Digest || v.Number != o.Number || v.Rest != len(o.Later) || v.Nothing() != o.Nothing() {
			t.Errorf("%s: the page shows %s %s, %d, %s; the batch has %s %s, %d, %s", target, v.Number, v.Digest, v.Rest, v.Nothing(), o.Number, o.Digest, len(o.Later), o.Nothing())
		}
		for what, d := range map[string]string{"go": cmp.Diff(o.Go, v.Go, cmpopts.EquateEmpty()), "are held": cmp.Diff(o.Held, v.Held, cmpopts.EquateEmpty()), "were returned": cmp.Diff(o.Kept, v.Kept, cmpopts.EquateEmpty())} {
			if d != "" {
				t.Errorf("%s: what %s (-outlook +page):\n%s", target, what, d)
			}
		}
	}
}

// The pages find their rounds: what they show of several is what all records
// worked out at once come to, before a batch and after it.
func TestSeveralRounds(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		y := finished(t, db)
		for _, id := range []string{"130132-rs.2022-2", "130132-rs.2022-10"} {
			form := fmt.Sprintf("replace(form_id, '%s.', '%s.')", inspectiontest.Round, id)
			y.Exec(t, fmt.Sprintf(`INSERT INTO round (authority_id, round_id, plan_id, task_no, window_no, rehearsal, attempt, previous, state, disclosure, disclose_by, operator, list_admin, frozen_at, drawn_at, confirm_due, confirmed_at, matched_at, closed_at, reason)
					SELECT authority_id, '%s', plan_id, task_no, window_no, rehearsal, attempt, previous, state, disclosure, disclose_by, operator, list_admin, frozen_at, drawn_at, confirm_due, confirmed_at, matched_at, closed_at, reason FROM round WHERE round_id = '%s'`, id, inspectiontest.Round),
				fmt.Sprintf(`INSERT INTO round_target (authority_id, round_id, target_id, stratum, rank, state)
					SELECT authority_id, '%s', target_id, stratum, rank, state FROM round_target WHERE round_id = '%s'`, id, inspectiontest.Round),
				fmt.Sprintf(`INSERT INTO inspection_point (authority_id, round_id, item_id, no, item, text, basis, slot)
					SELECT authority_id, '%s', item_id, no, item, text, basis, slot FROM inspection_point WHERE round_id = '%s'`, id, inspectiontest.Round),
				fmt.Sprintf(`INSERT INTO inspection_form (authority_id, form_id, round_id, target_id, no, code, state, started_on, ended_on, firm_person, refusal, summary, evidence, team, entered_by, entered_name, entered_at, confirmed_by, confirmed_name, confirmed_at, opinion, changed_name, changed_at, revision, slot)
					SELECT authority_id, %s, '%s', target_id, no, code || '%s', state, started_on, ended_on, firm_person, refusal, summary, evidence, team, entered_by, entered_name, entered_at, confirmed_by, confirmed_name, confirmed_at, opinion, changed_name, changed_at, revision, slot FROM inspection_form WHERE round_id = '%s'`, form, id, id, inspectiontest.Round),
				fmt.Sprintf(`INSERT INTO disclosure_posting (authority_id, form_id, version, round_id, target_id, year, state, current, firm_name, firm_code, search, record, salt, digest, reason, due_on, posted_at, posted_by)
					SELECT authority_id, %s, version, '%s', target_id, year, state, current, firm_name, firm_code, search, record, salt, digest, reason, due_on, posted_at, posted_by FROM disclosure_posting WHERE round_id = '%s'`, form, id, inspectiontest.Round),
				fmt.Sprintf(`INSERT INTO disclosure_count (authority_id, year, round_id, code, n)
					SELECT authority_id, year, '%s', code, n FROM disclosure_count WHERE round_id = '%s'`, id, inspectiontest.Round))
		}
		y.coded(t, "national")
		y.coded(t, "provincial")
		if o, _ := y.prepare(t, "provincial"); len(o.Go) != 9 || o.Go[3].ID != "130132-rs.2022-10.0001" {
			t.Errorf("of three rounds go %v", lines(o))
		}
		y.prepare(t, "national")
		y.Must(t, y.disclosure.Withdraw(t.Context(), y.Reviewer, y.forms[2], "对象错误，检查的是另一户"))
		y.Exec(t, `UPDATE inspection_form SET state = 'returned', revision = revision + 1 WHERE form_id = '130132-rs.2022-10.0002'`)
		y.agree(t)
		y.prepare(t, "provincial")
		y.prepare(t, "national")
	})
}
