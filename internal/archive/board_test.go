package archive_test

import (
	"fmt"
	"testing"

	"suiji/internal/archive"
	"suiji/internal/inspection"
	"suiji/internal/inspection/inspectiontest"
)

// The windows of the list are those of all files: what is not sealed first, then
// by round, whatever the condition; behind the last page stands the last file.
func TestBoardWindows(t *testing.T) {
	each(t, func(o *office) {
		ctx, second := o.Context(), "130132-rs.2022-2"
		for no := 1; no <= 2; no++ {
			o.Conclude(o.T, no, inspectiontest.Entry(o.Form(o.T, no), "2022-06-20"))
		}
		o.Exec(o.T, `INSERT INTO round (authority_id, round_id, plan_id, task_no, window_no, rehearsal, attempt, previous, state, disclosure, disclose_by, operator, list_admin, frozen_at, drawn_at, confirm_due, confirmed_at, matched_at, closed_at, reason)
			SELECT authority_id, '130132-rs.2022-2', plan_id, task_no, window_no, rehearsal, attempt, previous, state, disclosure, disclose_by, operator, list_admin, frozen_at, drawn_at, confirm_due, confirmed_at, matched_at, closed_at, reason FROM round`,
			`INSERT INTO round_target (authority_id, round_id, target_id, stratum, rank, state)
			SELECT authority_id, '130132-rs.2022-2', target_id, stratum, rank, state FROM round_target`,
			fmt.Sprintf(`UPDATE inspection_form SET round_id = '130132-rs.2022-2' WHERE form_id = '%s'`, inspection.Serial(inspectiontest.Round, 3)))
		o.seal(1, "纸质材料另存")
		first, other, third := key(1).Target, key(2).Target, key(3).Target
		for _, c := range []struct {
			f           archive.Filter
			skip, limit int
			want        string
		}{
			{archive.Filter{}, 0, 9, other + " " + third + " " + first + " of 3"},
			{archive.Filter{}, 1, 1, third + " of 3"},
			{archive.Filter{}, 1, 9, third + " " + first + " of 3"},
			{archive.Filter{}, 60, 20, first + " of 3"},
			{archive.Filter{State: archive.Open}, 0, 9, other + " of 1"},
			{archive.Filter{State: archive.Running}, 0, 9, third + " of 1"},
			{archive.Filter{State: archive.Sealed}, 0, 9, first + " of 1"},
			{archive.Filter{State: archive.Accepted}, 0, 9, "of 0"},
			{archive.Filter{Round: second}, 0, 9, third + " of 1"},
			{archive.Filter{Year: 2022}, 2, 9, first + " of 3"},
			{archive.Filter{Year: 2021}, 0, 9, "of 0"},
			{archive.Filter{Text: "2022-d10"}, 0, 9, first + " of 1"},
			{archive.Filter{Text: o.Form(o.T, 2).Firm.Name[:9]}, 0, 1, other + " of 3"},
			{archive.Filter{Text: o.Form(o.T, 2).Firm.Code}, 0, 9, other + " of 1"},
			{archive.Filter{Text: "有限", Round: second}, 0, 9, "of 0"},
			{archive.Filter{Text: "_"}, 0, 9, "of 0"},
		} {
			b, err := o.s.Board(ctx, authority, c.f, c.skip, c.limit)
			o.must(err)
			got := ""
			for _, x := range b.Files {
				got += x.Target + " "
			}
			if got += fmt.Sprintf("of %d", b.Total); got != c.want {
				o.Errorf("Board(%+v, %d, %d) = %s, want %s", c.f, c.skip, c.limit, got, c.want)
			}
		}
		all, err := archive.Tallies(ctx, o.DB, authority)
		o.must(err)
		if len(all) != 2 || all[0].Sealed != 1 || all[0].Open != 1 || all[1].Round != second || all[1].Running != 1 || all[1].Open != 0 {
			o.Errorf("Tallies() = %+v", all)
		}
	})
}
