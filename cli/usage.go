package cli

import (
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"tritop/config"
)

// flagError turns an error of the flag library into one of ours, with the
// nearest flag of that command.
func (a *app) flagError(cmd *cobra.Command, err error) error {
	if cmd == cmd.Root() { // a mistyped command leaves its flags to the root
		for _, arg := range a.args {
			if e := a.mistypedCommand(cmd, arg); e != nil {
				return e
			}
		}
	}
	hint := cmd.CommandPath() + " --help lists the flags"
	var unknown *pflag.NotExistError
	var lone *pflag.ValueRequiredError
	var wrong *pflag.InvalidValueError
	why := err
	switch {
	case errors.As(err, &unknown):
		found := unknown.GetSpecifiedName()
		if unknown.GetSpecifiedShortnames() != "" {
			why = fmt.Errorf("no flag is named %q", "-"+found)
			break
		}
		why = fmt.Errorf("no flag is named %q%s", "--"+found, config.Nearest("--"+found, flagNames(cmd)))
	case errors.As(err, &lone):
		why = fmt.Errorf("--%s needs a value", lone.GetFlag().Name)
	case errors.As(err, &wrong):
		why = fmt.Errorf("%q is not what --%s takes: want %s", wrong.GetValue(), wrong.GetFlag().Name, wanted(wrong.GetFlag()))
	}
	return misuse("read the command line", why, hint)
}

// wanted says what a flag takes.
func wanted(f *pflag.Flag) string {
	switch f.Value.Type() {
	case "duration":
		return "a duration such as 90s or 5m"
	case "int":
		return "a whole number"
	case "uint64":
		return "a whole number from 0"
	case "bool":
		return "true or false"
	}
	return "a text"
}

func flagNames(cmd *cobra.Command) []string {
	var out []string
	add := func(f *pflag.Flag) {
		if !f.Hidden {
			out = append(out, "--"+f.Name)
		}
	}
	cmd.LocalFlags().VisitAll(add)
	cmd.InheritedFlags().VisitAll(add)
	return out
}

// mistypedCommand says that a word of the root's arguments was meant as a
// command. A word with a digit, dot or colon names a host.
func (a *app) mistypedCommand(root *cobra.Command, arg string) error {
	if arg == "" || strings.ContainsAny(arg, "-.:=[]/0123456789") {
		return nil
	}
	var names []string
	for _, c := range root.Commands() {
		names = append(names, c.Name())
	}
	near := config.Nearest(arg, names)
	if near == "" || slices.Contains(names, arg) {
		return nil
	}
	return misuse("read the command line", fmt.Errorf("no command is named %q%s", arg, near),
		"tritop --help lists the commands; a host of that name is written "+arg+":8001")
}

// noArgs is for commands that take no argument.
func noArgs(cmd *cobra.Command, args []string) error {
	if len(args) == 0 {
		return nil
	}
	return misuse("read the command line", fmt.Errorf("%s takes no argument, found %q", cmd.CommandPath(), args[0]), cmd.CommandPath()+" --help shows how it is used")
}

// oneFile is for commands that take a file at most.
func oneFile(cmd *cobra.Command, args []string) error {
	if len(args) <= 1 {
		return nil
	}
	return misuse("read the command line", fmt.Errorf("%s takes one file, found %q after it", cmd.CommandPath(), args[1]), "")
}

// verb is for commands that only group others.
func verb(cmd *cobra.Command, args []string) error {
	var names, shown []string
	for _, c := range cmd.Commands() {
		names = append(names, c.Name())
		if !c.Hidden {
			shown = append(shown, c.Name())
		}
	}
	hint := cmd.CommandPath() + " " + strings.Join(shown, " | ")
	if len(args) == 0 {
		return misuse("read the command line", fmt.Errorf("%s needs a verb", cmd.CommandPath()), hint)
	}
	return misuse("read the command line", fmt.Errorf("%s has no verb %q%s", cmd.CommandPath(), args[0], config.Nearest(args[0], names)), hint)
}

// checkFormat compares -o with what a command can print.
func (a *app) checkFormat(allowed ...string) error {
	if a.output == "" || slices.Contains(allowed, a.output) {
		return nil
	}
	return misuse("choose the format", fmt.Errorf("no format is named %q here%s", a.output, config.Nearest(a.output, allowed)), "formats: "+strings.Join(allowed, ", "))
}

func (a *app) outputFlag(c *cobra.Command, formats ...string) {
	c.Flags().StringVarP(&a.output, "output", "o", "", "`FORMAT`: "+strings.Join(formats, ", ")+" (default "+formats[0]+")")
	_ = c.RegisterFlagCompletionFunc("output", cobra.FixedCompletions(formats, cobra.ShellCompDirectiveNoFileComp)) // fails only for unknown flags
}
