package alarm

import (
	"context"
	"crypto/rand"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"suiji/internal/access"
	"suiji/internal/audit"
	"suiji/internal/canon"
	"suiji/internal/errs"
	"suiji/internal/store"
	"suiji/ledger"
)

// Settings are what the security hangs on: names, and values in words. No
// password and no key is among them.
type Settings map[string]string

// Witnesses is the name of the setting that says who cosigns the ledger.
const Witnesses = "witnesses"

// names are the settings in Chinese.
var names = map[string]string{
	Witnesses: "台账的外部见证方", "https": "对外网址用 HTTPS", "proxies": "信任的反向代理", "outgoing": "允许外发的主机", "mail": "邮件", "webhook": "Webhook",
	"metrics": "指标的监听地址", "rate": "每个来源地址每分钟的公众请求（0 为不限）", "provider": "统一身份认证和等于双因素的取值", "database": "数据库连接加密",
	"passwords": "密码规则", "second": "须双因素的角色", "relaxed": "一个轮次的职责可以由一人兼任", "divided": "设有安全保密管理员",
}

// SettingsSubject is what the ledger's entries of an authority's settings are
// about.
func SettingsSubject(authority string) string { return authority + ".settings" }

type stated struct {
	no, at   int64
	settings string
}

func scanStated(row store.Scanner) (x stated, err error) {
	err = row.Scan(&x.no, &x.at, &x.settings)
	return x, err
}

// House lays down what is set on the machine, if it is not what was laid down
// last. It is called when the program starts: nodes that are set differently
// say so at each start, and not all the time.
func (s *Service) House(ctx context.Context, authority string, set Settings) error {
	return s.state(ctx, authority, OfHouse, set)
}

// office lays down what the office has set.
func (s *Service) office(ctx context.Context, authority string) error {
	rules, err := s.Identity.Rules(ctx, authority)
	if err != nil {
		return err
	}
	auth, err := s.Identity.Authority(ctx, authority)
	if err != nil {
		return err
	}
	divided, err := s.Identity.Divided(ctx, authority)
	if err != nil {
		return err
	}
	var second []string
	for _, x := range rules.Second {
		second = append(second, x.Name())
	}
	slices.Sort(second)
	return s.state(ctx, authority, OfOffice, Settings{"passwords": string(rules.Passwords), "second": strings.Join(second, "、"),
		"relaxed": yes(auth.RelaxedDuties), "divided": yes(divided)})
}

func yes(b bool) string {
	if b {
		return "是"
	}
	return "否"
}

// state lays down one part of the settings. The first of a part is no alarm.
func (s *Service) state(ctx context.Context, authority string, part Kind, set Settings) error {
	raw, err := canon.JSON(set)
	if err != nil {
		return err
	}
	before, err := s.last(ctx, s.DB, authority, part)
	if err != nil || before.settings == string(raw) {
		return err
	}
	auth, err := s.Identity.Authority(ctx, authority)
	if err != nil {
		return err
	}
	kind := part
	if part == OfOffice {
		if ok, err := s.recorded(ctx, authority, before, set); err != nil {
			return err
		} else if ok {
			kind = Changed
		}
	}
	salt := make([]byte, 32)
	if _, err := rand.Read(salt); err != nil {
		return err
	}
	no, digest := before.no+1, auth.Hash.Hex(append(slices.Clone(salt), raw...))
	data := map[string]any{"part": string(part), "no": no, "digest": digest}
	if part == OfHouse {
		data[Witnesses] = int64(len(strings.Fields(set[Witnesses])))
	}
	key := fmt.Sprintf("settings %s %d", part, no)
	err = s.Door.Do(audit.WithKey(ctx, key), access.System(authority), access.SettingState, key, func(tx *store.DB) error {
		if _, err := tx.Exec(ctx, `
			INSERT INTO alarm_setting (authority_id, part, no, at, settings, salt, digest)
			VALUES ($1, $2, $3, $4, $5, $6, $7)`, authority, string(part), no, s.Now().UnixMilli(), string(raw), hex.EncodeToString(salt), digest); err != nil {
			return err
		}
		if err := s.Scribe.Enter(ctx, tx, authority, string(ledger.SettingsStated), SettingsSubject(authority), data); err != nil || no == 1 {
			return err
		}
		return s.enter(ctx, tx, Alarm{ID: key, Kind: kind, Number: no}, authority)
	})
	if errs.KindOf(err) == errs.Conflict && !store.Raced(err) {
		return nil // another node was first
	}
	return err
}

// lawful are the acts that may change what the office has set, each by the
// beginning of its name.
var lawful = map[string][]access.Action{
	"passwords": {access.RulesEdit}, "second": {access.RulesEdit}, "relaxed": {access.SettingEdit},
	"divided": {access.AccountEdit, access.AccountBatch, access.RolesDecide, access.AccountEnable},
}

// recorded reports whether the audit log has, for each setting that differs from
// what was laid down before, an act since then that may have changed it; of the
// rules of passwords, one that set just these.
func (s *Service) recorded(ctx context.Context, authority string, before stated, set Settings) (bool, error) {
	var old Settings
	if before.no == 0 {
		return true, nil
	}
	if err := json.Unmarshal([]byte(before.settings), &old); err != nil {
		return false, err
	}
	for name, value := range set {
		if old[name] == value {
			continue
		}
		found, err := s.lapsed(ctx, authority, name, value, before.at)
		if err != nil {
			return false, err
		}
		for _, act := range lawful[name] {
			q := audit.Query{Action: string(act), From: time.UnixMilli(before.at + 1)} // one of the same moment was explained by what was laid down
			if name == "passwords" {
				q.Object = value
			}
			all, err := s.Door.Find(ctx, authority, q, 20)
			if err != nil {
				return false, err
			}
			found = found || slices.ContainsFunc(all, func(e audit.Entry) bool { return e.Allowed && e.Action == act })
		}
		if !found {
			return false, nil
		}
	}
	return true, nil
}

// lapsed reports whether a setting is what it is because the term of a role has
// ended: that was recorded when the role was given.
func (s *Service) lapsed(ctx context.Context, authority, name, value string, since int64) (bool, error) {
	if name != "divided" || value != yes(false) {
		return false, nil
	}
	n, err := store.One(ctx, s.DB, store.Value[int64], `
		SELECT count(*)
		FROM identity_role
		WHERE authority_id = $1 AND role = $2 AND ends_at >= $3 AND ends_at <= $4`, authority, string(access.Security), since, s.Now().UnixMilli())
	return n > 0, err
}

// last is what was laid down last of a part.
func (s *Service) last(ctx context.Context, db *store.DB, authority string, part Kind) (stated, error) {
	x, err := store.One(ctx, db, scanStated, `
		SELECT no, at, settings
		FROM alarm_setting
		WHERE authority_id = $1 AND part = $2
		ORDER BY no DESC
		LIMIT 1`, authority, string(part))
	if errs.KindOf(err) == errs.NotFound {
		return stated{}, nil
	}
	return x, err
}

// changes says what the no-th settings of a part changed.
func (s *Service) changes(ctx context.Context, authority string, part Kind, no int64) (string, error) {
	all, err := store.All(ctx, s.DB, scanStated, `
		SELECT no, at, settings
		FROM alarm_setting
		WHERE authority_id = $1 AND part = $2 AND (no = $3 OR no = $4)
		ORDER BY no`, authority, string(part), no-1, no)
	if err != nil || len(all) != 2 {
		return "安全设置有变动，变动的内容读不到。请运行 suiji ledger check", err
	}
	var old, now Settings
	if err := json.Unmarshal([]byte(all[0].settings), &old); err != nil {
		return "", err
	}
	if err := json.Unmarshal([]byte(all[1].settings), &now); err != nil {
		return "", err
	}
	keys := maps.Clone(old)
	maps.Copy(keys, now)
	var said []string
	for _, k := range slices.Sorted(maps.Keys(keys)) {
		if old[k] != now[k] {
			name := names[k]
			if name == "" {
				name = k
			}
			said = append(said, fmt.Sprintf("%s：原为“%s”，现为“%s”", name, none(old[k]), none(now[k])))
		}
	}
	return strings.Join(said, "；") + "。如果不是您单位决定的，请立即查明是谁改的", nil
}

func none(s string) string {
	if s == "" {
		return "无"
	}
	return s
}
