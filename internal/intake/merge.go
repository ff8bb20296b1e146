package intake

import (
	"fmt"
	"slices"
	"strings"

	"github.com/xuri/excelize/v2"

	"suiji/internal/office"
)

// span is a column of merged cells: rows from top to bottom are one to the eye,
// and only the first has the text.
type span struct {
	col, top, bottom int // col from 0
	text             string
}

// merges fills the rows under merged cells.
type merges struct {
	spans  []span         // by top; open ones first
	open   []span         // those that the reading stands in
	filled map[int]string // columns that were filled → an example
}

// mergesOf reads ranges such as A2:A9. Those of one row only are titles.
func mergesOf(ranges []string) *merges {
	m := &merges{filled: map[int]string{}}
	for _, r := range ranges {
		from, to, _ := strings.Cut(r, ":")
		left, top, err := excelize.CellNameToCoordinates(from)
		right, bottom, err2 := excelize.CellNameToCoordinates(to)
		if err != nil || err2 != nil || bottom <= top || left != right {
			continue
		}
		m.spans = append(m.spans, span{col: left - 1, top: top, bottom: bottom})
	}
	slices.SortFunc(m.spans, func(a, b span) int { return a.top - b.top })
	return m
}

// fill returns the cells of a row with what merged cells above say. Names and
// numbers are not filled: one firm has one row.
func (m *merges) fill(row office.Row, h *header) []string {
	if len(m.spans) == 0 && len(m.open) == 0 {
		return row.Cells
	}
	m.open = slices.DeleteFunc(m.open, func(s span) bool { return row.Number > s.bottom })
	for len(m.spans) > 0 && m.spans[0].top <= row.Number {
		s := m.spans[0]
		m.spans = m.spans[1:]
		if s.top == row.Number && s.col < len(row.Cells) && !h.identifies(s.col) {
			s.text = row.Cells[s.col]
			m.open = append(m.open, s)
		}
	}
	cells := row.Cells
	for _, s := range m.open {
		if row.Number == s.top || s.text == "" {
			continue
		}
		for len(cells) <= s.col {
			cells = append(slices.Clip(cells), "")
		}
		if cells[s.col] == "" {
			cells[s.col] = s.text
			m.filled[s.col] = s.text
		}
	}
	return cells
}

// identifies reports whether a column tells one record from another.
func (h *header) identifies(col int) bool {
	return slices.Contains([]int{h.at[fName], h.at[fCode], h.at[fOldCode], h.at[fCertNo]}, col)
}

// notes says which columns were filled.
func (m *merges) notes(h *header) []string {
	var cols []int
	for c := range m.filled {
		if c < len(h.columns) && h.columns[c].Kept {
			cols = append(cols, c)
		}
	}
	slices.Sort(cols)
	var out []string
	for _, c := range cols {
		out = append(out, fmt.Sprintf("“%s”列有合并单元格，下面各行按首格的内容填入（如“%s”）；请核对", h.columns[c].Heading, m.filled[c]))
	}
	return out
}
