package portal

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"regexp"
	"slices"
	"strings"
	"testing"

	"suiji/internal/access"
	"suiji/internal/disclosure"
	"suiji/internal/identity"
	"suiji/internal/page/pagetest"
	"suiji/internal/plan"
	"suiji/internal/register"
	"suiji/internal/round/roundtest"
	"suiji/internal/store"
)

const plantedPassword = "Planted-Secret-77"

// TestNothingPrivateIsPublic walks every public page, its twin and every file
// behind it, and looks for what must not be there.
func TestNothingPrivateIsPublic(t *testing.T) {
	for _, way := range []string{plan.DigestFirst, plan.AfterCheck, plan.AtOnce} {
		t.Run(way, func(t *testing.T) {
			s := filled(t, way)
			admin := roundtest.As(access.Admin)
			s.Must(s.Identity.AddAccount(t.Context(), admin, identity.Account{ID: "ACCOUNT-7", Username: "planteduser", Name: "账户持有人",
				Roles: []access.Role{access.Clerk}}, plantedPassword))
			private := s.private(t)
			if way != plan.AtOnce {
				private = append(private, s.undisclosed(t)...)
			}
			if len(private) < 400 {
				t.Fatalf("only %d private things planted", len(private))
			}
			_, size, err := s.Scribe.Checkpoint(t.Context(), roundtest.Authority)
			s.Must(err)
			bodies := crawl(t, s, "/", "/c", "/search?q=示例县", "/index.json", "/ledger/130132-rs/checkpoint",
				"/ledger/130132-rs/tile/0/000.p/1", fmt.Sprintf("/ledger/130132-rs/tile/entries/000.p/%d", size), "/results?year=2022", "/ledger/130132-rs/receipt/3")
			if len(bodies) < 50 {
				t.Errorf("only %d addresses were found", len(bodies))
			}
			kinds := search(t, bodies, private)
			for _, kind := range []string{"html", "json", "feed", "xlsx", "sqlite", "zip", "pdf", "docx"} {
				if kinds[kind] == 0 {
					t.Errorf("no %s was read, of %v", kind, kinds)
				}
			}
			titled(t, bodies)
			own := s.forms[7].Code // who reads its page has it already; the way to the rating leads on with it
			others := slices.DeleteFunc(s.private(t), func(x string) bool { return x == own })
			search(t, map[string]string{"/c/": s.get("/c/" + own).Body.String()}, others)
		})
	}
}

// search fails for every private thing in a body, or in what is packed in it; it
// returns how many of each kind of file were read.
func search(t *testing.T, bodies map[string]string, private []string) map[string]int {
	t.Helper()
	kinds := map[string]int{}
	for path, body := range bodies {
		u := pagetest.Unpack(t, []byte(body))
		for kind, n := range u.Kinds {
			kinds[kind] += n
		}
		for _, x := range private {
			if strings.Contains(u.Text, x) {
				t.Errorf("%s shows %s", path, x)
			}
		}
	}
	return kinds
}

var titles, h1 = regexp.MustCompile(`<title>([^<]*)</title>`), regexp.MustCompile(`<h1[ >]`)

// titled fails for a page without a title of its own; the pages of one address
// with other questions behind it share theirs.
func titled(t *testing.T, bodies map[string]string) {
	t.Helper()
	by := map[string]string{}
	for path, body := range bodies {
		m := titles.FindStringSubmatch(body)
		if m == nil || !strings.Contains(body, "<html") {
			continue // a feed
		}
		if n := len(h1.FindAllString(body, -1)); n != 1 {
			t.Errorf("%s has %d heads of the first order", path, n)
		}
		bare, _, _ := strings.Cut(path, "?")
		if other, ok := by[m[1]]; ok && other != bare {
			t.Errorf("%s and %s are both called %q", other, bare, m[1])
		}
		by[m[1]] = bare
	}
}

var links = regexp.MustCompile(`(?:href|src|action)="(/[^"#]*)"`)

// crawl follows every link from the given addresses, to the other doors (a portal
// alone has none), and returns what it read by address. A link that leads nowhere fails the test.
func crawl(t *testing.T, s *site, from ...string) map[string]string {
	t.Helper()
	bodies := map[string]string{}
	for len(from) > 0 {
		path := strings.ReplaceAll(from[0], "&amp;", "&")
		from = from[1:]
		door := !s.server.Alone && (strings.HasPrefix(path, "/w") || strings.HasPrefix(path, "/api"))
		if _, seen := bodies[path]; seen || door || strings.HasPrefix(path, "/static/") || strings.HasPrefix(path, "/size?") {
			continue
		}
		w := httptest.NewRecorder()
		s.ServeHTTP(w, httptest.NewRequest(http.MethodGet, path, nil))
		bodies[path] = w.Body.String()
		if w.Code != http.StatusOK && w.Code != http.StatusGone {
			t.Errorf("%s = %d", path, w.Code)
		}
		if !strings.HasPrefix(w.Header().Get("Content-Type"), "text/html") || w.Header().Get("Content-Disposition") != "" {
			continue // a file to keep is no page of the site
		}
		for _, problem := range pagetest.Manners(w.Body.String()) {
			t.Errorf("%s: %s", path, problem)
		}
		for _, m := range links.FindAllStringSubmatch(w.Body.String(), -1) {
			from = append(from, m[1])
		}
	}
	return bodies
}

// private is what is nobody's business in any year.
func (s *site) private(t *testing.T) []string {
	t.Helper()
	list := []string{plantedPerson, plantedPhone, plantedEvidence, plantedPassword, "planteduser", "ACCOUNT-7"}
	officers := map[string]bool{}
	s.Must(s.Register.EachOfficer(t.Context(), nil, roundtest.Authority, func(o register.Officer) error {
		officers[o.Name] = true
		list = append(list, o.Phone)
		return nil
	}))
	s.Must(s.Register.EachTarget(t.Context(), nil, roundtest.Authority, register.Scope{}, func(x register.Target) error {
		list = append(list, x.Phone)
		if !officers[x.Contact] {
			list = append(list, x.Contact)
		}
		return nil
	}))
	for _, query := range []string{
		`SELECT password FROM identity_account ORDER BY account_id`,
		`SELECT secret FROM round_source WHERE secret <> '' AND value = '' ORDER BY round_id, half`,
	} {
		found, err := store.All(t.Context(), s.DB, store.Value[string], query)
		s.Must(err)
		if len(found) == 0 {
			t.Fatalf("nothing found by %s", query)
		}
		list = append(list, found...)
	}
	for _, f := range s.forms {
		list = append(list, f.Code)
	}
	slices.Sort(list)
	return slices.DeleteFunc(slices.Compact(list), func(x string) bool { return x == "" })
}

// undisclosed is what a round that hides its names must not show before its
// disclosure: firms without a public result, secrets and values, salts.
func (s *site) undisclosed(t *testing.T) []string {
	t.Helper()
	ctx := t.Context()
	list := []string{witnessSecret, roundtest.Dice}
	found, err := s.Disclosure.Open(ctx, roundtest.Authority, disclosure.Filter{RoundID: s.done})
	s.Must(err)
	public, names := map[string]bool{}, ""
	for _, row := range found {
		if row.Public {
			public[row.Form.Firm.TargetID] = true
			names += row.Form.Firm.Name + "\n"
		}
	}
	if len(public) != 4 {
		t.Fatalf("%d firms have public results, want 4", len(public))
	}
	for _, id := range []string{s.done, s.running} {
		firms, err := s.Round.Firms(ctx, roundtest.Authority, id)
		s.Must(err)
		for _, f := range firms {
			x, err := s.Register.Target(ctx, roundtest.Authority, f.TargetID)
			s.Must(err)
			if public[x.ID] {
				continue
			}
			list = append(list, x.ID)
			if !strings.Contains(names, x.Name) {
				list = append(list, x.Name)
			}
		}
		values, err := store.All(ctx, s.DB, store.Value[string], `
			SELECT value FROM round_source WHERE round_id = $1 AND value <> '' ORDER BY half, no`, id)
		s.Must(err)
		list = append(list, values...)
	}
	salts, err := store.All(ctx, s.DB, store.Value[string], `
		SELECT salt FROM round_removal UNION SELECT salt FROM round_substitution`)
	s.Must(err)
	return append(list, salts...)
}
