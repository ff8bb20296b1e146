package bundle

import (
	"errors"
	"fmt"
	"io"
	"strings"
	"unicode"

	"suiji/draw"
	"suiji/ledger"
)

// The steps of a check, in their order.
const (
	StepContainer   = "container"
	StepManifest    = "manifest"
	StepLists       = "lists"
	StepCommitments = "commitments"
	StepBeacon      = "beacon"
	StepSeed        = "seed"
	StepOutcome     = "outcome"
	StepProofs      = "proofs"
	StepOrder       = "order"
)

// Options say what the caller knows beforehand.
type Options struct {
	Key string // the verifier key to trust; empty: the bundle's own
}

// Report says what a check found. It prints as the JSON of bundle.md.
type Report struct {
	OK     bool   `json:"ok"`
	ID     string `json:"id"`     // the manifest's; empty if it could not be read
	Scheme string `json:"scheme"` // the same
	Key    string `json:"key"`    // verifier key that the proofs were checked under; empty if they were not
	Steps  []Step `json:"steps"`  // up to the first that failed
}

// Step is one step of a check. Detail is a sentence in Chinese, a slash, and
// the same in English.
type Step struct {
	Step   string `json:"step"`
	OK     bool   `json:"ok"`
	Detail string `json:"detail"`
}

// Failed returns the name of the step that failed, empty if all hold.
func (r Report) Failed() string {
	if n := len(r.Steps); n > 0 && !r.Steps[n-1].OK {
		return r.Steps[n-1].Step
	}
	return ""
}

// Verify checks a bundle of size bytes, step by step, and stops at the first
// step that fails. The error is only that of reading r.
func Verify(r io.ReaderAt, size int64, o Options) (Report, error) {
	w := &watched{r: r}
	c := check{key: o.Key}
	var report Report
	for _, s := range steps {
		detail, err := s.run(&c, w, size)
		if w.err != nil {
			return Report{}, fmt.Errorf("read bundle: %w", w.err)
		}
		if err != nil {
			detail = words(err)
		}
		report.Steps = append(report.Steps, Step{Step: s.name, OK: err == nil, Detail: detail.String()})
		if err != nil {
			break
		}
	}
	report.OK = report.Failed() == ""
	report.ID, report.Scheme, report.Key = c.manifest.ID, c.manifest.Scheme, c.evidence.Key
	return report, nil
}

// watched remembers that reading failed, which is no finding about the bundle.
type watched struct {
	r   io.ReaderAt
	err error
}

// ReadAt reads on.
func (w *watched) ReadAt(p []byte, at int64) (int, error) {
	n, err := w.r.ReadAt(p, at)
	if err != nil && err != io.EOF && w.err == nil {
		w.err = err
	}
	return n, err
}

// check is what the steps hand on to each other.
type check struct {
	key      string
	archive  archive
	manifest draw.Manifest
	reveal   map[string]string
	rawSeen  map[string][]byte // reveal.json and result.json
	seed     draw.Seed
	evidence ledger.Evidence
}

// steps holds what each step does; it returns what it found to be so.
var steps = []struct {
	name string
	run  func(c *check, r io.ReaderAt, size int64) (saying, error)
}{
	{StepContainer, (*check).container},
	{StepManifest, (*check).readManifest},
	{StepLists, (*check).lists},
	{StepCommitments, (*check).commitments},
	{StepBeacon, (*check).beacon},
	{StepSeed, (*check).deriveSeed},
	{StepOutcome, (*check).outcome},
	{StepProofs, (*check).proofs},
	{StepOrder, (*check).order},
}

func (c *check) container(r io.ReaderAt, size int64) (s saying, err error) {
	c.archive, err = openArchive(r, size)
	n := len(c.archive.entries)
	return saying{fmt.Sprintf("归档形式正确，%d 个文件齐全", n), fmt.Sprintf("canonical archive of %d files", n)}, err
}

func (c *check) readManifest(io.ReaderAt, int64) (s saying, err error) {
	raw, err := c.archive.read(string(draw.ManifestFile))
	if err != nil {
		return s, err
	}
	m, err := draw.VerifyManifest(raw)
	if err != nil {
		return s, err
	}
	c.manifest = m
	return saying{fmt.Sprintf("抽取 %s，方案 %s，散列 %s", m.ID, m.Scheme, m.Hash), fmt.Sprintf("draw %s, scheme %s, hash %s", m.ID, m.Scheme, m.Hash)}, nil
}

func (c *check) lists(io.ReaderAt, int64) (saying, error) {
	m := c.manifest
	err := m.CheckLists(c.archive.lists())
	if m.Scheme == draw.TargetsScheme {
		return saying{
			fmt.Sprintf("参加抽取 %d 家，排除 %d 家，与清单的根相符", m.Targets.Count, m.Excluded.Count),
			fmt.Sprintf("%d firms in the draw, %d excluded, roots as sealed", m.Targets.Count, m.Excluded.Count)}, err
	}
	return saying{
		fmt.Sprintf("检查对象 %d 家，检查人员 %d 名，回避 %d 条，与清单的根相符", m.Targets.Count, m.Officers.Count, m.Recusals.Count),
		fmt.Sprintf("%d firms, %d officers, %d recusals, roots as sealed", m.Targets.Count, m.Officers.Count, m.Recusals.Count)}, err
}

func (c *check) commitments(io.ReaderAt, int64) (s saying, err error) {
	raw, err := c.file(draw.RevealFile)
	if err != nil {
		return s, err
	}
	c.reveal, err = draw.VerifyReveal(c.manifest, raw)
	if c.manifest.Verifiable(c.reveal) {
		s = saying{"各来源与承诺相符；至少一项不由机关掌握", "every source fits; at least one was out of the bureau's hands"}
	} else {
		s = saying{"各来源与承诺相符；但这个数由机关单独产生", "every source fits; but the bureau alone made this number"}
	}
	return s, err
}

func (c *check) deriveSeed(io.ReaderAt, int64) (s saying, err error) {
	raw, err := c.file(draw.ResultFile)
	if err != nil {
		return s, err
	}
	c.seed, err = draw.VerifySeed(c.manifest, c.reveal, raw)
	return saying{"种子 " + c.seed.String(), "seed " + c.seed.String()}, err
}

func (c *check) outcome(io.ReaderAt, int64) (saying, error) {
	err := draw.VerifyOutcome(c.manifest, c.seed, c.archive.lists(), c.rawSeen[string(draw.ResultFile)])
	return saying{"重新计算的结果一致", "the result worked out anew is the same"}, err
}

// file reads one of the archive's JSON files and keeps it for the proofs.
func (c *check) file(name draw.File) ([]byte, error) {
	raw, err := c.archive.read(string(name))
	if c.rawSeen == nil {
		c.rawSeen = map[string][]byte{}
	}
	c.rawSeen[string(name)] = raw
	return raw, err
}

// saying is one sentence in Chinese and in English.
type saying struct{ zh, en string }

// String returns both on one line. What a terminal would take for a command
// is blotted out: the words may come from a hostile bundle.
func (s saying) String() string {
	return strings.Map(func(r rune) rune {
		if !unicode.IsGraphic(r) {
			return unicode.ReplacementChar
		}
		return r
	}, s.zh+" / "+s.en)
}

// Error makes a saying an error.
func (s saying) Error() string { return s.String() }

func said(zh, en string) error { return saying{zh, en} }

// words returns what an error says in both languages.
func words(err error) saying {
	var s saying
	if errors.As(err, &s) {
		return s
	}
	var d *draw.Error
	if !errors.As(err, &d) {
		return saying{"不符：" + err.Error(), err.Error()}
	}
	where := string(d.File)
	if d.Line > 0 {
		where = fmt.Sprintf("%s, line %d", d.File, d.Line)
	}
	return saying{d.Error(), fmt.Sprintf("%s breaks the rule %q", where, d.Rule)}
}
