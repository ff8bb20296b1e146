package store_test

import (
	"net/url"
	"regexp"
	"strings"
	"testing"

	"suiji/internal/errs"
	"suiji/internal/store"
	"suiji/internal/store/storetest"
)

// TestExcess gives the serving role one thing too many at a time: each is told,
// by itself, and nothing is when Grants has run again and the rest is taken back.
func TestExcess(t *testing.T) {
	server := storetest.Server(t)
	owner, serving := storetest.Served(t, server)
	admin := as(t, serving, server)
	role, lord := userOf(t, serving), userOf(t, owner)
	database := strings.TrimSuffix(role, "_app")
	grants, err := store.Grants(role)
	if err != nil {
		t.Fatal(err)
	}
	db := storetest.Open(t, serving)
	number := regexp.MustCompile(` \d+ `)
	told := func() string {
		t.Helper()
		got, more, err := db.Excess(t.Context())
		if err != nil || got != role {
			t.Fatalf("Excess() = %q, %v, %v", got, more, err)
		}
		return number.ReplaceAllString(strings.Join(more, "；"), " N ")
	}
	for _, test := range []struct{ give, back, want string }{
		{"", "", ""},
		{"ALTER ROLE $role SUPERUSER", "ALTER ROLE $role NOSUPERUSER", "是超级用户"},
		{"ALTER ROLE $role CREATEROLE", "ALTER ROLE $role NOCREATEROLE", "能建立角色"},
		{"ALTER ROLE $role CREATEDB", "ALTER ROLE $role NOCREATEDB", "能建立数据库"},
		{"ALTER ROLE $role REPLICATION", "ALTER ROLE $role NOREPLICATION", "能复制整个数据库"},
		{"ALTER ROLE $role BYPASSRLS", "ALTER ROLE $role NOBYPASSRLS", "不受行级权限约束"},
		{"GRANT pg_write_all_data TO $role", "REVOKE pg_write_all_data FROM $role", "是系统角色 pg_write_all_data 的成员；能修改 alarm_raised、alarm_setting 等 N 张表；能删除 alarm_raised、alarm_setting 等 N 张表；能添加 goose_db_version"},
		{"GRANT pg_write_all_data TO $role; ALTER ROLE $role NOINHERIT", "REVOKE pg_write_all_data FROM $role; ALTER ROLE $role INHERIT", "是系统角色 pg_write_all_data 的成员；能修改 alarm_raised、alarm_setting 等 N 张表；能删除 alarm_raised、alarm_setting 等 N 张表；能添加 goose_db_version"},
		{"GRANT $owner TO $role", "REVOKE $owner FROM $role", "拥有 N 张表；拥有数据库；拥有模式 public；能在模式 public 里建表；能建立模式"},
		{"ALTER TABLE plan OWNER TO $role", "ALTER TABLE plan OWNER TO $owner", "拥有 N 张表"},
		{"GRANT CREATE ON DATABASE $base TO $role", "REVOKE CREATE ON DATABASE $base FROM $role", "能建立模式"},
		{"GRANT CREATE ON SCHEMA public TO $role", "", "能在模式 public 里建表"},
		{"GRANT UPDATE ON audit_entry TO $role", "", "能修改 audit_entry"},
		{"GRANT UPDATE (actor_name) ON audit_entry TO $role", "", "能修改 audit_entry"},
		{"GRANT DELETE ON ledger_entry, ledger_hash TO $role", "", "能删除 ledger_entry、ledger_hash"},
		{"GRANT DELETE ON alarm_raised TO PUBLIC", "REVOKE DELETE ON alarm_raised FROM PUBLIC", "能删除 alarm_raised"},
		{"GRANT TRUNCATE ON ALL TABLES IN SCHEMA public TO $role", "", "能清空 alarm_raised、alarm_setting 等 N 张表"},
		{"GRANT REFERENCES, TRIGGER ON plan TO $role", "", "能引用 plan；能加触发器 plan"},
		{"GRANT INSERT ON goose_db_version TO $role", "", "能添加 goose_db_version"},
	} {
		names := strings.NewReplacer("$role", role, "$owner", lord, "$base", database)
		if test.give != "" {
			storetest.SQL(t, admin, names.Replace(test.give))
		}
		if got := told(); got != test.want {
			t.Errorf("after %s: %q, want %q", test.give, got, test.want)
		}
		if test.back != "" {
			storetest.SQL(t, admin, names.Replace(test.back))
		}
		storetest.SQL(t, owner, grants)
		if got := told(); got != "" {
			t.Fatalf("after %s and %s and the grants: %s", test.give, test.back, got)
		}
	}
	if role, more, err := storetest.SQLite(t).Excess(t.Context()); role != "" || more != nil || err != nil {
		t.Errorf("on SQLite: %q, %v, %v", role, more, err)
	}
}

func TestGrantsRefuses(t *testing.T) {
	for _, bad := range []string{"", "Suiji", "a; DROP TABLE plan", `a"b`} {
		if _, err := store.Grants(bad); errs.KindOf(err) != errs.Invalid {
			t.Errorf("a role called %q is taken: %v", bad, err)
		}
	}
}

// as is the database of dsn for the role of another address.
func as(t *testing.T, dsn, other string) string {
	t.Helper()
	u, err := url.Parse(dsn)
	if err != nil {
		t.Fatal(err)
	}
	o, err := url.Parse(other)
	if err != nil {
		t.Fatal(err)
	}
	u.User = o.User
	return u.String()
}

func userOf(t *testing.T, dsn string) string {
	t.Helper()
	u, err := url.Parse(dsn)
	if err != nil {
		t.Fatal(err)
	}
	return u.User.Username()
}
