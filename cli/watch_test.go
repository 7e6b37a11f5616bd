package cli

import (
	"encoding/json"
	"strings"
	"testing"
)

func TestWatchWritesALinePerInterval(t *testing.T) {
	t.Parallel()
	o := tritop(t, "watch", "--demo", "normal", "--every", "400ms", "--for", "2200ms")
	o.says(t, 0)
	lines := strings.Split(strings.TrimSuffix(o.out, "\n"), "\n")
	if len(lines) < 3 || len(lines) > 5 {
		t.Errorf("%d lines in 2.2 s at 400 ms:\n%s", len(lines), o.out)
	}
	for _, line := range lines {
		if !strings.Contains(line, " 6 servers, ") || !strings.HasSuffix(line, ".") {
			t.Errorf("line %q", line)
		}
	}
	o = tritop(t, "watch", "--demo", "normal", "--every", "500ms", "--for", "1800ms", "-o", "jsonl")
	o.says(t, 0)
	for _, line := range strings.Split(strings.TrimSuffix(o.out, "\n"), "\n") {
		var doc struct{ Schema, Verdict string }
		if err := json.Unmarshal([]byte(line), &doc); err != nil || doc.Schema != "tritop/check/v1" || doc.Verdict == "" {
			t.Errorf("%v: %.200s", err, line)
		}
	}
}

func TestWatchRefusesWhatItCannotDo(t *testing.T) {
	t.Parallel()
	for args, words := range map[string][]string{
		"watch --demo normal --every 10ms": {"10ms is too short", "100ms"},
		"watch --demo normal --for -1s":    {"-1s is no time to watch"},
		"watch --demo normal -o json":      {`no format is named "json"`, "jsonl"},
		"watch":                            {"no server is named", "--demo SCENARIO"},
	} {
		o := tritop(t, strings.Fields(args)...)
		for _, w := range words {
			o.says(t, exitUsage, w)
		}
	}
}

func TestCompletionOfEachShell(t *testing.T) {
	t.Parallel()
	for _, shell := range shells {
		if o := tritop(t, "completion", shell); o.code != 0 || !strings.Contains(o.out, "tritop") || len(o.out) < 1000 {
			t.Errorf("%s: code %d, %d bytes", shell, o.code, len(o.out))
		}
	}
	tritop(t, "completion", "bsh").says(t, exitUsage, `no shell is named "bsh"`, "bash")
	tritop(t, "completion").says(t, exitUsage)
	if o := tritop(t, "__complete", "demo", "--scenario", "ready"); !strings.Contains(o.out, "ready-lies") {
		t.Errorf("the scenario is not completed: %q", o.out)
	}
	if o := tritop(t, "__complete", "--theme", ""); !strings.Contains(o.out, "colourblind") {
		t.Errorf("the theme is not completed: %q", o.out)
	}
}

// A shell completes views, formats and the servers of the configuration.
func TestCompletionOfViewsFormatsAndServers(t *testing.T) {
	t.Parallel()
	f := file(t, "version: 1\nservers: [{name: eu1-gpu-01, host: 10.0.0.1}, {name: us1-gpu-01, host: 10.0.0.2}]\n")
	for line, want := range map[string]string{
		"snapshot --view ov":      "out:overview\n:4\n",
		"snapshot --view server:": "out:server:\nserver:eu1-gpu-01\nserver:us1-gpu-01\n:6\n",
		"snapshot --view mod":     "out:models\nmodel:\n:6\n",
		"snapshot -o ":            "out:text\nansi\nsvg\njson\n:4\n",
		"check --output ":         "out:table\njson\n:4\n",
		"--focus eu":              "out:eu1-gpu-01\n:4\n",
	} {
		args := append([]string{"__complete"}, strings.Split(line, " ")...)
		command{args: args, env: map[string]string{"TRITOP_CONFIG": f}}.run(t.Context()).says(t, 0, want)
	}
}
