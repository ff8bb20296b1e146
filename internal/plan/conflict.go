package plan

import (
	"errors"
	"fmt"

	"suiji/internal/errs"
)

// conflicting adds to a Conflict what the other person's version says where
// it differs from p, so that both can be seen before one is chosen.
func conflicting(err error, now, p Plan) error {
	var e *errs.Error
	if !errors.As(err, &e) || e.Kind != errs.Conflict || now.State != Draft {
		return err
	}
	problems := e.Problems
	for _, x := range differences(now, p) {
		problems = append(problems, errs.Problem{Field: x.field, Sentence: fmt.Sprintf("%s：现已存为“%s”，您填的是“%s”", x.Name, x.Was, x.Now)})
	}
	return &errs.Error{Kind: errs.Conflict, Problems: problems}
}

// difference is a change with the input that it stands in.
type difference struct {
	field string
	Change
}

// differences compares two records of a plan, section by section.
func differences(a, b Plan) []difference {
	was, want := a.Public(), b.Public()
	var all []difference
	for _, x := range []struct {
		field, name string
		was, now    any
	}{
		{"title", "标题", was.Title, want.Title},
		{"number", "文号", was.Number, want.Number},
		{"issuer", "印发单位", was.Issuer, want.Issuer},
		{"issued_on", "印发日期", was.IssuedOn, want.IssuedOn},
		{"addressees", "主送单位", was.Addressees, want.Addressees},
		{"leader", "负责领导", was.Leader, want.Leader},
		{"contact", "联系方式", was.Contact, want.Contact},
		{"basis-1-title", "依据文件", was.Bases, want.Bases},
		{"body", "正文字数", len([]rune(was.Body)), len([]rune(want.Body))},
		{"ratio", "年度抽查比例", a.Ratio, b.Ratio},
		{"floor_size", "全部检查的户数下限", was.FloorSize, want.FloorSize},
		{"window-1-starts", "批次", a.windowsText(), b.windowsText()},
		{"tasks", "计划表", a.tasksText(), b.tasksText()},
		{"officers", "检查组人数", was.Officers, want.Officers},
		{"field", "执法领域", was.Field, want.Field},
		{"confirm_days", "比对确认期限", was.ConfirmDays, want.ConfirmDays},
		{"publish_days", "公示期限", a.PublishRule().String(), b.PublishRule().String()},
		{"task_days", "任务完成后的公示期限", was.TaskDays, want.TaskDays},
		{"archive_on", "归档截止日", was.ArchiveOn, want.ArchiveOn},
		{"rule_vanished", "对象失联的规则", was.Rules.Vanished, want.Rules.Vanished},
		{"rule_again", "再次抽中的规则", was.Rules.Again, want.Rules.Again},
		{"rule_recusal", "回避的规则", was.Rules.Recusal, want.Rules.Recusal},
		{"disclosure", "公开方式", DisclosureName(was.Disclosure), DisclosureName(want.Disclosure)},
	} {
		if was, now := fmt.Sprint(x.was), fmt.Sprint(x.now); was != now {
			all = append(all, difference{x.field, Change{x.name, was, now}})
		}
	}
	return all
}

func (p Plan) windowsText() string {
	text := ""
	for _, w := range p.Windows {
		text += fmt.Sprintf("%s 至 %s；", w.StartsOn, w.EndsOn)
	}
	return text
}

func (p Plan) tasksText() string {
	text := ""
	for _, t := range p.Tasks {
		text += fmt.Sprintf("%d %s（事项 %d 个", t.No, t.Name, len(t.Items))
		if len(t.Slots) > 0 {
			text += "，检查部门 " + t.slotsText()
		}
		for _, s := range t.Strata {
			text += fmt.Sprintf("，%s %s 候补 %d", s.Title, s.Share(), s.Reserve)
		}
		text += fmt.Sprintf("，签数规则 %d 条）；", len(t.Tickets))
	}
	return text
}
