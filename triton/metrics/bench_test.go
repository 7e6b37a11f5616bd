package metrics

import (
	"bytes"
	"fmt"
	"testing"
	"time"

	"github.com/prometheus/common/expfmt"
	"github.com/prometheus/common/model"
)

// generated is a text like that of a Triton with 100 models of 2 versions: about 1 MB, 10,000 samples.
func generated() []byte {
	var b bytes.Buffer
	counters := []string{"request_success", "count", "exec_count", "request_duration_us", "queue_duration_us", "compute_input_duration_us", "compute_infer_duration_us", "compute_output_duration_us"}
	n := uint64(17)
	each := func(f func(m, v int)) {
		for m := range 100 {
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

// BenchmarkScan prints how many times faster the scanner is than expfmt, both measured here on the same text.
func BenchmarkScan(b *testing.B) {
	text := generated()
	expfmtTime := fastest(5, func() {
		p := expfmt.NewTextParser(model.LegacyValidation)
		if _, err := p.TextToMetricFamilies(bytes.NewReader(text)); err != nil {
			b.Fatal(err)
		}
	})
	s := NewScanner(DefaultLimits())
	var sum float64
	scan := func() {
		if err := s.Scan(text, func(_ *Series, v float64) { sum += v }); err != nil {
			b.Fatal(err)
		}
	}
	first := fastest(1, scan)
	b.SetBytes(int64(len(text)))
	b.ReportAllocs()
	for b.Loop() {
		scan()
	}
	per := b.Elapsed() / time.Duration(b.N)
	b.ReportMetric(float64(expfmtTime)/float64(per), "x-expfmt")
	b.ReportMetric(float64(expfmtTime)/float64(first), "x-expfmt-first-scan")
	_ = sum
}

func fastest(n int, f func()) time.Duration {
	best := time.Duration(1 << 62)
	for range n {
		start := time.Now()
		f()
		best = min(best, time.Since(start))
	}
	return best
}
