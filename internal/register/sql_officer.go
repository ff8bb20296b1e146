package register

import (
	"context"
	"strings"

	"suiji/internal/store"
)

const officerCols = `officer_id, cert_no, cert_kind, cert_until, name, unit, post, phone, fields, active, reason, version, since`

func scanOfficer(row store.Scanner) (o Officer, err error) {
	var until, fields, since string
	err = row.Scan(&o.ID, &o.CertNo, &o.CertKind, &until, &o.Name, &o.Unit, &o.Post, &o.Phone, &fields, &o.Active, &o.Reason, &o.Version, &since)
	if err != nil {
		return o, err
	}
	o.Fields = words(fields)
	o.CertUntil, err = day(until)
	if err == nil {
		o.Since, err = day(since)
	}
	return o, err
}

func loadOfficers(ctx context.Context, db *store.DB, authority string, ids []string) ([]Officer, error) {
	return store.All(ctx, db, scanOfficer, `
		SELECT `+officerCols+`
		FROM register_officer
		WHERE authority_id = $1 AND officer_id IN (`+store.Places(2, len(ids))+`)`, args(authority, ids)...)
}

func officerNamesakes(ctx context.Context, db *store.DB, authority string, names []string) ([]Namesake, error) {
	return store.All(ctx, db, scanNamesake, `
		SELECT name, officer_id, cert_no
		FROM register_officer
		WHERE authority_id = $1 AND active AND name IN (`+store.Places(2, len(names))+`)
		ORDER BY officer_id`, args(authority, names)...)
}

func saveOfficers(ctx context.Context, tx *store.DB, authority string, at Moment) (*Saver[Officer], error) {
	cols := tables[Officers].cols
	s := &Saver[Officer]{
		main: &store.Bulk{Ctx: ctx, Tx: tx, Cols: 16,
			Insert: `INSERT INTO register_officer (authority_id, ` + cols + `) VALUES `,
			Tail:   tables[Officers].replacing()},
		children: &store.Bulk{Ctx: ctx, Tx: tx, Cols: 3,
			Insert: `INSERT INTO register_officer_field (authority_id, officer_id, field) VALUES `},
		prefix: []any{authority},
		row: func(o Officer) []any {
			return []any{authority, o.ID, o.CertNo, o.CertKind, o.CertUntil.String(), o.Name, o.Unit, o.Post, o.Phone,
				strings.Join(o.Fields, "\n"), o.Active, o.Reason, at.Version, at.Effective.String(), o.search(), digestOf(o.Canonical(nil))}
		},
		parts: func(o Officer) [][]any { return single(o.Fields) },
	}
	s.children.Before = s.main.Flush
	return s, s.prepare(ctx, tx, Officers, at, `DELETE FROM register_officer_field WHERE authority_id = $1 AND officer_id = $2`)
}
