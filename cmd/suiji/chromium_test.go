package main

import (
	"context"
	"fmt"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/chromedp/chromedp"
)

// chromium is a person at a real screen: a Chromium without a window, driven
// through its own protocol. Every page that is come to is also looked at in
// the width of a telephone.
type chromium struct {
	t    *testing.T
	ctx  context.Context
	base string
	seen map[string]bool // paths that were measured

	mu       sync.Mutex
	troubles []string // what the pages' scripts complained of
}

// Widths of a desk's screen and of a telephone's, in CSS pixels.
const (
	deskWidth, deskHeight   = 1280, 900
	phoneWidth, phoneHeight = 360, 640
)

// newChromium starts a browser with an empty profile that reaches nothing but
// this machine.
func newChromium(t *testing.T, base string) *chromium {
	t.Helper()
	path, err := exec.LookPath("chromium")
	if err != nil {
		t.Fatalf("Chromium is missing: %v (scripts/deps installs it)", err)
	}
	return startChromium(t, path, base)
}

// startChromium starts the browser at a path.
func startChromium(t *testing.T, path, base string) *chromium {
	t.Helper()
	options := append(chromedp.DefaultExecAllocatorOptions[:],
		chromedp.ExecPath(path), chromedp.NoSandbox, chromedp.DisableGPU, chromedp.UserDataDir(filepath.Join(t.TempDir(), "profile")),
		chromedp.WindowSize(deskWidth, deskHeight), chromedp.Flag("disable-component-update", true),
		chromedp.Flag("host-resolver-rules", "MAP * ~NOTFOUND, EXCLUDE 127.0.0.1"))
	alloc, stop := chromedp.NewExecAllocator(context.Background(), options...)
	t.Cleanup(stop)
	ctx, cancel := chromedp.NewContext(alloc)
	t.Cleanup(cancel)
	if err := chromedp.Do(ctx); err != nil {
		t.Fatalf("start Chromium: %v", err)
	}
	c := &chromium{t: t, ctx: ctx, base: base, seen: map[string]bool{}}
	messages := chromedp.Console(ctx)
	go func() {
		for m, err := range messages {
			if err != nil {
				return // the browser was closed
			}
			c.complain(m)
		}
	}()
	return c
}

// complain keeps what a page should not say. That a form was refused, the
// browser says too: this is no complaint.
func (c *chromium) complain(m chromedp.ConsoleMessage) {
	s := m.String()
	if strings.Contains(s, "server responded with a status of 4") || !m.IsException() && !strings.Contains(s, "rror") && !strings.Contains(s, "efused") {
		return
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	c.troubles = append(c.troubles, s)
}

// calm fails the test if a page's script failed or was kept from loading.
func (c *chromium) calm() {
	c.t.Helper()
	c.mu.Lock()
	defer c.mu.Unlock()
	for _, s := range c.troubles {
		c.t.Errorf("on the browser's console: %s", s)
	}
}

// do carries out actions, each in good time.
func (c *chromium) do(what string, actions ...chromedp.Action[chromedp.Void]) {
	c.t.Helper()
	ctx, cancel := context.WithTimeout(c.ctx, 30*time.Second)
	defer cancel()
	if err := chromedp.Do(ctx, actions...); err != nil {
		c.t.Fatalf("%s: %v\n%s", what, err, c.screen())
	}
}

// screen is where the browser is and what it shows.
func (c *chromium) screen() string {
	ctx, cancel := context.WithTimeout(c.ctx, 10*time.Second)
	defer cancel()
	s, err := chromedp.Run(ctx, chromedp.Evaluate[string](`location.href + "\n" + document.body.innerText`))
	if err != nil {
		return err.Error()
	}
	return s
}

// follow carries out actions that lead to another page, and returns its
// status.
func (c *chromium) follow(what string, actions ...chromedp.Action[chromedp.Void]) int {
	c.t.Helper()
	ctx, cancel := context.WithTimeout(c.ctx, 30*time.Second)
	defer cancel()
	res, err := chromedp.RunResponse(ctx, actions...)
	for replaced(err) {
		res, err = chromedp.RunResponse(ctx, actions...)
	}
	if err != nil {
		c.t.Fatalf("%s: %v\n%s", what, err, c.screen())
	}
	c.narrow()
	return int(res.Status)
}

// replaced tells whether a page put a new element in the place of the one that
// was found, before anything was done with it: the console does, with each
// step of the draw.
func replaced(err error) bool {
	return err != nil && strings.Contains(err.Error(), "Could not find node with given id")
}

// open goes to a page, which must be there.
func (c *chromium) open(path string) {
	c.t.Helper()
	if status := c.follow("open "+path, chromedp.Navigate(c.base+path)); status != 200 {
		c.t.Fatalf("%s: status %d\n%s", path, status, c.screen())
	}
}

// labelled finds an element that people can press by what it says.
func labelled(words string) chromedp.Search { return pressable("normalize-space(.)=" + quoted(words)) }

// holding finds one by a part of what it says.
func holding(words string) chromedp.Search {
	return pressable("contains(normalize-space(.)," + quoted(words) + ")")
}

func pressable(test string) chromedp.Search {
	return chromedp.Search("//main//*[self::a or self::button or self::summary][not(ancestor::nav)][" + test + "] | //header//*[self::a or self::button][" + test + "]")
}

func quoted(s string) string { return `"` + s + `"` }

// press presses what leads to another page. The answer must be no refusal.
func (c *chromium) press(words string) {
	c.t.Helper()
	c.pressOn(labelled(words))
}

func (c *chromium) pressOn(what chromedp.Search) {
	c.t.Helper()
	if status := c.follow("press "+string(what), chromedp.Click(what, chromedp.NodeVisible)); status != 200 {
		c.t.Fatalf("after %q: status %d\n%s", what, status, c.screen())
	}
}

// refused presses what must be refused, with sentences that are shown.
func (c *chromium) refused(words string, sentences ...string) {
	c.t.Helper()
	if status := c.follow("press "+words, chromedp.Click(labelled(words), chromedp.NodeVisible)); status != 422 && status != 409 {
		c.t.Fatalf("after %q: status %d, want it refused\n%s", words, status, c.screen())
	}
	c.want(sentences...)
}

// unfold opens what is folded.
func (c *chromium) unfold(words string) {
	c.t.Helper()
	c.do("unfold "+words, chromedp.Click(labelled(words), chromedp.NodeVisible))
}

// want waits until the page shows texts.
func (c *chromium) want(texts ...string) {
	c.t.Helper()
	for _, x := range texts {
		c.do("want "+x, func(ctx context.Context, t *chromedp.Target) (chromedp.Void, error) {
			// A page that gives way to the next one ends the look at it; the text may be on the next.
			for end := time.Now().Add(20 * time.Second); ; {
				_, err := chromedp.Poll[bool]("document.body && document.body.innerText.includes("+strconv.Quote(x)+")", chromedp.WithPollingTimeout(time.Until(end)))(ctx, t)
				if err == nil || ctx.Err() != nil || time.Now().After(end) {
					return chromedp.Void{}, err
				}
			}
		})
	}
}

// field finds an input by its name.
func field(name string) chromedp.CSS { return chromedp.CSS(`[name="` + name + `"]`) }

// fill types into fields: name, value, name, value…
func (c *chromium) fill(pairs ...string) {
	c.t.Helper()
	for i := 0; i < len(pairs); i += 2 {
		f := field(pairs[i])
		c.do("fill in "+pairs[i], chromedp.WaitVisible(f), chromedp.Evaluate[chromedp.Void](`document.querySelector('`+string(f)+`').select()`),
			chromedp.SendKeys(f, pairs[i+1]))
	}
}

// choose chooses days, and values of selects: name, value, name, value…
func (c *chromium) choose(pairs ...string) {
	c.t.Helper()
	for i := 0; i < len(pairs); i += 2 {
		c.do("choose "+pairs[i], chromedp.SetValue(field(pairs[i]), pairs[i+1], chromedp.NodeVisible))
	}
}

// tick clicks boxes by what stands beside them, in the group of that name.
func (c *chromium) tick(group string, labels ...string) {
	c.t.Helper()
	for _, l := range labels {
		box := fmt.Sprintf(`//label[.//input[starts-with(@name,%s)]][starts-with(normalize-space(.),%s)]`, quoted(group), quoted(l))
		c.do("tick "+l, chromedp.Click(chromedp.Search(box), chromedp.NodeVisible))
	}
}

// upload chooses a file.
func (c *chromium) upload(path string) {
	c.t.Helper()
	c.do("choose the file "+path, chromedp.SetUploadFiles(chromedp.CSS("input[type=file]"), []string{path}))
}

// sit signs in as somebody, after whoever is signed in has left.
func (c *chromium) sit(user, password string) {
	c.t.Helper()
	c.open("/w/login")
	c.fill("username", user, "password", password)
	c.press("登录")
}

// leave signs out.
func (c *chromium) leave() {
	c.t.Helper()
	c.press("退出")
	c.want("登录")
}

// overflowing names the elements that are wider than the screen.
const overflowing = `(() => {
	if (innerWidth !== 360) return "the screen is " + innerWidth + " px"
	const wide = document.documentElement.scrollWidth - document.documentElement.clientWidth
	if (wide <= 0) return ""
	const out = []
	for (const e of document.querySelectorAll("body *")) {
		const r = e.getBoundingClientRect()
		if (r.right > document.documentElement.clientWidth + 1) out.push(e.tagName + "." + e.className + " " + Math.round(r.right))
	}
	return wide + " px too wide: " + out.slice(0, 8).join(", ")
})()`

// narrow looks at the page in the width of a telephone, once for each address:
// it must not have to be pushed sideways.
func (c *chromium) narrow() {
	c.t.Helper()
	at, err := chromedp.Run(c.ctx, chromedp.Evaluate[string]("location.pathname + ' ' + document.title"))
	if err != nil {
		c.t.Fatal(err)
	}
	if c.seen[at] {
		return
	}
	c.seen[at] = true
	c.do("make it narrow", chromedp.EmulateViewport(phoneWidth, phoneHeight))
	wide, err := chromedp.Run(c.ctx, chromedp.Evaluate[string](overflowing))
	if err != nil {
		c.t.Fatal(err)
	}
	if wide != "" {
		c.t.Errorf("%s at %d px: %s", at, phoneWidth, wide)
	}
	c.do("make it wide", chromedp.EmulateViewport(deskWidth, deskHeight))
}
