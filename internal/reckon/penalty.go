package reckon

import (
	"encoding/hex"
	"encoding/json"
	"fmt"
	"strings"
	"time"

	"suiji/internal/disclosure"
	"suiji/internal/store"
	"suiji/ledger"
)

// penalty is one version of a public penalty, as the database has it.
type penalty struct {
	id, number, form, target, formTarget string
	version, at                          int64
	state                                string
	current                              bool
	name, code, record, salt, digest     string
	reason, class, from, until           string
}

func scanPenalty(row store.Scanner) (p penalty, err error) {
	err = row.Scan(&p.id, &p.version, &p.number, &p.form, &p.target, &p.state, &p.current, &p.name, &p.code, &p.record, &p.salt, &p.digest,
		&p.reason, &p.class, &p.from, &p.until, &p.at, &p.formTarget)
	return p, err
}

func (p penalty) key() string {
	return fmt.Sprintf("disclosure_penalty %s 第 %d 版", p.id, p.version)
}

func (p penalty) published() bool { return p.state == string(disclosure.PenaltyPublished) }

// decided is what does not change from a publication to its end.
func (p penalty) decided() [6]string {
	return [6]string{p.number, p.form, p.target, p.class, p.from, p.until}
}

// penalties holds every version of every public penalty to its entry.
func (r *run) penalties() error {
	all, err := store.All(r.ctx, r.DB, scanPenalty, `
		SELECT p.penalty_id, p.version, p.number, p.form_id, p.target_id, p.state, p.current, p.firm_name, p.firm_code, p.record, p.salt, p.digest,
			p.reason, p.class, p.from_on, p.until_on, p.posted_at, coalesce(f.target_id, '')
		FROM disclosure_penalty p
		LEFT JOIN inspection_form f ON f.authority_id = p.authority_id AND f.form_id = p.form_id
		WHERE p.authority_id = $1
		ORDER BY p.penalty_id, p.version`, r.authority)
	for len(all) > 0 {
		n := 1
		for n < len(all) && all[n].id == all[0].id {
			n++
		}
		r.penalty(all[:n])
		all = all[n:]
	}
	return err
}

// penalty holds the versions of one penalty to its entries.
func (r *run) penalty(all []penalty) {
	entries := r.all(all[0].id, ledger.PenaltyPublished, ledger.PenaltyWithdrawn)
	emptied := 0 // what came before the last end was emptied by it
	for i, p := range all {
		if !p.published() {
			emptied = i + 1
		}
	}
	for i, p := range all {
		r.counted("disclosure_penalty")
		if i >= len(entries) {
			r.differs(nil, p.key(), "台账里没有这次公示")
			continue
		}
		e := entries[i]
		e.claimed = true
		typ, why := ledger.PenaltyPublished, ""
		if !p.published() {
			typ, why = ledger.PenaltyWithdrawn, p.state
		}
		r.want(p.version == int64(i+1) && e.number("version") == p.version && e.Entry.Type == typ && e.text("digest") == p.digest &&
			e.text("reason") == p.reason && e.text("why") == why, e, p.key(), "版次、指纹、状态或原因与台账不符")
		r.want(p.published() || i > 0 && e.text("concerns") == all[i-1].digest && p.decided() == all[i-1].decided(), e, p.key(), "停止公示的不是前一版")
		r.want(e.near(time.UnixMilli(p.at)), e, p.key(), "公示时间与台账不符")
		r.want(p.current == (i == len(all)-1 && p.published()), e, p.key(), "是否为现行版与台账不符")
		r.want(p.target == p.formTarget && strings.HasPrefix(p.id, p.form+"-p"), e, p.key(), "检查对象或编号与检查表不符")
		if i < emptied {
			r.want(p.record == "" && p.salt == "" && p.name == "" && p.code == "", e, p.key(), "已经停止公示，内容却没有清空")
			continue
		}
		r.decision(e, p)
	}
}

// decision holds what is public of a penalty to its digest, and what is kept
// beside the record to the record.
func (r *run) decision(e *entry, p penalty) {
	salt, err := hex.DecodeString(p.salt)
	if err != nil || r.office.Hash.Hex(append(salt, p.record...)) != p.digest {
		r.differs(e, p.key(), "内容与公示时的指纹不符")
		return
	}
	var x disclosure.PenaltyRecord
	if err := json.Unmarshal([]byte(p.record), &x); err != nil {
		r.differs(e, p.key(), "内容读不出来")
		return
	}
	r.want(x.ID == p.id && x.Firm.Name == p.name && x.Firm.Code == p.code && p.decided() == [6]string{x.Number, x.Form, p.target, x.Class, x.From, x.Until},
		e, p.key(), "文号、企业、类别或公示期与公示的内容不符")
}
