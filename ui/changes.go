package ui

import (
	"strings"

	"tritop/model"
	"tritop/themes"
	"tritop/ui/grid"
)

// isMark says whether an event is drawn on the charts.
func isMark(e *model.Event) bool {
	return e.Kind != model.EventVerdict && e.Kind != model.EventSource && e.Kind != model.EventIdentified
}

// drawChanges lists what changed, newest first.
func (sc *screen) drawChanges(a grid.Area, s *model.Snapshot) {
	if len(sc.changes) == 0 {
		drawEmpty(a, sc.filter, "nothing has changed since tritop began to look")
		return
	}
	for y := range min(a.H, len(sc.changes)) {
		sc.drawChange(a, y, s, sc.changes[y])
	}
}

// drawChange draws one line: when, what, what happened.
func (sc *screen) drawChange(a grid.Area, y int, s *model.Snapshot, c changeLine) {
	e := &s.Events[c.at]
	l := &line{a: a, y: y, x: 1}
	l.clock(s.Events[c.first].At, sc.zone, muted).gap(2)
	switch c.by {
	case alone:
		l.put(e.Object(), plain)
	case oneServer:
		l.put(e.Server, plain).gap(1).int(c.count, plain).put(" model versions", plain)
	case severalServers:
		l.int(c.count, plain).put(" servers", plain)
	case oneVersion:
		l.int(c.count, plain).put(" servers ", plain).put(e.Model, plain).put(" v", plain).put(e.Version, plain)
	}
	l.gap(2).words(e, c.count > 1)
	if detail := withoutWords(e); detail != "" && c.count == 1 && l.x+12 < a.W {
		l.gap(2).put(detail, muted)
	}
}

// words says what happened; of several events, the figure of one does not speak
// for all.
func (l *line) words(e *model.Event, several bool) {
	st := eventStyle(e)
	before, after, moved := strings.Cut(e.Words(), arrow)
	switch {
	case e.Kind == model.EventIdentified && e.From == "": // nothing changed: it told for the first time
		l.put(e.Words(), muted)
	case e.Kind == model.EventTrouble && several && e.To != "":
		l.put(strings.TrimPrefix(withoutFigure(e.To), "of "), st)
	case moved && before == e.From: // the new state is what counts
		l.put(before, muted).put(arrow, muted).put(after, st)
	default:
		l.put(e.Words(), st)
	}
}

// arrow stands between what was and what is, as in Event.Words.
const arrow = " → "

func eventStyle(e *model.Event) grid.Style {
	switch e.Verdict {
	case model.Unhealthy:
		return failing
	case model.Degraded:
		return warning
	case model.Healthy:
		return fine
	case model.Unknown:
	}
	if e.Kind == model.EventServerState || e.Kind == model.EventVerdict {
		return unsure
	}
	return change
}

// drawEvents lists all events that are kept, and shows the selected one whole.
func (sc *screen) drawEvents(a grid.Area, s *model.Snapshot) {
	sc.orderEvents(s)
	l := &line{a: a, x: 1}
	l.put("overview", muted).put(" > ", faint).put("EVENTS", strong).gap(2).put("newest first, the last ", muted).int(len(s.Events), muted).put(" are kept", muted)
	body := a.Sub(0, 1, a.W, a.H-1)
	if len(sc.changes) == 0 {
		drawEmpty(body, sc.filter, "nothing has changed since tritop began to look")
		return
	}
	whole := min(5, body.H/3)
	list := body.Sub(0, 0, body.W, body.H-whole)
	sc.scroll = max(0, min(sc.scroll, len(sc.changes)-1))
	from := max(0, sc.scroll-list.H+1)
	for y := range min(list.H, len(sc.changes)-from) {
		sc.drawChange(list, y, s, sc.changes[from+y])
		if from+y == sc.scroll {
			list.Set(0, y, a.Glyphs().Cursor, brand)
			list.Ground(y, themes.Selected)
		}
	}
	e := &s.Events[sc.changes[sc.scroll].at]
	drawRule(body, list.H, e.Object(), true)
	detail := e.Detail
	if detail == "" {
		detail = e.Words()
	}
	drawWrapped(body.Sub(3, list.H+1, body.W-4, whole-1), detail, plain)
}

// drawWrapped fills an area with a text, broken between words.
func drawWrapped(a grid.Area, text string, s grid.Style) {
	for y := 0; y < a.H && text != ""; y++ {
		end := len(text)
		if y < a.H-1 {
			end = fits(text, a.W)
		}
		a.Put(0, y, a.W, text[:end], s)
		text = strings.TrimLeft(text[end:], " \n")
	}
}

// fits is how much of a text, in bytes, goes into a row: whole words where it
// can, at least one character.
func fits(text string, width int) int {
	used, blank := 0, 0
	for i, r := range text {
		used += grid.Width(string(r))
		switch {
		case r == '\n':
			return max(i, 1)
		case used > width && blank > 0:
			return blank
		case used > width:
			return max(i, len(string(r)))
		case r == ' ':
			blank = i + 1
		}
	}
	return len(text)
}
