package scribe

import (
	"context"
	"encoding/binary"
	"strings"

	"golang.org/x/mod/sumdb/tlog"

	"suiji/internal/errs"
	"suiji/internal/store"
)

// tileHeight is the height of a C2SP tile: 256 hashes.
const tileHeight = 8

// Tile returns a file of the authority's tree as C2SP tlog-tiles names it:
// checkpoint, tile/<L>/<N>[.p/<W>] or tile/entries/<N>[.p/<W>]. All but the
// checkpoint never change. Errors: NotFound for every other path and for what
// lies beyond the newest checkpoint.
func (s *Scribe) Tile(ctx context.Context, authority, path string) ([]byte, error) {
	signed, size, err := newest(ctx, s.db, authority)
	if err != nil {
		return nil, err
	}
	if path == "checkpoint" {
		return []byte(signed), nil
	}
	t, ok := parseTile(path)
	if !ok || !within(t, size) {
		return nil, errs.E(errs.NotFound, "台账中没有这个文件")
	}
	if t.L < 0 {
		return s.entryBundle(ctx, authority, t)
	}
	return tlog.ReadTileData(t, reader(ctx, s.db, authority))
}

// parseTile reads a C2SP path, which unlike tlog's does not name the height
// and calls level -1 "entries".
func parseTile(path string) (tlog.Tile, bool) {
	rest, ok := strings.CutPrefix(path, "tile/")
	if !ok || strings.HasPrefix(rest, "data/") {
		return tlog.Tile{}, false
	}
	if entries, ok := strings.CutPrefix(rest, "entries/"); ok {
		rest = "data/" + entries
	}
	t, err := tlog.ParseTilePath("tile/8/" + rest)
	return t, err == nil
}

// within reports whether all of t is covered by a tree of size.
func within(t tlog.Tile, size int64) bool {
	hashes := size >> (tileHeight * max(t.L, 0)) // at the tile's lowest level
	return t.N <= hashes>>tileHeight && t.N<<tileHeight+int64(t.W) <= hashes
}

// entryBundle returns the entries under a tile, each behind its length in two
// bytes.
func (s *Scribe) entryBundle(ctx context.Context, authority string, t tlog.Tile) ([]byte, error) {
	from := t.N << tileHeight
	var out []byte
	err := store.Each(ctx, s.db, store.Value[string], func(body string) error {
		out = binary.BigEndian.AppendUint16(out, uint16(len(body)))
		out = append(out, body...)
		return nil
	}, `
		SELECT body
		FROM ledger_entry
		WHERE authority_id = $1 AND position >= $2 AND position < $3
		ORDER BY position`, authority, from, from+int64(t.W))
	return out, err
}
