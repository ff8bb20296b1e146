package reckon

import (
	"slices"
	"strings"

	"suiji/internal/plan"
	"suiji/internal/store"
	"suiji/ledger"
)

// plans works out the public record of each plan that was published.
func (r *run) plans() error {
	ids, err := store.All(r.ctx, r.DB, store.Value[string], `
		SELECT plan_id
		FROM plan
		WHERE authority_id = $1
		ORDER BY plan_id`, r.authority)
	if err != nil {
		return err
	}
	for _, id := range ids {
		record := "plan " + id
		p, err := r.Plan.Plan(r.ctx, r.authority, id)
		if err != nil {
			r.differs(nil, record, "读不出来：%v", err)
			continue
		}
		if p.State != plan.Published && p.State != plan.Closed {
			continue
		}
		digest, err := r.Plan.Digest(r.ctx, p)
		if err != nil {
			return err
		}
		typ := ledger.PlanPublished
		if p.Amends != "" {
			typ = ledger.PlanAmended
		}
		if e := r.one(id, typ, record); e != nil {
			r.want(digest == e.text("digest"), e, record, "内容与公布时的指纹不符")
			r.want(p.Digest == e.text("digest") && p.ApprovedDigest == e.text("digest"), e, record, "所记的指纹与台账不符")
			r.want(e.near(p.PublishedAt), e, record, "公布时间与台账不符")
			if err := r.versions(p, e, record); err != nil {
				return err
			}
		}
		r.counted("plan")
	}
	if err := r.orphans("plan", "plan_id", "plan_basis", "plan_task", "plan_window"); err != nil {
		return err
	}
	return r.orphans("plan_task", "plan_id task_no", "plan_item", "plan_slot", "plan_stratum", "plan_ticket")
}

// versions holds a plan to those before and after it.
func (r *run) versions(p plan.Plan, e *entry, record string) error {
	if p.Amends == "" {
		r.want(p.Root == p.ID && p.Version == 1 && p.AmendReason == "", e, record, "不是变更，却记着变更")
	} else {
		before, err := r.Plan.Plan(r.ctx, r.authority, p.Amends)
		r.want(err == nil && before.Digest == e.text("amends"), e, record, "所变更的不是台账上的那一版")
	}
	all, err := r.Plan.Versions(r.ctx, r.authority, p.Root)
	if err != nil {
		return err
	}
	replaced := slices.ContainsFunc(all, func(x plan.Plan) bool { return x.Amends == p.ID })
	r.want(p.Replaced == replaced, e, record, "是否已被代替与后一版不符")
	return nil
}

// orphans finds rows that belong to no row of the table that they are part of,
// by the columns that both have.
func (r *run) orphans(table, columns string, children ...string) error {
	on, names := "", strings.Fields(columns)
	for _, c := range names {
		on += " AND t." + c + " = c." + c
	}
	for _, child := range children {
		bad, err := store.All(r.ctx, r.DB, store.Value[string], `
			SELECT DISTINCT c.`+names[0]+`
			FROM `+child+` c
			WHERE c.authority_id = $1 AND NOT EXISTS (
				SELECT 1
				FROM `+table+` t
				WHERE t.authority_id = c.authority_id`+on+`)
			ORDER BY 1`, r.authority)
		if err != nil {
			return err
		}
		for _, x := range bad {
			r.differs(nil, child+" "+x, "不属于 %s 里的任何一条", table)
		}
	}
	return nil
}
