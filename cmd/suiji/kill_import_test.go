package main

import (
	"strings"
	"testing"
	"time"
)

// A server that is killed while it reads a file takes the file up again; one
// that is killed while it writes has written nothing, says so, and the same
// import can be confirmed again.
func TestKilledServerImports(t *testing.T) {
	engines(t, func(t *testing.T, w *town) {
		w.found()
		file := w.firms(400)
		w.serve(envKill + "=import rows unpacked")
		w.as("clerk")
		w.open("/w/imports/new?list=targets")
		if err := w.b.submit("上传并检查", 1, []string{"file=@" + file}); err == nil {
			t.Fatalf("the upload was answered by %d: %s", w.b.status, w.b.text())
		}
		w.died()

		w.on("2022-01-10T12:00") // on PostgreSQL others leave the work to the dead for a minute
		w.serve(envKill + "=import rows half written")
		delete(w.b.jars, "clerk") // the session has run out
		w.as("clerk")
		w.until("/w/targets", "查看并确认")
		w.must(w.b.click("查看并确认", 1))
		at := w.b.at.Path
		if text := w.b.text(); !strings.Contains(text, "确认导入 400 行") {
			t.Fatalf("the file was taken up as %s", text)
		}
		if err := w.b.submit("确认导入 400 行", 1, nil); err == nil {
			t.Fatalf("the confirmation was answered by %d: %s", w.b.status, w.b.text())
		}
		w.died()

		w.on("2022-01-10T12:02") // and for another, while it writes
		s := w.serve()
		delete(w.b.jars, "clerk")
		w.as("clerk")
		w.until(at, "上次写入时服务中断，没有写入任何数据")
		w.until("/w/targets", "还没有检查对象")
		w.open(at)
		w.submit("确认导入 400 行")
		w.until(at, "新增 400 条")
		w.until("/w/targets", "共 400 条")
		w.must(s.stop())
	})
}

// died waits for the server's end by a kill.
func (w *town) died() {
	w.t.Helper()
	select {
	case <-w.b.server.ended:
	case <-time.After(patience):
		w.t.Fatal("the server lives on")
	}
	if err := w.b.server.err; !wasKilled(err) {
		w.t.Fatalf("the server ended by %v, want a kill\n%s", err, w.b.server.log)
	}
}

// until opens a page again and again until it says something.
func (w *town) until(path, words string) {
	w.t.Helper()
	for end := time.Now().Add(patience); ; time.Sleep(50 * time.Millisecond) {
		w.open(path)
		if strings.Contains(w.b.text(), words) {
			return
		}
		if time.Now().After(end) {
			w.t.Fatalf("%s never says %q; it says\n%s", path, words, w.b.text())
		}
	}
}
