package main

import (
	"bytes"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/chromedp/chromedp"
	"github.com/xuri/excelize/v2"

	"suiji/internal/sample"
)

// The clerk's file (journey J1): so many firms, so many of them not to be
// imported, so many to be looked at.
const (
	j1Firms, j1Errors, j1Warnings = 2046, 17, 31
	j1Clicks                      = 9
	j1Machine                     = 10 * time.Second
)

// flaw is one cell of the clerk's file that is not as it should be.
type flaw struct {
	cell, right string // right: what belongs there
	wrong, note string // note: part of what must be said
	bad         bool
}

// clerksFlaws are the flaws of the clerk's file, spread over its rows.
func clerksFlaws() []flaw {
	var flaws []flaw
	for n := range j1Errors + j1Warnings {
		row := 12 + n*41
		f := clerksFirm(row - 2)
		at := func(col int, wrong, note string) {
			cell, _ := excelize.CoordinatesToCellName(col+1, row)
			flaws = append(flaws, flaw{cell, f[col], wrong, note, n < j1Errors})
		}
		switch {
		case n < 8:
			at(1, f[1][:12]+string("10"[f[1][12]&1])+f[1][13:17]+string("AC"[n%2]), "校验码不符")
		case n < 11:
			at(1, "9.1990101E+17", "科学计数法")
		case n < 13:
			at(0, "", "没有填写名称")
		case n < 15:
			at(1, f[1][:17], "应为 18 位，现为 17 位")
		case n < j1Errors:
			at(1, strings.Repeat("暂", 3), "没有数字，不是证照号码")
		case n < j1Errors+12:
			at(5, "1880000123", "手机号应为 11 位，现为 10 位")
		case n < j1Errors+24:
			at(3, "", "没有地址")
		default:
			at(2, "2022-02-30", "没有这一天")
		}
	}
	return flaws
}

var clerksHead = []string{"市场主体名称", "社会信用代码", "注册日期", "住所", "联系人姓名", "手机号码", "登记机关", "企业类型"}

func clerksFirm(i int) []string {
	return []string{fmt.Sprintf("示例县%s商贸第%d有限公司", []string{"恒泰", "瑞丰", "鑫源", "德兴"}[i%4], i+1), sample.Code("91", i), fmt.Sprintf("20%02d/%d/%d", i%20, 1+i%12, 1+i%28),
		fmt.Sprintf("示例县城关镇建设路%d号", i%300+1), "王强", fmt.Sprintf("188%08d", i), "示例县市场监督管理局", "有限责任公司"}
}

// clerksBook is the clerk's file, as a workbook with a title.
func clerksBook(t *testing.T, flaws []flaw) []byte {
	t.Helper()
	f := excelize.NewFile()
	defer f.Close()
	set := func(row int, cells []string) {
		for i, text := range cells {
			cell, err := excelize.CoordinatesToCellName(i+1, row)
			if err == nil {
				err = f.SetCellStr("Sheet1", cell, text)
			}
			if err != nil {
				t.Fatal(err)
			}
		}
	}
	set(1, clerksHead)
	for i := range j1Firms {
		set(i+2, clerksFirm(i))
	}
	for _, x := range flaws {
		if err := f.SetCellStr("Sheet1", x.cell, x.wrong); err != nil {
			t.Fatal(err)
		}
	}
	return saved(t, f)
}

func saved(t *testing.T, f *excelize.File) []byte {
	t.Helper()
	var b bytes.Buffer
	if err := f.Write(&b); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

// counter counts the clicks of a person, and the time that the machine takes.
type counter struct {
	*chromium
	clicks  int
	machine time.Duration
}

func (c *counter) click(words string, then ...string) {
	c.t.Helper()
	c.clicks++
	start := time.Now()
	c.press(words)
	c.want(then...)
	c.machine += time.Since(start)
}

func (c *counter) choose(path string) {
	c.t.Helper()
	c.clicks++
	c.upload(path)
}

// marked presses the link of the marked workbook; another session of the same
// person fetches it.
func (c *counter) marked(w *town) []byte {
	c.t.Helper()
	c.clicks++
	start := time.Now()
	href, err := chromedp.Run(c.ctx, chromedp.Evaluate[string](`[...document.querySelectorAll("main a")].filter(a => a.innerText == "下载错误清单")[0].getAttribute("href")`))
	if err != nil {
		c.t.Fatal(err)
	}
	w.as("clerk")
	b, err := w.b.fetch(href)
	w.must(err)
	c.machine += time.Since(start)
	return b
}

// Journey J1 in a real browser: the clerk's workbook comes back marked, goes in
// repaired, is undone, and goes in again with the repaired rows alone.
func TestClerksImportInChromium(t *testing.T) {
	if testing.Short() {
		t.Skip("the browser is left out of -short")
	}
	w := newTown(t, "")
	w.found()
	s := w.serve()
	c := &counter{chromium: newChromium(t, s.address)}
	c.sit("clerk", townPassword)
	flaws := clerksFlaws()
	book := w.file("企业名录.xlsx", clerksBook(t, flaws))

	c.clicks++
	c.follow("go to the firms", chromedp.Click(chromedp.Search(`//nav//a[normalize-space(.)="检查对象"]`), chromedp.NodeVisible))
	c.click("导入名录")
	c.choose(book)
	c.click("上传并检查", "可导入", "现在名录还没有变动", "2,029")
	c.want("2,046", "31", "17")
	returned := c.marked(w)
	lookAtMarks(t, returned, "Sheet1", flaws)
	c.choose(w.file("企业名录-改.xlsx", repaired(t, returned, flaws, false)))
	c.click("上传修正", "确认导入 2,046 行")
	c.click("确认导入 2,046 行", "新增 2,046 条", "名录为第 1 版")
	c.want("撤销这次导入")
	undo := c.screenPath()
	c.click("返回名录", "共 2,046 条")
	t.Logf("J1: %d clicks, %.1f s of machine", c.clicks, c.machine.Seconds())
	if c.clicks > j1Clicks {
		t.Errorf("J1 takes %d clicks, want at most %d", c.clicks, j1Clicks)
	}
	if c.machine > 3*j1Machine { // this machine has other work
		t.Errorf("J1 takes %v of machine, want %v", c.machine, j1Machine)
	}

	c.open(undo)
	c.unfold("撤销这次导入")
	c.press("确认撤销")
	c.want("移出 2046 条")

	c.open("/w/imports/new?list=targets")
	c.upload(book)
	c.press("上传并检查")
	c.want("确认导入 2,029 行")
	returned = c.marked(w)
	c.press("确认导入 2,029 行")
	c.want("名录为第 3 版")
	c.upload(w.file("改过的行.xlsx", repaired(t, returned, flaws, true)))
	c.press("上传修正")
	c.want("确认导入 48 行")
	c.press("确认导入 48 行")
	c.want("更新 29 条，不变 19 条") // the undone import had brought all of them; a blank cell changes nothing
	c.open("/w/targets")
	c.want("共 2,046 条")
	c.dirty(w)
	c.calm()
	w.must(s.stop())
}

// screenPath is where the browser is.
func (c *chromium) screenPath() string {
	c.t.Helper()
	at, err := chromedp.Run(c.ctx, chromedp.Evaluate[string]("location.pathname"))
	if err != nil {
		c.t.Fatal(err)
	}
	return at
}

// lookAtMarks holds that a returned workbook has its marks at the flaws, and
// nowhere else.
func lookAtMarks(t *testing.T, book []byte, sheet string, flaws []flaw) {
	t.Helper()
	f, err := excelize.OpenReader(bytes.NewReader(book))
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	notes := map[string]string{}
	comments, err := f.GetComments(sheet)
	if err != nil {
		t.Fatal(err)
	}
	for _, n := range comments {
		for _, p := range n.Paragraph {
			notes[n.Cell] += p.Text
		}
	}
	if len(notes) != len(flaws) {
		t.Errorf("%d notes, want %d", len(notes), len(flaws))
	}
	for row := range j1Firms + 1 {
		for col := range clerksHead {
			cell, _ := excelize.CoordinatesToCellName(col+1, row+1)
			id, err := f.GetCellStyle(sheet, cell)
			if err != nil {
				t.Fatal(err)
			}
			style, err := f.GetStyle(id)
			if err != nil {
				t.Fatal(err)
			}
			want := ""
			if i := slices.IndexFunc(flaws, func(x flaw) bool { return x.cell == cell }); i >= 0 {
				if want = "FFE699"; flaws[i].bad {
					want = "FF7C80"
				}
				if !strings.Contains(notes[cell], flaws[i].note) {
					t.Errorf("%s: note %q, want %q", cell, notes[cell], flaws[i].note)
				}
			}
			if got := strings.Join(style.Fill.Color, ""); got != want {
				t.Errorf("%s: ground %q, want %q", cell, got, want)
			}
		}
	}
}

// repaired is a returned workbook with its flaws mended; alone: the mended rows
// only, below the heading.
func repaired(t *testing.T, book []byte, flaws []flaw, alone bool) []byte {
	t.Helper()
	f, err := excelize.OpenReader(bytes.NewReader(book))
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	for _, x := range flaws {
		if err := f.SetCellStr("Sheet1", x.cell, x.right); err != nil {
			t.Fatal(err)
		}
	}
	if !alone {
		return saved(t, f)
	}
	out := excelize.NewFile()
	defer out.Close()
	rows, err := f.GetRows("Sheet1")
	if err != nil {
		t.Fatal(err)
	}
	keep := [][]string{rows[0]}
	for _, x := range flaws {
		_, row, _ := excelize.CellNameToCoordinates(x.cell)
		keep = append(keep, rows[row-1])
	}
	for n, row := range keep {
		for i, text := range row {
			cell, _ := excelize.CoordinatesToCellName(i+1, n+1)
			if err := out.SetCellStr("Sheet1", cell, text); err != nil {
				t.Fatal(err)
			}
		}
	}
	return saved(t, out)
}

// dirty sends the real dirty file, if it is here, and repairs what comes back:
// every number that is refused becomes an old one.
func (c *counter) dirty(w *town) {
	c.t.Helper()
	raw, err := os.ReadFile(filepath.Join("..", "..", "..", "shared", "data", "targets-dirty.csv"))
	if os.IsNotExist(err) {
		c.t.Log("the real data are not here")
		return
	}
	w.must(err)
	c.open("/w/imports/new?list=targets")
	c.upload(w.file("targets-dirty.csv", raw))
	c.press("上传并检查")
	c.want("现在名录还没有变动")
	book := c.marked(w)
	if dir := os.Getenv("SUIJI_KEEP"); dir != "" {
		w.must(os.WriteFile(filepath.Join(dir, "dirty-marked.xlsx"), book, 0o600))
	}
	f, err := excelize.OpenReader(bytes.NewReader(book))
	w.must(err)
	defer f.Close()
	rows, err := f.GetRows("核对说明")
	w.must(err)
	refused := map[int]bool{}
	for _, r := range rows[2:] {
		if r[1] == "不导入" {
			_, row, err := excelize.CellNameToCoordinates(r[0])
			w.must(err)
			refused[row] = true
		}
	}
	if len(refused) == 0 {
		c.t.Fatal("no row of the dirty file is refused")
	}
	for row := range refused {
		cells := make([]any, 16)
		for i := range cells {
			cells[i] = ""
		}
		cells[0], cells[1] = fmt.Sprintf("示例县改正第%d厂", row), fmt.Sprintf("130132%09d", row)
		w.must(f.SetSheetRow("Sheet1", fmt.Sprintf("A%d", row), &cells))
	}
	c.upload(w.file("targets-dirty-改.xlsx", saved(c.t, f)))
	c.press("上传修正")
	c.want("确认导入 253 行")
	c.press("确认导入 253 行")
	c.want("名录为第 5 版")
}
