package draw

import (
	"fmt"
	"strings"

	"suiji/internal/canon"
)

// ParseManifest reads a manifest. raw need not be canonical; the manifest
// keeps the canonical bytes. Members that the scheme does not know are kept in
// Extra at the top, and ignored deeper down. An error is an *Error that names
// the member.
func ParseManifest(raw []byte) (Manifest, error) {
	canonical, err := canon.Canonical(raw)
	if err != nil {
		return Manifest{}, fault(ManifestFile, RuleJSON, "%v", err)
	}
	v, err := canon.Parse(canonical)
	if err != nil {
		return Manifest{}, fault(ManifestFile, RuleJSON, "%v", err)
	}
	object, ok := v.(map[string]any)
	if !ok {
		return Manifest{}, fault(ManifestFile, RuleMember, "应为一个对象")
	}
	f := &form{known: map[string]bool{}}
	m := f.manifest(f.under("", object))
	if f.err != nil {
		return Manifest{}, f.err
	}
	m.raw = canonical
	m.Extra = map[string]any{}
	for name, v := range object {
		if !f.known[name] {
			m.Extra[name] = v
		}
	}
	return m, nil
}

// form reads members and keeps the first error, so that reading runs straight
// on.
type form struct {
	err   error
	known map[string]bool // top members that were asked for
}

// members is one object and where it stands.
type members struct {
	f    *form
	path string
	m    map[string]any
}

func (f *form) under(path string, m map[string]any) members { return members{f, path, m} }

// fail keeps the first fault; path is the member's.
func (f *form) fail(path, format string, args ...any) {
	if f.err == nil {
		f.err = fault(ManifestFile, RuleMember, "%s %s", path, fmt.Sprintf(format, args...))
	}
}

// has reports whether a member is there.
func (o members) has(name string) bool {
	_, ok := o.m[name]
	if o.path == "" {
		o.f.known[name] = true
	}
	return ok
}

// string reads a string.
func (o members) string(name string) string {
	if !o.has(name) {
		o.f.fail(o.path+name, "缺失")
		return ""
	}
	s, ok := o.m[name].(string)
	if !ok {
		o.f.fail(o.path+name, "应为字符串")
	}
	return s
}

// text reads a string that must not be empty.
func (o members) text(name string) string {
	s := o.string(name)
	if s == "" {
		o.f.fail(o.path+name, "不能为空")
	}
	return s
}

// choice reads a string that must be one of those given.
func (o members) choice(name string, of ...string) string {
	s := o.text(name)
	for _, c := range of {
		if s == c {
			return s
		}
	}
	o.f.fail(o.path+name, "应为 %s 之一", strings.Join(of, "、"))
	return s
}

// identifier reads a string in the form of an identifier.
func (o members) identifier(name string) string {
	s := o.text(name)
	if !canon.IsIdentifier(s) {
		o.f.fail(o.path+name, "应为 1 至 40 个字符的标识（0-9 A-Z a-z . _ -）")
	}
	return s
}

// digest reads 64 hexadecimal digits.
func (o members) digest(name string) string {
	s := o.text(name)
	if !canon.IsHex32(s) {
		o.f.fail(o.path+name, "应为 64 位小写十六进制数")
	}
	return s
}

// integer reads an integer that is at least low.
func (o members) integer(name string, low int) int {
	if !o.has(name) {
		o.f.fail(o.path+name, "缺失")
		return low
	}
	n, ok := o.m[name].(int64)
	if !ok || n < int64(low) {
		o.f.fail(o.path+name, "应为不小于 %d 的整数", low)
	}
	return int(n)
}

// object reads an object; a missing one is empty.
func (o members) object(name string) members {
	if !o.has(name) {
		o.f.fail(o.path+name, "缺失")
	}
	m, ok := o.m[name].(map[string]any)
	if !ok {
		o.f.fail(o.path+name, "应为对象")
	}
	return o.f.under(o.path+name+".", m)
}

// objects reads an array of objects.
func (o members) objects(name string) []members {
	if !o.has(name) {
		o.f.fail(o.path+name, "缺失")
	}
	items, ok := o.m[name].([]any)
	if !ok {
		o.f.fail(o.path+name, "应为数组")
	}
	out := make([]members, 0, len(items))
	for i, item := range items {
		path := fmt.Sprintf("%s%s[%d]", o.path, name, i)
		m, ok := item.(map[string]any)
		if !ok {
			o.f.fail(path, "应为对象")
		}
		out = append(out, o.f.under(path+".", m))
	}
	return out
}

// manifest reads the members that the scheme needs.
func (f *form) manifest(o members) (m Manifest) {
	m.Scheme = o.choice("scheme", TargetsScheme, MatchScheme)
	m.Hash = Hash(o.choice("hash", string(SHA256), string(SM3)))
	m.ID = o.text("id")
	f.history(o, &m)
	m.Targets = f.listing(o.object("targets"))
	m.Seed = f.seed(o)
	if f.err != nil {
		return m
	}
	if m.Scheme == TargetsScheme {
		m.Excluded = f.listing(o.object("excluded"))
		m.Strata = f.strata(o)
	} else {
		f.match(o, &m)
	}
	if m.Disclosure != AtOnce && !m.bureauCommits() {
		f.fail("seed", "结果不当场公开的，至少要有一项由机关承诺的秘密值")
	}
	return m
}

// history reads the members that any manifest may have.
func (f *form) history(o members, m *Manifest) {
	if o.has("attempt") {
		m.Attempt = o.integer("attempt", 1)
	}
	if o.has("previous") {
		m.Previous = o.digest("previous")
	}
	if (m.Attempt > 1) != (m.Previous != "") {
		f.fail("previous", "第二次起应写明前一次中止的抽取的清单摘要，第一次不应有")
	}
	if o.has("disclosure") {
		m.Disclosure = Disclosure(o.choice("disclosure", string(AtOnce), string(DigestFirst), string(AfterCheck)))
	}
	if o.has("disclose_by") {
		m.DiscloseBy = o.text("disclose_by")
		if !isDate(m.DiscloseBy) {
			f.fail("disclose_by", "应为日期 YYYY-MM-DD")
		}
	}
}

func (f *form) listing(o members) Listing {
	return Listing{Count: o.integer("count", 0), Root: o.digest("root")}
}

func (f *form) strata(o members) (out []Stratum) {
	seen := map[string]bool{}
	for _, s := range o.objects("strata") {
		name := s.text("name")
		f.once(seen, s.path, name)
		out = append(out, Stratum{name, s.integer("draw", 0), s.integer("reserve", 0)})
	}
	return out
}

// once refuses a name that stands twice.
func (f *form) once(seen map[string]bool, path, name string) {
	if seen[name] {
		f.fail(path+"name", "%q 重复", name)
	}
	seen[name] = true
}

// match reads the members of suiji/match/1.
func (f *form) match(o members, m *Manifest) {
	m.Officers, m.Recusals = f.listing(o.object("officers")), f.listing(o.object("recusals"))
	seen := map[string]bool{}
	for _, s := range o.objects("slots") {
		name := s.identifier("name")
		f.once(seen, s.path, name)
		m.Slots = append(m.Slots, Slot{name, s.integer("size", 2)})
	}
	m.Mode = Mode(o.choice("mode", string(Each), string(Teams)))
	m.Reserve = o.integer("reserve", 0)
	if m.Mode == Teams {
		m.Teams = o.integer("teams", 1)
	} else if o.has("teams") {
		m.Teams = o.integer("teams", 0)
	}
}

func (f *form) seed(o members) (out []Source) {
	seen := map[string]bool{}
	for _, s := range o.objects("seed") {
		source := Source{Name: s.identifier("name"), Kind: canon.Kind(s.choice("kind", string(Committed), string(Public), string(Drand)))}
		f.once(seen, s.path, source.Name)
		switch source.Kind {
		case Committed:
			source.By, source.Commitment = s.choice("by", ByBureau, ByWitness), s.digest("commitment")
		case Public:
			source.How = s.string("how")
		case Drand:
			source.Chain, source.Round = s.text("chain"), s.integer("round", 1)
		}
		out = append(out, source)
	}
	if len(out) == 0 {
		f.fail("seed", "至少要有一个随机来源")
	}
	return out
}

// bureauCommits reports whether the bureau has a secret of its own: without
// one, whoever knows the list could work out the names before the disclosure.
func (m Manifest) bureauCommits() bool {
	for _, s := range m.Seed {
		if s.Kind == Committed && s.By == ByBureau {
			return true
		}
	}
	return false
}

// isDate reports whether s is a day of the Gregorian calendar, YYYY-MM-DD.
func isDate(s string) bool {
	if len(s) != 10 || s[4] != '-' || s[7] != '-' {
		return false
	}
	digits := s[:4] + s[5:7] + s[8:]
	if strings.Trim(digits, "0123456789") != "" {
		return false
	}
	var y, m, d int
	if _, err := fmt.Sscanf(digits, "%4d%2d%2d", &y, &m, &d); err != nil {
		return false
	}
	days := [...]int{0, 31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31}
	if m < 1 || m > 12 {
		return false
	}
	if y%4 == 0 && (y%100 != 0 || y%400 == 0) {
		days[2] = 29
	}
	return y >= 1 && d >= 1 && d <= days[m]
}
