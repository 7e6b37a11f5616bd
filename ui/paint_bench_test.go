package ui

import (
	"bytes"
	"testing"
	"time"

	"github.com/charmbracelet/colorprofile"
	uv "github.com/charmbracelet/ultraviolet"

	"tritop/themes"
	"tritop/ui/grid"
)

// BenchmarkPaint is from a new snapshot to the bytes for the terminal, 200×60 in
// true colour, a second of the fleet from frame to frame: draw, compare, emit.
// The anchor is Bubble Tea's renderer, given the same frames as strings in the
// same run.
func BenchmarkPaint(b *testing.B) {
	snaps := minute(b, "ready-lies", 0)
	sc := newScreen(Options{Theme: themes.Default(false)})
	g := grid.New(200, 60, sc.opt.Theme, sc.glyphs())
	em := grid.NewEmitter(colorprofile.TrueColor)
	var buf []byte
	frame := func(i int) int {
		sc.draw(g, snaps[i%len(snaps)])
		buf = em.Append(buf[:0], g)
		return len(buf)
	}
	for i := range snaps {
		frame(i)
	}
	allocs := testing.AllocsPerRun(len(snaps), func() { frame(0) })
	var took, anchor []time.Duration
	sent, anchorSent, frames := 0, 0, 0
	old := newStock(200, 60)
	for i := range snaps {
		sc.draw(g, snaps[i])
		old.paint(b, g.ANSI())
	}
	for i := 0; b.Loop(); i++ {
		began := time.Now()
		sent += frame(i)
		took = append(took, time.Since(began))
		view := g.ANSI()
		began = time.Now()
		anchorSent += old.paint(b, view)
		anchor = append(anchor, time.Since(began))
		frames++
	}
	b.ReportMetric(float64(quantile(took, 0.5))/1e6, "ms-p50")
	b.ReportMetric(float64(quantile(took, 0.99))/1e6, "ms-p99")
	b.ReportMetric(float64(sent)/float64(frames), "bytes/frame")
	b.ReportMetric(allocs, "allocs/frame")
	b.ReportMetric(float64(quantile(anchor, 0.5))/float64(quantile(took, 0.5)), "x-faster-than-bubbletea")
	b.ReportMetric(float64(sent)/float64(anchorSent), "x-bytes-of-bubbletea")
	b.ReportMetric(0, "ns/op")
}

// stock is what Bubble Tea's renderer does with the string of a view: parse it
// into cells, compare, emit.
type stock struct {
	out   bytes.Buffer
	scr   *uv.TerminalRenderer
	cells uv.ScreenBuffer
}

func newStock(w, h int) *stock {
	s := &stock{cells: uv.NewScreenBuffer(w, h)}
	s.scr = uv.NewTerminalRenderer(&s.out, []string{"TERM=xterm-256color", "COLORTERM=truecolor"})
	s.scr.SetColorProfile(colorprofile.TrueColor)
	s.scr.SetFullscreen(true)
	s.scr.SetRelativeCursor(false)
	s.scr.SetScrollOptim(true)
	s.scr.Erase()
	return s
}

func (s *stock) paint(b *testing.B, view string) (sent int) {
	s.cells.Clear()
	uv.NewStyledString(view).Draw(s.cells, s.cells.Bounds())
	s.scr.Render(s.cells.RenderBuffer)
	if err := s.scr.Flush(); err != nil {
		b.Fatal(err)
	}
	sent = s.out.Len()
	s.out.Reset()
	return sent
}
