package desk

import (
	"fmt"
	"net/http"
	"time"

	"suiji/internal/access"
	"suiji/internal/counter"
	"suiji/internal/errs"
	"suiji/internal/page"
	"suiji/internal/reckon"
	"suiji/internal/scribe"
)

func (s *Server) ledgerRoutes(mux *http.ServeMux) {
	mux.Handle("GET /w/ledger", s.set.Get("ledger", counter.Inside(access.LedgerRead, s.ledger)))
	mux.Handle("POST /w/ledger/check", s.set.Post("ledger", counter.Inside(access.LedgerRead, s.ledger), counter.Keyed(counter.Inside(access.LedgerCheck, s.checkLedger))))
}

// frame is that of every page, with what administrator and auditor must not
// miss about the ledger.
func (s *Server) frame(r *http.Request) page.Frame {
	f := counter.Frame(s.Identity)(r)
	a := actor(r)
	if !access.Allow(a, access.LedgerRead) {
		return f
	}
	var err error
	if f.Alarm, err = s.Scribe.Alarm(r.Context(), a.Authority); err != nil {
		s.Log.Error("ledger", "err", err)
	}
	return f
}

// ledgerPage is the public ledger as those see it who keep and audit it.
type ledgerPage struct {
	page.Base
	scribe.Standing
	Authority string
	SM2       scribe.SM2
	Job       reckon.Job
	Took      string // how long the check has been going on, or took
}

// Refresh is how many seconds the page waits for the check; 0: it does not.
func (p *ledgerPage) Refresh() int {
	if p.Job.Running() {
		return 2
	}
	return 0
}

// Shown are the findings that fit a page.
func (p *ledgerPage) Shown() []reckon.Finding {
	return p.Job.Report.Findings[:min(len(p.Job.Report.Findings), 100)]
}

func (s *Server) ledger(r *http.Request) (page.Page, error) {
	ctx, authority := r.Context(), actor(r).Authority
	p := &ledgerPage{Base: page.Base{Title: "公开台账"}, Authority: authority, Job: s.Reckon.Job(authority)}
	var err error
	p.Standing, err = s.Scribe.Standing(ctx, authority)
	if err != nil && errs.KindOf(err) != errs.NotFound {
		return nil, err
	}
	end := p.Job.Ended
	if p.Job.Running() {
		end = s.Now()
	}
	p.Took = span(end.Sub(p.Job.Began))
	p.SM2, err = s.Scribe.SM2(ctx, authority)
	return p, err
}

// span says how long something took.
func span(d time.Duration) string {
	switch seconds := int(d.Round(time.Second).Seconds()); {
	case seconds < 1:
		return "不到 1 秒"
	case seconds < 60:
		return fmt.Sprintf("%d 秒", seconds)
	default:
		return fmt.Sprintf("%d 分 %d 秒", seconds/60, seconds%60)
	}
}

func (s *Server) checkLedger(r *http.Request) (string, error) {
	return "/w/ledger", s.Reckon.Begin(r.Context(), actor(r))
}
