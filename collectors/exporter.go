package collectors

import (
	"context"
	"fmt"
	"math"
	"net/http"
	"strconv"
	"time"

	"tritop/model"
	"tritop/triton"
	"tritop/triton/metrics"
)

// Exporter is a text of metrics that tells of GPUs: NVIDIA's DCGM exporter.
type Exporter struct {
	Name    string
	URL     string
	Every   time.Duration
	Headers map[string]string
}

// exporterDeadline is the longest that an answer may take; a shorter interval bounds it.
const exporterDeadline = 5 * time.Second

// exporterGPUs bounds the GPUs that are kept of one text.
const exporterGPUs = 1024

// NewExporter makes the collector of an exporter.
func NewExporter(e Exporter) Collector { return newExporter(e) }

func newExporter(e Exporter) *exporter {
	return &exporter{Exporter: e, client: metrics.NewHTTPClient(), scanner: metrics.NewScanner(metrics.DefaultLimits())}
}

// Look reads the exporter once, within its interval at most.
func (e Exporter) Look(ctx context.Context) model.GPUsSampled {
	x := newExporter(e)
	defer x.client.CloseIdleConnections()
	return x.look(ctx)
}

type exporter struct {
	Exporter
	client  *http.Client
	scanner *metrics.Scanner
	buf     []byte
}

// Name tells collectors apart.
func (e *exporter) Name() string { return "dcgm " + model.CleanName(e.Exporter.Name) }

// Collect reads until ctx ends.
func (e *exporter) Collect(ctx context.Context, out chan<- model.Fact) error {
	defer e.client.CloseIdleConnections()
	regularly(ctx, &outbox{out: out, source: e.Name(), wait: e.Every}, func() model.Fact { return e.look(ctx) })
	return nil
}

func (e *exporter) look(parent context.Context) model.GPUsSampled {
	ctx, cancel := context.WithTimeout(parent, min(e.Every, exporterDeadline))
	defer cancel()
	began := time.Now()
	f := model.GPUsSampled{Origin: model.Origin{Source: e.Name(), Kind: "dcgm", Every: e.Every}}
	gpus, cut, err := e.read(ctx)
	if f.Outcome, f.Detail = outcome(err); err == nil {
		f.GPUs, f.Detail = gpus, cut
	}
	f.At = time.Now()
	f.Took = f.At.Sub(began)
	return f
}

// read gives the GPUs of the text, and what of it was left out.
func (e *exporter) read(ctx context.Context) (gpus []model.GPUSample, cut string, err error) {
	if e.buf, err = metrics.Fetch(ctx, e.client, e.URL, e.Headers, e.buf); err != nil {
		return nil, "", err
	}
	book := dcgm{at: make(map[string]int)}
	if err := e.scanner.Scan(e.buf, book.visit); err != nil {
		return nil, "", &triton.Fault{Op: "read GPUs", Address: e.Exporter.Name, Kind: triton.TooLarge, Detail: err.Error(), Err: err}
	}
	if len(book.gpus) == 0 {
		return nil, "", &triton.Fault{Op: "read GPUs", Address: e.Exporter.Name, Kind: triton.Other,
			Detail: "the text has no family DCGM_FI_DEV_… with a UUID: is this a DCGM exporter (port 9400 by default)?"}
	}
	if book.tooMany {
		cut = fmt.Sprintf("only the first %d GPUs are kept", exporterGPUs)
	}
	return book.samples(), cut, nil
}

// dcgm gathers the GPUs of one text.
type dcgm struct {
	gpus    []dcgmGPU
	at      map[string]int // UUID → place in gpus
	tooMany bool
}

// dcgmGPU is a sample with the parts that its memory is summed from.
type dcgmGPU struct {
	model.GPUSample
	free, reserved model.Figure // bytes
}

// visit takes one sample. A part of a GPU (MIG) is not the GPU: parts are left out.
func (d *dcgm) visit(s *metrics.Series, v float64) {
	field, ok := dcgmFields[s.Name]
	if !ok || s.Label("GPU_I_ID") != "" {
		return
	}
	uuid := s.Label("UUID")
	if uuid == "" {
		uuid = s.Label("uuid") // before 2.0
	}
	if uuid = model.CleanName(uuid); uuid == "" {
		return
	}
	i, known := d.at[uuid]
	if !known {
		if len(d.gpus) == exporterGPUs {
			d.tooMany = true
			return
		}
		i = len(d.gpus)
		d.at[uuid] = i
		g := dcgmGPU{GPUSample: model.GPUSample{UUID: uuid, Name: model.CleanName(s.Label("modelName")), Host: model.CleanName(s.Label("Hostname")), Index: -1,
			GPUFigures: model.NoGPUFigures(model.NoSource)}, free: model.Missing(model.NoSource), reserved: model.Of(0)}
		if n, err := strconv.Atoi(s.Label("gpu")); err == nil && n >= 0 {
			g.Index = n
		}
		d.gpus = append(d.gpus, g)
	}
	field(&d.gpus[i], v)
}

// samples gives the GPUs with their memory summed up.
func (d *dcgm) samples() []model.GPUSample {
	out := make([]model.GPUSample, 0, len(d.gpus))
	for i := range d.gpus {
		g := &d.gpus[i]
		if !g.MemTotal.Known() && g.MemUsed.Known() && g.free.Known() {
			g.MemTotal = model.Of(g.MemUsed.Value + g.free.Value + g.reserved.Value)
		}
		out = append(out, g.GPUSample)
	}
	return out
}

// possible makes a figure of a value between 0 and high; DCGM has numbers far
// above for what it could not read.
func possible(v, high, scale float64) model.Figure {
	if v >= 0 && v <= high {
		return model.Of(v * scale)
	}
	return model.Missing(model.NotObserved)
}

// The largest values that are believed: memory in MiB, watts, °C, MHz, errors, the number of an XID.
const mostMiB, mostWatts, mostCelsius, mostMHz, mostErrors, mostXID = 1 << 30, 100_000, 1000, 100_000, 1 << 40, 10_000

// dcgmFields say where each family belongs.
var dcgmFields = map[string]func(*dcgmGPU, float64){
	"DCGM_FI_DEV_GPU_UTIL":             func(g *dcgmGPU, v float64) { g.Util = possible(v, 100, 0.01) },
	"DCGM_FI_DEV_FB_USED":              func(g *dcgmGPU, v float64) { g.MemUsed = possible(v, mostMiB, 1<<20) },
	"DCGM_FI_DEV_FB_FREE":              func(g *dcgmGPU, v float64) { g.free = possible(v, mostMiB, 1<<20) },
	"DCGM_FI_DEV_FB_RESERVED":          func(g *dcgmGPU, v float64) { g.reserved = possible(v, mostMiB, 1<<20) },
	"DCGM_FI_DEV_FB_TOTAL":             func(g *dcgmGPU, v float64) { g.MemTotal = possible(v, mostMiB, 1<<20) },
	"DCGM_FI_DEV_POWER_USAGE":          func(g *dcgmGPU, v float64) { g.PowerW = possible(v, mostWatts, 1) },
	"DCGM_FI_DEV_ENFORCED_POWER_LIMIT": func(g *dcgmGPU, v float64) { g.PowerLimitW = possible(v, mostWatts, 1) },
	"DCGM_FI_DEV_POWER_MGMT_LIMIT": func(g *dcgmGPU, v float64) {
		if !g.PowerLimitW.Known() {
			g.PowerLimitW = possible(v, mostWatts, 1)
		}
	},
	"DCGM_FI_DEV_GPU_TEMP":               func(g *dcgmGPU, v float64) { g.TempC = possible(v, mostCelsius, 1) },
	"DCGM_FI_DEV_SM_CLOCK":               func(g *dcgmGPU, v float64) { g.ClockMHz = possible(v, mostMHz, 1) },
	"DCGM_FI_DEV_ECC_DBE_VOL_TOTAL":      func(g *dcgmGPU, v float64) { g.ECCErrors = possible(v, mostErrors, 1) },
	"DCGM_FI_DEV_XID_ERRORS":             func(g *dcgmGPU, v float64) { g.XID = possible(v, mostXID, 1) },
	"DCGM_FI_DEV_CLOCK_THROTTLE_REASONS": throttled,
	"DCGM_FI_DEV_CLOCKS_EVENT_REASONS":   throttled,
}

// throttled reads the driver's bits.
func throttled(g *dcgmGPU, v float64) {
	if v >= 0 && v < math.MaxUint32 {
		g.Throttled = model.ThrottleWords(uint64(v))
	}
}
