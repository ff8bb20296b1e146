// Package stats works out what the public may hold the whole of an authority's
// draws to: what was drawn beside what chance lets one expect, over all
// disclosed draws, and whether anything is remarkable. Counting happens once
// after each disclosure and is kept; readers get what is kept. Draws that are
// not disclosed are not looked at. It owns the tables stats_….
//
// The arithmetic (law.go, cell.go, deal.go, report.go) is pure.
package stats

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"io"
	"time"

	"suiji/draw"
	"suiji/internal/audit"
	"suiji/internal/errs"
	"suiji/internal/round"
	"suiji/internal/store"
)

// Config is what a Service stands on. All are required.
type Config struct {
	DB    *store.DB
	Door  *audit.Door
	Now   func() time.Time
	Round *round.Service
}

// Service counts disclosed draws.
type Service struct {
	Config
}

// New makes the service.
func New(c Config) *Service { return &Service{c} }

// disclosed is one drawn half whose bundle is public.
type disclosed struct {
	round, half, bundle string
	basis               string // of all disclosed draws up to this one
}

func scanDisclosed(row store.Scanner) (d disclosed, err error) {
	err = row.Scan(&d.round, &d.half, &d.bundle)
	return d, err
}

// disclosed returns what may be counted, in the order in which it was drawn.
func (s *Service) disclosed(ctx context.Context, authority string) ([]disclosed, error) {
	all, err := store.All(ctx, s.DB, scanDisclosed, `
		SELECT d.round_id, d.half, d.bundle
		FROM round_draw d
		JOIN round r ON r.authority_id = d.authority_id AND r.round_id = d.round_id
		WHERE d.authority_id = $1 AND d.bundle <> '' AND d.state = 'drawn' AND NOT r.rehearsal
		ORDER BY d.drawn_at, d.round_id, d.half`, authority)
	h := sha256.New()
	for i, d := range all {
		fmt.Fprintf(h, "%s.%s %s\n", d.round, d.half, d.bundle)
		all[i].basis = hex.EncodeToString(h.Sum(nil))
	}
	return all, err
}

// Update counts what was disclosed since the last time. It is called from time
// to time; with nothing new it reads a few rows.
func (s *Service) Update(ctx context.Context, authority string) error {
	all, err := s.disclosed(ctx, authority)
	if err != nil || len(all) == 0 {
		return err
	}
	basis := all[len(all)-1].basis
	if kept, err := s.keptBasis(ctx, authority); err != nil || kept == basis {
		return err
	}
	var draws []Draw
	var deals []Deal
	before := map[string]bool{}
	for _, d := range all {
		if d.half != round.Targets {
			some, err := s.deals(ctx, authority, d)
			if err != nil {
				return fmt.Errorf("statistics of %s.%s: %w", d.round, d.half, err)
			}
			deals = append(deals, some...)
			continue
		}
		x, err := s.draw(ctx, authority, d, before)
		if err != nil {
			return fmt.Errorf("statistics of %s.%s: %w", d.round, d.half, err)
		}
		draws = append(draws, x)
	}
	var odds *Odds
	if len(deals) > 0 {
		o := Compare(deals, sha256.Sum256([]byte("suiji/stats/1 "+basis)), Repeats)
		odds = &o
	}
	report, err := json.Marshal(Conclude(draws, odds, len(deals)))
	if err != nil {
		return err
	}
	return s.Door.Keep(ctx, func(tx *store.DB) error {
		_, err := tx.Exec(ctx, `
			DELETE FROM stats_report
			WHERE authority_id = $1`, authority)
		if err != nil {
			return err
		}
		_, err = tx.Exec(ctx, `
			INSERT INTO stats_report (authority_id, basis, report, counted_at)
			VALUES ($1, $2, $3, $4)`, authority, basis, string(report), s.Now().UnixMilli())
		return err
	})
}

func (s *Service) keptBasis(ctx context.Context, authority string) (string, error) {
	found, err := store.All(ctx, s.DB, store.Value[string], `
		SELECT basis
		FROM stats_report
		WHERE authority_id = $1`, authority)
	if err != nil || len(found) == 0 {
		return "", err
	}
	return found[0], nil
}

// draw returns what is counted of one draw of firms: as it is kept, or counted
// now and kept. It adds the drawn firms to before.
func (s *Service) draw(ctx context.Context, authority string, d disclosed, before map[string]bool) (x Draw, err error) {
	full, err := s.half(ctx, authority, d)
	if err != nil {
		return x, err
	}
	result, err := draw.ParseTargetsResult([]byte(full.Result))
	if err != nil {
		return x, err
	}
	drawn := map[string]bool{}
	for _, st := range result.Strata {
		for _, id := range st.Drawn {
			drawn[id] = true
		}
	}
	x, err = s.kept(ctx, authority, d.round, d.basis)
	if errs.KindOf(err) == errs.NotFound {
		x, err = s.count(ctx, authority, d, result, Pool{Drawn: drawn, Before: before})
	}
	for id := range drawn {
		before[id] = true
	}
	return x, err
}

func (s *Service) half(ctx context.Context, authority string, d disclosed) (round.Draw, error) {
	all, err := s.Round.Draws(ctx, authority, d.round)
	if err != nil {
		return round.Draw{}, err
	}
	for _, x := range all {
		if x.Half == d.half {
			return x, nil
		}
	}
	return round.Draw{}, errs.E(errs.NotFound, "没有这次抽取")
}

func (s *Service) count(ctx context.Context, authority string, d disclosed, result draw.TargetsResult, p Pool) (Draw, error) {
	x := Draw{Round: d.round}
	quotas, err := s.Round.Quotas(ctx, authority, d.round)
	if err != nil {
		return x, err
	}
	for _, q := range quotas {
		c := StratumCount{Name: q.Name, Title: q.Title, Size: q.Size, Quota: q.Draw}
		for _, st := range result.Strata {
			if st.Name == q.Name {
				c.Drawn = len(st.Drawn)
			}
		}
		x.Strata = append(x.Strata, c)
	}
	p.List = func() io.Reader { return s.Round.OpenList(ctx, authority, d.round, round.Targets, "targets") }
	town, failed := s.towns(ctx, authority)
	p.Town = town
	if x.Cells, err = Count(p); err != nil {
		return x, err
	}
	if err := failed(); err != nil {
		return x, err
	}
	raw, err := json.Marshal(x)
	if err != nil {
		return x, err
	}
	return x, s.Door.Keep(ctx, func(tx *store.DB) error {
		_, err := tx.Exec(ctx, `
			INSERT INTO stats_draw (authority_id, round_id, basis, counts)
			VALUES ($1, $2, $3, $4)
			ON CONFLICT (authority_id, round_id) DO UPDATE
			SET basis = excluded.basis, counts = excluded.counts`, authority, d.round, d.basis, string(raw))
		return err
	})
}

// townPage is how many firms' towns are read at a time.
const townPage = 10_000

// towns returns the town of a firm as the register has it now: the sealed list
// has none. It is to be asked in ascending order, and reads page by page. The
// first error stays.
func (s *Service) towns(ctx context.Context, authority string) (town func(id string) string, failed func() error) {
	type place struct{ id, town string }
	scan := func(row store.Scanner) (p place, err error) {
		var area, address string
		err = row.Scan(&p.id, &area, &address)
		p.town = Town(area, address)
		return p, err
	}
	var page []place
	var err error
	next := func(id string) {
		page, err = store.All(ctx, s.DB, scan, `
			SELECT target_id, area_name, address
			FROM register_target
			WHERE authority_id = $1 AND target_id >= $2
			ORDER BY target_id
			LIMIT $3`, authority, id, townPage)
	}
	town = func(id string) string {
		for len(page) > 0 && page[0].id < id {
			page = page[1:]
		}
		if len(page) == 0 && err == nil {
			next(id)
		}
		if len(page) == 0 || page[0].id != id {
			return ""
		}
		return page[0].town
	}
	return town, func() error { return err }
}

// kept returns what was counted of a draw of firms on this basis; NotFound if
// it was not.
func (s *Service) kept(ctx context.Context, authority, id, basis string) (x Draw, err error) {
	raw, err := store.One(ctx, s.DB, store.Value[string], `
		SELECT counts
		FROM stats_draw
		WHERE authority_id = $1 AND round_id = $2 AND (basis = $3 OR $3 = '')`, authority, id, basis)
	if err != nil {
		return x, err
	}
	return x, json.Unmarshal([]byte(raw), &x)
}

// Draw returns what was counted of a round's draw of firms; NotFound until it
// is disclosed and counted.
func (s *Service) Draw(ctx context.Context, authority, id string) (Draw, error) {
	return s.kept(ctx, authority, id, "")
}

// Standing is a report and how far it reaches.
type Standing struct {
	Report
	CountedAt time.Time
	Waiting   int // disclosed draws that are not counted yet
}

// Report returns what is kept for an authority, which is empty before the
// first disclosed draw.
func (s *Service) Report(ctx context.Context, authority string) (Standing, error) {
	x := Standing{Report: Conclude(nil, nil, 0)}
	all, err := s.disclosed(ctx, authority)
	if err != nil {
		return x, err
	}
	type row struct {
		basis, report string
		at            int64
	}
	found, err := store.All(ctx, s.DB, func(sc store.Scanner) (r row, err error) {
		err = sc.Scan(&r.basis, &r.report, &r.at)
		return r, err
	}, `
		SELECT basis, report, counted_at
		FROM stats_report
		WHERE authority_id = $1`, authority)
	if err != nil {
		return x, err
	}
	x.Waiting = len(all)
	if len(found) == 0 {
		return x, nil
	}
	x.CountedAt = time.UnixMilli(found[0].at).UTC()
	for i, d := range all {
		if d.basis == found[0].basis {
			x.Waiting = len(all) - i - 1
		}
	}
	return x, json.Unmarshal([]byte(found[0].report), &x.Report)
}

// deals reads one disclosed draw of officers, slot by slot.
func (s *Service) deals(ctx context.Context, authority string, d disclosed) ([]Deal, error) {
	full, err := s.half(ctx, authority, d)
	if err != nil {
		return nil, err
	}
	m, err := draw.ParseManifest([]byte(full.Manifest))
	if err != nil || m.Mode != draw.Each {
		return nil, err // teams that stay together would need a law of their own
	}
	result, err := draw.ParseMatchResult([]byte(full.Result))
	if err != nil {
		return nil, err
	}
	list := func(name string) io.Reader { return s.Round.OpenList(ctx, authority, d.round, d.half, name) }
	var deals []Deal
	for _, slot := range m.Slots {
		x, err := newDeal(slot.Name, list("officers"), list("recusals"))
		if err != nil {
			return nil, err
		}
		for _, match := range result.Matches {
			for _, t := range match.Teams {
				if t.Slot == slot.Name {
					x.Teams[match.Target] = t.Officers
				}
			}
		}
		deals = append(deals, x)
	}
	return deals, nil
}

// Changes is how often a drawn officer was replaced in the rounds that count,
// and how often by one assigned by hand: these are no part of any count of what
// was drawn.
type Changes struct{ Replaced, ByHand int }

// Changes counts them over all of an authority's rounds.
func (s *Service) Changes(ctx context.Context, authority string) (Changes, error) {
	return store.One(ctx, s.DB, func(row store.Scanner) (c Changes, err error) {
		err = row.Scan(&c.Replaced, &c.ByHand)
		return c, err
	}, `
		SELECT count(*), coalesce(sum(CASE WHEN x.by_hand <> '' THEN 1 ELSE 0 END), 0)
		FROM round_substitution x
		JOIN round r ON r.authority_id = x.authority_id AND r.round_id = x.round_id
		WHERE x.authority_id = $1 AND x.approved AND NOT r.rehearsal`, authority)
}
