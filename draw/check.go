package draw

import (
	"bytes"
	"io"

	"suiji/internal/canon"
)

// Lists are a draw's lists, each read once from its start to its end: Targets
// and Excluded for suiji/targets/1; Targets, Officers and Recusals for
// suiji/match/1. A list that is nil counts as empty.
type Lists struct {
	Targets, Excluded, Officers, Recusals io.Reader
}

// Check is what must hold before a manifest is sealed (封存): everything that
// could stop the draw later is found now. Beside CheckLists it wants the
// attempt's number, the way of disclosure and, where that is not at once, its
// last date. An *Error names the file, the line and the rule.
func (m Manifest) Check(l Lists) error {
	if err := m.checkSeal(); err != nil {
		return err
	}
	return m.CheckLists(l)
}

func (m Manifest) checkSeal() error {
	m.mustBeRead()
	switch {
	case m.Attempt == 0:
		return fault(ManifestFile, RuleSeal, "attempt：应写明是第几次抽取")
	case m.Disclosure == "":
		return fault(ManifestFile, RuleSeal, "disclosure：应写明公开的方式")
	case m.Disclosure != AtOnce && m.DiscloseBy == "":
		return fault(ManifestFile, RuleSeal, "disclose_by：不当场公开的，应写明最迟的公开日期")
	}
	return nil
}

// CheckLists checks each list's form, count and root, and that the draw can be
// carried out whatever the seed: for firms that no quota is beyond its
// stratum, that every stratum has one and that no firm is both in the draw and
// excluded; for a match that every firm can get its officers. An *Error names
// the file, the line and the rule; for a firm that cannot be served it names
// firm and slot.
func (m Manifest) CheckLists(l Lists) error {
	m.mustBeRead()
	if m.Scheme == TargetsScheme {
		return m.checkRegister(l)
	}
	_, err := loadMatch(m, l)
	return err
}

// checkRegister walks through the firms and the excluded side by side, so that
// neither list is ever held.
func (m Manifest) checkRegister(l Lists) error {
	excluded := sealedLines(m.Hash, ExcludedFile, l.Excluded)
	out, err := nextExcluded(excluded)
	targets := sealedLines(m.Hash, TargetsFile, l.Targets)
	sizes := make([]int, len(m.Strata))
	for err == nil || err == io.EOF {
		line, e := targets.next()
		if e == io.EOF {
			break
		}
		if e != nil {
			return e
		}
		id, e := m.countTarget(targets, line, sizes)
		if e != nil {
			return e
		}
		for err == nil && bytes.Compare(out, id) < 0 {
			out, err = nextExcluded(excluded)
		}
		if err == nil && bytes.Equal(out, id) {
			return targets.fault(RuleBoth, id)
		}
	}
	for err == nil {
		_, err = nextExcluded(excluded)
	}
	if err != io.EOF {
		return err
	}
	return m.checkSums(targets, excluded, sizes)
}

// checkSums compares what was counted with what the manifest says.
func (m Manifest) checkSums(targets, excluded *lines, sizes []int) error {
	if err := targets.seal(m.Targets); err != nil {
		return err
	}
	if err := excluded.seal(m.Excluded); err != nil {
		return err
	}
	for i, s := range m.Strata {
		if err := s.holds(sizes[i]); err != nil {
			return err
		}
	}
	return nil
}

// countTarget checks the form of one firm's line and counts it.
func (m Manifest) countTarget(l *lines, line []byte, sizes []int) ([]byte, error) {
	id, stratum, _, ok := parseTarget(line)
	if !ok {
		return nil, l.fault(RuleLine, line)
	}
	for i := range m.Strata {
		if m.Strata[i].Name == string(stratum) {
			sizes[i]++
			return id, nil
		}
	}
	return nil, l.fault(RuleStratum, line)
}

// nextExcluded returns the identifier of the next excluded firm.
func nextExcluded(l *lines) ([]byte, error) {
	line, err := l.next()
	if err != nil {
		return nil, err
	}
	if !isExcluded(line) {
		return nil, l.fault(RuleLine, line)
	}
	id, _, _ := bytes.Cut(line, []byte{'\t'})
	return id, nil
}

// sealedLines reads a list and works out its root on the way.
func sealedLines(h Hash, f File, r io.Reader) *lines {
	l := newLines(f, r)
	l.root = canon.NewRoot(h)
	return l
}
