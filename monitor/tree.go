package monitor

import (
	"bytes"
	"errors"
	"fmt"
	"io/fs"

	"golang.org/x/mod/sumdb/tlog"

	"suiji/ledger"
)

// tree is the ledger as its files have it.
type tree struct {
	files   fs.FS
	since   ledger.Checkpoint
	bodies  [][]byte // the entries
	levels  [][]byte // levels[l]: the hashes of level l, one behind the other, worked out from the entries
	sinceAt ledger.Hash
}

// check reads every entry and every tile, and holds them to the checkpoint.
func (t *tree) check(c ledger.Checkpoint) error {
	if err := t.readEntries(c.Size); err != nil {
		return err
	}
	root := t.grow()
	if root != c.Root {
		return t.blame(c)
	}
	if t.since.Size > 0 && t.sinceAt != t.since.Root {
		return found(-1, "", fmt.Sprintf("前 %d 条记录与较早的检查点不同：台账有两个版本", t.since.Size),
			fmt.Sprintf("the first %d entries are not those of the earlier checkpoint: there are two ledgers", t.since.Size))
	}
	for _, x := range ledger.Tiles(c.Size) {
		if x.L < 0 {
			continue // read above
		}
		if _, _, err := readTile(t.files, x); err != nil {
			return err
		}
	}
	return t.strangers()
}

// readEntries reads the entry bundles of a tree of size.
func (t *tree) readEntries(size int64) error {
	for _, x := range ledger.Tiles(size) {
		if x.L >= 0 {
			return nil
		}
		raw, name, err := readTile(t.files, x)
		if err != nil {
			return err
		}
		first := x.N << ledger.TileHeight
		for i := range int64(x.W) {
			var entry []byte
			if entry, raw, err = ledger.CutBundle(raw); err != nil {
				return found(first+i, name, "记录文件在这里断了", err.Error())
			}
			t.bodies = append(t.bodies, entry)
		}
		if full := name == ledger.TilePath(tlog.Tile{H: ledger.TileHeight, L: -1, N: x.N, W: ledger.TileWidth}); len(raw) > 0 && (!full || x.W == ledger.TileWidth) {
			return found(first+int64(x.W), name, "记录文件里多出了内容", "the entry bundle has something behind its last entry")
		}
	}
	return nil
}

// grow works the tree out from the entries and returns its root.
func (t *tree) grow() ledger.Hash {
	var f ledger.Frontier
	var leaves []byte
	for _, body := range t.bodies {
		h := ledger.LeafHash(body)
		f.Add(h)
		leaves = append(leaves, h[:]...)
		if f.Size() == t.since.Size {
			t.sinceAt = f.Root()
		}
	}
	t.levels = [][]byte{leaves}
	const full = ledger.TileWidth * tlog.HashSize
	for below := leaves; len(below) >= full; {
		var level []byte
		for ; len(below) >= full; below = below[full:] {
			h := rootOf(below[:full])
			level = append(level, h[:]...)
		}
		t.levels = append(t.levels, level)
		below = level
	}
	return f.Root()
}

// rootOf returns the root over a row of hashes.
func rootOf(hashes []byte) ledger.Hash {
	var f ledger.Frontier
	for ; len(hashes) >= tlog.HashSize; hashes = hashes[tlog.HashSize:] {
		f.Add(ledger.Hash(hashes[:tlog.HashSize]))
	}
	return f.Root()
}

// blame says which entry is not the one that was signed. The hashes of the
// entries as signed stand in the tiles of level 0.
func (t *tree) blame(c ledger.Checkpoint) error {
	var signed []byte
	for _, x := range ledger.Tiles(c.Size) {
		if x.L == 0 {
			raw, _, err := readTile(t.files, x)
			var lost *Finding
			if err != nil && !errors.As(err, &lost) {
				return err
			}
			if len(raw) < x.W*tlog.HashSize {
				break
			}
			signed = append(signed, raw[:x.W*tlog.HashSize]...)
		}
	}
	for i := 0; i < len(signed); i += tlog.HashSize {
		if bytes.Equal(signed[i:i+tlog.HashSize], t.levels[0][i:i+tlog.HashSize]) {
			continue
		}
		f := found(int64(i/tlog.HashSize), "", "这条记录不是当初签发的那一条", "this entry is not the one that was signed")
		if e, err := ledger.ParseEntry(t.bodies[f.Position]); err == nil {
			f.Subject = e.Subject
		}
		return f
	}
	return found(-1, "checkpoint", "全部记录算出的根与检查点不符", "the root of all entries is not the checkpoint's")
}

// strangers holds every file under tile/ to the entries: also what is left of
// a smaller tree, and what does not belong there at all.
func (t *tree) strangers() error {
	return fs.WalkDir(t.files, "tile", func(path string, d fs.DirEntry, err error) error {
		if errors.Is(err, fs.ErrNotExist) {
			return nil
		}
		if err != nil || d.IsDir() {
			return err
		}
		x, ok := ledger.ParseTilePath(path)
		want, within := t.content(x)
		if !ok || !within {
			return found(-1, path, "这个文件不属于台账", "the file is no part of the ledger")
		}
		got, err := fs.ReadFile(t.files, path)
		if err != nil {
			return err
		}
		if x.W == ledger.TileWidth && len(got) > len(want) && bytes.HasPrefix(got, want) && !t.whole(x) {
			return nil // a mirror that is further than the checkpoint
		}
		if !bytes.Equal(got, want) {
			return found(t.first(x, got, want), path, "散列文件与记录不符", "the file does not fit the entries")
		}
		return nil
	})
}

// row returns the hashes of a level; nothing above the tree.
func (t *tree) row(level int) []byte {
	if level >= len(t.levels) {
		return nil
	}
	return t.levels[level]
}

// whole reports whether the tree fills all of a tile.
func (t *tree) whole(x tlog.Tile) bool {
	n := int64(len(t.bodies))
	if x.L > 0 {
		n = int64(len(t.row(x.L)) / tlog.HashSize)
	}
	return x.N<<ledger.TileHeight+int64(x.W) <= n
}

// content returns what a file must hold, and whether the tree has any of it.
func (t *tree) content(x tlog.Tile) ([]byte, bool) {
	from := x.N << ledger.TileHeight
	to := from + int64(x.W)
	if x.L >= 0 {
		n := int64(len(t.row(x.L)) / tlog.HashSize)
		if from >= n || (to > n && x.W < ledger.TileWidth) {
			return nil, false
		}
		return t.row(x.L)[from*tlog.HashSize : min(to, n)*tlog.HashSize], true
	}
	n := int64(len(t.bodies))
	if from >= n || (to > n && x.W < ledger.TileWidth) {
		return nil, false
	}
	var raw []byte
	for _, body := range t.bodies[from:min(to, n)] {
		raw = ledger.AppendBundle(raw, body)
	}
	return raw, true
}

// first returns the position of the entry at which a file of level 0 or an
// entry bundle departs; -1 for a tile above.
func (t *tree) first(x tlog.Tile, got, want []byte) int64 {
	at := 0
	for at < len(got) && at < len(want) && got[at] == want[at] {
		at++
	}
	from := x.N << ledger.TileHeight
	if x.L == 0 {
		return from + int64(at/tlog.HashSize)
	}
	if x.L > 0 {
		return -1
	}
	for i := from; ; i++ {
		if at -= 2 + len(t.bodies[i]); at < 0 || i+1 == int64(len(t.bodies)) {
			return i
		}
	}
}
