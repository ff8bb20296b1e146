package api

import (
	"context"
	"fmt"
	"net/url"
	"slices"
	"strconv"

	"suiji/internal/disclosure"
	"suiji/internal/errs"
	"suiji/internal/openbook"
	"suiji/internal/register"
	"suiji/internal/shape"
)

type resultsInput struct {
	Office
	Paging
	Text  string `query:"q" maxLength:"100" doc:"被检查单位名称或者代码的一部分"`
	Year  int    `query:"year" minimum:"0" maximum:"2999" doc:"年度；0 或者不填为全部"`
	Round string `query:"round" maxLength:"100" doc:"轮次"`
	Code  string `query:"code" maxLength:"10" doc:"结果代码"`
	Count string `query:"count" enum:"exact" doc:"exact：同时给出全部条数；q 符合 1,000 户以上时不给出"`
}

func result(v disclosure.Version) shape.Result {
	r := shape.Result{Form: v.FormID, Version: v.Version, State: string(v.State), StateLabel: v.State.Name(), Current: v.Current, Round: v.RoundID, Year: v.Year,
		PostedAt: instant(v.PostedAt), DueOn: v.DueOn.String(), Reason: v.Reason, Digest: v.Digest}
	if v.Public {
		r.Salt, r.Record = v.Salt, &shape.Record{RawMessage: raw(v.JSON)}
	}
	return r
}

func resultsOf(list []disclosure.Version) []shape.Result {
	out := make([]shape.Result, 0, len(list))
	for _, v := range list {
		out = append(out, result(v))
	}
	return out
}

func (s *Server) results(ctx context.Context, in *resultsInput) (*listed[shape.Result], error) {
	a, err := s.officeOf(ctx, in.Authority, "")
	if err != nil {
		return nil, err
	}
	c, err := code(in.Code)
	if err != nil {
		return nil, err
	}
	list := of("results", a.ID, in.Text, strconv.Itoa(in.Year), in.Round, in.Code)
	after, err := open(list, in.Cursor)
	if err != nil {
		return nil, err
	}
	found, err := s.Disclosure.Results(ctx, a.ID, disclosure.Query{Text: in.Text, Code: c, Year: in.Year, RoundID: in.Round, After: after, Limit: in.Limit, Uncounted: in.Count == ""})
	if err != nil {
		return nil, err
	}
	q := in.query(in.Paging)
	for name, v := range map[string]string{"q": in.Text, "round": in.Round, "code": in.Code, "count": in.Count} {
		if v != "" {
			q.Set(name, v)
		}
	}
	if in.Year != 0 {
		q.Set("year", strconv.Itoa(in.Year))
	}
	out := pageOf("results", q, resultsOf(found.Results), seal(list, found.Next))
	if in.Count != "" && !found.AtLeast {
		out.Body.Total = &found.Total
	}
	return out, nil
}

type yearInput struct {
	Office
	Year int `query:"year" minimum:"0" maximum:"2999" doc:"年度；不填为最近公布计划的年度"`
}

// years are those with a published plan, the newest first.
func (s *Server) years(ctx context.Context, authority string) ([]int, error) {
	plans, err := s.Plan.Published(ctx, authority)
	years := []int{}
	for _, p := range plans {
		years = append(years, p.Year)
	}
	slices.Sort(years)
	years = slices.Compact(years)
	slices.Reverse(years)
	return years, err
}

// counted returns the figures of a year, or of the newest one.
func (s *Server) counted(ctx context.Context, in *yearInput) (authority string, years []int, c disclosure.Counters, err error) {
	a, err := s.officeOf(ctx, in.Authority, "")
	if err != nil {
		return "", nil, c, err
	}
	if years, err = s.years(ctx, a.ID); err != nil {
		return "", nil, c, err
	}
	year := in.Year
	if year == 0 && len(years) > 0 {
		year = years[0]
	}
	c, err = s.Disclosure.Counters(ctx, a.ID, year)
	return a.ID, years, c, err
}

func (s *Server) facets(ctx context.Context, in *yearInput) (*body[shape.Facets], error) {
	authority, years, c, err := s.counted(ctx, in)
	if err != nil {
		return nil, err
	}
	out := &body[shape.Facets]{shape.Facets{Years: years, Codes: codeFacets(c), Rounds: []shape.Facet{}}}
	plans, err := s.Plan.Published(ctx, authority)
	if err != nil {
		return nil, err
	}
	of := map[string]bool{}
	for _, p := range plans {
		of[p.ID] = p.Year == c.Year
	}
	rounds, err := openbook.Of(s.Round).Rounds(ctx, authority)
	if err != nil {
		return nil, err
	}
	for _, r := range rounds {
		if of[r.PlanID] {
			rate, err := s.Disclosure.Rate(ctx, authority, r.ID)
			if err != nil {
				return nil, err
			}
			out.Body.Rounds = append(out.Body.Rounds, shape.Facet{Value: r.ID, Label: r.Title, Count: rate.Published})
		}
	}
	return out, nil
}

type formInput struct {
	Office
	Form string `path:"form" maxLength:"100" doc:"检查表编号"`
}

func (s *Server) result(ctx context.Context, in *formInput) (*body[shape.PublicResult], error) {
	a, err := s.officeOf(ctx, in.Authority, in.Form)
	if err != nil {
		return nil, err
	}
	versions, err := s.Disclosure.Result(ctx, a.ID, in.Form)
	if err != nil {
		return nil, err
	}
	out := &body[shape.PublicResult]{shape.PublicResult{Form: in.Form, Versions: resultsOf(versions)}}
	out.Body.Ledger, err = s.entries(ctx, a.ID, in.Form)
	return out, err
}

// mostChanges bounds what a page of corrections is cut from; an authority has
// some dozens.
const mostChanges = 100_000

func (s *Server) corrections(ctx context.Context, in *listInput) (*listed[shape.Result], error) {
	a, err := s.officeOf(ctx, in.Authority, "")
	if err != nil {
		return nil, err
	}
	all, err := s.Disclosure.Changes(ctx, a.ID, mostChanges)
	if err != nil {
		return nil, err
	}
	some, next, err := cut(all, of("corrections", a.ID), in.Paging, func(v disclosure.Version) string {
		return ranked(v.PostedAt.UnixMilli()) + v.FormID + ranked(int64(v.Version))
	})
	return pageOf("corrections", in.query(in.Paging), resultsOf(some), next), err
}

// mostFirms is how many firms a search shows; more words find fewer.
const mostFirms = 50

func firmLine(f disclosure.PublicFirm) shape.FirmLine {
	return shape.FirmLine{ID: f.TargetID, Name: f.Name, Code: f.Code, Results: f.Results}
}

func (s *Server) firms(ctx context.Context, in *struct {
	Office
	Text string `query:"q" required:"true" minLength:"2" maxLength:"100" doc:"名称的一部分、号码末四位以上或者拼音首字母"`
}) (*listed[shape.FirmLine], error) {
	a, err := s.officeOf(ctx, in.Authority, "")
	if err != nil {
		return nil, err
	}
	found, err := s.Disclosure.Firms(ctx, a.ID, in.Text, mostFirms)
	if err != nil {
		return nil, err
	}
	var out []shape.FirmLine
	for _, f := range found {
		out = append(out, firmLine(f))
	}
	return pageOf("firms", url.Values{}, out, ""), nil
}

func (s *Server) firm(ctx context.Context, in *One) (*body[shape.Firm], error) {
	a, err := s.officeOf(ctx, in.Authority, "")
	if err != nil {
		return nil, err
	}
	f, err := s.Disclosure.Firm(ctx, a.ID, in.ID, true)
	if hint := numberHint(in.ID); errs.KindOf(err) == errs.NotFound && hint != "" {
		err = errs.E(errs.NotFound, "本平台没有该企业的检查记录。"+hint)
	}
	return &body[shape.Firm]{shape.Firm{FirmLine: shape.FirmLine{ID: f.TargetID, Name: f.Name, Code: f.Code, Results: len(f.Results)}, Records: resultsOf(f.Results), Withdrawn: resultsOf(f.Withdrawn)}}, err
}

func item(i disclosure.PublicItem) shape.Item {
	x := shape.Item{ID: i.ID, Category: i.Category, Name: i.Name, Sub: i.Sub, Subject: i.Subject, Level: i.Level, Method: i.Method, Ratio: i.Ratio,
		Frequency: i.Frequency, Body: i.Body, Basis: i.Basis, PublishedOn: i.PublishedOn, Points: []shape.Point{}}
	for _, p := range i.Points {
		x.Points = append(x.Points, shape.Point{Text: p.Text, Basis: p.Basis})
	}
	return x
}

func (s *Server) items(ctx context.Context, in *listInput) (*listed[shape.Item], error) {
	a, err := s.officeOf(ctx, in.Authority, "")
	if err != nil {
		return nil, err
	}
	all, err := s.Disclosure.Items(ctx, a.ID)
	if err != nil {
		return nil, err
	}
	some, next, err := cut(all, of(string(register.Items), a.ID), in.Paging, func(i disclosure.PublicItem) string { return i.ID })
	var out []shape.Item
	for _, i := range some {
		out = append(out, item(i))
	}
	return pageOf("items", in.query(in.Paging), out, next), err
}

func (s *Server) item(ctx context.Context, in *One) (*body[shape.Item], error) {
	a, err := s.officeOf(ctx, in.Authority, "")
	if err != nil {
		return nil, err
	}
	all, err := s.Disclosure.Items(ctx, a.ID)
	if err != nil {
		return nil, err
	}
	i := slices.IndexFunc(all, func(x disclosure.PublicItem) bool { return x.ID == in.ID })
	if i < 0 {
		return nil, errs.E(errs.NotFound, "清单里没有这个事项，或者它没有公布")
	}
	return &body[shape.Item]{item(all[i])}, nil
}

func (s *Server) inspectors(ctx context.Context, in *listInput) (*listed[shape.Inspector], error) {
	a, err := s.officeOf(ctx, in.Authority, "")
	if err != nil {
		return nil, err
	}
	all, err := s.Disclosure.Officers(ctx, a.ID)
	if err != nil {
		return nil, err
	}
	some, next, err := cut(all, of("inspectors", a.ID), in.Paging, func(o disclosure.PublicOfficer) string { return o.Cert + "\x00" + o.Name })
	var out []shape.Inspector
	for _, o := range some {
		fields := o.Field
		if fields == nil {
			fields = []string{}
		}
		out = append(out, shape.Inspector{Name: o.Name, Unit: o.Unit, Post: o.Post, Kind: o.Kind, Certificate: o.Cert, ValidUntil: o.Until, Fields: fields})
	}
	return pageOf("inspectors", in.query(in.Paging), out, next), err
}

func (s *Server) statistics(ctx context.Context, in *yearInput) (*body[shape.Statistics], error) {
	_, _, c, err := s.counted(ctx, in)
	return &body[shape.Statistics]{shape.Statistics{Year: c.Year, Rounds: c.Rounds, Drawn: c.Drawn, Inspected: c.Inspected, Published: c.Published, Problems: c.Problems, Corrected: c.Corrected, Withdrawn: c.Withdrawn, Codes: codeFacets(c)}}, err
}

func (s *Server) fairness(ctx context.Context, in *Office) (*body[shape.Fairness], error) {
	a, err := s.officeOf(ctx, in.Authority, "")
	if err != nil {
		return nil, err
	}
	x, err := s.Stats.Report(ctx, a.ID)
	if err != nil {
		return nil, err
	}
	changes, err := s.Stats.Changes(ctx, a.ID)
	x.Draws, x.Themes, x.Flags = some(x.Draws), some(x.Themes), some(x.Flags)
	for i := range x.Themes {
		x.Themes[i].Looks = some(x.Themes[i].Looks)
	}
	return &body[shape.Fairness]{shape.Fairness{CountedAt: instant(x.CountedAt), Waiting: x.Waiting, Replaced: changes.Replaced, ByHand: changes.ByHand, Report: x.Report}}, err
}

func (s *Server) ledger(ctx context.Context, in *Office) (*body[shape.Ledger], error) {
	a, err := s.officeOf(ctx, in.Authority, "")
	if err != nil {
		return nil, err
	}
	out := &body[shape.Ledger]{shape.Ledger{Authority: a.ID, Address: fmt.Sprintf("%s/ledger/%s/", s.BaseURL, a.ID)}}
	out.Body.Checkpoint, out.Body.Size, err = s.Scribe.Checkpoint(ctx, a.ID)
	if errs.KindOf(err) == errs.NotFound {
		return out, nil
	}
	if err != nil {
		return nil, err
	}
	if out.Body.Key, err = s.Scribe.VerifierKey(ctx, a.ID); err != nil {
		return nil, err
	}
	sm2, err := s.Scribe.SM2(ctx, a.ID)
	out.Body.SM2Key = sm2.Verifier
	return out, err
}

func (s *Server) entriesOf(ctx context.Context, in *struct {
	Office
	Subject string `query:"subject" required:"true" maxLength:"120" doc:"计划编号、轮次（抽取的两半为 轮次.targets、轮次.match）或者检查表编号"`
}) (*body[Page[shape.Entry]], error) {
	a, err := s.officeOf(ctx, in.Authority, in.Subject)
	if err != nil {
		return nil, err
	}
	all, err := s.entries(ctx, a.ID, in.Subject)
	return &body[Page[shape.Entry]]{Page[shape.Entry]{Items: all}}, err
}
