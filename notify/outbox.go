package notify

import (
	"maps"
	"slices"
	"time"

	"tritop/model"
)

// Stage is how much of a firing a receiver knows.
type Stage int

// The stages.
const (
	Untold     Stage = iota
	ToldFiring       // it took that the alert fires
	ToldOver         // it took that it is resolved, or need not be told
)

var stageWords = [...]string{"", "firing", "resolved"}

// Told is what a receiver took last of a firing.
type Told struct {
	Stage Stage
	At    time.Time
}

// Episode is one firing of an alert, from its beginning to its end, and who knows
// of it.
type Episode struct {
	Alert model.Alert     // as it stood last; Fired is the beginning, Resolved the end
	Told  map[string]Told // by target
	quiet bool            // at the last look people were not to be told
}

// over says whether the firing has ended.
func (e *Episode) over() bool { return !e.Alert.Resolved.IsZero() }

// Kept is what has to outlive tritop of one alert.
type Kept struct {
	Alert    model.Alert
	Episodes []Episode // those that somebody has to be told of, oldest first
}

// item is what the outbox has of one alert.
type item struct {
	key      string
	alert    model.Alert
	gone     bool // it is in the list no more
	episodes []*Episode
	version  uint64 // counts what has to be kept
	kept     uint64 // the version that is kept
}

// Outbox holds what receivers are to be told. It belongs to one goroutine.
type Outbox struct {
	timing  Timing
	targets []*target
	items   map[string]*item
	down    map[string]bool
	blind   bool
}

func newOutbox(receivers []Receiver, timing Timing) *Outbox {
	return &Outbox{timing: timing, targets: targets(receivers), items: make(map[string]*item)}
}

// Take takes over the alerts of a snapshot.
func (o *Outbox) Take(list []model.Alert, now time.Time) {
	o.down, o.blind = muting(list)
	listed := make(map[string]bool, len(list))
	for i := range list {
		a := &list[i]
		key := a.Key()
		listed[key] = true
		it := o.items[key]
		if it == nil {
			it = &item{key: key}
			o.items[key] = it
		}
		if it.version == 0 || !sameLife(&it.alert, a) {
			it.version++
		}
		it.alert, it.gone = *a, false
		o.follow(it, now)
	}
	for _, key := range slices.Sorted(maps.Keys(o.items)) {
		if it := o.items[key]; !listed[key] {
			o.leave(it, now)
		}
	}
}

// sameLife says whether two looks at an alert have the same to keep.
func sameLife(a, b *model.Alert) bool {
	return a.State == b.State && a.Since.Equal(b.Since) && a.Fired.Equal(b.Fired) && a.Resolved.Equal(b.Resolved) && a.Ended.Equal(b.Ended) &&
		a.Page == b.Page && slices.EqualFunc(a.Fires, b.Fires, time.Time.Equal)
}

// open is the firing that has not ended.
func (it *item) open() *Episode {
	if n := len(it.episodes); n > 0 && !it.episodes[n-1].over() {
		return it.episodes[n-1]
	}
	return nil
}

// follow brings the episodes of an alert up to date. One that goes on keeps its
// beginning, whoever saw it begin.
func (o *Outbox) follow(it *item, now time.Time) {
	e := it.open()
	switch it.alert.State {
	case model.AlertFiring:
		if e == nil {
			e = &Episode{Told: make(map[string]Told), Alert: model.Alert{Fired: it.alert.Fired}}
			it.episodes = append(it.episodes, e)
			it.version++
		}
		begun := e.Alert.Fired
		e.Alert = it.alert
		e.Alert.Fired = begun
		e.quiet = it.alert.Said.Quiet(now) || o.muted(&it.alert)
	case model.AlertResolved:
		if e != nil {
			begun := e.Alert.Fired
			e.Alert = it.alert
			e.Alert.Fired = begun
			it.version++
		}
	case model.AlertPending:
		if e != nil { // its end was not seen
			o.end(it, e, it.alert.LastResolved, now)
		}
	}
	o.sweep(it, now)
}

func (o *Outbox) end(it *item, e *Episode, at, now time.Time) {
	if at.IsZero() {
		at = now
	}
	e.Alert.State, e.Alert.Resolved = model.AlertResolved, at
	it.version++
}

// leave goes on with an alert that is in the list no more.
func (o *Outbox) leave(it *item, now time.Time) {
	if e := it.open(); e != nil {
		o.end(it, e, time.Time{}, now)
	}
	if !it.gone {
		it.gone = true
		it.version++
	}
	o.sweep(it, now)
}

// sweep drops episodes that nobody has to be told of any more.
func (o *Outbox) sweep(it *item, now time.Time) {
	n := len(it.episodes)
	it.episodes = slices.DeleteFunc(it.episodes, func(e *Episode) bool {
		return e.over() && (now.Sub(e.Alert.Resolved) >= o.timing.Forgotten || o.settled(e, now))
	})
	if len(it.episodes) != n {
		it.version++
	}
}

// settled says whether everybody knows that a firing has ended.
func (o *Outbox) settled(e *Episode, now time.Time) bool {
	for _, t := range o.targets {
		if !t.wants(e.Alert.Severity) {
			continue
		}
		if e.Told[t.to].Stage != ToldOver || t.Kind == Alertmanager && now.Sub(e.Alert.Resolved) < o.timing.Late {
			return false
		}
	}
	return true
}

// Unkept gives what has to be kept before anything more is sent: by the key of an
// alert; nil where nothing of it is to be kept any more. done says that it is.
func (o *Outbox) Unkept() (all map[string]*Kept, done func()) {
	all = make(map[string]*Kept)
	versions := make(map[*item]uint64)
	for key, it := range o.items {
		if it.version == it.kept {
			continue
		}
		versions[it] = it.version
		if it.gone && len(it.episodes) == 0 {
			all[key] = nil
			continue
		}
		k := &Kept{Alert: it.alert}
		for _, e := range it.episodes {
			k.Episodes = append(k.Episodes, Episode{Alert: e.Alert, Told: maps.Clone(e.Told)})
		}
		all[key] = k
	}
	return all, func() {
		for it, v := range versions {
			it.kept = v
			if it.gone && len(it.episodes) == 0 && it.kept == it.version {
				delete(o.items, it.key)
			}
		}
	}
}

// Restore takes over what was kept, by this process or by the one that held the
// directory before. What both know goes on as it was kept; observed says that this
// process only looked on until now, so that what it saw end was the other's to tell.
func (o *Outbox) Restore(kept []Kept, observed bool) {
	for _, it := range o.items {
		it.version++ // what is here may not be there
		if observed {
			it.episodes = slices.DeleteFunc(it.episodes, (*Episode).over)
		}
	}
	for _, k := range kept {
		key := k.Alert.Key()
		it := o.items[key]
		if it == nil {
			it = &item{key: key, alert: k.Alert, gone: true}
			o.items[key] = it
		}
		it.adopt(k.Episodes)
	}
}

// adopt puts firings that were kept before those that are here. Where one goes on
// in both, it began as it was kept; what is here of the very same is newer.
func (it *item) adopt(kept []Episode) {
	var before []*Episode
	for _, e := range kept {
		if slices.ContainsFunc(it.episodes, func(own *Episode) bool { return own.Alert.Fired.Equal(e.Alert.Fired) }) {
			continue
		}
		if e.Told == nil {
			e.Told = make(map[string]Told)
		}
		if open := it.open(); open != nil && !e.over() {
			e.quiet = open.quiet
			it.episodes = it.episodes[:len(it.episodes)-1]
		}
		before = append(before, &e)
	}
	it.episodes = append(before, it.episodes...)
}
