package scribe

import (
	"context"

	"golang.org/x/mod/sumdb/tlog"

	"suiji/internal/errs"
	"suiji/internal/store"
	"suiji/ledger"
)

// Tile returns a file of the authority's tree as C2SP tlog-tiles names it:
// checkpoint, tile/<L>/<N>[.p/<W>] or tile/entries/<N>[.p/<W>]; and key and
// key-sm2, the verifier keys. All but the checkpoint never change. Errors: NotFound for every other path and for what
// lies beyond the newest checkpoint.
func (s *Scribe) Tile(ctx context.Context, authority, path string) ([]byte, error) {
	signed, size, err := newest(ctx, s.db, authority)
	if err != nil {
		return nil, err
	}
	switch path {
	case "checkpoint":
		signed, _, err := s.cosigned(ctx, authority, signed, size)
		return []byte(signed), err
	case "key":
		key, err := s.VerifierKey(ctx, authority)
		return []byte(key + "\n"), err
	case "key-sm2":
		v, err := s.SM2(ctx, authority)
		if err == nil && v.Verifier == "" {
			err = errs.E(errs.NotFound, "本单位没有 SM2 签名密钥")
		}
		return []byte(v.Verifier + "\n"), err
	}
	t, ok := ledger.ParseTilePath(path)
	if !ok || !within(t, size) {
		return nil, errs.E(errs.NotFound, "台账中没有这个文件")
	}
	if t.L < 0 {
		return s.entryBundle(ctx, authority, t)
	}
	return tlog.ReadTileData(t, reader(ctx, s.db, authority))
}

// within reports whether all of t is covered by a tree of size.
func within(t tlog.Tile, size int64) bool {
	hashes := size >> (ledger.TileHeight * max(t.L, 0)) // at the tile's lowest level
	return t.N <= hashes>>ledger.TileHeight && t.N<<ledger.TileHeight+int64(t.W) <= hashes
}

// entryBundle returns the entries under a tile, each behind its length in two
// bytes.
func (s *Scribe) entryBundle(ctx context.Context, authority string, t tlog.Tile) ([]byte, error) {
	from := t.N << ledger.TileHeight
	var out []byte
	err := store.Each(ctx, s.db, store.Value[string], func(body string) error {
		out = ledger.AppendBundle(out, []byte(body))
		return nil
	}, `
		SELECT body
		FROM ledger_entry
		WHERE authority_id = $1 AND position >= $2 AND position < $3
		ORDER BY position`, authority, from, from+int64(t.W))
	return out, err
}
