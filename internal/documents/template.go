package documents

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"slices"
	"strings"
	"time"

	"suiji/internal/access"
	"suiji/internal/errs"
	"suiji/internal/keep"
	"suiji/internal/office"
	"suiji/internal/store"
)

// Template is the office's own DOCX for a kind of document.
type Template struct {
	Kind     KindID
	Digest   string
	Name     string
	Slots    []string // the placeholders found, without their braces
	Active   bool     // offered for new drafts
	KeptName string
	KeptAt   time.Time
}

const templateCols = `kind, digest, name, slots, active, kept_name, kept_at`

func scanTemplate(row store.Scanner) (t Template, err error) {
	var slots string
	var at int64
	if err = row.Scan(&t.Kind, &t.Digest, &t.Name, &slots, &t.Active, &t.KeptName, &at); err != nil {
		return t, err
	}
	t.KeptAt = store.Instant(at)
	return t, json.Unmarshal([]byte(slots), &t.Slots)
}

// Templates lists the office's templates, the newest of each kind first.
func (s *Service) Templates(ctx context.Context, authority string) ([]Template, error) {
	return store.All(ctx, s.DB, scanTemplate, `
		SELECT `+templateCols+`
		FROM documents_template
		WHERE authority_id = $1
		ORDER BY kind, kept_at DESC, digest`, authority)
}

// Template returns one. Errors: NotFound.
func (s *Service) Template(ctx context.Context, authority string, kind KindID, digest string) (Template, error) {
	all, err := s.Templates(ctx, authority)
	for _, t := range all {
		if t.Kind == kind && t.Digest == digest {
			return t, nil
		}
	}
	if err == nil {
		err = errs.E(errs.NotFound, "没有这个模板")
	}
	return Template{}, err
}

// TemplateFile returns a template and its bytes. Errors: NotFound; Conflict if
// the file on the disk is not the one that was kept.
func (s *Service) TemplateFile(ctx context.Context, authority string, kind KindID, digest string) (Template, []byte, error) {
	t, err := s.Template(ctx, authority, kind, digest)
	if err != nil {
		return t, nil, err
	}
	body, err := s.get(authority, digest)
	return t, body, err
}

// active returns the template that is offered for a kind; the zero Template if
// none is.
func (s *Service) active(ctx context.Context, authority string, kind KindID) (Template, error) {
	all, err := s.Templates(ctx, authority)
	for _, t := range all {
		if t.Kind == kind && t.Active {
			return t, err
		}
	}
	return Template{}, err
}

// MaxTemplate is the most bytes of a template.
const MaxTemplate = 10 << 20

// Names are the placeholders that a template of a kind may have.
func (k Kind) Names() (all []string) {
	for _, v := range Values {
		all = append(all, v.Name)
	}
	for _, l := range Lists {
		for _, c := range l.Columns {
			all = append(all, l.Name+"."+c)
		}
	}
	for _, f := range k.Fields {
		if len(f.Columns) == 0 && !slices.Contains(all, f.Name) {
			all = append(all, f.Name)
		}
		for _, c := range append([]string{"序号"}, f.Columns...) {
			if len(f.Columns) > 0 {
				all = append(all, f.Name+"."+c)
			}
		}
	}
	return all
}

// AddTemplate keeps the office's own DOCX for a kind and offers it from now on.
// Drafts that were begun stay as they are. Errors: Invalid for what is no DOCX,
// or has placeholders that are not known, each named with the nearest one that
// is; Forbidden.
func (s *Service) AddTemplate(ctx context.Context, a access.Actor, kind KindID, name string, body []byte) error {
	k := kind.Kind()
	if k.ID == "" {
		return errs.At("kind", "请选择文书。没有保存")
	}
	if _, err := keep.Judge(body, MaxTemplate, []keep.Kind{keep.DOCX}); err != nil {
		return errs.AtBecause("file", err.Error()+"。模板用 WPS 或 Word 另存为 .docx。没有保存", err)
	}
	if !access.Allow(a, access.DocumentSet) { // nothing of theirs reaches the disk; the door records the attempt
		return s.Door.Do(ctx, a, access.DocumentSet, "template "+string(kind), func(*store.DB) error { return nil })
	}
	slots, err := s.slots(ctx, body)
	if err != nil {
		return err
	}
	if err := k.judge(slots); err != nil {
		return err
	}
	digest, err := s.put(a.Authority, body)
	if err != nil {
		return err
	}
	return s.Door.Do(ctx, a, access.DocumentSet, "template "+string(kind)+" "+digest, func(tx *store.DB) error {
		_, err := tx.Exec(ctx, `
			INSERT INTO documents_template (authority_id, kind, digest, name, slots, active, kept_name, kept_at)
			VALUES ($1, $2, $3, $4, $5, TRUE, $6, $7)
			ON CONFLICT (authority_id, kind, digest) DO NOTHING`, a.Authority, string(kind), digest, keep.Name(name), jsonOf(slots), a.Name, s.Now().UnixMilli())
		if err != nil {
			return err
		}
		return offer(ctx, tx, a.Authority, kind, digest)
	})
}

// OfferTemplate offers one of a kind's templates for new drafts; an empty digest
// goes back to the built-in layout. Errors: NotFound.
func (s *Service) OfferTemplate(ctx context.Context, a access.Actor, kind KindID, digest string) error {
	if digest != "" {
		if _, err := s.Template(ctx, a.Authority, kind, digest); err != nil {
			return err
		}
	}
	return s.Door.Do(ctx, a, access.DocumentSet, "template "+string(kind)+" offer", func(tx *store.DB) error { return offer(ctx, tx, a.Authority, kind, digest) })
}

func offer(ctx context.Context, tx *store.DB, authority string, kind KindID, digest string) error {
	_, err := tx.Exec(ctx, `
		UPDATE documents_template
		SET active = (digest = $3)
		WHERE authority_id = $1 AND kind = $2`, authority, string(kind), digest)
	return err
}

// slots opens a template in the airlock and returns its placeholders.
func (s *Service) slots(ctx context.Context, body []byte) ([]string, error) {
	f, err := os.CreateTemp("", "template-*.docx")
	if err != nil {
		return nil, err
	}
	defer os.Remove(f.Name()) // it was only read
	_, err = f.Write(body)
	if err == nil {
		_, err = f.Seek(0, io.SeekStart)
	}
	var names []string
	if err == nil {
		names, err = s.Airlock.Slots(ctx, f)
	}
	return names, errors.Join(blamed(err), f.Close())
}

// blamed is an error of the airlock as the desk reads it.
func blamed(err error) error {
	var bad *office.Error
	if errors.As(err, &bad) {
		return errs.At("file", bad.Sentence+"。没有保存")
	}
	return err
}

// judge names the placeholders that are not known, and those that must be there.
func (k Kind) judge(slots []string) error {
	known := k.Names()
	var ps []errs.Problem
	add := func(sentence string) { ps = append(ps, errs.Problem{Field: "file", Sentence: sentence}) }
	for _, s := range slots {
		if slices.Contains(known, s) {
			continue
		}
		said := "占位符 {{" + s + "}} 系统不认识"
		if near := nearest(s, known); near != "" {
			said += "，是不是 {{" + near + "}}"
		}
		add(said + "？没有保存")
	}
	for _, must := range []string{"文号", "企业名称"} {
		if !slices.Contains(slots, must) {
			add("模板里没有占位符 {{" + must + "}}，做出的文书会缺这一项。没有保存")
		}
	}
	return errs.All(ps)
}

// nearest is the known name that differs least, if it is near at all.
func nearest(name string, known []string) (best string) {
	least := max(1, len([]rune(name))/2) + 1
	for _, k := range known {
		if d := distance([]rune(name), []rune(k)); d < least {
			best, least = k, d
		}
	}
	return best
}

// distance is how many characters must be put in, taken out or changed.
func distance(a, b []rune) int {
	row := make([]int, len(b)+1)
	for j := range row {
		row[j] = j
	}
	for i, x := range a {
		last := row[0]
		row[0] = i + 1
		for j, y := range b {
			cost := last
			if x != y {
				cost++
			}
			last, row[j+1] = row[j+1], min(cost, row[j+1]+1, row[j]+1)
		}
	}
	return row[len(b)]
}

// merge makes a document of the office's own template, in the airlock.
func (s *Service) merge(ctx context.Context, authority string, p Paper, c Content) ([]byte, error) {
	if _, err := s.get(authority, p.Template); err != nil { // it is still what was kept
		return nil, err
	}
	path, err := s.path(authority, p.Template)
	if err != nil {
		return nil, err
	}
	f, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	m := office.Merge{Values: map[string]string{}, Lists: c.Lists}
	for _, name := range p.Kind.Kind().Names() {
		if !strings.Contains(name, ".") { // those are a row's
			m.Values[name] = c.Text(name)
		}
	}
	var b bytes.Buffer
	if err := errors.Join(blamed(s.Airlock.Fill(ctx, f, m, &b)), f.Close()); err != nil {
		return nil, err
	}
	if _, err := keep.Judge(b.Bytes(), 4*MaxTemplate, []keep.Kind{keep.DOCX}); err != nil {
		return nil, fmt.Errorf("fill template %s: %w", p.Template, err)
	}
	return b.Bytes(), nil
}
