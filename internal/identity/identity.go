// Package identity knows the authorities of this installation, their people,
// and who is signed in. It owns the tables identity_….
package identity

import (
	"context"
	"regexp"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"suiji/internal/access"
	"suiji/internal/argon"
	"suiji/internal/audit"
	"suiji/internal/canon"
	"suiji/internal/errs"
	"suiji/internal/passkey"
	"suiji/internal/store"
	"suiji/internal/throttle"
)

// Service keeps authorities and accounts.
type Service struct {
	db    *store.DB
	door  *audit.Door
	now   func() time.Time
	argon argon.Hasher

	passkeys *passkey.Service
	throttle *throttle.Service
	known    func(password string) (bool, error) // nil: there is no list
}

// New makes the service.
func New(db *store.DB, door *audit.Door, now func() time.Time) *Service {
	return &Service{db: db, door: door, now: now, argon: argon.New(4), passkeys: passkey.New(db, door, now), throttle: throttle.New(db, door, now)}
}

// Refuse has passwords refused that known has in its list. It is called before
// anybody is served.
func (s *Service) Refuse(known func(password string) (bool, error)) { s.known = known }

// Ask is the audit door's, for those who hold no other service.
func (s *Service) Ask(ctx context.Context, a access.Actor, object string, acts ...access.Action) error {
	return s.door.Ask(ctx, a, object, acts...)
}

// Authority is one body that inspects, e.g. a county's bureau.
type Authority struct {
	ID            string // also the last part of its ledger's origin
	Name          string // full legal name
	ShortName     string
	AreaCode      string // GB/T 2260
	AreaName      string
	Phone         string     // shown to the public
	Hash          canon.Hash // of plans and public records; never changes
	DrawHash      canon.Hash // of the rounds that are frozen from now on
	RelaxedDuties bool       // excluding duties may meet in one person; each round's page says so
	Demo          bool       // made by the demo; every page says so
	Foot          Foot
}

// Foot is what stands at the foot of every public page beside the name
// (国办发〔2017〕47号); what is empty is not shown.
type Foot struct {
	Operator string // 承办单位
	Address  string // 办公地址
	SiteCode string // 政府网站标识码
	ICP      string // ICP 备案号
	Police   string // 公安备案号
}

var siteCode = regexp.MustCompile(`^[0-9A-Za-z]{10}$`)

func (f Foot) problems() (ps []errs.Problem) {
	for _, x := range [][2]string{{"operator", f.Operator}, {"address", f.Address}, {"icp", f.ICP}, {"police", f.Police}} {
		if utf8.RuneCountInString(x[1]) > 100 || !utf8.ValidString(x[1]) || strings.ContainsFunc(x[1], unicode.IsControl) {
			ps = append(ps, errs.Problem{Field: x[0], Sentence: "写成一行，最多 100 字"})
		}
	}
	if f.SiteCode != "" && !siteCode.MatchString(f.SiteCode) {
		ps = append(ps, errs.Problem{Field: "site_code", Sentence: "政府网站标识码是 10 位字母和数字，没有的留空"})
	}
	return ps
}

var areaCode = regexp.MustCompile(`^[0-9]{6}$`)

var authorityID = regexp.MustCompile(`^[0-9a-z][0-9a-z-]{1,30}$`)

// Check tells what is wrong with the authority's data.
func (a Authority) Check() error {
	var ps []errs.Problem
	add := func(bad bool, field, sentence string) {
		if bad {
			ps = append(ps, errs.Problem{Field: field, Sentence: sentence})
		}
	}
	add(!authorityID.MatchString(a.ID), "id", "单位标识只能用小写字母、数字和连字符，如 130132-rs")
	add(strings.TrimSpace(a.Name) == "", "name", "请填写单位全称")
	add(a.AreaCode != "" && !areaCode.MatchString(a.AreaCode), "area_code", "行政区划代码应为 6 位数字，没有的留空")
	add(!a.Hash.Valid(), "hash", "散列算法应为 sha256 或 sm3")
	add(!a.DrawHash.Valid(), "draw_hash", "请选择新轮次的散列算法：SHA-256 或 SM3")
	return errs.All(append(ps, a.Foot.problems()...))
}

const authorityCols = `authority_id, name, short_name, area_code, area_name, phone, hash, draw_hash, relaxed_duties, demo, operator, address, site_code, icp, police`

func scanAuthority(row store.Scanner) (a Authority, err error) {
	err = row.Scan(&a.ID, &a.Name, &a.ShortName, &a.AreaCode, &a.AreaName, &a.Phone, &a.Hash, &a.DrawHash, &a.RelaxedDuties, &a.Demo,
		&a.Foot.Operator, &a.Foot.Address, &a.Foot.SiteCode, &a.Foot.ICP, &a.Foot.Police)
	return a, err
}

// Found enters an authority into this installation. Its draws begin with its
// own hash if no other is named. All but the demo's people sign in with a second
// factor at once.
func (s *Service) Found(ctx context.Context, a Authority) error {
	if a.DrawHash == "" {
		a.DrawHash = a.Hash
	}
	if err := a.Check(); err != nil {
		return err
	}
	return s.door.Do(ctx, access.System(a.ID), access.SettingEdit, a.ID, func(tx *store.DB) error {
		_, err := tx.Exec(ctx, `
			INSERT INTO identity_authority (`+authorityCols+`)
			VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15)`,
			a.ID, a.Name, a.ShortName, a.AreaCode, a.AreaName, a.Phone, string(a.Hash), string(a.DrawHash), a.RelaxedDuties, a.Demo,
			a.Foot.Operator, a.Foot.Address, a.Foot.SiteCode, a.Foot.ICP, a.Foot.Police)
		if err != nil || a.Demo {
			return err
		}
		return firstRules().keep(ctx, tx, a.ID)
	})
}

// Describe changes what an authority says of itself: names, area, telephone,
// whether excluding duties may meet in one person, and the hash of the rounds
// to come (empty: as it is). Its id and its own hash stay: the ledger and what
// is published stand on them.
func (s *Service) Describe(ctx context.Context, by access.Actor, a Authority) error {
	a.ID = by.Authority
	old, err := s.Authority(ctx, a.ID)
	if err != nil {
		return err
	}
	a.Hash = old.Hash
	if a.DrawHash == "" {
		a.DrawHash = old.DrawHash
	}
	if err := a.Check(); err != nil {
		return err
	}
	return s.door.Do(ctx, by, access.SettingEdit, a.ID, func(tx *store.DB) error {
		_, err := tx.Exec(ctx, `
			UPDATE identity_authority
			SET name = $2, short_name = $3, area_code = $4, area_name = $5, phone = $6, relaxed_duties = $7, draw_hash = $8,
				operator = $9, address = $10, site_code = $11, icp = $12, police = $13
			WHERE authority_id = $1`, a.ID, a.Name, a.ShortName, a.AreaCode, a.AreaName, a.Phone, a.RelaxedDuties, string(a.DrawHash),
			a.Foot.Operator, a.Foot.Address, a.Foot.SiteCode, a.Foot.ICP, a.Foot.Police)
		return err
	})
}

// Authority returns one authority.
func (s *Service) Authority(ctx context.Context, id string) (Authority, error) {
	return store.One(ctx, s.db, scanAuthority, `
		SELECT `+authorityCols+`
		FROM identity_authority
		WHERE authority_id = $1`, id)
}

// Authorities returns all of them, by id.
func (s *Service) Authorities(ctx context.Context) ([]Authority, error) {
	return store.All(ctx, s.db, scanAuthority, `
		SELECT `+authorityCols+`
		FROM identity_authority
		ORDER BY authority_id`)
}

// Account is one person who can sign in.
type Account struct {
	Authority string
	ID        string
	Username  string
	Name      string
	OfficerID string // in the officer register; empty: none
	Active    bool
	Roles     []access.Role
	Unit      string // whose forms it sees; empty: the whole authority's

	MustChange bool      // the password is for one sign-in
	ChangedAt  time.Time // the password, or when the account was made
	Epoch      int64     // sessions of an earlier one have ended

	sees []string // names of the unit and those below it, filled in if there is one
}

// Actor returns the account as somebody who acts.
func (a Account) Actor() access.Actor {
	return access.Actor{Authority: a.Authority, ID: a.ID, Name: a.Name, Roles: a.Roles, Units: a.sees}
}

// AddAccount enters an account with its first password. Roles that exclude
// each other are refused unless the authority has relaxed the rule. A password
// that a colleague has given must be changed at the first sign-in.
func (s *Service) AddAccount(ctx context.Context, by access.Actor, a Account, password string) error {
	auth, err := s.Authority(ctx, by.Authority)
	if err != nil {
		return err
	}
	if err := checkAccount(a, auth.RelaxedDuties); err != nil {
		return err
	}
	rules, err := s.Rules(ctx, auth.ID)
	if err != nil {
		return err
	}
	if err := s.judge(rules, auth, a, password); err != nil {
		return err
	}
	return s.add(ctx, by, a, password, func() {})
}

// Admit enters an account with a password for one sign-in, and returns it;
// nothing if it was done before under the request's key.
func (s *Service) Admit(ctx context.Context, by access.Actor, a Account) (once string, err error) {
	auth, err := s.Authority(ctx, by.Authority)
	if err != nil {
		return "", err
	}
	if err := checkAccount(a, auth.RelaxedDuties); err != nil {
		return "", err
	}
	password := onceOnly()
	err = s.add(ctx, by, a, password, func() { once = password })
	return once, err
}

// add enters an account; done is called when that is new. In an office that has
// a security administrator it is he who takes it into use.
func (s *Service) add(ctx context.Context, by access.Actor, a Account, password string, done func()) error {
	divided, err := s.Divided(ctx, by.Authority)
	if err != nil {
		return err
	}
	phc, err := s.argon.Hash(password)
	if err != nil {
		return err
	}
	return s.door.Do(ctx, by, access.AccountEdit, a.ID, func(tx *store.DB) error {
		done()
		return s.insert(ctx, tx, by, a, phc, !divided || by.ID == access.SystemID)
	})
}

func (s *Service) insert(ctx context.Context, tx *store.DB, by access.Actor, a Account, phc string, active bool) error {
	if err := s.in(tx).ofUnit(ctx, by.Authority, a); err != nil {
		return err
	}
	_, err := tx.Exec(ctx, `
		INSERT INTO identity_account (authority_id, account_id, username, name, password, officer_id, active, created_at, must_change, unit_id)
		VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)`,
		by.Authority, a.ID, a.Username, a.Name, phc, a.OfficerID, active, s.now().UnixMilli(), by.ID != access.SystemID, a.Unit)
	if errs.KindOf(err) == errs.Conflict {
		return errs.At("username", "已有同名账号，请换一个登录名")
	}
	if err != nil {
		return err
	}
	return s.setRoles(ctx, tx, by.Authority, a)
}

func (s *Service) setRoles(ctx context.Context, tx *store.DB, authority string, a Account) error {
	for _, r := range a.Roles {
		_, err := tx.Exec(ctx, `
			INSERT INTO identity_role (authority_id, account_id, role)
			VALUES ($1, $2, $3)`, authority, a.ID, string(r))
		if err != nil {
			return err
		}
	}
	return nil
}

func checkAccount(a Account, relaxed bool) error {
	var ps []errs.Problem
	add := func(bad bool, field, sentence string) {
		if bad {
			ps = append(ps, errs.Problem{Field: field, Sentence: sentence})
		}
	}
	add(strings.TrimSpace(a.Username) == "" || len(a.Username) > 40, "username", "登录名应为 1 到 40 个字符")
	add(strings.TrimSpace(a.Name) == "", "name", "请填写姓名")
	add(len(a.Roles) == 0, "roles", "请至少选择一个角色")
	for _, r := range a.Roles {
		add(!r.OfAccount(), "roles", "没有这种角色")
	}
	if why := clash(a.Roles, relaxed); why != "" {
		add(true, "roles", why)
	}
	return errs.All(ps)
}

// clash names two of the roles that must not meet in one person; empty: none.
func clash(roles []access.Role, relaxed bool) string {
	for i, r := range roles {
		for _, o := range roles[i+1:] {
			if access.Exclusive(r, o) && !(relaxed && access.Relaxable(r, o)) {
				return "“" + r.Name() + "”与“" + o.Name() + "”须由不同的人担任（三员分立，职责互斥）"
			}
		}
	}
	return ""
}

const accountCols = `authority_id, account_id, username, name, officer_id, active, must_change, changed_at, created_at, epoch, unit_id`

func scanAccount(row store.Scanner) (a Account, err error) {
	var changed, created int64
	err = row.Scan(&a.Authority, &a.ID, &a.Username, &a.Name, &a.OfficerID, &a.Active, &a.MustChange, &changed, &created, &a.Epoch, &a.Unit)
	a.ChangedAt = time.UnixMilli(max(changed, created))
	return a, err
}

// Accounts returns an authority's accounts, by username.
func (s *Service) Accounts(ctx context.Context, authority string) ([]Account, error) {
	all, err := store.All(ctx, s.db, scanAccount, `
		SELECT `+accountCols+`
		FROM identity_account
		WHERE authority_id = $1
		ORDER BY username`, authority)
	if err != nil {
		return nil, err
	}
	of := map[string][]access.Role{}
	err = store.Each(ctx, s.db, scanHeld, func(x held) error {
		of[x.account] = append(of[x.account], x.role)
		return nil
	}, `
		SELECT account_id, role
		FROM identity_role
		WHERE authority_id = $1 AND (ends_at = 0 OR ends_at > $2)
		ORDER BY account_id, role`, authority, s.now().UnixMilli())
	for i := range all {
		all[i].Roles = of[all[i].ID]
	}
	if err != nil {
		return nil, err
	}
	return all, s.settle(ctx, authority, all)
}

// held is a role and whose it is.
type held struct {
	account string
	role    access.Role
}

func scanHeld(row store.Scanner) (x held, err error) {
	err = row.Scan(&x.account, &x.role)
	return x, err
}

// Account returns one account with its roles.
func (s *Service) Account(ctx context.Context, authority, id string) (Account, error) {
	a, err := store.One(ctx, s.db, scanAccount, `
		SELECT `+accountCols+`
		FROM identity_account
		WHERE authority_id = $1 AND account_id = $2`, authority, id)
	if err != nil {
		return a, err
	}
	if a.Roles, err = s.roles(ctx, authority, id); err != nil {
		return a, err
	}
	one := []Account{a}
	err = s.settle(ctx, authority, one)
	return one[0], err
}

func (s *Service) roles(ctx context.Context, authority, id string) ([]access.Role, error) {
	return store.All(ctx, s.db, store.Value[access.Role], `
		SELECT role
		FROM identity_role
		WHERE authority_id = $1 AND account_id = $2 AND (ends_at = 0 OR ends_at > $3)
		ORDER BY role`, authority, id, s.now().UnixMilli())
}

type actorCtx struct{}

// WithActor puts who acts into the context of a request, for its handler.
func WithActor(ctx context.Context, a access.Actor) context.Context {
	return context.WithValue(ctx, actorCtx{}, a)
}

// ActorFrom returns who acts; nobody (an empty id) when nobody is signed in.
func ActorFrom(ctx context.Context) access.Actor {
	a, _ := ctx.Value(actorCtx{}).(access.Actor)
	return a
}
