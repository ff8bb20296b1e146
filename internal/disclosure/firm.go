package disclosure

import (
	"context"
	"slices"
	"strings"

	"github.com/tidwall/gjson"

	"suiji/internal/errs"
	"suiji/internal/register"
	"suiji/internal/store"
)

// FirmRecords are what the public reads of a firm. All lists are empty if what
// was public of it is so no longer, and the firm's page has nothing to say.
type FirmRecords struct {
	TargetID   string
	Name, Code string    // empty if no record that names it is public
	Results    []Version // the newest first
	Withdrawn  []Version // withdrawals after which nothing was published, the newest first
	Penalties  []PenaltyVersion
}

// Firm returns a firm's records; the firm is named by its identifier or its
// code. Unless whole is asked for, no Record of a result is decoded. A page that
// was there stays: whoever read a result in it reads that it was taken back and
// why. Of penalties whose time is over it says nothing, for a firm's bad name has
// its term (decision 0129). Errors: NotFound if nothing was ever public.
func (s *Service) Firm(ctx context.Context, authority, id string, whole bool) (f FirmRecords, err error) {
	code := strings.ToUpper(strings.TrimSpace(id))
	for _, target := range slices.Compact([]string{register.Identifier(code), id}) {
		if f, err = s.firm(ctx, authority, target, whole); errs.KindOf(err) != errs.NotFound {
			return f, err
		}
	}
	target, err := store.All(ctx, s.DB, store.Value[string], `
		SELECT target_id
		FROM disclosure_posting
		WHERE authority_id = $1 AND current AND firm_code = $2
		LIMIT 1`, authority, code)
	if err != nil {
		return f, err
	}
	if len(target) == 0 {
		return f, errs.E(errs.NotFound, "本平台没有该企业的检查记录")
	}
	return s.firm(ctx, authority, target[0], whole)
}

// firm reads the records of the firm with an identifier.
func (s *Service) firm(ctx context.Context, authority, target string, whole bool) (f FirmRecords, err error) {
	f.TargetID = target
	if f.Results, err = s.ofFirm(ctx, authority, target, whole); err != nil {
		return f, err
	}
	// What was taken back stands behind what is public.
	n := slices.IndexFunc(f.Results, func(v Version) bool { return !v.Current })
	if n >= 0 {
		f.Results, f.Withdrawn = f.Results[:n:n], f.Results[n:]
	}
	if f.Penalties, err = s.Penalties(ctx, authority, target, ""); err != nil {
		return f, err
	}
	switch {
	case len(f.Results) > 0:
		named := gjson.Get(f.Results[0].JSON, "firm")
		f.Name, f.Code = named.Get("name").String(), named.Get("code").String()
	case len(f.Penalties) > 0:
		f.Name, f.Code = f.Penalties[0].Record.Firm.Name, f.Penalties[0].Record.Firm.Code
	case len(f.Withdrawn) == 0:
		return f, s.everPublic(ctx, authority, target)
	}
	return f, nil
}

// ofFirm reads the public results of a firm, and behind them what was taken back
// of it; not what was then exempted from publication by law. The + keeps SQLite
// from going through all results in the order of time to find them.
func (s *Service) ofFirm(ctx context.Context, authority, target string, whole bool) ([]Version, error) {
	return store.All(ctx, s.DB, scanOf(whole), `
		SELECT `+versionCols+`
		FROM disclosure_posting p
		WHERE p.authority_id = $1 AND p.target_id = $2 AND (p.current OR p.state = 'withdrawn'
			AND NOT EXISTS (
				SELECT 1
				FROM disclosure_posting n
				WHERE n.authority_id = p.authority_id AND n.form_id = p.form_id AND n.version > p.version)
			AND NOT EXISTS (
				SELECT 1
				FROM disclosure_exemption e
				WHERE e.authority_id = p.authority_id AND e.form_id = p.form_id))
		ORDER BY CASE WHEN p.current THEN 0 ELSE 1 END, +posted_at DESC, form_id DESC`, authority, target)
}

// everPublic returns NotFound for a firm of which nothing was ever public.
func (s *Service) everPublic(ctx context.Context, authority, target string) error {
	n, err := store.One(ctx, s.DB, store.Value[int], `
		SELECT (SELECT count(*) FROM disclosure_posting WHERE authority_id = $1 AND target_id = $2)
			+ (SELECT count(*) FROM disclosure_penalty WHERE authority_id = $1 AND target_id = $2)`, authority, target)
	if err == nil && n == 0 {
		err = errs.E(errs.NotFound, "本平台没有该企业的检查记录")
	}
	return err
}
