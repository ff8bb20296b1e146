package notice

import (
	"context"
	"fmt"
	"slices"
	"time"

	"suiji/calendar"
	"suiji/internal/archive"
	"suiji/internal/casework"
	"suiji/internal/disclosure"
	"suiji/internal/exchange"
	"suiji/internal/feedback"
	"suiji/internal/identity"
	"suiji/internal/plan"
	"suiji/internal/roster"
	"suiji/internal/round"
	"suiji/internal/schedule"
	"suiji/internal/store"
	"suiji/internal/supervise"
)

// year is what the rooms below say on one day, from which all rows are made.
type year struct {
	today     calendar.Date
	calendar  calendar.Calendar
	plans     []plan.Plan
	rounds    []round.Round       // without rehearsals and abandoned ones
	forms     []disclosure.Row    // of rounds in which inspections go on
	ends      []casework.End      // open, after inspections
	teams     map[string][]Person // by form, as far as something is left to do there
	certs     []certificate
	grades    []graded
	visits    []schedule.Schedule // of rounds in which inspections go on
	urgent    []schedule.Urgent   // whose approval is not made good
	now       time.Time
	accounts  map[string]string      // by officer
	contested []disclosure.Objection // under way
	repaired  []disclosure.Repair    // applications, decided ones among them
	decisions []casework.Penalty     // of penalties, those of old among them
	posted    []disclosure.PenaltyVersion
	asked     []asked              // questions of supervision that wait for their answer
	back      []exchange.Due       // returned by a receiver, not mended
	files     []archive.Tally      // rounds whose files are not all handed over
	secret    []string             // rounds whose drawn names are not disclosed
	further   []roster.Ending      // certificates beside the register's, near their last day
	complains []feedback.Complaint // not answered
}

// certificate is an officer's, near its last day.
type certificate struct {
	Person
	Until calendar.Date
}

// asked is a question with the people who are asked.
type asked struct {
	supervise.Question
	people []Person
}

// graded is how many proposals of one state wait for the end of an objection
// period.
type graded struct {
	State string
	Until calendar.Date
	Count int
}

// certDays is how long before its end a certificate is on the board.
const certDays = 60

func (s *Service) year(ctx context.Context, authority string) (y year, err error) {
	y.today = s.today()
	if y.calendar, err = s.Reference.Calendar(ctx); err != nil {
		return y, err
	}
	if y.plans, err = s.Plan.Plans(ctx, authority); err != nil {
		return y, err
	}
	all, err := s.Round.Rounds(ctx, authority)
	if err != nil {
		return y, err
	}
	for _, r := range all {
		if !r.Rehearsal && r.State != round.Abandoned {
			y.rounds = append(y.rounds, r)
		}
	}
	if y.contested, err = s.Disclosure.Objections(ctx, authority); err != nil {
		return y, err
	}
	if y.repaired, err = s.Disclosure.Repairs(ctx, authority, ""); err != nil {
		return y, err
	}
	if y.decisions, err = s.Casework.Penalties(ctx, authority, ""); err != nil {
		return y, err
	}
	if y.posted, err = s.Disclosure.PostedPenalties(ctx, authority); err != nil {
		return y, err
	}
	if err = s.inspecting(ctx, authority, &y); err != nil {
		return y, err
	}
	y.now = s.Now()
	if y.urgent, err = s.Disclosure.Inspection.Schedule.Waiting(ctx, authority); err != nil {
		return y, err
	}
	if y.ends, err = s.Casework.Ends(ctx, authority, casework.Filter{}); err != nil {
		return y, err
	}
	// A reader only: it opens no receipt and keeps none.
	reports := exchange.New(exchange.Config{DB: s.DB, Now: s.Now, Identity: s.Identity, Disclosure: s.Disclosure, Casework: s.Casework})
	if y.back, err = reports.Due(ctx, authority); err != nil {
		return y, err
	}
	accounts, err := s.Identity.Accounts(ctx, authority)
	if err != nil {
		return y, err
	}
	y.accounts = accountsOf(accounts)
	return y, s.read(ctx, authority, &y)
}

// inspecting fills in the forms and the schedules of rounds in which inspections
// go on: of those that are over nothing is due.
func (s *Service) inspecting(ctx context.Context, authority string, y *year) error {
	for _, r := range y.rounds {
		if r.State != round.Matched {
			continue
		}
		x, err := s.Disclosure.Inspection.Schedule.Schedule(ctx, authority, r.ID)
		if err != nil {
			return err
		}
		forms, err := s.Disclosure.Open(ctx, authority, disclosure.Filter{RoundID: r.ID})
		if err != nil {
			return err
		}
		y.visits, y.forms = append(y.visits, x), append(y.forms, forms...)
	}
	return nil
}

// read fills in what no method of a lower room tells.
func (s *Service) read(ctx context.Context, authority string, y *year) (err error) {
	if y.files, err = archive.Tallies(ctx, s.DB, authority); err != nil {
		return err
	}
	if y.teams, err = s.teams(ctx, authority, y.accounts); err != nil {
		return err
	}
	y.certs, err = store.All(ctx, s.DB, func(row store.Scanner) (c certificate, err error) {
		var until string
		if err := row.Scan(&c.Officer, &c.Name, &until); err != nil {
			return c, err
		}
		c.Account = y.accounts[c.Officer]
		return c, c.Until.UnmarshalText([]byte(until))
	}, `
		SELECT officer_id, name, cert_until
		FROM register_officer
		WHERE authority_id = $1 AND active AND cert_until <> '' AND cert_until <= $2
		ORDER BY cert_until, officer_id`, authority, y.today.AddDays(certDays).String())
	if err != nil {
		return err
	}
	if y.further, err = roster.Endings(ctx, s.DB, authority, y.today.AddDays(certDays)); err != nil {
		return err
	}
	if y.complains, err = feedback.Waiting(ctx, s.DB, authority); err != nil {
		return err
	}
	open, err := supervise.Unanswered(ctx, s.DB, authority, y.calendar)
	if err != nil {
		return err
	}
	for _, q := range open {
		y.asked = append(y.asked, asked{q, peopleOf(q, y.accounts)})
	}
	y.grades, err = store.All(ctx, s.DB, func(row store.Scanner) (g graded, err error) {
		var until string
		if err := row.Scan(&g.State, &until, &g.Count); err != nil {
			return g, err
		}
		return g, g.Until.UnmarshalText([]byte(until))
	}, `
		SELECT state, object_until, count(*)
		FROM credit_proposal
		WHERE authority_id = $1 AND state IN ('told', 'objected')
		GROUP BY state, object_until
		ORDER BY object_until, state`, authority)
	if err != nil {
		return err
	}
	y.secret, err = store.All(ctx, s.DB, store.Value[string], `
		SELECT DISTINCT round_id
		FROM round_draw
		WHERE authority_id = $1 AND state = 'drawn' AND bundle = ''
		ORDER BY round_id`, authority)
	return err
}

// teams says who inspects the firms of forms that are not entered, or have an
// open problem.
func (s *Service) teams(ctx context.Context, authority string, accounts map[string]string) (map[string][]Person, error) {
	type member struct {
		Form string
		Person
	}
	teams := map[string][]Person{}
	err := store.Each(ctx, s.DB, func(row store.Scanner) (m member, err error) {
		err = row.Scan(&m.Form, &m.Officer, &m.Name)
		return m, err
	}, func(m member) error {
		m.Account = accounts[m.Officer]
		if !slices.Contains(teams[m.Form], m.Person) { // who is in two slots
			teams[m.Form] = append(teams[m.Form], m.Person)
		}
		return nil
	}, `
		SELECT f.form_id, o.officer_id, r.name
		FROM inspection_form f
		JOIN round_officer o ON o.authority_id = f.authority_id AND o.round_id = f.round_id AND o.target_id = f.target_id AND o.slot = f.slot AND o.state = 'team'
		JOIN register_officer r ON r.authority_id = o.authority_id AND r.officer_id = o.officer_id
		WHERE f.authority_id = $1 AND (f.state IN ('issued', 'returned')
			OR EXISTS (SELECT 1 FROM inspection_finding x WHERE x.authority_id = f.authority_id AND x.form_id = f.form_id AND x.outcome = ''))
		ORDER BY f.form_id, o.officer_id`, authority)
	return teams, err
}

// peopleOf are those whom a question asks.
func peopleOf(q supervise.Question, accounts map[string]string) (all []Person) {
	for _, p := range q.Asked {
		if p.Kind == "account" {
			all = append(all, Person{Account: p.ID, Name: p.Name})
			continue
		}
		all = append(all, Person{Officer: p.ID, Account: accounts[p.ID], Name: p.Name})
	}
	return all
}

// accountsOf are the accounts by their officers.
func accountsOf(accounts []identity.Account) map[string]string {
	of := map[string]string{}
	for _, a := range accounts {
		if _, known := of[a.OfficerID]; a.Active && a.OfficerID != "" && !known {
			of[a.OfficerID] = a.ID
		}
	}
	return of
}

// live returns the round with an id, if it counts.
func (y year) live(id string) (round.Round, bool) {
	i := slices.IndexFunc(y.rounds, func(r round.Round) bool { return r.ID == id })
	if i < 0 {
		return round.Round{}, false
	}
	return y.rounds[i], true
}

func (y year) plan(id string) plan.Plan {
	i := slices.IndexFunc(y.plans, func(p plan.Plan) bool { return p.ID == id })
	if i < 0 {
		return plan.Plan{}
	}
	return y.plans[i]
}

// window is the round's window of the plan.
func (y year) window(r round.Round) plan.Window {
	for _, w := range y.plan(r.PlanID).Windows {
		if w.No == r.WindowNo {
			return w
		}
	}
	return plan.Window{No: r.WindowNo}
}

// worked counts a limit; a year without a notice gives no day, and says so.
func (y year) worked(from calendar.Date, r calendar.Rule) (calendar.Date, string) {
	d, err := y.calendar.Apply(from, r)
	if err != nil {
		return calendar.Date{}, err.Error()
	}
	return d.Due, d.Explain()
}

// row makes a row that is its kind's roles' to do.
func row(k Kind, key, what, roundID string, due calendar.Date, how, href string) Row {
	return Row{Key: string(k) + "|" + key, Kind: k, What: what, Round: roundID, Due: due, How: how, Href: href, Roles: k.roles()}
}

// perWindow says in words whose time it is.
func perWindow(w plan.Window) string {
	return fmt.Sprintf("年度计划定的第 %d 批次检查期：%s 至 %s", w.No, w.StartsOn, w.EndsOn)
}
