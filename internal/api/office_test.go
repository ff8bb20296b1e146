package api

import (
	"bytes"
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"suiji/calendar"
	"suiji/internal/access"
	"suiji/internal/identity"
	"suiji/internal/inspection"
	"suiji/internal/inspection/inspectiontest"
	"suiji/internal/round/roundtest"
	"suiji/internal/store"
	"suiji/internal/store/storetest"
	"suiji/internal/token"
)

// may says which roles can carry out each operation of the office: the same as
// by the pages. An operation without a row fails.
func may() map[string][]access.Role {
	readers := []access.Role{access.Clerk, access.Leader, access.ListAdmin, access.Operator, access.Reviewer, access.Inspector, access.Auditor}
	register := []access.Role{access.Clerk, access.ListAdmin}
	return map[string][]access.Role{
		"listTargets": readers, "getTarget": readers, "listOfficers": readers, "getOfficer": readers, "listRegisterItems": readers, "getRegisterItem": readers,
		"listOfficePlans": readers, "getOfficePlan": readers, "listOfficeRounds": readers, "getOfficeRound": readers, "listForms": readers, "getForm": readers,
		"listDue": append(readers, access.Admin, access.Security), "previewPublication": readers, "getImport": readers,
		"amendTarget": register, "amendOfficer": register, "amendRegisterItem": register, "writeRows": register, "checkImport": register, "writeImport": register,
		"enterResult": {access.Clerk, access.Inspector}, "recordVisits": {access.Inspector}, "publishResults": {access.Reviewer},
	}
}

// sent fills an example of the office with what there is.
func (d *door) sent(op shown, e example, as access.Role, key string) asked {
	a := asked{method: op.Method, path: d.words(e.path), as: as, body: e.body, kind: "application/json"}
	if op.Method == http.MethodGet {
		return a
	}
	a.key = key
	switch op.OperationID {
	case "amendTarget", "amendOfficer", "amendRegisterItem", "enterResult":
		a.match = d.ask(asked{path: strings.TrimSuffix(a.path, "/result"), as: access.Clerk}).Header().Get("ETag")
	case "checkImport":
		a.body, a.kind = []byte("企业名称,统一社会信用代码\n元氏县改名商贸有限公司,"+d.forms[3].Firm.Code+"\n"), e.kind
	}
	switch op.OperationID {
	case "enterResult":
		f, err := d.server.Inspection.Form(d.t.Context(), roundtest.Authority, d.forms[7].ID)
		d.Must(err)
		a.body = entered(inspectiontest.Entry(f, "2022-06-14"))
	case "publishResults":
		a.body = Publication{Forms: d.ids(5, 7)}
	case "recordVisits":
		a.body = VisitRecords{[]VisitRecord{{ID: "record-00000001", Form: d.forms[7].ID, Kind: "arrival", At: "2022-06-20T10:00:00+08:00", Body: `{"reason":"手机没有定位功能"}`}}}
	}
	return a
}

// Every example of the office is sent as somebody who may, and the answer held
// to the document.
func TestOfficeExamples(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		d := filled(t, db)
		ops := map[string]shown{}
		for _, op := range operations(d.server.api.OpenAPI()) {
			ops[op.OperationID] = op
		}
		for i, e := range examples {
			if e.office {
				op := ops[e.id]
				w := d.ask(d.sent(op, e, may()[e.id][0], fmt.Sprintf("example-%04d", i)))
				d.fits(op, w)
				if op.Method == http.MethodGet && w.Header().Get("ETag") == "" {
					t.Errorf("%s has no ETag", e.id)
				}
			}
		}
	})
}

// Each role may do by a token what it may do at the desk, and no more.
func TestRoles(t *testing.T) {
	d, allowed := filled(t, storetest.SQLite(t)), may()
	for _, op := range operations(d.server.api.OpenAPI()) {
		if !inOffice(op.Path) {
			continue
		}
		roles, ok := allowed[op.OperationID]
		if !ok {
			t.Errorf("%s has no row in the table of roles", op.OperationID)
		}
		i := slices.IndexFunc(examples, func(e example) bool { return e.id == op.OperationID })
		if i < 0 {
			continue
		}
		for _, r := range access.Roles {
			w := d.ask(d.sent(op, examples[i], r.Role, "role-"+op.OperationID+string(r.Role)))
			if got, want := w.Code != http.StatusForbidden, slices.Contains(roles, r.Role); got != want {
				t.Errorf("%s as %s: %d, want allowed %v: %.200s", op.OperationID, r.Role, w.Code, want, w.Body)
			}
		}
	}
}

// A token without the scope gets nothing, whatever its role.
func TestScopes(t *testing.T) {
	d := filled(t, storetest.SQLite(t))
	for _, op := range operations(d.server.api.OpenAPI()) {
		scope, ok := op.Metadata["scope"].(token.Scope)
		if inOffice(op.Path) != ok {
			t.Errorf("%s: scope %q", op.OperationID, scope)
		}
		if !ok {
			continue
		}
		i := slices.IndexFunc(examples, func(e example) bool { return e.id == op.OperationID })
		other := token.ReadDue
		if scope == other {
			other = token.ReadForm
		}
		a := d.sent(op, examples[i], may()[op.OperationID][0], "scope-"+op.OperationID)
		a.as, a.token = "", d.grant(may()[op.OperationID][0], other)
		if p := d.problemOf(op.OperationID, d.ask(a)); p.Title != forbidden.Title || !strings.Contains(p.Detail, string(scope)) {
			t.Errorf("%s without %s: %+v", op.OperationID, scope, p)
		}
	}
}

// What another office has looks like what nobody has.
func TestAnotherOffice(t *testing.T) {
	d := filled(t, storetest.SQLite(t))
	const other = "130133-rs"
	d.Must(d.Identity.Found(t.Context(), identity.Authority{ID: other, Name: "赞皇县人力资源和社会保障局", Hash: "sha256"}))
	tokens := map[access.Role]string{}
	for _, role := range []access.Role{access.Clerk, access.Reviewer} {
		a := roundtest.As(role)
		a.Authority = other
		d.Must(d.Identity.AddAccount(t.Context(), access.System(other), identity.Account{ID: a.ID, Username: a.ID, Name: a.Name, Roles: a.Roles}, "Correct-Horse-7"))
		var all []token.Scope
		for _, x := range token.Scopes {
			all = append(all, x.Scope)
		}
		tk := token.Token{Authority: other, ID: store.NewID(d.Now()), Name: "x", Account: a.ID, Role: role, Scopes: all, ExpiresOn: calendar.In(d.Now()).AddDays(9)}
		admin := access.Actor{Authority: other, ID: "admin", Name: "管理员", Roles: []access.Role{access.Admin}}
		d.Must(d.server.Token.Grant(t.Context(), admin, tk))
		secret := token.Fresh()
		d.Must(d.server.Token.Collect(t.Context(), a, tk.ID, secret))
		tokens[role] = tk.Text(secret)
	}
	number := regexp.MustCompile(`/requests/[A-Z2-7-]+`)
	same := func(w *httptest.ResponseRecorder) string {
		return fmt.Sprint(w.Code, w.Header()["Content-Type"], number.ReplaceAllString(w.Body.String(), ""))
	}
	for _, op := range operations(d.server.api.OpenAPI()) {
		if !inOffice(op.Path) || !strings.Contains(op.Path, "{") && op.OperationID != "publishResults" && op.OperationID != "previewPublication" {
			continue
		}
		i := slices.IndexFunc(examples, func(e example) bool { return e.id == op.OperationID })
		role := access.Clerk
		if op.OperationID == "publishResults" {
			role = access.Reviewer
		}
		theirs := d.sent(op, examples[i], may()[op.OperationID][0], "key-a-"+op.OperationID)
		theirs.as, theirs.token = "", tokens[role]
		nobodys := theirs
		nobodys.key, nobodys.path = "key-b-"+op.OperationID, regexp.MustCompile(`{[a-z]+}`).ReplaceAllString(examples[i].path, "nothing")
		if op.OperationID == "publishResults" {
			nobodys.body = Publication{Forms: []string{"nothing"}}
		}
		a, b := d.ask(theirs), d.ask(nobodys)
		if a.Code != http.StatusNotFound || same(a) != same(b) {
			t.Errorf("%s: another office's %s, nobody's %s", op.OperationID, same(a), same(b))
		}
	}
}

// The same request gets the same answer, and is done once.
func TestIdempotency(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		d := filled(t, db)
		rows := func(name string) Rows {
			return Rows{List: "targets", Rows: []map[string]string{{"企业名称": name, "统一社会信用代码": d.forms[0].Firm.Code}}}
		}
		send := func(key string, body any) *httptest.ResponseRecorder {
			return d.ask(asked{method: "POST", path: "/api/v1/office/rows", as: access.Clerk, key: key, body: body, kind: "application/json"})
		}
		first := send("key-00000001", rows("元氏县改名一有限公司"))
		again := send("key-00000001", rows("元氏县改名一有限公司"))
		if first.Code != http.StatusOK || again.Code != first.Code || again.Body.String() != first.Body.String() || again.Header().Get("Idempotency-Replayed") != "true" {
			t.Errorf("again: %d %s, first %d %s", again.Code, again.Body, first.Code, first.Body)
		}
		if p := d.problemOf("another body", send("key-00000001", rows("元氏县改名二有限公司"))); p.Title != keyReused.Title {
			t.Errorf("another body under the key: %+v", p)
		}
		for _, key := range []string{"", "short", strings.Repeat("x", 101)} {
			if p := d.problemOf("key "+key, send(key, rows("x"))); p.Title != badRequest.Title {
				t.Errorf("key %q: %+v", key, p)
			}
		}
		bad := Rows{List: "targets", Rows: []map[string]string{{"企业名称": "好", "统一社会信用代码": d.forms[1].Firm.Code}, {"企业名称": "坏", "统一社会信用代码": "91130132MA0000000X"}}}
		p := d.problemOf("a bad row", send("key-00000002", bad))
		if p.Title != invalid.Title || len(p.Errors) != 1 || !strings.HasPrefix(p.Errors[0].Pointer, "#/rows/1/") {
			t.Errorf("a bad row: %+v", p)
		}
		x, err := d.Register.Target(t.Context(), roundtest.Authority, d.forms[1].Firm.TargetID)
		if err != nil || x.Name == "好" {
			t.Errorf("the good row beside it was written: %q, %v", x.Name, err)
		}
		if p := d.problemOf("no such column", send("key-00000003", Rows{List: "targets", Rows: []map[string]string{{"颜色": "红"}}})); p.Title != invalid.Title || !strings.Contains(p.Detail, "颜色") {
			t.Errorf("no such column: %+v", p)
		}
	})
}

// The process dies when the act is done and its answer is not kept: the same
// request is not done again.
func TestAnswerLost(t *testing.T) {
	d := filled(t, storetest.SQLite(t))
	a := asked{method: "POST", path: "/api/v1/office/publications", as: access.Reviewer, key: "key-00000001", body: Publication{Forms: d.ids(5, 6)}, kind: "application/json"}
	if w := d.ask(a); w.Code != http.StatusOK {
		t.Fatalf("%d %s", w.Code, w.Body)
	}
	d.Must(d.Door.Keep(t.Context(), func(tx *store.DB) error {
		_, err := tx.Exec(t.Context(), `DELETE FROM token_answer`)
		return err
	}))
	w := d.ask(a)
	versions, err := d.server.Disclosure.Result(t.Context(), roundtest.Authority, d.forms[5].ID)
	if w.Code != http.StatusOK || err != nil || len(versions) != 1 {
		t.Errorf("again: %d %s with %d versions, %v, want the answer and one", w.Code, w.Body, len(versions), err)
	}
}

// Nobody overwrites what he has not seen.
func TestConditions(t *testing.T) {
	d := filled(t, storetest.SQLite(t))
	path := "/api/v1/office/targets/" + d.forms[0].Firm.TargetID
	tag := d.ask(asked{path: path, as: access.Clerk}).Header().Get("ETag")
	patch := func(key, match, name string) *httptest.ResponseRecorder {
		return d.ask(asked{method: "PATCH", path: path, as: access.Clerk, key: key, match: match, kind: "application/json",
			body: Amendment{Values: map[string]string{"name": name}, Source: "企业来函"}})
	}
	if p := d.problemOf("without", patch("key-00000001", "", "甲")); p.Title != noCondition.Title {
		t.Errorf("without If-Match: %+v", p)
	}
	if p := d.problemOf("none of ours", patch("key-00000002", `"x"`, "甲")); p.Title != badRequest.Title {
		t.Errorf("If-Match x: %+v", p)
	}
	w := patch("key-00000003", tag, "元氏县甲有限公司")
	var got TargetRecord
	d.Must(json.Unmarshal(w.Body.Bytes(), &got))
	if w.Code != http.StatusOK || got.Name != "元氏县甲有限公司" || w.Header().Get("ETag") == tag {
		t.Errorf("with it: %d %+v, ETag %s after %s", w.Code, got, w.Header().Get("ETag"), tag)
	}
	p := d.problemOf("stale", patch("key-00000004", tag, "元氏县乙有限公司"))
	if p.Title != stale.Title || !strings.Contains(p.Detail, "接口令牌") {
		t.Errorf("stale: %+v, want 412 that says who was first", p)
	}
	if p := d.problemOf("no such member", patch("key-00000005", w.Header().Get("ETag"), "")); p.Title != invalid.Title || p.Errors[0].Pointer != "#/values/name" {
		t.Errorf("an empty name: %+v", p)
	}
	form := "/api/v1/office/forms/" + d.forms[7].ID
	f, err := d.server.Inspection.Form(t.Context(), roundtest.Authority, d.forms[7].ID)
	d.Must(err)
	e := entered(inspectiontest.Entry(f, "2022-06-14"))
	put := func(key, match string, e Entered) *httptest.ResponseRecorder {
		return d.ask(asked{method: "PUT", path: form + "/result", as: access.Clerk, key: key, match: match, body: e, kind: "application/json"})
	}
	was := d.ask(asked{path: form, as: access.Clerk}).Header().Get("ETag")
	bad := e
	bad.Codes, bad.Answers = []string{}, slices.Clone(e.Answers)
	if p := d.problemOf("no code", put("key-00000006", was, bad)); p.Title != invalid.Title || !slices.ContainsFunc(p.Errors, func(x ProblemSpot) bool { return x.Pointer == "#/codes" }) {
		t.Errorf("no code: %+v", p)
	}
	if w := put("key-00000007", was, e); w.Code != http.StatusOK {
		t.Errorf("enter: %d %s", w.Code, w.Body)
	}
	if p := d.problemOf("second clerk", put("key-00000008", was, e)); p.Title != stale.Title {
		t.Errorf("the second clerk: %+v", p)
	}
	got2, err := d.server.Inspection.Form(t.Context(), roundtest.Authority, d.forms[7].ID)
	if err != nil || got2.State != inspection.Entered || got2.EnteredBy != "clerk" || got2.EnteredName != "经办人（接口令牌“业务系统”）" {
		t.Errorf("entered by %q %q as %s, %v", got2.EnteredBy, got2.EnteredName, got2.State, err)
	}
	acts, err := d.Door.Entries(t.Context(), roundtest.Authority, d.forms[7].ID, time.Time{}, 5)
	if err != nil || len(acts) == 0 || acts[0].ActorID != "clerk" || !strings.Contains(acts[0].Actor, "接口令牌") {
		t.Errorf("the log says %+v, %v", acts, err)
	}
}

// A file goes in by two steps.
func TestImport(t *testing.T) {
	d := filled(t, storetest.SQLite(t))
	file := []byte("企业名称,统一社会信用代码\n元氏县改名有限公司," + d.forms[0].Firm.Code + "\n坏行,91130132MA0000000X\n")
	w := d.ask(asked{method: "POST", path: "/api/v1/office/imports?list=targets&name=x.csv", as: access.Clerk, key: "key-00000001", body: file, kind: "application/octet-stream"})
	var i Import
	d.Must(json.Unmarshal(w.Body.Bytes(), &i))
	if w.Code != http.StatusCreated || i.State != "checked" || i.Accepted != 1 || i.Rejected != 1 || len(i.Issues) == 0 || w.Header().Get("Location") != "/api/v1/office/imports/"+i.ID {
		t.Fatalf("check: %d %+v at %s", w.Code, i, w.Header().Get("Location"))
	}
	if x, _ := d.Register.Target(t.Context(), roundtest.Authority, d.forms[0].Firm.TargetID); x.Name == "元氏县改名有限公司" {
		t.Error("the check has written")
	}
	w = d.ask(asked{method: "POST", path: w.Header().Get("Location") + "/write", as: access.Clerk, key: "key-00000002"})
	d.Must(json.Unmarshal(w.Body.Bytes(), &i))
	if w.Code != http.StatusOK || i.State != "written" || i.Changed != 1 {
		t.Errorf("write: %d %+v", w.Code, i)
	}
	if x, err := d.Register.Target(t.Context(), roundtest.Authority, d.forms[0].Firm.TargetID); err != nil || x.Name != "元氏县改名有限公司" {
		t.Errorf("written as %q, %v", x.Name, err)
	}
}

// deadlines notes what is said of the connection's time to read.
type deadlines struct {
	*httptest.ResponseRecorder
	set []time.Time
}

// SetReadDeadline is asked for by http.ResponseController.
func (d *deadlines) SetReadDeadline(at time.Time) error {
	d.set = append(d.set, at)
	return nil
}

// No deadline for the body stays on the connection: it would cut off a change
// that takes longer, and everything after it.
func TestNoDeadlineStays(t *testing.T) {
	d := filled(t, storetest.SQLite(t))
	body, err := json.Marshal(Amendment{Values: map[string]string{"address": "元氏县槐阳镇"}, Source: "来函"})
	d.Must(err)
	path := "/api/v1/office/targets/" + d.forms[0].Firm.TargetID
	r := httptest.NewRequest("PATCH", path, bytes.NewReader(body))
	for name, v := range map[string]string{"Authorization": "Bearer " + d.token(access.Clerk), "Idempotency-Key": "key-00000001", "Content-Type": "application/json",
		"If-Match": d.ask(asked{path: path, as: access.Clerk}).Header().Get("ETag")} {
		r.Header.Set(name, v)
	}
	w := &deadlines{ResponseRecorder: httptest.NewRecorder()}
	d.ServeHTTP(w, r)
	if w.Code != http.StatusOK {
		t.Fatalf("%d %s", w.Code, w.Body)
	}
	for _, at := range w.set {
		if !at.IsZero() {
			t.Errorf("the connection must be read until %v", at)
		}
	}
}
