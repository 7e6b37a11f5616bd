package collectors

import (
	"io"
	"net"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"tritop/model"
	"tritop/triton"
)

// rawServer serves bytes of a test's own making.
func rawServer(t *testing.T, serve func(net.Conn)) string {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	done := make(chan struct{})
	go func() {
		defer close(done)
		for {
			c, err := l.Accept()
			if err != nil {
				return
			}
			go func() { // ends with its connection, which the client closes
				defer func() { _ = c.Close() }()
				serve(c)
			}()
		}
	}()
	t.Cleanup(func() { _ = l.Close(); <-done })
	return l.Addr().String()
}

// Whatever a gRPC port sends, a poll ends in time and says what it met, and the
// other servers are polled as ever.
func TestHostileBytesOnTheGRPCPort(t *testing.T) {
	t.Parallel()
	const settings = "\x00\x00\x00\x04\x00\x00\x00\x00\x00"
	endless := func(c net.Conn, text string) {
		for {
			if _, err := io.WriteString(c, text); err != nil {
				return
			}
		}
	}
	for name, c := range map[string]struct {
		serve func(net.Conn)
		want  model.Outcome
		word  string
	}{
		"slow-loris": {func(c net.Conn) {
			for i := 0; ; i++ {
				if _, err := io.WriteString(c, settings[i%len(settings):i%len(settings)+1]); err != nil {
					return
				}
				time.Sleep(20 * time.Millisecond)
			}
		}, model.TimedOut, "no answer within"},
		"a greeting, then silence": {func(c net.Conn) {
			_, _ = io.WriteString(c, settings)
			_, _ = io.Copy(io.Discard, c)
		}, model.TimedOut, "no answer within"},
		"endless greetings": {func(c net.Conn) { endless(c, strings.Repeat(settings, 1000)) }, model.TimedOut, "no answer within"},
		"endless garbage":   {func(c net.Conn) { endless(c, strings.Repeat("\xff\x00garbage", 1000)) }, model.Foreign, "not a gRPC service"},
		"another protocol": {func(c net.Conn) {
			_, _ = io.WriteString(c, "SSH-2.0-OpenSSH_9.2\r\n")
			_, _ = io.Copy(io.Discard, c)
		}, model.Foreign, "not a gRPC service"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			addr := rawServer(t, c.serve)
			bad := Target{Spec: model.ServerSpec{Name: "bad", Host: "127.0.0.1", GRPC: port(addr)}, GRPC: triton.Options{Address: addr}}
			facts, stop := observe(t, fleet([]Target{bad, newFake("m").start(t, "good", nil)}))
			p := await(t, facts, name, func(p model.Polled) bool { return p.Server == "bad" })
			if p.Outcome != c.want || !strings.Contains(p.Detail, c.word) || p.Took > 5*time.Second {
				t.Errorf("%s after %s: %q, want %s: %q", p.Outcome, p.Took, p.Detail, c.want, c.word)
			}
			await(t, facts, "the other one", answeredBy("good"))
			stop()
		})
	}
}

// The gRPC port given as the metrics port: the metrics say so, all else goes on.
func TestTheGRPCPortIsNoMetricsPort(t *testing.T) {
	t.Parallel()
	target := newFake("m").start(t, "a", nil)
	target.Spec.Metric = target.Spec.GRPC
	facts, _ := observe(t, fleet([]Target{target}))
	s := await(t, facts, "a scrape", func(model.Scraped) bool { return true })
	if s.Outcome != model.Foreign || !strings.Contains(s.Detail, "another protocol answers on this port") || s.Gauges != nil {
		t.Errorf("%s: %q", s.Outcome, s.Detail)
	}
	await(t, facts, "polls go on", answeredBy("a"))
}

// What a port speaks may not be learned at the first try: it is asked again long
// before the next index.
func TestAPortThatKeptSilentIsAskedAgainSoon(t *testing.T) {
	t.Parallel()
	var silent atomic.Bool
	silent.Store(true)
	addr := rawServer(t, func(c net.Conn) {
		head := make([]byte, 4)
		if _, err := io.ReadFull(c, head); err == nil && string(head) == "GET " && !silent.Load() {
			_, _ = io.WriteString(c, "HTTP/1.1 400 Bad Request\r\n\r\n")
		}
	})
	f := fleet([]Target{{Spec: model.ServerSpec{Name: "a", Host: "127.0.0.1", GRPC: port(addr)}, GRPC: triton.Options{Address: addr}}})
	f.Cadence.Index = time.Hour
	facts, _ := observe(t, f)
	await(t, facts, "nothing is learned", func(p model.Polled) bool { return p.Outcome == model.Lost })
	silent.Store(false)
	p := await(t, facts, "it is learned", func(p model.Polled) bool { return p.Outcome == model.Foreign })
	if !strings.Contains(p.Detail, "HTTP") {
		t.Errorf("it says %q", p.Detail)
	}
}
