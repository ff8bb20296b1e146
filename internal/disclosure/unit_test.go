package disclosure_test

import (
	"slices"
	"testing"

	"suiji/internal/access"
	"suiji/internal/disclosure"
	"suiji/internal/identity"
	"suiji/internal/inspection"
	"suiji/internal/round/roundtest"
	"suiji/internal/store"
	"suiji/internal/store/storetest"
)

// In a joint round somebody of a department knows of its forms alone, somebody
// of the unit above of those of both below; another's form is to them as none.
// What one's own form says of the others stays, and so does the public's way.
func TestUnitsOfAJointRound(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		o := newJoint(t, db)
		admin := roundtest.As(access.Admin)
		for _, u := range []identity.Unit{{ID: "up", Name: "县联合检查办公室"}, {ID: "wj", Parent: "up", Name: "卫健局"}, {ID: "sj", Parent: "up", Name: "县市场监督管理局"}, {ID: "far", Name: "邻县"}} {
			o.Must(o.Identity.AddUnit(t.Context(), admin, u))
		}
		o.Must(o.Identity.RenameUnit(t.Context(), admin, "wj", "县卫生健康局")) // as the plan calls it
		all := o.forms()
		of := func(departments ...string) (ids []string) {
			for _, f := range all {
				if slices.Contains(departments, f.Department) {
					ids = append(ids, f.ID)
				}
			}
			return ids
		}
		board, err := o.disclosure.Open(t.Context(), roundtest.Authority, disclosure.Filter{})
		o.Must(err)
		for _, tt := range []struct {
			unit string
			want []string
		}{
			{"wj", of("县卫生健康局")}, {"sj", of("县市场监督管理局")}, {"up", of("县卫生健康局", "县市场监督管理局")}, {"far", nil},
		} {
			acc := identity.Account{ID: "of-" + tt.unit, Username: "of-" + tt.unit, Name: tt.unit, Roles: []access.Role{access.Clerk, access.Reviewer}, Unit: tt.unit}
			o.Must(o.Identity.AddAccount(t.Context(), access.System(roundtest.Authority), acc, "Correct-Horse-7"))
			acc, err := o.Identity.Account(t.Context(), roundtest.Authority, acc.ID)
			o.Must(err)
			a := acc.Actor()
			ctx := identity.WithActor(t.Context(), a)

			got, err := o.inspection.Forms(ctx, roundtest.Authority, inspection.Filter{})
			o.Must(err)
			if ids := idsOf(got); !slices.Equal(ids, tt.want) {
				t.Errorf("%s lists %d forms, want its %d", tt.unit, len(ids), len(tt.want))
			}
			rows, err := o.disclosure.Open(ctx, roundtest.Authority, disclosure.Filter{})
			o.Must(err)
			if len(rows) != len(tt.want) {
				t.Errorf("%s has %d rows, want %d", tt.unit, len(rows), len(tt.want))
			}
			if b, err := o.disclosure.Board(ctx, roundtest.Authority, disclosure.Filter{}, 1, 2); err != nil || b.Total != len(tt.want) || len(b.Rows) > 0 && b.Rows[0].Form.ID != tt.want[min(1, len(tt.want)-1)] {
				t.Errorf("%s: a window of %d rows of %d, %v", tt.unit, len(b.Rows), b.Total, err)
			}
			for _, r := range rows {
				i := slices.IndexFunc(board, func(x disclosure.Row) bool { return x.Form.ID == r.Form.ID })
				if r.Due.On != board[i].Due.On {
					t.Errorf("%s: form %s is due %s, in the whole %s", tt.unit, r.Form.ID, r.Due.On, board[i].Due.On)
				}
			}
			_, none := o.inspection.Form(ctx, roundtest.Authority, "made-up")
			for _, f := range all {
				own := slices.Contains(tt.want, f.ID)
				_, byID := o.inspection.Form(ctx, roundtest.Authority, f.ID)
				_, byCode := o.inspection.FormByCode(ctx, roundtest.Authority, f.Code)
				_, seen := o.disclosure.Preview(ctx, roundtest.Authority, []string{f.ID})
				for what, err := range map[string]error{"read": byID, "by its code": byCode} {
					if own != (err == nil) || !own && err.Error() != none.Error() {
						t.Errorf("%s, form %s of %s, %s: %v", tt.unit, f.ID, f.Department, what, err)
					}
				}
				if own {
					continue
				}
				for what, err := range map[string]error{
					"previewed":  seen,
					"entered":    o.inspection.Enter(ctx, a, f.ID, inspection.Entry{Revision: f.Revision}),
					"confirmed":  o.inspection.Confirm(ctx, a, f.ID, f.Revision, "同意"),
					"published":  o.disclosure.Publish(ctx, a, []string{f.ID}),
					"taken back": o.disclosure.Withdraw(ctx, a, f.ID, "原因写在这里不少于十个字"),
				} {
					if err == nil || err.Error() != none.Error() {
						t.Errorf("%s, form %s of %s, %s: %v, want %v", tt.unit, f.ID, f.Department, what, err, none)
					}
				}
				if x, err := o.inspection.FormOfCode(ctx, f.Code); err != nil || x.ID != f.ID {
					t.Errorf("%s, the public's way to form %s: %v", tt.unit, f.ID, err)
				}
			}
			if len(tt.want) == 0 {
				continue
			}
			f, err := o.inspection.Form(ctx, roundtest.Authority, tt.want[0])
			o.Must(err)
			if err := o.inspection.MayEnter(ctx, a, f); err != nil {
				t.Errorf("%s may not enter its form %s: %v", tt.unit, f.ID, err)
			}
			parts, err := o.inspection.Parts(ctx, f)
			o.Must(err)
			if len(parts) == 0 || parts[0].Department != "县人力资源和社会保障局" || !parts[0].Foreign || len(parts[0].Team) < 2 {
				t.Errorf("%s: what comes along with form %s is %+v", tt.unit, f.ID, parts)
			}
		}
	})
}

func idsOf(forms []inspection.Form) (ids []string) {
	for _, f := range forms {
		ids = append(ids, f.ID)
	}
	return ids
}
