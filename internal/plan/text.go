package plan

import (
	"fmt"
	"regexp"
	"strconv"
	"strings"
	"time"

	"suiji/calendar"
)

var (
	digits   = strings.NewReplacer("０", "0", "１", "1", "２", "2", "３", "3", "４", "4", "５", "5", "６", "6", "７", "7", "８", "8", "９", "9", " ", "", "　", "")
	brackets = regexp.MustCompile(`[【\[［(（〔](\d{4})[】\]］)）〕]`)
)

// Number writes a document number (文号) as the standard has it (GB/T
// 9704-2012, 7.2.5): 元人社【2022】3号 becomes 元人社〔2022〕3号.
func Number(s string) string {
	return brackets.ReplaceAllString(digits.Replace(s), "〔$1〕")
}

// Normal returns p with its texts trimmed and its document numbers as the
// standard writes them, and says what was changed that a person would notice.
func Normal(p Plan) (Plan, []string) {
	var notices []string
	number := func(s string) string {
		n := Number(s)
		if n != strings.TrimSpace(s) {
			notices = append(notices, "文号“"+strings.TrimSpace(s)+"”已按公文格式改为“"+n+"”")
		}
		return n
	}
	p.Number = number(p.Number)
	bases := make([]Basis, 0, len(p.Bases))
	for _, b := range p.Bases {
		b = Basis{number(b.Number), strings.TrimSpace(b.Title), strings.TrimSpace(b.Issuer)}
		if b != (Basis{}) {
			bases = append(bases, b)
		}
	}
	p.Bases = bases
	for _, s := range []*string{&p.Title, &p.Issuer, &p.Addressees, &p.Leader, &p.Contact, &p.Field, &p.RuleVanished, &p.RuleAgain, &p.RuleRecusal} {
		*s = strings.TrimSpace(*s)
	}
	p.Body = strings.TrimSpace(strings.ReplaceAll(p.Body, "\r\n", "\n"))
	return p, notices
}

var (
	goodNumber   = regexp.MustCompile(`^\S+〔(\d{4})〕\d+号$`)
	pastDeadline = regexp.MustCompile(`(\d{4})\s*年\s*(\d{1,2})\s*月\s*(\d{1,2})\s*日\s*(?:之?前|以前)`)
	bareClock    = regexp.MustCompile(`(\d+)\s*日(?:之?内|以内)[^。；;]{0,6}公示`)
	tableNamed   = regexp.MustCompile(`附后|见附件|附表`)
	unitWords    = regexp.MustCompile(`(?:科室|股室)、单位|科室|股室`)
)

// oldDeadlines returns the deadlines in a text (“2021年12月20日前”) that lie
// before a day.
func oldDeadlines(text string, before calendar.Date) []calendar.Date {
	var old []calendar.Date
	for _, m := range pastDeadline.FindAllStringSubmatch(text, -1) {
		var n [3]int
		for i := range n {
			n[i], _ = strconv.Atoi(m[i+1]) // digits, by the pattern
		}
		d, err := calendar.NewDate(n[0], time.Month(n[1]), n[2])
		if err == nil && d.Before(before) {
			old = append(old, d)
		}
	}
	return old
}

// unitNames returns the words that a text uses for the units that carry out
// the plan, with how often each stands in it.
func unitNames(text string) []string {
	var names []string
	times := map[string]int{}
	for _, w := range unitWords.FindAllString(text, -1) {
		if times[w] == 0 {
			names = append(names, w)
		}
		times[w]++
	}
	for i, w := range names {
		names[i] = fmt.Sprintf("“%s”%d 处", w, times[w])
	}
	return names
}
