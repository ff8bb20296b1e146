package intake

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
	"unicode"

	"suiji/internal/errs"
	"suiji/internal/office"
	"suiji/internal/register"
	"suiji/internal/wording"
)

// field numbers what a column can hold, over all lists.
type field int

// The fields. Those from fCapital on are known and looked at, but not kept.
const (
	fCode field = iota
	fOldCode
	fName
	fKind
	fState
	fEstablished
	fAreaCode
	fAreaName
	fAddress
	fWorkAddress
	fIndustry
	fScope
	fContact
	fPhone
	fSource
	fTags
	fCredit
	fNumbers
	fPlaces

	fCertNo
	fCertKind
	fCertUntil
	fUnit
	fPost
	fFields

	fCategory
	fSub
	fPoints
	fSubject
	fLevel
	fMethod
	fBasis
	fRatio
	fFrequency
	fBody
	fStaff
	fNote
	fPublished

	fCapital
	fProvince
	fPerson
	fSerial
	fSex

	fieldCount
)

// column is what one column of a list may be called.
type column struct {
	field field
	label string   // heading in the template
	need  bool     // a file without it is refused
	hint  string   // how to fill it, in the template
	also  []string // other headings that offices and platforms use
}

var columnsOf = map[register.List][]column{register.Targets: targetColumns, register.Officers: officerColumns, register.Items: itemColumns}

var targetColumns = []column{
	{fName, "企业名称", true, "必填，与营业执照一致", []string{"名称", "单位名称", "市场主体名称", "主体名称", "经营主体名称", "检查对象",
		"检查对象名称", "对象名称", "用人单位", "用人单位名称", "公司名称", "企业（机构）名称", "机构名称", "当事人名称", "被检查单位", "被检查单位名称", "字号名称", "商户名称"}},
	{fCode, "统一社会信用代码", true, "必填；列设为文本格式", []string{"社会信用代码", "信用代码", "统一代码", "社会统一信用代码", "社会统一代码",
		"统一信用代码", "统一社会信用代码/注册号", "统一社会信用代码（注册号）", "社会信用代码/注册号", "信用代码/注册号", "证照号码", "证照编号", "证件号码", "主体代码", "企业代码"}},
	{fOldCode, "注册号", false, "没有统一社会信用代码的，填旧注册号", []string{"工商注册号", "旧注册号", "营业执照号", "营业执照注册号", "执照号", "组织机构代码"}},
	{fKind, "对象类型", false, "企业、个体工商户、农民专业合作社等", []string{"企业类型", "主体类型", "市场主体类型", "检查对象类型", "单位类型", "机构类型", "经济类型", "对象类别", "主体类别", "类型"}},
	{fState, "登记状态", false, "存续、停业、歇业、清算、迁出、吊销未注销、撤销、注销", []string{"经营状态", "企业状态", "主体状态", "存续状态", "登记机关状态", "状态"}},
	{fEstablished, "成立日期", false, "如 2019-04-16", []string{"注册日期", "登记日期", "成立时间", "设立日期", "注册时间", "设立登记日期"}},
	{fAreaCode, "行政区划代码", false, "所在地的区划代码，不是信用代码的前几位", []string{"区划代码", "区划编码", "地区代码", "行政区划码", "所在地区划代码"}},
	{fAreaName, "所属地区", false, "县（市、区）或乡镇、街道", []string{"地区", "行政区划", "辖区", "所在地区", "所在区县", "所属区县", "区县", "县区", "所在县区", "乡镇", "所属乡镇", "乡镇街道", "所属辖区", "属地"}},
	{fAddress, "注册地址", false, "", []string{"住所", "登记住所", "地址", "注册地", "企业地址", "单位地址", "企业住所", "住所（经营场所）", "企业注册地址", "登记地址"}},
	{fWorkAddress, "实际经营地址", false, "与注册地址不同时填写", []string{"经营地址", "经营场所", "生产经营地址", "生产经营地", "用工地址", "用工所在地", "实际地址", "办公地址"}},
	{fIndustry, "行业", false, "名称或 GB/T 4754 代码", []string{"行业代码", "行业类别", "行业名称", "行业门类", "所属行业", "国民经济行业", "国民经济行业代码"}},
	{fScope, "经营范围", false, "", []string{"业务范围", "经营（业务）范围", "经营范围及方式", "主营业务"}},
	{fContact, "联系人", false, "不公开", []string{"联系人姓名", "企业联系人", "联络员"}},
	{fPhone, "联系电话", false, "不公开", []string{"电话", "手机", "手机号", "手机号码", "联系方式", "联系人电话", "电话号码", "企业电话"}},
	{fTags, "标签", false, "多个用顿号隔开；填“无”清空", []string{"对象标签", "分类标签", "特殊标签", "专项名录", "专项库", "重点标签"}},
	{fCredit, "信用风险等级", false, "A、B、C、D", []string{"信用风险分类", "信用风险类别", "企业信用风险分类", "信用等级", "风险等级", "风险分类", "信用风险分类等级"}},
	{fNumbers, "其他号码", false, "多个用分号隔开；种类有旧注册号、组织机构代码、税务登记号、其他，种类后空一格", []string{"其他证照号码", "其他编号", "曾用号码"}},
	{fPlaces, "用工地", false, "一处写成“区划代码｜地址｜人数”，多处用分号隔开；决定由哪里管辖", []string{"用工地点", "工作场所", "分支经营地"}},
	{fSource, "数据来源", false, "", []string{"来源", "信息来源"}},
	{fCapital, "注册资本", false, "", []string{"注册资金", "注册资本（万元）", "注册资金（万元）", "资金数额"}},
	{fProvince, "所在省份", false, "", []string{"省份", "省", "省（市、区）"}},
	{fPerson, "法定代表人", false, "", []string{"法人代表", "法人", "负责人", "法定代表人（负责人）", "法定代表人姓名", "经营者", "经营者姓名"}},
	{fSerial, "序号", false, "", []string{"编号", "数据行号"}},
}

var officerColumns = []column{
	{fName, "姓名", true, "必填", []string{"执法人员", "执法人员姓名", "检查人员", "检查人员姓名", "人员姓名", "持证人", "持证人姓名"}},
	{fCertNo, "执法证号", true, "必填；列设为文本格式", []string{"执法证件号", "执法证件号码", "执法证编号", "执法证号码", "行政执法证号", "证件编号", "证件号", "证号", "执法证件编号", "监察员证号"}},
	{fCertKind, "证件类型", false, "如 行政执法证", []string{"执法证类型", "执法证件类型", "证件种类", "证件名称", "执法证种类"}},
	{fCertUntil, "有效期至", true, "必填，如 2027-12-31", []string{"证件有效期", "有效期", "证件有效期至", "执法证有效期", "执法证有效期至", "有效期限至", "有效截止日期", "到期日期", "证件到期日"}},
	{fUnit, "单位/科室", false, "", []string{"单位", "科室", "所在单位", "工作单位", "所属单位", "所在科室", "所属科室", "单位（科室）", "单位科室", "部门", "所属部门", "执法单位", "所属机构"}},
	{fPost, "职务", false, "", []string{"职位", "岗位", "职务职级", "职级", "职务/岗位"}},
	{fFields, "执法领域", false, "多个用顿号隔开", []string{"执法类别", "执法种类", "执法范围", "执法类型", "执法事项类别", "专业领域", "擅长领域"}},
	{fPhone, "手机", false, "不公开", []string{"手机号", "手机号码", "联系电话", "电话", "联系方式"}},
	{fSerial, "序号", false, "", []string{"编号"}},
	{fSex, "性别", false, "", []string{"身份证号", "身份证号码", "公民身份号码", "出生年月", "民族", "学历", "政治面貌", "籍贯"}},
}

var itemColumns = []column{
	{fCode, "事项编码", false, "监管事项目录编码；没有可不填", []string{"监管事项目录编码", "监管事项编码", "事项代码", "检查事项编码", "抽查事项编码", "目录编码"}},
	{fCategory, "抽查类别", false, "", []string{"类别", "抽查领域", "检查类别", "事项大类", "领域", "部门"}},
	{fName, "抽查事项", true, "必填", []string{"抽查事项名称", "事项名称", "检查事项", "检查事项名称", "抽查项目", "随机抽查事项", "随机抽查事项名称", "检查项目"}},
	{fSub, "抽查子项", false, "", []string{"子项", "检查子项", "子项名称", "抽查事项子项"}},
	{fPoints, "检查内容", false, "要点，一行一个或用分号隔开", []string{"检查要点", "抽查内容", "检查内容（要点）", "抽查内容及要点", "检查内容及要点", "检查内容和要点", "抽查要点", "内容"}},
	{fSubject, "检查对象", false, "", []string{"抽查对象", "被检查对象", "对象", "适用对象"}},
	{fLevel, "事项类别", false, "一般 或 重点", []string{"事项等级", "检查事项类别", "事项级别", "一般/重点"}},
	{fMethod, "检查方式", false, "", []string{"抽查方式", "方式", "检查方法", "抽查方法"}},
	{fBasis, "检查依据", true, "必填；没有法定依据的事项不能用于计划", []string{"抽查依据", "依据", "法律依据", "法定依据", "检查依据（法律法规）", "法律法规依据", "设定依据"}},
	{fRatio, "抽查比例", false, "", []string{"比例", "检查比例", "抽查比例（%）"}},
	{fFrequency, "抽查频次", false, "", []string{"频次", "检查频次", "频次上限", "抽查频率", "检查频次（上限）"}},
	{fBody, "检查主体", false, "", []string{"抽查主体", "实施主体", "检查部门", "主体", "实施部门", "责任主体", "检查主体及层级"}},
	{fStaff, "检查人员要求", false, "", []string{"人员要求", "执法人员要求"}},
	{fNote, "备注", false, "", []string{"说明", "备注说明"}},
	{fPublished, "发布日期", false, "空白表示尚未公布，不能用于计划", []string{"公布日期", "公示日期", "公布时间", "发布时间", "公开日期"}},
	{fSerial, "序号", false, "", []string{"编号"}},
}

// Column is a column of an imported file and what became of it.
type Column struct {
	Heading string `json:"heading"`
	Field   string `json:"field"` // our name for it; empty: not known, so not imported
	Kept    bool   `json:"kept"`  // false with a Field: known, and left out on purpose
}

// header says where a file has its fields.
type header struct {
	row      int             // of the headings, the lower one of two
	at       [fieldCount]int // cell of each field, -1 where there is none
	headings []string        // as the file writes them, clean
	columns  []Column
	notes    []string // what is to be said of it
}

// has reports whether the file has a column for f.
func (h *header) has(f field) bool { return h.at[f] >= 0 }

// heading returns what the file calls f.
func (h *header) heading(f field) string {
	if h.at[f] < 0 {
		return ""
	}
	return h.headings[h.at[f]]
}

// heading is what stands over one column, and what it may be read as: under a
// merged heading (“联系人” over “姓名” and “电话”) both words together tell more.
type heading struct {
	text string
	also string
}

// single are the headings of one row.
func single(cells []string) []heading {
	for len(cells) > 0 && strings.TrimSpace(cells[len(cells)-1]) == "" {
		cells = cells[:len(cells)-1]
	}
	out := make([]heading, len(cells))
	for i, c := range cells {
		out[i].text, _ = wording.Clean(c, false)
	}
	return out
}

// double are the headings of two rows: the lower word where there is one,
// else the upper.
func double(upper, lower []string) []heading {
	u, l := single(upper), single(lower)
	out := make([]heading, max(len(u), len(l)))
	group := ""
	for i := range out {
		if i < len(u) && u[i].text != "" {
			group = u[i].text
		}
		if i < len(l) && l[i].text != "" {
			out[i] = heading{l[i].text, group + l[i].text}
		} else if i < len(u) {
			out[i] = u[i]
		}
	}
	return out
}

// known finds the fields of a row of headings. The first of two columns of one
// field counts.
func known(list register.List, cells []string) *header { return recognise(list, single(cells), nil) }

// recognise finds the fields of headings; what a person said of the columns
// goes before what they are called.
func recognise(list register.List, over []heading, said []string) *header {
	h := &header{}
	for f := range h.at {
		h.at[f] = -1
	}
	names := synonyms(list)
	for i, x := range over {
		h.headings = append(h.headings, x.text)
		c := Column{Heading: x.text}
		if x.text == "" {
			c.Heading = fmt.Sprintf("第 %d 列（没有列名）", i+1)
		}
		col, ok := lookUp(names, x.also)
		if !ok {
			col, ok = lookUp(names, x.text)
		}
		if said != nil {
			col, ok = column{}, false
			if i < len(said) {
				col, ok = labelled(list, said[i])
			}
		}
		if ok && h.has(col.field) {
			h.notes = append(h.notes, fmt.Sprintf("第 %d 列和第 %d 列都像“%s”，按第 %d 列导入；如不合适可以在“列的对应”里改", h.at[col.field]+1, i+1, col.label, h.at[col.field]+1))
		} else if ok {
			h.at[col.field] = i
			c.Field, c.Kept = col.label, col.field < fCapital
		}
		h.columns = append(h.columns, c)
	}
	return h
}

// labelled finds a column by our own name for it.
func labelled(list register.List, label string) (column, bool) {
	for _, c := range columnsOf[list] {
		if c.label == label {
			return c, true
		}
	}
	return column{}, false
}

// FieldNames are what a column of a list can be said to hold.
func FieldNames(list register.List) []string {
	var names []string
	for _, c := range columnsOf[list] {
		names = append(names, c.label)
	}
	return names
}

// lookUp finds a heading, also without what stands in brackets behind it
// (“企业名称（必填）”).
func lookUp(names map[string]column, heading string) (column, bool) {
	key := headingKey(heading)
	if key == "" {
		return column{}, false
	}
	if c, ok := names[key]; ok {
		return c, true
	}
	before, _, _ := strings.Cut(key, "(")
	c, ok := names[before]
	return c, ok && before != ""
}

// headingKey folds a heading to what matters of it.
func headingKey(s string) string {
	return strings.Map(func(c rune) rune {
		if c == '*' || c == ':' || c == '_' || c == '"' || c == '\'' || unicode.IsSpace(c) {
			return -1
		}
		return c
	}, wording.Fold(s))
}

func synonyms(list register.List) map[string]column {
	names := map[string]column{}
	for _, c := range columnsOf[list] {
		names[headingKey(c.label)] = c
		for _, a := range c.also {
			names[headingKey(a)] = c
		}
	}
	return names
}

// score counts the fields that a row of headings has.
func (h *header) score() int {
	n := 0
	for _, at := range h.at {
		if at >= 0 {
			n++
		}
	}
	return n
}

// missing names the needed columns that a header lacks.
func (h *header) missing(list register.List) []string {
	var names []string
	for _, c := range columnsOf[list] {
		if c.need && !h.has(c.field) && !(c.field == fCode && h.has(fOldCode)) {
			names = append(names, c.label)
		}
	}
	return names
}

// headerRows is how far down a file's header may stand: titles, dates and
// notes are often written above it.
const headerRows = 20

// given is what a person said of a file: where its headings are, and what each
// column holds. The zero given has everything found.
type given struct {
	row    int
	fields []string
}

// unmatched is the error of a file whose headings say too little.
type unmatched struct {
	sentence string
	sample   [][]string // what a person needs to see to say more
}

// Error returns the sentence.
func (u *unmatched) Error() string { return u.sentence }

// findHeader finds the header among a file's first rows: the one row, or two
// rows together, with most fields. Its error says which headings are missing, and what the file seems
// to be instead.
func findHeader(list register.List, rows []office.Row, said given) (*header, error) {
	best := known(list, nil)
	for i, r := range rows {
		if said.row > 0 && r.Number != said.row {
			continue
		}
		one := recognise(list, single(r.Cells), said.fields)
		one.row = r.Number
		if i > 0 && holdsHeading(list, r.Cells) {
			if two := recognise(list, double(rows[i-1].Cells, r.Cells), said.fields); two.score() > one.score() || said.fields != nil && two.named() > one.named() {
				two.row, one = r.Number, two
				one.notes = append(one.notes, fmt.Sprintf("表头占两行（第 %d、%d 行），已合起来识别", rows[i-1].Number, r.Number))
			}
		}
		if one.score() > best.score() || said.row > 0 {
			best = one
		}
	}
	missing := best.missing(list)
	if len(missing) == 0 {
		if best.row > rows[0].Number+1 || best.row > rows[0].Number && len(best.notes) == 0 {
			best.notes = append(best.notes, fmt.Sprintf("表头在第 %d 行，它上面的内容没有导入", best.row))
		}
		return best, nil
	}
	if other := guess(list, rows); other != "" && said.row == 0 {
		return nil, errs.At("file", absent(list, missing)+"。这份文件像是"+other.Name()+"，请从对应的名录导入。没有导入任何数据")
	}
	if said.row == 0 && best.score() == 0 && !slices.ContainsFunc(rows, func(r office.Row) bool { return len(r.Cells) > 1 }) {
		return nil, errs.At("file", "文件只有一列，列与列之间没有用逗号、制表符或分号隔开；请在 WPS 或 Excel 中按列排好，另存为 .xlsx 后再上传。没有导入任何数据")
	}
	return nil, &unmatched{absent(list, missing) + "。请下载模板对照列名。没有导入任何数据", sampleOf(rows)}
}

func absent(list register.List, missing []string) string {
	return "前 " + strconv.Itoa(headerRows) + " 行里没有找到" + list.Name() + "的表头：缺少“" + strings.Join(missing, "”“") + "”"
}

// named counts the headings that say anything.
func (h *header) named() int {
	n := 0
	for _, text := range h.headings {
		if text != "" {
			n++
		}
	}
	return n
}

// holdsHeading reports whether a row may be the lower half of a header.
func holdsHeading(list register.List, cells []string) bool { return known(list, cells).score() > 0 }

// The most of a file that is shown to say what its columns hold.
const (
	sampleCols = 60
	sampleText = 30
)

func sampleOf(rows []office.Row) [][]string {
	var out [][]string
	for _, r := range rows {
		line := []string{strconv.Itoa(r.Number)}
		for i, c := range r.Cells {
			if i == sampleCols {
				break
			}
			c, _ = wording.Clean(c, false)
			line = append(line, wording.Shorten(c, sampleText))
		}
		out = append(out, line)
	}
	return out
}

// guess returns the other list that rows have the whole header of; empty if
// there is none.
func guess(not register.List, rows []office.Row) register.List {
	for _, l := range register.Lists {
		if l == not {
			continue
		}
		for _, r := range rows {
			if len(known(l, r.Cells).missing(l)) == 0 {
				return l
			}
		}
	}
	return ""
}
