package supervise

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"unicode/utf8"

	"suiji/internal/access"
	"suiji/internal/errs"
	"suiji/internal/store"
)

// mostWords is the greatest length of an answer, in characters.
const mostWords = 1000

// Mine reports whether a question is a person's to answer: as officer, as
// account, or by the role.
func (q Question) Mine(a access.Actor, officer string) bool {
	return q.Role != "" && a.Has(q.Role) || slices.ContainsFunc(q.Asked, func(p Person) bool {
		return p.Kind == "officer" && officer != "" && p.ID == officer || p.Kind == "account" && p.ID == a.ID
	})
}

// Answer answers an open question. The same words by the same person once more
// change nothing. Errors: Invalid; Forbidden for who is not asked; Conflict if
// it is not open.
func (s *Service) Answer(ctx context.Context, a access.Actor, id, words string) error {
	words = strings.TrimSpace(words)
	if n := utf8.RuneCountInString(words); n < 10 || n > mostWords {
		return errs.At("answer", fmt.Sprintf("请写明情况，10 到 %d 字", mostWords))
	}
	return s.Door.Do(ctx, a, access.SuperviseAnswer, id, func(tx *store.DB) error {
		q, err := s.readTx(ctx, tx, a.Authority, id)
		if err != nil {
			return err
		}
		officer, err := s.officer(ctx, a)
		if err != nil {
			return err
		}
		if !q.Mine(a, officer) {
			return errs.E(errs.Forbidden, "这个问题没有问您，没有保存")
		}
		if last := q.Last(); q.State == Answered && last.ByID == a.ID && last.Text == words {
			return nil
		}
		if q.State != Open {
			return errs.E(errs.Conflict, "这个问题现在是“"+q.State.Name()+"”，不用再答复，没有保存。请刷新页面")
		}
		return s.move(ctx, tx, a, q.ID, Answered, Word{Kind: "answer", Text: words})
	})
}

// Judge accepts an answer, or opens the question again with what is still to be
// said; no is the answer that was read. Who answered does not judge. Errors:
// Invalid; Forbidden; Conflict if another answer stands there, or none.
func (s *Service) Judge(ctx context.Context, a access.Actor, id string, no int, accept bool, words string) error {
	words = strings.TrimSpace(words)
	least, to, kind := 0, Accepted, "accept"
	if !accept {
		least, to, kind = 5, Open, "reopen"
	}
	if n := utf8.RuneCountInString(words); n < least || n > mostWords {
		return errs.At("opinion", fmt.Sprintf("退回再问的，请写明还要说明什么，至少 5 字；最多 %d 字", mostWords))
	}
	return s.Door.Do(ctx, a, access.SuperviseJudge, id+" "+kind, func(tx *store.DB) error {
		q, err := s.readTx(ctx, tx, a.Authority, id)
		if err != nil {
			return err
		}
		last := q.Last()
		if q.State != Answered || last.No != no {
			return errs.E(errs.Conflict, "这个问题现在是“"+q.State.Name()+"”：可能刚刚已有人处理，没有任何改动，请刷新页面")
		}
		if last.ByID == a.ID {
			return errs.E(errs.Forbidden, "答复是您写的，须由其他人审阅。没有任何改动")
		}
		return s.move(ctx, tx, a, q.ID, to, Word{Kind: kind, Text: words})
	})
}

// move brings a question into another state, with the words that did it. A
// question that is open again has its clock anew.
func (s *Service) move(ctx context.Context, tx *store.DB, a access.Actor, id string, to State, w Word) error {
	_, err := tx.Exec(ctx, `
		UPDATE supervise_question
		SET state = $3, asked_at = CASE WHEN $3 = 'open' THEN $4 ELSE asked_at END
		WHERE authority_id = $1 AND question_id = $2`, a.Authority, id, string(to), s.Now().UnixMilli())
	if err != nil {
		return err
	}
	w.ByID, w.By = a.ID, a.Name
	return s.say(ctx, tx, a.Authority, id, w)
}

// officer returns which officer of the register an account is; empty: none.
func (s *Service) officer(ctx context.Context, a access.Actor) (string, error) {
	acc, err := s.Identity.Account(ctx, a.Authority, a.ID)
	if errs.KindOf(err) == errs.NotFound {
		return "", nil
	}
	return acc.OfficerID, err
}
