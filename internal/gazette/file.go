package gazette

import (
	"bytes"
	"fmt"

	"suiji/internal/errs"
	"suiji/internal/papers"
	"suiji/internal/plan"
)

// Form is a form in which a plan is handed out, as it stands in addresses.
type Form string

// The forms.
const (
	DOCX      Form = "notice.docx"
	Overlay   Form = "overlay.docx" // without the red head (套打)
	PDF       Form = "notice.pdf"
	TableXLSX Form = "table.xlsx"
	TableCSV  Form = "table.csv"
)

var types = map[Form]string{
	DOCX:      "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
	Overlay:   "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
	PDF:       "application/pdf",
	TableXLSX: "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
	TableCSV:  "text/csv; charset=utf-8",
}

var errNoForm = errs.E(errs.NotFound, "没有这种格式的文件")

// Publisher makes the files. Fonts are those that a PDF may embed.
type Publisher struct{ Fonts *papers.Fonts }

// File returns a plan in one of the forms, with a name to save it under and
// its media type. A plan without a table is refused (Conflict).
func (g Publisher) File(p plan.Plan, form Form) (name, media string, body []byte, err error) {
	media, ok := types[form]
	if !ok {
		return "", "", nil, errNoForm
	}
	var b bytes.Buffer
	switch form {
	case TableXLSX:
		err = XLSX(&b, p)
	case TableCSV:
		err = CSV(&b, p)
	default:
		err = g.notice(&b, p, form)
	}
	return fmt.Sprintf("plan-%d-%s", p.Year, form), media, b.Bytes(), err
}

// notice writes the notice.
func (g Publisher) notice(b *bytes.Buffer, p plan.Plan, form Form) error {
	head := RedHead
	if form == Overlay {
		head = Overlaid
	}
	d, err := Notice(p, head)
	if err != nil {
		return err
	}
	if form == PDF {
		return g.Fonts.WritePDF(b, d)
	}
	return papers.WriteDOCX(b, d)
}
