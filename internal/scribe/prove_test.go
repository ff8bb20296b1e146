package scribe_test

import (
	"encoding/binary"
	"fmt"
	"strings"
	"testing"
	"time"

	"golang.org/x/mod/sumdb/tlog"

	"suiji/internal/errs"
	"suiji/internal/store"
	"suiji/internal/store/storetest"
	"suiji/ledger"
)

// draw enters the entries of one draw with two public sources.
func (d *desk) draw(subject string) {
	d.enter(rs, "round.sealed", subject, map[string]any{"manifest": "m"})
	d.enter(rs, "round.rolled", subject, map[string]any{"source": "balls", "value": "1"})
	d.enter(rs, "round.rolled", subject, map[string]any{"source": "dice", "value": "6"})
	d.enter(rs, "round.revealed", subject, map[string]any{"source": "bureau", "digest": "d"})
	d.enter(rs, "round.drawn", subject, map[string]any{"seed": "s"})
}

func TestEvidence(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		d := newDesk(t, db)
		d.some(rs, 3)
		d.draw("r1")
		public := []string{"dice", "balls"}
		if _, err := d.Evidence(t.Context(), rs, "r1", public, 0); errs.KindOf(err) != errs.Conflict {
			t.Errorf("Evidence before sequencing = %v, want Conflict", err)
		}
		d.sequence(rs)
		early, err := d.Evidence(t.Context(), rs, "r1", public, 0)
		if err != nil {
			t.Fatal(err)
		}
		if got := kinds(early); got != "3 round.sealed;5 round.rolled dice;4 round.rolled balls;7 round.drawn;" {
			t.Errorf("Evidence holds %s", got)
		}
		d.draw("r2")
		d.sequence(rs)
		same, err := d.Evidence(t.Context(), rs, "r1", public, 8)
		if err != nil {
			t.Fatal(err)
		}
		a, err1 := early.Bytes()
		b, err2 := same.Bytes()
		if err1 != nil || err2 != nil || string(a) != string(b) {
			t.Errorf("Evidence at size 8 changed: %s, then %s", a, b)
		}
		late, err := d.Evidence(t.Context(), rs, "r1", public, 0)
		if err != nil {
			t.Fatal(err)
		}
		if c, err := late.Open(); err != nil || c.Size != 13 {
			t.Errorf("newest evidence: %+v, %v, want a tree of 13", c, err)
		}
		if _, err := d.Evidence(t.Context(), rs, "r2", public, 8); errs.KindOf(err) != errs.Conflict {
			t.Errorf("Evidence of r2 in a tree before it = %v, want Conflict", err)
		}
		if _, err := d.Evidence(t.Context(), rs, "r1", public, 5); errs.KindOf(err) != errs.NotFound {
			t.Errorf("Evidence at a size that was never signed = %v, want NotFound", err)
		}
	})
}

func kinds(v ledger.Evidence) string {
	var b strings.Builder
	for _, p := range v.Entries {
		fmt.Fprintf(&b, "%d %s", p.Index, p.Entry.Type)
		if source, ok := p.Entry.Data["source"]; ok {
			fmt.Fprintf(&b, " %s", source)
		}
		b.WriteString(";")
	}
	return b.String()
}

func TestEvidenceNeedsEachEntryOnce(t *testing.T) {
	d := newDesk(t, storetest.SQLite(t))
	d.draw("r1")
	d.enter(rs, "round.rolled", "r1", map[string]any{"source": "dice", "value": "5"})
	d.enter(rs, "round.sealed", "r2", map[string]any{"manifest": "m"})
	d.sequence(rs)
	for _, tt := range []struct {
		subject string
		public  []string
	}{{"r1", []string{"dice"}}, {"r1", []string{"cards"}}, {"r2", nil}, {"r3", nil}} {
		if _, err := d.Evidence(t.Context(), rs, tt.subject, tt.public, 0); errs.KindOf(err) != errs.Conflict {
			t.Errorf("Evidence(%s, %v) = %v, want Conflict", tt.subject, tt.public, err)
		}
	}
}

func TestReceipt(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		d := newDesk(t, db)
		if _, err := d.Receipt(t.Context(), rs, 0); errs.KindOf(err) != errs.NotFound {
			t.Errorf("Receipt in an empty tree = %v, want NotFound", err)
		}
		d.some(rs, 9)
		for position := range int64(9) {
			text, err := d.Receipt(t.Context(), rs, position)
			if err != nil {
				t.Fatal(err)
			}
			r, err := ledger.ParseReceipt(text)
			if err != nil || r.Index != position {
				t.Fatalf("ParseReceipt = %+v, %v, want index %d", r, err, position)
			}
			if _, err := r.Open(d.verifier(rs)); err != nil {
				t.Errorf("receipt %d: %v", position, err)
			}
		}
		if _, err := d.Receipt(t.Context(), rs, 9); errs.KindOf(err) != errs.NotFound {
			t.Errorf("Receipt beyond the tree = %v, want NotFound", err)
		}
		d.exec(`UPDATE ledger_hash SET hash = $1 WHERE place = 1`, make([]byte, 32))
		if _, err := d.Receipt(t.Context(), rs, 0); errs.KindOf(err) != errs.Conflict {
			t.Errorf("Receipt over a changed hash = %v, want Conflict", err)
		}
	})
}

// monitor reads a tree as any client of tlog-tiles would.
type monitor struct {
	t *testing.T
	d *desk
}

func (m monitor) Height() int                     { return 8 }
func (m monitor) SaveTiles([]tlog.Tile, [][]byte) {}
func (m monitor) ReadTiles(tiles []tlog.Tile) ([][]byte, error) {
	out := make([][]byte, len(tiles))
	for i, t := range tiles {
		var err error
		if out[i], err = m.d.Tile(m.t.Context(), rs, strings.Replace(t.Path(), "tile/8/", "tile/", 1)); err != nil {
			return nil, fmt.Errorf("%s: %w", t.Path(), err)
		}
	}
	return out, nil
}

// TestTiles follows the tree through its checkpoints with tiles alone: each
// extends the one before, and entries from everywhere in it are.
func TestTiles(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		d := newDesk(t, db)
		older := ledger.Checkpoint{Origin: "suiji/" + rs}
		for _, n := range []int{1, 4, 250, 2, 300} {
			d.at = d.at.Add(time.Minute)
			d.some(rs, n)
			newer := d.checkpoint(rs)
			hashes := tlog.TileHashReader(tlog.Tree{N: newer.Size, Hash: newer.Root}, monitor{t, d})
			var proof []ledger.Hash
			if older.Size > 0 {
				var err error
				if proof, err = tlog.ProveTree(newer.Size, older.Size, hashes); err != nil {
					t.Fatal(err)
				}
			}
			if err := ledger.CheckConsistency(older, newer, proof); err != nil {
				t.Error(err)
			}
			for i, leaf := range d.leaves(newer.Size) {
				if i%9 != 0 && int64(i) < newer.Size-3 {
					continue // each proof reads several tiles
				}
				proof, err := tlog.ProveRecord(newer.Size, int64(i), hashes)
				if err != nil {
					t.Fatal(err)
				}
				if err := ledger.CheckInclusion(newer, leaf, int64(i), proof); err != nil {
					t.Error(err)
				}
			}
			older = newer
		}
	})
}

// leaves reads the entry bundles of a tree of size.
func (d *desk) leaves(size int64) [][]byte {
	d.t.Helper()
	var leaves [][]byte
	for n := int64(0); n<<8 < size; n++ {
		path := fmt.Sprintf("tile/entries/%03d", n)
		if w := size - n<<8; w < 256 {
			path += fmt.Sprintf(".p/%d", w)
		}
		b, err := d.Tile(d.t.Context(), rs, path)
		if err != nil {
			d.t.Fatal(err)
		}
		for len(b) > 0 {
			end := 2 + int(binary.BigEndian.Uint16(b))
			leaves = append(leaves, b[2:end])
			b = b[end:]
		}
	}
	return leaves
}

func TestTileRefuses(t *testing.T) {
	d := newDesk(t, storetest.SQLite(t))
	d.some(rs, 5)
	for _, path := range []string{
		"", "x", "tile", "tile/0/000", "tile/0/000.p/6", "tile/0/000.p/0", "tile/0/000.p/05", "tile/0/001.p/1",
		"tile/1/000.p/1", "tile/63/000.p/1", "tile/data/000.p/1", "tile/8/0/000.p/1", "tile/entries/000",
		"tile/entries/000.p/6", "tile/-1/000.p/1", "tile/0/x999/x999/x999/x999/x999/x999/999.p/1", "../keys",
	} {
		if b, err := d.Tile(t.Context(), rs, path); errs.KindOf(err) != errs.NotFound {
			t.Errorf("Tile(%q) = %d bytes, %v, want NotFound", path, len(b), err)
		}
	}
	for _, path := range []string{"checkpoint", "tile/0/000.p/5", "tile/entries/000.p/4"} {
		if b, err := d.Tile(t.Context(), rs, path); err != nil || len(b) == 0 {
			t.Errorf("Tile(%q) = %d bytes, %v, want some", path, len(b), err)
		}
	}
	if _, err := d.Tile(t.Context(), mk, "checkpoint"); errs.KindOf(err) != errs.NotFound {
		t.Errorf("Tile of an empty tree = %v, want NotFound", err)
	}
}
