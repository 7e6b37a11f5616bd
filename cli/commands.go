package cli

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"slices"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"tritop/config"
	"tritop/headless"
	"tritop/model"
	"tritop/sim"
	"tritop/themes"
	"tritop/ui"
)

const howToStart = `tritop: no server is named and no configuration was found

  tritop demo                              the live screen on a simulated fleet
  tritop 10.0.0.1 eu=10.0.1.1:8001         real servers: [name=]host[:grpc[/http/metrics]]
  tritop config init > tritop.yaml         a commented configuration to start from
  tritop check 10.0.0.1                    the verdict without a screen
  tritop --help                            all commands
`

// screen is the live screen.
func (a *app) screen(ctx context.Context, args []string) error {
	p, err := a.prepare(ctx, args)
	if errors.Is(err, errNothing) {
		_, _ = fmt.Fprint(a.io.Out, howToStart)
		if a.io.Terminal(a.io.Out) {
			return nil
		}
		return verdictCode(exitUsage)
	}
	if err != nil {
		return err
	}
	if a.io.In == nil || !a.io.Terminal(a.io.Out) || !a.io.Terminal(a.io.In) {
		p.close()
		return misuse("open the screen", errors.New("this is not a terminal"), "tritop check and tritop snapshot need none")
	}
	ctx, s, err := a.start(ctx, p)
	if err != nil {
		return err
	}
	err = ui.Run(ctx, ui.RunOptions{Options: a.uiOptions(), Backend: s.engine, In: a.io.In, Out: a.io.Out, Environ: a.io.Environ})
	if stopErr := s.stop(); stopErr != nil {
		return stopErr
	}
	if errors.Is(err, ui.ErrInterrupted) {
		return verdictCode(exitInterrupted)
	}
	return a.broken("run the screen", err)
}

func (a *app) uiOptions() ui.Options {
	o := ui.Options{Theme: themes.Default(a.noColour()), ASCII: a.asciiOnly(), Focus: a.focus, Local: a.local}
	if a.theme != "" {
		o.Theme, _ = themes.ByName(a.theme) // validated before
	}
	return o
}

// noColour follows the flag, NO_COLOR and TERM=dumb; CLICOLOR_FORCE overrules the latter two.
func (a *app) noColour() bool {
	if a.noColor {
		return true
	}
	if f := a.io.Getenv("CLICOLOR_FORCE"); f != "" && f != "0" {
		return false
	}
	return a.io.Getenv("NO_COLOR") != "" || a.io.Getenv("TERM") == "dumb"
}

// asciiOnly follows the flag and the locale.
func (a *app) asciiOnly() bool {
	if a.ascii {
		return true
	}
	for _, k := range []string{"LC_ALL", "LC_CTYPE", "LANG"} {
		if v := strings.ToUpper(a.io.Getenv(k)); v != "" {
			return !strings.Contains(v, "UTF-8") && !strings.Contains(v, "UTF8")
		}
	}
	return true
}

func (a *app) demoCommand() *cobra.Command {
	list, scenario := false, "normal"
	c := &cobra.Command{Use: "demo", Short: "the live screen on the built-in simulated fleet", Args: cobra.NoArgs,
		Example: "  tritop demo\n  tritop demo --scenario ready-lies\n  tritop demo --list",
		RunE: func(cmd *cobra.Command, _ []string) error {
			if list {
				return a.listScenarios(cmd.OutOrStdout())
			}
			if scenario == "" {
				scenario = "normal"
			}
			a.demo = scenario
			return a.screen(cmd.Context(), nil)
		}}
	c.Flags().StringVar(&scenario, "scenario", "normal", "what happens: see --list")
	c.Flags().BoolVar(&list, "list", false, "list the scenarios")
	c.Flags().StringVar(&a.focus, "focus", "", "open on this model or server")
	a.outputFlag(c, "text", "json")
	return c
}

func (a *app) listScenarios(w io.Writer) error {
	switch a.output {
	case "", "text":
		for _, s := range sim.Scenarios() {
			_, _ = fmt.Fprintf(w, "%-12s %-10s %s\n", s.Name, s.Expected, s.Description)
		}
	case "json":
		type entry struct {
			Name        string `json:"name"`
			Description string `json:"description"`
			Expected    string `json:"expected_verdict"`
		}
		out := struct {
			Schema    string  `json:"schema"`
			Scenarios []entry `json:"scenarios"`
		}{Schema: "tritop/scenarios/v1"}
		for _, s := range sim.Scenarios() {
			out.Scenarios = append(out.Scenarios, entry{s.Name, s.Description, s.Expected.String()})
		}
		enc := json.NewEncoder(w)
		enc.SetIndent("", "  ")
		if err := enc.Encode(out); err != nil {
			return fmt.Errorf("list the scenarios: %w", err)
		}
	default:
		return a.wrongFormat("text", "json")
	}
	return nil
}

// defaultTimes are how long check and snapshot collect: long enough in a demo
// for its fault to show.
func (a *app) collectFor(given time.Duration) time.Duration {
	switch {
	case given > 0:
		return given
	case a.demo != "":
		return 25 * time.Second
	}
	return 10 * time.Second
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
	if a.io.Terminal(a.io.Err) {
		_, _ = fmt.Fprintf(a.io.Err, "collecting for %s …\r", d)
		defer func() { _, _ = fmt.Fprint(a.io.Err, "\x1b[2K\r") }()
	}
	waitErr := collect(ctx, d)
	snap := s.engine.Latest()
	if err := s.stop(); err != nil {
		return nil, err
	}
	return snap, waitErr
}

func (a *app) checkCommand() *cobra.Command {
	var length time.Duration
	c := &cobra.Command{Use: "check [server …]", Short: "collect for a while, print the verdict, exit with its code",
		Long:    "check collects for a while, prints the verdict and exits with its code:\n0 healthy, 1 degraded, 2 unhealthy, 3 unknown.",
		Example: "  tritop check 10.0.0.1 10.0.0.2 --for 10s\n  tritop check --demo ready-lies -o json",
		RunE: func(cmd *cobra.Command, args []string) error {
			if !slices.Contains([]string{"", "table", "json"}, a.output) {
				return a.wrongFormat("table", "json")
			}
			if cmd.Flags().Changed("for") && length <= 0 {
				return misuse("read --for", fmt.Errorf("%s is no time to collect in", length), "e.g. --for 10s")
			}
			s, err := a.observe(cmd.Context(), args, a.collectFor(length))
			if err != nil {
				return err
			}
			if a.output == "json" {
				err = headless.JSON(cmd.OutOrStdout(), s, true)
			} else {
				err = headless.Table(cmd.OutOrStdout(), s)
			}
			if err == nil && s.Verdict != model.Healthy {
				return verdictCode(s.Verdict.ExitCode())
			}
			return err
		}}
	c.Flags().DurationVar(&length, "for", 0, "how long to collect (default 10s, with --demo 25s)")
	a.outputFlag(c, "table", "json")
	a.demoFlag(c)
	return c
}

func (a *app) snapshotCommand() *cobra.Command {
	var after time.Duration
	view, size := "overview", "80x24"
	c := &cobra.Command{Use: "snapshot [server …]", Short: "one frame of a view, or the whole state as JSON",
		Example: "  tritop snapshot --demo bad-version --size 200x60 -o ansi\n  tritop snapshot 10.0.0.1 --view model:bert --after 5s",
		RunE: func(cmd *cobra.Command, args []string) error {
			formats := []string{"text", "ansi", "svg", "json"}
			if a.output != "" && !slices.Contains(formats, a.output) {
				return a.wrongFormat(formats...)
			}
			w, h, err := parseSize(size)
			if err != nil {
				return err
			}
			wait := a.collectFor(after)
			if after == 0 && a.demo == "" {
				wait = 5 * time.Second
			}
			s, err := a.observe(cmd.Context(), args, wait)
			if err != nil {
				return err
			}
			return a.printFrame(cmd.OutOrStdout(), s, view, w, h)
		}}
	c.Flags().StringVar(&view, "view", "overview", "overview, server:NAME, model:NAME, events, help")
	c.Flags().StringVar(&size, "size", "80x24", "columns x rows")
	c.Flags().DurationVar(&after, "after", 0, "how long to collect first (default 5s, with --demo 25s)")
	a.outputFlag(c, "text", "ansi", "svg", "json")
	a.demoFlag(c)
	return c
}

func parseSize(s string) (w, h int, err error) {
	if n, scanErr := fmt.Sscanf(s, "%dx%d", &w, &h); scanErr != nil || n != 2 || w < 1 || h < 1 || w > 1000 || h > 1000 || fmt.Sprintf("%dx%d", w, h) != s {
		return 0, 0, misuse("read --size", fmt.Errorf("%q is no size", s), "columns x rows, e.g. 80x24, at most 1000x1000")
	}
	return w, h, nil
}

func (a *app) printFrame(w io.Writer, s *model.Snapshot, view string, width, height int) error {
	if a.output == "json" {
		return headless.JSON(w, s, true)
	}
	if names := viewNames(s); !slices.Contains(names, view) {
		return misuse("choose the view", fmt.Errorf("no view is named %q%s", view, config.Nearest(view, names)), "views: "+strings.Join(names, ", "))
	}
	opt := a.uiOptions()
	opt.ASCII = a.ascii
	grid, err := ui.Frame(s, view, width, height, opt)
	if err != nil {
		return misuse("draw the view", err, "")
	}
	var out string
	switch a.output {
	case "ansi":
		out = grid.ANSI()
	case "svg":
		out = grid.SVG()
	default:
		out = grid.Text()
	}
	if _, err := io.WriteString(w, out); err != nil {
		return fmt.Errorf("write the frame: %w", err)
	}
	return nil
}

func (a *app) simCommand() *cobra.Command {
	var servers int
	listen, scenario := "127.0.0.1:0", "normal"
	c := &cobra.Command{Use: "sim", Short: "the simulated fleet alone: servers that speak Triton's protocols", Args: cobra.NoArgs,
		Example: "  tritop sim --listen 127.0.0.1:18001\n  tritop sim --scenario bad-version --servers 3",
		RunE: func(cmd *cobra.Command, _ []string) error {
			if err := knownScenario(scenario); err != nil {
				return err
			}
			w, err := sim.New(sim.Options{Scenario: scenario, Seed: a.seed, Servers: servers})
			if err != nil {
				return misuse("start the simulated fleet", err, "")
			}
			served, err := sim.Serve(cmd.Context(), w, listen)
			if err != nil {
				return misuse("start the simulated fleet", err, "choose other ports with --listen HOST:PORT")
			}
			for _, s := range served.Specs() {
				_, _ = fmt.Fprintf(cmd.OutOrStdout(), "%s %s:%d/%d/%d\n", s.Name, s.Host, s.GRPC, s.HTTP, s.Metric)
			}
			_, _ = fmt.Fprintln(cmd.OutOrStdout(), "ready")
			served.Wait()
			return nil
		}}
	c.Flags().StringVar(&scenario, "scenario", "normal", "what happens: see demo --list")
	c.Flags().IntVar(&servers, "servers", 0, "how many servers (default 6)")
	c.Flags().StringVar(&listen, "listen", "127.0.0.1:0", "HOST:PORT of the first server's gRPC; HTTP is one below, metrics one above, the next server ten further; port 0: free ports")
	return c
}

func (a *app) configCommand() *cobra.Command {
	c := &cobra.Command{Use: "config", Short: "print, check and show the configuration", Args: cobra.NoArgs,
		Example: "  tritop config init > tritop.yaml\n  tritop config validate tritop.yaml",
		RunE: func(*cobra.Command, []string) error {
			return misuse("read the command line", errors.New("config needs a verb"), "init, validate or show")
		}}
	initC := &cobra.Command{Use: "init", Short: "print a commented configuration with all defaults", Args: cobra.NoArgs, Example: "  tritop config init\n  tritop config init > tritop.yaml",
		RunE: func(cmd *cobra.Command, _ []string) error {
			_, err := io.WriteString(cmd.OutOrStdout(), config.InitText())
			return err //nolint:wrapcheck // a broken pipe says enough
		}}
	validate := &cobra.Command{Use: "validate [FILE]", Short: "check a configuration: all problems at once", Args: cobra.MaximumNArgs(1), Example: "  tritop config validate\n  tritop config validate prod.yaml",
		RunE: func(cmd *cobra.Command, args []string) error {
			if _, err := a.load(args); err != nil {
				return err
			}
			_, _ = fmt.Fprintln(cmd.OutOrStdout(), "ok")
			return nil
		}}
	show := &cobra.Command{Use: "show [FILE]", Short: "print the effective configuration, without secrets", Args: cobra.MaximumNArgs(1), Example: "  tritop config show\n  tritop config show prod.yaml -o json",
		RunE: func(cmd *cobra.Command, args []string) error {
			cfg, err := a.load(args)
			if err != nil {
				return err
			}
			out, err := cfg.Show(a.output)
			if err != nil {
				return a.wrongFormat("yaml", "json")
			}
			_, _ = io.WriteString(cmd.OutOrStdout(), out)
			for _, l := range cfg.Later {
				_, _ = fmt.Fprintf(cmd.ErrOrStderr(), "note: %s is set and not used yet\n", l)
			}
			return nil
		}}
	a.outputFlag(show, "yaml", "json")
	c.AddCommand(initC, validate, show)
	return c
}

// load reads the named file, else the one that would be used.
func (a *app) load(args []string) (config.Config, error) {
	named := a.config
	if len(args) > 0 {
		named = args[0]
	}
	file := config.Find(named, a.io.Getenv)
	if file == "" {
		return config.Config{}, &failure{exitConfig, "read the configuration", fmt.Errorf("none was found: %w", os.ErrNotExist), "name a file, or write one with `tritop config init > tritop.yaml`"}
	}
	cfg, err := config.Load(file)
	if err != nil {
		return cfg, configError(file, err)
	}
	return cfg, nil
}
