package exchange

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"slices"
	"time"

	"suiji/calendar"
	"suiji/internal/store"
)

// Problem is one reason why a record cannot go.
type Problem struct {
	Column   string // at the receiver
	Name     string
	Sentence string
	Href     string // where it is mended
}

// Row is a record in a receiver's columns.
type Row struct {
	Part   string
	ID     string
	CD     string // its name at the receiver
	Label  string
	Href   string
	Op     Op
	Cells  [][]string // in the order of the fields
	Digest string     // without the transfer's own fields
	Wrong  []Problem
	Why    string // of one that waits
}

// Outlook is what a batch would be, if it were prepared now.
type Outlook struct {
	Receiver Receiver
	Number   string // that the batch would have
	Serial   int
	Go       []Row
	Wrong    []Row // left out: the receiver would refuse them
	Held     []Row // left out: being corrected
	Kept     []Row // left out: returned, and not mended since
	Same     []Row // left out: the receiver has them as they are
	Later    []Row // for the batch after this one
	Digest   string
}

// MostLines is how many lines one batch has; the rest is for the next one.
const MostLines = 5000

// Counts returns how many lines of a part have an operation.
func (o Outlook) Counts(part string, op Op) int { return count(o.Go, part, op) }

func count(rows []Row, part string, op Op) (n int) {
	for _, r := range rows {
		if r.Part == part && r.Op == op {
			n++
		}
	}
	return n
}

// Outlook works out what would go to a receiver now. With again, what was
// returned goes once more though nothing was mended.
func (s *Service) Outlook(ctx context.Context, authority, target string, again bool) (Outlook, error) {
	l, err := s.look(ctx, s.DB, authority, target, again, among{})
	return l.Outlook, err
}

// looking is the making of an outlook.
type looking struct {
	Outlook
	authority string
	values    values
	theirs    map[string]*standing
	control   map[string][]string
	on        calendar.Date
	again     bool
	has       map[string]bool // inspections that the receiver has, or gets
}

// begin prepares a look: nothing but the records is missing.
func (s *Service) begin(ctx context.Context, db *store.DB, authority, target string, again bool) (looking, error) {
	t, err := Of(target)
	if err != nil {
		return looking{}, err
	}
	l := looking{authority: authority, on: s.today(), again: again, has: map[string]bool{}}
	l.Receiver = t
	if l.values, err = readValues(ctx, db, authority, target); err != nil {
		return l, err
	}
	last, err := store.One(ctx, db, store.Value[int], `
		SELECT coalesce(max(serial), 0)
		FROM exchange_batch
		WHERE authority_id = $1 AND target = $2`, authority, target)
	l.Serial = last + 1
	l.Number = number(l.on, l.Serial)
	l.control = map[string][]string{"cd.time": {calendar.Clock(s.Now()).Format(time.DateTime)}, "cd.batch": {l.Number}, "cd.day": {l.on.String()}, "cd.person": {"—"}}
	return l, err
}

func (s *Service) look(ctx context.Context, db *store.DB, authority, target string, again bool, of among) (looking, error) {
	l, err := s.begin(ctx, db, authority, target, again)
	if err != nil {
		return l, err
	}
	if l.theirs, err = readTheirs(ctx, db, authority, target, of); err != nil {
		return l, err
	}
	records, err := s.gather(ctx, db, authority, l.Receiver, of)
	if err != nil {
		return l, err
	}
	l.sort(records)
	return l, nil
}

// penalized looks at the penalties alone; their inspections are read with them,
// since a penalty waits for its own.
func (s *Service) penalized(ctx context.Context, db *store.DB, authority, target string, again bool) (looking, error) {
	if t, err := Of(target); err != nil || len(t.Part("penalty").Fields) == 0 {
		return looking{}, err
	}
	l, err := s.look(ctx, db, authority, target, again, among{penalties: true})
	for _, rows := range []*[]Row{&l.Go, &l.Later, &l.Wrong, &l.Held, &l.Kept, &l.Same} {
		*rows = slices.DeleteFunc(*rows, func(r Row) bool { return r.Part == "check" })
	}
	return l, err
}

// number is a batch's: its day, and its serial in five digits.
func number(on calendar.Date, serial int) string {
	s := on.String()
	return fmt.Sprintf("%s%s%s%05d", s[:4], s[5:7], s[8:], serial)
}

// sort puts each record where it belongs.
func (l *looking) sort(records []record) {
	there := map[string]bool{}
	for _, r := range records {
		there[r.part+"|"+r.id] = true
		st := l.theirs[r.part+"|"+r.id]
		if st != nil && st.present && r.part == "check" {
			l.has[r.id] = true
		}
		row := l.row(r, st)
		switch {
		case r.held != "":
			row.Why = r.held
			l.Held = append(l.Held, row)
		case row.Op == "":
			l.Same = append(l.Same, row)
		case len(row.Wrong) > 0:
			l.Wrong = append(l.Wrong, row)
		case !l.again && st.unmended(row):
			row.Why = st.last.Reason
			l.Kept = append(l.Kept, row)
		default:
			l.Go = append(l.Go, row)
			l.has[r.id] = l.has[r.id] || r.part == "check"
		}
	}
	var gone []Row
	for key, st := range l.theirs {
		if st.present && !there[key] {
			if row := l.removal(st); !l.again && st.unmended(row) {
				row.Why = st.last.Reason
				l.Kept = append(l.Kept, row)
			} else {
				gone = append(gone, row)
			}
		}
	}
	slices.SortFunc(l.Kept, func(a, b Row) int { return compare(a.Part+a.ID, b.Part+b.ID) })
	l.end(gone)
}

// end puts what is deleted at the end, and cuts the batch.
func (l *looking) end(gone []Row) {
	// What hangs on an inspection goes before it.
	slices.SortFunc(gone, func(a, b Row) int {
		if a.Part != b.Part {
			return l.place(b.Part) - l.place(a.Part)
		}
		return compare(a.ID, b.ID)
	})
	l.Go = append(l.Go, gone...)
	if len(l.Go) > MostLines {
		l.Go, l.Later = l.Go[:MostLines], l.Go[MostLines:]
	}
	l.Digest = digestOf(l.Number, l.Go)
}

func compare(a, b string) int {
	switch {
	case a < b:
		return -1
	case a > b:
		return 1
	}
	return 0
}

func (l *looking) place(part string) int {
	return slices.IndexFunc(l.Receiver.Parts, func(p Part) bool { return p.ID == part })
}

// row writes a record in the receiver's columns. Its Op is empty if the
// receiver has it so.
func (l *looking) row(r record, st *standing) Row {
	row := Row{Part: r.part, ID: r.id, CD: l.name(r.part, r.id), Label: r.label, Href: r.href(AtForm), Op: Insert}
	if st != nil && st.present {
		row.Op = Update
	}
	l.control["cd.id"], l.control["cd.op"] = []string{row.CD}, []string{string(row.Op)}
	fields := l.Receiver.Part(r.part).Fields
	for _, f := range fields {
		values, wrong := l.convert(f, r)
		if wrong == "" {
			wrong = f.Check(values, l.on)
		}
		if wrong != "" {
			row.Wrong = append(row.Wrong, Problem{f.Column, f.Name, wrong, l.mended(f, r)})
		}
		row.Cells = append(row.Cells, values)
	}
	if a := first(r.facts["action"]); r.part == "penalty" && a != "" && !l.has[a] {
		row.Wrong = append(row.Wrong, Problem{"检查行为编号", "检查行为编号", "所属的检查行为 " + a + " 还没有报送，先报送它", "/w/forms/" + r.form})
	}
	row.Digest = digest(fields, row.Cells)
	if st != nil && st.present && st.digest == row.Digest {
		row.Op = ""
	}
	return row
}

// convert finds a field's values and turns them into the receiver's words.
func (l *looking) convert(f Field, r record) (values []string, wrong string) {
	given := r.facts[f.From]
	if given == nil {
		given = l.control[f.From]
	}
	for _, v := range given {
		if f.Dict == "" || v == "" {
			values = append(values, v)
			continue
		}
		d := l.Receiver.Dict(f.Dict)
		theirs := l.values.word(d, v)
		if theirs == "" && f.Need {
			return nil, "缺少“" + f.Name + "”：字典里“" + d.name(v) + "”还没有对应的代码"
		}
		if theirs != "" && !slices.Contains(values, theirs) {
			values = append(values, theirs)
		}
	}
	return values, ""
}

// mended says where a mistake in a field is put right.
func (l *looking) mended(f Field, r record) string {
	at := "/w/exchange/" + l.Receiver.ID + "/codes#"
	switch {
	case f.Dict != "" && first(r.facts[f.From]) != "" && f.Ask == "":
		return at + anchor("dict/"+f.Dict)
	case f.Ask == OfOffice:
		return at + anchor("office")
	case f.Ask == OfItem:
		return at + anchor("item/"+r.item)
	case f.Ask == OfPenalty:
		return at + anchor("penalty/"+r.id)
	}
	return r.href(f.Mend)
}

func first(values []string) string {
	if len(values) == 0 {
		return ""
	}
	return values[0]
}

// removal takes a record back that is no longer there: its cells are those that
// the receiver has.
func (l *looking) removal(st *standing) Row {
	row := Row{Part: st.part, ID: st.id, CD: st.cd, Label: st.label, Href: st.href, Op: Delete, Digest: st.digest}
	l.control["cd.id"], l.control["cd.op"] = []string{row.CD}, []string{string(Delete)}
	fields := l.Receiver.Part(st.part).Fields
	known := len(st.cells) == len(fields)
	for i, f := range fields {
		switch {
		case f.Control && l.control[f.From] != nil:
			row.Cells = append(row.Cells, l.control[f.From])
		case known:
			row.Cells = append(row.Cells, st.cells[i])
		default: // the table has changed since: the name of the record is enough
			row.Cells = append(row.Cells, nil)
		}
	}
	return row
}

// name is what a record is called at the receiver, for good.
func (l *looking) name(part, id string) string {
	h := sha256.Sum256([]byte(l.authority + "|" + l.Receiver.ID + "|" + part + "|" + id))
	return hex.EncodeToString(h[:16])
}

// digest is over what the record says, not over its transfer.
func digest(fields []Field, cells [][]string) string {
	var own [][]string
	for i, f := range fields {
		if !f.Control {
			own = append(own, append([]string{f.Column}, cells[i]...))
		}
	}
	return hexOf(own)
}

func digestOf(number string, rows []Row) string {
	lines := [][]string{{number}}
	for _, r := range rows {
		lines = append(lines, []string{r.Part, r.ID, string(r.Op), r.Digest})
	}
	return hexOf(lines)
}

func hexOf(lines [][]string) string {
	b, err := json.Marshal(lines)
	if err != nil {
		panic("BUG: texts that are no JSON: " + err.Error())
	}
	h := sha256.Sum256(b)
	return hex.EncodeToString(h[:])
}

// standing is what a receiver has of a record, by the batches so far.
type standing struct {
	part, id, cd, label, href string
	present                   bool
	digest                    string
	cells                     [][]string
	last                      Line // the latest line about it
}

// unmended reports that the receiver has sent the same back before.
func (s *standing) unmended(r Row) bool {
	return s != nil && s.last.Answer == Returned && s.last.Op == r.Op && s.last.Digest == r.Digest
}

// readTheirs replays the lines: a line without an answer counts as arrived, one
// that was returned as never sent.
func readTheirs(ctx context.Context, db *store.DB, authority, target string, of among) (map[string]*standing, error) {
	all := map[string]*standing{}
	for _, q := range of.lines() {
		args := append([]any{authority, target}, q.args...)
		err := store.Each(ctx, db, scanLine, func(x Line) error {
			replay(all, x)
			return nil
		}, `
		SELECT `+lineCols+`
		FROM `+q.from+`exchange_line l
		WHERE l.authority_id = $1 AND l.target = $2`+q.where+`
		ORDER BY l.serial, l.no`, args...)
		if err != nil {
			return nil, err
		}
	}
	return all, nil
}

func replay(all map[string]*standing, x Line) {
	key := x.Part + "|" + x.ID
	st := all[key]
	if st == nil {
		st = &standing{part: x.Part, id: x.ID, cd: x.CD}
		all[key] = st
	}
	st.last, st.label, st.href = x, x.Label, x.Href
	if x.Answer == Returned {
		return
	}
	st.present, st.digest, st.cells = x.Op != Delete, x.Digest, x.Cells
}

// condition narrows a query over the lines of an office and a receiver.
type condition struct {
	from, where string
	args        []any
}

// lines are the conditions under which the lines of the forms are found: a
// record's number is its form's, and that of an item of it begins so.
func (a among) lines() []condition {
	const ofForm = " AND l.part = 'check' AND l.record_id >= $3 AND l.record_id < $4"
	switch {
	case a.round != "":
		return []condition{{"", ofForm, []any{a.round + ".", a.round + "/"}}}
	case a.penalties:
		return []condition{{"", " AND l.part = 'penalty'", nil}, {`(SELECT DISTINCT authority_id, form_id FROM casework_penalty WHERE authority_id = $1) AS w CROSS JOIN `,
			" AND l.part = 'check' AND l.record_id >= w.form_id AND l.record_id < w.form_id || '.'", nil}}
	case len(a.forms) == 0:
		return []condition{{}}
	}
	var all []condition
	for _, f := range a.forms {
		all = append(all, condition{"", ofForm, []any{f, f + "."}})
	}
	return all
}
