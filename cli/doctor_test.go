package cli

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
	"unicode"

	"tritop/config"
)

func TestDoctorOfADemo(t *testing.T) {
	t.Parallel()
	home := t.TempDir() // its name may be longer than a line
	utf8 := map[string]string{"LANG": "C.UTF-8", "HOME": home, "TERM": "xterm"}
	for scenario, c := range map[string]struct {
		after string
		code  int
		wants []string
	}{
		"normal":      {"500ms", 0, []string{"out:eu1-gpu-01  127.0.0.1:", "out:✓ ok      probe encoder:2 the right answer", "out: 0 warn, 0 fail,"}},
		"dead-server": {"7s", 2, []string{"out:✗ fail    gRPC port", "out:→ start the server, or correct the port"}},
		"ready-lies":  {"7s", 2, []string{"out:✓ ok      ready           ready, by its own word", "out:✗ fail    probe ", "out:cannot infer"}},
	} {
		t.Run(scenario, func(t *testing.T) {
			t.Parallel()
			o := command{args: []string{"doctor", "--demo", scenario, "--after", c.after}, env: utf8}.run(t.Context())
			o.says(t, c.code, c.wants...)
			for line := range strings.Lines(o.out) {
				if len([]rune(strings.TrimSuffix(line, "\n"))) > 80 && !strings.Contains(line, home) {
					t.Errorf("more than 80 columns: %s", line)
				}
			}
		})
	}
}

// Without a locale the table is ASCII, and says so.
func TestDoctorInASCII(t *testing.T) {
	t.Parallel()
	o := tritop(t, "doctor", "nobody=127.0.0.1:1")
	o.says(t, 2, "out:x fail    gRPC port       1: connection refused", "out:-> start the server", "out:ASCII: no locale is set", "out:nobody  127.0.0.1:1\n",
		"out:assumed: HTTP 0 and metrics 2, one below and one\n", "out:- skipped HTTP port", "out:- skipped metrics port    2 is assumed: as for the gRPC port", "out:-> correct the gRPC port first", "out:1 fail,")
	if strings.ContainsFunc(o.out, func(r rune) bool { return r > unicode.MaxASCII }) {
		t.Error("more than ASCII")
	}
}

// The servers and probes of a configuration, the ports that it does not name.
func TestDoctorOfAConfiguration(t *testing.T) {
	t.Parallel()
	f := file(t, "version: 1\nservers:\n"+served(t, "normal")+"  - {name: lost, host: 127.0.0.1, grpc: 1, http: 0}\n"+
		"probes:\n  - {model: encoder, inputs: [{name: INPUT0, datatype: FP32, shape: [1, 1], data: [2]}], expect: [{name: OUTPUT0, data: [5]}]}\nobjectives: [{name: o, metric: latency_p99, op: \"<=\", target: 100ms}]\n")
	env := map[string]string{"HOME": t.TempDir()}
	o := command{args: []string{"doctor", "--config", f}, env: env}.run(t.Context())
	flat := strings.Join(strings.Fields(o.out), " ")
	for _, w := range []string{"7 servers, 1 probe", "and not used yet: objectives", "wrong answer: output OUTPUT0: element 0 is 4, want 5", "tritop probe init eu1-gpu-01 encoder records",
		"assumed: metrics 8002, Triton's defaults", "is not there yet and can be made"} {
		if !strings.Contains(flat, w) {
			t.Errorf("%q is not said", w)
		}
	}
	o.says(t, 2)
	tritop(t, "doctor", "--config", f+"no").says(t, exitConfig, "does not exist")
	command{args: []string{"doctor", "a=127.0.0.1:1"}, env: map[string]string{"TRITOP_CONFIG": f}}.run(t.Context()).says(t, 2, "out:is not used: servers are named on the command", "out:--config uses both")
	tritop(t, "doctor").says(t, 1, "out:none was found, and no server is named", "out:tritop config init > tritop.yaml")
}

func TestSurroundings(t *testing.T) {
	t.Parallel()
	home, notADirectory, dangling := t.TempDir(), file(t, "x"), filepath.Join(t.TempDir(), "link")
	if err := os.Symlink("nothing", dangling); err != nil {
		t.Fatal(err)
	}
	size := func(w, h int) func(any) (int, int, bool) { return func(any) (int, int, bool) { return w, h, true } }
	for name, c := range map[string]struct {
		env   map[string]string
		flags app
		pipe  bool
		wants []string // NAME STATUS FOUND, from their beginning
	}{
		"a good terminal":   {env: map[string]string{"TERM": "xterm-256color", "COLORTERM": "truecolor", "LANG": "C.UTF-8", "HOME": home}, flags: app{io: IO{Size: size(120, 40)}}, wants: []string{"terminal ok TERM=xterm-256color", "size ok 120x40", "colours ok true colour", "glyphs ok Unicode, by LANG=C.UTF-8", "state ok " + home}},
		"an old one":        {env: map[string]string{"TERM": "xterm", "LANG": "de_DE"}, flags: app{io: IO{Size: size(79, 24)}}, wants: []string{"size ok 79x24 columns and panes", "colours ok 16 colours", "glyphs ok ASCII, by LANG=de_DE", "state warn no directory: neither --state-dir"}},
		"256 colours":       {env: map[string]string{"TERM": "screen-256color"}, wants: []string{"colours ok 256 colours by TERM"}},
		"a dumb one":        {env: map[string]string{"TERM": "dumb"}, wants: []string{"terminal warn TERM=dumb plain lines only", "colours ok none, by TERM=dumb"}},
		"none":              {env: map[string]string{}, pipe: true, wants: []string{"terminal skipped", "size skipped", "colours skipped", "glyphs ok ASCII: no locale is set export LANG"}},
		"no TERM":           {env: map[string]string{}, wants: []string{"terminal warn TERM is not set"}},
		"too small":         {env: map[string]string{"TERM": "xterm"}, flags: app{io: IO{Size: size(39, 10)}}, wants: []string{"size warn 39x10 tritop needs 40x10"}},
		"no colour":         {env: map[string]string{"TERM": "xterm", "NO_COLOR": "1"}, wants: []string{"colours ok none, by NO_COLOR"}},
		"flags":             {env: map[string]string{"TERM": "xterm", "LANG": "C.UTF-8"}, flags: app{look: look{noColor: true, ascii: true}, stateDir: home}, wants: []string{"colours ok none, by --no-color", "glyphs ok ASCII, by --ascii", "state ok " + home + " can be written"}},
		"no room for state": {env: map[string]string{"TERM": "xterm", "XDG_STATE_HOME": notADirectory}, wants: []string{"state warn " + filepath.Join(notADirectory, "tritop") + " cannot be made: " + notADirectory + ", the first directory above it, is not a directory"}},
		"a file for state":  {env: map[string]string{"TERM": "xterm"}, flags: app{stateDir: notADirectory}, wants: []string{"state warn " + notADirectory + " cannot be written: is not a directory"}},
		"a link to nothing": {env: map[string]string{"TERM": "xterm"}, flags: app{stateDir: dangling}, wants: []string{"state warn " + dangling + " cannot be written: is a link to nothing"}},
		"the kernel's own":  {env: map[string]string{"TERM": "xterm"}, flags: app{stateDir: "/proc/x/tritop"}, wants: []string{"state warn /proc/x/tritop cannot be made: /proc, the first directory above it, takes no new directory make it writable"}},
		"yet to come":       {env: map[string]string{"TERM": "xterm"}, flags: app{stateDir: filepath.Join(home, "a", "b")}, wants: []string{"state ok " + filepath.Join(home, "a", "b") + " is not there yet and can be made"}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			c.flags.io.Getenv, c.flags.io.Terminal = func(k string) string { return c.env[k] }, func(any) bool { return !c.pipe }
			var got []string
			for _, check := range c.flags.surroundings(plan{}) {
				got = append(got, check.Name+" "+check.Status.String()+" "+check.Found+" "+check.Do)
			}
			all := "\n" + strings.Join(got, "\n")
			for _, w := range c.wants {
				if !strings.Contains(all, "\n"+w) {
					t.Errorf("%q is not said:%s", w, all)
				}
			}
		})
	}
	if left, err := os.ReadDir(home); err != nil || len(left) != 0 {
		t.Errorf("%v: it left %v behind", err, left)
	}
}

// Which ports nobody named, by the way that a server is named.
func TestAssumedPorts(t *testing.T) {
	t.Parallel()
	for arg, want := range map[string]string{"h": "gRPC 8001, HTTP 8000, metrics 8002, Triton's defaults", "h:9001": "HTTP 9000 and metrics 9002, one below and one above gRPC", "h:1/2/3": ""} {
		if s, err := config.ParseServer(arg); err != nil || s.Assumed != want {
			t.Errorf("%s: %q (%v), want %q", arg, s.Assumed, err, want)
		}
	}
}
