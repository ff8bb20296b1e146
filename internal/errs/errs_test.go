package errs

import (
	"errors"
	"fmt"
	"testing"
)

func TestKindAndSentence(t *testing.T) {
	plain := errors.New("disk on fire")
	tests := []struct {
		name     string
		err      error
		kind     Kind
		sentence string
	}{
		{"no kind is ours", plain, Internal, ""},
		{"a rule", E(Invalid, "抽查比例应在 0 到 100% 之间"), Invalid, "抽查比例应在 0 到 100% 之间"},
		{"wrapped twice", fmt.Errorf("a: %w", fmt.Errorf("b: %w", E(NotFound, "没有"))), NotFound, "没有"},
		{"cause is not shown", Because(Unknown, "结果未知", plain), Unknown, "结果未知"},
		{"several", All([]Problem{{"a", "一"}, {"b", "二"}}), Invalid, "一；二"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			if got := KindOf(tt.err); got != tt.kind {
				t.Errorf("KindOf = %v, want %v", got, tt.kind)
			}
			if got := Sentence(tt.err); got != tt.sentence {
				t.Errorf("Sentence = %q, want %q", got, tt.sentence)
			}
		})
	}
	if All(nil) != nil {
		t.Error("All(nil) is an error, want none")
	}
	if !errors.Is(Because(Unknown, "x", plain), plain) {
		t.Error("the cause is lost to errors.Is")
	}
}
