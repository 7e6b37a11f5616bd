package draw

import (
	"strings"
	"testing"
	"time"

	"tritop/model"
	"tritop/themes"
	"tritop/ui/grid"
)

var now = time.Date(2026, 11, 22, 14, 5, 0, 0, time.UTC)

// chart draws a series of five minutes in so many columns.
func chart(values func(second int) float64, span time.Duration, columns int) string {
	var s model.Series
	for i := range 300 {
		s = s.Append(now.Add(time.Duration(i-299)*time.Second), values(i))
	}
	g := grid.New(columns, 8, themes.Default(false), themes.Unicode())
	c := &Chart{Title: "X", Series: &s, Factor: 1, Style: Data}
	c.Strip(g.All(), &Axis{Now: now, Span: span, Zone: time.UTC})
	return g.Text()
}

// filled counts the dots of the plot.
func filled(text string) (n int) {
	for _, r := range text {
		for bits := r - 0x2800; r >= 0x2800 && r <= 0x28ff && bits != 0; bits >>= 1 {
			n += int(bits & 1)
		}
	}
	return n
}

// Noise does not make the line thick, whatever a column stands for; a spike of
// one second is seen all the same.
func TestLineIsThinAndKeepsSpikes(t *testing.T) {
	t.Parallel()
	noise := func(i int) float64 { return 80 + float64(i*7%11)/4 }
	for _, span := range []time.Duration{time.Minute, 2 * time.Minute, 5 * time.Minute} {
		text := chart(noise, span, 50)
		dots := 2 * strip(grid.New(50, 8, themes.Default(false), themes.Unicode()).All()).W
		if n := filled(text); n > 2*dots {
			t.Errorf("over %s the line has %d dots in %d columns:\n%s", span, n, dots, text)
		}
		spike := func(i int) float64 {
			if i == 270 {
				return 400
			}
			return noise(i)
		}
		text = chart(spike, span, 50)
		if top, _, _ := strings.Cut(text, "\n"); filled(top) == 0 {
			t.Errorf("over %s the spike is lost:\n%s", span, text)
		}
	}
}
