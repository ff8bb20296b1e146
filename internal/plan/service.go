package plan

import (
	"context"
	"fmt"
	"time"

	"suiji/calendar"
	"suiji/internal/access"
	"suiji/internal/audit"
	"suiji/internal/caps"
	"suiji/internal/errs"
	"suiji/internal/identity"
	"suiji/internal/reference"
	"suiji/internal/register"
	"suiji/internal/scribe"
	"suiji/internal/store"
)

// Config is what a Service stands on. All are required.
type Config struct {
	DB        *store.DB
	Door      *audit.Door
	Scribe    *scribe.Scribe
	Now       func() time.Time
	Identity  *identity.Service
	Reference *reference.Service
	Register  *register.Service
	Caps      *caps.Service
}

// Service keeps the plans.
type Service struct{ Config }

// New makes the service.
func New(c Config) *Service { return &Service{c} }

func (s *Service) today() calendar.Date { return calendar.In(s.Now()) }

// Plan returns one plan.
func (s *Service) Plan(ctx context.Context, authority, id string) (Plan, error) {
	return load(ctx, s.DB, authority, id)
}

// Plans returns all plans of an authority, the newest first.
func (s *Service) Plans(ctx context.Context, authority string) ([]Plan, error) {
	return loadWhere(ctx, s.DB, authority, [2]State{})
}

// Published returns the plans that hold, each in its newest version, the newest
// first. Versions has the older ones.
func (s *Service) Published(ctx context.Context, authority string) ([]Plan, error) {
	return loadWhere(ctx, s.DB, authority, [2]State{Published, Closed})
}

// Draft begins a plan for a year under an id that the caller made (an
// identifier of at most 40 characters). It is filled with what the rules of
// the field ask for unless a plan says otherwise; the table is empty.
func (s *Service) Draft(ctx context.Context, a access.Actor, id string, year int) error {
	if !identifier.MatchString(id) {
		return errs.E(errs.Invalid, "计划的内部编号有误，请重新打开“起草计划”页面")
	}
	if year < 2000 || year > 2100 {
		return errs.At("year", fmt.Sprintf("计划年度应在 2000 到 2100 之间，现为 %d", year))
	}
	office, err := s.Identity.Authority(ctx, a.Authority)
	if err != nil {
		return err
	}
	return s.Door.Do(ctx, a, access.PlanEdit, id, func(tx *store.DB) error {
		v, err := s.Register.Version(ctx, a.Authority, register.Targets)
		if err != nil {
			return err
		}
		p := defaults(office.Name, year)
		p.Authority, p.ID, p.State, p.Root, p.Version = a.Authority, id, Draft, id, 1
		if v.Number > 0 {
			p.BaseVersion, p.BaseCount, p.BaseOn = v.Number, v.Count, s.today()
		}
		p.DraftedBy, p.Revision, p.SavedBy, p.SavedAt = a.ID, 1, a.Name, s.Now()
		return insertPlan(ctx, tx, p)
	})
}

// defaults is a plan before anybody has written in it.
func defaults(office string, year int) Plan {
	return Plan{
		Year: year, Title: fmt.Sprintf("%s%d年度“双随机、一公开”随机抽查工作计划", office, year), Issuer: office,
		Ratio: 500, Rounding: Up, FloorSize: 5,
		Officers: 2, ConfirmDays: 2, PublishDays: 20, PublishUnit: calendar.Days, TaskDays: 20, Disclosure: DigestFirst,
		RuleVanished: "抽中后查实已注销、吊销、迁出或不在本辖区的，经两人核实后剔除，由同层下一名候补递补，剔除数量向社会公开；检查时通过登记的住所无法联系的，如实记录并公示。",
		RuleAgain:    "同一对象一年内只抽查一次，已抽中的不再进入后续批次；年度比例按不同对象计算。",
		RuleRecusal:  "执法人员与检查对象有利害关系的应当回避：封存前登记的由系统排除，封存后提出的经批准后按抽取先后顺序递补。",
	}
}

// Save writes a draft. p names the revision it started from; if somebody has
// saved since, nothing is written and the error (Conflict) says who, and what
// now differs. A plan with a base date is counted anew when the register or
// the strata have changed; without one it has no base. The notices tell what
// was put right on the way.
func (s *Service) Save(ctx context.Context, a access.Actor, p Plan) (notices []string, err error) {
	p, notices = Normal(p)
	p.Authority = a.Authority
	if err := storable(p); err != nil {
		return nil, err
	}
	if err := s.count(ctx, &p); err != nil {
		return nil, err
	}
	err = s.Door.Do(ctx, a, access.PlanEdit, p.ID, func(tx *store.DB) error {
		old, err := s.draft(ctx, tx, a, p.ID, p.Revision)
		if err != nil {
			return conflicting(err, old, p)
		}
		if err := s.copyItems(ctx, a.Authority, p.Tasks); err != nil {
			return err
		}
		p.Year, p.Trail = old.Year, old.Trail
		p.Root, p.Version, p.Amends, p.AmendReason = old.Root, old.Version, old.Amends, old.AmendReason
		p.Revision, p.SavedBy, p.SavedAt = old.Revision+1, a.Name, s.Now()
		return updateContent(ctx, tx, p)
	})
	return notices, err
}

// draft returns a plan that may still be changed, at the revision that the
// caller saw.
func (s *Service) draft(ctx context.Context, tx *store.DB, a access.Actor, id string, revision int) (Plan, error) {
	p, err := load(ctx, tx, a.Authority, id)
	if err != nil {
		return p, err
	}
	if p.State != Draft {
		return p, errs.E(errs.Conflict, "计划“"+p.State.Name()+"”，不能再改。需要修改的，请先由领导退回")
	}
	if p.Revision != revision {
		at := calendar.Clock(p.SavedAt).Format("2006-01-02 15:04")
		return p, errs.E(errs.Conflict, p.SavedBy+"于 "+at+" 改过这份计划，您的修改没有保存。请核对后再保存一次，将以您页面上的内容为准")
	}
	return p, nil
}

// copyItems writes into the tasks what the item list says of their items.
func (s *Service) copyItems(ctx context.Context, authority string, tasks []Task) error {
	list, err := s.items(ctx, authority)
	if err != nil {
		return err
	}
	for _, t := range tasks {
		for i := range t.Items {
			it, ok := list[t.Items[i].ID]
			if !ok {
				return errs.At(fmt.Sprintf("task-%d-items", t.No), "抽查事项清单里没有所选的事项，请重新选择")
			}
			t.Items[i].Name, t.Items[i].Basis = it.Name, it.Basis
		}
	}
	return nil
}

// Submit hands a draft to the leader. A plan with a defect that refuses stays
// a draft, and the error names every such defect. revision is the one the
// clerk saw.
func (s *Service) Submit(ctx context.Context, a access.Actor, id string, revision int) error {
	return s.Door.Do(ctx, a, access.PlanEdit, id, func(tx *store.DB) error {
		p, err := s.draft(ctx, tx, a, id, revision)
		if err != nil {
			return err
		}
		if err := s.sound(ctx, p); err != nil {
			return err
		}
		p.State, p.SubmittedBy, p.Reason = Submitted, a.ID, ""
		return updateState(ctx, tx, p)
	})
}

// sound returns the defects that refuse p as one error.
func (s *Service) sound(ctx context.Context, p Plan) error {
	facts, err := s.FactsOf(ctx, p)
	if err != nil {
		return err
	}
	var problems []errs.Problem
	for _, d := range Check(p, facts) {
		if d.Severity == Refuse {
			problems = append(problems, errs.Problem{Sentence: d.Sentence})
		}
	}
	return errs.All(problems)
}

// Digest returns the digest of a plan's public record, in hex, with the hash
// of its authority.
func (s *Service) Digest(ctx context.Context, p Plan) (string, error) {
	office, err := s.Identity.Authority(ctx, p.Authority)
	if err != nil {
		return "", err
	}
	return p.DigestWith(office.Hash)
}

// in returns a plan if it is in one of the states.
func (s *Service) in(ctx context.Context, tx *store.DB, a access.Actor, id string, states ...State) (Plan, error) {
	p, err := load(ctx, tx, a.Authority, id)
	if err != nil {
		return p, err
	}
	for _, st := range states {
		if p.State == st {
			return p, nil
		}
	}
	return p, errs.E(errs.Conflict, "计划目前是“"+p.State.Name()+"”，不能进行此操作，没有任何改动。请刷新页面查看最新状态")
}

// Approve signs exactly the record whose digest the leader saw. Whoever
// drafted or submitted the plan cannot approve it.
func (s *Service) Approve(ctx context.Context, a access.Actor, id, digest, opinion string) error {
	return s.Door.Do(ctx, a, access.PlanApprove, id, func(tx *store.DB) error {
		p, err := s.in(ctx, tx, a, id, Submitted)
		if err != nil {
			return err
		}
		if a.ID == p.DraftedBy || a.ID == p.SubmittedBy {
			return errs.E(errs.Forbidden, "计划是您起草或报批的，须由其他领导批准。没有任何改动")
		}
		now, err := s.Digest(ctx, p)
		if err != nil {
			return err
		}
		if now != digest {
			return errs.E(errs.Conflict, "计划的内容与您看到的不一致，没有批准。请重新核对后再批准")
		}
		if err := s.sound(ctx, p); err != nil {
			return err
		}
		p.State, p.ApprovedBy, p.ApprovedDigest, p.Opinion = Approved, a.ID, digest, opinion
		return updateState(ctx, tx, p)
	})
}

// minReason is the shortest reason for a return, in characters.
const minReason = 5

// Return gives a submitted or approved plan back to its drafter, with a reason
// of five characters or more.
func (s *Service) Return(ctx context.Context, a access.Actor, id, reason string) error {
	if len([]rune(reason)) < minReason {
		return errs.At("reason", fmt.Sprintf("请写明退回的原因，至少 %d 个字", minReason))
	}
	return s.Door.Do(ctx, a, access.PlanApprove, id, func(tx *store.DB) error {
		p, err := s.in(ctx, tx, a, id, Submitted, Approved)
		if err != nil {
			return err
		}
		p.State, p.SubmittedBy, p.ApprovedBy, p.ApprovedDigest, p.Opinion, p.Reason = Draft, "", "", "", "", reason
		return updateState(ctx, tx, p)
	})
}

// Publish makes an approved plan public and enters its digest into the ledger.
// A plan that has become defective since its approval (an item withdrawn) is
// refused.
func (s *Service) Publish(ctx context.Context, a access.Actor, id string) error {
	return s.Door.Do(ctx, a, access.PlanPublish, id, func(tx *store.DB) error {
		p, err := s.in(ctx, tx, a, id, Approved)
		if err != nil {
			return err
		}
		if err := s.sound(ctx, p); err != nil {
			return err
		}
		digest, err := s.Digest(ctx, p)
		if err != nil {
			return err
		}
		if digest != p.ApprovedDigest {
			return errs.E(errs.Conflict, "计划的内容与批准时不一致，不能公布。请领导退回后重新报批")
		}
		p.State, p.Digest, p.PublishedAt = Published, digest, s.Now()
		entry, data := "plan.published", map[string]any{"digest": digest}
		if p.Amends == "" {
			p.Serial, err = nextSerial(ctx, tx, p)
		} else {
			entry = "plan.amended"
			data["amends"], err = replace(ctx, tx, &p)
		}
		if err != nil {
			return err
		}
		if err := updateState(ctx, tx, p); err != nil {
			return err
		}
		return s.Scribe.Enter(ctx, tx, a.Authority, entry, p.ID, data)
	})
}

// nextSerial counts the plans that were published for the year; versions of
// one plan are one.
func nextSerial(ctx context.Context, tx *store.DB, p Plan) (int, error) {
	n, err := store.One(ctx, tx, store.Value[int], `
		SELECT count(*)
		FROM plan
		WHERE authority_id = $1 AND year = $2 AND serial > 0 AND version = 1`, p.Authority, p.Year)
	return n + 1, err
}

// Close ends a published plan once its last window is over.
func (s *Service) Close(ctx context.Context, a access.Actor, id string) error {
	return s.Door.Do(ctx, a, access.PlanPublish, id, func(tx *store.DB) error {
		p, err := s.in(ctx, tx, a, id, Published)
		if err != nil {
			return err
		}
		if p.Replaced {
			return errs.E(errs.Conflict, "这一版已被新的版本代替，请结束最新的版本。没有任何改动")
		}
		last := p.Windows[len(p.Windows)-1].EndsOn
		if !s.today().After(last) {
			return errs.E(errs.Conflict, fmt.Sprintf("最后一批抽查到 %s 才结束，计划还不能结束", last))
		}
		p.State = Closed
		return updateState(ctx, tx, p)
	})
}
