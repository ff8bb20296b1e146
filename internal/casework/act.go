package casework

import (
	"context"
	"fmt"
	"strconv"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"suiji/calendar"
	"suiji/internal/access"
	"suiji/internal/errs"
	"suiji/internal/inspection"
	"suiji/internal/store"
)

// work is one act on an open end: what stands, and what the act makes of it.
type work struct {
	s       *Service
	ctx     context.Context
	tx      *store.DB
	by      access.Actor
	cal     calendar.Calendar
	today   calendar.Date
	form    inspection.Form
	ref     string
	finding *inspection.Finding // nil: a result code
	matters []Matter
	steps   int
}

// act carries out one act: fn changes what stands, on the condition that
// nobody changed it since k was seen.
func (s *Service) act(ctx context.Context, a access.Actor, action access.Action, k Key, fn func(w *work) error) error {
	cal, err := s.calendar(ctx)
	if err != nil {
		return err
	}
	return s.Door.Do(ctx, a, action, k.Form+" "+k.Ref, func(tx *store.DB) error {
		w, err := s.work(ctx, tx, a, k)
		if err != nil {
			return err
		}
		w.cal = cal
		if err := w.unchanged(k); err != nil {
			return err
		}
		return fn(w)
	})
}

func (s *Service) work(ctx context.Context, tx *store.DB, a access.Actor, k Key) (*work, error) {
	w := &work{s: s, ctx: ctx, tx: tx, by: a, today: s.today(), ref: k.Ref}
	var err error
	if w.form, err = s.Inspection.FormTx(ctx, tx, a.Authority, k.Form); err != nil {
		return nil, err
	}
	if w.matters, err = readMatters(ctx, tx, a.Authority, k.Form, k.Ref); err != nil {
		return nil, err
	}
	steps, err := readSteps(ctx, tx, a.Authority, k.Form, k.Ref)
	w.steps = len(steps)
	if err != nil {
		return nil, err
	}
	if no, bad := strconv.Atoi(k.Ref); bad == nil {
		x, err := w.form.Finding(no)
		w.finding = &x
		return w, err
	}
	if _, ok := asks(inspection.Code(k.Ref)); !ok {
		return nil, errs.E(errs.NotFound, "没有这个后续事项")
	}
	return w, nil
}

// unchanged tells the second of two people what the first has done.
func (w *work) unchanged(k Key) error {
	if int64(w.steps) == k.Revision {
		return nil
	}
	steps, err := readSteps(w.ctx, w.tx, w.form.Authority, k.Form, k.Ref)
	if err != nil || len(steps) == 0 {
		return errs.E(errs.Conflict, "这一页不完整或者已经过时，没有任何改动，请刷新后再办")
	}
	last := steps[len(steps)-1]
	return errs.E(errs.Conflict, fmt.Sprintf("%s 已办理“%s”（%s），您这次的没有保存。请看过最新情况再办", last.ByName, last.Act, clockText(last.At)))
}

// open is the matter that goes on; nil if none does.
func (w *work) open() *Matter {
	for i := range w.matters {
		if w.matters[i].Ending == "" {
			return &w.matters[i]
		}
	}
	return nil
}

// in returns the matter that goes on, if it is of a kind and in one of the
// states.
func (w *work) in(k Kind, states ...State) (*Matter, error) {
	m := w.open()
	if m != nil && m.Kind == k {
		for _, s := range states {
			if m.State == s {
				return m, nil
			}
		}
	}
	return nil, w.not()
}

// not says what stands instead.
func (w *work) not() error {
	switch m := w.open(); {
	case m != nil:
		return errs.E(errs.Conflict, fmt.Sprintf("这个事项现在是“%s：%s”，不能这样办，没有任何改动", m.Kind.Name(), m.State.Name()))
	case w.finding != nil && !w.finding.Open():
		return errs.E(errs.Conflict, fmt.Sprintf("问题 %d 已有处理结果“%s”（%s），没有任何改动", w.finding.No, w.finding.Outcome.Name(), w.finding.Closed))
	case len(w.matters) > 0:
		return errs.E(errs.Conflict, "这个事项已经了结："+w.matters[len(w.matters)-1].Ending.Name()+"，没有任何改动")
	}
	return errs.E(errs.Conflict, "这个事项还没有开始，不能这样办，没有任何改动")
}

// begin opens another matter, if the way is free: nothing goes on, or what went
// on ends with it.
func (w *work) begin(k Kind, state State, on calendar.Date, f File) (*Matter, error) {
	if w.finding == nil {
		return nil, errs.E(errs.Conflict, "检查结果代码的后续事项不能这样办，没有任何改动")
	}
	if w.open() == nil && !w.finding.Open() {
		return nil, w.not()
	}
	if !w.finding.Confirmed {
		return nil, errs.E(errs.Conflict, "检查结论还没有审核，审核通过以后才能办理，没有任何改动")
	}
	switch m := w.open(); {
	case m == nil:
	case m.Kind == Case && m.State == Filed && (k == Unit || k == Department || k == Police):
		if err := w.end(m, Transferred, on); err != nil {
			return nil, err
		}
	case m.Kind == Rectify || m.State == Back:
		if k == Rectify && m.Kind == Rectify {
			return nil, w.not()
		}
		if err := w.end(m, Escalated, on); err != nil {
			return nil, err
		}
	default:
		return nil, w.not()
	}
	return w.add(k, state, on, f)
}

func (w *work) add(k Kind, state State, on calendar.Date, f File) (*Matter, error) {
	w.matters = append(w.matters, Matter{Authority: w.form.Authority, FormID: w.form.ID, Ref: w.ref, No: len(w.matters) + 1, RoundID: w.form.RoundID,
		Kind: k, State: state, Person: w.by.ID, PersonName: w.by.Name, OpenedOn: on, File: f})
	m := &w.matters[len(w.matters)-1]
	return m, insertMatter(w.ctx, w.tx, *m)
}

// end ends a matter.
func (w *work) end(m *Matter, e Ending, on calendar.Date) error {
	m.Ending, m.EndedOn = e, on
	return w.save(m)
}

// save writes a matter; who acted on it is responsible for it from now on,
// unless it was the firm or whoever only decides.
func (w *work) save(m *Matter) error { return updateMatter(w.ctx, w.tx, *m) }

// step adds a line to the timeline.
func (w *work) step(m *Matter, act, text string, day calendar.Date) error {
	w.steps++
	return insertStep(w.ctx, w.tx, *m, w.steps, Step{No: m.No, Act: act, Text: text, Day: day, ByID: w.by.ID, ByName: w.by.Name, At: w.s.Now()})
}

// outcome gives the finding its one outcome, if it has none.
func (w *work) outcome(o inspection.Outcome, on calendar.Date, note string) error {
	if !w.finding.Open() {
		return nil // it got one before it came back
	}
	return w.s.Inspection.CloseFindingTx(w.ctx, w.tx, w.by, w.form.ID, w.finding.No, inspection.Closing{Outcome: o, On: on, Note: note})
}

// reader collects what is wrong with an input.
type reader struct{ problems []errs.Problem }

func (r *reader) add(bad bool, field, sentence string) {
	if bad {
		r.problems = append(r.problems, errs.Problem{Field: field, Sentence: sentence})
	}
}

// Longest inputs, in characters.
const (
	longLine = 200
	longText = 2000
)

// need reads a text that must be there.
func (r *reader) need(field, what, text string, most int) string {
	text = strings.TrimSpace(text)
	r.add(text == "", field, "请填写"+what)
	return r.may(field, what, text, most)
}

// may reads a text that can be missing.
func (r *reader) may(field, what, text string, most int) string {
	text = strings.TrimSpace(strings.ReplaceAll(text, "\r\n", "\n"))
	r.add(utf8.RuneCountInString(text) > most, field, fmt.Sprintf("%s最多 %d 字", what, most))
	bad := !utf8.ValidString(text) || strings.ContainsFunc(text, func(c rune) bool { return unicode.IsControl(c) && c != '\n' && c != '\t' })
	r.add(bad, field, what+"里有不能识别的字符，请删去后重新输入")
	return text
}

// day reads a day on which something happened: not before another, not in the
// future.
func (r *reader) day(field, what string, on, after, today calendar.Date, afterWhat string) {
	switch {
	case on.Zero():
		r.add(true, field, "请填写"+what)
	case on.After(today):
		r.add(true, field, fmt.Sprintf("%s不能晚于今天（%s）", what, today))
	case !after.Zero() && on.Before(after):
		r.add(true, field, fmt.Sprintf("%s不能早于%s（%s）", what, afterWhat, after))
	}
}

func (r *reader) err() error { return errs.All(r.problems) }

// lines are the lines of a text that say something.
func lines(text string) (all []string) {
	for _, l := range strings.Split(text, "\n") {
		if l = strings.TrimSpace(l); l != "" {
			all = append(all, l)
		}
	}
	return all
}

// clockText writes an instant as China's clock shows it.
func clockText(at time.Time) string {
	d := calendar.In(at)
	minutes := int(at.Sub(d.Start()).Minutes())
	return fmt.Sprintf("%s %02d:%02d", d, minutes/60, minutes%60)
}
