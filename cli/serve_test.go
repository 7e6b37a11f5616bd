package cli

import (
	"context"
	"fmt"
	"io"
	"net"
	"net/http"
	"strings"
	"sync"
	"testing"
	"time"
)

// spoken is a stream that can be read while it is written.
type spoken struct {
	mu  sync.Mutex // guards all
	all strings.Builder
}

func (s *spoken) Write(b []byte) (int, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.all.Write(b)
}

func (s *spoken) String() string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.all.String()
}

func TestServeAnswersUntilItIsInterrupted(t *testing.T) {
	t.Parallel()
	var errs spoken
	home := t.TempDir()
	ctx, cancel := context.WithCancel(t.Context())
	ended := make(chan int, 1)
	go func() {
		ended <- Run(ctx, []string{"serve", "--metrics", "127.0.0.1:0", "--demo", "normal"},
			IO{Out: io.Discard, Err: &errs, Getenv: func(k string) string { return map[string]string{"HOME": home}[k] }, Terminal: func(any) bool { return false }})
	}()
	var address string
	until(t, func() bool {
		_, rest, found := strings.Cut(errs.String(), "serving ")
		address, _, _ = strings.Cut(rest, "\n")
		return found && strings.HasSuffix(address, "/metrics")
	})
	client := &http.Client{Timeout: 5 * time.Second, Transport: &http.Transport{DisableKeepAlives: true}}
	ask := func(url string) (int, string) {
		r, err := client.Get(url)
		if err != nil {
			t.Fatal(err)
		}
		defer func() { _ = r.Body.Close() }()
		text, err := io.ReadAll(r.Body)
		if err != nil {
			t.Fatal(err)
		}
		return r.StatusCode, string(text)
	}
	until(t, func() bool {
		code, _ := ask(strings.TrimSuffix(address, "metrics") + "readyz")
		return code == http.StatusOK
	})
	until(t, func() bool {
		_, text := ask(address)
		return strings.Count(text, "\ntritop_server_up{") == 6 && strings.Contains(text, `tritop_user_requests_total{`) && strings.Contains(text, "tritop_build_info{")
	})
	cancel()
	if code := <-ended; code != exitInterrupted {
		t.Errorf("exit code %d, want %d", code, exitInterrupted)
	}
}

func TestServeSaysWhyItCannot(t *testing.T) {
	t.Parallel()
	taken, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = taken.Close() }()
	for args, want := range map[string]struct {
		code  int
		words string
	}{
		"":                              {exitUsage, "nothing is to be served"},
		"--metrics 9877":                {exitUsage, "it is not host:port"},
		"--metrics 127.0.0.1:http":      {exitUsage, `"http" is no port`},
		"--metrics 127.0.0.1:99999":     {exitUsage, `"99999" is no port`},
		"--metrics 192.0.2.1:9877":      {exitEngine, "no interface of this machine has that address"},
		"--metrics 127.0.0.1:0":         {exitUsage, "no server is named"},
		"--metrics 127.0.0.1:0 -o json": {exitUsage, "o"},
		fmt.Sprintf("--metrics %s --demo normal", taken.Addr()): {exitEngine, "another process listens there"},
	} {
		tritop(t, append([]string{"serve"}, strings.Fields(args)...)...).says(t, want.code, want.words, "hint: ")
	}
	tritop(t, "serve").says(t, exitUsage, "SSH come with a later version")
}
