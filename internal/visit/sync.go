package visit

import (
	"context"
	"encoding/json"
	"errors"
	"regexp"
	"strconv"
	"time"

	"suiji/calendar"
	"suiji/internal/access"
	"suiji/internal/errs"
	"suiji/internal/inspection"
	"suiji/internal/schedule"
	"suiji/internal/store"
)

// mostBody is the greatest length of a record's body, in bytes.
const mostBody = 512 << 10

var recordID = regexp.MustCompile(`^[0-9A-Za-z-]{10,64}$`)

// Sync takes records in, each on its own: one that is refused keeps no other
// back. A record that was taken in before is answered as it was then.
func (s *Service) Sync(ctx context.Context, a access.Actor, records []Record) ([]Answer, error) {
	officer, err := s.Officer(ctx, a)
	if err != nil {
		return nil, err
	}
	if len(records) == 0 {
		return []Answer{}, nil
	}
	if err := s.Door.Ask(ctx, a, records[0].object(), access.VisitRecord); err != nil {
		return nil, err // recorded once, not again by each way
	}
	answers, told, err := s.together(ctx, a, officer, records)
	if err != nil {
		return s.apart(ctx, a, officer, records)
	}
	for i, err := range told {
		answers[i] = answers[i].of(records[i], err)
	}
	return answers, nil
}

// together takes records in within one transaction: a thousand phones with
// twenty results each wait for the disk a thousand times.
func (s *Service) together(ctx context.Context, a access.Actor, officer string, records []Record) (answers []Answer, told []error, err error) {
	answers, objects := make([]Answer, len(records)), make([]string, len(records))
	for i, r := range records {
		objects[i] = r.object()
	}
	told, err = s.Door.DoEach(ctx, a, access.VisitRecord, objects, func(tx *store.DB, i int) (err error) {
		answers[i], err = s.take(ctx, tx, a, officer, records[i])
		return err
	})
	return answers, told, err
}

// apart takes each record in by itself. It is the way after something went wrong
// that is not the records' fault: what was kept all the same is found by its id.
func (s *Service) apart(ctx context.Context, a access.Actor, officer string, records []Record) ([]Answer, error) {
	answers := make([]Answer, 0, len(records))
	for _, r := range records {
		var ans Answer
		err := s.Door.Do(ctx, a, access.VisitRecord, r.object(), func(tx *store.DB) (err error) {
			ans, err = s.take(ctx, tx, a, officer, r)
			return err
		})
		switch errs.KindOf(err) {
		case errs.Internal:
			if err != nil {
				return answers, err
			}
		case errs.Forbidden, errs.SignIn:
			return answers, err
		}
		answers = append(answers, ans.of(r, err))
	}
	return answers, nil
}

func (r Record) object() string { return r.Form + " " + string(r.Kind) }

// of is the answer to r, to which err happened.
func (ans Answer) of(r Record, err error) Answer {
	switch {
	case err == nil:
	case errs.KindOf(err) == errs.Unknown, errs.KindOf(err) == errs.Full, errs.KindOf(err) == errs.Away:
		ans = Answer{State: Later}
	default:
		ans = Answer{State: Refused}
	}
	for _, p := range errs.Problems(err) {
		ans.Problems = append(ans.Problems, Problem(p))
	}
	ans.ID = r.ID
	return ans
}

// Unknown returns those of the ids under which nothing is kept: after a
// restore from a backup the phone offers them again.
func (s *Service) Unknown(ctx context.Context, a access.Actor, ids []string) ([]string, error) {
	var lost []string
	for _, id := range ids {
		n, err := store.One(ctx, s.DB, store.Value[int], `
			SELECT count(*)
			FROM visit_record
			WHERE authority_id = $1 AND record_id = $2`, a.Authority, id)
		if err != nil {
			return nil, err
		}
		if n == 0 {
			lost = append(lost, id)
		}
	}
	return lost, nil
}

// take applies one record, or finds that it was applied.
func (s *Service) take(ctx context.Context, tx *store.DB, a access.Actor, officer string, r Record) (ans Answer, err error) {
	if !recordID.MatchString(r.ID) || r.At <= 0 || len(r.Body) > mostBody {
		return ans, errs.E(errs.Invalid, "这条记录不完整或者过大，没有保存；手机里的内容没有变化")
	}
	if err := s.own(ctx, tx, a, officer, r.Form); err != nil {
		return ans, err
	}
	before, err := readRecord(ctx, tx, a.Authority, r.ID)
	if err == nil {
		return s.again(ctx, tx, a, r, before)
	}
	if errs.KindOf(err) != errs.NotFound {
		return ans, err
	}
	if ans, err = s.apply(ctx, tx, a, officer, r); err != nil {
		return ans, err
	}
	return ans, s.keep(ctx, tx, a, r, ans)
}

// again answers a record whose id is known.
func (s *Service) again(ctx context.Context, tx *store.DB, a access.Actor, r Record, before Stored) (ans Answer, err error) {
	if before.digest == r.digest() {
		return ans, json.Unmarshal([]byte(before.answer), &ans)
	}
	_, err = tx.Exec(ctx, `
		INSERT INTO visit_clash (authority_id, record_id, digest, body, device_at, received_at, account_id)
		VALUES ($1, $2, $3, $4, $5, $6, $7)
		ON CONFLICT (authority_id, record_id, digest) DO NOTHING`,
		a.Authority, r.ID, r.digest(), r.Body, r.At, s.Now().UnixMilli(), a.ID)
	return Answer{State: Clash, Received: before.ReceivedAt.UnixMilli(),
		Office: &Version{By: before.Account, At: before.ReceivedAt.UnixMilli(), Text: before.Body}}, err
}

func (s *Service) keep(ctx context.Context, tx *store.DB, a access.Actor, r Record, ans Answer) error {
	told, err := json.Marshal(ans)
	if err != nil {
		return err
	}
	_, err = tx.Exec(ctx, `
		INSERT INTO visit_record (authority_id, record_id, form_id, kind, body, digest, device_at, received_at, account_id, account_name, state, answer)
		VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12)`,
		a.Authority, r.ID, r.Form, string(r.Kind), r.Body, r.digest(), r.At, ans.Received, a.ID, a.Name, ans.State, string(told))
	if err != nil || r.Kind != Result || ans.State != Kept {
		return err
	}
	return keepSignatures(ctx, tx, a, r)
}

// apply carries a new record out.
func (s *Service) apply(ctx context.Context, tx *store.DB, a access.Actor, officer string, r Record) (Answer, error) {
	done := Answer{State: Kept, Received: s.Now().UnixMilli()}
	switch r.Kind {
	case Arrival:
		var p Place
		if err := strict(r.Body, &p); err != nil {
			return done, err
		}
		if err := s.checkPlace(p, r.At); err != nil {
			return done, err
		}
		return done, s.arrived(ctx, tx, officer, a.Authority, r, p)
	case Yield:
		var c Chosen
		if err := strict(r.Body, &c); err != nil {
			return done, err
		}
		return done, s.checkInstead(ctx, tx, a, r.Form, c.Instead)
	case Result:
		return s.result(ctx, tx, a, r, done)
	}
	return done, errs.E(errs.Invalid, "没有这种记录，没有保存；请更新手机里的页面后再试")
}

// arrived lets an arrival in if the visit was approved, and remembers where the
// firm is.
func (s *Service) arrived(ctx context.Context, tx *store.DB, officer, authority string, r Record, p Place) error {
	f, err := s.Inspection.FormTx(ctx, tx, authority, r.Form)
	if err != nil {
		return err
	}
	plan := s.Inspection.Schedule
	if err := plan.PledgedTx(ctx, tx, authority, f.RoundID, officer); err != nil {
		return err
	}
	// A clock that is far off says nothing of the day: ours does.
	now, at := s.Now(), time.UnixMilli(r.At)
	if at.After(now) || now.Sub(at) > mostLate {
		at = now
	}
	going := schedule.Going{On: calendar.In(at), Visits: true}
	if err := plan.GateTx(ctx, tx, authority, f.RoundID, f.Firm.TargetID, going); err != nil || p.Lat == "" {
		return err
	}
	lat, err1 := strconv.ParseFloat(p.Lat, 64)
	lon, err2 := strconv.ParseFloat(p.Lon, 64)
	if err := errors.Join(err1, err2); err != nil {
		return err
	}
	return plan.PlaceTx(ctx, tx, authority, f.Firm.TargetID, schedule.Point{Lat: lat, Lon: lon}, "到达时定位")
}

func (s *Service) result(ctx context.Context, tx *store.DB, a access.Actor, r Record, done Answer) (Answer, error) {
	var sheet Sheet
	if err := strict(r.Body, &sheet); err != nil {
		return done, err
	}
	if sheet.Instead != "" {
		if err := s.checkInstead(ctx, tx, a, r.Form, sheet.Instead); err != nil {
			return done, err
		}
	}
	f, err := s.Inspection.FormTx(ctx, tx, a.Authority, r.Form)
	if err != nil {
		return done, err
	}
	if f.Revision != sheet.Revision || f.State == inspection.Confirmed {
		done.State = Stale
		done.Office = &Version{Revision: f.Revision, State: f.State.Name(), By: f.ChangedName, At: f.ChangedAt.UnixMilli(), Text: Text(f)}
		return done, nil
	}
	e, problems := sheet.entry()
	proof, err := s.proof(ctx, tx, f, sheet)
	if err != nil {
		return done, err
	}
	problems = append(problems, proof...)
	err = s.Inspection.EnterFormTx(ctx, tx, a, f, e)
	if errs.KindOf(err) == errs.Invalid || err == nil {
		err = errs.All(append(errs.Problems(err), problems...))
	}
	if err != nil || len(sheet.Signatures) == 0 { // signed on paper
		return done, err
	}
	if f, err = s.Inspection.FormTx(ctx, tx, a.Authority, r.Form); err != nil {
		return done, err
	}
	return done, sheet.signed(Text(f), f.Team)
}

// checkInstead holds a choice between two versions to a conflict that was.
func (s *Service) checkInstead(ctx context.Context, tx *store.DB, a access.Actor, form, id string) error {
	before, err := readRecord(ctx, tx, a.Authority, id)
	if errs.KindOf(err) == errs.NotFound || err == nil && (before.Form != form || before.State != Stale) {
		return errs.E(errs.Invalid, "没有这样一份等待选择的结果，没有保存")
	}
	return err
}

// strict reads a body and refuses what it does not know.
func strict(body string, to any) error {
	d := json.NewDecoder(stringReader(body))
	d.DisallowUnknownFields()
	if err := d.Decode(to); err != nil || d.More() { // More: something stands behind it
		return errs.Because(errs.Invalid, "这条记录的内容不能识别，没有保存；手机里的内容没有变化，请更新页面后再试", err)
	}
	return nil
}

// mostLate is how long after the visit an arrival may be entered.
const mostLate = 10 * 24 * time.Hour

func (s *Service) checkPlace(p Place, at int64) error {
	var ps []errs.Problem
	add := func(bad bool, field, sentence string) {
		if bad {
			ps = append(ps, errs.Problem{Field: field, Sentence: sentence})
		}
	}
	located := degrees(p.Lat, 90) && degrees(p.Lon, 180)
	add(!located && (p.Lat != "" || p.Lon != ""), "place", "定位的坐标不能识别")
	known := false
	for _, r := range Reasons {
		known = known || r == p.Reason
	}
	add(!located && !known, "reason", "没有定位的，请选择原因")
	add(len([]rune(p.Late)) > 200, "late", "补录原因最多 200 字")
	late := s.Now().Sub(time.UnixMilli(at))
	add(late > mostLate && p.Late == "", "late", "手机时间是十天以前：请核对手机时间，确实是补录的，写明原因")
	return errs.All(ps)
}

// entry is the sheet as package inspection takes it. Days that cannot be read
// are told.
func (sh Sheet) entry() (inspection.Entry, []errs.Problem) {
	var problems []errs.Problem
	read := func(field, text string) (d calendar.Date) {
		if text == "" {
			return d
		}
		d, err := calendar.Parse(text)
		if err != nil {
			problems = append(problems, errs.Problem{Field: field, Sentence: err.Error()})
		}
		return d
	}
	e := inspection.Entry{StartedOn: read(inspection.FieldStarted, sh.Started), EndedOn: read(inspection.FieldEnded, sh.Ended), FirmPerson: sh.Person,
		Refusal: sh.refusal(), Summary: sh.Summary, Evidence: sh.Evidence, Revision: sh.Revision}
	for _, m := range sh.Methods {
		e.Methods = append(e.Methods, inspection.Method(m))
	}
	for _, c := range sh.Codes {
		e.Codes = append(e.Codes, inspection.Code(c))
	}
	for _, p := range sh.Answers {
		e.Answers = append(e.Answers, inspection.PointAnswer{ItemID: p.Item, No: p.No, Answer: inspection.Answer(p.Answer), Note: p.Note})
	}
	for i, t := range sh.Attempts {
		e.Attempts = append(e.Attempts, inspection.Attempt{On: read(inspection.FieldAttempt(i+1), t.On), How: t.How})
	}
	for i, x := range sh.Findings {
		f := inspection.Finding{No: x.No, Fact: x.Fact, Measure: x.Measure, DueOn: read(inspection.FieldFindingDue(i+1), x.Due)}
		if x.Spot {
			f.Outcome, f.OutcomeOn, f.Note = inspection.OnTheSpot, e.EndedOn, x.Note
		}
		e.Findings = append(e.Findings, f)
	}
	return e, problems
}

func (sh Sheet) refusal() string {
	if sh.Refused == "" {
		return ""
	}
	return sh.Refused + "；见证人：" + sh.Witness
}
