package main

import (
	"bytes"
	"io"
	"net/http"
	"net/http/httptest"
	"net/http/httputil"
	"net/url"
	"os/exec"
	"strconv"
	"strings"
	"testing"
)

// A client that a generic generator makes of the OpenAPI document calls every
// public operation, and every answer is as the document says. The same client
// finds a server whose answer is not: a name is not the document's, a header is
// gone, a status is another.
func TestGeneratedClient(t *testing.T) {
	if testing.Short() {
		t.Skip("starts the demo and compiles the client")
	}
	s, _ := startDemo(t, t.TempDir())
	to, err := url.Parse(s.address)
	if err != nil {
		t.Fatal(err)
	}
	spoiled := httptest.NewServer(&httputil.ReverseProxy{
		Rewrite: func(r *httputil.ProxyRequest) { r.SetURL(to) },
		ModifyResponse: func(r *http.Response) error {
			switch r.Request.URL.Path {
			case "/api/v1/plans":
				body, err := io.ReadAll(r.Body)
				if err != nil {
					return err
				}
				body = bytes.ReplaceAll(body, []byte(`"issuer":`), []byte(`"from":`))
				r.Body, r.ContentLength = io.NopCloser(bytes.NewReader(body)), int64(len(body))
				r.Header.Set("Content-Length", strconv.Itoa(len(body)))
			case "/api/v1/items":
				r.Header.Del("X-Request-Id")
			case "/api/v1/ledger":
				r.StatusCode = http.StatusAccepted
			}
			return nil
		},
	})
	defer spoiled.Close()
	out, err := exec.Command("../../scripts/client", s.address, spoiled.URL).CombinedOutput()
	if err == nil {
		t.Error("the spoiled server passes")
	}
	honest, other, _ := strings.Cut(string(out), s.address+": 0 wrong\n")
	if other == "" || strings.Contains(honest, "WRONG") || !strings.Contains(honest, " public operations") {
		t.Fatalf("the demo's answers:\n%s", out)
	}
	for _, want := range []string{"WRONG listPlans (GET /api/v1/plans): answer.items[0].from (not named)", "WRONG listItems (GET /api/v1/items): no header X-Request-Id", "WRONG getLedger (GET /api/v1/ledger): status 202", ": 3 wrong\n"} {
		if !strings.Contains(strings.ReplaceAll(other, "items[0].issuer (missing)", "items[0].from (not named)"), want) {
			t.Errorf("the spoiled server's answers lack %q:\n%s", want, other)
		}
	}
}
