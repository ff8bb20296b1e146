package exchange

import "suiji/internal/inspection"

// Receivers are those for whom there is a table of fields. Another one is
// another entry here, and nothing else.
var Receivers = []Receiver{national, provincial}

// control are the columns of the transfer itself (数据交换控制).
var control = []Field{
	{Column: "cd_id", Name: "记录标识", From: "cd.id", Need: true, Max: 50, Rule: "name", Control: true},
	{Column: "cd_time", Name: "交换时间", From: "cd.time", Need: true, Max: 19, Control: true},
	{Column: "cd_source", Name: "数据来源（实施机构编码）", From: "office.code", Need: true, Max: 20, Control: true, Ask: OfOffice},
	{Column: "cd_batch", Name: "批次号", From: "cd.batch", Need: true, Max: 20, Control: true},
	{Column: "cd_operation", Name: "操作（i 新增、u 更正、d 删除）", From: "cd.op", Need: true, Max: 1, Control: true},
}

// national is 互联网+监管: 行政检查行为 of standard C5102-2019, and the penalty
// fields as far as they are known (domain §3.8).
var national = Receiver{
	ID: "national", Name: "国家“互联网+监管”系统", Form: "csv",
	About: "行政检查行为（C5102-2019）和行政处罚行为，CSV 和 JSON 各一份。",
	Parts: []Part{
		{ID: "check", Name: "行政检查行为", Source: "C5102-2019 及各地同类规范", Fields: append([]Field{
			{Column: "plan_id", Name: "双随机一公开计划 id", From: "plan", Max: 50},
			{Column: "supervise_item_implement_code", Name: "监管事项目录编码", From: "item.code", Need: true, Rule: "digits14", Ask: OfItem},
			{Column: "supervise_item_check_icode", Name: "监管事项检查实施清单编码", From: "item.checklist", Need: true, Rule: "checklist", Ask: OfItem},
			{Column: "check_action_name", Name: "检查行为名称", From: "action.name", Need: true, Max: 200},
			{Column: "check_action_code", Name: "检查行为编号", From: "action", Need: true, Max: 50, Rule: "name"},
			{Column: "implement_institution", Name: "实施机构", From: "office.name", Need: true, Max: 100, Mend: AtOffice},
			{Column: "implement_institution_code", Name: "实施机构编码", From: "office.code", Need: true, Max: 20, Rule: "uscc", Ask: OfOffice},
			{Column: "entrust_dept", Name: "受委托部门", From: "entrust.name", Max: 100, Ask: OfOffice},
			{Column: "entrust_dept_code", Name: "受委托部门编码", From: "entrust.code", Max: 20, Rule: "uscc", Ask: OfOffice},
			{Column: "supervise_object", Name: "监管对象", From: "firm", Need: true, Max: 200},
			{Column: "administrative_cp", Name: "行政相对人", From: "firm", Need: true, Max: 200},
			{Column: "administrative_cp_na", Name: "行政相对人性质", From: "firm.kind", Need: true, Dict: "nature", Mend: AtFirm},
			{Column: "administrative_cp_ce_type", Name: "行政相对人证件类型", From: "firm.papers", Need: true, Dict: "papers", Mend: AtFirm},
			{Column: "administrative_cp_ui_code", Name: "行政相对人编码", From: "firm.code", Need: true, Rule: "uscc", Mend: AtFirm},
			{Column: "address_registered", Name: "注册地址", From: "firm.address", Max: 400, Mend: AtFirm},
			{Column: "address_operating", Name: "经营地址", From: "firm.workplace", Max: 400, Mend: AtFirm},
			{Column: "area_number", Name: "行政区划代码", From: "area", Need: true, Rule: "area", Mend: AtFirm},
			{Column: "check_form", Name: "检查形式", From: "check.form", Need: true, Dict: "form", Ask: OfOffice, Vary: true},
			{Column: "check_type", Name: "检查类别", From: "check.type", Need: true, Max: 20, Ask: OfOffice, Vary: true},
			{Column: "check_mode", Name: "检查方式", From: "check.mode", Dict: "mode"},
			{Column: "check_result", Name: "检查结果", From: "results", Need: true, Dict: "result", List: true},
			{Column: "check_date", Name: "检查时间", From: "started", Need: true, Rule: "past"},
			{Column: "check_personnel", Name: "检查人员", From: "officers", Need: true, List: true, Least: 2},
			{Column: "check_personnel_code", Name: "执法证号", From: "certificates", Need: true, List: true, Least: 2},
			{Column: "submitted_date", Name: "报送时间", From: "cd.day", Need: true, Rule: "date", Control: true},
			{Column: "submitted_personnel", Name: "报送人员", From: "cd.person", Need: true, Max: 50, Control: true},
		}, control...)},
		{ID: "penalty", Name: "行政处罚行为", Source: "公开资料只有中文名，列名照用，以平台下发的为准", Fields: append([]Field{
			{Column: "检查行为编号", Name: "检查行为编号", From: "action", Need: true, Max: 50, Rule: "name", Mend: AtCase},
			{Column: "处罚决定书文号", Name: "处罚决定书文号", From: "number", Need: true, Max: 100, Mend: AtCase},
			{Column: "案件来源", Name: "案件来源", From: "source", Need: true, Dict: "source", Mend: AtCase},
			{Column: "行政相对人", Name: "行政相对人", From: "firm", Need: true, Max: 200, Mend: AtFirm},
			{Column: "行政相对人编码", Name: "行政相对人编码", From: "firm.code", Need: true, Rule: "uscc", Mend: AtFirm},
			{Column: "违法事实", Name: "违法事实", From: "fact", Need: true, Max: 2000, Mend: AtCase},
			{Column: "处罚依据", Name: "处罚依据", From: "basis", Need: true, Max: 2000, Mend: AtCase},
			{Column: "处罚程序", Name: "处罚程序", From: "procedure", Need: true, Dict: "procedure", Ask: OfPenalty},
			{Column: "听证", Name: "是否听证", From: "hearing", Dict: "yes", Ask: OfPenalty},
			{Column: "立案时间", Name: "立案时间", From: "filed", Need: true, Rule: "past", Mend: AtCase},
			{Column: "涉刑", Name: "是否涉嫌犯罪", From: "crime", Dict: "yes", Ask: OfPenalty},
			{Column: "重大", Name: "是否重大处罚", From: "grave", Dict: "yes", Ask: OfPenalty},
			{Column: "法制审核", Name: "是否法制审核", From: "legal", Dict: "yes", Ask: OfPenalty},
			{Column: "集体讨论", Name: "是否集体讨论", From: "council", Dict: "yes", Ask: OfPenalty},
			{Column: "决定日期", Name: "决定日期", From: "decided", Need: true, Rule: "past", Mend: AtCase},
			{Column: "处罚种类", Name: "处罚种类", From: "kinds", Need: true, Max: 200, Mend: AtCase},
			{Column: "处罚金额", Name: "处罚金额（元）", From: "amount", Rule: "money", Mend: AtCase},
			{Column: "复议", Name: "是否复议", From: "review", Dict: "yes", Ask: OfPenalty},
			{Column: "诉讼", Name: "是否诉讼", From: "suit", Dict: "yes", Ask: OfPenalty},
			{Column: "结案时间", Name: "结案时间", From: "closed", Rule: "past", Ask: OfPenalty},
			{Column: "不予处罚", Name: "是否不予处罚", From: "none", Dict: "yes", Ask: OfPenalty},
			{Column: "移送时间", Name: "移送时间", From: "moved", Rule: "past", Ask: OfPenalty},
		}, control...)},
	},
	Dicts: []Dict{
		{"nature", "行政相对人性质", "C5102-2019：1 公民、2 法人、3 其他组织；哪一种主体归哪一类是本系统的默认", coded("2", "3", "2", "3")},
		{"papers", "行政相对人证件类型", "未见公开的代码，按平台下发的字典填", []Word{{"uscc", "统一社会信用代码", ""}}},
		{"form", "检查形式", "C5102-2019：01 日常检查、02 专项检查", []Word{{"日常检查", "日常检查", "01"}, {"专项检查", "专项检查", "02"}}},
		{"mode", "检查方式", "未见公开的代码，按平台下发的字典填；选填项", []Word{{"现场", "现场检查", ""}, {"非现场", "非现场检查", ""}}},
		{"result", "检查结果", "未见公开的代码，按平台下发的字典填", results(nil)},
		{"source", "案件来源", "用中文名，以平台字典为准", []Word{{"双随机检查", "双随机检查", "双随机检查"}}},
		{"procedure", "处罚程序", "用中文名，以平台字典为准", []Word{{"普通程序", "普通程序", "普通程序"}, {"简易程序", "简易程序", "简易程序"}}},
		yesNo,
	},
}

// provincial is a province's workbook of results, in the words of a real
// provincial platform (domain §3.5–3.7).
var provincial = Receiver{
	ID: "provincial", Name: "省级“双随机”平台", Form: "xlsx",
	About: "检查结果一张表，一户一行，XLSX 和 JSON 各一份；代码取自公开的省级平台。",
	Parts: []Part{{ID: "check", Name: "检查结果", Source: "公示栏目和公开的省级平台", Fields: append([]Field{
		{Column: "抽查计划编号", Name: "抽查计划编号", From: "plan", Need: true, Max: 50},
		{Column: "抽查计划名称", Name: "抽查计划名称", From: "plan.title", Need: true, Max: 200},
		{Column: "抽查任务编号", Name: "抽查任务编号", From: "round", Need: true, Max: 50, Rule: "name"},
		{Column: "抽查任务名称", Name: "抽查任务名称", From: "task", Need: true, Max: 200},
		{Column: "抽查类型", Name: "抽查类型", From: "directed", Need: true, Dict: "directed"},
		{Column: "抽查机关", Name: "抽查机关", From: "office.name", Need: true, Max: 100, Mend: AtOffice},
		{Column: "抽查机关编码", Name: "抽查机关编码", From: "office.code", Need: true, Max: 20, Rule: "uscc", Ask: OfOffice},
		{Column: "检查表编号", Name: "检查表编号", From: "form", Need: true, Max: 50, Rule: "name"},
		{Column: "检查对象", Name: "检查对象", From: "firm", Need: true, Max: 200},
		{Column: "检查对象类型", Name: "检查对象类型", From: "firm.kind", Need: true, Dict: "kind", Mend: AtFirm},
		{Column: "统一社会信用代码", Name: "统一社会信用代码", From: "firm.code", Need: true, Rule: "uscc", Mend: AtFirm},
		{Column: "行政区划代码", Name: "行政区划代码", From: "area", Need: true, Rule: "area", Mend: AtFirm},
		{Column: "抽查事项", Name: "抽查事项", From: "items", Need: true, List: true, Max: 1000},
		{Column: "核查方式", Name: "核查方式", From: "methods", Need: true, List: true, Dict: "method"},
		{Column: "抽查完成日期", Name: "抽查完成日期", From: "ended", Need: true, Rule: "past"},
		{Column: "检查人员", Name: "检查人员", From: "officers", Need: true, List: true, Least: 2},
		{Column: "执法证号", Name: "执法证号", From: "certificates", Need: true, List: true, Least: 2},
		{Column: "抽查结果", Name: "抽查结果", From: "results", Need: true, List: true, Dict: "result"},
		{Column: "公示日期", Name: "公示日期", From: "posted", Need: true, Rule: "past"},
	}, control...)}},
	Dicts: []Dict{
		{"kind", "检查对象类型", "公开的省级平台：1 企业、2 无证无照户、3 非企业单位", coded("1", "1", "3", "2")},
		{"directed", "抽查类型", "用中文名，以平台字典为准", []Word{{"yes", "定向", "定向"}, {"no", "不定向", "不定向"}}},
		{"method", "核查方式", "公开的省级平台", methods()},
		{"result", "抽查结果", "公开的省级平台；R2、R3 取“违反工商”之下的 B、C", results(map[inspection.Code]string{
			"R1": "1", "R2": "B", "R3": "C", "R4": "6", "R5": "E", "R6": "8", "R7": "F", "R8": "A", "R9a": "7", "R9b": "9", "R9c": "10", "R9d": "11", "R9e": "12"})},
	},
}

var yesNo = Dict{"yes", "是否", "1 是、0 否是本系统的默认，以平台字典为准", []Word{{"是", "是", "1"}, {"否", "否", "0"}}}

// coded gives each kind of the register a code: a is for enterprises and their
// kind, b for one-person businesses and parts of others, c for bodies that are
// no enterprise.
func coded(a, b, c, none string) []Word {
	var all []Word
	for _, g := range []struct {
		code  string
		kinds []string
	}{
		{a, []string{"企业", "农民专业合作社"}},
		{b, []string{"个体工商户", "分支机构", "外国企业常驻代表机构"}},
		{c, []string{"机关", "事业单位", "社会团体", "民办非企业", "基金会"}},
		{none, []string{"无证无照户"}},
		{"", []string{"项目", "产品", "行为", "自然人"}}, // the office says, where it has any
	} {
		for _, k := range g.kinds {
			all = append(all, Word{k, k, g.code})
		}
	}
	return all
}

func results(codes map[inspection.Code]string) []Word {
	var all []Word
	for _, c := range inspection.Codes {
		all = append(all, Word{string(c.Code), string(c.Code) + " " + c.Name, codes[c.Code]})
	}
	return all
}

// methods are numbered as the platform has them: ours are the same six.
func methods() []Word {
	var all []Word
	for _, m := range inspection.Methods {
		all = append(all, Word{m.Name, m.Name, string(m.Method[1:])})
	}
	return all
}
