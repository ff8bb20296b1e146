package portal

import (
	"context"
	"fmt"

	"suiji/calendar"
	"suiji/internal/inspection"
	"suiji/internal/page"
	"suiji/internal/schedule"
)

// owed is what a firm has to do by a day. Nobody can write to a firm whose
// address for messages is not known: its page tells it.
type owed struct {
	What string
	Due  calendar.Date
	Href string // empty: not here, but at the office's own address
	Act  string
	Tag  page.Tag
}

// owes lists what a form's firm has still to send: proof of what it was told to
// put right, papers for a written review.
func (s *Server) owes(ctx context.Context, f inspection.Form) (all []owed, err error) {
	add := func(what string, due calendar.Date, href, act string) {
		if href = "/c/" + f.Code + href; s.Alone {
			href = ""
		}
		all = append(all, owed{what, due, href, act, remaining(s.today().DaysUntil(due))})
	}
	if s.Casework != nil {
		duties, err := s.Casework.Duties(ctx, f)
		if err != nil {
			return nil, err
		}
		for _, d := range duties {
			if d.Takes && d.SubmittedOn.Zero() {
				add(fmt.Sprintf("改正问题 %d，并提交证明材料", d.No), d.Due, fmt.Sprintf("/rectify#duty-%d", d.No), "提交改正材料")
			}
		}
	}
	if !f.StartedOn.Zero() {
		return all, nil
	}
	told, err := s.Inspection.Schedule.Summonses(ctx, f.Authority, f.RoundID, f.Firm.TargetID)
	for _, n := range told {
		if n.Mode == schedule.Written && n.Placed() {
			add("提交书面检查材料", n.Day, "/papers", "提交书面检查材料")
		}
	}
	return all, err
}

// remaining says how many days are left, as loudly as that asks for.
func remaining(days int) page.Tag {
	switch {
	case days < 0:
		return page.Tag{Tone: page.Bad, Word: fmt.Sprintf("已超过 %d 天", -days)}
	case days == 0:
		return page.Tag{Tone: page.Warn, Word: "今天是最后一天"}
	case days <= 3:
		return page.Tag{Tone: page.Warn, Word: fmt.Sprintf("还有 %d 天", days)}
	}
	return page.Tag{Tone: page.Doing, Word: fmt.Sprintf("还有 %d 天", days)}
}
