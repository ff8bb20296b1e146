package main

import (
	"context"
	"fmt"
	"io/fs"
	"net/url"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/pressly/goose/v3"

	"suiji/internal/store"
	"suiji/internal/store/storetest"
)

// Two roles, from an empty database over an upgrade to a day's work: the owner
// migrates and grants, the program serves as a role that may do neither. Before
// the owner has done so it starts nothing and changes nothing, and says what to
// type as whom; the doctor is content with the one role and not with the other.
func TestTwoRoles(t *testing.T) {
	server := storetest.Server(t)
	owner, serving := storetest.Roles(t, server)
	w := newTown(t, serving)
	lord, role := roleOf(t, owner), roleOf(t, serving)
	commands := []string{"以表的所有者 " + lord + " 运行 suiji database migrate --database postgres://" + lord + "@", "suiji database grants " + role + " | psql postgres://" + lord + "@"}
	refused := func(when string) {
		t.Helper()
		before := inDatabase(t, owner)
		for _, command := range [][]string{{"serve", "--listen", "127.0.0.1:0"}, {"doctor"}, {"database", "migrate"}} {
			out, err := w.run(w.env(), "", command...)
			if err == nil || strings.Count(out, "\n") != 1 || !strings.Contains(out, commands[0]) || !strings.Contains(out, commands[1]) {
				t.Errorf("%s, suiji %s: %v\n%s", when, strings.Join(command, " "), err, out)
			}
		}
		if after := inDatabase(t, owner); after != before {
			t.Errorf("%s, what was refused has left %s, there was %s", when, after, before)
		}
	}
	asOwner := func(args ...string) string {
		t.Helper()
		out, err := w.run(w.env(), "", append(args, "--database", owner)...)
		if err != nil {
			t.Fatalf("suiji %s: %v\n%s", strings.Join(args, " "), err, out)
		}
		return out
	}
	granted := func() {
		t.Helper()
		out, err := w.run(w.env(), "", "database", "grants", role)
		w.must(err)
		storetest.SQL(t, owner, out)
	}

	refused("with no tables")
	last := older(t, owner)
	refused("with no rights")
	granted()
	refused("after the program alone was upgraded")
	if out := asOwner("database", "migrate"); !strings.Contains(out, fmt.Sprintf("表结构第 %d 版", last)) {
		t.Errorf("suiji database migrate: %s", out)
	}
	asOwner("database", "migrate") // again: nothing to do
	granted()

	w.found()
	s := w.serve()
	w.as("clerk")
	w.open("/w/plans")
	w.submit("起草计划", "year=2022")
	w.must(s.stop())
	w.inside(func(ctx context.Context, a *app) {
		if all, err := a.plan.Plans(ctx, townAuthority); err != nil || len(all) != 1 {
			t.Errorf("%d plans, %v", len(all), err)
		}
	})

	const check = "  数据库的角色："
	if out, _ := w.run(w.env(), "", "doctor"); !strings.Contains(out, "正常"+check+role+"，") {
		t.Errorf("the doctor of the serving role: %s", out)
	}
	out, err := w.run(w.env(), "", "doctor", "--database", owner)
	if err == nil || !strings.Contains(out, "注意"+check+lord+" 的权限多于运行所需：") || !strings.Contains(out, "张表；拥有数据库") || !strings.Contains(out, "→ 换一个只用来运行的角色：CREATE ROLE suiji_app") {
		t.Errorf("the doctor of the owner: %v\n%s", err, out)
	}

	storetest.SQL(t, owner, fmt.Sprintf("DELETE FROM goose_db_version WHERE version_id = %d", last))
	refused("with records, behind")
	storetest.SQL(t, owner, "INSERT INTO goose_db_version (version_id, is_applied) VALUES (99999, TRUE)")
	if out, err := w.run(w.env(), "", "serve", "--listen", "127.0.0.1:0"); err == nil || !strings.Contains(out, "start a newer program") {
		t.Errorf("a schema that a newer program has changed: %v\n%s", err, out)
	}
}

// older makes the tables as the program before the last migration did, and
// returns that migration's number.
func older(t *testing.T, owner string) int64 {
	t.Helper()
	db, err := store.TestOnlyRaw(owner)
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	files := postgresOnly{os.DirFS(filepath.Join(root(t), "internal", "store", "migrations"))}
	p, err := goose.NewProvider(goose.DialectPostgres, db, files, goose.WithVerbose(false))
	if err != nil {
		t.Fatal(err)
	}
	all := p.ListSources()
	if _, err := p.UpTo(t.Context(), all[len(all)-2].Version); err != nil {
		t.Fatal(err)
	}
	return all[len(all)-1].Version
}

// postgresOnly hides the texts of the other engine.
type postgresOnly struct{ fs.FS }

// ReadDir lists what is left.
func (f postgresOnly) ReadDir(name string) ([]fs.DirEntry, error) {
	all, err := fs.ReadDir(f.FS, name)
	return slices.DeleteFunc(all, func(e fs.DirEntry) bool { return strings.HasSuffix(e.Name(), ".sqlite.sql") }), err
}

// inDatabase is how many tables, columns, indexes, migrations and acts a database has.
func inDatabase(t *testing.T, owner string) (all string) {
	t.Helper()
	db, err := store.TestOnlyRaw(owner)
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	for _, from := range []string{"pg_class", "pg_attribute", "goose_db_version", "audit_entry"} {
		var n int
		if err := db.QueryRow("SELECT count(*) FROM " + from).Scan(&n); err != nil && !strings.Contains(err.Error(), "does not exist") {
			t.Fatal(err)
		}
		all += fmt.Sprintf("%s %d, ", from, n)
	}
	return all
}

func roleOf(t *testing.T, dsn string) string {
	t.Helper()
	u, err := url.Parse(dsn)
	if err != nil {
		t.Fatal(err)
	}
	return u.User.Username()
}
