package scribe

import (
	"errors"
	"testing"

	"github.com/jackc/pgx/v5/pgconn"

	"suiji/internal/errs"
)

// A ledger has stopped when the database does not hold what was signed, and
// not when a turn of the sequencer lost its race or could not reach the disk.
func TestWhatStops(t *testing.T) {
	lost := errs.Because(errs.Conflict, "请稍后再试", &pgconn.PgError{Code: "40001"})
	for _, tt := range []struct {
		name string
		err  error
		want bool
	}{
		{"altered", altered(3, nil), true},
		{"a lost race", lost, false},
		{"a full disk", errors.New("no space left on device"), false},
		{"nothing", nil, false},
	} {
		s := stopped{why: map[string]error{}}
		s.note("a", tt.err)
		if got := s.why["a"] != nil; got != tt.want {
			t.Errorf("%s stops the ledger: %v, want %v", tt.name, got, tt.want)
		}
	}
}
