package beacon

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"suiji/internal/errs"
	"suiji/randomness"
)

const (
	signature = "b44679b9a59af2ec876b1a6b1ad52ea9b1615fc3982b19576350f93447cb1125e342b73a8dd2bacbe47e4b6b63ed5e39"
	value     = "fe290beca10872ef2fb164d2aa4442de4566183ec51c56ff3cd603d930e54fdd"
)

func file(round int, value, signature string) string {
	return fmt.Sprintf(`{"round":%d,"randomness":%q,"signature":%q}`, round, value, signature)
}

var genuine = file(1000, value, signature)

func TestRead(t *testing.T) {
	for _, text := range []string{genuine, " \n" + genuine + "\n", fmt.Sprintf(`{"round":1000,"signature":%q,"further":[1]}`, signature)} {
		got, err := Read(strings.NewReader(text), randomness.Quicknet)
		if want := (Round{1000, signature}); err != nil || got != want {
			t.Errorf("Read(%s) = %v, %v, want %v", text, got, err, want)
		}
	}
	tests := []struct{ name, text, says string }{
		{"a forged randomness", file(1000, strings.Replace(value, "f", "e", 1), signature), "randomness 与签名不符"},
		{"another round", file(1001, value, signature), "签名核验不过"},
		{"a forged signature", file(1000, value, "94"+signature[2:]), "签名核验不过"},
		{"a chained signature", file(1000, value, signature+signature), "签名核验不过"},
		{"no signature", `{"round":1000}`, "这不是 drand 的一轮"},
		{"no round", `{"signature":"` + signature + `"}`, "这不是 drand 的一轮"},
		{"a page of a proxy", "<html>", "这不是 drand 的一轮"},
		{"nothing", "", "这不是 drand 的一轮"},
		{"two rounds", genuine + genuine, "这不是 drand 的一轮"},
		{"too much", genuine + strings.Repeat(" ", maxFile), "这不是 drand 的一轮"},
	}
	for _, tt := range tests {
		got, err := Read(strings.NewReader(tt.text), randomness.Quicknet)
		if errs.KindOf(err) != errs.Invalid || !strings.Contains(err.Error(), tt.says) {
			t.Errorf("%s: Read = %v, %v, want an Invalid that says %q", tt.name, got, err, tt.says)
		}
	}
}

func TestNewRefuses(t *testing.T) {
	for _, a := range []string{"http://api.drand.sh", "api.drand.sh", "https://", "https://u:p@api.drand.sh", "https://api.drand.sh/?a=1", "https://a b", "ftp://x"} {
		if _, err := New([]string{a}, nil); errs.KindOf(err) != errs.Invalid {
			t.Errorf("New(%s) = %v, want Invalid", a, err)
		}
	}
	c, err := New(nil, nil)
	if err != nil || c.On() {
		t.Errorf("New without addresses = %v, %v: want it to be off", c, err)
	}
	if _, err := c.Fetch(t.Context(), randomness.Quicknet, 1000); errs.KindOf(err) != errs.Conflict {
		t.Errorf("Fetch without addresses: %v, want Conflict", err)
	}
}

// serve answers with the text, after the status if that is not 200.
func serve(t *testing.T, status int, text string) *httptest.Server {
	t.Helper()
	s := httptest.NewTLSServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path != "/mirror"+Path(randomness.Quicknet, 1000) {
			http.NotFound(w, r)
			return
		}
		if status >= 300 && status < 400 {
			w.Header().Set("Location", text)
		}
		w.WriteHeader(status)
		fmt.Fprint(w, text)
	}))
	t.Cleanup(s.Close)
	return s
}

func TestFetch(t *testing.T) {
	good := serve(t, 200, genuine)
	elsewhere := good.URL + "/mirror" + Path(randomness.Quicknet, 1000)
	bad := map[string]*httptest.Server{
		"not out yet":         serve(t, 425, "too early"),
		"a server's fault":    serve(t, 500, genuine),
		"a forged randomness": serve(t, 200, file(1000, strings.Repeat("0", 64), signature)),
		"another signature":   serve(t, 200, file(1000, value, "94"+signature[2:])),
		"another real round": serve(t, 200, file(1000000, "b22aad4794f7451896f7a371aa46106fd84d919f3f569acd5b2fddf1d1440af3",
			"83ad29e4c409f9470fc2ef02f90214df49e02b441a1a241a82d622d9f608ef98fd8b11a029f1bee9d9e83b45088abe72")),
		"endless":            serve(t, 200, strings.Repeat(genuine, 10000)),
		"a way to elsewhere": serve(t, 302, elsewhere),
	}
	transport := good.Client().Transport
	for name, s := range bad {
		transport.(*http.Transport).TLSClientConfig.RootCAs.AddCert(s.Certificate())
		c, err := New([]string{s.URL + "/mirror"}, transport)
		if err != nil {
			t.Fatal(err)
		}
		got, err := c.Fetch(t.Context(), randomness.Quicknet, 1000)
		if errs.KindOf(err) != errs.Conflict {
			t.Errorf("%s: Fetch = %v, %v, want Conflict", name, got, err)
		}
		c, err = New([]string{s.URL + "/mirror", good.URL + "/mirror/"}, transport)
		if err != nil {
			t.Fatal(err)
		}
		if got, err := c.Fetch(t.Context(), randomness.Quicknet, 1000); err != nil || got != (Round{1000, signature}) {
			t.Errorf("%s first, a good address second: Fetch = %v, %v", name, got, err)
		}
	}
	other, err := New([]string{good.URL + "/mirror"}, nil) // does not know the test's certificate
	if err != nil {
		t.Fatal(err)
	}
	if _, err := other.Fetch(t.Context(), randomness.Quicknet, 1000); errs.KindOf(err) != errs.Conflict || !strings.Contains(err.Error(), "certificate") {
		t.Errorf("Fetch from a server without a known certificate: %v", err)
	}
}

// A server that never answers costs its patience and no more.
func TestFetchGivesUp(t *testing.T) {
	stop := make(chan struct{})
	s := httptest.NewTLSServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		select {
		case <-stop:
		case <-r.Context().Done():
		}
	}))
	defer s.Close()
	defer close(stop)
	c, err := New([]string{s.URL}, s.Client().Transport)
	if err != nil {
		t.Fatal(err)
	}
	if c.http.Timeout != patience {
		t.Errorf("timeout %v, want %v", c.http.Timeout, patience)
	}
	c.http.Timeout = 50 * time.Millisecond
	if _, err := c.Fetch(t.Context(), randomness.Quicknet, 1000); errs.KindOf(err) != errs.Conflict {
		t.Errorf("Fetch = %v, want Conflict", err)
	}
}
