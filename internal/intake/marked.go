package intake

import (
	"context"
	"fmt"
	"io"
	"path/filepath"
	"strings"

	"suiji/internal/office"
)

// Marked writes the user's own file again as a workbook, with the cells that
// have issues in colour and a note at each. Errors: NotFound; Conflict when
// the upload is gone.
func (s *Service) Marked(ctx context.Context, authority, importID string, w io.Writer) error {
	i, err := s.Import(ctx, authority, importID)
	if err != nil {
		return err
	}
	issues, _, err := s.Issues(ctx, authority, importID, IssueFilter{})
	if err != nil {
		return err
	}
	dir, err := s.uploads(authority)
	if err != nil {
		return err
	}
	f, err := openUpload(dir, i.Digest)
	if err != nil {
		return err
	}
	defer f.Close() // it was only read
	if err := s.airlock(dir).Mark(ctx, i.FileName, f, marksOf(i, issues), w); err != nil {
		return fmt.Errorf("mark import %s: %w", importID, fileError(err))
	}
	return nil
}

// MarkedName is what the marked workbook of an import is called.
func MarkedName(i Import) string {
	return "核对-" + strings.TrimSuffix(i.FileName, filepath.Ext(i.FileName)) + ".xlsx"
}

// marksOf makes marks of issues. What concerns a row as a whole, or a column
// that the file does not have, stands at the name.
func marksOf(i Import, issues []Issue) []office.Mark {
	at := 0
	for n, c := range i.Columns {
		if f, ok := labelled(i.List, c.Field); ok && f.field == fName {
			at = n
		}
	}
	var marks []office.Mark
	for _, x := range issues {
		m := office.Mark{Row: x.Line, Col: x.Cell, Bad: x.Severity == Reject, Note: x.Sentence}
		if m.Col < 0 {
			m.Col = at
		}
		marks = append(marks, m)
	}
	return marks
}
