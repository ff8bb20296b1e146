package page

import (
	"bytes"
	"compress/gzip"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"html/template"
	"io/fs"
	"net/http"
	"path"
	"strconv"
	"strings"
	"sync"
)

// Prefix is where assets are served.
const Prefix = "/static/"

// asset is a file whose address changes with its content, so that it can be
// cached for ever.
type asset struct {
	kind string
	body []byte
}

var assetKinds = map[string]string{
	".css": "text/css; charset=utf-8",
	".js":  "text/javascript; charset=utf-8",
	".svg": "image/svg+xml",
	".png": "image/png",
}

// addAssets takes in the styles, scripts and pictures of a folder.
func (t *tree) addAssets(from fs.FS, folder, prefix string) error {
	entries, err := fs.ReadDir(from, folder)
	if err != nil {
		return err
	}
	for _, e := range entries {
		kind, ok := assetKinds[path.Ext(e.Name())]
		if !ok {
			continue
		}
		body, err := fs.ReadFile(from, folder+"/"+e.Name())
		if err != nil {
			return err
		}
		ext := path.Ext(e.Name())
		stem := prefix + strings.TrimSuffix(e.Name(), ext)
		sum := sha256.Sum256(body)
		address := fmt.Sprintf("%s%s.%s%s", Prefix, stem, hex.EncodeToString(sum[:5]), ext)
		t.assets[address] = asset{kind, body}
		t.byName[stem+ext] = address
	}
	return nil
}

// dress tells a page the addresses of its assets: those of all pages, then its
// own.
func (t *tree) dress(b *Base, stem string) {
	var links strings.Builder
	link := func(before, name, behind string) {
		if a, ok := t.byName[name]; ok {
			links.WriteString(before + a + behind)
		}
	}
	link(`<link rel="icon" href="`, "mark.svg", `">`)
	for _, name := range []string{"base.css", "print.css", stem + ".css"} {
		link("\n<link rel=\"stylesheet\" href=\"", name, `">`)
	}
	scripts := []string{"base.js", stem + ".js"}
	if b.Live != "" {
		scripts = append(scripts, "live.js")
	}
	if b.Passkey {
		scripts = append(scripts, "passkey.js")
	}
	for _, name := range scripts {
		link("\n<script src=\"", name, `" defer></script>`)
	}
	b.Assets = template.HTML(links.String())
}

// Static serves the assets of the sets under Prefix.
func Static(sets ...*Set) http.Handler {
	all := map[string]*packed{}
	for _, s := range sets {
		for address, a := range s.ready.assets {
			all[address] = &packed{asset: a}
		}
	}
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if a, ok := all[r.URL.Path]; ok {
			a.send(w, r)
			return
		}
		for _, s := range sets {
			if a, ok := s.reloaded(r); ok {
				(&packed{asset: a}).send(w, r)
				return
			}
		}
		http.NotFound(w, r)
	})
}

// reloaded finds an asset that has changed since the start, for work on it.
func (s *Set) reloaded(r *http.Request) (asset, bool) {
	if !s.cfg.Reload {
		return asset{}, false
	}
	t, err := s.tree()
	if err != nil {
		s.cfg.Log.ErrorContext(r.Context(), "assets", "error", err)
		return asset{}, false
	}
	a, ok := t.assets[r.URL.Path]
	return a, ok
}

// packed is an asset that is compressed once, when somebody first takes it so.
type packed struct {
	asset
	once sync.Once
	gzip []byte // nil: not much smaller
}

func (p *packed) send(w http.ResponseWriter, r *http.Request) {
	h, body := w.Header(), p.body
	h.Set("Content-Type", p.kind)
	h.Set("Cache-Control", "public, max-age=31536000, immutable")
	h.Set("Vary", "Accept-Encoding")
	if takesGzip(r.Header.Get("Accept-Encoding")) {
		p.once.Do(p.pack)
		if p.gzip != nil {
			h.Set("Content-Encoding", "gzip")
			body = p.gzip
		}
	}
	h.Set("Content-Length", strconv.Itoa(len(body)))
	w.Write(body)
}

func (p *packed) pack() {
	var buf bytes.Buffer
	z, _ := gzip.NewWriterLevel(&buf, gzip.BestCompression) // the level is one
	z.Write(p.body)                                         // to memory: never fails
	z.Close()
	if buf.Len() < len(p.body)*9/10 {
		p.gzip = buf.Bytes()
	}
}

// takesGzip reads Accept-Encoding (RFC 9110, 12.5.3).
func takesGzip(header string) bool {
	for part := range strings.SplitSeq(header, ",") {
		name, weight, _ := strings.Cut(part, ";")
		if name = strings.TrimSpace(name); strings.EqualFold(name, "gzip") || name == "*" {
			q := strings.TrimPrefix(strings.ReplaceAll(strings.ToLower(weight), " ", ""), "q=")
			return q == "" || strings.Trim(q, "0.") != ""
		}
	}
	return false
}
