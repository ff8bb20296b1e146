package visit

import (
	"bytes"
	"image"
	"image/color"
	"image/jpeg"
	"math/rand/v2"
	"testing"
)

// noisy is a picture as phones make it.
func noisy(t testing.TB, w, h, quality int, r *rand.Rand) []byte {
	t.Helper()
	m := image.NewRGBA(image.Rect(0, 0, w, h))
	for i := range m.Pix {
		m.Pix[i] = uint8(i/7) + uint8(r.IntN(60))
	}
	var b bytes.Buffer
	if err := jpeg.Encode(&b, m, &jpeg.Options{Quality: quality}); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

// A whole picture is sound, of any size and quality.
func TestSound(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 2))
	for range 60 {
		w, h := 1+r.IntN(90), 1+r.IntN(90)
		if size, ok := sound(noisy(t, w, h, 1+r.IntN(100), r)); !ok || size != image.Pt(w, h) {
			t.Fatalf("%d × %d: %v, %v", w, h, size, ok)
		}
	}
	m := image.NewGray(image.Rect(0, 0, 9, 9))
	m.Set(1, 1, color.White)
	var b bytes.Buffer
	if err := jpeg.Encode(&b, m, nil); err != nil {
		t.Fatal(err)
	}
	if _, ok := sound(b.Bytes()); ok {
		t.Error("one component is sound, which image/jpeg should say")
	}
}

// What is sound image/jpeg opens, as large and in the same colours: however a
// file is damaged. What is cut off never is.
func TestSoundIsOpened(t *testing.T) {
	r := rand.New(rand.NewPCG(3, 4))
	still := 0
	for range 20_000 {
		file := noisy(t, 8+r.IntN(20), 8+r.IntN(20), 20+r.IntN(70), r)
		whole := len(file)
		for range 1 + r.IntN(3) {
			switch at := 2 + r.IntN(len(file)-4); r.IntN(4) {
			case 0:
				file[at] ^= 1 << r.IntN(8)
			case 1:
				file[at] = byte(r.Uint32())
			case 2:
				file = append(file[:at:at], file[at+1:]...)
			case 3:
				file = file[:max(8, at)]
			}
		}
		size, ok := sound(file)
		if !ok {
			continue
		}
		still++
		m, err := jpeg.Decode(bytes.NewReader(file))
		if err != nil {
			t.Fatalf("sound, and %v: %x", err, file)
		}
		if m.Bounds().Size() != size || !plain(m) {
			t.Fatalf("%v %T, want %v", m.Bounds(), m, size)
		}
		if len(file) < whole-3 {
			t.Fatalf("%d bytes of %d are sound", len(file), whole)
		}
	}
	if still < 500 {
		t.Errorf("only %d damaged files were sound: the test shows little", still)
	}
}

// FuzzSound holds the same of any bytes.
func FuzzSound(f *testing.F) {
	f.Add(noisy(f, 20, 20, 70, rand.New(rand.NewPCG(5, 6))))
	f.Fuzz(func(t *testing.T, file []byte) {
		size, ok := sound(file)
		if !ok || size.X*size.Y > 1<<20 {
			return
		}
		if m, err := jpeg.Decode(bytes.NewReader(file)); err != nil || m.Bounds().Size() != size {
			t.Fatalf("sound, and %v", err)
		}
	})
}

func BenchmarkSound(b *testing.B) {
	file := noisy(b, 1600, 1200, 80, rand.New(rand.NewPCG(7, 8)))
	b.SetBytes(int64(len(file)))
	b.Run("sound", func(b *testing.B) {
		for b.Loop() {
			if _, ok := sound(file); !ok {
				b.Fatal("not sound")
			}
		}
	})
	b.Run("opened", func(b *testing.B) {
		for b.Loop() {
			if _, err := opened(file); err != nil {
				b.Fatal(err)
			}
		}
	})
}
