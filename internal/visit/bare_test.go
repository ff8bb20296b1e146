package visit

import (
	"bytes"
	"image"
	"image/color"
	"image/jpeg"
	"math/rand/v2"
	"slices"
	"testing"
)

func picture(t *testing.T) []byte {
	t.Helper()
	m := image.NewRGBA(image.Rect(0, 0, 90, 60))
	for i := range m.Pix {
		m.Pix[i] = uint8(i * 7)
	}
	for x := range 90 {
		m.Set(x, 30, color.White)
	}
	var b bytes.Buffer
	if err := jpeg.Encode(&b, m, nil); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

// segment is a part of a JPEG with its marker and length.
func segment(marker byte, body string) []byte {
	n := len(body) + 2
	return append([]byte{0xff, marker, byte(n >> 8), byte(n)}, body...)
}

// What stands beside the pixels does not stay, and the pixels do not change.
func TestBare(t *testing.T) {
	plain := picture(t)
	const secret = "30.66,104.06 某某手机"
	with := func(parts ...[]byte) []byte {
		return slices.Concat(append([][]byte{plain[:2]}, append(parts, plain[2:])...)...)
	}
	tests := []struct {
		name string
		file []byte
		ok   bool
	}{
		{"nothing beside", plain, true},
		{"JFIF", with(segment(0xe0, "JFIF\x00\x01\x02\x00\x00\x01\x00\x01\x00\x00")), true},
		{"JFIF with a small picture", with(segment(0xe0, "JFIF\x00\x01\x02\x00\x00\x01\x00\x01\x01\x01"+secret)), true},
		{"Exif", with(segment(0xe1, "Exif\x00\x00"+secret)), true},
		{"comment, filler, profile", with(segment(0xfe, secret), []byte{0xff, 0xff}, segment(0xe2, "ICC_PROFILE\x00"+secret)), true},
		{"something behind the end", append(slices.Clone(plain), "PK\x03\x04"+secret...), true},
		{"Adobe's colours", with(segment(0xee, "Adobe\x00\x64\x00\x00\x00\x00\x00")), false},
		{"an unusual segment", with(segment(0xdc, "\x00\x01")), false},
		{"cut off", plain[:len(plain)-2], false},
		{"no picture", []byte("MZ"), false},
	}
	for _, tt := range tests {
		out, ok := bare(tt.file)
		if ok != tt.ok {
			t.Errorf("%s: ok = %v, want %v", tt.name, ok, tt.ok)
		}
		if !ok {
			continue
		}
		if bytes.Contains(out, []byte(secret)) || bytes.Contains(out, []byte("PK")) {
			t.Errorf("%s: what stood beside is there still", tt.name)
		}
		got, err := jpeg.Decode(bytes.NewReader(out))
		want, err2 := jpeg.Decode(bytes.NewReader(plain))
		if err != nil || err2 != nil || !slices.Equal(got.(*image.YCbCr).Y, want.(*image.YCbCr).Y) {
			t.Errorf("%s: other pixels: %v, %v", tt.name, err, err2)
		}
	}
	r := rand.New(rand.NewPCG(1, 2))
	for range 20_000 { // nothing that a phone sends may end the program
		file := slices.Clone(with(segment(0xe1, secret)))[:r.IntN(len(plain))]
		for range r.IntN(6) {
			if len(file) > 0 {
				file[r.IntN(len(file))] = byte(r.Uint32())
			}
		}
		bare(file)
	}
}

// What the phone's page made small is shown as it came; anything else is drawn
// anew, small and upright.
func TestCleaned(t *testing.T) {
	plain := picture(t)
	turned := slices.Concat(plain[:2], segment(0xe1, "Exif\x00\x00MM\x00*\x00\x00\x00\x08\x00\x01\x01\x12\x00\x03\x00\x00\x00\x01\x00\x06\x00\x00\x00\x00\x00\x00"), plain[2:])
	for _, tt := range []struct {
		name string
		file []byte
		size image.Point
		same bool
	}{{"upright", plain, image.Pt(90, 60), true}, {"turned", turned, image.Pt(60, 90), false}} {
		out, size, err := cleaned(tt.file)
		if err != nil || size != tt.size || bytes.Equal(out, plain) != tt.same {
			t.Errorf("%s: %v, %v, the same %v; want %v, %v", tt.name, size, err, bytes.Equal(out, plain), tt.size, tt.same)
		}
	}
}
