package main

import (
	"archive/zip"
	"bytes"
	"fmt"
	"io"
	"maps"
	"net/http"
	"net/http/httptest"
	"regexp"
	"slices"
	"strings"
	"testing"

	"suiji/internal/access"
	"suiji/internal/documents"
	"suiji/internal/identity"
	"suiji/internal/inspection"
	"suiji/internal/store"
)

// canary is a firm that another unit alone inspects: no page of ours names it.
const canary = "金丝雀查验有限公司"

// divided is an office whose officers are of two units, with people of one of
// them and of the unit above it.
type divided struct {
	*permitted
	own, other map[string]string // the table's things of ours, and of the other unit
	people     map[access.Role][2]access.Actor
	hidden     []string // what no page of ours may say: the other unit's firms, numbers and codes
}

// newDivided makes the office; its officers, and some of its firms, fall to each
// unit as the demo has dealt them. Of a demo in which too much falls to one
// another is made.
func newDivided(t *testing.T) *divided {
	var w *divided
	var app *app
	var team map[string]bool
	ctx := t.Context()
	for range 10 {
		w = &divided{permitted: newPermitted(t), people: map[access.Role][2]access.Actor{}}
		var err error
		app, err = w.p.open(ctx, &place{dir: w.base})
		w.must(err)
		if team = w.apart(app); team != nil {
			break
		}
		w.must(app.close())
	}
	if team == nil {
		t.Fatal("in ten demos nothing is another unit's")
	}
	w.must(app.door.Keep(ctx, func(tx *store.DB) error {
		if _, err := tx.Exec(ctx, `UPDATE register_officer SET unit = '乙局' WHERE authority_id = $1`, demoAuthority); err != nil {
			return err
		}
		for id := range team {
			if _, err := tx.Exec(ctx, `UPDATE register_officer SET unit = '甲县' WHERE authority_id = $1 AND officer_id = $2`, demoAuthority, id); err != nil {
				return err
			}
		}
		return nil
	}))
	for _, u := range []identity.Unit{{ID: "up", Name: "联合检查办公室"}, {ID: "ours", Parent: "up", Name: "甲县"}, {ID: "theirs", Name: "乙局"}} {
		w.must(app.identity.AddUnit(ctx, demoActor(access.Security), u))
	}
	inspector, err := app.identity.Account(ctx, demoAuthority, "inspector")
	w.must(err)
	for _, role := range everyone() {
		if access.Whole(role) {
			continue
		}
		var two [2]access.Actor
		for i, unit := range []string{"ours", "up"} {
			acc := identity.Account{ID: unit + "-" + string(role), Username: unit + "-" + string(role), Name: unit + role.Name(), OfficerID: inspector.OfficerID, Roles: []access.Role{role}, Unit: unit}
			w.must(app.identity.AddAccount(ctx, access.System(demoAuthority), acc, "demo-2046"))
			acc, err := app.identity.Account(ctx, demoAuthority, acc.ID)
			w.must(err)
			two[i] = acc.Actor()
			w.grant(app, two[i])
		}
		w.people[role] = two
	}
	w.theirs(app)
	w.must(app.close())
	return w
}

// apart finds a form with findings of ours, and one of theirs and a decision on
// a penalty whose teams have nobody of ours, and returns who is of ours, or nil.
func (w *divided) apart(app *app) map[string]bool {
	w.t.Helper()
	pairs := func(query string) [][2]string {
		all, err := store.All(w.t.Context(), app.db, func(row store.Scanner) (x [2]string, err error) {
			err = row.Scan(&x[0], &x[1])
			return x, err
		}, query, demoAuthority)
		w.must(err)
		return all
	}
	found := pairs(`SELECT DISTINCT form_id, form_id FROM casework_paper WHERE authority_id = $1 ORDER BY form_id`)
	fined := pairs(`SELECT number, form_id FROM casework_penalty WHERE authority_id = $1 ORDER BY number`)
	w.own, w.other = w.names, maps.Clone(w.names)
	for _, a := range found {
		ours := w.team(app, w.names["form"], a[1])
		theirs := func(x [2]string) bool {
			for id := range w.team(app, x[1]) {
				if ours[id] {
					return false
				}
			}
			return true
		}
		b, c := slices.IndexFunc(found, theirs), slices.IndexFunc(fined, theirs)
		if b >= 0 && c >= 0 {
			w.own["found_form"], w.other["found_form"], w.other["number"] = a[0], found[b][0], fined[c][0]
			return ours
		}
	}
	return nil
}

// team is who inspects the firms of forms.
func (w *divided) team(app *app, forms ...string) map[string]bool {
	w.t.Helper()
	team := map[string]bool{}
	for _, form := range forms {
		f, err := app.inspection.Form(w.t.Context(), demoAuthority, form)
		w.must(err)
		for _, o := range f.Team {
			team[o.ID] = true
		}
	}
	return team
}

// theirs finds the other unit's things, and gives their firm the canary's name.
func (w *divided) theirs(app *app) {
	w.t.Helper()
	ctx := w.t.Context()
	ours := identity.WithActor(ctx, w.people[access.Clerk][0])
	all, err := app.inspection.Forms(ctx, demoAuthority, inspection.Filter{})
	w.must(err)
	mine, err := app.inspection.Forms(ours, demoAuthority, inspection.Filter{})
	w.must(err)
	if len(mine) == 0 || len(mine) == len(all) {
		w.t.Fatalf("%d of %d forms are ours", len(mine), len(all))
	}
	known := map[string]bool{}
	for _, f := range mine {
		known[f.ID], known[f.Firm.TargetID] = true, true
	}
	first := func(names map[string]string, own bool, name, query string) {
		list, err := store.All(ctx, app.db, func(row store.Scanner) (x [2]string, err error) {
			err = row.Scan(&x[0], &x[1])
			return x, err
		}, query, demoAuthority)
		w.must(err)
		i := slices.IndexFunc(list, func(x [2]string) bool { return known[x[1]] == own })
		if i < 0 {
			w.t.Fatalf("no %s is ours (%v)", name, own)
		}
		names[name] = list[i][0]
	}
	const posted = `SELECT form_id, form_id FROM disclosure_posting WHERE authority_id = $1 ORDER BY form_id`
	first(w.own, true, "done_form", posted)
	first(w.other, false, "done_form", posted)
	for _, names := range []map[string]string{w.own, w.other} {
		w.handed(app, names)
	}
	w.other["round"] = w.names["rehearsal"] // one in which we have no form
	i := slices.IndexFunc(all, func(f inspection.Form) bool { return f.RoundID == w.names["round"] && !known[f.Firm.TargetID] })
	if i < 0 {
		w.t.Fatal("no firm is the other unit's alone")
	}
	f := all[i]
	w.other["form"], w.other["target"], w.other["code"] = f.ID, f.Firm.TargetID, f.Code
	for form, names := range map[string]map[string]string{w.own["form"]: w.own, f.ID: w.other} {
		names["paper"], err = app.documents.Begin(ctx, demoActor(access.Clerk), documents.NewPaper{Kind: documents.Record, FormID: form})
		w.must(err)
		names["paper_of"] = names["paper"]
	}
	w.other["issued"] = w.other["paper"] // what the demo issued may be ours
	ourNames := ""
	for _, x := range mine {
		ourNames += x.Firm.Name + "\n"
	}
	w.hidden = []string{canary}
	for _, x := range all {
		if !known[x.ID] {
			w.hidden = append(w.hidden, x.ID, x.Code)
		}
		if !known[x.Firm.TargetID] && !strings.Contains(ourNames, x.Firm.Name) {
			w.hidden = append(w.hidden, x.Firm.Name)
		}
	}
	w.must(app.door.Keep(ctx, func(tx *store.DB) error {
		_, err := tx.Exec(ctx, `UPDATE register_target SET name = $3 WHERE authority_id = $1 AND target_id = $2`, demoAuthority, f.Firm.TargetID, canary)
		return err
	}))
}

// TestUnits takes every route as the people of a unit and of the one above it.
// What is the whole authority's is closed to them; another unit's looks exactly
// like what does not exist; their own is there, for those above it too; and no
// page says a byte of the other's firms.
func TestUnits(t *testing.T) {
	if testing.Short() {
		t.Skip("takes some hundred routes as eight people")
	}
	w := newDivided(t)
	var as access.Actor
	h := w.office(&as)
	table := rules(t)
	var closed, hidden, pages int
	for _, pattern := range slices.Sorted(maps.Keys(table)) {
		r := table[pattern]
		if r.open {
			continue
		}
		for role, two := range w.people {
			if !slices.Contains(r.may, role) {
				continue
			}
			for _, who := range two {
				if strings.Contains(r.args, "$") && !strings.Contains(r.args, "$fresh") {
					w.alike(h, &as, who, r)
					hidden++
				}
				if !r.unit {
					if rec := w.ask(h, &as, who, r, w.own); told(rec) != "no" && !r.early {
						t.Errorf("%s as %s: %s (%d), want no; %s", pattern, who.Name, told(rec), rec.Code, said(rec))
					}
					closed++
				} else if strings.HasPrefix(pattern, "GET ") {
					w.silent(h, &as, who, r)
					pages++
				}
			}
		}
	}
	if closed < 500 || hidden < 300 || pages < 150 {
		t.Errorf("only %d were closed, %d compared, %d read", closed, hidden, pages)
	}
	for _, page := range []rule{{pattern: "GET /w/forms"}, {pattern: "GET /w/docs"}, {pattern: "GET /w/docs/new"}, {pattern: "GET /w/followups"}, {pattern: "GET /w/publish"},
		{pattern: "GET /api/v1/office/forms"}} { // the whole authority's people see them
		text := content(t, w.ask(h, &as, demoActor(access.Clerk), page, w.own))
		page.args = "closed=1" // of what follows up, all may be ended that is not ours
		text += content(t, w.ask(h, &as, demoActor(access.Clerk), page, w.own))
		if !slices.ContainsFunc(w.hidden, func(x string) bool { return strings.Contains(text, x) }) {
			t.Errorf("%s names nothing of the other unit to the clerk: this test sees nothing", page.pattern)
		}
	}
}

// TestUnitsWork has the people of a unit, and those above it, do what their
// roles may with what is the unit's.
func TestUnitsWork(t *testing.T) {
	if testing.Short() {
		t.Skip("takes some routes, each in an office of its own")
	}
	w := newDivided(t)
	var as access.Actor
	h := w.office(&as)
	for _, r := range rules(t) {
		if !r.unit || !r.scoped() || r.gone || r.early || strings.Contains(r.pattern, "/paper.") { // ours is a draft, without files
			continue
		}
		for role, two := range w.people {
			if !slices.Contains(r.may, role) {
				continue
			}
			for _, who := range two {
				rec := w.ask(h, &as, who, r, w.own)
				if got := told(rec); got != "yes" && got != "refused" {
					t.Errorf("%s as %s: %s (%d); %s", r.pattern, who.Name, got, rec.Code, said(rec))
				}
				if !strings.HasPrefix(r.pattern, "GET ") && rec.Code < 400 {
					h = w.office(&as)
				}
			}
		}
	}
}

// alike holds that the other unit's thing is told like none.
func (w *divided) alike(h http.Handler, as *access.Actor, who access.Actor, r rule) {
	w.t.Helper()
	none := map[string]string{}
	for name, v := range w.other {
		none[name] = madeUp(v)
	}
	none["ref"] = w.other["ref"]   // a number within its form
	none["rule"] = w.names["rule"] // no unit's
	theirs, nothing := w.ask(h, as, who, r, w.other), w.ask(h, as, who, r, none)
	a, b := anonymous(theirs, w.other, none), anonymous(nothing, none, none)
	if theirs.Code != nothing.Code || a != b {
		w.t.Errorf("%s as %s: %d for another unit's, %d for nothing\n%s\n%s", r.pattern, who.Name, theirs.Code, nothing.Code, differ(a, b), differ(b, a))
	}
}

var inside = regexp.MustCompile(`href="(/[wm](?:/[^"?#]*)?)`)

// silent holds that a page says nothing of the other unit's firms, and leads
// nowhere that is closed.
func (w *divided) silent(h http.Handler, as *access.Actor, who access.Actor, r rule) {
	w.t.Helper()
	rec := w.ask(h, as, who, r, w.own)
	text := content(w.t, rec)
	for _, x := range w.hidden {
		if strings.Contains(text, x) {
			w.t.Errorf("%s as %s names %s of another unit", r.pattern, who.Name, x)
		}
	}
	for _, m := range inside.FindAllStringSubmatch(text, -1) {
		*as = who
		to := httptest.NewRecorder()
		h.ServeHTTP(to, httptest.NewRequest(http.MethodGet, m[1], nil))
		if to.Code == http.StatusForbidden || to.Code == http.StatusNotFound {
			w.t.Errorf("%s as %s leads to %s: %d", r.pattern, who.Name, m[1], to.Code)
		}
	}
}

// content is what an answer says, with what is in its packed parts.
func content(t *testing.T, rec *httptest.ResponseRecorder) string {
	t.Helper()
	text := rec.Body.String()
	if !strings.HasPrefix(text, "PK") {
		return text
	}
	z, err := zip.NewReader(bytes.NewReader(rec.Body.Bytes()), int64(rec.Body.Len()))
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range z.File {
		in, err := f.Open()
		if err != nil {
			t.Fatal(err)
		}
		part, err := io.ReadAll(in)
		if err != nil {
			t.Fatal(fmt.Errorf("%s: %w", f.Name, err))
		}
		text += string(part)
	}
	return text
}
