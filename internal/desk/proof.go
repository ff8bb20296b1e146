package desk

import (
	"net/http"

	"suiji/internal/page"
)

// proof serves a kept file. It is saved, not shown: what it holds is somebody
// else's.
func (s *Server) proof(r *http.Request) (*page.File, error) {
	f, body, err := s.Proof.Look(r.Context(), actor(r), r.PathValue("digest"))
	return &page.File{Name: f.Name, Type: f.Type(), Body: body}, err
}
