package inspection

import (
	"context"
	"encoding/json"
	"fmt"
	"strings"
	"time"

	"suiji/calendar"
	"suiji/internal/errs"
	"suiji/internal/identity"
	"suiji/internal/register"
	"suiji/internal/store"
)

// Filter says which forms a list holds. Empty fields hold all.
type Filter struct {
	RoundID  string
	State    State
	TargetID string
	Officer  string // whose team it is now: an id of the register
	Going    bool   // of rounds in which inspections go on
}

const formCols = `f.authority_id, f.form_id, f.round_id, f.no, f.code, f.state, f.started_on, f.ended_on,
	f.firm_person, f.refusal, f.summary, f.evidence, f.team, f.entered_by, f.entered_name, f.entered_at,
	f.confirmed_by, f.confirmed_name, f.confirmed_at, f.opinion, f.changed_name, f.changed_at, f.revision, f.slot, coalesce(s.title, ''), coalesce(s.units, ''), coalesce(s.no, 1) = 1,
	t.target_id, t.name, t.code, t.code_kind, t.kind, t.area_name, t.address, t.work_address, t.places, t.contact, t.phone,
	r.plan_id, p.title, p.number, p.year, k.name, r.window_no, w.starts_on, w.ends_on, r.matched_at, r.operator, r.list_admin, r.state,
	p.publish_days, p.publish_unit, p.task_days`

const formTables = `inspection_form f
	JOIN register_target t ON t.authority_id = f.authority_id AND t.target_id = f.target_id
	JOIN round r ON r.authority_id = f.authority_id AND r.round_id = f.round_id
	JOIN plan p ON p.authority_id = r.authority_id AND p.plan_id = r.plan_id
	JOIN plan_task k ON k.authority_id = r.authority_id AND k.plan_id = r.plan_id AND k.task_no = r.task_no
	JOIN plan_window w ON w.authority_id = r.authority_id AND w.plan_id = r.plan_id AND w.no = r.window_no
	LEFT JOIN plan_slot s ON s.authority_id = r.authority_id AND s.plan_id = r.plan_id AND s.task_no = r.task_no AND s.name = f.slot`

func scanForm(row store.Scanner) (f Form, err error) {
	var started, ended, team, from, to string
	var places string
	var entered, confirmed, changed, matched int64
	t, k := &f.Firm, &f.Task
	err = row.Scan(&f.Authority, &f.ID, &f.RoundID, &f.No, &f.Code, &f.State, &started, &ended,
		&f.FirmPerson, &f.Refusal, &f.Summary, &f.Evidence, &team, &f.EnteredBy, &f.EnteredName, &entered,
		&f.ConfirmedBy, &f.ConfirmedName, &confirmed, &f.Opinion, &f.ChangedName, &changed, &f.Revision, &f.Slot, &f.Department, &f.units, &f.leads,
		&t.TargetID, &t.Name, &t.Code, &t.CodeKind, &t.Kind, &t.AreaName, &t.Address, &t.WorkAddress, &places, &t.Contact, &t.Phone,
		&k.PlanID, &k.Plan, &k.Number, &k.Year, &k.Name, &k.WindowNo, &from, &to, &matched, &k.Operator, &k.ListAdmin, &k.RoundState,
		&k.PublishDays, &k.PublishUnit, &k.TaskDays)
	if err != nil {
		return f, err
	}
	if places != "" {
		t.Places = register.Workplaces(strings.Split(places, "\n"))
	}
	f.EnteredAt, f.ConfirmedAt, f.ChangedAt = store.Instant(entered), store.Instant(confirmed), store.Instant(changed)
	if matched != 0 {
		k.MatchedOn = calendar.In(time.UnixMilli(matched))
	}
	if team != "" {
		if err := json.Unmarshal([]byte(team), &f.Team); err != nil {
			return f, fmt.Errorf("team of %s: %w", f.ID, err)
		}
	}
	return f, days(day{started, &f.StartedOn}, day{ended, &f.EndedOn}, day{from, &k.From}, day{to, &k.To})
}

// day is a date as the database has it, and its place.
type day struct {
	text string
	to   *calendar.Date
}

// days reads dates into their places; an empty text is the zero date.
func days(list ...day) error {
	for _, d := range list {
		if err := d.to.UnmarshalText([]byte(d.text)); err != nil {
			return err
		}
	}
	return nil
}

// Form returns one form with all that belongs to it.
func (s *Service) Form(ctx context.Context, authority, id string) (Form, error) {
	f, err := readForm(ctx, s.DB, authority, id)
	if err == nil && len(f.Team) == 0 {
		f.Team, err = readTeam(ctx, s.DB, f)
	}
	return f, err
}

// FormTx is Form inside a transaction, for the act that publishes it.
func (s *Service) FormTx(ctx context.Context, tx *store.DB, authority, id string) (Form, error) {
	return readForm(ctx, tx, authority, id)
}

// FormByCode returns the form that carries a code, typed in any case, with or
// without blanks and hyphens.
func (s *Service) FormByCode(ctx context.Context, authority, code string) (Form, error) {
	code = strings.ToUpper(strings.NewReplacer(" ", "", "-", "").Replace(code))
	id, err := store.One(ctx, s.DB, store.Value[string], `
		SELECT form_id
		FROM inspection_form
		WHERE authority_id = $1 AND code = $2`, authority, code)
	if err != nil {
		return Form{}, err
	}
	return s.Form(ctx, authority, id)
}

// FormOfCode looks for a form under every authority: a code on paper does not
// name one. It asks for the public, whoever is signed in.
func (s *Service) FormOfCode(ctx context.Context, code string) (Form, error) {
	ctx = identity.Everything(ctx)
	all, err := s.Identity.Authorities(ctx)
	if err != nil {
		return Form{}, err
	}
	for _, a := range all {
		if f, err := s.FormByCode(ctx, a.ID, code); errs.KindOf(err) != errs.NotFound {
			return f, err
		}
	}
	return Form{}, errs.E(errs.NotFound, "没有这个编码的检查表")
}

// Forms lists forms in the order of their rounds and numbers, each with its
// head, result codes and task; what belongs to one form alone is left out.
func (s *Service) Forms(ctx context.Context, authority string, fl Filter) ([]Form, error) {
	return listForms(ctx, s.DB, authority, fl)
}

// FormsTx is Forms inside a transaction.
func (s *Service) FormsTx(ctx context.Context, tx *store.DB, authority string, fl Filter) ([]Form, error) {
	return listForms(ctx, tx, authority, fl)
}

func listForms(ctx context.Context, db *store.DB, authority string, fl Filter) ([]Form, error) {
	where, args := fl.where(authority)
	piece, args := Within(ctx, args...)
	where += piece
	forms, err := store.All(ctx, db, scanForm, `
		SELECT `+formCols+`
		FROM `+formTables+`
		WHERE `+where+`
		ORDER BY f.round_id, f.no, f.form_id`, args...)
	if err != nil {
		return nil, err
	}
	at := make(map[string]int, len(forms))
	for i, f := range forms {
		at[f.ID] = i
	}
	err = store.Each(ctx, db, scanCode, func(c formCode) error {
		if i, ok := at[c.form]; ok {
			forms[i].Codes = append(forms[i].Codes, c.code)
		}
		return nil
	}, `
		SELECT c.form_id, c.code
		FROM inspection_form f
		CROSS JOIN inspection_result c
		WHERE `+where+` AND c.authority_id = f.authority_id AND c.form_id = f.form_id
		ORDER BY c.form_id, c.code`, args...)
	return forms, err
}

func (fl Filter) where(authority string) (string, []any) {
	where, args := "f.authority_id = $1", []any{authority}
	for _, c := range []struct{ col, value string }{
		{"f.round_id", fl.RoundID}, {"f.state", string(fl.State)}, {"f.target_id", fl.TargetID},
	} {
		if c.value != "" {
			args = append(args, c.value)
			where += fmt.Sprintf(" AND %s = $%d", c.col, len(args))
		}
	}
	if fl.Going {
		where += ` AND f.round_id IN (
			SELECT g.round_id
			FROM round g
			WHERE g.authority_id = $1 AND g.state = 'matched')`
	}
	if fl.Officer != "" {
		args = append(args, fl.Officer)
		where += fmt.Sprintf(` AND EXISTS (
			SELECT 1
			FROM round_officer m
			WHERE m.authority_id = f.authority_id AND m.round_id = f.round_id AND m.target_id = f.target_id AND m.slot = f.slot AND m.state = 'team' AND m.officer_id = $%d)`, len(args))
	}
	return where, args
}

type formCode struct {
	form string
	code Code
}

func scanCode(row store.Scanner) (c formCode, err error) {
	err = row.Scan(&c.form, &c.code)
	return c, err
}

func readForm(ctx context.Context, db *store.DB, authority, id string) (Form, error) {
	piece, args := Within(ctx, authority, id)
	f, err := store.One(ctx, db, scanForm, `
		SELECT `+formCols+`
		FROM `+formTables+`
		WHERE f.authority_id = $1 AND f.form_id = $2`+piece, args...)
	if err != nil {
		return f, err
	}
	f.Codes, err = store.All(ctx, db, store.Value[Code], `
		SELECT code
		FROM inspection_result
		WHERE authority_id = $1 AND form_id = $2
		ORDER BY code`, authority, id)
	if err != nil {
		return f, err
	}
	f.Methods, err = store.All(ctx, db, store.Value[Method], `
		SELECT method
		FROM inspection_method
		WHERE authority_id = $1 AND form_id = $2
		ORDER BY method`, authority, id)
	if err != nil {
		return f, err
	}
	f.Points, err = store.All(ctx, db, scanPoint, `
		SELECT p.item_id, p.item, p.no, p.text, p.basis, coalesce(a.answer, ''), coalesce(a.note, '')
		FROM inspection_point p
		LEFT JOIN inspection_answer a ON a.authority_id = p.authority_id AND a.item_id = p.item_id AND a.no = p.no AND a.form_id = $3
		WHERE p.authority_id = $1 AND p.round_id = $2 AND (p.slot = '' OR p.slot = $4)
		ORDER BY p.item_id, p.no`, authority, f.RoundID, id, f.Slot)
	if err != nil {
		return f, err
	}
	return f, readRest(ctx, db, &f)
}

func readRest(ctx context.Context, db *store.DB, f *Form) (err error) {
	f.Attempts, err = store.All(ctx, db, scanAttempt, `
		SELECT tried_on, how
		FROM inspection_attempt
		WHERE authority_id = $1 AND form_id = $2
		ORDER BY no`, f.Authority, f.ID)
	if err != nil {
		return err
	}
	f.Findings, err = store.All(ctx, db, scanFinding, `
		SELECT `+findingCols+`
		FROM inspection_finding
		WHERE authority_id = $1 AND form_id = $2
		ORDER BY no`, f.Authority, f.ID)
	if err != nil {
		return err
	}
	f.Reviews, err = store.All(ctx, db, scanReview, `
		SELECT verdict, opinion, name, at
		FROM inspection_review
		WHERE authority_id = $1 AND form_id = $2
		ORDER BY no`, f.Authority, f.ID)
	return err
}

func scanPoint(row store.Scanner) (p Point, err error) {
	err = row.Scan(&p.ItemID, &p.Item, &p.No, &p.Text, &p.Basis, &p.Answer, &p.Note)
	return p, err
}

func scanAttempt(row store.Scanner) (a Attempt, err error) {
	var on string
	if err := row.Scan(&on, &a.How); err != nil {
		return a, err
	}
	a.On, err = calendar.Parse(on)
	return a, err
}

const findingCols = `no, fact, measure, due_on, outcome, outcome_on, outcome_note, closed_name, confirmed`

func scanFinding(row store.Scanner) (f Finding, err error) {
	var due, on string
	err = row.Scan(&f.No, &f.Fact, &f.Measure, &due, &f.Outcome, &on, &f.Note, &f.Closed, &f.Confirmed)
	if err != nil {
		return f, err
	}
	return f, days(day{due, &f.DueOn}, day{on, &f.OutcomeOn})
}

func scanReview(row store.Scanner) (r Review, err error) {
	var at int64
	err = row.Scan(&r.Verdict, &r.Opinion, &r.Name, &at)
	r.At = store.Instant(at)
	return r, err
}

// readTeam returns the firm's team as it stands: who was drawn, and who came
// in by substitution.
func readTeam(ctx context.Context, db *store.DB, f Form) ([]Officer, error) {
	return store.All(ctx, db, scanOfficer, `
		SELECT o.officer_id, m.slot, m.place, o.name, o.cert_no, o.cert_until, o.unit, o.post, m.by_hand
		FROM round_officer m
		JOIN register_officer o ON o.authority_id = m.authority_id AND o.officer_id = m.officer_id
		WHERE m.authority_id = $1 AND m.round_id = $2 AND m.target_id = $3 AND m.slot = $4 AND m.state = 'team'
		ORDER BY m.place`, f.Authority, f.RoundID, f.Firm.TargetID, f.Slot)
}

func scanOfficer(row store.Scanner) (o Officer, err error) {
	var until string
	err = row.Scan(&o.ID, &o.Slot, &o.Place, &o.Name, &o.CertNo, &until, &o.Unit, &o.Post, &o.ByHand)
	if err != nil {
		return o, err
	}
	return o, days(day{until, &o.CertUntil})
}

// OpenFinding is a problem without an outcome, with its form.
type OpenFinding struct {
	Finding
	FormID   string
	RoundID  string
	TargetID string
	Firm     string // name
	EndedOn  calendar.Date
	Age      int // days since the inspection ended
}

// Overdue reports whether the firm's time is over on the given day.
func (o OpenFinding) Overdue(today calendar.Date) bool {
	return !o.DueOn.Zero() && today.After(o.DueOn)
}

// OpenFindings lists the problems of a round (empty: of all) that wait for
// their outcome, the oldest first.
func (s *Service) OpenFindings(ctx context.Context, authority, roundID string) ([]OpenFinding, error) {
	scan := func(row store.Scanner) (o OpenFinding, err error) {
		var due, ended string
		err = row.Scan(&o.No, &o.Fact, &o.Measure, &due, &o.Confirmed, &o.FormID, &o.RoundID, &ended, &o.TargetID, &o.Firm)
		if err != nil {
			return o, err
		}
		err = days(day{due, &o.DueOn}, day{ended, &o.EndedOn})
		o.Age = o.EndedOn.DaysUntil(s.today())
		return o, err
	}
	where, args := store.Given([]any{authority}, "f.round_id", roundID)
	piece, args := Within(ctx, args...)
	return store.All(ctx, s.DB, scan, `
		SELECT x.no, x.fact, x.measure, x.due_on, x.confirmed, f.form_id, f.round_id, f.ended_on, f.target_id, t.name
		FROM inspection_finding x
		JOIN inspection_form f ON f.authority_id = x.authority_id AND f.form_id = x.form_id
		JOIN register_target t ON t.authority_id = f.authority_id AND t.target_id = f.target_id
		WHERE x.authority_id = $1 AND x.outcome = ''`+where+piece+`
		ORDER BY f.ended_on, f.form_id, x.no`, args...)
}
