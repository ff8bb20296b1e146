package field

import (
	"io"
	"net/http"
	"net/http/httptest"
	"net/http/httputil"
	"net/url"
	"os"
	"path/filepath"
	"sync/atomic"
	"testing"

	"github.com/chromedp/chromedp"
)

// kept counts what lies in the telephone's stores, and in its task pack.
const kept = `indexedDB.databases().then(all => new Promise(ok => {
	const stores = ["outbox", "drafts", "photos", "pages"], n = {}, q = indexedDB.open(all[0].name);
	q.onsuccess = () => {
		const t = q.result.transaction(stores, "readonly");
		stores.forEach(s => { const c = t.objectStore(s).count(); c.onsuccess = () => { n[s] = c.result; }; });
		t.oncomplete = () => { q.result.close(); caches.has("suiji-field").then(pack => ok([n.outbox, n.drafts, n.photos, n.pages, pack].join(" "))); };
	};
}))`

// Who signs out leaves nothing on the telephone that the office has: not the
// task pack, no answered record, no photograph. What is not uploaded yet stays,
// whatever the browser is told to clear, and goes when its owner is back.
func TestWhoSignsOutLeavesNothingThatWasSent(t *testing.T) {
	x, w, _ := ten(t)
	office, err := url.Parse("http://" + w.l.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	var away atomic.Bool // the office takes nothing in
	through := httputil.NewSingleHostReverseProxy(office)
	web := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		switch {
		case r.URL.Path == "/w/logout":
			w.Header().Set("Clear-Site-Data", `"cache"`) // as internal/entrance says it
			http.Redirect(w, r, "/w/login", http.StatusSeeOther)
		case r.URL.Path == "/w/login":
			w.Header().Set("Content-Type", "text/html; charset=utf-8")
			io.WriteString(w, `<!doctype html><title>登录</title><h1 id="in">登录</h1>`)
		case away.Load() && r.Method == http.MethodPost:
			http.Error(w, `{"sentence":"稍后再试"}`, http.StatusServiceUnavailable)
		default:
			through.ServeHTTP(w, r)
		}
	}))
	t.Cleanup(web.Close)
	picture := filepath.Join(t.TempDir(), "photo.jpg")
	if err := os.WriteFile(picture, photograph(t), 0o600); err != nil {
		t.Fatal(err)
	}
	tasks, err := x.s.Visit.Tasks(t.Context(), inspector)
	if err != nil {
		t.Fatal(err)
	}
	p := newTelephone(t, web.URL, t.TempDir())
	p.open("/m")
	p.until("the service worker", `navigator.serviceWorker.controller !== null`)
	p.do("the pack", chromedp.Click("#pack"))
	p.until("packed", `document.querySelector("#packed").textContent.includes("已下载 10 户")`)
	taps := 0
	p.fill("/m/tasks/"+tasks[0].ID, picture, false, false)
	p.tap(&taps, "#submit")
	p.until("the office has it", `document.querySelector("#sheet") === null || !document.querySelector("#locked").hidden && document.querySelector("#locked").textContent.includes("已经上传")`)
	p.strip("全部已上传")
	away.Store(true)
	p.fill("/m/tasks/"+tasks[1].ID, picture, false, true)
	p.open("/m")
	p.strip("3 条未上传")
	p.do("sign out", chromedp.Click("#leave"))
	p.until("signed out", `document.querySelector("#in") !== null`)
	p.until("counted", `(window.counting = window.counting || `+kept+`.then(n => { document.title = n; }), /^[0-9]/.test(document.title))`)
	if got, want := p.eval(`document.title`), "2 1 1 0 false"; got != want { // an arrival, a result, its draft and its photograph
		t.Errorf("left on the telephone: %s, want %s", got, want)
	}
	away.Store(false)
	p.open("/m")
	p.strip("全部已上传")
	if n := x.records(); n != 4 {
		t.Errorf("the office has %d records, want 4", n)
	}
}
