package sim

import (
	"crypto/sha256"
	"fmt"
	"math"
	"slices"
	"strconv"
	"strings"

	"tritop/model"
)

// gpu is one device of a server, as the metrics text shows it.
type gpu struct {
	uuid string
	lost bool    // its own series are gone
	busy float64 // share of the time that it works
}

// onGPUs are the eight with an instance of each on both GPUs of a server;
// ensembles run nowhere.
func onGPUs() []modelDef {
	out := slices.Clone(models)
	for i := range out {
		out[i].gpu = len(out[i].steps) == 0
	}
	return out
}

// instances are how many a server has of a model.
func (m *modelDef) instances() int {
	if m.gpu {
		return 2
	}
	return 1
}

// fit gives a server two GPUs where a model of the fleet needs them. Their
// names depend on the server's alone.
func (s *Server) fit(models []modelDef) {
	if !slices.ContainsFunc(models, func(m modelDef) bool { return m.gpu }) {
		return
	}
	for i := range 2 {
		x := sha256.Sum256(fmt.Appendf(nil, "%d/%s", i, s.Name))
		s.gpus = append(s.gpus, gpu{uuid: fmt.Sprintf("GPU-%x-%x-%x-%x-%x", x[:4], x[4:6], x[6:8], x[8:10], x[10:16])})
	}
}

// work lets the GPUs of a server be as busy as the time of day makes them.
func (s *Server) work(seconds float64) {
	for i := range s.gpus {
		s.gpus[i].busy = 0.5 + 0.15*math.Sin(seconds/40+float64(i))
	}
}

// gpuLost takes the second GPU from one server. What its instances counted
// stays in the text, as Triton keeps it; their work goes to the other GPU.
func gpuLost(w *World) {
	if w.now >= FaultAt {
		w.victim(1).gpus[1].lost = true
	}
}

const gpuMemory = 80 << 30

// gpuFamilies are the device gauges, with their value on the i-th GPU.
var gpuFamilies = []struct {
	name, help string
	value      func(i int, g gpu) float64
}{
	{model.GaugeGPUUtil, "GPU utilization rate [0.0 - 1.0)", func(_ int, g gpu) float64 { return math.Round(1000*g.busy) / 1000 }},
	{model.GaugeGPUMemAll, "GPU total memory, in bytes", func(int, gpu) float64 { return gpuMemory }},
	{model.GaugeGPUMem, "GPU used memory, in bytes", func(i int, _ gpu) float64 { return float64((31 + 4*i) << 30) }},
	{"nv_gpu_power_usage", "GPU power usage in watts", func(_ int, g gpu) float64 { return math.Round(90 + 400*g.busy) }},
}

// gpuGauges gives the device gauges as the metrics collector would report them.
func (s *Server) gpuGauges() (out []model.Gauge) {
	for _, f := range gpuFamilies {
		for i, g := range s.gpus {
			if !g.lost {
				out = append(out, model.Gauge{Name: f.name, Label: "gpu_uuid=" + g.uuid, Value: f.value(i, g)})
			}
		}
	}
	return out
}

// gpuText prints the device gauges.
func (s *Server) gpuText(b *strings.Builder) {
	for _, f := range gpuFamilies {
		var lines []string
		for i, g := range s.gpus {
			if !g.lost {
				lines = append(lines, fmt.Sprintf("%s{gpu_uuid=\"%s\"} %s", f.name, g.uuid, strconv.FormatFloat(f.value(i, g), 'f', -1, 64)))
			}
		}
		family(b, f.name, "gauge", f.help, lines)
	}
}

// cell is one label set of a model version in the metrics text.
type cell struct {
	labels string
	tally  tally
	recent []float64
	gpu    string // its gpu_uuid; "": the label set without
	first  bool   // GPU of the server
}

// cells gives the label sets of a version, its printed version in them. Where
// it runs on GPUs each has one that counts, and the one without gpu_uuid stays
// at 0 (triton-facts 3.3).
func (s *Server) cells(r *replica, version int) []cell {
	labels := fmt.Sprintf("model=\"%s\",version=\"%d\"", r.model.name, version)
	if !r.model.gpu {
		return []cell{{labels: labels, tally: r.prom, recent: r.recent}}
	}
	out := []cell{{labels: labels}}
	for i, g := range s.gpus {
		c := cell{labels: fmt.Sprintf("gpu_uuid=\"%s\",%s", g.uuid, labels), tally: r.second, recent: r.recent, gpu: g.uuid, first: i == 0}
		if i == 0 {
			c.tally = r.prom.minus(r.second)
		}
		if c.tally.success == 0 {
			c.recent = nil
		}
		out = append(out, c)
	}
	return out
}

// minus gives what the metrics text prints of t without u.
func (t tally) minus(u tally) tally {
	return tally{success: t.success - u.success, successNs: t.successNs - u.successNs, queueNs: t.queueNs - u.queueNs, inputNs: t.inputNs - u.inputNs,
		inferNs: t.inferNs - u.inferNs, outputNs: t.outputNs - u.outputNs, inferences: t.inferences - u.inferences, execs: t.execs - u.execs}
}

// tallies are what one request of a replica counts in; its GPUs take turns.
func (r *replica) tallies(s *Server) [3]*tally {
	out := [3]*tally{&r.stats, &r.prom}
	if r.model.gpu && !s.gpus[1].lost && (r.prom.success+r.prom.fail)%2 == 1 {
		out[2] = &r.second
	}
	return out
}
