package notice

import (
	"suiji/internal/access"
	"suiji/internal/casework"
)

// followups are the open ends after inspections that have a day: those of one
// round, kind and day make a row.
func (y year) followups() []Row {
	var rows []Row
	for _, x := range []struct {
		kind     Kind
		sentence string
		roles    []access.Role // nil: the kind's
		is       func(casework.End) bool
	}{
		{Rectify, "改正到期，复查并录入处理结果 %d 个", nil, func(e casework.End) bool { return e.State == casework.Ordered }},
		{Rectify, "企业已提交改正材料，复查 %d 个", nil, func(e casework.End) bool { return e.State == casework.Submitted }},
		{Case, "案件调查期满，作出决定 %d 件", nil, func(e casework.End) bool {
			return e.Kind == casework.Case && e.With != leader && e.State == casework.Filed
		}},
		{Case, "决定是否延长案件调查 %d 件", []access.Role{access.Leader}, func(e casework.End) bool { return e.Kind == casework.Case && e.With == leader }},
		{Case, "复核处罚决定 %d 件", []access.Role{access.Reviewer}, func(e casework.End) bool { return e.State == casework.Deciding }},
		{Handover, "移交、移送的签收 %d 件", nil, func(e casework.End) bool { return e.Kind != casework.Police && e.State == casework.Sent }},
		{Handover, "移交、移送的反馈 %d 件", nil, func(e casework.End) bool { return e.Kind != casework.Police && e.State == casework.Received }},
		{Crime, "决定是否移送公安机关 %d 件", []access.Role{access.Leader}, func(e casework.End) bool { return e.State == casework.Reported }},
		{Crime, "送公安机关 %d 件", nil, func(e casework.End) bool { return e.State == casework.Approved }},
		{Crime, "公安机关签收、答复 %d 件", nil, func(e casework.End) bool {
			return e.Kind == casework.Police && (e.State == casework.Sent || e.State == casework.Received)
		}},
		{Lead, "线索告知、名录更新 %d 项", nil, func(e casework.End) bool { return e.Kind == casework.Told }},
	} {
		var h heap
		for _, e := range y.ends {
			if _, ok := y.live(e.RoundID); !ok || !x.is(e) || e.Clock.On.Zero() && !e.Clock.Unknown {
				continue
			}
			r := row(x.kind, e.RoundID+"|"+string(e.State)+"|"+e.Clock.Words(), "", e.RoundID, e.Clock.On, e.Clock.How, "/w/followups?round="+e.RoundID+"&kind="+string(e.Kind))
			if x.roles != nil {
				r.Roles = x.roles
			}
			r.Passed = e.Late && !e.Clock.At.IsZero()
			var team []Person
			if x.kind == Rectify {
				team = y.teams[e.FormID]
			}
			h.add(r, team)
		}
		rows = append(rows, h.done(x.sentence)...)
	}
	return rows
}

// leader is whom casework names when the head of the office has to decide.
var leader = access.Leader.Name()
