package collectors

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"math/big"
	"net"
	"os"
	"path/filepath"
	"testing"
	"time"

	"google.golang.org/grpc"
	"google.golang.org/grpc/credentials"

	"tritop/model"
	"tritop/triton"
)

// selfSigned makes a certificate that signs itself: authority, server and
// client in one.
func selfSigned(t *testing.T) (cert, key string, cfg *tls.Config) {
	t.Helper()
	private, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	template := &x509.Certificate{SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: "test"}, NotBefore: time.Now().Add(-time.Hour),
		NotAfter: time.Now().Add(time.Hour), IsCA: true, BasicConstraintsValid: true, KeyUsage: x509.KeyUsageCertSign | x509.KeyUsageDigitalSignature,
		ExtKeyUsage: []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth, x509.ExtKeyUsageClientAuth}, IPAddresses: []net.IP{net.IPv4(127, 0, 0, 1)}}
	der, err := x509.CreateCertificate(rand.Reader, template, template, &private.PublicKey, private)
	if err != nil {
		t.Fatal(err)
	}
	keyDER, err := x509.MarshalPKCS8PrivateKey(private)
	if err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	cert, key = filepath.Join(dir, "cert.pem"), filepath.Join(dir, "key.pem")
	for path, block := range map[string]*pem.Block{cert: {Type: "CERTIFICATE", Bytes: der}, key: {Type: "PRIVATE KEY", Bytes: keyDER}} {
		if err := os.WriteFile(path, pem.EncodeToMemory(block), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	pair, err := tls.LoadX509KeyPair(cert, key)
	if err != nil {
		t.Fatal(err)
	}
	pool := x509.NewCertPool()
	pool.AddCert(pair.Leaf)
	return cert, key, &tls.Config{Certificates: []tls.Certificate{pair}, ClientCAs: pool, MinVersion: tls.VersionTLS12}
}

func TestTLS(t *testing.T) {
	t.Parallel()
	cert, key, cfg := selfSigned(t)
	other, _, _ := selfSigned(t)
	mutual := cfg.Clone()
	mutual.ClientAuth = tls.RequireAndVerifyClientCert
	for name, c := range map[string]struct {
		server *tls.Config
		client *triton.TLSOptions
		want   []model.Outcome // any of them
	}{
		"TLS":                        {cfg, &triton.TLSOptions{CA: cert}, []model.Outcome{model.Answered}},
		"mutual TLS":                 {mutual, &triton.TLSOptions{CA: cert, Cert: cert, Key: key}, []model.Outcome{model.Answered}},
		"no client certificate":      {mutual, &triton.TLSOptions{CA: cert}, []model.Outcome{model.TLSFailed, model.Lost}},
		"an unknown authority":       {cfg, &triton.TLSOptions{CA: other}, []model.Outcome{model.TLSFailed}},
		"plain text to a TLS server": {cfg, nil, []model.Outcome{model.TLSFailed, model.Lost, model.Foreign}},
		"TLS to a plain server":      {nil, &triton.TLSOptions{CA: cert}, []model.Outcome{model.TLSFailed}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			var opts []grpc.ServerOption
			if c.server != nil {
				opts = append(opts, grpc.Creds(credentials.NewTLS(c.server)))
			}
			target := newFake("m").start(t, "a", nil, opts...)
			target.GRPC.TLS = c.client
			facts, _ := observe(t, fleet([]Target{target}))
			p := await(t, facts, name, func(p model.Polled) bool {
				for _, o := range c.want {
					if p.Outcome == o {
						return true
					}
				}
				return false
			})
			if p.Outcome != model.Answered && p.Detail == "" {
				t.Error("no reason is given")
			}
			t.Logf("%s: %s", p.Outcome, p.Detail)
		})
	}
}
