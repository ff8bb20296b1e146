package portal

import (
	"context"
	"fmt"
	"math"
	"net/http"
	"strconv"

	"suiji/internal/errs"
	"suiji/internal/page"
	"suiji/internal/stats"
)

type fairnessPage struct {
	sheet
	Standing stats.Standing
	Themes   []fairTheme
	Looks    int // looks that were judged
	Flagged  int
	Changes  stats.Changes
}

// JSON is the page's twin.
func (p *fairnessPage) JSON() any {
	return map[string]any{"authority": p.Of.ID, "level": stats.Level, "counted_at": stamp(p.Standing.CountedAt),
		"waiting":           p.Standing.Waiting,
		"officers_replaced": p.Changes.Replaced, "assigned_by_hand": p.Changes.ByHand, "report": p.Standing.Report}
}

// fairTheme is one thing that is looked at, in words.
type fairTheme struct {
	fairWords
	Key   string
	Tag   page.Tag // no word: nothing to judge yet
	Lead  string   // before the count
	Looks []fairLook
	Rows  []fairLook
}

// fairWords say what a theme looks at and what chance does there.
type fairWords struct {
	Title   string
	English string
	What    string
	Name    string // of the column of names
	Size    string // of the column of sizes; empty: none
	Unit    string
	RowName string // of the rows' first column
}

var fairness = map[string]fairWords{
	stats.Strata: {"分层", "Strata", "每个分层抽几户在封存时就定下，不靠运气：抽中数必须与应抽数相等。", "分层", "参加抽取（户次）", "户次", ""},
	stats.Tickets: {"签数", "Tickets", "签多的企业应当按规则多抽中一些，不多也不少。这里看有两种签数的分层里签多的企业。",
		"", "签多的企业（户次）", "户次", ""},
	stats.Towns: {"区域", "Towns", "同一分层、签数相同的企业机会相同，不论在哪个乡镇。预期数按各区域参加抽取的户数算出。区域按名录现在登记的乡镇、街道，没有登记的按地址。",
		"区域", "参加抽取（户次）", "户次", ""},
	stats.Deciles: {"名单位置", "Position in the list", "把封存的名单按先后分成十段。排在前面还是后面，不应当影响机会。", "第几段", "参加抽取（户次）", "户次", ""},
	stats.Neighbour: {"相邻", "Neighbours", "名单上紧挨着的两户同时抽中，听起来奇怪，其实常有：从 N 户里抽 k 户，平均有 k(k−1)/N 对相邻。太多或者太少才奇怪。",
		"", "参加抽取（户次）", "对", ""},
	stats.Evenness: {"疏密", "Evenness", "随机不等于均匀。把名单切成许多小段，平均每段抽中一户；真正随机时总有一些段空着、一些段有几户。每段都恰好有一户，说明是隔几户取一户，不是随机。",
		"", "小段", "段有抽中", ""},
	stats.Repeat:  {"重复抽中", "Drawn again", "以前轮次抽中过的企业再次参加抽取时，机会应当与别人一样。", "", "以前抽中过又参加的（户次）", "户次再次抽中", ""},
	stats.Loads:   {"人员任务量", "Load of officers", "发牌的办法使每人的户数尽量相等；有回避的，会差几户。", "", "", "户", "每人户数"},
	stats.Pairs:   {"人员搭档", "Who goes with whom", "谁和谁同组由抽取决定。同一对人反复同组太多，或者总是错开，都不是随机的样子。", "", "", "次重复同组", "同组次数"},
	stats.Returns: {"人员与企业", "Officer and firm", "同一名人员多次检查同一户企业，只应当偶然发生。", "", "", "次重复检查", "去同一户的次数"},
}

// fairLook is one count as the page shows it.
type fairLook struct {
	stats.Look
	Label string
	Seen  string // observed
	Mean  string // expected, with one digit
	Odds  string // in words
	Tag   page.Tag
	Bar   bar
}

// bar is a count as a drawing: shares of the width, in percent.
type bar struct {
	Observed, Expected, From, Width float64
	Band                            bool
}

var verdicts = map[stats.Verdict]page.Tag{
	stats.Usual: {Tone: page.OK, Word: "平常"}, stats.Seldom: {Tone: page.Mute, Word: "少见，不算异常"},
	stats.Remarkable: {Tone: page.Bad, Word: "异常"}, stats.Broken: {Tone: page.Bad, Word: "不符合规则"},
}

func (s *Server) fairness(r *http.Request) (page.Page, error) {
	sh, err := s.sheet(r, "公平性统计", page.Link{Word: "抽取记录", Href: "/rounds"})
	if err != nil {
		return nil, err
	}
	p := &fairnessPage{sheet: sh}
	if p.Changes, err = s.Stats.Changes(r.Context(), sh.Of.ID); err != nil {
		return nil, err
	}
	p.Standing, err = s.Stats.Report(r.Context(), sh.Of.ID)
	for _, t := range p.Standing.Themes {
		p.Themes = append(p.Themes, p.theme(t))
	}
	p.Flagged = len(p.Standing.Flags)
	return p, err
}

func (p *fairnessPage) theme(t stats.Theme) fairTheme {
	x := fairTheme{fairWords: fairness[t.Key], Key: t.Key, Lead: "实际"}
	if t.Key == stats.Loads {
		x.Lead = "最多的与最少的相差"
	}
	if len(t.Looks) > 0 {
		x.Tag = verdicts[stats.Usual]
	}
	scale := 0.0
	for _, l := range append(t.Looks, t.Rows...) {
		scale = max(scale, l.Observed, l.Expected+2*l.Sigma)
	}
	for _, l := range t.Looks {
		p.Looks++
		if l.Verdict == stats.Remarkable || l.Verdict == stats.Broken {
			x.Tag = verdicts[l.Verdict]
		}
		x.Looks = append(x.Looks, newFairLook(l, l.Name, scale))
	}
	if len(t.Rows) > 0 {
		scale = 0
		for _, l := range t.Rows {
			scale = max(scale, l.Observed, l.Expected)
		}
	}
	for _, l := range t.Rows {
		x.Rows = append(x.Rows, newFairLook(l, fmt.Sprint(l.Times), scale))
	}
	return x
}

func newFairLook(l stats.Look, label string, scale float64) fairLook {
	digits := func(v float64) string { return strconv.FormatFloat(math.Round(v*10)/10, 'f', -1, 64) }
	return fairLook{l, label, digits(l.Observed), digits(l.Expected), odds(l), verdicts[l.Verdict], newBar(l, scale)}
}

// newBar puts a count on a scale: what is observed, what is expected, and two
// sigmas to either side.
func newBar(l stats.Look, scale float64) bar {
	at := func(v float64) float64 { return math.Round(1000*max(0, v)/max(scale, 1e-9)) / 10 }
	b := bar{Observed: at(l.Observed), Expected: at(l.Expected), Band: l.Sigma > 0, From: at(l.Expected - 2*l.Sigma)}
	b.Width = at(l.Expected+2*l.Sigma) - b.From
	return b
}

// odds says how likely chance is to be as far out, in words.
func odds(l stats.Look) string {
	switch {
	case l.P == 0, l.P >= .5:
		return ""
	case l.P >= 1e-6:
		return fmt.Sprintf("随机时约每 %.0f 次有一次", 1/l.P)
	}
	return "随机时百万次也遇不到一次"
}

// nearby says of one round how many drawn firms stand side by side.
type nearby struct {
	fairLook
	Drawn int
}

// nearby returns nil until the round is disclosed and counted.
func (s *Server) nearby(ctx context.Context, authority, id string) (*nearby, error) {
	d, err := s.Stats.Draw(ctx, authority, id)
	if errs.KindOf(err) == errs.NotFound {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	l, ok := stats.Neighbours([]stats.Draw{d})
	if !ok {
		return nil, nil
	}
	return &nearby{newFairLook(l, "", l.Observed), d.Drawn()}, nil
}
