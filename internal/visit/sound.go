package visit

import (
	"encoding/binary"
	"image"
)

// sound reads a JPEG as phones make it — baseline, three components, one scan, no
// restarts — to its last code and says how large its picture is, without working
// any pixel out, which most of the time goes into. What is sound here image/jpeg
// opens; of anything else ok is false, and image/jpeg has to say what it is.
func sound(file []byte) (size image.Point, ok bool) {
	if len(file) < 4 || file[0] != 0xff || file[1] != markSOI {
		return size, false
	}
	var s scan
	for i := 2; i+4 <= len(file) && file[i] == 0xff; {
		marker, end := file[i+1], i+2+int(binary.BigEndian.Uint16(file[i+2:]))
		if end < i+4 || end > len(file) {
			return size, false
		}
		body := file[i+4 : end]
		switch {
		case marker == markBaseline:
			ok = s.frame(body)
		case marker == markDHT:
			ok = s.codes(body)
		case marker == markDQT:
			ok = quantized(body)
		case marker == markSOS:
			return s.size, s.begins(body) && s.read(file[end:])
		default:
			ok = marker >= markJFIF && marker <= markLast && marker != markAdobe || marker == markComment
		}
		if !ok {
			return size, false
		}
		i = end
	}
	return size, false
}

// A scan is a picture's codes and how they are to be read.
type scan struct {
	size   image.Point
	blocks [3]int    // of each component in a unit
	units  int       // of the picture
	tables [3][2]int // of each component: for its first code of a block, for the others
	code   [2][2]huffman
	data   []byte
	bits   uint64
	n      uint // how many bits there are
}

// huffman is a table of Huffman codes (T.81, annex C and F.2.2.3).
type huffman struct {
	short  [256]uint16 // by eight bits: length<<8 | value; 0: the code is longer, or none
	beyond [17]int     // by length: the first number that is no code of that length
	offset [17]int     // by length: what to add to a code for its value's place
	values []byte
}

// frame takes T.81, B.2.2.
func (s *scan) frame(b []byte) bool {
	if s.units > 0 || len(b) != 15 || b[0] != 8 || b[5] != 3 {
		return false
	}
	s.size = image.Pt(int(binary.BigEndian.Uint16(b[3:])), int(binary.BigEndian.Uint16(b[1:])))
	h, v := int(b[7]>>4), int(b[7]&15)
	if s.size.X == 0 || s.size.Y == 0 || h < 1 || h > 2 || v < 1 || v > 2 || b[10] != 0x11 || b[13] != 0x11 {
		return false
	}
	for i := range 3 {
		if int(b[6+3*i]) != i+1 || b[8+3*i] > 3 { // the names of other colours are others
			return false
		}
	}
	s.blocks = [3]int{h * v, 1, 1}
	s.units = (s.size.X + 8*h - 1) / (8 * h) * ((s.size.Y + 8*v - 1) / (8 * v))
	return true
}

// quantized takes T.81, B.2.4.1.
func quantized(b []byte) bool {
	for ; len(b) >= 65 && b[0] <= 3; b = b[65:] {
	}
	return len(b) == 0
}

// codes takes T.81, B.2.4.2.
func (s *scan) codes(b []byte) bool {
	for len(b) > 17 {
		if b[0]&^0x11 != 0 {
			return false
		}
		c := &s.code[b[0]>>4][b[0]&1]
		*c = huffman{}
		code, place := 0, 0
		for length := 1; length <= 16; length++ {
			n := int(b[length])
			if code+n > 1<<length || 17+place+n > len(b) {
				return false
			}
			c.offset[length] = place - code
			for k := range n {
				if length > 8 {
					break
				}
				first := (code + k) << (8 - length)
				for x := first; x < first+1<<(8-length); x++ {
					c.short[x] = uint16(length)<<8 | uint16(b[17+place+k])
				}
			}
			code, place = code+n, place+n
			c.beyond[length] = code
			code <<= 1
		}
		if place == 0 || place > 256 {
			return false
		}
		c.values, b = b[17:17+place], b[17+place:]
	}
	return len(b) == 0
}

// begins takes T.81, B.2.3.
func (s *scan) begins(b []byte) bool {
	if s.units == 0 || len(b) != 10 || b[0] != 3 || b[7] != 0 || b[8] != 63 || b[9] != 0 {
		return false
	}
	for i := range 3 {
		t := b[2+2*i]
		if int(b[1+2*i]) != i+1 || t&^0x11 != 0 {
			return false
		}
		s.tables[i] = [2]int{int(t >> 4), int(t & 1)}
		if s.code[0][t>>4].values == nil || s.code[1][t&1].values == nil {
			return false
		}
	}
	return true
}

// read goes through all blocks: the picture's end has to follow them.
func (s *scan) read(data []byte) bool {
	s.data = data
	for range s.units {
		for i, n := range s.blocks {
			first, others := &s.code[0][s.tables[i][0]], &s.code[1][s.tables[i][1]]
			for range n {
				if !s.block(first, others) {
					return false
				}
			}
		}
	}
	return s.n < 8 && len(s.data) >= 2 && s.data[0] == 0xff && s.data[1] == markEOI
}

// block reads one (T.81, F.2.2): a code says how many bits follow it, and how many
// places before are empty.
func (s *scan) block(first, others *huffman) bool {
	size := s.next(first)
	if size < 0 || size > 11 || !s.skip(uint(size)) {
		return false
	}
	for at := 1; at < 64; at++ {
		v := s.next(others)
		if v < 0 {
			return false
		}
		run, size := v>>4, v&15
		if size == 0 && run != 15 { // the rest is empty; of progressive pictures alone more than this block
			return run == 0
		}
		if at += run; at > 63 || !s.skip(uint(size)) {
			return false
		}
	}
	return true
}

// fill has 32 bits or more, unless the codes end before.
func (s *scan) fill() {
	for s.n <= 56 && len(s.data) > 1 {
		b := s.data[0]
		if b == 0xff {
			if s.data[1] != 0 {
				return // a marker
			}
			s.data = s.data[1:]
		}
		s.data = s.data[1:]
		s.bits, s.n = s.bits<<8|uint64(b), s.n+8
	}
}

func (s *scan) skip(n uint) bool {
	if s.n < n {
		if s.fill(); s.n < n {
			return false
		}
	}
	s.n -= n
	return true
}

// next is the value of the next code; -1: there is none.
func (s *scan) next(c *huffman) int {
	if s.n < 16 {
		s.fill()
	}
	if s.n >= 8 {
		if x := c.short[s.bits>>(s.n-8)&0xff]; x != 0 {
			s.n -= uint(x >> 8)
			return int(x & 0xff)
		}
	}
	for length := uint(1); length <= min(16, s.n); length++ {
		if code := int(s.bits >> (s.n - length) & (1<<length - 1)); code < c.beyond[length] {
			s.n -= length
			return int(c.values[code+c.offset[length]])
		}
	}
	return -1
}
