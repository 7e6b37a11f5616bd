package metrics

import (
	"bytes"
	"fmt"
	"maps"
	"math"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"

	dto "github.com/prometheus/client_model/go"
	"github.com/prometheus/common/expfmt"
	"github.com/prometheus/common/model"
)

// flat gives every sample as "name|label=value…" → value, as the oracle does.
func flat(text []byte) (map[string]float64, error) {
	return flatBy(NewScanner(DefaultLimits()), text)
}

func flatBy(s *Scanner, text []byte) (map[string]float64, error) {
	out := map[string]float64{}
	err := s.Scan(text, func(s *Series, v float64) {
		labels := slices.Clone(s.Labels)
		for i, l := range labels { // the oracle knows these two as numbers
			if f, err := strconv.ParseFloat(l.Value, 64); err == nil && (s.Type == Summary && l.Name == "quantile" || s.Type == Histogram && l.Name == "le") {
				labels[i].Value = number(f)
			}
		}
		out[key(s.Name, labels)] = v
		out["type of "+s.Family] = float64(s.Type)
	})
	return out, err
}

func number(f float64) string { return strconv.FormatFloat(f, 'g', -1, 64) }

func key(name string, labels []Label) string {
	ls := slices.Clone(labels)
	slices.SortFunc(ls, func(a, b Label) int { return strings.Compare(a.Name, b.Name) })
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
	types := map[dto.MetricType]Type{dto.MetricType_COUNTER: Counter, dto.MetricType_GAUGE: GaugeType, dto.MetricType_UNTYPED: Untyped,
		dto.MetricType_SUMMARY: Summary, dto.MetricType_HISTOGRAM: Histogram, dto.MetricType_GAUGE_HISTOGRAM: Histogram}
	for _, f := range families {
		out["type of "+f.GetName()] = float64(types[f.GetType()])
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
		flattenSummary(out, name, labels, m.GetSummary())
	case dto.MetricType_HISTOGRAM, dto.MetricType_GAUGE_HISTOGRAM:
		flattenHistogram(out, name, labels, m.GetHistogram())
	}
}

func with(labels []Label, name string, v float64) []Label {
	return append(slices.Clone(labels), Label{name, number(v)})
}

func flattenSummary(out map[string]float64, name string, labels []Label, s *dto.Summary) {
	if s.SampleCount != nil {
		out[key(name+"_count", labels)] = float64(s.GetSampleCount())
	}
	if s.SampleSum != nil {
		out[key(name+"_sum", labels)] = s.GetSampleSum()
	}
	for _, q := range s.GetQuantile() {
		out[key(name, with(labels, "quantile", q.GetQuantile()))] = q.GetValue()
	}
}

func flattenHistogram(out map[string]float64, name string, labels []Label, h *dto.Histogram) {
	if h.SampleCount != nil || h.SampleCountFloat != nil {
		out[key(name+"_count", labels)] = float64(h.GetSampleCount()) + h.GetSampleCountFloat()
	}
	if h.SampleSum != nil {
		out[key(name+"_sum", labels)] = h.GetSampleSum()
	}
	for _, b := range h.GetBucket() {
		out[key(name+"_bucket", with(labels, "le", b.GetUpperBound()))] = float64(b.GetCumulativeCount()) + b.GetCumulativeCountFloat()
	}
}

func same(a, b float64) bool { return a == b || math.IsNaN(a) && math.IsNaN(b) }

// compare wants the same samples with the same values, no more and no less.
func compare(t *testing.T, got, want map[string]float64) {
	t.Helper()
	for k, v := range want {
		if g, ok := got[k]; !ok || !same(g, v) {
			t.Errorf("%s: %v (there: %v), expfmt says %v", k, g, ok, v)
		}
	}
	for k, v := range got {
		if _, ok := want[k]; !ok {
			t.Errorf("%s: %v, which expfmt does not see", k, v)
		}
	}
}

func goldens(tb testing.TB) (texts [][]byte) {
	tb.Helper()
	files, _ := filepath.Glob("../testdata/goldens/metrics/*.txt")
	if len(files) < 10 {
		tb.Fatalf("%d goldens found", len(files))
	}
	for _, file := range files {
		text, err := os.ReadFile(file)
		if err != nil {
			tb.Fatal(err)
		}
		texts = append(texts, text)
	}
	return texts
}

// choices turns fuzz bytes into decisions.
type choices struct{ data []byte }

func (c *choices) below(n int) int {
	if len(c.data) == 0 {
		return 0
	}
	b := int(c.data[0])
	c.data = c.data[1:]
	return b % n
}

func pick[T any](c *choices, from []T) T { return from[c.below(len(from))] }

var (
	someNames  = []string{"nv_inference_count", "vllm:time_to_first_token_seconds", "a", "_", "a:b_c", "A9", "nv_x_sum", "x_count", "x_bucket", ":x"}
	someLabels = []string{"model", "version", "gpu_uuid", "_team", "reason", "a", "le2", "quantile2", "A_9"}
	someTexts  = []string{"", "1", "m", "GPU-95", "a b", "}", "{", ",", "a=\\\"b\\\"", "\\\\", "\\n", "# TYPE a counter", "é", "模型", "\t", "\\\\\\\"", "x\\\\", "=", "\x1b[2J", "'", "\x00"}
	someValues = []string{"0", "1", "42", "0.5", "1523", "Nan", "NaN", "nan", "+Inf", "-Inf", "Inf", "1e+06", "1.5e-07", "123456789012345", "1234567890123456", "12345678901234567890",
		"0.2213456789012345", "9007199254740993", "00012", "1.", ".5", "-3", "+7", "4879.328", "177.000000", "0.000000000000001", "999999999999999", "1E5", "-0", "1e-320"}
	someBlanks = []string{" ", " ", " ", "  ", "\t", " \t "}
)

// exposition writes a text that is valid by construction, with all that the format allows in a place.
func exposition(c *choices) []byte {
	var b bytes.Buffer
	for f := range 1 + c.below(4) {
		name := pick(c, someNames) + strconv.Itoa(f) // each family once
		kind := pick(c, []string{"", "counter", "gauge", "untyped", "summary", "histogram", "Gauge", "COUNTER"})
		if c.below(2) == 0 {
			fmt.Fprintf(&b, "# HELP %s%sSome text, \"quoted\" {and} more.\n", name, pick(c, someBlanks))
		}
		if kind != "" {
			fmt.Fprintf(&b, "#%sTYPE %s %s\n", pick(c, []string{"", " ", "\t"}), name, kind)
		}
		for s := range c.below(5) {
			labels := labelsOf(c, s)
			switch kind {
			case "summary", "histogram":
				family(c, &b, name, kind, labels)
			default:
				sample(c, &b, name, labels, pick(c, someValues))
			}
			if c.below(8) == 0 {
				b.WriteString(pick(c, []string{"\n", "# a comment\n", "#\n", "  \n"}))
			}
		}
	}
	return b.Bytes()
}

func labelsOf(c *choices, series int) []string {
	labels := []string{fmt.Sprintf("series=%q", strconv.Itoa(series))} // each series once
	for i := range c.below(4) {
		labels = append(labels, fmt.Sprintf("%s%d%s=%s\"%s\"", pick(c, someLabels), i, pick(c, []string{"", " "}), pick(c, []string{"", " "}), pick(c, someTexts)))
	}
	return labels
}

func family(c *choices, b *bytes.Buffer, name, kind string, labels []string) {
	count := pick(c, []string{"0", "7", "1523", "1e+06"})
	if c.below(4) > 0 { // Triton prints these before the rest, others after
		sample(c, b, name+"_count", labels, count)
		sample(c, b, name+"_sum", labels, pick(c, someValues))
	}
	for _, q := range []string{"0.5", "0.99", "+Inf"}[:c.below(4)] {
		if kind == "summary" {
			sample(c, b, name, append(slices.Clone(labels), `quantile="`+q+`"`), pick(c, someValues))
		} else {
			sample(c, b, name+"_bucket", append(slices.Clone(labels), `le="`+q+`"`), count)
		}
	}
}

func sample(c *choices, b *bytes.Buffer, name string, labels []string, value string) {
	set := "{" + strings.Join(labels, pick(c, []string{",", ", ", " ,"})) + pick(c, []string{"", "", ",", " "}) + "}"
	fmt.Fprintf(b, "%s%s%s%s%s", name, pick(c, []string{"", "", " "}), set, pick(c, someBlanks), value)
	b.WriteString(pick(c, []string{"", "", "", " 1786000000123", " -5"}) + "\n")
}

// FuzzExposition: what is valid is read exactly as Prometheus reads it, at first sight and again by a scanner that knows another text.
func FuzzExposition(f *testing.F) {
	for i := range 64 {
		seed := make([]byte, 200)
		for j := range seed {
			seed[j] = byte((i*7919 + j*j*31 + j*17) >> (i % 5))
		}
		f.Add(seed, seed[i:])
	}
	f.Fuzz(func(t *testing.T, first, second []byte) {
		a, b := exposition(&choices{first}), exposition(&choices{second})
		known := NewScanner(DefaultLimits())
		for _, text := range [][]byte{a, b, b, a} {
			want, err := oracle(text)
			if err != nil {
				t.Fatalf("the generator is wrong: %v\n%s", err, text)
			}
			got, err := flatBy(known, text)
			if err != nil {
				t.Fatalf("%v\n%s", err, text)
			}
			if compare(t, got, want); t.Failed() {
				t.Fatalf("%s", text)
			}
		}
	})
}

// FuzzScan: any bytes at all. Where both read a text they agree; where only one does, the reason is a known one.
func FuzzScan(f *testing.F) {
	for i, text := range goldens(f) { // small seeds: the fuzzer spends its time on making large ones smaller
		family := bytes.Split(text, []byte("# HELP"))
		f.Add(append([]byte("# HELP"), family[1+i%(len(family)-1)]...))
		f.Add(text[:200+i])
	}
	for _, text := range []string{"a{x=\"\\\\\\n\\\"\"} +Inf\nb NaN 123\n# TYPE c summary\nc_sum 1\nc_count 2\nc{quantile=\"0.5\"} Nan\n",
		"a{} 1e3\na{x=\"1\",} .5\n a 1.\n", "a 1\na 2\n", "a{x=\"\xff\"} 1\n", "a{x=\"" + strings.Repeat("y", 20_000) + "\"} 1\n", "\x00\n", "a 1\r\n", "{\"a\"} 1\n",
		"# TYPE h histogram\nh_bucket{le=\"+Inf\"} 1\nh_count 1\nh_sum 1\n", "# TYPE\n# HELP\n# TYPE a\na 1\n", "a+1\n", "a{__name__=\"b\"} 1\n"} {
		f.Add([]byte(text))
	}
	base := goldens(f)[0]
	f.Fuzz(func(t *testing.T, text []byte) {
		if len(text) > 1<<16 {
			t.Skip("the oracle is slow")
		}
		got, err := flat(text)
		sameAgain(t, base, text, got, err)
		want, oracleErr := oracle(text)
		switch {
		case err == nil && oracleErr == nil:
			agree(t, text, got, want)
		case err == nil && !lenient(text, oracleErr):
			t.Fatalf("we read it, expfmt does not: %v", oracleErr)
		case err != nil && oracleErr == nil && !strict(text, err):
			t.Fatalf("expfmt reads it, we do not: %v", err)
		}
	})
}

// sameAgain wants the same of a scanner that knows another text, and again once it knows this one.
func sameAgain(t *testing.T, base, text []byte, got map[string]float64, err error) {
	t.Helper()
	again := NewScanner(DefaultLimits())
	_ = again.Scan(base, func(*Series, float64) {})
	for range 2 {
		twice, errTwice := flatBy(again, text)
		if fmt.Sprint(err) != fmt.Sprint(errTwice) || err == nil && len(got) != len(twice) {
			t.Fatalf("at first sight %d samples (%v), by a scanner that knows series %d (%v)", len(got), err, len(twice), errTwice)
		}
		for k, v := range got {
			if err == nil && !same(v, twice[k]) {
				t.Fatalf("%s: first %v, then %v", k, v, twice[k])
			}
		}
	}
}

var odd = regexp.MustCompile(`(?i)# *TYPE[ \t]+\S+[ \t]+(summary|histogram|gauge_?histogram)`)

// agree compares both ways. expfmt drops what is malformed inside summaries and
// histograms and reads their counts as integers; valid ones are FuzzExposition's.
func agree(t *testing.T, text []byte, got, want map[string]float64) {
	t.Helper()
	if odd.Match(text) || bytes.Contains(text, []byte("# TYPE")) && bytes.Contains(text, []byte("_bucket")) {
		return
	}
	for _, m := range []map[string]float64{got, want} { // families that are torn apart are typed by expfmt alone
		maps.DeleteFunc(m, func(k string, _ float64) bool { return strings.HasPrefix(k, "type of ") })
	}
	compare(t, got, want)
}

// strict says whether we refuse for one of the reasons that we mean to, found here by other means than the scanner's.
func strict(text []byte, err error) bool {
	why := err.Error()
	has := func(re string) bool { return regexp.MustCompile(re).Match(text) }
	switch {
	case strings.Contains(why, "the text is cut off"):
		return !bytes.HasSuffix(text, []byte("\n"))
	case strings.Contains(why, "bytes in one line"):
		return slices.ContainsFunc(bytes.Split(text, []byte("\n")), func(l []byte) bool { return len(l) > DefaultLimits().Line })
	case strings.Contains(why, "more than 64 labels"):
		return bytes.Count(text, []byte("=")) > 64
	case strings.Contains(why, "stands there twice"):
		return repeats(text)
	case strings.Contains(why, "twice"): // expfmt lets quantile and le stand there twice
		return odd.Match(text)
	case strings.Contains(why, "unknown type"):
		return has(`(?i)TYPE[ \t]+\S+[ \t]+gauge_?histogram`) || has(`TYPE.*\\`) // expfmt drops a backslash
	case strings.Contains(why, "invalid name"), strings.Contains(why, "invalid label name"), strings.Contains(why, "invalid metric name"):
		return has(`(?m)^[ \t]*\{`) || has(`"`) || has(`(?m)^[ \t]*[a-zA-Z_:][a-zA-Z0-9_:]*[^a-zA-Z0-9_:{ \t\n]`) // names in quotes or braces; "a+1"
	case strings.Contains(why, "without a value"), strings.Contains(why, "not a number"), strings.Contains(why, "closing brace"):
		return has(`(?m)^[ \t]*[a-zA-Z_:][a-zA-Z0-9_:]*[^a-zA-Z0-9_:{ \t\n]`)
	}
	return false
}

// lenient says whether expfmt refuses something that does not hurt us.
func lenient(text []byte, err error) bool {
	for _, why := range []string{"second HELP line", "second TYPE line", "unknown metric type", "invalid metric name in comment", "spurious string", `as timestamp, got ""`, "negative count", "negative bucket",
		"value for 'quantile' label", "value for 'le' label"} {
		if strings.Contains(err.Error(), why) {
			return true
		}
	}
	if strings.Contains(err.Error(), "invalid escape sequence") {
		return bytes.Contains(text, []byte("HELP")) // we do not read what stands there
	}
	return bytes.Contains(text, []byte("\r")) // we read line ends of Windows
}

// repeats says whether two lines begin with the same series.
func repeats(text []byte) bool {
	seen := map[string]bool{}
	for line := range strings.SplitSeq(string(text), "\n") {
		line = strings.TrimLeft(line, " \t\r")
		end := strings.IndexAny(line, " \t")
		if brace := strings.LastIndexByte(line, '}'); brace >= 0 {
			end = brace
		}
		if end < 0 {
			continue
		}
		if seen[line[:end]] {
			return true
		}
		seen[line[:end]] = true
	}
	return false
}
