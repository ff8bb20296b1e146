package store

import "testing"

func TestGiven(t *testing.T) {
	for _, tt := range []struct {
		name, round, form, want string
		args                    int
	}{
		{"nothing", "", "", "", 1},
		{"both", "r", "f", " AND x.round_id = $2 AND x.form_id = $3", 3},
		{"the second alone", "", "f", " AND x.form_id = $2", 2},
	} {
		got, args := Given([]any{"a"}, "x.round_id", tt.round, "x.form_id", tt.form)
		if got != tt.want || len(args) != tt.args {
			t.Errorf("%s: Given = %q with %v, want %q with %d", tt.name, got, args, tt.want, tt.args)
		}
	}
}
