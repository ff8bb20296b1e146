package desk

import (
	"net/http"
	"strings"

	"suiji/internal/page"
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
			if err := s.Round.Look(r.Context(), actor(r), l.looked()); err != nil {
				return nil, err
			}
		}
		return p, nil
	}
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
