//go:build e2e

package e2e

import (
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"tritop/actuators"
	"tritop/actuators/actuatorstest"
	"tritop/actuators/haproxy"
	"tritop/model"
)

// balancer is a real HAProxy in front of two HTTP servers of ours, which answer
// when they are told to.
type balancer struct {
	*process
	t      *testing.T
	dir    string
	socket string
	port   int
	hold   map[string]chan struct{} // by endpoint: a request waits for its turn
}

func launchBalancer(t *testing.T) *balancer {
	t.Helper()
	path := installed(t, "balancer/haproxy")
	b := &balancer{t: t, dir: t.TempDir(), port: freePort(t), hold: map[string]chan struct{}{"a": make(chan struct{}), "b": make(chan struct{})}}
	b.socket = filepath.Join(b.dir, "h.sock")
	servers := ""
	for _, name := range []string{"a", "b"} {
		servers += fmt.Sprintf("  server %s %s check inter 100ms weight 100\n", name, b.serve(name))
	}
	file := filepath.Join(b.dir, "h.cfg")
	must(t, os.WriteFile(file, fmt.Appendf(nil, `global
  stats socket unix@%s mode 660 level admin
  hard-stop-after 5s
defaults
  mode http
  timeout connect 500ms
  timeout client 20s
  timeout server 20s
listen web
  bind 127.0.0.1:%d
  balance roundrobin
%s`, b.socket, b.port, servers), 0o600))
	cmd := exec.Command(path, "-W", "-f", file)
	cmd.Env = append(os.Environ(), "LD_LIBRARY_PATH="+filepath.Dir(path))
	b.process = spawn(t, cmd)
	eventually(t, 10*time.Second, "HAProxy listens", func() bool { _, err := b.driver().Observe(t.Context()); return err == nil })
	return b
}

// serve is an endpoint: it answers at once, or for /hold when it is told to.
func (b *balancer) serve(name string) (address string) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	must(b.t, err)
	s := &http.Server{ReadHeaderTimeout: 5 * time.Second, Handler: http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path == "/hold" {
			select {
			case <-b.hold[name]:
			case <-r.Context().Done():
			}
		}
		_, _ = io.WriteString(w, name)
	})}
	go func() { _ = s.Serve(l) }()
	b.t.Cleanup(func() { _ = s.Close() })
	return l.Addr().String()
}

func (b *balancer) driver() *haproxy.Driver {
	d, err := haproxy.New(haproxy.Pool{Service: "web", Sockets: []string{b.socket}, Backends: []string{"web"}})
	must(b.t, err)
	return d
}

func (b *balancer) say(command string) {
	b.t.Helper()
	conn, err := net.Dial("unix", b.socket)
	must(b.t, err)
	defer func() { _ = conn.Close() }()
	_, err = io.WriteString(conn, command+"\n")
	must(b.t, err)
	answer, err := io.ReadAll(conn)
	must(b.t, err)
	if strings.TrimSpace(string(answer)) != "" {
		b.t.Fatalf("%s: %s", command, answer)
	}
}

// request asks through the balancer; which endpoint answered it says.
func (b *balancer) request(path string) (string, error) {
	c := &http.Client{Transport: &http.Transport{DisableKeepAlives: true}, Timeout: 20 * time.Second}
	r, err := c.Get("http://" + at(b.port) + path)
	if err != nil {
		return "", err
	}
	defer func() { _ = r.Body.Close() }()
	text, err := io.ReadAll(r.Body)
	return string(text), err
}

// The suite of all drivers, on a real HAProxy.
func TestHAProxyDriver(t *testing.T) {
	t.Parallel()
	actuatorstest.Run(t, func(t *testing.T) actuatorstest.World {
		b := launchBalancer(t)
		return actuatorstest.World{Driver: b.driver(), A: "a", B: "b",
			Foreign: func(endpoint string, s model.Setting) {
				b.say(fmt.Sprintf("set server web/%s weight %d; set server web/%s state %s", endpoint, s.Weight, endpoint, s.Admin))
			},
			Hold: b.holdOne}
	})
}

// holdOne puts one request on an endpoint. Those that land on the other one are let go.
func (b *balancer) holdOne(endpoint string) (end func()) {
	other := map[string]string{"a": "b", "b": "a"}[endpoint]
	done := make(chan struct{}, 8)
	b.say(fmt.Sprintf("set server web/%s state drain", other))
	go func() { _, _ = b.request("/hold"); done <- struct{}{} }()
	eventually(b.t, 5*time.Second, "one request is in flight", func() bool {
		o, err := b.driver().Observe(b.t.Context())
		return err == nil && actuators.InFlight(&o, endpoint) == 1
	})
	b.say(fmt.Sprintf("set server web/%s state ready", other))
	return func() {
		select {
		case b.hold[endpoint] <- struct{}{}:
		case <-done: // it was cut
			return
		case <-time.After(5 * time.Second):
		}
		<-done
	}
}

// A reload forgets weights and the stamp; both are seen, and the traffic of a server
// in maintenance goes to the other one only.
func TestHAProxyReload(t *testing.T) {
	t.Parallel()
	b := launchBalancer(t)
	d := b.driver()
	wanted := model.Wanted{Gen: 3, Endpoints: []model.WantedEndpoint{{Name: "a", Setting: model.Setting{Admin: model.AdminMaint, Weight: 100}}, {Name: "b", Setting: model.Setting{Weight: 10}}}}
	r, err := d.Apply(t.Context(), wanted)
	must(t, err)
	for range 20 {
		if who, err := b.request("/"); err != nil || who != "b" {
			t.Fatalf("%q answered, %v", who, err)
		}
	}
	must(t, b.cmd.Process.Signal(syscall.SIGUSR2))
	eventually(t, 10*time.Second, "the reload is seen", func() bool {
		o, err := d.Observe(t.Context())
		s, _ := actuators.Settled(&o, "b")
		return err == nil && o.Identity != r.Identity && o.Gen == 0 && s.Weight == 100
	})
	again, err := d.Apply(t.Context(), wanted)
	if err != nil || again.Writes == 0 || again.Gen != 3 {
		t.Errorf("after the reload: %d writes, decision %d, %v", again.Writes, again.Gen, err)
	}
}
