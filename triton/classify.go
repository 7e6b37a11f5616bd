package triton

import (
	"context"
	"errors"
	"strings"
	"sync/atomic"

	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/stats"
	"google.golang.org/grpc/status"
)

// sentStatus marks an error whose status the server sent. The others were made
// up by the gRPC library out of what the connection did. Both use the same
// codes, and a model may put any text into its errors: a server whose model
// answers "connection refused" listens very well.
type sentStatus struct{ error }

// Unwrap gives the library's error.
func (s *sentStatus) Unwrap() error { return s.error }

type trailerKey struct{}

// markSent makes the interceptor that tells the two apart: a status of the
// server comes in a trailer.
func markSent() grpc.UnaryClientInterceptor {
	return func(ctx context.Context, method string, req, reply any, cc *grpc.ClientConn, call grpc.UnaryInvoker, opts ...grpc.CallOption) error {
		var trailer atomic.Bool
		err := call(context.WithValue(ctx, trailerKey{}, &trailer), method, req, reply, cc, opts...)
		if err != nil && trailer.Load() && !madeHere(err) {
			return &sentStatus{err}
		}
		return err
	}
}

// madeHere knows the two errors that the library makes of a good answer.
func madeHere(err error) bool {
	text := status.Convert(err).Message()
	return strings.HasPrefix(text, "grpc: received message larger") || strings.HasPrefix(text, "grpc: failed to unmarshal")
}

// HandleRPC notes that the server ended the call itself.
func (c *connCounter) HandleRPC(ctx context.Context, s stats.RPCStats) {
	if _, ok := s.(*stats.InTrailer); !ok {
		return
	}
	c.answered.Store(true)
	if trailer, ok := ctx.Value(trailerKey{}).(*atomic.Bool); ok {
		trailer.Store(true)
	}
}

func classify(err error) (Kind, string) {
	var sent *sentStatus
	if errors.As(err, &sent) {
		st, _ := status.FromError(sent.error)
		return classifySent(st.Code(), st.Message())
	}
	st, _ := status.FromError(err)
	return classifyMade(err, st.Code(), st.Message())
}

// refusedAfterHandshake says how a loss reads on a TLS connection that never
// answered anything. In TLS 1.3 the client's part of the handshake is over
// before the server has looked at the client's certificate, so its refusal is
// often seen as a broken connection only: which of the two is chance.
func (o *TLSOptions) refusedAfterHandshake() string {
	if o.Cert == "" {
		return "the server ended the connection right after the TLS handshake, as one does that wants a client certificate (mutual TLS): give tls cert and key"
	}
	return "the server ended the connection right after the TLS handshake, as one does that refuses our client certificate"
}

// classifySent reads a status that came from the server: Triton, or a proxy before it.
func classifySent(code codes.Code, text string) (Kind, string) {
	kind := Other
	switch code {
	case codes.Unavailable:
		kind, text = sentUnavailable(text)
	case codes.DeadlineExceeded:
		return TimedOut, "the server gave up at the deadline" + colon(text)
	case codes.NotFound:
		kind = NotFound
	case codes.InvalidArgument, codes.AlreadyExists, codes.OutOfRange, codes.FailedPrecondition:
		kind = Invalid
	case codes.Unimplemented:
		kind = Unsupported
	case codes.Internal, codes.Unknown, codes.DataLoss, codes.Aborted, codes.ResourceExhausted:
		kind = Internal
	case codes.PermissionDenied, codes.Unauthenticated:
		return Restricted, "access is refused: give what it wants under headers of this server" + colon(text)
	case codes.Canceled:
		return Other, "the server cancelled the call" + colon(text)
	case codes.OK:
	}
	if text == "" {
		text = code.String() + ", without any text"
	}
	return kind, text
}

func colon(text string) string {
	if text == "" {
		return ""
	}
	return ": " + text
}

// sentUnavailable tells the many meanings of UNAVAILABLE apart by their text.
// Short texts must stand alone, so that no model's error looks like them.
func sentUnavailable(text string) (Kind, string) {
	bare := text
	if rest, ok := strings.CutPrefix(bare, "[request id: "); ok {
		if _, after, found := strings.Cut(rest, "] "); found {
			bare = after
		}
	}
	switch {
	case strings.HasPrefix(bare, "This protocol is restricted"):
		return Restricted, "this protocol is restricted: give the header " + quoted(bare) + " under headers of this server"
	case strings.HasPrefix(bare, "Server exiting"), strings.HasPrefix(bare, "GRPC server is shutting down"),
		strings.Contains(bare, "Server is stopping, scheduler for model has stopped"):
		return Exiting, text
	case strings.HasPrefix(bare, "Server not ready"):
		return NotReady, text
	}
	for _, part := range []string{"is not at ready state", "Request timeout expired", "Exceeds maximum queue size", "explicit model load"} {
		if strings.Contains(bare, part) {
			return NotReady, text
		}
	}
	return Other, text
}

// classifyMade reads a status that the library made up.
func classifyMade(err error, code codes.Code, text string) (Kind, string) {
	switch {
	case code == codes.DeadlineExceeded:
		// While a connection is being made, the library reports its last error beside the deadline.
		if k, detail := transportKind(text); k != Other {
			return k, detail
		}
		return TimedOut, "no answer before the deadline"
	case strings.Contains(text, "received message larger"):
		return TooLarge, "the answer is over the size limit: " + strings.TrimPrefix(text, "grpc: ")
	case strings.Contains(text, "unexpected HTTP status"), strings.Contains(text, "content-type"), strings.Contains(text, "malformed header"):
		return NotTriton, "not a Triton's gRPC service, is the port right? It says: " + text
	case strings.Contains(text, "failed to unmarshal"):
		return NotTriton, "a gRPC service answers, but not as Triton does: " + strings.TrimPrefix(text, "grpc: ")
	case strings.Contains(text, "RST_STREAM"), strings.Contains(text, "without sending trailers"):
		return Lost, "the call was broken off: " + text
	case code == codes.Canceled:
		return Cancelled, "the call was given up"
	case code == codes.Unavailable:
		if k, detail := transportKind(text); k != Other {
			return k, detail
		}
		return find(brokenNeedles(text), text)
	case code == codes.Internal:
		return Internal, text
	}
	return Other, err.Error()
}

// needle maps a part of a text to what it means; the first that fits wins.
type needle struct {
	part   string
	kind   Kind
	detail string
}

func find(table []needle, text string) (Kind, string) {
	for _, n := range table {
		if strings.Contains(text, n.part) {
			return n.kind, n.detail
		}
	}
	return Other, text
}

// transportKind reads why no connection came to be: the step that failed
// first, then its reason. Other where the text is about something else.
func transportKind(text string) (Kind, string) {
	switch {
	case strings.Contains(text, "authentication handshake failed"):
		return find(tlsNeedles(text), text)
	case strings.Contains(text, "Error while dialing"):
		return find(dialNeedles(text), text)
	case strings.Contains(text, noGreeting):
		return find(prefaceNeedles(text), text)
	}
	return Other, text
}

// noGreeting is the library's word for a connection that came to be, but brought no greeting.
const noGreeting = "error reading server preface"

func dialNeedles(text string) []needle {
	return []needle{
		{"connection refused", Refused, "connection refused: nothing listens there"},
		{"lookup ", Unreachable, "the name cannot be resolved: " + after(text, "lookup ")},
		{"i/o timeout", Unreachable, "no answer to the connection attempt"},
		{"timed out", Unreachable, "no answer to the connection attempt"},
		{"context deadline exceeded", Unreachable, "no answer to the connection attempt"},
		{"no route to host", Unreachable, "no route to the host"},
		{"network is unreachable", Unreachable, "the network is unreachable"},
		{"connection reset", Lost, "connection reset"},
		{"", Unreachable, "cannot connect: " + after(text, "Error while dialing: ")},
	}
}

func tlsNeedles(text string) []needle {
	return []needle{
		// Slow is not wrong: a hung server must not look like a bad certificate.
		{"context deadline exceeded", TimedOut, "the connection was accepted, but the TLS handshake got no answer"},
		{"i/o timeout", TimedOut, "the connection was accepted, but the TLS handshake got no answer"},
		{"use of closed network connection", TimedOut, "the connection was accepted, but the TLS handshake got no answer"},
		{"first record does not look like a TLS handshake", TLSFailed, "the server does not speak TLS on this port: remove tls from its configuration, or give the port that does"},
		{"x509:", TLSFailed, "the server's certificate is not accepted: " + after(text, "x509: ")},
		{"remote error: tls: certificate required", TLSFailed, "the server wants a client certificate (mutual TLS): give tls cert and key"},
		{"remote error: tls: bad certificate", TLSFailed, "the server refuses our certificate"},
		{"remote error: tls: unknown certificate authority", TLSFailed, "the server refuses our certificate: it does not know who signed it"},
		{"connection reset", Lost, "connection reset during the TLS handshake"},
		{"EOF", TLSFailed, "the TLS handshake was cut off: the server may not speak TLS on this port"},
		{"tls:", TLSFailed, "the TLS handshake failed: " + after(text, "tls: ")},
		{"", TLSFailed, "the TLS handshake failed: " + after(text, "authentication handshake failed: ")},
	}
}

func prefaceNeedles(text string) []needle {
	return []needle{
		{"use of closed network connection", TimedOut, "the connection was accepted, but the gRPC greeting did not come: the server hangs, or it is another service"},
		{"context deadline exceeded", TimedOut, "the connection was accepted, but the gRPC greeting did not come: the server hangs, or it is another service"},
		{"i/o timeout", TimedOut, "the connection was accepted, but the gRPC greeting did not come: the server hangs, or it is another service"},
		{"looked like an HTTP/1.1 header", NotTriton, httpAnswers},
		{"http2: ", NotTriton, "not a gRPC service: another protocol answers on this port (TLS, HTTP or metrics?)"},
		// A TLS alert has 7 bytes, less than the head of an HTTP/2 frame.
		{"unexpected EOF", TLSFailed, "the answer was cut off after some bytes, as a server does that wants TLS: give tls in its configuration, or another port"},
		{"remote error: tls: certificate required", TLSFailed, "the server wants a client certificate (mutual TLS): give tls cert and key"},
		{"remote error: tls: bad certificate", TLSFailed, "the server refuses our certificate"},
		{"remote error: tls: unknown certificate authority", TLSFailed, "the server refuses our certificate: it does not know who signed it"},
		{"tls:", TLSFailed, "the TLS handshake failed: " + after(text, "tls: ")},
		{"EOF", Lost, "the connection was closed before the gRPC greeting: the server may want TLS, be another service, or be going down"},
		{"", Lost, "no gRPC greeting: " + after(text, noGreeting+": ")},
	}
}

// brokenNeedles are about a connection that was good and broke.
func brokenNeedles(text string) []needle {
	return []needle{
		{"connection reset by peer", Lost, "connection reset"},
		{"error reading from server", Lost, "the connection broke: " + after(text, "error reading from server: ")},
		{"transport is closing", Lost, "the connection was closed"},
		{"closing transport", Lost, "the connection was closed"},
		{"broken pipe", Lost, "the connection broke"},
		{"goaway", Lost, "the server ended the connection"},
		{"GOAWAY", Lost, "the server ended the connection"},
		{"connection error", Lost, after(text, "desc = ")},
	}
}

// after gives what follows the last mark in text, without gRPC's quotes.
func after(text, mark string) string {
	if i := strings.LastIndex(text, mark); i >= 0 {
		text = text[i+len(mark):]
	}
	return strings.Trim(text, `"`)
}

// quoted gives the part of a text between single quotes.
func quoted(text string) string {
	if _, rest, ok := strings.Cut(text, "'"); ok {
		name, _, _ := strings.Cut(rest, "'")
		return name
	}
	return "that the server names"
}
