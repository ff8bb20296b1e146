package intake

import (
	"bytes"
	"context"
	"io"
	"iter"
	"strconv"

	"suiji/internal/errs"
	"suiji/internal/office"
	"suiji/internal/register"
)

// helpSheet is the sheet of a template that explains the headings.
const helpSheet = "填写说明"

// Template returns a workbook to be filled in: one sheet with the list's
// headings, one that explains them.
func (s *Service) Template(list register.List) ([]byte, error) {
	if !list.Known() {
		return nil, errs.E(errs.NotFound, "没有这个名录")
	}
	var header []string
	var notes [][]string
	for _, c := range columnsOf[list] {
		if c.field >= fCapital {
			continue
		}
		header = append(header, c.label)
		need := "选填"
		if c.need {
			need = "必填"
		}
		notes = append(notes, []string{c.label, need, c.hint})
	}
	var b bytes.Buffer
	err := office.WriteXLSX(&b, []office.Sheet{
		{Name: list.Name(), Header: header},
		{Name: helpSheet, Header: []string{"列名", "是否必填", "说明"}, Widths: []float64{20, 10, 60}, Rows: office.Texts(notes)},
	})
	return b.Bytes(), err
}

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
