package exchange

import (
	"context"
	"fmt"
	"time"

	"suiji/internal/errs"
	"suiji/internal/store"
)

// Source is something that others know and we take in: it has its import
// elsewhere, and its state here.
type Source struct {
	Name string
	From string // who knows it
	Now  string // what we have
	At   time.Time
	By   string // the file, and who
	Href string
	Word string // what the link says
}

// latest is when something was taken in last.
type latest struct {
	at   int64
	by   string
	file string
}

// Sources lists what comes in from others: registration states, the gradings,
// certificates.
func (s *Service) Sources(ctx context.Context, authority string) ([]Source, error) {
	firms, err := s.counted(ctx, `
		SELECT count(*), coalesce(sum(CASE WHEN state = '存续' THEN 0 ELSE 1 END), 0)
		FROM register_target
		WHERE authority_id = $1 AND active`, authority)
	if err != nil {
		return nil, err
	}
	officers, err := s.counted(ctx, `
		SELECT count(*), coalesce(sum(CASE WHEN cert_until <> '' AND cert_until < $2 THEN 1 ELSE 0 END), 0)
		FROM register_officer
		WHERE authority_id = $1 AND active`, authority, s.today().String())
	if err != nil {
		return nil, err
	}
	all := []Source{
		{Name: "登记状态", From: "市场监管等登记机关", Now: fmt.Sprintf("%d 户，其中 %d 户不是存续", firms[0], firms[1]), Href: "/w/registration", Word: "接收登记状态"},
		{Name: "执法证件", From: "司法行政部门", Now: fmt.Sprintf("%d 人，其中 %d 人证件已过期", officers[0], officers[1]), Href: "/w/officers/compare", Word: "和证件库比对"},
	}
	for i, list := range []string{"targets", "officers"} {
		x, err := s.lately(ctx, `
			SELECT at, by_name, source
			FROM register_version
			WHERE authority_id = $1 AND list = $2
			ORDER BY version DESC
			LIMIT 1`, authority, list)
		if err != nil {
			return nil, err
		}
		all[i].take(x)
	}
	schemes, err := s.schemes(ctx, authority)
	return append(all, schemes...), err
}

func (s *Service) counted(ctx context.Context, query string, args ...any) ([2]int, error) {
	return store.One(ctx, s.DB, func(row store.Scanner) (n [2]int, err error) {
		err = row.Scan(&n[0], &n[1])
		return n, err
	}, query, args...)
}

func (s *Service) lately(ctx context.Context, query string, args ...any) (latest, error) {
	x, err := store.One(ctx, s.DB, func(row store.Scanner) (x latest, err error) {
		err = row.Scan(&x.at, &x.by, &x.file)
		return x, err
	}, query, args...)
	if errs.KindOf(err) == errs.NotFound {
		err = nil
	}
	return x, err
}

func (x *Source) take(l latest) {
	if l.at == 0 {
		return
	}
	x.At, x.By = time.UnixMilli(l.at).UTC(), l.by
	if l.file != "" {
		x.By = l.file + "，" + l.by
	}
}

// schemes are the gradings that others make.
func (s *Service) schemes(ctx context.Context, authority string) ([]Source, error) {
	type scheme struct{ id, name, issuer string }
	list, err := store.All(ctx, s.DB, func(row store.Scanner) (x scheme, err error) {
		err = row.Scan(&x.id, &x.name, &x.issuer)
		return x, err
	}, `
		SELECT scheme_id, name, issuer
		FROM credit_scheme
		WHERE authority_id = $1 AND NOT own
		ORDER BY scheme_id`, authority)
	if err != nil {
		return nil, err
	}
	var all []Source
	for _, x := range list {
		l, err := s.lately(ctx, `
			SELECT at, by_name, source
			FROM credit_version
			WHERE authority_id = $1 AND scheme_id = $2
			ORDER BY version DESC
			LIMIT 1`, authority, x.id)
		if err != nil {
			return nil, err
		}
		graded, err := store.One(ctx, s.DB, store.Value[int], `
			SELECT count(*)
			FROM credit_grade
			WHERE authority_id = $1 AND scheme_id = $2 AND current`, authority, x.id)
		if err != nil {
			return nil, err
		}
		y := Source{Name: x.name, From: x.issuer, Now: fmt.Sprintf("%d 户有等级", graded), Href: "/w/credit/schemes/" + x.id, Word: "导入等级文件"}
		y.take(l)
		all = append(all, y)
	}
	return all, nil
}
