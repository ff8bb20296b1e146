package field

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"image"
	"image/color"
	"image/jpeg"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/chromedp/chromedp"

	"suiji/internal/identity"
	"suiji/internal/inspection"
	"suiji/internal/inspection/inspectiontest"
	"suiji/internal/page"
	"suiji/internal/visit"
)

// wire is the way between the phone and the office, which a test can cut.
type wire struct {
	l    net.Listener
	to   string
	mu   sync.Mutex
	cut  bool
	open []net.Conn
}

func newWire(t *testing.T, to string) *wire {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	w := &wire{l: l, to: strings.TrimPrefix(to, "http://")}
	t.Cleanup(func() { l.Close(); w.set(true) })
	go func() {
		for {
			c, err := l.Accept()
			if err != nil {
				return
			}
			go w.join(c)
		}
	}()
	return w
}

func (w *wire) join(c net.Conn) {
	defer c.Close()
	w.mu.Lock()
	cut := w.cut
	w.mu.Unlock()
	if cut {
		return
	}
	d, err := net.Dial("tcp", w.to)
	if err != nil {
		return
	}
	defer d.Close()
	w.mu.Lock()
	w.open = append(w.open, c, d)
	w.mu.Unlock()
	go io.Copy(d, c)
	io.Copy(c, d)
}

// set cuts the wire, or mends it.
func (w *wire) set(cut bool) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.cut = cut
	for _, c := range w.open {
		c.Close()
	}
	w.open = nil
}

// noHTTPS is a name under which the office is reached without HTTPS: for the
// browser an insecure place, as it is in an office's network.
const noHTTPS = "suiji.test"

// telephone is a Chromium as wide as a telephone, whose profile outlives it.
type telephone struct {
	t    *testing.T
	ctx  context.Context
	kill func()
	base string
}

func newTelephone(t *testing.T, base, profile string) *telephone {
	t.Helper()
	options := append(slices.Clone(chromedp.DefaultExecAllocatorOptions[:]), chromedp.NoSandbox, chromedp.UserDataDir(profile), chromedp.WindowSize(360, 800),
		chromedp.Flag("host-resolver-rules", "MAP "+noHTTPS+" 127.0.0.1"))
	ctx, stop := context.WithTimeout(context.Background(), 10*time.Minute)
	alloc, kill := chromedp.NewExecAllocator(ctx, options...)
	tab, leave := chromedp.NewContext(alloc)
	p := &telephone{t: t, ctx: tab, base: base, kill: func() { kill(); leave(); stop() }}
	t.Cleanup(p.kill)
	if err := chromedp.Do(tab); err != nil { // the browser lives as long as the context of its first act
		t.Fatalf("start Chromium: %v", err)
	}
	p.do("make it narrow", chromedp.EmulateViewport(360, 800))
	return p
}

// die kills the browser's process, as an empty battery does.
func (p *telephone) die() {
	p.t.Helper()
	process := chromedp.FromContext(p.ctx).Browser.Process()
	if process == nil {
		p.t.Fatal("no browser is running")
	}
	if err := process.Kill(); err != nil {
		p.t.Fatal(err)
	}
	p.kill()
}

func (p *telephone) do(what string, actions ...chromedp.Action[chromedp.Void]) {
	p.t.Helper()
	ctx, cancel := context.WithTimeout(p.ctx, 40*time.Second)
	defer cancel()
	if err := chromedp.Do(ctx, actions...); err != nil {
		p.t.Fatalf("%s: %v\n%s", what, err, p.eval(`location.href + "\n" + document.body.innerText`))
	}
}

func (p *telephone) eval(js string) string {
	ctx, cancel := context.WithTimeout(p.ctx, 10*time.Second)
	defer cancel()
	s, err := chromedp.Run(ctx, chromedp.Evaluate[string](js))
	if err != nil {
		return err.Error()
	}
	return s
}

// until waits until a condition holds in the page, or in the one that follows
// it meanwhile.
func (p *telephone) until(what, condition string) {
	p.t.Helper()
	p.do(what, func(ctx context.Context, t *chromedp.Target) (v chromedp.Void, err error) {
		for end := time.Now().Add(30 * time.Second); time.Now().Before(end); {
			_, err = chromedp.Poll[bool](`(() => { try { return Boolean(`+condition+`) } catch (e) { return false } })()`, chromedp.WithPollingTimeout(30*time.Second))(ctx, t)
			if err == nil || !strings.Contains(err.Error(), "-32000") { // the page was left
				return v, err
			}
			time.Sleep(50 * time.Millisecond)
		}
		return v, err
	})
}

func (p *telephone) strip(text string) {
	p.t.Helper()
	p.until("the strip says "+text, `document.querySelector("#strip").textContent.includes("`+text+`")`)
}

func (p *telephone) open(path string) {
	p.t.Helper()
	p.do("open "+path, chromedp.Navigate(p.base+path), chromedp.WaitReady("#strip"))
	p.strip("最后同步")
}

// tap counts.
func (p *telephone) tap(taps *int, selector string) {
	p.t.Helper()
	*taps++
	p.do("tap "+selector, chromedp.Evaluate[chromedp.Void](`(e => { for (let x = e; x; x = x.parentElement) if (x.tagName === "DETAILS") x.open = x.open; e.scrollIntoView({block: "center"}) })(document.querySelector('`+selector+`'))`),
		chromedp.Click(chromedp.CSS(selector), chromedp.NodeVisible))
}

// sign draws a stroke.
func (p *telephone) sign(taps *int, role string) {
	p.t.Helper()
	*taps++
	at := p.eval(`(c => { c.scrollIntoView({block: "center"}); const r = c.getBoundingClientRect(); return Math.round(r.left) + " " + Math.round(r.top) })(document.querySelector('.pad[data-role="` + role + `"] canvas'))`)
	var x, y float64
	if _, err := fmt.Sscan(at, &x, &y); err != nil {
		p.t.Fatalf("where to sign: %q, %v", at, err)
	}
	p.do("sign "+role, chromedp.DragAndDropXY(x+30, y+30, x+150, y+60, 4))
}

// ten gives O1 and O2 ten firms to visit, with three points each, and returns
// the office before a wire.
func ten(t *testing.T) (*street, *wire, string) { return tenWith(t, 2) }

// tenWith is ten with so many points of the first item.
func tenWith(t *testing.T, points int) (*street, *wire, string) {
	t.Helper()
	if testing.Short() {
		t.Skip("needs Chromium")
	}
	x := newStreet(t)
	const a = inspectiontest.Authority
	x.Exec(t, `DELETE FROM inspection_form`, `DELETE FROM inspection_point`)
	for i := range 8 {
		id := fmt.Sprintf("N%d", i)
		x.Exec(t, `INSERT INTO register_target (authority_id, target_id, code, code_kind, name, kind, state, established, area_code, area_name, address,
				work_address, industry, scope, contact, phone, source, tags, digest, active, reason, version)
			VALUES ('`+a+`', '`+id+`', '`+id+`', 'other', '元氏县第`+fmt.Sprint(i)+`企业有限公司', '企业', '存续', '', '130132', '元氏县', '元氏县槐阳镇 `+fmt.Sprint(10+i)+` 号', '', '', '', '', '', '', '', '', TRUE, '', 1)`,
			`INSERT INTO round_target (authority_id, round_id, target_id, stratum, rank, state) VALUES ('`+a+`', '`+inspectiontest.Round+`', '`+id+`', 'rest', `+fmt.Sprint(100+i)+`, 'confirmed')`,
			`INSERT INTO round_officer (authority_id, round_id, target_id, slot, officer_id, place, state) VALUES ('`+a+`', '`+inspectiontest.Round+`', '`+id+`', 'main', 'O1', 1, 'team'), ('`+a+`', '`+inspectiontest.Round+`', '`+id+`', 'main', 'O2', 2, 'team')`)
	}
	for no := 3; no <= points; no++ {
		x.Exec(t, fmt.Sprintf(`INSERT INTO register_item_point (authority_id, item_id, no, text, basis) VALUES ('%s', 'I1', %d, '第 %[2]d 个要点', '')`, a, no))
	}
	x.Exec(t, `UPDATE register_officer SET cert_until = '2025-12-31'`)
	x.Issue(t)
	w := newWire(t, x.serve())
	return x, w, "http://" + w.l.Addr().String()
}

// serve is the office's web server, before which every telephone is the
// inspector's; a firm's pages ask nobody who he is.
func (x *street) serve() string {
	mux := http.NewServeMux()
	mux.Handle("GET "+page.Prefix, page.Static(x.s.Set()))
	mux.Handle("/c/", x.s.Firm())
	mux.Handle("/t/", x.s.Firm())
	mux.Handle("/", http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		x.h.ServeHTTP(w, r.WithContext(identity.WithActor(r.Context(), inspector)))
	}))
	web := httptest.NewServer(page.Chain(mux, page.Numbered, page.Limited(1<<20, 1<<26), page.Guarded))
	x.t.Cleanup(web.Close)
	return web.URL
}

// fill does one inspection in which nothing is wrong, and returns its taps;
// each answers point by point.
func (p *telephone) fill(path, picture string, each, submit bool) int {
	p.t.Helper()
	taps := 0
	p.open(path)
	taps++ // the task in the list
	p.tap(&taps, "#arrive button")
	p.until("asked why there is no place", `!document.querySelector("#noplace").hidden`)
	taps++
	p.do("a reason", chromedp.SetValue(chromedp.CSS("#noplace select"), visit.Reasons[2]))
	p.tap(&taps, "#arrive button")
	p.until("arrived", `!document.querySelector("#arrived").hidden`)
	p.tap(&taps, "#points > summary")
	p.until("opened", `document.querySelector("#points").open`)
	if each {
		for i := range 10 {
			p.tap(&taps, fmt.Sprintf("#a-%d-yes + label", i+1))
		}
	} else {
		p.tap(&taps, "#rest")
	}
	p.until("filled in", `document.querySelectorAll(".point input:checked").length === document.querySelectorAll(".point").length`)
	for range 2 {
		taps++
		p.do("a photograph", chromedp.SetUploadFiles(chromedp.CSS(`input[data-use=other]`), []string{picture}))
	}
	p.until("a thumbnail", `document.querySelectorAll(".thumbs img").length >= 2`)
	p.tap(&taps, "#f-codes .option input")
	p.do("who signs", chromedp.SendKeys(chromedp.CSS("[name=person]"), "孙签字"))
	for _, role := range []string{visit.Inspector1, visit.Inspector2, visit.ByFirm} {
		p.sign(&taps, role)
	}
	p.until("ready", `document.querySelector("#lacking").textContent === "可提交"`)
	if submit {
		p.tap(&taps, "#submit")
		p.until("locked", `!document.querySelector("#locked").hidden`)
	}
	return taps
}

// J3: ten tasks without signal, the telephone killed in the middle; back in
// coverage all is with the office, once.
func TestDayWithoutSignal(t *testing.T) {
	x, w, base := tenWith(t, 9)
	picture, camera := filepath.Join(t.TempDir(), "photo.jpg"), photograph(t)
	if err := os.WriteFile(picture, camera, 0o600); err != nil {
		t.Fatal(err)
	}
	profile := t.TempDir()
	p := newTelephone(t, base, profile)
	p.open("/m")
	p.until("the service worker", `navigator.serviceWorker.controller !== null`)
	p.do("the pack", chromedp.Click("#pack"))
	p.until("packed", `document.querySelector("#packed").textContent.includes("已下载 10 户")`)
	var kb int
	if _, err := fmt.Sscanf(p.eval(`document.querySelector("#packed").textContent.match(/[0-9]+ KB/)[0]`), "%d", &kb); err != nil || kb > 3<<10 {
		t.Errorf("the pack of ten firms has %d KB, %v, want at most 3 MB", kb, err)
	}
	tasks, err := x.s.Visit.Tasks(t.Context(), inspector)
	if err != nil || len(tasks) != 10 {
		t.Fatalf("%d tasks, %v", len(tasks), err)
	}
	w.set(true)
	for i, task := range tasks {
		if i == 5 { // filled in, not submitted: and the telephone dies
			p.fill("/m/tasks/"+task.ID, picture, false, false)
			p.die()
			p = newTelephone(t, base, profile)
			p.open("/m/tasks/" + task.ID)
			p.until("all is there again", `document.querySelector("#lacking").textContent === "可提交"`)
			taps := 0
			p.tap(&taps, "#submit")
			p.until("locked", `!document.querySelector("#locked").hidden`)
			continue
		}
		if taps := p.fill("/m/tasks/"+task.ID, picture, i == 0, true); taps > 26 {
			t.Errorf("%d taps, want at most 26", taps)
		} else if i < 2 {
			t.Logf("%d taps", taps)
		}
	}
	p.open("/m")
	p.do("seek", chromedp.SendKeys(chromedp.CSS("#f-q"), tasks[3].Firm.Name))
	p.until("one is found", `Array.from(document.querySelectorAll("[data-find]")).filter(x => !x.hidden).map(x => x.dataset.form).join() === "`+tasks[3].ID+`"`)
	p.open("/m/outbox")
	p.strip("离线 · 30 条未上传") // an arrival, a result, and one photograph (two equal ones are one) each
	if n := x.records(); n != 0 {
		t.Fatalf("%d records came through a wire that is cut", n)
	}
	w.set(false)
	p.do("upload", chromedp.Click("#upload"))
	p.strip("全部已上传")
	for _, task := range tasks {
		f, err := x.Inspection.Form(t.Context(), inspectiontest.Authority, task.ID)
		if err != nil {
			t.Fatal(err)
		}
		v, err := x.s.Visit.Visit(t.Context(), f)
		if err != nil || f.State != inspection.Entered || f.Revision != 2 || len(v.Arrivals) != 1 || len(v.Photos) != 1 || len(v.Signatures) != 3 {
			t.Errorf("%s: %s, revision %d, %d arrivals, %d photos, %d signatures, %v", f.ID, f.State, f.Revision, len(v.Arrivals), len(v.Photos), len(v.Signatures), err)
		}
		for _, s := range v.Signatures {
			if s.Void() {
				t.Errorf("%s: %s's signature is void: %q, %q", f.ID, s.Name, s.Gone, s.Come)
			}
		}
	}
	if n := x.records(); n != 20 {
		t.Errorf("%d records, want 20", n)
	}
	x.places(tasks[0].ID, camera)
}

// brightest is the worth of the brightest point, 0 to 255.
func brightest(m image.Image) (most uint8) {
	for y := range m.Bounds().Dy() {
		for x := range m.Bounds().Dx() {
			most = max(most, color.GrayModel.Convert(m.At(x, y)).(color.Gray).Y)
		}
	}
	return most
}

// places holds that the place which the camera wrote beside a picture is in
// the original alone, which no page hands out.
func (x *street) places(form string, camera []byte) {
	x.t.Helper()
	f, err := x.Inspection.Form(x.t.Context(), inspectiontest.Authority, form)
	if err != nil {
		x.t.Fatal(err)
	}
	v, err := x.s.Visit.Visit(x.t.Context(), f)
	if err != nil {
		x.t.Fatal(err)
	}
	p := v.Photos[0]
	kept, err := os.ReadFile(filepath.Join(x.s.Visit.Dir, "photos", inspectiontest.Authority, p.Original))
	if sum := sha256.Sum256(camera); err != nil || !p.Whole || !bytes.Equal(kept, camera) || hex.EncodeToString(sum[:]) != p.Original {
		x.t.Errorf("the camera's file %s is not kept: %v", p.Original, err)
	}
	get := func(digest string) *httptest.ResponseRecorder {
		w := httptest.NewRecorder()
		x.h.ServeHTTP(w, x.as(httptest.NewRequest("GET", "/m/tasks/"+form+"/photos/"+digest, nil), "inspector"))
		return w
	}
	w := get(p.Digest)
	picture, err := jpeg.Decode(bytes.NewReader(w.Body.Bytes()))
	if err != nil {
		x.t.Fatal(err)
	}
	if white := brightest(picture); white < 200 { // the camera's is black
		x.t.Errorf("time, place and task do not stand in the copy: its brightest point has %d", white)
	}
	if w.Code != 200 || bytes.Contains(w.Body.Bytes(), []byte("Exif")) {
		x.t.Errorf("the picture that is shown: %d, or it has a place", w.Code)
	}
	if w := get(p.Original); w.Code != 404 {
		x.t.Errorf("the original is handed out: %d", w.Code)
	}
}
