package draw

import (
	"bytes"
	"cmp"
	"io"
	"slices"
	"strconv"
	"strings"

	"suiji/internal/canon"
)

// Match deals the officers to the firms (匹配). It reads the lists Targets,
// Officers and Recusals whole, and checks them as CheckLists does. It panics
// if m is not a suiji/match/1 manifest made by ParseManifest or Build.
func Match(m Manifest, s Seed, l Lists) (MatchResult, error) {
	m.mustBeRead()
	t, err := loadMatch(m, l)
	if err != nil {
		return MatchResult{}, err
	}
	t.lots = s.lots()
	if err := t.deal(); err != nil {
		return MatchResult{}, err
	}
	return MatchResult{Scheme: m.Scheme, ID: m.ID, Seed: s.String(), Matches: t.matches()}, nil
}

// table is where the cards are dealt. Firms, officers and slots are indices.
type table struct {
	m        Manifest
	lots     *lots
	firms    []party
	officers []party
	barred   map[int][]int // firm to officers
	pool     [][]int       // slot to its officers, in order of identifiers
	order    []int         // firms in the order drawn
	teams    [][][]int     // firm, place in its slots, to officers
	marks    []int         // officer to the last deal that barred him
	deals    int
}

// party is a firm or an officer, with the slots in the manifest's order.
type party struct {
	id    string
	slots []int
}

// loadMatch reads and checks the lists, and that the match can be made.
func loadMatch(m Manifest, l Lists) (*table, error) {
	if m.Scheme != MatchScheme {
		panic("BUG: draw: a match under " + m.Scheme)
	}
	t := &table{m: m, pool: make([][]int, len(m.Slots))}
	var err error
	if t.firms, err = loadParties(m, TargetsFile, l.Targets, m.Targets); err != nil {
		return nil, err
	}
	if t.officers, err = loadParties(m, OfficersFile, l.Officers, m.Officers); err != nil {
		return nil, err
	}
	if err = t.loadRecusals(l.Recusals); err != nil {
		return nil, err
	}
	for i, o := range t.officers {
		for _, slot := range o.slots {
			t.pool[slot] = append(t.pool[slot], i)
		}
	}
	t.marks = make([]int, len(t.officers))
	return t, t.feasible()
}

// loadParties reads a list of identifier TAB slot[,slot…].
func loadParties(m Manifest, f File, r io.Reader, want Listing) (out []party, err error) {
	l := sealedLines(m.Hash, f, r)
	index := map[string]int{}
	for i, s := range m.Slots {
		index[s.Name] = i
	}
	for {
		line, err := l.next()
		if err == io.EOF {
			return out, l.seal(want)
		}
		if err != nil {
			return nil, err
		}
		p, rule := parseParty(line, index)
		if rule != "" {
			return nil, l.fault(rule, line)
		}
		out = append(out, p)
	}
}

// parseParty reads one line and puts the slots in the manifest's order.
func parseParty(line []byte, index map[string]int) (p party, rule Rule) {
	id, rest, ok := bytes.Cut(line, []byte{'\t'})
	if !ok || !canon.IsIdentifier(id) {
		return p, RuleLine
	}
	p.id = string(id)
	for _, name := range strings.Split(string(rest), ",") {
		if !canon.IsIdentifier(name) {
			return p, RuleLine
		}
		i, ok := index[name]
		if !ok {
			return p, RuleSlot
		}
		p.slots = append(p.slots, i)
	}
	slices.Sort(p.slots)
	if len(slices.Compact(slices.Clone(p.slots))) < len(p.slots) {
		return p, RuleTwice
	}
	return p, ""
}

// loadRecusals reads officer TAB firm. A recusal may name a firm that was not
// drawn, or an officer who is not in the pool; it bars nobody then.
func (t *table) loadRecusals(r io.Reader) error {
	l := sealedLines(t.m.Hash, RecusalsFile, r)
	t.barred = map[int][]int{}
	officers, firms := indexOf(t.officers), indexOf(t.firms)
	for {
		line, err := l.next()
		if err == io.EOF {
			return l.seal(t.m.Recusals)
		}
		if err != nil {
			return err
		}
		officer, firm, ok := parsePair(line)
		if !ok {
			return l.fault(RuleLine, line)
		}
		o, known := officers[officer]
		f, drawn := firms[firm]
		if known && drawn {
			t.barred[f] = append(t.barred[f], o)
		}
	}
}

func indexOf(parties []party) map[string]int {
	index := make(map[string]int, len(parties))
	for i, p := range parties {
		index[p.id] = i
	}
	return index
}

// feasible checks, firm by firm, that the deck cannot fail whatever the seed
// (draw.md, before "The reserves").
func (t *table) feasible() error {
	shared := t.sharing()
	for f, firm := range t.firms {
		for at, slot := range firm.slots {
			taken := 0
			for _, earlier := range firm.slots[:at] {
				if shared[earlier][slot] {
					taken += t.m.Slots[earlier].Size
				}
			}
			barred := 0
			for _, o := range t.barred[f] {
				if slices.Contains(t.officers[o].slots, slot) {
					barred++
				}
			}
			if !t.enough(slot, barred, taken) {
				return fault(ManifestFile, RuleFeasible, "企业 %s，岗位 %s：%d 人，回避 %d 人，已占用至多 %d 人",
					firm.id, t.m.Slots[slot].Name, len(t.pool[slot]), barred, taken)
			}
		}
	}
	return nil
}

// enough is the condition of draw.md for one firm and slot.
func (t *table) enough(slot, barred, taken int) bool {
	free, size := len(t.pool[slot]), t.m.Slots[slot].Size
	if t.m.Mode == Each {
		return free-barred-taken >= size
	}
	// The first comparison keeps the product from overflowing.
	return t.m.Teams <= free && size <= free && t.m.Teams*size <= free && t.m.Teams > barred+taken
}

// sharing tells of every two slots whether an officer may fill both.
func (t *table) sharing() [][]bool {
	shared := make([][]bool, len(t.m.Slots))
	for i := range shared {
		shared[i] = make([]bool, len(t.m.Slots))
	}
	for _, o := range t.officers {
		for _, a := range o.slots {
			for _, b := range o.slots {
				shared[a][b] = true
			}
		}
	}
	return shared
}

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
