package entrance

import (
	"net/http"
	"strconv"
	"time"

	"suiji/internal/audit"
	"suiji/internal/counter"
	"suiji/internal/page"
)

type auditPage struct {
	page.Base
	Object  string
	Entries []audit.Entry
	More    int64 // ms of the oldest entry shown; 0: no more
}

const auditLimit = 100

func (s *Server) audit(r *http.Request) (page.Page, error) {
	var before time.Time
	if ms, err := strconv.ParseInt(r.FormValue("before"), 10, 64); err == nil {
		before = time.UnixMilli(ms)
	}
	p := &auditPage{Base: page.Base{Title: "审计日志"}, Object: r.FormValue("object")}
	var err error
	p.Entries, err = s.Door.Entries(r.Context(), counter.Actor(r).Authority, p.Object, before, auditLimit)
	if n := len(p.Entries); n == auditLimit {
		p.More = p.Entries[n-1].At.UnixMilli()
	}
	return p, err
}
