//go:build e2e

package e2e

import (
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
)

// repo is a model repository that is being written.
type repo struct {
	t   *testing.T
	dir string
}

// spec describes one Python model; the zero value is one version without batching.
type spec struct {
	versions []int             // none: 1
	batch    int               // max_batch_size
	dims     string            // "": -1
	extra    string            // more of config.pbtxt
	params   map[string]string // of testdata/knobs.py
	code     string            // "": testdata/knobs.py
}

const broken = "import no_such_module\n"

func newRepo(t *testing.T) repo {
	t.Helper()
	return repo{t, t.TempDir()}
}

func testdata(t *testing.T, name string) string {
	t.Helper()
	b, err := os.ReadFile(filepath.Join("testdata", name))
	must(t, err)
	return string(b)
}

// model writes a model.
func (r repo) model(name string, s spec) {
	r.t.Helper()
	if s.dims == "" {
		s.dims = "-1"
	}
	if s.code == "" {
		s.code = testdata(r.t, "knobs.py")
	}
	if len(s.versions) == 0 {
		s.versions = []int{1}
	}
	words := make([]string, len(s.versions))
	for i, v := range s.versions {
		words[i] = strconv.Itoa(v)
		dir := filepath.Join(r.dir, name, words[i])
		writeFile(r.t, filepath.Join(dir, "model.py"), s.code)
		// A file of this name keeps Python from writing byte code there, which would
		// count as a change and turn the next load into a full reload.
		writeFile(r.t, filepath.Join(dir, "__pycache__"), "")
	}
	params := ""
	for _, k := range slices.Sorted(maps.Keys(s.params)) {
		params += fmt.Sprintf("parameters { key: %q value: { string_value: %q } }\n", k, s.params[k])
	}
	writeFile(r.t, filepath.Join(r.dir, name, "config.pbtxt"), fmt.Sprintf(`name: %q
backend: "python"
max_batch_size: %d
input [ { name: "INPUT0" data_type: TYPE_FP32 dims: [ %s ] } ]
output [ { name: "OUTPUT0" data_type: TYPE_FP32 dims: [ %s ] } ]
instance_group [ { kind: KIND_CPU count: 1 } ]
version_policy { specific { versions: [ %s ] } }
%s%s
`, name, s.batch, s.dims, s.dims, strings.Join(words, ", "), params, s.extra))
}

// ensemble writes a chain of models.
func (r repo) ensemble(name string, version int, steps ...string) {
	r.t.Helper()
	parts, from := make([]string, len(steps)), "INPUT0"
	for i, m := range steps {
		to := "OUTPUT0"
		if i < len(steps)-1 {
			to = fmt.Sprintf("t%d", i)
		}
		parts[i] = fmt.Sprintf(`{ model_name: %q model_version: -1 input_map { key: "INPUT0" value: %q } output_map { key: "OUTPUT0" value: %q } }`, m, from, to)
		from = to
	}
	must(r.t, os.MkdirAll(filepath.Join(r.dir, name, strconv.Itoa(version)), 0o755))
	writeFile(r.t, filepath.Join(r.dir, name, "config.pbtxt"), fmt.Sprintf(`name: %q
platform: "ensemble"
input [ { name: "INPUT0" data_type: TYPE_FP32 dims: [ -1 ] } ]
output [ { name: "OUTPUT0" data_type: TYPE_FP32 dims: [ -1 ] } ]
ensemble_scheduling { step [ %s ] }
`, name, strings.Join(parts, ", ")))
}

// batchedEnsemble is an ensemble with a batch dimension.
func (r repo) batchedEnsemble(name string, version, batch int, steps ...string) {
	r.t.Helper()
	r.ensemble(name, version, steps...)
	file := filepath.Join(r.dir, name, "config.pbtxt")
	b, err := os.ReadFile(file)
	must(r.t, err)
	writeFile(r.t, file, fmt.Sprintf("max_batch_size: %d\n%s", batch, b))
}
