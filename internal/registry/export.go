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
	"slices"
	"strings"

	"suiji/calendar"
	"suiji/internal/counter"
	"suiji/internal/office"
	"suiji/internal/page"
	"suiji/internal/register"
)

// export is a list as a file: what is shown, all pages of it, in its order.
type export struct {
	columns []string
	widths  []float64
	codes   []int // columns of numbers that a spreadsheet would spoil
	listing func(*Server, *http.Request) (listing, error)
	rows    func(*Server, *http.Request, listing, func([]string) error) error
}

// Telephones and contacts stay in the office's pages.
var exports = map[register.List]export{
	register.Targets: {
		columns: []string{"统一社会信用代码", "名称", "类型", "登记状态", "成立日期", "区划代码", "所属地区", "注册地址", "实际经营地址", "行业", "标签", "其他号码", "用工地", "数据来源"},
		widths:  []float64{24, 36, 12, 10, 12, 10, 14, 36, 36, 16, 20, 24, 30, 16}, codes: []int{0, 5}, listing: (*Server).targetListing, rows: (*Server).targetRows},
	register.Officers: {
		columns: []string{"执法证号", "姓名", "证件类型", "有效期至", "单位/科室", "职务", "执法领域"},
		widths:  []float64{20, 12, 16, 12, 28, 16, 30}, codes: []int{0}, listing: (*Server).officerListing, rows: (*Server).officerRows},
	register.Items: {
		columns: []string{"事项编码", "抽查类别", "抽查事项", "抽查子项", "检查内容", "检查对象", "事项类别", "检查方式", "检查依据", "抽查比例", "抽查频次", "检查主体", "检查人员要求", "备注", "发布日期"},
		widths:  []float64{16, 16, 36, 24, 50, 20, 10, 20, 50, 10, 14, 20, 20, 20, 12}, codes: []int{0}, listing: (*Server).itemListing, rows: (*Server).itemRows},
}

func (s *Server) exportRoutes(m counter.Routes) {
	for list := range exports {
		m.File(listPaths[list]+"/list.csv", s.listFile(list, "csv"))
		m.File(listPaths[list]+"/list.xlsx", s.listFile(list, "xlsx"))
	}
}

// exportOf is the address of the list that r shows, as a file.
func exportOf(r *http.Request, list register.List, format string) string {
	q := r.URL.Query()
	q.Del("page")
	q.Del("per")
	return (&url.URL{Path: listPaths[list] + "/list." + format, RawQuery: q.Encode()}).String()
}

func (s *Server) targetRows(r *http.Request, l listing, yield func([]string) error) error {
	return s.Register.EachFound(r.Context(), actor(r).Authority, targetFilter(r, l), func(t register.Target) error {
		return yield([]string{t.Code, t.Name, t.Kind, t.State, t.Established.String(), t.AreaCode, t.AreaName, t.Address, t.WorkAddress, t.Industry,
			strings.Join(t.Tags, "、"), strings.Join(t.Numbers, "；"), strings.Join(t.Places, "；"), t.Source})
	})
}

// whole is more than an office has officers or items: these lists are read at
// once.
const whole = 1 << 20

func (s *Server) officerRows(r *http.Request, l listing, yield func([]string) error) error {
	f := officerFilter(r, l)
	f.Limit = whole
	found, _, _, err := s.Register.Officers(r.Context(), actor(r).Authority, f)
	for _, o := range found {
		if err := yield([]string{o.CertNo, o.Name, o.CertKind, o.CertUntil.String(), o.Unit, o.Post, strings.Join(o.Fields, "、")}); err != nil {
			return err
		}
	}
	return err
}

func (s *Server) itemRows(r *http.Request, l listing, yield func([]string) error) error {
	f := itemFilter(r, l)
	f.Limit = whole
	found, _, _, err := s.Register.Items(r.Context(), actor(r).Authority, f)
	for _, i := range found {
		var points []string
		for _, p := range i.Points {
			points = append(points, p.Text)
		}
		err := yield([]string{i.Code, i.Category, i.Name, i.Sub, strings.Join(points, "\n"), i.Subject, i.Level.Name(), i.Method, i.Basis, i.Ratio, i.Frequency, i.Body,
			i.Staff, i.Note, i.PublishedOn.String()})
		if err != nil {
			return err
		}
	}
	return err
}

// written is what a file has got so far.
type written struct {
	rows   int
	digest hash.Hash // of what stands in the cells
}

// read makes a sequence of an export's rows.
func (e export) read(s *Server, r *http.Request, l listing, so *written) iter.Seq2[[]string, error] {
	return func(yield func([]string, error) bool) {
		err := e.rows(s, r, l, func(row []string) error {
			so.rows++
			io.WriteString(so.digest, strings.Join(row, "\t")+"\n")
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

// coded keeps numbers whole in a CSV.
func (e export) coded(rows iter.Seq2[[]string, error]) iter.Seq2[[]string, error] {
	return func(yield func([]string, error) bool) {
		for row, err := range rows {
			if err == nil {
				row = slices.Clone(row)
				for _, c := range e.codes {
					row[c] = office.Code(row[c])
				}
			}
			if !yield(row, err) {
				return
			}
		}
	}
}

// listFile serves the list that is shown as a file.
func (s *Server) listFile(list register.List, format string) func(*http.Request) (*page.File, error) {
	e := exports[list]
	return func(r *http.Request) (*page.File, error) {
		l, err := e.listing(s, r)
		if err != nil {
			return nil, err
		}
		so := &written{digest: sha256.New()}
		rows := e.read(s, r, l, so)
		name := listWords[list] + "-" + s.today().String() + "." + format
		if format == "csv" {
			return &page.File{Name: name, Type: "text/csv; charset=utf-8", Write: func(w io.Writer) error { return office.WriteCSV(w, e.columns, e.coded(rows)) }}, nil
		}
		return workbook(name,
			office.Sheet{Name: listWords[list], Header: e.columns, Widths: e.widths, Rows: cells(rows)},
			office.Sheet{Name: "导出说明", Header: []string{"项目", "内容"}, Widths: []float64{16, 70}, Rows: s.about(r, l, so)}), nil
	}
}

// about says what a file holds. It is asked when the rows are written, so it
// knows them.
func (s *Server) about(r *http.Request, l listing, so *written) iter.Seq2[[]any, error] {
	var filter []string
	for _, c := range l.Chips {
		filter = append(filter, c.Word)
	}
	if filter == nil {
		filter = []string{"全部"}
	}
	order := "编号"
	for _, o := range l.Orders {
		if o.Value == l.Order {
			order = o.Label
		}
	}
	if l.List == register.Targets && l.Query != "" && l.Order == "" {
		order = "最接近的在前"
	}
	return func(yield func([]any, error) bool) {
		for _, x := range [][2]string{{"筛选条件", strings.Join(filter, "；")}, {"排序", order}, {"名录版本", fmt.Sprintf("第 %d 版", l.Version.Number)},
			{"导出时间", calendar.Clock(s.Now()).Format("2006-01-02 15:04")}, {"导出人", actor(r).Name}, {"行数", fmt.Sprint(so.rows)},
			{"SHA-256", hex.EncodeToString(so.digest.Sum(nil))}, {"指纹的算法", "第一张表除表头外的各行，单元格之间用制表符、行末用换行符连接，UTF-8"}} {
			if !yield([]any{x[0], x[1]}, nil) {
				return
			}
		}
	}
}
