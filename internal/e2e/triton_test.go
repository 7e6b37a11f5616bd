//go:build e2e

package e2e

import (
	"fmt"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"google.golang.org/grpc"
	"google.golang.org/grpc/credentials/insecure"

	"tritop/triton/pb"
)

// server is one real Triton on loopback.
type server struct {
	*process
	t                   *testing.T
	name                string
	http, grpc, metrics int
	dir                 string // of the repository
	flags               []string
	log                 string
	mark                string // prefix of its shared memory
}

var serverCount atomic.Int64

// launch starts a Triton in explicit mode and does not wait for it.
func launch(t *testing.T, name string, r repo, flags ...string) *server {
	t.Helper()
	s := &server{t: t, name: name, http: freePort(t), grpc: freePort(t), metrics: freePort(t), dir: r.dir, flags: flags,
		log: filepath.Join(t.TempDir(), name+".log"), mark: fmt.Sprintf("tritop_e2e_%d_%d_", os.Getpid(), serverCount.Add(1))}
	graves.tell("mark", s.mark)
	t.Cleanup(func() {
		files, _ := filepath.Glob("/dev/shm/" + s.mark + "*")
		for _, f := range files {
			_ = os.Remove(f)
		}
		if t.Failed() {
			if b, err := os.ReadFile(s.log); err == nil {
				t.Logf("the end of the log of %s:\n%s", name, b[max(0, len(b)-3000):])
			}
		}
	})
	s.begin()
	return s
}

// begin starts the process, with the same ports each time.
func (s *server) begin() {
	s.t.Helper()
	site := installed(s.t, "venv/site-packages")
	dir := filepath.Join(site, "pytriton/tritonserver")
	args := []string{"--model-repository=" + s.dir, "--backend-directory=" + dir + "/backends", "--cache-directory=" + dir + "/caches",
		"--http-address=127.0.0.1", "--grpc-address=127.0.0.1", "--metrics-address=127.0.0.1",
		fmt.Sprintf("--http-port=%d", s.http), fmt.Sprintf("--grpc-port=%d", s.grpc), fmt.Sprintf("--metrics-port=%d", s.metrics),
		"--model-control-mode=explicit", "--exit-on-error=false", "--backend-config=python,shm-region-prefix-name=" + s.mark}
	cmd := exec.Command(dir+"/bin/tritonserver", append(args, s.flags...)...)
	// The stub's embedded Python takes its packages from the first python3 on PATH.
	cmd.Env = append(os.Environ(), "PATH="+installed(s.t, "venv/bin")+":"+os.Getenv("PATH"), "LD_LIBRARY_PATH="+filepath.Join(site, "nvidia_pytriton.libs"))
	log, err := os.OpenFile(s.log, os.O_CREATE|os.O_APPEND|os.O_WRONLY, 0o644)
	must(s.t, err)
	cmd.Stdout, cmd.Stderr = log, log
	s.process = spawn(s.t, cmd)
	_ = log.Close() // the process has its own
}

// up waits until the servers answer; they start side by side.
func up(t *testing.T, servers ...*server) {
	t.Helper()
	for _, s := range servers {
		eventually(t, 90*time.Second, s.name+" is live", func() bool {
			select {
			case <-s.exited:
				t.Fatalf("%s exited with code %d", s.name, s.cmd.ProcessState.ExitCode())
			default:
			}
			code, _, err := s.request("GET", "/v2/health/live", "")
			return err == nil && (code == http.StatusOK || code == http.StatusForbidden) // restricted
		})
	}
}

// all are the flags that load every model.
const all = "--load-model=*"

func load(models ...string) []string {
	out := make([]string, len(models))
	for i, m := range models {
		out[i] = "--load-model=" + m
	}
	return out
}

// api gives a plain client of its own connection, none of tritop's.
func (s *server) api() pb.GRPCInferenceServiceClient {
	s.t.Helper()
	conn, err := grpc.NewClient(at(s.grpc), grpc.WithTransportCredentials(insecure.NewCredentials()))
	must(s.t, err)
	s.t.Cleanup(func() { _ = conn.Close() })
	return pb.NewGRPCInferenceServiceClient(conn)
}

// arg names the server on tritop's command line.
func (s *server) arg() string {
	return fmt.Sprintf("%s=127.0.0.1:%d/%d/%d", s.name, s.grpc, s.http, s.metrics)
}

// entry names it in tritop's configuration; more are other keys.
func (s *server) entry(more ...string) string {
	return fmt.Sprintf("{name: %s, host: 127.0.0.1, grpc: %d, http: %d, metrics: %d%s}", s.name, s.grpc, s.http, s.metrics,
		strings.Join(append([]string{""}, more...), ", "))
}
