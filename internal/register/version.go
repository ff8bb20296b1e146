package register

import (
	"context"
	"encoding/hex"
	"time"

	"suiji/calendar"
	"suiji/internal/access"
	"suiji/internal/canon"
	"suiji/internal/errs"
	"suiji/internal/store"
	"suiji/ledger"
)

// Version is a list as it stood after one change.
type Version struct {
	List      List
	Number    int64 // from 1; 0: nothing was ever entered
	At        time.Time
	Count     int    // records in force
	Root      string // RFC 6962 root (SHA-256) over the list's lines, in hex
	ImportID  string // empty: changed by hand
	Added     int
	Changed   int
	Withdrawn int
	By        string        // name of who changed it
	Effective calendar.Date // from which day the change holds
	Source    string        // where it comes from: the file, or what a person named
}

const versionCols = `list, version, at, count, root, import_id, added, changed, withdrawn, by_name, effective, source`

func scanVersion(row store.Scanner) (v Version, err error) {
	var at int64
	var effective string
	err = row.Scan(&v.List, &v.Number, &at, &v.Count, &v.Root, &v.ImportID, &v.Added, &v.Changed, &v.Withdrawn, &v.By, &effective, &v.Source)
	if err != nil {
		return v, err
	}
	v.At = store.Instant(at)
	v.Effective, err = day(effective)
	return v, err
}

// Version returns the newest version of a list; one with number 0 if nothing
// was ever entered.
func (s *Service) Version(ctx context.Context, authority string, list List) (Version, error) {
	return s.version(ctx, s.db, authority, list)
}

func (s *Service) version(ctx context.Context, db *store.DB, authority string, list List) (Version, error) {
	v, err := store.One(ctx, db, scanVersion, `
		SELECT `+versionCols+`
		FROM register_version
		WHERE authority_id = $1 AND list = $2
		ORDER BY version DESC
		LIMIT 1`, authority, string(list))
	if errs.KindOf(err) == errs.NotFound {
		return Version{List: list}, nil
	}
	return v, err
}

// Versions returns the newest versions of a list, newest first.
func (s *Service) Versions(ctx context.Context, authority string, list List, limit int) ([]Version, error) {
	return store.All(ctx, s.db, scanVersion, `
		SELECT `+versionCols+`
		FROM register_version
		WHERE authority_id = $1 AND list = $2
		ORDER BY version DESC
		LIMIT $3`, authority, string(list), limit)
}

// Withdrawn counts the records that were taken out of a list after one moment
// and up to another.
func (s *Service) Withdrawn(ctx context.Context, authority string, list List, after, until time.Time) (int, error) {
	return store.One(ctx, s.db, store.Value[int], `
		SELECT coalesce(sum(withdrawn), 0)
		FROM register_version
		WHERE authority_id = $1 AND list = $2 AND at > $3 AND at <= $4`, authority, string(list), after.UnixMilli(), until.UnixMilli())
}

// Turn queues the changes of one list: whoever holds it knows that no version
// comes between. It returns the number that the change will have.
func (s *Service) Turn(ctx context.Context, tx *store.DB, authority string, list List) (int64, error) {
	_, err := tx.Exec(ctx, `
		INSERT INTO register_turn (authority_id, list, turns)
		VALUES ($1, $2, 1)
		ON CONFLICT (authority_id, list) DO UPDATE SET turns = register_turn.turns + 1`, authority, string(list))
	if err != nil {
		return 0, err
	}
	v, err := s.version(ctx, tx, authority, list)
	return v.Number + 1, err
}

// Conclude makes a version of what the transaction has changed and enters it
// in the ledger. v has everything but time, count, root and author; without an
// effective day it holds from today.
func (s *Service) Conclude(ctx context.Context, tx *store.DB, a access.Actor, v Version) error {
	root, err := s.root(ctx, tx, a.Authority, v.List)
	if err != nil {
		return err
	}
	v.At, v.Count, v.Root, v.By = s.now().UTC(), root.Count(), hex.EncodeToString(root.Sum()), a.Name
	if v.Effective.Zero() {
		v.Effective = s.today()
	}
	_, err = tx.Exec(ctx, `
		INSERT INTO register_version (authority_id, `+versionCols+`)
		VALUES (`+store.Places(1, 13)+`)`,
		a.Authority, string(v.List), v.Number, v.At.UnixMilli(), v.Count, v.Root, v.ImportID, v.Added, v.Changed, v.Withdrawn, v.By, v.Effective.String(), v.Source)
	if err != nil {
		return err
	}
	data := map[string]any{"list": string(v.List), "version": v.Number, "count": v.Count, "root": v.Root}
	if err := s.scribe.Enter(ctx, tx, a.Authority, string(ledger.RegisterVersioned), subject(a.Authority, v.List), data); err != nil {
		return err
	}
	s.door.Step("import version written")
	return nil
}

// subject is what the ledger calls a list of an authority.
func subject(authority string, list List) string { return authority + ".register." + string(list) }

type line struct {
	id     string
	digest []byte
}

func scanLine(row store.Scanner) (l line, err error) {
	err = row.Scan(&l.id, &l.digest)
	return l, err
}

// root works out the root over a list's records in force: lines of identifier,
// TAB and the SHA-256 of the record's canonical JSON in hex, in ascending byte
// order.
func (s *Service) root(ctx context.Context, tx *store.DB, authority string, list List) (*canon.Root, error) {
	root := canon.NewRoot(canon.SHA256)
	t := tables[list]
	var buf []byte
	err := store.Each(ctx, tx, scanLine, func(l line) error {
		buf = append(append(buf[:0], l.id...), '\t')
		root.Add(hex.AppendEncode(buf, l.digest))
		return nil
	}, `
		SELECT `+t.id+`, digest
		FROM `+t.table+`
		WHERE authority_id = $1 AND active
		ORDER BY `+t.id, authority)
	return root, err
}
