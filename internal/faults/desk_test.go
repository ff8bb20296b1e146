package faults

import (
	"errors"
	"fmt"
	"io"
	"log/slog"
	"math/rand/v2"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"testing"

	"suiji/internal/access"
	"suiji/internal/casework"
	"suiji/internal/ceremony"
	"suiji/internal/desk"
	"suiji/internal/identity"
	"suiji/internal/notice"
	"suiji/internal/page"
	"suiji/internal/page/pagetest"
	"suiji/internal/round/roundtest"
)

// desk is the officials' door over the office.
func (o *office) desk() http.Handler {
	c := casework.New(casework.Config{DB: o.DB, Door: o.Door, Now: o.Now, Reference: o.Reference, Inspection: o.inspection, Dir: o.Dir})
	board := notice.New(notice.Config{DB: o.DB, Door: o.Door, Now: o.Now, Identity: o.Identity, Reference: o.Reference, Plan: o.Plan, Round: o.Round, Disclosure: o.disclosure, Casework: c})
	cer := ceremony.New(ceremony.Config{DB: o.DB, Door: o.Door, Scribe: o.Scribe, Now: o.Now, Identity: o.Identity, Register: o.Register, Round: o.Round})
	d := desk.New(desk.Config{Notice: board, Ceremony: cer, Identity: o.Identity, Reference: o.Reference, Register: o.Register,
		Plan: o.Plan, Round: o.Round, Proof: o.Proof, Inspection: o.inspection, Visit: o.visit, Disclosure: o.disclosure, Scribe: o.Scribe,
		Now: o.Now, Log: slog.New(slog.DiscardHandler), BaseURL: "https://suiji.example"})
	signed := http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		who := roundtest.As(access.Role(r.Header.Get("Who")))
		d.Handler().ServeHTTP(w, r.WithContext(identity.WithActor(r.Context(), who)))
	})
	return page.Chain(signed, page.Numbered, page.Limited(1<<20, 1<<26), page.Guarded)
}

// button is what an official presses.
type button struct {
	act  string
	who  access.Role
	path string
	form url.Values
}

var buttons = []button{
	{"freeze", access.Operator, "/w/rounds", url.Values{"window": {planID + "|1|1"}}},
	{"seal", access.Operator, "/w/rounds/" + roundID + "/seal", url.Values{"half": {"targets"}, "how": {"当众掷 50 次骰子"}}},
	{"roll", access.Operator, "/w/rounds/" + roundID + "/roll", url.Values{"half": {"targets"}, "source": {"public"}, "value": {roundtest.Dice}}},
	{"draw", access.Operator, "/w/rounds/" + roundID + "/draw", url.Values{"half": {"targets"}}},
	{"confirm", access.ListAdmin, "/w/rounds/" + roundID + "/confirm", url.Values{}},
	{"freeze match", access.Operator, "/w/rounds/" + roundID + "/freeze-match", url.Values{}},
	{"seal match", access.Operator, "/w/rounds/" + roundID + "/seal", url.Values{"half": {"match"}, "how": {"当众掷 50 次骰子"}}},
	{"roll match", access.Operator, "/w/rounds/" + roundID + "/roll", url.Values{"half": {"match"}, "source": {"public"}, "value": {roundtest.Dice}}},
	{"draw match", access.Operator, "/w/rounds/" + roundID + "/draw", url.Values{"half": {"match"}}},
	{"issue", access.Clerk, "/w/rounds/" + roundID + "/forms", url.Values{}},
	{"check", access.Reviewer, "/w/forms/" + formID + "/confirm", url.Values{"revision": {"2"}, "opinion": {"同意"}}},
	{"publish", access.Reviewer, "/w/publish/preview", url.Values{"form": {formID}}},
}

// The day's buttons are pressed over a line that drops, doubles, delays and
// breaks off: each press is done once.
func TestDeskOverABadLine(t *testing.T) {
	dir, want := before(t)
	seed := rand.Uint64()
	dice := rand.New(rand.NewPCG(seed, 9))
	did := map[string]int{}
	pressed := 0
	for range many(2, 30) {
		o, err := reopen(t, t.Context(), copyOf(t, dir), "")
		must(t, err)
		line := &pagetest.Line{Office: o.desk(), Dice: dice, Did: did}
		address := line.Serve(t)
		for _, a := range day {
			must(t, a.when(t.Context(), o))
			i := slices.IndexFunc(buttons, func(b button) bool { return b.act == a.name })
			if i < 0 {
				must(t, a.do(t.Context(), o))
			} else {
				pressed++
				must(t, buttons[i].press(address))
			}
			must(t, o.Scribe.Sequence(t.Context(), authority))
		}
		line.Arrive()
		must(t, errors.Join(o.same(t.Context(), want), o.verified(t.Context(), nil), o.DB.Close()))
	}
	figure(t, "the desk's buttons over a line that drops, doubles, delays, breaks off", "%d pressed; %d requests dropped, %d answers dropped, %d doubled, %d late, %d broken off; 0 lost, 0 twice, seed %d",
		pressed, did["request dropped"], did["answer dropped"], did["doubled"], did["late"], did["broken off"], seed)
}

// press sends a form until it is answered, always under its key.
func (b button) press(to string) error {
	client := &http.Client{Transport: &http.Transport{DisableKeepAlives: true},
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}
	form := url.Values{"key": {b.act}}
	for k, v := range b.form {
		form[k] = v
	}
	for range 200 {
		r, err := http.NewRequest("POST", to+b.path, strings.NewReader(form.Encode()))
		if err != nil {
			return err
		}
		r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
		r.Header.Set("Who", string(b.who))
		resp, err := client.Do(r)
		if err != nil {
			continue // the line
		}
		body, err := io.ReadAll(resp.Body)
		resp.Body.Close()
		if err == nil && resp.StatusCode == 303 {
			return nil
		}
		if err == nil {
			return fmt.Errorf("%s is answered %d: %.2000s", b.act, resp.StatusCode, body)
		}
	}
	return fmt.Errorf("%s was never answered", b.act)
}
