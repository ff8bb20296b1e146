package notice

import (
	"context"
	"encoding/json"
	"slices"
	"strings"
	"time"

	"suiji/calendar"
	"suiji/internal/access"
	"suiji/internal/identity"
	"suiji/internal/store"
)

// News is something that people are told at once, and not with the day's
// reminders.
type News struct {
	Key   string // the same news is told a person once
	At    time.Time
	Title string // may leave the house: names nobody
	Text  string // inside the office
	To    [][]access.Role
}

// newsKind begins the kind of their messages.
const newsKind = "alarm "

// Announce tells those who have the first of each group's roles that anybody
// has, and sends it on its way out. It may be called again.
func (s *Service) Announce(ctx context.Context, authority string, n News) error {
	accounts, err := s.Identity.Accounts(ctx, authority)
	if err != nil {
		return err
	}
	accounts = slices.DeleteFunc(accounts, func(a identity.Account) bool { return !a.Active })
	kind, day := newsKind+n.Key, calendar.In(n.At).String()
	told, err := store.All(ctx, s.DB, store.Value[string], `
		SELECT account_id
		FROM notice_message
		WHERE authority_id = $1 AND kind = $2 AND day = $3`, authority, kind, day)
	if err != nil {
		return err
	}
	var to []identity.Account
	for _, a := range accounts {
		if n.to(a, accounts) && !slices.Contains(told, a.ID) {
			to = append(to, a)
		}
	}
	if len(to) == 0 {
		return nil // as nearly always: the writer is left alone
	}
	raw, err := json.Marshal([]Line{{What: n.Text, Plain: n.Title, Late: true}})
	if err != nil {
		return err
	}
	return s.Door.Keep(ctx, func(tx *store.DB) error {
		for _, a := range to {
			id := store.NewID(s.Now())
			made, err := tx.Exec(ctx, `
				INSERT INTO notice_message (authority_id, kind, day, account_id, message_id, at, title, lines, read_at)
				VALUES ($1, $2, $3, $4, $5, $6, $7, $8, 0)
				ON CONFLICT (authority_id, kind, day, account_id) DO NOTHING`,
				authority, kind, day, a.ID, id, n.At.UnixMilli(), n.Title, string(raw))
			if err == nil && made == 1 {
				err = s.enqueue(ctx, tx, a, id, s.Now())
			}
			if err != nil {
				return err
			}
		}
		return nil
	})
}

func (n News) to(a identity.Account, all []identity.Account) bool {
	return slices.ContainsFunc(n.To, func(group []access.Role) bool {
		for _, role := range group {
			if slices.ContainsFunc(all, func(x identity.Account) bool { return slices.Contains(x.Roles, role) }) {
				return slices.Contains(a.Roles, role)
			}
		}
		return false
	})
}

// Alarm reports whether the message tells of an alarm, and not of what is due.
func (m Message) Alarm() bool { return strings.HasPrefix(m.kind, newsKind) }
