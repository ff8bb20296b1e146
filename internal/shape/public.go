package shape

import (
	"encoding/json"
	"reflect"

	"github.com/danielgtaylor/huma/v2"

	"suiji/internal/disclosure"
	"suiji/internal/openbook"
	"suiji/internal/plan"
	"suiji/internal/replay"
	"suiji/internal/round"
	"suiji/internal/stats"
)

// Authority is a body that inspects.
type Authority struct {
	ID       string `json:"id" doc:"单位标识，也是台账名称的一部分" example:"130132-rs"`
	Name     string `json:"name" doc:"单位全称"`
	AreaCode string `json:"area_code" doc:"行政区划代码，6 位（GB/T 2260）；没有则为空"`
	Area     string `json:"area" doc:"行政区划名称；没有则为空"`
	Phone    string `json:"phone" doc:"公开的办公电话；没有则为空"`
	Hash     string `json:"hash" enum:"sha256,sm3" doc:"公开记录所用的散列算法"`
	Demo     bool   `json:"demo" doc:"示例数据，不是真实信息"`
}

// PlanLine is a published plan in a list.
type PlanLine struct {
	ID          string `json:"id" doc:"计划编号"`
	Year        int    `json:"year" doc:"年度"`
	Title       string `json:"title" doc:"标题"`
	Number      string `json:"number" doc:"文号"`
	Issuer      string `json:"issuer" doc:"发文单位"`
	IssuedOn    string `json:"issued_on,omitempty" format:"date" doc:"印发日期"`
	State       string `json:"state" enum:"draft,submitted,approved,published,closed" doc:"状态：published 已公布，closed 已办结；其余只在办公操作里有"`
	StateLabel  string `json:"state_label" doc:"状态的中文名称"`
	Version     int    `json:"version" doc:"第几版，从 1 起"`
	First       string `json:"first" doc:"第一版的计划编号"`
	PublishedAt string `json:"published_at,omitempty" format:"date-time" doc:"公布时刻"`
	Digest      string `json:"digest,omitempty" doc:"公开内容的指纹（十六进制），记在公开台账"`
}

// PublicPlan is a plan as the public reads it.
type PublicPlan struct {
	PlanLine
	Record   plan.Public `json:"record" doc:"公开内容，指纹即由它算出"`
	Versions []PlanLine  `json:"versions" doc:"各个版本，第一版在前"`
	Rounds   []RoundLine `json:"rounds" doc:"按这份计划进行的抽取，新的在前"`
	Ledger   []Entry     `json:"ledger" doc:"公开台账里的记录"`
}

// RoundLine is a round in a list.
type RoundLine struct {
	ID       string `json:"id" doc:"轮次" example:"130132-rs.2022-1"`
	Title    string `json:"title" doc:"名称"`
	Plan     string `json:"plan" doc:"计划编号"`
	Window   int    `json:"window" doc:"批次，从 1 起"`
	Attempt  int    `json:"attempt" doc:"第几次抽取，作废后加一"`
	State    string `json:"state" doc:"状态：sealed 已封存，drawn 已抽取，confirmed 已确认，match-frozen、match-sealed 匹配人员前，matched 检查和公示中，closed 已办结，abandoned 已作废"`
	SealedAt string `json:"sealed_at,omitempty" format:"date-time" doc:"封存时刻"`
	DrawnAt  string `json:"drawn_at,omitempty" format:"date-time" doc:"抽取时刻"`
	Size     int    `json:"size" doc:"参加抽取的对象（户）"`
	Draw     int    `json:"draw" doc:"要抽取的对象（户）"`
}

// PublicRound is what everybody may know of a round now.
type PublicRound struct {
	Round   openbook.Round  `json:"round" doc:"封存的规则、名单指纹、数量和已经公开的名单"`
	Changes replay.Standing `json:"changes" doc:"抽取以后的剔除、递补和替换"`
	Rate    Rate            `json:"rate" doc:"结果公示率"`
	Ledger  []Entry         `json:"ledger" doc:"公开台账里的记录"`
}

// Rate is a round's publication rate.
type Rate struct {
	Due         int `json:"due" doc:"应公示（户次）"`
	Published   int `json:"published" doc:"已公示（户次）"`
	OnTime      int `json:"on_time" doc:"其中按时公示（户次）"`
	Late        int `json:"late" doc:"其中逾期公示（户次）"`
	Overdue     int `json:"overdue" doc:"到期没有公示（户次）"`
	Exempt      int `json:"exempt" doc:"免予公示（户次），不计入应公示"`
	BasisPoints int `json:"basis_points" doc:"公示率，万分之一；10000 即 100%"`
}

// Exclusions are why firms of the register were kept out of a draw.
type Exclusions struct {
	Reasons []round.Counted `json:"reasons" doc:"不参加抽取的原因和户数"`
	Total   int             `json:"total" doc:"合计（户）"`
}

// Entry is an entry of the public ledger.
type Entry struct {
	Position int64  `json:"position" doc:"台账里的位置，从 0 起；-1 是等待排定"`
	At       string `json:"at" format:"date-time" doc:"时刻"`
	Type     string `json:"type" doc:"类型，见台账规范" example:"result.published"`
	Subject  string `json:"subject" doc:"关于什么：计划编号、轮次或者检查表编号"`
	Receipt  string `json:"receipt,omitempty" format:"uri-reference" doc:"回执的地址；等待排定的没有"`
}

// Record is a public record byte for byte: its digest is in the ledger.
type Record struct{ json.RawMessage }

// Schema says what the bytes are.
func (Record) Schema(r huma.Registry) *huma.Schema {
	return r.Schema(reflect.TypeFor[disclosure.Record](), true, "")
}

// Result is one version of a public result.
type Result struct {
	Form       string  `json:"form" doc:"检查表编号" example:"130132-rs.2022-1.0007"`
	Version    int     `json:"version" doc:"第几版，从 1 起"`
	State      string  `json:"state" enum:"published,corrected,withdrawn" doc:"published 公示，corrected 更正，withdrawn 撤回"`
	StateLabel string  `json:"state_label" doc:"状态的中文名称"`
	Current    bool    `json:"current" doc:"是否现在公示的一版"`
	Round      string  `json:"round" doc:"轮次"`
	Year       int     `json:"year" doc:"年度"`
	PostedAt   string  `json:"posted_at" format:"date-time" doc:"公示时刻"`
	DueOn      string  `json:"due_on,omitempty" format:"date" doc:"应公示的最后一天；当时算不出来的没有"`
	Reason     string  `json:"reason,omitempty" doc:"更正、撤回的原因"`
	Digest     string  `json:"digest" doc:"指纹（十六进制）：散列（盐 ‖ 记录的规范 JSON），记在公开台账"`
	Salt       string  `json:"salt,omitempty" doc:"盐（十六进制）；撤回的没有"`
	Record     *Record `json:"record,omitempty" doc:"公开的记录；撤回的没有"`
}

// PublicResult is a result with its history.
type PublicResult struct {
	Form     string   `json:"form" doc:"检查表编号"`
	Versions []Result `json:"versions" doc:"各个版本，第一版在前；撤回的只留日期、指纹和原因"`
	Ledger   []Entry  `json:"ledger" doc:"公开台账里的记录"`
}

// Facet is one value to filter by, with its count.
type Facet struct {
	Value string `json:"value" doc:"作为筛选参数的值"`
	Label string `json:"label" doc:"中文名称"`
	Count int    `json:"count" doc:"现在公示的结果（条）"`
}

// Facets are what results can be filtered by.
type Facets struct {
	Years  []int   `json:"years" doc:"有计划公布的年度，新的在前"`
	Codes  []Facet `json:"codes" doc:"所选年度的结果代码"`
	Rounds []Facet `json:"rounds" doc:"所选年度的轮次；count 是已公示的户次"`
}

// FirmLine is a firm found by a search.
type FirmLine struct {
	ID      string `json:"id" doc:"对象标识，通常是统一社会信用代码"`
	Name    string `json:"name" doc:"名称"`
	Code    string `json:"code" doc:"统一社会信用代码或注册号；没有则为空" example:"91130132MA07XXXX0X"`
	Results int    `json:"results" doc:"现在公示的结果（条）"`
}

// Firm is a firm with its public results. Its name is empty if no record that
// names it is public.
type Firm struct {
	FirmLine
	Records   []Result `json:"records" doc:"现在公示的结果，新的在前"`
	Withdrawn []Result `json:"withdrawn" doc:"已撤回、没有重新公示的结果，新的在前，只有日期、指纹和原因"`
}

// Point is what an inspection looks at.
type Point struct {
	Text  string `json:"text" doc:"检查要点"`
	Basis string `json:"basis" doc:"依据；没有则为空"`
}

// Item is an item of the public list (随机抽查事项清单).
type Item struct {
	ID          string  `json:"id" doc:"事项编号"`
	Category    string  `json:"category" doc:"类别"`
	Name        string  `json:"name" doc:"事项名称"`
	Sub         string  `json:"sub" doc:"子项；没有则为空"`
	Subject     string  `json:"subject" doc:"检查对象"`
	Level       string  `json:"level" doc:"general 一般，key 重点"`
	Method      string  `json:"method" doc:"检查方式"`
	Ratio       string  `json:"ratio" doc:"抽查比例，原文"`
	Frequency   string  `json:"frequency" doc:"抽查频次，原文"`
	Body        string  `json:"body" doc:"检查主体"`
	Basis       string  `json:"basis" doc:"检查依据，原文"`
	PublishedOn string  `json:"published_on" format:"date" doc:"公布日期"`
	Points      []Point `json:"points" doc:"检查要点，按次序"`
}

// Inspector is an officer of the public list (行政执法公示).
type Inspector struct {
	Name        string   `json:"name" doc:"姓名"`
	Unit        string   `json:"unit" doc:"单位、科室"`
	Post        string   `json:"post" doc:"职务；没有则为空"`
	Kind        string   `json:"certificate_kind" doc:"证件类型"`
	Certificate string   `json:"certificate" doc:"执法证号"`
	ValidUntil  string   `json:"valid_until,omitempty" format:"date" doc:"有效期的最后一天"`
	Fields      []string `json:"fields" doc:"执法领域"`
}

// Statistics are a year's figures.
type Statistics struct {
	Year      int     `json:"year" doc:"年度"`
	Rounds    int     `json:"rounds" doc:"已抽取的轮次（轮），演练和作废的不算"`
	Drawn     int     `json:"drawn" doc:"抽中的对象（户次），剔除的不算"`
	Inspected int     `json:"inspected" doc:"已检查（户次）"`
	Published int     `json:"published" doc:"结果全部公示（户次）"`
	Problems  int     `json:"problems" doc:"现在公示的结果中发现问题的（条）"`
	Corrected int     `json:"corrected" doc:"更正过的结果（条）"`
	Withdrawn int     `json:"withdrawn" doc:"撤回过的结果（条）"`
	Codes     []Facet `json:"codes" doc:"现在公示的结果，按结果代码"`
}

// Fairness is what all disclosed draws come to, beside what chance lets one
// expect.
type Fairness struct {
	CountedAt string       `json:"counted_at,omitempty" format:"date-time" doc:"统计时刻；还没有公开的抽取则没有"`
	Waiting   int          `json:"waiting" doc:"已公开、还没有计入的抽取（次）"`
	Replaced  int          `json:"officers_replaced" doc:"抽取以后替换的检查人员（人次）"`
	ByHand    int          `json:"assigned_by_hand" doc:"其中没有候补、由人指派的（人次）"`
	Report    stats.Report `json:"report" doc:"逐项的观察值、期望值和判断"`
}

// Dataset is a table that anybody may take away.
type Dataset struct {
	ID      string         `json:"id" doc:"数据集标识" example:"results"`
	Title   string         `json:"title" doc:"名称"`
	English string         `json:"title_en" doc:"英文名称"`
	Summary string         `json:"summary" doc:"内容"`
	Key     []string       `json:"key" doc:"区分各行的列"`
	Fields  []DatasetField `json:"fields" doc:"各列，按次序"`
	Files   []DatasetFile  `json:"files" doc:"各种格式的文件"`
}

// DatasetField is a column.
type DatasetField struct {
	Name  string `json:"name" doc:"列名"`
	Type  string `json:"type" enum:"string,integer,date,datetime" doc:"类型（Frictionless Table Schema）"`
	Title string `json:"title" doc:"中文名称，有单位的写明单位"`
}

// DatasetFile is a form of a dataset.
type DatasetFile struct {
	Format string `json:"format" doc:"扩展名" example:"csv"`
	Type   string `json:"type" doc:"媒体类型" example:"text/csv; charset=utf-8"`
	URL    string `json:"url" format:"uri-reference" doc:"下载地址"`
}

// Ledger says how the public ledger stands.
type Ledger struct {
	Authority  string `json:"authority" doc:"单位标识"`
	Size       int64  `json:"size" doc:"记录（条）"`
	Checkpoint string `json:"checkpoint" doc:"签过名的检查点（C2SP tlog-checkpoint）；还没有签过则为空"`
	Key        string `json:"verifier_key" doc:"验签公钥；还没有签过则为空"`
	SM2Key     string `json:"sm2_key" doc:"SM2 验签公钥；没有则为空"`
	Address    string `json:"address" format:"uri" doc:"台账的地址，其下是 C2SP tlog-tiles 的文件"`
}
