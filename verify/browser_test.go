package verify_test

import (
	"bytes"
	"context"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"maps"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"testing/fstest"
	"time"

	"github.com/chromedp/cdproto/network"
	"github.com/chromedp/chromedp"

	"suiji/bundle"
	"suiji/bundle/bundletest"
	"suiji/draw"
	"suiji/randomness"
	"suiji/verify"
)

// vectors are the worked cases of the specification.
const vectors = "../docs/spec/vectors"

// browser is Chromium with the page open from a file.
type browser struct {
	testing.TB
	ctx      context.Context
	requests *atomic.Int64 // since the page was loaded
}

// open opens the page at path; it leaves out the test where it should be short.
func open(t testing.TB, path string) browser {
	t.Helper()
	return openIn(t, path)
}

// openIn opens the page in a browser of one's choice.
func openIn(t testing.TB, path string, engine ...chromedp.ExecAllocatorOption) browser {
	t.Helper()
	if testing.Short() {
		t.Skip("needs Chromium")
	}
	options := append(slices.Clone(chromedp.DefaultExecAllocatorOptions[:]), chromedp.NoSandbox, chromedp.WindowSize(1366, 768))
	options = append(options, engine...)
	ctx, cancel := chromedp.NewExecAllocator(t.Context(), options...)
	t.Cleanup(cancel)
	ctx, cancel = context.WithTimeout(ctx, 10*time.Minute) // of a page that never answers
	t.Cleanup(cancel)
	ctx, cancel = chromedp.NewContext(ctx)
	t.Cleanup(cancel)
	b := browser{t, ctx, new(atomic.Int64)}
	err := chromedp.Listen(ctx, func(e any) {
		if _, ok := e.(*network.EventRequestWillBeSent); ok {
			b.requests.Add(1)
		}
	})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := chromedp.Call(ctx, network.Enable, network.EnableParams{}); err != nil {
		t.Fatal(err)
	}
	abs, err := filepath.Abs(path)
	if err != nil {
		t.Fatal(err)
	}
	b.run(chromedp.Navigate("file://"+abs), chromedp.WaitVisible(chromedp.CSS("#v-box")))
	b.requests.Store(0)
	return b
}

func (b browser) run(actions ...chromedp.Action[chromedp.Void]) {
	b.Helper()
	if err := chromedp.Do(b.ctx, actions...); err != nil {
		b.Fatal(err)
	}
}

// get runs an action that has a value.
func get[T any](b browser, a chromedp.Action[T]) T {
	b.Helper()
	v, err := chromedp.Run(b.ctx, a)
	if err != nil {
		b.Fatal(err)
	}
	return v
}

// helpers are what the tests need in the page: core.js has no folders.
const helpers = `
const unpack = s => Uint8Array.from(atob(s), x => x.charCodeAt(0));
const trial = async (zip, key) => {
	const steps = [], ok = await check(unpack(zip), (step, detail, ok) => ok !== undefined && steps.push({step, detail, ok}), key);
	const {id = "", scheme = ""} = m;
	return {ok, steps, id, scheme, key: ok ? ledger.key : ""};
};
async function folder(packed) {
	[files, firms, pause] = [{"result.json": bytes("{}")}, new Map(), () => 0];
	try {
		for (const name of Object.keys(packed)) files[name] = unpack(packed[name]);
		for (const name of ["manifest.json", "reveal.json"]) files[name] = bytes(json(JSON.parse(text(files[name]))));
		manifest();
		await lists();
		commitments();
	} catch (e) { return "error " + e.message; }
	result = undefined; // the folder has none that could agree: what was worked out is what counts
	try { seed(); } catch (e) {}
	try { await outcome(); } catch (e) {}
	return result ? json(result) : "error";
}`

// call calls a function of the page with each argument and reads the answers.
func call[T any](b browser, function string, args []any) []T {
	b.Helper()
	get(b, chromedp.Evaluate[bool](`(() => { if (document.getElementById("helpers")) return true; const s = document.createElement("script"); s.id = "helpers"; s.textContent = `+quoted(helpers)+`; document.head.appendChild(s); return true; })()`))
	var out []T
	for part := range slices.Chunk(args, 200) {
		raw, err := json.Marshal(part)
		if err != nil {
			b.Fatal(err)
		}
		script := fmt.Sprintf(`(async () => { const out = []; for (const x of %s) out.push(await %s(x)); return out; })()`, raw, function)
		out = append(out, get(b, chromedp.Evaluate[[]T](script, chromedp.EvalAwaitPromise))...)
	}
	if len(out) != len(args) {
		b.Fatalf("%s answered %d of %d", function, len(out), len(args))
	}
	return out
}

func quoted(s string) string {
	raw, _ := json.Marshal(s) // a string always can be
	return string(raw)
}

// verdicts checks bundles in the page.
func (b browser) verdicts(zips [][]byte) []bundle.Report {
	b.Helper()
	var args []any
	for _, z := range zips {
		args = append(args, base64.StdEncoding.EncodeToString(z))
	}
	return call[bundle.Report](b, "trial", args)
}

func packed(t testing.TB, dir fstest.MapFS) map[string]string {
	out := map[string]string{}
	for name, f := range dir {
		out[name] = base64.StdEncoding.EncodeToString(f.Data)
	}
	return out
}

// TestFolders works out the worked cases and ten thousand random ones, spoiled
// ones among them, in the page, with the Python verifier and with package draw:
// all three must come to the same bytes, or refuse.
func TestFolders(t *testing.T) {
	b := open(t, "verify.html")
	var dirs []fstest.MapFS
	cases, err := filepath.Glob(vectors + "/*/manifest.json")
	if err != nil || len(cases) < 10 {
		t.Fatalf("worked cases: %d, %v", len(cases), err)
	}
	for _, c := range cases {
		dirs = append(dirs, folder(t, filepath.Dir(c)))
	}
	r := rand.New(rand.NewPCG(4, 2022))
	for i := range 10_000 {
		dirs = append(dirs, random(t, r, i))
	}
	var args []any
	for _, d := range dirs {
		args = append(args, packed(t, d))
	}
	python := make(chan map[string]string, 1)
	go func() { python <- second(t, dirs) }()
	page := call[string](b, "folder", args)
	second := <-python
	kinds, refused := map[string]int{}, 0
	for i, d := range dirs {
		raw, err := draw.Compute(d)
		result, digest, said := string(raw), draw.SHA256.Hex(raw), page[i]
		if err != nil {
			refused++
			result, digest, said = "error", "error", said[:min(5, len(said))]
		}
		if said != result || second[caseName(i)] != digest {
			t.Errorf("case %d: the page says %.200s, Python %s, draw.Compute %.200s (%s), %v\n%s", i, page[i], second[caseName(i)], result, digest, err, d["manifest.json"].Data)
		}
		var m struct{ Scheme, Hash string }
		if err := json.Unmarshal(d["manifest.json"].Data, &m); err != nil {
			t.Fatal(err)
		}
		kinds[m.Scheme+" "+m.Hash]++
	}
	t.Logf("%d folders, %d of them refused: %v", len(dirs), refused, kinds)
	if refused < 200 || refused > 7000 || len(kinds) != 4 {
		t.Errorf("%d of %d folders refused, %v: the cases are not worth much", refused, len(dirs), kinds)
	}
}

func caseName(i int) string { return fmt.Sprintf("case-%05d", i) }

// folder reads a case from the disk.
func folder(t *testing.T, path string) fstest.MapFS {
	t.Helper()
	dir := fstest.MapFS{}
	files, err := filepath.Glob(path + "/*")
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range files {
		raw, err := os.ReadFile(f)
		if err != nil {
			t.Fatal(err)
		}
		dir[filepath.Base(f)] = &fstest.MapFile{Data: raw}
	}
	return dir
}

// second returns what the Python verifier says of each case: the digest of its
// result, or error.
func second(t *testing.T, dirs []fstest.MapFS) map[string]string {
	root := t.TempDir()
	for i, d := range dirs {
		if err := os.CopyFS(filepath.Join(root, caseName(i)), d); err != nil {
			t.Error(err)
		}
	}
	out, err := exec.Command("python3", verify.Name, "compute", "--many", root).Output()
	if err != nil {
		t.Error(err)
	}
	said := map[string]string{}
	for line := range strings.Lines(string(out)) {
		name, digest, _ := strings.Cut(strings.TrimSuffix(line, "\n"), "\t")
		said[name] = digest
	}
	return said
}

// random makes a case of either scheme, hash and mode; every fourth has one
// byte changed in a list that is sealed anew.
func random(t *testing.T, r *rand.Rand, i int) fstest.MapFS {
	t.Helper()
	m := draw.Manifest{Hash: []draw.Hash{draw.SHA256, draw.SM3}[r.IntN(2)], ID: fmt.Sprintf("130132-rs.random-%d", i), Attempt: 1, Disclosure: draw.AtOnce}
	reveal := map[string]string{"bureau": fmt.Sprintf("%064x", r.Uint64()), "dice": fmt.Sprint(r.Uint64())}
	m.Seed = []draw.Source{
		{Name: "bureau", Kind: draw.Committed, By: draw.ByBureau, Commitment: randomness.Commit(m.Hash, "bureau", reveal["bureau"])},
		{Name: "dice", Kind: draw.Public, How: "骰子"},
	}
	lists := map[draw.File][]string{draw.TargetsFile: nil}
	if i%2 == 0 {
		randomFirms(r, &m, lists)
	} else {
		randomMatch(r, &m, lists)
	}
	dir := fstest.MapFS{string(draw.RevealFile): {Data: bundletest.JSON(t, reveal)}}
	seals := map[draw.File]*draw.Listing{draw.TargetsFile: &m.Targets, draw.ExcludedFile: &m.Excluded, draw.OfficersFile: &m.Officers, draw.RecusalsFile: &m.Recusals}
	for _, f := range slices.Sorted(maps.Keys(lists)) { // in one order, so that each run has the same cases
		lines := lists[f]
		raw := draw.PrintList(lines)
		if i%8 > 5 && len(raw) > 0 {
			raw[r.IntN(len(raw))] = meaningful[r.IntN(len(meaningful))]
		}
		if l, err := draw.SealList(m.Hash, f, bytes.NewReader(raw)); err == nil {
			*seals[f] = l
		} else {
			*seals[f], _ = draw.SealList(m.Hash, f, bytes.NewReader(nil))
		}
		dir[string(f)] = &fstest.MapFile{Data: raw}
	}
	m, err := draw.Build(m)
	if err != nil {
		t.Fatal(err)
	}
	dir[string(draw.ManifestFile)] = &fstest.MapFile{Data: m.JSON()}
	return dir
}

func randomFirms(r *rand.Rand, m *draw.Manifest, lists map[draw.File][]string) {
	m.Scheme = draw.TargetsScheme
	lists[draw.ExcludedFile] = []string{draw.ExcludedLine("Z", "closed")}
	for _, name := range []string{"A", "高风险", "\U0002070E"}[:1+r.IntN(3)] {
		size := r.IntN(20)
		m.Strata = append(m.Strata, draw.Stratum{Name: name, Draw: r.IntN(size + 1), Reserve: r.IntN(4)})
		for j := range size {
			lists[draw.TargetsFile] = append(lists[draw.TargetsFile], draw.TargetLine(fmt.Sprintf("9%d%c%x", len(m.Strata), "AB_.-"[r.IntN(5)], j*7919), name, 1+r.IntN(5)))
		}
	}
}

func randomMatch(r *rand.Rand, m *draw.Manifest, lists map[draw.File][]string) {
	m.Scheme, m.Mode, m.Reserve = draw.MatchScheme, []draw.Mode{draw.Each, draw.Teams}[r.IntN(2)], r.IntN(4)
	lists[draw.OfficersFile], lists[draw.RecusalsFile] = nil, nil
	names := []string{"rs", "market", "fire.1"}[:1+r.IntN(3)]
	for _, n := range names {
		m.Slots = append(m.Slots, draw.Slot{Name: n, Size: 2 + r.IntN(2)})
	}
	if m.Mode == draw.Teams {
		m.Teams = 2 + r.IntN(3)
	}
	some := func() []string {
		first := r.IntN(len(names))
		return names[first : first+1+r.IntN(len(names)-first)]
	}
	for j := range 6 + r.IntN(30) {
		lists[draw.OfficersFile] = append(lists[draw.OfficersFile], draw.SlotsLine(fmt.Sprintf("A%03d", j), some()))
	}
	for j := range r.IntN(25) {
		firm := fmt.Sprintf("9113MA%04d", j*31)
		lists[draw.TargetsFile] = append(lists[draw.TargetsFile], draw.SlotsLine(firm, some()))
		if r.IntN(4) == 0 {
			lists[draw.RecusalsFile] = append(lists[draw.RecusalsFile], draw.RecusalLine(fmt.Sprintf("A%03d", r.IntN(8)), firm))
		}
	}
}

// meaningful bytes mean something in JSON or in a list, or never do.
const meaningful = "0129aAzZ.-_,\t\n \"{}[]:\\u\x80"

// TestBundles checks whole bundles, forged ones and ones with a byte changed
// in the page and with package bundle: both must stop at the same step.
func TestBundles(t *testing.T) {
	b := open(t, "verify.html")
	var names []string
	var zips [][]byte
	add := func(name string, zip []byte) { names, zips = append(names, name), append(zips, zip) }
	r := rand.New(rand.NewPCG(4, 2023))
	for _, d := range bundletest.Draws(t) {
		whole := bundletest.Zip(t, d.Whole(t))
		add(d.Name, whole)
		for range 50 {
			bad, at := bytes.Clone(whole), r.IntN(len(whole))
			bad[at] ^= byte(1 + r.IntN(255))
			add(fmt.Sprintf("%s, byte %d", d.Name, at), bad)
		}
		files := bundletest.Files(t, d.Whole(t))
		for _, name := range slices.Sorted(maps.Keys(files)) {
			file := files[name]
			for range 10 {
				bad, at := bytes.Clone(file), r.IntN(len(file))
				bad[at] = meaningful[r.IntN(len(meaningful))]
				add(fmt.Sprintf("%s, %s, byte %d, well packed", d.Name, name, at), bundletest.Zip(t, bundletest.Replace(d.Whole(t), name, bad)))
			}
		}
	}
	for _, f := range bundletest.Forgeries(t) {
		add(f.Name, f.Raw)
	}
	refused := 0
	for i, got := range b.verdicts(zips) {
		want, err := bundle.Verify(bytes.NewReader(zips[i]), int64(len(zips[i])), bundle.Options{})
		if err != nil {
			t.Fatal(err)
		}
		if !want.OK {
			refused++
		}
		if saysUnsigned(got) && (want.Failed() == bundle.StepBeacon || outOfTime[names[i]]) {
			continue // the page has said that it does not check this
		}
		if got.OK != want.OK || got.Failed() != want.Failed() || got.OK && (got.ID != want.ID || got.Scheme != want.Scheme || got.Key != want.Key) {
			t.Errorf("%s: the page stops at %q, bundle.Verify at %q\n%+v\n%+v", names[i], got.Failed(), want.Failed(), got, want)
		}
	}
	t.Logf("%d bundles, %d of them refused", len(zips), refused)
	if refused < 300 || refused == len(zips) {
		t.Errorf("%d of %d bundles refused", refused, len(zips))
	}
}

// outOfTime are forgeries that only the beacon's clock tells.
var outOfTime = map[string]bool{"beacon: out before the seal": true, "beacon: out before a roll": true, "beacon: out after the draw": true}

// saysUnsigned reports whether the page said that it did not check a beacon's
// signature and time.
func saysUnsigned(r bundle.Report) bool {
	return slices.ContainsFunc(r.Steps, func(s bundle.Step) bool {
		return s.Step == bundle.StepBeacon && s.OK && s.Detail == "signature not checked"
	})
}

// TestUnsigned holds that the page never calls a beacon verified: it works out
// the value from the signature, and says that the signature was not checked.
func TestUnsigned(t *testing.T) {
	b := open(t, "verify.html")
	for _, d := range []bundletest.Draw{bundletest.Beacon(t), bundletest.Unsigned(t)} {
		path := save(t, bundletest.Zip(t, d.Whole(t)))
		b.run(chromedp.SetUploadFiles(chromedp.CSS("#v-pick"), []string{path}), chromedp.WaitEnabled(chromedp.CSS("#v-start")),
			chromedp.Click(chromedp.CSS("#v-start")), chromedp.WaitVisible(chromedp.CSS("#v-after")))
		for _, place := range []string{"#v-verdict", "#v-step-beacon span"} {
			got := b.read(place)
			if !strings.Contains(got, "本页没有核验：请用 suiji-verify 或 suiji_verify.py") {
				t.Errorf("%s: %s says %q of a signature that was not checked", d.Name, place, got)
			}
		}
	}
}

// TestKey trusts one key only.
func TestKey(t *testing.T) {
	b := open(t, "verify.html")
	d := bundletest.Draws(t)[0]
	own, other := bundletest.Prove(t, 1, d.Entries(t)), bundletest.Prove(t, 2, d.Entries(t))
	zip := quoted(base64.StdEncoding.EncodeToString(bundletest.Zip(t, d.With(t, own))))
	for key, want := range map[string]string{own.Key: "", other.Key: bundle.StepProofs} {
		got := call[bundle.Report](b, "(key => trial("+zip+", key))", []any{key})[0]
		if got.Failed() != want {
			t.Errorf("trusting %s, the page stops at %q, want %q", key, got.Failed(), want)
		}
	}
}

// single is the page as one file.
func single(t testing.TB) string {
	path := filepath.Join(t.TempDir(), verify.PageName)
	if err := os.WriteFile(path, verify.Page(), 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

func save(t testing.TB, zip []byte) string {
	path := filepath.Join(t.TempDir(), "bundle.zip")
	if err := os.WriteFile(path, zip, 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}
