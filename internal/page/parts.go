package page

import (
	"html/template"
	"net/http"
	"net/url"
	"slices"
	"strconv"
)

// Tone is the colour of a word. The word alone carries the meaning.
type Tone string

// The tones.
const (
	Mute  Tone = ""      // not begun, ended, without weight
	Doing Tone = "doing" // under way
	OK    Tone = "ok"    // done, in order
	Warn  Tone = "warn"  // soon due, to be looked at
	Bad   Tone = "bad"   // overdue, refused, broken
)

// A Tag is a state in a word.
type Tag struct {
	Tone Tone
	Word string
}

// Mark is the tag on a page.
func (t Tag) Mark() template.HTML {
	class := "tag"
	if t.Tone != Mute {
		class += " " + string(t.Tone)
	}
	return template.HTML(`<span class="` + template.HTMLEscapeString(class) + `">` + template.HTMLEscapeString(t.Word) + `</span>`)
}

func tag(tone, word string) Tag { return Tag{Tone(tone), word} }

// A Step is one part of a piece of work. Steps are shown as a list of tasks
// (part "tasks") or as stages in a line (part "steps").
type Step struct {
	Name  string
	Note  string // when, who, or why not yet
	Href  string // empty: cannot be opened
	State Tag    // as a word behind it
	Done  bool
	Now   bool
}

// Empty says what belongs where there is nothing, and what to do next.
type Empty struct{ Sentence, Action, Href string }

func empty(sentence, action, href string) Empty { return Empty{sentence, action, href} }

// Confirm is an act that cannot be undone: the button opens what it will mean,
// the second button does it.
type Confirm struct {
	Action, Button, Sentence, Key string
}

func confirm(p Page, action, button, sentence string) Confirm {
	return Confirm{action, button, sentence, p.base().Key()}
}

// A Chip is a filter in force. Without is the address without it.
type Chip struct{ Word, Without string }

// A Filter is a choice that narrows a list, with what was chosen in it.
type Filter struct {
	Name, Value string
	Options     []Option
}

// Chips shows the filters in force, each with the way to drop it.
func Chips(r *http.Request, filters []Filter) []Chip {
	var all []Chip
	for _, f := range filters {
		for _, o := range f.Options {
			if o.Value == f.Value {
				all = append(all, Chip{Word: o.Label, Without: Without(r, f.Name)})
			}
		}
	}
	return all
}

// Without returns the address of r without some query parameters, on the first
// page of the list.
func Without(r *http.Request, names ...string) string {
	q := r.URL.Query()
	q.Del("page")
	for _, n := range names {
		q.Del(n)
	}
	return address(r.URL.Path, q)
}

func address(path string, q url.Values) string {
	return (&url.URL{Path: path, RawQuery: q.Encode()}).String()
}

// Pager is one window of a long list.
type Pager struct {
	Total int // in the whole list
	Page  int // from 1
	Per   int // on one page

	path  string
	query url.Values
}

var pers = []int{20, 50, 100}

// Window returns which page of a list is asked for, from 1, and how many
// entries it has: 20, 50 or 100.
func Window(r *http.Request) (page, per int) {
	q := r.URL.Query()
	per, err := strconv.Atoi(q.Get("per"))
	if err != nil || !slices.Contains(pers, per) {
		per = pers[0]
	}
	page, err = strconv.Atoi(q.Get("page"))
	if err != nil || page < 1 {
		page = 1
	}
	return page, per
}

// NewPager describes the window that r asks for, in a list of total entries.
func NewPager(r *http.Request, total int) Pager {
	p := Pager{Total: total, path: r.URL.Path, query: r.URL.Query()}
	p.Page, p.Per = Window(r)
	return p
}

// Pages returns the number of pages, at least 1.
func (p Pager) Pages() int {
	if p.Per == 0 || p.Total == 0 {
		return 1
	}
	return (p.Total + p.Per - 1) / p.Per
}

// First and Last are the numbers of the entries at the window's ends, from 1.
func (p Pager) First() int { return min(p.Total, (p.Page-1)*p.Per+1) }

// Last is the number of the last entry in the window.
func (p Pager) Last() int { return min(p.Total, p.Page*p.Per) }

// Prev returns the address of the page before, or "".
func (p Pager) Prev() string {
	if p.Page <= 1 {
		return ""
	}
	return p.at(min(p.Page-1, p.Pages()), p.Per)
}

// Next returns the address of the page after, or "".
func (p Pager) Next() string {
	if p.Page >= p.Pages() {
		return ""
	}
	return p.at(p.Page+1, p.Per)
}

// Numbers links the first, the last and the near pages; Word is empty for a
// gap.
func (p Pager) Numbers() []Link {
	var out []Link
	last := 0
	for n := 1; n <= p.Pages(); n++ {
		if n != 1 && n != p.Pages() && (n < p.Page-2 || n > p.Page+2) {
			continue
		}
		if n != last+1 {
			out = append(out, Link{})
		}
		out = append(out, Link{Word: strconv.Itoa(n), Href: p.at(n, p.Per), Current: n == p.Page})
		last = n
	}
	return out
}

// Sizes links the lengths a page may have.
func (p Pager) Sizes() []Link {
	var out []Link
	for _, n := range pers {
		out = append(out, Link{Word: strconv.Itoa(n), Href: p.at(1, n), Current: n == p.Per})
	}
	return out
}

func (p Pager) at(page, per int) string {
	q := url.Values{}
	for name, values := range p.query {
		q[name] = values
	}
	q.Set("page", strconv.Itoa(page))
	if per == pers[0] {
		q.Del("per")
	} else {
		q.Set("per", strconv.Itoa(per))
	}
	if page == 1 {
		q.Del("page")
	}
	return address(p.path, q)
}
