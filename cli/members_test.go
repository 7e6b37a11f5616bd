package cli

import (
	"bufio"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"tritop/model"
	"tritop/sim"
)

// state is what a test looks at of a document of watch.
type state struct {
	Fleet, Verdict string
	Servers        []struct {
		Name, Region, Word string
		Models             []struct {
			Requests float64 `json:"requests_total"`
		}
	}
	GPUs    []struct{ UUID, State string }
	Events  []happened
	Notices []string
}

type happened struct {
	Seq           uint64
	At            string
	Object, Words string
	Before        bool
}

func (s state) servers() string {
	var out []string
	for _, srv := range s.Servers {
		out = append(out, srv.Name)
	}
	return strings.Join(out, " ")
}

func (s state) told(words string) bool {
	return slices.ContainsFunc(s.Events, func(e happened) bool { return strings.Contains(e.Object+" "+e.Words, words) })
}

func (s state) notes(words string) bool {
	return slices.ContainsFunc(s.Notices, func(n string) bool { return strings.Contains(n, words) })
}

// watching is a watch that runs until the test ends.
type watching struct {
	t       *testing.T
	lines   chan string
	hangups chan os.Signal
	end     func() int
}

func watch(t *testing.T, args ...string) *watching {
	t.Helper()
	w := &watching{t: t, lines: make(chan string, 1000), hangups: make(chan os.Signal, 1)}
	out, in := io.Pipe()
	env := map[string]string{"HOME": t.TempDir()}
	ctx, cancel := context.WithCancel(t.Context())
	code := make(chan int, 1)
	go func() {
		code <- Run(ctx, append([]string{"watch", "-o", "jsonl", "--every", "100ms"}, args...),
			IO{Out: in, Err: io.Discard, Getenv: func(k string) string { return env[k] }, Terminal: func(any) bool { return false }, Hangups: w.hangups})
		_ = in.Close()
	}()
	go func() {
		defer close(w.lines)
		r := bufio.NewReader(out)
		for {
			line, err := r.ReadString('\n')
			if err != nil {
				return
			}
			w.lines <- line
		}
	}()
	w.end = sync.OnceValue(func() int {
		cancel()
		for range w.lines { // what is still on its way
		}
		return <-code
	})
	t.Cleanup(func() { w.end() })
	return w
}

// until reads documents until one is as wanted.
func (w *watching) until(what string, ok func(state) bool) state {
	w.t.Helper()
	limit := time.After(20 * time.Second)
	var last string
	for {
		select {
		case line, open := <-w.lines:
			var s state
			if err := json.Unmarshal([]byte(line), &s); err != nil || !open {
				w.t.Fatalf("%s: no document any more (%v)", what, err)
			}
			if last = line; ok(s) {
				return s
			}
		case <-limit:
			w.t.Fatalf("%s did not come: %s", what, last)
		}
	}
}

// simulated serves a fleet for a test.
func simulated(t *testing.T, n int) []model.ServerSpec {
	t.Helper()
	w, err := sim.New(sim.Options{Scenario: "normal", Seed: 1, Servers: n})
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(context.Background())
	served, err := sim.Serve(ctx, w, "")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { cancel(); served.Wait() })
	return served.Specs()
}

func overwrite(t *testing.T, name, text string) {
	t.Helper()
	if err := os.WriteFile(name+".new", []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	if err := os.Rename(name+".new", name); err != nil {
		t.Fatal(err)
	}
}

func target(name string, s model.ServerSpec) string {
	return fmt.Sprintf(`{"targets": ["127.0.0.1:%d"], "labels": {"name": %q, "http": "%d", "metrics": "%d"}}`, s.GRPC, name, s.HTTP, s.Metric)
}

func configured(name, region string, s model.ServerSpec) string {
	return fmt.Sprintf("{name: %s, host: 127.0.0.1, grpc: %d, http: %d, metrics: %d, region: %s}", name, s.GRPC, s.HTTP, s.Metric, region)
}

// The whole path: served servers, files that are rewritten, what watch says.
func TestAFleetThatChanges(t *testing.T) {
	t.Parallel()
	specs := simulated(t, 3)
	dir := t.TempDir()
	file, list := filepath.Join(dir, "tritop.yaml"), filepath.Join(dir, "t.json")
	cfg := func(fleet, region string) string {
		return "version: 1\nfleet: " + fleet + "\nservers: [" + configured("a", region, specs[0]) + "]\nservers_from: [{file: t.json}]\n"
	}
	overwrite(t, file, cfg("one", "eu"))
	overwrite(t, list, "["+target("b", specs[1])+"]")
	w := watch(t, "--config", file)
	well := func(servers string) func(state) bool {
		return func(s state) bool { return s.servers() == servers && s.Verdict == "HEALTHY" && len(s.Notices) == 0 }
	}
	before := w.until("both", func(s state) bool {
		return well("a b")(s) && len(s.Servers[0].Models) > 0 && s.Servers[0].Models[0].Requests > 0
	})

	overwrite(t, list, "["+target("c", specs[2])+"]")
	s := w.until("c in the place of b", well("a c"))
	if !s.told("b left the configuration") || !s.told("c joined the fleet") || s.told("HEALTHY →") {
		t.Errorf("%+v", s.Events)
	}
	if s.Servers[0].Models[0].Requests < before.Servers[0].Models[0].Requests {
		t.Error("the server that stayed lost its counts")
	}
	overwrite(t, list, "[{")
	w.until("the notice", func(s state) bool {
		return s.servers() == "a c" && s.Verdict == "HEALTHY" && s.notes(list+":1:1: neither JSON nor YAML") && s.notes("(since ") && s.told("the last good list stays in force: 1 server")
	})
	overwrite(t, list, "["+target("c", specs[2])+"]")
	w.until("no notice", func(s state) bool { return len(s.Notices) == 0 && s.told("t.json can be used again") })

	overwrite(t, file, cfg("two", "us"))
	w.hangups <- syscall.SIGHUP
	s = w.until("the other name and region", func(s state) bool { return s.Fleet == "two" && s.Servers[0].Region == "us" })
	if !s.told("was read again") || !s.told("a is in us now") || s.Servers[0].Word != "ready" {
		t.Errorf("%+v", s.Events)
	}
	overwrite(t, file, "version: 1\nflet: three\n")
	w.until("the notice of the configuration", func(s state) bool {
		return s.Fleet == "two" && s.servers() == "a c" && s.notes(file+":2:1: the file: unknown key \"flet\"") && s.notes("the configuration from before stays in force")
	})
	if code := w.end(); code != exitInterrupted {
		t.Errorf("exit code %d", code)
	}
}

// Probes and secrets change with the configuration; a secret that is gone leaves
// the old one in force.
func TestProbesAndSecretsChange(t *testing.T) {
	t.Parallel()
	specs := simulated(t, 1)
	dir := t.TempDir()
	file, key := filepath.Join(dir, "tritop.yaml"), filepath.Join(dir, "key")
	overwrite(t, key, "one")
	server := strings.TrimSuffix(configured("a", "eu", specs[0]), "}") + ", headers: {x-key: {file: " + key + "}}}"
	overwrite(t, file, "version: 1\nservers: ["+server+"]\n")
	w := watch(t, "--config", file)
	w.until("the server", func(s state) bool { return s.Verdict == "HEALTHY" })
	p := sim.Probes()[0]
	probed := "version: 1\nservers: [" + server + "]\nprobes: [{model: " + p.Model + ", every: 200ms, inputs: [{name: INPUT0, datatype: FP32, shape: [1, 1], data: [1]}], expect: [{name: OUTPUT0, data: [999]}]}]\n"
	overwrite(t, file, probed)
	w.until("a probe that fails", func(s state) bool { return s.Servers[0].Word == "says ready, cannot infer" })
	if err := os.Remove(key); err != nil {
		t.Fatal(err)
	}
	overwrite(t, file, "version: 1\nservers: ["+server+"]\n")
	w.until("the notice", func(s state) bool {
		return s.Servers[0].Word == "says ready, cannot infer" && s.notes("read the header x-key of server a") && s.notes("no such file")
	})
	overwrite(t, key, "two")
	w.hangups <- syscall.SIGHUP
	w.until("no probe any more", func(s state) bool { return s.Servers[0].Word == "ready" && len(s.Notices) == 0 })
}

// Lists are part of what is wrong with a configuration.
func TestListsOfServersAtTheStart(t *testing.T) {
	t.Parallel()
	for list, c := range map[string]struct {
		cfg, code string
		wants     []string
	}{
		"[{":  {"servers: [{name: a, host: 127.0.0.1, grpc: 1}]\nservers_from: [{file: t.json}]\n", "both", []string{"read the lists of servers that ", "1 problem", "t.json:1:1: neither JSON nor YAML: the [ is not closed", `hint: a list is [{"targets": ["10.0.0.1:8001"], "labels": `}},
		"[]":  {"servers_from: [{file: t.json}]\n", "check", []string{"it names no servers, and neither does ", "t.json"}},
		"":    {"servers_from: [{file: no.json}]\n", "both", []string{"read the servers of ", "no.json: the file does not exist", "hint: correct the path under servers_from"}},
		" []": {"servers: [{name: a, host: 127.0.0.1, grpc: 1}]\nservers_from: [{file: t.json}]\n", "none", nil},
		`[{"targets": ["127.0.0.1:1"]}]`: {"servers: [{name: a, host: 127.0.0.1, grpc: 1}]\nservers_from: [{file: t.json}]\n", "both",
			[]string{`"a" and "127.0.0.1:1" are the same address 127.0.0.1:1 (one in `, "t.json", "hint: leave one of them out"}},
	} {
		f := file(t, "version: 1\n"+c.cfg)
		overwrite(t, filepath.Join(filepath.Dir(f), "t.json"), list)
		check, valid := tritop(t, "check", "--config", f, "--for", "50ms"), tritop(t, "config", "validate", f)
		if c.code == "both" {
			valid.says(t, exitConfig, c.wants...)
		} else {
			valid.says(t, 0)
		}
		if c.code != "none" {
			check.says(t, exitConfig, c.wants...)
		} else if check.code >= exitUsage {
			t.Errorf("%q: %d %s", list, check.code, check.err)
		}
	}
}

// Nothing waits for ever for a configuration.
func TestAPipeThatNobodyWritesTo(t *testing.T) {
	t.Parallel()
	name := filepath.Join(t.TempDir(), "pipe")
	if err := syscall.Mkfifo(name, 0o600); err != nil {
		t.Skipf("SKIPPED: no pipes here: %v", err)
	}
	tritop(t, "check", "--config", name).says(t, exitConfig, "read the configuration "+name+": it is a pipe that nobody writes to")
	tritop(t, "probe", "init", "a", "m", "--write", "--config", name).says(t, exitUsage, "write the probe: "+name+" is no regular file", "hint: without --write")
	tritop(t, "check", "127.0.0.1:1", "--for", "10ms", "--log-file", name).says(t, exitUsage, "open the log file "+name+": it is a pipe that nobody reads")
}

// A hangup ends what a terminal is gone from, and what has nothing to read again.
func TestHangups(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		able, gone, detached, ends bool
	}{
		"a check":                  {ends: true},
		"a watch":                  {able: true},
		"its terminal is gone":     {able: true, gone: true, ends: true},
		"nohup":                    {able: true, gone: true, detached: true},
		"a check started by nohup": {detached: true, ends: true},
	} {
		gone := false
		var mu sync.Mutex // guards gone
		hangups := make(chan os.Signal)
		a := &app{hangup: &hangup{reload: make(chan struct{}, 1)}, io: IO{Hangups: hangups, Detached: c.detached, Terminal: func(any) bool {
			mu.Lock()
			defer mu.Unlock()
			return !gone
		}}}
		a.hangup.able.Store(c.able)
		ctx, cancel := context.WithCancel(t.Context())
		done := make(chan struct{})
		go func() { defer close(done); a.listen(ctx, cancel) }()
		for range 2 { // the first proves that the terminals were counted
			select {
			case hangups <- syscall.SIGHUP:
			case <-ctx.Done(): // it ended by the first already
			}
			if !c.able {
				break
			}
			mu.Lock()
			gone = c.gone
			mu.Unlock()
		}
		select {
		case <-ctx.Done():
			if !c.ends {
				t.Errorf("%s: it ended", name)
			}
		case <-time.After(200 * time.Millisecond):
			if c.ends || len(a.hangup.reload) != 1 {
				t.Errorf("%s: it goes on, %d to read", name, len(a.hangup.reload))
			}
		}
		cancel()
		<-done
	}
}
