package main

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"time"

	"github.com/spf13/pflag"

	"suiji/internal/airlock"
	"suiji/internal/alarm"
	"suiji/internal/archive"
	"suiji/internal/audit"
	"suiji/internal/beacon"
	"suiji/internal/breach"
	"suiji/internal/canon"
	"suiji/internal/caps"
	"suiji/internal/casework"
	"suiji/internal/ceremony"
	"suiji/internal/credit"
	"suiji/internal/disclosure"
	"suiji/internal/documents"
	"suiji/internal/errs"
	"suiji/internal/exchange"
	"suiji/internal/federation"
	"suiji/internal/feedback"
	"suiji/internal/filter"
	"suiji/internal/fresh"
	"suiji/internal/identity"
	"suiji/internal/inspection"
	"suiji/internal/intake"
	"suiji/internal/keep"
	"suiji/internal/metrics"
	"suiji/internal/notice"
	"suiji/internal/papers"
	"suiji/internal/plan"
	"suiji/internal/proof"
	"suiji/internal/reckon"
	"suiji/internal/reference"
	"suiji/internal/register"
	"suiji/internal/roster"
	"suiji/internal/round"
	"suiji/internal/schedule"
	"suiji/internal/scribe"
	"suiji/internal/spool"
	"suiji/internal/staffing"
	"suiji/internal/stats"
	"suiji/internal/store"
	"suiji/internal/supervise"
	"suiji/internal/tidings"
	"suiji/internal/token"
	"suiji/internal/visit"
	"suiji/verify"
)

// place says where an installation keeps its data. Flag before environment
// before default.
type place struct {
	dir      string // files, keys, and the SQLite database if there is no other
	database string // postgres://…; empty: SQLite in dir
}

// dsn names its database, as store.Open takes it.
func (pl *place) dsn() string { return cmp.Or(pl.database, filepath.Join(pl.dir, "suiji.db")) }

func (p program) placeFlags(f *pflag.FlagSet) *place {
	pl := &place{}
	f.StringVar(&pl.dir, "data", p.env("SUIJI_DATA"), "数据目录 / data directory (SUIJI_DATA)")
	f.StringVar(&pl.database, "database", p.env("SUIJI_DATABASE"), "PostgreSQL 地址，不填则用数据目录里的 SQLite / postgres:// address (SUIJI_DATABASE)")
	return pl
}

// app is every service of an installation, made bottom-up.
type app struct {
	turn       metrics.Turn // of jobs that read much
	db         *store.DB
	door       *audit.Door
	scribe     *scribe.Scribe
	identity   *identity.Service
	federation *federation.Service
	reference  *reference.Service
	register   *register.Service
	intake     *intake.Service
	plan       *plan.Service
	caps       *caps.Service
	filter     *filter.Service
	roster     *roster.Service
	credit     *credit.Service
	round      *round.Service
	beacon     *beacon.Client
	proof      *proof.Service
	ceremony   *ceremony.Service
	schedule   *schedule.Service
	inspection *inspection.Service
	casework   *casework.Service
	visit      *visit.Service
	feedback   *feedback.Service
	disclosure *disclosure.Service
	documents  *documents.Service
	fonts      *papers.Fonts
	stats      *stats.Service
	staffing   *staffing.Service
	supervise  *supervise.Service
	exchange   *exchange.Service
	tidings    *tidings.Service
	archive    *archive.Service
	notice     *notice.Service
	alarm      *alarm.Service
	reckon     *reckon.Service
	metrics    *metrics.Metrics // nil: nobody counts
	dir        string
	database   string // its address; empty: SQLite in dir
	token      *token.Service
	now        func() time.Time
	fresh      *fresh.Cache // what everybody reads, while it is true
	spool      *spool.Spool // what everybody may take away, made once
}

// freshBytes is how much of what everybody reads is kept.
const freshBytes = 64 << 20

// open opens an installation and brings it up to date.
func (p program) open(ctx context.Context, pl *place) (*app, error) {
	if err := keep.Folder(pl.dir, 0o750); err != nil {
		return nil, fmt.Errorf("make the data directory: %w", err)
	}
	db, err := store.Open(ctx, pl.dsn())
	if err != nil {
		return nil, err
	}
	witnesses, err := readWitnesses(pl.dir)
	if err != nil {
		return nil, errors.Join(err, db.Close())
	}
	a := p.assemble(db, pl.dir, witnesses)
	a.database = pl.database
	return a, nil
}

func (p program) assemble(db *store.DB, dir string, witnesses []scribe.Witness) *app {
	a := &app{db: db, dir: dir, now: p.now, fresh: fresh.New(db.Edition, p.now, freshBytes)}
	a.spool = spool.New(filepath.Join(dir, "spool"), time.Now) // the disk's clock
	if p.public {
		a.spool = spool.New(os.TempDir(), time.Now) // a copy may lie where nobody writes
	}
	a.door = audit.New(db, p.now)
	a.door.KeepHeads(filepath.Join(dir, "audit"))
	if p.step != nil {
		a.door.TestOnlyStep(p.step)
	}
	a.scribe = scribe.New(scribe.Config{DB: db, Door: a.door, Now: p.now, Dir: dir, Witnesses: witnesses, Client: onlyTo(witnesses), Public: p.public})
	a.identity = identity.New(db, a.door, p.now)
	a.identity.Refuse(breach.Known(p.env("SUIJI_PASSWORD_LIST")))
	a.federation = federation.New(db, a.door, a.identity, p.now)
	a.token = token.New(token.Config{DB: db, Door: a.door, Now: p.now, Identity: a.identity})
	a.reference = reference.New(db, a.door)
	a.register = register.New(register.Config{DB: db, Door: a.door, Scribe: a.scribe, Now: p.now})
	a.intake = intake.New(intake.Config{DB: db, Door: a.door, Register: a.register, Now: p.now, Dir: dir, Program: itself()})
	a.caps = caps.New(db, a.door)
	a.filter = filter.New(db, a.door, p.now)
	a.plan = plan.New(plan.Config{DB: db, Caps: a.caps, Door: a.door, Scribe: a.scribe, Now: p.now,
		Identity: a.identity, Reference: a.reference, Register: a.register})
	a.credit = credit.New(credit.Config{DB: db, Door: a.door, Now: p.now, Reference: a.reference, Register: a.register, Airlock: airlock.Airlock{Program: itself()}})
	a.roster = roster.New(db, a.door, a.register, p.now)
	a.round = round.New(round.Config{DB: db, Door: a.door, Scribe: a.scribe, Now: p.now,
		Identity: a.identity, Reference: a.reference, Register: a.register, Plan: a.plan, Caps: a.caps, Roster: a.roster})
	a.proof = proof.New(proof.Config{DB: db, Door: a.door, Now: p.now, Dir: dir})
	a.ceremony = ceremony.New(ceremony.Config{DB: db, Door: a.door, Scribe: a.scribe, Now: p.now,
		Identity: a.identity, Register: a.register, Round: a.round})
	a.schedule = schedule.New(schedule.Config{DB: db, Door: a.door, Now: p.now, Identity: a.identity, Reference: a.reference,
		Register: a.register, Roster: a.roster, Caps: a.caps, Dir: dir})
	a.inspection = inspection.New(inspection.Config{DB: db, Door: a.door, Now: p.now, Identity: a.identity, Credit: a.credit, Schedule: a.schedule})
	a.casework = casework.New(casework.Config{DB: db, Door: a.door, Now: p.now, Reference: a.reference, Inspection: a.inspection, Dir: dir})
	a.visit = visit.New(visit.Config{DB: db, Door: a.door, Now: p.now, Identity: a.identity, Inspection: a.inspection, Dir: dir})
	a.feedback = feedback.New(db, a.door, p.now)
	a.disclosure = disclosure.New(disclosure.Config{DB: db, Door: a.door, Scribe: a.scribe, Now: p.now, Identity: a.identity,
		Reference: a.reference, Round: a.round, Inspection: a.inspection, Fresh: a.fresh})
	a.fonts = papers.FindFonts(p.env("SUIJI_FONTS"))
	a.documents = documents.New(documents.Config{DB: db, Door: a.door, Now: p.now, Identity: a.identity, Inspection: a.inspection, Visit: a.visit, Casework: a.casework,
		Airlock: airlock.Airlock{Program: itself()}, Fonts: a.fonts, Dir: dir, BaseURL: p.env("SUIJI_BASE_URL")})
	a.staffing = staffing.New(staffing.Config{DB: db, Door: a.door, Now: p.now, Identity: a.identity, Register: a.register, Roster: a.roster, Round: a.round})
	a.stats = stats.New(stats.Config{DB: db, Door: a.door, Now: p.now, Round: a.round})
	a.supervise = supervise.New(supervise.Config{DB: db, Door: a.door, Now: p.now, Identity: a.identity, Reference: a.reference, Inspection: a.inspection})
	a.exchange = exchange.New(exchange.Config{DB: db, Door: a.door, Now: p.now, Identity: a.identity, Disclosure: a.disclosure, Casework: a.casework,
		Airlock: airlock.Airlock{Program: itself()}, Dir: dir})
	a.tidings = tidings.New(tidings.Config{DB: db, Door: a.door, Now: p.now, Register: a.register, Airlock: airlock.Airlock{Program: itself()}})
	a.archive = archive.New(archive.Config{DB: db, Door: a.door, Now: p.now, Scribe: a.scribe, Identity: a.identity, Inspection: a.inspection, Visit: a.visit,
		Casework: a.casework, Disclosure: a.disclosure, Documents: a.documents, Fonts: a.fonts, Verifier: verify.Python, Dir: dir})
	a.notice = notice.New(notice.Config{DB: db, Door: a.door, Now: p.now, Identity: a.identity, Reference: a.reference, Plan: a.plan,
		Round: a.round, Disclosure: a.disclosure, Casework: a.casework})
	a.alarm = alarm.New(alarm.Config{DB: db, Door: a.door, Now: p.now, Scribe: a.scribe, Identity: a.identity})
	a.reckon = reckon.New(reckon.Config{DB: db, Door: a.door, Now: a.now, Scribe: a.scribe, Identity: a.identity, Register: a.register, Plan: a.plan, Round: a.round})
	return a
}

func (a *app) close() error {
	a.reckon.Close()
	a.spool.Close()
	return a.db.Close()
}

// index makes firms findable that an older program has entered.
func (a *app) index(ctx context.Context) error {
	all, err := a.identity.Authorities(ctx)
	if err != nil {
		return err
	}
	for _, auth := range all {
		if err := a.register.Index(ctx, auth.ID); err != nil {
			return err
		}
	}
	return nil
}

// firstAuthority is founded when nobody has founded another: its name and the
// rest are entered on the settings page.
const firstAuthority = "local"

// authority returns the authority that a command works for: the named one, or
// the only one. A new installation founds its first.
func (a *app) authority(ctx context.Context, id string) (identity.Authority, error) {
	all, err := a.identity.Authorities(ctx)
	if err != nil {
		return identity.Authority{}, err
	}
	if len(all) == 0 {
		if id == "" {
			id = firstAuthority
		}
		err := a.identity.Found(ctx, identity.Authority{ID: id, Name: "（尚未填写单位名称）", Hash: canon.SHA256})
		if err != nil {
			return identity.Authority{}, err
		}
		return a.identity.Authority(ctx, id)
	}
	if id != "" {
		return a.identity.Authority(ctx, id)
	}
	if len(all) > 1 {
		return identity.Authority{}, errs.E(errs.Invalid, "本系统有多个单位，请用 --authority 指明")
	}
	return all[0], nil
}

// itself is this program's executable, which becomes the airlock's child. One
// that cannot be found is a name that does not start: no file is read then.
func itself() string {
	exe, err := os.Executable()
	if err != nil {
		return os.Args[0]
	}
	return exe
}
