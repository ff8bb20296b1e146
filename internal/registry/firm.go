package registry

import (
	"net/http"
	"net/url"
	"strings"

	"suiji/internal/errs"
	"suiji/internal/inspection"
	"suiji/internal/page"
	"suiji/internal/register"
)

// firmForm is an inspection of a firm.
type firmForm struct {
	inspection.Form
	Tag page.Tag
}

func formTag(state inspection.State) page.Tag {
	tone := map[inspection.State]page.Tone{inspection.Entered: page.Doing, inspection.Returned: page.Warn, inspection.Confirmed: page.OK}[state]
	return page.Tag{Tone: tone, Word: state.Name()}
}

// inspected adds where people of a firm work, its inspections, how many visits
// of the year count against caps, and how many each cap leaves.
func (s *Server) inspected(r *http.Request, p *targetPage) error {
	ctx, a := r.Context(), actor(r)
	p.Places, p.Year = p.Target.Workplaces(), s.today().Year()
	forms, err := s.Inspection.Forms(ctx, a.Authority, inspection.Filter{TargetID: p.Target.ID})
	if err != nil {
		return err
	}
	for _, f := range forms {
		p.Forms = append(p.Forms, firmForm{f, formTag(f.State)})
	}
	exempt, err := s.Caps.Exemptions(ctx, a.Authority)
	if err != nil {
		return err
	}
	spared := map[string]bool{}
	for _, x := range exempt {
		spared[x] = true
	}
	if p.Visits, err = s.Caps.Of(ctx, a.Authority, p.Target.ID); err != nil {
		return err
	}
	for _, v := range p.Visits {
		if v.Day.Year() == p.Year && !spared[v.Reason] {
			p.Counted++
		}
	}
	if p.Caps, err = s.Caps.Standing(ctx, a.Authority, p.Target.ID, p.Target.Tags, p.Year); err != nil {
		return err
	}
	return s.looked(r, p)
}

// looked records who learns from a firm's page that a round that is not
// disclosed yet has drawn it: by a form, or by a visit that is counted.
func (s *Server) looked(r *http.Request, p *targetPage) error {
	ctx, a := r.Context(), actor(r)
	var rounds []string
	for _, f := range p.Forms {
		rounds = append(rounds, f.RoundID)
	}
	for _, v := range p.Visits {
		x, err := s.Round.Round(ctx, a.Authority, v.Source)
		if errs.KindOf(err) == errs.NotFound {
			continue // a visit that somebody typed
		}
		if err != nil {
			return err
		}
		rounds = append(rounds, x.ID)
	}
	return s.Round.Look(ctx, a, rounds)
}

// targetFilter reads what the address chooses.
func targetFilter(r *http.Request, l listing) register.TargetFilter {
	q := r.URL.Query()
	return register.TargetFilter{Query: l.Query, Kind: q.Get("kind"), State: q.Get("state"), Tag: q.Get("tag"), Order: register.Order(q.Get("order")),
		Withdrawn: l.Standing == gone, On: l.On}
}

// mostSubs is how many sub-registers stand above the list.
const mostSubs = 12

// subRegisters are the sub-registers by tag with their numbers of firms; the
// classes of gradings have pages of their own.
func subRegisters(tags []register.Tally, chosen string) []page.Link {
	var all []page.Link
	for _, t := range tags {
		if !strings.HasPrefix(t.Word, register.CreditTag) && len(all) < mostSubs {
			all = append(all, page.Link{Word: t.Word, Href: "/w/targets?" + url.Values{"tag": {t.Word}}.Encode(), Count: t.Count, Current: t.Word == chosen})
		}
	}
	return all
}
