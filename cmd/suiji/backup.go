package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"

	"github.com/spf13/cobra"

	"suiji/calendar"
	"suiji/internal/backup"
	"suiji/internal/store"
)

func (p program) backupCmd() *cobra.Command {
	cmd := &cobra.Command{Use: "backup", Short: "备份和恢复 / backup and restore"}
	cmd.AddCommand(p.backupCreateCmd(), p.backupVerifyCmd(), p.backupRestoreCmd())
	return cmd
}

func (p program) backupCreateCmd() *cobra.Command {
	cmd := &cobra.Command{
		Use:   "create [FILE]",
		Short: "备份到一个文件，不用停机 / the whole installation into one file, while it runs",
		Long: `Database, signing keys, checkpoints and uploads, with a manifest of digests and row counts, in one zip. Without FILE it goes to
backups/ in the data directory. The file holds signing keys and telephone numbers: keep it as safe as the installation, and off the machine.
The database's copy is an SQLite file, whichever engine the installation runs on.`,
		Example: "  suiji backup create /mnt/backup/suiji-2022-06-06.zip --data data",
		Args:    cobra.MaximumNArgs(1),
	}
	pl := p.placeFlags(cmd.Flags())
	cmd.RunE = func(cmd *cobra.Command, args []string) error {
		app, err := p.open(cmd.Context(), pl)
		if err != nil {
			return err
		}
		defer app.close() // nothing was written
		file := filepath.Join(pl.dir, "backups", p.now().UTC().Format("suiji-20060102T150405Z.zip"))
		if len(args) > 0 {
			file = args[0]
		} else if err := os.MkdirAll(filepath.Dir(file), 0o750); err != nil {
			return err
		}
		m, err := backup.Create(cmd.Context(), app.db, pl.dir, file, p.now())
		if err != nil {
			return err
		}
		return p.told(file, m)
	}
	return cmd
}

func (p program) told(file string, m backup.Manifest) error {
	_, err := fmt.Fprintf(p.stdout, "%s：%s 的备份，%d 张表 %d 行，文件 %d 个\n", file, calendar.Clock(m.MadeAt).Format("2006-01-02 15:04:05"), len(m.Tables), m.Rows(), len(m.Files))
	return err
}

func (p program) backupVerifyCmd() *cobra.Command {
	var drill bool
	cmd := &cobra.Command{
		Use:   "verify FILE",
		Short: "核对一份备份是不是完整 / whether a backup is whole",
		Long:  "Compares every file with its digest. With --restore-test it is unpacked into a temporary directory, opened, recounted and its ledgers worked out anew.",
		Args:  cobra.ExactArgs(1),
	}
	cmd.Flags().BoolVar(&drill, "restore-test", false, "真的恢复一次再删除 / really restore it, then remove it")
	cmd.RunE = func(cmd *cobra.Command, args []string) error {
		m, err := backup.Verify(args[0])
		if err == nil && drill {
			err = p.drill(cmd.Context(), args[0])
		}
		if err != nil {
			return err
		}
		return p.told(args[0], m)
	}
	return cmd
}

// drill restores a backup, checks its ledgers, and removes it again.
func (p program) drill(ctx context.Context, file string) error {
	tmp, err := os.MkdirTemp("", "suiji-drill-")
	if err != nil {
		return err
	}
	dir := filepath.Join(tmp, "data")
	if _, err := backup.Restore(ctx, file, dir); err != nil {
		return errors.Join(err, os.RemoveAll(tmp))
	}
	app, err := p.open(ctx, &place{dir: dir})
	if err != nil {
		return errors.Join(err, os.RemoveAll(tmp))
	}
	_, err = p.doctor(app).CheckLedgers(ctx)
	return errors.Join(err, app.close(), os.RemoveAll(tmp))
}

func (p program) backupRestoreCmd() *cobra.Command {
	var dir string
	cmd := &cobra.Command{
		Use:   "restore FILE",
		Short: "恢复到一个空目录 / restore into an empty directory",
		Long: `The directory must be empty or not there. A backup that is not whole leaves nothing behind. Then start the server on the directory; it
signs nothing until it has seen that the database holds what was signed before. To go on with PostgreSQL: suiji move-database.`,
		Example: "  suiji backup restore suiji-2022-06-06.zip --data restored",
		Args:    cobra.ExactArgs(1),
	}
	cmd.Flags().StringVar(&dir, "data", "", "恢复到的目录 / directory to restore into (required)")
	_ = cmd.MarkFlagRequired("data") // the flag is there
	cmd.RunE = func(cmd *cobra.Command, args []string) error {
		m, err := backup.Restore(cmd.Context(), args[0], dir)
		if err != nil {
			return err
		}
		return p.told(dir, m)
	}
	return cmd
}

func (p program) moveCmd() *cobra.Command {
	var to string
	cmd := &cobra.Command{
		Use:   "move-database",
		Short: "把数据搬到另一个数据库 / carry an installation to another database",
		Long: `Copies every table into the empty database that --to names, in one transaction, and compares rows and digests on both sides. Nobody can
write meanwhile; the old database stays as it is. Afterwards start the server with --database. Keys, checkpoints and uploads stay in the
data directory; ledger and receipts stay valid.`,
		Example: "  suiji move-database --data data --to postgres://suiji@db.internal/suiji",
		Args:    cobra.NoArgs,
	}
	pl := p.placeFlags(cmd.Flags())
	cmd.Flags().StringVar(&to, "to", "", "目标数据库：postgres://… 或者 SQLite 文件 / where to: postgres://… or an SQLite file (required)")
	_ = cmd.MarkFlagRequired("to") // the flag is there
	cmd.RunE = func(cmd *cobra.Command, _ []string) error {
		app, err := p.open(cmd.Context(), pl)
		if err != nil {
			return err
		}
		defer app.close() // nothing was written
		target, err := store.Open(cmd.Context(), to)
		if err != nil {
			return err
		}
		moved, err := app.db.Move(cmd.Context(), target)
		if err := errors.Join(err, target.Close()); err != nil {
			return err
		}
		for _, t := range moved {
			if t.Rows > 0 {
				fmt.Fprintf(p.stdout, "%s\t%d\t%s\n", t.Table, t.Rows, t.Digest)
			}
		}
		fmt.Fprintln(p.stderr, "已搬完，两边的行数和摘要一致。原来的数据库没有改动；以后启动请加 --database，或设置 SUIJI_DATABASE")
		return nil
	}
	return cmd
}

func (p program) databaseCmd() *cobra.Command {
	cmd := &cobra.Command{Use: "database", Short: "数据库的升级和权限 / tables and rights of the database"}
	cmd.AddCommand(p.migrateCmd(), &cobra.Command{
		Use:   "grants ROLE",
		Short: "打印只给运行所需权限的 SQL / print the SQL that lets a role of PostgreSQL serve and no more",
		Long: `The role reads and writes rows; it changes no table, empties none, and neither changes nor deletes what stands in the audit log and the
ledger. The owner of the tables runs it, after each migration. This opens no database.`,
		Example: "  suiji database grants suiji_app | psql postgres://suiji@db.internal/suiji",
		Args:    cobra.ExactArgs(1),
		RunE: func(_ *cobra.Command, args []string) error {
			sql, err := store.Grants(args[0])
			fmt.Fprint(p.stdout, sql)
			return err
		},
	})
	return cmd
}

func (p program) migrateCmd() *cobra.Command {
	cmd := &cobra.Command{
		Use:   "migrate",
		Short: "把表升级到本程序的版本 / bring the tables up to this program",
		Long: `With PostgreSQL, as the owner of the tables, before a server starts as a role that only serves; then suiji database grants. A database that
a newer program has changed is refused. The owner's role may start a server without this: it brings the tables up by itself, and so does SQLite.`,
		Example: "  suiji database migrate --database postgres://suiji@db.internal/suiji",
		Args:    cobra.NoArgs,
	}
	pl := p.placeFlags(cmd.Flags())
	cmd.RunE = func(cmd *cobra.Command, _ []string) error {
		db, err := store.Open(cmd.Context(), pl.dsn())
		if err != nil {
			return err
		}
		has, _, err := db.Schema(cmd.Context())
		if err = errors.Join(err, db.Close()); err == nil {
			fmt.Fprintf(p.stdout, "表结构第 %d 版，与本程序相符\n", has)
		}
		return err
	}
	return cmd
}
