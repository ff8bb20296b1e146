package roster_test

import (
	"fmt"
	"strings"
	"testing"

	"suiji/internal/errs"
	"suiji/internal/register"
	"suiji/internal/roster"
	"suiji/internal/round/roundtest"
	"suiji/internal/store"
	"suiji/internal/store/storetest"
)

// The export of who issues the certificates beside the register, both ways; it
// waits as an import, and nothing is written before that is confirmed.
func TestCompare(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		ctx := t.Context()
		o, all := office(t, db)
		o.Must(o.Roster.AddCertificate(ctx, clerk, all[1].ID, roster.NewCertificate{Number: "冀A-1", Issuer: "省政府", Fields: field, Starts: "2022-01-01", Until: "2026-12-31"}))
		o.Must(o.Roster.AddCertificate(ctx, clerk, all[2].ID, roster.NewCertificate{Number: "冀A-2", Issuer: "省政府", Fields: field, Starts: "2022-01-01", Until: "2026-12-31"}))
		o.Must(o.Register.WithdrawOfficer(ctx, clerk, all[7].ID, "调离"))
		file := "姓名,执法证号,有效期至,执法领域\n" +
			all[0].Name + "," + all[0].CertNo + ",2024-12-31,劳动保障监察\n" + // the same
			all[1].Name + "," + all[1].CertNo + ",2027-12-31,劳动保障监察\n" + // valid for longer
			all[1].Name + ",冀A-1,2027-12-31,劳动保障监察\n" + // a further one, valid for longer
			all[7].Name + "," + all[7].CertNo + ",2024-12-31,劳动保障监察\n" + // taken out of the register
			"新来的,99999,2028-12-31,劳动保障监察\n"
		before, err := o.Register.Version(ctx, roundtest.Authority, register.Officers)
		o.Must(err)
		i, err := o.Intake.Check(ctx, clerk, register.Officers, "名册.csv", strings.NewReader(file))
		o.Must(err)
		_, export, err := o.Intake.Officers(ctx, roundtest.Authority, i.ID)
		o.Must(err)
		c, err := o.Roster.Compare(ctx, roundtest.Authority, export)
		o.Must(err)
		got := fmt.Sprintln(c.Export, c.Same, c.Register, c.Complete())
		for _, x := range c.Missing {
			got += fmt.Sprintln("missing", x.CertNo, x.Reason)
		}
		for _, x := range c.Gone {
			got += fmt.Sprintln("gone", x.Number, x.Own)
		}
		for _, x := range c.Differ {
			got += fmt.Sprintln("differs", x.Number, x.Fields)
		}
		want := fmt.Sprintln(5, 1, 7, false) + fmt.Sprintln("missing", all[7].CertNo, "调离") + fmt.Sprintln("missing", "99999", "")
		for n := 2; n < 7; n++ {
			want += fmt.Sprintln("gone", all[n].CertNo, true)
			if n == 2 {
				want += fmt.Sprintln("gone", "冀A-2", false)
			}
		}
		want += fmt.Sprintln("differs", all[1].CertNo, "[{有效期至 2024-12-31 2027-12-31}]") + fmt.Sprintln("differs", "冀A-1", "[{有效期至 2026-12-31 2027-12-31}]")
		if got != want {
			t.Errorf("comparison:\n%swant:\n%s", got, want)
		}
		after, err := o.Register.Version(ctx, roundtest.Authority, register.Officers)
		o.Must(err)
		if after.Number != before.Number {
			t.Errorf("version %d after the comparison, want still %d", after.Number, before.Number)
		}
		o.Firms(3)
		imports, err := o.Intake.Imports(ctx, roundtest.Authority, register.Targets, 1)
		o.Must(err)
		if _, _, err := o.Intake.Officers(ctx, roundtest.Authority, imports[0].ID); errs.KindOf(err) != errs.Conflict {
			t.Errorf("a file of firms = %v, want Conflict", err)
		}
	})
}
