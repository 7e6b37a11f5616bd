package engine

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"tritop/counters"
	"tritop/latency"
	"tritop/model"
)

// Models over the whole fleet. Every snapshot tells of them anew, so their rows
// stand together and in order at all times, instead of being gathered each time.

// fleetModel is one model over the fleet.
type fleetModel struct {
	name     string
	rows     []*replica // by server, then version
	said     []fleetRow // what the newest views say of the rows
	versions []string   // READY ones; snapshots share them
	scratch  []string
	history  model.History
	chart    counters.Sums // of the second that is being booked, as are the next two
	slowest  float64       // ms of its probes
	probed   bool
	times    *latency.Log // of all its probes
	heat     latency.Heat // of these
}

// fleetRow is what a model needs of one row. Views of thousands lie far apart, these
// do not.
type fleetRow struct {
	on      *server
	version string
	state   model.ReplicaState
	trouble model.Trouble
	step    bool
	minute  counters.Sums
	first   *model.Latency // of first responses, by Triton's histogram
}

// fleetModels are all models.
type fleetModels struct {
	byName map[string]*fleetModel
	sorted []*fleetModel // by name
	queried
}

func compareNames(m *fleetModel, name string) int { return strings.Compare(m.name, name) }

// join gives a model version its place among those of its model.
func (all *fleetModels) join(r *replica) {
	m := all.byName[r.key.Model]
	if m == nil {
		i, _ := slices.BinarySearchFunc(all.sorted, r.key.Model, compareNames)
		m = &fleetModel{name: r.key.Model, history: model.NewHistory(len(all.sorted))}
		all.byName[m.name] = m
		all.sorted = slices.Insert(all.sorted, i, m)
	}
	i, _ := slices.BinarySearchFunc(m.rows, r, compareRows)
	m.rows = slices.Insert(m.rows, i, r)
	m.said = slices.Insert(m.said, i, fleetRow{on: r.on, version: r.key.Version})
	r.of = m
	m.number(i)
}

func compareRows(a, b *replica) int {
	if a.on != b.on {
		return a.on.place - b.on.place
	}
	return compareKeys(a.key, b.key)
}

// leave takes out a model version that is dropped.
func (m *fleetModel) leave(r *replica) {
	m.rows = slices.Delete(m.rows, r.place, r.place+1)
	m.said = slices.Delete(m.said, r.place, r.place+1)
	m.number(r.place)
}

// number tells the rows from one on their new places.
func (m *fleetModel) number(from int) {
	for i, r := range m.rows[from:] {
		r.place = from + i
	}
}

// arrange puts the rows into the order of the servers, which has changed.
func (all *fleetModels) arrange() {
	for _, m := range all.sorted {
		slices.SortFunc(m.rows, compareRows)
		was := slices.Clone(m.said)
		for i, r := range m.rows {
			m.said[i] = was[r.place]
		}
		m.number(0)
	}
}

// prune forgets models that no server has any more.
func (all *fleetModels) prune() {
	all.sorted = slices.DeleteFunc(all.sorted, func(m *fleetModel) bool {
		if len(m.rows) == 0 {
			delete(all.byName, m.name)
		}
		return len(m.rows) == 0
	})
}

// say takes over what a view tells of a row.
func (r *replica) say(step bool) {
	r.of.said[r.place] = fleetRow{r.on, r.key.Version, r.state, r.trouble, step, r.minute.sums, r.text.first}
}

func (all *fleetModels) view(now time.Time) []model.Model {
	out := make([]model.Model, 0, len(all.sorted))
	for _, m := range all.sorted {
		if len(m.rows) > 0 {
			v := m.view(now)
			if more := all.of(m.name, now); len(more) > 0 {
				v.Latency = append(v.Latency[:len(v.Latency):len(v.Latency)], more...) // the log's own list stays as it is
			}
			out = append(out, v)
		}
	}
	return out
}

// view sums up the rows of a model.
func (m *fleetModel) view(now time.Time) model.Model {
	v := model.Model{Name: m.name, History: m.history, Latency: m.latencies(now), Heat: m.heat.View(now)}
	m.count(&v)
	var sums, here counters.Sums // here: of one server, the rows of which stand together
	var worst *replica
	unreached := 0
	m.scratch = m.scratch[:0]
	for i := range m.said {
		r := &m.said[i]
		if r.trouble == model.ServerUnreached {
			unreached++
			continue
		}
		if i > 0 && m.said[i-1].on != r.on {
			sums.Add(&here)
			here = counters.Sums{}
		}
		here.Beside(&r.minute)
		if r.state == model.ReplicaReady && !slices.Contains(m.scratch, r.version) {
			m.scratch = append(m.scratch, r.version)
		}
		if r.trouble != model.NoTrouble && (worst == nil || r.trouble > worst.trouble) {
			worst = m.rows[i]
		}
	}
	sums.Add(&here)
	v.Versions = m.ascending()
	v.Window = sums.Window()
	v.Trouble, v.Finding = m.judge(worst, unreached, v.Serving)
	return v
}

// count counts the servers of a model; the rows of one stand together.
func (m *fleetModel) count(v *model.Model) {
	var lists, serves *server // the last ones that were counted
	for i := range m.said {
		r := &m.said[i]
		if r.on != lists {
			lists = r.on
			v.Servers++
		}
		if r.on != serves && r.state == model.ReplicaReady && r.trouble == model.NoTrouble {
			serves = r.on
			v.Serving++
		}
		v.IsStep = v.IsStep || r.step
	}
}

// ascending gives the versions that were gathered, the same slice as long as they
// are the same.
func (m *fleetModel) ascending() []string {
	slices.SortFunc(m.scratch, func(a, b string) int { return number(a) - number(b) })
	if !slices.Equal(m.scratch, m.versions) {
		m.versions = slices.Clone(m.scratch)
	}
	return m.versions
}

// judge is the worst of the replicas; servers that give no answer make
// a model that others still serve degraded, and one that nobody else serves as
// bad as they are.
func (m *fleetModel) judge(bad *replica, unreached, serving int) (model.Trouble, model.Finding) {
	if bad != nil && bad.finding.Verdict >= model.Degraded {
		f := bad.finding
		if serving > 0 { // others still serve it: the server is what fails, the model is weakened
			f.Verdict = model.Degraded
		}
		f.Reason = fmt.Sprintf("v%s on %s: %s", bad.key.Version, bad.on.spec.Name, f.Reason)
		return bad.trouble, f
	}
	if unreached == 0 {
		for _, r := range m.rows {
			if r.state == model.ReplicaReady {
				return model.NoTrouble, model.Finding{Verdict: model.Healthy, Since: r.finding.Since}
			}
		}
		return model.NoTrouble, model.Finding{Reason: "no version is loaded"}
	}
	f := model.Finding{}
	first := ""
	for _, r := range m.rows {
		if r.trouble != model.ServerUnreached {
			continue
		}
		if first == "" {
			first, f.Since = r.on.spec.Name+" is "+r.on.state.String(), r.on.finding.Since
		}
		f.Verdict = model.Worse(f.Verdict, r.on.finding.Verdict)
	}
	if unreached < len(m.rows) {
		f.Verdict, f.Reason = model.Degraded, first
		return model.ServerUnreached, f
	}
	f.Reason = fmt.Sprintf("no server answers for it: %s", first)
	return model.ServerUnreached, f
}
