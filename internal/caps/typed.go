package caps

import (
	"fmt"
	"strings"

	"suiji/calendar"
	"suiji/internal/errs"
)

// ParseVisits reads visits of other bodies as they are typed, one a line:
// credit code, day, body, 本级 or 其他级, and the reason if it was no ordinary
// inspection. known reports whether the register has a firm. Problems belong
// to field "visits".
func ParseVisits(text string, today calendar.Date, known func(target string) bool) ([]Visit, error) {
	var visits []Visit
	var ps []errs.Problem
	bad := func(no int, sentence string) {
		ps = append(ps, errs.Problem{Field: "visits", Sentence: fmt.Sprintf("第 %d 行：%s", no, sentence)})
	}
	for i, line := range strings.Split(text, "\n") {
		words := strings.Fields(line)
		if len(words) == 0 {
			continue
		}
		if len(words) < 4 || len(words) > 5 {
			bad(i+1, "应有代码、日期、检查机关、本级或其他级四项，原因可不填")
			continue
		}
		v := Visit{Target: strings.ToUpper(words[0]), Body: words[2], Who: map[string]Who{"本级": Level, "其他级": All}[words[3]]}
		if err := v.Day.UnmarshalText([]byte(words[1])); err != nil || v.Day.Zero() || v.Day.After(today) {
			bad(i+1, "日期应写成 2022-03-01 的样子，且不晚于今天")
		}
		if v.Who == "" {
			bad(i+1, "“"+words[3]+"”应为“本级”或“其他级”")
		}
		if len(words) == 5 {
			v.Reason = words[4]
		}
		if !known(v.Target) {
			bad(i+1, "名录里没有“"+words[0]+"”")
		}
		visits = append(visits, v)
	}
	if len(visits) == 0 && len(ps) == 0 {
		bad(1, "没有填写检查")
	}
	return visits, errs.All(ps)
}
