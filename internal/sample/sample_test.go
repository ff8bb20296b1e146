package sample

import (
	"bytes"
	"encoding/csv"
	"io"
	"testing"

	"suiji/internal/uscc"
)

func TestTargetsAreWellFormedAndDistinct(t *testing.T) {
	const n = 3000
	one, err := File(func(w io.Writer) error { return Targets(w, n, 1) })
	if err != nil {
		t.Fatal(err)
	}
	rows, err := csv.NewReader(bytes.NewReader(one)).ReadAll()
	if err != nil || len(rows) != n+1 {
		t.Fatalf("%d rows, %v, want %d", len(rows), err, n+1)
	}
	seen := map[string]bool{}
	for _, r := range rows[1:] {
		if c := uscc.Check(r[1]); !c.Valid() || len(c.Warnings) > 0 || seen[r[1]] {
			t.Fatalf("code %s is wrong or stands twice", r[1])
		}
		seen[r[1]] = true
	}
	again, _ := File(func(w io.Writer) error { return Targets(w, n, 1) })
	if !bytes.Equal(one, again) {
		t.Error("the same seed gives other firms")
	}
}
