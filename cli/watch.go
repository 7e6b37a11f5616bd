package cli

import (
	"context"
	"errors"
	"fmt"
	"io"
	"time"

	"github.com/spf13/cobra"

	"tritop/engine"
	"tritop/headless"
)

// shortestEvery is the shortest interval of watch: the engine publishes no
// oftener than ten times a second.
const shortestEvery = 100 * time.Millisecond

func (a *app) watchCommand() *cobra.Command {
	every, length := 5*time.Second, time.Duration(0)
	c := &cobra.Command{Use: "watch [server …]", Short: "a line of state per interval, for pipes and screen readers",
		Long:    "watch writes the state at each interval: a line of short sentences, and between\ntwo of them one for each change; with -o jsonl a document per line.",
		Example: "  tritop watch 10.0.0.1 --every 10s\n  tritop watch --demo dead-server -o jsonl --for 1m",
		RunE: func(cmd *cobra.Command, args []string) error {
			if err := a.checkFormat("text", "jsonl"); err != nil {
				return err
			}
			switch {
			case every < shortestEvery:
				return misuse("read --every", fmt.Errorf("%s is too short", every), "the shortest is "+shortestEvery.String())
			case cmd.Flags().Changed("for") && length <= 0:
				return misuse("read --for", fmt.Errorf("%s is no time to watch", length), "e.g. --for 1h; without it watch goes on until it is interrupted")
			}
			return a.lines(cmd.Context(), args, pace{every: every, length: length}, cmd.OutOrStdout())
		}}
	c.Flags().DurationVar(&every, "every", every, "a line every `DURATION`")
	c.Flags().DurationVar(&length, "for", 0, "end after `DURATION` (default: until interrupted)")
	a.outputFlag(c, "text", "jsonl")
	a.demoFlag(c)
	return c
}

// pace is how often watch writes, and for how long (0: until interrupted).
type pace struct {
	every, length time.Duration
	soon          bool // the first state is written after a moment
}

// forListening is the pace of plain lines on a terminal that has no screen: what
// changes is told at once, so the state is for those who wait.
var forListening = pace{every: time.Minute, soon: true}

// lines observes and writes the state at each interval.
func (a *app) lines(ctx context.Context, args []string, p pace, w io.Writer) error {
	plan, err := a.prepare(ctx, args)
	if errors.Is(err, errNothing) {
		return misuse("choose what to watch", err, "name servers, give --config FILE, or --demo SCENARIO")
	}
	if err != nil {
		return err
	}
	return a.writeLines(ctx, plan, p, w)
}

func (a *app) writeLines(ctx context.Context, plan plan, p pace, w io.Writer) error {
	var err error
	if plan.keeper, err = a.keep(plan); err != nil {
		return err
	}
	ctx, s, err := a.start(ctx, plan)
	if err != nil {
		return err
	}
	a.hangup.able.Store(true)
	out := &lineWriter{w: w, engine: s.engine, json: a.output == "jsonl"}
	err = p.each(ctx, out)
	if stopErr := s.stop(); stopErr != nil {
		return stopErr
	}
	return err
}

// lineWriter writes what watch says.
type lineWriter struct {
	w      io.Writer
	engine *engine.Engine
	json   bool
	told   uint64 // the last event that was told
}

// state writes the whole state, and before it what changed.
func (l *lineWriter) state() error {
	if l.json {
		return headless.JSON(l.w, l.engine.Latest(), false)
	}
	if err := l.changes(); err != nil {
		return err
	}
	return headless.Line(l.w, l.engine.Latest())
}

// changes writes what changed, for people: a document carries its events itself.
func (l *lineWriter) changes() (err error) {
	if !l.json {
		l.told, err = headless.Changes(l.w, l.engine.Latest(), l.told)
	}
	return err
}

// lookEvery is how often watch looks for changes: what happens to several
// servers at once is one sentence.
const lookEvery = time.Second

// each writes the state at each interval, and changes in between, until the time
// is over.
func (p pace) each(ctx context.Context, out *lineWriter) error {
	tick, look := time.NewTicker(p.every), time.NewTicker(min(p.every, lookEvery))
	defer tick.Stop()
	defer look.Stop()
	var end, first <-chan time.Time // nil: none
	if p.length > 0 {
		t := time.NewTimer(p.length)
		defer t.Stop()
		end = t.C
	}
	if p.soon {
		t := time.NewTimer(2 * lookEvery)
		defer t.Stop()
		first = t.C
	}
	for {
		write := out.state
		select {
		case <-ctx.Done():
			return verdictCode(exitInterrupted)
		case <-end:
			return nil
		case <-look.C:
			write = out.changes
		case <-first:
		case <-tick.C:
		}
		if err := write(); err != nil {
			return unwritten("the state", err)
		}
	}
}
