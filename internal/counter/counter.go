// Package counter is what the doors for officials have in common: who may come
// in, the key that makes a form's act happen once, and the frame with the
// office's name and the menu of all its pages.
package counter

import (
	"cmp"
	"io/fs"
	"log/slog"
	"net/http"
	"strings"
	"time"

	"suiji/calendar"
	"suiji/internal/access"
	"suiji/internal/audit"
	"suiji/internal/errs"
	"suiji/internal/identity"
	"suiji/internal/page"
)

// Pages makes a door's pages, of the templates in files, with the officials' frame.
func Pages(name string, files fs.FS, offices *identity.Service, log *slog.Logger, now func() time.Time) *page.Set {
	return page.New(page.Config{Name: name, Files: files, Layout: "desk", SignIn: "/w/login", Log: log, Now: now, Frame: Frame(offices)})
}

// Routes are a door's addresses, served to those who may see the office's work.
type Routes struct {
	*http.ServeMux
	Set     *page.Set
	Offices *identity.Service // who asks for the rights of acts
	may     access.Action     // empty: DeskRead
}

// Forms are the same for pages of single forms and of what belongs to them, and
// for lists of these: somebody of a unit sees them too, with what is the unit's.
func (m Routes) Forms() Routes {
	m.may = access.FormRead
	return m
}

func (m Routes) who() access.Action { return cmp.Or(m.may, access.DeskRead) }

// Get serves a page to officials.
func (m Routes) Get(path, name string, show page.Show) {
	m.Handle("GET "+path, m.Set.Get(name, Inside(m.who(), show)))
}

// Post serves an act of officials; page name is shown again when it is
// refused. The form's key makes it happen once. Where an act looks at what it
// is about before it comes to its door, the right to one of rights is asked for
// first: who may not do it is not told what is there.
func (m Routes) Post(path, name string, show page.Show, act page.Act, rights ...access.Action) {
	m.Handle("POST "+path, m.Set.Post(name, Inside(m.who(), show), Keyed(Inside(m.who(), m.first(rights, act)))))
}

// first asks for the right before act.
func (m Routes) first(rights []access.Action, act page.Act) page.Act {
	if len(rights) == 0 {
		return act
	}
	return func(r *http.Request) (string, error) {
		if err := m.Offices.Ask(r.Context(), Actor(r), r.URL.Path, rights...); err != nil {
			return "", err
		}
		return act(r)
	}
}

// File serves a download to officials.
func (m Routes) File(path string, serve func(*http.Request) (*page.File, error)) {
	m.Handle("GET "+path, m.Set.File(Inside(m.who(), serve)))
}

// Inside lets only people through who may do act; the rights for each change
// are the door's to check.
func Inside[T any](act access.Action, h func(*http.Request) (T, error)) func(*http.Request) (T, error) {
	return func(r *http.Request) (T, error) {
		var none T
		a := Actor(r)
		if a.ID == "" {
			return none, errs.E(errs.SignIn, "请先登录")
		}
		if !access.Allow(a, act) {
			return none, errs.E(errs.Forbidden, forbidden(a))
		}
		return h(r)
	}
}

// forbidden says why a page is not there for somebody who is signed in.
func forbidden(a access.Actor) string {
	if len(a.Units) > 0 {
		return "您的账号限定在“" + a.Units[0] + "”，只能查看和办理本部门的检查表、文书、后续处置和公示；此页是全单位的。需要开通请联系系统管理员"
	}
	return "您的角色不能查看此页。需要开通请联系系统管理员"
}

// Keyed passes the form's idempotency key on to the door.
func Keyed(act page.Act) page.Act {
	return func(r *http.Request) (string, error) {
		return act(r.WithContext(audit.WithKey(r.Context(), r.PostFormValue("key"))))
	}
}

// Actor is who sent the request; the zero actor if nobody is signed in.
func Actor(r *http.Request) access.Actor { return identity.ActorFrom(r.Context()) }

// Text is a form's text without blanks around it.
func Text(r *http.Request, name string) string { return strings.TrimSpace(r.PostFormValue(name)) }

// Date reads a date from a form; nothing typed is no date.
func Date(r *http.Request, name string) (d calendar.Date, err error) {
	if err := d.UnmarshalText([]byte(Text(r, name))); err != nil {
		return d, errs.At(name, err.Error())
	}
	return d, nil
}

// nav is the left column, in the order of the work. Each entry is shown to
// those who may use it.
var nav = []struct {
	page.Link
	act access.Action
}{
	{page.Link{Word: "工作台", Href: "/w"}, access.DeskRead},
	{page.Link{Word: "期限", Href: "/w/due"}, access.NoticeRead},
	{page.Link{Word: "消息", Href: "/w/messages"}, access.NoticeRead},
	{page.Link{Word: "检查对象", Href: "/w/targets"}, access.DeskRead},
	{page.Link{Word: "执法人员", Href: "/w/officers"}, access.DeskRead},
	{page.Link{Word: "抽查事项", Href: "/w/items"}, access.DeskRead},
	{page.Link{Word: "信用等级", Href: "/w/credit"}, access.DeskRead},
	{page.Link{Word: "频次上限", Href: "/w/caps"}, access.DeskRead},
	{page.Link{Word: "年度计划", Href: "/w/plans"}, access.DeskRead},
	{page.Link{Word: "抽取", Href: "/w/rounds"}, access.DeskRead},
	{page.Link{Word: "检查安排", Href: "/w/schedules"}, access.DeskRead},
	{page.Link{Word: "检查表", Href: "/w/forms"}, access.FormRead},
	{page.Link{Word: "公文与打印", Href: "/w/docs"}, access.FormRead},
	{page.Link{Word: "后续处置", Href: "/w/followups"}, access.FormRead},
	{page.Link{Word: "处罚公示", Href: "/w/penalties"}, access.DeskRead},
	{page.Link{Word: "结果公示", Href: "/w/publish"}, access.FormRead},
	{page.Link{Word: "公示异议", Href: "/w/objections"}, access.DeskRead},
	{page.Link{Word: "数据报送", Href: "/w/exchange"}, access.DeskRead},
	{page.Link{Word: "统计报表", Href: "/w/reports"}, access.DeskRead},
	{page.Link{Word: "归档", Href: "/w/archive"}, access.ArchiveRead},
	{page.Link{Word: "监督问题", Href: "/w/supervision"}, access.DeskRead},
	{page.Link{Word: "检查评价", Href: "/w/ratings"}, access.RatingRead},
	{page.Link{Word: "投诉", Href: "/w/complaints"}, access.ComplaintAnswer},
	{page.Link{Word: "审计日志", Href: "/w/audit"}, access.AuditRead},
	{page.Link{Word: "公开台账", Href: "/w/ledger"}, access.LedgerRead},
	{page.Link{Word: "账号", Href: "/w/accounts"}, access.AccountRead},
	{page.Link{Word: "接口令牌", Href: "/w/tokens"}, access.TokenGrant},
	{page.Link{Word: "单位设置", Href: "/w/settings"}, access.SettingEdit},
	{page.Link{Word: "放假通知", Href: "/w/notices"}, access.CalendarEdit},
	{page.Link{Word: "我的账号", Href: "/w/me"}, access.OwnAccount},
}

// Home sends an administrator, who sees nothing of the office's work, to the
// accounts, and somebody of a unit to the forms.
func Home(a access.Actor, next string) string {
	switch {
	case next != "/w" || access.Allow(a, access.DeskRead):
		return next
	case access.Allow(a, access.FormRead):
		return "/w/forms"
	}
	return "/w/accounts"
}

// Frame makes what stands around every page: the office, the person, the menu.
func Frame(offices *identity.Service) func(*http.Request) page.Frame {
	return func(r *http.Request) page.Frame {
		a := Actor(r)
		f := page.Frame{Site: "双随机、一公开 抽查平台", Home: "/w"}
		if a.ID == "" {
			return f
		}
		if a.Passkey {
			f.Keys = offices.Passkeys().Origin()
		}
		f.User, f.Out, f.Home = a.Name, "/w/logout", Home(a, f.Home)
		for _, x := range a.Roles {
			f.Roles = append(f.Roles, x.Name())
		}
		for _, n := range nav {
			if access.Allow(a, n.act) {
				f.Nav = append(f.Nav, n.Link)
			}
		}
		if auth, err := offices.Authority(r.Context(), a.Authority); err == nil {
			f.Unit, f.Help = auth.Name, auth.Phone
			if len(a.Units) > 0 {
				f.Unit += " · " + a.Units[0]
			}
			if auth.Demo {
				f.Demo = "示例数据：本页的企业、人员和结果都由程序生成，不是真实信息"
			}
		}
		return f
	}
}
