package visit_test

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"suiji/internal/access"
	"suiji/internal/errs"
	"suiji/internal/inspection"
	"suiji/internal/inspection/inspectiontest"
	"suiji/internal/store"
	"suiji/internal/store/storetest"
	"suiji/internal/visit"
)

// camera is a JPEG as a telephone's camera writes it: beside the pixels stand
// the place, to a hundredth of a second, and how it was held.
func camera(t testing.TB, w, h int) []byte {
	t.Helper()
	var x bytes.Buffer
	put := func(v ...any) {
		for _, v := range v {
			if err := binary.Write(&x, binary.LittleEndian, v); err != nil {
				t.Fatal(err)
			}
		}
	}
	entry := func(tag, kind uint16, count, value uint32) { put(tag, kind, count, value) }
	put([]byte("II*\x00"), uint32(8))
	put(uint16(2))
	entry(274, 3, 1, 6)    // Orientation: a quarter turn
	entry(34853, 4, 1, 38) // GPSInfo
	put(uint32(0))
	put(uint16(4)) // at 38
	entry(1, 2, 2, 'N')
	entry(2, 5, 3, 92)
	entry(3, 2, 2, 'E')
	entry(4, 5, 3, 116)
	put(uint32(0))
	put([]uint32{37, 1, 45, 1, 4711, 100}) // at 92: 37° 45′ 47.11″
	put([]uint32{114, 1, 31, 1, 3112, 100})
	file := picture(t, w, h, 1, 1)
	segment := append([]byte("Exif\x00\x00"), x.Bytes()...)
	head := append([]byte{0xff, 0xd8, 0xff, 0xe1}, binary.BigEndian.AppendUint16(nil, uint16(len(segment)+2))...)
	return append(append(head, segment...), file[2:]...)
}

// segments lists the markers of a JPEG up to its pixels.
func segments(file []byte) (markers []byte) {
	for i := 2; i+4 <= len(file) && file[i] == 0xff; i += 2 + int(binary.BigEndian.Uint16(file[i+2:])) {
		markers = append(markers, file[i+1])
		if file[i+1] == 0xda {
			break
		}
	}
	return markers
}

func digestOf(b []byte) string {
	sum := sha256.Sum256(b)
	return hex.EncodeToString(sum[:])
}

// carried sends a file in pieces as a phone does, through a line that cuts,
// doubles and turns round: a piece may be lost, come twice, or come long after.
func (s *spot) carried(a access.Actor, p visit.Part, file []byte, rnd *rand.Rand) {
	s.t.Helper()
	var late []visit.Part
	send := func(p visit.Part) int64 {
		have, err := s.v.Part(context.Background(), a, p)
		s.must(err)
		return have
	}
	for have, tries := int64(0), 0; have < p.Size; tries++ {
		if tries > 2000 {
			s.t.Fatal("it never comes to an end")
		}
		p.Offset, p.Body = have, file[have:min(have+700, p.Size)]
		switch rnd.IntN(5) {
		case 0: // lost on the way there
			continue
		case 1: // comes later
			late = append(late, p)
			continue
		case 2: // its answer is lost: the phone does not know how far it is
			send(p)
			have = 0
			continue
		case 3: // twice, and an old one besides
			send(p)
			if len(late) > 0 {
				send(late[rnd.IntN(len(late))])
			}
		}
		have = send(p)
	}
	for _, p := range late {
		send(p)
	}
}

// A photograph of a real camera, in pieces over a bad line: it is there once,
// whole; what is shown has pixels and nothing else; its original follows.
func TestPieces(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		seed := rand.Uint64()
		t.Logf("seed %d", seed)
		rnd := rand.New(rand.NewPCG(seed, 2))
		s := newSpot(t, db)
		original, small := camera(t, 700, 200), camera(t, 70, 20)
		p := visit.Part{Upload: visit.Upload{Form: inspection.Serial(inspectiontest.Round, 1), Use: visit.UseOther, Digest: digestOf(small), Original: digestOf(original), At: 1655690400000}, Size: int64(len(small))}
		whole := visit.Part{Upload: visit.Upload{Form: p.Form, Use: visit.UseOriginal, Digest: p.Original}, Size: int64(len(original))}
		if _, err := s.v.Part(t.Context(), s.one, whole); errs.KindOf(err) != errs.Invalid {
			t.Errorf("an original before its photograph: %v, want it refused", err)
		}
		s.carried(s.one, p, small, rnd)
		v, err := s.v.Visit(t.Context(), s.Form(t, 1))
		s.must(err)
		if len(v.Photos) != 1 || v.Photos[0].Digest != p.Digest || v.Photos[0].Whole || v.Photos[0].Width != 20 {
			t.Fatalf("photographs %+v, want the one, upright, its original not here", v.Photos)
		}
		s.carried(s.one, whole, original, rnd)
		p.Use, p.Body = visit.UsePoint(1), nil // the same picture shows something else too: no byte is sent again
		if have, err := s.v.Part(t.Context(), s.one, p); err != nil || have != p.Size {
			t.Errorf("for another use: %d, %v", have, err)
		}
		v, err = s.v.Visit(t.Context(), s.Form(t, 1))
		s.must(err)
		if len(v.Photos) != 2 || !v.Photos[0].Whole {
			t.Errorf("photographs %+v, want one for two uses, its original here", v.Photos)
		}
		for digest, want := range map[string][]byte{p.Digest: small, p.Original: original} {
			kept, err := os.ReadFile(filepath.Join(s.dir, "photos", inspectiontest.Authority, digest))
			if err != nil || !bytes.Equal(kept, want) || digestOf(kept) != digest {
				t.Errorf("%s is not kept as it came: %v", digest, err)
			}
			if !bytes.Contains(segments(kept), []byte{0xe1}) {
				t.Error("the test's camera writes no place")
			}
		}
		shown, err := s.v.Picture(t.Context(), inspectiontest.Authority, p.Form, p.Digest)
		s.must(err)
		for _, m := range segments(shown) {
			if !slices.Contains([]byte{0xdb, 0xc0, 0xc4, 0xda}, m) {
				t.Errorf("the copy that is shown has a segment %x", m)
			}
		}
		if _, err := s.v.Picture(t.Context(), inspectiontest.Authority, p.Form, p.Original); errs.KindOf(err) != errs.NotFound {
			t.Errorf("the original is shown: %v", err)
		}
		if left, _ := os.ReadDir(filepath.Join(s.dir, "photos", inspectiontest.Authority, "parts")); len(left) != 0 {
			t.Errorf("left behind: %v", left)
		}
	})
}

func TestPieceRefused(t *testing.T) {
	s := newSpot(t, storetest.SQLite(t))
	file := camera(t, 40, 40)
	good := visit.Part{Upload: visit.Upload{Form: inspection.Serial(inspectiontest.Round, 1), Use: visit.UseOther, Digest: digestOf(file), Body: file}, Size: int64(len(file))}
	for name, edit := range map[string]func(*visit.Part){
		"another's firm":         func(p *visit.Part) { p.Form = inspection.Serial(inspectiontest.Round, 2) },
		"no use":                 func(p *visit.Part) { p.Use = "../x" },
		"no digest":              func(p *visit.Part) { p.Digest = "" },
		"empty":                  func(p *visit.Part) { p.Size = 0 },
		"a byte above the limit": func(p *visit.Part) { p.Size = 20<<20 + 1 },
		"behind its end":         func(p *visit.Part) { p.Offset = 1 },
		"before its beginning":   func(p *visit.Part) { p.Offset = -1 },
		"too large a piece":      func(p *visit.Part) { p.Size, p.Body = 20<<20, make([]byte, 1<<20+1) },
	} {
		p := good
		edit(&p)
		if _, err := s.v.Part(t.Context(), s.one, p); errs.KindOf(err) != errs.Invalid && errs.KindOf(err) != errs.NotFound {
			t.Errorf("%s: %v, want it refused", name, err)
		}
	}
	// Whole, and no picture.
	text := []byte(strings.Repeat("no picture ", 99))
	p := good
	p.Body, p.Size, p.Digest = text, int64(len(text)), digestOf(text)
	if _, err := s.v.Part(t.Context(), s.one, p); errs.KindOf(err) != errs.Invalid {
		t.Errorf("no picture: %v, want it refused", err)
	}
	// Changed on the way: it begins anew, and then is there.
	p = good
	p.Body = bytes.Replace(file, []byte("Exif"), []byte("Exiv"), 1)
	if have, err := s.v.Part(t.Context(), s.one, p); err != nil || have != 0 {
		t.Errorf("changed on the way: %d, %v, want it to begin anew", have, err)
	}
	if have, err := s.v.Part(t.Context(), s.one, good); err != nil || have != good.Size {
		t.Errorf("then: %d, %v", have, err)
	}
}

// A disk that is full is told, and what is on the phone can come later.
func TestPieceDiskFull(t *testing.T) {
	if _, err := os.Stat("/dev/full"); err != nil {
		t.Skip("no /dev/full here")
	}
	s := newSpot(t, storetest.SQLite(t))
	file := camera(t, 40, 40)
	p := visit.Part{Upload: visit.Upload{Form: inspection.Serial(inspectiontest.Round, 1), Use: visit.UseOther, Digest: digestOf(file), Body: file}, Size: int64(len(file))}
	path := filepath.Join(s.dir, "photos", inspectiontest.Authority, "parts", digestOf([]byte(s.one.ID))[:16]+"-"+p.Digest+".part")
	s.must(os.MkdirAll(filepath.Dir(path), 0o700))
	s.must(os.Symlink("/dev/full", path))
	half := p
	half.Body = file[:len(file)/2]
	if _, err := s.v.Part(t.Context(), s.one, half); errs.KindOf(err) != errs.Full || !strings.Contains(errs.Sentence(err), "磁盘空间不足") {
		t.Fatalf("on a full disk: %v", err)
	}
	s.must(os.Remove(path))
	if have, err := s.v.Part(t.Context(), s.one, p); err != nil || have != p.Size {
		t.Errorf("with room again: %d, %v", have, err)
	}
}

// What nobody ends is let go: after a week, and when it becomes too much.
func TestPiecesLetGo(t *testing.T) {
	s := newSpot(t, storetest.SQLite(t))
	begin := func(a access.Actor, i int, size int64) {
		t.Helper()
		p := visit.Part{Upload: visit.Upload{Form: inspection.Serial(inspectiontest.Round, 1), Use: visit.UseOther, Digest: digestOf([]byte(fmt.Sprint(i))), Body: make([]byte, 1<<20)}, Size: size}
		for ; p.Offset+1<<20 < size; p.Offset += 1 << 20 {
			if _, err := s.v.Part(context.Background(), a, p); err != nil {
				t.Fatal(err)
			}
		}
	}
	waiting := func() int {
		all, err := os.ReadDir(filepath.Join(s.dir, "photos", inspectiontest.Authority, "parts"))
		s.must(err)
		return len(all)
	}
	begin(s.two, 0, 20<<20)
	for i := 1; i <= 6; i++ {
		begin(s.one, i, 20<<20) // 19 MB each, of 80
	}
	if n := waiting(); n != 1+5 {
		t.Errorf("%d files wait, want the other's and one's newest within the limit", n)
	}
	s.On("2022-06-27")
	begin(s.one, 7, 2<<20)
	if n := waiting(); n != 1+5 {
		t.Errorf("%d files wait after a week to the minute, want all but one's oldest", n)
	}
	s.On("2022-06-28")
	begin(s.one, 8, 2<<20)
	if n := waiting(); n != 2 {
		t.Errorf("%d files wait after more than a week, want the two new ones", n)
	}
}
