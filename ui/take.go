package ui

import (
	"fmt"
	"strings"

	tea "charm.land/bubbletea/v2"

	"tritop/model"
	"tritop/ui/grid"
	"tritop/ui/term"
)

// Messages of what leaves the screen.
type (
	copyMsg struct {
		text string
		what string // in the footer
	}
	saveMsg  struct{}
	savedMsg struct {
		where string
		err   error
	}
)

// Save keeps a frame as text and a snapshot, and says where.
type Save func(frame string, s *model.Snapshot) (where string, err error)

// outside is what the screen has besides its frames.
type outside struct {
	title   string        // of the terminal window
	painter *term.Painter // nil: View gives the frame
	tty     *term.Terminal
	environ func(string) string
	save    Save
	detect  bool // the theme follows the terminal's ground
	alarm   func(*model.Snapshot) []byte
}

// words say what became of it.
func (m *savedMsg) words() string {
	if m.err != nil {
		return "save the screen: " + m.err.Error()
	}
	return "saved " + m.where
}

// keep saves what is on the screen; the disk may take its time.
func (m *Model) keep() tea.Cmd {
	if m.save == nil {
		m.screen.note, m.dirty = "there is nowhere to save to", true
		return nil
	}
	w, h := m.grid.Size()
	g := grid.New(w, h, m.screen.opt.Theme, m.screen.glyphs())
	m.screen.note = "" // is no part of it
	m.screen.draw(g, m.snap)
	frame, snap := g.Text(), m.snap
	return func() tea.Msg {
		where, err := m.save(frame, snap)
		return savedMsg{where, err}
	}
}

// copy gives a text to the viewer's clipboard.
func (m *Model) copy(msg copyMsg) {
	m.dirty = true
	m.screen.note = msg.what
	if m.painter == nil {
		return
	}
	seq, ok := term.Copy(msg.text, m.environ)
	if !ok || !m.painter.Say(seq) {
		m.screen.note = "too long for the terminal's clipboard; ctrl-s saves it"
	}
}

// ring calls the viewer when alerts fire.
func (m *Model) ring(s *model.Snapshot) {
	if m.alarm == nil || m.painter == nil {
		return
	}
	if b := m.alarm(s); len(b) > 0 {
		m.painter.Say(b)
	}
}

// toggleMouse gives the mouse to the terminal, or takes it back.
func (m *Model) toggleMouse() {
	m.dirty = true
	if m.painter == nil {
		return
	}
	m.tty.Mouse = !m.tty.Mouse
	m.painter.Say(term.Mouse(m.tty.Mouse))
	m.screen.note = "the terminal has the mouse: select text as usual; m takes it back"
	if m.tty.Mouse {
		m.screen.note = "clicks, drags and the wheel work here; m gives the mouse to the terminal"
	}
}

// copyNames copies the names of the marked rows, or of the one under the cursor.
func copyNames(sc *screen, s *model.Snapshot) tea.Cmd {
	p := sc.top().pane()
	var names []string
	for i, k := range p.rows {
		if len(p.marks) == 0 && i == p.at || p.marks[p.table.key(s, k)] {
			names = append(names, p.table.name(s, k))
		}
	}
	if len(names) == 0 {
		sc.note = "there is no row to copy"
		if hidden := p.hiddenMarks(); hidden > 0 {
			sc.note = fmt.Sprintf("nothing copied: all %d marked rows are hidden by the filter or gone; ctrl-\\ takes the marks away", hidden)
		}
		return nil
	}
	what := "copied " + names[0]
	if len(names) > 1 {
		what = fmt.Sprintf("copied %d names", len(names))
	}
	if hidden := p.hiddenMarks(); hidden > 0 {
		what += fmt.Sprintf("; %d marked rows are hidden by the filter or gone, and left out", hidden)
	}
	return func() tea.Msg { return copyMsg{strings.Join(names, "\n"), what} }
}

// copyStatus makes the status text, shows it, and copies it.
func copyStatus(sc *screen, s *model.Snapshot) tea.Cmd {
	text := StatusText(s)
	sc.sheet = strings.Split(text, "\n")
	return func() tea.Msg { return copyMsg{text, "status text copied, if the terminal takes OSC 52"} }
}

// StatusText says in a few lines for a chat how the fleet is: how bad, what is
// broken and since when, what changed just before. Times are UTC.
func StatusText(s *model.Snapshot) string {
	var b strings.Builder
	fmt.Fprintf(&b, "tritop %s %sZ: %s", s.Fleet, s.Now.UTC().Format("2006-01-02 15:04:05"), s.Verdict)
	var bad int
	for i := range s.Models {
		if v := s.Models[i].Finding.Verdict; v == model.Unhealthy || v == model.Degraded {
			bad++
		}
	}
	up := 0
	for i := range s.Servers {
		if s.Servers[i].Finding.Verdict == model.Healthy {
			up++
		}
	}
	fmt.Fprintf(&b, ", %d of %d servers well, %d of %d models in trouble", up, len(s.Servers), bad, len(s.Models))
	const most = 5
	for i := range s.Problems {
		if i == most {
			fmt.Fprintf(&b, "\n- and %d more", len(s.Problems)-most)
			break
		}
		writeProblem(&b, s, &s.Problems[i])
	}
	if len(s.Problems) == 0 {
		b.WriteString("\n- nothing is broken")
	}
	return b.String()
}

func writeProblem(b *strings.Builder, s *model.Snapshot, p *model.Problem) {
	fmt.Fprintf(b, "\n- %s %s", p.Verdict, p.Object)
	if p.Model != "" && p.Servers == 1 {
		fmt.Fprintf(b, " on %s", p.Server)
	}
	fmt.Fprintf(b, ": %s", p.Reason)
	if word := p.Trend.String(); word != "" {
		b.WriteString(", " + word)
	}
	if p.Servers > 0 {
		fmt.Fprintf(b, ", on %d of %d servers", p.Servers, len(s.Servers))
	}
	if len(p.Regions) > 0 {
		b.WriteString(" in " + strings.Join(p.Regions, ", "))
	}
	if !p.Since.IsZero() {
		fmt.Fprintf(b, ", since %sZ (%s)", p.Since.UTC().Format("15:04:05"), s.Now.Sub(p.Since).Truncate(1e9))
	}
	if p.Change.Seq != 0 {
		what := p.Change.Object()
		if n := alike(s, &p.Change); n > 1 {
			what = fmt.Sprintf("%d servers %s v%s", n, p.Change.Model, p.Change.Version)
		}
		fmt.Fprintf(b, "; changed just before: %sZ %s %s", p.Change.At.UTC().Format("15:04:05"), what, p.Change.Words())
	}
}
