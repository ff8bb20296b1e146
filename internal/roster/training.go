package roster

import (
	"context"
	"fmt"
	"math"
	"strconv"
	"strings"
	"time"

	"suiji/calendar"
	"suiji/internal/access"
	"suiji/internal/store"
)

// TrainingKinds are what a record of training can be of.
var TrainingKinds = []string{"培训", "考核"}

// Training is a course or an assessment that an officer took (1.15).
type Training struct {
	ID         string
	OfficerID  string
	Officer    string // name
	Unit       string
	CertNo     string
	Kind       string
	Course     string
	Day        calendar.Date
	Tenths     int    // of hours
	Score      string // in the course's own words
	Passed     bool
	ValidUntil calendar.Date // zero: no end
	By         string
	At         time.Time
}

// Hours returns the hours with one decimal where there is one.
func (t Training) Hours() string { return hours(t.Tenths) }

func hours(tenths int) string {
	if tenths%10 == 0 {
		return strconv.Itoa(tenths / 10)
	}
	return fmt.Sprintf("%d.%d", tenths/10, tenths%10)
}

const trainingFrom = `
		SELECT t.training_id, t.officer_id, o.name, o.unit, o.cert_no, t.kind, t.course, t.day, t.tenths, t.score, t.passed, t.valid_until, t.by_name, t.at
		FROM roster_training t
		JOIN register_officer o ON o.authority_id = t.authority_id AND o.officer_id = t.officer_id`

func scanTraining(row store.Scanner) (t Training, err error) {
	var on, until string
	var at int64
	err = row.Scan(&t.ID, &t.OfficerID, &t.Officer, &t.Unit, &t.CertNo, &t.Kind, &t.Course, &on, &t.Tenths, &t.Score, &t.Passed, &until, &t.By, &at)
	if err != nil {
		return t, err
	}
	t.At = time.UnixMilli(at).UTC()
	if err = day(on, &t.Day); err == nil {
		err = day(until, &t.ValidUntil)
	}
	return t, err
}

// Trainings returns an officer's records, the newest first.
func (s *Service) Trainings(ctx context.Context, authority, officerID string) ([]Training, error) {
	return store.All(ctx, s.db, scanTraining, trainingFrom+`
		WHERE t.authority_id = $1 AND t.officer_id = $2
		ORDER BY t.day DESC, t.training_id DESC`, authority, officerID)
}

// TrainingsOf returns the records of a year, by officer and day.
func (s *Service) TrainingsOf(ctx context.Context, authority string, year int) ([]Training, error) {
	return store.All(ctx, s.db, scanTraining, trainingFrom+`
		WHERE t.authority_id = $1 AND t.day >= $2 AND t.day <= $3
		ORDER BY t.officer_id, t.day, t.training_id`, authority, fmt.Sprintf("%04d-01-01", year), fmt.Sprintf("%04d-12-31", year))
}

// NewTraining is a record as it was typed.
type NewTraining struct {
	Kind, Course, Day, Hours, Score, ValidUntil string
	Passed                                      bool
}

// AddTraining enters a record. Errors: Invalid at an input; NotFound; Conflict
// if it is there.
func (s *Service) AddTraining(ctx context.Context, a access.Actor, officerID string, n NewTraining) error {
	var f form
	f.oneOf("training", "类别", n.Kind, TrainingKinds)
	course, score := f.text("course", "课程或考核名称", n.Course, true, 80), f.text("score", "成绩", n.Score, false, 20)
	on, until := f.date("on", "日期", n.Day, true), f.date("valid", "有效期至", n.ValidUntil, false)
	f.span("valid", on, until)
	if on.After(s.today()) {
		f.bad("on", "日期不能晚于今天；还没有参加的不登记")
	}
	tenths := 0
	if typed := strings.TrimSpace(n.Hours); typed != "" {
		h, err := strconv.ParseFloat(typed, 64)
		if err != nil || h < 0 || h > 1000 {
			f.bad("hours", "学时应是 0 到 1000 的数，如 8 或 4.5")
		} else {
			tenths = int(math.Round(h * 10))
		}
	}
	if err := f.err(); err != nil {
		return err
	}
	return s.do(ctx, a, officerID, "training", func(tx *store.DB) error {
		added, err := tx.Exec(ctx, `
			INSERT INTO roster_training (authority_id, training_id, officer_id, kind, course, day, tenths, score, passed, valid_until, by_name, at)
			VALUES (`+store.Places(1, 12)+`)
			ON CONFLICT (authority_id, officer_id, kind, course, day) DO NOTHING`,
			a.Authority, store.NewID(s.now()), officerID, n.Kind, course, on.String(), tenths, score, n.Passed, until.String(), a.Name, s.now().UnixMilli())
		return once(added, err, "这一次此前已登记，没有改动")
	})
}

// RemoveTraining takes a record away that was entered by mistake.
func (s *Service) RemoveTraining(ctx context.Context, a access.Actor, officerID, trainingID string) error {
	return s.do(ctx, a, officerID, "training", func(tx *store.DB) error {
		n, err := tx.Exec(ctx, `
			DELETE FROM roster_training
			WHERE authority_id = $1 AND officer_id = $2 AND training_id = $3`, a.Authority, officerID, trainingID)
		if err == nil && n == 0 {
			return errNone
		}
		return err
	})
}

// Sum is what an officer did in a year.
type Sum struct {
	OfficerID string
	Name      string
	CertNo    string
	Unit      string
	Courses   int
	Tenths    int // of hours
	Tests     int
	Failed    int // tests that were not passed
}

// Hours returns the hours of the year.
func (s Sum) Hours() string { return hours(s.Tenths) }

func scanSum(row store.Scanner) (s Sum, err error) {
	err = row.Scan(&s.OfficerID, &s.Name, &s.CertNo, &s.Unit, &s.Courses, &s.Tenths, &s.Tests, &s.Failed)
	return s, err
}

// Sums returns the year of every officer in the register, those without any
// record first.
func (s *Service) Sums(ctx context.Context, authority string, year int) ([]Sum, error) {
	return store.All(ctx, s.db, scanSum, `
		SELECT o.officer_id, o.name, o.cert_no, o.unit,
			count(t.training_id) FILTER (WHERE t.kind = '培训'),
			coalesce(sum(t.tenths), 0),
			count(t.training_id) FILTER (WHERE t.kind = '考核'),
			count(t.training_id) FILTER (WHERE t.kind = '考核' AND NOT t.passed)
		FROM register_officer o
		LEFT JOIN roster_training t ON t.authority_id = o.authority_id AND t.officer_id = o.officer_id AND t.day >= $2 AND t.day <= $3
		WHERE o.authority_id = $1 AND o.active
		GROUP BY o.officer_id, o.name, o.cert_no, o.unit
		ORDER BY CASE WHEN count(t.training_id) = 0 THEN 0 ELSE 1 END, o.unit, o.officer_id`,
		authority, fmt.Sprintf("%04d-01-01", year), fmt.Sprintf("%04d-12-31", year))
}
