package scribe_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"suiji/internal/access"
	"suiji/internal/errs"
	"suiji/internal/store"
	"suiji/internal/store/storetest"
	"suiji/ledger"
)

func (d *desk) useSM2(on bool) {
	d.t.Helper()
	if err := d.UseSM2(d.t.Context(), access.Actor{Authority: rs, ID: "a1", Roles: []access.Role{access.Admin}}, on); err != nil {
		d.t.Fatal(err)
	}
}

// sm2Note opens the newest checkpoint under the SM2 key that is served.
func (d *desk) sm2Note() ledger.Note {
	d.t.Helper()
	key, err := d.Tile(d.t.Context(), rs, "key-sm2")
	if err != nil {
		d.t.Fatal(err)
	}
	k, err := ledger.ParseSM2Key(strings.TrimSpace(string(key)))
	if err != nil {
		d.t.Fatal(err)
	}
	signed, _, err := d.Checkpoint(d.t.Context(), rs)
	if err != nil {
		d.t.Fatal(err)
	}
	n, err := ledger.OpenNote(signed, d.verifier(rs), k)
	if err != nil {
		d.t.Fatal(err)
	}
	return n
}

func (d *desk) grow(subject string) error {
	d.t.Helper()
	d.enter(rs, "round.sealed", subject, map[string]string{})
	return d.Sequence(d.t.Context(), rs)
}

func (d *desk) check() error {
	if _, err := d.Check(d.t.Context(), rs); err != nil {
		return err
	}
	return d.CheckRest(d.t.Context(), rs)
}

func TestSM2(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		d := newDesk(t, db)
		if err := d.grow("r1"); err != nil {
			t.Fatal(err)
		}
		if _, err := d.Tile(t.Context(), rs, "key-sm2"); errs.KindOf(err) != errs.NotFound {
			t.Errorf("before the key is made it is served: %v", err)
		}
		d.useSM2(true)
		if n := d.sm2Note(); n.SM2 || n.Size != 1 {
			t.Errorf("the checkpoint from before became %+v", n)
		}
		for i, on := range []bool{true, false, true} {
			d.useSM2(on)
			d.useSM2(on) // a second click
			d.open()
			if err := d.grow("r" + string(rune('2'+i))); err != nil {
				t.Fatal(err)
			}
			if n := d.sm2Note(); n.SM2 != on || n.Others != 0 {
				t.Errorf("with the setting %v the checkpoint is %+v", on, n)
			}
		}
		text, err := d.Receipt(t.Context(), rs, 0)
		if err != nil {
			t.Fatal(err)
		}
		r, err := ledger.ParseReceipt(text)
		if err != nil {
			t.Fatal(err)
		}
		if n, err := r.Open(d.verifier(rs)); err != nil || n.Others != 1 {
			t.Errorf("who knows Ed25519 alone reads the receipt as %+v, %v", n, err)
		}
		if err := d.check(); err != nil {
			t.Error(err)
		}
		info, err := os.Stat(filepath.Join(d.dir, "keys", rs+".sm2"))
		if err != nil || info.Mode().Perm() != 0o600 {
			t.Errorf("key file: %v, %v", info, err)
		}
	})
}

func TestSM2RefusesTheOthers(t *testing.T) {
	d := newDesk(t, storetest.SQLite(t))
	err := d.UseSM2(t.Context(), access.Actor{Authority: rs, ID: "c1", Roles: []access.Role{access.Operator}}, true)
	if errs.KindOf(err) != errs.Forbidden {
		t.Errorf("an operator's UseSM2 = %v, want Forbidden", err)
	}
	if _, err := os.Stat(filepath.Join(d.dir, "keys", rs+".sm2")); err == nil {
		t.Error("a key was made all the same")
	}
}

// TestSM2Damage does to file and database what must be noticed.
func TestSM2Damage(t *testing.T) {
	keyFile := func(d *desk) string { return filepath.Join(d.dir, "keys", rs+".sm2") }
	sql := func(query string, args ...any) func(d *desk) {
		return func(d *desk) {
			err := d.door.Keep(d.t.Context(), func(tx *store.DB) error {
				_, err := tx.Exec(d.t.Context(), query, args...)
				return err
			})
			if err != nil {
				d.t.Fatal(err)
			}
		}
	}
	other := newDesk(t, storetest.SQLite(t))
	other.useSM2(true)
	foreign, err := other.SM2(t.Context(), rs)
	if err != nil {
		t.Fatal(err)
	}
	tests := []struct {
		name    string
		do      func(d *desk)
		stops   string // what the sequencer says; empty: it goes on
		checked string // what the check says
	}{
		{"the key file is gone", func(d *desk) { _ = os.Remove(keyFile(d)) }, "SM2 签名密钥文件", "不见了"},
		{"another key file", func(d *desk) {
			raw, err := os.ReadFile(keyFile(other))
			if err == nil {
				err = os.WriteFile(keyFile(d), raw, 0o600)
			}
			if err != nil {
				t.Fatal(err)
			}
		}, "不是一对", "不是一对"},
		{"another public key", sql(`UPDATE ledger_signer SET verifier = $1`, foreign.Verifier), "与最后一个检查点不符", "检查点不是用现在的密钥签的"},
		{"a damaged public key", sql(`UPDATE ledger_signer SET verifier = 'x'`), "SM2 公钥已损坏", "SM2 公钥已损坏"},
		{"no public key", sql(`DELETE FROM ledger_signer`), "与最后一个检查点不符", "检查点不是用现在的密钥签的"},
		{"a checkpoint's line", sql(`UPDATE ledger_checkpoint SET note = substr(note, 1, length(note) - 12) || 'AAAA' || substr(note, length(note) - 7)`), "与最后一个检查点不符", "检查点不是用现在的密钥签的"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			d := newDesk(t, storetest.SQLite(t))
			d.useSM2(true)
			if err := d.grow("r1"); err != nil {
				t.Fatal(err)
			}
			if err := d.check(); err != nil {
				t.Fatal(err)
			}
			tt.do(d)
			if err := d.check(); !strings.Contains(errs.Sentence(err), tt.checked) {
				t.Errorf("check says %v, want %q", err, tt.checked)
			}
			err := d.grow("r2")
			if (err == nil) != (tt.stops == "") || !strings.Contains(errs.Sentence(err), tt.stops) {
				t.Errorf("Sequence = %v, want %q", err, tt.stops)
			}
			if tt.stops != "" && d.Stopped(rs) == "" {
				t.Error("nobody is told")
			}
		})
	}
}

// TestSM2KilledKeepsOneNote dies between file and database: the note that the
// file has is the one that is published, byte for byte.
func TestSM2KilledKeepsOneNote(t *testing.T) {
	d := newDesk(t, storetest.SQLite(t))
	d.useSM2(true)
	d.enter(rs, "round.sealed", "r1", map[string]string{})
	signed := 0
	d.started = func() { d.TestOnlySigned(func(string) { signed++ }) }
	d.open()
	d.kill(rs, "ledger after checkpoint file")
	kept, err := os.ReadFile(d.checkpointFile(rs))
	if err != nil {
		t.Fatal(err)
	}
	if err := d.Sequence(t.Context(), rs); err != nil {
		t.Fatal(err)
	}
	got, _, err := d.Checkpoint(t.Context(), rs)
	if err != nil || got != string(kept) || signed != 1 {
		t.Errorf("published %q, %v, after %d signatures, want the file's %q after one", got, err, signed, kept)
	}
}
