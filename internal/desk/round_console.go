package desk

import (
	"encoding/base64"
	"fmt"
	"html/template"
	"net/http"
	"net/url"
	"strconv"
	"strings"

	"github.com/skip2/go-qrcode"

	"suiji/internal/access"
	"suiji/internal/ceremony"
	"suiji/internal/errs"
	"suiji/internal/page"
	"suiji/internal/round"
)

func (s *Server) consoleRoutes(mux *http.ServeMux) {
	s.get(mux, "/w/rounds/{id}/minutes", "round-minutes", s.minutes)
	s.file(mux, "/w/rounds/{id}/minutes.png", s.minutesQR)
	const path, name = "/w/rounds/{id}/console", "round-console"
	s.get(mux, path, name, s.console)
	s.post(mux, path+"/invite", name, s.console, s.invite)
	s.post(mux, path+"/reissue", name, s.console, s.reissue, access.WitnessInvite)
	s.post(mux, path+"/withdraw", name, s.console, s.withdrawInvitation, access.WitnessInvite)
	s.post(mux, path+"/seal", name, s.console, meant(s.seal))
	s.post(mux, path+"/roll", name, s.console, meant(s.roll))
	s.post(mux, path+"/draw", name, s.console, meant(s.draw))
	s.post(mux, path+"/void", name, s.console, meant(s.void))
	s.post(mux, path+"/abandon", name, s.console, meant(s.abandon))
}

// consolePage is the operator's: five steps, and the one button that comes
// next.
type consolePage struct {
	page.Base
	View      ceremony.Snapshot
	Steps     []page.Step
	Witnesses []ceremony.Witness
	Rolls     []round.Source // still to be rolled
	Address   string         // of the invitation that was just made; shown once, kept nowhere
	Link      string
	QR        template.URL
	Minutes   string   // proposed wait for a beacon
	Pending   []string // witnesses who hold up the next step
	Operator  bool
	Leader    bool
	Running   bool // it can still be abandoned
	Ready     bool // nobody is waited for before the seal
	MayVoid   bool
}

func (s *Server) console(r *http.Request) (page.Page, error) {
	ctx, a, id := r.Context(), actor(r), r.PathValue("id")
	v, err := s.Ceremony.Snapshot(ctx, a.Authority, id)
	if err != nil {
		return nil, err
	}
	p := &consolePage{Base: page.Base{Title: "主持台 " + id, Live: "/stage/" + id + "/events"}, View: v, Pending: v.Missing(),
		Operator: access.Allow(a, access.RoundDraw), Leader: access.Allow(a, access.RoundAbandon),
		Running: v.State == "frozen" || v.State == "sealed"}
	if s.Beacon.On() {
		p.Minutes = "5"
	}
	if p.Shows, err = v.Version(); err != nil {
		return nil, err
	}
	p.Trail = []page.Link{{Word: "抽取", Href: "/w/rounds"}, {Word: "轮次 " + id, Href: "/w/rounds/" + id}}
	p.Ready = v.State == "frozen" && len(p.Pending) == 0
	p.MayVoid = v.State == "sealed" && v.Step == ceremony.Revealing && (p.Operator && len(v.Refused()) > 0 || p.Leader)
	for _, x := range v.Steps {
		p.Steps = append(p.Steps, page.Step{Name: x.Name, Done: x.Done, Now: x.Now})
	}
	if p.Witnesses, err = s.Ceremony.Witnesses(ctx, a.Authority, id, v.Half); err != nil {
		return nil, err
	}
	sources, err := s.Round.Sources(ctx, a.Authority, id, v.Half)
	if err != nil {
		return nil, err
	}
	for _, x := range sources {
		if x.Kind == "public" && x.Value == "" {
			p.Rolls = append(p.Rolls, x)
		}
	}
	return p, s.invitation(r, p)
}

// invitation shows the code that the next witness scans, as long as nobody
// has.
func (s *Server) invitation(r *http.Request, p *consolePage) error {
	p.Address = r.URL.Query().Get("invitation")
	if p.Address == "" {
		return nil
	}
	w, _, err := s.Ceremony.Find(r.Context(), p.Address)
	if errs.KindOf(err) == errs.NotFound || err == nil && (w.Authority != actor(r).Authority || !w.JoinedAt.IsZero()) {
		p.Address = ""
		return nil
	}
	if err != nil {
		return err
	}
	p.Link = strings.TrimRight(s.BaseURL, "/") + "/witness/" + p.Address
	q, err := qrcode.New(p.Link, qrcode.Medium)
	if err != nil {
		return fmt.Errorf("qr of invitation: %w", err)
	}
	png, err := q.PNG(480)
	p.QR = template.URL("data:image/png;base64," + base64.StdEncoding.EncodeToString(png))
	return err
}

// State says how far a witness has come before the seal.
func (p *consolePage) State(w ceremony.Witness) page.Tag {
	for _, x := range p.View.Sources {
		if x.Name == w.Name() {
			return page.Tag{Tone: page.Tone(x.Tone), Word: x.Word}
		}
	}
	return page.Tag{Word: "没有参加封存"}
}

// invited leads on to the console with the new invitation's code.
func invited(r *http.Request, address string, err error) (string, error) {
	next := roundPath(r)
	if address != "" {
		next += "?invitation=" + url.QueryEscape(address)
	}
	return next, err
}

func (s *Server) invite(r *http.Request) (string, error) {
	address, err := s.Ceremony.Invite(r.Context(), actor(r), r.PathValue("id"), r.PostFormValue("who"))
	return invited(r, address, err)
}

func (s *Server) reissue(r *http.Request) (string, error) {
	no, err := witnessNo(r)
	if err != nil {
		return "", err
	}
	address, err := s.Ceremony.Reissue(r.Context(), actor(r), r.PathValue("id"), no)
	return invited(r, address, err)
}

func (s *Server) withdrawInvitation(r *http.Request) (string, error) {
	no, err := witnessNo(r)
	if err != nil {
		return "", err
	}
	return roundPath(r), s.Ceremony.Withdraw(r.Context(), actor(r), r.PathValue("id"), no)
}

func witnessNo(r *http.Request) (int, error) {
	no, err := strconv.Atoi(r.PostFormValue("no"))
	if err != nil {
		return 0, errs.E(errs.NotFound, "没有这位见证人")
	}
	return no, nil
}

func (s *Server) void(r *http.Request) (string, error) {
	return roundPath(r), s.Ceremony.Void(r.Context(), actor(r), r.PathValue("id"))
}
