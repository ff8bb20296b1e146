package main

import (
	"context"
	"errors"
	"log/slog"
	"net/url"
	"strings"
	"time"

	"suiji/internal/alarm"
	"suiji/internal/metrics"
	"suiji/internal/notice"
)

// house is what is set on this machine that the security hangs on, in words;
// of passwords and keys only whether there are any.
func (p program) house(app *app, base string) alarm.Settings {
	set := alarm.Settings{"https": "否", "proxies": p.env("SUIJI_PROXIES"), "outgoing": strings.Join(app.notice.Out.Allowed, " "), "metrics": p.env("SUIJI_METRICS"), "rate": p.env("SUIJI_RATE")}
	if strings.HasPrefix(base, "https://") {
		set["https"] = "是"
	}
	var witnesses []string
	for _, w := range app.scribe.Witnesses() {
		witnesses = append(witnesses, w.Name())
	}
	set[alarm.Witnesses] = strings.Join(witnesses, " ")
	if issuer := p.env("SUIJI_OIDC_ISSUER"); issuer != "" {
		set["provider"] = strings.TrimSpace(issuer + " " + p.env("SUIJI_OIDC_ENOUGH"))
	}
	if u := app.notice.Out.SMTP; u != nil {
		set["mail"] = u.Redacted()
	}
	if u := app.notice.Out.Webhook; u != nil {
		set["webhook"] = u.Redacted()
	}
	if u, err := url.Parse(app.database); err == nil && app.database != "" {
		set["database"] = u.Query().Get("sslmode")
	}
	return set
}

// watch looks out for what somebody must be told of at once, and tells, until
// ctx ends.
func (a *app) watch(ctx context.Context, log *slog.Logger, house alarm.Settings) {
	stated := false
	a.every(ctx, log, 15*time.Second, "alarms", func(ctx context.Context) error {
		all, err := a.identity.Authorities(ctx)
		first := !stated
		for _, x := range all {
			if first {
				err = errors.Join(err, a.alarm.House(ctx, x.ID, house))
			}
			if a.metrics.Bursting() {
				err = errors.Join(err, a.alarm.Burst(ctx, x.ID, metrics.Burst, metrics.BurstWithin))
			}
			err = errors.Join(err, a.alarm.Look(ctx, x.ID), a.announce(ctx, x.ID))
		}
		stated = stated || err == nil && len(all) > 0
		return err
	})
}

// announce tells the people of an authority of what was raised in the last
// week, whoever was not told yet.
func (a *app) announce(ctx context.Context, authority string) error {
	raised, err := a.alarm.Alarms(ctx, authority, a.now().Add(-7*24*time.Hour))
	for _, x := range raised {
		err = errors.Join(err, a.notice.Announce(ctx, authority, notice.News{Key: x.ID, At: x.At, Title: x.Title, Text: x.Text, To: x.To()}))
	}
	if err != nil || len(raised) == 0 {
		return err
	}
	return a.notice.Deliver(ctx, authority)
}
