package main

import (
	"log/slog"

	"suiji/internal/api"
	"suiji/internal/opendata"
)

// programs is the door for other programs.
func (p program) programs(app *app, open *opendata.Service, base string, log *slog.Logger) *api.Server {
	return api.New(api.Config{Identity: app.identity, Register: app.register, Intake: app.intake, Plan: app.plan, Round: app.round, Inspection: app.inspection,
		Visit: app.visit, Disclosure: app.disclosure, Stats: app.stats, OpenData: open, Notice: app.notice, Casework: app.casework, Documents: app.documents, Archive: app.archive, Exchange: app.exchange, Supervise: app.supervise,
		Token: app.token, Scribe: app.scribe, Now: p.now, Log: log, BaseURL: base})
}
