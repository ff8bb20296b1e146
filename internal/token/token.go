// Package token lets other programs act for a person of the office: an
// administrator grants a token for one account, one of its roles, some scopes
// and at most a year; the person collects the secret, which is shown once and
// which the administrator never sees. What a token does is recorded as that
// account's act, with the token's name. It owns the tables token and token_….
//
//	granted ──Collect──▶ collected ──▶ expired
//	   └────────┬────────────┘
//	          Revoke ──▶ revoked
package token

import (
	"context"
	"crypto/rand"
	"crypto/sha256"
	"crypto/subtle"
	"encoding/hex"
	"fmt"
	"regexp"
	"slices"
	"strings"
	"time"

	"suiji/calendar"
	"suiji/internal/access"
	"suiji/internal/audit"
	"suiji/internal/errs"
	"suiji/internal/identity"
	"suiji/internal/store"
)

// Scope is a kind of operation that a token may be used for.
type Scope string

// The scopes.
const (
	ReadRegister  Scope = "read:register"
	ReadPlan      Scope = "read:plan"
	ReadRound     Scope = "read:round"
	ReadForm      Scope = "read:form"
	ReadDue       Scope = "read:due"
	WriteRegister Scope = "write:register"
	WriteResult   Scope = "write:result"
	WriteVisit    Scope = "write:visit"
	WritePublish  Scope = "write:publish"

	ReadObjection  Scope = "read:objection"
	ReadFollowup   Scope = "read:followup"
	WriteObjection Scope = "write:objection"
	WriteFollowup  Scope = "write:followup"

	ReadDocument  Scope = "read:document"
	WriteDocument Scope = "write:document"

	WriteReview      Scope = "write:review"
	WritePlan        Scope = "write:plan"
	WriteRound       Scope = "write:round"
	ReadArchive      Scope = "read:archive"
	WriteArchive     Scope = "write:archive"
	ReadExchange     Scope = "read:exchange"
	WriteExchange    Scope = "write:exchange"
	ReadSupervision  Scope = "read:supervision"
	WriteSupervision Scope = "write:supervision"
)

// Scopes lists the scopes with their Chinese names.
var Scopes = []struct {
	Scope Scope
	Name  string
}{
	{ReadRegister, "读取名录"}, {ReadPlan, "读取计划"}, {ReadRound, "读取轮次"}, {ReadForm, "读取检查表"}, {ReadDue, "读取期限"},
	{ReadObjection, "读取公示异议"}, {ReadFollowup, "读取后续处置和处罚决定"},
	{WriteRegister, "导入和修改名录"}, {WriteResult, "录入检查结果"}, {WriteVisit, "上传现场记录"}, {WritePublish, "公示检查结果和处罚"},
	{WriteObjection, "登记和答复公示异议"}, {WriteFollowup, "办理后续处置"},
	{ReadDocument, "读取执法文书和附件"}, {WriteDocument, "上传附件"},
	{WriteReview, "审核检查结果"}, {WritePlan, "送审、批准、公布计划"}, {WriteRound, "比对确认、生成检查表"},
	{ReadArchive, "读取案卷"}, {WriteArchive, "封存、移交案卷"}, {ReadExchange, "读取报送"}, {WriteExchange, "制作报送、导入回执"},
	{ReadSupervision, "读取监督问题"}, {WriteSupervision, "答复、审阅监督问题"},
}

// Name returns the scope in Chinese; empty if there is no such scope.
func (c Scope) Name() string {
	for _, x := range Scopes {
		if x.Scope == c {
			return x.Name
		}
	}
	return ""
}

// Token is one token without its secret.
type Token struct {
	Authority   string
	ID          string
	Name        string // what it is for
	Account     string // for whom it acts
	Role        access.Role
	Scopes      []Scope
	ExpiresOn   calendar.Date // its last day
	GrantedName string
	GrantedAt   time.Time
	CollectedAt time.Time // zero: not yet
	LastUsed    time.Time // to the minute; zero: never
	RevokedName string
	RevokedAt   time.Time // zero: not revoked

	hash string // of the secret; empty: not collected
}

// Has reports whether the token may be used for the scope.
func (t Token) Has(c Scope) bool { return slices.Contains(t.Scopes, c) }

// State says in a word how the token stands on a day.
func (t Token) State(today calendar.Date) string {
	switch {
	case !t.RevokedAt.IsZero():
		return "revoked"
	case today.After(t.ExpiresOn):
		return "expired"
	case t.hash == "":
		return "granted"
	}
	return "collected"
}

// Service keeps tokens.
type Service struct{ Config }

// Config is what a Service stands on. All are required.
type Config struct {
	DB       *store.DB
	Door     *audit.Door
	Now      func() time.Time
	Identity *identity.Service
}

// New makes the service.
func New(c Config) *Service { return &Service{c} }

func (s *Service) today() calendar.Date { return calendar.In(s.Now()) }

// longest is how many days a token may live (a year).
const longest = 366

// Grant lets the account of t collect a token. Errors: Invalid at the input
// concerned; Conflict if there is one with this id.
func (s *Service) Grant(ctx context.Context, by access.Actor, t Token) error {
	t.Authority, t.Name = by.Authority, strings.TrimSpace(t.Name)
	acc, err := s.Identity.Account(ctx, by.Authority, t.Account)
	if err != nil && errs.KindOf(err) != errs.NotFound {
		return err
	}
	if err := s.check(t, acc); err != nil {
		return err
	}
	return s.Door.Do(ctx, by, access.TokenGrant, object(t), func(tx *store.DB) error {
		var scopes []string
		for _, c := range t.Scopes {
			scopes = append(scopes, string(c))
		}
		_, err := tx.Exec(ctx, `
			INSERT INTO token (`+tokenCols+`, granted_by)
			VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, '', 0, 0, '', 0, $10)`,
			t.Authority, t.ID, t.Name, t.Account, string(t.Role), strings.Join(scopes, "\n"), t.ExpiresOn.String(), by.Name, s.Now().UnixMilli(), by.ID)
		return err
	})
}

func (s *Service) check(t Token, acc identity.Account) error {
	var ps []errs.Problem
	add := func(bad bool, field, sentence string) {
		if bad {
			ps = append(ps, errs.Problem{Field: field, Sentence: sentence})
		}
	}
	add(!tokenID.MatchString(t.ID), "name", "表单已过期，请刷新页面后再填")
	add(t.Name == "" || len([]rune(t.Name)) > 40, "name", "请写明哪个系统使用，40 字以内")
	add(acc.ID == "" || !acc.Active, "account", "没有这个在用的账号")
	add(acc.ID != "" && !slices.Contains(acc.Roles, t.Role), "role", "所选账号没有这个角色：令牌的权限不能超过账号")
	add(len(t.Scopes) == 0, "scopes", "请至少选择一个权限范围")
	for _, c := range t.Scopes {
		add(c.Name() == "", "scopes", "没有这种权限范围")
	}
	left := s.today().DaysUntil(t.ExpiresOn)
	add(t.ExpiresOn.Zero() || left < 0 || left > longest, "expires", fmt.Sprintf("有效期应在今天至 %s 之间，最长一年", s.today().AddDays(longest)))
	return errs.All(ps)
}

// object names a token in the audit.
func object(t Token) string { return "token/" + t.ID }

// Fresh returns a new secret. It is good for nothing until it is collected.
func Fresh() string { return rand.Text() }

var (
	secretText = regexp.MustCompile(`^[A-Z2-7]{26}$`)
	tokenID    = regexp.MustCompile(`^[0-9A-Z]{26}$`)
)

// Text is the token as a program sends it.
func (t Token) Text(secret string) string {
	return strings.Join([]string{"suiji", t.Authority, t.ID, secret}, "_")
}

func hashOf(secret string) string {
	h := sha256.Sum256([]byte(secret))
	return hex.EncodeToString(h[:])
}

// Collect puts a token in force with a secret of Fresh, of which only the hash
// is kept. Only the person for whom it acts collects it, once. Errors:
// NotFound if it is somebody else's; Conflict if it was collected before.
func (s *Service) Collect(ctx context.Context, a access.Actor, id, secret string) error {
	if !secretText.MatchString(secret) {
		return errs.E(errs.Invalid, "令牌没有完整收到，没有启用。请重新打开领取页")
	}
	return s.Door.Do(ctx, a, access.TokenCollect, object(Token{ID: id}), func(tx *store.DB) error {
		t, err := own(ctx, tx, a, id)
		if err != nil {
			return err
		}
		switch {
		case t.hash == hashOf(secret) && t.RevokedAt.IsZero():
			return nil // sent twice
		case t.State(s.today()) != "granted":
			return errs.E(errs.Conflict, "这个令牌已经领取、撤销或者到期，没有启用新的。需要时请管理员重新授权")
		}
		_, err = tx.Exec(ctx, `
			UPDATE token
			SET secret_hash = $3, collected_at = $4
			WHERE authority_id = $1 AND token_id = $2`, t.Authority, id, hashOf(secret), s.Now().UnixMilli())
		return err
	})
}

// own returns a token that acts for a.
func own(ctx context.Context, db *store.DB, a access.Actor, id string) (Token, error) {
	t, err := read(ctx, db, a.Authority, id)
	if err == nil && t.Account != a.ID {
		return Token{}, errs.E(errs.NotFound, "没有这个令牌，或者它不是您的")
	}
	return t, err
}

// Own returns a token that acts for a. Errors: NotFound.
func (s *Service) Own(ctx context.Context, a access.Actor, id string) (Token, error) {
	return own(ctx, s.DB, a, id)
}

// Revoke ends a token at once, by an administrator or by the person for whom
// it acts. Errors: NotFound; Conflict if it was revoked before.
func (s *Service) Revoke(ctx context.Context, a access.Actor, id string) error {
	act := access.TokenCollect
	if access.Allow(a, access.TokenGrant) {
		act = access.TokenGrant
	}
	return s.Door.Do(ctx, a, act, object(Token{ID: id})+"/revoke", func(tx *store.DB) error {
		t, err := read(ctx, tx, a.Authority, id)
		if act == access.TokenCollect {
			t, err = own(ctx, tx, a, id)
		}
		if err != nil {
			return err
		}
		if !t.RevokedAt.IsZero() {
			return errs.E(errs.Conflict, fmt.Sprintf("%s已经撤销了这个令牌，没有别的改动", t.RevokedName))
		}
		_, err = tx.Exec(ctx, `
			UPDATE token
			SET revoked_name = $3, revoked_at = $4
			WHERE authority_id = $1 AND token_id = $2`, a.Authority, id, a.Name, s.Now().UnixMilli())
		return err
	})
}

// Tokens lists an authority's tokens, the newest first: all for whoever grants
// them, else the asker's own.
func (s *Service) Tokens(ctx context.Context, a access.Actor) ([]Token, error) {
	all, err := store.All(ctx, s.DB, scanToken, `
		SELECT `+tokenCols+`
		FROM token
		WHERE authority_id = $1
		ORDER BY granted_at DESC, token_id DESC`, a.Authority)
	if !access.Allow(a, access.TokenGrant) {
		all = slices.DeleteFunc(all, func(t Token) bool { return t.Account != a.ID })
	}
	return all, err
}

// errDead is the one answer to a token that is not good, whatever the reason.
var errDead = errs.E(errs.SignIn, "令牌无效、已到期或者已撤销。没有办理任何事项，请向授权的管理员查问")

// Act returns who acts by a token, and the token. The actor has the token's one
// role, as long as the account has it. Errors: SignIn.
func (s *Service) Act(ctx context.Context, text string) (access.Actor, Token, error) {
	p := strings.Split(text, "_")
	if len(p) != 4 || p[0] != "suiji" {
		return access.Actor{}, Token{}, errDead
	}
	t, err := read(ctx, s.DB, p[1], p[2])
	if errs.KindOf(err) == errs.NotFound {
		return access.Actor{}, Token{}, errDead
	}
	if err != nil {
		return access.Actor{}, t, err
	}
	if subtle.ConstantTimeCompare([]byte(hashOf(p[3])), []byte(t.hash)) != 1 || t.State(s.today()) != "collected" {
		return access.Actor{}, Token{}, errDead
	}
	acc, err := s.Identity.Account(ctx, t.Authority, t.Account)
	if err != nil {
		return access.Actor{}, t, err
	}
	if !acc.Active || !slices.Contains(acc.Roles, t.Role) {
		return access.Actor{}, Token{}, errDead
	}
	a := acc.Actor()
	a.Roles, a.Name = []access.Role{t.Role}, fmt.Sprintf("%s（接口令牌“%s”）", acc.Name, t.Name)
	return a, t, s.used(ctx, t)
}

// used notes the minute of the last use.
func (s *Service) used(ctx context.Context, t Token) error {
	now := s.Now().Truncate(time.Minute)
	if !now.After(t.LastUsed) {
		return nil
	}
	return s.Door.Keep(ctx, func(tx *store.DB) error {
		_, err := tx.Exec(ctx, `
			UPDATE token
			SET last_used_at = $3
			WHERE authority_id = $1 AND token_id = $2 AND last_used_at < $3`, t.Authority, t.ID, now.UnixMilli())
		return err
	})
}

const tokenCols = `authority_id, token_id, name, account_id, role, scopes, expires_on, granted_name, granted_at,
	secret_hash, collected_at, last_used_at, revoked_name, revoked_at`

func read(ctx context.Context, db *store.DB, authority, id string) (Token, error) {
	t, err := store.One(ctx, db, scanToken, `
		SELECT `+tokenCols+`
		FROM token
		WHERE authority_id = $1 AND token_id = $2`, authority, id)
	if errs.KindOf(err) == errs.NotFound {
		err = errs.E(errs.NotFound, "没有这个令牌，或者它不是您的")
	}
	return t, err
}

func scanToken(row store.Scanner) (t Token, err error) {
	var scopes, expires string
	var granted, collected, used, revoked int64
	err = row.Scan(&t.Authority, &t.ID, &t.Name, &t.Account, &t.Role, &scopes, &expires, &t.GrantedName, &granted,
		&t.hash, &collected, &used, &t.RevokedName, &revoked)
	if err != nil {
		return t, err
	}
	for c := range strings.SplitSeq(scopes, "\n") {
		t.Scopes = append(t.Scopes, Scope(c))
	}
	t.GrantedAt, t.CollectedAt, t.LastUsed, t.RevokedAt = store.Instant(granted), store.Instant(collected), store.Instant(used), store.Instant(revoked)
	return t, t.ExpiresOn.UnmarshalText([]byte(expires))
}
