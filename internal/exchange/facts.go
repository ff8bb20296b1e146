package exchange

import (
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"time"

	"suiji/calendar"
	"suiji/internal/casework"
	"suiji/internal/disclosure"
	"suiji/internal/inspection"
	"suiji/internal/store"
)

// record is one thing to be reported, as facts.
type record struct {
	part  string
	id    string
	label string // whose it is
	form  string
	firm  string // id in the register
	ref   string // of a penalty: its open end
	item  string
	facts map[string][]string
	held  string // why it cannot go now, though nothing is wrong with it
}

// href is where the facts of the record come from.
func (r record) href(m Mend) string {
	switch {
	case m == AtFirm:
		return "/w/targets/" + r.firm
	case m == AtOffice:
		return "/w/settings"
	case r.part == "penalty" && r.held != "":
		return "/w/publish/" + r.form // where its inspection is published again
	case m == AtCase, r.part == "penalty":
		return "/w/followups/" + r.form + "/" + r.ref
	}
	return "/w/forms/" + r.form
}

// posted is a public record with what the register has of its firm.
type posted struct {
	form, round, slot, target    string
	record                       disclosure.Record
	postedAt, confirmedAt        int64
	state                        inspection.State
	kind, codeKind, code         string
	address, workplace, areaCode string
	directed                     bool
}

func scanPosted(row store.Scanner) (p posted, err error) {
	var record string
	err = row.Scan(&p.form, &p.round, &p.slot, &p.target, &record, &p.postedAt, &p.confirmedAt, &p.state,
		&p.kind, &p.codeKind, &p.code, &p.address, &p.workplace, &p.areaCode, &p.directed)
	if err != nil {
		return p, err
	}
	if err := json.Unmarshal([]byte(record), &p.record); err != nil {
		return p, fmt.Errorf("record of %s: %w", p.form, err)
	}
	return p, nil
}

// among says of which forms something is read: those of a round, some, those that
// have a penalty, which is read with them; the zero among: everything.
type among struct {
	round     string
	forms     []string
	penalties bool
}

// narrow adds the condition to a query over a column of forms.
func (a among) narrow(column, authority string) (string, []any) {
	args := []any{authority}
	switch {
	case a.round != "": // the forms' numbers begin with the round's
		return " AND " + column + " >= $2 AND " + column + " < $3", append(args, a.round+".", a.round+"/")
	case a.penalties:
		return " AND " + column + ` IN (
			SELECT w.form_id
			FROM casework_penalty w
			WHERE w.authority_id = $1)`, args
	case len(a.forms) > 0:
		these, args := store.OneOf(column, a.forms, args)
		return " AND " + these, args
	}
	return "", args
}

func readPosted(ctx context.Context, db *store.DB, authority string, a among) ([]posted, error) {
	where, args := a.narrow("p.form_id", authority)
	return store.All(ctx, db, scanPosted, `
		SELECT p.form_id, f.round_id, f.slot, t.target_id, p.record, p.posted_at, f.confirmed_at, f.state,
			t.kind, t.code_kind, t.code, t.address, t.work_address, t.area_code, k.directed
		FROM disclosure_posting p
		JOIN inspection_form f ON f.authority_id = p.authority_id AND f.form_id = p.form_id
		JOIN register_target t ON t.authority_id = f.authority_id AND t.target_id = f.target_id
		JOIN round r ON r.authority_id = f.authority_id AND r.round_id = f.round_id
		JOIN plan_task k ON k.authority_id = r.authority_id AND k.plan_id = r.plan_id AND k.task_no = r.task_no
		WHERE p.authority_id = $1 AND p.current`+where+`
		ORDER BY p.form_id`, args...)
}

// item is one of a round's items.
type item struct{ round, slot, id, name, code string }

func scanItem(row store.Scanner) (i item, err error) {
	err = row.Scan(&i.round, &i.slot, &i.id, &i.name, &i.code)
	return i, err
}

// readItems reads the items of all rounds, or of the forms'; their order within one never
// changes.
func readItems(ctx context.Context, db *store.DB, authority string, a among) (map[string][]item, error) {
	where, args := a.narrow("f.form_id", authority)
	switch {
	case a.round != "":
		where, args = " AND p.round_id = $2", []any{authority, a.round}
	case where != "":
		where = ` AND p.round_id IN (SELECT f.round_id FROM inspection_form f WHERE f.authority_id = $1` + where + `)`
	}
	all, err := store.All(ctx, db, scanItem, `
		SELECT DISTINCT p.round_id, p.slot, p.item_id, p.item, coalesce(i.code, '')
		FROM inspection_point p
		LEFT JOIN register_item i ON i.authority_id = p.authority_id AND i.item_id = p.item_id
		WHERE p.authority_id = $1`+where+`
		ORDER BY p.round_id, p.item_id, p.slot`, args...)
	of := map[string][]item{}
	for _, i := range all {
		of[i.round] = append(of[i.round], i)
	}
	return of, err
}

// readBroken names the items of each form of which a point was not kept.
func readBroken(ctx context.Context, db *store.DB, authority string, a among) (map[string][]string, error) {
	where, args := a.narrow("form_id", authority)
	broken := map[string][]string{}
	type pair struct{ form, item string }
	err := store.Each(ctx, db, func(row store.Scanner) (p pair, err error) {
		err = row.Scan(&p.form, &p.item)
		return p, err
	}, func(p pair) error {
		broken[p.form] = append(broken[p.form], p.item)
		return nil
	}, `
		SELECT DISTINCT form_id, item_id
		FROM inspection_answer
		WHERE authority_id = $1 AND answer = 'no'`+where+`
		ORDER BY form_id, item_id`, args...)
	return broken, err
}

// gathering is what the records of one office are made of.
type gathering struct {
	office map[string][]string // facts of every record
	values values
	items  map[string][]item
	broken map[string][]string
	action map[string]string // of a form: the inspection that a penalty names
}

// gather returns everything that a receiver is to have now, checks first.
func (s *Service) gather(ctx context.Context, db *store.DB, authority string, t Receiver, of among) ([]record, error) {
	auth, err := s.Identity.Authority(ctx, authority)
	if err != nil {
		return nil, err
	}
	g := gathering{action: map[string]string{}}
	if g.values, err = readValues(ctx, db, authority, t.ID); err != nil {
		return nil, err
	}
	if g.items, err = readItems(ctx, db, authority, of); err != nil {
		return nil, err
	}
	if g.broken, err = readBroken(ctx, db, authority, of); err != nil {
		return nil, err
	}
	g.office = map[string][]string{"office.name": {auth.Name}, "area": {auth.AreaCode}}
	g.values.into(g.office, "office")
	all, err := readPosted(ctx, db, authority, of)
	if err != nil {
		return nil, err
	}
	var list []record
	for _, p := range all {
		if t.Form == "xlsx" {
			list = append(list, g.whole(p))
			continue
		}
		list = append(list, g.byItem(p)...)
	}
	if len(t.Part("penalty").Fields) == 0 || of.round != "" || len(of.forms) > 0 {
		return list, nil
	}
	more, err := s.penalties(ctx, db, authority, g)
	return append(list, more...), err
}

// whole is a firm's inspection as one record.
func (g gathering) whole(p posted) record {
	r := record{part: "check", id: p.form, label: p.record.Firm.Name, form: p.form, firm: p.target, facts: g.facts(p)}
	r.held = p.held()
	return r
}

// byItem is a firm's inspection item by item, as the nation counts: an item of
// which every point was kept has no problem, whatever the others had.
func (g gathering) byItem(p posted) []record {
	var list []record
	bad := g.broken[p.form]
	n := 0
	for _, i := range g.items[p.round] {
		if i.slot != "" && i.slot != p.slot {
			continue
		}
		n++
		r := record{part: "check", id: fmt.Sprintf("%s-%02d", p.form, n), label: p.record.Firm.Name, form: p.form, firm: p.target, item: i.id,
			facts: g.facts(p), held: p.held()}
		r.facts["action"], r.facts["action.name"] = []string{r.id}, []string{p.record.Plan.Task + "：" + i.name}
		if len(i.code) == 14 {
			r.facts["item.code"] = []string{i.code}
		}
		g.values.into(r.facts, "item/"+i.id)
		if len(bad) > 0 && !slices.Contains(bad, i.id) {
			r.facts["results"] = []string{string(inspection.R1)}
		} else if g.action[p.form] == "" || len(bad) > 0 && bad[0] == i.id {
			g.action[p.form] = r.id
		}
		list = append(list, r)
	}
	return list
}

// held says that the record is being corrected: what the receiver has stays
// until the correction is public.
func (p posted) held() string {
	if p.state != inspection.Confirmed || p.confirmedAt > p.postedAt {
		return "正在更正，更正公示以后再报送"
	}
	return ""
}

func (g gathering) facts(p posted) map[string][]string {
	f := map[string][]string{
		"plan": {p.record.Plan.Number}, "plan.title": {p.record.Plan.Title}, "task": {p.record.Plan.Task}, "round": {p.round}, "form": {p.form},
		"firm": {p.record.Firm.Name}, "firm.kind": {p.kind}, "firm.address": {p.address}, "firm.workplace": {p.workplace},
		"started": {p.record.Started}, "ended": {p.record.Ended}, "methods": p.record.Methods, "items": p.record.Items,
		"posted": {calendar.In(time.UnixMilli(p.postedAt)).String()}, "directed": {"no"}, "check.mode": {"非现场"}, "check.form": {"日常检查"},
	}
	for k, v := range g.office {
		f[k] = v
	}
	if p.codeKind == "uscc" {
		f["firm.code"], f["firm.papers"] = []string{p.code}, []string{"uscc"}
	}
	if len(p.areaCode) >= 6 {
		f["area"] = []string{p.areaCode[:6]}
	}
	if p.directed {
		f["directed"] = []string{"yes"}
	}
	if slices.Contains(p.record.Methods, inspection.OnSite.Name()) {
		f["check.mode"] = []string{"现场"}
	}
	for _, x := range p.record.Results {
		f["results"] = append(f["results"], x.Code)
	}
	for _, o := range p.record.Officers {
		f["officers"], f["certificates"] = append(f["officers"], o.Name), append(f["certificates"], o.Certificate)
	}
	return f
}

// penalties are the decisions that stand.
func (s *Service) penalties(ctx context.Context, db *store.DB, authority string, g gathering) ([]record, error) {
	all, err := s.Casework.PenaltiesTx(ctx, db, authority, "")
	if err != nil {
		return nil, err
	}
	filed, err := readFiled(ctx, db, authority)
	if err != nil {
		return nil, err
	}
	unnamed, err := readUnnamed(ctx, db, authority)
	if err != nil {
		return nil, err
	}
	var list []record
	for _, p := range all {
		if p.State != "checked" {
			continue
		}
		r := record{part: "penalty", id: p.Number, label: p.Firm, form: p.FormID, firm: p.TargetID, ref: p.Ref, held: unnamed[p.FormID], facts: map[string][]string{
			"action": {g.action[p.FormID]}, "number": {p.Number}, "source": {"双随机检查"}, "firm": {p.Firm}, "firm.code": {p.FirmCode}, "fact": {p.Fact},
			"basis": {p.Basis}, "procedure": {"普通程序"}, "decided": {p.DecidedOn.String()}, "kinds": {p.Kinds}, "filed": {filed[fmt.Sprintf("%s|%s|%d", p.FormID, p.Ref, p.No)]},
		}}
		if p.Amount > 0 {
			r.facts["amount"] = []string{fmt.Sprintf("%d.%02d", p.Amount/100, p.Amount%100)}
		}
		for k, v := range g.office {
			if r.facts[k] == nil {
				r.facts[k] = v
			}
		}
		g.values.into(r.facts, "penalty/"+p.Number)
		list = append(list, r)
	}
	slices.SortFunc(list, func(a, b record) int {
		if a.id < b.id {
			return -1
		}
		return 1
	})
	return list, nil
}

// readUnnamed says of each form with a penalty whose result is not public why the
// penalty waits: there is no inspection to name.
func readUnnamed(ctx context.Context, db *store.DB, authority string) (map[string]string, error) {
	why := map[string]string{}
	return why, store.Each(ctx, db, scanUnnamed, func(x [2]string) error {
		why[x[0]] = x[1]
		return nil
	}, `
		SELECT f.form_id, coalesce(p.posted_at, 0), coalesce(p.reason, ''), CASE WHEN e.form_id IS NULL THEN 0 ELSE 1 END
		FROM (SELECT DISTINCT authority_id, form_id FROM casework_penalty WHERE authority_id = $1) AS f
		LEFT JOIN disclosure_posting p ON p.authority_id = f.authority_id AND p.form_id = f.form_id AND p.state = 'withdrawn' AND NOT EXISTS (
			SELECT 1
			FROM disclosure_posting n
			WHERE n.authority_id = p.authority_id AND n.form_id = p.form_id AND n.version > p.version)
		LEFT JOIN disclosure_exemption e ON e.authority_id = f.authority_id AND e.form_id = f.form_id
		WHERE NOT EXISTS (
			SELECT 1
			FROM disclosure_posting c
			WHERE c.authority_id = f.authority_id AND c.form_id = f.form_id AND c.current)
		ORDER BY f.form_id`, authority)
}

// scanUnnamed makes the sentence: what happened, what stays as it is, who does what.
func scanUnnamed(row store.Scanner) (x [2]string, err error) {
	var at, exempt int64
	var reason string
	if err = row.Scan(&x[0], &at, &reason, &exempt); err != nil {
		return x, err
	}
	const stands = "处罚决定仍然有效，暂不报送；对方已有的这条处罚不改动、不删除。"
	switch {
	case exempt > 0:
		x[1] = fmt.Sprintf("它所属的检查（检查表 %s）依法免予公示，不报送，这条处罚没有可以写明的检查。%s接收单位另有要求的，由经办人另行报送", x[0], stands)
	case at > 0:
		x[1] = fmt.Sprintf("它所属的检查（检查表 %s）的公示已于 %s 撤回，原因：%s。%s"+
			"结果审核员在“结果公示”重新公示检查结果以后，它自动进入下一批；处罚决定也有错的，由局领导撤销，对方已有的随下一批删除", x[0], calendar.In(time.UnixMilli(at)), reason, stands)
	default:
		x[1] = fmt.Sprintf("它所属的检查（检查表 %s）的结果还没有公示，这条处罚没有可以写明的检查。%s结果审核员在“结果公示”公示检查结果以后，它自动进入下一批", x[0], stands)
	}
	return x, nil
}

// readFiled reads when each case was filed, by its matter.
func readFiled(ctx context.Context, db *store.DB, authority string) (map[string]string, error) {
	filed := map[string]string{}
	type line struct{ key, on string }
	err := store.Each(ctx, db, func(row store.Scanner) (l line, err error) {
		var form, ref, file string
		var no int
		if err := row.Scan(&form, &ref, &no, &file); err != nil {
			return l, err
		}
		var x casework.File
		if err := json.Unmarshal([]byte(file), &x); err != nil {
			return l, err
		}
		l.key = fmt.Sprintf("%s|%s|%d", form, ref, no)
		if x.Case != nil {
			l.on = x.Case.FiledOn.String()
		}
		return l, nil
	}, func(l line) error {
		filed[l.key] = l.on
		return nil
	}, `
		SELECT form_id, ref, no, file
		FROM casework_matter
		WHERE authority_id = $1 AND kind = 'case'`, authority)
	return filed, err
}
