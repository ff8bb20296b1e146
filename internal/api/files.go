package api

import (
	"context"
	"io"
	"net/http"
	"net/url"
	"strings"

	"github.com/danielgtaylor/huma/v2"

	"suiji/internal/errs"
	"suiji/internal/openbook"
	"suiji/internal/opendata"
	"suiji/internal/shape"
)

// publicFiles registers what is downloaded whole.
func (s *Server) publicFiles(get func(id, path, tag, summary, about string) operation) {
	var forms []string
	for _, f := range opendata.Forms {
		kind, _, _ := strings.Cut(f.Type, ";")
		forms = append(forms, kind)
	}
	add(s, downloads(get("getBundle", "/rounds/{id}/{half}/bundle", "公开", "核验包", "ZIP，名单公开以后才有。任何人可以用 suiji-verify 核验。"), "application/zip"), s.bundle)
	add(s, downloads(get("getManifest", "/rounds/{id}/{half}/manifest", "公开", "封存清单", "封存时写定的内容，逐字节与台账里的指纹相符。"), "application/json"), s.manifest)
	add(s, downloads(get("getReceipt", "/ledger/receipts/{position}", "公开", "台账回执", "一条记录在台账里的包含证明，离线可以核验（suiji-verify、suiji_verify.py）。"), "text/plain"), s.receipt)
	add(s, get("listDatasets", "/datasets", "公开", "开放数据集", "可以整份取走的表。"), s.datasets)
	add(s, get("getDataset", "/datasets/{id}", "公开", "一个数据集", "名称、各列和下载地址。"), s.dataset)
	add(s, downloads(get("getDatasetFile", "/datasets/{id}/{format}", "公开", "数据集的文件", "CSV、JSON Lines、XLSX，随读随写，不分页。"), forms...), s.datasetFile)
}

// downloads says of which types an operation's files are.
func downloads(o operation, types ...string) operation {
	o.files = types
	return o
}

// file answers with bytes that are made while they are sent.
func file(name, kind string, write func(io.Writer) error) *huma.StreamResponse {
	return &huma.StreamResponse{Body: func(ctx huma.Context) {
		ctx.SetHeader("Content-Type", kind)
		ctx.SetHeader("Content-Disposition", "attachment; filename*=UTF-8''"+url.PathEscape(name))
		ctx.SetHeader("Cache-Control", "no-store")
		if err := write(ctx.BodyWriter()); err != nil {
			logged(ctx.Context(), err)
			panic(http.ErrAbortHandler) // the head is out: only a broken connection tells that the file is not whole
		}
	}}
}

type halfInput struct {
	One
	Half string `path:"half" maxLength:"20" doc:"targets 抽取检查对象；match（作废后 match-2 等）匹配检查人员"`
}

func (s *Server) bundle(ctx context.Context, in *halfInput) (*huma.StreamResponse, error) {
	a, err := s.officeOf(ctx, in.Authority, in.ID)
	if err != nil {
		return nil, err
	}
	p, err := openbook.Of(s.Round).Round(ctx, a.ID, in.ID, nil)
	if err != nil {
		return nil, err
	}
	for _, h := range p.Halves {
		if h.Half == in.Half && h.Bundle != "" {
			return file(in.ID+"."+in.Half+".zip", "application/zip", func(w io.Writer) error { return s.Round.Bundle(ctx, a.ID, in.ID, in.Half, w) }), nil
		}
	}
	return nil, errs.E(errs.NotFound, "没有这个核验包，或者它还没有公开")
}

func (s *Server) manifest(ctx context.Context, in *halfInput) (*huma.StreamResponse, error) {
	a, err := s.officeOf(ctx, in.Authority, in.ID)
	if err != nil {
		return nil, err
	}
	text, err := openbook.Of(s.Round).Manifest(ctx, a.ID, in.ID, in.Half)
	if err != nil {
		return nil, err
	}
	return file(in.ID+"."+in.Half+".manifest.json", "application/json", func(w io.Writer) error {
		_, err := w.Write(text)
		return err
	}), nil
}

func dataset(d opendata.Dataset, in string) shape.Dataset {
	x := shape.Dataset{ID: d.ID, Title: d.Title, English: d.English, Summary: d.Summary, Key: d.Key, Fields: []shape.DatasetField{}, Files: []shape.DatasetFile{}}
	for _, f := range d.Fields {
		x.Fields = append(x.Fields, shape.DatasetField{Name: f.Name, Type: f.Type, Title: f.Title})
	}
	for _, f := range opendata.Forms {
		x.Files = append(x.Files, shape.DatasetFile{Format: f.Ext, Type: f.Type, URL: prefix + "datasets/" + d.ID + "/" + f.Ext + in})
	}
	return x
}

// carried is what addresses of files carry on.
func (o Office) carried() string {
	if o.Authority == "" {
		return ""
	}
	return "?authority=" + url.QueryEscape(o.Authority)
}

func (s *Server) datasets(ctx context.Context, in *Office) (*body[Page[shape.Dataset]], error) {
	if _, err := s.officeOf(ctx, in.Authority, ""); err != nil {
		return nil, err
	}
	out := &body[Page[shape.Dataset]]{Page[shape.Dataset]{Items: []shape.Dataset{}}}
	for _, d := range opendata.Datasets {
		out.Body.Items = append(out.Body.Items, dataset(d, in.carried()))
	}
	return out, nil
}

func (s *Server) dataset(ctx context.Context, in *One) (*body[shape.Dataset], error) {
	if _, err := s.officeOf(ctx, in.Authority, ""); err != nil {
		return nil, err
	}
	d, ok := opendata.Find(in.ID)
	if !ok {
		return nil, errs.E(errs.NotFound, "没有这个数据集")
	}
	return &body[shape.Dataset]{dataset(d, in.carried())}, nil
}

func (s *Server) datasetFile(ctx context.Context, in *struct {
	One
	Format string `path:"format" maxLength:"10" doc:"csv、jsonl 或者 xlsx"`
}) (*huma.StreamResponse, error) {
	a, err := s.officeOf(ctx, in.Authority, "")
	if err != nil {
		return nil, err
	}
	d, ok := opendata.Find(in.ID)
	for _, f := range opendata.Forms {
		if ok && f.Ext == strings.ToLower(in.Format) {
			return file(a.ID+"-"+d.Title+"."+f.Ext, f.Type, func(w io.Writer) error { return s.OpenData.Send(ctx, w, a.ID, d, f.Ext) }), nil
		}
	}
	return nil, errs.E(errs.NotFound, "没有这个数据集，或者没有这种格式")
}
