package cli

import (
	"cmp"
	"context"
	"errors"
	"os"
	"os/user"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"time"

	"tritop/config"
	"tritop/engine"
	"tritop/journal"
	"tritop/model"
)

// keeper writes what happens to the journal of the state directory, and reads
// back what happened before. A directory that is full, gone, or so slow that it
// does not answer holds nothing up: one thing is asked of it at a time, beside
// the loop, and what comes of it is a notice.
//
// Where another process holds the directory, this one only reads, and takes it
// when it is free.
type keeper struct {
	opt   journal.Options
	fleet string // whose events these are
	past  past

	journal *journal.Journal
	err     error  // why there is none; nil beside no journal: the first try is under way
	found   string // what was repaired, in words
	waits   bool   // another process held the directory at the last try
	last    uint64 // the last event that was kept, or need not be

	busy  chan func() // the work under way: what to do with its result; nil: none
	since time.Time   // when it began
	told  []model.Notice
	start time.Time
	budgets

	alerts alertKeeper
}

const (
	keepStart = 300 * time.Millisecond // how long the start waits for the state directory
	keepEvery = 5 * time.Second        // how often a directory that cannot be used is tried again
	keepSlow  = 5 * time.Second        // after this an answer is missing
	keepEnd   = 2 * time.Second        // how long the end waits for it
)

// keep opens the state directory for a plan. A simulated fleet keeps nothing: nil.
func (a *app) keep(p plan) (*keeper, error) {
	if p.served != nil {
		return nil, nil
	}
	receivers, err := a.receivers(p.notify)
	if err != nil {
		return nil, err
	}
	dir, err := a.stateDirectory()
	opt := journal.DefaultOptions(dir)
	opt.Actor, opt.Program = a.actor(), "tritop "+programVersion()
	k := &keeper{opt: opt, fleet: p.identity(), err: err, start: time.Now(), alerts: newAlertKeeper(receivers)}
	if err == nil {
		k.open()
		k.wait(keepStart)
		k.last = k.past.last // the engine goes on from there; what comes later is too late for it
	}
	k.told = k.notices(time.Now())
	return k, nil
}

// identity names the fleet of a plan in what is kept: two fleets that share a
// state directory do not share their past. A fleet without a name of its own is
// known by its file, or by the servers of the command line.
func (p plan) identity() string {
	switch {
	case p.file == "":
		var names []string
		for _, t := range p.targets {
			names = append(names, t.Spec.Name)
		}
		slices.Sort(names)
		return model.CleanName(p.name + " of " + strings.Join(names, ",")) // bounded
	case p.name != config.DefaultFleet:
		return p.name
	}
	file, err := filepath.Abs(p.file)
	if err != nil {
		file = p.file
	}
	return p.name + " of " + file
}

// actor is who runs tritop, and where.
func (a *app) actor() journal.Actor {
	by := journal.Actor{User: strconv.Itoa(os.Getuid())}
	if u, err := user.Current(); err == nil && u.Username != "" {
		by.User = u.Username
	}
	if a.io.In != nil && a.io.Terminal(a.io.In) {
		name, err := os.Readlink("/proc/self/fd/0") // Linux
		if err != nil {
			name = cmp.Or(a.io.Getenv("SSH_TTY"), "a terminal")
		}
		by.Terminal = strings.TrimPrefix(name, "/dev/")
	}
	by.User, by.Terminal = model.CleanName(by.User), model.CleanName(by.Terminal)
	return by
}

// do begins a piece of work beside the loop. What it gives is run by the loop.
func (k *keeper) do(work func() func()) {
	result := make(chan func(), 1)
	k.busy, k.since = result, time.Now()
	go func() { result <- work() }()
}

// wait waits for the work under way, at most so long.
func (k *keeper) wait(limit time.Duration) {
	if k.busy == nil {
		return
	}
	timer := time.NewTimer(limit)
	defer timer.Stop()
	select {
	case use := <-k.busy:
		k.take(use)
	case <-timer.C:
	}
}

func (k *keeper) take(use func()) {
	k.busy = nil
	use()
}

// open tries to take the directory. The first time it reads what was kept, too,
// which needs no lock.
func (k *keeper) open() {
	first, opt, fleet := k.err == nil, k.opt, k.fleet
	k.do(func() func() {
		j, found, err := journal.Open(opt)
		var before past
		if first {
			before = recall(opt, fleet)
		}
		if first || err == nil {
			before.pastAlerts, _ = recallAlerts(opt, fleet) // what cannot be read is told by the journal
		}
		return func() { k.opened(j, found, err, before) }
	})
}

func (k *keeper) opened(j *journal.Journal, found journal.Report, err error, before past) {
	var held *journal.HeldError
	took := k.waits && err == nil
	k.journal, k.err, k.waits = j, err, errors.As(err, &held)
	k.found = cmp.Or(found.Words(), k.found)
	k.past = before
	if held == nil {
		k.alerts.recalled(before.pastAlerts, took)
	}
	if took {
		k.last = tookOver
		k.budgets = budgets{beside: true, recalls: k.recalls, want: k.recalls + 1} // the other process has counted the same requests
	}
}

// tookOver stands for the newest event there is: those before it were kept by the
// process that held the directory.
const tookOver = ^uint64(0)

// past are the last events of a fleet, oldest first.
type past struct {
	events []model.Event
	last   uint64 // the number of the very last one
	pastAlerts
}

// recall reads what is kept. What cannot be read is not told: the journal has the
// same reason.
func recall(opt journal.Options, fleet string) (p past) {
	var newer model.Event
	records, err := journal.Last(opt.FS, opt.Dir, engine.EventsKept, journal.KindEvent, func(r journal.Record) bool {
		of, e, ok := r.Event()
		if !ok || of != fleet || e.Seq == newer.Seq && e.At.Equal(newer.At) { // it was written twice
			return false
		}
		newer = e
		p.last = max(p.last, e.Seq)
		return e.Kind != model.EventIdentified || e.From != "" // each start tells the versions anew
	})
	if err != nil {
		return past{}
	}
	for _, r := range records {
		_, e, _ := r.Event()
		p.events = append(p.events, e)
	}
	return p
}

// run keeps events until ctx ends, and tells the engine what is wrong.
func (k *keeper) run(ctx context.Context, e *engine.Engine) {
	marks := e.Subscribe(ctx)
	tick := time.NewTicker(keepEvery)
	defer tick.Stop()
	for {
		select {
		case <-ctx.Done():
			k.finish(e.Latest()) //nolint:contextcheck // ctx is over, and what is left is still kept
			return
		case use := <-k.busy:
			k.take(use)
		case r := <-k.alerts.results():
			k.alerts.took(r)
		case s := <-k.alerts.says:
			k.hear(s, e.Latest())
		case <-marks:
		case <-tick.C:
			k.again()
		}
		k.follow(ctx, e.Latest())
		k.write(e.Latest()) //nolint:contextcheck // what was begun is not given up when the session ends
		k.budget(ctx, e)
		k.tell(ctx, e.Inbox())
		k.pass(ctx, e.Inbox())
	}
}

// again tries once more what did not work.
func (k *keeper) again() {
	switch {
	case k.busy != nil || k.opt.Dir == "":
	case k.journal == nil:
		k.open()
	case errors.Is(k.journal.Status().Err, journal.ErrGone):
		k.err = k.journal.Status().Err // holds until it is open again
		k.release()
	}
}

// write keeps the events that are new and the states of alerts, if nothing else is
// under way. A state is durable before receivers are told of it.
func (k *keeper) write(s *model.Snapshot) {
	if k.busy != nil || k.journal == nil {
		return
	}
	newest := k.last
	if len(s.Events) > 0 {
		newest = s.Events[len(s.Events)-1].Seq
	}
	if k.last == tookOver {
		k.last = newest
	}
	states, done := k.stateRecords()
	records := append(k.records(s.Events), states...)
	if len(records) == 0 {
		return
	}
	keep := k.journal.Note
	if len(states) > 0 {
		keep = k.journal.Append
	}
	k.do(func() func() {
		err := keep(context.Background(), records...) // beside the loop, which ends without it
		return func() {
			if err == nil {
				k.last = max(k.last, newest)
			}
			done(err)
		}
	})
}

// records are the events that were not kept yet. That some are missing, because
// too many came while the directory could not be written, is a record, too.
func (k *keeper) records(events []model.Event) (out []journal.Record) {
	add := func(r journal.Record, err error) {
		if err == nil { // else it has no text: its time is no year of ours
			out = append(out, r)
		}
	}
	for _, e := range events {
		if e.Seq <= k.last {
			continue
		}
		if len(out) == 0 && e.Seq > k.last+1 {
			add(journal.GapRecord(k.fleet, k.last+1, e.Seq-1))
		}
		add(journal.EventRecord(k.fleet, e))
	}
	return out
}

// finish keeps what is left and gives the directory back. A disk that hangs is
// left alone: the system takes the lock with the process.
func (k *keeper) finish(s *model.Snapshot) {
	k.alerts.end()
	for _, next := range [...]func(){func() {}, func() { k.write(s) }, func() { k.count(s, true) }} {
		next()
		if k.wait(keepEnd); k.busy != nil {
			return
		}
	}
	k.close()
}

// close gives the directory back; it may be called more than once.
func (k *keeper) close() {
	if k != nil && k.journal != nil && k.busy == nil {
		k.release()
		k.wait(keepEnd)
	}
}

func (k *keeper) release() {
	j := k.journal
	k.journal = nil
	k.do(func() func() {
		_ = j.Close() // what it could say is known, or nobody is left to be told
		return func() {}
	})
}
