package intake

import (
	"bytes"
	"cmp"
	"context"
	"crypto/sha256"
	"encoding/binary"
	"errors"
	"fmt"
	"hash/maphash"
	"slices"
	"strings"

	"suiji/calendar"
	"suiji/internal/airlock"
	"suiji/internal/errs"
	"suiji/internal/office"
	"suiji/internal/register"
	"suiji/internal/store"
	"suiji/internal/wording"
)

// book is how one list is judged, read and written.
type book[T register.Record[T]] struct {
	register.Book[T]
	judge func(*reading) T
}

var (
	targetBook  = book[register.Target]{register.TargetBook, (*reading).target}
	officerBook = book[register.Officer]{register.OfficerBook, (*reading).officer}
	itemBook    = book[register.Item]{register.ItemBook, (*reading).item}
)

// batchRows is how many rows are compared with the store at a time.
const batchRows = 500

// The most issues that are kept of one import. Beyond them they are counted.
const (
	mostRejects = 20_000
	mostWarns   = 10_000
)

// tally counts what became of a file's rows.
type tally struct {
	total, accepted, warned, rejected int
	merged, added, changed, unchanged int
	unlisted                          int
	warns, rejects                    int           // issues kept
	began                             calendar.Date // the last day on which a changed record became what it is
}

// entry is an accepted row that waits to be compared.
type entry[T any] struct {
	rec    T
	line   int
	warned bool
}

// first is where an identifier stood first in the file, and what the row said.
type first struct {
	line int32
	sum  uint32
}

// pass goes through a file once: judges each row, finds what stands twice,
// compares with what is kept, and, with a saver, writes. Its memory is some
// hundred bytes a row, whatever the rows hold.
type pass[T register.Record[T]] struct {
	ctx       context.Context
	db        *store.DB
	authority string
	book      book[T]
	saver     *register.Saver[T]                // nil: only look
	halfway   func()                            // called once, in the middle of writing
	took      func(T)                           // gets the accepted rows, instead of their being compared; nil: they are
	expect    int                               // rows, when writing
	effective calendar.Date                     // from which day changes hold, when writing
	counted   func(int)                         // told how many rows are done
	before    func(id string, record any) error // keeps a record as it stood

	head   *header
	ids    *register.Presence // in the store
	labels *register.Presence
	seed   maphash.Seed
	seen   map[[16]byte]first
	names  map[uint64]int32
	flood  map[uint64]*namesakes
	merges *merges
	batch  []entry[T] // rows to compare with what is kept
	fresh  []entry[T] // new rows that may have a namesake in the store
	issues []Issue
	buf    []byte
	tally
}

// namesakes counts the rows of one name after the first.
type namesakes struct {
	label string
	first int32
	rows  int
}

// mostNamesakes is how many rows of one name are warned of one by one.
const mostNamesakes = 5

// run goes through the table.
func (p *pass[T]) run(t *airlock.Table, r reading, said given) error {
	if err := p.prepare(); err != nil {
		return err
	}
	r.exact = t.Format == office.CSV
	p.merges = mergesOf(t.Merged)
	var top []office.Row
	for row, err := range t.Rows() {
		if err != nil {
			return fileError(err)
		}
		if p.head != nil {
			if err := p.one(&r, row); err != nil {
				return err
			}
			continue
		}
		if top = append(top, row); len(top) == headerRows && said.row == 0 || said.row > 0 && row.Number >= said.row && len(top) >= headerRows {
			if err := p.begin(&r, top, said); err != nil {
				return err
			}
		}
	}
	if p.head == nil {
		if len(top) == 0 {
			return errs.At("file", nothingIn(t)+"。没有导入任何数据")
		}
		if err := p.begin(&r, top, said); err != nil {
			return err
		}
	}
	if p.total == 0 {
		return errs.At("file", "文件里只有表头，没有数据行。没有导入任何数据")
	}
	t.Others = slices.DeleteFunc(t.Others, func(name string) bool { return name == office.MarksSheet || name == helpSheet })
	if len(t.Others) > 0 {
		p.head.notes = append(p.head.notes, fmt.Sprintf("只读取了工作表“%s”；另有 %d 个没有读取：%s", t.Sheet, len(t.Others), wording.Shorten(strings.Join(t.Others, "、"), 60)))
	}
	if err := p.compareBatch(); err != nil {
		return err
	}
	return p.sameNames()
}

// nothingIn says that a table is empty, and which one that is.
func nothingIn(t *airlock.Table) string {
	switch {
	case t.Sheet == "":
		return "表格里没有内容"
	case len(t.Others) == 0:
		return "工作表“" + t.Sheet + "”里没有内容（隐藏的工作表不读取）"
	}
	return fmt.Sprintf("第一张工作表“%s”里没有内容，其余的（%s）没有读取；请把要导入的工作表移到最前", t.Sheet, wording.Shorten(strings.Join(t.Others, "、"), 60))
}

// begin finds the header among the first rows, and takes those below it.
func (p *pass[T]) begin(r *reading, top []office.Row, said given) (err error) {
	if p.head, err = findHeader(p.book.List, top, said); err != nil {
		return err
	}
	r.head = p.head
	for _, row := range top {
		if err := p.one(r, row); err != nil {
			return err
		}
	}
	return nil
}

// one takes a row of the file.
func (p *pass[T]) one(r *reading, row office.Row) error {
	if row.Number <= p.head.row {
		return nil
	}
	r.line, r.cells, r.note, r.issues = row.Number, p.merges.fill(row, p.head), row.Note, nil
	if err := p.row(r); err != nil {
		return err
	}
	if p.counted != nil && p.total%beat == 0 {
		p.counted(p.total)
		if err := p.ctx.Err(); err != nil {
			return err
		}
	}
	if p.halfway != nil && p.total*2 >= p.expect {
		p.halfway()
		p.halfway = nil
	}
	return nil
}

// beat is how many rows pass between two counts.
const beat = 100

// notes says what holds for many rows at once.
func (p *pass[T]) notes() []string {
	out := p.merges.notes(p.head)
	var many []*namesakes
	for _, n := range p.flood {
		if n.rows > mostNamesakes {
			many = append(many, n)
		}
	}
	slices.SortFunc(many, func(a, b *namesakes) int { return cmp.Or(b.rows-a.rows, int(a.first-b.first)) })
	for i, n := range many {
		if i == 3 {
			out = append(out, fmt.Sprintf("另有 %d 个名称也各有很多行", len(many)-3))
			break
		}
		out = append(out, fmt.Sprintf("名称“%s”从第 %d 行起出现 %d 次，号码各不相同；请核对名称列是否选对。只逐行提醒前 %d 行", wording.Shorten(n.label, 20), n.first, n.rows+1, mostNamesakes))
	}
	return out
}

func (p *pass[T]) prepare() (err error) {
	p.seed, p.seen, p.names = maphash.MakeSeed(), map[[16]byte]first{}, map[uint64]int32{}
	p.flood = map[uint64]*namesakes{}
	if p.ids, err = p.book.IDs(p.ctx, p.db, p.authority); err != nil || p.saver != nil {
		return err
	}
	p.labels, err = p.book.Names(p.ctx, p.db, p.authority)
	return err
}

// fileError turns a file that cannot be read into a sentence at the form's
// input.
func fileError(err error) error {
	var bad *office.Error
	if !errors.As(err, &bad) {
		return err
	}
	return errs.At("file", bad.Sentence+"。没有导入任何数据")
}

// row judges one row.
func (p *pass[T]) row(r *reading) error {
	p.total++
	rec := p.book.judge(r)
	r.issues = only(r.issues)
	if len(r.issues) == 0 || !r.rejected() {
		if merged := p.twice(r, rec); merged {
			p.merged++
			p.accepted++
			p.warned++
			p.note(r.issues)
			return nil
		}
	}
	p.note(r.issues)
	if r.rejected() {
		p.rejected++
		return nil
	}
	p.accepted++
	if p.took != nil {
		p.took(rec)
		return nil
	}
	e := entry[T]{rec, r.line, len(r.issues) > 0}
	if p.ids.Maybe(rec.Key()) {
		if p.batch = append(p.batch, e); len(p.batch) == batchRows {
			return p.compareBatch()
		}
		return nil
	}
	return p.add(e)
}

// twice looks whether the file had the record before. One that says the same
// is merged, one that says something else is refused: nobody but the office
// can know which row holds.
func (p *pass[T]) twice(r *reading, rec T) (merged bool) {
	var key [16]byte
	id := sha256.Sum256([]byte(rec.Key()))
	copy(key[:], id[:])
	p.buf = rec.Whole(p.buf[:0])
	sum := sha256.Sum256(p.buf)
	this := first{int32(r.line), binary.BigEndian.Uint32(sum[:])}
	if before, ok := p.seen[key]; ok {
		if before.sum == this.sum {
			r.issue(wholeRow, "duplicate", Warn, rec.Label(), fmt.Sprintf("与第 %d 行重复，内容相同，合并为一条", before.line))
			return true
		}
		r.issue(wholeRow, "duplicate-differs", Reject, rec.Label(), fmt.Sprintf("与第 %d 行是同一号码，内容不同；已按第 %d 行处理，请核对两行后只留一行", before.line, before.line))
		return false
	}
	p.seen[key] = this
	name := maphash.String(p.seed, rec.Label())
	if line, ok := p.names[name]; ok {
		n := p.flood[name]
		if n == nil {
			n = &namesakes{label: rec.Label(), first: line}
			p.flood[name] = n
		}
		if n.rows++; n.rows > mostNamesakes {
			return false
		}
		r.issue(wholeRow, "same-name", Warn, rec.Label(), fmt.Sprintf("与第 %d 行同名，号码不同；请核对是否重复登记", line))
	} else {
		p.names[name] = int32(r.line)
	}
	return false
}

// note keeps issues up to the limits and counts the rest.
func (p *pass[T]) note(issues []Issue) {
	if p.saver != nil {
		return
	}
	for _, i := range issues {
		kept, most := &p.warns, mostWarns
		if i.Severity == Reject {
			kept, most = &p.rejects, mostRejects
		}
		if *kept == most {
			p.unlisted++
			continue
		}
		*kept++
		p.issues = append(p.issues, i)
	}
}

// add takes a row whose identifier the register does not have.
func (p *pass[T]) add(e entry[T]) error {
	p.added++
	if p.saver != nil {
		return p.saver.Add(e.rec.Fresh(), nil)
	}
	if p.labels.Maybe(e.rec.Named()) {
		if p.fresh = append(p.fresh, e); len(p.fresh) == batchRows {
			return p.sameNames()
		}
		return nil
	}
	p.count(e)
	return nil
}

// count counts an accepted row once it is known whether it is warned.
func (p *pass[T]) count(e entry[T]) {
	if e.warned {
		p.warned++
	}
}

// compareBatch compares the rows that the register seems to have with what it
// has, and writes.
func (p *pass[T]) compareBatch() error {
	old, err := p.kept()
	if err != nil {
		return err
	}
	for _, e := range p.batch {
		before, ok := old[e.rec.Key()]
		if ok {
			err = p.compare(e, before)
		} else {
			err = p.add(e)
		}
		if err != nil {
			return err
		}
	}
	p.batch = p.batch[:0]
	return nil
}

// kept returns the stored records of the batch.
func (p *pass[T]) kept() (map[string]T, error) {
	old := map[string]T{}
	if len(p.batch) == 0 {
		return old, nil
	}
	ids := make([]string, len(p.batch))
	for i, e := range p.batch {
		ids[i] = e.rec.Key()
	}
	records, err := p.book.Load(p.ctx, p.db, p.authority, ids)
	for _, rec := range records {
		old[rec.Key()] = rec
	}
	return old, err
}

// compare puts a row onto the kept record.
func (p *pass[T]) compare(e entry[T], before T) error {
	after := e.rec.Onto(before)
	if before.InForce() && bytes.Equal(before.Whole(nil), after.Whole(nil)) {
		p.unchanged++
		p.count(e)
		return nil
	}
	if !before.InForce() && !undoneBefore(before) {
		e.warned = true
		p.note([]Issue{{Line: e.line, Cell: -1, Rule: "withdrawn", Severity: Warn, Value: after.Label(), Sentence: "此前已移出名录，导入后重新列入；请确认"}})
	}
	p.changed++
	p.count(e)
	began := register.Began(before)
	if began.After(p.began) {
		p.began = began
	}
	if p.saver == nil {
		return nil
	}
	if p.effective.Before(began) {
		return tooEarly(began)
	}
	if err := p.before(before.Key(), before); err != nil {
		return err
	}
	return p.saver.Add(after, &before)
}

// sameNames warns of new records whose name the register has under another
// number: perhaps the same firm with its old number.
func (p *pass[T]) sameNames() error {
	if len(p.fresh) == 0 {
		return nil
	}
	names := make([]string, len(p.fresh))
	for i, e := range p.fresh {
		names[i] = e.rec.Named()
	}
	found, err := p.book.Namesakes(p.ctx, p.db, p.authority, names)
	if err != nil {
		return err
	}
	for _, e := range p.fresh {
		i := slices.IndexFunc(found, func(n register.Namesake) bool { return n.Label == e.rec.Label() && n.ID != e.rec.Key() })
		if i >= 0 {
			e.warned = true
			p.note([]Issue{{Line: e.line, Cell: -1, Rule: "same-name", Severity: Warn, Value: e.rec.Label(),
				Sentence: "名录中已有同名的一条，号码为 " + found[i].Number + "；请核对是否重复登记"}})
		}
		p.count(e)
	}
	p.fresh = p.fresh[:0]
	return nil
}
