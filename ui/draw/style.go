package draw

import (
	"strconv"
	"time"

	"tritop/model"
	"tritop/themes"
	"tritop/ui/grid"
)

// The styles that are used everywhere.
var (
	Plain   = grid.On(themes.Text, themes.Plain)
	Strong  = grid.On(themes.Strong, themes.Plain)
	Muted   = grid.On(themes.Muted, themes.Plain)
	Faint   = grid.On(themes.Faint, themes.Plain)
	Failing = grid.On(themes.Failing, themes.Plain)
	Warning = grid.On(themes.Warning, themes.Plain)
	Change  = grid.On(themes.Change, themes.Plain)
	Data    = grid.On(themes.Data, themes.Plain)
	Data2   = grid.On(themes.Data2, themes.Plain)
	Fine    = grid.On(themes.Fine, themes.Plain)
	Unsure  = grid.On(themes.Unsure, themes.Plain)
	Keyed   = grid.On(themes.Key, themes.Plain)
	Brand   = grid.On(themes.Brand, themes.Plain)
)

func VerdictStyle(v model.Verdict) grid.Style {
	switch v {
	case model.Unhealthy:
		return Failing
	case model.Degraded:
		return Warning
	case model.Healthy:
		return Fine
	case model.Unknown:
	}
	return Unsure
}

func VerdictGlyph(g *themes.Glyphs, v model.Verdict) rune {
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
		return Plain
	case model.Healthy, model.Unknown:
	}
	return Muted
}

func TriGlyph(g *themes.Glyphs, t model.Tri) (rune, grid.Style) {
	switch t {
	case model.Yes:
		return g.Good, Fine
	case model.No:
		return g.Fail, Failing
	case model.Undecided:
	}
	return g.Unknown, Unsure
}

// Line writes pieces of text one after another in a row.
type Line struct {
	A    grid.Area
	X, Y int
}

func (l *Line) Put(text string, s grid.Style) *Line {
	l.X += l.A.Put(l.X, l.Y, l.A.W-l.X, text, s)
	return l
}

func (l *Line) Rune(r rune, s grid.Style) *Line {
	l.A.Set(l.X, l.Y, r, s)
	l.X++
	return l
}

func (l *Line) Int(v int, s grid.Style) *Line {
	l.X += l.A.PutLeftInt(l.X, l.Y, v, s)
	return l
}

func (l *Line) bytes(b []byte, s grid.Style) *Line {
	if l.X+len(b) <= l.A.W {
		l.A.PutBytes(l.X, l.Y, len(b), b, s)
		l.X += len(b)
	}
	return l
}

// Short writes a figure in few characters: 4.8k, 64, 0.25.
func (l *Line) Short(v float64, s grid.Style) *Line {
	var buf [24]byte
	return l.bytes(grid.AppendShort(buf[:0], v), s)
}

func (l *Line) Gap(n int) *Line { l.X += n; return l }

func (l *Line) Age(d time.Duration, s grid.Style) *Line {
	var buf [24]byte
	return l.bytes(appendAge(buf[:0], d), s)
}

// Since says for how long something has been so; what was so when tritop began
// to look has been so for at least that long.
func (l *Line) Since(s *model.Snapshot, since time.Time, st grid.Style) *Line {
	if sinceStart(s, since) {
		l.Rune(l.A.Glyphs().AtLeast, st)
	}
	return l.Age(s.Now.Sub(since), st)
}

// sinceStart says whether something was already so when tritop began to look.
func sinceStart(s *model.Snapshot, since time.Time) bool {
	const firstLook = 3 * time.Second
	return since.Before(s.Started.Add(firstLook))
}

func (l *Line) Clock(t time.Time, zone *time.Location, s grid.Style) *Line {
	var buf [24]byte
	return l.bytes(AppendClock(buf[:0], t, zone), s)
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

// AppendSeconds writes "42 s", and what is more than a hundred as 3m10s.
func AppendSeconds(b []byte, d time.Duration) []byte {
	if d < 100*time.Second {
		return append(strconv.AppendInt(b, int64(d/time.Second), 10), " s"...)
	}
	return appendAge(b, d)
}

// AppendClock writes 14:32:07.
func AppendClock(b []byte, t time.Time, zone *time.Location) []byte {
	return t.In(zone).AppendFormat(b, "15:04:05")
}

// PutSince fills an area with how long something has been so.
func PutSince(a grid.Area, d *Drawing, since time.Time) {
	PutAge(a, since, d.Now, d.Style)
	if since.IsZero() || !sinceStart(d.Snap, since) {
		return
	}
	for x := a.W - 1; x >= 0; x-- {
		if a.Rune(x, 0) == ' ' {
			a.Set(x, 0, a.Glyphs().AtLeast, d.Style)
			return
		}
	}
}

// PutAge fills an area with a duration, a dash where its beginning is not known.
func PutAge(a grid.Area, since, now time.Time, s grid.Style) {
	if since.IsZero() {
		a.Set(a.W-1, 0, a.Glyphs().Dash, Faint)
		return
	}
	var buf [24]byte
	a.PutBytes(0, 0, a.W, appendAge(buf[:0], now.Sub(since)), s)
}

// PutFigure fills an area with a figure times factor, or with a dash: an
// unknown one is never 0. Negative decimals: shortened, as 4.8k.
func PutFigure(a grid.Area, f model.Figure, factor float64, decimals int, s grid.Style) {
	if !f.Known() {
		a.Set(a.W-1, 0, a.Glyphs().Dash, Faint)
		return
	}
	a.PutFloat(f.Value*factor, decimals, s)
}
