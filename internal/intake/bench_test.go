package intake

import (
	"archive/zip"
	"bufio"
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"runtime/debug"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"suiji/internal/register"
	"suiji/internal/search"
	"suiji/internal/store"
	"suiji/internal/store/storetest"

	"github.com/xuri/excelize/v2"
)

// benchRows is a province's department: one million firms.
const benchRows = 1_000_000

// madeFirm is the n-th firm of a generated register. Its code is valid, and
// the codes are in no order.
func madeFirm(n int) (name, code, address string) {
	// The numbers are spread by a multiplier that shares no factor with their
	// modulus, so that no two are the same.
	organisation := fmt.Sprintf("MA%06d", uint64(n)*654_321%1_000_000)
	body := "91130132" + organisation + string(organisationCheck(organisation))
	code = body + string(checkOf(body))
	return "元氏县槐阳第" + strconv.Itoa(n) + "商贸有限公司", code, "石家庄市元氏县槐阳镇人民路" + strconv.Itoa(n%997) + "号"
}

// organisationCheck is the check character of GB 11714 for 8 characters.
func organisationCheck(body string) byte {
	sum := 0
	for i, w := range []int{3, 7, 9, 10, 5, 8, 4, 2} {
		sum += strings.IndexByte("0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ", body[i]) * w
	}
	return "0X987654321"[sum%11]
}

// checkOf is the check character of GB 32100 for 17 characters.
func checkOf(body string) byte {
	const alphabet = "0123456789ABCDEFGHJKLMNPQRTUWXY"
	sum, weight := 0, 1
	for i := range body {
		sum += strings.IndexByte(alphabet, body[i]) * weight
		weight = weight * 3 % 31
	}
	return alphabet[(31-sum%31)%31]
}

const madeScope = "日用百货、五金产品、建筑材料、针纺织品的销售；货物运输代理；道路普通货物运输。"

var madeHead = []string{"企业名称", "统一社会信用代码", "成立日期", "企业类型", "经营范围", "所属地区", "注册地址", "登记状态"}

func madeRow(n int) []string {
	name, code, address := madeFirm(n)
	return []string{name, code, fmt.Sprintf("20%02d-06-01", n%22), "有限责任公司", madeScope, "元氏县", address, "存续"}
}

// madeRegister writes a generated register as CSV.
func madeRegister(tb testing.TB, w io.Writer, rows int) {
	b := bufio.NewWriter(w)
	fmt.Fprintln(b, strings.Join(madeHead, ","))
	for n := range rows {
		fmt.Fprintln(b, strings.Join(madeRow(n), ","))
	}
	if err := b.Flush(); err != nil {
		tb.Fatal(err)
	}
}

// madeWorkbook writes a generated register as Excel and WPS write it: each text
// once in a table of its own.
func madeWorkbook(tb testing.TB, w io.Writer, rows int) {
	z := zip.NewWriter(w)
	part := func(name, begin string, body func(*bufio.Writer), end string) {
		f, err := z.Create(name)
		if err != nil {
			tb.Fatal(err)
		}
		b := bufio.NewWriter(f)
		b.WriteString(`<?xml version="1.0" encoding="UTF-8" standalone="yes"?>` + begin)
		if body != nil {
			body(b)
		}
		b.WriteString(end)
		if err := b.Flush(); err != nil {
			tb.Fatal(err)
		}
	}
	const main, rels = `"http://schemas.openxmlformats.org/spreadsheetml/2006/main"`, `"http://schemas.openxmlformats.org/package/2006/relationships"`
	const office = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
	part("[Content_Types].xml", `<Types xmlns="http://schemas.openxmlformats.org/package/2006/content-types"><Default Extension="rels" ContentType="application/vnd.openxmlformats-package.relationships+xml"/><Default Extension="xml" ContentType="application/xml"/><Override PartName="/xl/workbook.xml" ContentType="application/vnd.openxmlformats-officedocument.spreadsheetml.sheet.main+xml"/><Override PartName="/xl/worksheets/sheet1.xml" ContentType="application/vnd.openxmlformats-officedocument.spreadsheetml.worksheet+xml"/><Override PartName="/xl/sharedStrings.xml" ContentType="application/vnd.openxmlformats-officedocument.spreadsheetml.sharedStrings+xml"/>`, nil, `</Types>`)
	part("_rels/.rels", `<Relationships xmlns=`+rels+`><Relationship Id="rId1" Type="`+office+`/officeDocument" Target="xl/workbook.xml"/>`, nil, `</Relationships>`)
	part("xl/workbook.xml", `<workbook xmlns=`+main+` xmlns:r="`+office+`"><sheets><sheet name="Sheet1" sheetId="1" r:id="rId1"/></sheets>`, nil, `</workbook>`)
	part("xl/_rels/workbook.xml.rels", `<Relationships xmlns=`+rels+`><Relationship Id="rId1" Type="`+office+`/worksheet" Target="worksheets/sheet1.xml"/><Relationship Id="rId2" Type="`+office+`/sharedStrings" Target="sharedStrings.xml"/>`, nil, `</Relationships>`)
	var texts []string
	known := map[string]int{}
	at := func(s string) int {
		n, ok := known[s]
		if !ok {
			n = len(texts)
			known[s], texts = n, append(texts, s)
		}
		return n
	}
	part("xl/worksheets/sheet1.xml", `<worksheet xmlns=`+main+`><sheetData>`, func(b *bufio.Writer) {
		line := func(no int, cells ...string) {
			fmt.Fprintf(b, `<row r="%d">`, no)
			for i, c := range cells {
				fmt.Fprintf(b, `<c r="%c%d" t="s"><v>%d</v></c>`, 'A'+i, no, at(c))
			}
			b.WriteString(`</row>`)
		}
		line(1, madeHead...)
		for n := range rows {
			line(n+2, madeRow(n)...)
		}
	}, `</sheetData></worksheet>`)
	part("xl/sharedStrings.xml", fmt.Sprintf(`<sst xmlns=%s count="%d" uniqueCount="%d">`, main, (rows+1)*len(madeHead), len(texts)), func(b *bufio.Writer) {
		for _, s := range texts {
			b.WriteString("<si><t>" + s + "</t></si>")
		}
	}, `</sst>`)
	if err := z.Close(); err != nil {
		tb.Fatal(err)
	}
}

// meter watches how much memory this process and its child have, in MB, until
// report is called. Outside Linux it sees nothing.
type meter struct {
	own, child float64
	done, over chan bool
}

func watch() *meter {
	debug.FreeOSMemory() // what went before is not this one's
	m := &meter{done: make(chan bool), over: make(chan bool)}
	go func() {
		defer close(m.over)
		for {
			m.own = max(m.own, status("self", "VmRSS:"))
			for _, pid := range children() {
				m.child = max(m.child, status(pid, "VmHWM:"))
			}
			select {
			case <-m.done:
				return
			case <-time.After(20 * time.Millisecond):
			}
		}
	}()
	return m
}

// report ends the watch and tells what it saw; more memory than most is a
// failure.
func (m *meter) report(b *testing.B, most float64) {
	close(m.done)
	<-m.over
	b.ReportMetric(m.own, "parent-MB")
	b.ReportMetric(m.child, "child-MB")
	if max(m.own, m.child) > most {
		b.Errorf("%.0f MB in this process and %.0f MB in its child, want at most %.0f", m.own, m.child, most)
	}
}

// worked is the time on a processor of this process and the children that have
// ended. Where others share the machine it says more than the clock.
func worked() (all time.Duration) {
	for _, who := range []int{syscall.RUSAGE_SELF, syscall.RUSAGE_CHILDREN} {
		var r syscall.Rusage
		if syscall.Getrusage(who, &r) == nil {
			all += time.Duration(r.Utime.Nano() + r.Stime.Nano())
		}
	}
	return all
}

func children() []string {
	var pids []string
	lists, _ := filepath.Glob("/proc/self/task/*/children")
	for _, list := range lists {
		b, _ := os.ReadFile(list) // the thread may have ended
		pids = append(pids, strings.Fields(string(b))...)
	}
	return pids
}

func status(pid, what string) float64 {
	b, _ := os.ReadFile("/proc/" + pid + "/status") // the process may have ended
	for line := range bytes.Lines(b) {
		if rest, ok := bytes.CutPrefix(line, []byte(what)); ok {
			kb, _ := strconv.ParseFloat(strings.Fields(string(rest))[0], 64)
			return kb / 1024
		}
	}
	return 0
}

// benchEngines opens a fresh database of each engine: of PostgreSQL if the
// tests have a server.
func benchEngines() map[string]func(b *testing.B) *store.DB {
	open := map[string]func(b *testing.B) *store.DB{"sqlite": func(b *testing.B) *store.DB { return storetest.SQLite(b) }}
	if dsn := os.Getenv("SUIJI_TEST_POSTGRES"); dsn != "" {
		open["postgres"] = func(b *testing.B) *store.DB {
			db, err := store.Open(b.Context(), storetest.Postgres(b, dsn))
			if err != nil {
				b.Fatal(err)
			}
			b.Cleanup(func() { db.Close() })
			return db
		}
	}
	return open
}

// benchFile writes a file of the generated register.
func benchFile(b *testing.B, name string, write func(io.Writer)) string {
	name = filepath.Join(b.TempDir(), name)
	f, err := os.Create(name)
	if err != nil {
		b.Fatal(err)
	}
	write(f)
	if err := f.Close(); err != nil {
		b.Fatal(err)
	}
	return name
}

// BenchmarkImport1M measures a million rows from an upload to written, beside
// what the engine alone takes to enter the same rows into the same tables with
// their indexes; and as a workbook, beside what the library alone takes to
// read it. It fails beyond what is promised: five times the engine, three times
// the library, and the memory of both processes.
func BenchmarkImport1M(b *testing.B) {
	text := benchFile(b, "register.csv", func(w io.Writer) { madeRegister(b, w, benchRows) })
	for name, open := range benchEngines() {
		b.Run("csv/"+name, func(b *testing.B) {
			for b.Loop() {
				db := open(b)
				alone := engineAlone(b, db)
				if err := db.Close(); err != nil { // what it keeps in memory is not the import's
					b.Fatal(err)
				}
				benchImport(b, guarded(b, open(b)), text, 300).beside(b, alone, 5)
			}
		})
	}
	b.Run("xlsx", func(b *testing.B) {
		book := benchFile(b, "register.xlsx", func(w io.Writer) { madeWorkbook(b, w, benchRows) })
		for b.Loop() {
			alone := libraryAlone(b, book)
			benchCheck(b, guarded(b, storetest.SQLite(b)), book, 400).beside(b, alone, 3)
		}
	})
}

// spent is time by the clock and on the processors.
type spent struct{ clock, cpu time.Duration }

// since adds the time since a beginning.
func (s *spent) since(start time.Time, cpu time.Duration) {
	s.clock += time.Since(start)
	s.cpu += worked() - cpu
}

// beside reports a measure and its baseline; most is how many times that is
// allowed.
func (s spent) beside(b *testing.B, alone spent, most float64) {
	b.ReportMetric(s.clock.Seconds(), "s")
	b.ReportMetric(alone.clock.Seconds(), "bare-s")
	b.ReportMetric(s.cpu.Seconds(), "cpu-s")
	b.ReportMetric(alone.cpu.Seconds(), "bare-cpu-s")
	if times := s.clock.Seconds() / alone.clock.Seconds(); times > most {
		b.Errorf("%.1f times the baseline, want at most %.0f", times, most)
	}
}

// engineAlone enters the rows with prepared statements in one transaction, and
// returns the time spent in the engine: the rows are made ready before.
func engineAlone(b *testing.B, db *store.DB) (took spent) {
	ctx := b.Context()
	err := db.InTx(ctx, func(tx *store.DB) error {
		tables := []string{`INSERT INTO register_target (authority_id, target_id, code, code_kind, name, kind, state, established, area_code, area_name, address,
				work_address, industry, scope, contact, phone, source, tags, active, reason, version, digest, since)
			VALUES (` + store.Places(1, 23) + `)`}
		if db.Engine() == store.SQLite {
			tables = append(tables, `INSERT INTO search_target (authority_id, target_id, name, text, doc) VALUES ($1, $2, $3, $4, $5)`,
				`INSERT INTO search_terms (rowid, terms) VALUES ($1, $2)`)
		} else {
			tables = append(tables, `INSERT INTO search_target (authority_id, target_id, name, text, terms) VALUES ($1, $2, $3, $4, CAST($5 AS tsvector))`)
		}
		for from := 0; from < benchRows; from += 10_000 {
			rows := engineRows(db.Engine(), from, 10_000)
			start, cpu := time.Now(), worked()
			for i, query := range tables {
				insert, done, err := tx.Prepare(context.WithoutCancel(ctx), query)
				if err != nil {
					return err
				}
				for _, row := range rows[i] {
					if err := insert(row...); err != nil {
						return err
					}
				}
				if err := done(); err != nil {
					return err
				}
			}
			took.since(start, cpu)
		}
		return nil
	})
	if err != nil {
		b.Fatal(err)
	}
	return took
}

// engineRows are the rows of some firms, by table.
func engineRows(engine store.Engine, from, n int) [3][][]any {
	var rows [3][][]any
	digest := make([]byte, 32)
	for i := from; i < from+n; i++ {
		name, code, address := madeFirm(i)
		e := search.Entry{Target: code, Names: []string{name}, Codes: []string{code}}
		rows[0] = append(rows[0], []any{authority, code, code, "uscc", name, "企业", register.InOperation, "2010-06-01", "", "元氏县", address, "", "", madeScope,
			"", "", "", "", true, "", 1, digest, "2022-03-01"})
		text := name + "\t" + strings.ToLower(code)
		if engine == store.Postgres {
			rows[1] = append(rows[1], []any{authority, code, name, text, e.Terms(engine)})
			continue
		}
		rows[1] = append(rows[1], []any{authority, code, name, text, i + 1})
		rows[2] = append(rows[2], []any{i + 1, e.Terms(engine)})
	}
	return rows
}

// libraryAlone reads a workbook's rows with the library, and does nothing with
// them.
func libraryAlone(b *testing.B, name string) (took spent) {
	start, cpu := time.Now(), worked()
	f, err := excelize.OpenFile(name)
	if err != nil {
		b.Fatal(err)
	}
	rows, err := f.Rows(f.GetSheetName(0))
	if err != nil {
		b.Fatal(err)
	}
	n := 0
	for rows.Next() {
		if _, err := rows.Columns(); err != nil {
			b.Fatal(err)
		}
		n++
	}
	if n != benchRows+1 {
		b.Fatalf("%d rows, want %d", n, benchRows+1)
	}
	if err := errors.Join(rows.Close(), f.Close()); err != nil {
		b.Fatal(err)
	}
	took.since(start, cpu)
	return took
}

// benchImport takes a file from its upload to written, through the airlock.
func benchImport(b *testing.B, d *desk, name string, most float64) (took spent) {
	m := watch()
	start, cpu := time.Now(), worked()
	i := examined(b, d, name)
	checked := time.Since(start)
	if i = d.write(i); i.Added != benchRows {
		b.Fatalf("import = %+v, want %d added", i, benchRows)
	}
	took.since(start, cpu)
	b.ReportMetric(checked.Seconds(), "check-s")
	m.report(b, most)
	return took
}

// benchCheck takes a file through the airlock and judges its rows.
func benchCheck(b *testing.B, d *desk, name string, most float64) (took spent) {
	m := watch()
	start, cpu := time.Now(), worked()
	if i := examined(b, d, name); i.Accepted != benchRows {
		b.Fatalf("import = %+v, want %d accepted", i, benchRows)
	}
	took.since(start, cpu)
	m.report(b, most)
	return took
}

// examined sends a file and has it judged.
func examined(b *testing.B, d *desk, name string) Import {
	f, err := os.Open(name)
	if err != nil {
		b.Fatal(err)
	}
	defer f.Close()
	i, err := d.keep(b.Context(), clerk, Upload{List: register.Targets, FileName: name, Content: f})
	if err == nil {
		i, err = d.examine(b.Context(), authority, i)
	}
	if err != nil || i.State != Checked {
		b.Fatal(i.State, err)
	}
	return i
}

// The generated register must be worth measuring: every row valid, no two of
// one code.
func TestMadeRegister(t *testing.T) {
	each(t, func(t *testing.T, d *desk) {
		var b bytes.Buffer
		for name, write := range map[string]func(testing.TB, io.Writer, int){"made.csv": madeRegister, "made.xlsx": madeWorkbook} {
			b.Reset()
			write(t, &b, 3000)
			if i := d.check(register.Targets, name, b.Bytes()); i.Accepted != 3000 || i.Warned != 0 {
				t.Errorf("check of %s = %+v with %v, want 3000 accepted", name, i, d.issues(i)[:1])
			}
		}
	})
}
