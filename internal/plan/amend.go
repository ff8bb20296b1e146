package plan

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"suiji/internal/access"
	"suiji/internal/errs"
	"suiji/internal/store"
)

// Amend begins the next version of a published plan, as a draft under an id
// that the caller made. Until that version is published the old one holds;
// then it is replaced, and rounds that were frozen under it keep it.
func (s *Service) Amend(ctx context.Context, a access.Actor, id, next, reason string) error {
	if !identifier.MatchString(next) || next == id {
		return errs.E(errs.Invalid, "新版本的内部编号有误，请重新打开计划页面")
	}
	if len([]rune(reason)) < minReason {
		return errs.At("amend_reason", fmt.Sprintf("请写明变更的原因，至少 %d 个字；原因向社会公开", minReason))
	}
	return s.Door.Do(ctx, a, access.PlanEdit, next, func(tx *store.DB) error {
		p, err := s.in(ctx, tx, a, id, Published)
		if err != nil {
			return err
		}
		if p.Replaced {
			return errs.E(errs.Conflict, "这一版已被新的版本代替，请变更最新的版本")
		}
		open, err := versions(ctx, tx, a.Authority, p.Root)
		if err != nil {
			return err
		}
		if i := slices.IndexFunc(open, func(x Plan) bool { return x.Version > p.Version }); i >= 0 {
			return errs.E(errs.Conflict, fmt.Sprintf("第 %d 版已由%s起草，目前是“%s”，没有另起一版", open[i].Version, open[i].SavedBy, open[i].State.Name()))
		}
		p.Amends, p.Version, p.ID, p.State, p.Serial, p.AmendReason = p.ID, p.Version+1, next, Draft, 0, reason
		p.Trail = Trail{DraftedBy: a.ID, Revision: 1, SavedBy: a.Name, SavedAt: s.Now()}
		if err := insertPlan(ctx, tx, p); err != nil {
			return err
		}
		return insertChildren(ctx, tx, p)
	})
}

// Versions returns the versions of a plan that the public may read, the first
// one first. root is the id of the first.
func (s *Service) Versions(ctx context.Context, authority, root string) ([]Plan, error) {
	all, err := versions(ctx, s.DB, authority, root)
	return slices.DeleteFunc(all, func(p Plan) bool { return p.State != Published && p.State != Closed }), err
}

// Roots returns, for every plan of an authority, the id of its first version.
func (s *Service) Roots(ctx context.Context, authority string) (map[string]string, error) {
	roots := map[string]string{}
	pairs, err := store.All(ctx, s.DB, func(r store.Scanner) (x [2]string, err error) {
		err = r.Scan(&x[0], &x[1])
		return x, err
	}, `
		SELECT plan_id, root_id
		FROM plan
		WHERE authority_id = $1
		ORDER BY plan_id`, authority)
	for _, x := range pairs {
		roots[x[0]] = x[1]
	}
	return roots, err
}

// replace marks the version that p amends as replaced, and takes its place in
// the year. It returns that version's digest.
func replace(ctx context.Context, tx *store.DB, p *Plan) (string, error) {
	old, err := load(ctx, tx, p.Authority, p.Amends)
	if err != nil {
		return "", err
	}
	if old.State != Published || old.Replaced {
		return "", errs.E(errs.Conflict, "被变更的版本已结束或已被代替，新版本不能公布，没有任何改动")
	}
	p.Serial = old.Serial
	_, err = tx.Exec(ctx, `
		UPDATE plan
		SET replaced = TRUE
		WHERE authority_id = $1 AND plan_id = $2`, p.Authority, old.ID)
	return old.Digest, err
}

// amendment holds a new version to what has happened under the old one: what
// has begun keeps its number and its first day, since the rounds are numbered
// after it.
func (c *checker) amendment() {
	if c.f.Before == nil {
		return
	}
	old, p := *c.f.Before, c.p
	if p.Number == old.Number {
		c.warn("amend", "1.01", "number", "文号与第 %d 版相同：变更通知一般另编文号", old.Version)
	}
	if p.IssuedOn == old.IssuedOn {
		c.warn("amend", "1.01", "issued_on", "印发日期与第 %d 版相同：应为变更通知的印发日期", old.Version)
	}
	if len(p.Tasks) < len(old.Tasks) {
		c.refuse("amend", "1.19", "tasks", "第 %d 版有 %d 项任务，变更后只剩 %d 项：轮次按任务序号编号，原有的任务不能删去", old.Version, len(old.Tasks), len(p.Tasks))
	}
	for i, w := range old.Windows {
		if !c.begun(w) {
			continue
		}
		if i >= len(p.Windows) || p.Windows[i].StartsOn != w.StartsOn {
			c.refuse("amend", "1.19", fmt.Sprintf("window-%d-starts", w.No), "第 %d 批次已于 %s 开始，变更不能改它的开始日期，也不能删去", w.No, w.StartsOn)
		}
	}
	if len(Diff(old, p)) == 0 {
		c.warn("amend", "1.01", "title", "与第 %d 版相比没有任何改动", old.Version)
	}
}

// begun reports whether a window of the version before has begun, whatever day
// this one is said to be issued on.
func (c *checker) begun(w Window) bool { return !w.StartsOn.After(c.f.Today) }

// kept reports whether the version before had this window with this first day.
func (c *checker) kept(i int, w Window) bool {
	return c.f.Before != nil && i < len(c.f.Before.Windows) && c.f.Before.Windows[i].StartsOn == w.StartsOn
}

// Change is one thing that differs between two versions of a plan.
type Change struct{ Name, Was, Now string }

// Diff names what differs between two versions, in the order of the plan.
func Diff(was, now Plan) []Change {
	var all []Change
	add := func(name, a, b string) {
		if a != b {
			all = append(all, Change{name, a, b})
		}
	}
	for _, x := range differences(was, now) {
		if x.field != "tasks" && x.field != "window-1-starts" && x.field != "body" {
			all = append(all, x.Change)
		}
	}
	for i := range max(len(was.Bases), len(now.Bases)) {
		add(fmt.Sprintf("第 %d 个依据文件", i+1), at(was.Bases, i, Basis.String), at(now.Bases, i, Basis.String))
	}
	for i := range max(len(was.Windows), len(now.Windows)) {
		add(fmt.Sprintf("第 %d 批次", i+1), at(was.Windows, i, Window.String), at(now.Windows, i, Window.String))
	}
	add("抽查基数", was.baseText(), now.baseText())
	add("正文", summary(was.Body, now.Body), summary(now.Body, was.Body))
	for i := range max(len(was.Tasks), len(now.Tasks)) {
		var a, b Task
		if i < len(was.Tasks) {
			a = was.Tasks[i]
		}
		if i < len(now.Tasks) {
			b = now.Tasks[i]
		}
		for _, c := range diffTask(a, b) {
			c.Name = fmt.Sprintf("第 %d 项任务的%s", i+1, c.Name)
			all = append(all, c)
		}
	}
	return all
}

func at[T any](list []T, i int, text func(T) string) string {
	if i < len(list) {
		return text(list[i])
	}
	return ""
}

// String is the basis in one line.
func (b Basis) String() string { return b.Issuer + "《" + b.Title + "》" + b.Number }

// String is the window's days.
func (w Window) String() string { return fmt.Sprintf("%s 至 %s", w.StartsOn, w.EndsOn) }

func (p Plan) baseText() string {
	return fmt.Sprintf("%d 户（名录第 %d 版，%s）", p.BaseCount, p.BaseVersion, p.BaseOn)
}

// summary is what a text says where it differs from another one: the lines
// that the other one does not have.
func summary(text, other string) string {
	var own []string
	has := strings.Split(other, "\n")
	for _, l := range strings.Split(text, "\n") {
		if !slices.Contains(has, l) {
			own = append(own, l)
		}
	}
	return strings.Join(own, "\n")
}

func diffTask(a, b Task) []Change {
	var all []Change
	kind := func(t Task) string {
		if t.Name == "" {
			return ""
		}
		if t.Directed {
			return "定向 " + t.Scope.Kind + " " + t.Scope.Tag + " " + t.Scope.Area
		}
		return "不定向"
	}
	items := func(t Task) string {
		var names []string
		for _, i := range t.Items {
			names = append(names, i.Name+t.whose(i))
		}
		return strings.Join(names, "、")
	}
	for _, x := range [][3]string{
		{"名称", a.Name, b.Name}, {"类型和范围", kind(a), kind(b)}, {"事项", items(a), items(b)}, {"检查方式", a.Method, b.Method},
		{"检查部门", a.slotsText(), b.slotsText()}, {"发起部门", a.Lead, b.Lead}, {"参与部门", a.Units, b.Units}, {"实施层级", a.Level, b.Level}, {"备注", a.Note, b.Note},
	} {
		if x[1] != x[2] {
			all = append(all, Change{x[0], x[1], x[2]})
		}
	}
	for _, st := range append(slices.Clone(a.Strata), b.Strata...) {
		was, now := a.stratumText(st.Name), b.stratumText(st.Name)
		seen := slices.ContainsFunc(all, func(c Change) bool { return c.Name == "“"+st.Title+"”层" })
		if was != now && !seen {
			all = append(all, Change{"“" + st.Title + "”层", was, now})
		}
	}
	if was, now := a.ticketsText(), b.ticketsText(); was != now {
		all = append(all, Change{"签数规则", was, now})
	}
	return all
}

func (t Task) stratumText(name string) string {
	for _, s := range t.Strata {
		if s.Name == name {
			return fmt.Sprintf("%s，标签“%s”，区域“%s”，%s，每批候补 %d，%d 户", s.Title, s.Tag, s.Area, s.Share(), s.Reserve, s.Size)
		}
	}
	return ""
}

func (t Task) ticketsText() string {
	var all []string
	for _, k := range t.Tickets {
		all = append(all, fmt.Sprintf("“%s”%d 签", k.Tag, k.Tickets))
	}
	return strings.Join(all, "、")
}
