package intake

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"time"

	"suiji/calendar"
	"suiji/internal/access"
	"suiji/internal/airlock"
	"suiji/internal/errs"
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
	return s.writeFrom(ctx, a, importID, calendar.Date{})
}

// writeFrom writes with changes that hold from a day; the zero Date leaves it
// to what the import says.
func (s *Service) writeFrom(ctx context.Context, a access.Actor, importID string, from calendar.Date) (Import, error) {
	err := s.door.Do(ctx, a, access.RegisterImport, objectOf(importID), func(tx *store.DB) error {
		i, err := readImport(ctx, tx, a.Authority, importID)
		if err != nil || i.State == Written {
			return err
		}
		if i.State != Checked && i.State != Writing {
			return moved(i)
		}
		if err := empty(i); err != nil {
			return err
		}
		i.Effective = cmp.Or(from, i.Effective, s.today())
		return s.write(ctx, tx, a, i)
	})
	if err != nil {
		return Import{}, fmt.Errorf("write import %s: %w", importID, err)
	}
	i, err := s.Import(ctx, a.Authority, importID)
	if err != nil { // it is written, and must not be called refused
		err = errs.Because(errs.Unknown, "这批数据可能已经写入，只是暂时读不出结果。请到导入记录核对；再确认一次，不会重复写入", err)
	}
	return i, err
}

func empty(i Import) error {
	if i.Accepted == 0 {
		return errs.E(errs.Conflict, "这份文件没有一行可以导入，没有写入任何数据。请按清单修正后重新上传")
	}
	return nil
}

// Begin has an import written by this process while the caller goes on; a
// process that does not Work does it before Begin returns. Its changes hold
// from the day that is typed; from today if none is. Errors as Write; Invalid
// at "effective" for a day that cannot be.
func (s *Service) Begin(ctx context.Context, a access.Actor, importID, effective string) error {
	i, err := s.Import(ctx, a.Authority, importID)
	if err != nil {
		return err
	}
	from, err := s.register.Effective(effective)
	if err != nil && i.State == Checked {
		return err
	}
	if i.State == Checked && from.Before(i.NotBefore) {
		return tooEarly(i.NotBefore)
	}
	if i.State != Checked || !access.Allow(a, access.RegisterImport) || empty(i) != nil || !s.awake() {
		if i.State == Writing {
			return nil // by another click
		}
		_, err := s.writeFrom(ctx, a, importID, from)
		return err
	}
	work, r, err := s.turn(ctx, a.Authority, importID)
	if r == nil {
		return err
	}
	started := false
	err = s.door.Keep(ctx, func(tx *store.DB) error {
		n, err := tx.Exec(ctx, `
			UPDATE intake_import
			SET state = 'writing', sentence = '', worker = $3, lease = $4, effective = $5
			WHERE authority_id = $1 AND import_id = $2 AND state = 'checked'`, a.Authority, importID, s.jobs.me, s.now().Add(s.writeLease()).UnixMilli(), from.String())
		started = n > 0
		return err
	})
	if err != nil || !started {
		s.end(importID, r)
		return err
	}
	if s.db.Engine() != store.SQLite {
		go s.breathe(work, a.Authority, importID, r)
	}
	go func() {
		defer s.end(importID, r)
		if _, err := s.Write(work, a, importID); err != nil {
			s.giveBack(context.WithoutCancel(work), a.Authority, importID, work.Err() != nil, err)
		}
	}()
	return nil
}

// turn begins the work on a checked import; no work and no error if it is no
// longer one, by another click. The job that has just read it may still be
// putting its things away.
func (s *Service) turn(ctx context.Context, authority, id string) (context.Context, *running, error) {
	for {
		if work, r, ok := s.begin(context.WithoutCancel(ctx), id); ok {
			return work, r, nil
		}
		select {
		case <-ctx.Done():
			return nil, nil, ctx.Err()
		case <-time.After(10 * time.Millisecond):
		}
		if i, err := s.Import(ctx, authority, id); err != nil || i.State != Checked {
			return nil, nil, err
		}
	}
}

// tooEarly refuses a day before which a record says something else.
func tooEarly(began calendar.Date) error {
	return errs.At("effective", fmt.Sprintf("这批数据要改动的记录里，有的现有内容自 %s 起生效，生效日期不能早于这一天。没有写入任何数据", began))
}

// writeLease is how long a process may write without a sign of life: on SQLite
// it can give none, for it is the one that writes, and the next process to
// serve the file knows that it is dead.
func (s *Service) writeLease() time.Duration {
	if s.db.Engine() == store.SQLite {
		return 60 * lease
	}
	return lease
}

// breathe gives signs of life while an import is written.
func (s *Service) breathe(ctx context.Context, authority, id string, r *running) {
	for {
		select {
		case <-r.done:
			return
		case <-time.After(sign):
		}
		_ = s.breath(ctx, authority, id) // the next one may do better
	}
}

// breath has the others leave an import that is written to this process for a
// while longer. It touches nothing that the writing reads.
func (s *Service) breath(ctx context.Context, authority, id string) error {
	return s.release(ctx, `
		INSERT INTO intake_sign (authority_id, import_id, until)
		VALUES ($1, $2, $3)
		ON CONFLICT (authority_id, import_id) DO UPDATE
		SET until = excluded.until`, authority, id, s.now().Add(lease).UnixMilli())
}

// giveBack makes an import one to be confirmed again, and says why.
func (s *Service) giveBack(ctx context.Context, authority, id string, stopped bool, why error) {
	sentence := orElse(errs.Sentence(why), "写入时服务出错，没有写入任何数据；请再次确认导入，仍然如此请联系系统管理员")
	if stopped {
		sentence = "写入已停止，没有写入任何数据；可以再次确认导入"
	}
	// If this fails too, the end of the lease does it.
	_ = s.release(ctx, `
		UPDATE intake_import
		SET state = 'checked', worker = '', lease = 0, sentence = $3
		WHERE authority_id = $1 AND import_id = $2 AND state = 'writing'`, authority, id, sentence)
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
	} else if err := s.register.Conclude(ctx, tx, a, register.Version{List: i.List, Number: version, ImportID: i.ID, Added: i.Added, Changed: i.Changed, Effective: i.Effective, Source: i.FileName}); err != nil {
		return err
	}
	_, err = tx.Exec(ctx, `
		UPDATE intake_import
		SET state = 'written', sentence = '', worker = '', lease = 0, added = $3, changed = $4, unchanged = $5, version = $6, written_name = $7, written_at = $8, effective = $9
		WHERE authority_id = $1 AND import_id = $2`,
		a.Authority, i.ID, i.Added, i.Changed, i.Unchanged, i.Version, a.Name, s.now().UnixMilli(), i.Effective.String())
	if err != nil || i.Follows == "" {
		return err
	}
	return superseded(ctx, tx, a.Authority, i)
}

// superseded gives up the import that this one repairs, if this one has all
// its rows: the whole file was sent again, not the repaired rows alone.
func superseded(ctx context.Context, tx *store.DB, authority string, i Import) error {
	_, err := tx.Exec(ctx, `
		UPDATE intake_import
		SET state = 'dropped', sentence = '已由改正后的文件取代'
		WHERE authority_id = $1 AND import_id = $2 AND state = 'checked' AND total <= $3`, authority, i.Follows, i.Total)
	return err
}

func written[T register.Record[T]](ctx context.Context, s *Service, b book[T], tx *store.DB, authority string, i *Import) error {
	saver, err := b.Save(ctx, tx, authority, register.Moment{Version: i.Version, Effective: i.Effective})
	if err != nil {
		return err
	}
	olds, keep := keeper(ctx, tx, authority, i.ID)
	p := &pass[T]{ctx: ctx, db: tx, authority: authority, book: b, saver: saver, before: keep, expect: i.Total, effective: i.Effective,
		halfway: func() { s.door.Step("import rows half written") }, counted: func(n int) { s.count(i.ID, n, i.Total) }}
	err = s.withRows(ctx, authority, i, func(t *airlock.Table) error {
		return p.run(t, reading{today: s.today()}, given{i.HeadRow, i.Fields})
	})
	if err != nil {
		return err
	}
	if err := errors.Join(saver.Close(), olds.Flush(), olds.Close()); err != nil {
		return err
	}
	i.Added, i.Changed, i.Unchanged = p.added, p.changed, p.unchanged
	return nil
}

// Drop gives an import up before it is written, also while it is read. Its
// upload is removed. One that is being written is stopped: nothing of it is
// kept, and it can be confirmed again.
func (s *Service) Drop(ctx context.Context, a access.Actor, importID string) error {
	if i, err := s.Import(ctx, a.Authority, importID); err == nil && i.State == Writing && access.Allow(a, access.RegisterImport) {
		s.stop(importID)
		return nil
	}
	err := s.door.Do(ctx, a, access.RegisterImport, objectOf(importID), func(tx *store.DB) error {
		i, err := readImport(ctx, tx, a.Authority, importID)
		if err != nil || i.State == Dropped {
			return err
		}
		n, err := tx.Exec(ctx, `
			UPDATE intake_import
			SET state = 'dropped', sentence = ''
			WHERE authority_id = $1 AND import_id = $2 AND state IN ('checked', 'reading', 'matching', 'refused')`, a.Authority, importID)
		if err == nil && n == 0 {
			err = moved(i)
		}
		return err
	})
	if err != nil {
		return fmt.Errorf("drop import %s: %w", importID, err)
	}
	s.stop(importID)
	i, err := s.Import(ctx, a.Authority, importID)
	if err != nil {
		return err
	}
	return s.forgetUpload(ctx, a.Authority, i.Digest, nil)
}
