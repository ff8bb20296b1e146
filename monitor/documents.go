package monitor

import (
	"archive/zip"
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io/fs"
	"path"
	"strings"

	"golang.org/x/mod/sumdb/tlog"

	"suiji/bundle"
	sealing "suiji/draw"
	"suiji/ledger"
	"suiji/randomness"
)

// documents holds the manifests and bundles at hand to the entries.
func (r *Report) documents(files fs.FS, h *history, t *tree) error {
	known := map[string]sealing.Manifest{}
	err := each(files, "manifests", ".json", func(name string, raw []byte) error {
		m, err := sealing.ParseManifest(raw)
		if err != nil {
			return found(-1, name, "清单不合格式", err.Error())
		}
		d := h.draws[m.ID]
		if d == nil || d.manifest != m.Digest() {
			return found(sealOf(d), name, "清单不是封存的那一份", "the manifest is not the one that was sealed")
		}
		if name != "manifests/"+m.ID+".json" {
			return found(d.sealedAt, name, "文件名不是清单的编号 "+m.ID, "the file's name is not the manifest's id "+m.ID)
		}
		known[m.ID] = m
		r.Manifests++
		return beacons(d, m, name)
	})
	if err != nil {
		return err
	}
	if err := h.attempts(known); err != nil {
		return err
	}
	return each(files, "bundles", ".zip", func(name string, raw []byte) error {
		r.Bundles++
		id := strings.TrimSuffix(path.Base(name), ".zip")
		d := h.draws[id]
		if d == nil || d.drawnAt < 0 {
			return found(-1, name, "台账里没有这次抽取", "the ledger knows of no such draw")
		}
		err := checkBundle(d, raw, r.Key, t)
		var f *Finding
		if errors.As(err, &f) {
			f.Position, f.Subject, f.File = d.drawnAt, id, name
		}
		return err
	})
}

// beacons holds each beacon of a sealed manifest to its place: out after the
// seal and the rolls. Its signature is the bundle's to prove.
func beacons(d *draw, m sealing.Manifest, name string) error {
	for _, s := range m.Seed {
		if s.Kind != sealing.Drand {
			continue
		}
		chain, err := randomness.ChainOf(s.Chain)
		if err != nil {
			return found(d.sealedAt, name, err.Error(), "the chain of beacon "+s.Name+" is not known")
		}
		if !chain.Time(s.Round).After(d.chosen) {
			return found(d.sealedAt, name, "公共信标在封存或公开摇号之前已经公布，其余的数可以挑选", "beacon "+s.Name+" came out before the seal or a roll")
		}
	}
	return nil
}

func sealOf(d *draw) int64 {
	if d == nil {
		return -1
	}
	return d.sealedAt
}

// each reads the files of a folder; there need not be one.
func each(files fs.FS, folder, ending string, fn func(name string, raw []byte) error) error {
	list, err := fs.ReadDir(files, folder)
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	if err != nil {
		return err
	}
	for _, d := range list {
		name := path.Join(folder, d.Name())
		if d.IsDir() || path.Ext(name) != ending {
			return found(-1, name, "这个文件不属于台账", "the file is no part of the ledger")
		}
		raw, err := fs.ReadFile(files, name)
		if err != nil {
			return err
		}
		if err := fn(name, raw); err != nil {
			return err
		}
	}
	return nil
}

// attempts holds each known manifest to its place among the seals for one
// purpose: the first has attempt 1, each later one counts one more and names
// the digest of the one before it.
func (h *history) attempts(known map[string]sealing.Manifest) error {
	var bad *Finding
	for _, seals := range h.purposes {
		for i, id := range seals {
			m, ok := known[id]
			if !ok {
				continue
			}
			previous := ""
			if i > 0 {
				previous = h.draws[seals[i-1]].manifest
			}
			if m.Attempt == i+1 && m.Previous == previous {
				continue
			}
			f := found(h.draws[id].sealedAt, "", fmt.Sprintf("这是第 %d 次封存，清单却自称第 %d 次，或没有指明前一次", i+1, m.Attempt),
				fmt.Sprintf("this is seal number %d, the manifest calls itself attempt %d, or does not name the one before", i+1, m.Attempt))
			f.Subject = id
			if bad == nil || f.Position < bad.Position {
				bad = f
			}
		}
	}
	if bad != nil {
		return bad
	}
	return nil
}

// checkBundle holds a disclosed bundle to its entry, and the checkpoint that
// it stands on to the tree.
func checkBundle(d *draw, raw []byte, key string, t *tree) error {
	sum := sha256.Sum256(raw)
	if d.disclosed != hex.EncodeToString(sum[:]) {
		return found(-1, "", "核验包不是公开的那一份", "the bundle is not the one that was disclosed")
	}
	report, err := bundle.Verify(bytes.NewReader(raw), int64(len(raw)), bundle.Options{Key: key})
	if err != nil {
		return err
	}
	if !report.OK {
		last := report.Steps[len(report.Steps)-1]
		return found(-1, "", "核验包不成立："+last.Step, last.Step+": "+last.Detail)
	}
	files, err := zip.NewReader(bytes.NewReader(raw), int64(len(raw)))
	if err != nil {
		return err
	}
	evidence, err := fs.ReadFile(files, bundle.LedgerFile)
	if err != nil {
		return err
	}
	v, err := ledger.ParseEvidence(evidence)
	if err != nil {
		return err
	}
	c, err := ledger.OpenCheckpoint(v.Checkpoint, key)
	if err != nil {
		return err
	}
	if c.Size > int64(len(t.bodies)) || rootOf(t.levels[0][:c.Size*tlog.HashSize]) != c.Root {
		return found(-1, "", "核验包所附的检查点属于另一本账", "the bundle's checkpoint is of another ledger")
	}
	return nil
}
