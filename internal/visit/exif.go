package visit

import (
	"bytes"
	"encoding/binary"
)

// orientation returns how a JPEG's camera was held, 1 to 8 as in the EXIF tag
// 274; 1 if it does not say.
func orientation(file []byte) int {
	for i := 2; i+4 <= len(file) && file[0] == 0xff && file[1] == 0xd8; {
		marker, size := file[i+1], int(binary.BigEndian.Uint16(file[i+2:]))
		if file[i] != 0xff || marker == 0xda || i+2+size > len(file) || size < 2 {
			break
		}
		if body := file[i+4 : i+2+size]; marker == 0xe1 && bytes.HasPrefix(body, []byte("Exif\x00\x00")) {
			return tag274(body[6:])
		}
		i += 2 + size
	}
	return 1
}

// tag274 looks the orientation up in the first directory of a TIFF file.
func tag274(t []byte) int {
	if len(t) < 8 {
		return 1
	}
	var order binary.ByteOrder = binary.BigEndian
	if t[0] == 'I' {
		order = binary.LittleEndian
	}
	at := int64(order.Uint32(t[4:]))
	if at+2 > int64(len(t)) {
		return 1
	}
	n := int64(order.Uint16(t[at:]))
	for i := range n {
		e := at + 2 + 12*i
		if e+12 > int64(len(t)) {
			break
		}
		if order.Uint16(t[e:]) != 274 {
			continue
		}
		if v := int(order.Uint16(t[e+8:])); v >= 1 && v <= 8 {
			return v
		}
	}
	return 1
}
