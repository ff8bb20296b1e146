package schedule

import (
	"cmp"
	"context"
	"slices"
	"strings"
	"time"

	"suiji/calendar"
	"suiji/internal/errs"
	"suiji/internal/register"
	"suiji/internal/round"
	"suiji/internal/store"
)

// read is gather with what has come between.
func (s *Service) read(ctx context.Context, db *store.DB, authority, roundID, target string) (Schedule, error) {
	x, err := gather(ctx, db, authority, roundID, target)
	if err == nil {
		err = s.clashes(ctx, db, authority, &x)
	}
	return x, err
}

// gather reads what is arranged and approved of a round's visits, or of one
// firm's, if it is named. A phone asks it of each result: it reads by key.
func gather(ctx context.Context, db *store.DB, authority, roundID, target string) (Schedule, error) {
	x, err := head(ctx, db, authority, roundID)
	if err != nil {
		return x, err
	}
	if x.Visits, err = visits(ctx, db, authority, roundID, target); err != nil {
		return x, err
	}
	if x.Versions, err = versions(ctx, db, authority, roundID); err != nil {
		return x, err
	}
	lines, err := approvedLines(ctx, db, authority, roundID, target)
	if err != nil {
		return x, err
	}
	for i := range x.Visits {
		v := &x.Visits[i]
		if was, ok := lines[v.TargetID]; ok {
			if was.line == x.line(*v) {
				v.Approved = was.version
			} else {
				v.Stale = true
			}
		}
	}
	if err := urgents(ctx, db, authority, target, &x); err != nil {
		return x, err
	}
	slices.SortStableFunc(x.Visits, func(a, b Visit) int {
		return cmp.Or(a.Day.Compare(b.Day), cmp.Compare(a.Half, b.Half), cmp.Compare(a.Booked, b.Booked), cmp.Compare(a.Stop, b.Stop), cmp.Compare(a.Firm, b.Firm))
	})
	return x, nil
}

// head reads the round, its window, its task and what the task inspects.
func head(ctx context.Context, db *store.DB, authority, roundID string) (x Schedule, err error) {
	x, err = store.One(ctx, db, func(row store.Scanner) (x Schedule, err error) {
		var from, to string
		r := &x.Round
		if err := row.Scan(&r.Authority, &r.ID, &r.PlanID, &r.TaskNo, &r.WindowNo, &r.Rehearsal, &r.State, &from, &to, &x.Task, &x.Issuer); err != nil {
			return x, err
		}
		if err := x.From.UnmarshalText([]byte(from)); err != nil {
			return x, err
		}
		return x, x.To.UnmarshalText([]byte(to))
	}, `
		SELECT r.authority_id, r.round_id, r.plan_id, r.task_no, r.window_no, r.rehearsal, r.state, w.starts_on, w.ends_on, t.name, p.issuer
		FROM round r
		JOIN plan p ON p.authority_id = r.authority_id AND p.plan_id = r.plan_id
		JOIN plan_window w ON w.authority_id = r.authority_id AND w.plan_id = r.plan_id AND w.no = r.window_no
		JOIN plan_task t ON t.authority_id = r.authority_id AND t.plan_id = r.plan_id AND t.task_no = r.task_no
		WHERE r.authority_id = $1 AND r.round_id = $2`, authority, roundID)
	if err != nil {
		return x, err
	}
	if x.Round.Rehearsal {
		return x, errs.E(errs.Conflict, "演练轮次不安排检查")
	}
	if x.Round.State != round.Matched && x.Round.State != round.Closed {
		return x, errs.E(errs.Conflict, "检查人员匹配完成以后才能安排检查。本轮次目前是“"+x.Round.State.Name()+"”")
	}
	x.Items, err = store.All(ctx, db, func(row store.Scanner) (i Item, err error) {
		return i, row.Scan(&i.ID, &i.Name, &i.Basis, &i.Unannounced, &i.Prepare)
	}, `
		SELECT i.item_id, i.name, i.basis, coalesce(s.unannounced, FALSE), coalesce(s.prepare, '')
		FROM plan_item i
		LEFT JOIN schedule_item s ON s.authority_id = i.authority_id AND s.item_id = i.item_id
		WHERE i.authority_id = $1 AND i.plan_id = $2 AND i.task_no = $3
		ORDER BY i.item_id`, authority, x.Round.PlanID, x.Round.TaskNo)
	for _, i := range x.Items {
		x.Unannounced = x.Unannounced || i.Unannounced
	}
	return x, err
}

func scanVisit(row store.Scanner) (v Visit, err error) {
	var day, begun, address, work, places string
	var changed int64
	var known bool
	var at Point
	err = row.Scan(&v.RoundID, &v.TargetID, &v.Firm, &v.Code, &v.Area, &address, &work, &places, &v.Phone, &known, &at.Lat, &at.Lon,
		&v.Mode, &day, &v.Half, &v.Vehicle, &v.Stop, &v.Booked, &v.Why, &begun, &v.Revision, &v.ChangedName, &changed, &v.Before)
	if err != nil {
		return v, err
	}
	if known {
		v.Point = &at
	}
	if v.Address = address; work != "" {
		v.Address = work
	}
	if w := register.Workplaces(strings.Split(places, "\n")); len(w) > 0 {
		v.Address = w[0].Address
	}
	v.ChangedAt = time.UnixMilli(changed).UTC()
	if err := v.Day.UnmarshalText([]byte(day)); err != nil {
		return v, err
	}
	return v, v.Begun.UnmarshalText([]byte(begun))
}

// visits reads the lines of a round's confirmed firms, or of the one that is
// named, with their teams.
func visits(ctx context.Context, db *store.DB, authority, roundID, target string) ([]Visit, error) {
	where, args := store.Given([]any{authority, roundID}, "t.target_id", target)
	all, err := store.All(ctx, db, scanVisit, `
		SELECT t.round_id, t.target_id, g.name, g.code, g.area_name, g.address, g.work_address, g.places, g.phone,
			p.target_id IS NOT NULL, coalesce(p.lat, 0), coalesce(p.lon, 0),
			coalesce(v.mode, 'on-site'), coalesce(v.day, ''), coalesce(v.half, ''), coalesce(v.vehicle, ''), coalesce(v.stop, 0),
			coalesce(v.team, ''), coalesce(v.why, ''), coalesce(v.begun, ''), coalesce(v.revision, 0), coalesce(v.changed_name, ''), coalesce(v.changed_at, 0),
			b.target_id IS NOT NULL
		FROM round_target t
		JOIN register_target g ON g.authority_id = t.authority_id AND g.target_id = t.target_id
		LEFT JOIN schedule_visit v ON v.authority_id = t.authority_id AND v.round_id = t.round_id AND v.target_id = t.target_id
		LEFT JOIN schedule_place p ON p.authority_id = t.authority_id AND p.target_id = t.target_id
		LEFT JOIN schedule_before b ON b.authority_id = t.authority_id AND b.round_id = t.round_id AND b.target_id = t.target_id
		WHERE t.authority_id = $1 AND t.round_id = $2`+where+` AND t.state = 'confirmed'
		ORDER BY t.target_id`, args...)
	if err != nil {
		return nil, err
	}
	type member struct {
		target string
		Officer
	}
	where, args = store.Given([]any{authority, roundID}, "m.target_id", target)
	members, err := store.All(ctx, db, func(row store.Scanner) (m member, err error) {
		return m, row.Scan(&m.target, &m.ID, &m.Name, &m.CertNo, &m.field)
	}, `
		SELECT m.target_id, m.officer_id, o.name, o.cert_no, coalesce(s.field, p.field)
		FROM round_officer m
		JOIN register_officer o ON o.authority_id = m.authority_id AND o.officer_id = m.officer_id
		JOIN round r ON r.authority_id = m.authority_id AND r.round_id = m.round_id
		JOIN plan p ON p.authority_id = r.authority_id AND p.plan_id = r.plan_id
		LEFT JOIN plan_slot s ON s.authority_id = r.authority_id AND s.plan_id = r.plan_id AND s.task_no = r.task_no AND s.name = m.slot
		WHERE m.authority_id = $1 AND m.round_id = $2`+where+` AND m.state = 'team'
		ORDER BY m.target_id, m.slot, m.place`, args...)
	at := map[string]int{}
	for i, v := range all {
		at[v.TargetID] = i
	}
	for _, m := range members {
		if i, ok := at[m.target]; ok {
			all[i].Team = append(all[i].Team, m.Officer)
		}
	}
	return all, err
}

// urgents adds the emergencies.
func urgents(ctx context.Context, db *store.DB, authority, target string, x *Schedule) error {
	where, args := store.Given([]any{authority, x.Round.ID}, "target_id", target)
	list, err := store.All(ctx, db, scanUrgent, `
		SELECT `+urgentCols+`
		FROM schedule_urgent
		WHERE authority_id = $1 AND round_id = $2`+where+`
		ORDER BY target_id, no`, args...)
	if err != nil {
		return err
	}
	for i := range x.Visits {
		for j := range list {
			if list[j].TargetID == x.Visits[i].TargetID {
				x.Visits[i].Urgent = &list[j]
			}
		}
	}
	return nil
}

// clashes adds what has come between a placed visit and its day: a changed team,
// leave, duty, a certificate that does not hold.
func (s *Service) clashes(ctx context.Context, db *store.DB, authority string, x *Schedule) error {
	away, err := s.away(ctx, db, authority, x.From, x.To)
	if err != nil {
		return err
	}
	for i := range x.Visits {
		v := &x.Visits[i]
		if !v.Placed() || v.Mode != OnSite || !v.Begun.Zero() {
			continue
		}
		if v.Booked != teamKey(v.Team) {
			v.Clashes = append(v.Clashes, "检查组在安排以后换了人，请重新安排这一户")
		}
		for _, o := range v.Team {
			if why := away(o, v.Day); why != "" {
				v.Clashes = append(v.Clashes, o.Name+"当天"+why)
			}
		}
	}
	return nil
}

// away tells why an officer cannot go out on a day; empty: can.
func (s *Service) away(ctx context.Context, db *store.DB, authority string, from, to calendar.Date) (func(o Officer, day calendar.Date) string, error) {
	list, err := s.Roster.Between(ctx, authority, from, to)
	if err != nil {
		return nil, err
	}
	certified, err := s.Roster.Certified(ctx, db, authority)
	if err != nil {
		return nil, err
	}
	return func(o Officer, day calendar.Date) string {
		for _, d := range list {
			if d.OfficerID == o.ID && !day.Before(d.Starts) && !day.After(d.Until) {
				return d.Kind
			}
		}
		return certified(o.ID, o.field, day)
	}, nil
}

// teamKey names a team whatever the order of its officers.
func teamKey(team []Officer) string {
	var ids []string
	for _, o := range team {
		ids = append(ids, o.ID)
	}
	slices.Sort(ids)
	return strings.Join(ids, " ")
}
