package plan_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"suiji/calendar"
	"suiji/internal/access"
	"suiji/internal/errs"
	"suiji/internal/plan"
)

// issue brings a plan from its draft to the public.
func (o *office) issue(id string) plan.Plan {
	o.t.Helper()
	p, err := o.Plan(o.ctx, bureau, id)
	o.must(err)
	o.must(o.Submit(o.ctx, clerk, id, p.Revision))
	digest, err := o.Digest(o.ctx, p)
	o.must(err)
	o.must(o.Approve(o.ctx, leader, id, digest, "同意"))
	o.must(o.Publish(o.ctx, clerk, id))
	p, err = o.Plan(o.ctx, bureau, id)
	o.must(err)
	return p
}

// A published plan is amended: the new version goes the whole way again, and
// only then takes the old one's place.
func TestAmend(t *testing.T) {
	each(t, func(t *testing.T, o *office) {
		o.drafted()
		if err := o.Amend(o.ctx, clerk, "P2022", "P2022-2", "第二批次因疫情推迟"); errs.KindOf(err) != errs.Conflict {
			t.Errorf("Amend of a draft = %v, want Conflict", err)
		}
		first := o.issue("P2022")
		for _, c := range []struct {
			who          access.Actor
			next, reason string
			want         errs.Kind
		}{
			{leader, "P2022-2", "第二批次因疫情推迟", errs.Forbidden},
			{clerk, "P2022", "第二批次因疫情推迟", errs.Invalid},
			{clerk, "P2022-2", "推迟", errs.Invalid},
		} {
			if err := o.Amend(o.ctx, c.who, "P2022", c.next, c.reason); errs.KindOf(err) != c.want {
				t.Errorf("Amend by %s as %s because %q = %v, want %v", c.who.Name, c.next, c.reason, err, c.want)
			}
		}
		o.must(o.Amend(o.ctx, clerk, "P2022", "P2022-2", "第二批次因疫情推迟"))
		if err := o.Amend(o.ctx, second, "P2022", "P2022-3", "第二批次因疫情推迟"); errs.KindOf(err) != errs.Conflict || !strings.Contains(err.Error(), "王芳") {
			t.Errorf("a second Amend = %v, want Conflict with who was first", err)
		}
		p, err := o.Plan(o.ctx, bureau, "P2022-2")
		o.must(err)
		p.Number, p.IssuedOn = "元人社〔2022〕19号", calendar.MustParse("2022-07-04")
		p.Windows[1].EndsOn, p.Tasks[0].Strata[0].Ratio = calendar.MustParse("2022-11-25"), p.Tasks[0].Strata[0].Ratio+100
		_, err = o.Save(o.ctx, clerk, p)
		o.must(err)
		if all, err := o.Published(o.ctx, bureau); err != nil || len(all) != 1 || all[0].ID != "P2022" {
			t.Errorf("Published while the amendment is a draft = %v, %v, want the first version", all, err)
		}
		next := o.issue("P2022-2")
		if next.Root != "P2022" || next.Version != 2 || next.Serial != first.Serial || next.Digest == first.Digest {
			t.Errorf("second version = %+v, want the first one's root and serial, a digest of its own", next)
		}
		all, err := o.Published(o.ctx, bureau)
		o.must(err)
		old, err := o.Versions(o.ctx, bureau, "P2022")
		o.must(err)
		if len(all) != 1 || all[0].ID != "P2022-2" || len(old) != 2 || !old[0].Replaced || old[1].Replaced {
			t.Errorf("Published = %d, Versions = %d, want the newest, and both", len(all), len(old))
		}
		entries, err := o.Scribe.Entries(o.ctx, bureau, "P2022-2")
		o.must(err)
		if len(entries) != 1 || entries[0].Entry.Type != "plan.amended" || entries[0].Entry.Data["amends"] != first.Digest || entries[0].Entry.Data["digest"] != next.Digest {
			t.Errorf("ledger = %+v, want one plan.amended with both digests", entries)
		}
		if err := o.Amend(o.ctx, clerk, "P2022", "P2022-3", "第二批次因疫情推迟"); errs.KindOf(err) != errs.Conflict {
			t.Errorf("Amend of a replaced version = %v, want Conflict", err)
		}
		var names []string
		for _, c := range plan.Diff(old[0], old[1]) {
			names = append(names, c.Name)
		}
		for _, want := range []string{"文号", "印发日期", "第 2 批次"} {
			if !slices.Contains(names, want) {
				t.Errorf("Diff = %q, want %q among them", names, want)
			}
		}
		if !strings.Contains(fmt.Sprint(names), "层") || slices.Contains(names, "标题") || slices.Contains(names, "正文") {
			t.Errorf("Diff = %q, want the stratum, nothing that stayed", names)
		}
	})
}

// What has begun under the old version keeps its number and its first day.
func TestAmendmentKeepsWhatHasBegun(t *testing.T) {
	each(t, func(t *testing.T, o *office) {
		o.drafted()
		o.issue("P2022")
		o.must(o.Amend(o.ctx, clerk, "P2022", "P2022-2", "第二批次因疫情推迟"))
		p, err := o.Plan(o.ctx, bureau, "P2022-2")
		o.must(err)
		o.now = calendar.MustParse("2022-07-04").Start() // the plan keeps its old date of issue
		for _, c := range []struct {
			name string
			edit func(p *plan.Plan)
			want bool
		}{
			{"nothing", func(*plan.Plan) {}, false},
			{"a later end", func(p *plan.Plan) { p.Windows[0].EndsOn = p.Windows[0].EndsOn.AddDays(10) }, false},
			{"another beginning", func(p *plan.Plan) { p.Windows[0].StartsOn = p.Windows[0].StartsOn.AddDays(1) }, true},
			{"a later window moved", func(p *plan.Plan) { p.Windows[1].StartsOn = p.Windows[1].StartsOn.AddDays(1) }, false},
			{"no windows", func(p *plan.Plan) { p.Windows = nil }, true},
			{"no tasks", func(p *plan.Plan) { p.Tasks = nil }, true},
		} {
			q := p
			q.Windows = slices.Clone(p.Windows)
			c.edit(&q)
			facts, err := o.FactsOf(o.ctx, q)
			o.must(err)
			got := slices.ContainsFunc(plan.Check(q, facts), func(d plan.Defect) bool { return d.Code == "amend" && d.Severity == plan.Refuse })
			if got != c.want {
				t.Errorf("%s: refused = %t, want %t", c.name, got, c.want)
			}
		}
	})
}
