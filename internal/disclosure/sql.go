package disclosure

import (
	"context"
	"encoding/json"
	"fmt"
	"strings"
	"time"

	"github.com/tidwall/gjson"

	"suiji/calendar"
	"suiji/internal/access"
	"suiji/internal/inspection"
	"suiji/internal/store"
)

// VersionState is the act that made a version.
type VersionState string

// The acts.
const (
	Published VersionState = "published" // 公示
	Corrected VersionState = "corrected" // 更正
	Withdrawn VersionState = "withdrawn" // 撤回
)

// Name returns the act in Chinese.
func (s VersionState) Name() string {
	return map[VersionState]string{Published: "公示", Corrected: "更正", Withdrawn: "撤回"}[s]
}

// Version is one version of what the public reads of a form.
type Version struct {
	FormID   string
	Version  int // from 1
	State    VersionState
	Current  bool // what the public sees now
	Public   bool // Record, JSON and Salt are there; false once withdrawn
	RoundID  string
	TargetID string
	Year     int // of the plan
	Record   Record
	JSON     string // canonical
	Salt     string // hex
	Digest   string // as in the ledger: H(salt ‖ JSON), hex; of a withdrawal, that of the record withdrawn
	Reason   string
	DueOn    calendar.Date // as it stood when it was posted; zero: not known then
	PostedAt time.Time
}

const versionCols = `form_id, version, state, current, round_id, target_id, year, record, salt, digest, reason, due_on, posted_at`

// postingCols are the same of a table p that others stand beside.
var postingCols = "p." + strings.ReplaceAll(versionCols, ", ", ", p.")

// Listed is what a list shows of a public result.
type Listed struct {
	FormID   string
	State    VersionState
	Firm     RecordFirm
	Year     int // of the plan
	Task     string
	Results  []RecordResult
	Ended    string
	PostedAt time.Time
}

const listedCols = `p.form_id, p.state, p.record, p.posted_at`

// scanListed takes out of the record only what a list shows: to decode it
// costs five times as much.
func scanListed(row store.Scanner) (l Listed, err error) {
	var record string
	var at int64
	if err = row.Scan(&l.FormID, &l.State, &record, &at); err != nil {
		return l, err
	}
	l.PostedAt = time.UnixMilli(at).UTC()
	gjson.Parse(record).ForEach(func(key, value gjson.Result) bool {
		switch key.Str {
		case "ended":
			l.Ended = value.String()
		case "firm":
			l.Firm = RecordFirm{Name: value.Get("name").String(), Code: value.Get("code").String()}
		case "plan":
			l.Year, l.Task = int(value.Get("year").Int()), value.Get("task").String()
		case "results":
			value.ForEach(func(_, x gjson.Result) bool {
				l.Results = append(l.Results, RecordResult{Code: x.Get("code").String(), Name: x.Get("name").String()})
				return true
			})
		}
		return true
	})
	return l, nil
}

// Listed is what a list shows of the version.
func (v Version) Listed() Listed {
	return Listed{v.FormID, v.State, v.Record.Firm, v.Record.Plan.Year, v.Record.Plan.Task, v.Record.Results, v.Record.Ended, v.PostedAt}
}

func scanVersion(row store.Scanner) (v Version, err error) {
	if v, err = scanBare(row); err == nil && v.Public && json.Unmarshal([]byte(v.JSON), &v.Record) != nil {
		err = fmt.Errorf("record of %s is not the JSON of one", v.FormID)
	}
	return v, err
}

// scanBare leaves the record undecoded.
func scanBare(row store.Scanner) (v Version, err error) {
	var dueOn string
	var at int64
	if err = row.Scan(&v.FormID, &v.Version, &v.State, &v.Current, &v.RoundID, &v.TargetID, &v.Year, &v.JSON, &v.Salt, &v.Digest, &v.Reason, &dueOn, &at); err != nil {
		return v, err
	}
	v.PostedAt, v.Public = time.UnixMilli(at).UTC(), v.JSON != ""
	return v, v.DueOn.UnmarshalText([]byte(dueOn))
}

func readVersions(ctx context.Context, db *store.DB, authority, formID string) ([]Version, error) {
	return store.All(ctx, db, scanVersion, `
		SELECT `+versionCols+`
		FROM disclosure_posting
		WHERE authority_id = $1 AND form_id = $2
		ORDER BY version`, authority, formID)
}

func insertVersion(ctx context.Context, tx *store.DB, v Version, f inspection.Form, a access.Actor) error {
	_, err := tx.Exec(ctx, `
		INSERT INTO disclosure_posting (authority_id, `+versionCols+`, firm_name, firm_code, search, posted_by)
		VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18)`,
		f.Authority, v.FormID, v.Version, string(v.State), v.Current, v.RoundID, v.TargetID, v.Year, v.JSON, v.Salt, v.Digest, v.Reason,
		v.DueOn.String(), v.PostedAt.UnixMilli(), v.Record.Firm.Name, v.Record.Firm.Code, fold(v.Record.Firm.Name+v.Record.Firm.Code), a.ID)
	if err != nil {
		return fmt.Errorf("post %s version %d: %w", v.FormID, v.Version, err)
	}
	for _, r := range v.Record.Results {
		_, err := tx.Exec(ctx, `
			INSERT INTO disclosure_result (authority_id, form_id, version, code, year, posted_at)
			VALUES ($1, $2, $3, $4, $5, $6)`, f.Authority, v.FormID, v.Version, r.Code, v.Year, v.PostedAt.UnixMilli())
		if err != nil {
			return err
		}
	}
	if !v.Current {
		return nil
	}
	return count(ctx, tx, f.Authority, v, 1)
}

func isExempt(ctx context.Context, db *store.DB, authority, formID string) (bool, error) {
	n, err := store.One(ctx, db, store.Value[int64], `
		SELECT count(*)
		FROM disclosure_exemption
		WHERE authority_id = $1 AND form_id = $2`, authority, formID)
	return n > 0, err
}
