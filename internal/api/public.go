package api

import (
	"context"
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"

	"suiji/internal/disclosure"
	"suiji/internal/errs"
	"suiji/internal/identity"
	"suiji/internal/inspection"
	"suiji/internal/openbook"
	"suiji/internal/plan"
	"suiji/internal/replay"
	"suiji/internal/round"
	"suiji/internal/scribe"
	"suiji/internal/shape"
	"suiji/internal/uscc"
)

// Office says which authority of the installation is asked about.
type Office struct {
	Authority string `query:"authority" maxLength:"40" doc:"单位标识（见 listAuthorities）；不填为第一个单位，轮次、检查表等编号里写明单位的以编号为准"`
}

// public registers what everybody may read.
func (s *Server) public() {
	get := func(id, path, tag, summary, about string) operation {
		return operation{id: id, method: http.MethodGet, path: path, tag: tag, summary: summary, about: about}
	}
	add(s, get("listAuthorities", "/authorities", "公开", "单位", "本平台的单位，按标识排列。"), s.authorities)
	add(s, get("listPlans", "/plans", "公开", "年度计划", "已公布的年度计划，年度新的在前。"), s.plans)
	add(s, get("getPlan", "/plans/{id}", "公开", "一份计划", "计划的公开内容、各个版本、按它进行的抽取和台账记录。"), s.plan)
	add(s, get("listRounds", "/rounds", "公开", "抽取记录", "已封存的轮次，封存晚的在前。"), s.rounds)
	add(s, get("getRound", "/rounds/{id}", "公开", "一个轮次", "状态、规则、名单指纹、数量；抽中的名称按封存时写明的公开方式给出。"), s.round)
	add(s, get("listExclusions", "/rounds/{id}/exclusions", "公开", "不参加抽取的对象", "按原因的户数，不含名称。"), s.exclusions)
	add(s, get("listResults", "/results", "公开", "检查结果", "现在公示的检查结果，新的在前。q、year、round、code 同时满足。"), s.results)
	add(s, get("listResultFacets", "/results/facets", "公开", "检查结果的筛选项", "可选的年度、结果代码和轮次，各有多少。"), s.facets)
	add(s, get("getResult", "/results/{form}", "公开", "一条检查结果", "各个版本。撤回的结果地址不变，只留日期、指纹和原因。"), s.result)
	add(s, get("listCorrections", "/corrections", "公开", "更正与撤回", "更正和撤回，新的在前。"), s.corrections)
	add(s, get("searchFirms", "/firms", "公开", "查询企业", "按名称的一部分、号码末四位以上或者拼音首字母查有公示结果的企业，最接近的在前，最多 50 户。"), s.firms)
	add(s, get("getFirm", "/firms/{id}", "公开", "一户企业", "按统一社会信用代码、注册号或者对象标识，连同现在公示的全部结果和已撤回的结果。公示过、现在都没有的，名称和各个列表为空。"), s.firm)
	add(s, get("listItems", "/items", "公开", "随机抽查事项清单", "已公布的事项，按编号。"), s.items)
	add(s, get("getItem", "/items/{id}", "公开", "一个事项", ""), s.item)
	add(s, get("listInspectors", "/inspectors", "公开", "执法检查人员", "在岗人员，按执法证号。"), s.inspectors)
	add(s, get("getStatistics", "/statistics", "公开", "年度统计", "一个年度的数量。"), s.statistics)
	add(s, get("getFairness", "/fairness", "公开", "公平性统计", "全部已公开的抽取合计，与按概率应有的对照。"), s.fairness)
	add(s, get("getLedger", "/ledger", "公开", "公开台账", "台账的检查点和验签公钥。"), s.ledger)
	add(s, get("listLedgerEntries", "/ledger/entries", "公开", "台账记录", "关于一个对象（计划编号、轮次、检查表编号）的台账记录，按次序。"), s.entriesOf)
	add(s, get("listPenalties", "/penalties", "公开", "行政处罚信息", "公示期内的处罚决定，新的在前；到期、撤回、修复的不在内。"), s.penalties)
	add(s, get("getPenalty", "/penalties/{id}", "公开", "一条行政处罚信息", "各个版本。撤下的地址不变，只留日期、指纹和原因。"), s.penalty)
	s.publicFiles(get)
}

// offices remembers for a second which authorities there are: every public
// request asks.
type offices struct {
	mu    sync.Mutex
	all   []identity.Authority
	until time.Time
}

func (o *offices) get(now time.Time, read func() ([]identity.Authority, error)) ([]identity.Authority, error) {
	o.mu.Lock()
	defer o.mu.Unlock()
	if now.Before(o.until) {
		return o.all, nil
	}
	all, err := read()
	if err == nil {
		o.all, o.until = all, now.Add(time.Second)
	}
	return all, err
}

// officeOf finds the authority that a request is about: named, or the first part
// of an id, or the first one.
func (s *Server) officeOf(ctx context.Context, name, id string) (identity.Authority, error) {
	all, err := s.offices.get(s.Now(), func() ([]identity.Authority, error) { return s.Identity.Authorities(ctx) })
	if err != nil {
		return identity.Authority{}, err
	}
	owner, _, _ := strings.Cut(id, ".")
	for _, a := range all {
		if a.ID == owner && id != "" || a.ID == name {
			return a, nil
		}
	}
	if name != "" || len(all) == 0 {
		return identity.Authority{}, errs.E(errs.NotFound, "本平台没有这个单位")
	}
	return all[0], nil
}

// pageOf answers with a page of a list; r's path and query lead on.
func pageOf[T any](path string, q url.Values, items []T, next string) *listed[T] {
	out := &listed[T]{Body: Page[T]{Items: some(items), NextCursor: next}}
	if next != "" {
		q.Set("cursor", next)
		out.Link = fmt.Sprintf(`<%s?%s>; rel="next"`, prefix+path, q.Encode())
	}
	return out
}

// query is the part of an address that a list's next page repeats.
func (o Office) query(p Paging) url.Values {
	q := url.Values{"limit": {strconv.Itoa(p.Limit)}}
	if o.Authority != "" {
		q.Set("authority", o.Authority)
	}
	return q
}

// ranked makes keys that sort the greatest number first.
func ranked(n int64) string { return fmt.Sprintf("%020d", 1<<62-n) }

func (s *Server) authorities(ctx context.Context, in *Paging) (*listed[shape.Authority], error) {
	all, err := s.Identity.Authorities(ctx)
	if err != nil {
		return nil, err
	}
	some, next, err := cut(all, "authorities", *in, func(a identity.Authority) string { return a.ID })
	if err != nil {
		return nil, err
	}
	var out []shape.Authority
	for _, a := range some {
		out = append(out, shape.Authority{ID: a.ID, Name: a.Name, AreaCode: a.AreaCode, Area: a.AreaName, Phone: a.Phone, Hash: string(a.Hash), Demo: a.Demo})
	}
	return pageOf("authorities", Office{}.query(*in), out, next), nil
}

type listInput struct {
	Office
	Paging
}

// One is a request for one thing.
type One struct {
	Office
	ID string `path:"id" maxLength:"100" doc:"标识"`
}

func planLine(p plan.Plan) shape.PlanLine {
	return shape.PlanLine{ID: p.ID, Year: p.Year, Title: p.Title, Number: p.Number, Issuer: p.Issuer, IssuedOn: p.IssuedOn.String(), State: string(p.State),
		StateLabel: p.State.Name(), Version: p.Version, First: p.Root, PublishedAt: instant(p.PublishedAt), Digest: p.Digest}
}

func (s *Server) plans(ctx context.Context, in *listInput) (*listed[shape.PlanLine], error) {
	a, err := s.officeOf(ctx, in.Authority, "")
	if err != nil {
		return nil, err
	}
	all, err := s.Plan.Published(ctx, a.ID)
	if err != nil {
		return nil, err
	}
	some, next, err := cut(all, of("plans", a.ID), in.Paging, func(p plan.Plan) string { return ranked(int64(p.Year)*1000+int64(p.Version)) + p.ID })
	var out []shape.PlanLine
	for _, p := range some {
		out = append(out, planLine(p))
	}
	return pageOf("plans", in.query(in.Paging), out, next), err
}

func (s *Server) plan(ctx context.Context, in *One) (*body[shape.PublicPlan], error) {
	a, err := s.officeOf(ctx, in.Authority, "")
	if err != nil {
		return nil, err
	}
	all, err := s.Plan.Published(ctx, a.ID)
	if err != nil {
		return nil, err
	}
	if !slices.ContainsFunc(all, func(p plan.Plan) bool { return p.ID == in.ID }) {
		return nil, errs.E(errs.NotFound, "没有公布过这份计划")
	}
	p, err := s.Plan.Plan(ctx, a.ID, in.ID)
	if err != nil {
		return nil, err
	}
	out := &body[shape.PublicPlan]{shape.PublicPlan{PlanLine: planLine(p), Record: p.Public(), Rounds: []shape.RoundLine{}}}
	versions, err := s.Plan.Versions(ctx, a.ID, p.Root)
	if err != nil {
		return nil, err
	}
	for _, v := range versions {
		out.Body.Versions = append(out.Body.Versions, planLine(v))
	}
	rounds, err := openbook.Of(s.Round).Rounds(ctx, a.ID)
	if err != nil {
		return nil, err
	}
	for _, r := range rounds {
		if slices.ContainsFunc(versions, func(v plan.Plan) bool { return v.ID == r.PlanID }) {
			out.Body.Rounds = append(out.Body.Rounds, roundLine(r))
		}
	}
	out.Body.Ledger, err = s.entries(ctx, a.ID, p.ID)
	return out, err
}

func roundLine(p openbook.Round) shape.RoundLine {
	l := shape.RoundLine{ID: p.ID, Title: p.Title, Plan: p.PlanID, Window: p.WindowNo, Attempt: p.Attempt, State: string(p.State),
		SealedAt: instant(p.SealedAt), DrawnAt: instant(p.DrawnAt)}
	for _, st := range p.Strata {
		l.Size, l.Draw = l.Size+st.Size, l.Draw+st.Draw
	}
	return l
}

func (s *Server) rounds(ctx context.Context, in *listInput) (*listed[shape.RoundLine], error) {
	a, err := s.officeOf(ctx, in.Authority, "")
	if err != nil {
		return nil, err
	}
	all, err := openbook.Of(s.Round).Rounds(ctx, a.ID)
	if err != nil {
		return nil, err
	}
	some, next, err := cut(all, of("rounds", a.ID), in.Paging, func(r openbook.Round) string { return ranked(r.SealedAt.UnixMilli()) + r.ID })
	var out []shape.RoundLine
	for _, r := range some {
		out = append(out, roundLine(r))
	}
	return pageOf("rounds", in.query(in.Paging), out, next), err
}

func (s *Server) round(ctx context.Context, in *One) (*body[shape.PublicRound], error) {
	a, err := s.officeOf(ctx, in.Authority, in.ID)
	if err != nil {
		return nil, err
	}
	rate, err := s.Disclosure.Rate(ctx, a.ID, in.ID)
	if err != nil {
		return nil, err
	}
	var published []string
	for _, row := range rate.Rows {
		if row.Public {
			published = append(published, row.Form.Firm.TargetID)
		}
	}
	r, err := openbook.Of(s.Round).Round(ctx, a.ID, in.ID, published)
	if err != nil {
		return nil, err
	}
	out := &body[shape.PublicRound]{shape.PublicRound{Round: whole(r), Rate: shape.Rate{Due: rate.Due, Published: rate.Published, OnTime: rate.OnTime, Late: rate.Late, Overdue: rate.Overdue, Exempt: rate.Exempt, BasisPoints: rate.BasisPoints()}}}
	if out.Body.Changes, err = replay.New(s.Round).Standing(ctx, a.ID, in.ID); err != nil {
		return nil, err
	}
	out.Body.Changes.Hands = some(out.Body.Changes.Hands)
	subjects := []string{r.ID}
	for _, h := range r.Halves {
		subjects = append(subjects, r.ID+"."+h.Half)
	}
	out.Body.Ledger, err = s.entries(ctx, a.ID, subjects...)
	return out, err
}

// whole writes empty lists as lists.
func whole(r openbook.Round) openbook.Round {
	r.Strata, r.Tickets, r.Removals, r.Substitutions, r.Firms = some(r.Strata), some(r.Tickets), some(r.Removals), some(r.Substitutions), some(r.Firms)
	r.Halves = some(r.Halves)
	for i := range r.Halves {
		r.Halves[i].Lists, r.Halves[i].Sources = some(r.Halves[i].Lists), some(r.Halves[i].Sources)
	}
	return r
}

func (s *Server) exclusions(ctx context.Context, in *One) (*body[shape.Exclusions], error) {
	a, err := s.officeOf(ctx, in.Authority, in.ID)
	if err != nil {
		return nil, err
	}
	r, err := openbook.Of(s.Round).Round(ctx, a.ID, in.ID, nil)
	if err != nil {
		return nil, err
	}
	counts, known := s.excluded.Load(r.ID)
	if !known {
		if counts, err = openbook.Of(s.Round).Excluded(ctx, a.ID, r.ID); err != nil {
			return nil, err
		}
		s.excluded.Store(r.ID, counts)
	}
	out := &body[shape.Exclusions]{shape.Exclusions{Reasons: some(counts.([]round.Counted))}}
	for _, c := range out.Body.Reasons {
		out.Body.Total += c.Count
	}
	return out, nil
}

// entries are the ledger's about the subjects, in their order.
func (s *Server) entries(ctx context.Context, authority string, subjects ...string) ([]shape.Entry, error) {
	out := []shape.Entry{}
	for _, subject := range subjects {
		all, err := s.Scribe.Entries(ctx, authority, subject)
		if err != nil {
			return nil, err
		}
		for _, e := range all {
			x := shape.Entry{Position: e.Position, At: instant(e.Entry.At), Type: string(e.Entry.Type), Subject: subject}
			if e.Position >= 0 {
				x.Receipt = scribe.ReceiptPath(authority, e.Position)
			}
			out = append(out, x)
		}
	}
	slices.SortStableFunc(out, func(a, b shape.Entry) int { return strings.Compare(a.At, b.At) })
	return out, nil
}

// codeFacets are the result codes with their counts.
func codeFacets(c disclosure.Counters) []shape.Facet {
	out := []shape.Facet{}
	for _, x := range c.ByCode {
		out = append(out, shape.Facet{Value: string(x.Code), Label: x.Code.Name(), Count: x.Count})
	}
	return out
}

// numberHint says what is wrong with a number of a firm; empty if the text is
// none or is right.
func numberHint(text string) string {
	x := uscc.Check(text)
	if n := len(x.Code); n < 17 || n > 19 || x.Valid() {
		return ""
	}
	return x.Sentence()
}

// code is a result code of the table, as a filter.
func code(text string) (inspection.Code, error) {
	c := inspection.Code(text)
	if _, ok := c.Info(); text != "" && !ok {
		return c, an{badRequest, "没有结果代码“" + text + "”。代码见 listResultFacets"}
	}
	return c, nil
}
