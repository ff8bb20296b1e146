package portal

import (
	"net/http"
	"slices"
	"strconv"

	"suiji/internal/disclosure"
	"suiji/internal/openbook"
	"suiji/internal/page"
	"suiji/internal/round"
)

// rateLine is how far a round's results are in public.
type rateLine struct {
	openbook.Round
	Rate disclosure.Rate
}

type statisticsPage struct {
	sheet
	Year     int
	Years    []page.Option
	Counters disclosure.Counters
	Rounds   []rateLine
}

// JSON is the page's twin.
func (p *statisticsPage) JSON() any {
	rounds := []any{}
	for _, l := range p.Rounds {
		rounds = append(rounds, map[string]any{"round": l.ID, "due": l.Rate.Due, "published": l.Rate.Published, "on_time": l.Rate.OnTime, "late": l.Rate.Late,
			"overdue": l.Rate.Overdue, "exempt": l.Rate.Exempt, "basis_points": l.Rate.BasisPoints()})
	}
	return map[string]any{"counters": countersJSON(p.Counters), "rounds": rounds}
}

// CodeName names a result code.
func (p *statisticsPage) CodeName(c disclosure.CodeCount) string { return c.Code.Name() }

// statistics is a year in figures, each of which opens its list. What of a
// round is not public yet is counted and not named.
func (s *Server) statistics(r *http.Request) (page.Page, error) {
	sh, err := s.sheet(r, "统计")
	if err != nil {
		return nil, err
	}
	p := &statisticsPage{sheet: sh, Year: s.today().Year()}
	plans, err := s.Plan.Published(r.Context(), sh.Of.ID)
	if err != nil {
		return nil, err
	}
	years := map[string]int{}
	for i, x := range plans {
		years[x.ID] = x.Year
		if o := (page.Option{Value: strconv.Itoa(x.Year), Label: strconv.Itoa(x.Year) + " 年度"}); !slices.Contains(p.Years, o) {
			p.Years = append(p.Years, o)
		}
		if i == 0 {
			p.Year = x.Year
		}
	}
	if y, err := strconv.Atoi(r.URL.Query().Get("year")); err == nil {
		p.Year = y
	}
	if p.Counters, err = s.Disclosure.Counters(r.Context(), sh.Of.ID, p.Year); err != nil {
		return nil, err
	}
	rounds, err := openbook.Of(s.Round).Rounds(r.Context(), sh.Of.ID)
	for _, x := range rounds {
		if years[x.PlanID] != p.Year || x.State != round.Matched && x.State != round.Closed {
			continue
		}
		rate, err := s.Disclosure.Rate(r.Context(), sh.Of.ID, x.ID)
		if err != nil {
			return nil, err
		}
		p.Rounds = append(p.Rounds, rateLine{x, rate})
	}
	return p, err
}
