package intake

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"slices"
	"strings"

	"suiji/internal/access"
	"suiji/internal/errs"
	"suiji/internal/register"
	"suiji/internal/store"
)

// shapeOf tells files of one making from others: by their headings, or, while
// nobody knows these, by what stands in their first rows.
func shapeOf(i Import) string {
	h := sha256.New()
	for _, c := range i.Columns {
		fmt.Fprintf(h, "%s\n", headingKey(c.Heading))
	}
	return hex.EncodeToString(h.Sum(nil))
}

// Match says what the columns of a file hold, and which row has the headings
// (0: found). The file is judged anew, and files of this shape are taken so
// from now on. Errors: Forbidden; Invalid at "fields" when a needed column is
// missing or one is named twice; Conflict once the import is decided.
func (s *Service) Match(ctx context.Context, a access.Actor, id string, row int, fields []string) error {
	i, err := s.Import(ctx, a.Authority, id)
	if err != nil {
		return err
	}
	if i.State != Checked && i.State != Matching {
		return moved(i)
	}
	if err := sensible(i.List, fields); err != nil {
		return err
	}
	err = s.door.Do(ctx, a, access.RegisterImport, objectOf(id), func(tx *store.DB) error {
		said, err := toJSON(fields)
		if err != nil {
			return err
		}
		n, err := tx.Exec(ctx, `
			UPDATE intake_import
			SET state = 'reading', head_row = $3, fields = $4, sentence = '', worker = $5, lease = $6
			WHERE authority_id = $1 AND import_id = $2 AND state IN ('checked', 'matching')`, a.Authority, id, row, said, s.jobs.me, s.now().Add(lease).UnixMilli())
		if err == nil && n == 0 {
			err = moved(i)
		}
		return err
	})
	if err != nil {
		return fmt.Errorf("match import %s: %w", id, err)
	}
	i.State, i.HeadRow, i.Fields = Reading, row, fields
	if i, err = s.examine(ctx, a.Authority, i); err != nil {
		return err
	}
	if i.State == Checked {
		return s.remember(ctx, a, i, row)
	}
	return nil
}

// sensible refuses what cannot be a file of the list.
func sensible(list register.List, fields []string) error {
	at := map[string]int{}
	for n, f := range fields {
		if f == "" {
			continue
		}
		if _, ok := labelled(list, f); !ok {
			return errs.At("fields", "没有“"+f+"”这一项")
		}
		if before, ok := at[f]; ok {
			return errs.At("fields", fmt.Sprintf("第 %d 列和第 %d 列都选了“%s”；一项只能对应一列", before+1, n+1, f))
		}
		at[f] = n
	}
	h := recognise(list, make([]heading, len(fields)), fields)
	if missing := h.missing(list); len(missing) > 0 {
		return errs.At("fields", "还没有对应“"+strings.Join(missing, "”“")+"”，这几项必须有")
	}
	return nil
}

// remember keeps what a person said of files of this shape.
func (s *Service) remember(ctx context.Context, a access.Actor, i Import, row int) error {
	said, err := toJSON(i.Fields)
	if err != nil {
		return err
	}
	return s.door.Keep(ctx, func(tx *store.DB) error {
		_, err := tx.Exec(ctx, `
			INSERT INTO intake_mapping (authority_id, list, shape, account_id, fields, head_row, at)
			VALUES ($1, $2, $3, $4, $5, $6, $7)
			ON CONFLICT (authority_id, list, shape, account_id) DO UPDATE SET fields = excluded.fields, head_row = excluded.head_row, at = excluded.at`,
			a.Authority, string(i.List), shapeOf(i), a.ID, said, row, s.now().UnixMilli())
		return err
	})
}

type mapping struct {
	shape, account, fields string
	row                    int
}

func scanMapping(r store.Scanner) (m mapping, err error) {
	err = r.Scan(&m.shape, &m.account, &m.fields, &m.row)
	return m, err
}

// mostMappings is how many remembered shapes are tried on a file.
const mostMappings = 200

// recall takes what was said of a file of this shape before: by the person
// who sent it, or else by a colleague, the last time.
func (s *Service) recall(ctx context.Context, authority string, i *Import) {
	if i.Fields != nil {
		return
	}
	said, err := store.All(ctx, s.db, scanMapping, `
		SELECT shape, account_id, fields, head_row
		FROM intake_mapping
		WHERE authority_id = $1 AND list = $2
		ORDER BY CASE WHEN account_id = $3 THEN 0 ELSE 1 END, at DESC
		LIMIT $4`, authority, string(i.List), i.account, mostMappings)
	if err != nil || len(said) == 0 {
		return // without it the headings are found as ever
	}
	top, err := s.top(ctx, authority, i)
	if err != nil {
		return // the file itself will say why
	}
	for _, m := range said {
		for n, r := range top {
			shapes := []string{shapeOf(Import{Columns: known(i.List, r.Cells).columns})}
			if n > 0 {
				shapes = append(shapes, shapeOf(Import{Columns: recognise(i.List, double(top[n-1].Cells, r.Cells), nil).columns}))
			}
			if !slices.Contains(shapes, m.shape) {
				continue
			}
			if fromJSON(m.fields, &i.Fields) == nil {
				i.HeadRow, i.recalled = r.Number, true
			}
			return
		}
	}
}
