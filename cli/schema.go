package cli

import (
	"fmt"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"tritop/config"
	"tritop/headless"
	"tritop/jsonschema"
	"tritop/model"
	"tritop/report"
)

// published is one JSON Schema that `config schema` prints and docs/schema holds.
type published struct {
	kind  string // on the command line, and the name of the file
	about string
	made  func() (jsonschema.Schema, error)
}

// fileKind is the schema that is printed when none is named.
const fileKind = "config"

func schemas() []published {
	return []published{
		{fileKind, "the configuration file (when none is named)", func() (jsonschema.Schema, error) { return config.JSONSchema(), nil }},
		{"check", "check, snapshot -o json, each line of watch -o jsonl", headless.CheckSchema},
		{"config-show", "config show -o json", config.ShowSchema},
		{"doctor", "doctor -o json", headless.DoctorSchema},
		{"report", "report -o json", report.JSONSchema},
		{"scenarios", "demo --list -o json", scenariosJSONSchema},
		{"theme", "a theme file (--theme FILE)", func() (jsonschema.Schema, error) { return config.ThemeJSONSchema(), nil }},
		{"version", "version -o json", versionJSONSchema},
	}
}

func versionJSONSchema() (jsonschema.Schema, error) {
	s := jsonschema.Of(versionDocument{})
	err := s.Note("schema", jsonschema.Schema{"const": versionSchema})
	return s.Document(versionSchema, "The version of tritop and what it was built with."), err
}

func scenariosJSONSchema() (jsonschema.Schema, error) {
	s := jsonschema.Of(scenariosDocument{})
	if err := s.Note("schema", jsonschema.Schema{"const": scenariosSchema}); err != nil {
		return nil, err
	}
	var verdicts []string
	for _, v := range []model.Verdict{model.Unknown, model.Healthy, model.Degraded, model.Unhealthy} {
		verdicts = append(verdicts, v.String())
	}
	err := s.Note("scenarios.expected_verdict", jsonschema.Schema{"enum": verdicts})
	return s.Document(scenariosSchema, "The scenarios of the simulated fleet, with the verdict that each leads to."), err
}

func schemaKinds() []string {
	var kinds []string
	for _, s := range schemas() {
		kinds = append(kinds, s.kind)
	}
	return kinds
}

func (a *app) schemaCommand() *cobra.Command {
	var about strings.Builder
	about.WriteString("schema prints a JSON Schema (draft 2020-12): of the configuration file, for\neditors, or of a document that tritop prints.\n\nKinds:")
	for _, s := range schemas() {
		fmt.Fprintf(&about, "\n  %-12s %s", s.kind, s.about)
	}
	c := &cobra.Command{Use: "schema [KIND]", Short: "print the JSON Schema of the configuration or of a document", Long: about.String(), Args: cobra.ArbitraryArgs, ValidArgs: schemaKinds(),
		Example: "  tritop config schema > tritop.schema.json\n  tritop config schema check",
		RunE: func(cmd *cobra.Command, args []string) error {
			if err := a.checkFormat("json"); err != nil {
				return err
			}
			if len(args) > 1 {
				return misuse("choose the schema", fmt.Errorf("want one kind, found %q after it", args[1]), "kinds: "+strings.Join(schemaKinds(), ", "))
			}
			s, err := schemaNamed(append(args, fileKind)[0])
			if err != nil {
				return err
			}
			made, err := s.made()
			if err != nil {
				return a.broken("make the schema "+s.kind, err)
			}
			return printJSON(cmd.OutOrStdout(), "the schema", made)
		}}
	a.outputFlag(c, "json")
	return c
}

func schemaNamed(kind string) (published, error) {
	all := schemas()
	i := slices.IndexFunc(all, func(s published) bool { return s.kind == kind })
	if i < 0 {
		return published{}, misuse("choose the schema", fmt.Errorf("no schema is named %q%s", kind, config.Nearest(kind, schemaKinds())), "kinds: "+strings.Join(schemaKinds(), ", "))
	}
	return all[i], nil
}
