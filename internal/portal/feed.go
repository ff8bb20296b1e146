package portal

import (
	"encoding/xml"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"time"

	"suiji/internal/disclosure"
	"suiji/internal/errs"
	"suiji/internal/openbook"
	"suiji/internal/page"
)

// feed is an Atom feed (RFC 4287).
type feed struct {
	XMLName xml.Name    `xml:"http://www.w3.org/2005/Atom feed"`
	ID      string      `xml:"id"`
	Title   string      `xml:"title"`
	Updated string      `xml:"updated"`
	Author  string      `xml:"author>name"`
	Links   []feedLink  `xml:"link"`
	Entries []feedEntry `xml:"entry"`
}

type feedLink struct {
	Rel  string `xml:"rel,attr,omitempty"`
	Href string `xml:"href,attr"`
}

type feedEntry struct {
	ID      string   `xml:"id"`
	Title   string   `xml:"title"`
	Updated string   `xml:"updated"`
	Link    feedLink `xml:"link"`
	Summary string   `xml:"summary,omitempty"`
}

// feedLength is how many entries a feed has.
const feedLength = 50

// news is something that a feed tells.
type news struct {
	path    string
	title   string
	summary string
	at      time.Time
}

// feedFile makes the feed of an address: plans.atom, rounds.atom, results.atom.
func (s *Server) feedFile(r *http.Request) (*page.File, error) {
	a, in, err := s.pick(r)
	if err != nil {
		return nil, err
	}
	var all []news
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

func (s *Server) planNews(r *http.Request, authority string) (all []news, err error) {
	plans, err := s.Plan.Published(r.Context(), authority)
	for _, p := range plans {
		all = append(all, news{"/plans/" + p.ID, p.Title, p.Number, p.PublishedAt})
	}
	return all, err
}

func (s *Server) roundNews(r *http.Request, authority string) (all []news, err error) {
	rounds, err := openbook.Of(s.Round).Rounds(r.Context(), authority)
	for _, p := range rounds {
		at := p.SealedAt
		for _, t := range []time.Time{p.DrawnAt, p.ConfirmedAt, p.MatchedAt, p.ClosedAt} {
			if t.After(at) {
				at = t
			}
		}
		all = append(all, news{"/rounds/" + p.ID, p.Title, fmt.Sprintf("%s：%s，抽中 %d 户", p.Task, p.State.Name(), p.Drawn), at})
	}
	return all, err
}

// penaltyNews are the public penalties and those that are gone, the newest
// first, under the same id, as with results.
func (s *Server) penaltyNews(r *http.Request, authority string) (all []news, err error) {
	list, err := s.Disclosure.PostedPenalties(r.Context(), authority)
	for _, v := range list {
		x := news{"/penalties/" + v.ID, v.Record.Firm.Name, v.Number + "：" + v.Record.Kinds, v.PostedAt}
		if state, since, reason := ended(v, s.Now()); state != disclosure.PenaltyPublished {
			x.title, x.summary, x.at = penaltyGone, "处罚信息 "+v.ID+"，原因："+reason, since
		}
		all = append(all, x)
	}
	slices.SortStableFunc(all, func(a, b news) int { return b.at.Compare(a.at) })
	return all, err
}

// resultsAndWithdrawals are the public results and those that were taken back
// and not published since, the newest first: whoever was told of a result hears
// that it is gone, under the same id.
func (s *Server) resultsAndWithdrawals(r *http.Request, authority string) ([]news, error) {
	found, err := s.Disclosure.List(r.Context(), authority, disclosure.Query{Limit: feedLength, Uncounted: true})
	if err != nil {
		return nil, err
	}
	all := resultNews(found.Results)
	changes, err := s.Disclosure.Changes(r.Context(), authority, feedLength)
	for _, v := range changes {
		x := news{"/results/" + v.FormID, "检查结果已撤回", "检查表 " + v.FormID + "，原因：" + v.Reason, v.PostedAt}
		if v.State == disclosure.Withdrawn && !slices.ContainsFunc(all, func(n news) bool { return n.path == x.path }) {
			all = append(all, x)
		}
	}
	slices.SortStableFunc(all, func(a, b news) int { return b.at.Compare(a.at) })
	return all, err
}

func resultNews(found []disclosure.Listed) (all []news) {
	for _, l := range found {
		var names []string
		for _, x := range l.Results {
			names = append(names, x.Name)
		}
		all = append(all, news{"/results/" + l.FormID, l.Firm.Name, strings.Join(names, "；"), l.PostedAt})
	}
	return all
}

// firmFeed makes the feed of one firm's results.
func (s *Server) firmFeed(r *http.Request) (*page.File, error) {
	a, in, err := s.pick(r)
	if err != nil {
		return nil, err
	}
	f, results, err := s.Disclosure.Firm(r.Context(), a.ID, r.PathValue("id"), true)
	if err != nil {
		return nil, err
	}
	listed := make([]disclosure.Listed, len(results))
	for i, v := range results {
		listed[i] = v.Listed()
	}
	return s.atom(r, f.Name+"：检查结果", a.Name, in, resultNews(listed))
}

func (s *Server) atom(r *http.Request, title, author, in string, all []news) (*page.File, error) {
	self := s.BaseURL + r.URL.Path + in
	f := feed{ID: self, Title: title, Author: author, Links: []feedLink{{"self", self}}, Updated: time.Unix(0, 0).UTC().Format(time.RFC3339)}
	for i, n := range all {
		if i == feedLength {
			break
		}
		at := n.at.UTC().Format(time.RFC3339)
		f.Updated = max(f.Updated, at)
		href := s.BaseURL + n.path + in
		f.Entries = append(f.Entries, feedEntry{href, n.title, at, feedLink{"", href}, n.summary})
	}
	body, err := xml.MarshalIndent(f, "", " ")
	return &page.File{Name: "feed.atom", Type: "application/atom+xml; charset=utf-8", Inline: true, Body: append([]byte(xml.Header), body...)}, err
}
