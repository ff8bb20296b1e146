package disclosure_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"suiji/internal/access"
	"suiji/internal/caps"
	"suiji/internal/disclosure"
	"suiji/internal/errs"
	"suiji/internal/identity"
	"suiji/internal/inspection"
	"suiji/internal/inspection/inspectiontest"
	"suiji/internal/plan"
	"suiji/internal/register"
	"suiji/internal/round"
	"suiji/internal/round/roundtest"
	"suiji/internal/store"
	"suiji/internal/store/storetest"
)

// jointOffice is a bureau that has matched a joint round of three departments.
type jointOffice struct {
	*roundtest.Office
	t          *testing.T
	inspection *inspection.Service
	disclosure *disclosure.Service
	plan       plan.Plan
	round      string
	people     map[string]access.Actor // one account of each partner
}

func newJoint(t *testing.T, db *store.DB) *jointOffice {
	t.Helper()
	o := &jointOffice{Office: roundtest.New(t, db), t: t, people: map[string]access.Actor{}}
	o.Firms(120)
	joint := o.Joint()
	id := o.Publish(func(p *plan.Plan) {
		joint(p)
		// A stratum of its own, so that firms of three departments are drawn whatever the roll.
		p.Tasks[0].Strata = []plan.Stratum{{Name: "hi", Title: "投诉多", Tag: "投诉举报多", Ratio: 8000}, {Name: "rest", Title: "其余", Ratio: 2500}}
	})
	o.inspection = inspection.New(inspection.Config{DB: db, Door: o.Door, Now: o.Now, Identity: o.Identity, Credit: o.Credit, Schedule: o.Schedule})
	o.disclosure = disclosure.New(disclosure.Config{DB: db, Door: o.Door, Scribe: o.Scribe, Now: o.Now, Identity: o.Identity,
		Reference: o.Reference, Round: o.Round, Inspection: o.inspection})
	var err error
	o.plan, err = o.Plan.Plan(t.Context(), roundtest.Authority, id)
	o.Must(err)
	o.round = o.Matched(id, 1, "2022-06-06")
	officers, _, _, err := o.Register.Officers(t.Context(), roundtest.Authority, register.OfficerFilter{})
	o.Must(err)
	for _, s := range o.plan.Tasks[0].Slots[1:] {
		i := slices.IndexFunc(officers, func(x register.Officer) bool { return x.Unit == s.Title })
		acc := identity.Account{Authority: roundtest.Authority, ID: s.Name, Username: s.Name, Name: officers[i].Name, OfficerID: officers[i].ID, Roles: []access.Role{access.Inspector}}
		o.Must(o.Identity.AddAccount(t.Context(), roundtest.As(access.Admin), acc, "Correct-Horse-7"))
		o.people[s.Name] = acc.Actor()
	}
	o.On("2022-06-20")
	o.ApprovedOn(o.round, "2022-06-14")
	o.Must(o.inspection.Issue(t.Context(), roundtest.As(access.Clerk), o.round))
	return o
}

func (o *jointOffice) forms() []inspection.Form {
	o.t.Helper()
	forms, err := o.inspection.Forms(o.t.Context(), roundtest.Authority, inspection.Filter{RoundID: o.round})
	o.Must(err)
	return forms
}

// enter enters an ordinary result of a form as somebody.
func (o *jointOffice) enter(a access.Actor, id string) error {
	o.t.Helper()
	f, err := o.inspection.Form(o.t.Context(), roundtest.Authority, id)
	o.Must(err)
	return o.inspection.Enter(o.t.Context(), a, id, inspectiontest.Entry(f, "2022-06-14"))
}

func (o *jointOffice) confirm(id string) {
	o.t.Helper()
	f, err := o.inspection.Form(o.t.Context(), roundtest.Authority, id)
	o.Must(err)
	o.Must(o.inspection.Confirm(o.t.Context(), roundtest.As(access.Reviewer), id, f.Revision, "同意"))
}

// A joint round from its plan to the publication: a form for each department
// that has to inspect a firm, with its own people and items; each enters its
// own; the firm counts as public when all are.
func TestJointRound(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		o := newJoint(t, db)
		clerk, reviewer := roundtest.As(access.Clerk), roundtest.As(access.Reviewer)
		firms, err := o.Round.Firms(t.Context(), roundtest.Authority, o.round)
		o.Must(err)
		var confirmed, want, tagged int
		for _, f := range firms {
			if f.State == round.FirmConfirmed {
				confirmed++
				want += len(f.Slots)
				tagged += len(f.Slots) - 2
			}
		}
		forms := o.forms()
		if len(forms) != want || tagged == 0 || tagged == confirmed {
			t.Fatalf("%d forms, %d of them of the health department, want %d, and some but not all firms'", len(forms), tagged, want)
		}
		for _, head := range forms {
			f, err := o.inspection.Form(t.Context(), roundtest.Authority, head.ID)
			o.Must(err)
			slot := o.plan.Tasks[0].Slots[slices.IndexFunc(o.plan.Tasks[0].Slots, func(s plan.Slot) bool { return s.Name == f.Slot })]
			if f.Department != slot.Title || len(f.Team) != slot.Size || len(f.Items()) != 1 || len(f.Points) == 0 {
				t.Errorf("form %s of %q has %d officers and items %q, want %d of %s and its one item", f.ID, f.Department, len(f.Team), f.Items(), slot.Size, slot.Title)
			}
			for _, x := range f.Team {
				if !slot.OfUnit(x.Unit) {
					t.Errorf("form %s of %s: %s is of %s", f.ID, slot.Title, x.Name, x.Unit)
				}
			}
			parts, err := o.inspection.Parts(t.Context(), f)
			o.Must(err)
			if len(parts) == 0 || parts[0].Department == f.Department || len(parts[0].Team) < 2 {
				t.Errorf("form %s: the others are %+v", f.ID, parts)
			}
		}
		o.Must(o.Caps.Set(t.Context(), clerk, []caps.Rule{{Title: "每年两次", Source: "某文", Who: caps.Authority, Years: 1, Most: 2}}, nil))
		visits, err := o.Caps.Of(t.Context(), roundtest.Authority, forms[0].Firm.TargetID)
		o.Must(err)
		if len(visits) != 1 || visits[0].Who != caps.Authority {
			t.Errorf("visits of a firm = %+v, want the joint one once", visits)
		}
		o.throughDepartments(clerk, forms)
		standing, err := o.Caps.Standing(t.Context(), roundtest.Authority, forms[0].Firm.TargetID, nil, 2022)
		if err != nil || len(standing) != 1 || standing[0].Used != 1 || standing[0].Left != 1 {
			t.Errorf("after every department has inspected: %+v, %v, want 1 of 2 used", standing, err)
		}
		r, err := o.disclosure.Rate(t.Context(), roundtest.Authority, o.round)
		o.Must(err)
		if r.Due == 0 || r.Published != r.Due || r.Due >= len(forms) {
			t.Errorf("rate %d of %d firms with %d forms; want all firms, each once", r.Published, r.Due, len(forms))
		}
		o.Must(o.disclosure.Close(t.Context(), reviewer, o.round))
	})
}

// throughDepartments enters, confirms and publishes the forms, and tries what
// another department may not.
func (o *jointOffice) throughDepartments(clerk access.Actor, forms []inspection.Form) {
	t, reviewer := o.t, roundtest.As(access.Reviewer)
	first := forms[0].Firm.TargetID
	var last []string
	for _, f := range forms {
		who := clerk
		if f.Slot != "rs" {
			for name, other := range map[string]access.Actor{"the leading department": clerk, "a third": o.people[map[string]string{"sj": "wj", "wj": "sj"}[f.Slot]]} {
				if err := o.enter(other, f.ID); errs.KindOf(err) != errs.Forbidden || !strings.Contains(err.Error(), f.Department) {
					t.Errorf("%s enters %s of %s: %v, want Forbidden and whose it is", name, f.ID, f.Department, err)
				}
			}
			who = o.people[f.Slot]
		} else if err := o.enter(o.people["sj"], f.ID); errs.KindOf(err) != errs.Forbidden {
			t.Errorf("a partner enters %s of %s: %v, want Forbidden", f.ID, f.Department, err)
		}
		if inspection.Complete(o.forms(), f.Firm.TargetID) {
			t.Errorf("%s is complete before %s has entered", f.Firm.TargetID, f.Department)
		}
		o.Must(o.enter(who, f.ID))
		o.confirm(f.ID)
		last = append(last, f.ID)
	}
	if !inspection.Complete(o.forms(), first) {
		t.Errorf("%s is not complete although every department has entered", first)
	}
	o.Must(o.disclosure.Publish(t.Context(), reviewer, last[:1]))
	r, err := o.disclosure.Rate(t.Context(), roundtest.Authority, o.round)
	o.Must(err)
	if r.Published != 0 {
		t.Errorf("one department's result is public, and the rate counts %d firms as published", r.Published)
	}
	view, err := o.disclosure.Preview(t.Context(), roundtest.Authority, last[1:2])
	o.Must(err)
	if view[0].Record.Department != "县市场监督管理局" || !strings.Contains(view[0].JSON, `"department":"县市场监督管理局"`) {
		t.Errorf("record %s, want the department named", view[0].JSON)
	}
	o.Must(o.disclosure.Publish(t.Context(), reviewer, last[1:]))
}

// A substitute comes from the same department, by rank; with no reserve left
// nobody of another department can be assigned, nor who inspects the firm for
// one already.
func TestSubstituteWithinTheDepartment(t *testing.T) {
	o := newJoint(t, storetest.SQLite(t))
	members, err := o.Round.Members(t.Context(), roundtest.Authority, o.round)
	o.Must(err)
	i := slices.IndexFunc(members, func(m round.Member) bool { return m.Slot == "sj" && m.State == round.InTeam })
	out := members[i]
	of := func(slot string) (all []round.Member) {
		for _, m := range members {
			if m.TargetID == out.TargetID && m.Slot == slot {
				all = append(all, m)
			}
		}
		return all
	}
	absent := round.Absence{TargetID: out.TargetID, OfficerID: out.OfficerID, Reason: "sick", Evidence: "请假条"}
	o.Must(o.Round.Substitute(t.Context(), roundtest.As(access.Clerk), o.round, absent))
	lead := of("rs")[0]
	o.Must(o.Round.Substitute(t.Context(), roundtest.As(access.Clerk), o.round, // another department's does not wait for it
		round.Absence{TargetID: lead.TargetID, OfficerID: lead.OfficerID, Reason: "sick", Evidence: "请假条"}))
	o.Must(o.Round.DecideSubstitution(t.Context(), roundtest.As(access.Leader), o.round, 1, true))
	after, err := o.Round.Substitutions(t.Context(), roundtest.Authority, o.round)
	o.Must(err)
	came, err := o.Register.Officer(t.Context(), roundtest.Authority, after[0].Substitute)
	o.Must(err)
	if came.Unit != "县市场监督管理局" || came.ID != of("sj")[2].OfficerID {
		t.Errorf("%s of %s came, want the first reserve of market supervision", came.ID, came.Unit)
	}
	given := map[string]string{}
	for _, m := range of("sj")[3:] {
		given[m.OfficerID] = "duty"
	}
	again := round.Absence{TargetID: out.TargetID, OfficerID: of("sj")[1].OfficerID, Reason: "sick", Evidence: "请假条", Reserves: given, Proof: o.Paper}
	free := ""
	o.Must(o.Register.EachOfficer(t.Context(), nil, roundtest.Authority, func(x register.Officer) error {
		if x.Unit == "县卫生健康局" && !slices.ContainsFunc(members, func(m round.Member) bool { return m.TargetID == out.TargetID && m.OfficerID == x.ID }) {
			free = x.ID
		}
		return nil
	}))
	again.ByHand = free
	err = o.Round.Substitute(t.Context(), roundtest.As(access.Clerk), o.round, again)
	if errs.KindOf(err) != errs.Invalid || !strings.Contains(fmt.Sprint(errs.Problems(err)), "不能代替其他部门") {
		t.Errorf("assigning one of another department = %v, want it refused", err)
	}
}
