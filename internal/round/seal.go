package round

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"strings"

	"suiji/draw"
	"suiji/internal/access"
	"suiji/internal/canon"
	"suiji/internal/errs"
	"suiji/internal/identity"
	"suiji/internal/plan"
	"suiji/internal/store"
	"suiji/ledger"
	"suiji/randomness"
)

// Source is one source of a draw's seed.
type Source struct {
	No         int
	Name       string // identifier, as in the manifest
	Kind       canon.Kind
	By         string // committed: draw.ByBureau or draw.ByWitness
	Who        string // a witness's role in words: 县纪委监委派驻代表
	How        string // public: how it is rolled
	Commitment string
	Secret     string // the bureau's own; never leaves this package before it is revealed
	Chain      string // drand: the chain's hash
	Beacon     int    // drand: the round
	Value      string // as revealed or rolled; empty: not yet
	Signature  string // drand: of the round
}

const sourceCols = `no, name, kind, by, who, how, commitment, secret, chain, beacon, value, signature`

func scanSource(row store.Scanner) (x Source, err error) {
	err = row.Scan(&x.No, &x.Name, &x.Kind, &x.By, &x.Who, &x.How, &x.Commitment, &x.Secret, &x.Chain, &x.Beacon, &x.Value, &x.Signature)
	return x, err
}

// Sources returns the sources of one half in the manifest's order, without the
// bureau's secret.
func (s *Service) Sources(ctx context.Context, authority, id, half string) ([]Source, error) {
	all, err := readSources(ctx, s.DB, authority, id, half)
	for i := range all {
		all[i].Secret = ""
	}
	return all, err
}

func readSources(ctx context.Context, db *store.DB, authority, id, half string) ([]Source, error) {
	return store.All(ctx, db, scanSource, `
		SELECT `+sourceCols+`
		FROM round_source
		WHERE authority_id = $1 AND round_id = $2 AND half = $3
		ORDER BY no`, authority, id, half)
}

// Own is who stands behind the bureau's own secret.
const Own = "本局"

// bureauSource is the name of the bureau's own secret, which every draw has.
const bureauSource = "bureau"

// Seal fixes everything that decides the outcome of the round's current half:
// lists, quotas, and the sources of the seed, of which the bureau's own
// commitment is always one. From here on nothing can change. The caller gives
// the witnesses' commitments, the public rolls and the beacon's round to come.
func (s *Service) Seal(ctx context.Context, a access.Actor, id string, sources []Source) error {
	return s.Door.Do(ctx, a, access.RoundSeal, id, func(tx *store.DB) error { return s.SealTx(ctx, tx, a, id, sources) })
}

// SealTx is Seal inside a transaction, for who knows the sources only there.
func (s *Service) SealTx(ctx context.Context, tx *store.DB, a access.Actor, id string, sources []Source) error {
	r, err := s.roundFor(ctx, tx, a, id, Frozen, MatchFrozen)
	if err != nil {
		return err
	}
	if sources, err = s.withBureau(r.Hash, sources); err != nil {
		return err
	}
	half, err := s.current(ctx, tx, r)
	if err != nil {
		return err
	}
	m, err := s.manifest(ctx, tx, r, half, sources)
	if err != nil {
		return err
	}
	if err := s.feasible(ctx, tx, r, half, m); err != nil {
		return err
	}
	if err := s.writeSeal(ctx, tx, r, half, m, sources); err != nil {
		return err
	}
	s.Door.Step("seal written")
	to := Sealed
	if r.State == MatchFrozen {
		to = MatchSealed
	}
	return s.move(ctx, tx, r, to)
}

// Draft returns the half that a frozen round is at, and its manifest as it
// would be sealed now but for the witnesses and rolls: the bureau's commitment
// is a row of noughts.
func (s *Service) Draft(ctx context.Context, tx *store.DB, authority, id string) (string, draw.Manifest, error) {
	r, err := s.roundFor(ctx, tx, access.System(authority), id, Frozen, MatchFrozen)
	if err != nil {
		return "", draw.Manifest{}, err
	}
	half, err := s.current(ctx, tx, r)
	if err != nil {
		return "", draw.Manifest{}, err
	}
	m, err := s.manifest(ctx, tx, r, half, []Source{{Name: bureauSource, Kind: draw.Committed, By: draw.ByBureau, Commitment: strings.Repeat("0", 64)}})
	return half, m, err
}

// withBureau checks the given sources and puts the bureau's commitment first.
func (s *Service) withBureau(h canon.Hash, given []Source) ([]Source, error) {
	secret, err := randomness.NewSecret(rand.Reader)
	if err != nil {
		return nil, err
	}
	all := []Source{{Name: bureauSource, Kind: draw.Committed, By: draw.ByBureau, Who: Own, Secret: secret,
		Commitment: randomness.Commit(h, bureauSource, secret)}}
	for i, x := range given {
		if err := s.checkSource(i, x); err != nil {
			return nil, err
		}
		all = append(all, x)
	}
	for i := range all {
		all[i].No = i + 1
	}
	return all, nil
}

func (s *Service) checkSource(i int, x Source) error {
	field := fmt.Sprintf("source-%d", i+1)
	switch {
	case !canon.IsIdentifier(x.Name) || x.Name == bureauSource:
		return errs.At(field, "随机数来源的名称只能用字母、数字、点、下划线和连字符，且不能是 bureau")
	case x.Kind == draw.Committed && (x.By != draw.ByWitness || strings.TrimSpace(x.Who) == ""):
		return errs.At(field, "请写明见证人的身份，例如“县纪委监委派驻代表”")
	case x.Kind == draw.Committed && !canon.IsHex32(x.Commitment):
		return errs.At(field, "见证人的承诺应为 64 位十六进制数字，由见证人用自己的设备算出")
	case x.Kind == draw.Public && strings.TrimSpace(x.How) == "":
		return errs.At(field, "请写明公开随机数怎样产生，例如“当众掷 50 次骰子”")
	case x.Kind == draw.Drand:
		return s.checkBeacon(field, x)
	case x.Kind != draw.Committed && x.Kind != draw.Public:
		return errs.At(field, "没有这种随机数来源")
	}
	return nil
}

type meantCtx struct{}

// Meant says in ctx for which half of its round an act is meant: one that comes
// when the round is at another half is refused. Without it, and with an empty
// half, an act is meant for whichever half the round is at.
func Meant(ctx context.Context, half string) context.Context {
	return context.WithValue(ctx, meantCtx{}, half)
}

// current returns the name of the half that the round is at. Errors: Conflict
// if what is done was meant for another.
func (s *Service) current(ctx context.Context, tx *store.DB, r Round) (half string, err error) {
	if half = Targets; r.Half() != Targets {
		half, err = s.currentMatch(ctx, tx, r)
	}
	if meant, _ := ctx.Value(meantCtx{}).(string); err == nil && meant != "" && meant != half {
		err = errs.E(errs.Conflict, "您打开的页面是另一次抽取的，本轮次已经进行到下一次，没有任何改动。请刷新页面查看最新状态")
	}
	return half, err
}

// currentMatch returns the newest match of a round: match, match-2, ….
func (s *Service) currentMatch(ctx context.Context, tx *store.DB, r Round) (string, error) {
	all, err := readDraws(ctx, tx, r.Authority, r.ID)
	if err != nil {
		return "", err
	}
	if len(all) < 2 {
		return "", errs.E(errs.Conflict, "本轮次还没有开始抽取检查人员")
	}
	return all[len(all)-1].Half, nil
}

// manifest builds the manifest of a half from what was frozen.
func (s *Service) manifest(ctx context.Context, tx *store.DB, r Round, half string, sources []Source) (draw.Manifest, error) {
	auth, err := s.Identity.Authority(ctx, r.Authority)
	if err != nil {
		return draw.Manifest{}, err
	}
	p, err := s.Plan.Plan(ctx, r.Authority, r.PlanID)
	if err != nil {
		return draw.Manifest{}, err
	}
	m := draw.Manifest{
		Hash: r.Hash, ID: r.ID + "." + half, Disclosure: draw.Disclosure(r.Disclosure), DiscloseBy: r.DiscloseBy.String(),
		Extra: extra(auth, p, r),
	}
	for _, x := range sources {
		m.Seed = append(m.Seed, draw.Source{Name: x.Name, Kind: x.Kind, By: x.By, Commitment: x.Commitment, How: x.How, Chain: x.Chain, Round: x.Beacon})
	}
	if who := Offices(sources); len(who) > 0 {
		m.Extra[OfficesMember] = who
	}
	if half == Targets {
		err = s.targetsManifest(ctx, tx, r, p, &m)
	} else {
		err = s.matchManifest(ctx, tx, r, half, p, &m)
	}
	if err != nil {
		return draw.Manifest{}, err
	}
	if m, err = draw.Build(m); err != nil {
		return draw.Manifest{}, refusal(err)
	}
	return m, nil
}

// OfficesMember is the manifest's member that says which office each witness
// speaks for. Like the sources it is not there before the seal.
const OfficesMember = "witnesses"

// Offices are the witnesses' offices in words, by the names of their sources.
func Offices(sources []Source) map[string]any {
	who := map[string]any{}
	for _, x := range sources {
		if x.By == draw.ByWitness {
			who[x.Name] = strings.TrimSpace(x.Who)
		}
	}
	return who
}

// extra holds what the public page of a round reads beside the arithmetic.
func extra(auth identity.Authority, p plan.Plan, r Round) map[string]any {
	w := map[string]any{}
	for _, x := range p.Windows {
		if x.No == r.WindowNo {
			w = map[string]any{"no": x.No, "starts_on": x.StartsOn.String(), "ends_on": x.EndsOn.String()}
		}
	}
	e := map[string]any{
		"title":          fmt.Sprintf("%s 第 %d 批次", p.Title, r.WindowNo),
		"authority":      map[string]any{"id": auth.ID, "name": auth.Name},
		"plan":           map[string]any{"number": p.Number, "title": p.Title, "digest": p.Digest},
		"window":         w,
		"relaxed_duties": auth.RelaxedDuties,
	}
	if r.Rehearsal {
		e["rehearsal"] = true
	}
	return e
}

func (s *Service) targetsManifest(ctx context.Context, tx *store.DB, r Round, p plan.Plan, m *draw.Manifest) error {
	m.Scheme, m.Attempt = draw.TargetsScheme, r.Attempt
	if r.Previous != "" {
		prev, err := readDraw(ctx, tx, r.Authority, r.Previous, Targets)
		if err != nil {
			return err
		}
		m.Previous = prev.Digest
	}
	quotas, err := readQuotas(ctx, tx, r.Authority, r.ID)
	if err != nil {
		return err
	}
	strata := []any{}
	for _, q := range quotas {
		m.Strata = append(m.Strata, draw.Stratum{Name: q.Name, Draw: q.Draw, Reserve: q.Reserve})
		strata = append(strata, map[string]any{"name": q.Name, "title": q.Title, "size": q.Size, "base": q.Base})
	}
	tickets := []any{}
	for _, t := range p.Tasks {
		if t.No != r.TaskNo {
			continue
		}
		m.Extra["task"] = map[string]any{"no": t.No, "name": t.Name}
		for _, k := range t.Tickets {
			tickets = append(tickets, map[string]any{"tag": k.Tag, "tickets": k.Tickets})
		}
	}
	m.Extra["strata_titles"], m.Extra["tickets"] = strata, tickets
	rules, err := s.Caps.Sentences(ctx, tx, r.Authority)
	if err != nil {
		return err
	}
	if len(rules) > 0 {
		m.Extra["caps"] = rules
	}
	return s.listings(ctx, tx, r, Targets, map[string]*draw.Listing{"targets": &m.Targets, "excluded": &m.Excluded})
}

// listings puts the frozen lists' counts and roots into a manifest.
func (s *Service) listings(ctx context.Context, tx *store.DB, r Round, half string, into map[string]*draw.Listing) error {
	lists, err := readLists(ctx, tx, r.Authority, r.ID, half)
	for _, l := range lists {
		if to := into[l.Name]; to != nil {
			*to = draw.Listing{Count: l.Count, Root: l.Root}
		}
	}
	return err
}

// refusal turns a departure from the scheme, found before the seal, into a
// sentence for the operator.
func refusal(err error) error {
	var e *draw.Error
	if errors.As(err, &e) {
		return errs.Because(errs.Conflict, "不能封存："+e.Rule.Sentence()+"（"+e.Detail+"）。名单和规则都没有封存", err)
	}
	return err
}

func (s *Service) writeSeal(ctx context.Context, tx *store.DB, r Round, half string, m draw.Manifest, sources []Source) error {
	_, err := tx.Exec(ctx, `
		UPDATE round_draw
		SET state = 'sealed', manifest = $4, digest = $5, sealed_at = $6
		WHERE authority_id = $1 AND round_id = $2 AND half = $3 AND state = 'frozen'`,
		r.Authority, r.ID, half, string(m.JSON()), m.Digest(), s.Now().UnixMilli())
	if err != nil {
		return err
	}
	for _, x := range sources {
		_, err := tx.Exec(ctx, `
			INSERT INTO round_source (authority_id, round_id, half, `+sourceCols+`)
			VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, '', '')`,
			r.Authority, r.ID, half, x.No, x.Name, string(x.Kind), x.By, x.Who, x.How, x.Commitment, x.Secret, x.Chain, x.Beacon)
		if err != nil {
			return err
		}
	}
	return s.enter(ctx, tx, r, ledger.RoundSealed, half, map[string]any{"manifest": m.Digest()})
}
