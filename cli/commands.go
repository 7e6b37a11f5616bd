package cli

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"strings"

	"github.com/spf13/cobra"

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
	if a.plainOnly() {
		_, _ = fmt.Fprintln(a.io.Err, "note: this terminal takes plain lines only (TERM=dumb): what changes is told in sentences; ctrl-c ends")
		return a.writeLines(ctx, p, forListening, a.io.Out)
	}
	out, err := a.drawable()
	if err != nil {
		p.close()
		return err
	}
	if p.keeper, err = a.keep(p); err != nil {
		return err
	}
	ctx, s, err := a.start(ctx, p)
	if err != nil {
		return err
	}
	a.warnOfTheme()
	a.hangup.able.Store(true)
	err = ui.Run(ctx, ui.RunOptions{Options: a.uiOptions(), Backend: backend{s.engine, p.keeper, a.actor()}, In: a.io.In, Out: out, Environ: a.io.Environ, Save: a.saveScreen, NoMouse: a.noMouse, Bell: a.bellOf(p.notify), Detect: a.mayAskGround()})
	if stopErr := s.stop(); stopErr != nil {
		return stopErr
	}
	if errors.Is(err, ui.ErrInterrupted) {
		return verdictCode(exitInterrupted)
	}
	return a.broken("run the screen", err)
}

// plainOnly says whether there is a terminal on which no screen can be drawn.
func (a *app) plainOnly() bool { return a.io.Getenv("TERM") == "dumb" && a.io.Terminal(a.io.Out) }

// drawable gives the terminal that can be drawn on, or says why there is none.
func (a *app) drawable() (*os.File, error) {
	out, isFile := a.io.Out.(*os.File)
	if a.io.In == nil || !isFile || !a.io.Terminal(out) || !a.io.Terminal(a.io.In) {
		return nil, misuse("open the screen", errors.New("this is not a terminal"), "tritop check, watch and snapshot need none")
	}
	return out, nil
}

func (a *app) uiOptions() ui.Options {
	o := ui.Options{Theme: themes.Default(a.noColour()), ASCII: a.asciiOnly(), Focus: a.focus, Local: a.local, Wall: a.wall}
	switch {
	case a.theme.look != nil:
		o.Theme = a.theme.look
	case !a.noColour() && a.lightTerminal():
		o.Theme, _ = themes.ByName("light")
	}
	return o
}

// mayAskGround says whether the theme may follow what the terminal answers: none
// was chosen, by a flag or by COLORFGBG, and the terminal is one that answers.
func (a *app) mayAskGround() bool {
	name := a.io.Getenv("TERM")
	return a.theme.name == "" && !a.noColour() && a.io.Getenv("COLORFGBG") == "" && !a.wall && name != "linux" && !strings.HasPrefix(name, "vt")
}

// lightTerminal says whether the terminal tells of a light ground, as some do in
// COLORFGBG ("0;15": black on white).
func (a *app) lightTerminal() bool {
	parts := strings.Split(a.io.Getenv("COLORFGBG"), ";")
	ground := parts[len(parts)-1]
	return ground == "7" || ground == "15"
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
	c := &cobra.Command{Use: "demo", Short: "the live screen on the built-in simulated fleet", Args: noArgs,
		Example: "  tritop demo\n  tritop demo --scenario ready-lies\n  tritop demo --list",
		RunE: func(cmd *cobra.Command, _ []string) error {
			if err := a.checkFormat("text", "json"); err != nil {
				return err
			}
			if list {
				return a.listScenarios(cmd.OutOrStdout())
			}
			if a.output != "" {
				return misuse("choose the format", errors.New("the live screen has none"), "-o goes with --list; tritop snapshot --demo "+scenario+" prints one frame")
			}
			if err := knownScenario(scenario); err != nil {
				return err
			}
			a.demo = scenario
			return a.screen(cmd.Context(), nil)
		}}
	c.Flags().StringVar(&scenario, "scenario", "normal", "what happens, `NAME`: see --list")
	c.Flags().BoolVar(&list, "list", false, "list the scenarios")
	a.screenFlags(c.Flags())
	a.outputFlag(c, "text", "json")
	return c
}

// scenariosDocument is tritop/scenarios/v1.
type scenariosDocument struct {
	Schema    string          `json:"schema"`
	Scenarios []scenarioEntry `json:"scenarios"`
}

type scenarioEntry struct {
	Name        string `json:"name"`
	Description string `json:"description"`
	Expected    string `json:"expected_verdict"`
}

const scenariosSchema = "tritop/scenarios/v1"

func (a *app) listScenarios(w io.Writer) error {
	document := scenariosDocument{Schema: scenariosSchema}
	var text strings.Builder
	for _, s := range sim.Scenarios() {
		document.Scenarios = append(document.Scenarios, scenarioEntry{s.Name, s.Description, s.Expected.String()})
		fmt.Fprintf(&text, "%-12s %-10s %s\n", s.Name, s.Expected, s.Description)
	}
	if a.output == "json" {
		return printJSON(w, "the scenarios", document)
	}
	_, err := io.WriteString(w, text.String())
	return unwritten("the scenarios", err)
}
