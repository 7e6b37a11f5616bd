package cli

import (
	"fmt"
	"io"
	"slices"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"tritop/config"
	"tritop/headless"
	"tritop/model"
	"tritop/ui"
)

func (a *app) snapshotCommand() *cobra.Command {
	wait := waiting{flag: "after", usual: 5 * time.Second}
	view, size := "overview", "80x24"
	c := &cobra.Command{Use: "snapshot [server …]", Short: "one frame of a view, or the whole state as JSON",
		Long:    "snapshot collects for a while and prints one frame of a view, or the whole\nstate as JSON. It exits with 0 when it could be made, whatever the verdict.",
		Example: "  tritop snapshot --demo bad-version --size 200x60 -o ansi\n  tritop snapshot 10.0.0.1 --view model:bert --after 5s",
		RunE: func(cmd *cobra.Command, args []string) error {
			if err := a.checkFormat("text", "ansi", "svg", "json"); err != nil {
				return err
			}
			if err := possibleView(view); err != nil {
				return err
			}
			w, h, err := parseSize(size)
			if err != nil {
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
				return unwritten("the state", headless.JSON(cmd.OutOrStdout(), s, true))
			}
			return a.printFrame(cmd.OutOrStdout(), s, view, w, h)
		}}
	c.Flags().StringVar(&view, "view", "overview", "`VIEW`: "+strings.TrimPrefix(viewHint(), "views: "))
	c.Flags().StringVar(&size, "size", "80x24", "`COLUMNSxROWS`")
	a.waitingFlag(c, &wait, "how long to collect first")
	a.outputFlag(c, "text", "ansi", "svg", "json")
	a.demoFlag(c)
	return c
}

func parseSize(s string) (w, h int, err error) {
	if n, scanErr := fmt.Sscanf(s, "%dx%d", &w, &h); scanErr != nil || n != 2 || w < 1 || h < 1 || w > 1000 || h > 1000 || fmt.Sprintf("%dx%d", w, h) != s {
		return 0, 0, misuse("read --size", fmt.Errorf("%q is no size", s), "columns x rows, from 1x1 to 1000x1000, e.g. 80x24")
	}
	return w, h, nil
}

// viewHint lists the views for people.
func viewHint() string {
	var names []string
	for _, n := range ui.ViewNames() {
		if strings.HasSuffix(n, ":") {
			n += "NAME"
		}
		names = append(names, n)
	}
	return "views: " + strings.Join(names, ", ")
}

// possibleView refuses, before anything is collected, what can be no view.
func possibleView(view string) error {
	kind, name, named := strings.Cut(view, ":")
	known := ui.ViewNames()
	switch {
	case !named && slices.Contains(known, view), named && name != "" && slices.Contains(known, kind+":"):
		return nil
	case slices.Contains(viewsNotYet, view):
		return misuse("choose the view", fmt.Errorf("the view %s is planned and not built yet", view), viewHint())
	}
	var kinds []string
	for _, k := range known {
		kinds = append(kinds, strings.TrimSuffix(k, ":"))
	}
	return misuse("choose the view", fmt.Errorf("no view is named %q%s", view, config.Nearest(kind, kinds)), viewHint())
}

// knownView refuses an object that the fleet does not have.
func knownView(s *model.Snapshot, view string) error {
	kind, name, named := strings.Cut(view, ":")
	if !named {
		return nil
	}
	names := ui.Objects(s, kind)
	if slices.Contains(names, name) {
		return nil
	}
	hint := kind + "s: " + limited(names)
	if len(names) == 0 {
		hint = "no " + kind + " was seen: tritop check says why"
	}
	return misuse("choose the view", fmt.Errorf("no %s is named %q%s", kind, name, config.Nearest(name, names)), hint)
}

func (a *app) printFrame(w io.Writer, s *model.Snapshot, view string, width, height int) error {
	if err := knownView(s, view); err != nil {
		return err
	}
	a.warnOfTheme()
	opt := a.uiOptions()
	opt.Theme = opt.Theme.Pictured() // what is printed does not know the terminal that it is shown on
	if a.output == "svg" {           // a picture says itself how it is encoded
		opt.ASCII = a.ascii
	}
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
	_, err = io.WriteString(w, out)
	return unwritten("the frame", err)
}
