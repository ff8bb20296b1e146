package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"time"

	"github.com/spf13/cobra"

	"suiji/calendar"
	"suiji/internal/access"
	"suiji/internal/canon"
	"suiji/internal/credit"
	"suiji/internal/identity"
	"suiji/internal/plan"
	"suiji/internal/register"
	counts "suiji/internal/report"
	"suiji/internal/sample"
	"suiji/internal/socket"
	"suiji/internal/store"
)

// The demo's county.
const (
	demoAuthority = "demo-rs"
	demoPassword  = "demo-2046"
	demoFirms     = 2046
	demoOfficers  = 24
)

func (p program) demoCmd() *cobra.Command {
	var listen string
	cmd := &cobra.Command{
		Use:   "demo",
		Short: "示例：2,046 户的县，一个已办结和一个进行中的轮次 / a county to try everything in",
		Long: "Makes a county that does not exist in a temporary directory, carries a finished and a running round through it,\n" +
			"prints the address and a login for each role, and serves until it is interrupted. The directory is removed then.",
		Example: "  suiji demo\n  suiji demo --listen 127.0.0.1:9000",
		Args:    cobra.NoArgs,
	}
	cmd.Flags().StringVar(&listen, "listen", p.env("SUIJI_LISTEN"), "监听地址 / address (SUIJI_LISTEN)")
	cmd.RunE = func(cmd *cobra.Command, _ []string) error {
		dir, err := os.MkdirTemp("", "suiji-demo-")
		if err != nil {
			return err
		}
		defer os.RemoveAll(dir) // what is left of a demo harms nobody
		clock := &demoClock{real: p.now}
		p.now = clock.Now
		app, err := p.open(cmd.Context(), &place{dir: dir})
		if err != nil {
			return err
		}
		app.documents.BaseURL = "http://" + listen // goes into the codes of the documents that the demo issues
		fmt.Fprintln(p.stderr, "正在生成示例数据……")
		d := p.county(cmd.Context(), app, clock, demoFirms)
		if err := d.make(); err != nil {
			return errors.Join(err, app.close())
		}
		clock.at = time.Time{}
		err = p.serve(cmd.Context(), app, socket.Place{Listen: listen, Base: p.env("SUIJI_BASE_URL")}, func(address string) error { return p.greet(address, d) })
		return errors.Join(err, app.close())
	}
	return cmd
}

// greet prints where to go and who one can be.
func (p program) greet(address string, d demo) error {
	fmt.Fprintf(p.stdout, "公示 / public:   %s/\n办公 / desk:     %s/w\n手机 / phone:    %s/m（用 inspector 登录）\n密码 / password: %s\n\n", address, address, address, demoPassword)
	for _, a := range demoAccounts {
		fmt.Fprintf(p.stdout, "  %-10s %s（%s）\n", a.username, a.role.Name(), a.name)
	}
	fmt.Fprintf(p.stdout, "\n公开抽取（演练，用 operator 登录）: %s/w/rounds/%s/console\n大屏 / stage:    %s/stage/%s（已抽取: %s/stage/%s）\n",
		address, d.rehearsal, address, d.rehearsal, address, d.running)
	_, err := fmt.Fprintln(p.stdout, "\n按 Ctrl-C 结束，示例数据随即删除。")
	return err
}

// demoClock shows the days of the story while it is made, and the real time
// afterwards.
type demoClock struct {
	real func() time.Time
	at   time.Time
}

// Now is the time in the demo.
func (c *demoClock) Now() time.Time {
	if c.at.IsZero() {
		return c.real()
	}
	c.at = c.at.Add(time.Second) // acts follow one another
	return c.at
}

var demoAccounts = []struct {
	username, name string
	role           access.Role
}{
	{"clerk", "李敏", access.Clerk}, {"leader", "周建国", access.Leader}, {"list", "王秀英", access.ListAdmin},
	{"operator", "张海涛", access.Operator}, {"reviewer", "赵宏", access.Reviewer}, {"inspector", "检查任务最多的执法人员", access.Inspector},
	{"auditor", "孙文斌", access.Auditor}, {"admin", "郭立新", access.Admin}, {"security", "唐慧", access.Security},
}

// demo makes the county and carries its year as the office would.
type demo struct {
	app    *app
	ctx    context.Context
	clock  *demoClock
	firms  int
	report *counts.Service
	// The days of the story.
	issued, start1, end1, start2, end2, today calendar.Date
	running, rehearsal                        string // rounds
}

// county is a demo of so many firms, to be made in an installation that is empty.
func (p program) county(ctx context.Context, app *app, clock *demoClock, firms int) demo {
	return demo{app: app, ctx: ctx, clock: clock, firms: firms, report: p.counts(app)}
}

// make founds the county, imports its registers, publishes its plan, finishes
// one round and brings another half way.
func (d *demo) make() error {
	d.days()
	planID := store.NewID(d.clock.real())
	finished := ""
	steps := []func() error{
		d.found,
		d.registers,
		d.credit,
		func() error { return d.plan(planID) },
		func() (err error) {
			finished, err = d.matched(planID, 1, d.start1.AddDays(5), true)
			return err
		},
		func() error { return d.inspect(finished, -1, -1) },
		func() error { return d.followed(finished) },
		func() error { return d.heard(finished) },
		func() error { return d.close(finished) },
		d.reported,
		func() error { return d.summed(finished) },
		d.lived,
		func() error { return d.rehearse(planID) },
		func() (err error) {
			d.running, err = d.matched(planID, 2, d.start2.AddDays(3), false)
			return err
		},
		func() error { return d.inspect(d.running, 8, 6) },
		d.papers,
		d.contested,
		d.inspector,
		d.outlined,
		func() error { return d.app.remindAll(d.ctx) },
		func() error { return d.app.catchUp(d.ctx, true) },
		func() error { return d.filed(finished) },
	}
	for _, step := range steps {
		if err := step(); err != nil {
			return fmt.Errorf("make the demo: %w", err)
		}
	}
	return nil
}

// days lays the story out around today: the running round's window holds
// today, if the year and its holiday notice allow it.
func (d *demo) days() {
	cal := calendar.National()
	years := cal.Years()
	today := calendar.In(d.clock.real())
	last := years[len(years)-1]
	if today.Year() > last {
		today = calendar.MustParse(fmt.Sprintf("%d-11-20", last))
	}
	latest, earliest := calendar.MustParse(fmt.Sprintf("%d-11-25", today.Year())), calendar.MustParse(fmt.Sprintf("%d-05-20", today.Year()))
	if today.After(latest) {
		today = latest
	}
	if today.Before(earliest) {
		today = calendar.MustParse(fmt.Sprintf("%d-11-20", today.Year()-1))
	}
	d.today = today
	d.issued = calendar.MustParse(fmt.Sprintf("%d-01-17", today.Year()))
	d.start2, d.end2 = today.AddDays(-20), today.AddDays(10)
	if stop := latest.AddDays(5); d.end2.After(stop) {
		d.end2 = stop
	}
	d.start1, d.end1 = d.start2.AddDays(-80), d.start2.AddDays(-30)
}

// on sets the story's clock to a day, nine in the morning; never back, and never
// near the visitor's own time, which follows.
func (d *demo) on(day calendar.Date) {
	at := day.Start().Add(9 * time.Hour)
	if latest := d.clock.real().Add(-time.Hour); at.After(latest) {
		at = latest
	}
	if at.After(d.clock.at) {
		d.clock.at = at
	}
}

func (d *demo) as(role access.Role) access.Actor {
	for _, a := range demoAccounts {
		if a.role == role {
			return access.Actor{Authority: demoAuthority, ID: a.username, Name: a.name, Roles: []access.Role{role}}
		}
	}
	panic("BUG: the demo has nobody who is " + string(role))
}

func (d *demo) found() error {
	d.on(d.issued.AddDays(-12))
	err := d.app.identity.Found(d.ctx, identity.Authority{ID: demoAuthority, Name: "示例县人力资源和社会保障局", ShortName: "示例县人社局",
		AreaCode: "990101", AreaName: "示例县", Phone: "0990-0000000", Hash: canon.SHA256, Demo: true})
	for _, a := range demoAccounts {
		if err != nil {
			return err
		}
		if a.role == access.Inspector {
			continue // who that is, the match decides
		}
		err = d.app.identity.AddAccount(d.ctx, access.System(demoAuthority), identity.Account{ID: a.username, Username: a.username, Name: a.name, Roles: []access.Role{a.role}}, demoPassword)
	}
	return err
}

func (d *demo) registers() error {
	until := d.issued.AddDays(1000).String()
	for _, x := range []struct {
		list  register.List
		name  string
		write func(io.Writer) error
	}{
		{register.Items, "随机抽查事项清单.csv", func(w io.Writer) error { return sample.Items(w, d.issued.AddDays(-10).String()) }},
		{register.Officers, "执法检查人员名录库.csv", func(w io.Writer) error { return sample.Officers(w, demoOfficers, until) }},
		{register.Targets, "检查对象名录库.csv", func(w io.Writer) error { return sample.Targets(w, d.firms, 2046) }},
	} {
		file, err := sample.File(x.write)
		if err != nil {
			return err
		}
		imp, err := d.app.intake.Check(d.ctx, d.as(access.Clerk), x.list, x.name, bytes.NewReader(file))
		if err != nil {
			return err
		}
		if _, err := d.app.intake.Write(d.ctx, d.as(access.Clerk), imp.ID); err != nil {
			return err
		}
	}
	return nil
}

// credit gives the firms their classes of credit risk, a rule and a policy.
func (d *demo) credit() error {
	c, clerk := d.app.credit, d.as(access.Clerk)
	for _, x := range credit.Presets {
		if err := c.AddScheme(d.ctx, clerk, x); err != nil {
			return err
		}
	}
	file, err := sample.File(func(w io.Writer) error { return sample.Grades(w, d.firms, 2046) })
	if err != nil {
		return err
	}
	imp, err := c.Check(d.ctx, clerk, "market-risk", "企业信用风险分类.csv", d.issued.AddDays(-13), bytes.NewReader(file))
	if err != nil {
		return err
	}
	if err := c.Write(d.ctx, clerk, imp.ID); err != nil {
		return err
	}
	return c.SavePolicy(d.ctx, clerk, credit.Policy{ID: "by-risk", Name: "按信用风险分类差异化抽查", Basis: "国市监信发〔2022〕6号",
		Strata: []plan.Stratum{
			{Name: "D", Title: "高风险", Tag: "信用风险D", Ratio: 8000, Reserve: 5}, {Name: "C", Title: "较高风险", Tag: "信用风险C", Ratio: 3000, Reserve: 5},
			{Name: "A", Title: "低风险", Tag: "信用风险A", Ratio: 200, Reserve: 5}, {Name: "rest", Title: "其他", Ratio: 500, Reserve: 10}},
		Tickets: []plan.Ticket{{Tag: "投诉举报多", Tickets: 3}}})
}

func (d *demo) plan(id string) error {
	d.on(d.issued.AddDays(-3))
	clerk := d.as(access.Clerk)
	if err := d.app.plan.Draft(d.ctx, clerk, id, d.issued.Year()); err != nil {
		return err
	}
	p, err := d.app.plan.Plan(d.ctx, demoAuthority, id)
	if err != nil {
		return err
	}
	items, _, _, err := d.app.register.Items(d.ctx, demoAuthority, register.ItemFilter{})
	if err != nil {
		return err
	}
	d.write(&p, items)
	if _, err := d.app.plan.Save(d.ctx, clerk, p); err != nil {
		return err
	}
	if p, err = d.app.plan.Plan(d.ctx, demoAuthority, id); err != nil {
		return err
	}
	if err := d.app.plan.Submit(d.ctx, clerk, id, p.Revision); err != nil {
		return err
	}
	digest, err := d.app.plan.Digest(d.ctx, p)
	if err != nil {
		return err
	}
	d.on(d.issued)
	if err := d.app.plan.Approve(d.ctx, d.as(access.Leader), id, digest, "同意，请按计划组织实施。"); err != nil {
		return err
	}
	return d.app.plan.Publish(d.ctx, clerk, id)
}

// write fills in the plan as the clerk would.
func (d *demo) write(p *plan.Plan, items []register.Item) {
	year := d.issued.Year()
	p.Number, p.IssuedOn = fmt.Sprintf("示例人社〔%d〕3号", year), d.issued
	p.Addressees, p.Leader, p.Contact = "局属各科室、监察大队", "周建国", "劳动保障监察大队 0990-0000000"
	p.Bases = []plan.Basis{{Number: fmt.Sprintf("示例双随机办〔%d〕10号", year-1), Title: "关于进一步做好“双随机、一公开”监管工作的通知", Issuer: "示例县双随机办"}}
	p.Body = "为认真贯彻落实“双随机、一公开”监管工作部署要求，推进企业信用风险差异化随机抽查，结合我局实际，制定本工作计划。\n" +
		"抽查对象和检查人员均由本平台随机抽取、随机匹配，抽取过程可公开核验。"
	p.Windows = []plan.Window{{No: 1, StartsOn: d.start1, EndsOn: d.end1}, {No: 2, StartsOn: d.start2, EndsOn: d.end2}}
	p.Tasks = []plan.Task{{No: 1, Name: "用人单位遵守劳动保障法律法规情况", Method: "实地检查、书面检查", Lead: p.Issuer, Units: "劳动保障监察大队", Level: "县抽县查",
		Strata: []plan.Stratum{
			{Name: "dispatch", Title: "劳务派遣单位", Tag: "劳务派遣", Ratio: 1000, Reserve: 5},
			{Name: "general", Title: "其他用人单位", Ratio: 500, Reserve: 10},
		},
		Tickets: []plan.Ticket{{Tag: "投诉举报多", Tickets: 3}}}}
	for _, i := range items {
		if i.Category == "劳动保障监察" {
			p.Tasks[0].Items = append(p.Tasks[0].Items, plan.Item{ID: i.ID})
		}
	}
	p.Field, p.ArchiveOn = "劳动保障监察", calendar.MustParse(fmt.Sprintf("%d-12-31", year))
}
