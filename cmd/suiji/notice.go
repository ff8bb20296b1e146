package main

import (
	"context"
	"encoding/base64"
	"errors"
	"log/slog"
	"net/url"
	"strings"
	"time"

	"suiji/internal/errs"
	"suiji/internal/federation"
	"suiji/internal/notice"
)

// outgoing reads what may leave the house. Without settings nothing does.
func (p program) outgoing(base string) (notice.Outgoing, error) {
	o := notice.Outgoing{From: p.env("SUIJI_MAIL_FROM"), BaseURL: base, Allowed: listed(strings.ToLower(p.env("SUIJI_OUTGOING")))}
	for _, x := range []struct {
		name    string
		schemes string
		to      **url.URL
	}{{"SUIJI_SMTP", "smtp smtps", &o.SMTP}, {"SUIJI_WEBHOOK", "https http", &o.Webhook}} {
		value := p.env(x.name)
		if value == "" {
			continue
		}
		u, err := url.Parse(value)
		if err != nil || u.Hostname() == "" || !strings.Contains(" "+x.schemes+" ", " "+u.Scheme+" ") {
			return o, errs.E(errs.Invalid, x.name+" 不是可用的地址，没有启动。请核对后再试")
		}
		*x.to = u
	}
	if s := p.env("SUIJI_WEBHOOK_SECRET"); s != "" {
		secret, err := base64.StdEncoding.DecodeString(strings.TrimPrefix(s, "whsec_"))
		if err != nil {
			return o, errs.E(errs.Invalid, "SUIJI_WEBHOOK_SECRET 应是 whsec_ 和 base64，没有启动")
		}
		o.Secret = secret
	}
	return o, o.Check()
}

// listed are the parts of a setting between its commas.
func listed(value string) (all []string) {
	for _, x := range strings.Split(value, ",") {
		if x = strings.TrimSpace(x); x != "" {
			all = append(all, x)
		}
	}
	return all
}

// reach reads all that the program may reach out to for people, and who signs
// them in.
func (p program) reach(app *app, base string) (err error) {
	if app.notice.Out, err = p.outgoing(base); err != nil {
		return err
	}
	c := federation.Settings{Issuer: p.env("SUIJI_OIDC_ISSUER"), Client: p.env("SUIJI_OIDC_CLIENT"), Secret: p.env("SUIJI_OIDC_SECRET"), Name: p.env("SUIJI_OIDC_NAME"),
		Enough: listed(p.env("SUIJI_OIDC_ENOUGH")), Hosts: app.notice.Out.Allowed}
	app.federation.At(c, base)
	return c.Check()
}

// remind looks at what is due in every office, and sends what waits, until ctx
// ends. A mail server that hangs delays the next look by its patience, no more.
func (a *app) remind(ctx context.Context, log *slog.Logger) {
	a.every(ctx, log, time.Minute, "reminders", a.turn.In(a.remindAll))
}

func (a *app) remindAll(ctx context.Context) error {
	all, err := a.identity.Authorities(ctx)
	for _, x := range all {
		err = errors.Join(err, a.notice.Sweep(ctx, x.ID))
	}
	for _, x := range all {
		err = errors.Join(err, a.notice.Deliver(ctx, x.ID))
	}
	return err
}
