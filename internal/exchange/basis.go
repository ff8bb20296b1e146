package exchange

import (
	"context"
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"suiji/internal/store"
)

// basis is what a round's tally is made of, without reading a record: as long as
// it is the same, so is the tally.
type basis struct {
	id      string
	records int // public ones
	basis   string
}

// slack is how long a change may have taken between its time and its commit, and
// clocks may differ.
const slack = time.Hour

// bases lists the rounds that have or had public records, in the order of their
// forms. The publications of a round are counted; a form that is corrected since is
// not confirmed, or was entered of late; firms, batches and receipts are looked for
// behind those that were seen last; and what is entered here, and the office, is the
// same for all.
func (s *Service) bases(ctx context.Context, authority, target string, b *book) ([]basis, error) {
	common, err := s.common(ctx, authority, target)
	if err != nil {
		return nil, err
	}
	if err := s.follow(ctx, authority, target, b); err != nil {
		return nil, err
	}
	now := s.Now()
	b.mu.Lock()
	since := b.at
	b.mu.Unlock()
	if since == 0 { // there is nothing yet that could have changed
		since = now.UnixMilli()
	}
	restless, err := s.restless(ctx, authority, since-slack.Milliseconds())
	if err != nil {
		return nil, err
	}
	all, err := store.All(ctx, s.DB, func(row store.Scanner) (r basis, err error) {
		var after int
		err = row.Scan(&r.id, &r.records, &after)
		r.basis = fmt.Sprint(r.records, " ", after, " ", restless[r.id], " ", common)
		return r, err
	}, `
		SELECT r.round_id, coalesce(c.n, 0), (
			SELECT count(*)
			FROM disclosure_posting v
			WHERE v.authority_id = r.authority_id AND v.round_id = r.round_id AND v.version > 1)
		FROM round r
		LEFT JOIN (
			SELECT authority_id, round_id, CAST(sum(n) AS BIGINT) AS n
			FROM disclosure_count
			WHERE authority_id = $1 AND code = ''
			GROUP BY authority_id, round_id) AS c ON c.authority_id = r.authority_id AND c.round_id = r.round_id`+published, authority)
	b.mu.Lock()
	defer b.mu.Unlock()
	if err == nil {
		b.at = now.UnixMilli()
	}
	for i := range all {
		all[i].basis += fmt.Sprint(" ", b.moved[all[i].id])
	}
	return all, err
}

// published takes the rounds that have or had public records, in the order of
// their forms.
const published = `
		WHERE r.authority_id = $1 AND EXISTS (
			SELECT 1
			FROM disclosure_posting p
			WHERE p.authority_id = r.authority_id AND p.round_id = r.round_id)
		ORDER BY r.round_id || '.'`

// common is what all records are made of, beside themselves.
func (s *Service) common(ctx context.Context, authority, target string) (string, error) {
	auth, err := s.Identity.Authority(ctx, authority)
	if err != nil {
		return "", err
	}
	values, err := readValues(ctx, s.DB, authority, target)
	if err != nil {
		return "", err
	}
	codes, err := store.All(ctx, s.DB, store.Value[string], `
		SELECT item_id || ' ' || code
		FROM register_item
		WHERE authority_id = $1
		ORDER BY item_id`, authority)
	if err != nil {
		return "", err
	}
	body, err := json.Marshal([]any{auth.Name, auth.AreaCode, values, codes})
	return sum(body), err
}

// restless sums up the revisions of the forms in rounds of which one is not
// confirmed, or was entered since.
func (s *Service) restless(ctx context.Context, authority string, since int64) (map[string]int, error) {
	return numbers[string](ctx, s.DB, `
		SELECT x.round_id, (
			SELECT CAST(sum(f.revision) AS BIGINT)
			FROM inspection_form f
			WHERE f.authority_id = $1 AND f.round_id = x.round_id)
		FROM (
			SELECT u.round_id
			FROM inspection_form u
			WHERE u.authority_id = $1 AND u.state <> 'confirmed'
			UNION
			SELECT e.round_id
			FROM inspection_form e
			WHERE e.authority_id = $1 AND e.entered_at >= $2) AS x`, authority, since)
}

// numbers reads a number of each key.
func numbers[K comparable](ctx context.Context, db *store.DB, query string, args ...any) (map[K]int, error) {
	type pair struct {
		key K
		n   int
	}
	of := map[K]int{}
	return of, store.Each(ctx, db, func(row store.Scanner) (p pair, err error) {
		err = row.Scan(&p.key, &p.n)
		return p, err
	}, func(p pair) error {
		of[p.key] = p.n
		return nil
	}, query, args...)
}

// follow enters which rounds the changes of firms, batches and receipts since the
// last look have moved. The first look has nothing to compare with.
func (s *Service) follow(ctx context.Context, authority, target string, b *book) error {
	version, err := store.One(ctx, s.DB, store.Value[int], `
		SELECT coalesce(max(version), 0)
		FROM register_version
		WHERE authority_id = $1 AND list = 'targets'`, authority)
	if err != nil {
		return err
	}
	receipts, err := numbers[int](ctx, s.DB, `
		SELECT b.serial, (SELECT count(*) FROM exchange_receipt r WHERE r.authority_id = b.authority_id AND r.target = b.target AND r.serial = b.serial)
		FROM exchange_batch b
		WHERE b.authority_id = $1 AND b.target = $2`, authority, target)
	if err != nil {
		return err
	}
	b.mu.Lock()
	was, had := b.register, b.batches
	b.mu.Unlock()
	var moved []string
	if had != nil && version > was {
		if moved, err = s.roundsOfFirms(ctx, authority, was); err != nil {
			return err
		}
	}
	for serial, n := range receipts {
		if known, ok := had[serial]; had != nil && (!ok || known != n) {
			rounds, err := s.roundsOfBatch(ctx, authority, target, serial)
			if err != nil {
				return err
			}
			moved = append(moved, rounds...)
		}
	}
	b.mu.Lock()
	defer b.mu.Unlock()
	b.register, b.batches = version, receipts
	for _, id := range moved {
		b.moved[id]++
	}
	return nil
}

// roundsOfFirms names the rounds of firms that the register has changed since.
func (s *Service) roundsOfFirms(ctx context.Context, authority string, version int) ([]string, error) {
	return store.All(ctx, s.DB, store.Value[string], `
		SELECT DISTINCT f.round_id
		FROM register_target t
		CROSS JOIN inspection_form f
		WHERE t.authority_id = $1 AND t.version > $2 AND f.authority_id = t.authority_id AND f.target_id = t.target_id`, authority, version)
}

func (s *Service) roundsOfBatch(ctx context.Context, authority, target string, serial int) ([]string, error) {
	rounds := map[string]bool{}
	err := store.Each(ctx, s.DB, store.Value[string], func(record string) error {
		rounds[record[:max(0, strings.LastIndex(record, "."))]] = true
		return nil
	}, `
		SELECT record_id
		FROM exchange_line
		WHERE authority_id = $1 AND target = $2 AND serial = $3 AND part = 'check'`, authority, target, serial)
	return slices.Collect(maps.Keys(rounds)), err
}
