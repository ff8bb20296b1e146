package archive

import (
	"bytes"
	"html"
	"regexp"
	"strings"

	"suiji/internal/papers"
)

// sheet is a paper of plain parts, written once and read as HTML, as text and
// as PDF.
type sheet struct {
	Title string
	Note  string
	Parts []sheetPart
}

// sheetPart has a heading and either a table or a text.
type sheetPart struct {
	Head   string
	Cols   []string // empty: names and values, or a text
	Rows   [][]string
	Links  bool // the first column leads to a file
	Widths []float64
	Text   string
}

// add appends a part, unless there is nothing in it.
func (s *sheet) add(p sheetPart) {
	if len(p.Rows) > 0 || p.Text != "" {
		s.Parts = append(s.Parts, p)
	}
}

const style = `body{font:16px/1.6 "Noto Serif CJK SC","SimSun",serif;max-width:60em;margin:2em auto;padding:0 1em;color:#000;background:#fff}
h1{font-size:24px;text-align:center}h2{font-size:18px;margin:1.5em 0 .4em}table{border-collapse:collapse;width:100%}
th,td{border:1px solid #555;padding:4px 8px;text-align:left;vertical-align:top;overflow-wrap:anywhere}th{background:#eee;font-weight:normal}pre{white-space:pre-wrap;font:inherit}`

func esc(s string) string { return strings.ReplaceAll(html.EscapeString(s), "\n", "<br>") }

// html writes the sheet as a page that needs no other file.
func (s sheet) html() []byte {
	var b bytes.Buffer
	b.WriteString("<!DOCTYPE html>\n<html lang=\"zh-CN\"><head><meta charset=\"utf-8\"><meta name=\"viewport\" content=\"width=device-width\"><title>" + esc(s.Title) + "</title>\n<style>" + style + "</style></head><body>\n<h1>" + esc(s.Title) + "</h1>\n")
	if s.Note != "" {
		b.WriteString("<p>" + esc(s.Note) + "</p>\n")
	}
	for _, p := range s.Parts {
		if p.Head != "" {
			b.WriteString("<h2>" + esc(p.Head) + "</h2>\n")
		}
		if p.Text != "" {
			b.WriteString("<pre>" + html.EscapeString(p.Text) + "</pre>\n")
			continue
		}
		b.WriteString("<table>\n")
		if len(p.Cols) > 0 {
			b.WriteString("<thead><tr>")
			for _, c := range p.Cols {
				b.WriteString("<th scope=\"col\">" + esc(c) + "</th>")
			}
			b.WriteString("</tr></thead>\n")
		}
		b.WriteString("<tbody>\n")
		for _, r := range p.Rows {
			b.WriteString("<tr>")
			for i, c := range r {
				switch {
				case i == 0 && len(p.Cols) == 0:
					b.WriteString("<th scope=\"row\">" + esc(c) + "</th>")
				case p.Links && p.Cols[i] == "文件":
					b.WriteString("<td><a href=\"" + html.EscapeString(c) + "\">" + esc(c) + "</a></td>")
				default:
					b.WriteString("<td>" + esc(c) + "</td>")
				}
			}
			b.WriteString("</tr>\n")
		}
		b.WriteString("</tbody></table>\n")
	}
	b.WriteString("</body></html>\n")
	return b.Bytes()
}

// text writes the sheet as lines.
func (s sheet) text() []byte {
	var b strings.Builder
	b.WriteString(s.Title + "\n\n")
	if s.Note != "" {
		b.WriteString(s.Note + "\n\n")
	}
	for _, p := range s.Parts {
		if p.Head != "" {
			b.WriteString("【" + p.Head + "】\n")
		}
		if p.Text != "" {
			b.WriteString(p.Text + "\n")
		}
		for _, r := range p.Rows {
			if len(p.Cols) == 0 {
				b.WriteString(strings.Join(r, "：") + "\n")
				continue
			}
			var cells []string
			for i, c := range r {
				if c != "" {
					cells = append(cells, p.Cols[i]+" "+c)
				}
			}
			b.WriteString(strings.Join(cells, "；") + "\n")
		}
		b.WriteString("\n")
	}
	return []byte(b.String())
}

// document is the sheet as a paper.
func (s sheet) document() papers.Document {
	sec := papers.Form()
	sec.Blocks = append(sec.Blocks, papers.Paragraph{Text: s.Title, Align: papers.Centre, After: 8, Style: papers.Style{Face: papers.Title, Size: papers.SizeSmall2}})
	if s.Note != "" {
		sec.Blocks = append(sec.Blocks, papers.Paragraph{Text: s.Note, Align: papers.Left, After: 6})
	}
	for _, p := range s.Parts {
		if p.Head != "" {
			sec.Blocks = append(sec.Blocks, papers.Paragraph{Text: p.Head, Align: papers.Left, Before: 8, After: 3, Keep: true, Style: papers.Style{Face: papers.Hei, Size: papers.SizeSmall4}})
		}
		if p.Text != "" {
			sec.Blocks = append(sec.Blocks, papers.Paragraph{Text: p.Text, Align: papers.Left})
			continue
		}
		t := papers.Table{Widths: p.Widths}
		if len(p.Cols) > 0 {
			t.Head, t.Rows = 1, append(t.Rows, papers.HeadCells(p.Cols...))
		} else if t.Widths == nil {
			t.Widths = []float64{1, 4}
		}
		for _, r := range p.Rows {
			t.Rows = append(t.Rows, papers.Cells(r...))
		}
		if t.Widths == nil {
			for range p.Cols {
				t.Widths = append(t.Widths, 1)
			}
		}
		sec.Blocks = append(sec.Blocks, t)
	}
	return papers.Document{Title: s.Title, Sections: []papers.Section{sec}}
}

// pdf writes the sheet with the fonts of the machine. Errors: Invalid if they
// do not suffice.
func (s sheet) pdf(fonts *papers.Fonts) ([]byte, error) {
	var b bytes.Buffer
	err := fonts.WritePDF(&b, s.document())
	return b.Bytes(), err
}

var pdfPage = regexp.MustCompile(`/Type\s*/Page[^s]`)

// pagesOf counts the pages of a file; 0 if that cannot be seen from outside.
func pagesOf(path string, body []byte) int {
	switch {
	case strings.HasSuffix(path, ".pdf"):
		return len(pdfPage.FindAll(body, -1))
	case strings.HasSuffix(path, ".jpg"), strings.HasSuffix(path, ".png"):
		return 1
	}
	return 0
}
