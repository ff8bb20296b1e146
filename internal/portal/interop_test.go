package portal

import (
	"net/http/httptest"
	"strings"
	"testing"

	"filippo.io/torchwood"
	"golang.org/x/mod/sumdb/note"

	"suiji/internal/plan"
	"suiji/internal/round/roundtest"
	"suiji/ledger"
)

// TestThirdPartyClient reads our ledger over HTTP with a client of the C2SP
// family that others wrote: every entry, and the proof of each.
func TestThirdPartyClient(t *testing.T) {
	s := filled(t, plan.DigestFirst)
	server := httptest.NewServer(s)
	defer server.Close()
	fetcher, err := torchwood.NewTileFetcher(server.URL + "/ledger/" + roundtest.Authority + "/")
	s.Must(err)
	client, err := torchwood.NewClient(fetcher)
	s.Must(err)
	signed, err := fetcher.ReadEndpoint(t.Context(), "checkpoint")
	s.Must(err)
	key, err := fetcher.ReadEndpoint(t.Context(), "key")
	s.Must(err)
	verifier, err := note.NewVerifier(strings.TrimSpace(string(key)))
	s.Must(err)
	c, _, err := torchwood.VerifyCheckpoint(signed, torchwood.ThresholdPolicy(2, torchwood.OriginPolicy(ledger.Origin(roundtest.Authority)), torchwood.SingleVerifierPolicy(verifier)))
	s.Must(err)
	n := int64(0)
	for i, raw := range client.AllEntries(t.Context(), c.Tree, 0) {
		if _, err := ledger.ParseEntry(raw); err != nil || i != n {
			t.Errorf("entry %d: %v", i, err)
		}
		n++
	}
	s.Must(client.Err())
	if n != c.N || n < 10 {
		t.Errorf("the client read %d entries, want the %d of the tree", n, c.N)
	}
	if _, _, err := client.Entry(t.Context(), c.Tree, 5); err != nil {
		t.Errorf("proof of entry 5: %v", err)
	}
	c.Hash[0] ^= 1
	if _, _, err := client.Entry(t.Context(), c.Tree, 5); err == nil {
		t.Error("the client takes another root for ours")
	}
}
