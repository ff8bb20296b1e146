package roundtest

import (
	"encoding/csv"
	"fmt"
	"io"

	"suiji/internal/plan"
	"suiji/internal/register"
)

// Staff are officers of one unit.
type Staff struct {
	Unit, Fields string
	Officers     int
}

var stems = []rune("甲乙丙丁戊己庚辛壬癸")

// Units imports officers of other departments, or of counties.
func (o *Office) Units(staff ...Staff) {
	o.t.Helper()
	no := 0
	o.Import(register.Officers, func(w io.Writer) error {
		return rows(w, []string{"姓名", "执法证号", "证件类型", "有效期至", "单位", "职务", "执法领域"}, func(put func(...string)) {
			for _, s := range staff {
				for range s.Officers {
					no++
					put("王"+string([]rune{stems[no/10%10], stems[no%10]}), fmt.Sprintf("9902%05d", no), "行政执法证", "2024-12-31", s.Unit, "科员", s.Fields)
				}
			}
		})
	})
}

// JointItems imports an item of the health department and one of market
// supervision, and returns the ids of all items in the order of the list.
func (o *Office) JointItems() []string {
	o.t.Helper()
	o.Import(register.Items, func(w io.Writer) error {
		return rows(w, []string{"抽查类别", "抽查事项", "检查内容", "检查对象", "事项类别", "检查方式", "检查依据", "公布日期"}, func(put func(...string)) {
			put("职业卫生", "对用人单位职业病防治情况的监督检查", "职业病危害因素检测情况；职业健康检查情况", "用人单位", "一般检查事项", "实地检查", "《职业病防治法》第六十二条", "2022-01-05")
			put("市场监管", "对公示信息的监督检查", "年度报告公示情况；即时信息公示情况", "企业", "一般检查事项", "书面检查", "《企业信息公示暂行条例》第十四条", "2022-01-05")
		})
	})
	items, _, _, err := o.Register.Items(o.t.Context(), Authority, register.ItemFilter{})
	o.Must(err)
	var ids []string
	for _, i := range items {
		ids = append(ids, i.ID)
	}
	return ids
}

func rows(w io.Writer, head []string, each func(put func(...string))) error {
	c := csv.NewWriter(w)
	err := c.Write(head)
	each(func(cells ...string) {
		if err == nil {
			err = c.Write(cells)
		}
	})
	c.Flush()
	if err == nil {
		err = c.Error()
	}
	return err
}

// Joint makes the plan's task a joint one of three departments: the bureau
// leads, market supervision comes along everywhere, the health department only
// where there are complaints. The office must have Firms.
func (o *Office) Joint() func(*plan.Plan) {
	o.t.Helper()
	o.Units(Staff{"县市场监督管理局", "市场监管", 5}, Staff{"县卫生健康局", "职业卫生", 7})
	ids := o.JointItems()
	own, health, market := ids[0], ids[len(ids)-2], ids[len(ids)-1]
	return func(p *plan.Plan) {
		t := &p.Tasks[0]
		t.Name, t.Units = "用工和经营情况联合抽查", "县市场监督管理局、县卫生健康局"
		t.Items = []plan.Item{{ID: own, Slot: "rs"}, {ID: health, Slot: "wj"}, {ID: market, Slot: "sj"}}
		t.Slots = []plan.Slot{
			{Name: "rs", Title: "县人力资源和社会保障局", Units: "劳动保障监察大队、劳动关系科、就业促进科、社会保险基金监督科", Field: "劳动保障监察", Size: 2},
			{Name: "sj", Title: "县市场监督管理局", Units: "县市场监督管理局", Size: 2},
			{Name: "wj", Title: "县卫生健康局", Units: "县卫生健康局", Field: "职业卫生", Size: 3, Tag: "投诉举报多"},
		}
	}
}
