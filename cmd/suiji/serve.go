package main

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"runtime/debug"
	"sync"
	"time"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"suiji/internal/agenda"
	"suiji/internal/airlock"
	"suiji/internal/api"
	"suiji/internal/breach"
	"suiji/internal/desk"
	"suiji/internal/entrance"
	phone "suiji/internal/field"
	"suiji/internal/followup"
	"suiji/internal/gazette"
	"suiji/internal/identity"
	"suiji/internal/interchange"
	"suiji/internal/page"
	"suiji/internal/paperwork"
	"suiji/internal/planning"
	"suiji/internal/portal"
	"suiji/internal/prepare"
	"suiji/internal/publicity"
	"suiji/internal/registry"
	"suiji/internal/reporting"
	"suiji/internal/shelf"
	"suiji/internal/socket"
	"suiji/internal/stage"
)

func (p program) serveCmd() *cobra.Command {
	var beacons string
	cmd := &cobra.Command{
		Use:   "serve",
		Short: "启动服务 / serve",
		Long: "Prints the address that it listens on, one line, once it answers. Everything else goes to standard error.\n" +
			"With --tls-cert and --tls-key it speaks HTTPS itself (TLS 1.2 and 1.3); the files are read again when they change.",
		Example: "  suiji serve --data data --listen 127.0.0.1:8080\n  suiji serve --data data --listen :443 --base-url https://suiji.example.gov.cn --tls-cert fullchain.pem --tls-key privkey.pem",
		Args:    cobra.NoArgs,
	}
	pl := p.placeFlags(cmd.Flags())
	at := p.whereFlags(cmd.Flags())
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
		err = p.serve(cmd.Context(), app, *at, func(address string) error {
			if err := p.hint(cmd.Context(), app); err != nil {
				return err
			}
			_, err := fmt.Fprintln(p.stdout, address)
			return err
		})
		return errors.Join(err, app.close())
	}
	return cmd
}

// whereFlags are the flags of where a server answers.
func (p program) whereFlags(f *pflag.FlagSet) *socket.Place {
	at := &socket.Place{}
	f.StringVar(&at.Listen, "listen", p.env("SUIJI_LISTEN"), "监听地址 / address (SUIJI_LISTEN)")
	f.StringVar(&at.Base, "base-url", p.env("SUIJI_BASE_URL"), "对外网址，印在检查表的二维码里 / public address, printed in QR codes (SUIJI_BASE_URL)")
	f.StringVar(&at.Cert, "tls-cert", p.env("SUIJI_TLS_CERT"), "HTTPS 证书文件（PEM，含中间证书），不填则由前面的服务器提供 HTTPS / certificate with its chain (SUIJI_TLS_CERT)")
	f.StringVar(&at.Key, "tls-key", p.env("SUIJI_TLS_KEY"), "证书的私钥文件（PEM）/ the certificate's private key (SUIJI_TLS_KEY)")
	return at
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
// answering is called once with the address, http or https, when the first request would be
// answered.
func (p program) serve(ctx context.Context, app *app, at socket.Place, answering func(address string) error) error {
	if p.getenv("GOGC") == "" {
		debug.SetGCPercent(200) // a page makes garbage by the 100 KB and keeps nothing: half the collections for some 50 MB
	}
	log := slog.New(slog.NewJSONHandler(p.stderr, nil))
	for _, name := range p.strangers() {
		log.Warn("no such setting", "name", name)
	}
	if _, err := breach.Open(p.env("SUIJI_PASSWORD_LIST")); err != nil {
		return err
	}
	if err := app.index(ctx); err != nil {
		return fmt.Errorf("index the registers: %w", err)
	}
	l, err := at.Open(p.getenv, p.now, log)
	if err != nil {
		return err
	}
	base := l.Base
	paced, err := page.PacedBy(p.env("SUIJI_RATE"), p.now, log)
	if err = errors.Join(err, p.reach(app, base)); err != nil {
		return errors.Join(err, l.Close())
	}
	crowds := page.NewCrowds()
	p.count(app, crowds)
	app.documents.BaseURL = base
	st := stage.New(stage.Config{Identity: app.identity, Ceremony: app.ceremony, Now: p.now, Log: log, BaseURL: base})
	srv := &http.Server{Handler: p.handler(app, st, base, paced, crowds, log), ReadHeaderTimeout: 10 * time.Second, IdleTimeout: 2 * time.Minute,
		ErrorLog: slog.NewLogLogger(log.Handler(), slog.LevelWarn)}
	var wg sync.WaitGroup
	inner, stop := context.WithCancel(ctx)
	defer func() { stop(); wg.Wait() }()
	stopMetrics, err := p.serveMetrics(app, l.Cert, log)
	if err != nil {
		return errors.Join(err, l.Close())
	}
	defer stopMetrics()
	wg.Go(func() { app.intake.Work(inner, log) })
	wg.Go(func() { app.sequence(inner, log) })
	wg.Go(func() { app.count(inner, log) })
	wg.Go(func() { app.minutely(inner, log) })
	wg.Go(func() { app.remind(inner, log) })
	wg.Go(func() { app.supervision(inner, log) })
	wg.Go(func() { app.watch(inner, log, p.house(app, base)) })
	wg.Go(func() { crowds.Told(inner, log) })
	wg.Go(func() { st.Beat(inner) }) // ends before the shutdown waits for those who listen
	for _, w := range app.scribe.Witnesses() {
		wg.Go(func() { app.witness(inner, log, w) })
	}
	failed := make(chan error, 1)
	wg.Go(func() { failed <- srv.Serve(l.With(crowds.Before(time.Now))) })
	if err := answering(l.Address); err != nil {
		return errors.Join(err, srv.Close())
	}
	return finish(ctx, srv, failed)
}

// finish waits until ctx ends, and then for the requests that are under way.
func finish(ctx context.Context, srv *http.Server, failed <-chan error) error {
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

// served is a door and the patterns under which it is found.
type served struct {
	paths   []string
	handler http.Handler
	who     int // anybody, insider, everybody
}

// How those who come to a door are let in: at once, with their session, in a crowd.
const anybody, insider, everybody = 0, 1, 2

// officials are a door's addresses, whole and with everything under them, for
// those who sign in.
func officials(h http.Handler, paths ...string) served {
	var all []string
	for _, path := range paths {
		all = append(all, path, path+"/")
	}
	return served{all, h, insider}
}

// handler is all that the program serves, behind what every request goes
// through.
func (p program) handler(app *app, st *stage.Server, base string, paced page.Middleware, crowds *page.Crowds, log *slog.Logger) http.Handler {
	app.identity.Passkeys().At(base)
	sessions := app.identity.Sessions(len(base) > 8 && base[:8] == "https://")
	doors, public := p.doors(app, sessions, st, base, log)
	mux, open := mounted(doors, sessions.Wrap, paced, crowds)
	return page.Chain(mux,
		crowds.Early(open),
		page.Behind(p.env("SUIJI_PROXIES")),
		page.Numbered,
		page.Logged(log, p.now),
		page.Counted(p.now, app.metrics.Request),
		page.Watched(log, func(e page.Event) { app.metrics.Event(string(e)) }),
		public.Recovered,
		page.Patient(time.Now),
		page.Limited(formLimit, uploadLimit),
		page.Guarded,
		page.Encrypted(base),
		page.FromHere,
	)
}

// mounted is every door under its patterns; signed is put around those where
// it matters who is signed in, paced around those that everybody may come to,
// which stand behind the crowds: open reports whether a request leads there.
func mounted(doors []served, signed, paced page.Middleware, crowds *page.Crowds) (mux *http.ServeMux, open func(*http.Request) bool) {
	mux = http.NewServeMux()
	everybodys := map[string]bool{}
	for _, door := range doors {
		h := door.handler
		switch door.who {
		case insider:
			h = signed(h)
		case everybody:
			h = paced(crowds.Through(h))
		default:
			h = paced(h)
		}
		for _, path := range door.paths {
			mux.Handle(path, h)
			everybodys[path] = door.who == everybody
		}
	}
	return mux, func(r *http.Request) bool { _, pattern := mux.Handler(r); return everybodys[pattern] }
}

// doors makes every door, and the pages of the public one.
func (p program) doors(app *app, sessions *identity.Sessions, st *stage.Server, base string, log *slog.Logger) ([]served, *page.Set) {
	papermaker := gazette.Publisher{Fonts: app.fonts}
	d := desk.New(desk.Config{Identity: app.identity, Archive: app.archive, Reference: app.reference, Register: app.register,
		Plan: app.plan, Round: app.round, Proof: app.proof, Beacon: app.beacon, Ceremony: app.ceremony, Inspection: app.inspection, Visit: app.visit, Feedback: app.feedback, Disclosure: app.disclosure,
		Scribe: app.scribe, Reckon: app.reckon, Notice: app.notice, Now: p.now, Log: log, BaseURL: base})
	en := entrance.New(entrance.Config{Identity: app.identity, Sessions: sessions, Door: app.door, Provider: app.federation, Airlock: airlock.Airlock{Program: itself()}, Now: p.now, Log: log})
	reg := registry.New(registry.Config{Identity: app.identity, Register: app.register, Roster: app.roster, Caps: app.caps, Intake: app.intake, Credit: app.credit,
		Round: app.round, Proof: app.proof, Staffing: app.staffing, Inspection: app.inspection, Filter: app.filter, Now: p.now, Log: log})
	ag := agenda.New(agenda.Config{Identity: app.identity, Notice: app.notice, Supervise: app.supervise, Round: app.round, Now: p.now, Log: log})
	pl := planning.New(planning.Config{Identity: app.identity, Archive: app.archive, Register: app.register, Plan: app.plan, Credit: app.credit, Caps: app.caps,
		Gazette: papermaker, Now: p.now, Log: log})
	pr := prepare.New(prepare.Config{Identity: app.identity, Round: app.round, Schedule: app.schedule, Inspection: app.inspection, Supervise: app.supervise, Documents: app.documents, Now: p.now, Log: log})
	pw := paperwork.New(paperwork.Config{Identity: app.identity, Round: app.round, Inspection: app.inspection, Documents: app.documents, Now: p.now, Log: log})
	pub := publicity.New(publicity.Config{Identity: app.identity, Inspection: app.inspection, Disclosure: app.disclosure, Casework: app.casework, Now: p.now, Log: log})
	fu := followup.New(followup.Config{Identity: app.identity, Round: app.round, Inspection: app.inspection, Casework: app.casework, Documents: app.documents, Now: p.now, Log: log})
	o := portal.New(p.portalOf(app, base, log))
	sh := shelf.New(shelf.Config{Identity: app.identity, Round: app.round, Archive: app.archive, Now: p.now, Log: log})
	programs, rp := p.programs(app, o.OpenData, base, log), p.reports(app, log)
	ix := interchange.New(interchange.Config{Identity: app.identity, Exchange: app.exchange, Tidings: app.tidings, Now: p.now, Log: log})
	m := phone.New(phone.Config{Identity: app.identity, Inspection: app.inspection, Visit: app.visit, Feedback: app.feedback, Staffing: app.staffing, Now: p.now, Log: log, BaseURL: base})
	return []served{
		{prepare.FirmPaths, pr.Firm(), anybody}, {publicity.FirmPaths, pub.Firm(), anybody}, {followup.FirmPaths, fu.Firm(), anybody}, {phone.FirmPaths, m.Firm(), anybody},
		officials(d.Handler(), "/w"), officials(en.Handler(), entrance.Paths...), officials(m.Handler(), "/m"), officials(reg.Handler(), registry.Paths...), officials(pl.Handler(), planning.Paths...),
		officials(pr.Handler(), prepare.Paths...), officials(pw.Handler(), paperwork.Paths...), officials(ag.Handler(), agenda.Paths...), officials(fu.Handler(), followup.Paths...),
		officials(pub.Handler(), publicity.Paths...), officials(ix.Handler(), interchange.Paths...), officials(rp.Handler(), reporting.Paths...), officials(sh.Handler(), shelf.Paths...), officials(programs.Desk(), api.DeskPaths...),
		{[]string{"/api", "/api/"}, programs.Handler(), everybody},
		{[]string{"/stage/"}, st.Handler(), insider}, {[]string{"/witness/"}, st.Handler(), anybody},
		{[]string{"GET " + page.Prefix}, page.Static(d.Set(), en.Set(), reg.Set(), ag.Set(), pl.Set(), pr.Set(), pw.Set(), fu.Set(), pub.Set(), ix.Set(), rp.Set(), sh.Set(), o.Set(), st.Set(), m.Set(), programs.Set()), anybody},
		{[]string{"GET /healthz"}, http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { fmt.Fprintln(w, "ok") }), anybody},
		{[]string{"GET /readyz"}, http.HandlerFunc(p.doctor(app).Answer), anybody},
		{[]string{"/"}, o.Handler(), everybody},
	}, o.Set()
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
	a.every(ctx, log, time.Minute, "statistics", a.turn.In(a.countAll))
}

// every does something at once and then each time that a while has passed,
// until ctx ends; what fails is logged under its name.
func (a *app) every(ctx context.Context, log *slog.Logger, while time.Duration, name string, do func(context.Context) error) {
	tick := time.NewTicker(while)
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

// minutely does what is done each minute, one beside the other, until ctx ends.
func (a *app) minutely(ctx context.Context, log *slog.Logger) {
	var wg sync.WaitGroup
	for name, do := range map[string]func(context.Context) error{"terms": a.turn.In(a.endTerms), "audit": a.linkAll, "spool": a.spool.Tidy, "exchange": a.exchange.Count} {
		wg.Go(func() { a.every(ctx, log, time.Minute, name, do) })
	}
	wg.Wait()
}

// supervision looks for odd patterns every ten minutes, until ctx ends.
func (a *app) supervision(ctx context.Context, log *slog.Logger) {
	a.every(ctx, log, 10*time.Minute, "supervision", a.turn.In(a.lookAll))
}

func (a *app) lookAll(ctx context.Context) error {
	all, err := a.identity.Authorities(ctx)
	for _, x := range all {
		err = errors.Join(err, a.supervise.Look(ctx, x.ID))
	}
	return err
}

// linkAll takes what was done into the chain of each authority's log.
func (a *app) linkAll(ctx context.Context) error {
	all, err := a.identity.Authorities(ctx)
	for _, x := range all {
		err = errors.Join(err, a.door.Link(ctx, x.ID))
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
