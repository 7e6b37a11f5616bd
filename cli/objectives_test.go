package cli

import (
	"fmt"
	"os"
	"strings"
	"testing"
)

// names are the objectives of a document: "name/model target".
func (s state) names() string {
	var out []string
	for _, o := range s.Objectives {
		out = append(out, fmt.Sprintf("%s/%s %g", o.Name, o.Model, o.Target))
	}
	return strings.Join(out, ", ")
}

// Profiles preset objectives; the file is laid over them, and takes their place
// where none is chosen.
func TestProfilesAndTheFile(t *testing.T) {
	t.Parallel()
	plainFile := file(t, "version: 1\nservers: [{name: a, host: h}]\n")
	own := file(t, "version: 1\nservers: [{name: a, host: h}]\nobjectives: [{name: latency_p99, metric: latency_p99, op: \"<\", target: 7ms, window: 30s}]\n")
	none := file(t, "version: 1\nservers: [{name: a, host: h}]\nobjectives: []\n")
	for _, c := range []struct {
		file, profiles, want string
	}{
		{plainFile, "", "availability 99.99%, latency_p95 50ms, latency_p99 100ms, error_rate 0.1%"},
		{plainFile, "fast", "availability 99.99%, latency_p95 50ms, latency_p99 100ms, error_rate 0.1%"},
		{plainFile, "material", "availability 99.99%, latency_p95 50ms, latency_p99 100ms, error_rate 0.1%, throughput 100/s"},
		{plainFile, "netflix", "availability 99.99%, latency_p99 50ms"},
		{plainFile, "material,netflix", "availability 99.99%, latency_p95 50ms, latency_p99 50ms, error_rate 0.1%, throughput 100/s"},
		{own, "", "latency_p99 7ms"},
		{own, "default", "availability 99.99%, latency_p95 50ms, latency_p99 7ms, error_rate 0.1%"},
		{none, "", ""},
	} {
		args := []string{"config", "show", c.file}
		if c.profiles != "" {
			args = append(args, "--profile", c.profiles)
		}
		var got []string
		name := ""
		for _, l := range strings.Split(tritop(t, args...).out, "\n") {
			key, value, _ := strings.Cut(strings.TrimLeft(l, " -"), ": ")
			switch {
			case strings.HasPrefix(l, "    - name: "):
				name = value
			case key == "target":
				got = append(got, name+" "+value)
			}
		}
		if strings.Join(got, ", ") != c.want {
			t.Errorf("%s --profile %q: %s", c.file, c.profiles, strings.Join(got, ", "))
		}
	}
	tritop(t, "config", "show", own, "--profile", "materiel").says(t, exitUsage, `did you mean "material"?`)
	tritop(t, "config", "show", own, "-o", "json").says(t, 0, `out:"target": 7,`, `out:"unit": "ms"`, `out:"window_s": 30`)
}

// Objectives are read again while tritop runs; wrong ones leave those from before.
func TestObjectivesAreReadAgain(t *testing.T) {
	t.Parallel()
	servers := "version: 1\nservers: [{name: dead, host: 127.0.0.1, grpc: 1}]\n"
	f := file(t, servers+"objectives: [{name: o, model: m, metric: error_rate, op: \"<\", target: 1%}]\n")
	w := watch(t, "--config", f)
	write := func(text string) {
		t.Helper()
		if err := os.WriteFile(f, []byte(servers+text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	w.until("the objective", func(s state) bool {
		return s.names() == "o/m 0.01" && s.Objectives[0].Reason == "no server lists this model"
	})
	write("objectives: [{name: o, model: m, metric: error_rate, op: \"<\", target: 2%}, {name: p, group: [m, n], metric: latency_p50, op: \"<\", target: 1s}]\n")
	w.until("the new ones", func(s state) bool { return s.names() == "o/m 0.02, p/m 1000, p/n 1000" })
	write("objectives: [{name: o, metric: error_rate, op: \"<\", target: 2ms}]\n")
	w.until("what is wrong", func(s state) bool {
		return s.notes("error_rate is measured in ratio") && s.names() == "o/m 0.02, p/m 1000, p/n 1000"
	})
	write("objectives: []\n")
	w.until("none", func(s state) bool { return s.names() == "" && len(s.Notices) == 0 })
	w.end()
}
