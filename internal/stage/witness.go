package stage

import (
	"encoding/json"
	"net/http"

	"suiji/internal/ceremony"
	"suiji/internal/page"
)

// witnessPage is what a witness's telephone shows. Its script makes the
// secret; the server only ever gets what the form says.
type witnessPage struct {
	page.Base
	Address   string
	Witness   ceremony.Witness
	Joined    bool // this is the telephone, not the invitation
	View      ceremony.Snapshot
	Current   bool // the round is still at the draw that was witnessed
	Committed bool
	Given     bool // the secret has been revealed
	MayReveal bool // it is the witness's turn
}

// ShortFingerprint is what the wall shows.
func (p *witnessPage) ShortFingerprint() []string { return fours(p.View.Fingerprint) }

// ofWitness returns what the ceremony shows, to whoever holds the address.
func (s *Server) ofWitness(r *http.Request) (view, error) {
	w, _, err := s.Ceremony.Find(r.Context(), r.PathValue("address"))
	if err != nil {
		return view{}, err
	}
	return s.hub.view(r.Context(), w.Authority, w.RoundID)
}

func (s *Server) witness(r *http.Request) (page.Page, error) {
	address := r.PathValue("address")
	w, joined, err := s.Ceremony.Find(r.Context(), address)
	if err != nil {
		return nil, err
	}
	v, err := s.hub.view(r.Context(), w.Authority, w.RoundID)
	if err != nil {
		return nil, err
	}
	p := &witnessPage{Base: page.Base{Title: "见证 " + v.Round, Live: "/witness/" + address + "/events", Shows: v.version},
		Address: address, Witness: w, Joined: joined, View: v.Snapshot, Current: v.Half == w.Half, Committed: w.Commitment != ""}
	if joined && p.Committed && v.Manifest != "" {
		st, err := s.Ceremony.Standing(r.Context(), address)
		if err != nil {
			return nil, err
		}
		p.Given = st.Recorded != ""
	}
	p.MayReveal = joined && p.Current && p.Committed && !p.Given && v.State == "sealed" && v.Step == ceremony.Revealing
	return p, nil
}

// standing is what the telephone checks, as JSON.
func (s *Server) standing(r *http.Request) (*page.File, error) {
	st, err := s.Ceremony.Standing(r.Context(), r.PathValue("address"))
	if err != nil {
		return nil, err
	}
	raw, err := json.Marshal(map[string]any{
		"state": st.Snapshot.State, "commitment": st.Witness.Commitment, "manifest": st.Manifest,
		"recorded": st.Recorded, "values": st.Values, "seed": st.Seed,
	})
	return &page.File{Name: "standing.json", Type: "application/json", Inline: true, Body: raw}, err
}

func witnessPath(address string) string { return "/witness/" + address }

func (s *Server) join(r *http.Request) (string, error) {
	defer s.hub.turn()
	address, err := s.Ceremony.Join(r.Context(), r.PathValue("address"), r.PostFormValue("phone"))
	return witnessPath(address), err
}

func (s *Server) commit(r *http.Request) (string, error) {
	defer s.hub.turn()
	address := r.PathValue("address")
	return witnessPath(address), s.Ceremony.Commit(r.Context(), address, r.PostFormValue("commitment"), r.PostFormValue("seen"))
}

func (s *Server) reveal(r *http.Request) (string, error) {
	defer s.hub.turn()
	address := r.PathValue("address")
	return witnessPath(address), s.Ceremony.Reveal(r.Context(), address, r.PostFormValue("secret"))
}

func (s *Server) refuse(r *http.Request) (string, error) {
	defer s.hub.turn()
	address := r.PathValue("address")
	return witnessPath(address), s.Ceremony.Refuse(r.Context(), address)
}
