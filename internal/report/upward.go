package report

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"strings"
	"time"
	"unicode/utf8"

	"suiji/calendar"
	"suiji/internal/access"
	"suiji/internal/errs"
	"suiji/internal/store"
)

// Upward is one report of progress to the superior department (1.48): made by
// the program, sent, its receipt entered.
type Upward struct {
	No           int
	Kind         string // week, month
	From, To     calendar.Date
	Content      Content
	Digest       string
	MadeName     string
	MadeAt       time.Time
	Unit         string // to whom; empty: not sent
	Number       string
	SentOn       calendar.Date
	SentName     string
	Receipt      string // empty: none yet
	ReceivedOn   calendar.Date
	ReceivedName string
}

// State is how far it has come, in Chinese.
func (u Upward) State() string {
	switch {
	case u.Receipt != "":
		return "已有回执"
	case u.Unit != "":
		return "已报送，待回执"
	}
	return "待报送"
}

const upwardCols = `no, kind, from_on, to_on, content, digest, made_name, made_at, to_unit, number, sent_on, sent_name, receipt, received_on, received_name`

func scanUpward(row store.Scanner) (u Upward, err error) {
	var from, to, raw, sent, received string
	var at int64
	err = row.Scan(&u.No, &u.Kind, &from, &to, &raw, &u.Digest, &u.MadeName, &at, &u.Unit, &u.Number, &sent, &u.SentName, &u.Receipt, &received, &u.ReceivedName)
	if err != nil {
		return u, err
	}
	u.MadeAt = store.Instant(at)
	if err := days(day{from, &u.From}, day{to, &u.To}, day{sent, &u.SentOn}, day{received, &u.ReceivedOn}); err != nil {
		return u, err
	}
	return u, json.Unmarshal([]byte(raw), &u.Content)
}

type day struct {
	text string
	to   *calendar.Date
}

func days(list ...day) error {
	for _, d := range list {
		if err := d.to.UnmarshalText([]byte(d.text)); err != nil {
			return err
		}
	}
	return nil
}

// Upwards lists them, the newest first.
func (s *Service) Upwards(ctx context.Context, authority string) ([]Upward, error) {
	return store.All(ctx, s.DB, scanUpward, `
		SELECT `+upwardCols+`
		FROM report_upward
		WHERE authority_id = $1
		ORDER BY no DESC`, authority)
}

// Upward returns one, or NotFound.
func (s *Service) Upward(ctx context.Context, authority string, no int) (Upward, error) {
	return upward(ctx, s.DB, authority, no)
}

func upward(ctx context.Context, db *store.DB, authority string, no int) (Upward, error) {
	u, err := store.One(ctx, db, scanUpward, `
		SELECT `+upwardCols+`
		FROM report_upward
		WHERE authority_id = $1 AND no = $2`, authority, no)
	if errs.KindOf(err) == errs.NotFound {
		err = errs.E(errs.NotFound, "没有这份进展报告")
	}
	return u, err
}

// span is the week, from Monday, or the month that a day lies in.
func span(kind string, on calendar.Date) (from, to calendar.Date) {
	if kind == "week" {
		from = on.AddDays(-(int(on.Weekday()) + 6) % 7)
		return from, from.AddDays(6)
	}
	from = on.AddDays(1 - on.Day())
	to = from.AddDays(31)
	return from, to.AddDays(-to.Day())
}

// Fill makes the report of the week or month that a day lies in. Errors:
// Conflict if it stands already, or has not ended and today is before its end.
func (s *Service) Fill(ctx context.Context, a access.Actor, kind string, on calendar.Date) error {
	if kind != "week" && kind != "month" {
		return errs.At("kind", "请选择周报还是月报")
	}
	if on.Zero() || on.After(s.today()) {
		return errs.At("on", "请填写今天或者以前的一天")
	}
	from, to := span(kind, on)
	if to.After(s.today()) {
		to = s.today() // a week under way is counted up to today
	}
	d, err := s.read(ctx, a.Authority, Scope{Year: from.Year()})
	if err != nil {
		return err
	}
	office, err := s.Identity.Authority(ctx, a.Authority)
	if err != nil {
		return err
	}
	word := map[string]string{"week": "周报", "month": "月报"}[kind]
	c := Content{Title: fmt.Sprintf("“双随机、一公开”抽查工作进展%s（%s 至 %s）", word, from, to), Unit: office.Name, AsOf: s.Now().UnixMilli(), Sections: []Section{},
		Tables: []Table{d.period(from, to), d.byRound(), d.byPublication()}}
	raw, err := json.Marshal(c)
	if err != nil {
		return err
	}
	digest, err := digestOf(office.Hash, string(raw))
	if err != nil {
		return err
	}
	return s.Door.Do(ctx, a, access.ReportSend, kind+" "+from.String(), func(tx *store.DB) error {
		no, err := next(ctx, tx, "report_upward", a.Authority)
		if err != nil {
			return err
		}
		n, err := tx.Exec(ctx, `
			INSERT INTO report_upward (authority_id, `+upwardCols+`)
			VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, '', '', '', '', '', '', '')
			ON CONFLICT (authority_id, kind, from_on) DO NOTHING`,
			a.Authority, no, kind, from.String(), to.String(), string(raw), digest, a.Name, s.Now().UnixMilli())
		if err == nil && n == 0 {
			err = errs.E(errs.Conflict, fmt.Sprintf("%s 起的%s已经生成，没有再生成一份", from, word))
		}
		return err
	})
}

// next is the number of the next row of one of our tables.
func next(ctx context.Context, tx *store.DB, table, authority string) (int, error) {
	return store.One(ctx, tx, store.Value[int], `SELECT coalesce(max(no), 0) + 1 FROM `+table+` WHERE authority_id = $1`, authority)
}

// period counts what happened from one day to another, beside the year.
func (d data) period(from, to calendar.Date) Table {
	in := func(x calendar.Date) bool { return !x.Zero() && !x.Before(from) && !x.After(to) }
	inside := map[string]int{}
	for _, r := range d.rounds {
		if in(calendar.In(r.DrawnAt)) {
			for _, f := range d.firms {
				if f.Round == r.ID {
					inside["drawn"]++
				}
			}
		}
	}
	last := map[[2]string]calendar.Date{}
	for _, r := range d.rows {
		k := [2]string{r.Form.RoundID, r.Form.Firm.TargetID}
		if r.Form.EndedOn.After(last[k]) {
			last[k] = r.Form.EndedOn
		}
	}
	for k, done := range d.inspected() {
		if done && in(last[k]) {
			inside["inspected"]++
		}
	}
	for _, o := range d.objections {
		if in(o.ReceivedOn) {
			inside["objections"]++
		}
	}
	t := Table{Name: "进展", About: "本期是所写的起止日期以内；累计是本年度到统计时。没有按日期计的项目只有累计。", Head: []string{"项目", "本期", "本年累计"}}
	for _, f := range d.figures() {
		now := "—"
		if f.Key == "drawn" || f.Key == "inspected" || f.Key == "objections" {
			now = fmt.Sprint(inside[f.Key])
		}
		t.Rows = append(t.Rows, []string{f.Name, now, f.Text()})
	}
	return t
}

// WriteXLSX writes the report as the file that is sent.
func (u Upward) WriteXLSX(w io.Writer) error { return writeXLSX(w, u.Content) }

// Letter is a paper that goes out or comes in.
type Letter struct {
	Unit   string // to whom
	Number string // of the letter, of the receipt
	On     calendar.Date
}

// check refuses a letter that is not whole; today is the last day it can bear.
func (l *Letter) check(today, since calendar.Date, unit bool) error {
	l.Unit, l.Number = strings.TrimSpace(l.Unit), strings.TrimSpace(l.Number)
	switch {
	case unit && (l.Unit == "" || utf8.RuneCountInString(l.Unit) > 100):
		return errs.At("unit", "请填写送往的单位（最多 100 字）")
	case l.Number == "" || utf8.RuneCountInString(l.Number) > 100:
		return errs.At("number", "请填写文号或者签收人（最多 100 字）")
	case l.On.Zero() || l.On.After(today) || l.On.Before(since):
		return errs.At("on", fmt.Sprintf("日期应在 %s 到今天（%s）之间", since, today))
	}
	return nil
}

// SendUpward records to whom a report was sent, when, under which number.
func (s *Service) SendUpward(ctx context.Context, a access.Actor, no int, l Letter) error {
	return s.upward(ctx, a, no, func(tx *store.DB, u Upward) error {
		if u.Unit != "" {
			return errs.E(errs.Conflict, u.SentName+" 已登记报送，没有改动")
		}
		if err := l.check(s.today(), calendar.In(u.MadeAt), true); err != nil {
			return err
		}
		_, err := tx.Exec(ctx, `UPDATE report_upward SET to_unit = $3, number = $4, sent_on = $5, sent_name = $6 WHERE authority_id = $1 AND no = $2`,
			a.Authority, no, l.Unit, l.Number, l.On.String(), a.Name)
		return err
	})
}

// ReceiveUpward records the receipt of a report that was sent.
func (s *Service) ReceiveUpward(ctx context.Context, a access.Actor, no int, l Letter) error {
	return s.upward(ctx, a, no, func(tx *store.DB, u Upward) error {
		if u.Unit == "" || u.Receipt != "" {
			return errs.E(errs.Conflict, "这份报告"+u.State()+"，没有改动")
		}
		if err := l.check(s.today(), u.SentOn, false); err != nil {
			return err
		}
		_, err := tx.Exec(ctx, `UPDATE report_upward SET receipt = $3, received_on = $4, received_name = $5 WHERE authority_id = $1 AND no = $2`,
			a.Authority, no, l.Number, l.On.String(), a.Name)
		return err
	})
}

func (s *Service) upward(ctx context.Context, a access.Actor, no int, fn func(*store.DB, Upward) error) error {
	return s.Door.Do(ctx, a, access.ReportSend, fmt.Sprint("upward ", no), func(tx *store.DB) error {
		u, err := upward(ctx, tx, a.Authority, no)
		if err != nil {
			return err
		}
		return fn(tx, u)
	})
}
