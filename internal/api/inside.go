package api

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"io"
	"net/http"
	"strings"
	"time"

	"suiji/internal/access"
	"suiji/internal/audit"
	"suiji/internal/errs"
	"suiji/internal/identity"
	"suiji/internal/pace"
	"suiji/internal/page"
	"suiji/internal/token"
)

type tokenKey struct{}

// tokenOf is the token of a request to the office.
func tokenOf(ctx context.Context) token.Token {
	t, _ := ctx.Value(tokenKey{}).(token.Token)
	return t
}

// inside serves the office's operations to whoever has a token. A session's
// cookie counts for nothing here, so that no page elsewhere can act by it.
func (s *Server) inside(w http.ResponseWriter, r *http.Request) {
	text, ok := strings.CutPrefix(r.Header.Get("Authorization"), "Bearer ")
	var err error = an{signIn, "请求头里没有 Authorization: Bearer 令牌。没有办理"}
	var a access.Actor
	var t token.Token
	if ok {
		a, t, err = s.Token.Act(r.Context(), strings.TrimSpace(text))
	}
	if err != nil {
		if late := s.within(w, "address "+pace.Address(r), s.Limits.Address); late != nil {
			err = late
		} else {
			w.Header().Set("WWW-Authenticate", `Bearer realm="suiji"`)
		}
		logged(r.Context(), err)
		writeProblem(w, r, err)
		return
	}
	page.SetActor(r.Context(), a.ID)
	if err := s.within(w, "token "+t.ID, s.Limits.Token); err != nil {
		writeProblem(w, r, err)
		return
	}
	r = r.WithContext(context.WithValue(identity.WithActor(r.Context(), a), tokenKey{}, t))
	b := &held{ResponseWriter: w, cache: "private, no-store"}
	if r.Method == http.MethodGet || r.Method == http.MethodHead {
		s.mux.ServeHTTP(b, r)
		b.send(r)
		return
	}
	s.once(b, r, t)
}

// once has a change made once for each Idempotency-Key: the same request gets
// the same answer, another one is refused (draft-ietf-httpapi-idempotency-key-header).
func (s *Server) once(b *held, r *http.Request, t token.Token) {
	content, err := io.ReadAll(http.MaxBytesReader(b.ResponseWriter, r.Body, mostBody))
	if err != nil {
		var big *http.MaxBytesError
		if errors.As(err, &big) {
			err = an{tooLarge, ""}
		} else {
			err = an{badRequest, "请求体没有完整收到。没有办理，请再发一次"}
		}
		writeProblem(b.ResponseWriter, r, err)
		return
	}
	key := r.Header.Get("Idempotency-Key")
	before, done, err := s.Token.Begin(r.Context(), t, key, digestOf(r, content))
	switch {
	case errors.Is(err, token.ErrKey):
		err = an{badRequest, err.Error()}
	case errors.Is(err, token.ErrOther):
		page.SetEvent(r.Context(), page.Replayed)
		err = an{keyReused, err.Error()}
	case done:
		repeat(b.ResponseWriter, before)
		return
	}
	if err != nil {
		if errs.KindOf(err) == errs.Unknown { // it may have been claimed all the same
			s.forget(r, t, key)
		}
		logged(r.Context(), err)
		writeProblem(b.ResponseWriter, r, err)
		return
	}
	r.Body = io.NopCloser(bytes.NewReader(content))
	working, finished := context.WithCancel(context.WithoutCancel(r.Context()))
	go s.hold(working, t, key)
	s.mux.ServeHTTP(b, r.WithContext(audit.WithKey(r.Context(), "api "+t.ID+" "+key)))
	finished()
	s.remember(b, r, t, key)
	b.send(r)
}

// digestOf is what makes two requests the same.
func digestOf(r *http.Request, content []byte) string {
	h := sha256.New()
	io.WriteString(h, r.Method+"\n"+r.URL.RequestURI()+"\n"+r.Header.Get("If-Match")+"\n"+r.Header.Get("Content-Type")+"\n")
	h.Write(content)
	return hex.EncodeToString(h.Sum(nil))
}

// answerHeads are the headers that belong to an answer.
var answerHeads = []string{"Content-Type", "ETag", "Location"}

// hold renews the claim of a request until ctx ends.
func (s *Server) hold(ctx context.Context, t token.Token, key string) {
	tick := time.NewTicker(token.Beat)
	defer tick.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
			_ = s.Token.Renew(ctx, t, key) // the next beat does it
		}
	}
}

// forget gives up the claim of a request that failed on our side. While the
// database is away it goes on trying, as long as the claim would be believed.
func (s *Server) forget(r *http.Request, t token.Token, key string) {
	ctx := context.WithoutCancel(r.Context())
	if s.Token.Forget(ctx, t, key) == nil {
		return
	}
	go func() {
		ctx, stop := context.WithTimeout(ctx, 3*token.Beat)
		defer stop()
		for s.Token.Forget(ctx, t, key) != nil && ctx.Err() == nil {
			time.Sleep(200 * time.Millisecond)
		}
	}()
}

// remember keeps the answer for whoever sends the same again. What failed on
// our side is not kept: it may be sent again, and is done once all the same.
func (s *Server) remember(b *held, r *http.Request, t token.Token, key string) {
	ctx := context.WithoutCancel(r.Context()) // what was done is remembered, though nobody waits for it
	if b.status == 0 || b.status >= http.StatusInternalServerError {
		s.forget(r, t, key)
		return
	}
	a := token.Answer{Status: b.status, Head: map[string]string{}, Body: b.body.Bytes()}
	for _, name := range answerHeads {
		if v := b.Header().Get(name); v != "" {
			a.Head[name] = v
		}
	}
	if err := s.Token.Keep(ctx, t, key, a); err != nil {
		logged(ctx, err)
	}
}

// repeat answers as before.
func repeat(w http.ResponseWriter, a token.Answer) {
	for name, v := range a.Head {
		w.Header().Set(name, v)
	}
	w.Header().Set("Cache-Control", "private, no-store")
	w.Header().Set("Idempotency-Replayed", "true")
	w.WriteHeader(a.Status)
	w.Write(a.Body)
}
