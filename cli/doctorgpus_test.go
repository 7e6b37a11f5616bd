package cli

import (
	"context"
	"fmt"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"tritop/collectors"
	"tritop/collectors/nvml"
	"tritop/doctor"
)

func saysCheck(t *testing.T, name string, c doctor.Check, want string, parts ...string) {
	t.Helper()
	all := c.Name + " " + c.Status.String() + " " + c.Found + " → " + c.Do
	if !strings.HasPrefix(all, want) || c.Took <= 0 || (c.Status == doctor.Warn || c.Status == doctor.Fail) && c.Do == "" {
		t.Errorf("%s: %s (%s), want %s", name, all, c.Took, want)
	}
	for _, p := range parts {
		if !strings.Contains(all, p) {
			t.Errorf("%s: %q is not said: %s", name, p, all)
		}
	}
}

// What an exporter answers, and what to change where it is nothing of use.
func TestDoctorOfSources(t *testing.T) {
	t.Parallel()
	sample := func(field, value string) string {
		return "# TYPE " + field + " gauge\n" + field + "{gpu=\"0\",UUID=\"GPU-a\"} " + value + "\n"
	}
	few := sample("DCGM_FI_DEV_GPU_UTIL", "71") + sample("DCGM_FI_DEV_POWER_USAGE", "300")
	all := few + sample("DCGM_FI_DEV_FB_USED", "10") + sample("DCGM_FI_DEV_FB_FREE", "70") + sample("DCGM_FI_DEV_ENFORCED_POWER_LIMIT", "400") +
		sample("DCGM_FI_DEV_GPU_TEMP", "61") + sample("DCGM_FI_DEV_SM_CLOCK", "1900") + sample("DCGM_FI_DEV_ECC_DBE_VOL_TOTAL", "0")
	serve := func(code int, text string) string {
		srv := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
			w.WriteHeader(code)
			_, _ = w.Write([]byte(text))
		}))
		t.Cleanup(srv.Close)
		return srv.URL
	}
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	nobody := "http://" + l.Addr().String()
	_ = l.Close()
	for name, c := range map[string]struct {
		url, want string
		parts     []string
	}{
		"all figures":  {serve(200, all), "source box ok 1 GPU: utilisation, memory, power, power limit, temperature, clock, ECC errors → ", nil},
		"some figures": {serve(200, few), "source box ok 1 GPU: utilisation, power → ", []string{"not there: memory, power limit, temperature, clock, ECC errors"}},
		"none of use":  {serve(200, sample("DCGM_FI_DEV_FB_FREE", "1")), "source box warn 1 GPU without one figure", []string{"DCGM_FI_DEV_GPU_UTIL"}},
		"no GPUs":      {serve(200, "# TYPE go_info gauge\ngo_info 1\n"), "source box fail the text has no family DCGM_FI_DEV_", []string{"http://HOST:9400/metrics"}},
		"no metrics":   {serve(200, "<html>"), "source box fail", []string{"no metrics", "correct its url"}},
		"no such path": {serve(404, ""), "source box fail", []string{"404", "/metrics by default"}},
		"a key wanted": {serve(401, ""), "source box fail", []string{"401", "headers: {Authorization"}},
		"nobody there": {nobody, "source box fail", []string{"connection refused", "start the exporter"}},
		"TLS missing":  {strings.Replace(nobody, "http", "https", 1), "source box fail", nil},
		"not TLS":      {strings.Replace(serve(200, all), "http:", "https:", 1), "source box fail", []string{"http:// or https://"}},
		"bad text":     {serve(200, "# TYPE DCGM_FI_DEV_GPU_UTIL gauge\nDCGM_FI_DEV_GPU_UTIL{ \x1b[2J\n"), "source box fail", nil},
	} {
		c2 := sourceCheck(t.Context(), collectors.Exporter{Name: "box", URL: c.url, Every: time.Hour})
		saysCheck(t, name, c2, c.want, c.parts...)
		if strings.Contains(c2.Found, "\x1b") {
			t.Errorf("%s: an escape sequence: %q", name, c2.Found)
		}
	}
}

// What the driver's helper answers: it starts, or why not, and what to do.
func TestDoctorOfTheDriver(t *testing.T) {
	t.Parallel()
	const gpu = `{"index":0,"uuid":"GPU-a","name":"H200","util":0.5,"mem_used":1,"mem_total":2,"power_w":3,"temp_c":4,"sm_mhz":5,"power_limit_w":6,"ecc":0}`
	for name, c := range map[string]struct {
		script string // what the helper does; empty: it is not there
		mode   os.FileMode
		driver bool
		want   string
		parts  []string
	}{
		"a driver":          {`echo '{"v":1,"gpus":[` + gpu + `]}'; exec sleep 60`, 0o700, true, "NVML ok the driver answers: 1 GPU (H200): utilisation, memory, power", nil},
		"a lost GPU":        {`echo '{"v":1,"gpus":[` + strings.Replace(gpu, `"name"`, `"lost":"GPU is lost","name"`, 1) + `]}'; exec sleep 60`, 0o700, true, "NVML fail the driver answers and lost GPU 0: GPU is lost", []string{"Xid"}},
		"no helper":         {"", 0, false, "NVML skipped this build has no NVML: tritop-nvml is not beside tritop", []string{"nothing, where there is no GPU"}},
		"no helper, driver": {"", 0, true, "NVML warn this build has no NVML", []string{"this machine has a driver: put tritop-nvml into the directory of tritop"}},
		"no driver":         {`echo '{"v":1,"absent":"no NVIDIA driver on this machine: libnvidia-ml.so.1"}'`, 0o700, false, "NVML skipped no NVIDIA driver on this machine", []string{"nothing, where there is no GPU; a container"}},
		"a broken driver":   {`echo '{"v":1,"absent":"the NVIDIA driver is not loaded"}'`, 0o700, true, "NVML warn the NVIDIA driver is not loaded", []string{"nvidia-smi"}},
		"an update":         {`echo '{"v":1,"error":"initialise the NVIDIA driver: library and driver are of different versions"}'`, 0o700, true, "NVML warn initialise", []string{"restart the machine"}},
		"another version":   {`echo '{"v":99}'`, 0o700, true, "NVML warn", []string{"build tritop and tritop-nvml together"}},
		"no right to run":   {"true", 0o600, true, "NVML warn start tritop-nvml", []string{"chmod +x"}},
		"it hangs":          {"exec sleep 60", 0o700, true, "NVML warn no sample within", []string{"dmesg"}},
		"it dies":           {"echo oops >&2; exit 3", 0o700, true, "NVML warn tritop-nvml ended: exit status 3: oops", []string{"by hand"}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			helper := filepath.Join(t.TempDir(), nvml.HelperName)
			if c.script != "" {
				if err := os.WriteFile(helper, []byte("#!/bin/sh\n"+c.script+"\n"), c.mode); err != nil {
					t.Fatal(err)
				}
			}
			opt := nvml.DefaultOptions(helper, "x")
			if opt.First = 10 * time.Second; name == "it hangs" {
				opt.First = 200 * time.Millisecond
			}
			saysCheck(t, name, nvmlCheck(t.Context(), opt, c.driver), c.want, c.parts...)
		})
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if c := nvmlCheck(ctx, nvml.DefaultOptions("nobody", "x"), true); c.Status != doctor.Skipped {
		t.Errorf("interrupted: %+v", c)
	}
}

// The command says it, and a simulated fleet asks no machine.
func TestDoctorTriesSources(t *testing.T) {
	t.Parallel()
	srv := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		_, _ = fmt.Fprintf(w, "# TYPE DCGM_FI_DEV_GPU_UTIL gauge\nDCGM_FI_DEV_GPU_UTIL{gpu=\"0\",UUID=\"%s\"} 71\n", r.Header.Get("X-Key"))
	}))
	t.Cleanup(srv.Close)
	f := file(t, "version: 1\nservers: [{name: a, host: 127.0.0.1, grpc: 1, http: 0, metrics: 0}]\nsources: [{name: box, kind: metrics-url, url: \""+srv.URL+
		"\", headers: {X-Key: {file: "+file(t, "k")+"}}}, {name: gone, kind: metrics-url, url: \"http://127.0.0.1:1/m\"}, {name: p, kind: prometheus, url: \"http://127.0.0.1:1\"}]\n")
	tritop(t, "doctor", "--config", f).says(t, 2, "out:+ ok      source box      1 GPU: utilisation", "out:x fail    source gone     ", "out:start the exporter", "out: NVML  ")
	if o := tritop(t, "doctor", "--demo", "normal", "--after", "100ms"); strings.Contains(o.out, "NVML") {
		t.Errorf("a simulated fleet has a driver: %s", o.out)
	}
}
