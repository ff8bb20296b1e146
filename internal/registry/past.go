package registry

import (
	"context"
	"fmt"
	"io"
	"iter"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"

	"suiji/calendar"
	"suiji/internal/access"
	"suiji/internal/counter"
	"suiji/internal/errs"
	"suiji/internal/office"
	"suiji/internal/page"
	"suiji/internal/register"
)

func (s *Server) pastRoutes(m counter.Routes) {
	for _, list := range register.Lists {
		path := listPaths[list]
		m.Get(path+"/changes", "changes", s.changes(list))
		m.File(path+"/changes.csv", s.changesFile(list, "csv"))
		m.File(path+"/changes.xlsx", s.changesFile(list, "xlsx"))
		m.Get(path+"/{id}/edit", "edit", s.edit(list))
		m.Post(path+"/{id}/edit", "edit", s.edit(list), s.amend(list))
	}
}

// queryDay reads a day of the address; empty is the zero Date.
func queryDay(r *http.Request, name string) (calendar.Date, error) {
	typed := strings.TrimSpace(r.URL.Query().Get(name))
	if typed == "" {
		return calendar.Date{}, nil
	}
	d, err := calendar.Parse(typed)
	if err != nil {
		return d, errs.E(errs.Invalid, "网址里的日期“"+typed+"”不存在。请写成 2022-06-01 这样")
	}
	return d, nil
}

// as reads a record as it is, or as it stood on the day that the address asks
// for, which it returns.
func as[T any](r *http.Request, now func(context.Context, string, string) (T, error), on func(context.Context, string, string, calendar.Date) (T, error)) (T, calendar.Date, error) {
	day, err := queryDay(r, "on")
	if err != nil {
		var none T
		return none, day, err
	}
	authority, id := actor(r).Authority, r.PathValue("id")
	if day.Zero() {
		rec, err := now(r.Context(), authority, id)
		return rec, day, err
	}
	rec, err := on(r.Context(), authority, id, day)
	if errs.KindOf(err) == errs.NotFound {
		err = errs.E(errs.NotFound, day.String()+" 那天名录里还没有这条记录")
	}
	return rec, day, err
}

// mostChanges is how many changes the page lists; the file has them all.
const mostChanges = 200

type changesPage struct {
	page.Base
	List                      register.List
	Back, From, To, File      string
	Added, Amended, Withdrawn int
	Rows                      []register.Change
	More                      bool
}

func (s *Server) span(r *http.Request) (from, to calendar.Date, err error) {
	if from, err = queryDay(r, "from"); err != nil {
		return from, to, err
	}
	if to, err = queryDay(r, "to"); err != nil {
		return from, to, err
	}
	if to.Zero() {
		to = s.today()
	}
	if from.Zero() {
		from = to.AddDays(-30)
	}
	if to.Before(from) {
		from, to = to, from
	}
	return from, to, nil
}

func (s *Server) changes(list register.List) page.Show {
	return func(r *http.Request) (page.Page, error) {
		from, to, err := s.span(r)
		if err != nil {
			return nil, err
		}
		p := &changesPage{Base: page.Base{Title: list.Name() + "的变动", Trail: upTo(listWords[list], listPaths[list])}, List: list,
			Back: listPaths[list], From: from.String(), To: to.String(), File: "from=" + from.String() + "&to=" + to.String()}
		err = s.Register.EachChange(r.Context(), actor(r).Authority, list, from, to, func(c register.Change) error {
			switch c.Kind {
			case register.Entered:
				p.Added++
			case register.Amended:
				p.Amended++
			default:
				p.Withdrawn++
			}
			if p.More = len(p.Rows) == mostChanges; !p.More {
				p.Rows = append(p.Rows, c)
			}
			return nil
		})
		return p, err
	}
}

// errStop ends a walk whose reader wants no more.
var errStop = errs.E(errs.Internal, "the reader has gone")

// changeRows are the changes as rows of a file, a row for each field.
func (s *Server) changeRows(r *http.Request, list register.List, from, to calendar.Date) iter.Seq2[[]string, error] {
	return func(yield func([]string, error) bool) {
		err := s.Register.EachChange(r.Context(), actor(r).Authority, list, from, to, func(c register.Change) error {
			rows := [][]string{{c.ID, c.Name, string(c.Kind), "", "", c.Reason}}
			if c.Kind == register.Amended {
				rows = nil
				for _, f := range c.Fields {
					rows = append(rows, []string{c.ID, c.Name, string(c.Kind), f.Label, f.Before, f.After})
				}
			}
			for _, row := range rows {
				if !yield(row, nil) {
					return errStop
				}
			}
			return nil
		})
		if err != nil && err != errStop {
			yield(nil, err)
		}
	}
}

var changeColumns = []string{"编号", "名称", "变动", "项目", "变动前", "变动后"}

func (s *Server) changesFile(list register.List, format string) func(*http.Request) (*page.File, error) {
	return func(r *http.Request) (*page.File, error) {
		from, to, err := s.span(r)
		if err != nil {
			return nil, err
		}
		rows := s.changeRows(r, list, from, to)
		f := &page.File{Name: fmt.Sprintf("%s变动-%s至%s.%s", list.Name(), from, to, format)}
		if format == "csv" {
			f.Type = "text/csv; charset=utf-8"
			f.Write = func(w io.Writer) error { return office.WriteCSV(w, changeColumns, rows) }
			return f, nil
		}
		f.Type = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
		about := [][]string{{"名录", list.Name()}, {"自", from.String() + " 日终"}, {"至", to.String() + " 日终"}, {"导出时间", calendar.Clock(s.Now()).Format("2006-01-02 15:04")}, {"导出人", actor(r).Name}}
		f.Write = func(w io.Writer) error {
			return office.WriteXLSX(w, []office.Sheet{
				{Name: "变动", Header: changeColumns, Widths: []float64{24, 36, 10, 16, 36, 36}, Rows: cells(rows)},
				{Name: "导出说明", Header: []string{"项目", "内容"}, Widths: []float64{16, 40}, Rows: office.Texts(about)},
			})
		}
		return f, nil
	}
}

func cells(rows iter.Seq2[[]string, error]) iter.Seq2[[]any, error] {
	return func(yield func([]any, error) bool) {
		for row, err := range rows {
			out := make([]any, len(row))
			for i, c := range row {
				out[i] = c
			}
			if !yield(out, err) {
				return
			}
		}
	}
}

// editLine is one input of the form.
type editLine struct {
	register.Line
	Options []page.Option
}

// clashRow is what two people made of one thing.
type clashRow struct {
	Label, Was, Theirs, Mine string
	Both                     bool // changed it, and not to the same
}

type editPage struct {
	page.Base
	List    register.List
	ID      string
	At      string // the address of the record
	Version int64
	Today   string
	Lines   []editLine
	Clash   []clashRow
	By      register.Version // who was first
	May     bool
}

func (s *Server) edit(list register.List) page.Show {
	return func(r *http.Request) (page.Page, error) {
		a, id := actor(r), r.PathValue("id")
		lines, version, err := s.Register.Lines(r.Context(), a.Authority, list, id, 0)
		if err != nil {
			return nil, err
		}
		at := listPaths[list] + "/" + url.PathEscape(id)
		p := &editPage{Base: page.Base{Title: "修改" + lines[0].Value, Trail: append(upTo(listWords[list], listPaths[list]), page.Link{Word: "记录", Href: at})},
			List: list, ID: id, At: at, Version: version, Today: s.today().String(), May: access.Allow(a, access.RegisterEdit)}
		for _, l := range lines {
			p.Lines = append(p.Lines, editLine{l, words(l.Choices)})
		}
		base, err := strconv.ParseInt(r.PostFormValue("base"), 10, 64)
		if err != nil || base == version {
			return p, nil
		}
		return p, s.besides(r, p, base)
	}
}

// besides puts the two changes side by side, and lets the form hold both: what
// this person did not touch becomes what the other has made of it.
func (s *Server) besides(r *http.Request, p *editPage, base int64) error {
	was, _, err := s.Register.Lines(r.Context(), actor(r).Authority, p.List, p.ID, base)
	if errs.KindOf(err) == errs.NotFound {
		return nil // a base that never was: the form is shown as the record stands
	}
	if err != nil {
		return err
	}
	for i, now := range p.Lines {
		mine := strings.TrimSpace(strings.ReplaceAll(r.PostFormValue(now.Name), "\r", ""))
		touched, moved := mine != was[i].Value, now.Value != was[i].Value
		if touched || moved {
			p.Clash = append(p.Clash, clashRow{now.Label, was[i].Value, now.Value, mine, touched && moved && mine != now.Value})
		}
		if !touched {
			r.PostForm.Set(now.Name, now.Value)
		}
	}
	r.PostForm.Set("base", strconv.FormatInt(p.Version, 10))
	events, err := s.Register.History(r.Context(), actor(r).Authority, p.List, p.ID)
	if len(events) > 0 {
		p.By = events[0].Version
	}
	return err
}

func (s *Server) amend(list register.List) page.Act {
	return func(r *http.Request) (string, error) {
		id := r.PathValue("id")
		base, err := strconv.ParseInt(r.PostFormValue("base"), 10, 64)
		if err != nil {
			return "", errs.E(errs.Invalid, "页面内容不完整，没有保存。请重新打开这条记录再修改")
		}
		m := register.Amendment{Base: base, Values: map[string]string{}, Effective: r.PostFormValue("effective"), Source: r.PostFormValue("because")}
		for name, typed := range r.PostForm {
			if !slices.Contains([]string{"base", "effective", "because", "key"}, name) {
				m.Values[name] = typed[0]
			}
		}
		return listPaths[list] + "/" + url.PathEscape(id), s.Register.Amend(r.Context(), actor(r), list, id, m)
	}
}
