package schedule

import (
	"context"
	"fmt"
	"strings"

	"suiji/calendar"
	"suiji/internal/caps"
	"suiji/internal/identity"
	"suiji/internal/papers"
)

// Summons is what the notice of an inspection (行政检查通知书) says to a firm.
type Summons struct {
	Visit
	Schedule Schedule
	Office   identity.Authority
	Turn     caps.Turn
	On       calendar.Date // of the approval
	Marks    []Mark        // codes of the firm's forms, the leading department's first; none: the forms are not made
}

// Mark is the code of one department's form.
type Mark struct {
	Department string // empty: the office inspects alone
	Code       string
	QR         []byte // the same as a PNG
}

// Summonses writes the notices of those firms of a round that may be told (all
// of them, or the one named), in the order of the visits.
func (s *Service) Summonses(ctx context.Context, authority, roundID, target string) ([]Summons, error) {
	return s.summonses(ctx, authority, roundID, func(x Schedule, v Visit) bool {
		return x.Tellable(v) && (target == "" || v.TargetID == target)
	})
}

// Prospect is what the notice of one firm would say, whether or not it may be
// told. Errors: NotFound.
func (s *Service) Prospect(ctx context.Context, authority, roundID, target string) (Summons, error) {
	all, err := s.summonses(ctx, authority, roundID, func(_ Schedule, v Visit) bool { return v.TargetID == target })
	if err == nil && len(all) == 0 {
		err = errNoVisit
	}
	if err != nil {
		return Summons{}, err
	}
	return all[0], nil
}

func (s *Service) summonses(ctx context.Context, authority, roundID string, wanted func(Schedule, Visit) bool) ([]Summons, error) {
	x, err := s.Schedule(ctx, authority, roundID)
	if err != nil {
		return nil, err
	}
	office, err := s.Identity.Authority(ctx, authority)
	if err != nil {
		return nil, err
	}
	var items []string
	for _, i := range x.Items {
		items = append(items, i.ID)
	}
	counter, err := s.Caps.Counter(ctx, nil, authority, s.today(), items)
	if err != nil {
		return nil, err
	}
	var all []Summons
	for _, v := range x.Visits {
		if !wanted(x, v) {
			continue
		}
		t, err := s.Register.Target(ctx, authority, v.TargetID)
		if err != nil {
			return nil, err
		}
		all = append(all, Summons{Visit: v, Schedule: x, Office: office, On: x.signed(), Turn: counter.Turn(v.TargetID, t.Tags, v.Day.Year())})
	}
	return all, nil
}

// signed is the day of the latest approval.
func (x Schedule) signed() calendar.Date {
	for _, v := range x.Versions {
		if v.State == Approved {
			return calendar.In(v.DecidedAt)
		}
	}
	return calendar.Date{}
}

// Often says in words which visit of the year this is.
func (n Summons) Often() string {
	r := n.Turn.Rule
	if n.Mode == Written {
		return fmt.Sprintf("这是书面检查，不到现场，不计入现场检查次数；本年度对你单位的现场检查计 %d 次。", n.Turn.Visits)
	}
	if r.Title == "" {
		return fmt.Sprintf("这是本机关本年度对你单位的第 %d 次行政检查。", max(1, n.Turn.Visits))
	}
	span := "本年度"
	if r.Years > 1 {
		span = fmt.Sprintf("近 %d 年", r.Years)
	}
	return fmt.Sprintf("这是%s（%s）对你单位的第 %d 次行政检查，上限 %d 次（%s）。", span, r.Who.Name(), max(1, n.Turn.Visits), r.Most, r.Source)
}

// Prepare lists the papers that the firm is to prepare.
func (n Summons) Prepare() []string {
	var all []string
	for _, i := range n.Schedule.Items {
		for _, l := range strings.Split(i.Prepare, "\n") {
			if l != "" {
				all = append(all, l)
			}
		}
	}
	return all
}

// Rights are what the firm may do, as the notice says them.
var Rights = []string{
	"检查人员不少于两人，应当主动出示行政执法证件；不出示的，可以拒绝检查。",
	"认为检查人员与检查有利害关系的，有权申请回避。",
	"有权陈述、申辩，有权了解检查结果。",
}

// Document puts notices into one document, each on pages of its own.
func Document(all []Summons) papers.Document {
	d := papers.Document{Title: "行政检查通知书"}
	for _, n := range all {
		d.Author = n.Office.Name
		d.Sections = append(d.Sections, n.section())
	}
	return d
}

// section is one notice on one page of A4.
func (n Summons) section() papers.Section {
	s := papers.Section{Top: 25, Right: 24, Bottom: 20, Left: 26, Style: papers.Style{Face: papers.FangSong, Size: papers.SizeSmall4}, Pitch: 19, Numbers: papers.OfTotal, Restart: true}
	if n.joint() { // more people and more codes on the one page
		s.Pitch, s.Top = 17, 20
	}
	para := func(text string) { s.Blocks = append(s.Blocks, papers.Paragraph{Text: text, Indent: 2}) }
	head := func(text string) {
		s.Blocks = append(s.Blocks, papers.Paragraph{Text: text, Indent: 2, Keep: true, Style: papers.Style{Face: papers.Hei}})
	}
	s.Blocks = append(s.Blocks,
		papers.Paragraph{Text: n.Office.Name, Align: papers.Centre, Pitch: 26, Style: papers.Style{Face: papers.Title, Size: papers.SizeSmall2}},
		papers.Paragraph{Text: "行政检查通知书", Align: papers.Centre, Pitch: 32, After: 6, Level: 1, Style: papers.Style{Face: papers.Title, Size: papers.Size2}},
		papers.Paragraph{Text: n.Firm + "（" + n.Visit.Code + "）：", Align: papers.Left})
	para("经“双随机、一公开”抽取并经本机关负责人批准，现对你单位进行行政检查，有关事项通知如下：")
	s.Blocks = append(s.Blocks, n.table())
	s.Blocks = append(s.Blocks, papers.Space(6))
	para(n.Often())
	head("你单位的权利")
	for i, r := range Rights {
		para(fmt.Sprintf("%d. %s", i+1, r))
	}
	head("检查人员的纪律")
	para(strings.Join(Discipline[1:7], ""))
	last := "违反的，请拨打 " + orDash(n.Office.Phone) + " 反映。"
	if n.joint() {
		last += "本次为联合检查，各部门各有一份检查表、一个检查码。" + n.todo()
	}
	para(last)
	s.Blocks = append(s.Blocks, papers.Space(6), n.foot())
	return s
}

// foot is the codes of the forms on the left, the seal and the day on the
// right, in one row. Of a joint inspection each department's form has a code of
// its own.
func (n Summons) foot() papers.Table {
	var row papers.Row
	var widths []float64
	for _, m := range n.Marks {
		words, size := n.todo()+"检查码 "+m.Code, 20.0
		if n.joint() {
			words, size = m.Department+"，检查码 "+m.Code, 16
		}
		widths = append(widths, 1)
		row.Cells = append(row.Cells, papers.Cell{Blocks: []papers.Block{papers.Image{PNG: m.QR, Width: size, Height: size, Align: papers.Left, Alt: "检查码 " + m.Code},
			papers.Paragraph{Text: words, Align: papers.Left, Style: papers.Style{Size: papers.SizeSmall5}, Pitch: 13}}})
	}
	if len(n.Marks) == 0 {
		widths, row.Cells = []float64{1}, []papers.Cell{{Text: " "}}
	}
	right := 1.0
	if n.joint() {
		right = 2
	}
	row.Cells = append(row.Cells, papers.Cell{Middle: true, Blocks: []papers.Block{
		papers.Paragraph{Text: n.Office.Name + "（印章）", Align: papers.Right}, papers.Paragraph{Text: n.On.Chinese(), Align: papers.Right, Before: 4}}})
	return papers.Table{Widths: append(widths, right), Borders: papers.None, Style: papers.Style{Size: papers.SizeSmall4}, Rows: []papers.Row{row}}
}

// joint reports whether several departments inspect the firm.
func (n Summons) joint() bool { return len(n.Marks) > 1 }

// todo says what a code is for.
func (n Summons) todo() string {
	if n.Mode == Written {
		return "扫码提交材料，核对本通知，评价检查。"
	}
	return "扫码核对本通知和检查人员，评价检查。"
}

func orDash(text string) string {
	if text == "" {
		return "—"
	}
	return text
}

// table says who, what, when, on what basis, with which papers.
func (n Summons) table() papers.Table {
	t := papers.Table{Widths: []float64{1, 5}, Style: papers.Style{Size: papers.SizeSmall4}, Pitch: 17}
	if n.joint() {
		t.Pitch = 15.5
	}
	row := func(label, text string) {
		t.Rows = append(t.Rows, papers.Row{Cells: []papers.Cell{{Text: label, Align: papers.Centre, Middle: true, Style: papers.Style{Face: papers.Hei}}, {Text: text, Align: papers.Left, Middle: true}}})
	}
	when, where := n.Day.Chinese()+n.Half.Name(), orDash(n.Address)
	if n.Mode == Written {
		when, where = n.Day.Chinese()+"（当日 24:00）以前提交材料", "不到现场；在网上提交，或者送到本机关"
	}
	row("方式", map[Mode]string{OnSite: "实地检查", Written: "书面检查"}[n.Mode])
	row("时间", when)
	row("地点", where)
	var items, bases, team []string
	for _, i := range n.Schedule.Items {
		items = append(items, i.Name)
		bases = append(bases, i.Basis)
	}
	for _, o := range n.Team {
		team = append(team, o.Name+"（执法证号 "+o.CertNo+"）")
	}
	row("事项", strings.Join(items, "；"))
	row("依据", strings.Join(bases, "；"))
	row("检查人员", strings.Join(team, "；"))
	row("需备材料", orDash(strings.Join(n.Prepare(), "；")))
	row("任务来源", n.Schedule.Task+"，轮次 "+n.RoundID)
	row("联系电话", orDash(n.Office.Phone))
	return t
}
