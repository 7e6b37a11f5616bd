package roster

import (
	"errors"
	"slices"
	"strings"
	"time"

	"tritop/config"
	"tritop/model"
)

// trouble is what is wrong, and since when.
type trouble struct {
	err   error // nil: nothing
	since time.Time
}

// note takes over what is wrong now; the beginning stays as long as the same is.
func (t *trouble) note(err error, now time.Time) {
	if t.err == nil || err != nil && t.err.Error() != err.Error() {
		t.since = now
	}
	t.err = err
}

// words says what is wrong in one line that begins with the place.
func words(err error, where string) string {
	var ps config.Problems
	var list *ListError
	var clash *ClashError
	switch {
	case errors.As(err, &ps) && len(ps) > 1:
		return model.CleanText(ps[0].Error()) + " (and " + plural(len(ps)-1, "more problem") + ")"
	case errors.As(err, &ps) && len(ps) == 1:
		return model.CleanText(ps[0].Error())
	case errors.As(err, &list):
		return words(list.Err, list.Of)
	case errors.As(err, &clash):
		return model.CleanText(err.Error())
	}
	return where + ": " + model.CleanText(err.Error())
}

// asked is how a reading that somebody asked for is told.
const asked = " as asked (SIGHUP)"

// told says that the configuration was read again, and what of it changed.
func (r *Roster) told(c *candidate, all bool) string {
	text := model.CleanText(r.opt.File) + " was read again"
	if all {
		text += asked
	}
	if changes := c.cfg.Changes(r.force.cfg); len(changes) > 0 {
		text += ": " + strings.Join(changes, ", ") + " changed"
	} else {
		text += ": nothing changed in it"
	}
	if r.restart.err != nil {
		text += "; " + r.restart.err.Error()
	}
	return text
}

func restartOf(cfg, started config.Config) error {
	if fixed := cfg.Restart(started); len(fixed) > 0 {
		return errors.New("restart to use: " + strings.Join(fixed, ", "))
	}
	return nil
}

// asBefore says that nothing came of reading again as asked; nothing where a new
// notice says what did.
func (r *Roster) asBefore() string {
	n, bad := r.notice()
	switch file := model.CleanText(r.opt.File); {
	case bad && slices.Contains(r.last.Notices, n):
		return file + " was read again" + asked + " and is as wrong as before: " + n.Text
	case bad:
		return ""
	case r.opt.File == "":
		return "there is no configuration to read again" + asked
	case !r.file.again:
		return file + " came out of a pipe and cannot be read again" + asked
	default:
		return ""
	}
}

// standing says which lists are as wrong as before, where that was asked.
func (r *Roster) standing(m Members, all bool) (text string) {
	for _, n := range m.Notices {
		if own, _ := r.notice(); all && n.Topic != own.Topic && slices.Contains(r.last.Notices, n) {
			text += "; as before: " + n.Text
		}
	}
	return text
}

// notice says what is wrong with the configuration.
func (r *Roster) notice() (n model.Notice, bad bool) {
	file := model.CleanText(r.opt.File)
	n.Topic = file
	if r.fault.err == nil {
		return n, false
	}
	n.Text = words(r.fault.err, file) + "; the configuration from before stays in force"
	n.Since, n.Verdict = r.fault.since, model.Degraded
	return n, true
}
