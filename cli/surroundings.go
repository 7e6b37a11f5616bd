package cli

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"tritop/config"
	"tritop/doctor"
	"tritop/model"
)

// surroundings are what doctor says of this machine.
func (a *app) surroundings(p plan) []doctor.Check {
	out := []doctor.Check{a.configurationCheck(p)}
	if len(p.notices) > 0 && p.served == nil {
		c := doctor.Check{Name: "notes", Status: doctor.OK, Found: noticeWords(p.notices)}
		if slices.ContainsFunc(p.notices, func(n model.Notice) bool { return n.Verdict == model.Degraded }) {
			c.Status, c.Do = doctor.Warn, "mend the list or file that is named; docs/configuration.md has its form"
		}
		out = append(out, c)
	}
	return append(out, a.stateCheck(), a.terminalCheck(), a.sizeCheck(), a.colourCheck(), a.glyphCheck())
}

func noticeWords(notices []model.Notice) string {
	texts := make([]string, 0, len(notices))
	for _, n := range notices {
		texts = append(texts, n.Text)
	}
	return model.CleanText(strings.Join(texts, "; "))
}

func (a *app) configurationCheck(p plan) doctor.Check {
	c := doctor.Check{Name: "configuration", Status: doctor.OK}
	switch file := config.Find(a.config, a.io.Getenv); {
	case p.served != nil:
		c.Found = "none: the simulated fleet"
	case p.file != "":
		c.Found = model.CleanText(fmt.Sprintf("%s: %s, %s", p.file, plural(len(p.targets), "server"), plural(len(p.probes), "probe")))
	case len(p.targets) > 0 && file != "":
		c.Found = model.CleanText(file + " is not used: servers are named on the command line")
		c.Do = "--config uses both"
	case len(p.targets) > 0:
		c.Found, c.Do = "none: servers are named on the command line", "tritop config init > tritop.yaml, for names, probes, TLS and headers"
	default:
		c.Status, c.Found, c.Do = doctor.Warn, "none was found, and no server is named", "tritop config init > tritop.yaml, or tritop doctor 10.0.0.1"
	}
	return c
}

// stateCheck says whether the state directory can be written. Of one that is yet
// to come it is tried whether the first directory above it that exists takes a
// directory; what was made for that is taken away again.
func (a *app) stateCheck() doctor.Check {
	dir, err := a.stateDirectory()
	c := doctor.Check{Name: "state", Status: doctor.OK}
	if err != nil {
		c.Status, c.Found, c.Do = doctor.Warn, "no directory: "+err.Error(), "--state-dir DIR"
		return c
	}
	at := dir
	for !exists(at) && filepath.Dir(at) != at {
		at = filepath.Dir(at)
	}
	verb, where := "be written", ""
	if at != dir {
		verb, where = "be made", at+", the first directory above it, "
	}
	switch err = writable(at, at != dir); {
	case err != nil:
		c.Status, c.Do = doctor.Warn, "make it writable, or name another: --state-dir DIR"
		c.Found = model.CleanText(dir + " cannot " + verb + ": " + where + err.Error())
	case at != dir:
		c.Found = model.CleanText(dir + " is not there yet and can be made")
	default:
		c.Found = model.CleanText(dir + " can be written")
	}
	return c
}

// exists says whether there is anything of a name, a link to nothing too.
func exists(name string) bool {
	_, err := os.Lstat(name)
	return err == nil
}

// writable says why a directory takes no file, or no directory, in words that
// follow its name. It makes one and takes it away again.
func writable(dir string, directory bool) error {
	info, err := os.Stat(dir)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return errors.New("is a link to nothing")
	case err == nil && !info.IsDir():
		return errors.New("is not a directory")
	}
	what, name := "file", ""
	if directory {
		what = "directory"
		name, err = os.MkdirTemp(dir, ".tritop-doctor-*")
	} else {
		var f *os.File
		if f, err = os.CreateTemp(dir, ".tritop-doctor-*"); err == nil {
			name, err = f.Name(), f.Close()
		}
	}
	if name != "" {
		err = errors.Join(err, os.Remove(name))
	}
	switch {
	case errors.Is(err, fs.ErrNotExist): // as /proc says
		return errors.New("takes no new " + what)
	case err != nil:
		return fmt.Errorf("takes no new %s: %w", what, config.Cause(err))
	}
	return nil
}

func (a *app) terminalCheck() doctor.Check {
	term := a.io.Getenv("TERM")
	c := doctor.Check{Name: "terminal", Status: doctor.OK, Found: model.CleanText("TERM=" + term)}
	switch {
	case !a.io.Terminal(a.io.Out):
		c.Status, c.Found = doctor.Skipped, "the output is not a terminal"
	case term == "dumb":
		c.Status, c.Do = doctor.Warn, "plain lines only: tritop watch, tritop check"
	case term == "":
		c.Status, c.Found, c.Do = doctor.Warn, "TERM is not set", "export TERM=xterm-256color, or what the terminal is"
	}
	return c
}

// The smallest screen that shows all of a view, and the smallest that shows anything.
const fullWidth, fullHeight, leastWidth, leastHeight = 80, 24, 40, 10

func (a *app) sizeCheck() doctor.Check {
	c := doctor.Check{Name: "size", Status: doctor.OK}
	width, height, ok := 0, 0, false
	if a.io.Size != nil {
		width, height, ok = a.io.Size(a.io.Out)
	}
	c.Found = fmt.Sprintf("%dx%d", width, height)
	switch {
	case !ok:
		c.Status, c.Found = doctor.Skipped, "not known without a terminal"
	case width < leastWidth || height < leastHeight:
		c.Status, c.Do = doctor.Warn, fmt.Sprintf("tritop needs %dx%d", leastWidth, leastHeight)
	case width < fullWidth || height < fullHeight:
		c.Do = fmt.Sprintf("columns and panes are left out below %dx%d", fullWidth, fullHeight)
	}
	return c
}

func (a *app) colourCheck() doctor.Check {
	c := doctor.Check{Name: "colours", Status: doctor.OK}
	depth := a.io.Getenv("COLORTERM")
	switch {
	case !a.io.Terminal(a.io.Out):
		c.Status, c.Found = doctor.Skipped, "the output is not a terminal"
	case a.noColour():
		c.Found = "none, by " + a.whyNoColour()
	case depth == "truecolor" || depth == "24bit":
		c.Found = "true colour (COLORTERM=" + depth + ")"
	case strings.Contains(a.io.Getenv("TERM"), "256color"):
		c.Found, c.Do = "256 colours by TERM", "COLORTERM=truecolor, if the terminal has true colour"
	default:
		c.Found, c.Do = "16 colours, by TERM and COLORTERM", "TERM=xterm-256color or COLORTERM=truecolor, if the terminal can"
	}
	return c
}

func (a *app) whyNoColour() string {
	switch {
	case a.noColor:
		return "--no-color"
	case a.io.Getenv("NO_COLOR") != "":
		return "NO_COLOR"
	}
	return "TERM=dumb"
}

func (a *app) glyphCheck() doctor.Check {
	c := doctor.Check{Name: "glyphs", Status: doctor.OK}
	for _, k := range []string{"LC_ALL", "LC_CTYPE", "LANG"} {
		if v := a.io.Getenv(k); v != "" {
			c.Found = model.CleanText(k + "=" + v)
			break
		}
	}
	switch {
	case a.ascii:
		c.Found = "ASCII, by --ascii"
	case !a.asciiOnly():
		c.Found = "Unicode, by " + c.Found
	case c.Found == "":
		c.Found, c.Do = "ASCII: no locale is set", "export LANG=C.UTF-8 for lines and charts that are finer"
	default:
		c.Found, c.Do = "ASCII, by "+c.Found, "export LC_ALL=C.UTF-8 for lines and charts that are finer"
	}
	return c
}
