//go:build e2e

package e2e

import (
	"fmt"
	"io"
	"net"
	"path/filepath"
	"strings"
	"testing"
)

// secured are servers that talk only to those who know how.
type secured struct {
	plain, tls, mutual, restricted, partly *server
	ca, stranger                           *authority
	clientCert, clientKey, secret          string
}

func startSecured(t *testing.T) *secured {
	t.Helper()
	r := newRepo(t)
	r.model("embed", spec{})
	c := &secured{ca: newAuthority(t, "ca"), stranger: newAuthority(t, "stranger"), secret: filepath.Join(t.TempDir(), "secret")}
	writeFile(t, c.secret, "v1\n")
	writeFile(t, c.ca.file+".secret", "not v1\n")
	cert, key := c.ca.issue("server")
	c.clientCert, c.clientKey = c.ca.issue("client")
	ssl := []string{all, "--grpc-use-ssl=1", "--grpc-server-cert=" + cert, "--grpc-server-key=" + key}
	c.plain = launch(t, "plain", r, all, "--grpc-restricted-protocol=model-repository:k3=v1")
	c.tls = launch(t, "tls", r, ssl...)
	c.mutual = launch(t, "mutual", r, append(ssl, "--grpc-use-ssl-mutual=1", "--grpc-root-cert="+c.ca.file)...)
	c.restricted = launch(t, "restricted", r, all, "--grpc-restricted-protocol=health,metadata,inference,model-config,model-repository,statistics:k1=v1",
		"--http-restricted-api=health,inference:k1=v1")
	c.partly = launch(t, "partly", r, all, "--grpc-restricted-protocol=statistics:k2=v2")
	up(t, c.plain, c.tls, c.mutual, c.restricted, c.partly)
	return c
}

// tlsKeys writes a tls section.
func tlsKeys(keys ...string) string { return "tls: {" + strings.Join(keys, ", ") + "}" }

func TestSecuredServers(t *testing.T) {
	t.Parallel()
	c := startSecured(t)
	// None of these is counted: the one request of each server is to be the probe.
	seen, one := newRecorded(t, ""), request{model: "embed", values: ones(1)}
	api := c.restricted.api()
	for range 3 {
		seen.check(t, "restricted", "grpc", one.send(t.Context(), api))
		seen.check(t, "restricted", "http", one.sendHTTP(c.restricted))
	}
	t.Run("right", func(t *testing.T) { t.Parallel(); c.right(t) })
	t.Run("wrong", func(t *testing.T) { t.Parallel(); c.wrong(t) })
	t.Run("wrong ports", func(t *testing.T) { t.Parallel(); c.wrongPorts(t) })
	t.Run("doctor", func(t *testing.T) { t.Parallel(); c.doctor(t) })
}

const embedProbe = "probes: [{model: embed, every: 1h, inputs: [{name: INPUT0, datatype: FP32, shape: [1], data: [2]}], expect: [{name: OUTPUT0, data: [2]}]}]\n"

func (c *secured) right(t *testing.T) {
	r := checkWith(t, fmt.Sprintf("servers:\n  - %s\n  - %s\n  - %s\n  - %s\n", c.plain.entry("headers: {triton-grpc-protocol-k3: {file: "+c.secret+"}}"),
		c.tls.entry(tlsKeys("ca: "+c.ca.file)),
		c.mutual.entry(tlsKeys("ca: "+c.ca.file, "cert: "+c.clientCert, "key: "+c.clientKey)),
		c.restricted.entry("headers: {triton-grpc-protocol-k1: {file: "+c.secret+"}}"))+embedProbe, "--for", "4s")
	if r.Verdict != "HEALTHY" {
		t.Errorf("the verdict is %s", r.Verdict)
	}
	for _, s := range r.Servers {
		m := s.row(t, "embed:1")
		if s.Word != "ready" || s.Version == nil || *s.Version != "2.51.0" || m.State != "READY" || m.Probes != 1 {
			t.Errorf("%s: %s (%s), version %v, model %+v", s.Name, s.Word, s.Reason, s.Version, m)
		}
		if s.Name != "plain" && deref(m.Requests) != 1.0 { // plain is probed by the wrong configuration, too
			t.Errorf("%s counts %v requests, want the probe alone: what was refused is not counted", s.Name, deref(m.Requests))
		}
	}
	for _, src := range r.Sources {
		if src.LastError != "" {
			t.Errorf("%s: %s", src.Name, src.LastError)
		}
	}
}

// wanted is what a server has to be called, and what its reason must say.
type wanted struct{ word, reason string }

func (r report) want(t *testing.T, want map[string]wanted) {
	t.Helper()
	for name, w := range want {
		if s := r.server(t, name); s.Word != w.word || !strings.Contains(s.Reason, w.reason) {
			t.Errorf("%s is %s: %s\n   want %s with %q", name, s.Word, s.Reason, w.word, w.reason)
		}
	}
}

// other is an entry for the gRPC port of the same server by another way, as an
// address may be listed once only.
func other(s *server, name string, more ...string) string {
	return (&server{name: name, grpc: forwarded(s.t, s.grpc)}).entry(more...)
}

// forwarded gives a port that leads to another one of this machine.
func forwarded(t *testing.T, to int) int {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	must(t, err)
	t.Cleanup(func() { _ = l.Close() })
	go func() {
		for {
			c, err := l.Accept()
			if err != nil {
				return
			}
			go forward(c, to)
		}
	}()
	return l.Addr().(*net.TCPAddr).Port
}

// forward carries the bytes of a connection until either side ends it.
func forward(c net.Conn, to int) {
	defer func() { _ = c.Close() }()
	there, err := net.Dial("tcp", fmt.Sprintf("127.0.0.1:%d", to))
	if err != nil {
		return
	}
	go func() {
		_, _ = io.Copy(c, there)
		_ = c.Close()
	}()
	_, _ = io.Copy(there, c)
	_ = there.Close()
}

// wrong configurations stand beside a right one, which must not suffer.
func (c *secured) wrong(t *testing.T) {
	r := checkWith(t, "servers:\n  - "+strings.Join([]string{
		c.plain.entry(),
		other(c.plain, "tls-to-plain", tlsKeys("ca: "+c.ca.file)),
		c.tls.entry(),
		other(c.tls, "stranger", tlsKeys("ca: "+c.stranger.file)),
		c.mutual.entry(tlsKeys("ca: " + c.ca.file)),
		c.restricted.entry(),
		other(c.restricted, "wrong-secret", "headers: {triton-grpc-protocol-k1: {file: "+c.ca.file+".secret}}"),
		c.partly.entry(),
	}, "\n  - ")+"\n"+embedProbe, "--for", "8s")
	r.want(t, map[string]wanted{
		"plain":        {"ready", ""},
		"tls-to-plain": {"unreadable", "the server does not speak TLS on this port: remove tls"},
		"tls":          {"unreadable", "give tls in its configuration"},
		"stranger":     {"unreadable", "the server's certificate is not accepted"},
		"mutual":       {"unreadable", "wants a client certificate (mutual TLS): give tls cert and key"},
		"restricted":   {"unreadable", "this protocol is restricted: give the header triton-grpc-protocol-k1 under headers of this server"},
		"wrong-secret": {"unreadable", "this protocol is restricted: give the header triton-grpc-protocol-k1 under headers of this server"},
		"partly":       {"ready", ""},
	})
	// Statistics that are restricted: the metrics text counts.
	if m := r.server(t, "partly").row(t, "embed:1"); m.State != "READY" || m.Requests == nil || *m.Requests < 1 || m.Probes != 1 {
		t.Errorf("partly: %+v, requests %v, want at least the one that the probe was", m, deref(m.Requests))
	}
	// A repository that is restricted: the statistics name what is READY, and the source says what is missing.
	if m := r.server(t, "plain").row(t, "embed:1"); m.State != "READY" || m.Requests == nil || *m.Requests < 1 || m.Probes != 1 {
		t.Errorf("plain: %+v, requests %v", m, deref(m.Requests))
	}
	if e := r.source(t, "index plain"); !strings.Contains(e, "give the header triton-grpc-protocol-k3") {
		t.Errorf("nothing says that the index of plain is restricted: %q", e)
	}
}

func (c *secured) wrongPorts(t *testing.T) {
	as := func(name string, grpc, http, metrics int) string {
		return fmt.Sprintf("{name: %s, host: 127.0.0.1, grpc: %d, http: %d, metrics: %d}", name, grpc, http, metrics)
	}
	p := c.plain
	r := checkWith(t, "servers:\n  - "+strings.Join([]string{
		as("plain", p.grpc, p.http, p.metrics),
		as("metrics-as-grpc", forwarded(t, p.metrics), 0, 0),
		as("http-as-grpc", forwarded(t, p.http), 0, 0),
		as("metrics-swapped", c.partly.grpc, c.partly.http, c.partly.grpc),
		as("nothing", freePort(t), 0, 0),
	}, "\n  - ")+"\n", "--for", "4s")
	const http = "not a gRPC service: an HTTP server answers on this port (Triton's HTTP or metrics port?)"
	r.want(t, map[string]wanted{
		"plain":           {"ready", ""},
		"metrics-as-grpc": {"unreadable", http},
		"http-as-grpc":    {"unreadable", http},
		"metrics-swapped": {"ready", ""},
		"nothing":         {"not listening", "down, or still loading its models"},
	})
	if e := r.source(t, "metrics metrics-swapped"); !strings.Contains(e, "another protocol answers on this port") {
		t.Errorf("the gRPC port given as the metrics port: %q", e)
	}
}

// source gives the last error of one of tritop's own collectors.
func (r report) source(t *testing.T, name string) string {
	t.Helper()
	for _, s := range r.Sources {
		if s.Name == name {
			return s.LastError
		}
	}
	t.Errorf("the report has no source %s", name)
	return ""
}
