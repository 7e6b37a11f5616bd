package engine

import (
	"cmp"
	"fmt"
	"maps"
	"slices"
	"time"

	"tritop/model"
)

// Several sources may tell of one GPU. The best one that answers speaks: the
// driver itself, then an exporter, then a Triton, whose figures may stand still
// (facts 3.4: what it could not read three times is never read again).

// The kinds of sources, best first.
const (
	kindNVML   = "nvml"
	kindDCGM   = "dcgm"
	kindTriton = "triton"
)

// ranks order the kinds; servers are told apart behind theirs.
var ranks = map[string]int{kindNVML: 0, kindDCGM: 1, kindTriton: 2}

// look is what one source said last.
type look struct {
	model.Origin
	rank   int     // the lowest speaks first
	server *server // of kind triton
	at     time.Time
	seen   map[string]*sighting // by UUID
}

// sighting is what a source said of one GPU.
type sighting struct {
	model.GPUSample
	at     time.Time // of the figures
	gone   time.Time // the first answer that had it no more; zero: it is there
	misses int       // answers in a row without it
}

// gpu is what the state keeps of one.
type gpu struct {
	uuid    string
	looks   []*look // that saw it once, best first
	lost    bool    // it was told
	view    model.GPU
	history model.GPUHistory
}

// textGPUs bounds the GPUs of one server, whose text may name any number of them,
// and manyGPUs those of other sources: an exporter may tell of many machines.
const textGPUs, manyGPUs = 64, 1024

// limit is how many GPUs are kept of a source.
func (l *look) limit() int {
	if l.server != nil {
		return textGPUs
	}
	return manyGPUs
}

// missesToLose is how many answers in a row have to be without a GPU, so that
// one incomplete text loses none.
const missesToLose = 2

// gpuLost and gpuBack are the words of events.
const gpuLost, gpuBack = "GPU lost", "GPU is back"

// looked takes over what a source said. One that is not whole says nothing of
// the GPUs that it does not name.
func (s *State) looked(now *look, samples []model.GPUSample, whole bool) {
	l := s.looks[now.Source]
	if l == nil {
		now.seen = make(map[string]*sighting)
		l, s.looks[now.Source] = now, now
	}
	l.at, l.Every = now.at, now.Every
	named := make(map[string]bool)
	for _, sample := range samples {
		if sample.UUID != "" && !named[sample.UUID] && s.room(l, sample.UUID) {
			named[sample.UUID] = true
			s.see(l, sample)
		}
	}
	for _, uuid := range slices.Sorted(maps.Keys(l.seen)) {
		if g := l.seen[uuid]; !named[uuid] && whole {
			g.misses++
			if g.gone.IsZero() {
				g.gone = l.at
			}
		}
		s.judgeGPU(s.gpus[uuid])
	}
	s.old = true
}

// see books what a source says of a GPU that it names.
func (s *State) see(l *look, sample model.GPUSample) {
	before := l.seen[sample.UUID]
	now := &sighting{GPUSample: sample, at: l.at}
	if sample.Lost != "" {
		now.gone = l.at
		if before != nil {
			now.at = before.at
			if !before.gone.IsZero() {
				now.gone = before.gone
			}
		}
	}
	l.seen[sample.UUID] = now
	g := s.gpus[sample.UUID]
	if g == nil {
		g = &gpu{uuid: sample.UUID}
		s.gpus[g.uuid] = g
	}
	if !slices.Contains(g.looks, l) {
		g.looks = append(g.looks, l)
		slices.SortFunc(g.looks, func(a, b *look) int { return cmp.Or(cmp.Compare(a.rank, b.rank), cmp.Compare(a.Source, b.Source)) })
	}
}

// room makes place for a GPU: where a source has too many, the one that is gone
// for longest is forgotten.
func (s *State) room(l *look, uuid string) bool {
	if l.seen[uuid] != nil || len(l.seen) < l.limit() {
		return true
	}
	oldest := ""
	for other, g := range l.seen {
		if !g.gone.IsZero() && (oldest == "" || cmp.Or(g.gone.Compare(l.seen[oldest].gone), cmp.Compare(other, oldest)) < 0) {
			oldest = other
		}
	}
	if oldest == "" {
		return false
	}
	s.unsee(l, oldest)
	return true
}

// unsee forgets what a source said of a GPU, and the GPU where no other saw it.
func (s *State) unsee(l *look, uuid string) {
	delete(l.seen, uuid)
	g := s.gpus[uuid]
	g.looks = slices.DeleteFunc(g.looks, func(o *look) bool { return o == l })
	if len(g.looks) == 0 {
		delete(s.gpus, uuid)
	}
}

// judgeGPU derives the state of a GPU anew.
func (s *State) judgeGPU(g *gpu) {
	v := s.identity(g)
	best := g.looks[0]
	fresh := false
	for _, l := range g.looks {
		if s.fresh(l.at, l.Every) {
			best, fresh = l, true
			break
		}
	}
	seen := best.seen[g.uuid]
	v.Source, v.At = best.Kind, seen.at
	lost := fresh && (seen.Lost != "" || seen.misses >= missesToLose)
	switch {
	case !fresh:
		v.GPUFigures = model.NoGPUFigures(whyMissing(best.server))
		v.Finding = model.Finding{Since: best.at, Reason: best.who() + " cannot be read", Evidence: lastFigures(seen.at)}
	case lost:
		v.GPUFigures = model.NoGPUFigures(model.NotObserved)
		v.Finding = model.Finding{Verdict: model.Unhealthy, Since: seen.gone, Reason: gpuLost + ": " + best.why(seen), Evidence: lastFigures(seen.at)}
	case !s.fresh(seen.at, best.Every):
		v.GPUFigures = model.NoGPUFigures(model.NotObserved)
		v.Finding = model.Finding{Since: seen.at, Reason: best.who() + " was not read to its end and does not name it", Evidence: lastFigures(seen.at)}
	case seen.Any():
		v.GPUFigures = seen.GPUFigures
		v.Finding = model.Finding{Verdict: model.Healthy}
	default:
		v.GPUFigures = seen.GPUFigures
		v.Finding = model.Finding{Reason: best.who() + " has no figures of it"}
	}
	v.Finding.Since = s.since(v.Finding, g.view.Finding, true)
	g.view = v
	if fresh && lost != g.lost {
		g.lost = lost
		s.tellGPU(v, lost)
		s.checkGPU(g)
	}
}

// identity says what a GPU is and who names it, whoever speaks of its figures.
func (s *State) identity(g *gpu) model.GPU {
	v := model.GPU{UUID: g.uuid, Index: -1}
	for _, l := range g.looks {
		seen := l.seen[g.uuid]
		v.Name = cmp.Or(v.Name, seen.Name)
		v.Host = cmp.Or(v.Host, seen.Host)
		if v.Index < 0 {
			v.Index = seen.Index
		}
		if l.server != nil {
			v.Servers = append(v.Servers, l.server.spec.Name)
		}
	}
	if len(v.Servers) > 0 {
		v.Host = v.Servers[0]
	}
	return v
}

// who names a source in words.
func (l *look) who() string {
	switch {
	case l.server != nil:
		return "the metrics text of " + l.server.spec.Name
	case l.Kind == kindNVML:
		return "the driver (NVML)"
	}
	return l.Source
}

// why says on what a GPU is taken for lost.
func (l *look) why(seen *sighting) string {
	if seen.Lost != "" {
		return l.who() + " says: " + seen.Lost
	}
	return l.who() + " is read and does not name it any more"
}

func lastFigures(at time.Time) string {
	return "last figures at " + at.UTC().Format("15:04:05Z")
}

// tellGPU makes the event of a GPU that was lost or came back.
func (s *State) tellGPU(v model.GPU, lost bool) {
	e := model.Event{Kind: model.EventGPU, GPU: v.UUID, To: gpuBack, Verdict: model.Healthy}
	if lost {
		e.To, e.Verdict, e.Detail = gpuLost, v.Finding.Verdict, fmt.Sprintf("%s · %s", v.Finding.Reason, v.Finding.Evidence)
	}
	if len(v.Servers) > 0 {
		e.Server = v.Servers[0]
	}
	s.event(e)
}
