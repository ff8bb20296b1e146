package intake

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"hash/maphash"
	"strings"

	"suiji/internal/access"
	"suiji/internal/errs"
	"suiji/internal/register"
	"suiji/internal/round"
	"suiji/internal/store"
)

// undoneReason begins the reason of a record that an undone import had brought.
const undoneReason = "导入已撤销"

// undoneBefore reports whether a record is out of the register only because
// the import that brought it was undone.
func undoneBefore(record any) bool {
	switch x := record.(type) {
	case register.Target:
		return strings.HasPrefix(x.Reason, undoneReason)
	case register.Officer:
		return strings.HasPrefix(x.Reason, undoneReason)
	case register.Item:
		return strings.HasPrefix(x.Reason, undoneReason)
	}
	return false
}

// keeper keeps records as they stood before an import, to undo it.
func keeper(ctx context.Context, tx *store.DB, authority, importID string) (*store.Bulk, func(id string, record any) error) {
	b := &store.Bulk{Ctx: ctx, Tx: tx, Cols: 4, Insert: `INSERT INTO intake_before (authority_id, import_id, record_id, content) VALUES `}
	return b, func(id string, record any) error {
		content, err := json.Marshal(record)
		if err != nil {
			return err
		}
		return b.Add(authority, importID, id, string(content))
	}
}

// Undo takes an import back: what it brought leaves the register, what it
// changed becomes what it was. Records that somebody has changed since stay as
// they are. It makes a version of its own. Errors: Forbidden; Conflict when
// the import is not written, or one of its rows is used in a sealed round.
func (s *Service) Undo(ctx context.Context, a access.Actor, id string) error {
	err := s.door.Do(ctx, a, access.RegisterImport, objectOf(id), func(tx *store.DB) error {
		i, err := readImport(ctx, tx, a.Authority, id)
		if err != nil || i.State == Undone {
			return err
		}
		if i.State != Written || i.Version == 0 {
			return notUndoable(i)
		}
		if used, err := s.sealedUse(ctx, tx, a.Authority, i); err != nil || used != "" {
			return usedIn(err, used)
		}
		return s.undo(ctx, tx, a, i)
	})
	if err != nil {
		return fmt.Errorf("undo import %s: %w", id, err)
	}
	return nil
}

func notUndoable(i Import) error {
	if i.State == Written {
		return errs.E(errs.Conflict, "这次导入没有改动名录，没有可撤销的")
	}
	return errs.E(errs.Conflict, "这次导入没有写入名录，没有可撤销的")
}

func usedIn(err error, sentence string) error {
	if err != nil {
		return err
	}
	return errs.E(errs.Conflict, sentence)
}

// WhyNoUndo says why an import cannot be undone any more; empty if it can.
func (s *Service) WhyNoUndo(ctx context.Context, authority string, i Import) (string, error) {
	if i.State != Written || i.Version == 0 {
		return errs.Sentence(notUndoable(i)), nil
	}
	return s.sealedUse(ctx, s.db, authority, i)
}

func (s *Service) undo(ctx context.Context, tx *store.DB, a access.Actor, i Import) error {
	version, err := s.register.Turn(ctx, tx, a.Authority, i.List)
	if err != nil {
		return err
	}
	v := register.Version{List: i.List, Number: version, ImportID: i.ID, Effective: s.today(), Source: reasonOf(i)}
	switch i.List {
	case register.Officers:
		err = undone(ctx, tx, officerBook, a.Authority, i, &v, func(x register.Officer) register.Officer { x.Active, x.Reason = false, reasonOf(i); return x })
	case register.Items:
		err = undone(ctx, tx, itemBook, a.Authority, i, &v, func(x register.Item) register.Item { x.Active, x.Reason = false, reasonOf(i); return x })
	default:
		err = undone(ctx, tx, targetBook, a.Authority, i, &v, func(x register.Target) register.Target { x.Active, x.Reason = false, reasonOf(i); return x })
	}
	if err != nil {
		return err
	}
	if v.Changed+v.Withdrawn > 0 {
		if err := s.register.Conclude(ctx, tx, a, v); err != nil {
			return err
		}
	}
	sentence := fmt.Sprintf("移出 %d 条，恢复 %d 条", v.Withdrawn, v.Changed)
	if left := i.Added + i.Changed - v.Withdrawn - v.Changed; left > 0 {
		sentence += fmt.Sprintf("；另有 %d 条此后又有改动，保持现状", left)
	}
	_, err = tx.Exec(ctx, `
		UPDATE intake_import
		SET state = 'undone', undone_name = $3, undone_at = $4, sentence = $5
		WHERE authority_id = $1 AND import_id = $2`, a.Authority, i.ID, a.Name, s.now().UnixMilli(), sentence)
	return err
}

func reasonOf(i Import) string { return undoneReason + "（" + i.FileName + "）" }

// undoing is the undoing of one import.
type undoing[T register.Record[T]] struct {
	ctx       context.Context
	tx        *store.DB
	authority string
	book      book[T]
	importID  string
	version   *register.Version
	out       func(T) T // takes a record out of the register
}

// undone goes through the records that still stand as the import left them.
func undone[T register.Record[T]](ctx context.Context, tx *store.DB, b book[T], authority string, i Import, v *register.Version, out func(T) T) error {
	u := undoing[T]{ctx, tx, authority, b, i.ID, v, out}
	ids, err := touched(ctx, tx, authority, i)
	if err != nil {
		return err
	}
	saver, err := b.Save(ctx, tx, authority, register.Moment{Version: v.Number, Effective: v.Effective})
	if err != nil {
		return err
	}
	for len(ids) > 0 {
		n := min(len(ids), batchRows)
		if err := u.some(ids[:n], saver); err != nil {
			return err
		}
		ids = ids[n:]
	}
	return saver.Close()
}

// some undoes some hundred records.
func (u undoing[T]) some(ids []string, saver *register.Saver[T]) error {
	now, err := u.book.Load(u.ctx, u.tx, u.authority, ids)
	if err != nil {
		return err
	}
	kept, err := keptBefore(u.ctx, u.tx, u.authority, u.importID, ids)
	if err != nil {
		return err
	}
	for _, x := range now {
		old := u.out(x)
		if content, ok := kept[x.Key()]; ok {
			u.version.Changed++
			old = *new(T)
			if err := json.Unmarshal([]byte(content), &old); err != nil {
				return err
			}
		} else {
			u.version.Withdrawn++
		}
		if err := saver.Add(old, &x); err != nil {
			return err
		}
	}
	return nil
}

type before struct{ id, content string }

func scanBefore(r store.Scanner) (b before, err error) {
	err = r.Scan(&b.id, &b.content)
	return b, err
}

func keptBefore(ctx context.Context, tx *store.DB, authority, id string, ids []string) (map[string]string, error) {
	args := []any{authority, id}
	for _, x := range ids {
		args = append(args, x)
	}
	kept := map[string]string{}
	err := store.Each(ctx, tx, scanBefore, func(b before) error { kept[b.id] = b.content; return nil }, `
		SELECT record_id, content
		FROM intake_before
		WHERE authority_id = $1 AND import_id = $2 AND record_id IN (`+store.Places(3, len(ids))+`)
		ORDER BY record_id`, args...)
	return kept, err
}

// recordsOf names the table and the identifier of each list.
var recordsOf = map[register.List]struct{ table, id string }{
	register.Targets: {"register_target", "target_id"}, register.Officers: {"register_officer", "officer_id"}, register.Items: {"register_item", "item_id"},
}

// touched returns the records that still stand as the import left them.
func touched(ctx context.Context, db *store.DB, authority string, i Import) ([]string, error) {
	t := recordsOf[i.List]
	return store.All(ctx, db, store.Value[string], `
		SELECT `+t.id+`
		FROM `+t.table+`
		WHERE authority_id = $1 AND version = $2
		ORDER BY `+t.id, authority, i.Version)
}

// sealedUse says which sealed round has used a row of an import; empty if none
// has. A rehearsal never counts.
func (s *Service) sealedUse(ctx context.Context, db *store.DB, authority string, i Import) (string, error) {
	rounds, err := store.All(ctx, db, scanSealed, `
		SELECT r.round_id, d.half, r.plan_id, r.task_no
		FROM round r
		JOIN round_draw d ON d.authority_id = r.authority_id AND d.round_id = r.round_id
		WHERE r.authority_id = $1 AND NOT r.rehearsal AND d.sealed_at >= $2
		ORDER BY r.round_id, d.half`, authority, i.WrittenAt.UnixMilli())
	if err != nil || len(rounds) == 0 {
		return "", err
	}
	ids, err := touched(ctx, db, authority, i)
	if err != nil {
		return "", err
	}
	mine := idSet{seed: maphash.MakeSeed(), hashes: make(map[uint64]bool, len(ids))}
	for _, id := range ids {
		mine.hashes[maphash.String(mine.seed, id)] = true
	}
	for _, r := range rounds {
		used, err := r.uses(ctx, db, authority, i.List, mine)
		if err != nil {
			return "", err
		}
		if used {
			return "这批数据里有记录已用于轮次 " + r.id + "（名单已封存），不能再整批撤销；个别记录有误的，请在名录里单独修改或移出", nil
		}
	}
	return "", nil
}

// idSet is a set of identifiers in a few bytes each.
type idSet struct {
	seed   maphash.Seed
	hashes map[uint64]bool
}

func (s idSet) has(id []byte) bool { return s.hashes[maphash.Bytes(s.seed, id)] }

type sealed struct {
	id, half, plan string
	task           int
}

func scanSealed(r store.Scanner) (x sealed, err error) {
	err = r.Scan(&x.id, &x.half, &x.plan, &x.task)
	return x, err
}

// uses reports whether a sealed round has one of these records in what it
// froze: targets in the list or among those left out, officers in the pool,
// items in the task.
func (r sealed) uses(ctx context.Context, db *store.DB, authority string, list register.List, mine idSet) (used bool, err error) {
	look := func(id []byte) error {
		used = used || mine.has(id)
		return nil
	}
	if list == register.Items {
		err = store.Each(ctx, db, store.Value[string], func(id string) error { return look([]byte(id)) }, `
			SELECT item_id
			FROM plan_item
			WHERE authority_id = $1 AND plan_id = $2 AND task_no = $3
			ORDER BY item_id`, authority, r.plan, r.task)
		return used, err
	}
	if (list == register.Targets) != (r.half == round.Targets) {
		return false, nil
	}
	err = store.Each(ctx, db, store.Value[[]byte], func(chunk []byte) error {
		for line := range bytes.Lines(chunk) {
			id, _, _ := bytes.Cut(bytes.TrimSuffix(line, []byte("\n")), []byte("\t"))
			if err := look(id); err != nil {
				return err
			}
		}
		return nil
	}, `
		SELECT content
		FROM round_chunk
		WHERE authority_id = $1 AND round_id = $2 AND half = $3 AND list IN ('targets', 'excluded', 'officers')
		ORDER BY list, no`, authority, r.id, r.half)
	return used, err
}
