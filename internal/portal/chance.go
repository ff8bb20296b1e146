package portal

import (
	"bufio"
	"context"
	"fmt"
	"slices"
	"strings"

	"suiji/internal/credit"
	"suiji/internal/disclosure"
	"suiji/internal/errs"
	"suiji/internal/fresh"
	"suiji/internal/openbook"
	"suiji/internal/register"
	"suiji/internal/round"
)

// again answers "why me again?": which inspection of the year it was, and how
// likely the draw's rules made it.
type again struct {
	Nth   int    // of the firm's public results of that year
	Share string // 5.03 %; empty: not to be said yet
	About bool   // by the formula for tickets, not an exact share
}

// again goes through a firm's results, the newest first.
func (s *Server) again(ctx context.Context, authority string, results []disclosure.Version) (map[string]again, error) {
	all, nth := map[string]again{}, map[int]int{}
	for _, v := range slices.Backward(results) {
		nth[v.Record.Plan.Year]++
		x, err := s.chance(ctx, authority, v.RoundID, v.TargetID)
		if err != nil && errs.KindOf(err) != errs.NotFound {
			return nil, err
		}
		x.Nth = nth[v.Record.Plan.Year]
		all[v.FormID] = x
	}
	return all, nil
}

// chance says how likely a firm whose result is public was to be drawn. With
// tickets it depends on the firm's own, which are public with the list.
func (s *Server) chance(ctx context.Context, authority, id, target string) (again, error) {
	p, st, ok, err := openbook.Of(s.Round).Drawn(ctx, authority, id, target)
	if err != nil || !ok || st.Size == 0 {
		return again{}, err
	}
	if len(p.Tickets) == 0 {
		return again{Share: share(float64(st.Draw) / float64(st.Size))}, nil
	}
	if !p.Open {
		return again{}, nil
	}
	size := func(again) int { return 32 }
	return fresh.Read(ctx, s.Fresh, "chance "+id+" "+target, size, func() (again, error) { return s.byTickets(ctx, authority, id, target, st) })
}

// byTickets reads how many tickets the stratum's firms have.
func (s *Server) byTickets(ctx context.Context, authority, id, target string, st openbook.Stratum) (again, error) {
	firms, own := map[int]int{}, 0
	lines := bufio.NewScanner(s.Round.OpenList(ctx, authority, id, round.Targets, "targets"))
	for lines.Scan() {
		f := strings.Split(lines.Text(), "\t")
		var n int
		if len(f) != 3 || f[1] != st.Name {
			continue
		}
		if _, err := fmt.Sscan(f[2], &n); err != nil {
			return again{}, fmt.Errorf("list of %s: %w", id, err)
		}
		firms[n]++
		if f[0] == target {
			own = n
		}
	}
	if err := lines.Err(); err != nil || own == 0 {
		return again{}, err
	}
	var classes []credit.Class
	for n, count := range firms {
		classes = append(classes, credit.Class{Tickets: n, Firms: count})
	}
	for _, c := range credit.Chances(classes, st.Draw) {
		if c.Tickets == own {
			return again{Share: share(c.P), About: len(classes) > 1 && c.P < 1}, nil
		}
	}
	return again{}, nil
}

func share(p float64) string { return fmt.Sprintf("%.2f %%", 100*p) }

// expected is how many pairs of neighbours a draw of all k of N lets one
// expect: both are known at the seal.
func (p *roundPage) expected() string {
	if p.Pool == 0 || p.Draw >= p.Pool {
		return ""
	}
	k := float64(p.Draw)
	return fmt.Sprintf("%.1f", k*(k-1)/float64(p.Pool))
}

// leftRegister counts who was taken out of the registers by hand or import
// between the plan's publication and the seals.
func (s *Server) leftRegister(ctx context.Context, p *roundPage) error {
	pl, err := s.Plan.Plan(ctx, p.Round.Authority, p.Round.PlanID)
	if err != nil {
		return err
	}
	p.GoneFirms, err = s.Register.Withdrawn(ctx, p.Round.Authority, register.Targets, pl.PublishedAt, p.Round.SealedAt)
	if err != nil {
		return err
	}
	last := p.Round.Halves[len(p.Round.Halves)-1].SealedAt
	p.GoneOfficers, err = s.Register.Withdrawn(ctx, p.Round.Authority, register.Officers, pl.PublishedAt, last)
	return err
}
