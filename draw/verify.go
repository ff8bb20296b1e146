package draw

import (
	"bytes"
	"io"
	"io/fs"

	"suiji/internal/canon"
)

// Verify does the whole draw of a folder again and compares: manifest.json,
// the lists, reveal.json and result.json, under the names of the File
// constants, all JSON canonical. An *Error names the first departure. Proofs
// from the ledger and a beacon's signatures are not the folder's part.
func Verify(dir fs.FS) error {
	raw := map[File][]byte{}
	for _, f := range []File{ManifestFile, RevealFile, ResultFile} {
		b, err := fs.ReadFile(dir, string(f))
		if err != nil {
			return err
		}
		if err := checkCanonical(f, b); err != nil {
			return err
		}
		raw[f] = b
	}
	m, err := ParseManifest(raw[ManifestFile])
	if err != nil {
		return err
	}
	if err := withLists(dir, m, m.CheckLists); err != nil {
		return err
	}
	reveal, err := ParseReveal(raw[RevealFile])
	if err != nil {
		return err
	}
	seed, err := VerifySeed(m, reveal, raw[ResultFile])
	if err != nil {
		return err
	}
	return withLists(dir, m, func(l Lists) error { return VerifyOutcome(m, seed, l, raw[ResultFile]) })
}

// VerifyManifest reads a manifest and demands its canonical bytes.
func VerifyManifest(raw []byte) (Manifest, error) {
	if err := checkCanonical(ManifestFile, raw); err != nil {
		return Manifest{}, err
	}
	return ParseManifest(raw)
}

// VerifyReveal reads reveal.json, demands its canonical bytes and checks it
// against the manifest: names, forms and commitments.
func VerifyReveal(m Manifest, raw []byte) (map[string]string, error) {
	if err := checkCanonical(RevealFile, raw); err != nil {
		return nil, err
	}
	reveal, err := ParseReveal(raw)
	if err != nil {
		return nil, err
	}
	return reveal, m.CheckReveal(reveal)
}

// VerifySeed works the seed out anew and compares it with the one that the
// result names.
func VerifySeed(m Manifest, reveal map[string]string, result []byte) (Seed, error) {
	seed, err := DeriveSeed(m, reveal)
	if err != nil {
		return Seed{}, err
	}
	v, err := canon.Parse(result)
	if err != nil {
		return Seed{}, fault(ResultFile, RuleJSON, "%v", err)
	}
	object, ok := v.(map[string]any)
	if !ok {
		return Seed{}, fault(ResultFile, RuleMember, "应为一个对象")
	}
	if object["seed"] != seed.String() {
		return Seed{}, fault(ResultFile, RuleSeed, "%s，应为 %s", show(object["seed"]), seed)
	}
	return seed, nil
}

// VerifyOutcome works the result out anew and compares it byte for byte; the
// error names the first place where they differ.
func VerifyOutcome(m Manifest, s Seed, l Lists, result []byte) error {
	want, err := Outcome(m, s, l)
	if err != nil {
		return err
	}
	if bytes.Equal(result, want) {
		return nil
	}
	got, err := canon.Parse(result)
	if err != nil {
		return fault(ResultFile, RuleJSON, "%v", err)
	}
	computed, err := canon.Parse(want)
	if err != nil {
		return err
	}
	if d := difference("", got, computed); d != "" {
		return fault(ResultFile, RuleOutcome, "%s", d)
	}
	return fault(ResultFile, RuleCanonical, "")
}

// Outcome returns the canonical bytes of the result, by the manifest's scheme.
// The lists of a draw of firms must have passed CheckLists; those of a match
// are checked again.
func Outcome(m Manifest, s Seed, l Lists) ([]byte, error) {
	if m.Scheme == TargetsScheme {
		r, err := Targets(m, s, l.Targets)
		if err != nil {
			return nil, err
		}
		return r.JSON()
	}
	r, err := Match(m, s, l)
	if err != nil {
		return nil, err
	}
	return r.JSON()
}

// Compute returns the canonical result of a case folder: manifest.json and
// reveal.json, which need not be canonical there, and the lists. Everything
// that CheckLists and CheckReveal check is checked.
func Compute(dir fs.FS) (result []byte, err error) {
	raw, err := fs.ReadFile(dir, string(ManifestFile))
	if err != nil {
		return nil, err
	}
	m, err := ParseManifest(raw)
	if err != nil {
		return nil, err
	}
	if err := withLists(dir, m, m.CheckLists); err != nil {
		return nil, err
	}
	if raw, err = fs.ReadFile(dir, string(RevealFile)); err != nil {
		return nil, err
	}
	reveal, err := ParseReveal(raw)
	if err != nil {
		return nil, err
	}
	seed, err := DeriveSeed(m, reveal)
	if err != nil {
		return nil, err
	}
	err = withLists(dir, m, func(l Lists) error {
		result, err = Outcome(m, seed, l)
		return err
	})
	return result, err
}

// withLists opens the lists of a folder that the scheme has, for one use.
func withLists(dir fs.FS, m Manifest, use func(Lists) error) error {
	names := []File{TargetsFile, OfficersFile, RecusalsFile}
	if m.Scheme == TargetsScheme {
		names = []File{TargetsFile, ExcludedFile}
	}
	open := map[File]io.Reader{}
	for _, name := range names {
		f, err := dir.Open(string(name))
		if err != nil {
			return err
		}
		defer f.Close() // read only: an error of closing loses nothing
		open[name] = f
	}
	return use(Lists{open[TargetsFile], open[ExcludedFile], open[OfficersFile], open[RecusalsFile]})
}
