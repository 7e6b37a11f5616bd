package ui

import (
	"tritop/model"
	"tritop/ui/draw"
	"tritop/ui/grid"
)

// gpuNote is one line of what the GPUs' figures lack.
type gpuNote struct {
	text  string
	style grid.Style
}

// gpuNotes adds which sources of GPUs fail and why: a pane that lacks GPUs must
// not look like a fleet that has none. The metrics text of a server counts where
// no GPU is known of it.
func gpuNotes(s *model.Snapshot, out []gpuNote) []gpuNote {
	for _, src := range s.Failing() {
		if src.Kind == "nvml" || src.Kind == "dcgm" || src.Kind == "metrics" && len(gpusOf(s, src.Server, nil)) == 0 {
			out = append(out, gpuNote{"source " + src.Name + " " + src.Fault(), draw.Warning})
		}
	}
	return out
}

// gpuNoteRows is how many rows the notes take, most at most.
func gpuNoteRows(notes []gpuNote, width, most int) (rows int) {
	for _, n := range notes {
		rows += draw.WrappedRows(n.text, width-4)
	}
	return min(rows, max(0, most))
}

// drawGPUNotes writes the notes into an area, each in as many rows as it needs.
func drawGPUNotes(a grid.Area, notes []gpuNote) {
	y := 0
	for i, n := range notes {
		rows := min(draw.WrappedRows(n.text, a.W-4), a.H-y)
		if rows <= 0 {
			drawMore(a.Sub(0, a.H-1, a.W, 1), len(notes)-i)
			return
		}
		sign := a.Glyphs().Unknown
		if n.style == draw.Warning {
			sign = a.Glyphs().Warn
		}
		a.Set(1, y, sign, n.style)
		draw.Wrap(a.Sub(3, y, a.W-4, rows), n.text, n.style)
		y += rows
	}
}
