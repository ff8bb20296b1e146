package feedback_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"suiji/internal/access"
	"suiji/internal/errs"
	"suiji/internal/feedback"
	"suiji/internal/inspection/inspectiontest"
	"suiji/internal/store"
	"suiji/internal/store/storetest"
)

var well = []string{"y", "y", "y", "y", "y"}

// Nothing of a rating can be traced, and nothing at all is told of fewer than
// five.
func TestRatingsAreAnonymous(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		o := inspectiontest.New(t, db)
		o.Issue(t)
		s := feedback.New(db, o.Door, o.Now)
		auditor := inspectiontest.Actor("auditor", "孙文斌", access.Auditor)
		before, err := o.Door.Entries(t.Context(), inspectiontest.Authority, "", time.Time{}, 100)
		if err != nil {
			t.Fatal(err)
		}
		f := o.Form(t, 1)
		rate := func(code string, r feedback.Rating) {
			t.Helper()
			f.Code = code // as if of another form
			if err := s.Rate(t.Context(), f, r); err != nil {
				t.Fatal(err)
			}
		}
		for i := range feedback.Least - 1 {
			rate(fmt.Sprintf("CODE%d", i), feedback.Rating{Answers: well, Words: fmt.Sprintf("话%d", 9-i)})
		}
		rate("CODE0", feedback.Rating{Answers: []string{"y", "n", "y", "y", "y"}, Words: "改过的话"})
		all, err := s.Summaries(t.Context(), auditor)
		if err != nil || len(all) != 1 || all[0].Count != 0 || len(all[0].Words) != 0 {
			t.Fatalf("of four ratings: %+v, %v, want nothing told", all, err)
		}
		rate("CODE9", feedback.Rating{Answers: well})
		all, err = s.Summaries(t.Context(), auditor)
		if err != nil || all[0].Count != feedback.Least || all[0].Well[1] != 4 || all[0].Bad(1) != 1 || len(all[0].Words) != 4 {
			t.Errorf("of five ratings: %+v, %v", all, err)
		}
		for _, x := range access.Roles {
			if x.Role == access.Auditor {
				continue
			}
			if got, err := s.Summaries(t.Context(), inspectiontest.Actor("x", "x", x.Role)); errs.KindOf(err) != errs.Forbidden || got != nil {
				t.Errorf("%s reads %+v, %v, want Forbidden", x.Name, got, err)
			}
		}
		after, err := o.Door.Entries(t.Context(), inspectiontest.Authority, "", time.Time{}, 100)
		if err != nil || len(after) != len(before) {
			t.Errorf("the audit log has %d entries, had %d: a rating must leave none", len(after), len(before))
		}
		rows, err := store.All(t.Context(), db, store.Value[string], `
			SELECT ballot || ' ' || round_id || ' ' || answers
			FROM feedback_rating
			ORDER BY ballot`)
		if err != nil || len(rows) != feedback.Least || strings.Contains(strings.Join(rows, " "), f.ID) || strings.Contains(strings.Join(rows, " "), "CODE") {
			t.Errorf("kept %q, %v, want neither form nor code", rows, err)
		}
	})
}

func TestRateRefuses(t *testing.T) {
	o := inspectiontest.New(t, storetest.SQLite(t))
	o.Issue(t)
	s := feedback.New(o.DB, o.Door, o.Now)
	for name, r := range map[string]feedback.Rating{
		"nothing": {}, "four": {Answers: well[:4]}, "another word": {Answers: []string{"y", "y", "maybe", "y", "y"}}, "too long": {Answers: well, Words: strings.Repeat("长", 1001)},
	} {
		if err := s.Rate(t.Context(), o.Form(t, 1), r); errs.KindOf(err) != errs.Invalid {
			t.Errorf("%s: %v, want Invalid", name, err)
		}
	}
}

func TestComplaint(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		o := inspectiontest.New(t, db)
		o.Issue(t)
		s, f := feedback.New(db, o.Door, o.Now), o.Form(t, 1)
		if _, err := s.Complain(t.Context(), f, "k", " ", ""); errs.KindOf(err) != errs.Invalid {
			t.Errorf("without words: %v, want Invalid", err)
		}
		first, err := s.Complain(t.Context(), f, "key-1", "要求请客吃饭", "")
		if err != nil {
			t.Fatal(err)
		}
		if again, err := s.Complain(t.Context(), f, "key-1", "要求请客吃饭", ""); err != nil || again != first {
			t.Errorf("a second click: %s, %v, want %s", again, err, first)
		}
		c, err := s.Ticket(t.Context(), inspectiontest.Authority, strings.ToLower(first))
		if err != nil || c.DueOn.String() != "2022-07-05" || !c.AnsweredAt.IsZero() {
			t.Errorf("Ticket = %+v, %v", c, err)
		}
		if c.Overdue(c.DueOn) || !c.Overdue(c.DueOn.AddDays(1)) {
			t.Error("a complaint is overdue on the day after its last day, not on that day")
		}
		if err := s.AnswerComplaint(t.Context(), o.Clerk, first, "没有此事"); errs.KindOf(err) != errs.Forbidden {
			t.Errorf("a clerk answers: %v, want Forbidden", err)
		}
		if _, err := s.Complaints(t.Context(), o.Reviewer); errs.KindOf(err) != errs.Forbidden {
			t.Errorf("a reviewer reads: %v, want Forbidden", err)
		}
		if err := s.AnswerComplaint(t.Context(), o.Leader, first, "已核实并批评教育"); err != nil {
			t.Fatal(err)
		}
		if err := s.AnswerComplaint(t.Context(), o.Leader, first, "又一次"); errs.KindOf(err) != errs.Conflict {
			t.Errorf("answered twice: %v, want Conflict", err)
		}
		all, err := s.Complaints(t.Context(), o.Leader)
		if err != nil || len(all) != 1 || all[0].Answer != "已核实并批评教育" {
			t.Errorf("Complaints = %+v, %v", all, err)
		}
	})
}
