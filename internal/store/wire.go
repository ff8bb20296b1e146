package store

import (
	"net/netip"
	"strings"

	"github.com/jackc/pgx/v5/pgconn"
)

// Wire says in Chinese how what goes to the database that dsn names is kept
// from others on the network, and whether that is enough: encrypted with a
// certificate that is checked, or never outside this machine.
func Wire(dsn string) (found string, ok bool) {
	if !strings.HasPrefix(dsn, "postgres://") {
		return "SQLite，不经过网络", true
	}
	c, err := pgconn.ParseConfig(dsn)
	if err != nil {
		return "数据库地址读不懂", false // the error may hold the password
	}
	ways := []*pgconn.FallbackConfig{{Host: c.Host, TLSConfig: c.TLSConfig}}
	for _, w := range append(ways, c.Fallbacks...) {
		switch t := w.TLSConfig; {
		case here(w.Host):
		case t == nil:
			return "到 " + w.Host + " 的连接可能不加密", false
		case t.InsecureSkipVerify && t.VerifyPeerCertificate == nil && t.VerifyConnection == nil:
			return "到 " + w.Host + " 的连接加密，但不核对对方的证书", false
		}
	}
	return "只在本机，或者加密并核对证书", true
}

// here says whether a host is this machine.
func here(host string) bool {
	a, err := netip.ParseAddr(host)
	return strings.HasPrefix(host, "/") || host == "localhost" || err == nil && a.IsLoopback()
}
