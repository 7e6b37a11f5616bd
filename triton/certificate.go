package triton

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"net"
)

// Certificate makes a TLS handshake with address (host:port) and gives the
// server's certificate, accepted or not; refusal says why it is not, nil where it
// is. Nothing is sent on the connection. o may be nil: the options of a server
// that was not configured for TLS. An error (a *Fault) means that no certificate
// was shown.
func (o *TLSOptions) Certificate(ctx context.Context, address string) (leaf *x509.Certificate, refusal, err error) {
	if o == nil {
		o = &TLSOptions{}
	}
	host, _, err := net.SplitHostPort(address)
	fault := func(kind Kind, detail string, err error) error {
		return &Fault{Op: "read the certificate", Address: address, Kind: kind, Detail: detail, Err: err}
	}
	cfg, configErr := o.config()
	if err = errors.Join(err, configErr); err != nil {
		return nil, nil, fault(Invalid, err.Error(), err)
	}
	conn, err := reach(ctx, address)
	if err != nil {
		kind := connectKind(err)
		return nil, nil, fault(kind, connectDetail(kind, err), err)
	}
	defer func() { _ = conn.Close() }()
	if cfg.ServerName == "" {
		cfg.ServerName = host
	}
	cfg.NextProtos, cfg.InsecureSkipVerify = []string{"h2"}, true // nothing is believed: it is verified below
	c := tls.Client(conn, cfg)
	err = c.HandshakeContext(ctx)
	chain := c.ConnectionState().PeerCertificates
	if len(chain) == 0 {
		return nil, nil, fault(TLSFailed, "no certificate was shown", err)
	}
	between := x509.NewCertPool()
	for _, cert := range chain[1:] {
		between.AddCert(cert)
	}
	_, refusal = chain[0].Verify(x509.VerifyOptions{Roots: cfg.RootCAs, Intermediates: between, DNSName: cfg.ServerName})
	return chain[0], refusal, nil //nolint:wrapcheck // the caller asks x509 what it means
}
