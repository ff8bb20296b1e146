package socket

import (
	"crypto/tls"
	"crypto/x509"
	"encoding/pem"
	"fmt"
	"io/fs"
	"net"
	"net/url"
	"os"
	"sync"
	"time"

	"suiji/internal/errs"
)

// Certificate is what the program shows to those who come over HTTPS: two
// files of the operator's, read again when one of them has changed. A renewal
// is taken up by the next connection; one that is no good is not, and what was
// shown before is shown on.
type Certificate struct {
	cert, key string
	now       func() time.Time
	tell      func(error) // of a renewal that is no good

	mu    sync.Mutex
	shown *tls.Certificate
	read  [2]fs.FileInfo // the files as they were when they were last read; nil: not there
}

// Load reads a certificate with its chain and its private key, both PEM; nil
// if neither is named. tell hears of a later renewal that cannot be used.
// Errors: Invalid, with what is wrong and what to do.
func Load(cert, key string, now func() time.Time, tell func(error)) (*Certificate, error) {
	if cert == "" && key == "" {
		return nil, nil
	}
	if cert == "" || key == "" {
		return nil, errs.E(errs.Invalid, "证书和私钥要一起设置（SUIJI_TLS_CERT 和 SUIJI_TLS_KEY），现在只有一个。没有启动")
	}
	c := &Certificate{cert: cert, key: key, now: now, tell: tell, read: [2]fs.FileInfo{look(cert), look(key)}}
	var err error
	c.shown, err = c.open()
	return c, err
}

func look(path string) fs.FileInfo {
	info, err := os.Stat(path)
	if err != nil {
		return nil
	}
	return info
}

// same says whether a file is neither written nor replaced since before.
func same(before, now fs.FileInfo) bool {
	if before == nil || now == nil {
		return before == now
	}
	return os.SameFile(before, now) && before.ModTime().Equal(now.ModTime()) && before.Size() == now.Size()
}

// open reads both files, and holds them to each other and to the day.
func (c *Certificate) open() (*tls.Certificate, error) {
	chain, err := os.ReadFile(c.cert)
	if err != nil {
		return nil, errs.Because(errs.Invalid, "读不到 HTTPS 证书文件 "+c.cert+"，没有启用。请核对路径，并让运行本程序的用户能读", err)
	}
	key, err := os.ReadFile(c.key)
	if err != nil {
		return nil, errs.Because(errs.Invalid, "读不到 HTTPS 私钥文件 "+c.key+"，没有启用。请核对路径，并让运行本程序的用户（只让它）能读", err)
	}
	block, _ := pem.Decode(chain)
	if block == nil || block.Type != "CERTIFICATE" {
		return nil, errs.E(errs.Invalid, c.cert+" 里没有 PEM 格式的证书，没有启用。文件应以 -----BEGIN CERTIFICATE----- 开头，先写本站证书，再写中间证书；PFX、DER 要先转换")
	}
	if _, err := x509.ParseCertificate(block.Bytes); err != nil {
		return nil, errs.Because(errs.Invalid, c.cert+" 里的证书读不懂，没有启用。请向签发方重新取一份（国密 SM2 证书要由前面的服务器使用）", err)
	}
	pair, err := tls.X509KeyPair(chain, key)
	if err != nil {
		return nil, errs.Because(errs.Invalid, "HTTPS 证书 "+c.cert+" 与私钥 "+c.key+" 不是一对，或者私钥读不懂（设了口令的要先去掉）。没有启用，请换上同一次签发的两个文件", err)
	}
	switch today := c.now(); {
	case today.After(pair.Leaf.NotAfter):
		return nil, errs.E(errs.Invalid, fmt.Sprintf("HTTPS 证书 %s 已于 %s 到期，没有启用。请换上续期后的证书和私钥", c.cert, day(pair.Leaf.NotAfter)))
	case today.Before(pair.Leaf.NotBefore):
		return nil, errs.E(errs.Invalid, fmt.Sprintf("HTTPS 证书 %s 要到 %s 才生效，没有启用。请核对本机时钟和证书", c.cert, day(pair.Leaf.NotBefore)))
	}
	return &pair, nil
}

func day(t time.Time) string { return t.UTC().Format("2006-01-02 15:04 UTC") }

// current is the certificate of the next connection.
func (c *Certificate) current(*tls.ClientHelloInfo) (*tls.Certificate, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	cert, key := look(c.cert), look(c.key)
	if same(c.read[0], cert) && same(c.read[1], key) {
		return c.shown, nil
	}
	c.read = [2]fs.FileInfo{cert, key} // whatever comes of it: it is told once
	pair, err := c.open()
	if err != nil {
		c.tell(err)
		return c.shown, nil
	}
	c.shown = pair
	return pair, nil
}

// suites are those of TLS 1.2 that keep what was said secret when the key is
// lost later, and authenticate what they encrypt. TLS 1.3 has no others.
var suites = []uint16{
	tls.TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256, tls.TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256,
	tls.TLS_ECDHE_ECDSA_WITH_AES_256_GCM_SHA384, tls.TLS_ECDHE_RSA_WITH_AES_256_GCM_SHA384,
	tls.TLS_ECDHE_ECDSA_WITH_CHACHA20_POLY1305_SHA256, tls.TLS_ECDHE_RSA_WITH_CHACHA20_POLY1305_SHA256,
}

// Around has l speak TLS 1.2 or 1.3 and nothing else, with HTTP/2 for who wants
// it. Of a nil certificate l is as it was.
func (c *Certificate) Around(l net.Listener) net.Listener {
	if c == nil {
		return l
	}
	return tls.NewListener(l, &tls.Config{MinVersion: tls.VersionTLS12, CipherSuites: suites, GetCertificate: c.current, NextProtos: []string{"h2", "http/1.1"}})
}

func (c *Certificate) scheme() string {
	if c == nil {
		return "http://"
	}
	return "https://"
}

// ahead is how long before its end a certificate should be renewed: automatic
// renewal has failed for days by then, and a person still has two weeks.
const ahead = 15 * 24 * time.Hour

// Examine tells an administrator of a certificate's files and whether browsers
// that come to base would be content: its end, its names, who signed it, who
// may read the key.
func Examine(cert, key, base string, now time.Time) (found string, ok bool) {
	c, err := Load(cert, key, func() time.Time { return now }, nil)
	if err != nil {
		return errs.Sentence(err), false
	}
	if c == nil {
		return "本程序没有使用证书，HTTPS 由前面的服务器提供", true
	}
	leaf := c.shown.Leaf
	end := leaf.NotAfter
	if left := end.Sub(now); left < ahead {
		return fmt.Sprintf("%s 到期，只剩 %d 天", day(end), int(left.Hours()/24)), false
	}
	info, err := os.Stat(key)
	if err != nil {
		return err.Error(), false
	}
	if info.Mode().Perm()&0o007 != 0 {
		return fmt.Sprintf("私钥文件 %s 对所有用户开放（%s）", key, info.Mode().Perm()&fs.ModePerm), false
	}
	u, err := url.Parse(base)
	if err != nil || u.Hostname() == "" {
		return "有效期到 " + day(end) + "；没有设置对外网址，不能核对名称", false
	}
	if leaf.VerifyHostname(u.Hostname()) != nil {
		return fmt.Sprintf("证书里没有 %s 这个名称", u.Hostname()), false
	}
	between := x509.NewCertPool()
	for _, der := range c.shown.Certificate[1:] {
		if x, err := x509.ParseCertificate(der); err == nil {
			between.AddCert(x)
		}
	}
	if _, err := leaf.Verify(x509.VerifyOptions{Intermediates: between, CurrentTime: now}); err != nil {
		return "本机信任的签发机构没有签发过它（或者缺中间证书），浏览器会警告", false
	}
	return "有效期到 " + day(end) + "，名称相符，签发机构可信", true
}
