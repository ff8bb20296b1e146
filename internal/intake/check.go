package intake

import (
	"context"
	"errors"
	"io"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strings"

	"suiji/internal/access"
	"suiji/internal/airlock"
	"suiji/internal/errs"
	"suiji/internal/office"
	"suiji/internal/register"
	"suiji/internal/store"
	"suiji/internal/wording"
)

// Upload is a file that came in.
type Upload struct {
	List     register.List
	FileName string
	Follows  string // the import whose rows it repairs; empty: none
	Content  io.Reader
}

// Check stores an upload and judges it: which rows can be written, which
// cannot and why, what would be added and changed. It writes nothing but this
// judgement. Errors: Forbidden; Invalid at the input "file" when the file as a
// whole cannot be read, or is not a file of this list.
func (s *Service) Check(ctx context.Context, a access.Actor, list register.List, fileName string, r io.Reader) (Import, error) {
	i, err := s.keep(ctx, a, Upload{List: list, FileName: fileName, Content: r})
	if err != nil {
		return Import{}, err
	}
	if err := s.hold(ctx, a.Authority, i.ID); err != nil {
		return Import{}, err
	}
	if i, err = s.examine(ctx, a.Authority, i); err != nil {
		return Import{}, err
	}
	if i.State == Refused || i.State == Matching {
		return Import{}, s.forget(ctx, a.Authority, i)
	}
	return i, nil
}

// keep stores an upload and enters it as an import that is to be read.
func (s *Service) keep(ctx context.Context, a access.Actor, u Upload) (Import, error) {
	if !access.Allow(a, access.RegisterImport) {
		return Import{}, s.door.Do(ctx, a, access.RegisterImport, string(u.List), func(*store.DB) error { return nil })
	}
	if !u.List.Known() {
		return Import{}, errs.E(errs.NotFound, "没有这个名录")
	}
	if u.Follows != "" {
		if before, err := s.Import(ctx, a.Authority, u.Follows); err != nil || before.List != u.List {
			u.Follows = "" // of another list, or gone: the file stands for itself
		}
	}
	digest, err := s.keepUpload(a.Authority, u.Content)
	if err != nil {
		return Import{}, err
	}
	s.door.Step("import upload stored")
	now := s.now()
	i := Import{ID: store.NewID(now), List: u.List, FileName: baseName(u.FileName), Digest: digest, State: Reading, Follows: u.Follows,
		account: a.ID, CheckedBy: a.Name, CheckedAt: now.UTC()}
	err = s.door.Keep(ctx, func(tx *store.DB) error { return insertImport(ctx, tx, a.Authority, i) })
	if err != nil {
		return Import{}, s.forgetUpload(ctx, a.Authority, digest, err)
	}
	return i, nil
}

// forget takes an import away that could not even be read, with its upload,
// and returns why.
func (s *Service) forget(ctx context.Context, authority string, i Import) error {
	err := s.door.Keep(ctx, func(tx *store.DB) error {
		_, err := tx.Exec(ctx, `
			DELETE FROM intake_import
			WHERE authority_id = $1 AND import_id = $2 AND state IN ('refused', 'matching')`, authority, i.ID)
		return err
	})
	if err != nil {
		return err
	}
	return s.forgetUpload(ctx, authority, i.Digest, errs.At("file", i.Sentence))
}

// baseName keeps the last part of an uploaded file's name, without what cannot
// be seen.
func baseName(name string) string {
	name, _ = wording.Clean(path.Base(strings.ReplaceAll(name, `\`, "/")), false)
	return wording.Shorten(name, 120)
}

// examine reads and judges an import's upload, and stores what came of it:
// checked, refused, or waiting for a person to say what the columns hold.
func (s *Service) examine(ctx context.Context, authority string, i Import) (Import, error) {
	var issues []Issue
	err := s.unpack(ctx, authority, i)
	s.door.Step("import rows unpacked")
	if err == nil {
		s.recall(ctx, authority, &i)
		issues, err = s.judge(ctx, authority, &i)
	}
	var lost *unmatched
	switch {
	case errors.As(err, &lost):
		i.State, i.Sentence, i.Sample = Matching, lost.sentence, lost.sample
	case errs.KindOf(err) == errs.Invalid:
		i.State, i.Sentence = Refused, errs.Sentence(err)
	case err != nil:
		return i, err
	default:
		i.State, i.Sentence, i.Sample = Checked, "", nil
	}
	err = s.door.Keep(ctx, func(tx *store.DB) error {
		if _, err := tx.Exec(ctx, `DELETE FROM intake_issue WHERE authority_id = $1 AND import_id = $2`, authority, i.ID); err != nil {
			return err
		}
		if err := updateImport(ctx, tx, authority, i); err != nil {
			return err
		}
		return insertIssues(ctx, tx, authority, i.ID, issues)
	})
	if err != nil {
		return i, err
	}
	s.door.Step("import checked")
	if i.State == Refused {
		_ = s.forgetUpload(ctx, authority, i.Digest, nil) // a file that stays harms nothing
	}
	return i, nil
}

// top returns the first rows of an upload.
func (s *Service) top(ctx context.Context, authority string, i *Import) (top []office.Row, err error) {
	err = s.withRows(ctx, authority, i, func(t *airlock.Table) error {
		for row, err := range t.Rows() {
			if err != nil {
				return err
			}
			if top = append(top, row); len(top) == headerRows {
				break
			}
		}
		return nil
	})
	return top, err
}

// unpack lets the upload through the airlock, once: from then on its rows are
// read from what came out.
func (s *Service) unpack(ctx context.Context, authority string, i Import) error {
	dir, err := s.uploads(authority)
	if err != nil {
		return err
	}
	rows := filepath.Join(dir, i.Digest+".rows")
	if _, err := os.Stat(rows); err == nil {
		return nil
	}
	f, err := openUpload(dir, i.Digest)
	if err != nil {
		return err
	}
	defer f.Close() // it was only read
	out, err := os.CreateTemp(dir, "*.tmp")
	if err != nil {
		return err
	}
	err = s.airlock(dir).Rows(ctx, i.FileName, f, out, func(n int) { s.count(i.ID, n, 0) })
	if err = errors.Join(err, out.Sync(), out.Close()); err == nil { // under its name it is whole, also after a power cut
		err = os.Rename(out.Name(), rows)
	}
	if err != nil {
		return errors.Join(fileError(fullDisk(err)), os.Remove(out.Name()))
	}
	return nil
}

func (s *Service) airlock(dir string) airlock.Airlock {
	return airlock.Airlock{Program: s.program, Dir: dir, Limits: s.limits}
}

// judge goes through the rows of i, fills its counts in and returns the
// issues in the order of the file.
func (s *Service) judge(ctx context.Context, authority string, i *Import) ([]Issue, error) {
	switch i.List {
	case register.Officers:
		return judged(ctx, s, officerBook, authority, i)
	case register.Items:
		return judged(ctx, s, itemBook, authority, i)
	}
	return judged(ctx, s, targetBook, authority, i)
}

func judged[T register.Record[T]](ctx context.Context, s *Service, b book[T], authority string, i *Import) ([]Issue, error) {
	p := &pass[T]{ctx: ctx, db: s.db, authority: authority, book: b, counted: func(n int) { s.count(i.ID, n, 0) }}
	err := s.withRows(ctx, authority, i, func(t *airlock.Table) error {
		return p.run(t, reading{today: s.today()}, given{i.HeadRow, i.Fields})
	})
	if err != nil {
		return nil, err
	}
	i.count(p.tally)
	i.Columns, i.Notes = p.head.columns, append(p.head.notes, p.notes()...)
	if i.HeadRow == 0 {
		i.HeadRow = p.head.row
	}
	if i.recalled {
		i.Notes = append(i.Notes, "列的对应按以前对这种表格的设置；如不合适可以在下面改")
	}
	slices.SortStableFunc(p.issues, func(x, y Issue) int { return x.Line - y.Line })
	return p.issues, nil
}

// count takes a tally's figures over.
func (i *Import) count(t tally) {
	i.Done, i.Total, i.Accepted, i.Warned, i.Rejected, i.Merged = t.total, t.total, t.accepted, t.warned, t.rejected, t.merged
	i.Added, i.Changed, i.Unchanged, i.Unlisted, i.NotBefore = t.added, t.changed, t.unchanged, t.unlisted, t.began
}
