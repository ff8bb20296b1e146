// Package sample makes a county that does not exist: registers of firms,
// officers and items as CSV files, as an office would hand them in. The demo
// imports them; tests and benchmarks use them for size. The division code
// 990101 in the firms' numbers belongs to no place.
package sample

import (
	"bytes"
	"encoding/csv"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"strings"
)

var (
	towns  = strings.Fields("城关镇 柳林镇 河口镇 青石镇 南坡镇 北寨乡 东湾乡 西营乡 大槐树乡 双泉乡")
	brands = strings.Fields("恒泰 鑫源 华诚 瑞丰 永兴 佳和 宏达 安顺 金谷 万合 天润 百川 嘉禾 庆丰 久盛 融通 德隆 汇丰源 众诚 新合 广益 长青 凯悦 中瑞 和美 利民 卓越 启航 明德 福临 同创 惠民 方正 蓝天 晨光 远大 聚力 康健 诚信达 丰泽")
	trades = []struct{ word, scope, tag string }{
		{"商贸", "日用百货、五金交电、建材的批发和零售", ""},
		{"机械制造", "机械设备及零部件的制造、加工和销售", ""},
		{"建筑工程", "房屋建筑工程、市政工程施工", "建筑施工"},
		{"食品", "食品的生产和销售", ""},
		{"劳务派遣", "劳务派遣服务；人力资源外包", "劳务派遣"},
		{"人力资源服务", "职业中介、人力资源信息咨询", "人力资源服务"},
		{"职业培训学校", "职业技能培训", "职业培训"},
		{"纺织", "棉纱、布匹的加工和销售", ""},
		{"物流", "普通货物道路运输、仓储", ""},
		{"化工", "化工产品（不含危险化学品）的生产", ""},
		{"餐饮管理", "餐饮服务、餐饮管理", ""},
		{"电子科技", "电子产品的研发、生产和销售", ""},
		{"农业开发", "农作物种植、农产品初加工和销售", ""},
		{"物业服务", "物业管理、保洁服务", ""},
	}
	surnames = strings.Fields("王 李 张 刘 陈 杨 赵 黄 周 吴 徐 孙 马 朱 胡 郭 何 高 林 罗 郑 梁 谢 宋")
	given    = strings.Fields("建国 敏 志强 丽 伟 静 海涛 晓燕 永利 秀英 军 洁 文斌 雪梅 立新 佳 振华 红 国平 玉兰 少华 婷 春生 艳")
)

// Targets writes a register of n firms as CSV (UTF-8) with a heading line. The
// same seed gives the same firms. About one in twelve has complaints, one in
// twenty is no longer operating.
func Targets(w io.Writer, n int, seed uint64) error {
	r := rand.New(rand.NewPCG(seed, 1))
	c := csv.NewWriter(w)
	err := c.Write([]string{"企业名称", "统一社会信用代码", "企业类型", "成立日期", "登记状态", "区划代码", "注册地址", "经营范围", "联系人", "联系电话", "标签"})
	for i := range n {
		if err != nil {
			return err
		}
		err = c.Write(firm(r, i))
	}
	c.Flush()
	return c.Error()
}

// Grades writes the credit-risk classes of the first n firms that Targets made
// with this seed, as the market-supervision department sends them: most are B.
func Grades(w io.Writer, n int, seed uint64) error {
	r, classes := rand.New(rand.NewPCG(seed, 1)), rand.New(rand.NewPCG(seed, 2))
	c := csv.NewWriter(w)
	err := c.Write([]string{"企业名称", "统一社会信用代码", "信用风险分类"})
	for i := range n {
		f := firm(r, i)
		class := "BBBBBBBBBBBBAAAACCCD"[classes.IntN(20)]
		if f[2] == "企业" && err == nil {
			err = c.Write([]string{f[0], f[1], string(class)})
		}
	}
	c.Flush()
	return errors.Join(err, c.Error())
}

func firm(r *rand.Rand, i int) []string {
	town, trade := towns[r.IntN(len(towns))], trades[r.IntN(len(trades))]
	kind, digit, suffix := "企业", "91", "有限公司"
	switch r.IntN(20) {
	case 0, 1:
		kind, digit, suffix = "个体工商户", "92", "部"
	case 2:
		kind, digit, suffix = "农民专业合作社", "93", "专业合作社"
	}
	state := "存续"
	if r.IntN(20) == 0 {
		state = "注销"
	}
	var tags []string
	if trade.tag != "" {
		tags = append(tags, trade.tag)
	}
	if r.IntN(12) == 0 {
		tags = append(tags, "投诉举报多")
	}
	name := fmt.Sprintf("示例县%s%s%s", brands[r.IntN(len(brands))]+brands[r.IntN(len(brands))], trade.word, suffix)
	date := fmt.Sprintf("%d-%02d-%02d", 1998+r.IntN(27), 1+r.IntN(12), 1+r.IntN(28))
	return []string{name, Code(digit, i), kind, date, state, "990101",
		fmt.Sprintf("示例县%s%s路%d号", town, brands[r.IntN(len(brands))], 1+r.IntN(400)), trade.scope,
		surnames[r.IntN(len(surnames))] + given[r.IntN(len(given))], fmt.Sprintf("1990000%04d", i%10000), strings.Join(tags, "、")}
}

// Name returns the name of the i-th of many firms; a few in a thousand share
// theirs.
func Name(i int) string {
	r := rand.New(rand.NewPCG(uint64(i), 3))
	town := strings.TrimRight(towns[r.IntN(len(towns))], "镇乡")
	return "示例县" + town + brands[r.IntN(len(brands))] + brands[r.IntN(len(brands))] + trades[r.IntN(len(trades))].word +
		[]string{"有限公司", "有限责任公司", "经营部"}[r.IntN(3)]
}

// Code returns the i-th well-formed unified social credit code (GB 32100) of
// the place that does not exist.
func Code(kind string, i int) string {
	const digits = "0123456789ABCDEFGHJKLMNPQRTUWXY"
	body := []byte("MA0000000")
	for p := len(body) - 2; i > 0; p-- {
		body[p] = digits[i%len(digits)]
		i /= len(digits)
	}
	body[8] = "0X987654321"[weigh(string(body[:8]), "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ", orgWeights, 11)]
	code := kind + "990101" + string(body)
	return code + string(digits[(31-weigh(code, digits, codeWeights, 31))%31])
}

// The weights of GB 11714 and GB 32100.
var (
	orgWeights  = []int{3, 7, 9, 10, 5, 8, 4, 2}
	codeWeights = []int{1, 3, 9, 27, 19, 26, 16, 17, 20, 29, 25, 13, 8, 24, 10, 30, 28}
)

func weigh(s, digits string, weights []int, mod int) int {
	sum := 0
	for i := range weights {
		sum += strings.IndexByte(digits, s[i]) * weights[i]
	}
	return sum % mod
}

// Officers writes a register of n officers with certificates valid until the
// given day (2006-01-02).
func Officers(w io.Writer, n int, until string) error {
	c := csv.NewWriter(w)
	if err := c.Write([]string{"姓名", "执法证号", "证件类型", "有效期至", "单位", "职务", "执法领域", "手机"}); err != nil {
		return err
	}
	units := []string{"劳动保障监察大队", "劳动关系科", "就业促进科", "社会保险基金监督科"}
	posts := []string{"监察员", "科员", "副队长", "队长"}
	for i := range n {
		err := c.Write([]string{surnames[i%len(surnames)] + given[(i*7+3)%len(given)], fmt.Sprintf("9901%05d", 20101+i*37), "行政执法证",
			until, units[i%len(units)], posts[(i/2)%len(posts)], "劳动保障监察", fmt.Sprintf("1990001%04d", i)})
		if err != nil {
			return err
		}
	}
	c.Flush()
	return c.Error()
}

// Items writes the item list: what may be inspected, on which legal basis,
// published on the given day.
func Items(w io.Writer, published string) error {
	_, err := io.WriteString(w, strings.ReplaceAll(items, "PUBLISHED", published))
	return err
}

const items = `抽查类别,抽查事项,检查内容,检查对象,事项类别,检查方式,检查依据,抽查比例,抽查频次,检查主体,公布日期
劳动保障监察,对用人单位遵守劳动保障法律法规情况的监督检查,内部劳动保障规章制度情况；与劳动者订立劳动合同情况；遵守劳务派遣规定情况；遵守禁止使用童工规定情况；遵守女职工和未成年工特殊劳动保护规定情况；遵守工作时间和休息休假规定情况；支付劳动者工资和执行最低工资标准情况；参加社会保险和缴纳社会保险费情况；其他遵守劳动保障法律法规情况,用人单位,一般检查事项,实地检查、书面检查,《劳动保障监察条例》第十条、第十一条,年度不低于5%,每年2次,县人力资源和社会保障局,PUBLISHED
人力资源市场,对经营性人力资源服务机构的监督检查,人力资源服务许可和备案情况；公示营业执照、许可证和服务项目情况；建立服务台账情况；发布招聘信息真实合法情况,人力资源服务机构,一般检查事项,实地检查,《人力资源市场暂行条例》第三十四条,年度不低于5%,每年1次,县人力资源和社会保障局,PUBLISHED
`

// File returns what write writes.
func File(write func(io.Writer) error) ([]byte, error) {
	var b bytes.Buffer
	err := write(&b)
	return b.Bytes(), err
}
