package casework

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"suiji/calendar"
	"suiji/internal/access"
	"suiji/internal/errs"
	"suiji/internal/inspection"
	"suiji/internal/schedule"
	"suiji/internal/store"
)

// End is an open end, or one that was tied up.
type End struct {
	FormID   string
	Ref      string
	RoundID  string
	TargetID string
	Firm     string
	FirmCode string

	Kind    Kind
	State   State
	Matter  *Matter // the one that goes on, or the last; nil: nothing was done yet
	What    string  // the fact, or what the code asks for
	Since   calendar.Date
	Age     int // working days since then; -1: a year without holiday notice
	Person  string
	Account string // the person's; empty: known by name only
	With    string // with whom it lies now
	Next    string // the one next act
	Clock   Clock
	Late    bool
	Closed  bool
	Holds   bool // the round cannot be closed while it is open
	Waits   bool // the conclusion is not confirmed: nothing but settling can be done
}

// Words says what is open, since when, with whom.
func (e End) Words() string {
	what := "问题 " + e.Ref
	if _, err := strconv.Atoi(e.Ref); err != nil {
		what = e.What
	}
	return fmt.Sprintf("%s（检查表 %s）：%s，%s 起，在%s处", what, e.FormID, e.Stands(), e.Since, e.With)
}

// Stands says in words how far it has come.
func (e End) Stands() string {
	switch {
	case e.Closed && e.Matter != nil:
		return e.Matter.Ending.Name()
	case e.State != "":
		return e.Kind.Name() + "，" + e.State.Name()
	case e.Waits:
		return "结论待审核"
	}
	return e.Kind.Name()
}

// Filter says which ends a list holds; empty fields hold all open ones.
type Filter struct {
	Round  string
	Kind   Kind
	Person string // name
	Text   string // in the firm's name, its code or the form's number
	Late   bool
	Closed bool // what was tied up, instead of what is open
}

func (f Filter) holds(e End) bool {
	return (f.Round == "" || e.RoundID == f.Round) && (f.Kind == "" || e.Kind == f.Kind) && (f.Person == "" || e.Person == f.Person) &&
		(!f.Late || e.Late) && (f.Text == "" || strings.Contains(e.Firm+" "+strings.ToUpper(e.FirmCode)+" "+e.FormID, f.Text) || strings.Contains(e.FirmCode, strings.ToUpper(f.Text)))
}

// Ends lists the open ends of an authority: overdue ones first, then by their
// day; those without a day last, the oldest first.
func (s *Service) Ends(ctx context.Context, authority string, f Filter) ([]End, error) {
	cal, err := s.calendar(ctx)
	if err != nil {
		return nil, err
	}
	all, err := gather(ctx, s.DB, authority, among{round: f.Round, open: !f.Closed})
	if err != nil {
		return nil, err
	}
	var list []End
	days := agesOn(cal, s.today())
	for _, e := range all {
		e.time(days, s.Now())
		if e.Closed == f.Closed && f.holds(e) {
			list = append(list, e)
		}
	}
	slices.SortStableFunc(list, func(a, b End) int {
		if a.Late != b.Late {
			return map[bool]int{true: -1, false: 1}[a.Late]
		}
		if a.Clock.On.Zero() != b.Clock.On.Zero() {
			return map[bool]int{true: 1, false: -1}[a.Clock.On.Zero()]
		}
		return cmp.Or(a.Clock.On.Compare(b.Clock.On), a.Since.Compare(b.Since), cmp.Compare(a.FormID, b.FormID), cmp.Compare(a.Ref, b.Ref))
	})
	return list, nil
}

// ages are how many working days ago something was. Counting goes day by day,
// and thousands of ends began on the same few days.
type ages struct {
	cal   calendar.Calendar
	today calendar.Date
	known map[calendar.Date]int
}

func agesOn(cal calendar.Calendar, today calendar.Date) ages {
	return ages{cal: cal, today: today, known: map[calendar.Date]int{}}
}

// of returns the working days since a day; -1: a year without holiday notice.
func (a ages) of(day calendar.Date) int {
	n, ok := a.known[day]
	if !ok {
		var err error
		if n, err = a.cal.WorkdaysBetween(day, a.today); err != nil {
			n = -1
		} else {
			n = max(0, n)
		}
		a.known[day] = n
	}
	return n
}

// time works out what depends on the calendar.
func (e *End) time(days ages, now time.Time) {
	cal := days.cal
	if e.Matter != nil && !e.Closed {
		e.Clock = e.Matter.clock(cal)
	}
	if e.Clock.How == "" && e.Kind == Told {
		e.Clock = count(cal, e.Since, LeadRule, "结论审核之日起（参照列入经营异常名录的期限）")
	}
	e.Late, e.Age = !e.Closed && e.Clock.Late(now), days.of(e.Since)
}

// found is what the tables say of one possible end.
type found struct {
	End
	formState string
	confirmed bool
	entered   string
	measure   string
	due       calendar.Date
	outcome   string
}

const foundCols = `f.form_id, f.round_id, f.state, f.ended_on, f.confirmed_at, f.entered_name, f.entered_by, t.target_id, t.name, t.code`

// end says how a possible end stands; false if it is none.
func (x found) end() (End, bool) {
	e := x.End
	if e.Person == "" {
		e.Person = x.entered
	}
	e.With = e.Person
	m := e.Matter
	if ask, ok := asks(inspection.Code(e.Ref)); ok {
		e.Kind, e.What, e.Holds, e.Next = Told, ask.What, true, "录入办理情况"
		if m != nil {
			e.Closed, e.Person, e.Account, e.Holds, e.Since = true, m.PersonName, m.Person, false, m.OpenedOn
		}
		return e, true
	}
	if inspection.Code(e.Ref) == inspection.R8 {
		e.Kind, e.What, e.Holds, e.Next = Final, "结果是“"+inspection.R8.Name()+"”，有最终结果后更正并重新公示", true, "退回更正，录入最终结果"
		e.Clock = Clock{How: "没有规定期限；轮次办结以前必须更正"}
		return e, true
	}
	switch {
	case m != nil && m.Ending == "":
		m.describe(&e)
		e.Holds = x.outcome == "" || m.State == Back
	case x.outcome == "":
		e.Kind, e.Next, e.Holds, e.Waits = Undecided, "决定怎样处置", true, !x.confirmed
		e.Clock = Clock{How: "没有规定期限，一直显示到办结"}
		if x.measure != "" && !x.due.Zero() {
			e.Kind, e.State, e.Next, e.With = Rectify, Ordered, "提醒或复查", "企业"
			e.Clock = Clock{On: x.due, How: "检查时责令改正的期限"}
		}
		if e.Waits {
			e.Next = "审核结论"
		}
	case m != nil:
		e.Kind, e.Closed, e.Person, e.Account, e.Since = m.Kind, true, m.PersonName, m.Person, m.OpenedOn
	default:
		return e, false
	}
	return e, true
}

// describe says with whom a matter lies, and the one next act.
func (m *Matter) describe(e *End) {
	e.Kind, e.State, e.Since, e.Person, e.Account, e.With = m.Kind, m.State, m.OpenedOn, m.PersonName, m.Person, m.PersonName
	switch m.State {
	case Ordered:
		e.Next, e.With = "提醒或复查", "企业"
	case Submitted:
		e.Next = "复查"
	case Failed:
		e.Next = "延期、立案或移送"
	case Filed:
		e.Next, e.With = "听取陈述申辩，作出决定", m.Case.Unit
		if m.Case.Hearing != nil {
			e.Next = "作出决定"
		}
		if l := m.Case.Longer; l != nil && l.Verdict == "" {
			e.Next, e.With = "决定是否延长", "局领导"
		}
	case Deciding:
		e.Next, e.With = "复核处罚决定", "结果审核员"
	case Sent:
		e.Next = "登记签收"
		e.With = m.to()
	case Received:
		e.Next = "登记反馈"
		e.With = m.to()
	case Back:
		e.Next = "另行处置"
	case Reported:
		e.Next, e.With = "决定是否移送", "局领导"
	case Approved:
		e.Next = "送公安机关"
	}
}

func (m *Matter) to() string {
	if m.Police != nil {
		return m.Police.To
	}
	return m.Handover.To
}

// Holding lists what keeps a round from being closed: a finding without its
// outcome, a file that came back, a result code about which nothing was done. A
// case, and a file that was signed for, go on beyond the round.
func Holding(ctx context.Context, db *store.DB, authority, roundID string) ([]End, error) {
	all, err := gather(ctx, db, authority, among{round: roundID, open: true})
	return slices.DeleteFunc(all, func(e End) bool { return e.Closed || !e.Holds }), err
}

// Whole is an end with everything that belongs to it, also for documents.
type Whole struct {
	End
	Form      inspection.Form
	Finding   *inspection.Finding // nil: a result code
	Code      inspection.Code     // empty: a finding
	Matters   []Matter
	Steps     []Step
	Papers    []schedule.Paper
	Penalties []Penalty
	Key       Key
}

// Whole reads one end. Errors: NotFound if there is none and was none.
func (s *Service) Whole(ctx context.Context, authority, form, ref string) (w Whole, err error) {
	if w.Form, err = s.Inspection.Form(ctx, authority, form); err != nil {
		return w, err
	}
	cal, err := s.calendar(ctx)
	if err != nil {
		return w, err
	}
	ends, err := gather(ctx, s.DB, authority, among{forms: []string{form}})
	if err != nil {
		return w, err
	}
	i := slices.IndexFunc(ends, func(e End) bool { return e.Ref == ref })
	if no, bad := strconv.Atoi(ref); bad == nil {
		x, err := w.Form.Finding(no)
		if err != nil {
			return w, err
		}
		w.Finding = &x
	} else {
		w.Code = inspection.Code(ref)
	}
	switch {
	case i >= 0:
		w.End = ends[i]
		w.time(agesOn(cal, s.today()), s.Now())
	case w.Finding != nil: // had its outcome in the inspection's record
		w.End = End{FormID: form, Ref: ref, RoundID: w.Form.RoundID, TargetID: w.Form.Firm.TargetID, Firm: w.Form.Firm.Name, FirmCode: w.Form.Firm.Code,
			Kind: Settled, What: w.Finding.Fact, Since: w.Form.EndedOn, Closed: true, Person: w.Finding.Closed}
	default:
		return w, errs.E(errs.NotFound, "没有这个后续事项")
	}
	if w.Matters, err = readMatters(ctx, s.DB, authority, form, ref); err != nil {
		return w, err
	}
	if w.Steps, err = readSteps(ctx, s.DB, authority, form, ref); err != nil {
		return w, err
	}
	w.Key = Key{Form: form, Ref: ref, Revision: int64(len(w.Steps))}
	if w.Papers, err = readPapers(ctx, s.DB, authority, form, ref); err != nil {
		return w, err
	}
	all, err := s.Penalties(ctx, authority, w.TargetID)
	for _, p := range all {
		if p.FormID == form && p.Ref == ref {
			w.Penalties = append(w.Penalties, p)
		}
	}
	return w, err
}

// Assign makes another account responsible for what goes on.
func (s *Service) Assign(ctx context.Context, a access.Actor, k Key, account string) error {
	return s.act(ctx, a, access.FindingClose, k, func(w *work) error {
		to, err := s.Inspection.Identity.Account(ctx, a.Authority, account)
		if err != nil || !to.Active {
			return errs.At("account", "请选择在用的账号")
		}
		m := w.open()
		if m == nil && w.finding != nil && w.finding.Open() && ordered(*w.finding) {
			m, err = w.rectification(Ordered)
		}
		if err != nil {
			return err
		}
		if m == nil {
			return w.not()
		}
		m.Person, m.PersonName = to.ID, to.Name
		if err := w.save(m); err != nil {
			return err
		}
		return w.step(m, "交给"+to.Name+"负责", "", w.today)
	})
}
