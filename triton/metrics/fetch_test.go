package metrics

import (
	"bytes"
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"io"
	"log"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"go.uber.org/goleak"
	"google.golang.org/grpc"

	"tritop/triton"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

const page = "# HELP a A.\n# TYPE a counter\na 1\n"

func serve(t *testing.T, h http.HandlerFunc) *httptest.Server {
	t.Helper()
	s := httptest.NewServer(h)
	t.Cleanup(s.Close)
	return s
}

func fetch(t *testing.T, d time.Duration, url string) ([]byte, error) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), d)
	defer cancel()
	client := NewHTTPClient()
	t.Cleanup(client.CloseIdleConnections)
	return Fetch(ctx, client, url, nil, nil)
}

// An idle connection delays a Triton's shutdown by up to 30 s.
func TestFetchLeavesNoConnectionOpen(t *testing.T) {
	t.Parallel()
	var open, most atomic.Int64
	s := httptest.NewUnstartedServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if !r.Close {
			t.Error("the request does not say Connection: close")
		}
		if r.Header.Get("X-Key") != "v" {
			t.Error("the header is missing")
		}
		_, _ = io.WriteString(w, page)
	}))
	idle := make(chan struct{}, 100)
	s.Config.ConnState = func(_ net.Conn, state http.ConnState) {
		switch state {
		case http.StateNew:
			most.Store(max(most.Load(), open.Add(1)))
		case http.StateIdle:
			idle <- struct{}{}
		case http.StateClosed:
			open.Add(-1)
		case http.StateActive, http.StateHijacked:
		}
	}
	s.Start()
	client := NewHTTPClient()
	var buf []byte
	for range 5 {
		var err error
		if buf, err = Fetch(t.Context(), client, s.URL+"/metrics", map[string]string{"X-Key": "v"}, buf); err != nil || string(buf) != page {
			t.Fatal(string(buf), err)
		}
	}
	s.Close() // waits for every connection
	if len(idle) > 0 || open.Load() != 0 {
		t.Errorf("%d connections went idle, %d are open", len(idle), open.Load())
	}
}

func TestFetchUsesTheBufferAgain(t *testing.T) {
	t.Parallel()
	big := page + strings.Repeat("# padding padding padding padding\n", 3000)
	s := serve(t, func(w http.ResponseWriter, _ *http.Request) { _, _ = io.WriteString(w, big) })
	client := NewHTTPClient()
	first, err := Fetch(t.Context(), client, s.URL, nil, nil)
	if err != nil || string(first) != big {
		t.Fatal(len(first), err)
	}
	second, err := Fetch(t.Context(), client, s.URL, nil, first)
	if err != nil || string(second) != big || &second[0] != &first[0] {
		t.Fatal("a buffer that is large enough was not used", err)
	}
}

func cutOff(w http.ResponseWriter, _ *http.Request) {
	w.Header().Set("Content-Length", "1000")
	_, _ = io.WriteString(w, page)
}

func resetAll(w http.ResponseWriter, _ *http.Request) {
	c, _, err := http.NewResponseController(w).Hijack()
	if err != nil {
		return // the client then gets an answer, and the test fails
	}
	_ = c.(*net.TCPConn).SetLinger(0)
	_ = c.Close()
}

// What may stand on the port instead. Each gets its own kind and words.
func TestFetchRefuses(t *testing.T) {
	t.Parallel()
	write := func(status int, text string) http.HandlerFunc {
		return func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(status); _, _ = io.WriteString(w, text) }
	}
	gone, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	_ = gone.Close()
	g := grpc.NewServer()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	served := make(chan struct{})
	go func() { defer close(served); _ = g.Serve(l) }()
	t.Cleanup(func() { g.Stop(); <-served })
	secure := httptest.NewUnstartedServer(write(200, page))
	secure.Config.ErrorLog = log.New(io.Discard, "", 0)
	secure.TLS = &tls.Config{MinVersion: tls.VersionTLS12}
	secure.StartTLS()
	t.Cleanup(secure.Close)
	for name, c := range map[string]struct {
		url  string
		kind triton.Kind
		word string
	}{
		"metrics port, other path": {serve(t, write(200, "")).URL, triton.NotTriton, "holds no metrics"},
		"an HTML page":             {serve(t, write(200, "<html>welcome to nginx</html>")).URL, triton.NotTriton, "holds no metrics"},
		"404":                      {serve(t, write(404, "no")).URL, triton.NotTriton, "404"},
		"500":                      {serve(t, write(500, page)).URL, triton.NotTriton, "500"},
		"TLS on the port":          {"http://" + secure.Listener.Addr().String(), triton.NotTriton, "400"},
		"the gRPC port":            {"http://" + l.Addr().String(), triton.NotTriton, "another protocol"},
		"refused":                  {"http://" + gone.Addr().String(), triton.Refused, "nothing listens"},
		"no such name":             {"http://no-such-host.invalid:8002", triton.Unreachable, "cannot be resolved"},
		"cut off":                  {serve(t, cutOff).URL, triton.Lost, "in the middle"},
		"reset":                    {serve(t, resetAll).URL, triton.Lost, ""},
		"not an address":           {"http://a b:8002", triton.Invalid, "not a usable address"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			_, err := fetch(t, 10*time.Second, c.url)
			if triton.KindOf(err) != c.kind || !strings.Contains(triton.DetailOf(err), c.word) || triton.DetailOf(err) == "" {
				t.Fatalf("%v: %v, want %v with %q", triton.KindOf(err), err, c.kind, c.word)
			}
		})
	}
}

// A header may hold a secret: it goes to the configured server and to no other.
func TestFetchDoesNotFollow(t *testing.T) {
	t.Parallel()
	var followed atomic.Bool
	other := serve(t, func(w http.ResponseWriter, _ *http.Request) { followed.Store(true); _, _ = io.WriteString(w, page) })
	s := serve(t, func(w http.ResponseWriter, r *http.Request) { http.Redirect(w, r, other.URL, http.StatusFound) })
	_, err := Fetch(t.Context(), NewHTTPClient(), s.URL, map[string]string{"X-Key": "secret"}, nil)
	if followed.Load() || triton.KindOf(err) != triton.NotTriton || !strings.Contains(err.Error(), "302") {
		t.Fatalf("followed: %v, %v", followed.Load(), err)
	}
}

// Whatever the other side does, the call ends at its deadline.
func TestFetchEndsAtItsDeadline(t *testing.T) {
	t.Parallel()
	for name, h := range map[string]http.HandlerFunc{
		"no answer": func(_ http.ResponseWriter, r *http.Request) { <-r.Context().Done() },
		"one byte at a time": func(w http.ResponseWriter, r *http.Request) {
			for i := 0; r.Context().Err() == nil; i++ {
				_, _ = w.Write([]byte{page[i%len(page)]})
				_ = http.NewResponseController(w).Flush()
				<-time.After(20 * time.Millisecond)
			}
		},
		"endless lines": func(w http.ResponseWriter, r *http.Request) {
			for i := 0; r.Context().Err() == nil; i++ {
				_, _ = fmt.Fprintf(w, "a{i=\"%d\"} 1\n", i)
				_ = http.NewResponseController(w).Flush()
				<-time.After(time.Millisecond)
			}
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := serve(t, h)
			began := time.Now()
			_, err := fetch(t, 300*time.Millisecond, s.URL)
			if triton.KindOf(err) != triton.TimedOut || !strings.Contains(err.Error(), "before the deadline") {
				t.Errorf("%v: %v", triton.KindOf(err), err)
			}
			if took := time.Since(began); took > 3*time.Second {
				t.Errorf("it took %v", took)
			}
		})
	}
}

func TestFetchStopsAtTheSizeLimit(t *testing.T) {
	t.Parallel()
	chunk := bytes.Repeat([]byte("# a line of padding that is sixty-four bytes long, more or less\n"), 1024)
	var sent atomic.Int64
	s := serve(t, func(w http.ResponseWriter, r *http.Request) {
		for r.Context().Err() == nil {
			n, err := w.Write(chunk)
			if sent.Add(int64(n)); err != nil {
				return
			}
		}
	})
	buf, err := fetch(t, time.Minute, s.URL)
	if triton.KindOf(err) != triton.TooLarge || !strings.Contains(err.Error(), "32 MiB") {
		t.Fatalf("%v: %v", triton.KindOf(err), err)
	}
	if buf != nil {
		t.Errorf("%d MiB are kept", cap(buf)>>20)
	}
}

func TestFetchGivenUp(t *testing.T) {
	t.Parallel()
	ctx, cancel := context.WithCancel(t.Context())
	s := serve(t, func(_ http.ResponseWriter, r *http.Request) { cancel(); <-r.Context().Done() })
	_, err := Fetch(ctx, NewHTTPClient(), s.URL, nil, nil)
	if triton.KindOf(err) != triton.Cancelled || !errors.Is(err, context.Canceled) {
		t.Fatalf("%v: %v", triton.KindOf(err), err)
	}
}

func TestFetchNamesNoPassword(t *testing.T) {
	t.Parallel()
	s := serve(t, func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusUnauthorized) })
	for _, address := range []string{strings.Replace(s.URL, "http://", "http://user:hunter2@", 1), "http://user:hunter2@127.0.0.1:1", "http://user:hunter2@a b", "http://user:hunter2@%zz"} {
		_, err := fetch(t, 10*time.Second, address)
		if err == nil || strings.Contains(err.Error(), "hunter2") {
			t.Error(err)
		}
	}
}
