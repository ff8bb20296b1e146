package credit

import (
	"context"
	"encoding/json"
	"fmt"
	"math"
	"strings"
	"time"

	"suiji/internal/access"
	"suiji/internal/errs"
	"suiji/internal/plan"
	"suiji/internal/register"
	"suiji/internal/store"
)

// Policy turns grades and tags into strata, ratios and tickets (1.03, 1.18): a
// rule of the office that a plan's task can take over.
type Policy struct {
	ID       string
	Name     string
	Basis    string // the document that says so
	Strata   []plan.Stratum
	Tickets  []plan.Ticket
	Revision int
	SavedBy  string
	SavedAt  time.Time
}

// rules is what a policy says, as it is kept.
type rules struct {
	Strata  []plan.Stratum
	Tickets []plan.Ticket
}

const policyCols = `policy_id, name, basis, rules, revision, saved_name, saved_at`

func scanPolicy(row store.Scanner) (p Policy, err error) {
	var text string
	var at int64
	if err = row.Scan(&p.ID, &p.Name, &p.Basis, &text, &p.Revision, &p.SavedBy, &at); err != nil {
		return p, err
	}
	var r rules
	err = json.Unmarshal([]byte(text), &r)
	p.Strata, p.Tickets, p.SavedAt = r.Strata, r.Tickets, time.UnixMilli(at).UTC()
	return p, err
}

// Policies returns the policies of an authority, by name.
func (s *Service) Policies(ctx context.Context, authority string) ([]Policy, error) {
	return store.All(ctx, s.DB, scanPolicy, `
		SELECT `+policyCols+`
		FROM credit_policy
		WHERE authority_id = $1
		ORDER BY name, policy_id`, authority)
}

// Policy returns one policy.
func (s *Service) Policy(ctx context.Context, authority, id string) (Policy, error) {
	return store.One(ctx, s.DB, scanPolicy, `
		SELECT `+policyCols+`
		FROM credit_policy
		WHERE authority_id = $1 AND policy_id = $2`, authority, id)
}

// SavePolicy writes a policy under its id; one with revision 0 is new. Conflict
// if somebody has saved it since.
func (s *Service) SavePolicy(ctx context.Context, a access.Actor, p Policy) error {
	if err := p.check(); err != nil {
		return err
	}
	text, err := json.Marshal(rules{p.Strata, p.Tickets})
	if err != nil {
		return err
	}
	return s.Door.Do(ctx, a, access.CreditEdit, "credit/policies/"+p.ID, func(tx *store.DB) error {
		n, err := tx.Exec(ctx, `
			UPDATE credit_policy
			SET name = $3, basis = $4, rules = $5, revision = revision + 1, saved_name = $6, saved_at = $7
			WHERE authority_id = $1 AND policy_id = $2 AND revision = $8`,
			a.Authority, p.ID, p.Name, p.Basis, string(text), a.Name, s.Now().UnixMilli(), p.Revision)
		if err != nil || n > 0 {
			return err
		}
		if p.Revision > 0 {
			return errs.E(errs.Conflict, "这份办法刚刚被他人改过，您的修改没有保存。请刷新后再改")
		}
		_, err = tx.Exec(ctx, `
			INSERT INTO credit_policy (authority_id, `+policyCols+`)
			VALUES ($1, $2, $3, $4, $5, 1, $6, $7)`,
			a.Authority, p.ID, p.Name, p.Basis, string(text), a.Name, s.Now().UnixMilli())
		return err
	})
}

func (p Policy) check() error {
	var ps []errs.Problem
	add := func(bad bool, field, sentence string) {
		if bad {
			ps = append(ps, errs.Problem{Field: field, Sentence: sentence})
		}
	}
	name := strings.TrimSpace(p.Name)
	add(name == "" || len([]rune(name)) > 60, "name", "请填写办法的名称，最多 60 字")
	add(len([]rune(p.Basis)) > 200, "basis", "依据最多 200 字")
	add(len(p.Strata) == 0 || !p.Strata[max(0, len(p.Strata)-1)].All(), "strata", "至少要有一层，最后一层不限标签和用工地，包括其余全部对象")
	for i, st := range p.Strata {
		at := fmt.Sprintf("stratum-%d-", i+1)
		add(st.Title == "", at+"title", fmt.Sprintf("第 %d 层没有名称", i+1))
		add(st.Ratio > plan.Whole, at+"ratio", fmt.Sprintf("第 %d 层的比例不能超过 100%%", i+1))
		add(st.All() && i < len(p.Strata)-1, at+"tag", fmt.Sprintf("第 %d 层不限标签和用工地，它后面的各层永远没有对象", i+1))
	}
	for i, k := range p.Tickets {
		add(k.Tag == "" || k.Tickets < 1 || k.Tickets > 1000, fmt.Sprintf("ticket-%d-tickets", i+1), fmt.Sprintf("第 %d 条签数规则要有标签，签数为 1 到 1000", i+1))
	}
	return errs.All(ps)
}

// Outlook is what a policy would do to one stratum with the register as it
// stands: how many firms, how many of them drawn in a year, and what chance it
// gives to whom.
type Outlook struct {
	Stratum plan.Stratum
	Firms   int
	Draw    int
	Chances []Chance
}

// Outlooks works out what a policy would do to the firms in operation, in one
// pass over the register.
func (s *Service) Outlooks(ctx context.Context, authority string, p Policy) ([]Outlook, error) {
	task := plan.Task{Strata: p.Strata, Tickets: p.Tickets}
	all := make([]Outlook, len(p.Strata))
	classes := make([]map[int]int, len(p.Strata))
	at := map[string]int{}
	for i, st := range p.Strata {
		all[i].Stratum, classes[i], at[st.Name] = st, map[int]int{}, i
	}
	err := s.Register.EachTarget(ctx, nil, authority, register.Scope{}, func(t register.Target) error {
		if i, ok := at[task.Stratum(t.Tags, t.WorkArea())]; ok && t.Operating() {
			all[i].Firms++
			classes[i][task.TicketsOf(t.Tags)]++
		}
		return nil
	})
	for i := range all {
		all[i].Draw = all[i].Stratum.Wants(all[i].Firms)
		var of []Class
		for tickets, firms := range classes[i] {
			of = append(of, Class{tickets, firms})
		}
		all[i].Chances = Chances(of, all[i].Draw)
	}
	return all, err
}

// Percent prints a chance: 5.03%.
func (c Chance) Percent() string { return percent(c.P) }

// Margin prints the error of a simulated chance: ±0.30%; empty if it was
// worked out.
func (c Chance) Margin() string {
	if c.Error == 0 {
		return ""
	}
	return "±" + percent(c.Error)
}

func percent(p float64) string {
	return fmt.Sprintf("%.2f%%", math.Round(p*1e4)/1e2)
}
