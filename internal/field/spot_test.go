package field

import (
	"context"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/chromedp/chromedp"

	"suiji/internal/inspection"
	"suiji/internal/inspection/inspectiontest"
	"suiji/internal/visit"
)

// place tells the telephone where it is.
func (p *telephone) place(lat, lon float64) {
	p.t.Helper()
	p.do("be somewhere", func(ctx context.Context, t *chromedp.Target) (v chromedp.Void, err error) {
		if err = chromedp.FromContext(ctx).Browser.Call(ctx, "Browser.grantPermissions", map[string]any{"permissions": []string{"geolocation"}}, nil); err != nil {
			return v, err
		}
		return v, t.Call(ctx, "Emulation.setGeolocationOverride", map[string]any{"latitude": lat, "longitude": lon, "accuracy": 7}, nil)
	})
}

// later sets the telephone's clock on, in this page.
func (p *telephone) later(minutes int) {
	p.t.Helper()
	p.do("wait", chromedp.Evaluate[chromedp.Void](`(now => { Date.now = () => now() + `+itoa(minutes*60000)+` })(Date.now.bind(Date))`))
}

// write fills an input in, as typing would.
func (p *telephone) write(name, text string) {
	p.t.Helper()
	p.do("write "+name, chromedp.Evaluate[chromedp.Void](`(e => { for (let x = e; x; x = x.parentElement) if (x.tagName === "DETAILS") x.open = true; e.value = "`+text+`"; e.dispatchEvent(new Event("input", {bubbles: true})) })(document.querySelector('[name="`+name+`"]'))`))
}

// choose taps an answer or a box.
func (p *telephone) choose(selector string) {
	p.t.Helper()
	p.do("choose "+selector, chromedp.Evaluate[chromedp.Void](`(e => { for (let x = e; x; x = x.parentElement) if (x.tagName === "DETAILS") x.open = true; e.click() })(document.querySelector('`+selector+`'))`))
}

func (p *telephone) photo(use, picture string) {
	p.t.Helper()
	p.do("photograph "+use, chromedp.SetUploadFiles(chromedp.CSS(`input[data-use=`+use+`]`), []string{picture}))
	p.until("a thumbnail of "+use, `document.querySelector('[data-of="`+use+`"] img') !== null`)
}

// lacks waits until the page asks for something; empty: until it asks for
// nothing.
func (p *telephone) lacks(what string) {
	p.t.Helper()
	if what == "" {
		p.until("it is complete", `document.querySelector("#lacking").textContent === "可提交"`)
		return
	}
	p.until("it asks for "+what, `Array.from(document.querySelectorAll("#lacking a")).some(a => a.textContent === "`+what+`")`)
}

func (p *telephone) signAll(roles ...string) {
	p.t.Helper()
	n := 0
	for _, r := range roles {
		p.sign(&n, r)
	}
}

func (p *telephone) submit() {
	p.t.Helper()
	n := 0
	p.tap(&n, "#submit")
	p.until("it is with the office", `document.querySelector("#task pre") !== null && document.querySelector("#sheet") === null`)
}

// onSpot is a telephone that stands before the firm of the first form.
func onSpot(t *testing.T) (*street, *telephone, []string) {
	t.Helper()
	x, _, base := ten(t)
	var pictures []string
	for _, name := range []string{"a.jpg", "b.jpg"} {
		path := filepath.Join(t.TempDir(), name)
		if err := os.WriteFile(path, photographOf(t, len(pictures)), 0o600); err != nil {
			t.Fatal(err)
		}
		pictures = append(pictures, path)
	}
	p := newTelephone(t, base, t.TempDir())
	p.open(path(1))
	p.place(37.7631, 114.5252)
	n := 0
	p.tap(&n, "#arrive button")
	p.until("arrived", `!document.querySelector("#arrived").hidden && /已登记到达/.test(document.querySelector("#arrived").textContent)`)
	return x, p, pictures
}

func (x *street) seen() (inspection.Form, visit.Visit) {
	x.t.Helper()
	f := x.Form(x.t, 1)
	v, err := x.s.Visit.Visit(x.t.Context(), f)
	if err != nil {
		x.t.Fatal(err)
	}
	return f, v
}

// A problem is mended before the inspectors' eyes: the page asks for each
// proof, the signatures fall when a word changes, and what is signed holds
// until somebody at the office changes a word: that shows.
func TestCorrectedOnTheSpot(t *testing.T) {
	x, p, pictures := onSpot(t)
	p.choose("#a-1-no")
	p.lacks("要点 1 的照片或证据")
	p.photo("point-1", pictures[0])
	p.write("note-1", "两名职工没有书面劳动合同")
	p.choose("#a-2-yes")
	p.choose("#a-3-yes")
	p.choose("#f-codes input[value=R5]")
	p.lacks("发现的问题")
	p.write("fact-1", "两名职工没有书面劳动合同")
	p.write("measure-1", "补签劳动合同")
	p.lacks("改正要求和期限")
	p.write("due-1", "2022-07-01")
	p.choose("[name=spot-1]")
	p.lacks("问题 1 改正前的照片")
	p.photo("before-1", pictures[0])
	p.lacks("问题 1 改正后的照片")
	p.photo("after-1", pictures[0])
	p.lacks("问题 1 改正后的照片") // one picture for both is none
	p.photo("after-1", pictures[1])
	p.write("spotnote-1", "当场补签")
	p.write("person", "孙签字")
	p.signAll(visit.Inspector1, visit.Inspector2)
	p.lacks("签字（都签或者都用纸签）")
	p.signAll(visit.ByFirm)
	p.lacks("")
	p.write("note-1", "三名职工没有书面劳动合同")
	p.until("the signatures fell", `!document.querySelector("#void").hidden && /作废/.test(document.querySelector("#void").textContent)`)
	p.shoot("spot-void")
	p.signAll(visit.Inspector1, visit.Inspector2, visit.ByFirm)
	p.lacks("")
	p.submit()
	f, v := x.seen()
	uses := ""
	for _, shot := range v.Photos {
		uses += shot.Use + " "
	}
	if len(v.Arrivals) != 1 || v.Arrivals[0].Lat != "37.763100" || v.Arrivals[0].Accuracy != 7 || len(v.Photos) != 4 || len(v.Signatures) != 3 ||
		len(f.Findings) != 1 || f.Findings[0].Outcome != inspection.OnTheSpot || f.Points[0].Note != "三名职工没有书面劳动合同" {
		t.Errorf("arrivals %+v, photographs of %s, %d signatures, findings %+v", v.Arrivals, uses, len(v.Signatures), f.Findings)
	}
	for _, s := range v.Signatures {
		if s.Void() || !strings.Contains(s.Text, "三名职工") {
			t.Errorf("%s signed %q; gone %q, come %q", s.Name, s.Text, s.Gone, s.Come)
		}
	}
	e := f.Entry()
	e.Answers[0].Note = "四名职工没有书面劳动合同"
	x.Must(t, x.Inspection.Enter(t.Context(), x.Clerk, f.ID, e))
	p.open(path(1))
	p.until("what changed shows", `/已作废/.test(document.body.textContent) && /签字时：说明：三名/.test(document.body.textContent) && /现在：说明：四名/.test(document.body.textContent)`)
	p.shoot("spot-changed")
}

// A firm that does not sign: the witness is asked for, and named in the form.
func TestRefusedBeforeAWitness(t *testing.T) {
	x, p, _ := onSpot(t)
	n := 0
	p.tap(&n, "#points > summary")
	p.tap(&n, "#rest")
	p.choose("#f-codes input[value=R1]")
	p.lacks("签字人")
	p.write("refusal", "负责人看过后拒绝签字")
	p.lacks("见证人")
	p.write("witness", "村委会王主任")
	p.signAll(visit.Inspector1, visit.Inspector2)
	p.lacks("")
	p.submit()
	if f, v := x.seen(); f.Refusal != "负责人看过后拒绝签字；见证人：村委会王主任" || len(v.Signatures) != 2 || v.Signatures[0].Void() {
		t.Errorf("refusal %q, signatures %+v", f.Refusal, v.Signatures)
	}
}

// Nobody is there: two attempts, each with a picture of its own, half an hour
// between them, or it cannot be submitted.
func TestNotContactable(t *testing.T) {
	x, p, pictures := onSpot(t)
	p.choose("#f-codes input[value=R4]")
	p.lacks("第 1 次联系")
	for i, how := range []string{"实地走访，大门上锁", "再次走访，邻居不知去向"} {
		p.write("attempt-"+itoa(i+1), "2022-06-20")
		p.write("how-"+itoa(i+1), how)
	}
	p.lacks("证据")
	p.write("evidence", "现场照片两张")
	p.lacks("第 1 次联系的照片")
	p.photo("attempt-1", pictures[0])
	p.lacks("第 2 次联系的照片")
	p.later(29)
	p.photo("attempt-2", pictures[1])
	p.lacks("第 2 次联系的照片（与第 1 次相隔 30 分钟以上）")
	p.shoot("spot-attempts")
	p.later(1)
	p.photo("attempt-2", pictures[0])
	time.Sleep(200 * time.Millisecond)
	p.lacks("第 2 次联系的照片（与第 1 次相隔 30 分钟以上）") // one picture for both is none
	p.later(1)
	third := filepath.Join(t.TempDir(), "c.jpg")
	if err := os.WriteFile(third, photographOf(t, 3), 0o600); err != nil {
		t.Fatal(err)
	}
	p.photo("attempt-2", third)
	p.lacks("")
	p.submit()
	if f, v := x.seen(); f.Codes[0] != inspection.R4 || len(f.Attempts) != 2 || len(v.Photos) != 4 {
		t.Errorf("%v, attempts %+v, %d photographs", f.Codes, f.Attempts, len(v.Photos))
	}
}

// The office has changed the form while the telephone was without signal: both
// versions are shown, the person chooses, both stay.
func TestTwoVersions(t *testing.T) {
	for _, mine := range []bool{true, false} {
		x, w, base := ten(t)
		p := newTelephone(t, base, t.TempDir())
		p.open(path(1))
		w.set(true)
		n := 0
		p.tap(&n, "#arrive button")
		p.until("asked why there is no place", `!document.querySelector("#noplace").hidden`)
		p.do("a reason", chromedp.SetValue(chromedp.CSS("#noplace select"), visit.Reasons[2]))
		p.tap(&n, "#arrive button")
		p.until("arrived", `!document.querySelector("#arrived").hidden`)
		p.tap(&n, "#points > summary")
		p.tap(&n, "#rest")
		p.choose("#f-codes input[value=R1]")
		p.write("person", "孙签字")
		p.write("summary", "手机上写的")
		p.lacks("")
		p.tap(&n, "#submit")
		p.until("locked", `!document.querySelector("#locked").hidden`)
		e := inspectiontest.Entry(x.Form(t, 1), "2022-06-20")
		e.Summary = "办公室写的"
		x.Must(t, x.Inspection.Enter(t.Context(), x.Clerk, x.Form(t, 1).ID, e))
		w.set(false)
		p.do("back in coverage", chromedp.Evaluate[chromedp.Void](`window.dispatchEvent(new Event("online"))`))
		p.until("both are shown", `!document.querySelector("#both").hidden && /办公室写的/.test(document.querySelector("#both").textContent) && /手机上写的/.test(document.querySelector("#both").textContent)`)
		if marks := p.eval(`Array.from(document.querySelectorAll("#both mark")).map(m => m.textContent.trim()).join(" | ")`); marks != "检查情况：办公室写的 | 检查情况：手机上写的" {
			t.Errorf("marked are %q, want the lines that differ", marks)
		}
		p.strip("1 条要处理")
		if f, _ := x.seen(); f.Summary != "办公室写的" {
			t.Errorf("nobody has chosen, and the form says %q", f.Summary)
		}
		p.shoot("two-versions")
		want := "办公室写的"
		if mine {
			want = "手机上写的"
			p.tap(&n, "#both button.primary")
		} else {
			p.tap(&n, "#both button:not(.primary)")
		}
		p.until("chosen", `document.querySelector("#sheet") === null`)
		p.strip("全部已上传")
		f, v := x.seen()
		if f.Summary != want || len(v.Stale) != 1 || !strings.Contains(v.Stale[0].Body, "手机上写的") {
			t.Errorf("the form says %q, want %q; beside it %+v", f.Summary, want, v.Stale)
		}
		if n := x.records(); n != 3 {
			t.Errorf("%d records, want the arrival, the first result, and the choice", n)
		}
	}
}

// J7: from the scanned code to the rating in four taps, well within a minute.
func TestFirmRatesInFourTaps(t *testing.T) {
	x, _, base := ten(t)
	p := newTelephone(t, base, t.TempDir())
	f := x.Form(t, 1)
	code, err := x.s.Visit.IdentityCode(t.Context(), f, "O1", false)
	if err != nil {
		t.Fatal(err)
	}
	begun, taps := time.Now(), 1 // the camera's
	p.do("scan", chromedp.Navigate(base+"/c/"+f.Code+"/id/"+code), chromedp.WaitVisible(".verdict.ok"))
	p.tap(&taps, `a[href$="/rate"]`)
	p.until("the form", `document.querySelector("h1").textContent === "评价这次检查"`)
	p.tap(&taps, `input[name=bad]`)
	p.tap(&taps, `form button`)
	p.until("thanks", `document.querySelector("h1").textContent === "评价已收到"`)
	if took := time.Since(begun); taps > 4 || took > time.Minute {
		t.Errorf("%d taps, %s", taps, took)
	}
	t.Logf("%d taps, %s", taps, time.Since(begun))
}

// Without HTTPS no service worker may run: the strip says so, the page follows
// links itself, the pack serves it without signal while it stays open, and a
// draft outlives it.
func TestWithoutHTTPS(t *testing.T) {
	_, w, base := ten(t)
	p := newTelephone(t, strings.Replace(base, "127.0.0.1", noHTTPS, 1), t.TempDir())
	p.open("/m")
	p.strip("仅草稿离线，请勿关闭页面")
	if secure := p.eval(`String(window.isSecureContext)`); secure != "false" {
		t.Fatalf("this place is secure: %s", secure)
	}
	n := 0
	p.tap(&n, "#pack")
	p.until("packed", `document.querySelector("#packed").textContent.includes("已下载 10 户")`)
	w.set(true)
	p.tap(&n, `a[href="`+path(1)+`"]`)
	p.until("the task, from the pack", `document.querySelector("#sheet") !== null`)
	p.strip("离线")
	p.write("summary", "没有信号时写的")
	p.tap(&n, `.bottom a[href="/m"]`)
	p.until("the list, from the pack", `document.querySelector("#pack") !== null`)
	w.set(false)
	p.open(path(1))
	p.until("the draft", `document.querySelector("[name=summary]").value === "没有信号时写的"`)
	p.open("/m/outbox")
	p.until("the outbox says it", `/没有使用 HTTPS/.test(document.querySelector("#mode").textContent)`)
}
