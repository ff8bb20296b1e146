package identity

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"

	"suiji/internal/access"
	"suiji/internal/errs"
	"suiji/internal/store"
)

// Unit is a department of a joint inspection or a body below the authority
// (部门、下级单位). It stands in the officers' register and in plans by its name,
// and by every name that it had before.
type Unit struct {
	ID     string
	Parent string // empty: right below the authority; it never changes
	Name   string
	Closed bool     // no account comes to it any more; what was its own stays so
	Names  []string // all it ever had
	Depth  int      // below the authority, from 0
}

func scanUnit(row store.Scanner) (u Unit, err error) {
	err = row.Scan(&u.ID, &u.Parent, &u.Name, &u.Closed)
	return u, err
}

// Units returns an authority's units, each before those below it.
func (s *Service) Units(ctx context.Context, authority string) ([]Unit, error) {
	all, err := store.All(ctx, s.db, scanUnit, `
		SELECT unit_id, parent_id, name, closed
		FROM identity_unit
		WHERE authority_id = $1
		ORDER BY name`, authority)
	if err != nil {
		return nil, err
	}
	names := map[string][]string{}
	err = store.Each(ctx, s.db, func(row store.Scanner) (x [2]string, err error) {
		err = row.Scan(&x[0], &x[1])
		return x, err
	}, func(x [2]string) error {
		names[x[0]] = append(names[x[0]], x[1])
		return nil
	}, `
		SELECT unit_id, name
		FROM identity_unit_name
		WHERE authority_id = $1
		ORDER BY unit_id, name`, authority)
	for i := range all {
		all[i].Names = names[all[i].ID]
	}
	return below(all, "", 0), err
}

// below are the units under one, each before those below it.
func below(all []Unit, parent string, depth int) (tree []Unit) {
	for _, u := range all {
		if u.Parent == parent {
			u.Depth = depth
			tree = append(append(tree, u), below(all, u.ID, depth+1)...)
		}
	}
	return tree
}

// scope are the names by which a unit and those below it are known, its own
// first; it is never empty.
func scope(all []Unit, id string) ([]string, error) {
	i := slices.IndexFunc(all, func(u Unit) bool { return u.ID == id })
	if i < 0 {
		return nil, fmt.Errorf("no unit %q", id)
	}
	names := []string{all[i].Name}
	for _, u := range append([]Unit{all[i]}, below(all, id, 0)...) {
		names = append(names, u.Names...)
	}
	return names, nil
}

// settle fills in what accounts see. Only those of a unit cost a look.
func (s *Service) settle(ctx context.Context, authority string, accounts []Account) error {
	if !slices.ContainsFunc(accounts, func(a Account) bool { return a.Unit != "" }) {
		return nil
	}
	all, err := s.Units(ctx, authority)
	for i, a := range accounts {
		if a.Unit != "" && err == nil {
			accounts[i].sees, err = scope(all, a.Unit)
		}
	}
	return err
}

// deepest keeps the tree to what a page can show: 市、县、科室 and one more.
const deepest = 4

// checkName cleans a unit's name.
func checkName(name string) (string, error) {
	name = strings.TrimSpace(name)
	if n := utf8.RuneCountInString(name); n == 0 || n > 60 || !utf8.ValidString(name) || strings.ContainsFunc(name, unicode.IsControl) || strings.Contains(name, "、") {
		return "", errs.At("name", "请填写部门名称，写成一行，最多 60 字，不能有顿号。没有改动")
	}
	return name, nil
}

// AddUnit enters a unit. Errors: Conflict if another has or had the name.
func (s *Service) AddUnit(ctx context.Context, by access.Actor, u Unit) error {
	name, err := checkName(u.Name)
	if err != nil {
		return err
	}
	if err := s.apart(ctx, by, access.UnitEdit, u.ID); err != nil {
		return err
	}
	return s.door.Do(ctx, by, access.UnitEdit, u.ID+" "+name, func(tx *store.DB) error {
		if u.Parent != "" {
			p, err := s.in(tx).openUnit(ctx, by.Authority, u.Parent)
			if err != nil {
				return err
			}
			if p.Depth+1 >= deepest {
				return errs.At("parent", fmt.Sprintf("部门最多 %d 层，没有添加", deepest))
			}
		}
		_, err := tx.Exec(ctx, `
			INSERT INTO identity_unit (authority_id, unit_id, parent_id, name, closed)
			VALUES ($1, $2, $3, $4, FALSE)`, by.Authority, u.ID, u.Parent, name)
		if errs.KindOf(err) == errs.Conflict {
			return errs.At("name", "已有这个名称的部门，没有再添加")
		}
		if err != nil {
			return err
		}
		return s.in(tx).name(ctx, tx, by.Authority, u.ID, name)
	})
}

// name gives a unit a name. One that was another's stays the other's: what
// stands under it is theirs.
func (s *Service) name(ctx context.Context, tx *store.DB, authority, id, name string) error {
	_, err := tx.Exec(ctx, `
		INSERT INTO identity_unit_name (authority_id, name, unit_id)
		VALUES ($1, $2, $3)
		ON CONFLICT (authority_id, name) DO NOTHING`, authority, name, id)
	if err != nil {
		return err
	}
	whose, err := store.One(ctx, tx, store.Value[string], `
		SELECT unit_id
		FROM identity_unit_name
		WHERE authority_id = $1 AND name = $2`, authority, name)
	if err == nil && whose != id {
		err = errs.At("name", "另一个部门用过这个名称，名录和计划里的这个名称指的是它，没有改动。请换一个名称")
	}
	return err
}

// RenameUnit gives a unit another name; what stands under the old one stays its
// own. Errors: NotFound; Conflict as AddUnit.
func (s *Service) RenameUnit(ctx context.Context, by access.Actor, id, name string) error {
	name, err := checkName(name)
	if err != nil {
		return err
	}
	if err := s.apart(ctx, by, access.UnitEdit, id); err != nil {
		return err
	}
	return s.door.Do(ctx, by, access.UnitEdit, id+" "+name, func(tx *store.DB) error {
		if _, err := s.in(tx).Unit(ctx, by.Authority, id); err != nil {
			return err
		}
		if err := s.in(tx).name(ctx, tx, by.Authority, id, name); err != nil {
			return err
		}
		_, err := tx.Exec(ctx, `
			UPDATE identity_unit
			SET name = $3
			WHERE authority_id = $1 AND unit_id = $2`, by.Authority, id, name)
		return err
	})
}

// CloseUnit keeps accounts from coming to a unit, or lets them again. Errors:
// NotFound; Conflict while somebody's account is in use there, or a unit below
// it is open.
func (s *Service) CloseUnit(ctx context.Context, by access.Actor, id string, closed bool) error {
	if err := s.apart(ctx, by, access.UnitEdit, id); err != nil {
		return err
	}
	return s.door.Do(ctx, by, access.UnitEdit, id, func(tx *store.DB) error {
		all, err := s.in(tx).Units(ctx, by.Authority)
		if err != nil {
			return err
		}
		u, err := unitIn(all, id)
		if err != nil {
			return err
		}
		if !closed && u.Parent != "" {
			if _, err := s.in(tx).openUnit(ctx, by.Authority, u.Parent); err != nil {
				return errs.E(errs.Conflict, "上级部门已停用，没有改动。请先恢复上级部门")
			}
		}
		if closed && slices.ContainsFunc(all, func(x Unit) bool { return x.Parent == id && !x.Closed }) {
			return errs.E(errs.Conflict, "它下面还有在用的部门，没有停用。请先停用下面的部门")
		}
		n, err := store.One(ctx, tx, store.Value[int], `
			SELECT count(*)
			FROM identity_account
			WHERE authority_id = $1 AND unit_id = $2 AND active`, by.Authority, id)
		if err == nil && closed && n > 0 {
			err = errs.E(errs.Conflict, fmt.Sprintf("还有 %d 个在用的账号属于这个部门，没有停用。请先停用这些账号，或者变更到别的部门", n))
		}
		if err != nil {
			return err
		}
		_, err = tx.Exec(ctx, `
			UPDATE identity_unit
			SET closed = $3
			WHERE authority_id = $1 AND unit_id = $2`, by.Authority, id, closed)
		return err
	})
}

// Unit returns one unit. Errors: NotFound.
func (s *Service) Unit(ctx context.Context, authority, id string) (Unit, error) {
	all, err := s.Units(ctx, authority)
	if err != nil {
		return Unit{}, err
	}
	return unitIn(all, id)
}

func unitIn(all []Unit, id string) (Unit, error) {
	i := slices.IndexFunc(all, func(u Unit) bool { return u.ID == id })
	if i < 0 {
		return Unit{}, errs.E(errs.NotFound, "没有这个部门")
	}
	return all[i], nil
}

// openUnit is Unit of one to which accounts may come.
func (s *Service) openUnit(ctx context.Context, authority, id string) (Unit, error) {
	u, err := s.Unit(ctx, authority, id)
	if errs.KindOf(err) == errs.NotFound || err == nil && u.Closed {
		err = errs.At("unit", "所选的部门不存在或者已经停用，没有改动")
	}
	return u, err
}

// ofUnit checks that an account may belong to its unit.
func (s *Service) ofUnit(ctx context.Context, authority string, a Account) error {
	if a.Unit == "" {
		return nil
	}
	for _, r := range a.Roles {
		if access.Whole(r) {
			return errs.At("unit", "“"+r.Name()+"”办的是全单位的事，不能限定在一个部门，没有改动。请选“全单位”，或者去掉这个角色")
		}
	}
	_, err := s.openUnit(ctx, authority, a.Unit)
	return err
}

// unitNamed is the unit with a name, as a table of accounts writes it; the
// whole authority for an empty one.
func unitNamed(all []Unit, name string) (id, problem string) {
	if name == "" {
		return "", ""
	}
	i := slices.IndexFunc(all, func(u Unit) bool { return u.Name == name && !u.Closed })
	if i < 0 {
		return "", "没有“" + name + "”这个部门，或者已经停用。请先在“部门”页添加"
	}
	return all[i].ID, ""
}

// UnitName is what a list shows of an account's unit.
func UnitName(all []Unit, id string) string {
	if id == "" {
		return "全单位"
	}
	u, _ := unitIn(all, id) // none is ever deleted
	return u.Name
}

type wholeCtx struct{}

// Everything returns a context in which what is read is not narrowed to the
// unit of whoever asks: for the public's questions, for what is counted of a
// round or a firm as a whole, and for what one's own form says of the others
// who come along.
func Everything(ctx context.Context) context.Context {
	return context.WithValue(ctx, wholeCtx{}, true)
}

// Sees returns the names of the units whose forms may be read under ctx; none:
// all forms of the authority.
func Sees(ctx context.Context) []string {
	if all, _ := ctx.Value(wholeCtx{}).(bool); all {
		return nil
	}
	return ActorFrom(ctx).Units
}
