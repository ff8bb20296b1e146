package intake

import (
	"strings"

	"suiji/internal/register"
)

// kindWords tell a kind by a word in what a file calls it; the first that fits
// decides, so the narrower ones stand first.
var kindWords = []struct{ word, kind string }{
	{"个体", "个体工商户"}, {"合作社", "农民专业合作社"},
	{"代表机构", "外国企业常驻代表机构"}, {"代表处", "外国企业常驻代表机构"},
	{"民办非企业", "民办非企业"}, {"非企业单位", "民办非企业"}, {"事业单位", "事业单位"}, {"社会团体", "社会团体"},
	{"社团", "社会团体"}, {"基金会", "基金会"}, {"机关", "机关"}, {"无证无照", "无证无照户"},
	{"分支机构", "分支机构"}, {"分公司", "分支机构"}, {"分店", "分支机构"}, {"非法人", "分支机构"},
	{"公司", "企业"}, {"企业", "企业"}, {"集体", "企业"}, {"国有", "企业"}, {"全民", "企业"}, {"私营", "企业"},
	{"合伙", "企业"}, {"独资", "企业"}, {"股份", "企业"}, {"外商", "企业"}, {"合资", "企业"}, {"港", "企业"}, {"内资", "企业"},
	{"自然人", "自然人"}, {"执业人员", "自然人"}, {"项目", "项目"}, {"产品", "产品"}, {"行为", "行为"},
}

// kindOf reads a kind out of a file's words; empty if it has none of ours.
func kindOf(words string) string {
	for _, k := range kindWords {
		if strings.Contains(words, k.word) {
			return k.kind
		}
	}
	return ""
}

// stateWords are what files call the states; the first that fits decides.
var stateWords = []struct{ word, state string }{
	{"吊销", "吊销未注销"}, {"注销", "注销"}, {"撤销", "撤销"}, {"迁出", "迁出"}, {"清算", "清算"},
	{"停业", "停业"}, {"歇业", "歇业"}, {"存续", register.InOperation}, {"在营", register.InOperation}, {"在业", register.InOperation},
	{"开业", register.InOperation}, {"在册", register.InOperation}, {"正常", register.InOperation}, {"迁入", register.InOperation},
}

// StateOf reads a state out of a file's words; empty if it has none of ours.
func StateOf(words string) string {
	if strings.Contains(words, "吊销") && strings.Contains(words, "已注销") {
		return "注销"
	}
	for _, w := range stateWords {
		if strings.Contains(words, w.word) {
			return w.state
		}
	}
	return ""
}
