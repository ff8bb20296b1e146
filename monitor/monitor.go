// Package monitor checks an authority's whole ledger from files, without
// asking the office anything: that the tree is the one that was signed, that
// it extends an earlier checkpoint which somebody kept, and that what the
// entries say could have happened in this order (docs/spec/ledger.md, "What a
// reader can check"). It is pure: files in, a report out.
//
//	checkpoint             the signed note
//	key                    the verifier key, if none is named
//	key-sm2                the SM2 verifier key, if the authority has one
//	tile/…                 C2SP tlog-tiles, as the portal serves them
//	manifests/<id>.json    sealed manifests, as many as are at hand
//	bundles/<id>.zip       disclosed bundles, as many as are at hand
package monitor

import (
	"errors"
	"fmt"
	"io/fs"
	"strings"

	"golang.org/x/mod/sumdb/note"
	"golang.org/x/mod/sumdb/tlog"

	"suiji/ledger"
)

// Options say what the reader trusts.
type Options struct {
	Key       string            // the authority's verifier key; empty: the one in the folder, which the reader must compare
	SM2       string            // its SM2 verifier key; empty: the one in the folder, if there is one
	Since     string            // an earlier checkpoint as it was signed; empty: none
	Witnesses []ledger.Cosigner // whose cosignatures are to be counted
}

// Report says what was found.
type Report struct {
	OK        bool     `json:"ok"`
	Origin    string   `json:"origin"`
	Size      int64    `json:"size"` // entries
	Key       string   `json:"key"`
	SM2Key    string   `json:"sm2_key,omitempty"` // empty: none was named, and the folder has none
	SM2       bool     `json:"sm2"`               // the checkpoint bears its signature
	Since     int64    `json:"since"`             // size of the earlier checkpoint; 0: none
	Cosigned  []string `json:"cosigned"`
	Seals     int      `json:"seals"`
	Draws     int      `json:"draws"`
	Abandoned int      `json:"abandoned"`
	Open      int      `json:"open"`      // sealed, neither drawn nor abandoned yet
	Results   int      `json:"results"`   // entries about public results
	Manifests int      `json:"manifests"` // of the seals, how many manifests were at hand
	Bundles   int      `json:"bundles"`   // disclosed bundles that were at hand
	Finding   *Finding `json:"finding,omitempty"`
}

// Finding is the first thing that is not as it must be.
type Finding struct {
	Position int64  `json:"position"` // of the entry, from 0; -1: it is about no single entry
	Subject  string `json:"subject,omitempty"`
	File     string `json:"file,omitempty"`
	Chinese  string `json:"chinese"`
	English  string `json:"english"`
}

// Error says it in both languages.
func (f *Finding) Error() string {
	where := ""
	if f.Position >= 0 {
		where = fmt.Sprintf("第 %d 条记录 / entry %d: ", f.Position, f.Position)
	}
	for _, name := range []string{f.Subject, f.File} {
		if name != "" {
			where += name + ": "
		}
	}
	return where + f.Chinese + " / " + f.English
}

func found(position int64, file, zh, en string) *Finding {
	return &Finding{Position: position, File: file, Chinese: zh, English: en}
}

// Check reads a ledger's folder. Whatever is wrong in the files is the
// report's finding; an error means that they could not be read at all.
func Check(files fs.FS, o Options) (Report, error) {
	r := Report{Cosigned: []string{}}
	err := r.check(files, o)
	if errors.As(err, &r.Finding) {
		return r, nil
	}
	r.OK = err == nil
	return r, err
}

func (r *Report) check(files fs.FS, o Options) error {
	if r.Key = o.Key; r.Key == "" {
		key, err := read(files, "key")
		if err != nil {
			return err
		}
		r.Key = strings.TrimSpace(string(key))
	}
	signed, err := read(files, "checkpoint")
	if err != nil {
		return err
	}
	own, err := r.sm2Key(files, o.SM2)
	if err != nil {
		return err
	}
	further := own
	for _, w := range o.Witnesses {
		further = append(further, w)
	}
	n, err := ledger.OpenNote(string(signed), r.Key, further...)
	if err != nil {
		return found(-1, "checkpoint", "检查点的签名不成立", err.Error())
	}
	r.Origin, r.Size, r.SM2 = n.Origin, n.Size, n.SM2
	for _, c := range n.Cosignatures {
		r.Cosigned = append(r.Cosigned, c.Name)
	}
	older, err := r.older(o.Since, own)
	if err != nil {
		return err
	}
	t := &tree{files: files, since: older}
	if err := t.check(n.Checkpoint); err != nil {
		return err
	}
	return r.history(files, t)
}

// sm2Key returns the SM2 key that is named, or else the folder's, if there is
// one.
func (r *Report) sm2Key(files fs.FS, named string) ([]note.Verifier, error) {
	r.SM2Key = named
	if named == "" {
		raw, err := fs.ReadFile(files, "key-sm2")
		if errors.Is(err, fs.ErrNotExist) {
			return nil, nil
		}
		if err != nil {
			return nil, err
		}
		r.SM2Key = strings.TrimSpace(string(raw))
	}
	k, err := ledger.ParseSM2Key(r.SM2Key)
	if err != nil {
		return nil, found(-1, "key-sm2", "SM2 密钥形式不对", err.Error())
	}
	return []note.Verifier{k}, nil
}

// older opens the earlier checkpoint; its size is 0 if there is none.
func (r *Report) older(signed string, further []note.Verifier) (ledger.Checkpoint, error) {
	if signed == "" {
		return ledger.Checkpoint{}, nil
	}
	n, err := ledger.OpenNote(signed, r.Key, further...)
	if err != nil {
		return n.Checkpoint, found(-1, "", "较早的检查点不是用这把密钥签的", "the earlier checkpoint: "+err.Error())
	}
	if r.Since = n.Size; n.Size > r.Size {
		return n.Checkpoint, found(r.Size, "", fmt.Sprintf("较早的检查点有 %d 条记录，现在只有 %d 条：记录被删去了", n.Size, r.Size),
			fmt.Sprintf("the earlier checkpoint has %d entries, this one %d: entries were taken away", n.Size, r.Size))
	}
	return n.Checkpoint, nil
}

// Extends checks, from the tiles in a folder, that the tree of newer begins
// with all of the tree of older.
func Extends(files fs.FS, older, newer ledger.Checkpoint) error {
	var proof []ledger.Hash
	if older.Size > 0 && older.Size < newer.Size {
		var err error
		proof, err = tlog.ProveTree(newer.Size, older.Size,
			tlog.TileHashReader(tlog.Tree{N: newer.Size, Hash: newer.Root}, tileReader{files}))
		var missing *Finding
		if errors.As(err, &missing) {
			return missing
		}
		if err != nil {
			return found(-1, "tile", "文件夹里的散列与新检查点不符", err.Error())
		}
	}
	if err := ledger.CheckConsistency(older, newer, proof); err != nil {
		return found(-1, "", "新检查点不是旧检查点的延续", err.Error())
	}
	return nil
}

// tileReader hands the folder's tiles to tlog.
type tileReader struct{ files fs.FS }

// Height is that of C2SP tiles.
func (tileReader) Height() int { return ledger.TileHeight }

// ReadTiles reads tiles that tlog authenticates.
func (t tileReader) ReadTiles(tiles []tlog.Tile) ([][]byte, error) {
	var all [][]byte
	for _, x := range tiles {
		raw, _, err := readTile(t.files, x)
		if err != nil {
			return nil, err
		}
		if len(raw) < x.W*tlog.HashSize {
			return nil, found(-1, ledger.TilePath(x), "文件太短", "the file is too short")
		}
		all = append(all, raw[:x.W*tlog.HashSize])
	}
	return all, nil
}

// SaveTiles keeps nothing: the tiles are the reader's own.
func (tileReader) SaveTiles([]tlog.Tile, [][]byte) {}

// read reads a file that must be there.
func read(files fs.FS, name string) ([]byte, error) {
	raw, err := fs.ReadFile(files, name)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, found(-1, name, "缺少这个文件", "the file is missing")
	}
	return raw, err
}

// readTile reads a tile's file, or the full tile in its place, and says which.
func readTile(files fs.FS, t tlog.Tile) ([]byte, string, error) {
	name := ledger.TilePath(t)
	raw, err := read(files, name)
	var missing *Finding
	if full := t; errors.As(err, &missing) && t.W < ledger.TileWidth {
		full.W = ledger.TileWidth
		if raw, err := fs.ReadFile(files, ledger.TilePath(full)); err == nil {
			return raw, ledger.TilePath(full), nil
		}
	}
	return raw, name, err
}
