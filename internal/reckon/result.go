package reckon

import (
	"encoding/hex"
	"encoding/json"
	"fmt"
	"slices"
	"time"

	"suiji/internal/disclosure"
	"suiji/internal/store"
	"suiji/ledger"
)

// posting is one version of a public result, as the database has it.
type posting struct {
	form, round, target, formRound, formTarget string
	version, year, planYear, at                int64
	state                                      string
	current                                    bool
	name, code, record, salt, digest, reason   string
}

func scanPosting(row store.Scanner) (p posting, err error) {
	err = row.Scan(&p.form, &p.version, &p.round, &p.target, &p.year, &p.state, &p.current, &p.name, &p.code, &p.record, &p.salt, &p.digest,
		&p.reason, &p.at, &p.formRound, &p.formTarget, &p.planYear)
	return p, err
}

func (p posting) key() string {
	return fmt.Sprintf("disclosure_posting %s 第 %d 版", p.form, p.version)
}

// results holds every version of every public result to its entry.
func (r *run) results() error {
	all, err := store.All(r.ctx, r.DB, scanPosting, `
		SELECT p.form_id, p.version, p.round_id, p.target_id, p.year, p.state, p.current, p.firm_name, p.firm_code, p.record, p.salt, p.digest,
			p.reason, p.posted_at, coalesce(f.round_id, ''), coalesce(f.target_id, ''), coalesce(y.year, 0)
		FROM disclosure_posting p
		LEFT JOIN inspection_form f ON f.authority_id = p.authority_id AND f.form_id = p.form_id
		LEFT JOIN round o ON o.authority_id = f.authority_id AND o.round_id = f.round_id
		LEFT JOIN plan y ON y.authority_id = o.authority_id AND y.plan_id = o.plan_id
		WHERE p.authority_id = $1
		ORDER BY p.form_id, p.version`, r.authority)
	if err != nil {
		return err
	}
	codes, err := r.codes()
	if err != nil {
		return err
	}
	for len(all) > 0 {
		n := 1
		for n < len(all) && all[n].form == all[0].form {
			n++
		}
		r.result(all[:n], codes)
		all = all[n:]
	}
	for key := range codes {
		r.differs(nil, "disclosure_result "+key, "没有这样公示过")
	}
	return r.orphans("inspection_form", "form_id", "disclosure_exemption")
}

// codes returns the results' codes of each version.
func (r *run) codes() (map[string][]string, error) {
	codes := map[string][]string{}
	err := store.Each(r.ctx, r.DB, func(row store.Scanner) (x [2]string, err error) {
		var version int64
		err = row.Scan(&x[0], &version, &x[1])
		x[0] = fmt.Sprintf("%s 第 %d 版", x[0], version)
		return x, err
	}, func(x [2]string) error {
		codes[x[0]] = append(codes[x[0]], x[1])
		return nil
	}, `
		SELECT r.form_id, r.version, r.code || CASE WHEN r.year = p.year AND r.posted_at = p.posted_at THEN '' ELSE '?' END
		FROM disclosure_result r
		LEFT JOIN disclosure_posting p ON p.authority_id = r.authority_id AND p.form_id = r.form_id AND p.version = r.version
		WHERE r.authority_id = $1
		ORDER BY r.form_id, r.version, r.code`, r.authority)
	return codes, err
}

var acts = map[string]ledger.Type{"published": ledger.ResultPublished, "corrected": ledger.ResultCorrected, "withdrawn": ledger.ResultWithdrawn}

// result holds the versions of one result to its entries.
func (r *run) result(all []posting, codes map[string][]string) {
	entries := r.all(all[0].form, ledger.ResultPublished, ledger.ResultCorrected, ledger.ResultWithdrawn)
	emptied := 0 // what came before a withdrawal was emptied by it
	for i, p := range all {
		if p.state == "withdrawn" {
			emptied = i + 1
		}
	}
	for i, p := range all {
		r.counted("disclosure_posting")
		if i >= len(entries) {
			r.differs(nil, p.key(), "台账里没有这次公示")
			continue
		}
		e := entries[i]
		e.claimed = true
		r.want(p.version == int64(i+1) && e.number("version") == p.version && e.Entry.Type == acts[p.state] && e.text("digest") == p.digest && e.text("reason") == p.reason,
			e, p.key(), "版次、指纹或原因与台账不符")
		r.want(i == 0 || p.state == "published" || e.text("concerns") == all[i-1].digest, e, p.key(), "所改的不是前一版")
		r.want(e.near(time.UnixMilli(p.at)), e, p.key(), "公示时间与台账不符")
		r.want(p.current == (i == len(all)-1 && p.state != "withdrawn"), e, p.key(), "是否为现行版与台账不符")
		r.want(p.round == p.formRound && p.target == p.formTarget && p.year == p.planYear, e, p.key(), "轮次、检查对象或年度与检查表不符")
		r.content(e, p, i < emptied, codes)
	}
}

// content holds a version's record to its digest, and what is kept beside the
// record to the record.
func (r *run) content(e *entry, p posting, emptied bool, codes map[string][]string) {
	key := fmt.Sprintf("%s 第 %d 版", p.form, p.version)
	has := codes[key]
	delete(codes, key)
	if emptied {
		r.want(p.record == "" && p.salt == "" && p.name == "" && p.code == "" && len(has) == 0, e, p.key(), "已经撤回，内容却没有清空")
		return
	}
	salt, err := hex.DecodeString(p.salt)
	if err != nil || r.office.Hash.Hex(append(salt, p.record...)) != p.digest {
		r.differs(e, p.key(), "内容与公示时的指纹不符")
		return
	}
	var x disclosure.Record
	if err := json.Unmarshal([]byte(p.record), &x); err != nil {
		r.differs(e, p.key(), "内容读不出来")
		return
	}
	var want []string
	for _, c := range x.Results {
		want = append(want, c.Code)
	}
	slices.Sort(want)
	r.want(x.Form == p.form && x.Round == p.round && int64(x.Plan.Year) == p.year && x.Firm.Name == p.name && x.Firm.Code == p.code,
		e, p.key(), "轮次、年度或企业名称与公示的内容不符")
	r.want(slices.Equal(want, has), e, "disclosure_result "+key, "结果与公示的内容不符")
}

// tally is what the tables say a closed round comes to.
type tally struct{ firms, exempt int64 }

// rates holds the publication figures of closed rounds to the forms.
func (r *run) rates() error {
	rounds, err := r.Round.Rounds(r.ctx, r.authority)
	if err != nil {
		return err
	}
	for _, x := range rounds {
		if x.ClosedAt.IsZero() && x.State != "closed" {
			continue
		}
		record := "round " + x.ID
		e := r.one(x.ID, ledger.RateStated, record)
		if e == nil {
			continue
		}
		t, err := store.One(r.ctx, r.DB, func(row store.Scanner) (t tally, err error) {
			err = row.Scan(&t.firms, &t.exempt)
			return t, err
		}, `
			SELECT count(*), coalesce(sum(CASE WHEN exempt THEN 1 ELSE 0 END), 0)
			FROM (SELECT f.target_id, count(e.form_id) = count(*) AS exempt
				FROM inspection_form f
				LEFT JOIN disclosure_exemption e ON e.authority_id = f.authority_id AND e.form_id = f.form_id
				WHERE f.authority_id = $1 AND f.round_id = $2
				GROUP BY f.target_id) AS firms`, r.authority, x.ID)
		if err != nil {
			return err
		}
		r.want(e.near(x.ClosedAt), e, record, "办结时间与台账不符")
		r.want(e.number("due") == t.firms, e, "inspection_form "+x.ID, "有检查表的有 %d 户，办结时应公示 %d 户", t.firms, e.number("due"))
		r.want(e.number("exempt") == t.exempt && e.number("published") == t.firms-t.exempt, e, "disclosure_exemption "+x.ID,
			"免予公示有 %d 户，办结时是 %d 户", t.exempt, e.number("exempt"))
		r.counted("rate")
	}
	return nil
}
