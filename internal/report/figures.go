package report

import (
	"context"
	"fmt"

	"suiji/internal/disclosure"
	"suiji/internal/errs"
)

// Line is one thing that a number counts.
type Line struct {
	Round string
	Name  string // of the firm; of the plan
	Ref   string // form, finding, objection
	Note  string
	Href  string // where it is
	Count int    // 1, but of a plan the firms that it wants
}

// Figure is one of the leader's numbers: what it counts, by which rule, and
// the very list of it.
type Figure struct {
	Key      string
	Name     string
	Rule     string // 口径
	Lines    []Line
	Counted  int  // beside the list, where only the number is asked for
	Whole    int  // of how many; share is Total of Whole
	Share    bool // shown as a share
	Unwanted bool // more than none is bad
}

// Total is the sum of the list, or what was counted without it.
func (f Figure) Total() int {
	n := f.Counted
	for _, l := range f.Lines {
		n += l.Count
	}
	return n
}

// Text is the number as it is shown; a share never rounds up to 100 %.
func (f Figure) Text() string {
	switch {
	case !f.Share:
		return fmt.Sprint(f.Total())
	case f.Whole == 0:
		return "—"
	}
	bp := f.Total() * 10000 / f.Whole
	return fmt.Sprintf("%d.%02d%%", bp/100, bp%100)
}

// Bad reports whether the number wants attention.
func (f Figure) Bad() bool { return f.Unwanted && f.Total() > 0 }

// Figures are the leader's eight numbers of a scope, with their lists.
func (s *Service) Figures(ctx context.Context, authority string, c Scope) ([]Figure, error) {
	d, err := s.read(ctx, authority, c)
	return d.figures(), err
}

// Figure is one of them.
func (s *Service) Figure(ctx context.Context, authority string, c Scope, key string) (Figure, error) {
	all, err := s.Figures(ctx, authority, c)
	for _, f := range all {
		if f.Key == key {
			return f, err
		}
	}
	if err == nil {
		err = errs.E(errs.NotFound, "没有这个统计数字")
	}
	return Figure{}, err
}

func (d data) figures() []Figure {
	all := []Figure{d.planned(), {Key: "drawn", Name: "已抽取（户）", Rule: "各轮次抽出的检查对象，含递补，不含经批准移出的；演练和作废的轮次不计。一户在两个轮次被抽到计 2 户次。"}}
	for _, f := range d.firms {
		all[1].Lines = append(all[1].Lines, Line{f.Round, f.Name, f.Code, "", "/w/rounds/" + f.Round, 1})
	}
	return append(all, d.checked(), d.published(), d.problems(), d.open(), d.overdue(), d.objected())
}

// planned is what the plans in force want; a round's, what it had to draw.
func (d data) planned() Figure {
	f := Figure{Key: "planned", Name: "计划抽查（户）", Rule: "年度计划的抽查基数乘以抽查比例，不足一户的进为一户；同一年度有多份计划的相加。已被修订的旧版不计。"}
	if d.scope.Round != "" {
		f.Rule = "本轮次封存名录时按计划比例应抽的户数，移出的由备选递补。"
		for _, r := range d.rounds {
			f.Lines = append(f.Lines, Line{r.ID, d.windows[r.ID].Task, r.ID, "", "/w/rounds/" + r.ID, d.quota[r.ID]})
		}
		return f
	}
	for _, p := range d.plans {
		f.Lines = append(f.Lines, Line{"", p.Title, p.Number, fmt.Sprintf("基数 %d 户 × %s", p.BaseCount, p.Ratio), "/w/plans/" + p.ID, p.Ratio.Of(p.BaseCount)})
	}
	return f
}

func (d data) checked() Figure {
	f := Figure{Key: "inspected", Name: "已检查（户）", Rule: "检查结束日期已经录入的检查对象；部门联合检查的，各部门都结束才计 1 户。", Whole: len(d.firms)}
	done := d.inspected()
	for _, x := range d.firms {
		if done[[2]string{x.Round, x.Target}] {
			f.Lines = append(f.Lines, Line{x.Round, x.Name, x.Code, "", "/w/forms?round=" + x.Round, 1})
		}
	}
	return f
}

func (d data) published() Figure {
	f := Figure{Key: "published", Name: "按期公示率", Share: true,
		Rule: "在公示期限以前第一次公示、现在仍可查阅的户数，除以应公示的户数（检查已结束或者检查期已过的全部检查对象；经批准免予公示的也在分母里）。名单是按期公示的户。"}
	for _, r := range d.rates {
		f.Whole += r.Due
	}
	f.Lines = d.standing(disclosure.OnTime)
	return f
}

// standing lists the firms that stand somewhere on their way to the public.
func (d data) standing(at disclosure.RowState) (lines []Line) {
	states := map[string]map[string]disclosure.RowState{}
	for _, r := range d.rates {
		states[r.RoundID] = r.States()
	}
	for _, x := range d.firms {
		if states[x.Round][x.Target] == at {
			lines = append(lines, Line{x.Round, x.Name, x.Code, at.Name(), "/w/publish?round=" + x.Round, 1})
		}
	}
	return lines
}

func (d data) problems() Figure {
	f := Figure{Key: "problems", Name: "发现问题（个）", Rule: "写进过审核通过的结论的问题，一个问题计 1 个；同一户可以有几个。"}
	for _, x := range d.findings {
		f.Lines = append(f.Lines, Line{x.Round, x.Firm, fmt.Sprintf("%s 第 %d 个", x.Form, x.No), x.Fact, fmt.Sprintf("/w/followups/%s/%d", x.Form, x.No), 1})
	}
	return f
}

func (d data) open() Figure {
	f := Figure{Key: "open", Name: "未了结的后续（项）", Rule: "检查发现的问题和要求后续办理的结果，还没有了结的；案件、移送等转入以后继续计，直到办结。"}
	for _, e := range d.ends {
		f.Lines = append(f.Lines, Line{e.RoundID, e.Firm, e.FormID + " " + e.Ref, e.Stands(), "/w/followups/" + e.FormID + "/" + e.Ref, 1})
	}
	return f
}

func (d data) overdue() Figure {
	f := Figure{Key: "overdue", Name: "已超期（项）", Unwanted: true, Rule: "过了公示期限还没有公示的户，加上过了办理期限还没有了结的后续事项。不能隐藏，办结以后才减少。"}
	f.Lines = d.standing(disclosure.Overdue)
	for _, e := range d.ends {
		if e.Late {
			f.Lines = append(f.Lines, Line{e.RoundID, e.Firm, e.FormID + " " + e.Ref, e.Stands(), "/w/followups/" + e.FormID + "/" + e.Ref, 1})
		}
	}
	return f
}

func (d data) objected() Figure {
	f := Figure{Key: "objections", Name: "公示异议（件）", Rule: "对本期公示记录提出的异议，包括已经答复和更正、撤回的；书面和网上提出的都计。"}
	for _, o := range d.objections {
		f.Lines = append(f.Lines, Line{"", o.Firm, o.ID, o.State.Name(), "/w/objections/" + o.ID, 1})
	}
	return f
}
