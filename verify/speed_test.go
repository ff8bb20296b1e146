package verify_test

import (
	"fmt"
	"os"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/chromedp/chromedp"

	"suiji/bundle/bundletest"
	"suiji/draw"
	"suiji/internal/page/pagetest"
)

// many is as many firms as a province's draw may have.
const many = 50_000

// loaded opens the page in a browser, the oldest one if old is true, with a
// bundle of many firms in hand.
func loaded(t testing.TB, old bool, h draw.Hash) browser {
	t.Helper()
	if testing.Short() {
		t.Skip("needs Chromium")
	}
	options := []chromedp.ExecAllocatorOption{chromedp.Flag("disable-gpu", true)}
	if old {
		options = append(options, chromedp.ExecPath(pagetest.Chromium78(t)))
	}
	b := openIn(t, "verify.html", options...)
	if agent := get(b, chromedp.Evaluate[string]("navigator.userAgent")); strings.Contains(agent, "Chrome/78.") != old {
		t.Fatalf("the browser is %s", agent)
	}
	path := save(t, bundletest.Zip(t, bundletest.Many(t, many, h).Whole(t)))
	b.run(chromedp.SetUploadFiles(chromedp.CSS("#v-pick"), []string{path}), chromedp.WaitEnabled(chromedp.CSS("#v-start")))
	return b
}

// check has the page check the bundle in hand.
func (b browser) check() {
	b.Helper()
	b.run(press("#v-start"), chromedp.WaitVisible(chromedp.CSS("#v-verdict.ok")))
}

// TestOldestBrowser holds that Chromium 78 checks 50,000 firms within 5 s, with
// either hash, even if nothing ran at the same time: of all its threads the
// time on processors is counted, since other tests share them.
func TestOldestBrowser(t *testing.T) {
	for _, h := range []draw.Hash{draw.SHA256, draw.SM3} {
		t.Run(string(h), func(t *testing.T) {
			b := loaded(t, true, h)
			before := b.processors()
			b.check()
			spent := b.processors() - before
			t.Logf("%d firms, %s: %.1f s of processors; the page says %s", many, h, spent, b.read("#v-verdict"))
			if spent > 5 {
				t.Errorf("%.1f s, want below 5 s", spent)
			}
		})
	}
}

// processors returns the seconds that the browser and its children have spent
// on processors.
func (b browser) processors() float64 {
	b.Helper()
	ours := map[string]bool{strconv.Itoa(chromedp.FromContext(b.ctx).Browser.Process().Pid): true}
	spent := map[string]float64{}
	all, err := os.ReadDir("/proc")
	if err != nil {
		b.Fatal(err)
	}
	for grown := true; grown; {
		grown = false
		for _, p := range all {
			raw, err := os.ReadFile("/proc/" + p.Name() + "/stat")
			if err != nil {
				continue // no process, or it has ended
			}
			_, rest, _ := strings.Cut(string(raw), ") ")
			f := strings.Fields(rest)
			if pid := p.Name(); ours[f[1]] && !ours[pid] {
				ours[pid], grown = true, true
			}
			var user, system float64
			if _, err := fmt.Sscan(f[11]+" "+f[12], &user, &system); err != nil {
				b.Fatal(err)
			}
			spent[p.Name()] = (user + system) / 100
		}
	}
	sum := 0.0
	for pid := range ours {
		sum += spent[pid]
	}
	return sum
}

// BenchmarkBrowser checks a bundle of 50,000 firms in Chromium 78 and in the
// newest Chromium, beside as many hashes, one a firm, in the same engine and
// nothing else.
func BenchmarkBrowser(b *testing.B) {
	for name, old := range map[string]bool{"chromium-78": true, "chromium": false} {
		for _, h := range []draw.Hash{draw.SHA256, draw.SM3} {
			b.Run(name+"/"+string(h), func(b *testing.B) {
				page := loaded(b, old, h)
				hashes := chromedp.Evaluate[float64](fmt.Sprintf(`(() => {
					const from = Date.now(), b = bytes("91130132MA00000001\tA\t2");
					for (let i = 0; i < %d; i++) %s.hash(b);
					return (Date.now() - from) / 1000;
				})()`, many, h))
				var whole, bare, spent float64
				for b.Loop() {
					before, start := page.processors(), time.Now()
					page.check()
					whole += time.Since(start).Seconds()
					spent += page.processors() - before
					bare += get(page, hashes)
				}
				n := float64(b.N)
				b.ReportMetric(whole/n, "s")
				b.ReportMetric(bare/n, "bare-s")
				b.ReportMetric(spent/n, "processor-s")
				b.ReportMetric(0, "ns/op")
			})
		}
	}
}
