package ceremony

import (
	"context"

	"suiji/internal/store"
)

const witnessCols = `authority_id, round_id, half, no, who, invitation, phone, seen, commitment,
	invited_at, joined_at, committed_at, refused_at, withdrawn_at`

func scanWitness(row store.Scanner) (w Witness, err error) {
	var invited, joined, committed, refused, withdrawn int64
	err = row.Scan(&w.Authority, &w.RoundID, &w.Half, &w.No, &w.Who, &w.invitation, &w.phone, &w.seen, &w.Commitment,
		&invited, &joined, &committed, &refused, &withdrawn)
	w.InvitedAt, w.JoinedAt, w.CommittedAt = store.Instant(invited), store.Instant(joined), store.Instant(committed)
	w.RefusedAt, w.WithdrawnAt = store.Instant(refused), store.Instant(withdrawn)
	return w, err
}

func readWitnesses(ctx context.Context, db *store.DB, authority, id, half string) ([]Witness, error) {
	return store.All(ctx, db, scanWitness, `
		SELECT `+witnessCols+`
		FROM ceremony_witness
		WHERE authority_id = $1 AND round_id = $2 AND half = $3 AND withdrawn_at = 0
		ORDER BY no`, authority, id, half)
}

// readWitness returns a witness as the transaction sees it.
func readWitness(ctx context.Context, tx *store.DB, w Witness) (Witness, error) {
	return store.One(ctx, tx, scanWitness, `
		SELECT `+witnessCols+`
		FROM ceremony_witness
		WHERE authority_id = $1 AND round_id = $2 AND half = $3 AND no = $4`, w.Authority, w.RoundID, w.Half, w.No)
}

func insertWitness(ctx context.Context, tx *store.DB, w Witness) error {
	_, err := tx.Exec(ctx, `
		INSERT INTO ceremony_witness (`+witnessCols+`)
		VALUES ($1, $2, $3, $4, $5, $6, '', '', '', $7, 0, 0, 0, 0)`,
		w.Authority, w.RoundID, w.Half, w.No, w.Who, w.invitation, w.InvitedAt.UnixMilli())
	return err
}

// saveWitness writes what became of a witness.
func saveWitness(ctx context.Context, tx *store.DB, w Witness) error {
	_, err := tx.Exec(ctx, `
		UPDATE ceremony_witness
		SET invitation = $5, phone = $6, seen = $7, commitment = $8,
			invited_at = $9, joined_at = $10, committed_at = $11, refused_at = $12, withdrawn_at = $13
		WHERE authority_id = $1 AND round_id = $2 AND half = $3 AND no = $4`,
		w.Authority, w.RoundID, w.Half, w.No, w.invitation, w.phone, w.seen, w.Commitment,
		store.Millis(w.InvitedAt), store.Millis(w.JoinedAt), store.Millis(w.CommittedAt), store.Millis(w.RefusedAt), store.Millis(w.WithdrawnAt))
	return err
}

// newest returns the half that a round is at and its state, as the
// transaction sees it.
func newest(ctx context.Context, db *store.DB, authority, id string) (half, state string, err error) {
	type draw struct{ half, state string }
	all, err := store.All(ctx, db, func(row store.Scanner) (d draw, err error) {
		err = row.Scan(&d.half, &d.state)
		return d, err
	}, `
		SELECT half, state
		FROM round_draw
		WHERE authority_id = $1 AND round_id = $2
		ORDER BY CASE half WHEN 'targets' THEN 0 ELSE 1 END, length(half), half`, authority, id)
	if err != nil || len(all) == 0 {
		return "", "", err
	}
	last := all[len(all)-1]
	return last.half, last.state, nil
}

// missing is a witness of the sealed half who has not revealed.
type missing struct {
	name, who string
}

// readMissing returns the witnesses' secrets that are not revealed, and how
// many public rolls and beacons have not been entered.
func readMissing(ctx context.Context, tx *store.DB, authority, id, half string) (all []missing, rolls int, err error) {
	err = store.Each(ctx, tx, func(row store.Scanner) (x [3]string, err error) {
		err = row.Scan(&x[0], &x[1], &x[2])
		return x, err
	}, func(x [3]string) error {
		if x[0] != "committed" {
			rolls++
			return nil
		}
		all = append(all, missing{x[1], x[2]})
		return nil
	}, `
		SELECT kind, name, who
		FROM round_source
		WHERE authority_id = $1 AND round_id = $2 AND half = $3 AND value = '' AND by <> 'bureau'
		ORDER BY no`, authority, id, half)
	return all, rolls, err
}
