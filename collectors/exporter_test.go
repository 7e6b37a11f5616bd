package collectors

import (
	"context"
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"tritop/collectors/collectorstest"
	"tritop/model"
)

// dcgmText is what a DCGM exporter prints of two GPUs, one of them in parts.
const dcgmText = `# HELP DCGM_FI_DEV_SM_CLOCK SM clock frequency (in MHz).
# TYPE DCGM_FI_DEV_SM_CLOCK gauge
DCGM_FI_DEV_SM_CLOCK{gpu="0",UUID="GPU-aa",pci_bus_id="00000000:17:00.0",device="nvidia0",modelName="NVIDIA H100 80GB HBM3",Hostname="gpu-box",DCGM_FI_DRIVER_VERSION="570.86.15"} 1980
# TYPE DCGM_FI_DEV_GPU_TEMP gauge
DCGM_FI_DEV_GPU_TEMP{gpu="0",UUID="GPU-aa",modelName="NVIDIA H100 80GB HBM3",Hostname="gpu-box"} 61
DCGM_FI_DEV_GPU_TEMP{gpu="1",UUID="GPU-bb",modelName="NVIDIA H100 80GB HBM3",Hostname="gpu-box"} 44
# TYPE DCGM_FI_DEV_POWER_USAGE gauge
DCGM_FI_DEV_POWER_USAGE{gpu="0",UUID="GPU-aa"} 412.4
# TYPE DCGM_FI_DEV_POWER_MGMT_LIMIT gauge
DCGM_FI_DEV_POWER_MGMT_LIMIT{gpu="0",UUID="GPU-aa"} 700
# TYPE DCGM_FI_DEV_GPU_UTIL gauge
DCGM_FI_DEV_GPU_UTIL{gpu="0",UUID="GPU-aa"} 71
DCGM_FI_DEV_GPU_UTIL{gpu="1",UUID="GPU-bb"} 9223372036854775794
# TYPE DCGM_FI_DEV_FB_FREE gauge
DCGM_FI_DEV_FB_FREE{gpu="0",UUID="GPU-aa"} 49152
DCGM_FI_DEV_FB_FREE{gpu="1",UUID="GPU-bb",GPU_I_PROFILE="1g.10gb",GPU_I_ID="7"} 9000
# TYPE DCGM_FI_DEV_FB_USED gauge
DCGM_FI_DEV_FB_USED{gpu="0",UUID="GPU-aa"} 31744
# TYPE DCGM_FI_DEV_FB_RESERVED gauge
DCGM_FI_DEV_FB_RESERVED{gpu="0",UUID="GPU-aa"} 1024
# TYPE DCGM_FI_DEV_ECC_DBE_VOL_TOTAL counter
DCGM_FI_DEV_ECC_DBE_VOL_TOTAL{gpu="0",UUID="GPU-aa"} 0
# TYPE DCGM_FI_DEV_CLOCK_THROTTLE_REASONS gauge
DCGM_FI_DEV_CLOCK_THROTTLE_REASONS{gpu="0",UUID="GPU-aa"} 68
`

// served gives an exporter that answers with a text.
func served(t *testing.T, text string) Exporter {
	t.Helper()
	srv := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.Header.Get("X-Key") != "secret" {
			http.Error(w, "who are you?", http.StatusForbidden)
			return
		}
		_, _ = fmt.Fprint(w, text)
	}))
	t.Cleanup(srv.Close)
	return Exporter{Name: "gpu-box", URL: srv.URL + "/metrics", Every: 100 * time.Millisecond, Headers: map[string]string{"X-Key": "secret"}}
}

func TestExporterContract(t *testing.T) {
	t.Parallel()
	collectorstest.Run(t, func(t *testing.T) collectorstest.Collector { return NewExporter(served(t, dcgmText)) })
}

// sampled gives one fact of an exporter.
func sampled(t *testing.T, e Exporter) model.GPUsSampled {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), 10*time.Second)
	defer cancel()
	out := make(chan model.Fact)
	done := make(chan error, 1)
	go func() { done <- NewExporter(e).Collect(ctx, out) }()
	f := (<-out).(model.GPUsSampled)
	cancel()
	if err := <-done; err != nil {
		t.Error(err)
	}
	return f
}

func TestExporterReadsGPUs(t *testing.T) {
	t.Parallel()
	f := sampled(t, served(t, dcgmText))
	if f.Outcome != model.Answered || f.Detail != "" || f.Origin != (model.Origin{Source: "dcgm gpu-box", Kind: "dcgm", Every: 100 * time.Millisecond}) || len(f.GPUs) != 2 {
		t.Fatalf("%+v", f)
	}
	no := model.Missing(model.NoSource)
	want := []model.GPUSample{
		{UUID: "GPU-aa", Name: "NVIDIA H100 80GB HBM3", Host: "gpu-box", Index: 0, GPUFigures: model.GPUFigures{Util: model.Of(71 * 0.01), MemUsed: model.Of(31 << 30), MemTotal: model.Of(80 << 30),
			PowerW: model.Of(412.4), PowerLimitW: model.Of(700), TempC: model.Of(61), ClockMHz: model.Of(1980), ECCErrors: model.Of(0), XID: no, Throttled: "power cap, too hot (hardware)"}},
		{UUID: "GPU-bb", Name: "NVIDIA H100 80GB HBM3", Host: "gpu-box", Index: 1, GPUFigures: model.GPUFigures{Util: model.Missing(model.NotObserved), MemUsed: no, MemTotal: no,
			PowerW: no, PowerLimitW: no, TempC: model.Of(44), ClockMHz: no, ECCErrors: no, XID: no}}}
	for i := range want {
		if f.GPUs[i] != want[i] {
			t.Errorf("%+v\nwant %+v", f.GPUs[i], want[i])
		}
	}
}

func TestExporterFaults(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		text    string
		change  func(*Exporter)
		outcome model.Outcome
		words   string
	}{
		"another exporter":    {"# TYPE node_load1 gauge\nnode_load1 0.5\n", nil, model.Failed, "the text has no family DCGM_FI_DEV_… with a UUID: is this a DCGM exporter (port 9400 by default)?"},
		"GPUs without names":  {"# TYPE DCGM_FI_DEV_GPU_UTIL gauge\nDCGM_FI_DEV_GPU_UTIL{gpu=\"0\"} 1\n", nil, model.Failed, "the text has no family"},
		"no metrics":          {"<html>", nil, model.Foreign, "the answer holds no metrics"},
		"without its key":     {dcgmText, func(e *Exporter) { e.Headers = nil }, model.Foreign, "answered 403 Forbidden"},
		"cut off":             {strings.TrimSuffix(dcgmText, "\n"), nil, model.Malformed, "the text is cut off"},
		"nobody listens":      {dcgmText, func(e *Exporter) { e.URL = "http://127.0.0.1:1/metrics" }, model.Refused, "connection refused"},
		"too many to be kept": {many(exporterGPUs + 5), nil, model.Answered, "only the first 1024 GPUs are kept"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			e := served(t, c.text)
			if c.change != nil {
				c.change(&e)
			}
			if f := sampled(t, e); f.Outcome != c.outcome || !strings.Contains(f.Detail, c.words) {
				t.Errorf("%s: %q, want %s: %q", f.Outcome, f.Detail, c.outcome, c.words)
			}
		})
	}
}

func many(n int) string {
	var b strings.Builder
	b.WriteString("# TYPE DCGM_FI_DEV_GPU_UTIL gauge\n")
	for i := range n {
		fmt.Fprintf(&b, "DCGM_FI_DEV_GPU_UTIL{UUID=\"GPU-%d\"} 1\n", i)
	}
	return b.String()
}

func TestAnExporterThatHangs(t *testing.T) {
	t.Parallel()
	srv := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) { <-r.Context().Done() }))
	t.Cleanup(srv.Close)
	if f := sampled(t, Exporter{Name: "x", URL: srv.URL, Every: 150 * time.Millisecond}); f.Outcome != model.TimedOut || f.Took > 5*time.Second {
		t.Errorf("%+v", f)
	}
}
