package ledger

import (
	"crypto/ed25519"
	"crypto/sha256"
	"fmt"
	"math/rand/v2"
	"testing"
	"time"

	"golang.org/x/mod/sumdb/tlog"
)

// BenchmarkProofs1M checks proofs of a ledger of a million entries, prints
// their size, and sets beside them the bare hashes: as many as the check makes at most.
func BenchmarkProofs1M(b *testing.B) {
	const size = 1_000_000
	r := bigTree(b, size)
	c, signed := r.checkpoint(b, size)
	random := rand.New(rand.NewPCG(4, 2022))
	b.Run("inclusion", func(b *testing.B) {
		index := random.Int64N(size)
		p := r.proven(b, index, size)
		for b.Loop() {
			if err := CheckInclusion(c, r.leaves[index], index, p.Proof); err != nil {
				b.Fatal(err)
			}
		}
		text, err := Receipt{Proven: p, Checkpoint: signed}.Text()
		if err != nil {
			b.Fatal(err)
		}
		b.ReportMetric(float64(len(text)), "receipt-bytes")
		weigh(b, p.Proof, len(p.Proof)+1)
	})
	b.Run("receipt", func(b *testing.B) { // with its signature
		index := random.Int64N(size)
		text, err := Receipt{Proven: r.proven(b, index, size), Checkpoint: signed}.Text()
		if err != nil {
			b.Fatal(err)
		}
		for b.Loop() {
			x, err := ParseReceipt(text)
			if err == nil {
				_, err = x.Open(r.key)
			}
			if err != nil {
				b.Fatal(err)
			}
		}
		bareSignature(b)
	})
	b.Run("consistency", func(b *testing.B) {
		older := 1 + random.Int64N(size-1)
		from, _ := r.checkpoint(b, older)
		proof, err := tlog.ProveTree(size, older, r)
		if err != nil {
			b.Fatal(err)
		}
		for b.Loop() {
			if err := CheckConsistency(from, c, proof); err != nil {
				b.Fatal(err)
			}
		}
		weigh(b, proof, 2*len(proof))
	})
}

// bigTree is a tree of n entries, quickly made.
func bigTree(b *testing.B, n int) *tree {
	r, f := newTree(b, "suiji/130132-rs"), Frontier{}
	for i := range n {
		leaf := fmt.Appendf(nil, `{"at":"2022-06-06T01:02:03Z","data":{"digest":"%064x"},"subject":"f%d","type":"result.published","v":1}`, i, i)
		r.leaves = append(r.leaves, leaf)
		r.hashes = append(r.hashes, f.Add(LeafHash(leaf))...)
	}
	return r
}

// bareSignature reports how long it takes to verify a signature and nothing
// else.
func bareSignature(b *testing.B) {
	public, private, err := ed25519.GenerateKey(nil)
	if err != nil {
		b.Fatal(err)
	}
	message := make([]byte, 100)
	sig := ed25519.Sign(private, message)
	const turns = 1000
	start := time.Now()
	for range turns {
		if !ed25519.Verify(public, message, sig) {
			b.Fatal("a good signature does not verify")
		}
	}
	b.ReportMetric(float64(time.Since(start).Nanoseconds())/turns, "bare-ns/op")
}

// weigh reports a proof's size, and the time of n bare hashes of two others.
func weigh(b *testing.B, proof []Hash, n int) {
	b.ReportMetric(float64(len(proof)*len(Hash{})), "proof-bytes")
	const turns = 10_000
	node := make([]byte, 1+2*sha256.Size)
	start := time.Now()
	for range turns * n {
		sum := sha256.Sum256(node)
		copy(node[1:], sum[:])
	}
	b.ReportMetric(float64(time.Since(start).Nanoseconds())/turns, "bare-ns/op")
}
