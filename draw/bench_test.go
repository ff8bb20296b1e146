package draw

import (
	"bytes"
	"crypto/hmac"
	"fmt"
	"hash"
	"runtime"
	"strconv"
	"sync"
	"testing"
	"time"

	"suiji/internal/canon"
)

// BenchmarkDraw1M draws 5 % of a million firms with every processor and sets
// it beside the bare HMACs, made with as many: the metric "x-hmac" is how many
// times as long the draw took.
func BenchmarkDraw1M(b *testing.B) {
	const n = 1_000_000
	for _, h := range []Hash{SHA256, SM3} {
		b.Run(string(h), func(b *testing.B) {
			list := bigList(n)
			m := bigManifest(b, h, list)
			seed := testSeed(h, 1)
			workers := runtime.GOMAXPROCS(0)
			var bare, drawn time.Duration
			b.ReportAllocs()
			b.ResetTimer()
			for range b.N {
				start := time.Now()
				bareHMACs(h, seed, n, workers)
				bare += time.Since(start)
				start = time.Now()
				drawParts(b, m, seed, list, workers)
				drawn += time.Since(start)
			}
			b.ReportMetric(float64(drawn)/float64(bare), "x-hmac")
			b.ReportMetric(float64(drawn.Nanoseconds())/float64(b.N)/n, "ns/firm")
			b.ReportMetric(float64(heapOfDraw(b, m, seed, list))/(1<<20), "MiB-held")
		})
	}
}

// heapOfDraw returns the bytes that a Picker holds after the whole list.
func heapOfDraw(b *testing.B, m Manifest, seed Seed, list []byte) int64 {
	var before, after runtime.MemStats
	runtime.GC()
	runtime.ReadMemStats(&before)
	p := NewPicker(m, seed)
	if err := p.AddList(bytes.NewReader(list)); err != nil {
		b.Fatal(err)
	}
	runtime.GC()
	runtime.ReadMemStats(&after)
	runtime.KeepAlive(p)
	runtime.KeepAlive(list)
	return int64(after.HeapAlloc) - int64(before.HeapAlloc)
}

// BenchmarkRoot1M works out the root of a million lines, as the check of the
// lists does.
func BenchmarkRoot1M(b *testing.B) {
	list := bigList(1_000_000)
	for range b.N {
		if _, err := SealList(SHA256, TargetsFile, bytes.NewReader(list)); err != nil {
			b.Fatal(err)
		}
	}
}

// bigList makes n lines of one ticket in four strata.
func bigList(n int) []byte {
	var b bytes.Buffer
	for i := range n {
		fmt.Fprintf(&b, "91130132MA%08d\t%c\t1\n", i, "ABCD"[i%4])
	}
	return b.Bytes()
}

func bigManifest(b *testing.B, h Hash, list []byte) Manifest {
	b.Helper()
	listing, err := SealList(h, TargetsFile, bytes.NewReader(list))
	if err != nil {
		b.Fatal(err)
	}
	keep := listing.Count / 20 / 4
	m, err := Build(Manifest{
		Scheme: TargetsScheme, Hash: h, ID: "bench", Disclosure: AtOnce,
		Targets: listing, Excluded: Listing{0, h.Hex(nil)},
		Strata: []Stratum{{"A", keep, 0}, {"B", keep, 0}, {"C", keep, 0}, {"D", keep, 0}},
		Seed:   []Source{{Name: "dice", Kind: Public, How: "fifty dice"}},
	})
	if err != nil {
		b.Fatal(err)
	}
	return m
}

// drawParts is how a caller puts several processors to one draw.
func drawParts(tb testing.TB, m Manifest, s Seed, list []byte, workers int) TargetsResult {
	tb.Helper()
	parts := Parts(list, workers)
	pickers := make([]*Picker, len(parts))
	errs := make([]error, len(parts))
	var wg sync.WaitGroup
	for i, part := range parts {
		pickers[i] = NewPicker(m, s)
		wg.Go(func() { errs[i] = pickers[i].AddList(bytes.NewReader(part)) })
	}
	wg.Wait()
	whole := NewPicker(m, s)
	for i, p := range pickers {
		if errs[i] != nil {
			tb.Fatal(errs[i])
		}
		if err := whole.Merge(p); err != nil {
			tb.Fatal(err)
		}
	}
	r, err := whole.Result()
	if err != nil {
		tb.Fatal(err)
	}
	return r
}

// bareHMACs makes n HMACs of a message of a lot's length, the plain way.
func bareHMACs(h Hash, s Seed, n, workers int) {
	var wg sync.WaitGroup
	for w := range workers {
		wg.Go(func() {
			mac := hmac.New(func() hash.Hash { return h.New() }, s.key[:])
			var msg, sum []byte
			for i := w; i < n; i += workers {
				msg = append(msg[:0], "target:91130132MA00000000:1\x01"...)
				strconv.AppendInt(msg[:17], int64(i), 10)
				mac.Reset()
				mac.Write(msg)
				sum = mac.Sum(sum[:0])
			}
			if len(sum) != canon.Size {
				panic("BUG: no sum")
			}
		})
	}
	wg.Wait()
}

// testSeed is the i-th of a fixed sequence of seeds.
func testSeed(h Hash, i int) Seed {
	s, err := ParseSeed(h, h.Hex([]byte("seed "+strconv.Itoa(i))))
	if err != nil {
		panic(err)
	}
	return s
}
