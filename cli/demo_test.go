package cli

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"testing"
	"time"
	"unicode"
)

// The whole path, in process: simulated servers on loopback, the production
// collectors, the engine, the verdict, its exit code. What each scenario leads to
// in full is tested in simulated time (internal/scenarios).
func TestCheckOfADemo(t *testing.T) {
	t.Parallel()
	for scenario, c := range map[string]struct {
		length string
		code   int
		words  []string
	}{
		"normal":      {"3s", 0, []string{`"verdict": "HEALTHY"`, `"live": true`, `"triton_version": "2.66.0"`, "simulated fleet, scenario normal"}},
		"dead-server": {"7500ms", 2, []string{`"verdict": "UNHEALTHY"`, "not listening", `"live": false`}},
		"hung-server": {"8500ms", 2, []string{`"verdict": "UNHEALTHY"`, "hung", `"live": null`}},
	} {
		t.Run(scenario, func(t *testing.T) {
			t.Parallel()
			o := tritop(t, "check", "--demo", scenario, "--for", c.length, "-o", "json")
			var doc struct{ Schema, Verdict string }
			if err := json.Unmarshal([]byte(o.out), &doc); err != nil || doc.Schema != "tritop/check/v1" {
				t.Errorf("%v: %s", err, o.out)
			}
			o.says(t, c.code)
			for _, w := range c.words {
				o.says(t, c.code, "out:"+w)
			}
			if o.err != "" {
				t.Errorf("stderr: %s", o.err)
			}
		})
	}
}

func TestSnapshotsOfADemo(t *testing.T) {
	t.Parallel()
	utf8 := map[string]string{"LANG": "C.UTF-8"}
	for name, c := range map[string]struct {
		args []string
		env  map[string]string
		want func(out string) bool
	}{
		"text": {nil, utf8, func(out string) bool {
			return lines(out) == 24 && !strings.Contains(out, "\x1b") && strings.Contains(out, "●")
		}},
		"no locale": {nil, nil, func(out string) bool {
			return lines(out) == 24 && !strings.ContainsFunc(out, func(r rune) bool { return r > unicode.MaxASCII })
		}},
		"a size":   {[]string{"--size", "100x30"}, utf8, func(out string) bool { return lines(out) == 30 }},
		"one cell": {[]string{"--size", "1x1"}, utf8, func(out string) bool { return lines(out) == 1 }},
		"a server": {[]string{"--view", "server:eu1-gpu-01"}, utf8, func(out string) bool { return strings.Contains(out, "eu1-gpu-01") }},
		"a model":  {[]string{"--view", "model:encoder"}, utf8, func(out string) bool { return strings.Contains(out, "encoder") }},
		"ansi": {[]string{"-o", "ansi"}, utf8, func(out string) bool {
			return strings.Contains(out, "\x1b[") && regexp.MustCompile(`\x1b\[[0-9;]*3[0-9]`).MatchString(out)
		}},
		"without color": {[]string{"-o", "ansi", "--no-color"}, utf8, func(out string) bool { return !regexp.MustCompile(`\x1b\[([0-9;]*;)?(3[0-7]|38)[;m]`).MatchString(out) }},
		"svg":           {[]string{"-o", "svg"}, nil, func(out string) bool { return strings.HasPrefix(out, "<svg") && strings.Contains(out, "●") }},
		"json":          {[]string{"-o", "json"}, utf8, func(out string) bool { return strings.Contains(out, `"tritop/check/v1"`) }},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			o := command{args: append([]string{"snapshot", "--demo", "normal", "--after", "800ms"}, c.args...), env: c.env}.run(t.Context())
			o.says(t, 0)
			if !c.want(o.out) {
				t.Errorf("not as wanted: %q", o.out)
			}
		})
	}
	tritop(t, "snapshot", "--demo", "normal", "--after", "800ms", "--view", "server:eu1-gpu-1").says(t, exitUsage, `did you mean "eu1-gpu-01"?`, "hint: servers: eu1-gpu-01")
	tritop(t, "snapshot", "127.0.0.1:1", "--after", "100ms", "--view", "model:bert").says(t, exitUsage, `no model is named "bert"`, "no model was seen")
}

func lines(s string) int { return strings.Count(s, "\n") }

// An interrupt ends a command at once with 130 and prints no half document.
func TestInterrupted(t *testing.T) {
	t.Parallel()
	for _, args := range [][]string{{"check", "--demo", "normal"}, {"check", "127.0.0.1:1", "-o", "json"}, {"snapshot", "--demo", "normal"}} {
		t.Run(strings.Join(args, " "), func(t *testing.T) {
			t.Parallel()
			ctx, cancel := context.WithTimeout(t.Context(), 300*time.Millisecond)
			defer cancel()
			began := time.Now()
			o := command{args: args}.run(ctx)
			o.says(t, exitInterrupted)
			if took := time.Since(began); took > 5*time.Second || o.out != "" {
				t.Errorf("ended after %s, printed %q", took, o.out)
			}
		})
	}
}

// sim says where its servers listen: HTTP one below, metrics one above, the next
// server ten further; then ready, and serves until it is interrupted.
func TestSim(t *testing.T) {
	t.Parallel()
	first := freePorts(t)
	out, in := io.Pipe()
	ctx, cancel := context.WithCancel(t.Context())
	code := make(chan int, 1)
	go func() {
		code <- Run(ctx, []string{"sim", "--servers", "2", "--listen", fmt.Sprintf("127.0.0.1:%d", first)}, IO{Out: in, Err: in, Getenv: func(string) string { return "" }, Terminal: func(any) bool { return false }})
		_ = in.Close()
	}()
	text, done := "", make(chan struct{})
	go func() {
		defer close(done)
		buf := make([]byte, 4096)
		for !strings.Contains(text, "ready\n") {
			n, err := out.Read(buf)
			text += string(buf[:n])
			if err != nil {
				return
			}
		}
	}()
	<-done
	want := fmt.Sprintf("eu1-gpu-01 127.0.0.1:%d/%d/%d\nus1-gpu-01 127.0.0.1:%d/%d/%d\nready\n", first, first-1, first+1, first+10, first+9, first+11)
	if text != want {
		t.Errorf("%q, want %q", text, want)
	}
	// Everything about its servers can be asked; a server of it is a Triton to check.
	o := tritop(t, "check", fmt.Sprintf("a=127.0.0.1:%d", first), fmt.Sprintf("127.0.0.1:%d/0/0", first+10), "--for", "1500ms")
	o.says(t, 0, "out:HEALTHY", "out:a ", fmt.Sprintf("out:127.0.0.1:%d ", first+10))
	// The metrics port given as gRPC, and the HTTP port: a clear word, no verdict.
	o = tritop(t, "check", fmt.Sprintf("127.0.0.1:%d/0/0", first+1), fmt.Sprintf("127.0.0.1:%d/0/0", first-1), "--for", "1500ms")
	o.says(t, 3, "out:UNKNOWN", "out:unreadable")
	tritop(t, "sim", "--listen", fmt.Sprintf("127.0.0.1:%d", first)).says(t, exitUsage, fmt.Sprintf("start the simulated fleet: listen on 127.0.0.1:%d: address already in use", first), "choose other ports")
	cancel()
	if c := <-code; c != exitInterrupted {
		t.Errorf("exit code %d", c)
	}
}

// freePorts gives the first gRPC port of a range that was free a moment ago.
func freePorts(t *testing.T) int {
	t.Helper()
	for range 50 {
		l, err := net.Listen("tcp", "127.0.0.1:0")
		if err != nil {
			t.Fatal(err)
		}
		p := l.Addr().(*net.TCPAddr).Port
		_ = l.Close()
		free := p < 64000
		for _, n := range []int{p - 1, p + 1, p + 9, p + 10, p + 11} {
			l, err := net.Listen("tcp", "127.0.0.1:"+strconv.Itoa(n))
			if free = free && err == nil; err == nil {
				_ = l.Close()
			}
		}
		if free {
			return p
		}
	}
	t.Fatal("no free ports")
	return 0
}

func TestReachable(t *testing.T) {
	t.Parallel()
	for listen, want := range map[string]string{"127.0.0.1:0": "127.0.0.1", "0.0.0.0:1": "usual", ":1": "usual", "[::]:1": "usual", "[::1]:1": "::1", "10.0.0.1:1": "10.0.0.1", "": "usual"} {
		if got := reachable(listen, "usual"); got != want {
			t.Errorf("%s: %s", listen, got)
		}
	}
}

// full is a stream that takes nothing.
type full struct{}

func (full) Write([]byte) (int, error) {
	return 0, &os.PathError{Op: "write", Path: "/dev/stdout", Err: errors.New("no space left on device")}
}

// What cannot be written is an error, never a silent success.
func TestStdoutThatTakesNothing(t *testing.T) {
	t.Parallel()
	for line, what := range map[string]string{"version": "the version", "version -o json": "the version", "demo --list": "the scenarios", "demo --list -o json": "the scenarios", "config init": "the configuration",
		"check 127.0.0.1:1 --for 50ms": "the verdict", "check 127.0.0.1:1 --for 50ms -o json": "the verdict", "snapshot 127.0.0.1:1 --after 50ms": "the frame",
		"snapshot 127.0.0.1:1 --after 50ms -o json": "the state", "sim --servers 1": "where the servers listen"} {
		var errs bytes.Buffer
		ctx, cancel := context.WithCancel(t.Context())
		code := Run(ctx, strings.Fields(line), IO{Out: full{}, Err: &errs, Getenv: func(string) string { return "" }, Terminal: func(any) bool { return false }})
		cancel()
		if want := "tritop: write " + what + ": no space left on device\n"; code != exitEngine || errs.String() != want {
			t.Errorf("%s: %d %q, want %q", line, code, errs.String(), want)
		}
	}
}

// On a terminal a line says that it is collecting, and is taken away again; it
// goes to stderr. A dumb terminal gets none.
func TestProgressIsForTerminals(t *testing.T) {
	t.Parallel()
	args := []string{"check", "127.0.0.1:1", "--for", "300ms"}
	o := command{args: args, terminal: true}.run(t.Context())
	if o.err != "collecting for 300ms\r\x1b[2K\r" || strings.Contains(o.out, "\x1b") {
		t.Errorf("%q %q", o.out, o.err)
	}
	o = command{args: args, terminal: true, env: map[string]string{"TERM": "dumb"}}.run(t.Context())
	if o.err != "" {
		t.Errorf("%q", o.err)
	}
}

// What changed goes to the log file; a profile without effect is announced.
func TestLogFileAndProfile(t *testing.T) {
	t.Parallel()
	log := filepath.Join(t.TempDir(), "log")
	tritop(t, "check", "127.0.0.1:1", "--for", "1500ms", "--log-file", log, "--profile", "fast").says(t, 2, "out:UNHEALTHY", "out:not listening", "out:note: profile fast has no effect yet")
	text, err := os.ReadFile(log)
	if err != nil || !strings.Contains(string(text), "127.0.0.1:1 no data → not listening") {
		t.Errorf("%v: %q", err, text)
	}
}
