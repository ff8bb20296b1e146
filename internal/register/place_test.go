package register_test

import (
	"context"
	"fmt"
	"testing"

	"suiji/internal/errs"
	"suiji/internal/register"
)

// A firm is found by each of its numbers, the old ones after they are taken
// out no more; where people work decides in whose area it is, the registered
// address only where that is not known; both have a past like all else.
func TestNumbersAndPlaces(t *testing.T) {
	each(t, func(t *testing.T, d *desk) {
		ctx := t.Context()
		const firm = "91130132108010841G"
		d.enter(register.Targets, "a.csv", "企业名称,信用代码,行政区划代码\n甲厂,"+firm+",130132\n乙厂,91130132108010083D,130132001\n丙厂,91130132108010884X,130102\n")
		before := d.version(register.Targets)
		amend := func(values map[string]string) error {
			x, err := d.Target(ctx, authority, firm)
			if err != nil {
				t.Fatal(err)
			}
			return d.Amend(ctx, clerk, register.Targets, firm, register.Amendment{Base: x.Version, Values: values, Source: "企业来函"})
		}
		for field, bad := range map[string]string{"numbers": "旧注册号", "places": "元氏县工业路 5 号"} {
			if ps := errs.Problems(amend(map[string]string{field: bad})); len(ps) != 1 || ps[0].Field != field {
				t.Errorf("%s = %q: %+v, want a problem at the input", field, bad, ps)
			}
		}
		if err := amend(map[string]string{"numbers": "旧注册号 130132100001234\n组织机构代码 10801084-1", "places": "130102 | 石家庄市长安区建设大街 1 号 | 32\n130103｜桥西区中山路 2 号"}); err != nil {
			t.Fatal(err)
		}
		found := func(q string) int {
			_, _, n, err := d.Targets(ctx, authority, register.TargetFilter{Query: q})
			if err != nil {
				t.Fatal(err)
			}
			return n
		}
		if got := fmt.Sprint(found("130132100001234"), found("001234"), found("841G")); got != "1 1 1" {
			t.Errorf("found %s firms by the old number, by its end, by the code's end, want one each", got)
		}
		areas := func() string {
			out := ""
			for _, area := range []string{"130132", "130102", "130103", "130100", "130132001"} {
				n, err := d.Count(ctx, authority, register.Scope{Area: area})
				if err != nil {
					t.Fatal(err)
				}
				out += fmt.Sprintf("%s:%d ", area, n)
			}
			return out
		}
		// 甲厂 is registered in 130132 and works in 130102 and 130103.
		if got, want := areas(), "130132:1 130102:2 130103:1 130100:3 130132001:1 "; got != want {
			t.Errorf("by area: %s, want %s", got, want)
		}
		x, err := d.Target(ctx, authority, firm)
		if err != nil {
			t.Fatal(err)
		}
		if got, want := fmt.Sprint(x.Workplaces()), "[130102｜石家庄市长安区建设大街 1 号｜32 130103｜桥西区中山路 2 号｜]"; got != want {
			t.Errorf("places = %s, want %s", got, want)
		}
		history, err := d.History(ctx, authority, register.Targets, firm)
		if err != nil || len(history) != 2 || len(history[0].Fields) != 2 {
			t.Errorf("history = %+v, %v, want both changes in one event", history, err)
		}
		if err := amend(map[string]string{"numbers": "", "places": ""}); err != nil {
			t.Fatal(err)
		}
		if got := fmt.Sprint(found("130132100001234"), " ", areas()); got != "0 130132:2 130102:1 130103:0 130100:3 130132001:1 " {
			t.Errorf("without them: %s", got)
		}
		if v := d.version(register.Targets); v.Root != before.Root {
			t.Errorf("root %s, want %s: a record without them is what it was before there were any", v.Root, before.Root)
		}
	})
}

// A list goes out as it was chosen, whatever its length, and is sorted as asked.
func TestEachFound(t *testing.T) {
	each(t, func(t *testing.T, d *desk) {
		d.enter(register.Targets, "a.csv", "企业名称,信用代码,标签\n丙厂,91130132108010841G,劳务派遣\n甲厂,91130132108010083D,\n乙厂,91130132108010884X,劳务派遣\n")
		for _, tt := range []struct {
			filter register.TargetFilter
			want   string
		}{
			{register.TargetFilter{}, "甲厂 丙厂 乙厂 "},
			{register.TargetFilter{Tag: "劳务派遣"}, "丙厂 乙厂 "},
			{register.TargetFilter{Query: "乙厂"}, "乙厂 "},
			{register.TargetFilter{Withdrawn: true}, ""},
		} {
			got := ""
			err := d.EachFound(context.Background(), authority, tt.filter, func(x register.Target) error { got += x.Name + " "; return nil })
			if err != nil || got != tt.want {
				t.Errorf("EachFound(%+v) = %q, %v, want %q", tt.filter, got, err, tt.want)
			}
		}
		sorted, _, _, err := d.Targets(t.Context(), authority, register.TargetFilter{Order: register.ByName})
		if err != nil || sorted[0].Name != "丙厂" || sorted[1].Name != "乙厂" || sorted[2].Name != "甲厂" {
			t.Errorf("by name: %v, %v", sorted, err)
		}
	})
}
