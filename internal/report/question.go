package report

import (
	"context"
	"fmt"
	"strings"
	"time"
	"unicode/utf8"

	"suiji/calendar"
	"suiji/internal/access"
	"suiji/internal/errs"
	"suiji/internal/store"
)

// Question is one to the superior department (请示汇报, 1.49): written, sent,
// answered.
type Question struct {
	No           int
	Title, Words string
	AskedName    string
	AskedAt      time.Time
	Unit         string // to whom; empty: not sent
	Number       string
	SentOn       calendar.Date
	SentName     string
	Answer       string // empty: none yet
	AnswerNumber string
	AnsweredOn   calendar.Date
	AnsweredName string
}

// State is how far it has come, in Chinese.
func (q Question) State() string {
	switch {
	case q.Answer != "":
		return "已答复"
	case q.Unit != "":
		return "已上报，待答复"
	}
	return "待上报"
}

const questionCols = `no, title, words, asked_name, asked_at, to_unit, number, sent_on, sent_name, answer, answer_number, answered_on, answered_name`

func scanQuestion(row store.Scanner) (q Question, err error) {
	var at int64
	var sent, answered string
	err = row.Scan(&q.No, &q.Title, &q.Words, &q.AskedName, &at, &q.Unit, &q.Number, &sent, &q.SentName, &q.Answer, &q.AnswerNumber, &answered, &q.AnsweredName)
	if err != nil {
		return q, err
	}
	q.AskedAt = store.Instant(at)
	return q, days(day{sent, &q.SentOn}, day{answered, &q.AnsweredOn})
}

// Questions lists those in which a text occurs, all if it is empty, the newest
// first.
func (s *Service) Questions(ctx context.Context, authority, text string) ([]Question, error) {
	all, err := store.All(ctx, s.DB, scanQuestion, `
		SELECT `+questionCols+`
		FROM report_question
		WHERE authority_id = $1
		ORDER BY no DESC`, authority)
	var found []Question
	for _, q := range all {
		if strings.Contains(q.Title+q.Words+q.Answer+q.Number+q.AnswerNumber, text) {
			found = append(found, q)
		}
	}
	return found, err
}

// Question returns one, or NotFound.
func (s *Service) Question(ctx context.Context, authority string, no int) (Question, error) {
	return question(ctx, s.DB, authority, no)
}

func question(ctx context.Context, db *store.DB, authority string, no int) (Question, error) {
	q, err := store.One(ctx, db, scanQuestion, `
		SELECT `+questionCols+`
		FROM report_question
		WHERE authority_id = $1 AND no = $2`, authority, no)
	if errs.KindOf(err) == errs.NotFound {
		err = errs.E(errs.NotFound, "没有这个问题")
	}
	return q, err
}

// Ask writes a question down.
func (s *Service) Ask(ctx context.Context, a access.Actor, title, words string) error {
	title, words = strings.TrimSpace(title), strings.TrimSpace(words)
	if title == "" || utf8.RuneCountInString(title) > 100 {
		return errs.At("title", "请填写标题（最多 100 字）")
	}
	if words == "" || utf8.RuneCountInString(words) > maxWords {
		return errs.At("words", fmt.Sprintf("请写明情况和要请示的问题（最多 %d 字）", maxWords))
	}
	return s.Door.Do(ctx, a, access.ReportAsk, title, func(tx *store.DB) error {
		no, err := next(ctx, tx, "report_question", a.Authority)
		if err != nil {
			return err
		}
		_, err = tx.Exec(ctx, `
			INSERT INTO report_question (authority_id, `+questionCols+`)
			VALUES ($1, $2, $3, $4, $5, $6, '', '', '', '', '', '', '', '')`,
			a.Authority, no, title, words, a.Name, s.Now().UnixMilli())
		return err
	})
}

// SendQuestion records to whom a question was sent.
func (s *Service) SendQuestion(ctx context.Context, a access.Actor, no int, l Letter) error {
	return s.question(ctx, a, no, func(tx *store.DB, q Question) error {
		if q.Unit != "" {
			return errs.E(errs.Conflict, q.SentName+" 已登记上报，没有改动")
		}
		if err := l.check(s.today(), calendar.In(q.AskedAt), true); err != nil {
			return err
		}
		_, err := tx.Exec(ctx, `UPDATE report_question SET to_unit = $3, number = $4, sent_on = $5, sent_name = $6 WHERE authority_id = $1 AND no = $2`,
			a.Authority, no, l.Unit, l.Number, l.On.String(), a.Name)
		return err
	})
}

// AnswerQuestion enters what the superior department answered.
func (s *Service) AnswerQuestion(ctx context.Context, a access.Actor, no int, l Letter, answer string) error {
	answer = strings.TrimSpace(answer)
	return s.question(ctx, a, no, func(tx *store.DB, q Question) error {
		if q.Unit == "" || q.Answer != "" {
			return errs.E(errs.Conflict, "这个问题"+q.State()+"，没有改动")
		}
		if answer == "" || utf8.RuneCountInString(answer) > maxWords {
			return errs.At("answer", fmt.Sprintf("请填写答复的内容（最多 %d 字）", maxWords))
		}
		if err := l.check(s.today(), q.SentOn, false); err != nil {
			return err
		}
		_, err := tx.Exec(ctx, `UPDATE report_question SET answer = $3, answer_number = $4, answered_on = $5, answered_name = $6 WHERE authority_id = $1 AND no = $2`,
			a.Authority, no, answer, l.Number, l.On.String(), a.Name)
		return err
	})
}

func (s *Service) question(ctx context.Context, a access.Actor, no int, fn func(*store.DB, Question) error) error {
	return s.Door.Do(ctx, a, access.ReportAsk, fmt.Sprint("question ", no), func(tx *store.DB) error {
		q, err := question(ctx, tx, a.Authority, no)
		if err != nil {
			return err
		}
		return fn(tx, q)
	})
}
