// Package backup puts a whole installation into one file while it runs:
// database, signing keys, checkpoints, uploads, with a manifest of digests and
// row counts; says whether such a file is whole; and unpacks it into an empty
// directory. The file is an ordinary zip, so that it can be opened without us.
package backup

import (
	"archive/zip"
	"cmp"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"suiji/internal/errs"
	"suiji/internal/keep"
	"suiji/internal/store"
)

// Manifest says what a backup holds. It is the archive's last file.
type Manifest struct {
	Version int           `json:"version"` // of this format: 1
	MadeAt  time.Time     `json:"made_at"`
	Engine  store.Engine  `json:"engine"` // that the installation ran on; the copy is SQLite always
	Tables  []store.Tally `json:"tables"`
	Files   []File        `json:"files"` // in the archive's order, without the manifest
}

// File is one file of a backup.
type File struct {
	Path   string `json:"path"` // in the data directory, with slashes
	Size   int64  `json:"size"`
	SHA256 string `json:"sha256"`
}

const (
	version      = 1
	manifestName = "manifest.json"
	databaseName = "suiji.db"
)

// Rows is how many rows all tables have together.
func (m Manifest) Rows() int64 {
	var n int64
	for _, t := range m.Tables {
		n += t.Rows
	}
	return n
}

// Create writes a backup of the data directory dir and of the database to a
// new file. Keys, checkpoints and the heads of the audit logs are copied before
// the database, so that none is newer than it; uploads after it, so that none is missing that
// it names. What was half written is removed.
func Create(ctx context.Context, db *store.DB, dir, path string, now time.Time) (m Manifest, err error) {
	part := path + ".part"
	f, err := os.OpenFile(part, os.O_CREATE|os.O_EXCL|os.O_WRONLY, 0o600)
	if err != nil {
		return m, err
	}
	if _, err := os.Stat(path); err == nil {
		return m, errors.Join(errs.E(errs.Conflict, path+" 已存在，没有覆盖"), f.Close(), os.Remove(part))
	}
	w := zip.NewWriter(f)
	m = Manifest{Version: version, MadeAt: now.UTC().Truncate(time.Second), Engine: db.Engine()}
	err = m.fill(ctx, w, db, dir, part)
	err = errors.Join(err, w.Close(), f.Sync(), f.Close())
	if err == nil {
		err = os.Rename(part, path)
	}
	if err != nil {
		return m, errors.Join(err, os.Remove(part))
	}
	return m, keep.SyncFolder(filepath.Dir(path))
}

func (m *Manifest) fill(ctx context.Context, w *zip.Writer, db *store.DB, dir, part string) error {
	first, rest, err := files(dir)
	if err != nil {
		return err
	}
	for _, name := range first {
		if err := m.add(w, name, filepath.Join(dir, filepath.FromSlash(name)), false); err != nil {
			return err
		}
	}
	snapshot := part + ".db"
	defer os.Remove(snapshot) // it may never have been made
	if err := db.Snapshot(ctx, snapshot); err != nil {
		return fmt.Errorf("copy the database: %w", err)
	}
	if m.Tables, err = tally(ctx, snapshot); err != nil {
		return err
	}
	if err := m.add(w, databaseName, snapshot, false); err != nil {
		return err
	}
	for _, name := range rest {
		if err := m.add(w, name, filepath.Join(dir, filepath.FromSlash(name)), true); err != nil {
			return err
		}
	}
	text, err := json.MarshalIndent(m, "", " ")
	if err != nil {
		return err
	}
	to, err := w.Create(manifestName)
	if err == nil {
		_, err = to.Write(append(text, '\n'))
	}
	return err
}

// tally opens a copy by itself and counts what it holds.
func tally(ctx context.Context, path string) ([]store.Tally, error) {
	db, err := store.Open(ctx, path)
	if err != nil {
		return nil, fmt.Errorf("open the copy: %w", err)
	}
	all, err := db.Tally(ctx)
	err = errors.Join(err, db.Sound(ctx), db.Close())
	return all, errors.Join(err, remove(path+"-wal"), remove(path+"-shm"))
}

func remove(path string) error {
	if err := os.Remove(path); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	return nil
}

// early are the folders that go before the database.
var early = []string{"audit/", "keys/", "ledger/"}

// files lists what lies in a data directory beside the database: first the
// keys, checkpoints and heads, then the rest, each in order. Backups and half-written
// files are left out.
func files(dir string) (first, rest []string, err error) {
	err = filepath.WalkDir(dir, func(path string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		name, err := filepath.Rel(dir, path)
		if err != nil {
			return err
		}
		name = filepath.ToSlash(name)
		switch {
		case d.IsDir() && name == "backups":
			return fs.SkipDir
		case d.IsDir() || !d.Type().IsRegular() || strings.HasPrefix(name, databaseName) || strings.HasSuffix(name, ".part") || strings.HasSuffix(name, ".tmp"):
		case slices.ContainsFunc(early, func(p string) bool { return strings.HasPrefix(name, p) }):
			first = append(first, name)
		default:
			rest = append(rest, name)
		}
		return nil
	})
	return first, rest, err
}

// add copies one file into the archive. One that has gone meanwhile (an upload
// that somebody gave up) is passed over if it may.
func (m *Manifest) add(w *zip.Writer, name, path string, mayGo bool) error {
	f, err := os.Open(path)
	if mayGo && errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	if err != nil {
		return err
	}
	defer f.Close() // read only
	to, err := w.CreateHeader(&zip.FileHeader{Name: name, Method: zip.Deflate, Modified: m.MadeAt})
	if err != nil {
		return err
	}
	h := sha256.New()
	n, err := io.Copy(io.MultiWriter(to, h), f)
	m.Files = append(m.Files, File{Path: name, Size: n, SHA256: hex.EncodeToString(h.Sum(nil))})
	return err
}

// Verify reads a backup to its end and compares every file with the manifest.
// Errors: Invalid with the first thing that is not as it was written.
func Verify(path string) (Manifest, error) {
	r, err := zip.OpenReader(path)
	if err != nil {
		return Manifest{}, errs.Because(errs.Invalid, path+" 不是完整的备份文件，可能没有复制完。请换一份备份", err)
	}
	defer r.Close() // read only
	m, err := read(r)
	if err != nil {
		return m, err
	}
	for _, f := range m.Files {
		if err := f.copy(r, io.Discard); err != nil {
			return m, err
		}
	}
	return m, nil
}

// read returns the manifest and holds that the archive has its files and no
// others.
func read(r *zip.ReadCloser) (m Manifest, err error) {
	f, err := r.Open(manifestName)
	if err != nil {
		return m, errs.Because(errs.Invalid, "备份里没有 manifest.json，可能没有写完。请换一份备份", err)
	}
	defer f.Close() // read only
	if err := json.NewDecoder(f).Decode(&m); err != nil || m.Version != version {
		return m, errs.Because(errs.Invalid, fmt.Sprintf("备份的清单读不出来，或者版本（%d）比本程序新。请用新版本的程序", m.Version), err)
	}
	var has, want []string
	for _, x := range r.File {
		has = append(has, x.Name)
	}
	for _, x := range m.Files {
		if !filepath.IsLocal(filepath.FromSlash(x.Path)) || strings.Contains(x.Path, `\`) {
			return m, errs.E(errs.Invalid, "备份里有不该有的路径："+x.Path)
		}
		want = append(want, x.Path)
	}
	if want = append(want, manifestName); !slices.Equal(has, want) {
		return m, errs.E(errs.Invalid, "备份里的文件与清单不符，可能被改动过。请换一份备份")
	}
	return m, nil
}

// copy writes the file out of the archive and compares it with the manifest.
func (f File) copy(r *zip.ReadCloser, w io.Writer) error {
	from, err := r.Open(f.Path)
	if err != nil {
		return err
	}
	defer from.Close() // read only
	h := sha256.New()
	n, err := io.Copy(io.MultiWriter(w, h), io.LimitReader(from, f.Size+1))
	if err != nil || cmp.Compare(n, f.Size) != 0 || hex.EncodeToString(h.Sum(nil)) != f.SHA256 {
		return errs.Because(errs.Invalid, "备份里的 "+f.Path+" 已损坏或被改动。请换一份备份", err)
	}
	return nil
}

// Restore unpacks a backup into a directory that is not there yet or empty,
// and holds that the database opens and has the rows that were backed up. If
// anything is wrong the directory is left as it was.
func Restore(ctx context.Context, path, dir string) (Manifest, error) {
	if left, err := os.ReadDir(dir); err == nil && len(left) > 0 {
		return Manifest{}, errs.E(errs.Conflict, dir+" 不是空目录，没有恢复。请指定一个空目录或新的目录")
	} else if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return Manifest{}, err
	}
	r, err := zip.OpenReader(path)
	if err != nil {
		return Manifest{}, errs.Because(errs.Invalid, path+" 不是完整的备份文件，没有恢复。请换一份备份", err)
	}
	defer r.Close() // read only
	m, err := read(r)
	if err != nil {
		return m, err
	}
	part := filepath.Clean(dir) + ".part"
	if err := os.Mkdir(part, 0o750); err != nil {
		return m, err
	}
	err = m.unpack(ctx, r, part)
	if err == nil {
		err = errors.Join(remove(dir), os.Rename(part, dir))
	}
	if err != nil {
		return m, errors.Join(err, os.RemoveAll(part))
	}
	return m, keep.SyncFolder(filepath.Dir(filepath.Clean(dir)))
}

func (m Manifest) unpack(ctx context.Context, r *zip.ReadCloser, dir string) error {
	for _, f := range m.Files {
		to := filepath.Join(dir, filepath.FromSlash(f.Path))
		if err := keep.Folder(filepath.Dir(to), 0o750); err != nil {
			return err
		}
		w, err := os.OpenFile(to, os.O_CREATE|os.O_EXCL|os.O_WRONLY, 0o600)
		if err != nil {
			return err
		}
		if err := errors.Join(f.copy(r, w), w.Sync(), w.Close(), keep.SyncFolder(filepath.Dir(to))); err != nil {
			return err
		}
	}
	got, err := tally(ctx, filepath.Join(dir, databaseName))
	if err != nil {
		return err
	}
	has := map[string]store.Tally{}
	for _, t := range got {
		has[t.Table] = t
	}
	for _, t := range m.Tables { // a newer program may have more tables
		if has[t.Table].Rows != t.Rows {
			return errs.E(errs.Invalid, fmt.Sprintf("恢复出来的 %s 有 %d 行，备份时有 %d 行，没有恢复。请换一份备份", t.Table, has[t.Table].Rows, t.Rows))
		}
	}
	return nil
}
