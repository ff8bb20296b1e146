package api

import (
	"context"
	"io"
	"strconv"
	"strings"

	"github.com/danielgtaylor/huma/v2"

	"suiji/internal/disclosure"
	"suiji/internal/errs"
	"suiji/internal/shape"
)

func penaltiesOf(list []disclosure.PenaltyVersion) []shape.Penalty {
	out := []shape.Penalty{}
	for _, v := range list {
		p := shape.Penalty{ID: v.ID, Version: v.Version, State: string(v.State), StateLabel: v.State.Name(), Current: v.Current, From: v.From.String(), Until: v.Until.String(),
			PostedAt: instant(v.PostedAt), Reason: v.Reason, Digest: v.Digest}
		if v.Public {
			p.Salt, p.Record = v.Salt, &shape.PenaltyBytes{RawMessage: raw(v.JSON)}
		}
		out = append(out, p)
	}
	return out
}

func (s *Server) penalties(ctx context.Context, in *struct {
	Office
	Paging
	Text string `query:"q" maxLength:"100" doc:"当事人名称、代码或者文书号的一部分"`
}) (*listed[shape.Penalty], error) {
	a, err := s.officeOf(ctx, in.Authority, "")
	if err != nil {
		return nil, err
	}
	all, err := s.Disclosure.Penalties(ctx, a.ID, "", in.Text)
	if err != nil {
		return nil, err
	}
	some, next, err := cut(all, of("penalties", a.ID, in.Text), in.Paging, func(v disclosure.PenaltyVersion) string { return ranked(v.PostedAt.UnixMilli()) + v.ID })
	q := in.query(in.Paging)
	if in.Text != "" {
		q.Set("q", in.Text)
	}
	return pageOf("penalties", q, penaltiesOf(some), next), err
}

func (s *Server) penalty(ctx context.Context, in *One) (*body[shape.PublicPenalty], error) {
	a, err := s.officeOf(ctx, in.Authority, "")
	if err != nil {
		return nil, err
	}
	all, err := s.Disclosure.PenaltyVersions(ctx, a.ID, in.ID)
	if err != nil {
		return nil, err
	}
	out := &body[shape.PublicPenalty]{shape.PublicPenalty{ID: in.ID, Versions: penaltiesOf(all)}}
	out.Body.Ledger, err = s.entries(ctx, a.ID, in.ID)
	return out, err
}

// receipt is the proof that an entry is in the ledger, as the verifiers read it.
func (s *Server) receipt(ctx context.Context, in *struct {
	Office
	Position string `path:"position" maxLength:"20" doc:"台账里的位置（listLedgerEntries 的 position）"`
}) (*huma.StreamResponse, error) {
	a, err := s.officeOf(ctx, in.Authority, "")
	if err != nil {
		return nil, err
	}
	at, err := strconv.ParseInt(in.Position, 10, 64)
	if err != nil || at < 0 {
		return nil, errs.E(errs.NotFound, "台账里没有这个位置")
	}
	text, err := s.Scribe.Receipt(ctx, a.ID, at)
	if err != nil {
		return nil, err
	}
	return file(strconv.FormatInt(at, 10)+".tlog-proof", "text/plain; charset=utf-8", func(w io.Writer) error {
		_, err := io.Copy(w, strings.NewReader(text))
		return err
	}), nil
}
