package faults

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"net/http/cookiejar"
	"net/url"
	"regexp"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"suiji/calendar"
	"suiji/internal/store"
)

// The demo's county, and who writes there.
const (
	countyID       = "demo-rs"
	countyPassword = "demo-2046"
)

// pens are other programs that amend firms of the register, one firm each, by
// the API of a running server: each amendment under a key of its own, sent
// until it is acknowledged.
type pens struct {
	web    string
	client *http.Client
	pens   []*pen

	mu       sync.Mutex
	n        int
	acked    []string
	times    []time.Time // of the acknowledgements
	sent     int         // requests
	again    map[string]int
	longest  time.Duration // from the first sending to the acknowledgement
	hopeless string        // an answer that sending again does not mend
}

// pen is one of them: its token, its firm and the firm's version.
type pen struct{ token, firm, tag string }

// newPens lets the county's administrator grant tokens and the keeper of the
// lists collect them, on the pages that there are for it.
func newPens(t *testing.T, web string, n int) *pens {
	t.Helper()
	x := &pens{web: web, client: &http.Client{Timeout: 30 * time.Second, Transport: &http.Transport{MaxIdleConnsPerHost: 2 * n}}, again: map[string]int{}}
	admin, keeper := signedIn(t, web, "admin"), signedIn(t, web, "list")
	account := pick(t, admin.page("/w/tokens"), `<option value="([^"]+)"[^>]*>王秀英`)
	for i := range n {
		form := admin.page("/w/tokens")
		admin.post("/w/tokens", url.Values{"key": {pick(t, form, `name="key" value="([^"]+)"`)}, "id": {pick(t, form, `name="id" value="([^"]+)"`)},
			"name": {fmt.Sprintf("演练 %d", i+1)}, "account": {account}, "role": {"list-admin"},
			"scopes": {"read:register", "write:register"}, "expires": {calendar.In(time.Now()).AddDays(2).String()}})
		at := pick(t, keeper.page("/w/tokens"), `href="(/w/tokens/[0-9A-Z]{26})"`)
		form = keeper.page(at)
		keeper.post(at, url.Values{"key": {pick(t, form, `name="key" value="([^"]+)"`)}, "secret": {pick(t, form, `name="secret" value="([^"]+)"`)}})
		x.pens = append(x.pens, &pen{token: pick(t, form, `<code>(suiji_[^<]+)</code>`)})
	}
	type firm struct {
		ID     string
		Active bool
	}
	var list struct{ Items []firm }
	status, body, err := said(x.client.Do(x.request(x.pens[0], "GET", "?limit=100", "")))
	if err := errors.Join(err, json.Unmarshal(body, &list)); err != nil || status != 200 || len(list.Items) < 50 {
		t.Fatalf("the firms: %d %v %s", status, err, body)
	}
	for _, p := range x.pens {
		i := slices.IndexFunc(list.Items, func(f firm) bool { return f.Active })
		p.firm = list.Items[i].ID
		list.Items = list.Items[i+1:]
		resp, err := x.client.Do(x.request(p, "GET", "/"+p.firm, ""))
		must(t, err)
		p.tag = resp.Header.Get("ETag")
		if status, body, err := said(resp, nil); err != nil || status != 200 || p.tag == "" {
			t.Fatalf("firm %s: %d %v %s", p.firm, status, err, body)
		}
	}
	return x
}

func (x *pens) request(p *pen, method, path, body string) *http.Request {
	r, err := http.NewRequest(method, x.web+"/api/v1/office/targets"+path, strings.NewReader(body))
	if err != nil {
		panic(err) // the address is ours
	}
	r.Header.Set("Authorization", "Bearer "+p.token)
	r.Header.Set("Content-Type", "application/json")
	return r
}

// run writes until ctx ends. What was begun is sent until it is acknowledged.
func (x *pens) run(ctx context.Context, wg *sync.WaitGroup) {
	for _, p := range x.pens {
		wg.Go(func() {
			for ctx.Err() == nil && x.write(p) {
				time.Sleep(20 * time.Millisecond)
			}
		})
	}
}

// write makes one amendment. It gives up, and says why, if sending again
// cannot help.
func (x *pens) write(p *pen) bool {
	x.mu.Lock()
	x.n++
	key := fmt.Sprintf("drill-%08d", x.n)
	x.mu.Unlock()
	body := encode(map[string]any{"values": map[string]string{"address": "元氏县槐阳镇 " + key}, "source": key})
	for begun := time.Now(); ; time.Sleep(50 * time.Millisecond) {
		r := x.request(p, "PATCH", "/"+p.firm, body)
		r.Header.Set("Idempotency-Key", key)
		r.Header.Set("If-Match", p.tag)
		resp, err := x.client.Do(r)
		status, answer, err := said(resp, err)
		if x.heard(key, status, answer, err, begun) {
			p.tag = resp.Header.Get("ETag")
			return true
		}
		if time.Since(begun) > 5*time.Minute || err == nil && status < 500 && status != http.StatusConflict && status != http.StatusTooManyRequests {
			x.mu.Lock()
			defer x.mu.Unlock()
			x.hopeless = fmt.Sprintf("%s: %d %v %s", key, status, err, answer)
			return false
		}
	}
}

// heard notes an answer and reports whether it is an acknowledgement.
func (x *pens) heard(key string, status int, answer []byte, err error, begun time.Time) bool {
	x.mu.Lock()
	defer x.mu.Unlock()
	x.sent++
	if err == nil && status == 200 {
		x.acked, x.times = append(x.acked, key), append(x.times, time.Now())
		x.longest = max(x.longest, time.Since(begun))
		return true
	}
	what := fmt.Sprint(status)
	if err != nil {
		what = "no answer"
	}
	x.again[what]++
	return false
}

func (x *pens) answered() int {
	x.mu.Lock()
	defer x.mu.Unlock()
	return len(x.acked)
}

// quiet is the longest time without an acknowledgement since a moment.
func (x *pens) quiet(since time.Time) (longest time.Duration) {
	x.mu.Lock()
	defer x.mu.Unlock()
	last := time.Time{}
	for _, at := range x.times {
		if at.After(since) && !last.IsZero() {
			longest = max(longest, at.Sub(last))
		}
		last = at
	}
	return longest
}

// count holds a database to what was acknowledged: each amendment is there
// once, in the register and in the audit, and no other. It returns how many
// are missing and how many are there twice.
func (x *pens) count(t *testing.T, dsn string) (lost, doubled int) {
	t.Helper()
	db, err := store.Open(t.Context(), dsn)
	must(t, err)
	defer db.Close()
	rows := func(query string) map[string]int {
		all, err := store.All(t.Context(), db, store.Value[string], query, countyID)
		must(t, err)
		m := map[string]int{}
		for _, k := range all {
			m[k[strings.LastIndex(k, " ")+1:]]++
		}
		return m
	}
	versions := rows(`SELECT source FROM register_version WHERE authority_id = $1 AND source LIKE 'drill-%'`)
	acts := rows(`SELECT request_key FROM audit_entry WHERE authority_id = $1 AND request_key LIKE 'api % drill-%'`)
	x.mu.Lock()
	defer x.mu.Unlock()
	for _, k := range x.acked {
		if versions[k] == 0 || acts[k] == 0 {
			t.Errorf("%s was acknowledged, and is in the register %d times, in the audit %d times", k, versions[k], acts[k])
			lost++
		}
	}
	for k, n := range versions {
		if n > 1 || acts[k] > 1 {
			t.Errorf("%s is in the register %d times, in the audit %d times", k, n, acts[k])
			doubled++
		}
		if !slices.Contains(x.acked, k) {
			t.Errorf("%s is there and was never acknowledged", k)
		}
	}
	return lost, doubled
}

// visitor is somebody who is signed in.
type visitor struct {
	t      *testing.T
	web    string
	client *http.Client
}

func signedIn(t *testing.T, web, name string) *visitor {
	t.Helper()
	jar, err := cookiejar.New(nil)
	must(t, err)
	v := &visitor{t, web, &http.Client{Timeout: time.Minute, Jar: jar}}
	v.page("/w/login")
	v.post("/w/login", url.Values{"username": {name}, "password": {countyPassword}})
	return v
}

func (v *visitor) page(path string) string {
	v.t.Helper()
	status, body, err := said(v.client.Get(v.web + path))
	if err != nil || status != 200 {
		v.t.Fatalf("%s: %d %v %s", path, status, err, body)
	}
	return string(body)
}

func (v *visitor) post(path string, form url.Values) {
	v.t.Helper()
	status, body, err := said(v.client.PostForm(v.web+path, form))
	if err != nil || status != 200 {
		v.t.Fatalf("%s: %d %v %s", path, status, err, body)
	}
}

// pick is what a page has at a place.
func pick(t *testing.T, page, pattern string) string {
	t.Helper()
	m := regexp.MustCompile(pattern).FindStringSubmatch(page)
	if m == nil {
		t.Fatalf("no %s in %s", pattern, page)
	}
	return m[1]
}
