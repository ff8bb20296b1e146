// Package shape is what the API says and is told: a type for each thing that is
// sent or answered, with words for each of its fields. The OpenAPI document and
// the page /api are made of these types. They hold no rule; what they are filled
// with is internal/api's.
package shape

// Problem is how every error is answered (RFC 9457).
type Problem struct {
	Type     string        `json:"type" format:"uri-reference" doc:"这一类错误的固定地址，打开可看说明" example:"/api/problems/not-found"`
	Title    string        `json:"title" doc:"这一类错误的名称" example:"没有这项内容"`
	Status   int           `json:"status" doc:"HTTP 状态码" example:"404"`
	Detail   string        `json:"detail" doc:"这一次发生了什么、什么没有改变、怎么办，一句话" example:"没有公示过这条检查结果"`
	Instance string        `json:"instance" format:"uri-reference" doc:"这次请求的编号，向管理员查问时引用" example:"/requests/ABCD-2345"`
	Errors   []ProblemSpot `json:"errors,omitempty" doc:"哪些内容有误；不涉及具体内容的没有这一项"`
}

// ProblemSpot is one thing that is wrong with a request.
type ProblemSpot struct {
	Pointer string `json:"pointer" doc:"有误的内容：请求体用 JSON Pointer（以 # 开头），参数写作 query.名称、path.名称、header.名称" example:"#/codes"`
	Detail  string `json:"detail" doc:"哪里不对、应该怎样，一句话" example:"请至少选择一个结果代码"`
}

// Error implements error.
func (p *Problem) Error() string { return p.Detail }

// GetStatus tells huma the status.
func (p *Problem) GetStatus() int { return p.Status }

// ContentType tells huma the media type of RFC 9457.
func (p *Problem) ContentType(string) string { return ProblemType }

// ProblemType is the media type of a Problem.
const ProblemType = "application/problem+json"
