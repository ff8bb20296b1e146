package notice

import (
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"time"

	"suiji/calendar"
	"suiji/internal/access"
	"suiji/internal/errs"
	"suiji/internal/identity"
	"suiji/internal/store"
)

// Line is one row as a message tells it.
type Line struct {
	What  string `json:"what"`  // inside the office
	Plain string `json:"plain"` // outside: names nobody
	Due   string `json:"due"`
	Left  string `json:"left"`
	Href  string `json:"href"`
	Late  bool   `json:"late"`
	Told  bool   `json:"told"` // to the leader, because others are late
}

// Message is what one person was told on one day.
type Message struct {
	ID      string
	Account string
	Day     string
	At      time.Time
	Title   string
	Lines   []Line
	ReadAt  time.Time
	kind    string
}

// sweepFrom is the hour of the day, in China, from which messages are made.
const sweepFrom = 8

// leaseFor is how long a node may take for one sweep.
const leaseFor = 5 * time.Minute

// marksOf are the days before the last day on which people are told; -1 is the
// day after. A certificate takes long to renew.
func marksOf(k Kind) []int {
	if k == Certificate {
		return []int{60, 30, 7, 3, 1, -1}
	}
	return []int{7, 3, 1, -1}
}

// markOf returns the most urgent mark that has been reached: after days of
// outage the ones passed over come down to this one.
func markOf(k Kind, due, today calendar.Date) (mark int, reached bool) {
	if due.Zero() {
		return 0, false
	}
	for _, m := range marksOf(k) {
		if today.DaysUntil(due) <= m {
			mark, reached = m, true
		}
	}
	return mark, reached
}

// Sweep looks at what is due in an office and makes today's messages, once a
// day however often, late or on however many nodes it is called.
func (s *Service) Sweep(ctx context.Context, authority string) error {
	now := s.Now()
	today := calendar.In(now)
	if now.Before(today.Start().Add(sweepFrom * time.Hour)) {
		return nil
	}
	mine, err := s.lease(ctx, authority, now, today)
	if err != nil || !mine {
		return err
	}
	rows, err := s.rows(ctx, authority)
	if err != nil {
		return err
	}
	accounts, err := s.Identity.Accounts(ctx, authority)
	if err != nil {
		return err
	}
	of := map[string][]Row{"": rows} // as those of a unit may know them
	for _, a := range accounts {
		if _, known := of[a.Unit]; !known {
			if of[a.Unit], err = s.rows(identity.WithActor(ctx, a.Actor()), authority); err != nil {
				return err
			}
		}
	}
	return s.Door.Keep(ctx, func(tx *store.DB) error {
		for _, a := range accounts {
			if !a.Active {
				continue
			}
			if err := s.tell(ctx, tx, a, of[a.Unit], now); err != nil {
				return fmt.Errorf("tell %s: %w", a.ID, err)
			}
		}
		_, err := tx.Exec(ctx, `
			UPDATE notice_lease
			SET day = $2, until = 0
			WHERE authority_id = $1 AND job = 'sweep'`, authority, today.String())
		return err
	})
}

// lease takes today's sweep, if nobody has done it or is doing it. A lease that
// ends later than any can was given by a clock that ran ahead: it is void.
func (s *Service) lease(ctx context.Context, authority string, now time.Time, today calendar.Date) (mine bool, err error) {
	err = s.Door.Keep(ctx, func(tx *store.DB) error {
		n, err := tx.Exec(ctx, `
			INSERT INTO notice_lease (authority_id, job, holder, until, day)
			VALUES ($1, 'sweep', $2, $3, '')
			ON CONFLICT (authority_id, job) DO UPDATE
			SET holder = excluded.holder, until = excluded.until
			WHERE notice_lease.day <> $4 AND (notice_lease.until <= $5 OR notice_lease.until > $3)`,
			authority, store.NewID(now), now.Add(leaseFor).UnixMilli(), today.String(), now.UnixMilli())
		mine = n == 1
		return err
	})
	return mine, err
}

// tell makes the message of one person, if there is something new to tell and
// none was made today.
func (s *Service) tell(ctx context.Context, tx *store.DB, a identity.Account, rows []Row, now time.Time) error {
	today := calendar.In(now)
	done, err := store.One(ctx, tx, store.Value[int64], `
		SELECT count(*)
		FROM notice_message
		WHERE authority_id = $1 AND kind = 'due' AND day = $2 AND account_id = $3`, a.Authority, today.String(), a.ID)
	if err != nil || done > 0 {
		return err
	}
	told, err := readTold(ctx, tx, a, today)
	if err != nil {
		return err
	}
	var lines []Line
	for _, r := range rows {
		mark, reached := markOf(r.Kind, r.Due, today)
		late := mark == -1
		if before, ok := told[r.Key+"|"+r.Due.String()]; !reached || ok && before <= mark {
			continue
		}
		own := r.Of(a.Actor())
		if !r.within(a.Actor()) || !own && !(late && a.Actor().Has(access.Leader)) {
			continue
		}
		lines = append(lines, lineOf(r, a, today, late, !own))
		if _, err := tx.Exec(ctx, `
			INSERT INTO notice_told (authority_id, account_id, item, due_on, mark, day)
			VALUES ($1, $2, $3, $4, $5, $6)
			ON CONFLICT (authority_id, account_id, item, due_on) DO UPDATE
			SET mark = excluded.mark, day = excluded.day`, a.Authority, a.ID, r.Key, r.Due.String(), mark, today.String()); err != nil {
			return err
		}
	}
	if len(lines) == 0 {
		return nil
	}
	return s.write(ctx, tx, a, lines, now)
}

// readTold returns how urgently somebody has been told of each thing. What is
// said to have been told on a later day was told by a clock that ran ahead.
func readTold(ctx context.Context, tx *store.DB, a identity.Account, today calendar.Date) (map[string]int, error) {
	type mark struct {
		key string
		n   int
	}
	told := map[string]int{}
	err := store.Each(ctx, tx, func(row store.Scanner) (m mark, err error) {
		var due string
		err = row.Scan(&m.key, &due, &m.n)
		m.key += "|" + due
		return m, err
	}, func(m mark) error {
		told[m.key] = m.n
		return nil
	}, `
		SELECT item, due_on, mark
		FROM notice_told
		WHERE authority_id = $1 AND account_id = $2 AND day <= $3`, a.Authority, a.ID, today.String())
	return told, err
}

func lineOf(r Row, a identity.Account, today calendar.Date, late, told bool) Line {
	l := Line{What: r.What, Plain: r.Kind.Name(), Due: r.Due.String(), Left: Left(r.Due, today), Href: r.Href, Late: late, Told: told}
	if r.Round != "" {
		l.What, l.Plain = l.What+"（"+r.Round+"）", l.Plain+"（轮次 "+r.Round+"）"
	}
	if i := slices.IndexFunc(r.People, func(p Person) bool { return p.Account == a.ID && p.Things > 0 }); i >= 0 {
		l.What += fmt.Sprintf("，其中您 %d", r.People[i].Things)
	}
	return l
}

// write keeps a message, and what of it leaves the house.
func (s *Service) write(ctx context.Context, tx *store.DB, a identity.Account, lines []Line, now time.Time) error {
	late := 0
	for _, l := range lines {
		if l.Late {
			late++
		}
	}
	title := fmt.Sprintf("%d 项期限要办", len(lines))
	if late > 0 {
		title += fmt.Sprintf("，其中 %d 项已超期", late)
	}
	raw, err := json.Marshal(lines)
	if err != nil {
		return err
	}
	id := store.NewID(now)
	if _, err := tx.Exec(ctx, `
		INSERT INTO notice_message (authority_id, kind, day, account_id, message_id, at, title, lines, read_at)
		VALUES ($1, 'due', $2, $3, $4, $5, $6, $7, 0)`, a.Authority, calendar.In(now).String(), a.ID, id, now.UnixMilli(), title, string(raw)); err != nil {
		return err
	}
	return s.enqueue(ctx, tx, a, id, now)
}

const messageCols = `kind, message_id, account_id, day, at, title, lines, read_at`

func scanMessage(row store.Scanner) (m Message, err error) {
	var at, read int64
	var raw string
	if err := row.Scan(&m.kind, &m.ID, &m.Account, &m.Day, &at, &m.Title, &raw, &read); err != nil {
		return m, err
	}
	m.At = time.UnixMilli(at).UTC()
	if read > 0 {
		m.ReadAt = time.UnixMilli(read).UTC()
	}
	return m, json.Unmarshal([]byte(raw), &m.Lines)
}

// Messages returns a person's own messages, the newest first, and how many of
// all are not read.
func (s *Service) Messages(ctx context.Context, a access.Actor, limit int) (list []Message, unread int, err error) {
	list, err = store.All(ctx, s.DB, scanMessage, `
		SELECT `+messageCols+`
		FROM notice_message
		WHERE authority_id = $1 AND account_id = $2
		ORDER BY at DESC, message_id DESC
		LIMIT $3`, a.Authority, a.ID, limit)
	if err != nil {
		return nil, 0, err
	}
	unread, err = store.One(ctx, s.DB, store.Value[int], `
		SELECT count(*)
		FROM notice_message
		WHERE authority_id = $1 AND account_id = $2 AND read_at = 0`, a.Authority, a.ID)
	return list, unread, err
}

// Read marks one of a person's own messages as read; id empty: all of them.
// Errors: NotFound for a message that is not there, or another's.
func (s *Service) Read(ctx context.Context, a access.Actor, id string) error {
	return s.Door.Keep(ctx, func(tx *store.DB) error {
		own, err := store.One(ctx, tx, store.Value[int], `
			SELECT count(*)
			FROM notice_message
			WHERE authority_id = $1 AND account_id = $2 AND message_id = $3`, a.Authority, a.ID, id)
		if err != nil {
			return err
		}
		if id != "" && own == 0 {
			return errs.E(errs.NotFound, "没有这条消息")
		}
		_, err = tx.Exec(ctx, `
			UPDATE notice_message
			SET read_at = $4
			WHERE authority_id = $1 AND account_id = $2 AND ($3 = '' OR message_id = $3) AND read_at = 0`, a.Authority, a.ID, id, s.Now().UnixMilli())
		return err
	})
}

// Address returns where a person's e-mails go; empty: nowhere.
func (s *Service) Address(ctx context.Context, a access.Actor) (string, error) {
	email, err := store.One(ctx, s.DB, store.Value[string], `
		SELECT email
		FROM notice_address
		WHERE authority_id = $1 AND account_id = $2`, a.Authority, a.ID)
	if errs.KindOf(err) == errs.NotFound {
		return "", nil
	}
	return email, err
}

// SetAddress says where a person's own e-mails go; empty: nowhere.
func (s *Service) SetAddress(ctx context.Context, a access.Actor, email string) error {
	email = strings.TrimSpace(email)
	if email != "" && !s.mailable(email) {
		return errs.At("email", "没有保存：本系统没有启用邮件，或者这个地址不在允许外发的范围内。请填写单位邮箱，或请系统管理员检查外发设置")
	}
	return s.Door.Do(ctx, a, access.NoticeAddress, a.ID, func(tx *store.DB) error {
		_, err := tx.Exec(ctx, `
			INSERT INTO notice_address (authority_id, account_id, email)
			VALUES ($1, $2, $3)
			ON CONFLICT (authority_id, account_id) DO UPDATE
			SET email = excluded.email`, a.Authority, a.ID, email)
		return err
	})
}
