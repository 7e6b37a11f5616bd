package cli

import (
	"os"
	"path/filepath"
	"time"

	"tritop/collectors"
	"tritop/collectors/host"
	"tritop/collectors/nvml"
	"tritop/collectors/prometheus"
	"tritop/config"
	"tritop/model"
)

// hostEvery is how often tritop's own machine is sampled.
const hostEvery = 2 * time.Second

// machines are the collectors of tritop's own machine and its GPUs. A simulated
// fleet has none of them: it runs on no machine.
func (a *app) machines() []collectors.Collector {
	name, err := os.Hostname()
	if err != nil || name == "" {
		name = "this machine"
	}
	out := []collectors.Collector{host.New(host.Options{Name: name, Dirs: a.stateDirs(), Every: hostEvery})}
	if helper, err := nvml.Beside(); err == nil { // else this system cannot tell where it is
		out = append(out, nvml.New(nvml.DefaultOptions(helper, name)))
	}
	return out
}

// asides are the sources of the configuration with their secrets read.
func (a *app) asides(sources []config.Source) (out []collectors.Source, err error) {
	for _, s := range sources {
		headers, err := a.secrets(s.Headers, "source "+s.Name)
		if err != nil {
			return nil, err
		}
		if !s.Prom {
			out = append(out, collectors.Exporter{Name: s.Name, URL: s.URL, Every: s.Every, Headers: headers}.Source())
			continue
		}
		p := collectors.PromLatency{Server: prometheus.Source{Name: s.Name, URL: s.URL, Headers: headers}, Every: s.Every}
		if p.Query, p.Unit = s.Queries[config.QueryLatencySeconds], 1000; p.Query == "" {
			p.Query, p.Unit = s.Queries[config.QueryLatencyMs], 1
		}
		asked, err := p.Source()
		if err != nil {
			return nil, &failure{exitConfig, "use the source " + s.Name, err, ""}
		}
		out = append(out, asked)
	}
	return out, nil
}

// readable are the sources that are read as such: a Prometheus server without a
// query is there for checks.
func readable(sources []config.Source) (out []config.Source) {
	for _, s := range sources {
		if !s.Prom || len(s.Queries) > 0 {
			out = append(out, s)
		}
	}
	return out
}

// sourceSpecs are the sources of a plan, for the engine.
func (p plan) sourceSpecs() []model.SourceSpec {
	out := make([]model.SourceSpec, len(p.sources))
	for i, s := range p.sources {
		out[i] = model.SourceSpec{Name: p.asides[i].Name, Where: s.Where(), Every: s.Every}
	}
	return out
}

// stateDirs is the state directory, whose disk is shown; none where nothing says
// where it is.
func (a *app) stateDirs() []string {
	dir, err := a.stateDirectory()
	if err != nil {
		return nil
	}
	if dir, err = filepath.Abs(dir); err != nil {
		return nil
	}
	return []string{dir}
}
