package headless

import (
	"encoding/json"
	"strings"
	"testing"
	"time"

	"tritop/model"
)

// machine is a snapshot with one GPU and one host of each kind.
func machine() *model.Snapshot {
	s := *empty()
	full := model.GPUFigures{Util: model.Of(0.713), MemUsed: model.Of(31 << 30), MemTotal: model.Of(80 << 30), PowerW: model.Of(412.4), PowerLimitW: model.Of(700),
		TempC: model.Of(61), ClockMHz: model.Of(1980), ECCErrors: model.Of(0), Throttled: "power cap"}
	s.GPUs = []model.GPU{
		{UUID: "GPU-951eeeeb-d284-d263-688e-d98a5306389b", Name: "NVIDIA H100 80GB HBM3", Index: 0, Host: "triton-a", Servers: []string{"triton-a", "v6"}, Source: "nvml", At: s.Now.Add(-time.Second),
			Finding: model.Finding{Verdict: model.Healthy, Since: s.Now.Add(-time.Hour)}, GPUFigures: full},
		{UUID: "GPU-2", Index: -1, Host: "exporter-box", Source: "dcgm", At: s.Now.Add(-20 * time.Second), GPUFigures: model.NoGPUFigures(model.NotObserved),
			Finding: model.Finding{Verdict: model.Unhealthy, Since: s.Now.Add(-20 * time.Second), Reason: "GPU lost: dcgm gpu-box is read and does not name it any more", Evidence: "last figures at 13:59:40Z"}}}
	s.Hosts = []model.Host{{Name: "box", Source: "local", At: s.Now, CPU: model.Of(0.25), MemUsed: model.Of(1 << 30), MemAll: model.Of(4 << 30),
		Disks: []model.Disk{{Mount: "/", Used: model.Of(10), All: model.Of(20)}, {Mount: "/state", Used: model.Missing(model.NotObserved), All: model.Missing(model.NotObserved)}}}}
	s.GPUNote = "no NVIDIA driver"
	return &s
}

func TestMachinesInTheDocument(t *testing.T) {
	t.Parallel()
	golden(t, "machines.json", printed(t, machine()))
	var doc any
	if err := json.Unmarshal([]byte(printed(t, machine())), &doc); err != nil {
		t.Fatal(err)
	}
	walk(t, "machines", doc)
}

func TestMachinesInTheTable(t *testing.T) {
	t.Parallel()
	out := table(t, machine())
	for _, want := range []string{"GPU-951eeeeb triton-a", " 71     31.0/80      412     61 nvml   HEALTHY", "GPU-2        exporter-box      -           -        -      - dcgm   UNHEALTHY",
		"GPU lost: dcgm gpu-box is read and does not name it any more, for 20s"} {
		if !strings.Contains(out, want) {
			t.Errorf("the table lacks %q:\n%s", want, out)
		}
	}
	if strings.Index(out, "exporter-box") > strings.Index(out, "GPU-951eeeeb") {
		t.Errorf("what is not well comes first:\n%s", out)
	}
	if out := table(t, at(t, "normal", 5*time.Second)); strings.Contains(out, "GPU ") {
		t.Errorf("a section of GPUs where there are none:\n%s", out)
	}
}
