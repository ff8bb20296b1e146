// Package feedback keeps what firms say of a visit: ratings of the discipline
// points (五个严禁、八个不得), which nobody at the bureau can trace, and
// complaints, each with a ticket to look its state up with. It owns the tables
// feedback_….
//
// A rating is no act of the office: it passes the door without being written
// down, so that the audit log tells neither who rated nor when. What is kept of
// it names a round, nothing less; and a round's ratings are told only from
// Least on.
package feedback

import (
	"context"
	"crypto/hmac"
	"crypto/rand"
	"crypto/sha256"
	"encoding/hex"
	"slices"
	"strings"
	"time"

	"suiji/calendar"
	"suiji/internal/access"
	"suiji/internal/audit"
	"suiji/internal/errs"
	"suiji/internal/inspection"
	"suiji/internal/store"
)

// Questions are what a visit is rated on; yes is well.
var Questions = []string{
	"两名以上检查人员到场，并出示执法证件",
	"说明检查的事项和依据",
	"不索要财物、不接受宴请、不推销商品",
	"不妨碍正常经营",
	"告知结果和企业的权利",
}

// Failings say what a no to each question means, for the firm to tick.
var Failings = []string{
	"检查人员不足两人，或者没有出示执法证件",
	"没有说明检查的事项和依据",
	"索要财物、接受宴请或者推销商品",
	"妨碍正常经营",
	"没有告知结果和企业的权利",
}

// Least is how many ratings a round must have before anything of them is told.
const Least = 5

// Service keeps ratings and complaints.
type Service struct {
	db   *store.DB
	door *audit.Door
	now  func() time.Time
}

// New makes the service.
func New(db *store.DB, door *audit.Door, now func() time.Time) *Service {
	return &Service{db, door, now}
}

// Rating is what a firm thinks of a visit.
type Rating struct {
	Answers []string // y or n, in the order of Questions
	Words   string
}

func (r Rating) problems() (ps []errs.Problem) {
	if len(r.Answers) != len(Questions) || slices.ContainsFunc(r.Answers, func(a string) bool { return a != "y" && a != "n" }) {
		ps = append(ps, errs.Problem{Field: "answers", Sentence: "请每一项都选择是或者否"})
	}
	return append(ps, words("words", r.Words, false)...)
}

func words(field, text string, required bool) []errs.Problem {
	switch n := len([]rune(text)); {
	case required && strings.TrimSpace(text) == "":
		return []errs.Problem{{Field: field, Sentence: "请写明情况"}}
	case n > 1000 || strings.ContainsRune(text, 0):
		return []errs.Problem{{Field: field, Sentence: "最多 1000 字"}}
	}
	return nil
}

// Rate keeps the rating of a visit. A form is rated once: a second rating takes
// the place of the first.
func (s *Service) Rate(ctx context.Context, f inspection.Form, r Rating) error {
	if err := errs.All(r.problems()); err != nil {
		return err
	}
	return s.door.Keep(ctx, func(tx *store.DB) error {
		secret, err := secretIn(ctx, tx, f.Authority)
		if err != nil {
			return err
		}
		_, err = tx.Exec(ctx, `
			INSERT INTO feedback_rating (authority_id, ballot, round_id, answers, words)
			VALUES ($1, $2, $3, $4, $5)
			ON CONFLICT (authority_id, ballot) DO UPDATE SET answers = excluded.answers, words = excluded.words`,
			f.Authority, ballot(secret, f), f.RoundID, strings.Join(r.Answers, ""), strings.TrimSpace(r.Words))
		return err
	})
}

func ballot(secret []byte, f inspection.Form) string {
	h := hmac.New(sha256.New, secret)
	h.Write([]byte("suiji/ballot/1\n" + f.ID + "\n" + f.Code + "\n"))
	return hex.EncodeToString(h.Sum(nil))
}

func secretIn(ctx context.Context, tx *store.DB, authority string) ([]byte, error) {
	fresh := make([]byte, 32)
	rand.Read(fresh) // never fails (crypto/rand)
	_, err := tx.Exec(ctx, `
		INSERT INTO feedback_key (authority_id, purpose, secret)
		VALUES ($1, 'ballot', $2)
		ON CONFLICT (authority_id, purpose) DO NOTHING`, authority, fresh)
	if err != nil {
		return nil, err
	}
	return store.One(ctx, tx, store.Value[[]byte], `
		SELECT secret
		FROM feedback_key
		WHERE authority_id = $1 AND purpose = 'ballot'`, authority)
}

// Summary is what may be told of a round's ratings.
type Summary struct {
	RoundID string
	Count   int      // 0: fewer than Least
	Well    []int    // how many said yes to each question
	Words   []string // in an order that tells nothing
}

// Summaries returns every rated round's ratings, for who supervises the
// bureau. Errors: Forbidden for everybody else.
func (s *Service) Summaries(ctx context.Context, a access.Actor) ([]Summary, error) {
	if !access.Allow(a, access.RatingRead) {
		return nil, errs.E(errs.Forbidden, "评价只供监督，您的角色不能查看")
	}
	type row struct{ round, answers, words string }
	rows, err := store.All(ctx, s.db, func(r store.Scanner) (x row, err error) {
		err = r.Scan(&x.round, &x.answers, &x.words)
		return x, err
	}, `
		SELECT round_id, answers, words
		FROM feedback_rating
		WHERE authority_id = $1
		ORDER BY round_id, words, answers`, a.Authority)
	var all []Summary
	for _, x := range rows {
		if len(all) == 0 || all[len(all)-1].RoundID != x.round {
			all = append(all, Summary{RoundID: x.round, Well: make([]int, len(Questions))})
		}
		sum := &all[len(all)-1]
		sum.Count++
		for i, c := range x.answers {
			if c == 'y' && i < len(sum.Well) {
				sum.Well[i]++
			}
		}
		if x.words != "" {
			sum.Words = append(sum.Words, x.words)
		}
	}
	for i, x := range all {
		if x.Count < Least {
			all[i] = Summary{RoundID: x.RoundID}
		}
	}
	return all, err
}

// answerWithin is by when a complaint must be answered (信访工作条例 第二十三条).
const answerWithin = 15 // days

// Complaint is what a firm complains of, and what became of it.
type Complaint struct {
	Ticket     string
	FormID     string
	Words      string
	Contact    string
	MadeAt     time.Time
	DueOn      calendar.Date
	Answer     string
	AnsweredBy string
	AnsweredAt time.Time // zero: not yet
}

// Overdue reports whether the time to answer is over on a day.
func (c Complaint) Overdue(today calendar.Date) bool {
	return c.AnsweredAt.IsZero() && today.After(c.DueOn)
}

// Complain keeps a complaint and returns its ticket. key, made by the form,
// keeps a second click from making a second one.
func (s *Service) Complain(ctx context.Context, f inspection.Form, key, text, contact string) (ticket string, err error) {
	ps := words("words", text, true)
	if len([]rune(contact)) > 100 {
		ps = append(ps, errs.Problem{Field: "contact", Sentence: "联系方式最多 100 字"})
	}
	if err := errs.All(ps); err != nil {
		return "", err
	}
	secretKey := sha256.Sum256([]byte("suiji/ticket/1\n" + f.ID + "\n" + key))
	ticket = strings.ToUpper(hex.EncodeToString(secretKey[:8]))
	now := s.now()
	return ticket, s.door.Keep(ctx, func(tx *store.DB) error {
		_, err := tx.Exec(ctx, `
			INSERT INTO feedback_complaint (authority_id, ticket, form_id, words, contact, made_at, due_on, answer, answered_by, answered_at)
			VALUES ($1, $2, $3, $4, $5, $6, $7, '', '', 0)
			ON CONFLICT (authority_id, ticket) DO NOTHING`,
			f.Authority, ticket, f.ID, strings.TrimSpace(text), strings.TrimSpace(contact), now.UnixMilli(), calendar.In(now).AddDays(answerWithin).String())
		return err
	})
}

const complaintCols = `ticket, form_id, words, contact, made_at, due_on, answer, answered_by, answered_at`

func scanComplaint(row store.Scanner) (c Complaint, err error) {
	var due string
	var made, answered int64
	if err := row.Scan(&c.Ticket, &c.FormID, &c.Words, &c.Contact, &made, &due, &c.Answer, &c.AnsweredBy, &answered); err != nil {
		return c, err
	}
	c.MadeAt = time.UnixMilli(made).UTC()
	if answered != 0 {
		c.AnsweredAt = time.UnixMilli(answered).UTC()
	}
	c.DueOn, err = calendar.Parse(due)
	return c, err
}

// Ticket returns the complaint with a ticket, to whoever holds that.
func (s *Service) Ticket(ctx context.Context, authority, ticket string) (Complaint, error) {
	return store.One(ctx, s.db, scanComplaint, `
		SELECT `+complaintCols+`
		FROM feedback_complaint
		WHERE authority_id = $1 AND ticket = $2`, authority, strings.ToUpper(strings.TrimSpace(ticket)))
}

// Complaints lists the complaints, the open ones first, for who answers them.
// Errors: Forbidden for everybody else.
func (s *Service) Complaints(ctx context.Context, a access.Actor) ([]Complaint, error) {
	if !access.Allow(a, access.ComplaintAnswer) {
		return nil, errs.E(errs.Forbidden, "投诉由局领导处理，您的角色不能查看")
	}
	return store.All(ctx, s.db, scanComplaint, `
		SELECT `+complaintCols+`
		FROM feedback_complaint
		WHERE authority_id = $1
		ORDER BY answered_at <> 0, due_on, ticket`, a.Authority)
}

// Waiting lists the complaints of an office that are not answered, for the
// board of what is due.
func Waiting(ctx context.Context, db *store.DB, authority string) ([]Complaint, error) {
	return store.All(ctx, db, scanComplaint, `
		SELECT `+complaintCols+`
		FROM feedback_complaint
		WHERE authority_id = $1 AND answered_at = 0
		ORDER BY due_on, ticket`, authority)
}

// AnswerComplaint tells the firm what became of its complaint; once.
func (s *Service) AnswerComplaint(ctx context.Context, a access.Actor, ticket, text string) error {
	if err := errs.All(words("", text, true)); err != nil {
		return err
	}
	return s.door.Do(ctx, a, access.ComplaintAnswer, ticket, func(tx *store.DB) error {
		n, err := tx.Exec(ctx, `
			UPDATE feedback_complaint
			SET answer = $3, answered_by = $4, answered_at = $5
			WHERE authority_id = $1 AND ticket = $2 AND answered_at = 0`, a.Authority, ticket, strings.TrimSpace(text), a.Name, s.now().UnixMilli())
		if err == nil && n == 0 {
			err = errs.E(errs.Conflict, "没有这件投诉，或者已经答复，没有任何改动")
		}
		return err
	})
}

// Bad is how many said no to the i-th question, from 0.
func (s Summary) Bad(i int) int { return s.Count - s.Well[i] }
