// Package draw works out a public drawing (抽取): from sealed lists and a seed
// the firms, and the officers matched to them (匹配). It also checks what
// another program worked out. docs/spec/draw.md is its law; the package is
// pure: no clock, no network, no randomness of its own.
//
// The order of the work is: PrintList and SealList fix the lists, Build makes
// the manifest and Manifest.Check refuses a draw that could not end well. When
// every source is revealed, DeriveSeed makes the seed, and Targets or Match
// the result. Verify does the whole of it again from a folder.
package draw

import (
	"fmt"

	"suiji/internal/canon"
)

// Hash is the draw's hash, "sha256" or "sm3".
type Hash = canon.Hash

// The hashes that a manifest may name.
const (
	SHA256 = canon.SHA256
	SM3    = canon.SM3
)

// The schemes, as manifests and results name them.
const (
	TargetsScheme = "suiji/targets/1" // firms are drawn
	MatchScheme   = "suiji/match/1"   // officers are drawn and matched to firms
)

// File names one of the files of a draw.
type File string

// The files of a draw, as they are called in a bundle.
const (
	ManifestFile File = "manifest.json"
	TargetsFile  File = "targets.tsv"
	ExcludedFile File = "excluded.tsv"
	OfficersFile File = "officers.tsv"
	RecusalsFile File = "recusals.tsv"
	RevealFile   File = "reveal.json"
	ResultFile   File = "result.json"
)

// Rule names the rule that a file breaks.
type Rule string

// The rules.
const (
	RuleJSON       Rule = "json"
	RuleCanonical  Rule = "canonical"
	RuleMember     Rule = "member"
	RuleSeal       Rule = "seal"
	RuleLine       Rule = "line"
	RuleOrder      Rule = "order"
	RuleTwice      Rule = "twice"
	RuleBoth       Rule = "both"
	RuleStratum    Rule = "stratum"
	RuleSlot       Rule = "slot"
	RuleCount      Rule = "count"
	RuleRoot       Rule = "root"
	RuleQuota      Rule = "quota"
	RuleFeasible   Rule = "feasible"
	RuleReveal     Rule = "reveal"
	RuleCommitment Rule = "commitment"
	RuleSeed       Rule = "seed"
	RuleOutcome    Rule = "outcome"
)

// sentences says each rule to the person at the desk.
var sentences = map[Rule]string{
	RuleJSON:       "应为 JSON，只含字符串、整数、布尔值、数组和对象，成员名不得重复",
	RuleCanonical:  "应为规范 JSON（RFC 8785）",
	RuleMember:     "成员缺失或者形式不对",
	RuleSeal:       "不符合封存的条件",
	RuleLine:       "行的格式不对",
	RuleOrder:      "各行应按字节升序排列",
	RuleTwice:      "同一标识不得出现两次",
	RuleBoth:       "同一企业不得既参加抽取又被排除",
	RuleStratum:    "分层没有抽取名额",
	RuleSlot:       "清单没有这个检查岗位",
	RuleCount:      "行数与清单不符",
	RuleRoot:       "根哈希与清单不符",
	RuleQuota:      "抽取名额超过分层内的企业数",
	RuleFeasible:   "可用的检查人员不足，无法保证匹配",
	RuleReveal:     "揭示的来源或者数值的形式不对",
	RuleCommitment: "秘密值与承诺不符",
	RuleSeed:       "种子与重新计算的不符",
	RuleOutcome:    "结果与重新计算的不符",
}

// Sentence returns the rule in Chinese.
func (r Rule) Sentence() string { return sentences[r] }

// Error is one departure from the scheme.
type Error struct {
	File   File
	Line   int // from 1; 0 where the fault is not in one line
	Rule   Rule
	Detail string // what was found, or where in a JSON file
}

// Error returns file, line, rule and detail.
func (e *Error) Error() string {
	where := string(e.File)
	if e.Line > 0 {
		where = fmt.Sprintf("%s:%d", e.File, e.Line)
	}
	text := where + ": " + e.Rule.Sentence()
	if e.Detail != "" {
		text += "：" + e.Detail
	}
	return text
}

// fault returns an Error about a whole file.
func fault(f File, r Rule, format string, args ...any) *Error {
	return &Error{File: f, Rule: r, Detail: fmt.Sprintf(format, args...)}
}
