package round_test

import (
	"bytes"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/binary"
	"fmt"
	"os"
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
		fill(b, o, n)
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

// fill puts n firms into the register, as an import would leave them.
func fill(b *testing.B, o *roundtest.Office, n int) {
	b.Helper()
	ctx := b.Context()
	o.Firms(1)
	o.Must(o.Door.Keep(ctx, func(tx *store.DB) error {
		_, err := tx.Exec(ctx, `
			INSERT INTO register_target (authority_id, target_id, code, code_kind, name, kind, state, established, area_code, area_name,
				address, work_address, industry, scope, contact, phone, source, active, reason, tags, digest, version)
			SELECT authority_id, 'MA' || printf('%010d', n), 'MA' || printf('%010d', n), code_kind, name, kind, '存续', established, area_code, area_name,
				address, work_address, industry, scope, contact, phone, source, active, reason, tags, digest, version
			FROM register_target, (WITH RECURSIVE c(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM c WHERE n < $1) SELECT n FROM c)`, n-1)
		if err == nil {
			_, err = tx.Exec(ctx, `UPDATE register_version SET count = $1 WHERE list = 'targets'`, n)
		}
		return err
	}))
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
