package cli

import (
	"context"
	"errors"
	"fmt"
	"io"
	"time"

	"github.com/spf13/cobra"

	"tritop/headless"
	"tritop/model"
)

// shortestEvery is the shortest interval of watch: the engine publishes no
// oftener than ten times a second.
const shortestEvery = 100 * time.Millisecond

func (a *app) watchCommand() *cobra.Command {
	every, length := 5*time.Second, time.Duration(0)
	c := &cobra.Command{Use: "watch [server …]", Short: "a line of state per interval, for pipes and screen readers",
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
			return a.lines(cmd.Context(), args, pace{every, length}, cmd.OutOrStdout())
		}}
	c.Flags().DurationVar(&every, "every", every, "a line every `DURATION`")
	c.Flags().DurationVar(&length, "for", 0, "end after `DURATION` (default: until interrupted)")
	a.outputFlag(c, "text", "jsonl")
	a.demoFlag(c)
	return c
}

// pace is how often watch writes, and for how long (0: until interrupted).
type pace struct{ every, length time.Duration }

// lines writes the state at each interval.
func (a *app) lines(ctx context.Context, args []string, p pace, w io.Writer) error {
	plan, err := a.prepare(ctx, args)
	if errors.Is(err, errNothing) {
		return misuse("choose what to watch", err, "name servers, give --config FILE, or --demo SCENARIO")
	}
	if err != nil {
		return err
	}
	ctx, s, err := a.start(ctx, plan)
	if err != nil {
		return err
	}
	a.hangup.able.Store(true)
	write := func(snap *model.Snapshot) error { return headless.Line(w, snap) }
	if a.output == "jsonl" {
		write = func(snap *model.Snapshot) error { return headless.JSON(w, snap, false) }
	}
	err = p.each(ctx, func() error { return write(s.engine.Latest()) })
	if stopErr := s.stop(); stopErr != nil {
		return stopErr
	}
	return err
}

// each calls write at each interval until the time is over.
func (p pace) each(ctx context.Context, write func() error) error {
	tick := time.NewTicker(p.every)
	defer tick.Stop()
	var end <-chan time.Time // nil: none
	if p.length > 0 {
		t := time.NewTimer(p.length)
		defer t.Stop()
		end = t.C
	}
	for {
		select {
		case <-ctx.Done():
			return verdictCode(exitInterrupted)
		case <-end:
			return nil
		case <-tick.C:
			if err := write(); err != nil {
				return unwritten("the state", err)
			}
		}
	}
}
