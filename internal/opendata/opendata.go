// Package opendata says which tables of an authority anybody may take away,
// what their columns mean, and hands out their rows; and it writes the feeds of
// what is new. What may be public is decided by openbook.Round, plan.Published
// and package disclosure; nothing is added here. It owns no tables.
package opendata

import (
	"context"
	"iter"
	"strings"
	"time"

	"suiji/calendar"
	"suiji/internal/disclosure"
	"suiji/internal/openbook"
	"suiji/internal/plan"
	"suiji/internal/register"
	"suiji/internal/round"
	"suiji/internal/spool"
)

// Config is what a Service stands on. All are required.
type Config struct {
	Plan       *plan.Service
	Round      *round.Service
	Disclosure *disclosure.Service
	Spool      *spool.Spool // where long files are made, once for all who ask
}

// Service hands out datasets.
type Service struct{ Config }

// New makes the service.
func New(c Config) *Service { return &Service{c} }

// Field is a column. Every value is text, as codes and dates survive only so,
// or a number.
type Field struct {
	Name  string
	Type  string // string, integer, date, datetime: the types of Frictionless Table Schema
	Title string
}

// Dataset is a table that anybody may take away. Its address never changes;
// columns are only added, at the end.
type Dataset struct {
	ID      string
	Title   string
	English string
	Summary string
	Fields  []Field
	Key     []string // the columns that tell rows apart
	rows    func(s *Service, ctx context.Context, authority string) iter.Seq2[[]any, error]
	mark    func(s *disclosure.Service, ctx context.Context, authority string) (string, error) // of a table too long to be read for it; nil: short
}

// Rows returns the rows of an authority's dataset, each with a value a field: a
// string or an int.
func (s *Service) Rows(ctx context.Context, authority string, d Dataset) iter.Seq2[[]any, error] {
	return d.rows(s, ctx, authority)
}

// Find returns the dataset with an id.
func Find(id string) (Dataset, bool) {
	for _, d := range Datasets {
		if d.ID == id {
			return d, true
		}
	}
	return Dataset{}, false
}

// Datasets are all there are, in the order of the year.
var Datasets = []Dataset{
	{ID: "items", Title: "随机抽查事项清单", English: "Items that may be inspected", Key: []string{"id"},
		Summary: "已公布的随机抽查事项，每项的依据、主体、方式、比例和频次。",
		Fields: []Field{{"id", "string", "事项编号"}, {"category", "string", "类别"}, {"name", "string", "事项名称"}, {"sub", "string", "子项"},
			{"subject", "string", "检查对象"}, {"level", "string", "一般或重点：general、key"}, {"method", "string", "检查方式"}, {"ratio", "string", "抽查比例"},
			{"frequency", "string", "抽查频次"}, {"body", "string", "检查主体"}, {"basis", "string", "检查依据"}, {"published_on", "date", "公布日期"}},
		rows: items},
	{ID: "points", Title: "检查要点", English: "What an inspection looks at", Key: []string{"item", "no"},
		Summary: "每个抽查事项的检查要点和依据。",
		Fields:  []Field{{"item", "string", "事项编号"}, {"no", "integer", "序号"}, {"text", "string", "检查要点"}, {"basis", "string", "依据"}},
		rows:    points},
	{ID: "officers", Title: "执法检查人员名录", English: "Officers in service", Key: []string{"certificate"},
		Summary: "在岗执法检查人员：行政执法公示要求公开的内容。",
		Fields: []Field{{"name", "string", "姓名"}, {"unit", "string", "单位、科室"}, {"post", "string", "职务"}, {"certificate_kind", "string", "证件类型"},
			{"certificate", "string", "执法证号"}, {"valid_until", "date", "有效期至"}, {"fields", "string", "执法领域，用顿号隔开"}},
		rows: officers},
	{ID: "plans", Title: "年度抽查计划", English: "Plans of the year", Key: []string{"id"},
		Summary: "已公布的年度抽查计划。",
		Fields: []Field{{"id", "string", "计划编号"}, {"year", "integer", "年度"}, {"number", "string", "文号"}, {"title", "string", "标题"}, {"issuer", "string", "发文单位"},
			{"issued_on", "date", "印发日期"}, {"ratio", "string", "年度抽查比例不低于"}, {"base", "integer", "抽查基数（户）"}, {"officers", "integer", "每组人数不少于"},
			{"tasks", "integer", "任务数"}, {"windows", "integer", "批次数"}, {"published_at", "datetime", "公布时间"}, {"digest", "string", "内容指纹，记在公开台账"}},
		rows: plans},
	{ID: "rounds", Title: "抽取记录", English: "Draws", Key: []string{"id"},
		Summary: "每一轮抽取：封存、抽取、确认、匹配的时间和数量，作废的也在内。",
		Fields: []Field{{"id", "string", "轮次"}, {"plan", "string", "计划文号"}, {"task", "string", "任务"}, {"window", "integer", "批次"}, {"window_from", "date", "批次开始"},
			{"window_to", "date", "批次截止"}, {"state", "string", "状态"}, {"attempt", "integer", "第几次"}, {"previous", "string", "接续的作废轮次"},
			{"sealed_at", "datetime", "封存时间"}, {"drawn_at", "datetime", "抽取时间"}, {"confirmed_at", "datetime", "确认时间"}, {"matched_at", "datetime", "匹配时间"},
			{"closed_at", "datetime", "办结时间"}, {"pool", "integer", "参加抽取（户）"}, {"drawn", "integer", "抽中（户）"}, {"confirmed", "integer", "确认（户）"},
			{"removed", "integer", "剔除（户）"}, {"promoted", "integer", "递补（户）"}, {"substituted", "integer", "人员替换（人次）"},
			{"verdict", "string", "随机数：publicly-verifiable 可公开核验，bureau-alone 只由本局产生"}, {"manifest", "string", "封存清单指纹"},
			{"bundle", "string", "核验包指纹，公开后才有"}, {"reason", "string", "作废原因"}},
		rows: rounds},
	{ID: "results", Title: "检查结果", English: "Results of inspections", Key: []string{"form"},
		Summary: "现在公示的检查结果，新的在前。更正过的是最新版本，撤回的不在内（见“更正与撤回”）。",
		Fields: []Field{{"form", "string", "检查表编号"}, {"round", "string", "轮次"}, {"year", "integer", "年度"}, {"firm", "string", "被检查单位"},
			{"code", "string", "统一社会信用代码或注册号"}, {"items", "string", "检查事项，用顿号隔开"}, {"methods", "string", "检查方式"}, {"started", "date", "检查开始"},
			{"ended", "date", "检查结束"}, {"result_codes", "string", "结果代码，用逗号隔开"}, {"results", "string", "检查结果"}, {"handling", "string", "处置"},
			{"version", "integer", "第几版"}, {"posted_at", "datetime", "公示时间"}, {"digest", "string", "记录指纹，记在公开台账"},
			{"department", "string", "联合抽查、属地检查时的检查部门，其余为空"}},
		rows: results, mark: (*disclosure.Service).PostingsMark},
	{ID: "corrections", Title: "更正与撤回", English: "Corrections and withdrawals", Key: []string{"form", "version"},
		Summary: "公示以后更正或者撤回的检查结果，连同原因。",
		Fields: []Field{{"form", "string", "检查表编号"}, {"version", "integer", "第几版"}, {"state", "string", "corrected 更正，withdrawn 撤回"},
			{"reason", "string", "原因"}, {"at", "datetime", "时间"}},
		rows: corrections},
	{ID: "penalties", Title: "行政处罚信息", English: "Penalties", Key: []string{"penalty"},
		Summary: "正在公示的行政处罚决定；期满、信用修复、撤销的不在内。",
		Fields: []Field{{"penalty", "string", "处罚信息编号"}, {"number", "string", "决定文号"}, {"firm", "string", "企业"}, {"code", "string", "统一社会信用代码或注册号"},
			{"decided", "date", "决定日期"}, {"fact", "string", "违法事实"}, {"basis", "string", "处罚依据"}, {"kinds", "string", "处罚种类"}, {"amount", "string", "金额"},
			{"class", "string", "失信行为类别：light 轻微，general 一般，serious 严重"}, {"public_from", "date", "公示期开始"}, {"public_until", "date", "公示期最后一天"},
			{"form", "string", "检查表编号"}, {"posted_at", "datetime", "公示时间"}, {"digest", "string", "记录指纹，记在公开台账"}},
		rows: penalties},
	{ID: "objections", Title: "对公示的异议", English: "Objections to what was published", Key: []string{"objection"},
		Summary: "收到的异议和答复；谁提出、为什么，不公开。",
		Fields: []Field{{"objection", "string", "异议编号"}, {"kind", "string", "result 检查结果，penalty 行政处罚"}, {"record", "string", "检查表或处罚信息编号"},
			{"received", "date", "收到日期"}, {"due", "date", "下一步的最后一天，办结的为空"}, {"state", "string", "open 办理中，mending 成立待更正，kept 维持，corrected 已更正，withdrawn 已撤回"},
			{"answer", "string", "答复"}, {"answered_at", "datetime", "答复时间"}, {"settled_at", "datetime", "更正或者撤回的时间"}},
		rows: objections},
}

// each turns a list into rows.
func each[T any](list []T, err error, row func(T) []any) iter.Seq2[[]any, error] {
	return func(yield func([]any, error) bool) {
		if err != nil {
			yield(nil, err)
			return
		}
		for _, x := range list {
			if !yield(row(x), nil) {
				return
			}
		}
	}
}

func items(s *Service, ctx context.Context, authority string) iter.Seq2[[]any, error] {
	all, err := s.Disclosure.Items(ctx, authority)
	return each(all, err, func(i disclosure.PublicItem) []any {
		return []any{i.ID, i.Category, i.Name, i.Sub, i.Subject, i.Level, i.Method, i.Ratio, i.Frequency, i.Body, i.Basis, i.PublishedOn}
	})
}

func points(s *Service, ctx context.Context, authority string) iter.Seq2[[]any, error] {
	all, err := s.Disclosure.Items(ctx, authority)
	var rows [][]any
	for _, i := range all {
		for n, p := range i.Points {
			rows = append(rows, []any{i.ID, n + 1, p.Text, p.Basis})
		}
	}
	return each(rows, err, func(r []any) []any { return r })
}

func officers(s *Service, ctx context.Context, authority string) iter.Seq2[[]any, error] {
	all, err := s.Disclosure.Officers(ctx, authority)
	return each(all, err, func(o disclosure.PublicOfficer) []any {
		return []any{o.Name, o.Unit, o.Post, o.Kind, o.Cert, o.Until, strings.Join(o.Field, "、")}
	})
}

func plans(s *Service, ctx context.Context, authority string) iter.Seq2[[]any, error] {
	all, err := s.Plan.Published(ctx, authority)
	return each(all, err, func(p plan.Plan) []any {
		return []any{p.ID, p.Year, p.Number, p.Title, p.Issuer, date(p.IssuedOn), p.Ratio.String(), p.BaseCount, p.Officers,
			len(p.Tasks), len(p.Windows), stamp(p.PublishedAt), p.Digest}
	})
}

func rounds(s *Service, ctx context.Context, authority string) iter.Seq2[[]any, error] {
	all, err := openbook.Of(s.Round).Rounds(ctx, authority)
	return each(all, err, func(p openbook.Round) []any {
		pool, verdict, manifest, bundle := 0, "", "", ""
		for _, st := range p.Strata {
			pool += st.Size
		}
		if len(p.Halves) > 0 {
			verdict, manifest, bundle = string(p.Halves[0].Verdict), p.Halves[0].Digest, p.Halves[0].Bundle
		}
		return []any{p.ID, p.PlanNumber, p.Task, p.WindowNo, p.From, p.To, string(p.State), p.Attempt, p.Previous, stamp(p.SealedAt), stamp(p.DrawnAt),
			stamp(p.ConfirmedAt), stamp(p.MatchedAt), stamp(p.ClosedAt), pool, p.Drawn, p.Confirmed, sum(p.Removals), p.Promoted, sum(p.Substitutions),
			verdict, manifest, bundle, p.Reason}
	})
}

func sum(all []round.Counted) (n int) {
	for _, c := range all {
		n += c.Count
	}
	return n
}

// atOnce is how many results are read at a time: their records are decoded, and
// each is some ten kilobytes then.
const atOnce = 200

func results(s *Service, ctx context.Context, authority string) iter.Seq2[[]any, error] {
	return func(yield func([]any, error) bool) {
		q := disclosure.Query{Limit: atOnce, Uncounted: true, Whole: true}
		for {
			found, err := s.Disclosure.Results(ctx, authority, q)
			if err != nil {
				yield(nil, err)
				return
			}
			for _, v := range found.Results {
				if !yield(resultRow(v), nil) {
					return
				}
			}
			if q.After = found.Next; q.After == "" {
				return
			}
		}
	}
}

func resultRow(v disclosure.Version) []any {
	r := v.Record
	var codes, names, handling []string
	for _, x := range r.Results {
		codes, names = append(codes, x.Code), append(names, x.Name)
	}
	for _, h := range r.Handling {
		handling = append(handling, strings.Join(nonEmpty(h.Measure, h.Outcome, h.On), " "))
	}
	return []any{v.FormID, v.RoundID, v.Year, r.Firm.Name, r.Firm.Code, strings.Join(r.Items, "、"), strings.Join(r.Methods, "、"), r.Started, r.Ended,
		strings.Join(codes, ","), strings.Join(names, "；"), strings.Join(handling, "；"), v.Version, stamp(v.PostedAt), v.Digest, r.Department}
}

func nonEmpty(all ...string) []string {
	var out []string
	for _, s := range all {
		if s != "" {
			out = append(out, s)
		}
	}
	return out
}

// mostChanges bounds the list of corrections; an authority has some dozens.
const mostChanges = 1_000_000

func corrections(s *Service, ctx context.Context, authority string) iter.Seq2[[]any, error] {
	all, err := s.Disclosure.Changes(ctx, authority, mostChanges)
	return each(all, err, func(v disclosure.Version) []any {
		return []any{v.FormID, v.Version, string(v.State), v.Reason, stamp(v.PostedAt)}
	})
}

func penalties(s *Service, ctx context.Context, authority string) iter.Seq2[[]any, error] {
	all, err := s.Disclosure.Penalties(ctx, authority, "", "")
	return each(all, err, func(v disclosure.PenaltyVersion) []any {
		x := v.Record
		return []any{v.ID, x.Number, x.Firm.Name, x.Firm.Code, x.Decided, x.Fact, x.Basis, x.Kinds, x.Amount, x.Class, x.From, x.Until, x.Form, stamp(v.PostedAt), v.Digest}
	})
}

func objections(s *Service, ctx context.Context, authority string) iter.Seq2[[]any, error] {
	all, err := s.Disclosure.Objections(ctx, authority)
	return each(all, err, func(o disclosure.Objection) []any {
		return []any{o.ID, string(o.Kind), o.Record, date(o.ReceivedOn), date(o.Due), string(o.State), o.Answer, stamp(o.AnsweredAt), stamp(o.SettledAt)}
	})
}

// Updated returns when a dataset last changed, as far as a register's version
// tells; the zero time if only its rows do.
func Updated(d Dataset, of map[register.List]time.Time) time.Time {
	switch d.ID {
	case "items", "points":
		return of[register.Items]
	case "officers":
		return of[register.Officers]
	}
	return time.Time{}
}

func date(d calendar.Date) string { return d.String() }

// stamp is an instant by RFC 3339, or empty.
func stamp(t time.Time) string {
	if t.IsZero() {
		return ""
	}
	return t.UTC().Format(time.RFC3339)
}
