// Package errs gives every failure a kind, and a sentence for the person at
// the desk. What has no kind is our own fault: it is logged, never shown.
package errs

import (
	"errors"
	"strings"
)

// Kind says who can do something about an error.
type Kind int

// The kinds of error. Doors translate them once: to a status, a page, an exit
// code.
const (
	Internal  Kind = iota // our fault: log it, say nothing
	Invalid               // the input breaks a rule: show the sentence, keep the form
	NotFound              // no such thing, or not yours to see
	Conflict              // someone was first, or the thing has moved on
	Forbidden             // signed in, not allowed
	SignIn                // not signed in
	Prove                 // signed in, must show again who it is; then the same may be sent again
	Unknown               // the database did not say whether it kept the change
	Full                  // no room on the disk: nothing was kept
	Away                  // the database cannot be reached, or its disk does not answer: nothing was kept
)

// A Problem is one broken rule. Field names the input that broke it, as the
// form calls it; empty means the whole.
type Problem struct {
	Field    string
	Sentence string
}

// Error is a failure with its kind and what to tell the user.
type Error struct {
	Kind     Kind
	Problems []Problem
	cause    error
}

// Error returns the sentences, one after the other.
func (e *Error) Error() string {
	parts := make([]string, len(e.Problems))
	for i, p := range e.Problems {
		parts[i] = p.Sentence
	}
	s := strings.Join(parts, "；")
	if e.cause != nil {
		s += ": " + e.cause.Error()
	}
	return s
}

// Unwrap returns the technical cause, which users never see.
func (e *Error) Unwrap() error { return e.cause }

// E makes an error of a kind with its sentence.
func E(k Kind, sentence string) error {
	return &Error{Kind: k, Problems: []Problem{{Sentence: sentence}}}
}

// At makes an Invalid error that belongs to an input field.
func At(field, sentence string) error {
	return &Error{Kind: Invalid, Problems: []Problem{{Field: field, Sentence: sentence}}}
}

// AtBecause is At that keeps its technical cause for the log.
func AtBecause(field, sentence string, cause error) error {
	return &Error{Kind: Invalid, Problems: []Problem{{Field: field, Sentence: sentence}}, cause: cause}
}

// Because makes an error of a kind that keeps its technical cause for the log.
func Because(k Kind, sentence string, cause error) error {
	return &Error{Kind: k, Problems: []Problem{{Sentence: sentence}}, cause: cause}
}

// All makes one Invalid error of several problems, or nil of none.
func All(problems []Problem) error {
	if len(problems) == 0 {
		return nil
	}
	return &Error{Kind: Invalid, Problems: problems}
}

// Ours reports whether whoever runs the program must hear of such an error: it
// is no answer to what a person has done.
func (k Kind) Ours() bool { return k == Internal || k == Unknown || k == Full || k == Away }

// KindOf returns the kind of err; Internal if it has none.
func KindOf(err error) Kind {
	var e *Error
	if errors.As(err, &e) {
		return e.Kind
	}
	return Internal
}

// Problems returns what to tell the user; nothing for an internal error.
func Problems(err error) []Problem {
	var e *Error
	if errors.As(err, &e) && e.Kind != Internal {
		return e.Problems
	}
	return nil
}

// Sentence returns the user's sentence, empty for an internal error.
func Sentence(err error) string {
	ps := Problems(err)
	parts := make([]string, len(ps))
	for i, p := range ps {
		parts[i] = p.Sentence
	}
	return strings.Join(parts, "；")
}
