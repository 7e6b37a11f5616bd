package cli

import (
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"tritop/sla"
)

// notYet are the commands of later versions: their names are taken, so that a
// script gets a clear word and not a guess.
var notYet = []string{"failover", "drain", "resume", "weight", "server", "model", "rollout", "scale", "drill",
	"record", "replay", "audit"}

// viewsNotYet are views of later versions.
var viewsNotYet = []string{"services"}

func notBuilt(name string) *cobra.Command {
	return &cobra.Command{Use: name, Hidden: true, DisableFlagParsing: true, RunE: func(c *cobra.Command, _ []string) error {
		return misuse("run "+c.CommandPath(), errors.New("this command is planned and not built yet"), "tritop --help lists what works today")
	}}
}

// unused announces flags that are accepted and change nothing yet.
func (a *app) unused() []string {
	var out []string
	for _, p := range a.profiles {
		note := fmt.Sprintf("profile %s has no effect yet", p)
		if len(sla.Profile(p)) == 0 && !slices.Contains(out, note) {
			out = append(out, note)
		}
	}
	return out
}

// limited joins names for a hint; many are cut.
func limited(names []string) string {
	const most = 12
	if len(names) <= most {
		return strings.Join(names, ", ")
	}
	return fmt.Sprintf("%s and %d more", strings.Join(names[:most], ", "), len(names)-most)
}
