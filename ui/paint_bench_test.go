package ui

import (
	"bytes"
	"testing"
	"time"

	"github.com/charmbracelet/colorprofile"
	uv "github.com/charmbracelet/ultraviolet"

	"tritop/model"
	"tritop/themes"
	"tritop/ui/grid"
)

// BenchmarkPaint is from a new snapshot to the bytes for the terminal, 200×60 in
// true colour, a second of the fleet from frame to frame: draw, compare, emit.
// Of a simulated fleet a hundredth of the cells change in a second, of the busy
// one about a tenth. The anchor is Bubble Tea's renderer, given the same frames
// as strings in the same run.
func BenchmarkPaint(b *testing.B) {
	b.Run("fleet", func(b *testing.B) { benchPaint(b, minute(b, "ready-lies", 0)) })
	b.Run("busy", func(b *testing.B) {
		snaps, err := busy()
		if err != nil {
			b.Fatal(err)
		}
		benchPaint(b, snaps)
	})
}

func benchPaint(b *testing.B, snaps []*model.Snapshot) {
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
	if again := em.Append(buf[:0], g); len(again) > 0 {
		b.Fatalf("the same frame again is %d bytes", len(again))
	}
	allocs := testing.AllocsPerRun(len(snaps), func() { frame(0) })
	var took, anchor []time.Duration
	sent, anchorSent, changed := 0, 0, 0
	old := newStock(200, 60)
	for i := range snaps {
		sc.draw(g, snaps[i])
		old.paint(b, g.ANSI())
		old.changed()
	}
	for i := 0; b.Loop(); i++ {
		began := time.Now()
		sent += frame(i)
		took = append(took, time.Since(began))
		view := g.ANSI()
		began = time.Now()
		anchorSent += old.paint(b, view)
		anchor = append(anchor, time.Since(began))
		changed += old.changed()
	}
	frames := len(took)
	b.ReportMetric(float64(quantile(took, 0.5))/1e6, "ms-p50")
	b.ReportMetric(float64(quantile(took, 0.99))/1e6, "ms-p99")
	b.ReportMetric(float64(sent)/float64(frames), "bytes/frame")
	b.ReportMetric(float64(sent)/float64(changed), "bytes/changed-cell")
	b.ReportMetric(100*float64(changed)/float64(frames)/(200*60), "%cells-changed")
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
	last  uv.ScreenBuffer // the frame before
}

func newStock(w, h int) *stock {
	s := &stock{cells: uv.NewScreenBuffer(w, h), last: uv.NewScreenBuffer(w, h)}
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

// changed counts the cells of the frame that differ from the one before, in
// character or look.
func (s *stock) changed() (n int) {
	for y := range s.cells.Height() {
		for x := range s.cells.Width() {
			a, b := s.cells.CellAt(x, y), s.last.CellAt(x, y)
			if a == nil || b == nil || !a.Equal(b) {
				n++
				s.last.SetCell(x, y, a)
			}
		}
	}
	return n
}
