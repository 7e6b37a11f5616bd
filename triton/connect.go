package triton

import (
	"context"
	"crypto/x509"
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"strings"
	"syscall"
	"time"
)

// Connect makes one TCP connection and drops it at once, and says what came of
// it: nil when it was accepted, else a *Fault of kind Refused, Unreachable,
// Lost, Cancelled or Other.
//
// The connection is reset, not closed in order, so that a server that counts
// its open connections during shutdown does not count ours.
func Connect(ctx context.Context, address string) error {
	return Accepts(ctx, address, 0)
}

// Accepts is Connect that also waits a moment, up to patience, for the other
// side to hang up, which is a *Fault of kind Lost. A Triton that was told to
// stop and waits for its open HTTP connections goes on accepting new ones, and
// hangs up on each at once (seen on 2.51: within 3 ms).
//
// The patience must be short: a connection that is open when a Triton is told
// to stop costs it a second. It begins after the time of a round trip.
func Accepts(ctx context.Context, address string, patience time.Duration) error {
	var d net.Dialer
	began := time.Now()
	conn, err := d.DialContext(ctx, "tcp", address)
	if err != nil {
		f := &Fault{Op: "connect", Address: address, Kind: connectKind(err), Err: err}
		f.Detail = connectDetail(f.Kind, err)
		return f
	}
	hungUp := patience > 0 && endsWithin(conn, time.Since(began)+patience)
	if tcp, ok := conn.(*net.TCPConn); ok {
		_ = tcp.SetLinger(0) // best effort: an ordinary close is the worst that can happen
	}
	if err := conn.Close(); err != nil && !hungUp {
		return fmt.Errorf("close connection to %s: %w", address, err)
	}
	if hungUp {
		return &Fault{Op: "connect", Address: address, Kind: Lost, Detail: "the connection was accepted and closed at once"}
	}
	return nil
}

// endsWithin says whether the other side ends the connection within a while.
func endsWithin(conn net.Conn, d time.Duration) bool {
	if conn.SetReadDeadline(time.Now().Add(d)) != nil {
		return false
	}
	_, err := conn.Read(make([]byte, 1))
	return err != nil && !errors.Is(err, os.ErrDeadlineExceeded)
}

func connectKind(err error) Kind {
	var netErr net.Error
	var dns *net.DNSError
	switch {
	case errors.Is(err, context.Canceled):
		return Cancelled
	case errors.Is(err, syscall.ECONNREFUSED):
		return Refused
	case errors.As(err, &dns):
		return Unreachable
	case errors.Is(err, syscall.ECONNRESET):
		return Lost
	case errors.Is(err, context.DeadlineExceeded), errors.Is(err, os.ErrDeadlineExceeded),
		errors.As(err, &netErr) && netErr.Timeout(),
		errors.Is(err, syscall.EHOSTUNREACH), errors.Is(err, syscall.ENETUNREACH), errors.Is(err, syscall.EHOSTDOWN):
		return Unreachable
	}
	return Other
}

func connectDetail(k Kind, err error) string {
	var dns *net.DNSError
	switch {
	case errors.As(err, &dns):
		return "the name " + dns.Name + " cannot be resolved"
	case k == Refused:
		return "connection refused: nothing listens there"
	case k == Unreachable:
		return "no answer to the connection attempt"
	case k == Lost:
		return "connection reset"
	case k == Cancelled:
		return "the attempt was given up"
	}
	return "cannot connect: " + err.Error()
}

func certPool(path string) (*x509.CertPool, error) {
	pem, err := os.ReadFile(path)
	if err != nil {
		return nil, fmt.Errorf("read authorities: %w", err)
	}
	pool := x509.NewCertPool()
	if !pool.AppendCertsFromPEM(pem) {
		return nil, fmt.Errorf("read authorities: %s holds no PEM certificate", path)
	}
	return pool, nil
}

// NetworkKind classifies an error of a plain HTTP call.
func NetworkKind(err error) (kind Kind, detail string) {
	var op *net.OpError
	switch k := connectKind(err); {
	case k == Unreachable && (!errors.As(err, &op) || op.Op != "dial"):
		return TimedOut, "no answer before the deadline"
	case k != Other:
		return k, connectDetail(k, err)
	case errors.Is(err, io.EOF), errors.Is(err, io.ErrUnexpectedEOF):
		return Lost, "the connection was closed"
	case strings.Contains(err.Error(), "malformed HTTP"),
		strings.Contains(err.Error(), "readLoopPeekFailLocked"): // net/http: it sent before it was asked, as a gRPC port does
		return NotTriton, "not an HTTP server: another protocol answers on this port"
	}
	return Other, connectDetail(Other, err)
}
