package search_test

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"suiji/internal/audit"
	"suiji/internal/search"
	"suiji/internal/store"
	"suiji/internal/store/storetest"
)

var county = []search.Entry{
	{Target: "911301320000000001", Names: []string{"元氏县槐阳商贸有限公司"}, Codes: []string{"911301320000000001"}},
	{Target: "911301320000000012", Names: []string{"元氏县城关（槐阳）建筑劳务有限公司"}, Codes: []string{"911301320000000012", "130132000054321"}},
	{Target: "911301320000000023", Names: []string{"河北长安重工有限公司", "元氏县第二机械厂"}, Codes: []string{"911301320000000023"}},
	{Target: "911301320000000034", Names: []string{"槐阳商贸"}, Codes: []string{"911301320000000034"}},
	{Target: "911301320000000045", Names: []string{"ＡＢＣ科技（石家庄）有限公司"}, Codes: []string{"911301320000000045"}},
	{Target: "N-ABCDEFGHIJKLMNOP", Names: []string{"李记'面\"馆"}, Codes: []string{"元工商123"}},
}

func filled(t testing.TB, db *store.DB, authority string, all []search.Entry) {
	t.Helper()
	write(t, db, authority, func(w *search.Writer) error {
		for _, e := range all {
			if err := w.Add(e); err != nil {
				return err
			}
		}
		return nil
	})
}

func write(t testing.TB, db *store.DB, authority string, fn func(*search.Writer) error) {
	t.Helper()
	err := audit.New(db, time.Now).Keep(context.Background(), func(tx *store.DB) error {
		w, err := search.NewWriter(t.Context(), tx, authority)
		if err != nil {
			return err
		}
		if err := fn(w); err != nil {
			return err
		}
		return w.Close()
	})
	if err != nil {
		t.Fatal(err)
	}
}

// ends names firms by the last two characters of their identifiers.
func ends(ids []string) string {
	var out []string
	for _, id := range ids {
		out = append(out, id[len(id)-2:])
	}
	return strings.Join(out, " ")
}

func TestFind(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		filled(t, db, "x", county)
		filled(t, db, "y", county[:1])
		tests := []struct{ name, query, want string }{
			{"the whole name first, then what holds it", "槐阳商贸", "34 01"},
			{"brackets are nobody's memory", "城关槐阳建筑", "12"},
			{"begins before holds", "槐阳", "34 01 12"},
			{"one character", "槐", "34 01 12"},
			{"the last character", "厂", "23"},
			{"a former name", "第二机械厂", "23"},
			{"half width and any case", "abc科技", "45"},
			{"full width", "ａＢｃ", "45"},
			{"the whole credit code", "911301320000000012", "12"},
			{"the code in lower case, with blanks about it", " 911301320000000012 ", "12"},
			{"the end of a code", "0045", "45"},
			{"three characters of a code are too few", "045", ""},
			{"the end of an old number", "54321", "12"},
			{"the beginning of a code", "91130132000000002", "23"},
			{"the whole of an own number", "元工商123", "OP"},
			{"initials from the beginning", "ysxhy", "01"},
			{"initials inside", "hysm", "34 01"},
			{"initials of all", "hbcazgyxgs", "23"},
			{"the other reading of two characters", "hbzacgyxgs", "23"},
			{"two initials", "zg", "23"},
			{"words in any order", "建筑 元氏", "12"},
			{"a word and initials", "槐阳 yxgs", "01 12"},
			{"pairs that do not stand together", "元氏商贸", ""},
			{"nothing but signs", "（ ' \" %_*) OR", ""},
			{"operators are words", "NEAR(槐阳", ""},
			{"a quote in the name is left out", "李记面馆", "OP"},
			{"nothing", "", ""},
		}
		for _, tt := range tests {
			ids, err := search.Find(t.Context(), db, "x", search.Query{Text: tt.query})
			if got := ends(ids); err != nil || got != tt.want {
				t.Errorf("%s: Find(%q) = %q, %v, want %q", tt.name, tt.query, got, err, tt.want)
			}
		}
		if ids, err := search.Find(t.Context(), db, "y", search.Query{Text: "槐阳"}); err != nil || ends(ids) != "01" {
			t.Errorf("another authority finds %v, %v, want its own alone", ids, err)
		}
		within := search.Query{Text: "槐阳", Limit: 1, Within: "d.target_id IN (?, ?)", Args: []any{"911301320000000012", "911301320000000045"}}
		if ids, err := search.Find(t.Context(), db, "x", within); err != nil || ends(ids) != "12" {
			t.Errorf("within two firms = %v, %v, want the one that fits", ids, err)
		}
	})
}

func TestReplace(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		filled(t, db, "x", county)
		renamed := search.Entry{Target: county[0].Target, Names: []string{"元氏县新乐食品厂"}, Codes: county[0].Codes}
		other := search.Entry{Target: "new", Names: []string{"新来的"}, Codes: nil}
		write(t, db, "x", func(w *search.Writer) error {
			for _, e := range []search.Entry{renamed, other, renamed} {
				if err := w.Replace(e); err != nil {
					return err
				}
			}
			return nil
		})
		for query, want := range map[string]string{"新乐食品": "01", "槐阳商贸": "34", "xlsp": "01", "新来": "ew", "0001": "01"} {
			if ids, err := search.Find(t.Context(), db, "x", search.Query{Text: query}); err != nil || ends(ids) != want {
				t.Errorf("after a change of name Find(%q) = %v, %v, want %s", query, ids, err, want)
			}
		}
	})
}

// A broad word is answered by the best firms: those that are or begin so are
// never lost among the many that hold it.
func TestFindIsBounded(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		var many []search.Entry
		for n := range 3000 {
			many = append(many, search.Entry{Target: fmt.Sprintf("%06d", n), Names: []string{fmt.Sprintf("元氏县%d商贸有限公司", n)}})
		}
		many = append(many, search.Entry{Target: "zz", Names: []string{"商贸"}}, search.Entry{Target: "zy", Names: []string{"商贸城"}})
		filled(t, db, "x", many)
		ids, err := search.Find(t.Context(), db, "x", search.Query{Text: "商贸"})
		if err != nil || len(ids) != search.Most || !slices.Equal(ids[:2], []string{"zz", "zy"}) {
			t.Errorf("Find of what 3,002 firms hold = %d firms, %v first, %v, want %d, the whole name first", len(ids), ids[:min(2, len(ids))], err, search.Most)
		}
	})
}
