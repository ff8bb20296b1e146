package report

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"

	"suiji/internal/access"
	"suiji/internal/canon"
	"suiji/internal/errs"
	"suiji/internal/store"
)

// Kind is what a summary is of.
type Kind string

// The kinds.
const (
	OfRound Kind = "round" // 抽查工作总结
	OfYear  Kind = "year"  // 年度报告
)

// Name returns the kind in Chinese.
func (k Kind) Name() string {
	if k == OfRound {
		return "抽查工作总结"
	}
	return "年度抽查工作总结"
}

// State is how far a summary has come.
type State string

// The states.
const (
	Drafted   State = "drafted"
	Submitted State = "submitted"
	Approved  State = "approved"
)

// Name returns the state in Chinese.
func (s State) Name() string {
	return map[State]string{Drafted: "起草中", Submitted: "待批准", Approved: "已批准"}[s]
}

// Content is what is approved: the numbers as they were counted, and people's
// words.
type Content struct {
	Title    string    `json:"title"`
	Unit     string    `json:"unit"`
	AsOf     int64     `json:"as_of"` // ms; when the numbers were counted
	Tables   []Table   `json:"tables"`
	Sections []Section `json:"sections"`
}

// At is when the numbers were counted.
func (c Content) At() time.Time { return time.UnixMilli(c.AsOf).UTC() }

// Missing are the titles of sections that people have still to write.
func (c Content) Missing() (all []string) {
	for _, s := range c.Sections {
		if s.Needs && s.Words == "" {
			all = append(all, s.Title)
		}
	}
	return all
}

// Key names a summary.
type Key struct {
	Kind    Kind
	Subject string // the round's id, or the year
	No      int    // 0: the newest
}

// Path is the key as an address has it.
func (k Key) Path() string { return fmt.Sprintf("%s/%s/%d", k.Kind, k.Subject, k.No) }

// Summary is one summary.
type Summary struct {
	Key
	State         State
	Content       Content
	Digest        string // empty: not submitted
	Revision      int64
	ChangedName   string
	ChangedAt     time.Time
	SubmittedBy   string
	SubmittedName string
	SubmittedAt   time.Time
	DecidedName   string
	DecidedAt     time.Time
	Opinion       string

	raw string
}

const summaryCols = `kind, subject, no, state, content, digest, revision, changed_name, changed_at, submitted_by, submitted_name, submitted_at, decided_name, decided_at, opinion`

func scanSummary(row store.Scanner) (x Summary, err error) {
	var changed, submitted, decided int64
	err = row.Scan(&x.Kind, &x.Subject, &x.No, &x.State, &x.raw, &x.Digest, &x.Revision, &x.ChangedName, &changed, &x.SubmittedBy, &x.SubmittedName, &submitted, &x.DecidedName, &decided, &x.Opinion)
	if err != nil {
		return x, err
	}
	x.ChangedAt, x.SubmittedAt, x.DecidedAt = store.Instant(changed), store.Instant(submitted), store.Instant(decided)
	return x, json.Unmarshal([]byte(x.raw), &x.Content)
}

// Summaries lists all summaries, the latest change first.
func (s *Service) Summaries(ctx context.Context, authority string) ([]Summary, error) {
	return store.All(ctx, s.DB, scanSummary, `
		SELECT `+summaryCols+`
		FROM report_summary
		WHERE authority_id = $1
		ORDER BY changed_at DESC, kind, subject, no DESC`, authority)
}

// Summary returns one summary, or NotFound.
func (s *Service) Summary(ctx context.Context, authority string, k Key) (Summary, error) {
	return summary(ctx, s.DB, authority, k)
}

func summary(ctx context.Context, db *store.DB, authority string, k Key) (Summary, error) {
	x, err := store.One(ctx, db, scanSummary, `
		SELECT `+summaryCols+`
		FROM report_summary
		WHERE authority_id = $1 AND kind = $2 AND subject = $3 AND ($4 = 0 OR no = $4)
		ORDER BY no DESC
		LIMIT 1`, authority, string(k.Kind), k.Subject, k.No)
	if errs.KindOf(err) == errs.NotFound {
		return x, errs.E(errs.NotFound, "没有这份总结")
	}
	return x, err
}

// scope is what a summary counts.
func (s *Service) scope(ctx context.Context, authority string, k Key) (Scope, error) {
	if k.Kind == OfRound {
		return store.One(ctx, s.DB, func(row store.Scanner) (c Scope, err error) {
			err = row.Scan(&c.Round, &c.Year)
			return c, err
		}, `
			SELECT r.round_id, p.year
			FROM round r
			JOIN plan p ON p.authority_id = r.authority_id AND p.plan_id = r.plan_id
			WHERE r.authority_id = $1 AND r.round_id = $2 AND NOT r.rehearsal AND r.state <> 'abandoned' AND r.drawn_at > 0`, authority, k.Subject)
	}
	year, err := strconv.Atoi(k.Subject)
	if err != nil || k.Kind != OfYear || year < 2000 || year > 2999 {
		return Scope{}, errs.E(errs.NotFound, "没有这个年度")
	}
	return Scope{Year: year}, nil
}

// count makes a content from the records as they are now.
func (s *Service) count(ctx context.Context, authority string, k Key) (Content, error) {
	scope, err := s.scope(ctx, authority, k)
	if errs.KindOf(err) == errs.NotFound {
		return Content{}, errs.E(errs.NotFound, "没有这个轮次或年度：演练、作废和还没有抽取的轮次没有总结")
	}
	if err != nil {
		return Content{}, err
	}
	d, err := s.read(ctx, authority, scope)
	if err != nil {
		return Content{}, err
	}
	unit, err := s.Identity.Authority(ctx, authority)
	return Content{Title: scope.Name() + "“双随机、一公开”抽查工作总结", Unit: unit.Name, AsOf: s.Now().UnixMilli(), Tables: d.tables(), Sections: d.sections()}, err
}

// Draft begins a summary from the records, or returns the one that is under
// way. Errors: NotFound; Invalid, if the round or year cannot be counted.
func (s *Service) Draft(ctx context.Context, a access.Actor, k Key) (Key, error) {
	c, err := s.count(ctx, a.Authority, k)
	if err != nil {
		return k, err
	}
	err = s.Door.Do(ctx, a, access.ReportEdit, string(k.Kind)+" "+k.Subject, func(tx *store.DB) error {
		last, err := summary(ctx, tx, a.Authority, Key{k.Kind, k.Subject, 0})
		switch {
		case errs.KindOf(err) == errs.NotFound:
		case err != nil:
			return err
		case last.State != Approved:
			k.No = last.No
			return nil
		}
		k.No = last.No + 1
		raw, err := json.Marshal(c)
		if err != nil {
			return err
		}
		_, err = tx.Exec(ctx, `
			INSERT INTO report_summary (authority_id, `+summaryCols+`)
			VALUES ($1, $2, $3, $4, 'drafted', $5, '', 1, $6, $7, '', '', 0, '', 0, '')`,
			a.Authority, string(k.Kind), k.Subject, k.No, string(raw), a.Name, s.Now().UnixMilli())
		return err
	})
	return k, err
}

// Stale says, by section, what the numbers say now where that differs from
// what they said when they were counted.
func (s *Service) Stale(ctx context.Context, authority string, x Summary) (map[string]string, error) {
	now, err := s.count(ctx, authority, x.Key)
	if err != nil {
		return nil, err
	}
	changed := map[string]string{}
	for i, sec := range x.Content.Sections {
		if i < len(now.Sections) && now.Sections[i].Key == sec.Key && now.Sections[i].Said != sec.Said {
			changed[sec.Key] = now.Sections[i].Said
		}
	}
	return changed, nil
}

// maxWords is how much people may write in a section.
const maxWords = 3000

// Save writes people's words into a draft, by section. Errors: Conflict if
// somebody else was first.
func (s *Service) Save(ctx context.Context, a access.Actor, k Key, revision int64, words map[string]string) error {
	return s.change(ctx, a, k, revision, func(c *Content) error {
		for i := range c.Sections {
			sec := &c.Sections[i]
			said, ok := words[sec.Key]
			if !ok {
				continue
			}
			said = strings.TrimSpace(strings.ReplaceAll(said, "\r\n", "\n"))
			if utf8.RuneCountInString(said) > maxWords || strings.ContainsFunc(said, func(r rune) bool { return r < ' ' && r != '\n' && r != '\t' }) {
				return errs.At(sec.Key, fmt.Sprintf("“%s”最多 %d 字，不能有控制字符", sec.Title, maxWords))
			}
			sec.Words = said
		}
		return nil
	})
}

// Recount replaces a draft's numbers by what the records say now; people's
// words stay.
func (s *Service) Recount(ctx context.Context, a access.Actor, k Key, revision int64) error {
	now, err := s.count(ctx, a.Authority, k)
	if err != nil {
		return err
	}
	return s.change(ctx, a, k, revision, func(c *Content) error {
		words := map[string]string{}
		for _, sec := range c.Sections {
			words[sec.Key] = sec.Words
		}
		*c = now
		for i := range c.Sections {
			c.Sections[i].Words = words[c.Sections[i].Key]
		}
		return nil
	})
}

func (s *Service) change(ctx context.Context, a access.Actor, k Key, revision int64, fn func(*Content) error) error {
	return s.Door.Do(ctx, a, access.ReportEdit, k.Path(), func(tx *store.DB) error {
		x, err := s.at(ctx, tx, a, k, Drafted, revision)
		if err != nil {
			return err
		}
		if err := fn(&x.Content); err != nil {
			return err
		}
		raw, err := json.Marshal(x.Content)
		if err != nil {
			return err
		}
		_, err = tx.Exec(ctx, `
			UPDATE report_summary
			SET content = $5, revision = revision + 1, changed_name = $6, changed_at = $7
			WHERE authority_id = $1 AND kind = $2 AND subject = $3 AND no = $4`,
			a.Authority, string(k.Kind), k.Subject, k.No, string(raw), a.Name, s.Now().UnixMilli())
		return err
	})
}

// at reads a summary that must be in a state and unchanged since a revision.
func (s *Service) at(ctx context.Context, tx *store.DB, a access.Actor, k Key, state State, revision int64) (Summary, error) {
	x, err := summary(ctx, tx, a.Authority, k)
	switch {
	case err != nil:
		return x, err
	case x.State != state:
		return x, errs.E(errs.Conflict, fmt.Sprintf("这份总结%s，没有改动。请刷新页面查看", x.State.Name()))
	case x.Revision != revision:
		return x, errs.E(errs.Conflict, fmt.Sprintf("%s 已先保存了这份总结，您写的没有保存。请另开一页查看新的内容，再把您写的并进去", x.ChangedName))
	}
	return x, nil
}

// Submit hands a draft to the leader. Errors: Conflict, Invalid with what
// people have still to write.
func (s *Service) Submit(ctx context.Context, a access.Actor, k Key, revision int64) error {
	office, err := s.Identity.Authority(ctx, a.Authority)
	if err != nil {
		return err
	}
	return s.Door.Do(ctx, a, access.ReportEdit, k.Path(), func(tx *store.DB) error {
		x, err := s.at(ctx, tx, a, k, Drafted, revision)
		if err != nil {
			return err
		}
		if m := x.Content.Missing(); len(m) > 0 {
			return errs.E(errs.Invalid, "没有送审，还没有写："+strings.Join(m, "、"))
		}
		digest, err := digestOf(office.Hash, x.raw)
		if err != nil {
			return err
		}
		_, err = tx.Exec(ctx, `
			UPDATE report_summary
			SET state = 'submitted', digest = $5, revision = revision + 1, submitted_by = $6, submitted_name = $7, submitted_at = $8, opinion = ''
			WHERE authority_id = $1 AND kind = $2 AND subject = $3 AND no = $4`,
			a.Authority, string(k.Kind), k.Subject, k.No, digest, a.ID, a.Name, s.Now().UnixMilli())
		return err
	})
}

// digestOf is the digest of the content's canonical JSON.
func digestOf(h canon.Hash, raw string) (string, error) {
	c, err := canon.Canonical([]byte(raw))
	if err != nil {
		return "", err
	}
	return h.Hex(c), nil
}

// Holds reports whether an approved summary is still what was approved.
func (x Summary) Holds(h canon.Hash) bool {
	d, err := digestOf(h, x.raw)
	return err == nil && d == x.Digest
}

// Decide approves the very content that was shown, by its digest, or returns
// it with a reason. Whoever handed it in does not approve it.
func (s *Service) Decide(ctx context.Context, a access.Actor, k Key, digest string, yes bool, opinion string) error {
	opinion = strings.TrimSpace(opinion)
	return s.Door.Do(ctx, a, access.ReportApprove, k.Path(), func(tx *store.DB) error {
		x, err := summary(ctx, tx, a.Authority, k)
		switch {
		case err != nil:
			return err
		case x.State != Submitted || x.Digest != digest:
			return errs.E(errs.Conflict, "您看到的那一稿已不在送审中，没有办理。请刷新页面查看")
		case x.SubmittedBy == a.ID:
			return errs.E(errs.Conflict, "这份总结是您送审的，要由另一位局领导批准，没有办理")
		case !yes && utf8.RuneCountInString(opinion) < 5:
			return errs.At("opinion", "退回要写明理由（至少 5 个字）")
		case utf8.RuneCountInString(opinion) > 500:
			return errs.At("opinion", "意见最多 500 字")
		}
		state, kept := Approved, digest
		if !yes {
			state, kept = Drafted, ""
		}
		_, err = tx.Exec(ctx, `
			UPDATE report_summary
			SET state = $5, digest = $6, revision = revision + 1, decided_name = $7, decided_at = $8, opinion = $9
			WHERE authority_id = $1 AND kind = $2 AND subject = $3 AND no = $4`,
			a.Authority, string(k.Kind), k.Subject, k.No, string(state), kept, a.Name, s.Now().UnixMilli(), opinion)
		return err
	})
}

// WriteTables writes the tables of a scope, as they are now, as a workbook.
func (s *Service) WriteTables(ctx context.Context, w io.Writer, authority string, c Scope) error {
	k := Key{Kind: OfYear, Subject: strconv.Itoa(c.Year)}
	if c.Round != "" {
		k = Key{Kind: OfRound, Subject: c.Round}
	}
	content, err := s.count(ctx, authority, k)
	if err != nil {
		return err
	}
	return writeXLSX(w, content)
}
