package supervise

import (
	"context"
	"slices"

	"suiji/calendar"
	"suiji/internal/access"
	"suiji/internal/errs"
	"suiji/internal/store"
)

// Filter says which questions are asked for; empty fields ask for all.
type Filter struct {
	State State
	Rule  Code
	Mine  bool
}

const questionCols = `question_id, rule, subject, what, state, role, raised_at, asked_at, previous, closed_why, closed_at`

func scanQuestion(row store.Scanner) (q Question, err error) {
	var raised, asked, closed int64
	err = row.Scan(&q.ID, &q.Rule, &q.Subject, &q.What, &q.State, &q.Role, &raised, &asked, &q.Previous, &q.Why, &closed)
	q.RaisedAt, q.AskedAt, q.ClosedAt = store.Instant(raised), store.Instant(asked), store.Instant(closed)
	return q, err
}

// Questions lists an office's questions, those to be answered first and the
// oldest of them before the others, as far as a may see them: who supervises
// sees all, others what they are asked.
func (s *Service) Questions(ctx context.Context, a access.Actor, f Filter) ([]Question, error) {
	all, err := questions(ctx, s.DB, a.Authority, "")
	if err != nil {
		return nil, err
	}
	if err := s.clock(ctx, a.Authority, all); err != nil {
		return nil, err
	}
	officer, err := s.officer(ctx, a)
	if err != nil {
		return nil, err
	}
	every := access.Allow(a, access.SuperviseRead)
	all = slices.DeleteFunc(all, func(q Question) bool {
		mine := q.Mine(a, officer)
		return !mine && (!every || f.Mine) || f.State != "" && q.State != f.State || f.Rule != "" && q.Rule != f.Rule
	})
	return all, nil
}

// Question returns one question that a may see. Errors: NotFound.
func (s *Service) Question(ctx context.Context, a access.Actor, id string) (q Question, mine bool, err error) {
	q, err = s.readTx(ctx, s.DB, a.Authority, id)
	if err != nil {
		return q, false, err
	}
	officer, err := s.officer(ctx, a)
	if err != nil {
		return q, false, err
	}
	if mine = q.Mine(a, officer); !mine && !access.Allow(a, access.SuperviseRead) {
		return q, false, errs.E(errs.NotFound, "没有这个问题，或者没有问您")
	}
	list := []Question{q}
	err = s.clock(ctx, a.Authority, list)
	q = list[0]
	if err == nil {
		q.Next, err = s.next(ctx, a.Authority, id)
	}
	return q, mine && access.Allow(a, access.SuperviseAnswer), err
}

func (s *Service) next(ctx context.Context, authority, id string) (string, error) {
	all, err := store.All(ctx, s.DB, store.Value[string], `
		SELECT question_id
		FROM supervise_question
		WHERE authority_id = $1 AND previous = $2
		ORDER BY raised_at DESC, question_id`, authority, id)
	if len(all) == 0 {
		return "", err
	}
	return all[0], err
}

// readTx returns a question with all that belongs to it, but its clock.
func (s *Service) readTx(ctx context.Context, db *store.DB, authority, id string) (q Question, err error) {
	all, err := questions(ctx, db, authority, id)
	if err != nil {
		return q, err
	}
	if len(all) == 0 {
		return q, errs.E(errs.NotFound, "没有这个问题")
	}
	return all[0], nil
}

// questions reads all of an authority, or the one with an id.
func questions(ctx context.Context, db *store.DB, authority, id string) ([]Question, error) {
	all, err := store.All(ctx, db, scanQuestion, `
		SELECT `+questionCols+`
		FROM supervise_question
		WHERE authority_id = $1 AND (question_id = $2 OR $2 = '')
		ORDER BY CASE state WHEN 'open' THEN 1 WHEN 'answered' THEN 2 WHEN 'accepted' THEN 3 ELSE 4 END, asked_at, rule, subject, question_id`, authority, id)
	if err != nil {
		return nil, err
	}
	at := map[string]*Question{}
	for i := range all {
		at[all[i].ID] = &all[i]
	}
	return all, parts(ctx, db, authority, id, at)
}

// part is something that belongs to a question.
type part[T any] struct {
	id string
	it T
}

// each gives every part to its question; one that came between the readings has
// none.
func each[T any](ctx context.Context, db *store.DB, at map[string]*Question, scan func(store.Scanner) (part[T], error), give func(*Question, T), query string, args ...any) error {
	return store.Each(ctx, db, scan, func(p part[T]) error {
		if q := at[p.id]; q != nil {
			give(q, p.it)
		}
		return nil
	}, query, args...)
}

// parts reads who is asked, the rows and the words of questions.
func parts(ctx context.Context, db *store.DB, authority, id string, at map[string]*Question) error {
	err := each(ctx, db, at, func(row store.Scanner) (p part[Person], err error) {
		return p, row.Scan(&p.id, &p.it.Kind, &p.it.ID, &p.it.Name)
	}, func(q *Question, p Person) { q.Asked = append(q.Asked, p) }, `
		SELECT question_id, kind, person, name
		FROM supervise_asked
		WHERE authority_id = $1 AND (question_id = $2 OR $2 = '')
		ORDER BY question_id, name, person`, authority, id)
	if err != nil {
		return err
	}
	err = each(ctx, db, at, func(row store.Scanner) (p part[Row], err error) {
		var day string
		var ms int64
		r := &p.it
		if err := row.Scan(&p.id, &day, &ms, &r.Round, &r.Form, &r.Target, &r.Firm, &r.Words); err != nil {
			return p, err
		}
		r.At = store.Instant(ms)
		return p, r.Day.UnmarshalText([]byte(day))
	}, func(q *Question, r Row) { q.Rows = append(q.Rows, r) }, `
		SELECT question_id, day, at, round_id, form_id, target_id, firm, words
		FROM supervise_row
		WHERE authority_id = $1 AND (question_id = $2 OR $2 = '')
		ORDER BY question_id, no`, authority, id)
	if err != nil {
		return err
	}
	return each(ctx, db, at, func(row store.Scanner) (p part[Word], err error) {
		var ms int64
		w := &p.it
		err = row.Scan(&p.id, &w.No, &w.Kind, &w.Text, &w.ByID, &w.By, &ms)
		w.At = store.Instant(ms)
		return p, err
	}, func(q *Question, w Word) { q.Words = append(q.Words, w) }, `
		SELECT question_id, no, kind, words, by_id, by_name, at
		FROM supervise_word
		WHERE authority_id = $1 AND (question_id = $2 OR $2 = '')
		ORDER BY question_id, no`, authority, id)
}

// clock works out by when the open ones are to be answered.
func (s *Service) clock(ctx context.Context, authority string, all []Question) error {
	cal, err := s.Reference.Calendar(ctx)
	if err != nil {
		return err
	}
	rules, err := s.Rules(ctx, authority)
	clocks(all, rules, cal)
	return err
}

func clocks(all []Question, rules []Rule, cal calendar.Calendar) {
	i := slices.IndexFunc(rules, func(r Rule) bool { return r.Code == Answering })
	rule := calendar.Rule{N: rules[i].Limits[0].Value, Unit: calendar.Workdays}
	for i := range all {
		q := &all[i]
		if q.State != Open {
			continue
		}
		d, err := cal.Apply(calendar.In(q.AskedAt), rule)
		if err != nil {
			q.How = err.Error() // the year has no holiday notice yet
			continue
		}
		q.Due, q.How = d.Due, d.Explain()
	}
}

// Unanswered returns the open questions of an office with their clocks, for the
// board of what is due.
func Unanswered(ctx context.Context, db *store.DB, authority string, cal calendar.Calendar) ([]Question, error) {
	all, err := questions(ctx, db, authority, "")
	if err != nil {
		return nil, err
	}
	all = slices.DeleteFunc(all, func(q Question) bool { return q.State != Open })
	rules, err := Rules(ctx, db, authority)
	clocks(all, rules, cal)
	return all, err
}

// Unexplained returns the questions about an officer who found nothing at a
// firm again and again, by officer and firm (ids, a blank between), until their
// answer is accepted: for who plans the next visit.
func (s *Service) Unexplained(ctx context.Context, authority string) (map[string]Question, error) {
	all, err := questions(ctx, s.DB, authority, "")
	open := map[string]Question{}
	for _, q := range all {
		if q.Rule == Fruitless && (q.State == Open || q.State == Answered) && len(q.Asked) > 0 && len(q.Rows) > 0 {
			open[q.Asked[0].ID+" "+q.Rows[0].Target] = q
		}
	}
	return open, err
}
