// Package archive files each inspection away (立卷归档, 1.43): one inspection, one
// file (一案一卷), as a package of plain files that is read without this program.
// It owns the tables archive_… and the directory archive.
//
//	running ──concluded──▶ open ──Seal──▶ sealed ──Accept──▶ accepted
//	                                  └─later facts─▶ fresh ──Seal──▶ another volume (补充卷)
//
// A file is all that was recorded of one firm in one round, whichever
// departments inspected it. Sealing again what has not changed changes nothing;
// what came later makes a volume that names the first. A package is written
// once, kept by its digest, and the digests of all its files stay in the
// database. It holds personal data: each taking is recorded.
package archive

import (
	"context"
	"fmt"
	"time"

	"suiji/calendar"
	"suiji/internal/audit"
	"suiji/internal/casework"
	"suiji/internal/disclosure"
	"suiji/internal/documents"
	"suiji/internal/identity"
	"suiji/internal/inspection"
	"suiji/internal/papers"
	"suiji/internal/scribe"
	"suiji/internal/store"
	"suiji/internal/visit"
)

// Period is how long a file is kept (保管期限), by the code of DA/T 13.
type Period string

// The periods.
const (
	Forever Period = "Y"
	Thirty  Period = "D30"
	Ten     Period = "D10"
)

// Periods lists the periods with their names, the longest first.
var Periods = []struct {
	Period Period
	Name   string
}{{Forever, "永久"}, {Thirty, "30年"}, {Ten, "10年"}}

// Name returns the period in Chinese.
func (p Period) Name() string {
	for _, x := range Periods {
		if x.Period == p {
			return x.Name
		}
	}
	return string(p)
}

// State is how far a file has come.
type State string

// The states.
const (
	Running  State = "running"
	Open     State = "open"
	Fresh    State = "fresh"
	Sealed   State = "sealed"
	Accepted State = "accepted"
)

// States lists the states with their names, in the order of the work.
var States = []struct {
	State State
	Name  string
}{{Running, "检查未办结"}, {Open, "待立卷"}, {Fresh, "封存后有新材料"}, {Sealed, "已封存，待移交"}, {Accepted, "已移交"}}

// Name returns the state in Chinese.
func (s State) Name() string {
	for _, x := range States {
		if x.State == s {
			return x.Name
		}
	}
	return string(s)
}

// Key names a file.
type Key struct {
	Round  string
	Target string
}

// File is one inspection as the archive sees it.
type File struct {
	Key
	Firm      string
	FirmCode  string
	Plan      string
	Year      int           // of the plan
	Due       calendar.Date // the plan's archive date; zero: none
	Forms     int
	Concluded int       // forms whose conclusion is confirmed
	Latest    time.Time // when something that belongs to it was recorded last
	Volumes   []Volume
}

// State says how far the file has come.
func (f File) State() State {
	n := len(f.Volumes)
	switch {
	case n == 0 && f.Concluded < f.Forms:
		return Running
	case n == 0:
		return Open
	case f.Latest.After(f.Volumes[n-1].SealedAt):
		return Fresh
	}
	for _, v := range f.Volumes {
		if v.Accession == nil {
			return Sealed
		}
	}
	return Accepted
}

// Late reports whether the file is not sealed and its day has passed.
func (f File) Late(today calendar.Date) bool {
	return len(f.Volumes) == 0 && !f.Due.Zero() && today.After(f.Due)
}

// Volume is one sealed package.
type Volume struct {
	Key
	No         int
	Number     string // 档号
	Year       int
	Seq        int
	Period     Period
	Proposed   Period
	Because    string
	Gaps       []string
	Reason     string
	Facts      string
	Manifest   string // empty in lists
	SHA256     string
	SM3        string
	Digest     string
	Size       int64
	Files      int
	SealedBy   string
	SealedName string
	SealedAt   time.Time
	Accession  *Accession // nil: not handed over
}

// Title names the volume among those of its file.
func (v Volume) Title() string {
	if v.No == 1 {
		return "首卷"
	}
	return fmt.Sprintf("补充卷 %d", v.No-1)
}

// FileName is what the package is called on the disk of whoever takes it.
func (v Volume) FileName() string { return v.Number + ".zip" }

// Accession is that a package was handed over (移交接收).
type Accession struct {
	Receiver string
	Number   string
	On       calendar.Date
	Paper    string // SHA-256 of the signed receipt; empty: none
	Kind     string
	ByID     string
	ByName   string
	At       time.Time
}

// Filter says which files a list holds. Empty fields hold all.
type Filter struct {
	Round string
	State State
	Year  int
	Text  string // in the firm's name, its code or the 档号
}

// Config is what a Service stands on. All are required, but Verifier.
type Config struct {
	DB         *store.DB
	Door       *audit.Door
	Now        func() time.Time
	Scribe     *scribe.Scribe
	Identity   *identity.Service
	Inspection *inspection.Service
	Visit      *visit.Service
	Casework   *casework.Service
	Disclosure *disclosure.Service
	Documents  *documents.Service
	Fonts      *papers.Fonts
	Verifier   []byte // suiji_verify.py, put into each first volume
	Dir        string // packages are kept under it
}

// Service keeps the archive.
type Service struct{ Config }

// New makes the service.
func New(c Config) *Service { return &Service{c} }

// Today is the office's day.
func (s *Service) Today() calendar.Date { return calendar.In(s.Now()) }

// Files lists the files of an authority, those that are due first.
func (s *Service) Files(ctx context.Context, authority string, f Filter) ([]File, error) {
	all, err := readFiles(ctx, s.DB, authority, Key{Round: f.Round})
	if err != nil {
		return nil, err
	}
	var list []File
	for _, x := range all {
		if f.Holds(x) {
			list = append(list, x)
		}
	}
	return list, nil
}

// File returns one file. Errors: NotFound.
func (s *Service) File(ctx context.Context, authority string, k Key) (File, error) {
	return oneFile(ctx, s.DB, authority, k)
}
