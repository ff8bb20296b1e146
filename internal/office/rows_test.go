package office_test

import (
	"archive/zip"
	"bytes"
	"errors"
	"fmt"
	"iter"
	"math/rand/v2"
	"runtime"
	"testing"

	"github.com/xuri/excelize/v2"

	"suiji/internal/office"
)

// Every text comes back from a workbook as it went in, whatever XML and Excel
// would read in it; what XML cannot hold is shown as unreadable.
func TestTextsOfAWorkbook(t *testing.T) {
	same := []string{"<b>&amp;\"'</b>", "两行\n第二行", "\t缩进", "行尾\r\n", " 空格 ", "_x0041_", "_x005F_", "_x005F_x0041_", "_x00_", "]]>", "𠮷野家", "0010", "=1+1"}
	rows := append(append([]string{}, same...), "a\x00b", "\xff", "￾")
	var b bytes.Buffer
	var all [][]string
	for _, s := range rows {
		all = append(all, []string{s})
	}
	if err := office.WriteXLSX(&b, []office.Sheet{{Name: "文字", Header: []string{"列"}, Rows: office.Texts(all)}}); err != nil {
		t.Fatal(err)
	}
	f, err := excelize.OpenReader(&b)
	if err != nil {
		t.Fatal(err)
	}
	for i, want := range append(same, "a�b", "�", "�") {
		if got, err := f.GetCellValue("文字", fmt.Sprintf("A%d", i+2)); err != nil || got != want {
			t.Errorf("%q came back as %q, %v, want %q", rows[i], got, err, want)
		}
	}
}

// A workbook whose rows broke off is no workbook: nobody may take it for whole.
func TestBrokenWorkbook(t *testing.T) {
	var b bytes.Buffer
	bad := errors.New("the database went away")
	err := office.WriteXLSX(&b, []office.Sheet{{Name: "名录", Header: []string{"列"}, Rows: func(yield func([]any, error) bool) {
		for range 100_000 {
			if !yield([]any{"甲公司"}, nil) {
				return
			}
		}
		yield(nil, bad)
	}}})
	if !errors.Is(err, bad) || b.Len() == 0 {
		t.Fatalf("WriteXLSX = %v with %d bytes, want the rows' error and what went out before it", err, b.Len())
	}
	if _, err := zip.NewReader(bytes.NewReader(b.Bytes()), int64(b.Len())); err == nil {
		t.Error("what went out before the error is a whole container")
	}
}

// noise are rows that no packing makes shorter.
func noise(n int) iter.Seq2[[]any, error] {
	r := rand.New(rand.NewPCG(1, 2))
	return func(yield func([]any, error) bool) {
		for i := range n {
			if !yield([]any{fmt.Sprintf("%x%x%x%x", r.Uint64(), r.Uint64(), r.Uint64(), r.Uint64()), i}, nil) {
				return
			}
		}
	}
}

// most is the largest heap in use, garbage apart, while a file was taken.
type most struct{ n, asked, heap uint64 }

func (m *most) Write(p []byte) (int, error) {
	if m.n += uint64(len(p)); m.n >= m.asked {
		m.asked = m.n + 256<<10
		m.look()
	}
	return len(p), nil
}

func (m *most) look() {
	runtime.GC()
	var now runtime.MemStats
	runtime.ReadMemStats(&now)
	m.heap = max(m.heap, now.HeapAlloc)
}

// Four times as many rows take no more memory: rows and packed bytes go out as
// they come.
func TestWorkbookIsStreamed(t *testing.T) {
	take := func(rows int) most {
		var m most
		if err := office.WriteXLSX(&m, []office.Sheet{{Name: "名录", Header: []string{"文字", "数"}, Rows: noise(rows)}}); err != nil {
			t.Fatal(err)
		}
		m.look()
		return m
	}
	short, long := take(40_000), take(160_000)
	if long.n < 3*short.n || short.n < 1<<20 {
		t.Fatalf("%d and %d bytes: the test shows nothing", short.n, long.n)
	}
	if long.heap > short.heap+1<<20 {
		t.Errorf("heap in use %d KB of %d bytes, %d KB of %d: it grows with the rows", short.heap>>10, short.n, long.heap>>10, long.n)
	}
}

// The sheets' rows are read in the order of the sheets: a later one may tell what
// an earlier one came to.
func TestSheetsAreReadInOrder(t *testing.T) {
	for range 20 {
		n := 0
		var b bytes.Buffer
		if err := office.WriteXLSX(&b, []office.Sheet{
			{Name: "名录", Header: []string{"列"}, Rows: func(yield func([]any, error) bool) {
				for n < 3 && yield([]any{"甲公司"}, nil) {
					n++
				}
			}},
			{Name: "说明", Header: []string{"行数"}, Rows: func(yield func([]any, error) bool) { yield([]any{fmt.Sprint(n)}, nil) }},
		}); err != nil {
			t.Fatal(err)
		}
		f, err := excelize.OpenReader(&b)
		if err != nil {
			t.Fatal(err)
		}
		if got, err := f.GetCellValue("说明", "A2"); err != nil || got != "3" {
			t.Fatalf("the second sheet tells of %s rows in the first, %v, want 3", got, err)
		}
	}
}
