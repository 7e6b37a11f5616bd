package collectors

import (
	"math"
	"slices"
	"strconv"
	"strings"

	"tritop/model"
	"tritop/triton/metrics"
)

// What back-ends and caches print beside Triton's own families: kept as it is,
// for nobody here knows what it means.

// families gathers the samples of families that tritop does not know by name.
type families struct {
	help func(family string) string
	kept []model.FamilySample // in the order of Compare, at most model.SignalLimit
	seen int                  // series that are worth keeping
}

// known says whether a family is one of Triton's own that rules, rows or other
// panes show. The time to the first response is none of these, nor are the
// response cache and the pool of pinned memory.
func known(family string) bool {
	switch {
	case !strings.HasPrefix(family, "nv_"):
		return false
	case strings.HasPrefix(family, "nv_inference_"):
		return family != firstResponse
	case strings.HasPrefix(family, "nv_gpu_"), strings.HasPrefix(family, "nv_cpu_"):
		return true
	}
	switch family {
	case "nv_energy_consumption", // of the GPUs
		"nv_model_load_duration_secs",                                                                                                              // one for each version, and it stands still
		"nv_cache_hit_duration_per_model", "nv_cache_miss_duration_per_model", "nv_cache_hit_summary_per_model", "nv_cache_miss_summary_per_model": // part of the request times
		return true
	}
	return false
}

// cumulativeGauge says whether a family counts although its type does not say
// so: Triton's response cache has gauges only.
func cumulativeGauge(family string) bool {
	switch family {
	case "nv_cache_num_lookups", "nv_cache_num_hits", "nv_cache_num_misses", "nv_cache_num_evictions", "nv_cache_lookup_duration", "nv_cache_insertion_duration":
		return true
	}
	return false
}

// visit takes one sample of the text.
func (f *families) visit(s *metrics.Series, v float64) {
	if known(s.Family) {
		return
	}
	switch s.Type {
	case metrics.Untyped: // nobody says what it is
	case metrics.GaugeType:
		if cumulativeGauge(s.Family) {
			f.count(s, v)
			return
		}
		f.take(s, model.FamilySample{Value: v})
	case metrics.Counter:
		f.count(s, v)
	case metrics.Histogram, metrics.Summary:
		f.observe(s, v)
	}
}

// count takes a sample of what counts up from 0.
func (f *families) count(s *metrics.Series, v float64) {
	if v >= 0 && !math.IsInf(v, 0) {
		f.take(s, model.FamilySample{Kind: model.SignalRate, Value: v})
	}
}

// observe takes the sum or the count of a histogram or summary, and leaves out
// its buckets and quantiles.
func (f *families) observe(s *metrics.Series, v float64) {
	sample := model.FamilySample{Kind: model.SignalMean}
	switch s.Name[len(s.Family):] {
	case "_sum":
		sample.Value = v
	case "_count":
		sample.Count = v
	default:
		return
	}
	if sample.Count >= 0 && !math.IsNaN(v) && !math.IsInf(v, 0) {
		f.take(s, sample)
	}
}

// take keeps a sample if it is one of the first; the two of a histogram, and
// those of one model on several GPUs, are one.
func (f *families) take(s *metrics.Series, sample model.FamilySample) {
	sample.Family, sample.Model, sample.Version = model.CleanName(s.Family), model.CleanName(s.Label("model")), model.CleanName(s.Label("version"))
	perGPU := sample.Model != "" && strings.HasPrefix(s.Family, "nv_")
	sample.Label = model.CleanName(quoted(s.Labels, perGPU))
	first, part := sample.Kind != model.SignalMean || strings.HasSuffix(s.Name, "_count"), perGPU && s.Label("gpu_uuid") != ""
	if first && !part {
		f.seen++
	}
	i, there := slices.BinarySearchFunc(f.kept, sample, func(a, b model.FamilySample) int { return a.Compare(&b) })
	switch {
	case there:
		f.kept[i].Value += sample.Value
		f.kept[i].Count += sample.Count
	case i < model.SignalLimit:
		if len(f.kept) == model.SignalLimit {
			f.kept = f.kept[:len(f.kept)-1]
		}
		sample.Help = model.CleanText(f.help(s.Family))
		f.kept = slices.Insert(f.kept, i, sample)
	}
}

// left is how many series were not kept.
func (f *families) left() int { return max(0, f.seen-len(f.kept)) }

// quoted prints the labels that tell series of one family apart, as the text has
// them; those of model and version stand elsewhere. Of what Triton splits by GPU
// the label without gpu_uuid is the whole.
func quoted(labels []metrics.Label, perGPU bool) string {
	var b strings.Builder
	for _, l := range labels {
		if l.Name == "model" || l.Name == "version" || perGPU && l.Name == "gpu_uuid" {
			continue
		}
		if b.Len() > 0 {
			b.WriteByte(',')
		}
		if strings.ContainsAny(l.Value, `"\\`) { // two sets of labels stay two
			b.WriteString(l.Name + "=" + strconv.Quote(l.Value))
			continue
		}
		b.WriteString(l.Name + `="` + l.Value + `"`)
	}
	return b.String()
}
