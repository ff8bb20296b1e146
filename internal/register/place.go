package register

import (
	"fmt"
	"strconv"
	"strings"

	"suiji/internal/errs"
	"suiji/internal/uscc"
	"suiji/internal/wording"
)

// NumberKinds are the sorts of further numbers of a firm (domain.md §3.1).
var NumberKinds = []string{"旧注册号", "组织机构代码", "税务登记号", "其他"}

// PlaceLine reads a place of employment and returns it as it is kept. Its error
// is a sentence.
func PlaceLine(line string) (string, error) {
	p, err := parsePlace(line)
	return p.String(), err
}

// NumberLine reads "kind number" and returns it as it is kept; without a kind
// it is another number. Its error is a sentence.
func NumberLine(line string) (string, error) {
	words := strings.Fields(line)
	kind := NumberKinds[len(NumberKinds)-1]
	for _, k := range NumberKinds {
		if words[0] == k {
			kind, words = k, words[1:]
			break
		}
	}
	if len(words) != 1 || len(words[0]) < 4 || len(words[0]) > 40 {
		return "", fmt.Errorf("“%s”应写成“旧注册号 130132100001234”这样：种类（%s）、空格、4 到 40 位号码", wording.Shorten(line, 30), strings.Join(NumberKinds, "、"))
	}
	return kind + " " + uscc.Identify(words[0]).Value, nil
}

// Place is where people of a firm work (用工地): it decides which authority is
// competent (劳动保障监察条例 第13条), and the registered address does not.
type Place struct {
	Area    string // division code
	Address string
	People  int // 0: not known
}

// String writes a place as it is typed and kept.
func (p Place) String() string {
	people := ""
	if p.People > 0 {
		people = strconv.Itoa(p.People)
	}
	return p.Area + "｜" + p.Address + "｜" + people
}

func parsePlace(line string) (p Place, err error) {
	parts := strings.Split(strings.NewReplacer("|", "｜", "\t", "｜").Replace(line), "｜")
	for i := range parts {
		parts[i] = strings.TrimSpace(parts[i])
	}
	bad := fmt.Errorf("“%s”应写成“130132｜元氏县槐阳镇工业路 5 号｜32”这样：6、9 或 12 位区划代码、地址、人数（人数可不填）", wording.Shorten(line, 40))
	if len(parts) < 2 || len(parts) > 3 || !IsArea(parts[0]) || parts[1] == "" {
		return p, bad
	}
	p.Area, p.Address = parts[0], parts[1]
	if len(parts) == 3 && parts[2] != "" {
		if p.People, err = strconv.Atoi(parts[2]); err != nil || p.People < 1 || p.People > 10_000_000 {
			return p, bad
		}
	}
	return p, nil
}

// Workplaces reads the places of a stored list, a line each.
func Workplaces(lines []string) []Place {
	var all []Place
	for _, l := range lines {
		if l == "" { // most firms name none, and are many
			continue
		}
		if p, err := parsePlace(l); err == nil {
			all = append(all, p)
		}
	}
	return all
}

// WorkArea is where the firm's people work, which decides who inspects it: the
// area of the first place of employment, else that of the firm.
func (t Target) WorkArea() string {
	if all := t.Workplaces(); len(all) > 0 {
		return all[0].Area
	}
	return t.AreaCode
}

// Workplaces are the firm's places of employment.
func (t Target) Workplaces() []Place { return Workplaces(t.Places) }

// lines is a facet of texts that each have a form, one a line.
func lines(name, label, hint string, at func(*Target) *[]string, parse func(string) (string, error)) Facet[Target] {
	return Facet[Target]{Name: name, Label: label, Hint: hint, Long: true,
		get: func(t Target) string { return strings.Join(*at(&t), "\n") },
		put: func(t *Target, s string) error {
			var all []string
			for line := range strings.SplitSeq(s, "\n") {
				if line = strings.TrimSpace(line); line == "" {
					continue
				}
				text, err := parse(line)
				if err != nil {
					return errs.At(name, err.Error())
				}
				all = append(all, text)
			}
			*at(t) = all
			return nil
		}}
}

// byPlace chooses firms of a division: by their places of employment where
// these are known, else by where they are registered. The argument is the
// beginning of its code.
const byPlace = "CASE WHEN places = '' THEN area_code LIKE ? || '%' ELSE ('\n' || places) LIKE ('%\n' || ? || '%') END"
