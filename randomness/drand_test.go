package randomness

import (
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/cloudflare/circl/ecc/bls12381"
	"github.com/cloudflare/circl/ecc/bls12381/ff"
)

// quicknetRounds are rounds that the League of Entropy published. Where value
// is empty, no value was found beside the signature.
var quicknetRounds = []struct {
	round            int
	signature, value string
}{
	{1000, "b44679b9a59af2ec876b1a6b1ad52ea9b1615fc3982b19576350f93447cb1125e342b73a8dd2bacbe47e4b6b63ed5e39",
		"fe290beca10872ef2fb164d2aa4442de4566183ec51c56ff3cd603d930e54fdd"},
	{657413, "b713718a38ae728dfd477991af2822e08d2f305e47718cef9f7848ce4050e7be41076862b98fad56e91a6b85b89cd97b",
		"fc1873a13f3545aeade8401532ef5519920652eee6b0d2b19ca12643b87b3587"},
	{1000000, "83ad29e4c409f9470fc2ef02f90214df49e02b441a1a241a82d622d9f608ef98fd8b11a029f1bee9d9e83b45088abe72",
		"b22aad4794f7451896f7a371aa46106fd84d919f3f569acd5b2fddf1d1440af3"},
	{5928395, "a5d07c0071b4e386b3ae09206522253c68fefe8490ad59ecc44a7dd0d0745be91da5779e2247a82403fbc0cb9a34cb61", ""},
	{12040883, "929906c959032ab363c9f26570d215d66f5c06cb0c44fe508c12bb5839f04ec895bb6868e5b9ff13ab289bdb5266b394", ""},
	{32281667, "b0f5ae301358ff87a9d3dd539ed4a07c0148b1ab4f7b61a8ca43c7e9ca7ca9553e4faae9188deb30b2cd1a7f447e3e5b",
		"4fd2fc55983dbfa3f446d8a0bd56f16cc8c5e76afd1ec154b60d477cbabed13b"},
	{32285085, "81dbce51d584d90d618547f4b50391d53ace6f6b9aeb8fb67e1879427af9d0310ac0ec6f519271d9a313ee84b378d416", ""},
	{32285086, "a64d99fd7fa3e48912be7209c7b69c72c88fc5224be2516949b6f29f3a4b7e3fa069dd58b2bbb4bf2c34ae61ef631a44", ""},
}

func TestQuicknetRounds(t *testing.T) {
	for _, tt := range quicknetRounds {
		got, err := Quicknet.Value(tt.round, tt.signature)
		if err != nil || tt.value != "" && got != tt.value {
			t.Errorf("Value(%d) = %s, %v, want %s", tt.round, got, err, tt.value)
		}
	}
}

// The chain's hash is made from everything that the table says of the chain,
// so a slip in one of them shows.
func TestChainHash(t *testing.T) {
	key, err := hex.DecodeString(Quicknet.Key)
	if err != nil {
		t.Fatal(err)
	}
	group, err := hex.DecodeString("f477d5c89f21a17c863a7f937c6a6d15859414d2be09cd448d4279af331c5d3e")
	if err != nil {
		t.Fatal(err)
	}
	b := binary.BigEndian.AppendUint32(nil, uint32(Quicknet.Period))
	b = binary.BigEndian.AppendUint64(b, uint64(Quicknet.Genesis))
	b = append(append(b, key...), group...)
	sum := sha256.Sum256(append(b, Quicknet.Name...))
	if got := hex.EncodeToString(sum[:]); got != Quicknet.Hash {
		t.Errorf("chain hash %s, want %s", got, Quicknet.Hash)
	}
	if c, err := ChainOf(Quicknet.Hash); err != nil || c != Quicknet {
		t.Errorf("ChainOf(%s) = %v, %v", Quicknet.Hash, c, err)
	}
	if _, err := ChainOf("8990e7a9aaed2ffed73dbd7092123d6f289930540d7651336225dc172e51b2ce"); !errors.Is(err, ErrChain) {
		t.Errorf("ChainOf of a chained chain: %v, want %v", err, ErrChain)
	}
}

// outside returns a point of the curve that is not in the group G1, as the
// 48 bytes of a signature: such points exist for most x.
func outside(t *testing.T) string {
	t.Helper()
	four := new(ff.Fp)
	four.SetUint64(4)
	for x := uint64(1); x < 100; x++ {
		var fx, y2, y ff.Fp
		fx.SetUint64(x)
		y2.Sqr(&fx)
		y2.Mul(&y2, &fx)
		y2.Add(&y2, four)
		if y.Sqrt(&y2) == 0 {
			continue
		}
		raw, err := fx.MarshalBinary()
		if err != nil {
			t.Fatal(err)
		}
		raw[0] |= 0x80
		if err := new(bls12381.G1).SetBytes(raw); err != nil {
			return hex.EncodeToString(raw)
		}
	}
	t.Fatal("no point outside the group found")
	return ""
}

func TestValueRefuses(t *testing.T) {
	good := quicknetRounds[0]
	flip := func(i int) string {
		raw, err := hex.DecodeString(good.signature)
		if err != nil {
			t.Fatal(err)
		}
		raw[i/8] ^= 1 << (i % 8)
		return hex.EncodeToString(raw)
	}
	infinity := "c0" + strings.Repeat("00", 47)
	tests := []struct {
		name      string
		round     int
		signature string
	}{
		{"the next round", 1001, good.signature},
		{"the round before", 999, good.signature},
		{"another round's signature", 1000, quicknetRounds[1].signature},
		{"no round", 0, good.signature},
		{"a negative round", -1000, good.signature},
		{"a round above canonical JSON", MaxRound + 1, good.signature},
		{"nothing", 1000, ""},
		{"capital letters", 1000, strings.ToUpper(good.signature)},
		{"a digit less", 1000, good.signature[:95]},
		{"a byte more", 1000, good.signature + "00"},
		{"the point at infinity", 1000, infinity},
		{"a point outside the group", 1000, outside(t)},
		{"the point turned over", 1000, flip(5)},
		{"not compressed", 1000, flip(7)},
	}
	for _, tt := range tests {
		if got, err := Quicknet.Value(tt.round, tt.signature); !errors.Is(err, ErrSignature) {
			t.Errorf("%s: Value = %s, %v, want %v", tt.name, got, err, ErrSignature)
		}
	}
	for i := range 48 * 8 {
		if got, err := Quicknet.Value(1000, flip(i)); !errors.Is(err, ErrSignature) {
			t.Errorf("bit %d flipped: Value = %s, %v, want %v", i, got, err, ErrSignature)
		}
	}
	other := Quicknet
	other.Key = "a1ee12542360bf75742bcade13d6134e7d5283d9eb782887c47d3d9725f05805d37b0106b7f744395bf82c175dd7434a" +
		"169e998f188a657a030d588892c0cd2c01f996aaf331c4d8bc5b9734bbe261d09e7d2d39ef88b635077f262bd7bbb30f"
	if got, err := other.Value(1000, good.signature); !errors.Is(err, ErrSignature) {
		t.Errorf("under another key: Value = %s, %v, want %v", got, err, ErrSignature)
	}
}

func TestRoundTimes(t *testing.T) {
	at := func(s string) time.Time {
		v, err := time.Parse(time.RFC3339Nano, s)
		if err != nil {
			t.Fatal(err)
		}
		return v
	}
	tests := []struct {
		at   string
		want int
	}{
		{"2022-06-06T00:00:00Z", 1}, {"2023-08-23T15:09:27Z", 1}, {"2023-08-23T15:09:27.000000001Z", 2},
		{"2023-08-23T15:09:28Z", 2}, {"2023-08-23T15:09:30Z", 2}, {"2023-08-23T15:59:24Z", 1000}, {"2023-08-23T15:59:24.5Z", 1001},
	}
	for _, tt := range tests {
		got := Quicknet.RoundAt(at(tt.at))
		if got != tt.want {
			t.Errorf("RoundAt(%s) = %d, want %d", tt.at, got, tt.want)
		}
		if out := Quicknet.Time(got); out.Before(at(tt.at)) || got > 1 && !Quicknet.Time(got-1).Before(at(tt.at)) {
			t.Errorf("round %d comes out %s, not the first from %s", got, out, tt.at)
		}
	}
}
