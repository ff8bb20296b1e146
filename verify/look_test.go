package verify_test

import (
	"bytes"
	"context"
	"flag"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/chromedp/chromedp"

	"suiji/bundle/bundletest"
)

var shots = flag.String("shots", "", "keep pictures of the page in this folder")

// shoot keeps a picture at a width and height, if pictures are asked for.
func (b browser) shoot(name string) {
	b.Helper()
	if *shots == "" {
		return
	}
	for size, width := range map[string]int64{"desk": 1366, "phone": 360} {
		b.run(chromedp.EmulateViewport(width, map[string]int64{"desk": 768, "phone": 800}[size]))
		png := get(b, chromedp.FullScreenshot(100))
		if err := os.WriteFile(filepath.Join(*shots, name+"-"+size+".png"), png, 0o600); err != nil {
			b.Fatal(err)
		}
	}
	b.run(chromedp.EmulateViewport(1366, 768))
}

// press clicks where an element is, wherever the page has moved it.
func press(selector string) chromedp.Action[chromedp.Void] {
	click := chromedp.Evaluate[bool](`document.querySelector(` + quoted(selector) + `).click() === undefined`)
	return func(ctx context.Context, t *chromedp.Target) (chromedp.Void, error) {
		_, err := click(ctx, t)
		return chromedp.Void{}, err
	}
}

// read returns the visible text at a selector.
func (b browser) read(selector string) string {
	b.Helper()
	return get(b, chromedp.Text(chromedp.CSS(selector)))
}

// TestPage uses the page as a visitor does, from both its forms on a disk: it
// makes no request after it was loaded.
func TestPage(t *testing.T) {
	for name, path := range map[string]string{"files": "verify.html", "one file": ""} {
		t.Run(name, func(t *testing.T) {
			if path == "" {
				path = single(t)
			}
			b := open(t, path)
			d := bundletest.Draws(t)[0]
			b.run(chromedp.SetUploadFiles(chromedp.CSS("#v-pick"), []string{save(t, bundletest.Zip(t, d.Whole(t)))}), chromedp.WaitEnabled(chromedp.CSS("#v-start")),
				press("#v-start"), chromedp.WaitVisible(chromedp.CSS("#v-verdict.ok")), chromedp.WaitVisible(chromedp.CSS("#v-after")))
			if got := b.read("#v-verdict"); !strings.Contains(got, "全部相符") || !strings.Contains(got, "requests 0") {
				t.Errorf("verdict = %q", got)
			}
			b.shoot("passed")
			b.lookUp()
			b.run(press("#v-change"), chromedp.WaitVisible(chromedp.CSS("#v-verdict.bad")), chromedp.WaitVisible(chromedp.CSS("#v-should")))
			if got := b.read("#v-steps li.bad"); !strings.Contains(got, "名单") {
				t.Errorf("with one letter changed the step is %q", got)
			}
			if is, should := b.read("#v-is dd"), b.read("#v-should dd"); !strings.Contains(is, "targets.tsv#7") || !strings.Contains(is, "91130132MA00000000") || !strings.Contains(should, "91130132MA00000006") {
				t.Errorf("with one letter changed, the row is %q and should be %q", is, should)
			}
			b.shoot("changed")
			b.forged(d)
			if n := b.requests.Load(); n != 0 {
				t.Errorf("%d requests after the page was loaded", n)
			}
		})
	}
}

// lookUp asks for firms that were drawn, passed, kept out and not there.
func (b browser) lookUp() {
	b.Helper()
	for code, want := range map[string]string{
		"91130132ma00000000": "line\n1\n", "91130132MA99999999": "reason\nclosed", "91130132MA77777777": "不在这一版名录里",
	} {
		b.run(chromedp.SetValue(chromedp.CSS("#v-code"), code), press("#v-find button"), chromedp.WaitVisible(chromedp.CSS("#v-found")))
		if got := b.read("#v-found"); !strings.Contains(got, want) {
			b.Errorf("looking up %s = %q, want %q", code, got, want)
		}
	}
	b.run(chromedp.SetValue(chromedp.CSS("#v-code"), "91130132MA00000003"), press("#v-find button"))
	if got := b.read("#v-found"); !strings.Contains(got, "line\n4\n") || !strings.Contains(got, "rank\n") || !strings.Contains(got, "抽中") {
		b.Errorf("looking up a firm = %q", got)
	}
	b.shoot("found")
}

// forged shows a bundle whose result was altered: the place is named.
func (b browser) forged(d bundletest.Draw) {
	b.Helper()
	whole := d.Whole(b)
	result := strings.Replace(string(whole.Result), `"drawn":["9113`, `"drawn":["9114`, 1)
	path := save(b, bundletest.Zip(b, bundletest.Replace(whole, "result.json", []byte(result))))
	b.run(chromedp.SetUploadFiles(chromedp.CSS("#v-pick"), []string{path}), chromedp.WaitNotVisible(chromedp.CSS("#v-verdict")),
		press("#v-start"), chromedp.WaitVisible(chromedp.CSS("#v-verdict.bad")))
	if got := b.read("#v-steps li.bad"); !strings.Contains(got, "strata#1 drawn#1") {
		b.Errorf("an altered result is shown as %q", got)
	}
	b.shoot("failed")
}

// TestOneByte changes one byte of each file of a bundle, without mending the
// archive: the page names the file, the row, and what stood there.
func TestOneByte(t *testing.T) {
	b := open(t, single(t))
	whole := bundletest.Zip(t, bundletest.Draws(t)[0].Whole(t))
	for was, want := range map[string]struct{ is, should string }{
		"91130132MA00000003\tB": {"targets.tsv#4", "91130132MA00000003\tB\t1"},
		"MA99999999\tclosed":    {"excluded.tsv#1", "91130132MA99999999\tclosed"},
		`"dice":"3,1,4,1,5"`:    {"reveal.json", `"dice":"3`},
		`"index":`:              {"ledger.json", `"index":`},
	} {
		at := bytes.Index(whole, []byte(was))
		if at < 0 {
			t.Fatalf("the bundle has no %q", was)
		}
		bad := bytes.Clone(whole)
		bad[at+1] ^= 1
		b.run(chromedp.SetUploadFiles(chromedp.CSS("#v-pick"), []string{save(t, bad)}), chromedp.WaitEnabled(chromedp.CSS("#v-start")),
			press("#v-start"), chromedp.WaitVisible(chromedp.CSS("#v-verdict.bad")), chromedp.WaitVisible(chromedp.CSS("#v-is")))
		if is, should := b.read("#v-is dd"), b.read("#v-should dd"); !strings.Contains(is, want.is) || !strings.Contains(should, want.should) {
			t.Errorf("byte of %q changed: is %q, should be %q; want %+v", was, is, should, want)
		}
	}
	b.shoot("one-byte")
}

// TestBroken names the file that a bundle lacks.
func TestBroken(t *testing.T) {
	b := open(t, single(t))
	whole := bundletest.Zip(t, bundletest.Draws(t)[0].Whole(t))
	cut := whole[:bytes.Index(whole, []byte("result.json"))]
	b.run(chromedp.SetUploadFiles(chromedp.CSS("#v-pick"), []string{save(t, cut)}), chromedp.WaitEnabled(chromedp.CSS("#v-start")),
		press("#v-start"), chromedp.WaitVisible(chromedp.CSS("#v-verdict.bad")))
	if got := b.read("#v-step-container span"); !strings.Contains(got, "缺少文件") || !strings.Contains(got, "result.json,ledger.json") {
		t.Errorf("a bundle that was cut off: %q", got)
	}
	b.shoot("broken")
}
