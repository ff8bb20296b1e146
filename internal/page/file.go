package page

import (
	"cmp"
	"encoding/json"
	"io"
	"net/http"
	"net/url"
	"regexp"
	"strconv"
	"time"
)

// A File is a download. Either Body holds it, or Write streams it, or Hand does
// all that follows the name and type.
type File struct {
	Name   string                  // as it is saved; may be Chinese
	Type   string                  // media type
	Inline bool                    // show it in the browser instead of saving it
	Body   []byte                  // the whole
	Write  func(w io.Writer) error // or its making, piece by piece
	Hand   func(w http.ResponseWriter, r *http.Request) error
	Status int    // of PublicFile; 0: 200
	Mark   string // changes with the content, so that what somebody has is not sent again; empty: sent always
}

// Send builds the file of a GET.
type Send func(r *http.Request) (*File, error)

// File serves a download to one person.
func (s *Set) File(send Send) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		mark(r)
		f, err := send(r)
		if err != nil {
			s.fault(w, r, err)
			return
		}
		f.head(w)
		w.Header().Set("Cache-Control", "no-store")
		if f.Mark != "" {
			tag := `"` + f.Mark + `"`
			w.Header().Set("Cache-Control", "no-cache")
			w.Header().Set("ETag", "W/"+tag)
			if Matches(marksAlone(r.Header.Get("If-None-Match")), tag) {
				w.WriteHeader(http.StatusNotModified)
				return
			}
		}
		if f.Body == nil && r.Method == http.MethodHead {
			return // a table is not made to be thrown away
		}
		if f.Hand != nil {
			f.Write = func(w io.Writer) error { return f.Hand(w.(http.ResponseWriter), r) }
		}
		if f.Write == nil {
			w.Header().Set("Content-Length", strconv.Itoa(len(f.Body)))
			w.Write(f.Body)
			return
		}
		if err := f.Write(w); err != nil {
			// The head is out: breaking the connection is the only way left
			// to tell that the file is not whole.
			s.cfg.Log.ErrorContext(r.Context(), "download broke off", "request", RequestID(r.Context()), "error", err)
			panic(http.ErrAbortHandler)
		}
	})
}

// making is what follows the mark in the tag of one making of a file (spool).
var making = regexp.MustCompile(`\.[A-Z2-7]+"`)

// marksAlone are the tags that somebody has, without what tells one making of
// the same content from another.
func marksAlone(header string) string { return making.ReplaceAllString(header, `"`) }

// PublicFile serves a download that everybody may keep for a minute, readable
// from other sites. Its Body is set, not its Write.
func (s *Set) PublicFile(send Send) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		mark(r)
		f, err := send(r)
		if err != nil {
			s.fault(w, r, err)
			return
		}
		f.head(w)
		a := newAnswer(f.Type, f.Body, cmp.Or(f.Status, http.StatusOK))
		a.anywhere = true
		a.send(w, r)
	})
}

// Gone is the file of a record that is public no longer, in the form of problems
// (RFC 9457): since when, why, and where its history stays. path is its page.
func Gone(path, title, state, reason, digest string, since time.Time) (*File, error) {
	body, err := json.Marshal(map[string]any{"type": "about:blank", "title": title, "status": http.StatusGone, "detail": "原因：" + reason, "instance": path,
		"state": state, "reason": reason, "since": since.UTC().Format(time.RFC3339), "digest": digest, "history": path + ".json"})
	return &File{Name: "gone.json", Type: "application/problem+json", Status: http.StatusGone, Inline: true, Body: body}, err
}

// head names the file for old and new browsers (RFC 6266).
func (f *File) head(w http.ResponseWriter) {
	how := "attachment"
	if f.Inline {
		how = "inline"
	}
	w.Header().Set("Content-Type", f.Type)
	w.Header().Set("Content-Disposition", how+"; filename*=UTF-8''"+url.PathEscape(f.Name))
}
