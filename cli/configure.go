package cli

import (
	"errors"
	"fmt"
	"io"
	"io/fs"

	"github.com/spf13/cobra"

	"tritop/config"
	"tritop/model"
	"tritop/roster"
)

func (a *app) configCommand() *cobra.Command {
	c := &cobra.Command{Use: "config", Short: "print, check, show and describe the configuration", Args: cobra.ArbitraryArgs, RunE: verb,
		Example: "  tritop config init > tritop.yaml\n  tritop config validate tritop.yaml"}
	initC := &cobra.Command{Use: "init", Short: "print a commented configuration with all defaults", Args: noArgs, Example: "  tritop config init\n  tritop config init > tritop.yaml",
		RunE: func(cmd *cobra.Command, _ []string) error {
			if err := a.checkFormat("yaml"); err != nil {
				return err
			}
			_, err := io.WriteString(cmd.OutOrStdout(), config.InitText())
			return unwritten("the configuration", err)
		}}
	a.outputFlag(initC, "yaml")
	validate := &cobra.Command{Use: "validate [FILE]", Short: "check a configuration: all problems at once", Args: oneFile, Example: "  tritop config validate\n  tritop config validate prod.yaml",
		RunE: func(cmd *cobra.Command, args []string) error {
			if err := a.checkFormat("text"); err != nil {
				return err
			}
			cfg, err := a.load(args)
			if err != nil {
				return err
			}
			if err := roster.Check(cfg); err != nil {
				return rosterError(cfg.File, err)
			}
			announce(cmd.ErrOrStderr(), cfg)
			_, err = fmt.Fprintln(cmd.OutOrStdout(), "ok")
			return unwritten("the result", err)
		}}
	a.outputFlag(validate, "text")
	show := &cobra.Command{Use: "show [FILE]", Short: "print the effective configuration, without secrets", Args: oneFile, Example: "  tritop config show\n  tritop config show prod.yaml -o json",
		RunE: func(cmd *cobra.Command, args []string) error {
			if err := a.checkFormat("yaml", "json"); err != nil {
				return err
			}
			if err := a.knownProfiles(); err != nil {
				return err
			}
			cfg, err := a.load(args)
			if err != nil {
				return err
			}
			cfg.Objectives = a.agreed(cfg.Objectives, cfg.Agreed)
			out, err := cfg.Show(a.output)
			if err != nil {
				return a.broken("show the configuration", err)
			}
			announce(cmd.ErrOrStderr(), cfg)
			_, err = io.WriteString(cmd.OutOrStdout(), out)
			return unwritten("the configuration", err)
		}}
	a.outputFlag(show, "yaml", "json")
	c.AddCommand(initC, validate, show, a.schemaCommand(), notBuilt("balancer"))
	return c
}

// announce says which sections are set and not used yet.
func announce(w io.Writer, cfg config.Config) {
	for _, l := range cfg.Later {
		_, _ = fmt.Fprintf(w, "note: %s is set and not used yet\n", l)
	}
}

// load reads the named file, else the one that would be used.
func (a *app) load(args []string) (config.Config, error) {
	named := a.config
	if len(args) > 0 {
		named = args[0]
	}
	file := config.Find(named, a.io.Getenv)
	if file == "" {
		return config.Config{}, &failure{exitConfig, "read the configuration", errors.New("none was found"), "name a file, or write one with `tritop config init > tritop.yaml`"}
	}
	cfg, err := config.Load(file)
	if err != nil {
		return cfg, configError(file, err)
	}
	return cfg, nil
}

// configError says which file could not be read, and why.
func configError(file string, err error) error {
	var problems config.Problems
	if errors.As(err, &problems) {
		return err
	}
	f := &failure{exitConfig, "read the configuration " + file, config.Cause(err), ""}
	if errors.Is(err, fs.ErrNotExist) && model.CleanName(file) == file {
		f.hint = "tritop config init > " + file
	}
	return f
}
