package portal

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"strings"
	"time"

	"suiji/internal/errs"
	"suiji/internal/fresh"
	"suiji/internal/opendata"
	"suiji/internal/page"
	"suiji/internal/register"
	"suiji/internal/spool"
)

func (s *Server) dataRoutes(mux *http.ServeMux) {
	mux.Handle("GET /data", s.set.Public("data", s.data))
	one, file := s.set.Public("dataset", s.dataset), s.set.File(s.dataFile)
	mux.HandleFunc("GET /data/{set}", func(w http.ResponseWriter, r *http.Request) {
		if strings.Contains(r.PathValue("set"), ".") {
			w.Header().Set("Access-Control-Allow-Origin", "*")
			file.ServeHTTP(w, r)
			return
		}
		one.ServeHTTP(w, r)
	})
	mux.Handle("GET /data/datapackage.json", s.set.PublicFile(s.dataPackage))
	mux.Handle("GET /data/catalog.jsonld", s.set.PublicFile(s.dataCatalog))
}

// Terms are the conditions of use.
func (p *dataPage) Terms() string { return opendata.Terms }

type dataPage struct {
	sheet
	Sets  []opendata.Dataset
	Forms []link
}

// link is a way to have a dataset.
type link struct{ Ext, Name string }

func dataForms() []link {
	var all []link
	for _, f := range opendata.Forms {
		all = append(all, link{f.Ext, f.Name})
	}
	return all
}

// JSON is the list's twin.
func (p *dataPage) JSON() any {
	all := []any{}
	for _, d := range p.Sets {
		all = append(all, setJSON(d))
	}
	return map[string]any{"datasets": all}
}

func setJSON(d opendata.Dataset) map[string]any {
	fields := []any{}
	for _, f := range d.Fields {
		fields = append(fields, map[string]any{"name": f.Name, "type": f.Type, "title": f.Title})
	}
	return map[string]any{"id": d.ID, "title": d.Title, "title_en": d.English, "summary": d.Summary, "fields": fields, "key": d.Key}
}

func (s *Server) data(r *http.Request) (page.Page, error) {
	sh, err := s.sheet(r, "开放数据")
	return &dataPage{sheet: sh, Sets: opendata.Datasets, Forms: dataForms()}, err
}

type datasetPage struct {
	sheet
	Set     opendata.Dataset
	Forms   []link
	Sample  [][]any
	Updated time.Time // of the list behind it; zero: as the rows say
}

// JSON is the dataset's description.
func (p *datasetPage) JSON() any { return setJSON(p.Set) }

// sampleRows is how many rows a dataset's page shows.
const sampleRows = 10

func (s *Server) dataset(r *http.Request) (page.Page, error) {
	sh, err := s.sheet(r, "", page.Link{Word: "开放数据", Href: "/data"})
	if err != nil {
		return nil, err
	}
	d, ok := opendata.Find(r.PathValue("set"))
	if !ok {
		return nil, errs.E(errs.NotFound, "没有这个数据集")
	}
	p := &datasetPage{sheet: sh, Set: d, Forms: dataForms()}
	p.Title = "数据集：" + d.Title
	for row, err := range s.OpenData.Rows(r.Context(), sh.Of.ID, d) {
		if err != nil {
			return nil, err
		}
		if p.Sample = append(p.Sample, row); len(p.Sample) == sampleRows {
			break
		}
	}
	at := map[register.List]time.Time{}
	for _, l := range []register.List{register.Items, register.Officers} {
		v, err := s.Register.Version(r.Context(), sh.Of.ID, l)
		if err != nil {
			return nil, err
		}
		at[l] = v.At
	}
	p.Updated = opendata.Updated(d, at)
	return p, nil
}

func (s *Server) dataFile(r *http.Request) (*page.File, error) {
	a, _, err := s.pick(r)
	if err != nil {
		return nil, err
	}
	id, ext, _ := strings.Cut(r.PathValue("set"), ".")
	if id == "all" && ext == "sqlite" {
		return s.allData(r, a.ID)
	}
	d, ok := opendata.Find(id)
	for _, f := range opendata.Forms {
		if ok && f.Ext == ext {
			mark, err := s.mark(r, a.ID, d)
			if err != nil {
				return nil, err
			}
			file := &page.File{Mark: mark, Name: fmt.Sprintf("%s-%s.%s", a.ID, d.Title, ext), Type: f.Type}
			if d.Long() {
				file.Hand = handed(func(ctx context.Context) (*spool.Hold, error) { return s.OpenData.Take(ctx, a.ID, d, ext, mark) })
				return file, nil
			}
			file.Write = func(w io.Writer) error { return s.OpenData.Write(r.Context(), w, a.ID, d, ext) }
			return file, nil
		}
	}
	return nil, errs.E(errs.NotFound, "没有这个数据集，或者没有这种格式")
}

// allData are all datasets as one SQLite file.
func (s *Server) allData(r *http.Request, authority string) (*page.File, error) {
	ctx := s.Fresh.Begin(r.Context())
	mark, err := fresh.Read(ctx, s.Fresh, "mark "+authority, markSize, func() (string, error) { return s.OpenData.MarkAll(ctx, authority) })
	return &page.File{Mark: mark, Name: authority + ".sqlite", Type: "application/vnd.sqlite3",
		Hand: handed(func(ctx context.Context) (*spool.Hold, error) { return s.OpenData.TakeAll(ctx, authority, mark) })}, err
}

// handed hands out a file that is made once for all: as it grows, or in the parts
// that are asked for.
func handed(take func(ctx context.Context) (*spool.Hold, error)) func(w http.ResponseWriter, r *http.Request) error {
	return func(w http.ResponseWriter, r *http.Request) error {
		hold, err := take(r.Context())
		if err != nil {
			return err
		}
		defer hold.Release()
		content, tag, err := hold.Whole(r.Context())
		if err != nil {
			return err
		}
		if content == nil {
			return hold.Send(r.Context(), w)
		}
		w.Header().Set("ETag", `"`+tag+`"`) // the same bytes, as whoever puts parts together must know
		http.ServeContent(w, r, "", time.Time{}, content)
		return nil
	}
}

// markSize is about how long a mark is.
func markSize(mark string) int { return len(mark) }

// mark is short for a dataset's content. All rows are read for it, once for each
// state of the database.
func (s *Server) mark(r *http.Request, authority string, d opendata.Dataset) (string, error) {
	ctx := s.Fresh.Begin(r.Context())
	return fresh.Read(ctx, s.Fresh, "mark "+authority+" "+d.ID, markSize, func() (string, error) { return s.OpenData.Mark(ctx, authority, d) })
}

func (s *Server) dataPackage(r *http.Request) (*page.File, error) {
	a, in, err := s.pick(r)
	if err != nil {
		return nil, err
	}
	return described("datapackage.json", "application/json", opendata.Package(s.BaseURL, in, a.ID, a.Name))
}

func (s *Server) dataCatalog(r *http.Request) (*page.File, error) {
	a, in, err := s.pick(r)
	if err != nil {
		return nil, err
	}
	return described("catalog.jsonld", "application/ld+json", opendata.Catalog(s.BaseURL, in, a.Name))
}

func described(name, kind string, v any) (*page.File, error) {
	body, err := json.MarshalIndent(v, "", " ")
	return &page.File{Name: name, Type: kind, Inline: true, Body: body}, err
}
