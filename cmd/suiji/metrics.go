package main

import (
	"context"
	"errors"
	"log/slog"
	"net"
	"net/http"
	"time"

	"suiji/internal/access"
	"suiji/internal/doctor"
	"suiji/internal/errs"
	"suiji/internal/metrics"
	"suiji/internal/page"
	"suiji/internal/socket"
)

// count makes the counters of a server, and has the door tell them its acts.
func (p program) count(app *app, crowds *page.Crowds) {
	app.metrics = metrics.New(metrics.Config{Now: p.now, Version: version(), Ledgers: app.standings, Pools: app.db.Pools, Turned: crowds.Turned,
		Disk: func() (uint64, error) { return doctor.FreeSpace(app.dir) }})
	app.door.Watch(func(act access.Action, took time.Duration, err error) {
		app.metrics.Act(string(act), outcome(err), took)
	})
}

// outcome is how an act ended, in one word.
func outcome(err error) string {
	if err == nil {
		return "ok"
	}
	switch errs.KindOf(err) {
	case errs.Forbidden, errs.SignIn:
		return "refused"
	case errs.Invalid, errs.NotFound:
		return "invalid"
	case errs.Conflict:
		return "conflict"
	case errs.Unknown:
		return "unknown"
	}
	return "failed"
}

func (a *app) standings(ctx context.Context) ([]metrics.Ledger, error) {
	all, err := a.identity.Authorities(ctx)
	var list []metrics.Ledger
	for _, x := range all {
		b, err := a.scribe.Backlog(ctx, x.ID)
		if err != nil {
			return nil, err
		}
		list = append(list, metrics.Ledger{Authority: x.ID, Size: b.Size, Waiting: b.Waiting, Oldest: b.Oldest, Stopped: a.scribe.Stopped(x.ID) != ""})
	}
	return list, err
}

// serveMetrics answers Prometheus on an address of its own, if there is one,
// with the same certificate, until stop is called.
func (p program) serveMetrics(app *app, cert *socket.Certificate, log *slog.Logger) (stop func(), err error) {
	listen := p.env("SUIJI_METRICS")
	if listen == "" {
		return func() {}, nil
	}
	l, err := net.Listen("tcp", listen)
	if err != nil {
		return nil, errs.Because(errs.Invalid, "SUIJI_METRICS 的地址 "+listen+" 不能监听，没有启动。请换一个空闲的端口", err)
	}
	mux := http.NewServeMux()
	mux.Handle("GET /metrics", app.metrics.Handler())
	srv := &http.Server{Handler: mux, ReadHeaderTimeout: 10 * time.Second, WriteTimeout: 30 * time.Second, ErrorLog: slog.NewLogLogger(log.Handler(), slog.LevelWarn)}
	log.Info("metrics", "address", l.Addr().String())
	done := make(chan struct{})
	go func() {
		defer close(done)
		if err := srv.Serve(cert.Around(l)); !errors.Is(err, http.ErrServerClosed) {
			log.Error("metrics", "err", err)
		}
	}()
	return func() {
		if err := srv.Close(); err != nil {
			log.Warn("metrics", "err", err)
		}
		<-done
	}, nil
}
