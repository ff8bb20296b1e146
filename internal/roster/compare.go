package roster

import (
	"context"
	"slices"
	"strings"

	"suiji/internal/register"
)

// Differing is an officer of whom the certificate authority says otherwise.
type Differing struct {
	Officer register.Officer
	Number  string // of the certificate
	Fields  []register.FieldChange
}

// Absent is a certificate of the register that the export does not have.
type Absent struct {
	Officer register.Officer
	Number  string
	Own     bool // the register's own certificate, not a further one
}

// Comparison is the register beside the export of the authority that issues
// the certificates (1.10: all who lawfully hold one must be in the register).
type Comparison struct {
	Export   int // rows of the export
	Same     int
	Missing  []register.Officer // of the export, not in the register; Reason says if they were taken out
	Gone     []Absent           // in the register, no longer certified
	Differ   []Differing
	Register int // officers in the register
}

// Complete reports whether all who hold a certificate are in the register.
func (c Comparison) Complete() bool { return len(c.Missing) == 0 }

// Compare puts an export beside the register, both ways. It changes nothing.
func (s *Service) Compare(ctx context.Context, authority string, export []register.Officer) (c Comparison, err error) {
	c.Export = len(export)
	more, err := further(ctx, s.db, authority, "")
	if err != nil {
		return c, err
	}
	kept := map[string]register.Officer{}
	byID := map[string]register.Officer{}
	err = s.register.EachOfficer(ctx, nil, authority, func(o register.Officer) error {
		kept[o.CertNo], byID[o.ID] = o, o
		c.Register++
		return nil
	})
	if err != nil {
		return c, err
	}
	latest := map[string]Certificate{}
	for _, x := range more {
		if _, in := byID[x.OfficerID]; in && (latest[x.Number].Number == "" || x.Until.After(latest[x.Number].Until)) {
			latest[x.Number] = x
		}
	}
	certified := map[string]bool{}
	for _, row := range export {
		certified[row.CertNo] = true
		o, in := kept[row.CertNo]
		var fields []register.FieldChange
		if in {
			fields = o.Differs(row)
		} else if x, known := latest[row.CertNo]; known {
			o, fields = byID[x.OfficerID], x.differs(byID[x.OfficerID].Name, row)
		} else {
			out, err := s.register.Officer(ctx, authority, row.ID)
			if err == nil {
				row.Reason = out.Reason
			}
			c.Missing = append(c.Missing, row)
			continue
		}
		if len(fields) == 0 {
			c.Same++
			continue
		}
		c.Differ = append(c.Differ, Differing{o, row.CertNo, fields})
	}
	c.absent(byID, latest, certified)
	return c, nil
}

// absent lists what is not in the export, by officer.
func (c *Comparison) absent(officers map[string]register.Officer, more map[string]Certificate, certified map[string]bool) {
	for _, o := range officers {
		if !certified[o.CertNo] {
			c.Gone = append(c.Gone, Absent{o, o.CertNo, true})
		}
	}
	for number, x := range more {
		if !certified[number] {
			c.Gone = append(c.Gone, Absent{officers[x.OfficerID], number, false})
		}
	}
	slices.SortFunc(c.Gone, func(a, b Absent) int { return strings.Compare(a.Officer.ID+"\n"+a.Number, b.Officer.ID+"\n"+b.Number) })
}

// differs lists what an export says otherwise of a further certificate.
func (c Certificate) differs(name string, row register.Officer) []register.FieldChange {
	var out []register.FieldChange
	add := func(label, before, after string) {
		if after != "" && before != after {
			out = append(out, register.FieldChange{Label: label, Before: before, After: after})
		}
	}
	add("姓名", name, row.Name)
	add("证件类型", c.Kind, row.CertKind)
	add("有效期至", c.Until.String(), row.CertUntil.String())
	fields := slices.Sorted(slices.Values(c.Fields))
	add("执法领域", strings.Join(fields, "\n"), strings.Join(row.Fields, "\n"))
	return out
}
