package api

import (
	"crypto/sha256"
	"encoding/base64"
	"slices"
	"strings"
)

// Paging is what every list is asked with.
type Paging struct {
	Limit  int    `query:"limit" minimum:"1" maximum:"500" default:"50" doc:"一页最多几条，1 至 500 条"`
	Cursor string `query:"cursor" maxLength:"400" doc:"上一页回答里的 next_cursor，原样放回；不填从头开始。其余参数须与上一页相同"`
}

// errCursor is for a cursor that this list did not hand out.
var errCursor = an{badRequest, "cursor 不是这个列表在同样条件下给出的。没有返回任何内容，请去掉 cursor 从头读取"}

// seal makes a cursor of the place that a page ended with. of names the list
// and its filters: a cursor is good for these alone.
func seal(of, after string) string {
	if after == "" {
		return ""
	}
	return base64.RawURLEncoding.EncodeToString([]byte(stamped(of, after) + after))
}

// stamped ties a place to its list.
func stamped(of, after string) string {
	h := sha256.Sum256([]byte(of + "\x00" + after))
	return string(h[:6])
}

// open returns the place that a cursor of the same list holds; empty: the
// beginning.
func open(of, cursor string) (string, error) {
	if cursor == "" {
		return "", nil
	}
	raw, err := base64.RawURLEncoding.DecodeString(cursor)
	if err != nil || len(raw) < 7 || string(raw[:6]) != stamped(of, string(raw[6:])) {
		return "", errCursor
	}
	return string(raw[6:]), nil
}

// of names a list with its filters, for its cursors.
func of(parts ...string) string { return strings.Join(parts, "\x00") }

// cut is the page of a whole list after the cursor, by ascending key: what is
// inserted or taken away elsewhere moves nothing.
func cut[T any](all []T, of string, p Paging, key func(T) string) (some []T, next string, err error) {
	after, err := open(of, p.Cursor)
	if err != nil {
		return nil, "", err
	}
	all = slices.Clone(all)
	slices.SortFunc(all, func(a, b T) int { return strings.Compare(key(a), key(b)) })
	if after != "" {
		i, found := slices.BinarySearchFunc(all, after, func(x T, k string) int { return strings.Compare(key(x), k) })
		if found {
			i++
		}
		all = all[i:]
	}
	if len(all) > p.Limit {
		return all[:p.Limit], seal(of, key(all[p.Limit-1])), nil
	}
	return all, "", nil
}
