// Package documents makes the papers of enforcement (执法文书, domain.md §2.3): the
// approval, the notice, the records of the spot, the result told to the firm,
// orders to correct, transfers, receipts of service. Each is made of what the
// rooms below know of an inspection, completed by the handler, and issued under
// a number of a register without gaps. It owns the tables documents_… and the
// directory documents.
//
//	draft ──Issue──▶ issued ──Void──▶ void
//	  └─Drop (no number was given)
//
// The number is given in the transaction that issues; what the document says is
// laid down there word by word. Its files are made of that and nothing else, and
// are kept by their digest: a later download gives the same bytes. A fact that
// changes afterwards is shown beside the document; it never changes it. A new
// document may take its place, and its number stays with the old one.
package documents

import (
	"encoding/json"
	"fmt"
	"time"

	"suiji/calendar"
	"suiji/internal/airlock"
	"suiji/internal/audit"
	"suiji/internal/casework"
	"suiji/internal/errs"
	"suiji/internal/identity"
	"suiji/internal/inspection"
	"suiji/internal/papers"
	"suiji/internal/schedule"
	"suiji/internal/store"
	"suiji/internal/visit"
)

// State is how far a document has come.
type State string

// The states.
const (
	Draft  State = "draft"
	Issued State = "issued"
	Void   State = "void"
)

// States lists the states with their names.
var States = []struct {
	State State
	Name  string
}{{Draft, "草稿"}, {Issued, "已签发"}, {Void, "已作废"}}

// Name returns the state in Chinese.
func (s State) Name() string {
	for _, x := range States {
		if x.State == s {
			return x.Name
		}
	}
	return string(s)
}

// Paper is one document.
type Paper struct {
	ID       string
	Kind     KindID
	FormID   string
	RoundID  string
	TargetID string
	Firm     string // name
	About    string // the document that is served
	Ref      string // the open end that it is made for: a finding's number or a result code; empty: the inspection as a whole
	Replaces string // the document in whose place it comes
	State    State
	Fields   map[string]string // what the handler filled in, by name
	Template string            // digest of the office's own template; empty: built in
	Revision int64

	MadeName    string
	MadeAt      time.Time
	ChangedName string
	ChangedAt   time.Time
	Year, No    int    // of the number; 0: none yet
	Number      string // as it is written
	Content     Content
	IssuedName  string
	IssuedAt    time.Time
	DOCX, PDF   string // digests; empty: not made
	VoidReason  string
	VoidName    string
	VoidAt      time.Time
}

// Title is the document's name and number.
func (p Paper) Title() string {
	if p.Number == "" {
		return p.Kind.Name()
	}
	return p.Kind.Name() + " " + p.Number
}

// HasPDF reports whether there is a PDF, or will be one when it is asked for.
func (p Paper) HasPDF() bool { return p.PDF != "" || p.DOCX == "" && p.Template == "" }

// IssuedOn is the day of its issue.
func (p Paper) IssuedOn() calendar.Date { return calendar.In(p.IssuedAt) }

// Config is what a Service stands on. All are required but Fonts, without
// which no PDF is made.
type Config struct {
	DB         *store.DB
	Door       *audit.Door
	Now        func() time.Time
	Identity   *identity.Service
	Inspection *inspection.Service
	Visit      *visit.Service
	Casework   *casework.Service
	Airlock    airlock.Airlock // in which templates are opened
	Fonts      *papers.Fonts
	Dir        string // files are kept under it
	BaseURL    string // https://host, in the codes
}

// Service keeps the documents.
type Service struct {
	Config
	summons map[string]schedule.Summons // of a batch, by round and firm: read once
}

// New makes the service.
func New(c Config) *Service { return &Service{Config: c} }

func (s *Service) today() calendar.Date { return calendar.In(s.Now()) }

var (
	errNoPaper = errs.E(errs.NotFound, "没有这份文书")
	errIssued  = errs.E(errs.Conflict, "这份文书已经签发或作废，没有改动。内容有误的，请作废后另制一份")
)

// jsonOf writes what holds texts only.
func jsonOf(v any) string {
	raw, err := json.Marshal(v)
	if err != nil {
		panic(fmt.Sprintf("BUG: %T cannot be written: %v", v, err))
	}
	return string(raw)
}
