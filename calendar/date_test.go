package calendar_test

import (
	"encoding/json"
	"fmt"
	"testing"
	"time"

	"pgregory.net/rapid"

	"suiji/calendar"
)

func TestParse(t *testing.T) {
	for _, tt := range []struct{ name, in, want string }{
		{"usual", "2022-06-14", "2022-06-14"},
		{"leap day", "2024-02-29", "2024-02-29"},
		{"first", "0001-01-01", "0001-01-01"},
		{"last", "9999-12-31", "9999-12-31"},
		{"no leap day", "2022-02-29", ""},
		{"month 13", "2022-13-01", ""},
		{"day 0", "2022-01-00", ""},
		{"year 0", "0000-01-01", ""},
		{"slashes", "2022/06/14", ""},
		{"short", "2022-6-14", ""},
		{"blank", " 2022-06-1", ""},
		{"sign", "+022-06-14", ""},
		{"empty", "", ""},
		{"full-width", "２０２２-０６-１４", ""},
		{"with time", "2022-06-14T00:00:00Z", ""},
	} {
		t.Run(tt.name, func(t *testing.T) {
			got, err := calendar.Parse(tt.in)
			if got.String() != tt.want || (err == nil) != (tt.want != "") {
				t.Errorf("Parse(%q) = %s, %v, want %q", tt.in, got, err, tt.want)
			}
		})
	}
}

func TestIn(t *testing.T) {
	for _, tt := range []struct{ name, instant, want string }{
		{"last second of a day", "2022-06-14T15:59:59Z", "2022-06-14"},
		{"first second of the next", "2022-06-14T16:00:00Z", "2022-06-15"},
		{"another zone", "2022-06-14T20:00:00-05:00", "2022-06-15"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			at, err := time.Parse(time.RFC3339, tt.instant)
			if err != nil {
				t.Fatal(err)
			}
			if got := calendar.In(at); got.String() != tt.want {
				t.Errorf("In(%s) = %s, want %s", tt.instant, got, tt.want)
			}
		})
	}
}

func TestDateArithmetic(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		d := calendar.MustParse("2000-01-01").AddDays(rapid.IntRange(-700000, 2900000).Draw(t, "d"))
		n := rapid.IntRange(-20000, 20000).Draw(t, "n")
		if calendar.In(d.Start()) != d || calendar.In(d.Start().Add(-time.Nanosecond)) != d.AddDays(-1) {
			t.Fatalf("%s does not start where its day does", d)
		}
		e := d.AddDays(n)
		if e.Zero() {
			return // outside the years that exist
		}
		if got := d.DaysUntil(e); got != n {
			t.Fatalf("%s.DaysUntil(%s) = %d, want %d", d, e, got, n)
		}
		if d.Before(e) != (n > 0) || d.After(e) != (n < 0) || (d == e) != (n == 0) || d.Equal(e) != (n == 0) {
			t.Fatalf("order of %s and %s does not follow %d", d, e, n)
		}
		if got := (int(d.Weekday()) + n%7 + 7) % 7; got != int(e.Weekday()) {
			t.Fatalf("%s is weekday %d, want %d", e, e.Weekday(), got)
		}
	})
}

func TestAddDaysOutside(t *testing.T) {
	for _, n := range []int{1, 1 << 40, -(1 << 40), 4000000} {
		if got := calendar.MustParse("9999-12-31").AddDays(n); !got.Zero() {
			t.Errorf("AddDays(%d) = %s, want the zero Date", n, got)
		}
	}
	if got := (calendar.Date{}).AddDays(1); !got.Zero() {
		t.Errorf("zero.AddDays(1) = %s, want the zero Date", got)
	}
}

func TestAddMonths(t *testing.T) {
	for _, tt := range []struct {
		from string
		n    int
		want string
	}{
		{"2022-06-20", 0, "2022-06-20"}, {"2022-06-20", 3, "2022-09-20"}, {"2022-11-30", 3, "2023-02-28"}, {"2024-02-29", 12, "2025-02-28"},
		{"2024-02-29", 24, "2026-02-28"}, {"2022-12-31", 1, "2023-01-31"}, {"2022-12-31", 2, "2023-02-28"}, {"2023-10-31", 4, "2024-02-29"},
		{"2023-01-31", -2, "2022-11-30"}, {"9999-12-31", 1, ""}, {"0001-01-31", -1, ""}, {"", 1, ""}, {"2022-06-20", 1 << 40, ""},
	} {
		var from calendar.Date
		if err := from.UnmarshalText([]byte(tt.from)); err != nil {
			t.Fatal(err)
		}
		if got := from.AddMonths(tt.n).String(); got != tt.want {
			t.Errorf("%s.AddMonths(%d) = %s, want %s", tt.from, tt.n, got, tt.want)
		}
	}
}

func TestDateJSON(t *testing.T) {
	type form struct{ A, B calendar.Date }
	in := form{A: calendar.MustParse("2022-06-14")}
	text, err := json.Marshal(in)
	if err != nil {
		t.Fatal(err)
	}
	if got, want := string(text), `{"A":"2022-06-14","B":""}`; got != want {
		t.Errorf("Marshal() = %s, want %s", got, want)
	}
	var out form
	if err := json.Unmarshal(text, &out); err != nil || out != in {
		t.Errorf("Unmarshal() = %v, %v, want %v", out, err, in)
	}
	if err := json.Unmarshal([]byte(`{"A":"2022-02-30"}`), &out); err == nil {
		t.Error("Unmarshal(30 February): no error")
	}
}

func FuzzParse(f *testing.F) {
	for _, s := range []string{"2022-06-14", "2024-02-29", "", "0000-00-00", "9999-12-31", "2022-6-14 ", "日期"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		d, err := calendar.Parse(s)
		if err != nil {
			if !d.Zero() {
				t.Errorf("Parse(%q) = %s with an error", s, d)
			}
			return
		}
		if d.String() != s {
			t.Errorf("Parse(%q).String() = %q", s, d)
		}
	})
}

func ExampleDate_Chinese() {
	fmt.Println(calendar.MustParse("2022-06-04").Chinese())
	// Output: 2022年6月4日
}

func TestClock(t *testing.T) {
	at := time.Date(2022, 6, 1, 17, 30, 0, 0, time.UTC)
	if got, want := calendar.Clock(at).Format("2006-01-02 15:04"), "2022-06-02 01:30"; got != want || !calendar.Clock(at).Equal(at) {
		t.Errorf("Clock(%v) = %s, want %s", at, got, want)
	}
}
