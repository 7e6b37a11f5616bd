package cli

import (
	"fmt"
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

// app holds the flags of one run.
type app struct {
	io       IO
	config   string
	stateDir string
	profiles []string
	output   string
	noColor  bool
	ascii    bool
	theme    string
	local    bool
	logFile  string
	demo     string
	seed     uint64
	focus    string
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

It shows which server, which model and which version is broken, since when, and on
the strength of what: readiness, statistics, metrics and real inferences.`

func newRoot(a *app) *cobra.Command {
	root := &cobra.Command{
		Use: "tritop [server …]", Short: "operations console for fleets of Triton Inference Server", Long: longHelp,
		Example: "  tritop demo\n  tritop eu=10.0.0.1 us=10.0.1.1:8001\n  tritop check --config prod.yaml -o json",
		Args:    cobra.ArbitraryArgs, SilenceErrors: true, SilenceUsage: true,
		RunE: func(cmd *cobra.Command, args []string) error { return a.screen(cmd.Context(), args) },
	}
	a.flags(root.PersistentFlags())
	root.Flags().StringVar(&a.focus, "focus", "", "open on this model or server")
	a.demoFlag(root)
	root.CompletionOptions.DisableDefaultCmd = true
	root.SetHelpCommand(&cobra.Command{Hidden: true})
	root.AddCommand(a.demoCommand(), a.checkCommand(), a.snapshotCommand(), a.simCommand(), a.configCommand(), a.versionCommand())
	for _, c := range notYet {
		root.AddCommand(notBuilt(c))
	}
	return root
}

func (a *app) flags(f *pflag.FlagSet) {
	f.StringVar(&a.config, "config", "", "configuration `FILE` (else $TRITOP_CONFIG, ./tritop.yaml, $XDG_CONFIG_HOME/tritop/config.yaml)")
	f.StringVar(&a.stateDir, "state-dir", "", "state `DIR` (else $XDG_STATE_HOME/tritop); nothing is written there yet")
	f.StringSliceVar(&a.profiles, "profile", nil, "preset: default, material, netflix, fast (repeatable); has no effect yet")
	f.BoolVar(&a.noColor, "no-color", false, "no colour")
	f.BoolVar(&a.ascii, "ascii", false, "no characters beyond ASCII")
	f.StringVar(&a.theme, "theme", "", "theme: "+strings.Join(themes.Names(), ", "))
	f.BoolVar(&a.local, "local-time", false, "local time instead of UTC on the screen")
	f.StringVar(&a.logFile, "log-file", "", "write the collectors' failures to this `FILE`")
	f.Uint64Var(&a.seed, "seed", 1, "seed of the simulated fleet")
}

func (a *app) demoFlag(c *cobra.Command) {
	c.Flags().StringVar(&a.demo, "demo", "", "run on the built-in simulated fleet, `SCENARIO`: see demo --list")
}

// check of what flags say together, before anything starts.
func (a *app) validate() error {
	if a.theme != "" && !slices.Contains(themes.Names(), a.theme) {
		return misuse("choose the theme", fmt.Errorf("no theme is named %q%s", a.theme, config.Nearest(a.theme, themes.Names())), "themes: "+strings.Join(themes.Names(), ", "))
	}
	known := []string{"default", "material", "netflix", "fast"}
	for _, p := range a.profiles {
		if !slices.Contains(known, p) {
			return misuse("choose the profile", fmt.Errorf("no profile is named %q%s", p, config.Nearest(p, known)), "profiles: "+strings.Join(known, ", "))
		}
	}
	if a.demo != "" {
		return knownScenario(a.demo)
	}
	return nil
}

func knownScenario(name string) error {
	var names []string
	for _, s := range sim.Scenarios() {
		names = append(names, s.Name)
	}
	if slices.Contains(names, name) {
		return nil
	}
	return misuse("choose the scenario", fmt.Errorf("no scenario is named %q%s", name, config.Nearest(name, names)), "scenarios: "+strings.Join(names, ", "))
}

// notYet are the commands of later versions: their names are taken, so that a
// script gets a clear word and not a guess.
var notYet = []string{"watch", "report", "failover", "drain", "resume", "weight", "server", "model", "rollout", "scale", "drill", "serve",
	"record", "replay", "probe", "doctor", "completion", "audit"}

func notBuilt(name string) *cobra.Command {
	return &cobra.Command{Use: name, Hidden: true, DisableFlagParsing: true, RunE: func(*cobra.Command, []string) error {
		return misuse("run "+name, fmt.Errorf("this command is planned and not built yet"), "tritop --help lists what works today")
	}}
}

func (a *app) versionCommand() *cobra.Command {
	c := &cobra.Command{Use: "version", Short: "print the version", Args: cobra.NoArgs, Example: "  tritop version\n  tritop version -o json",
		RunE: func(cmd *cobra.Command, _ []string) error {
			switch a.output {
			case "", "text":
				_, _ = fmt.Fprintf(cmd.OutOrStdout(), "tritop %s %s %s/%s\n", programVersion(), runtime.Version(), runtime.GOOS, runtime.GOARCH)
			case "json":
				_, _ = fmt.Fprintf(cmd.OutOrStdout(), "{\"schema\":\"tritop/version/v1\",\"version\":%q,\"go\":%q,\"os\":%q,\"arch\":%q}\n", programVersion(), runtime.Version(), runtime.GOOS, runtime.GOARCH)
			default:
				return a.wrongFormat("text", "json")
			}
			return nil
		}}
	a.outputFlag(c, "text", "json")
	return c
}

func (a *app) outputFlag(c *cobra.Command, formats ...string) {
	c.Flags().StringVarP(&a.output, "output", "o", "", "format: "+strings.Join(formats, ", ")+" (default "+formats[0]+")")
}

func (a *app) wrongFormat(allowed ...string) error {
	return misuse("choose the format", fmt.Errorf("no format is named %q here%s", a.output, config.Nearest(a.output, allowed)), "formats: "+strings.Join(allowed, ", "))
}

// knownWords are the commands, or the flags, that a mistyped word is compared with.
func knownWords(root *cobra.Command, flags bool) []string {
	var out []string
	for _, c := range root.Commands() {
		if !flags {
			if !c.Hidden {
				out = append(out, c.Name())
			}
			continue
		}
		c.Flags().VisitAll(func(f *pflag.Flag) { out = append(out, f.Name) })
	}
	if flags {
		root.PersistentFlags().VisitAll(func(f *pflag.Flag) { out = append(out, f.Name) })
		root.Flags().VisitAll(func(f *pflag.Flag) { out = append(out, f.Name) })
	}
	return out
}
