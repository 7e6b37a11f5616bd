package exporter

import (
	"context"
	"fmt"
	"net"
	"net/http"
	"sync"
	"time"

	"tritop/model"
)

// Options say what is shown.
type Options struct {
	Latest  func() *model.Snapshot // never nil
	Now     func() time.Time
	Version string
}

// The limits of the server: a scraper that is slow or dead holds nothing.
const (
	headerTimeout = 5 * time.Second
	writeTimeout  = 30 * time.Second
	idleTimeout   = 2 * time.Minute
	stopTimeout   = 3 * time.Second // how long the end waits for an answer under way
	headerBytes   = 16 << 10
	// stale is how old the newest snapshot may be: the engine makes one each quarter of a second.
	stale = 5 * time.Second
)

// Serve answers on a listener until ctx ends, then finishes what is under way and
// returns nil. The error is that of a listener that broke.
func Serve(ctx context.Context, l net.Listener, o Options) error {
	srv := &http.Server{Handler: Handler(o), ReadHeaderTimeout: headerTimeout, ReadTimeout: headerTimeout, WriteTimeout: writeTimeout, IdleTimeout: idleTimeout, MaxHeaderBytes: headerBytes}
	ended := make(chan error, 1)
	go func() { ended <- srv.Serve(l) }()
	select {
	case err := <-ended:
		return fmt.Errorf("answer on %s: %w", l.Addr(), err)
	case <-ctx.Done():
	}
	limit, cancel := context.WithTimeout(context.WithoutCancel(ctx), stopTimeout)
	defer cancel()
	if srv.Shutdown(limit) != nil {
		_ = srv.Close() // who reads that slowly is cut off
	}
	<-ended
	return nil
}

// Handler answers /metrics, /healthz and /readyz.
func Handler(o Options) http.Handler {
	mux := http.NewServeMux()
	e := &exporter{Options: o}
	mux.HandleFunc("GET /metrics", e.metrics)
	mux.HandleFunc("GET /healthz", e.healthz)
	mux.HandleFunc("GET /readyz", e.readyz)
	mux.HandleFunc("GET /{$}", func(w http.ResponseWriter, _ *http.Request) {
		_, _ = fmt.Fprintln(w, "tritop: /metrics for Prometheus, /healthz, /readyz") // who went away reads nothing
	})
	return mux
}

type exporter struct {
	Options
	mu   sync.Mutex // one text at a time is made, whoever asks; guards size
	size int        // of the last one
}

// contentType is that of the text format; all values are in UTF-8.
const contentType = "text/plain; version=0.0.4; charset=utf-8"

func (e *exporter) metrics(w http.ResponseWriter, _ *http.Request) {
	out := e.text()
	w.Header().Set("Content-Type", contentType)
	_, _ = w.Write(out) // a scraper that went away asks again
}

func (e *exporter) text() []byte {
	e.mu.Lock()
	defer e.mu.Unlock()
	out := appendTo(make([]byte, 0, e.size+e.size/16), e.Latest(), e.Version)
	e.size = len(out)
	return out
}

// healthz says whether tritop itself works.
func (e *exporter) healthz(w http.ResponseWriter, _ *http.Request) {
	if s := e.Latest(); s.Started.IsZero() {
		say(w, false, "starting: nothing was observed yet")
	} else if old := e.Now().Sub(s.Now); old > stale {
		say(w, false, fmt.Sprintf("the newest state is %s old", old.Truncate(time.Second)))
	} else {
		say(w, true, "ok")
	}
}

// readyz says whether there is something to read: every server was tried.
func (e *exporter) readyz(w http.ResponseWriter, _ *http.Request) {
	s := e.Latest()
	if missing := untried(s); missing != "" {
		say(w, false, "not ready: "+missing+" has not been asked yet")
		return
	}
	e.healthz(w, nil)
}

// untried names a server that nothing is known of yet; "" where there is none.
func untried(s *model.Snapshot) string {
	tried := make(map[string]bool)
	for i := range s.Sources {
		if src := &s.Sources[i]; src.Kind == "poll" && !src.LastTry.IsZero() {
			tried[src.Server] = true
		}
	}
	for i := range s.Servers {
		if !tried[s.Servers[i].Name] {
			return s.Servers[i].Name
		}
	}
	return ""
}

func say(w http.ResponseWriter, ok bool, words string) {
	w.Header().Set("Content-Type", "text/plain; charset=utf-8")
	w.Header().Set("Cache-Control", "no-store")
	if !ok {
		w.WriteHeader(http.StatusServiceUnavailable)
	}
	_, _ = fmt.Fprintln(w, words) // who went away reads nothing
}
