package inspection

import (
	"fmt"
	"strings"

	"github.com/skip2/go-qrcode"
)

// CodeURL is what a form's QR says: the page where anyone who holds the paper
// sees that it is genuine.
func CodeURL(base, code string) string { return strings.TrimRight(base, "/") + "/c/" + code }

// QR returns the form's QR as a PNG. base is the address of the public site.
// Level M stands a fold or a stamp; the border is the paper's.
func QR(base, code string) ([]byte, error) {
	q, err := qrcode.New(CodeURL(base, code), qrcode.Medium)
	if err != nil {
		return nil, fmt.Errorf("qr of form: %w", err)
	}
	q.DisableBorder = true
	return q.PNG(240)
}

// Sheet is one A4 page of the printed form. Pages are made here, not by the
// browser: only so can each carry its number and the form's.
type Sheet struct {
	No, Of   int
	Head     bool // title, firm, task, team
	Points   []PrintPoint
	Results  bool           // the codes to tick
	Findings []PrintFinding // with a heading if there are any
	Texts    []PrintText
	Sign     bool // the signature lines
}

// PrintPoint is a row of the table of check points, or the item above them.
type PrintPoint struct {
	Item   string // not empty: a heading
	No     string // empty: the row above goes on
	Text   string
	Basis  string
	Answer Answer
	Boxes  bool // the boxes to tick
	Note   string
}

// PrintFinding is a row of the table of problems; empty ones are for the pen.
type PrintFinding struct{ No, Fact, Measure, Due, Outcome string }

// PrintText is a labelled text. An empty one leaves room for the pen.
type PrintText struct{ Label, Text string }

// Measures of the printed form, in millimetres. The style sheet of the print
// page says the same. Characters are counted wide, so that the browser needs
// no more lines than this.
const (
	lineHeight   = 5.2
	rowExtra     = 2.4 // padding and border of a row
	charWidth    = 3.75
	sheetRoom    = 226.0 // between the head line and the foot of a sheet
	headRow      = lineHeight + rowExtra
	labelWidth   = 145.0 // of the text beside a label
	pointWidth   = 60.0
	basisWidth   = 50.0 // 44 in the smaller type of these two columns
	noteWidth    = 32.0 // 28
	factWidth    = 66.0
	measureWidth = 52.0
	penRow       = 12.0
	penText      = 13.0
	resultsRoom  = 8*lineHeight + 2*rowExtra
	signRoom     = 56.0
	mostLines    = 30 // of one row; longer ones go on in the next
)

// Pages lays the form out on sheets. parts are those of the other departments,
// which the head names.
func Pages(f Form, parts ...Part) []Sheet {
	l := &layout{left: sheetRoom}
	l.sheets = []Sheet{{Head: true}}
	l.left -= headHeight(f, parts)
	l.points(f.Points)
	l.put(resultsRoom, func(s *Sheet) { s.Results = true })
	l.findings(f)
	l.text("检查情况", f.Summary)
	l.text("证据", f.proof())
	if f.Refusal != "" {
		l.text("拒签情况", f.Refusal)
	}
	l.put(signRoom, func(s *Sheet) { s.Sign = true })
	for i := range l.sheets {
		l.sheets[i].No, l.sheets[i].Of = i+1, len(l.sheets)
	}
	return l.sheets
}

// proof is the evidence with the attempts to reach the firm.
func (f Form) proof() string {
	var parts []string
	for i, a := range f.Attempts {
		parts = append(parts, fmt.Sprintf("第 %d 次联系 %s：%s", i+1, a.On, a.How))
	}
	if f.Evidence != "" {
		parts = append(parts, f.Evidence)
	}
	return strings.Join(parts, "\n")
}

// headHeight is the room of title, firm, task and team on the first sheet.
func headHeight(f Form, parts []Part) float64 {
	const title = 14.0
	rows := 3 // code, dates, discipline
	lines := 1 + 1 + 2
	for _, text := range []string{f.Firm.Name, f.Firm.Address, f.Firm.Place(), f.Task.Plan + f.Task.Number + f.Task.Name, strings.Join(f.Items(), "；")} {
		rows++
		lines += linesOf(text, labelWidth)
	}
	rows++ // methods, on two lines
	lines += 2
	rows++
	team := 0
	for _, o := range f.Team {
		team++
		if o.ByHand {
			team++ // the mark may take a line of its own
		}
	}
	lines += max(2, team)
	if f.Department != "" {
		rows++
		lines += linesOf(f.Department, labelWidth)
	}
	for _, p := range parts {
		rows++
		lines += linesOf(p.text(), labelWidth)
	}
	return title + float64(lines)*lineHeight + float64(rows)*rowExtra
}

// Items returns the names of the form's items, in order.
func (f Form) Items() []string {
	var items []string
	last := ""
	for _, p := range f.Points {
		if p.ItemID != last {
			items, last = append(items, p.Item), p.ItemID
		}
	}
	return items
}

// layout fills sheets from the top.
type layout struct {
	sheets []Sheet
	left   float64
}

// put places a block of a height, on a new sheet if this one is full.
func (l *layout) put(height float64, place func(*Sheet)) {
	if height > l.left {
		l.sheets = append(l.sheets, Sheet{})
		l.left = sheetRoom
	}
	l.left -= height
	place(&l.sheets[len(l.sheets)-1])
}

func (l *layout) last() *Sheet { return &l.sheets[len(l.sheets)-1] }

func (l *layout) points(points []Point) {
	item := ""
	for i, p := range points {
		if p.ItemID != item {
			item = p.ItemID
			// A heading is not left alone at the foot of a sheet.
			h := float64(linesOf(p.Item, 170))*lineHeight + rowExtra
			if l.left < h+2*headRow+pointHeight(rowOf(p)) {
				l.left = 0
			}
			l.point(h, PrintPoint{Item: p.Item})
		}
		for k, row := range splitRow(rowOf(p)) {
			if k == 0 {
				row.No, row.Boxes = fmt.Sprint(i+1), true
			}
			l.point(pointHeight(row), row)
		}
	}
}

func rowOf(p Point) PrintPoint {
	return PrintPoint{Text: p.Text, Basis: p.Basis, Answer: p.Answer, Note: p.Note}
}

// point places a row of the table, which repeats its heading on each sheet.
func (l *layout) point(height float64, row PrintPoint) {
	if len(l.last().Points) == 0 || height > l.left {
		height += headRow
	}
	l.put(height, func(s *Sheet) { s.Points = append(s.Points, row) })
}

func pointHeight(p PrintPoint) float64 {
	lines := max(2, linesOf(p.Text, pointWidth), linesOf(p.Basis, basisWidth), linesOf(p.Note, noteWidth))
	return float64(lines)*lineHeight + rowExtra
}

// splitRow cuts a row that would not fit on a sheet.
func splitRow(p PrintPoint) []PrintPoint {
	text, basis, note := pieces(p.Text, pointWidth), pieces(p.Basis, basisWidth), pieces(p.Note, noteWidth)
	rows := make([]PrintPoint, max(1, len(text), len(basis), len(note)))
	for i := range rows {
		rows[i] = PrintPoint{Text: piece(text, i), Basis: piece(basis, i), Note: piece(note, i)}
	}
	rows[0].Answer = p.Answer
	return rows
}

func piece(list []string, i int) string {
	if i < len(list) {
		return list[i]
	}
	return ""
}

// findings prints what was found, or lines for the pen if nothing is entered.
func (l *layout) findings(f Form) {
	if f.State == Issued {
		for range 3 {
			l.finding(penRow, PrintFinding{})
		}
		return
	}
	for _, x := range f.Findings {
		outcome := x.Outcome.Name()
		if !x.Open() {
			outcome = fmt.Sprintf("%s（%s）", outcome, x.OutcomeOn)
		}
		facts, measures := pieces(x.Fact, factWidth), pieces(x.Measure, measureWidth)
		for i := range max(1, len(facts), len(measures)) {
			row := PrintFinding{Fact: piece(facts, i), Measure: piece(measures, i)}
			if i == 0 {
				row.No, row.Due, row.Outcome = fmt.Sprint(x.No), x.DueOn.String(), outcome
			}
			lines := max(2, linesOf(row.Fact, factWidth), linesOf(row.Measure, measureWidth), linesOf(row.Outcome, 26))
			l.finding(float64(lines)*lineHeight+rowExtra, row)
		}
	}
}

func (l *layout) finding(height float64, row PrintFinding) {
	if len(l.last().Findings) == 0 || height > l.left {
		height += headRow
	}
	l.put(height, func(s *Sheet) { s.Findings = append(s.Findings, row) })
}

func (l *layout) text(label, text string) {
	if text == "" {
		l.put(penText, func(s *Sheet) { s.Texts = append(s.Texts, PrintText{Label: label}) })
		return
	}
	for i, part := range pieces(text, labelWidth) {
		if i > 0 {
			label += "（续）"
		}
		t := PrintText{label, part}
		l.put(float64(max(2, linesOf(part, labelWidth)))*lineHeight+rowExtra, func(s *Sheet) { s.Texts = append(s.Texts, t) })
		label = strings.TrimSuffix(label, "（续）")
	}
}

// linesOf counts the lines of a text in a column, at least 1.
func linesOf(text string, width float64) int { return max(1, len(wrap(text, width))) }

// Punctuation that a browser keeps from the start or the end of a line.
const (
	closers = "，。、；：？！）》〉」』】〕”’…％%,.;:?!)]}"
	openers = "（《〈「『【〔“‘([{"
)

// wrap breaks a text into lines no longer than the column, as a browser with
// word-break: break-all would. Half-width characters count for more than half:
// not every typeface is SimSun.
func wrap(text string, width float64) []string {
	room := width - 3
	var lines []string
	for _, part := range strings.Split(strings.ReplaceAll(text, "\r", ""), "\n") {
		var line []rune
		used := 0.0
		for _, r := range part {
			if used+wide(r) > room {
				keep := breakAt(line, r)
				lines = append(lines, string(line[:keep]))
				line = append([]rune{}, line[keep:]...)
				used = 0
				for _, c := range line {
					used += wide(c)
				}
			}
			line = append(line, r)
			used += wide(r)
		}
		lines = append(lines, string(line))
	}
	return lines
}

// breakAt returns how much of a full line stays on it when next comes: a
// closing mark takes the character before it along, an opening one goes along.
func breakAt(line []rune, next rune) int {
	keep := len(line)
	for keep > 1 && (strings.ContainsRune(closers, next) || strings.ContainsRune(openers, line[keep-1])) {
		keep--
		next = line[keep]
	}
	if keep <= 1 {
		return len(line)
	}
	return keep
}

func wide(r rune) float64 {
	if r < 0x2E80 {
		return charWidth * 0.66
	}
	return charWidth
}

// pieces cuts a text into parts of at most mostLines lines. No character is
// lost.
func pieces(text string, width float64) []string {
	if text == "" {
		return nil
	}
	lines := wrap(text, width)
	if len(lines) <= mostLines {
		return []string{text}
	}
	var parts []string
	for len(lines) > 0 {
		n := min(mostLines, len(lines))
		parts = append(parts, strings.Join(lines[:n], "\n"))
		lines = lines[n:]
	}
	return parts
}
