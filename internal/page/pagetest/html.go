package pagetest

import (
	"fmt"
	"strings"
	"testing"

	"golang.org/x/net/html"
)

// Want is a tree of checks on CSS selectors. A string must be contained in the
// text of one of the elements found, a number is how many there are, true and
// false whether there are any, a Want is checked inside the first.
type Want map[string]any

// Check fails the test where body is not as wanted.
func (w Want) Check(t *testing.T, body string) {
	t.Helper()
	problems := w.Problems(body)
	for _, p := range problems {
		t.Error(p)
	}
	if len(problems) > 0 {
		t.Logf("page:\n%s", body)
	}
}

// Problems tells where body is not as wanted.
func (w Want) Problems(body string) []string {
	doc, err := html.Parse(strings.NewReader(body))
	if err != nil {
		return []string{err.Error()}
	}
	return w.problems(doc, "")
}

func (w Want) problems(n *html.Node, path string) (problems []string) {
	for selector, want := range w {
		where := strings.TrimSpace(path + " " + selector)
		found := Select(n, selector)
		switch v := want.(type) {
		case int:
			if len(found) != v {
				problems = append(problems, fmt.Sprintf("%s: %d found, want %d", where, len(found), v))
			}
		case bool:
			if len(found) > 0 != v {
				problems = append(problems, fmt.Sprintf("%s: %d found, want any: %v", where, len(found), v))
			}
		case string:
			if !anyContains(found, v) {
				problems = append(problems, fmt.Sprintf("%s: no %q in %q", where, v, texts(found)))
			}
		case Want:
			if len(found) == 0 {
				problems = append(problems, where+": not found")
				continue
			}
			problems = append(problems, v.problems(found[0], where)...)
		default:
			problems = append(problems, fmt.Sprintf("%s: cannot check for %T", where, want))
		}
	}
	return problems
}

func anyContains(nodes []*html.Node, s string) bool {
	for _, n := range nodes {
		if strings.Contains(text(n), s) {
			return true
		}
	}
	return false
}

func texts(nodes []*html.Node) []string {
	var out []string
	for _, n := range nodes {
		out = append(out, text(n))
	}
	return out
}

// text returns what n shows, with white space folded.
func text(n *html.Node) string {
	var b strings.Builder
	for d := range n.Descendants() {
		if d.Type == html.TextNode && d.Parent.Data != "script" && d.Parent.Data != "style" {
			b.WriteString(d.Data)
		}
	}
	return strings.Join(strings.Fields(b.String()), " ")
}

// Select returns the elements under n that a selector finds, in the page's
// order. It knows tags, #id, .class, [attr], [attr=value], descendants, ">"
// and lists with commas.
func Select(n *html.Node, selector string) []*html.Node {
	var out []*html.Node
	for d := range n.Descendants() {
		for alternative := range strings.SplitSeq(selector, ",") {
			parts := strings.Fields(strings.ReplaceAll(alternative, ">", " > "))
			if d.Type == html.ElementNode && matches(n, d, parts) {
				out = append(out, d)
				break
			}
		}
	}
	return out
}

// matches reports whether d, somewhere under root, is what the parts of a
// selector lead to.
func matches(root, d *html.Node, parts []string) bool {
	last := len(parts) - 1
	if !simple(d, parts[last]) {
		return false
	}
	if last == 0 {
		return true
	}
	if parts[last-1] == ">" {
		return d.Parent != root && d.Parent.Type == html.ElementNode && matches(root, d.Parent, parts[:last-1])
	}
	for p := d.Parent; p != nil && p != root; p = p.Parent {
		if p.Type == html.ElementNode && matches(root, p, parts[:last]) {
			return true
		}
	}
	return false
}

// simple matches one compound like "input#a.b[type=text]".
func simple(n *html.Node, s string) bool {
	for s != "" {
		end := strings.IndexAny(s[1:], "#.[") + 1
		if end == 0 {
			end = len(s)
		}
		part := s[:end]
		if s[0] == '[' {
			end = strings.IndexByte(s, ']') + 1
			part = s[:end]
		}
		if !one(n, part) {
			return false
		}
		s = s[end:]
	}
	return true
}

func one(n *html.Node, part string) bool {
	switch part[0] {
	case '#':
		return attr(n, "id") == part[1:]
	case '.':
		for c := range strings.FieldsSeq(attr(n, "class")) {
			if c == part[1:] {
				return true
			}
		}
		return false
	case '[':
		name, want, valued := strings.Cut(strings.Trim(part, "[]"), "=")
		if !valued {
			return has(n, name)
		}
		return has(n, name) && attr(n, name) == strings.Trim(want, `"'`)
	case '*':
		return true
	}
	return n.Data == part
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
	for _, a := range n.Attr {
		if a.Key == name {
			return true
		}
	}
	return false
}
