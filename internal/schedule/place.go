package schedule

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"

	"suiji/calendar"
	"suiji/internal/access"
	"suiji/internal/errs"
	"suiji/internal/round"
	"suiji/internal/store"
)

// perHalf is how many firms a team visits in a half-day unless told otherwise.
const perHalf = 2

// Propose gives a day to every firm that has none, and leaves the others where
// they are. most is how many firms a team visits in a half-day (0: 2). It
// returns how many it placed, and how many found no place.
func (s *Service) Propose(ctx context.Context, a access.Actor, roundID string, most int) (placed, left int, err error) {
	if most == 0 {
		most = perHalf
	}
	if most < 1 || most > 6 {
		return 0, 0, errs.At("most", "每半天 1 到 6 户")
	}
	err = s.Door.Do(ctx, a, access.ScheduleEdit, roundID, func(tx *store.DB) error {
		placed, left = 0, 0
		x, err := s.open(ctx, tx, a, roundID)
		if err != nil {
			return err
		}
		b, err := s.board(ctx, tx, x, most)
		if err != nil {
			return err
		}
		var open []Visit
		for _, v := range x.Visits {
			if !v.Placed() && v.Begun.Zero() && !v.Before {
				open = append(open, v)
			}
		}
		for _, v := range b.propose(open) {
			if v.Placed() {
				placed++
			} else {
				left++
			}
			if err := s.put(ctx, tx, a, v); err != nil {
				return err
			}
		}
		return s.book(ctx, tx, a.Authority, roundID)
	})
	return placed, left, err
}

// Move is a change by hand: where a firm goes.
type Move struct {
	TargetID string
	Revision int64 // of the line as it was seen
	Mode     Mode
	Day      calendar.Date // zero: takes the day away
	Half     Half
	Vehicle  string
}

// Move puts a firm on another day, or makes a written review of the visit. It
// is refused with everything that stands against it; then nothing changes.
// Errors: Invalid at an input; Conflict if somebody changed the line meanwhile
// or the visit has begun.
func (s *Service) Move(ctx context.Context, a access.Actor, roundID string, m Move) error {
	return s.Door.Do(ctx, a, access.ScheduleEdit, roundID+" "+m.TargetID, func(tx *store.DB) error {
		x, err := s.open(ctx, tx, a, roundID)
		if err != nil {
			return err
		}
		v, err := x.Visit(m.TargetID)
		if err != nil {
			return err
		}
		if !v.Begun.Zero() || v.Before {
			return errs.E(errs.Conflict, "“"+v.Firm+"”已经开始检查，安排不能再改，没有任何改动")
		}
		if m.same(v) {
			return nil
		}
		if v.Revision != m.Revision {
			return errs.E(errs.Conflict, v.ChangedName+"刚刚改过“"+v.Firm+"”的安排，现在是"+v.When()+"。您的改动没有保存，请看过以后再改")
		}
		b, err := s.board(ctx, tx, x, perHalf)
		if err != nil {
			return err
		}
		if err := s.checkMove(ctx, x, v, m, b); err != nil {
			return err
		}
		v.Mode, v.Day, v.Half, v.Vehicle, v.Stop, v.Booked, v.Why = m.Mode, m.Day, m.Half, m.Vehicle, 0, "", "手工安排"
		switch {
		case m.Day.Zero():
			v.Half, v.Vehicle, v.Why = "", "", "手工取消了日期"
		case m.Mode == OnSite:
			v.Booked = teamKey(v.Team)
		default:
			v.Half, v.Vehicle, v.Why = "", "", "改为书面检查"
		}
		if err := s.put(ctx, tx, a, v); err != nil {
			return err
		}
		return s.book(ctx, tx, a.Authority, roundID)
	})
}

// same reports whether the line stands so already.
func (m Move) same(v Visit) bool {
	if m.Mode == Written || m.Day.Zero() {
		m.Half, m.Vehicle = "", ""
	}
	return m.Mode == v.Mode && m.Day == v.Day && m.Half == v.Half && m.Vehicle == v.Vehicle && (m.Mode == Written || m.Day.Zero() || v.Booked == teamKey(v.Team))
}

// checkMove names everything that stands against a place.
func (s *Service) checkMove(ctx context.Context, x Schedule, v Visit, m Move, b *board) error {
	if m.Mode != OnSite && m.Mode != Written {
		return errs.At("mode", "请选择实地检查或书面检查")
	}
	if m.Day.Zero() {
		return nil
	}
	var ps []errs.Problem
	add := func(bad bool, field, sentence string) {
		if bad {
			ps = append(ps, errs.Problem{Field: field, Sentence: sentence})
		}
	}
	add(m.Day.Before(x.From) || m.Day.After(x.To), "day", fmt.Sprintf("%s 不在检查期内（%s 至 %s）", m.Day, x.From, x.To))
	add(m.Day.Before(s.today()), "day", "不能安排在今天以前")
	work, how, err := s.workday(ctx, m.Day)
	if err != nil {
		return err
	}
	add(!work, "day", how)
	if m.Mode == Written {
		return errs.All(ps)
	}
	add(len(m.Half.parts()) == 0, "half", "请选择上午、下午或全天")
	known := slices.IndexFunc(b.vehicles, func(c Vehicle) bool { return c.Plate == m.Vehicle })
	add(m.Vehicle != "" && known < 0, "vehicle", "没有这辆车，或者它已停用")
	add(known >= 0 && b.vehicles[max(0, known)].Seats < len(v.Team), "vehicle", "车辆 "+m.Vehicle+" 坐不下检查组")
	add(len(v.Team) == 0, "day", "这一户没有检查组")
	for _, h := range m.Half.parts() {
		for _, c := range b.clash(v.Team, slot{m.Day, h}, m.Vehicle) {
			dup := slices.ContainsFunc(ps, func(p errs.Problem) bool { return p.Sentence == c })
			add(!dup, "day", c)
		}
	}
	return errs.All(ps)
}

// workday reports whether a day is one, and if not, why.
func (s *Service) workday(ctx context.Context, day calendar.Date) (bool, string, error) {
	cal, err := s.Reference.Calendar(ctx)
	if err != nil {
		return false, "", err
	}
	work, err := cal.Workday(day)
	var none calendar.NoNoticeError
	if errors.As(err, &none) {
		return false, fmt.Sprintf("还没有 %d 年的放假通知，不知道 %s 是不是工作日。请系统管理员先录入", none.Year, day), nil
	}
	if err != nil || work {
		return work, "", err
	}
	said, err := cal.Describe(day)
	return false, fmt.Sprintf("%s 不是工作日（%s）", day, said), err
}

// open reads the schedule for a change.
func (s *Service) open(ctx context.Context, tx *store.DB, a access.Actor, roundID string) (Schedule, error) {
	x, err := s.read(ctx, tx, a.Authority, roundID, "")
	if err == nil && x.Round.State == round.Closed {
		err = errs.E(errs.Conflict, "本轮次已办结，安排不能再改，没有任何改动")
	}
	return x, err
}

// board gathers what an arrangement has to respect: the working half-days from
// tomorrow on, leave, duty and certificates, what is booked in all rounds.
func (s *Service) board(ctx context.Context, tx *store.DB, x Schedule, most int) (b *board, err error) {
	b = &board{round: x.Round.ID, most: most, booked: map[booking]holder{}, stops: map[booking]int{}}
	from := x.From
	if tomorrow := s.today().AddDays(1); from.Before(tomorrow) {
		from = tomorrow
	}
	for d := from; !d.After(x.To); d = d.AddDays(1) {
		work, _, err := s.workday(ctx, d)
		if err != nil {
			return b, err
		}
		if work {
			b.slots = append(b.slots, slot{d, Morning}, slot{d, Afternoon})
		}
	}
	if b.away, err = s.away(ctx, tx, x.Round.Authority, x.From, x.To); err != nil {
		return b, err
	}
	if b.vehicles, err = vehicles(ctx, tx, x.Round.Authority); err != nil {
		return b, err
	}
	b.vehicles = slices.DeleteFunc(b.vehicles, func(v Vehicle) bool { return !v.Active })
	slices.SortStableFunc(b.vehicles, func(v, w Vehicle) int { return v.Seats - w.Seats })
	type row struct {
		booking
		holder
	}
	rows, err := store.All(ctx, tx, func(sc store.Scanner) (r row, err error) {
		var day string
		if err := sc.Scan(&r.kind, &r.thing, &day, &r.half, &r.round, &r.team); err != nil {
			return r, err
		}
		return r, r.day.UnmarshalText([]byte(day))
	}, `
		SELECT kind, thing, day, half, round_id, team
		FROM schedule_booking
		WHERE authority_id = $1 AND day >= $2 AND day <= $3
		ORDER BY kind, thing, day, half`, x.Round.Authority, x.From.String(), x.To.String())
	for _, r := range rows {
		b.booked[r.booking] = r.holder
	}
	for _, v := range x.Visits {
		for _, h := range v.Half.parts() {
			b.stops[booking{"team", v.Booked, slot{v.Day, h}}]++
		}
	}
	return b, err
}

// put writes a line.
func (s *Service) put(ctx context.Context, tx *store.DB, a access.Actor, v Visit) error {
	_, err := tx.Exec(ctx, `
		INSERT INTO schedule_visit (authority_id, round_id, target_id, mode, day, half, vehicle, stop, team, why, begun, revision, changed_name, changed_at)
		VALUES ($1, $2, $3, $4, $5, $6, $7, 0, $8, $9, '', 1, $10, $11)
		ON CONFLICT (authority_id, round_id, target_id) DO UPDATE
		SET mode = excluded.mode, day = excluded.day, half = excluded.half, vehicle = excluded.vehicle, stop = 0, team = excluded.team,
			why = excluded.why, revision = schedule_visit.revision + 1, changed_name = excluded.changed_name, changed_at = excluded.changed_at`,
		a.Authority, v.RoundID, v.TargetID, string(v.Mode), v.Day.String(), string(v.Half), v.Vehicle, v.Booked, v.Why, a.Name, s.Now().UnixMilli())
	return err
}

// book makes the bookings of a round anew from its lines, and numbers the
// stops of each team's day. Two who want the same are a mistake of ours or a
// second person at this moment: the database refuses them.
func (s *Service) book(ctx context.Context, tx *store.DB, authority, roundID string) error {
	_, err := tx.Exec(ctx, `
		DELETE FROM schedule_booking
		WHERE authority_id = $1 AND round_id = $2`, authority, roundID)
	if err != nil {
		return err
	}
	all, err := visits(ctx, tx, authority, roundID, "")
	if err != nil {
		return err
	}
	teams, days := map[booking]string{}, map[string][]Visit{}
	for _, v := range all {
		if !v.Placed() || v.Mode != OnSite {
			continue
		}
		key := v.Day.String() + " " + v.Booked
		days[key] = append(days[key], v)
		for _, h := range v.Half.parts() {
			for _, id := range strings.Fields(v.Booked) {
				teams[booking{byOfficer, id, slot{v.Day, h}}] = v.Booked
			}
			if v.Vehicle != "" {
				teams[booking{byVehicle, v.Vehicle, slot{v.Day, h}}] = v.Booked
			}
		}
	}
	for k, team := range teams {
		_, err := tx.Exec(ctx, `
			INSERT INTO schedule_booking (authority_id, kind, thing, day, half, round_id, team)
			VALUES ($1, $2, $3, $4, $5, $6, $7)`, authority, k.kind, k.thing, k.day.String(), string(k.half), roundID, team)
		if errs.KindOf(err) == errs.Conflict {
			return errs.Because(errs.Conflict, "同一人员或车辆刚刚被另一处安排占用，没有任何改动，请刷新页面再试", err)
		}
		if err != nil {
			return err
		}
	}
	return s.number(ctx, tx, authority, days)
}

// number writes each day's stops: the morning's before the afternoon's, each in
// the order of the way.
func (s *Service) number(ctx context.Context, tx *store.DB, authority string, days map[string][]Visit) error {
	for _, list := range days {
		stop := 0
		for _, h := range []Half{WholeDay, Morning, Afternoon} {
			var part []Visit
			for _, v := range list {
				if v.Half == h {
					part = append(part, v)
				}
			}
			for _, v := range route(part) {
				stop++
				_, err := tx.Exec(ctx, `
					UPDATE schedule_visit
					SET stop = $4
					WHERE authority_id = $1 AND round_id = $2 AND target_id = $3`, authority, v.RoundID, v.TargetID, stop)
				if err != nil {
					return err
				}
			}
		}
	}
	return nil
}

// Workdays are the working days of the window that are left, today among them.
func (s *Service) Workdays(ctx context.Context, x Schedule) ([]calendar.Date, error) {
	cal, err := s.Reference.Calendar(ctx)
	if err != nil {
		return nil, err
	}
	var days []calendar.Date
	for d := x.From; !d.After(x.To); d = d.AddDays(1) {
		if work, err := cal.Workday(d); err == nil && work && !d.Before(s.today()) {
			days = append(days, d)
		}
	}
	return days, nil
}
