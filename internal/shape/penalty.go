package shape

import (
	"encoding/json"
	"reflect"

	"github.com/danielgtaylor/huma/v2"

	"suiji/internal/disclosure"
)

// PenaltyBytes are a record as it is public, byte for byte.
type PenaltyBytes struct{ json.RawMessage }

// Schema says what the bytes are.
func (PenaltyBytes) Schema(r huma.Registry) *huma.Schema {
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
	Record     *PenaltyBytes `json:"record,omitempty" doc:"公开的记录；撤下的没有"`
}

// PublicPenalty is a penalty with its history.
type PublicPenalty struct {
	ID       string    `json:"id" doc:"公示编号"`
	Versions []Penalty `json:"versions" doc:"各个版本，第一版在前；撤下的只留日期、指纹和原因"`
	Ledger   []Entry   `json:"ledger" doc:"公开台账里的记录"`
}
