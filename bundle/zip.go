package bundle

import (
	"encoding/binary"
	"errors"
)

// The numbers of APPNOTE 6.3.3 that the canonical form fixes.
const (
	localSignature   = 0x04034b50
	centralSignature = 0x02014b50
	endSignature     = 0x06054b50
	version          = 20
	date             = 33 // 1980-01-01

	localSize = 30 // a local header without its name
	maxSize   = 1 << 32
)

var errTooLarge = errors.New("a bundle must be below 4 GiB")

// entry is one file of the archive.
type entry struct {
	name   string
	crc    uint32
	size   int64
	offset int64 // of its local header
}

// start is where the file's bytes begin, end the first place behind them.
func (e entry) start() int64 { return e.offset + localSize + int64(len(e.name)) }
func (e entry) end() int64   { return e.start() + e.size }

// local returns the local header.
func (e entry) local() []byte {
	b := binary.LittleEndian.AppendUint32(nil, localSignature)
	b = append(e.common(b), e.name...)
	return b
}

// common appends what both headers of a file have in common, from the version
// needed to the extra length: flags 0, method 0 (stored), time 0.
func (e entry) common(b []byte) []byte {
	b = append16(b, version, 0, 0, 0, date)
	b = append32(b, int64(e.crc), e.size, e.size)
	return append16(b, len(e.name), 0)
}

// central returns the central directory's header of the file.
func (e entry) central() []byte {
	b := binary.LittleEndian.AppendUint32(nil, centralSignature)
	b = e.common(append16(b, version))
	b = append16(b, 0, 0, 0) // comment, disk, internal attributes
	b = append32(b, 0, e.offset)
	return append(b, e.name...)
}

// directory returns everything that follows the last file, which ends at
// offset: the central directory and the end record.
func directory(entries []entry, offset int64) []byte {
	var b []byte
	for _, e := range entries {
		b = append(b, e.central()...)
	}
	size := int64(len(b))
	b = binary.LittleEndian.AppendUint32(b, endSignature)
	b = append16(b, 0, 0, len(entries), len(entries))
	b = append32(b, size, offset)
	return append16(b, 0)
}

func append16(b []byte, values ...int) []byte {
	for _, v := range values {
		b = binary.LittleEndian.AppendUint16(b, uint16(v))
	}
	return b
}

func append32(b []byte, values ...int64) []byte {
	for _, v := range values {
		b = binary.LittleEndian.AppendUint32(b, uint32(v))
	}
	return b
}
