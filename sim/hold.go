package sim

import (
	"errors"
	"fmt"
	"net"
	"syscall"
)

// holder keeps a port while its server is down: bound, and not listening. Who
// connects is refused, and nobody else on this machine is given the port, so that
// the server finds it free when it comes back.
type holder struct{ fd int }

// hold takes an address that was closed a moment ago.
func hold(a *net.TCPAddr) (*holder, error) {
	family, to := syscall.AF_INET6, syscall.Sockaddr(&syscall.SockaddrInet6{Port: a.Port, Addr: [16]byte(a.IP.To16())})
	if ip := a.IP.To4(); ip != nil {
		family, to = syscall.AF_INET, &syscall.SockaddrInet4{Port: a.Port, Addr: [4]byte(ip)}
	}
	syscall.ForkLock.RLock()
	fd, err := syscall.Socket(family, syscall.SOCK_STREAM, 0)
	if err == nil {
		syscall.CloseOnExec(fd)
	}
	syscall.ForkLock.RUnlock()
	if err != nil {
		return nil, fmt.Errorf("make a socket: %w", err)
	}
	reuse := func(on int) error { return syscall.SetsockoptInt(fd, syscall.SOL_SOCKET, syscall.SO_REUSEADDR, on) }
	err = reuse(1) // connections that ended linger on it
	if err == nil {
		err = errors.Join(syscall.Bind(fd, to), reuse(0)) // nobody else then
	}
	if err != nil {
		return nil, fmt.Errorf("hold %s: %w", a, errors.Join(err, syscall.Close(fd)))
	}
	return &holder{fd}, nil
}

// release gives the port free; nil holds none.
func (h *holder) release() {
	if h != nil {
		_ = syscall.Close(h.fd) // nothing can be done about it
	}
}
