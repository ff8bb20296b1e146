package exchange

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"suiji/calendar"
	"suiji/internal/access"
	"suiji/internal/airlock"
	"suiji/internal/errs"
	"suiji/internal/keep"
	"suiji/internal/office"
	"suiji/internal/store"
)

// MaxReceipt is the most bytes of a receipt.
const MaxReceipt = 20 << 20

// Receipt is a file of answers that was taken in.
type Receipt struct {
	Digest   string
	Name     string
	Accepted int // lines that it answered anew
	Returned int
	ByName   string
	At       time.Time
}

// heads are the words by which a receipt's columns are known.
var heads = map[string][]string{
	"batch":  {"批次号", "批次", "cd_batch"},
	"cd":     {"记录标识", "cd_id"},
	"id":     {"编号", "检查行为编号", "check_action_code", "检查表编号", "处罚决定书文号"},
	"answer": {"结果", "状态", "处理结果", "回执结果", "接收结果"},
	"reason": {"退回原因", "原因", "失败原因", "错误信息", "说明"},
}

// answers are the words of receivers.
var answers = map[string]Answer{
	"已接收": Accepted, "接收": Accepted, "成功": Accepted, "通过": Accepted, "已入库": Accepted, "入库": Accepted, "accepted": Accepted,
	"已退回": Returned, "退回": Returned, "失败": Returned, "不通过": Returned, "驳回": Returned, "returned": Returned,
}

// said is one row of a receipt.
type said struct {
	row    int
	line   int // place in the batch's lines
	answer Answer
	reason string
}

// Receive takes in a receipt of a batch. Whatever is wrong with it, nothing of
// it is kept; lines that it does not name go on waiting.
func (s *Service) Receive(ctx context.Context, a access.Actor, target string, serial int, name string, file io.Reader) (r Receipt, err error) {
	body, err := io.ReadAll(io.LimitReader(file, MaxReceipt+1))
	if err != nil {
		return r, errs.Because(errs.Invalid, "回执没有完整收到，没有保存。请再上传一次", err)
	}
	if len(body) > MaxReceipt {
		return r, errs.At("receipt", fmt.Sprintf("回执超过 %d MB，没有保存", MaxReceipt>>20))
	}
	rows, err := s.rows(ctx, name, body)
	if err != nil {
		return r, err
	}
	r = Receipt{Digest: sum(body), Name: keep.Name(name), ByName: a.Name, At: s.Now()}
	err = s.Door.Do(ctx, a, access.ExchangeReceive, fmt.Sprintf("%s-%d", target, serial), func(tx *store.DB) error {
		b, lines, err := readBatch(ctx, tx, a.Authority, target, serial)
		if err != nil {
			return err
		}
		if err := twice(ctx, tx, a.Authority, b, r.Digest); err != nil {
			return err
		}
		list, err := read(rows, b, lines)
		if err != nil {
			return err
		}
		r.Accepted, r.Returned = 0, 0
		return s.take(ctx, tx, a, b, lines, list, &r)
	})
	if err != nil {
		return r, err
	}
	return r, s.keepFile(a.Authority, r.Digest, body)
}

// keepFile keeps the receipt itself, once it counts.
func (s *Service) keepFile(authority, digest string, body []byte) error {
	if !filepath.IsLocal(authority) {
		return fmt.Errorf("BUG: authority %q cannot name a directory", authority)
	}
	return keep.Put(filepath.Join(s.Dir, "exchange", authority, digest), body)
}

// rows opens a receipt in the airlock.
func (s *Service) rows(ctx context.Context, name string, body []byte) (rows []office.Row, err error) {
	dir := filepath.Join(s.Dir, "exchange")
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return nil, err
	}
	f, err := os.CreateTemp(dir, "*.tmp")
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, f.Close(), os.Remove(f.Name())) }()
	if _, err := f.Write(body); err != nil {
		return nil, err
	}
	if _, err := f.Seek(0, io.SeekStart); err != nil {
		return nil, err
	}
	var out bytes.Buffer
	err = s.Airlock.Rows(ctx, name, f, &out, nil)
	var bad *office.Error
	if errors.As(err, &bad) {
		return nil, errs.AtBecause("receipt", bad.Sentence+"。没有保存", err)
	}
	if err != nil {
		return nil, err
	}
	t, err := airlock.Open(&out)
	if err != nil {
		return nil, err
	}
	for row, err := range t.Rows() {
		if err != nil {
			return nil, err
		}
		rows = append(rows, row)
	}
	return rows, nil
}

// twice refuses a receipt that was taken in before.
func twice(ctx context.Context, tx *store.DB, authority string, b Batch, digest string) error {
	list, err := store.All(ctx, tx, scanReceipt, `
		SELECT `+receiptCols+`
		FROM exchange_receipt
		WHERE authority_id = $1 AND target = $2 AND serial = $3 AND digest = $4`, authority, b.Target, b.Serial, digest)
	if err == nil && len(list) > 0 {
		err = errs.E(errs.Conflict, fmt.Sprintf("这份回执（%s）%s已经在 %s 导入，没有任何改动", list[0].Name, list[0].ByName, calendar.Clock(list[0].At).Format("2006-01-02 15:04")))
	}
	return err
}

// read finds the columns of a receipt and what it says of each line.
func read(rows []office.Row, b Batch, lines []Line) ([]said, error) {
	at, from := columnsOf(rows)
	if from < 0 {
		return nil, errs.At("receipt", "回执里找不到“结果”和“记录标识”（或“编号”）两列，没有保存。对方没有统一格式的，可以用本页的空白回执填写")
	}
	var ps []errs.Problem
	var list []said
	seen := map[int]int{}
	for _, row := range rows[from+1:] {
		x, bad := sayOf(row, at, b, lines)
		if bad == "" && x.answer == "" {
			continue
		}
		if bad == "" && seen[x.line] > 0 {
			bad = fmt.Sprintf("和第 %d 行是同一条记录", seen[x.line])
		}
		if bad != "" {
			ps = append(ps, errs.Problem{Field: "receipt", Sentence: fmt.Sprintf("第 %d 行：%s", row.Number, bad)})
			continue
		}
		seen[x.line] = row.Number
		list = append(list, x)
	}
	if len(ps) > mostProblems {
		more := len(ps) - mostProblems
		ps = append(ps[:mostProblems], errs.Problem{Field: "receipt", Sentence: fmt.Sprintf("还有 %d 行有问题", more)})
	}
	if len(ps) > 0 {
		ps[len(ps)-1].Sentence += "。整份回执都没有保存，请改正以后再上传"
		return nil, errs.All(ps)
	}
	if len(list) == 0 {
		return nil, errs.At("receipt", "回执里一行结果也没有，没有保存")
	}
	return list, nil
}

// mostProblems is how many wrong rows are named.
const mostProblems = 20

// columnsOf finds the row of heads among the first ten, and the columns; from
// is -1 if there is none.
func columnsOf(rows []office.Row) (at map[string]int, from int) {
	for i, row := range rows[:min(10, len(rows))] {
		at = map[string]int{}
		for name, words := range heads {
			if c := slices.IndexFunc(row.Cells, func(cell string) bool { return slices.Contains(words, strings.TrimSpace(cell)) }); c >= 0 {
				at[name] = c
			}
		}
		_, cd := at["cd"]
		_, id := at["id"]
		if _, ok := at["answer"]; ok && (cd || id) {
			return at, i
		}
	}
	return nil, -1
}

// sayOf reads a row. One without an answer, as our own form has them until
// somebody fills it, says nothing: its record goes on waiting.
func sayOf(row office.Row, at map[string]int, b Batch, lines []Line) (x said, bad string) {
	cell := func(name string) string {
		if c, ok := at[name]; ok && c < len(row.Cells) {
			return strings.TrimSpace(row.Cells[c])
		}
		return ""
	}
	if n := cell("batch"); n != "" && n != b.Number {
		return x, fmt.Sprintf("批次号是 %s，这里是批次 %s 的回执", n, b.Number)
	}
	cd, id := cell("cd"), cell("id")
	x.line = slices.IndexFunc(lines, func(l Line) bool { return cd != "" && l.CD == cd || cd == "" && l.ID == id })
	if x.line < 0 {
		if cd == "" {
			cd = id
		}
		return x, fmt.Sprintf("记录“%s”不在批次 %s 里", cd, b.Number)
	}
	word := cell("answer")
	x.row, x.answer, x.reason = row.Number, answers[strings.ToLower(word)], cell("reason")
	switch l := lines[x.line]; {
	case word == "" && x.reason == "":
		return x, ""
	case word == "":
		return x, "写了退回原因，没有写结果"
	case x.answer == "":
		return x, fmt.Sprintf("看不懂结果“%s”，应为“已接收”或“已退回”", word)
	case x.answer == Returned && x.reason == "":
		return x, "退回的，要有退回原因"
	case l.Answer != "" && l.Answer != x.answer:
		return x, fmt.Sprintf("记录 %s 以前的回执是“%s”，这里是“%s”，请和对方核对", l.ID, l.Answer.Name(), x.answer.Name())
	}
	return x, ""
}

func (s *Service) take(ctx context.Context, tx *store.DB, a access.Actor, b Batch, lines []Line, list []said, r *Receipt) error {
	for _, x := range list {
		l := lines[x.line]
		if l.Answer != "" {
			continue
		}
		if x.answer == Accepted {
			r.Accepted++
		} else {
			r.Returned++
		}
		_, err := tx.Exec(ctx, `
			UPDATE exchange_line
			SET answer = $5, reason = $6, answered_at = $7
			WHERE authority_id = $1 AND target = $2 AND serial = $3 AND no = $4`,
			a.Authority, b.Target, b.Serial, l.No, string(x.answer), x.reason, r.At.UnixMilli())
		if err != nil {
			return err
		}
	}
	if r.Accepted+r.Returned == 0 {
		return errs.E(errs.Conflict, "这份回执里的记录都已经有同样的回执，没有任何改动")
	}
	_, err := tx.Exec(ctx, `
		INSERT INTO exchange_receipt (authority_id, target, serial, `+receiptCols+`, by_id)
		VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)`,
		a.Authority, b.Target, b.Serial, r.Digest, r.Name, r.Accepted, r.Returned, a.Name, r.At.UnixMilli(), a.ID)
	return err
}

const receiptCols = `digest, name, accepted, returned, by_name, at`

func scanReceipt(row store.Scanner) (r Receipt, err error) {
	var at int64
	err = row.Scan(&r.Digest, &r.Name, &r.Accepted, &r.Returned, &r.ByName, &at)
	r.At = time.UnixMilli(at).UTC()
	return r, err
}

// Receipts lists the receipts of a batch, the first first.
func (s *Service) Receipts(ctx context.Context, authority, target string, serial int) ([]Receipt, error) {
	return store.All(ctx, s.DB, scanReceipt, `
		SELECT `+receiptCols+`
		FROM exchange_receipt
		WHERE authority_id = $1 AND target = $2 AND serial = $3
		ORDER BY at, digest`, authority, target, serial)
}
