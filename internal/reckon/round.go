package reckon

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"io"
	"maps"

	"suiji/draw"
	"suiji/internal/canon"
	"suiji/internal/errs"
	"suiji/internal/round"
	"suiji/internal/store"
	"suiji/ledger"
	"suiji/randomness"
)

// half is one draw of a round, as database and ledger have it.
type half struct {
	*run
	round   round.Round
	draw    round.Draw
	subject string // in the ledger
	record  string
	m       draw.Manifest
	sources []round.Source
}

// rounds works out every draw that counts and what became of it.
func (r *run) rounds() error {
	ids, err := store.All(r.ctx, r.DB, store.Value[string], `
		SELECT round_id
		FROM round
		WHERE authority_id = $1
		ORDER BY round_id`, r.authority)
	if err != nil {
		return err
	}
	for _, id := range ids {
		if err := r.oneRound(id); err != nil {
			r.differs(nil, "round "+id, "读不出来：%v", err)
		}
	}
	for _, part := range [][]string{
		{"round", "round_id", "round_draw", "round_quota", "round_target", "round_officer", "round_removal", "round_substitution"},
		{"round_draw", "round_id half", "round_list", "round_source"}, {"round_list", "round_id half list", "round_chunk"},
	} {
		if err := r.orphans(part[0], part[1], part[2:]...); err != nil {
			return err
		}
	}
	return nil
}

func (r *run) oneRound(id string) error {
	x, err := r.Round.Round(r.ctx, r.authority, id)
	if err != nil || x.Rehearsal {
		return err // a rehearsal has no entries: those of a round made one are left over
	}
	draws, err := r.Round.Draws(r.ctx, r.authority, id)
	if err != nil {
		return err
	}
	var last *half
	for _, d := range draws {
		h := &half{run: r, round: x, draw: d, subject: id + "." + d.Half, record: "round_draw " + id + " " + d.Half}
		if err := h.check(); err != nil {
			r.differs(nil, h.record, "不成立：%s", sentence(err))
		}
		last = h
	}
	r.counted("round")
	return r.outcome(x, draws, last)
}

// check holds a draw to its entries. The error is that of the draw's own
// check, which names what departs.
func (h *half) check() (err error) {
	if h.draw.Manifest == "" {
		h.want(h.draw.State == "frozen" || h.draw.State == "abandoned", nil, h.record, "没有封存的清单，却不是“已冻结”")
		h.sources, err = h.Round.Sources(h.ctx, h.authority, h.round.ID, h.draw.Half)
		h.want(len(h.sources) == 0, nil, "round_source "+h.subject, "没有封存，却有随机数来源")
		h.undrawn()
		return err
	}
	h.want(h.draw.State != "frozen", nil, h.record, "有封存的清单，却是“已冻结”")
	h.counted("round_draw")
	seal := h.one(h.subject, ledger.RoundSealed, h.record)
	if h.m, err = draw.VerifyManifest([]byte(h.draw.Manifest)); err != nil {
		return err
	}
	if seal != nil {
		h.want(seal.text("manifest") == h.m.Digest() && h.draw.Digest == h.m.Digest(), seal, h.record, "清单不是封存的那一份")
		h.want(seal.near(h.draw.SealedAt), seal, h.record, "封存时间与台账不符")
	}
	h.head()
	if err := h.lists(); err != nil {
		return err
	}
	if h.sources, err = h.Round.Sources(h.ctx, h.authority, h.round.ID, h.draw.Half); err != nil {
		return err
	}
	if err := h.values(); err != nil {
		return err
	}
	if h.draw.Half == round.Targets {
		if err := h.quotas(); err != nil {
			return err
		}
	}
	h.over()
	if h.draw.State != "drawn" {
		h.undrawn()
		return nil
	}
	return h.drawn()
}

// undrawn holds that there is no outcome without a draw.
func (h *half) undrawn() {
	d := h.draw
	h.want(d.Reveal == "" && d.Result == "" && d.Bundle == "" && d.TreeSize == 0 && d.DrawnAt.IsZero(), nil, h.record, "没有抽取，却有结果")
}

// head holds the round's own row to the manifest.
func (h *half) head() {
	r, m := h.round, h.m
	h.want(m.ID == h.subject && m.Hash == r.Hash && string(m.Disclosure) == r.Disclosure && m.DiscloseBy == r.DiscloseBy.String(),
		nil, "round "+r.ID, "编号、散列算法或公开方式与封存的清单不符")
	member := func(object, name string) any {
		o, _ := m.Extra[object].(map[string]any)
		return o[name]
	}
	p, err := h.Plan.Plan(h.ctx, h.authority, r.PlanID)
	h.want(err == nil && member("plan", "digest") == p.Digest, nil, "round "+r.ID, "计划与封存的清单不符")
	h.want(member("window", "no") == int64(r.WindowNo), nil, "round "+r.ID, "批次与封存的清单不符")
	if h.draw.Half != round.Targets {
		return
	}
	h.want(m.Attempt == r.Attempt && member("task", "no") == int64(r.TaskNo), nil, "round "+r.ID, "任务或次数与封存的清单不符")
	previous := ""
	if r.Previous != "" {
		before, err := h.Round.Draws(h.ctx, h.authority, r.Previous)
		if err == nil && len(before) > 0 {
			previous = before[0].Digest
		}
	}
	h.want(m.Previous == previous && (m.Previous == "") == (r.Previous == ""), nil, "round "+r.ID, "前一次与封存的清单不符")
}

// lists works out the frozen lists' roots.
func (h *half) lists() error {
	open := func(list string) io.Reader {
		return h.Round.OpenList(h.ctx, h.authority, h.round.ID, h.draw.Half, list)
	}
	record := fmt.Sprintf("round_list %s %s", h.round.ID, h.draw.Half)
	if err := h.m.CheckLists(draw.Lists{Targets: open("targets"), Excluded: open("excluded"), Officers: open("officers"), Recusals: open("recusals")}); err != nil {
		h.differs(nil, record, "冻结的名单（round_chunk）与封存的不符：%s", sentence(err))
	}
	sealed := map[string]draw.Listing{"targets": h.m.Targets, "officers": h.m.Officers, "recusals": h.m.Recusals}
	if h.draw.Half == round.Targets {
		sealed = map[string]draw.Listing{"targets": h.m.Targets, "excluded": h.m.Excluded}
	}
	lists, err := h.Round.Lists(h.ctx, h.authority, h.round.ID, h.draw.Half)
	if err != nil {
		return err
	}
	for _, l := range lists {
		h.want(sealed[l.Name] == draw.Listing{Count: l.Count, Root: l.Root}, nil, record+" "+l.Name, "条数或根与封存的清单不符")
		delete(sealed, l.Name)
	}
	for name := range sealed {
		h.differs(nil, record+" "+name, "不见了")
	}
	beyond, err := store.All(h.ctx, h.DB, store.Value[string], `
		SELECT c.list
		FROM round_chunk c
		WHERE c.authority_id = $1 AND c.round_id = $2 AND c.half = $3
		GROUP BY c.list
		HAVING min(c.no) <> 0 OR max(c.no) <> count(*) - 1
		ORDER BY 1`, h.authority, h.round.ID, h.draw.Half)
	for _, name := range beyond {
		h.differs(nil, fmt.Sprintf("round_chunk %s %s %s", h.round.ID, h.draw.Half, name), "分段的序号不连续")
	}
	return err
}

// values holds the sources to the manifest, and each number to its entry.
func (h *half) values() error {
	h.want(len(h.sources) == len(h.m.Seed), nil, "round_source "+h.subject, "来源有 %d 个，封存了 %d 个", len(h.sources), len(h.m.Seed))
	secrets, err := store.All(h.ctx, h.DB, store.Value[string], `
		SELECT secret
		FROM round_source
		WHERE authority_id = $1 AND round_id = $2 AND half = $3
		ORDER BY no`, h.authority, h.round.ID, h.draw.Half)
	if err != nil {
		return err
	}
	who := round.Offices(h.sources)
	sealed, _ := h.m.Extra[round.OfficesMember].(map[string]any) // rounds of before have none
	h.want(sealed == nil || maps.EqualFunc(who, sealed, sameText), nil, "round_source "+h.subject, "见证人代表的单位与封存的清单不符")
	for i, x := range h.sources {
		record := fmt.Sprintf("round_source %s %s", h.subject, x.Name)
		if i >= len(h.m.Seed) || i >= len(secrets) {
			h.differs(nil, record, "没有封存过")
			continue
		}
		s := h.m.Seed[i]
		h.want(x.No == i+1 && s == draw.Source{Name: x.Name, Kind: x.Kind, By: x.By, Commitment: x.Commitment, How: x.How, Chain: x.Chain, Round: x.Beacon},
			nil, record, "与封存的清单不符")
		h.want(x.By == draw.ByWitness || x.Who == "" || x.By == draw.ByBureau && x.Who == round.Own, nil, record, "由谁提供与封存时不符")
		h.want((secrets[i] != "") == (x.By == draw.ByBureau) && (secrets[i] == "" || randomness.Open(h.m.Hash, x.Name, secrets[i], x.Commitment) == nil),
			nil, record, "秘密值与封存的承诺不符")
		h.value(x, record)
	}
	return nil
}

func sameText(a, b any) bool {
	s, ok := b.(string)
	return ok && s == a
}

func (h *half) value(x round.Source, record string) {
	typ := ledger.RoundRevealed
	if x.Kind == draw.Public {
		typ = ledger.RoundRolled
	}
	if x.Value == "" {
		h.want(x.Signature == "", nil, record, "没有数，却有签名")
		return // an entry that there may be is left over
	}
	var e *entry
	for _, c := range h.all(h.subject, typ) {
		if !c.claimed && c.text("source") == x.Name {
			e = c
			break
		}
	}
	if e == nil {
		h.differs(nil, record, "台账里没有 %s %s", typ, h.subject)
		return
	}
	e.claimed = true
	h.want(e.text("value") == x.Value || e.text("digest") == h.m.Hash.Hex([]byte(x.Value)), e, record, "数与台账不符")
	if x.Kind == draw.Drand {
		c, err := randomness.ChainOf(x.Chain)
		value := ""
		if err == nil {
			value, err = c.Value(x.Beacon, x.Signature)
		}
		h.want(err == nil && value == x.Value, e, record, "信标的签名不成立")
	} else {
		h.want(x.Signature == "", e, record, "不是信标，却有签名")
	}
}

// over holds a draw that was abandoned to its entry.
func (h *half) over() {
	if h.draw.State != "abandoned" {
		return
	}
	h.one(h.subject, ledger.RoundAbandoned, h.record)
}

// drawn does the draw again, and holds everything that came of it to the
// ledger.
func (h *half) drawn() error {
	e := h.one(h.subject, ledger.RoundDrawn, h.record)
	reveal, err := draw.VerifyReveal(h.m, []byte(h.draw.Reveal))
	if err != nil {
		return err
	}
	for _, x := range h.sources {
		h.want(reveal[x.Name] == x.Value, e, fmt.Sprintf("round_source %s %s", h.subject, x.Name), "数与揭示的不符")
	}
	seed, err := draw.VerifySeed(h.m, reveal, []byte(h.draw.Result))
	if err != nil {
		return err
	}
	open := func(list string) io.Reader {
		return h.Round.OpenList(h.ctx, h.authority, h.round.ID, h.draw.Half, list)
	}
	if err := draw.VerifyOutcome(h.m, seed, draw.Lists{Targets: open("targets"), Officers: open("officers"), Recusals: open("recusals")}, []byte(h.draw.Result)); err != nil {
		return err
	}
	if e != nil {
		hex := func(s string) string { return h.m.Hash.Hex([]byte(s)) }
		h.want(e.text("seed") == hex(seed.String()) && e.text("reveal") == hex(h.draw.Reveal) && e.text("result") == hex(h.draw.Result),
			e, h.record, "种子、揭示或结果与台账不符")
		h.want(e.near(h.draw.DrawnAt), e, h.record, "抽取时间与台账不符")
		at, name := h.round.DrawnAt, "抽取"
		if h.draw.Half != round.Targets {
			at, name = h.round.MatchedAt, "匹配"
		}
		h.want(e.near(at), e, "round "+h.round.ID, "%s时间与台账不符", name)
	}
	return h.disclosed()
}

// disclosed makes the bundle again.
func (h *half) disclosed() error {
	if h.draw.Bundle == "" {
		h.want(h.draw.TreeSize == 0, nil, h.record, "核验包还没有公开，却记着检查点")
		return nil
	}
	e := h.one(h.subject, ledger.RoundDisclosed, h.record)
	if e == nil {
		return nil
	}
	sum := sha256.New()
	if err := h.Round.Bundle(h.ctx, h.authority, h.round.ID, h.draw.Half, sum); err != nil {
		return errs.Because(errs.Conflict, fmt.Sprintf("按 %d 条时的检查点做不出核验包：%s", h.draw.TreeSize, sentence(err)), err)
	}
	h.want(e.text("bundle") == h.draw.Bundle && hex.EncodeToString(sum.Sum(nil)) == h.draw.Bundle, e, h.record, "核验包不是公开的那一份")
	h.counted("bundle")
	return nil
}

// salted looks an entry up by the salted digest of the firm that it names.
func (r *run) salted(subject string, typ ledger.Type, h canon.Hash, salt, firm string) *entry {
	if raw, err := hex.DecodeString(salt); err != nil || len(raw) == 0 {
		return nil
	}
	digest := round.SaltedDigest(h, salt, firm)
	for _, e := range r.all(subject, typ) {
		if !e.claimed && e.text("firm") == digest {
			e.claimed = true
			return e
		}
	}
	return nil
}

// quotas holds the strata to the sealed manifest.
func (h *half) quotas() error {
	quotas, err := h.Round.Quotas(h.ctx, h.authority, h.round.ID)
	if err != nil {
		return err
	}
	titles, _ := h.m.Extra["strata_titles"].([]any)
	record := "round_quota " + h.round.ID
	h.want(len(quotas) == len(h.m.Strata) && len(titles) == len(h.m.Strata), nil, record, "分层有 %d 个，封存了 %d 个", len(quotas), len(h.m.Strata))
	for i, q := range quotas {
		if i >= len(h.m.Strata) || i >= len(titles) {
			break
		}
		t, _ := titles[i].(map[string]any)
		h.want(q.No == i+1 && h.m.Strata[i] == draw.Stratum{Name: q.Name, Draw: q.Draw, Reserve: q.Reserve} &&
			t["title"] == q.Title && t["size"] == int64(q.Size) && t["base"] == int64(q.Base), nil, record+" "+q.Name, "与封存的清单不符")
	}
	return nil
}
