// Package airlock opens files from outside in a process of their own: the same
// program, started again with nothing but the file. That process has limits on
// memory, time and size, no environment, no network, no database; what it
// hands back is a bounded stream of rows, looked at before it is believed. A
// file that kills its reader kills nobody else.
package airlock

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync/atomic"
	"time"

	"suiji/internal/office"
)

// Word is the hidden subcommand by which the program becomes the child.
const Word = "airlock"

// Airlock says how files are opened. The zero Airlock opens them in this
// process: for files of one's own making.
type Airlock struct {
	Program string // this program's executable; empty: no child
	Dir     string // for the child's temporary files; empty: the system's
	Limits  Limits
}

// Limits bound one child. A zero field takes its default.
type Limits struct {
	Memory int64         // bytes, resident; default 384 MiB
	Time   time.Duration // on top of what the file's size allows; default 60 s
	Output int64         // bytes that it may hand back; default 4 GiB
	Office office.Limits
}

func (l Limits) filled() Limits {
	if l.Memory == 0 {
		l.Memory = 384 << 20
	}
	if l.Time == 0 {
		l.Time = 60 * time.Second
	}
	if l.Output == 0 {
		l.Output = 4 << 30
	}
	return l
}

// perMegabyte is what each MB of a file adds to its time. A workbook of a
// million rows has some 40 MB and takes two minutes on a busy machine.
const perMegabyte = 10 * time.Second

// Rows copies the rows of a table from f into w, in the form that Open reads.
// counted is told from time to time how many there are; it may be nil. Errors
// are an *office.Error if the file is to blame.
func (a Airlock) Rows(ctx context.Context, name string, f *os.File, w io.Writer, counted func(rows int)) error {
	return a.run(ctx, job{Do: "rows", Name: name, Limits: a.Limits.Office}, f, func(out io.Reader) error {
		return pass(out, w, counted)
	})
}

// Mark writes the workbook in f to w again, with marks on its cells. Errors
// are an *office.Error if the file is to blame.
func (a Airlock) Mark(ctx context.Context, name string, f *os.File, marks []office.Mark, w io.Writer) error {
	return a.run(ctx, job{Do: "mark", Name: name, Limits: a.Limits.Office, Marks: marks}, f, func(out io.Reader) error {
		return unwrap(out, w)
	})
}

// Read opens a small file and hands its table to fn, with nothing kept
// afterwards. Errors are an *office.Error if the file is to blame, and fn's.
func (a Airlock) Read(ctx context.Context, name string, body []byte, fn func(*Table) error) (err error) {
	dir, err := os.MkdirTemp(a.Dir, "airlock-*.tmp")
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, os.RemoveAll(dir)) }()
	file, rows := filepath.Join(dir, "file"), filepath.Join(dir, "rows")
	if err := os.WriteFile(file, body, 0o600); err != nil {
		return err
	}
	in, err := os.Open(file)
	if err != nil {
		return err
	}
	defer in.Close() // read only
	out, err := os.OpenFile(rows, os.O_RDWR|os.O_CREATE|os.O_EXCL, 0o600)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, out.Close()) }()
	if err := a.Rows(ctx, name, in, out, nil); err != nil {
		return err
	}
	if _, err := out.Seek(0, io.SeekStart); err != nil {
		return err
	}
	t, err := Open(out)
	if err != nil {
		return err
	}
	return fn(t)
}

// Slots returns the placeholders of the DOCX in f. Errors are an *office.Error
// if the file is to blame.
func (a Airlock) Slots(ctx context.Context, f *os.File) (names []string, err error) {
	var b bytes.Buffer
	err = a.run(ctx, job{Do: "slots"}, f, func(out io.Reader) error { return unwrap(out, &b) })
	if err == nil {
		err = json.Unmarshal(b.Bytes(), &names)
	}
	return names, err
}

// Fill writes the DOCX in f to w with its placeholders filled in. Errors are an
// *office.Error if the file is to blame.
func (a Airlock) Fill(ctx context.Context, f *os.File, m office.Merge, w io.Writer) error {
	return a.run(ctx, job{Do: "fill", Merge: m}, f, func(out io.Reader) error { return unwrap(out, w) })
}

func (a Airlock) run(ctx context.Context, j job, f *os.File, take func(io.Reader) error) error {
	if a.Program == "" {
		r, w := io.Pipe()
		go func() { w.CloseWithError(work(j, f, w)) }()
		err := take(r)
		r.Close() // ends the other side, if it still writes
		return err
	}
	info, err := f.Stat()
	if err != nil {
		return err
	}
	limits := a.Limits.filled()
	limit := limits.Time + time.Duration(info.Size()>>20)*perMegabyte
	ctx, cancel := context.WithTimeout(ctx, limit)
	defer cancel()
	dir, err := os.MkdirTemp(a.Dir, "airlock-*.tmp")
	if err != nil {
		return err
	}
	defer os.RemoveAll(dir) // what stays is swept with broken uploads
	c := &child{job: j, file: f, dir: dir, limits: limits, seconds: limit}
	return c.run(ctx, a.Program, take)
}

// child is one run of the other process.
type child struct {
	job     job
	file    *os.File
	dir     string
	limits  Limits
	seconds time.Duration
	tooBig  atomic.Bool
	words   bytes.Buffer
}

func (c *child) run(ctx context.Context, program string, take func(io.Reader) error) error {
	order, err := c.order()
	if err != nil {
		return err
	}
	defer order.Close() // it was only read
	cmd := exec.CommandContext(ctx, program, Word)
	cmd.Dir, cmd.Env = c.dir, environment(c.dir, c.limits.Memory)
	cmd.Stdin, cmd.ExtraFiles = c.file, []*os.File{order}
	cmd.Stderr = &capped{to: &c.words, left: 4 << 10}
	cmd.WaitDelay = time.Second
	out, err := cmd.StdoutPipe()
	if err != nil {
		return err
	}
	if err := cmd.Start(); err != nil {
		if ctx.Err() != nil { // the time ended before the child began
			return c.verdict(ctx, err, err)
		}
		return fmt.Errorf("start the reader of files: %w", err)
	}
	done := make(chan bool)
	go c.watch(cmd.Process, done)
	taken := take(io.LimitReader(out, c.limits.Output))
	if taken != nil {
		_ = cmd.Process.Kill() // it has nothing more to say; it may have ended already
	}
	ended := cmd.Wait()
	close(done)
	return c.verdict(ctx, taken, ended)
}

// order is the job as the child's file 3.
func (c *child) order() (*os.File, error) {
	f, err := os.CreateTemp(c.dir, "order")
	if err != nil {
		return nil, err
	}
	if err := c.job.write(f); err != nil {
		return nil, errors.Join(err, f.Close())
	}
	_, err = f.Seek(0, io.SeekStart)
	return f, err
}

// watch kills the child when it takes too much memory: the limits that it sets
// itself count address space, this counts what is really used.
func (c *child) watch(p *os.Process, done chan bool) {
	tick := time.NewTicker(20 * time.Millisecond)
	defer tick.Stop()
	for {
		select {
		case <-done:
			return
		case <-tick.C:
		}
		if resident(p.Pid) > c.limits.Memory {
			c.tooBig.Store(true)
			_ = p.Kill() // it may have ended already
			return
		}
	}
}

// verdict says what became of the run.
func (c *child) verdict(ctx context.Context, taken, ended error) error {
	var bad *office.Error
	words := c.words.String()
	switch {
	case errors.As(taken, &bad):
		return taken
	case c.tooBig.Load() || strings.Contains(words, "out of memory") || strings.Contains(words, "cannot allocate memory"):
		return &office.Error{Sentence: fmt.Sprintf("读取这个文件需要的内存超过 %d MB 的上限，已停止读取；请另存为“CSV UTF-8”，或拆成几个文件分批导入", c.limits.Memory>>20)}
	case errors.Is(ctx.Err(), context.DeadlineExceeded):
		return &office.Error{Sentence: fmt.Sprintf("读取这个文件超过 %d 秒的上限，已停止读取；请另存为“CSV UTF-8”，或拆成几个文件分批导入", int(c.seconds.Seconds()))}
	case ctx.Err() != nil:
		return ctx.Err()
	case taken == nil && ended == nil:
		return nil
	case errors.Is(taken, errBroken) || taken == nil:
		return &office.Error{Sentence: "这个文件使读取程序异常终止；请用 WPS 或 Excel 打开，另存为 .xlsx 后再上传"}
	}
	return taken
}

// environment is all that the child learns.
func environment(dir string, memory int64) []string {
	return []string{"TMPDIR=" + dir, fmt.Sprintf("GOMEMLIMIT=%d", memory*3/4), "GOMAXPROCS=2", "GOTRACEBACK=none"}
}

// capped keeps the beginning of what is written.
type capped struct {
	to   *bytes.Buffer
	left int
}

// Write never fails: what is too much is dropped.
func (c *capped) Write(p []byte) (int, error) {
	n := min(len(p), c.left)
	c.to.Write(p[:n])
	c.left -= n
	return len(p), nil
}
