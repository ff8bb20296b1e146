package main

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"path/filepath"
	"time"

	"github.com/spf13/cobra"

	"suiji/internal/backup"
	"suiji/internal/gazette"
	"suiji/internal/opendata"
	"suiji/internal/page"
	"suiji/internal/portal"
	"suiji/internal/socket"
	"suiji/internal/store"
)

// endTerms takes down penalties whose time in public has passed, and those
// whose decision was revoked.
func (a *app) endTerms(ctx context.Context) error {
	all, err := a.identity.Authorities(ctx)
	for _, x := range all {
		err = errors.Join(err, a.disclosure.EndTerms(ctx, x.ID))
		decisions, readErr := a.casework.Penalties(ctx, x.ID, "")
		err = errors.Join(err, readErr)
		for _, d := range decisions {
			if d.State == "revoked" {
				err = errors.Join(err, a.disclosure.RevokePenalty(ctx, x.ID, d.Number))
			}
		}
	}
	return err
}

func (p program) portalCmd() *cobra.Command {
	var data string
	cmd := &cobra.Command{
		Use:   "portal",
		Short: "只开公示网站，用只读的副本 / the public portal alone, from a read-only copy",
		Long: `Serves the public pages, their JSON, feeds and open data from a copy of the installation: a directory that "suiji portal copy" made, or a
restored backup. The copy is opened read-only; there is no sign-in, no session and no form that changes anything. To renew the copy, put a
new directory in its place and start again. The check of a form's code (/c) works; objections, ratings and complaints are for the office's own address.`,
		Example: "  suiji portal --data /srv/copy --listen 127.0.0.1:8080 --base-url https://chouchagongshi.example.gov.cn",
		Args:    cobra.NoArgs,
	}
	cmd.Flags().StringVar(&data, "data", p.env("SUIJI_DATA"), "副本目录 / directory of the copy (SUIJI_DATA)")
	at := p.whereFlags(cmd.Flags())
	cmd.RunE = func(cmd *cobra.Command, _ []string) error {
		app, err := p.openCopy(cmd.Context(), data)
		if err != nil {
			return err
		}
		return errors.Join(p.servePublic(cmd.Context(), app, *at), app.close())
	}
	cmd.AddCommand(p.portalCopyCmd())
	return cmd
}

func (p program) portalCopyCmd() *cobra.Command {
	cmd := &cobra.Command{
		Use:   "copy DIR",
		Short: "做一份公示网站用的副本 / make the copy for the portal",
		Long: `A new directory with the database as it stands, without accounts, audit, uploads, telephones, what firms said and the secrets of sealed
draws, and with the ledgers' public keys; the signing keys stay here. Firms that were drawn and are not disclosed yet are in it: keep the
directory where only the portal reads it.`,
		Example: "  suiji portal copy /srv/copy.new --data data",
		Args:    cobra.ExactArgs(1),
	}
	pl := p.placeFlags(cmd.Flags())
	cmd.RunE = func(cmd *cobra.Command, args []string) error {
		app, err := p.open(cmd.Context(), pl)
		if err != nil {
			return err
		}
		defer app.close() // nothing was written
		keys := map[string]string{}
		all, err := app.identity.Authorities(cmd.Context())
		if err != nil {
			return err
		}
		for _, a := range all {
			if keys[a.ID], err = app.scribe.VerifierKey(cmd.Context(), a.ID); err != nil {
				return err
			}
		}
		if err := backup.Public(cmd.Context(), app.db, keys, args[0]); err != nil {
			return err
		}
		_, err = fmt.Fprintf(p.stdout, "%s：公示网站的副本，%d 个单位\n", args[0], len(all))
		return err
	}
	return cmd
}

// openCopy opens a copy to be read alone.
func (p program) openCopy(ctx context.Context, dir string) (*app, error) {
	db, err := store.OpenCopy(ctx, filepath.Join(dir, "suiji.db"))
	if err != nil {
		return nil, err
	}
	p.public = true
	return p.assemble(db, dir, nil), nil
}

// servePublic serves the portal of a copy until ctx ends.
func (p program) servePublic(ctx context.Context, app *app, at socket.Place) error {
	log := slog.New(slog.NewJSONHandler(p.stderr, nil))
	l, err := at.Open(p.getenv, p.now, log)
	if err != nil {
		return err
	}
	paced, err := page.PacedBy(p.env("SUIJI_RATE"), p.now, log)
	if err != nil {
		return errors.Join(err, l.Close())
	}
	crowds := page.NewCrowds()
	srv := &http.Server{Handler: p.publicHandler(app, l.Base, paced, crowds, log), ReadHeaderTimeout: 10 * time.Second, IdleTimeout: 2 * time.Minute,
		ErrorLog: slog.NewLogLogger(log.Handler(), slog.LevelWarn)}
	failed := make(chan error, 1)
	go func() { failed <- srv.Serve(l.With(crowds.Before(time.Now))) }()
	go app.every(ctx, log, time.Minute, "spool", app.spool.Tidy)
	go crowds.Told(ctx, log)
	if _, err := fmt.Fprintln(p.stdout, l.Address); err != nil {
		return errors.Join(err, srv.Close())
	}
	return finish(ctx, srv, failed)
}

// portalOf is what the public pages stand on.
func (p program) portalOf(app *app, base string, log *slog.Logger) portal.Config {
	return portal.Config{Identity: app.identity, Reference: app.reference, Register: app.register, Plan: app.plan, Round: app.round,
		Ceremony: app.ceremony, Inspection: app.inspection, Disclosure: app.disclosure, Casework: app.casework, Stats: app.stats,
		OpenData: opendata.New(opendata.Config{Plan: app.plan, Round: app.round, Disclosure: app.disclosure, Spool: app.spool}),
		Scribe:   app.scribe, Fresh: app.fresh, Now: p.now, Log: log, BaseURL: base, Gazette: gazette.Publisher{Fonts: app.fonts}}
}

// publicHandler has no door for officials, and answers what would change
// anything with 405.
func (p program) publicHandler(app *app, base string, paced page.Middleware, crowds *page.Crowds, log *slog.Logger) http.Handler {
	public := p.portalOf(app, base, log)
	public.Alone = true
	o := portal.New(public)
	mux := http.NewServeMux()
	mux.Handle("GET "+page.Prefix, page.Static(o.Set()))
	mux.HandleFunc("GET /healthz", func(w http.ResponseWriter, _ *http.Request) { fmt.Fprintln(w, "ok") })
	mux.HandleFunc("GET /readyz", func(w http.ResponseWriter, r *http.Request) {
		if _, err := app.identity.Authorities(r.Context()); err != nil {
			http.Error(w, "the copy does not answer", http.StatusServiceUnavailable)
			return
		}
		fmt.Fprintln(w, "ready")
	})
	mux.Handle("GET /", paced(crowds.Through(o.Handler())))
	ours := func(r *http.Request) bool { _, pattern := mux.Handler(r); return pattern == "GET /" }
	return page.Chain(mux, crowds.Early(ours), page.Behind(p.env("SUIJI_PROXIES")), page.Numbered, page.Logged(log, p.now), page.Watched(log, func(page.Event) {}),
		o.Set().Recovered, page.Limited(formLimit, formLimit), page.Guarded, page.Encrypted(base))
}
