package schedule

import (
	"context"
	"fmt"
	"strings"

	"suiji/internal/caps"
	"suiji/internal/identity"
)

// Summons is what the notice of an inspection (行政检查通知书) says to a firm.
type Summons struct {
	Visit
	Schedule Schedule
	Office   identity.Authority
	Turn     caps.Turn
}

// Summonses writes the notices of those firms of a round that may be told (all
// of them, or the one named), in the order of the visits.
func (s *Service) Summonses(ctx context.Context, authority, roundID, target string) ([]Summons, error) {
	return s.summonses(ctx, authority, roundID, target, Schedule.Tellable)
}

// Prospect is what the notice of one firm would say, whether or not it may be
// told. Errors: NotFound.
func (s *Service) Prospect(ctx context.Context, authority, roundID, target string) (Summons, error) {
	all, err := s.summonses(ctx, authority, roundID, target, func(Schedule, Visit) bool { return true })
	if err == nil && len(all) == 0 {
		err = errNoVisit
	}
	if err != nil {
		return Summons{}, err
	}
	return all[0], nil
}

func (s *Service) summonses(ctx context.Context, authority, roundID, target string, wanted func(Schedule, Visit) bool) ([]Summons, error) {
	x, err := s.read(ctx, s.DB, authority, roundID, target)
	if err != nil {
		return nil, err
	}
	office, err := s.Identity.Authority(ctx, authority)
	if err != nil {
		return nil, err
	}
	var items []string
	for _, i := range x.Items {
		items = append(items, i.ID)
	}
	counter, err := s.Caps.Counter(ctx, nil, authority, s.today(), items)
	if err != nil {
		return nil, err
	}
	var all []Summons
	for _, v := range x.Visits {
		if !wanted(x, v) {
			continue
		}
		t, err := s.Register.Target(ctx, authority, v.TargetID)
		if err != nil {
			return nil, err
		}
		all = append(all, Summons{Visit: v, Schedule: x, Office: office, Turn: counter.Turn(v.TargetID, t.Tags, v.Day.Year())})
	}
	return all, nil
}

// Often says in words which visit of the year this is.
func (n Summons) Often() string {
	r := n.Turn.Rule
	if n.Mode == Written {
		return fmt.Sprintf("这是书面检查，不到现场，不计入现场检查次数；本年度对你单位的现场检查计 %d 次。", n.Turn.Visits)
	}
	if r.Title == "" {
		return fmt.Sprintf("这是本机关本年度对你单位的第 %d 次行政检查。", max(1, n.Turn.Visits))
	}
	span := "本年度"
	if r.Years > 1 {
		span = fmt.Sprintf("近 %d 年", r.Years)
	}
	return fmt.Sprintf("这是%s（%s）对你单位的第 %d 次行政检查，上限 %d 次（%s）。", span, r.Who.Name(), max(1, n.Turn.Visits), r.Most, r.Source)
}

// Prepare lists the papers that the firm is to prepare.
func (n Summons) Prepare() []string {
	var all []string
	for _, i := range n.Schedule.Items {
		for _, l := range strings.Split(i.Prepare, "\n") {
			if l != "" {
				all = append(all, l)
			}
		}
	}
	return all
}
