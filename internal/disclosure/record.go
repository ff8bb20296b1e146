package disclosure

import (
	"context"
	"fmt"
	"regexp"
	"slices"
	"strings"
	"unicode/utf8"

	"suiji/internal/canon"
	"suiji/internal/errs"
	"suiji/internal/identity"
	"suiji/internal/inspection"
)

// Record is exactly what the public reads of one inspection; its canonical
// JSON is what the ledger's digest covers. Names, certificates and units of
// officers are public (行政执法公示); telephones, identity numbers and the
// firm's people never are (product decision 6).
type Record struct {
	V         int        `json:"v"` // 1
	Form      string     `json:"form"`
	Authority RecordBody `json:"authority"`
	Plan      RecordPlan `json:"plan"`
	Round     string     `json:"round"`
	// Department is who inspected, where several departments did; left out: the
	// authority alone.
	Department string         `json:"department,omitempty"`
	Firm       RecordFirm     `json:"firm"`
	Items      []string       `json:"items"`
	Methods    []string       `json:"methods"`
	Started    string         `json:"started"` // 2006-01-02
	Ended      string         `json:"ended"`
	Results    []RecordResult `json:"results"`
	Handling   []Handling     `json:"handling"` // of each problem, in order
	Officers   []RecordPerson `json:"officers"`
}

// RecordBody is the authority that inspected.
type RecordBody struct {
	ID   string `json:"id"`
	Name string `json:"name"`
}

// RecordPlan is the plan and task that the inspection rests on.
type RecordPlan struct {
	Title  string `json:"title"`
	Number string `json:"number"`
	Year   int    `json:"year"`
	Task   string `json:"task"`
}

// RecordFirm is the inspected firm. Code is its unified social credit code or
// registration number, empty if it has another number.
type RecordFirm struct {
	Name string `json:"name"`
	Code string `json:"code"`
}

// RecordResult is a result code with its name at the time.
type RecordResult struct {
	Code string `json:"code"`
	Name string `json:"name"`
}

// Handling is what was done about a problem; Due, Outcome and On are empty
// while there is none.
type Handling struct {
	Measure string `json:"measure"`
	Due     string `json:"due"`
	Outcome string `json:"outcome"`
	On      string `json:"on"`
}

// Pieces are the parts of the measure between what was covered; none for an
// empty one.
func (h Handling) Pieces() []string {
	if h.Measure == "" {
		return nil
	}
	return strings.Split(h.Measure, cover)
}

// RecordPerson is an officer of the team.
type RecordPerson struct {
	Name        string `json:"name"`
	Certificate string `json:"certificate"`
	Unit        string `json:"unit"`
	Post        string `json:"post"`
	NotRandom   bool   `json:"not_random,omitempty"` // assigned by hand, not drawn
}

// Preview is what publishing a form would show.
type Preview struct {
	Record Record
	JSON   string   // canonical
	Masked []string // kinds of private data that were covered: 电话号码, …
}

// Preview returns what the public would read of each form, before it does.
// Errors: Conflict for a form whose conclusion is not confirmed.
func (s *Service) Preview(ctx context.Context, authority string, formIDs []string) ([]Preview, error) {
	auth, err := s.Identity.Authority(ctx, authority)
	if err != nil {
		return nil, err
	}
	var all []Preview
	for _, id := range formIDs {
		f, err := s.Inspection.Form(ctx, authority, id)
		if err != nil {
			return nil, err
		}
		p, err := preview(auth, f)
		if err != nil {
			return nil, err
		}
		all = append(all, p)
	}
	return all, nil
}

func preview(auth identity.Authority, f inspection.Form) (Preview, error) {
	if f.State != inspection.Confirmed {
		return Preview{}, errs.E(errs.Conflict, fmt.Sprintf("检查表 %s 目前是“%s”，结论审核后才能公示", f.ID, f.State.Name()))
	}
	r := Record{
		V: 1, Form: f.ID, Round: f.RoundID, Department: f.Department, Authority: RecordBody{auth.ID, auth.Name},
		Plan:    RecordPlan{f.Task.Plan, f.Task.Number, f.Task.Year, f.Task.Name},
		Firm:    RecordFirm{Name: f.Firm.Name},
		Items:   []string{},
		Started: f.StartedOn.String(), Ended: f.EndedOn.String(),
		Methods: []string{}, Results: []RecordResult{}, Handling: []Handling{}, Officers: []RecordPerson{},
	}
	if f.Firm.CodeKind != "other" {
		r.Firm.Code = f.Firm.Code
	}
	r.Items = append(r.Items, f.Items()...)
	for _, m := range f.Methods {
		r.Methods = append(r.Methods, m.Name())
	}
	for _, c := range f.Codes {
		r.Results = append(r.Results, RecordResult{string(c), c.Name()})
	}
	for _, o := range f.Team {
		r.Officers = append(r.Officers, RecordPerson{o.Name, o.CertNo, o.Unit, o.Post, o.ByHand})
	}
	m := masker{names: privateNames(f)}
	for _, x := range f.Findings {
		r.Handling = append(r.Handling, Handling{m.cover(x.Measure), x.DueOn.String(), x.Outcome.Name(), x.OutcomeOn.String()})
	}
	b, err := canon.JSON(r)
	return Preview{Record: r, JSON: string(b), Masked: m.kinds}, err
}

// privateNames are the firm's people that the form knows. A name that is part
// of the firm's own is public with it.
func privateNames(f inspection.Form) []string {
	var names []string
	for _, n := range []string{f.FirmPerson, f.Firm.Contact} {
		if utf8.RuneCountInString(n) > 1 && !strings.Contains(f.Firm.Name, n) {
			names = append(names, n)
		}
	}
	return names
}

// cover stands in the place of private data.
const cover = "***"

// masker covers private data in a text, and notes what kinds it met.
type masker struct {
	names []string
	kinds []string
}

var (
	digitRun = regexp.MustCompile(`[0-9]+[Xx]?`)
	spaced   = regexp.MustCompile(`1[3-9][0-9][ -][0-9]{4}[ -][0-9]{4}|0[0-9]{2,3}[ -][0-9]{7,8}`)
	mailbox  = regexp.MustCompile(`[0-9A-Za-z._-]+@[0-9A-Za-z.-]+`)
)

func (m *masker) cover(text string) string {
	for _, n := range m.names {
		if strings.Contains(text, n) {
			text = strings.ReplaceAll(text, n, cover)
			m.met("姓名")
		}
	}
	text = mailbox.ReplaceAllStringFunc(text, func(string) string { return m.met("电子邮箱") })
	text = spaced.ReplaceAllStringFunc(text, func(string) string { return m.met("电话号码") })
	return digitRun.ReplaceAllStringFunc(text, func(run string) string {
		if kind := privateNumber(run); kind != "" {
			return m.met(kind)
		}
		return run
	})
}

func (m *masker) met(kind string) string {
	if !slices.Contains(m.kinds, kind) {
		m.kinds = append(m.kinds, kind)
	}
	return cover
}

// privateNumber says what a run of digits looks like; empty if it may stand.
func privateNumber(run string) string {
	switch n := len(run); {
	case n == 18 || n == 15:
		return "证件号码"
	case n == 11 && run[0] == '1' && run[1] >= '3', (n == 11 || n == 12) && run[0] == '0':
		return "电话号码"
	case n >= 16 && n <= 19:
		return "银行账号"
	}
	return ""
}
