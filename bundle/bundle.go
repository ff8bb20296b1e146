// Package bundle writes and checks what an observer downloads to check one
// draw without asking the server anything: one zip in a canonical form, with
// the manifest, the lists, what was revealed, the result, and the proofs from
// the ledger. docs/spec/bundle.md is its law; the package is pure.
package bundle

import (
	"errors"
	"fmt"
	"hash/crc32"
	"io"

	"suiji/draw"
)

// The files of a bundle that are not the draw's own.
const (
	BeaconFile = "beacon.json" // only where the manifest has a drand source
	LedgerFile = "ledger.json"
)

// A List writes a list's bytes to w. It is called twice, for the sizes and
// for the bytes, and must write the same each time. A nil List is empty.
type List func(w io.Writer) error

// Bytes is a List that is held in memory.
func Bytes(b []byte) List {
	return func(w io.Writer) error {
		_, err := w.Write(b)
		return err
	}
}

// Bundle is everything that a bundle holds. The JSON is canonical: Write does
// not check it, Verify does.
type Bundle struct {
	Scheme   string // draw.TargetsScheme or draw.MatchScheme
	Manifest []byte
	Targets  List
	Excluded List // suiji/targets/1
	Officers List // suiji/match/1
	Recusals List // suiji/match/1
	Reveal   []byte
	Beacon   []byte // signature by name of the drand source; empty: there is none
	Result   []byte
	Ledger   []byte // ledger.Evidence
}

// names are the files of a bundle, in their order.
func names(scheme string, beacon bool) []string {
	lists := []draw.File{draw.ExcludedFile}
	if scheme == draw.MatchScheme {
		lists = []draw.File{draw.OfficersFile, draw.RecusalsFile}
	}
	out := []string{string(draw.ManifestFile), string(draw.TargetsFile)}
	for _, l := range lists {
		out = append(out, string(l))
	}
	out = append(out, string(draw.RevealFile))
	if beacon {
		out = append(out, BeaconFile)
	}
	return append(out, string(draw.ResultFile), LedgerFile)
}

func (b Bundle) lists() map[string]List {
	return map[string]List{
		string(draw.ManifestFile): Bytes(b.Manifest),
		string(draw.TargetsFile):  b.Targets,
		string(draw.ExcludedFile): b.Excluded,
		string(draw.OfficersFile): b.Officers,
		string(draw.RecusalsFile): b.Recusals,
		string(draw.RevealFile):   Bytes(b.Reveal),
		BeaconFile:                Bytes(b.Beacon),
		string(draw.ResultFile):   Bytes(b.Result),
		LedgerFile:                Bytes(b.Ledger),
	}
}

// Write writes the bundle to w in memory of one list's piece, whatever the
// size of the lists. The same bundle gives the same bytes. It fails for a
// bundle of 4 GiB or more and for a List that does not repeat itself.
func Write(w io.Writer, b Bundle) error {
	if b.Scheme != draw.TargetsScheme && b.Scheme != draw.MatchScheme {
		return fmt.Errorf("bundle of an unknown scheme %q", b.Scheme)
	}
	lists := b.lists()
	var entries []entry
	var offset int64
	for _, name := range names(b.Scheme, len(b.Beacon) > 0) {
		m, err := measure(lists[name], nil)
		if err != nil {
			return fmt.Errorf("bundle: %s: %w", name, err)
		}
		e := entry{name: name, crc: m.crc, size: m.size, offset: offset}
		entries = append(entries, e)
		offset = e.end()
		if offset >= maxSize {
			return errTooLarge
		}
	}
	end := directory(entries, offset)
	if offset+int64(len(end)) >= maxSize {
		return errTooLarge
	}
	for _, e := range entries {
		if err := writeEntry(w, e, lists[e.name]); err != nil {
			return fmt.Errorf("bundle: %s: %w", e.name, err)
		}
	}
	_, err := w.Write(end)
	return err
}

func writeEntry(w io.Writer, e entry, l List) error {
	if _, err := w.Write(e.local()); err != nil {
		return err
	}
	m, err := measure(l, w)
	if err == nil && (m.size != e.size || m.crc != e.crc) {
		err = errors.New("was not the same the second time")
	}
	return err
}

// meter counts and sums what passes through it.
type meter struct {
	w    io.Writer // nil: nowhere
	crc  uint32
	size int64
}

// measure runs l into w and returns what it wrote.
func measure(l List, w io.Writer) (meter, error) {
	m := meter{w: w}
	if l == nil {
		return m, nil
	}
	err := l(&m)
	return m, err
}

// Write counts p and passes it on.
func (m *meter) Write(p []byte) (int, error) {
	m.crc = crc32.Update(m.crc, crc32.IEEETable, p)
	m.size += int64(len(p))
	if m.w == nil {
		return len(p), nil
	}
	return m.w.Write(p)
}
