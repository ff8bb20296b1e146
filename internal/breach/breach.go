// Package breach looks a password up in a file of those that have become
// known, which the operator provides: a sorted list of SHA-1 digests as such
// lists are handed out, or plain lines. The file may be larger than memory.
package breach

import (
	"bufio"
	"bytes"
	"crypto/sha1" // what such lists are made of; nothing is kept safe by it here
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"os"
	"regexp"

	"suiji/internal/errs"
)

// plainLimit is how large a file of plain lines may be: it is gone through
// line by line for each password.
const plainLimit = 256 << 20

// List is a file of passwords that have become known.
type List struct {
	path   string
	hashed bool
}

// entry is a line of a list of digests: in order, with or without how often
// each was seen.
var entry = regexp.MustCompile(`^[0-9A-Fa-f]{40}(:[0-9]{1,18})?$`)

// longestEntry is its longest line with its end.
const longestEntry = 40 + 19 + 2

// Open looks at the file at path; nil if there is none to look at. Errors:
// Invalid if it cannot be read, is empty, too large for plain lines, or not in
// order where it was looked at.
func Open(path string) (*List, error) {
	if path == "" {
		return nil, nil
	}
	f, size, err := open(path)
	if err != nil {
		return nil, errs.Because(errs.Invalid, "读不到已泄露密码的清单 "+path+"，没有启动。请核对 SUIJI_PASSWORD_LIST，并让运行本程序的用户能读", err)
	}
	defer f.Close() // read only
	l := &List{path: path}
	line, _, err := lineAt(f, size, 0)
	if l.hashed = err == nil && entry.Match(line); !l.hashed {
		if size == 0 || size > plainLimit {
			return nil, errs.E(errs.Invalid, fmt.Sprintf("已泄露密码的清单 %s 是空的，或者不是排好序的 SHA-1 清单而又超过 %d MB，没有启动。请换一份", path, plainLimit>>20))
		}
		return l, nil
	}
	const looks = 64
	var last []byte
	for i := range int64(looks) {
		line, _, err := lineAt(f, size, i*(size/looks))
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil || !entry.Match(line) || bytes.Compare(bytes.ToUpper(line[:40]), last) < 0 {
			return nil, errs.Because(errs.Invalid, "已泄露密码的清单 "+path+" 不是按 SHA-1 从小到大排好的，没有启动。请换按哈希排序的那一种", err)
		}
		last = bytes.ToUpper(line[:40])
	}
	return l, nil
}

// Known is Holds of the list at path, which is opened each time: it may be
// renewed, and whoever sets no password needs none. nil if path is empty.
func Known(path string) func(password string) (bool, error) {
	if path == "" {
		return nil
	}
	return func(password string) (bool, error) {
		l, err := Open(path)
		if err != nil {
			return false, err
		}
		return l.Holds(password)
	}
}

func open(path string) (*os.File, int64, error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, 0, err
	}
	info, err := f.Stat()
	if err != nil {
		return nil, 0, errors.Join(err, f.Close())
	}
	return f, info.Size(), nil
}

// Holds says whether a password stands in the list. Errors: Invalid if the
// file cannot be read any more: nobody knows then.
func (l *List) Holds(password string) (held bool, err error) {
	f, size, err := open(l.path)
	if err == nil {
		defer f.Close() // read only
		if l.hashed {
			sum := sha1.Sum([]byte(password))
			held, err = find(f, size, bytes.ToUpper([]byte(hex.EncodeToString(sum[:]))))
		} else {
			held, err = scan(f, password)
		}
	}
	if err != nil {
		return false, errs.Because(errs.Invalid, "已泄露密码的清单暂时读不到，没有保存密码。请告诉系统管理员（SUIJI_PASSWORD_LIST）", err)
	}
	return held, nil
}

// lineAt returns the first line that begins at or after a place, and where.
// Errors: io.EOF if none does.
func lineAt(f io.ReaderAt, size, from int64) (line []byte, start int64, err error) {
	buf := make([]byte, 2*longestEntry)
	begin := max(0, from-1)
	n, err := f.ReadAt(buf, begin)
	if err != nil && !errors.Is(err, io.EOF) {
		return nil, 0, err
	}
	buf = buf[:n]
	if from > 0 {
		end := bytes.IndexByte(buf, '\n')
		if end < 0 && begin+int64(n) < size {
			return nil, 0, errors.New("a line is too long")
		}
		if end < 0 {
			return nil, 0, io.EOF
		}
		buf, begin = buf[end+1:], begin+int64(end)+1
	}
	if len(buf) == 0 {
		return nil, 0, io.EOF
	}
	line, _, _ = bytes.Cut(buf, []byte("\n"))
	return bytes.TrimSuffix(line, []byte("\r")), begin, nil
}

// find halves the file until the line of a digest is found, or its place.
func find(f io.ReaderAt, size int64, digest []byte) (bool, error) {
	for low, high := int64(0), size; low < high; {
		middle := low + (high-low)/2
		line, start, err := lineAt(f, size, middle)
		if errors.Is(err, io.EOF) || err == nil && start >= high {
			high = middle
			continue
		}
		if err == nil && !entry.Match(line) {
			err = fmt.Errorf("no digest at byte %d", start)
		}
		if err != nil {
			return false, err
		}
		switch bytes.Compare(bytes.ToUpper(line[:40]), digest) {
		case 0:
			return true, nil
		case -1:
			low = start + int64(len(line)) + 1
		default:
			high = middle
		}
	}
	return false, nil
}

func scan(f io.Reader, password string) (bool, error) {
	lines := bufio.NewScanner(f)
	for lines.Scan() {
		if lines.Text() == password {
			return true, nil
		}
	}
	return false, lines.Err()
}

// Examine tells an administrator whether there is a list, and whether it can be used.
func Examine(path string) (found string, ok bool) {
	l, err := Open(path)
	switch {
	case err != nil:
		return errs.Sentence(err), false
	case l == nil:
		return "没有设置，新密码只按规则判断", true
	case l.hashed:
		return "按 SHA-1 排序的清单", true
	}
	return "逐行的清单", true
}
