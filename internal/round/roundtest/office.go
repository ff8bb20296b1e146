// Package roundtest gives tests an office with registers, people, a published
// plan, and rounds that were really drawn.
package roundtest

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"net/http"
	"strings"
	"testing"
	"time"

	"suiji/calendar"
	"suiji/draw"
	"suiji/internal/access"
	"suiji/internal/audit"
	"suiji/internal/canon"
	"suiji/internal/caps"
	"suiji/internal/credit"
	"suiji/internal/identity"
	"suiji/internal/intake"
	"suiji/internal/plan"
	"suiji/internal/proof"
	"suiji/internal/reference"
	"suiji/internal/register"
	"suiji/internal/roster"
	"suiji/internal/round"
	"suiji/internal/sample"
	"suiji/internal/schedule"
	"suiji/internal/scribe"
	"suiji/internal/store"
)

// Authority is the office's id.
const Authority = "130132-rs"

// Office is a bureau with every service up to the round.
type Office struct {
	DB        *store.DB
	Dir       string
	Door      *audit.Door
	Scribe    *scribe.Scribe
	Identity  *identity.Service
	Reference *reference.Service
	Register  *register.Service
	Intake    *intake.Service
	Plan      *plan.Service
	Caps      *caps.Service
	Roster    *roster.Service
	Credit    *credit.Service
	Round     *round.Service
	Proof     *proof.Service
	Schedule  *schedule.Service
	Skew      time.Duration // by which the machine's clock is wrong
	Paper     string        // digest of a kept file that shows whatever is asked for

	t  testing.TB
	at time.Time
}

// New founds the office on a fresh database, with 8 officers and one item. It
// is 10 January 2022.
func New(t testing.TB, db *store.DB) *Office {
	t.Helper()
	return NewAt(t, db, t.TempDir())
}

// NewAt is New with the office's files, its keys among them, in dir.
func NewAt(t testing.TB, db *store.DB, dir string) *Office {
	t.Helper()
	o := Reopen(t, db, dir)
	o.Must(o.Identity.Found(context.Background(), identity.Authority{ID: Authority, Name: "元氏县人力资源和社会保障局", ShortName: "元氏人社",
		AreaCode: "130132", AreaName: "元氏县", Phone: "0311-00000000", Hash: canon.SHA256}))
	o.Import(register.Officers, func(w io.Writer) error { return sample.Officers(w, 8, "2024-12-31") })
	o.Import(register.Items, func(w io.Writer) error { return sample.Items(w, "2022-01-05") })
	var err error
	o.Paper, err = o.Proof.Keep(context.Background(), As(access.ListAdmin), "查询结果.pdf", strings.NewReader(PDF))
	o.Must(err)
	return o
}

// Reopen returns the office that was founded on db before, its files in dir.
func Reopen(t testing.TB, db *store.DB, dir string) *Office {
	o := &Office{DB: db, Dir: dir, t: t}
	o.On("2022-01-10")
	o.Door = audit.New(db, o.Now)
	o.Scribe = scribe.New(scribe.Config{DB: db, Door: o.Door, Now: o.Now, Dir: o.Dir})
	o.Identity = identity.New(db, o.Door, o.Now)
	o.Reference = reference.New(db, o.Door)
	o.Register = register.New(register.Config{DB: db, Door: o.Door, Scribe: o.Scribe, Now: o.Now})
	o.Intake = intake.New(intake.Config{DB: db, Door: o.Door, Register: o.Register, Now: o.Now, Dir: o.Dir})
	o.Caps = caps.New(db, o.Door)
	o.Plan = plan.New(plan.Config{DB: db, Door: o.Door, Scribe: o.Scribe, Now: o.Now,
		Identity: o.Identity, Reference: o.Reference, Register: o.Register, Caps: o.Caps})
	o.Credit = credit.New(credit.Config{DB: db, Door: o.Door, Now: o.Now, Reference: o.Reference, Register: o.Register})
	o.Roster = roster.New(db, o.Door, o.Register, o.Now)
	o.Round = round.New(round.Config{DB: db, Door: o.Door, Scribe: o.Scribe, Now: o.Now,
		Identity: o.Identity, Reference: o.Reference, Register: o.Register, Plan: o.Plan, Caps: o.Caps, Roster: o.Roster})
	o.Schedule = schedule.New(schedule.Config{DB: db, Door: o.Door, Now: o.Now, Identity: o.Identity, Reference: o.Reference,
		Register: o.Register, Roster: o.Roster, Caps: o.Caps, Dir: o.Dir})
	o.Proof = proof.New(proof.Config{DB: db, Door: o.Door, Now: o.Now, Dir: o.Dir})
	return o
}

// Now tells the office's time.
func (o *Office) Now() time.Time { return o.at.Add(o.Skew) }

// On sets the office's day; it is ten in the morning.
func (o *Office) On(day string) { o.at = calendar.MustParse(day).Start().Add(10 * time.Hour) }

// At sets the office's time to the moment.
func (o *Office) At(t time.Time) { o.at = t }

// Must fails the test on an error.
func (o *Office) Must(err error) {
	o.t.Helper()
	if err != nil {
		o.t.Fatal(err)
	}
}

// PDF is a file that passes for one.
const PDF = "%PDF-1.4\n1 0 obj<</Type/Catalog>>endobj\ntrailer<</Root 1 0 R>>\n%%EOF\n"

// As returns the person who has this role, and no other.
func As(role access.Role) access.Actor {
	return access.Actor{Authority: Authority, ID: string(role), Name: role.Name(), Roles: []access.Role{role}}
}

// SignedIn makes a request one of the person who has this role; an empty role
// stays outside.
func SignedIn(r *http.Request, role string) *http.Request {
	if role == "" {
		return r
	}
	return r.WithContext(identity.WithActor(r.Context(), As(access.Role(role))))
}

// Import checks and writes a register.
func (o *Office) Import(list register.List, write func(io.Writer) error) intake.Import {
	o.t.Helper()
	file, err := sample.File(write)
	o.Must(err)
	imp, err := o.Intake.Check(context.Background(), As(access.Clerk), list, string(list)+".csv", bytes.NewReader(file))
	o.Must(err)
	imp, err = o.Intake.Write(context.Background(), As(access.Clerk), imp.ID)
	o.Must(err)
	return imp
}

// Firms imports n firms of the county that does not exist.
func (o *Office) Firms(n int) {
	o.t.Helper()
	o.Import(register.Targets, func(w io.Writer) error { return sample.Targets(w, n, 7) })
}

// Publish drafts, approves and publishes the plan of 2022: 5 % in two windows,
// changed by edit if that is not nil. It returns the plan's id.
func (o *Office) Publish(edit func(*plan.Plan)) string {
	o.t.Helper()
	return o.PublishYear(2022, edit)
}

// PublishYear does it for another year.
func (o *Office) PublishYear(year int, edit func(*plan.Plan)) string {
	o.t.Helper()
	ctx, id, start := context.Background(), fmt.Sprint("P", year), fmt.Sprint(year)
	on := func(day string) calendar.Date { return calendar.MustParse(start + day) }
	o.On(start + "-01-12")
	o.Must(o.Plan.Draft(ctx, As(access.Clerk), id, year))
	p, err := o.Plan.Plan(ctx, Authority, id)
	o.Must(err)
	items, _, _, err := o.Register.Items(ctx, Authority, register.ItemFilter{})
	o.Must(err)
	p.Number, p.IssuedOn, p.Addressees, p.Leader, p.Contact = "元人社〔2022〕3号", on("-01-17"), "局属各科室、监察大队", "周局长", "监察大队 0311-00000000"
	p.Body = "为认真贯彻落实“双随机、一公开”监管工作部署要求，制定本工作计划。"
	p.Bases = []plan.Basis{{Number: "元双随机办〔2021〕10号", Title: "关于开展双随机抽查工作的通知", Issuer: "县双随机办"}}
	p.Windows = []plan.Window{
		{No: 1, StartsOn: on("-06-01"), EndsOn: on("-07-31")},
		{No: 2, StartsOn: on("-10-01"), EndsOn: on("-11-30")},
	}
	p.Tasks = []plan.Task{{No: 1, Name: "用人单位遵守劳动保障法律法规情况", Method: "实地检查、书面检查", Lead: p.Issuer, Units: "监察大队", Level: "县抽县查",
		Items:   []plan.Item{{ID: items[0].ID}},
		Strata:  []plan.Stratum{{Name: "all", Title: "全部用人单位", Ratio: 500, Reserve: 10}},
		Tickets: []plan.Ticket{{Tag: "投诉举报多", Tickets: 3}}}}
	p.Field, p.ArchiveOn = "劳动保障监察", on("-12-31")
	if edit != nil {
		edit(&p)
	}
	o.issue(p, start+"-01-17")
	return id
}

// issue saves a draft, and takes it through the leader to the public on a day.
func (o *Office) issue(p plan.Plan, day string) {
	o.t.Helper()
	ctx := context.Background()
	_, err := o.Plan.Save(ctx, As(access.Clerk), p)
	o.Must(err)
	p, err = o.Plan.Plan(ctx, Authority, p.ID)
	o.Must(err)
	o.Must(o.Plan.Submit(ctx, As(access.Clerk), p.ID, p.Revision))
	digest, err := o.Plan.Digest(ctx, p)
	o.Must(err)
	o.On(day)
	o.Must(o.Plan.Approve(ctx, As(access.Leader), p.ID, digest, "同意"))
	o.Must(o.Plan.Publish(ctx, As(access.Clerk), p.ID))
}

// Amend publishes the next version of a plan on a day, and returns its id.
func (o *Office) Amend(id, day string, edit func(*plan.Plan)) string {
	o.t.Helper()
	ctx, next := context.Background(), id+"-next"
	o.On(day)
	o.Must(o.Plan.Amend(ctx, As(access.Clerk), id, next, "第二批次推迟"))
	p, err := o.Plan.Plan(ctx, Authority, next)
	o.Must(err)
	p.Number, p.IssuedOn = "元人社〔2022〕19号", calendar.MustParse(day)
	edit(&p)
	o.issue(p, day)
	return next
}

// Dice is fifty rolls of a die.
var Dice = strings.Repeat("3516244163", 5)

// Public is the one public source of a test's draw.
var Public = []round.Source{{Name: "public", Kind: draw.Public, How: "当众掷 50 次骰子"}}

// Carry seals, rolls and draws the half that the round is at.
func (o *Office) Carry(id string) {
	o.t.Helper()
	ctx := context.Background()
	o.Must(o.Round.Seal(ctx, As(access.Operator), id, Public))
	o.Must(o.Round.Roll(ctx, As(access.Operator), id, "public", Dice))
	o.Must(o.Round.Draw(ctx, As(access.Operator), id))
}

// Freeze freezes the plan's round of a window on a day.
func (o *Office) Freeze(planID string, window int, day string) string {
	o.t.Helper()
	o.On(day)
	id, err := o.Round.Freeze(context.Background(), As(access.Operator), round.NewRound{PlanID: planID, TaskNo: 1, WindowNo: window})
	o.Must(err)
	return id
}

// Matched freezes, draws, confirms and matches a round, and returns its id.
func (o *Office) Matched(planID string, window int, day string) string {
	o.t.Helper()
	ctx := context.Background()
	id := o.Freeze(planID, window, day)
	o.Carry(id)
	o.Must(o.Round.Confirm(ctx, As(access.ListAdmin), id))
	o.Must(o.Round.FreezeMatch(ctx, As(access.Operator), id))
	o.Carry(id)
	return id
}

// Approved places a matched round's firms, has the leader approve it all, and
// returns the schedule. Today must lie before the window's end.
func (o *Office) Approved(id string) schedule.Schedule {
	o.t.Helper()
	ctx := context.Background()
	_, left, err := o.Schedule.Propose(ctx, As(access.Clerk), id, 0)
	o.Must(err)
	if left > 0 {
		o.t.Fatalf("%d firms of %s found no day", left, id)
	}
	return o.Sign(id)
}

// ApprovedOn has the leader approve that all firms of a matched round are
// inspected on one day, however long ago and whoever is busy.
func (o *Office) ApprovedOn(id, day string) {
	o.t.Helper()
	ctx := context.Background()
	o.Must(o.Door.Keep(ctx, func(tx *store.DB) error {
		_, err := tx.Exec(ctx, `
			INSERT INTO schedule_visit (authority_id, round_id, target_id, mode, day, half, vehicle, stop, team, why, begun, revision, changed_name, changed_at)
			SELECT m.authority_id, m.round_id, m.target_id, 'on-site', $3, 'am', '', 1, string_agg(m.officer_id, ' ' ORDER BY m.officer_id), '', '', 1, '', 0
			FROM round_officer m
			JOIN round_target f ON f.authority_id = m.authority_id AND f.round_id = m.round_id AND f.target_id = m.target_id
			WHERE m.authority_id = $1 AND m.round_id = $2 AND m.state = 'team' AND f.state = 'confirmed'
			GROUP BY m.authority_id, m.round_id, m.target_id
			ON CONFLICT (authority_id, round_id, target_id) DO UPDATE
			SET day = excluded.day, team = excluded.team`, Authority, id, day)
		return err
	}))
	o.Sign(id)
}

// Sign has the leader approve a round's schedule as it stands.
func (o *Office) Sign(id string) schedule.Schedule {
	o.t.Helper()
	ctx := context.Background()
	o.Must(o.Schedule.Submit(ctx, As(access.Clerk), id))
	x, err := o.Schedule.Schedule(ctx, Authority, id)
	o.Must(err)
	if p := x.Pending(); p != nil {
		o.Must(o.Schedule.Approve(ctx, As(access.Leader), id, p.Digest, "同意"))
	}
	x, err = o.Schedule.Schedule(ctx, Authority, id)
	o.Must(err)
	return x
}

// Entries returns the types of a subject's ledger entries, in order.
func (o *Office) Entries(subject string) string {
	o.t.Helper()
	all, err := o.Scribe.Entries(context.Background(), Authority, subject)
	o.Must(err)
	var types []string
	for _, e := range all {
		types = append(types, fmt.Sprint(e.Entry.Type))
	}
	return strings.Join(types, " ")
}
