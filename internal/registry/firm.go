package registry

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"hash"
	"io"
	"iter"
	"net/http"
	"net/url"
	"strings"

	"suiji/internal/inspection"
	"suiji/internal/office"
	"suiji/internal/page"
	"suiji/internal/register"
)

// firmForm is an inspection of a firm.
type firmForm struct {
	inspection.Form
	Tag page.Tag
}

func formTag(state inspection.State) page.Tag {
	tone := map[inspection.State]page.Tone{inspection.Entered: page.Doing, inspection.Returned: page.Warn, inspection.Confirmed: page.OK}[state]
	return page.Tag{Tone: tone, Word: state.Name()}
}

// inspected adds where people of a firm work, its inspections, and how many
// visits of the year count against caps.
func (s *Server) inspected(r *http.Request, p *targetPage) error {
	ctx, a := r.Context(), actor(r)
	p.Places, p.Year = p.Target.Workplaces(), s.today().Year()
	forms, err := s.Inspection.Forms(ctx, a.Authority, inspection.Filter{TargetID: p.Target.ID})
	if err != nil {
		return err
	}
	for _, f := range forms {
		p.Forms = append(p.Forms, firmForm{f, formTag(f.State)})
	}
	exempt, err := s.Caps.Exemptions(ctx, a.Authority)
	if err != nil {
		return err
	}
	spared := map[string]bool{}
	for _, x := range exempt {
		spared[x] = true
	}
	if p.Visits, err = s.Caps.Of(ctx, a.Authority, p.Target.ID); err != nil {
		return err
	}
	for _, v := range p.Visits {
		if v.Day.Year() == p.Year && !spared[v.Reason] {
			p.Counted++
		}
	}
	return nil
}

// targetOrders are the ways to sort the firms.
var targetOrders = []page.Option{{Value: string(register.ByName), Label: "名称"}, {Value: string(register.ByCode), Label: "号码"}, {Value: string(register.ByChange), Label: "最近变动"}}

// targetFilter reads what the address chooses.
func targetFilter(r *http.Request, l listing) register.TargetFilter {
	q := r.URL.Query()
	return register.TargetFilter{Query: l.Query, Kind: q.Get("kind"), State: q.Get("state"), Tag: q.Get("tag"), Order: register.Order(q.Get("order")),
		Withdrawn: l.Standing == gone, On: l.On}
}

// mostSubs is how many sub-registers stand above the list.
const mostSubs = 12

// subRegisters are the sub-registers by tag with their numbers of firms; the
// classes of gradings have pages of their own.
func subRegisters(tags []register.Tally, chosen string) []page.Link {
	var all []page.Link
	for _, t := range tags {
		if !strings.HasPrefix(t.Word, register.CreditTag) && len(all) < mostSubs {
			all = append(all, page.Link{Word: t.Word, Href: "/w/targets?" + url.Values{"tag": {t.Word}}.Encode(), Count: t.Count, Current: t.Word == chosen})
		}
	}
	return all
}

// exportOf is the address of the list that r shows, as a file.
func exportOf(r *http.Request, format string) string {
	q := r.URL.Query()
	q.Del("page")
	q.Del("per")
	return (&url.URL{Path: "/w/targets/list." + format, RawQuery: q.Encode()}).String()
}

var targetColumns = []string{"统一社会信用代码", "名称", "类型", "登记状态", "成立日期", "区划代码", "所属地区", "注册地址", "实际经营地址", "行业", "标签", "其他号码", "用工地", "数据来源"}

// targetRows are the firms that a filter chooses, as they are read. digest
// takes what a CSV file would hold of each.
func (s *Server) targetRows(r *http.Request, f register.TargetFilter, n *int, digest hash.Hash) iter.Seq2[[]string, error] {
	return func(yield func([]string, error) bool) {
		err := s.Register.EachFound(r.Context(), actor(r).Authority, f, func(t register.Target) error {
			row := []string{t.Code, t.Name, t.Kind, t.State, t.Established.String(), t.AreaCode, t.AreaName, t.Address, t.WorkAddress, t.Industry,
				strings.Join(t.Tags, "、"), strings.Join(t.Numbers, "；"), strings.Join(t.Places, "；"), t.Source}
			*n++
			io.WriteString(digest, strings.Join(row, "\t")+"\n")
			if !yield(row, nil) {
				return errStop
			}
			return nil
		})
		if err != nil && err != errStop {
			yield(nil, err)
		}
	}
}

// targetsFile serves the list that is shown as a file; contact and telephone
// stay in the office's pages.
func (s *Server) targetsFile(format string) func(*http.Request) (*page.File, error) {
	return func(r *http.Request) (*page.File, error) {
		l, err := s.listing(r, register.Targets)
		if err != nil {
			return nil, err
		}
		f, n, digest := targetFilter(r, l), 0, sha256.New()
		l.chip(r, "kind", "类型", f.Kind)
		l.chip(r, "state", "登记状态", f.State)
		l.chip(r, "tag", "标签", f.Tag)
		rows := s.targetRows(r, f, &n, digest)
		name := "检查对象-" + s.today().String() + "." + format
		if format == "csv" {
			return &page.File{Name: name, Type: "text/csv; charset=utf-8", Write: func(w io.Writer) error { return office.WriteCSV(w, targetColumns, rows) }}, nil
		}
		var filter []string
		for _, c := range l.Chips {
			filter = append(filter, c.Word)
		}
		if filter == nil {
			filter = []string{"全部"}
		}
		// The second sheet is written when the first is whole, so it knows it.
		about := func(yield func([]any, error) bool) {
			for _, x := range [][2]string{{"筛选条件", strings.Join(filter, "；")}, {"名录版本", fmt.Sprintf("第 %d 版", l.Version.Number)},
				{"导出时间", s.Now().In(china).Format("2006-01-02 15:04")}, {"导出人", actor(r).Name}, {"行数", fmt.Sprint(n)},
				{"SHA-256", hex.EncodeToString(digest.Sum(nil))}, {"指纹的算法", "第一张表除表头外的各行，单元格之间用制表符、行末用换行符连接，UTF-8"}} {
				if !yield([]any{x[0], x[1]}, nil) {
					return
				}
			}
		}
		return workbook(name,
			office.Sheet{Name: "检查对象", Header: targetColumns, Widths: []float64{24, 36, 12, 10, 12, 10, 14, 36, 36, 16, 20, 24, 30, 16}, Rows: cells(rows)},
			office.Sheet{Name: "导出说明", Header: []string{"项目", "内容"}, Widths: []float64{16, 70}, Rows: about}), nil
	}
}
