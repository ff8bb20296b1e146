package faults

import (
	"bytes"
	"fmt"
	"io/fs"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"strings"
)

// sector is what a disk writes whole or not at all.
const sector = 512

// change is one change of a file that the disk has not confirmed: bytes at an
// offset, or (data nil) a new length.
type change struct {
	at   int64
	data []byte
	seq  int
}

// file is one file of the disk: what is safe, and what may be lost.
type file struct {
	safe    []byte
	pending []change
}

func (f *file) write(c change) {
	f.pending = append(f.pending, c)
}

func apply(b []byte, c change) []byte {
	if c.data == nil {
		if int64(len(b)) > c.at {
			return b[:c.at]
		}
		return append(b, make([]byte, c.at-int64(len(b)))...)
	}
	if end := c.at + int64(len(c.data)); end > int64(len(b)) {
		b = append(b, make([]byte, end-int64(len(b)))...)
	}
	copy(b[c.at:], c.data)
	return b
}

// sync makes safe what was written before the moment seq.
func (f *file) sync(seq int) {
	keep := f.pending[:0:0]
	for _, c := range f.pending {
		if c.seq < seq {
			f.safe = apply(f.safe, c)
		} else {
			keep = append(keep, c)
		}
	}
	f.pending = keep
}

// after is the file after a power cut: what is safe, and of the rest some, some
// of it torn at a sector.
func (f *file) after(luck *luck) []byte {
	b := slices.Clone(f.safe)
	for _, c := range f.pending {
		if luck.has() {
			b = apply(b, c)
			continue
		}
		if c.data == nil || !luck.torn() {
			continue
		}
		for from := c.at; from < c.at+int64(len(c.data)); {
			to := min((from/sector+1)*sector, c.at+int64(len(c.data)))
			if luck.dice.IntN(2) == 0 {
				b = apply(b, change{at: from, data: c.data[from-c.at : to-c.at]})
			}
			from = to
		}
	}
	return b
}

// luck says what of the unconfirmed the disk has after all.
type luck struct {
	dice *rand.Rand
	p    float64 // 0: nothing; 1: all
}

func (l *luck) has() bool  { return l.dice.Float64() < l.p }
func (l *luck) torn() bool { return l.p > 0 && l.dice.IntN(3) == 0 }

// naming gives a name of a folder to a file, a folder or (nil) nothing.
type naming struct {
	names map[string]any // *file, *folder or nil
	seq   int
}

// folder is one folder of the disk.
type folder struct {
	safe    map[string]any
	live    map[string]any
	pending []naming
}

func newFolder() *folder { return &folder{safe: map[string]any{}, live: map[string]any{}} }

func set(to map[string]any, n naming) {
	for name, x := range n.names {
		if x == nil {
			delete(to, name)
		} else {
			to[name] = x
		}
	}
}

func (d *folder) name(seq int, names map[string]any) {
	n := naming{names, seq}
	set(d.live, n)
	d.pending = append(d.pending, n)
}

func (d *folder) sync(seq int) {
	keep := d.pending[:0:0]
	for _, n := range d.pending {
		if n.seq < seq {
			set(d.safe, n)
		} else {
			keep = append(keep, n)
		}
	}
	d.pending = keep
}

// disk is the data directory as a disk with a cache has it.
type disk struct {
	root string
	top  *folder
	fds  map[int]*handle
	said bytes.Buffer // what was written to descriptor 3: the acknowledgements
}

// handle is an open file or folder.
type handle struct {
	on     any
	offset int64
}

// newDisk is a disk that has all of dir safe.
func newDisk(dir string) (*disk, error) {
	d := &disk{root: dir, top: newFolder(), fds: map[int]*handle{}}
	err := filepath.WalkDir(dir, func(path string, e fs.DirEntry, err error) error {
		if err != nil || path == dir {
			return err
		}
		in, name, err := d.find(path)
		if err != nil {
			return err
		}
		var x any = newFolder()
		if !e.IsDir() {
			b, err := os.ReadFile(path)
			if err != nil {
				return err
			}
			x = &file{safe: b}
		}
		in.safe[name], in.live[name] = x, x
		return nil
	})
	return d, err
}

// find returns the folder of a path, and the last part of its name.
func (d *disk) find(path string) (*folder, string, error) {
	rel, err := filepath.Rel(d.root, path)
	if err != nil {
		return nil, "", err
	}
	in, parts := d.top, strings.Split(rel, "/")
	for _, p := range parts[:len(parts)-1] {
		next, ok := in.live[p].(*folder)
		if !ok {
			return nil, "", fmt.Errorf("no folder %s for %s", p, path)
		}
		in = next
	}
	return in, parts[len(parts)-1], nil
}

// ours reports whether a path is on the disk. SQLite's shared memory is not: it
// is made anew by whoever opens the database first.
func (d *disk) ours(path string) bool {
	return strings.HasPrefix(path, d.root+"/") && !strings.HasSuffix(path, "-shm")
}

// write puts what the disk has after a power cut into dir.
func (d *disk) write(dir string, luck *luck) error { return d.top.write(dir, luck) }

func (d *folder) write(dir string, luck *luck) error {
	has := map[string]any{}
	for name, x := range d.safe {
		has[name] = x
	}
	// A journal keeps the order of names within a folder.
	for _, n := range d.pending {
		if !luck.has() {
			break
		}
		set(has, n)
	}
	for name, x := range has {
		path := filepath.Join(dir, name)
		var err error
		switch x := x.(type) {
		case *folder:
			if err = os.MkdirAll(path, 0o700); err == nil {
				err = x.write(path, luck)
			}
		case *file:
			err = os.WriteFile(path, x.after(luck), 0o600)
		}
		if err != nil {
			return err
		}
	}
	return nil
}
