package page

import (
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

type day struct{ text string }

func (d day) String() string { return d.text }

type grade string

func (g grade) String() string { return "等级" + string(g) }

func TestFuncs(t *testing.T) {
	at := time.Date(2022, 6, 14, 1, 30, 0, 0, time.UTC)
	base := &faultPage{}
	refused := &faultPage{Base: Base{Typed: url.Values{"a": {"typed"}, "b": {""}}}}
	tests := []struct {
		name string
		got  func() (string, error)
		want string
	}{
		{"date of a date", func() (string, error) { return date(day{"2022-06-14"}), nil }, "2022-06-14"},
		{"date of a moment", func() (string, error) { return date(at.Add(-2 * time.Hour)), nil }, "2022-06-14"},
		{"late evening in UTC is tomorrow here", func() (string, error) { return date(at.Add(15 * time.Hour)), nil }, "2022-06-15"},
		{"no date", func() (string, error) { return date(day{}), nil }, "—"},
		{"no moment", func() (string, error) { return instant(time.Time{}) }, "—"},
		{"instant", func() (string, error) { return instant(at) }, "2022-06-14 09:30"},
		{"milliseconds", func() (string, error) { return instant(at.UnixMilli()) }, "2022-06-14 09:30"},
		{"no milliseconds", func() (string, error) { return instant(int64(0)) }, "—"},
		{"ratio", func() (string, error) { return ratio(500) }, "5 %"},
		{"broken ratio", func() (string, error) { return ratio(250) }, "2.5 %"},
		{"smallest ratio", func() (string, error) { return ratio(1) }, "0.01 %"},
		{"count", func() (string, error) { return count(2046) }, "2,046"},
		{"small count", func() (string, error) { return count(46) }, "46"},
		{"large count", func() (string, error) { return count(uint64(180000000)) }, "180,000,000"},
		{"negative count", func() (string, error) { return count(-1000) }, "-1,000"},
		{"hash of bytes", func() (string, error) { return hash([]byte{0xa1, 0xb2, 0xc3}) }, "a1b2 c3"},
		{"hash of an array", func() (string, error) { return hash([4]byte{1, 2, 3, 4}) }, "0102 0304"},
		{"hash of digits", func() (string, error) { return hash("a1b2c3d4e") }, "a1b2 c3d4 e"},
		{"no hash", func() (string, error) { return hash("") }, "—"},
		{"short", func() (string, error) { return short(strings.Repeat("0123", 16)) }, "0123 0123 0123 0123"},
		{"yes", func() (string, error) { return yes(true), nil }, "是"},
		{"no", func() (string, error) { return yes(false), nil }, "否"},
		{"dash", func() (string, error) { return dash(""), nil }, "—"},
		{"no dash", func() (string, error) { return dash(grade("A")), nil }, "等级A"},
		{"given", func() (string, error) { return value(base, "a", 5), nil }, "5"},
		{"given code", func() (string, error) { return value(base, "a", grade("A")), nil }, "A"},
		{"given nothing", func() (string, error) { return value(base, "a", day{}), nil }, ""},
		{"typed", func() (string, error) { return value(refused, "a", 5), nil }, "typed"},
		{"typed nothing", func() (string, error) { return value(refused, "b", 5), nil }, ""},
		{"in another form of the page", func() (string, error) { return value(refused, "c", 5), nil }, "5"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			if got, err := tt.got(); got != tt.want || err != nil {
				t.Errorf("got %q, %v, want %q", got, err, tt.want)
			}
		})
	}
}

func TestFuncsRefuse(t *testing.T) {
	tests := []struct {
		name string
		call func() (string, error)
	}{
		{"instant of text", func() (string, error) { return instant("now") }},
		{"instant of nothing", func() (string, error) { return instant(nil) }},
		{"ratio of a fraction", func() (string, error) { return ratio(0.05) }},
		{"count of text", func() (string, error) { return count("12") }},
		{"hash of a number", func() (string, error) { return hash(12) }},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			if got, err := tt.call(); err == nil {
				t.Errorf("got %q, want an error", got)
			}
		})
	}
}

func TestChoose(t *testing.T) {
	options := []Option{{Value: "A", Label: "甲"}, {Value: "B", Label: "乙"}}
	tests := []struct {
		name   string
		typed  url.Values
		given  any
		set    []string
		chosen []string
		none   string
	}{
		{"given", nil, grade("B"), nil, []string{"B"}, ""},
		{"nothing given", nil, "", nil, nil, "请选择"},
		{"own words for nothing", nil, "A", []string{"none=全部"}, []string{"A"}, "全部"},
		{"typed instead of given", url.Values{"c": {"A"}}, "B", nil, []string{"A"}, ""},
		{"several", nil, []string{"A", "B"}, []string{"check"}, []string{"A", "B"}, ""},
		{"several typed", url.Values{"c": {"B"}}, []string{"A"}, []string{"check"}, []string{"B"}, ""},
		{"none typed", url.Values{}, []string{"A"}, []string{"check"}, nil, ""},
		{"in another form of the page", url.Values{}, "A", nil, []string{"A"}, ""},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			p := &faultPage{Base: Base{Typed: tt.typed}}
			f, err := choose(p, "c", "级", tt.given, options, tt.set...)
			if err != nil {
				t.Fatal(err)
			}
			var chosen []string
			for _, o := range f.Options {
				if o.Chosen {
					chosen = append(chosen, o.Value)
				}
			}
			if !cmp.Equal(chosen, tt.chosen) || f.None != tt.none {
				t.Errorf("choose = %q, none %q, want %q, none %q", chosen, f.None, tt.chosen, tt.none)
			}
		})
	}
	if _, err := input(&faultPage{}, "a", "b", "", "requierd"); err == nil {
		t.Error("input takes a setting that does not exist")
	}
}

func TestPager(t *testing.T) {
	tests := []struct {
		name, query       string
		total             int
		first, last       int
		prev, next, words string
	}{
		{"empty", "", 0, 0, 0, "", "", "1"},
		{"one page", "", 20, 1, 20, "", "", "1"},
		{"first", "?q=a", 21, 1, 20, "", "/x?page=2&q=a", "1 2"},
		{"second", "?page=2", 21, 21, 21, "/x", "", "1 2"},
		{"in the middle", "?page=50", 2046, 981, 1000, "/x?page=49", "/x?page=51", "1 … 48 49 50 51 52 … 103"},
		{"fifty", "?per=50&page=2", 101, 51, 100, "/x?per=50", "/x?page=3&per=50", "1 2 3"},
		{"nonsense", "?per=7&page=-1", 21, 1, 20, "", "/x?page=2", "1 2"},
		{"beyond the end", "?page=9", 21, 21, 21, "/x?page=2", "", "1 … 2"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			p := NewPager(httptest.NewRequest("GET", "/x"+tt.query, nil), tt.total)
			var words []string
			for _, n := range p.Numbers() {
				if n.Word == "" {
					n.Word = "…"
				}
				words = append(words, n.Word)
			}
			got := []any{p.First(), p.Last(), p.Prev(), p.Next(), strings.Join(words, " ")}
			want := []any{tt.first, tt.last, tt.prev, tt.next, tt.words}
			if tt.name == "beyond the end" {
				got, want = got[1:4], want[1:4]
			}
			if diff := cmp.Diff(got, want); diff != "" {
				t.Error(diff)
			}
		})
	}
}

func TestLocalPath(t *testing.T) {
	for next, want := range map[string]string{
		"/w/plans?page=2": "/w/plans?page=2", "": "/", "//evil.example": "/", `/\evil.example`: "/",
		"https://evil.example/": "/", "plans": "/", "javascript:alert(1)": "/", "/": "/", "/\tx": "/",
	} {
		if got := LocalPath(next, "/"); got != want {
			t.Errorf("LocalPath(%q) = %q, want %q", next, got, want)
		}
	}
}
