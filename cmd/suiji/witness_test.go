package main

import (
	"bytes"
	"context"
	"crypto/ed25519"
	"crypto/sha256"
	"encoding/base64"
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"suiji/internal/errs"
	"suiji/internal/scribe"
	"suiji/ledger"
)

// witnessKey is the verifier key of a witness that does not exist.
func witnessKey(name string) string {
	raw := append([]byte{4}, bytes.Repeat([]byte{7}, ed25519.PublicKeySize)...)
	sum := sha256.Sum256(append([]byte(name+"\n"), raw...))
	return fmt.Sprintf("%s+%x+%s", name, sum[:4], base64.StdEncoding.EncodeToString(raw))
}

func TestReadWitnesses(t *testing.T) {
	key := witnessKey("w.example")
	for _, tt := range []struct {
		name, file string
		want       int    // witnesses
		line       string // of the refusal; empty: none
	}{
		{"remarks and blank lines", "# ours\n\nwitness one " + key + " https://w.example/suiji\n  witness two " + key + "  http://127.0.0.1:9 \r\n", 2, ""},
		{"empty", "", 0, ""},
		{"a word too few", "# ours\nwitness one " + key + "\n", 0, "第 2 行"},
		{"a word too many", "witness one " + key + " https://w.example x\n", 0, "第 1 行"},
		{"another keyword", "group one " + key + " https://w.example\n", 0, "第 1 行"},
		{"a key with a wrong hash", "witness one " + strings.Replace(key, "+", "+0", 1) + " https://w.example\n", 0, "第 1 行"},
		{"a log's key", "witness one suiji/a+00000000+AQ== https://w.example\n", 0, "第 1 行"},
		{"a file for an address", "witness one " + key + " file:///etc/passwd\n", 0, "第 1 行"},
		{"an address with a password", "witness one " + key + " https://a:b@w.example\n", 0, "第 1 行"},
		{"no host", "witness one " + key + " https:///x\n", 0, "第 1 行"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			dir := t.TempDir()
			if err := os.WriteFile(filepath.Join(dir, witnessFile), []byte(tt.file), 0o600); err != nil {
				t.Fatal(err)
			}
			got, err := readWitnesses(dir)
			if len(got) != tt.want || (err != nil) != (tt.line != "") || !strings.Contains(errs.Sentence(err), tt.line) {
				t.Errorf("readWitnesses = %d witnesses, %v, want %d and %q", len(got), err, tt.want, tt.line)
			}
		})
	}
	if got, err := readWitnesses(t.TempDir()); err != nil || got != nil {
		t.Errorf("readWitnesses without a file = %v, %v, want none", got, err)
	}
}

// The client reaches the witnesses' addresses alone, whatever they answer.
func TestOnlyTo(t *testing.T) {
	reached := 0
	other := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { reached++ }))
	defer other.Close()
	own := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path == "/away" {
			http.Redirect(w, r, other.URL, http.StatusFound)
		}
	}))
	defer own.Close()
	key, err := ledger.ParseCosigner(witnessKey("w.example"))
	if err != nil {
		t.Fatal(err)
	}
	t.Setenv("HTTP_PROXY", other.URL)
	t.Setenv("http_proxy", other.URL)
	client := onlyTo([]scribe.Witness{{Cosigner: key, URL: own.URL + "/suiji"}})
	get := func(address string) (int, error) {
		req, err := http.NewRequestWithContext(context.Background(), http.MethodGet, address, nil)
		if err != nil {
			t.Fatal(err)
		}
		res, err := client.Do(req)
		if err != nil {
			return 0, err
		}
		return res.StatusCode, res.Body.Close()
	}
	for _, tt := range []struct {
		path string
		want int
	}{{"/", http.StatusOK}, {"/away", http.StatusFound}} {
		if got, err := get(own.URL + tt.path); err != nil || got != tt.want {
			t.Errorf("get %s = %d, %v, want %d", tt.path, got, err, tt.want)
		}
	}
	if _, err := get(other.URL); err == nil || !strings.Contains(err.Error(), "not among the witnesses' addresses") {
		t.Errorf("get another address = %v, want a refusal", err)
	}
	if reached != 0 {
		t.Errorf("another server was reached %d times", reached)
	}
}

// A witness that does not answer is asked less and less often, at least once a
// minute; one answer, and it is asked as before.
func TestBackOff(t *testing.T) {
	wait, waits := askEvery, []string{}
	for range 8 {
		wait = backOff(wait, errs.E(errs.Invalid, "x"))
		waits = append(waits, wait.String())
	}
	if got, want := strings.Join(waits, " "), "2s 4s 8s 16s 32s 1m0s 1m0s 1m0s"; got != want {
		t.Errorf("waits = %s, want %s", got, want)
	}
	if got := backOff(wait, nil); got != askEvery {
		t.Errorf("after an answer = %s, want %s", got, askEvery)
	}
}
