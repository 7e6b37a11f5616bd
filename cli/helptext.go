package cli

import (
	"fmt"
	"io"
	"strings"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"
)

// helpWidth is how wide help is, as everything that people read without a screen.
const helpWidth = 80

// usage writes how a command is called. It is written here and no template of
// cobra's, because a program that links text/template must keep every method
// that a template could call by name: 2.5 MB of them.
func usage(c *cobra.Command) error {
	var b strings.Builder
	b.WriteString("Usage:")
	if c.Runnable() {
		b.WriteString("\n  " + c.UseLine())
	}
	if c.HasAvailableSubCommands() {
		b.WriteString("\n  " + c.CommandPath() + " [command]")
	}
	if c.HasExample() {
		b.WriteString("\n\nExamples:\n" + c.Example)
	}
	if c.HasAvailableSubCommands() {
		b.WriteString("\n\nAvailable Commands:")
		for _, sub := range c.Commands() {
			if sub.IsAvailableCommand() || sub.Name() == "help" {
				fmt.Fprintf(&b, "\n  %-*s %s", sub.NamePadding(), sub.Name(), sub.Short)
			}
		}
	}
	usageOf(&b, "Flags", c.LocalFlags())
	usageOf(&b, "Global Flags", c.InheritedFlags())
	if c.HasAvailableSubCommands() {
		fmt.Fprintf(&b, "\n\nUse %q for more information about a command.", c.CommandPath()+" [command] --help")
	}
	_, err := io.WriteString(c.OutOrStderr(), b.String()+"\n")
	return err //nolint:wrapcheck // of the terminal; nobody is left to be told
}

// usageOf writes flags below a title, if there are any.
func usageOf(b *strings.Builder, title string, f *pflag.FlagSet) {
	if f.HasAvailableFlags() {
		b.WriteString("\n\n" + title + ":\n" + strings.TrimRight(f.FlagUsagesWrapped(helpWidth), " \n"))
	}
}
