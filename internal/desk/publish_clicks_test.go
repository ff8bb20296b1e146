package desk

import (
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"

	"golang.org/x/net/html"

	"suiji/internal/disclosure"
	"suiji/internal/inspection"
	"suiji/internal/page/pagetest"
	"suiji/internal/plan"
	"suiji/internal/round/roundtest"
	"suiji/internal/store/storetest"
)

// hand is somebody who presses what a page shows, and counts.
type hand struct {
	t      *testing.T
	h      http.Handler
	role   string
	page   *html.Node
	clicks int
}

func (x *hand) open(r *http.Request) {
	x.t.Helper()
	w := httptest.NewRecorder()
	x.h.ServeHTTP(w, roundtest.SignedIn(r, x.role))
	if w.Code == http.StatusSeeOther {
		x.open(httptest.NewRequest("GET", w.Header().Get("Location"), nil))
		return
	}
	if w.Code != http.StatusOK {
		x.t.Fatalf("%s %s: status %d", r.Method, r.URL, w.Code)
	}
	n, err := html.Parse(w.Body)
	if err != nil {
		x.t.Fatal(err)
	}
	x.page = n
}

func of(n *html.Node, name string) string {
	for _, a := range n.Attr {
		if a.Key == name {
			return a.Val
		}
	}
	return ""
}

func words(n *html.Node) string {
	var b strings.Builder
	for d := range n.Descendants() {
		if d.Type == html.TextNode {
			b.WriteString(d.Data)
		}
	}
	return strings.Join(strings.Fields(b.String()), " ")
}

// press is one click on the link, summary or button with these words.
func (x *hand) press(selector, text string) {
	x.t.Helper()
	for _, n := range pagetest.Select(x.page, selector) {
		if !strings.Contains(words(n), text) {
			continue
		}
		x.clicks++
		switch n.Data {
		case "a":
			x.open(httptest.NewRequest("GET", of(n, "href"), nil))
		case "button":
			x.send(n)
		}
		return
	}
	x.t.Fatalf("no %s says %q", selector, text)
}

// send submits the form of a button.
func (x *hand) send(button *html.Node) {
	form := button.Parent
	for form.Data != "form" {
		form = form.Parent
	}
	v := url.Values{}
	for _, n := range pagetest.Select(form, "input") {
		box := of(n, "type") == "checkbox"
		checked, disabled := false, false
		for _, a := range n.Attr {
			checked, disabled = checked || a.Key == "checked", disabled || a.Key == "disabled"
		}
		if !disabled && (!box || checked) {
			v.Add(of(n, "name"), of(n, "value"))
		}
	}
	if of(form, "method") == "get" {
		x.open(httptest.NewRequest("GET", of(form, "action")+"?"+v.Encode(), nil))
		return
	}
	r := httptest.NewRequest("POST", of(form, "action"), strings.NewReader(v.Encode()))
	r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	x.open(r)
}

// J4: fifty results are published within six clicks, each as the preview
// showed it.
func TestFiftyResultsInSixClicks(t *testing.T) {
	f := newDesk(t, storetest.SQLite(t))
	f.Firms(2000)
	id := f.Matched(f.Publish(func(p *plan.Plan) { p.Disclosure = plan.AtOnce }), 1, "2022-06-06")
	f.ApprovedOn(id, "2022-06-14")
	f.Must(f.Inspection.Issue(t.Context(), roundtest.As("clerk"), id))
	f.On("2022-06-20")
	forms, err := f.Inspection.Forms(t.Context(), roundtest.Authority, inspection.Filter{RoundID: id})
	f.Must(err)
	if len(forms) != 50 {
		t.Fatalf("%d forms, want 50", len(forms))
	}
	for _, x := range forms {
		f.conclude(t, x.ID, nil)
	}
	f.On("2022-06-24")
	x := &hand{t: t, h: f.handler, role: "reviewer"}
	x.open(httptest.NewRequest("GET", "/w", nil))
	x.press("nav a", "结果公示")
	x.press(".figures a", "7 天内到期")
	x.press("a.button", "全选 50 条")
	x.press("button", "预览公示内容")
	if n := len(pagetest.Select(x.page, "section.panel")); n != 50 {
		t.Fatalf("the preview shows %d records, want 50", n)
	}
	x.press("summary", "公示这 50 条")
	x.press("button", "公示 50 条")
	found, err := f.Disclosure.Results(t.Context(), roundtest.Authority, disclosure.Query{RoundID: id})
	f.Must(err)
	if found.Total != 50 || x.clicks > 6 {
		t.Errorf("%d results are public after %d clicks, want 50 after at most 6", found.Total, x.clicks)
	}
}
