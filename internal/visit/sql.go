package visit

import (
	"context"
	"encoding/json"
	"fmt"
	"strings"
	"time"

	"suiji/internal/access"
	"suiji/internal/inspection"
	"suiji/internal/store"
)

// Stored is a record as it is kept.
type Stored struct {
	Record
	DeviceAt   time.Time // by the phone's clock
	ReceivedAt time.Time // by ours
	Account    string    // name
	State      string    // Kept or Stale

	digest, answer string
}

const recordCols = `record_id, form_id, kind, body, digest, device_at, received_at, account_name, state, answer`

func scanRecord(row store.Scanner) (r Stored, err error) {
	var received int64
	err = row.Scan(&r.ID, &r.Form, &r.Kind, &r.Body, &r.digest, &r.At, &received, &r.Account, &r.State, &r.answer)
	r.DeviceAt, r.ReceivedAt = store.Instant(r.At), store.Instant(received)
	return r, err
}

func readRecord(ctx context.Context, db *store.DB, authority, id string) (Stored, error) {
	return store.One(ctx, db, scanRecord, `
		SELECT `+recordCols+`
		FROM visit_record
		WHERE authority_id = $1 AND record_id = $2`, authority, id)
}

// Visit is all that was recorded of one form on the spot.
type Visit struct {
	Arrivals   []Arrived
	Photos     []Photo
	Signatures []Signed
	Stale      []Stored // results that were made from an older form; kept
	Rest       int      // points that were answered by one tap, in the last result
}

// Arrived is one arrival.
type Arrived struct {
	Stored
	Place
}

// Signed is a signature with what became of the text since.
type Signed struct {
	RecordID string
	Signature
	Text   string
	Digest string
	Gone   []string // lines that were signed and are no more
	Come   []string // lines that nobody signed
}

// Void reports whether a word has changed since.
func (s Signed) Void() bool { return len(s.Gone)+len(s.Come) > 0 }

// Path is the signature as a path of SVG.
func (s Signed) Path() string {
	var strokes [][]float64
	if err := json.Unmarshal([]byte(s.Strokes), &strokes); err != nil {
		return "" // it is kept as it came; what cannot be drawn is not shown
	}
	var b strings.Builder
	for _, x := range strokes {
		for i := 0; i+1 < len(x); i += 2 {
			fmt.Fprintf(&b, "%c%g %g", "ML"[min(i, 1)], x[i], x[i+1])
		}
	}
	return b.String()
}

// Visit returns what was recorded of a form.
func (s *Service) Visit(ctx context.Context, f inspection.Form) (v Visit, err error) {
	records, err := store.All(ctx, s.DB, scanRecord, `
		SELECT `+recordCols+`
		FROM visit_record
		WHERE authority_id = $1 AND form_id = $2
		ORDER BY received_at, record_id`, f.Authority, f.ID)
	if err != nil {
		return v, err
	}
	last := ""
	for _, r := range records {
		switch {
		case r.Kind == Arrival:
			a := Arrived{Stored: r}
			if err := json.Unmarshal([]byte(r.Body), &a.Place); err != nil {
				return v, err
			}
			v.Arrivals = append(v.Arrivals, a)
		case r.Kind == Result && r.State == Stale:
			v.Stale = append(v.Stale, r)
		case r.Kind == Result:
			var sheet Sheet
			if err := json.Unmarshal([]byte(r.Body), &sheet); err != nil {
				return v, err
			}
			last, v.Rest = r.ID, sheet.Rest
		}
	}
	if v.Photos, err = photos(ctx, s.DB, f); err != nil {
		return v, err
	}
	v.Signatures, err = s.signatures(ctx, f, last)
	return v, err
}

func (s *Service) signatures(ctx context.Context, f inspection.Form, record string) ([]Signed, error) {
	all, err := store.All(ctx, s.DB, func(row store.Scanner) (x Signed, err error) {
		err = row.Scan(&x.RecordID, &x.Role, &x.Officer, &x.Name, &x.Strokes, &x.Text, &x.Digest, &x.At)
		return x, err
	}, `
		SELECT record_id, role, officer_id, name, strokes, signed_text, digest, device_at
		FROM visit_signature
		WHERE authority_id = $1 AND record_id = $2
		ORDER BY role DESC`, f.Authority, record)
	now := Text(f)
	for i := range all {
		all[i].Gone, all[i].Come = Changes(all[i].Text, now)
	}
	return all, err
}

func keepSignatures(ctx context.Context, tx *store.DB, a access.Actor, r Record) error {
	var sheet Sheet
	if err := json.Unmarshal([]byte(r.Body), &sheet); err != nil {
		return err
	}
	for _, x := range sheet.Signatures {
		_, err := tx.Exec(ctx, `
			INSERT INTO visit_signature (authority_id, record_id, role, form_id, officer_id, name, strokes, signed_text, digest, device_at)
			VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)`,
			a.Authority, r.ID, x.Role, r.Form, x.Officer, x.Name, x.Strokes, sheet.Text, TextDigest(sheet.Text), x.At)
		if err != nil {
			return err
		}
	}
	return nil
}
