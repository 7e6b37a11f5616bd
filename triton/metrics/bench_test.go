package metrics

import (
	"bytes"
	"fmt"
	"slices"
	"testing"
	"time"

	"github.com/prometheus/common/expfmt"
	"github.com/prometheus/common/model"
)

// generated is a text like that of a Triton with 107 models of 2 versions: 965 KB, 10,058 samples.
func generated() []byte {
	var b bytes.Buffer
	counters := []string{"request_success", "count", "exec_count", "request_duration_us", "queue_duration_us", "compute_input_duration_us", "compute_infer_duration_us", "compute_output_duration_us"}
	n := uint64(17)
	each := func(f func(m, v int)) {
		for m := range 107 {
			for v := 1; v <= 2; v++ {
				n = n*6364136223846793005 + 1442695040888963407
				f(m, v)
			}
		}
	}
	for _, c := range counters {
		fmt.Fprintf(&b, "# HELP nv_inference_%s Number of something\n# TYPE nv_inference_%s counter\n", c, c)
		each(func(m, v int) {
			fmt.Fprintf(&b, "nv_inference_%s{model=\"model_with_a_name_%03d\",version=\"%d\"} %d\n", c, m, v, n%1e12)
		})
	}
	fmt.Fprintf(&b, "# TYPE nv_inference_request_failure counter\n")
	each(func(m, v int) {
		for _, r := range []string{"REJECTED", "CANCELED", "BACKEND", "OTHER"} {
			fmt.Fprintf(&b, "nv_inference_request_failure{model=\"model_with_a_name_%03d\",reason=\"%s\",version=\"%d\"} %d\n", m, r, v, n%1000)
		}
	})
	for _, s := range []string{"request", "queue", "compute_input", "compute_infer", "compute_output"} {
		fmt.Fprintf(&b, "# TYPE nv_inference_%s_summary_us summary\n", s)
		each(func(m, v int) {
			l := fmt.Sprintf("model=\"model_with_a_name_%03d\",version=\"%d\"", m, v)
			fmt.Fprintf(&b, "nv_inference_%s_summary_us_count{%s} %d\nnv_inference_%s_summary_us_sum{%s} %d\n", s, l, n%1e6, s, l, n%1e11)
			for _, q := range []string{"0.5", "0.9", "0.95", "0.99", "0.999"} {
				fmt.Fprintf(&b, "nv_inference_%s_summary_us{%s,quantile=\"%s\"} %d\n", s, l, q, n%1e5)
			}
		})
	}
	return b.Bytes()
}

// BenchmarkScan prints how many times faster the scanner is than expfmt on the
// same text: both in turns, in this run, the medians of the rounds. "known" is a
// scanner that saw the same series before, as every scrape but the first does.
func BenchmarkScan(b *testing.B) {
	big := generated()
	var recorded []byte
	for _, text := range goldens(b) {
		if len(text) > len(recorded) {
			recorded = text
		}
	}
	for _, c := range []struct {
		name string
		text []byte
	}{{"generated", big}, {"largest-golden", recorded}} {
		b.Run(c.name, func(b *testing.B) { benchScan(b, c.text) })
	}
}

func benchScan(b *testing.B, text []byte) {
	texts, turn, samples := [2][]byte{text, next(text)}, 0, 0 // every value moves from scrape to scrape
	scan := func(s *Scanner) func() {
		return func() {
			turn, samples = 1-turn, 0
			if err := s.Scan(texts[turn], func(*Series, float64) { samples++ }); err != nil {
				b.Fatal(err)
			}
		}
	}
	known := scan(NewScanner(DefaultLimits()))
	allocs := testing.AllocsPerRun(3, known)
	var mine, first, theirs []time.Duration
	for b.Loop() {
		for range 3 { // most rounds are expfmt's time anyway
			mine = append(mine, timed(known))
		}
		first = append(first, timed(scan(NewScanner(DefaultLimits()))))
		theirs = append(theirs, timed(func() {
			p := expfmt.NewTextParser(model.LegacyValidation)
			if _, err := p.TextToMetricFamilies(bytes.NewReader(text)); err != nil {
				b.Fatal(err)
			}
		}))
	}
	took := median(mine)
	b.ReportMetric(float64(median(theirs))/float64(took), "x-expfmt")
	b.ReportMetric(float64(median(theirs))/float64(median(first)), "x-expfmt-first-sight")
	b.ReportMetric(float64(len(text))/1e6/took.Seconds(), "MB/s")
	b.ReportMetric(float64(len(text))/1e3, "KB")
	b.ReportMetric(float64(samples), "samples")
	b.ReportMetric(allocs, "allocs/scan")
	b.ReportMetric(0, "ns/op") // of all together: says nothing
}

// next is the text a moment later: the last digit of every value is another one.
func next(text []byte) []byte {
	lines := bytes.Split(bytes.Clone(text), []byte("\n"))
	for _, l := range lines {
		if i := len(l) - 1; i >= 0 && l[0] != '#' && l[i] >= '0' && l[i] <= '9' {
			l[i] = '0' + (l[i]-'0'+1)%10
		}
	}
	return bytes.Join(lines, []byte("\n"))
}

func timed(f func()) time.Duration {
	began := time.Now()
	f()
	return time.Since(began)
}

func median(d []time.Duration) time.Duration {
	slices.Sort(d)
	return d[len(d)/2]
}
