package audit

import (
	"context"
	"fmt"
	"time"

	"suiji/internal/store"
)

// Query chooses entries of a log; what is empty chooses all.
type Query struct {
	Object  string    // beginning of the object
	Actor   string    // part of the name
	Action  string    // beginning of the action
	Refused bool      // only what was refused
	From    time.Time // not before
	Before  time.Time // before
}

// where is the query's condition, with the authority as $1.
func (q Query) where(authority string) (string, []any) {
	text, args := "authority_id = $1", []any{authority}
	add := func(condition string, arg any) {
		args = append(args, arg)
		text += fmt.Sprintf(" AND "+condition, len(args))
	}
	if q.Object != "" {
		add("substr(object, 1, length($%[1]d)) = $%[1]d", q.Object)
	}
	if q.Actor != "" {
		add("length(replace(actor_name, $%[1]d, '')) < length(actor_name)", q.Actor)
	}
	if q.Action != "" {
		add("substr(action, 1, length($%[1]d)) = $%[1]d", q.Action)
	}
	if q.Refused {
		text += " AND NOT allowed"
	}
	if !q.From.IsZero() {
		add("at >= $%d", q.From.UnixMilli())
	}
	if !q.Before.IsZero() {
		add("at < $%d", q.Before.UnixMilli())
	}
	return text, args
}

// Find returns the newest limit entries that q chooses.
func (d *Door) Find(ctx context.Context, authority string, q Query, limit int) ([]Entry, error) {
	where, args := q.where(authority)
	return store.All(ctx, d.db, scanEntry, `
		SELECT `+entryCols+`
		FROM audit_entry
		WHERE `+where+fmt.Sprintf(`
		ORDER BY at DESC, entry_id DESC
		LIMIT $%d`, len(args)+1), append(args, limit)...)
}

// Each calls fn for every entry that q chooses, the oldest first.
func (d *Door) Each(ctx context.Context, authority string, q Query, fn func(Entry) error) error {
	where, args := q.where(authority)
	return store.Each(ctx, d.db, scanEntry, fn, `
		SELECT `+entryCols+`
		FROM audit_entry
		WHERE `+where+`
		ORDER BY at, entry_id`, args...)
}
