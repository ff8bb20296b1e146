// Package credit keeps the gradings of firms (信用等级) side by side: each scheme
// with its issuer, versions, data dates and sources; what happened to a firm
// (complaints, violations) and the tags that follow from it; the yearly
// re-grading in labour-security integrity (守法诚信等级) as proposals that
// another person reviews, the firm is told of and may object to; and the
// policies that turn grades and tags into strata, ratios and tickets. Clauses
// 1.03, 1.18 and 1.45; 2.6 and 2.8 of the rules around them.
//
// A grade reaches a draw as a tag of the register (信用风险D), so that what
// decided is in the sealed list's version and nowhere else. No grade changes
// by itself. It owns the tables credit_….
//
// A proposal's states:
//
//	proposed → confirmed → told ─────────────→ effective
//	    └→ rejected          └→ objected → settled ─┘
package credit

import (
	"context"
	"slices"
	"strings"
	"time"

	"suiji/calendar"
	"suiji/internal/access"
	"suiji/internal/airlock"
	"suiji/internal/audit"
	"suiji/internal/canon"
	"suiji/internal/errs"
	"suiji/internal/reference"
	"suiji/internal/register"
	"suiji/internal/store"
)

// Config is what a Service stands on. All are required but Airlock.
type Config struct {
	DB        *store.DB
	Door      *audit.Door
	Now       func() time.Time
	Reference *reference.Service
	Register  *register.Service
	Airlock   airlock.Airlock // how files are opened
}

// Service keeps the gradings.
type Service struct{ Config }

// New makes the service.
func New(c Config) *Service { return &Service{c} }

func (s *Service) today() calendar.Date { return calendar.In(s.Now()) }

// Scheme is one way of grading firms. Gradings of different schemes say
// different things and are never mixed (2.8).
type Scheme struct {
	ID          string
	Name        string
	Issuer      string // who grades
	Basis       string // the document that it rests on
	Prefix      string // of the register's tags
	Grades      []Grade
	Enterprises bool  // grades enterprises only (1.45)
	Own         bool  // worked out here, by proposals; not imported
	Version     int64 // of its grades; 0: none yet
}

// Grade is one grade of a scheme: D, 高风险.
type Grade struct{ Code, Meaning string }

// Integrity is the id of the scheme that the bureau itself works out.
const Integrity = "integrity"

// Presets are the three gradings of the field, to begin with.
var Presets = []Scheme{
	{ID: "market-risk", Name: "企业信用风险分类", Issuer: "市场监督管理部门", Basis: "国市监信发〔2022〕6号", Prefix: "信用风险",
		Grades: []Grade{{"A", "低风险"}, {"B", "一般风险"}, {"C", "较高风险"}, {"D", "高风险"}}, Enterprises: true},
	{ID: "public-credit", Name: "公共信用综合评价", Issuer: "社会信用主管部门", Prefix: "公共信用",
		Grades: []Grade{{"A", "优"}, {"A-", "优"}, {"B+", "良"}, {"B", "良"}, {"B-", "良"}, {"C+", "中"}, {"C", "中"}, {"C-", "中"}, {"D", "差"}}},
	{ID: Integrity, Name: "企业劳动保障守法诚信等级", Issuer: "人力资源社会保障行政部门", Basis: "人社部规〔2016〕1号", Prefix: "守法诚信",
		Grades: []Grade{{"A", "无违法记录"}, {"B", "有一般违法记录"}, {"C", "有严重违法记录"}}, Enterprises: true, Own: true},
}

// Tag returns the register's tag of a grade.
func (x Scheme) Tag(grade string) string { return x.Prefix + grade }

// tags tells the scheme's tags from others: its prefix and one of its grades.
func (x Scheme) tags(tag string) bool {
	grade, ok := strings.CutPrefix(tag, x.Prefix)
	return ok && slices.ContainsFunc(x.Grades, func(g Grade) bool { return g.Code == grade })
}

// Read returns the grade that a file's cell means: its code, its meaning if
// that is unique, or the code with a word behind it (B级); "" if none.
func (x Scheme) Read(cell string) string {
	cell = strings.ToUpper(strings.Join(strings.Fields(narrow.Replace(cell)), ""))
	cell = strings.TrimPrefix(cell, strings.ToUpper(x.Prefix))
	code, _, _ := strings.Cut(cell, "(")
	code = strings.TrimRight(code, "级类等")
	var meant []string
	for _, g := range x.Grades {
		if g.Code == code {
			return g.Code
		}
		if g.Meaning == cell {
			meant = append(meant, g.Code)
		}
	}
	if len(meant) == 1 {
		return meant[0]
	}
	return ""
}

// narrow makes the full-width forms that occur in grades plain.
var narrow = strings.NewReplacer("Ａ", "A", "Ｂ", "B", "Ｃ", "C", "Ｄ", "D", "（", "(", "－", "-", "＋", "+", "—", "-")

// codes lists the grades for a sentence.
func (x Scheme) codes() string {
	var all []string
	for _, g := range x.Grades {
		all = append(all, g.Code)
	}
	return strings.Join(all, "、")
}

// Schemes returns the schemes in use, in the order of their ids.
func (s *Service) Schemes(ctx context.Context, authority string) ([]Scheme, error) {
	return store.All(ctx, s.DB, scanScheme, `
		SELECT `+schemeCols+`
		FROM credit_scheme
		WHERE authority_id = $1
		ORDER BY scheme_id`, authority)
}

// Scheme returns one scheme in use.
func (s *Service) Scheme(ctx context.Context, authority, id string) (Scheme, error) {
	return readScheme(ctx, s.DB, authority, id)
}

func readScheme(ctx context.Context, db *store.DB, authority, id string) (Scheme, error) {
	return store.One(ctx, db, scanScheme, `
		SELECT `+schemeCols+`
		FROM credit_scheme
		WHERE authority_id = $1 AND scheme_id = $2`, authority, id)
}

// AddScheme takes a scheme into use. Its grades and prefix stand from then on:
// tags of sealed rounds are read by them.
func (s *Service) AddScheme(ctx context.Context, a access.Actor, x Scheme) error {
	if err := x.check(); err != nil {
		return err
	}
	return s.Door.Do(ctx, a, access.CreditEdit, "credit/"+x.ID, func(tx *store.DB) error {
		all, err := store.All(ctx, tx, scanScheme, `
			SELECT `+schemeCols+`
			FROM credit_scheme
			WHERE authority_id = $1
			ORDER BY scheme_id`, a.Authority)
		if err != nil {
			return err
		}
		for _, o := range all {
			if o.ID == x.ID {
				return errs.E(errs.Conflict, "“"+o.Name+"”已在使用，没有改动")
			}
			if strings.HasPrefix(o.Prefix, x.Prefix) || strings.HasPrefix(x.Prefix, o.Prefix) {
				return errs.At("prefix", "标签前缀“"+x.Prefix+"”与“"+o.Name+"”的“"+o.Prefix+"”分不清，请换一个")
			}
		}
		_, err = tx.Exec(ctx, `
			INSERT INTO credit_scheme (authority_id, `+schemeCols+`)
			VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, 0)`,
			a.Authority, x.ID, x.Name, x.Issuer, x.Basis, x.Prefix, printGrades(x.Grades), x.Enterprises, x.Own)
		return err
	})
}

func (x Scheme) check() error {
	var ps []errs.Problem
	add := func(bad bool, field, sentence string) {
		if bad {
			ps = append(ps, errs.Problem{Field: field, Sentence: sentence})
		}
	}
	seen := map[string]bool{}
	for _, g := range x.Grades {
		add(g.Code == "" || len([]rune(g.Code)) > 8 || seen[g.Code], "grades", "等级“"+g.Code+"”应为 1 到 8 个字，且不能重复")
		seen[g.Code] = true
	}
	add(!canon.IsIdentifier(x.ID), "id", "代号只能用字母、数字、点、下划线和连字符")
	add(x.Name == "" || len([]rune(x.Name)) > 60, "name", "请填写分级办法的名称，最多 60 字")
	add(x.Issuer == "" || len([]rune(x.Issuer)) > 60, "issuer", "请写明由谁评定，最多 60 字")
	add(len([]rune(x.Basis)) > 200, "basis", "依据最多 200 字")
	add(x.Prefix == "" || len([]rune(x.Prefix)) > 12, "prefix", "请填写标签前缀，最多 12 字，例如“信用风险”")
	add(len(x.Grades) < 2, "grades", "至少要有两个等级，从好到差，一行一个")
	return errs.All(ps)
}

// ParseGrades reads grades as a person types them: a line each, the code, then
// the meaning.
func ParseGrades(text string) []Grade {
	var all []Grade
	for line := range strings.Lines(text) {
		if f := strings.Fields(line); len(f) > 0 {
			all = append(all, Grade{f[0], strings.Join(f[1:], " ")})
		}
	}
	return all
}

func printGrades(all []Grade) string {
	var lines []string
	for _, g := range all {
		lines = append(lines, g.Code+"\t"+g.Meaning)
	}
	return strings.Join(lines, "\n")
}

const schemeCols = `scheme_id, name, issuer, basis, prefix, grades, enterprises, own, version`

func scanScheme(row store.Scanner) (x Scheme, err error) {
	var grades string
	err = row.Scan(&x.ID, &x.Name, &x.Issuer, &x.Basis, &x.Prefix, &grades, &x.Enterprises, &x.Own, &x.Version)
	x.Grades = ParseGrades(grades)
	return x, err
}
