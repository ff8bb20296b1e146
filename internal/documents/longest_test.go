package documents

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"suiji/internal/casework"
	"suiji/internal/store/storetest"
)

// The longest texts of the registers that we know: 1,000,000 firms of
// Shijiazhuang, and the items of Zhejiang's market supervision.
const (
	longestName    = "中国石油天然气股份有限公司河北石家庄销售分公司第一百一十二加油站"
	longestAddress = "河北省石家庄市长安区胜利北街财富天下2#楼1单元2703、2704、2705、2706、2707，2单元2702、2703、2704、2705、2706"
	longestItem    = "商品经营柜台出租者、商品展销会举办者、网络交易平台提供者、广播电视购物平台经营者，对申请进入其经营场所或者平台销售商品的经营者的主体资格履行审查登记义务的检查"
	longestBasis   = "《公司法》第一百九十八条至第二百条、第二百零四条至第二百零六条、第二百一十一条、第二百一十三条 《外资企业法》第九条 《中外合作经营企业法》第九条 《合伙企业法》第九十三条、第九十四条、第九十五条、第一百条 《个人独资企业法》第三十三条至第三十七条 《公司登记管理条例》第六十三条至第七十三条、第七十八条、第七十九条、第八十一条 《企业法人登记管理条例》第二十九条 《合伙企业登记管理办法》第三十八条至第四十三条 《个人独资企业登记管理办法》第三十六条至第四十二条、第四十四条 《企业名称登记管理规定》第二十六条 《外商投资合伙企业登记管理规定》第五十一条至第五十九条"
)

// longText are what a handler types at length.
var longText = map[string]string{
	"询问内容":   strings.TrimSuffix(strings.Repeat("问：请说明你单位与职工订立书面劳动合同、支付工资、缴纳社会保险费的情况。\n答：本单位现有职工四十七人，其中四十五人已订立书面劳动合同，另有两人是上月新招的装卸工，合同文本已经准备好，还没有签字；工资每月十五日通过银行发放。\n", 9), "\n"),
	"现场检查情况": strings.Repeat("检查人员查阅了职工名册、劳动合同文本、考勤记录、工资支付台账和社会保险缴费凭证，询问了现场负责人和三名职工，发现两名职工没有书面劳动合同。", 6),
	"勘验情况":   strings.Repeat("车间位于厂区东侧，南北长约四十二米，东西宽约十八米；入口处张贴考勤表一份，拍照编号 IMG-0012。", 6),
	"处理意见":   "责令限期改正；对拖欠工资的线索另行立案调查。请在改正期限届满以前把改正材料通过检查码提交，本机关将组织复查。",
	"移送理由":   strings.Repeat("经查，该单位未按规定为职工申报缴纳社会保险费，依法由税务机关征收，不属于本机关职权。", 3),
	"样品清单":   "劳动合同（复印件）|2022 年版，编号 001 至 045|45 份|企业提供，2020 年 1 月至 2022 年 6 月|与原件核对一致\n工资支付台账（电子表格打印件）|按月装订|24 册|企业财务室|\n考勤记录|纸质|6 册|车间|缺 2021 年 3 月",
	"材料清单":   "现场检查笔录|1|3|原件\n劳动合同（复印件）|45|135|与原件核对一致\n企业提交的社会保险缴费凭证、工资支付台账和职工名册|1|28|",
}

// Every kind is made of the longest real data and stays whole: nothing is left
// out, no line of the PDF leaves its page. With SUIJI_LOOK the files are left in
// that directory, to be looked at.
func TestLongest(t *testing.T) {
	o, s := newService(t, storetest.SQLite(t),
		fmt.Sprintf("UPDATE register_target SET name = '%s', address = '%s', work_address = '%[2]s' WHERE target_id = 'T1'", longestName, longestAddress),
		fmt.Sprintf("UPDATE plan_item SET name = '%s', basis = '%s'", longestItem, longestBasis),
		fmt.Sprintf("UPDATE register_item SET name = '%s', basis = '%s'", longestItem, longestBasis),
		fmt.Sprintf("UPDATE register_item_point SET basis = '%s'", longestBasis))
	if s.Fonts.Missing() != "" {
		t.Skip("no Chinese font on this machine")
	}
	matter(t, s, func(k casework.Key) error {
		return s.Casework.FileCase(t.Context(), o.Clerk, k, casework.Filing{Number: "元人社监立〔2022〕112号", Cause: "涉嫌未依法与职工订立书面劳动合同、拖欠职工劳动报酬", Unit: "元氏县劳动保障监察大队",
			FiledOn: o.Form(t, 1).StartedOn, Handlers: []string{"高建军", "何丽"}})
	})
	served := ""
	for _, k := range Kinds {
		n := NewPaper{Kind: k.ID, FormID: first}
		if len(k.After) > 0 {
			n.Ref = "1"
		}
		if k.About {
			n.About = served
		}
		id, err := s.Begin(t.Context(), o.Clerk, n)
		must(t, err)
		p, err := s.Paper(t.Context(), bureau, id)
		must(t, err)
		fields := filled(p)
		for name, text := range longText {
			if _, ok := k.Field(name); ok {
				fields[name] = text
			}
		}
		must(t, s.Save(t.Context(), o.Clerk, p.ID, p.Revision, fields, ""))
		must(t, s.Issue(t.Context(), o.Clerk, p.ID, seen(t, s, p.ID)))
		served = p.ID
		for _, form := range []Form{DOCX, PDF} {
			_, body, err := s.File(t.Context(), bureau, p.ID, form)
			must(t, err)
			if dir := os.Getenv("SUIJI_LOOK"); dir != "" {
				must(t, os.WriteFile(filepath.Join(dir, string(k.ID)+"."+string(form)), body, 0o600))
			}
		}
	}
}
