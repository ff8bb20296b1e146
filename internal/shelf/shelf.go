// Package shelf is the archive as pages (归档): the list of files with what is
// due and missing (/w/archive), a file's page with its one next act, and how
// long files are kept. It holds no rule and runs no SQL; what may be done,
// package archive decides.
package shelf

import (
	"bytes"
	"cmp"
	"embed"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"

	"suiji/calendar"
	"suiji/internal/access"
	"suiji/internal/archive"
	"suiji/internal/counter"
	"suiji/internal/errs"
	"suiji/internal/identity"
	"suiji/internal/page"
	"suiji/internal/round"
)

//go:embed all:templates
var files embed.FS

// Config is what the pages stand on; all is required.
type Config struct {
	Identity *identity.Service
	Round    *round.Service
	Archive  *archive.Service
	Now      func() time.Time
	Log      *slog.Logger
}

// Server serves the pages.
type Server struct {
	Config
	set *page.Set
}

// Paths are the beginnings of the addresses that Handler serves, whole and with
// anything behind them.
var Paths = []string{"/w/archive"}

// New makes the pages.
func New(c Config) *Server {
	s := &Server{Config: c}
	s.set = counter.Pages("shelf", files, c.Identity, c.Log, c.Now)
	return s
}

// Set returns the pages, whose assets cmd serves.
func (s *Server) Set() *page.Set { return s.set }

// Handler serves everything under Paths. It wants a session around it.
func (s *Server) Handler() http.Handler {
	m := counter.Routes{ServeMux: http.NewServeMux(), Set: s.set, Offices: s.Identity}
	get := func(path, name string, show page.Show) { m.Get(path, name, counter.Inside(access.ArchiveRead, show)) }
	get("/w/archive", "archive", s.list)
	get("/w/archive/setting", "archive-setting", s.setting)
	m.Post("/w/archive/setting", "archive-setting", s.setting, s.change)
	m.Post("/w/archive/seal", "archive", s.list, s.sealAll)
	get("/w/archive/handover", "archive-handover", s.handover)
	m.Post("/w/archive/handover", "archive-handover", s.handover, s.acceptAll)
	m.File("/w/archive/handover/list", s.handList)
	m.File("/w/archive/handover/packages", s.takeAll)
	get("/w/archive/{round}/{target}", "archive-file", s.file)
	m.Post("/w/archive/{round}/{target}/seal", "archive-file", s.file, s.seal)
	m.Post("/w/archive/{round}/{target}/{volume}/accept", "archive-file", s.file, s.accept)
	m.File("/w/archive/{round}/{target}/{volume}/package", s.take)
	m.File("/w/archive/{round}/{target}/{volume}/receipt", s.receipt)
	m.Handle("/", s.set.NotFound())
	return m
}

func actor(r *http.Request) access.Actor { return counter.Actor(r) }

// Href leads to a file's page.
func href(k archive.Key) string {
	return "/w/archive/" + url.PathEscape(k.Round) + "/" + url.PathEscape(k.Target)
}

type listPage struct {
	page.Base
	Rows   []listRow
	Filter archive.Filter
	Rounds []page.Option
	States []page.Option
	Tally  []archive.Tally
	Years  []archive.Tally
	One    archive.Tally // of the round that is looked for
	Today  calendar.Date
	Waits  int // files with a package that is not handed over, or not sealed again
	Seals  bool
	Hands  bool
	Pager  page.Pager
	Rest   int  // rounds that are not listed
	All    bool // no condition is in force
}

type listRow struct {
	archive.File
	Tag  page.Tag
	Late bool
	Gaps int // of the volumes
}

// Href leads to the file's page.
func (r listRow) Href() string { return href(r.Key) }

func (s *Server) row(f archive.File) listRow {
	state := f.State()
	r := listRow{File: f, Late: f.Late(s.Archive.Today()), Tag: page.Tag{Word: state.Name(), Tone: map[archive.State]page.Tone{
		archive.Running: page.Mute, archive.Open: page.Warn, archive.Fresh: page.Warn, archive.Sealed: page.Doing, archive.Accepted: page.OK}[state]}}
	if n := len(f.Volumes); n > 0 {
		r.Gaps = len(f.Volumes[n-1].Gaps)
	}
	return r
}

func (s *Server) list(r *http.Request) (page.Page, error) {
	ctx, a, q := r.Context(), actor(r), r.URL.Query()
	f := archive.Filter{Round: q.Get("round"), State: archive.State(q.Get("state")), Text: strings.TrimSpace(q.Get("q"))}
	f.Year, _ = strconv.Atoi(q.Get("year")) // what is no year is none
	p := &listPage{Base: page.Base{Title: "归档"}, Filter: f, All: f == archive.Filter{}, Today: s.Archive.Today(), Seals: access.Allow(a, access.ArchiveSeal), Hands: access.Allow(a, access.ArchiveAccept)}
	n, per := page.Window(r)
	b, err := s.Archive.Board(ctx, a.Authority, f, (n-1)*per, per)
	if err != nil {
		return nil, err
	}
	p.Pager, p.Years = page.NewPager(r, b.Total), archive.Sum(b.Rounds)
	var rounds, looked []string
	for _, t := range b.Rounds {
		rounds = append(rounds, t.Round)
		p.Waits += t.Sealed + t.Fresh
		if t.Round == f.Round {
			p.One = t
		}
	}
	p.Tally, p.Rest = inSight(b.Rounds, f)
	for _, x := range b.Files {
		p.Rows, looked = append(p.Rows, s.row(x)), append(looked, x.Round)
	}
	p.Rounds = page.Options(rounds, func(x string) (string, string) { return x, x })
	for _, x := range archive.States {
		p.States = append(p.States, page.Option{Value: string(x.State), Label: x.Name})
	}
	return p, s.Round.Look(ctx, a, looked)
}

// fewRounds is how many rounds are listed unless a year or one of them is asked
// for.
const fewRounds = 30

// inSight are the rounds that the page lists, and how many it leaves out: of many,
// those of the year or the round that is asked for, or else those come first of
// which something is not handed over.
func inSight(all []archive.Tally, f archive.Filter) (some []archive.Tally, rest int) {
	if len(all) <= fewRounds {
		return all, 0
	}
	some = slices.DeleteFunc(slices.Clone(all), func(t archive.Tally) bool {
		return f.Year != 0 && t.Year != f.Year || f.Round != "" && t.Round != f.Round
	})
	if f.Year == 0 {
		slices.SortStableFunc(some, func(a, b archive.Tally) int { return cmp.Compare(min(b.Left(), 1), min(a.Left(), 1)) })
		some = some[:min(len(some), fewRounds)]
	}
	if f.Year != 0 || f.Round != "" {
		return some, 0
	}
	return some, len(all) - len(some)
}

// most is how many files one press seals: some seconds of work.
const most = 100

func (s *Server) sealAll(r *http.Request) (string, error) {
	round := counter.Text(r, "round")
	_, _, err := s.Archive.SealComplete(r.Context(), actor(r), round, most)
	return "/w/archive?" + url.Values{"round": {round}}.Encode(), err
}

type handPage struct {
	page.Base
	Round    string
	Rows     []handRow
	Own      int  // that this person sealed: another records them
	May      bool // record an accession
	Takes    bool
	Today    string
	Query    string
	Receiver string
}

type handRow struct {
	archive.Volume
	Firm  string
	Value string // names the volume
	Href  string
}

func (s *Server) handover(r *http.Request) (page.Page, error) {
	ctx, a, round := r.Context(), actor(r), r.URL.Query().Get("round")
	if x := counter.Text(r, "round"); x != "" {
		round = x
	}
	all, firms, err := s.Archive.Waiting(ctx, a.Authority, round)
	if err != nil {
		return nil, err
	}
	p := &handPage{Base: page.Base{Title: "移交", Trail: trail()}, Round: round, Today: s.Archive.Today().String(), Query: "?" + url.Values{"round": {round}}.Encode(),
		May: access.Allow(a, access.ArchiveAccept), Takes: access.Allow(a, access.ArchiveTake)}
	var rounds []string
	for _, v := range all {
		if !slices.Contains(rounds, v.Round) {
			rounds = append(rounds, v.Round)
		}
		if v.SealedBy == a.ID {
			p.Own++
			continue
		}
		p.Rows = append(p.Rows, handRow{v, firms[v.Key].Firm, fmt.Sprintf("%s/%s/%d", v.Round, v.Target, v.No), href(v.Key)})
	}
	return p, s.Round.Look(ctx, a, rounds)
}

func (s *Server) acceptAll(r *http.Request) (string, error) {
	x, body, err := accession(r)
	if err != nil {
		return "", err
	}
	var all []archive.VolumeKey
	for _, v := range r.PostForm["volumes"] {
		part := strings.Split(v, "/")
		no, err := strconv.Atoi(part[len(part)-1])
		if err != nil || len(part) != 3 {
			return "", errs.E(errs.Invalid, "这一页不完整，没有登记，请刷新后再办")
		}
		all = append(all, archive.VolumeKey{Key: archive.Key{Round: part[0], Target: part[1]}, No: no})
	}
	_, err = s.Archive.AcceptAll(r.Context(), actor(r), all, x, body)
	return "/w/archive?" + url.Values{"round": {counter.Text(r, "round")}, "state": {string(archive.Accepted)}}.Encode(), err
}

func (s *Server) handList(r *http.Request) (*page.File, error) {
	round := r.URL.Query().Get("round")
	var b bytes.Buffer
	err := s.Archive.HandList(r.Context(), actor(r), round, &b)
	return &page.File{Name: "移交清单-" + s.Archive.Today().String() + ".docx", Type: "application/vnd.openxmlformats-officedocument.wordprocessingml.document", Body: b.Bytes()}, err
}

func (s *Server) takeAll(r *http.Request) (*page.File, error) {
	write, err := s.Archive.TakeAll(r.Context(), actor(r), r.URL.Query().Get("round"))
	return &page.File{Name: "待移交案卷-" + s.Archive.Today().String() + ".zip", Type: "application/zip", Write: write}, err
}

type filePage struct {
	page.Base
	archive.Whole
	Row     listRow
	Self    string
	Seals   bool // this person may
	Ready   bool // there is something to be sealed
	Hand    *archive.Volume
	Refuses string // why this person cannot record the accession
	Periods []page.Option
	Period  string
	Today   string
	Broken  map[int]string // volumes that differ on the disk
}

// Documents reports whether there are any.
func (p *filePage) Documents() bool {
	return slices.ContainsFunc(p.Parts, func(x archive.Part) bool { return len(x.Papers) > 0 })
}

// Followups reports whether there are any.
func (p *filePage) Followups() bool {
	return slices.ContainsFunc(p.Parts, func(x archive.Part) bool { return len(x.Ends) > 0 })
}

func key(r *http.Request) archive.Key {
	return archive.Key{Round: r.PathValue("round"), Target: r.PathValue("target")}
}

func (s *Server) file(r *http.Request) (page.Page, error) {
	ctx, a := r.Context(), actor(r)
	w, err := s.Archive.Whole(ctx, a.Authority, key(r))
	if err != nil {
		return nil, err
	}
	p := &filePage{Base: page.Base{Title: w.Firm + "（案卷）", Trail: trail()}, Whole: w, Row: s.row(w.File), Self: href(w.Key), Period: string(w.Proposed), Today: s.Archive.Today().String(), Broken: map[int]string{}}
	n := len(w.Volumes)
	p.Ready = w.Concluded == w.Forms && (n == 0 || w.Volumes[n-1].Facts != w.Facts)
	p.Seals = access.Allow(a, access.ArchiveSeal)
	for i, v := range w.Volumes {
		if err := s.Archive.Check(a.Authority, v); err != nil {
			p.Broken[v.No] = errs.Sentence(err)
		}
		if v.Accession == nil && p.Hand == nil {
			p.Hand = &w.Volumes[i]
		}
	}
	if p.Hand != nil && p.Hand.SealedBy == a.ID {
		p.Refuses = "移交由封存以外的另一人登记。"
	} else if p.Hand != nil && !access.Allow(a, access.ArchiveAccept) {
		p.Refuses = "移交由经办人、局领导或者结果审核员登记。"
	}
	p.Periods = page.Options(archive.Periods, func(x struct {
		Period archive.Period
		Name   string
	}) (string, string) {
		return string(x.Period), x.Name
	})
	return p, s.Round.Look(ctx, a, []string{w.Round})
}

func trail() []page.Link { return []page.Link{{Word: "归档", Href: "/w/archive"}} }

func (s *Server) seal(r *http.Request) (string, error) {
	k := key(r)
	if counter.Text(r, "facts") == "" {
		return "", errs.E(errs.Invalid, "这一页不完整，没有封存，请刷新后再办")
	}
	_, _, err := s.Archive.Seal(r.Context(), actor(r), k, archive.Sealing{Facts: counter.Text(r, "facts"), Period: archive.Period(counter.Text(r, "period")), Reason: counter.Text(r, "reason")})
	return href(k), err
}

func (s *Server) accept(r *http.Request) (string, error) {
	k := key(r)
	no, err := strconv.Atoi(r.PathValue("volume"))
	if err != nil {
		return "", errs.E(errs.NotFound, "没有这一卷")
	}
	x, body, err := accession(r)
	if err != nil {
		return "", err
	}
	return href(k), s.Archive.Accept(r.Context(), actor(r), k, no, x, body)
}

// accession reads what a form says of a handing over, and the signed receipt.
func accession(r *http.Request) (x archive.Accession, body []byte, err error) {
	if x.On, err = counter.Date(r, "on"); err != nil {
		return x, nil, err
	}
	x.Receiver, x.Number = r.PostFormValue("receiver"), r.PostFormValue("number")
	f, _, err := r.FormFile("paper")
	if err != nil {
		return x, nil, nil // none was sent
	}
	defer f.Close() // only read
	if body, err = io.ReadAll(io.LimitReader(f, 11<<20)); err != nil {
		return x, nil, errs.Because(errs.Invalid, "文件没有完整收到，没有登记。请再上传一次", err)
	}
	return x, body, nil
}

func (s *Server) take(r *http.Request) (*page.File, error) {
	no, err := strconv.Atoi(r.PathValue("volume"))
	if err != nil {
		return nil, errs.E(errs.NotFound, "没有这一卷")
	}
	v, body, err := s.Archive.Take(r.Context(), actor(r), key(r), no)
	return &page.File{Name: v.FileName(), Type: "application/zip", Body: body}, err
}

func (s *Server) receipt(r *http.Request) (*page.File, error) {
	no, err := strconv.Atoi(r.PathValue("volume"))
	if err != nil {
		return nil, errs.E(errs.NotFound, "没有这一卷")
	}
	x, body, err := s.Archive.Receipt(r.Context(), actor(r), key(r), no)
	return &page.File{Name: fmt.Sprintf("交接文据-%s-%d.%s", r.PathValue("target"), no, x.Kind), Type: "application/octet-stream", Body: body}, err
}

type settingPage struct {
	page.Base
	Setting archive.Setting
	Rules   []rule
	Periods []page.Option
	May     bool
}

// rule is one occasion with the period that holds.
type rule struct {
	Name, Label, Period, Words string
}

func (s *Server) setting(r *http.Request) (page.Page, error) {
	a := actor(r)
	x, err := s.Archive.Setting(r.Context(), a.Authority)
	if err != nil {
		return nil, err
	}
	p := &settingPage{Base: page.Base{Title: "保管期限", Trail: trail()}, Setting: x, May: access.Allow(a, access.ArchiveSet)}
	for _, o := range archive.Occasions {
		p.Rules = append(p.Rules, rule{string(o.Occasion), o.Name, string(x.Period(o.Occasion)), x.Period(o.Occasion).Name()})
	}
	for _, y := range archive.Periods {
		p.Periods = append(p.Periods, page.Option{Value: string(y.Period), Label: y.Name})
	}
	return p, nil
}

func (s *Server) change(r *http.Request) (string, error) {
	x := archive.Setting{Fonds: counter.Text(r, "fonds"), Periods: map[archive.Occasion]archive.Period{}}
	for _, o := range archive.Occasions {
		x.Periods[o.Occasion] = archive.Period(counter.Text(r, string(o.Occasion)))
	}
	return "/w/archive/setting", s.Archive.Set(r.Context(), actor(r), x)
}
