package register

import (
	"cmp"
	"context"
	"fmt"
	"regexp"
	"strings"

	"suiji/calendar"
	"suiji/internal/errs"
	"suiji/internal/search"
	"suiji/internal/store"
	"suiji/internal/uscc"
	"suiji/internal/wording"
)

// where collects the conditions of a query with their arguments.
type where struct {
	text strings.Builder
	raw  []string // the conditions, with ? for each argument
	args []any
}

// newWhere begins with the authority, which every query has.
func newWhere(authority string) *where {
	w := &where{args: []any{authority}}
	w.text.WriteString("authority_id = $1")
	return w
}

// and adds a condition; ? stands for the place of its argument. Nothing is
// added for an empty argument.
func (w *where) and(condition string, arg string) {
	if arg != "" {
		w.must(condition, arg)
	}
}

func (w *where) must(condition string, arg any) {
	w.raw = append(w.raw, condition)
	w.text.WriteString("\n\t\tAND " + strings.ReplaceAll(condition, "?", w.place(arg)))
}

// word chooses records that have a word: by the index of today's words, or, on
// a day that is past, by the words that the state has, one a line.
func (w *where) word(column, today, word string, on calendar.Date) {
	if on.Zero() || word == "" {
		w.and(today, word)
		return
	}
	w.must("('\n' || "+column+" || '\n') LIKE ? ESCAPE '\\'", store.Anywhere("\n"+word+"\n"))
}

// place adds an argument and returns its place.
func (w *where) place(arg any) string {
	w.args = append(w.args, arg)
	return fmt.Sprintf("$%d", len(w.args))
}

// like is the pattern of texts that hold a part; empty for an empty part.
func like(part string) string {
	if part = wording.Fold(part); part == "" {
		return ""
	}
	return store.Anywhere(part)
}

// TargetFilter chooses targets. The zero filter has all in the register.
type TargetFilter struct {
	Query     string // part of the name, or of the number
	Kind      string
	State     string
	Tag       string
	Withdrawn bool          // those that were withdrawn, instead
	On        calendar.Date // as the register stood at the end of that day; zero: now
	Order     Order         // of pages with numbers; empty: by id, or what Query finds best first
	After     string        // the id that the page before ended with
	Skip      int           // instead of After, for pages with numbers
	Limit     int           // 0: 100
}

// Targets returns targets by ascending id, or those that Query finds, best
// first; next is After of the next page, empty at the end; total counts all
// that the filter chooses. Of a query that finds more than search.Most it
// counts and returns these alone.
func (s *Service) Targets(ctx context.Context, authority string, f TargetFilter) (found []Target, next string, total int, err error) {
	w := f.where(authority)
	if f.Query != "" {
		return s.findTargets(ctx, authority, f, w)
	}
	return page(ctx, s.db, scanTarget, w, pageOf{table: w.asOf(Targets, f.On), cols: targetCols, id: "target_id", order: orders[Targets][f.Order], after: f.After, skip: f.Skip, limit: f.Limit}, Target.Key)
}

func (f TargetFilter) where(authority string) *where {
	w := newWhere(authority)
	w.must("active = ?", !f.Withdrawn)
	w.and("kind = ?", f.Kind)
	w.and("state = ?", f.State)
	w.word("tags", "EXISTS (SELECT 1 FROM register_target_tag g WHERE g.authority_id = $1 AND g.target_id = register_target.target_id AND g.tag = ?)", f.Tag, f.On)
	return w
}

// Order is how a list is sorted.
type Order string

// The orders. Not every list has each.
const (
	ByID        Order = "" // of items: the order of the list
	ByName      Order = "name"
	ByCode      Order = "code"
	ByChange    Order = "since" // the newest change first
	ByUnit      Order = "unit"
	ByUntil     Order = "until" // the certificate that ends first
	ByCategory  Order = "category"
	ByPublished Order = "published" // the newest first
)

// orders are the columns of each order. None but ByID is for pages by After.
var orders = map[List]map[Order]string{
	Targets:  {ByName: "name, target_id", ByCode: "code, target_id", ByChange: "since DESC, target_id"},
	Officers: {ByName: "name, officer_id", ByUnit: "unit, name, officer_id", ByUntil: "cert_until, officer_id", ByChange: "since DESC, officer_id"},
	Items:    {ByID: "place, item_id", ByName: "name, sub, item_id", ByCategory: "category, place, item_id", ByPublished: "published_on DESC, place, item_id", ByChange: "since DESC, item_id"},
}

// EachFound hands every target that f chooses to fn, in f's order, in memory of
// one; those that Query finds best first unless an order is asked for.
func (s *Service) EachFound(ctx context.Context, authority string, f TargetFilter, fn func(Target) error) error {
	w := f.where(authority)
	if f.Query == "" {
		from := w.asOf(Targets, f.On)
		return store.Each(ctx, s.db, scanTarget, fn, `
			SELECT `+targetCols+`
			FROM `+from+`
			WHERE `+w.text.String()+`
			ORDER BY `+cmp.Or(orders[Targets][f.Order], "target_id"), w.args...)
	}
	f.Limit, f.Skip = search.Most, 0
	found, _, _, err := s.findTargets(ctx, authority, f, w)
	for _, t := range found {
		if err := fn(t); err != nil {
			return err
		}
	}
	return err
}

// pageOf is one page of a table.
type pageOf struct {
	table, cols, id string
	order           string // columns; empty: id
	after           string
	skip, limit     int
}

const defaultLimit = 100

// page counts what w chooses and reads one page of it.
func page[T any](ctx context.Context, db *store.DB, scan func(store.Scanner) (T, error), w *where, p pageOf, id func(T) string) (found []T, next string, total int, err error) {
	total, err = store.One(ctx, db, store.Value[int], `SELECT count(*) FROM `+p.table+` WHERE `+w.text.String(), w.args...)
	if err != nil {
		return nil, "", 0, err
	}
	if p.order == "" {
		p.order = p.id
	}
	w.and("("+p.order+") > (SELECT "+p.order+" FROM "+p.table+" WHERE authority_id = $1 AND "+p.id+" = ?)", p.after)
	p.limit = cmp.Or(p.limit, defaultLimit)
	limit, skip := w.place(p.limit+1), w.place(p.skip)
	found, err = store.All(ctx, db, scan, `
		SELECT `+p.cols+`
		FROM `+p.table+`
		WHERE `+w.text.String()+`
		ORDER BY `+p.order+`
		LIMIT `+limit+` OFFSET `+skip, w.args...)
	if len(found) > p.limit {
		found = found[:p.limit]
		next = id(found[p.limit-1])
	}
	return found, next, total, err
}

// one reads a record by its id.
func one[T any](ctx context.Context, load func(context.Context, *store.DB, string, []string) ([]T, error), db *store.DB, authority, id, missing string) (T, error) {
	var none T
	found, err := load(ctx, db, authority, []string{id})
	if err != nil {
		return none, err
	}
	if len(found) == 0 {
		return none, errs.E(errs.NotFound, missing)
	}
	return found[0], nil
}

// Target returns one target, withdrawn or not.
func (s *Service) Target(ctx context.Context, authority, id string) (Target, error) {
	return one(ctx, loadTargets, s.db, authority, id, "名录里没有这个检查对象")
}

// Scope chooses targets for a draw. The zero Scope has all in the register.
type Scope struct {
	Kind string
	Tag  string
	Area string // a division code, which holds all below it, by the place of employment where that is known; or a name as the register has it
}

func (c Scope) where(authority string) *where {
	w := newWhere(authority)
	w.must("active = ?", true)
	w.and("kind = ?", c.Kind)
	w.and("EXISTS (SELECT 1 FROM register_target_tag g WHERE g.authority_id = $1 AND g.target_id = register_target.target_id AND g.tag = ?)", c.Tag)
	if IsArea(c.Area) {
		w.must(byPlace, areaPrefix(c.Area))
	} else {
		w.and("area_name = ?", c.Area)
	}
	return w
}

// areaDigits is a code of GB/T 2260, or of the statistics office below the
// county.
var areaDigits = regexp.MustCompile(`^\d{6}(\d{3}(\d{3})?)?$`)

// IsArea reports whether s has the form of a division's code: 6, 9 or 12
// digits.
func IsArea(s string) bool { return areaDigits.MatchString(s) }

// areaPrefix drops the zeros by which a code says that it means a whole
// province or city.
func areaPrefix(code string) string {
	for len(code) > 2 && strings.HasSuffix(code, "00") {
		code = code[:len(code)-2]
	}
	return code
}

// TargetWith returns the target known by a number, however it was typed.
func (s *Service) TargetWith(ctx context.Context, authority, number string) (Target, error) {
	return s.Target(ctx, authority, Identifier(uscc.Identify(number).Value))
}

// EachTarget hands every target of a scope to fn, in ascending byte order of
// ids, in memory of one. tx may be nil.
func (s *Service) EachTarget(ctx context.Context, tx *store.DB, authority string, c Scope, fn func(Target) error) error {
	w := c.where(authority)
	return store.Each(ctx, s.handle(tx), scanTarget, fn, `
		SELECT `+targetCols+`
		FROM register_target
		WHERE `+w.text.String()+`
		ORDER BY target_id`, w.args...)
}

// Count returns how many targets a scope has.
func (s *Service) Count(ctx context.Context, authority string, c Scope) (int, error) {
	w := c.where(authority)
	return store.One(ctx, s.db, store.Value[int], `SELECT count(*) FROM register_target WHERE `+w.text.String(), w.args...)
}

// Tally is a word with how many records have it.
type Tally struct {
	Word  string
	Count int
}

func scanTally(row store.Scanner) (t Tally, err error) {
	err = row.Scan(&t.Word, &t.Count)
	return t, err
}

// Tags returns every tag of the targets in the register, with their numbers.
func (s *Service) Tags(ctx context.Context, authority string) ([]Tally, error) {
	return store.All(ctx, s.db, scanTally, `
		SELECT g.tag, count(*)
		FROM register_target_tag g
		JOIN register_target t ON t.authority_id = g.authority_id AND t.target_id = g.target_id
		WHERE g.authority_id = $1 AND t.active
		GROUP BY g.tag
		ORDER BY g.tag`, authority)
}

// Fields returns every field of enforcement of the officers in the register,
// with their numbers.
func (s *Service) Fields(ctx context.Context, authority string) ([]Tally, error) {
	return store.All(ctx, s.db, scanTally, `
		SELECT f.field, count(*)
		FROM register_officer_field f
		JOIN register_officer o ON o.authority_id = f.authority_id AND o.officer_id = f.officer_id
		WHERE f.authority_id = $1 AND o.active
		GROUP BY f.field
		ORDER BY f.field`, authority)
}

// OfficerFilter chooses officers. The zero filter has all in the register.
type OfficerFilter struct {
	Query     string // part of the name, the certificate's number or the unit
	Field     string
	Withdrawn bool          // those that were withdrawn, instead
	On        calendar.Date // as TargetFilter's
	Order     Order         // of pages with numbers; empty: by id
	After     string
	Skip      int
	Limit     int // 0: 100
}

// Officers returns officers by ascending id, as Targets does.
func (s *Service) Officers(ctx context.Context, authority string, f OfficerFilter) (found []Officer, next string, total int, err error) {
	w := newWhere(authority)
	w.must("active = ?", !f.Withdrawn)
	w.word("fields", "EXISTS (SELECT 1 FROM register_officer_field g WHERE g.authority_id = $1 AND g.officer_id = register_officer.officer_id AND g.field = ?)", f.Field, f.On)
	w.and(`search LIKE ? ESCAPE '\'`, like(f.Query))
	return page(ctx, s.db, scanOfficer, w, pageOf{table: w.asOf(Officers, f.On), cols: officerCols, id: "officer_id", order: orders[Officers][f.Order], after: f.After, skip: f.Skip, limit: f.Limit}, Officer.Key)
}

// Officer returns one officer, withdrawn or not.
func (s *Service) Officer(ctx context.Context, authority, id string) (Officer, error) {
	return one(ctx, loadOfficers, s.db, authority, id, "名录里没有这名执法检查人员")
}

// EachOfficer hands every officer in the register to fn, in ascending byte
// order of ids. tx may be nil.
func (s *Service) EachOfficer(ctx context.Context, tx *store.DB, authority string, fn func(Officer) error) error {
	return store.Each(ctx, s.handle(tx), scanOfficer, fn, `
		SELECT `+officerCols+`
		FROM register_officer
		WHERE authority_id = $1 AND active
		ORDER BY officer_id`, authority)
}

// ItemFilter chooses items. The zero filter has all in the list.
type ItemFilter struct {
	Query     string // part of the name, the category or the code
	Level     Level
	Withdrawn bool          // those that were withdrawn, instead
	On        calendar.Date // as TargetFilter's
	Order     Order         // of pages with numbers
	After     string
	Skip      int
	Limit     int // 0: 100
}

// Items returns items, with their points, in the order of the list; otherwise
// as Targets does.
func (s *Service) Items(ctx context.Context, authority string, f ItemFilter) (found []Item, next string, total int, err error) {
	w := newWhere(authority)
	w.must("active = ?", !f.Withdrawn)
	w.and("level = ?", string(f.Level))
	w.and(`search LIKE ? ESCAPE '\'`, like(f.Query))
	found, next, total, err = page(ctx, s.db, scanItem, w, pageOf{table: w.asOf(Items, f.On), cols: itemCols, id: "item_id", order: cmp.Or(orders[Items][f.Order], orders[Items][ByID]), after: f.After, skip: f.Skip, limit: f.Limit}, Item.Key)
	if err != nil {
		return nil, "", 0, err
	}
	return found, next, total, addPoints(ctx, s.db, authority, found)
}

// Item returns one item with its points, withdrawn or not.
func (s *Service) Item(ctx context.Context, authority, id string) (Item, error) {
	return one(ctx, loadItems, s.db, authority, id, "清单里没有这个抽查事项")
}
