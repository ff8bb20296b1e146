package scribe_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"suiji/internal/errs"
	"suiji/internal/store"
)

// TestRestoredWithoutTheFile restores an older copy of the database and loses
// the checkpoint file too. The witnesses are asked; without an answer nothing
// is signed; and a mirror brings the missing entries back.
func TestRestoredWithoutTheFile(t *testing.T) {
	dir := t.TempDir()
	path := filepath.Join(dir, "suiji.db")
	d := &desk{t: t, dir: dir, at: time.Date(2022, 6, 6, 1, 2, 3, 0, time.UTC)}
	open := func() {
		db, err := store.Open(t.Context(), path)
		if err != nil {
			t.Fatal(err)
		}
		d.db = db
		d.open()
	}
	shut := func() {
		if err := d.db.Close(); err != nil {
			t.Fatal(err)
		}
	}
	open()
	s := d.watch()
	d.some(rs, 3)
	shut()
	backup, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	open()
	d.at = d.at.Add(time.Hour)
	d.some(rs, 2)
	o := d.observe("witness.example/one")
	d.ask(o)
	var mirror [][]byte
	all, err := d.All(t.Context(), rs, 0, 10)
	if err != nil {
		t.Fatal(err)
	}
	for _, r := range all {
		body, err := r.Entry.Bytes()
		if err != nil {
			t.Fatal(err)
		}
		mirror = append(mirror, body)
	}
	signed := d.note()
	shut()
	if err := os.WriteFile(path, backup, 0o600); err != nil {
		t.Fatal(err)
	}
	d.remove(d.checkpointFile(rs))
	open()
	d.at = d.at.Add(time.Hour)
	d.wantStopped(rs, "见证方 witness.example/one 见过 5 条记录，数据库里只有 3 条")
	if !strings.Contains(d.Stopped(rs), "公众仍可查询") {
		t.Errorf("Stopped = %q, want a sentence for everybody", d.Stopped(rs))
	}
	if _, err := d.Receipt(t.Context(), rs, 1); err != nil {
		t.Errorf("Receipt while stopped: %v", err)
	}
	o.handler = noAnswer
	d.wantStopped(rs, "没有一个见证方应答")
	keep := d.witnesses
	d.witnesses = nil
	d.open()
	d.wantStopped(rs, "检查点文件")
	d.witnesses, o.handler = keep, nil
	d.open()

	if n, err := d.Refill(t.Context(), rs, d.fork(5), mirror); n != 0 || errs.KindOf(err) != errs.Conflict {
		t.Errorf("Refill under another tree's checkpoint = %d, %v, want Conflict", n, err)
	}
	for name, bodies := range map[string][][]byte{"with an entry changed": {mirror[0], mirror[1], mirror[2], mirror[3], mirror[3]}, "that is short": mirror[:4]} {
		if n, err := d.Refill(t.Context(), rs, signed, bodies); n != 0 || errs.KindOf(err) != errs.Conflict {
			t.Errorf("Refill from a mirror %s = %d, %v, want Conflict", name, n, err)
		}
	}
	if n, err := d.Refill(t.Context(), rs, signed, mirror); n != 2 || err != nil {
		t.Fatalf("Refill = %d, %v, want 2, nil", n, err)
	}
	if n, err := d.Refill(t.Context(), rs, signed, mirror); n != 0 || errs.KindOf(err) != errs.Conflict {
		t.Errorf("Refill again = %d, %v, want Conflict", n, err)
	}
	d.sequence(rs) // what waited meanwhile comes behind
	if c := d.checkpoint(rs); c.Size != 8 {
		t.Errorf("a tree of %d, want 8", c.Size)
	}
	d.ask(o)
	if n, err := d.Check(t.Context(), rs); n != 8 || err != nil || d.Stopped(rs) != "" {
		t.Errorf("Check = %d, %v, stopped %q, want 8 and going on", n, err, d.Stopped(rs))
	}
	t.Logf("%d signatures over %d trees", s.n, len(s.trees))
}
