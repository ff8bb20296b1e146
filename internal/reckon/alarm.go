package reckon

import (
	"encoding/hex"
	"fmt"
	"time"

	"suiji/internal/alarm"
	"suiji/internal/store"
	"suiji/ledger"
)

// setting is what was laid down of the settings, as the database has it.
type setting struct {
	part, settings, salt, digest string
	no, at                       int64
}

func scanSetting(row store.Scanner) (x setting, err error) {
	err = row.Scan(&x.part, &x.no, &x.at, &x.settings, &x.salt, &x.digest)
	return x, err
}

// settings holds the settings that security hangs on to their entries.
func (r *run) settings() error {
	all, err := store.All(r.ctx, r.DB, scanSetting, `
		SELECT part, no, at, settings, salt, digest
		FROM alarm_setting
		WHERE authority_id = $1
		ORDER BY part, no`, r.authority)
	for _, x := range all {
		r.counted("alarm_setting")
		key := fmt.Sprintf("alarm_setting %s 第 %d 次", x.part, x.no)
		e := r.pick(alarm.SettingsSubject(r.authority), ledger.SettingsStated, func(e *entry) bool { return e.text("part") == x.part && e.number("no") == x.no })
		if e == nil {
			r.differs(nil, key, "台账里没有登记这些设置")
			continue
		}
		salt, err := hex.DecodeString(x.salt)
		r.want(err == nil && e.text("digest") == x.digest && r.office.Hash.Hex(append(salt, x.settings...)) == x.digest, e, key, "内容与登记时的指纹不符")
		r.want(e.near(time.UnixMilli(x.at)), e, key, "登记时间与台账不符")
	}
	return err
}

// raised is an alarm as the database has it.
type raised struct {
	id, kind           string
	at, number, within int64
}

func scanRaised(row store.Scanner) (x raised, err error) {
	err = row.Scan(&x.id, &x.kind, &x.at, &x.number, &x.within)
	return x, err
}

// alarms holds every alarm to its entry.
func (r *run) alarms() error {
	all, err := store.All(r.ctx, r.DB, scanRaised, `
		SELECT alarm_id, kind, at, number, within
		FROM alarm_raised
		WHERE authority_id = $1
		ORDER BY at, alarm_id`, r.authority)
	for _, x := range all {
		r.counted("alarm_raised")
		key := "alarm_raised " + x.id
		e := r.pick(alarm.Subject(r.authority), ledger.AlarmRaised, func(e *entry) bool { return e.text("alarm") == x.id })
		if e == nil {
			r.differs(nil, key, "台账里没有这次告警")
			continue
		}
		r.want(e.text("kind") == x.kind && e.number("number") == x.number && e.number("within") == x.within && e.near(time.UnixMilli(x.at)), e, key, "种类、数目或者时间与台账不符")
	}
	return err
}

// log holds the audit log to every head of it that the ledger has.
func (r *run) log() error {
	for _, e := range r.all(alarm.HeadSubject(r.authority), ledger.AuditHead) {
		e.claimed = true
		r.counted("audit_entry")
		why, err := r.Door.Differs(r.ctx, r.authority, e.number("no"), e.text("hash"))
		if err != nil {
			return err
		}
		r.want(why == "", e, fmt.Sprintf("audit_entry 第 %d 条", e.number("no")), "%s", why)
	}
	return nil
}

// pick claims the entry of a subject and type that is meant; nil if there is
// none.
func (r *run) pick(subject string, typ ledger.Type, meant func(*entry) bool) *entry {
	for _, e := range r.all(subject, typ) {
		if meant(e) {
			e.claimed = true
			return e
		}
	}
	return nil
}
