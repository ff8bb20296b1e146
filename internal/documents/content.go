package documents

import (
	"cmp"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"time"

	"suiji/calendar"
	"suiji/internal/casework"
	"suiji/internal/errs"
	"suiji/internal/identity"
	"suiji/internal/inspection"
	"suiji/internal/schedule"
	"suiji/internal/visit"
)

// Content is all that a document says: texts by their names, and lists whose
// rows are texts by theirs. The same names are the placeholders of templates.
type Content struct {
	Values map[string]string              `json:"values"` // what the system knows
	Fields map[string]string              `json:"fields"` // what the handler filled in; goes before
	Lists  map[string][]map[string]string `json:"lists"`
}

// Text is the text of a name.
func (c Content) Text(name string) string {
	if t, ok := c.Fields[name]; ok {
		return t
	}
	return c.Values[name]
}

// Digest is the SHA-256 of the content, in hex.
func (c Content) Digest() string {
	sum := sha256.Sum256([]byte(jsonOf(c)))
	return hex.EncodeToString(sum[:])
}

// Change is one text that is not what it was.
type Change struct{ Name, Was, Now string }

// Changes returns what has changed since: values by name, lists as one. What was
// not known then, the document does not say.
func (c Content) Changes(now Content) (all []Change) {
	for _, v := range Values {
		if was, is := c.Values[v.Name], now.Values[v.Name]; was != "" && was != is && v.Name != "文书日期" && v.Name != "文号" {
			all = append(all, Change{v.Name, was, is})
		}
	}
	for _, l := range Lists {
		if jsonOf(c.Lists[l.Name]) != jsonOf(now.Lists[l.Name]) && len(all) == 0 {
			all = append(all, Change{l.Name, fmt.Sprintf("%d 行", len(c.Lists[l.Name])), fmt.Sprintf("%d 行，内容有变动", len(now.Lists[l.Name]))})
		}
	}
	return all
}

// Value is a text that the system knows, by the name that templates use.
type Value struct{ Name, Note string }

// Values are those of every document; what a handler fills in has the names of
// the kind's fields.
var Values = []Value{
	{"文号", "签发时按登记簿编号"}, {"文书日期", "签发日期，如 2022年6月14日"}, {"机关名称", ""}, {"机关简称", ""}, {"机关电话", ""},
	{"企业名称", ""}, {"证照号码", "统一社会信用代码或登记证号"}, {"单位类型", ""}, {"登记地址", ""}, {"检查地点", "用工地址，没有的为登记地址"},
	{"检查表编号", ""}, {"检查码", "纸上和二维码里的 8 位编码"}, {"核对网址", ""}, {"核对说明", "一句话：怎样核对；模板放不进二维码，用它代替"}, {"计划名称", ""}, {"计划文号", ""}, {"任务名称", ""}, {"轮次", ""}, {"检查部门", "联合检查时"},
	{"任务来源", "计划、任务、轮次连成一句"}, {"检查事项", ""}, {"检查依据", "各事项的法律依据"}, {"计划检查时间", ""}, {"检查形式", "实地检查或书面检查"}, {"检查方式", ""}, {"需备材料", ""},
	{"本年度检查次数", "第几次、上限几次"}, {"批准人", ""}, {"批准日期", ""}, {"批准意见", ""},
	{"检查人员", "姓名和执法证号"}, {"检查人员姓名", ""}, {"第一检查人员", ""}, {"第二检查人员", ""},
	{"检查日期", ""}, {"到达时间", "手机登记的到达"}, {"企业现场负责人", ""}, {"拒签情况", ""}, {"检查情况", ""}, {"证据", ""}, {"现场情况", "逐条的检查结果、问题和证据"},
	{"检查结果", ""}, {"后续处理", ""}, {"发现问题", ""}, {"违反规定", "不符合的要点的依据"}, {"改正要求", ""}, {"改正期限", ""}, {"处理情况", ""},
	{"电子签字", "手机上签字的人和时间"}, {"照片张数", ""}, {"结论审核人", ""}, {"审核日期", ""}, {"送达文书", "送达回证：所送文书的名称和文号"}, {"受送达人", ""},
	{"责任人", "后续处置的责任人"}, {"办理期限", "后续处置：最后一天和算法"}, {"立案号", ""}, {"案由", ""}, {"立案日期", ""}, {"发现日期", ""}, {"违法行为终了", ""}, {"承办机构", ""}, {"承办人", ""},
	{"调查人员", "承办人和执法证号；没有立案的为检查人员"}, {"陈述申辩", ""}, {"处罚决定", "文号、种类、金额"}, {"接收机关", "移交、移送、告知的对方"}, {"移送事由", ""}, {"移送依据", ""}, {"移送文书号", ""},
	{"移送日期", ""}, {"移送批准", "移送公安机关的批准人和日期"}, {"抄送机关", ""}, {"签收情况", ""},
}

// List is a table that templates repeat a row for.
type List struct {
	Name    string
	Columns []string
}

// Lists are those of every document; a field with columns is one more.
var Lists = []List{
	{"人员", []string{"序号", "姓名", "执法证号", "单位", "职务"}},
	{"要点", []string{"序号", "事项", "内容", "依据", "结果", "说明"}},
	{"问题", []string{"序号", "事实", "改正要求", "期限", "处理"}},
	{"部门", []string{"序号", "部门", "事项", "检查人员", "检查表编号", "检查码"}}, // of a joint inspection's notice
}

// facts are what the rooms below know of one inspection.
type facts struct {
	office  identity.Authority
	form    inspection.Form
	forms   []inspection.Form // of a joint inspection's notice: every department's
	summons schedule.Summons
	visit   visit.Visit
	served  *Paper          // the document that is served
	matter  *casework.Whole // the open end that it is made for
}

// content gathers what a document says as things stand; number and day are
// those of the issue.
func (s *Service) content(ctx context.Context, authority string, p Paper, number string, on calendar.Date) (Content, error) {
	x, err := s.facts(ctx, authority, p)
	if err != nil {
		return Content{}, err
	}
	known, err := x.values(ctx, s)
	if err != nil {
		return Content{}, err
	}
	c := Content{Values: known, Fields: map[string]string{}, Lists: x.lists()}
	c.Values["文号"], c.Values["文书日期"] = number, on.Chinese()
	for _, f := range p.Kind.Kind().Fields {
		c.Fields[f.Name] = p.Fields[f.Name]
		if d := new(calendar.Date); f.Date && d.UnmarshalText([]byte(p.Fields[f.Name])) == nil && !d.Zero() {
			c.Fields[f.Name] = d.Chinese()
		}
		if len(f.Columns) > 0 {
			c.Lists[f.Name] = f.table(p.Fields[f.Name])
		}
	}
	return c, nil
}

func (s *Service) facts(ctx context.Context, authority string, p Paper) (x facts, err error) {
	if x.form, err = s.Inspection.Form(ctx, authority, p.FormID); err != nil {
		return x, err
	}
	if x.office, err = s.Identity.Authority(ctx, authority); err != nil {
		return x, err
	}
	if x.summons, err = s.summon(ctx, x.form); err != nil {
		return x, err
	}
	if x.visit, err = s.Visit.Visit(ctx, x.form); err != nil {
		return x, err
	}
	if p.Kind == Notice && x.form.Department != "" {
		if x.forms, err = s.departments(ctx, x.form); err != nil {
			return x, err
		}
	}
	if p.Ref != "" {
		w, err := s.Casework.Whole(ctx, authority, p.FormID, p.Ref)
		if err != nil {
			return x, err
		}
		x.matter = &w
	}
	if p.About == "" {
		return x, nil
	}
	served, err := s.Paper(ctx, authority, p.About)
	x.served = &served
	return x, err
}

// summon is what was arranged for a form's firm; the zero Summons if nothing was.
func (s *Service) summon(ctx context.Context, f inspection.Form) (schedule.Summons, error) {
	if n, ok := s.summons[f.RoundID+" "+f.Firm.TargetID]; ok {
		return n, nil
	}
	n, err := s.Inspection.Schedule.Prospect(ctx, f.Authority, f.RoundID, f.Firm.TargetID)
	if errs.KindOf(err) == errs.NotFound {
		err = nil
	}
	return n, err
}

// departments are the forms of all departments that inspect the firm.
func (s *Service) departments(ctx context.Context, f inspection.Form) (all []inspection.Form, err error) {
	ctx = identity.Everything(ctx)
	some, err := s.Inspection.Forms(ctx, f.Authority, inspection.Filter{RoundID: f.RoundID, TargetID: f.Firm.TargetID})
	if err != nil {
		return nil, err
	}
	for _, o := range some {
		if o, err = s.Inspection.Form(ctx, f.Authority, o.ID); err != nil {
			return nil, err
		}
		all = append(all, o)
	}
	return all, nil
}

// table reads the rows of a list that was typed.
func (f Field) table(text string) (rows []map[string]string) {
	for _, line := range strings.Split(text, "\n") {
		if strings.TrimSpace(line) == "" {
			continue
		}
		row, cells := map[string]string{"序号": fmt.Sprint(len(rows) + 1)}, strings.Split(strings.ReplaceAll(line, "｜", "|"), "|")
		for i, c := range f.Columns {
			if i < len(cells) {
				row[c] = strings.TrimSpace(cells[i])
			}
		}
		rows = append(rows, row)
	}
	return rows
}

// values are all texts that the system knows, by their names.
func (x facts) values(ctx context.Context, s *Service) (map[string]string, error) {
	f, o := x.form, x.office
	m := map[string]string{
		"机关名称": o.Name, "机关简称": o.ShortName, "机关电话": o.Phone,
		"企业名称": f.Firm.Name, "证照号码": f.Firm.Code, "单位类型": f.Firm.Kind, "登记地址": f.Firm.Address, "检查地点": f.Firm.Place(),
		"检查表编号": f.ID, "检查码": f.Code, "计划名称": f.Task.Plan, "计划文号": f.Task.Number, "任务名称": f.Task.Name, "轮次": f.RoundID, "检查部门": f.Department,
		"任务来源":    fmt.Sprintf("%s（%s）任务“%s”，轮次 %s", f.Task.Plan, f.Task.Number, f.Task.Name, f.RoundID),
		"企业现场负责人": f.FirmPerson, "拒签情况": f.Refusal, "检查情况": f.Summary, "证据": f.Evidence,
	}
	m["核对说明"] = "输入检查码 " + f.Code + "，可以核对检查机关、检查人员和检查事项"
	if s.BaseURL != "" {
		m["核对网址"] = inspection.CodeURL(s.BaseURL, f.Code)
		m["核对说明"] = "打开 " + m["核对网址"] + "，或者在本机关公示网站" + m["核对说明"]
	}
	x.team(m)
	x.plan(m)
	x.found(m)
	x.spot(m)
	if x.served != nil && x.served.State == Issued {
		m["送达文书"] = x.served.Kind.Name() + "（" + x.served.Number + "）"
		m["受送达人"] = cmp.Or(x.served.Content.Text("接收机关"), f.Firm.Name)
	}
	if err := x.followed(ctx, s, m); err != nil {
		return nil, err
	}
	m["调查人员"] = m["检查人员"]
	x.handlers(m)
	return m, nil
}

// team fills in who inspects, and what.
func (x facts) team(m map[string]string) {
	forms := x.forms
	if len(forms) == 0 {
		forms = []inspection.Form{x.form}
	}
	var names, certs, items []string
	for _, f := range forms {
		for _, o := range f.Team {
			names = append(names, o.Name)
			certs = append(certs, o.Name+"（执法证号 "+o.CertNo+"）")
		}
		for _, i := range f.Items() {
			if !slices.Contains(items, i) {
				items = append(items, i)
			}
		}
	}
	for i, o := range x.form.Team {
		if i < 2 {
			m[[]string{"第一检查人员", "第二检查人员"}[i]] = o.Name
		}
	}
	m["检查人员姓名"], m["检查人员"], m["检查事项"] = strings.Join(names, "、"), strings.Join(certs, "、"), strings.Join(items, "；")
}

// plan fills in what was arranged and approved.
func (x facts) plan(m map[string]string) {
	n := x.summons
	var bases []string
	for _, i := range n.Schedule.Items {
		if i.Basis != "" && !slices.Contains(bases, i.Basis) {
			bases = append(bases, i.Basis)
		}
	}
	m["检查依据"] = strings.Join(bases, "；")
	m["需备材料"] = strings.Join(n.Prepare(), "\n")
	if n.Placed() {
		m["计划检查时间"], m["检查形式"] = n.Day.Chinese()+n.Half.Name(), "实地检查"
		if n.Mode == schedule.Written {
			m["计划检查时间"], m["检查形式"] = n.Day.Chinese()+"（当日 24:00）以前提交材料，不到现场", "书面检查"
		}
	}
	m["本年度检查次数"] = n.Often()
	for _, v := range n.Schedule.Versions {
		if v.State == schedule.Approved && v.No == n.Approved {
			m["批准人"], m["批准日期"], m["批准意见"] = v.DecidedName, calendar.In(v.DecidedAt).Chinese(), v.Opinion
		}
	}
	if u := n.Urgent; m["批准日期"] == "" && u != nil && u.Verdict == "approved" {
		m["批准人"], m["批准日期"], m["批准意见"] = u.DecidedName, calendar.In(u.DecidedAt).Chinese(), u.Opinion
	}
}

// found fills in what the inspection came to.
func (x facts) found(m map[string]string) {
	f := x.form
	if f.StartedOn.Zero() {
		return
	}
	m["检查日期"] = f.StartedOn.Chinese()
	if f.EndedOn != f.StartedOn {
		m["检查日期"] += "至" + f.EndedOn.Chinese()
	}
	var methods, codes, follow, facts, measures, outcomes, broken []string
	for _, x := range f.Methods {
		methods = append(methods, x.Name())
	}
	for _, c := range f.Codes {
		info, _ := c.Info()
		codes, follow = append(codes, info.Name), append(follow, info.FollowUp)
	}
	found := x.findings()
	for _, p := range found {
		facts = append(facts, numbered(len(found), p.No, p.Fact))
		if p.Measure != "" {
			measures = append(measures, numbered(len(found), p.No, p.Measure))
		}
		if !p.Open() {
			outcomes = append(outcomes, numbered(len(found), p.No, p.Outcome.Name()+"（"+p.OutcomeOn.Chinese()+"）："+p.Note))
		}
	}
	for _, p := range f.Points {
		if p.Answer == inspection.No && p.Basis != "" && !slices.Contains(broken, p.Basis) {
			broken = append(broken, p.Basis)
		}
	}
	m["检查方式"], m["检查结果"], m["后续处理"] = strings.Join(methods, "、"), strings.Join(codes, "；"), strings.Join(follow, "；")
	m["发现问题"], m["改正要求"], m["处理情况"] = strings.Join(facts, "\n"), strings.Join(measures, "\n"), strings.Join(outcomes, "\n")
	m["违反规定"] = strings.Join(broken, "；")
	if due := x.due(); !due.Zero() {
		m["改正期限"] = due.Chinese()
	}
	m["现场情况"] = x.narrative()
	if !f.ConfirmedAt.IsZero() {
		m["结论审核人"], m["审核日期"] = f.ConfirmedName, calendar.In(f.ConfirmedAt).Chinese()
	}
}

// due is the last day that the firm was given.
func (x facts) due() (due calendar.Date) {
	for _, p := range x.findings() {
		if p.DueOn.After(due) {
			due = p.DueOn
		}
	}
	if x.matter == nil {
		return due
	}
	for _, m := range x.matter.Matters { // what was ordered or extended since
		if m.Rectification != nil {
			due = m.Rectification.Due
		}
	}
	return due
}

// days are what inputs of dates are filled with.
func (x facts) days() map[string]string {
	days := map[string]string{"检查日期": x.form.StartedOn.String(), "改正期限": x.due().String()}
	if x.matter != nil { // what is done now is not done on the day of the visit
		days["检查日期"] = ""
	}
	return days
}

func numbered(of, no int, text string) string {
	if of < 2 {
		return text
	}
	return fmt.Sprintf("%d. %s", no, text)
}

// narrative is the inspection in sentences, as a record tells it.
func (x facts) narrative() string {
	f := x.form
	var lines []string
	for i, p := range f.Points {
		if p.Answer == "" {
			continue
		}
		line := fmt.Sprintf("%d. %s：%s。", i+1, p.Text, p.Answer.Name())
		if p.Note != "" {
			line += strings.TrimRight(p.Note, "。") + "。"
		}
		lines = append(lines, line)
	}
	for i, a := range f.Attempts {
		lines = append(lines, fmt.Sprintf("第 %d 次联系（%s）：%s", i+1, a.On.Chinese(), a.How))
	}
	for _, p := range f.Findings {
		lines = append(lines, "发现问题："+p.Fact)
	}
	return strings.Join(slices.DeleteFunc(append(lines, f.Summary), func(l string) bool { return l == "" }), "\n")
}

// spot fills in what the telephones recorded.
func (x facts) spot(m map[string]string) {
	if v := x.visit; len(v.Arrivals) > 0 {
		at := v.Arrivals[0].DeviceAt
		since := at.Sub(calendar.In(at).Start())
		m["到达时间"] = fmt.Sprintf("%d 时 %d 分", int(since.Hours()), int(since.Minutes())%60)
	}
	if n := len(x.visit.Photos); n > 0 {
		m["照片张数"] = fmt.Sprint(n)
	}
	var signed []string
	for _, s := range x.visit.Signatures {
		text := s.Name + "（" + calendar.In(time.UnixMilli(s.At)).Chinese() + "，文字指纹 " + s.Digest[:8]
		if s.Void() {
			text += "，签字后文字有变动"
		}
		signed = append(signed, text+"）")
	}
	m["电子签字"] = strings.Join(signed, "、")
}

func (x facts) lists() map[string][]map[string]string {
	team, points, findings := []map[string]string{}, []map[string]string{}, []map[string]string{}
	for i, o := range x.form.Team {
		team = append(team, map[string]string{"序号": fmt.Sprint(i + 1), "姓名": o.Name, "执法证号": o.CertNo, "单位": o.Unit, "职务": o.Post})
	}
	for i, p := range x.form.Points {
		points = append(points, map[string]string{"序号": fmt.Sprint(i + 1), "事项": p.Item, "内容": p.Text, "依据": p.Basis, "结果": p.Answer.Name(), "说明": p.Note})
	}
	for _, p := range x.findings() {
		findings = append(findings, map[string]string{"序号": fmt.Sprint(p.No), "事实": p.Fact, "改正要求": p.Measure, "期限": p.DueOn.String(), "处理": cmp.Or(p.Outcome.Name(), "待处理")})
	}
	departments := []map[string]string{}
	for i, f := range x.forms {
		var names []string
		for _, o := range f.Team {
			names = append(names, o.Name+"（"+o.CertNo+"）")
		}
		departments = append(departments, map[string]string{"序号": fmt.Sprint(i + 1), "部门": f.Department, "事项": strings.Join(f.Items(), "；"), "检查人员": strings.Join(names, "、"), "检查表编号": f.ID, "检查码": f.Code})
	}
	return map[string][]map[string]string{"人员": team, "要点": points, "问题": findings, "部门": departments}
}

// Missing is a text that a document must have and has not.
type Missing struct {
	Name  string
	Field bool   // the handler fills it in
	Hint  string // else, where it comes from
}

// sources say where a text comes from that the system should know.
var sources = map[string]string{
	"机关名称": "单位设置", "检查依据": "抽查事项清单没有写依据", "检查人员": "检查人员还没有匹配", "计划检查时间": "检查安排还没有排到这一户", "批准日期": "检查安排还没有经负责人批准，或者批准以后改过",
	"检查日期": "检查结果还没有录入", "检查结果": "检查结果还没有录入", "结论审核人": "检查结论还没有审核", "发现问题": "检查没有发现问题，不用这种文书", "送达文书": "所送的文书还没有签发，或者已经作废",
}

// Missing returns what a document of this kind lacks, in the order of its text.
func (c Content) Missing(kind Kind) (all []Missing) {
	for _, name := range append(slices.Clone(always), kind.Needs...) {
		if c.Values[name] == "" {
			all = append(all, Missing{Name: name, Hint: sources[name]})
		}
	}
	for _, f := range kind.Fields {
		if !f.Optional && c.Fields[f.Name] == "" {
			all = append(all, Missing{Name: f.Name, Field: true})
		}
	}
	return all
}

func readContent(text string) (c Content, err error) {
	if text == "" {
		return c, nil
	}
	err = json.Unmarshal([]byte(text), &c)
	return c, err
}
