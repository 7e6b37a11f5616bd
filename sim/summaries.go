package sim

import (
	"fmt"
	"slices"
	"strconv"

	"tritop/model"
)

// Triton's latency summaries, as its metrics text prints them with
// summary_latencies=true: of the newest requests, and Nan where there are none.

// quantiles are those that Triton prints.
var quantiles = [...]float64{0.5, 0.9, 0.95, 0.99, 0.999}

// summarised gives the quantiles of a version's newest requests, µs.
func (r *replica) summarised() (at [len(quantiles)]float64) {
	sorted := slices.Sorted(slices.Values(r.recent))
	for i, q := range quantiles {
		if len(sorted) > 0 {
			at[i] = float64(int64(sorted[int(q*float64(len(sorted)-1))]))
		}
	}
	return at
}

// summaryLines prints the summaries; a label set without recent requests is Nan.
func (s *Server) summaryLines(live []*replica) []string {
	var out []string
	for _, r := range live {
		at := r.summarised()
		for _, c := range s.cells(r, r.metricVersion()) {
			out = append(out, fmt.Sprintf("nv_inference_request_summary_us_count{%s} %d", c.labels, c.tally.success),
				fmt.Sprintf("nv_inference_request_summary_us_sum{%s} %d", c.labels, c.tally.successNs/1000))
			for i, q := range quantiles {
				value := "Nan"
				if len(c.recent) > 0 {
					value = strconv.FormatInt(int64(at[i]), 10)
				}
				out = append(out, fmt.Sprintf("nv_inference_request_summary_us{%s,quantile=\"%s\"} %s", c.labels, strconv.FormatFloat(q, 'g', -1, 64), value))
			}
		}
	}
	return out
}

// summaries are the same figures as the metrics collector would report them.
func (s *Server) summaries() []model.LatencySample {
	var out []model.LatencySample
	for _, r := range s.withSeries() {
		at := r.summarised()
		for _, c := range s.cells(r, r.metricVersion()) {
			sample := model.LatencySample{Model: r.model.name, Version: strconv.Itoa(r.metricVersion()), Part: c.gpu, Count: float64(c.tally.success),
				Sum: float64(c.tally.successNs/1000) / 1000, Percentiles: model.NoPercentiles(model.NotObserved)}
			if len(c.recent) > 0 {
				for i, f := range sample.Each() {
					*f = model.Of(at[i] / 1000)
				}
			}
			out = append(out, sample)
		}
	}
	return out
}
