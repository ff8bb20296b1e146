package draw

import (
	"fmt"
	"math/rand/v2"
	"strings"

	"golang.org/x/text/encoding/simplifiedchinese"
)

// frame is a kit with the usual sources and no lists.
func frame(r *rand.Rand, scheme, name string, h Hash) kit {
	return kit{
		m: Manifest{
			Scheme: scheme, Hash: h, ID: "130132-rs.example." + name, Attempt: 1, Disclosure: AtOnce,
			Seed: []Source{
				{Name: "bureau", Kind: Committed, By: ByBureau},
				{Name: "witness-1", Kind: Committed, By: ByWitness},
				{Name: "dice", Kind: Public, How: "掷骰子五十次"},
			},
			Extra: map[string]any{"title": "元氏县“双随机、一公开”抽查"},
		},
		lines: map[File][]string{},
		reveal: map[string]string{
			"bureau": randomSecret(r), "witness-1": randomSecret(r), "dice": dice(r),
		},
	}
}

// dice rolls fifty dice.
func dice(r *rand.Rand) string {
	var b strings.Builder
	for range 50 {
		fmt.Fprint(&b, 1+r.IntN(6))
	}
	return b.String()
}

// fromGB18030 reads the bytes of an old register.
func fromGB18030(s string) string {
	out, err := simplifiedchinese.GB18030.NewDecoder().String(s)
	if err != nil {
		panic(err)
	}
	return out
}

func targetsVectors(r *rand.Rand) []vector {
	firms := func(name string, h Hash, strata []Stratum, lines ...string) kit {
		k := frame(r, TargetsScheme, name, h)
		k.m.Strata, k.lines[TargetsFile] = strata, lines
		return k
	}
	one := firms("targets-one", SHA256, []Stratum{{"A", 1, 2}}, "91130132MA01CYF422\tA\t1")
	oneSM3 := firms("targets-one-sm3", SM3, []Stratum{{"A", 1, 2}}, "91130132MA01CYF422\tA\t1")
	none := firms("targets-none", SHA256, []Stratum{{"A", 0, 2}})
	whole := firms("targets-whole", SHA256, []Stratum{{"A", 3, 2}, {"B", 2, 0}, {"C", 0, 9}},
		"C1\tA\t1", "C2\tA\t1", "C3\tA\t1", "C4\tB\t7", "C5\tB\t1", "C6\tC\t1", "C7\tC\t1")
	tickets := firms("targets-tickets", SHA256, []Stratum{{"A", 4, 4}},
		"C1\tA\t1", "C2\tA\t1000", "C3\tA\t9", "C4\tA\t9", "C5\tA\t10", "C6\tA\t99", "C7\tA\t100", "C8\tA\t999")
	order := firms("targets-order", SM3, []Stratum{{"高风险", 3, 3}, {"A", 3, 3}},
		"-\tA\t1", ".\tA\t1", "0\t高风险\t1", "A\tA\t2", "AA\tA\t1", "A_\tA\t1", "Z\t高风险\t3", "_\tA\t1", "a\t高风险\t1", "z\t高风险\t1",
		strings.Repeat("x", 40)+"\tA\t1", strings.Repeat("x", 39)+"\tA\t1")
	order.lines[ExcludedFile] = []string{"A.\tin-other-plan", "B\t1", "zz\tclosed"}
	title := firms("targets-gb18030", SHA256, []Stratum{{"A", 2, 1}}, "C1\tA\t1", "C2\tA\t1", "C3\tA\t1", "C4\tA\t1")
	title.m.Extra = map[string]any{"title": fromGB18030("\x81\x39\xef\x31\x95\x34\xb2\x35\xa1\xfe\xa1\xaa") + "\t\u0007\"\\/<&>\u2028é", "\ufb33": true, "𠮷": []any{map[string]any{"b": -7, "a": 1<<53 - 1}}, "": "", "Scheme": "suiji/match/1"}
	beacon := firms("targets-beacon", SHA256, []Stratum{{"A", 1, 1}}, "C1\tA\t1", "C2\tA\t1", "C3\tA\t1")
	beacon.m.Seed = append(beacon.m.Seed, Source{Name: "drand", Kind: Drand, Chain: strings.Repeat("52", 32), Round: 1000000})
	beacon.reveal["drand"] = randomSecret(r)
	beacon.m.Attempt, beacon.m.Previous, beacon.m.Disclosure, beacon.m.DiscloseBy = 2, strings.Repeat("0a", 32), DigestFirst, "2022-09-30"
	return []vector{
		{"targets-one", "one firm, more reserves than there are", one},
		{"targets-one-sm3", "the same with SM3", oneSM3},
		{"targets-none", "an empty list", none},
		{"targets-whole", "k = n; a stratum of which nothing is drawn", whole},
		{"targets-tickets", "1 to 1000 tickets, several firms with as many", tickets},
		{"targets-order", "identifiers that other orders than the bytes' would sort otherwise; a Chinese stratum; SM3", order},
		{"targets-gb18030", "a title that came from GB18030; members that sort by UTF-16; a member that differs in case", title},
		{"targets-beacon", "a drand source, a second attempt, a later disclosure", beacon},
	}
}

func matchVectors(r *rand.Rand) []vector {
	match := func(name string, h Hash, mode Mode, teams, reserve int, slots ...Slot) kit {
		k := frame(r, MatchScheme, name, h)
		k.m.Mode, k.m.Teams, k.m.Reserve, k.m.Slots = mode, teams, reserve, slots
		return k
	}
	one := match("match-one", SHA256, Each, 0, 3, Slot{"rs", 2})
	one.lines[TargetsFile], one.lines[OfficersFile] = []string{"C1\trs"}, []string{"o1\trs", "o2\trs"}
	empty := match("match-empty", SM3, Each, 0, 0, Slot{"rs", 2})
	empty.lines[OfficersFile], empty.lines[RecusalsFile] = []string{"o1\trs"}, []string{"o1\tC1"}
	laps := match("match-laps", SHA256, Each, 0, 2, Slot{"rs", 2})
	joint := match("match-joint-teams", SM3, Teams, 4, 2, Slot{"rs", 2}, Slot{"market", 3})
	for i := range 24 {
		firm := fmt.Sprintf("C%02d", i)
		laps.lines[TargetsFile] = append(laps.lines[TargetsFile], firm+"\trs")
		joint.lines[TargetsFile] = append(joint.lines[TargetsFile], SlotsLine(firm, [][]string{{"rs"}, {"market", "rs"}, {"market"}}[i%3]))
		if i%5 == 0 {
			laps.lines[RecusalsFile] = append(laps.lines[RecusalsFile], RecusalLine("o1", firm))
			joint.lines[RecusalsFile] = append(joint.lines[RecusalsFile], RecusalLine("m03", firm))
		}
	}
	for i := range 5 {
		laps.lines[OfficersFile] = append(laps.lines[OfficersFile], fmt.Sprintf("o%d\trs", i))
	}
	laps.lines[RecusalsFile] = append(laps.lines[RecusalsFile], "stranger\tC01", "o2\tnot-drawn")
	for i := range 13 {
		joint.lines[OfficersFile] = append(joint.lines[OfficersFile], fmt.Sprintf("m%02d\tmarket", i))
	}
	for i := range 9 {
		joint.lines[OfficersFile] = append(joint.lines[OfficersFile], fmt.Sprintf("r%02d\trs", i))
	}
	return []vector{
		{"match-one", "one firm and the only two officers", one},
		{"match-empty", "no firm, and a recusal of a firm that was not drawn", empty},
		{"match-laps", "five officers for 24 firms: many laps, one officer often barred, recusals of strangers", laps},
		{"match-joint-teams", "two slots with teams, officers left over, firms that need one or both; SM3", joint},
	}
}
