package collectors

import (
	"io"
	"net/http"
	"net/http/httptest"
	"testing"
	"time"

	"tritop/model"
)

// Sources come and go with the fleet: nothing of one comes after the change that
// takes it away, and those that stay as they are go on.
func TestSourcesComeAndGo(t *testing.T) {
	t.Parallel()
	exporter := func(name string, headers map[string]string) Source {
		srv := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			_, _ = io.WriteString(w, "# TYPE DCGM_FI_DEV_GPU_UTIL gauge\nDCGM_FI_DEV_GPU_UTIL{gpu=\"0\",UUID=\"GPU-"+name+r.Header.Get("k")+"\"} 71\n")
		}))
		t.Cleanup(srv.Close)
		return Exporter{Name: name, URL: srv.URL, Every: 20 * time.Millisecond, Headers: headers}.Source()
	}
	goes, stays, other := exporter("goes", nil), exporter("stays", nil), exporter("other", map[string]string{"k": "1"})
	f := fleet(nil)
	f.Sources = []Source{goes, stays, other}
	facts, changes := followed(t, f)
	seen := func(uuid string) {
		t.Helper()
		await(t, facts, "a look at "+uuid, func(g model.GPUsSampled) bool { return len(g.GPUs) == 1 && g.GPUs[0].UUID == uuid })
	}
	for _, uuid := range []string{"GPU-goes", "GPU-stays", "GPU-other1"} {
		seen(uuid)
	}
	e, ok := other.Options.(Exporter)
	if !ok {
		t.Fatalf("%T", other.Options)
	}
	e.Headers = map[string]string{"k": "2"}
	joins := exporter("joins", nil)
	again := stays
	again.Make = func() Collector { t.Error("a source that stays was made again"); return stays.Make() }
	changes <- Change{Sources: []Source{joins, e.Source(), again}, Fact: model.FleetChanged{At: time.Now()}}
	await(t, facts, "the change", func(model.FleetChanged) bool { return true })
	after := map[string]int{}
	for after["GPU-stays"] < 3 || after["GPU-joins"] < 3 || after["GPU-other2"] < 3 {
		await(t, facts, "a look", func(g model.GPUsSampled) bool {
			for _, gpu := range g.GPUs {
				after[gpu.UUID]++
			}
			return true
		})
	}
	if after["GPU-goes"] > 0 || after["GPU-other1"] > 0 {
		t.Errorf("after the change: %v", after)
	}
}
