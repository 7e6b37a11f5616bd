package cli

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

func TestConfigInitIsValid(t *testing.T) {
	t.Parallel()
	o := tritop(t, "config", "init")
	o.says(t, 0, "out:version: 1")
	tritop(t, "config", "validate", file(t, o.out)).says(t, 0, "out:ok\n")
}

func TestConfigFilesThatCannotBeUsed(t *testing.T) {
	t.Parallel()
	hugeFile := file(t, "version: 1\nfleet: "+strings.Repeat("x", 5<<20))
	for name, c := range map[string]struct {
		file  string
		wants []string
	}{
		"missing":          {filepath.Join(t.TempDir(), "no.yaml"), []string{"the file does not exist", "hint: tritop config init >"}},
		"a directory":      {t.TempDir(), []string{"is a directory"}},
		"huge":             {hugeFile, []string{"larger than 4 MiB"}},
		"binary":           {file(t, "\x00\x01\x7fELF"), []string{":1:1: not YAML"}},
		"empty":            {file(t, ""), []string{"the file is empty"}},
		"an escape's name": {"\x1b[2J\n.yaml", []string{"�[2J; .yaml", "does not exist"}},
		"escapes inside":   {file(t, "version: 1\n\"\\e[2J\": 1\nservers: [{name: \"\\e[31m\", host: h, headers: {\"\\e[5m\": hunter2}}]\n"), []string{"3 problems", `\x1b[31m`, "�[5m"}},
		"a secret in it":   {file(t, "version: 1\nservers: [{name: a, host: h, headers: {K: hunter2}}]\n"), []string{"a secret never stands in the file itself"}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			for _, args := range [][]string{{"config", "validate", c.file}, {"config", "show", c.file}, {"check", "--config", c.file}, {"--config", c.file}} {
				o := tritop(t, args...)
				o.says(t, exitConfig, append(c.wants, "tritop: read the configuration")...)
				if strings.Contains(o.err, "hunter2") {
					t.Error("a secret is printed")
				}
			}
		})
	}
}

func TestAnUnreadableFile(t *testing.T) {
	t.Parallel()
	f := file(t, "version: 1\n")
	if err := os.Chmod(f, 0); err != nil {
		t.Fatal(err)
	}
	if _, err := os.ReadFile(f); err == nil {
		t.Skip("this user reads every file")
	}
	tritop(t, "config", "validate", f).says(t, exitConfig, "permission denied")
}

// All problems come at once, each with its place, on stderr.
func TestConfigValidateSaysAllProblems(t *testing.T) {
	t.Parallel()
	f := file(t, "version: 1\nflet: x\nservers:\n  - {name: a, host: h, grpc: 70000}\n  - {name: a, host: i}\nservices: [{name: s, endpoints: [{server: b1}]}]\n")
	tritop(t, "config", "validate", f).says(t, exitConfig, "tritop: read the configuration: 4 problems", f+":2:1: ", `did you mean "fleet"?`, f+":4:30: ", "found \"70000\"", f+":5:12: ", `no server is named "b1"`)
}

func TestSectionsThatAreNotUsedYetAreAnnounced(t *testing.T) {
	t.Parallel()
	f := file(t, "version: 1\nservers: [{name: a, host: 127.0.0.1, grpc: 1}]\nscaling: [{service: s}]\nservices: []\n")
	tritop(t, "config", "validate", f).says(t, 0, "out:ok\n", "note: scaling is set and not used yet")
	tritop(t, "config", "show", f, "-o", "json").says(t, 0, "note: scaling is set", `out:"schema": "tritop/config/v1"`, `out:"scaling"`)
	o := tritop(t, "check", "--config", f, "--for", "100ms", "-o", "json")
	o.says(t, o.code, `out:"set in `+f+` and not used yet: scaling"`)
}

// Servers on the command line leave out a configuration that was found, not
// named: that is said once, and stands in the document.
func TestAFoundConfigurationThatIsNotUsedIsSaid(t *testing.T) {
	t.Parallel()
	f := file(t, "version: 1\nservers: [{name: a, host: 127.0.0.1, grpc: 1}]\n")
	env := map[string]string{"TRITOP_CONFIG": f}
	note := f + " is not used: servers are named on the command line (--config " + f + " uses both)"
	o := command{args: []string{"check", "b=127.0.0.1:1", "--for", "50ms", "-o", "json"}, env: env}.run(t.Context())
	if o.says(t, o.code, "out:"+note); o.err != "note: "+note+"\n" {
		t.Errorf("stderr: %q", o.err)
	}
	for name, args := range map[string][]string{"named": {"b=127.0.0.1:9", "--config", f}, "no servers": {}, "a demo": {"--demo", "normal"}} {
		o := command{args: append([]string{"check", "--for", "50ms", "-o", "json"}, args...), env: env}.run(t.Context())
		if strings.Contains(o.err+o.out, "is not used") {
			t.Errorf("%s: %s", name, o.err+o.out)
		}
	}
}

func TestSecretsAndFilesOfServers(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	pem := filepath.Join(dir, "ca.pem")
	if err := os.WriteFile(pem, []byte("no certificate"), 0o600); err != nil {
		t.Fatal(err)
	}
	for name, c := range map[string]struct{ server, want string }{
		"an empty variable":               {"headers: {K: {env: NOT_SET}}", "the environment variable NOT_SET is empty"},
		"no secret file":                  {"headers: {K: {file: " + dir + "/no}}", "no such file"},
		"a value that no header can have": {"headers: {K: {env: BAD}}", "its value holds a character that is not printable ASCII"},
		"no CA":                           {"tls: {ca: " + dir + "/no.pem}", "read the TLS file " + dir + "/no.pem of server a: the file does not exist"},
		"bad CA":                          {"tls: {ca: " + pem + "}", "of server a"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			f := file(t, "version: 1\nservers: [{name: a, host: 127.0.0.1, "+c.server+"}]\n")
			o := command{args: []string{"check", "--config", f, "--for", "100ms"}, env: map[string]string{"BAD": "hunter2\x1b[2J"}}.run(t.Context())
			o.says(t, exitConfig, c.want)
			if strings.Contains(o.err, "hunter2") {
				t.Error("a secret is printed")
			}
		})
	}
	f := file(t, "version: 1\nservers: [{name: a, host: 127.0.0.1, headers: {K: {env: SECRET}}}]\n")
	for _, args := range [][]string{{"config", "show", "-o", "json"}, {"config", "show"}, {"check", "--for", "200ms", "-o", "json"}} {
		o := command{args: append(args, "--config", f), env: map[string]string{"SECRET": "hunter2"}}.run(t.Context())
		if strings.Contains(o.out+o.err, "hunter2") || o.out == "" {
			t.Errorf("%v: %s%s", args, o.out, o.err)
		}
	}
}

// The order in which a file is looked for: the flag, the variable, the XDG directory.
func TestWhichFileIsUsed(t *testing.T) {
	t.Parallel()
	named, fromEnv := file(t, "version: 1\nfleet: named\n"), file(t, "version: 1\nfleet: from-env\n")
	dir := t.TempDir()
	if err := os.MkdirAll(filepath.Join(dir, ".config", "tritop"), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(dir, ".config", "tritop", "config.yaml"), []byte("version: 1\nfleet: from-home\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	for want, c := range map[string]command{
		"fleet: named":     {args: []string{"--config", named}, env: map[string]string{"TRITOP_CONFIG": fromEnv}},
		"fleet: from-env":  {env: map[string]string{"TRITOP_CONFIG": fromEnv, "HOME": dir}},
		"fleet: from-home": {env: map[string]string{"HOME": dir}},
	} {
		c.args = append([]string{"config", "show"}, c.args...)
		c.run(t.Context()).says(t, 0, "out:"+want)
	}
	command{args: []string{"config", "show"}, env: map[string]string{"XDG_CONFIG_HOME": dir}}.run(t.Context()).says(t, exitConfig, "none was found", "tritop config init")
	command{args: []string{"check"}, env: map[string]string{"TRITOP_CONFIG": filepath.Join(dir, "no")}}.run(t.Context()).says(t, exitConfig, "does not exist")
}
