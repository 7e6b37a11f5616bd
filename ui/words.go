package ui

import (
	"strconv"
	"time"

	"tritop/model"
	"tritop/themes"
	"tritop/ui/grid"
)

// The styles that are used everywhere.
var (
	plain   = grid.On(themes.Text, themes.Plain)
	strong  = grid.On(themes.Strong, themes.Plain)
	muted   = grid.On(themes.Muted, themes.Plain)
	faint   = grid.On(themes.Faint, themes.Plain)
	failing = grid.On(themes.Failing, themes.Plain)
	warning = grid.On(themes.Warning, themes.Plain)
	change  = grid.On(themes.Change, themes.Plain)
	data    = grid.On(themes.Data, themes.Plain)
	data2   = grid.On(themes.Data2, themes.Plain)
	fine    = grid.On(themes.Fine, themes.Plain)
	unsure  = grid.On(themes.Unsure, themes.Plain)
	keyed   = grid.On(themes.Key, themes.Plain)
	brand   = grid.On(themes.Brand, themes.Plain)
)

func verdictStyle(v model.Verdict) grid.Style {
	switch v {
	case model.Unhealthy:
		return failing
	case model.Degraded:
		return warning
	case model.Healthy:
		return fine
	case model.Unknown:
	}
	return unsure
}

func verdictGlyph(g *themes.Glyphs, v model.Verdict) rune {
	switch v {
	case model.Unhealthy:
		return g.Fail
	case model.Degraded:
		return g.Warn
	case model.Healthy:
		return g.Good
	case model.Unknown:
	}
	return g.Unknown
}

// ground is what a row of that verdict stands on.
func ground(v model.Verdict, selected bool) themes.Ground {
	switch {
	case selected:
		return themes.Selected
	case v == model.Unhealthy:
		return themes.Alarm
	}
	return themes.Plain
}

// shout is the style of a row's words: passing rows are muted, so that the eye
// goes to the others.
func shout(v model.Verdict) grid.Style {
	switch v {
	case model.Unhealthy, model.Degraded:
		return plain
	case model.Healthy, model.Unknown:
	}
	return muted
}

func triGlyph(g *themes.Glyphs, t model.Tri) (rune, grid.Style) {
	switch t {
	case model.Yes:
		return g.Good, fine
	case model.No:
		return g.Fail, failing
	case model.Undecided:
	}
	return g.Unknown, unsure
}

// line writes pieces of text one after another in a row.
type line struct {
	a    grid.Area
	x, y int
}

func (l *line) put(text string, s grid.Style) *line {
	l.x += l.a.Put(l.x, l.y, l.a.W-l.x, text, s)
	return l
}

func (l *line) rune(r rune, s grid.Style) *line {
	l.a.Set(l.x, l.y, r, s)
	l.x++
	return l
}

func (l *line) int(v int, s grid.Style) *line {
	l.x += l.a.PutLeftInt(l.x, l.y, v, s)
	return l
}

func (l *line) bytes(b []byte, s grid.Style) *line {
	if l.x+len(b) <= l.a.W {
		l.a.PutBytes(l.x, l.y, len(b), b, s)
		l.x += len(b)
	}
	return l
}

// short writes a figure in few characters: 4.8k, 64, 0.25.
func (l *line) short(v float64, s grid.Style) *line {
	var buf [24]byte
	return l.bytes(grid.AppendShort(buf[:0], v), s)
}

func (l *line) gap(n int) *line { l.x += n; return l }

func (l *line) age(d time.Duration, s grid.Style) *line {
	var buf [24]byte
	return l.bytes(appendAge(buf[:0], d), s)
}

// since says for how long something has been so; what was so when tritop began
// to look has been so for at least that long.
func (l *line) since(s *model.Snapshot, since time.Time, st grid.Style) *line {
	if sinceStart(s, since) {
		l.rune(l.a.Glyphs().AtLeast, st)
	}
	return l.age(s.Now.Sub(since), st)
}

// sinceStart says whether something was already so when tritop began to look.
func sinceStart(s *model.Snapshot, since time.Time) bool {
	const firstLook = 3 * time.Second
	return since.Before(s.Started.Add(firstLook))
}

func (l *line) clock(t time.Time, zone *time.Location, s grid.Style) *line {
	var buf [24]byte
	return l.bytes(appendClock(buf[:0], t, zone), s)
}

// appendAge writes 42s, 3m10s, 2h05m, 3d.
func appendAge(b []byte, d time.Duration) []byte {
	sec := int64(max(0, d) / time.Second)
	two := func(b []byte, n int64) []byte {
		if n < 10 {
			b = append(b, '0')
		}
		return strconv.AppendInt(b, n, 10)
	}
	switch {
	case sec < 60:
		return append(strconv.AppendInt(b, sec, 10), 's')
	case sec < 3600:
		return append(two(append(strconv.AppendInt(b, sec/60, 10), 'm'), sec%60), 's')
	case sec < 48*3600:
		return append(two(append(strconv.AppendInt(b, sec/3600, 10), 'h'), sec/60%60), 'm')
	}
	return append(strconv.AppendInt(b, sec/86400, 10), 'd')
}

// appendClock writes 14:32:07.
func appendClock(b []byte, t time.Time, zone *time.Location) []byte {
	return t.In(zone).AppendFormat(b, "15:04:05")
}

// putSince fills an area with how long something has been so.
func putSince(a grid.Area, d *drawing, since time.Time) {
	putAge(a, since, d.now, d.style)
	if since.IsZero() || !sinceStart(d.snap, since) {
		return
	}
	for x := a.W - 1; x >= 0; x-- {
		if a.Rune(x, 0) == ' ' {
			a.Set(x, 0, a.Glyphs().AtLeast, d.style)
			return
		}
	}
}

// putAge fills an area with a duration, a dash where its beginning is not known.
func putAge(a grid.Area, since, now time.Time, s grid.Style) {
	if since.IsZero() {
		a.Set(a.W-1, 0, a.Glyphs().Dash, faint)
		return
	}
	var buf [24]byte
	a.PutBytes(0, 0, a.W, appendAge(buf[:0], now.Sub(since)), s)
}

// putFigure fills an area with a figure times factor, or with a dash: an
// unknown one is never 0. Negative decimals: shortened, as 4.8k.
func putFigure(a grid.Area, f model.Figure, factor float64, decimals int, s grid.Style) {
	if !f.Known() {
		a.Set(a.W-1, 0, a.Glyphs().Dash, faint)
		return
	}
	a.PutFloat(f.Value*factor, decimals, s)
}
