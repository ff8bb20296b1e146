package plan_test

import (
	"encoding/csv"
	"fmt"
	"os"
	"regexp"
	"strings"
	"testing"

	"suiji/internal/plan"
)

// shares are the ratios and numbers in a published plan: 高风险30%, 10-20%,
// 97户, C级全部. Of a range the lower bound is the promise.
var shares = regexp.MustCompile(`([^\d；;，,（）%≥]*?)(?:≥|不低于)?(\d+(?:\.\d+)?)(?:-\d+)?(%|户|家)|([A-C]级)全部|100%全覆盖`)

// worked is what a ratio comes to, beside it: 5%（3户）.
var worked = regexp.MustCompile(`（\d+户）`)

// strataOf reads what a published plan says of its strata: those of classes by
// their tags, and the one of all others last.
func strataOf(t *testing.T, text string) []plan.Stratum {
	t.Helper()
	var out []plan.Stratum
	rest := plan.Stratum{Name: "rest", Title: "其余", Ratio: 1, Size: 1000}
	for i, m := range shares.FindAllStringSubmatch(text, -1) {
		said := m[2] + m[3]
		if m[2] == "" {
			said = "100%"
		}
		ratio, number, err := plan.ParseShare(said)
		if err != nil {
			t.Errorf("ParseShare(%q) = %v", said, err)
		}
		s := plan.Stratum{Name: fmt.Sprintf("s%d", i), Title: said, Tag: strings.TrimSpace(m[1] + m[4]), Ratio: ratio, Number: number, Size: 1000}
		if back, n, err := plan.ParseShare(s.Share()); err != nil || back != ratio || n != number {
			t.Errorf("ParseShare(%q) = %v, %d, %v; want %v, %d", s.Share(), back, n, err, ratio, number)
		}
		if s.Tag == "" || strings.HasPrefix(s.Tag, "共抽") || strings.HasSuffix(s.Tag, "比例") || strings.Contains(s.Tag, "之和") {
			rest.Ratio, rest.Number = ratio, number
			continue
		}
		out = append(out, s)
	}
	return append(out, rest)
}

var (
	roles = regexp.MustCompile(`([^；，]+)发起；([^；]+)配合`)
	below = regexp.MustCompile(`下派区级检查|抽县（区）查`)
)

// departmentsOf reads who inspects: 公安发起；人社、市场监管配合 is three departments,
// the first of which leads. What is drawn above and inspected below has them in
// each district.
func departmentsOf(text, unit string) []plan.Slot {
	var names []string
	if m := roles.FindStringSubmatch(text); m != nil {
		names = append([]string{m[1]}, strings.Split(m[2], "、")...)
	}
	areas := []string{""}
	if below.MatchString(text) {
		areas = []string{"420113", "420114"}
		if names == nil {
			names = []string{unit}
		}
	}
	var out []plan.Slot
	for _, area := range areas {
		for i, name := range names {
			title := strings.TrimSpace(area + " " + name)
			out = append(out, plan.Slot{Name: fmt.Sprintf("d%s-%d", area, i+1), Title: title, Units: title, Size: 2, Area: area})
		}
	}
	return out
}

// TestRealPlansCanBeExpressed enters every plan that offices have published
// and that was collected: its ratios or numbers, its classes, its frequency.
func TestRealPlansCanBeExpressed(t *testing.T) {
	f, err := os.Open("../../../shared/data/plans-real.csv")
	if err != nil {
		t.Skip("the collected plans (plans-real.csv) do not lie beside the house")
	}
	defer f.Close()
	rows, err := csv.NewReader(f).ReadAll()
	if err != nil {
		t.Fatal(err)
	}
	said, joint := "", 0
	for i, row := range rows[1:] {
		p := mended()
		task := &p.Tasks[0]
		task.Name, task.Lead, task.Units, task.Note = row[2], row[0], row[8], row[9]
		text := worked.ReplaceAllString(row[4], "")
		if strings.Contains(row[6], "%") || !strings.ContainsAny(text, "0123456789全") {
			text += "；" + row[6]
		}
		task.Strata = strataOf(t, text)
		if strings.Contains(row[6], "投诉举报多") {
			task.Tickets = []plan.Ticket{{Tag: "投诉举报多", Tickets: 3}}
		}
		if strings.Contains(row[5], "1次/年") || strings.Contains(row[5], "=1") {
			p.Windows = p.Windows[:1]
		}
		if row[8] != "同上" {
			said = row[8]
		}
		task.Slots = departmentsOf(said, "某领域")
		for k := range task.Slots {
			for range task.Strata {
				task.Slots[k].Firms = append(task.Slots[k].Firms, 500)
			}
		}
		joint += min(1, len(task.Slots))
		p.Ratio, p.BaseCount = 1, 1000*len(task.Strata)
		p, _ = plan.Normal(p)
		known := facts()
		for _, s := range task.Slots {
			for range 4 {
				known.Officers = append(known.Officers, plan.OfficerFact{Unit: s.Units, Until: day("2024-12-31")})
			}
		}
		if got := p.Public().Tasks[0].Slots; len(got) != len(task.Slots) || len(got) > 0 && got[0].Title == "" {
			t.Errorf("row %d: %q comes to departments %+v", i+2, said, got)
		}
		for _, d := range plan.Check(p, known) {
			if d.Severity == plan.Refuse && d.Code != "archive" {
				t.Errorf("row %d %s %s: %s", i+2, row[0], row[4], d.Sentence)
			}
		}
		for _, want := range regexp.MustCompile(`\d+(?:\.\d+)?(?:-\d+)?[%家]|共抽\d+家|^\d+户`).FindAllString(text, -1) {
			said, _, _ := strings.Cut(regexp.MustCompile(`\d.*`).FindString(want), "-")
			said = strings.TrimRight(said, "%家户")
			found := false
			for _, s := range task.Strata {
				found = found || strings.TrimRight(s.Share(), "%户") == said
			}
			if !found {
				t.Errorf("row %d: %q is in no stratum of %+v", i+2, want, task.Strata)
			}
		}
	}
	if joint < 10 {
		t.Errorf("only %d plans name several departments or lower levels", joint)
	}
	if len(rows) < 20 {
		t.Errorf("only %d plans were read", len(rows)-1)
	}
}
