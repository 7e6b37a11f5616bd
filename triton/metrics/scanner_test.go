package metrics

import (
	"bytes"
	"fmt"
	"math"
	"os"
	"path/filepath"
	"sort"
	"strings"
	"testing"

	dto "github.com/prometheus/client_model/go"
	"github.com/prometheus/common/expfmt"
	"github.com/prometheus/common/model"
)

// flat gives every sample as "name{sorted labels}" → value.
func flat(t testing.TB, text []byte) (map[string]float64, error) {
	t.Helper()
	out := map[string]float64{}
	err := NewScanner(DefaultLimits()).Scan(text, func(s *Series, v float64) { out[key(s.Name, s.Labels)] = v })
	return out, err
}

func key(name string, labels []Label) string {
	ls := append([]Label(nil), labels...)
	sort.Slice(ls, func(i, j int) bool { return ls[i].Name < ls[j].Name })
	var b strings.Builder
	b.WriteString(name)
	for _, l := range ls {
		fmt.Fprintf(&b, "|%s=%q", l.Name, l.Value)
	}
	return b.String()
}

// oracle reads the same with Prometheus' own parser.
func oracle(text []byte) (map[string]float64, error) {
	parser := expfmt.NewTextParser(model.LegacyValidation)
	families, err := parser.TextToMetricFamilies(bytes.NewReader(text))
	if err != nil {
		return nil, err
	}
	out := map[string]float64{}
	for _, f := range families {
		for _, m := range f.GetMetric() {
			flattenOracle(out, f, m)
		}
	}
	return out, nil
}

func flattenOracle(out map[string]float64, f *dto.MetricFamily, m *dto.Metric) {
	var labels []Label
	for _, l := range m.GetLabel() {
		labels = append(labels, Label{l.GetName(), l.GetValue()})
	}
	name := f.GetName()
	switch f.GetType() {
	case dto.MetricType_COUNTER:
		out[key(name, labels)] = m.GetCounter().GetValue()
	case dto.MetricType_GAUGE:
		out[key(name, labels)] = m.GetGauge().GetValue()
	case dto.MetricType_UNTYPED:
		out[key(name, labels)] = m.GetUntyped().GetValue()
	case dto.MetricType_SUMMARY:
		if m.GetSummary().SampleCount != nil {
			out[key(name+"_count", labels)] = float64(m.GetSummary().GetSampleCount())
		}
		if m.GetSummary().SampleSum != nil {
			out[key(name+"_sum", labels)] = m.GetSummary().GetSampleSum()
		}
	case dto.MetricType_HISTOGRAM, dto.MetricType_GAUGE_HISTOGRAM:
		if m.GetHistogram().SampleCount != nil {
			out[key(name+"_count", labels)] = float64(m.GetHistogram().GetSampleCount())
		}
		if m.GetHistogram().SampleSum != nil {
			out[key(name+"_sum", labels)] = m.GetHistogram().GetSampleSum()
		}
	}
}

func same(a, b float64) bool { return a == b || math.IsNaN(a) && math.IsNaN(b) }

func TestScanAgreesWithPrometheusOnGoldens(t *testing.T) {
	t.Parallel()
	files, _ := filepath.Glob("../testdata/goldens/metrics/*.txt")
	if len(files) < 10 {
		t.Fatalf("%d goldens found", len(files))
	}
	for _, file := range files {
		t.Run(filepath.Base(file), func(t *testing.T) {
			t.Parallel()
			text, err := os.ReadFile(file)
			if err != nil {
				t.Fatal(err)
			}
			got, err := flat(t, text)
			if err != nil {
				t.Fatal(err)
			}
			want, err := oracle(text)
			if err != nil {
				t.Fatal(err)
			}
			for k, v := range want {
				if g, ok := got[k]; !ok || !same(g, v) {
					t.Errorf("%s: %v (there %v), expfmt says %v", k, g, ok, v)
				}
			}
		})
	}
}

// Not parallel: it counts allocations.
func TestScanAgainUsesTheSameSeries(t *testing.T) {
	text, err := os.ReadFile("../testdata/goldens/metrics/summaries.txt")
	if err != nil {
		t.Fatal(err)
	}
	s := NewScanner(DefaultLimits())
	first := map[*Series]float64{}
	if err := s.Scan(text, func(k *Series, v float64) { first[k] = v }); err != nil {
		t.Fatal(err)
	}
	again := 0
	if err := s.Scan(text, func(k *Series, v float64) {
		if !same(first[k], v) {
			t.Errorf("%s changed from %v to %v", k.Name, first[k], v)
		}
		again++
	}); err != nil {
		t.Fatal(err)
	}
	if again != len(first) {
		t.Fatalf("%d samples, then %d", len(first), again)
	}
	reversed := reverseLines(text)
	n := 0
	if err := s.Scan(reversed, func(*Series, float64) { n++ }); err != nil || n != len(first) {
		t.Fatalf("reversed: %d samples of %d, %v", n, len(first), err)
	}
	if allocs := testing.AllocsPerRun(10, func() { _ = s.Scan(text, func(*Series, float64) {}) }); allocs > 0 {
		t.Errorf("%v allocations in a scan of known series", allocs)
	}
}

func reverseLines(text []byte) []byte {
	lines := bytes.Split(bytes.TrimSuffix(text, []byte("\n")), []byte("\n"))
	var out []byte
	for i := range lines {
		out = append(append(out, lines[len(lines)-1-i]...), '\n')
	}
	return out
}

func TestScanRefuses(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct{ text, why string }{
		"cut off":              {"a 1\nb{x=\"1\"} 2", "line 2: the text is cut off"},
		"no value":             {"a{x=\"1\"}\n", "without a value"},
		"no brace":             {"a{x=\"1\" 3\n", "closing brace"},
		"not a number":         {"a one\n", "not a number"},
		"hex":                  {"a 0x1p4\n", "not a number"},
		"two values":           {"a 1 2 3\n", "after the value"},
		"bad name":             {"9a 1\n", "invalid metric name"},
		"bad label":            {"a{9=\"1\"} 1\n", "invalid label name"},
		"unquoted label":       {"a{x=1} 1\n", "quoted value"},
		"label twice":          {"a{x=\"1\",x=\"2\"} 1\n", "twice"},
		"unknown escape":       {"a{x=\"\\q\"} 1\n", "unknown escape"},
		"not UTF-8":            {"a{x=\"\xff\"} 1\n", "not UTF-8"},
		"unknown type":         {"# TYPE a gauge2\n", "unknown type"},
		"an HTML page":         {"<html><body>404</body></html>\n", "invalid metric name"},
		"a very long line":     {"a{x=\"" + strings.Repeat("y", 20_000) + "\"} 1\n", "bytes in one line"},
		"too many labels":      {manyLabels(70), "more than 64 labels"},
		"escape sequences":     {"\x1b[2J 1\n", "invalid metric name"},
		"binary":               {"\x00\x01\x02 1\n", "invalid metric name"},
		"a bad timestamp":      {"a 1 now\n", "not a timestamp"},
		"no comma":             {"a{x=\"1\" y=\"2\"} 1\n", "want a comma"},
		"a brace in the value": {"a } 1\n", "not a number"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			_, err := flat(t, []byte(c.text))
			if err == nil || !strings.Contains(err.Error(), c.why) {
				t.Fatalf("got %v, want something with %q", err, c.why)
			}
		})
	}
}

func manyLabels(n int) string {
	var b strings.Builder
	b.WriteString("a{")
	for i := range n {
		fmt.Fprintf(&b, "l%d=\"1\",", i)
	}
	return b.String() + "} 1\n"
}

func TestScanForgetsWhatIsGone(t *testing.T) {
	t.Parallel()
	s := NewScanner(DefaultLimits())
	for round := range 50 {
		var b bytes.Buffer
		for i := range 200 {
			fmt.Fprintf(&b, "m{round=\"%d\",i=\"%d\"} 1\n", round, i)
		}
		if err := s.Scan(b.Bytes(), func(*Series, float64) {}); err != nil {
			t.Fatal(err)
		}
	}
	if len(s.series) > 1000 {
		t.Fatalf("%d series remembered of 200 in the text", len(s.series))
	}
}

func TestScanTenMegabytesOfDifferentSeriesHitsTheLimit(t *testing.T) {
	t.Parallel()
	var b bytes.Buffer
	for i := 0; b.Len() < 10<<20; i++ {
		fmt.Fprintf(&b, "m{i=\"%d\"} 1\n", i)
	}
	l := DefaultLimits()
	l.Series = 100_000
	err := NewScanner(l).Scan(b.Bytes(), func(*Series, float64) {})
	if err == nil || !strings.Contains(err.Error(), "more than 100000 different series") {
		t.Fatal(err)
	}
}

func FuzzScan(f *testing.F) {
	files, _ := filepath.Glob("../testdata/goldens/metrics/*.txt")
	for _, file := range files {
		text, _ := os.ReadFile(file)
		f.Add(text)
	}
	f.Add([]byte("a{x=\"\\\\\\n\\\"\"} +Inf\nb NaN 123\n# TYPE c summary\nc_sum 1\nc_count 2\nc{quantile=\"0.5\"} Nan\n"))
	f.Add([]byte("a{} 1e3\na{x=\"1\",} .5\n a 1.\n"))
	f.Fuzz(func(t *testing.T, text []byte) {
		want, oracleErr := oracle(text)
		got, err := flat(t, text)
		if oracleErr != nil || !bytes.HasSuffix(text, []byte("\n")) {
			return // what Prometheus refuses we may refuse or read; it must not panic
		}
		if err != nil {
			if tolerated(err) {
				return
			}
			t.Fatalf("expfmt reads it, we do not: %v", err)
		}
		for k, v := range want {
			g, ok := got[k]
			if !ok {
				t.Fatalf("%s is missing (expfmt: %v)", k, v)
			}
			if !same(g, v) && !strings.Contains(k, "_count") && !repeated(text) {
				t.Fatalf("%s: %v, expfmt says %v", k, g, v)
			}
		}
	})
}

// tolerated names where we are stricter on purpose (expfmt reads "A+0" as a series A of value 0, and counts as TYPE what Triton never prints).
func tolerated(err error) bool {
	for _, why := range []string{"bytes in one line", "out of range", "more than 64 labels", "closing brace", "unknown type", "invalid name", "not a timestamp", "not UTF-8", "after the value", "without a value", "invalid metric name", "not a number"} {
		if strings.Contains(err.Error(), why) {
			return true
		}
	}
	return false
}

// repeated says whether a line's series stands twice, where expfmt and we may keep different ones.
func repeated(text []byte) bool {
	seen := map[string]bool{}
	twice := false
	_ = NewScanner(DefaultLimits()).Scan(text, func(s *Series, _ float64) {
		k := key(s.Name, s.Labels)
		twice = twice || seen[k]
		seen[k] = true
	})
	return twice
}
