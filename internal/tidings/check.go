package tidings

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"strings"

	"suiji/calendar"
	"suiji/internal/access"
	"suiji/internal/airlock"
	"suiji/internal/errs"
	"suiji/internal/intake"
	"suiji/internal/office"
	"suiji/internal/register"
	"suiji/internal/store"
	"suiji/internal/uscc"
)

// MaxFile is the most bytes of a file.
const MaxFile = 64 << 20

// Check reads a file (CSV or XLSX with a column of codes and one of states) and
// judges each row; the register does not change. dataOn is the day that the
// states are of. A file that waits or was written is not taken in a second
// time. Errors: Invalid with what is wrong; Conflict.
func (s *Service) Check(ctx context.Context, a access.Actor, name string, dataOn calendar.Date, r io.Reader) (File, error) {
	switch today := s.today(); {
	case dataOn.Zero():
		return File{}, errs.At("data_on", "请填写数据日期：文件里的登记状态是哪一天的。没有保存")
	case dataOn.After(today):
		return File{}, errs.At("data_on", fmt.Sprintf("数据日期不能晚于今天（%s）。没有保存", today))
	}
	body, err := io.ReadAll(io.LimitReader(r, MaxFile+1))
	if err != nil {
		return File{}, errs.Because(errs.Invalid, "文件没有完整收到，没有保存。请再上传一次", err)
	}
	if len(body) > MaxFile {
		return File{}, errs.At("file", fmt.Sprintf("文件超过 %d MB，没有保存。请分成几个文件", MaxFile>>20))
	}
	lines, err := s.read(ctx, name, body)
	if err != nil {
		return File{}, err
	}
	sum := sha256.Sum256(body)
	f := File{ID: store.NewID(s.Now()), Name: name, Digest: hex.EncodeToString(sum[:]), DataOn: dataOn, State: Checked, ByName: a.Name, At: s.Now().UTC()}
	err = s.Door.Do(ctx, a, access.RegisterImport, "tidings/"+f.ID, func(tx *store.DB) error {
		if err := twice(ctx, tx, a.Authority, f); err != nil {
			return err
		}
		if err := notOlder(ctx, tx, a.Authority, dataOn); err != nil {
			return err
		}
		rows, err := s.judge(ctx, tx, a.Authority, lines, &f)
		if err != nil {
			return err
		}
		return insert(ctx, tx, a, f, rows)
	})
	return f, err
}

// twice refuses a file that waits already, or was written.
func twice(ctx context.Context, tx *store.DB, authority string, f File) error {
	before, err := store.All(ctx, tx, scanFile, `
		SELECT `+fileCols+`
		FROM tidings_file
		WHERE authority_id = $1 AND digest = $2 AND data_on = $3 AND state <> 'dropped'`, authority, f.Digest, f.DataOn.String())
	if err == nil && len(before) > 0 {
		err = errs.E(errs.Conflict, fmt.Sprintf("这份文件已经上传过（%s，%s，%s），没有任何改动", before[0].Name, before[0].ByName, before[0].State.Name()))
	}
	return err
}

// columns are where a file has what, counted from 0; -1: not at all.
type columns struct{ code, state, name int }

var (
	codeWords  = []string{"统一社会信用代码", "社会信用代码", "信用代码", "统一代码", "证照号码", "注册号"}
	stateWords = []string{"登记状态", "经营状态", "企业状态", "主体状态", "存续状态", "登记机关状态", "状态"}
	nameWords  = []string{"名称"}
)

// head finds the columns in a row; ok reports whether it is the header.
func head(cells []string) (c columns, ok bool) {
	c = columns{-1, -1, -1}
	for i, cell := range cells {
		cell = strings.Join(strings.Fields(cell), "")
		switch {
		case c.code < 0 && containsAny(cell, codeWords):
			c.code = i
		case c.state < 0 && containsAny(cell, stateWords):
			c.state = i
		case c.name < 0 && containsAny(cell, nameWords):
			c.name = i
		}
	}
	return c, c.code >= 0 && c.state >= 0
}

func containsAny(s string, words []string) bool {
	for _, w := range words {
		if strings.Contains(s, w) {
			return true
		}
	}
	return false
}

func cell(cells []string, i int) string {
	if i < 0 || i >= len(cells) {
		return ""
	}
	return strings.TrimSpace(cells[i])
}

// read opens a file and returns its rows below the header.
func (s *Service) read(ctx context.Context, name string, body []byte) (rows []Row, err error) {
	err = s.Airlock.Read(ctx, name, body, func(t *airlock.Table) error {
		rows, err = rowsOf(t)
		return err
	})
	var bad *office.Error
	if errors.As(err, &bad) {
		return nil, errs.At("file", bad.Sentence+"。没有保存")
	}
	return rows, err
}

func rowsOf(t *airlock.Table) (rows []Row, err error) {
	var c columns
	found := false
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
		r := Row{Line: row.Number, Code: cell(row.Cells, c.code), State: cell(row.Cells, c.state), Name: cell(row.Cells, c.name)}
		if r.Code != "" || r.State != "" {
			rows = append(rows, r)
		}
	}
	switch {
	case !found:
		return nil, errs.At("file", "前 10 行里没有找到“统一社会信用代码”和“登记状态”两列的表头，没有保存。请补上表头再上传")
	case len(rows) == 0:
		return nil, errs.At("file", "表头下面没有数据，没有保存")
	}
	return rows, nil
}

// judge says of each row what it would change, or why it cannot. Rows that say
// what the register has are counted and left out.
func (s *Service) judge(ctx context.Context, db *store.DB, authority string, lines []Row, f *File) ([]Row, error) {
	var ids []string
	for i := range lines {
		ids = append(ids, register.Identifier(uscc.Identify(lines[i].Code).Value))
	}
	firms := map[string]register.Target{}
	err := s.each(ctx, db, authority, ids, func(t register.Target) error {
		firms[t.ID] = t
		return nil
	})
	if err != nil {
		return nil, err
	}
	var rows []Row
	seen := map[string]int{}
	f.Total, f.Same, f.Changed = len(lines), 0, 0
	for i, r := range lines {
		t, known := firms[ids[i]]
		said := intake.StateOf(r.State)
		first, again := seen[ids[i]]
		switch {
		case said == "":
			r.Problem = "登记状态“" + r.State + "”不在分类里"
		case !known && !uscc.Identify(r.Code).Sound:
			r.Problem = "名录里没有这个号码，它也不是有效的统一社会信用代码或者注册号"
		case !known:
			r.Problem = "名录里没有这一户；要列入的，从名录导入"
		case !t.Active:
			r.Problem = "这一户已移出名录"
		case again:
			r.Problem = fmt.Sprintf("与第 %d 行是同一户", first)
		case said == t.State:
			f.Same++
			seen[ids[i]] = r.Line
			continue
		default:
			f.Changed++
			seen[ids[i]] = r.Line
			r.Was, r.State, r.Target = t.State, said, t.ID
		}
		if known && r.Name == "" {
			r.Name = t.Name
		}
		rows = append(rows, r)
	}
	return rows, nil
}

func insert(ctx context.Context, tx *store.DB, a access.Actor, f File, rows []Row) error {
	_, err := tx.Exec(ctx, `
		INSERT INTO tidings_file (authority_id, `+fileCols+`, by_id)
		VALUES (`+store.Places(1, 13)+`)`,
		a.Authority, f.ID, f.Name, f.Digest, f.DataOn.String(), string(f.State), f.Total, f.Same, f.Changed, f.Version, f.ByName, f.At.UnixMilli(), a.ID)
	if err != nil {
		return err
	}
	exec, done, err := tx.Prepare(ctx, `
		INSERT INTO tidings_row (authority_id, file_id, `+rowCols+`)
		VALUES (`+store.Places(1, 9)+`)`)
	if err != nil {
		return err
	}
	defer done() // the transaction closes it anyway
	for _, r := range rows {
		if err := exec(a.Authority, f.ID, r.Line, r.Code, r.Name, r.Target, r.Was, r.State, r.Problem); err != nil {
			return err
		}
	}
	return nil
}
