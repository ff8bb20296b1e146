package papers

// tableLayout is a table being laid out.
type tableLayout struct {
	*layout
	table   Table
	cells   []*set // with what is left to be put
	cols    []float64
	heights []float64 // of rows
}

// set is a cell whose text is broken into lines.
type set struct {
	placed
	lines []line
	x     float64
	width float64
}

// height returns the height of what is left in the cell.
func (c *set) height() float64 {
	sum := 2 * padY
	for _, l := range c.lines {
		sum += l.height
	}
	return sum
}

// table lays out a table. A row that does not fit goes to the next page; one
// that is longer than a page is cut between its lines. Head rows are repeated.
func (l *layout) table(t Table) error {
	b, err := l.prepare(t)
	if err != nil {
		return err
	}
	if err := l.lead(b); err != nil {
		return err
	}
	if t.Foot {
		total := sum(b.heights)
		if l.y+total > l.bottom()+slack {
			if err := l.turn(); err != nil {
				return err
			}
		}
		l.y = l.bottom() - total
	}
	for row := 0; row < len(t.Rows); {
		if row, err = b.fill(row); err != nil {
			return err
		}
	}
	return nil
}

// lead puts the lines that stay with the table, all on the next page if its
// first rows, or all of one that stays whole, do not fit below them.
func (l *layout) lead(b *tableLayout) error {
	need := 0.0
	for _, x := range l.held {
		need += x.height
	}
	rows := min(b.table.Head+1, len(b.heights))
	if b.table.Whole {
		rows = len(b.heights)
	}
	if len(l.held) > 0 || b.table.Whole {
		need += sum(b.heights[:rows])
	}
	if need > 0 && l.y > l.top() && l.y+need > l.bottom()+slack && need <= l.bottom()-l.top() {
		if err := l.turn(); err != nil {
			return err
		}
	}
	return l.release()
}

func sum(x []float64) (s float64) {
	for _, v := range x {
		s += v
	}
	return s
}

// prepare breaks the cells' text and works out the rows' heights.
func (l *layout) prepare(t Table) (*tableLayout, error) {
	b := &tableLayout{layout: l, table: t, cols: t.columns(l.width()), heights: make([]float64, len(t.Rows))}
	around := t.style(l.section.Style)
	for _, row := range t.grid() {
		for _, p := range row {
			if p.covered {
				continue
			}
			c := &set{placed: p, x: sum(b.cols[:p.col]), width: sum(b.cols[p.col : p.col+p.span])}
			style := p.Style.over(around)
			for _, block := range p.content() {
				size := style.Size
				if para, ok := block.(Paragraph); ok {
					size = para.Style.over(style).Size
				}
				lines, err := l.fonts.lines(block, box{width: c.width - 2*padX, style: style, pitch: t.pitch(size), char: style.Size})
				if err != nil {
					return nil, err
				}
				c.lines = append(c.lines, lines...)
			}
			b.cells = append(b.cells, c)
		}
	}
	for i, r := range t.Rows {
		b.heights[i] = max(mm(r.Height), 2*padY)
	}
	for _, c := range b.cells { // the last row of a cell makes room for it
		last := c.row + c.down - 1
		b.heights[last] = max(b.heights[last], c.height()-sum(b.heights[c.row:last]))
	}
	return b, nil
}

// enough is the room in points in which a row that is longer than a page may
// begin.
const enough = 80

// fill puts rows from this one on the page, begins the next page if there are
// more, and returns the row that goes on there.
func (b *tableLayout) fill(row int) (int, error) {
	end, y := row, b.y
	for end < len(b.heights) && y+b.heights[end] <= b.bottom()+slack {
		y += b.heights[end]
		end++
	}
	if end == len(b.heights) {
		b.put(row, end, b.heights[row:end])
		return end, nil
	}
	top := b.top()
	if row >= b.table.Head {
		top += sum(b.heights[:b.table.Head])
	}
	long := b.heights[end] > b.bottom()-top && b.bottom()-y > enough
	switch {
	case end == row && (long || b.y <= top+slack):
		room := b.bottom() - b.y
		b.put(row, row+1, []float64{room})
		b.heights[row] = max(b.heights[row]-room, b.rest(row))
	case long: // it begins on this page
		b.put(row, end, b.heights[row:end])
		return end, nil
	case end <= b.table.Head && row == 0 && b.y > b.top(): // no head without a row
		end = 0
	default:
		b.put(row, end, b.heights[row:end])
	}
	if err := b.turn(); err != nil {
		return 0, err
	}
	if end >= b.table.Head && b.table.Head > 0 && end > 0 {
		if err := b.repeat(); err != nil {
			return 0, err
		}
	}
	return end, nil
}

// rest returns the height of what is left in the cells of a row.
func (b *tableLayout) rest(row int) float64 {
	h := 0.0
	for _, c := range b.cells {
		if c.row <= row && row < c.row+c.down && len(c.lines) > 0 {
			h = max(h, c.height())
		}
	}
	return h
}

// repeat puts the head rows again.
func (b *tableLayout) repeat() error {
	head := b.table
	head.Rows, head.Head = head.Rows[:head.Head], 0
	again, err := b.prepare(head)
	if err != nil {
		return err
	}
	again.put(0, len(head.Rows), again.heights)
	return nil
}

// put draws the rows from one up to another, of these heights, with as much of
// their cells as there is room for.
func (b *tableLayout) put(from, to int, heights []float64) {
	page := b.page()
	for _, c := range b.cells {
		first, last := max(from, c.row), min(to, c.row+c.down)
		if first >= last {
			continue
		}
		y := b.y + sum(heights[:first-from])
		h := sum(heights[first-from : last-from])
		x := b.left() + c.x
		if c.Shade != "" {
			page.strokes = append(page.strokes, stroke{x, y, x + c.width, y + h, 0, c.Shade, true})
		}
		b.frame(c, x, y, h)
		b.content(c, x, y, h)
	}
	b.y += sum(heights)
}

// content puts the lines of a cell for which there is room.
func (b *tableLayout) content(c *set, x, y, h float64) {
	used, n := 2*padY, 0
	for n < len(c.lines) && used+c.lines[n].height <= h+slack {
		used += c.lines[n].height
		n++
	}
	if n == 0 && len(c.lines) > 0 && h >= b.bottom()-b.top()-slack { // a picture longer than a page
		n = 1
	}
	at := y + padY
	if c.Middle {
		at += (h - used) / 2
	}
	for _, l := range c.lines[:n] {
		b.page().lines = append(b.page().lines, put{l, x + padX, at})
		at += l.height
	}
	c.lines = c.lines[n:]
}

// frame draws the lines around a cell.
func (b *tableLayout) frame(c *set, x, y, h float64) {
	line := func(x1, y1, x2, y2 float64) {
		b.page().strokes = append(b.page().strokes, stroke{x1, y1, x2, y2, 0.5, "", false})
	}
	if b.table.Borders == None {
		return
	}
	line(x, y, x+c.width, y)
	line(x, y+h, x+c.width, y+h)
	if b.table.Borders == Grid {
		line(x, y, x, y+h)
		line(x+c.width, y, x+c.width, y+h)
	}
}
