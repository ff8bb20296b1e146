package documents

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"strings"
	"unicode/utf8"

	"suiji/calendar"
	"suiji/internal/access"
	"suiji/internal/errs"
	"suiji/internal/inspection"
	"suiji/internal/store"
	"suiji/internal/wording"
)

// longest is how many characters a field may have.
const longest = 4000

// NewPaper is what a draft begins with.
type NewPaper struct {
	Kind     KindID
	FormID   string
	About    string // the document that is served
	Ref      string // the open end that it is made for; empty: the inspection as a whole
	Replaces string // the issued document in whose place it comes
}

// Begin begins a draft, filled with what the system knows, and returns its id.
// One that waits for the same inspection is the same one. Errors: NotFound;
// Conflict for a receipt of what was not issued, and for a document in whose
// place another has come.
func (s *Service) Begin(ctx context.Context, a access.Actor, n NewPaper) (id string, err error) {
	kind := n.Kind.Kind()
	if kind.ID == "" {
		return "", errs.E(errs.NotFound, "没有这种文书")
	}
	if n.Kind == Notice {
		if n.FormID, err = s.leading(ctx, a.Authority, n.FormID); err != nil {
			return "", err
		}
	}
	p := Paper{Kind: n.Kind, FormID: n.FormID, About: n.About, Ref: n.Ref, Replaces: n.Replaces}
	if len(kind.After) == 0 {
		p.Ref = ""
	}
	if err := s.begins(ctx, a, &p, kind); err != nil {
		return "", err
	}
	if err := s.MayDraft(ctx, a, n.FormID, p.Ref); err != nil {
		return "", s.Door.Do(ctx, a, access.DocumentEdit, n.FormID+" "+string(n.Kind), func(*store.DB) error { return err })
	}
	id = store.NewID(s.Now())
	found := ""
	err = s.Door.Do(ctx, a, access.DocumentEdit, n.FormID+" "+string(n.Kind), func(tx *store.DB) error {
		if found, err = draftOf(ctx, tx, a.Authority, p); err != nil || found != "" {
			return err
		}
		now := s.Now().UnixMilli()
		_, err := tx.Exec(ctx, `
			INSERT INTO documents_paper (authority_id, document_id, kind, form_id, about, ref, replaces, state, fields, template, revision, made_name, made_at, changed_name,
				changed_at, year, no, number, content, issued_by, issued_name, issued_at, docx, pdf, void_reason, void_name, void_at)
			VALUES ($1, $2, $3, $4, $5, $11, $6, 'draft', $7, $8, 1, $9, $10, $9, $10, 0, 0, '', '', '', '', 0, '', '', '', '', 0)`,
			a.Authority, id, string(p.Kind), p.FormID, p.About, p.Replaces, jsonOf(p.Fields), p.Template, a.Name, now, p.Ref)
		return err
	})
	if err == nil && found == "" { // the form's key was used before: nothing was done now
		found, err = draftOf(ctx, s.DB, a.Authority, p)
	}
	return found, err
}

// MayDraft says why somebody may not make documents of an inspection: an
// inspector makes those of its team, and of the matters that lie with them.
// Whoever also works at the desk or leads makes any.
func (s *Service) MayDraft(ctx context.Context, a access.Actor, form, ref string) error {
	if !a.Has(access.Inspector) || a.Has(access.Clerk) || a.Has(access.Leader) {
		return nil // the door knows the rest
	}
	f, err := s.Inspection.Form(ctx, a.Authority, form)
	if err != nil {
		return err
	}
	acc, err := s.Identity.Account(ctx, a.Authority, a.ID)
	if err != nil && errs.KindOf(err) != errs.NotFound {
		return err
	}
	if slices.ContainsFunc(f.Team, func(o inspection.Officer) bool { return o.ID == acc.OfficerID }) {
		return nil
	}
	if ref != "" {
		w, err := s.Casework.Whole(ctx, a.Authority, form, ref)
		if err != nil || w.Account == a.ID {
			return err
		}
	}
	return errs.E(errs.Forbidden, fmt.Sprintf("您不是检查表 %s 的检查人员，不能为这次检查制作文书，没有任何改动。请检查组的人员或经办人制作", f.ID))
}

// draftOf returns the draft that waits in the same matter; empty if none does.
func draftOf(ctx context.Context, db *store.DB, authority string, p Paper) (string, error) {
	return store.One(ctx, db, store.Value[string], `
		SELECT coalesce(max(document_id), '')
		FROM documents_paper
		WHERE authority_id = $1 AND form_id = $2 AND kind = $3 AND about = $4 AND ref = $5 AND state = 'draft'`, authority, p.FormID, string(p.Kind), p.About, p.Ref)
}

// begins fills a draft in, and says why there can be none.
func (s *Service) begins(ctx context.Context, a access.Actor, p *Paper, kind Kind) error {
	if kind.About != (p.About != "") && (p.About != "" || p.Ref == "") {
		return errs.E(errs.Invalid, "送达回证从所送达的文书页上制作")
	}
	for _, id := range []string{p.About, p.Replaces} {
		if id == "" {
			continue
		}
		other, err := s.Paper(ctx, a.Authority, id)
		if err != nil {
			return err
		}
		if other.State != Issued || other.FormID != p.FormID {
			return errs.E(errs.Conflict, "原文书还没有签发、已经作废或者不属于这次检查，没有制作")
		}
		if id == p.Replaces {
			p.Fields, p.Template = other.Fields, other.Template
		}
		p.Ref = other.Ref
	}
	if p.Kind == Transfer && p.Ref != "" && p.Replaces == "" {
		w, err := s.Casework.Whole(ctx, a.Authority, p.FormID, p.Ref)
		if err != nil {
			return err
		}
		if number, to := letter(w); number != "" {
			return errs.E(errs.Conflict, fmt.Sprintf("这一事项已经用文书 %s 送%s，没有另外制作：一件事只有一个文号。需要送达回证的，可以直接制作", number, to))
		}
	}
	if p.Kind == Notice && p.Replaces == "" {
		all, err := s.Papers(ctx, a.Authority, Filter{FormID: p.FormID, Kind: Notice, State: Issued})
		if err != nil {
			return err
		}
		if len(all) > 0 {
			return errs.E(errs.Conflict, fmt.Sprintf("已经给这户企业签发了通知书（%s），没有另外制作。内容有变的，在那份文书的页面上另制一份代替", all[0].Number))
		}
	}
	x, err := s.facts(ctx, a.Authority, *p)
	if err != nil || p.Fields != nil {
		return err
	}
	p.Fields = map[string]string{}
	days := x.days()
	known, err := x.values(ctx, s)
	if err != nil {
		return err
	}
	for _, f := range kind.Fields {
		p.Fields[f.Name] = cmp.Or(f.Fixed, known[f.From])
		if f.Date {
			p.Fields[f.Name] = days[f.From]
		}
	}
	t, err := s.active(ctx, a.Authority, p.Kind)
	p.Template = t.Digest
	return err
}

// Save keeps what the handler filled in, and with which template it is to be
// made. Errors: Invalid; Conflict if it was issued, or changed by another
// meanwhile.
func (s *Service) Save(ctx context.Context, a access.Actor, id string, revision int64, fields map[string]string, template string) error {
	p, err := s.Paper(ctx, a.Authority, id)
	if err != nil {
		return err
	}
	var ps []errs.Problem
	clean := map[string]string{}
	for i, f := range p.Kind.Kind().Fields {
		text, _ := wording.Clean(strings.ReplaceAll(fields[f.Name], "\r", ""), true)
		text = strings.Trim(text, "\n ")
		if utf8.RuneCountInString(text) > longest {
			ps = append(ps, errs.Problem{Field: FieldName(i), Sentence: fmt.Sprintf("“%s”最多 %d 字", f.Name, longest)})
		}
		if f.Date {
			if err := new(calendar.Date).UnmarshalText([]byte(text)); err != nil {
				ps = append(ps, errs.Problem{Field: FieldName(i), Sentence: f.Name + "：" + errs.Sentence(err)})
			}
		}
		clean[f.Name] = text
	}
	if err := errs.All(ps); err != nil {
		return err
	}
	if template != "" {
		if _, err := s.Template(ctx, a.Authority, p.Kind, template); err != nil {
			return err
		}
	}
	own := s.MayDraft(ctx, a, p.FormID, p.Ref)
	return s.Door.Do(ctx, a, access.DocumentEdit, id, func(tx *store.DB) error {
		if own != nil {
			return own
		}
		n, err := tx.Exec(ctx, `
			UPDATE documents_paper
			SET fields = $3, template = $4, revision = revision + 1, changed_name = $5, changed_at = $6
			WHERE authority_id = $1 AND document_id = $2 AND state = 'draft' AND revision = $7`,
			a.Authority, id, jsonOf(clean), template, a.Name, s.Now().UnixMilli(), revision)
		return s.unchanged(ctx, tx, a.Authority, id, n, err)
	})
}

// unchanged says why a change found nothing to change.
func (s *Service) unchanged(ctx context.Context, tx *store.DB, authority, id string, n int64, err error) error {
	if err != nil || n > 0 {
		return err
	}
	p, err := readPaper(ctx, tx, authority, id)
	if err != nil {
		return err
	}
	if p.State != Draft {
		return errIssued
	}
	return errs.E(errs.Conflict, fmt.Sprintf("%s 刚刚改过这份文书，您的改动没有保存。请刷新后再改", p.ChangedName))
}

// FieldName is the input of the i-th field.
func FieldName(i int) string { return fmt.Sprintf("field-%d", i) }

// Drop throws a draft away: no number was given. Errors: NotFound for what is
// not there, or not any more; Conflict for what was issued.
func (s *Service) Drop(ctx context.Context, a access.Actor, id string) error {
	own := error(nil)
	if p, err := s.Paper(ctx, a.Authority, id); err == nil {
		own = s.MayDraft(ctx, a, p.FormID, p.Ref)
	}
	return s.Door.Do(ctx, a, access.DocumentEdit, id+" drop", func(tx *store.DB) error {
		p, err := readPaper(ctx, tx, a.Authority, id)
		if err = cmp.Or(own, err); err != nil {
			return err
		}
		if p.State != Draft {
			return errIssued
		}
		_, err = tx.Exec(ctx, `
			DELETE FROM documents_paper
			WHERE authority_id = $1 AND document_id = $2 AND state = 'draft'`, a.Authority, id)
		return err
	})
}

// Preview is what a draft would say if it were issued now.
func (s *Service) Preview(ctx context.Context, authority string, p Paper) (Content, error) {
	return s.content(ctx, authority, p, "", s.today())
}

// Issue gives a draft its number and lays down what it says; seen is the digest
// of the preview that was looked at. It then makes the files. Issued again, it
// stays as it is. Errors: Invalid, with what is missing by name; Conflict if
// something has changed since it was looked at.
func (s *Service) Issue(ctx context.Context, a access.Actor, id, seen string) error {
	if !access.Allow(a, access.DocumentIssue) { // also where nothing would be issued
		return s.Door.Do(ctx, a, access.DocumentIssue, id, nil)
	}
	p, err := s.Paper(ctx, a.Authority, id)
	if err == nil && p.State == Draft {
		err = s.issue(ctx, a, p, seen)
	}
	if err == nil {
		_, err = s.bind(ctx, a.Authority, id)
	}
	return err
}

func (s *Service) issue(ctx context.Context, a access.Actor, p Paper, seen string) error {
	c, err := s.Preview(ctx, a.Authority, p)
	if err != nil {
		return err
	}
	if err := c.complete(p.Kind.Kind()); err != nil {
		return err
	}
	if c.Digest() != seen {
		return errs.E(errs.Conflict, "您看过以后，这份文书的内容有了变动，没有签发。请再看一遍")
	}
	if err := s.try(ctx, a.Authority, p, c); err != nil { // no number for what cannot be made
		return err
	}
	for range 5 { // many issue at once: who lost every race has not been given a number
		err = s.Door.Do(ctx, a, access.DocumentIssue, p.ID, func(tx *store.DB) error { return s.number(ctx, tx, a, p, c) })
		if !store.Raced(err) {
			break
		}
	}
	return err
}

// complete names what is missing.
func (c Content) complete(kind Kind) error {
	var ps []errs.Problem
	for _, m := range c.Missing(kind) {
		problem := errs.Problem{Field: "issue", Sentence: "缺“" + m.Name + "”：" + m.Hint}
		for i, f := range kind.Fields {
			if m.Field && f.Name == m.Name {
				problem = errs.Problem{Field: FieldName(i), Sentence: "缺“" + m.Name + "”，没有签发"}
			}
		}
		ps = append(ps, problem)
	}
	return errs.All(ps)
}

// number issues a draft.
func (s *Service) number(ctx context.Context, tx *store.DB, a access.Actor, p Paper, c Content) error {
	now, err := readPaper(ctx, tx, a.Authority, p.ID)
	if err != nil || now.State == Issued { // somebody was first
		return err
	}
	if now.State != Draft || now.Revision != p.Revision {
		return s.unchanged(ctx, tx, a.Authority, p.ID, 0, nil)
	}
	year := s.today().Year()
	no, number, err := s.next(ctx, tx, a.Authority, p.Kind, year)
	if err != nil {
		return err
	}
	if p.Replaces != "" {
		if err := s.void(ctx, tx, a, p.Replaces, "由 "+number+" 代替"); err != nil {
			return err
		}
	}
	said := c
	said.Values = map[string]string{}
	for k, v := range c.Values {
		said.Values[k] = v
	}
	said.Values["文号"] = number
	_, err = tx.Exec(ctx, `
		UPDATE documents_paper
		SET state = 'issued', year = $3, no = $4, number = $5, content = $6, issued_by = $7, issued_name = $8, issued_at = $9
		WHERE authority_id = $1 AND document_id = $2`,
		a.Authority, p.ID, year, no, number, jsonOf(said), a.ID, a.Name, s.Now().UnixMilli())
	return err
}

// Void makes an issued document void; its number stays with it, and so do its
// files. One that is void stays as it is. Errors: Invalid without a reason.
func (s *Service) Void(ctx context.Context, a access.Actor, id, reason string) error {
	reason, _ = wording.Clean(reason, false)
	if n := utf8.RuneCountInString(reason); n < 4 || n > 200 {
		return errs.At("reason", "请写明作废原因，4 到 200 字。没有作废")
	}
	return s.Door.Do(ctx, a, access.DocumentVoid, id, func(tx *store.DB) error { return s.void(ctx, tx, a, id, reason) })
}

func (s *Service) void(ctx context.Context, tx *store.DB, a access.Actor, id, reason string) error {
	p, err := readPaper(ctx, tx, a.Authority, id)
	if err != nil || p.State == Void {
		return err
	}
	if p.State == Draft {
		return errs.E(errs.Conflict, "草稿还没有文号，不用作废，可以直接删除")
	}
	_, err = tx.Exec(ctx, `
		UPDATE documents_paper
		SET state = 'void', void_reason = $3, void_name = $4, void_at = $5
		WHERE authority_id = $1 AND document_id = $2`, a.Authority, id, reason, a.Name, s.Now().UnixMilli())
	return err
}
