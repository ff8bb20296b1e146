package entrance

import (
	"io"
	"net/http"
	"strconv"
	"time"

	"suiji/calendar"
	"suiji/internal/access"
	"suiji/internal/audit"
	"suiji/internal/counter"
	"suiji/internal/errs"
	"suiji/internal/office"
	"suiji/internal/page"
	"suiji/internal/store"
)

type auditPage struct {
	page.Base
	Query    audit.Query
	From, To string
	Entries  []audit.Entry
	Acts     []page.Option
	Older    string // address of the entries before these; empty: there are none
	Export   string
}

const auditLimit = 100

// auditQuery reads what the auditor asks for. Days are whole, in the office's
// time.
func auditQuery(r *http.Request) (q audit.Query, err error) {
	v := r.URL.Query()
	q = audit.Query{Object: v.Get("object"), Actor: v.Get("actor"), Action: v.Get("action"), Refused: v.Get("refused") != ""}
	for name, set := range map[string]func(calendar.Date){
		"from": func(d calendar.Date) { q.From = d.Start() },
		"to":   func(d calendar.Date) { q.Before = d.AddDays(1).Start() },
	} {
		var d calendar.Date
		if err := d.UnmarshalText([]byte(v.Get(name))); err != nil {
			return q, errs.At(name, err.Error())
		}
		if d != (calendar.Date{}) {
			set(d)
		}
	}
	if ms, err := strconv.ParseInt(v.Get("before"), 10, 64); err == nil {
		q.Before = time.UnixMilli(ms)
	}
	return q, nil
}

func (s *Server) audit(r *http.Request) (page.Page, error) {
	q, err := auditQuery(r)
	if err != nil {
		return nil, err
	}
	v := r.URL.Query()
	v.Del("before") // where the page stands is no condition
	p := &auditPage{Base: page.Base{Title: "审计日志"}, Query: q, From: v.Get("from"), To: v.Get("to"), Export: "/w/audit/export.csv?" + v.Encode()}
	for _, act := range access.Actions() {
		p.Acts = append(p.Acts, page.Option{Value: string(act), Label: act.Name()})
	}
	p.Entries, err = s.Door.Find(r.Context(), counter.Actor(r).Authority, q, auditLimit)
	if n := len(p.Entries); n == auditLimit {
		v.Set("before", strconv.FormatInt(p.Entries[n-1].At.UnixMilli(), 10))
		p.Older = "/w/audit?" + v.Encode()
	}
	return p, err
}

// exportAudit is what the auditor takes away: the entries that the page's
// conditions choose, all of them. The firms that they are about may not be
// disclosed yet, so that the log says who took it.
func (s *Server) exportAudit(r *http.Request) (*page.File, error) {
	q, err := auditQuery(r)
	if err != nil {
		return nil, err
	}
	ctx, authority := r.Context(), counter.Actor(r).Authority
	if err := s.Door.Do(ctx, counter.Actor(r), access.DrawnLook, "audit", func(*store.DB) error { return nil }); err != nil {
		return nil, err
	}
	rows := func(yield func([]string, error) bool) {
		stop := io.EOF
		err := s.Door.Each(ctx, authority, q, func(e audit.Entry) error {
			said := "已执行"
			if !e.Allowed {
				said = "已拒绝"
			}
			if !yield([]string{calendar.Clock(e.At).Format("2006-01-02 15:04:05"), e.ActorID, e.Actor, e.Action.Name(), string(e.Action), e.Object, said}, nil) {
				return stop
			}
			return nil
		})
		if err != nil && err != stop {
			yield(nil, err)
		}
	}
	return &page.File{Name: "审计日志-" + calendar.In(s.Now()).String() + ".csv", Type: "text/csv; charset=utf-8", Write: func(w io.Writer) error {
		return office.WriteCSV(w, []string{"时间", "账号", "姓名", "操作", "操作代码", "对象", "结果"}, rows)
	}}, nil
}

type chainPage struct {
	page.Base
	Chain audit.Chain
}

// chain works the log out anew, entry by entry.
func (s *Server) chain(r *http.Request) (page.Page, error) {
	p := &chainPage{Base: page.Base{Title: "核对审计日志", Trail: []page.Link{{Word: "审计日志", Href: "/w/audit"}}}}
	var err error
	p.Chain, err = s.Door.Check(r.Context(), counter.Actor(r).Authority)
	return p, err
}
