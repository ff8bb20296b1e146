package desk

import (
	"errors"
	"net/http"

	"suiji/internal/errs"
	"suiji/internal/page"
)

// keepProof keeps the file that came with a form and returns its digest; empty
// if there is none: whether one is needed is the act's to say.
func (s *Server) keepProof(r *http.Request) (string, error) {
	f, head, err := r.FormFile("proof")
	if errors.Is(err, http.ErrMissingFile) || errors.Is(err, http.ErrNotMultipart) {
		return "", nil
	}
	if err != nil {
		return "", errs.Because(errs.Invalid, "附件没有完整收到，没有提出申请。请再提交一次", err)
	}
	digest, err := s.Proof.Keep(r.Context(), actor(r), head.Filename, f)
	return digest, errors.Join(err, f.Close())
}

// proof serves a kept file. It is saved, not shown: what it holds is somebody
// else's.
func (s *Server) proof(r *http.Request) (*page.File, error) {
	f, body, err := s.Proof.Look(r.Context(), actor(r), r.PathValue("digest"))
	return &page.File{Name: f.Name, Type: f.Type(), Body: body}, err
}
