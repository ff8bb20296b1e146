package page

import (
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"strconv"
	"strings"
	"time"

	"suiji/internal/errs"
	"suiji/internal/pace"
)

// PacedBy is Paced as an administrator has set it.
func PacedBy(perMinute string, now func() time.Time, log *slog.Logger) (Middleware, error) {
	n, err := strconv.Atoi(perMinute)
	if err != nil || n < 0 || n > 1_000_000 {
		return nil, errs.E(errs.Invalid, "SUIJI_RATE 应是每分钟的次数（0 到 1000000 的整数，0 为不限）。没有启动，请改正后再试")
	}
	return Paced(n, now, log), nil
}

// Paced lets each address ask for what is dear to answer, or send something
// without a session, so many times a minute; whoever comes oftener is told when
// to come again (429). What is cheap is not counted, so that a hall of people
// behind one address may watch a draw. 0 lets everybody through.
func Paced(perMinute int, now func() time.Time, log *slog.Logger) Middleware {
	limiter, told := pace.New(0), pace.New(0)
	return func(next http.Handler) http.Handler {
		return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			if perMinute == 0 || !dear(r) {
				next.ServeHTTP(w, r)
				return
			}
			who, at := pace.Address(r), now()
			_, wait, ok := limiter.Take(who, perMinute, at)
			if ok {
				next.ServeHTTP(w, r)
				return
			}
			if _, _, first := told.Take(who, 1, at); first && r.Header.Get("X-Forwarded-For") != "" {
				log.WarnContext(r.Context(), "too many requests from one address that speaks for others: if it is a reverse proxy of yours, name it in SUIJI_PROXIES", "request", RequestID(r.Context()))
			}
			SetEvent(r.Context(), TooOften)
			tooOften(w, r, wait)
		})
	}
}

// dear reports whether a request costs much more than a page that is kept: a
// search, a list by name, a file that is taken away whole, the look-up of a
// code, or anything that is sent.
func dear(r *http.Request) bool {
	path := strings.TrimSuffix(r.URL.Path, ".json")
	switch {
	case r.Method != http.MethodGet && r.Method != http.MethodHead:
		return !strings.HasPrefix(path, "/api/") // which counts by itself
	case path == "/search", path == "/c", strings.HasPrefix(path, "/c/"), whole(r.URL.Path):
		return true
	}
	q := r.URL.Query()
	return q.Get("q") != "" || q.Get("code") != ""
}

var often = refusal("请求太频繁", `<h1>请求太频繁，这一次没有办理</h1><p>从您的网络地址来的查询、下载或提交在一分钟内太多（同一单位的电脑常常共用一个地址）。没有任何内容丢失或改变。</p>
<p>请 %d 秒以后再试；刚才提交的内容，请返回上一页再提交一次。要取全部数据，请下载<a href="/data">开放数据</a>的文件，不必逐条查询。一直打不开，请告诉本单位的网络管理员或者公布数据的机关。</p>
<div lang="en"><h2>Too many requests</h2><p>Too many searches, downloads or forms came from your network address within a minute. Nothing was lost or changed.
Please try again in %[1]d seconds; if you sent a form, go back and send it again. For all data, take the files of the <a href="/data">open data</a>.</p></div>`)

const oftenTwin = `{"type":"about:blank","title":"请求太频繁","status":429,"detail":"这个网络地址一分钟内的请求太多，这一次没有办理，没有任何改动。请 %d 秒以后再请求；要取全部数据请用 /data 的文件。"}
`

// asksTwin reports whether a refusal is to be read by a program.
func asksTwin(r *http.Request) bool {
	return strings.HasSuffix(r.URL.Path, ".json") || strings.HasPrefix(r.URL.Path, "/api/v")
}

// tooOften refuses without template and database: with a page, or with the twin
// where one was asked for.
func tooOften(w http.ResponseWriter, r *http.Request, wait int) {
	mark(r)
	kind, body := "text/html; charset=utf-8", often
	if asksTwin(r) {
		kind, body = "application/problem+json", oftenTwin
	}
	body = fmt.Sprintf(body, wait)
	h := w.Header()
	h.Set("Content-Type", kind)
	h.Set("Content-Length", strconv.Itoa(len(body)))
	h.Set("Cache-Control", "no-store")
	h.Set("Content-Security-Policy", refusalPolicy)
	h.Set("Retry-After", strconv.Itoa(wait))
	w.WriteHeader(http.StatusTooManyRequests)
	io.WriteString(w, body) // whoever does not read it has gone
}
