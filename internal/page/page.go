// Package page turns templates and a struct into the bytes of a page. A GET
// shows a page, a POST says where to go next; neither touches the response.
// Refused forms, error pages, assets, entity tags and the headers that keep a
// page safe are made here once, for every door.
package page

import (
	"crypto/rand"
	"html/template"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"

	"suiji/internal/errs"
)

// A Page is a pointer to a struct that embeds Base and holds what its template
// prints.
type Page interface{ base() *Base }

type (
	// Show builds the page of a GET. It writes nothing.
	Show func(r *http.Request) (Page, error)
	// Act carries out a POST and says where to go next: a local path.
	Act func(r *http.Request) (next string, err error)
)

// Base is what every page has. A Show sets Title, Trail and rarely Status; the
// rest is filled in before the template runs.
type Base struct {
	Frame
	Title    string         // what the page is about, in the window's title
	English  string         // the same in English, below the head of a public page
	Trail    []Link         // the pages above this one, outermost first
	Status   int            // HTTP status; 0 means 200
	Typed    url.Values     // what was typed into a refused form; nil otherwise
	Problems []errs.Problem // what has to be mended; nil unless a form was refused
	Number   string         // the request's number, to be quoted on the telephone
	Path     string         // the path of this page
	Made     time.Time      // when the page was made; not told on public pages
	Assets   template.HTML  // links to the style sheets, scripts and the small mark
	Twin     string         // address of the same as JSON; empty if there is none
	Live     string         // address of the events that tell when the page has changed (live.js); empty if it keeps still
	Shows    string         // what the page shows, as those events call it
	Passkey  bool           // the page asks for a passkey (passkey.js)

	held string // the key of a form whose outcome is not known
}

// Frame is what stands around a page and differs from office to office and
// from user to user.
type Frame struct {
	Site   string        // the system's name
	Unit   string        // the full legal name of the authority
	Home   string        // where the name leads; empty means "/"
	Demo   string        // a banner over every page; empty in earnest
	Nav    []Link        // Current is set here, by the longest matching path
	User   string        // empty if nobody is signed in
	Roles  []string      // in the user's words
	SignIn string        // where to sign in; empty hides the link
	Out    string        // where to POST to sign out; empty hides the button
	Search string        // where a search goes with ?q=; empty hides the box
	Alarm  string        // what this reader must not miss on any page
	Here   string        // the page's whole address, told on paper; empty: not told
	Sizes  template.HTML // links to the same page in other sizes of type, whose style sheet is /size.css; empty: one size
	Said   Notice        // what has just been done
	Help   string        // whom to ask, with telephone number
	Keys   string        // the address at which this reader's passkeys work; empty: none
	Footer []Fact        // organiser, identifiers, contact; facts without Text are not shown
}

// A Link leads to a page. Count, if not 0, stands behind the word.
type Link struct {
	Word    string
	English string // beside the word, on public pages
	Href    string
	Count   int
	Current bool
}

// A Notice tells of something done or due. The zero Notice is not shown.
type Notice struct {
	Tone Tone
	Text string
}

// A Fact is a name and its text, which may be a link.
type Fact struct {
	Name string
	Text string
	Href string
}

// Line is the portal's line of sections, and Foots the facts at its foot: they
// stand on every page, and a template takes longer over them than over the rest.
func (f Frame) Line() template.HTML {
	var b strings.Builder
	for _, l := range f.Nav {
		b.WriteString(`<li><a href="` + template.HTMLEscapeString(l.Href) + `"`)
		if l.Current {
			b.WriteString(` aria-current="page"`)
		}
		b.WriteString(">" + template.HTMLEscapeString(l.Word))
		if l.English != "" {
			b.WriteString(`<small lang="en">` + template.HTMLEscapeString(l.English) + "</small>")
		}
		b.WriteString("</a></li>")
	}
	return template.HTML(b.String())
}

// Foots are the facts that have a text.
func (f Frame) Foots() template.HTML {
	var b strings.Builder
	for _, x := range f.Footer {
		if x.Text == "" {
			continue
		}
		b.WriteString("<li>")
		if x.Name != "" {
			b.WriteString("<span>" + template.HTMLEscapeString(x.Name) + "：</span>")
		}
		text := template.HTMLEscapeString(x.Text)
		if x.Href != "" {
			text = `<a href="` + template.HTMLEscapeString(x.Href) + `">` + text + "</a>"
		}
		b.WriteString(text + "</li>")
	}
	return template.HTML(b.String())
}

func (b *Base) base() *Base { return b }

// Key returns a fresh idempotency key for one form. A form whose outcome is
// not known keeps the key it was sent with, so that sending it again cannot
// do the thing twice.
func (b *Base) Key() string {
	if b.held != "" {
		return b.held
	}
	return rand.Text()
}

// Headline stands over the problems.
func (b *Base) Headline() string {
	switch b.Status {
	case http.StatusConflict:
		return "没有保存：内容已经变动"
	case http.StatusServiceUnavailable:
		return "暂时不能确定是否已保存"
	}
	if !slices.ContainsFunc(b.Problems, func(p errs.Problem) bool { return p.Field != "" }) {
		return "没有办理"
	}
	return "有 " + strconv.Itoa(len(b.Problems)) + " 处需要修改"
}

// Failed returns the sentence that belongs to an input, or "".
func (b *Base) Failed(field string) string {
	for _, p := range b.Problems {
		if p.Field == field {
			return p.Sentence
		}
	}
	return ""
}

// LocalPath returns next if it leads to a page of this server, else fallback.
// Without it a link to the sign-in page could send people elsewhere.
func LocalPath(next, fallback string) string {
	u, err := url.Parse(next)
	if err != nil || u.Scheme != "" || u.Host != "" || u.User != nil {
		return fallback
	}
	if len(next) == 0 || next[0] != '/' || len(next) > 1 && (next[1] == '/' || next[1] == '\\') {
		return fallback
	}
	return next
}
