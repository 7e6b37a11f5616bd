package sim

import (
	"errors"
	"net"
	"syscall"
	"testing"
	"time"
)

// A server that is down refuses, keeps its ports for itself, and comes back on
// them.
func TestADeadServerKeepsItsPorts(t *testing.T) {
	t.Parallel()
	h := &host{served: &Served{}, server: &Server{}}
	if err := h.open("127.0.0.1"); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { h.close(); h.release() })
	addresses := make([]string, len(h.gates))
	for i, g := range h.gates {
		addresses[i] = g.Addr().String()
	}
	client, err := net.Dial("tcp", addresses[1]) // so that something of a connection lingers
	if err != nil {
		t.Fatal(err)
	}
	for range 3 {
		h.meet(Refused, "127.0.0.1")
		for _, a := range addresses {
			if c, err := net.DialTimeout("tcp", a, time.Second); !errors.Is(err, syscall.ECONNREFUSED) {
				t.Errorf("%s: %v %v, want a refusal", a, c, err)
			}
			if l, err := net.Listen("tcp", a); err == nil {
				t.Errorf("another took %s", l.Addr())
				_ = l.Close()
			}
		}
		if h.meet(Open, "127.0.0.1"); h.reach != Open {
			t.Fatal("it did not come back")
		}
		for i, a := range addresses {
			if got := h.gates[i].Addr().String(); got != a {
				t.Errorf("it came back on %s, was %s", got, a)
			}
			c, err := net.DialTimeout("tcp", a, time.Second)
			if err != nil {
				t.Fatal(err)
			}
			_ = c.Close()
		}
	}
	_ = client.Close()
}
