package stats

import (
	"bufio"
	"fmt"
	"io"
	"regexp"
	"slices"
	"strconv"
	"strings"
)

// Cell is a set of firms between which one draw makes no difference: those of
// one stratum that have the same number of tickets. Given how many of a cell
// were drawn, every choice of that many is equally likely, so that all that is
// counted here has an exact law.
type Cell struct {
	Stratum string           `json:"stratum"`
	Tickets int              `json:"tickets"`
	Size    int              `json:"size"`
	Drawn   int              `json:"drawn"`
	Deciles [10]Share        `json:"deciles"` // by place in the sealed list
	Towns   map[string]Share `json:"towns"`
	Before  Share            `json:"before"` // drawn in an earlier round
	Pairs   int              `json:"pairs"`  // drawn ones that stand side by side in the cell
	Blocks  []Block          `json:"blocks"`

	read, last int // firms of the cell read so far; place of the last drawn one, from 1
	window     int // drawn in the open window
	open       Block
}

// Share is a part of a cell and how many of it were drawn.
type Share struct {
	Size  int `json:"size"`
	Drawn int `json:"drawn"`
}

func (s *Share) add(drawn bool) {
	s.Size++
	if drawn {
		s.Drawn++
	}
}

// Block is a stretch of a cell, cut into windows of equal width.
type Block struct {
	Windows  int `json:"windows"`
	Width    int `json:"width"`
	Drawn    int `json:"drawn"`
	Occupied int `json:"occupied"`
}

// blockWindows is how many windows make a block.
const blockWindows = 100

// Pool is what a draw of firms is counted from.
type Pool struct {
	List   func() io.Reader       // the sealed list of targets, each time from its beginning
	Drawn  map[string]bool        // by identifier; reserves are not among them
	Before map[string]bool        // drawn in an earlier round
	Town   func(id string) string // asked in the list's order
}

// Count reads the sealed list twice: for the sizes, and for all else.
func Count(p Pool) ([]Cell, error) {
	cells, total := map[string]*Cell{}, 0
	err := eachTarget(p.List(), func(id, stratum string, tickets int) {
		total++
		key := fmt.Sprintf("%s\t%04d", stratum, tickets)
		if cells[key] == nil {
			cells[key] = &Cell{Stratum: stratum, Tickets: tickets, Towns: map[string]Share{}}
		}
		cells[key].Size++
		if p.Drawn[id] {
			cells[key].Drawn++
		}
	})
	if err != nil {
		return nil, err
	}
	place := 0
	err = eachTarget(p.List(), func(id, stratum string, tickets int) {
		c := cells[fmt.Sprintf("%s\t%04d", stratum, tickets)]
		drawn := p.Drawn[id]
		c.Deciles[place*10/total].add(drawn)
		name := p.Town(id)
		town := c.Towns[name]
		town.add(drawn)
		c.Towns[name] = town
		if p.Before[id] {
			c.Before.add(drawn)
		}
		c.step(drawn)
		place++
	})
	var keys []string
	for k := range cells {
		keys = append(keys, k)
	}
	slices.Sort(keys)
	var all []Cell
	for _, k := range keys {
		cells[k].closeBlock()
		all = append(all, *cells[k])
	}
	return all, err
}

// eachTarget reads a sealed list: identifier, stratum, tickets.
func eachTarget(r io.Reader, fn func(id, stratum string, tickets int)) error {
	lines := bufio.NewScanner(r)
	for lines.Scan() {
		parts := strings.Split(lines.Text(), "\t")
		if len(parts) != 3 {
			return fmt.Errorf("targets list: %d members in a line, want 3", len(parts))
		}
		tickets, err := strconv.Atoi(parts[2])
		if err != nil {
			return fmt.Errorf("targets list: tickets: %w", err)
		}
		fn(parts[0], parts[1], tickets)
	}
	return lines.Err()
}

// width is how wide a window is: on average one firm of it is drawn. 0: the
// windows of this cell would tell nothing.
func (c *Cell) width() int {
	if c.Drawn < 2 || c.Size < 2*c.Drawn {
		return 0
	}
	return c.Size / c.Drawn
}

// step takes in the cell's next firm.
func (c *Cell) step(drawn bool) {
	c.read++
	if drawn {
		if c.last > 0 && c.last == c.read-1 {
			c.Pairs++
		}
		c.last = c.read
		c.window++
	}
	w := c.width()
	if w == 0 || c.read%w != 0 {
		return
	}
	c.open.Windows, c.open.Width, c.open.Drawn = c.open.Windows+1, w, c.open.Drawn+c.window
	if c.window > 0 {
		c.open.Occupied++
	}
	c.window = 0
	if c.open.Windows == blockWindows {
		c.closeBlock()
	}
}

// closeBlock ends a block. A window that is not complete belongs to none.
func (c *Cell) closeBlock() {
	if c.open.Windows > 0 {
		c.Blocks = append(c.Blocks, c.open)
	}
	c.open = Block{}
}

var (
	township = regexp.MustCompile(`(?:镇|乡|街道|苏木|办事处)$`)
	inside   = regexp.MustCompile(`^(?:.*?[省市县区旗])?([^省市县区旗\d\s]{1,8}?(?:镇|乡|街道|苏木))`)
)

// Town returns the town of a firm: the registered area if it is one, else the
// town that its address names, else the area.
func Town(area, address string) string {
	if township.MatchString(area) {
		return area
	}
	if m := inside.FindStringSubmatch(address); m != nil {
		return m[1]
	}
	return area
}
