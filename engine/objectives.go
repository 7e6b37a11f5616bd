package engine

import (
	"slices"
	"strings"
	"time"

	"tritop/counters"
	"tritop/model"
	"tritop/sla"
)

// Objectives are judged once a second, per model. What is counted of a model
// outlives the rows that it was counted in: servers restart, leave and come back.

// levels are what is known of the service of all models.
type levels struct {
	agreed  []model.Objective // of the configuration, in its order
	byName  map[string]*level
	sorted  []*level // by name
	gone    []goneRow
	second  time.Time // that was judged last
	recalls int       // what was kept was taken over so often
	judged
}

// judged is what the newest second has found; snapshots share it.
type judged struct {
	states []model.ObjectiveState // by model, then in the order of the configuration
	kept   model.Kept
	missed []missed // by model
}

// level is the service of one model.
type level struct {
	name    string
	account *sla.Account
	means   map[model.Metric]*sla.Means // those that an objective is about
	probes  sla.Samples
	goals   []*goal
	listed  time.Time // when a server listed it last
}

// goal is one objective of one model.
type goal struct {
	model.Objective
	watch sla.Watch
	state model.ObjectiveState
	told  bool // that it fails
}

// goneRow is a model version that was dropped, of which not all may be booked yet.
type goneRow struct {
	key counters.Key
	tap sla.Tap
}

// agree takes over what operators agreed on. What was counted stays, and so does
// what is known of an objective that is still there.
func (all *levels) agree(objectives []model.Objective) {
	all.agreed = objectives
	for _, l := range slices.Clone(all.sorted) {
		if l.agree(objectives); len(l.goals) == 0 {
			all.drop(l)
		}
	}
	all.second = time.Time{} // judged anew at the next tick
}

// agree gives a model its objectives.
func (l *level) agree(objectives []model.Objective) {
	was := l.goals
	l.goals, l.probes.Keep = nil, 0
	for _, o := range objectivesOf(l.name, objectives) {
		g := &goal{Objective: o}
		if i := slices.IndexFunc(was, func(x *goal) bool { return x.Name == o.Name && x.Metric == o.Metric }); i >= 0 {
			g.watch, g.told, g.state = was[i].watch, was[i].told, was[i].state
		}
		if o.Metric >= model.MetricMean && l.means[o.Metric] == nil {
			l.means[o.Metric] = &sla.Means{}
		}
		if o.Metric.Permille() > 0 {
			l.probes.Keep = max(l.probes.Keep, sla.Longest*o.Window)
		}
		l.goals = append(l.goals, g)
	}
}

// objectivesOf gives the objectives of a model. Of several with one name the one
// holds that speaks of the model most closely: that names it, then that of the
// longer pattern, then the later one.
func objectivesOf(name string, objectives []model.Objective) (out []model.Objective) {
	closeness := func(o *model.Objective) int {
		if o.Named() {
			return len(name) + 1
		}
		return len(o.Model) - strings.Count(o.Model, "*")
	}
	var how []int
	for i := range objectives {
		o := objectives[i]
		if !o.Covers(name) {
			continue
		}
		c := closeness(&o)
		o.Model = name
		switch at := slices.IndexFunc(out, func(x model.Objective) bool { return x.Name == o.Name }); {
		case at < 0:
			out, how = append(out, o), append(how, c)
		case c >= how[at]:
			out[at], how[at] = o, c
		}
	}
	return out
}

// of finds or makes the level of a model; nil where no objective is about it.
func (all *levels) of(name string) *level {
	if l := all.byName[name]; l != nil {
		return l
	}
	l := &level{name: name, account: sla.NewAccount(), means: make(map[model.Metric]*sla.Means)}
	if l.agree(all.agreed); len(l.goals) == 0 {
		return nil
	}
	if all.byName == nil {
		all.byName = make(map[string]*level)
	}
	all.byName[name] = l
	i, _ := slices.BinarySearchFunc(all.sorted, name, func(l *level, name string) int { return strings.Compare(l.name, name) })
	all.sorted = slices.Insert(all.sorted, i, l)
	return l
}

func (all *levels) drop(l *level) {
	delete(all.byName, l.name)
	all.sorted = slices.DeleteFunc(all.sorted, func(x *level) bool { return x == l })
}

// lost keeps of a row that is dropped what is not booked yet.
func (all *levels) lost(r *replica) { all.gone = append(all.gone, goneRow{r.key, r.tap}) }

// probed keeps how long a good probe of a model took.
func (all *levels) probed(f model.Probed) {
	if l := all.byName[f.Model]; l != nil && l.probes.Keep > 0 {
		l.probes.Add(f.At, float64(f.Took)/1e6)
	}
}

// recall takes over what was kept of requests before this run.
func (all *levels) recall(f model.Recalled) {
	all.recalls++
	all.second = time.Time{} // judged anew at the next tick
	for i := 0; i < len(f.Buckets); {
		j := i
		for j < len(f.Buckets) && f.Buckets[j].Model == f.Buckets[i].Model {
			j++
		}
		if l := all.of(f.Buckets[i].Model); l != nil {
			account := sla.Restore(f.Buckets[i:j], f.At)
			if !f.Beside {
				account.Carry(l.account)
			}
			l.account = account
			l.listed = later(l.listed, f.At)
		}
		i = j
	}
}

func later(a, b time.Time) time.Time {
	if a.After(b) {
		return a
	}
	return b
}

// judgeObjectives books what became known in a second that is over, and judges
// every objective.
func (s *State) judgeObjectives() {
	all := &s.fleet.levels
	second := s.now.Truncate(time.Second)
	if second.Equal(all.second) {
		return
	}
	all.second = second
	all.meet(s)
	for _, l := range all.sorted {
		s.book(l)
	}
	all.bookGone()
	all.judged = judged{states: make([]model.ObjectiveState, 0, len(all.states)), kept: model.Kept{Buckets: make([]model.Bucket, 0, 2*len(all.sorted)), Recalled: all.recalls}}
	for _, l := range all.sorted {
		s.judgeLevel(l)
	}
}

// unlistedFor is how long what is known of a model is kept that no server lists.
const unlistedFor = 24 * time.Hour

// meet makes the levels of models that are new, and of those that the
// configuration names; it drops those that are gone for long.
func (all *levels) meet(s *State) {
	for _, m := range s.models.sorted {
		if len(m.rows) == 0 {
			continue
		}
		if l := all.of(m.name); l != nil {
			l.listed = s.now
		}
	}
	for i := range all.agreed {
		if o := &all.agreed[i]; o.Named() {
			all.of(o.Model)
		}
	}
	for _, l := range slices.Clone(all.sorted) {
		if !l.named(all.agreed) && s.now.Sub(l.listed) > unlistedFor {
			all.drop(l)
		}
	}
}

// named says whether an objective names the model.
func (l *level) named(objectives []model.Objective) bool {
	return slices.ContainsFunc(objectives, func(o model.Objective) bool { return o.Model == l.name })
}

// book takes over what became known of the rows of a model.
func (s *State) book(l *level) {
	m := s.models.byName[l.name]
	lists, answers := s.answering(m)
	l.account.Look(s.now, share(answers, lists))
	for _, mean := range l.means {
		mean.Look(s.now)
	}
	if m == nil {
		return
	}
	for _, r := range m.rows {
		if inc, news := r.tap.Take(r.on.book.Log(r.key)); news {
			l.take(inc, r.key.Version)
		}
	}
}

func share(part, whole int) float64 {
	if whole == 0 {
		return 0
	}
	return float64(part) / float64(whole)
}

// take books an increment.
func (l *level) take(inc sla.Increment, version string) {
	inc.Version = version
	l.account.Book(inc)
	for metric, mean := range l.means {
		mean.Book(inc.From, inc.To, map[model.Metric]model.Sum{model.MetricMean: inc.Request, model.MetricQueue: inc.Queue, model.MetricCompute: inc.Compute}[metric])
	}
}

// bookGone books the rest of rows that were dropped.
func (all *levels) bookGone() {
	for i := range all.gone {
		g := &all.gone[i]
		if l := all.byName[g.key.Model]; l != nil {
			if inc, news := g.tap.Take(nil); news {
				l.take(inc, g.key.Version)
			}
		}
	}
	all.gone = nil
}

// answering counts the servers that list a model, and those of them that count
// its requests where tritop sees it. The rows of a server stand together.
func (s *State) answering(m *fleetModel) (lists, answers int) {
	if m == nil {
		return 0, 0
	}
	for i, r := range m.rows {
		if i > 0 && m.rows[i-1].on == r.on {
			continue
		}
		lists++
		if last := r.on.book.Last(); reached(r.on) && !last.IsZero() && s.now.Sub(last) <= countsFor {
			answers++
		}
	}
	return lists, answers
}

// countsFor is how old the newest counters of a server may be: three intervals of
// the slower source of them.
const countsFor = 3 * textInterval
