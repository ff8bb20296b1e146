package password

import (
	"strings"
	"testing"
)

func TestCheck(t *testing.T) {
	tests := []struct {
		password string
		dengbao  string // part of the refusal; empty: taken
		modern   string
	}{
		{"Correct-Horse-7", "", ""},
		{"Short-1", "至少 12 位", "至少 15 位"},
		{"Twelve-Long7", "", "至少 15 位"},
		{"correct horse battery staple", "至少 3 类", ""},
		{"Password123456!", "常见的词", "常见的词"},
		{"P@ssw0rd-P@ssw0rd", "常见的词", "常见的词"},
		{"Admin@20221231", "常见的词", "至少 15 位"},
		{"Qwertyuiop123456", "常见的词", "常见的词"},
		{"1qaz2wsx3edc4rfV", "常见的词", "常见的词"},
		{"Aa1Aa1Aa1Aa1Aa1", "常见的词", "常见的词"},
		{"Ab1!13900001234", "常见的词", "常见的词"},
		{"Limin-Hat-Tree-9", "姓名、登录名", "姓名、登录名"},
		{"130132-RS-Tree-Hat", "姓名、登录名", "姓名、登录名"},
		{"四个互不相干的词连起来就好Aa1", "", ""},
		{strings.Repeat("Tree-Hat7", 15), "最多 128", "最多 128"},
	}
	for _, tt := range tests {
		for _, x := range []struct {
			profile Profile
			want    string
		}{{Dengbao, tt.dengbao}, {Modern, tt.modern}} {
			err := x.profile.Check(tt.password, "limin", "李敏", "130132-rs")
			if (err == nil) != (x.want == "") || err != nil && !strings.Contains(err.Error(), x.want) {
				t.Errorf("%s takes %q: %v, want %q", x.profile, tt.password, err, x.want)
			}
		}
	}
}
