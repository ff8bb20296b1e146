package stage

import (
	"bufio"
	"context"
	"encoding/json"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"regexp"
	"strings"
	"testing"
	"time"

	"suiji/draw"
	"suiji/internal/access"
	"suiji/internal/ceremony"
	"suiji/internal/identity"
	"suiji/internal/page"
	"suiji/internal/page/pagetest"
	"suiji/internal/plan"
	"suiji/internal/round"
	"suiji/internal/round/roundtest"
	"suiji/internal/store"
	"suiji/internal/store/storetest"
	"suiji/verify"
)

// hall is a stage over an office with a frozen round.
type hall struct {
	*roundtest.Office
	t  *testing.T
	c  *ceremony.Service
	s  *Server
	h  http.Handler
	id string
}

func newHall(t *testing.T, disclosure draw.Disclosure, rehearsal bool) *hall {
	t.Helper()
	o := roundtest.New(t, storetest.SQLite(t))
	o.Firms(200)
	p := o.Publish(func(p *plan.Plan) { p.Disclosure = string(disclosure) })
	o.On("2022-06-06")
	id, err := o.Round.Freeze(t.Context(), operator, round.NewRound{PlanID: p, TaskNo: 1, WindowNo: 1, Rehearsal: rehearsal})
	o.Must(err)
	c := ceremony.New(ceremony.Config{DB: o.DB, Door: o.Door, Scribe: o.Scribe, Now: o.Now, Identity: o.Identity, Register: o.Register, Round: o.Round})
	s := New(Config{Identity: o.Identity, Ceremony: c, Now: o.Now, Log: slog.New(slog.DiscardHandler), BaseURL: "https://suiji.example"})
	return &hall{o, t, c, s, s.Handler(), id}
}

var operator = roundtest.As(access.Operator)

// get asks for a path, as the operator or as anybody.
func (h *hall) get(path string, signedIn bool) *httptest.ResponseRecorder {
	h.t.Helper()
	r := httptest.NewRequest(http.MethodGet, path, nil)
	if signedIn {
		r = r.WithContext(identity.WithActor(r.Context(), operator))
	}
	w := httptest.NewRecorder()
	h.h.ServeHTTP(w, r)
	return w
}

func (h *hall) post(path string, pairs ...string) *httptest.ResponseRecorder {
	h.t.Helper()
	form := url.Values{}
	for i := 0; i < len(pairs); i += 2 {
		form.Set(pairs[i], pairs[i+1])
	}
	r := httptest.NewRequest(http.MethodPost, path, strings.NewReader(form.Encode()))
	r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	w := httptest.NewRecorder()
	h.h.ServeHTTP(w, r)
	return w
}

func (h *hall) drawn() {
	h.t.Helper()
	h.Must(h.c.Seal(h.t.Context(), operator, h.id, roundtest.Public))
	h.Must(h.Round.Roll(h.t.Context(), operator, h.id, "public", roundtest.Dice))
	h.Must(h.Round.Draw(h.t.Context(), operator, h.id))
}

func TestTemplates(t *testing.T) {
	h := newHall(t, draw.DigestFirst, false)
	pagetest.Check(t, h.s.Set(), map[string]page.Page{"stage": &stagePage{}, "witness": &witnessPage{}})
}

// A hundred reloads at any step change nothing.
func TestReloadingChangesNothing(t *testing.T) {
	h := newHall(t, draw.DigestFirst, false)
	address, err := h.c.Invite(t.Context(), operator, h.id, "企业代表")
	h.Must(err)
	steps := []func(){
		func() {},
		func() { h.Must(h.c.Withdraw(t.Context(), operator, h.id, 1)) },
		h.drawn,
	}
	for i, step := range steps {
		step()
		before := h.state()
		first := h.get("/stage/"+h.id, false).Body.String()
		for range 100 {
			for _, path := range []string{"/stage/" + h.id, "/stage/" + h.id + "/snapshot.json", "/stage/" + h.id + "/version", "/witness/" + address} {
				if w := h.get(path, false); w.Code != http.StatusOK {
					t.Fatalf("step %d: %s: %d\n%s", i, path, w.Code, w.Body)
				}
			}
		}
		if after := h.state(); after != before {
			t.Errorf("step %d: after 100 reloads %s, before %s", i, after, before)
		}
		if again := h.get("/stage/"+h.id, false).Body.String(); withoutNumber(again) != withoutNumber(first) {
			t.Errorf("step %d: the page has changed:\n%s\nbefore\n%s", i, again, first)
		}
	}
}

func withoutNumber(page string) string {
	return regexp.MustCompile(`data-now="\d+"|name="key" value="\w+"`).ReplaceAllString(page, "")
}

func (h *hall) state() string {
	h.t.Helper()
	s, err := store.One(h.t.Context(), h.DB, store.Value[string], `
		SELECT (SELECT string_agg(state || result || reveal, ',') FROM round_draw)
			|| (SELECT string_agg(phone || joined_at || commitment, ',') FROM ceremony_witness)
			|| (SELECT count(*) FROM audit_entry) || '/' || (SELECT count(*) FROM ledger_entry)`)
	h.Must(err)
	return s
}

// Rehearsals, and rounds that stay secret until after the check, are for the
// people of the office only; their names are on no page.
func TestClosedStages(t *testing.T) {
	for name, h := range map[string]*hall{"after-check": newHall(t, draw.AfterCheck, false), "rehearsal": newHall(t, draw.AtOnce, true)} {
		h.drawn()
		for _, path := range []string{"", "/snapshot.json", "/version", "/events", "/qr.png"} {
			if w := h.get("/stage/"+h.id+path, false); w.Code != http.StatusNotFound {
				t.Errorf("%s: everybody gets %q: %d", name, path, w.Code)
			}
		}
		w := h.get("/stage/"+h.id, true)
		if w.Code != http.StatusOK || strings.Contains(w.Body.String(), "演练　结果不作数") != (name == "rehearsal") {
			t.Errorf("%s: the operator gets %d\n%s", name, w.Code, w.Body)
		}
		other := roundtest.As(access.Operator)
		other.Authority = "999999-rs"
		r := httptest.NewRequest(http.MethodGet, "/stage/"+h.id, nil)
		rec := httptest.NewRecorder()
		h.h.ServeHTTP(rec, r.WithContext(identity.WithActor(r.Context(), other)))
		if rec.Code != http.StatusNotFound {
			t.Errorf("%s: another authority's operator gets %d", name, rec.Code)
		}
	}
}

// Names are on the wall only where the round hides none, and can be left out.
func TestNames(t *testing.T) {
	h := newHall(t, draw.AtOnce, false)
	h.drawn()
	firms, err := h.Round.Firms(t.Context(), roundtest.Authority, h.id)
	h.Must(err)
	f, err := h.Register.Target(t.Context(), roundtest.Authority, firms[0].TargetID)
	h.Must(err)
	for query, want := range map[string]bool{"": true, "?names=on": true, "?names=off": false, "?names=off&theme=light": false} {
		for _, path := range []string{"", "/snapshot.json"} {
			if got := strings.Contains(h.get("/stage/"+h.id+path+query, false).Body.String(), f.Name); got != want {
				t.Errorf("%s%s names the first firm: %v, want %v", path, query, got, want)
			}
		}
	}
	if !strings.Contains(h.get("/stage/"+h.id+"?theme=light", false).Body.String(), `class="wall light"`) {
		t.Error("no light theme")
	}
	secret := newHall(t, draw.DigestFirst, false)
	secret.drawn()
	firms, err = secret.Round.Firms(t.Context(), roundtest.Authority, secret.id)
	h.Must(err)
	for _, path := range []string{"", "?names=on", "/snapshot.json", "/snapshot.json?names=on"} {
		body := secret.get("/stage/"+secret.id+path, true).Body.String()
		for _, x := range firms {
			f, err := secret.Register.Target(t.Context(), roundtest.Authority, x.TargetID)
			h.Must(err)
			if strings.Contains(body, f.Name) || strings.Contains(body, x.TargetID) {
				t.Fatalf("before the disclosure %s names %s", path, f.Name)
			}
		}
		if strings.Contains(path, "snapshot") {
			var v ceremony.Snapshot
			h.Must(json.Unmarshal([]byte(body), &v))
			if len(v.Rows) != v.Draw || v.Rows[0].Lot == "" {
				t.Errorf("%s has %d rows of %d", path, len(v.Rows), v.Draw)
			}
		}
	}
}

// The witness's page by its forms alone: what comes twice, too late or from
// elsewhere is refused with a sentence, and the page is shown again.
func TestWitnessForms(t *testing.T) {
	h := newHall(t, draw.DigestFirst, false)
	invitation, err := h.c.Invite(t.Context(), operator, h.id, "企业代表")
	h.Must(err)
	token := strings.Repeat("0123456789", 4)
	mine := "/witness/" + roundtest.Authority + "." + token
	if w := h.get("/witness/130132-rs."+strings.Repeat("X", 26), false); w.Code != http.StatusNotFound {
		t.Errorf("an invitation that was never made: %d", w.Code)
	}
	want := func(what string, w *httptest.ResponseRecorder, status int, words string) {
		t.Helper()
		if w.Code != status || !strings.Contains(w.Body.String()+w.Header().Get("Location"), words) {
			t.Errorf("%s: %d %s, want %d with %q\n%s", what, w.Code, w.Header().Get("Location"), status, words, w.Body)
		}
	}
	want("no script", h.post("/witness/"+invitation+"/join"), 422, "没有产生自己的凭据")
	for range 2 {
		want("join", h.post("/witness/"+invitation+"/join", "phone", token), 303, mine)
	}
	want("the invitation again", h.get("/witness/"+invitation, false), 200, "由一部手机使用")
	want("join with another", h.post("/witness/"+invitation+"/join", "phone", strings.Repeat("f", 40)), 409, "另一部手机")
	want("the page", h.get(mine, false), 200, "指纹一致，产生并封存")
	want("a commitment without a script", h.post(mine+"/commit", "seen", ""), 422, "没有算出")
	v, err := h.c.Snapshot(t.Context(), roundtest.Authority, h.id)
	h.Must(err)
	for range 2 {
		want("commit", h.post(mine+"/commit", "commitment", strings.Repeat("1", 64), "seen", v.Fingerprint), 303, mine)
	}
	want("another one", h.post(mine+"/commit", "commitment", strings.Repeat("2", 64), "seen", v.Fingerprint), 409, "不能更换")
	want("reveal too early", h.post(mine+"/reveal", "secret", strings.Repeat("1", 64)), 409, "")
	h.Must(h.c.Seal(t.Context(), operator, h.id, roundtest.Public))
	h.Must(h.Round.Roll(t.Context(), operator, h.id, "public", roundtest.Dice))
	want("a wrong secret", h.post(mine+"/reveal", "secret", strings.Repeat("1", 64)), 422, "不一致")
	want("refuse", h.post(mine+"/refuse"), 303, mine)
	want("the wall says so", h.get("/stage/"+h.id, false), 200, "企业代表表示不公开随机数")
	h.Must(h.c.Void(t.Context(), operator, h.id))
	want("and that it is over", h.get("/stage/"+h.id, false), 200, "本次抽取已作废：企业代表未公开随机数")
	want("on the telephone, too", h.get(mine, false), 200, "本次抽取已作废")
}

// Everybody who listens is told of a change, from one reading a beat, and let
// go when the program ends.
func TestEvents(t *testing.T) {
	h := newHall(t, draw.DigestFirst, false)
	srv := httptest.NewServer(h.h)
	defer srv.Close()
	beat, stop := context.WithCancel(t.Context())
	over := make(chan struct{})
	go func() { h.s.Beat(beat); close(over) }()

	const listeners = 20
	lines := make(chan string, 10*listeners)
	ended := make(chan struct{}, listeners)
	for range listeners {
		res, err := http.Get(srv.URL + "/stage/" + h.id + "/events")
		h.Must(err)
		if kind := res.Header.Get("Content-Type"); res.StatusCode != 200 || !strings.HasPrefix(kind, "text/event-stream") {
			t.Fatalf("events: %d %s", res.StatusCode, kind)
		}
		go func() {
			defer res.Body.Close()
			for s := bufio.NewScanner(res.Body); s.Scan(); {
				if v, ok := strings.CutPrefix(s.Text(), "data: "); ok {
					lines <- v
				}
			}
			ended <- struct{}{}
		}()
	}
	all := func(what string) string {
		t.Helper()
		version := ""
		for i := range listeners {
			select {
			case v := <-lines:
				if version != "" && v != version {
					t.Fatalf("%s: listeners are told %s and %s", what, version, v)
				}
				version = v
			case <-time.After(20 * time.Second):
				t.Fatalf("%s: %d of %d were told", what, i, listeners)
			}
		}
		return version
	}
	first := all("at once")
	_, err := h.c.Invite(t.Context(), operator, h.id, "企业代表")
	h.Must(err)
	if second := all("after a change"); second == first {
		t.Errorf("the version is still %s", first)
	}
	res, err := http.Get(srv.URL + "/stage/" + h.id + "/version")
	h.Must(err)
	raw, err := io.ReadAll(res.Body)
	h.Must(err)
	res.Body.Close()
	if len(raw) != 16 {
		t.Errorf("version %q", raw)
	}
	stop()
	<-over
	for i := range listeners {
		select {
		case <-ended:
		case <-time.After(20 * time.Second):
			t.Fatalf("%d of %d listeners were let go", i, listeners)
		}
	}
}

// Too many listeners are told to ask; what does not exist takes no room.
func TestTooMany(t *testing.T) {
	h := newHall(t, draw.DigestFirst, false)
	h.s.hub.streams = mostStreams
	w := h.get("/stage/"+h.id+"/events", false)
	if w.Code != http.StatusServiceUnavailable || w.Header().Get("Retry-After") == "" {
		t.Errorf("one too many: %d", w.Code)
	}
	for _, path := range []string{"/stage/130132-rs.2022-9/events", "/stage/nobody.2022-1", "/stage/x/version", "/witness/x/events"} {
		if w := h.get(path, true); w.Code != http.StatusNotFound {
			t.Errorf("%s: %d", path, w.Code)
		}
	}
	if n := len(h.s.hub.rooms); n > 1 {
		t.Errorf("%d rooms are kept", n)
	}
}

// The scripts stay within what Chromium 78 knows, and the wall chooses
// nothing.
func TestScripts(t *testing.T) {
	for _, name := range []string{"stage", "witness"} {
		for kind, forbidden := range map[string]string{
			".js":  `replaceAll|\.at\(|structuredClone|hasOwn\(|randomUUID|crypto\.subtle|\?\.|\?\?|\beval\b|new Function|https?:|Math\.random`,
			".css": `[^-]\bgap:|\binset:|[;{ ]aspect-ratio:|\b(clamp|min|max)\(|:(is|where|has|focus-visible)\b|@(layer|container|supports|import)|https?:`,
		} {
			text, err := os.ReadFile("templates/" + name + "/" + name + kind)
			if err != nil {
				t.Fatal(err)
			}
			if found := regexp.MustCompile(forbidden).Find(text); found != nil || len(text) > 12<<10 {
				t.Errorf("%s%s: %d bytes, %q", name, kind, len(text), found)
			}
		}
	}
	for _, name := range []string{"const sha256 =", "const sm3 =", "function json(", "const hex =", "const bytes ="} {
		if !strings.Contains(string(verify.Core), name) && !strings.Contains(string(verify.Core), strings.TrimPrefix(name, "const ")) {
			t.Errorf("verify/core.js has no %q, which the witness's telephone uses", name)
		}
	}
}
