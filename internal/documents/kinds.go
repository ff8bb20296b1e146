package documents

import "suiji/internal/casework"

// KindID is a kind of document, as it stands in addresses.
type KindID string

// The kinds, in the order of the work.
const (
	Approval   KindID = "approval"
	Notice     KindID = "notice"
	Record     KindID = "record"
	Inquiry    KindID = "inquiry"
	Survey     KindID = "survey"
	Sampling   KindID = "sampling"
	Result     KindID = "result"
	Correction KindID = "correction"
	NoPenalty  KindID = "no-penalty"
	Filing     KindID = "filing"
	Transfer   KindID = "transfer"
	Receipt    KindID = "service"
)

// Kind is what is known of a kind of document.
type Kind struct {
	ID     KindID
	Name   string
	Word   string          // in its number: 检通
	Needs  []string        // what the system must know, or it is not issued
	Fields []Field         // what the handler completes
	About  bool            // it serves another document
	After  []casework.Kind // the ways of an open end that it is made for; nil: none
}

// Field is one thing that the handler completes.
type Field struct {
	Name     string
	From     string   // the value that it is filled with at first; empty: none
	Fixed    string   // or this text
	Rows     int      // of the input; 0: one line
	Optional bool     // may stay empty: a line for the pen
	Columns  []string // a list, one a line, columns set apart by |
	Date     bool
	Hint     string
}

// always are what every document must know.
var always = []string{"机关名称", "企业名称", "证照号码", "检查人员", "检查事项", "检查依据", "任务来源"}

// The ways of an open end that have documents in common.
var (
	investigating = []casework.Kind{casework.Case}
	deciding      = []casework.Kind{casework.Undecided, casework.Rectify, casework.Case}
)

// Kinds is the table of kinds (domain.md §2.3, §2.5, §2.10).
var Kinds = []Kind{
	{ID: Approval, Name: "行政检查审批表", Word: "检审", Needs: []string{"计划检查时间"}, Fields: []Field{
		{Name: "检查理由", From: "任务来源", Rows: 3, Hint: "为什么检查；能用书面、信息共享代替的，写明为什么要到现场"},
		{Name: "承办人意见", Fixed: "拟按检查安排对该单位实施行政检查，请审批。", Rows: 2}}},
	{ID: Notice, Name: "行政检查通知书", Word: "检通", Needs: []string{"计划检查时间", "批准日期", "本年度检查次数"}, Fields: []Field{
		{Name: "需备材料", From: "需备材料", Rows: 4, Optional: true, Hint: "一行一项"},
		{Name: "联系人", Optional: true}}},
	{ID: Record, Name: "现场检查笔录", Word: "检录", Needs: []string{"检查日期"}, Fields: []Field{
		{Name: "开始时间", From: "到达时间", Hint: "如 9 时 10 分"}, {Name: "结束时间", Hint: "如 10 时 40 分"},
		{Name: "现场负责人", From: "企业现场负责人"}, {Name: "现场负责人职务", Optional: true},
		{Name: "记录人", From: "第二检查人员"},
		{Name: "现场检查情况", From: "现场情况", Rows: 10},
		{Name: "当事人意见", Rows: 2, Optional: true, Hint: "空着就留线手写"}}},
	{ID: Inquiry, Name: "询问笔录", Word: "询录", After: investigating, Fields: []Field{
		{Name: "询问日期", From: "检查日期", Date: true}, {Name: "开始时间", Hint: "如 9 时 10 分"}, {Name: "结束时间"},
		{Name: "询问地点", From: "检查地点"}, {Name: "被询问人"}, {Name: "被询问人职务", Optional: true},
		{Name: "被询问人证件号码", Optional: true}, {Name: "被询问人电话", Optional: true},
		{Name: "记录人", From: "第二检查人员"},
		{Name: "询问内容", Rows: 14, Hint: "一问一答各起一行，以“问：”“答：”开头"}}},
	{ID: Survey, Name: "勘验笔录", Word: "勘录", After: investigating, Fields: []Field{
		{Name: "勘验日期", From: "检查日期", Date: true}, {Name: "开始时间"}, {Name: "结束时间"},
		{Name: "勘验地点", From: "检查地点"}, {Name: "勘验对象"}, {Name: "记录人", From: "第二检查人员"},
		{Name: "勘验情况", Rows: 10, Hint: "方位、尺寸、数量、状态；照片、录像的编号"},
		{Name: "当事人", From: "企业现场负责人", Optional: true}, {Name: "见证人", Optional: true}}},
	{ID: Sampling, Name: "抽样取证凭证", Word: "抽证", After: investigating, Fields: []Field{
		{Name: "抽样日期", From: "检查日期", Date: true}, {Name: "抽样地点", From: "检查地点"}, {Name: "抽样方法"},
		{Name: "样品清单", Rows: 6, Columns: []string{"名称", "规格、编号", "数量", "来源、期间", "备注"}},
		{Name: "当事人", From: "企业现场负责人", Optional: true}}},
	{ID: Result, Name: "检查结果告知书", Word: "检告", Needs: []string{"检查日期", "检查结果", "结论审核人"}, Fields: []Field{
		{Name: "处理意见", From: "后续处理", Rows: 4}}},
	{ID: Correction, Name: "责令限期改正指令书", Word: "责改", After: []casework.Kind{casework.Undecided, casework.Rectify}, Needs: []string{"检查日期", "发现问题"}, Fields: []Field{
		{Name: "违法事实", From: "发现问题", Rows: 5}, {Name: "违反规定", From: "违反规定", Rows: 3, Hint: "法律、法规、规章的条款"},
		{Name: "改正要求", From: "改正要求", Rows: 4}, {Name: "改正期限", From: "改正期限", Date: true},
		{Name: "逾期后果", Fixed: "逾期不改正的，本机关将依法作出行政处理或者行政处罚。", Rows: 2}}},
	{ID: NoPenalty, Name: "不予行政处罚审批表", Word: "不罚审", After: deciding, Needs: []string{"检查日期", "发现问题"}, Fields: []Field{
		{Name: "违法事实", From: "发现问题", Rows: 5}, {Name: "违反规定", From: "违反规定", Rows: 2},
		{Name: "改正情况", From: "处理情况", Rows: 3}, {Name: "不予处罚依据", Rows: 2, Hint: "如《中华人民共和国行政处罚法》第三十三条第一款"},
		{Name: "不予处罚理由", Rows: 3}, {Name: "承办人意见", Fixed: "建议不予行政处罚，请审批。", Rows: 2}}},
	{ID: Filing, Name: "立案审批表", Word: "立审", After: deciding, Needs: []string{"检查日期", "发现问题"}, Fields: []Field{
		{Name: "案由", From: "案由", Hint: "如 涉嫌未依法与职工订立书面劳动合同"}, {Name: "承办机构", From: "承办机构", Optional: true}, {Name: "承办人", From: "承办人", Optional: true, Hint: "不少于两人"}, {Name: "案件来源", From: "任务来源"},
		{Name: "违法事实", From: "发现问题", Rows: 5}, {Name: "立案依据", From: "违反规定", Rows: 3},
		{Name: "承办人意见", Fixed: "建议立案调查，请审批。", Rows: 2}}},
	{ID: Transfer, Name: "案件（线索）移送书", Word: "移送", After: append([]casework.Kind{casework.Unit, casework.Department, casework.Police, casework.Told}, deciding...), Needs: []string{"检查日期", "发现问题"}, Fields: []Field{
		{Name: "接收机关", From: "接收机关"}, {Name: "案由", From: "案由"}, {Name: "违法事实", From: "发现问题", Rows: 5}, {Name: "移送理由", From: "移送事由", Rows: 3},
		{Name: "移送依据", From: "移送依据", Rows: 2}, {Name: "材料清单", From: "材料清单", Rows: 6, Columns: []string{"材料名称", "份数", "页数", "备注"}},
		{Name: "联系人", From: "责任人"}, {Name: "联系电话", From: "机关电话"}}},
	{ID: Receipt, Name: "送达回证", Word: "送达", About: true, After: append([]casework.Kind{casework.Unit, casework.Department, casework.Police, casework.Told}, investigating...), Needs: []string{"送达文书"}, Fields: []Field{
		{Name: "受送达人", From: "受送达人"}, {Name: "送达地点", From: "检查地点"}, {Name: "送达方式", Fixed: "直接送达", Hint: "直接送达、留置送达、邮寄送达、委托送达、公告送达"},
		{Name: "送达人", From: "检查人员姓名"}, {Name: "备注", Rows: 2, Optional: true}}},
}

// Kind returns the row of a kind; the zero Kind if there is none.
func (k KindID) Kind() Kind {
	for _, x := range Kinds {
		if x.ID == k {
			return x
		}
	}
	return Kind{}
}

// Name returns the kind in Chinese.
func (k KindID) Name() string { return k.Kind().Name }

// Field returns a field by its name.
func (k Kind) Field(name string) (Field, bool) {
	for _, f := range k.Fields {
		if f.Name == name {
			return f, true
		}
	}
	return Field{}, false
}
