package reckon

import (
	"fmt"
	"slices"
	"time"

	"suiji/internal/disclosure"
	"suiji/internal/store"
	"suiji/ledger"
)

// objection is an objection to a public record, as the database has it.
type objection struct {
	id, kind, record             string
	version                      int64
	received, state, answer      string
	madeAt, answeredAt, settleAt int64
}

func scanObjection(row store.Scanner) (o objection, err error) {
	err = row.Scan(&o.id, &o.kind, &o.record, &o.version, &o.received, &o.state, &o.answer, &o.madeAt, &o.answeredAt, &o.settleAt)
	return o, err
}

// contestedVersion is one version of a record that somebody objects to.
type contestedVersion struct {
	kind, record, state, digest string
	version, at                 int64
}

func scanContested(row store.Scanner) (v contestedVersion, err error) {
	err = row.Scan(&v.kind, &v.record, &v.version, &v.state, &v.digest, &v.at)
	return v, err
}

// objections holds every objection to its entries, and how it ended to what
// became of its record.
func (r *run) objections() error {
	all, err := store.All(r.ctx, r.DB, scanObjection, `
		SELECT objection_id, kind, record_id, version, received_on, state, answer, made_at, answered_at, settled_at
		FROM disclosure_objection
		WHERE authority_id = $1
		ORDER BY record_id, made_at, objection_id`, r.authority)
	if err != nil || len(all) == 0 {
		return err
	}
	const contested = `EXISTS (
			SELECT 1
			FROM disclosure_objection o
			WHERE o.authority_id = p.authority_id AND o.record_id = `
	versions, err := store.All(r.ctx, r.DB, scanContested, `
		SELECT 'result', p.form_id, p.version, p.state, p.digest, p.posted_at
		FROM disclosure_posting p
		WHERE p.authority_id = $1 AND `+contested+`p.form_id)
		UNION ALL
		SELECT 'penalty', p.penalty_id, p.version, p.state, p.digest, p.posted_at
		FROM disclosure_penalty p
		WHERE p.authority_id = $1 AND `+contested+`p.penalty_id)
		ORDER BY 1, 2, 3`, r.authority)
	no := 0
	for i, o := range all {
		if no++; i == 0 || all[i-1].record != o.record {
			no = 1
		}
		of := slices.DeleteFunc(slices.Clone(versions), func(v contestedVersion) bool { return v.kind != o.kind || v.record != o.record })
		r.objection(o, no, of)
	}
	return err
}

// objection holds the no-th objection to a record, of these versions.
func (r *run) objection(o objection, no int, versions []contestedVersion) {
	r.counted("disclosure_objection")
	key := "disclosure_objection " + o.id
	e := r.ofObjection(o, ledger.ObjectionReceived)
	if e == nil {
		r.differs(nil, key, "台账里没有收到这件异议的记录")
		return
	}
	about := slices.ContainsFunc(versions, func(v contestedVersion) bool { return v.version == o.version && v.digest == e.text("concerns") })
	r.want(about && o.id == fmt.Sprintf("%s-o%d", o.record, no), e, key, "编号、类别或者所指的公示版次与台账不符")
	r.want(e.text("received") == o.received && e.near(time.UnixMilli(o.madeAt)), e, key, "收到的日期与台账不符")
	a := r.ofObjection(o, ledger.ObjectionAnswered)
	if a == nil {
		r.want(o.state == string(disclosure.ObjectionOpen) && o.answer == "" && o.answeredAt == 0 && o.settleAt == 0, e, key, "台账里没有答复这件异议的记录")
		return
	}
	upheld, _ := a.Entry.Data["upheld"].(bool)
	state, settled := o.end(upheld, versions)
	r.want(a.text("answer") == o.answer && a.near(time.UnixMilli(o.answeredAt)) && o.state == string(state), a, key, "答复或者结果与台账不符")
	r.want((o.settleAt == 0) == (settled == 0) && (time.Duration(o.settleAt-settled)*time.Millisecond).Abs() <= slack, a, key, "办结时间与公示记录不符")
}

// ofObjection claims the entry of a type that speaks of an objection; nil if
// there is none.
func (r *run) ofObjection(o objection, typ ledger.Type) *entry {
	return r.pick(o.record, typ, func(e *entry) bool { return e.text("objection") == o.id })
}

// end is the state that an answered objection is in, by the answer and by what
// became of the record since, and when it was settled: 0 if there was nothing to
// settle, or it is not.
func (o objection) end(upheld bool, versions []contestedVersion) (disclosure.ObjectionState, int64) {
	if !upheld {
		return disclosure.ObjectionKept, 0
	}
	for _, v := range versions {
		switch {
		case v.version <= o.version || v.state == string(disclosure.Published):
		case v.state != string(disclosure.Corrected):
			return disclosure.ObjectionWithdrawn, max(v.at, o.answeredAt)
		case v.at >= o.answeredAt:
			return disclosure.ObjectionCorrected, v.at
		}
	}
	return disclosure.ObjectionMending, 0
}
