package triton

import (
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"math/big"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"go.uber.org/goleak"
	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/credentials"
	"google.golang.org/grpc/keepalive"
	"google.golang.org/grpc/metadata"
	"google.golang.org/grpc/status"

	"tritop/triton/pb"
)

func TestMain(m *testing.M) {
	if os.Getenv(serverEnv) != "" {
		if err := fleetServer(); err != nil {
			panic(err)
		}
		return
	}
	goleak.VerifyTestMain(everyGolden{m})
}

type fake struct {
	pb.UnimplementedGRPCInferenceServiceServer
	headers chan metadata.MD
	hang    chan struct{}
	models  int
}

func (f *fake) ServerReady(ctx context.Context, _ *pb.ServerReadyRequest) (*pb.ServerReadyResponse, error) {
	if f.hang != nil {
		<-f.hang // past the deadline too: an answer at that very moment may still be in time
	}
	if f.headers != nil {
		md, _ := metadata.FromIncomingContext(ctx)
		f.headers <- md
	}
	return &pb.ServerReadyResponse{Ready: true}, nil
}

func (f *fake) ModelStatistics(context.Context, *pb.ModelStatisticsRequest) (*pb.ModelStatisticsResponse, error) {
	r := &pb.ModelStatisticsResponse{}
	for range f.models {
		r.ModelStats = append(r.ModelStats, &pb.ModelStatistics{Name: strings.Repeat("n", 2000), Version: "1"})
	}
	return r, nil
}

func serve(t *testing.T, address string, f *fake, opts ...grpc.ServerOption) (addr string, stop func()) {
	t.Helper()
	l, err := net.Listen("tcp", address)
	if err != nil {
		t.Fatal(err)
	}
	s := grpc.NewServer(opts...)
	pb.RegisterGRPCInferenceServiceServer(s, f)
	done := make(chan struct{})
	go func() { defer close(done); _ = s.Serve(l) }()
	stop = func() { s.Stop(); <-done }
	t.Cleanup(stop)
	return l.Addr().String(), stop
}

func dial(t *testing.T, o Options) *Client {
	t.Helper()
	c, err := Dial(o)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = c.Close() })
	return c
}

func within(t *testing.T, d time.Duration) context.Context {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), d)
	t.Cleanup(cancel)
	return ctx
}

func TestHeadersGoWithEveryCall(t *testing.T) {
	t.Parallel()
	f := &fake{headers: make(chan metadata.MD, 1)}
	addr, _ := serve(t, "127.0.0.1:0", f)
	c := dial(t, Options{Address: addr, Headers: map[string]string{"triton-grpc-protocol-k1": "v1"}})
	if ready, err := c.Ready(within(t, 5*time.Second)); err != nil || !ready {
		t.Fatal(ready, err)
	}
	if got := (<-f.headers).Get("triton-grpc-protocol-k1"); len(got) != 1 || got[0] != "v1" {
		t.Fatalf("header: %v", got)
	}
	if err := (Options{Address: addr, Headers: map[string]string{"Triton_gRPC_error": "true"}}).Validate(); err == nil {
		t.Fatal("the header that crashes a server was accepted")
	}
}

func TestLargeAnswerAndItsLimit(t *testing.T) {
	t.Parallel()
	addr, _ := serve(t, "127.0.0.1:0", &fake{models: 5000}) // 10 MB, over grpc's default of 4 MiB
	r, err := dial(t, Options{Address: addr}).Statistics(within(t, 20*time.Second))
	if err != nil || len(r.GetModelStats()) != 5000 {
		t.Fatal(len(r.GetModelStats()), err)
	}
	_, err = dial(t, Options{Address: addr, MaxMessage: 1 << 20}).Statistics(within(t, 20*time.Second))
	if KindOf(err) != TooLarge {
		t.Fatalf("%v (%v)", err, KindOf(err))
	}
}

func TestComesBackWithinASecond(t *testing.T) {
	t.Parallel()
	addr, stop := serve(t, "127.0.0.1:0", &fake{})
	c := dial(t, Options{Address: addr})
	if _, err := c.Ready(within(t, 5*time.Second)); err != nil {
		t.Fatal(err)
	}
	before := c.Connections()
	stop()
	down := time.Now()
	var kind Kind
	for time.Since(down) < 3*time.Second { // long enough for the back-off to reach its limit
		_, err := c.Ready(within(t, time.Second))
		kind = KindOf(err)
		<-time.After(100 * time.Millisecond)
	}
	if kind != Refused {
		t.Fatalf("while down: %v", kind)
	}
	serve(t, addr, &fake{})
	up := time.Now()
	for {
		if _, err := c.Ready(within(t, time.Second)); err == nil {
			break
		}
		if time.Since(up) > 2*time.Second { // the goal is 1 s; a busy machine gets twice that
			t.Fatal("not back after 2 s")
		}
		<-time.After(20 * time.Millisecond)
	}
	if c.Connections() == before {
		t.Error("the new connection was not counted")
	}
}

func TestFaultKinds(t *testing.T) {
	t.Parallel()
	web := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusNotFound) }))
	t.Cleanup(web.Close)
	closed, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	_ = closed.Close()
	hang := make(chan struct{})
	t.Cleanup(func() { close(hang) })
	hung, _ := serve(t, "127.0.0.1:0", &fake{hang: hang})
	p := newPKI(t)
	secure, _ := serve(t, "127.0.0.1:0", &fake{}, grpc.Creds(credentials.NewTLS(p.server(tls.NoClientCert))))
	mutual, _ := serve(t, "127.0.0.1:0", &fake{}, grpc.Creds(credentials.NewTLS(p.server(tls.RequireAndVerifyClientCert))))
	plain, _ := serve(t, "127.0.0.1:0", &fake{})
	for name, c := range map[string]struct {
		opt  Options
		kind Kind
		word string
	}{
		"refused":                    {Options{Address: closed.Addr().String()}, Refused, "nothing listens"},
		"hung":                       {Options{Address: hung}, TimedOut, "no answer before the deadline"},
		"an HTTP server":             {Options{Address: web.Listener.Addr().String()}, NotTriton, "not a"},
		"plain to TLS":               {Options{Address: secure}, NotTriton, ""},
		"TLS to plain":               {Options{Address: plain, TLS: &TLSOptions{CA: p.ca}}, TLSFailed, "does not speak TLS"},
		"unknown authority":          {Options{Address: secure, TLS: &TLSOptions{}}, TLSFailed, "certificate is not accepted"},
		"wrong name":                 {Options{Address: secure, TLS: &TLSOptions{CA: p.ca, ServerName: "other.example"}}, TLSFailed, "certificate is not accepted"},
		"no client certificate":      {Options{Address: mutual, TLS: &TLSOptions{CA: p.ca}}, TLSFailed, "client certificate"},
		"a name that does not exist": {Options{Address: "no-such-host.invalid:1"}, Unreachable, "cannot be resolved"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			_, err := dial(t, c.opt).Ready(within(t, 3*time.Second))
			ok := KindOf(err) == c.kind || name == "plain to TLS" && (KindOf(err) == Lost || KindOf(err) == NotTriton)
			if !ok || !strings.Contains(DetailOf(err), c.word) {
				t.Fatalf("%v: %v, want %v with %q\nlibrary: %v", KindOf(err), err, c.kind, c.word, unwrapped(err))
			}
		})
	}
	t.Run("TLS and mutual TLS work", func(t *testing.T) {
		t.Parallel()
		for _, o := range []Options{
			{Address: secure, TLS: &TLSOptions{CA: p.ca}},
			{Address: mutual, TLS: &TLSOptions{CA: p.ca, Cert: p.cert, Key: p.key}},
		} {
			if ready, err := dial(t, o).Ready(within(t, 5*time.Second)); err != nil || !ready {
				t.Error(o, err)
			}
		}
	})
}

func unwrapped(err error) error {
	if f, ok := err.(*Fault); ok { //nolint:errorlint // the library's own error is wanted
		return f.Err
	}
	return err
}

func TestConnect(t *testing.T) {
	t.Parallel()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	addr := l.Addr().String()
	if err := Connect(within(t, time.Second), addr); err != nil {
		t.Error(err)
	}
	_ = l.Close()
	if err := Connect(within(t, time.Second), addr); KindOf(err) != Refused {
		t.Error(err)
	}
}

// An open connection holds up Triton's shutdown: ours must not last.
func TestAccepts(t *testing.T) {
	t.Parallel()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = l.Close() }()
	began := time.Now()
	if err := Accepts(within(t, 5*time.Second), l.Addr().String(), 10*time.Millisecond); err != nil {
		t.Error(err)
	}
	if took := time.Since(began); took > time.Second {
		t.Errorf("the connection was held for %s", took)
	}
	hungUp := make(chan error, 1)
	go func() { hungUp <- Accepts(within(t, 5*time.Second), l.Addr().String(), 4*time.Second) }()
	for range 2 { // the first one is still in the queue
		c, err := l.Accept()
		if err != nil {
			t.Fatal(err)
		}
		_ = c.Close()
	}
	if err := <-hungUp; KindOf(err) != Lost || DetailOf(err) == "" {
		t.Error(err)
	}
}

// pki is a throw-away authority with one certificate for 127.0.0.1.
type pki struct {
	ca, cert, key string
	pair          tls.Certificate
	pool          *x509.CertPool
}

func newPKI(t *testing.T) pki {
	t.Helper()
	dir := t.TempDir()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	template := &x509.Certificate{SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: "test"}, NotBefore: time.Now().Add(-time.Hour),
		NotAfter: time.Now().Add(time.Hour), IsCA: true, BasicConstraintsValid: true, KeyUsage: x509.KeyUsageCertSign | x509.KeyUsageDigitalSignature,
		ExtKeyUsage: []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth, x509.ExtKeyUsageClientAuth}, IPAddresses: []net.IP{net.IPv4(127, 0, 0, 1)}}
	der, err := x509.CreateCertificate(rand.Reader, template, template, &key.PublicKey, key)
	if err != nil {
		t.Fatal(err)
	}
	keyDER, err := x509.MarshalPKCS8PrivateKey(key)
	if err != nil {
		t.Fatal(err)
	}
	p := pki{ca: filepath.Join(dir, "ca.pem"), key: filepath.Join(dir, "key.pem"), pool: x509.NewCertPool()}
	p.cert = p.ca
	certPEM := pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: der})
	keyPEM := pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: keyDER})
	for path, b := range map[string][]byte{p.ca: certPEM, p.key: keyPEM} {
		if err := os.WriteFile(path, b, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	if p.pair, err = tls.X509KeyPair(certPEM, keyPEM); err != nil {
		t.Fatal(err)
	}
	p.pool.AppendCertsFromPEM(certPEM)
	return p
}

func (p pki) server(auth tls.ClientAuthType) *tls.Config {
	return &tls.Config{Certificates: []tls.Certificate{p.pair}, ClientAuth: auth, ClientCAs: p.pool, MinVersion: tls.VersionTLS12}
}

// A server with --grpc-max-connection-age ends its connections all the time: no call may fail of it.
func TestConnectionAgeIsNotSeen(t *testing.T) {
	t.Parallel()
	addr, _ := serve(t, "127.0.0.1:0", &fake{}, grpc.KeepaliveParams(keepalive.ServerParameters{MaxConnectionAge: 50 * time.Millisecond}))
	c := dial(t, Options{Address: addr})
	for began := time.Now(); time.Since(began) < 2*time.Second && c.Connections() < 5; {
		if _, err := c.Ready(within(t, 5*time.Second)); err != nil {
			t.Fatalf("after %d connections: %v", c.Connections(), err)
		}
	}
	if n := c.Connections(); n < 5 {
		t.Fatalf("only %d connections: the test shows nothing", n)
	}
}

// A model that is unloaded in the middle fails the all-models call once; what fails for good is asked twice, not for ever.
func TestStatisticsAreAskedAgainOnce(t *testing.T) {
	t.Parallel()
	for fails, want := range map[int]Kind{1: Other, 2: Invalid} {
		u := &unloading{fails: fails}
		l, err := net.Listen("tcp", "127.0.0.1:0")
		if err != nil {
			t.Fatal(err)
		}
		s := grpc.NewServer()
		pb.RegisterGRPCInferenceServiceServer(s, u)
		done := make(chan struct{})
		go func() { defer close(done); _ = s.Serve(l) }()
		t.Cleanup(func() { s.Stop(); <-done })
		_, err = dial(t, Options{Address: l.Addr().String()}).Statistics(within(t, 10*time.Second))
		if (err == nil) != (fails == 1) || KindOf(err) != want || u.asked != 2 {
			t.Errorf("%d failures: asked %d times, %v: %v", fails, u.asked, KindOf(err), err)
		}
	}
}

type unloading struct {
	pb.UnimplementedGRPCInferenceServiceServer
	fails, asked int // calls come one after another
}

func (u *unloading) ModelStatistics(context.Context, *pb.ModelStatisticsRequest) (*pb.ModelStatisticsResponse, error) {
	if u.asked++; u.asked <= u.fails {
		return nil, status.Error(codes.InvalidArgument, "Request for unknown model: 'm' is not found")
	}
	return &pb.ModelStatisticsResponse{}, nil
}
