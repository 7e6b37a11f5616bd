package exporter

import (
	"context"
	"io"
	"net"
	"net/http"
	"strings"
	"testing"
	"time"

	"tritop/engine"
	"tritop/model"
)

func get(t *testing.T, url string) (code int, kind, text string) {
	t.Helper()
	client := &http.Client{Timeout: 5 * time.Second, Transport: &http.Transport{DisableKeepAlives: true}}
	r, err := client.Get(url)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = r.Body.Close() }()
	all, err := io.ReadAll(r.Body)
	if err != nil {
		t.Fatal(err)
	}
	return r.StatusCode, r.Header.Get("Content-Type"), string(all)
}

func TestServe(t *testing.T) {
	t.Parallel()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	s := play(t, "normal", 5, ignore)
	ctx, cancel := context.WithCancel(t.Context())
	ended := make(chan error, 1)
	go func() {
		ended <- Serve(ctx, l, Options{Latest: func() *model.Snapshot { return s }, Now: func() time.Time { return s.Now }, Version: "v1"})
	}()
	base := "http://" + l.Addr().String()
	for path, want := range map[string]string{"/metrics": "tritop_server_up{", "/healthz": "ok\n", "/readyz": "ok\n", "/": "/metrics"} {
		if code, _, text := get(t, base+path); code != http.StatusOK || !strings.Contains(text, want) {
			t.Errorf("%s: %d %.200s", path, code, text)
		}
	}
	if _, kind, _ := get(t, base+"/metrics"); kind != contentType {
		t.Errorf("content type %q", kind)
	}
	if code, _, _ := get(t, base+"/nothing"); code != http.StatusNotFound {
		t.Errorf("/nothing: %d", code)
	}
	idle, err := net.Dial("tcp", l.Addr().String()) // somebody who never asks holds the end up no longer than the limit
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = idle.Close() }()
	cancel()
	select {
	case err := <-ended:
		if err != nil {
			t.Error(err)
		}
	case <-time.After(stopTimeout + 5*time.Second):
		t.Fatal("it does not end")
	}
}

func TestHealthAndReadiness(t *testing.T) {
	t.Parallel()
	empty := engine.NewState(engine.Config{Servers: []model.ServerSpec{{Name: "a"}}}).Snapshot()
	running := play(t, "normal", 5, ignore)
	half := *running
	half.Servers = append(half.Servers[:len(half.Servers):len(half.Servers)], model.Server{ServerSpec: model.ServerSpec{Name: "late"}})
	for _, c := range []struct {
		path  string
		s     *model.Snapshot
		later time.Duration
		code  int
		words string
	}{
		{"/healthz", empty, 0, 503, "nothing was observed yet"},
		{"/readyz", empty, 0, 503, "a has not been asked yet"},
		{"/healthz", running, time.Second, 200, "ok"},
		{"/readyz", running, time.Second, 200, "ok"},
		{"/healthz", running, 7 * time.Second, 503, "the newest state is 7s old"},
		{"/readyz", running, 7 * time.Second, 503, "7s old"},
		{"/readyz", &half, 0, 503, "late has not been asked yet"},
		{"/healthz", &half, 0, 200, "ok"},
	} {
		l, err := net.Listen("tcp", "127.0.0.1:0")
		if err != nil {
			t.Fatal(err)
		}
		ctx, cancel := context.WithCancel(t.Context())
		ended := make(chan error, 1)
		o := Options{Latest: func() *model.Snapshot { return c.s }, Now: func() time.Time { return c.s.Now.Add(c.later) }}
		go func() { ended <- Serve(ctx, l, o) }()
		if code, _, text := get(t, "http://"+l.Addr().String()+c.path); code != c.code || !strings.Contains(text, c.words) {
			t.Errorf("%s: %d %q, want %d %q", c.path, code, text, c.code, c.words)
		}
		cancel()
		<-ended
	}
}
