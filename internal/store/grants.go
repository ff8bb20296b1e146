package store

import (
	"fmt"
	"regexp"
	"slices"
	"strings"

	"suiji/internal/errs"
)

// appended are the tables that the serving role may add to and not change, each
// with the columns that are filled in once, later: an act's place in the chain,
// an entry's in the ledger.
var appended = map[string]string{
	"audit_entry": "no, hash", "ledger_entry": "position, at, body",
	"ledger_checkpoint": "", "ledger_cosignature": "", "ledger_hash": "", "alarm_raised": "", "alarm_setting": "",
}

var roleName = regexp.MustCompile(`^[a-z_][a-z0-9_]{0,62}$`)

// Grants is the SQL that lets a role of PostgreSQL serve and no more: it owns
// nothing, so it changes no table's shape and empties none, and what was written
// into the audit log and the ledger stays. The owner of the tables runs it after
// each migration. Errors: Invalid for a name that would need quotes.
func Grants(role string) (string, error) {
	if !roleName.MatchString(role) {
		return "", errs.E(errs.Invalid, "数据库角色的名称只用小写字母、数字和下划线，以字母开头，例如 suiji_app")
	}
	var b strings.Builder
	say := func(format string, args ...any) { fmt.Fprintf(&b, format+";\n", args...) }
	say("GRANT USAGE ON SCHEMA public TO %s", role)
	say("GRANT SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA public TO %s", role)
	say("ALTER DEFAULT PRIVILEGES IN SCHEMA public GRANT SELECT, INSERT, UPDATE, DELETE ON TABLES TO %s", role)
	say("REVOKE INSERT, UPDATE, DELETE ON goose_db_version FROM %s", role)
	var tables []string
	for t := range appended {
		tables = append(tables, t)
	}
	slices.Sort(tables)
	for _, t := range tables {
		say("REVOKE UPDATE, DELETE ON %s FROM %s", t, role)
		if columns := appended[t]; columns != "" {
			say("GRANT UPDATE (%s) ON %s TO %s", columns, t, role)
		}
	}
	return b.String(), nil
}
