package field

import (
	"flag"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/chromedp/chromedp"

	"suiji/internal/page/pagetest"
)

var shots = flag.String("shots", "", "put pictures of the screens into this folder")

// unusable lists what a thumb cannot hit, and what lies beside the screen.
const unusable = `(() => {
	const out = [];
	if (document.documentElement.lang !== "zh-CN") out.push("no language");
	if (document.documentElement.scrollWidth > innerWidth) out.push(document.documentElement.scrollWidth + " px wide");
	for (const e of document.querySelectorAll("main a, main button, main input:not([type=hidden]), main select, main textarea, main summary, nav a, nav button")) {
		const own = e.getBoundingClientRect();
		if (!own.width || e.closest("p, li, dd, small") && e.tagName === "A" && !/big|button/.test(e.className)) continue; // a word in a sentence
		const label = /radio|checkbox|file/.test(e.type) && (e.closest("label") || document.querySelector("label[for='" + e.id + "']"));
		const r = label ? label.getBoundingClientRect() : own;
		if (r.width < 44 || r.height < 44) out.push((e.id || e.name || e.textContent.trim()) + " is " + Math.round(r.width) + " × " + Math.round(r.height));
	}
	return out.join("\n");
})()`

// larger doubles every text.
const larger = `for (const [e, f, h] of [...document.querySelectorAll("body, body *")].map(e => [e, parseFloat(getComputedStyle(e).fontSize), parseFloat(getComputedStyle(e).lineHeight)])) {
	e.style.fontSize = 2 * f + "px";
	if (h) e.style.lineHeight = 2 * h + "px";
}`

// look judges a screen at 360 × 800, with text twice as large, and enlarged
// twice: axe-core finds nothing serious, nothing lies beside the screen, a
// thumb hits everything.
func (p *telephone) look(name, axe string) {
	p.t.Helper()
	p.do("as wide as a telephone", chromedp.EmulateViewport(360, 800))
	p.shoot(name)
	if found := p.eval(unusable); found != "" {
		p.t.Errorf("%s: %s", name, found)
	}
	found, err := chromedp.Run(p.ctx, chromedp.Evaluate[string](axe, chromedp.EvalAwaitPromise))
	if err != nil || found != "" {
		p.t.Errorf("%s: axe-core finds %s, %v", name, found, err)
	}
	const beside = `document.documentElement.scrollWidth > innerWidth ? document.documentElement.scrollWidth + " px wide" : ""`
	p.do("enlarge", chromedp.EmulateViewport(180, 400, chromedp.EmulateScale(2)))
	p.shoot(name + "-zoom")
	if found := p.eval(beside); found != "" {
		p.t.Errorf("%s enlarged twice: %s", name, found)
	}
	p.do("larger text", chromedp.EmulateViewport(360, 800), chromedp.Evaluate[chromedp.Void](larger))
	p.shoot(name + "-text")
	if found := p.eval(beside); found != "" {
		p.t.Errorf("%s with larger text: %s", name, found)
	}
}

func (p *telephone) shoot(name string) {
	if *shots == "" {
		return
	}
	png, err := chromedp.Run(p.ctx, chromedp.FullScreenshot(100))
	if err == nil {
		err = os.WriteFile(filepath.Join(*shots, name+".png"), png, 0o600)
	}
	if err != nil {
		p.t.Fatal(err)
	}
}

// Every screen of the inspector's telephone.
func TestPhoneScreens(t *testing.T) {
	x, _, base := ten(t)
	axe := pagetest.Axe(t, true)
	p := newTelephone(t, base, t.TempDir())
	show := func(name, path string) {
		t.Helper()
		p.open(path)
		p.look(name, axe)
	}
	show("tasks", "/m")
	show("outbox", "/m/outbox")
	show("task", path(1))
	p.open(path(1))
	p.do("open all", chromedp.Evaluate[chromedp.Void](`document.querySelectorAll("details").forEach(d => { d.open = true })`))
	p.look("task-open", axe)
	show("identity", path(1)+"/code")
	show("identity-day", path(1)+"/code?day")
	p.open(path(1))
	p.do("submit the plain form as it is", chromedp.Evaluate[chromedp.Void](`document.querySelector("#sheet").replaceWith(document.querySelector("#sheet").cloneNode(true)); HTMLFormElement.prototype.submit.call(document.querySelector("#sheet"))`), chromedp.WaitReady(".problems a"))
	p.look("task-refused", axe)
	x.Exec(t, `DELETE FROM schedule_pledge`)
	show("task-rules", path(1))
	x.On("2026-01-01")
	show("identity-lapsed", path(1)+"/code")
}

// Every screen that a firm comes to from a code.
func TestFirmScreens(t *testing.T) {
	x, _, base := ten(t)
	axe := pagetest.Axe(t, false)
	p := newTelephone(t, base, t.TempDir())
	f := x.Form(t, 1)
	c := "/c/" + f.Code
	code := func(day bool) string {
		s, err := x.s.Visit.IdentityCode(t.Context(), f, "O1", day)
		if err != nil {
			t.Fatal(err)
		}
		return c + "/id/" + s
	}
	show := func(name, path, head string) {
		t.Helper()
		p.do("open "+path, chromedp.Navigate(base+path), chromedp.WaitReady("h1"))
		if h := p.eval(`document.querySelector("h1").textContent`); h != head {
			t.Errorf("%s says %q, want %q", path, h, head)
		}
		p.look(name, axe)
	}
	now := code(false)
	show("firm-genuine", now, "身份有效")
	show("firm-offline", code(true), "当日有效")
	show("firm-unknown", now+"A", "不是本单位的身份码")
	show("firm-no-form", "/c/NOSUCH22/id/m1.AAAA", "不是本单位的身份码")
	show("firm-rate", c+"/rate", "评价这次检查")
	show("firm-rated", c+"/rate?done", "评价已收到")
	show("firm-complain", c+"/complain", "投诉这次检查")
	show("firm-visits", c+"/visits", f.Firm.Name+"的检查记录")
	r, err := http.PostForm(base+c+"/complain", url.Values{"key": {"a-key"}, "words": {strings.Repeat("要求请客吃饭", 20)}})
	if err != nil {
		t.Fatal(err)
	}
	r.Body.Close()
	show("firm-ticket", r.Request.URL.Path, "投诉 "+filepath.Base(r.Request.URL.Path))
	x.On("2022-06-21")
	show("firm-stale", now, "身份码已过期")
	x.On("2022-08-01")
	show("firm-overtime", code(false), "已过检查期限")
	x.On("2026-01-01")
	show("firm-lapsed", code(false), "执法证已过期")
}
