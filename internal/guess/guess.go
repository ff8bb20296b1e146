// Package guess says why a password would soon be guessed: by rules about what
// people choose, without a list of passwords. It is pure.
package guess

import (
	"slices"
	"strings"
	"unicode"
)

// leet undoes the letters that people replace by what looks like them.
var leet = strings.NewReplacer("0", "o", "1", "i", "3", "e", "4", "a", "5", "s", "7", "t", "@", "a", "$", "s", "!", "i")

// common are words that passwords are made of everywhere. With leet and
// padding undone each stands for some thousand of the usual lists.
var common = []string{"password", "passwort", "passw", "admin", "administrator", "root", "qwerty", "letmein", "welcome", "iloveyou", "woaini", "woaiwojia",
	"mima", "denglu", "ceshi", "test", "guest", "user", "changeme", "default", "secret", "login", "master", "monkey", "dragon", "sunshine", "princess",
	"football", "superman", "zhongguo", "china", "beijing", "government", "computer", "internet", "server", "hello"}

// trade are words of this system, its offices and their people, which whoever
// guesses here tries first, a longer one before those within it. docs/passwords.md lists them for administrators.
var trade = []string{"shuangsuiji", "suiji", "rensheju", "renshe", "shichang", "jianguan", "gongkai", "gongshi", "choucha", "jiancha", "zhifa", "laodongbaozhang", "laodong",
	"guanliyuan", "jingbanren", "juzhang", "shenheyuan", "shenjiyuan", "clerk", "leader", "operator", "reviewer", "inspector", "auditor", "security",
	"双随机", "随机", "一公开", "公示", "抽查", "检查", "执法", "人社局", "人社", "市场监管", "劳动保障", "管理员", "经办人", "局长"}

// rows are what fingers run along; each also backwards.
var rows = []string{"abcdefghijklmnopqrstuvwxyz", "01234567890", "qwertyuiopasdfghjklzxcvbnm", "1qaz2wsx3edc4rfv5tgb6yhn7ujm8ik9ol0p", "!@#$%^&*()_+", "147258369"}

// Why says why somebody would guess a password soon; empty if nothing
// tells. What is judged is what is left when common words, runs of keys,
// repeats and dates are taken out: five different characters must remain.
func Why(password string, avoid []string) string {
	rest := strings.ToLower(password)
	for _, w := range avoid {
		if w = strings.ToLower(strings.TrimSpace(w)); len([]rune(w)) >= 2 && strings.Contains(rest, w) {
			return "密码含有姓名、登录名或单位标识"
		}
	}
	for _, w := range slices.Concat(trade, common) {
		rest = cut(rest, w)
	}
	rest = withoutRuns(rest)
	var left []rune
	for i, r := range []rune(rest) {
		if all := []rune(rest); i > 0 && all[i-1] == r {
			continue
		}
		if !slices.Contains(left, r) {
			left = append(left, r)
		}
	}
	if len(left) < 5 {
		return "密码主要由常见的词、键盘上相邻的键、重复的字符或日期组成"
	}
	return ""
}

// cut takes a word out of s, also where it is written in leet.
func cut(s, word string) string {
	for {
		i := strings.Index(s, word)
		if i < 0 {
			i = strings.Index(leet.Replace(s), word)
		}
		if i < 0 {
			return s
		}
		s = s[:i] + "\x00" + s[i+len(word):]
	}
}

// withoutRuns takes out four and more neighbouring keys, and digits that may
// be a date or a telephone number.
func withoutRuns(s string) string {
	out := strings.Builder{}
	for i := 0; i < len(s); {
		n := max(run(s[i:]), figures(s[i:]))
		if n == 0 {
			if s[i] != 0 {
				out.WriteByte(s[i])
			}
			i++
			continue
		}
		i += n
	}
	return out.String()
}

// run is the length of the run of keys that s begins with; 0 below four.
func run(s string) int {
	best := 0
	for _, row := range rows {
		for _, line := range []string{row, backwards(row)} {
			for n := len(s); n >= 4 && n > best; n-- {
				if strings.Contains(line, s[:n]) {
					best = n
				}
			}
		}
	}
	return best
}

func backwards(s string) string {
	b := []byte(s)
	slices.Reverse(b)
	return string(b)
}

// figures is the length of the date (19900101) or telephone number that s
// begins with.
func figures(s string) int {
	n := 0
	for n < len(s) && s[n] >= '0' && s[n] <= '9' {
		n++
	}
	if n == 11 && s[0] == '1' || n >= 4 && (strings.HasPrefix(s, "19") || strings.HasPrefix(s, "20")) {
		return n
	}
	return 0
}

// Kinds is of how many kinds a password's characters are: upper case, lower
// case, digits, others.
func Kinds(password string) int {
	var upper, lower, digit, other int
	for _, r := range password {
		switch {
		case unicode.IsUpper(r):
			upper = 1
		case unicode.IsLower(r):
			lower = 1
		case unicode.IsDigit(r):
			digit = 1
		default:
			other = 1
		}
	}
	return upper + lower + digit + other
}
