package plan

import (
	"context"
	"fmt"
	"strconv"
	"strings"
	"time"

	"suiji/calendar"
	"suiji/internal/store"
)

// contentCols are what a draft's author writes; the rest is bookkeeping.
const contentCols = `title, number, issuer, issued_on, addressees, leader, contact, body,
	base_version, base_count, base_on, ratio, rounding, floor_size, officers, field,
	confirm_days, publish_days, publish_unit, task_days, archive_on, disclosure,
	rule_vanished, rule_again, rule_recusal, revision, saved_by, saved_at, caps, leave_days`

const planCols = `authority_id, plan_id, year, serial, state, ` + contentCols + `,
	drafted_by, submitted_by, approved_by, approved_digest, opinion, reason, published_at, digest,
	root_id, version, amends, amend_reason, replaced`

// scanDate reads a date column; the empty text is no day.
type scanDate struct{ d *calendar.Date }

// Scan implements sql.Scanner.
func (s scanDate) Scan(v any) error {
	switch v := v.(type) {
	case string:
		return s.d.UnmarshalText([]byte(v))
	case []byte:
		return s.d.UnmarshalText(v)
	}
	return fmt.Errorf("date column holds a %T", v)
}

// scanTime reads UTC milliseconds; 0 is the zero time.
type scanTime struct{ t *time.Time }

// Scan implements sql.Scanner.
func (s scanTime) Scan(v any) error {
	ms, ok := v.(int64)
	if !ok {
		return fmt.Errorf("time column holds a %T", v)
	}
	*s.t = time.Time{}
	if ms != 0 {
		*s.t = time.UnixMilli(ms).UTC()
	}
	return nil
}

func scanPlan(row store.Scanner) (p Plan, err error) {
	err = row.Scan(&p.Authority, &p.ID, &p.Year, &p.Serial, &p.State,
		&p.Title, &p.Number, &p.Issuer, scanDate{&p.IssuedOn}, &p.Addressees, &p.Leader, &p.Contact, &p.Body,
		&p.BaseVersion, &p.BaseCount, scanDate{&p.BaseOn}, &p.Ratio, &p.Rounding, &p.FloorSize, &p.Officers, &p.Field,
		&p.ConfirmDays, &p.PublishDays, &p.PublishUnit, &p.TaskDays, scanDate{&p.ArchiveOn}, &p.Disclosure,
		&p.RuleVanished, &p.RuleAgain, &p.RuleRecusal, &p.Revision, &p.SavedBy, scanTime{&p.SavedAt}, &p.Caps, &p.LeaveDays,
		&p.DraftedBy, &p.SubmittedBy, &p.ApprovedBy, &p.ApprovedDigest, &p.Opinion, &p.Reason, scanTime{&p.PublishedAt}, &p.Digest,
		&p.Root, &p.Version, &p.Amends, &p.AmendReason, &p.Replaced)
	return p, err
}

// content returns the values of contentCols.
func (p Plan) content() []any {
	return []any{
		p.Title, p.Number, p.Issuer, p.IssuedOn.String(), p.Addressees, p.Leader, p.Contact, p.Body,
		p.BaseVersion, p.BaseCount, p.BaseOn.String(), int(p.Ratio), p.Rounding, p.FloorSize, p.Officers, p.Field,
		p.ConfirmDays, p.PublishDays, string(p.PublishUnit), p.TaskDays, p.ArchiveOn.String(), p.Disclosure,
		p.RuleVanished, p.RuleAgain, p.RuleRecusal, p.Revision, p.SavedBy, store.Millis(p.SavedAt), p.Caps, p.LeaveDays,
	}
}

func insertPlan(ctx context.Context, tx *store.DB, p Plan) error {
	args := append([]any{p.Authority, p.ID, p.Year, p.Serial, string(p.State)}, p.content()...)
	args = append(args, p.DraftedBy, p.SubmittedBy, p.ApprovedBy, p.ApprovedDigest, p.Opinion, p.Reason, store.Millis(p.PublishedAt), p.Digest,
		p.Root, p.Version, p.Amends, p.AmendReason, p.Replaced)
	_, err := tx.Exec(ctx, `
		INSERT INTO plan (`+planCols+`)
		VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18, $19, $20, $21,
			$22, $23, $24, $25, $26, $27, $28, $29, $30, $31, $32, $33, $34, $35, $36, $37, $38, $39, $40, $41, $42, $43, $44, $45, $46, $47, $48)`, args...)
	return err
}

// updateContent writes what an author may change, with the children.
func updateContent(ctx context.Context, tx *store.DB, p Plan) error {
	_, err := tx.Exec(ctx, `
		UPDATE plan
		SET (`+contentCols+`) = ($3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18, $19, $20,
			$21, $22, $23, $24, $25, $26, $27, $28, $29, $30, $31, $32)
		WHERE authority_id = $1 AND plan_id = $2`, append([]any{p.Authority, p.ID}, p.content()...)...)
	if err != nil {
		return err
	}
	for _, table := range []string{"plan_ticket", "plan_stratum", "plan_slot", "plan_item", "plan_task", "plan_window", "plan_basis"} {
		_, err := tx.Exec(ctx, `
			DELETE FROM `+table+`
			WHERE authority_id = $1 AND plan_id = $2`, p.Authority, p.ID)
		if err != nil {
			return err
		}
	}
	return insertChildren(ctx, tx, p)
}

func insertChildren(ctx context.Context, tx *store.DB, p Plan) error {
	for i, b := range p.Bases {
		_, err := tx.Exec(ctx, `
			INSERT INTO plan_basis (authority_id, plan_id, no, number, title, issuer)
			VALUES ($1, $2, $3, $4, $5, $6)`, p.Authority, p.ID, i+1, b.Number, b.Title, b.Issuer)
		if err != nil {
			return err
		}
	}
	for _, w := range p.Windows {
		_, err := tx.Exec(ctx, `
			INSERT INTO plan_window (authority_id, plan_id, no, starts_on, ends_on)
			VALUES ($1, $2, $3, $4, $5)`, p.Authority, p.ID, w.No, w.StartsOn.String(), w.EndsOn.String())
		if err != nil {
			return err
		}
	}
	for _, t := range p.Tasks {
		if err := insertTask(ctx, tx, p, t); err != nil {
			return err
		}
	}
	return nil
}

func insertTask(ctx context.Context, tx *store.DB, p Plan, t Task) error {
	_, err := tx.Exec(ctx, `
		INSERT INTO plan_task (authority_id, plan_id, task_no, name, directed, scope_kind, scope_tag, scope_area, method, lead, units, level, note)
		VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13)`,
		p.Authority, p.ID, t.No, t.Name, t.Directed, t.Scope.Kind, t.Scope.Tag, t.Scope.Area, t.Method, t.Lead, t.Units, t.Level, t.Note)
	if err != nil {
		return err
	}
	for _, i := range t.Items {
		_, err := tx.Exec(ctx, `
			INSERT INTO plan_item (authority_id, plan_id, task_no, item_id, name, basis, slot)
			VALUES ($1, $2, $3, $4, $5, $6, $7)`, p.Authority, p.ID, t.No, i.ID, i.Name, i.Basis, i.Slot)
		if err != nil {
			return err
		}
	}
	if err := insertSlots(ctx, tx, p, t); err != nil {
		return err
	}
	for i, s := range t.Strata {
		_, err := tx.Exec(ctx, `
			INSERT INTO plan_stratum (authority_id, plan_id, task_no, no, name, title, tag, ratio, reserve, size, number, capped, area)
			VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13)`,
			p.Authority, p.ID, t.No, i+1, s.Name, s.Title, s.Tag, int(s.Ratio), s.Reserve, s.Size, s.Number, s.Capped, s.Area)
		if err != nil {
			return err
		}
	}
	for _, k := range t.Tickets {
		_, err := tx.Exec(ctx, `
			INSERT INTO plan_ticket (authority_id, plan_id, task_no, tag, tickets)
			VALUES ($1, $2, $3, $4, $5)`, p.Authority, p.ID, t.No, k.Tag, k.Tickets)
		if err != nil {
			return err
		}
	}
	return nil
}

func insertSlots(ctx context.Context, tx *store.DB, p Plan, t Task) error {
	for i, s := range t.Slots {
		_, err := tx.Exec(ctx, `
			INSERT INTO plan_slot (authority_id, plan_id, task_no, no, `+slotCols+`)
			VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12)`,
			p.Authority, p.ID, t.No, i+1, s.Name, s.Title, s.Units, s.Field, s.Size, s.Tag, s.Area, strings.Trim(fmt.Sprint(s.Firms), "[]"))
		if err != nil {
			return err
		}
	}
	return nil
}

const slotCols = `name, title, units, field, size, tag, area, firms`

func scanSlot(row store.Scanner) (s Slot, err error) {
	var firms string
	if err = row.Scan(&s.Name, &s.Title, &s.Units, &s.Field, &s.Size, &s.Tag, &s.Area, &firms); err != nil {
		return s, err
	}
	for _, x := range strings.Fields(firms) {
		n, err := strconv.Atoi(x)
		if err != nil {
			return s, fmt.Errorf("firms of slot %s: %w", s.Name, err)
		}
		s.Firms = append(s.Firms, n)
	}
	return s, nil
}

// updateState writes how far a plan has come and who brought it there.
func updateState(ctx context.Context, tx *store.DB, p Plan) error {
	_, err := tx.Exec(ctx, `
		UPDATE plan
		SET state = $3, serial = $4, submitted_by = $5, approved_by = $6, approved_digest = $7,
			opinion = $8, reason = $9, published_at = $10, digest = $11
		WHERE authority_id = $1 AND plan_id = $2`,
		p.Authority, p.ID, string(p.State), p.Serial, p.SubmittedBy, p.ApprovedBy, p.ApprovedDigest,
		p.Opinion, p.Reason, store.Millis(p.PublishedAt), p.Digest)
	return err
}

// load reads a plan with its children.
func load(ctx context.Context, db *store.DB, authority, id string) (Plan, error) {
	p, err := store.One(ctx, db, scanPlan, `
		SELECT `+planCols+`
		FROM plan
		WHERE authority_id = $1 AND plan_id = $2`, authority, id)
	if err != nil {
		return p, err
	}
	return withChildren(ctx, db, p)
}

// versions reads all versions of a plan, the first one first.
func versions(ctx context.Context, db *store.DB, authority, root string) ([]Plan, error) {
	plans, err := store.All(ctx, db, scanPlan, `
		SELECT `+planCols+`
		FROM plan
		WHERE authority_id = $1 AND root_id = $2
		ORDER BY version`, authority, root)
	for i := range plans {
		if err == nil {
			plans[i], err = withChildren(ctx, db, plans[i])
		}
	}
	return plans, err
}

// loadWhere reads the plans of an authority that are in one of two states and
// not replaced, or with no states all; the newest year first.
func loadWhere(ctx context.Context, db *store.DB, authority string, states [2]State) ([]Plan, error) {
	plans, err := store.All(ctx, db, scanPlan, `
		SELECT `+planCols+`
		FROM plan
		WHERE authority_id = $1 AND ($2 = '' OR (state = $2 OR state = $3) AND NOT replaced)
		ORDER BY year DESC, root_id DESC, version DESC`, authority, string(states[0]), string(states[1]))
	for i := range plans {
		if err == nil {
			plans[i], err = withChildren(ctx, db, plans[i])
		}
	}
	return plans, err
}

func withChildren(ctx context.Context, db *store.DB, p Plan) (Plan, error) {
	var err error
	p.Bases, err = store.All(ctx, db, func(r store.Scanner) (b Basis, err error) {
		err = r.Scan(&b.Number, &b.Title, &b.Issuer)
		return b, err
	}, `
		SELECT number, title, issuer
		FROM plan_basis
		WHERE authority_id = $1 AND plan_id = $2
		ORDER BY no`, p.Authority, p.ID)
	if err != nil {
		return p, err
	}
	p.Windows, err = store.All(ctx, db, func(r store.Scanner) (w Window, err error) {
		err = r.Scan(&w.No, scanDate{&w.StartsOn}, scanDate{&w.EndsOn})
		return w, err
	}, `
		SELECT no, starts_on, ends_on
		FROM plan_window
		WHERE authority_id = $1 AND plan_id = $2
		ORDER BY no`, p.Authority, p.ID)
	if err != nil {
		return p, err
	}
	p.Tasks, err = store.All(ctx, db, func(r store.Scanner) (t Task, err error) {
		err = r.Scan(&t.No, &t.Name, &t.Directed, &t.Scope.Kind, &t.Scope.Tag, &t.Scope.Area, &t.Method, &t.Lead, &t.Units, &t.Level, &t.Note)
		return t, err
	}, `
		SELECT task_no, name, directed, scope_kind, scope_tag, scope_area, method, lead, units, level, note
		FROM plan_task
		WHERE authority_id = $1 AND plan_id = $2
		ORDER BY task_no`, p.Authority, p.ID)
	for i := range p.Tasks {
		if err == nil {
			err = taskChildren(ctx, db, p, &p.Tasks[i])
		}
	}
	return p, err
}

func taskChildren(ctx context.Context, db *store.DB, p Plan, t *Task) (err error) {
	t.Items, err = store.All(ctx, db, func(r store.Scanner) (i Item, err error) {
		err = r.Scan(&i.ID, &i.Name, &i.Basis, &i.Slot)
		return i, err
	}, `
		SELECT item_id, name, basis, slot
		FROM plan_item
		WHERE authority_id = $1 AND plan_id = $2 AND task_no = $3
		ORDER BY item_id`, p.Authority, p.ID, t.No)
	if err != nil {
		return err
	}
	t.Slots, err = store.All(ctx, db, scanSlot, `
		SELECT `+slotCols+`
		FROM plan_slot
		WHERE authority_id = $1 AND plan_id = $2 AND task_no = $3
		ORDER BY no`, p.Authority, p.ID, t.No)
	if err != nil {
		return err
	}
	t.Strata, err = store.All(ctx, db, func(r store.Scanner) (s Stratum, err error) {
		err = r.Scan(&s.Name, &s.Title, &s.Tag, &s.Ratio, &s.Reserve, &s.Size, &s.Number, &s.Capped, &s.Area)
		return s, err
	}, `
		SELECT name, title, tag, ratio, reserve, size, number, capped, area
		FROM plan_stratum
		WHERE authority_id = $1 AND plan_id = $2 AND task_no = $3
		ORDER BY no`, p.Authority, p.ID, t.No)
	if err != nil {
		return err
	}
	t.Tickets, err = store.All(ctx, db, func(r store.Scanner) (k Ticket, err error) {
		err = r.Scan(&k.Tag, &k.Tickets)
		return k, err
	}, `
		SELECT tag, tickets
		FROM plan_ticket
		WHERE authority_id = $1 AND plan_id = $2 AND task_no = $3
		ORDER BY tag`, p.Authority, p.ID, t.No)
	return err
}
