package sim

import (
	"fmt"
	"sort"
	"strconv"
	"strings"
	"time"

	"tritop/model"
)

// Version is the Triton that the fleet plays.
const Version = "2.66.0"

func (m *modelDef) platform() string {
	if len(m.steps) > 0 {
		return "ensemble"
	}
	if m.backend != "" {
		return m.backend
	}
	return "python"
}

// Probe is a deep probe that fits a model of the fleet: it doubles its input.
type Probe struct {
	Model         string
	Input, Output []float64
}

// Probes are one for each model of the fleet. INPUT0 and OUTPUT0 are FP32 [1, n].
func Probes() []Probe {
	var out []Probe
	for _, m := range models {
		out = append(out, Probe{Model: m.name, Input: []float64{1, 2, 3, 4}, Output: []float64{2, 4, 6, 8}})
	}
	return out
}

// counters gives the statistics as the poll would report them.
func (s *Server) counters(start time.Time) []model.Counters {
	out := []model.Counters{}
	for _, r := range s.sorted() {
		if r.state != model.ReplicaReady {
			continue
		}
		t := &r.stats
		c := model.Counters{Model: r.model.name, Version: strconv.Itoa(r.version), Success: model.Sum{Count: t.success, Ns: t.successNs}, Fail: model.Sum{Count: t.fail, Ns: t.failNs},
			Queue: model.Sum{Count: t.success, Ns: t.queueNs}, Input: model.Sum{Count: t.success, Ns: t.inputNs}, Infer: model.Sum{Count: t.success, Ns: t.inferNs},
			Output: model.Sum{Count: t.success, Ns: t.outputNs}, Inferences: t.inferences, Executions: t.execs}
		if r.last > 0 {
			c.LastInference = start.Add(r.last)
		}
		for i, n := range t.batches {
			if n > 0 {
				c.Batches = append(c.Batches, model.BatchCount{Size: batchSizes[i], Executions: n, Ns: t.batchNs[i]})
			}
		}
		out = append(out, c)
	}
	return out
}

// phases splits the compute time of a batch size as count does that of requests.
func phases(b model.BatchCount) (input, infer, output model.Sum) {
	side := b.Ns / 42 // 2 of 84 parts
	return model.Sum{Count: b.Executions, Ns: side}, model.Sum{Count: b.Executions, Ns: b.Ns - 2*side}, model.Sum{Count: b.Executions, Ns: side}
}

// index gives the repository index.
func (s *Server) index() []model.IndexEntry {
	var out []model.IndexEntry
	for _, r := range s.sorted() {
		out = append(out, model.IndexEntry{Model: r.model.name, Version: strconv.Itoa(r.version), State: r.state, Reason: r.reason})
	}
	return out
}

const (
	memTotal = 256 << 30
	memUsed  = 96 << 30
)

// gauges gives the gauges as the metrics collector would report them.
func (s *Server) gauges() []model.Gauge {
	var out []model.Gauge
	for _, r := range s.sorted() {
		if r.state == model.ReplicaReady || r.state == model.ReplicaUnloading {
			out = append(out, model.Gauge{Name: model.GaugePending, Model: r.model.name, Version: strconv.Itoa(r.version), Value: float64(r.pending)})
			for _, c := range s.cells(r, r.version)[1:] {
				out = append(out, model.Gauge{Name: model.GaugePending, Model: r.model.name, Version: strconv.Itoa(r.version), Label: "gpu_uuid=" + c.gpu})
			}
		}
	}
	out = append(out, s.gpuGauges()...)
	return append(out, model.Gauge{Name: model.GaugeCPU, Value: s.cpu}, model.Gauge{Name: model.GaugeMemTotal, Value: memTotal}, model.Gauge{Name: model.GaugeMemUsed, Value: memUsed})
}

// family writes one metric family, unless it has no series.
func family(b *strings.Builder, name, kind, help string, lines []string) {
	if len(lines) == 0 {
		return
	}
	fmt.Fprintf(b, "# HELP %s %s\n# TYPE %s %s\n", name, help, name, kind)
	for _, l := range lines {
		b.WriteString(l)
		b.WriteByte('\n')
	}
}

// Metrics gives the metrics text as Triton prints it: counters, gauges, then
// summaries; labels sorted; no timestamps; a family without series prints nothing.
func (s *Server) Metrics() string {
	var b strings.Builder
	live := s.withSeries()
	counter := func(name, help string, value func(*tally) uint64) {
		lines := make([]string, 0, len(live))
		for _, r := range live {
			for _, c := range s.cells(r, r.metricVersion()) {
				lines = append(lines, fmt.Sprintf("%s{%s} %d", name, c.labels, value(&c.tally)))
			}
		}
		family(&b, name, "counter", help, lines)
	}
	counter("nv_inference_request_success", "Number of successful inference requests, all batch sizes", func(t *tally) uint64 { return t.success })
	family(&b, "nv_inference_request_failure", "counter", "Number of failed inference requests, all batch sizes", s.failureLines(live))
	counter("nv_inference_count", "Number of inferences performed (does not include cached requests)", func(t *tally) uint64 { return t.inferences })
	counter("nv_inference_exec_count", "Number of model executions performed (does not include cached requests)", func(t *tally) uint64 { return t.execs })
	counter("nv_inference_request_duration_us", "Cumulative inference request duration in microseconds (includes cached requests)", func(t *tally) uint64 { return t.successNs / 1000 })
	counter("nv_inference_queue_duration_us", "Cumulative inference queuing duration in microseconds (includes cached requests)", func(t *tally) uint64 { return t.queueNs / 1000 })
	counter("nv_inference_compute_input_duration_us", "Cumulative compute input duration in microseconds (does not include cached requests)", func(t *tally) uint64 { return t.inputNs / 1000 })
	counter("nv_inference_compute_infer_duration_us", "Cumulative compute inference duration in microseconds (does not include cached requests)", func(t *tally) uint64 { return t.inferNs / 1000 })
	counter("nv_inference_compute_output_duration_us", "Cumulative inference compute output duration in microseconds (does not include cached requests)", func(t *tally) uint64 { return t.outputNs / 1000 })
	s.backendText(&b, "counter")
	var pending []string
	for _, r := range live {
		for _, c := range s.cells(r, r.version) {
			waiting := r.pending
			if c.gpu != "" {
				waiting = 0 // the queue is before the GPUs
			}
			pending = append(pending, fmt.Sprintf("%s{%s} %d", model.GaugePending, c.labels, waiting))
		}
	}
	family(&b, model.GaugePending, "gauge", "Instantaneous number of pending requests awaiting execution per-model.", pending)
	s.gpuText(&b)
	family(&b, model.GaugeCPU, "gauge", "CPU utilization rate [0.0 - 1.0]", []string{model.GaugeCPU + " " + strconv.FormatFloat(s.cpu, 'g', 6, 64)})
	family(&b, model.GaugeMemTotal, "gauge", "CPU total memory (RAM), in bytes", []string{fmt.Sprintf("%s %d", model.GaugeMemTotal, int64(memTotal))})
	family(&b, model.GaugeMemUsed, "gauge", "CPU used memory (RAM), in bytes", []string{fmt.Sprintf("%s %d", model.GaugeMemUsed, int64(memUsed))})
	s.backendText(&b, "gauge")
	s.backendText(&b, "histogram")
	family(&b, "nv_inference_request_summary_us", "summary", "Summary of inference request duration in microseconds (includes cached requests)", s.summaryLines(live))
	return b.String()
}

// metricVersion is 1 for an ensemble whatever its directory, as Triton prints it.
func (r *replica) metricVersion() int {
	if len(r.model.steps) > 0 {
		return 1
	}
	return r.version
}

// withSeries gives the replicas whose series exist: from the beginning of a
// load to the end of an unload.
func (s *Server) withSeries() []*replica {
	var out []*replica
	for _, r := range s.sorted() {
		if r.state != model.ReplicaUnavailable {
			out = append(out, r)
		}
	}
	return out
}

func (s *Server) failureLines(live []*replica) []string {
	keys := make(map[string]*replica)
	for k := range s.failures {
		keys[k] = nil // kept for versions that are gone, until the process ends
	}
	for _, r := range live {
		keys[r.key()] = r
	}
	names := make([]string, 0, len(keys))
	for k := range keys {
		names = append(names, k)
	}
	sort.Strings(names)
	var out []string
	for _, k := range names {
		counts := s.failures[k]
		if counts == nil {
			counts = new([4]uint64)
		}
		cells := []cell{{}}
		if r := keys[k]; r != nil {
			cells = s.cells(r, r.version)
		}
		for _, c := range cells {
			out = append(out, failureCell(k, c, *counts, len(cells) > 1)...)
		}
	}
	return out
}

// failureCell prints the reasons of one label set. With GPUs the back-end's own
// failures are counted on them, here all on the first, and the others without.
func failureCell(key string, c cell, counts [4]uint64, split bool) []string {
	name, version, _ := strings.Cut(key, " ")
	uuid := ""
	if c.gpu != "" {
		uuid = fmt.Sprintf("gpu_uuid=\"%s\",", c.gpu)
	}
	var out []string
	for i, reason := range reasons {
		n := counts[i]
		if backend := reason == "BACKEND"; split && (backend && !c.first || !backend && c.gpu != "") {
			n = 0
		}
		out = append(out, fmt.Sprintf("nv_inference_request_failure{%smodel=\"%s\",reason=\"%s\",version=\"%s\"} %d", uuid, name, reason, version, n))
	}
	return out
}
