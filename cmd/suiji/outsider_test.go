package main

import (
	"bufio"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

// private are the paths of those who have signed in, or hold a code.
var private = regexp.MustCompile(`^/(w|m|c|witness)(/|\?|$)`)

// guarded holds an answer to what every answer must be: of a known type,
// running nothing that stands in the page, framed by nobody, read by no other
// site, and on the desk kept by no cache.
func guarded(t *testing.T, b *browser, path string) {
	t.Helper()
	h := b.header
	policy := h.Get("Content-Security-Policy")
	for _, want := range []string{"default-src 'self'", "object-src 'none'", "base-uri 'none'", "frame-ancestors 'none'", "form-action 'self'"} {
		if !strings.Contains(policy, want) {
			t.Errorf("%s: the policy %q has no %s", path, policy, want)
		}
	}
	if strings.Contains(policy, "unsafe") || strings.Contains(policy, "*") {
		t.Errorf("%s: the policy is %q", path, policy)
	}
	for name, want := range map[string]string{"X-Content-Type-Options": "nosniff", "Referrer-Policy": "same-origin", "X-Frame-Options": "DENY", "Access-Control-Allow-Credentials": ""} {
		if got := h.Get(name); got != want {
			t.Errorf("%s: %s is %q, want %q", path, name, got, want)
		}
	}
	// What everybody may have, other sites may read; nothing else.
	if open := h.Get("Access-Control-Allow-Origin"); open != "" && (open != "*" || private.MatchString(path)) {
		t.Errorf("%s may be read by other sites: %q", path, open)
	}
	kind := h.Get("Content-Type")
	if kind == "" || strings.HasPrefix(kind, "text/") && !strings.Contains(strings.ToLower(kind), "charset=utf-8") {
		t.Errorf("%s: the content type is %q", path, kind)
	}
	for _, c := range h.Values("Set-Cookie") {
		if !strings.Contains(c, "HttpOnly") || !strings.Contains(c, "SameSite=") {
			t.Errorf("%s sets the cookie %q", path, c)
		}
	}
	if strings.HasPrefix(path, "/w") && strings.HasPrefix(kind, "text/html") && h.Get("Cache-Control") != "no-store" {
		t.Errorf("%s may be kept: %q", path, h.Get("Cache-Control"))
	}
	if strings.HasPrefix(h.Get("Content-Disposition"), "attachment") {
		return // a page to be kept, such as the verifier, is no page of this site
	}
	for _, n := range b.find("script:not([src]), style, [style], [onclick], [onload], [onerror], [onsubmit], [onchange], iframe, object, embed, base") {
		if attr(n, "type") != "application/json" {
			t.Errorf("%s holds <%s> inline", path, n.Data)
		}
	}
	for _, n := range b.find("script[src], link[href], img[src]") {
		if to := attr(n, "src") + attr(n, "href"); strings.Contains(to, "//") {
			t.Errorf("%s loads %s from elsewhere", path, to)
		}
	}
}

// speak sends bytes to a server as they are and returns the status of the
// answer.
func speak(t *testing.T, s *server, words string) int {
	t.Helper()
	c, err := net.Dial("tcp", strings.TrimPrefix(s.address, "http://"))
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	if _, err := io.WriteString(c, words); err != nil {
		t.Fatal(err)
	}
	res, err := http.ReadResponse(bufio.NewReader(c), nil)
	if err != nil {
		t.Fatalf("%q: %v", words, err)
	}
	defer res.Body.Close()
	return res.StatusCode
}

// What strangers try first finds nothing, and what is no proper request is
// refused.
func TestOutsiders(t *testing.T) {
	dir := t.TempDir()
	s, err := startServer([]string{"PATH=" + os.Getenv("PATH"), "HOME=" + dir, "SUIJI_RATE=20"}, dir, "--data", filepath.Join(dir, "data"))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(s.abort)
	const head = "Host: example\r\nConnection: close\r\n"
	const form = "Content-Type: application/x-www-form-urlencoded\r\nContent-Length: 0\r\n"
	get := func(path string) string { return "GET " + path + " HTTP/1.1\r\n" + head + "\r\n" }
	tests := []struct {
		name, words string
		want        string // statuses
	}{
		{"source control", get("/.git/config"), "404"},
		{"profiles", get("/debug/pprof/"), "404"},
		{"metrics", get("/metrics"), "404"},
		{"the database", get("/suiji.db"), "404"},
		{"the data", get("/data/keys/local.key"), "404"},
		{"a backup", get("/backups/suiji.zip"), "404"},
		{"a listing", get("/assets/"), "404"},
		{"a climbing path", get("/assets/../../etc/passwd"), "301 307 308 400 404"},
		{"a climbing path, written otherwise", get("/assets/..%2f..%2fetc%2fpasswd"), "400 404"},
		{"a zero byte", get("/%00"), "400 404"},
		{"TRACE", "TRACE / HTTP/1.1\r\n" + head + "\r\n", "404 405"},
		{"a method that is none", "FOO / HTTP/1.1\r\n" + head + "\r\n", "404 405"},
		{"two lengths", "POST /w/login HTTP/1.1\r\n" + head + "Content-Length: 4\r\nContent-Length: 5\r\n\r\nabcd", "400"},
		{"length and chunks", "POST /w/login HTTP/1.1\r\n" + head + "Transfer-Encoding: chunked, identity\r\nContent-Length: 4\r\n\r\nabcd", "400 501"},
		{"a folded header", "GET / HTTP/1.1\r\n" + head + "X: a\r\n b\x00\r\n\r\n", "400"},
		{"no host", "GET / HTTP/1.1\r\nConnection: close\r\n\r\n", "400"},
		{"a form from elsewhere", "POST /w/login HTTP/1.1\r\n" + head + "Origin: https://evil.example\r\nSec-Fetch-Site: cross-site\r\n" + form + "\r\n", "403"},
		{"a form from nowhere", "POST /w/login HTTP/1.1\r\n" + head + "Origin: null\r\n" + form + "\r\n", "403"},
		{"a long header", "GET / HTTP/1.1\r\n" + head + "X: " + strings.Repeat("a", 2<<20) + "\r\n\r\n", "431"},
	}
	for _, test := range tests {
		if got := fmt.Sprint(speak(t, s, test.words)); !strings.Contains(" "+test.want+" ", " "+got+" ") {
			t.Errorf("%s: status %s, want %s", test.name, got, test.want)
		}
	}
	// A forged host or proxy's word changes no address in a page.
	req, err := http.NewRequest(http.MethodGet, s.address+"/verify", nil)
	if err != nil {
		t.Fatal(err)
	}
	req.Host = "evil.example"
	req.Header.Set("X-Forwarded-Host", "evil.example")
	res, err := http.DefaultClient.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	defer res.Body.Close()
	if page, err := io.ReadAll(res.Body); err != nil || strings.Contains(string(page), "evil.example") {
		t.Errorf("a page speaks of the forged host, %v", err)
	}
	// One address searches so often, whatever it says of where it comes from.
	codes := map[int]int{}
	for n := range 60 {
		codes[speak(t, s, fmt.Sprintf("GET /search?q=a HTTP/1.1\r\n%sX-Forwarded-For: 198.51.100.%d\r\n\r\n", head, n))]++
	}
	if codes[422] < 15 || codes[429] < 30 || codes[422]+codes[429] != 60 || speak(t, s, get("/verify")) != 200 {
		t.Errorf("60 searches from one address: %v, want some 20 answered, and the other pages", codes) // with 422: there is no office yet
	}
}
