// Package keep puts files on the disk: whole, or not at all, and so that a
// power cut right afterwards does not take them away again.
package keep

import (
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"os"
	"path/filepath"
	"runtime"
	"strings"
)

// longest is how many characters of a name are kept.
const longest = 100

// Put writes body to path, for the owner's eyes alone; the folder is made when
// it is missing. A file that stands there is replaced at once. Errors are the
// system's (ENOSPC among them); path is then as it was, or body is there.
func Put(path string, body []byte) error { return put(path, body, os.Rename) }

// Add is Put for what may be there once only. Errors: os.ErrExist if anything
// stands there, which stays as it is.
func Add(path string, body []byte) error { return put(path, body, os.Link) }

// put writes a file under a passing name and then puts it in its place at once.
func put(path string, body []byte, place func(from, to string) error) error {
	dir := filepath.Dir(path)
	if err := Folder(dir, 0o700); err != nil {
		return err
	}
	f, err := os.CreateTemp(dir, "*.tmp") // made 0600
	if err != nil {
		return err
	}
	defer os.Remove(f.Name()) // after a rename there is nothing left to remove
	_, err = f.Write(body)
	if err = errors.Join(err, f.Sync(), f.Close()); err != nil {
		return err
	}
	if err := place(f.Name(), path); err != nil {
		return err
	}
	return SyncFolder(dir)
}

// Folder makes a folder and those above it that are missing. A folder is on the
// disk when the one above it is: else a power cut takes it away with whatever
// was put into it, however well that was synced.
func Folder(dir string, mode os.FileMode) error {
	if _, err := os.Stat(dir); !errors.Is(err, os.ErrNotExist) {
		return err
	}
	above := filepath.Dir(dir)
	if err := Folder(above, mode); err != nil {
		return err
	}
	if err := os.Mkdir(dir, mode); err != nil && !errors.Is(err, os.ErrExist) { // another made it
		return err
	}
	return SyncFolder(above)
}

// SyncFolder puts a folder's names on the disk: files made in it, put in their
// places or removed. Windows does not let a folder be synced, and keeps names in
// its journal.
func SyncFolder(dir string) error {
	if runtime.GOOS == "windows" {
		return nil
	}
	d, err := os.Open(dir)
	if err != nil {
		return err
	}
	return errors.Join(d.Sync(), d.Close())
}

// ErrChanged says that a kept file is not the one that was put there.
var ErrChanged = errors.New("keep: the file is not what its digest says")

// Get returns the file at path, kept under the hexadecimal SHA-256 of its
// bytes. Errors: os.ErrNotExist; ErrChanged.
func Get(path, digest string) ([]byte, error) {
	body, err := os.ReadFile(path)
	if sum := sha256.Sum256(body); err == nil && hex.EncodeToString(sum[:]) != digest {
		return nil, ErrChanged
	}
	return body, err
}

// Name is the last part of an uploaded file's name, without control characters,
// at most its last 100 characters.
func Name(uploaded string) string {
	name := strings.Map(func(r rune) rune {
		if r < ' ' || r == 0x7f {
			return -1
		}
		return r
	}, uploaded[strings.LastIndexAny(uploaded, `/\`)+1:])
	if r := []rune(name); len(r) > longest {
		name = string(r[len(r)-longest:])
	}
	return name
}
