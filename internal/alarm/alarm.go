// Package alarm notices at once what somebody answerable must be told of: many
// failures to sign in, a change of what the security of the installation hangs
// on, an audit log that was cut off. Each alarm stands in the audit log and in
// the public ledger; package notice tells the people.
//
// It also lays down in the ledger, for everybody to hold the office to, the
// digest of those settings and once a day the head of the audit log. It owns
// the tables alarm_….
package alarm

import (
	"context"
	"errors"
	"fmt"
	"time"

	"suiji/internal/access"
	"suiji/internal/audit"
	"suiji/internal/errs"
	"suiji/internal/identity"
	"suiji/internal/scribe"
	"suiji/internal/store"
	"suiji/ledger"
)

// Config is what a Service stands on; all is required.
type Config struct {
	DB       *store.DB
	Door     *audit.Door
	Now      func() time.Time
	Scribe   *scribe.Scribe
	Identity *identity.Service
}

// Service looks out.
type Service struct{ Config }

// New makes the service.
func New(c Config) *Service { return &Service{c} }

// Kind is one sort of alarm.
type Kind string

// The kinds.
const (
	SignIns  Kind = "sign-in" // strangers fail to sign in, again and again
	OfHouse  Kind = "machine" // what is set on the machine is not what it was
	OfOffice Kind = "office"  // what the office has set is not what it was, and the audit log has no record of why
	Changed  Kind = "change"  // what the office has set was changed as it should be: news, and no alarm
	Input    Kind = "input"   // rules of input refuse again and again
	Log      Kind = "audit"   // the audit log lacks what the ledger has the head of
)

// Alarm is one thing to be told at once.
type Alarm struct {
	ID     string
	Kind   Kind
	At     time.Time
	Number int64
	Within time.Duration
	Title  string // may leave the house: names no person, no setting
	Text   string // inside the office
}

// To are the roles of those who are told; if nobody has one of a group, the
// next group's are.
func (a Alarm) To() [][]access.Role {
	guard := []access.Role{access.Security, access.Admin}
	if a.Kind == SignIns || a.Kind == Input || a.Kind == Changed {
		return [][]access.Role{guard}
	}
	return [][]access.Role{guard, {access.Auditor, access.Leader}}
}

func scanAlarm(row store.Scanner) (a Alarm, err error) {
	var at, seconds int64
	err = row.Scan(&a.ID, &a.Kind, &at, &a.Number, &seconds)
	a.At, a.Within = time.UnixMilli(at).UTC(), time.Duration(seconds)*time.Second
	return a, err
}

// Subject is what the ledger's entries of an authority's alarms are about.
func Subject(authority string) string { return authority + ".alarm" }

// Look sees whether there is anything to tell, and enters what is new. It may be
// called as often as one likes, on as many nodes.
func (s *Service) Look(ctx context.Context, authority string) error {
	return errors.Join(s.signIns(ctx, authority), s.office(ctx, authority), s.log(ctx, authority))
}

// signIns raises one alarm an hour at most, and for a slow day one a day.
func (s *Service) signIns(ctx context.Context, authority string) error {
	x, err := s.Identity.Spray(ctx, authority)
	if err != nil || x.Failures == 0 {
		return err
	}
	key := "sign-in " + s.Now().UTC().Format("2006-01-02T15")
	if x.Within > time.Hour {
		key = "sign-in " + x.Begin.Format("2006-01-02")
	}
	return s.raise(ctx, Alarm{ID: key, Kind: SignIns, Number: x.Failures, Within: x.Within}, authority)
}

// Burst raises an alarm of so many requests refused by rules of input within so
// long, one a day at most.
func (s *Service) Burst(ctx context.Context, authority string, n int64, within time.Duration) error {
	return s.raise(ctx, Alarm{ID: "input " + s.Now().UTC().Format("2006-01-02"), Kind: Input, Number: n, Within: within}, authority)
}

// raise enters an alarm, unless it was.
func (s *Service) raise(ctx context.Context, a Alarm, authority string) error {
	known, err := store.One(ctx, s.DB, store.Value[int64], `
		SELECT count(*)
		FROM alarm_raised
		WHERE authority_id = $1 AND alarm_id = $2`, authority, a.ID)
	if err != nil || known > 0 {
		return err
	}
	err = s.Door.Do(audit.WithKey(ctx, a.ID), access.System(authority), access.AlarmRaise, a.ID, func(tx *store.DB) error {
		return s.enter(ctx, tx, a, authority)
	})
	if errs.KindOf(err) == errs.Conflict && !store.Raced(err) {
		return nil // another node was first
	}
	return err
}

func (s *Service) enter(ctx context.Context, tx *store.DB, a Alarm, authority string) error {
	seconds := int64(a.Within / time.Second)
	if _, err := tx.Exec(ctx, `
		INSERT INTO alarm_raised (authority_id, alarm_id, kind, at, number, within)
		VALUES ($1, $2, $3, $4, $5, $6)`, authority, a.ID, string(a.Kind), s.Now().UnixMilli(), a.Number, seconds); err != nil {
		return err
	}
	if a.Kind == Changed {
		return nil
	}
	return s.Scribe.Enter(ctx, tx, authority, string(ledger.AlarmRaised), Subject(authority),
		map[string]any{"alarm": a.ID, "kind": string(a.Kind), "number": a.Number, "within": seconds})
}

// Alarms returns what was raised since a time, the oldest first.
func (s *Service) Alarms(ctx context.Context, authority string, since time.Time) ([]Alarm, error) {
	all, err := store.All(ctx, s.DB, scanAlarm, `
		SELECT alarm_id, kind, at, number, within
		FROM alarm_raised
		WHERE authority_id = $1 AND at >= $2
		ORDER BY at, alarm_id`, authority, since.UnixMilli())
	for i := range all {
		if err == nil {
			err = s.say(ctx, authority, &all[i])
		}
	}
	return all, err
}

// say puts an alarm into words.
func (s *Service) say(ctx context.Context, authority string, a *Alarm) (err error) {
	switch a.Kind {
	case SignIns:
		in := fmt.Sprintf("%d 分钟", int(a.Within.Minutes()))
		if a.Within >= 24*time.Hour {
			in = "一天"
		}
		a.Title = "登录失败异常增多"
		a.Text = fmt.Sprintf("%s内，从陌生的地址和浏览器登录失败 %d 次以上，可能有人在用常见密码试许多账号。陌生的登录已经逐次等待，本单位常用的浏览器和地址不受影响。请在前置服务器上限制来源，并提醒大家不要用容易猜到的密码", in, a.Number)
	case Log:
		a.Title = "审计日志与台账不符"
		a.Text = fmt.Sprintf("公开台账登记过审计日志的第 %d 条，日志里没有或者不同：可能被截短、被改写，或者数据库是从旧备份恢复的。请停止办理，保留数据库和数据目录，运行 suiji ledger check 和 suiji doctor 查看，并向上级报告", a.Number)
	case Input:
		a.Title = "被拒绝的异常请求增多"
		a.Text = fmt.Sprintf("%d 分钟内有 %d 次以上的请求被输入规则拒绝（伪造的表单、重放的编号、类型不符的文件、异常的网址、过大的内容、过于频繁、不存在的检查码），可能有人在试探。这些请求都没有办理，数据没有变化。请看服务器日志里 msg 为 security 的各行，需要时在前置服务器上限制来源", int(a.Within.Minutes()), a.Number)
	case Changed:
		a.Title = "安全设置已变动（有办理记录）"
		a.Text, err = s.changes(ctx, authority, OfOffice, a.Number)
		a.Text = "有权限的人员按规定改动了安全设置，审计日志有记录：" + a.Text
	case OfOffice:
		a.Title = "安全设置被改动，没有办理记录"
		a.Text, err = s.changes(ctx, authority, a.Kind, a.Number)
		a.Text = "审计日志里没有相应的办理记录，可能有人绕过本系统直接改了数据库：" + a.Text
	default:
		a.Title = "安全设置有变动"
		a.Text, err = s.changes(ctx, authority, a.Kind, a.Number)
	}
	return err
}
