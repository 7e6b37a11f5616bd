package cli

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/spf13/cobra"

	"tritop/headless"
	"tritop/model"
)

// waiting is the flag that says how long a command collects.
type waiting struct {
	flag  string
	given time.Duration
	usual time.Duration
}

// demoWait is long enough for the fault of a scenario to show.
const demoWait = 25 * time.Second

func (a *app) waitingFlag(c *cobra.Command, w *waiting, help string) {
	c.Flags().DurationVar(&w.given, w.flag, 0, fmt.Sprintf("%s, `DURATION` (default %s, with --demo %s)", help, w.usual, demoWait))
}

// length gives how long to collect.
func (a *app) length(c *cobra.Command, w waiting) (time.Duration, error) {
	switch {
	case c.Flags().Changed(w.flag) && w.given <= 0:
		return 0, misuse("read --"+w.flag, fmt.Errorf("%s is no time to collect in", w.given), "e.g. --"+w.flag+" "+w.usual.String())
	case w.given > 0:
		return w.given, nil
	case a.demo != "":
		return demoWait, nil
	}
	return w.usual, nil
}

// observe collects for a while and gives the last snapshot.
func (a *app) observe(ctx context.Context, args []string, d time.Duration) (*model.Snapshot, error) {
	p, err := a.prepare(ctx, args)
	if errors.Is(err, errNothing) {
		return nil, misuse("choose what to observe", err, "name servers, give --config FILE, or --demo SCENARIO")
	}
	if err != nil {
		return nil, err
	}
	ctx, s, err := a.start(ctx, p)
	if err != nil {
		return nil, err
	}
	if a.io.Terminal(a.io.Err) && a.io.Getenv("TERM") != "dumb" {
		_, _ = fmt.Fprintf(a.io.Err, "collecting for %s\r", d)
		defer func() { _, _ = fmt.Fprint(a.io.Err, "\x1b[2K\r") }()
	}
	waitErr := collect(ctx, d)
	snap := s.engine.Latest()
	if err := s.stop(); err != nil {
		return nil, err
	}
	return snap, waitErr
}

// collect lets a session run for a while; an interrupt ends it.
func collect(ctx context.Context, d time.Duration) error {
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-t.C:
		return nil
	case <-ctx.Done():
		return verdictCode(exitInterrupted)
	}
}

func (a *app) checkCommand() *cobra.Command {
	wait := waiting{flag: "for", usual: 10 * time.Second}
	c := &cobra.Command{Use: "check [server …]", Short: "collect for a while, print the verdict, exit with its code",
		Long:    "check collects for a while, prints the verdict and exits with its code:\n0 healthy, 1 degraded, 2 unhealthy, 3 unknown.",
		Example: "  tritop check 10.0.0.1 10.0.0.2 --for 10s\n  tritop check --demo ready-lies -o json",
		RunE: func(cmd *cobra.Command, args []string) error {
			if err := a.checkFormat("table", "json"); err != nil {
				return err
			}
			d, err := a.length(cmd, wait)
			if err != nil {
				return err
			}
			s, err := a.observe(cmd.Context(), args, d)
			if err != nil {
				return err
			}
			if a.output == "json" {
				err = headless.JSON(cmd.OutOrStdout(), s, true)
			} else {
				err = headless.Table(cmd.OutOrStdout(), s)
			}
			if err != nil {
				return unwritten("the verdict", err)
			}
			if s.Verdict != model.Healthy {
				return verdictCode(s.Verdict.ExitCode())
			}
			return nil
		}}
	a.waitingFlag(c, &wait, "how long to collect")
	a.outputFlag(c, "table", "json")
	a.demoFlag(c)
	return c
}
