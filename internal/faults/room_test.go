package faults

import (
	"context"
	"errors"
	"io"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"suiji/internal/errs"
	"suiji/internal/identity"
	"suiji/internal/page"
)

// small mounts a disk of so many bytes, or skips the test where nobody may.
func small(t *testing.T, bytes string) string {
	t.Helper()
	dir, err := os.MkdirTemp(scratch(), "small-*")
	must(t, err)
	if err := syscall.Mount("none", dir, "tmpfs", 0, "size="+bytes); err != nil {
		t.Skipf("a small disk cannot be mounted here (%v); TestFailingCalls has calls that fail with ENOSPC", err)
	}
	t.Cleanup(func() {
		if err := syscall.Unmount(dir, 0); err != nil {
			t.Error(err)
		}
	})
	return dir
}

// fill takes all the room that a disk has left.
func fill(t *testing.T, path string) {
	t.Helper()
	f, err := os.Create(path)
	must(t, err)
	chunk := make([]byte, 64<<10)
	for len(chunk) > 0 {
		if _, err := f.Write(chunk); errors.Is(err, syscall.ENOSPC) {
			chunk = chunk[:len(chunk)/2]
		} else {
			must(t, err)
		}
	}
	must(t, f.Close())
}

// A full disk: each act of the day is refused with a sentence or done, never
// half; what there is can be read; and as soon as there is room the act is done.
func TestFullDisk(t *testing.T) {
	dir, want := before(t)
	disk := small(t, "24m")
	must(t, os.CopyFS(disk, os.DirFS(dir)))
	ctx := context.Background()
	o, err := reopen(t, ctx, disk, "")
	must(t, err)
	filler, refused, slowest := filepath.Join(disk, "filler"), 0, time.Duration(0)
	for _, a := range day {
		fill(t, filler)
		err := a.ask(ctx, o)
		if err != nil {
			refused++
			if k := errs.KindOf(err); k != errs.Full && k != errs.Away && k != errs.Unknown || errs.Sentence(err) == "" {
				t.Errorf("%s on a full disk: kind %d, %v; want a sentence for people", a.name, k, err)
			}
			if there, err := a.there(ctx, o); err == nil && there {
				t.Errorf("%s was refused, and is there", a.name)
			}
		}
		if _, err := o.Round.Rounds(ctx, authority); err != nil {
			t.Errorf("what there is cannot be read: %v", err)
		}
		if status, body := o.look(t, "/m/outbox"); status != 200 {
			t.Errorf("a page on a full disk: %d %s", status, body)
		}
		_ = o.Scribe.Sequence(ctx, authority) // it may fail, and goes on later
		must(t, os.Remove(filler))
		begun := time.Now()
		for {
			if err = a.ask(ctx, o); err == nil {
				err = o.Scribe.Sequence(ctx, authority)
			}
			if err == nil || time.Since(begun) > 10*time.Second {
				break
			}
			time.Sleep(50 * time.Millisecond)
		}
		if slowest = max(slowest, time.Since(begun)); err != nil {
			t.Fatalf("%s, ten seconds after there is room again: %v", a.name, err)
		}
	}
	if refused < len(day)/2 {
		t.Errorf("%d of %d acts were refused: the disk was not full", refused, len(day))
	}
	must(t, errors.Join(o.same(ctx, want), o.verified(ctx, nil), o.DB.Sound(ctx), o.DB.Close()))
	figure(t, "full disk before each act of the day", "%d of %d acts refused with a sentence, pages served, done at most %.1f s after there was room", refused, len(day), slowest.Seconds())
}

// look opens a page of the inspector's.
func (o *office) look(t testing.TB, path string) (int, string) {
	t.Helper()
	who, _, err := o.team(t.Context(), formID)
	if err != nil {
		return 200, "" // nobody has been drawn yet
	}
	r := httptest.NewRequestWithContext(identity.WithActor(t.Context(), who), "GET", path, nil)
	w := httptest.NewRecorder()
	o.phones.ServeHTTP(w, r)
	return w.Code, w.Body.String()
}

// What a person reads who presses a button when the disk is full: the page
// with what was typed, 507, and a sentence.
func TestFullDiskOnPaper(t *testing.T) {
	dir, _ := before(t)
	disk := small(t, "24m")
	must(t, os.CopyFS(disk, os.DirFS(dir)))
	drawnOffice(t, disk, "")
	ctx := context.Background()
	o, err := reopen(t, ctx, disk, "")
	must(t, err)
	defer o.DB.Close()
	o.On("2022-06-06")
	who, on, err := o.team(ctx, secondForm)
	must(t, err)
	o.On(on.String())
	fill(t, filepath.Join(disk, "filler"))
	for name, r := range map[string]string{"/m/tasks/" + secondForm + "/arrive": "key=the-arrival-on-paper&reason=" + "%E6%89%8B%E6%9C%BA%E6%B2%A1%E6%9C%89%E5%AE%9A%E4%BD%8D%E5%8A%9F%E8%83%BD"} {
		req := httptest.NewRequestWithContext(identity.WithActor(ctx, who), "POST", name, strings.NewReader(r))
		req.Header.Set("Content-Type", "application/x-www-form-urlencoded")
		w := httptest.NewRecorder()
		page.Numbered(o.phones).ServeHTTP(w, req)
		body, err := io.ReadAll(w.Body)
		if err != nil || w.Code != 507 && w.Code != 503 || !strings.Contains(string(body), "没有保存") && !strings.Contains(string(body), "不会重复办理") {
			t.Errorf("%s on a full disk: %d\n%s", name, w.Code, body)
		}
	}
}
