package main

import (
	"log/slog"

	counts "suiji/internal/report"
	"suiji/internal/reporting"
)

// counts makes what counts the year.
func (p program) counts(app *app) *counts.Service {
	return counts.New(counts.Config{DB: app.db, Door: app.door, Now: p.now, Identity: app.identity, Reference: app.reference, Plan: app.plan,
		Round: app.round, Casework: app.casework, Disclosure: app.disclosure, Fonts: app.fonts})
}

// reports makes the pages of what is counted.
func (p program) reports(app *app, log *slog.Logger) *reporting.Server {
	return reporting.New(reporting.Config{Identity: app.identity, Round: app.round, Now: p.now, Log: log, Report: p.counts(app)})
}
