package sim

import (
	"fmt"
	"math"
	"slices"
	"strconv"
	"strings"
	"time"

	"tritop/model"
)

// Language models: two back-ends that print families of their own into the
// metrics text, under the names and labels of the real ones (triton-facts 3.7).

const (
	trtllm = "tensorrtllm"
	vllm   = "vllm"
)

// withLLMs are the eight and two language models.
func withLLMs() []modelDef {
	return append(slices.Clone(models), modelDef{name: "assistant", versions: []int{1}, servers: 4, share: 0.04, backend: trtllm},
		modelDef{name: "summarizer", versions: []int{2}, servers: 2, share: 0.02, backend: vllm})
}

// longPrompts lets the prompts of the language models become four times as long.
// Their KV caches fill, and who comes waits inside the back-end: Triton's own
// queue stays short, nothing fails.
func longPrompts(w *World) {
	if w.now >= FaultAt {
		full := 1 - math.Exp(-(w.now-FaultAt).Seconds()/30)
		w.strain = strain{traffic: 1, compute: 1 + 3*full, wait: longestWait * full, only: []string{"assistant", "summarizer"}}
	}
}

// longestWait is for how long one waits for a full KV cache, in µs.
const longestWait = 8e6

// chat is what a language-model back-end counts of one replica.
type chat struct {
	arriving          float64 // requests per second, smoothed
	waiting, running  float64 // requests
	cache             float64 // used share of the KV cache
	iterations        float64
	prompts, answers  uint64 // tokens
	first, each, all  spread // seconds
	asked, told, only spread // tokens per request; answers per request
}

// spread is a histogram.
type spread struct {
	count   uint64
	sum     float64
	buckets [16]uint64 // of each bound, not cumulative
}

func (x *spread) observe(v float64, bounds []float64) {
	x.count++
	x.sum += v
	if i := slices.IndexFunc(bounds, func(b float64) bool { return v <= b }); i >= 0 {
		x.buckets[i]++
	}
}

// The bounds of the vLLM back-end's histograms, in seconds and in tokens.
var (
	firstBounds = []float64{0.001, 0.005, 0.01, 0.02, 0.04, 0.06, 0.08, 0.1, 0.25, 0.5, 0.75, 1, 2.5, 5, 7.5, 10}
	eachBounds  = []float64{0.01, 0.025, 0.05, 0.075, 0.1, 0.15, 0.2, 0.3, 0.4, 0.5, 0.75, 1, 2.5}
	allBounds   = []float64{1, 2.5, 5, 10, 15, 20, 30, 40, 50, 60}
	tokenBounds = []float64{1, 2, 5, 10, 20, 50, 100, 200, 500, 1000, 2000, 5000, 10000}
	onlyBounds  = []float64{1, 2, 5, 10, 20}
)

// usualUs is what the usual workload draws for a request, which here makes an
// answer's tokens come faster or slower.
const usualUs = 13_600

// answerTokens is how long every answer is.
const answerTokens = 180

// converse lets a language model answer one request: it waits for room in the KV
// cache, reads the prompt and writes token after token. It gives the µs of that.
func (w *World) converse(s *Server, r *replica, c call) float64 {
	long, wait := w.strain.on(r.model.name)
	prompt := math.Round(150 * float64(batchSizes[c.batch]) * long)
	first := wait/1e6 + 0.04 + 60e-6*prompt
	each := 0.016 * math.Max(0.5, c.us/usualUs) * (1 + 0.5*wait/longestWait)
	c.us, c.batch = 1e6*(first+(answerTokens-1)*each), 0
	r.count(s, c, w.now)
	if !c.ok {
		return c.us
	}
	k := &r.chat
	k.prompts, k.answers = k.prompts+uint64(prompt), k.answers+answerTokens
	k.first.observe(first, firstBounds)
	for range answerTokens - 1 {
		k.each.observe(each, eachBounds)
	}
	k.all.observe(c.us/1e6, allBounds)
	k.asked.observe(prompt, tokenBounds)
	k.told.observe(answerTokens, tokenBounds)
	k.only.observe(1, onlyBounds)
	return c.us
}

// hear shows who waits and who is served, by Little's law, after the arrivals of
// one tick.
func (k *chat) hear(arrivals int, wait float64, now time.Duration) {
	k.arriving += (float64(arrivals)/tickLength.Seconds() - k.arriving) / 25
	full := wait / longestWait
	k.waiting = math.Round(k.arriving * wait / 1e6)
	k.running = math.Round(k.arriving * 3 * (1 + 0.5*full))
	k.cache = math.Round(1000*(0.35+0.62*full)) / 1000
	k.iterations = math.Floor(now.Seconds() * 60)
}

// line is one series that a back-end prints.
type line struct {
	model.FamilySample
	kind   string // of the text
	bounds []float64
	spread *spread
}

// backendLines gives what the back-ends of a server print.
func (s *Server) backendLines() (out []line) {
	for _, r := range s.withSeries() {
		var lines []line
		switch r.model.backend {
		case trtllm:
			lines = r.chat.trtllm()
		case vllm:
			lines = r.chat.vllm()
		}
		for _, l := range lines {
			l.Model, l.Version = r.model.name, strconv.Itoa(r.version)
			out = append(out, l)
		}
	}
	return out
}

func (k *chat) trtllm() []line {
	const blocks, per, most = 6240, 64, 64
	used := math.Round(blocks * k.cache)
	reading := math.Round(k.running / 20)
	gauge := func(family, help, label, kind string, v float64) line {
		return line{FamilySample: model.FamilySample{Family: "nv_trt_llm_" + family, Help: help, Label: label + `="` + kind + `"`, Value: v}, kind: "gauge"}
	}
	request := func(kind string, v float64) line {
		return gauge("request_metrics", "TRT LLM request metrics", "request_type", kind, v)
	}
	block := func(kind string, v float64) line {
		return gauge("kv_cache_block_metrics", "TRT LLM KV cache block metrics", "kv_cache_block_type", kind, v)
	}
	memory := func(kind string, v float64) line {
		return gauge("runtime_memory_metrics", "TRT LLM runtime memory metrics", "memory_type", kind, v)
	}
	batcher := func(kind string, v float64) line {
		return gauge("inflight_batcher_metrics", "TRT LLM inflight_batcher-specific metrics", "inflight_batcher_specific_metric", kind, v)
	}
	return []line{request("waiting", k.waiting), request("context", reading), request("scheduled", k.running), request("max", most), request("active", k.waiting+k.running),
		memory("pinned", 0), memory("gpu", 1610236), memory("cpu", 0),
		block("fraction", k.cache), block("tokens_per", per), block("used", used), block("free", blocks-used), block("max", blocks),
		batcher("micro_batch_id", 0), batcher("generation_requests", k.running-reading), batcher("total_context_tokens", math.Round(700*reading)),
		gauge("general_metrics", "General TRT LLM metrics", "general_type", "iteration_counter", k.iterations)}
}

func (k *chat) vllm() []line {
	counter := func(name, help string, v uint64) line {
		return line{FamilySample: model.FamilySample{Family: "vllm:" + name, Help: help, Kind: model.SignalRate, Value: float64(v)}, kind: "counter"}
	}
	histogram := func(name, help string, x *spread, bounds []float64) line {
		return line{model.FamilySample{Family: "vllm:" + name, Help: help, Kind: model.SignalMean, Value: x.sum, Count: float64(x.count)}, "histogram", bounds, x}
	}
	return []line{counter("prompt_tokens_total", "Number of prefill tokens processed.", k.prompts),
		counter("generation_tokens_total", "Number of generation tokens processed.", k.answers),
		histogram("time_to_first_token_seconds", "Histogram of time to first token in seconds.", &k.first, firstBounds),
		histogram("time_per_output_token_seconds", "Histogram of time per output token in seconds.", &k.each, eachBounds),
		histogram("e2e_request_latency_seconds", "Histogram of end to end request latency in seconds.", &k.all, allBounds),
		histogram("request_prompt_tokens", "Number of prefill tokens processed.", &k.asked, tokenBounds),
		histogram("request_generation_tokens", "Number of generation tokens processed.", &k.told, tokenBounds),
		histogram("request_params_n", "Histogram of the n request parameter.", &k.only, onlyBounds)}
}

// families gives what the metrics collector would report of the back-ends.
func (s *Server) families() (out []model.FamilySample) {
	for _, l := range s.backendLines() {
		out = append(out, l.FamilySample)
	}
	slices.SortFunc(out, func(a, b model.FamilySample) int { return a.Compare(&b) })
	return out
}

// backendText prints the families of one type.
func (s *Server) backendText(b *strings.Builder, kind string) {
	var names []string
	lines, helps := make(map[string][]string), make(map[string]string)
	for _, l := range s.backendLines() {
		if l.kind != kind {
			continue
		}
		if helps[l.Family] == "" {
			names = append(names, l.Family)
		}
		helps[l.Family] = l.Help
		lines[l.Family] = append(lines[l.Family], l.print()...)
	}
	for _, name := range names {
		family(b, name, kind, helps[name], lines[name])
	}
}

// print gives the lines of one series in the text, its labels sorted.
func (l *line) print() []string {
	labels := []string{fmt.Sprintf("model=\"%s\"", l.Model), fmt.Sprintf("version=\"%s\"", l.Version)}
	if l.Label != "" {
		labels = append(labels, l.Label)
		slices.Sort(labels)
	}
	set, number := strings.Join(labels, ","), func(v float64) string { return strconv.FormatFloat(v, 'f', -1, 64) }
	if l.spread == nil {
		return []string{fmt.Sprintf("%s{%s} %s", l.Family, set, number(l.Value))}
	}
	out := []string{fmt.Sprintf("%s_count{%s} %s", l.Family, set, number(l.Count)), fmt.Sprintf("%s_sum{%s} %s", l.Family, set, number(l.Value))}
	below := uint64(0)
	for i, bound := range l.bounds {
		below += l.spread.buckets[i]
		out = append(out, fmt.Sprintf("%s_bucket{%s,le=\"%s\"} %d", l.Family, set, number(bound), below))
	}
	return append(out, fmt.Sprintf("%s_bucket{%s,le=\"+Inf\"} %d", l.Family, set, l.spread.count))
}

// backendGauges gives the gauges among them as the metrics collector would.
func (s *Server) backendGauges() (out []model.Gauge) {
	for _, l := range s.backendLines() {
		if l.kind == "gauge" {
			out = append(out, model.Gauge{Name: l.Family, Model: l.Model, Version: l.Version, Label: strings.ReplaceAll(l.Label, `"`, ""), Value: l.Value})
		}
	}
	return out
}
