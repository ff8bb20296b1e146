package register_test

import (
	"encoding/hex"
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"

	"suiji/calendar"
	"suiji/internal/canon"
	"suiji/internal/errs"
	"suiji/internal/register"
	"suiji/internal/store"
)

// codes are the credit codes of the firms of the histories.
var codes = []string{"91130132108010841G", "91130132MA01CYF422", "91130132108010083D"}

// told is one state of a firm as the model knows it.
type told struct {
	since  calendar.Date
	text   string // name and tags
	active bool
}

// history is a register with the model beside it.
type history struct {
	*desk
	t      *rapid.T
	states map[string][]told
}

func (h *history) today() calendar.Date { return calendar.In(h.now) }

func (h *history) last(code string) *told {
	all := h.states[code]
	if len(all) == 0 {
		return nil
	}
	return &all[len(all)-1]
}

// bring imports some firms.
func (h *history) bring() {
	some := rapid.SliceOfNDistinct(rapid.SampledFrom(codes), 1, 3, rapid.ID).Draw(h.t, "firms")
	file := "企业名称,信用代码,标签\n"
	for _, code := range some {
		name := rapid.SampledFrom([]string{"甲厂", "乙厂", "丙厂"}).Draw(h.t, "name")
		tags := rapid.SampledFrom([]string{"劳务派遣", "投诉举报多、劳务派遣", "无"}).Draw(h.t, "tags")
		file += fmt.Sprintf("%s,%s,%s\n", name, code, tags)
		text := name + "|" + strings.Join(map[string][]string{"劳务派遣": {"劳务派遣"}, "投诉举报多、劳务派遣": {"劳务派遣", "投诉举报多"}, "无": nil}[tags], " ")
		if l := h.last(code); l == nil || !l.active || l.text != text {
			h.states[code] = append(h.states[code], told{h.today(), text, true})
		}
	}
	h.enter(register.Targets, fmt.Sprintf("%s.csv", store.NewID(h.now)), file)
}

// amend changes a name by hand, from a day that may be past.
func (h *history) amend() {
	code := rapid.SampledFrom(codes).Draw(h.t, "firm")
	l := h.last(code)
	if l == nil || !l.active {
		return
	}
	from := h.today().AddDays(-rapid.IntRange(0, 20).Draw(h.t, "back"))
	kept, err := h.Target(h.desk.t.Context(), authority, code)
	if err != nil {
		h.t.Fatal(err)
	}
	name := rapid.SampledFrom([]string{"新名一", "新名二"}).Draw(h.t, "name")
	err = h.Amend(h.desk.t.Context(), clerk, register.Targets, code, register.Amendment{Base: kept.Version, Values: map[string]string{"name": name},
		Effective: from.String(), Source: "企业来函"})
	_, tags, _ := strings.Cut(l.text, "|")
	switch {
	case from.Before(l.since):
		if errs.KindOf(err) != errs.Invalid {
			h.t.Fatalf("a change from %s before the state's %s: %v, want Invalid", from, l.since, err)
		}
	case name+"|"+tags == l.text:
		if errs.KindOf(err) != errs.Conflict {
			h.t.Fatalf("a change of nothing: %v, want Conflict", err)
		}
	case err != nil:
		h.t.Fatal(err)
	default:
		h.states[code] = append(h.states[code], told{from, name + "|" + tags, true})
	}
}

func (h *history) withdraw() {
	code := rapid.SampledFrom(codes).Draw(h.t, "firm")
	l := h.last(code)
	if l == nil || !l.active {
		return
	}
	if err := h.Withdraw(h.desk.t.Context(), clerk, code, "已注销"); err != nil {
		h.t.Fatal(err)
	}
	h.states[code] = append(h.states[code], told{h.today(), l.text, false})
}

// on is the register at the end of a day, by the model.
func (h *history) on(d calendar.Date) map[string]string {
	out := map[string]string{}
	for code, all := range h.states {
		for _, s := range slices.Backward(all) {
			if s.since.After(d) {
				continue
			}
			if s.active {
				out[code] = s.text
			}
			break
		}
	}
	return out
}

func (h *history) shown(filter register.TargetFilter) map[string]string {
	found, _, total, err := h.Targets(h.desk.t.Context(), authority, filter)
	if err != nil || total != len(found) {
		h.t.Fatalf("Targets(%+v): %d of %d, %v", filter, len(found), total, err)
	}
	out := map[string]string{}
	for _, f := range found {
		out[f.ID] = f.Name + "|" + strings.Join(f.Tags, " ")
	}
	return out
}

// Random histories, replayed to any day, give the register of that day: as a
// list, by tag, record by record, and as the difference of two days.
func TestPast(t *testing.T) {
	each(t, func(t *testing.T, d *desk) {
		n := 0
		rapid.Check(t, func(rt *rapid.T) {
			h := &history{desk: newDesk(t, emptied(t, d.db)), t: rt, states: map[string][]told{}}
			first := h.today()
			for range rapid.IntRange(1, 8).Draw(rt, "acts") {
				h.now = h.now.Add(time.Duration(rapid.IntRange(0, 15).Draw(rt, "days"))*24*time.Hour + time.Second)
				rapid.SampledFrom([]func(*history){(*history).bring, (*history).bring, (*history).amend, (*history).withdraw}).Draw(rt, "act")(h)
			}
			days := h.today().DaysUntil(first)
			for range 4 {
				day := first.AddDays(rapid.IntRange(-1, -days+1).Draw(rt, "day"))
				h.compare(day)
				h.differ(day, first.AddDays(rapid.IntRange(-1, -days+1).Draw(rt, "other day")))
			}
			if got, want := h.shown(register.TargetFilter{}), h.on(h.today()); !maps.Equal(got, want) {
				rt.Fatalf("now = %v, want %v", got, want)
			}
			h.roots()
			n++
		})
		t.Logf("%d histories", n)
	})
}

func (h *history) compare(day calendar.Date) {
	want := h.on(day)
	if got := h.shown(register.TargetFilter{On: day}); !maps.Equal(got, want) {
		h.t.Fatalf("on %s = %v, want %v", day, got, want)
	}
	tagged := map[string]string{}
	for code, text := range want {
		if strings.Contains(text, "投诉举报多") {
			tagged[code] = text
		}
	}
	if got := h.shown(register.TargetFilter{On: day, Tag: "投诉举报多"}); !maps.Equal(got, tagged) {
		h.t.Fatalf("with the tag on %s = %v, want %v", day, got, tagged)
	}
	for _, code := range codes {
		rec, err := register.TargetBook.On(h.desk.t.Context(), h.db, authority, code, day)
		text, in := want[code]
		if got := rec.Name + "|" + strings.Join(rec.Tags, " "); in && (err != nil || got != text) || !in && err == nil && rec.Active {
			h.t.Fatalf("%s on %s = %q, %v, want %q", code, day, got, err, text)
		}
	}
}

func (h *history) differ(from, to calendar.Date) {
	if to.Before(from) {
		from, to = to, from
	}
	got, want := map[string]string{}, map[string]string{}
	err := h.EachChange(h.desk.t.Context(), authority, register.Targets, from, to, func(c register.Change) error {
		got[c.ID] = string(c.Kind)
		return nil
	})
	if err != nil {
		h.t.Fatal(err)
	}
	before, after := h.on(from), h.on(to)
	for _, code := range codes {
		x, was := before[code]
		y, is := after[code]
		switch {
		case was && !is:
			want[code] = "注销"
		case !was && is:
			want[code] = "新增"
		case x != y:
			want[code] = "变更"
		}
	}
	if !maps.Equal(got, want) {
		h.t.Fatalf("from %s to %s = %v, want %v", from, to, got, want)
	}
}

// roots works every version's root out again, from the states that it had.
func (h *history) roots() {
	ctx := h.desk.t.Context()
	versions, err := h.Versions(ctx, authority, register.Targets, 100)
	if err != nil {
		h.t.Fatal(err)
	}
	for _, v := range versions {
		root := canon.NewRoot(canon.SHA256)
		err := store.Each(ctx, h.db, store.Value[string], func(line string) error {
			root.Add([]byte(line))
			return nil
		}, `
			SELECT target_id || '	' || digest FROM (
				SELECT target_id, `+hexOf(h.db)+` AS digest FROM register_target WHERE active AND version <= $1
				UNION ALL
				SELECT target_id, `+hexOf(h.db)+` FROM register_target_past WHERE active AND version <= $1 AND until_version > $1) AS s
			ORDER BY target_id`, v.Number)
		if got := hex.EncodeToString(root.Sum()); err != nil || got != v.Root {
			h.t.Fatalf("version %d has the root %s, %v, want %s as in the ledger", v.Number, got, err, v.Root)
		}
	}
}

func hexOf(db *store.DB) string {
	if db.Engine() == store.SQLite {
		return "lower(hex(digest))"
	}
	return "encode(digest, 'hex')"
}

// emptied takes away what a history before has left.
func emptied(t *testing.T, db *store.DB) *store.DB {
	t.Helper()
	err := db.InTx(t.Context(), func(tx *store.DB) error {
		for _, table := range []string{"register_target_past", "register_target_tag", "register_target", "register_version", "register_turn", "search_target", "ledger_entry"} {
			if _, err := tx.Exec(t.Context(), "DELETE FROM "+table); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return db
}

// Two clerks change one record: the second is told of the first, and nothing
// is overwritten.
func TestAmendTwice(t *testing.T) {
	each(t, func(t *testing.T, d *desk) {
		ctx := t.Context()
		d.enter(register.Targets, "a.csv", "企业名称,信用代码,联系电话\n甲厂,"+codes[0]+",0311-1\n")
		other := clerk
		other.ID, other.Name = "clerk2", "王芳"
		change := func(field, value string) register.Amendment {
			return register.Amendment{Base: 1, Values: map[string]string{field: value}, Source: "企业来函"}
		}
		if err := d.Amend(ctx, clerk, register.Targets, codes[0], change("name", "甲机械厂")); err != nil {
			t.Fatal(err)
		}
		d.now = d.now.Add(2 * time.Minute)
		err := d.Amend(ctx, other, register.Targets, codes[0], change("phone", "0311-2"))
		if errs.KindOf(err) != errs.Conflict || !strings.Contains(errs.Sentence(err), "李敏 2 分钟前改过") {
			t.Errorf("the second clerk: %v, want Conflict and who was first", err)
		}
		kept, err := d.Target(ctx, authority, codes[0])
		if err != nil || kept.Name != "甲机械厂" || kept.Phone != "0311-1" || kept.Version != 2 {
			t.Errorf("kept = %+v, %v, want the first clerk's change alone", kept, err)
		}
		for name, m := range map[string]register.Amendment{
			"no source":      {Base: 2, Values: map[string]string{"name": "乙"}},
			"no name":        {Base: 2, Values: map[string]string{"name": " "}, Source: "x"},
			"no such state":  {Base: 2, Values: map[string]string{"state": "很好"}, Source: "x"},
			"no such day":    {Base: 2, Values: map[string]string{"established": "2022-02-30"}, Source: "x"},
			"from tomorrow":  {Base: 2, Values: map[string]string{"name": "乙"}, Source: "x", Effective: "2022-03-02"},
			"from yesterday": {Base: 2, Values: map[string]string{"name": "乙"}, Source: "x", Effective: "2022-02-28"},
		} {
			if err := d.Amend(ctx, clerk, register.Targets, codes[0], m); errs.KindOf(err) != errs.Invalid {
				t.Errorf("%s: %v, want Invalid", name, err)
			}
		}
		events, err := d.History(ctx, authority, register.Targets, codes[0])
		if err != nil || len(events) != 2 || events[0].Kind != register.Amended || events[0].Version.By != "李敏" || events[0].Version.Source != "企业来函" ||
			!slices.Equal(events[0].Fields, []register.FieldChange{{Label: "名称", Before: "甲厂", After: "甲机械厂"}}) || events[1].Kind != register.Entered || events[1].Version.Source != "a.csv" {
			t.Errorf("History = %+v, %v", events, err)
		}
		if found, _, _, err := d.Targets(ctx, authority, register.TargetFilter{Query: "甲厂"}); err != nil || len(found) != 1 {
			t.Errorf("by its former name: %d firms, %v, want 1", len(found), err)
		}
	})
}

// An item keeps the points that it had.
func TestItemPast(t *testing.T) {
	each(t, func(t *testing.T, d *desk) {
		ctx := t.Context()
		d.enter(register.Items, "i.csv", "抽查事项,依据\n工资支付,劳动法第五十条\n")
		items, _, _, err := d.Items(ctx, authority, register.ItemFilter{})
		if err != nil || len(items) != 1 {
			t.Fatal(items, err)
		}
		first := calendar.In(d.now)
		d.now = d.now.Add(48 * time.Hour)
		err = d.Amend(ctx, clerk, register.Items, items[0].ID, register.Amendment{Base: 1, Source: "省厅文件",
			Values: map[string]string{"points": "是否按月支付｜依据：劳动法第五十条\n\n是否低于最低工资", "level": "重点检查事项"}})
		if err != nil {
			t.Fatal(err)
		}
		now, err := d.Item(ctx, authority, items[0].ID)
		want := []register.Point{{Text: "是否按月支付", Basis: "劳动法第五十条"}, {Text: "是否低于最低工资"}}
		if err != nil || !slices.Equal(now.Points, want) || now.Level != register.Key {
			t.Errorf("now = %+v, %v", now, err)
		}
		was, err := register.ItemBook.On(ctx, d.db, authority, items[0].ID, first)
		if err != nil || !slices.Equal(was.Points, items[0].Points) || was.Level != register.General {
			t.Errorf("on %s = %+v, %v, want %+v", first, was, err, items[0])
		}
		list, _, _, err := d.Items(ctx, authority, register.ItemFilter{On: first})
		if err != nil || len(list) != 1 || !slices.Equal(list[0].Points, items[0].Points) {
			t.Errorf("the list on %s = %+v, %v", first, list, err)
		}
	})
}
