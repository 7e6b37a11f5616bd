// Package haproxy moves traffic by HAProxy's Runtime API (2.6 and later): a Unix
// socket of level admin that takes one line of commands a connection.
//
// What was measured on 2.6 decides its shape: a line is no transaction (commands
// behind one that fails still run), a reload forgets weights and states, a change
// of a server's address does not cut over and is never used, and a percent weight
// above 100 is taken in silence, so weights are absolute.
package haproxy

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"net"
	"strings"
	"syscall"
	"time"

	"tritop/actuators"
	"tritop/model"
)

// The deadlines of one exchange, and the longest answer that is read: 500 servers
// take 0.2 MB.
const (
	dialLimit    = 250 * time.Millisecond
	commandLimit = time.Second
	longest      = 8 << 20
)

// ask sends a line of commands and gives the answer to each. Nothing is left of
// the connection.
func ask(ctx context.Context, socket string, commands []string) ([]string, error) {
	ctx, cancel := context.WithTimeout(ctx, commandLimit)
	defer cancel()
	dialer := net.Dialer{Timeout: dialLimit}
	conn, err := dialer.DialContext(ctx, "unix", socket)
	if err != nil {
		return nil, unreachable(socket, err)
	}
	defer func() { _ = conn.Close() }()
	deadline, _ := ctx.Deadline()
	_ = conn.SetDeadline(deadline)
	stop := context.AfterFunc(ctx, func() { _ = conn.SetDeadline(time.Unix(1, 0)) })
	defer stop()
	if _, err := io.WriteString(conn, strings.Join(commands, "; ")+"\n"); err != nil {
		return nil, unreachable(socket, err)
	}
	text, err := io.ReadAll(io.LimitReader(conn, longest+1))
	if err != nil {
		return nil, unreachable(socket, err)
	}
	if len(text) > longest {
		return nil, fmt.Errorf("HAProxy at %s: its answer is longer than %d MB: is it a HAProxy?: %w", socket, longest>>20, actuators.ErrUnsupported)
	}
	return split(socket, text, len(commands))
}

// split takes an answer apart: each command's ends with an empty line.
func split(socket string, text []byte, commands int) ([]string, error) {
	out := make([]string, 0, commands)
	for len(out) < commands {
		var one []byte
		switch end := bytes.Index(text, []byte("\n\n")); {
		case len(text) == 0:
			return nil, fmt.Errorf("HAProxy at %s answered %d of %d commands: %w", socket, len(out), commands, actuators.ErrPartial)
		case text[0] == '\n': // nothing to say: done
			text = text[1:]
		case end < 0:
			one, text = text, nil
		default:
			one, text = text[:end], text[end+2:]
		}
		out = append(out, strings.TrimSpace(string(one)))
	}
	return out, nil
}

// unreachable says why a socket cannot be used, and what helps.
func unreachable(socket string, err error) error {
	why := "does not answer: " + model.CleanName(err.Error())
	var timeout net.Error
	switch {
	case errors.Is(err, fs.ErrNotExist):
		why = "is not there: start HAProxy with `stats socket " + socket + " mode 660 level admin`"
	case errors.Is(err, fs.ErrPermission):
		why = "may not be used by this user: its group needs mode 660, and this user that group"
	case errors.Is(err, syscall.ECONNREFUSED):
		why = "is left of a HAProxy that ended: nothing listens on it"
	case errors.As(err, &timeout) && timeout.Timeout(), errors.Is(err, context.DeadlineExceeded):
		why = "gives no answer within " + commandLimit.String() + ": HAProxy hangs or is overloaded"
	}
	return fmt.Errorf("HAProxy's socket %s %s: %w", socket, why, actuators.ErrUnreachable)
}
