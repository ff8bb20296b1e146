// Package tidings takes in what registration authorities say of the firms in the
// register (登记状态, 1.48). It owns the tables tidings_….
//
// A file names firms by their codes, each with its state. It changes the state
// of firms that the register has, and nothing else of them: a firm that the
// register lacks is named and stays out, for whom the office inspects is
// decided by its own import.
//
//	file ─▶ checked, row by row ─▶ looked at ─▶ written: one version of the register
//	                                  └──────▶ dropped
package tidings

import (
	"context"
	"fmt"
	"time"

	"suiji/calendar"
	"suiji/internal/access"
	"suiji/internal/airlock"
	"suiji/internal/audit"
	"suiji/internal/errs"
	"suiji/internal/register"
	"suiji/internal/store"
)

// Config is what a Service stands on. All are required.
type Config struct {
	DB       *store.DB
	Door     *audit.Door
	Now      func() time.Time
	Register *register.Service
	Airlock  airlock.Airlock // opens the files
}

// Service takes files of states in.
type Service struct{ Config }

// New makes the service.
func New(c Config) *Service { return &Service{c} }

func (s *Service) today() calendar.Date { return calendar.In(s.Now()) }

// State is how far a file has come.
type State string

// The states of a file.
const (
	Checked State = "checked"
	Written State = "written"
	Dropped State = "dropped"
)

// Name returns the state in Chinese.
func (s State) Name() string {
	return map[State]string{Checked: "待写入", Written: "已写入", Dropped: "已放弃"}[s]
}

// File is one that was taken in.
type File struct {
	ID      string
	Name    string
	Digest  string
	DataOn  calendar.Date
	State   State
	Total   int
	Same    int
	Changed int
	Version int64
	ByName  string
	At      time.Time
}

// Left is how many rows change nothing because something is wrong with them.
func (f File) Left() int { return f.Total - f.Same - f.Changed }

// Row is a row of a file that changes a firm's state, or cannot.
type Row struct {
	Line    int
	Code    string
	Name    string
	Target  string
	Was     string
	State   string
	Problem string
}

const fileCols = `file_id, name, digest, data_on, state, total, same, changed, version, by_name, at`

func scanFile(row store.Scanner) (f File, err error) {
	var on string
	var at int64
	if err = row.Scan(&f.ID, &f.Name, &f.Digest, &on, &f.State, &f.Total, &f.Same, &f.Changed, &f.Version, &f.ByName, &at); err != nil {
		return f, err
	}
	f.At = time.UnixMilli(at).UTC()
	return f, f.DataOn.UnmarshalText([]byte(on))
}

// Files lists what was taken in, the newest first.
func (s *Service) Files(ctx context.Context, authority string, limit int) ([]File, error) {
	return store.All(ctx, s.DB, scanFile, `
		SELECT `+fileCols+`
		FROM tidings_file
		WHERE authority_id = $1
		ORDER BY at DESC, file_id
		LIMIT $2`, authority, limit)
}

// File returns one. Errors: NotFound.
func (s *Service) File(ctx context.Context, authority, id string) (File, error) {
	return readFile(ctx, s.DB, authority, id)
}

func readFile(ctx context.Context, db *store.DB, authority, id string) (File, error) {
	f, err := store.One(ctx, db, scanFile, `
		SELECT `+fileCols+`
		FROM tidings_file
		WHERE authority_id = $1 AND file_id = $2`, authority, id)
	if errs.KindOf(err) == errs.NotFound {
		err = errs.E(errs.NotFound, "没有这份登记状态文件")
	}
	return f, err
}

const rowCols = `line, code, name, target_id, was, state, problem`

func scanRow(row store.Scanner) (r Row, err error) {
	err = row.Scan(&r.Line, &r.Code, &r.Name, &r.Target, &r.Was, &r.State, &r.Problem)
	return r, err
}

// Rows lists the rows of a file that change a state, and those that cannot, by
// line.
func (s *Service) Rows(ctx context.Context, authority, id string) (change, left []Row, err error) {
	all, err := readRows(ctx, s.DB, authority, id)
	for _, r := range all {
		if r.Problem == "" {
			change = append(change, r)
		} else {
			left = append(left, r)
		}
	}
	return change, left, err
}

func readRows(ctx context.Context, db *store.DB, authority, id string) ([]Row, error) {
	return store.All(ctx, db, scanRow, `
		SELECT `+rowCols+`
		FROM tidings_row
		WHERE authority_id = $1 AND file_id = $2
		ORDER BY line`, authority, id)
}

// chunk is how many firms are read at once.
const chunk = 200

// Write gives the firms of a checked file their states: one version of the
// register. Writing it again changes nothing. Errors: Conflict if the file was
// dropped or changes nothing, if newer states came in meanwhile, or if the
// register is no longer as it was shown.
func (s *Service) Write(ctx context.Context, a access.Actor, id string) error {
	return s.Door.Do(ctx, a, access.RegisterImport, "tidings/"+id, func(tx *store.DB) error {
		f, err := readFile(ctx, tx, a.Authority, id)
		if err != nil || f.State == Written {
			return err
		}
		if f.State == Dropped || f.Changed == 0 {
			return errs.E(errs.Conflict, "这份文件已放弃，或者没有一户的登记状态有变化，没有写入任何数据")
		}
		if err := notOlder(ctx, tx, a.Authority, f.DataOn); err != nil {
			return err
		}
		version, err := s.give(ctx, tx, a, f)
		if err != nil {
			return err
		}
		return settle(ctx, tx, a.Authority, id, Written, version)
	})
}

// Drop gives a checked file up.
func (s *Service) Drop(ctx context.Context, a access.Actor, id string) error {
	return s.Door.Do(ctx, a, access.RegisterImport, "tidings/"+id, func(tx *store.DB) error {
		f, err := readFile(ctx, tx, a.Authority, id)
		if err != nil || f.State == Dropped {
			return err
		}
		if f.State == Written {
			return errs.E(errs.Conflict, "这份文件已写入名录，不能放弃。没有改动")
		}
		return settle(ctx, tx, a.Authority, id, Dropped, 0)
	})
}

func settle(ctx context.Context, tx *store.DB, authority, id string, to State, version int64) error {
	_, err := tx.Exec(ctx, `
		UPDATE tidings_file
		SET state = $3, version = $4
		WHERE authority_id = $1 AND file_id = $2`, authority, id, string(to), version)
	return err
}

// notOlder refuses states of a day before those that were written last.
func notOlder(ctx context.Context, db *store.DB, authority string, on calendar.Date) error {
	newest, err := store.One(ctx, db, store.Value[string], `
		SELECT coalesce(max(data_on), '')
		FROM tidings_file
		WHERE authority_id = $1 AND state = 'written'`, authority)
	if err == nil && newest > on.String() {
		err = errs.E(errs.Conflict, "已经写入过 "+newest+" 的登记状态，比这份文件（"+on.String()+"）新，没有写入任何数据")
	}
	return err
}

// give writes the states, if the register is still what was shown.
func (s *Service) give(ctx context.Context, tx *store.DB, a access.Actor, f File) (int64, error) {
	version, err := s.Register.Turn(ctx, tx, a.Authority, register.Targets)
	if err != nil {
		return 0, err
	}
	all, err := readRows(ctx, tx, a.Authority, f.ID)
	if err != nil {
		return 0, err
	}
	saver, err := register.TargetBook.Save(ctx, tx, a.Authority, register.Moment{Version: version, Effective: f.DataOn})
	if err != nil {
		return 0, err
	}
	rows := map[string]Row{}
	var ids []string
	for _, r := range all {
		if r.Problem == "" {
			rows[r.Target], ids = r, append(ids, r.Target)
		}
	}
	err = s.each(ctx, tx, a.Authority, ids, func(t register.Target) error {
		r := rows[t.ID]
		if !t.Active || t.State != r.Was {
			return errs.E(errs.Conflict, fmt.Sprintf("“%s”在检查以后有了改动，没有写入任何数据。请再上传一次这份文件，重新检查", t.Name))
		}
		next := t
		next.State = r.State
		return saver.Add(next, &t)
	})
	if err != nil {
		return 0, err
	}
	if err := saver.Close(); err != nil {
		return 0, err
	}
	return version, s.Register.Conclude(ctx, tx, a, register.Version{List: register.Targets, Number: version, Changed: len(ids), Effective: f.DataOn, Source: "登记状态：" + f.Name})
}

// each hands the firms of these identifiers to fn; what the register lacks is
// passed over.
func (s *Service) each(ctx context.Context, db *store.DB, authority string, ids []string, fn func(register.Target) error) error {
	for len(ids) > 0 {
		n := min(chunk, len(ids))
		found, err := register.TargetBook.Load(ctx, db, authority, ids[:n])
		if err != nil {
			return err
		}
		ids = ids[n:]
		for _, t := range found {
			if err := fn(t); err != nil {
				return err
			}
		}
	}
	return nil
}
