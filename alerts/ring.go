package alerts

import (
	"slices"
	"strings"
	"time"

	"tritop/model"
)

// Ring calls a person at a terminal when an alert fires.
type Ring struct {
	Severities []model.Severity // none: all
	OSC        int              // 9 or 777: a notification of the desktop beside the bell; 0: the bell alone
	since      time.Time        // of the newest alert that was rung for, or the first look
}

// Sound gives the bytes that the terminal is to be sent for alerts that fired since
// the last look; empty: none deserves it. What fired before the first look, what is
// known to somebody and what is silenced does not.
func (r *Ring) Sound(s *model.Snapshot) []byte {
	if r.since.IsZero() {
		r.since = s.Now
		return nil
	}
	var names []string
	newest := r.since
	for i := range s.Alerts {
		a := &s.Alerts[i]
		if a.State != model.AlertFiring || !a.Fired.After(r.since) {
			continue
		}
		if a.Fired.After(newest) {
			newest = a.Fired
		}
		if !a.Said.Quiet(s.Now) && a.Silence == "" && (len(r.Severities) == 0 || slices.Contains(r.Severities, a.Severity)) {
			names = append(names, a.Name()+": "+a.Summary)
		}
	}
	r.since = newest
	if len(names) == 0 {
		return nil
	}
	return []byte("\a" + r.notification(names))
}

// notification is the sequence that terminals turn into a notification of the desktop.
func (r *Ring) notification(names []string) string {
	const most, end = 200, "\x1b\\"
	text := strings.NewReplacer("\n", " ", ";", ",").Replace(model.CleanText(strings.Join(names, ", ")))
	if runes := []rune(text); len(runes) > most {
		text = string(runes[:most]) + "…"
	}
	switch r.OSC {
	case 9:
		return "\x1b]9;tritop: " + text + end
	case 777:
		return "\x1b]777;notify;tritop;" + text + end
	}
	return ""
}
