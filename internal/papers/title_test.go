package papers

import (
	"strings"
	"testing"
)

// A title's lines end between words: nothing is lost, no line is too long, and
// no word is cut.
func TestTitled(t *testing.T) {
	t.Parallel()
	const issuer = "元氏县人力资源和社会保障局"
	for _, tt := range []struct{ name, title, want string }{
		{"one line", "关于印发工作计划的通知", "关于印发工作计划的通知"},
		{"the plan of 2022", issuer + "2022年度“双随机、一公开”随机抽查工作计划",
			"元氏县人力资源和社会保障局2022年度\n“双随机、一公开”随机抽查工作计划"},
		{"its notice", issuer + "\n关于印发《" + issuer + "2022年度“双随机、一公开”随机抽查工作计划》的通知",
			issuer + "\n关于印发《" + issuer + "\n2022年度“双随机、一公开”\n随机抽查工作计划》的通知"},
		{"a joint one", "长治市2024年度部门联合“双随机、一公开”抽查工作计划", "长治市2024年度部门联合\n“双随机、一公开”抽查工作计划"},
		{"a word longer than a line", strings.Repeat("某", 45), strings.Repeat("某", 16) + "\n" + strings.Repeat("某", 16) + "\n" + strings.Repeat("某", 13)},
		{"nothing", "", ""},
	} {
		got := Titled(tt.title, 19, issuer)
		if got != tt.want {
			t.Errorf("%s: Titled =\n%s\nwant\n%s", tt.name, got, tt.want)
		}
		if strings.ReplaceAll(got, "\n", "") != strings.ReplaceAll(tt.title, "\n", "") {
			t.Errorf("%s: something was lost: %q", tt.name, got)
		}
		for _, l := range strings.Split(got, "\n") {
			if titleWidth(l) > 19 {
				t.Errorf("%s: line %q has %v characters", tt.name, l, titleWidth(l))
			}
		}
	}
}
