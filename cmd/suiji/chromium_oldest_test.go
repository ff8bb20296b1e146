package main

import (
	"regexp"
	"testing"

	"github.com/chromedp/chromedp"

	"suiji/internal/page/pagetest"
)

// The oldest browser that is supported shows the portal, a round and its check,
// the wall and the desk: each page loads, at a desk's and a telephone's width
// nothing lies beside the screen, the style sheet is applied, and the console
// stays silent.
func TestOldestBrowser(t *testing.T) {
	if testing.Short() {
		t.Skip("the browser is left out of -short")
	}
	s, told := startDemo(t, t.TempDir())
	at := regexp.MustCompile(`已抽取: http://[^/]+/stage/([^）]+)`).FindStringSubmatch(told)
	password := regexp.MustCompile(`password: (\S+)`).FindStringSubmatch(told)
	if len(at) != 2 || len(password) != 2 {
		t.Fatalf("the demo says %q, want a round and a password", told)
	}
	c := startChromium(t, pagetest.Chromium78(t), s.address)
	for _, path := range []string{"/", "/rounds", "/rounds/" + at[1], "/rounds/" + at[1] + "/verify", "/verify", "/verify/browser", "/fairness", "/results", "/stage/" + at[1], "/w/login"} {
		c.open(path)
		c.styled(path)
	}
	c.open("/w/login")
	c.fill("username", "clerk", "password", password[1])
	c.follow("sign in", chromedp.Evaluate[chromedp.Void](`document.querySelector("main form button").click()`)) // this browser cannot be told to click
	for _, path := range []string{"/w", "/w/plans", "/w/rounds", "/w/targets"} {
		c.open(path)
		c.styled(path)
	}
	c.calm()
	t.Logf("%d pages looked at in Chromium 78", len(c.seen))
}

// styled fails the test if the page is wider than a desk's screen, or its style
// sheet was not understood.
func (c *chromium) styled(path string) {
	c.t.Helper()
	const broken = `document.documentElement.scrollWidth > innerWidth ? "is " + document.documentElement.scrollWidth + " px wide" :
		getComputedStyle(document.body).marginTop !== "0px" ? "has the browser's own margins" :
		!/^(HeadlessChrome|Chrome)\/78/.test(navigator.userAgent.split(" ").find(x => /Chrome/.test(x))) ? "is shown by " + navigator.userAgent : ""`
	found, err := chromedp.Run(c.ctx, chromedp.Evaluate[string](broken))
	if err != nil || found != "" {
		c.t.Errorf("%s %s, %v", path, found, err)
	}
}
