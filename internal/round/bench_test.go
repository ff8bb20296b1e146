package round_test

import (
	"bytes"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/binary"
	"fmt"
	"os"
	"path/filepath"
	"runtime/debug"
	"strconv"
	"strings"
	"testing"
	"time"

	"suiji/internal/round/roundtest"
	"suiji/internal/store"
	"suiji/internal/store/storetest"
)

// BenchmarkDraw1M carries a round over 1,000,000 firms from the register in
// SQLite to the written result, and prints each step's time beside the bare
// HMACs that the draw needs, on one core, in the same run.
func BenchmarkDraw1M(b *testing.B) {
	const n = 1_000_000
	for range b.N {
		o := roundtest.New(b, storetest.SQLite(b))
		o.Fill(n)
		id := o.Publish(nil)
		timed := func(what string, fn func()) {
			start := time.Now()
			fn()
			b.ReportMetric(time.Since(start).Seconds(), what+"-s")
		}
		var round string
		timed("freeze", func() { round = o.Freeze(id, 1, "2022-06-06") })
		operator := roundtest.As("operator")
		timed("seal", func() { o.Must(o.Round.Seal(b.Context(), operator, round, roundtest.Public)) })
		o.Must(o.Round.Roll(b.Context(), operator, round, "public", roundtest.Dice))
		timed("draw", func() { o.Must(o.Round.Draw(b.Context(), operator, round)) })
		timed("bare-hmac", func() { bare(n) })
		b.ReportMetric(peak(b), "peak-MiB")
	}
}

// BenchmarkDraw10M draws 5 % of 10,000,000 firms, from the list that was frozen in
// SQLite to the outcome committed there, in one transaction as the office does
// it. The goals are 15 s and 256 MB on two cores.
func BenchmarkDraw10M(b *testing.B) {
	n := 10_000_000
	if s := os.Getenv("SUIJI_BENCH_LARGE"); s != "" {
		n, _ = strconv.Atoi(s)
	}
	dir := roundtest.Large(b, n)
	db, err := store.Open(b.Context(), filepath.Join(dir, "suiji.db"))
	if err != nil {
		b.Fatal(err)
	}
	defer db.Close()
	o := roundtest.Reopen(b, db, dir)
	o.On("2022-06-06")
	o.Undraw(roundtest.LargeRound) // a run before this one may have been broken off
	debug.FreeOSMemory()
	os.WriteFile("/proc/self/clear_refs", []byte("5"), 0) // forgets how much memory was held before, where the kernel lets us
	start := time.Now()
	o.Must(o.Round.Draw(b.Context(), roundtest.As("operator"), roundtest.LargeRound))
	took, held := time.Since(start), peak(b)
	start = time.Now()
	bare(n)
	b.ReportMetric(0, "ns/op")
	b.ReportMetric(took.Seconds(), "s")
	b.ReportMetric(time.Since(start).Seconds(), "bare-s")
	b.ReportMetric(held, "peak-MB")
	firms, err := o.Round.Firms(b.Context(), roundtest.Authority, roundtest.LargeRound)
	if err != nil || len(firms) < n/20 {
		b.Fatalf("%d firms were drawn: %v", len(firms), err)
	}
	o.Undraw(roundtest.LargeRound)
	b.Logf("%.1f s and %.0f MB; goals 15 s and 256 MB", took.Seconds(), held)
}

// bare works out n HMACs over what a lot is made of, and nothing else.
func bare(n int) {
	mac := hmac.New(sha256.New, bytes.Repeat([]byte{0x5a}, sha256.Size))
	text, sum := []byte("target:MA0000000000:1\x01"), make([]byte, 0, sha256.Size)
	for i := range n {
		binary.BigEndian.PutUint64(text[9:], uint64(i))
		mac.Reset()
		mac.Write(text)
		sum = mac.Sum(sum[:0])
	}
}

// peak is the most memory that this process has held.
func peak(b *testing.B) float64 {
	raw, err := os.ReadFile("/proc/self/status")
	if err != nil {
		return 0 // not Linux: no figure
	}
	for _, line := range strings.Split(string(raw), "\n") {
		var kib float64
		if _, err := fmt.Sscanf(line, "VmHWM: %f kB", &kib); err == nil {
			return kib / 1024
		}
	}
	return 0
}
