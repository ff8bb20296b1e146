package keep

import (
	"archive/zip"
	"bytes"
	"fmt"
	"image"
	_ "image/jpeg" // what people photograph
	_ "image/png"  // or scan
	"slices"
	"strings"
)

// Kind is what a file is, by its content.
type Kind string

// The kinds that are told apart.
const (
	PDF  Kind = "pdf"
	JPG  Kind = "jpg"
	PNG  Kind = "png"
	DOCX Kind = "docx"
	XLSX Kind = "xlsx"
)

// Papers are the kinds that a browser shows: what a proof may be.
var Papers = []Kind{PDF, JPG, PNG}

// Files are all kinds that an office files.
var Files = []Kind{PDF, JPG, PNG, DOCX, XLSX}

// Type returns the media type.
func (k Kind) Type() string {
	return map[Kind]string{PDF: "application/pdf", JPG: "image/jpeg", PNG: "image/png",
		DOCX: "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
		XLSX: "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"}[k]
}

// maxPixels bounds a picture: a small file may unfold into a huge one.
const maxPixels = 100_000_000

// Refusal is why a file is not taken, in a sentence for who sent it, without a
// full stop: what became of it, the caller adds.
type Refusal struct{ Sentence string }

func (r *Refusal) Error() string { return r.Sentence }

func refuse(format string, args ...any) (Kind, error) {
	return "", &Refusal{fmt.Sprintf(format, args...)}
}

// Judge tells a file's kind by its content; its name proves nothing. Errors are
// a *Refusal: for an empty file, one of more bytes than most, one that is
// broken, and one of none of the kinds that are taken.
func Judge(body []byte, most int, taken []Kind) (Kind, error) {
	if len(body) == 0 {
		return refuse("附件是空文件，请重新选择")
	}
	if len(body) > most {
		return refuse("附件超过 %d MB 的上限；请压缩或只留相关页", most>>20)
	}
	kind, err := judge(body)
	if err == nil && !slices.Contains(taken, kind) {
		return refuse("附件只收 %s，按内容识别，不看文件名；这个文件不是其中任何一种，或已经损坏", names(taken))
	}
	return kind, err
}

// judge returns the kind of a file; empty for none that is known.
func judge(body []byte) (Kind, error) {
	switch {
	case bytes.HasPrefix(body, []byte("%PDF-")):
		if !bytes.Contains(body[max(0, len(body)-1024):], []byte("%%EOF")) {
			return refuse("附件的 PDF 不完整（没有结尾），请重新导出后再上传")
		}
		return PDF, nil
	case bytes.HasPrefix(body, []byte("PK\x03\x04")):
		return packed(body), nil
	}
	c, format, err := image.DecodeConfig(bytes.NewReader(body))
	if err != nil {
		return "", nil
	}
	if c.Width*c.Height > maxPixels {
		return refuse("附件的图片有 %d×%d 像素，太大，请缩小后再上传", c.Width, c.Height)
	}
	return map[string]Kind{"jpeg": JPG, "png": PNG}[format], nil
}

// packed tells a document from a workbook, by the names of their parts; nothing
// is unpacked.
func packed(body []byte) Kind {
	z, err := zip.NewReader(bytes.NewReader(body), int64(len(body)))
	if err != nil {
		return ""
	}
	parts := map[string]bool{}
	for _, f := range z.File {
		parts[strings.ToLower(f.Name)] = true
	}
	switch {
	case !parts["[content_types].xml"]:
		return ""
	case parts["word/document.xml"]:
		return DOCX
	case parts["xl/workbook.xml"]:
		return XLSX
	}
	return ""
}

func names(kinds []Kind) string {
	var all []string
	for _, k := range kinds {
		all = append(all, strings.ToUpper(string(k)))
	}
	return strings.Join(all, "、")
}
