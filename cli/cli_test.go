package cli

import (
	"bytes"
	"context"
	"flag"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"unicode"

	"go.uber.org/goleak"
)

var update = flag.Bool("update", false, "rewrite the golden files")

// TestMain fails when a test leaves a goroutine behind: whatever a command
// started has ended when it returns.
func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// outcome is what a command line left behind.
type outcome struct {
	code     int
	out, err string
}

// command is one command line with its surroundings.
type command struct {
	args     []string
	env      map[string]string
	terminal bool // stdout and stderr are one
}

// run runs it in an environment that is empty but for what it names.
func (c command) run(ctx context.Context) outcome {
	var out, errs bytes.Buffer
	code := Run(ctx, c.args, IO{Out: &out, Err: &errs, Getenv: func(k string) string { return c.env[k] }, Terminal: func(any) bool { return c.terminal }})
	return outcome{code, out.String(), errs.String()}
}

func tritop(t *testing.T, args ...string) outcome {
	t.Helper()
	return command{args: args}.run(t.Context())
}

// says checks code and streams; a want that begins with "out:" is about stdout.
func (o outcome) says(t *testing.T, code int, wants ...string) {
	t.Helper()
	if o.code != code {
		t.Errorf("exit code %d, want %d", o.code, code)
	}
	for _, w := range wants {
		if text, ok := strings.CutPrefix(w, "out:"); ok {
			if !strings.Contains(o.out, text) {
				t.Errorf("stdout does not say %q", text)
			}
		} else if !strings.Contains(o.err, w) {
			t.Errorf("stderr does not say %q", w)
		}
	}
	if code >= exitUsage && code != exitInterrupted {
		o.isError(t)
	}
	if t.Failed() {
		t.Logf("stdout: %s\nstderr: %s", o.out, o.err)
	}
}

// isError checks the form of every error: one line, then a hint at most, no
// document, nothing that a terminal would obey, no stack.
func (o outcome) isError(t *testing.T) {
	t.Helper()
	if o.out != "" {
		t.Errorf("an error, and yet a document: %q", o.out)
	}
	lines := strings.Split(strings.TrimSuffix(o.err, "\n"), "\n")
	if !strings.HasPrefix(lines[0], "tritop: ") || strings.Count(lines[0], ": ") < 1 {
		t.Errorf("no line `tritop: WHAT: WHY`: %q", o.err)
	}
	problems := strings.Contains(lines[0], " problem")
	if !problems && (len(lines) > 2 || len(lines) == 2 && !strings.HasPrefix(lines[1], "hint: ")) {
		t.Errorf("not one line and a hint: %q", o.err)
	}
	if strings.ContainsFunc(o.err, func(r rune) bool { return r != '\n' && !unicode.IsPrint(r) }) || strings.Contains(o.err, "goroutine ") {
		t.Errorf("an escape sequence or a stack: %q", o.err)
	}
}

func file(t *testing.T, text string) string {
	t.Helper()
	name := filepath.Join(t.TempDir(), "tritop.yaml")
	if err := os.WriteFile(name, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	return name
}

func TestWrongUsage(t *testing.T) {
	t.Parallel()
	for line, wants := range map[string][]string{
		"chekc":                          {`no command is named "chekc" (did you mean "check"?)`, "a host of that name is written chekc:8001"},
		"falover x":                      {`did you mean "failover"?`},
		"chekc --for 3s":                 {`did you mean "check"?`},
		"check --fro 3s":                 {`no flag is named "--fro" (did you mean "--for"?)`, "hint: tritop check --help"},
		"check -x":                       {`no flag is named "-x"`},
		"check --for":                    {"--for needs a value"},
		"check --for abc":                {`"abc" is not what --for takes: want a duration such as 90s or 5m`},
		"check --for 9999999999h":        {"want a duration"},
		"check --for 0s h":               {"0s is no time to collect in"},
		"check --for -5s h":              {"-5s is no time to collect in"},
		"snapshot --after -5s h":         {"-5s is no time to collect in"},
		"check --seed -1":                {"want a whole number from 0"},
		"check --ascii=x":                {"want true or false"},
		"check --=x":                     {"--=x"},
		"check -o jsn h":                 {`no format is named "jsn" here (did you mean "json"?)`, "hint: formats: table, json"},
		"snapshot -o pdf h":              {"formats: text, ansi, svg, json"},
		"demo --list -o yaml":            {"formats: text, json"},
		"demo -o json":                   {"-o goes with --list"},
		"version -o x":                   {"formats: text, json"},
		"version x":                      {"takes no argument", `"x"`},
		"config":                         {"needs a verb", "init | schema | show | validate"},
		"config valdate":                 {`did you mean "validate"?`},
		"config init -o json":            {"formats: yaml"},
		"config schema chek":             {`no schema is named "chek" (did you mean "check"?)`, "hint: kinds: config, check"},
		"config schema a b":              {"want one kind"},
		"config schema -o yaml":          {"formats: json"},
		"config show a b":                {"takes one file"},
		"check --demo normla":            {`no scenario is named "normla" (did you mean "normal"?)`, "hint: scenarios: normal, material"},
		"demo --scenario blackot":        {`did you mean "blackout"?`},
		"sim --scenario x":               {`no scenario is named "x"`},
		"sim --servers 0":                {"want 1 to 500"},
		"sim --servers 501":              {"want 1 to 500"},
		"sim --listen nonsense":          {"want HOST:PORT", "--listen"},
		"check --demo normal h":          {"exclude each other"},
		"check --demo normal --config f": {"--config and the simulated fleet exclude each other"},
		"doctor -o yaml h":               {"formats: table, json"},
		"doctor --after -5s h":           {"-5s is no time to collect in"},
		"doctor http://h":                {"a scheme such as http:// is not wanted"},
		"doctor --demo normal h":         {"exclude each other"},
		"probe":                          {"tritop probe needs a verb", "hint: tritop probe init"},
		"probe init a":                   {"wants a server and a model, found 1 argument"},
		"probe init a m --version x":     {`version "x": want a positive integer`},
		"probe init http://h m":          {"a scheme such as http:// is not wanted"},
		"probe init a m -o json":         {"formats: yaml"},
		"demo --config f":                {"--config and the simulated fleet exclude each other"},
		"check --theme drak h":           {`did you mean "dark"?`},
		"check --profile fats h":         {`did you mean "fast"?`},
		"snapshot --size 0x0 h":          {`"0x0" is no size`, "80x24"},
		"snapshot --size 80 h":           {`"80" is no size`},
		"snapshot --size 80x24x h":       {"is no size"},
		"snapshot --size 9999x10 h":      {"to 1000x1000"},
		"snapshot --view ovrview h":      {`did you mean "overview"?`},
		"snapshot --view services h":     {"the view services is planned and not built yet"},
		"snapshot --view server: h":      {`no view is named "server:"`},
		"check":                          {"no server is named and no configuration was found", "--demo SCENARIO"},
		"snapshot":                       {"no server is named and no configuration was found"},
		"check http://h":                 {"a scheme such as http:// is not wanted", "hint: a server is [name=]host[:grpc[/http/metrics]]"},
		"check ::1":                      {"stands in brackets"},
		"check h:70000":                  {"no port from 1 to 65535"},
		"check a=h a=i":                  {`two servers are named "a"`},
		"check a=h b=H.:8001":            {"are the same address h:8001"},
		"check a=b=c":                    {"want only one = between a name and its host"},
		"check localhost [::1]":          {`"localhost" and "::1" are the same address 127.0.0.1:8001`},
		"check a=h:10 b=h:20/10/0":       {`the HTTP port of "b" is the gRPC port of "a": h:10`, "hint: name all three ports"},
		"check --log-file . h":           {"open the log file .", "is a directory"},
		"check --log-file no/no h":       {"its directory does not exist"},
		"help nope":                      {`no command is named "nope"`},
	} {
		t.Run(line, func(t *testing.T) {
			t.Parallel()
			tritop(t, strings.Fields(line)...).says(t, exitUsage, wants...)
		})
	}
}

// Commands of later versions say so; none of them is taken for a host.
func TestPlannedCommandsAnswerClearly(t *testing.T) {
	t.Parallel()
	for _, name := range append([]string{"config balancer"}, notYet...) {
		tritop(t, append(strings.Fields(name), "x", "--flag")...).says(t, exitUsage, "run tritop "+name+": this command is planned and not built yet")
	}
}

func TestHelp(t *testing.T) {
	t.Parallel()
	root := tritop(t, "--help")
	root.says(t, 0)
	golden := filepath.Join("testdata", "help.txt")
	if *update {
		if err := os.WriteFile(golden, []byte(root.out), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	if want, err := os.ReadFile(golden); err != nil || root.out != string(want) {
		t.Errorf("the help differs from %s (%v):\n%s", golden, err, root.out)
	}
	for _, c := range []string{"", "check", "snapshot", "sim", "demo", "config", "config init", "config validate", "config show", "config schema", "probe", "probe init", "doctor", "version"} {
		o := tritop(t, append(strings.Fields(c), "--help")...)
		o.says(t, 0)
		_, examples, _ := strings.Cut(o.out, "Examples:\n")
		examples, _, _ = strings.Cut(examples, "\n\n")
		if n := strings.Count(examples+"\n", "\n"); n < 2 || o.err != "" {
			t.Errorf("%s --help has %d examples, stderr %q", c, n, o.err)
		}
		for _, l := range strings.Split(o.out, "\n") {
			if len([]rune(l)) > 80 {
				t.Errorf("%s --help: more than 80 columns: %s", c, l)
			}
		}
		if c != "" {
			tritop(t, append([]string{"help"}, strings.Fields(c)...)...).says(t, 0, "out:"+o.out)
		}
	}
}

func TestVersion(t *testing.T) {
	t.Parallel()
	tritop(t, "version").says(t, 0, "out:tritop ")
	tritop(t, "version", "-o", "json").says(t, 0, `out:"schema": "tritop/version/v1"`)
	tritop(t, "--version").says(t, 0, "out:tritop ")
}

func TestDemoList(t *testing.T) {
	t.Parallel()
	o := tritop(t, "demo", "--list")
	js := tritop(t, "demo", "--list", "-o", "json")
	js.says(t, 0, `out:"schema": "tritop/scenarios/v1"`)
	for name, verdict := range map[string]string{"normal": "HEALTHY", "material": "UNHEALTHY", "bad-version": "UNHEALTHY", "slow-model": "UNHEALTHY", "surge": "UNHEALTHY", "phases": "HEALTHY", "blackout": "UNKNOWN",
		"dead-server": "UNHEALTHY", "hung-server": "UNHEALTHY", "ready-lies": "UNHEALTHY", "stalled": "UNHEALTHY"} {
		var line string
		for _, l := range strings.Split(o.out, "\n") {
			if strings.HasPrefix(l, name+" ") {
				line = l
			}
		}
		if !strings.Contains(line, " "+verdict+" ") || !strings.Contains(js.out, `"name": "`+name+`"`) {
			t.Errorf("%s: %q", name, line)
		}
	}
}

// Without servers and without a configuration: how to start, not an error dump.
func TestHowToStart(t *testing.T) {
	t.Parallel()
	for _, terminal := range []bool{false, true} {
		o := command{terminal: terminal}.run(t.Context())
		for _, w := range []string{"tritop demo", "tritop config init", "--help"} {
			if !strings.Contains(o.out, w) || o.err != "" {
				t.Errorf("terminal %v: %q is not in %q, stderr %q", terminal, w, o.out, o.err)
			}
		}
	}
	command{args: []string{"h:1"}}.run(t.Context()).says(t, exitUsage, "open the screen: this is not a terminal", "tritop check")
}

func TestColourAndGlyphsFollowTheEnvironment(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		env    map[string]string
		flags  app
		mono   bool
		latin1 bool
	}{
		{env: map[string]string{"LANG": "de_DE.UTF-8", "TERM": "xterm"}},
		{env: map[string]string{"LANG": "de_DE.utf8", "NO_COLOR": "1"}, mono: true},
		{env: map[string]string{"LANG": "C.UTF-8", "TERM": "dumb"}, mono: true},
		{env: map[string]string{"LANG": "C.UTF-8", "NO_COLOR": "1", "CLICOLOR_FORCE": "1"}},
		{env: map[string]string{"LANG": "C.UTF-8", "TERM": "dumb", "CLICOLOR_FORCE": "0"}, mono: true},
		{env: map[string]string{"LANG": "C.UTF-8", "CLICOLOR_FORCE": "1"}, flags: app{look: look{noColor: true}}, mono: true},
		{env: map[string]string{"LANG": "C.UTF-8", "LC_ALL": "C"}, latin1: true},
		{env: map[string]string{"LANG": "C"}, latin1: true},
		{env: map[string]string{}, latin1: true},
		{env: map[string]string{"LANG": "C.UTF-8"}, flags: app{look: look{ascii: true}}, latin1: true},
	} {
		c.flags.io.Getenv = func(k string) string { return c.env[k] }
		if c.flags.noColour() != c.mono || c.flags.asciiOnly() != c.latin1 {
			t.Errorf("%v %+v: no colour %v, ASCII %v", c.env, c.flags.noColor, c.flags.noColour(), c.flags.asciiOnly())
		}
	}
}
