package supervise

import (
	"cmp"
	"fmt"
	"slices"
	"time"

	"suiji/calendar"
	"suiji/internal/inspection"
	"suiji/internal/schedule"
)

// clock writes a time of China to the minute.
func clock(t time.Time) string {
	d := calendar.In(t)
	minutes := int(t.Sub(d.Start()).Minutes())
	return fmt.Sprintf("%s %02d:%02d", d, minutes/60, minutes%60)
}

// moment is a row with its hour.
func (v inspected) moment(at time.Time, words string) Row {
	r := v.row(calendar.In(at), words)
	r.At = at
	return r
}

func early(f *facts, n numbers) (all []found) {
	slack := time.Duration(n["minutes"]) * time.Minute
	for _, v := range f.visits {
		days := v.days()
		if len(days) == 0 || v.excused {
			continue
		}
		// The latest that it can have been.
		row, at := v.row(days[0], "检查日"), days[0].AddDays(1).Start().Add(-time.Millisecond)
		if len(v.arrivals) > 0 {
			at = v.arrivals[0].at
			row = v.moment(at, "到达（手机时间）")
		}
		x := found{subject: v.form, asked: v.team, rows: []Row{row}}
		if !v.matched.IsZero() && at.Add(slack).Before(v.matched) {
			x.what = fmt.Sprintf("“%s”的检查早于抽取检查人员（%s）", v.firm, clock(v.matched))
			x.rows = append(x.rows, v.moment(v.matched, "抽取检查人员"))
		}
		switch {
		case v.approved.IsZero():
			x.what = fmt.Sprintf("“%s”的检查没有找到批准", v.firm)
		case x.what == "" && at.Add(slack).Before(v.approved):
			x.what = fmt.Sprintf("“%s”的检查早于批准检查安排（%s）", v.firm, clock(v.approved))
			x.rows = append(x.rows, v.moment(v.approved, "批准检查安排"))
		}
		if x.what != "" {
			all = append(all, x)
		}
	}
	return all
}

func outside(f *facts, n numbers) (all []found) {
	for _, v := range f.visits {
		x := found{subject: v.form, asked: v.team, what: fmt.Sprintf("“%s”在检查期（%s 至 %s）以外被上门检查", v.firm, v.from, v.to)}
		for _, d := range v.days() {
			if d.Before(v.from) || d.After(v.to.AddDays(n["days"])) {
				x.rows = append(x.rows, v.row(d, "上门"))
			}
		}
		if len(x.rows) > 0 {
			all = append(all, x)
		}
	}
	return all
}

func night(f *facts, n numbers) (all []found) {
	for _, v := range f.visits {
		x := found{subject: v.form, asked: v.team}
		for _, a := range v.arrivals {
			hour := int(a.at.Sub(calendar.In(a.at).Start()).Hours())
			if hour < n["from"] || hour >= n["until"] {
				x.what = fmt.Sprintf("%s到达“%s”，不在 %d 时至 %d 时之间", clock(a.at), v.firm, n["from"], n["until"])
				x.rows = append(x.rows, v.moment(a.at, "到达（手机时间）"))
			}
		}
		if len(x.rows) > 0 {
			all = append(all, x)
		}
	}
	return all
}

// stop is the first arrival of a team at a firm on a day.
type stop struct {
	v *inspected
	a arrived
}

func speed(f *facts, n numbers) (all []found) {
	days := map[string][]stop{} // by officer and day
	for i := range f.visits {
		v := &f.visits[i]
		seen := map[calendar.Date]bool{}
		for _, a := range v.arrivals {
			d := calendar.In(a.at)
			if seen[d] {
				continue
			}
			seen[d] = true
			for _, p := range v.team {
				days[p.ID+"|"+d.String()] = append(days[p.ID+"|"+d.String()], stop{v, a})
			}
		}
	}
	asked := map[string]int{}
	for _, k := range sorted(days) {
		list := days[k]
		slices.SortStableFunc(list, func(x, y stop) int { return cmp.Or(x.a.at.Compare(y.a.at), cmp.Compare(x.v.form, y.v.form)) })
		for i := 1; i < len(list); i++ {
			x, ok := between(list[i-1], list[i], n)
			if !ok {
				continue
			}
			if _, ok := asked[x.subject]; !ok { // the others of the team saw the same way
				asked[x.subject] = len(all)
				all = append(all, x)
			}
		}
	}
	return all
}

// between holds the way of two arrivals to the time that lies between.
func between(a, b stop, n numbers) (x found, odd bool) {
	if a.v.target == b.v.target || a.a.place == nil || b.a.place == nil {
		return x, false
	}
	straight := schedule.Far(*a.a.place, *b.a.place)
	km, took := straight-float64(a.a.accuracy+b.a.accuracy)/1000, b.a.at.Sub(a.a.at)
	if km < float64(n["km"]) || km <= float64(n["kmh"])*took.Hours() {
		return x, false
	}
	minutes := int(took.Minutes())
	pace := "没有间隔"
	if took > 0 {
		pace = fmt.Sprintf("须时速 %.0f 公里", km/took.Hours())
	}
	both := []Person{}
	for _, p := range a.v.team {
		if slices.Contains(b.v.team, p) {
			both = append(both, p)
		}
	}
	x = found{subject: a.v.form + "|" + b.v.form + "|" + calendar.In(a.a.at).String(), asked: both,
		what: fmt.Sprintf("%s先后到达“%s”和“%s”，直线距离 %.1f 公里，间隔 %d 分钟，%s（上限 %d）", names(both), a.v.firm, b.v.firm, straight, minutes, pace, n["kmh"])}
	for _, s := range []stop{a, b} {
		x.rows = append(x.rows, s.v.moment(s.a.at, fmt.Sprintf("到达，定位 %.4f，%.4f（误差 %d 米）", s.a.place.Lat, s.a.place.Lon, s.a.accuracy)))
	}
	return x, true
}

func short(f *facts, n numbers) (all []found) {
	for _, v := range f.visits {
		last := len(v.arrivals) - 1
		if !v.byPhone || !v.onSite || v.points == 0 || last < 0 || absent(v.codes) {
			continue
		}
		end, words := v.made, "结果生成（手机时间）"
		if !v.signed.IsZero() {
			end, words = v.signed, "签字（手机时间）"
		}
		begin := v.arrivals[last]
		for _, a := range v.arrivals {
			if calendar.In(a.at) == calendar.In(end) { // the first of the day on which it ended
				begin = a
				break
			}
		}
		took, least := end.Sub(begin.at), time.Duration(v.points*n["seconds"])*time.Second
		if took >= least {
			continue
		}
		all = append(all, found{subject: v.form, asked: v.team,
			what: fmt.Sprintf("“%s”：%d 个检查要点，从到达到结束 %s，按每个 %d 秒至少要 %s", v.firm, v.points, lasted(took), n["seconds"], lasted(least)),
			rows: []Row{v.moment(begin.at, "到达（手机时间）"), v.moment(end, words)}})
	}
	return all
}

// absent reports whether the firm was not there to be inspected.
func absent(codes []inspection.Code) bool {
	return slices.ContainsFunc(codes, func(c inspection.Code) bool {
		info, _ := c.Info()
		return info.Absent
	})
}

// lasted says a span in words.
func lasted(d time.Duration) string {
	if d < 0 {
		return "为负（结束早于到达）"
	}
	return fmt.Sprintf("%d 分 %d 秒", int(d.Minutes()), int(d.Seconds())%60)
}

func burst(f *facts, n numbers) (all []found) {
	by := map[string][]*inspected{}
	for i := range f.visits {
		if v := &f.visits[i]; v.empty() && !v.made.IsZero() && v.by.ID != "" {
			by[v.by.ID] = append(by[v.by.ID], v)
		}
	}
	most := time.Duration(n["minutes"]) * time.Minute
	for _, who := range sorted(by) {
		list := by[who]
		slices.SortStableFunc(list, func(a, b *inspected) int { return cmp.Or(a.made.Compare(b.made), cmp.Compare(a.form, b.form)) })
		end := 0 // of the run that was told last
		for first := 0; first < len(list); first++ {
			last := first
			for last+1 < len(list) && list[last+1].made.Sub(list[first].made) <= most {
				last++
			}
			if last-first+1 < n["forms"] || first < end {
				continue
			}
			run := list[first : last+1]
			end = last + 1
			x := found{subject: who + "|" + calendar.In(run[0].made).String() + "|" + run[0].form, asked: []Person{run[0].by},
				what: fmt.Sprintf("%s在 %s 起的 %d 分钟内录入 %d 户，结果都是“未发现问题”", run[0].by.Name, clock(run[0].made), n["minutes"], len(run))}
			for _, v := range run {
				x.rows = append(x.rows, v.moment(v.made, "录入"))
			}
			all = append(all, x)
		}
	}
	return all
}
