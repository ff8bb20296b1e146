package replay

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"strings"

	"suiji/draw"
	"suiji/internal/access"
	"suiji/internal/round"
)

// Service replays an installation's rounds.
type Service struct {
	round *round.Service
}

// New makes the service.
func New(r *round.Service) *Service { return &Service{r} }

// Standing is what became of a round's draw, without a name.
type Standing struct {
	Removed     int     `json:"removed"`     // firms taken out
	Promoted    int     `json:"promoted"`    // reserves that came up
	Missing     int     `json:"missing"`     // places that stayed empty: no reserve was left
	Substituted int     `json:"substituted"` // officers who were replaced, firm by firm
	Passed      int     `json:"passed"`      // reserves passed over
	ByHand      int     `json:"by_hand"`     // of those replaced: by an officer assigned by hand, not random
	Hands       []Hands `json:"hands"`
	Fault       string  `json:"-"` // why the events do not lead to what the tables say; it may name a firm
	Agrees      bool    `json:"agrees"`
}

// Hands is how often one person did one kind of thing in a round. People are
// numbered, the busiest first: the round's page names nobody.
type Hands struct {
	Role  string `json:"role"` // in whose duty: 名录管理员, 局领导, …
	Duty  string `json:"duty"`
	No    int    `json:"no"`
	Count int    `json:"count"`
}

// The duties of those who change what was drawn.
const (
	Proposes = "提出剔除" // the list administrator (名录管理员)
	Decides  = "批准剔除" // the leader (局领导)
	Replaces = "提出替换" // a clerk or the list administrator
	Agrees   = "批准替换" // the leader
)

// Standing replays a round that was drawn. It is not for rounds without a
// result: NotFound.
func (s *Service) Standing(ctx context.Context, authority, id string) (Standing, error) {
	x := Standing{Hands: []Hands{}}
	draws, err := s.round.Draws(ctx, authority, id)
	if err != nil {
		return x, err
	}
	removals, err := s.round.Removals(ctx, authority, id)
	if err != nil {
		return x, err
	}
	substitutions, err := s.round.Substitutions(ctx, authority, id)
	if err != nil {
		return x, err
	}
	roles, err := s.roles(ctx, authority)
	if err != nil {
		return x, err
	}
	x.count(removals, substitutions, roles)
	firms, err := s.round.Firms(ctx, authority, id)
	if err != nil {
		return x, err
	}
	members, err := s.round.Members(ctx, authority, id)
	if err != nil {
		return x, err
	}
	for _, d := range draws {
		if d.State != "drawn" {
			continue
		}
		if d.Half == round.Targets {
			err = compareFirms(d, removals, firms)
		} else {
			err = compareTeams(d, substitutions, members)
		}
		if err != nil {
			x.Fault = err.Error()
			return x, nil
		}
	}
	x.Agrees = true
	return x, nil
}

func (x *Standing) count(removals []round.Removal, substitutions []round.Substitution, roles map[string][]access.Role) {
	by := map[string]map[string]int{}
	hand := func(duty, account string) {
		if by[duty] == nil {
			by[duty] = map[string]int{}
		}
		by[duty][account]++
	}
	for _, m := range removals {
		if !m.Approved {
			continue
		}
		x.Removed++
		if m.Promoted == "" {
			x.Missing++
		} else {
			x.Promoted++
		}
		hand(Proposes, m.ProposedBy)
		hand(Decides, m.DecidedBy)
	}
	for _, m := range substitutions {
		if !m.Approved {
			continue
		}
		x.Substituted, x.Passed = x.Substituted+1, x.Passed+len(m.Passed)
		if m.ByHand != "" {
			x.ByHand++
		}
		hand(Replaces, m.ProposedBy)
		hand(Agrees, m.DecidedBy)
	}
	for _, d := range duties {
		var all []Hands
		for account, n := range by[d.duty] {
			all = append(all, Hands{Role: roleFor(d.act, roles[account]), Duty: d.duty, Count: n})
		}
		slices.SortFunc(all, func(a, b Hands) int { return cmp.Or(cmp.Compare(b.Count, a.Count), cmp.Compare(a.Role, b.Role)) })
		for i := range all {
			all[i].No = i + 1
		}
		x.Hands = append(x.Hands, all...)
	}
}

// duties are what people do to a drawn list, and the right that each rests on.
var duties = []struct {
	duty string
	act  access.Action
}{{Proposes, access.TargetRemove}, {Decides, access.RemovalApprove}, {Replaces, access.OfficerReplace}, {Agrees, access.ReplaceApprove}}

// roleFor names the role in which a person with these roles may act; if none of
// them allows it any more, those that do.
func roleFor(act access.Action, roles []access.Role) string {
	name := func(keep func(access.Role) bool) string {
		var names []string
		for _, r := range access.Roles {
			if keep(r.Role) && access.Allow(access.Actor{ID: "one", Roles: []access.Role{r.Role}}, act) {
				names = append(names, r.Name)
			}
		}
		return strings.Join(names, "或")
	}
	return cmp.Or(name(func(r access.Role) bool { return slices.Contains(roles, r) }), name(func(access.Role) bool { return true }))
}

// roles returns the roles of an authority's people.
func (s *Service) roles(ctx context.Context, authority string) (map[string][]access.Role, error) {
	all, err := s.round.Identity.Accounts(ctx, authority)
	roles := map[string][]access.Role{}
	for _, a := range all {
		roles[a.ID] = a.Roles
	}
	return roles, err
}

// compareFirms replays the removals and holds the outcome against the round's
// list.
func compareFirms(d round.Draw, removals []round.Removal, firms []round.Firm) error {
	result, err := draw.ParseTargetsResult([]byte(d.Result))
	if err != nil {
		return err
	}
	rank := map[string]int{}
	for _, f := range firms {
		rank[f.TargetID] = f.Rank
	}
	removals = slices.DeleteFunc(slices.Clone(removals), func(m round.Removal) bool { return !m.Approved })
	slices.SortStableFunc(removals, func(a, b round.Removal) int {
		last := func(m round.Removal) int { // of two in one millisecond, the one that found no reserve came later
			if m.Promoted == "" {
				return 1 << 30
			}
			return rank[m.Promoted]
		}
		return cmp.Or(a.DecidedAt.Compare(b.DecidedAt), cmp.Compare(last(a), last(b)))
	})
	var events []Out
	for _, m := range removals {
		events = append(events, Out{m.TargetID, m.Promoted})
	}
	want, err := Firms(result, events)
	if err != nil {
		return err
	}
	var got []string
	for _, f := range firms {
		if f.State != round.FirmRemoved && f.State != round.FirmReserve {
			got = append(got, f.TargetID)
		}
	}
	slices.Sort(want)
	slices.Sort(got)
	if !slices.Equal(got, want) {
		return fmt.Errorf("名单与抽取结果和剔除记录不符：现有 %d 户，按记录应有 %d 户", len(got), len(want))
	}
	return nil
}

// compareTeams does the same for the officers.
func compareTeams(d round.Draw, substitutions []round.Substitution, members []round.Member) error {
	result, err := draw.ParseMatchResult([]byte(d.Result))
	if err != nil {
		return err
	}
	var events []Turn
	byHand := map[[3]string]bool{} // firm, slot, officer
	slices.SortStableFunc(substitutions, func(a, b round.Substitution) int {
		return cmp.Or(a.DecidedAt.Compare(b.DecidedAt), cmp.Compare(a.No, b.No))
	})
	for _, m := range substitutions {
		if !m.Approved {
			continue
		}
		e := Turn{Firm: m.TargetID, Slot: m.Slot, Left: m.OfficerID, Came: m.Substitute, ByHand: m.ByHand != ""}
		for _, p := range m.Passed {
			e.Passed = append(e.Passed, p.OfficerID)
		}
		events = append(events, e)
		if e.ByHand {
			byHand[[3]string{e.Firm, e.Slot, e.Came}] = true
		}
	}
	want, err := Teams(result, events)
	if err != nil {
		return err
	}
	got := map[Place][]string{}
	for _, m := range members {
		if m.ByHand != byHand[[3]string{m.TargetID, m.Slot, m.OfficerID}] {
			return fmt.Errorf("%s 的检查组里，“非随机指派”的标注与替换记录不符", m.TargetID)
		}
		if m.State == round.InTeam {
			p := Place{m.TargetID, m.Slot}
			got[p] = append(got[p], m.OfficerID)
		}
	}
	if len(got) != len(want) {
		return fmt.Errorf("检查组与匹配结果不符：现有 %d 组，应有 %d 组", len(got), len(want))
	}
	for p, team := range want {
		slices.Sort(team)
		slices.Sort(got[p])
		if !slices.Equal(team, got[p]) {
			return fmt.Errorf("%s 的检查组与匹配结果和替换记录不符", p.Firm)
		}
	}
	return nil
}
