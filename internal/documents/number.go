package documents

import (
	"context"
	"fmt"
	"regexp"
	"strconv"
	"strings"

	"suiji/internal/access"
	"suiji/internal/errs"
	"suiji/internal/store"
)

// Series is how the numbers of a kind are written, and how far they have come.
type Series struct {
	Kind    Kind
	Pattern string // with {年} and {号}
	Own     bool   // set by the office
	Year    int
	Last    int // given in that year
}

// Example is the next number.
func (s Series) Example() string { return written(s.Pattern, s.Year, s.Last+1) }

func written(pattern string, year, no int) string {
	return strings.NewReplacer("{年}", strconv.Itoa(year), "{号}", strconv.Itoa(no)).Replace(pattern)
}

// usual is the pattern of a kind: 元人社检通字〔{年}〕第{号}号.
func usual(short string, k Kind) string {
	return strings.TrimSuffix(short, "局") + k.Word + "字〔{年}〕第{号}号"
}

// Series returns the numbers of every kind in a year.
func (s *Service) Series(ctx context.Context, authority string, year int) ([]Series, error) {
	patterns, err := s.patterns(ctx, s.DB, authority)
	if err != nil {
		return nil, err
	}
	own, err := ownPatterns(ctx, s.DB, authority)
	if err != nil {
		return nil, err
	}
	var all []Series
	for _, k := range Kinds {
		last, err := store.One(ctx, s.DB, store.Value[int], `
			SELECT coalesce(max(last), 0)
			FROM documents_counter
			WHERE authority_id = $1 AND kind = $2 AND year = $3`, authority, string(k.ID), year)
		if err != nil {
			return nil, err
		}
		all = append(all, Series{Kind: k, Pattern: patterns[k.ID], Own: own[k.ID] != "", Year: year, Last: last})
	}
	return all, nil
}

// patterns are those of every kind.
func (s *Service) patterns(ctx context.Context, db *store.DB, authority string) (map[KindID]string, error) {
	office, err := s.Identity.Authority(ctx, authority)
	if err != nil {
		return nil, err
	}
	all, err := ownPatterns(ctx, db, authority)
	for _, k := range Kinds {
		if all[k.ID] == "" {
			all[k.ID] = usual(office.ShortName, k)
		}
	}
	return all, err
}

func ownPatterns(ctx context.Context, db *store.DB, authority string) (map[KindID]string, error) {
	all := map[KindID]string{}
	err := store.Each(ctx, db, func(row store.Scanner) (p [2]string, err error) {
		return p, row.Scan(&p[0], &p[1])
	}, func(p [2]string) error {
		all[KindID(p[0])] = p[1]
		return nil
	}, `
		SELECT kind, pattern
		FROM documents_pattern
		WHERE authority_id = $1
		ORDER BY kind`, authority)
	return all, err
}

// patternForm is one year and one number, the number last.
var patternForm = regexp.MustCompile(`^[^{}\d]{1,20}〔\{年\}〕[^{}\d]{0,4}\{号\}[^{}\d]{0,4}$`)

// SetPattern says how numbers of a kind are written from now on; those that
// were given stay. Empty goes back to the usual. Errors: Invalid for a pattern
// that another kind has, so that no number is given twice.
func (s *Service) SetPattern(ctx context.Context, a access.Actor, kind KindID, pattern string) error {
	if kind.Name() == "" {
		return errs.E(errs.NotFound, "没有这种文书")
	}
	pattern = strings.NewReplacer(" ", "", "【", "〔", "】", "〕", "[", "〔", "]", "〕", "［", "〔", "］", "〕").Replace(pattern)
	if pattern != "" && !patternForm.MatchString(pattern) {
		return errs.At("pattern", "编号样式应写成“元人社检通字〔{年}〕第{号}号”的样子：机关代字，〔{年}〕，第{号}号。没有保存")
	}
	return s.Door.Do(ctx, a, access.DocumentSet, string(kind), func(tx *store.DB) error {
		all, err := s.patterns(ctx, tx, a.Authority)
		if err != nil {
			return err
		}
		for _, k := range Kinds {
			if pattern != "" && k.ID != kind && all[k.ID] == pattern {
				return errs.At("pattern", fmt.Sprintf("“%s”已经用这个样式，两种文书会有相同的文号。没有保存", k.Name))
			}
		}
		if pattern == "" {
			_, err = tx.Exec(ctx, `
				DELETE FROM documents_pattern
				WHERE authority_id = $1 AND kind = $2`, a.Authority, string(kind))
			return err
		}
		_, err = tx.Exec(ctx, `
			INSERT INTO documents_pattern (authority_id, kind, pattern)
			VALUES ($1, $2, $3)
			ON CONFLICT (authority_id, kind) DO UPDATE
			SET pattern = excluded.pattern`, a.Authority, string(kind), pattern)
		return err
	})
}

// next gives the next number of a kind in a year. It is the transaction's: an
// act that fails gives it back.
func (s *Service) next(ctx context.Context, tx *store.DB, authority string, kind KindID, year int) (no int, number string, err error) {
	_, err = tx.Exec(ctx, `
		INSERT INTO documents_counter (authority_id, kind, year, last)
		VALUES ($1, $2, $3, 1)
		ON CONFLICT (authority_id, kind, year) DO UPDATE
		SET last = documents_counter.last + 1`, authority, string(kind), year)
	if err != nil {
		return 0, "", err
	}
	no, err = store.One(ctx, tx, store.Value[int], `
		SELECT last
		FROM documents_counter
		WHERE authority_id = $1 AND kind = $2 AND year = $3`, authority, string(kind), year)
	if err != nil {
		return 0, "", err
	}
	patterns, err := s.patterns(ctx, tx, authority)
	return no, written(patterns[kind], year, no), err
}
