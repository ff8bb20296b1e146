package scribe

import (
	"context"
	"fmt"
	"net/url"

	"golang.org/x/mod/sumdb/tlog"

	"suiji/internal/errs"
	"suiji/internal/store"
	"suiji/ledger"
)

// Evidence returns what a draw's bundle says of the ledger (bundle.md): the
// subject's round.sealed, one round.rolled for each public source in the
// manifest's order, and its round.drawn, proven in the tree of size entries
// (0: the newest). Errors: Conflict while one of them has no position there;
// NotFound if no checkpoint of that size was signed.
func (s *Scribe) Evidence(ctx context.Context, authority, subject string, public []string, size int64) (ledger.Evidence, error) {
	signed, size, err := s.checkpointAt(ctx, authority, size)
	if err != nil {
		return ledger.Evidence{}, fmt.Errorf("evidence of %s: %w", subject, err)
	}
	k, err := s.key(ctx, authority)
	if err != nil {
		return ledger.Evidence{}, err
	}
	all, err := s.Entries(ctx, authority, subject)
	if err != nil {
		return ledger.Evidence{}, err
	}
	if signed, err = ledger.Bare(signed, k.verifier); err != nil {
		return ledger.Evidence{}, opened(err)
	}
	v := ledger.Evidence{Checkpoint: signed, Key: k.verifier}
	picked, err := pick(all, public)
	if err != nil {
		return ledger.Evidence{}, fmt.Errorf("evidence of %s: %w", subject, err)
	}
	for _, r := range picked {
		p, err := s.prove(ctx, authority, r, size)
		if err != nil {
			return ledger.Evidence{}, fmt.Errorf("evidence of %s: %w", subject, err)
		}
		v.Entries = append(v.Entries, p)
	}
	_, err = v.Open()
	return v, opened(err)
}

// pick returns the entries of a draw that a bundle holds, each exactly once.
func pick(all []Recorded, public []string) ([]Recorded, error) {
	found := map[string][]Recorded{}
	for _, r := range all {
		name := string(r.Entry.Type)
		if r.Entry.Type == ledger.RoundRolled {
			name += fmt.Sprint(" ", r.Entry.Data["source"])
		}
		found[name] = append(found[name], r)
	}
	names := []string{string(ledger.RoundSealed)}
	for _, source := range public {
		names = append(names, string(ledger.RoundRolled)+" "+source)
	}
	var picked []Recorded
	for _, name := range append(names, string(ledger.RoundDrawn)) {
		if n := len(found[name]); n != 1 {
			return nil, errs.E(errs.Conflict, fmt.Sprintf("台账中本次抽取应有且只有一条 %s，现有 %d 条", name, n))
		}
		picked = append(picked, found[name][0])
	}
	return picked, nil
}

// prove returns the entry with its proof in the tree of size.
func (s *Scribe) prove(ctx context.Context, authority string, r Recorded, size int64) (ledger.Proven, error) {
	if r.Position < 0 || r.Position >= size {
		return ledger.Proven{}, errs.E(errs.Conflict, "这条记录正在写入公开台账，请稍等几秒再试")
	}
	proof, err := tlog.ProveRecord(size, r.Position, reader(ctx, s.db, authority))
	if err != nil {
		return ledger.Proven{}, fmt.Errorf("prove position %d in %d: %w", r.Position, size, err)
	}
	return ledger.Proven{Entry: r.Entry, Index: r.Position, Proof: proof}, nil
}

// opened takes the outcome of checking a proof before it is handed out: damage
// in the database is noticed here and not by a citizen.
func opened(err error) error {
	if err != nil {
		return errs.Because(errs.Conflict, "台账数据与已签发的检查点不符，数据已损坏或被改动。请从备份恢复数据库", err)
	}
	return nil
}

// ReceiptPath is the address of a receipt below the public site.
func ReceiptPath(authority string, position int64) string {
	return fmt.Sprintf("/ledger/%s/receipt/%d", authority, position)
}

// CheckPath is the address of the page that checks it in the browser.
func CheckPath(authority string, position int64) string {
	return fmt.Sprintf("/verify/receipt?authority=%s&position=%d", url.QueryEscape(authority), position)
}

// Receipt returns the receipt of the entry at a position, as text (C2SP
// tlog-proof): under the newest checkpoint that a witness has cosigned, or
// under the newest of all if there is none over the entry. Errors: NotFound.
func (s *Scribe) Receipt(ctx context.Context, authority string, position int64) (string, error) {
	size, err := s.bestSize(ctx, authority, position)
	if err != nil {
		return "", err
	}
	signed, size, err := s.checkpointAt(ctx, authority, size)
	if err == nil {
		signed, _, err = s.cosigned(ctx, authority, signed, size)
	}
	if err != nil {
		return "", fmt.Errorf("receipt %d: %w", position, err)
	}
	k, err := s.key(ctx, authority)
	if err != nil {
		return "", err
	}
	r, err := store.One(ctx, s.db, scanRecorded, `
		SELECT `+recordedCols+`
		FROM ledger_entry
		WHERE authority_id = $1 AND position = $2`, authority, position)
	if err != nil {
		return "", fmt.Errorf("receipt %d: %w", position, err)
	}
	p, err := s.prove(ctx, authority, r, size)
	if err != nil {
		return "", err
	}
	receipt := ledger.Receipt{Proven: p, Checkpoint: signed}
	if _, err := receipt.Open(k.verifier, k.further...); err != nil {
		return "", opened(err)
	}
	return receipt.Text()
}
