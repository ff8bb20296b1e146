package interchange

import (
	"bytes"
	"net/http"
	"strconv"

	"suiji/internal/access"
	"suiji/internal/errs"
	"suiji/internal/exchange"
	"suiji/internal/page"
)

type batchPage struct {
	page.Base
	exchange.Batch
	Receiver exchange.Receiver
	Parts    []partCount
	Back     []lineView
	Shown    []lineView
	Hidden   int
	Receipts []exchange.Receipt
	Take     bool
	MB       int
}

// lineView is a line for the page.
type lineView struct {
	exchange.Line
	PartName string
	Op, Tag  page.Tag
}

// Self is the address of the batch.
func (p batchPage) Self() string {
	return "/w/exchange/" + p.Target + "/batches/" + strconv.Itoa(p.Serial)
}

// at reads whose batch, and which, an address names.
func at(r *http.Request) (exchange.Receiver, int, error) {
	t, err := exchange.Of(r.PathValue("target"))
	if err != nil {
		return t, 0, err
	}
	n, err := strconv.Atoi(r.PathValue("serial"))
	if err != nil {
		err = errs.E(errs.NotFound, "没有这个报送批次")
	}
	return t, n, err
}

func (s *Server) read(r *http.Request) (exchange.Receiver, exchange.Batch, []exchange.Line, error) {
	t, n, err := at(r)
	if err != nil {
		return t, exchange.Batch{}, nil, err
	}
	b, lines, err := s.Exchange.Batch(r.Context(), actor(r).Authority, t.ID, n)
	return t, b, lines, err
}

func (s *Server) batch(r *http.Request) (page.Page, error) {
	t, b, lines, err := s.read(r)
	if err != nil {
		return nil, err
	}
	p := &batchPage{Base: page.Base{Title: "批次 " + b.Number, Trail: trail(t)}, Batch: b, Receiver: t,
		Take: access.Allow(actor(r), access.ExchangeReceive), MB: exchange.MaxReceipt >> 20}
	for _, x := range t.Parts {
		c := partCount{Name: x.Name}
		for _, l := range lines {
			if l.Part != x.ID {
				continue
			}
			switch l.Op {
			case exchange.Insert:
				c.Insert++
			case exchange.Update:
				c.Update++
			case exchange.Delete:
				c.Removal++
			}
		}
		p.Parts = append(p.Parts, c)
	}
	for _, l := range lines {
		v := lineView{Line: l, PartName: t.Part(l.Part).Name, Op: view(t, []exchange.Row{l.Row})[0].Tag, Tag: page.Tag{Word: l.Answer.Name()}}
		switch l.Answer {
		case exchange.Accepted:
			v.Tag.Tone = page.OK
		case exchange.Returned:
			v.Tag.Tone = page.Bad
			p.Back = append(p.Back, v)
		default:
			v.Tag.Tone = page.Mute
		}
		if len(p.Shown) < most {
			p.Shown = append(p.Shown, v)
		} else {
			p.Hidden++
		}
	}
	p.Receipts, err = s.Exchange.Receipts(r.Context(), actor(r).Authority, t.ID, b.Serial)
	return p, err
}

func (s *Server) receive(r *http.Request) (string, error) {
	t, n, err := at(r)
	if err != nil {
		return "", err
	}
	file, head, err := r.FormFile("receipt")
	if err != nil {
		return "", errs.At("receipt", "请选择回执文件。没有保存")
	}
	defer file.Close() // it was only read
	_, err = s.Exchange.Receive(r.Context(), actor(r), t.ID, n, head.Filename, file)
	return "/w/exchange/" + t.ID + "/batches/" + strconv.Itoa(n), err
}

func (s *Server) file(r *http.Request) (*page.File, error) {
	t, b, _, err := s.read(r)
	if err != nil {
		return nil, err
	}
	body, err := s.Exchange.File(r.Context(), actor(r).Authority, t.ID, b.Serial)
	return &page.File{Name: "报送-" + t.ID + "-" + b.Number + ".zip", Type: "application/zip", Body: body}, err
}

func (s *Server) blank(r *http.Request) (*page.File, error) {
	t, b, lines, err := s.read(r)
	if err != nil {
		return nil, err
	}
	var body bytes.Buffer
	err = exchange.WriteReceipt(&body, b, lines)
	return &page.File{Name: "空白回执-" + t.ID + "-" + b.Number + ".xlsx", Type: "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet", Body: body.Bytes()}, err
}
