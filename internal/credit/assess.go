package credit

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	"suiji/calendar"
	"suiji/internal/access"
	"suiji/internal/errs"
	"suiji/internal/register"
	"suiji/internal/store"
)

// seriousViolations is how many violations in a year make grade C (2.6).
const seriousViolations = 3

// ObjectDays is how many working days a firm has to object to a proposal that
// it was told of.
const ObjectDays = 15

// integrityRule is one rule of the re-grading; the first that fires decides.
type integrityRule struct {
	grade string
	text  string
	fires func(n map[FactKind]int) bool
}

// integrityRules are the criteria of 人社部规〔2016〕1号 as the field's rules
// give them (2.6).
var integrityRules = []integrityRule{
	{"C", "引发群体性事件", func(n map[FactKind]int) bool { return n[MassEvent] > 0 }},
	{"C", "使用童工或者强迫劳动", func(n map[FactKind]int) bool { return n[ChildLabour]+n[Forced] > 0 }},
	{"C", "拒不履行处理、处罚决定", func(n map[FactKind]int) bool { return n[Refusal] > 0 }},
	{"C", "拒绝、阻挠检查", func(n map[FactKind]int) bool { return n[Obstruction] > 0 }},
	{"C", "被追究刑事责任", func(n map[FactKind]int) bool { return n[Crime] > 0 }},
	{"C", fmt.Sprintf("一年内因违法行为被查处 %d 次以上", seriousViolations), func(n map[FactKind]int) bool { return n[Violation] >= seriousViolations }},
	{"B", "因违法行为被查处，但不属于 C 级情形", func(n map[FactKind]int) bool { return n[Violation] > 0 }},
	{"A", "全年没有因违法行为被查处", func(map[FactKind]int) bool { return true }},
}

// IntegrityRules returns the criteria in words: a grade and what it takes.
func IntegrityRules() []Grade {
	var all []Grade
	for _, r := range integrityRules {
		all = append(all, Grade{r.grade, r.text})
	}
	return all
}

// integrity returns the grade that a year's facts make, and the rule.
func integrity(facts []Fact) integrityRule {
	n := map[FactKind]int{}
	for _, f := range facts {
		n[f.Kind]++
	}
	return integrityRules[slices.IndexFunc(integrityRules, func(r integrityRule) bool { return r.fires(n) })]
}

// ProposalState is how far a proposal has come.
type ProposalState string

// The states of a proposal.
const (
	Proposed  ProposalState = "proposed"
	Confirmed ProposalState = "confirmed"
	Told      ProposalState = "told"
	Objected  ProposalState = "objected"
	Settled   ProposalState = "settled"
	Effective ProposalState = "effective"
	Rejected  ProposalState = "rejected"
)

// ProposalStates lists the states with their Chinese names, in order.
var ProposalStates = []struct {
	State ProposalState
	Name  string
}{
	{Proposed, "待审核"}, {Confirmed, "待告知"}, {Told, "已告知"}, {Objected, "异议处理中"}, {Settled, "异议已答复"}, {Effective, "已生效"}, {Rejected, "未采纳"},
}

// Name returns a state in Chinese.
func (s ProposalState) Name() string {
	for _, x := range ProposalStates {
		if x.State == s {
			return x.Name
		}
	}
	return string(s)
}

// Proposal is a grade in labour-security integrity that the rules propose for
// a firm (1.45).
type Proposal struct {
	ID          string
	Target      string // id
	Name        string // of the firm
	Year        int
	Old         string // grade before; empty: none
	Grade       string
	Rule        string // that fired
	State       ProposalState
	ProposedBy  string // account
	Proposer    string
	ProposedAt  time.Time
	ReviewedBy  string // account
	Reviewer    string
	Opinion     string
	ToldOn      calendar.Date
	ToldHow     string
	ObjectUntil calendar.Date // last day to object
	Objection   string
	ObjectedOn  calendar.Date
	Decision    string
	Decider     string
	EffectiveOn calendar.Date
	Revision    int64
	Evidence    []Fact // Proposal only
}

const proposalCols = `p.proposal_id, p.target_id, t.name, p.year, p.old_grade, p.grade, p.rule, p.state, p.proposed_by, p.proposed_name, p.proposed_at,
	p.reviewed_by, p.reviewed_name, p.opinion, p.told_on, p.told_how, p.object_until, p.objection, p.objected_on, p.decision, p.decided_name, p.effective_on, p.revision`

const fromProposals = `
		FROM credit_proposal p
		JOIN register_target t ON t.authority_id = p.authority_id AND t.target_id = p.target_id`

func scanProposal(row store.Scanner) (p Proposal, err error) {
	var at int64
	var days [4]string
	err = row.Scan(&p.ID, &p.Target, &p.Name, &p.Year, &p.Old, &p.Grade, &p.Rule, &p.State, &p.ProposedBy, &p.Proposer, &at,
		&p.ReviewedBy, &p.Reviewer, &p.Opinion, &days[0], &p.ToldHow, &days[1], &p.Objection, &days[2], &p.Decision, &p.Decider, &days[3], &p.Revision)
	p.ProposedAt = time.UnixMilli(at).UTC()
	for i, to := range []*calendar.Date{&p.ToldOn, &p.ObjectUntil, &p.ObjectedOn, &p.EffectiveOn} {
		if err == nil {
			*to, err = day(days[i])
		}
	}
	return p, err
}

// ProposalFilter chooses proposals; empty fields choose all.
type ProposalFilter struct {
	State  ProposalState
	Grade  string
	Target string
	Skip   int
	Limit  int
}

// Proposals returns proposals, the gravest grades and newest years first, and
// how many there are in all.
func (s *Service) Proposals(ctx context.Context, authority string, f ProposalFilter) ([]Proposal, int, error) {
	where := `
		WHERE p.authority_id = $1 AND (p.state = $2 OR $2 = '') AND (p.grade = $3 OR $3 = '') AND (p.target_id = $4 OR $4 = '')`
	args := []any{authority, string(f.State), f.Grade, f.Target}
	total, err := store.One(ctx, s.DB, store.Value[int], `SELECT count(*)`+fromProposals+where, args...)
	if err != nil {
		return nil, 0, err
	}
	all, err := store.All(ctx, s.DB, scanProposal, `
		SELECT `+proposalCols+fromProposals+where+`
		ORDER BY p.year DESC, p.grade DESC, p.proposal_id
		LIMIT $5 OFFSET $6`, append(args, f.Limit, f.Skip)...)
	return all, total, err
}

// Proposal returns one proposal with its evidence.
func (s *Service) Proposal(ctx context.Context, authority, id string) (Proposal, error) {
	p, err := readProposal(ctx, s.DB, authority, id)
	if err != nil {
		return p, err
	}
	p.Evidence, err = store.All(ctx, s.DB, scanFact, `
		SELECT `+factCols+fromFacts+`
		JOIN credit_evidence e ON e.authority_id = f.authority_id AND e.fact_id = f.fact_id
		WHERE e.authority_id = $1 AND e.proposal_id = $2
		ORDER BY f.happened_on, f.fact_id`, authority, id)
	return p, err
}

func readProposal(ctx context.Context, db *store.DB, authority, id string) (Proposal, error) {
	return store.One(ctx, db, scanProposal, `
		SELECT `+proposalCols+fromProposals+`
		WHERE p.authority_id = $1 AND p.proposal_id = $2`, authority, id)
}

// Propose works out the grades of a year's record and proposes those that
// differ from the present ones, for enterprises in operation. Proposals that
// stand already are left as they are, so it can be asked again. It returns how
// many it made.
func (s *Service) Propose(ctx context.Context, a access.Actor, year int) (int, error) {
	if year < 2000 || year >= s.today().Year() {
		return 0, errs.At("year", fmt.Sprintf("评价的是上一年度或更早的守法情况，最晚是 %d 年", s.today().Year()-1))
	}
	n := 0
	err := s.Door.Do(ctx, a, access.CreditEdit, fmt.Sprintf("credit/proposals/%d", year), func(tx *store.DB) error {
		x, err := readScheme(ctx, tx, a.Authority, Integrity)
		if errs.KindOf(err) == errs.NotFound && err != nil {
			return errs.E(errs.Conflict, "还没有启用“企业劳动保障守法诚信等级”，请先启用")
		}
		if err != nil {
			return err
		}
		n, err = s.propose(ctx, tx, a, x, year)
		return err
	})
	return n, err
}

func (s *Service) propose(ctx context.Context, tx *store.DB, a access.Actor, x Scheme, year int) (int, error) {
	facts, err := s.factsOf(ctx, tx, a.Authority, year)
	if err != nil {
		return 0, err
	}
	now, err := standing(ctx, tx, a.Authority, x.ID, year)
	if err != nil {
		return 0, err
	}
	var due []Proposal
	err = s.Register.EachTarget(ctx, tx, a.Authority, register.Scope{}, func(t register.Target) error {
		has := now[t.ID]
		if t.Kind != enterprise || !t.Operating() || has.proposed {
			return nil
		}
		if r := integrity(facts[t.ID]); r.grade != has.grade {
			due = append(due, Proposal{ID: store.NewID(s.Now()), Target: t.ID, Year: year, Old: has.grade, Grade: r.grade, Rule: r.text, Evidence: facts[t.ID]})
		}
		return nil
	})
	if err != nil {
		return 0, err
	}
	for _, p := range due {
		if err := s.insertProposal(ctx, tx, a, x.ID, p); err != nil {
			return 0, err
		}
	}
	return len(due), nil
}

// factsOf returns what happened in a year and counts, by firm.
func (s *Service) factsOf(ctx context.Context, tx *store.DB, authority string, year int) (map[string][]Fact, error) {
	all, err := store.All(ctx, tx, scanFact, `
		SELECT `+factCols+fromFacts+`
		WHERE f.authority_id = $1 AND f.happened_on >= $2 AND f.happened_on <= $3 AND f.revoked = '' AND f.kind NOT IN ($4, $5)
		ORDER BY f.target_id, f.happened_on, f.fact_id`, authority, fmt.Sprintf("%d-01-01", year), fmt.Sprintf("%d-12-31", year), string(Complaint), string(Problem))
	by := map[string][]Fact{}
	for _, f := range all {
		by[f.Target] = append(by[f.Target], f)
	}
	return by, err
}

// stand is the grade that a firm has, and whether the year's proposal is made.
type stand struct {
	grade    string
	proposed bool
}

func standing(ctx context.Context, tx *store.DB, authority, scheme string, year int) (map[string]stand, error) {
	now := map[string]stand{}
	graded, err := store.All(ctx, tx, scanPair, `
		SELECT target_id, grade
		FROM credit_grade
		WHERE authority_id = $1 AND scheme_id = $2 AND current
		ORDER BY target_id`, authority, scheme)
	if err != nil {
		return nil, err
	}
	for _, g := range graded {
		now[g.a] = stand{grade: g.b}
	}
	made, err := store.All(ctx, tx, store.Value[string], `
		SELECT target_id
		FROM credit_proposal
		WHERE authority_id = $1 AND scheme_id = $2 AND year = $3
		ORDER BY target_id`, authority, scheme, year)
	for _, id := range made {
		now[id] = stand{grade: now[id].grade, proposed: true}
	}
	return now, err
}

func (s *Service) insertProposal(ctx context.Context, tx *store.DB, a access.Actor, scheme string, p Proposal) error {
	_, err := tx.Exec(ctx, `
		INSERT INTO credit_proposal (authority_id, proposal_id, scheme_id, target_id, year, old_grade, grade, rule, state, proposed_by, proposed_name, proposed_at,
			reviewed_by, reviewed_name, opinion, told_on, told_how, object_until, objection, objected_on, decision, decided_name, effective_on, revision)
		VALUES ($1, $2, $3, $4, $5, $6, $7, $8, 'proposed', $9, $10, $11, '', '', '', '', '', '', '', '', '', '', '', 1)`,
		a.Authority, p.ID, scheme, p.Target, p.Year, p.Old, p.Grade, p.Rule, a.ID, a.Name, s.Now().UnixMilli())
	if err != nil {
		return err
	}
	for _, f := range p.Evidence {
		_, err := tx.Exec(ctx, `
			INSERT INTO credit_evidence (authority_id, proposal_id, fact_id)
			VALUES ($1, $2, $3)`, a.Authority, p.ID, f.ID)
		if err != nil {
			return err
		}
	}
	return nil
}

// step takes proposals from one state to the next. set changes the fields that
// the step fills, or refuses. All go or none.
func (s *Service) step(ctx context.Context, a access.Actor, act access.Action, ids []string, from []ProposalState, set func(p *Proposal) error) error {
	if len(ids) == 0 {
		return errs.E(errs.Invalid, "请先选择要办理的评价建议")
	}
	return s.Door.Do(ctx, a, act, "credit/proposals/"+strings.Join(ids[:min(3, len(ids))], " "), func(tx *store.DB) error {
		for _, id := range ids {
			p, err := readProposal(ctx, tx, a.Authority, id)
			if err != nil {
				return err
			}
			if !slices.Contains(from, p.State) {
				return errs.E(errs.Conflict, p.Name+"的评价建议目前是“"+p.State.Name()+"”，不能这样办理。没有任何改动")
			}
			if err := set(&p); err != nil {
				return err
			}
			if err := updateProposal(ctx, tx, a.Authority, p); err != nil {
				return err
			}
		}
		return nil
	})
}

func updateProposal(ctx context.Context, tx *store.DB, authority string, p Proposal) error {
	_, err := tx.Exec(ctx, `
		UPDATE credit_proposal
		SET grade = $3, state = $4, reviewed_by = $5, reviewed_name = $6, opinion = $7, told_on = $8, told_how = $9, object_until = $10,
			objection = $11, objected_on = $12, decision = $13, decided_name = $14, effective_on = $15, revision = revision + 1
		WHERE authority_id = $1 AND proposal_id = $2`,
		authority, p.ID, p.Grade, string(p.State), p.ReviewedBy, p.Reviewer, p.Opinion, p.ToldOn.String(), p.ToldHow, p.ObjectUntil.String(),
		p.Objection, p.ObjectedOn.String(), p.Decision, p.Decider, p.EffectiveOn.String())
	return err
}

// Review confirms proposals, or rejects them with a reason. Nobody reviews
// what he proposed himself.
func (s *Service) Review(ctx context.Context, a access.Actor, ids []string, confirm bool, opinion string) error {
	opinion = strings.TrimSpace(opinion)
	if !confirm && len([]rune(opinion)) < 5 || len([]rune(opinion)) > 200 {
		return errs.At("opinion", "不采纳的请写明原因，5 到 200 字")
	}
	return s.step(ctx, a, access.CreditReview, ids, []ProposalState{Proposed}, func(p *Proposal) error {
		if p.ProposedBy == a.ID {
			return errs.E(errs.Forbidden, "评价建议须由提出人以外的人审核，没有任何改动")
		}
		p.State, p.ReviewedBy, p.Reviewer, p.Opinion = Confirmed, a.ID, a.Name, opinion
		if !confirm {
			p.State = Rejected
		}
		return nil
	})
}

// Tell notes when and how the firms were told. From the day after they have 15
// working days to object.
func (s *Service) Tell(ctx context.Context, a access.Actor, ids []string, on calendar.Date, how string) error {
	how = strings.TrimSpace(how)
	switch {
	case on.Zero() || on.After(s.today()):
		return errs.At("told_on", fmt.Sprintf("请填写告知日期，不晚于今天（%s）", s.today()))
	case how == "" || len([]rune(how)) > 100:
		return errs.At("told_how", "请写明告知方式，例如“直接送达”，最多 100 字")
	}
	cal, err := s.Reference.Calendar(ctx)
	if err != nil {
		return err
	}
	until, err := cal.Deadline(on, ObjectDays, calendar.Workdays)
	if err != nil {
		return errs.Because(errs.Conflict, err.Error()+"，无法计算异议期限。请系统管理员先录入该年度放假通知", err)
	}
	return s.step(ctx, a, access.CreditEdit, ids, []ProposalState{Confirmed}, func(p *Proposal) error {
		p.State, p.ToldOn, p.ToldHow, p.ObjectUntil = Told, on, how, until.Due
		return nil
	})
}

// Object enters what a firm objects to its proposed grade.
func (s *Service) Object(ctx context.Context, a access.Actor, id string, on calendar.Date, text string) error {
	text = strings.TrimSpace(text)
	if n := len([]rune(text)); n < 5 || n > 1000 {
		return errs.At("objection", "请写明异议的内容，5 到 1000 字")
	}
	return s.step(ctx, a, access.CreditEdit, []string{id}, []ProposalState{Told}, func(p *Proposal) error {
		switch {
		case on.Zero() || on.Before(p.ToldOn) || on.After(s.today()):
			return errs.At("objected_on", "异议日期应在告知之后，不晚于今天")
		case on.After(p.ObjectUntil):
			return errs.At("objected_on", fmt.Sprintf("异议期限是 %s，已经超过；企业仍可在等级生效后申请复核", p.ObjectUntil))
		}
		p.State, p.Objection, p.ObjectedOn = Objected, text, on
		return nil
	})
}

// Decide answers an objection: the grade stays, or becomes another one. The
// leader decides, who is neither proposer nor reviewer.
func (s *Service) Decide(ctx context.Context, a access.Actor, id, grade, decision string) error {
	decision = strings.TrimSpace(decision)
	if n := len([]rune(decision)); n < 5 || n > 1000 {
		return errs.At("decision", "请写明答复的内容和理由，5 到 1000 字")
	}
	x, err := s.Scheme(ctx, a.Authority, Integrity)
	if err != nil {
		return err
	}
	if grade == "" || x.Read(grade) != grade {
		return errs.At("grade", "请选择等级（"+x.codes()+"）")
	}
	return s.step(ctx, a, access.CreditDecide, []string{id}, []ProposalState{Objected}, func(p *Proposal) error {
		if p.ProposedBy == a.ID || p.ReviewedBy == a.ID {
			return errs.E(errs.Forbidden, "异议须由提出人、审核人以外的人答复，没有任何改动")
		}
		p.State, p.Decision, p.Decider, p.Grade = Settled, decision, a.Name, grade
		return nil
	})
}

// Enforce puts into effect, from today, every grade whose firm was told and has
// not objected in time, or has its answer. It makes one version and returns
// how many there were.
func (s *Service) Enforce(ctx context.Context, a access.Actor) (int, error) {
	n := 0
	err := s.Door.Do(ctx, a, access.CreditReview, "credit/proposals/effective", func(tx *store.DB) error {
		x, err := readScheme(ctx, tx, a.Authority, Integrity)
		if err != nil {
			return err
		}
		today := s.today()
		ripe, err := store.All(ctx, tx, scanProposal, `
			SELECT `+proposalCols+fromProposals+`
			WHERE p.authority_id = $1 AND p.scheme_id = $2 AND (p.state = 'settled' OR p.state = 'told' AND p.object_until < $3)
			ORDER BY p.year, p.proposal_id`, a.Authority, x.ID, today.String())
		if err != nil {
			return err
		}
		if n = len(ripe); n == 0 {
			return errs.E(errs.Conflict, "没有可以生效的评价建议：已告知的要等异议期满，有异议的要先答复")
		}
		grades := map[string]string{}
		for _, p := range ripe {
			grades[p.Target] = p.Grade
			p.State, p.EffectiveOn = Effective, today
			if err := updateProposal(ctx, tx, a.Authority, p); err != nil {
				return err
			}
		}
		now, err := standing(ctx, tx, a.Authority, x.ID, 0)
		if err != nil {
			return err
		}
		for id, g := range grades {
			if now[id].grade == g {
				delete(grades, id) // the answer to an objection was the old grade
			}
		}
		_, err = s.give(ctx, tx, a, x, Version{DataOn: today, Source: "评价建议"}, grades)
		return err
	})
	return n, err
}
