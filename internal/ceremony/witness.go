package ceremony

import (
	"context"
	"crypto/rand"
	"fmt"
	"strings"

	"suiji/draw"
	"suiji/internal/access"
	"suiji/internal/canon"
	"suiji/internal/errs"
	"suiji/internal/round"
	"suiji/internal/store"
)

// mostWitnesses is how many can take part in one draw: as many as sign on one
// sheet.
const mostWitnesses = 6

// Invite invites a witness to the half that a frozen round is at. It returns
// the address of the witness's page below /witness/, which stands in the QR
// code and is kept nowhere: who loses it is invited anew. The address is empty
// if the same form was sent before.
func (s *Service) Invite(ctx context.Context, a access.Actor, id, who string) (address string, err error) {
	who = strings.Join(strings.Fields(who), " ")
	if n := len([]rune(who)); n < 2 || n > 40 {
		return "", errs.At("who", "请写明见证人代表哪个单位，2 到 40 个字，例如“县纪委监委派驻代表”")
	}
	token := rand.Text()
	err = s.Door.Do(ctx, a, access.WitnessInvite, id, func(tx *store.DB) error {
		half, err := frozenHalf(ctx, tx, a.Authority, id)
		if err != nil {
			return err
		}
		no, err := nextNo(ctx, tx, a.Authority, id, half)
		if err != nil {
			return err
		}
		all, err := readWitnesses(ctx, tx, a.Authority, id, half)
		if err != nil {
			return err
		}
		for _, w := range all {
			if w.Who == who {
				return errs.At("who", "“"+who+"”已经邀请过。手机丢失的，请用“重新邀请”")
			}
		}
		if len(all) >= mostWitnesses {
			return errs.E(errs.Conflict, fmt.Sprintf("一次抽取最多邀请 %d 位见证人", mostWitnesses))
		}
		address = a.Authority + "." + token
		return insertWitness(ctx, tx, Witness{Authority: a.Authority, RoundID: id, Half: half, No: no, Who: who,
			invitation: hashToken(token), InvitedAt: s.Now()})
	})
	if err != nil {
		return "", err
	}
	return address, nil
}

// nextNo numbers the witnesses of a half; one that was taken back keeps its
// number.
func nextNo(ctx context.Context, tx *store.DB, authority, id, half string) (int, error) {
	n, err := store.One(ctx, tx, store.Value[int64], `
		SELECT coalesce(max(no), 0) + 1
		FROM ceremony_witness
		WHERE authority_id = $1 AND round_id = $2 AND half = $3`, authority, id, half)
	return int(n), err
}

// frozenHalf returns the half that a round is at, which must not be sealed
// yet.
func frozenHalf(ctx context.Context, tx *store.DB, authority, id string) (string, error) {
	half, state, err := newest(ctx, tx, authority, id)
	switch {
	case err != nil:
		return "", err
	case half == "":
		return "", errs.E(errs.NotFound, "没有这个抽取轮次")
	case state != "frozen":
		return "", errs.E(errs.Conflict, "名单已经封存或者作废，见证人和他们的随机数都不能再变。没有任何改动")
	}
	return half, nil
}

// Reissue gives a witness who lost the telephone a new invitation. What the
// old one had committed to goes with it. Only before the seal.
func (s *Service) Reissue(ctx context.Context, a access.Actor, id string, no int) (address string, err error) {
	token := rand.Text()
	err = s.change(ctx, a, id, no, func(w *Witness) error {
		*w = Witness{Authority: w.Authority, RoundID: w.RoundID, Half: w.Half, No: w.No, Who: w.Who, invitation: hashToken(token), InvitedAt: s.Now()}
		address = w.Authority + "." + token
		return nil
	})
	if err != nil {
		return "", err
	}
	return address, nil
}

// Withdraw takes an invitation back, as long as nothing was committed under
// it.
func (s *Service) Withdraw(ctx context.Context, a access.Actor, id string, no int) error {
	return s.change(ctx, a, id, no, func(w *Witness) error {
		if w.Commitment != "" {
			return errs.E(errs.Conflict, "“"+w.Who+"”已经封存了随机数，不能撤回邀请")
		}
		w.WithdrawnAt = s.Now()
		return nil
	})
}

// change is what the operator does to an invitation before the seal.
func (s *Service) change(ctx context.Context, a access.Actor, id string, no int, fn func(*Witness) error) error {
	return s.Door.Do(ctx, a, access.WitnessInvite, fmt.Sprintf("%s witness-%d", id, no), func(tx *store.DB) error {
		half, err := frozenHalf(ctx, tx, a.Authority, id)
		if err != nil {
			return err
		}
		w, err := readWitness(ctx, tx, Witness{Authority: a.Authority, RoundID: id, Half: half, No: no})
		if err != nil {
			return err
		}
		if !w.WithdrawnAt.IsZero() {
			return errs.E(errs.Conflict, "这个邀请已经撤回")
		}
		if err := fn(&w); err != nil {
			return err
		}
		return saveWitness(ctx, tx, w)
	})
}

// Join uses up an invitation: from now on the witness's page has the address
// that the telephone made, which is returned. The same telephone may say it
// twice.
func (s *Service) Join(ctx context.Context, invitation, token string) (string, error) {
	w, _, err := s.Find(ctx, invitation)
	if err != nil {
		return "", err
	}
	address := w.Authority + "." + token
	if _, _, err := split(address); err != nil || !canon.IsIdentifier(token) {
		return "", errs.E(errs.Invalid, "这部手机没有产生自己的凭据，没有加入。请用手机自带的浏览器打开，并允许运行脚本")
	}
	h := hashToken(token)
	if w.phone == h {
		return address, nil
	}
	return address, s.Door.Do(ctx, w.actor(), access.WitnessJoin, w.subject(), func(tx *store.DB) error {
		w, err := s.open(ctx, tx, w)
		if err != nil {
			return err
		}
		if w.phone != "" && w.phone != h {
			return used(w)
		}
		w.phone, w.JoinedAt = h, s.Now()
		return saveWitness(ctx, tx, w)
	})
}

func used(w Witness) error {
	return errs.E(errs.Conflict, "“"+w.Who+"”的邀请已经由另一部手机使用。如果不是您本人，请当场告诉主持人重新邀请")
}

// open returns the witness as the transaction sees it, before the seal.
func (s *Service) open(ctx context.Context, tx *store.DB, w Witness) (Witness, error) {
	half, err := frozenHalf(ctx, tx, w.Authority, w.RoundID)
	if err != nil {
		return w, err
	}
	old := w
	if w, err = readWitness(ctx, tx, w); err != nil {
		return w, err
	}
	if half != w.Half || !w.WithdrawnAt.IsZero() || w.invitation != old.invitation {
		return w, errs.E(errs.Conflict, "这个邀请已经失效。请向主持人要一个新的邀请")
	}
	return w, nil
}

// Commit takes a witness's commitment, made on the telephone; the secret stays
// there. seen is the fingerprint that stood before the witness. A second,
// different commitment is refused, and so is any after the seal.
func (s *Service) Commit(ctx context.Context, address, commitment, seen string) error {
	w, err := s.joined(ctx, address)
	if err != nil {
		return err
	}
	if !canon.IsHex32(commitment) {
		return errs.E(errs.Invalid, "手机没有算出随机数的指纹，没有封存。请重试，或者换一个浏览器")
	}
	if w.Commitment == commitment {
		return nil // said twice
	}
	_, m, err := s.Round.Draft(ctx, s.DB, w.Authority, w.RoundID)
	if err != nil {
		return err
	}
	now, err := Fingerprint(m)
	if err != nil {
		return err
	}
	if seen != now {
		return errs.E(errs.Conflict, "名单或规则在您核对之后有变动，没有封存。请刷新页面，重新核对指纹")
	}
	return s.Door.Do(ctx, w.actor(), access.WitnessCommit, w.subject(), func(tx *store.DB) error {
		w, err := s.open(ctx, tx, w)
		if err != nil {
			return err
		}
		if w.Commitment != "" && w.Commitment != commitment {
			return errs.E(errs.Conflict, "您已经封存过一个随机数，不能更换。先封存的仍然有效")
		}
		w.Commitment, w.seen, w.CommittedAt = commitment, seen, s.Now()
		return saveWitness(ctx, tx, w)
	})
}

// joined returns the witness whose telephone has this address.
func (s *Service) joined(ctx context.Context, address string) (Witness, error) {
	w, joined, err := s.Find(ctx, address)
	if err == nil && !joined {
		err = errs.E(errs.Conflict, "请先加入见证")
		if w.phone != "" {
			err = used(w)
		}
	}
	return w, err
}

// Seal fixes lists, rules and sources: those given and the commitments of all
// invited witnesses, in the order in which they were invited. While one of
// them has not committed, nothing is sealed.
func (s *Service) Seal(ctx context.Context, a access.Actor, id string, given []round.Source) error {
	return s.Door.Do(ctx, a, access.RoundSeal, id, func(tx *store.DB) error {
		half, m, err := s.Round.Draft(ctx, tx, a.Authority, id)
		if err != nil {
			return err
		}
		now, err := Fingerprint(m)
		if err != nil {
			return err
		}
		all, err := readWitnesses(ctx, tx, a.Authority, id, half)
		if err != nil {
			return err
		}
		sources := append([]round.Source{}, given...)
		for _, w := range all {
			switch {
			case w.Commitment == "":
				return errs.E(errs.Conflict, "“"+w.Who+"”还没有封存随机数，不能封存名单。请等待，或者撤回对其的邀请")
			case w.seen != now:
				return errs.E(errs.Conflict, "名单或规则在“"+w.Who+"”核对之后有变动，不能封存。请重新邀请，当场再核对一次")
			}
			sources = append(sources, round.Source{Name: w.Name(), Kind: draw.Committed, By: draw.ByWitness, Who: w.Who, Commitment: w.Commitment})
		}
		return s.Round.SealTx(ctx, tx, a, id, sources)
	})
}

// Reveal takes a witness's secret after the seal and all public rolls.
func (s *Service) Reveal(ctx context.Context, address, secret string) error {
	w, err := s.joined(ctx, address)
	if err != nil {
		return err
	}
	secret = strings.ToLower(strings.Join(strings.Fields(secret), ""))
	sources, err := s.Round.Sources(ctx, w.Authority, w.RoundID, w.Half)
	if err != nil {
		return err
	}
	for _, x := range sources {
		if x.Name == w.Name() && x.Value != "" && x.Value == secret {
			return nil // said twice
		}
	}
	half, _, err := newest(ctx, s.DB, w.Authority, w.RoundID)
	if err != nil {
		return err
	}
	if half != w.Half {
		return errs.E(errs.Conflict, "您见证的那次抽取已经结束，随机数没有公开")
	}
	return s.Round.Reveal(ctx, w.actor(), w.RoundID, w.Name(), secret)
}

// Refuse records that a witness will not reveal, after the seal. The draw can
// then be abandoned by the rule; until it is, the witness may still reveal.
func (s *Service) Refuse(ctx context.Context, address string) error {
	w, err := s.joined(ctx, address)
	if err != nil || !w.RefusedAt.IsZero() {
		return err
	}
	return s.Door.Do(ctx, w.actor(), access.WitnessRefuse, w.subject(), func(tx *store.DB) error {
		half, state, err := newest(ctx, tx, w.Authority, w.RoundID)
		if err != nil {
			return err
		}
		if half != w.Half || state != "sealed" || w.Commitment == "" {
			return errs.E(errs.Conflict, "现在没有等待您公开的随机数，没有任何改动")
		}
		left, _, err := readMissing(ctx, tx, w.Authority, w.RoundID, w.Half)
		if err != nil {
			return err
		}
		for _, x := range left {
			if x.name == w.Name() {
				w.RefusedAt = s.Now()
				return saveWitness(ctx, tx, w)
			}
		}
		return errs.E(errs.Conflict, "您的随机数已经公开，不能再拒绝")
	})
}

// Void ends a sealed draw because a witness does not reveal, by the rule that
// was shown before the seal: the reason names the witness by role. After all
// rolls; the operator needs the refusal of one of them, a leader judges for
// himself that they have waited long enough.
func (s *Service) Void(ctx context.Context, a access.Actor, id string) error {
	return s.Door.Do(ctx, a, access.RoundVoid, id, func(tx *store.DB) error {
		half, state, err := newest(ctx, tx, a.Authority, id)
		if err != nil {
			return err
		}
		left, rolls, err := readMissing(ctx, tx, a.Authority, id, half)
		if err != nil {
			return err
		}
		if state != "sealed" || rolls > 0 || len(left) == 0 {
			return errs.E(errs.Conflict, "现在没有见证人欠着随机数，不能按此规则作废。没有任何改动")
		}
		refused, err := s.refused(ctx, tx, a.Authority, id, half)
		if err != nil {
			return err
		}
		if !refused && !a.Has(access.Leader) {
			return errs.E(errs.Conflict, "没有见证人表示拒绝公开。见证人迟迟不公开的，由局领导决定作废")
		}
		var who []string
		for _, x := range left {
			who = append(who, x.who)
		}
		return s.Round.AbandonTx(ctx, tx, a, id, strings.Join(who, "、")+"未公开随机数，按封存前公布的规则，本次抽取作废")
	})
}

func (s *Service) refused(ctx context.Context, tx *store.DB, authority, id, half string) (bool, error) {
	all, err := readWitnesses(ctx, tx, authority, id, half)
	for _, w := range all {
		if !w.RefusedAt.IsZero() {
			return true, err
		}
	}
	return false, err
}
