package metrics

import (
	"bytes"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

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
			got, err := flat(text)
			if err != nil {
				t.Fatal(err)
			}
			want, err := oracle(text)
			if err != nil {
				t.Fatal(err)
			}
			compare(t, got, want)
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
		"a series twice":       {"a{x=\"1\"} 1\nb 1\na{x=\"1\"} 2\n", "line 3: the series \"a{x=\\\"1\\\"}\" stands there twice"},
		"a reserved label":     {"a{__name__=\"b\"} 1\n", "reserved"},
		"out of range":         {"a 1e999\n", "out of range"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			_, err := flat([]byte(c.text))
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
	if err == nil || !strings.Contains(err.Error(), "more than 100000 series") {
		t.Fatal(err)
	}
}

// A text that fails must not take the place of the next one: neither its memory nor its series stay.
func TestScanForgetsAHostileText(t *testing.T) {
	t.Parallel()
	l := DefaultLimits()
	l.Series = 1000
	s := NewScanner(l)
	count := func(from, to int, end string) (n int, err error) {
		var b bytes.Buffer
		for i := from; i < to; i++ {
			fmt.Fprintf(&b, "# TYPE m%d counter\nm%d{i=\"%d\"} 1\n", i, i, i)
		}
		b.WriteString(end)
		return n, s.Scan(b.Bytes(), func(*Series, float64) { n++ })
	}
	for round := range 20 {
		if _, err := count(round*900, round*900+900, "cut"); err == nil {
			t.Fatal("a text that is cut off was read")
		}
		if len(s.series)+len(s.order)+len(s.names) > 0 {
			t.Fatalf("%d series, %d names are kept", len(s.series), len(s.names))
		}
	}
	for round := range 20 { // each text is under the limit, and none has a series of the one before
		if _, err := count(round*900, round*900+900, ""); err != nil {
			t.Fatalf("text %d: %v", round, err)
		}
		if len(s.series) > 2*l.Series {
			t.Fatalf("text %d: %d series are kept", round, len(s.series))
		}
	}
	if _, err := count(0, 1001, ""); err == nil || !strings.Contains(err.Error(), "more than 1000 series") {
		t.Fatal(err)
	}
}

// One that is known is refused the second time too, wherever it stands.
func TestScanFindsATwinOfAKnownSeries(t *testing.T) {
	t.Parallel()
	for _, twin := range []string{"a 1\na 2\nb 3\n", "a 1\nb 3\na 2\n", "b 3\na 1\na 2\n"} {
		s := NewScanner(DefaultLimits())
		for range 2 {
			if err := s.Scan([]byte("a 1\nb 2\n"), func(*Series, float64) {}); err != nil {
				t.Fatal(err)
			}
			if err := s.Scan([]byte(twin), func(*Series, float64) {}); err == nil || !strings.Contains(err.Error(), "twice") {
				t.Errorf("%q: %v", twin, err)
			}
		}
	}
}

// Long names of families that have no series are remembered only up to a limit.
func TestScanBoundsTheNamesOfFamilies(t *testing.T) {
	t.Parallel()
	s := NewScanner(DefaultLimits())
	for round := range 5 {
		var b bytes.Buffer
		for i := range 200 {
			fmt.Fprintf(&b, "# TYPE %s_%d_%d counter\n", strings.Repeat("n", 15_000), round, i)
		}
		if err := s.Scan(b.Bytes(), func(*Series, float64) {}); err != nil {
			t.Fatal(err)
		}
	}
	bytes := 0
	for n := range s.names {
		bytes += len(n)
	}
	if bytes > 2<<20 || bytes > s.named {
		t.Fatalf("%d bytes of names are kept, %d counted", bytes, s.named)
	}
}

func TestScanSeesTypesAndFamilies(t *testing.T) {
	t.Parallel()
	text := "# TYPE h histogram\nh_count{m=\"1\"} 1\nh_sum{m=\"1\"} 2\nh_bucket{m=\"1\",le=\"+Inf\"} 1\n# TYPE s summary\ns_count 0\ns_sum 0\ns{quantile=\"0.5\"} Nan\n" +
		"# TYPE g gauge\ng 1\ng_count 2\nu 3\n# HELP c Help.\n# TYPE c counter\nc{m=\"a\\\"b\"} 4\n"
	want := "h_count h histogram,h_sum h histogram,h_bucket h histogram,s_count s summary,s_sum s summary,s s summary,g g gauge,g_count g_count untyped,u u untyped,c c counter,"
	s := NewScanner(DefaultLimits())
	for range 3 {
		got, quote := "", ""
		if err := s.Scan([]byte(text), func(k *Series, _ float64) {
			got += k.Name + " " + k.Family + " " + k.Type.String() + ","
			quote = k.Label("m")
		}); err != nil {
			t.Fatal(err)
		}
		if got != want || quote != "a\"b" {
			t.Fatalf("%s\nwant\n%s\n%s", got, want, quote)
		}
	}
}
