package disclosure

import (
	"encoding/csv"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"

	"suiji/calendar"
	"suiji/internal/inspection"
)

func on(s string) (d calendar.Date) {
	if s != "" {
		d = calendar.MustParse(s)
	}
	return d
}

// sharedDir finds the real input for tests, or skips.
func sharedDir(t *testing.T) string {
	t.Helper()
	dir, err := os.Getwd()
	if err != nil {
		t.Fatal(err)
	}
	for ; dir != filepath.Dir(dir); dir = filepath.Dir(dir) {
		data := filepath.Join(dir, "shared", "data")
		if _, err := os.Stat(data); err == nil {
			return data
		}
	}
	t.Skip("the real input of ../shared/data is not there")
	return ""
}

func TestDue(t *testing.T) {
	for _, c := range []struct {
		name         string
		ended, last  string // of this firm; of the round, empty: one is missing
		window       string // its last day
		days         int
		unit         calendar.Unit
		taskDays     int
		today        string
		want         string
		runs         bool
		part, absent string // of the explanation
	}{
		{"the plan's own days", "2022-11-30", "", "2022-11-30", 20, calendar.Days, 20, "2022-12-01", "2022-12-20", true, "以较早的 2022-12-20 为准", ""},
		{"moved from a holiday to a make-up day", "2022-09-12", "", "2022-11-30", 20, calendar.Days, 20, "2022-09-13", "2022-10-08", true, "国庆节", ""},
		{"ends on a make-up day", "2022-09-18", "", "2022-11-30", 20, calendar.Days, 20, "2022-09-19", "2022-10-08", true, "2022-10-08", "顺延"},
		{"the same number of working days is later", "2022-06-14", "", "2022-06-14", 20, calendar.Days, 20, "2022-06-15", "2022-07-04", true, "2022-07-12", ""},
		{"the task's clock binds", "2022-07-30", "", "2022-07-31", 60, calendar.Days, 20, "2022-08-01", "2022-08-26", true, "任务期限", ""},
		{"all inspected before the window ends", "2022-06-20", "2022-06-20", "2022-07-31", 60, calendar.Days, 20, "2022-06-21", "2022-07-18", true, "全部检查结束", "任务期限"},
		{"a late inspection moves nothing back", "2022-09-15", "2022-09-15", "2022-07-31", 20, calendar.Days, 20, "2022-09-16", "2022-08-26", true, "任务期限", ""},
		{"not inspected, last day of the window", "", "", "2022-07-31", 20, calendar.Days, 20, "2022-07-31", "2022-08-26", false, "任务期限", "本户"},
		{"not inspected, the day after", "", "", "2022-07-31", 20, calendar.Days, 20, "2022-08-01", "2022-08-26", true, "任务期限", "本户"},
		{"a clock beyond the last notice", "2026-12-15", "", "2026-11-30", 20, calendar.Days, 20, "2026-12-16", "2026-12-28", true, "没有 2027 年的放假调休通知", ""},
		{"both beyond it", "2026-12-15", "", "2026-12-15", 20, calendar.Days, 20, "2026-12-16", "", true, "没有 2027 年的放假调休通知", "为准"},
	} {
		t.Run(c.name, func(t *testing.T) {
			f := inspection.Form{EndedOn: on(c.ended), Task: inspection.Task{To: on(c.window), PublishDays: c.days, PublishUnit: c.unit, TaskDays: c.taskDays}}
			got := due(calendar.National(), f, on(c.last), on(c.today))
			if got.On != on(c.want) || got.Runs != c.runs {
				t.Errorf("due() = %s, runs %v, want %s, %v (%s)", got.On, got.Runs, c.want, c.runs, got.Explain)
			}
			if !strings.Contains(got.Explain, c.part) || c.absent != "" && strings.Contains(got.Explain, c.absent) {
				t.Errorf("Explain = %q, want it with %q, without %q", got.Explain, c.part, c.absent)
			}
		})
	}
}

// Both clocks on the days of the deadline table, which knows holidays and
// make-up days.
func TestDueVectors(t *testing.T) {
	file, err := os.Open(filepath.Join(sharedDir(t), "deadline-vectors.csv"))
	if err != nil {
		t.Fatal(err)
	}
	defer file.Close()
	rows, err := csv.NewReader(file).ReadAll()
	if err != nil {
		t.Fatal(err)
	}
	for _, row := range rows[1:] {
		n, err := strconv.Atoi(row[1])
		if err != nil {
			t.Fatal(err)
		}
		from, want := on(row[0]), on(row[3])
		task := inspection.Form{Task: inspection.Task{To: from, TaskDays: n}}
		if got := due(calendar.National(), task, calendar.Date{}, from); got.On != want {
			t.Errorf("task ended %s: due %s, want %s", from, got.On, want)
		}
		own := inspection.Form{EndedOn: from, Task: inspection.Task{To: from, PublishDays: n, PublishUnit: calendar.Workdays, TaskDays: n + 5}}
		if got := due(calendar.National(), own, calendar.Date{}, from); got.On != want {
			t.Errorf("inspection ended %s: due %s, want %s", from, got.On, want)
		}
	}
}

func TestCover(t *testing.T) {
	for _, c := range []struct{ name, in, want, kinds string }{
		{"nothing private", "2022-06-30 前补签 12 份合同，依据〔2022〕3号、91130132MA0ABCDE6T", "", ""},
		{"mobile", "联系13900000001确认", "联系***确认", "电话号码"},
		{"mobile in groups", "联系 139-0000-0001。", "联系 ***。", "电话号码"},
		{"landline", "电话0311-84623456", "电话***", "电话号码"},
		{"landline in one", "电话031184623456", "电话***", "电话号码"},
		{"identity number", "张某 11010519491231002X 补缴", "张某 *** 补缴", "证件号码"},
		{"bank account", "退至6222020000000000000", "退至***", "银行账号"},
		{"mailbox", "发至 a.b@example.com", "发至 ***", "电子邮箱"},
		{"the firm's person", "责令王联系补签，王联系签收", "责令***补签，***签收", "姓名"},
		{"eleven digits of another sort", "票据 21234567890", "", ""},
	} {
		t.Run(c.name, func(t *testing.T) {
			m := masker{names: []string{"王联系"}}
			want := c.want
			if want == "" {
				want = c.in
			}
			if got := m.cover(c.in); got != want || strings.Join(m.kinds, "、") != c.kinds {
				t.Errorf("cover(%q) = %q, %v, want %q, %q", c.in, got, m.kinds, want, c.kinds)
			}
		})
	}
}
