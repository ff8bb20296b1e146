package api

import (
	"context"
	"io"
	"reflect"
	"strconv"
	"strings"

	"github.com/danielgtaylor/huma/v2"

	"suiji/internal/disclosure"
	"suiji/internal/errs"
)

// penaltyBytes are a record as it is public, byte for byte.
type penaltyBytes struct{ raw }

// Schema says what the bytes are.
func (penaltyBytes) Schema(r huma.Registry) *huma.Schema {
	return r.Schema(reflect.TypeFor[disclosure.PenaltyRecord](), true, "")
}

// Penalty is one version of what is public of a penalty.
type Penalty struct {
	ID         string        `json:"id" doc:"公示编号"`
	Version    int           `json:"version" doc:"第几版，从 1 起"`
	State      string        `json:"state" enum:"published,withdrawn,revoked,ended,repaired" doc:"published 公示，withdrawn 撤回，revoked 决定撤销，ended 到期，repaired 信用修复；后四种不再公示内容"`
	StateLabel string        `json:"state_label" doc:"状态的中文名称"`
	Current    bool          `json:"current" doc:"是否现在公示的一版"`
	From       string        `json:"from" format:"date" doc:"公示期第一天"`
	Until      string        `json:"until" format:"date" doc:"公示期最后一天"`
	PostedAt   string        `json:"posted_at" format:"date-time" doc:"公示、撤下的时刻"`
	Reason     string        `json:"reason,omitempty" doc:"撤下的原因"`
	Digest     string        `json:"digest" doc:"指纹（十六进制）：散列（盐 ‖ 记录的规范 JSON），记在公开台账"`
	Salt       string        `json:"salt,omitempty" doc:"盐（十六进制）；撤下的没有"`
	Record     *penaltyBytes `json:"record,omitempty" doc:"公开的记录；撤下的没有"`
}

// PublicPenalty is a penalty with its history.
type PublicPenalty struct {
	ID       string    `json:"id" doc:"公示编号"`
	Versions []Penalty `json:"versions" doc:"各个版本，第一版在前；撤下的只留日期、指纹和原因"`
	Ledger   []Entry   `json:"ledger" doc:"公开台账里的记录"`
}

func penaltiesOf(list []disclosure.PenaltyVersion) []Penalty {
	out := []Penalty{}
	for _, v := range list {
		p := Penalty{ID: v.ID, Version: v.Version, State: string(v.State), StateLabel: v.State.Name(), Current: v.Current, From: v.From.String(), Until: v.Until.String(),
			PostedAt: instant(v.PostedAt), Reason: v.Reason, Digest: v.Digest}
		if v.Public {
			p.Salt, p.Record = v.Salt, &penaltyBytes{raw(v.JSON)}
		}
		out = append(out, p)
	}
	return out
}

func (s *Server) penalties(ctx context.Context, in *struct {
	Office
	Paging
	Text string `query:"q" maxLength:"100" doc:"当事人名称、代码或者文书号的一部分"`
}) (*listed[Penalty], error) {
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

func (s *Server) penalty(ctx context.Context, in *One) (*body[PublicPenalty], error) {
	a, err := s.officeOf(ctx, in.Authority, "")
	if err != nil {
		return nil, err
	}
	all, err := s.Disclosure.PenaltyVersions(ctx, a.ID, in.ID)
	if err != nil {
		return nil, err
	}
	out := &body[PublicPenalty]{PublicPenalty{ID: in.ID, Versions: penaltiesOf(all)}}
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
