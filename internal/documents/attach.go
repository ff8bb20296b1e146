package documents

import (
	"context"
	"fmt"
	"slices"
	"time"

	"suiji/internal/access"
	"suiji/internal/errs"
	"suiji/internal/keep"
	"suiji/internal/store"
)

// The limits of attachments: a file, and how many belong to one inspection.
const (
	MaxFile   = 20 << 20
	MostFiles = 200
)

// Attachment is a file that belongs to an inspection or to a document of it.
type Attachment struct {
	FormID     string
	DocumentID string // empty: of the inspection as a whole
	Digest     string
	Name       string
	Kind       keep.Kind
	Size       int64
	KeptName   string
	KeptAt     time.Time
}

const fileCols = `form_id, document_id, digest, name, kind, size, kept_name, kept_at`

func scanFile(row store.Scanner) (f Attachment, err error) {
	var at int64
	err = row.Scan(&f.FormID, &f.DocumentID, &f.Digest, &f.Name, &f.Kind, &f.Size, &f.KeptName, &at)
	f.KeptAt = store.Instant(at)
	return f, err
}

// Attachments lists the files of an inspection, those of its documents too, the
// oldest first.
func (s *Service) Attachments(ctx context.Context, authority, formID string) ([]Attachment, error) {
	return store.All(ctx, s.DB, scanFile, `
		SELECT `+fileCols+`
		FROM documents_file
		WHERE authority_id = $1 AND form_id = $2
		ORDER BY kept_at, document_id, digest`, authority, formID)
}

// Attach keeps a file with a document, or with its inspection if document is
// empty. The same file again is the same one. Errors: Invalid for what is no
// PDF, picture, DOCX or XLSX by its content, or is too large; Conflict for too many.
func (s *Service) Attach(ctx context.Context, a access.Actor, formID, document, name string, body []byte) error {
	kind, err := keep.Judge(body, MaxFile, keep.Files)
	if err != nil {
		return errs.AtBecause("file", err.Error()+"。没有保存", err)
	}
	if _, err := s.Inspection.Form(ctx, a.Authority, formID); err != nil {
		return err
	}
	if document != "" {
		if p, err := s.Paper(ctx, a.Authority, document); err != nil || p.FormID != formID {
			return errNoPaper
		}
	}
	if own := s.MayDraft(ctx, a, formID, ""); own != nil || !access.Allow(a, access.DocumentEdit) { // nothing of theirs reaches the disk; the door records the attempt
		return s.Door.Do(ctx, a, access.DocumentEdit, formID+" attach", func(*store.DB) error { return own })
	}
	digest, err := s.put(a.Authority, body)
	if err != nil {
		return err
	}
	return s.Door.Do(ctx, a, access.DocumentEdit, formID+" attach "+digest, func(tx *store.DB) error {
		n, err := store.One(ctx, tx, store.Value[int], `
			SELECT count(*)
			FROM documents_file
			WHERE authority_id = $1 AND form_id = $2`, a.Authority, formID)
		if err != nil {
			return err
		}
		if n >= MostFiles {
			return errs.E(errs.Conflict, fmt.Sprintf("一次检查最多 %d 个附件，这个文件没有保存。请把几页合成一个 PDF", MostFiles))
		}
		_, err = tx.Exec(ctx, `
			INSERT INTO documents_file (authority_id, `+fileCols+`, kept_by)
			VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)
			ON CONFLICT (authority_id, form_id, document_id, digest) DO NOTHING`,
			a.Authority, formID, document, digest, keep.Name(name), string(kind), int64(len(body)), a.Name, s.Now().UnixMilli(), a.ID)
		return err
	})
}

// Attachment returns a file of an inspection and its bytes. Errors: NotFound;
// Conflict if the file on the disk is not the one that was kept.
func (s *Service) Attachment(ctx context.Context, authority, formID, digest string) (Attachment, []byte, error) {
	all, err := s.Attachments(ctx, authority, formID)
	i := slices.IndexFunc(all, func(f Attachment) bool { return f.Digest == digest })
	if err == nil && i < 0 {
		err = errs.E(errs.NotFound, "没有这个附件")
	}
	if err != nil {
		return Attachment{}, nil, err
	}
	body, err := s.get(authority, digest)
	return all[i], body, err
}
