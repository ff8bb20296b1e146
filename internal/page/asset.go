package page

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"io/fs"
	"net/http"
	"path"
	"strings"
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
	b.Icon = t.byName["mark.svg"]
	for _, name := range []string{"base.css", "print.css", stem + ".css"} {
		if a, ok := t.byName[name]; ok {
			b.Styles = append(b.Styles, a)
		}
	}
	scripts := []string{"base.js", stem + ".js"}
	if b.Live != "" {
		scripts = append(scripts, "live.js")
	}
	for _, name := range scripts {
		if a, ok := t.byName[name]; ok {
			b.Scripts = append(b.Scripts, a)
		}
	}
}

// Static serves the assets of the sets under Prefix.
func Static(sets ...*Set) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		for _, s := range sets {
			t, err := s.tree()
			if err != nil {
				s.cfg.Log.ErrorContext(r.Context(), "assets", "error", err)
				continue
			}
			if a, ok := t.assets[r.URL.Path]; ok {
				w.Header().Set("Content-Type", a.kind)
				w.Header().Set("Cache-Control", "public, max-age=31536000, immutable")
				w.Write(a.body)
				return
			}
		}
		http.NotFound(w, r)
	})
}
