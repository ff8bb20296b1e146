package intake

import (
	"context"
	"io"
	"path"
	"slices"
	"strings"

	"suiji/internal/access"
	"suiji/internal/errs"
	"suiji/internal/office"
	"suiji/internal/register"
	"suiji/internal/store"
	"suiji/internal/wording"
)

// Check stores an upload and judges it: which rows can be written, which
// cannot and why, what would be added and changed. It writes nothing but this
// judgement. Errors: Forbidden; Invalid at the input "file" when the file as a
// whole cannot be read, or is not a file of this list.
func (s *Service) Check(ctx context.Context, a access.Actor, list register.List, fileName string, r io.Reader) (Import, error) {
	if !access.Allow(a, access.RegisterImport) {
		return Import{}, s.door.Do(ctx, a, access.RegisterImport, string(list), func(*store.DB) error { return nil })
	}
	if !list.Known() {
		return Import{}, errs.E(errs.NotFound, "没有这个名录")
	}
	digest, err := s.keepUpload(a.Authority, r)
	if err != nil {
		return Import{}, err
	}
	s.door.Step("import upload stored")
	now := s.now()
	i := Import{ID: store.NewID(now), List: list, FileName: baseName(fileName), Digest: digest, State: Checked, CheckedBy: a.Name, CheckedAt: now.UTC()}
	v, err := s.judge(ctx, a.Authority, &i)
	if err == nil {
		err = s.door.Keep(ctx, func(tx *store.DB) error {
			if err := insertImport(ctx, tx, a, i); err != nil {
				return err
			}
			return insertIssues(ctx, tx, a.Authority, i.ID, v)
		})
	}
	if err != nil {
		return Import{}, s.forgetUpload(ctx, a.Authority, digest, err)
	}
	s.door.Step("import checked")
	return i, nil
}

// baseName keeps the last part of an uploaded file's name, without what cannot
// be seen.
func baseName(name string) string {
	name, _ = wording.Clean(path.Base(strings.ReplaceAll(name, `\`, "/")), false)
	return wording.Shorten(name, 120)
}

// judge goes through the upload of i, fills its counts in and returns the
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
	p := &pass[T]{ctx: ctx, db: s.db, authority: authority, book: b}
	err := s.withUpload(authority, i, func(t *office.Table) error { return p.run(t, reading{today: s.today()}, 0) })
	if err != nil {
		return nil, err
	}
	i.count(p.tally)
	i.Columns = p.head.columns
	slices.SortStableFunc(p.issues, func(x, y Issue) int { return x.Line - y.Line })
	return p.issues, nil
}

// count takes a tally's figures over.
func (i *Import) count(t tally) {
	i.Total, i.Accepted, i.Warned, i.Rejected, i.Merged = t.total, t.accepted, t.warned, t.rejected, t.merged
	i.Added, i.Changed, i.Unchanged, i.Unlisted = t.added, t.changed, t.unchanged, t.unlisted
}
