package visit

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"strings"

	"suiji/calendar"
	"suiji/internal/inspection"
)

// Text is the form in words: what is read aloud and signed. The phone makes
// the same lines (app.js, text). Who signs is not part of it.
func Text(f inspection.Form) string {
	var b strings.Builder
	line := func(format string, args ...any) {
		for i, a := range args {
			if s, ok := a.(string); ok {
				args[i] = flat(s)
			}
		}
		fmt.Fprintf(&b, format+"\n", args...)
	}
	line("检查表：%s", f.ID)
	line("被检查单位：%s", f.Firm.Name)
	line("检查日期：%s 至 %s", day(f.StartedOn), day(f.EndedOn))
	for _, m := range inspection.Methods {
		for _, x := range f.Methods {
			if x == m.Method {
				line("检查方式：%s", m.Name)
			}
		}
	}
	for i, p := range f.Points {
		if p.Answer == "" {
			continue
		}
		line("要点 %d：%s：%s", i+1, p.Text, p.Answer.Name())
		if p.Note != "" {
			line("说明：%s", p.Note)
		}
	}
	for _, c := range inspection.Codes {
		for _, x := range f.Codes {
			if x == c.Code {
				line("检查结果：%s", c.Name)
			}
		}
	}
	for i, x := range f.Findings {
		line("问题 %d：%s", i+1, x.Fact)
		if x.Measure != "" || !x.DueOn.Zero() {
			line("改正要求：%s；期限：%s", x.Measure, day(x.DueOn))
		}
	}
	for i, t := range f.Attempts {
		line("第 %d 次联系：%s %s", i+1, day(t.On), t.How)
	}
	if f.Summary != "" {
		line("检查情况：%s", f.Summary)
	}
	if f.Evidence != "" {
		line("证据：%s", f.Evidence)
	}
	return b.String()
}

// TextDigest is the SHA-256 of a text, in hex.
func TextDigest(text string) string {
	sum := sha256.Sum256([]byte(text))
	return hex.EncodeToString(sum[:])
}

func day(d calendar.Date) string {
	if d.Zero() {
		return "无"
	}
	return d.String()
}

// flat makes one line of a text: white space is no word.
func flat(s string) string {
	return strings.Join(strings.FieldsFunc(s, func(r rune) bool { return r == ' ' || r == '\t' || r == '\r' || r == '\n' }), " ")
}

// Changes returns the lines in which two texts differ, old and new.
func Changes(signed, now string) (gone, come []string) {
	was, is := strings.Split(strings.TrimSpace(signed), "\n"), strings.Split(strings.TrimSpace(now), "\n")
	return without(was, is), without(is, was)
}

// without returns the lines of a that b has not, each as often as it is
// missing.
func without(a, b []string) (out []string) {
	n := map[string]int{}
	for _, x := range b {
		n[x]++
	}
	for _, x := range a {
		if n[x]--; n[x] < 0 {
			out = append(out, x)
		}
	}
	return out
}
