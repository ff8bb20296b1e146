package plan

import (
	"strconv"
	"strings"

	"suiji/internal/errs"
)

// Ratio is a share in basis points: 500 is 5 %. All arithmetic with it is in
// integers, because 7 % of 100 is 8 in a computer's fractions.
type Ratio int

// Whole is the ratio of all.
const Whole Ratio = 10000

// ParseRatio reads a ratio in percent as a person types it: 5, 5%, 7.5 ％.
// Two decimals are the most.
func ParseRatio(s string) (Ratio, error) {
	bad := errs.E(errs.Invalid, "比例“"+s+"”应写成 5% 或 7.5% 的样子，最多两位小数")
	s = strings.TrimSpace(strings.NewReplacer("%", "", "％", "").Replace(s))
	whole, part, _ := strings.Cut(s, ".")
	if len(part) > 2 || len(whole) > 3 || whole == "" {
		return 0, bad
	}
	n, err := strconv.ParseUint(whole+(part + "00")[:2], 10, 32)
	if err != nil {
		return 0, bad
	}
	return Ratio(n), nil
}

// String prints the ratio in percent without needless digits.
func (r Ratio) String() string {
	s := strconv.Itoa(int(r / 100))
	if rest := int(r % 100); rest > 0 {
		s += strings.TrimRight("."+strconv.Itoa(100 + rest)[1:], "0")
	}
	return s + "%"
}

// Of returns how many of n firms the ratio asks for, rounded up: 5 % of 698 is
// 35.
func (r Ratio) Of(n int) int { return (n*int(r) + int(Whole) - 1) / int(Whole) }

// Split divides need over the windows of a year; the earlier ones get what
// does not divide.
func Split(need, windows int) []int {
	parts := make([]int, windows)
	for i := range parts {
		parts[i] = need / windows
		if i < need%windows {
			parts[i]++
		}
	}
	return parts
}
