package registry

import (
	"cmp"
	"context"
	"fmt"
	"net/http"
	"net/url"
	"strings"

	"suiji/calendar"
	"suiji/internal/access"
	"suiji/internal/caps"
	"suiji/internal/counter"
	"suiji/internal/credit"
	"suiji/internal/intake"
	"suiji/internal/page"
	"suiji/internal/register"
	"suiji/internal/roster"
	"suiji/internal/search"
	"suiji/internal/statute"
)

func (s *Server) listRoutes(m counter.Routes) {
	s.exportRoutes(m)
	m.Get("/w/targets", "targets", s.targets)
	m.Post("/w/targets", "targets", s.targets, s.keepFilter(register.Targets), access.FilterSave)
	m.Get("/w/targets/{id}", "target", s.target)
	m.Post("/w/targets/{id}/withdraw", "target", s.target, s.withdrawTarget)

	m.Get("/w/officers", "officers", s.officers)
	m.Post("/w/officers", "officers", s.officers, s.keepFilter(register.Officers), access.FilterSave)
	m.Get("/w/officers/{id}", "officer", s.officer)
	m.Post("/w/officers/{id}/withdraw", "officer", s.officer, s.withdrawOfficer)

	m.Get("/w/items", "items", s.items)
	m.Post("/w/items", "items", s.items, s.keepFilter(register.Items), access.FilterSave)
	m.Get("/w/items/{id}", "item", s.item)
	m.Post("/w/items/{id}/withdraw", "item", s.item, s.withdrawItem)
}

// listing is what the pages of the three lists have in common.
type listing struct {
	List     register.List
	Version  register.Version
	Versions []register.Version
	Waiting  []intake.Import // checked, and not decided
	May      bool            // import
	Query    string
	Standing string        // empty: in the register; gone: withdrawn
	On       calendar.Date // as it stood at the end of that day; zero: now
	Order    string
	Orders   []page.Option
	Chips    []page.Chip
	Pager    page.Pager
	Filters  filters
	CSV      string // addresses of what is shown, as files
	XLSX     string
}

// gone chooses what was withdrawn.
const gone = "gone"

// standings are the choices of what a list shows.
var standings = []page.Option{{Value: gone, Label: "已移出"}}

// Standings are the choices of what the list shows.
func (l listing) Standings() []page.Option { return standings }

// Sharing are the choices of who sees a saved filter.
func (l listing) Sharing() []page.Option {
	return []page.Option{{Value: "", Label: "只有我"}, {Value: "true", Label: "本单位的人都能用"}}
}

// recent is how many versions of a list its page shows.
const recent = 8

func (s *Server) listing(r *http.Request, list register.List) (l listing, err error) {
	ctx, a := r.Context(), actor(r)
	q := r.URL.Query()
	l = listing{List: list, May: access.Allow(a, access.RegisterImport), Query: strings.TrimSpace(q.Get("q")), Standing: q.Get("in"), Order: q.Get("order"), Orders: orders[list],
		CSV: exportOf(r, list, "csv"), XLSX: exportOf(r, list, "xlsx")}
	if l.Filters, err = s.filters(r, list); err != nil {
		return l, err
	}
	if l.On, err = queryDay(r, "on"); err != nil {
		return l, err
	}
	if l.Version, err = s.Register.Version(ctx, a.Authority, list); err != nil {
		return l, err
	}
	if l.Versions, err = s.Register.Versions(ctx, a.Authority, list, recent); err != nil {
		return l, err
	}
	imports, err := s.Intake.Imports(ctx, a.Authority, list, recent)
	for _, i := range imports {
		if i.State == intake.Checked || i.State == intake.Matching || i.State.Working() {
			l.Waiting = append(l.Waiting, i)
		}
	}
	l.chip(r, "q", "包含", l.Query)
	if l.Standing == gone {
		l.chip(r, "in", "", "已移出")
	}
	if !l.On.Zero() {
		l.chip(r, "on", "", l.On.String()+" 的名录")
	}
	return l, err
}

// chip shows a filter that is in force.
func (l *listing) chip(r *http.Request, name, word, value string) {
	if value == "" {
		return
	}
	if word != "" {
		value = word + "：" + value
	}
	l.Chips = append(l.Chips, page.Chip{Word: value, Without: page.Without(r, name)})
}

// tallies makes options of words with their numbers.
func tallies(all []register.Tally) []page.Option {
	return page.Options(all, func(t register.Tally) (string, string) {
		return t.Word, fmt.Sprintf("%s（%d）", t.Word, t.Count)
	})
}

// words makes options of words.
func words(all []string) []page.Option {
	return page.Options(all, func(w string) (string, string) { return w, w })
}

// targetRow is a firm in the list.
type targetRow struct {
	register.Target
	No    int
	State page.Tag
}

type targetsPage struct {
	page.Base
	listing
	Kind, State, Tag     string
	Cut                  bool // more firms fit than a search returns
	Kinds, States, Words []page.Option
	Subs                 []page.Link // sub-registers by tag
	Rows                 []targetRow
}

// targetListing is the listing of firms, with the filters in force.
func (s *Server) targetListing(r *http.Request) (listing, error) {
	l, err := s.listing(r, register.Targets)
	f := targetFilter(r, l)
	l.chip(r, "kind", "类型", f.Kind)
	l.chip(r, "state", "登记状态", f.State)
	l.chip(r, "tag", "标签", f.Tag)
	return l, err
}

func (s *Server) targets(r *http.Request) (page.Page, error) {
	ctx, a := r.Context(), actor(r)
	l, err := s.targetListing(r)
	if err != nil {
		return nil, err
	}
	tags, err := s.Register.Tags(ctx, a.Authority)
	if err != nil {
		return nil, err
	}
	f := targetFilter(r, l)
	p := &targetsPage{Base: page.Base{Title: "检查对象"}, listing: l, Kind: f.Kind, State: f.State, Tag: f.Tag,
		Kinds: words(register.Kinds), States: words(register.States), Words: tallies(tags), Subs: subRegisters(tags, f.Tag)}
	n, per := page.Window(r)
	f.Skip, f.Limit = (n-1)*per, per
	found, _, total, err := s.Register.Targets(ctx, a.Authority, f)
	if err != nil {
		return nil, err
	}
	p.Pager, p.Cut = page.NewPager(r, total), l.Query != "" && total == search.Most
	for i, t := range found {
		p.Rows = append(p.Rows, targetRow{Target: t, No: (n-1)*per + i + 1, State: stateTag(t)})
	}
	return p, nil
}

func stateTag(t register.Target) page.Tag {
	switch {
	case !t.Active:
		return page.Tag{Tone: page.Bad, Word: "已移出"}
	case t.Operating():
		return page.Tag{Tone: page.OK, Word: t.State}
	}
	return page.Tag{Tone: page.Warn, Word: t.State}
}

// record is what the pages of single records have in common.
type record struct {
	On      calendar.Date // as it stood at the end of that day; zero: now
	History []register.Event
}

// mostFacts is how many complaints and violations the page of a firm shows.
const mostFacts = 200

type targetPage struct {
	page.Base
	record
	Target   register.Target
	Tag      page.Tag
	Recusals []roster.Declaration
	Grades   []credit.Given // that it has or had
	Facts    []credit.Fact  // that count in gradings and rules
	Places   []register.Place
	Forms    []firmForm
	Visits   []caps.Visit
	Year     int
	Counted  int             // visits of the year that count against caps
	Caps     []caps.Standing // that bind it
	May      bool            // withdraw
}

// upTo is the trail of a record: its list above it.
func upTo(word, href string) []page.Link { return []page.Link{{Word: word, Href: href}} }

func (s *Server) target(r *http.Request) (page.Page, error) {
	ctx, a := r.Context(), actor(r)
	t, on, err := as(r, s.Register.Target, s.Register.TargetOn)
	if err != nil {
		return nil, err
	}
	p := &targetPage{Base: page.Base{Title: t.Name, Trail: upTo("检查对象", "/w/targets")}, Target: t, Tag: stateTag(t),
		record: record{On: on}, May: on.Zero() && t.Active && access.Allow(a, access.RegisterEdit)}
	if p.History, err = s.Register.History(ctx, a.Authority, register.Targets, t.ID); err != nil {
		return nil, err
	}
	if p.Recusals, err = s.Roster.Declarations(ctx, a.Authority, "", t.ID); err != nil {
		return nil, err
	}
	if p.Grades, err = s.Credit.Grades(ctx, a.Authority, t.ID); err != nil {
		return nil, err
	}
	if p.Facts, err = s.Credit.Facts(ctx, a.Authority, t.ID, mostFacts); err != nil {
		return nil, err
	}
	return p, s.inspected(r, p)
}

func (s *Server) withdrawTarget(r *http.Request) (string, error) {
	return withdraw(r, "/w/targets/", s.Register.Withdraw)
}

func withdraw(r *http.Request, base string, do func(context.Context, access.Actor, string, string) error) (string, error) {
	id := r.PathValue("id")
	return base + url.PathEscape(id), do(r.Context(), actor(r), id, r.PostFormValue("reason"))
}

// officerRow is an officer in the list.
type officerRow struct {
	register.Officer
	No   int
	Cert page.Tag
}

type officersPage struct {
	page.Base
	listing
	Field  string
	Fields []page.Option
	Rows   []officerRow
}

// officerListing is the listing of officers, with the filters in force.
func (s *Server) officerListing(r *http.Request) (listing, error) {
	l, err := s.listing(r, register.Officers)
	l.chip(r, "field", "执法领域", r.URL.Query().Get("field"))
	return l, err
}

func officerFilter(r *http.Request, l listing) register.OfficerFilter {
	return register.OfficerFilter{Query: l.Query, Field: r.URL.Query().Get("field"), Withdrawn: l.Standing == gone, On: l.On, Order: register.Order(l.Order)}
}

func (s *Server) officers(r *http.Request) (page.Page, error) {
	ctx, a := r.Context(), actor(r)
	l, err := s.officerListing(r)
	if err != nil {
		return nil, err
	}
	fields, err := s.Register.Fields(ctx, a.Authority)
	if err != nil {
		return nil, err
	}
	f := officerFilter(r, l)
	p := &officersPage{Base: page.Base{Title: "执法人员"}, listing: l, Field: f.Field, Fields: tallies(fields)}
	n, per := page.Window(r)
	f.Skip, f.Limit = (n-1)*per, per
	found, _, total, err := s.Register.Officers(ctx, a.Authority, f)
	if err != nil {
		return nil, err
	}
	standing, err := s.Roster.Held(ctx, a.Authority, s.today())
	if err != nil {
		return nil, err
	}
	p.Pager = page.NewPager(r, total)
	for i, o := range found {
		row := officerRow{Officer: o, No: (n-1)*per + i + 1, Cert: s.certTag(o)}
		if st := standing[o.CertNo]; st != "" && o.Active && l.On.Zero() {
			row.Cert = page.Tag{Tone: page.Bad, Word: st.Name()}
		}
		p.Rows = append(p.Rows, row)
	}
	return p, nil
}

// certSoon is how many days before its end a certificate is shown as near it.
const certSoon = 60

func (s *Server) certTag(o register.Officer) page.Tag {
	days := s.today().DaysUntil(o.CertUntil)
	switch {
	case !o.Active:
		return page.Tag{Tone: page.Bad, Word: "已移出"}
	case days < 0:
		return page.Tag{Tone: page.Bad, Word: "已过期"}
	case days <= certSoon:
		return page.Tag{Tone: page.Warn, Word: fmt.Sprintf("%d 天后到期", days)}
	}
	return page.Tag{Tone: page.OK, Word: "有效"}
}

func (s *Server) withdrawOfficer(r *http.Request) (string, error) {
	return withdraw(r, "/w/officers/", s.Register.WithdrawOfficer)
}

// itemRow is an item in the list.
type itemRow struct {
	register.Item
	No  int
	Use page.Tag
}

type itemsPage struct {
	page.Base
	listing
	Level  string
	Levels []page.Option
	Rows   []itemRow
}

// levels are the weights of items.
var levels = page.Options([]register.Level{register.General, register.Key}, func(l register.Level) (string, string) { return string(l), l.Name() })

// itemListing is the listing of items, with the filters in force.
func (s *Server) itemListing(r *http.Request) (listing, error) {
	l, err := s.listing(r, register.Items)
	if level := r.URL.Query().Get("level"); level != "" {
		l.chip(r, "level", "", register.Level(level).Name())
	}
	return l, err
}

func itemFilter(r *http.Request, l listing) register.ItemFilter {
	return register.ItemFilter{Query: l.Query, Level: register.Level(r.URL.Query().Get("level")), Withdrawn: l.Standing == gone, On: l.On, Order: register.Order(l.Order)}
}

func (s *Server) items(r *http.Request) (page.Page, error) {
	ctx, a := r.Context(), actor(r)
	l, err := s.itemListing(r)
	if err != nil {
		return nil, err
	}
	f := itemFilter(r, l)
	p := &itemsPage{Base: page.Base{Title: "抽查事项"}, listing: l, Level: string(f.Level), Levels: levels}
	n, per := page.Window(r)
	f.Skip, f.Limit = (n-1)*per, per
	found, _, total, err := s.Register.Items(ctx, a.Authority, f)
	if err != nil {
		return nil, err
	}
	p.Pager = page.NewPager(r, total)
	for i, x := range found {
		p.Rows = append(p.Rows, itemRow{Item: x, No: (n-1)*per + i + 1, Use: useTag(x)})
	}
	return p, nil
}

func useTag(i register.Item) page.Tag {
	switch {
	case !i.Active:
		return page.Tag{Tone: page.Bad, Word: "已移出"}
	case i.Basis == "":
		return page.Tag{Tone: page.Bad, Word: "缺法定依据"}
	case i.PublishedOn.Zero():
		return page.Tag{Tone: page.Warn, Word: "未公布"}
	}
	return page.Tag{Tone: page.OK, Word: "可用"}
}

type itemPage struct {
	page.Base
	record
	Item  register.Item
	Vague []string // laws of its basis without an article
	Tag   page.Tag
	May   bool
}

func (s *Server) item(r *http.Request) (page.Page, error) {
	a := actor(r)
	i, on, err := as(r, s.Register.Item, s.Register.ItemOn)
	if err != nil {
		return nil, err
	}
	history, err := s.Register.History(r.Context(), a.Authority, register.Items, i.ID)
	return &itemPage{Base: page.Base{Title: cmp.Or(i.Sub, i.Name), Trail: upTo("抽查事项", "/w/items")}, Item: i, Vague: statute.Vague(i.Basis), Tag: useTag(i),
		record: record{on, history}, May: on.Zero() && i.Active && access.Allow(a, access.RegisterEdit)}, err
}

func (s *Server) withdrawItem(r *http.Request) (string, error) {
	return withdraw(r, "/w/items/", s.Register.WithdrawItem)
}
