//go:build e2e

package e2e

import (
	"bufio"
	"fmt"
	"net"
	"net/http"
	"strings"
	"syscall"
	"testing"
	"time"

	"tritop/collectors/probe"
	"tritop/model"
)

// afterStops is what a server is that was stopped for the first time, then when
// its process was new less than a minute ago, and then once more: a loop.
var afterStops = [...]struct {
	state model.ServerState
	words string
}{{model.ServerNotListening, "down, or still loading"}, {model.ServerStarting, "its process is new since"}, {model.ServerNotListening, "restarted 2 times in 1 min"}}

// Tritop asks for everything that it can ask, often; Triton has to end as soon
// as without it, and with exit code 0.
func TestShutdownIsNotDelayed(t *testing.T) {
	t.Parallel()
	r := newRepo(t)
	r.model("embed", spec{})
	r.model("ranker", spec{versions: []int{1, 2}})
	alone, watched := launch(t, "alone", r, all), launch(t, "watched", r, all)
	up(t, alone, watched)
	one := []probe.Tensor{{Name: "INPUT0", Datatype: "FP32", Shape: []int64{1}, Data: []any{2}}}
	w := watch(t, []probe.Spec{{Model: "embed", Every: 200 * time.Millisecond, Inputs: one}, {Model: "ranker", Every: 200 * time.Millisecond, Inputs: one}}, watched)

	rounds := len(afterStops)
	var took [2]time.Duration // the longest of each
	for i := range rounds {
		began := alone.signal(t, syscall.SIGTERM)
		if code := alone.wait(t, 40*time.Second); code != 0 {
			t.Fatalf("a Triton that nobody watches exits with code %d", code)
		}
		took[0] = max(took[0], time.Since(began))

		w.see(time.Now(), 10*time.Second, "probes run", func(s *model.Snapshot) bool {
			r := replicaOf(find(s, "watched"), "ranker:2")
			return is(s, "watched", model.ServerReady) && r != nil && r.Probe.Runs > uint64(5*i)
		})
		told := watched.signal(t, syscall.SIGTERM)
		code := watched.wait(t, 40*time.Second)
		took[1] = max(took[1], time.Since(told))
		gone := time.Now()
		if code != 0 {
			t.Errorf("a watched Triton exits with code %d", code)
		}
		w.state(told, seenRefused, "watched", model.ServerStopping)
		next := afterStops[i]
		w.state(gone, seenRefused, "watched", next.state, next.words)
		w.wantStates(told, "watched", "ready", "stopping", next.state.String())
		if i < rounds-1 {
			alone.begin()
			watched.begin()
			up(t, alone, watched)
		}
	}
	t.Logf("SIGTERM to exit, the longest of %d: alone %s, watched %s", rounds, took[0], took[1])
	// Triton waits for open connections in steps of a second: any of ours would add one.
	if took[1] > took[0]+800*time.Millisecond {
		t.Errorf("a watched Triton needs %s to end, one that nobody watches %s", took[1], took[0])
	}
}

// With an HTTP connection open (a balancer's, not ours) Triton goes on saying
// "ready" over gRPC until its time is up, and only refuses new HTTP connections.
func TestShutdownWithAnOpenConnection(t *testing.T) {
	t.Parallel()
	r := newRepo(t)
	r.model("embed", spec{})
	h := launch(t, "h", r, all, "--exit-timeout-secs=6")
	up(t, h)
	w := watch(t, nil, h)
	w.see(time.Now(), seenHTTP, "the HTTP port was asked", func(s *model.Snapshot) bool {
		for _, src := range s.Sources {
			if src.Name == "metrics h" && !src.LastOK.IsZero() {
				return true
			}
		}
		return false
	})
	conn := keepAlive(t, h)
	defer func() { _ = conn.Close() }()
	told := h.signal(t, syscall.SIGTERM)
	s := w.state(told, seenHTTP, "h", model.ServerStopping, "stopping: takes no new HTTP connections", "the first phase of Triton's shutdown")
	if find(s, "h").Ready != model.Yes {
		t.Errorf("Triton says ready %s over gRPC, want yes: that is what makes this hard", find(s, "h").Ready)
	}
	if code := h.wait(t, 20*time.Second); code != 1 {
		t.Errorf("exit code %d: the open connection was to make it 1", code)
	}
	gone := time.Now()
	if took := gone.Sub(told); took < 5*time.Second {
		t.Errorf("it ended after %s: the open connection was to hold it up for 6 s", took)
	}
	w.state(gone, seenRefused, "h", model.ServerNotListening)
	w.wantStates(told, "h", "ready", "stopping", "not listening")
}

// keepAlive opens an HTTP connection and makes one request on it.
func keepAlive(t *testing.T, s *server) net.Conn {
	t.Helper()
	conn, err := net.Dial("tcp", at(s.http))
	must(t, err)
	_, err = fmt.Fprint(conn, "GET /v2/health/ready HTTP/1.1\r\nHost: h\r\n\r\n")
	must(t, err)
	resp, err := http.ReadResponse(bufio.NewReader(conn), nil)
	must(t, err)
	must(t, resp.Body.Close()) // it is empty; the connection stays
	if resp.StatusCode != http.StatusOK {
		t.Fatal(resp.Status)
	}
	return conn
}

// A request that is in flight at SIGTERM is answered; until then the server is stopping.
func TestShutdownWithARequestInFlight(t *testing.T) {
	t.Parallel()
	r := newRepo(t)
	r.model("embed", spec{})
	k := launch(t, "k", r, all)
	up(t, k)
	w := watch(t, nil, k)
	wait := burst(t, k.api(), 2, request{model: "embed", values: []float64{-1500}})
	eventually(t, 5*time.Second, "a request executes and another one waits", func() bool { return k.pending("embed") == 1 })
	told := k.signal(t, syscall.SIGTERM)
	w.state(told, seenRefused, "k", model.ServerStopping, "Server exiting")
	for _, a := range wait() {
		if a.code != good && !strings.Contains(a.text, "exiting") {
			t.Errorf("a request in flight: %+v", a)
		}
	}
	if code := k.wait(t, 20*time.Second); code != 0 {
		t.Errorf("exit code %d", code)
	}
	w.state(time.Now(), seenRefused, "k", model.ServerNotListening)
	w.wantStates(told, "k", "ready", "stopping", "not listening")
}
