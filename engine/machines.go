package engine

import (
	"cmp"
	"maps"
	"math"
	"slices"
	"strings"
	"time"

	"tritop/model"
)

// machines are what the state knows of GPUs and hosts.
type machines struct {
	looks map[string]*look // by source
	gpus  map[string]*gpu  // by UUID
	hosts map[string]*host // by source
	note  string           // why this machine's driver is not read
	view  model.Machines
	old   bool // view is older than the rest
}

// host is what the state keeps of one machine.
type host struct {
	model.Host
	server *server // that tells of it; nil: tritop's own machine
	every  time.Duration
}

func newMachines() machines {
	return machines{looks: make(map[string]*look), gpus: make(map[string]*gpu), hosts: make(map[string]*host)}
}

// believed is how many intervals a figure is shown after it was read.
const believed = 3

// fresh says whether what was read every so often speaks of now.
func (s *State) fresh(at time.Time, every time.Duration) bool {
	return !at.IsZero() && s.now.Sub(at) <= believed*every
}

// gpusSampled books a look of the driver or of an exporter.
func (s *State) gpusSampled(f model.GPUsSampled) {
	s.advance(f.At)
	if f.Absent { // no fault of a source: there is none
		s.note, s.old = f.Detail, true
		s.sources.drop(f.Source)
		delete(s.told, f.Source)
		return
	}
	if f.Kind == kindNVML && s.note != "" {
		s.note, s.old = "", true
	}
	src := s.source(f.Source, f.Kind, "")
	src.Interval = f.Every
	s.answered(src, f.Source, f.Answer, true)
	if f.Outcome == model.Answered {
		s.looked(&look{Origin: f.Origin, rank: ranks[f.Kind], at: f.At}, f.GPUs, f.Detail == "")
	}
}

// hostSampled books what tritop's own machine says of itself.
func (s *State) hostSampled(f model.HostSampled) {
	s.advance(f.At)
	src := s.source(f.Source, f.Kind, "")
	src.Interval = f.Every
	s.answered(src, f.Source, f.Answer, true)
	if f.Outcome == model.Answered {
		s.hosted(f.Source, host{Host: f.Host, every: f.Every}, f.At)
	}
}

// hosted takes over new figures of a host.
func (s *State) hosted(source string, h host, at time.Time) {
	if before := s.hosts[source]; before != nil {
		h.CPUs, h.Mems = before.CPUs, before.Mems
	}
	h.At = at
	s.hosts[source], s.old = &h, true
}

// machinesInText finds GPUs and the host in the metrics text of a server.
func (s *State) machinesInText(srv *server, f model.Scraped) {
	every := s.cfg.Intervals["metrics"]
	if every == 0 {
		every = textInterval
	}
	gpus, h := textMachines(srv.spec.Name, f.Gauges)
	source := "metrics " + srv.spec.Name
	if l := s.looks[source]; l != nil && l.server != srv {
		s.forgetLook(source)
	}
	if len(gpus) > 0 || s.looks[source] != nil {
		rank := ranks[kindTriton] + slices.Index(s.servers, srv)
		s.looked(&look{Origin: model.Origin{Source: source, Kind: kindTriton, Every: every}, rank: rank, server: srv, at: f.At}, gpus, f.Detail == "")
	}
	if h.CPU.Known() || h.MemUsed.Known() || h.MemAll.Known() {
		s.hosted(source, host{Host: h, server: srv, every: every}, f.At)
	}
}

// textMachines reads the gauges of GPUs and of the host. Triton shows a figure
// that it could not read as 0, which no GPU has: no memory, no watt.
func textMachines(server string, gauges []model.Gauge) ([]model.GPUSample, model.Host) {
	var gpus []model.GPUSample
	at := make(map[string]int) // UUID → place in gpus
	h := model.Host{Name: server, Source: kindTriton, CPU: noSource, MemUsed: noSource, MemAll: noSource}
	for _, g := range gauges {
		switch g.Name {
		case model.GaugeCPU:
			h.CPU = within(g.Value, 0, 1)
		case model.GaugeMemUsed:
			h.MemUsed = within(g.Value, 0, math.MaxFloat64)
		case model.GaugeMemTotal:
			h.MemAll = within(g.Value, 1, math.MaxFloat64)
		case model.GaugeGPUUtil, model.GaugeGPUMem, model.GaugeGPUMemAll, model.GaugeGPUPower, model.GaugeGPULimit:
			uuid := uuidOf(g.Label)
			i, known := at[uuid]
			if !known {
				if uuid == "" || len(gpus) == textGPUs {
					continue
				}
				i = len(gpus)
				at[uuid] = i
				gpus = append(gpus, model.GPUSample{UUID: uuid, Host: server, Index: -1, GPUFigures: model.NoGPUFigures(model.NoSource)})
			}
			take(&gpus[i], g)
		}
	}
	for i := range gpus {
		unread(&gpus[i])
	}
	return gpus, h
}

// unread takes the figures of a GPU that Triton itself could not read.
func unread(g *model.GPUSample) {
	if g.MemTotal.Known() || g.MemTotal.Why == model.NoSource {
		return
	}
	g.MemUsed = g.MemTotal
	if !g.PowerW.Known() && g.Util.Value == 0 {
		g.Util = g.MemTotal
	}
}

// noSource is a figure that the source does not give.
var noSource = model.Missing(model.NoSource)

// take puts one gauge where it belongs.
func take(to *model.GPUSample, g model.Gauge) {
	switch g.Name {
	case model.GaugeGPUUtil:
		to.Util = within(g.Value, 0, 1)
	case model.GaugeGPUMem:
		to.MemUsed = within(g.Value, 0, math.MaxFloat64)
	case model.GaugeGPUMemAll:
		to.MemTotal = within(g.Value, 1, math.MaxFloat64)
	case model.GaugeGPUPower:
		to.PowerW = within(g.Value, 0.001, 100_000)
	case model.GaugeGPULimit:
		to.PowerLimitW = within(g.Value, 0.001, 100_000)
	}
}

// within makes a figure of a value that is possible.
func within(v, low, high float64) model.Figure {
	if v >= low && v <= high {
		return model.Of(v)
	}
	return model.Missing(model.NotObserved)
}

// uuidOf gives the GPU of a label, gpu_uuid=GPU-… or gpu_uuid="GPU-…".
func uuidOf(label string) string {
	for part := range strings.SplitSeq(label, ",") {
		if v, ok := strings.CutPrefix(part, "gpu_uuid="); ok {
			return strings.Trim(v, `"`)
		}
	}
	return ""
}

// bookMachines judges anew what only time can change and appends one point to
// every series of a machine. What is not known is a gap.
func (s *State) bookMachines(at time.Time) {
	s.old = true
	s.forgetRemoved()
	for _, uuid := range slices.Sorted(maps.Keys(s.gpus)) {
		g := s.gpus[uuid]
		s.judgeGPU(g)
		h := &g.history
		h.Util = h.Util.Append(at, value(g.view.Util))
		h.Mem = h.Mem.Append(at, value(g.view.Mem()))
		h.Power = h.Power.Append(at, value(g.view.PowerW))
		h.Temp = h.Temp.Append(at, value(g.view.TempC))
	}
	for _, h := range s.hosts {
		if !s.fresh(h.At, h.every) {
			s.unknown(h)
		}
		h.CPUs = h.CPUs.Append(at, value(h.CPU))
		h.Mems = h.Mems.Append(at, value(model.Share(h.MemUsed, h.MemAll)))
	}
}

// unknown takes the figures of a host that were read too long ago.
func (s *State) unknown(h *host) {
	gone := model.Missing(whyMissing(h.server))
	h.CPU, h.MemUsed, h.MemAll = gone, gone, gone
	disks := slices.Clone(h.Disks) // what was published is not written again
	for i := range disks {
		disks[i].Used, disks[i].All = gone, gone
	}
	h.Disks = disks
}

// whyMissing says why a server's source, or one of no server, tells nothing now.
func whyMissing(srv *server) model.Absence {
	if srv != nil && !reached(srv) {
		return model.OutOfReach
	}
	return model.NotObserved
}

// forgetRemoved drops what servers told that are not observed any more.
func (s *State) forgetRemoved() {
	for source, h := range s.hosts {
		if s.removed(h.server) {
			delete(s.hosts, source)
		}
	}
	for source, l := range s.looks {
		if s.removed(l.server) {
			s.forgetLook(source)
		}
	}
}

// removed says whether a server is not observed any more, or another one of its name.
func (s *State) removed(srv *server) bool { return srv != nil && s.byName[srv.spec.Name] != srv }

// forgetLook drops all that a source told.
func (s *State) forgetLook(source string) {
	l := s.looks[source]
	for uuid := range l.seen {
		s.unsee(l, uuid)
	}
	delete(s.looks, source)
}

// shift moves all histories of machines in time.
func (m *machines) shift(by time.Duration) {
	for _, g := range m.gpus {
		g.history = g.history.Shift(by)
	}
	for _, h := range m.hosts {
		h.CPUs, h.Mems = h.CPUs.Shift(by), h.Mems.Shift(by)
	}
	m.old = true
}

// viewMachines gives what a snapshot says of GPUs and hosts.
func (s *State) viewMachines() model.Machines {
	if !s.old {
		return s.view
	}
	v := model.Machines{GPUNote: s.note}
	for _, g := range s.gpus {
		view := g.view
		view.History = g.history
		v.GPUs = append(v.GPUs, view)
	}
	slices.SortFunc(v.GPUs, func(a, b model.GPU) int {
		return cmp.Or(cmp.Compare(a.Host, b.Host), cmp.Compare(a.Index, b.Index), cmp.Compare(a.UUID, b.UUID))
	})
	for _, h := range s.hosts {
		v.Hosts = append(v.Hosts, h.Host)
	}
	slices.SortFunc(v.Hosts, func(a, b model.Host) int {
		return cmp.Or(cmp.Compare(a.Name, b.Name), cmp.Compare(a.Source, b.Source))
	})
	s.view, s.old = v, false
	return v
}
