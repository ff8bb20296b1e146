package schedule

import (
	"cmp"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"time"
	"unicode/utf8"

	"suiji/calendar"
	"suiji/internal/access"
	"suiji/internal/errs"
	"suiji/internal/store"
)

// VersionState is what became of a version.
type VersionState string

// The states of a version.
const (
	Submitted VersionState = "submitted"
	Approved  VersionState = "approved"
	Returned  VersionState = "returned"
	Replaced  VersionState = "replaced"
)

// Name returns the state in Chinese.
func (v VersionState) Name() string {
	return map[VersionState]string{Submitted: "待批准", Approved: "已批准", Returned: "已退回", Replaced: "已由新的报批代替"}[v]
}

// Version is what was put before the responsible person.
type Version struct {
	No            int
	State         VersionState
	Digest        string // SHA-256 of the lines
	Firms         int
	First         calendar.Date
	SubmittedBy   string
	SubmittedName string
	SubmittedAt   time.Time
	DecidedName   string
	DecidedAt     time.Time
	Opinion       string
}

const versionCols = `version, state, digest, firms, first_day, submitted_by, submitted_name, submitted_at, decided_name, decided_at, opinion`

func scanVersion(row store.Scanner) (v Version, err error) {
	var first string
	var submitted, decided int64
	err = row.Scan(&v.No, &v.State, &v.Digest, &v.Firms, &first, &v.SubmittedBy, &v.SubmittedName, &submitted, &v.DecidedName, &decided, &v.Opinion)
	if err != nil {
		return v, err
	}
	v.SubmittedAt, v.DecidedAt = time.UnixMilli(submitted).UTC(), time.UnixMilli(decided).UTC()
	return v, v.First.UnmarshalText([]byte(first))
}

func versions(ctx context.Context, db *store.DB, authority, roundID string) ([]Version, error) {
	return store.All(ctx, db, scanVersion, `
		SELECT `+versionCols+`
		FROM schedule_version
		WHERE authority_id = $1 AND round_id = $2
		ORDER BY version DESC`, authority, roundID)
}

// line is what is approved of a visit: who, what, when, which items.
type line struct {
	Target string   `json:"target"`
	Mode   Mode     `json:"mode"`
	Day    string   `json:"day"`
	Half   Half     `json:"half"`
	Team   string   `json:"team"`
	Items  []string `json:"items"`
	Told   bool     `json:"told"` // the firm is told before
	text   string   // as it is kept
}

// line writes a visit as it would be approved now.
func (x Schedule) line(v Visit) string {
	l := line{Target: v.TargetID, Mode: v.Mode, Day: v.Day.String(), Half: v.Half, Team: teamKey(v.Team), Told: !x.Unannounced}
	for _, i := range x.Items {
		l.Items = append(l.Items, i.ID)
	}
	raw, err := json.Marshal(l)
	if err != nil {
		panic("BUG: a line of texts cannot be written: " + err.Error())
	}
	return string(raw)
}

type approved struct {
	target, line string
	version      int
}

// approvedLines are those of the latest approved version, by firm; only the
// named one's, if one is.
func approvedLines(ctx context.Context, db *store.DB, authority, roundID, target string) (map[string]approved, error) {
	where, args := store.Given([]any{authority, roundID}, "target_id", target)
	all, err := store.All(ctx, db, func(row store.Scanner) (l approved, err error) {
		return l, row.Scan(&l.target, &l.line, &l.version)
	}, `
		SELECT target_id, line, version
		FROM schedule_line
		WHERE authority_id = $1 AND round_id = $2`+where+` AND version = (
			SELECT max(version)
			FROM schedule_version
			WHERE authority_id = $1 AND round_id = $2 AND state = 'approved')
		ORDER BY target_id`, args...)
	lines := map[string]approved{}
	for _, l := range all {
		lines[l.target] = l
	}
	return lines, err
}

// Submit puts the schedule before the responsible person, as it stands; what
// waited before is replaced. The same schedule twice changes nothing. Errors:
// Conflict if nothing is placed, or something has come between.
func (s *Service) Submit(ctx context.Context, a access.Actor, roundID string) error {
	return s.Door.Do(ctx, a, access.ScheduleEdit, roundID+" submit", func(tx *store.DB) error {
		x, err := s.open(ctx, tx, a, roundID)
		if err != nil {
			return err
		}
		lines, first, err := x.submittable()
		if err != nil {
			return err
		}
		digest := digestOf(lines)
		if len(x.Versions) > 0 {
			if last := x.Versions[0]; last.Digest == digest && (last.State == Submitted || last.State == Approved) {
				return nil
			}
		}
		_, err = tx.Exec(ctx, `
			UPDATE schedule_version
			SET state = 'replaced'
			WHERE authority_id = $1 AND round_id = $2 AND state = 'submitted'`, a.Authority, roundID)
		if err != nil {
			return err
		}
		no := len(x.Versions) + 1
		_, err = tx.Exec(ctx, `
			INSERT INTO schedule_version (authority_id, round_id, version, state, digest, firms, first_day, submitted_by, submitted_name, submitted_at,
				decided_by, decided_name, decided_at, opinion)
			VALUES ($1, $2, $3, 'submitted', $4, $5, $6, $7, $8, $9, '', '', 0, '')`,
			a.Authority, roundID, no, digest, len(lines), first.String(), a.ID, a.Name, s.Now().UnixMilli())
		for _, l := range lines {
			if err != nil {
				return err
			}
			_, err = tx.Exec(ctx, `
				INSERT INTO schedule_line (authority_id, round_id, version, target_id, line)
				VALUES ($1, $2, $3, $4, $5)`, a.Authority, roundID, no, l.target, l.line)
		}
		return err
	})
}

// submittable returns the lines to be approved, by firm, and the first day.
func (x Schedule) submittable() (lines []approved, first calendar.Date, err error) {
	var ps []errs.Problem
	for _, v := range x.Visits {
		if !v.Placed() {
			continue
		}
		for _, c := range v.Clashes {
			ps = append(ps, errs.Problem{Sentence: v.Firm + "（" + v.When() + "）：" + c})
		}
		lines = append(lines, approved{target: v.TargetID, line: x.line(v)})
		if first.Zero() || v.Day.Before(first) {
			first = v.Day
		}
	}
	if len(ps) > 0 {
		return nil, first, errs.All(ps)
	}
	if len(lines) == 0 {
		return nil, first, errs.E(errs.Conflict, "还没有安排任何一户，没有报批。请先自动安排或手工安排")
	}
	slices.SortFunc(lines, func(a, b approved) int { return strings.Compare(a.target, b.target) })
	return lines, first, nil
}

func digestOf(lines []approved) string {
	h := sha256.New()
	for _, l := range lines {
		h.Write([]byte(l.line + "\n"))
	}
	return hex.EncodeToString(h.Sum(nil))
}

// Approve signs exactly the version whose digest the responsible person saw.
// Whoever submitted it cannot approve it. What has come between since it was
// submitted (leave, a certificate that was suspended or ends before the day) is
// named, and nothing is approved: Invalid.
func (s *Service) Approve(ctx context.Context, a access.Actor, roundID, digest, opinion string) error {
	return s.decide(ctx, a, roundID, digest, Approved, opinion)
}

// Return gives a version back, with a reason of five characters or more.
func (s *Service) Return(ctx context.Context, a access.Actor, roundID, digest, reason string) error {
	if err := need("opinion", "请写明退回的原因，至少 5 个字", reason, 5); err != nil {
		return err
	}
	return s.decide(ctx, a, roundID, digest, Returned, reason)
}

// need holds a text to a least length, and to 500 characters.
func need(field, sentence, text string, least int) error {
	n := utf8.RuneCountInString(strings.TrimSpace(text))
	if n < least {
		return errs.At(field, sentence)
	}
	if n > 500 {
		return errs.At(field, "最多 500 字")
	}
	return nil
}

func (s *Service) decide(ctx context.Context, a access.Actor, roundID, digest string, to VersionState, opinion string) error {
	if err := need("opinion", "", opinion, 0); err != nil {
		return err
	}
	return s.Door.Do(ctx, a, access.ScheduleApprove, roundID+" "+string(to), func(tx *store.DB) error {
		x, err := s.open(ctx, tx, a, roundID)
		if err != nil {
			return err
		}
		v := x.Pending()
		if v == nil {
			return errs.E(errs.Conflict, "没有等待批准的检查安排：可能刚刚已有人处理，没有任何改动，请刷新页面")
		}
		if v.Digest != digest {
			return errs.E(errs.Conflict, "报批的内容与您看到的不一致，没有处理。请重新核对后再处理")
		}
		if v.SubmittedBy == a.ID {
			return errs.E(errs.Forbidden, "检查安排是您报批的，须由其他负责人批准。没有任何改动")
		}
		if to == Approved {
			if err := s.approvable(ctx, tx, x, v.No); err != nil {
				return err
			}
		}
		_, err = tx.Exec(ctx, `
			UPDATE schedule_version
			SET state = $4, decided_by = $5, decided_name = $6, decided_at = $7, opinion = $8
			WHERE authority_id = $1 AND round_id = $2 AND version = $3`,
			a.Authority, roundID, v.No, string(to), a.ID, a.Name, s.Now().UnixMilli(), strings.TrimSpace(opinion))
		if err != nil || to != Approved {
			return err
		}
		return s.count(ctx, tx, x, v.No)
	})
}

// approvable names what has come between a version's visits and their days. A
// line that was changed since is not signed by this: it waits for its own.
func (s *Service) approvable(ctx context.Context, tx *store.DB, x Schedule, version int) error {
	all, err := readLines(ctx, tx, x, version)
	if err != nil {
		return err
	}
	var ps []errs.Problem
	for _, l := range all {
		v, err := x.Visit(l.Target)
		if err != nil {
			return err
		}
		for _, c := range v.Clashes {
			if l.text == x.line(v) {
				ps = append(ps, errs.Problem{Sentence: "没有批准，请退回重新安排：" + v.Firm + "（" + v.When() + "）" + c})
			}
		}
	}
	return errs.All(ps)
}

// count tells the counter of visits which firms are reviewed in writing.
func (s *Service) count(ctx context.Context, tx *store.DB, x Schedule, version int) error {
	all, err := readLines(ctx, tx, x, version)
	for _, l := range all {
		if err != nil {
			return err
		}
		err = s.Caps.Review(ctx, tx, x.Round.Authority, x.Round.ID, l.Target, l.Mode == Written)
	}
	return err
}

// ReadyTx holds that a round's forms may be made: some of it is approved, or an
// emergency was declared, or it was under way before approvals were kept.
func (s *Service) ReadyTx(ctx context.Context, tx *store.DB, authority, roundID string) error {
	n, err := store.One(ctx, tx, store.Value[int], `
		SELECT (SELECT count(*) FROM schedule_version WHERE authority_id = $1 AND round_id = $2 AND state = 'approved')
			+ (SELECT count(*) FROM schedule_urgent WHERE authority_id = $1 AND round_id = $2 AND verdict <> 'refused')
			+ (SELECT count(*) FROM schedule_before WHERE authority_id = $1 AND round_id = $2)`, authority, roundID)
	if err == nil && n == 0 {
		err = errs.E(errs.Conflict, "检查须先经行政机关负责人批准：请先在“检查安排”里安排日期并报批，批准以后再制作检查表。没有生成任何检查表")
	}
	return err
}

// Going is an inspection that is about to be recorded.
type Going struct {
	On     calendar.Date // the day of the arrival, or on which the inspection began
	Visits bool          // somebody goes to the firm
	Exact  bool          // a result: an arrival may be one of several
	Again  bool          // a result that is corrected: the truth may be another day
}

// GateTx lets an inspection be recorded only if exactly it was approved, or is
// an emergency, and remembers that it has begun. Errors: Conflict with what is
// missing.
func (s *Service) GateTx(ctx context.Context, tx *store.DB, authority, roundID, target string, g Going) error {
	x, err := gather(ctx, tx, authority, roundID, target)
	if err != nil {
		return err
	}
	v, err := x.Visit(target)
	if err != nil || v.Before {
		return err
	}
	if err := v.pass(g, x.To); err != nil {
		return err
	}
	if !v.Begun.Zero() {
		return nil
	}
	_, err = tx.Exec(ctx, `
		INSERT INTO schedule_visit (authority_id, round_id, target_id, mode, day, half, vehicle, stop, team, why, begun, revision, changed_name, changed_at)
		VALUES ($1, $2, $3, $4, '', '', '', 0, '', '', $5, 1, '', 0)
		ON CONFLICT (authority_id, round_id, target_id) DO UPDATE
		SET begun = excluded.begun`, authority, roundID, target, string(v.Mode), g.On.String())
	return err
}

// pass says what stands against an inspection. What has begun by the rules goes
// on, whatever is changed in the schedule afterwards.
func (v Visit) pass(g Going, last calendar.Date) error {
	no := func(format string, args ...any) error {
		return errs.E(errs.Conflict, fmt.Sprintf(format, args...)+"。没有保存；情况紧急须当场检查的，请先登记紧急检查和理由")
	}
	begun := !v.Begun.Zero()
	later := begun && !g.Exact && !g.On.Before(v.Begun) && !g.On.After(last) // another attempt
	if u := v.Urgent; u != nil {
		if u.Verdict == "refused" {
			return errs.E(errs.Conflict, "负责人没有同意补办这次紧急检查的批准手续（"+u.Opinion+"），不能再录入。没有保存")
		}
		if g.On == u.Day || later || begun && g.Again {
			return nil
		}
	}
	switch {
	case v.Mode == Written && g.Visits:
		return no("批准的是书面检查，不能实地检查")
	case later, begun && g.Again:
		return nil
	case v.Stale && !begun:
		return no("“%s”的检查安排（人员、日期、方式或事项）在批准以后有了变动，须重新报批", v.Firm)
	case v.Approved == 0 && !begun:
		return no("对“%s”的检查还没有经行政机关负责人批准", v.Firm)
	case v.Mode == OnSite && g.On != v.Day:
		return no("批准的检查日期是 %s，不是 %s；改期须先改检查安排并重新报批", v.Day, g.On)
	}
	return nil
}

// StateOf names how far the approval of a visit is, for lists.
func (v Visit) StateOf() string {
	switch {
	case v.Before:
		return "升级前已开始，没有审批记录"
	case v.Urgent != nil && v.Urgent.Verdict == "":
		return "紧急检查，待补办批准"
	case v.Urgent != nil && v.Urgent.Verdict == "refused":
		return "紧急检查，未获批准"
	case v.Urgent != nil:
		return "紧急检查，已补办批准"
	case v.Approved > 0:
		return "已批准"
	case v.Stale:
		return "批准后有变动"
	case v.Placed():
		return "待报批"
	}
	return "未安排"
}

// Lines are a version's visits as they were put before the responsible person:
// the day, half and mode of then, with the officers' and firms' names.
func (s *Service) Lines(ctx context.Context, x Schedule, version int) ([]Visit, error) {
	lines, err := readLines(ctx, s.DB, x, version)
	if err != nil {
		return nil, err
	}
	var all []Visit
	for _, l := range lines {
		v, err := x.Visit(l.Target)
		if err != nil {
			return nil, err
		}
		v.Stale = l.text != x.line(v)
		v.Mode, v.Half, v.Booked = l.Mode, l.Half, l.Team
		if err := v.Day.UnmarshalText([]byte(l.Day)); err != nil {
			return nil, err
		}
		all = append(all, v)
	}
	slices.SortStableFunc(all, func(a, b Visit) int {
		return cmp.Or(a.Day.Compare(b.Day), cmp.Compare(a.Half, b.Half), cmp.Compare(a.Booked, b.Booked), cmp.Compare(a.Stop, b.Stop))
	})
	return all, nil
}

func readLines(ctx context.Context, db *store.DB, x Schedule, version int) ([]line, error) {
	return store.All(ctx, db, func(row store.Scanner) (l line, err error) {
		if err := row.Scan(&l.text); err != nil {
			return l, err
		}
		return l, json.Unmarshal([]byte(l.text), &l)
	}, `
		SELECT line
		FROM schedule_line
		WHERE authority_id = $1 AND round_id = $2 AND version = $3
		ORDER BY target_id`, x.Round.Authority, x.Round.ID, version)
}
