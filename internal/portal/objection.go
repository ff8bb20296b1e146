package portal

import (
	"context"
	"slices"

	"suiji/internal/disclosure"
)

// contested are the records of an authority with an objection under way.
type contested map[string]bool

// Marked reports whether a record bears the mark.
func (c contested) Marked(id string) bool { return c[id] }

func (s *Server) contested(ctx context.Context, authority string) (contested, error) {
	return s.Disclosure.Contested(ctx, authority)
}

// running returns the objection that is under way, of those to one record; nil
// if there is none.
func running(all []disclosure.Objection) *disclosure.Objection {
	if i := slices.IndexFunc(all, disclosure.Objection.Running); i >= 0 {
		return &all[i]
	}
	return nil
}

// objectionsJSON says of objections what is public: not who objects, nor why.
func objectionsJSON(all []disclosure.Objection) []any {
	out := []any{}
	for _, o := range all {
		out = append(out, map[string]any{"id": o.ID, "kind": string(o.Kind), "record": o.Record, "version": o.Version, "state": string(o.State),
			"received_on": o.ReceivedOn.String(), "due_on": o.Due.String(), "answer": o.Answer, "answered_at": stamp(o.AnsweredAt), "settled_at": stamp(o.SettledAt)})
	}
	return out
}

// contestedJSON are versions, those with an objection under way marked.
func contestedJSON(list []disclosure.Version, marks contested) []versionJSON {
	out := versionsJSON(list)
	for i, v := range list {
		marked := marks.Marked(v.FormID)
		out[i].Contested = &marked
	}
	return out
}
