package sim

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"strconv"
	"sync"
	"time"

	"google.golang.org/grpc"
	"google.golang.org/grpc/health/grpc_health_v1"

	"tritop/model"
	"tritop/triton/pb"
)

// Served is a world behind real loopback servers.
type Served struct {
	mu    sync.Mutex // guards world
	world *World
	began time.Time
	hosts []*host
	done  sync.WaitGroup

	business string // where the figures of the business are
}

// host are the three ports of one server and what serves them.
type host struct {
	served *Served
	server *Server
	ports  [3]int // gRPC, HTTP, metrics
	reach  Reach
	gates  [3]*gate
	held   [3]*holder // while it is down
	grpc   *grpc.Server
	web    [2]*http.Server
	serve  sync.WaitGroup
}

// Serve opens the servers of a world on the loopback and lets its time pass
// until ctx ends; Wait then returns. base is "HOST:PORT" of the first server's
// gRPC port (HTTP is one below, metrics one above, the next server ten
// further); "" takes free ports.
func Serve(ctx context.Context, w *World, base string) (*Served, error) {
	s := &Served{world: w, began: time.Now()}
	address, first, err := parseBase(base)
	if err != nil {
		return nil, err
	}
	for i, srv := range w.servers {
		h := &host{served: s, server: srv}
		if first > 0 {
			h.ports = [3]int{first + 10*i, first + 10*i - 1, first + 10*i + 1}
		}
		s.hosts = append(s.hosts, h)
		if err := h.open(address); err != nil {
			for _, h := range s.hosts {
				h.close()
			}
			return nil, fmt.Errorf("serve %s: %w", srv.Name, err)
		}
	}
	if err := s.publish(ctx, address); err != nil {
		for _, h := range s.hosts {
			h.close()
		}
		return nil, err
	}
	s.done.Go(func() { s.pump(ctx, address) })
	return s, nil
}

func parseBase(base string) (host string, port int, err error) {
	if base == "" {
		return "127.0.0.1", 0, nil
	}
	host, text, err := net.SplitHostPort(base)
	if err == nil {
		port, err = strconv.Atoi(text)
	}
	if err != nil || port < 0 || port > 65000 {
		return "", 0, fmt.Errorf("listen address %q: want HOST:PORT with a port up to 65000", base)
	}
	if host == "" {
		host = "127.0.0.1"
	}
	return host, port, nil
}

// Wait returns when everything that was served is closed, after ctx ended.
func (s *Served) Wait() { s.done.Wait() }

// Specs names the servers as a configuration would.
func (s *Served) Specs() []model.ServerSpec {
	out := make([]model.ServerSpec, 0, len(s.hosts))
	for _, h := range s.hosts {
		out = append(out, model.ServerSpec{Name: h.server.Name, Host: "127.0.0.1", GRPC: h.ports[0], HTTP: h.ports[1], Metric: h.ports[2],
			Region: h.server.Region, Zone: h.server.Zone})
	}
	return out
}

// pump lets time pass and turns what happens in the world into faults of the wire.
func (s *Served) pump(ctx context.Context, address string) {
	tick := time.NewTicker(tickLength / 2)
	defer tick.Stop()
	for {
		select {
		case <-ctx.Done():
			for _, h := range s.hosts {
				h.close()
				h.release()
			}
			return
		case <-tick.C:
		}
		s.mu.Lock()
		s.world.Advance(time.Since(s.began))
		reach := make([]Reach, len(s.hosts))
		for i, h := range s.hosts {
			reach[i] = h.server.Reach
		}
		s.mu.Unlock()
		var changing sync.WaitGroup // side by side: a blackout strikes all at once
		for i, h := range s.hosts {
			if reach[i] != h.reach {
				changing.Go(func() { h.meet(reach[i], address) })
			}
		}
		changing.Wait()
	}
}

// meet changes what connections to the server meet. A port that cannot be
// opened again is tried at the next tick.
func (h *host) meet(r Reach, address string) {
	switch r {
	case Open:
		if h.reach == Refused && h.open(address) != nil {
			return
		}
	case Refused:
		h.close()
		h.hold()
	case Hung:
		for _, g := range h.gates {
			g.freeze()
		}
	case Silent:
		var all sync.WaitGroup
		for _, g := range h.gates {
			all.Go(func() { _ = g.silence() }) // at worst the port is hung, not silent
		}
		all.Wait()
	}
	h.reach = r
}

// open listens on the ports (free ones the first time, where none were named)
// and serves them.
func (h *host) open(address string) error {
	h.release()
	for i := range h.gates {
		g, err := listen(net.JoinHostPort(address, strconv.Itoa(h.ports[i])))
		if err != nil {
			for _, g := range h.gates[:i] {
				g.shut()
			}
			return err
		}
		h.gates[i] = g
		if tcp, ok := g.Addr().(*net.TCPAddr); ok {
			h.ports[i] = tcp.Port
		}
	}
	h.grpc = grpc.NewServer(grpc.MaxRecvMsgSize(64 << 20))
	api := &grpcAPI{host: h}
	pb.RegisterGRPCInferenceServiceServer(h.grpc, api)
	grpc_health_v1.RegisterHealthServer(h.grpc, &healthAPI{host: h})
	h.web[0] = &http.Server{Handler: h.httpAPI(), ReadHeaderTimeout: 10 * time.Second}
	h.web[1] = &http.Server{Handler: http.HandlerFunc(h.metricsText), ReadHeaderTimeout: 10 * time.Second}
	h.serve.Go(func() { _ = h.grpc.Serve(h.gates[0]) }) // ends with the gate
	for i, web := range h.web {
		h.serve.Go(func() {
			if err := web.Serve(h.gates[i+1]); !errors.Is(err, http.ErrServerClosed) && !errors.Is(err, net.ErrClosed) {
				_ = err // the gate was shut; nobody waits for the reason
			}
		})
	}
	return nil
}

// hold keeps the ports of a server that is down for it. A port that cannot be
// held is one that another may take.
func (h *host) hold() {
	for i, g := range h.gates {
		if tcp, ok := g.Addr().(*net.TCPAddr); ok {
			h.held[i], _ = hold(tcp)
		}
	}
}

func (h *host) release() {
	for _, held := range h.held {
		held.release()
	}
	h.held = [3]*holder{}
}

// close refuses everything from now on and waits until nothing is served.
func (h *host) close() {
	for _, g := range h.gates {
		if g != nil {
			g.shut()
		}
	}
	if h.grpc == nil {
		return
	}
	h.grpc.Stop()
	for _, web := range h.web {
		_ = web.Close()
	}
	h.serve.Wait()
	h.grpc = nil
}

// with gives the server to f under the lock of the world.
func (h *host) with(f func(w *World, s *Server)) {
	h.served.mu.Lock()
	defer h.served.mu.Unlock()
	f(h.served.world, h.server)
}

// metricsText answers on the metrics port: any other path is an empty 200.
func (h *host) metricsText(w http.ResponseWriter, r *http.Request) {
	w.Header().Set("Content-Type", "text/plain; charset=utf-8")
	if r.URL.Path != "/metrics" && r.URL.Path != "/metrics/" {
		return
	}
	var text string
	h.with(func(_ *World, s *Server) { text = s.Metrics() })
	_, _ = w.Write([]byte(text)) // a reader that went away is its own matter
}
