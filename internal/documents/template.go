package documents

import (
	"context"
	"encoding/json"
	"time"

	"suiji/internal/errs"
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
	t.KeptAt = instant(at)
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

func (s *Service) merge(ctx context.Context, authority string, p Paper, c Content) ([]byte, error) {
	return nil, errs.E(errs.NotFound, "没有这个模板")
}
