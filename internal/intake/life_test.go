package intake

import (
	"bytes"
	"context"
	"fmt"
	"log/slog"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/xuri/excelize/v2"

	"suiji/internal/access"
	"suiji/internal/airlock"
	"suiji/internal/errs"
	"suiji/internal/register"
	"suiji/internal/store"
	"suiji/internal/store/storetest"
)

func TestMain(m *testing.M) {
	if len(os.Args) > 1 && os.Args[1] == airlock.Word {
		os.Exit(airlock.Child())
	}
	os.Exit(m.Run())
}

// guarded is a desk whose files are read by a child.
func guarded(t testing.TB, db *store.DB) *desk {
	t.Helper()
	exe, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	d := newDesk(t, db)
	d.Service.program = exe
	return d
}

// What an import brought goes, what it changed becomes what it was, what
// somebody has changed since stays; each is a version of the register.
func TestUndo(t *testing.T) {
	each(t, func(t *testing.T, d *desk) {
		ctx := t.Context()
		d.enter(register.Targets, "a.csv", "企业名称,信用代码,地址\n甲厂,91130132108010841G,槐阳镇\n")
		before := d.version(register.Targets)
		i := d.enter(register.Targets, "b.csv", "企业名称,信用代码,地址\n甲厂（新）,91130132108010841G,南佐镇\n乙厂,91130132108010083D,槐阳镇\n丙厂,91130132MA01CYF422,槐阳镇\n")
		later := d.enter(register.Targets, "c.csv", "企业名称,信用代码,地址\n丙厂（改）,91130132MA01CYF422,槐阳镇\n")
		for range 2 { // the second changes nothing
			if err := d.Undo(ctx, clerk, i.ID); err != nil {
				t.Fatal(err)
			}
		}
		got, err := d.Import(ctx, authority, i.ID)
		if err != nil || got.State != Undone || got.Sentence != "移出 1 条，恢复 1 条；另有 1 条此后又有改动，保持现状" {
			t.Errorf("undone import = %+v, %v", got, err)
		}
		firm, err := d.Target(ctx, authority, "91130132108010841G")
		if err != nil || firm.Name != "甲厂" || firm.Address != "槐阳镇" || !firm.Active {
			t.Errorf("changed firm = %+v, %v, want it as it was", firm, err)
		}
		if firm, err = d.Target(ctx, authority, "91130132108010083D"); err != nil || firm.Active || !strings.HasPrefix(firm.Reason, "导入已撤销") {
			t.Errorf("added firm = %+v, %v, want it out", firm, err)
		}
		if err := d.Undo(ctx, clerk, later.ID); err != nil {
			t.Fatal(err)
		}
		if v := d.version(register.Targets); v.Number != 5 || v.Count != 2 {
			t.Errorf("version = %+v, want the fifth with 2 firms (first %+v)", v, before)
		}
		again := d.check(register.Targets, "b.csv", []byte("企业名称,信用代码,地址\n乙厂,91130132108010083D,槐阳镇\n"))
		if again.Warned != 0 || again.Changed != 1 {
			t.Errorf("the file again = %+v, want no warning", again)
		}
		if err := d.Undo(ctx, clerk, again.ID); errs.KindOf(err) != errs.Conflict {
			t.Errorf("Undo of what is not written = %v, want Conflict", err)
		}
		leader := access.Actor{Authority: authority, ID: "leader", Name: "局长", Roles: []access.Role{access.Leader}}
		if err := d.Undo(ctx, leader, i.ID); errs.KindOf(err) != errs.Forbidden {
			t.Errorf("a leader undoes: %v, want Forbidden", err)
		}
	})
}

// Headings that nobody knows are named by a person, once.
func TestMatch(t *testing.T) {
	each(t, func(t *testing.T, d *desk) {
		ctx := t.Context()
		file := func(name string) Upload {
			return Upload{List: register.Targets, FileName: name, Content: strings.NewReader("甲列,乙列,丙列\n甲厂,91130132108010841G,槐阳镇\n")}
		}
		i, err := d.Receive(ctx, clerk, file("a.csv"))
		if err != nil || i.State != Matching || len(i.Sample) != 2 || !strings.Contains(i.Sentence, "缺少“企业名称”") {
			t.Fatalf("Receive = %+v, %v, want it to wait for a person", i, err)
		}
		for name, tt := range map[string]struct {
			fields []string
			want   string
		}{
			"twice":   {[]string{"企业名称", "企业名称", ""}, "都选了“企业名称”"},
			"missing": {[]string{"企业名称", "", ""}, "还没有对应“统一社会信用代码”"},
			"unknown": {[]string{"企业名称", "统一社会信用代码", "身高"}, "没有“身高”"},
		} {
			if err := d.Match(ctx, clerk, i.ID, 1, tt.fields); errs.KindOf(err) != errs.Invalid || !strings.Contains(errs.Sentence(err), tt.want) {
				t.Errorf("%s: %v, want %q", name, err, tt.want)
			}
		}
		if err := d.Match(ctx, clerk, i.ID, 1, []string{"企业名称", "统一社会信用代码", "注册地址"}); err != nil {
			t.Fatal(err)
		}
		if i, err = d.Import(ctx, authority, i.ID); err != nil || i.State != Checked || i.Accepted != 1 || i.Columns[2].Field != "注册地址" {
			t.Errorf("matched = %+v, %v", i, err)
		}
		d.write(i)
		colleague := clerk
		colleague.ID, colleague.Name = "other", "张芳"
		next, err := d.Receive(ctx, colleague, file("b.csv"))
		if err != nil || next.State != Checked || next.Unchanged != 1 || len(next.Notes) == 0 {
			t.Errorf("the next file of this shape = %+v, %v, want it known", next, err)
		}
	})
}

// Headings over two rows, and cells merged down the rows.
func TestTwoRowsAndMergedCells(t *testing.T) {
	d := guarded(t, storetest.SQLite(t))
	f := excelize.NewFile()
	for cell, text := range map[string]string{"A1": "元氏县检查对象名录", "A2": "企业名称", "B2": "统一社会信用代码", "C2": "所在", "E2": "联系人", "C3": "地区", "D3": "住所", "E3": "姓名", "F3": "电话",
		"A4": "甲厂", "B4": "91130132108010841G", "C4": "元氏县", "D4": "槐阳镇", "E4": "王强", "F4": "１３８００１３８０００", "A5": "乙厂", "B5": "91130132108010083D", "D5": "南佐镇"} {
		if err := f.SetCellStr("Sheet1", cell, text); err != nil {
			t.Fatal(err)
		}
	}
	for _, m := range [][2]string{{"A1", "F1"}, {"A2", "A3"}, {"B2", "B3"}, {"C2", "D2"}, {"E2", "F2"}, {"C4", "C5"}} {
		if err := f.MergeCell("Sheet1", m[0], m[1]); err != nil {
			t.Fatal(err)
		}
	}
	var b bytes.Buffer
	if err := f.Write(&b); err != nil {
		t.Fatal(err)
	}
	i := d.write(d.check(register.Targets, "两行.xlsx", b.Bytes()))
	notes := strings.Join(i.Notes, "|")
	if i.Added != 2 || !strings.Contains(notes, "表头占两行（第 2、3 行）") || !strings.Contains(notes, "“地区”列有合并单元格") {
		t.Errorf("import = %+v", i)
	}
	firm, err := d.Target(t.Context(), authority, "91130132108010083D")
	if err != nil || firm.AreaName != "元氏县" || firm.Address != "南佐镇" {
		t.Errorf("firm = %+v, %v, want the area of the merged cell", firm, err)
	}
	if firm, err = d.Target(t.Context(), authority, "91130132108010841G"); err != nil || firm.Contact != "王强" || firm.Phone == "" {
		t.Errorf("firm = %+v, %v, want the contact under its merged heading", firm, err)
	}
}

// Thousands of rows of one name are one sentence.
func TestManyNamesakes(t *testing.T) {
	d := newDesk(t, storetest.SQLite(t))
	var b strings.Builder
	b.WriteString("企业名称,信用代码\n")
	for n := range 3000 {
		_, code, _ := madeFirm(n)
		fmt.Fprintf(&b, "个体工商户,%s\n", code)
	}
	i := d.check(register.Targets, "a.csv", []byte(b.String()))
	if i.Accepted != 3000 || i.Warned != mostNamesakes || len(i.Notes) != 1 || !strings.Contains(i.Notes[0], "出现 3000 次") {
		t.Errorf("import = %+v, want one note", i)
	}
}

// The marked file is the user's own; mended, it goes in; so do the mended rows
// alone.
func TestMarkedFileComesBack(t *testing.T) {
	d := guarded(t, storetest.SQLite(t))
	i := d.check(register.Targets, "targets-dirty.csv", shared(t, "targets-dirty.csv"))
	var b bytes.Buffer
	if err := d.Marked(t.Context(), authority, i.ID, &b); err != nil {
		t.Fatal(err)
	}
	f, err := excelize.OpenReader(bytes.NewReader(b.Bytes()))
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	sheet := f.GetSheetName(0)
	issues := d.issues(i)
	seen := map[string]string{}
	notes, err := f.GetComments(sheet)
	if err != nil {
		t.Fatal(err)
	}
	for _, n := range notes {
		seen[n.Cell] = n.Paragraph[0].Text
	}
	rows := map[int]bool{}
	for _, x := range issues {
		cell, err := excelize.CoordinatesToCellName(max(x.Cell, 0)+1, x.Line)
		if err != nil || !strings.Contains(seen[cell], x.Sentence) {
			t.Errorf("%s: note %q, want %q (%v)", cell, seen[cell], x.Sentence, err)
		}
		if x.Severity == Reject {
			rows[x.Line] = true
		}
	}
	for line := range rows { // an old number in place of the wrong one
		if err := f.SetCellStr(sheet, fmt.Sprintf("B%d", line), "130132"+fmt.Sprintf("%09d", line)); err != nil {
			t.Fatal(err)
		}
	}
	var out bytes.Buffer
	if err := f.Write(&out); err != nil {
		t.Fatal(err)
	}
	again, err := d.Receive(t.Context(), clerk, Upload{List: register.Targets, FileName: MarkedName(i), Follows: i.ID, Content: &out})
	if err != nil || again.State != Checked || again.Follows != i.ID || again.Rejected >= i.Rejected || again.Total != i.Total {
		t.Fatalf("the mended file = %+v, %v, want fewer than %d rejected of %d", again, err, i.Rejected, i.Total)
	}
	d.write(again)
	if before, err := d.Import(t.Context(), authority, i.ID); err != nil || before.State != Dropped {
		t.Errorf("the first file = %+v, %v, want it superseded", before, err)
	}
}

// A worker reads and writes while the clerk goes on; what a dead process left
// behind is taken up, or given back with a word.
func TestWork(t *testing.T) {
	each(t, func(t *testing.T, d *desk) {
		reading, err := d.keep(t.Context(), clerk, Upload{List: register.Targets, FileName: "a.csv", Content: strings.NewReader("企业名称,信用代码\n甲厂,91130132108010841G\n")})
		if err != nil {
			t.Fatal(err)
		}
		torn := d.check(register.Targets, "b.csv", []byte("企业名称,信用代码\n乙厂,91130132108010083D\n"))
		err = d.release(t.Context(), `UPDATE intake_import SET state = 'writing', lease = 1 WHERE authority_id = $1 AND import_id = $2`, authority, torn.ID)
		if err != nil {
			t.Fatal(err)
		}
		ctx, stop := context.WithCancel(t.Context())
		done := make(chan bool)
		go func() { d.Work(ctx, slog.New(slog.DiscardHandler)); close(done) }()
		defer func() { stop(); <-done }()
		if i, err := d.Await(t.Context(), authority, reading.ID, time.Minute); err != nil || i.State != Checked || i.Accepted != 1 {
			t.Errorf("taken up = %+v, %v, want it checked", i, err)
		}
		if i, err := d.Await(t.Context(), authority, torn.ID, time.Minute); err != nil || i.State != Checked || !strings.Contains(i.Sentence, "服务中断，没有写入任何数据") {
			t.Errorf("given back = %+v, %v, want a word", i, err)
		}
		if err := d.Begin(t.Context(), clerk, torn.ID, ""); err != nil {
			t.Fatal(err)
		}
		if i, err := d.Await(t.Context(), authority, torn.ID, time.Minute); err != nil || i.State != Written || i.Added != 1 {
			t.Errorf("written = %+v, %v", i, err)
		}
	})
}

// A writer that lives keeps its import, however long it writes, and is not
// disturbed by its own signs of life; one that is dead loses it in a minute
// where others can see that (PostgreSQL), with the next process otherwise.
func TestWriterAliveAndDead(t *testing.T) {
	each(t, func(t *testing.T, d *desk) {
		i := d.check(register.Targets, "a.csv", []byte("企业名称,信用代码\n乙厂,91130132108010083D\n"))
		half, on := make(chan bool), make(chan bool)
		tries := 0
		d.door.TestOnlyStep(func(name string) {
			if name == "import rows half written" {
				if tries++; tries == 1 {
					close(half)
					<-on
				}
			}
		})
		d.jobs.working = true
		if err := d.Begin(t.Context(), clerk, i.ID, ""); err != nil {
			t.Fatal(err)
		}
		<-half
		state := func(when string, want State) Import {
			t.Helper()
			if d.db.Engine() == store.SQLite {
				return Import{} // its writer holds the one pen
			}
			if _, _, err := d.claim(t.Context()); errs.KindOf(err) != errs.NotFound {
				t.Errorf("%s: claim = %v, want nothing to do", when, err)
			}
			got, err := d.Import(t.Context(), authority, i.ID)
			if err != nil || got.State != want {
				t.Errorf("%s: %s (%v), want %s", when, got.State, err, want)
			}
			return got
		}
		state("just begun", Writing)
		if d.db.Engine() != store.SQLite {
			for range 3 {
				d.now = d.now.Add(50 * time.Second)
				if err := d.breath(t.Context(), authority, i.ID); err != nil {
					t.Fatal(err)
				}
				state("with signs of life", Writing)
			}
			if n, err := store.One(t.Context(), d.db, store.Value[int], `SELECT count(*) FROM intake_sign`); err != nil || n != 1 {
				t.Errorf("%d signs of life, %v, want that of the import", n, err)
			}
		}
		close(on)
		if got, err := d.Await(t.Context(), authority, i.ID, time.Minute); err != nil || got.State != Written || tries != 1 {
			t.Errorf("written = %+v, %v at try %d, want it written at once", got, err, tries)
		}
		d.now = d.now.Add(25 * time.Hour)
		state("a day later", Written)
		if n, err := store.One(t.Context(), d.db, store.Value[int], `SELECT count(*) FROM intake_sign`); err != nil || n != 0 {
			t.Errorf("%d signs of life that nobody asks for are kept, %v", n, err)
		}
		dead := d.check(register.Targets, "b.csv", []byte("企业名称,信用代码\n丙厂,91130132108010084D\n"))
		err := d.release(t.Context(), `UPDATE intake_import SET state = 'writing', lease = $3 WHERE authority_id = $1 AND import_id = $2`, authority, dead.ID, d.now.Add(d.writeLease()).UnixMilli())
		if err != nil {
			t.Fatal(err)
		}
		if d.db.Engine() == store.SQLite {
			ctx, stop := context.WithCancel(t.Context())
			done := make(chan bool)
			go func() { d.Work(ctx, slog.New(slog.DiscardHandler)); close(done) }()
			got, err := d.Await(t.Context(), authority, dead.ID, time.Minute)
			if stop(); err != nil || got.State != Checked || !strings.Contains(got.Sentence, "服务中断，没有写入任何数据") {
				t.Errorf("given back = %+v, %v, want a word", got, err)
			}
			<-done
			return
		}
		i = dead
		state("dead for a moment", Writing)
		d.now = d.now.Add(lease + time.Second)
		if got := state("dead for a minute", Checked); !strings.Contains(got.Sentence, "服务中断，没有写入任何数据") {
			t.Errorf("given back with %q", got.Sentence)
		}
	})
}
