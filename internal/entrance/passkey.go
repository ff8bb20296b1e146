package entrance

import (
	"encoding/json"
	"net/http"

	"suiji/internal/access"
	"suiji/internal/counter"
	"suiji/internal/errs"
	"suiji/internal/identity"
	"suiji/internal/page"
	"suiji/internal/passkey"
)

// asked answers the script with what the browser hands to the device, or with a
// sentence.
func (s *Server) asked() http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body, err := s.Sessions.AskPasskey(r.Context(), passkey.Purpose(r.PostFormValue("for")))
		status := http.StatusOK
		if err != nil {
			if errs.KindOf(err) == errs.Internal {
				s.Log.ErrorContext(r.Context(), "request went wrong", "request", page.RequestID(r.Context()), "error", err)
			}
			status = page.Status(err)
			body, _ = json.Marshal(map[string]string{"sentence": errs.Sentence(err)}) // a string in a map: never fails
		}
		w.Header().Set("Content-Type", "application/json")
		w.Header().Set("Cache-Control", "no-store")
		w.WriteHeader(status)
		w.Write(body)
	})
}

func (s *Server) enrolPasskey(r *http.Request) (string, error) {
	acc, err := halfway(r, identity.Enrol)
	if err != nil {
		return "", err
	}
	return "/w/me/second", s.takePasskey(r, acc.Actor())
}

func (s *Server) addPasskey(r *http.Request) (string, error) {
	return "/w/me/second", s.takePasskey(r, counter.Actor(r))
}

func (s *Server) takePasskey(r *http.Request, by access.Actor) error {
	codes, err := s.Sessions.AddPasskey(r.Context(), by, counter.Text(r, "name"), r.PostFormValue("passkey"))
	if err != nil {
		return err
	}
	return s.enrolled(r, by, codes)
}

func (s *Server) renamePasskey(r *http.Request) (string, error) {
	return "/w/me/second", s.Identity.RenamePasskey(r.Context(), counter.Actor(r), r.PathValue("key"), r.PostFormValue("as"))
}

func (s *Server) removePasskey(r *http.Request) (string, error) {
	a := counter.Actor(r)
	if err := s.Identity.RemovePasskey(r.Context(), a, r.PathValue("key")); err != nil {
		return "", err
	}
	return "/w/me/second", s.Sessions.Renew(r.Context(), identity.Account{Authority: a.Authority, ID: a.ID})
}
