package intake

import (
	"bytes"
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"
	"unicode/utf16"

	"github.com/xuri/excelize/v2"
	"golang.org/x/text/encoding/simplifiedchinese"

	"suiji/internal/airlock"
	"suiji/internal/office/officetest"
	"suiji/internal/register"
	"suiji/internal/store/storetest"
)

// beast is a file that is not as it should be, and what must be said of it.
type beast struct {
	name string
	list register.List // empty: targets
	make func(t *testing.T) []byte
	want string // all that is said, as told writes it
}

const (
	zooHead  = "企业名称,统一社会信用代码,注册地址,成立日期\n"
	zooFirst = "元氏县机电设备总公司,91130132108010841G,蟠龙路120号,1989-04-18\n"
	zooOther = "元氏县物资总公司,91130132108010083D,槐阳镇,1990-06-01\n"
)

// zooBook is a workbook with the zoo's firms and what change does to it.
func zooBook(change func(f *excelize.File) error) func(t *testing.T) []byte {
	return func(t *testing.T) []byte {
		return officetest.Book(t, func(f *excelize.File) error {
			var rows [][]string
			for line := range strings.Lines(zooHead + zooFirst + zooOther) {
				rows = append(rows, strings.Split(strings.TrimSpace(line), ","))
			}
			if err := officetest.Rows(f, "Sheet1", rows...); err != nil || change == nil {
				return err
			}
			return change(f)
		})
	}
}

func text(s string) func(t *testing.T) []byte { return func(*testing.T) []byte { return []byte(s) } }

// sheet is a workbook whose sheet is written by hand.
func sheet(rows string) func(t *testing.T) []byte {
	return func(t *testing.T) []byte {
		return officetest.WithPart(t, zooBook(nil)(t), officetest.Sheet1, officetest.SheetXML(rows))
	}
}

// inline is a row of texts.
func inline(row int, texts ...string) string {
	var b strings.Builder
	fmt.Fprintf(&b, `<row r="%d">`, row)
	for i, text := range texts {
		fmt.Fprintf(&b, `<c r="%c%d" t="inlineStr"><is><t>%s</t></is></c>`, 'A'+i, row, text)
	}
	return b.String() + "</row>"
}

func part(name, content string) func(t *testing.T) []byte {
	return func(t *testing.T) []byte { return officetest.WithPart(t, zooBook(nil)(t), name, content) }
}

func head(make func(t *testing.T) []byte, keep func(n int) int) func(t *testing.T) []byte {
	return func(t *testing.T) []byte { b := make(t); return b[:keep(len(b))] }
}

func gb(s string) string {
	out, err := simplifiedchinese.GB18030.NewEncoder().String(s)
	if err != nil {
		panic(err) // GB18030 has every character
	}
	return out
}

func utf16be(s string) string {
	out := []byte{0xFE, 0xFF}
	for _, u := range utf16.Encode([]rune(s)) {
		out = append(out, byte(u>>8), byte(u))
	}
	return string(out)
}

func cells(pairs ...string) func(f *excelize.File) error {
	return func(f *excelize.File) error {
		for i := 0; i < len(pairs); i += 2 {
			if err := f.SetCellStr("Sheet1", pairs[i], pairs[i+1]); err != nil {
				return err
			}
		}
		return nil
	}
}

func manyNames(n int) string {
	var b strings.Builder
	b.WriteString("企业名称,统一社会信用代码\n")
	for i := range n {
		_, code, _ := madeFirm(i)
		fmt.Fprintf(&b, "元氏县便民超市,%s\n", code)
	}
	return b.String()
}

// told is all that the service says of an import.
func (d *desk) told(i Import) string {
	if i.State == Refused || i.State == Matching {
		return i.State.Name() + "：" + i.Sentence
	}
	var b strings.Builder
	fmt.Fprintf(&b, "%d 行，可导入 %d，提醒 %d，不导入 %d", i.Total, i.Accepted, i.Warned, i.Rejected)
	for _, n := range i.Notes {
		b.WriteString("\n※ " + n)
	}
	for _, u := range i.Unknown() {
		b.WriteString("\n※ 没有认出：" + u)
	}
	for _, x := range d.issues(i) {
		fmt.Fprintf(&b, "\n第 %d 行 %s %s：%s", x.Line, x.Column, x.Severity.Name(), x.Sentence)
	}
	return b.String()
}

// Every beast of the zoo goes through the service with the child: it says what
// it must, in bounded memory, and leaves nothing behind that a sound file
// would meet.
func TestZoo(t *testing.T) {
	d := guarded(t, storetest.SQLite(t))
	stop := watchChildren()
	beasts := slices.Concat(brokenFiles, foreignFiles, strangeText, strangeTables, strangeCells)
	if len(beasts) < 40 {
		t.Errorf("the zoo has %d beasts, want at least 40", len(beasts))
	}
	for _, x := range beasts {
		t.Run(x.name, func(t *testing.T) {
			if x.list == "" {
				x.list = register.Targets
			}
			i, err := d.Receive(t.Context(), clerk, Upload{List: x.list, FileName: x.name, Content: bytes.NewReader(x.make(t))})
			if err != nil {
				t.Fatal(err)
			}
			if got := d.told(i); got != x.want {
				t.Errorf("said\n%s\nwant\n%s", got, x.want)
			}
			if err := d.Drop(t.Context(), clerk, i.ID); err != nil {
				t.Errorf("Drop: %v", err)
			}
		})
	}
	left, err := filepath.Glob(filepath.Join(d.dir, "uploads", authority, "*"))
	if err != nil || len(left) != 0 {
		t.Errorf("left behind: %q, %v", left, err)
	}
	if i := d.enter(register.Targets, "sound.csv", zooHead+zooFirst+zooOther); i.Added != 2 || i.Version != 1 {
		t.Errorf("a sound file afterwards = %+v, want 2 firms as the first version", i)
	}
	most := stop()
	t.Logf("%d beasts; the largest child took %d MB", len(beasts), most>>20)
	if runtime.GOOS == "linux" && most == 0 || most > 384<<20 {
		t.Errorf("the largest child took %d bytes, want it seen, and at most 384 MB", most)
	}
}

// watchChildren samples the memory of this process's children until stop is
// called, which returns the most that one had, in bytes.
func watchChildren() (stop func() int64) {
	done, most := make(chan bool), make(chan int64)
	me := fmt.Sprintf("\nPPid:\t%d\n", os.Getpid())
	go func() {
		top := int64(0)
		for {
			files, _ := filepath.Glob("/proc/[0-9]*/status")
			for _, name := range files {
				b, err := os.ReadFile(name)
				if err != nil || !strings.Contains(string(b), me) || !strings.Contains(string(b), "VmHWM:") {
					continue
				}
				exe, err := os.ReadFile(filepath.Join(filepath.Dir(name), "cmdline"))
				if err != nil || !strings.Contains(string(exe), "\x00"+airlock.Word+"\x00") {
					continue // not the child yet
				}
				_, rest, _ := strings.Cut(string(b), "VmHWM:")
				kb, _ := strconv.ParseInt(strings.Fields(rest)[0], 10, 64)
				top = max(top, kb<<10)
			}
			select {
			case <-done:
				most <- top
				return
			case <-time.After(5 * time.Millisecond):
			}
		}
	}()
	return func() int64 { close(done); return <-most }
}
