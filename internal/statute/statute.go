// Package statute reads the legal basis of an inspection item as offices write
// it, 《劳动合同法》第七十三条第一款, so that each law and each article stand
// for themselves. The text stays what it is: this only says what was recognised.
package statute

import (
	"regexp"
	"strconv"
	"strings"
	"unicode"
)

// Provision is a law (法律、法规、规章) and its articles that a basis names.
type Provision struct {
	Law      string    // title without 《》
	Number   string    // of the document, such as 浙食药监规〔2015〕25号; mostly empty
	Articles []Article // empty: the law as a whole
}

// Article is a place in a law; 0 is none.
type Article struct {
	Article   int // 条
	Sub       int // 之一 is 1
	Paragraph int // 款
	Item      int // 项
	To        int // the last article of a range; 0: one article
}

// String writes an article as laws do: 第七十三条第一款第二项.
func (a Article) String() string {
	s := "第" + chinese(a.Article) + "条"
	if a.Sub > 0 {
		s += "之" + chinese(a.Sub)
	}
	if a.Paragraph > 0 {
		s += "第" + chinese(a.Paragraph) + "款"
	}
	if a.Item > 0 {
		s += "第" + chinese(a.Item) + "项"
	}
	if a.To > 0 {
		s += "至第" + chinese(a.To) + "条"
	}
	return s
}

// Places writes the articles of a provision in one line.
func (p Provision) Places() string {
	var all []string
	for _, a := range p.Articles {
		all = append(all, a.String())
	}
	return strings.Join(all, "、")
}

// Parse returns the laws that a text names, in its order, with the articles of
// each; a law named twice stands once. A text without 《》 is read by what
// stands before its articles. Nothing recognised is nil.
func Parse(text string) []Provision {
	var out []Provision
	for _, t := range titles(text) {
		p := Provision{Law: t.law, Articles: articles(t.rest)}
		if m := document.FindStringSubmatch(t.rest); m != nil {
			p.Number = m[1]
		}
		if n := place(out, p.Law); n >= 0 {
			out[n].Articles = append(out[n].Articles, p.Articles...)
			continue
		}
		out = append(out, p)
	}
	return out
}

// Vague returns the laws of a basis that it names without an article, or its
// whole text if it names none.
func Vague(text string) []string {
	list := Parse(text)
	if list == nil && strings.TrimSpace(text) != "" {
		return []string{strings.TrimSpace(text)}
	}
	var laws []string
	for _, p := range list {
		if len(p.Articles) == 0 {
			laws = append(laws, "《"+p.Law+"》")
		}
	}
	return laws
}

func place(list []Provision, law string) int {
	for n := range list {
		if list[n].Law == law {
			return n
		}
	}
	return -1
}

// titled is a law's title and what follows it up to the next title.
type titled struct{ law, rest string }

// titles cuts a text at its titles; a title may hold others: 《关于印发〈…〉的通知》.
func titles(text string) (out []titled) {
	depth, from := 0, 0
	for i, r := range text {
		switch r {
		case '《':
			if depth++; depth == 1 {
				if len(out) > 0 {
					out[len(out)-1].rest = text[from:i]
				}
				from = i + len("《")
			}
		case '》':
			if depth--; depth == 0 {
				out = append(out, titled{law: strings.TrimSpace(text[from:i])})
				from = i + len("》")
			}
			depth = max(depth, 0)
		}
	}
	if len(out) == 0 {
		return plain(text)
	}
	if depth == 0 {
		out[len(out)-1].rest = text[from:]
	}
	return out
}

// plain reads a text without 《》: 劳动法第八十五条；就业促进法第六十二条.
func plain(text string) (out []titled) {
	for _, part := range strings.FieldsFunc(text, func(r rune) bool { return strings.ContainsRune("；;。\n", r) }) {
		at := token.FindStringIndex(part)
		if at == nil {
			continue
		}
		law := strings.TrimFunc(part[:at[0]], func(r rune) bool { return unicode.IsSpace(r) || unicode.IsPunct(r) })
		for _, word := range []string{"根据", "依据", "依照", "按照"} {
			law = strings.TrimPrefix(law, word)
		}
		if law != "" {
			out = append(out, titled{law, part[at[0]:]})
		}
	}
	return out
}

const numeral = `[〇零一二三四五六七八九十百千0-9０-９]+`

var (
	document = regexp.MustCompile(`^\s*[（(]([^（）()]*号)[）)]`)
	token    = regexp.MustCompile(`(?:(至|到|-|—|－|~)\s*)?第?(` + numeral + `)条(?:之(` + numeral + `))?|第(` + numeral + `)款|第?[（(]?(` + numeral + `)[）)]?项`)
)

// articles reads the places that follow a title. A paragraph or an item that
// stands alone belongs to the article before it: 第七十三条第一款、第二款.
func articles(text string) (out []Article) {
	end := 0
	for _, m := range token.FindAllStringSubmatchIndex(text, -1) {
		part := func(n int) int {
			if m[2*n] < 0 {
				return 0
			}
			return number(text[m[2*n]:m[2*n+1]])
		}
		joined := len(out) > 0 && m[0] == end
		end = m[1]
		last := len(out) - 1
		switch no := part(2); {
		case no > 0 && m[2] >= 0 && last >= 0:
			out[last].To = no
		case no > 0:
			out = append(out, Article{Article: no, Sub: part(3)})
		case last < 0:
		case part(4) > 0 && joined:
			out[last].Paragraph = part(4)
		case part(4) > 0:
			out = append(out, Article{Article: out[last].Article, Sub: out[last].Sub, Paragraph: part(4)})
		case part(5) > 0 && joined:
			out[last].Item = part(5)
		case part(5) > 0:
			out = append(out, Article{Article: out[last].Article, Sub: out[last].Sub, Paragraph: out[last].Paragraph, Item: part(5)})
		}
	}
	return out
}

const digits = "零一二三四五六七八九"

// number reads 二百零四, 204 and ２０４; 0 if it is none.
func number(s string) int {
	total, digit := 0, 0
	for _, r := range s {
		switch {
		case r >= '0' && r <= '9':
			digit = digit*10 + int(r-'0')
		case r >= '０' && r <= '９':
			digit = digit*10 + int(r-'０')
		case r == '十', r == '百', r == '千':
			unit := map[rune]int{'十': 10, '百': 100, '千': 1000}[r]
			total, digit = total+max(digit, 1)*unit, 0
		case r == '〇':
			digit *= 10
		default:
			digit = strings.Index(digits, string(r)) / len("零")
		}
	}
	return total + digit
}

// chinese writes a number as articles are numbered; digits from 10,000 on.
func chinese(n int) string {
	if n >= 10000 {
		return strconv.Itoa(n)
	}
	word := func(d int) string { return digits[d*len("零") : (d+1)*len("零")] }
	s, gap := "", false
	for _, u := range []struct {
		of   int
		name string
	}{{1000, "千"}, {100, "百"}, {10, "十"}, {1, ""}} {
		d := n / u.of % 10
		if d == 0 {
			gap = s != ""
			continue
		}
		if gap {
			s, gap = s+"零", false
		}
		if d == 1 && u.of == 10 && s == "" {
			s = "十"
			continue
		}
		s += word(d) + u.name
	}
	return s
}

// Says reports whether the provisions say all that a text says, but for what
// stands between them; else the text has to stand beside them.
func Says(list []Provision, text string) bool {
	var b strings.Builder
	for _, p := range list {
		b.WriteString(p.Law + p.Number + p.Places())
	}
	return bare(b.String()) == bare(text)
}

func bare(s string) string {
	return strings.Map(func(r rune) rune {
		if unicode.IsSpace(r) || unicode.IsPunct(r) {
			return -1
		}
		return r
	}, s)
}
