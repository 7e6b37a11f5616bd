package cli

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"slices"
	"time"

	"github.com/spf13/cobra"

	"tritop/config"
	"tritop/journal"
	"tritop/model"
	"tritop/report"
)

func (a *app) reportCommand() *cobra.Command {
	since := time.Hour
	c := &cobra.Command{Use: "report", Short: "what became of the fleet in the last hour, or longer", Args: noArgs,
		Long:    "report says what the state directory kept of a stretch of time: service levels,\nviolations, health, alerts, events. It needs no server and works beside a tritop\nthat runs. With --demo it watches the simulated fleet first, for 25 s.",
		Example: "  tritop report --since 24h > report.md\n  tritop report --demo slow-model -o html > report.html",
		RunE: func(cmd *cobra.Command, _ []string) error {
			if err := a.checkFormat("md", "json", "html"); err != nil {
				return err
			}
			if since < time.Second || since > journal.HoursKept {
				return misuse("read --since", fmt.Errorf("%s is not between 1s and %s", since, journal.HoursKept), "e.g. --since 24h")
			}
			facts, err := a.reportFacts(cmd, since)
			if err != nil {
				return err
			}
			d := report.Of(facts)
			write := map[string]func() error{"json": func() error { return d.JSON(cmd.OutOrStdout()) }, "html": func() error { return d.HTML(cmd.OutOrStdout()) }}[a.output]
			if write == nil {
				write = func() error { return d.Markdown(cmd.OutOrStdout()) }
			}
			return unwritten("the report", write())
		}}
	c.Flags().DurationVar(&since, "since", since, "about the last `DURATION`")
	a.outputFlag(c, "md", "json", "html")
	a.demoFlag(c)
	return c
}

func (a *app) reportFacts(cmd *cobra.Command, since time.Duration) (report.Facts, error) {
	if a.demo == "" {
		return a.keptFacts(since)
	}
	if cmd.Flags().Changed("since") {
		return report.Facts{}, misuse("choose the time", errors.New("--since and the simulated fleet exclude each other"), "a demo keeps nothing: the report is about the 25 s that are watched")
	}
	return a.watchedFacts(cmd.Context())
}

// watchedFacts watches the simulated fleet.
func (a *app) watchedFacts(ctx context.Context) (report.Facts, error) {
	s, err := a.observe(ctx, nil, demoWait)
	if err != nil {
		return report.Facts{}, err
	}
	f := report.Facts{Fleet: s.Fleet, Origin: "watched for " + demoWait.String(), From: s.Started, To: s.Now, Events: s.Events, Snapshot: s}
	for _, n := range s.Notices {
		f.Notes = append(f.Notes, n.Text)
	}
	return f, nil
}

// keptFacts reads the state directory. It needs no lock.
func (a *app) keptFacts(since time.Duration) (f report.Facts, err error) {
	if err := a.validate(); err != nil {
		return f, err
	}
	dir, err := a.stateDirectory()
	doing := "read what was kept in " + dir
	if err != nil {
		return f, misuse("find the state directory", err, "name it with --state-dir DIR")
	}
	keeps := "the screen, watch and serve write it; --state-dir DIR names another; tritop report --demo SCENARIO needs none"
	if info, err := os.Stat(dir); errors.Is(err, fs.ErrNotExist) {
		return f, misuse(doing, errors.New("the directory does not exist"), keeps)
	} else if err != nil {
		return f, &failure{exitEngine, doing, config.Cause(err), ""}
	} else if !info.IsDir() {
		return f, misuse(doing, errors.New("it is not a directory"), keeps)
	}
	k := archive{to: time.Now(), fleets: make(map[string]time.Time)}
	found, err := journal.Replay(journal.Disk{}, dir, k.take)
	switch {
	case err != nil:
		return f, &failure{exitEngine, doing, config.Cause(err), "see docs/state.md, \"what can go wrong\""}
	case k.last.IsZero():
		return f, misuse(doing, errors.New("nothing is kept there yet"), keeps)
	}
	f, err = a.pick(&k)
	if err != nil {
		return f, err
	}
	f.Origin, f.To = "kept in "+dir, k.to
	f.From = f.To.Add(-since)
	f.Gaps = k.gaps()
	f.Requests = k.requests(f.From)
	f.Notes = append(f.Notes, k.notes(f.From)...)
	if w := found.Words(); w != "" {
		f.Notes = append(f.Notes, "of the journal: "+w)
	}
	return f, nil
}

// pick takes the events of one fleet: that of the configuration, else the one that
// was heard of last.
func (a *app) pick(k *archive) (f report.Facts, err error) {
	if file := config.Find(a.config, a.io.Getenv); file != "" {
		c, err := config.Load(file)
		if err != nil {
			return f, configError(file, err)
		}
		f.Fleet = plan{name: c.Fleet, file: file}.identity()
	}
	if _, there := k.fleets[f.Fleet]; !there {
		if f.Fleet != "" {
			f.Notes = append(f.Notes, "nothing is kept of the configured fleet "+model.CleanName(f.Fleet))
		}
		var newest time.Time
		for name, at := range k.fleets {
			if !at.Before(newest) {
				f.Fleet, newest = name, at
			}
		}
	}
	var others []string
	for name := range k.fleets {
		if name != f.Fleet {
			others = append(others, model.CleanName(name))
		}
	}
	if slices.Sort(others); len(others) > 0 {
		f.Notes = append(f.Notes, "events of other fleets are kept here and left out (--config FILE chooses): "+limited(others))
	}
	for _, e := range k.events {
		if e.fleet == f.Fleet {
			f.Events = append(f.Events, e.Event)
		}
	}
	f.Fleet = model.CleanName(f.Fleet)
	return f, nil
}

// archive is what a journal tells.
type archive struct {
	to          time.Time
	first, last time.Time            // of all records
	events      []keptEvent          // oldest first
	fleets      map[string]time.Time // when each was heard of last
	ledger      journal.Ledger
	unseen      []report.Span
	dropped     int // events that were not kept
}

type keptEvent struct {
	fleet string
	model.Event
}

// take reads one record. What is from a future is left out: the clock was set back.
func (k *archive) take(r journal.Record) {
	if r.Kind == journal.KindBudget {
		k.ledger.Add(r)
	}
	if r.At.After(k.to) {
		return
	}
	k.seen(r)
	if r.Kind == journal.KindGap {
		k.dropped++
	}
	fleet, e, ok := r.Event()
	if n := len(k.events); !ok || n > 0 && k.events[n-1].Seq == e.Seq && k.events[n-1].At.Equal(e.At) { // it was written twice
		return
	}
	k.events, k.fleets[fleet] = append(k.events, keptEvent{fleet, e.Worded()}), e.At
}

// seen notes when a tritop ran: until the last record before another one started.
func (k *archive) seen(r journal.Record) {
	if r.Kind == journal.KindOpened && !k.last.IsZero() && r.At.After(k.last) {
		k.unseen = append(k.unseen, report.Span{From: k.last, To: r.At})
	}
	if k.first.IsZero() {
		k.first = r.At
	}
	if r.At.After(k.last) {
		k.last = r.At
	}
}

// quiet is how long a tritop that runs may keep nothing: counts are kept each five
// minutes.
const quiet = 2 * journal.BucketStep

// gaps are the times in which no tritop ran, as far as its records tell.
func (k *archive) gaps() []report.Span {
	out := slices.Clone(k.unseen)
	if !k.first.IsZero() {
		out = append([]report.Span{{To: k.first}}, out...)
	}
	if k.to.Sub(k.last) > quiet {
		out = append(out, report.Span{From: k.last, To: k.to})
	}
	return out
}

// requests are the counts that were kept of the time, whole steps only.
func (k *archive) requests(from time.Time) (out []report.Requests) {
	for _, name := range k.ledger.Objectives() {
		r := report.Requests{Name: model.CleanName(name)}
		for _, b := range k.ledger.Buckets(name) {
			if !b.Start.Before(from.Add(-b.Step)) && !b.Start.After(k.to) {
				r.Buckets = append(r.Buckets, report.Bucket{Start: b.Start, Step: b.Step, Good: b.Good, Total: b.Total, Seconds: b.Seconds})
			}
		}
		if len(r.Buckets) > 0 {
			out = append(out, r)
		}
	}
	return out
}

func (k *archive) notes(from time.Time) (out []string) {
	stamp := func(t time.Time) string { return t.UTC().Format("2006-01-02 15:04:05Z") }
	if k.first.After(from) {
		out = append(out, "the records begin at "+stamp(k.first)+": nothing is known of the time before")
	}
	if k.to.Sub(k.last) > quiet {
		out = append(out, "the last record is of "+stamp(k.last)+": nobody seems to observe since then")
	}
	if k.dropped > 0 {
		out = append(out, plural(k.dropped, "time")+" events could not be kept")
	}
	return out
}
