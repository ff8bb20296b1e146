package planning

import (
	"fmt"
	"net/url"
	"testing"

	"suiji/internal/page/pagetest"
	"suiji/internal/round/roundtest"
	"suiji/internal/store"
	"suiji/internal/store/storetest"
)

// capForm is the form of caps with these rules: title, source, who, tag,
// exception, years, most.
func capForm(rules ...[7]string) url.Values {
	v := url.Values{"exemptions": {"投诉举报\n上级交办\n\n整改复查"}}
	for i, r := range rules {
		for j, field := range []string{"title", "source", "who", "tag", "except", "years", "most"} {
			v.Set(fmt.Sprintf("rule-%d-%s", i+1, field), r[j])
		}
	}
	return v
}

// TestCapsOnPages enters the caps of three places (health: level and all;
// ecology: all but red codes; mines: by grade) without any code.
func TestCapsOnPages(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		f := newDesk(t, db)
		f.Firms(20)
		health := capForm([7]string{"本级", "卫健", "level", "", "", "1", "2"}, [7]string{"市县", "卫健", "all", "", "", "1", "4"}, [7]string{})
		ecology := capForm([7]string{"生态", "安康", "authority", "", "红码", "1", "2"})
		mines := capForm([7]string{"A", "河南", "authority", "A级", "", "1", "2"}, [7]string{"C", "河南", "authority", "C级", "", "1", "6"}, [7]string{"三年", "河南", "authority", "", "", "3", "1"})
		half := capForm([7]string{"无文件", "", "all", "", "", "1", "0"})
		visits := func(text string) url.Values { return url.Values{"visits": {text}} }
		f.run(t, []pagetest.Case{
			planGet("none", "clerk", "/w/caps", 200, pagetest.Want{"h1": "频次上限", "table.list tbody tr": 2}),
			planPost("health", "clerk", "/w/caps", health, 303, "/w/caps", nil),
			planGet("two", "clerk", "/w/caps", 200, pagetest.Want{"table.list tbody tr": 4, "textarea[name=exemptions]": "投诉举报"}),
			planPost("ecology", "clerk", "/w/caps", ecology, 303, "/w/caps", nil),
			planGet("one", "clerk", "/w/caps", 200, pagetest.Want{"table.list tbody tr": 3}),
			planPost("mines", "clerk", "/w/caps", mines, 303, "/w/caps", nil),
			planGet("the leader reads", "leader", "/w/caps", 200, pagetest.Want{"main": "“A级”的对象每户每年，本机关不超过 2 次", "form[action=/w/caps]": 0}),
			planPost("half a rule", "clerk", "/w/caps", half, 422, "", pagetest.Want{"main": "请填写规定上限的文件"}),
			planPost("by the leader", "leader", "/w/caps", health, 403, "", nil),
			planPost("no firm", "clerk", "/w/caps/visits", visits("X 2022-01-05 市监局 本级"), 422, "", pagetest.Want{"main": "名录里没有“X”"}),
			planPost("half a line", "clerk", "/w/caps/visits", visits("X 2022-01-05"), 422, "", pagetest.Want{"main": "第 1 行：应有代码"}),
			planPost("tomorrow", "clerk", "/w/caps/visits", visits("X 2099-01-05 市监局 本级"), 422, "", pagetest.Want{"main": "不晚于今天"}),
		})
		list, err := f.Caps.Rules(t.Context(), roundtest.Authority)
		f.Must(err)
		if len(list) != 3 || list[1].Tag != "C级" || list[1].Most != 6 || list[2].Years != 3 {
			t.Errorf("caps = %v, want the three of the mines", list)
		}
	})
}
