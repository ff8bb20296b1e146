package visit

import (
	"bytes"
	"encoding/binary"
)

// Markers of a JPEG (ITU-T T.81, table B.1).
const (
	markSOI, markEOI, markSOS      = 0xd8, 0xd9, 0xda
	markDHT, markDQT, markDRI      = 0xc4, 0xdb, 0xdd
	markBaseline, markProgressive  = 0xc0, 0xc2
	markJFIF, markAdobe, markLast  = 0xe0, 0xee, 0xef
	markComment, markRST, markRST7 = 0xfe, 0xd0, 0xd7
)

// bare returns a JPEG without what stands beside its pixels: what a camera or a
// person wrote there, and what follows the end. It reads no pixel. ok is false for
// a file that has anything unusual: its pixels are to be drawn anew.
func bare(file []byte) (out []byte, ok bool) {
	if len(file) < 4 || file[0] != 0xff || file[1] != markSOI {
		return nil, false
	}
	out = append(make([]byte, 0, len(file)), file[:2]...)
	for i := 2; i+1 < len(file); {
		if file[i] != 0xff {
			return nil, false
		}
		marker := file[i+1]
		if marker == 0xff { // a filler
			i++
			continue
		}
		if marker == markEOI {
			return append(out, 0xff, markEOI), true
		}
		if i+4 > len(file) {
			return nil, false
		}
		end := i + 2 + int(binary.BigEndian.Uint16(file[i+2:]))
		if end < i+4 || end > len(file) {
			return nil, false
		}
		switch {
		case marker == markSOS:
			end = afterScan(file, end)
			out = append(out, file[i:end]...)
		case marker >= markBaseline && marker <= markProgressive, marker == markDHT, marker == markDQT, marker == markDRI,
			marker == markJFIF && end == i+18 && bytes.HasPrefix(file[i+4:], []byte("JFIF\x00")): // no picture in the picture
			out = append(out, file[i:end]...)
		case marker == markAdobe: // the colours may be others than it seems
			return nil, false
		case marker >= markJFIF && marker <= markLast, marker == markComment:
		default:
			return nil, false
		}
		i = end
	}
	return nil, false
}

// afterScan is where the marker behind a scan's data stands.
func afterScan(file []byte, i int) int {
	for ; i+1 < len(file); i++ {
		if next := file[i+1]; file[i] == 0xff && next != 0 && (next < markRST || next > markRST7) {
			return i
		}
	}
	return len(file)
}
