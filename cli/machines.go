package cli

import (
	"os"
	"path/filepath"
	"time"

	"tritop/collectors"
	"tritop/collectors/host"
	"tritop/collectors/nvml"
	"tritop/config"
)

// hostEvery is how often tritop's own machine is sampled.
const hostEvery = 2 * time.Second

// machines are the collectors of what servers run on: tritop's own machine, its
// GPUs, and the exporters of the configuration. A simulated fleet has none of
// them: it runs on no machine.
func (a *app) machines(sources []config.Source) ([]collectors.Collector, error) {
	name, err := os.Hostname()
	if err != nil || name == "" {
		name = "this machine"
	}
	out := []collectors.Collector{host.New(host.Options{Name: name, Dirs: a.stateDirs(), Every: hostEvery})}
	if helper, err := nvml.Beside(); err == nil { // else this system cannot tell where it is
		out = append(out, nvml.New(nvml.DefaultOptions(helper, name)))
	}
	for _, s := range sources {
		headers, err := a.secrets(s.Headers, "source "+s.Name)
		if err != nil {
			return nil, err
		}
		out = append(out, collectors.NewExporter(collectors.Exporter{Name: s.Name, URL: s.URL, Every: s.Every, Headers: headers}))
	}
	return out, nil
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
