package main

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"mime"
	"mime/multipart"
	"net/http"
	"net/http/cookiejar"
	"net/url"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"golang.org/x/net/html"

	"suiji/internal/page/pagetest"
)

// browser is a browser without a screen: it reads pages as text, follows
// links, and fills in forms as they stand. Each person has cookies of their
// own, and tabs.
type browser struct {
	server *server
	files  func(string) string // where an uploaded file lies
	who    string
	jars   map[string]http.CookieJar
	tabs   map[string]*tab
	inside map[string][2]string // who has signed in at a screen, with which password
	slips  map[string]string    // passwords for one sign-in that a page has shown, by username
	*tab
}

// tab is a page that is open.
type tab struct {
	at     *url.URL
	status int
	header http.Header
	body   []byte
	doc    *html.Node // nil: the answer was no page
	sent   *form      // what was sent last
}

func newBrowser() *browser {
	b := &browser{jars: map[string]http.CookieJar{}, tabs: map[string]*tab{}, slips: map[string]string{}, inside: map[string][2]string{}, files: func(s string) string { return s }}
	b.sit("nobody", "")
	return b
}

// sit goes to a person's screen, to one of the tabs there.
func (b *browser) sit(who, name string) {
	b.who = who
	key := who + " " + name
	if b.tabs[key] == nil {
		b.tabs[key] = &tab{}
	}
	b.tab = b.tabs[key]
}

// patience is how long a program may take for one answer.
const patience = 2 * time.Minute

func (b *browser) client() *http.Client {
	if b.jars[b.who] == nil {
		jar, err := cookiejar.New(nil)
		if err != nil {
			panic(err) // it has no options that could be wrong
		}
		b.jars[b.who] = jar
	}
	return &http.Client{Jar: b.jars[b.who], Timeout: patience}
}

// do sends a request. A page that says that it will come again, it waits for:
// files are checked and written while the page shows how far that has come.
func (b *browser) do(method, target, contentType string, body io.Reader) error {
	err := b.request(method, target, contentType, body)
	for end := time.Now().Add(patience); err == nil && len(b.find(`meta[http-equiv="refresh"]`)) > 0; {
		if time.Now().After(end) {
			return fmt.Errorf("%s does not come to an end:\n%s", b.at, b.text())
		}
		time.Sleep(200 * time.Millisecond)
		err = b.request(http.MethodGet, b.at.String(), "", nil)
	}
	return err
}

func (b *browser) request(method, target, contentType string, body io.Reader) error {
	if b.server == nil {
		return errors.New("nobody serves: say “serve” first")
	}
	u, err := b.base().Parse(target)
	if err != nil {
		return err
	}
	req, err := http.NewRequest(method, u.String(), body)
	if err != nil {
		return err
	}
	if method == http.MethodPost {
		req.Header.Set("Content-Type", contentType)
		req.Header.Set("Sec-Fetch-Site", "same-origin")
	}
	res, err := b.client().Do(req)
	if err != nil {
		return err
	}
	b.at, b.status, b.header, b.doc = res.Request.URL, res.StatusCode, res.Header, nil
	b.body, err = io.ReadAll(res.Body)
	if err := errors.Join(err, res.Body.Close()); err != nil {
		return err
	}
	if kind, _, _ := mime.ParseMediaType(res.Header.Get("Content-Type")); kind == "text/html" {
		b.doc, err = html.Parse(bytes.NewReader(b.body))
	}
	if slip := b.find(".slip dd"); len(slip) == 2 {
		b.slips[strings.TrimSpace(visible(slip[0]))] = strings.TrimSpace(visible(slip[1]))
	}
	return err
}

// base is what links are relative to.
func (b *browser) base() *url.URL {
	u, err := url.Parse(b.server.address)
	if err != nil {
		panic(err) // it was printed by the program and dialled before
	}
	if b.at != nil { // from before the server was started anew, perhaps
		u.Path, u.RawQuery = b.at.Path, b.at.RawQuery
	}
	return u
}

// open opens a page. Whose session has ended meanwhile, as months pass at once
// here, signs in again.
func (b *browser) open(path string) error {
	err := b.do(http.MethodGet, path, "", nil)
	if x, known := b.inside[b.who]; err == nil && known && b.at.Path == "/w/login" && path != "/w/login" {
		if err := b.login(x[0], x[1]); err != nil {
			return err
		}
		return b.do(http.MethodGet, path, "", nil)
	}
	return err
}

// login signs in, as anybody else or anew. Who has a password for one sign-in
// makes password their own.
func (b *browser) login(user, password string) error {
	if err := b.open("/w/login"); err != nil {
		return err
	}
	typed := password
	if once := b.slips[user]; once != "" {
		typed = once
	}
	if err := b.submit("登录", 1, []string{"username=" + user, "password=" + typed}); err != nil {
		return err
	}
	if typed != password {
		if err := b.submit("保存并继续", 1, []string{"old=" + typed, "password=" + password, "again=" + password}); err != nil {
			return err
		}
		delete(b.slips, user)
	}
	if b.status != http.StatusOK || b.at.Path == "/w/login" {
		return fmt.Errorf("%s is not let in, status %d:\n%s", user, b.status, b.text())
	}
	b.inside[b.who] = [2]string{user, password}
	return nil
}

// fetch gets a file and leaves the page on the screen.
func (b *browser) fetch(path string) ([]byte, error) {
	other := *b
	other.tab = &tab{at: b.at}
	if err := other.open(path); err != nil {
		return nil, err
	}
	if other.status != http.StatusOK {
		return nil, fmt.Errorf("%s: status %d\n%s", path, other.status, other.text())
	}
	return other.body, nil
}

// click follows the n-th link (from 1) with a text.
func (b *browser) click(words string, n int) error {
	for _, a := range b.find("a[href]") {
		if !like(words, visible(a)) {
			continue
		}
		if n--; n == 0 {
			return b.open(attr(a, "href"))
		}
	}
	return fmt.Errorf("no such link %q on %s:\n%s", words, b.at, b.text())
}

// like reports whether words are a text; … stands for what comes before or
// after them.
func like(words, text string) bool {
	middle := strings.Trim(words, "…")
	switch {
	case strings.HasPrefix(words, "…"):
		return strings.HasSuffix(text, middle)
	case strings.HasSuffix(words, "…"):
		return strings.HasPrefix(text, middle)
	}
	return text == words
}

func (b *browser) find(selector string) []*html.Node {
	if b.doc == nil {
		return nil
	}
	return pagetest.Select(b.doc, selector)
}

// text is what the page shows.
func (b *browser) text() string {
	if b.doc == nil {
		return string(b.body)
	}
	return visible(b.doc)
}

// visible returns a node's text with white space folded.
func visible(n *html.Node) string {
	var s strings.Builder
	for d := range n.Descendants() {
		if d.Type == html.TextNode && d.Parent.Data != "script" && d.Parent.Data != "style" && d.Parent.Data != "title" {
			s.WriteString(d.Data)
		}
	}
	return strings.Join(strings.Fields(s.String()), " ")
}

func attr(n *html.Node, name string) string {
	for _, a := range n.Attr {
		if a.Key == name {
			return a.Val
		}
	}
	return ""
}

func has(n *html.Node, name string) bool {
	return slices.ContainsFunc(n.Attr, func(a html.Attribute) bool { return a.Key == name })
}

// submit presses the n-th button (from 1) with a text, in a form that has all
// the named fields, after filling them in. A field is named by its name or by
// its label; a choice by its value or by its label; a file as @path.
func (b *browser) submit(words string, n int, fields []string) error {
	var trouble error
	for _, button := range b.find("button") {
		if !like(words, visible(button)) {
			continue
		}
		f, err := readForm(b.doc, button)
		if err == nil {
			err = f.fill(fields, b.files)
		}
		if err != nil {
			trouble = err
			continue
		}
		if n--; n == 0 {
			return b.send(f)
		}
	}
	if trouble != nil {
		return fmt.Errorf("%w\non %s:\n%s", trouble, b.at, b.text())
	}
	return fmt.Errorf("no such button %q on %s:\n%s", words, b.at, b.text())
}

func (b *browser) send(f *form) error {
	b.sent = f
	if f.method != "post" {
		u, err := url.Parse(f.action)
		if err != nil {
			return err
		}
		u.RawQuery = f.values().Encode()
		return b.open(u.String())
	}
	if f.enctype != "multipart/form-data" {
		post := func(values url.Values) error {
			return b.do(http.MethodPost, f.action, "application/x-www-form-urlencoded", strings.NewReader(values.Encode()))
		}
		err := post(f.values())
		if x, known := b.inside[b.who]; err == nil && known && b.at.Path == "/w/login" && f.action != "/w/login" {
			// Whose session has ended meanwhile signs in and sends it again.
			if err = b.login(x[0], x[1]); err == nil {
				err = post(f.values())
			}
		}
		if x, known := b.inside[b.who]; err == nil && known && len(b.find("#f-prove-again")) > 0 {
			// Who has not shown for a while who he is, does.
			values := f.values()
			values.Set("prove-again", x[1])
			return post(values)
		}
		return err
	}
	var body bytes.Buffer
	w := multipart.NewWriter(&body)
	err := f.multipart(w)
	if err := errors.Join(err, w.Close()); err != nil {
		return err
	}
	return b.do(http.MethodPost, f.action, w.FormDataContentType(), &body)
}

func (f *form) multipart(w *multipart.Writer) error {
	for _, c := range f.controls {
		if c.kind != "file" {
			if c.sent() {
				if err := w.WriteField(c.name, c.value); err != nil {
					return err
				}
			}
			continue
		}
		name, content := "", []byte(nil) // no file was chosen: a browser sends an empty one
		if c.value != "" {
			var err error
			if content, err = os.ReadFile(c.value); err != nil {
				return err
			}
			name = filepath.Base(c.value)
		}
		part, err := w.CreateFormFile(c.name, name)
		if err != nil {
			return err
		}
		if _, err := part.Write(content); err != nil {
			return err
		}
	}
	return nil
}
