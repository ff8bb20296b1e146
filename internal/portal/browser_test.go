package portal

import (
	"context"
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/chromedp/cdproto/log"
	"github.com/chromedp/cdproto/runtime"
	"github.com/chromedp/chromedp"

	"suiji/internal/page"
	"suiji/internal/page/pagetest"
	"suiji/internal/plan"
	"suiji/internal/round/roundtest"
	"suiji/verify"
)

// visitor is a browser before the portal, under the content security policy
// of the server; cut ends the server.
func visitor(t *testing.T, s *site) (ctx context.Context, address string, cut func()) {
	t.Helper()
	if testing.Short() {
		t.Skip("needs Chromium")
	}
	s.Must(s.Round.DiscloseDue(t.Context(), roundtest.Authority))
	mux := http.NewServeMux()
	mux.Handle("GET "+page.Prefix, page.Static(s.server.Set()))
	mux.Handle("/", s)
	web := httptest.NewServer(page.Chain(mux, page.Numbered, page.Guarded))
	t.Cleanup(web.Close)
	options := append(slices.Clone(chromedp.DefaultExecAllocatorOptions[:]), chromedp.NoSandbox)
	ctx, cancel := context.WithTimeout(t.Context(), 15*time.Minute) // a page that does nothing must not hold up the rest
	t.Cleanup(cancel)
	ctx, cancel = chromedp.NewExecAllocator(ctx, options...)
	t.Cleanup(cancel)
	ctx, cancel = chromedp.NewContext(ctx)
	t.Cleanup(cancel)
	return ctx, web.URL, func() { web.CloseClientConnections(); web.Close() }
}

// TestCheckInTheBrowser checks both halves of a disclosed round.
func TestCheckInTheBrowser(t *testing.T) {
	s := filled(t, plan.AtOnce)
	ctx, address, _ := visitor(t, s)
	for _, half := range []string{"targets", "match"} {
		err := chromedp.Do(ctx, chromedp.Navigate(address+"/rounds/"+s.done+"/verify?half="+half), chromedp.WaitEnabled("#v-start"),
			chromedp.Click("#v-start"), chromedp.WaitVisible("#v-verdict.ok"))
		if err != nil {
			t.Errorf("check of %s: %v", half, err)
		}
	}
}

// TestReceiptsInTheBrowser checks the receipt of every step of a round, each by
// the link beside it on the round's page, and holds the page's words to the
// ledger's.
func TestReceiptsInTheBrowser(t *testing.T) {
	s := filled(t, plan.AtOnce)
	ctx, address, _ := visitor(t, s)
	if err := chromedp.Do(ctx, chromedp.Navigate(address+"/rounds/"+s.done), chromedp.WaitReady("table.ledger")); err != nil {
		t.Fatal(err)
	}
	links, err := chromedp.Run(ctx, chromedp.Evaluate[[]string](`[...document.querySelectorAll("table.ledger a.check")].map(a => a.href)`))
	if err != nil || len(links) < 6 {
		t.Fatalf("%d receipts to check: %v", len(links), err)
	}
	for _, link := range links {
		if err := chromedp.Do(ctx, chromedp.Navigate(link), chromedp.WaitVisible("#v-verdict.ok"), chromedp.WaitVisible("#v-found")); err != nil {
			t.Fatalf("check of %s: %v", link, err)
		}
	}
	panel := verify.ReceiptPanel()
	for typ, word := range acts {
		if !strings.Contains(panel, fmt.Sprintf("<dt>%s</dt><dd>%s</dd>", typ, word)) {
			t.Errorf("the page has no %s for %s", word, typ)
		}
	}
	for member, word := range words {
		if !strings.Contains(panel, fmt.Sprintf("<dt>%s</dt><dd>%s</dd>", member, word)) {
			t.Errorf("the page has no %s for %s", word, member)
		}
	}
}

// TestJournalist goes from the front page to a checked draw in four clicks and
// well within a minute; every step is green. With the server gone the page still checks, finds a firm, and shows what one
// changed letter does.
func TestJournalist(t *testing.T) {
	s := filled(t, plan.AtOnce)
	ctx, address, cut := visitor(t, s)
	begun := time.Now()
	err := chromedp.Do(ctx, chromedp.Navigate(address+"/"),
		chromedp.Click(`.doors a[href^="/rounds"]`), chromedp.WaitVisible(`table.list a[href="/rounds/`+s.done+`"]`),
		chromedp.Click(`table.list a[href="/rounds/`+s.done+`"]`), chromedp.WaitVisible("a.button.primary.check"),
		chromedp.Click("a.button.primary.check"), chromedp.WaitEnabled("#v-start"))
	if err != nil {
		t.Fatalf("on the way to the check: %v", err)
	}
	cut()
	code, err := chromedp.Run(ctx, chromedp.Evaluate[string](`new TextDecoder().decode(data).match(/"drawn":\["([^"]+)/)[1]`))
	if err != nil {
		t.Fatal(err)
	}
	err = chromedp.Do(ctx, chromedp.Click("#v-start"), chromedp.WaitVisible("#v-verdict.ok"),
		chromedp.SetValue("#v-code", code), chromedp.Click("#v-find button"), chromedp.WaitVisible("#v-found"))
	if err != nil {
		t.Fatalf("without the server: %v", err)
	}
	if took := time.Since(begun); took > time.Minute {
		t.Errorf("from the front page to a firm's place: %s", took)
	}
	steps, err := chromedp.Run(ctx, chromedp.Evaluate[string](`[".ok", ""].map(x => document.querySelectorAll("#v-steps li" + x).length).join(" of ")`))
	if err != nil || steps != "9 of 9" {
		t.Errorf("green steps: %s, %v", steps, err)
	}
	found, err := chromedp.Run(ctx, chromedp.Text("#v-found"))
	if err != nil || !strings.Contains(found, "抽中") {
		t.Errorf("looking up %s = %q, %v", code, found, err)
	}
	err = chromedp.Do(ctx, chromedp.Click("#v-change"), chromedp.WaitVisible("#v-verdict.bad"), chromedp.WaitVisible("#v-should"))
	if err != nil {
		t.Errorf("one letter changed: %v", err)
	}
}

// TestByHand runs the commands that the page shows; they draw what the worked
// case of the specification draws.
func TestByHand(t *testing.T) {
	out, err := exec.Command("sh", "-c", example).Output()
	if err != nil || strings.TrimSpace(string(out)) != drawn {
		t.Errorf("by hand: %s, %v, want %s", out, err, drawn)
	}
	raw, err := os.ReadFile("../../docs/spec/vectors/targets-whole/result.json")
	if err != nil {
		t.Fatal(err)
	}
	if !strings.Contains(string(raw), `"seed":"`+example[2:66]+`"`) || !strings.Contains(string(raw), `"drawn":["C3","C2","C1"],"name":"A"`) {
		t.Errorf("the worked case has another seed or outcome: %s", raw)
	}
}

// TestPrintedCommands runs every command that the page of the method prints,
// as it is printed, with the files that the page links to; and holds that the
// method and its example are seen at once on a common screen.
func TestPrintedCommands(t *testing.T) {
	s := filled(t, plan.AtOnce)
	ctx, address, _ := visitor(t, s)
	err := chromedp.Do(ctx, chromedp.EmulateViewport(1366, 768), chromedp.Navigate(address+"/verify"), chromedp.WaitVisible("#by-hand"))
	if err != nil {
		t.Fatal(err)
	}
	bottom, err := chromedp.Run(ctx, chromedp.Evaluate[float64](`document.querySelector(".method").getBoundingClientRect().bottom`))
	if err != nil || bottom > 768 {
		t.Errorf("the method and its example end at %v, %v, below the screen", bottom, err)
	}
	commands, err := chromedp.Run(ctx, chromedp.Evaluate[[]string](`[...document.querySelectorAll("pre.command")].map(x => x.textContent)`))
	if err != nil || len(commands) != 2 {
		t.Fatalf("commands %q, %v", commands, err)
	}
	dir := t.TempDir()
	for name, path := range map[string]string{"suiji_verify.py": "/verify/suiji_verify.py", "核验包.zip": "/rounds/" + s.done + "/targets.zip"} {
		rec := httptest.NewRecorder()
		s.ServeHTTP(rec, httptest.NewRequest("GET", path, nil))
		if err := os.WriteFile(filepath.Join(dir, name), rec.Body.Bytes(), 0o600); err != nil || rec.Code != 200 {
			t.Fatalf("%s: %d, %v", path, rec.Code, err)
		}
	}
	for _, c := range commands {
		cmd := exec.Command("sh", "-c", c)
		cmd.Dir = dir
		if out, err := cmd.CombinedOutput(); err != nil {
			t.Errorf("%s\n%s%v", c, out, err)
		}
	}
}

// What a firm finds under the code on its form, on a telephone: axe-core finds
// nothing serious, and nothing lies beside the screen.
func TestCodeOnATelephone(t *testing.T) {
	s := filled(t, plan.AtOnce)
	ctx, address, _ := visitor(t, s)
	axe := pagetest.Axe(t, false)
	for _, path := range []string{"/c", "/c/" + s.forms[7].Code, "/c/" + s.forms[1].Code, "/c/NOSUCH22"} {
		for _, width := range []int64{360, 180} {
			err := chromedp.Do(ctx, chromedp.EmulateViewport(width, 800), chromedp.Navigate(address+path), chromedp.WaitReady("h1"))
			if err != nil {
				t.Fatal(err)
			}
			wide, err := chromedp.Run(ctx, chromedp.Evaluate[bool](`document.documentElement.scrollWidth > innerWidth`))
			if err != nil || wide {
				t.Errorf("%s at %d: something lies beside the screen, %v", path, width, err)
			}
			found, err := chromedp.Run(ctx, chromedp.Evaluate[string](axe, chromedp.EvalAwaitPromise))
			if err != nil || found != "" {
				t.Errorf("%s at %d: axe-core finds %s, %v", path, width, found, err)
			}
		}
	}
}

// Every page of the portal, on a desk's screen and on a telephone: axe-core finds
// nothing serious, nothing lies beside the screen, and the browser has nothing to
// complain of. In large type (大字版), which one link chooses without a script and
// the browser remembers, no word is smaller than 18 px and what is pressed is 60 px
// high.
func TestEveryPageInTheBrowser(t *testing.T) {
	s := filled(t, plan.AtOnce)
	ctx, address, _ := visitor(t, s)
	axe := pagetest.Axe(t, false)
	var mu sync.Mutex
	var complaints []string
	err := chromedp.Listen(ctx, func(event any) {
		mu.Lock()
		defer mu.Unlock()
		switch e := event.(type) {
		case *runtime.EventExceptionThrown:
			complaints = append(complaints, fmt.Sprint(e.ExceptionDetails))
		case *log.EventEntryAdded:
			complaints = append(complaints, e.Entry.Text)
		}
	})
	if err != nil {
		t.Fatal(err)
	}
	said := func() []string {
		mu.Lock()
		defer mu.Unlock()
		all := complaints
		complaints = nil
		return all
	}
	if err := chromedp.Do(ctx, chromedp.Navigate(address+"/no-such-page"), chromedp.WaitReady("h1")); err != nil || len(said()) == 0 {
		t.Fatalf("the browser does not complain of a page that is not there, %v", err)
	}
	result := s.forms[3].ID
	pages := []string{"/", "/search?q=示例县", "/firms/" + s.forms[3].Firm.TargetID, "/plans", "/rounds", "/rounds/" + s.done, "/rounds/" + s.done + "/verify", "/fairness", "/results", "/results/" + result,
		"/penalties", "/corrections", "/officers", "/items", "/c", "/verify", "/ledger", "/data", "/data/items", "/statistics", "/help", "/accessibility", "/privacy"}
	look := func(path string, width int64, script, want string) {
		t.Helper()
		if err := chromedp.Do(ctx, chromedp.EmulateViewport(width, 800), chromedp.Navigate(address+path), chromedp.WaitReady("h1")); err != nil {
			t.Fatalf("%s: %v", path, err)
		}
		wide, err := chromedp.Run(ctx, chromedp.Evaluate[bool](`document.documentElement.scrollWidth > innerWidth`))
		if err != nil || wide {
			t.Errorf("%s at %d: something lies beside the screen, %v", path, width, err)
		}
		got, err := chromedp.Run(ctx, chromedp.Evaluate[string](script, chromedp.EvalAwaitPromise))
		if err != nil || got != want {
			t.Errorf("%s at %d: %s, %v", path, width, got, err)
		}
		if all := said(); len(all) > 0 {
			t.Errorf("%s: the browser says %v", path, all)
		}
	}
	for _, path := range pages {
		look(path, 1366, axe, "")
		look(path, 360, axe, "")
	}
	err = chromedp.Do(ctx, chromedp.EmulateViewport(1366, 800), chromedp.Navigate(address+"/results"), chromedp.Click(".size-large"), chromedp.WaitVisible(".size-usual"))
	if err != nil {
		t.Fatalf("large type: %v", err)
	}
	for _, path := range pages {
		look(path, 1366, small, "")
		look(path, 360, small, "")
	}
	if err := chromedp.Do(ctx, chromedp.Click(".size-usual"), chromedp.WaitVisible(".size-large")); err != nil {
		t.Errorf("back to the usual type: %v", err)
	}
}

// small finds what is too small in large type.
const small = `[...document.querySelectorAll("body.portal *")].filter(e => e.offsetParent && !e.closest("svg") && (
	[...e.childNodes].some(n => n.nodeType === 3 && n.data.trim()) && parseFloat(getComputedStyle(e).fontSize) < 18 ||
	e.matches(".button, .line a, .foot a, .sizes a, select, input:not([type=checkbox]):not([type=radio]):not([type=hidden])") && e.getBoundingClientRect().height < 59))
	.map(e => e.outerHTML.slice(0, 100)).slice(0, 3).join("\n")`
