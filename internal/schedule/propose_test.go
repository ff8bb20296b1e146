package schedule

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"testing"

	"suiji/calendar"
)

// scene is a random county: windows, teams, leave, vehicles, what is taken.
func scene(r *rand.Rand) (*board, []Visit) {
	from := calendar.MustParse("2022-06-01")
	var slots []slot
	for d := range 1 + r.IntN(12) {
		slots = append(slots, slot{from.AddDays(d), Morning}, slot{from.AddDays(d), Afternoon})
	}
	leave := map[string][2]int{}
	officers := 3 + r.IntN(10)
	for i := range officers {
		if r.IntN(3) == 0 {
			first := r.IntN(12)
			leave[fmt.Sprint("O", i)] = [2]int{first, first + r.IntN(5)}
		}
	}
	b := &board{round: "R", slots: slots, booked: map[booking]holder{}, stops: map[booking]int{}, most: 1 + r.IntN(3),
		away: func(o Officer, day calendar.Date) string {
			l, ok := leave[o.ID]
			if n := from.DaysUntil(day); ok && n >= l[0] && n <= l[1] {
				return "休假"
			}
			return ""
		}}
	for i := range r.IntN(4) {
		b.vehicles = append(b.vehicles, Vehicle{Plate: fmt.Sprint("冀A0000", i), Seats: 2 + r.IntN(4), Active: true})
	}
	for range r.IntN(10) {
		at := slots[r.IntN(len(slots))]
		b.booked[booking{byOfficer, fmt.Sprint("O", r.IntN(officers)), at}] = holder{"other", "X Y"}
	}
	var open []Visit
	for i := range 1 + r.IntN(60) {
		v := Visit{TargetID: fmt.Sprint("T", i), Firm: fmt.Sprint("企业", i), Address: fmt.Sprintf("元氏县%d镇%d村", r.IntN(4), r.IntN(5)), Mode: OnSite}
		for _, o := range r.Perm(officers)[:2+r.IntN(2)] {
			v.Team = append(v.Team, Officer{ID: fmt.Sprint("O", o), Name: fmt.Sprint("甲", o)})
		}
		if r.IntN(2) == 0 {
			v.Point = &Point{37 + r.Float64(), 114 + r.Float64()}
		}
		open = append(open, v)
	}
	return b, open
}

// Whatever the teams, the window, the leave and the vehicles: nobody and
// nothing is in two places at once, nobody goes out on leave, no firm is lost.
func TestNoDoubleBooking(t *testing.T) {
	first := rand.Uint64()
	t.Logf("seeds from %d", first)
	placed := 0
	for i := range uint64(500) {
		seed := first + i
		b, open := scene(rand.New(rand.NewPCG(seed, 1)))
		foreign := map[booking]bool{}
		for k := range b.booked {
			foreign[k] = true
		}
		got := b.propose(slices.Clone(open))
		if len(got) != len(open) {
			t.Fatalf("seed %d: %d firms came back of %d", seed, len(got), len(open))
		}
		who, firms := map[booking]string{}, map[booking]int{}
		for _, v := range got {
			if !v.Placed() {
				if v.Why == "" {
					t.Fatalf("seed %d: %s has no day, and no reason", seed, v.TargetID)
				}
				continue
			}
			placed++
			at := slot{v.Day, v.Half}
			if !slices.Contains(b.slots, at) {
				t.Fatalf("seed %d: %s stands outside the window: %v", seed, v.TargetID, at)
			}
			keys := []booking{}
			for _, o := range v.Team {
				keys = append(keys, booking{byOfficer, o.ID, at})
				if b.away(o, v.Day) != "" {
					t.Fatalf("seed %d: %s goes out on leave", seed, o.ID)
				}
			}
			if v.Vehicle != "" {
				keys = append(keys, booking{byVehicle, v.Vehicle, at})
			}
			if (v.Vehicle == "") != (len(b.vehicles) == 0) {
				t.Fatalf("seed %d: vehicle %q of %d", seed, v.Vehicle, len(b.vehicles))
			}
			for _, k := range keys {
				if foreign[k] || who[k] != "" && who[k] != teamKey(v.Team) {
					t.Fatalf("seed %d: %v is taken twice", seed, k)
				}
				who[k] = teamKey(v.Team)
			}
			k := booking{"team", teamKey(v.Team), at}
			if firms[k]++; firms[k] > b.most {
				t.Fatalf("seed %d: %d firms in one half-day, want at most %d", seed, firms[k], b.most)
			}
		}
	}
	if placed < 1000 {
		t.Fatalf("only %d firms were placed: the scenes prove nothing", placed)
	}
}

func TestRoute(t *testing.T) {
	at := func(id string, lat, lon float64) Visit {
		return Visit{TargetID: id, Point: &Point{lat, lon}, Address: "元氏县槐阳镇东街" + id}
	}
	tests := []struct {
		name string
		list []Visit
		want string
	}{
		{"nearest next, from the north", []Visit{at("c", 37.1, 114.5), at("a", 37.9, 114.5), at("b", 37.5, 114.5)}, "abc"},
		{"by town and village without coordinates", []Visit{
			{TargetID: "d", Address: "元氏县殷村镇西杜庄村12号"}, {TargetID: "a", Address: "元氏县南佐镇北佐村1号"}, {TargetID: "c", Address: "元氏县殷村镇东杜庄村3号"}, {TargetID: "b", Address: "元氏县南佐镇南佐村"}}, "abcd"},
		{"an unknown one goes with its town", []Visit{at("a", 37.9, 114.5), {TargetID: "b", Address: "元氏县槐阳镇西街9号"}, {TargetID: "z", Address: "元氏县南佐镇"}}, "abz"},
	}
	for _, tt := range tests {
		got := ""
		for _, v := range route(tt.list) {
			got += v.TargetID
		}
		if got != tt.want {
			t.Errorf("%s: %s, want %s", tt.name, got, tt.want)
		}
	}
}

func TestLocality(t *testing.T) {
	for _, tt := range []struct{ address, town, village string }{
		{"河北省石家庄市元氏县槐阳镇东街12号", "槐阳镇", "东街"},
		{"元氏县南佐镇北佐村", "南佐镇", "北佐村"},
		{"示例县城关镇人民路5号", "城关镇", "人民路"},
		{"工业园区振兴路", "工业园区", "振兴路"},
		{"", "", ""},
	} {
		if town, village := Locality(tt.address); town != tt.town || village != tt.village {
			t.Errorf("Locality(%s) = %s, %s, want %s, %s", tt.address, town, village, tt.town, tt.village)
		}
	}
}
