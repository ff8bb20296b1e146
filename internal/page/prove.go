package page

import (
	"net/http"
	"slices"
	"strings"

	"suiji/internal/errs"
)

// ProofField is the input that shows again who sends a form: a password, or a
// code. Whoever keeps the sessions takes it out before the form is read.
const ProofField = "prove-again"

// PasskeyField is the input that shows it by what a device signed (passkey.js).
const PasskeyField = "prove-passkey"

// AskProof is said to whom is asked for it the first time: nothing has gone wrong.
const AskProof = "请核对身份：输入登录密码或动态口令，或者用通行密钥"

// provePage asks for it, and carries what was sent.
type provePage struct {
	Base
	Action string
	Sent   []sent
}

type sent struct{ Name, Value string }

// prove asks the sender of a form to show again who he is; then the same form
// is sent once more, with its key.
func (s *Set) prove(w http.ResponseWriter, r *http.Request, why error) {
	p := &provePage{Base: Base{Title: "核对身份", Status: http.StatusForbidden}, Action: r.URL.RequestURI()}
	if said := errs.Sentence(why); said != AskProof {
		p.Problems = []errs.Problem{{Field: ProofField, Sentence: said}}
	}
	for name, values := range r.PostForm {
		for _, v := range values {
			p.Sent = append(p.Sent, sent{name, v})
		}
	}
	slices.SortStableFunc(p.Sent, func(a, b sent) int { return strings.Compare(a.Name, b.Name) })
	p.Passkey = true
	s.write(w, r, "prove", p)
}
