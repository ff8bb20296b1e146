package desk

import (
	"fmt"
	"net/http"
	"strings"

	"github.com/skip2/go-qrcode"

	"suiji/draw"
	"suiji/internal/ceremony"
	"suiji/internal/errs"
	"suiji/internal/page"
	"suiji/internal/round"
	"suiji/internal/scribe"
	"suiji/ledger"
)

// minutesPage is the record of one draw (抽取记录) for people to sign: one
// sheet, and the drawn rows as an annex. It names no firm before the
// disclosure.
type minutesPage struct {
	page.Base
	View     ceremony.Snapshot
	Round    round.Round
	Operator string
	Sources  []minutesSource
	Signers  []string    // the witnesses
	Signs    [][2]string // who signs, two in a row
	First    ceremony.Row
	Last     ceremony.Row
	Annex    []annexSheet
	Pages    int
	Public   string // address where everybody checks the act's receipt; empty: a rehearsal
}

// minutesSource is one source with what may be written down of it.
type minutesSource struct {
	ceremony.Source
	Value string
}

// annexSheet is one page of drawn rows.
type annexSheet struct {
	No   int
	Rows []ceremony.Row
}

// Rows that a sheet of the annex holds: with names, and two columns of
// fingerprints.
const annexNamed, annexBare = 30, 64

func (s *Server) minutes(r *http.Request) (page.Page, error) {
	ctx, a, id := r.Context(), actor(r), r.PathValue("id")
	v, err := s.Ceremony.Snapshot(ctx, a.Authority, id)
	if err != nil {
		return nil, err
	}
	if v.Manifest == "" {
		return nil, errs.E(errs.Conflict, "名单还没有封存，没有抽取记录可以打印。请先在主持台封存")
	}
	p := &minutesPage{Base: page.Base{Title: "抽取记录 " + id, Trail: []page.Link{{Word: "轮次", Href: "/w/rounds/" + id}}}, View: v}
	if p.Round, err = s.Round.Round(ctx, a.Authority, id); err != nil {
		return nil, err
	}
	acc, err := s.Identity.Account(ctx, a.Authority, p.Round.Operator)
	if err != nil && errs.KindOf(err) != errs.NotFound {
		return nil, err
	}
	p.Operator = acc.Name
	if err := s.minuteSources(r, p); err != nil {
		return nil, err
	}
	if n := len(v.Rows); n > 0 {
		p.First, p.Last = v.Rows[0], v.Rows[n-1]
	}
	p.Signs = [][2]string{{"操作员", "监督人"}}
	for i := 0; i < len(p.Signers); i += 2 {
		pair := [2]string{p.Signers[i]}
		if i+1 < len(p.Signers) {
			pair[1] = p.Signers[i+1]
		}
		p.Signs = append(p.Signs, pair)
	}
	p.sheets()
	p.Public, err = s.minutesPublic(r, v)
	return p, err
}

// minutesPublic leads from the paper to the receipt of the draw or, while there
// is none, of the seal; as long as that waits for its position, to the round.
func (s *Server) minutesPublic(r *http.Request, v ceremony.Snapshot) (string, error) {
	if v.Rehearsal {
		return "", nil
	}
	all, err := s.Scribe.Entries(r.Context(), v.Authority, v.Round+"."+v.Half)
	path := "/rounds/" + v.Round
	for _, e := range all {
		if e.Position >= 0 && (e.Entry.Type == ledger.RoundSealed || e.Entry.Type == ledger.RoundDrawn) {
			path = scribe.CheckPath(v.Authority, e.Position)
		}
	}
	return strings.TrimRight(s.BaseURL, "/") + path, err
}

// minutesQR is the picture of that address.
func (s *Server) minutesQR(r *http.Request) (*page.File, error) {
	v, err := s.Ceremony.Snapshot(r.Context(), actor(r).Authority, r.PathValue("id"))
	if err != nil {
		return nil, err
	}
	address, err := s.minutesPublic(r, v)
	if err != nil {
		return nil, err
	}
	if address == "" {
		return nil, errs.E(errs.NotFound, "演练没有公开的台账回执")
	}
	q, err := qrcode.New(address, qrcode.Medium)
	if err != nil {
		return nil, fmt.Errorf("qr of minutes: %w", err)
	}
	q.DisableBorder = true
	png, err := q.PNG(320)
	return &page.File{Name: v.Round + ".png", Type: "image/png", Inline: true, Body: png}, err
}

// minuteSources writes down what was rolled before everybody's eyes; a secret
// only once it is public.
func (s *Server) minuteSources(r *http.Request, p *minutesPage) error {
	values := map[string]string{}
	all, err := s.Round.Sources(r.Context(), p.View.Authority, p.View.Round, p.View.Half)
	if err != nil {
		return err
	}
	for _, x := range all {
		if x.Kind == draw.Public || p.View.Named {
			values[x.Name] = x.Value
		}
	}
	for _, x := range p.View.Sources {
		p.Sources = append(p.Sources, minutesSource{x, values[x.Name]})
		if x.Role == "见证人" {
			p.Signers = append(p.Signers, x.Title)
		}
	}
	return nil
}

// sheets cuts the drawn rows into pages.
func (p *minutesPage) sheets() {
	size := annexBare
	if p.View.Named {
		size = annexNamed
	}
	for rows := p.View.Rows; len(rows) > 0; {
		n := min(size, len(rows))
		p.Annex = append(p.Annex, annexSheet{No: len(p.Annex) + 2, Rows: rows[:n]})
		rows = rows[n:]
	}
	p.Pages = len(p.Annex) + 1
}
