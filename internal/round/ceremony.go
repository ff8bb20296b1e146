package round

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"strings"

	"suiji/calendar"
	"suiji/draw"
	"suiji/internal/access"
	"suiji/internal/canon"
	"suiji/internal/errs"
	"suiji/internal/plan"
	"suiji/internal/store"
	"suiji/ledger"
	"suiji/randomness"
)

// Roll enters a number that was rolled in public for a source of the sealed
// half. It goes into the ledger at once and is never entered again.
func (s *Service) Roll(ctx context.Context, a access.Actor, id, source, value string) error {
	value = strings.Join(strings.Fields(value), "")
	if err := randomness.CheckValue(draw.Public, value); err != nil {
		return errs.At("value", "公开随机数应为 1 到 200 位，只能用字母、数字和 . , _ -，按当众产生的顺序连续录入")
	}
	return s.Door.Do(ctx, a, access.RoundRoll, id+" "+source, func(tx *store.DB) error {
		r, half, x, err := s.openSource(ctx, tx, a, id, source, draw.Public)
		if err != nil {
			return err
		}
		if err := s.earlierRolled(ctx, tx, r, half, x); err != nil {
			return err
		}
		if err := setValue(ctx, tx, r, half, x, value); err != nil {
			return err
		}
		s.Door.Step("roll written")
		data := map[string]any{"source": source, "value": value}
		if r.Disclosure != string(draw.AtOnce) {
			data = map[string]any{"source": source, "digest": r.Hash.Hex([]byte(value))}
		}
		return s.enter(ctx, tx, r, ledger.RoundRolled, half, data)
	})
}

// earlierRolled holds that public numbers are rolled in the manifest's order,
// in which the bundle proves the ledger's entries, and before any beacon is
// out: who rolls last, knowing the beacon, would choose the outcome.
func (s *Service) earlierRolled(ctx context.Context, tx *store.DB, r Round, half string, x Source) error {
	all, err := readSources(ctx, tx, r.Authority, r.ID, half)
	for _, o := range all {
		if o.Kind == draw.Drand && !s.Now().Before(o.Out()) {
			return errs.E(errs.Conflict, o.Title()+"已经公布，此后录入的公开随机数可以挑选，不再录入。本次抽取只能由局领导作废，重新封存")
		}
		if o.Kind == draw.Public && o.No < x.No && o.Value == "" {
			return errs.E(errs.Conflict, "请按封存的次序录入：先录入“"+o.How+"”")
		}
	}
	return err
}

// openSource returns a source of the sealed half that has no value yet.
func (s *Service) openSource(ctx context.Context, tx *store.DB, a access.Actor, id, name string, kind canon.Kind) (Round, string, Source, error) {
	r, err := s.roundFor(ctx, tx, a, id, Sealed, MatchSealed)
	if err != nil {
		return r, "", Source{}, err
	}
	half, err := s.current(ctx, tx, r)
	if err != nil {
		return r, "", Source{}, err
	}
	x, err := store.One(ctx, tx, scanSource, `
		SELECT `+sourceCols+`
		FROM round_source
		WHERE authority_id = $1 AND round_id = $2 AND half = $3 AND name = $4 AND kind = $5`,
		r.Authority, r.ID, half, name, string(kind))
	if err != nil {
		return r, half, x, err
	}
	if x.Value != "" {
		return r, half, x, errs.E(errs.Conflict, "这个随机数已经录入，不能更改")
	}
	return r, half, x, nil
}

func setValue(ctx context.Context, tx *store.DB, r Round, half string, x Source, value string) error {
	_, err := tx.Exec(ctx, `
		UPDATE round_source
		SET value = $5
		WHERE authority_id = $1 AND round_id = $2 AND half = $3 AND no = $4 AND value = ''`,
		r.Authority, r.ID, half, x.No, value)
	return err
}

// Reveal takes a witness's secret. It must fit the commitment that was sealed,
// and comes only after every public number has been rolled and the beacon is out.
func (s *Service) Reveal(ctx context.Context, a access.Actor, id, source, secret string) error {
	secret = strings.ToLower(strings.Join(strings.Fields(secret), ""))
	return s.Door.Do(ctx, a, access.RoundReveal, id+" "+source, func(tx *store.DB) error {
		r, half, x, err := s.openSource(ctx, tx, a, id, source, draw.Committed)
		if err != nil {
			return err
		}
		if x.By != draw.ByWitness {
			return errs.E(errs.Invalid, "本局的随机数在抽取时由系统公开，不用录入")
		}
		all, err := readSources(ctx, tx, r.Authority, r.ID, half)
		if err != nil {
			return err
		}
		for _, o := range all {
			if o.Kind == draw.Drand && o.Value == "" {
				return errs.E(errs.Conflict, "公共信标还没有全部录入，见证人暂不公开")
			}
			if o.Kind == draw.Public && o.Value == "" {
				return errs.E(errs.Conflict, "公开随机数还没有全部录入，见证人暂不公开")
			}
		}
		if err := randomness.Open(r.Hash, x.Name, secret, x.Commitment); err != nil {
			return errs.At("secret", "这个随机数与封存的承诺不一致，没有录入。请核对；若见证人无法给出，本轮次只能作废")
		}
		if err := setValue(ctx, tx, r, half, x, secret); err != nil {
			return err
		}
		return s.enter(ctx, tx, r, ledger.RoundRevealed, half, map[string]any{"source": x.Name, "digest": r.Hash.Hex([]byte(secret))})
	})
}

// Draw works out the outcome of the sealed half once every number is there,
// and writes it down. The bureau's own secret is revealed in the same act. It
// is the only way to an outcome, and there is one outcome.
func (s *Service) Draw(ctx context.Context, a access.Actor, id string) error {
	cal, err := s.Reference.Calendar(ctx)
	if err != nil {
		return err
	}
	return s.Door.Do(ctx, a, access.RoundDraw, id, func(tx *store.DB) error {
		r, err := s.roundFor(ctx, tx, a, id, Sealed, MatchSealed)
		if err != nil {
			return err
		}
		half, err := s.current(ctx, tx, r)
		if err != nil {
			return err
		}
		m, reveal, err := s.revealed(ctx, tx, r, half)
		if err != nil {
			return err
		}
		seed, err := draw.DeriveSeed(m, reveal)
		if err != nil {
			return fmt.Errorf("seed of %s.%s: %w", r.ID, half, err)
		}
		s.Door.Step("draw seed derived")
		var result []byte
		if r.State == Sealed {
			result, err = s.drawTargets(ctx, tx, r, m, seed, cal)
		} else {
			result, err = s.drawOfficers(ctx, tx, r, half, m, seed)
		}
		if err != nil {
			return err
		}
		s.Door.Step("draw outcome written")
		return s.writeDraw(ctx, tx, r, outcome{half, m.Hash, reveal, seed, result})
	})
}

// revealed returns the manifest and every source's value; a Conflict names the
// first one that is missing.
func (s *Service) revealed(ctx context.Context, tx *store.DB, r Round, half string) (draw.Manifest, map[string]string, error) {
	d, err := readDraw(ctx, tx, r.Authority, r.ID, half)
	if err != nil {
		return draw.Manifest{}, nil, err
	}
	m, err := draw.ParseManifest([]byte(d.Manifest))
	if err != nil {
		return m, nil, fmt.Errorf("manifest of %s.%s: %w", r.ID, half, err)
	}
	all, err := readSources(ctx, tx, r.Authority, r.ID, half)
	if err != nil {
		return m, nil, err
	}
	reveal := map[string]string{}
	for _, x := range all {
		if x.By == draw.ByBureau {
			x.Value = x.Secret
		}
		if x.Value == "" {
			return m, nil, errs.E(errs.Conflict, "还缺“"+x.Title()+"”的随机数，不能抽取")
		}
		reveal[x.Name] = x.Value
	}
	return m, reveal, nil
}

// Title names a source for people.
func (x Source) Title() string {
	switch x.Kind {
	case draw.Public:
		return x.How
	case draw.Drand:
		return x.beaconTitle()
	}
	return x.Who
}

// Role names who or what a source is.
func (x Source) Role() string {
	switch {
	case x.Kind == draw.Public:
		return "公开随机数"
	case x.Kind == draw.Drand:
		return "公共信标"
	case x.By == draw.ByWitness:
		return "见证人"
	}
	return "本局"
}

// Way tells how a source came about, or who the witness is.
func (x Source) Way() string {
	if x.By == draw.ByBureau {
		return "系统产生，抽取时揭示"
	}
	return x.Title()
}

func (s *Service) drawTargets(ctx context.Context, tx *store.DB, r Round, m draw.Manifest, seed draw.Seed, cal calendar.Calendar) ([]byte, error) {
	res, err := draw.Targets(m, seed, openList(ctx, tx, r.Authority, r.ID, Targets, "targets"))
	if err != nil {
		return nil, fmt.Errorf("draw %s: %w", r.ID, err)
	}
	p, err := s.Plan.Plan(ctx, r.Authority, r.PlanID)
	if err != nil {
		return nil, err
	}
	slots, err := s.slotsOf(ctx, tx, r, p, res)
	if err != nil {
		return nil, err
	}
	if err := writeFirms(ctx, tx, r, res, slots); err != nil {
		return nil, err
	}
	due, err := confirmDue(cal, s.today(), p)
	if err != nil {
		return nil, err
	}
	_, err = tx.Exec(ctx, `
		UPDATE round
		SET drawn_at = $3, confirm_due = $4
		WHERE authority_id = $1 AND round_id = $2`, r.Authority, r.ID, s.Now().UnixMilli(), due.String())
	if err != nil {
		return nil, err
	}
	if err := s.move(ctx, tx, r, Drawn); err != nil {
		return nil, err
	}
	if err := s.visited(ctx, tx, r); err != nil {
		return nil, err
	}
	return res.JSON()
}

// confirmDue is the last day to compare and confirm (1.21).
func confirmDue(cal calendar.Calendar, drawn calendar.Date, p plan.Plan) (calendar.Date, error) {
	d, err := cal.Deadline(drawn, p.ConfirmDays, calendar.Workdays)
	if err != nil {
		return calendar.Date{}, errs.Because(errs.Conflict, err.Error()+"，无法计算比对确认的期限。请系统管理员先录入该年度放假通知", err)
	}
	return d.Due, nil
}

func (s *Service) drawOfficers(ctx context.Context, tx *store.DB, r Round, half string, m draw.Manifest, seed draw.Seed) ([]byte, error) {
	res, err := draw.Match(m, seed, lists(ctx, tx, r, half))
	if err != nil {
		return nil, fmt.Errorf("match %s: %w", r.ID, err)
	}
	exec, done, err := tx.Prepare(ctx, `
		INSERT INTO round_officer (authority_id, round_id, target_id, slot, officer_id, place, state)
		VALUES ($1, $2, $3, $4, $5, $6, $7)`)
	if err != nil {
		return nil, err
	}
	defer done() // the transaction closes it anyway
	for _, f := range res.Matches {
		for _, t := range f.Teams {
			for i, o := range t.Officers {
				if err := exec(r.Authority, r.ID, f.Target, t.Slot, o, i+1, string(InTeam)); err != nil {
					return nil, err
				}
			}
			for i, o := range t.Reserves {
				if err := exec(r.Authority, r.ID, f.Target, t.Slot, o, len(t.Officers)+i+1, string(InReserve)); err != nil {
					return nil, err
				}
			}
		}
	}
	_, err = tx.Exec(ctx, `
		UPDATE round
		SET matched_at = $3
		WHERE authority_id = $1 AND round_id = $2`, r.Authority, r.ID, s.Now().UnixMilli())
	if err != nil {
		return nil, err
	}
	if err := s.move(ctx, tx, r, Matched); err != nil {
		return nil, err
	}
	return res.JSON()
}

// outcome is what a half's draw came to.
type outcome struct {
	half   string
	hash   canon.Hash
	reveal map[string]string
	seed   draw.Seed
	result []byte
}

// writeDraw keeps reveal and result, and enters their digests.
func (s *Service) writeDraw(ctx context.Context, tx *store.DB, r Round, o outcome) error {
	canonical, err := canon.JSON(o.reveal)
	if err != nil {
		return err
	}
	_, err = tx.Exec(ctx, `
		UPDATE round_draw
		SET state = 'drawn', reveal = $4, result = $5, drawn_at = $6
		WHERE authority_id = $1 AND round_id = $2 AND half = $3 AND state = 'sealed'`,
		r.Authority, r.ID, o.half, string(canonical), string(o.result), s.Now().UnixMilli())
	if err != nil {
		return err
	}
	_, err = tx.Exec(ctx, `
		UPDATE round_source
		SET value = secret
		WHERE authority_id = $1 AND round_id = $2 AND half = $3 AND by = $4`, r.Authority, r.ID, o.half, draw.ByBureau)
	if err != nil {
		return err
	}
	h := o.hash
	err = s.enter(ctx, tx, r, ledger.RoundRevealed, o.half, map[string]any{
		"source": bureauSource, "digest": h.Hex([]byte(o.reveal[bureauSource])),
	})
	if err != nil {
		return err
	}
	return s.enter(ctx, tx, r, ledger.RoundDrawn, o.half, map[string]any{
		"seed": h.Hex([]byte(o.seed.String())), "reveal": h.Hex(canonical), "result": h.Hex(o.result),
	})
}

// feasible checks, before the seal, that the draw can be carried out whatever
// the seed.
func (s *Service) feasible(ctx context.Context, tx *store.DB, r Round, half string, m draw.Manifest) error {
	return refusal(m.Check(lists(ctx, tx, r, half)))
}

// lists opens the frozen lists of one half.
func lists(ctx context.Context, db *store.DB, r Round, half string) draw.Lists {
	open := func(list string) io.Reader { return openList(ctx, db, r.Authority, r.ID, half, list) }
	return draw.Lists{Targets: open("targets"), Excluded: open("excluded"), Officers: open("officers"), Recusals: open("recusals")}
}

// Abandon ends a draw that cannot be carried out, with its reason, for all to
// see. What is drawn cannot be abandoned: it stands.
func (s *Service) Abandon(ctx context.Context, a access.Actor, id, reason string) error {
	reason = strings.TrimSpace(reason)
	if len([]rune(reason)) < 5 {
		return errs.At("reason", "请写明作废原因，至少 5 个字。原因将永久公开")
	}
	return s.Door.Do(ctx, a, access.RoundAbandon, id, func(tx *store.DB) error { return s.AbandonTx(ctx, tx, a, id, reason) })
}

// AbandonTx is Abandon inside a transaction, for a rule that was broken.
func (s *Service) AbandonTx(ctx context.Context, tx *store.DB, a access.Actor, id, reason string) error {
	r, err := s.roundFor(ctx, tx, a, id, Frozen, Sealed, MatchFrozen, MatchSealed)
	if err != nil {
		return err
	}
	half, err := s.current(ctx, tx, r)
	if err != nil {
		return err
	}
	_, err = tx.Exec(ctx, `
		UPDATE round_draw
		SET state = 'abandoned'
		WHERE authority_id = $1 AND round_id = $2 AND half = $3`, r.Authority, r.ID, half)
	if err != nil {
		return err
	}
	if err := s.abandon(ctx, tx, r, reason); err != nil {
		return err
	}
	if r.State == Frozen || r.State == MatchFrozen {
		return nil // nothing was sealed: the ledger knows of no draw
	}
	return s.enter(ctx, tx, r, ledger.RoundAbandoned, half, map[string]any{"reason": reason})
}

// abandon ends the round; a match that broke off only takes it back to its
// confirmed firms.
func (s *Service) abandon(ctx context.Context, tx *store.DB, r Round, reason string) error {
	to := Abandoned
	if r.State == MatchFrozen || r.State == MatchSealed {
		to = Confirmed
	}
	if err := s.move(ctx, tx, r, to); err != nil {
		return err
	}
	_, err := tx.Exec(ctx, `
		UPDATE round
		SET reason = $3
		WHERE authority_id = $1 AND round_id = $2`, r.Authority, r.ID, reason)
	return err
}

// Values returns the reveal of a drawn half by source name.
func (d Draw) Values() (map[string]string, error) {
	m := map[string]string{}
	if d.Reveal == "" {
		return m, nil
	}
	return m, json.Unmarshal([]byte(d.Reveal), &m)
}
