package journal

import (
	"cmp"
	"encoding/json"
	"maps"
	"slices"
	"time"

	"tritop/model"
)

// Budgets are counts, and counts add up: they are kept as integers by bucket, and
// old buckets are summed, which loses nothing.

// The steps of buckets and how long they are kept.
const (
	BucketStep  = model.BucketStep
	BucketsKept = 35 * 24 * time.Hour  // in steps of BucketStep
	HoursKept   = 400 * 24 * time.Hour // then summed by the hour
)

// Bucket says how many requests of an objective were good, from Start on for
// Step. Counts are absolute: a later record of the same bucket replaces it.
type Bucket struct {
	Start       time.Time     // a whole multiple of Step, UTC
	Step        time.Duration // whole seconds
	Good, Total uint64
	Seconds     uint64 // of the step that were observed
}

// bucketRow is a bucket in a payload: its place after the start in steps, good,
// total, seconds.
type bucketRow [4]uint64

// buckets is the payload of a budget: buckets of one step that begin at a time.
type buckets struct {
	Start time.Time   `json:"start"`
	Step  int64       `json:"step_s"`
	Rows  []bucketRow `json:"buckets"` // [place, good, total, seconds]
}

// BudgetRecord is the record of one bucket of an objective. Who names objectives
// names them so that two fleets do not share one.
func BudgetRecord(objective string, b Bucket) (Record, error) {
	return budgetRecord(objective, []Bucket{b})
}

// budgetRecord holds buckets of one step, oldest first.
func budgetRecord(objective string, of []Bucket) (Record, error) {
	p := buckets{Start: of[0].Start.UTC(), Step: int64(of[0].Step / time.Second)}
	for _, b := range of {
		p.Rows = append(p.Rows, bucketRow{uint64(b.Start.Sub(of[0].Start) / of[0].Step), b.Good, b.Total, b.Seconds})
	}
	return Record{Kind: KindBudget, Key: objective}.with(p)
}

// Buckets reads the payload of a budget. Buckets that cannot be (more good than
// there were, a step that is none) are left out.
func (r Record) Buckets() []Bucket {
	var p buckets
	const longest = int64(HoursKept / time.Second)
	if r.Kind != KindBudget || json.Unmarshal(r.Data, &p) != nil || p.Step <= 0 || p.Step > longest {
		return nil
	}
	step := time.Duration(p.Step) * time.Second
	var out []Bucket
	for _, row := range p.Rows {
		if row[0] > uint64(longest/p.Step) || row[1] > row[2] || row[3] > uint64(p.Step) {
			continue
		}
		out = append(out, Bucket{p.Start.Add(time.Duration(row[0]) * step), step, row[1], row[2], row[3]})
	}
	return out
}

// Ledger adds up the budgets of all objectives. The zero value is empty and
// ready. It belongs to one goroutine.
type Ledger struct {
	by map[string]map[bucketKey]Bucket
}

type bucketKey struct {
	start, step int64 // seconds
}

// Add takes a record over; one that is no budget says nothing. A budget without
// data forgets its objective.
func (l *Ledger) Add(r Record) {
	if r.Kind != KindBudget || r.Key == "" {
		return
	}
	if len(r.Data) == 0 {
		delete(l.by, r.Key)
		return
	}
	if l.by == nil {
		l.by = make(map[string]map[bucketKey]Bucket)
	}
	of := l.by[r.Key]
	if of == nil {
		of = make(map[bucketKey]Bucket)
		l.by[r.Key] = of
	}
	for _, b := range r.Buckets() {
		if _, summed := of[hourOf(b)]; b.Step < time.Hour && summed {
			continue // its hour was closed long ago: counted once, it is not counted again
		}
		of[bucketKey{b.Start.Unix(), int64(b.Step / time.Second)}] = b
	}
}

// hourOf is the hour that a bucket lies in.
func hourOf(b Bucket) bucketKey {
	return bucketKey{b.Start.UTC().Truncate(time.Hour).Unix(), int64(time.Hour / time.Second)}
}

// Objectives gives the names of what has buckets, sorted.
func (l *Ledger) Objectives() []string { return slices.Sorted(maps.Keys(l.by)) }

// Buckets gives those of an objective, oldest first. What lies in an hour that was
// summed is not there beside it.
func (l *Ledger) Buckets(objective string) []Bucket {
	out := slices.Collect(maps.Values(l.by[objective]))
	slices.SortFunc(out, func(a, b Bucket) int { return cmp.Or(a.Start.Compare(b.Start), cmp.Compare(a.Step, b.Step)) })
	return out
}

// age sums what is old by the hour and drops what is older still.
func (l *Ledger) age(now time.Time) {
	closed := now.Add(-BucketsKept).Truncate(time.Hour)
	for name, of := range l.by {
		for k, b := range of {
			end := b.Start.Add(b.Step)
			switch {
			case now.Sub(end) > HoursKept:
				delete(of, k)
			case b.Step < time.Hour && !end.After(closed):
				delete(of, k)
				sum := of[hourOf(b)]
				of[hourOf(b)] = Bucket{b.Start.UTC().Truncate(time.Hour), time.Hour, sum.Good + b.Good, sum.Total + b.Total, min(sum.Seconds+b.Seconds, 3600)}
			}
		}
		if len(of) == 0 {
			delete(l.by, name)
		}
	}
}

// records are budgets as records, one per objective, step and day.
func (l *Ledger) records(seq uint64, by Actor) (out []Record) {
	for _, name := range l.Objectives() {
		var row []Bucket
		flush := func() {
			if len(row) == 0 {
				return
			}
			if r, err := budgetRecord(name, row); err == nil { // integers and a time that was read: it has a text
				r.Seq, r.At, r.Actor = seq, row[0].Start, by
				out = append(out, r)
			}
			row = row[:0]
		}
		all := l.Buckets(name)
		slices.SortStableFunc(all, func(a, b Bucket) int { return cmp.Compare(b.Step, a.Step) }) // hours first: they close what lies in them
		for _, b := range all {
			if len(row) > 0 && (b.Step != row[0].Step || b.Start.Sub(row[0].Start) >= 24*time.Hour || b.Start.Sub(row[0].Start)%b.Step != 0) {
				flush()
			}
			row = append(row, b)
		}
		flush()
	}
	return out
}
