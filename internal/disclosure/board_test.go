package disclosure_test

import (
	"fmt"
	"testing"

	"suiji/internal/disclosure"
	"suiji/internal/inspection"
	"suiji/internal/inspection/inspectiontest"
)

// unreadable makes a form of a round that cannot be read: whoever reads it fails.
const unreadable = `UPDATE inspection_form SET team = '{' WHERE form_id = '%s'`

// A window lies in one round or across several; behind the last page stands the
// last form. A round that it does not lie in is not read.
func TestBoardWindows(t *testing.T) {
	each(t, func(t *testing.T, o office) {
		o.Exec(t, `INSERT INTO round (authority_id, round_id, plan_id, task_no, window_no, rehearsal, attempt, previous, state, disclosure, disclose_by, operator, list_admin, frozen_at, drawn_at, confirm_due, confirmed_at, matched_at, closed_at, reason)
			SELECT authority_id, '130132-rs.2022-2', plan_id, task_no, window_no, rehearsal, attempt, previous, state, disclosure, disclose_by, operator, list_admin, frozen_at, drawn_at, confirm_due, confirmed_at, matched_at, closed_at, reason FROM round`,
			`INSERT INTO round_target (authority_id, round_id, target_id, stratum, rank, state)
			SELECT authority_id, '130132-rs.2022-2', target_id, stratum, rank, state FROM round_target`,
			fmt.Sprintf(`UPDATE inspection_form SET round_id = '130132-rs.2022-2' WHERE form_id = '%s'`, id(3)))
		for _, c := range []struct {
			skip, limit int
			fl          disclosure.Filter
			want        string
		}{
			{0, 2, disclosure.Filter{}, "1 2 of 3"},
			{1, 2, disclosure.Filter{}, "2 3 of 3"},
			{2, 2, disclosure.Filter{}, "3 of 3"},
			{0, 9, disclosure.Filter{}, "1 2 3 of 3"},
			{40, 20, disclosure.Filter{}, "3 of 3"},
			{0, 9, disclosure.Filter{State: inspection.Issued}, "1 2 3 of 3"},
			{0, 9, disclosure.Filter{State: inspection.Confirmed}, "of 0"},
			{0, 9, disclosure.Filter{RoundID: "130132-rs.2022-2"}, "3 of 1"},
			{0, 9, disclosure.Filter{Department: "卫健局"}, "of 0"},
			{1, 1, disclosure.Filter{Row: disclosure.NotYet}, "2 of 3"},
			{7, 1, disclosure.Filter{Row: disclosure.NotYet}, "3 of 3"},
			{7, 1, disclosure.Filter{Row: disclosure.Overdue}, "of 0"},
		} {
			b, err := o.s.Board(ctx, authority, c.fl, c.skip, c.limit)
			o.must(t, err)
			got := ""
			for _, r := range b.Rows {
				got += fmt.Sprintf("%d ", r.Form.No)
			}
			if got += fmt.Sprintf("of %d", b.Total); got != c.want {
				t.Errorf("Board(%+v, %d, %d) = %s, want %s", c.fl, c.skip, c.limit, got, c.want)
			}
		}
		o.Exec(t, fmt.Sprintf(unreadable, id(3)))
		if b, err := o.s.Board(ctx, authority, disclosure.Filter{}, 0, 2); err != nil || len(b.Rows) != 2 || b.Total != 3 {
			t.Errorf("the first page read the second round: %v", err)
		}
		if _, err := o.s.Board(ctx, authority, disclosure.Filter{}, 0, 3); err == nil {
			t.Error("a form that cannot be read is not missed")
		}
	})
}

// Of a closed round nothing waits, and nothing is read, until a result of it is
// taken back.
func TestOpen(t *testing.T) {
	each(t, func(t *testing.T, o office) {
		o.conclude(t, 1, "2022-06-14")
		o.conclude(t, 2, "2022-06-15")
		o.must(t, o.s.Publish(ctx, o.Reviewer, []string{id(1), id(2)}))
		o.must(t, o.s.Exempt(ctx, o.Leader, id(3), "涉及国家秘密"))
		open := func(fl disclosure.Filter, want int) {
			t.Helper()
			if rows, err := o.s.Open(ctx, authority, fl); err != nil || len(rows) != want {
				t.Errorf("Open(%+v) = %d rows, %v, want %d", fl, len(rows), err, want)
			}
		}
		open(disclosure.Filter{}, 3)
		o.must(t, o.s.Close(ctx, o.Reviewer, inspectiontest.Round))
		open(disclosure.Filter{RoundID: inspectiontest.Round}, 3)
		o.Exec(t, fmt.Sprintf(unreadable, id(1)))
		open(disclosure.Filter{}, 0)
		if b, err := o.s.Board(ctx, authority, disclosure.Filter{Within: 7}, 0, 20); err != nil || b.Total != 0 {
			t.Errorf("%d wait in a closed round, %v", b.Total, err)
		}
		o.Exec(t, fmt.Sprintf(`UPDATE inspection_form SET team = '' WHERE form_id = '%s'`, id(1)))
		o.must(t, o.s.Withdraw(ctx, o.Reviewer, id(2), "公示的内容与检查记录不符"))
		open(disclosure.Filter{}, 3)
		o.On("2022-09-01")
		open(disclosure.Filter{Row: disclosure.Overdue}, 1)
		o.must(t, o.s.Publish(ctx, o.Reviewer, []string{id(2)}))
		open(disclosure.Filter{}, 0)
	})
}
