// Package replay says what stands of a round: the draw's result, and every
// removal and substitution since, gone through again in their order. Each is
// held to the one rule: the next in drawn order comes, and nobody is chosen.
// What comes out must be what the round's own tables say; where it is not,
// somebody wrote beside the program. The replay (this file) is pure; the
// package owns no table and writes nothing.
package replay

import (
	"fmt"
	"slices"

	"suiji/draw"
)

// Out is one firm that was taken out of the list, and the reserve that came up
// for it; Came is empty if its stratum had none left.
type Out struct {
	Firm string
	Came string
}

// Firms returns the firms that stand after all events, stratum by stratum, in
// drawn order: those drawn, then those that came up. The error names the first
// event that the rule does not allow.
func Firms(result draw.TargetsResult, events []Out) ([]string, error) {
	stands, of, next := map[string]bool{}, map[string]int{}, make([]int, len(result.Strata))
	for i, s := range result.Strata {
		for _, id := range s.Drawn {
			stands[id], of[id] = true, i
		}
		for _, id := range s.Reserves {
			of[id] = i
		}
	}
	for n, e := range events {
		if !stands[e.Firm] {
			return nil, fmt.Errorf("第 %d 次剔除：%s 当时不在名单里", n+1, e.Firm)
		}
		i, due := of[e.Firm], ""
		if queue := result.Strata[i].Reserves; next[i] < len(queue) {
			due = queue[next[i]]
			next[i]++
		}
		if e.Came != due {
			return nil, fmt.Errorf("第 %d 次剔除：递补的是“%s”，按抽取顺序应当是“%s”", n+1, e.Came, due)
		}
		delete(stands, e.Firm)
		if due != "" {
			stands[due] = true
		}
	}
	var list []string
	for _, s := range result.Strata {
		for _, id := range slices.Concat(s.Drawn, s.Reserves) {
			if stands[id] {
				list = append(list, id)
			}
		}
	}
	return list, nil
}

// Turn is one officer of a firm's team who could not come: the reserves passed
// over, and the one who came: the next reserve, or by hand one from outside
// when all reserves were passed over.
type Turn struct {
	Firm, Slot string
	Left       string
	Passed     []string
	Came       string
	ByHand     bool
}

// Place is a team: of one firm, for one slot.
type Place struct{ Firm, Slot string }

// Teams returns who inspects after all events, in drawn order. The error names
// the first event that the rule does not allow.
func Teams(result draw.MatchResult, events []Turn) (map[Place][]string, error) {
	teams, queues := map[Place][]string{}, map[Place][]string{}
	for _, m := range result.Matches {
		for _, t := range m.Teams {
			p := Place{m.Target, t.Slot}
			teams[p], queues[p] = slices.Clone(t.Officers), t.Reserves
		}
	}
	for n, e := range events {
		p := Place{e.Firm, e.Slot}
		at, turn := slices.Index(teams[p], e.Left), append(slices.Clone(e.Passed), e.Came)
		if at < 0 {
			return nil, fmt.Errorf("第 %d 次替换：%s 当时不在 %s 的检查组里", n+1, e.Left, e.Firm)
		}
		if e.ByHand {
			if !slices.Equal(e.Passed, queues[p]) || e.Came == "" || slices.Contains(teams[p], e.Came) {
				return nil, fmt.Errorf("第 %d 次替换：%s 的候补还没有用完就指派了人员", n+1, e.Firm)
			}
			turn = queues[p]
		} else if e.Came == "" || len(turn) > len(queues[p]) || !slices.Equal(turn, queues[p][:len(turn)]) {
			return nil, fmt.Errorf("第 %d 次替换：%s 的候补没有按抽取顺序接替", n+1, e.Firm)
		}
		queues[p] = queues[p][len(turn):]
		teams[p] = append(slices.Delete(teams[p], at, at+1), e.Came)
	}
	return teams, nil
}
