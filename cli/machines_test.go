package cli

import (
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"strings"
	"testing"
)

// machinesDoc is what the JSON says of GPUs and hosts.
type machinesDoc struct {
	GPUs []struct {
		UUID, Source, State, Host string
		Util                      *float64 `json:"util_ratio"`
		Temp                      *float64 `json:"temperature_c"`
	}
	Note    string `json:"gpus_note"`
	Hosts   []struct{ Name, Source string }
	Sources []struct {
		Name, Kind string
		LastError  string `json:"last_error"`
	}
}

func machinesOf(t *testing.T, o outcome) machinesDoc {
	t.Helper()
	var doc machinesDoc
	if err := json.Unmarshal([]byte(o.out), &doc); err != nil {
		t.Fatalf("%v in %s", err, o.out)
	}
	return doc
}

// An exporter of the configuration is read; so is tritop's own machine.
func TestAnExporterAndThisMachine(t *testing.T) {
	t.Parallel()
	srv := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		_, _ = fmt.Fprintf(w, "# TYPE DCGM_FI_DEV_GPU_UTIL gauge\nDCGM_FI_DEV_GPU_UTIL{gpu=\"0\",UUID=\"GPU-aa\",Hostname=\"box-%s\"} 71\n", r.Header.Get("X-Key"))
	}))
	t.Cleanup(srv.Close)
	key := file(t, "k1\n")
	cfg := file(t, "version: 1\nservers: [{name: a, host: 127.0.0.1, grpc: 1, http: 0, metrics: 0}]\nsources: [{name: box, kind: metrics-url, url: \""+srv.URL+"\", headers: {X-Key: {file: "+key+"}}}]\n")
	o := tritop(t, "snapshot", "--config", cfg, "--after", "1s", "-o", "json")
	o.says(t, 0)
	doc := machinesOf(t, o)
	g := doc.GPUs[0]
	if got := fmt.Sprint(len(doc.GPUs), g.UUID, g.Source, g.State, g.Host, *g.Util, g.Temp == nil); got != fmt.Sprint(1, "GPU-aa", "dcgm", "HEALTHY", "box-k1", 0.71, true) {
		t.Errorf("GPUs %s", got)
	}
	name, _ := os.Hostname()
	if got := fmt.Sprintf("%+v", doc.Hosts); got != fmt.Sprintf("[{Name:%s Source:local}]", name) {
		t.Errorf("hosts %s", got)
	}
	if !strings.HasPrefix(doc.Note, "this build has no NVML: tritop-nvml is not beside tritop") {
		t.Errorf("note %q", doc.Note)
	}
	names := ""
	for _, s := range doc.Sources {
		names += s.Kind + ":" + s.Name + " "
	}
	if names != "dcgm:dcgm box local:host poll:poll a " {
		t.Errorf("sources %q", names)
	}
}

func TestASimulatedFleetRunsOnNoMachine(t *testing.T) {
	t.Parallel()
	doc := machinesOf(t, tritop(t, "snapshot", "--demo", "gpu-lost", "--after", "4s", "-o", "json"))
	if len(doc.GPUs) != 12 || doc.GPUs[0].Source != "triton" || doc.Note != "" {
		t.Errorf("%d GPUs, note %q", len(doc.GPUs), doc.Note)
	}
	for _, h := range doc.Hosts {
		if h.Source != "triton" {
			t.Errorf("host %+v", h)
		}
	}
}

func TestSourcesThatCannotBeUsed(t *testing.T) {
	t.Parallel()
	servers := "version: 1\nservers: [{name: a, host: 127.0.0.1}]\n"
	tritop(t, "check", "--config", file(t, servers+"sources: [{name: box, kind: metrics-url, url: \"http://h/m\", headers: {X-Key: {env: NOWHERE}}}]\n")).
		says(t, exitConfig, "read the header X-Key of source box: the environment variable NOWHERE is empty")
	tritop(t, "config", "validate", file(t, servers+"sources: [{kind: prometheus, url: \"http://h:9090\", queries: {a: b}}]\n")).says(t, 0, "note: queries of sources of kind prometheus is set and not used yet")
	tritop(t, "config", "validate", file(t, servers+"sources: [{kind: metrics-url, url: \"h:9400\"}]\n")).says(t, exitConfig, "want http://host:port/path")
}
