package scribe_test

import (
	"context"
	"crypto/ed25519"
	"fmt"
	"math/rand/v2"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"filippo.io/torchwood"
	"github.com/transparency-dev/witness/persistence/inmemory"
	"github.com/transparency-dev/witness/witness"
	"golang.org/x/mod/sumdb/note"
	"golang.org/x/mod/sumdb/tlog"

	"suiji/internal/errs"
	"suiji/internal/scribe"
	"suiji/internal/store"
	"suiji/internal/store/storetest"
	"suiji/ledger"
)

// observer is a witness that others wrote: transparency-dev's, with a signer
// of torchwood's. handler, if set, stands in front of it.
type observer struct {
	*witness.Witness
	as      scribe.Witness
	vkey    string
	handler http.HandlerFunc
}

// observe starts a witness that knows the authority's ledger.
func (d *desk) observe(name string) *observer {
	d.t.Helper()
	o := &observer{}
	signer, err := torchwood.NewCosignatureSigner(name, ed25519.NewKeyFromSeed([]byte(fmt.Sprintf("%-32s", name))))
	if err != nil {
		d.t.Fatal(err)
	}
	log, err := note.NewVerifier(d.verifier(rs))
	if err != nil {
		d.t.Fatal(err)
	}
	o.vkey = signer.Verifier().String()
	o.Witness, err = witness.New(d.t.Context(), witness.Opts{Persistence: inmemory.New(), Signers: []note.Signer{signer},
		VerifierForLog: func(_ context.Context, origin string) (note.Verifier, bool, error) {
			return log, origin == ledger.Origin(rs), nil
		}})
	if err != nil {
		d.t.Fatal(err)
	}
	protocol := witness.NewHTTPHandler(o.Witness)
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		switch {
		case o.handler != nil:
			o.handler(w, r)
		case r.Method == http.MethodPost && r.URL.Path == "/add-checkpoint":
			protocol.AddCheckpoint(w, r)
		default:
			http.NotFound(w, r)
		}
	}))
	d.t.Cleanup(server.Close)
	key, err := ledger.ParseCosigner(o.vkey)
	if err != nil {
		d.t.Fatal(err)
	}
	o.as = scribe.Witness{Cosigner: key, URL: server.URL}
	d.witnesses = append(d.witnesses, o.as)
	d.open()
	return o
}

func TestThirdPartyWitness(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		d := newDesk(t, db)
		one, two := d.observe("witness.example/one"), d.observe("witness.example/two")
		for round := range int64(3) {
			d.useSM2(round > 0) // one more line, which the others do not know
			d.some(rs, 5)
			d.at = d.at.Add(time.Minute)
			if round == 1 {
				d.some(rs, 300) // two was away meanwhile
			}
			d.ask(one)
			if round != 0 {
				d.ask(two)
			}
			d.ask(one) // nothing to do
			s, err := d.Standing(t.Context(), rs)
			if err != nil || len(s.Cosigned) != 1+min(int(round), 1) || len(s.Witnesses) != 2 || s.Stopped != "" {
				t.Fatalf("round %d: Standing = %+v, %v", round, s, err)
			}
		}
		served, err := d.Tile(t.Context(), rs, "checkpoint")
		if err != nil {
			t.Fatal(err)
		}
		// A third party's verifier finds all three signatures under the policy.
		policy := torchwood.ThresholdPolicy(4, torchwood.OriginPolicy(ledger.Origin(rs)), d.policy(d.verifier(rs)), d.cosignPolicy(one.vkey), d.cosignPolicy(two.vkey))
		if c, _, err := torchwood.VerifyCheckpoint(served, policy); err != nil || c.N != 315 {
			t.Errorf("VerifyCheckpoint = %+v, %v, want a tree of 315\n%s", c, err, served)
		}
		receipt, err := d.Receipt(t.Context(), rs, 7)
		if err != nil {
			t.Fatal(err)
		}
		r, err := ledger.ParseReceipt(receipt)
		if err != nil {
			t.Fatal(err)
		}
		body, err := r.Entry.Bytes()
		if err != nil {
			t.Fatal(err)
		}
		if err := torchwood.VerifyProof(policy, tlog.RecordHash(body), []byte(receipt)); err != nil {
			t.Errorf("VerifyProof of our receipt: %v", err)
		}
		if err := torchwood.VerifyProof(policy, tlog.RecordHash([]byte("x")), []byte(receipt)); err == nil {
			t.Error("VerifyProof takes our receipt for another entry")
		}
		// The next checkpoint is not cosigned yet; its receipt waits for none.
		d.some(rs, 1)
		if receipt, err = d.Receipt(t.Context(), rs, 7); err != nil || torchwood.VerifyProof(policy, tlog.RecordHash(body), []byte(receipt)) != nil {
			t.Errorf("Receipt under a newer checkpoint is no longer cosigned: %v", err)
		}
		// What a bundle holds has one line.
		d.draw("r1")
		d.sequence(rs)
		d.ask(one)
		v, err := d.Evidence(t.Context(), rs, "r1", []string{"balls", "dice"}, 0)
		if err != nil || strings.Count(v.Checkpoint, "— ") != 1 {
			t.Errorf("Evidence's checkpoint is %q, %v, want one signature line", v.Checkpoint, err)
		}
	})
}

func (d *desk) policy(vkey string) torchwood.Policy {
	d.t.Helper()
	v, err := note.NewVerifier(vkey)
	if err != nil {
		d.t.Fatal(err)
	}
	return torchwood.SingleVerifierPolicy(v)
}

func (d *desk) cosignPolicy(vkey string) torchwood.Policy {
	d.t.Helper()
	v, err := torchwood.NewCosignatureVerifier(vkey)
	if err != nil {
		d.t.Fatal(err)
	}
	return torchwood.SingleVerifierPolicy(v)
}

func (d *desk) ask(o *observer) {
	d.t.Helper()
	if err := d.Ask(d.t.Context(), rs, o.as); err != nil {
		d.t.Fatal(err)
	}
}

// noAnswer breaks the connection.
func noAnswer(http.ResponseWriter, *http.Request) { panic(http.ErrAbortHandler) }

// TestWitnessThatDoesNotHelp holds that a witness which is slow, away, strange
// or wrong stops no sequencer, and that its signature is not taken.
func TestWitnessThatDoesNotHelp(t *testing.T) {
	d := newDesk(t, storetest.SQLite(t))
	d.some(rs, 3)
	o := d.observe("witness.example/one")
	other := d.observe("witness.example/other")
	answer := func(status int, body string) http.HandlerFunc {
		return func(w http.ResponseWriter, _ *http.Request) {
			w.WriteHeader(status)
			fmt.Fprint(w, body)
		}
	}
	var wrong string
	if sig, _, err := other.Update(t.Context(), 0, []byte(d.note()), nil); err == nil {
		wrong = string(sig)
	}
	tests := []struct {
		name    string
		handler http.HandlerFunc
		want    string
		code    string
	}{
		{"away", noAnswer, "EOF", "unreachable"},
		{"broken", answer(500, ""), "500", "odd-answer"},
		{"does not know us", answer(404, ""), "404", "unknown-log"},
		{"refuses our key", answer(403, ""), "403", "unknown-key"},
		{"says nothing", answer(200, ""), "联署签名不成立", "bad-line"},
		{"says rubbish", answer(200, "— x y\n"), "联署签名不成立", "bad-line"},
		{"signs with another key", answer(200, wrong), "联署签名不成立", "bad-line"},
		{"signs another text", answer(200, strings.Replace(wrong, other.as.Name(), o.as.Name(), 1)), "联署签名不成立", "bad-line"},
		{"endless", func(w http.ResponseWriter, _ *http.Request) {
			for range 1 << 12 {
				fmt.Fprint(w, strings.Repeat("x", 1<<10))
			}
		}, "联署签名不成立", "bad-line"},
		{"sends us elsewhere", func(w http.ResponseWriter, r *http.Request) {
			http.Redirect(w, r, "http://example.test/", http.StatusTemporaryRedirect)
		}, "307", "odd-answer"},
	}
	began := d.at
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			o.handler = tt.handler
			err := d.Ask(t.Context(), rs, o.as)
			if err == nil || !strings.Contains(err.Error()+errs.Sentence(err), tt.want) {
				t.Errorf("Ask = %v, want an error that says %s", err, tt.want)
			}
			if got := d.trouble(o); got.Code != tt.code || !got.Since.Equal(began) || got.Sentence() == "" || got.Cure(rs) == "" || strings.Contains(got.Cure(rs), "%!") {
				t.Errorf("the administrator is told %+v: %s %s, want %s since %s", got, got.Sentence(), got.Cure(rs), tt.code, began)
			}
			d.at = d.at.Add(time.Minute)
			if alarm, err := d.Alarm(t.Context(), rs); err != nil || (alarm != "") != (d.at.Sub(began) > 10*time.Minute) {
				t.Errorf("%s after it began the alarm is %q, %v", d.at.Sub(began), alarm, err)
			}
			d.open() // what was told is not forgotten
			d.some(rs, 1)
			if n := d.count(`SELECT count(*) FROM ledger_cosignature`); n != 0 {
				t.Errorf("%d cosignatures were kept, want none", n)
			}
		})
	}
	o.handler = nil
	d.ask(o)
	if n := d.count(`SELECT count(*) FROM ledger_cosignature`); n != 1 {
		t.Errorf("%d cosignatures once it helps, want 1", n)
	}
	if got := d.trouble(o); got != (scribe.Trouble{}) {
		t.Errorf("once it helps the administrator is still told %+v", got)
	}
}

// trouble is what is known of a witness that does not help.
func (d *desk) trouble(o *observer) scribe.Trouble {
	d.t.Helper()
	v, err := d.Standing(d.t.Context(), rs)
	if err != nil {
		d.t.Fatal(err)
	}
	for _, w := range v.Witnesses {
		if w.Name == o.as.Name() {
			return w.Trouble
		}
	}
	d.t.Fatalf("no witness %s", o.as.Name())
	return scribe.Trouble{}
}

// TestSlowWitness holds that a witness which never answers is left alone.
func TestSlowWitness(t *testing.T) {
	d := newDesk(t, storetest.SQLite(t))
	d.some(rs, 1)
	o := d.observe("witness.example/slow")
	release := make(chan struct{})
	o.handler = func(_ http.ResponseWriter, r *http.Request) {
		select {
		case <-release:
		case <-r.Context().Done():
		}
	}
	ended := make(chan error)
	go func() { ended <- d.Ask(t.Context(), rs, o.as) }()
	for range 20 { // the office goes on while it is being waited for
		d.some(rs, 1)
	}
	select {
	case err := <-ended:
		t.Errorf("Ask ended with %v before the acts were through", err)
	default:
	}
	close(release)
	<-ended
}

func (d *desk) note() string {
	d.t.Helper()
	signed, _, err := d.Checkpoint(d.t.Context(), rs)
	if err != nil {
		d.t.Fatal(err)
	}
	return signed
}

// TestWitnessOfAnotherTree lets the witness see another tree under the same
// key, larger, or of the same size, or smaller: the ledger stops, says so and
// keeps the evidence.
func TestWitnessOfAnotherTree(t *testing.T) {
	for _, tt := range []struct {
		name  string
		other int
		want  string
	}{
		{"larger", 9, "见过 9 条的台账，这里只签发过 5 条"}, {"of one size", 5, "拒绝为 5 条的检查点联署"}, {"smaller", 3, "它见过的 3 条与我们的前 3 条不同"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			storetest.Each(t, func(t *testing.T, db *store.DB) {
				d := newDesk(t, db)
				d.verifier(rs)
				o := d.observe("witness.example/one")
				fork := d.fork(tt.other)
				if _, _, err := o.Update(t.Context(), 0, []byte(fork), nil); err != nil {
					t.Fatal(err)
				}
				d.someUnasked(5)
				err := d.Ask(t.Context(), rs, o.as)
				if errs.KindOf(err) != errs.Conflict || !strings.Contains(errs.Sentence(err), tt.want) {
					t.Fatalf("Ask = %v, want a Conflict that says %s", err, tt.want)
				}
				d.wantStopped(rs, tt.want)
				d.open()
				d.wantStopped(rs, tt.want) // also after a restart
				if s := d.Stopped(rs); !strings.Contains(s, tt.want) || !strings.Contains(s, "公众仍可查询") {
					t.Errorf("Stopped = %q", s)
				}
				if _, err := d.Receipt(t.Context(), rs, 2); err != nil {
					t.Errorf("Receipt while stopped: %v", err)
				}
			})
		})
	}
}

// someUnasked sequences entries with the checkpoint file in place, so that no
// witness is asked first.
func (d *desk) someUnasked(n int) {
	d.t.Helper()
	keep := d.witnesses
	d.witnesses = nil
	d.open()
	d.some(rs, n)
	d.witnesses = keep
	d.open()
}

// fork signs a checkpoint over n leaves that are none of ours.
func (d *desk) fork(n int) string {
	d.t.Helper()
	var f ledger.Frontier
	for i := range n {
		f.Add(ledger.LeafHash(fmt.Append(nil, "other", i)))
	}
	signed, err := ledger.Checkpoint{Origin: ledger.Origin(rs), Size: int64(n), Root: f.Root()}.Sign(d.signer())
	if err != nil {
		d.t.Fatal(err)
	}
	return signed
}

// signer reads the authority's key, as a thief would.
func (d *desk) signer() note.Signer {
	d.t.Helper()
	d.verifier(rs)
	raw, err := os.ReadFile(filepath.Join(d.dir, "keys", rs+".key"))
	if err != nil {
		d.t.Fatal(err)
	}
	signer, err := note.NewSigner(strings.SplitN(string(raw), "\n", 2)[0])
	if err != nil {
		d.t.Fatal(err)
	}
	return signer
}

// TestForgedExtensions holds ten thousand trees that are no extensions, with
// honest and forged proofs, signed with the stolen key, to two checks: the
// third party's witness and ours.
func TestForgedExtensions(t *testing.T) {
	forgeries := 10_000
	if testing.Short() {
		forgeries = 1000
	}
	d := newDesk(t, storetest.SQLite(t))
	signer := d.signer()
	dice := rand.New(rand.NewPCG(2022, 6))
	var leaves []ledger.Hash
	for i := range 64 {
		leaves = append(leaves, ledger.LeafHash(fmt.Append(nil, "leaf", i)))
	}
	accepted := 0
	for done := 0; done < forgeries; {
		old := 1 + dice.IntN(40)
		o := d.observe(fmt.Sprint("witness.example/", done))
		before := newTree(leaves[:old])
		if _, _, err := o.Update(t.Context(), 0, []byte(before.sign(t, signer)), nil); err != nil {
			t.Fatal(err)
		}
		for range min(100, forgeries-done) {
			done++
			after, proof := forge(dice, leaves, old)
			raw := make([][]byte, len(proof))
			for i := range proof {
				raw[i] = proof[i][:]
			}
			if _, _, err := o.Update(t.Context(), uint64(old), []byte(after.sign(t, signer)), raw); err == nil {
				t.Fatalf("the witness cosigned a tree of %d that does not extend its tree of %d", after.size(), old)
			}
			if err := ledger.CheckConsistency(before.checkpoint(), after.checkpoint(), proof); err == nil {
				t.Fatalf("CheckConsistency takes a tree of %d that does not extend the tree of %d", after.size(), old)
			}
		}
		// The honest extension is still cosigned: the witness is not merely stubborn.
		after := newTree(leaves[:old+dice.IntN(20)+1])
		proof, err := tlog.ProveTree(after.size(), int64(old), after)
		if err != nil {
			t.Fatal(err)
		}
		var raw [][]byte
		for _, h := range proof {
			raw = append(raw, h[:])
		}
		if _, _, err := o.Update(t.Context(), uint64(old), []byte(after.sign(t, signer)), raw); err != nil {
			t.Fatalf("the witness refused an honest extension: %v", err)
		}
		accepted++
	}
	t.Logf("%d forged extensions refused by both, %d honest ones cosigned", forgeries, accepted)
}

// tree is a tree of leaves with its stored hashes.
type tree struct {
	stored []ledger.Hash
	f      ledger.Frontier
}

func newTree(leaves []ledger.Hash) *tree {
	r := &tree{}
	for _, l := range leaves {
		r.stored = append(r.stored, r.f.Add(l)...)
	}
	return r
}

func (r *tree) size() int64 { return r.f.Size() }

// ReadHashes reads the stored hashes.
func (r *tree) ReadHashes(places []int64) ([]tlog.Hash, error) {
	var out []tlog.Hash
	for _, p := range places {
		out = append(out, r.stored[p])
	}
	return out, nil
}

func (r *tree) checkpoint() ledger.Checkpoint {
	return ledger.Checkpoint{Origin: ledger.Origin(rs), Size: r.size(), Root: r.f.Root()}
}

func (r *tree) sign(t *testing.T, signer note.Signer) string {
	signed, err := r.checkpoint().Sign(signer)
	if err != nil {
		t.Fatal(err)
	}
	return signed
}

// forge returns a tree that does not begin with the first old leaves, and a
// proof for it: the one that belongs to the forged tree, to the honest one, or
// one with a hash changed, dropped or added.
func forge(dice *rand.Rand, leaves []ledger.Hash, old int) (*tree, tlog.TreeProof) {
	size := old + dice.IntN(20)
	forged := append([]ledger.Hash(nil), leaves[:size]...)
	at := dice.IntN(old)
	switch how := dice.IntN(4); {
	case how == 0: // an entry changed
		forged[at][dice.IntN(32)] ^= byte(1 + dice.IntN(255))
	case how == 1 && old > 1: // two swapped
		with := (at + 1 + dice.IntN(old-1)) % old
		forged[at], forged[with] = forged[with], forged[at]
	case how == 2: // one taken out, and another put at the end
		forged = append(append(forged[:at], forged[at+1:]...), leaves[size])
	default: // one slipped in
		forged = append(forged[:at], append([]ledger.Hash{{1}}, forged[at:size-1]...)...)
	}
	after, honest := newTree(forged), newTree(leaves[:size])
	of := []*tree{after, honest}[dice.IntN(2)]
	var proof tlog.TreeProof
	if size > old {
		proof, _ = tlog.ProveTree(int64(size), int64(old), of) // sizes are in order
	}
	switch dice.IntN(4) {
	case 0:
		if len(proof) > 0 {
			proof[dice.IntN(len(proof))][0] ^= 1
		}
	case 1:
		if len(proof) > 0 {
			proof = proof[:len(proof)-1]
		}
	case 2:
		proof = append(proof, ledger.Hash{2})
	}
	return after, proof
}
