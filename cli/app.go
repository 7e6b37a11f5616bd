package cli

import (
	"encoding/json"
	"fmt"
	"io"
	"runtime"
	"runtime/debug"
	"slices"
	"strings"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"tritop/config"
	"tritop/sim"
	"tritop/themes"
)

// app holds the arguments and flags of one run.
type app struct {
	io       IO
	args     []string
	hangup   *hangup
	config   string
	stateDir string
	profiles []string
	output   string
	look
	logFile string
	demo    string
	seed    uint64
}

// look is how the viewer wants to see things.
type look struct {
	noColor bool
	ascii   bool
	theme   themeFlag
	local   bool
	focus   string
	wall    bool
	noMouse bool
	bell    bool // ring when a page begins to fire
}

// version of the program; the build writes it.
func programVersion() string {
	if v := buildVersion; v != "" {
		return v
	}
	if info, ok := debug.ReadBuildInfo(); ok && info.Main.Version != "" {
		return info.Main.Version
	}
	return "(unknown)"
}

// buildVersion is set with -ldflags -X.
var buildVersion = ""

const longHelp = `tritop is the operations console for fleets of NVIDIA Triton Inference Server.

It shows which server, which model and which version is broken, since when, and
on the strength of what: readiness, statistics, metrics and real inferences.

A server is [name=]host[:grpc[/http/metrics]], an IPv6 address in brackets.
Without ports they are 8001/8000/8002; with a gRPC port alone HTTP is one below
it and metrics one above.

Exit codes: 0 healthy, 1 degraded, 2 unhealthy, 3 unknown, 4 refused,
5 tritop itself failed, 64 wrong usage, 78 wrong configuration, 130 interrupted.`

func newRoot(a *app) *cobra.Command {
	root := &cobra.Command{
		Use: "tritop [server …]", Short: "operations console for fleets of Triton Inference Server", Long: longHelp,
		Example: "  tritop demo\n  tritop eu=10.0.0.1 us=10.0.1.1:8001\n  tritop check --config prod.yaml -o json",
		Args:    cobra.ArbitraryArgs, SilenceErrors: true, SilenceUsage: true,
		RunE: a.live,
	}
	a.flags(root.PersistentFlags())
	a.screenFlags(root.Flags())
	root.Flags().BoolP("version", "v", false, "version for tritop")
	a.demoFlag(root)
	root.CompletionOptions.DisableDefaultCmd = true
	root.SetFlagErrorFunc(a.flagError)
	root.SetUsageFunc(usage)
	root.SetHelpCommand(helpCommand())
	root.AddCommand(a.demoCommand(), a.checkCommand(), a.watchCommand(), a.serveCommand(), a.reportCommand(), a.snapshotCommand(), a.simCommand(), a.configCommand(), a.probeCommand(), a.doctorCommand(), a.completionCommand(), a.versionCommand())
	for _, c := range notYet {
		root.AddCommand(notBuilt(c))
	}
	a.completeValues(root)
	return root
}

// live is tritop without a command: the live screen on the servers that are named.
func (a *app) live(cmd *cobra.Command, args []string) error {
	if asked, _ := cmd.Flags().GetBool("version"); asked {
		_, err := fmt.Fprintf(cmd.OutOrStdout(), "tritop %s\n", programVersion())
		return unwritten("the version", err)
	}
	for _, arg := range args {
		if err := a.mistypedCommand(cmd, arg); err != nil {
			return err
		}
	}
	return a.screen(cmd.Context(), args)
}

func helpCommand() *cobra.Command {
	return &cobra.Command{Use: "help [command]", Short: "the help of a command", Hidden: true, RunE: func(cmd *cobra.Command, args []string) error {
		of, rest, err := cmd.Root().Find(args)
		if err != nil || of == nil || len(rest) > 0 {
			return misuse("look for help", fmt.Errorf("no command is named %q", strings.Join(args, " ")), "tritop --help lists the commands")
		}
		of.InitDefaultHelpFlag()
		return of.Help()
	}}
}

func (a *app) flags(f *pflag.FlagSet) {
	f.StringVar(&a.config, "config", "", "configuration `FILE` (else $TRITOP_CONFIG, ./tritop.yaml, $XDG_CONFIG_HOME/tritop/config.yaml)")
	f.StringVar(&a.stateDir, "state-dir", "", "state `DIR` (else $XDG_STATE_HOME/tritop); events and saved screens (docs/state.md)")
	f.StringSliceVar(&a.profiles, "profile", nil, "objectives of the preset `NAME`: default, material, netflix (repeatable); fast has no effect yet")
	f.BoolVar(&a.noColor, "no-color", false, "no colour")
	f.BoolVar(&a.ascii, "ascii", false, "no characters beyond ASCII")
	f.StringVar(&a.theme.name, "theme", "", "`THEME`: "+strings.Join(themes.Names(), ", ")+", or a file of colours")
	f.BoolVar(&a.local, "local-time", false, "local time instead of UTC on the screen")
	f.StringVar(&a.logFile, "log-file", "", "append what changed, and tritop's own failures, to this `FILE`")
	f.Uint64Var(&a.seed, "seed", 1, "seed `N` of the simulated fleet")
}

// screenFlags are those of the live screen.
func (a *app) screenFlags(f *pflag.FlagSet) {
	f.StringVar(&a.focus, "focus", "", "open on the model, server, GPU or MODEL@VERSION of this `NAME`")
	f.BoolVar(&a.wall, "wall", false, "the wall of an incident room: no interaction, read from far away")
	f.BoolVar(&a.bell, "bell", false, "ring the terminal and notify (OSC 9) when a page begins to fire")
	f.BoolVar(&a.noMouse, "no-mouse", false, "leave the mouse to the terminal (m does it too)")
}

func (a *app) demoFlag(c *cobra.Command) {
	c.Flags().StringVar(&a.demo, "demo", "", "run on the built-in simulated fleet, `SCENARIO`: see demo --list")
}

// check of what flags say together, before anything starts.
func (a *app) validate() error {
	if err := a.chooseTheme(); err != nil {
		return err
	}
	if err := a.knownProfiles(); err != nil {
		return err
	}
	if a.demo != "" {
		return knownScenario(a.demo)
	}
	return nil
}

func (a *app) knownProfiles() error {
	for _, p := range a.profiles {
		if !slices.Contains(profileNames, p) {
			return misuse("choose the profile", fmt.Errorf("no profile is named %q%s", p, config.Nearest(p, profileNames)), "profiles: "+strings.Join(profileNames, ", "))
		}
	}
	return nil
}

// profileNames are the presets.
var profileNames = []string{"default", "material", "netflix", "fast"}

func scenarioNames() []string {
	var names []string
	for _, s := range sim.Scenarios() {
		names = append(names, s.Name)
	}
	return names
}

func knownScenario(name string) error {
	names := scenarioNames()
	if slices.Contains(names, name) {
		return nil
	}
	return misuse("choose the scenario", fmt.Errorf("no scenario is named %q%s", name, config.Nearest(name, names)), "scenarios: "+strings.Join(names, ", "))
}

// versionDocument is tritop/version/v1.
type versionDocument struct {
	Schema  string `json:"schema"`
	Version string `json:"version"`
	Go      string `json:"go"`
	OS      string `json:"os"`
	Arch    string `json:"arch"`
}

const versionSchema = "tritop/version/v1"

func (a *app) versionCommand() *cobra.Command {
	c := &cobra.Command{Use: "version", Short: "print the version", Args: noArgs, Example: "  tritop version\n  tritop version -o json",
		RunE: func(cmd *cobra.Command, _ []string) error {
			if err := a.checkFormat("text", "json"); err != nil {
				return err
			}
			if a.output == "json" {
				return printJSON(cmd.OutOrStdout(), "the version", versionDocument{versionSchema, programVersion(), runtime.Version(), runtime.GOOS, runtime.GOARCH})
			}
			_, err := fmt.Fprintf(cmd.OutOrStdout(), "tritop %s %s %s/%s\n", programVersion(), runtime.Version(), runtime.GOOS, runtime.GOARCH)
			return unwritten("the version", err)
		}}
	a.outputFlag(c, "text", "json")
	return c
}

// printJSON writes a document for people and scripts.
func printJSON(w io.Writer, what string, document any) error {
	enc := json.NewEncoder(w)
	enc.SetEscapeHTML(false)
	enc.SetIndent("", "  ")
	return unwritten(what, enc.Encode(document))
}
