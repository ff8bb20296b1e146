package opendata

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"io"
	"iter"
	"strconv"

	"suiji/internal/office"
	"suiji/internal/store"
)

// Forms are the ways in which a dataset can be had, by the ending of its
// address.
var Forms = []struct{ Ext, Type, Name string }{
	{"csv", "text/csv; charset=utf-8", "CSV"},
	{"jsonl", "application/jsonl; charset=utf-8", "JSON Lines"},
	{"xlsx", "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet", "Excel"},
}

// Write writes an authority's dataset in a form, row by row.
func (s *Service) Write(ctx context.Context, w io.Writer, authority string, d Dataset, ext string) error {
	rows := s.Rows(ctx, authority, d)
	switch ext {
	case "csv":
		return office.WriteCSV(w, d.names(), texts(rows))
	case "xlsx":
		return office.WriteXLSX(w, []office.Sheet{
			{Name: d.Title, Header: d.names(), Rows: rows},
			{Name: "字段说明", Header: []string{"字段", "类型", "说明"}, Widths: []float64{24, 12, 60}, Rows: d.dictionary()},
		})
	}
	return d.jsonLines(w, rows)
}

// Mark is short for everything in an authority's dataset: it changes with any
// cell. It reads all rows, but those of the longest table.
func (s *Service) Mark(ctx context.Context, authority string, d Dataset) (string, error) {
	if d.mark != nil {
		mark, err := d.mark(s.Disclosure, ctx, authority)
		return fmt.Sprintf("%s-%d", mark, len(d.Fields)), err // a newer program may have more columns
	}
	h := sha256.New()
	err := d.jsonLines(h, s.Rows(ctx, authority, d))
	return hex.EncodeToString(h.Sum(nil)[:12]), err
}

func (d Dataset) names() []string {
	var all []string
	for _, f := range d.Fields {
		all = append(all, f.Name)
	}
	return all
}

func (d Dataset) dictionary() iter.Seq2[[]any, error] {
	return each(d.Fields, nil, func(f Field) []any { return []any{f.Name, f.Type, f.Title} })
}

func texts(rows iter.Seq2[[]any, error]) iter.Seq2[[]string, error] {
	return func(yield func([]string, error) bool) {
		for row, err := range rows {
			line := make([]string, len(row))
			for i, v := range row {
				line[i] = fmt.Sprint(v)
			}
			if !yield(line, err) {
				return
			}
		}
	}
}

// jsonLines writes an object a line, its members in the fields' order.
func (d Dataset) jsonLines(w io.Writer, rows iter.Seq2[[]any, error]) error {
	var line []byte
	for row, err := range rows {
		if err != nil {
			return err
		}
		line = line[:0]
		for i, v := range row {
			sep := byte(',')
			if i == 0 {
				sep = '{'
			}
			line = append(strconv.AppendQuote(append(line, sep), d.Fields[i].Name), ':')
			text, err := json.Marshal(v)
			if err != nil {
				return err
			}
			line = append(line, text...)
		}
		if _, err := w.Write(append(line, '}', '\n')); err != nil {
			return err
		}
	}
	return nil
}

// WriteSQLite writes every dataset of an authority as a table of a new SQLite
// file.
func (s *Service) WriteSQLite(ctx context.Context, path, authority string) error {
	var tables []store.NewTable
	for _, d := range Datasets {
		t := store.NewTable{Name: d.ID, Key: d.Key, Rows: s.Rows(ctx, authority, d)}
		for _, f := range d.Fields {
			kind := "TEXT"
			if f.Type == "integer" {
				kind = "INTEGER"
			}
			t.Columns = append(t.Columns, store.Column{Name: f.Name, Type: kind})
		}
		tables = append(tables, t)
	}
	return store.WriteSQLite(ctx, path, tables)
}

// Package describes an authority's datasets as a Frictionless Data Package
// (datapackage.json, version 1). base is the site's address.
func Package(base, in, authority, title string) map[string]any {
	resources := []any{}
	for _, d := range Datasets {
		fields := []any{}
		for _, f := range d.Fields {
			fields = append(fields, map[string]any{"name": f.Name, "type": f.Type, "title": f.Title})
		}
		resources = append(resources, map[string]any{"name": d.ID, "title": d.Title, "description": d.Summary, "path": base + "/data/" + d.ID + ".csv" + in,
			"format": "csv", "mediatype": "text/csv", "encoding": "utf-8", "profile": "tabular-data-resource",
			"schema": map[string]any{"fields": fields, "primaryKey": d.Key, "missingValues": []string{""}}})
	}
	return map[string]any{"profile": "tabular-data-package", "name": "suiji-" + authority, "title": title + " 双随机、一公开 开放数据", "homepage": base + "/data" + in,
		"licenses":     []any{map[string]any{"name": "other-attribution", "title": Terms}},
		"contributors": []any{map[string]any{"title": title, "role": "publisher"}},
		"resources":    resources}
}

// Terms are the conditions of use.
const Terms = "可以自由使用，请注明来源和下载日期；其中执法人员信息是依法公开的个人信息，不得用于其他目的"

// Catalog describes them as DCAT (W3C), in JSON-LD.
func Catalog(base, in, title string) map[string]any {
	sets := []any{}
	for _, d := range Datasets {
		given := []any{}
		for _, f := range Forms {
			given = append(given, map[string]any{"@type": "dcat:Distribution", "dcat:downloadURL": map[string]any{"@id": base + "/data/" + d.ID + "." + f.Ext + in}, "dcat:mediaType": f.Type})
		}
		sets = append(sets, map[string]any{"@type": "dcat:Dataset", "@id": base + "/data/" + d.ID + in, "dct:title": d.Title, "dct:description": d.Summary,
			"dct:language": "zh", "dct:rights": Terms, "dct:publisher": map[string]any{"@type": "foaf:Agent", "foaf:name": title},
			"dct:accrualPeriodicity": "http://purl.org/cld/freq/continuous", "dcat:landingPage": map[string]any{"@id": base + "/data/" + d.ID + in}, "dcat:distribution": given})
	}
	return map[string]any{
		"@context": map[string]any{"dcat": "http://www.w3.org/ns/dcat#", "dct": "http://purl.org/dc/terms/", "foaf": "http://xmlns.com/foaf/0.1/"},
		"@type":    "dcat:Catalog", "@id": base + "/data" + in, "dct:title": title + " 双随机、一公开 开放数据",
		"dct:publisher": map[string]any{"@type": "foaf:Agent", "foaf:name": title}, "dcat:dataset": sets,
	}
}
