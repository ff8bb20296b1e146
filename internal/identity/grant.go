package identity

import (
	"context"
	"errors"
	"slices"
	"strings"
	"time"

	"suiji/calendar"
	"suiji/internal/access"
	"suiji/internal/errs"
	"suiji/internal/store"
)

// Grant is a change of an account's roles. One administrator asks for it,
// another decides.
type Grant struct {
	ID        string
	Account   string
	Roles     []access.Role
	Unit      string        // the account's from then on, if the roles replace those there are
	LastDay   calendar.Date // the roles come on top until then (代理); zero: they replace those there are
	Reason    string
	AskedBy   string
	AskedAt   time.Time
	State     GrantState
	DecidedBy string
	DecidedAt time.Time
}

// GrantState is how far a change of roles has come.
type GrantState string

// The states.
const (
	Asked   GrantState = "asked"   // 待审批
	Granted GrantState = "granted" // 已批准
	Refused GrantState = "refused" // 未批准
)

const grantCols = `grant_id, account_id, roles, last_day, reason, asked_by, asked_at, state, decided_by, decided_at, unit_id`

func scanGrant(row store.Scanner) (g Grant, err error) {
	var roles, day string
	var asked, decided int64
	if err = row.Scan(&g.ID, &g.Account, &roles, &day, &g.Reason, &g.AskedBy, &asked, &g.State, &g.DecidedBy, &decided, &g.Unit); err != nil {
		return g, err
	}
	g.Roles, g.AskedAt, g.DecidedAt = parted(roles), time.UnixMilli(asked), time.UnixMilli(decided)
	return g, g.LastDay.UnmarshalText([]byte(day))
}

// Grants returns the changes of one account's roles, the newest first; of all
// accounts, if account is empty, those that wait.
func (s *Service) Grants(ctx context.Context, authority, account string) ([]Grant, error) {
	return store.All(ctx, s.db, scanGrant, `
		SELECT `+grantCols+`
		FROM identity_grant
		WHERE authority_id = $1 AND (account_id = $2 OR $2 = '' AND state = 'asked')
		ORDER BY asked_at DESC, grant_id DESC`, authority, account)
}

// longestStandIn is for how long somebody may stand in (代理): a year.
const longestStandIn = 366

// Check tells what is wrong with a change by itself.
func (g Grant) Check(today calendar.Date) error {
	var ps []errs.Problem
	add := func(bad bool, field, sentence string) {
		if bad {
			ps = append(ps, errs.Problem{Field: field, Sentence: sentence})
		}
	}
	add(len(g.Roles) == 0, "roles", "请至少选择一个角色。不再使用的账号请停用")
	add(slices.ContainsFunc(g.Roles, func(r access.Role) bool { return !r.OfAccount() }), "roles", "没有这种角色")
	add(strings.TrimSpace(g.Reason) == "", "reason", "请写明理由，如“接替某某”“某某出差期间代理”")
	add(len([]rune(g.Reason)) > 200, "reason", "理由最多 200 字")
	if !g.LastDay.Zero() {
		add(g.LastDay.Before(today), "last_day", "代理截止日不能早于今天")
		add(g.LastDay.After(today.AddDays(longestStandIn)), "last_day", "代理最长一年")
	}
	return errs.All(ps)
}

// after is what an account's roles come to with the change.
func (g Grant) after(now []access.Role) []access.Role {
	if g.LastDay.Zero() {
		return g.Roles
	}
	all := slices.Clone(now)
	for _, r := range g.Roles {
		if !slices.Contains(all, r) {
			all = append(all, r)
		}
	}
	return all
}

// AskRoles asks for a change of a colleague's roles, under g.ID. Roles that
// exclude each other are refused at once. Errors: Conflict if a change of the
// account waits already.
func (s *Service) AskRoles(ctx context.Context, by access.Actor, g Grant) error {
	if by.ID == g.Account {
		return s.deny(ctx, by, access.RolesAsk, g.Account, errs.E(errs.Forbidden, "不能为自己的账号申请角色，请由另一位管理员申请。此次尝试已记录"))
	}
	if err := g.Check(calendar.In(s.now())); err != nil {
		return err
	}
	if err := s.added(ctx, by.Authority, &g); err != nil {
		return err
	}
	return s.door.Do(ctx, by, access.RolesAsk, g.Account, func(tx *store.DB) error {
		if err := s.fitting(ctx, tx, by.Authority, g); err != nil {
			return err
		}
		_, err := tx.Exec(ctx, `
			INSERT INTO identity_grant (authority_id, `+grantCols+`)
			VALUES ($1, $2, $3, $4, $5, $6, $7, $8, 'asked', '', 0, $9)`,
			by.Authority, g.ID, g.Account, joined(g.Roles), g.LastDay.String(), g.Reason, by.ID, s.now().UnixMilli(), g.Unit)
		if errs.KindOf(err) == errs.Conflict {
			return errs.E(errs.Conflict, "这个账号已有一项变更等待审批，没有再提。请先审批那一项")
		}
		return err
	})
}

// added leaves of a stand-in's roles those that the account has not for good.
func (s *Service) added(ctx context.Context, authority string, g *Grant) error {
	if g.LastDay.Zero() {
		return nil
	}
	now, err := s.Duties(ctx, Account{Authority: authority, ID: g.Account})
	if err != nil {
		return err
	}
	for _, d := range now {
		if d.LastDay.Zero() {
			g.Roles = slices.DeleteFunc(slices.Clone(g.Roles), func(r access.Role) bool { return r == d.Role })
		}
	}
	if len(g.Roles) == 0 {
		return errs.At("roles", "所选的角色本人都有，没有申请。请选择要代理的角色")
	}
	return nil
}

// joined is roles as a column has them.
func joined(roles []access.Role) string {
	all := make([]string, len(roles))
	for i, r := range roles {
		all[i] = string(r)
	}
	return strings.Join(all, ",")
}

// parted is the roles of a column.
func parted(text string) (roles []access.Role) {
	for _, x := range strings.FieldsFunc(text, func(c rune) bool { return c == ',' }) {
		roles = append(roles, access.Role(x))
	}
	return roles
}

// fitting checks a change against the account as it is: its duties, and that
// somebody remains who can administer.
func (s *Service) fitting(ctx context.Context, tx *store.DB, authority string, g Grant) error {
	auth, err := s.in(tx).Authority(ctx, authority)
	if err != nil {
		return err
	}
	acc, err := s.in(tx).Account(ctx, authority, g.Account)
	if err != nil {
		return err
	}
	acc.Roles = g.after(acc.Roles)
	if g.LastDay.Zero() {
		acc.Unit = g.Unit
	}
	if err := s.in(tx).ofUnit(ctx, authority, acc); err != nil {
		return err
	}
	if err := checkAccount(acc, auth.RelaxedDuties); err != nil {
		return err
	}
	if slices.Contains(acc.Roles, access.Admin) {
		return nil
	}
	return s.in(tx).remains(ctx, authority, g.Account)
}

// in is the service reading within tx.
func (s *Service) in(tx *store.DB) *Service {
	inside := *s
	inside.db = tx
	return &inside
}

// remains refuses what would leave the authority without an administrator: by
// taking the role or the use of account id away.
func (s *Service) remains(ctx context.Context, authority, id string) error {
	others, err := s.holders(ctx, authority, access.Admin)
	if err != nil {
		return err
	}
	mine := slices.Contains(others, id)
	if mine && len(others) == 1 {
		return errs.E(errs.Conflict, "这是唯一在用的系统管理员，没有改动。请先让另一人担任系统管理员")
	}
	return nil
}

// holders are the accounts in use that have a role today.
func (s *Service) holders(ctx context.Context, authority string, role access.Role) ([]string, error) {
	return store.All(ctx, s.db, store.Value[string], `
		SELECT a.account_id
		FROM identity_account AS a
		JOIN identity_role AS r ON r.authority_id = a.authority_id AND r.account_id = a.account_id
		WHERE a.authority_id = $1 AND a.active AND r.role = $2 AND (r.ends_at = 0 OR r.ends_at > $3)
		ORDER BY a.account_id`, authority, string(role), s.now().UnixMilli())
}

// DecideRoles grants a change or refuses it: another person than the one who
// asked, and not the one whom it is about. The account's sessions end.
func (s *Service) DecideRoles(ctx context.Context, by access.Actor, id string, grant bool) error {
	g, err := store.One(ctx, s.db, scanGrant, `
		SELECT `+grantCols+`
		FROM identity_grant
		WHERE authority_id = $1 AND grant_id = $2`, by.Authority, id)
	if err != nil {
		return err
	}
	if by.ID == g.AskedBy || by.ID == g.Account {
		return s.deny(ctx, by, access.RolesDecide, g.Account, errs.E(errs.Forbidden, "须由申请人和本人以外的另一位管理员审批，没有改动。此次尝试已记录"))
	}
	if err := s.apart(ctx, by, access.RolesDecide, g.Account); err != nil {
		return err
	}
	return s.door.Do(ctx, by, access.RolesDecide, g.Account, func(tx *store.DB) error {
		state := Refused
		if grant {
			state = Granted
		}
		n, err := tx.Exec(ctx, `
			UPDATE identity_grant
			SET state = $3, decided_by = $4, decided_at = $5
			WHERE authority_id = $1 AND grant_id = $2 AND state = 'asked'`, by.Authority, id, string(state), by.ID, s.now().UnixMilli())
		if err == nil && n == 0 {
			err = errs.E(errs.Conflict, "这项变更已经审批过，没有改动")
		}
		if err != nil {
			return err
		}
		if !grant {
			return nil
		}
		return s.giveRoles(ctx, tx, by.Authority, g)
	})
}

// giveRoles carries a change out.
func (s *Service) giveRoles(ctx context.Context, tx *store.DB, authority string, g Grant) error {
	today := calendar.In(s.now())
	if !g.LastDay.Zero() && g.LastDay.Before(today) {
		return errs.E(errs.Conflict, "代理截止日已过，没有改动。请重新申请")
	}
	if err := s.fitting(ctx, tx, authority, g); err != nil {
		return err
	}
	ends := int64(0)
	if !g.LastDay.Zero() {
		ends = g.LastDay.AddDays(1).Start().UnixMilli()
	} else if err := s.cleared(ctx, tx, authority, g); err != nil {
		return err
	}
	for _, r := range g.Roles {
		if _, err := tx.Exec(ctx, `
			INSERT INTO identity_role (authority_id, account_id, role, ends_at)
			VALUES ($1, $2, $3, $4)
			ON CONFLICT (authority_id, account_id, role) DO UPDATE
			SET ends_at = CASE WHEN identity_role.ends_at = 0 THEN 0 ELSE excluded.ends_at END`, authority, g.Account, string(r), ends); err != nil {
			return err
		}
	}
	return s.endSessions(ctx, tx, Account{Authority: authority, ID: g.Account})
}

// cleared takes an account's roles away, for others in another unit.
func (s *Service) cleared(ctx context.Context, tx *store.DB, authority string, g Grant) error {
	_, err1 := tx.Exec(ctx, `
		DELETE FROM identity_role
		WHERE authority_id = $1 AND account_id = $2`, authority, g.Account)
	_, err2 := tx.Exec(ctx, `
		UPDATE identity_account
		SET unit_id = $3
		WHERE authority_id = $1 AND account_id = $2`, authority, g.Account, g.Unit)
	return errors.Join(err1, err2)
}

// apart keeps the three administrators (三员) apart: in an office that has a
// security administrator, the administrator makes accounts, and what they may do
// and whether they are in use is the other's.
func (s *Service) apart(ctx context.Context, by access.Actor, act access.Action, object string) error {
	if kept, err := s.KeptFrom(ctx, by); err != nil || !kept {
		return err
	}
	return s.deny(ctx, by, act, object, errs.E(errs.Forbidden, "本单位设有安全保密管理员，此项由安全保密管理员办理，没有改动。此次尝试已记录"))
}

// KeptFrom reports whether by is the administrator of an office where the
// security administrator does what apart keeps.
func (s *Service) KeptFrom(ctx context.Context, by access.Actor) (bool, error) {
	divided, err := s.Divided(ctx, by.Authority)
	return divided && by.Has(access.Admin), err
}

// Divided reports whether an authority has a security administrator in use.
func (s *Service) Divided(ctx context.Context, authority string) (bool, error) {
	all, err := s.holders(ctx, authority, access.Security)
	return len(all) > 0, err
}

// deny writes an attempt down as refused and returns why.
func (s *Service) deny(ctx context.Context, by access.Actor, act access.Action, object string, why error) error {
	by.Roles = nil
	err := s.door.Do(ctx, by, act, object, nil)
	if errs.KindOf(err) == errs.Forbidden { // as it was meant
		return why
	}
	return err
}

// Duty is a role as an account has it.
type Duty struct {
	Role    access.Role
	LastDay calendar.Date // zero: for good
}

func scanDuty(row store.Scanner) (d Duty, err error) {
	var ends int64
	err = row.Scan(&d.Role, &ends)
	if ends > 0 {
		d.LastDay = calendar.In(time.UnixMilli(ends)).AddDays(-1)
	}
	return d, err
}

// Duties returns what an account may do today, and until when.
func (s *Service) Duties(ctx context.Context, a Account) ([]Duty, error) {
	return store.All(ctx, s.db, scanDuty, `
		SELECT role, ends_at
		FROM identity_role
		WHERE authority_id = $1 AND account_id = $2 AND (ends_at = 0 OR ends_at > $3)
		ORDER BY role`, a.Authority, a.ID, s.now().UnixMilli())
}
