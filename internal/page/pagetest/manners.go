package pagetest

import (
	"strings"

	"golang.org/x/net/html"
)

// Manners tells what any page does wrong, whatever it shows: what a screen
// reader, a keyboard or the content security policy would stumble over.
func Manners(body string) []string {
	doc, err := html.Parse(strings.NewReader(body))
	if err != nil {
		return []string{err.Error()}
	}
	m := &manners{doc: doc, ids: map[string]int{}}
	for n := range doc.Descendants() {
		if n.Type == html.ElementNode && has(n, "id") {
			m.ids[attr(n, "id")]++
		}
	}
	m.whole()
	for n := range doc.Descendants() {
		if n.Type == html.ElementNode {
			m.inside(n)
			m.named(n)
			m.led(n)
		}
	}
	return m.problems
}

type manners struct {
	doc      *html.Node
	ids      map[string]int
	problems []string
}

func (m *manners) say(n *html.Node, what string) {
	var b strings.Builder
	b.WriteString("<" + n.Data)
	for _, a := range n.Attr {
		b.WriteString(" " + a.Key + `="` + a.Val + `"`)
	}
	m.problems = append(m.problems, b.String()+">: "+what)
}

// whole checks the page as such.
func (m *manners) whole() {
	if len(Select(m.doc, "html[lang]")) == 0 {
		m.problems = append(m.problems, "the page has no language")
	}
	if !anyContains(Select(m.doc, "head > title"), "") || text(Select(m.doc, "head > title")[0]) == "" {
		m.problems = append(m.problems, "the page has no title")
	}
	if n := len(Select(m.doc, "h1")); n != 1 {
		m.problems = append(m.problems, "the page has no h1, or several")
	}
	for id, n := range m.ids {
		if n > 1 {
			m.problems = append(m.problems, "several elements have the id "+id)
		}
	}
}

// inside checks that nothing stands in the page that belongs into a file.
func (m *manners) inside(n *html.Node) {
	for _, a := range n.Attr {
		if a.Key == "style" || strings.HasPrefix(a.Key, "on") {
			m.say(n, "the policy forbids "+a.Key+" here")
		}
		if (a.Key == "src" || n.Data == "link" && a.Key == "href") && strings.Contains(a.Val, "//") {
			m.say(n, "comes from elsewhere")
		}
	}
	if n.Data == "style" || n.Data == "script" && !has(n, "src") && !strings.HasSuffix(attr(n, "type"), "json") {
		m.say(n, "the policy forbids it inside the page")
	}
}

// named checks that everything can be called by a name.
func (m *manners) named(n *html.Node) {
	label := attr(n, "aria-label") != "" || attr(n, "aria-labelledby") != ""
	switch n.Data {
	case "input", "select", "textarea":
		if t := attr(n, "type"); t == "hidden" || t == "submit" || label || labelled(m.doc, n) {
			return
		}
		m.say(n, "has no label")
	case "img":
		if !has(n, "alt") {
			m.say(n, "has no alt")
		}
	case "button", "summary", "th":
		if text(n) == "" && !label {
			m.say(n, "is empty")
		}
		if n.Data == "th" && !has(n, "scope") {
			m.say(n, "has no scope")
		}
	case "td":
		if !has(n, "data-label") && !has(n, "colspan") && inList(n) {
			m.say(n, "has no data-label for narrow screens")
		}
	}
}

func labelled(doc, n *html.Node) bool {
	for p := n.Parent; p != nil; p = p.Parent {
		if p.Data == "label" {
			return true
		}
	}
	return has(n, "id") && len(Select(doc, "label[for="+attr(n, "id")+"]")) > 0
}

func inList(n *html.Node) bool {
	for p := n.Parent; p != nil; p = p.Parent {
		if p.Data == "table" {
			return one(p, ".list")
		}
	}
	return false
}

// led checks that links and references lead somewhere.
func (m *manners) led(n *html.Node) {
	href := attr(n, "href")
	if n.Data == "a" && href == "" {
		m.say(n, "leads nowhere")
	}
	if target, ok := strings.CutPrefix(href, "#"); ok && m.ids[target] == 0 {
		m.say(n, "leads to nothing on the page")
	}
	for _, name := range []string{"aria-describedby", "aria-labelledby", "for"} {
		for id := range strings.FieldsSeq(attr(n, name)) {
			if m.ids[id] == 0 {
				m.say(n, name+" names nothing on the page")
			}
		}
	}
}
