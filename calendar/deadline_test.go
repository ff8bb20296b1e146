package calendar_test

import (
	"errors"
	"fmt"
	"strconv"
	"testing"

	"suiji/calendar"
)

func TestDeadlineVectors(t *testing.T) {
	c := calendar.National()
	units := map[string]calendar.Unit{"工作日": calendar.Workdays, "日": calendar.Days}
	vectors := rows(t, "deadline-vectors.csv")
	if len(vectors) != 20 {
		t.Fatalf("%d vectors, want 20", len(vectors))
	}
	for _, r := range vectors {
		n, err := strconv.Atoi(r[1])
		if err != nil {
			t.Fatal(err)
		}
		u, ok := units[r[2]]
		if !ok {
			t.Fatalf("unit %q", r[2])
		}
		got, err := c.Deadline(day(r[0]), n, u)
		if err != nil || got.Due.String() != r[3] {
			t.Errorf("Deadline(%s, %d, %s) = %s, %v, want %s", r[0], n, u, got.Due, err, r[3])
		}
		if naive := onlyWeekends(day(r[0]), n); naive.String() != r[4] {
			t.Errorf("weekends alone from %s give %s, want %s: the vector does not say what we think", r[0], naive, r[4])
		}
	}
}

// onlyWeekends is the mistake of the vectors' last column.
func onlyWeekends(d calendar.Date, n int) calendar.Date {
	for n > 0 {
		d = d.AddDays(1)
		if workday(nil, d) {
			n--
		}
	}
	return d
}

func TestExplain(t *testing.T) {
	c := calendar.National()
	for _, tt := range []struct {
		name, from string
		rule       calendar.Rule
		due, want  string
	}{
		{
			"20 days as the plan says", "2022-06-14", calendar.Rule{N: 20, Unit: calendar.Days},
			"2022-07-04", "2022-06-14 起 20 日 = 2022-07-04，当日不计",
		},
		{
			"days that end in a holiday", "2022-09-12", calendar.Rule{N: 20, Unit: calendar.Days},
			"2022-10-08", "2022-09-12 起 20 日 = 2022-10-02，当日不计；该日为国庆节，遇休息日顺延至 2022-10-08（周六，调休上班）",
		},
		{
			"days that end on a Saturday", "2022-06-05", calendar.Rule{N: 20, Unit: calendar.Days},
			"2022-06-27", "2022-06-05 起 20 日 = 2022-06-25，当日不计；该日为周末，遇休息日顺延至 2022-06-27（周一）",
		},
		{
			"days that stay", "2022-09-12", calendar.Rule{N: 20, Unit: calendar.Days, Fixed: true},
			"2022-10-02", "2022-09-12 起 20 日 = 2022-10-02，当日不计",
		},
		{
			"working days over a holiday", "2022-09-29", calendar.Rule{N: 2, Unit: calendar.Workdays},
			"2022-10-08", "2022-09-29 起 2 个工作日 = 2022-10-08，当日不计；跳过国庆节 2022-10-01 至 2022-10-07；2022-10-08（周六）为调休上班日，计入",
		},
		{
			"working days over weekends", "2022-11-01", calendar.Rule{N: 20, Unit: calendar.Workdays},
			"2022-11-29", "2022-11-01 起 20 个工作日 = 2022-11-29，当日不计；跳过周末 8 日",
		},
		{
			"end of a year whose successor is known", "2022-12-30", calendar.Rule{N: 2, Unit: calendar.Workdays},
			"2023-01-04", "2022-12-30 起 2 个工作日 = 2023-01-04，当日不计；跳过元旦 2022-12-31 至 2023-01-02",
		},
		{
			"end of the last known year", "2026-12-25", calendar.Rule{N: 2, Unit: calendar.Workdays},
			"2026-12-29", "2026-12-25 起 2 个工作日 = 2026-12-29，当日不计；跳过周末 2 日；2027 年放假通知尚未录入，年末日期可能调整",
		},
	} {
		t.Run(tt.name, func(t *testing.T) {
			d, err := upTo2026(t, c).Apply(day(tt.from), tt.rule)
			if err != nil {
				t.Fatal(err)
			}
			if d.Due.String() != tt.due {
				t.Errorf("Apply(%s, %v) = %s, want %s", tt.from, tt.rule, d.Due, tt.due)
			}
			if got := d.Explain(); got != tt.want {
				t.Errorf("Explain() = %s\nwant %s", got, tt.want)
			}
		})
	}
}

// upTo2026 is the calendar with no notice after 2026, whatever the source has
// learned since.
func upTo2026(t *testing.T, c calendar.Calendar) calendar.Calendar {
	t.Helper()
	var old calendar.Calendar
	for _, year := range c.Years() {
		if year > 2026 {
			break
		}
		var err error
		if old, err = old.With(year, c.Notice(year)); err != nil {
			t.Fatal(err)
		}
	}
	return old
}

func TestDeadlineRefuses(t *testing.T) {
	c := upTo2026(t, calendar.National())
	for _, tt := range []struct {
		name string
		from calendar.Date
		rule calendar.Rule
		want string
	}{
		{"no year", day("2026-12-30"), calendar.Rule{N: 2, Unit: calendar.Workdays}, "没有 2027 年的放假调休通知，无法确定工作日；请管理员录入该年国务院办公厅的通知后再试"},
		{"no year to roll in", day("2026-12-20"), calendar.Rule{N: 20, Unit: calendar.Days}, "没有 2027 年的放假调休通知，无法确定工作日；请管理员录入该年国务院办公厅的通知后再试"},
		{"zero", day("2026-12-20"), calendar.Rule{Unit: calendar.Days}, "期限应在 1 到 3660 之间，现为 0"},
		{"negative", day("2026-12-20"), calendar.Rule{N: -1, Unit: calendar.Days}, "期限应在 1 到 3660 之间，现为 -1"},
		{"unit", day("2026-12-20"), calendar.Rule{N: 1, Unit: "weeks"}, "期限的单位“weeks”应为工作日或日"},
		{"no day", calendar.Date{}, calendar.Rule{N: 1, Unit: calendar.Days}, "缺少起算日"},
		{"end of time", day("9999-12-31"), calendar.Rule{N: 1, Unit: calendar.Days, Fixed: true}, "期限超出了可用的日期"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			_, err := c.Apply(tt.from, tt.rule)
			if err == nil || err.Error() != tt.want {
				t.Errorf("Apply() error = %v, want %s", err, tt.want)
			}
		})
	}
	_, err := c.Deadline(day("2026-12-30"), 2, calendar.Workdays)
	var none calendar.NoNoticeError
	if !errors.As(err, &none) || none.Year != 2027 {
		t.Errorf("error = %v, want NoNoticeError{2027}", err)
	}
}

func TestEarlier(t *testing.T) {
	c := calendar.National()
	inDays, err := c.Deadline(day("2022-11-30"), 20, calendar.Days)
	if err != nil {
		t.Fatal(err)
	}
	inWorkdays, err := c.Deadline(day("2022-11-30"), 20, calendar.Workdays)
	if err != nil {
		t.Fatal(err)
	}
	if inDays.Due != day("2022-12-20") || inWorkdays.Due != day("2022-12-28") {
		t.Errorf("due %s and %s, want 2022-12-20 and 2022-12-28", inDays.Due, inWorkdays.Due)
	}
	for _, got := range []calendar.Deadline{calendar.Earlier(inDays, inWorkdays), calendar.Earlier(inWorkdays, inDays)} {
		if got.Due != inDays.Due {
			t.Errorf("Earlier() = %s, want %s", got.Due, inDays.Due)
		}
	}
	if inDays.Passed(day("2022-12-20")) || !inDays.Passed(day("2022-12-21")) {
		t.Error("Passed: the last day is in time, the next is not")
	}
}

func ExampleCalendar_Deadline() {
	c := calendar.National()
	end := calendar.MustParse("2022-09-29") // the inspection ended
	confirm, err := c.Deadline(end, 2, calendar.Workdays)
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println(confirm.Due)
	fmt.Println(confirm.Explain())
	// Output:
	// 2022-10-08
	// 2022-09-29 起 2 个工作日 = 2022-10-08，当日不计；跳过国庆节 2022-10-01 至 2022-10-07；2022-10-08（周六）为调休上班日，计入
}

func ExampleCalendar_Workday() {
	_, err := calendar.National().Workday(calendar.MustParse("1999-10-01"))
	fmt.Println(err)
	// Output: 没有 1999 年的放假调休通知，无法确定工作日；请管理员录入该年国务院办公厅的通知后再试
}
