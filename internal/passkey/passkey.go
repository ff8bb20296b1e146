// Package passkey keeps the keys of people's telephones, computers and tokens
// (通行密钥, WebAuthn level 2): it enrols them, and judges what they sign. It
// knows neither passwords nor sessions: package identity asks it for a second
// factor. It owns the tables passkey_….
//
// A challenge goes one way:
//
//	Ask → (the device signs) → Enrol or Show
//
// and is gone after it, whatever came of it; after five minutes it is worth
// nothing.
package passkey

import (
	"context"
	"crypto/sha256"
	"encoding/json"
	"net"
	"net/url"
	"strings"
	"time"

	"github.com/go-webauthn/webauthn/protocol"
	"github.com/go-webauthn/webauthn/webauthn"

	"suiji/internal/audit"
	"suiji/internal/errs"
	"suiji/internal/store"
)

// Service keeps passkeys.
type Service struct {
	db   *store.DB
	door *audit.Door
	now  func() time.Time
	site *webauthn.WebAuthn // nil: no address at which passkeys work
}

// New makes the service. It enrols and takes no key before At.
func New(db *store.DB, door *audit.Door, now func() time.Time) *Service {
	return &Service{db: db, door: door, now: now}
}

// At names the public address of the installation, e.g. https://host, before
// the first request. Keys are bound to its host and work from its origin alone.
// Browsers offer none over plain HTTP, but on localhost, and none at a bare IP
// address: then Origin stays empty.
func (s *Service) At(base string) { s.site = siteAt(base) }

// Place is the origin at which keys would work if base were the address; empty
// if nowhere.
func (s *Service) Place(base string) string { return (&Service{site: siteAt(base)}).Origin() }

// Away counts the keys that were registered at another host than base's, and
// open nothing there.
func (s *Service) Away(ctx context.Context, base string) (int, error) {
	host := ""
	if site := siteAt(base); site != nil {
		host = site.Config.RPID
	}
	return store.One(ctx, s.db, store.Value[int], `
		SELECT count(*)
		FROM passkey_key
		WHERE host <> '' AND host <> $1`, host)
}

func siteAt(base string) *webauthn.WebAuthn {
	u, err := url.Parse(base)
	if err != nil || u.Hostname() == "" || net.ParseIP(u.Hostname()) != nil || u.Scheme != "https" && (u.Scheme != "http" || u.Hostname() != "localhost") {
		return nil
	}
	site, err := webauthn.New(&webauthn.Config{
		RPID: strings.ToLower(u.Hostname()), RPDisplayName: "双随机、一公开 抽查平台", RPOrigins: []string{u.Scheme + "://" + u.Host},
		AttestationPreference:  protocol.PreferNoAttestation,
		AuthenticatorSelection: protocol.AuthenticatorSelection{ResidentKey: protocol.ResidentKeyRequirementDiscouraged, UserVerification: protocol.VerificationRequired},
	})
	if err != nil { // the host is no domain
		return nil
	}
	return site
}

// Origin is the address at which keys work; empty if they work nowhere.
func (s *Service) Origin() string {
	if s.site == nil {
		return ""
	}
	return s.site.Config.RPOrigins[0]
}

// Owner is whose key it is, and in which of his sign-ins it is asked for.
type Owner struct {
	Authority, Account string
	Username, Name     string // shown by the device
	Signin             string
}

// Purpose is what a challenge is for.
type Purpose string

// The purposes.
const (
	ToEnrol Purpose = "enrol"
	ToShow  Purpose = "show"
)

// Key is one key of an account.
type Key struct {
	ID, Name string
	Created  time.Time
	Used     time.Time // zero: not yet
	Copied   time.Time // zero: never; else since when it opens nothing

	credential webauthn.Credential
}

const keyCols = `key_id, name, credential, created_at, used_at, copied_at`

func scanKey(row store.Scanner) (k Key, err error) {
	var raw string
	var created, used, copied int64
	if err := row.Scan(&k.ID, &k.Name, &raw, &created, &used, &copied); err != nil {
		return k, err
	}
	k.Created, k.Used, k.Copied = at(created), at(used), at(copied)
	return k, json.Unmarshal([]byte(raw), &k.credential)
}

func at(ms int64) time.Time {
	if ms == 0 {
		return time.Time{}
	}
	return time.UnixMilli(ms)
}

// Keys returns an account's keys, the oldest first.
func (s *Service) Keys(ctx context.Context, authority, account string) ([]Key, error) {
	return keys(ctx, s.db, authority, account)
}

func keys(ctx context.Context, db *store.DB, authority, account string) ([]Key, error) {
	return store.All(ctx, db, scanKey, `
		SELECT `+keyCols+`
		FROM passkey_key
		WHERE authority_id = $1 AND account_id = $2
		ORDER BY created_at, key_id`, authority, account)
}

// holder is an owner as the library wants one. A copied key is no key.
type holder struct {
	Owner
	keys []Key
}

// WebAuthnID is what a device calls the account: nothing can be read from it.
func (h holder) WebAuthnID() []byte {
	sum := sha256.Sum256([]byte("suiji passkey\x00" + h.Authority + "\x00" + h.Account))
	return sum[:]
}

// WebAuthnName is what tells the owner's accounts apart.
func (h holder) WebAuthnName() string { return h.Username }

// WebAuthnDisplayName is the owner's name.
func (h holder) WebAuthnDisplayName() string { return h.Name }

// WebAuthnCredentials are the keys.
func (h holder) WebAuthnCredentials() (all []webauthn.Credential) {
	for _, k := range h.keys {
		if k.Copied.IsZero() {
			all = append(all, k.credential)
		}
	}
	return all
}

var nowhere = errs.E(errs.Invalid, "通行密钥只能在 https 域名（或 localhost）下使用，本系统现在的对外网址不行，没有办理。请用动态口令")
