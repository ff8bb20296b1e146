package intake

import (
	"context"
	"encoding/json"
	"fmt"
	"time"

	"suiji/internal/access"
	"suiji/internal/errs"
	"suiji/internal/register"
	"suiji/internal/store"
)

// Import is one file that was checked, and perhaps written. Its state goes
// from checked to written or dropped, and no further.
type Import struct {
	ID        string
	List      register.List
	FileName  string
	Digest    string // SHA-256 of the file, in hex
	State     ImportState
	Columns   []Column // the file's headings and what becomes of each
	Total     int      // rows with anything on them, below the header
	Accepted  int      // can be written, warned and merged ones among them
	Warned    int
	Rejected  int
	Merged    int // said the same as a row above
	Added     int // as counted when checked; once written, as written
	Changed   int
	Unchanged int
	Unlisted  int   // issues beyond those that are kept
	Version   int64 // of the list, after it; 0: not written, or nothing changed
	CheckedBy string
	CheckedAt time.Time
	WrittenBy string
	WrittenAt time.Time // zero: not written
}

// ImportState says how far an import has come.
type ImportState string

// The states.
const (
	Checked ImportState = "checked"
	Written ImportState = "written"
	Dropped ImportState = "dropped"
)

// Name returns the Chinese name of a state.
func (s ImportState) Name() string {
	switch s {
	case Checked:
		return "待确认"
	case Written:
		return "已导入"
	}
	return "已放弃"
}

// Unknown returns the headings that the register does not know.
func (i Import) Unknown() []string {
	var names []string
	for _, c := range i.Columns {
		if c.Field == "" {
			names = append(names, c.Heading)
		}
	}
	return names
}

const importCols = `import_id, list, file_name, digest, state, columns, total, accepted, warned, rejected, merged, added, changed, unchanged, unlisted, version, checked_name, checked_at, written_name, written_at`

func scanImport(row store.Scanner) (i Import, err error) {
	var columns string
	var checked, written int64
	err = row.Scan(&i.ID, &i.List, &i.FileName, &i.Digest, &i.State, &columns, &i.Total, &i.Accepted, &i.Warned, &i.Rejected,
		&i.Merged, &i.Added, &i.Changed, &i.Unchanged, &i.Unlisted, &i.Version, &i.CheckedBy, &checked, &i.WrittenBy, &written)
	if err != nil {
		return i, err
	}
	i.CheckedAt, i.WrittenAt = instant(checked), instant(written)
	return i, json.Unmarshal([]byte(columns), &i.Columns)
}

// Import returns one import.
func (s *Service) Import(ctx context.Context, authority, id string) (Import, error) {
	return readImport(ctx, s.db, authority, id)
}

func readImport(ctx context.Context, db *store.DB, authority, id string) (Import, error) {
	return store.One(ctx, db, scanImport, `
		SELECT `+importCols+`
		FROM intake_import
		WHERE authority_id = $1 AND import_id = $2`, authority, id)
}

// Imports returns the newest imports of a list (empty: of all), newest first.
func (s *Service) Imports(ctx context.Context, authority string, list register.List, limit int) ([]Import, error) {
	return store.All(ctx, s.db, scanImport, `
		SELECT `+importCols+`
		FROM intake_import
		WHERE authority_id = $1 AND (list = $2 OR $2 = '')
		ORDER BY import_id DESC
		LIMIT $3`, authority, string(list), limit)
}

func insertImport(ctx context.Context, tx *store.DB, a access.Actor, i Import) error {
	columns, err := json.Marshal(i.Columns)
	if err != nil {
		return err
	}
	_, err = tx.Exec(ctx, `
		INSERT INTO intake_import (authority_id, checked_by, `+importCols+`)
		VALUES (`+store.Places(1, 22)+`)`,
		a.Authority, a.ID, i.ID, string(i.List), i.FileName, i.Digest, string(i.State), string(columns), i.Total, i.Accepted, i.Warned, i.Rejected,
		i.Merged, i.Added, i.Changed, i.Unchanged, i.Unlisted, i.Version, i.CheckedBy, i.CheckedAt.UnixMilli(), i.WrittenBy, 0)
	return err
}

const issueCols = `line, col, rule, severity, value, sentence`

func scanIssue(row store.Scanner) (i Issue, err error) {
	err = row.Scan(&i.Line, &i.Column, &i.Rule, &i.Severity, &i.Value, &i.Sentence)
	return i, err
}

// IssueFilter chooses issues of an import. The zero filter has all of them.
type IssueFilter struct {
	Severity Severity // empty: both
	Skip     int
	Limit    int // 0: no limit
}

// Issues returns issues of an import in the order of the file, and how many
// there are.
func (s *Service) Issues(ctx context.Context, authority, importID string, f IssueFilter) ([]Issue, int, error) {
	const where = `
		FROM intake_issue
		WHERE authority_id = $1 AND import_id = $2 AND (severity = $3 OR $3 = '')`
	n, err := store.One(ctx, s.db, store.Value[int], `SELECT count(*)`+where, authority, importID, string(f.Severity))
	if err != nil {
		return nil, 0, err
	}
	limit := f.Limit
	if limit == 0 {
		limit = n
	}
	issues, err := store.All(ctx, s.db, scanIssue, `
		SELECT `+issueCols+where+`
		ORDER BY no
		LIMIT $4 OFFSET $5`, authority, importID, string(f.Severity), limit, f.Skip)
	return issues, n, err
}

func insertIssues(ctx context.Context, tx *store.DB, authority, importID string, issues []Issue) error {
	b := &store.Bulk{Ctx: ctx, Tx: tx, Cols: 9,
		Insert: `INSERT INTO intake_issue (authority_id, import_id, no, ` + issueCols + `) VALUES `}
	for n, i := range issues {
		if err := b.Add(authority, importID, n+1, i.Line, i.Column, i.Rule, string(i.Severity), i.Value, i.Sentence); err != nil {
			return err
		}
	}
	if err := b.Flush(); err != nil {
		return err
	}
	return b.Close()
}

// objectOf is what the audit calls an import.
func objectOf(importID string) string { return "imports/" + importID }

// moved is the error of an import that is no longer to be decided.
func moved(i Import) error {
	if i.State == Dropped {
		return errs.E(errs.Conflict, "这次导入已放弃，没有写入任何数据。需要时请重新上传")
	}
	return errs.E(errs.Conflict, fmt.Sprintf("这次导入已于 %s 由%s写入，不能再放弃", i.WrittenAt.In(shanghai).Format("2006-01-02 15:04"), i.WrittenBy))
}

// shanghai is the one zone of China.
var shanghai = time.FixedZone("CST", 8*60*60)
