package plan_test

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"suiji/internal/plan"
)

func TestRatioOf(t *testing.T) {
	tests := []struct {
		name  string
		n     int
		ratio plan.Ratio
		want  int
	}{
		{"5 % of the county's register", 698, 500, 35},
		{"5 % of 2,046", 2046, 500, 103},
		{"7 % of 100, which fractions make 8", 100, 700, 7},
		{"one firm", 1, 1, 1},
		{"none", 0, 500, 0},
		{"all", 698, 10000, 698},
		{"a nation", 180_000_000, 1, 18_000},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			if got := tt.ratio.Of(tt.n); got != tt.want {
				t.Errorf("Ratio(%d).Of(%d) = %d, want %d", tt.ratio, tt.n, got, tt.want)
			}
		})
	}
}

func TestParseRatio(t *testing.T) {
	tests := []struct {
		in   string
		want plan.Ratio
		text string
	}{
		{"5", 500, "5%"}, {"5%", 500, "5%"}, {" 7.5 ％", 750, "7.5%"}, {"0.05", 5, "0.05%"}, {"100", 10000, "100%"}, {"12.25", 1225, "12.25%"},
		{"", 0, ""}, {"-5", 0, ""}, {"5.123", 0, ""}, {"1e1", 0, ""}, {"五", 0, ""}, {"5.-1", 0, ""}, {".5", 0, ""},
	}
	for _, tt := range tests {
		t.Run(tt.in, func(t *testing.T) {
			got, err := plan.ParseRatio(tt.in)
			if got != tt.want || (err == nil) != (tt.text != "") {
				t.Fatalf("ParseRatio(%q) = %d, %v, want %d", tt.in, got, err, tt.want)
			}
			if err == nil && got.String() != tt.text {
				t.Errorf("Ratio(%d).String() = %q, want %q", got, got.String(), tt.text)
			}
		})
	}
}

func TestSplit(t *testing.T) {
	tests := []struct {
		need, windows int
		want          []int
	}{
		{35, 2, []int{18, 17}}, {36, 2, []int{18, 18}}, {1, 2, []int{1, 0}}, {8, 3, []int{3, 3, 2}}, {0, 2, []int{0, 0}}, {5, 0, []int{}},
	}
	for _, tt := range tests {
		if diff := cmp.Diff(plan.Split(tt.need, tt.windows), tt.want); diff != "" {
			t.Errorf("Split(%d, %d) (-got +want):\n%s", tt.need, tt.windows, diff)
		}
	}
}

func TestCalculate(t *testing.T) {
	p := mended()
	p.Tasks[0].Strata = []plan.Stratum{
		{Name: "D", Tag: "信用风险D", Ratio: 5000, Size: 21},
		{Name: "C", Tag: "信用风险C", Ratio: 10000, Size: 8},
		{Name: "few", Tag: "劳务派遣", Ratio: 500, Size: 3},
		{Name: "rest", Ratio: 300, Size: 666},
	}
	want := plan.Sum{
		Floor: 35, Total: 42, Coverage: 601, Windows: []int{23, 19},
		Tasks: []plan.TaskSum{{Size: 698, Need: 42, Windows: []int{23, 19}, Strata: []plan.StratumSum{
			{Size: 21, Need: 11, Windows: []int{6, 5}},
			{Size: 8, Need: 8, Whole: true, Windows: []int{4, 4}},
			{Size: 3, Need: 3, Whole: true, Windows: []int{3, 0}},
			{Size: 666, Need: 20, Windows: []int{10, 10}},
		}}},
	}
	if diff := cmp.Diff(plan.Calculate(p), want); diff != "" {
		t.Errorf("Calculate (-got +want):\n%s", diff)
	}
}

func TestTaskSorts(t *testing.T) {
	task := plan.Task{
		Scope:   plan.Scope{Kind: "企业", Area: "130100"},
		Strata:  []plan.Stratum{{Name: "D", Tag: "信用风险D"}, {Name: "pd", Tag: "劳务派遣"}, {Name: "rest"}},
		Tickets: []plan.Ticket{{Tag: "投诉举报多", Tickets: 3}, {Tag: "信用风险D", Tickets: 5}},
	}
	tests := []struct {
		name       string
		kind, area string
		tags       []string
		holds      bool
		stratum    string
		tickets    int
	}{
		{"plain", "企业", "130132", nil, true, "rest", 1},
		{"first stratum wins", "企业", "130132", []string{"劳务派遣", "信用风险D"}, true, "D", 5},
		{"most tickets count", "企业", "130132", []string{"投诉举报多", "信用风险D"}, true, "D", 5},
		{"complaints", "企业", "130132101", []string{"投诉举报多"}, true, "rest", 3},
		{"another city", "企业", "130200", nil, false, "rest", 1},
		{"another kind", "个体工商户", "130132", nil, false, "rest", 1},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			if got := task.Scope.Holds(tt.kind, tt.tags, tt.area); got != tt.holds {
				t.Errorf("Holds = %v, want %v", got, tt.holds)
			}
			if got := task.Stratum(tt.tags, tt.area); got != tt.stratum {
				t.Errorf("Stratum(%v) = %q, want %q", tt.tags, got, tt.stratum)
			}
			if got := task.TicketsOf(tt.tags); got != tt.tickets {
				t.Errorf("TicketsOf(%v) = %d, want %d", tt.tags, got, tt.tickets)
			}
		})
	}
}
