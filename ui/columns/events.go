package columns

import (
	"strings"

	"tritop/model"
	"tritop/ui/draw"
	"tritop/ui/grid"
)

// EventWords says what happened; of several events, the figure of one does not
// speak for all.
func EventWords(l *draw.Line, e *model.Event, several bool) {
	st := eventStyle(e)
	before, after, moved := strings.Cut(e.Words(), arrow)
	switch {
	case e.Kind == model.EventIdentified && e.From == "": // nothing changed: it told for the first time
		l.Put(e.Words(), draw.Muted)
	case e.Kind == model.EventTrouble && several && e.To != "":
		l.Put(strings.TrimPrefix(WithoutFigure(e.To), "of "), st)
	case moved && before == e.From: // the new state is what counts
		l.Put(before, draw.Muted).Put(arrow, draw.Muted).Put(after, st)
	default:
		l.Put(e.Words(), st)
	}
}

// arrow stands between what was and what is, as in Event.Words.
const arrow = " → "

func eventStyle(e *model.Event) grid.Style {
	switch e.Verdict {
	case model.Unhealthy:
		return draw.Failing
	case model.Degraded:
		return draw.Warning
	case model.Healthy:
		return draw.Fine
	case model.Unknown:
	}
	if e.Kind == model.EventServerState || e.Kind == model.EventVerdict {
		return draw.Unsure
	}
	return draw.Change
}

// EventDetail is what the detail of an event says beyond its words.
func EventDetail(e *model.Event) string {
	return strings.TrimLeft(strings.TrimPrefix(e.Detail, e.To), ":·, ")
}

// WithoutFigure takes the leading figure off "21.2 % of users' requests fail".
func WithoutFigure(words string) string { return strings.TrimLeft(words, "0123456789. %") }
