package reckon

import (
	"context"
	"sync"
	"time"

	"suiji/internal/access"
	"suiji/internal/errs"
	"suiji/internal/store"
)

// Job is one check that an auditor began: under way, or the last one that
// ended since the program started.
type Job struct {
	By       string // who began it
	Began    time.Time
	Ended    time.Time // zero: it is under way
	Part     int       // of Parts, from 1
	Parts    int
	Compared int // records so far
	Report   Report
	Fault    string // why it broke off; empty: it did not
}

// Running reports whether the check is under way.
func (j Job) Running() bool { return !j.Began.IsZero() && j.Ended.IsZero() }

// jobs are the checks under way, one an authority at most.
type jobs struct {
	mu   sync.Mutex
	of   map[string]*Job
	wait sync.WaitGroup
	stop context.CancelFunc
	ctx  context.Context
}

func newJobs() *jobs {
	j := &jobs{of: map[string]*Job{}}
	j.ctx, j.stop = context.WithCancel(context.Background())
	return j
}

// Begin starts the check of the actor's authority beside everybody's work, and
// records who did. While one is under way nothing is begun.
func (s *Service) Begin(ctx context.Context, a access.Actor) error {
	if err := s.Door.Do(ctx, a, access.LedgerCheck, a.Authority, func(*store.DB) error { return nil }); err != nil {
		return err
	}
	s.jobs.mu.Lock()
	defer s.jobs.mu.Unlock()
	if last := s.jobs.of[a.Authority]; last != nil && last.Running() || s.jobs.ctx.Err() != nil {
		return nil
	}
	j := &Job{By: a.Name, Began: s.Now(), Parts: parts}
	s.jobs.of[a.Authority] = j
	s.jobs.wait.Go(func() {
		report, err := s.check(s.jobs.ctx, a.Authority, func(part, compared int) {
			s.jobs.mu.Lock()
			defer s.jobs.mu.Unlock()
			j.Part, j.Compared = part, compared
		})
		s.jobs.mu.Lock()
		defer s.jobs.mu.Unlock()
		j.Ended, j.Report = s.Now(), report
		if err != nil {
			j.Fault = "核对没有做完，没有得出结论，数据没有任何改动。请再试一次；仍然如此，请在服务器上运行 suiji ledger check"
			if sentence := errs.Sentence(err); sentence != "" {
				j.Fault = sentence
			}
		}
	})
	return nil
}

// Job returns the authority's check; the zero Job if none was begun since the
// program started.
func (s *Service) Job(authority string) Job {
	s.jobs.mu.Lock()
	defer s.jobs.mu.Unlock()
	if j := s.jobs.of[authority]; j != nil {
		return *j
	}
	return Job{}
}

// Close breaks off what is under way and waits for its end.
func (s *Service) Close() {
	s.jobs.stop()
	s.jobs.wait.Wait()
}
