package schedule

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	"suiji/calendar"
)

// slot is one half-day.
type slot struct {
	day  calendar.Date
	half Half
}

// booking is somebody or something in a half-day.
type booking struct {
	kind, thing string
	slot
}

// The kinds of bookings.
const (
	byOfficer = "officer"
	byVehicle = "vehicle"
)

// holder is for whom something is taken.
type holder struct{ round, team string }

// board is what an arrangement has to respect.
type board struct {
	round    string
	slots    []slot // working half-days, in order
	away     func(o Officer, day calendar.Date) string
	booked   map[booking]holder
	vehicles []Vehicle // active, the smallest first; none: nobody needs one
	most     int       // firms that a team visits in a half-day
	stops    map[booking]int
}

// clash says why a team cannot have a half-day with a vehicle (empty: none);
// nothing if it can.
func (b *board) clash(team []Officer, at slot, plate string) (all []string) {
	mine := holder{b.round, teamKey(team)}
	for _, o := range team {
		if why := b.away(o, at.day); why != "" {
			all = append(all, o.Name+"当天"+why)
		}
		if h, ok := b.booked[booking{byOfficer, o.ID, at}]; ok && h != mine {
			all = append(all, o.Name+at.half.Name()+"已有其他检查"+h.elsewhere(b.round))
		}
	}
	if plate != "" {
		if h, ok := b.booked[booking{byVehicle, plate, at}]; ok && h != mine {
			all = append(all, "车辆 "+plate+at.half.Name()+"已派给其他检查组"+h.elsewhere(b.round))
		}
	}
	return all
}

func (h holder) elsewhere(round string) string {
	if h.round == round {
		return ""
	}
	return "（轮次 " + h.round + "）"
}

// take books a team and its vehicle.
func (b *board) take(team []Officer, at slot, plate string, firms int) {
	mine := holder{b.round, teamKey(team)}
	for _, o := range team {
		b.booked[booking{byOfficer, o.ID, at}] = mine
	}
	if plate != "" {
		b.booked[booking{byVehicle, plate, at}] = mine
	}
	b.stops[booking{"team", mine.team, at}] += firms
}

// vehicle finds one for a team: the one it has already, else the smallest that
// is free and large enough. Errors: false if there are vehicles and none is.
func (b *board) vehicle(team []Officer, at slot) (string, bool) {
	if len(b.vehicles) == 0 {
		return "", true
	}
	mine := holder{b.round, teamKey(team)}
	for _, v := range b.vehicles {
		if b.booked[booking{byVehicle, v.Plate, at}] == mine {
			return v.Plate, true
		}
	}
	for _, v := range b.vehicles {
		if _, taken := b.booked[booking{byVehicle, v.Plate, at}]; !taken && v.Seats >= len(team) {
			return v.Plate, true
		}
	}
	return "", false
}

// propose places visits that have no day. Firms of one team are put into the
// order of a way and taken together, as many as a half-day holds; the teams
// whose officers have most to do come first; each gets the first half-day on
// which all of it, and a vehicle, is free. What cannot be placed keeps no day
// and says what stood against it.
func (b *board) propose(open []Visit) []Visit {
	type stint struct {
		firms []Visit
		no    int
	}
	teams := map[string][]Visit{}
	for _, v := range open {
		teams[teamKey(v.Team)] = append(teams[teamKey(v.Team)], v)
	}
	var stints []stint
	load := map[string]int{}
	for _, key := range slices.Sorted(func(yield func(string) bool) {
		for k := range teams {
			if !yield(k) {
				return
			}
		}
	}) {
		for chunk := range slices.Chunk(route(teams[key]), b.most) {
			stints = append(stints, stint{chunk, len(stints)})
			for _, o := range chunk[0].Team {
				load[o.ID]++
			}
		}
	}
	busiest := func(s stint) (n int) {
		for _, o := range s.firms[0].Team {
			n = max(n, load[o.ID])
		}
		return n
	}
	slices.SortStableFunc(stints, func(x, y stint) int {
		return cmp.Or(cmp.Compare(busiest(y), busiest(x)), cmp.Compare(x.no, y.no))
	})
	var placed []Visit
	for _, s := range stints {
		placed = append(placed, b.fit(s.firms)...)
	}
	return placed
}

// fit gives firms of one team their half-day.
func (b *board) fit(firms []Visit) []Visit {
	team := firms[0].Team
	against := map[string]int{}
	var names []string
	for _, o := range team {
		names = append(names, o.Name)
	}
	for _, at := range b.slots {
		why := b.clash(team, at, "")
		if n := b.stops[booking{"team", teamKey(team), at}]; n > 0 && n+len(firms) > b.most {
			why = append(why, "本组当半天已满")
		}
		plate, ok := b.vehicle(team, at)
		if !ok {
			why = append(why, "车辆都已派出")
		}
		if len(why) > 0 || len(team) == 0 {
			for _, w := range why {
				against[strings.NewReplacer("上午", "", "下午", "").Replace(w)]++
			}
			continue
		}
		b.take(team, at, plate, len(firms))
		for i := range firms {
			firms[i].Day, firms[i].Half, firms[i].Vehicle, firms[i].Booked = at.day, at.half, plate, teamKey(team)
			firms[i].Why = strings.Join(names, "、") + "都空的第一个半天" + together(firms)
		}
		return firms
	}
	for i := range firms {
		firms[i].Why = fmt.Sprintf("期限内剩下的 %d 个半天都不行：%s", len(b.slots), obstacles(against))
	}
	return firms
}

// together says what joins the firms of a half-day.
func together(firms []Visit) string {
	if len(firms) == 1 {
		return ""
	}
	for _, v := range firms {
		if v.Point == nil {
			return fmt.Sprintf("，同组 %d 户按乡镇、村路相邻", len(firms))
		}
	}
	return fmt.Sprintf("，同组 %d 户按坐标就近", len(firms))
}

// obstacles lists what stood in the way, the most frequent first.
func obstacles(against map[string]int) string {
	var words []string
	for w := range against {
		words = append(words, w)
	}
	slices.SortFunc(words, func(x, y string) int { return cmp.Or(cmp.Compare(against[y], against[x]), cmp.Compare(x, y)) })
	if len(words) == 0 {
		return "没有剩下的工作日，或者没有检查组"
	}
	for i, w := range words {
		words[i] = fmt.Sprintf("%s %d 个", w, against[w])
	}
	return strings.Join(words[:min(3, len(words))], "，")
}
