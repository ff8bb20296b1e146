package wording_test

import (
	"slices"
	"testing"

	"suiji/internal/wording"
)

func TestClean(t *testing.T) {
	tests := []struct {
		name, in, want string
		flaws          wording.Flaw
	}{
		{"plain", "元氏县（槐阳）厂", "元氏县（槐阳）厂", 0},
		{"blanks of all widths", " \u3000元氏 \t 县\u00a0", "元氏 县", 0},
		{"full width stays", "１４８超市", "１４８超市", 0},
		{"direction mark", "甲\u202e厂", "甲厂", wording.Control},
		{"lost", "甲\ufffd厂", "甲\ufffd厂", wording.Lost},
		{"private use", "甲\ue000厂", "甲\ue000厂", wording.Private},
		{"lines become blanks", "甲\n乙", "甲 乙", 0},
	}
	for _, tt := range tests {
		if got, flaws := wording.Clean(tt.in, false); got != tt.want || flaws != tt.flaws {
			t.Errorf("%s: Clean(%q) = %q, %d, want %q, %d", tt.name, tt.in, got, flaws, tt.want, tt.flaws)
		}
	}
	if got, _ := wording.Clean("甲\n乙 ", true); got != "甲\n乙" {
		t.Errorf("Clean with lines = %q, want two", got)
	}
}

func TestFoldAndSplit(t *testing.T) {
	if got, want := wording.Fold("Ａ b（１）"), "ab(1)"; got != want {
		t.Errorf("Fold = %q, want %q", got, want)
	}
	if got, want := wording.Split("劳务派遣、投诉举报多；劳务派遣，"), []string{"劳务派遣", "投诉举报多"}; !slices.Equal(got, want) {
		t.Errorf("Split = %q, want %q", got, want)
	}
	if !wording.Nothing("暂无") || wording.Nothing("无锡") {
		t.Error("Nothing knows the words for nothing, and those only")
	}
}
