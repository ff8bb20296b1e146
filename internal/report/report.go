// Package report counts the year (统计报表): the leader's numbers with their
// lists, progress against elapsed time (序时进度), and the summary of a round or
// a year (抽查工作总结, 1.40), drafted from the records, completed by people,
// approved by the leader and kept by its digest; progress sent upward with its
// receipt (1.48), questions to the superior department (1.49), an officer's own
// year. It owns the tables report_….
//
//	drafted ─▶ submitted ─▶ approved   (a further one may follow)
//	   ▲───── returned ─┘
//
// A number is always the length of a list that can be opened. Nobody is ranked
// by visits, findings or fines, and no number is a target (国办发〔2024〕54号).
package report

import (
	"context"
	"time"

	"suiji/calendar"
	"suiji/internal/audit"
	"suiji/internal/casework"
	"suiji/internal/disclosure"
	"suiji/internal/errs"
	"suiji/internal/identity"
	"suiji/internal/papers"
	"suiji/internal/plan"
	"suiji/internal/reference"
	"suiji/internal/round"
	"suiji/internal/store"
)

// Config is what a Service stands on. All are required; without Fonts no PDF
// is written.
type Config struct {
	DB         *store.DB
	Door       *audit.Door
	Now        func() time.Time
	Identity   *identity.Service
	Reference  *reference.Service
	Plan       *plan.Service
	Round      *round.Service
	Casework   *casework.Service
	Disclosure *disclosure.Service
	Fonts      *papers.Fonts
}

// Service counts, drafts and keeps.
type Service struct{ Config }

// New makes the service.
func New(c Config) *Service { return &Service{c} }

func (s *Service) today() calendar.Date { return calendar.In(s.Now()) }

// Scope is what is counted: a plan year, or one round of it.
type Scope struct {
	Year  int
	Round string // empty: the whole year
}

// Name returns the scope in Chinese.
func (c Scope) Name() string {
	if c.Round != "" {
		return "轮次 " + c.Round
	}
	return date(c.Year) + "年度"
}

// Years are the plan years that have a published plan, the newest first.
func (s *Service) Years(ctx context.Context, authority string) ([]int, error) {
	return store.All(ctx, s.DB, store.Value[int], `
		SELECT DISTINCT year
		FROM plan
		WHERE authority_id = $1 AND serial > 0
		ORDER BY year DESC`, authority)
}

// Rounds are the drawn rounds of a plan year, in the order of their drawing.
func (s *Service) Rounds(ctx context.Context, authority string, year int) ([]string, error) {
	return store.All(ctx, s.DB, store.Value[string], `
		SELECT r.round_id
		FROM `+drawn+`
		ORDER BY r.drawn_at, r.round_id`, authority, year, "")
}

// Before is the scope to compare with: the year before, or the round drawn
// before. NotFound, if there is none.
func (s *Service) Before(ctx context.Context, authority string, c Scope) (Scope, error) {
	if c.Round == "" {
		years, err := s.Years(ctx, authority)
		for _, y := range years {
			if y < c.Year {
				return Scope{Year: y}, err
			}
		}
		if err != nil {
			return Scope{}, err
		}
		return Scope{}, errs.E(errs.NotFound, "没有更早的年度可以对照")
	}
	return store.One(ctx, s.DB, func(row store.Scanner) (b Scope, err error) {
		err = row.Scan(&b.Round, &b.Year)
		return b, err
	}, `
		SELECT b.round_id, p.year
		FROM round b
		JOIN plan p ON p.authority_id = b.authority_id AND p.plan_id = b.plan_id
		JOIN round r ON r.authority_id = b.authority_id AND r.round_id = $2
		WHERE b.authority_id = $1 AND NOT b.rehearsal AND b.state <> 'abandoned' AND b.drawn_at > 0 AND b.drawn_at < r.drawn_at
		ORDER BY b.drawn_at DESC, b.round_id
		LIMIT 1`, authority, c.Round)
}
