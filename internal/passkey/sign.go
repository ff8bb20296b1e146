package passkey

import (
	"context"
	"encoding/base64"
	"encoding/json"
	"errors"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"github.com/go-webauthn/webauthn/protocol"
	"github.com/go-webauthn/webauthn/protocol/webauthncose"
	"github.com/go-webauthn/webauthn/webauthn"

	"suiji/internal/errs"
	"suiji/internal/store"
)

// Limits of a challenge's life, of keys of one person, of an answer's size.
const (
	answerWithin = 5 * time.Minute
	mostKeys     = 10
	answerLimit  = 64 << 10
)

// kinds are the signatures that are taken: what devices of today make.
var kinds = []protocol.CredentialParameter{
	{Type: protocol.PublicKeyCredentialType, Algorithm: webauthncose.AlgES256},
	{Type: protocol.PublicKeyCredentialType, Algorithm: webauthncose.AlgEdDSA},
	{Type: protocol.PublicKeyCredentialType, Algorithm: webauthncose.AlgRS256},
}

// Ask makes a challenge, bound to the owner's sign-in and in place of an
// earlier one, and returns as JSON what the browser hands to the device.
func (s *Service) Ask(ctx context.Context, o Owner, p Purpose) ([]byte, error) {
	if s.site == nil {
		return nil, nowhere
	}
	if p != ToEnrol && p != ToShow {
		return nil, errs.E(errs.Invalid, "没有这种核对，没有办理")
	}
	all, err := s.Keys(ctx, o.Authority, o.Account)
	if err != nil {
		return nil, err
	}
	options, session, err := s.options(holder{o, all}, p)
	if err != nil {
		return nil, err
	}
	raw, err := json.Marshal(session)
	if err != nil {
		return nil, err
	}
	now := s.now().UnixMilli()
	err = s.door.Keep(ctx, func(tx *store.DB) error {
		_, err1 := tx.Exec(ctx, `
			DELETE FROM passkey_challenge
			WHERE authority_id = $1 AND asked_at < $2`, o.Authority, now-answerWithin.Milliseconds())
		_, err2 := tx.Exec(ctx, `
			INSERT INTO passkey_challenge (authority_id, account_id, signin_id, purpose, session, asked_at)
			VALUES ($1, $2, $3, $4, $5, $6)
			ON CONFLICT (authority_id, account_id, signin_id, purpose) DO UPDATE SET session = excluded.session, asked_at = excluded.asked_at`,
			o.Authority, o.Account, o.Signin, string(p), string(raw), now)
		return errors.Join(err1, err2)
	})
	if err != nil {
		return nil, err
	}
	return json.Marshal(options)
}

func (s *Service) options(h holder, p Purpose) (options any, session *webauthn.SessionData, err error) {
	if p == ToShow {
		if len(h.WebAuthnCredentials()) == 0 {
			return nil, nil, errs.E(errs.Conflict, "您名下没有可用的通行密钥，没有办理。请用动态口令或密码")
		}
		options, session, err := s.site.BeginLogin(h)
		return options, session, err
	}
	if len(h.keys) >= mostKeys {
		return nil, nil, errs.E(errs.Conflict, "通行密钥最多登记 10 把，没有登记。请先移除不用的")
	}
	var has []protocol.CredentialDescriptor
	for _, k := range h.keys {
		has = append(has, k.credential.Descriptor())
	}
	creation, session, err := s.site.BeginRegistration(h, webauthn.WithExclusions(has), webauthn.WithCredentialParameters(kinds))
	return creation, session, err
}

// take returns what was asked for and forgets it: it is answered once. Errors:
// Invalid, if nothing was, or too long ago.
func (s *Service) take(ctx context.Context, tx *store.DB, o Owner, p Purpose) (session webauthn.SessionData, err error) {
	raw, err := store.One(ctx, tx, store.Value[string], `
		DELETE FROM passkey_challenge
		WHERE authority_id = $1 AND account_id = $2 AND signin_id = $3 AND purpose = $4 AND asked_at >= $5
		RETURNING session`, o.Authority, o.Account, o.Signin, string(p), s.now().Add(-answerWithin).UnixMilli())
	if errs.KindOf(err) == errs.NotFound {
		return session, errs.E(errs.Invalid, "这次核对已经用过，或者超过了 5 分钟，没有办理。请再按一次按钮")
	}
	if err == nil {
		err = json.Unmarshal([]byte(raw), &session)
	}
	return session, err
}

// named is a key's name without blanks around it, and whether it is one.
func named(name string) (string, bool) {
	name = strings.TrimSpace(name)
	return name, name != "" && utf8.RuneCountInString(name) <= 30 && !strings.ContainsFunc(name, unicode.IsControl)
}

// Rename calls a key something else; what it is called already, it may be
// called again. Errors: Conflict, if the key is away.
func (s *Service) Rename(ctx context.Context, tx *store.DB, o Owner, id, name string) error {
	name, ok := named(name)
	if !ok {
		return errs.E(errs.Invalid, "通行密钥的名称是 1 至 30 个字，名称没有改动")
	}
	n, err := tx.Exec(ctx, `
		UPDATE passkey_key
		SET name = $4
		WHERE authority_id = $1 AND account_id = $2 AND key_id = $3`, o.Authority, o.Account, id, name)
	if err == nil && n == 0 {
		err = errs.E(errs.Conflict, "这把通行密钥已经移除，名称没有改动")
	}
	return err
}

// Enrol takes a new key into use under its owner's name for it: answer is what
// the device signed, as JSON.
func (s *Service) Enrol(ctx context.Context, tx *store.DB, o Owner, name, answer string) error {
	if s.site == nil {
		return nowhere
	}
	name, ok := named(name)
	if !ok {
		return errs.At("name", "请给这把通行密钥起个名字，最多 30 字，如：办公室电脑。没有登记")
	}
	session, err := s.take(ctx, tx, o, ToEnrol)
	if err != nil {
		return err
	}
	all, err := keys(ctx, tx, o.Authority, o.Account)
	if err != nil {
		return err
	}
	if len(all) >= mostKeys {
		return errs.E(errs.Conflict, "通行密钥最多登记 10 把，没有登记。请先移除不用的")
	}
	c, err := s.created(holder{o, all}, session, answer)
	if err != nil {
		return errs.Because(errs.Invalid, "设备的回答没有通过核对，没有登记。请从 "+s.Origin()+" 打开本页再试", err)
	}
	c.Attestation = webauthn.CredentialAttestation{} // none is asked for, and what comes unasked may name the device
	raw, err := json.Marshal(c)
	if err != nil {
		return err
	}
	now := s.now()
	_, err = tx.Exec(ctx, `
		INSERT INTO passkey_key (authority_id, account_id, key_id, credential_id, name, credential, created_at, used_at, copied_at, host)
		VALUES ($1, $2, $3, $4, $5, $6, $7, 0, 0, $8)`,
		o.Authority, o.Account, store.NewID(now), base64.RawURLEncoding.EncodeToString(c.ID), name, string(raw), now.UnixMilli(), s.site.Config.RPID)
	if errs.KindOf(err) == errs.Conflict {
		return errs.E(errs.Conflict, "这把通行密钥已经登记过，没有再登记")
	}
	return err
}

func (s *Service) created(h holder, session webauthn.SessionData, answer string) (*webauthn.Credential, error) {
	if len(answer) > answerLimit {
		return nil, errors.New("answer too long")
	}
	parsed, err := protocol.ParseCredentialCreationResponseBytes([]byte(answer))
	if err != nil {
		return nil, err
	}
	return s.site.CreateCredential(h, session, parsed)
}

// Show judges what a device of the owner's signed. A refusal is said after tx
// was committed: the challenge is gone, and a key whose counter went back is out
// of use.
func (s *Service) Show(ctx context.Context, tx *store.DB, o Owner, answer string) (refusal, err error) {
	if s.site == nil {
		return nowhere, nil
	}
	session, err := s.take(ctx, tx, o, ToShow)
	if err != nil {
		return only(errs.Invalid, err)
	}
	all, err := keys(ctx, tx, o.Authority, o.Account)
	if err != nil {
		return nil, err
	}
	c, err := s.shown(holder{o, all}, session, answer)
	if err != nil {
		return errs.Because(errs.Invalid, "通行密钥没有通过核对，没有办理。请从登记时的网址 "+s.Origin()+" 打开，用没有移除的通行密钥再试；也可以用动态口令", err), nil
	}
	now, copied := s.now().UnixMilli(), int64(0)
	if c.Authenticator.CloneWarning {
		copied = now
		refusal = errs.E(errs.Invalid, "这把通行密钥的计数往回走了，可能被人复制，已经停用，没有办理。请用别的办法登录，移除它，并告诉管理员")
	}
	raw, err := json.Marshal(c)
	if err != nil {
		return nil, err
	}
	_, err = tx.Exec(ctx, `
		UPDATE passkey_key
		SET credential = $4, used_at = $5, copied_at = $6
		WHERE authority_id = $1 AND account_id = $2 AND credential_id = $3`,
		o.Authority, o.Account, base64.RawURLEncoding.EncodeToString(c.ID), string(raw), now, copied)
	return refusal, err
}

// only makes an error of a kind a refusal.
func only(kind errs.Kind, err error) (refusal, failure error) {
	if errs.KindOf(err) == kind {
		return err, nil
	}
	return nil, err
}

func (s *Service) shown(h holder, session webauthn.SessionData, answer string) (*webauthn.Credential, error) {
	if len(answer) > answerLimit {
		return nil, errors.New("answer too long")
	}
	parsed, err := protocol.ParseCredentialRequestResponseBytes([]byte(answer))
	if err != nil {
		return nil, err
	}
	// A key that was removed after the challenge was made must not spoil it for the others.
	session.AllowedCredentialIDs = nil
	for _, c := range h.WebAuthnCredentials() {
		session.AllowedCredentialIDs = append(session.AllowedCredentialIDs, c.ID)
	}
	return s.site.ValidateLogin(h, session, parsed)
}

// Remove takes a key away. Errors: Conflict, if it is away already.
func (s *Service) Remove(ctx context.Context, tx *store.DB, authority, account, id string) error {
	n, err := tx.Exec(ctx, `
		DELETE FROM passkey_key
		WHERE authority_id = $1 AND account_id = $2 AND key_id = $3`, authority, account, id)
	if err == nil && n == 0 {
		err = errs.E(errs.Conflict, "这把通行密钥已经移除，没有别的改动")
	}
	return err
}

// RemoveAll takes all keys of an account away.
func (s *Service) RemoveAll(ctx context.Context, tx *store.DB, authority, account string) error {
	_, err := tx.Exec(ctx, `
		DELETE FROM passkey_key
		WHERE authority_id = $1 AND account_id = $2`, authority, account)
	return err
}
