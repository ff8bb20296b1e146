package inspection

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"suiji/internal/access"
	"suiji/internal/errs"
	"suiji/internal/identity"
	"suiji/internal/store"
)

// Part is what another department does at the same firm in the same round.
type Part struct {
	FormID     string
	Department string
	State      State
	Team       []Officer
	Items      []string
	Foreign    bool // the reader does not know of the form itself
}

// Complete reports whether every department of a firm has entered its result:
// forms are those of one round.
func Complete(forms []Form, target string) bool {
	return !slices.ContainsFunc(forms, func(f Form) bool {
		return f.Firm.TargetID == target && (f.State == Issued || f.State == Returned)
	})
}

// Parts returns what the other departments of a joint inspection do at the
// form's firm, the leading one first; nothing if it is inspected by one alone.
// It stands on the form itself, for the form's own people too.
func (s *Service) Parts(ctx context.Context, f Form) ([]Part, error) {
	if f.Department == "" {
		return nil, nil
	}
	firm := Filter{RoundID: f.RoundID, TargetID: f.Firm.TargetID}
	own, err := s.Forms(ctx, f.Authority, firm)
	if err != nil {
		return nil, err
	}
	ctx = identity.Everything(ctx)
	all, err := s.Forms(ctx, f.Authority, firm)
	if err != nil {
		return nil, err
	}
	var parts []Part
	for _, o := range all {
		if o.ID == f.ID {
			continue
		}
		if o, err = s.Form(ctx, o.Authority, o.ID); err != nil {
			return nil, err
		}
		foreign := !slices.ContainsFunc(own, func(x Form) bool { return x.ID == o.ID })
		parts = append(parts, Part{o.ID, o.Department, o.State, o.Team, o.Items(), foreign})
	}
	return parts, nil
}

// text is what the printed form says of another department, for its height.
func (p Part) text() string {
	text := p.Department + "（检查表 " + p.FormID + "）："
	for _, o := range p.Team {
		text += o.Name + "（" + o.CertNo + "）、"
	}
	return text + "。事项：" + strings.Join(p.Items, "；")
}

// MayEnter returns why somebody may not enter a form's result: it is another
// department's (Forbidden); nil if they may.
func (s *Service) MayEnter(ctx context.Context, a access.Actor, f Form) error {
	return s.ownPeople(ctx, s.DB, a, f)
}

// ownPeople holds that a department's result is entered by its own people: who
// acts belongs to one of its units, by the account or in the register of
// officers. The office's own accounts that stand for no officer enter for the department that leads.
func (s *Service) ownPeople(ctx context.Context, tx *store.DB, a access.Actor, f Form) error {
	if f.Department == "" || f.units == "" {
		return nil
	}
	if slices.ContainsFunc(strings.Split(f.units, "、"), func(u string) bool { return slices.Contains(a.Units, u) }) {
		return nil
	}
	officer := ""
	acc, err := s.Identity.Account(ctx, a.Authority, a.ID)
	if err == nil {
		officer = acc.OfficerID
	} else if errs.KindOf(err) != errs.NotFound { // the program itself has no account
		return err
	}
	if officer == "" && f.leads {
		return nil
	}
	units, err := store.All(ctx, tx, store.Value[string], `
		SELECT unit
		FROM register_officer
		WHERE authority_id = $1 AND officer_id = $2`, f.Authority, officer)
	if err != nil {
		return err
	}
	if len(units) == 1 && slices.Contains(strings.Split(f.units, "、"), units[0]) {
		return nil
	}
	if slices.ContainsFunc(f.Team, func(o Officer) bool { return o.ID == officer }) {
		return nil
	}
	return errs.E(errs.Forbidden, fmt.Sprintf("检查表 %s 由“%s”检查，结果须由该部门的人员录入，检查表没有改动。该部门的人员没有账号的，请系统管理员在“账号”页建立，填写其执法证号", f.ID, f.Department))
}
