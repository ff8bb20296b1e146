package exchange

import (
	"archive/zip"
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"io"
	"iter"
	"slices"
	"strings"
	"time"

	"suiji/calendar"
	"suiji/internal/office"
)

// packed is a file of a package.
type packed struct {
	Name   string `json:"name"`
	Size   int    `json:"size"`
	SHA256 string `json:"sha256"`
	body   []byte
}

// controls are the totals by which a receiver sees that all has arrived.
type controls struct {
	Target  string                    `json:"target"`
	Name    string                    `json:"name"`
	Batch   string                    `json:"batch"`
	Made    string                    `json:"made"`
	Records int                       `json:"records"`
	Parts   map[string]map[string]int `json:"parts"` // by operation
	Digest  string                    `json:"digest"`
	Files   []packed                  `json:"files"`
}

// pack writes the batch as one file: the tables, the same as JSON, and the
// totals. The same outlook at the same time is the same bytes.
func (o Outlook) pack(at time.Time) ([]byte, error) {
	c := controls{Target: o.Receiver.ID, Name: o.Receiver.Name, Batch: o.Number, Made: calendar.Clock(at).Format(time.DateTime),
		Records: len(o.Go), Parts: map[string]map[string]int{}, Digest: o.Digest}
	for _, p := range o.Receiver.Parts {
		c.Parts[p.ID] = map[string]int{}
		for _, op := range []Op{Insert, Update, Delete} {
			c.Parts[p.ID][string(op)] = o.Counts(p.ID, op)
		}
	}
	tables, err := o.tables(c)
	if err != nil {
		return nil, err
	}
	data, err := json.MarshalIndent(o.objects(), "", " ")
	if err != nil {
		return nil, err
	}
	c.Files = append(tables, packed{Name: "data.json", body: data})
	for i := range c.Files {
		c.Files[i].Size, c.Files[i].SHA256 = len(c.Files[i].body), sum(c.Files[i].body)
	}
	head, err := json.MarshalIndent(c, "", " ")
	if err != nil {
		return nil, err
	}
	return zipped(append(c.Files, packed{Name: "control.json", body: head}))
}

// zipped packs files; the same files are the same bytes.
func zipped(files []packed) ([]byte, error) {
	var b bytes.Buffer
	z := zip.NewWriter(&b)
	for _, f := range files {
		w, err := z.CreateHeader(&zip.FileHeader{Name: f.Name, Method: zip.Deflate, Modified: time.Date(1980, 1, 1, 0, 0, 0, 0, time.UTC)})
		if err != nil {
			return nil, err
		}
		if _, err := w.Write(f.body); err != nil {
			return nil, err
		}
	}
	if err := z.Close(); err != nil {
		return nil, err
	}
	return b.Bytes(), nil
}

// settled packs a workbook of ours again, its parts in order: as it was written
// they come in any.
func settled(workbook []byte) ([]byte, error) {
	z, err := zip.NewReader(bytes.NewReader(workbook), int64(len(workbook)))
	if err != nil {
		return nil, err
	}
	var files []packed
	for _, f := range z.File {
		r, err := f.Open()
		if err != nil {
			return nil, err
		}
		body, err := io.ReadAll(r)
		if err := errors.Join(err, r.Close()); err != nil {
			return nil, err
		}
		files = append(files, packed{Name: f.Name, body: body})
	}
	slices.SortFunc(files, func(a, b packed) int { return compare(a.Name, b.Name) })
	return zipped(files)
}

func sum(b []byte) string {
	h := sha256.Sum256(b)
	return hex.EncodeToString(h[:])
}

func (o Outlook) tables(c controls) ([]packed, error) {
	if o.Receiver.Form == "xlsx" {
		var sheets []office.Sheet
		for _, p := range o.Receiver.Parts {
			sheets = append(sheets, office.Sheet{Name: p.Name, Header: columns(p), Rows: office.Texts(o.texts(p))})
		}
		sheets = append(sheets, office.Sheet{Name: "控制信息", Header: []string{"项目", "值"}, Widths: []float64{20, 70}, Rows: office.Texts(c.words(o.Receiver))})
		var b bytes.Buffer
		if err := office.WriteXLSX(&b, sheets); err != nil {
			return nil, err
		}
		body, err := settled(b.Bytes())
		return []packed{{Name: "data.xlsx", body: body}}, err
	}
	var all []packed
	for _, p := range o.Receiver.Parts {
		var b bytes.Buffer
		if err := office.WriteCSV(&b, columns(p), plainly(o.texts(p))); err != nil {
			return nil, err
		}
		all = append(all, packed{Name: p.ID + ".csv", body: b.Bytes()})
	}
	return all, nil
}

func (c controls) words(t Receiver) [][]string {
	rows := [][]string{{"报送对象", t.Name}, {"批次号", c.Batch}, {"生成时间", c.Made}, {"记录数", numeral(c.Records)}}
	for _, p := range t.Parts {
		for _, op := range []Op{Insert, Update, Delete} {
			rows = append(rows, []string{p.Name + op.Name(), numeral(c.Parts[p.ID][string(op)])})
		}
	}
	rows = append(rows, []string{"摘要（SHA-256）", c.Digest})
	for _, r := range rows {
		r[1] = strings.TrimSpace(r[1])
	}
	return rows
}

func columns(p Part) []string {
	var all []string
	for _, f := range p.Fields {
		all = append(all, f.Column)
	}
	return all
}

// texts are the cells of a part; several values are joined by a comma.
func (o Outlook) texts(p Part) [][]string {
	var rows [][]string
	for _, r := range o.Go {
		if r.Part != p.ID {
			continue
		}
		line := make([]string, len(p.Fields))
		for i := range p.Fields {
			line[i] = strings.Join(r.Cells[i], ",")
		}
		rows = append(rows, line)
	}
	return rows
}

func plainly(rows [][]string) iter.Seq2[[]string, error] {
	return func(yield func([]string, error) bool) {
		for _, r := range rows {
			if !yield(r, nil) {
				return
			}
		}
	}
}

// objects are the rows as JSON: lists stay lists.
func (o Outlook) objects() map[string][]map[string]any {
	all := map[string][]map[string]any{}
	for _, p := range o.Receiver.Parts {
		all[p.ID] = []map[string]any{}
	}
	for _, r := range o.Go {
		x := map[string]any{}
		for i, f := range o.Receiver.Part(r.Part).Fields {
			if f.List {
				x[f.Column] = append([]string{}, r.Cells[i]...)
				continue
			}
			x[f.Column] = first(r.Cells[i])
		}
		all[r.Part] = append(all[r.Part], x)
	}
	return all
}

// WriteReceipt writes a form on which a receiver that has none of its own can
// answer line by line.
func WriteReceipt(w io.Writer, b Batch, lines []Line) error {
	var rows [][]string
	for _, l := range lines {
		rows = append(rows, []string{b.Number, l.CD, l.ID, l.Label, l.Op.Name(), "", ""})
	}
	return office.WriteXLSX(w, []office.Sheet{{Name: "回执", Header: receiptColumns, Widths: []float64{18, 36, 30, 30, 8, 10, 40}, Rows: office.Texts(rows)}})
}

var receiptColumns = []string{"批次号", "记录标识", "编号", "对象", "操作", "结果", "退回原因"}
