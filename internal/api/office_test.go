package api

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
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
	"suiji/internal/shape"
	"suiji/internal/store"
	"suiji/internal/store/storetest"
	"suiji/internal/token"
)

// may says which roles can carry out each operation of the office: the same as
// by the pages. An operation without a row fails.
func may() map[string][]access.Role {
	readers := []access.Role{access.Clerk, access.Leader, access.ListAdmin, access.Operator, access.Reviewer, access.Inspector, access.Auditor}
	register := []access.Role{access.Clerk, access.ListAdmin}
	keepers := []access.Role{access.Clerk, access.Leader, access.Reviewer, access.Auditor}
	hands := []access.Role{access.Clerk, access.Inspector, access.Reviewer}
	return map[string][]access.Role{
		"listObjections": readers, "getObjection": readers, "receiveObjection": {access.Clerk}, "answerObjection": {access.Leader, access.Reviewer},
		"listFollowups": readers, "getFollowup": readers, "listDecisions": readers, "getDecision": readers,
		"orderRectification": hands, "recordRecheck": hands, "handOver": hands, "recordReceipt": hands, "recordReturn": hands, "recordFeedback": hands,
		"fileCase": hands, "recordHearing": hands, "concludeCase": hands, "recordPenalty": hands, "checkPenalty": {access.Leader, access.Reviewer},
		"publishDecision": {access.Reviewer}, "revokeDecision": {access.Leader},
		"correctResult": {access.Reviewer}, "withdrawResult": {access.Reviewer}, "withdrawPenalty": {access.Reviewer},
		"listRepairs": readers, "getRepair": readers, "applyRepair": {access.Clerk}, "decideRepair": {access.Leader, access.Reviewer},
		"confirmResult": {access.Reviewer}, "returnResult": {access.Reviewer}, "reopenResult": {access.Reviewer}, "exemptResult": {access.Leader},
		"submitPlan": {access.Clerk}, "approvePlan": {access.Leader}, "returnPlan": {access.Leader}, "publishPlan": {access.Clerk, access.Leader},
		"confirmRound": {access.ListAdmin}, "issueForms": register,
		"listImports": readers, "undoImport": register, "dropImport": register, "withdrawTarget": register, "withdrawOfficer": register, "withdrawRegisterItem": register,
		"listQuestions": readers, "getQuestion": readers, "judgeQuestion": {access.Leader, access.Auditor},
		"answerQuestion": {access.Clerk}, // of those who may, only the clerk is asked
		"listArchive":    keepers, "getArchiveFile": keepers, "getArchivePackage": keepers, "sealArchiveFile": {access.Clerk}, "acceptArchiveVolume": {access.Leader, access.Clerk, access.Reviewer},
		"getOutlook": readers, "listBatches": readers, "listBatchLines": readers, "getBatchFile": readers,
		"makeBatch": {access.Clerk, access.Reviewer}, "takeReceipt": {access.Clerk, access.Reviewer},
		"recordReminder": hands, "assignFollowup": hands, "settleFollowup": hands, "recordLead": {access.Clerk, access.ListAdmin, access.Reviewer},
		"reportCrime": hands, "decideCrime": {access.Leader}, "deliverCrime": hands, "recordCrimeAnswer": hands,
		"listDocuments": readers, "getDocument": readers, "getDocumentFile": readers, "listAttachments": readers, "getAttachment": readers,
		"attachFile":          {access.Clerk, access.Inspector},
		"extendRectification": hands, "askCaseExtension": hands, "decideCaseExtension": {access.Leader},
		"listTargets": readers, "getTarget": readers, "listOfficers": readers, "getOfficer": readers, "listRegisterItems": readers, "getRegisterItem": readers,
		"listOfficePlans": readers, "getOfficePlan": readers, "listOfficeRounds": readers, "getOfficeRound": readers, "listForms": readers, "getForm": readers,
		"listDue": append(readers, access.Admin, access.Security), "previewPublication": readers, "getImport": readers,
		"amendTarget": register, "amendOfficer": register, "amendRegisterItem": register, "writeRows": register, "checkImport": register, "writeImport": register,
		"enterResult": {access.Clerk, access.Inspector}, "recordVisits": {access.Inspector}, "publishResults": {access.Reviewer},
	}
}

// reading is the part of a change's address at which what it changes is read.
var reading = regexp.MustCompile(`^/api/v1/office/(followups/[^/]+/[^/]+|[a-z]+/[^/]+)`)

// sent fills an example of the office with what there is.
func (d *door) sent(op shown, e example, as access.Role, key string) asked {
	if strings.Contains(e.path, "{next}") {
		d.second()
	}
	a := asked{method: op.Method, path: d.words(e.path), as: as, body: e.body, kind: "application/json"}
	if op.Method == http.MethodGet {
		return a
	}
	a.key = key
	if e.match {
		a.match = d.ask(asked{path: reading.FindString(a.path), as: access.Clerk}).Header().Get("ETag")
	}
	switch op.OperationID {
	case "receiveObjection":
		a.body = shape.PaperObjection{Record: d.forms[3].ID, Words: "公示的检查日期不对", ReceivedOn: "2022-06-20"}
	case "checkImport":
		a.body, a.kind = []byte("企业名称,统一社会信用代码\n元氏县改名商贸有限公司,"+d.forms[3].Firm.Code+"\n"), e.kind
	}
	switch op.OperationID {
	case "approvePlan":
		p, err := d.Plan.Plan(d.t.Context(), roundtest.Authority, d.draft)
		d.Must(err)
		digest, err := d.Plan.Digest(d.t.Context(), p)
		d.Must(err)
		a.body = shape.PlanSignature{Digest: digest, Opinion: "同意"}
	case "makeBatch":
		o, err := d.server.Exchange.Outlook(d.t.Context(), roundtest.Authority, "national", false)
		d.Must(err)
		a.body = shape.BatchOrder{Digest: o.Digest}
	case "takeReceipt":
		a.kind, a.body = e.kind, []byte("序号,检查行为编号,处理结果,错误信息\n")
		if _, lines, err := d.server.Exchange.Batch(d.t.Context(), roundtest.Authority, "national", 1); err == nil {
			a.body = []byte("序号,检查行为编号,处理结果,错误信息\n1," + lines[0].ID + ",成功,\n")
		}
	case "attachFile":
		a.body, a.kind = proof, e.kind
	case "enterResult":
		f, err := d.server.Inspection.Form(d.t.Context(), roundtest.Authority, d.forms[7].ID)
		d.Must(err)
		a.body = entered(inspectiontest.Entry(f, "2022-06-14"))
	case "correctResult":
		if as == access.Reviewer {
			d.reworked(3)
		}
	case "applyRepair":
		a.body = shape.RepairApplication{Penalty: d.penalty, AppliedOn: "2022-06-20", Words: "已补签劳动合同"}
	case "publishResults":
		a.body = shape.Publication{Forms: d.ids(5, 7)}
	case "recordVisits":
		a.body = shape.VisitRecords{Records: []shape.VisitRecord{{ID: "record-00000001", Form: d.forms[7].ID, Kind: "arrival", At: "2022-06-20T10:00:00+08:00", Body: `{"reason":"手机没有定位功能"}`}}}
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
				a := d.sent(op, e, may()[e.id][0], fmt.Sprintf("example-%04d", i))
				w := d.ask(a)
				d.fits(op, w)
				for _, name := range []string{"RateLimit-Limit", "RateLimit-Remaining", "RateLimit-Reset"} {
					if w.Header().Get(name) == "" {
						t.Errorf("%s has no %s", e.id, name)
					}
				}
				if op.Method != http.MethodGet { // a client that did not hear the answer sends the same again
					again := d.ask(a)
					if again.Code != w.Code || !bytes.Equal(again.Body.Bytes(), w.Body.Bytes()) || again.Header().Get("Idempotency-Replayed") != "true" || again.Header().Get("ETag") != w.Header().Get("ETag") {
						t.Errorf("%s again: %d %s, first %d %s", e.id, again.Code, again.Body, w.Code, w.Body)
					}
				}
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

// everybodys are the operations on what is there for every office: a receiver.
var everybodys = map[string]bool{"getOutlook": true, "listBatches": true, "makeBatch": true}

// What another office has looks like what nobody has.
func TestAnotherOffice(t *testing.T) {
	d := filled(t, storetest.SQLite(t))
	const other = "130133-rs"
	d.Must(d.Identity.Found(t.Context(), identity.Authority{ID: other, Name: "赞皇县人力资源和社会保障局", Hash: "sha256"}))
	tokens := map[access.Role]string{}
	for _, role := range []access.Role{access.Clerk, access.Reviewer, access.Leader, access.ListAdmin} {
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
		if !inOffice(op.Path) || (!strings.Contains(op.Path, "{") || everybodys[op.OperationID]) && op.OperationID != "publishResults" && op.OperationID != "previewPublication" {
			continue
		}
		i := slices.IndexFunc(examples, func(e example) bool { return e.id == op.OperationID })
		role := access.Clerk
		if roles := may()[op.OperationID]; !slices.Contains(roles, role) {
			role = roles[0]
		}
		theirs := d.sent(op, examples[i], may()[op.OperationID][0], "key-a-"+op.OperationID)
		theirs.as, theirs.token = "", tokens[role]
		nobodys := theirs
		nobodys.key, nobodys.path = "key-b-"+op.OperationID, regexp.MustCompile(`{[a-z]+}`).ReplaceAllString(examples[i].path, "nothing")
		if op.OperationID == "publishResults" {
			nobodys.body = shape.Publication{Forms: []string{"nothing"}}
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
		rows := func(name string) shape.Rows {
			return shape.Rows{List: "targets", Rows: []map[string]string{{"企业名称": name, "统一社会信用代码": d.forms[0].Firm.Code}}}
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
		bad := shape.Rows{List: "targets", Rows: []map[string]string{{"企业名称": "好", "统一社会信用代码": d.forms[1].Firm.Code}, {"企业名称": "坏", "统一社会信用代码": "91130132MA0000000X"}}}
		p := d.problemOf("a bad row", send("key-00000002", bad))
		if p.Title != invalid.Title || len(p.Errors) != 1 || !strings.HasPrefix(p.Errors[0].Pointer, "#/rows/1/") {
			t.Errorf("a bad row: %+v", p)
		}
		x, err := d.Register.Target(t.Context(), roundtest.Authority, d.forms[1].Firm.TargetID)
		if err != nil || x.Name == "好" {
			t.Errorf("the good row beside it was written: %q, %v", x.Name, err)
		}
		if p := d.problemOf("no such column", send("key-00000003", shape.Rows{List: "targets", Rows: []map[string]string{{"颜色": "红"}}})); p.Title != invalid.Title || !strings.Contains(p.Detail, "颜色") {
			t.Errorf("no such column: %+v", p)
		}
	})
}

// The process dies when the act is done and its answer is not kept: the same
// request is not done again.
func TestAnswerLost(t *testing.T) {
	d := filled(t, storetest.SQLite(t))
	a := asked{method: "POST", path: "/api/v1/office/publications", as: access.Reviewer, key: "key-00000001", body: shape.Publication{Forms: d.ids(5, 6)}, kind: "application/json"}
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
			body: shape.Amendment{Values: map[string]string{"name": name}, Source: "企业来函"}})
	}
	if p := d.problemOf("without", patch("key-00000001", "", "甲")); p.Title != noCondition.Title {
		t.Errorf("without If-Match: %+v", p)
	}
	if p := d.problemOf("none of ours", patch("key-00000002", `"x"`, "甲")); p.Title != badRequest.Title {
		t.Errorf("If-Match x: %+v", p)
	}
	w := patch("key-00000003", tag, "元氏县甲有限公司")
	var got shape.TargetRecord
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
	put := func(key, match string, e shape.Entered) *httptest.ResponseRecorder {
		return d.ask(asked{method: "PUT", path: form + "/result", as: access.Clerk, key: key, match: match, body: e, kind: "application/json"})
	}
	was := d.ask(asked{path: form, as: access.Clerk}).Header().Get("ETag")
	bad := e
	bad.Codes, bad.Answers = []string{}, slices.Clone(e.Answers)
	if p := d.problemOf("no code", put("key-00000006", was, bad)); p.Title != invalid.Title || !slices.ContainsFunc(p.Errors, func(x shape.ProblemSpot) bool { return x.Pointer == "#/codes" }) {
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
	var i shape.Import
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
	body, err := json.Marshal(shape.Amendment{Values: map[string]string{"address": "元氏县槐阳镇"}, Source: "来函"})
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

// Another program's case goes the way of the desk: nobody overtakes anybody,
// two hands make a penalty, and what is wrong is said where it is.
func TestCaseByProgram(t *testing.T) {
	d := filled(t, storetest.SQLite(t))
	end := "/api/v1/office/followups/" + d.forms[6].ID + "/1"
	read := func() (f shape.Followup, tag string) {
		w := d.ask(asked{path: end, as: access.Clerk})
		d.Must(json.Unmarshal(w.Body.Bytes(), &f))
		return f, w.Header().Get("ETag")
	}
	n := 0
	post := func(as access.Role, what, match string, body any) *httptest.ResponseRecorder {
		n++
		return d.ask(asked{method: "POST", path: end + "/" + what, as: as, key: fmt.Sprintf("case-%08d", n), match: match, body: body, kind: "application/json"})
	}
	f, seen := read()
	if f.Kind != "rectify" || f.State != "ordered" || f.Due != "2022-06-27" || f.Closed {
		t.Errorf("at first = %+v, want a rectification due on 2022-06-27", f.FollowupLine)
	}
	filing := shape.CaseFiling{Number: "元人社监立〔2022〕第9号", Cause: "未订立书面劳动合同", Filed: "2022-06-20", BreachEnded: "2020-01-01", Unit: "监察大队", Handlers: []string{"甲", "乙"}}
	if p := d.problemOf("without If-Match", post(access.Inspector, "case", "", filing)); p.Title != noCondition.Title {
		t.Errorf("without If-Match: %+v", p)
	}
	if p := d.problemOf("too long ago", post(access.Inspector, "case", seen, filing)); p.Title != invalid.Title || p.Errors[0].Pointer != "#/breach_ended_on" {
		t.Errorf("a breach of two years ago: %+v", p)
	}
	filing.BreachEnded = ""
	if w := post(access.Inspector, "case", seen, filing); w.Code != http.StatusOK {
		t.Fatalf("file: %d %s", w.Code, w.Body)
	}
	if p := d.problemOf("overtaken", post(access.Clerk, "order", seen, shape.RectifyOrder{Measure: "补签", Due: "2022-07-04"})); p.Title != stale.Title || !strings.Contains(p.Detail, "立案") {
		t.Errorf("who had read before: %+v", p)
	}
	f, seen = read()
	if m := f.Matters[len(f.Matters)-1]; m.Case == nil || m.Case.Number != filing.Number || m.Case.Discovered != "2022-06-14" || f.Due == "" || !strings.Contains(f.How, "60 个工作日") && !strings.Contains(f.How, "60个工作日") {
		t.Errorf("filed = %+v, case %+v", f.FollowupLine, m.Case)
	}
	penalty := shape.Penalised{Number: "元人社监罚字〔2022〕第9号", On: "2022-06-20", Fact: "未订立书面劳动合同", Basis: "条例", Kinds: "罚款", Amount: 200050, Class: "general", Months: 24}
	if p := d.problemOf("unheard", post(access.Reviewer, "penalty", seen, penalty)); p.Title != conflict.Title {
		t.Errorf("a penalty of whom nobody heard: %+v", p)
	}
	post(access.Clerk, "hearing", seen, shape.CaseHearing{On: "2022-06-20", How: "当面", Said: "没有意见"})
	_, seen = read()
	if p := d.problemOf("too long in public", post(access.Reviewer, "penalty", seen, penalty)); p.Title != invalid.Title || p.Errors[0].Pointer != "#/public_months" {
		t.Errorf("24 months of a general breach: %+v", p)
	}
	penalty.Months = 6
	post(access.Reviewer, "penalty", seen, penalty)
	_, seen = read()
	if p := d.problemOf("one hand", post(access.Reviewer, "penalty/check", seen, shape.Verdict{Approved: true})); p.Title != forbidden.Title {
		t.Errorf("who entered it checks it: %+v", p)
	}
	if w := post(access.Leader, "penalty/check", seen, shape.Verdict{Approved: true}); w.Code != http.StatusOK {
		t.Fatalf("check: %d %s", w.Code, w.Body)
	}
	f, _ = read()
	if x := f.Decisions[0]; !f.Closed || x.State != "checked" || x.Amount != 200050 || x.From != "2022-06-20" || x.Until != "2022-12-20" {
		t.Errorf("in the end = %+v, %+v", f.FollowupLine, f.Decisions)
	}
	if p := d.problemOf("after its end", post(access.Clerk, "case", tag(99), filing)); p.Title != stale.Title && p.Title != conflict.Title {
		t.Errorf("after its end: %+v", p)
	}
}

// An objection has its days, one at a time, and one answer by another hand.
func TestObjectionByProgram(t *testing.T) {
	d := filled(t, storetest.SQLite(t))
	post := func(as access.Role, key, path string, body any) *httptest.ResponseRecorder {
		return d.ask(asked{method: "POST", path: "/api/v1/office/objections" + path, as: as, key: key, body: body, kind: "application/json"})
	}
	paper := shape.PaperObjection{Record: d.forms[0].ID, Words: "公示的日期不对", Contact: "电话 0311-84621000", ReceivedOn: "2022-06-20"}
	w := post(access.Clerk, "object-0001", "", paper)
	var o shape.Objection
	d.Must(json.Unmarshal(w.Body.Bytes(), &o))
	if w.Code != http.StatusCreated || o.State != "open" || !o.Paper || o.Due != "2022-07-11" || w.Header().Get("Location") != "/api/v1/office/objections/"+o.ID || strings.Contains(w.Body.String(), "84621000") {
		t.Errorf("received: %d %s, want one due 15 working days later, without the contact", w.Code, w.Body)
	}
	if again := post(access.Clerk, "object-0001", "", paper); again.Body.String() != w.Body.String() {
		t.Errorf("the same again: %s", again.Body)
	}
	if p := d.problemOf("a second", post(access.Clerk, "object-0002", "", paper)); p.Title != conflict.Title {
		t.Errorf("a second objection: %+v", p)
	}
	paper.Record = d.forms[6].ID
	if p := d.problemOf("not public", post(access.Clerk, "object-0003", "", paper)); p.Title != conflict.Title {
		t.Errorf("against what is not public: %+v", p)
	}
	if p := d.problemOf("one hand", post(access.Reviewer, "object-0004", "/"+o.ID+"/answer", shape.ObjectionRuling{Upheld: true, Answer: "成立"})); p.Title != forbidden.Title {
		t.Errorf("who published it answers: %+v", p)
	}
	w = post(access.Leader, "object-0005", "/"+o.ID+"/answer", shape.ObjectionRuling{Upheld: true, Answer: "成立，予以更正"})
	d.Must(json.Unmarshal(w.Body.Bytes(), &o))
	if w.Code != http.StatusOK || o.State != "mending" || o.Due != "2022-07-04" || o.AnsweredBy == "" {
		t.Errorf("answered: %d %s, want 10 working days to mend it", w.Code, w.Body)
	}
	if p := d.problemOf("twice", post(access.Leader, "object-0006", "/"+o.ID+"/answer", shape.ObjectionRuling{Answer: "不成立"})); p.Title != conflict.Title {
		t.Errorf("a second answer: %+v", p)
	}
	mending := d.ask(asked{path: "/api/v1/office/objections?state=mending&record=" + d.forms[0].ID, as: access.Auditor})
	if !strings.Contains(mending.Body.String(), o.ID) || strings.Contains(mending.Body.String(), d.forms[4].ID) {
		t.Errorf("mending: %s", mending.Body)
	}
}

// What is public is corrected and withdrawn by the reviewer with a reason, once;
// a repair is decided by another hand than entered it.
func TestMendingByProgram(t *testing.T) {
	d := filled(t, storetest.SQLite(t))
	n := 0
	post := func(as access.Role, path string, body any) *httptest.ResponseRecorder {
		n++
		return d.ask(asked{method: "POST", path: "/api/v1/office/" + path, as: as, key: fmt.Sprintf("mending-%05d", n), body: body, kind: "application/json"})
	}
	form := "publications/" + d.forms[3].ID
	if p := d.problemOf("nothing changed", post(access.Reviewer, form+"/correct", shape.Because{Reason: "日期录错"})); p.Title != conflict.Title || !strings.Contains(p.Detail, "没有变化") {
		t.Errorf("a correction of nothing: %+v", p)
	}
	if p := d.problemOf("no reason", post(access.Reviewer, form+"/withdraw", shape.Because{Reason: " "})); p.Title != invalid.Title || p.Errors[0].Pointer != "#/reason" {
		t.Errorf("without a reason: %+v", p)
	}
	d.reworked(3)
	var r shape.PublicResult
	w := post(access.Reviewer, form+"/correct", shape.Because{Reason: "日期录错"})
	d.Must(json.Unmarshal(w.Body.Bytes(), &r))
	if len(r.Versions) != 2 || r.Versions[1].State != "corrected" || r.Versions[1].Reason != "日期录错" || !r.Versions[1].Current {
		t.Errorf("corrected: %d %s", w.Code, w.Body)
	}
	w, r = post(access.Reviewer, form+"/withdraw", shape.Because{Reason: "对象录错"}), shape.PublicResult{}
	d.Must(json.Unmarshal(w.Body.Bytes(), &r))
	if len(r.Versions) != 3 || r.Versions[2].State != "withdrawn" || r.Versions[1].Record != nil {
		t.Errorf("withdrawn: %d %s", w.Code, w.Body)
	}
	if p := d.problemOf("twice", post(access.Reviewer, form+"/withdraw", shape.Because{Reason: "对象录错"})); p.Title != conflict.Title {
		t.Errorf("withdrawn twice: %+v", p)
	}
	apply := shape.RepairApplication{Penalty: d.penalty, AppliedOn: "2022-06-21", Words: "已补签"}
	if p := d.problemOf("tomorrow", post(access.Clerk, "repairs", apply)); p.Title != invalid.Title || p.Errors[0].Pointer != "#/applied_on" {
		t.Errorf("an application of tomorrow: %+v", p)
	}
	apply.AppliedOn = "2022-06-20"
	var x shape.Repair
	w = post(access.Clerk, "repairs", apply)
	d.Must(json.Unmarshal(w.Body.Bytes(), &x))
	if w.Code != http.StatusCreated || x.State != "open" || x.Due != "2022-07-04" || x.Penalty != d.penalty {
		t.Errorf("applied: %d %s, want ten working days", w.Code, w.Body)
	}
	if p := d.problemOf("a second", post(access.Clerk, "repairs", apply)); p.Title != conflict.Title {
		t.Errorf("a second application: %+v", p)
	}
	w = post(access.Leader, "repairs/"+x.ID+"/decision", shape.RepairRuling{Granted: true, Answer: "已经纠正"})
	d.Must(json.Unmarshal(w.Body.Bytes(), &x))
	if w.Code != http.StatusOK || x.State != "granted" || x.DecidedBy == "" {
		t.Errorf("granted: %d %s", w.Code, w.Body)
	}
	if got := d.get("/api/v1/penalties/" + d.penalty).Body.String(); !strings.Contains(got, `"state":"repaired"`) || strings.Contains(got, `"record"`) {
		t.Errorf("after the repair the public reads %s", got)
	}
	if p := d.problemOf("not public", post(access.Reviewer, "penalties/"+d.penalty+"/withdraw", shape.Because{Reason: "有误"})); p.Title != conflict.Title {
		t.Errorf("what is not public is withdrawn: %+v", p)
	}
}

// A file is read whole, in parts, and not at all if it is there already.
func TestKeptFile(t *testing.T) {
	d := filled(t, storetest.SQLite(t))
	for _, path := range []string{"/api/v1/office/forms/" + d.forms[0].ID + "/attachments/" + d.attached, "/api/v1/office/documents/" + d.document + "/docx"} {
		ask := func(head ...string) *httptest.ResponseRecorder {
			r := httptest.NewRequest(http.MethodGet, path, nil)
			r.Header.Set("Authorization", "Bearer "+d.token(access.Clerk))
			for i := 0; i < len(head); i += 2 {
				r.Header.Set(head[i], head[i+1])
			}
			w := httptest.NewRecorder()
			d.ServeHTTP(w, r)
			return w
		}
		all := ask()
		whole, tag := all.Body.Bytes(), all.Header().Get("ETag")
		sum := sha256.Sum256(whole)
		if all.Code != http.StatusOK || tag != `"`+hex.EncodeToString(sum[:])+`"` || all.Header().Get("Accept-Ranges") != "bytes" {
			t.Errorf("%s: %d %v", path, all.Code, all.Header())
		}
		first, rest := ask("Range", "bytes=0-9"), ask("Range", "bytes=10-", "If-Range", tag)
		if got := append(first.Body.Bytes(), rest.Body.Bytes()...); first.Code != http.StatusPartialContent || rest.Code != http.StatusPartialContent || !bytes.Equal(got, whole) {
			t.Errorf("%s in two parts: %d and %d, %d bytes, want 206 and %d", path, first.Code, rest.Code, len(got), len(whole))
		}
		if w := ask("Range", "bytes=10-", "If-Range", `"other"`); w.Code != http.StatusOK || !bytes.Equal(w.Body.Bytes(), whole) {
			t.Errorf("%s, a part of another file: %d, want the whole", path, w.Code)
		}
		if w := ask("If-None-Match", tag); w.Code != http.StatusNotModified || w.Body.Len() > 0 {
			t.Errorf("%s again: %d with %d bytes, want 304", path, w.Code, w.Body.Len())
		}
		w := ask("Range", "bytes=999999-")
		if p := d.problemOf("no such part", w); p.Title != unsatisfiable.Title || w.Header().Get("Content-Range") == "" {
			t.Errorf("%s, no such part: %d %v %s", path, w.Code, w.Header(), w.Body)
		}
	}
	// What is no paper is not kept, the same one is kept once.
	attach := func(key string, body []byte) *httptest.ResponseRecorder {
		return d.ask(asked{method: "POST", path: "/api/v1/office/forms/" + d.forms[0].ID + "/attachments?name=a.pdf", as: access.Clerk, key: key, body: body, kind: "application/octet-stream"})
	}
	if p := d.problemOf("a program", attach("key-00000001", []byte("MZ"))); p.Title != invalid.Title {
		t.Errorf("a program: %+v", p)
	}
	if w := attach("key-00000002", proof); w.Code != http.StatusCreated || !strings.HasSuffix(w.Header().Get("Location"), d.attached) {
		t.Errorf("the same file: %d %s", w.Code, w.Header().Get("Location"))
	}
	all, err := d.server.Documents.Attachments(t.Context(), roundtest.Authority, d.forms[0].ID)
	if err != nil || len(all) != 1 {
		t.Errorf("%d files, %v, want one", len(all), err)
	}
}
