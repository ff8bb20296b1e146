// Package filter keeps what people look for in the lists again and again (我的
// 筛选): the conditions of a page under a name, for oneself or for everybody in
// the office. It owns the table filter_saved.
package filter

import (
	"context"
	"fmt"
	"time"

	"suiji/internal/access"
	"suiji/internal/audit"
	"suiji/internal/errs"
	"suiji/internal/store"
	"suiji/internal/wording"
)

// Service keeps filters.
type Service struct {
	db   *store.DB
	door *audit.Door
	now  func() time.Time
}

// New makes the service.
func New(db *store.DB, door *audit.Door, now func() time.Time) *Service {
	return &Service{db: db, door: door, now: now}
}

// Saved is one filter. Of one person's filters of a list no two have one name.
type Saved struct {
	List   string
	Name   string
	Query  string // of the page's address
	Shared bool   // shown to colleagues
	Owner  string // account
	By     string // the owner's name
}

// Bounds of a person's filters.
const (
	longestName  = 20   // characters
	longestQuery = 2000 // bytes
	most         = 30   // of one list
)

const savedCols = `list, name, query, shared, account_id, account_name`

func scanSaved(row store.Scanner) (f Saved, err error) {
	err = row.Scan(&f.List, &f.Name, &f.Query, &f.Shared, &f.Owner, &f.By)
	return f, err
}

// Of returns a person's filters of a list and those that colleagues share, by
// name, their own first.
func (s *Service) Of(ctx context.Context, a access.Actor, list string) ([]Saved, error) {
	return store.All(ctx, s.db, scanSaved, `
		SELECT `+savedCols+`
		FROM filter_saved
		WHERE authority_id = $1 AND list = $2 AND (account_id = $3 OR shared)
		ORDER BY CASE WHEN account_id = $3 THEN 0 ELSE 1 END, name, account_id`, a.Authority, list, a.ID)
}

// Save keeps a filter as the person's own, in place of the one that has its
// name. Errors: Forbidden; Invalid at
// "name", or without conditions.
func (s *Service) Save(ctx context.Context, a access.Actor, f Saved) error {
	f.Name, _ = wording.Clean(f.Name, false)
	switch {
	case f.Name == "":
		return errs.At("name", "请给筛选起个名字，如 劳务派遣、槐阳镇")
	case len([]rune(f.Name)) > longestName:
		return errs.At("name", fmt.Sprintf("名字请在 %d 字以内", longestName))
	case f.Query == "":
		return errs.E(errs.Invalid, "现在没有筛选条件，没有可以保存的。请先查询，再保存")
	case len(f.Query) > longestQuery:
		return errs.At("name", "筛选条件太长，没有保存。请减少查询的文字")
	}
	return s.door.Do(ctx, a, access.FilterSave, object(f.List, f.Name), func(tx *store.DB) error {
		n, err := store.One(ctx, tx, store.Value[int], `
			SELECT count(*)
			FROM filter_saved
			WHERE authority_id = $1 AND account_id = $2 AND list = $3 AND name <> $4`, a.Authority, a.ID, f.List, f.Name)
		if err != nil {
			return err
		}
		if n >= most {
			return errs.At("name", fmt.Sprintf("一个名录最多保存 %d 个筛选，没有保存。请先删去不用的", most))
		}
		_, err = tx.Exec(ctx, `
			INSERT INTO filter_saved (authority_id, at, `+savedCols+`)
			VALUES (`+store.Places(1, 8)+`)
			ON CONFLICT (authority_id, account_id, list, name) DO UPDATE SET query = excluded.query, shared = excluded.shared, account_name = excluded.account_name, at = excluded.at`,
			a.Authority, s.now().UnixMilli(), f.List, f.Name, f.Query, f.Shared, a.ID, a.Name)
		return err
	})
}

// Remove takes one of the person's own filters away; nothing changes if there
// is none of that name. Errors: Forbidden.
func (s *Service) Remove(ctx context.Context, a access.Actor, list, name string) error {
	return s.door.Do(ctx, a, access.FilterSave, object(list, name), func(tx *store.DB) error {
		_, err := tx.Exec(ctx, `
			DELETE FROM filter_saved
			WHERE authority_id = $1 AND account_id = $2 AND list = $3 AND name = $4`, a.Authority, a.ID, list, name)
		return err
	})
}

// object is what the audit calls a filter.
func object(list, name string) string { return "filters/" + list + "/" + name }
