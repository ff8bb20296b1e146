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
	"suiji/internal/notice"
)

// outgoing reads what may leave the house. Without settings nothing does.
func (p program) outgoing(base string) (notice.Outgoing, error) {
	o := notice.Outgoing{From: p.env("SUIJI_MAIL_FROM"), BaseURL: base}
	for _, x := range strings.Split(p.env("SUIJI_OUTGOING"), ",") {
		if x = strings.ToLower(strings.TrimSpace(x)); x != "" {
			o.Allowed = append(o.Allowed, x)
		}
	}
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

// remind looks at what is due in every office, and sends what waits, until ctx
// ends. A mail server that hangs delays the next look by its patience, no more.
func (a *app) remind(ctx context.Context, log *slog.Logger) {
	a.every(ctx, log, time.Minute, "reminders", a.remindAll)
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
