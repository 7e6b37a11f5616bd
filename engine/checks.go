package engine

import (
	"cmp"
	"fmt"
	"slices"
	"time"

	"tritop/health"
	"tritop/model"
)

// Checks says how health checks are judged.
type Checks struct {
	Rules  map[string]health.CheckRule // of the seven; nil: the defaults
	Models map[string]ModelChecks      // by model, where it differs
	Runs   map[string]bool             // of the seven, those that a runner makes
}

// ModelChecks are what a model's checks have of their own.
type ModelChecks struct {
	Inference health.Limits // zero: those of the rule
	InAdvance bool          // it allocates the memory of its GPU in advance
}

// checkKey tells checks apart.
type checkKey struct{ name, server, model, version, part string }

// check is one check of one target.
type check struct {
	model.Check
	key   checkKey
	runs  health.Runs
	known model.CheckStatus // the last one that said something
	told  bool              // what it found then has an event of its own
	every time.Duration
	due   time.Time
	turn  uint64 // the sweep that saw its target last
	patience
	basis inferenceBasis
}

// patience is how long a runner's result is believed.
type patience struct {
	heard   time.Time     // the last result; zero: the engine judges this one itself
	expires time.Duration // without another one
}

// checks are all of them.
type checks struct {
	byKey  map[checkKey]*check
	sorted []*check
	turn   uint64
	swept  time.Time
	view   []model.Check
	viewed time.Time
	bad    []model.Check // that make the fleet worse
	moved  bool          // a status, or what there is, is newer than view and bad
	old    bool          // figures are newer than view
}

// rule gives the rule of one of the seven; ok is false where it is off.
func (s *State) rule(name string) (r health.CheckRule, ok bool) {
	r = s.cfg.Checks.Rules[name]
	return r, !r.Off && r.Every > 0
}

// sweepEvery is how often all checks are looked at. What collectors see is judged
// at once.
const sweepEvery = time.Second

// sweepChecks judges what nobody reports a change of, counts the runs that are due,
// and forgets checks whose target is gone.
func (s *State) sweepChecks() {
	all := &s.fleet.checks
	if s.now.Sub(all.swept) < sweepEvery {
		return
	}
	all.swept = s.now
	all.turn++
	for _, srv := range s.servers {
		s.checkServer(srv)
		for _, r := range srv.order {
			s.checkInference(srv, r)
		}
	}
	s.checkUnprobed()
	s.checkMachines()
	s.checkRunners()
	for _, c := range all.sorted {
		if !c.heard.IsZero() {
			s.expireCheck(c)
		} else if c.turn == all.turn && !s.now.Before(c.due) {
			c.run(s.now)
			all.old = true
		}
	}
	gone := func(c *check) bool { return c.turn != all.turn }
	if slices.ContainsFunc(all.sorted, gone) {
		for _, c := range all.sorted {
			if gone(c) {
				delete(all.byKey, c.key)
			}
		}
		all.sorted, all.moved = slices.DeleteFunc(all.sorted, gone), true
	}
}

// expireCheck judges a runner's check of which nothing was heard for long, and keeps
// it for as long as its server and model version are observed.
func (s *State) expireCheck(c *check) {
	srv := s.byName[c.key.server]
	if c.key.server == "" || srv != nil && (c.key.version == "" || srv.replicas[keyOf(c.key.model, c.key.version)] != nil) {
		c.turn = s.fleet.checks.turn
	}
	if silent := s.now.Sub(c.heard); silent > c.expires {
		s.found(c, health.Judgement{Status: model.CheckUnknown, Message: fmt.Sprintf("no result for %s", silent.Truncate(time.Second)), TookMs: model.Missing(model.NotObserved)})
	}
}

// run counts one run of the check as it stands.
func (c *check) run(now time.Time) {
	c.runs.Add(c.Status)
	c.Failing, c.due = c.runs.Failing(), now.Add(c.every)
}

// put books what one of the seven found of a target.
func (s *State) put(k checkKey, rule health.CheckRule, j health.Judgement) *check {
	c := s.fleet.checks.byKey[k]
	if c == nil {
		c = s.newCheck(k, model.Check{Name: k.name, Layer: rule.Layer, Target: k.target(), Server: k.server, Model: k.model, Critical: rule.Critical, TookMs: j.TookMs}, rule.Every)
	}
	c.turn = s.fleet.checks.turn
	s.found(c, j)
	return c
}

// newCheck takes up a check, in its place.
func (s *State) newCheck(k checkKey, v model.Check, every time.Duration) *check {
	all := &s.fleet.checks
	c := &check{Check: v, key: k, every: every}
	c.Since = s.now
	i, _ := slices.BinarySearchFunc(all.sorted, c, compareChecks)
	all.sorted = slices.Insert(all.sorted, i, c)
	all.byKey[k], all.moved = c, true
	return c
}

func compareChecks(a, b *check) int {
	return cmp.Or(cmp.Compare(a.Layer, b.Layer), cmp.Compare(a.Name, b.Name), cmp.Compare(a.Target, b.Target))
}

// target names what a check is of.
func (k checkKey) target() string {
	switch {
	case k.part != "" && k.server != "":
		return k.server + " " + k.part
	case k.version != "":
		return k.model + " v" + k.version + " on " + k.server
	}
	return cmp.Or(k.part, k.model, k.server, "fleet")
}

// found takes over a judgement and tells of a status that is another one.
func (s *State) found(c *check, j health.Judgement) {
	all := &s.fleet.checks
	if j.Status == model.CheckNotApplicable && c.Status == j.Status && c.Message == j.Message {
		return
	}
	changed := j.Status != c.Status || j.Folded != c.Folded
	if j.Status != c.Status {
		if c.Since = j.Since; c.Since.IsZero() {
			c.Since = s.now
		}
	}
	c.Status, c.Message, c.Details, c.TookMs, c.At, c.Folded = j.Status, j.Message, j.Details, j.TookMs, s.now, j.Folded
	all.old = true
	if changed || c.due.IsZero() {
		c.run(s.now)
		all.moved = true
		s.tellCheck(c, j.Told)
	}
}

// tellCheck makes the event of a new status, unless another event says the same.
// That nothing is known for a while is none.
func (s *State) tellCheck(c *check, told bool) {
	if c.Status == model.CheckUnknown || c.Status == model.CheckNotApplicable {
		return
	}
	before, wasTold := c.known, c.told
	c.known, c.told = c.Status, told
	switch {
	case before == c.Status, before == model.CheckUnknown && c.Status == model.CheckHealthy, told, wasTold && c.Status == model.CheckHealthy:
		return
	}
	e := model.Event{Kind: model.EventCheck, Server: c.Server, Model: c.Model, Version: c.key.version, To: c.Name + " is " + c.Status.String(), Detail: c.Message, Verdict: c.Verdict()}
	if c.key.version == "" && c.Target != c.Server && c.Target != c.Model {
		e.To = c.Name + " of " + c.Target + " is " + c.Status.String()
	}
	s.event(e)
}

// ran books what a runner found.
func (s *State) ran(f model.Checked) {
	s.advance(f.At)
	if f.Server != "" && s.byName[f.Server] == nil {
		return
	}
	k := checkKey{name: f.Name, server: f.Server, model: f.Model, version: f.Version, part: f.Target}
	c := s.fleet.checks.byKey[k]
	if c == nil {
		v := f.Check
		v.Status, v.Since, v.Failing = model.CheckUnknown, time.Time{}, ""
		c = s.newCheck(k, v, f.Every)
	}
	c.patience = patience{f.At, believed*f.Every + f.Timeout}
	c.due = time.Time{} // each result is a run
	s.found(c, health.Judgement{Status: f.Status, Message: f.Message, Details: f.Details, TookMs: f.TookMs})
}

// ownInference books an inference of tritop's own, so that it is not taken for a user's.
func (s *State) ownInference(srv *server, f model.Asked) {
	r := srv.replicas[keyOf(f.Model, f.Version)]
	if r == nil {
		return
	}
	srv.book.Probed(f.At, f.Took, r.key, f.Counted)
	if f.Counted == model.Yes {
		srv.induced(f.Answer, r.key, 0)
	}
	r.minute = minute{}
}

// viewChecks gives all checks. Where only figures changed, a view is good for a
// second: there may be thousands.
func (s *State) viewChecks() []model.Check {
	all := &s.fleet.checks
	if all.moved || all.old && s.now.Sub(all.viewed) >= time.Second {
		s.badChecks()
		all.view = make([]model.Check, len(all.sorted))
		for i, c := range all.sorted {
			all.view[i] = c.Check
		}
		all.viewed, all.old, all.moved = s.now, false, false
	}
	return all.view
}

// badChecks are those that make the fleet worse: not well, and not said already by
// the verdict of a server.
func (s *State) badChecks() []model.Check {
	all := &s.fleet.checks
	if all.moved || all.old {
		all.bad = nil // what was given out is not written again
		for _, c := range all.sorted {
			if !c.Folded && c.Verdict() >= model.Degraded {
				all.bad = append(all.bad, c.Check)
			}
		}
	}
	return all.bad
}
