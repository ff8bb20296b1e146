// Package ceremony lets a draw be held in public: the operator invites
// witnesses before the seal, each makes a secret on a telephone of their own,
// commits to it, and reveals it after the seal and the rolls. It tells the
// room, step by step, what everybody may see. It owns the table
// ceremony_witness; the draw itself is package round's.
//
// A witness's states:
//
//	invited → joined → committed → (seal) → revealed
//	   └ withdrawn         └ refused → the draw is abandoned, by the rule shown before
//
// A secret reaches the server only when it is revealed. Of an invitation only
// the hash is kept; it is good for one joining: from then on the telephone has
// a token of its own, so that whoever photographs the QR code from the wall
// gets nothing.
package ceremony

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"strings"
	"sync"
	"time"

	"suiji/draw"
	"suiji/internal/access"
	"suiji/internal/audit"
	"suiji/internal/canon"
	"suiji/internal/errs"
	"suiji/internal/identity"
	"suiji/internal/register"
	"suiji/internal/round"
	"suiji/internal/scribe"
	"suiji/internal/store"
)

// Rule is shown before the seal and holds after it (product.md, decision 3).
const Rule = "见证人封存后不公开自己的随机数的，本次抽取作废，其身份写入作废原因，永久公开；不用其余随机数代替，也不重抽。"

// Config is what a Service stands on. All are required.
type Config struct {
	DB       *store.DB
	Door     *audit.Door
	Scribe   *scribe.Scribe
	Now      func() time.Time
	Identity *identity.Service
	Register *register.Service
	Round    *round.Service
}

// Service holds ceremonies.
type Service struct {
	Config
	rows sync.Map // round id + half + named → []Row: an outcome never changes
}

// New makes the service.
func New(c Config) *Service { return &Service{Config: c} }

// Witness is one invited witness of one half of a round.
type Witness struct {
	Authority   string
	RoundID     string
	Half        string
	No          int
	Who         string // the office that is spoken for
	Commitment  string // empty: none yet
	InvitedAt   time.Time
	JoinedAt    time.Time
	CommittedAt time.Time
	RefusedAt   time.Time
	WithdrawnAt time.Time

	invitation, phone string // hashes
	seen              string
}

// Name is what the manifest calls the witness's secret.
func (w Witness) Name() string { return fmt.Sprintf("witness-%d", w.No) }

// actor is the witness at the door.
func (w Witness) actor() access.Actor {
	return access.Actor{Authority: w.Authority, ID: w.subject() + "." + w.Name(), Name: w.Who, Roles: []access.Role{access.Witness}}
}

// subject is the draw that the witness belongs to, as the ledger calls it.
func (w Witness) subject() string { return w.RoundID + "." + w.Half }

// Fingerprint is what wall and telephones compare: the digest of everything
// that is sealed but the numbers and who gives them, which is the manifest
// without its members seed and witnesses. It stands before the first number
// exists, and anybody can work it out again from the sealed manifest.
func Fingerprint(m draw.Manifest) (string, error) {
	v, err := canon.Parse(m.JSON())
	if err != nil {
		return "", err
	}
	members, ok := v.(map[string]any)
	if !ok {
		return "", fmt.Errorf("manifest of %s is no object", m.ID)
	}
	delete(members, "seed")
	delete(members, round.OfficesMember)
	raw, err := canon.JSON(members)
	if err != nil {
		return "", err
	}
	return m.Hash.Hex(raw), nil
}

// hashToken is how a token is kept.
func hashToken(token string) string {
	sum := sha256.Sum256([]byte(token))
	return hex.EncodeToString(sum[:])
}

// split parts the address of a witness's page: authority and token.
func split(address string) (authority, token string, err error) {
	authority, token, ok := strings.Cut(address, ".")
	if !ok || len(token) < minToken || len(token) > maxToken {
		return "", "", unknown()
	}
	return authority, token, nil
}

// A token holds at least 128 bits.
const minToken, maxToken = 26, 64

func unknown() error {
	return errs.E(errs.NotFound, "没有这个见证邀请。请核对二维码，或者向主持人要一个新的邀请")
}

// Find returns the witness whose telephone opens an address. joined tells
// whether the address is that of the telephone, not of the invitation.
func (s *Service) Find(ctx context.Context, address string) (w Witness, joined bool, err error) {
	authority, token, err := split(address)
	if err != nil {
		return w, false, err
	}
	h := hashToken(token)
	w, err = store.One(ctx, s.DB, scanWitness, `
		SELECT `+witnessCols+`
		FROM ceremony_witness
		WHERE authority_id = $1 AND (invitation = $2 OR phone = $2)`, authority, h)
	if errs.KindOf(err) == errs.NotFound {
		return w, false, unknown()
	}
	return w, w.phone == h, err
}

// Witnesses returns those invited to one half of a round, without those whose
// invitation was taken back.
func (s *Service) Witnesses(ctx context.Context, authority, id, half string) ([]Witness, error) {
	return readWitnesses(ctx, s.DB, authority, id, half)
}
