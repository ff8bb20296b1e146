package randomness

import (
	"bytes"
	"errors"
	"fmt"
	"strings"
	"testing"
)

func TestNewSecret(t *testing.T) {
	got, err := NewSecret(bytes.NewReader(bytes.Repeat([]byte{0xa5}, 40)))
	if want := strings.Repeat("a5", 32); err != nil || got != want {
		t.Errorf("NewSecret = %s, %v, want %s", got, err, want)
	}
	if got, err := NewSecret(strings.NewReader("short")); err == nil {
		t.Errorf("NewSecret(5 bytes) = %s, want an error", got)
	}
}

// TestCommit holds commitments of the worked cases of docs/spec/vectors.
func TestCommit(t *testing.T) {
	tests := []struct {
		name, value, want string
		hash              Hash
	}{
		{"bureau", "8ec28f2cc41da35913b80e71ae087ecaaac31f4889c46957611d1f5f6ed0092b", "a88a2e1e55f905e483cddbca022011087628a8638e8cf4a207b22da190411bf6", "sha256"},
		{"witness-1", "c9f820242bf8228ecbdce484804866676dd92ee014b422b247a67497f4b33bcb", "12c1967e9762442bee909d460c2cfce06413b2fbbc6b8e31d946ddc000bccb80", "sha256"},
		{"bureau", "88142732f425b54d708ca42e108dd573e1b08189266a52829f2139e12efe22d3", "6fd4abe27ba3c856c8f74c8707a694b9ea2648f7698088d2322bc68b7940f2fc", "sm3"},
	}
	for _, tt := range tests {
		if got := Commit(tt.hash, tt.name, tt.value); got != tt.want {
			t.Errorf("Commit(%s, %s) = %s, want %s", tt.hash, tt.name, got, tt.want)
		}
		if err := Open(tt.hash, tt.name, tt.value, tt.want); err != nil {
			t.Errorf("Open(%s, %s) = %v, want nil", tt.hash, tt.name, err)
		}
		if err := Open(tt.hash, tt.name+"x", tt.value, tt.want); !errors.Is(err, ErrCommitment) {
			t.Errorf("Open under another name = %v, want %v", err, ErrCommitment)
		}
		if err := Open(tt.hash, tt.name, tt.value+"0", tt.want); err == nil || errors.Is(err, ErrCommitment) {
			t.Errorf("Open of 65 digits = %v, want an error of form", err)
		}
	}
}

func TestEntropy(t *testing.T) {
	tests := []struct {
		value string
		want  int
	}{
		{"", 0}, {"6", 2}, {"7", 3}, {strings.Repeat("35", 25), 129}, {strings.Repeat("9", 39), 129}, {strings.Repeat("9", 38), 126},
	}
	for _, tt := range tests {
		if got := Entropy(tt.value); got != tt.want {
			t.Errorf("Entropy(%q) = %d, want %d", tt.value, got, tt.want)
		}
	}
}

func ExampleCommit() {
	secret, err := NewSecret(strings.NewReader("thirty-two bytes from the system"))
	if err != nil {
		panic(err)
	}
	commitment := Commit("sha256", "witness-1", secret)
	fmt.Println(commitment)
	fmt.Println(Open("sha256", "witness-1", secret, commitment))
	// Output:
	// ff5a32a1ed83db8cfafd0c7f106429dc8fe32ee2d61a226ba77d35ab4cdccbe3
	// <nil>
}
