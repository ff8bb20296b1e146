package archive

import (
	"context"
	"regexp"
	"strings"
	"time"

	"suiji/internal/access"
	"suiji/internal/errs"
	"suiji/internal/store"
)

// Setting is what the archive of an office is called, and how long it keeps
// files.
type Setting struct {
	Fonds   string // 全宗号, as the state archives gave it; empty: none yet
	Periods map[Occasion]Period
	ByName  string // empty: nobody has set anything
	At      time.Time
}

// Period is how long files of an occasion are kept.
func (x Setting) Period(o Occasion) Period {
	if p, ok := x.Periods[o]; ok {
		return p
	}
	for _, y := range Occasions {
		if y.Occasion == o {
			return y.Period
		}
	}
	return Ten
}

// fonds stands in the 档号; until the state archives give one it is the
// office's id.
func (x Setting) fonds(authority string) string {
	if x.Fonds != "" {
		return x.Fonds
	}
	return authority
}

// fondsName is the row of the fonds among those of the occasions.
const fondsName = "fonds"

// Setting returns the setting of an office.
func (s *Service) Setting(ctx context.Context, authority string) (Setting, error) {
	x := Setting{Periods: map[Occasion]Period{}}
	type line struct {
		name, value, by string
		at              int64
	}
	return x, store.Each(ctx, s.DB, func(row store.Scanner) (l line, err error) {
		err = row.Scan(&l.name, &l.value, &l.by, &l.at)
		return l, err
	}, func(l line) error {
		if x.ByName, x.At = l.by, store.Instant(l.at); l.name == fondsName {
			x.Fonds = l.value
		} else {
			x.Periods[Occasion(l.name)] = Period(l.value)
		}
		return nil
	}, `
		SELECT name, value, by_name, at
		FROM archive_setting
		WHERE authority_id = $1
		ORDER BY name`, authority)
}

var fondsForm = regexp.MustCompile(`^[0-9A-Za-z-]{0,20}$`)

// Set changes the setting; files that are sealed keep what they have. Errors:
// Invalid.
func (s *Service) Set(ctx context.Context, a access.Actor, x Setting) error {
	x.Fonds = strings.TrimSpace(x.Fonds)
	if !fondsForm.MatchString(x.Fonds) {
		return errs.At("fonds", "全宗号是字母、数字和“-”，最多 20 位，没有的不填。没有改动")
	}
	periods := map[Occasion]Period{}
	for _, o := range Occasions {
		p := x.Periods[o.Occasion]
		if periods[o.Occasion] = p; p.Name() == string(p) {
			return errs.At(string(o.Occasion), "请选择“"+o.Name+"”的保管期限。没有改动")
		}
	}
	return s.Door.Do(ctx, a, access.ArchiveSet, "archive", func(tx *store.DB) error {
		rows := map[string]string{fondsName: x.Fonds}
		for o, p := range periods {
			rows[string(o)] = string(p)
		}
		for name, value := range rows {
			_, err := tx.Exec(ctx, `
				INSERT INTO archive_setting (authority_id, name, value, by_name, at)
				VALUES ($1, $2, $3, $4, $5)
				ON CONFLICT (authority_id, name) DO UPDATE SET value = excluded.value, by_name = excluded.by_name, at = excluded.at`,
				a.Authority, name, value, a.Name, s.Now().UnixMilli())
			if err != nil {
				return err
			}
		}
		return nil
	})
}
