package portal

import (
	"strings"
	"testing"

	"suiji/internal/page/pagetest"
	"suiji/internal/plan"
	"suiji/internal/round/roundtest"
	"suiji/internal/store"
)

// A text that fits more firms than are looked at counts to a lower bound, and
// says so: on the search, on the list of results, and in their twins. One that fits few is counted to the end.
func TestAtLeast(t *testing.T) {
	s := filled(t, plan.DigestFirst)
	s.Must(s.Door.Keep(t.Context(), func(tx *store.DB) error {
		_, err := tx.Exec(t.Context(), `
			INSERT INTO disclosure_posting (authority_id, form_id, version, round_id, target_id, year, state, current, firm_name, firm_code, search, record, salt, digest, reason, due_on, posted_at, posted_by)
			SELECT p.authority_id, p.form_id, 100 + row_number() OVER (ORDER BY t.target_id), p.round_id, t.target_id, p.year, p.state, TRUE, t.name, t.code, t.name, p.record, p.salt, p.digest, '', p.due_on, p.posted_at, p.posted_by
			FROM disclosure_posting p, register_target t
			WHERE p.authority_id = $1 AND t.authority_id = $1 AND p.form_id = $2 AND t.name LIKE '示例县%'
				AND NOT EXISTS (SELECT 1 FROM disclosure_posting o WHERE o.authority_id = t.authority_id AND o.target_id = t.target_id)`, roundtest.Authority, s.forms[0].ID)
		return err
	}))
	few := s.forms[0].Firm
	pagetest.Run(t, s, nil, []pagetest.Case{
		{Name: "very many", Path: "/search?q=示例县", Want: pagetest.Want{".figures li": "至少", ".figures small[lang=en]": 2, "caption": "至少 50 户"}},
		{Name: "the list", Path: "/results?q=示例县", Want: pagetest.Want{"caption": "至少 100 条"}},
		{Name: "one firm", Path: "/search?q=" + few.Code, Want: pagetest.Want{".figures small": 0, "caption": "共 1 户"}},
	})
	for path, want := range map[string]string{"/search.json?q=示例县": `"at_least":["firms","results"]`, "/search.json?q=" + few.Code: `"at_least":[]`,
		"/results.json?q=示例县": `"at_least":true`, "/results.json?q=" + few.Code: `"at_least":false`} {
		if got := s.get(path).Body.String(); !strings.Contains(got, want) {
			t.Errorf("%s = %.300s, want %s", path, got, want)
		}
	}
}
