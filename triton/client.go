package triton

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"net"
	"strconv"
	"strings"
	"sync/atomic"
	"time"

	"google.golang.org/grpc"
	"google.golang.org/grpc/backoff"
	"google.golang.org/grpc/connectivity"
	"google.golang.org/grpc/credentials"
	"google.golang.org/grpc/credentials/insecure"
	"google.golang.org/grpc/metadata"
	"google.golang.org/grpc/stats"

	"tritop/triton/pb"
)

// Options says how one server is reached.
type Options struct {
	Address    string            // host:port of the gRPC service
	TLS        *TLSOptions       // nil: plain text
	Headers    map[string]string // sent with every call, e.g. triton-grpc-protocol-KEY for a restricted protocol
	MaxMessage int               // bytes of the largest answer that is accepted
}

// DefaultMaxMessage holds the statistics of some 100,000 model versions.
const DefaultMaxMessage = 256 << 20

// Validate says what is wrong with the options.
func (o Options) Validate() error {
	host, port, err := net.SplitHostPort(o.Address)
	if err != nil {
		return fmt.Errorf("gRPC address %q: want host:port: %w", o.Address, err)
	}
	if n, err := strconv.ParseUint(port, 10, 16); err != nil || n == 0 || host == "" {
		return fmt.Errorf("gRPC address %q: want host:port with a port of 1 to 65535", o.Address)
	}
	if o.MaxMessage < 0 {
		return fmt.Errorf("largest answer %d: want bytes, or 0 for the default", o.MaxMessage)
	}
	for k, v := range o.Headers {
		if err := validHeader(k, v); err != nil {
			return err
		}
	}
	return nil
}

// validHeader refuses here what gRPC would refuse, or silently drop, at each call.
func validHeader(key, value string) error {
	k := strings.ToLower(key)
	switch {
	case k == "triton_grpc_error":
		return errors.New("header triton_grpc_error crashes Triton 2.51 on decoupled models; it is never sent")
	case k == "" || strings.Trim(k, "abcdefghijklmnopqrstuvwxyz0123456789-_.") != "":
		return fmt.Errorf("header %q: a name is made of letters, digits, '-', '_' and '.'", key)
	case strings.HasPrefix(k, "grpc-"), k == "content-type", k == "te", k == "user-agent":
		return fmt.Errorf("header %q: gRPC keeps this name to itself", key)
	}
	for i := range len(value) {
		if value[i] < 0x20 || value[i] > 0x7e {
			return fmt.Errorf("header %q: its value holds a character that is not printable ASCII", key)
		}
	}
	return nil
}

// Client is a connection to the gRPC service of one server. It is safe for use
// by many goroutines; it connects when it is first used and again when the
// connection broke, at most a second after the server is back.
type Client struct {
	address string
	conn    *grpc.ClientConn
	api     pb.GRPCInferenceServiceClient
	headers metadata.MD
	tls     *TLSOptions
	dialled connCounter
}

// connCounter counts the transport connections that were established.
type connCounter struct {
	n        atomic.Uint64
	answered atomic.Bool // something came back on the newest connection
}

func (*connCounter) TagRPC(ctx context.Context, _ *stats.RPCTagInfo) context.Context   { return ctx }
func (*connCounter) TagConn(ctx context.Context, _ *stats.ConnTagInfo) context.Context { return ctx }

// HandleConn counts connections as they begin.
func (c *connCounter) HandleConn(_ context.Context, s stats.ConnStats) {
	if _, ok := s.(*stats.ConnBegin); ok {
		c.answered.Store(false)
		c.n.Add(1)
	}
}

// Dial prepares a client; it does not connect. The caller closes it.
//
// No keepalive pings are sent: Triton answers more than two of them within
// five minutes with GOAWAY too_many_pings.
func Dial(opt Options) (*Client, error) {
	if err := opt.Validate(); err != nil {
		return nil, err
	}
	creds := insecure.NewCredentials()
	if opt.TLS != nil {
		cfg, err := opt.TLS.config()
		if err != nil {
			return nil, fmt.Errorf("TLS for %s: %w", opt.Address, err)
		}
		creds = credentials.NewTLS(cfg)
	}
	if opt.MaxMessage == 0 {
		opt.MaxMessage = DefaultMaxMessage
	}
	c := &Client{address: opt.Address, headers: metadata.New(opt.Headers), tls: opt.TLS}
	conn, err := grpc.NewClient("passthrough:///"+strings.ReplaceAll(opt.Address, "%", "%25"), // fe80::1%eth0
		grpc.WithTransportCredentials(creds),
		grpc.WithNoProxy(),
		grpc.WithDisableServiceConfig(),
		grpc.WithDefaultCallOptions(grpc.MaxCallRecvMsgSize(opt.MaxMessage)),
		grpc.WithStatsHandler(&c.dialled),
		grpc.WithUnaryInterceptor(markSent()),
		grpc.WithIdleTimeout(0),
		grpc.WithConnectParams(grpc.ConnectParams{
			Backoff:           backoff.Config{BaseDelay: 100 * time.Millisecond, Multiplier: 1.6, Jitter: 0.2, MaxDelay: 800 * time.Millisecond},
			MinConnectTimeout: time.Second,
		}))
	if err != nil {
		return nil, fmt.Errorf("prepare connection to %s: %w", opt.Address, err)
	}
	c.conn, c.api = conn, pb.NewGRPCInferenceServiceClient(conn)
	return c, nil
}

// Close ends the connection.
func (c *Client) Close() error {
	if err := c.conn.Close(); err != nil {
		return fmt.Errorf("close connection to %s: %w", c.address, err)
	}
	return nil
}

// Connections is the number of transport connections made so far. When it
// changed between two calls, the server may be a new process.
func (c *Client) Connections() uint64 { return c.dialled.n.Load() }

// call prepares the context of a call: extra headers, and a nudge for a
// connection that fell asleep after the server closed it.
func (c *Client) call(ctx context.Context) context.Context {
	if c.conn.GetState() == connectivity.Idle {
		c.conn.Connect()
	}
	if len(c.headers) == 0 {
		return ctx
	}
	return metadata.NewOutgoingContext(ctx, c.headers)
}

// Live asks whether the server lives.
func (c *Client) Live(ctx context.Context) (bool, error) {
	r, err := c.api.ServerLive(c.call(ctx), &pb.ServerLiveRequest{})
	return r.GetLive(), c.fault("ask whether live", err)
}

// Ready asks whether the server says that it is ready.
func (c *Client) Ready(ctx context.Context) (bool, error) {
	r, err := c.api.ServerReady(c.call(ctx), &pb.ServerReadyRequest{})
	return r.GetReady(), c.fault("ask whether ready", err)
}

// Statistics reads the statistics of all READY models. A model that is
// unloaded in the middle can fail the whole call, so that case is tried twice.
func (c *Client) Statistics(ctx context.Context) (*pb.ModelStatisticsResponse, error) {
	r, err := c.api.ModelStatistics(c.call(ctx), &pb.ModelStatisticsRequest{})
	if err != nil && strings.Contains(err.Error(), "Request for unknown model") {
		r, err = c.api.ModelStatistics(c.call(ctx), &pb.ModelStatisticsRequest{})
	}
	return r, c.fault("read statistics", err)
}

// Index reads the repository index. Triton lists its repository storage on
// each call: ask seldom.
func (c *Client) Index(ctx context.Context) (*pb.RepositoryIndexResponse, error) {
	r, err := c.api.RepositoryIndex(c.call(ctx), &pb.RepositoryIndexRequest{})
	return r, c.fault("read repository index", err)
}

// ServerMetadata reads name, version and extensions of the server.
func (c *Client) ServerMetadata(ctx context.Context) (*pb.ServerMetadataResponse, error) {
	r, err := c.api.ServerMetadata(c.call(ctx), &pb.ServerMetadataRequest{})
	return r, c.fault("read server metadata", err)
}

// ModelMetadata reads inputs and outputs of a model version ("": the highest READY one).
func (c *Client) ModelMetadata(ctx context.Context, model, version string) (*pb.ModelMetadataResponse, error) {
	r, err := c.api.ModelMetadata(c.call(ctx), &pb.ModelMetadataRequest{Name: model, Version: version})
	return r, c.fault("read metadata of "+model, err)
}

// ModelConfig reads the effective configuration of a model version.
func (c *Client) ModelConfig(ctx context.Context, model, version string) (*pb.ModelConfig, error) {
	r, err := c.api.ModelConfig(c.call(ctx), &pb.ModelConfigRequest{Name: model, Version: version})
	return r.GetConfig(), c.fault("read configuration of "+model, err)
}

// ModelReady asks whether a model version is ready.
func (c *Client) ModelReady(ctx context.Context, model, version string) (bool, error) {
	r, err := c.api.ModelReady(c.call(ctx), &pb.ModelReadyRequest{Name: model, Version: version})
	return r.GetReady(), c.fault("ask whether "+model+" is ready", err)
}

// Infer runs one inference.
func (c *Client) Infer(ctx context.Context, req *pb.ModelInferRequest) (*pb.ModelInferResponse, error) {
	r, err := c.api.ModelInfer(c.call(ctx), req)
	return r, c.fault("infer with "+req.GetModelName(), err)
}

// Load asks for a model to be loaded. The call lasts until it is; the load goes
// on when the deadline passes.
func (c *Client) Load(ctx context.Context, model string) error {
	_, err := c.api.RepositoryModelLoad(c.call(ctx), &pb.RepositoryModelLoadRequest{ModelName: model})
	return c.fault("load "+model, err)
}

// Unload asks for a model to be unloaded; it returns before that is done.
func (c *Client) Unload(ctx context.Context, model string) error {
	_, err := c.api.RepositoryModelUnload(c.call(ctx), &pb.RepositoryModelUnloadRequest{ModelName: model})
	return c.fault("unload "+model, err)
}

// TLSOptions says how a TLS connection is made. All paths are PEM files.
type TLSOptions struct {
	CA         string // authorities that sign the server; empty: those of the system
	Cert, Key  string // our own certificate, for mutual TLS
	ServerName string // the name in the server's certificate, where it is not the host
}

func (o *TLSOptions) config() (*tls.Config, error) {
	cfg := &tls.Config{ServerName: o.ServerName, MinVersion: tls.VersionTLS12}
	if o.CA != "" {
		pool, err := certPool(o.CA)
		if err != nil {
			return nil, err
		}
		cfg.RootCAs = pool
	}
	if (o.Cert == "") != (o.Key == "") {
		return nil, errors.New("certificate and key go together: one of them is missing")
	}
	if o.Cert != "" {
		pair, err := tls.LoadX509KeyPair(o.Cert, o.Key)
		if err != nil {
			return nil, fmt.Errorf("read certificate and key: %w", err)
		}
		cfg.Certificates = []tls.Certificate{pair}
	}
	return cfg, nil
}
