package search

import (
	"context"
	"strings"

	"suiji/internal/store"
)

// Writer puts entries into the index, inside the transaction that changes the
// register.
type Writer struct {
	ctx       context.Context
	tx        *store.DB
	authority string
	doc       int64 // the last number given, on SQLite
	row, text func(args ...any) error
	closing   []func() error
}

// NewWriter begins to write for an authority. Close ends it.
func NewWriter(ctx context.Context, tx *store.DB, authority string) (*Writer, error) {
	// SQLite's driver starts a goroutine for each statement that could be
	// cancelled; asking the context once an entry does as well.
	w := &Writer{ctx: ctx, tx: tx, authority: authority}
	if tx.Engine() == store.Postgres {
		return w, w.prepare(&w.row, `
			INSERT INTO search_target (authority_id, target_id, name, text, terms)
			VALUES ($1, $2, $3, $4, CAST($5 AS tsvector))
			ON CONFLICT (authority_id, target_id) DO UPDATE SET name = excluded.name, text = excluded.text, terms = excluded.terms`)
	}
	var err error
	if w.doc, err = store.One(ctx, tx, store.Value[int64], `SELECT coalesce(max(doc), 0) FROM search_target`); err != nil {
		return nil, err
	}
	err = w.prepare(&w.row, `
		INSERT INTO search_target (authority_id, target_id, name, text, doc)
		VALUES ($1, $2, $3, $4, $5)
		ON CONFLICT (authority_id, target_id) DO UPDATE SET name = excluded.name, text = excluded.text`)
	if err != nil {
		return nil, err
	}
	return w, w.prepare(&w.text, `INSERT OR REPLACE INTO search_terms (rowid, terms) VALUES ($1, $2)`)
}

func (w *Writer) prepare(exec *func(args ...any) error, query string) error {
	do, done, err := w.tx.Prepare(context.WithoutCancel(w.ctx), query)
	if err != nil {
		return err
	}
	*exec, w.closing = do, append(w.closing, done)
	return nil
}

// Add enters a firm that the register did not have.
func (w *Writer) Add(e Entry) error {
	w.doc++
	return w.put(e, w.doc)
}

// Replace enters a firm that may be there already.
func (w *Writer) Replace(e Entry) error {
	if w.tx.Engine() == store.Postgres {
		return w.put(e, 0)
	}
	docs, err := store.All(w.ctx, w.tx, store.Value[int64], `
		SELECT doc
		FROM search_target
		WHERE authority_id = $1 AND target_id = $2`, w.authority, e.Target)
	if err != nil {
		return err
	}
	if len(docs) == 0 {
		return w.Add(e)
	}
	return w.put(e, docs[0])
}

func (w *Writer) put(e Entry, doc int64) error {
	if err := w.ctx.Err(); err != nil {
		return err
	}
	name, text := e.kept()
	if w.tx.Engine() == store.Postgres {
		return w.row(w.authority, e.Target, name, text, e.Terms(store.Postgres))
	}
	if err := w.row(w.authority, e.Target, name, text, doc); err != nil {
		return err
	}
	return w.text(doc, e.Terms(store.SQLite))
}

// kept is what a hit is judged by: the name, and all names and numbers.
func (e Entry) kept() (name, text string) {
	names, codes := folded(e.Names), folded(e.Codes)
	return strings.Join(names[:min(1, len(names))], ""), strings.Join(names, "\n") + "\t" + strings.Join(codes, "\n")
}

// Terms is what an engine's text index keeps of an entry, as it reads it.
func (e Entry) Terms(engine store.Engine) string {
	if engine == store.Postgres {
		return vector(e.terms())
	}
	return strings.Join(e.terms(), " ")
}

// vector writes terms as a tsvector. They hold letters and digits only, so
// that quotes are all that is needed.
func vector(terms []string) string { return "'" + strings.Join(terms, "' '") + "'" }

// Close ends the writing.
func (w *Writer) Close() error {
	for _, done := range w.closing {
		if err := done(); err != nil {
			return err
		}
	}
	return nil
}
