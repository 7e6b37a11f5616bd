package cli

import (
	"context"
	"strings"
	"time"

	"tritop/engine"
	"tritop/journal"
	"tritop/model"
)

// Budgets outlive tritop: how many requests of each model there were, and how many
// failed, is kept by five minutes. What was kept is read beside the session, and
// nothing is written before it was taken over: a bucket that is told again
// replaces what was told of it.

// budgets is what the keeper knows of them.
type budgets struct {
	asked   bool            // what was kept is being read, or was
	fact    *model.Recalled // that has not been told to the engine yet
	recalls int             // how often the engine was told of what was kept
	want    int             // how often it has to be told before anything is written; at least once
	beside  bool            // another process kept the directory until now
	newest  map[string]written
	late    map[bucketID]model.Bucket // that are to be written
}

// written is the newest bucket of a model that was written, and when.
type written struct {
	model.Bucket
	at time.Time
}

type bucketID struct {
	model string
	start time.Time
}

// failuresEvery is how often failures of the bucket in work are written: so much
// of them is lost at most where tritop is killed.
const failuresEvery = 30 * time.Second

// lateBuckets is how many buckets wait at most while nothing can be written.
const lateBuckets = 50_000

// budgetKey names the budget of a model; a cleaned name holds no tab.
func budgetKey(fleet, name string) string { return fleet + "\t" + name }

// budget takes over what was kept, then keeps what is new.
func (k *keeper) budget(ctx context.Context, e *engine.Engine) {
	if !k.asked && k.busy == nil && (k.journal != nil || k.err != nil) && k.opt.Dir != "" {
		k.recallBudgets()
		return
	}
	if k.fact != nil {
		k.fact.At = time.Now()
		select {
		case e.Inbox() <- *k.fact:
			k.fact = nil
			k.recalls++
		case <-ctx.Done():
		}
		return
	}
	k.count(e.Latest(), false) //nolint:contextcheck // what was begun is not given up when the session ends
}

// recallBudgets reads what was kept. Where that fails, nothing is known of before,
// for the reason that the journal has too.
func (k *keeper) recallBudgets() {
	k.asked = true
	opt, fleet, beside := k.opt, k.fleet, k.beside
	k.do(func() func() {
		var ledger journal.Ledger
		_, err := journal.Replay(opt.FS, opt.Dir, func(r journal.Record) {
			if strings.HasPrefix(r.Key, fleet+"\t") {
				ledger.Add(r)
			}
		})
		fact := &model.Recalled{Beside: beside}
		if err == nil {
			fact.Buckets = bucketsOf(&ledger)
		}
		return func() { k.fact = fact }
	})
}

// bucketsOf gives the buckets of a ledger by model.
func bucketsOf(l *journal.Ledger) (out []model.Bucket) {
	for _, key := range l.Objectives() {
		_, name, _ := strings.Cut(key, "\t")
		for _, b := range l.Buckets(key) {
			out = append(out, model.Bucket{Model: model.CleanName(name), Start: b.Start.UTC(), Step: b.Step, Valid: b.Total, Bad: b.Total - b.Good, Seconds: b.Seconds})
		}
	}
	return out
}

// count writes the buckets that are new, as soon as that can be done; all of them
// at the end.
func (k *keeper) count(s *model.Snapshot, all bool) {
	if need := max(k.want, 1); k.recalls < need || s.Recalled < need {
		return // they rest on less than what was kept
	}
	k.collect(s.Buckets, all)
	if k.busy != nil || k.journal == nil || len(k.late) == 0 {
		return
	}
	var records []journal.Record
	sent := k.late
	for id, b := range sent {
		if r, err := journal.BudgetRecord(budgetKey(k.fleet, id.model), journal.Bucket{Start: b.Start, Step: b.Step, Good: b.Valid - min(b.Bad, b.Valid), Total: b.Valid, Seconds: b.Seconds}); err == nil {
			records = append(records, r)
		}
	}
	j := k.journal
	k.late = nil
	k.do(func() func() {
		err := j.Note(context.Background(), records...) // beside the loop, which ends without it
		return func() {
			if err != nil {
				k.putBack(sent)
			}
		}
	})
}

// collect finds the buckets that are to be written.
func (k *keeper) collect(buckets []model.Bucket, all bool) {
	now := time.Now()
	for i, b := range buckets {
		inWork := i+1 == len(buckets) || buckets[i+1].Model != b.Model
		was := k.newest[b.Model]
		switch fails := b.Bad > was.Bad || b.Start.After(was.Start) && b.Bad > 0; {
		case b == was.Bucket, b.Start.Before(was.Start), b.Valid == 0 && b.Seconds == 0:
			continue
		case inWork && !all && (!fails || now.Sub(was.at) < failuresEvery):
			continue
		}
		if k.newest == nil {
			k.newest = make(map[string]written)
		}
		k.newest[b.Model] = written{b, now}
		k.put(b)
	}
}

// put lets a bucket wait for being written.
func (k *keeper) put(b model.Bucket) {
	if k.late == nil {
		k.late = make(map[bucketID]model.Bucket)
	}
	if len(k.late) < lateBuckets {
		k.late[bucketID{b.Model, b.Start}] = b
	}
}

// putBack lets buckets wait that could not be written, but for those of which more
// is known by now.
func (k *keeper) putBack(unwritten map[bucketID]model.Bucket) {
	for id, b := range unwritten {
		if _, newer := k.late[id]; !newer {
			k.put(b)
		}
	}
}
