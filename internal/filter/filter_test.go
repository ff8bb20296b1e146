package filter

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"suiji/internal/access"
	"suiji/internal/audit"
	"suiji/internal/errs"
	"suiji/internal/store"
	"suiji/internal/store/storetest"
)

func person(authority, id string, role access.Role) access.Actor {
	return access.Actor{Authority: authority, ID: id, Name: id, Roles: []access.Role{role}}
}

func TestSaved(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		ctx, now := t.Context(), func() time.Time { return time.UnixMilli(1) }
		s := New(db, audit.New(db, now), now)
		li, wang, far := person("x", "li", access.Clerk), person("x", "wang", access.Reviewer), person("y", "li", access.Clerk)
		save := func(a access.Actor, name, query string, shared bool) error {
			return s.Save(ctx, a, Saved{List: "targets", Name: name, Query: query, Shared: shared})
		}
		for _, tt := range []struct {
			name string
			err  error
			want errs.Kind
		}{
			{"an own one", save(li, " 劳务派遣 ", "tag=1", false), 0},
			{"a shared one", save(li, "建筑工地", "tag=2", true), 0},
			{"the same name, another person", save(wang, "劳务派遣", "tag=3", true), 0},
			{"again, with other conditions", save(li, "劳务派遣", "tag=4", false), 0},
			{"without a name", save(li, " ", "tag=1", false), errs.Invalid},
			{"with a long name", save(li, strings.Repeat("长", 21), "tag=1", false), errs.Invalid},
			{"of everything", save(li, "全部", "", false), errs.Invalid},
			{"endless", save(li, "长", strings.Repeat("q", 2001), false), errs.Invalid},
			{"by an administrator", save(person("x", "admin", access.Admin), "a", "tag=1", false), errs.Forbidden},
		} {
			if errs.KindOf(tt.err) != tt.want || tt.want == 0 && tt.err != nil {
				t.Errorf("%s: %v, want kind %v", tt.name, tt.err, tt.want)
			}
		}
		shown := func(a access.Actor) string {
			t.Helper()
			all, err := s.Of(ctx, a, "targets")
			if err != nil {
				t.Fatal(err)
			}
			var out []string
			for _, f := range all {
				out = append(out, fmt.Sprintf("%s %s %v %s", f.Name, f.Query, f.Shared, f.By))
			}
			return strings.Join(out, "; ")
		}
		check := func(a access.Actor, want string) {
			t.Helper()
			if diff := cmp.Diff(want, shown(a)); diff != "" {
				t.Errorf("%s/%s (-want +got):\n%s", a.Authority, a.ID, diff)
			}
		}
		check(li, "劳务派遣 tag=4 false li; 建筑工地 tag=2 true li; 劳务派遣 tag=3 true wang")
		check(wang, "劳务派遣 tag=3 true wang; 建筑工地 tag=2 true li")
		check(far, "")
		for range 2 { // the second changes nothing
			if err := s.Remove(ctx, li, "targets", "劳务派遣"); err != nil {
				t.Fatal(err)
			}
		}
		check(li, "建筑工地 tag=2 true li; 劳务派遣 tag=3 true wang")
		for n := range most {
			if err := save(wang, fmt.Sprint("第", n), "tag=1", false); (err != nil) != (n == most-1) {
				t.Fatalf("filter %d: %v", n+2, err)
			}
		}
	})
}
