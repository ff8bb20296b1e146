package store

import (
	"context"
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
// each migration; what the role was given besides is taken back. Errors: Invalid
// for a name that would need quotes.
func Grants(role string) (string, error) {
	if !roleName.MatchString(role) {
		return "", errs.E(errs.Invalid, "数据库角色的名称只用小写字母、数字和下划线，以字母开头，例如 suiji_app")
	}
	var b strings.Builder
	say := func(format string, args ...any) { fmt.Fprintf(&b, format+";\n", args...) }
	say("BEGIN") // whoever serves meanwhile is never without
	say("REVOKE ALL ON SCHEMA public FROM %s", role)
	say("GRANT USAGE ON SCHEMA public TO %s", role)
	say("REVOKE ALL ON ALL TABLES IN SCHEMA public FROM %s", role)
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
	say("COMMIT")
	return b.String(), nil
}

// right is what a role may do with a table, or with one column of it.
type right struct{ act, table, column string }

// given says whether Grants gives a right.
func (r right) given() bool {
	columns, keeps := appended[r.table]
	switch {
	case r.table == "goose_db_version":
		return false
	case r.act == "UPDATE" && keeps:
		return r.column != "" && slices.Contains(strings.Split(columns, ", "), r.column)
	case r.act == "DELETE":
		return !keeps
	}
	return r.act == "INSERT" || r.act == "UPDATE"
}

// mine are the roles that whoever has signed in is, or may put on.
const mine = `WITH mine AS (SELECT * FROM pg_roles WHERE pg_has_role(session_user, oid, 'MEMBER'))`

// offices are what a role may be and own besides, each with its Chinese words.
const offices = mine + `
	SELECT '能建立角色' AS what FROM mine WHERE rolcreaterole
	UNION SELECT '能建立数据库' FROM mine WHERE rolcreatedb
	UNION SELECT '能复制整个数据库' FROM mine WHERE rolreplication
	UNION SELECT '不受行级权限约束' FROM mine WHERE rolbypassrls
	UNION SELECT '是系统角色 ' || rolname || ' 的成员' FROM mine WHERE rolname LIKE 'pg\_%' AND rolname <> 'pg_database_owner'
	UNION SELECT '拥有数据库' FROM pg_database WHERE datname = current_database() AND datdba IN (SELECT oid FROM mine)
	UNION SELECT '能建立模式' FROM mine WHERE has_database_privilege(oid, current_database(), 'CREATE')
	UNION SELECT '拥有模式 ' || nspname FROM pg_namespace WHERE nspname = current_schema() AND nspowner IN (SELECT oid FROM mine)
	UNION SELECT '能在模式 ' || current_schema() || ' 里建表' FROM mine WHERE has_schema_privilege(oid, current_schema(), 'CREATE')
	UNION SELECT '拥有 ' || count(*) || ' 张表' FROM pg_class
		WHERE relnamespace = current_schema()::regnamespace AND relkind IN ('r', 'p') AND relowner IN (SELECT oid FROM mine) HAVING count(*) > 0
	ORDER BY what`

// rights are the rights to change the tables of others.
const rights = mine + `, tables AS (
		SELECT * FROM pg_class WHERE relnamespace = current_schema()::regnamespace AND relkind IN ('r', 'p') AND relowner NOT IN (SELECT oid FROM mine))
	SELECT a.act, t.relname, '' AS attname
	FROM tables t CROSS JOIN unnest(ARRAY['UPDATE', 'DELETE', 'TRUNCATE', 'INSERT', 'REFERENCES', 'TRIGGER']) AS a (act)
	WHERE EXISTS (SELECT 1 FROM mine WHERE has_table_privilege(mine.oid, t.oid, a.act))
	UNION ALL
	SELECT a.act, t.relname, c.attname
	FROM tables t JOIN pg_attribute c ON c.attrelid = t.oid AND c.attacl IS NOT NULL CROSS JOIN unnest(ARRAY['UPDATE', 'INSERT', 'REFERENCES']) AS a (act)
	WHERE EXISTS (SELECT 1 FROM mine WHERE has_column_privilege(mine.oid, t.oid, c.attnum, a.act) AND NOT has_table_privilege(mine.oid, t.oid, a.act))
	ORDER BY relname, attname`

// acts are the rights and their Chinese words, in the order in which they are told.
var acts = [][2]string{{"UPDATE", "修改"}, {"DELETE", "删除"}, {"TRUNCATE", "清空"}, {"INSERT", "添加"}, {"REFERENCES", "引用"}, {"TRIGGER", "加触发器"}}

// Excess says in Chinese what the role that is connected may do beyond what
// Grants gives, by itself or as another role that it may put on; nothing on SQLite,
// which has no roles (role is empty then).
func (db *DB) Excess(ctx context.Context) (role string, more []string, err error) {
	if db.engine != Postgres {
		return "", nil, nil
	}
	if role, err = One(ctx, db, Value[string], `SELECT session_user::text`); err != nil {
		return "", nil, err
	}
	super, err := All(ctx, db, Value[string], mine+` SELECT rolname FROM mine WHERE rolsuper LIMIT 1`)
	if err != nil || len(super) > 0 { // it may do everything
		return role, []string{"是超级用户"}, err
	}
	if more, err = All(ctx, db, Value[string], offices); err != nil {
		return role, nil, err
	}
	all, err := All(ctx, db, func(s Scanner) (r right, err error) {
		err = s.Scan(&r.act, &r.table, &r.column)
		return r, err
	}, rights)
	tables := map[string][]string{}
	for _, r := range all {
		if !r.given() && !slices.Contains(tables[r.act], r.table) {
			tables[r.act] = append(tables[r.act], r.table)
		}
	}
	for _, act := range acts {
		if names := tables[act[0]]; len(names) > 3 {
			more = append(more, fmt.Sprintf("能%s %s 等 %d 张表", act[1], strings.Join(names[:2], "、"), len(names)))
		} else if len(names) > 0 {
			more = append(more, "能"+act[1]+" "+strings.Join(names, "、"))
		}
	}
	return role, more, err
}
