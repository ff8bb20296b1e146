package api

import (
	"fmt"
	"testing"

	"github.com/jackc/pgx/v5/pgconn"

	"suiji/internal/errs"
)

// A change that lost every race to others may win when it is sent again: its
// answer is none of those that are kept under the key.
func TestRacedMaySendAgain(t *testing.T) {
	for code, want := range map[string]int{"40001": 503, "23505": 409} {
		err := fmt.Errorf("amend: %w", errs.Because(errs.Conflict, "同一内容正被他人修改", &pgconn.PgError{Code: code}))
		if p := explain("ABCD-2345", err); p.Status != want || p.Detail != "同一内容正被他人修改" {
			t.Errorf("%s: %d %s, want %d", code, p.Status, p.Detail, want)
		}
	}
}
