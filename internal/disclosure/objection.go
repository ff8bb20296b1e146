package disclosure

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"strings"
	"time"
	"unicode/utf8"

	"suiji/calendar"
	"suiji/internal/access"
	"suiji/internal/errs"
	"suiji/internal/fresh"
	"suiji/internal/store"
	"suiji/ledger"
)

// Kind is what sort of record was published.
type Kind string

// The kinds of records.
const (
	ResultKind  Kind = "result"  // 检查结果
	PenaltyKind Kind = "penalty" // 行政处罚信息
)

// Name returns the kind in Chinese.
func (k Kind) Name() string {
	return map[Kind]string{ResultKind: "检查结果", PenaltyKind: "行政处罚"}[k]
}

// versionsOf names the table of a kind's versions and its column of records.
var versionsOf = map[Kind]struct{ table, id string }{ResultKind: {"disclosure_posting", "form_id"}, PenaltyKind: {"disclosure_penalty", "penalty_id"}}

// ObjectionState is how far an objection has come:
//
//	open ──Answer──▶ kept
//	             └─▶ mending ──Correct──▶ corrected
//	                         └─Withdraw─▶ withdrawn
type ObjectionState string

// The states. The first two bear a mark in public.
const (
	ObjectionOpen      ObjectionState = "open"
	ObjectionMending   ObjectionState = "mending"
	ObjectionKept      ObjectionState = "kept"
	ObjectionCorrected ObjectionState = "corrected"
	ObjectionWithdrawn ObjectionState = "withdrawn"
)

// Name returns the state in Chinese.
func (s ObjectionState) Name() string {
	return map[ObjectionState]string{ObjectionOpen: "异议办理中", ObjectionMending: "异议成立，待更正", ObjectionKept: "异议不成立，维持",
		ObjectionCorrected: "异议成立，已更正", ObjectionWithdrawn: "异议成立，已撤回"}[s]
}

// The clocks of an objection, in working days (domain.md 2.7).
const (
	answerWithin = 15 // from the day it was received
	mendWithin   = 10 // from the day of the answer
)

// Objection is one objection to a public record. Firm, Words, Contact and who
// entered it are the office's to see; all else is public.
type Objection struct {
	ID         string
	Kind       Kind
	Record     string
	Version    int
	Firm       string
	Paper      bool
	Words      string
	Contact    string
	ReceivedOn calendar.Date
	MadeAt     time.Time
	MadeBy     string
	State      ObjectionState
	Answer     string
	AnsweredBy string
	AnsweredAt time.Time
	SettledAt  time.Time

	Due     calendar.Date // for the next step; zero: nothing is due, or the day is not known
	Explain string
}

// Running reports whether the office still has something to do.
func (o Objection) Running() bool { return o.State == ObjectionOpen || o.State == ObjectionMending }

// Overdue reports whether the next step's last day has passed.
func (o Objection) Overdue(today calendar.Date) bool {
	return o.Running() && !o.Due.Zero() && today.After(o.Due)
}

// Posted is a record that is public: the result of a form, or a penalty that
// came of it.
type Posted struct {
	Kind Kind
	ID   string
	Name string // of the kind, and of a penalty its number
	Firm string
	On   calendar.Date // when it was first published
}

// Posted lists what is public of a form today; of a penalty's record, that one.
func (s *Service) Posted(ctx context.Context, authority, record string) (list []Posted, err error) {
	found := []Posted{{Kind: ResultKind, ID: record, Name: ResultKind.Name()}}
	penalties, err := readPenalties(ctx, s.DB, authority, `current AND until_on >= $2 AND $3 IN (form_id, penalty_id)`, s.today().String(), record)
	if err != nil {
		return nil, err
	}
	for _, v := range penalties {
		found = append(found, Posted{Kind: PenaltyKind, ID: v.ID, Name: PenaltyKind.Name() + " " + v.Number})
	}
	for _, p := range found {
		now, err := s.standing(ctx, s.DB, authority, p.Kind, p.ID)
		if errs.KindOf(err) == errs.Conflict {
			continue // it is not public
		}
		if err != nil {
			return nil, err
		}
		p.Firm, p.On = now.firm, calendar.In(now.first)
		list = append(list, p)
	}
	return list, nil
}

// PostedRecord returns the public record with this number; a bare result's, if
// there is none.
func (s *Service) PostedRecord(ctx context.Context, authority, record string) (Posted, error) {
	list, err := s.Posted(ctx, authority, record)
	for _, x := range list {
		if x.ID == record {
			return x, err
		}
	}
	return Posted{Kind: ResultKind, ID: record}, err
}

// Claim is what somebody says against a public record.
type Claim struct {
	Kind       Kind
	Record     string
	Words      string
	Contact    string
	ReceivedOn calendar.Date // of one on paper; zero: today
}

func (c Claim) check(today calendar.Date) error {
	var ps []errs.Problem
	text := func(field, text string, most int) {
		if utf8.RuneCountInString(text) > most || !utf8.ValidString(text) || strings.ContainsRune(text, 0) {
			ps = append(ps, errs.Problem{Field: field, Sentence: fmt.Sprintf("最多 %d 字", most)})
		}
	}
	if strings.TrimSpace(c.Words) == "" {
		ps = append(ps, errs.Problem{Field: "words", Sentence: "请写明公示的哪些内容不对、为什么"})
	}
	text("words", c.Words, 1000)
	text("contact", c.Contact, 100)
	if c.ReceivedOn.After(today) {
		ps = append(ps, errs.Problem{Field: "received_on", Sentence: "收到日期不能在今天以后"})
	}
	return errs.All(ps)
}

// Object enters the objection of whoever holds the code of a firm's form: the
// firm. A record has one objection under way at most.
// Errors: Conflict if nothing is public, or one is under way.
func (s *Service) Object(ctx context.Context, authority string, c Claim) error {
	a := access.System(authority)
	a.Name, c.ReceivedOn = "企业（凭检查码）", s.today()
	return s.object(ctx, a, c, false)
}

// Receive enters an objection that came on paper.
func (s *Service) Receive(ctx context.Context, a access.Actor, c Claim) error {
	return s.object(ctx, a, c, true)
}

func (s *Service) object(ctx context.Context, a access.Actor, c Claim, paper bool) error {
	if c.ReceivedOn.Zero() {
		c.ReceivedOn = s.today()
	}
	if err := c.check(s.today()); err != nil {
		return err
	}
	return s.Door.Do(ctx, a, access.ObjectionEnter, c.Record, func(tx *store.DB) error {
		now, err := s.standing(ctx, tx, a.Authority, c.Kind, c.Record)
		if err != nil {
			return err
		}
		if calendar.In(now.first).After(c.ReceivedOn) {
			return errs.At("received_on", "收到日期早于首次公示的日期 "+calendar.In(now.first).String())
		}
		all, err := readObjections(ctx, tx, a.Authority, c.Record)
		if err != nil {
			return err
		}
		if slices.ContainsFunc(all, Objection.Running) {
			return errs.E(errs.Conflict, "这条公示已有一件异议正在办理，没有重复登记；答复后仍不服的可以再提")
		}
		o := Objection{ID: fmt.Sprintf("%s-o%d", c.Record, len(all)+1), Kind: c.Kind, Record: c.Record, Version: now.version, Firm: now.firm, Paper: paper,
			Words: strings.TrimSpace(c.Words), Contact: strings.TrimSpace(c.Contact), ReceivedOn: c.ReceivedOn, MadeAt: s.Now(), State: ObjectionOpen}
		if paper {
			o.MadeBy = a.ID
		}
		if err := insertObjection(ctx, tx, a.Authority, o); err != nil {
			return err
		}
		return s.Scribe.Enter(ctx, tx, a.Authority, string(ledger.ObjectionReceived), c.Record,
			map[string]any{"objection": o.ID, "concerns": now.digest, "received": o.ReceivedOn.String()})
	})
}

// standing is what is public of a record now.
type standing struct {
	version int
	firm    string
	digest  string
	first   time.Time // when it was first published
	by      []string  // who published or corrected it
}

func (s *Service) standing(ctx context.Context, db *store.DB, authority string, kind Kind, id string) (now standing, err error) {
	of, ok := versionsOf[kind]
	if !ok {
		return now, errs.E(errs.NotFound, "没有这类公示记录")
	}
	public := false
	err = store.Each(ctx, db, scanLine, func(x versionLine) error {
		if now.by = append(now.by, x.by); x.version == 1 {
			now.first = store.Instant(x.at)
		}
		if x.current {
			public, now.version, now.firm, now.digest = true, x.version, x.firm, x.digest
		}
		return nil
	}, `
		SELECT version, current, firm_name, digest, posted_by, posted_at
		FROM `+of.table+`
		WHERE authority_id = $1 AND `+of.id+` = $2
		ORDER BY version`, authority, id)
	if err == nil && !public {
		err = errs.E(errs.Conflict, "这条记录目前没有公示，没有可以提出异议的内容，没有登记")
	}
	return now, err
}

// versionLine is a version of a record of any kind, without the record.
type versionLine struct {
	version          int
	current          bool
	firm, digest, by string
	at               int64
}

func scanLine(row store.Scanner) (x versionLine, err error) {
	err = row.Scan(&x.version, &x.current, &x.firm, &x.digest, &x.by, &x.at)
	return x, err
}

// Ruling is the answer to an objection.
type Ruling struct {
	Upheld bool
	Answer string // public for good
}

// Answer decides an objection. Who published the record, or entered the
// objection, must not answer it.
// Errors: Conflict if it is answered.
func (s *Service) Answer(ctx context.Context, a access.Actor, id string, r Ruling) error {
	if err := checkReason(r.Answer); err != nil {
		return errs.At("answer", strings.NewReplacer("原因将随记录公开", "答复将随记录公开", "原因", "答复").Replace(errs.Sentence(err)))
	}
	return s.Door.Do(ctx, a, access.ObjectionAnswer, id, func(tx *store.DB) error {
		o, err := s.objection(ctx, tx, a.Authority, id)
		if err != nil {
			return err
		}
		if o.State != ObjectionOpen {
			return errs.E(errs.Conflict, "这件异议已经由"+o.AnsweredBy+"答复，没有任何改动")
		}
		now, err := s.standing(ctx, tx, a.Authority, o.Kind, o.Record)
		gone := errs.KindOf(err) == errs.Conflict
		if err != nil && !gone {
			return err
		}
		if o.MadeBy == a.ID || slices.Contains(now.by, a.ID) {
			return errs.E(errs.Forbidden, "公示这条记录或者登记这件异议的人不能答复，请由另一位有权答复的同事办理；没有任何改动")
		}
		o.State, o.Answer, o.AnsweredBy, o.AnsweredAt = ObjectionKept, strings.TrimSpace(r.Answer), a.Name, s.Now()
		switch {
		case r.Upheld && gone:
			o.State, o.SettledAt = ObjectionWithdrawn, s.Now()
		case r.Upheld:
			o.State = ObjectionMending
		}
		if err := updateObjection(ctx, tx, a.Authority, o); err != nil {
			return err
		}
		return s.Scribe.Enter(ctx, tx, a.Authority, string(ledger.ObjectionAnswered), o.Record,
			map[string]any{"objection": o.ID, "upheld": r.Upheld, "answer": o.Answer})
	})
}

// settle ends the objection that was upheld, as its record is corrected or
// withdrawn.
func (s *Service) settle(ctx context.Context, tx *store.DB, authority, record string, state ObjectionState) error {
	_, err := tx.Exec(ctx, `
		UPDATE disclosure_objection
		SET state = $3, settled_at = $4
		WHERE authority_id = $1 AND record_id = $2 AND state = 'mending'`, authority, record, string(state), s.Now().UnixMilli())
	return err
}

// Objections lists all objections, those under way first, the nearest day
// first; then the others, the newest first.
func (s *Service) Objections(ctx context.Context, authority string) ([]Objection, error) {
	all, err := s.timed(ctx, authority, "")
	slices.SortStableFunc(all, func(a, b Objection) int {
		switch {
		case a.Running() != b.Running():
			if a.Running() {
				return -1
			}
			return 1
		case a.Running():
			return a.Due.Compare(b.Due)
		}
		return cmp.Or(b.MadeAt.Compare(a.MadeAt), cmp.Compare(b.ID, a.ID))
	})
	return all, err
}

// ObjectionsTo lists the objections to one record, the first first.
func (s *Service) ObjectionsTo(ctx context.Context, authority, record string) ([]Objection, error) {
	return s.timed(ctx, authority, record)
}

// Objection returns one objection.
func (s *Service) Objection(ctx context.Context, authority, id string) (Objection, error) {
	o, err := s.objection(ctx, s.DB, authority, id)
	if err != nil {
		return o, err
	}
	cal, err := s.Reference.Calendar(ctx)
	return o.timed(cal), err
}

// Contested returns which records of an authority have an objection under way.
func (s *Service) Contested(ctx context.Context, authority string) (map[string]bool, error) {
	size := func(m map[string]bool) int { return 100 * len(m) }
	return fresh.Read(ctx, s.Fresh, "contested "+authority, size, func() (map[string]bool, error) {
		ids, err := store.All(ctx, s.DB, store.Value[string], `
			SELECT record_id
			FROM disclosure_objection
			WHERE authority_id = $1 AND state IN ('open', 'mending')`, authority)
		marks := map[string]bool{}
		for _, id := range ids {
			marks[id] = true
		}
		return marks, err
	})
}

func (s *Service) timed(ctx context.Context, authority, record string) ([]Objection, error) {
	cal, err := s.Reference.Calendar(ctx)
	if err != nil {
		return nil, err
	}
	all, err := readObjections(ctx, s.DB, authority, record)
	for i := range all {
		all[i] = all[i].timed(cal)
	}
	return all, err
}

// timed works out by when the next step must be done.
func (o Objection) timed(cal calendar.Calendar) Objection {
	from, days, what := o.ReceivedOn, answerWithin, "收到日 "
	if o.State == ObjectionMending {
		from, days, what = calendar.In(o.AnsweredAt), mendWithin, "答复日 "
	}
	if o.Running() {
		d, err := cal.Deadline(from, days, calendar.Workdays)
		if o.Explain = what + words(d, err); err == nil {
			o.Due = d.Due
		}
	}
	return o
}

func (s *Service) objection(ctx context.Context, db *store.DB, authority, id string) (Objection, error) {
	o, err := store.One(ctx, db, scanObjection, `
		SELECT `+objectionCols+`
		FROM disclosure_objection
		WHERE authority_id = $1 AND objection_id = $2`, authority, id)
	if errs.KindOf(err) == errs.NotFound {
		err = errs.E(errs.NotFound, "没有这件异议")
	}
	return o, err
}

const objectionCols = `objection_id, kind, record_id, version, firm, paper, words, contact, received_on, made_at, made_by, state, answer, answered_by, answered_at, settled_at`

func scanObjection(row store.Scanner) (o Objection, err error) {
	var received string
	var made, answered, settled int64
	err = row.Scan(&o.ID, &o.Kind, &o.Record, &o.Version, &o.Firm, &o.Paper, &o.Words, &o.Contact, &received, &made, &o.MadeBy, &o.State,
		&o.Answer, &o.AnsweredBy, &answered, &settled)
	if err != nil {
		return o, err
	}
	o.MadeAt, o.AnsweredAt, o.SettledAt = store.Instant(made), store.Instant(answered), store.Instant(settled)
	return o, o.ReceivedOn.UnmarshalText([]byte(received))
}

func readObjections(ctx context.Context, db *store.DB, authority, record string) ([]Objection, error) {
	where, args := store.Given([]any{authority}, "record_id", record)
	return store.All(ctx, db, scanObjection, `
		SELECT `+objectionCols+`
		FROM disclosure_objection
		WHERE authority_id = $1`+where+`
		ORDER BY made_at, objection_id`, args...)
}

func insertObjection(ctx context.Context, tx *store.DB, authority string, o Objection) error {
	_, err := tx.Exec(ctx, `
		INSERT INTO disclosure_objection (authority_id, `+objectionCols+`)
		VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, '', '', 0, 0)`,
		authority, o.ID, string(o.Kind), o.Record, o.Version, o.Firm, o.Paper, o.Words, o.Contact, o.ReceivedOn.String(), o.MadeAt.UnixMilli(), o.MadeBy, string(o.State))
	return err
}

func updateObjection(ctx context.Context, tx *store.DB, authority string, o Objection) error {
	_, err := tx.Exec(ctx, `
		UPDATE disclosure_objection
		SET state = $3, answer = $4, answered_by = $5, answered_at = $6, settled_at = $7
		WHERE authority_id = $1 AND objection_id = $2`,
		authority, o.ID, string(o.State), o.Answer, o.AnsweredBy, store.Millis(o.AnsweredAt), store.Millis(o.SettledAt))
	return err
}
