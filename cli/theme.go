package cli

import (
	"errors"
	"fmt"
	"os"
	"strings"

	"tritop/config"
	"tritop/themes"
)

// themeFlag is what --theme names, and what it turned out to be.
type themeFlag struct {
	name string
	look *themes.Theme // nil: none is named
}

// chooseTheme finds the theme that is named, or reads it from its file.
func (a *app) chooseTheme() error {
	named := a.theme.name
	if named == "" {
		return nil
	}
	known := "themes: " + strings.Join(themes.Names(), ", ") + ", or a file of colours (docs/themes.md)"
	if t, ok := themes.ByName(named); ok {
		a.theme.look = t
		return nil
	}
	if !isPath(named) {
		return misuse("choose the theme", fmt.Errorf("no theme is named %q%s", named, config.Nearest(named, themes.Names())), known)
	}
	t, err := config.LoadTheme(named)
	var problems config.Problems
	switch {
	case errors.As(err, &problems):
		return &failure{exitConfig, "read the theme", problems, known}
	case err != nil:
		return &failure{exitConfig, "read the theme " + named, config.Cause(err), known}
	}
	a.theme.look = t
	return nil
}

// warnOfTheme says which colours of a theme file are hard to read.
func (a *app) warnOfTheme() {
	if a.theme.look == nil {
		return
	}
	const most = 5
	warn := func(what string) {
		_, _ = fmt.Fprintln(a.io.Err, "warning: "+line("theme "+a.theme.name+": "+what))
	}
	weak := a.theme.look.Weak()
	for _, w := range weak[:min(len(weak), most)] {
		warn(w.String())
	}
	if more := len(weak) - most; more > 0 {
		warn(plural(more, "more role") + " that can hardly be read")
	}
}

// isPath says whether a word that is no theme's name is meant as a file.
func isPath(word string) bool {
	if strings.ContainsAny(word, `./\`) {
		return true
	}
	_, err := os.Stat(word)
	return err == nil
}
