package register

import (
	"suiji/calendar"
	"suiji/internal/wording"
)

// Officer is a holder of an enforcement certificate (执法检查人员, 1.10).
type Officer struct {
	ID        string        // as draws know the officer: the certificate's number where its characters allow
	CertNo    string        // 执法证号
	CertKind  string        // 证件类型; empty: not stated
	CertUntil calendar.Date // last day of validity
	Name      string
	Unit      string // 单位、科室
	Post      string
	Phone     string        // never public
	Fields    []string      // 执法领域
	Active    bool          // in the register
	Reason    string        // why withdrawn: transferred, retired, …
	Version   int64         // the register's version that last changed the record
	Since     calendar.Date // the first day of this state; zero: always
}

// Valid reports whether the officer may inspect on a day: in the register, and
// the certificate has not run out.
func (o Officer) Valid(on calendar.Date) bool { return o.Active && !o.CertUntil.Before(on) }

// Key implements Record.
func (o Officer) Key() string { return o.ID }

// Named implements Record.
func (o Officer) Named() string { return o.Name }

// InForce implements Record.
func (o Officer) InForce() bool { return o.Active }

// Label implements Record.
func (o Officer) Label() string { return o.Name }
func (o Officer) search() string {
	return wording.Fold(o.Name) + "\n" + wording.Fold(o.CertNo) + "\n" + wording.Fold(o.Unit)
}

// Canonical appends the record without the telephone, which is never public.
func (o Officer) Canonical(b []byte) []byte {
	return canonical(b,
		member{name: "cert_kind", text: o.CertKind},
		member{name: "cert_no", text: o.CertNo},
		member{name: "cert_until", text: o.CertUntil.String()},
		member{name: "fields", list: o.Fields, many: true},
		member{name: "id", text: o.ID},
		member{name: "name", text: o.Name},
		member{name: "post", text: o.Post},
		member{name: "unit", text: o.Unit},
	)
}

// Whole implements Record.
func (o Officer) Whole(b []byte) []byte {
	return canonical(o.Canonical(b), member{name: "phone", text: o.Phone})
}

// Onto implements Record.
func (o Officer) Onto(old Officer) Officer {
	set(&old.Name, o.Name)
	set(&old.CertKind, o.CertKind)
	set(&old.Unit, o.Unit)
	set(&old.Post, o.Post)
	set(&old.Phone, o.Phone)
	if !o.CertUntil.Zero() {
		old.CertUntil = o.CertUntil
	}
	if len(o.Fields) > 0 {
		old.Fields = o.Fields
	}
	old.Active, old.Reason = true, ""
	return old
}

// Fresh implements Record.
func (o Officer) Fresh() Officer {
	o.Active = true
	return o
}

func (o Officer) state() (version int64, since calendar.Date) { return o.Version, o.Since }
func (o Officer) why() string                                 { return o.Reason }

// Differs lists what another source says otherwise of the officer; what it
// leaves empty it does not say.
func (o Officer) Differs(row Officer) []FieldChange {
	return differences(officerFacets, o, row.Onto(o))
}
