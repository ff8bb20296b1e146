package plan

import (
	"errors"
	"fmt"
	"regexp"
	"slices"
	"strings"

	"suiji/calendar"
)

// base checks that the ratio is a ratio of something (1.20).
func (c *checker) base() {
	p := c.p
	var missing []string
	if p.BaseVersion == 0 || p.BaseCount == 0 {
		missing = append(missing, "抽查基数（以名录的哪一版、多少户计）")
	}
	if p.BaseOn.Zero() {
		missing = append(missing, "基数日期")
	}
	if p.Rounding != Up {
		missing = append(missing, "取整规则（向上取整）")
	}
	if len(missing) > 0 {
		c.refuse("base", "1.20", "base", "抽查比例 %s 没有写明%s", p.Ratio, strings.Join(missing, "、"))
	} else if c.f.Version != p.BaseVersion {
		c.warn("base-old", "1.20", "base", "检查对象名录已更新到第 %d 版，抽查基数仍按第 %d 版（%d 户）计；重新保存“比例与分层”即按现行名录计数", c.f.Version, p.BaseVersion, p.BaseCount)
	}
	if p.Ratio < 1 || p.Ratio > Whole {
		c.refuse("ratio", "1.20", "ratio", "年度抽查比例应在 0.01%% 到 100%% 之间，现为 %s", p.Ratio)
	}
	if p.FloorSize < 1 || p.FloorSize > 1000 {
		c.refuse("small", "1.16", "floor_size", "“少于多少户即全部检查”应在 1 到 1000 之间，现为 %d", p.FloorSize)
	}
	if len(p.Tasks) > 0 && p.BaseCount > 0 && c.sum.Total < c.sum.Floor {
		c.refuse("floor", "1.20", "ratio", "全年至少抽查 %d 户（%d 户的 %s，向上取整），各层合计只有 %d 户，还差 %d 户",
			c.sum.Floor, p.BaseCount, p.Ratio, c.sum.Total, c.sum.Floor-c.sum.Total)
	}
}

// identifier is the form of a name that goes into a manifest
// (docs/spec/draw.md).
var identifier = regexp.MustCompile(`^[0-9A-Za-z._-]{1,40}$`)

// strata checks the strata and tickets of every task (1.03, 1.18).
func (c *checker) strata() {
	for _, t := range c.p.Tasks {
		field := fmt.Sprintf("task-%d", t.No)
		if len(t.Strata) == 0 {
			c.refuse("strata", "1.03", field+"-strata", "“%s”没有写抽查比例：至少要有一层", t.Name)
		}
		seen := map[string]bool{}
		for i, s := range t.Strata {
			at := fmt.Sprintf("%s-stratum-%d", field, i+1)
			if !identifier.MatchString(s.Name) || seen[s.Name] {
				c.refuse("strata", "1.03", at+"-name", "“%s”第 %d 层的代号“%s”应为 1 到 40 个字母、数字或 . _ -，且不与其他层相同", t.Name, i+1, s.Name)
			}
			seen[s.Name] = true
			if last := i == len(t.Strata)-1; last != s.All() {
				c.catchAll(at, t, s, last)
			}
			c.stratum(at, t, s)
		}
		c.tickets(field, t)
	}
}

func (c *checker) catchAll(at string, t Task, s Stratum, last bool) {
	if last {
		c.refuse("strata", "1.03", at+"-tag", "“%s”的最后一层“%s”应包括其余所有对象（标签、区域留空），否则其余的对象永远抽不到", t.Name, s.Title)
		return
	}
	c.refuse("strata", "1.03", at+"-tag", "“%s”的“%s”层没有标签和区域，排在它后面的层永远没有对象；这样的层应放在最后", t.Name, s.Title)
}

func (c *checker) stratum(at string, t Task, s Stratum) {
	if s.Number > s.Size && s.Size > 0 {
		c.refuse("strata", "1.20", at+"-ratio", "“%s”的“%s”层要抽 %d 户，但只有 %d 户", t.Name, s.Title, s.Number, s.Size)
	}
	if s.Number == 0 && (s.Ratio < 1 || s.Ratio > Whole) {
		c.refuse("strata", "1.20", at+"-ratio", "“%s”的“%s”层比例应在 0.01%% 到 100%% 之间，现为 %s", t.Name, s.Title, s.Ratio)
	}
	if s.Reserve < 0 || s.Reserve > 100000 {
		c.refuse("strata", "1.13", at+"-reserve", "“%s”的“%s”层候补数应在 0 到 100000 之间", t.Name, s.Title)
	}
	switch {
	case c.p.BaseCount == 0:
	case s.Size == 0:
		c.warn("empty", "1.16", at+"-tag", "“%s”的“%s”层目前没有对象", t.Name, s.Title)
	case s.Size < c.p.FloorSize:
		c.warn("small", "1.16", at+"-ratio", "“%s”的“%s”层只有 %d 户，少于 %d 户，在第一批次全部检查，只随机排定先后", t.Name, s.Title, s.Size, c.p.FloorSize)
	}
}

func (c *checker) tickets(field string, t Task) {
	seen := map[string]bool{}
	for i, k := range t.Tickets {
		at := fmt.Sprintf("%s-ticket-%d", field, i+1)
		if k.Tag == "" || seen[k.Tag] {
			c.refuse("tickets", "1.18", at+"-tag", "“%s”的签数规则第 %d 行没有标签或标签重复", t.Name, i+1)
		}
		seen[k.Tag] = true
		if k.Tickets < 1 || k.Tickets > 1000 {
			c.refuse("tickets", "1.18", at+"-tickets", "标签“%s”的签数应在 1 到 1000 之间，现为 %d", k.Tag, k.Tickets)
		}
	}
}

// people checks the team and whether each department can do its work in the
// windows at all: one team inspects one firm a working day, at most
// reckoning.
func (c *checker) people() {
	p := c.p
	if p.Officers < 2 {
		c.refuse("team", "1.12", "officers", "检查组不得少于 2 人，现为 %d 人", p.Officers)
		return
	}
	for i, w := range p.Windows {
		if w.StartsOn.Zero() || w.EndsOn.Before(w.StartsOn) || len(p.Tasks) == 0 {
			continue
		}
		for _, l := range p.loads(c.f, c.sum, i) {
			c.capacity(w, l)
		}
	}
}

func (c *checker) capacity(w Window, l Load) {
	of := l.Who
	if l.Who == "" && c.p.Field != "" {
		of = "“" + c.p.Field + "”领域"
	} else if of != "" {
		of = "“" + of + "”"
	}
	teams := l.Officers / max(1, l.Size)
	if teams == 0 {
		c.warn("capacity", "1.12", l.field, "第 %d 批次截止日 %s 时，%s证件有效的执法人员只有 %d 名，不足一组 %d 人：请先补充人员，或在抽取人员前从邻近区域调入", w.No, w.EndsOn, of, l.Officers, l.Size)
		return
	}
	days, err := c.f.Calendar.WorkdaysBetween(w.StartsOn.AddDays(-1), w.EndsOn)
	if c.noNotice(err) {
		return
	}
	away := ""
	if c.p.LeaveDays > 0 {
		days, away = max(0, days-c.p.LeaveDays), fmt.Sprintf("（已扣每人请假培训 %d 天）", c.p.LeaveDays)
	}
	if l.Firms > teams*days {
		c.warn("capacity", "1.16", l.field, "第 %d 批次应查 %d 户；%s执法人员 %d 名可编 %d 组，%d 个工作日%s每组每日一户最多 %d 户", w.No, l.Firms, of, l.Officers, teams, days, away, teams*days)
	}
}

// loads divides a window's firms among those who inspect them: the tasks that
// the plan's own teams inspect, and each department of every other task.
func (p Plan) loads(f Facts, sum Sum, window int) []Load {
	day := p.Windows[window].EndsOn
	plain := Load{No: p.Windows[window].No, Size: p.Officers, field: "officers", Officers: len(p.filling(f.Officers, Slot{Field: p.Field}, day))}
	var all []Load
	alone := len(p.Tasks) == 0
	for i, t := range p.Tasks {
		if len(t.Slots) == 0 {
			plain.Firms, alone = plain.Firms+sum.Tasks[i].Windows[window], true
		}
		for k, s := range t.Slots {
			all = append(all, Load{No: plain.No, Who: s.Title, Task: t.No, Size: s.Size, field: fmt.Sprintf("task-%d-slot-%d-size", t.No, k+1),
				Firms: s.share(t, sum.Tasks[i], window), Officers: len(p.filling(f.Officers, s, day))})
		}
	}
	if alone {
		all = append([]Load{plain}, all...)
	}
	return all
}

// noNotice turns a year without a holiday notice into a warning, once a year.
func (c *checker) noNotice(err error) bool {
	var missing calendar.NoNoticeError
	if !errors.As(err, &missing) {
		return err != nil
	}
	sentence := fmt.Sprintf("%d 年的放假调休通知尚未录入，落在该年的期限暂不能计算；通知发布后请管理员录入", missing.Year)
	if !slices.ContainsFunc(c.found, func(d Defect) bool { return d.Sentence == sentence }) {
		c.warn("calendar", "1.21", "archive_on", "%s", sentence)
	}
	return true
}

// clocks checks the deadlines of confirmation and publication (1.21, 1.35).
func (c *checker) clocks() {
	p := c.p
	if err := p.ConfirmRule().Check(); err != nil {
		c.refuse("confirm", "1.21", "confirm_days", "比对确认的期限没有写明或有误：%s", err)
	}
	if err := p.PublishRule().Check(); err != nil {
		c.refuse("publish", "1.35", "publish_days", "结果公示的期限没有写明或有误：%s", err)
		return
	}
	said := bareClock.FindStringSubmatch(p.Body)
	vague := said != nil && !strings.Contains(p.Body, "工作日内公示") && !strings.Contains(p.Body, "自然日")
	if p.TaskDays > 0 && !vague {
		return
	}
	field, what := "task_days", fmt.Sprintf("结果公示期限只写了 %s", p.PublishRule())
	if vague {
		field, what = "body", fmt.Sprintf("正文“%s日内公示”没有说明是自然日还是工作日", said[1])
	}
	c.warn("clocks", "1.35", field, "%s；国家规定为任务完成后 20 个工作日。%s两个期限以先到者为准", what, c.bothClocks())
}

// bothClocks works out both publication clocks from the last day of the year's
// inspections.
func (c *checker) bothClocks() string {
	last := c.lastDay()
	if last.Zero() {
		return ""
	}
	days, err1 := c.f.Calendar.Apply(last, c.p.PublishRule())
	work, err2 := c.f.Calendar.Deadline(last, 20, calendar.Workdays)
	if c.noNotice(err1) || c.noNotice(err2) {
		return ""
	}
	return fmt.Sprintf("以 %s 结束的检查为例：%s止于 %s，%s止于 %s。", last, c.p.PublishRule(), days.Due, work.Rule, work.Due)
}

// lastDay is the last day of the year's last window; zero if there is none.
func (c *checker) lastDay() calendar.Date {
	var last calendar.Date
	for _, w := range c.p.Windows {
		if w.EndsOn.After(last) {
			last = w.EndsOn
		}
	}
	return last
}

// archive checks the day by which everything is handed over and filed: it
// cannot lie before the plan, nor before the last result is public (1.43).
func (c *checker) archive() {
	p := c.p
	from := p.IssuedOn
	if c.f.Before != nil {
		from = c.f.Before.IssuedOn // the text may name days that have passed since
	}
	for _, d := range oldDeadlines(p.Body, from) {
		c.refuse("archive", "1.43", "body", "正文要求在 %s 前完成，该日早于印发日期 %s", d, p.IssuedOn)
	}
	if p.ArchiveOn.Zero() {
		c.refuse("archive", "1.43", "archive_on", "没有写明资料移交和归档的截止日")
		return
	}
	var before []string
	if p.ArchiveOn.Before(p.IssuedOn) {
		before = append(before, fmt.Sprintf("印发日期 %s", p.IssuedOn))
	}
	if last := c.lastDay(); !last.Zero() {
		due, err := p.PublishBy(c.f.Calendar, last, last)
		switch {
		case err == nil && p.ArchiveOn.Before(due.Due):
			before = append(before, fmt.Sprintf("最后一批结果的公示截止日 %s（%s）", due.Due, due.Explain()))
		case err != nil:
			c.noNotice(err)
			if p.ArchiveOn.Before(last) {
				before = append(before, fmt.Sprintf("最后一批检查的截止日 %s", last))
			}
		}
	}
	if len(before) > 0 {
		c.refuse("archive", "1.43", "archive_on", "归档截止日 %s 早于%s", p.ArchiveOn, strings.Join(before, "，也早于"))
	}
}

// rules checks that the plan says what happens when things do not go to plan,
// and that its disclosure is one of the three.
func (c *checker) rules() {
	p := c.p
	for _, r := range []struct{ rule, field, what string }{
		{p.RuleVanished, "rule_vanished", "抽中后发现已注销、迁出或找不到的对象怎么办"},
		{p.RuleAgain, "rule_again", "本年度已被抽中的对象再次被抽中怎么办"},
		{p.RuleRecusal, "rule_recusal", "执法人员需要回避怎么办"},
	} {
		if r.rule == "" {
			c.refuse("rules", "1.21", r.field, "没有规定%s", r.what)
		}
	}
	if !slices.ContainsFunc(Disclosures, func(d struct{ Disclosure, Name string }) bool { return d.Disclosure == p.Disclosure }) {
		c.refuse("disclosure", "1.42", "disclosure", "没有选择抽取结果的公开方式")
	}
}
