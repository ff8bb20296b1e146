package socket

import (
	"log/slog"
	"net"
	"strings"
	"time"

	"suiji/internal/errs"
)

// Place is where a server answers, and with which certificate.
type Place struct {
	Listen string // the address
	Base   string // the public address; empty: the one that it listens on
	Cert   string // file of the certificate; empty: plain HTTP
	Key    string
}

// Open is a place that answers.
type Open struct {
	net.Listener
	Base    string       // the public address
	Address string       // the one that it listens on, with http:// or https://
	Cert    *Certificate // nil: plain HTTP
}

// Open opens the place, or takes the socket that getenv says was handed over.
// Errors: Invalid if the certificate cannot be used, or the public address is
// of another kind than what is spoken.
func (p Place) Open(getenv func(string) string, now func() time.Time, log *slog.Logger) (*Open, error) {
	cert, err := Load(p.Cert, p.Key, now, func(err error) { log.Error("certificate", "err", err) })
	if err != nil {
		return nil, err
	}
	if cert != nil && strings.HasPrefix(p.Base, "http://") {
		return nil, errs.E(errs.Invalid, "设置了 HTTPS 证书，对外网址 "+p.Base+" 却是 http:// 开头的，没有启动。请把 SUIJI_BASE_URL 改成 https://")
	}
	l, err := Listen(p.Listen, getenv)
	if err != nil {
		return nil, err
	}
	o := &Open{Listener: cert.Around(l), Base: p.Base, Address: cert.scheme() + l.Addr().String(), Cert: cert}
	if o.Base == "" {
		o.Base = o.Address
	}
	if a, ok := l.Addr().(*net.TCPAddr); ok && cert == nil && !a.IP.IsLoopback() {
		log.Warn("plain HTTP beyond this machine: set SUIJI_TLS_CERT, or let the server in front alone reach it", "address", o.Address)
	}
	return o, nil
}

// With is the place with something before those who come in the clear, who are
// all unless there is a certificate.
func (o *Open) With(before func(net.Listener) net.Listener) net.Listener {
	if o.Cert != nil {
		return o.Listener
	}
	return before(o.Listener)
}
