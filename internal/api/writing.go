package api

import (
	"bytes"
	"context"
	"encoding/csv"
	"encoding/json"
	"fmt"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"time"

	"suiji/calendar"
	"suiji/internal/access"
	"suiji/internal/audit"
	"suiji/internal/errs"
	"suiji/internal/inspection"
	"suiji/internal/intake"
	"suiji/internal/register"
	"suiji/internal/shape"
	"suiji/internal/token"
	"suiji/internal/visit"
)

// changes are the kinds of problem that any change can meet; onCondition, those
// of one that wants If-Match.
var (
	changes     = []kind{conflict, tooLarge, wrongType, invalid}
	onCondition = append(slices.Clip(changes), stale, noCondition)
)

// writing registers the office's changes.
func (s *Server) writing() {
	do := func(id, method, path, summary, about string, scope token.Scope) operation {
		return operation{id: id, method: method, path: "/office" + path, tag: "办公", summary: summary, about: about, scope: scope,
			kinds: changes}
	}
	held := func(o operation) operation {
		o.kinds = onCondition
		return o
	}
	amends := "须带 If-Match。只改写明的项目；别人改过的不覆盖。"
	add(s, held(do("amendTarget", http.MethodPatch, "/targets/{id}", "修改一个检查对象", amends, token.WriteRegister)).wants(access.RegisterEdit), s.amendTarget)
	add(s, held(do("amendOfficer", http.MethodPatch, "/officers/{id}", "修改一名执法人员", amends, token.WriteRegister)).wants(access.RegisterEdit), s.amendOfficer)
	add(s, held(do("amendRegisterItem", http.MethodPatch, "/items/{id}", "修改一个抽查事项", amends, token.WriteRegister)).wants(access.RegisterEdit), s.amendItem)
	add(s, do("writeRows", http.MethodPost, "/rows", "新增或者更新名录的若干行", "与导入文件同样核对；有一行不能写入则全部不写入，errors 逐行写明。", token.WriteRegister).wants(access.RegisterImport), s.writeRows)
	receive := do("checkImport", http.MethodPost, "/imports", "导入名录文件：核对", "请求体就是文件（CSV 或 XLSX）。只核对，不写入；大的文件在后台读取，用 getImport 看进度。", token.WriteRegister)
	receive.status = http.StatusCreated
	add(s, receive.wants(access.RegisterImport), s.checkImport)
	add(s, operation{id: "getImport", method: http.MethodGet, path: "/office/imports/{id}", tag: "办公", summary: "一次导入", about: "进度、数量和逐行的问题。", scope: token.WriteRegister}, s.importOf)
	add(s, do("writeImport", http.MethodPost, "/imports/{id}/write", "导入名录文件：写入", "写入核对过的行；不能写入的行略去。大的文件在后台写入，用 getImport 看进度。", token.WriteRegister).wants(access.RegisterImport), s.writeImport)
	add(s, held(do("enterResult", http.MethodPut, "/forms/{form}/result", "录入检查结果", "须带 If-Match。代替先前录入的全部内容，规则与页面相同；录入以后由审核员审核。", token.WriteResult)).wants(access.ResultEnter), s.enterResult)
	add(s, do("recordVisits", http.MethodPost, "/visits", "上传现场记录", "到达和检查结果，与手机上传的相同：只能是本人检查组的检查表。每条各自接受或者退回，同一编号只记一次。", token.WriteVisit).wants(access.VisitRecord), s.recordVisits)
	add(s, do("publishResults", http.MethodPost, "/publications", "公示一批检查结果", "结论已审核的检查表；全部公示或者全部不公示。", token.WritePublish).wants(access.ResultPublish), s.publishResults)
}

// Matched is what a change must bring.
type Matched struct {
	Match string `header:"If-Match" maxLength:"60" doc:"读取时的 ETag"`
}

// version reads If-Match. Errors: 428 without it, 400 if it is none of ours.
func (m Matched) version() (int64, error) {
	if m.Match == "" {
		return 0, an{noCondition, ""}
	}
	n, err := strconv.ParseInt(strings.Trim(strings.TrimPrefix(m.Match, "W/"), `"`), 10, 64)
	if err != nil {
		return 0, an{badRequest, `If-Match 应是读取时的 ETag，如 "12"。没有任何改动`}
	}
	return n, nil
}

// overtaken turns the conflict of a change into 412 if the thing is no longer
// what was read.
func overtaken(err error, read, now int64) error {
	if errs.KindOf(err) == errs.Conflict && read != now {
		return an{stale, errs.Sentence(err)}
	}
	return err
}

type amendInput struct {
	ID
	Matched
	Body shape.Amendment
}

// amend changes a record of a list; now reads its version afterwards.
func (s *Server) amend(ctx context.Context, list register.List, in *amendInput, now func() (int64, error)) error {
	base, err := in.version()
	if err != nil {
		return err
	}
	err = s.Register.Amend(ctx, actor(ctx), list, in.ID.ID, register.Amendment{Base: base, Values: in.Body.Values, Source: in.Body.Source, Effective: in.Body.Effective})
	if errs.KindOf(err) == errs.Conflict {
		v, verr := now()
		if verr != nil {
			return verr
		}
		return overtaken(err, base, v)
	}
	return pointed(missing(err), func(field string) string {
		switch field {
		case "because":
			return "source"
		case "effective":
			return field
		}
		return "values/" + field
	})
}

// pointed says where in what was sent the problems of a service lie.
func pointed(err error, at func(field string) string) error {
	if errs.KindOf(err) != errs.Invalid {
		return err
	}
	var ps []errs.Problem
	for _, p := range errs.Problems(err) {
		if p.Field != "" {
			p.Field = at(p.Field)
		}
		ps = append(ps, p)
	}
	return errs.All(ps)
}

func (s *Server) amendTarget(ctx context.Context, in *amendInput) (*tagged[shape.TargetRecord], error) {
	err := s.amend(ctx, register.Targets, in, func() (int64, error) {
		t, err := s.Register.Target(ctx, actor(ctx).Authority, in.ID.ID)
		return t.Version, err
	})
	if err != nil {
		return nil, err
	}
	return s.target(ctx, &in.ID)
}

func (s *Server) amendOfficer(ctx context.Context, in *amendInput) (*tagged[shape.OfficerRecord], error) {
	err := s.amend(ctx, register.Officers, in, func() (int64, error) {
		o, err := s.Register.Officer(ctx, actor(ctx).Authority, in.ID.ID)
		return o.Version, err
	})
	if err != nil {
		return nil, err
	}
	return s.officer(ctx, &in.ID)
}

func (s *Server) amendItem(ctx context.Context, in *amendInput) (*tagged[shape.ItemRecord], error) {
	err := s.amend(ctx, register.Items, in, func() (int64, error) {
		i, err := s.Register.Item(ctx, actor(ctx).Authority, in.ID.ID)
		return i.Version, err
	})
	if err != nil {
		return nil, err
	}
	return s.registerItem(ctx, &in.ID)
}

// mostIssues is how many issues of an import are told.
const mostIssues = 200

func imported(i intake.Import) shape.Import {
	return shape.Import{ID: i.ID, List: string(i.List), FileName: i.FileName, Digest: i.Digest, State: string(i.State), Sentence: i.Sentence, Total: i.Total,
		Accepted: i.Accepted, Warned: i.Warned, Rejected: i.Rejected, Added: i.Added, Changed: i.Changed, Unchanged: i.Unchanged, Version: i.Version, Issues: []shape.ImportIssue{}}
}

func (s *Server) told(ctx context.Context, i intake.Import) (*body[shape.Import], error) {
	issues, _, err := s.Intake.Issues(ctx, actor(ctx).Authority, i.ID, intake.IssueFilter{Limit: mostIssues})
	out := &body[shape.Import]{imported(i)}
	for _, x := range issues {
		out.Body.Issues = append(out.Body.Issues, shape.ImportIssue{Line: x.Line, Column: x.Column, Severity: string(x.Severity), Value: x.Value, Sentence: x.Sentence})
	}
	return out, err
}

// soon is how long an answer waits for work that goes on in the background.
const soon = 2 * time.Second

// created answers with where a new thing is.
type created[T any] struct {
	Location string `header:"Location" doc:"新的内容的地址"`
	Body     T
}

func (s *Server) checkImport(ctx context.Context, in *struct {
	List    string `query:"list" required:"true" enum:"targets,officers,items" doc:"名录：targets 检查对象，officers 执法人员，items 抽查事项"`
	Name    string `query:"name" required:"true" minLength:"1" maxLength:"200" doc:"文件名，以 .csv 或者 .xlsx 结尾"`
	RawBody []byte `contentType:"application/octet-stream" required:"true"`
}) (*created[shape.Import], error) {
	a := actor(ctx)
	i, err := s.Intake.Receive(ctx, a, intake.Upload{List: register.List(in.List), FileName: in.Name, Content: bytes.NewReader(in.RawBody)})
	if err != nil {
		return nil, err
	}
	if i, err = s.Intake.Await(ctx, a.Authority, i.ID, soon); err != nil {
		return nil, err
	}
	out, err := s.told(ctx, i)
	if err != nil {
		return nil, err
	}
	return &created[shape.Import]{prefix + "office/imports/" + i.ID, out.Body}, nil
}

func (s *Server) importOf(ctx context.Context, in *ID) (*body[shape.Import], error) {
	i, err := s.Intake.Import(ctx, actor(ctx).Authority, in.ID)
	if err != nil {
		return nil, missing(err)
	}
	return s.told(ctx, i)
}

func (s *Server) writeImport(ctx context.Context, in *struct {
	ID
	Effective string `query:"effective" format:"date" doc:"从哪一天起生效，不晚于今天；不填为今天"`
}) (*body[shape.Import], error) {
	a := actor(ctx)
	if err := s.Intake.Begin(ctx, a, in.ID.ID, in.Effective); err != nil {
		return nil, missing(err)
	}
	i, err := s.Intake.Await(ctx, a.Authority, in.ID.ID, soon)
	if err != nil {
		return nil, err
	}
	return s.told(ctx, i)
}

func (s *Server) writeRows(ctx context.Context, in *struct{ Body shape.Rows }) (*body[shape.Import], error) {
	a, list := actor(ctx), register.List(in.Body.List)
	text, err := table(list, in.Body.Rows)
	if err != nil {
		return nil, err
	}
	i, err := s.Intake.Check(ctx, a, list, "接口.csv", bytes.NewReader(text))
	if err != nil {
		return nil, err
	}
	if i.Rejected > 0 {
		out, err := s.told(ctx, i)
		if err != nil {
			return nil, err
		}
		return nil, refusedRows(out.Body.Issues, s.Intake.Drop(ctx, a, i.ID))
	}
	if err := s.Intake.Begin(ctx, a, i.ID, in.Body.Effective); err != nil {
		return nil, err
	}
	if i, err = s.Intake.Await(ctx, a.Authority, i.ID, time.Minute); err != nil {
		return nil, err
	}
	return s.told(ctx, i)
}

// refusedRows says which rows kept all others out.
func refusedRows(issues []shape.ImportIssue, dropped error) error {
	if dropped != nil {
		return dropped
	}
	var ps []errs.Problem
	for _, x := range issues {
		if x.Severity == string(intake.Reject) {
			ps = append(ps, errs.Problem{Field: fmt.Sprintf("rows/%d/%s", x.Line-2, x.Column), Sentence: x.Sentence})
		}
	}
	return errs.All(ps)
}

// table writes rows as a file of the list has them.
func table(list register.List, rows []map[string]string) ([]byte, error) {
	known := intake.FieldNames(list)
	var head []string
	for n, row := range rows {
		for name := range row {
			if !slices.Contains(known, name) {
				return nil, errs.At(fmt.Sprintf("rows/%d/%s", n, name), "名录没有“"+name+"”这一列。列名见导入模板："+strings.Join(known, "、"))
			}
			if !slices.Contains(head, name) {
				head = append(head, name)
			}
		}
	}
	slices.SortFunc(head, func(a, b string) int { return slices.Index(known, a) - slices.Index(known, b) })
	var b bytes.Buffer
	w := csv.NewWriter(&b)
	w.Write(head)
	for _, row := range rows {
		cells := make([]string, len(head))
		for i, name := range head {
			cells[i] = row[name]
		}
		w.Write(cells)
	}
	w.Flush()
	return b.Bytes(), w.Error()
}

func (s *Server) enterResult(ctx context.Context, in *struct {
	FormID
	Matched
	Body shape.Entered
}) (*tagged[shape.OfficeForm], error) {
	read, err := in.version()
	if err != nil {
		return nil, err
	}
	e, err := entryOf(in.Body)
	if err != nil {
		return nil, err
	}
	e.Revision = read
	a := actor(ctx)
	if err := s.Inspection.Enter(ctx, a, in.Form, e); err != nil {
		f, ferr := s.Inspection.Form(ctx, a.Authority, in.Form)
		if ferr != nil {
			return nil, missing(err)
		}
		return nil, pointed(overtaken(missing(err), read, f.Revision), entryPointer)
	}
	return s.form(ctx, &in.FormID)
}

// entryPointer says where in an Entered an input of the desk's form is: those
// of findings and attempts are numbered from 1.
func entryPointer(field string) string {
	name, no, numbered := strings.Cut(field, "-")
	n, err := strconv.Atoi(no)
	if !numbered || err != nil {
		return field
	}
	switch name {
	case "answer", "note":
		return "answers"
	case "attempt":
		return fmt.Sprintf("attempts/%d", n-1)
	}
	return fmt.Sprintf("findings/%d/%s", n-1, name)
}

// day reads a date; nothing is none. Errors: Invalid at the input.
func day(field, text string) (d calendar.Date, err error) {
	if err := d.UnmarshalText([]byte(text)); err != nil {
		return d, errs.At(field, "应是存在的日期，如 2022-06-01")
	}
	return d, nil
}

// entryOf is what was sent, as the service takes it.
func entryOf(x shape.Entered) (e inspection.Entry, err error) {
	e = inspection.Entry{FirmPerson: x.Person, Refusal: x.Refusal, Summary: x.Summary, Evidence: x.Evidence}
	dates := []struct {
		field, text string
		to          *calendar.Date
	}{{"started", x.Started, &e.StartedOn}, {"ended", x.Ended, &e.EndedOn}}
	e.Attempts, e.Findings = make([]inspection.Attempt, len(x.Attempts)), make([]inspection.Finding, len(x.Findings))
	for i, t := range x.Attempts {
		e.Attempts[i].How = t.How
		dates = append(dates, struct {
			field, text string
			to          *calendar.Date
		}{fmt.Sprintf("attempts/%d/on", i), t.On, &e.Attempts[i].On})
	}
	for i, f := range x.Findings {
		e.Findings[i] = inspection.Finding{No: f.No, Fact: f.Fact, Measure: f.Measure, Outcome: inspection.Outcome(f.Outcome), Note: f.Note}
		for _, d := range []struct {
			field, text string
			to          *calendar.Date
		}{{"due", f.Due, &e.Findings[i].DueOn}, {"outcome_on", f.OutcomeOn, &e.Findings[i].OutcomeOn}} {
			d.field = fmt.Sprintf("findings/%d/%s", i, d.field)
			dates = append(dates, d)
		}
	}
	for _, d := range dates {
		if *d.to, err = day(d.field, d.text); err != nil {
			return e, err
		}
	}
	for _, m := range x.Methods {
		e.Methods = append(e.Methods, inspection.Method(m))
	}
	for _, c := range x.Codes {
		e.Codes = append(e.Codes, inspection.Code(c))
	}
	for _, p := range x.Answers {
		e.Answers = append(e.Answers, inspection.PointAnswer{ItemID: p.Item, No: p.No, Answer: inspection.Answer(p.Answer), Note: p.Note})
	}
	return e, nil
}

func (s *Server) recordVisits(ctx context.Context, in *struct{ Body shape.VisitRecords }) (*body[shape.VisitAnswers], error) {
	var records []visit.Record
	for i, r := range in.Body.Records {
		at, err := time.Parse(time.RFC3339, r.At)
		if err != nil {
			return nil, errs.At(fmt.Sprintf("records/%d/at", i), "应为 RFC 3339 的时刻，如 2022-06-14T09:30:00+08:00")
		}
		if !json.Valid([]byte(r.Body)) {
			return nil, errs.At(fmt.Sprintf("records/%d/body", i), "应是 JSON 文本")
		}
		records = append(records, visit.Record{ID: r.ID, Form: r.Form, Kind: visit.Kind(r.Kind), At: at.UnixMilli(), Body: r.Body})
	}
	// Each record has a name of its own, under which it is kept once.
	answers, err := s.Visit.Sync(audit.WithKey(ctx, ""), actor(ctx), records)
	if err != nil {
		return nil, err
	}
	out := &body[shape.VisitAnswers]{shape.VisitAnswers{Answers: []shape.VisitAnswer{}}}
	for _, a := range answers {
		x := shape.VisitAnswer{ID: a.ID, State: a.State}
		for _, p := range a.Problems {
			x.Problems = append(x.Problems, shape.ProblemSpot{Pointer: "#/" + p.Field, Detail: p.Sentence})
		}
		out.Body.Answers = append(out.Body.Answers, x)
	}
	return out, nil
}

func (s *Server) publishResults(ctx context.Context, in *struct{ Body shape.Publication }) (*body[shape.Published], error) {
	a := actor(ctx)
	if err := s.Disclosure.Publish(ctx, a, in.Body.Forms); err != nil {
		return nil, missing(err)
	}
	out := &body[shape.Published]{shape.Published{Results: []shape.Result{}}}
	for _, id := range slices.Compact(slices.Sorted(slices.Values(in.Body.Forms))) {
		versions, err := s.Disclosure.Result(ctx, a.Authority, id)
		if err != nil {
			return nil, err
		}
		out.Body.Results = append(out.Body.Results, result(versions[len(versions)-1]))
	}
	return out, nil
}
