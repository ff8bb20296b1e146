package proof_test

import (
	"bytes"
	"image"
	"image/jpeg"
	"image/png"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"suiji/internal/access"
	"suiji/internal/errs"
	"suiji/internal/proof"
	"suiji/internal/round/roundtest"
	"suiji/internal/store"
	"suiji/internal/store/storetest"
)

func picture(t *testing.T, encode func(*bytes.Buffer, image.Image) error) string {
	t.Helper()
	var b bytes.Buffer
	if err := encode(&b, image.NewGray(image.Rect(0, 0, 8, 8))); err != nil {
		t.Fatal(err)
	}
	return b.String()
}

// A file is what its content is, whatever it is called.
func TestKeep(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		o := roundtest.New(t, db)
		asPNG := picture(t, func(b *bytes.Buffer, m image.Image) error { return png.Encode(b, m) })
		asJPG := picture(t, func(b *bytes.Buffer, m image.Image) error { return jpeg.Encode(b, m, nil) })
		for _, tt := range []struct{ name, file, body, kind string }{
			{"pdf", `C:\\证据\\查询.pdf`, roundtest.PDF, "pdf"},
			{"png under another name", "scan.pdf", asPNG, "png"},
			{"jpg", "scan.jpg", asJPG, "jpg"},
			{"empty", "a.pdf", "", ""},
			{"cut pdf", "a.pdf", roundtest.PDF[:20], ""},
			{"html", "a.png", "<html><script>alert(1)</script>", ""},
			{"cut png", "a.png", asPNG[:20], ""},
			{"zip", "a.pdf", "PK\x03\x04 %PDF-1.4 %%EOF", ""},
			{"too large", "a.pdf", "%PDF-" + strings.Repeat("x", proof.MaxSize) + "%%EOF", ""},
		} {
			t.Run(tt.name, func(t *testing.T) {
				digest, err := o.Proof.Keep(t.Context(), roundtest.As(access.Clerk), tt.file, strings.NewReader(tt.body))
				if tt.kind == "" {
					if errs.KindOf(err) != errs.Invalid {
						t.Errorf("Keep = %v, want Invalid", err)
					}
					return
				}
				o.Must(err)
				f, body, err := o.Proof.Look(t.Context(), roundtest.As(access.Leader), digest)
				if err != nil || string(f.Kind) != tt.kind || string(body) != tt.body || strings.ContainsAny(f.Name, `\/`) {
					t.Errorf("Look = %+v, %d bytes, %v, want %s", f, len(body), err, tt.kind)
				}
			})
		}
	})
}

// Each look is recorded, who may not look sees nothing, and a file that was
// exchanged on the disk is not shown.
func TestLook(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		o := roundtest.New(t, db)
		for _, role := range []access.Role{access.Leader, access.Auditor} {
			if _, _, err := o.Proof.Look(t.Context(), roundtest.As(role), o.Paper); err != nil {
				t.Errorf("%s looks: %v", role, err)
			}
		}
		if _, body, err := o.Proof.Look(t.Context(), roundtest.As(access.Inspector), o.Paper); errs.KindOf(err) != errs.Forbidden || body != nil {
			t.Errorf("an inspector looks: %v, want Forbidden", err)
		}
		looks := map[bool]int{}
		all, err := o.Door.Entries(t.Context(), roundtest.Authority, o.Paper, time.Time{}, 100)
		o.Must(err)
		for _, e := range all {
			if e.Action == access.ProofLook {
				looks[e.Allowed]++
			}
		}
		if looks[true] != 2 || looks[false] != 1 {
			t.Errorf("records of looks %v, want two done and one refused", looks)
		}
		if _, err := o.Proof.Keep(t.Context(), roundtest.As(access.Inspector), "x.pdf", strings.NewReader(roundtest.PDF+" ")); errs.KindOf(err) != errs.Forbidden {
			t.Errorf("an inspector keeps: %v, want Forbidden", err)
		}
		path := filepath.Join(o.Dir, "proofs", roundtest.Authority, o.Paper)
		if info, err := os.Stat(path); err != nil || info.Mode().Perm() != 0o600 {
			t.Errorf("%v, %v, want a file for the owner alone", info, err)
		}
		o.Must(os.WriteFile(path, []byte(roundtest.PDF+"changed"), 0o600))
		if _, body, err := o.Proof.Look(t.Context(), roundtest.As(access.Leader), o.Paper); errs.KindOf(err) != errs.Conflict || len(body) > 0 && err == nil {
			t.Errorf("a changed file: %v, want Conflict", err)
		}
		for _, name := range []string{"../../suiji.db", "..", strings.Repeat("0", 64)} {
			if _, _, err := o.Proof.Look(t.Context(), roundtest.As(access.Leader), name); errs.KindOf(err) != errs.NotFound {
				t.Errorf("Look(%s) = %v, want NotFound", name, err)
			}
		}
	})
}
