package exporter

import "tritop/model"

// machines writes what the servers and tritop run on.
func (t *text) machines(s *model.Snapshot) {
	gpus := func(name, help string, of func(g *model.GPU) model.Figure, scale float64) {
		t.family(name, gauge, help)
		for i := range s.GPUs {
			g := &s.GPUs[i]
			t.figure(labels("gpu", g.UUID, "host", g.Host), of(g), scale)
		}
	}
	t.family("tritop_gpu_up", gauge, "Whether the GPU is there (1) or was lost (0).")
	for i := range s.GPUs {
		if v := s.GPUs[i].Finding.Verdict; v != model.Unknown {
			t.sample(labels("gpu", s.GPUs[i].UUID, "host", s.GPUs[i].Host), truth(v != model.Unhealthy))
		}
	}
	t.family("tritop_gpu_info", gauge, "1, with the product and the source of the figures in the labels.")
	for i := range s.GPUs {
		g := &s.GPUs[i]
		t.sample(labels("gpu", g.UUID, "host", g.Host, "name", g.Name, "source", g.Source), 1)
	}
	gpus("tritop_gpu_utilization_ratio", "Utilisation, 0 to 1.", func(g *model.GPU) model.Figure { return g.Util }, 1)
	gpus("tritop_gpu_memory_used_bytes", "Memory in use.", func(g *model.GPU) model.Figure { return g.MemUsed }, 1)
	gpus("tritop_gpu_memory_total_bytes", "Memory.", func(g *model.GPU) model.Figure { return g.MemTotal }, 1)
	gpus("tritop_gpu_power_watts", "Power that is drawn.", func(g *model.GPU) model.Figure { return g.PowerW }, 1)
	gpus("tritop_gpu_power_limit_watts", "Power that may be drawn.", func(g *model.GPU) model.Figure { return g.PowerLimitW }, 1)
	gpus("tritop_gpu_temperature_celsius", "Temperature.", func(g *model.GPU) model.Figure { return g.TempC }, 1)
	gpus("tritop_gpu_sm_clock_hertz", "Clock of the multiprocessors.", func(g *model.GPU) model.Figure { return g.ClockMHz }, 1e6)
	gpus("tritop_gpu_ecc_errors_uncorrected", "Uncorrected memory errors since the driver was loaded.", func(g *model.GPU) model.Figure { return g.ECCErrors }, 1)
	hosts := func(name, help string, of func(h *model.Host) model.Figure) {
		t.family(name, gauge, help)
		for i := range s.Hosts {
			t.figure(labels("host", s.Hosts[i].Name, "source", s.Hosts[i].Source), of(&s.Hosts[i]), 1)
		}
	}
	hosts("tritop_host_cpu_utilization_ratio", "Utilisation of all cores, 0 to 1.", func(h *model.Host) model.Figure { return h.CPU })
	hosts("tritop_host_memory_used_bytes", "Memory in use.", func(h *model.Host) model.Figure { return h.MemUsed })
	hosts("tritop_host_memory_total_bytes", "Memory.", func(h *model.Host) model.Figure { return h.MemAll })
	disks := func(name, help string, of func(d *model.Disk) model.Figure) {
		t.family(name, gauge, help)
		for i := range s.Hosts {
			for j := range s.Hosts[i].Disks {
				d := &s.Hosts[i].Disks[j]
				t.figure(labels("host", s.Hosts[i].Name, "source", s.Hosts[i].Source, "mount", d.Mount), of(d), 1)
			}
		}
	}
	disks("tritop_host_disk_used_bytes", "Space in use, of the machine that tritop runs on.", func(d *model.Disk) model.Figure { return d.Used })
	disks("tritop_host_disk_total_bytes", "Space.", func(d *model.Disk) model.Figure { return d.All })
}
