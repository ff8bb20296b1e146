package api

import (
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"os/exec"
	"slices"
	"strings"
	"sync"
	"testing"
	"unicode"

	"github.com/danielgtaylor/huma/v2"

	"suiji/internal/shape"
	"suiji/internal/store/storetest"
	"suiji/internal/token"
)

// wholes are the lists that need no second page: a few offices, the datasets,
// the reasons, the values of a filter, the entries of one subject.
var wholes = map[string]bool{"listAuthorities": true, "listDatasets": true, "listExclusions": true, "listResultFacets": true, "listLedgerEntries": true}

// Every list has a cursor, every change a key, every change of what has a version
// its condition, and every operation its limit.
func TestContract(t *testing.T) {
	d := newDoor(t, storetest.SQLite(t))
	for _, op := range operations(d.server.api.OpenAPI()) {
		has := func(in, name string, required bool) bool {
			return slices.ContainsFunc(op.Parameters, func(p *huma.Param) bool { return p.In == in && p.Name == name && p.Required == required })
		}
		if strings.HasPrefix(op.OperationID, "list") && !wholes[op.OperationID] && (!has("query", "cursor", false) || !has("query", "limit", false)) {
			t.Errorf("%s has no cursor", op.OperationID)
		}
		if op.Method == http.MethodGet {
			continue
		}
		if !has("header", "Idempotency-Key", true) || op.Responses["409"] == nil || op.Responses["422"] == nil {
			t.Errorf("%s has no key, or does not say what becomes of it", op.OperationID)
		}
		if held := op.Responses["428"] != nil; held != has("header", "If-Match", true) || held != (op.Responses["412"] != nil) || !held && op.Method != http.MethodPost {
			t.Errorf("%s: If-Match and its answers are not together", op.OperationID)
		}
		for _, status := range []string{"400", "401", "403", "429"} {
			if r := op.Responses[status]; r == nil || r.Content[shape.ProblemType] == nil {
				t.Errorf("%s does not say its %s", op.OperationID, status)
			}
		}
	}
	for _, k := range problems {
		if !strings.ContainsFunc(k.Title, func(r rune) bool { return unicode.Is(unicode.Han, r) }) || !strings.HasSuffix(k.Means, "。") {
			t.Errorf("%s: %q %q is no Chinese sentence", k.Name, k.Title, k.Means)
		}
	}
}

// A client that a generic generator made of the document makes every example of
// the office: rightly, without a token, and with one that lacks the scope. Each
// answer is as the document says, problems too.
func TestGeneratedClient(t *testing.T) {
	if testing.Short() {
		t.Skip("compiles the client")
	}
	d := filled(t, storetest.SQLite(t))
	ops := map[string]shown{}
	for _, op := range operations(d.server.api.OpenAPI()) {
		ops[op.OperationID] = op
	}
	at, narrow, mu := 0, map[token.Scope]string{}, sync.Mutex{}
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		mu.Lock()
		defer mu.Unlock()
		if r.URL.Path != "/next" {
			d.ServeHTTP(w, r)
			return
		}
		for at < len(examples) && !examples[at].office {
			at++
		}
		if at == len(examples) {
			w.WriteHeader(http.StatusNoContent)
			return
		}
		e := examples[at]
		at++
		op, role := ops[e.id], may()[e.id][0]
		a := d.sent(op, e, role, "client-"+e.id+string(rune('a'+at%26))+string(rune('a'+at/26)))
		other := token.ReadDue
		if op.Metadata["scope"] == other {
			other = token.ReadForm
		}
		if narrow[other] == "" {
			narrow[other] = d.grant(may()["listTargets"][0], other)
		}
		body, ok := a.body.([]byte)
		if a.body != nil && !ok {
			var err error
			body, err = json.Marshal(a.body)
			d.Must(err)
		}
		d.Must(json.NewEncoder(w).Encode(map[string]any{"ID": e.id, "Path": a.path, "Token": d.token(role), "Key": a.key, "Match": a.match, "Type": a.kind,
			"Body": body, "Narrow": narrow[other]}))
	}))
	defer server.Close()
	out, err := exec.Command("../../scripts/client", "-steps", server.URL).CombinedOutput()
	if err != nil || !strings.Contains(string(out), "operations with a token") {
		t.Errorf("%v\n%s", err, out)
	}
	t.Logf("%s", out)
}
