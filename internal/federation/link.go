package federation

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"time"
	"unicode"

	"suiji/internal/access"
	"suiji/internal/errs"
	"suiji/internal/identity"
	"suiji/internal/store"
)

// Link is who an account is at the provider.
type Link struct {
	Account string // id
	Subject string
	At      time.Time
	By      string // the id of the account that linked it
}

const linkCols = `account_id, subject, linked_at, linked_by`

func scanLink(row store.Scanner) (l Link, err error) {
	var at int64
	err = row.Scan(&l.Account, &l.Subject, &at, &l.By)
	l.At = time.UnixMilli(at)
	return l, err
}

// Links returns the linked accounts of an authority, under the provider of
// today.
func (s *Service) Links(ctx context.Context, authority string) ([]Link, error) {
	return store.All(ctx, s.db, scanLink, `
		SELECT `+linkCols+`
		FROM federation_link
		WHERE authority_id = $1 AND issuer = $2
		ORDER BY account_id`, authority, s.settings.Issuer)
}

// Own returns an account's link; a zero one if there is none.
func (s *Service) Own(ctx context.Context, authority, account string) (Link, error) {
	l, err := store.One(ctx, s.db, scanLink, `
		SELECT `+linkCols+`
		FROM federation_link
		WHERE authority_id = $1 AND issuer = $2 AND account_id = $3`, authority, s.settings.Issuer, account)
	if errs.KindOf(err) == errs.NotFound {
		return Link{}, nil
	}
	return l, err
}

// Enter returns the account that a subject opens, and records that somebody
// signs in with it. Errors: Invalid, if it opens none, one that is out of use,
// or several.
func (s *Service) Enter(ctx context.Context, x Subject) (identity.Account, error) {
	all, err := s.identity.Authorities(ctx)
	if err != nil {
		return identity.Account{}, err
	}
	var found [][2]string
	for _, a := range all {
		ids, err := store.All(ctx, s.db, store.Value[string], `
			SELECT account_id
			FROM federation_link
			WHERE authority_id = $1 AND issuer = $2 AND subject = $3`, a.ID, x.Issuer, x.ID)
		if err != nil {
			return identity.Account{}, err
		}
		for _, id := range ids {
			found = append(found, [2]string{a.ID, id})
		}
	}
	switch len(found) {
	case 0:
		why := errs.E(errs.Invalid, "您在"+s.Name()+"的账号没有与本系统的账号关联，没有登录。请用密码登录，在“我的账号”里关联；或者请管理员关联")
		if len(all) == 1 { // else it is nobody's to write down
			return identity.Account{}, s.identity.Unknown(ctx, all[0].ID, "未关联的"+s.Name(), why)
		}
		return identity.Account{}, why
	case 1:
		return s.identity.Vouched(ctx, found[0][0], found[0][1])
	}
	return identity.Account{}, errs.E(errs.Invalid, "您在多个单位有账号，没有登录。请用密码登录，并选择单位")
}

// Link links by's own account to a subject, in place of an earlier one.
func (s *Service) Link(ctx context.Context, by access.Actor, subject string) error {
	if s.Name() == "" || subject == "" {
		return errs.E(errs.Conflict, "没有等待确认的关联，没有改动。请从头再来一次")
	}
	return s.door.Do(ctx, by, access.FederationEdit, by.ID, func(tx *store.DB) error {
		return s.put(ctx, tx, by, by.ID, subject)
	})
}

func (s *Service) put(ctx context.Context, tx *store.DB, by access.Actor, account, subject string) error {
	_, err := tx.Exec(ctx, `
		INSERT INTO federation_link (authority_id, account_id, issuer, subject, linked_at, linked_by)
		VALUES ($1, $2, $3, $4, $5, $6)
		ON CONFLICT (authority_id, account_id) DO UPDATE
		SET issuer = excluded.issuer, subject = excluded.subject, linked_at = excluded.linked_at, linked_by = excluded.linked_by`,
		by.Authority, account, s.settings.Issuer, subject, s.now().UnixMilli(), by.ID)
	if errs.KindOf(err) == errs.Conflict {
		err = errs.E(errs.Conflict, "这个"+s.Name()+"账号已经与另一个账号关联，没有改动")
	}
	return err
}

// Unlink ends the link of an account: one's own, or a colleague's. One that has
// ended is ended.
func (s *Service) Unlink(ctx context.Context, by access.Actor, account string) error {
	act := access.FederationEdit
	if account != by.ID {
		act = access.FederationSet
		if err := s.apart(ctx, by, account); err != nil {
			return err
		}
	}
	if _, err := s.identity.Account(ctx, by.Authority, account); err != nil {
		return err
	}
	return s.door.Do(ctx, by, act, account, func(tx *store.DB) error {
		_, err := tx.Exec(ctx, `
			DELETE FROM federation_link
			WHERE authority_id = $1 AND account_id = $2`, by.Authority, account)
		return err
	})
}

// apart keeps colleagues' links from the administrator of an office where a
// security administrator has them.
func (s *Service) apart(ctx context.Context, by access.Actor, object string) error {
	kept, err := s.identity.KeptFrom(ctx, by)
	if err != nil || !kept {
		return err
	}
	by.Roles = nil
	err = s.door.Do(ctx, by, access.FederationSet, object, nil)
	if errs.KindOf(err) == errs.Forbidden { // as it was meant
		err = errs.E(errs.Forbidden, "本单位设有安全保密管理员，此项由安全保密管理员办理，没有改动。此次尝试已记录")
	}
	return err
}

// most keeps a batch of links to what one person can look through.
const most = 500

// SetAll links accounts to subjects, all or none. text has a line for each: the
// username and the subject, apart by a comma, a tab or blanks. One's own account
// is linked from its own page.
func (s *Service) SetAll(ctx context.Context, by access.Actor, text string) error {
	if err := s.apart(ctx, by, "batch"); err != nil {
		return err
	}
	if s.Name() == "" {
		return errs.E(errs.Conflict, "没有设置身份认证服务，没有改动")
	}
	accounts, err := s.identity.Accounts(ctx, by.Authority)
	if err != nil {
		return err
	}
	rows, err := read(text, accounts, by.ID)
	if err != nil {
		return err
	}
	return s.door.Do(ctx, by, access.FederationSet, fmt.Sprintf("%d accounts", len(rows)), func(tx *store.DB) error {
		for _, x := range rows {
			if err := s.put(ctx, tx, by, x.account, x.subject); errs.KindOf(err) == errs.Conflict {
				return errs.At("links", fmt.Sprintf("第 %d 行的标识已经与另一个账号关联，一个也没有关联", x.line))
			} else if err != nil {
				return err
			}
		}
		return nil
	})
}

type row struct {
	line             int
	account, subject string
}

func read(text string, accounts []identity.Account, own string) (rows []row, err error) {
	wrong := func(line int, why string) error {
		return errs.At("links", fmt.Sprintf("第 %d 行%s，一个也没有关联", line, why))
	}
	seen := map[string]bool{}
	for i, line := range strings.Split(text, "\n") {
		parts := strings.FieldsFunc(line, func(r rune) bool { return unicode.IsSpace(r) || strings.ContainsRune(",，;；", r) })
		if len(parts) == 0 {
			continue
		}
		at := slices.IndexFunc(accounts, func(a identity.Account) bool { return a.Username == parts[0] })
		switch {
		case len(parts) != 2:
			return nil, wrong(i+1, "不是“登录名，标识”两项")
		case at < 0:
			return nil, wrong(i+1, "的登录名不存在")
		case accounts[at].ID == own:
			return nil, wrong(i+1, "是您自己的账号，请在“我的账号”里关联")
		case len(parts[1]) > 255 || seen["a"+parts[0]] || seen["s"+parts[1]]:
			return nil, wrong(i+1, "的登录名或标识重复，或者标识超过 255 个字符")
		}
		seen["a"+parts[0]], seen["s"+parts[1]] = true, true
		if rows = append(rows, row{i + 1, accounts[at].ID, parts[1]}); len(rows) > most {
			return nil, errs.At("links", fmt.Sprintf("一次最多 %d 行，没有关联。请分几次", most))
		}
	}
	if len(rows) == 0 {
		err = errs.At("links", "请填写要关联的账号，每行一个")
	}
	return rows, err
}
