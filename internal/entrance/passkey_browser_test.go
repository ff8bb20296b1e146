package entrance

import (
	"context"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/chromedp/chromedp"

	"suiji/internal/access"
	"suiji/internal/audit"
	"suiji/internal/identity"
	"suiji/internal/page"
	"suiji/internal/page/pagetest"
	"suiji/internal/password"
	"suiji/internal/store/storetest"
)

// holder is a person at a Chromium with a device that signs, which the browser
// plays by itself (CDP's virtual authenticator).
type holder struct {
	t      *testing.T
	ctx    context.Context
	base   string
	device string // the id of the virtual authenticator; empty: none
}

// atScreen serves the fixture's pages with their scripts on localhost, where
// passkeys work, and sits somebody down at a browser.
func (f *fixture) atScreen(program string) *holder {
	f.t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	f.must(err)
	mux := http.NewServeMux()
	mux.Handle(page.Prefix, page.Static(f.server.Set()))
	mux.Handle("/", f.server.Sessions.Wrap(f.server.Handler()))
	srv := &httptest.Server{Listener: l, Config: &http.Server{Handler: mux}}
	srv.Start()
	f.t.Cleanup(srv.Close)
	h := &holder{t: f.t, base: "http://localhost:" + strconv.Itoa(l.Addr().(*net.TCPAddr).Port)}
	f.identity.Passkeys().At(h.base)
	options := slices.Clone(chromedp.DefaultExecAllocatorOptions[:])
	if program != "" {
		options = append(options, chromedp.ExecPath(program))
	}
	options = append(options, chromedp.NoSandbox, chromedp.DisableGPU, chromedp.UserDataDir(filepath.Join(f.t.TempDir(), "profile")), chromedp.WindowSize(1366, 768),
		chromedp.Flag("host-resolver-rules", "MAP * ~NOTFOUND, EXCLUDE localhost, EXCLUDE 127.0.0.1"))
	ctx, stop := context.WithTimeout(context.Background(), 3*time.Minute)
	alloc, kill := chromedp.NewExecAllocator(ctx, options...)
	tab, leave := chromedp.NewContext(alloc)
	f.t.Cleanup(func() { kill(); leave(); stop() })
	h.ctx = tab
	if err := chromedp.Do(tab); err != nil {
		f.t.Fatalf("start Chromium: %v", err)
	}
	return h
}

// call speaks the browser's protocol, in words that old ones know too.
func (h *holder) call(method string, params map[string]any, result any) {
	h.t.Helper()
	_, err := chromedp.Run(h.ctx, func(ctx context.Context, t *chromedp.Target) (v chromedp.Void, err error) {
		return v, t.Call(ctx, method, params, result)
	})
	if err != nil {
		h.t.Fatalf("%s: %v", method, err)
	}
}

// take takes another device in hand; the one before is out of reach with its
// keys.
func (h *holder) take() {
	h.t.Helper()
	if h.device != "" {
		h.call("WebAuthn.removeVirtualAuthenticator", map[string]any{"authenticatorId": h.device}, nil)
	}
	var made struct {
		AuthenticatorID string `json:"authenticatorId"`
	}
	h.call("WebAuthn.addVirtualAuthenticator", map[string]any{"options": map[string]any{"protocol": "ctap2", "transport": "internal",
		"hasResidentKey": false, "hasUserVerification": true, "isUserVerified": true, "automaticPresenceSimulation": true}}, &made)
	h.device = made.AuthenticatorID
	h.verifies(true)
}

// verifies says whether the device knows its owner again.
func (h *holder) verifies(yes bool) {
	h.t.Helper()
	h.call("WebAuthn.setUserVerified", map[string]any{"authenticatorId": h.device, "isUserVerified": yes}, nil)
}

func (h *holder) do(what string, actions ...chromedp.Action[chromedp.Void]) {
	h.t.Helper()
	ctx, cancel := context.WithTimeout(h.ctx, 30*time.Second)
	defer cancel()
	if err := chromedp.Do(ctx, actions...); err != nil {
		seen, _ := chromedp.Run(h.ctx, chromedp.Evaluate[string](`location.href + "\n" + document.body.innerText`))
		h.t.Fatalf("%s: %v\n%s", what, err, seen)
	}
}

func (h *holder) open(path string) { h.t.Helper(); h.do("open "+path, chromedp.Navigate(h.base+path)) }

// press presses a button; old browsers cannot be told to click.
func (h *holder) press(words string) {
	h.t.Helper()
	h.do("press "+words, chromedp.Evaluate[chromedp.Void](`[].filter.call(document.querySelectorAll("main button, main summary"), function (b) { return b.textContent.trim() === `+
		strconv.Quote(words)+` && b.offsetParent; })[0].click()`))
}

// shows waits until the page at path says something.
func (h *holder) shows(path, words string) {
	h.t.Helper()
	h.do(path+" shows "+words, func(ctx context.Context, t *chromedp.Target) (v chromedp.Void, err error) {
		for { // a page that gives way to the next one ends the look at it
			there, _ := chromedp.Evaluate[bool](`location.pathname === `+strconv.Quote(path)+` && document.body.innerText.indexOf(`+strconv.Quote(words)+`) >= 0`)(ctx, t)
			if there {
				return v, nil
			}
			select {
			case <-ctx.Done():
				return v, ctx.Err()
			case <-time.After(50 * time.Millisecond):
			}
		}
	})
}

func (h *holder) signIn(username, next string) {
	h.t.Helper()
	h.open("/w/login?next=" + next)
	h.do("sign in", chromedp.Evaluate[chromedp.Void](`var f = document.querySelector("main form");
		f.elements.username.value = `+strconv.Quote(username)+`; f.elements.password.value = `+strconv.Quote(secret)+`; f.querySelector("button").click()`))
}

func (h *holder) leave() {
	h.t.Helper()
	h.do("sign out", chromedp.Evaluate[chromedp.Void](`var f = document.querySelector("form[action='/w/logout']"); f.submit()`))
	h.shows("/w/login", "登录")
}

// picture keeps what is seen, where SUIJI_TEST_PICTURES names a directory.
func (h *holder) picture(name string) {
	h.t.Helper()
	dir := os.Getenv("SUIJI_TEST_PICTURES")
	if dir == "" {
		return
	}
	for _, width := range []int64{1366, 360} {
		h.do("make it wide", chromedp.EmulateViewport(width, 768))
		png, err := chromedp.Run(h.ctx, chromedp.FullScreenshot(100))
		if err == nil {
			err = os.WriteFile(filepath.Join(dir, name+"-"+strconv.FormatInt(width, 10)+".png"), png, 0o644)
		}
		if err != nil {
			h.t.Error(err)
		}
	}
}

// The script of passkeys in real browsers: a key is registered on one's own
// page, opens the door as the second factor, and is the proof before a grave
// act. A device that has no such key, or does not know its owner, leads to a
// sentence and nothing else.
func TestPasskeyInBrowsers(t *testing.T) {
	if testing.Short() {
		t.Skip("browsers are left out of -short")
	}
	for name, program := range map[string]func(testing.TB) string{"today": func(testing.TB) string { return "" }, "78": pagetest.Chromium78} {
		t.Run(name, func(t *testing.T) { passkeyInBrowser(t, name, program(t)) })
	}
}

func passkeyInBrowser(t *testing.T, name, program string) {
	f := newEntrance(t, storetest.SQLite(t))
	f.must(f.identity.SetRules(t.Context(), access.System(bureau), identity.Rules{Passwords: password.Dengbao}))
	h := f.atScreen(program)
	h.call("WebAuthn.enable", map[string]any{}, nil)
	h.take()

	h.signIn("admin", "/w/me/second")
	h.shows("/w/me/second", "登记通行密钥")
	h.press("登记通行密钥") // without a name the browser asks for one, and nothing is sent
	h.do("name it", chromedp.Evaluate[chromedp.Void](`document.querySelector("form[data-passkey] [name=name]").value = "办公室电脑"`))
	h.press("登记通行密钥")
	h.shows("/w/me/second", "恢复码，只显示这一次")
	h.shows("/w/me/second", "办公室电脑")
	h.picture("passkeys-" + name)
	if keys, err := f.identity.Passkeys().Keys(t.Context(), bureau, "admin"); err != nil || len(keys) != 1 {
		t.Fatalf("the account has %d keys, %v, want one", len(keys), err)
	}

	h.leave()
	h.signIn("admin", "/w/accounts/rules")
	h.shows("/w/login/code", "双因素登录")
	h.verifies(false)
	h.press("用通行密钥核对")
	h.shows("/w/login/code", "设备没有核对成功")
	h.verifies(true)
	h.press("用通行密钥核对")
	h.shows("/w/accounts/rules", "密码规则")

	f.at = f.at.Add(6 * time.Minute)
	h.press("保存")
	h.shows("/w/accounts/rules", "核对身份")
	h.picture("prove-" + name)
	h.press("用通行密钥核对")
	h.shows("/w/accounts/rules", "哪些角色须双因素登录")
	log, err := f.door.Entries(t.Context(), bureau, "", time.Time{}, 100)
	f.must(err)
	if !slices.ContainsFunc(log, func(e audit.Entry) bool { return e.ActorID == "admin" && e.Action == access.RulesEdit && e.Allowed }) {
		t.Errorf("the act that was proved is not in the log: %+v", log)
	}

	h.leave()
	h.take() // another device, which has not the key
	h.signIn("admin", "/w/me")
	h.shows("/w/login/code", "双因素登录")
	h.press("用通行密钥核对")
	h.shows("/w/login/code", "没有办理")
	if a := f.person().get("/w/me"); !strings.HasPrefix(a.location, "/w/login") {
		t.Errorf("without any key: %+v", a)
	}
}
