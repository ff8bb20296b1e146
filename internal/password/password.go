// Package password holds the two sets of rules that an office may choose for its
// passwords.
package password

import (
	"fmt"
	"time"

	"suiji/internal/errs"
	"suiji/internal/guess"
)

// Profile is one of two sets of rules for passwords. Assessors of the
// classified protection (等级保护) ask for what ASVS 5.0 forbids, so an
// authority chooses (0089).
type Profile string

// The profiles.
const (
	Dengbao Profile = "dengbao" // kinds of characters, 90 days, not the last five
	Modern  Profile = "modern"  // long and not guessable, kept as long as nobody knows it
)

// Profiles lists them with what an official reads.
var Profiles = []struct {
	Profile    Profile
	Name, Hint string
}{
	{Dengbao, "等级保护（默认）", "至少 12 位，含三类字符，90 天更换一次，不得与最近 5 次相同"},
	{Modern, "长口令", "至少 15 位，不限字符种类，不要求定期更换；常见的、容易猜到的口令不收"},
}

// Rule is what a profile asks for.
type Rule struct {
	Least   int           // characters
	Kinds   int           // of upper case, lower case, digits, others
	History int           // passwords before that may not come back
	Age     time.Duration // after which it must be changed; 0: never
	Lock    time.Duration // first wait after too many failures
}

var rules = map[Profile]Rule{
	Dengbao: {Least: 12, Kinds: 3, History: 5, Age: 90 * 24 * time.Hour, Lock: 10 * time.Minute},
	Modern:  {Least: 15, Lock: time.Minute},
}

// Rule returns what the profile asks for.
func (p Profile) Rule() Rule { return rules[p] }

// Valid reports whether there is such a profile.
func (p Profile) Valid() bool { return rules[p].Least > 0 }

// longest keeps a password from being work for the machine.
const longest = 128

// Check names what is wrong with a password as somebody's. avoid are words that
// belong to the person or the office.
func (p Profile) Check(password string, avoid ...string) error {
	rule, runes := p.Rule(), []rune(password)
	switch {
	case len(runes) < rule.Least:
		return errs.At("password", fmt.Sprintf("密码至少 %d 位，没有保存。可以用几个互不相干的词连起来", rule.Least))
	case len(runes) > longest:
		return errs.At("password", fmt.Sprintf("密码最多 %d 位，没有保存", longest))
	case guess.Kinds(password) < rule.Kinds:
		return errs.At("password", fmt.Sprintf("密码须含大写字母、小写字母、数字、符号中的至少 %d 类，没有保存", rule.Kinds))
	}
	if why := guess.Why(password, avoid); why != "" {
		return errs.At("password", why+"，容易被猜到，没有保存。请换一个")
	}
	return nil
}
