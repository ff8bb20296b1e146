package main

import (
	"bufio"
	"fmt"
	"net/http"
	"net/url"
	"os"
	"os/exec"
	"regexp"
	"strings"
	"testing"
	"time"

	"suiji/internal/page/pagetest"
)

// The demo prints where to go and who one can be; each of them, and everybody
// without a login, can follow every link that is shown to them. When it ends
// it leaves nothing behind.
func TestDemo(t *testing.T) {
	tmp := t.TempDir()
	s, told := startDemo(t, tmp)
	canaries := people(t)
	b := newBrowser()
	b.server = s
	for _, want := range []string{"公示 / public:   " + s.address + "/\n", "办公 / desk:     " + s.address + "/w\n"} {
		if !strings.Contains(told, want) {
			t.Errorf("the demo says %q, want %q in it", told, want)
		}
	}
	password := regexp.MustCompile(`password: (\S+)`).FindStringSubmatch(told)
	logins := regexp.MustCompile(`(?m)^  (\w+) +(\S+)（\S+）$`).FindAllStringSubmatch(told, -1)
	if len(password) != 2 || len(logins) != 9 {
		t.Fatalf("the demo says %q, want a password and 9 logins", told)
	}
	b.sit("citizen", "")
	walk(t, b, "/", "citizen", nobodys(t))
	for _, l := range logins {
		b.sit(l[1], "")
		if err := b.login(l[1], password[1]); err != nil {
			t.Fatal(err)
		}
		if !strings.Contains(b.text(), l[2]) {
			t.Errorf("%s is not greeted as %s:\n%s", l[1], l[2], b.text())
		}
		if l[1] == "clerk" && !strings.Contains(b.text(), "2,046检查对象") {
			t.Errorf("the workbench does not name the 2,046 firms:\n%s", b.text())
		}
		walk(t, b, b.at.Path, l[1], func(string, []byte) {})
		for _, c := range b.client().Jar.Cookies(b.base()) {
			canaries[c.Value] = true
		}
	}
	b.sit("gossip", "")
	for _, c := range betray(t, b) {
		canaries[c] = true
	}
	noCanary(t, "the metrics", metricsOf(t, s), canaries)
	noCanary(t, "the log", s.log.String(), canaries)
	if err := b.open("/metrics"); err != nil || b.status != http.StatusNotFound {
		t.Errorf("the public gets /metrics: status %d, %v", b.status, err)
	}
	if err := s.stop(); err != nil {
		t.Error(err)
	}
	if left, err := os.ReadDir(tmp); err != nil || len(left) > 0 {
		t.Errorf("the demo leaves %v behind, %v", left, err)
	}
}

// startDemo runs “suiji demo” and returns when it has said all.
func startDemo(t *testing.T, tmp string) (*server, string) {
	t.Helper()
	path, err := exec.LookPath("suiji")
	if err != nil {
		t.Fatal(err)
	}
	s := &server{cmd: exec.Command(path, "demo", "--listen", "127.0.0.1:0"), log: &lockedBuffer{}, ended: make(chan struct{})}
	s.cmd.Env = []string{"PATH=" + os.Getenv("PATH"), "HOME=" + os.Getenv("HOME"), "TMPDIR=" + tmp, "SUIJI_METRICS=127.0.0.1:0"}
	s.cmd.Stderr = s.log
	out, err := s.cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := s.cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(s.abort)
	told := make(chan string, 1)
	go func() {
		var all strings.Builder
		for lines := bufio.NewScanner(out); lines.Scan(); {
			all.WriteString(lines.Text() + "\n")
			if strings.Contains(lines.Text(), "Ctrl-C") {
				told <- all.String()
			}
		}
		s.err = s.cmd.Wait()
		close(s.ended)
	}()
	select {
	case text := <-told:
		at := regexp.MustCompile(`http://127\.0\.0\.1:\d+`).FindString(text)
		s.address = at
		return s, text
	case <-s.ended:
		t.Fatalf("the demo ended: %v\n%s", s.err, s.log)
	case <-time.After(patience):
		t.Fatalf("the demo says nothing; so far %s", s.log)
	}
	return nil, ""
}

// sameKind is how many pages of one kind are looked at: the forms, the firms…
const sameKind = 3

var number = regexp.MustCompile(`[0-9A-Z]*[0-9][0-9A-Za-z._-]*`)

// nobodys holds what the public reads of the demo, down to what is packed in
// files, to no number of a telephone or of a person.
func nobodys(t *testing.T) func(path string, body []byte) {
	t.Helper()
	codes := people(t) // some are of eighteen digits
	return func(path string, body []byte) {
		text := pagetest.Unpack(t, body).Text
		if x := mobile.FindString(text); x != "" {
			t.Errorf("the public reads the telephone %s on %s", x, path)
		}
		for _, x := range idNumber.FindAllString(text, -1) {
			if !codes[x] {
				t.Errorf("the public reads %s on %s", x, path)
			}
		}
	}
}

// walk follows every link from a page on, and looks at what each leads to. Each
// must lead somewhere.
func walk(t *testing.T, b *browser, from, who string, look func(path string, body []byte)) {
	kinds, shownOn := map[string]int{}, map[string]string{from: ""}
	queue := []string{from}
	for len(queue) > 0 {
		at := queue[0]
		queue = queue[1:]
		if err := b.open(at); err != nil {
			t.Fatal(err)
		}
		gone := b.status == http.StatusGone && (strings.HasPrefix(at, "/results/") || strings.HasPrefix(at, "/penalties/")) // says so, with the reason
		if b.status != http.StatusOK && !gone {
			t.Errorf("%s follows a link on %s to %s: status %d", who, shownOn[at], at, b.status)
			continue
		}
		guarded(t, b, at)
		look(at, b.body)
		for _, a := range b.find("a[href], link[href], script[src], img[src]") {
			next, ok := local(b, attr(a, "href")+attr(a, "src"))
			kind := number.ReplaceAllString(next, "*")
			if !ok || shownOn[next] != "" || strings.HasPrefix(next, "/size?") || kinds[kind] >= sameKind {
				continue
			}
			shownOn[next] = at
			kinds[kind]++
			queue = append(queue, next)
		}
	}
	t.Logf("%s: %d pages of %d kinds", who, len(shownOn), len(kinds))
	if len(kinds) < 5 {
		t.Errorf("%s comes to %d kinds of pages only", who, len(kinds))
	}
}

// local returns where a link leads, if that is here.
func local(b *browser, href string) (string, bool) {
	u, err := url.Parse(href)
	if err != nil || u.Scheme != "" || u.Host != "" || strings.HasPrefix(href, "#") {
		return fmt.Sprint(err), false
	}
	to := b.base().ResolveReference(u)
	return to.RequestURI(), true
}
