package portal

import (
	"fmt"
	"html/template"
	"net/http"
	"strconv"

	"suiji/internal/errs"
	"suiji/internal/openbook"
	"suiji/internal/page"
	"suiji/internal/round"
	"suiji/internal/scribe"
	"suiji/verify"
)

// checks serves the pages that work a draw out again and check a receipt in the
// visitor's browser, and their pieces.
func (s *Server) checks(mux *http.ServeMux) {
	mux.Handle("GET /verify/browser", s.set.Public("check", s.checkAny))
	mux.Handle("GET /rounds/{id}/verify", s.set.Public("check", s.checkRound))
	mux.Handle("GET /verify/receipt", s.set.Public("receipt", s.checkReceipt))
	for name, f := range map[string]page.File{
		verify.PageName:    {Type: "text/html; charset=utf-8", Body: verify.Page()},
		verify.ReceiptName: {Type: "text/html; charset=utf-8", Body: verify.ReceiptPage()},
		"core.js":          {Type: "text/javascript; charset=utf-8", Body: verify.Core, Inline: true},
		"page.js":          {Type: "text/javascript; charset=utf-8", Body: verify.Script, Inline: true},
		"receipt.js":       {Type: "text/javascript; charset=utf-8", Body: verify.ReceiptScript, Inline: true},
		"verify.css":       {Type: "text/css; charset=utf-8", Body: verify.Style, Inline: true},
	} {
		f.Name = name
		mux.Handle("GET /verify/"+name, s.set.PublicFile(func(*http.Request) (*page.File, error) { return &f, nil }))
	}
}

type checkPage struct {
	sheet
	Round    string        // empty: the visitor brings a bundle
	Halves   []page.Link   // the draws whose bundles are public
	Bundle   string        // address; empty if none is public
	Verifier string        // the authority's key
	Panel    template.HTML // of package verify, which takes data-bundle and data-key from the page around it
}

// JSON is the page's twin: where the bundles and the verifiers are.
func (p *checkPage) JSON() any {
	return map[string]any{"round": p.Round, "bundle": p.Bundle, "verifier_key": p.Verifier,
		"page": "/verify/" + verify.PageName, "verifier": "/verify/" + verify.Name}
}

// checkAny is the page for a bundle that the visitor brings.
func (s *Server) checkAny(r *http.Request) (page.Page, error) {
	sh, err := s.sheet(r, "在浏览器里核验", page.Link{Word: "核验方法", Href: "/verify"})
	return &checkPage{sheet: sh, Panel: template.HTML(verify.Panel())}, err
}

// checkRound is the page for a round; ?half= says which of its draws.
func (s *Server) checkRound(r *http.Request) (page.Page, error) {
	id, half := r.PathValue("id"), r.URL.Query().Get("half")
	sh, err := s.sheet(r, "在浏览器里核验", page.Link{Word: "抽取记录", Href: "/rounds"}, page.Link{Word: id, Href: "/rounds/" + id})
	if err != nil {
		return nil, err
	}
	x, err := openbook.Of(s.Round).Round(r.Context(), sh.Of.ID, id, nil)
	if err != nil {
		return nil, err
	}
	p := &checkPage{sheet: sh, Round: id, Panel: template.HTML(verify.Panel())}
	for _, h := range x.Halves {
		if h.Bundle == "" {
			continue
		}
		chosen := h.Half == half || half == "" && h.Half == round.Targets
		if chosen {
			p.Bundle = fmt.Sprintf("/rounds/%s/%s.zip", id, h.Half)
		}
		p.Halves = append(p.Halves, page.Link{Word: h.Title(), Href: "/rounds/" + id + "/verify?half=" + h.Half, Current: chosen})
	}
	if half != "" && p.Bundle == "" {
		return nil, errs.E(errs.NotFound, "没有这个核验包，或者它还没有公开")
	}
	p.Verifier, err = s.Scribe.VerifierKey(r.Context(), sh.Of.ID)
	return p, err
}

type receiptPage struct {
	sheet
	Receipt  string // address; empty: the visitor brings one
	Position int64
	Verifier string        // the authority's key
	Panel    template.HTML // of package verify, which takes data-receipt and data-key from the page around it
}

// JSON is the page's twin: where the receipt and the verifiers are.
func (p *receiptPage) JSON() any {
	return map[string]any{"receipt": p.Receipt, "verifier_key": p.Verifier, "page": "/verify/" + verify.ReceiptName}
}

// checkReceipt is the page for a receipt: of ?position=, or one that the
// visitor brings.
func (s *Server) checkReceipt(r *http.Request) (page.Page, error) {
	sh, err := s.sheet(r, "核验台账回执", page.Link{Word: "核验方法", Href: "/verify"})
	if err != nil {
		return nil, err
	}
	p := &receiptPage{sheet: sh, Panel: template.HTML(verify.ReceiptPanel())}
	_, size, err := s.Scribe.Checkpoint(r.Context(), sh.Of.ID)
	if err != nil && errs.KindOf(err) != errs.NotFound {
		return nil, err
	}
	if typed := r.URL.Query().Get("position"); typed != "" {
		n, err := strconv.ParseInt(typed, 10, 64)
		if err != nil || n < 0 || n >= size {
			return nil, errs.E(errs.NotFound, "台账里没有这个位置，或者记录还在写入。请过一会儿再打开")
		}
		p.Position, p.Receipt = n, scribe.ReceiptPath(sh.Of.ID, n)
	}
	if size > 0 {
		p.Verifier, err = s.Scribe.VerifierKey(r.Context(), sh.Of.ID)
	}
	return p, err
}
