package ledger

import (
	"encoding/binary"
	"errors"
	"fmt"
	"strings"

	"golang.org/x/mod/sumdb/tlog"
)

// TileHeight is the height of a C2SP tile; TileWidth is how many hashes, or
// entries, a full one holds.
const (
	TileHeight = 8
	TileWidth  = 1 << TileHeight
)

// TilePath names a tile's file as C2SP tlog-tiles does, which unlike tlog does
// not name the height and calls level -1 "entries".
func TilePath(t tlog.Tile) string {
	path := strings.TrimPrefix(t.Path(), "tile/8/")
	if rest, ok := strings.CutPrefix(path, "data/"); ok {
		path = "entries/" + rest
	}
	return "tile/" + path
}

// ParseTilePath reads what TilePath prints.
func ParseTilePath(path string) (tlog.Tile, bool) {
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

// Tiles returns the files that hold a tree of size: the entry bundles first,
// then the tiles of each level.
func Tiles(size int64) []tlog.Tile {
	var all []tlog.Tile
	for level, n := -1, size; n > 0; level++ {
		for i := int64(0); i<<TileHeight < n; i++ {
			all = append(all, tlog.Tile{H: TileHeight, L: level, N: i, W: int(min(TileWidth, n-i<<TileHeight))})
		}
		if level >= 0 {
			n >>= TileHeight
		}
	}
	return all
}

// AppendBundle appends an entry to an entry bundle: two bytes of length, then
// the entry.
func AppendBundle(bundle, entry []byte) []byte {
	return append(binary.BigEndian.AppendUint16(bundle, uint16(len(entry))), entry...)
}

// CutBundle takes the first entry off an entry bundle.
func CutBundle(bundle []byte) (entry, rest []byte, err error) {
	if len(bundle) < 2 {
		return nil, nil, errors.New("entry bundle ends too early")
	}
	n := int(binary.BigEndian.Uint16(bundle))
	if bundle = bundle[2:]; len(bundle) < n {
		return nil, nil, fmt.Errorf("entry bundle ends inside an entry of %d bytes", n)
	}
	return bundle[:n], bundle[n:], nil
}
