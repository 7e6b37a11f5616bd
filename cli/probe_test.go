package cli

import (
	"context"
	"fmt"
	"os"
	"strings"
	"testing"

	"tritop/config"
	"tritop/sim"
)

// served gives the servers of a simulated fleet as the lines of a configuration.
func served(t *testing.T, scenario string) string {
	t.Helper()
	w, err := sim.New(sim.Options{Scenario: scenario, Seed: 1})
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(context.Background())
	fleet, err := sim.Serve(ctx, w, "")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { cancel(); fleet.Wait() })
	var b strings.Builder
	for _, s := range fleet.Specs() {
		fmt.Fprintf(&b, "  - {name: %s, host: %s, grpc: %d, http: %d, metrics: %d}   # %s\n", s.Name, s.Host, s.GRPC, s.HTTP, s.Metric, s.Region)
	}
	return b.String()
}

// A probe that was made of a server's answers is one that this server passes.
func TestProbeInit(t *testing.T) {
	t.Parallel()
	f := file(t, "# our fleet\nversion: 1\nservers:\n"+served(t, "normal")+"\n# deep probes\nprobes: []\n")
	o := tritop(t, "probe", "init", "eu1-gpu-01", "encoder", "--config", f)
	o.says(t, 0, "out:probes:\n  # recorded from version 2 at eu1-gpu-01; the inputs are made up\n  - model: encoder\n", "out:{name: OUTPUT0, data: [0.25], tolerance: 0.0003}")
	if o.err != "" {
		t.Errorf("stderr: %s", o.err)
	}
	if _, err := config.Parse("printed", []byte("version: 1\n"+o.out)); err != nil {
		t.Error(err)
	}
	tritop(t, "probe", "init", "eu1-gpu-01", "encoder", "--config", f, "--write").says(t, 0, "out:added a probe of encoder to "+f)
	tritop(t, "probe", "init", "eu1-gpu-02", "encoder", "--config", f, "--write", "--version", "2").says(t, 0)
	text, err := os.ReadFile(f)
	if err != nil || !strings.HasPrefix(string(text), "# our fleet\n") || strings.Count(string(text), "model: encoder") != 2 || !strings.Contains(string(text), "# deep probes\nprobes:\n  # recorded") {
		t.Errorf("%v\n%s", err, text)
	}
	again := tritop(t, "probe", "init", "eu1-gpu-01", "encoder", "--config", f, "--write")
	again.says(t, exitRefused, "add the probe to "+f+": a probe of model \"encoder\" stands in line", "hint: without --write it is printed")
	tritop(t, "check", "--config", f, "--for", "3s", "-o", "json").says(t, 0, `out:"source": "probe"`)
}

func TestProbeInitOfWhatIsNotThere(t *testing.T) {
	t.Parallel()
	f := file(t, "version: 1\nservers:\n"+served(t, "normal")+"  - {name: nobody, host: 127.0.0.1, grpc: 1}\n")
	for line, c := range map[string]struct {
		code  int
		wants []string
	}{
		"eu1-gpu-01 encodr":                {exitUsage, []string{`eu1-gpu-01 has no model "encodr" (did you mean "encoder"?)`, "hint: models: "}},
		"eu1-gpu-01 encoder --version 9":   {exitUsage, []string{"version 9 of encoder cannot be asked", "hint: versions: "}},
		"eu1-gpu-O1 encoder":               {exitUsage, []string{`no server is named "eu1-gpu-O1" (did you mean "eu1-gpu-01"?)`}},
		"nobody encoder":                   {exitEngine, []string{"read the metadata of encoder at nobody: connection refused", "hint: tritop doctor"}},
		"127.0.0.1:1 encoder":              {exitEngine, []string{"at 127.0.0.1:1: connection refused"}},
		"x encoder --demo normal":          {exitUsage, []string{`no server is named "x"`, "hint: servers: eu1-gpu-01"}},
		"x encoder --demo normal --write":  {exitUsage, []string{"--demo and --write exclude each other"}},
		"eu1-gpu-01 encoder --theme drak":  {exitUsage, []string{`did you mean "dark"?`}},
		"eu1-gpu-01 encoder --version 007": {exitUsage, []string{"want a positive integer"}},
	} {
		t.Run(line, func(t *testing.T) {
			t.Parallel()
			args := append([]string{"probe", "init"}, strings.Fields(line)...)
			env := map[string]string{"TRITOP_CONFIG": f}
			command{args: args, env: env}.run(t.Context()).says(t, c.code, c.wants...)
		})
	}
	tritop(t, "probe", "init", "h", "m", "--write").says(t, exitConfig, "find the configuration to write to: none was found", "tritop config init")
	command{args: []string{"probe", "init", "h", "m"}, env: map[string]string{"TRITOP_CONFIG": f + "no"}}.run(t.Context()).says(t, exitConfig, "does not exist")
	completed := command{args: []string{"__complete", "probe", "init", ""}, env: map[string]string{"TRITOP_CONFIG": f}}.run(t.Context())
	completed.says(t, 0, "out:eu1-gpu-01\neu1-gpu-02\n", "out:nobody")
}
