package draw

import (
	"bytes"
	"io"
	"slices"
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
