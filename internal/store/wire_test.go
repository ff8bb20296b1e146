package store_test

import (
	"testing"

	"suiji/internal/store"
)

// What goes over a network to the database must be encrypted, to a server
// whose certificate is checked, without falling back.
func TestWire(t *testing.T) {
	for _, test := range []struct {
		dsn string
		ok  bool
	}{
		{"data/suiji.db", true},
		{"postgres://u@/suiji?host=/run/postgresql", true},
		{"postgres://u@127.0.0.1/suiji", true},
		{"postgres://u@[::1]/suiji?sslmode=disable", true},
		{"postgres://u@db.internal/suiji", false}, // falls back by default
		{"postgres://u@db.internal/suiji?sslmode=disable", false},
		{"postgres://u@db.internal/suiji?sslmode=require", false},
		{"postgres://u@db.internal/suiji?sslmode=verify-full", true},
		{"postgres://u@127.0.0.1,db.internal/suiji?sslmode=prefer", false},
		{"postgres://u@db.internal:x/suiji", false},
	} {
		if found, ok := store.Wire(test.dsn); ok != test.ok || found == "" {
			t.Errorf("Wire(%q) = %q, %v", test.dsn, found, ok)
		}
	}
}
