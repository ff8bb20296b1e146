package intake

import (
	"context"
	"errors"
	"log/slog"
	"sync"
	"time"

	"suiji/internal/access"
	"suiji/internal/errs"
	"suiji/internal/store"
)

// How long a process has a job for itself without a sign of life, how often it
// gives one, and how many jobs one process does at once.
const (
	lease    = time.Minute
	sign     = 2 * time.Second
	mostJobs = 2
)

// jobs is what this process works on.
type jobs struct {
	me      string // as the others know this process
	mu      sync.Mutex
	running map[string]*running // by import
	working bool                // Work runs
	wake    chan bool
}

// running is one job under way.
type running struct {
	rows   int // counted so far
	total  int // 0: not known yet
	cancel context.CancelFunc
	done   chan bool
}

// count notes how many rows a job has counted.
func (s *Service) count(id string, rows, total int) {
	s.jobs.mu.Lock()
	defer s.jobs.mu.Unlock()
	if r := s.jobs.running[id]; r != nil {
		r.rows = rows
		r.total = max(r.total, total)
	}
}

// Progress returns how many rows the job on an import has counted, and of how
// many; of is 0 while nobody knows.
func (s *Service) Progress(i Import) (rows, of int) {
	s.jobs.mu.Lock()
	defer s.jobs.mu.Unlock()
	if r := s.jobs.running[i.ID]; r != nil {
		return r.rows, max(r.total, i.Total)
	}
	return i.Done, i.Total
}

// begin notes that this process works on an import; false if it does already.
func (s *Service) begin(ctx context.Context, id string) (context.Context, *running, bool) {
	s.jobs.mu.Lock()
	defer s.jobs.mu.Unlock()
	if s.jobs.running[id] != nil {
		return nil, nil, false
	}
	ctx, cancel := context.WithCancel(ctx)
	r := &running{cancel: cancel, done: make(chan bool)}
	s.jobs.running[id] = r
	return ctx, r, true
}

func (s *Service) end(id string, r *running) {
	s.jobs.mu.Lock()
	delete(s.jobs.running, id)
	s.jobs.mu.Unlock()
	r.cancel()
	close(r.done)
}

// Receive stores an upload that is to be read and judged. A process that Works
// does so while the caller goes on; otherwise it is done before Receive
// returns. Errors: Forbidden; Invalid at the input "file" for a file too large.
func (s *Service) Receive(ctx context.Context, a access.Actor, u Upload) (Import, error) {
	i, err := s.keep(ctx, a, u)
	if err != nil || s.awake() {
		return i, err
	}
	if err := s.hold(ctx, a.Authority, i.ID); err != nil {
		return i, err
	}
	return s.examine(ctx, a.Authority, i)
}

// awake wakes the worker; false if this process has none.
func (s *Service) awake() bool {
	s.jobs.mu.Lock()
	defer s.jobs.mu.Unlock()
	if s.jobs.working {
		select {
		case s.jobs.wake <- true:
		default: // it is awake
		}
	}
	return s.jobs.working
}

// Await waits for the work on an import to end, at most so long, and returns
// it as it then is.
func (s *Service) Await(ctx context.Context, authority, id string, most time.Duration) (Import, error) {
	ctx2, cancel := context.WithTimeout(ctx, most)
	defer cancel()
	for {
		i, err := s.Import(ctx, authority, id)
		if err != nil || !i.State.Working() {
			return i, err
		}
		select {
		case <-ctx2.Done():
			return i, nil
		case <-time.After(20 * time.Millisecond):
		}
	}
}

// Work does the jobs of every authority until ctx ends.
func (s *Service) Work(ctx context.Context, log *slog.Logger) {
	if s.db.Engine() == store.SQLite { // whoever else had a job is dead: one process serves one file
		if err := s.release(ctx, `UPDATE intake_import SET lease = 0 WHERE lease > $1`, 0); err != nil {
			log.Error("intake", "err", err)
		}
	}
	s.jobs.mu.Lock()
	s.jobs.working = true
	s.jobs.mu.Unlock()
	var wg sync.WaitGroup
	defer wg.Wait()
	places := make(chan bool, mostJobs)
	for {
		i, authority, err := s.claim(ctx)
		switch {
		case err == nil:
			places <- true
			wg.Go(func() {
				defer func() { <-places }()
				if err := s.job(ctx, authority, i); err != nil && ctx.Err() == nil {
					log.Error("intake", "import", i.ID, "err", err)
				}
			})
			continue
		case errs.KindOf(err) != errs.NotFound && ctx.Err() == nil:
			log.Error("intake", "err", err)
		}
		select {
		case <-ctx.Done():
			return
		case <-s.jobs.wake:
		case <-time.After(sign):
		}
	}
}

func (s *Service) release(ctx context.Context, query string, args ...any) error {
	return s.door.Keep(ctx, func(tx *store.DB) error {
		_, err := tx.Exec(ctx, query, args...)
		return err
	})
}

type claimed struct{ authority, id, state string }

func scanClaimed(row store.Scanner) (c claimed, err error) {
	err = row.Scan(&c.authority, &c.id, &c.state)
	return c, err
}

// forgotten is how long after its end the sign of life of a process is kept:
// nobody asks for it any more.
const forgotten = 24 * time.Hour

// claim takes the oldest job that nobody has. One whose writer has died is
// given back to the person with a word: nothing of it was written.
func (s *Service) claim(ctx context.Context) (i Import, authority string, err error) {
	now := s.now().UnixMilli()
	// In a transaction of its own: what follows is undone when there is no job.
	err = s.release(ctx, `
		DELETE FROM intake_sign
		WHERE until < $1`, s.now().Add(-forgotten).UnixMilli())
	if err != nil {
		return Import{}, "", err
	}
	err = s.release(ctx, `
		UPDATE intake_import
		SET state = 'checked', worker = '', lease = 0, sentence = '上次写入时服务中断，没有写入任何数据；请再次确认导入'
		WHERE state = 'writing' AND lease < $1 AND NOT EXISTS (
			SELECT 1
			FROM intake_sign x
			WHERE x.authority_id = intake_import.authority_id AND x.import_id = intake_import.import_id AND x.until >= $1)`, now)
	if err != nil {
		return Import{}, "", err
	}
	var c claimed
	err = s.door.Keep(ctx, func(tx *store.DB) (err error) {
		c, err = store.One(ctx, tx, scanClaimed, `
			SELECT authority_id, import_id, state
			FROM intake_import
			WHERE state = 'reading' AND lease < $1
			ORDER BY import_id
			LIMIT 1`, now)
		if err != nil {
			return err
		}
		return s.take(ctx, tx, c.authority, c.id)
	})
	if err != nil {
		return Import{}, "", err
	}
	i, err = s.Import(ctx, c.authority, c.id)
	return i, c.authority, err
}

// take marks an import as this process's for a while.
func (s *Service) take(ctx context.Context, tx *store.DB, authority, id string) error {
	_, err := tx.Exec(ctx, `
		UPDATE intake_import
		SET worker = $3, lease = $4
		WHERE authority_id = $1 AND import_id = $2`, authority, id, s.jobs.me, s.now().Add(lease).UnixMilli())
	return err
}

// hold takes an import for this process without a worker.
func (s *Service) hold(ctx context.Context, authority, id string) error {
	return s.door.Keep(ctx, func(tx *store.DB) error { return s.take(ctx, tx, authority, id) })
}

// job reads one import, with signs of life; it ends when the import is no
// longer to be read.
func (s *Service) job(ctx context.Context, authority string, i Import) error {
	ctx, r, ok := s.begin(ctx, i.ID)
	if !ok {
		return nil
	}
	defer s.end(i.ID, r)
	go s.live(ctx, authority, i.ID, r)
	_, err := s.examine(ctx, authority, i)
	if err == nil || ctx.Err() != nil {
		return nil // done, stopped, or to be taken up again by the next process
	}
	return errors.Join(err, s.release(context.WithoutCancel(ctx), `
		UPDATE intake_import
		SET state = 'refused', sentence = $3, worker = '', lease = 0
		WHERE authority_id = $1 AND import_id = $2 AND state = 'reading'`, authority, i.ID,
		orElse(errs.Sentence(err), "读取时服务出错，没有导入任何数据。请重新上传；仍然如此请联系系统管理员")))
}

func orElse(s, otherwise string) string {
	if s == "" {
		return otherwise
	}
	return s
}

// live gives signs of life, and stops the job when the import was dropped.
func (s *Service) live(ctx context.Context, authority, id string, r *running) {
	for {
		select {
		case <-r.done:
			return
		case <-time.After(sign):
		}
		i, err := s.Import(ctx, authority, id)
		if err == nil && i.State != Reading {
			r.cancel()
			return
		}
		rows, _ := s.Progress(Import{ID: id})
		_ = s.release(ctx, `
			UPDATE intake_import
			SET done = $3, lease = $4
			WHERE authority_id = $1 AND import_id = $2 AND state = 'reading'`, authority, id, rows, s.now().Add(lease).UnixMilli())
	}
}

// stop ends the job on an import in this process, and waits for its end.
func (s *Service) stop(id string) {
	s.jobs.mu.Lock()
	r := s.jobs.running[id]
	s.jobs.mu.Unlock()
	if r != nil {
		r.cancel()
		<-r.done
	}
}
