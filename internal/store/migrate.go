package store

import (
	"context"
	"embed"
	"fmt"
	"io/fs"
	"slices"
	"strings"

	"github.com/pressly/goose/v3"
)

//go:embed migrations/*.sql
var migrations embed.FS

// migrate brings the schema up to date, forward only, each file in a
// transaction, and refuses a database that a newer program has written.
func migrate(ctx context.Context, db *DB) error {
	dialect := goose.DialectSQLite3
	if db.engine == Postgres {
		dialect = goose.DialectPostgres
	}
	all, err := fs.Sub(migrations, "migrations")
	if err != nil {
		return err
	}
	files := ofEngine{all, db.engine}
	p, err := goose.NewProvider(dialect, db.write, files, goose.WithVerbose(false))
	if err != nil {
		return fmt.Errorf("read migrations: %w", err)
	}
	current, target, err := p.GetVersions(ctx)
	if err != nil {
		return fmt.Errorf("read schema version: %w", err)
	}
	if current > target {
		return fmt.Errorf("the database has schema %d, this program knows %d: start a newer program", current, target)
	}
	if _, err := p.Up(ctx); err != nil {
		return fmt.Errorf("migrate: %w", err)
	}
	return nil
}

// ofEngine shows the migrations of one engine: those with one text for both,
// and of a pair (NNNN_words.sqlite.sql, NNNN_words.postgres.sql) its own.
type ofEngine struct {
	fs.FS
	engine Engine
}

// ReadDir lists the files of the engine.
func (f ofEngine) ReadDir(name string) ([]fs.DirEntry, error) {
	all, err := fs.ReadDir(f.FS, name)
	return slices.DeleteFunc(all, func(e fs.DirEntry) bool {
		parts := strings.Split(e.Name(), ".")
		return len(parts) == 3 && parts[1] != string(f.engine)
	}), err
}
