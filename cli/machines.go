package cli

import (
	"os"
	"path/filepath"
	"strings"
	"time"

	"tritop/collectors"
	"tritop/collectors/host"
	"tritop/collectors/nvml"
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
		e := collectors.Exporter{Name: s.Name, URL: s.URL, Every: s.Every, Headers: make(map[string]string)}
		for k, secret := range s.Headers {
			v, err := secret.Value(a.io.Getenv)
			if err != nil {
				return nil, &failure{exitConfig, "read the header " + k + " of source " + s.Name, config.Cause(err), ""}
			}
			e.Headers[strings.ToLower(k)] = v
		}
		out = append(out, e.Source())
	}
	return out, nil
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
