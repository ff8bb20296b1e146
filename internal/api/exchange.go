package api

import (
	"bytes"
	"context"
	"fmt"
	"net/http"

	"github.com/danielgtaylor/huma/v2"

	"suiji/internal/access"
	"suiji/internal/exchange"
	"suiji/internal/shape"
	"suiji/internal/token"
)

// reportingOut registers the exchange with the nation and the province.
func (s *Server) reportingOut() {
	op := func(id, method, path, summary, about string, scope token.Scope, act access.Action) operation {
		o := operation{id: id, method: method, path: "/office/exchange/{target}" + path, tag: "办公", summary: summary, about: about, scope: scope}.wants(act)
		if method == http.MethodPost {
			o.kinds, o.status = changes, http.StatusCreated
		}
		return o
	}
	add(s, op("getOutlook", http.MethodGet, "/outlook", "下一批会报送什么", "逐条，连同不报送的和原因。", token.ReadExchange, access.DeskRead), s.outlook)
	add(s, op("listBatches", http.MethodGet, "/batches", "报送批次", "新的在前。", token.ReadExchange, access.DeskRead), s.batches)
	add(s, op("listBatchLines", http.MethodGet, "/batches/{serial}", "一批的各条记录", "连同对方的答复，按序号。", token.ReadExchange, access.DeskRead), s.batchLines)
	add(s, keeps(op("getBatchFile", http.MethodGet, "/batches/{serial}/package", "报送包", "ZIP，交给对方的文件，每次都是同样的字节。可以分段读取。", token.ReadExchange, access.DeskRead), "application/zip"), s.batchFile)
	add(s, op("makeBatch", http.MethodPost, "/batches", "制作一批", "与 getOutlook 所见的相同才制作；没有变动的不会重复报送。", token.WriteExchange, access.ExchangeSend), s.makeBatch)
	add(s, op("takeReceipt", http.MethodPost, "/batches/{serial}/receipt", "导入回执", "请求体就是回执文件（CSV 或 XLSX）。有一处不对则全部不保存；同一份再导入一次回答 409。", token.WriteExchange, access.ExchangeReceive), s.takeReceipt)
}

// ReceiverID names a receiver.
type ReceiverID struct {
	Target string `path:"target" maxLength:"40" doc:"报送对象：national 国家，provincial 省"`
}

// BatchID names one batch.
type BatchID struct {
	ReceiverID
	Serial int `path:"serial" minimum:"1" doc:"第几批"`
}

func exchangeLine(r exchange.Row, held bool) shape.ExchangeLine {
	x := shape.ExchangeLine{Part: r.Part, Record: r.ID, Name: r.CD, Op: string(r.Op), Digest: r.Digest, Reason: r.Why, Held: held}
	for _, p := range r.Wrong {
		x.Wrong = append(x.Wrong, p.Sentence)
	}
	return x
}

func (s *Server) outlook(ctx context.Context, in *struct {
	ReceiverID
	Again bool `query:"again" doc:"true：退回以后没有改过的也再报送一次"`
}) (*body[shape.ExchangeOutlook], error) {
	o, err := s.Exchange.Outlook(ctx, actor(ctx).Authority, in.Target, in.Again)
	if err != nil {
		return nil, missing(err)
	}
	x := shape.ExchangeOutlook{Target: o.Receiver.ID, Name: o.Receiver.Name, Number: o.Number, Digest: o.Digest, Lines: []shape.ExchangeLine{}}
	if len(o.Go) == 0 {
		x.Nothing = o.Nothing()
	}
	for i, rows := range [][]exchange.Row{o.Go, o.Wrong, o.Held, o.Kept} {
		for _, r := range rows {
			x.Lines = append(x.Lines, exchangeLine(r, i > 0))
		}
	}
	return &body[shape.ExchangeOutlook]{x}, nil
}

func exchangeBatch(b exchange.Batch) shape.ExchangeBatch {
	return shape.ExchangeBatch{FileOnDisk: shape.FileOnDisk{Type: "application/zip", URL: batchAt(b.Target, b.Serial) + "/package", SHA256: b.FileDigest}, Serial: b.Serial, Number: b.Number,
		Lines: b.Lines, Accepted: b.Accepted, Returned: b.Returned, MadeBy: b.MadeName, MadeAt: instant(b.MadeAt)}
}

// batchAt is where a batch is read.
func batchAt(target string, serial int) string {
	return fmt.Sprintf("%soffice/exchange/%s/batches/%d", prefix, target, serial)
}

func (s *Server) batches(ctx context.Context, in *struct {
	ReceiverID
	Paging
}) (*listed[shape.ExchangeBatch], error) {
	if _, err := exchange.Of(in.Target); err != nil {
		return nil, missing(err)
	}
	all, err := s.Exchange.Batches(ctx, actor(ctx).Authority, in.Target)
	if err != nil {
		return nil, err
	}
	path := "office/exchange/" + in.Target + "/batches"
	some, next, err := cut(all, path, in.Paging, func(b exchange.Batch) string { return ranked(int64(b.Serial)) })
	var out []shape.ExchangeBatch
	for _, b := range some {
		out = append(out, exchangeBatch(b))
	}
	return pageOf(path, filters(in.Paging), out, next), err
}

func (s *Server) batchLines(ctx context.Context, in *struct {
	BatchID
	Paging
}) (*listed[shape.ExchangeLine], error) {
	_, all, err := s.Exchange.Batch(ctx, actor(ctx).Authority, in.Target, in.Serial)
	if err != nil {
		return nil, missing(err)
	}
	path := batchAt(in.Target, in.Serial)[len(prefix):]
	some, next, err := cut(all, path, in.Paging, func(l exchange.Line) string { return fmt.Sprintf("%09d", l.No) })
	var out []shape.ExchangeLine
	for _, l := range some {
		x := exchangeLine(l.Row, false)
		x.No, x.Answer, x.Reason = l.No, string(l.Answer), l.Reason
		out = append(out, x)
	}
	return pageOf(path, filters(in.Paging), out, next), err
}

func (s *Server) batchFile(ctx context.Context, in *BatchID) (*huma.StreamResponse, error) {
	a := actor(ctx)
	b, _, err := s.Exchange.Batch(ctx, a.Authority, in.Target, in.Serial)
	if err != nil {
		return nil, missing(err)
	}
	content, err := s.Exchange.File(ctx, a.Authority, in.Target, in.Serial)
	if err != nil {
		return nil, err
	}
	return kept("报送-"+in.Target+"-"+b.Number+".zip", "application/zip", b.FileDigest, content), nil
}

func (s *Server) makeBatch(ctx context.Context, in *struct {
	ReceiverID
	Body shape.BatchOrder
}) (*created[shape.ExchangeBatch], error) {
	a := actor(ctx)
	serial, err := s.Exchange.Prepare(ctx, a, in.Target, in.Body.Digest, in.Body.Again)
	if err != nil {
		return nil, missing(err)
	}
	all, err := s.Exchange.Batches(ctx, a.Authority, in.Target)
	for _, b := range all {
		if b.Serial == serial || serial == 0 { // 0: carried out before; the newest is that one
			return &created[shape.ExchangeBatch]{batchAt(in.Target, b.Serial), exchangeBatch(b)}, err
		}
	}
	return nil, err
}

func (s *Server) takeReceipt(ctx context.Context, in *struct {
	BatchID
	Name    string `query:"name" required:"true" minLength:"1" maxLength:"200" doc:"文件名，以 .csv 或者 .xlsx 结尾"`
	RawBody []byte `contentType:"application/octet-stream" required:"true"`
}) (*created[shape.ExchangeReceipt], error) {
	r, err := s.Exchange.Receive(ctx, actor(ctx), in.Target, in.Serial, in.Name, bytes.NewReader(in.RawBody))
	if err != nil {
		return nil, missing(err)
	}
	return &created[shape.ExchangeReceipt]{batchAt(in.Target, in.Serial), shape.ExchangeReceipt{Digest: r.Digest, Name: r.Name, Accepted: r.Accepted, Returned: r.Returned, ByName: r.ByName, At: instant(r.At)}}, nil
}
