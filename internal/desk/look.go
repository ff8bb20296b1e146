package desk

import (
	"net/http"
	"slices"
	"strings"

	"suiji/draw"
	"suiji/internal/access"
	"suiji/internal/page"
	"suiji/internal/store"
)

// looked is a page that may name drawn firms: it says of which rounds.
type looked interface{ looked() []string }

// recorded serves a page and leaves a record of who looked at the names of a
// round that is not disclosed yet. Without the record there is no page.
func (s *Server) recorded(show page.Show) page.Show {
	return func(r *http.Request) (page.Page, error) {
		p, err := show(r)
		if err != nil {
			return nil, err
		}
		if l, ok := p.(looked); ok {
			if err := s.look(r, l.looked()); err != nil {
				return nil, err
			}
		}
		return p, nil
	}
}

func (s *Server) look(r *http.Request, rounds []string) error {
	ctx, a := r.Context(), actor(r)
	slices.Sort(rounds)
	for _, id := range slices.Compact(rounds) {
		x, err := s.Round.Round(ctx, a.Authority, id)
		if err != nil {
			return err
		}
		draws, err := s.Round.Draws(ctx, a.Authority, id)
		if err != nil {
			return err
		}
		if x.Disclosure == string(draw.AtOnce) || len(draws) == 0 || draws[0].State != "drawn" || draws[0].Bundle != "" {
			continue
		}
		if err := s.Door.Do(ctx, a, access.DrawnLook, id, func(*store.DB) error { return nil }); err != nil {
			return err
		}
	}
	return nil
}

// roundOf is the round of a form: its number is the round's and one more part.
func roundOf(form string) string {
	i := strings.LastIndexByte(form, '.')
	return form[:max(i, 0)]
}

func (p *roundFirmsPage) looked() []string { return []string{p.Round.ID} }
func (p *roundFirmPage) looked() []string  { return []string{p.Round.ID} }
func (p *roundTeamsPage) looked() []string { return []string{p.Round.ID} }
func (p *roundTeamPage) looked() []string  { return []string{p.Round.ID} }
func (p *findingPage) looked() []string    { return []string{p.Form.RoundID} }
func (p *formPage) looked() []string       { return []string{p.Form.RoundID} }
func (p *postingPage) looked() []string    { return []string{p.Row.Form.RoundID} }
func (p *formsPage) looked() []string      { return roundsOf(p.Forms) }
func (p *publishPage) looked() []string    { return append(roundsOf(p.Ready), roundsOf(p.Blocked)...) }

func (p *ratePage) looked() (ids []string) {
	for _, x := range p.Rows {
		ids = append(ids, x.Form.RoundID)
	}
	return ids
}

func (p *findingsPage) looked() (ids []string) {
	for _, x := range p.Findings {
		ids = append(ids, x.RoundID)
	}
	return ids
}

func (p *formPrintPage) looked() (ids []string) {
	for _, x := range p.Forms {
		ids = append(ids, x.RoundID)
	}
	return ids
}

func (p *previewPage) looked() (ids []string) {
	for _, x := range p.Previews {
		ids = append(ids, roundOf(x.Record.Form))
	}
	return ids
}

func roundsOf(rows []formRow) (ids []string) {
	for _, x := range rows {
		ids = append(ids, x.Form.RoundID)
	}
	return ids
}
