package verify_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/chromedp/chromedp"

	"suiji/bundle/bundletest"
	"suiji/ledger"
	"suiji/verify"
)

// TestReceiptInTheBrowser holds the page for receipts against package ledger:
// receipts of several places hold in both, and no changed character of one
// does in either.
func TestReceiptInTheBrowser(t *testing.T) {
	path := filepath.Join(t.TempDir(), verify.ReceiptName)
	if err := os.WriteFile(path, verify.ReceiptPage(), 0o600); err != nil {
		t.Fatal(err)
	}
	b := open(t, path)
	v, other := bundletest.Prove(t, 3, bundletest.Draws(t)[0].Entries(t)), bundletest.Prove(t, 4, nil)
	var texts []string
	for _, e := range v.Entries {
		text, err := ledger.Receipt{Proven: e, Checkpoint: v.Checkpoint}.Text()
		if err != nil {
			t.Fatal(err)
		}
		texts = append(texts, text)
	}
	texts = append(texts, texts[0]+"— someone.example AAAAAAAA\n", texts[0]+"— nonsense\n", texts[0]+"\n", v.Checkpoint, "",
		strings.ReplaceAll(texts[0], "\n", "\r\n"), strings.Replace(texts[0], "\nextra ", "\nextra  ", 1))
	for at := 0; at < len(texts[0]); at += 7 { // changed, cut
		c := byte('A')
		if texts[0][at] == c {
			c = 'B'
		}
		texts = append(texts, texts[0][:at]+string(c)+texts[0][at+1:], texts[0][:at])
	}
	var args []any
	for _, x := range texts {
		args = append(args, map[string]string{"text": x, "key": v.Key})
	}
	args = append(args, map[string]string{"text": texts[0], "key": other.Key})
	got := call[bool](b, `(({text, key}) => { try { return open(text, key).position >= 0; } catch (e) { return false; } })`, args)
	held := 0
	for i, x := range texts {
		r, err := ledger.ParseReceipt(x)
		if err == nil {
			_, err = r.Open(v.Key)
		}
		if got[i] != (err == nil) {
			t.Errorf("receipt %d: the page says %t, package ledger %v\n%s", i, got[i], err, x)
		}
		if err == nil {
			held++
		}
	}
	if want := len(v.Entries) + 1; held != want || got[len(texts)] {
		t.Errorf("%d receipts hold, want %d; under another key %t", held, want, got[len(texts)])
	}
	t.Logf("%d receipts, %d hold", len(args), held)

	file := filepath.Join(t.TempDir(), "one.tlog-proof")
	if err := os.WriteFile(file, []byte(texts[0]), 0o600); err != nil {
		t.Fatal(err)
	}
	b.run(chromedp.SetValue(chromedp.CSS("#v-key"), v.Key), chromedp.SetUploadFiles(chromedp.CSS("#v-pick"), []string{file}), chromedp.WaitVisible(chromedp.CSS("#v-verdict.ok")))
	if s := get(b, chromedp.Evaluate[string](`part("found").innerText`)); !strings.Contains(s, v.Entries[0].Entry.Subject) || !strings.Contains(s, "封存 round.sealed") {
		t.Errorf("the page shows %q", s)
	}
	b.run(chromedp.SetValue(chromedp.CSS("#v-key"), other.Key), chromedp.Click(chromedp.CSS("#v-start")), chromedp.WaitVisible(chromedp.CSS("#v-verdict.bad")))
	if n := b.requests.Load(); n != 0 {
		t.Errorf("the page made %d requests", n)
	}
}
