package doctor

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
	"sync/atomic"
	"testing"
	"time"

	"go.uber.org/goleak"
	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/credentials"
	"google.golang.org/grpc/status"

	"tritop/model"
	"tritop/triton"
	"tritop/triton/pb"
)

// TestMain fails when an examination leaves a goroutine behind.
func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// fake is a Triton whose answers a test chooses; the zero value is well and has
// one model, m:1, that gives back what it is given.
type fake struct {
	pb.UnimplementedGRPCInferenceServiceServer
	refuse   map[string]error // by call
	unready  bool
	metadata *pb.ServerMetadataResponse
	index    []*pb.RepositoryIndexResponse_ModelIndex
	ahead    time.Duration // of its clock
	infer    func(*pb.ModelInferRequest) (*pb.ModelInferResponse, error)
	last     atomic.Int64 // inference, by its clock, in ms
}

func (f *fake) ServerLive(context.Context, *pb.ServerLiveRequest) (*pb.ServerLiveResponse, error) {
	return &pb.ServerLiveResponse{Live: true}, f.refuse["live"]
}

func (f *fake) ServerReady(context.Context, *pb.ServerReadyRequest) (*pb.ServerReadyResponse, error) {
	return &pb.ServerReadyResponse{Ready: !f.unready}, f.refuse["ready"]
}

func (f *fake) ServerMetadata(context.Context, *pb.ServerMetadataRequest) (*pb.ServerMetadataResponse, error) {
	if f.metadata != nil {
		return f.metadata, nil
	}
	return &pb.ServerMetadataResponse{Name: "triton", Version: "2.66.0", Extensions: []string{"statistics", "model_repository", "model_configuration"}}, f.refuse["metadata"]
}

func (f *fake) ModelStatistics(context.Context, *pb.ModelStatisticsRequest) (*pb.ModelStatisticsResponse, error) {
	return &pb.ModelStatisticsResponse{ModelStats: []*pb.ModelStatistics{{Name: "m", Version: "1", LastInference: uint64(f.last.Load()),
		InferenceStats: &pb.InferStatistics{Success: &pb.StatisticDuration{Count: 5}, Fail: &pb.StatisticDuration{Count: 2}}}}}, f.refuse["statistics"]
}

func (f *fake) RepositoryIndex(context.Context, *pb.RepositoryIndexRequest) (*pb.RepositoryIndexResponse, error) {
	models := f.index
	if models == nil {
		models = []*pb.RepositoryIndexResponse_ModelIndex{{Name: "m", Version: "1", State: "READY"}}
	}
	return &pb.RepositoryIndexResponse{Models: models}, f.refuse["index"]
}

func (f *fake) ModelInfer(_ context.Context, r *pb.ModelInferRequest) (*pb.ModelInferResponse, error) {
	f.last.Store(time.Now().Add(f.ahead).UnixMilli())
	if f.infer != nil {
		return f.infer(r)
	}
	return &pb.ModelInferResponse{ModelName: "m", ModelVersion: r.GetModelVersion(), RawOutputContents: r.GetRawInputContents(),
		Outputs: []*pb.ModelInferResponse_InferOutputTensor{{Name: "O", Datatype: "FP32", Shape: []int64{1}}}}, nil
}

// restricted is what Triton answers to a call of a restricted protocol.
func restricted() error {
	return status.Error(codes.Unavailable, "This protocol is restricted, expecting header 'triton-grpc-protocol-k1'")
}

// serve gives the port of a gRPC server; cfg nil: without TLS.
func serve(t *testing.T, f *fake, cfg *tls.Config) int {
	t.Helper()
	opts := []grpc.ServerOption{grpc.WaitForHandlers(true)}
	if cfg != nil {
		opts = append(opts, grpc.Creds(credentials.NewTLS(cfg)))
	}
	s, l := grpc.NewServer(opts...), listen(t)
	pb.RegisterGRPCInferenceServiceServer(s, f)
	done := make(chan struct{})
	go func() { defer close(done); _ = s.Serve(l) }()
	t.Cleanup(func() { s.Stop(); <-done })
	return portOf(l.Addr())
}

func listen(t *testing.T) net.Listener {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	return l
}

func portOf(a net.Addr) int { return a.(*net.TCPAddr).Port } //nolint:forcetypeassert // a TCP listener

// silent gives a port that accepts and says nothing.
func silent(t *testing.T) int {
	t.Helper()
	l := listen(t)
	t.Cleanup(func() { _ = l.Close() })
	return portOf(l.Addr()) // the kernel accepts
}

// web gives the port of an HTTP server.
func web(t *testing.T, h http.HandlerFunc) int {
	t.Helper()
	s := httptest.NewServer(h)
	t.Cleanup(s.Close)
	return portOf(s.Listener.Addr())
}

// tritonHTTP is Triton's HTTP port, as far as it is asked.
func tritonHTTP(w http.ResponseWriter, r *http.Request) {
	switch r.URL.Path {
	case "/v2/health/live":
	case "/v2":
		_, _ = w.Write([]byte(`{"name":"triton","version":"2.66.0","extensions":[]}`))
	default:
		http.NotFound(w, r)
	}
}

// metricsOf gives what serves a recorded metrics text, as a metrics port does.
func metricsOf(t *testing.T, golden string) http.HandlerFunc {
	t.Helper()
	text, err := os.ReadFile(filepath.Join("../triton/testdata/goldens/metrics", golden+".txt"))
	if err != nil {
		t.Fatal(err)
	}
	return func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path == "/metrics" {
			_, _ = w.Write(text)
		}
	}
}

// certified is a certificate that signs itself, for hosts and a time.
func certified(t *testing.T, from, to time.Time, names ...string) (cfg *tls.Config, ca string) {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	template := &x509.Certificate{SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: "our CA"}, NotBefore: from, NotAfter: to, IsCA: true, BasicConstraintsValid: true,
		KeyUsage: x509.KeyUsageCertSign | x509.KeyUsageDigitalSignature, ExtKeyUsage: []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth}}
	for _, n := range names {
		if ip := net.ParseIP(n); ip != nil {
			template.IPAddresses = append(template.IPAddresses, ip)
		} else {
			template.DNSNames = append(template.DNSNames, n)
		}
	}
	der, err := x509.CreateCertificate(rand.Reader, template, template, &key.PublicKey, key)
	if err != nil {
		t.Fatal(err)
	}
	ca = filepath.Join(t.TempDir(), "ca.pem")
	if err := os.WriteFile(ca, pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: der}), 0o600); err != nil {
		t.Fatal(err)
	}
	return &tls.Config{Certificates: []tls.Certificate{{Certificate: [][]byte{der}, PrivateKey: key}}, MinVersion: tls.VersionTLS12}, ca
}

// at is a target on this machine.
func at(grpc, http, metrics int) Target {
	return Target{Spec: model.ServerSpec{Name: "a", Host: "127.0.0.1", GRPC: grpc, HTTP: http, Metric: metrics}, GRPC: triton.Options{Address: address("127.0.0.1", grpc)}}
}
