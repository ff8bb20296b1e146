package intake

import (
	"strings"
	"testing"

	"suiji/internal/errs"
	"suiji/internal/register"
)

// The changes of an import hold from the day that the clerk names: the register
// of any day before it does not have them, its history does.
func TestEffectiveDay(t *testing.T) {
	each(t, func(t *testing.T, d *desk) {
		ctx := t.Context()
		const firm = "91130132108010841G"
		begin := func(content, effective string) (Import, error) {
			t.Helper()
			i := d.check(register.Targets, "a.csv", []byte("企业名称,信用代码,地址\n"+content))
			err := d.Begin(ctx, clerk, i.ID, effective)
			got, err2 := d.Import(ctx, authority, i.ID)
			if err2 != nil {
				t.Fatal(err2)
			}
			return got, err
		}
		first, err := begin("甲厂,"+firm+",槐阳镇\n", "2022-01-10")
		if err != nil || first.State != Written || first.Effective != date("2022-01-10") || !first.NotBefore.Zero() {
			t.Fatalf("first import = %+v, %v", first, err)
		}
		for _, tt := range []struct{ name, content, effective, want string }{
			{"to come", "甲厂," + firm + ",南佐镇\n", "2022-03-02", "生效日期不能晚于今天"},
			{"no day", "甲厂," + firm + ",南佐镇\n", "2022-02-30", "生效日期应是存在的日期"},
			{"before what the record says now", "甲厂," + firm + ",南佐镇\n", "2022-01-09", "自 2022-01-10 起生效"},
		} {
			i, err := begin(tt.content, tt.effective)
			p := errs.Problems(err)
			if len(p) != 1 || p[0].Field != "effective" || !strings.Contains(p[0].Sentence, tt.want) || i.State != Checked {
				t.Errorf("%s: %v, state %s, want %q at effective", tt.name, err, i.State, tt.want)
			}
		}
		second, err := begin("甲厂,"+firm+",南佐镇\n乙厂,91130132108010083D,槐阳镇\n", "2022-02-01")
		if err != nil || second.State != Written || second.NotBefore != date("2022-01-10") {
			t.Fatalf("second import = %+v, %v", second, err)
		}
		for day, want := range map[string]string{"2022-01-09": "", "2022-01-10": "槐阳镇", "2022-01-31": "槐阳镇", "2022-02-01": "南佐镇", "2022-03-01": "南佐镇"} {
			got, err := d.TargetOn(ctx, authority, firm, date(day))
			if got.Address != want || (errs.KindOf(err) == errs.NotFound) != (want == "") {
				t.Errorf("on %s it was at %q, %v, want %q", day, got.Address, err, want)
			}
		}
		past, err := d.History(ctx, authority, register.Targets, firm)
		if err != nil || len(past) != 2 || past[0].Since != date("2022-02-01") || past[0].Version.Effective != date("2022-02-01") || past[0].Version.By != "李敏" {
			t.Errorf("history = %+v, %v", past, err)
		}
	})
}

// A day that was right when the file was checked, and no longer is: somebody
// changed the record meanwhile. Nothing is written, and the clerk is told.
func TestEffectiveDayOvertaken(t *testing.T) {
	each(t, func(t *testing.T, d *desk) {
		d.enter(register.Targets, "a.csv", "企业名称,信用代码,地址\n甲厂,91130132108010841G,槐阳镇\n")
		d.now = d.now.AddDate(0, 1, 0)
		i := d.check(register.Targets, "b.csv", []byte("企业名称,信用代码,地址\n甲厂,91130132108010841G,南佐镇\n"))
		d.enter(register.Targets, "c.csv", "企业名称,信用代码,地址\n甲厂,91130132108010841G,宋曹镇\n")
		err := d.Begin(t.Context(), clerk, i.ID, "2022-03-15")
		if got := errs.Sentence(err); !strings.Contains(got, "自 2022-04-01 起生效") {
			t.Errorf("Begin = %v, want to be refused", err)
		}
		if firm, err := d.Target(t.Context(), authority, "91130132108010841G"); err != nil || firm.Address != "宋曹镇" {
			t.Errorf("the firm is at %q, %v, want what the colleague wrote", firm.Address, err)
		}
		if err := d.Begin(t.Context(), clerk, i.ID, ""); err != nil {
			t.Errorf("from today: %v", err)
		}
	})
}
