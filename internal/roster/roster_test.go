package roster_test

import (
	"fmt"
	"testing"

	"suiji/calendar"
	"suiji/internal/access"
	"suiji/internal/errs"
	"suiji/internal/openbook"
	"suiji/internal/register"
	"suiji/internal/roster"
	"suiji/internal/round/roundtest"
	"suiji/internal/store"
	"suiji/internal/store/storetest"
)

const field = "劳动保障监察"

var clerk = roundtest.As(access.Clerk)

// window is what the pools here are for: two months of 2022.
var window = roster.Window{Field: field, From: calendar.MustParse("2022-06-01"), Until: calendar.MustParse("2022-07-31")}

// office has eight officers of the sample, all for the field, until 2024.
func office(t *testing.T, db *store.DB) (*roundtest.Office, []register.Officer) {
	t.Helper()
	o := roundtest.New(t, db)
	all, _, _, err := o.Register.Officers(t.Context(), roundtest.Authority, register.OfficerFilter{Field: field})
	o.Must(err)
	if len(all) < 2 {
		t.Fatalf("%d officers for %s, want some", len(all), field)
	}
	return o, all
}

// Each way to stay out of the pool, at its border: one day less, and the
// officer enters.
func TestPoolAtTheBorders(t *testing.T) {
	type act func(t *testing.T, o *roundtest.Office, id, cert string) error
	until := func(day string) act {
		return func(t *testing.T, o *roundtest.Office, id, _ string) error {
			x, err := o.Register.Officer(t.Context(), roundtest.Authority, id)
			if err != nil {
				return err
			}
			return o.Register.Amend(t.Context(), clerk, register.Officers, id, register.Amendment{Base: x.Version, Values: map[string]string{"cert_until": day}, Source: "换证通知"})
		}
	}
	stand := func(to roster.Standing, since string) act {
		return func(t *testing.T, o *roundtest.Office, id, cert string) error {
			return o.Roster.Stand(t.Context(), clerk, id, cert, to, since, "司法局通知")
		}
	}
	duty := func(kind, from, to string) act {
		return func(t *testing.T, o *roundtest.Office, id, _ string) error {
			return o.Roster.AddDuty(t.Context(), clerk, id, kind, from, to, "")
		}
	}
	fields := func(words string) act {
		return func(t *testing.T, o *roundtest.Office, id, _ string) error {
			x, err := o.Register.Officer(t.Context(), roundtest.Authority, id)
			if err != nil {
				return err
			}
			return o.Register.Amend(t.Context(), clerk, register.Officers, id, register.Amendment{Base: x.Version, Values: map[string]string{"fields": words}, Source: "换证通知"})
		}
	}
	second := func(fields, starts, until string) act {
		return func(t *testing.T, o *roundtest.Office, id, _ string) error {
			return o.Roster.AddCertificate(t.Context(), clerk, id, roster.NewCertificate{Number: "冀X-" + id, Issuer: "河北省人民政府", Fields: fields, Starts: starts, Until: until})
		}
	}
	rule := func(r roster.Rule) act {
		return func(t *testing.T, o *roundtest.Office, _, _ string) error {
			return o.Roster.SetRule(t.Context(), clerk, r)
		}
	}
	train := func(day string, passed bool) act {
		return func(t *testing.T, o *roundtest.Office, id, _ string) error {
			return o.Roster.AddTraining(t.Context(), clerk, id, roster.NewTraining{Kind: "考核", Course: "公共法律知识", Day: day, Hours: "8", Passed: passed})
		}
	}
	tests := []struct {
		name string
		acts []act
		want roster.Reason
	}{
		{"nothing", nil, ""},
		{"ends on the last day", []act{until("2022-07-31")}, ""},
		{"ends a day before it", []act{until("2022-07-30")}, roster.CertExpires},
		{"suspended from the last day on", []act{stand(roster.Suspended, "2022-07-31")}, roster.CertSuspended},
		{"suspended a day after it", []act{stand(roster.Suspended, "2022-08-01")}, ""},
		{"suspended and given back", []act{stand(roster.Suspended, "2022-01-10"), stand(roster.Valid, "2022-07-31")}, ""},
		{"suspended and given back too late", []act{stand(roster.Suspended, "2022-01-10"), stand(roster.Valid, "2022-08-01")}, roster.CertSuspended},
		{"revoked", []act{stand(roster.Revoked, "2022-01-10")}, roster.CertRevoked},
		{"another field", []act{fields("食品安全")}, roster.OtherField},
		{"another field, and a second certificate for this one until the last day", []act{fields("食品安全"), second(field, "2022-01-01", "2022-07-31")}, ""},
		{"the second ends a day before it", []act{fields("食品安全"), second(field, "2022-01-01", "2022-07-30")}, roster.CertExpires},
		{"the second begins a day after it", []act{fields("食品安全"), second(field, "2022-08-01", "2024-01-01")}, roster.CertNotYet},
		{"the second is valid, the drawn identifier's is not", []act{until("2022-07-30"), second(field, "2022-01-01", "2024-01-01")}, roster.CertExpires},
		{"away for the whole window", []act{duty("借调", "2022-06-01", "2022-07-31")}, roster.OnLeave},
		{"away for all but its last day", []act{duty("借调", "2022-06-01", "2022-07-30")}, ""},
		{"away for all but its first day", []act{duty("借调", "2022-06-02", "2022-08-31")}, ""},
		{"away by two entries that meet", []act{duty("借调", "2022-05-01", "2022-06-30"), duty("休假", "2022-07-01", "2022-07-31")}, roster.OnLeave},
		{"on duty for the whole window", []act{duty("值班", "2022-06-01", "2022-07-31")}, ""},
		{"away on its last day where any day counts", []act{rule(roster.Rule{Leave: roster.AnyDay}), duty("休假", "2022-07-31", "2022-08-05")}, roster.OnLeave},
		{"away from the day after it", []act{rule(roster.Rule{Leave: roster.AnyDay}), duty("休假", "2022-08-01", "2022-08-05")}, ""},
		{"away for the whole window where leave does not count", []act{rule(roster.Rule{Leave: roster.NoLeave}), duty("借调", "2022-06-01", "2022-07-31")}, ""},
		{"trained this year where that counts", []act{rule(roster.Rule{Leave: roster.WholeWindow, Training: true}), train("2022-01-01", true)}, ""},
		{"trained on the last day of last year", []act{rule(roster.Rule{Leave: roster.WholeWindow, Training: true}), train("2021-12-31", true)}, roster.Untrained},
		{"failed this year", []act{rule(roster.Rule{Leave: roster.WholeWindow, Training: true}), train("2022-01-05", false)}, roster.Untrained},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			storetest.Each(t, func(t *testing.T, db *store.DB) {
				o, all := office(t, db)
				x := all[0]
				for i, do := range tt.acts {
					if err := do(t, o, x.ID, x.CertNo); err != nil {
						t.Fatalf("act %d: %v", i, err)
					}
				}
				in, out, err := o.Roster.Pool(t.Context(), o.DB, roundtest.Authority, window)
				o.Must(err)
				got := roster.Reason("")
				for _, k := range out {
					if k.OfficerID == x.ID {
						got = k.Reason
					}
				}
				if got != tt.want {
					t.Errorf("reason = %q, want %q", got, tt.want)
				}
				if want := 8 - len(out); len(in) != want {
					t.Errorf("%d in the pool and %d out of it, want 8 in all", len(in), len(out))
				}
			})
		})
	}
}

// What a round kept out is counted by reason for everybody, and named in the
// office only.
func TestKeptOutOfARound(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		o, all := office(t, db)
		o.Firms(60)
		plan := o.Publish(nil)
		o.Must(o.Roster.Stand(t.Context(), clerk, all[0].ID, all[0].CertNo, roster.Suspended, "2022-01-17", "司法局通知"))
		o.Must(o.Roster.AddDuty(t.Context(), clerk, all[1].ID, "借调", "2022-05-01", "2022-12-31", "县委巡察办"))
		o.Must(o.Roster.AddDuty(t.Context(), clerk, all[2].ID, "病假", "2022-06-01", "2022-07-31", ""))
		id := o.Matched(plan, 1, "2022-06-01")
		out, err := o.Roster.KeptOut(t.Context(), roundtest.Authority, id, "match")
		o.Must(err)
		if got, want := fmt.Sprint(out), fmt.Sprintf("[{%s %s cert-suspended} {%s %s on-leave} {%s %s on-leave}]",
			all[0].ID, all[0].Name, all[1].ID, all[1].Name, all[2].ID, all[2].Name); got != want {
			t.Errorf("KeptOut = %s, want %s", got, want)
		}
		p, err := openbook.Of(o.Round).Round(t.Context(), roundtest.Authority, id, nil)
		o.Must(err)
		if got, want := fmt.Sprint(p.Halves[0].Out, p.Halves[1].Out), "[] [{on-leave 检查期限内休假、外出 2} {cert-suspended 执法证暂扣 1}]"; got != want {
			t.Errorf("public = %s, want %s", got, want)
		}
	})
}

// A ground is declared once; the firm is barred until the last ground has
// ended, and what has ended stays to be seen.
func TestDeclarations(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		ctx := t.Context()
		o, all := office(t, db)
		o.Firms(3)
		firms, _, _, err := o.Register.Targets(ctx, roundtest.Authority, register.TargetFilter{})
		o.Must(err)
		x, firm := all[0].ID, firms[0].ID
		good := roster.NewDeclaration{Target: firm, Kind: "亲属", Reason: "配偶任会计", DeclaredBy: "本人", DeclaredOn: "2022-01-10"}
		for field, bad := range map[string]roster.NewDeclaration{
			"target":   {Target: "91", Kind: "亲属", Reason: "配偶任会计", DeclaredBy: "本人", DeclaredOn: "2022-01-10"},
			"ground":   {Target: firm, Kind: "朋友", Reason: "配偶任会计", DeclaredBy: "本人", DeclaredOn: "2022-01-10"},
			"because":  {Target: firm, Kind: "亲属", Reason: " ", DeclaredBy: "本人", DeclaredOn: "2022-01-10"},
			"declarer": {Target: firm, Kind: "亲属", Reason: "配偶任会计", DeclaredOn: "2022-01-10"},
			"declared": {Target: firm, Kind: "亲属", Reason: "配偶任会计", DeclaredBy: "本人", DeclaredOn: "2022-01-11"},
		} {
			ps := errs.Problems(o.Roster.Declare(ctx, clerk, x, bad))
			if len(ps) != 1 || ps[0].Field != field {
				t.Errorf("Declare(%+v) = %+v, want a problem at %s", bad, ps, field)
			}
		}
		o.Must(o.Roster.Declare(ctx, clerk, x, good))
		if err := o.Roster.Declare(ctx, clerk, x, good); errs.KindOf(err) != errs.Conflict {
			t.Errorf("the same again = %v, want Conflict", err)
		}
		held := good
		held.Kind, held.Reason = "持股", "持有 2%"
		o.Must(o.Roster.Declare(ctx, clerk, x, held))
		barred := func() int {
			list, err := o.Register.Recusals(ctx, roundtest.Authority)
			o.Must(err)
			return len(list)
		}
		for left := range 2 {
			open, err := o.Roster.Declarations(ctx, roundtest.Authority, x, "")
			o.Must(err)
			if barred() != 1 {
				t.Fatalf("%d recusals with %d grounds ended, want 1", barred(), left)
			}
			o.Must(o.Roster.EndDeclaration(ctx, clerk, x, open[0].ID, "配偶已离职"))
			if err := o.Roster.EndDeclaration(ctx, clerk, x, open[0].ID, "配偶已离职"); errs.KindOf(err) != errs.Conflict {
				t.Errorf("a second end = %v, want Conflict", err)
			}
		}
		ended, err := o.Roster.Declarations(ctx, roundtest.Authority, "", firm)
		o.Must(err)
		if barred() != 0 || len(ended) != 2 || ended[0].EndedOn.String() != "2022-01-10" || ended[0].EndReason != "配偶已离职" || ended[0].DeclaredBy != "本人" {
			t.Errorf("%d recusals, declarations %+v, want none in force and both to be seen", barred(), ended)
		}
	})
}

// Only who may edit the register may enter anything; the second time changes
// nothing and says so; two officers do not share a certificate.
func TestEntries(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		ctx := t.Context()
		o, all := office(t, db)
		x := all[0].ID
		acts := map[string]func(a access.Actor, id string) error{
			"certificate": func(a access.Actor, id string) error {
				return o.Roster.AddCertificate(ctx, a, id, roster.NewCertificate{Number: "冀A-1", Issuer: "省政府", Fields: field, Starts: "2022-01-01", Until: "2026-12-31"})
			},
			"duty": func(a access.Actor, id string) error {
				return o.Roster.AddDuty(ctx, a, id, "休假", "2022-02-01", "2022-02-03", "")
			},
			"training": func(a access.Actor, id string) error {
				return o.Roster.AddTraining(ctx, a, id, roster.NewTraining{Kind: "培训", Course: "行政处罚法", Day: "2022-01-06", Hours: "4.5", Passed: true})
			},
			"standing": func(a access.Actor, id string) error {
				return o.Roster.Stand(ctx, a, id, all[0].CertNo, roster.Suspended, "2022-01-10", "司法局通知")
			},
		}
		for name, act := range acts {
			for _, want := range []struct {
				who  access.Actor
				id   string
				kind errs.Kind
			}{{roundtest.As(access.Inspector), x, errs.Forbidden}, {clerk, "nobody", errs.NotFound}, {clerk, x, 0}, {clerk, x, errs.Conflict}} {
				if err := act(want.who, want.id); want.kind == 0 && err != nil || want.kind != 0 && errs.KindOf(err) != want.kind {
					t.Errorf("%s by %s for %s = %v, want kind %v", name, want.who.ID, want.id, err, want.kind)
				}
			}
		}
		if err := acts["certificate"](clerk, all[1].ID); errs.KindOf(err) != errs.Invalid {
			t.Errorf("the certificate of another officer = %v, want Invalid", err)
		}
		sums, err := o.Roster.Sums(ctx, roundtest.Authority, 2022)
		o.Must(err)
		if last := sums[len(sums)-1]; len(sums) != 8 || last.OfficerID != x || last.Hours() != "4.5" || last.Courses != 1 || sums[0].Courses != 0 {
			t.Errorf("Sums = %+v, want those without a record first and %s last with 4.5 hours", sums, x)
		}
		lines, units, err := o.Roster.Month(ctx, roundtest.Authority, all[0].Unit, calendar.MustParse("2022-02-17"))
		o.Must(err)
		if len(lines) != 2 || len(units) != 4 || len(lines[0].Days) != 28 || lines[0].Days[0].Kind != "休假" || lines[0].Days[2].Kind != "休假" || lines[0].Days[3].ID != "" {
			t.Errorf("Month = %+v of %v, want 1–3 February as leave", lines, units)
		}
		duties, err := o.Roster.Duties(ctx, roundtest.Authority, x)
		o.Must(err)
		o.Must(o.Roster.CancelDuty(ctx, clerk, x, duties[0].ID, "提前返岗"))
		if err := o.Roster.CancelDuty(ctx, clerk, x, duties[0].ID, "提前返岗"); errs.KindOf(err) != errs.Conflict {
			t.Errorf("a second cancellation = %v, want Conflict", err)
		}
		o.Must(acts["duty"](clerk, x))
	})
}
