package cli

import (
	"fmt"
	"strings"

	"github.com/spf13/cobra"

	"tritop/config"
	"tritop/themes"
	"tritop/ui"
)

// shells are those that completion knows.
var shells = []string{"bash", "zsh", "fish", "powershell"}

func oneShell(_ *cobra.Command, args []string) error {
	if len(args) == 1 {
		return nil
	}
	return misuse("choose the shell", fmt.Errorf("completion wants one shell, found %d", len(args)), "shells: "+strings.Join(shells, ", "))
}

func (a *app) completionCommand() *cobra.Command {
	return &cobra.Command{Use: "completion SHELL", Short: "print a completion script for a shell", Args: oneShell, ValidArgs: shells,
		Long:    "completion prints a script that completes commands and flags in bash, zsh, fish or powershell.",
		Example: "  source <(tritop completion bash)\n  tritop completion fish > ~/.config/fish/completions/tritop.fish",
		RunE: func(cmd *cobra.Command, args []string) error {
			root, w := cmd.Root(), cmd.OutOrStdout()
			var err error
			switch args[0] {
			case "bash":
				err = root.GenBashCompletionV2(w, true)
			case "zsh":
				err = root.GenZshCompletion(w)
			case "fish":
				err = root.GenFishCompletion(w, true)
			case "powershell":
				err = root.GenPowerShellCompletionWithDesc(w)
			default:
				return misuse("choose the shell", fmt.Errorf("no shell is named %q%s", args[0], config.Nearest(args[0], shells)), "shells: "+strings.Join(shells, ", "))
			}
			if err != nil {
				return unwritten("the script", fmt.Errorf("write the script: %w", err))
			}
			return nil
		}}
}

// completeValues lets a shell complete the values of flags that take a name.
func (a *app) completeValues(c *cobra.Command) {
	for flag, names := range map[string][]string{"profile": profileNames, "demo": scenarioNames(), "scenario": scenarioNames()} {
		if c.Flags().Lookup(flag) != nil || c.PersistentFlags().Lookup(flag) != nil {
			_ = c.RegisterFlagCompletionFunc(flag, cobra.FixedCompletions(names, cobra.ShellCompDirectiveNoFileComp)) // fails only for unknown flags
		}
	}
	if c.PersistentFlags().Lookup("theme") != nil { // else a file
		_ = c.RegisterFlagCompletionFunc("theme", cobra.FixedCompletions(themes.Names(), cobra.ShellCompDirectiveDefault)) // fails only for unknown flags
	}
	for _, sub := range c.Commands() {
		a.completeValues(sub)
	}
	for flag, names := range map[string]func() []string{"focus": a.serverNames, "view": a.viewNames} {
		if c.Flags().Lookup(flag) != nil {
			_ = c.RegisterFlagCompletionFunc(flag, later(names)) // fails only for unknown flags
		}
	}
}

// later completes names that are worked out when a shell asks for them.
func later(names func() []string) cobra.CompletionFunc {
	return func(_ *cobra.Command, _ []string, begins string) (out []string, how cobra.ShellCompDirective) {
		for _, name := range names() {
			if !strings.HasPrefix(name, begins) {
				continue
			}
			if out = append(out, name); strings.HasSuffix(name, ":") { // the name of an object follows
				how = cobra.ShellCompDirectiveNoSpace
			}
		}
		return out, how | cobra.ShellCompDirectiveNoFileComp
	}
}

// viewNames are the views, those of the servers of the configuration among them.
func (a *app) viewNames() []string {
	names := ui.ViewNames()
	for _, server := range a.serverNames() {
		names = append(names, "server:"+server)
	}
	return names
}
