package notice

import (
	"fmt"

	"suiji/calendar"
	"suiji/internal/schedule"
)

// schedules are visits to be planned and approved, and emergencies whose clock
// runs.
func (y year) schedules() []Row {
	var rows []Row
	var h heap
	teams := y.visitors()
	for _, x := range y.visits {
		at := "/w/schedules/" + x.Round.ID
		for _, v := range x.Visits {
			if v.Mode == schedule.Written && v.Approved > 0 && v.Begun.Zero() {
				h.add(row(Written, x.Round.ID+"|"+v.Day.String(), "", x.Round.ID, v.Day, "批准的检查安排定的最后一天，当日 24:00 以前提交仍算", at), teams[[2]string{v.RoundID, v.TargetID}])
			}
		}
		if p := x.Pending(); p != nil {
			rows = append(rows, row(Approve, fmt.Sprintf("%s.%d", x.Round.ID, p.No), fmt.Sprintf("批准检查安排第 %d 版（%d 户）", p.No, p.Firms), x.Round.ID,
				p.First, "安排中最早的检查日；批准以前不能检查", at+"/approve"))
			continue
		}
		open := 0
		for _, v := range x.Visits {
			if v.Approved == 0 && v.Begun.Zero() && !v.Before && v.Urgent == nil {
				open++
			}
		}
		if open > 0 {
			rows = append(rows, row(Schedule, x.Round.ID, fmt.Sprintf("安排检查日期并报批 %d 户", open), x.Round.ID, x.To, fmt.Sprintf("检查期 %s 至 %s；没有批准的不能检查", x.From, x.To), at))
		}
	}
	for _, u := range y.urgent {
		r := row(Urgent, fmt.Sprintf("%s|%s|%d", u.RoundID, u.TargetID, u.No), "紧急检查 1 户补办批准，"+clock(u)+" 以前", u.RoundID, calendar.In(u.DueAt),
			"登记（"+u.MadeName+"）起 24 小时，最后一刻仍算；超过的，办结以前一直显示", "/w/schedules/"+u.RoundID+"/firms/"+u.TargetID)
		r.Passed = u.Late(y.now)
		rows = append(rows, r)
	}
	return append(rows, h.done("书面检查 %d 户提交材料截止，审查后录入结果")...)
}

// visitors are who inspects a firm and has still to enter it, by round and firm.
func (y year) visitors() map[[2]string][]Person {
	teams := map[[2]string][]Person{}
	for _, f := range y.forms {
		if team := y.teams[f.Form.ID]; len(team) > 0 {
			at := [2]string{f.Form.RoundID, f.Form.Firm.TargetID}
			teams[at] = append(teams[at], team...)
		}
	}
	return teams
}

// clock writes the hour of China at which an emergency has to be made good.
func clock(u schedule.Urgent) string {
	d := calendar.In(u.DueAt)
	minutes := int(u.DueAt.Sub(d.Start()).Minutes())
	return fmt.Sprintf("%s %02d:%02d", d, minutes/60, minutes%60)
}
