package airlock

import (
	"bytes"
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
	"testing"
	"time"

	"github.com/xuri/excelize/v2"

	"suiji/internal/office"
)

func TestMain(m *testing.M) {
	switch {
	case len(os.Args) > 1 && os.Args[1] == Word:
		os.Exit(Child())
	case len(os.Args) > 1 && os.Args[1] == "probe":
		probe()
		os.Exit(0)
	}
	os.Exit(m.Run())
}

// probe says what a confined process can do.
func probe() {
	err := confine()
	_, network := net.DialTimeout("tcp", os.Args[2], time.Second)
	_, name := net.LookupHost("localhost.invalid")
	program := exec.Command("/bin/true").Run()
	fmt.Println(err == nil, network == nil, name == nil, program == nil)
}

func here(t testing.TB) string {
	t.Helper()
	exe, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	return exe
}

// kept writes content to a file and opens it.
func kept(t testing.TB, content []byte) *os.File {
	t.Helper()
	name := filepath.Join(t.TempDir(), "f")
	if err := os.WriteFile(name, content, 0o600); err != nil {
		t.Fatal(err)
	}
	f, err := os.Open(name)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { f.Close() })
	return f
}

// rows reads a file through the airlock, as lines of cells.
func rows(t testing.TB, a Airlock, content []byte) (Head, string, error) {
	t.Helper()
	var stream bytes.Buffer
	if err := a.Rows(t.Context(), "f", kept(t, content), &stream, nil); err != nil {
		return Head{}, "", err
	}
	table, err := Open(&stream)
	if err != nil {
		t.Fatal(err)
	}
	var out strings.Builder
	for row, err := range table.Rows() {
		if err != nil {
			t.Fatal(err)
		}
		fmt.Fprintln(&out, row.Number, strings.Join(row.Cells, "|"))
	}
	return table.Head, out.String(), nil
}

func book(t testing.TB, rows int) []byte {
	t.Helper()
	var b bytes.Buffer
	err := office.WriteXLSX(&b, []office.Sheet{{Name: "名录", Header: []string{"名称", "代码"}, Rows: func(yield func([]any, error) bool) {
		for i := range rows {
			if !yield([]any{fmt.Sprint("厂", i, strings.Repeat("长", 40)), fmt.Sprint(i)}, nil) {
				return
			}
		}
	}}})
	if err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

// The child says what this process would say.
func TestRows(t *testing.T) {
	for name, a := range map[string]Airlock{"here": {}, "child": {Program: here(t), Dir: t.TempDir()}} {
		head, got, err := rows(t, a, []byte("名称,代码\n\n甲,\"1\n2\"\n"))
		if err != nil || head.Format != office.CSV || head.Encoding != "UTF-8" || got != "1 名称|代码\n3 甲|1\n2\n" {
			t.Errorf("%s: %+v %q, %v", name, head, got, err)
		}
		head, got, err = rows(t, a, book(t, 2))
		if err != nil || head.Format != office.XLSX || head.Sheet != "名录" || strings.Count(got, "\n") != 3 {
			t.Errorf("%s: %+v %q, %v", name, head, got, err)
		}
		_, _, err = rows(t, a, nil)
		if err == nil || err.Error() != "文件是空的；请确认选对了文件" {
			t.Errorf("%s: an empty file: %v", name, err)
		}
	}
	if left, _ := filepath.Glob(filepath.Join(os.TempDir(), "airlock-*")); len(left) != 0 {
		t.Errorf("left behind: %q", left)
	}
}

func TestLimits(t *testing.T) {
	if runtime.GOOS != "linux" {
		t.Skip("limits are Linux's")
	}
	big := book(t, 60_000)
	tests := []struct {
		name   string
		limits Limits
		want   string
	}{
		{"memory", Limits{Memory: 12 << 20}, "内存超过 12 MB 的上限"},
		{"time", Limits{Time: time.Millisecond}, "已停止读取"},
		{"no time to start", Limits{Time: time.Nanosecond}, "已停止读取"},
		{"output", Limits{Output: 1 << 10}, "异常终止"},
		{"cells", Limits{Office: office.Limits{MaxCells: 100}}, "单元格的上限"},
	}
	for _, tt := range tests {
		dir := t.TempDir()
		_, _, err := rows(t, Airlock{Program: here(t), Dir: dir, Limits: tt.limits}, big)
		var bad *office.Error
		if !errors.As(err, &bad) || !strings.Contains(bad.Sentence, tt.want) {
			t.Errorf("%s: %v, want %q", tt.name, err, tt.want)
		}
		if left, _ := os.ReadDir(dir); len(left) != 0 {
			t.Errorf("%s: left behind %v", tt.name, left)
		}
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	err := Airlock{Program: here(t)}.Rows(ctx, "f", kept(t, big), &bytes.Buffer{}, nil)
	if !errors.Is(err, context.Canceled) {
		t.Errorf("cancelled: %v, want Canceled", err)
	}
}

// The child has no network, starts no program, and learns nothing.
func TestConfinement(t *testing.T) {
	if runtime.GOOS != "linux" {
		t.Skip("the filter is Linux's")
	}
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	out, err := exec.Command(here(t), "probe", l.Addr().String()).Output()
	if got := strings.TrimSpace(string(out)); err != nil || got != "true false false false" {
		t.Errorf("confined: %q, %v, want it to have no network and no programs", got, err)
	}
	t.Setenv("SUIJI_DATABASE", "postgres://secret")
	for _, v := range environment("/tmp/x", 1<<20) {
		if strings.Contains(v, "secret") || strings.HasPrefix(v, "PATH=") {
			t.Errorf("the child learns %q", v)
		}
	}
}

// A child that lies is not believed.
func TestBrokenStreams(t *testing.T) {
	frame := func(kind byte, body string) string {
		return string(kind) + string(binary.AppendUvarint(nil, uint64(len(body)))) + body
	}
	row := func(n uint64) string { return frame(frameRow, string(binary.AppendUvarint(nil, n))+"\x00\x01a") }
	head := frame(frameHead, `{"Format":"csv"}`)
	for name, stream := range map[string]string{
		"nothing": "", "no head": row(1), "two heads": head + head, "no end": head + row(1), "rows backwards": head + row(2) + row(1),
		"row zero": head + row(0), "a cell longer than its row": head + frame(frameRow, "\x01\x00\x7fa"), "a frame longer than all": head + "R\xff\xff\xff\xff\x7f",
		"no such frame": head + frame('?', ""), "a file instead of rows": head + frame(frameBytes, "x"), "head that is no JSON": frame(frameHead, "x"),
	} {
		if err := pass(strings.NewReader(stream), &bytes.Buffer{}, nil); !errors.Is(err, errBroken) {
			t.Errorf("%s: %v, want errBroken", name, err)
		}
	}
	if err := pass(strings.NewReader(head+row(1)+row(3)+frame(frameEnd, "")), &bytes.Buffer{}, nil); err != nil {
		t.Errorf("a stream in order: %v", err)
	}
}

// A marked workbook is the user's own with colours and notes on the cells.
func TestMark(t *testing.T) {
	marks := []office.Mark{{Row: 2, Col: 1, Bad: true, Note: "校验位不对"}, {Row: 2, Col: 1, Bad: false, Note: "又一处"}, {Row: 3, Col: 0, Note: "同名"}}
	for name, content := range map[string][]byte{"workbook": book(t, 3), "text": []byte("名称,代码\n甲,=1+1\n乙,2\n")} {
		var out bytes.Buffer
		a := Airlock{Program: here(t), Dir: t.TempDir()}
		if err := a.Mark(t.Context(), "f", kept(t, content), marks, &out); err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		f, err := excelize.OpenReader(&out)
		if err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		sheet := f.GetSheetName(0)
		notes, err := f.GetComments(sheet)
		if err != nil || len(notes) != 2 {
			t.Fatalf("%s: %d notes, %v, want 2", name, len(notes), err)
		}
		for i, want := range []struct{ cell, colour, note string }{{"B2", "FF7C80", "校验位不对\n又一处"}, {"A3", "FFE699", "同名"}} {
			id, err := f.GetCellStyle(sheet, want.cell)
			if err != nil {
				t.Fatal(err)
			}
			style, err := f.GetStyle(id)
			if err != nil || len(style.Fill.Color) != 1 || style.Fill.Color[0] != want.colour || style.NumFmt != 49 {
				t.Errorf("%s: %s looks %+v, %v, want %s as text", name, want.cell, style, err, want.colour)
			}
			if notes[i].Cell != want.cell || len(notes[i].Paragraph) != 1 || notes[i].Paragraph[0].Text != want.note {
				t.Errorf("%s: note %+v, want %q at %s", name, notes[i], want.note, want.cell)
			}
		}
		if v, err := f.GetCellValue(sheet, "B2"); err != nil || v == "" || v == "2" {
			t.Errorf("%s: B2 = %q, %v", name, v, err)
		}
		if list := f.GetSheetList(); list[len(list)-1] != "核对说明" {
			t.Errorf("%s: sheets %q", name, list)
		}
		f.Close()
	}
}
