package collectors

import (
	"cmp"
	"math"
	"slices"
	"strconv"
	"strings"

	"tritop/model"
	"tritop/triton/metrics"
)

// Triton's summaries and its histogram of first responses, both off by default.

const firstResponse = "nv_inference_first_response_histogram_ms"

// times gathers them.
type times struct {
	kept []model.LatencySample
	at   map[timesKey]int // places in kept
	last *metrics.Series  // the lines of one series stand together
	it   int              // the place of last
	lost int              // series beyond timesLimit
}

// timesKey is what tells series apart. A model on GPUs has one for each.
type timesKey struct {
	version
	part  string
	phase model.Phase
}

// timesLimit bounds how many of them are kept of one server, and edgeLimit the
// edges of one histogram.
const timesLimit, edgeLimit = 5 * versionLimit, 64

// phaseOf says of which phase a summary tells.
func phaseOf(family string) (p model.Phase, ok bool) {
	switch family {
	case "nv_inference_request_summary_us":
		return model.WholeRequest, true
	case "nv_inference_queue_summary_us":
		return model.InQueue, true
	case "nv_inference_compute_input_summary_us":
		return model.ComputeInput, true
	case "nv_inference_compute_infer_summary_us":
		return model.ComputeInfer, true
	case "nv_inference_compute_output_summary_us":
		return model.ComputeOutput, true
	}
	return 0, false
}

// visit takes one sample of the text.
func (t *times) visit(s *metrics.Series, v float64) {
	perMs := 1000.0 // µs
	phase, ok := phaseOf(s.Family)
	switch {
	case s.Type == metrics.Summary && ok:
	case s.Type == metrics.Histogram && s.Family == firstResponse:
		phase, perMs = model.FirstResponse, 1
	default:
		return
	}
	if to := t.place(s, phase); to != nil {
		take(to, s, v, perMs)
	}
}

// take adds one line to the sample of its series. Of figures that cannot be
// nothing is taken but that they are there.
func take(to *model.LatencySample, s *metrics.Series, v, perMs float64) {
	believed := v >= 0 && v <= counterLimit
	suffix := s.Name[len(s.Family):]
	if suffix == "" {
		if f := percentile(&to.Percentiles, s.Label("quantile")); f != nil {
			*f = model.Missing(model.NotObserved) // Nan: no request in the last minute
			if believed {
				*f = model.Of(v / perMs)
			}
		}
		return
	}
	if !believed {
		return
	}
	switch suffix {
	case "_count":
		to.Count += v
	case "_sum":
		to.Sum += v / perMs
	case "_bucket":
		addEdge(to, s.Label("le"), v)
	}
}

// place finds or makes the sample of a series; nil: too many.
func (t *times) place(s *metrics.Series, phase model.Phase) *model.LatencySample {
	if t.last != nil && t.last.Family == s.Family && sameVersion(t.last, s) {
		return &t.kept[t.it]
	}
	k := timesKey{version{model.CleanName(s.Label("model")), model.CleanName(s.Label("version"))}, model.CleanName(partOf(s)), phase}
	i, known := t.at[k]
	switch {
	case !known && len(t.kept) == timesLimit:
		t.lost++
		return nil
	case !known:
		i = len(t.kept)
		if t.at == nil {
			t.at = make(map[timesKey]int)
		}
		t.at[k] = i
		t.kept = append(t.kept, model.LatencySample{Model: k.model, Version: k.version.version, Part: k.part, Phase: phase, Percentiles: model.NoPercentiles(model.NoSource)})
	}
	t.last, t.it = s, i
	return &t.kept[i]
}

// sameVersion compares all labels but those of one line of a summary or histogram.
func sameVersion(a, b *metrics.Series) bool {
	for _, name := range [...]string{"model", "version", "gpu_uuid", "namespace"} {
		if a.Label(name) != b.Label(name) {
			return false
		}
	}
	return true
}

// partOf names what splits the series of a version: its GPU, and the repository
// where two models have one name.
func partOf(s *metrics.Series) string {
	return strings.Trim(s.Label("namespace")+" "+s.Label("gpu_uuid"), " ")
}

// percentile gives the place of a quantile, by its label; nil: none of ours.
func percentile(to *model.Percentiles, label string) *model.Figure {
	for i, q := range [...]string{"0.5", "0.9", "0.95", "0.99", "0.999"} {
		if q == label {
			return to.Each()[i]
		}
	}
	return nil
}

// addEdge adds a bucket of a histogram. The last one holds all: it has no edge.
func addEdge(to *model.LatencySample, le string, count float64) {
	ms, err := strconv.ParseFloat(le, 64)
	if err != nil || !(ms >= 0) || math.IsInf(ms, 1) {
		return
	}
	i, there := slices.BinarySearchFunc(to.Edges, ms, func(e model.Edge, ms float64) int { return cmp.Compare(e.Ms, ms) })
	switch {
	case there:
		to.Edges[i].Count += count
	case len(to.Edges) < edgeLimit:
		to.Edges = slices.Insert(to.Edges, i, model.Edge{Ms: ms, Count: count})
	}
}
