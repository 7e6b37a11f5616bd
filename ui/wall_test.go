package ui

import (
	"regexp"
	"strings"
	"testing"
	"time"

	"tritop/model"
	"tritop/themes"
	"tritop/ui/grid"
)

// What the colours of the default theme look like in ANSI.
const (
	alarmGround = "48;2;61;31;35"
	fineColour  = "38;2;95;158;110"
)

var wallSizes = []size{{40, 10}, {80, 24}, {120, 40}, {200, 50}, {200, 60}}

func TestGoldenWall(t *testing.T) {
	t.Parallel()
	for name, st := range states {
		s := st(t)
		if name == "region-loss" {
			s = withMachines(s)
		}
		for _, z := range []size{{80, 24}, {200, 50}} {
			golden(t, name+"-wall-"+z.String()+".txt", frame(t, s, "wall", z, Options{}).Text())
		}
	}
	s := states["ready-lies"](t)
	golden(t, "ready-lies-wall-40x10.txt", frame(t, s, "wall", size{40, 10}, Options{}).Text())
	golden(t, "ready-lies-wall-200x50-ascii.txt", frame(t, s, "wall", size{200, 50}, Options{ASCII: true}).Text())
	golden(t, "ready-lies-wall-200x50-old.txt", oldWall(s, size{200, 50}).Text())
}

// oldWall is the wall when the engine has not published for 42 s.
func oldWall(s *model.Snapshot, z size) *grid.Grid {
	sc := newScreen(Options{Wall: true})
	sc.stale = 42 * time.Second
	g := grid.New(z.w, z.h, sc.opt.Theme, sc.glyphs())
	sc.draw(g, s)
	return g
}

// What fails is a tinted band of three rows or more, with what it is, why and for
// how long in one row of its middle.
func TestFailingIsABandOnTheWall(t *testing.T) {
	t.Parallel()
	for name, want := range map[string][]string{
		"ready-lies":  {"us1-gpu-02", "says ready, cannot infer"},
		"dead-server": {"eu1-gpu-02", "not listening"},
		"hung-server": {"us1-gpu-01", "hung"},
		"region-loss": {"not listening"},
	} {
		s := states[name](t)
		for _, z := range []size{{80, 24}, {120, 40}, {200, 50}} {
			g := frame(t, s, "wall", z, Options{})
			rows, ansi := strings.Split(g.Text(), "\n"), strings.Split(g.ANSI(), "\n")
			band := 0
			for band < len(rows) && !strings.Contains(ansi[band], alarmGround) {
				band++
			}
			end := band
			for end < len(rows) && strings.Contains(ansi[end], alarmGround) {
				end++
			}
			if end-band < 3 {
				t.Errorf("%s at %s: the band has %d rows\n%s", name, z, end-band, g.Text())
				continue
			}
			middle := rows[band+(end-band-1)/2]
			for _, w := range want {
				if !strings.Contains(middle, w) || !regexp.MustCompile(` [12][0-9]s `).MatchString(middle) {
					t.Errorf("%s at %s: %q and for how long are not in the middle of the band: %s", name, z, w, middle)
				}
			}
		}
	}
}

// A wall that gets no news says so, and nothing of it looks alive.
func TestOldWallSaysSo(t *testing.T) {
	t.Parallel()
	for _, name := range []string{"normal", "ready-lies", "empty"} {
		s := states[name](t)
		for _, z := range wallSizes {
			g := oldWall(s, z)
			if !strings.Contains(g.Text(), "DATA 42 s OLD") {
				t.Errorf("%s at %s does not say how old it is:\n%s", name, z, g.Text())
			}
			if ansi := g.ANSI(); strings.Contains(ansi, fineColour) || !strings.Contains(ansi, alarmGround) {
				t.Errorf("%s at %s looks alive:\n%s", name, z, ansi)
			}
		}
	}
}

// The other views lose their colours too, and their header says how old they are.
func TestOldViewsLoseTheirColours(t *testing.T) {
	t.Parallel()
	s := withMachines(states["ready-lies"](t))
	for _, name := range []string{"overview", "models", "servers", "versions", "gpus", "regions", "events", "charts", "server:us1-gpu-02", "model:ranker"} {
		sc := newScreen(Options{Theme: themes.Default(false)})
		v, err := parseView(name)
		if err != nil {
			t.Fatal(err)
		}
		sc.stack = append(sc.stack, openView(v))
		sc.stale = 42 * time.Second
		g := grid.New(120, 40, sc.opt.Theme, sc.glyphs())
		sc.draw(g, s)
		head, _, _ := strings.Cut(g.Text(), "\n")
		if !strings.Contains(head, "DATA 42s OLD") || strings.Contains(g.ANSI(), fineColour) {
			t.Errorf("%s:\n%s", name, g.ANSI())
		}
	}
}

// A fleet that is well has no tables on the wall, only that it is well.
func TestCalmWallNamesNothing(t *testing.T) {
	t.Parallel()
	s := states["normal"](t)
	for _, z := range wallSizes {
		text := frame(t, s, "wall", z, Options{ASCII: true}).Text()
		if !strings.Contains(text, "NOTHING IS BROKEN") {
			t.Errorf("%s does not say that nothing is broken:\n%s", z, text)
		}
		for i := range s.Models {
			if strings.Contains(text, s.Models[i].Name) {
				t.Errorf("%s names %s, which is well:\n%s", z, s.Models[i].Name, text)
			}
		}
	}
}

// While a GPU is gone nobody is told that nothing is broken, and nothing is green
// but the counts of servers and models.
func TestLostGPUIsNotCalm(t *testing.T) {
	t.Parallel()
	s := at(t, "gpu-lost", 30*time.Second)
	for _, z := range wallSizes {
		text := frame(t, s, "wall", z, Options{}).Text()
		if strings.Contains(text, "NOTHING IS BROKEN") || !strings.Contains(text, "GPU") {
			t.Errorf("%s:\n%s", z, text)
		}
		if over := frame(t, s, "overview", z, Options{}).Text(); !strings.Contains(over, "GPU") {
			t.Errorf("%s:\n%s", z, over)
		}
	}
}
