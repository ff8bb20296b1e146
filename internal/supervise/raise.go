package supervise

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"slices"
	"strings"

	"suiji/calendar"
	"suiji/internal/store"
)

// id names a pattern by its facts: what it is about and the rows behind it, not
// the words that count them.
func (x found) id(rule Code) string {
	h := sha256.New()
	fmt.Fprintf(h, "%s\n%s\n", rule, x.subject)
	for _, r := range x.rows {
		fmt.Fprintf(h, "%s|%d|%s|%s|%s|%s\n", r.Day, store.Millis(r.At), r.Round, r.Form, r.Target, r.Words)
	}
	return "Q" + strings.ToUpper(hex.EncodeToString(h.Sum(nil)[:5]))
}

// seen is a pattern with its rule.
type seen struct {
	found
	rule Rule
}

// last is the day on which a pattern ended.
func (x found) last() (d calendar.Date) {
	for _, r := range x.rows {
		if r.Day.After(d) {
			d = r.Day
		}
	}
	return d
}

// look goes through an authority's records by its rules. What ended before the
// day that it returns is not judged.
func (s *Service) look(ctx context.Context, authority string) (map[string]seen, calendar.Date, error) {
	rules, err := s.Rules(ctx, authority)
	if err != nil {
		return nil, calendar.Date{}, err
	}
	pair := slices.IndexFunc(rules, func(r Rule) bool { return r.Code == Pair })
	over := spanOf(calendar.In(s.Now()), rules[pair].numbers()["days"])
	f, err := s.facts(ctx, authority, over)
	if err != nil {
		return nil, calendar.Date{}, err
	}
	all := map[string]seen{}
	for _, r := range rules {
		if r.find == nil {
			continue
		}
		for _, x := range r.find(f, r.numbers()) {
			if !x.last().Before(over.since) {
				all[x.id(r.Code)] = seen{x, r}
			}
		}
	}
	return all, over.since, nil
}

// head is what is kept of a question that the next look needs.
type head struct {
	id, rule, subject string
	state             State
	last              string // the day on which the pattern ended
}

func heads(ctx context.Context, db *store.DB, authority string) ([]head, error) {
	return store.All(ctx, db, func(row store.Scanner) (h head, err error) {
		return h, row.Scan(&h.id, &h.rule, &h.subject, &h.state, &h.last)
	}, `
		SELECT q.question_id, q.rule, q.subject, q.state,
			(SELECT coalesce(max(r.day), '') FROM supervise_row r WHERE r.authority_id = q.authority_id AND r.question_id = q.question_id)
		FROM supervise_question q
		WHERE q.authority_id = $1
		ORDER BY q.raised_at, q.question_id`, authority)
}

// Look raises what is seen for the first time, and closes what is not seen any
// more. Nothing new changes nothing; what ended more than a year ago stays as it
// stands. It is housekeeping: nobody acts.
func (s *Service) Look(ctx context.Context, authority string) error {
	all, since, err := s.look(ctx, authority)
	if err != nil {
		return fmt.Errorf("look for odd patterns: %w", err)
	}
	moment := s.Now().UnixMilli() // one for all that is seen at once
	return s.Door.Keep(ctx, func(tx *store.DB) error {
		before, err := heads(ctx, tx, authority)
		if err != nil {
			return err
		}
		known, last := map[string]head{}, map[string]string{}
		for _, h := range before {
			known[h.id] = h
			if h.state != Closed {
				last[h.rule+"|"+h.subject] = h.id
			}
		}
		now := map[string]string{}
		for _, id := range sorted(all) {
			x := all[id]
			about := string(x.rule.Code) + "|" + x.subject
			now[about] = id
			h, ok := known[id]
			switch {
			case !ok:
				err = s.raise(ctx, tx, authority, id, x, last[about], moment)
			case h.state == Closed:
				err = s.again(ctx, tx, authority, id)
			}
			if err != nil {
				return err
			}
		}
		for _, h := range before {
			if _, still := all[h.id]; still || h.last < since.String() || h.state != Open && h.state != Answered {
				continue
			}
			why := "按现在的记录和门槛，这一情形已不存在"
			if next := now[h.rule+"|"+h.subject]; next != "" {
				why = "依据的记录有变动，改由 " + next + " 询问"
			}
			if err := s.close(ctx, tx, authority, h.id, why); err != nil {
				return err
			}
		}
		return nil
	})
}

func (s *Service) raise(ctx context.Context, tx *store.DB, authority, id string, x seen, previous string, now int64) error {
	n, err := tx.Exec(ctx, `
		INSERT INTO supervise_question (authority_id, question_id, rule, subject, what, state, role, raised_at, asked_at, previous, closed_why, closed_at)
		VALUES ($1, $2, $3, $4, $5, 'open', $6, $7, $7, $8, '', 0)
		ON CONFLICT (authority_id, question_id) DO NOTHING`,
		authority, id, string(x.rule.Code), x.subject, x.what, string(x.rule.Role), now, previous)
	if err != nil || n == 0 {
		return err
	}
	for i, r := range x.rows {
		_, err := tx.Exec(ctx, `
			INSERT INTO supervise_row (authority_id, question_id, no, day, at, round_id, form_id, target_id, firm, words)
			VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)`,
			authority, id, i+1, r.Day.String(), store.Millis(r.At), r.Round, r.Form, r.Target, r.Firm, r.Words)
		if err != nil {
			return err
		}
	}
	for _, p := range x.asked {
		_, err := tx.Exec(ctx, `
			INSERT INTO supervise_asked (authority_id, question_id, kind, person, name)
			VALUES ($1, $2, $3, $4, $5)
			ON CONFLICT (authority_id, question_id, kind, person) DO NOTHING`, authority, id, p.Kind, p.ID, p.Name)
		if err != nil {
			return err
		}
	}
	return nil
}

// again asks a question anew whose facts have come back.
func (s *Service) again(ctx context.Context, tx *store.DB, authority, id string) error {
	_, err := tx.Exec(ctx, `
		UPDATE supervise_question
		SET state = 'open', asked_at = $3, closed_why = '', closed_at = 0
		WHERE authority_id = $1 AND question_id = $2`, authority, id, s.Now().UnixMilli())
	if err != nil {
		return err
	}
	return s.say(ctx, tx, authority, id, Word{Kind: "again", Text: "同样的情形再次出现", By: "系统", ByID: "system"})
}

func (s *Service) close(ctx context.Context, tx *store.DB, authority, id, why string) error {
	_, err := tx.Exec(ctx, `
		UPDATE supervise_question
		SET state = 'closed', closed_why = $3, closed_at = $4
		WHERE authority_id = $1 AND question_id = $2`, authority, id, why, s.Now().UnixMilli())
	if err != nil {
		return err
	}
	return s.say(ctx, tx, authority, id, Word{Kind: "closed", Text: why, By: "系统", ByID: "system"})
}

// say keeps one more word under a question.
func (s *Service) say(ctx context.Context, tx *store.DB, authority, id string, w Word) error {
	n, err := store.One(ctx, tx, store.Value[int], `
		SELECT count(*)
		FROM supervise_word
		WHERE authority_id = $1 AND question_id = $2`, authority, id)
	if err != nil {
		return err
	}
	_, err = tx.Exec(ctx, `
		INSERT INTO supervise_word (authority_id, question_id, no, kind, words, by_id, by_name, at)
		VALUES ($1, $2, $3, $4, $5, $6, $7, $8)`, authority, id, n+1, w.Kind, w.Text, w.ByID, w.By, s.Now().UnixMilli())
	return err
}
