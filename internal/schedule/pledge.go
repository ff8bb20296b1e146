package schedule

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"strings"

	"suiji/internal/access"
	"suiji/internal/errs"
	"suiji/internal/store"
)

// Discipline is what an inspector acknowledges before the first visit of a
// round: the plan's own rules (1.42), and those of 国办发〔2024〕54号.
var Discipline = []string{
	"遵守中央八项规定精神和廉洁自律各项规定，遵守工作纪律、保密纪律、群众纪律。",
	"不接受被检查单位的宴请，不参加其提供的娱乐、旅游等活动。",
	"不接受馈赠的礼品、礼金，不收取报酬，不享受其提供的福利。",
	"不让被检查单位支付费用，不向其转嫁检查费用。",
	"不干预、不妨碍正常生产经营活动，不刻意要求法定代表人到场。",
	"不逐利检查、不任性检查、不变相检查，不以观摩、督导、考察的名义检查。",
	"不按指标检查；检查次数、罚没数额不与考核挂钩。",
	"只查批准的单位、事项和日期，两人以上到场，先亮明身份、出示执法证件。",
	"与被检查单位有利害关系的，立即申报回避。",
}

func disciplineDigest() string {
	sum := sha256.Sum256([]byte(strings.Join(Discipline, "\n")))
	return hex.EncodeToString(sum[:])
}

// Pledged reports whether an officer has acknowledged the rules of conduct for
// a round.
func (s *Service) Pledged(ctx context.Context, authority, roundID, officer string) (bool, error) {
	return pledged(ctx, s.DB, authority, roundID, officer)
}

func pledged(ctx context.Context, db *store.DB, authority, roundID, officer string) (bool, error) {
	n, err := store.One(ctx, db, store.Value[int], `
		SELECT count(*)
		FROM schedule_pledge
		WHERE authority_id = $1 AND round_id = $2 AND officer_id = $3`, authority, roundID, officer)
	return n > 0, err
}

// Pledge keeps that an inspector has read the rules of conduct, once a round.
// Once more changes nothing. Errors: Forbidden for whoever is no officer.
func (s *Service) Pledge(ctx context.Context, a access.Actor, roundID string) error {
	acc, err := s.Identity.Account(ctx, a.Authority, a.ID)
	if err != nil && errs.KindOf(err) != errs.NotFound {
		return err
	}
	if acc.OfficerID == "" {
		return errs.E(errs.Forbidden, "您的账号没有与执法人员名录对应，不能确认检查纪律")
	}
	return s.Door.Do(ctx, a, access.VisitRecord, roundID+" pledge", func(tx *store.DB) error {
		_, err := tx.Exec(ctx, `
			INSERT INTO schedule_pledge (authority_id, round_id, officer_id, digest, at)
			VALUES ($1, $2, $3, $4, $5)
			ON CONFLICT (authority_id, round_id, officer_id) DO NOTHING`,
			a.Authority, roundID, acc.OfficerID, disciplineDigest(), s.Now().UnixMilli())
		return err
	})
}

// PledgedTx holds that an officer who arrives has acknowledged the rules of
// conduct. Errors: Conflict.
func (s *Service) PledgedTx(ctx context.Context, tx *store.DB, authority, roundID, officer string) error {
	ok, err := pledged(ctx, tx, authority, roundID, officer)
	if err == nil && !ok {
		err = errs.E(errs.Conflict, "第一次到达以前，请先阅读检查纪律并确认（打开任务页即可）。到达没有登记")
	}
	return err
}
