package intake

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"suiji/calendar"
	"suiji/internal/errs"
	"suiji/internal/register"
	"suiji/internal/store"
)

// Import is one file and what became of it.
type Import struct {
	ID        string
	List      register.List
	FileName  string
	Digest    string // SHA-256 of the file, in hex
	State     State
	Sentence  string     // why it is refused, or what happened on the way
	HeadRow   int        // where a person says that the headings are; 0: found
	Fields    []string   // what a person says that each column holds, as Column.Field; nil: found
	Columns   []Column   // the file's headings and what becomes of each
	Sample    [][]string // its first rows, while nobody knows the headings
	Notes     []string   // what is to be said of the file as a whole
	Follows   string     // the import whose rows it repairs; empty: none
	Done      int        // rows that the work under way has counted
	Total     int        // rows with anything on them, below the header
	Accepted  int        // can be written, warned and merged ones among them
	Warned    int
	Rejected  int
	Merged    int // said the same as a row above
	Added     int // as counted when checked; once written, as written
	Changed   int
	Unchanged int
	Unlisted  int           // issues beyond those that are kept
	Version   int64         // of the list, after it; 0: not written, or nothing changed
	Effective calendar.Date // from which day its changes hold; zero: the day it is written
	NotBefore calendar.Date // no earlier day can be chosen: a record that it changes became what it is then; zero: any day
	CheckedBy string
	CheckedAt time.Time
	WrittenBy string
	WrittenAt time.Time // zero: not written
	UndoneBy  string
	UndoneAt  time.Time // zero: not undone

	account  string // who sent it
	recalled bool   // Fields are what somebody said of such a file before
}

// State says how far an import has come.
type State string

// The states.
const (
	Reading  State = "reading"  // being read and judged
	Matching State = "matching" // a person has to say what the columns hold
	Checked  State = "checked"
	Writing  State = "writing"
	Written  State = "written"
	Undone   State = "undone"
	Dropped  State = "dropped"
	Refused  State = "refused" // the file as a whole cannot be read
)

var stateNames = map[State]string{Reading: "正在检查", Matching: "待对应列", Checked: "待确认", Writing: "正在写入",
	Written: "已导入", Undone: "已撤销", Dropped: "已放弃", Refused: "无法读取"}

// Name returns the Chinese name of a state.
func (s State) Name() string { return stateNames[s] }

// Working reports whether somebody works on it.
func (s State) Working() bool { return s == Reading || s == Writing }

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

const importCols = `import_id, list, file_name, digest, state, sentence, head_row, fields, columns, sample, notes, follows, done, total, accepted, warned, rejected, merged, added, changed, unchanged, unlisted, version, checked_by, checked_name, checked_at, written_name, written_at, undone_name, undone_at, effective, not_before`

func scanImport(row store.Scanner) (i Import, err error) {
	var fields, columns, sample, notes, effective, notBefore string
	var checked, written, undone int64
	err = row.Scan(&i.ID, &i.List, &i.FileName, &i.Digest, &i.State, &i.Sentence, &i.HeadRow, &fields, &columns, &sample, &notes, &i.Follows, &i.Done,
		&i.Total, &i.Accepted, &i.Warned, &i.Rejected, &i.Merged, &i.Added, &i.Changed, &i.Unchanged, &i.Unlisted, &i.Version,
		&i.account, &i.CheckedBy, &checked, &i.WrittenBy, &written, &i.UndoneBy, &undone, &effective, &notBefore)
	if err != nil {
		return i, err
	}
	i.CheckedAt, i.WrittenAt, i.UndoneAt = store.Instant(checked), store.Instant(written), store.Instant(undone)
	return i, errors.Join(i.Effective.UnmarshalText([]byte(effective)), i.NotBefore.UnmarshalText([]byte(notBefore)), fromJSON(fields, &i.Fields), fromJSON(columns, &i.Columns), fromJSON(sample, &i.Sample), fromJSON(notes, &i.Notes))
}

// fromJSON reads a stored list; an empty text is an empty one.
func fromJSON(text string, into any) error {
	if text == "" {
		return nil
	}
	return json.Unmarshal([]byte(text), into)
}

// toJSON writes a list to be stored.
func toJSON[T any](list []T) (string, error) {
	if len(list) == 0 {
		return "", nil
	}
	b, err := json.Marshal(list)
	return string(b), err
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

// Page returns imports of a list, the newest first, without the first skip of
// them, and how many there are.
func (s *Service) Page(ctx context.Context, authority string, list register.List, skip, limit int) ([]Import, int, error) {
	const where = `
		FROM intake_import
		WHERE authority_id = $1 AND list = $2`
	n, err := store.One(ctx, s.db, store.Value[int], `SELECT count(*)`+where, authority, string(list))
	if err != nil {
		return nil, 0, err
	}
	all, err := store.All(ctx, s.db, scanImport, `
		SELECT `+importCols+where+`
		ORDER BY import_id DESC
		LIMIT $3 OFFSET $4`, authority, string(list), limit, skip)
	return all, n, err
}

func insertImport(ctx context.Context, tx *store.DB, authority string, i Import) error {
	_, err := tx.Exec(ctx, `
		INSERT INTO intake_import (authority_id, worker, lease, `+importCols+`)
		VALUES (`+store.Places(1, 35)+`)`,
		authority, "", 0, i.ID, string(i.List), i.FileName, i.Digest, string(i.State), "", 0, "", "", "", "", i.Follows, 0,
		0, 0, 0, 0, 0, 0, 0, 0, 0, 0, i.account, i.CheckedBy, i.CheckedAt.UnixMilli(), "", 0, "", 0, "", "")
	return err
}

// updateImport stores what the work on an import has found out.
func updateImport(ctx context.Context, tx *store.DB, authority string, i Import) error {
	fields, err1 := toJSON(i.Fields)
	columns, err2 := toJSON(i.Columns)
	sample, err3 := toJSON(i.Sample)
	notes, err4 := toJSON(i.Notes)
	if err := errors.Join(err1, err2, err3, err4); err != nil {
		return err
	}
	_, err := tx.Exec(ctx, `
		UPDATE intake_import
		SET state = $3, sentence = $4, head_row = $5, fields = $6, columns = $7, sample = $8, notes = $9, done = $10, total = $11, accepted = $12,
			warned = $13, rejected = $14, merged = $15, added = $16, changed = $17, unchanged = $18, unlisted = $19, not_before = $20, worker = '', lease = 0
		WHERE authority_id = $1 AND import_id = $2 AND state = 'reading'`,
		authority, i.ID, string(i.State), i.Sentence, i.HeadRow, fields, columns, sample, notes, i.Done, i.Total, i.Accepted,
		i.Warned, i.Rejected, i.Merged, i.Added, i.Changed, i.Unchanged, i.Unlisted, i.NotBefore.String())
	return err
}

const issueCols = `line, cell, col, rule, severity, value, sentence`

func scanIssue(row store.Scanner) (i Issue, err error) {
	err = row.Scan(&i.Line, &i.Cell, &i.Column, &i.Rule, &i.Severity, &i.Value, &i.Sentence)
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
	b := &store.Bulk{Ctx: ctx, Tx: tx, Cols: 10,
		Insert: `INSERT INTO intake_issue (authority_id, import_id, no, ` + issueCols + `) VALUES `}
	for n, i := range issues {
		if err := b.Add(authority, importID, n+1, i.Line, i.Cell, i.Column, i.Rule, string(i.Severity), i.Value, i.Sentence); err != nil {
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

// moved is the error of an import that is no longer to be decided so.
func moved(i Import) error {
	switch i.State {
	case Dropped:
		return errs.E(errs.Conflict, "这次导入已放弃，没有写入任何数据。需要时请重新上传")
	case Undone:
		return errs.E(errs.Conflict, fmt.Sprintf("这次导入已于 %s 由%s撤销", clock(i.UndoneAt), i.UndoneBy))
	case Written:
		return errs.E(errs.Conflict, fmt.Sprintf("这次导入已于 %s 由%s写入，不能再放弃", clock(i.WrittenAt), i.WrittenBy))
	case Writing:
		return errs.E(errs.Conflict, "这次导入正在写入，请等它完成")
	}
	return errs.E(errs.Conflict, "这次导入还没有检查完，没有写入任何数据。请稍后再试")
}

func clock(t time.Time) string { return calendar.Clock(t).Format("2006-01-02 15:04") }
