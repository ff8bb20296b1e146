package counter

import (
	"errors"
	"net/http"

	"suiji/internal/errs"
	"suiji/internal/proof"
)

// KeepProof keeps the file that came with a form and returns its digest; empty
// if there is none: whether one is needed is the act's to say.
func KeepProof(r *http.Request, proofs *proof.Service) (string, error) {
	f, head, err := r.FormFile("proof")
	if errors.Is(err, http.ErrMissingFile) || errors.Is(err, http.ErrNotMultipart) {
		return "", nil
	}
	if err != nil {
		return "", errs.Because(errs.Invalid, "附件没有完整收到，没有提出申请。请再提交一次", err)
	}
	digest, err := proofs.Keep(r.Context(), Actor(r), head.Filename, f)
	return digest, errors.Join(err, f.Close())
}
