package doctor_test

import (
	"bytes"
	"context"
	"errors"
	"net/http"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"testing"
	"time"

	"suiji/internal/access"
	"suiji/internal/backup"
	"suiji/internal/breach"
	"suiji/internal/doctor"
	"suiji/internal/federation"
	"suiji/internal/identity"
	"suiji/internal/papers"
	"suiji/internal/password"
	"suiji/internal/reckon"
	"suiji/internal/round/roundtest"
	"suiji/internal/scribe"
	"suiji/internal/socket"
	"suiji/internal/socket/sockettest"
	"suiji/internal/store"
	"suiji/internal/store/storetest"
	"suiji/ledger"
)

var ctx = context.Background()

// installation is an office that is well.
type installation struct {
	*roundtest.Office
	t testing.TB
	doctor.Config
}

// needed are the roles that somebody must have.
var needed = []access.Role{access.Clerk, access.Leader, access.ListAdmin, access.Operator, access.Reviewer, access.Auditor, access.Admin}

func install(t testing.TB, db *store.DB) *installation {
	o := roundtest.New(t, db)
	i := &installation{Office: o, t: t}
	o.Must(os.Chmod(o.Dir, 0o750))
	o.Firms(40)
	o.Publish(nil)
	for _, r := range needed {
		o.Must(o.Identity.AddAccount(ctx, access.System(roundtest.Authority), identity.Account{ID: string(r), Username: string(r), Name: r.Name(), Roles: []access.Role{r}}, "A long password 7"))
	}
	o.Must(o.Identity.SetRules(ctx, access.System(roundtest.Authority), identity.Rules{Passwords: password.Dengbao,
		Second: []access.Role{access.Admin, access.Security, access.Auditor, access.Leader, access.Reviewer}}))
	o.Must(o.Scribe.Sequence(ctx, roundtest.Authority))
	i.Config = doctor.Config{DB: db, Dir: o.Dir, BaseURL: "https://suiji.example.gov.cn", Proxies: "127.0.0.1", Fonts: papers.FindFonts(""), UserID: 1000, Now: o.Now,
		Scribe: o.Scribe, Audit: o.Door, Identity: o.Identity, Reference: o.Reference, Register: o.Register,
		Reckon: reckon.New(reckon.Config{DB: db, Door: o.Door, Now: o.Now, Scribe: o.Scribe, Identity: o.Identity, Register: o.Register, Plan: o.Plan, Round: o.Round})}
	i.Config.Certificate = func() (string, bool) { return socket.Examine("", "", i.BaseURL, i.Office.Now()) }
	i.Config.Breached = func() (string, bool) { return breach.Examine("") }
	i.back("20220117")
	t.Cleanup(i.Config.Reckon.Close)
	return i
}

// back makes a backup.
func (i *installation) back(name string) {
	dir := filepath.Join(i.Config.Dir, "backups")
	i.Must(os.MkdirAll(dir, 0o750))
	_, err := backup.Create(ctx, i.Config.DB, i.Config.Dir, filepath.Join(dir, name+".zip"), i.Office.Now())
	i.Must(err)
}

// sql changes the database behind the program's back.
func (i *installation) sql(query string, args ...any) {
	i.t.Helper()
	i.Must(i.Door.Keep(ctx, func(tx *store.DB) error {
		n, err := tx.Exec(ctx, query, args...)
		if err == nil && n == 0 {
			err = errors.New("nothing changed: " + query)
		}
		return err
	}))
}

// file writes a file into the data directory.
func (i *installation) file(name, text string) {
	path := filepath.Join(i.Config.Dir, name)
	i.Must(os.MkdirAll(filepath.Dir(path), 0o750))
	i.Must(os.WriteFile(path, []byte(text), 0o600))
}

// rotten is a copy of the database in which one page of an index is lost.
func (i *installation) rotten() *store.DB {
	path := filepath.Join(i.t.TempDir(), "rotten.db")
	i.Must(i.Config.DB.Snapshot(ctx, path))
	page, err := store.One(ctx, i.Config.DB, store.Value[int64], `SELECT max(rootpage) FROM sqlite_master WHERE type = 'index' AND tbl_name = 'audit_entry'`)
	i.Must(err)
	f, err := os.OpenFile(path, os.O_RDWR, 0)
	i.Must(err)
	_, err = f.WriteAt(bytes.Repeat([]byte{0}, 4096), (page-1)*4096)
	i.Must(errors.Join(err, f.Close()))
	db, err := store.Open(ctx, path)
	i.Must(err)
	i.t.Cleanup(func() { db.Close() })
	return db
}

// deaf has the ledger look for a witness that does not answer.
func (i *installation) deaf() {
	key, err := ledger.ParseCosigner("witness.example/w1+490ca8b1+BAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA")
	i.Must(err)
	w := scribe.Witness{Cosigner: key, URL: "http://127.0.0.1:1/"}
	i.Config.Scribe = scribe.New(scribe.Config{DB: i.Config.DB, Door: i.Door, Now: i.Office.Now, Dir: i.Config.Dir, Witnesses: []scribe.Witness{w}, Client: http.DefaultClient})
	if err := i.Config.Scribe.Ask(ctx, roundtest.Authority, w); err == nil {
		i.t.Fatal("somebody answers on port 1")
	}
}

// breaks does to an installation what each check is there to find.
var breaks = map[string]func(i *installation){
	"数据目录的权限": func(i *installation) { i.Must(os.Chmod(i.Config.Dir, 0o755)) },
	"数据目录可写": func(i *installation) {
		i.file("file", "")
		i.Config.Dir = filepath.Join(i.Config.Dir, "file")
	},
	"磁盘剩余空间": func(i *installation) { i.Config.Dir = "/proc" }, // a file system without a free byte
	"运行用户":   func(i *installation) { i.UserID = 0 },
	"对外网址":   func(i *installation) { i.BaseURL = "http://suiji.example.gov.cn" },
	"HTTPS 证书": func(i *installation) {
		cert, key, _ := sockettest.Pair(i.t, i.t.TempDir(), 1, i.Office.Now(), i.Office.Now().AddDate(0, 0, 14))
		i.Config.Certificate = func() (string, bool) { return socket.Examine(cert, key, i.BaseURL, i.Office.Now()) }
	},
	"到数据库的连接": func(i *installation) { i.Config.Database = "postgres://suiji@db.example.gov.cn/suiji" },
	"中文字体":    func(i *installation) { i.Fonts = nil },
	"最近的备份":   func(i *installation) { i.At(i.Office.Now().Add(37 * time.Hour)) },
	"反向代理":    func(i *installation) { i.Proxies = "" },
	"半途而废的文件": func(i *installation) {
		i.file("uploads/x.part", "half")
	},
	"数据库": func(i *installation) {
		i.sql(`INSERT INTO goose_db_version (version_id, is_applied) VALUES (99999, TRUE)`)
	},
	"数据库的角色": func(i *installation) { // the tables' owner serves
		server := os.Getenv("SUIJI_TEST_POSTGRES")
		if server == "" {
			i.t.Skip("SQLite has no roles")
		}
		owner, _ := storetest.Served(i.t, server)
		i.Config.DB = storetest.Open(i.t, owner)
	},
	"数据库文件完整": func(i *installation) { i.Config.DB = i.rotten() },
	"检索索引": func(i *installation) {
		i.sql(`DELETE FROM search_target WHERE target_id = (SELECT min(target_id) FROM search_target)`)
	},
	"台账核对": func(i *installation) { i.sql(`UPDATE ledger_entry SET body = '{}' WHERE position = 1`) },
	"台账签发": func(i *installation) {
		i.file("ledger/"+roundtest.Authority+".halted", "2022-01-18T01:02:03Z\n见证方 w.example 见过 9 条的台账\n")
	},
	"记录与台账": func(i *installation) { i.sql(`UPDATE register_version SET count = count - 1 WHERE list = 'targets'`) },
	"审计日志": func(i *installation) {
		i.Must(i.Door.Link(ctx, roundtest.Authority))
		i.sql(`UPDATE audit_entry SET actor_name = '某人' WHERE no = 2`)
	},
	"等待入账的记录": func(i *installation) { i.Firms(41) },
	"外部见证方":   func(i *installation) { i.deaf() },
	"签名密钥": func(i *installation) {
		i.Must(os.Chmod(filepath.Join(i.Config.Dir, "keys", roundtest.Authority+".key"), 0o644))
	},
	"时钟":   func(i *installation) { i.At(i.Office.Now().Add(-24 * time.Hour)) },
	"放假通知": func(i *installation) { i.On("2049-06-01") },
	"单位":   func(i *installation) { i.sql(`UPDATE identity_authority SET phone = ''`) },
	"各角色都有人": func(i *installation) {
		i.sql(`UPDATE identity_account SET active = FALSE WHERE account_id = 'reviewer'`)
	},
	"职责互斥": func(i *installation) { i.sql(`UPDATE identity_authority SET relaxed_duties = TRUE`) },
	"通行密钥": func(i *installation) {
		i.sql(`INSERT INTO passkey_key (authority_id, account_id, key_id, credential_id, name, credential, created_at, used_at, copied_at, host)
			VALUES ($1, 'clerk', 'k', 'c', '手机', '{}', 0, 0, 0, 'old.example.gov.cn')`, roundtest.Authority)
	},
	"双因素": func(i *installation) { i.sql(`UPDATE identity_rules SET second = 'admin,security,leader'`) },
	"已泄露密码的清单": func(i *installation) {
		i.Config.Breached = func() (string, bool) { return breach.Examine(filepath.Join(i.Config.Dir, "nowhere")) }
	},
	"统一身份认证": func(i *installation) { // nobody answers on port 1
		i.Provider = federation.New(i.Config.DB, i.Door, i.Config.Identity, i.Office.Now)
		i.Provider.At(federation.Settings{Issuer: "http://127.0.0.1:1", Client: "suiji", Hosts: []string{"127.0.0.1"}}, i.BaseURL)
	},
	"执法证有效": func(i *installation) { i.On("2025-01-02") },
}

// A well installation has nothing to cure; what is broken is found by the check
// that is there for it, and told with its cure.
func TestExamine(t *testing.T) {
	t.Run("sqlite", func(t *testing.T) { well(t, storetest.SQLite(t)) })
	if server := os.Getenv("SUIJI_TEST_POSTGRES"); server != "" {
		t.Run("postgres", func(t *testing.T) {
			_, serving := storetest.Served(t, server)
			well(t, storetest.Open(t, serving))
		})
	}
}

func well(t *testing.T, db *store.DB) {
	t.Helper()
	var names []string
	for _, f := range doctor.New(install(t, db).Config).Examine(ctx) {
		names = append(names, f.Check)
		if !f.OK {
			t.Errorf("a well installation: %s: %s", f.Check, f.Found)
		}
		if breaks[f.Check] == nil {
			t.Errorf("nobody has seen %s fail", f.Check)
		}
	}
	if len(names) < 15 || len(names) != len(breaks) {
		t.Errorf("%d checks, %d ways to break what they look at", len(names), len(breaks))
	}
}

func TestEachCheckFinds(t *testing.T) {
	for name, harm := range breaks {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			if name == "磁盘剩余空间" && runtime.GOOS != "linux" {
				t.Skip("no /proc")
			}
			i := install(t, storetest.SQLite(t))
			harm(i)
			all := doctor.New(i.Config).Examine(ctx)
			at := slices.IndexFunc(all, func(f doctor.Finding) bool { return f.Check == name })
			if f := all[at]; f.OK || f.Cure == "" || f.Found == "" {
				t.Errorf("after it was broken: %+v", f)
			} else {
				t.Log(f.Found, "→", f.Cure)
			}
		})
	}
}

// What a node cannot serve without makes it not ready; a ledger that was
// stopped is told and turns nobody away.
func TestReady(t *testing.T) {
	tests := []struct {
		name string
		harm func(i *installation)
		want string
	}{
		{"well", func(*installation) {}, ""},
		{"overtaken", breaks["数据库"], "schema"},
		{"disk full", breaks["磁盘剩余空间"], "disk"},
		{"ledger stopped", breaks["台账签发"], "(ledger)"},
		{"no database", func(i *installation) { i.Must(i.Config.DB.Close()) }, "database schema (ledger)"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			db, err := store.Open(ctx, filepath.Join(t.TempDir(), "suiji.db"))
			if err != nil {
				t.Fatal(err)
			}
			defer db.Close()
			i := install(t, db)
			test.harm(i)
			var bad []string
			for _, p := range doctor.New(i.Config).Ready(ctx) {
				if !p.OK && p.Soft {
					bad = append(bad, "("+p.Name+")")
				} else if !p.OK {
					bad = append(bad, p.Name)
				}
			}
			if got := strings.Join(bad, " "); got != test.want {
				t.Errorf("Ready() misses %q, want %q", got, test.want)
			}
		})
	}
}
