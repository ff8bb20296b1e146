package page

import (
	"errors"
	"log/slog"
	"net/http"
	"net/url"

	"suiji/internal/errs"
)

// faultPage is shown when there is no page to show: it says what happened,
// what stayed safe and what to do.
type faultPage struct {
	Base
	Heading string
	Happened,
	Safe,
	Next string
	Quote bool // show the request's number
}

// faults is the table of kinds: status and words.
var faults = map[errs.Kind]struct {
	status                  int
	heading, happened, safe string
	next                    string
}{
	errs.Internal:  {500, "系统没有完成这次操作", "服务器内部出错，不是您的操作有误。", "没有只写入一半的内容，此前的数据没有变化。", "请稍候刷新页面核对；需要时再提交一次，不会重复办理。仍不成功，请把下面的编号告诉系统管理员。"},
	errs.Invalid:   {422, "请求有误", "提交的内容不符合要求。", "没有保存任何改动。", "请返回上一页修改后再提交。"},
	errs.NotFound:  {404, "没有这个页面", "您要看的内容不存在，或者不在您可以查看的范围内。", "", "请核对网址，或从首页重新查找。"},
	errs.Conflict:  {409, "内容已被他人改动", "在您操作期间，有人先改动了同一内容。", "您的这次操作没有生效，已有的数据没有变化。", "请返回并刷新页面，核对后再操作。"},
	errs.Forbidden: {403, "您没有此项权限", "您的角色不能查看或办理这一项。", "没有任何改动。这次访问已记入日志。", "如工作需要，请向本单位系统管理员申请。"},
	errs.SignIn:    {401, "请先登录", "登录后才能继续；可能是长时间没有操作，登录已失效。", "已经保存的内容没有变化。", "请登录后再试。"},
	errs.Prove:     {403, "请先核对身份", "这一步须再核对一次身份。", "还没有办理，填写的内容没有丢失。", "请输入密码或动态口令后继续。"},
	errs.Unknown:   {503, "暂时不能确定是否已保存", "数据库没有回答这次改动是否已经写入。", "不会只写入一半：要么全部保存，要么完全没有。", "请稍候刷新页面核对；需要时再提交一次，不会重复办理。"},
	errs.Full:      {507, "服务器磁盘已满，没有保存", "服务器的磁盘空间不足。", "这次操作没有保存任何改动，此前的数据没有变化，仍可查看。", "请联系系统管理员清理磁盘，然后再提交一次。"},
	errs.Away:      {503, "数据库暂时不能用", "服务器暂时读写不了数据库。", "这次操作没有保存任何改动，此前的数据没有变化。", "请稍后再试；持续出现，请把下面的编号告诉系统管理员。"},
}

// Status returns the HTTP status of an error.
func Status(err error) int {
	var big *http.MaxBytesError
	if errors.As(err, &big) {
		return http.StatusRequestEntityTooLarge
	}
	return faults[errs.KindOf(err)].status
}

// fault answers with the page of an error.
func (s *Set) fault(w http.ResponseWriter, r *http.Request, err error) {
	Suspect(r.Context(), err)
	kind := errs.KindOf(err)
	if kind.Ours() {
		level := slog.LevelError
		if r.Context().Err() != nil && r.Method == http.MethodGet {
			level = slog.LevelInfo // whoever asked is gone, and nothing was to change
		}
		// The pattern, not the path: some paths are tokens.
		s.cfg.Log.Log(r.Context(), level, "request went wrong", "request", RequestID(r.Context()), "path", r.Pattern, "error", err)
	}
	if kind == errs.SignIn && s.cfg.SignIn != "" {
		http.Redirect(w, r, s.cfg.SignIn+"?next="+url.QueryEscape(back(r)), http.StatusSeeOther)
		return
	}
	if isTwin(r) {
		problemJSON(w, r, err)
		return
	}
	s.showFault(w, r, newFault(kind, err))
}

// back is where to return after signing in: the page itself, or for a POST the
// page that holds the form.
func back(r *http.Request) string {
	if r.Method == http.MethodGet || r.Method == http.MethodHead {
		return r.URL.RequestURI()
	}
	u, err := url.Parse(r.Referer())
	if err != nil || u.Host != r.Host {
		return "/"
	}
	return LocalPath(u.RequestURI(), "/")
}

func newFault(kind errs.Kind, err error) *faultPage {
	words := faults[kind]
	p := &faultPage{
		Heading: words.heading, Happened: words.happened, Safe: words.safe, Next: words.next,
		Quote: kind.Ours(),
	}
	if sentence := errs.Sentence(err); sentence != "" {
		p.Happened = sentence
	}
	p.Title = words.heading
	p.Status = words.status
	return p
}

// showFault renders the error page; if even that fails, plain text remains.
func (s *Set) showFault(w http.ResponseWriter, r *http.Request, p *faultPage) {
	status := p.Status
	body, err := s.render(r, "fault", p)
	w.Header().Set("Cache-Control", "no-store")
	if err != nil {
		s.cfg.Log.ErrorContext(r.Context(), "error page", "request", RequestID(r.Context()), "error", err)
		http.Error(w, p.Heading+"。"+p.Happened+"编号 "+RequestID(r.Context()), status)
		return
	}
	w.Header().Set("Content-Type", "text/html; charset=utf-8")
	w.WriteHeader(status)
	w.Write(body)
}

// NotFound serves the page of an address that leads nowhere.
func (s *Set) NotFound() http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		mark(r)
		s.showFault(w, r, newFault(errs.NotFound, nil))
	})
}

// Fail answers with the page of err: for middleware that turns people away.
func (s *Set) Fail(w http.ResponseWriter, r *http.Request, err error) { s.fault(w, r, err) }
