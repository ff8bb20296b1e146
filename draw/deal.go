package draw

import (
	"bytes"
	"cmp"
	"slices"
	"strconv"
	"strings"

	"suiji/internal/canon"
)

// rank sorts items by their lots, then by tie.
func rank(items []int, lot func(int) [canon.Size]byte, tie func(a, b int) int) {
	type card struct {
		value [canon.Size]byte
		item  int
	}
	cards := make([]card, len(items))
	for i, item := range items {
		cards[i] = card{lot(item), item}
	}
	slices.SortFunc(cards, func(a, b card) int {
		if c := bytes.Compare(a.value[:], b.value[:]); c != 0 {
			return c
		}
		return tie(a.item, b.item)
	})
	for i := range cards {
		items[i] = cards[i].item
	}
}

// byOfficer breaks ties between officers.
func (t *table) byOfficer(a, b int) int { return strings.Compare(t.officers[a].id, t.officers[b].id) }

// deal serves slot after slot, in each the firms in the order drawn.
func (t *table) deal() error {
	t.order = count(len(t.firms))
	rank(t.order, func(f int) [canon.Size]byte { return t.lots.of("order", t.firms[f].id) },
		func(a, b int) int { return strings.Compare(t.firms[a].id, t.firms[b].id) })
	t.teams = make([][][]int, len(t.firms))
	for slot := range t.m.Slots {
		d := t.newDealer(slot)
		for _, f := range t.order {
			if !slices.Contains(t.firms[f].slots, slot) {
				continue
			}
			t.mark(f)
			team, ok := d.serve()
			if !ok {
				return fault(ManifestFile, RuleFeasible, "企业 %s，岗位 %s", t.firms[f].id, t.m.Slots[slot].Name)
			}
			t.teams[f] = append(t.teams[f], team)
		}
	}
	return nil
}

// count returns 0 … n-1.
func count(n int) []int {
	out := make([]int, n)
	for i := range out {
		out[i] = i
	}
	return out
}

// mark begins a deal: who is barred from firm f or inspects it already is
// marked with the deal's number.
func (t *table) mark(f int) {
	t.deals++
	for _, o := range t.barred[f] {
		t.marks[o] = t.deals
	}
	for _, team := range t.teams[f] {
		for _, o := range team {
			t.marks[o] = t.deals
		}
	}
}

// free reports whether officer o can be dealt in this deal.
func (t *table) free(o int) bool { return t.marks[o] != t.deals }

// dealer serves one slot.
type dealer struct {
	t    *table
	slot int
	deck deck
	cut  [][]int // mode teams: team number - 1 to officers
}

func (t *table) newDealer(slot int) *dealer {
	d := &dealer{t: t, slot: slot}
	if t.m.Mode == Each {
		d.deck.shuffle = d.shuffleOfficers
		return d
	}
	d.deck.shuffle = d.shuffleTeams
	size := t.m.Slots[slot].Size
	if officers := d.shuffleOfficers(1); t.m.Teams <= len(officers)/size {
		for i := range t.m.Teams {
			d.cut = append(d.cut, officers[i*size:(i+1)*size])
		}
	}
	return d
}

// shuffleOfficers returns the slot's officers in the order of a lap.
func (d *dealer) shuffleOfficers(lap int) []int {
	cards := slices.Clone(d.t.pool[d.slot])
	rank(cards, func(o int) [canon.Size]byte {
		return d.t.lots.of("deal", d.name(), strconv.Itoa(lap), d.t.officers[o].id)
	}, d.t.byOfficer)
	return cards
}

// shuffleTeams returns the indices of the slot's teams in the order of a lap.
func (d *dealer) shuffleTeams(lap int) []int {
	cards := count(len(d.cut))
	rank(cards, func(i int) [canon.Size]byte {
		return d.t.lots.of("team", d.name(), strconv.Itoa(lap), strconv.Itoa(i+1))
	}, cmp.Compare[int])
	return cards
}

func (d *dealer) name() string { return d.t.m.Slots[d.slot].Name }

// serve returns the officers for the firm that is marked.
func (d *dealer) serve() ([]int, bool) {
	if d.t.m.Mode == Teams {
		i, ok := d.deck.take(func(i int) bool { return !slices.ContainsFunc(d.cut[i], d.busy) })
		if !ok {
			return nil, false
		}
		return d.cut[i], true
	}
	var team []int
	for range d.t.m.Slots[d.slot].Size {
		o, ok := d.deck.take(d.t.free)
		if !ok {
			return nil, false
		}
		d.t.marks[o] = d.t.deals
		team = append(team, o)
	}
	return team, true
}

func (d *dealer) busy(o int) bool { return !d.t.free(o) }

// deck is a deck of cards; when it cannot serve, a freshly shuffled one is put
// under it.
type deck struct {
	cards   []int
	lap     int
	shuffle func(lap int) []int
}

// take removes and returns the first card that fits.
func (d *deck) take(fits func(card int) bool) (int, bool) {
	at := slices.IndexFunc(d.cards, fits)
	if at < 0 {
		d.lap++
		d.cards = append(d.cards, d.shuffle(d.lap)...)
		at = slices.IndexFunc(d.cards, fits)
	}
	if at < 0 {
		return 0, false
	}
	card := d.cards[at]
	copy(d.cards[1:at+1], d.cards[:at]) // the cards passed over are few
	d.cards = d.cards[1:]
	return card, true
}

// matches names the outcome, with the reserves.
func (t *table) matches() []TargetMatch {
	out := []TargetMatch{}
	for _, f := range t.order {
		t.mark(f)
		match := TargetMatch{Target: t.firms[f].id, Teams: []Team{}}
		for at, slot := range t.firms[f].slots {
			match.Teams = append(match.Teams, Team{
				Slot:     t.m.Slots[slot].Name,
				Officers: t.names(t.teams[f][at]),
				Reserves: t.names(t.reserves(slot, f)),
			})
		}
		out = append(out, match)
	}
	return out
}

// reserves ranks the slot's officers who could come to the marked firm.
func (t *table) reserves(slot, f int) []int {
	if t.m.Reserve == 0 {
		return nil
	}
	var free []int
	for _, o := range t.pool[slot] {
		if t.free(o) {
			free = append(free, o)
		}
	}
	rank(free, func(o int) [canon.Size]byte {
		return t.lots.of("reserve", t.m.Slots[slot].Name, t.firms[f].id, t.officers[o].id)
	}, t.byOfficer)
	return free[:min(t.m.Reserve, len(free))]
}

func (t *table) names(officers []int) []string {
	out := make([]string, 0, len(officers))
	for _, o := range officers {
		out = append(out, t.officers[o].id)
	}
	return out
}
