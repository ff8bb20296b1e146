package api

import (
	"encoding/json"
	"errors"
	"net/http"
	"strings"
	"sync"

	"github.com/danielgtaylor/huma/v2"
	"github.com/danielgtaylor/huma/v2/validation"

	"suiji/internal/errs"
	"suiji/internal/page"
	"suiji/internal/shape"
	"suiji/internal/store"
)

// kind is one row of the table of problems: its names never change.
type kind struct {
	Name   string // last part of the type's address
	Status int
	Title  string
	Means  string // on the documentation page
}

// The kinds of problem.
var (
	badRequest    = kind{"bad-request", 400, "请求有误", "参数、请求头或者 JSON 不符合本文档。没有办理任何事项，改正后再发。"}
	signIn        = kind{"unauthorized", 401, "需要有效的令牌", "没有令牌，或者令牌无效、已到期、已撤销。请求头应为 Authorization: Bearer 令牌。"}
	forbidden     = kind{"forbidden", 403, "没有此项权限", "令牌的权限范围或者角色不包括这项操作。没有任何改动。"}
	notFound      = kind{"not-found", 404, "没有这项内容", "内容不存在、没有公开，或者属于别的单位：三种情况的回答相同。"}
	wrongMethod   = kind{"method-not-allowed", 405, "不支持这种方法", "这个地址有，但是不支持所用的方法。支持的见请求头 Allow。"}
	conflict      = kind{"conflict", 409, "与现有内容冲突", "有人先改动了，或者目前的状态不能办理。没有任何改动，请重新读取后再定。"}
	gone          = kind{"gone", 410, "已经撤回", "曾经公开，已经撤回，不再提供内容。"}
	stale         = kind{"precondition-failed", 412, "内容已经变动", "If-Match 与现在的 ETag 不同：在您读取以后有人改过。没有任何改动，请重新读取，对照后再发。"}
	tooLarge      = kind{"too-large", 413, "内容过大", "请求体超过上限。没有办理。"}
	wrongType     = kind{"unsupported-media-type", 415, "不支持这种格式", "请求体应为 application/json。没有办理。"}
	unsatisfiable = kind{"range-not-satisfiable", 416, "没有这一段", "请求头 Range 所要的一段不在文件里。请先读取文件的大小，或者去掉 Range 读取全部。"}
	invalid       = kind{"validation", 422, "提交的内容有误", "提交的内容不符合规则，errors 逐条写明。没有任何改动。"}
	keyReused     = kind{"idempotency-key-reused", 422, "Idempotency-Key 已用于另一个请求", "同一个 Idempotency-Key 先前用于另一个请求。没有办理，请换一个新的。"}
	noCondition   = kind{"precondition-required", 428, "缺少 If-Match", "修改已有内容必须带 If-Match：先读取，把 ETag 原样放进 If-Match。没有任何改动。"}
	tooMany       = kind{"too-many-requests", 429, "请求过于频繁", "超过了每分钟的次数。请在 Retry-After 的秒数以后再发。"}
	internal      = kind{"internal", 500, "系统没有完成这次操作", "服务器内部出错。没有写入一半的内容；同一个 Idempotency-Key 可以再发一次。"}
	unknownState  = kind{"outcome-unknown", 503, "暂时不能确定是否已保存", "数据库没有回答这次改动是否写入。用同一个 Idempotency-Key 再发一次，不会重复办理。"}
	away          = kind{"database-away", 503, "数据库暂时不能用", "服务器暂时读写不了数据库，没有保存任何改动。请稍后用同一个 Idempotency-Key 再发。"}
	full          = kind{"disk-full", 507, "服务器磁盘已满", "服务器的磁盘空间不足，没有保存任何改动。请稍后用同一个 Idempotency-Key 再发。"}
)

// problems lists the kinds, by status, for the documentation page.
var problems = []kind{badRequest, signIn, forbidden, notFound, wrongMethod, conflict, gone, stale, tooLarge, wrongType, unsatisfiable, invalid, keyReused, noCondition, tooMany, internal, unknownState, away, full}

// ofKind is the table from the house's kinds of error.
var ofKind = map[errs.Kind]kind{
	errs.Internal: internal, errs.Invalid: invalid, errs.NotFound: notFound, errs.Conflict: conflict,
	errs.Forbidden: forbidden, errs.SignIn: signIn, errs.Unknown: unknownState, errs.Away: away, errs.Full: full,
}

// ofStatus is the kind of what huma itself refuses.
func ofStatus(status int) kind {
	if status == http.StatusUnprocessableEntity {
		return badRequest // the shape, not a rule of the office
	}
	for _, k := range problems {
		if k.Status == status {
			return k
		}
	}
	if status >= http.StatusInternalServerError {
		return internal
	}
	return badRequest
}

// problem makes a kind's answer to a request.
func problem(number string, k kind, detail string, spots ...shape.ProblemSpot) *shape.Problem {
	if detail == "" {
		detail = k.Means
	}
	return &shape.Problem{Type: "/api/problems/" + k.Name, Title: k.Title, Status: k.Status, Detail: detail, Instance: "/requests/" + number, Errors: spots}
}

// an is an error that has a kind of problem of its own.
type an struct {
	kind
	detail string
}

// Error implements error.
func (a an) Error() string { return a.detail }

// explain turns an error of a service into its problem.
func explain(number string, err error) *shape.Problem {
	var own an
	if errors.As(err, &own) {
		return problem(number, own.kind, own.detail)
	}
	if store.Raced(err) { // sending it again may win: not an answer to be kept
		return problem(number, away, errs.Sentence(err))
	}
	var spots []shape.ProblemSpot
	for _, p := range errs.Problems(err) {
		if p.Field != "" {
			spots = append(spots, shape.ProblemSpot{Pointer: "#/" + p.Field, Detail: p.Sentence})
		}
	}
	return problem(number, ofKind[errs.KindOf(err)], errs.Sentence(err), spots...)
}

// writeProblem answers outside huma.
func writeProblem(w http.ResponseWriter, r *http.Request, err error) {
	page.Suspect(r.Context(), err)
	p := explain(page.RequestID(r.Context()), err)
	body, jerr := json.Marshal(p)
	if jerr != nil {
		http.Error(w, p.Title, p.Status)
		return
	}
	w.Header().Set("Content-Type", shape.ProblemType)
	w.Header().Set("Cache-Control", "no-store")
	w.WriteHeader(p.Status)
	w.Write(append(body, '\n'))
}

// refused turns what huma found wrong with a request, or what a handler
// returned, into a problem.
func refused(ctx huma.Context, status int, _ string, all ...error) huma.StatusError {
	number := ""
	if ctx != nil {
		number = page.RequestID(ctx.Context())
	}
	if status == http.StatusInternalServerError && len(all) == 1 {
		if ctx != nil {
			logged(ctx.Context(), all[0])
			page.Suspect(ctx.Context(), all[0])
		}
		return explain(number, all[0])
	}
	var spots []shape.ProblemSpot
	for _, err := range all {
		var d huma.ErrorDetailer
		if errors.As(err, &d) {
			spots = append(spots, shape.ProblemSpot{Pointer: pointer(d.ErrorDetail().Location), Detail: d.ErrorDetail().Message})
		}
	}
	k := ofStatus(status)
	detail := ""
	if len(spots) > 0 && spots[0].Pointer == "" {
		detail, spots = "请求体不是完整的 JSON。没有办理", spots[1:]
	}
	if len(spots) > 0 {
		detail = "请求不符合本文档：" + spots[0].Pointer + " " + spots[0].Detail + "。没有办理"
	}
	return problem(number, k, detail, spots...)
}

// pointer turns huma's body.items[0].name into #/items/0/name.
func pointer(location string) string {
	rest, ok := strings.CutPrefix(location, "body")
	if !ok {
		return location
	}
	return "#" + strings.NewReplacer(".", "/", "[", "/", "]", "").Replace(rest)
}

// taughtHuma has huma answer with Problem, in Chinese, and take an empty list
// for what it is. These are huma's own settings for the whole program.
var taughtHuma = sync.OnceFunc(func() {
	huma.DefaultArrayNullable = false
	huma.NewErrorWithContext = refused
	huma.NewError = func(status int, msg string, all ...error) huma.StatusError { return refused(nil, status, msg, all...) }
	for to, text := range map[*string]string{
		&validation.MsgUnexpectedProperty: "没有这一项", &validation.MsgExpectedRFC3339DateTime: "应为 RFC 3339 的时刻",
		&validation.MsgExpectedRFC3339Date: "应为存在的日期，如 2022-06-01", &validation.MsgExpectedRegexp: "不是正则表达式：%v",
		&validation.MsgExpectedRFC3986URI: "不是网址：%v", &validation.MsgExpectedBoolean: "应为 true 或 false", &validation.MsgExpectedNumber: "应为数字", &validation.MsgExpectedInteger: "应为整数",
		&validation.MsgExpectedString: "应为字符串", &validation.MsgExpectedBase64String: "应为 base64", &validation.MsgExpectedArray: "应为数组",
		&validation.MsgExpectedObject: "应为对象", &validation.MsgExpectedArrayItemsUnique: "不能重复", &validation.MsgExpectedOneOf: `应为 "%s" 之一`,
		&validation.MsgExpectedMinimumNumber: "不能小于 %v", &validation.MsgExpectedMaximumNumber: "不能大于 %v",
		&validation.MsgExpectedMinLength: "至少 %d 个字", &validation.MsgExpectedMaxLength: "最多 %d 个字", &validation.MsgExpectedMatchPattern: "格式应为 %s", &validation.MsgExpectedBePattern: "应为 %s",
		&validation.MsgExpectedMinItems: "至少 %d 项", &validation.MsgExpectedMaxItems: "最多 %d 项", &validation.MsgExpectedRequiredProperty: "缺少 %s",
	} {
		*to = text
	}
})
