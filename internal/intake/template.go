package intake

import (
	"bytes"
	"strings"

	"suiji/internal/errs"
	"suiji/internal/office"
	"suiji/internal/register"
)

// helpSheet is the sheet of a template that explains the headings.
const helpSheet = "填写说明"

// examples are what the template shows of a column, by its heading.
var examples = map[register.List]map[string]string{
	register.Targets: {"企业名称": "元氏县槐阳商贸有限公司", "统一社会信用代码": "91130132MA8518521U", "注册号": "130132100001234", "成立日期": "2019-04-16",
		"行政区划代码": "130132", "所属地区": "元氏县槐阳镇", "注册地址": "元氏县槐阳镇人民路 12 号", "实际经营地址": "元氏县工业路 5 号", "行业": "C3311", "经营范围": "五金产品批发",
		"联系人": "王强", "联系电话": "0311-84620000", "标签": "劳务派遣、建筑工地", "其他号码": "旧注册号 130132100001234；税务登记号 130132000012345",
		"用工地": "130132｜元氏县槐阳镇工业路 5 号｜32；130102｜长安区中山东路 1 号｜8", "数据来源": "市场监管局 2022 年 1 月导出"},
	register.Officers: {"姓名": "王强", "执法证号": "03013200123", "证件类型": "行政执法证", "有效期至": "2027-12-31", "单位/科室": "劳动保障监察大队", "职务": "中队长",
		"执法领域": "劳动保障监察、社会保险", "手机": "13800000000"},
	register.Items: {"事项编码": "01-13-001", "抽查类别": "劳动保障监察", "抽查事项": "用人单位遵守劳动合同法律法规情况", "抽查子项": "订立劳动合同情况",
		"检查内容": "是否与劳动者订立书面劳动合同；劳动合同文本是否交付劳动者", "检查对象": "用人单位", "检查方式": "实地检查、书面检查",
		"检查依据": "《中华人民共和国劳动合同法》第七十四条", "抽查比例": "5%", "抽查频次": "一年一次", "检查主体": "县人力资源和社会保障局", "检查人员要求": "两名以上持证人员",
		"备注": "", "发布日期": "2022-01-05"},
}

// choices are the words that a column usually holds, by its heading; the
// import knows others for the same.
var choices = map[register.List]map[string][]string{
	register.Targets: {"对象类型": register.Kinds, "登记状态": register.States, "信用风险等级": {"A", "B", "C", "D"}},
	register.Items:   {"事项类别": {register.General.Name(), register.Key.Name()}},
}

// widths are the columns that need more than the usual room, in characters.
var widths = map[field]float64{fName: 36, fCode: 24, fOldCode: 20, fAddress: 36, fWorkAddress: 36, fScope: 30, fPoints: 40, fBasis: 40, fPlaces: 40, fNumbers: 30, fCertNo: 20}

// Template returns a workbook to be filled in: one sheet with the list's
// headings, one that explains them.
func (s *Service) Template(list register.List) ([]byte, error) {
	if !list.Known() {
		return nil, errs.E(errs.NotFound, "没有这个名录")
	}
	t := office.Blank{Name: list.Name()}
	var about [][]string
	for _, c := range columnsOf[list] {
		if c.field >= fCapital {
			continue
		}
		h := office.Head{Name: c.label, Need: c.need, Choices: choices[list][c.label], Width: widths[c.field]}
		need, example := "选填", examples[list][c.label]
		if c.need {
			need = "必填"
		}
		if h.Choices != nil {
			example = h.Choices[0]
		}
		h.Note = need
		for _, x := range []struct{ word, text string }{{"", strings.TrimPrefix(strings.TrimPrefix(c.hint, "必填"), "；")}, {"如 ", example}} {
			if x.text = strings.TrimPrefix(x.text, "，"); x.text != "" && !strings.HasPrefix(x.text, x.word+example) {
				h.Note += "；" + x.word + x.text
			}
		}
		t.Heads = append(t.Heads, h)
		about = append(about, []string{c.label, need, c.hint, example})
	}
	t.About = office.Sheet{Name: helpSheet, Header: []string{"列名", "是否必填", "说明", "示例"}, Widths: []float64{20, 10, 50, 50}, Rows: office.Texts(about)}
	var b bytes.Buffer
	err := office.WriteBlank(&b, t)
	return b.Bytes(), err
}
