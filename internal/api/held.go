package api

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"net/http"
	"strconv"
	"strings"

	"suiji/internal/page"
)

// held keeps an answer of JSON back until it is whole, so that it gets an
// entity tag (RFC 9110, 8.8.3) and half an answer never leaves. Anything else,
// files for instance, goes through as it is made.
type held struct {
	http.ResponseWriter
	cache  string // Cache-Control of a good answer
	public bool   // what the asker has may still be good
	status int
	body   bytes.Buffer
	out    bool // goes through
}

// WriteHeader decides whether the answer is kept back.
func (h *held) WriteHeader(status int) {
	if h.status != 0 {
		return
	}
	h.status = status
	if kind, _, _ := strings.Cut(h.Header().Get("Content-Type"), ";"); kind != "application/json" && !strings.HasSuffix(kind, "+json") && kind != "" {
		h.out = true
		h.ResponseWriter.WriteHeader(status)
	}
}

// Write keeps or passes on.
func (h *held) Write(b []byte) (int, error) {
	if h.status == 0 {
		h.WriteHeader(http.StatusOK)
	}
	if h.out {
		return h.ResponseWriter.Write(b)
	}
	return h.body.Write(b)
}

// Unwrap lets http.ResponseController reach the connection.
func (h *held) Unwrap() http.ResponseWriter { return h.ResponseWriter }

// send writes what was kept back, or says that what the asker has is still
// good.
func (h *held) send(r *http.Request) {
	if h.out {
		return
	}
	if h.status == 0 {
		h.status = http.StatusNoContent
	}
	head := h.Header()
	if h.status >= http.StatusBadRequest {
		head.Set("Cache-Control", "no-store")
	} else {
		head.Set("Cache-Control", h.cache)
	}
	read := r.Method == http.MethodGet || r.Method == http.MethodHead
	if read && h.status == http.StatusOK && head.Get("ETag") == "" { // a change's answer is sent again as it is kept
		sum := sha256.Sum256(h.body.Bytes())
		head.Set("ETag", `"`+hex.EncodeToString(sum[:12])+`"`)
	}
	if h.public && read && h.status == http.StatusOK && page.Matches(r.Header.Get("If-None-Match"), head.Get("ETag")) {
		head.Del("Content-Type")
		h.ResponseWriter.WriteHeader(http.StatusNotModified)
		return
	}
	if h.body.Len() > 0 {
		head.Set("Content-Length", strconv.Itoa(h.body.Len()))
	}
	h.ResponseWriter.WriteHeader(h.status)
	h.ResponseWriter.Write(h.body.Bytes())
}
