package calendar_test

import (
	"encoding/csv"
	"errors"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"suiji/calendar"
)

// day is short for a date that the test itself wrote.
func day(s string) calendar.Date { return calendar.MustParse(s) }

func TestWorkdayAgreesWithSecondSource(t *testing.T) {
	national := calendar.National()
	second := fromFile(t)
	end := day("2026-12-31")
	for d := day("2015-01-01"); !d.After(end); d = d.AddDays(1) {
		got, err := national.Workday(d)
		if err != nil {
			t.Fatalf("Workday(%s): %v", d, err)
		}
		if want := workday(second, d); got != want {
			t.Errorf("Workday(%s) = %v, want %v", d, got, want)
		}
	}
}

func TestNoticesOfSecondSourceMakeTheSameCalendar(t *testing.T) {
	notices := make(map[int][]calendar.Day)
	for _, r := range holidayRows(t) {
		year, err := strconv.Atoi(r[3])
		if err != nil {
			t.Fatal(err)
		}
		notices[year] = append(notices[year], calendar.Day{Date: day(r[0]), Work: r[1] == "班", Name: r[2]})
	}
	var c calendar.Calendar
	for year, days := range notices {
		var err error
		if c, err = c.With(year, days); err != nil {
			t.Fatalf("With(%d): %v", year, err)
		}
	}
	national := calendar.National()
	for d := day("2015-01-01"); d.Year() < 2027; d = d.AddDays(1) {
		got, err := c.Workday(d)
		want, _ := national.Workday(d) // its error is the other test's matter
		if err != nil || got != want {
			t.Errorf("Workday(%s) = %v, %v, want %v", d, got, err, want)
		}
	}
}

func TestNationalYears(t *testing.T) {
	got := calendar.National().Years()
	if got[0] != 2002 || !slices.Contains(got, 2026) || got[len(got)-1]-got[0] != len(got)-1 {
		t.Errorf("Years() = %v, want 2002 to at least 2026 without a hole", got)
	}
}

func TestWorkdayByHand(t *testing.T) {
	c := calendar.National()
	for _, tt := range []struct {
		name, day string
		want      bool
		describe  string
	}{
		{"ordinary Monday", "2022-06-13", true, "工作日"},
		{"ordinary Sunday", "2022-06-12", false, "周末"},
		{"holiday on a Monday", "2022-10-03", false, "国庆节"},
		{"make-up Saturday", "2022-10-08", true, "国庆节调休上班"},
		{"make-up day of next year's notice", "2018-12-29", true, "元旦调休上班"},
		{"rest of next year's notice", "2018-12-31", false, "元旦"},
		{"Labour Day 2003 shortened: 5 May rests", "2003-05-05", false, "劳动节"},
		{"Labour Day 2003 shortened: 6 May works", "2003-05-06", true, "工作日"},
		{"Labour Day 2003 shortened: 26 April rests", "2003-04-26", false, "周末"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			if got, err := c.Workday(day(tt.day)); err != nil || got != tt.want {
				t.Errorf("Workday(%s) = %v, %v, want %v", tt.day, got, err, tt.want)
			}
			if got, err := c.Describe(day(tt.day)); err != nil || got != tt.describe {
				t.Errorf("Describe(%s) = %q, %v, want %q", tt.day, got, err, tt.describe)
			}
		})
	}
}

func TestWorkdayWithoutNotice(t *testing.T) {
	c := calendar.National()
	for _, s := range []string{"2001-12-29", "2001-12-28", "1999-10-01", "2099-06-01"} {
		_, err := c.Workday(day(s))
		var none calendar.NoNoticeError
		if !errors.As(err, &none) || none.Year != day(s).Year() {
			t.Errorf("Workday(%s): %v, want NoNoticeError of its year", s, err)
		}
	}
	if _, err := c.Workday(calendar.Date{}); !errors.As(err, new(calendar.InputError)) {
		t.Errorf("Workday(zero): %v, want InputError", err)
	}
}

// notice2099 is a year's notice as an administrator would enter it.
func notice2099() []calendar.Day {
	var days []calendar.Day
	for _, r := range []struct {
		from string
		n    int
		work bool
		name string
	}{
		{"2099-01-01", 3, false, "元旦"},
		{"2099-01-20", 7, false, "春节"},
		{"2099-01-31", 1, true, "春节"},
		{"2099-05-01", 3, false, "劳动节"},
		{"2099-10-01", 7, false, "国庆节"},
	} {
		for i := range r.n {
			days = append(days, calendar.Day{Date: day(r.from).AddDays(i), Work: r.work, Name: r.name})
		}
	}
	return days
}

func TestWith(t *testing.T) {
	before := calendar.National()
	c, err := before.With(2099, notice2099())
	if err != nil {
		t.Fatal(err)
	}
	if got, err := c.Workday(day("2099-10-05")); got || err != nil {
		t.Errorf("Workday(2099-10-05) = %v, %v, want false, nil", got, err)
	}
	if _, err := before.Workday(day("2099-10-05")); err == nil {
		t.Error("With changed the calendar it was called on")
	}
	if diff := cmp.Diff(notice2099(), c.Notice(2099)); diff != "" {
		t.Errorf("Notice(2099) (-want +got):\n%s", diff)
	}
	changed := append(notice2099(), calendar.Day{Date: day("2099-06-08"), Name: "端午节"})
	again, err := c.With(2099, changed)
	if err != nil {
		t.Fatal(err)
	}
	if got, _ := again.Workday(day("2099-06-08")); got {
		t.Error("With(2099) a second time did not replace the notice")
	}
}

func TestWithRefuses(t *testing.T) {
	without := func(name string) []calendar.Day {
		return slices.DeleteFunc(notice2099(), func(d calendar.Day) bool { return d.Name == name })
	}
	for _, tt := range []struct {
		name string
		days []calendar.Day
		want string
	}{
		{"nothing", nil, "2099 年的放假通知不完整：缺元旦假期"},
		{"no Spring Festival", without("春节"), "2099 年的放假通知不完整：缺春节假期"},
		{"no National Day", without("国庆节"), "2099 年的放假通知不完整：缺国庆节假期"},
		{"a day twice", append(notice2099(), notice2099()[0]), "2099-01-01 在 2099 年的放假通知里写了两次"},
		{"another year", append(notice2099(), calendar.Day{Date: day("2098-11-30"), Name: "元旦"}), "2098-11-30 不属于 2099 年的放假通知（只能是当年或上年 12 月的日期）"},
		{"no name", append(notice2099(), calendar.Day{Date: day("2099-06-08")}), "2099-06-08 没有写节日名称"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			_, err := calendar.National().With(2099, tt.days)
			if err == nil || err.Error() != tt.want {
				t.Errorf("With() error = %v, want %s", err, tt.want)
			}
		})
	}
}

func TestWorkdaysBetween(t *testing.T) {
	c := calendar.National()
	for _, tt := range []struct {
		a, b string
		want int
	}{
		{"2022-06-13", "2022-06-13", 0},
		{"2022-06-10", "2022-06-13", 1},
		{"2022-09-30", "2022-10-09", 2},
		{"2022-10-09", "2022-09-30", -2},
	} {
		if got, err := c.WorkdaysBetween(day(tt.a), day(tt.b)); err != nil || got != tt.want {
			t.Errorf("WorkdaysBetween(%s, %s) = %d, %v, want %d", tt.a, tt.b, got, err, tt.want)
		}
	}
	if _, err := c.WorkdaysBetween(day("2001-12-01"), day("2002-01-10")); err == nil {
		t.Error("WorkdaysBetween over a year without notice: no error")
	}
}

func TestDeadlineEqualsWalk(t *testing.T) {
	c := calendar.National()
	rapid.Check(t, func(t *rapid.T) {
		from := day("2002-01-01").AddDays(rapid.IntRange(0, 24*365).Draw(t, "from"))
		n := rapid.IntRange(1, 60).Draw(t, "n")
		got, err := c.Deadline(from, n, calendar.Workdays)
		if err != nil {
			t.Fatal(err)
		}
		due := from
		for left := n; left > 0; {
			due = due.AddDays(1)
			if work, err := c.Workday(due); err != nil {
				t.Fatal(err)
			} else if work {
				left--
			}
		}
		if got.Due != due {
			t.Fatalf("Deadline(%s, %d, workdays) = %s, want %s", from, n, got.Due, due)
		}
		if between, _ := c.WorkdaysBetween(from, got.Due); between != n {
			t.Fatalf("WorkdaysBetween(%s, %s) = %d, want %d", from, got.Due, between, n)
		}
		inDays, err := c.Deadline(from, n, calendar.Days)
		if err != nil {
			t.Fatal(err)
		}
		if work, _ := c.Workday(inDays.Due); !work || inDays.Due.Before(from.AddDays(n)) {
			t.Fatalf("Deadline(%s, %d, days) = %s, want a working day on or after %s", from, n, inDays.Due, from.AddDays(n))
		}
		for d := from.AddDays(n); d.Before(inDays.Due); d = d.AddDays(1) {
			if work, _ := c.Workday(d); work {
				t.Fatalf("Deadline(%s, %d, days) = %s passed over the working day %s", from, n, inDays.Due, d)
			}
		}
	})
}

// sharedDir finds the real data beside the repository.
func sharedDir(t *testing.T) string {
	t.Helper()
	dir, err := filepath.Abs(".")
	if err != nil {
		t.Fatal(err)
	}
	for ; ; dir = filepath.Dir(dir) {
		if shared := filepath.Join(dir, "shared", "data"); exists(shared) {
			return shared
		}
		if dir == filepath.Dir(dir) {
			t.Skip("shared/data is not beside the repository: nothing to compare with")
		}
	}
}

func exists(path string) bool {
	_, err := os.Stat(path)
	return err == nil
}

// rows reads a CSV of the shared data without its header.
func rows(t *testing.T, name string) [][]string {
	t.Helper()
	f, err := os.Open(filepath.Join(sharedDir(t), name))
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	all, err := csv.NewReader(f).ReadAll()
	if err != nil {
		t.Fatal(err)
	}
	return all[1:]
}

func holidayRows(t *testing.T) [][]string {
	t.Helper()
	return rows(t, "holidays-cn-2015-2026.csv")
}

// fromFile returns 休 or 班 by day.
func fromFile(t *testing.T) map[string]string {
	t.Helper()
	m := make(map[string]string)
	for _, r := range holidayRows(t) {
		m[r[0]] = r[1]
	}
	return m
}

// workday is the plain rule, independent of the package.
func workday(m map[string]string, d calendar.Date) bool {
	switch m[d.String()] {
	case "休":
		return false
	case "班":
		return true
	}
	return d.Weekday() != time.Saturday && d.Weekday() != time.Sunday
}
