package intake

import (
	"context"
	"fmt"

	"suiji/internal/access"
	"suiji/internal/errs"
	"suiji/internal/office"
	"suiji/internal/register"
	"suiji/internal/store"
)

// Write enters every accepted row of a checked import, in one transaction, and
// makes a new version of the list if anything has changed. The rows are
// compared with the register as it is now, so the counts may differ from those
// of the check if someone has changed it since. An import that is written
// already stays as it is. Errors: Forbidden; NotFound; Conflict if it was
// dropped or no row can be written.
func (s *Service) Write(ctx context.Context, a access.Actor, importID string) (Import, error) {
	err := s.door.Do(ctx, a, access.RegisterImport, objectOf(importID), func(tx *store.DB) error {
		i, err := readImport(ctx, tx, a.Authority, importID)
		if err != nil || i.State == Written {
			return err
		}
		if i.State != Checked {
			return moved(i)
		}
		if i.Accepted == 0 {
			return errs.E(errs.Conflict, "这份文件没有一行可以导入，没有写入任何数据。请按清单修正后重新上传")
		}
		return s.write(ctx, tx, a, i)
	})
	if err != nil {
		return Import{}, fmt.Errorf("write import %s: %w", importID, err)
	}
	return s.Import(ctx, a.Authority, importID)
}

func (s *Service) write(ctx context.Context, tx *store.DB, a access.Actor, i Import) error {
	// The turn is taken first, so that a second confirmation of this import
	// waits here and then finds it written.
	version, err := s.register.Turn(ctx, tx, a.Authority, i.List)
	if err != nil {
		return err
	}
	i.Version = version
	switch i.List {
	case register.Officers:
		err = written(ctx, s, officerBook, tx, a.Authority, &i)
	case register.Items:
		err = written(ctx, s, itemBook, tx, a.Authority, &i)
	default:
		err = written(ctx, s, targetBook, tx, a.Authority, &i)
	}
	if err != nil {
		return err
	}
	if i.Added+i.Changed == 0 {
		i.Version = 0
	} else if err := s.register.Conclude(ctx, tx, a, register.Version{List: i.List, Number: version, ImportID: i.ID, Added: i.Added, Changed: i.Changed, Source: i.FileName}); err != nil {
		return err
	}
	_, err = tx.Exec(ctx, `
		UPDATE intake_import
		SET state = 'written', added = $3, changed = $4, unchanged = $5, version = $6, written_name = $7, written_at = $8
		WHERE authority_id = $1 AND import_id = $2`,
		a.Authority, i.ID, i.Added, i.Changed, i.Unchanged, i.Version, a.Name, s.now().UnixMilli())
	return err
}

func written[T register.Record[T]](ctx context.Context, s *Service, b book[T], tx *store.DB, authority string, i *Import) error {
	saver, err := b.Save(ctx, tx, authority, register.Moment{Version: i.Version, Effective: s.today()})
	if err != nil {
		return err
	}
	p := &pass[T]{ctx: ctx, db: tx, authority: authority, book: b, saver: saver,
		halfway: func() { s.door.Step("import rows half written") }}
	err = s.withUpload(authority, i, func(t *office.Table) error { return p.run(t, reading{today: s.today()}, i.Total) })
	if err != nil {
		return err
	}
	if err := saver.Close(); err != nil {
		return err
	}
	i.Added, i.Changed, i.Unchanged = p.added, p.changed, p.unchanged
	return nil
}

// Drop gives a checked import up. Its upload is removed.
func (s *Service) Drop(ctx context.Context, a access.Actor, importID string) error {
	err := s.door.Do(ctx, a, access.RegisterImport, objectOf(importID), func(tx *store.DB) error {
		i, err := readImport(ctx, tx, a.Authority, importID)
		if err != nil || i.State == Dropped {
			return err
		}
		n, err := tx.Exec(ctx, `
			UPDATE intake_import
			SET state = 'dropped'
			WHERE authority_id = $1 AND import_id = $2 AND state = 'checked'`, a.Authority, importID)
		if err == nil && n == 0 {
			err = moved(i)
		}
		return err
	})
	if err != nil {
		return fmt.Errorf("drop import %s: %w", importID, err)
	}
	i, err := s.Import(ctx, a.Authority, importID)
	if err != nil {
		return err
	}
	return s.forgetUpload(ctx, a.Authority, i.Digest, nil)
}
