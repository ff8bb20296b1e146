// Package reckon holds what the database says against what the ledger says was
// done: every register's version, plan, draw, removal, substitution, public
// result, penalty, objection, rate, setting and alarm is worked out anew from its rows and compared with the
// digest that was entered in the act; and every entry must have its record. It
// names each record that differs. It owns no table and changes nothing.
package reckon

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"time"

	"suiji/internal/audit"
	"suiji/internal/errs"
	"suiji/internal/identity"
	"suiji/internal/plan"
	"suiji/internal/register"
	"suiji/internal/replay"
	"suiji/internal/round"
	"suiji/internal/scribe"
	"suiji/internal/store"
	"suiji/ledger"
)

// Config is what a Service works with; all of it is needed.
type Config struct {
	DB       *store.DB
	Door     *audit.Door
	Now      func() time.Time
	Scribe   *scribe.Scribe
	Identity *identity.Service
	Register *register.Service
	Plan     *plan.Service
	Round    *round.Service
}

// Service reckons an installation's databases up with its ledgers.
type Service struct {
	Config
	replay *replay.Service
	jobs   *jobs
}

// New makes the service.
func New(c Config) *Service { return &Service{c, replay.New(c.Round), newJobs()} }

// Finding is one record that is not as the ledger has it.
type Finding struct {
	Position int64  `json:"position"` // of the entry, from 0; -1: there is none, or it waits
	Record   string `json:"record"`   // table and key, or the entry's type and subject
	Sentence string `json:"sentence"` // what differs
}

// String says it on one line.
func (f Finding) String() string {
	if f.Position < 0 {
		return f.Record + "：" + f.Sentence
	}
	return fmt.Sprintf("%s：%s（台账第 %d 条）", f.Record, f.Sentence, f.Position)
}

// Report says what was compared and what differs.
type Report struct {
	Entries  int            `json:"entries"`
	Records  map[string]int `json:"records"` // by kind, how many were compared
	Findings []Finding      `json:"findings"`
}

// OK reports whether nothing differs.
func (r Report) OK() bool { return len(r.Findings) == 0 }

// Check compares all of an authority's records with its ledger. What an act
// changes while it reads is no difference: what it finds, it looks at again.
func (s *Service) Check(ctx context.Context, authority string) (Report, error) {
	return s.check(ctx, authority, func(int, int) {})
}

// check is Check, and tells which part it is at and how many records it has
// compared.
func (s *Service) check(ctx context.Context, authority string, tell func(part, compared int)) (Report, error) {
	first, err := s.run(ctx, authority, tell)
	if err != nil || first.OK() {
		return first, err
	}
	again, err := s.run(ctx, authority, tell)
	before := map[Finding]bool{} // there may be a million
	for _, f := range first.Findings {
		before[f] = true
	}
	again.Findings = slices.DeleteFunc(again.Findings, func(f Finding) bool { return !before[f] })
	return again, err
}

// entry is an entry that waits for its record.
type entry struct {
	scribe.Recorded
	claimed bool
}

// run is one comparison.
type run struct {
	*Service
	ctx       context.Context
	authority string
	office    identity.Authority
	tell      func(part, compared int)
	part      int
	compared  int
	entries   []*entry
	of        map[string][]*entry // by subject
	report    Report
}

// parts is how many parts a comparison has.
const parts = 11

func (s *Service) run(ctx context.Context, authority string, tell func(part, compared int)) (Report, error) {
	office, err := s.Identity.Authority(ctx, authority)
	if err != nil {
		return Report{}, err
	}
	r := &run{Service: s, ctx: ctx, authority: authority, office: office, tell: tell, of: map[string][]*entry{},
		report: Report{Records: map[string]int{}, Findings: []Finding{}}}
	for i, part := range [parts]struct {
		record string
		check  func() error
	}{
		{"ledger_entry", r.ledger}, {"register_version", r.registers}, {"plan", r.plans},
		{"round", r.rounds}, {"disclosure_posting", r.results}, {"disclosure_penalty", r.penalties},
		{"disclosure_objection", r.objections}, {"round", r.rates},
		{"alarm_setting", r.settings}, {"alarm_raised", r.alarms}, {"audit_entry", r.log},
	} {
		r.part = i + 1
		tell(r.part, r.compared)
		err := part.check()
		if ctx.Err() != nil {
			return r.report, ctx.Err()
		}
		if err != nil { // a row that the program cannot read
			r.differs(nil, part.record, "读不出来：%v", err)
		}
	}
	for _, e := range r.entries {
		if !e.claimed {
			r.differs(e, string(e.Entry.Type)+" "+cmp.Or(e.text("objection"), e.text("alarm"), e.text("part"), e.Entry.Subject), "台账里有这条记录，数据库里没有与它相符的")
		}
	}
	return r.report, nil
}

// ledger reads the entries and has the scribe work the tree out anew.
func (r *run) ledger() error {
	all, err := r.Scribe.Everything(r.ctx, r.authority)
	for _, x := range all {
		e := &entry{Recorded: x}
		r.entries = append(r.entries, e)
		r.of[x.Entry.Subject] = append(r.of[x.Entry.Subject], e)
	}
	r.report.Entries = len(all)
	if err != nil {
		r.differs(nil, "ledger_entry", "%s", sentence(err))
	}
	_, err = r.Scribe.Check(r.ctx, r.authority)
	if err == nil {
		err = r.Scribe.CheckRest(r.ctx, r.authority)
	}
	if err != nil && (errs.KindOf(err) != errs.NotFound || len(all) > 0) {
		r.differs(nil, "ledger", "%s", sentence(err))
	}
	return nil
}

// sentence is what an error says to people, or else its text.
func sentence(err error) string {
	if s := errs.Sentence(err); s != "" {
		return s
	}
	return err.Error()
}

// differs notes a finding.
func (r *run) differs(e *entry, record, format string, args ...any) {
	f := Finding{Position: -1, Record: record, Sentence: fmt.Sprintf(format, args...)}
	if e != nil {
		f.Position = e.Position
	}
	r.report.Findings = append(r.report.Findings, f)
}

// counted notes that a record was compared.
func (r *run) counted(kind string) {
	r.report.Records[kind]++
	r.compared++
	r.tell(r.part, r.compared)
}

// want holds a record to the entry that speaks of it.
func (r *run) want(ok bool, e *entry, record, format string, args ...any) {
	if !ok {
		r.differs(e, record, format, args...)
	}
}

// all returns the entries of a subject and type, in their order.
func (r *run) all(subject string, types ...ledger.Type) []*entry {
	var found []*entry
	for _, e := range r.of[subject] {
		if slices.Contains(types, e.Entry.Type) {
			found = append(found, e)
		}
	}
	return found
}

// one claims the one entry of a subject and type for a record that must have
// it; nil if there is none.
func (r *run) one(subject string, typ ledger.Type, record string) *entry {
	found := r.all(subject, typ)
	if len(found) == 0 {
		r.differs(nil, record, "台账里没有 %s %s", typ, subject)
		return nil
	}
	found[0].claimed = true
	return found[0]
}

// text and number read an entry's data; a nil entry, which was noted before,
// has none.
func (e *entry) text(name string) string {
	s, _ := e.Entry.Data[name].(string)
	return s
}

func (e *entry) number(name string) int64 {
	n, ok := e.Entry.Data[name].(int64)
	if !ok {
		return -1
	}
	return n
}

// slack is how far a row's time may lie from that of its entry: the queue may
// hold an entry up, and the clock may be set meanwhile.
const slack = 5 * time.Minute

// near reports whether a row's time is that of its entry.
func (e *entry) near(at time.Time) bool { return at.Sub(e.Entry.At).Abs() <= slack }
