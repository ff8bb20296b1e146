package papers

import (
	"regexp"
	"strings"
)

// titleWords are the words of official titles between which, and not within
// which, a line may end.
var titleWords = regexp.MustCompile(`^(?:“双随机、一公开”|[0-9]+年度?|[0-9]+|[A-Za-z]+|关于|印发|变更|开展|加强|做好|公布|公示|部门|联合|双随机|一公开|随机抽查|抽查|检查|专项|工作计划表|工作计划|工作方案|实施方案|工作|计划表|计划|方案|事项清单|清单|名单|结果|通知|通报|公告|意见|办法|规定|告知书|劳动保障|劳动用工|守法诚信|等级|评价|信用风险|分级分类|分类|监管|监督|用人单位|企业|人力资源|社会保障|市场监督管理|生态环境|卫生健康|住房|城乡建设|交通运输|农业农村|应急管理|[省市县区]|局|厅|委员会|委|科|大队|支队|的|和|与|及|等)`)

// Marks that go with the word after them and with the word before them.
const (
	opening = "《“（〔〈「"
	closing = "》”）〕〉」、，：；。"
)

// Titled breaks a title into lines of at most the given number of wide
// characters, as evenly as it can, and never within a word (GB/T 9704-2012,
// 7.3.1: 词意完整、排列对称、长短适宜). Names in whole stay on one line if they fit.
// Lines that are broken already stay so.
func Titled(title string, chars float64, whole ...string) string {
	var out []string
	for _, part := range strings.Split(title, "\n") {
		out = append(out, titleLines(titleTokens(part, chars, whole), chars)...)
	}
	return strings.Join(out, "\n")
}

// titleTokens cuts a title where lines may end. What it does not know stays
// together up to the next word that it does.
func titleTokens(title string, chars float64, whole []string) []string {
	var tokens []string
	unknown, open := "", ""
	add := func(word string) {
		if word != "" {
			tokens, open = append(tokens, open+word), ""
		}
	}
	for title != "" {
		word := firstWord(title, chars, whole)
		r := []rune(title)[0]
		switch {
		case word != "":
			add(unknown)
			unknown = ""
			add(word)
		case strings.ContainsRune(opening, r):
			add(unknown)
			word, unknown = string(r), ""
			open += word
		case strings.ContainsRune(closing, r):
			add(unknown)
			word, unknown = string(r), ""
			if n := len(tokens); n > 0 && open == "" {
				tokens[n-1] += word
			} else {
				open += word
			}
		default:
			word = string(r)
			unknown += word
			if titleWidth(unknown) > chars-4 { // longer than a line: somewhere it has to end
				add(unknown)
				unknown = ""
			}
		}
		title = title[len(word):]
	}
	add(unknown + open)
	return tokens
}

// firstWord returns the word that a text begins with, or nothing.
func firstWord(text string, chars float64, whole []string) string {
	for _, w := range whole {
		if w != "" && strings.HasPrefix(text, w) && titleWidth(w) <= chars {
			return w
		}
	}
	return titleWords.FindString(text)
}

func titleWidth(s string) (n float64) {
	for _, r := range s {
		if r < 0x80 {
			n += 0.5
			continue
		}
		n++
	}
	return n
}

// titleLines joins tokens to as few lines as hold them, as even as they can be.
func titleLines(tokens []string, chars float64) []string {
	total := titleWidth(strings.Join(tokens, ""))
	most := len(tokens)
	best := make([]float64, most+1) // cost of the tokens before i
	from := make([]int, most+1)
	lines := max(1, int((total+chars-0.01)/chars))
	for ; ; lines++ {
		even := total / float64(lines)
		for i := 1; i <= most; i++ {
			best[i] = 1e18
			width := 0.0
			for j := i - 1; j >= 0; j-- {
				width += titleWidth(tokens[j])
				if width > chars && j < i-1 {
					break
				}
				if cost := best[j] + (width-even)*(width-even) + awkward(tokens, i); cost < best[i] {
					best[i], from[i] = cost, j
				}
			}
		}
		var out []string
		for i := most; i > 0; i = from[i] {
			out = append([]string{strings.Join(tokens[from[i]:i], "")}, out...)
		}
		if len(out) <= lines || lines >= most {
			return out
		}
	}
}

// awkward is what it costs to end a line before token i: 的 and 和 go with the
// word before them, 关于 with the one after it.
func awkward(tokens []string, i int) float64 {
	if i >= len(tokens) {
		return 0
	}
	cost := 0.0
	switch next, last := tokens[i], tokens[i-1]; {
	case next == "的" || next == "局" || next == "等" || next == "省" || next == "市" || next == "县" || next == "区":
		cost = 400
	case next == "联合" && last == "部门":
		cost = 50
	case last == "和" || last == "与" || last == "及" || last == "关于":
		cost = 100
	case last == "随机抽查" || last == "联合" || last == "人力资源":
		cost = 10
	}
	return cost
}
