package supervise

import (
	"cmp"
	"slices"
	"strconv"

	"suiji/internal/schedule"
	"suiji/internal/store"
)

const takenOf = `
		JOIN round r ON r.authority_id = x.authority_id AND r.round_id = x.round_id AND NOT r.rehearsal
		JOIN plan p ON p.authority_id = r.authority_id AND p.plan_id = r.plan_id
		JOIN register_target g ON g.authority_id = x.authority_id AND g.target_id = x.target_id
		LEFT JOIN identity_account a ON a.authority_id = x.authority_id AND a.account_id = x.proposed_by`

// town names where a firm is, as far as its address does.
func town(area, address, work string) string {
	t, _ := schedule.Locality(cmp.Or(work, address))
	return area + t
}

func (r reader) removals(f *facts) error {
	return store.Each(r.ctx, r.DB, func(row store.Scanner) (t taken, err error) {
		var area, address, work string
		var at int64
		t.removal, t.by.Kind = true, "account"
		err = row.Scan(&t.year, &t.round, &t.target, &t.firm, &area, &address, &work, &t.reason, &t.by.ID, &t.by.Name, &at)
		t.town, t.at = town(area, address, work), store.Instant(at)
		return t, err
	}, func(t taken) error {
		f.taken = append(f.taken, t)
		return nil
	}, `
		SELECT p.year, x.round_id, x.target_id, g.name, g.area_name, g.address, g.work_address, x.reason, x.proposed_by, coalesce(a.name, x.proposed_by), x.decided_at
		FROM round_removal x`+takenOf+`
		WHERE x.authority_id = $1 AND x.approved AND p.year >= $2
		ORDER BY p.year, x.round_id, x.target_id`, r.authority, r.since.Year())
}

func (r reader) substitutions(f *facts) error {
	return store.Each(r.ctx, r.DB, func(row store.Scanner) (t taken, err error) {
		var at int64
		t.by.Kind, t.officer.Kind = "account", "officer"
		err = row.Scan(&t.year, &t.round, &t.target, &t.firm, &t.reason, &t.officer.ID, &t.officer.Name, &t.by.ID, &t.by.Name, &at)
		t.at = store.Instant(at)
		return t, err
	}, func(t taken) error {
		f.taken = append(f.taken, t)
		return nil
	}, `
		SELECT p.year, x.round_id, x.target_id, g.name, x.reason, x.officer_id, o.name, x.proposed_by, coalesce(a.name, x.proposed_by), x.decided_at
		FROM round_substitution x`+takenOf+`
		JOIN register_officer o ON o.authority_id = x.authority_id AND o.officer_id = x.officer_id
		WHERE x.authority_id = $1 AND x.approved AND p.year >= $2
		ORDER BY p.year, x.round_id, x.no`, r.authority, r.since.Year())
}

// bases are what removals and substitutions are held against, if there are any.
func (r reader) bases(f *facts) error {
	if len(f.taken) == 0 {
		return nil
	}
	f.drawn, f.places, f.by = map[string]int{}, map[string]int{}, map[string]int{}
	rounds := map[string][]string{} // by round: who proposed removals there
	for _, t := range f.taken {
		if t.removal && !slices.Contains(rounds[t.round], t.by.ID) {
			rounds[t.round] = append(rounds[t.round], t.by.ID)
		}
	}
	type firm struct {
		year                       int
		round, area, address, work string
	}
	err := store.Each(r.ctx, r.DB, func(row store.Scanner) (x firm, err error) {
		return x, row.Scan(&x.year, &x.round, &x.area, &x.address, &x.work)
	}, func(x firm) error {
		f.drawn[key(x.year, town(x.area, x.address, x.work))]++
		f.drawn[key(x.year, "")]++
		for _, who := range rounds[x.round] {
			f.by[key(x.year, who)]++
		}
		return nil
	}, `
		SELECT p.year, x.round_id, g.area_name, g.address, g.work_address
		FROM round_target x
		JOIN round r ON r.authority_id = x.authority_id AND r.round_id = x.round_id AND NOT r.rehearsal AND r.state <> 'abandoned'
		JOIN plan p ON p.authority_id = r.authority_id AND p.plan_id = r.plan_id
		JOIN register_target g ON g.authority_id = x.authority_id AND g.target_id = x.target_id
		WHERE x.authority_id = $1 AND x.state <> 'reserve' AND p.year >= $2
		ORDER BY x.round_id, x.target_id`, r.authority, r.since.Year())
	if err != nil {
		return err
	}
	type place struct {
		year, n int
		officer string
	}
	return store.Each(r.ctx, r.DB, func(row store.Scanner) (x place, err error) {
		return x, row.Scan(&x.year, &x.officer, &x.n)
	}, func(x place) error {
		f.places[key(x.year, x.officer)] += x.n
		f.places[key(x.year, "")] += x.n
		return nil
	}, `
		SELECT p.year, x.officer_id, count(*)
		FROM round_officer x
		JOIN round r ON r.authority_id = x.authority_id AND r.round_id = x.round_id AND NOT r.rehearsal AND r.state <> 'abandoned'
		JOIN plan p ON p.authority_id = r.authority_id AND p.plan_id = r.plan_id
		WHERE x.authority_id = $1 AND x.state IN ('team', 'replaced') AND p.year >= $2
		GROUP BY p.year, x.officer_id
		ORDER BY p.year, x.officer_id`, r.authority, r.since.Year())
}

func key(year int, what string) string { return strconv.Itoa(year) + "|" + what }
