package archive

import (
	"cmp"
	"context"
	"encoding/json"
	"slices"
	"strings"
	"time"

	"suiji/internal/errs"
	"suiji/internal/store"
)

// Holds reports whether a file is one of those that are looked for.
func (f Filter) Holds(x File) bool {
	text := x.Firm + " " + strings.ToUpper(x.FirmCode)
	for _, v := range x.Volumes {
		text += " " + v.Number
	}
	return (f.State == "" || x.State() == f.State) && (f.Year == 0 || x.Year == f.Year) &&
		(f.Text == "" || strings.Contains(text, f.Text) || strings.Contains(text, strings.ToUpper(f.Text)))
}

// readFiles reads the files of an authority, of one round or just one: those that are
// not sealed first, by their day, then by round and firm.
func readFiles(ctx context.Context, db *store.DB, authority string, k Key) ([]File, error) {
	where, args := store.Given([]any{authority}, "f.round_id", k.Round, "f.target_id", k.Target)
	all, err := store.All(ctx, db, func(row store.Scanner) (f File, err error) {
		var due string
		var changed int64
		if err := row.Scan(&f.Round, &f.Target, &f.Firm, &f.FirmCode, &f.Plan, &f.Year, &due, &f.Forms, &f.Concluded, &changed); err != nil {
			return f, err
		}
		f.Latest = store.Instant(changed)
		return f, f.Due.UnmarshalText([]byte(due))
	}, `
		SELECT f.round_id, f.target_id, t.name, t.code, p.plan_id, p.year, p.archive_on, count(*), count(*) FILTER (WHERE f.state = 'confirmed'), max(f.changed_at)
		FROM inspection_form f
		JOIN register_target t ON t.authority_id = f.authority_id AND t.target_id = f.target_id
		JOIN round r ON r.authority_id = f.authority_id AND r.round_id = f.round_id
		JOIN plan p ON p.authority_id = r.authority_id AND p.plan_id = r.plan_id
		WHERE f.authority_id = $1`+where+` AND NOT r.rehearsal AND r.state <> 'abandoned'
		GROUP BY f.round_id, f.target_id, t.name, t.code, p.plan_id, p.year, p.archive_on
		ORDER BY p.archive_on, f.round_id, min(f.no)`, args...)
	if err != nil {
		return nil, err
	}
	at, err := latest(ctx, db, authority, k)
	if err != nil {
		return nil, err
	}
	volumes, err := readVolumes(ctx, db, authority, k)
	if err != nil {
		return nil, err
	}
	for i := range all {
		f := &all[i]
		if x := at[f.Key]; x.After(f.Latest) {
			f.Latest = x
		}
		f.Volumes = volumes[f.Key]
	}
	slices.SortStableFunc(all, func(a, b File) int {
		return cmp.Compare(min(len(a.Volumes), 1), min(len(b.Volumes), 1))
	})
	return all, nil
}

func oneFile(ctx context.Context, db *store.DB, authority string, k Key) (File, error) {
	all, err := readFiles(ctx, db, authority, k)
	if err != nil {
		return File{}, err
	}
	i := slices.IndexFunc(all, func(f File) bool { return f.Key == k })
	if i < 0 {
		return File{}, errs.E(errs.NotFound, "没有这个案卷：这一轮没有给这家企业制作检查表")
	}
	return all[i], nil
}

// latest says when something about a file was recorded last, beside its forms:
// what followed, what was published, who objected, what was issued, what came
// from the spot. CROSS: from the forms on, or SQLite reads the other table whole.
func latest(ctx context.Context, db *store.DB, authority string, k Key) (map[Key]time.Time, error) {
	at := map[Key]time.Time{}
	where, args := store.Given([]any{authority}, "f.round_id", k.Round, "f.target_id", k.Target)
	type line struct {
		Key
		at int64
	}
	for _, x := range []struct{ table, form, at string }{
		{"casework_step", "form_id", "x.at"},
		{"disclosure_posting", "form_id", "x.posted_at"},
		{"disclosure_objection", "record_id", "CASE WHEN x.settled_at > 0 THEN x.settled_at WHEN x.answered_at > 0 THEN x.answered_at ELSE x.made_at END"},
		{"visit_record", "form_id", "x.received_at"},
		{"documents_paper", "form_id", "CASE WHEN x.void_at > x.issued_at THEN x.void_at ELSE x.issued_at END"},
		{"documents_file", "form_id", "x.kept_at"},
		{"visit_photo", "form_id", "x.received_at"},
	} {
		err := store.Each(ctx, db, func(row store.Scanner) (l line, err error) {
			err = row.Scan(&l.Round, &l.Target, &l.at)
			return l, err
		}, func(l line) error {
			if t := store.Instant(l.at); t.After(at[l.Key]) {
				at[l.Key] = t
			}
			return nil
		}, `
			SELECT f.round_id, f.target_id, max(`+x.at+`)
			FROM inspection_form f
			CROSS JOIN `+x.table+` x
			WHERE f.authority_id = $1`+where+` AND x.authority_id = f.authority_id AND x.`+x.form+` = f.form_id
			GROUP BY f.round_id, f.target_id
			ORDER BY f.round_id, f.target_id`, args...)
		if err != nil {
			return nil, err
		}
	}
	return at, nil
}

const volumeCols = `p.round_id, p.target_id, p.volume, p.number, p.year, p.seq, p.period, p.proposed, p.because, p.gaps, p.reason, p.facts, p.manifest, p.sha256, p.sm3, p.digest,
	p.size, p.files, p.sealed_by, p.sealed_name, p.sealed_at`

func scanVolume(row store.Scanner) (v Volume, err error) {
	var gaps, receiver, number, on, paper, kind, byID, byName string
	var sealed, at int64
	err = row.Scan(&v.Round, &v.Target, &v.No, &v.Number, &v.Year, &v.Seq, &v.Period, &v.Proposed, &v.Because, &gaps, &v.Reason, &v.Facts, &v.Manifest, &v.SHA256, &v.SM3, &v.Digest,
		&v.Size, &v.Files, &v.SealedBy, &v.SealedName, &sealed, &receiver, &number, &on, &paper, &kind, &byID, &byName, &at)
	if err != nil {
		return v, err
	}
	v.SealedAt = store.Instant(sealed)
	if at != 0 {
		v.Accession = &Accession{Receiver: receiver, Number: number, Paper: paper, Kind: kind, ByID: byID, ByName: byName, At: store.Instant(at)}
		if err := v.Accession.On.UnmarshalText([]byte(on)); err != nil {
			return v, err
		}
	}
	return v, json.Unmarshal([]byte(gaps), &v.Gaps)
}

// readVolumes reads sealed packages; a manifest is long, and only that of one
// file is read.
func readVolumes(ctx context.Context, db *store.DB, authority string, k Key) (map[Key][]Volume, error) {
	all, cols := map[Key][]Volume{}, volumeCols
	if k.Target == "" {
		cols = strings.Replace(cols, "p.manifest", "''", 1)
	}
	where, args := store.Given([]any{authority}, "p.round_id", k.Round, "p.target_id", k.Target)
	err := store.Each(ctx, db, scanVolume, func(v Volume) error {
		all[v.Key] = append(all[v.Key], v)
		return nil
	}, `
		SELECT `+cols+`,
			coalesce(a.receiver, ''), coalesce(a.number, ''), coalesce(a.received_on, ''), coalesce(a.paper, ''), coalesce(a.kind, ''), coalesce(a.by_id, ''), coalesce(a.by_name, ''), coalesce(a.at, 0)
		FROM archive_package p
		LEFT JOIN archive_accession a ON a.authority_id = p.authority_id AND a.round_id = p.round_id AND a.target_id = p.target_id AND a.volume = p.volume
		WHERE p.authority_id = $1`+where+`
		ORDER BY p.round_id, p.target_id, p.volume`, args...)
	return all, err
}

func insertVolume(ctx context.Context, tx *store.DB, authority string, v Volume) error {
	gaps, err := json.Marshal(append([]string{}, v.Gaps...))
	if err != nil {
		return err
	}
	_, err = tx.Exec(ctx, `
		INSERT INTO archive_package (authority_id, round_id, target_id, volume, number, year, seq, period, proposed, because, gaps, reason, facts, manifest, sha256, sm3, digest,
			size, files, sealed_by, sealed_name, sealed_at)
		VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18, $19, $20, $21, $22)`,
		authority, v.Round, v.Target, v.No, v.Number, v.Year, v.Seq, string(v.Period), string(v.Proposed), v.Because, string(gaps), v.Reason, v.Facts, v.Manifest, v.SHA256, v.SM3, v.Digest,
		v.Size, v.Files, v.SealedBy, v.SealedName, v.SealedAt.UnixMilli())
	return err
}

// nextSeq is the number of the next file of a year and period: without a gap,
// because a file is never taken out.
func nextSeq(ctx context.Context, db *store.DB, authority string, year int, p Period) (int, error) {
	return store.One(ctx, db, store.Value[int], `
		SELECT coalesce(max(seq), 0) + 1
		FROM archive_package
		WHERE authority_id = $1 AND year = $2 AND period = $3`, authority, year, string(p))
}

func insertAccession(ctx context.Context, tx *store.DB, authority string, v Volume, x Accession) error {
	_, err := tx.Exec(ctx, `
		INSERT INTO archive_accession (authority_id, round_id, target_id, volume, receiver, number, received_on, paper, kind, by_id, by_name, at)
		VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12)`,
		authority, v.Round, v.Target, v.No, x.Receiver, x.Number, x.On.String(), x.Paper, x.Kind, x.ByID, x.ByName, x.At.UnixMilli())
	return err
}
