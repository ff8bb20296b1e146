package intake

import (
	"context"
	"io"
	"iter"
	"strconv"

	"suiji/internal/office"
)

// IssueFile writes the issues of an import as CSV.
func (s *Service) IssueFile(ctx context.Context, authority, importID string, w io.Writer) error {
	if _, err := s.Import(ctx, authority, importID); err != nil {
		return err
	}
	issues, _, err := s.Issues(ctx, authority, importID, IssueFilter{})
	if err != nil {
		return err
	}
	return office.WriteCSV(w, []string{"行号", "处理", "列", "原值", "说明"}, issueRows(issues))
}

func issueRows(issues []Issue) iter.Seq2[[]string, error] {
	return func(yield func([]string, error) bool) {
		for _, i := range issues {
			if !yield([]string{strconv.Itoa(i.Line), i.Severity.Name(), i.Column, i.Value, i.Sentence}, nil) {
				return
			}
		}
	}
}
