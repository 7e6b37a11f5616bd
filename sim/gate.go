package sim

import (
	"errors"
	"fmt"
	"net"
	"sync"
	"syscall"
	"time"
)

// gate is a listener whose faults are faults of the wire: it can freeze what is
// open, and it can stop answering connection attempts altogether.
type gate struct {
	*net.TCPListener
	mu      sync.Mutex // guards frozen, thaw, conns, fillers
	frozen  bool
	thaw    chan struct{} // closed while open; made anew with each freeze
	conns   map[*gatedConn]struct{}
	fillers []net.Conn // of our own, that fill the queue of a silent port
	closed  chan struct{}
	once    sync.Once
}

// listen opens a gate on an address of the loopback.
func listen(address string) (*gate, error) {
	l, err := net.Listen("tcp", address)
	if err != nil {
		return nil, fmt.Errorf("listen on %s: %w", address, err)
	}
	tcp, ok := l.(*net.TCPListener)
	if !ok {
		return nil, errors.Join(fmt.Errorf("listen on %s: not a TCP listener", address), l.Close())
	}
	open := make(chan struct{})
	close(open)
	return &gate{TCPListener: tcp, thaw: open, conns: make(map[*gatedConn]struct{}), closed: make(chan struct{})}, nil
}

// Accept gives the next connection; while the gate is frozen it takes none.
func (g *gate) Accept() (net.Conn, error) {
	c, err := g.TCPListener.Accept()
	if err != nil {
		return nil, err //nolint:wrapcheck // servers compare it with net.ErrClosed
	}
	if !g.wait() {
		return nil, errors.Join(net.ErrClosed, c.Close())
	}
	gc := &gatedConn{Conn: c, gate: g, closed: make(chan struct{})}
	g.mu.Lock()
	g.conns[gc] = struct{}{}
	g.mu.Unlock()
	return gc, nil
}

// wait holds until the gate is open; false when it was closed meanwhile.
func (g *gate) wait() bool {
	g.mu.Lock()
	thaw := g.thaw
	g.mu.Unlock()
	select {
	case <-thaw:
		return true
	case <-g.closed:
		return false
	}
}

// freeze stops all traffic. The kernel goes on accepting connections.
func (g *gate) freeze() {
	g.mu.Lock()
	defer g.mu.Unlock()
	if !g.frozen {
		g.frozen, g.thaw = true, make(chan struct{})
	}
}

// silence freezes, and lets connection attempts go unanswered too: the queue of
// the port is made as short as can be and filled with connections of our own.
func (g *gate) silence() error {
	g.freeze()
	raw, err := g.SyscallConn()
	if err != nil {
		return fmt.Errorf("reach the socket: %w", err)
	}
	var listenErr error
	if err := raw.Control(func(fd uintptr) { listenErr = syscall.Listen(int(fd), 0) }); err != nil || listenErr != nil {
		return fmt.Errorf("shorten the queue: %w", errors.Join(err, listenErr))
	}
	full := 0 // twice in a row: Accept may still take one from the queue after the first
	for range 16 {
		c, err := net.DialTimeout("tcp", g.Addr().String(), 50*time.Millisecond)
		if err != nil {
			if full++; full == 2 {
				break
			}
			continue
		}
		full = 0
		g.mu.Lock()
		g.fillers = append(g.fillers, c)
		g.mu.Unlock()
	}
	return nil
}

// shut closes the gate and everything behind it.
func (g *gate) shut() {
	g.once.Do(func() {
		close(g.closed)
		_ = g.Close() // nothing can be done about it
		g.mu.Lock()
		defer g.mu.Unlock()
		for c := range g.conns {
			_ = c.Conn.Close()
		}
		for _, c := range g.fillers {
			_ = c.Close()
		}
	})
}

// gatedConn is a connection that stands still while its gate is frozen.
type gatedConn struct {
	net.Conn
	gate   *gate
	closed chan struct{}
	once   sync.Once
}

// Read gives what came, once the gate is open.
func (c *gatedConn) Read(b []byte) (int, error) {
	n, err := c.Conn.Read(b)
	if !c.pass() {
		return 0, net.ErrClosed
	}
	return n, err //nolint:wrapcheck // io.EOF is compared
}

// Write sends once the gate is open.
func (c *gatedConn) Write(b []byte) (int, error) {
	if !c.pass() {
		return 0, net.ErrClosed
	}
	return c.Conn.Write(b) //nolint:wrapcheck // net.ErrClosed is compared
}

func (c *gatedConn) pass() bool {
	c.gate.mu.Lock()
	thaw := c.gate.thaw
	c.gate.mu.Unlock()
	select {
	case <-thaw:
		return true
	case <-c.closed:
		return false
	case <-c.gate.closed:
		return false
	}
}

// Close ends the connection, also one that stands still.
func (c *gatedConn) Close() error {
	c.once.Do(func() {
		close(c.closed)
		c.gate.mu.Lock()
		delete(c.gate.conns, c)
		c.gate.mu.Unlock()
	})
	return c.Conn.Close() //nolint:wrapcheck // nothing to add
}
