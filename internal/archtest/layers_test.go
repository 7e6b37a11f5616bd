package archtest

import (
	"maps"
	"slices"
	"strconv"
	"strings"
	"testing"
)

// rule says what a package may import besides the standard library. Own
// packages are named without the module, others by a prefix of their path.
type rule struct {
	layer int
	own   []string
	other []string
	tests []string // what its tests may import besides, own packages or others
}

// testsOnly is above all layers: packages that no other may import.
const testsOnly = 5

const (
	validator = "jsonschema/jsonschematest"
	schemaLib = "github.com/santhosh-tekuri/jsonschema/v6"
	grpcLib   = "google.golang.org/grpc"
	protobuf  = "google.golang.org/protobuf"
	goleak    = "go.uber.org/goleak"
	rapid     = "pgregory.net/rapid"
	// expfmtLib is Prometheus' own parser: the oracle of our scanner, in tests only.
	expfmtLib = "github.com/prometheus/common"
)

// layers is docs/architecture.md as a table. Imports point down; what stands
// beside each other in a layer meets only in cli.
var layers = map[string]rule{
	".":                         {layer: 4, own: []string{"cli"}, other: []string{"github.com/charmbracelet/x/term"}, tests: []string{"github.com/creack/pty"}},
	"cmd/tritop-nvml":           {layer: 4, own: []string{"collectors/nvml/helper"}},
	"cli":                       {layer: 4, own: []string{"collectors", "collectors/host", "collectors/nvml", "collectors/probe", "config", "engine", "headless", "model", "roster", "sim", "sla", "themes", "triton", "ui", "jsonschema", "triton/pb", "doctor", "journal", "exporter", "report", "collectors/prometheus", "notify", "alerts", "collectors/checks", "health"}, other: []string{"github.com/spf13/cobra", "github.com/spf13/pflag"}, tests: []string{goleak, "ui/grid", "github.com/creack/pty", validator}},
	"config":                    {layer: 4, own: []string{"collectors/probe", "internal/nearest", "model", "themes", "jsonschema", "collectors/checks", "health"}, other: []string{"go.yaml.in/yaml/v3"}, tests: []string{validator, "sla"}},
	"roster":                    {layer: 4, own: []string{"internal/sleep", "collectors/probe", "config", "model"}, tests: []string{goleak}},
	"ui":                        {layer: 3, own: []string{"internal/nearest", "model", "themes", "ui/columns", "ui/draw", "ui/grid", "ui/term", "ui/query"}, other: []string{"charm.land/bubbletea/v2", "charm.land/bubbles/v2", "github.com/charmbracelet/colorprofile", "github.com/charmbracelet/x/term"}, tests: []string{"engine", "sim", rapid, goleak, "github.com/creack/pty", "github.com/charmbracelet/ultraviolet", "github.com/charmbracelet/x/vt"}},
	"ui/columns":                {layer: 3, own: []string{"model", "ui/draw", "ui/grid"}},
	"ui/draw":                   {layer: 3, own: []string{"model", "themes", "ui/grid", "ui/query"}, other: []string{"github.com/NimbleMarkets/ntcharts/v2"}},
	"ui/term":                   {layer: 3, own: []string{"ui/grid"}, other: []string{"github.com/charmbracelet/x/ansi", "github.com/charmbracelet/x/term"}, tests: []string{"themes", goleak, "github.com/charmbracelet/colorprofile"}},
	"ui/grid":                   {layer: 3, own: []string{"themes"}, other: []string{"github.com/mattn/go-runewidth", "github.com/charmbracelet/colorprofile", "github.com/charmbracelet/x/ansi"}, tests: []string{rapid, "github.com/charmbracelet/x/vt", "github.com/charmbracelet/ultraviolet"}},
	"headless":                  {layer: 3, own: []string{"model", "jsonschema", "doctor"}, tests: []string{"engine", "sim", "sla", validator}},
	"engine":                    {layer: 2, own: []string{"counters", "health", "latency", "model", "sla", "alerts"}, tests: []string{goleak, rapid}},
	"collectors":                {layer: 2, own: []string{"internal/sleep", "collectors/probe", "model", "triton", "triton/metrics", "triton/pb", "collectors/prometheus", "collectors/checks", "health"}, tests: []string{"collectors/collectorstest", goleak, grpcLib, protobuf}},
	"report":                    {layer: 3, own: []string{"jsonschema", "model"}, tests: []string{"engine", "sim", validator}},
	"exporter":                  {layer: 3, own: []string{"model"}, tests: []string{"engine", "sim", "triton/metrics", expfmtLib, "github.com/prometheus/client_model", goleak}},
	"collectors/probe":          {layer: 2, own: []string{"triton/pb"}, tests: []string{protobuf}},
	"collectors/host":           {layer: 2, own: []string{"model"}, other: []string{"github.com/shirou/gopsutil/v4"}, tests: []string{"collectors/collectorstest", goleak}},
	"collectors/nvml":           {layer: 2, own: []string{"model"}, tests: []string{"collectors/collectorstest", goleak}},
	"collectors/nvml/helper":    {layer: 2, own: []string{"collectors/nvml"}, other: []string{"github.com/NVIDIA/go-nvml"}, tests: []string{goleak}},
	"collectors/collectorstest": {layer: 2, own: []string{"model"}},
	"collectors/checks":         {layer: 2, own: []string{"internal/sleep", "collectors/prometheus", "health", "model", "triton", "triton/metrics"}, other: []string{grpcLib}, tests: []string{"collectors/collectorstest", goleak}},
	"collectors/prometheus":     {layer: 2, own: []string{"model", "triton", "triton/metrics"}, tests: []string{goleak}},
	"sim":                       {layer: 2, own: []string{"model", "triton/pb"}, other: []string{grpcLib, protobuf}, tests: []string{"triton", "triton/metrics", goleak, expfmtLib}},
	"audit":                     {layer: 2, own: []string{"journal"}},
	"actuators":                 {layer: 2, own: []string{"model"}},
	"actuators/actuatorstest":   {layer: 2, own: []string{"actuators", "model"}}, // tests only
	"actuators/haproxy":         {layer: 2, own: []string{"actuators", "model"}, tests: []string{"actuators/actuatorstest", goleak}},
	"counters":                  {layer: 1, own: []string{"model"}, tests: []string{rapid}},
	"latency":                   {layer: 1, own: []string{"model"}, tests: []string{rapid, "github.com/HdrHistogram/hdrhistogram-go"}},
	"health":                    {layer: 1, own: []string{"model"}, tests: []string{rapid}},
	"alerts":                    {layer: 1, own: []string{"model"}, tests: []string{rapid}},
	"journal":                   {layer: 2, own: []string{"model"}, tests: []string{rapid, goleak}},
	"notify":                    {layer: 2, own: []string{"alerts", "model"}, tests: []string{rapid, goleak}},
	"model":                     {layer: 0, tests: []string{rapid}},
	"themes":                    {layer: 0},
	"triton":                    {layer: 0, own: []string{"triton/pb"}, other: []string{grpcLib}, tests: []string{protobuf, goleak}},
	"triton/metrics":            {layer: 0, own: []string{"triton"}, tests: []string{goleak, grpcLib, expfmtLib, "github.com/prometheus/client_model", rapid}},
	"triton/pb":                 {layer: 0, other: []string{grpcLib, protobuf}},
	"internal/nearest":          {layer: 0},
	"internal/sleep":            {layer: 2},
	"ui/query":                  {layer: 3, own: []string{"internal/nearest"}, tests: []string{rapid}},
	"jsonschema":                {layer: 0, tests: []string{validator}},
	"jsonschema/jsonschematest": {layer: 0, own: []string{"jsonschema"}, other: []string{schemaLib}}, // tests only
	"doctor":                    {layer: 2, own: []string{"collectors/probe", "model", "triton", "triton/metrics", "triton/pb"}, tests: []string{"sim", goleak, grpcLib, protobuf}},
	"sla":                       {layer: 1, own: []string{"counters", "model"}, tests: []string{rapid}},

	// Tests only. They meet what only cli may join.
	"internal/archtest":  {layer: testsOnly},
	"internal/scenarios": {layer: testsOnly, tests: []string{"collectors", "engine", "model", "sim", "sla", "triton", rapid}},
	"internal/hostile":   {layer: testsOnly, tests: []string{"collectors", "engine", "headless", "model", "triton", "triton/pb", grpcLib, goleak}},
	"internal/terminal":  {layer: testsOnly, tests: []string{"github.com/creack/pty", "github.com/charmbracelet/x/vt", "github.com/mattn/go-runewidth"}},
	"internal/e2e":       {layer: testsOnly, tests: []string{"sla", "collectors", "collectors/probe", "collectors/prometheus", "config", "engine", "model", "triton", "triton/pb", "triton/metrics", grpcLib, protobuf, "github.com/creack/pty", "actuators", "actuators/actuatorstest", "actuators/haproxy"}},
}

func TestLayers(t *testing.T) {
	t.Parallel()
	_, all := source(t)
	seen := map[string]bool{}
	for _, f := range all {
		r, known := layers[f.dir]
		if !known {
			t.Errorf("%s: the package is in no layer: give it a line in internal/archtest and in docs/architecture.md", f.path)
			continue
		}
		seen[f.dir] = true
		for _, spec := range f.syntax.Imports {
			path, err := strconv.Unquote(spec.Path.Value)
			if err != nil {
				t.Fatal(err)
			}
			if !allowed(f, r, path) {
				t.Errorf("%s imports %s, which layer %d does not allow it: see docs/architecture.md", f.path, path, r.layer)
			}
		}
	}
	for _, dir := range slices.Sorted(maps.Keys(layers)) {
		if !seen[dir] && layers[dir].layer != testsOnly {
			t.Errorf("%s has a rule and no files", dir)
		}
	}
}

func allowed(f goFile, r rule, path string) bool {
	own, isOwn := strings.CutPrefix(path, "tritop/")
	if !isOwn && !strings.Contains(strings.Split(path, "/")[0], ".") {
		return true // the standard library
	}
	if isOwn && slices.Contains(r.own, own) || isOwn && f.test && (own == f.dir || slices.Contains(r.tests, own)) {
		return true
	}
	within := func(prefix string) bool { return path == prefix || strings.HasPrefix(path, prefix+"/") }
	return !isOwn && (slices.ContainsFunc(r.other, within) || f.test && slices.ContainsFunc(r.tests, within))
}

// The table itself points down.
func TestLayersPointDown(t *testing.T) {
	t.Parallel()
	for dir, r := range layers {
		for _, own := range r.own {
			below, known := layers[own]
			if !known || below.layer > r.layer {
				t.Errorf("%s (layer %d) may import %s (layer %d, known: %v)", dir, r.layer, own, below.layer, known)
			}
		}
	}
}
