// Package ledger is the office's transparency log as anyone may check it: the
// entries and their one byte form, checkpoints signed over the tree, proofs
// that an entry is in a tree and that one tree extends another, and receipts.
// It follows C2SP tlog-checkpoint and tlog-proof and docs/spec/ledger.md. It
// is pure: bytes in, bytes out.
package ledger

import (
	"errors"
	"fmt"
	"time"
	"unicode/utf8"

	"suiji/internal/canon"
)

// Type names what an entry says was done.
type Type string

// The types of docs/spec/ledger.md.
const (
	RegisterVersioned  Type = "register.versioned"
	PlanPublished      Type = "plan.published"
	PlanAmended        Type = "plan.amended"
	RoundSealed        Type = "round.sealed"
	RoundRolled        Type = "round.rolled"
	RoundRevealed      Type = "round.revealed"
	RoundDrawn         Type = "round.drawn"
	RoundAbandoned     Type = "round.abandoned"
	RoundDisclosed     Type = "round.disclosed"
	TargetRemoved      Type = "target.removed"
	TargetPromoted     Type = "target.promoted"
	OfficerSubstituted Type = "officer.substituted"
	OfficerAssigned    Type = "officer.assigned"
	ResultPublished    Type = "result.published"
	ResultCorrected    Type = "result.corrected"
	ResultWithdrawn    Type = "result.withdrawn"
	PenaltyPublished   Type = "penalty.published"
	PenaltyWithdrawn   Type = "penalty.withdrawn"
	ObjectionReceived  Type = "objection.received"
	ObjectionAnswered  Type = "objection.answered"
	RateStated         Type = "rate.stated"
	SettingsStated     Type = "settings.stated"
	AlarmRaised        Type = "alarm.raised"
	AuditHead          Type = "audit.head"
)

var known = map[Type]bool{
	RegisterVersioned: true, PlanPublished: true, PlanAmended: true,
	RoundSealed: true, RoundRolled: true, RoundRevealed: true, RoundDrawn: true,
	RoundAbandoned: true, RoundDisclosed: true, TargetRemoved: true, TargetPromoted: true,
	OfficerSubstituted: true, OfficerAssigned: true, ResultPublished: true, ResultCorrected: true, ResultWithdrawn: true,
	PenaltyPublished: true, PenaltyWithdrawn: true, ObjectionReceived: true, ObjectionAnswered: true, RateStated: true,
	SettingsStated: true, AlarmRaised: true, AuditHead: true,
}

// Known reports whether t is a type of docs/spec/ledger.md. A reader passes
// over types that it does not know; a writer must not write them.
func (t Type) Known() bool { return known[t] }

// Version is the only version of an entry.
const Version = 1

// MaxEntry is the greatest length of an entry in bytes: what the two length
// bytes of a C2SP entry bundle can say.
const MaxEntry = 1<<16 - 1

// maxName bounds an entry's type and subject, in bytes.
const maxName = 200

// timeForm is an entry's instant: UTC, whole seconds.
const timeForm = "2006-01-02T15:04:05Z"

// Entry is one act that the office can be held to.
type Entry struct {
	Type    Type
	At      time.Time // UTC, whole seconds
	Subject string    // what the act was about, for example a manifest's id
	Data    map[string]any
}

// New makes an entry of whatever prints as a JSON object. At is cut to whole
// seconds.
func New(typ Type, at time.Time, subject string, data any) (Entry, error) {
	raw, err := canon.JSON(data)
	if err != nil {
		return Entry{}, fmt.Errorf("entry %s: data: %w", typ, err)
	}
	v, err := canon.Parse(raw)
	if err != nil {
		return Entry{}, fmt.Errorf("entry %s: data: %w", typ, err)
	}
	object, ok := v.(map[string]any)
	if !ok {
		return Entry{}, fmt.Errorf("entry %s: data is not an object", typ)
	}
	e := Entry{Type: typ, At: at.UTC().Truncate(time.Second), Subject: subject, Data: object}
	_, err = e.Bytes()
	return e, err
}

// Bytes returns the entry's canonical JSON: the leaf of the tree.
func (e Entry) Bytes() ([]byte, error) {
	if err := e.check(); err != nil {
		return nil, err
	}
	raw, err := canon.JSON(e.object())
	if err != nil {
		return nil, fmt.Errorf("entry %s: %w", e.Type, err)
	}
	if len(raw) > MaxEntry {
		return nil, fmt.Errorf("entry %s has %d bytes, %d are allowed", e.Type, len(raw), MaxEntry)
	}
	return raw, nil
}

func (e Entry) object() map[string]any {
	return map[string]any{
		"v": int64(Version), "type": string(e.Type), "at": e.At.Format(timeForm),
		"subject": e.Subject, "data": e.Data,
	}
}

func (e Entry) check() error {
	if err := checkName(string(e.Type)); err != nil {
		return fmt.Errorf("entry's type: %w", err)
	}
	if err := checkName(e.Subject); err != nil {
		return fmt.Errorf("entry's subject: %w", err)
	}
	if e.Data == nil {
		return errors.New("entry has no data")
	}
	if y := e.At.Year(); y < 1 || y > 9999 || e.At.Location() != time.UTC || e.At.Nanosecond() != 0 {
		return errors.New("entry's time is not in whole seconds of UTC")
	}
	return nil
}

// checkName keeps type and subject to one short line of text.
func checkName(s string) error {
	if s == "" || len(s) > maxName || !utf8.ValidString(s) {
		return fmt.Errorf("not 1 to %d bytes of UTF-8", maxName)
	}
	for _, r := range s {
		if r < ' ' || r == 0x7f {
			return errors.New("has a control character")
		}
	}
	return nil
}

// ParseEntry reads an entry from its canonical JSON and nothing else: exactly
// the five members, so that ParseEntry and Bytes undo each other.
func ParseEntry(raw []byte) (Entry, error) {
	if len(raw) > MaxEntry {
		return Entry{}, fmt.Errorf("entry has %d bytes, %d are allowed", len(raw), MaxEntry)
	}
	if err := canon.IsCanonical(raw); err != nil {
		return Entry{}, fmt.Errorf("entry: %w", err)
	}
	v, err := canon.Parse(raw)
	if err != nil {
		return Entry{}, fmt.Errorf("entry: %w", err)
	}
	return entryOf(v)
}

// entryOf reads an entry from a parsed value.
func entryOf(v any) (Entry, error) {
	object, err := members(v, "v", "type", "at", "subject", "data")
	if err != nil {
		return Entry{}, fmt.Errorf("entry: %w", err)
	}
	if v, ok := object["v"].(int64); !ok || v != Version {
		return Entry{}, fmt.Errorf("entry's v is not %d", Version)
	}
	typ, ok1 := object["type"].(string)
	at, ok2 := object["at"].(string)
	subject, ok3 := object["subject"].(string)
	data, ok4 := object["data"].(map[string]any)
	if !ok1 || !ok2 || !ok3 || !ok4 {
		return Entry{}, errors.New("entry has a member of the wrong sort")
	}
	e := Entry{Type: Type(typ), Subject: subject, Data: data}
	if e.At, err = parseTime(at); err != nil {
		return Entry{}, err
	}
	return e, e.check()
}

// parseTime takes the one form only: time.Parse alone would let fractions
// pass.
func parseTime(s string) (time.Time, error) {
	at, err := time.Parse(timeForm, s)
	if err != nil || at.Format(timeForm) != s {
		return time.Time{}, fmt.Errorf("entry's time %.40q is not YYYY-MM-DDTHH:MM:SSZ", s)
	}
	return at, nil
}

// members returns v as an object that has exactly the members named.
func members(v any, names ...string) (map[string]any, error) {
	object, ok := v.(map[string]any)
	if !ok {
		return nil, errors.New("not an object")
	}
	for _, name := range names {
		if _, ok := object[name]; !ok {
			return nil, fmt.Errorf("member %q is missing", name)
		}
	}
	if len(object) != len(names) {
		return nil, fmt.Errorf("has %d members, not the %d that belong there", len(object), len(names))
	}
	return object, nil
}
