package archtest

import (
	"bytes"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"testing"
)

// machinePath finds absolute paths that mean something on one machine only.
// The pieces are joined here so that this file does not find itself.
var machinePath = regexp.MustCompile(`(^|[^\w./-])/(` + "wo" + `rk|ro` + `ot|tm` + `p|home/[a-z]\w*|Users)/`)

// registries are hosts of package registries: a build takes what its tools are
// set up with, a mirror for example, and never names a host.
var registries = regexp.MustCompile(`(?i)(py` + `pi\.org|python` + `hosted\.org|proxy\.go` + `lang\.org|sum\.go` + `lang\.org|npm` + `js\.org|static\.cra` + `tes\.io|deb\.deb` + `ian\.org|repo1?\.mav` + `en\.)`)

func TestNoMachinePaths(t *testing.T) {
	t.Parallel()
	for _, path := range files(t) {
		text, err := os.ReadFile(filepath.Join(root, path))
		if err != nil {
			t.Fatal(err)
		}
		if slices.Contains(text[:min(len(text), 8000)], 0) {
			continue // not a text
		}
		for i, line := range bytes.Split(text, []byte("\n")) {
			if m := machinePath.Find(line); m != nil {
				t.Errorf("%s:%d: a path of one machine: %s", path, i+1, bytes.TrimSpace(m))
			}
			if m := registries.Find(line); m != nil {
				t.Errorf("%s:%d: a host of a package registry: %s", path, i+1, m)
			}
		}
	}
}
