package portal

import (
	"fmt"
	"net/http"
	"slices"
	"strings"
	"time"

	"suiji/internal/disclosure"
	"suiji/internal/errs"
	"suiji/internal/openbook"
	"suiji/internal/opendata"
	"suiji/internal/page"
)

// feedFile makes the feed of an address: plans.atom, rounds.atom, results.atom.
func (s *Server) feedFile(r *http.Request) (*page.File, error) {
	a, in, err := s.pick(r)
	if err != nil {
		return nil, err
	}
	var all []opendata.News
	title := ""
	switch r.PathValue("feed") {
	case "plans.atom":
		title = "年度计划"
		all, err = s.planNews(r, a.ID)
	case "rounds.atom":
		title = "抽取记录"
		all, err = s.roundNews(r, a.ID)
	case "results.atom":
		title = "检查结果"
		all, err = s.resultsAndWithdrawals(r, a.ID)
	case "penalties.atom":
		title = "行政处罚信息"
		all, err = s.penaltyNews(r, a.ID)
	default:
		return nil, errs.E(errs.NotFound, "没有这个订阅")
	}
	if err != nil {
		return nil, err
	}
	return s.atom(r, a.Name+"："+title, a.Name, in, all)
}

func (s *Server) planNews(r *http.Request, authority string) (all []opendata.News, err error) {
	plans, err := s.Plan.Published(r.Context(), authority)
	for _, p := range plans {
		all = append(all, opendata.News{Path: "/plans/" + p.ID, Title: p.Title, Summary: p.Number, At: p.PublishedAt})
	}
	return all, err
}

func (s *Server) roundNews(r *http.Request, authority string) (all []opendata.News, err error) {
	rounds, err := openbook.Of(s.Round).Rounds(r.Context(), authority)
	for _, p := range rounds {
		at := p.SealedAt
		for _, t := range []time.Time{p.DrawnAt, p.ConfirmedAt, p.MatchedAt, p.ClosedAt} {
			if t.After(at) {
				at = t
			}
		}
		all = append(all, opendata.News{Path: "/rounds/" + p.ID, Title: p.Title, Summary: fmt.Sprintf("%s：%s，抽中 %d 户", p.Task, p.State.Name(), p.Drawn), At: at})
	}
	return all, err
}

// penaltyNews are the public penalties and those that are gone, the newest
// first, under the same id, as with results.
func (s *Server) penaltyNews(r *http.Request, authority string) (all []opendata.News, err error) {
	list, err := s.Disclosure.PostedPenalties(r.Context(), authority)
	for _, v := range list {
		x := opendata.News{Path: "/penalties/" + v.ID, Title: v.Record.Firm.Name, Summary: v.Number + "：" + v.Record.Kinds, At: v.PostedAt}
		if state, since, reason := ended(v, s.Now()); state != disclosure.PenaltyPublished {
			x.Title, x.Summary, x.At = penaltyGone, "处罚信息 "+v.ID+"，原因："+reason, since
		}
		all = append(all, x)
	}
	return all, err
}

// resultsAndWithdrawals are the public results and those that were taken back
// and not published since, the newest first: whoever was told of a result hears
// that it is gone, under the same id.
func (s *Server) resultsAndWithdrawals(r *http.Request, authority string) ([]opendata.News, error) {
	found, err := s.Disclosure.List(r.Context(), authority, disclosure.Query{Limit: opendata.FeedLength, Uncounted: true})
	if err != nil {
		return nil, err
	}
	all := resultNews(found.Results)
	changes, err := s.Disclosure.Changes(r.Context(), authority, opendata.FeedLength)
	for _, v := range changes {
		x := withdrawalNews(v)
		if v.State == disclosure.Withdrawn && !slices.ContainsFunc(all, func(n opendata.News) bool { return n.Path == x.Path }) {
			all = append(all, x)
		}
	}
	return all, err
}

func withdrawalNews(v disclosure.Version) opendata.News {
	return opendata.News{Path: "/results/" + v.FormID, Title: "检查结果已撤回", Summary: "检查表 " + v.FormID + "，原因：" + v.Reason, At: v.PostedAt}
}

func resultNews(found []disclosure.Listed) (all []opendata.News) {
	for _, l := range found {
		var names []string
		for _, x := range l.Results {
			names = append(names, x.Name)
		}
		all = append(all, opendata.News{Path: "/results/" + l.FormID, Title: l.Firm.Name, Summary: strings.Join(names, "；"), At: l.PostedAt})
	}
	return all
}

// firmFeed makes the feed of one firm's results and withdrawals. If the firm's
// page is gone, so is the feed.
func (s *Server) firmFeed(r *http.Request) (*page.File, error) {
	a, in, err := s.pick(r)
	if err != nil {
		return nil, err
	}
	f, err := s.Disclosure.Firm(r.Context(), a.ID, r.PathValue("id"), true)
	if err != nil {
		return nil, err
	}
	listed := make([]disclosure.Listed, len(f.Results))
	for i, v := range f.Results {
		listed[i] = v.Listed()
	}
	all := resultNews(listed)
	for _, v := range f.Withdrawn {
		all = append(all, withdrawalNews(v))
	}
	file, err := s.atom(r, firmName(f)+"：检查结果", a.Name, in, all)
	if p := (firmPage{Firm: f}); p.Gone() {
		file.Status = http.StatusGone
	}
	return file, err
}

func (s *Server) atom(r *http.Request, title, author, in string, all []opendata.News) (*page.File, error) {
	body, err := opendata.Atom(s.BaseURL, r.URL.Path, in, title, author, all)
	return &page.File{Name: "feed.atom", Type: "application/atom+xml; charset=utf-8", Inline: true, Body: body}, err
}
