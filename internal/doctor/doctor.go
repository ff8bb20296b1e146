// Package doctor looks at an installation and tells its administrator what is
// well, what is not, and what to do about it; and tells a load balancer
// whether this node can serve. It owns no table and changes nothing.
package doctor

import (
	"context"
	"fmt"
	"io"
	"net/http"
	"slices"
	"strings"
	"time"

	"suiji/internal/audit"
	"suiji/internal/federation"
	"suiji/internal/identity"
	"suiji/internal/papers"
	"suiji/internal/reckon"
	"suiji/internal/reference"
	"suiji/internal/register"
	"suiji/internal/scribe"
	"suiji/internal/store"
)

// Config says which installation is looked at.
type Config struct {
	DB        *store.DB
	Dir       string // the data directory
	BaseURL   string // where the public reaches it; empty: nobody said
	Database  string // address of PostgreSQL; empty: SQLite
	Proxies   string // whose word for an address is taken
	OwnHTTPS  bool   // the program speaks it itself, with no server in front
	Fonts     *papers.Fonts
	UserID    int // who runs the program; 0: the machine's administrator, -1: the system has no such numbers
	Now       func() time.Time
	Scribe    *scribe.Scribe
	Audit     *audit.Door
	Identity  *identity.Service
	Reference *reference.Service
	Register  *register.Service
	Reckon    *reckon.Service
	Provider  *federation.Service // nil or without an issuer: nobody signs in elsewhere

	// Certificate tells of the program's own certificate, and whether browsers
	// will be content with it.
	Certificate func() (found string, ok bool)
	// Breached tells of the list of passwords that have become known.
	Breached func() (found string, ok bool)
}

// Doctor looks at one installation.
type Doctor struct{ Config }

// New makes a doctor.
func New(c Config) *Doctor { return &Doctor{c} }

// Finding is what one check found.
type Finding struct {
	Check string `json:"check"`
	OK    bool   `json:"ok"`
	Found string `json:"found"`
	Cure  string `json:"cure,omitempty"` // what to do; only if it is not well
}

// check is one question: what it looks at, what it finds, and what to do if
// that is not well.
type check struct {
	name string
	look func(context.Context) (found string, ok bool)
	cure string
}

func (d *Doctor) checks() []check {
	return slices.Concat(d.ofFiles(), d.ofDatabase(), d.ofLedger(), d.ofPeople(), d.ofSigningIn())
}

// Examine asks every question.
func (d *Doctor) Examine(ctx context.Context) []Finding {
	var all []Finding
	for _, c := range d.checks() {
		f := Finding{Check: c.name}
		if f.Found, f.OK = c.look(ctx); !f.OK {
			f.Cure = c.cure
		}
		all = append(all, f)
	}
	return all
}

// Print tells the findings, a line each, and under it what to do.
func Print(w io.Writer, all []Finding) error {
	for _, f := range all {
		mark, cure := "正常", ""
		if !f.OK {
			mark = "注意"
		}
		if f.Cure != "" {
			cure = "      → " + f.Cure + "\n"
		}
		if _, err := fmt.Fprintf(w, "%s  %s：%s\n%s", mark, f.Check, f.Found, cure); err != nil {
			return err
		}
	}
	return nil
}

// said is what there is to tell of a check that either fails or is well.
func said(err error, well string) (string, bool) {
	if err != nil {
		return err.Error(), false
	}
	return well, true
}

// Part is one thing that a node needs to serve.
type Part struct {
	Name string // database, schema, disk, ledger
	OK   bool
	Soft bool // the node serves without it
}

// spare is how many bytes must be free for a node to take requests.
const spare = 64 << 20

// Ready looks at what a node needs, in the time of a database's answer. A
// ledger that was stopped is told but turns nobody away: whoever verifies
// needs the node more than ever, and acts wait for their positions.
func (d *Doctor) Ready(ctx context.Context) []Part {
	authorities, err := d.Identity.Authorities(ctx)
	has, knows, err2 := d.DB.Schema(ctx)
	free, err3 := FreeSpace(d.Dir)
	ledger := Part{Name: "ledger", OK: err == nil, Soft: true}
	for _, x := range authorities {
		ledger.OK = ledger.OK && d.Scribe.Why(x.ID) == ""
	}
	return []Part{{Name: "database", OK: err == nil}, {Name: "schema", OK: err2 == nil && has == knows}, {Name: "disk", OK: err3 == nil && free > spare}, ledger}
}

// Answer says whether requests can be served, a line for each thing that it
// takes. It says nothing more: everybody may ask.
func (d *Doctor) Answer(w http.ResponseWriter, r *http.Request) {
	ctx, cancel := context.WithTimeout(r.Context(), 2*time.Second)
	defer cancel()
	var said strings.Builder
	status := http.StatusOK
	for _, p := range d.Ready(ctx) {
		word := "ok"
		if !p.OK {
			word = "failed"
		}
		if !p.OK && !p.Soft {
			status = http.StatusServiceUnavailable
		}
		fmt.Fprintf(&said, "%s: %s\n", p.Name, word)
	}
	w.Header().Set("Content-Type", "text/plain; charset=utf-8")
	w.Header().Set("Cache-Control", "no-store")
	w.WriteHeader(status)
	io.WriteString(w, said.String()) // whoever asked is gone, or hears it
}

// person says who runs the program.
func (d *Doctor) person(context.Context) (string, bool) {
	if d.UserID == 0 {
		return "root", false
	}
	return fmt.Sprintf("uid %d", d.UserID), true
}
