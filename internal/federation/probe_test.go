package federation_test

import (
	"strings"
	"testing"
	"time"

	"suiji/internal/audit"
	"suiji/internal/federation"
	"suiji/internal/federation/federationtest"
	"suiji/internal/identity"
	"suiji/internal/store/storetest"
)

// An administrator is told whether the provider answers, is the one that was
// set, and keeps the same time.
func TestProbe(t *testing.T) {
	off := time.Duration(0)
	now := func() time.Time { return time.Now().Add(off) }
	db := storetest.SQLite(t)
	door := audit.New(db, now)
	p := federationtest.New(t, now)
	s := federation.New(db, door, identity.New(db, door, now), now)
	at := func(issuer string) {
		s.At(federation.Settings{Issuer: issuer, Client: federationtest.Client, Hosts: []string{"127.0.0.1"}}, "https://suiji.example.gov.cn")
	}
	at(p.URL)
	if ahead, err := s.Probe(t.Context()); err != nil || ahead.Abs() > 5*time.Second {
		t.Errorf("Probe() = %v, %v, want hardly any difference", ahead, err)
	}
	off = 10 * time.Minute
	if ahead, err := s.Probe(t.Context()); err != nil || ahead > -9*time.Minute {
		t.Errorf("with our clock ten minutes ahead: %v, %v", ahead, err)
	}
	off = 0
	at(p.URL + "/")
	if _, err := s.Probe(t.Context()); err == nil || !strings.Contains(err.Error(), "它自称 "+p.URL) {
		t.Errorf("another issuer: %v", err)
	}
	at(p.URL)
	p.Down = true
	if _, err := s.Probe(t.Context()); err == nil {
		t.Error("a provider that is down: no error")
	}
	s.At(federation.Settings{Issuer: p.URL, Client: federationtest.Client}, "")
	if _, err := s.Probe(t.Context()); err == nil {
		t.Error("a host that is not listed was reached")
	}
}
