package intake

import (
	"context"

	"suiji/internal/airlock"
	"suiji/internal/errs"
	"suiji/internal/register"
)

// Officers returns the officers that an import's file names, those of the rows
// that could be written: for whoever compares the file with something else than
// the register's lines. Errors: NotFound; Conflict if the file is gone.
func (s *Service) Officers(ctx context.Context, authority, importID string) (Import, []register.Officer, error) {
	i, err := s.Import(ctx, authority, importID)
	if err != nil {
		return i, nil, err
	}
	if i.List != register.Officers || i.State != Checked && i.State != Written {
		return i, nil, errs.E(errs.Conflict, "这份文件不是核对过的执法人员名册，不能比较")
	}
	var all []register.Officer
	p := &pass[register.Officer]{ctx: ctx, db: s.db, authority: authority, book: officerBook, took: func(o register.Officer) { all = append(all, o) }}
	err = s.withRows(ctx, authority, &i, func(t *airlock.Table) error {
		return p.run(t, reading{today: s.today()}, given{i.HeadRow, i.Fields})
	})
	return i, all, err
}
