package cli

import (
	"bytes"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"tritop/jsonschema/jsonschematest"
)

// docs/schema is what the program prints: `make golden` writes it.
func TestGoldenSchemas(t *testing.T) {
	t.Parallel()
	dir := filepath.Join("..", "docs", "schema")
	known := make(map[string]bool)
	for _, kind := range schemaKinds() {
		o := tritop(t, "config", "schema", kind)
		o.says(t, 0, "out:https://json-schema.org/draft/2020-12/schema")
		file := filepath.Join(dir, kind+".json")
		known[file] = true
		if *update {
			if err := os.WriteFile(file, []byte(o.out), 0o600); err != nil {
				t.Fatal(err)
			}
		}
		if want, err := os.ReadFile(file); err != nil || string(want) != o.out {
			t.Errorf("%s is not what `tritop config schema %s` prints (%v): make golden writes it", file, kind, err)
		}
	}
	files, err := filepath.Glob(filepath.Join(dir, "*"))
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range files {
		if !known[f] {
			t.Errorf("%s is no schema that the program prints", f)
		}
	}
	if o := tritop(t, "config", "schema"); o.out != tritop(t, "config", "schema", fileKind).out {
		t.Error("without a kind it is not that of the configuration file")
	}
}

// What commands print is what the published schemas say. All scenarios are
// compared in headless, in simulated time.
func TestOutputsFitTheirSchemas(t *testing.T) {
	t.Parallel()
	f := file(t, "version: 1\nservers: [{name: a, host: 127.0.0.1, grpc: 1, tls: {}, headers: {K: {env: X}}}]\nobjectives: [{name: o, metric: latency_p99, op: \"<=\", target: 100ms}]\n"+
		"probes: [{model: m, every: 5s, inputs: [{name: I, datatype: FP32, shape: [1], data: [1]}], expect: [{name: O, data: [1], tolerance: 0.1}]}]\n")
	for line, kind := range map[string]string{
		"version -o json":                                       "version",
		"demo --list -o json":                                   "scenarios",
		"config show -o json " + f:                              "config-show",
		"check --demo normal --for 2s -o json":                  "check",
		"watch --demo normal --for 2s --every 500ms -o jsonl":   "check",
		"snapshot --demo dead-server --after 1s -o json":        "check",
		"check nobody=127.0.0.1:1/0/0 --for 300ms -o json":      "check",
		"doctor nobody=127.0.0.1:1/0/0 -o json":                 "doctor",
		"doctor -o json":                                        "doctor",
		"doctor --demo normal --after 500ms -o json":            "doctor",
		"snapshot nobody=127.0.0.1:1/0/0 --after 100ms -o json": "check",
	} {
		t.Run(line, func(t *testing.T) {
			t.Parallel()
			s, err := schemaNamed(kind)
			if err != nil {
				t.Fatal(err)
			}
			made, err := s.made()
			if err != nil {
				t.Fatal(err)
			}
			fits, documents := jsonschematest.Strict(t, made), [][]byte{[]byte(tritop(t, strings.Fields(line)...).out)}
			if strings.HasSuffix(line, "jsonl") {
				documents = bytes.Split(bytes.TrimSpace(documents[0]), []byte("\n"))
			}
			for _, d := range documents {
				if err := fits(d); err != nil {
					t.Errorf("%.2000v\n%s", err, d)
				}
			}
		})
	}
}
