package roster

import (
	"context"
	"slices"
	"strings"
	"time"

	"suiji/calendar"
	"suiji/internal/access"
	"suiji/internal/errs"
	"suiji/internal/register"
	"suiji/internal/store"
	"suiji/internal/wording"
)

// Standing is what has become of a certificate, apart from its last day.
type Standing string

// The standings.
const (
	Valid     Standing = "valid"
	Suspended Standing = "suspended" // 暂扣: until it is given back
	Revoked   Standing = "revoked"   // 吊销: for good
)

// Standings lists the standings.
var Standings = []Standing{Valid, Suspended, Revoked}

// Name returns a standing in Chinese.
func (s Standing) Name() string {
	return map[Standing]string{Valid: "有效", Suspended: "暂扣", Revoked: "吊销、注销"}[s]
}

// Certificate is one certificate of an officer (执法证).
type Certificate struct {
	OfficerID string
	Number    string
	Issuer    string // 发证机关; not known of the register's own
	Kind      string
	Fields    []string      // 执法领域
	Starts    calendar.Date // zero: not known
	Until     calendar.Date // last day of validity
	Own       bool          // the register's own: its number is the drawn identifier
	Standing  Standing      // on the day that was asked for
	Why       string        // of the standing
	Since     calendar.Date // of the standing; zero: from the beginning
	By        string
	At        time.Time
}

// On says what the certificate is worth on a day; empty: it is valid.
func (c Certificate) On(on calendar.Date) Reason {
	switch {
	case c.Standing == Revoked:
		return CertRevoked
	case c.Standing == Suspended:
		return CertSuspended
	case c.Until.Before(on):
		return CertExpires
	case on.Before(c.Starts):
		return CertNotYet
	}
	return ""
}

// Covers reports whether it is for a field; the empty field is any.
func (c Certificate) Covers(field string) bool {
	return field == "" || slices.Contains(c.Fields, field)
}

func own(o register.Officer) Certificate {
	return Certificate{OfficerID: o.ID, Number: o.CertNo, Kind: o.CertKind, Fields: o.Fields, Until: o.CertUntil, Own: true, Standing: Valid}
}

const certificateCols = `officer_id, number, issuer, kind, fields, starts, until, by_name, at`

func scanCertificate(row store.Scanner) (c Certificate, err error) {
	var fields, starts, until string
	var at int64
	if err = row.Scan(&c.OfficerID, &c.Number, &c.Issuer, &c.Kind, &fields, &starts, &until, &c.By, &at); err != nil {
		return c, err
	}
	if fields != "" {
		c.Fields = strings.Split(fields, "\n")
	}
	c.At, c.Standing = time.UnixMilli(at).UTC(), Valid
	if err = day(starts, &c.Starts); err == nil {
		err = day(until, &c.Until)
	}
	return c, err
}

// Event is a change of a certificate's standing.
type Event struct {
	OfficerID string
	Number    string
	No        int
	Standing  Standing
	Since     calendar.Date
	Reason    string
	By        string
	At        time.Time
}

func scanEvent(row store.Scanner) (e Event, err error) {
	var since string
	var at int64
	if err = row.Scan(&e.OfficerID, &e.Number, &e.No, &e.Standing, &since, &e.Reason, &e.By, &at); err != nil {
		return e, err
	}
	e.At = time.UnixMilli(at).UTC()
	return e, day(since, &e.Since)
}

// Events returns what happened to the certificates of one officer, or of all
// for an empty id, in the order in which it was entered.
func (s *Service) Events(ctx context.Context, authority, officerID string) ([]Event, error) {
	return events(ctx, s.db, authority, officerID)
}

func events(ctx context.Context, db *store.DB, authority, officerID string) ([]Event, error) {
	return store.All(ctx, db, scanEvent, `
		SELECT officer_id, number, no, standing, since, reason, by_name, at
		FROM roster_standing
		WHERE authority_id = $1 AND (officer_id = $2 OR $2 = '')
		ORDER BY officer_id, number, no`, authority, officerID)
}

// Held returns the certificates that are suspended or revoked on a day, by
// number.
func (s *Service) Held(ctx context.Context, authority string, on calendar.Date) (map[string]Standing, error) {
	all, err := events(ctx, s.db, authority, "")
	out := map[string]Standing{}
	for _, e := range all {
		if on.Before(e.Since) {
			continue
		}
		if delete(out, e.Number); e.Standing != Valid {
			out[e.Number] = e.Standing
		}
	}
	return out, err
}

// further returns the certificates beside the register's own.
func further(ctx context.Context, db *store.DB, authority, officerID string) ([]Certificate, error) {
	return store.All(ctx, db, scanCertificate, `
		SELECT `+certificateCols+`
		FROM roster_certificate
		WHERE authority_id = $1 AND (officer_id = $2 OR $2 = '')
		ORDER BY officer_id, number, starts`, authority, officerID)
}

// Ending is a certificate beside the register's own that runs out.
type Ending struct {
	OfficerID string
	Name      string // of the officer
	Number    string
	Until     calendar.Date
}

// Endings lists the certificates beside the register's own that run out by a
// day, for the board of what is due: until one of its number or for the same
// fields lasts longer, or it is revoked.
func Endings(ctx context.Context, db *store.DB, authority string, by calendar.Date) ([]Ending, error) {
	return store.All(ctx, db, func(row store.Scanner) (e Ending, err error) {
		var until string
		if err := row.Scan(&e.OfficerID, &e.Name, &e.Number, &until); err != nil {
			return e, err
		}
		return e, day(until, &e.Until)
	}, `
		SELECT c.officer_id, o.name, c.number, c.until
		FROM roster_certificate c
		JOIN register_officer o ON o.authority_id = c.authority_id AND o.officer_id = c.officer_id
		WHERE c.authority_id = $1 AND o.active AND c.until <= $2
			AND NOT EXISTS (
				SELECT 1
				FROM roster_certificate l
				WHERE l.authority_id = c.authority_id AND l.officer_id = c.officer_id AND l.until > c.until AND (l.number = c.number OR l.fields = c.fields))
			AND NOT EXISTS (
				SELECT 1
				FROM roster_standing s
				WHERE s.authority_id = c.authority_id AND s.officer_id = c.officer_id AND s.number = c.number AND s.standing = 'revoked')
		ORDER BY c.until, c.officer_id, c.number`, authority, by.String())
}

// stand puts the standing that holds on a day on a certificate: of those that
// have begun the one that was entered last.
func (c *Certificate) stand(all []Event, on calendar.Date) {
	for _, e := range all {
		if e.OfficerID == c.OfficerID && e.Number == c.Number && !on.Before(e.Since) {
			c.Standing, c.Why, c.Since = e.Standing, e.Reason, e.Since
		}
	}
}

// Certificates returns an officer's certificates as they stand on a day, the
// register's own first.
func (s *Service) Certificates(ctx context.Context, authority string, o register.Officer, on calendar.Date) ([]Certificate, error) {
	more, err := further(ctx, s.db, authority, o.ID)
	if err != nil {
		return nil, err
	}
	happened, err := events(ctx, s.db, authority, o.ID)
	all := append([]Certificate{own(o)}, more...)
	for i := range all {
		all[i].stand(happened, on)
	}
	return all, err
}

// NewCertificate is a certificate as it was typed.
type NewCertificate struct{ Number, Issuer, Kind, Fields, Starts, Until string }

// AddCertificate enters a certificate beside the register's own. The renewal of
// one has its number and another first day. Errors: Invalid at an input;
// NotFound; Conflict if it is there, or if another officer has it.
func (s *Service) AddCertificate(ctx context.Context, a access.Actor, officerID string, n NewCertificate) error {
	var f form
	c := Certificate{Number: strings.ToUpper(f.text("number", "证号", n.Number, true, 40)), Issuer: f.text("issuer", "发证机关", n.Issuer, true, 60),
		Kind: f.text("kind", "证件类型", n.Kind, false, 40), Fields: wording.Split(n.Fields),
		Starts: f.date("starts", "起日", n.Starts, true), Until: f.date("until", "有效期至", n.Until, true)}
	f.span("until", c.Starts, c.Until)
	if len(c.Fields) == 0 {
		f.bad("fields", "请填写执法领域；没有领域的证件不能用于抽取")
	}
	if err := f.err(); err != nil {
		return err
	}
	return s.do(ctx, a, officerID, "certificate", func(tx *store.DB) error {
		taken, err := store.One(ctx, tx, store.Value[int], `
			SELECT (SELECT count(*) FROM roster_certificate WHERE authority_id = $1 AND number = $2 AND officer_id <> $3 AND issuer = $4)
				+ (SELECT count(*) FROM register_officer WHERE authority_id = $1 AND cert_no = $2 AND active)`, a.Authority, c.Number, officerID, c.Issuer)
		if err != nil {
			return err
		}
		if taken > 0 {
			return errs.At("number", "这个证号已经登记：它是名录里的证件，或者属于另一名执法人员。名录里的证件在“修改”里换有效期")
		}
		added, err := tx.Exec(ctx, `
			INSERT INTO roster_certificate (authority_id, `+certificateCols+`)
			VALUES (`+store.Places(1, 10)+`)
			ON CONFLICT (authority_id, officer_id, number, starts) DO NOTHING`, a.Authority, officerID, c.Number, c.Issuer, c.Kind,
			strings.Join(c.Fields, "\n"), c.Starts.String(), c.Until.String(), a.Name, s.now().UnixMilli())
		return once(added, err, "这张证件此前已登记，没有改动")
	})
}

// Stand enters what has become of a certificate, from a day on. Errors:
// Invalid at an input; NotFound; Conflict if it stands so already.
func (s *Service) Stand(ctx context.Context, a access.Actor, officerID, number string, to Standing, since, reason string) error {
	var f form
	from := f.date("since", "起日", since, true)
	reason = f.text("why", "原因", reason, true, 200)
	if to.Name() == "" {
		f.bad("standing", "请选择证件状态")
	}
	if err := f.err(); err != nil {
		return err
	}
	o, err := s.register.Officer(ctx, a.Authority, officerID)
	if err != nil {
		return err
	}
	return s.do(ctx, a, officerID, "standing", func(tx *store.DB) error {
		more, err := further(ctx, tx, a.Authority, officerID)
		if err != nil {
			return err
		}
		i := slices.IndexFunc(append(more, own(o)), func(c Certificate) bool { return c.Number == number })
		if i < 0 {
			return errs.At("certificate", "请选择证件")
		}
		happened, err := events(ctx, tx, a.Authority, officerID)
		if err != nil {
			return err
		}
		c := Certificate{OfficerID: officerID, Number: number, Standing: Valid}
		c.stand(happened, from)
		if c.Standing == to {
			return errs.E(errs.Conflict, "这张证件此前已是“"+to.Name()+"”，没有改动")
		}
		no := 1
		for _, e := range happened {
			if e.Number == number {
				no = e.No + 1
			}
		}
		_, err = tx.Exec(ctx, `
			INSERT INTO roster_standing (authority_id, officer_id, number, no, standing, since, reason, by_name, at)
			VALUES (`+store.Places(1, 9)+`)`, a.Authority, officerID, number, no, string(to), from.String(), reason, a.Name, s.now().UnixMilli())
		return err
	})
}
