package faults

import (
	"bufio"
	"encoding/hex"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
)

// call is one system call of a child, as strace tells it.
type call struct {
	name string
	args []string
	ret  int64
	seq  int // when it began
}

// changing are the calls that change what a disk has, or say where.
const changing = "open,openat,creat,close,dup,dup2,dup3,write,writev,pwrite64,pwritev,pwritev2,lseek,truncate,ftruncate,fallocate,fsync,fdatasync,sync_file_range," +
	"rename,renameat,renameat2,unlink,unlinkat,rmdir,link,linkat,symlink,symlinkat,mkdir,mkdirat,copy_file_range,sendfile,splice"

// tracer is the command line that records a child's calls in a file.
func tracer(log string) []string {
	return []string{"strace", "-f", "-qq", "-xx", "-s", "8388608", "-e", "trace=" + changing, "-e", "signal=none", "-o", log}
}

// calls reads what strace recorded, in the order in which the calls ended.
func calls(t testing.TB, log string) []call {
	t.Helper()
	f, err := os.Open(log)
	must(t, err)
	defer f.Close()
	var all []call
	begun := map[string]call{} // by thread
	head := map[string]string{}
	lines := bufio.NewReaderSize(f, 1<<20)
	for seq := 0; ; seq++ {
		line, err := lines.ReadString('\n')
		if err != nil {
			return all
		}
		thread, rest, _ := strings.Cut(strings.TrimSuffix(line, "\n"), " ")
		rest = strings.TrimLeft(rest, " ")
		if strings.HasPrefix(rest, "+++") || strings.HasPrefix(rest, "---") {
			continue
		}
		c := call{seq: seq}
		if cut, ok := strings.CutSuffix(rest, " <unfinished ...>"); ok {
			begun[thread], head[thread] = c, cut
			continue
		}
		if strings.HasPrefix(rest, "<... ") {
			_, tail, _ := strings.Cut(rest, "resumed>")
			c, rest = begun[thread], head[thread]+tail
		}
		must(t, c.parse(rest))
		all = append(all, c)
	}
}

// parse reads name(args) = result.
func (c *call) parse(text string) error {
	name, rest, ok := strings.Cut(text, "(")
	at := strings.LastIndex(rest, ") ")
	if !ok || at < 0 {
		return fmt.Errorf("strace says %.80q", text)
	}
	_, result, ok := strings.Cut(rest[at:], "= ")
	if !ok {
		return fmt.Errorf("strace says %.80q", text)
	}
	result, _, _ = strings.Cut(result, " ")
	c.name, c.args = name, strings.Split(rest[:at], ", ")
	if result == "?" { // the process was killed in it
		c.ret = -1
		return nil
	}
	var err error
	c.ret, err = strconv.ParseInt(result, 0, 64)
	return err
}

func (c call) number(i int) int64 {
	n, _ := strconv.ParseInt(c.args[i], 0, 64) // AT_FDCWD is none
	return n
}

// text is a string argument, which strace writes in hexadecimal.
func (c call) text(i int) []byte {
	b, err := hex.DecodeString(strings.ReplaceAll(strings.Trim(c.args[i], `"`), `\x`, ""))
	if err != nil {
		panic(fmt.Sprintf("%s has argument %.80q", c.name, c.args[i]))
	}
	return b
}

// path is a path argument; the program names every file in full.
func (c call) path(i int) string { return filepath.Clean(string(c.text(i))) }

// do lets a call happen to the disk.
func (d *disk) do(c call) error {
	if c.ret < 0 {
		return nil
	}
	switch c.name {
	case "open", "creat":
		return d.open(c, 0)
	case "openat":
		return d.open(c, 1)
	case "close":
		delete(d.fds, int(c.number(0)))
		return nil
	case "rename":
		return d.rename(c, 0, 1)
	case "renameat", "renameat2":
		return d.rename(c, 1, 3)
	case "link":
		return d.link(c, 0, 1)
	case "linkat":
		return d.link(c, 1, 3)
	case "unlink", "rmdir":
		return d.name(c, 0, nil)
	case "unlinkat":
		return d.name(c, 1, nil)
	case "mkdir":
		return d.name(c, 0, newFolder())
	case "mkdirat":
		return d.name(c, 1, newFolder())
	case "write":
		if c.number(0) == 3 {
			d.said.Write(c.text(1))
			return nil
		}
	}
	return d.onHandle(c)
}

// onHandle is a call on an open file.
func (d *disk) onHandle(c call) error {
	fd := int(c.number(0))
	h := d.fds[fd]
	if h == nil {
		return nil // of no file of ours
	}
	switch x := h.on.(type) {
	case *folder:
		if c.name == "fsync" || c.name == "fdatasync" {
			x.sync(c.seq)
			return nil
		}
	case *file:
		switch c.name {
		case "write":
			x.write(change{h.offset, c.text(1)[:c.ret], c.seq})
			h.offset += c.ret
			return nil
		case "pwrite64":
			x.write(change{c.number(3), c.text(1)[:c.ret], c.seq})
			return nil
		case "lseek":
			h.offset = c.ret
			return nil
		case "ftruncate":
			x.write(change{c.number(1), nil, c.seq})
			return nil
		case "fsync", "fdatasync":
			x.sync(c.seq)
			return nil
		}
	}
	return fmt.Errorf("the disk does not know %s on %T", c.name, h.on)
}

func (d *disk) open(c call, i int) error {
	path := c.path(i)
	fd := int(c.ret)
	delete(d.fds, fd)
	if path == d.root {
		d.fds[fd] = &handle{on: d.top}
		return nil
	}
	if !d.ours(path) {
		return nil
	}
	in, name, err := d.find(path)
	if err != nil {
		return err
	}
	flags := ""
	if len(c.args) > i+1 {
		flags = c.args[i+1]
	}
	x := in.live[name]
	if x == nil {
		if !strings.Contains(flags, "O_CREAT") {
			return fmt.Errorf("%s is opened, and the disk does not have it", path)
		}
		x = &file{}
		in.name(c.seq, map[string]any{name: x})
	}
	if f, ok := x.(*file); ok && strings.Contains(flags, "O_TRUNC") {
		f.write(change{0, nil, c.seq})
	}
	if strings.Contains(flags, "O_APPEND") {
		return fmt.Errorf("%s is opened to append: the disk does not know that", path)
	}
	d.fds[fd] = &handle{on: x}
	return nil
}

func (d *disk) name(c call, i int, x any) error {
	path := c.path(i)
	if !d.ours(path) {
		return nil
	}
	in, name, err := d.find(path)
	if err == nil {
		in.name(c.seq, map[string]any{name: x})
	}
	return err
}

func (d *disk) rename(c call, i, j int) error {
	from, to := c.path(i), c.path(j)
	if !d.ours(from) && !d.ours(to) {
		return nil
	}
	in, name, err := d.find(from)
	if err != nil {
		return err
	}
	in2, name2, err := d.find(to)
	if err != nil || in != in2 {
		return fmt.Errorf("%s is renamed to %s: the disk renames within a folder only: %v", from, to, err)
	}
	in.name(c.seq, map[string]any{name: nil, name2: in.live[name]})
	return nil
}

func (d *disk) link(c call, i, j int) error {
	from, to := c.path(i), c.path(j)
	if !d.ours(to) {
		return nil
	}
	in, name, err := d.find(from)
	if err != nil {
		return err
	}
	in2, name2, err := d.find(to)
	if err == nil {
		in2.name(c.seq, map[string]any{name2: in.live[name]})
	}
	return err
}
