package identity

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"suiji/internal/access"
	"suiji/internal/airlock"
	"suiji/internal/errs"
	"suiji/internal/office"
	"suiji/internal/store"
)

// Batch is a file of accounts: looked at first, then made at once.
type Batch struct {
	ID       string
	FileName string
	By       string
	At       time.Time
	Rows     []BatchRow
	Written  bool
}

// BatchRow is one line of a batch. Problem says why it makes no account.
type BatchRow struct {
	Line     int
	ID       string // of the account that it makes
	Name     string
	Username string
	Duties   string // as written
	Roles    []access.Role
	Officer  string
	Of       string // the unit, as written
	Unit     string
	Problem  string
}

// Good are the rows that make accounts.
func (b Batch) Good() []BatchRow {
	return slices.DeleteFunc(slices.Clone(b.Rows), func(x BatchRow) bool { return x.Problem != "" })
}

// Bad are the others.
func (b Batch) Bad() []BatchRow {
	return slices.DeleteFunc(slices.Clone(b.Rows), func(x BatchRow) bool { return x.Problem == "" })
}

func (x BatchRow) account() Account {
	return Account{ID: x.ID, Username: x.Username, Name: x.Name, OfficerID: x.Officer, Roles: x.Roles, Unit: x.Unit}
}

const batchCols = `batch_id, file_name, uploaded_by, uploaded_at, rows, state`

func scanBatch(row store.Scanner) (b Batch, err error) {
	var at int64
	var rows, state string
	if err := row.Scan(&b.ID, &b.FileName, &b.By, &at, &rows, &state); err != nil {
		return b, err
	}
	b.At, b.Written = time.UnixMilli(at), state == "written"
	return b, json.Unmarshal([]byte(rows), &b.Rows)
}

// Batch returns a file that was looked at.
func (s *Service) Batch(ctx context.Context, authority, id string) (Batch, error) {
	return store.One(ctx, s.db, scanBatch, `
		SELECT `+batchCols+`
		FROM identity_batch
		WHERE authority_id = $1 AND batch_id = $2`, authority, id)
}

// batchMost keeps the passwords of a batch to what one person hands out.
const batchMost = 200

// CheckBatch looks at a file of accounts, under id; nothing is made of it yet.
// Files that nobody has written for a day are forgotten.
func (s *Service) CheckBatch(ctx context.Context, by access.Actor, id, name string, body []byte, lock airlock.Airlock) error {
	var rows []BatchRow
	err := lock.Read(ctx, name, body, func(t *airlock.Table) (err error) {
		rows, err = readBatch(t)
		return err
	})
	var unreadable *office.Error
	if errors.As(err, &unreadable) {
		err = errs.Because(errs.Invalid, unreadable.Sentence, err)
	}
	if err != nil {
		return err
	}
	for i := range rows {
		rows[i].ID = store.NewID(s.now())
	}
	now := s.now()
	return s.door.Do(ctx, by, access.AccountBatch, id, func(tx *store.DB) error {
		if err := s.in(tx).judgeBatch(ctx, by.Authority, rows); err != nil {
			return err
		}
		raw, err := json.Marshal(rows)
		if err != nil {
			return err
		}
		_, err1 := tx.Exec(ctx, `
			DELETE FROM identity_batch
			WHERE authority_id = $1 AND state = 'checked' AND uploaded_at < $2`, by.Authority, now.Add(-24*time.Hour).UnixMilli())
		_, err2 := tx.Exec(ctx, `
			INSERT INTO identity_batch (authority_id, `+batchCols+`)
			VALUES ($1, $2, $3, $4, $5, $6, 'checked')`, by.Authority, id, name, by.ID, now.UnixMilli(), string(raw))
		return errors.Join(err1, err2)
	})
}

// batchHeads are the columns and the words that offices write above them.
var batchHeads = [5][]string{{"姓名"}, {"登录名", "账号", "用户名"}, {"角色", "岗位", "职责"}, {"执法证号", "执法证编号", "执法证件号"}, {"部门", "所属部门", "单位", "所属单位"}}

// readBatch reads the rows below the header.
func readBatch(t *airlock.Table) (rows []BatchRow, err error) {
	var at [5]int
	found := false
	for row, err := range t.Rows() {
		if err != nil {
			return nil, err
		}
		if !found {
			if at, found = batchHead(row.Cells); !found && row.Number > 10 {
				break
			}
			continue
		}
		cell := func(column int) string {
			if i := at[column]; i >= 0 && i < len(row.Cells) {
				return strings.TrimSpace(row.Cells[i])
			}
			return ""
		}
		x := BatchRow{Line: row.Number, Name: cell(0), Username: cell(1), Duties: cell(2), Officer: cell(3), Of: cell(4)}
		if x.Name+x.Username+x.Duties == "" {
			continue
		}
		if rows = append(rows, x); len(rows) > batchMost {
			return nil, errs.At("file", fmt.Sprintf("一次最多 %d 个账号，没有读入。请分成几份", batchMost))
		}
	}
	if !found {
		return nil, errs.At("file", "前 10 行里没有找到“姓名”“登录名”“角色”三列的表头，没有读入。请补上表头再上传")
	}
	if len(rows) == 0 {
		return nil, errs.At("file", "表头下面没有数据，没有读入")
	}
	return rows, nil
}

func batchHead(cells []string) (at [5]int, found bool) {
	for column, words := range batchHeads {
		at[column] = slices.IndexFunc(cells, func(c string) bool { return slices.Contains(words, strings.TrimSpace(c)) })
	}
	return at, at[0] >= 0 && at[1] >= 0 && at[2] >= 0
}

// judgeBatch says of each row why it makes no account.
func (s *Service) judgeBatch(ctx context.Context, authority string, rows []BatchRow) error {
	auth, err := s.Authority(ctx, authority)
	if err != nil {
		return err
	}
	all, err := s.Accounts(ctx, authority)
	if err != nil {
		return err
	}
	units, err := s.Units(ctx, authority)
	if err != nil {
		return err
	}
	taken := map[string]bool{}
	for _, a := range all {
		taken[a.Username] = true
	}
	for i := range rows {
		x := &rows[i]
		x.Roles, x.Problem = rolesOf(x.Duties)
		if x.Problem == "" {
			x.Unit, x.Problem = unitNamed(units, x.Of)
		}
		if err := s.ofUnit(ctx, authority, x.account()); x.Problem == "" && err != nil {
			x.Problem = errs.Problems(err)[0].Sentence
		}
		if err := checkAccount(x.account(), auth.RelaxedDuties); x.Problem == "" && err != nil {
			x.Problem = errs.Problems(err)[0].Sentence
		}
		if x.Problem == "" && taken[x.Username] {
			x.Problem = "登录名已有人使用，或者在这份文件里重复"
		}
		taken[x.Username] = true
	}
	return nil
}

// rolesOf reads roles as offices write them, apart by commas of any kind.
func rolesOf(duties string) (roles []access.Role, problem string) {
	for _, word := range strings.FieldsFunc(duties, func(r rune) bool { return strings.ContainsRune("、，,；;/ \u3000\n", r) }) {
		i := slices.IndexFunc(access.Roles, func(x struct {
			Role access.Role
			Name string
		}) bool {
			return x.Name == word
		})
		if i < 0 {
			return nil, "没有“" + word + "”这种角色"
		}
		roles = append(roles, access.Roles[i].Role)
	}
	return roles, ""
}

// Slip is a password for one sign-in, to be handed to its owner.
type Slip struct{ Name, Username, Password string }

// WriteBatch makes the accounts of a batch, all or none, and returns their
// passwords for one sign-in. Errors: Conflict if they were made before, or a name
// was taken meanwhile.
func (s *Service) WriteBatch(ctx context.Context, by access.Actor, id string) ([]Slip, error) {
	b, err := s.Batch(ctx, by.Authority, id)
	if err != nil {
		return nil, err
	}
	good := b.Good()
	if len(good) == 0 {
		return nil, errs.E(errs.Conflict, "这份文件没有一行可以开账号，没有办理")
	}
	if b.Written {
		return nil, errs.E(errs.Conflict, "这份文件的账号已经开过，没有再开。密码没有发到本人的，请逐个重置")
	}
	slips, hashes := make([]Slip, len(good)), make([]string, len(good))
	for i, x := range good {
		slips[i] = Slip{x.Name, x.Username, onceOnly()}
		if hashes[i], err = s.argon.Hash(slips[i].Password); err != nil {
			return nil, err
		}
	}
	made := false
	err = s.door.Do(ctx, by, access.AccountEdit, "batch "+id, func(tx *store.DB) error {
		made = true
		return s.writeBatch(ctx, tx, by, id, good, hashes)
	})
	if err != nil || !made {
		return nil, err
	}
	return slips, nil
}

func (s *Service) writeBatch(ctx context.Context, tx *store.DB, by access.Actor, id string, rows []BatchRow, hashes []string) error {
	n, err := tx.Exec(ctx, `
		UPDATE identity_batch
		SET state = 'written'
		WHERE authority_id = $1 AND batch_id = $2 AND state = 'checked'`, by.Authority, id)
	if err == nil && n == 0 {
		err = errs.E(errs.Conflict, "这份文件的账号已经开过，没有再开")
	}
	if err != nil {
		return err
	}
	auth, err := s.in(tx).Authority(ctx, by.Authority)
	if err != nil {
		return err
	}
	divided, err := s.in(tx).Divided(ctx, by.Authority)
	if err != nil {
		return err
	}
	for i, x := range rows {
		if err := checkAccount(x.account(), auth.RelaxedDuties); err != nil {
			return err
		}
		if err := s.insert(ctx, tx, by, x.account(), hashes[i], !divided); errs.KindOf(err) == errs.Invalid {
			return errs.E(errs.Conflict, fmt.Sprintf("第 %d 行的登录名刚被别人使用，一个账号也没有开。请改好文件再上传", x.Line))
		} else if err != nil {
			return err
		}
	}
	return nil
}
