package documents

import (
	"context"
	"encoding/json"
	"fmt"

	"suiji/internal/errs"
	"suiji/internal/inspection"
	"suiji/internal/store"
)

const paperCols = `p.document_id, p.kind, p.form_id, f.round_id, f.target_id, t.name, p.about, p.ref, p.replaces, p.state, p.fields, p.template, p.revision,
	p.made_name, p.made_at, p.changed_name, p.changed_at, p.year, p.no, p.number, p.content, p.issued_name, p.issued_at, p.docx, p.pdf,
	p.void_reason, p.void_name, p.void_at`

const paperTables = `documents_paper p
	JOIN inspection_form f ON f.authority_id = p.authority_id AND f.form_id = p.form_id
	JOIN register_target t ON t.authority_id = f.authority_id AND t.target_id = f.target_id`

func scanPaper(row store.Scanner) (p Paper, err error) {
	var fields, content string
	var made, changed, issued, void int64
	err = row.Scan(&p.ID, &p.Kind, &p.FormID, &p.RoundID, &p.TargetID, &p.Firm, &p.About, &p.Ref, &p.Replaces, &p.State, &fields, &p.Template, &p.Revision,
		&p.MadeName, &made, &p.ChangedName, &changed, &p.Year, &p.No, &p.Number, &content, &p.IssuedName, &issued, &p.DOCX, &p.PDF,
		&p.VoidReason, &p.VoidName, &void)
	if err != nil {
		return p, err
	}
	p.MadeAt, p.ChangedAt, p.IssuedAt, p.VoidAt = store.Instant(made), store.Instant(changed), store.Instant(issued), store.Instant(void)
	if err := json.Unmarshal([]byte(fields), &p.Fields); err != nil {
		return p, fmt.Errorf("fields of document %s: %w", p.ID, err)
	}
	p.Content, err = readContent(content)
	return p, err
}

// Paper returns one document. Errors: NotFound.
func (s *Service) Paper(ctx context.Context, authority, id string) (Paper, error) {
	return readPaper(ctx, s.DB, authority, id)
}

func readPaper(ctx context.Context, db *store.DB, authority, id string) (Paper, error) {
	piece, args := inspection.Within(ctx, authority, id)
	p, err := store.One(ctx, db, scanPaper, `
		SELECT `+paperCols+`
		FROM `+paperTables+`
		WHERE p.authority_id = $1 AND p.document_id = $2`+piece, args...)
	if errs.KindOf(err) == errs.NotFound {
		return p, errNoPaper
	}
	return p, err
}

// Filter says which documents a list holds. Empty fields hold all.
type Filter struct {
	RoundID  string
	TargetID string
	FormID   string
	Ref      string // made for this open end
	Kind     KindID
	State    State
	Year     int  // of the number
	Numbered bool // those that have a number

	First, Most int // how many are passed over, and taken at most; Most 0: all
}

const paperWhere = `p.authority_id = $1 AND ($2 = '' OR p.form_id = $2) AND ($3 = '' OR p.kind = $3) AND ($4 = '' OR p.state = $4) AND ($5 = 0 OR p.year = $5)
			AND ($6 = '' OR p.ref = $6) AND ($7 = 0 OR p.no > 0) AND ($8 = '' OR f.round_id = $8) AND ($9 = '' OR f.target_id = $9)`

func (fl Filter) where(ctx context.Context, authority string) (string, []any) {
	numbered := 0
	if fl.Numbered {
		numbered = 1
	}
	piece, args := inspection.Within(ctx, authority, fl.FormID, string(fl.Kind), string(fl.State), fl.Year, fl.Ref, numbered, fl.RoundID, fl.TargetID)
	return paperWhere + piece, args
}

// Papers lists documents: those with a number by year, kind and number, then
// the drafts, the newest first.
func (s *Service) Papers(ctx context.Context, authority string, fl Filter) ([]Paper, error) {
	where, args := fl.where(ctx, authority)
	window := ""
	if fl.Most > 0 {
		window = fmt.Sprintf("LIMIT %d OFFSET %d", fl.Most, max(0, fl.First))
	}
	return store.All(ctx, s.DB, scanPaper, `
		SELECT `+paperCols+`
		FROM `+paperTables+`
		WHERE `+where+`
		ORDER BY p.year DESC, p.kind, p.no DESC, p.made_at DESC, p.document_id
		`+window, args...)
}

// Count is how many documents Papers lists without its window.
func (s *Service) Count(ctx context.Context, authority string, fl Filter) (int, error) {
	where, args := fl.where(ctx, authority)
	return store.One(ctx, s.DB, store.Value[int], `SELECT count(*) FROM `+paperTables+` WHERE `+where, args...)
}

// Years are those in which numbers were given, the newest first.
func (s *Service) Years(ctx context.Context, authority string) ([]int, error) {
	return store.All(ctx, s.DB, store.Value[int], `
		SELECT DISTINCT year
		FROM documents_counter
		WHERE authority_id = $1
		ORDER BY year DESC`, authority)
}
