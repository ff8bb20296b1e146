package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"strings"
	"sync"
	"time"

	"github.com/spf13/cobra"

	"suiji/internal/agenda"
	"suiji/internal/api"
	"suiji/internal/desk"
	"suiji/internal/doctor"
	phone "suiji/internal/field"
	"suiji/internal/followup"
	"suiji/internal/gazette"
	"suiji/internal/opendata"
	"suiji/internal/page"
	"suiji/internal/paperwork"
	"suiji/internal/planning"
	"suiji/internal/portal"
	"suiji/internal/prepare"
	"suiji/internal/publicity"
	"suiji/internal/registry"
	"suiji/internal/stage"
)

func (p program) serveCmd() *cobra.Command {
	var listen, base, beacons string
	cmd := &cobra.Command{
		Use:     "serve",
		Short:   "启动服务 / serve",
		Long:    "Prints the address that it listens on, one line, once it answers. Everything else goes to standard error.",
		Example: "  suiji serve --data data --listen 127.0.0.1:8080",
		Args:    cobra.NoArgs,
	}
	pl := p.placeFlags(cmd.Flags())
	cmd.Flags().StringVar(&listen, "listen", p.env("SUIJI_LISTEN"), "监听地址 / address (SUIJI_LISTEN)")
	cmd.Flags().StringVar(&base, "base-url", p.env("SUIJI_BASE_URL"), "对外网址，印在检查表的二维码里 / public address, printed in QR codes (SUIJI_BASE_URL)")
	cmd.Flags().StringVar(&beacons, "drand", p.env("SUIJI_DRAND"), "可以访问的 drand 地址，用逗号隔开，不填则不联网 / drand servers that may be asked, e.g. https://api.drand.sh (SUIJI_DRAND)")
	cmd.RunE = func(cmd *cobra.Command, _ []string) error {
		allowed, err := allowedBeacons(beacons)
		if err != nil {
			return err
		}
		app, err := p.open(cmd.Context(), pl)
		if err != nil {
			return err
		}
		app.beacon = allowed
		err = p.serve(cmd.Context(), app, listen, base, func(addr string) error {
			if err := p.hint(cmd.Context(), app); err != nil {
				return err
			}
			_, err := fmt.Fprintln(p.stdout, "http://"+addr)
			return err
		})
		return errors.Join(err, app.close())
	}
	return cmd
}

// hint tells a new installation's administrator how to get in.
func (p program) hint(ctx context.Context, app *app) error {
	auth, err := app.authority(ctx, "")
	if err != nil {
		return nil // several authorities: not a new installation
	}
	accounts, err := app.identity.Accounts(ctx, auth.ID)
	if err == nil && len(accounts) == 0 {
		fmt.Fprintln(p.stderr, "还没有账号。新增第一个：echo 密码 | suiji user add admin --name 姓名 --role admin")
	}
	return err
}

// serve answers requests until ctx ends, then finishes those under way.
// answering is called once with the address, when the first request would be
// answered.
func (p program) serve(ctx context.Context, app *app, listen, base string, answering func(addr string) error) error {
	log := slog.New(slog.NewJSONHandler(p.stderr, nil))
	for _, name := range p.strangers() {
		log.Warn("no such setting", "name", name)
	}
	if err := app.index(ctx); err != nil {
		return fmt.Errorf("index the registers: %w", err)
	}
	l, err := net.Listen("tcp", listen)
	if err != nil {
		return fmt.Errorf("listen on %s: %w", listen, err)
	}
	if base == "" {
		base = "http://" + l.Addr().String()
	}
	if app.notice.Out, err = p.outgoing(base); err != nil {
		return errors.Join(err, l.Close())
	}
	p.count(app)
	app.documents.BaseURL = base
	st := stage.New(stage.Config{Identity: app.identity, Ceremony: app.ceremony, Now: p.now, Log: log, BaseURL: base})
	srv := &http.Server{Handler: p.handler(app, st, base, log), ReadHeaderTimeout: 10 * time.Second, IdleTimeout: 2 * time.Minute,
		ErrorLog: slog.NewLogLogger(log.Handler(), slog.LevelWarn)}
	var wg sync.WaitGroup
	inner, stop := context.WithCancel(ctx)
	defer wg.Wait()
	defer stop()
	stopMetrics, err := p.serveMetrics(app, log)
	if err != nil {
		return errors.Join(err, l.Close())
	}
	defer stopMetrics()
	wg.Go(func() { app.intake.Work(inner, log) })
	wg.Go(func() { app.sequence(inner, log) })
	wg.Go(func() { app.count(inner, log) })
	wg.Go(func() { app.remind(inner, log) })
	wg.Go(func() { app.supervision(inner, log) })
	wg.Go(func() { st.Beat(inner) }) // ends before the shutdown waits for those who listen
	for _, w := range app.scribe.Witnesses() {
		wg.Go(func() { app.witness(inner, log, w) })
	}
	failed := make(chan error, 1)
	wg.Go(func() { failed <- srv.Serve(l) })
	if err := answering(l.Addr().String()); err != nil {
		return errors.Join(err, srv.Close())
	}
	select {
	case err := <-failed:
		return err
	case <-ctx.Done():
	}
	grace, cancel := context.WithTimeout(context.Background(), 10*time.Second)
	defer cancel()
	return srv.Shutdown(grace)
}

// Limits of what one request may send: a form, and a file.
const (
	formLimit   = 1 << 20
	uploadLimit = 256 << 20
)

func (p program) handler(app *app, st *stage.Server, base string, log *slog.Logger) http.Handler {
	papermaker := gazette.Publisher{Fonts: app.fonts}
	sessions := app.identity.Sessions(len(base) > 8 && base[:8] == "https://")
	d := desk.New(desk.Config{Identity: app.identity, Sessions: sessions, Reference: app.reference, Register: app.register,
		Plan: app.plan, Round: app.round, Proof: app.proof, Beacon: app.beacon, Ceremony: app.ceremony, Inspection: app.inspection, Visit: app.visit, Feedback: app.feedback, Disclosure: app.disclosure,
		Scribe: app.scribe, Reckon: app.reckon, Notice: app.notice, Door: app.door, Now: p.now, Log: log, BaseURL: base})
	reg := registry.New(registry.Config{Identity: app.identity, Register: app.register, Roster: app.roster, Caps: app.caps, Intake: app.intake, Credit: app.credit,
		Round: app.round, Proof: app.proof, Staffing: app.staffing, Inspection: app.inspection, Filter: app.filter, Now: p.now, Log: log})
	ag := agenda.New(agenda.Config{Identity: app.identity, Notice: app.notice, Supervise: app.supervise, Round: app.round, Now: p.now, Log: log})
	pl := planning.New(planning.Config{Identity: app.identity, Register: app.register, Plan: app.plan, Credit: app.credit, Caps: app.caps,
		Gazette: papermaker, Now: p.now, Log: log})
	pr := prepare.New(prepare.Config{Identity: app.identity, Round: app.round, Schedule: app.schedule, Inspection: app.inspection, Supervise: app.supervise,
		Fonts: papermaker.Fonts, Now: p.now, Log: log, BaseURL: base})
	pw := paperwork.New(paperwork.Config{Identity: app.identity, Round: app.round, Inspection: app.inspection, Documents: app.documents, Now: p.now, Log: log})
	pub := publicity.New(publicity.Config{Identity: app.identity, Inspection: app.inspection, Disclosure: app.disclosure, Now: p.now, Log: log})
	fu := followup.New(followup.Config{Identity: app.identity, Round: app.round, Inspection: app.inspection, Casework: app.casework, Now: p.now, Log: log})
	open := opendata.New(opendata.Config{Plan: app.plan, Round: app.round, Disclosure: app.disclosure})
	programs := p.programs(app, open, base, log)
	o := portal.New(portal.Config{Identity: app.identity, Reference: app.reference, Register: app.register, Plan: app.plan,
		Round: app.round, Ceremony: app.ceremony, Inspection: app.inspection, Disclosure: app.disclosure, Stats: app.stats,
		OpenData: open, Scribe: app.scribe, Now: p.now, Log: log, BaseURL: base, Gazette: papermaker})
	m := phone.New(phone.Config{Identity: app.identity, Inspection: app.inspection, Visit: app.visit, Feedback: app.feedback, Staffing: app.staffing, Now: p.now, Log: log, BaseURL: base})
	mux := http.NewServeMux()
	type served struct {
		paths   []string
		handler http.Handler
	}
	for _, firm := range []served{{prepare.FirmPaths, pr.Firm()}, {publicity.FirmPaths, pub.Firm()}, {followup.FirmPaths, fu.Firm()}, {phone.FirmPaths, m.Firm()}} {
		for _, path := range firm.paths {
			mux.Handle(path, firm.handler)
		}
	}
	for _, door := range []served{
		{[]string{"/w"}, d.Handler()}, {[]string{"/m"}, m.Handler()},
		{registry.Paths, reg.Handler()}, {planning.Paths, pl.Handler()}, {prepare.Paths, pr.Handler()}, {paperwork.Paths, pw.Handler()}, {agenda.Paths, ag.Handler()}, {followup.Paths, fu.Handler()}, {publicity.Paths, pub.Handler()}, {api.DeskPaths, programs.Desk()},
	} {
		h := sessions.Wrap(door.handler)
		for _, path := range door.paths {
			mux.Handle(path, h)
			mux.Handle(path+"/", h)
		}
	}
	o.Casework = app.casework
	programs.Mount(mux)
	mux.Handle("/stage/", sessions.Wrap(st.Handler()))
	mux.Handle("/witness/", st.Handler())
	mux.Handle("GET "+page.Prefix, page.Static(d.Set(), reg.Set(), ag.Set(), pl.Set(), pr.Set(), pw.Set(), fu.Set(), pub.Set(), o.Set(), st.Set(), m.Set(), programs.Set()))
	mux.HandleFunc("GET /healthz", func(w http.ResponseWriter, _ *http.Request) { fmt.Fprintln(w, "ok") })
	mux.HandleFunc("GET /readyz", ready(p.doctor(app)))
	mux.Handle("/", o.Handler())
	return page.Chain(mux,
		page.Numbered,
		page.Logged(log, p.now),
		page.Counted(p.now, app.metrics.Request),
		o.Set().Recovered,
		page.Limited(formLimit, uploadLimit),
		page.Guarded,
		http.NewCrossOriginProtection().Handler,
	)
}

// ready answers whether requests can be served, a line for each thing that it
// takes. It says nothing more: everybody may ask.
func ready(d *doctor.Doctor) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		ctx, cancel := context.WithTimeout(r.Context(), 2*time.Second)
		defer cancel()
		var said strings.Builder
		status := http.StatusOK
		for _, p := range d.Ready(ctx) {
			word := "ok"
			if !p.OK {
				word = "failed"
			}
			if !p.OK && !p.Soft {
				status = http.StatusServiceUnavailable
			}
			fmt.Fprintf(&said, "%s: %s\n", p.Name, word)
		}
		w.Header().Set("Content-Type", "text/plain; charset=utf-8")
		w.Header().Set("Cache-Control", "no-store")
		w.WriteHeader(status)
		io.WriteString(w, said.String()) // whoever asked is gone, or hears it
	}
}

// beat is how often waiting ledger entries get their positions.
const beat = 200 * time.Millisecond

// sequence keeps every authority's ledger up to date, and discloses what is
// due, until ctx ends.
func (a *app) sequence(ctx context.Context, log *slog.Logger) {
	tick := time.NewTicker(beat)
	defer tick.Stop()
	for i := 0; ; i++ {
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
		}
		err := a.catchUp(ctx, i%300 == 0)
		a.metrics.Ran("ledger", err)
		if err != nil && ctx.Err() == nil {
			log.Error("ledger", "err", err)
		}
	}
}

// catchUp gives waiting entries their positions. With all it looks at every
// ledger, where a database that was restored from an old backup is noticed,
// and discloses the rounds that are due.
func (a *app) catchUp(ctx context.Context, all bool) error {
	ids, err := a.scribe.Waiting(ctx)
	if err != nil {
		return err
	}
	if all {
		authorities, err := a.identity.Authorities(ctx)
		if err != nil {
			return err
		}
		ids = ids[:0]
		for _, x := range authorities {
			ids = append(ids, x.ID)
		}
	}
	for _, id := range ids {
		err = errors.Join(err, a.scribe.Sequence(ctx, id))
		if all {
			err = errors.Join(err, a.round.DiscloseDue(ctx, id))
		}
	}
	return err
}

// count keeps the statistics of disclosed draws up to date, until ctx ends. It
// takes its time, which the ledger does not wait for.
func (a *app) count(ctx context.Context, log *slog.Logger) {
	a.everyMinute(ctx, log, "statistics", a.countAll)
}

// everyMinute does something until ctx ends; what fails is logged
// under its name.
func (a *app) everyMinute(ctx context.Context, log *slog.Logger, name string, do func(context.Context) error) {
	tick := time.NewTicker(time.Minute)
	defer tick.Stop()
	for {
		err := do(ctx)
		a.metrics.Ran(name, err)
		if err != nil && ctx.Err() == nil {
			log.Error(name, "err", err)
		}
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
		}
	}
}

// supervision looks for odd patterns every ten minutes, until ctx ends.
func (a *app) supervision(ctx context.Context, log *slog.Logger) {
	turn := 0
	a.everyMinute(ctx, log, "supervision", func(ctx context.Context) error {
		if turn++; turn%10 != 1 {
			return nil
		}
		return a.lookAll(ctx)
	})
}

func (a *app) lookAll(ctx context.Context) error {
	all, err := a.identity.Authorities(ctx)
	for _, x := range all {
		err = errors.Join(err, a.supervise.Look(ctx, x.ID))
	}
	return err
}

func (a *app) countAll(ctx context.Context) error {
	all, err := a.identity.Authorities(ctx)
	for _, x := range all {
		err = errors.Join(err, a.stats.Update(ctx, x.ID))
	}
	return err
}
