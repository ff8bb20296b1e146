package credit

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"strings"
	"time"

	"suiji/calendar"
	"suiji/internal/access"
	"suiji/internal/airlock"
	"suiji/internal/errs"
	"suiji/internal/office"
	"suiji/internal/store"
)

// ImportState is how far an import of grades has come.
type ImportState string

// The states of an import.
const (
	Checked ImportState = "checked"
	Written ImportState = "written"
	Dropped ImportState = "dropped"
)

// Import is a file of grades that was checked.
type Import struct {
	ID       string
	Scheme   string
	FileName string
	Digest   string
	DataOn   calendar.Date
	State    ImportState
	Total    int
	Accepted int
	Version  int64 // that it made; 0: none
	Changed  int   // firms that got another grade, or their first
	By       string
	At       time.Time
}

const importCols = `import_id, scheme_id, file_name, digest, data_on, state, total, accepted, version, changed, by_name, at`

func scanImport(row store.Scanner) (i Import, err error) {
	var on string
	var at int64
	err = row.Scan(&i.ID, &i.Scheme, &i.FileName, &i.Digest, &on, &i.State, &i.Total, &i.Accepted, &i.Version, &i.Changed, &i.By, &at)
	if err != nil {
		return i, err
	}
	i.At = time.UnixMilli(at).UTC()
	i.DataOn, err = day(on)
	return i, err
}

// Import returns a checked file.
func (s *Service) Import(ctx context.Context, authority, id string) (Import, error) {
	return readImport(ctx, s.DB, authority, id)
}

func readImport(ctx context.Context, db *store.DB, authority, id string) (Import, error) {
	return store.One(ctx, db, scanImport, `
		SELECT `+importCols+`
		FROM credit_import
		WHERE authority_id = $1 AND import_id = $2`, authority, id)
}

// Row is a row of a checked file that cannot be written.
type Row struct {
	Line    int
	Code    string
	Grade   string
	Problem string
}

func scanRow(row store.Scanner) (r Row, err error) {
	err = row.Scan(&r.Line, &r.Code, &r.Grade, &r.Problem)
	return r, err
}

// Problems returns the rows that will not be written, by line.
func (s *Service) Problems(ctx context.Context, authority, id string, limit int) ([]Row, error) {
	return store.All(ctx, s.DB, scanRow, `
		SELECT line, code, grade, problem
		FROM credit_import_row
		WHERE authority_id = $1 AND import_id = $2 AND problem <> ''
		ORDER BY line
		LIMIT $3`, authority, id, limit)
}

// longestFile is the most bytes of a file of grades.
const longestFile = 128 << 20

// Check reads a file of a scheme's grades (CSV or XLSX with a column of credit
// codes and one of grades) and judges each row. No grade changes. dataOn is
// the day that the grades describe. Errors: Invalid with what is wrong with
// the file.
func (s *Service) Check(ctx context.Context, a access.Actor, scheme, fileName string, dataOn calendar.Date, r io.Reader) (Import, error) {
	x, err := s.Scheme(ctx, a.Authority, scheme)
	if err != nil {
		return Import{}, err
	}
	switch today := s.today(); {
	case x.Own:
		return Import{}, errs.E(errs.Conflict, "“"+x.Name+"”由本单位评定，请办理评价建议，不能导入")
	case dataOn.Zero():
		return Import{}, errs.At("data_on", "请填写数据日期：文件里的等级是哪一天的")
	case dataOn.After(today):
		return Import{}, errs.At("data_on", fmt.Sprintf("数据日期不能晚于今天（%s）", today))
	}
	body, err := io.ReadAll(io.LimitReader(r, longestFile+1))
	if err != nil {
		return Import{}, errs.Because(errs.Invalid, "文件没有完整收到，没有导入任何数据。请再上传一次", err)
	}
	if len(body) > longestFile {
		return Import{}, errs.At("file", "文件超过 128 MB，没有导入任何数据。请分成几个文件")
	}
	rows, err := s.judge(ctx, a.Authority, x, fileName, body)
	if err != nil {
		return Import{}, err
	}
	sum := sha256.Sum256(body)
	i := Import{ID: store.NewID(s.Now()), Scheme: scheme, FileName: fileName, Digest: hex.EncodeToString(sum[:]), DataOn: dataOn,
		State: Checked, Total: len(rows), By: a.Name, At: s.Now().UTC()}
	for _, r := range rows {
		if r.Problem == "" {
			i.Accepted++
		}
	}
	return i, s.Door.Do(ctx, a, access.CreditEdit, "credit/imports/"+i.ID, func(tx *store.DB) error {
		return writeCheck(ctx, tx, a.Authority, i, rows)
	})
}

// judged is a row with the firm that it is about.
type judged struct {
	Row
	target string
}

func writeCheck(ctx context.Context, tx *store.DB, authority string, i Import, rows []judged) error {
	_, err := tx.Exec(ctx, `
		INSERT INTO credit_import (authority_id, `+importCols+`)
		VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13)`,
		authority, i.ID, i.Scheme, i.FileName, i.Digest, i.DataOn.String(), string(i.State), i.Total, i.Accepted, 0, 0, i.By, i.At.UnixMilli())
	if err != nil {
		return err
	}
	exec, done, err := tx.Prepare(ctx, `
		INSERT INTO credit_import_row (authority_id, import_id, line, code, target_id, grade, problem)
		VALUES ($1, $2, $3, $4, $5, $6, $7)`)
	if err != nil {
		return err
	}
	defer done() // the transaction closes it anyway
	for _, r := range rows {
		if err := exec(authority, i.ID, r.Line, r.Code, r.target, r.Grade, r.Problem); err != nil {
			return err
		}
	}
	return nil
}

// columns are where a file has code and grade, counted from 0.
type columns struct{ code, grade int }

var (
	codeWords  = []string{"统一社会信用代码", "社会信用代码", "信用代码", "统一代码", "证照号码", "注册号", "机构代码"}
	gradeWords = []string{"等级", "级别", "分类", "类别", "评价结果", "评定结果", "风险"}
)

// head finds the columns in a row; ok reports whether it is the header.
func head(cells []string) (c columns, ok bool) {
	c = columns{-1, -1}
	for i, cell := range cells {
		cell = strings.Join(strings.Fields(cell), "")
		switch {
		case c.code < 0 && containsAny(cell, codeWords):
			c.code = i
		case c.grade < 0 && containsAny(cell, gradeWords):
			c.grade = i
		}
	}
	return c, c.code >= 0 && c.grade >= 0
}

func containsAny(s string, words []string) bool {
	for _, w := range words {
		if strings.Contains(s, w) {
			return true
		}
	}
	return false
}

// judge reads the rows below the header and says of each whose grade it is, or
// why it cannot be written.
func (s *Service) judge(ctx context.Context, authority string, x Scheme, name string, body []byte) ([]judged, error) {
	var rows []judged
	err := s.Airlock.Read(ctx, name, body, func(t *airlock.Table) (err error) {
		rows, err = s.judgeTable(ctx, authority, x, t)
		return err
	})
	return rows, unreadable(err)
}

func (s *Service) judgeTable(ctx context.Context, authority string, x Scheme, t *airlock.Table) ([]judged, error) {
	var c columns
	found, seen := false, map[string]judged{}
	var rows []judged
	for row, err := range t.Rows() {
		if err != nil {
			return nil, err
		}
		if !found {
			if c, found = head(row.Cells); !found && row.Number > 10 {
				break
			}
			continue
		}
		j := judged{Row: Row{Line: row.Number, Code: cell(row.Cells, c.code), Grade: cell(row.Cells, c.grade)}}
		if j.Code == "" && j.Grade == "" {
			continue
		}
		if err := s.judgeRow(ctx, authority, x, &j, seen); err != nil {
			return nil, err
		}
		rows = append(rows, j)
	}
	if !found {
		return nil, errs.At("file", "前 10 行里没有找到“统一社会信用代码”和“等级”两列的表头，没有导入任何数据。请补上表头再上传")
	}
	if len(rows) == 0 {
		return nil, errs.At("file", "表头下面没有数据，没有导入任何数据")
	}
	return rows, nil
}

func (s *Service) judgeRow(ctx context.Context, authority string, x Scheme, j *judged, seen map[string]judged) error {
	grade := x.Read(j.Grade)
	if grade == "" {
		j.Problem = "“" + j.Grade + "”不是本办法的等级（" + x.codes() + "）"
		return nil
	}
	j.Grade = grade
	t, err := s.Register.TargetWith(ctx, authority, j.Code)
	switch {
	case errs.KindOf(err) == errs.NotFound && err != nil:
		j.Problem = "名录里没有这一户"
		return nil
	case err != nil:
		return err
	case x.Enterprises && t.Kind != enterprise:
		j.Problem = "本办法只评定企业，这一户是“" + t.Kind + "”"
		return nil
	}
	if o, ok := seen[t.ID]; ok {
		j.Problem = fmt.Sprintf("与第 %d 行是同一户", o.Line)
		return nil
	}
	j.target, seen[t.ID] = t.ID, *j
	return nil
}

// enterprise is the kind of target that is graded (1.45: 涉及企业的).
const enterprise = "企业"

func cell(cells []string, i int) string {
	if i >= len(cells) {
		return ""
	}
	return strings.TrimSpace(cells[i])
}

// unreadable turns a file that cannot be read into the sentence for its sender.
func unreadable(err error) error {
	var e *office.Error
	if errors.As(err, &e) {
		return errs.AtBecause("file", e.Sentence+"。没有导入任何数据", err)
	}
	return err
}

// Write gives the firms of a checked file their grades: one version, and the
// register's tags with it. Writing it again changes nothing. Errors: Conflict
// if it was dropped, no row can be written, or newer grades came in meanwhile.
func (s *Service) Write(ctx context.Context, a access.Actor, id string) error {
	return s.Door.Do(ctx, a, access.CreditEdit, "credit/imports/"+id, func(tx *store.DB) error {
		i, err := readImport(ctx, tx, a.Authority, id)
		if err != nil || i.State == Written {
			return err
		}
		if i.State == Dropped || i.Accepted == 0 {
			return errs.E(errs.Conflict, "这份文件已放弃或者没有一行可以导入，没有写入任何数据")
		}
		x, err := readScheme(ctx, tx, a.Authority, i.Scheme)
		if err != nil {
			return err
		}
		if err := notOlder(ctx, tx, a.Authority, x, i.DataOn); err != nil {
			return err
		}
		changes, err := store.All(ctx, tx, scanPair, `
			SELECT r.target_id, r.grade
			FROM credit_import_row r
			LEFT JOIN credit_grade g ON g.authority_id = r.authority_id AND g.target_id = r.target_id AND g.scheme_id = $3 AND g.current
			WHERE r.authority_id = $1 AND r.import_id = $2 AND r.problem = '' AND coalesce(g.grade, '') <> r.grade
			ORDER BY r.target_id`, a.Authority, id, x.ID)
		if err != nil {
			return err
		}
		grades := make(map[string]string, len(changes))
		for _, p := range changes {
			grades[p.a] = p.b
		}
		version, err := s.give(ctx, tx, a, x, Version{DataOn: i.DataOn, Source: i.FileName}, grades)
		if err != nil {
			return err
		}
		return settle(ctx, tx, a.Authority, id, Written, version, len(grades))
	})
}

// notOlder refuses a file whose data is older than what is in force.
func notOlder(ctx context.Context, tx *store.DB, authority string, x Scheme, on calendar.Date) error {
	newest, err := store.One(ctx, tx, store.Value[string], `
		SELECT coalesce(max(data_on), '')
		FROM credit_version
		WHERE authority_id = $1 AND scheme_id = $2`, authority, x.ID)
	if err == nil && newest > on.String() {
		err = errs.E(errs.Conflict, "现行等级的数据日期是 "+newest+"，比这份文件（"+on.String()+"）新，没有写入任何数据。请放弃这份文件")
	}
	return err
}

// Drop gives a checked file up.
func (s *Service) Drop(ctx context.Context, a access.Actor, id string) error {
	return s.Door.Do(ctx, a, access.CreditEdit, "credit/imports/"+id, func(tx *store.DB) error {
		i, err := readImport(ctx, tx, a.Authority, id)
		if err != nil || i.State == Dropped {
			return err
		}
		if i.State == Written {
			return errs.E(errs.Conflict, "这份文件已导入，没有改动")
		}
		return settle(ctx, tx, a.Authority, id, Dropped, 0, 0)
	})
}

func settle(ctx context.Context, tx *store.DB, authority, id string, to ImportState, version int64, changed int) error {
	_, err := tx.Exec(ctx, `
		UPDATE credit_import
		SET state = $3, version = $4, changed = $5
		WHERE authority_id = $1 AND import_id = $2`, authority, id, string(to), version, changed)
	return err
}
