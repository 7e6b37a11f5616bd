package triton

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"
)

// Kind says what became of a call that was not answered as it should be.
type Kind int

// The kinds. The zero value is a fault that nobody classified.
const (
	Other       Kind = iota
	Refused          // nothing listens on the port
	Unreachable      // the connection attempt itself got no answer
	TimedOut         // no answer before the deadline; whether the port still accepts must be asked (Connect)
	Lost             // the connection broke
	NotTriton        // an answer, but not of a gRPC service: an HTTP server, the metrics port
	TLSFailed        // the handshake failed, or one side speaks TLS and the other does not
	Restricted       // Triton wants a header for this protocol
	Exiting          // Triton shuts down
	NotReady         // Triton or the model is not ready, or the queue is full
	NotFound         // unknown model or version, or one without a ready version
	Invalid          // Triton refuses the request as it stands
	Unsupported      // Triton does not know this call
	TooLarge         // the answer is over the size limit
	Internal         // an error in Triton or its back-end
	Cancelled        // we gave up
)

// String gives the kind in words.
func (k Kind) String() string {
	return [...]string{"other", "refused", "unreachable", "timed out", "connection lost", "not a Triton", "TLS failed", "restricted",
		"exiting", "not ready", "not found", "invalid request", "unsupported", "too large", "internal error", "cancelled"}[k]
}

// Fault is the error of every call of this package: what was being done, to
// what, why it failed.
type Fault struct {
	Op, Address string
	Kind        Kind
	Detail      string // why, for people, with what to do next where we know
	Err         error
}

// Error gives one line for people.
func (f *Fault) Error() string { return f.Op + " at " + f.Address + ": " + f.Detail }

// Unwrap gives the library's error.
func (f *Fault) Unwrap() error { return f.Err }

// KindOf says what kind of fault an error is; Other for a foreign one.
func KindOf(err error) Kind {
	var f *Fault
	if errors.As(err, &f) {
		return f.Kind
	}
	return Other
}

// DetailOf gives the reason of a fault without what was being done, else the error's text.
func DetailOf(err error) string {
	var f *Fault
	if errors.As(err, &f) {
		return f.Detail
	}
	if err == nil {
		return ""
	}
	return err.Error()
}

func (c *Client) fault(op string, err error) error {
	if err == nil {
		return nil
	}
	kind, detail := classify(err)
	return &Fault{Op: op, Address: c.address, Kind: kind, Detail: detail, Err: err}
}

// classify reads a gRPC error. UNAVAILABLE has a dozen meanings, told apart by
// their text only: those of the transport first, then Triton's own.
func classify(err error) (Kind, string) {
	st, _ := status.FromError(err)
	text := st.Message()
	switch st.Code() {
	case codes.DeadlineExceeded:
		return classifyDeadline(err, text)
	case codes.Unavailable:
		return classifyUnavailable(text)
	case codes.NotFound:
		return NotFound, text
	case codes.InvalidArgument, codes.AlreadyExists, codes.OutOfRange, codes.FailedPrecondition:
		return Invalid, text
	case codes.Unimplemented:
		return classifyUnimplemented(text)
	case codes.ResourceExhausted:
		if strings.Contains(text, "received message larger") {
			return TooLarge, "the answer is over the size limit: " + text
		}
		return Internal, text
	case codes.Internal, codes.Unknown, codes.DataLoss, codes.Aborted:
		return classifyInternal(text)
	case codes.Canceled:
		return Cancelled, "the call was given up"
	case codes.PermissionDenied, codes.Unauthenticated:
		return notTriton(text)
	case codes.OK:
	}
	return Other, err.Error()
}

func classifyDeadline(err error, text string) (Kind, string) {
	// While a connection is being made, grpc reports its last error beside the deadline.
	if k, detail := transportKind(text); k != Other {
		return k, detail
	}
	if errors.Is(err, context.DeadlineExceeded) || text != "" {
		return TimedOut, "no answer before the deadline"
	}
	return TimedOut, text
}

// needles maps a part of a text to what it means; the first that fits wins.
type needle struct {
	part   string
	kind   Kind
	detail string // empty: the text itself
}

func find(table []needle, text string) (Kind, string) {
	for _, n := range table {
		if strings.Contains(text, n.part) {
			if n.detail == "" {
				return n.kind, text
			}
			return n.kind, n.detail
		}
	}
	return Other, text
}

func transportKind(text string) (Kind, string) {
	return find([]needle{
		{"first record does not look like a TLS handshake", TLSFailed, "the server does not speak TLS on this port: remove tls from its configuration, or give it the port that does"},
		{"x509:", TLSFailed, "the server's certificate is not accepted: " + after(text, "x509: ")},
		{"remote error: tls: certificate required", TLSFailed, "the server wants a client certificate (mutual TLS): give tls cert and key"},
		{"remote error: tls: bad certificate", TLSFailed, "the server refuses our certificate"},
		{"tls:", TLSFailed, "the TLS handshake failed: " + after(text, "tls: ")},
		{"authentication handshake failed: EOF", TLSFailed, "the TLS handshake was cut off: the server may not speak TLS on this port"},
		{"authentication handshake failed", TLSFailed, "the TLS handshake failed: " + after(text, "authentication handshake failed: ")},
		{"connection refused", Refused, "connection refused: nothing listens there"},
		{"no such host", Unreachable, "the name cannot be resolved: " + after(text, "lookup ")},
		{"server misbehaving", Unreachable, "the name cannot be resolved: " + after(text, "lookup ")},
		{"i/o timeout", Unreachable, "no answer to the connection attempt"},
		{"no route to host", Unreachable, "no route to the host"},
		{"network is unreachable", Unreachable, "the network is unreachable"},
		{"error reading server preface: http2: failed reading the frame payload", NotTriton, "not a gRPC service: another protocol answers on this port (the HTTP or metrics port?)"},
		{"error reading server preface: EOF", Lost, "the connection was closed before the gRPC greeting: it may want TLS, or be another service"},
		{"error reading server preface: http2: frame too large", NotTriton, "not a gRPC service: another protocol answers on this port (TLS, HTTP or metrics?)"},
		{"looked like an HTTP/1.1 header", NotTriton, "not a gRPC service: an HTTP server answers on this port (the HTTP or metrics port?)"},
		{"error reading server preface", Lost, "no gRPC greeting: " + after(text, "error reading server preface: ")},
	}, text)
}

func classifyUnavailable(text string) (Kind, string) {
	if k, detail := transportKind(text); k != Other {
		return k, detail
	}
	return find([]needle{
		{"This protocol is restricted", Restricted, "this protocol is restricted: give the header " + quoted(text) + " under headers of this server"},
		{"Server exiting", Exiting, ""},
		{"has stopped accepting new", Exiting, ""},
		{"is shutting down", Exiting, ""},
		{"Server not ready", NotReady, ""},
		{"is not at ready state", NotReady, ""},
		{"Request timeout expired", NotReady, ""},
		{"Exceeds maximum queue size", NotReady, ""},
		{"explicit model load", NotReady, ""},
		{"unexpected HTTP status code", NotTriton, "not a gRPC service: an HTTP server answers on this port"},
		{"connection reset by peer", Lost, "connection reset"},
		{"error reading from server", Lost, "the connection broke: " + after(text, "error reading from server: ")},
		{"transport is closing", Lost, "the connection was closed"},
		{"closing transport", Lost, "the connection was closed"},
		{"connection error", Lost, after(text, "desc = ")},
		{"broken pipe", Lost, "the connection broke"},
		{"goaway", Lost, ""},
	}, text)
}

func classifyUnimplemented(text string) (Kind, string) {
	if strings.Contains(text, "unexpected HTTP status code") || strings.Contains(text, "malformed header") {
		return notTriton(text)
	}
	return Unsupported, text
}

func classifyInternal(text string) (Kind, string) {
	if strings.Contains(text, "unexpected HTTP status") || strings.Contains(text, "content-type") || strings.Contains(text, "http2: frame") {
		return notTriton(text)
	}
	return Internal, text
}

func notTriton(text string) (Kind, string) {
	return NotTriton, fmt.Sprintf("not a Triton's gRPC service: %s", text)
}

// after gives what follows the last mark in text, without gRPC's closing quotes.
func after(text, mark string) string {
	if i := strings.LastIndex(text, mark); i >= 0 {
		text = text[i+len(mark):]
	}
	return strings.TrimRight(text, `"`)
}

// quoted gives the part of a text between single quotes.
func quoted(text string) string {
	if _, rest, ok := strings.Cut(text, "'"); ok {
		name, _, _ := strings.Cut(rest, "'")
		return name
	}
	return "that the server names"
}
