package triton

import (
	"context"
	"crypto/tls"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/credentials"
	"google.golang.org/grpc/status"

	"tritop/triton/pb"
)

// sayer answers every inference with the status that the model name selects.
type sayer struct {
	pb.UnimplementedGRPCInferenceServiceServer
	say map[string]error
}

func (s sayer) ModelInfer(_ context.Context, r *pb.ModelInferRequest) (*pb.ModelInferResponse, error) {
	return nil, s.say[r.GetModelName()]
}

func serveSayer(t *testing.T, say map[string]error) string {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	s := grpc.NewServer()
	pb.RegisterGRPCInferenceServiceServer(s, sayer{say: say})
	done := make(chan struct{})
	go func() { defer close(done); _ = s.Serve(l) }()
	t.Cleanup(func() { s.Stop(); <-done })
	return l.Addr().String()
}

// A model chooses the text of its errors. None of them may look like a fault of the server or of the network.
func TestTextOfAModelDoesNotLookLikeAFaultOfTheServer(t *testing.T) {
	t.Parallel()
	texts := []string{"db: connection refused", "x509: certificate signed by unknown authority", "upstream tls: handshake failure", "i/o timeout",
		"connection reset by peer", "error reading server preface: EOF", "connection error: desc = \"transport: Error while dialing: connection refused\"",
		"unexpected HTTP status code received from server: 404", "bad content-type", "malformed header", "stream terminated by RST_STREAM",
		"my queue is shutting down: Server exiting", "transport is closing", "goaway", "http2: frame too large", "context deadline exceeded", "", "\x1b[2J"}
	says := map[string]error{}
	for _, c := range []codes.Code{codes.Unavailable, codes.Internal, codes.Unknown, codes.InvalidArgument, codes.NotFound, codes.Unimplemented, codes.Canceled, codes.ResourceExhausted} {
		for _, text := range texts {
			says[c.String()+" "+text] = status.Error(c, text)
		}
	}
	want := map[string]Kind{"Unavailable": Other, "Internal": Internal, "Unknown": Internal, "InvalidArgument": Invalid, "NotFound": NotFound,
		"Unimplemented": Unsupported, "Canceled": Other, "ResourceExhausted": Internal}
	client := dial(t, Options{Address: serveSayer(t, says)})
	for name := range says {
		_, err := client.Infer(within(t, 10*time.Second), &pb.ModelInferRequest{ModelName: name})
		code, text, _ := strings.Cut(name, " ")
		if KindOf(err) != want[code] || !strings.Contains(DetailOf(err), text) || DetailOf(err) == "" {
			t.Errorf("%q: %v: %q, want %v with its own text", name, KindOf(err), DetailOf(err), want[code])
		}
		if status.Code(unwrapped(err)).String() != code {
			t.Errorf("%q: the library's error is lost: %v", name, unwrapped(err))
		}
	}
}

// recorded is one line of errors.jsonl.
type recorded struct {
	Case, Transport, Text string
	Code                  any
}

// recordedErrors gives the gRPC errors of errors.jsonl: what a server says, and
// the line, by a name that the request carries.
func recordedErrors(t *testing.T) (says map[string]error, lines map[string]recorded) {
	t.Helper()
	names := map[string]codes.Code{"INTERNAL": codes.Internal, "INVALID_ARGUMENT": codes.InvalidArgument, "NOT_FOUND": codes.NotFound,
		"UNAVAILABLE": codes.Unavailable, "UNIMPLEMENTED": codes.Unimplemented, "DEADLINE_EXCEEDED": codes.DeadlineExceeded}
	says, lines = map[string]error{}, map[string]recorded{}
	for i, line := range strings.Split(strings.TrimSpace(string(read(t, "errors.jsonl"))), "\n") {
		var e recorded
		if err := json.Unmarshal([]byte(line), &e); err != nil {
			t.Fatal(err)
		}
		if e.Transport != "grpc" || asString(e.Code) == "OK" {
			continue
		}
		code, ok := names[asString(e.Code)]
		if !ok {
			t.Fatalf("%s: unknown code %v", e.Case, e.Code)
		}
		key := fmt.Sprint(i, " ", e.Case)
		says[key], lines[key] = status.Error(code, e.Text), e
	}
	return says, lines
}

// Each recorded gRPC error comes over the wire and falls into the kind that its case name says.
func TestErrorGoldens(t *testing.T) {
	t.Parallel()
	says, lines := recordedErrors(t)
	seen := map[string]bool{}
	client := dial(t, Options{Address: serveSayer(t, says)})
	for key, e := range lines {
		want, ok := goldenKinds[e.Case]
		if !ok {
			t.Errorf("case %q has no kind in this test", e.Case)
		}
		seen[e.Case] = true
		_, err := client.Infer(within(t, 10*time.Second), &pb.ModelInferRequest{ModelName: key})
		if got := KindOf(err); got != want {
			t.Errorf("%s: %v (%s), want %v", e.Case, got, DetailOf(err), want)
		}
		if DetailOf(err) == "" || want != Restricted && want != TimedOut && DetailOf(err) != e.Text {
			t.Errorf("%s: %q, Triton said %q", e.Case, DetailOf(err), e.Text)
		}
	}
	for c := range goldenKinds {
		if !seen[c] {
			t.Errorf("case %q is not in the goldens", c)
		}
	}
}

var goldenKinds = map[string]Kind{
	"per-request TritonError": Internal, "exception in execute": Internal, "wrong number of responses": Internal, "shape": Invalid, "rank": Invalid,
	"batch too large": Invalid, "data type": Invalid, "missing input": Invalid, "unknown input": Invalid, "unknown model": NotFound,
	"unknown version": NotFound, "version not a number": Invalid, "ensemble step exception": Internal, "ensemble step TritonError": Internal,
	"queue full, 6 at once": NotReady, "queue timeout 100 ms, 3 at once, each executes 400 ms": NotReady,
	"client deadline 150 ms, 3 at once": TimedOut, "stub process died": Internal, "request after the stub died": Internal,
	"load unknown": Internal, "load in mode none": NotReady, "unload in mode none": NotReady, "restricted": Restricted,
	"index with repository name": Unsupported, "metadata unknown": NotFound, "config unknown": NotFound,
	"statistics unknown": Invalid, "statistics unknown version": Invalid, "load with unknown backend": Invalid, "load with broken JSON": Internal,
	"load with another name": Internal, "load with a version that does not exist": Invalid, "load, config not a string": Invalid, "load with unknown parameter": Invalid,
}

// What Triton says while it stops or does not serve, as documented for versions that were not recorded.
func TestDocumentedUnavailable(t *testing.T) {
	t.Parallel()
	want := map[string]Kind{
		"Server exiting": Exiting, "[request id: <id_unknown>] Server exiting": Exiting, "Server not ready": NotReady,
		"GRPC server is shutting down and has stopped accepting new requests.":                                            Exiting,
		"Server is stopping, scheduler for model has stopped accepting new inference requests":                            Exiting,
		"[request id: 7] Server is stopping, scheduler for model has stopped accepting new inference requests":            Exiting,
		"in ensemble 'e', Server is stopping, scheduler for model has stopped accepting new inference requests":           Exiting,
		"Request for unknown model: 'm' is not at ready state":                                                            NotReady,
		"[request id: <id_unknown>] Exceeds maximum queue size":                                                           NotReady,
		"[request id: a] b] Request timeout expired":                                                                      NotReady,
		"explicit model load / unload is not allowed if polling is enabled":                                               NotReady,
		"This protocol is restricted, expecting header 'triton-grpc-protocol-k1'":                                         Restricted,
		"upstream connect error or disconnect/reset before headers. reset reason: connection failure, connection refused": Other,
	}
	says := map[string]error{}
	for text := range want {
		says[text] = status.Error(codes.Unavailable, text)
	}
	client := dial(t, Options{Address: serveSayer(t, says)})
	for text, kind := range want {
		_, err := client.Infer(within(t, 10*time.Second), &pb.ModelInferRequest{ModelName: text})
		if KindOf(err) != kind {
			t.Errorf("%s: %v, want %v", text, KindOf(err), kind)
		}
		if kind == Restricted && !strings.Contains(err.Error(), "header triton-grpc-protocol-k1") {
			t.Errorf("the header is not named: %v", err)
		}
	}
}

// listenRaw serves each connection with f and closes what is open at the end.
func listenRaw(t *testing.T, f func(net.Conn)) string {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	var wg sync.WaitGroup
	end := make(chan struct{})
	wg.Go(func() {
		for {
			c, err := l.Accept()
			if err != nil {
				return
			}
			wg.Go(func() {
				_ = c.SetDeadline(time.Now().Add(20 * time.Second))
				f(c)
				<-end
			})
			t.Cleanup(func() { _ = c.Close() })
		}
	})
	t.Cleanup(func() { close(end); _ = l.Close(); wg.Wait() })
	return l.Addr().String()
}

// listenDeaf gives an address whose connects are neither accepted nor refused: its backlog is full.
func listenDeaf(t *testing.T) string {
	t.Helper()
	fd, err := syscall.Socket(syscall.AF_INET, syscall.SOCK_STREAM, 0)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = syscall.Close(fd) })
	if err := syscall.Bind(fd, &syscall.SockaddrInet4{Addr: [4]byte{127, 0, 0, 1}}); err != nil {
		t.Fatal(err)
	}
	if err := syscall.Listen(fd, 0); err != nil {
		t.Fatal(err)
	}
	name, err := syscall.Getsockname(fd)
	if err != nil {
		t.Fatal(err)
	}
	addr := fmt.Sprintf("127.0.0.1:%d", name.(*syscall.SockaddrInet4).Port)
	for range 8 {
		c, err := net.DialTimeout("tcp", addr, 100*time.Millisecond)
		if err != nil {
			return addr
		}
		t.Cleanup(func() { _ = c.Close() })
	}
	t.Skip("the kernel accepts more connects than the backlog holds")
	return ""
}

func sip(c net.Conn) { _, _ = c.Read(make([]byte, 4096)) }

// hangUp ends a connection in order: a plain Close with unread data resets it, and what was said is lost.
func hangUp(c net.Conn) {
	_ = c.(*net.TCPConn).CloseWrite()
	_, _ = io.Copy(io.Discard, c)
}

// What a gRPC client may find on a port that is not a healthy Triton.
func TestWhatElseMayAnswer(t *testing.T) {
	t.Parallel()
	p := newPKI(t)
	silent := listenRaw(t, func(net.Conn) {})
	var protocols http.Protocols
	protocols.SetUnencryptedHTTP2(true)
	h2, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	web := &http.Server{Protocols: &protocols, Handler: http.NotFoundHandler(), ReadHeaderTimeout: time.Minute}
	done := make(chan struct{})
	go func() { defer close(done); _ = web.Serve(h2) }()
	t.Cleanup(func() { _ = web.Close(); <-done })
	secure, _ := serve(t, "127.0.0.1:0", &fake{}, grpc.Creds(credentials.NewTLS(p.server(tls.NoClientCert))))
	alert := func(c net.Conn) { sip(c); _, _ = c.Write([]byte{21, 3, 1, 0, 2, 2, 70}); hangUp(c) }
	say := func(text string) func(net.Conn) {
		return func(c net.Conn) { sip(c); _, _ = io.WriteString(c, text); hangUp(c) }
	}
	for name, c := range map[string]struct {
		opt  Options
		kind Kind
		word string
	}{
		"accepts and is silent":         {Options{Address: silent}, TimedOut, "accepted"},
		"accepts and is silent, TLS":    {Options{Address: silent, TLS: &TLSOptions{CA: p.ca}}, TimedOut, "accepted"},
		"neither accepts nor refuses":   {Options{Address: listenDeaf(t)}, Unreachable, "no answer to the connection attempt"},
		"closes":                        {Options{Address: listenRaw(t, func(c net.Conn) { sip(c); hangUp(c) })}, Lost, "closed before the gRPC greeting"},
		"plain to TLS, no alert":        {Options{Address: secure}, Lost, "may want TLS"},
		"plain to TLS, alert":           {Options{Address: listenRaw(t, alert)}, TLSFailed, "wants TLS"},
		"HTTP/1.1 400":                  {Options{Address: listenRaw(t, say("HTTP/1.1 400 Bad Request\r\nContent-Length: 0\r\n\r\n"))}, NotTriton, "HTTP server"},
		"metrics port, 200 and empty":   {Options{Address: listenRaw(t, say("HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n"))}, NotTriton, "metrics port"},
		"SSH":                           {Options{Address: listenRaw(t, say("SSH-2.0-OpenSSH_9.2p1 Debian-2\r\n"))}, NotTriton, "another protocol"},
		"HTTP/2 that is not gRPC":       {Options{Address: h2.Addr().String()}, NotTriton, "is the port right"},
		"TLS to a plain HTTP server":    {Options{Address: listenRaw(t, say("HTTP/1.1 400 Bad Request\r\n\r\n")), TLS: &TLSOptions{}}, TLSFailed, "does not speak TLS"},
		"TLS to a server that hangs up": {Options{Address: listenRaw(t, func(c net.Conn) { sip(c); hangUp(c) }), TLS: &TLSOptions{}}, TLSFailed, "may not speak TLS"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			client := dial(t, c.opt)
			for range 2 { // the second call meets the back-off, and must say the same
				_, err := client.Ready(within(t, 4*time.Second))
				if KindOf(err) != c.kind || !strings.Contains(DetailOf(err), c.word) {
					t.Fatalf("%v: %v, want %v with %q\nlibrary: %v", KindOf(err), err, c.kind, c.word, unwrapped(err))
				}
			}
		})
	}
}

func TestConnectTellsApart(t *testing.T) {
	t.Parallel()
	gone, cancel := context.WithCancel(t.Context())
	cancel()
	silent := listenRaw(t, func(net.Conn) {})
	if err := Connect(within(t, 5*time.Second), silent); err != nil {
		t.Errorf("a hung server accepts: %v", err)
	}
	for name, c := range map[string]struct {
		ctx  context.Context
		addr string
		want Kind
	}{
		"unanswered": {within(t, 300*time.Millisecond), listenDeaf(t), Unreachable},
		"no name":    {within(t, 5*time.Second), "no-such-host.invalid:1", Unreachable},
		"given up":   {gone, silent, Cancelled},
	} {
		if err := Connect(c.ctx, c.addr); KindOf(err) != c.want || DetailOf(err) == "" {
			t.Errorf("%s: %v: %v, want %v", name, KindOf(err), err, c.want)
		}
	}
}

func TestOptionsAreChecked(t *testing.T) {
	t.Parallel()
	for name, o := range map[string]Options{
		"no port": {Address: "host"}, "empty port": {Address: "host:"}, "port 0": {Address: "host:0"}, "port too large": {Address: "host:65536"},
		"named port": {Address: "host:http"}, "no host": {Address: ":8001"}, "negative size": {Address: "h:1", MaxMessage: -1},
		"header with a blank": {Address: "h:1", Headers: map[string]string{"a b": "x"}}, "no header name": {Address: "h:1", Headers: map[string]string{"": "x"}},
		"pseudo header": {Address: "h:1", Headers: map[string]string{":path": "x"}}, "gRPC's own": {Address: "h:1", Headers: map[string]string{"Grpc-Timeout": "1S"}},
		"line break": {Address: "h:1", Headers: map[string]string{"a": "x\r\nb: c"}}, "not ASCII": {Address: "h:1", Headers: map[string]string{"a": "ü"}},
		"authorities that do not exist": {Address: "h:1", TLS: &TLSOptions{CA: "no/such/file"}}, "authorities without one": {Address: "h:1", TLS: &TLSOptions{CA: "testdata/README.md"}},
		"certificate without key": {Address: "h:1", TLS: &TLSOptions{Cert: "x"}}, "unreadable certificate": {Address: "h:1", TLS: &TLSOptions{Cert: "no/file", Key: "no/file"}},
	} {
		if c, err := Dial(o); err == nil {
			_ = c.Close()
			t.Errorf("%s: accepted", name)
		}
	}
	for _, o := range []Options{{Address: "host:8001"}, {Address: "[::1]:8001"}, {Address: "[fe80::1%eth0]:8001"},
		{Address: "h:1", Headers: map[string]string{"Triton-GRPC-Protocol-k1": "v=1 ~"}}} {
		c, err := Dial(o)
		if err != nil {
			t.Errorf("%s: %v", o.Address, err)
			continue
		}
		_ = c.Close()
	}
}

// In TLS 1.3 it is chance whether the client reads the server's refusal or sees a broken connection.
func TestMissingClientCertificateIsAlwaysNamed(t *testing.T) {
	t.Parallel()
	p := newPKI(t)
	mutual, _ := serve(t, "127.0.0.1:0", &fake{}, grpc.Creds(credentials.NewTLS(p.server(tls.RequireAndVerifyClientCert))))
	for range 50 {
		c := dial(t, Options{Address: mutual, TLS: &TLSOptions{CA: p.ca}})
		_, err := c.Ready(within(t, 10*time.Second))
		if KindOf(err) != TLSFailed || !strings.Contains(DetailOf(err), "client certificate") {
			t.Fatalf("%v: %v\nlibrary: %v", KindOf(err), err, unwrapped(err))
		}
	}
}

func TestLostTLSConnectionIsLostNotMisconfigured(t *testing.T) {
	t.Parallel()
	p := newPKI(t)
	addr, stop := serve(t, "127.0.0.1:0", &fake{}, grpc.Creds(credentials.NewTLS(p.server(tls.NoClientCert))))
	c := dial(t, Options{Address: addr, TLS: &TLSOptions{CA: p.ca}})
	if _, err := c.Ready(within(t, 10*time.Second)); err != nil {
		t.Fatal(err)
	}
	stop()
	_, err := c.Ready(within(t, 10*time.Second))
	if k := KindOf(err); k != Refused && k != Lost {
		t.Fatalf("%v: %v", k, err)
	}
}

// A gRPC port greets before it is asked. Depending on who is first, net/http
// calls that a malformed answer or a connection that failed in its own words.
func TestAPortThatSpeaksFirstIsNoHTTPServer(t *testing.T) {
	t.Parallel()
	for _, text := range []string{`malformed HTTP response "\x00\x00"`, "readLoopPeekFailLocked: %!w(<nil>)"} {
		kind, detail := NetworkKind(&url.Error{Op: "Get", URL: "http://127.0.0.1:8001/metrics", Err: errors.New(text)})
		if kind != NotTriton || !strings.Contains(detail, "another protocol answers") {
			t.Errorf("%s: %v %q", text, kind, detail)
		}
	}
}
