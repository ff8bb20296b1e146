// Package faults lets the program be killed, its disk lose power, its calls
// fail, its disk fill up, its clock jump and its database go away, and holds
// that nothing acknowledged is lost and nothing is done twice. Tests only; the
// figures of the full form stand in docs/measured.md (make faults).
package faults

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"image"
	"image/color"
	"image/jpeg"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"suiji/calendar"
	"suiji/internal/access"
	"suiji/internal/audit"
	"suiji/internal/disclosure"
	"suiji/internal/errs"
	"suiji/internal/feedback"
	"suiji/internal/field"
	"suiji/internal/identity"
	"suiji/internal/inspection"
	"suiji/internal/reckon"
	"suiji/internal/register"
	"suiji/internal/round"
	"suiji/internal/round/roundtest"
	"suiji/internal/sample"
	"suiji/internal/store"
	"suiji/internal/visit"
	"suiji/ledger"
)

const (
	authority = roundtest.Authority
	roundID   = authority + ".2022-1"
	planID    = "P2022"
)

// office is a bureau with every service that the day of these tests takes.
type office struct {
	*roundtest.Office
	t          testing.TB
	inspection *inspection.Service
	visit      *visit.Service
	disclosure *disclosure.Service
	reckon     *reckon.Service
	phones     http.Handler
}

func furnish(t testing.TB, o *roundtest.Office) *office {
	x := &office{Office: o, t: t}
	x.inspection = inspection.New(inspection.Config{DB: o.DB, Door: o.Door, Now: o.Now, Identity: o.Identity, Credit: o.Credit, Schedule: o.Schedule})
	x.visit = visit.New(visit.Config{DB: o.DB, Door: o.Door, Now: o.Now, Identity: o.Identity, Inspection: x.inspection, Dir: o.Dir})
	x.disclosure = disclosure.New(disclosure.Config{DB: o.DB, Door: o.Door, Scribe: o.Scribe, Now: o.Now, Identity: o.Identity,
		Reference: o.Reference, Round: o.Round, Inspection: x.inspection})
	x.reckon = reckon.New(reckon.Config{DB: o.DB, Door: o.Door, Now: o.Now, Scribe: o.Scribe, Identity: o.Identity, Register: o.Register, Plan: o.Plan, Round: o.Round})
	x.phones = field.New(field.Config{Identity: o.Identity, Inspection: x.inspection, Visit: x.visit, Feedback: feedback.New(o.DB, o.Door, o.Now), Now: o.Now,
		Log: slog.New(slog.DiscardHandler), BaseURL: "https://suiji.example"}).Handler()
	return x
}

// found makes the office as it is before the day: 60 firms, 8 officers with
// accounts, the plan of 2022 published.
func found(t testing.TB, db *store.DB) *office {
	t.Helper()
	o := roundtest.New(t, db)
	o.Firms(60)
	o.Publish(nil)
	officers, err := store.All(t.Context(), db, store.Value[string], `SELECT officer_id FROM register_officer ORDER BY officer_id`)
	o.Must(err)
	o.Must(o.Door.Keep(t.Context(), func(tx *store.DB) error {
		for _, id := range officers {
			_, err := tx.Exec(t.Context(), `
				INSERT INTO identity_account (authority_id, account_id, username, name, password, officer_id, active, created_at)
				VALUES ($1, $2, $2, $2, '', $2, TRUE, 0)`, authority, id)
			if err != nil {
				return err
			}
		}
		return nil
	}))
	o.Must(o.Scribe.Sequence(t.Context(), authority))
	return furnish(t, o)
}

// dsn is where the office in dir has its database.
func dsn(dir, postgres string) string {
	if postgres != "" {
		return postgres
	}
	return filepath.Join(dir, "suiji.db")
}

// reopen opens the office as the program does when it starts.
func reopen(t testing.TB, ctx context.Context, dir, postgres string) (*office, error) {
	db, err := store.Open(ctx, dsn(dir, postgres))
	if err != nil {
		return nil, err
	}
	o := furnish(t, roundtest.Reopen(t, db, dir))
	o.On("2022-12-01")
	return o, nil
}

// act is one thing that the office does, once, however often it is asked.
type act struct {
	name string
	// when sets the clock to the moment of the act.
	when func(ctx context.Context, o *office) error
	do   func(ctx context.Context, o *office) error
	// there reports whether what was acknowledged is there.
	there func(ctx context.Context, o *office) (bool, error)
}

// ask sets the clock and asks for the act.
func (a act) ask(ctx context.Context, o *office) error {
	if err := a.when(ctx, o); err != nil {
		return err
	}
	return a.do(ctx, o)
}

func on(day string) func(context.Context, *office) error {
	return func(_ context.Context, o *office) error {
		o.On(day)
		return nil
	}
}

// clerk is in the context of another person, whose form has a key of its own.
type clerk struct{}

func key(ctx context.Context, name string) context.Context {
	if ctx.Value(clerk{}) != nil {
		name += "-other"
	}
	return audit.WithKey(ctx, name)
}

// recorded is an act that the audit knows by its key.
func recorded(name, day string, do func(ctx context.Context, o *office) error) act {
	return act{name, on(day), func(ctx context.Context, o *office) error { return do(key(ctx, name), o) }, counted(`SELECT count(*) FROM audit_entry WHERE authority_id = $1 AND request_key = $2`, name)}
}

func counted(query string, args ...any) func(ctx context.Context, o *office) (bool, error) {
	return func(ctx context.Context, o *office) (bool, error) {
		n, err := store.One(ctx, o.DB, store.Value[int], query, append([]any{authority}, args...)...)
		return n == 1, err
	}
}

// day is import, draw, visit, publication: each act changes something, and
// each may be asked for again.
var day = []act{
	{"import", on("2022-05-30"), importMore, counted(`SELECT count(*) FROM register_version WHERE authority_id = $1 AND list = 'targets' AND version = 2 AND count = 90`)},
	recorded("freeze", "2022-06-06", func(ctx context.Context, o *office) error {
		_, err := o.Round.Freeze(ctx, roundtest.As(access.Operator), round.NewRound{PlanID: planID, TaskNo: 1, WindowNo: 1})
		return err
	}),
	recorded("seal", "2022-06-06", of(round.Targets, seal)), recorded("roll", "2022-06-06", of(round.Targets, roll)), recorded("draw", "2022-06-06", of(round.Targets, drawn)),
	recorded("confirm", "2022-06-06", func(ctx context.Context, o *office) error {
		return o.Round.Confirm(ctx, roundtest.As(access.ListAdmin), roundID)
	}),
	recorded("freeze match", "2022-06-06", func(ctx context.Context, o *office) error {
		return o.Round.FreezeMatch(ctx, roundtest.As(access.Operator), roundID)
	}),
	recorded("seal match", "2022-06-06", of(round.Match, seal)), recorded("roll match", "2022-06-06", of(round.Match, roll)), recorded("draw match", "2022-06-06", of(round.Match, drawn)),
	recorded("propose", "2022-06-06", func(ctx context.Context, o *office) error {
		_, _, err := o.Schedule.Propose(ctx, roundtest.As(access.Clerk), roundID, 0)
		return err
	}),
	recorded("submit", "2022-06-06", func(ctx context.Context, o *office) error {
		return o.Schedule.Submit(ctx, roundtest.As(access.Clerk), roundID)
	}),
	recorded("approve", "2022-06-06", func(ctx context.Context, o *office) error {
		x, err := o.Schedule.Schedule(ctx, authority, roundID)
		if err != nil {
			return err
		}
		digest := ""
		if p := x.Pending(); p != nil {
			digest = p.Digest
		}
		return o.Schedule.Approve(ctx, roundtest.As(access.Leader), roundID, digest, "同意")
	}),
	recorded("issue", "2022-06-06", func(ctx context.Context, o *office) error {
		return o.inspection.Issue(ctx, roundtest.As(access.Clerk), roundID)
	}),
	{"photograph", onTheSpot, byInspector(photograph), func(ctx context.Context, o *office) (bool, error) {
		ok, err := counted(`SELECT count(*) FROM visit_photo WHERE authority_id = $1 AND digest = $2`, pictureDigest)(ctx, o)
		body, err2 := o.visit.Kept(authority, pictureDigest)
		return ok && bytes.Equal(body, picture), errors.Join(err, err2)
	}},
	{"arrive", onTheSpot, byInspector(arrive), counted(`SELECT count(*) FROM visit_record WHERE authority_id = $1 AND record_id = 'phone-arrival-0001'`)},
	{"result", onTheSpot, byInspector(result), counted(`SELECT count(*) FROM visit_record WHERE authority_id = $1 AND record_id = 'phone-result-00001'`)},
	recorded("check", "2022-07-28", func(ctx context.Context, o *office) error {
		f, err := o.inspection.Form(ctx, authority, formID)
		if err != nil {
			return err
		}
		return o.inspection.Confirm(ctx, roundtest.As(access.Reviewer), formID, f.Revision, "同意")
	}),
	recorded("publish", "2022-07-29", func(ctx context.Context, o *office) error {
		return o.disclosure.Publish(ctx, roundtest.As(access.Reviewer), []string{formID})
	}),
	{"proof", on("2022-07-29"), func(ctx context.Context, o *office) error {
		_, err := o.Proof.Keep(ctx, roundtest.As(access.ListAdmin), "查询结果.pdf", strings.NewReader(proofFile))
		return err
	}, func(ctx context.Context, o *office) (bool, error) {
		ok, err := counted(`SELECT count(*) FROM proof_file WHERE authority_id = $1 AND digest = $2`, digestOf([]byte(proofFile)))(ctx, o)
		body, err2 := os.ReadFile(filepath.Join(o.Dir, "proofs", authority, digestOf([]byte(proofFile))))
		return ok && string(body) == proofFile, errors.Join(err, err2)
	}},
}

const proofFile = roundtest.PDF + "%second\n"

var formID = inspection.Serial(roundID, 1)

// of is an act as the form of one half asks for it.
func of(half string, do func(ctx context.Context, o *office) error) func(ctx context.Context, o *office) error {
	return func(ctx context.Context, o *office) error { return do(round.Meant(ctx, half), o) }
}

func seal(ctx context.Context, o *office) error {
	return o.Round.Seal(ctx, roundtest.As(access.Operator), roundID, roundtest.Public)
}

func roll(ctx context.Context, o *office) error {
	return o.Round.Roll(ctx, roundtest.As(access.Operator), roundID, "public", roundtest.Dice)
}

func drawn(ctx context.Context, o *office) error {
	return o.Round.Draw(ctx, roundtest.As(access.Operator), roundID)
}

// importMore takes a file of 90 firms in, as the desk does: what was uploaded
// and checked before is confirmed, and what was not is uploaded again.
func importMore(ctx context.Context, o *office) error {
	file, err := sample.File(func(w io.Writer) error { return sample.Targets(w, 90, 7) })
	if err != nil {
		return err
	}
	ids, err := store.All(ctx, o.DB, store.Value[string], `
		SELECT import_id
		FROM intake_import
		WHERE authority_id = $1 AND digest = $2 AND state IN ('checked', 'written')`, authority, digestOf(file))
	if err != nil {
		return err
	}
	if len(ids) == 0 {
		i, err := o.Intake.Check(ctx, roundtest.As(access.Clerk), register.Targets, "firms.csv", bytes.NewReader(file))
		if err != nil {
			return err
		}
		ids = []string{i.ID}
	}
	_, err = o.Intake.Write(key(ctx, "import"), roundtest.As(access.Clerk), ids[0])
	return err
}

func digestOf(b []byte) string {
	sum := sha256.Sum256(b)
	return hex.EncodeToString(sum[:])
}

// picture is what the inspector's phone sends.
var picture = func() []byte {
	m := image.NewRGBA(image.Rect(0, 0, 40, 30))
	for i := range 1200 {
		m.Set(i%40, i/40, color.RGBA{byte(i), byte(i * 3), byte(i * 7), 255})
	}
	var b bytes.Buffer
	if err := jpeg.Encode(&b, m, nil); err != nil {
		panic(err)
	}
	return b.Bytes()
}()

var pictureDigest = digestOf(picture)

// team returns an inspector of a form's team and the day of its visit.
func (o *office) team(ctx context.Context, form string) (who access.Actor, day calendar.Date, err error) {
	f, err := o.inspection.Form(ctx, authority, form)
	if err != nil {
		return who, day, err
	}
	v, err := o.visit.Planned(ctx, f)
	if err != nil {
		return who, day, err
	}
	id, err := store.One(ctx, o.DB, store.Value[string], `
		SELECT officer_id
		FROM round_officer
		WHERE authority_id = $1 AND round_id = $2 AND target_id = $3 AND state = 'team' AND place = 1`, authority, roundID, f.Firm.TargetID)
	return access.Actor{Authority: authority, ID: id, Name: id, Roles: []access.Role{access.Inspector}}, v.Day, err
}

// onTheSpot sets the clock to the day on which the first firm is visited.
func onTheSpot(ctx context.Context, o *office) error {
	o.On("2022-06-06")
	_, day, err := o.team(ctx, formID)
	if err == nil {
		o.On(day.String())
	}
	return err
}

func byInspector(do func(ctx context.Context, o *office, who access.Actor, on calendar.Date) error) func(ctx context.Context, o *office) error {
	return func(ctx context.Context, o *office) error {
		who, day, err := o.team(ctx, formID)
		if err != nil {
			return err
		}
		return do(ctx, o, who, day)
	}
}

func photograph(ctx context.Context, o *office, who access.Actor, _ calendar.Date) error {
	_, err := o.visit.Photograph(ctx, who, visit.Upload{Form: formID, Use: visit.UseOther, Digest: pictureDigest, At: o.phoneTime(), Body: picture})
	return err
}

func arrive(ctx context.Context, o *office, who access.Actor, _ calendar.Date) error {
	if err := o.Schedule.Pledge(audit.WithKey(ctx, "pledge"), who, roundID); err != nil {
		return err
	}
	return o.phone(ctx, who, visit.Record{ID: "phone-arrival-0001", Form: formID, Kind: visit.Arrival, At: o.phoneTime(), Body: encode(visit.Place{Lat: "37.75", Lon: "114.52", Accuracy: 12})})
}

func result(ctx context.Context, o *office, who access.Actor, on calendar.Date) error {
	f, err := o.inspection.Form(ctx, authority, formID)
	if err != nil {
		return err
	}
	sheet := visit.Sheet{Revision: 1, Methods: []string{"M1"}, Started: on.String(), Ended: on.String(), Person: "孙签字", Codes: []string{"R1"}}
	for _, p := range f.Points {
		sheet.Answers = append(sheet.Answers, visit.Answered{Item: p.ItemID, No: p.No, Answer: "yes"})
	}
	return o.phone(ctx, who, visit.Record{ID: "phone-result-00001", Form: formID, Kind: visit.Result, At: o.phoneTime(), Body: encode(sheet)})
}

// phoneTime is the inspector's own clock, which is right.
func (o *office) phoneTime() int64 { return o.Now().Add(-o.Skew).UnixMilli() }

func encode(v any) string {
	b, err := json.Marshal(v)
	if err != nil {
		panic(err)
	}
	return string(b)
}

// phone sends records as a phone does, over HTTP, and fails unless all are kept.
func (o *office) phone(ctx context.Context, who access.Actor, records ...visit.Record) error {
	body := encode(map[string]any{"records": records, "sent": []string{}})
	r := httptest.NewRequestWithContext(identity.WithActor(ctx, who), "POST", "/m/sync", strings.NewReader(body))
	w := httptest.NewRecorder()
	o.phones.ServeHTTP(w, r)
	var out struct{ Answers []visit.Answer }
	if err := json.Unmarshal(w.Body.Bytes(), &out); err != nil || w.Code != 200 {
		return fmt.Errorf("the phone was answered %d %s", w.Code, w.Body)
	}
	for _, a := range out.Answers {
		if a.State == visit.Later && len(a.Problems) > 0 {
			kind := errs.Unknown
			if strings.Contains(a.Problems[0].Sentence, "没有保存") {
				kind = errs.Away
			}
			return errs.E(kind, a.Problems[0].Sentence)
		}
		if a.State != visit.Kept {
			return fmt.Errorf("record %s: %s %v", a.ID, a.State, a.Problems)
		}
	}
	return nil
}

// tree is a checkpoint that the public has seen.
type tree struct {
	size int64
	root string
}

// seen returns what the public sees of the ledger.
func (o *office) seen(ctx context.Context) (tree, error) {
	signed, _, err := o.Scribe.Checkpoint(ctx, authority)
	if err != nil {
		return tree{}, err
	}
	key, err := o.Scribe.VerifierKey(ctx, authority)
	if err != nil {
		return tree{}, err
	}
	n, err := ledger.OpenNote(signed, key)
	return tree{n.Size, hex.EncodeToString(n.Root[:])}, err
}

// roots are those of the ledger's tree at each size.
func (o *office) roots(ctx context.Context) (map[int64]string, error) {
	bodies, err := store.All(ctx, o.DB, store.Value[string], `
		SELECT body
		FROM ledger_entry
		WHERE authority_id = $1 AND position IS NOT NULL
		ORDER BY position`, authority)
	all, f := map[int64]string{}, ledger.Frontier{}
	for _, b := range bodies {
		f.Add(ledger.LeafHash([]byte(b)))
		root := f.Root()
		all[f.Size()] = hex.EncodeToString(root[:])
	}
	return all, err
}

// picked is what there is of everything, so that two offices can be compared:
// nothing missing, nothing twice.
func (o *office) picked(ctx context.Context) (map[string]string, error) {
	all := map[string]string{}
	for name, query := range map[string]string{
		"acts":   `SELECT action || ' ' || coalesce(request_key, '') || ' ' || cast(count(*) AS TEXT) FROM audit_entry WHERE allowed AND (request_key IS NOT NULL OR action IN ('visit.photo')) GROUP BY action, request_key ORDER BY 1`,
		"ledger": `SELECT type || ' ' || cast(count(*) AS TEXT) FROM ledger_entry GROUP BY type ORDER BY 1`,
		"firms":  `SELECT state || ' ' || cast(count(*) AS TEXT) FROM round_target GROUP BY state ORDER BY 1`,
		"teams":  `SELECT state || ' ' || cast(count(*) AS TEXT) FROM round_officer GROUP BY state ORDER BY 1`,
		"list":   `SELECT cast(count(*) AS TEXT) FROM register_target WHERE active`,
		"forms":  `SELECT state || ' ' || cast(revision AS TEXT) || ' ' || cast(count(*) AS TEXT) FROM inspection_form GROUP BY state, revision ORDER BY 1`,
		"visits": `SELECT record_id || ' ' || state FROM visit_record ORDER BY 1`,
		"photos": `SELECT digest FROM visit_photo ORDER BY 1`,
		"public": `SELECT form_id || ' ' || cast(version AS TEXT) FROM disclosure_posting ORDER BY 1`,
		"proofs": `SELECT digest FROM proof_file ORDER BY 1`,
	} {
		rows, err := store.All(ctx, o.DB, store.Value[string], query)
		if err != nil {
			return nil, err
		}
		all[name] = strings.Join(rows, "; ")
	}
	return all, nil
}
