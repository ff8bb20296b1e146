package documents

import (
	"context"
	"fmt"
	"io"
	"strings"

	"suiji/internal/access"
	"suiji/internal/audit"
	"suiji/internal/errs"
	"suiji/internal/schedule"
)

// A firm has one notice (行政检查通知书) of an inspection, whoever inspects: of a
// joint one it belongs to the leading department's form and names every
// department, its people, items and code. What the firm reads behind a code,
// what is printed and what is filed is that document.

// leading is the form that a firm's notice belongs to.
func (s *Service) leading(ctx context.Context, authority, formID string) (string, error) {
	f, err := s.Inspection.Form(ctx, authority, formID)
	if err != nil {
		return "", err
	}
	all, err := s.departments(ctx, f)
	if err != nil {
		return "", err
	}
	if _, err := s.Inspection.Form(ctx, authority, all[0].ID); errs.KindOf(err) == errs.NotFound {
		return "", errs.E(errs.Forbidden, "这户企业的检查通知书由牵头部门制作，各部门合用一份，没有另外制作")
	}
	return all[0].ID, nil
}

// Notices returns the notices of a round's firms, or of the one that is named:
// the issued one of each, else the draft.
func (s *Service) Notices(ctx context.Context, authority, roundID, target string) (map[string]Paper, error) {
	of := map[string]Paper{}
	for _, state := range []State{Draft, Issued} {
		all, err := s.Papers(ctx, authority, Filter{RoundID: roundID, TargetID: target, Kind: Notice, State: state})
		if err != nil {
			return nil, err
		}
		for _, p := range all {
			of[p.TargetID] = p
		}
	}
	return of, nil
}

// IssueNotices issues the notice of every firm of a round that may be told and
// has none yet, as the arrangement was approved. Pressed again, it issues what
// is left. Errors: Conflict without forms, or with nothing to tell; Invalid
// with the firms that something is missing for: the others were issued.
func (s *Service) IssueNotices(ctx context.Context, a access.Actor, roundID string) error {
	if !access.Allow(a, access.DocumentIssue) || !access.Allow(a, access.DocumentEdit) {
		return s.Door.Do(ctx, access.Actor{Authority: a.Authority, ID: a.ID, Name: a.Name}, access.DocumentIssue, roundID+" notices", nil)
	}
	told, err := s.Inspection.Schedule.Summonses(ctx, a.Authority, roundID, "")
	if err != nil {
		return err
	}
	if len(told) == 0 {
		return errs.E(errs.Conflict, "没有可以通知的企业：安排批准以后才能通知，不事先通知的事项在检查开始以后才有通知书。没有签发")
	}
	forms, err := s.printable(ctx, a.Authority, roundID)
	if errs.KindOf(err) == errs.NotFound {
		return errs.E(errs.Conflict, "通知书上有检查表的编号和检查码：请先生成检查表。没有签发")
	}
	if err != nil {
		return err
	}
	batch, first := Service{s.Config, map[string]schedule.Summons{}}, map[string]string{}
	for _, n := range told {
		batch.summons[roundID+" "+n.TargetID] = n
	}
	for _, f := range forms {
		if first[f.Firm.TargetID] == "" {
			first[f.Firm.TargetID] = f.ID
		}
	}
	have, err := s.Notices(ctx, a.Authority, roundID, "")
	if err != nil {
		return err
	}
	ctx = audit.WithKey(ctx, "") // one press, many acts
	issued, left := 0, []string(nil)
	for _, n := range told {
		if have[n.TargetID].State == Issued || first[n.TargetID] == "" {
			continue
		}
		if err := batch.issueNotice(ctx, a, first[n.TargetID]); errs.KindOf(err) == errs.Invalid || errs.KindOf(err) == errs.Conflict {
			left = append(left, n.Firm+"（"+errs.Sentence(err)+"）")
		} else if err != nil {
			return err
		} else {
			issued++
		}
	}
	if len(left) > 0 {
		return errs.At("notices", fmt.Sprintf("已签发 %d 份；另有 %d 户没有签发，补上以后再按一次：%s", issued, len(left), strings.Join(left[:min(5, len(left))], "；")))
	}
	return nil
}

func (s *Service) issueNotice(ctx context.Context, a access.Actor, form string) error {
	id, err := s.Begin(ctx, a, NewPaper{Kind: Notice, FormID: form})
	if err != nil {
		return err
	}
	p, err := s.Paper(ctx, a.Authority, id)
	if err != nil {
		return err
	}
	c, err := s.Preview(ctx, a.Authority, p)
	if err != nil {
		return err
	}
	return s.issue(ctx, a, p, c.Digest()) // its files are made when somebody asks for them
}

// PrintNotices writes all notices of a round that were issued, as one PDF.
func (s *Service) PrintNotices(ctx context.Context, authority, roundID string, w io.Writer) error {
	all, err := s.issuedNotices(ctx, authority, roundID)
	if err != nil {
		return err
	}
	out, err := s.Fonts.Stream(w, "行政检查通知书 "+roundID, all[0].Content.Values["机关名称"])
	if err != nil {
		return err
	}
	for i := len(all) - 1; i >= 0; i-- { // the first number first
		d, err := s.Document(all[i], all[i].Content)
		if err != nil {
			return err
		}
		if err := out.Add(d.Sections[0]); err != nil {
			return fmt.Errorf("notice %s: %w", all[i].Number, err)
		}
	}
	return out.Close()
}

// MayPrintNotices says why the notices of a round cannot be printed, before the
// first byte.
func (s *Service) MayPrintNotices(ctx context.Context, authority, roundID string) error {
	if said := s.Fonts.Missing(); said != "" {
		return errs.E(errs.Conflict, said)
	}
	_, err := s.issuedNotices(ctx, authority, roundID)
	return err
}

func (s *Service) issuedNotices(ctx context.Context, authority, roundID string) ([]Paper, error) {
	all, err := s.Papers(ctx, authority, Filter{RoundID: roundID, Kind: Notice, State: Issued})
	if err != nil {
		return nil, err
	}
	if len(all) == 0 {
		return nil, errs.E(errs.Conflict, "这个轮次还没有签发通知书，没有可以打印的")
	}
	for _, p := range all {
		if p.Template != "" {
			return nil, errs.E(errs.Conflict, "这个轮次有用本单位模板制作的通知书（"+p.Number+"），只有 DOCX，不能连成一个 PDF。请在文书登记簿逐份下载，用 WPS 打印")
		}
	}
	return all, nil
}
