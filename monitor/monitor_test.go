package monitor_test

import (
	"crypto/rand"
	"encoding/base64"
	"encoding/binary"
	"fmt"
	"io/fs"
	"strings"
	"testing"
	"testing/fstest"
	"time"

	"github.com/emmansun/gmsm/sm2"
	"golang.org/x/mod/sumdb/note"
	"golang.org/x/mod/sumdb/tlog"

	"suiji/bundle/bundletest"
	"suiji/internal/canon"
	"suiji/ledger"
	"suiji/monitor"
)

// log is a ledger that a test writes by hand.
type log struct {
	t      testing.TB
	signer note.Signer
	key    string
	at     time.Time
	leaves [][]byte
}

func newLog(t testing.TB) *log {
	t.Helper()
	skey, vkey, err := note.GenerateKey(rand.Reader, bundletest.Origin)
	if err != nil {
		t.Fatal(err)
	}
	signer, err := note.NewSigner(skey)
	if err != nil {
		t.Fatal(err)
	}
	return &log{t: t, signer: signer, key: vkey, at: time.Date(2022, 6, 6, 1, 0, 0, 0, time.UTC)}
}

// add enters acts, written "type subject k=v k=v"; "d" is a digest.
func (l *log) add(acts ...string) *log {
	l.t.Helper()
	for _, act := range acts {
		words := strings.Fields(act)
		data := map[string]any{}
		for _, w := range words[2:] {
			k, v, _ := strings.Cut(w, "=")
			var n int64
			if _, err := fmt.Sscan(v, &n); err == nil {
				data[k] = n
			} else {
				data[k] = canon.SHA256.Hex([]byte(v))
			}
			if k == "random" {
				data[k] = v == "true"
			}
			if k == "source" || k == "stratum" {
				data[k] = v
			}
		}
		l.at = l.at.Add(time.Minute)
		e, err := ledger.New(ledger.Type(words[0]), l.at, words[1], data)
		if err != nil {
			l.t.Fatal(err)
		}
		raw, err := e.Bytes()
		if err != nil {
			l.t.Fatal(err)
		}
		l.leaves = append(l.leaves, raw)
	}
	return l
}

func (l *log) checkpoint(size int) string {
	l.t.Helper()
	var f ledger.Frontier
	for _, leaf := range l.leaves[:size] {
		f.Add(ledger.LeafHash(leaf))
	}
	signed, err := ledger.Checkpoint{Origin: bundletest.Origin, Size: int64(size), Root: f.Root()}.Sign(l.signer)
	if err != nil {
		l.t.Fatal(err)
	}
	return signed
}

// files lays the ledger out as the portal serves it.
func (l *log) files() fstest.MapFS {
	l.t.Helper()
	var stored []tlog.Hash
	reader := tlog.HashReaderFunc(func(at []int64) ([]tlog.Hash, error) {
		var out []tlog.Hash
		for _, i := range at {
			out = append(out, stored[i])
		}
		return out, nil
	})
	for i, leaf := range l.leaves {
		hashes, err := tlog.StoredHashes(int64(i), leaf, reader)
		if err != nil {
			l.t.Fatal(err)
		}
		stored = append(stored, hashes...)
	}
	m := fstest.MapFS{"checkpoint": {Data: []byte(l.checkpoint(len(l.leaves)))}, "key": {Data: []byte(l.key + "\n")}}
	for _, x := range ledger.Tiles(int64(len(l.leaves))) {
		var raw []byte
		if x.L < 0 {
			for _, leaf := range l.leaves[x.N*256 : x.N*256+int64(x.W)] {
				raw = ledger.AppendBundle(raw, leaf)
			}
		} else {
			var err error
			if raw, err = tlog.ReadTileData(x, reader); err != nil {
				l.t.Fatal(err)
			}
		}
		m[ledger.TilePath(x)] = &fstest.MapFile{Data: raw}
	}
	return m
}

// round is the life of one round, as it must be.
var round = []string{
	"register.versioned a.register.targets version=1",
	"plan.published P digest=p",
	"round.sealed a.2022-1.targets manifest=m1",
	"round.rolled a.2022-1.targets source=dice digest=v",
	"round.revealed a.2022-1.targets source=witness digest=v",
	"round.revealed a.2022-1.targets source=bureau digest=v",
	"round.drawn a.2022-1.targets seed=s reveal=r result=t",
	"target.removed a.2022-1.targets stratum=A rank=2 firm=f",
	"target.promoted a.2022-1.targets stratum=A rank=7 instead_of=2 firm=f",
	"round.sealed a.2022-1.match manifest=m2",
	"round.revealed a.2022-1.match source=bureau digest=v",
	"round.drawn a.2022-1.match seed=s reveal=r result=t",
	"officer.substituted a.2022-1.match rank=1",
	"result.published a.2022-1.0001 version=1 digest=r1",
	"result.corrected a.2022-1.0001 version=2 digest=r2 concerns=r1",
	"result.withdrawn a.2022-1.0001 version=3 digest=r2 concerns=r2",
	"rate.stated a.2022-1 due=1",
	"round.disclosed a.2022-1.targets bundle=b",
}

func check(t *testing.T, files fs.FS, o monitor.Options) monitor.Report {
	t.Helper()
	r, err := monitor.Check(files, o)
	if err != nil {
		t.Fatal(err)
	}
	return r
}

func TestWholeLedger(t *testing.T) {
	l := newLog(t).add(round...).add(
		"round.sealed a.2022-2.targets manifest=x1", "round.abandoned a.2022-2.targets reason=1",
		"round.sealed a.2022-2-a2.targets manifest=x2")
	for i := range 600 {
		l.add(fmt.Sprintf("register.versioned a.register.items version=%d", i+1))
	}
	r := check(t, l.files(), monitor.Options{Key: l.key, Since: l.checkpoint(7)})
	if !r.OK || r.Size != 621 || r.Seals != 4 || r.Draws != 2 || r.Abandoned != 1 || r.Open != 1 || r.Results != 3 || r.Since != 7 {
		t.Errorf("Check = %+v, want all of it to hold", r)
	}
}

// TestOrderOfEntries changes the life of a round by one act and holds that the
// first entry which cannot be is named.
func TestOrderOfEntries(t *testing.T) {
	tests := []struct {
		name string
		at   int    // where the act stands in round, or comes in
		how  string // drop, swap (with the next), or the act that comes in before it
		want int64
		says string
	}{
		{"drawn without a seal", 2, "drop", 2, "before the seal"},
		{"second seal", 4, "round.sealed a.2022-1.targets manifest=m9", 4, "sealed before"},
		{"seal without digest", 2, "round.sealed a.2022-9.targets manifest=1", 2, "digest"},
		{"second draw", 8, "round.drawn a.2022-1.targets seed=s reveal=r result=t", 8, "after the draw"},
		{"drawn from nothing", 9, "round.sealed a.2022-5.targets manifest=z", 10, ""},
		{"rolled after the draw", 7, "round.rolled a.2022-1.targets source=balls value=1", 7, "after the draw"},
		{"rolled twice", 4, "round.rolled a.2022-1.targets source=dice value=1", 4, "twice"},
		{"rolled after a secret", 5, "round.rolled a.2022-1.targets source=balls value=1", 5, "after a secret"},
		{"revealed twice", 6, "round.revealed a.2022-1.targets source=bureau digest=w", 6, "twice"},
		{"abandoned after the draw", 7, "round.abandoned a.2022-1.targets reason=1", 7, "after the draw"},
		{"match sealed before the firms are drawn", 6, "round.sealed a.2022-1.match manifest=m2", 6, "not drawn"},
		{"a further attempt beside a draw", 9, "round.sealed a.2022-1-a2.targets manifest=m3", 9, "not abandoned"},
		{"a further match beside a draw", 12, "round.sealed a.2022-1.match-2 manifest=m3", 12, "not abandoned"},
		{"result before the match", 11, "result.published a.2022-1.0001 version=1 digest=r1", 11, "before its round"},
		{"result of no round", 13, "result.published a.2022-7.0001 version=1 digest=r1", 13, "before its round"},
		{"published twice", 14, "result.published a.2022-1.0001 version=2 digest=r9", 14, "follow"},
		{"version skipped", 14, "drop", 14, "version"},
		{"corrects another", 14, "result.corrected a.2022-1.0001 version=2 digest=r2 concerns=r7", 14, "follow"},
		{"removed before the draw", 6, "target.removed a.2022-1.targets stratum=A rank=2 firm=f", 6, "before the draw"},
		{"removed twice", 9, "target.removed a.2022-1.targets stratum=A rank=2 firm=f", 9, "removed before"},
		{"promoted without a removal", 7, "drop", 7, "no removal"},
		{"the same reserve again", 9, "target.removed a.2022-1.targets stratum=A rank=7 firm=f", -1, ""},
		{"substituted before the match", 9, "officer.substituted a.2022-1.match rank=1", 9, "before the draw"},
		{"assigned by hand, and says so", 13, "officer.assigned a.2022-1.match random=false", -1, ""},
		{"assigned by hand, and says random", 13, "officer.assigned a.2022-1.match random=true", 13, "not random"},
		{"assigned by hand, and says nothing", 13, "officer.assigned a.2022-1.match reason=duty", 13, "not random"},
		{"assigned before the match", 9, "officer.assigned a.2022-1.match random=false", 9, "before the draw"},
		{"rate twice", 17, "rate.stated a.2022-1 due=2", 17, "second"},
		{"disclosed before the draw", 6, "round.disclosed a.2022-1.targets bundle=b", 6, "before the draw"},
		{"disclosed twice", 17, "round.disclosed a.2022-1.targets bundle=c", 18, "before"},
		{"plan published twice", 4, "plan.published P digest=q", 4, "second"},
		{"register's version twice", 4, "register.versioned a.register.targets version=1", 4, "must be 2"},
		{"settings once more", 17, "settings.stated a.settings no=1", -1, ""},
		{"settings skipped", 17, "settings.stated a.settings no=2", 17, "must be number 1"},
		{"a head of the audit log", 17, "audit.head a.audit no=9", -1, ""},
		{"a head that does not grow", 17, "audit.head a.audit no=0", 17, "audit log had"},
		{"rolled before the seal", 2, "swap", 2, "before the seal"},
		{"drawn before the last secret", 5, "swap", 6, "after the draw"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			acts := append([]string(nil), round[:tt.at]...)
			switch tt.how {
			case "drop":
				acts = append(acts, round[tt.at+1:]...)
			case "swap":
				acts = append(append(acts, round[tt.at+1], round[tt.at]), round[tt.at+2:]...)
			default:
				acts = append(append(acts, tt.how), round[tt.at:]...)
			}
			if tt.name == "drawn from nothing" {
				acts = append(acts[:tt.at+1], append([]string{"round.drawn a.2022-5.targets seed=s reveal=r result=t"}, acts[tt.at+1:]...)...)
			}
			r := check(t, newLog(t).add(acts...).files(), monitor.Options{})
			if tt.want < 0 {
				if !r.OK {
					t.Errorf("Check = %v, want it to hold", r.Finding)
				}
				return
			}
			if r.OK || r.Finding.Position != tt.want || !strings.Contains(r.Finding.English, tt.says) {
				t.Errorf("Check = %v, want entry %d: … %s", r.Finding, tt.want, tt.says)
			}
		})
	}
}

func TestTimesDoNotGoBack(t *testing.T) {
	l := newLog(t).add(round[:2]...)
	l.at = l.at.Add(-time.Hour)
	r := check(t, l.add(round[2:]...).files(), monitor.Options{})
	if r.OK || r.Finding.Position != 2 {
		t.Errorf("Check = %v, want entry 2", r.Finding)
	}
}

// TestEveryFileCounts changes, cuts, lengthens, drops, empties and moves every
// file of a ledger of three bundles.
func TestEveryFileCounts(t *testing.T) {
	l := newLog(t)
	for i := range 600 {
		l.add(fmt.Sprintf("register.versioned a.register.items version=%d", i+1))
	}
	clean := l.files()
	since := l.checkpoint(300)
	damage := map[string]func(m fstest.MapFS, name string, raw []byte){
		"changed":    func(m fstest.MapFS, name string, raw []byte) { raw[len(raw)/2] ^= 1 },
		"first byte": func(m fstest.MapFS, name string, raw []byte) { raw[0] ^= 0x20 },
		"cut":        func(m fstest.MapFS, name string, raw []byte) { m[name].Data = raw[:len(raw)-1] },
		"longer":     func(m fstest.MapFS, name string, raw []byte) { m[name].Data = append(raw, 'x') },
		"dropped":    func(m fstest.MapFS, name string, raw []byte) { delete(m, name) },
		"emptied":    func(m fstest.MapFS, name string, raw []byte) { m[name].Data = nil },
		"elsewhere": func(m fstest.MapFS, name string, raw []byte) {
			m["tile/0/007"] = m[name]
		},
	}
	for name := range clean {
		for how, fn := range damage {
			m := l.files()
			fn(m, name, m[name].Data)
			r := check(t, m, monitor.Options{Key: l.key, Since: since})
			if name == "key" && how != "elsewhere" {
				continue // not used: the reader named another
			}
			if r.OK {
				t.Errorf("%s %s: Check holds", name, how)
			}
		}
	}
	m := l.files()
	m["tile/entries/001"].Data[5] ^= 1
	if r := check(t, m, monitor.Options{}); r.OK || r.Finding.Position != 256 {
		t.Errorf("Check = %v, want entry 256 named", r.Finding)
	}
}

func TestEarlierCheckpoint(t *testing.T) {
	l, other := newLog(t).add(round...), newLog(t)
	shorter := &log{t: t, signer: l.signer, key: l.key, at: l.at, leaves: l.leaves[:9]}
	forked := &log{t: t, signer: l.signer, key: l.key, leaves: append([][]byte(nil), l.leaves...)}
	forked.leaves[0], forked.leaves[1] = forked.leaves[1], forked.leaves[0]
	tests := []struct {
		name, since string
		files       fs.FS
		position    int64
		ok          bool
	}{
		{"the same", l.checkpoint(18), l.files(), 0, true},
		{"earlier", l.checkpoint(5), l.files(), 0, true},
		{"empty", l.checkpoint(0), l.files(), 0, true},
		{"longer than the ledger", l.checkpoint(18), shorter.files(), 9, false},
		{"of another tree", forked.checkpoint(5), l.files(), -1, false},
		{"under another key", other.add(round[:3]...).checkpoint(3), l.files(), -1, false},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			r := check(t, tt.files, monitor.Options{Key: l.key, Since: tt.since})
			if r.OK != tt.ok || !tt.ok && r.Finding.Position != tt.position {
				t.Errorf("Check = %+v, want ok %v at %d", r.Finding, tt.ok, tt.position)
			}
		})
	}
}

func TestExtends(t *testing.T) {
	l := newLog(t)
	for i := range 300 {
		l.add(fmt.Sprintf("register.versioned a.register.items version=%d", i+1))
	}
	open := func(signed string) ledger.Checkpoint {
		c, err := ledger.OpenCheckpoint(signed, l.key)
		if err != nil {
			t.Fatal(err)
		}
		return c
	}
	newer := open(l.checkpoint(300))
	for _, size := range []int{0, 1, 255, 256, 257, 299, 300} {
		if err := monitor.Extends(l.files(), open(l.checkpoint(size)), newer); err != nil {
			t.Errorf("Extends(%d, 300) = %v, want nil", size, err)
		}
	}
	older := open(l.checkpoint(200))
	older.Root[0] ^= 1
	if err := monitor.Extends(l.files(), older, newer); err == nil {
		t.Error("Extends from another root = nil, want a finding")
	}
	m := l.files()
	m["tile/0/000"].Data[40] ^= 1
	if err := monitor.Extends(m, open(l.checkpoint(200)), newer); err == nil {
		t.Error("Extends from an altered tile = nil, want a finding")
	}
}

// A sealed manifest whose beacon was out too early is found before anything
// is disclosed.
func TestBeaconAfterTheRolls(t *testing.T) {
	for shift, want := range map[time.Duration]bool{0: true, time.Minute: false, time.Hour: false} {
		d := bundletest.Beacon(t)
		d.At = d.At.Add(shift)
		l := newLog(t)
		for _, e := range d.Entries(t) {
			raw, err := e.Bytes()
			if err != nil {
				t.Fatal(err)
			}
			l.leaves = append(l.leaves, raw)
		}
		m := l.files()
		m["manifests/"+d.ID+".json"] = &fstest.MapFile{Data: d.Bundle.Manifest}
		r := check(t, m, monitor.Options{Key: l.key})
		if r.OK != want || !want && !strings.Contains(r.Finding.Error(), "before the seal or a roll") {
			t.Errorf("sealed %v later: %+v, want OK %t", shift, r, want)
		}
	}
}

// TestSM2Line holds the checkpoint's SM2 line to the key in the folder, or to
// the one that the reader brings.
func TestSM2Line(t *testing.T) {
	l := newLog(t).add("plan.published P digest=p")
	key, err := sm2.GenerateKey(rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	public, err := key.ECDH()
	if err != nil {
		t.Fatal(err)
	}
	vkey := ledger.FormatSM2Key(bundletest.Origin, public.PublicKey().Bytes())
	k, err := ledger.ParseSM2Key(vkey)
	if err != nil {
		t.Fatal(err)
	}
	line := func(text string) string {
		sig, err := key.Sign(rand.Reader, []byte(text), sm2.DefaultSM2SignerOpts)
		if err != nil {
			t.Fatal(err)
		}
		return "— " + bundletest.Origin + " " + base64.StdEncoding.EncodeToString(append(binary.BigEndian.AppendUint32(nil, k.KeyHash()), sig...)) + "\n"
	}
	signed := l.checkpoint(1)
	text, _, _ := strings.Cut(signed, "\n\n")
	tests := []struct {
		name    string
		extra   string
		named   string
		inDir   string
		ok, sm2 bool
	}{
		{"no key known", line(text + "\n"), "", "", true, false},
		{"held by the folder's key", line(text + "\n"), "", vkey, true, true},
		{"held by the reader's key", line(text + "\n"), vkey, "", true, true},
		{"an older checkpoint", "", vkey, "", true, false},
		{"over another text", line("x\n"), vkey, "", false, false},
		{"no key at all in the folder's file", "", "", "x", false, false},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			files := l.files()
			files["checkpoint"] = &fstest.MapFile{Data: []byte(signed + tt.extra)}
			if tt.inDir != "" {
				files["key-sm2"] = &fstest.MapFile{Data: []byte(tt.inDir + "\n")}
			}
			r, err := monitor.Check(files, monitor.Options{Key: l.key, SM2: tt.named})
			if err != nil || r.OK != tt.ok || r.SM2 != tt.sm2 {
				t.Errorf("Check = %+v, %v", r, err)
			}
		})
	}
}
