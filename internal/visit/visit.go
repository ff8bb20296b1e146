// Package visit keeps what happens on the spot (执法全过程记录, domain.md §2.9):
// the arrival with time and place, the photographs, the signatures, and the
// result as the inspector's phone sends it. A record has an id that the phone
// made: sent again, in whatever order and however often, it is applied once
// and answered alike. It owns the tables visit_….
//
// A result goes into the form by the rules of package inspection; what must be
// proved on the spot besides is held here. A result that was made from a form
// which the office has changed meanwhile is kept beside it (stale), until the
// inspector has seen both and says which holds.
package visit

import (
	"context"
	"runtime"
	"time"

	"suiji/calendar"
	"suiji/internal/access"
	"suiji/internal/audit"
	"suiji/internal/errs"
	"suiji/internal/identity"
	"suiji/internal/inspection"
	"suiji/internal/schedule"
	"suiji/internal/store"
)

// Config is what a Service stands on. All are required.
type Config struct {
	DB         *store.DB
	Door       *audit.Door
	Now        func() time.Time
	Identity   *identity.Service
	Inspection *inspection.Service
	Dir        string // photographs are kept under it
}

// Service keeps the visits.
type Service struct {
	Config
	opening chan struct{} // a place for each picture that is being opened
}

// New makes the service.
func New(c Config) *Service {
	return &Service{c, make(chan struct{}, runtime.GOMAXPROCS(0))}
}

func (s *Service) today() calendar.Date { return calendar.In(s.Now()) }

// Officer returns which officer of the register an account is.
// Errors: Forbidden if it is none.
func (s *Service) Officer(ctx context.Context, a access.Actor) (string, error) {
	acc, err := s.Identity.Account(ctx, a.Authority, a.ID)
	if err != nil && errs.KindOf(err) != errs.NotFound {
		return "", err
	}
	if acc.OfficerID == "" {
		return "", errs.E(errs.Forbidden, "您的账号没有与执法人员名录对应，看不到检查任务。请系统管理员在账号里填写您的人员编号")
	}
	return acc.OfficerID, nil
}

// Progress is how far a task has come.
type Progress string

// The states of a task, in order.
const (
	Waiting Progress = "waiting" // 待查
	Begun   Progress = "begun"   // 进行中
	Done    Progress = "done"    // 已完成
)

// Name returns the state in Chinese.
func (p Progress) Name() string {
	return map[Progress]string{Waiting: "待查", Begun: "进行中", Done: "已完成"}[p]
}

// Task is one firm that the inspector's team has to visit.
type Task struct {
	inspection.Form
	Progress Progress
	Planned  schedule.Visit
}

// Today reports whether the firm is to be visited on a day.
func (t Task) Today(day calendar.Date) bool {
	return t.Progress != Done && t.Planned.Mode == schedule.OnSite && t.Planned.Day == day
}

// Missed reports whether its day has passed and nobody was there.
func (t Task) Missed(today calendar.Date) bool {
	v := t.Planned
	return t.Progress == Waiting && v.Mode == schedule.OnSite && v.Placed() && v.Day.Before(today) && v.Begun.Zero() && v.Urgent == nil
}

// Tasks lists the tasks of a's own teams: those to be done in the order of the
// days and of each day's way, then those that are done. Rounds that are closed
// are left out.
func (s *Service) Tasks(ctx context.Context, a access.Actor) ([]Task, error) {
	officer, err := s.Officer(ctx, a)
	if err != nil {
		return nil, err
	}
	forms, err := s.Inspection.Forms(ctx, a.Authority, inspection.Filter{Officer: officer, Going: true})
	if err != nil || len(forms) == 0 {
		return nil, err
	}
	arrived, err := arrivedAt(ctx, s.DB, a.Authority, forms)
	if err != nil {
		return nil, err
	}
	planned, err := s.planned(ctx, forms)
	return sorted(forms, arrived, planned), err
}

// arrivedAt are those of the forms whose firm somebody has arrived at.
func arrivedAt(ctx context.Context, db *store.DB, authority string, forms []inspection.Form) ([]string, error) {
	ids := make([]string, len(forms))
	for i, f := range forms {
		ids[i] = f.ID
	}
	these, args := store.OneOf("form_id", ids, []any{authority})
	return store.All(ctx, db, store.Value[string], `
		SELECT DISTINCT form_id
		FROM visit_record
		WHERE authority_id = $1 AND `+these+` AND kind = 'arrival'
		ORDER BY form_id`, args...)
}

// planned are the lines of the forms' schedules, by form.
func (s *Service) planned(ctx context.Context, forms []inspection.Form) (map[string]schedule.Visit, error) {
	rounds, lines := map[string]map[string]schedule.Visit{}, map[string]schedule.Visit{}
	for _, f := range forms {
		if rounds[f.RoundID] == nil {
			x, err := s.Inspection.Schedule.Schedule(ctx, f.Authority, f.RoundID)
			if err != nil {
				return nil, err
			}
			rounds[f.RoundID] = map[string]schedule.Visit{}
			for _, v := range x.Visits {
				rounds[f.RoundID][v.TargetID] = v
			}
		}
		lines[f.ID] = rounds[f.RoundID][f.Firm.TargetID]
	}
	return lines, nil
}

// Planned is a form's line in its round's schedule.
func (s *Service) Planned(ctx context.Context, f inspection.Form) (schedule.Visit, error) {
	_, v, err := s.Inspection.Schedule.Of(ctx, f.Authority, f.RoundID, f.Firm.TargetID)
	return v, err
}

// Own returns a form of one of a's teams. Errors: NotFound for any other.
func (s *Service) Own(ctx context.Context, a access.Actor, formID string) (inspection.Form, error) {
	officer, err := s.Officer(ctx, a)
	if err != nil {
		return inspection.Form{}, err
	}
	if err := s.own(ctx, s.DB, a, officer, formID); err != nil {
		return inspection.Form{}, err
	}
	return s.Inspection.Form(ctx, a.Authority, formID)
}

func (s *Service) own(ctx context.Context, db *store.DB, a access.Actor, officer, formID string) error {
	piece, args := inspection.Within(ctx, a.Authority, formID, officer)
	n, err := store.One(ctx, db, store.Value[int], `
		SELECT count(*)
		FROM inspection_form f
		JOIN round_officer m ON m.authority_id = f.authority_id AND m.round_id = f.round_id AND m.target_id = f.target_id AND m.slot = f.slot
		WHERE f.authority_id = $1 AND f.form_id = $2 AND m.officer_id = $3 AND m.state = 'team'`+piece, args...)
	if err == nil && n == 0 {
		err = errs.E(errs.NotFound, "您的检查任务里没有这一户：可能已经换人，也可能网址有误")
	}
	return err
}

// Past lists the earlier inspections of the form's firm, the newest first.
func (s *Service) Past(ctx context.Context, f inspection.Form) ([]inspection.Form, error) {
	all, err := s.Inspection.Forms(ctx, f.Authority, inspection.Filter{TargetID: f.Firm.TargetID, State: inspection.Confirmed})
	var past []inspection.Form
	for i := len(all) - 1; i >= 0; i-- {
		if all[i].ID != f.ID {
			past = append(past, all[i])
		}
	}
	return past, err
}
