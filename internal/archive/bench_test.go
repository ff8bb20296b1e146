package archive_test

import (
	"context"
	"testing"

	"suiji/internal/access"
	"suiji/internal/archive"
	"suiji/internal/casework"
	"suiji/internal/disclosure"
	"suiji/internal/documents"
	"suiji/internal/inspection"
	"suiji/internal/plan"
	"suiji/internal/reference"
	"suiji/internal/round/roundtest"
	"suiji/internal/store/storetest"
	"suiji/internal/visit"
)

// Five hundred inspections of one round, confirmed and published, are sealed: a
// package each, with its papers as PDF, HTML and text, and its receipts.
func BenchmarkSeal500(b *testing.B) {
	for b.Loop() {
		b.StopTimer()
		s, round, forms := concluded(b, 500)
		var size int64
		b.StartTimer()
		for _, f := range forms {
			v, _, err := s.Seal(context.Background(), roundtest.As(access.Clerk), archive.Key{Round: round, Target: f.Firm.TargetID}, archive.Sealing{Reason: "纸质材料另存"})
			if err != nil {
				b.Fatal(err)
			}
			size += v.Size
		}
		b.ReportMetric(float64(len(forms))/b.Elapsed().Seconds(), "files/s")
		b.ReportMetric(float64(size)/float64(len(forms)), "bytes/file")
		files, err := s.Files(context.Background(), roundtest.Authority, archive.Filter{})
		if err != nil || len(files) < 500 || files[len(files)-1].State() != archive.Sealed {
			b.Fatalf("%d files on the board (%v)", len(files), err)
		}
	}
}

// concluded is a round of n inspections whose results are published.
func concluded(b *testing.B, n int) (*archive.Service, string, []inspection.Form) {
	b.Helper()
	ctx, db, dir := context.Background(), storetest.SQLite(b), b.TempDir()
	o := roundtest.New(b, db)
	o.Firms(4 * n) // half of them in each of the two windows, half of these drawn
	round := o.Matched(o.Publish(func(p *plan.Plan) { p.Tasks[0].Strata = []plan.Stratum{{Name: "all", Title: "全部", Ratio: 5000}} }), 1, "2022-06-06")
	o.ApprovedOn(round, "2022-06-14")
	ref := reference.New(db, o.Door)
	forms := inspection.New(inspection.Config{DB: db, Door: o.Door, Now: o.Now, Identity: o.Identity, Credit: o.Credit, Schedule: o.Schedule})
	look := visit.New(visit.Config{DB: db, Door: o.Door, Now: o.Now, Identity: o.Identity, Inspection: forms, Dir: dir})
	public := disclosure.New(disclosure.Config{DB: db, Door: o.Door, Scribe: o.Scribe, Now: o.Now, Identity: o.Identity, Reference: ref, Round: o.Round, Inspection: forms})
	s := archive.New(archive.Config{DB: db, Door: o.Door, Now: o.Now, Scribe: o.Scribe, Identity: o.Identity, Inspection: forms, Visit: look, Disclosure: public, Fonts: fonts, Dir: dir,
		Documents: documents.New(documents.Config{DB: db, Door: o.Door, Now: o.Now, Identity: o.Identity, Inspection: forms, Visit: look, Fonts: fonts, Dir: dir}),
		Casework:  casework.New(casework.Config{DB: db, Door: o.Door, Now: o.Now, Reference: ref, Inspection: forms, Dir: dir})})
	o.Must(forms.Issue(ctx, roundtest.As(access.Clerk), round))
	o.On("2022-06-20")
	all, err := forms.Forms(ctx, roundtest.Authority, inspection.Filter{RoundID: round})
	o.Must(err)
	var ids []string
	for _, x := range all {
		f, err := forms.Form(ctx, roundtest.Authority, x.ID)
		o.Must(err)
		e := f.Entry()
		e.Methods, e.FirmPerson, e.Codes = []inspection.Method{inspection.OnSite}, "孙签字", []inspection.Code{inspection.R1}
		o.Must(e.StartedOn.UnmarshalText([]byte("2022-06-14")))
		o.Must(e.EndedOn.UnmarshalText([]byte("2022-06-14")))
		for i := range e.Answers {
			e.Answers[i].Answer = inspection.Yes
		}
		o.Must(forms.Enter(ctx, roundtest.As(access.Clerk), f.ID, e))
		o.Must(forms.Confirm(ctx, roundtest.As(access.Reviewer), f.ID, f.Revision+1, "同意"))
		ids = append(ids, f.ID)
	}
	o.Must(public.Publish(ctx, roundtest.As(access.Reviewer), ids))
	o.Must(o.Scribe.Sequence(ctx, roundtest.Authority))
	return s, round, all
}
