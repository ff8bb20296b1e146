// Package sockettest makes certificates of its own for tests.
package sockettest

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"math/big"
	"net"
	"os"
	"path/filepath"
	"testing"
	"time"
)

// Pair writes a certificate that signs itself, for 127.0.0.1 and
// suiji.example.gov.cn, and its key into dir, over what is there. It returns
// their paths and the certificate.
func Pair(t testing.TB, dir string, serial int64, from, to time.Time) (cert, key string, leaf *x509.Certificate) {
	t.Helper()
	k, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	template := &x509.Certificate{SerialNumber: big.NewInt(serial), Subject: pkix.Name{CommonName: "suiji"}, NotBefore: from, NotAfter: to,
		DNSNames: []string{"suiji.example.gov.cn"}, IPAddresses: []net.IP{net.IPv4(127, 0, 0, 1)}, IsCA: true, BasicConstraintsValid: true}
	der, err := x509.CreateCertificate(rand.Reader, template, template, k.Public(), k)
	if err != nil {
		t.Fatal(err)
	}
	secret, err := x509.MarshalPKCS8PrivateKey(k)
	if err != nil {
		t.Fatal(err)
	}
	cert, key = filepath.Join(dir, "cert.pem"), filepath.Join(dir, "key.pem")
	put(t, key, "PRIVATE KEY", secret)
	put(t, cert, "CERTIFICATE", der)
	if leaf, err = x509.ParseCertificate(der); err != nil {
		t.Fatal(err)
	}
	return cert, key, leaf
}

func put(t testing.TB, path, kind string, der []byte) {
	t.Helper()
	if err := os.WriteFile(path, pem.EncodeToMemory(&pem.Block{Type: kind, Bytes: der}), 0o600); err != nil {
		t.Fatal(err)
	}
}
