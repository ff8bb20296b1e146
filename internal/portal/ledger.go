package portal

import (
	"context"
	"fmt"
	"maps"
	"net/http"
	"slices"
	"strconv"
	"time"

	"suiji/internal/alarm"
	"suiji/internal/canon"
	"suiji/internal/disclosure"
	"suiji/internal/errs"
	"suiji/internal/page"
	"suiji/internal/round"
	"suiji/internal/scribe"
	"suiji/ledger"
	"suiji/verify"
)

// entryLine is an entry of the ledger as a page shows it.
type entryLine struct {
	Position int64 // -1: waiting
	At       time.Time
	Type     string
	What     string // in Chinese
	Subject  string
	Data     []datum
	Receipt  string // address; empty while it waits
	Check    string // address of the page that checks the receipt
}

// datum is a member of an entry's data.
type datum struct {
	Name string
	Text string
	Hash bool // the text is a fingerprint
}

// acts names the entries in Chinese.
var acts = map[ledger.Type]string{
	ledger.RegisterVersioned: "名录更新", ledger.PlanPublished: "计划公布", ledger.PlanAmended: "计划变更",
	ledger.RoundSealed: "封存", ledger.RoundRolled: "录入公开随机数", ledger.RoundRevealed: "公开随机数", ledger.RoundDrawn: "抽取",
	ledger.RoundAbandoned: "作废", ledger.RoundDisclosed: "公开核验包", ledger.TargetRemoved: "剔除", ledger.TargetPromoted: "递补",
	ledger.OfficerSubstituted: "人员替换", ledger.OfficerAssigned: "非随机指派人员", ledger.ResultPublished: "结果公示", ledger.ResultCorrected: "结果更正", ledger.ResultWithdrawn: "结果撤回",
	ledger.PenaltyPublished: "处罚公示", ledger.PenaltyWithdrawn: "处罚撤回", ledger.ObjectionReceived: "收到异议", ledger.ObjectionAnswered: "答复异议", ledger.RateStated: "公示率",
	ledger.SettingsStated: "安全设置", ledger.AlarmRaised: "安全告警", ledger.AuditHead: "审计日志链头",
}

// guarded names the parts of the settings and the kinds of alarms.
var guarded = map[string]string{"machine": "服务器设置", "office": "单位设置", "sign-in": "登录失败异常增多", "audit": "审计日志与台账不符"}

// words names the members of entries.
var words = map[string]string{
	"manifest": "封存清单指纹", "source": "来源", "value": "数值", "digest": "指纹", "seed": "种子指纹", "reveal": "随机数文件指纹",
	"result": "结果指纹", "bundle": "核验包 SHA-256", "reason": "原因", "firm": "对象（加盐指纹）", "stratum": "分层", "rank": "顺序",
	"instead_of": "接替顺序", "passed": "越过的候补", "version": "版本", "due": "应公示", "published": "已公示", "exempt": "免予公示",
	"proof": "附件（加盐指纹）", "random": "随机", "concerns": "所改的记录指纹", "objection": "异议", "received": "收到日期", "upheld": "成立", "answer": "答复", "why": "怎样停止", "list": "名录", "count": "条数", "root": "名录指纹",
	"part": "部分", "no": "第几", "witnesses": "外部见证方数", "hash": "链头指纹", "alarm": "告警", "kind": "种类", "number": "数目", "within": "秒数",
}

// entries returns the ledger's entries about the subjects, in their order.
func (s *Server) entries(ctx context.Context, authority string, subjects ...string) ([]entryLine, error) {
	var out []entryLine
	for _, subject := range subjects {
		all, err := s.Scribe.Entries(ctx, authority, subject)
		if err != nil {
			return nil, err
		}
		for _, e := range all {
			l := entryLine{Position: e.Position, At: e.Entry.At, Type: string(e.Entry.Type), What: acts[e.Entry.Type], Subject: subject, Data: facts(e.Entry.Data)}
			if e.Position >= 0 {
				l.Receipt, l.Check = scribe.ReceiptPath(authority, e.Position), scribe.CheckPath(authority, e.Position)
			}
			out = append(out, l)
		}
	}
	slices.SortStableFunc(out, func(a, b entryLine) int { return a.At.Compare(b.At) })
	return out, nil
}

func facts(data map[string]any) []datum {
	var out []datum
	for _, k := range slices.Sorted(maps.Keys(data)) {
		name := words[k]
		if name == "" {
			name = k
		}
		text := said(k, data[k])
		out = append(out, datum{name, text, canon.IsHex32(text)})
	}
	return out
}

// said prints a member's value; codes of reasons in Chinese.
func said(member string, v any) string {
	text := fmt.Sprint(v)
	if yes, ok := v.(bool); ok {
		text = map[bool]string{true: "是", false: "否"}[yes]
	}
	switch list, nested := v.([]any); {
	case nested && len(list) == 0:
		return "无"
	case nested:
		raw, err := canon.JSON(v)
		if err == nil {
			text = string(raw)
		}
	case member == "part" || member == "kind":
		return guarded[text]
	case member == "why":
		return disclosure.PenaltyState(text).Name()
	case member == "reason":
		return round.AbsenceName(round.ReasonName(text))
	}
	return text
}

func entriesJSON(list []entryLine) []any {
	out := []any{}
	for _, l := range list {
		out = append(out, map[string]any{"position": l.Position, "at": stamp(l.At), "type": l.Type, "subject": l.Subject, "receipt": l.Receipt})
	}
	return out
}

// receipt is an entry with its proof, to be kept.
func (s *Server) receipt(r *http.Request) (*page.File, error) {
	a, _, err := s.pick(r)
	if err != nil {
		return nil, err
	}
	n, err := strconv.ParseInt(r.PathValue("position"), 10, 64)
	if err != nil || n < 0 {
		return nil, errs.E(errs.NotFound, "台账里没有这个位置")
	}
	text, err := s.Scribe.Receipt(r.Context(), a.ID, n)
	return &page.File{Name: fmt.Sprintf("%s-%d.tlog-proof", a.ID, n), Type: "text/plain; charset=utf-8", Body: []byte(text)}, err
}

// tile is a file of the tree (C2SP tlog-tiles).
func (s *Server) tile(r *http.Request) (*page.File, error) {
	a, _, err := s.pick(r)
	if err != nil {
		return nil, err
	}
	path := r.PathValue("path")
	body, err := s.Scribe.Tile(r.Context(), a.ID, path)
	f := &page.File{Name: "tile", Type: "application/octet-stream", Inline: true, Body: body}
	if path == "checkpoint" || path == "key" || path == "key-sm2" {
		f.Name, f.Type = path, "text/plain; charset=utf-8"
	}
	return f, err
}

// ledgerPage says how the ledger stands.
type ledgerPage struct {
	sheet
	scribe.Standing
	Address string
	SM2     scribe.SM2
	Why     string      // why nothing is signed, as everybody may know it
	Guard   []entryLine // settings, alarms and the last head of the audit log
}

// JSON is what a program needs to follow the ledger.
func (p *ledgerPage) JSON() any {
	cosigned, witnesses := []any{}, []any{}
	for _, c := range p.Cosigned {
		cosigned = append(cosigned, map[string]any{"name": c.Name, "at": stamp(c.At)})
	}
	for _, w := range p.Witnesses {
		witnesses = append(witnesses, map[string]any{"name": w.Name, "size": w.Size, "trouble": w.Trouble.Code})
	}
	return map[string]any{"authority": authorityJSON(p.Of), "size": p.Size, "checkpoint": p.Note, "ledger": p.Address,
		"cosigned": cosigned, "witnesses": witnesses, "stopped": p.Why, "sm2_key": p.SM2.Verifier}
}

func (s *Server) ledger(r *http.Request) (page.Page, error) {
	sh, err := s.sheet(r, "公开台账")
	if err != nil {
		return nil, err
	}
	p := &ledgerPage{sheet: sh, Why: s.Scribe.Why(sh.Of.ID), Address: s.BaseURL + "/ledger/" + sh.Of.ID + "/"}
	p.Standing, err = s.Scribe.Standing(r.Context(), sh.Of.ID)
	if err != nil && errs.KindOf(err) != errs.NotFound {
		return nil, err
	}
	if p.SM2, err = s.Scribe.SM2(r.Context(), sh.Of.ID); err != nil {
		return nil, err
	}
	p.Guard, err = s.guard(r.Context(), sh.Of.ID)
	return p, err
}

// shownGuard is how many settings and alarms the page shows, the newest.
const shownGuard = 20

// guard returns what the ledger has of the authority's settings, alarms and
// audit log, of the last its newest head alone.
func (s *Server) guard(ctx context.Context, authority string) ([]entryLine, error) {
	all, err := s.entries(ctx, authority, alarm.SettingsSubject(authority), alarm.Subject(authority))
	if err != nil {
		return nil, err
	}
	heads, err := s.entries(ctx, authority, alarm.HeadSubject(authority))
	all = append(all[max(0, len(all)-shownGuard):], heads[max(0, len(heads)-1):]...)
	slices.SortStableFunc(all, func(a, b entryLine) int { return b.At.Compare(a.At) })
	return all, err
}

type verifyPage struct {
	sheet
	VKey    string // empty: nothing was signed yet
	SM2     string // the further verifier key; empty: none
	KeyHash string
	Size    int64 // entries of the ledger
	Note    string
	Lot     string // the example, by hand
	Lots    string // what it prints
	Address string // of the ledger
}

// JSON is what a program needs to check.
func (p *verifyPage) JSON() any {
	return map[string]any{"authority": authorityJSON(p.Of), "verifier_key": p.VKey, "sm2_key": p.SM2, "key_hash": p.KeyHash, "tree_size": p.Size,
		"checkpoint": p.Note, "ledger": p.Address, "verifier": "/verify/" + verify.Name}
}

// example draws stratum A of the worked case docs/spec/vectors/targets-whole by
// hand; drawn is what it prints.
const (
	example = `S=c7f4d91fab38c151f8662a6c71f5e3af05447eacd1ebd2514a4756a7a83dba70
for firm in C1 C2 C3; do
  printf "target:$firm:1\001" |
    openssl dgst -sha256 -mac HMAC -macopt hexkey:$S -r |
    cut -c1-64 | sed "s/$/ $firm/"
done | sort`
	drawn = `6bb3bc9994a0aa94dcf32e0ff2870b703c20d96e1daeaf9fe7c6b25de26b15c9 C3
b6caa0bda08dbde95f5ee453cf389324d9fc0e93750b47089532ae834bced25d C2
d6f24cc0349f9d02279319f934a0221c4ab65613b2fc4d25d60ec7a40ecbdf55 C1`
)

func (s *Server) verify(r *http.Request) (page.Page, error) {
	sh, err := s.sheet(r, "核验方法")
	if err != nil {
		return nil, err
	}
	p := &verifyPage{sheet: sh, Lot: example, Lots: drawn, Address: s.BaseURL + "/ledger/" + sh.Of.ID + "/"}
	p.Note, p.Size, err = s.Scribe.Checkpoint(r.Context(), sh.Of.ID)
	if errs.KindOf(err) == errs.NotFound {
		return p, nil
	}
	if err != nil {
		return nil, err
	}
	if p.VKey, err = s.Scribe.VerifierKey(r.Context(), sh.Of.ID); err != nil {
		return nil, err
	}
	sm2, err := s.Scribe.SM2(r.Context(), sh.Of.ID)
	if err != nil {
		return nil, err
	}
	p.SM2 = sm2.Verifier
	p.KeyHash, err = ledger.KeyHash(p.VKey)
	return p, err
}

func (s *Server) verifier(*http.Request) (*page.File, error) {
	return &page.File{Name: verify.Name, Type: "text/x-python; charset=utf-8", Body: verify.Python}, nil
}

type plainPage struct{ sheet }

// JSON is the page's twin: what it is about.
func (p *plainPage) JSON() any {
	return map[string]any{"title": p.Title, "authority": authorityJSON(p.Of)}
}

func (s *Server) accessibility(r *http.Request) (page.Page, error) {
	sh, err := s.sheet(r, "无障碍说明")
	return &plainPage{sh}, err
}

func (s *Server) help(r *http.Request) (page.Page, error) {
	sh, err := s.sheet(r, "帮助")
	return &plainPage{sh}, err
}

func (s *Server) privacy(r *http.Request) (page.Page, error) {
	sh, err := s.sheet(r, "隐私说明")
	return &plainPage{sh}, err
}
