package triton

import (
	"context"
	"crypto/tls"
	"errors"
	"io"
	"net"
	"time"
)

// Diagnose asks a port that accepts connections and sends no gRPC greeting what
// it speaks instead: TLSFailed or NotTriton, with what to change, or Lost where
// that was not learned.
//
// A real Triton says nothing of its own accord: its HTTP and metrics ports and a
// gRPC port with TLS all close the connection without a word. Ask seldom: an
// HTTP connection that is open when a Triton is told to stop costs it a second.
func Diagnose(ctx context.Context, address string) (Kind, string) {
	switch {
	case speaksTLS(ctx, address):
		return TLSFailed, "the server speaks TLS on this port: give tls in its configuration"
	case speaksHTTP(ctx, address):
		return NotTriton, httpAnswers
	}
	return Lost, ""
}

// httpAnswers is what to say of a port that speaks HTTP/1.
const httpAnswers = "not a gRPC service: an HTTP server answers on this port (Triton's HTTP or metrics port?)"

func speaksTLS(ctx context.Context, address string) bool {
	conn, err := reach(ctx, address)
	if err != nil {
		return false
	}
	defer func() { _ = conn.Close() }()
	// Nothing is sent or believed on this connection: whether the handshake is one is all that is asked.
	c := tls.Client(conn, &tls.Config{InsecureSkipVerify: true, NextProtos: []string{"h2"}}) //nolint:gosec // see above
	err = c.HandshakeContext(ctx)
	var alert tls.AlertError
	var op *net.OpError
	return err == nil || errors.As(err, &alert) || errors.As(err, &op) && op.Op == "remote error" // it wants our certificate, say
}

func speaksHTTP(ctx context.Context, address string) bool {
	conn, err := reach(ctx, address)
	if err != nil {
		return false
	}
	defer func() { _ = conn.Close() }()
	if _, err := io.WriteString(conn, "GET / HTTP/1.1\r\nHost: tritop\r\nConnection: close\r\n\r\n"); err != nil {
		return false
	}
	head := make([]byte, len("HTTP/1."))
	_, err = io.ReadFull(conn, head)
	return err == nil && string(head) == "HTTP/1."
}

// reach connects; the deadline of ctx holds for all that is done with the connection.
func reach(ctx context.Context, address string) (net.Conn, error) {
	var d net.Dialer
	conn, err := d.DialContext(ctx, "tcp", address)
	if err != nil {
		return nil, err //nolint:wrapcheck // nobody looks at it
	}
	if end, ok := ctx.Deadline(); ok {
		_ = conn.SetDeadline(end)
	} else {
		_ = conn.SetDeadline(time.Now().Add(time.Second))
	}
	return conn, nil
}
