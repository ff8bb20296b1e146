package draw

import (
	"bytes"
	"encoding/json"
	"fmt"
	"maps"
	"slices"

	"suiji/internal/canon"
)

// TargetsResult is the outcome of suiji/targets/1.
type TargetsResult struct {
	Scheme string          `json:"scheme"`
	ID     string          `json:"id"`
	Seed   string          `json:"seed"`
	Strata []StratumResult `json:"strata"` // in the manifest's order
}

// StratumResult names a stratum's firms, each list in the order drawn.
type StratumResult struct {
	Name     string   `json:"name"`
	Drawn    []string `json:"drawn"`
	Reserves []string `json:"reserves"`
}

// JSON returns the canonical bytes.
func (r TargetsResult) JSON() ([]byte, error) { return canon.JSON(r) }

// MatchResult is the outcome of suiji/match/1.
type MatchResult struct {
	Scheme  string        `json:"scheme"`
	ID      string        `json:"id"`
	Seed    string        `json:"seed"`
	Matches []TargetMatch `json:"matches"` // in the firms' drawn order
}

// TargetMatch names those who inspect one firm.
type TargetMatch struct {
	Target string `json:"target"`
	Teams  []Team `json:"teams"` // in the manifest's slot order
}

// Team is one slot's officers for a firm, and who comes instead of one who
// cannot, in that order (递补).
type Team struct {
	Slot     string   `json:"slot"`
	Officers []string `json:"officers"`
	Reserves []string `json:"reserves"`
}

// JSON returns the canonical bytes.
func (r MatchResult) JSON() ([]byte, error) { return canon.JSON(r) }

// ParseTargetsResult reads canonical result bytes of suiji/targets/1.
func ParseTargetsResult(raw []byte) (TargetsResult, error) {
	return parseResult[TargetsResult](raw, TargetsScheme)
}

func (r TargetsResult) scheme() string { return r.Scheme }

// ParseMatchResult reads canonical result bytes of suiji/match/1.
func ParseMatchResult(raw []byte) (MatchResult, error) {
	return parseResult[MatchResult](raw, MatchScheme)
}

func (r MatchResult) scheme() string { return r.Scheme }

// parseResult prints what it read and compares, which finds every member that
// is missing, unknown or of another form.
func parseResult[R interface{ scheme() string }](raw []byte, scheme string) (R, error) {
	var r, none R
	if err := checkCanonical(ResultFile, raw); err != nil {
		return none, err
	}
	if err := json.Unmarshal(raw, &r); err != nil {
		return none, fault(ResultFile, RuleMember, "%v", err)
	}
	again, err := canon.JSON(r)
	if err != nil || !bytes.Equal(again, raw) || r.scheme() != scheme {
		return none, fault(ResultFile, RuleMember, "不是 %s 的结果", scheme)
	}
	return r, nil
}

// checkCanonical turns what canon finds into an *Error.
func checkCanonical(f File, raw []byte) error {
	switch err := canon.IsCanonical(raw); err {
	case nil:
		return nil
	case canon.ErrNotCanonical:
		return fault(f, RuleCanonical, "")
	default:
		return fault(f, RuleJSON, "%v", err)
	}
}

// difference returns where two JSON values first differ, with both sides, or
// "". Members are taken in byte order of their names.
func difference(path string, got, want any) string {
	switch want := want.(type) {
	case map[string]any:
		if got, ok := got.(map[string]any); ok {
			return differentMember(path, got, want)
		}
	case []any:
		if got, ok := got.([]any); ok {
			return differentElement(path, got, want)
		}
	default:
		if got == want {
			return ""
		}
	}
	return fmt.Sprintf("%s 为 %s，应为 %s", path, show(got), show(want))
}

func differentMember(path string, got, want map[string]any) string {
	both := maps.Clone(want)
	maps.Copy(both, got)
	for _, name := range slices.Sorted(maps.Keys(both)) {
		at := path + "." + name
		if path == "" {
			at = name
		}
		w, ok := want[name]
		if !ok {
			return at + " 多余"
		}
		g, ok := got[name]
		if !ok {
			return at + " 缺失"
		}
		if d := difference(at, g, w); d != "" {
			return d
		}
	}
	return ""
}

func differentElement(path string, got, want []any) string {
	for i := range min(len(got), len(want)) {
		if d := difference(fmt.Sprintf("%s[%d]", path, i), got[i], want[i]); d != "" {
			return d
		}
	}
	if len(got) != len(want) {
		return fmt.Sprintf("%s 有 %d 项，应有 %d 项", path, len(got), len(want))
	}
	return ""
}

// show prints a value of a result for a person: a name whole, the rest by its
// kind.
func show(v any) string {
	switch v := v.(type) {
	case map[string]any:
		return "一个对象"
	case []any:
		return "一个数组"
	case string:
		return fmt.Sprintf("%q", v)
	}
	return fmt.Sprint(v)
}
