package ui

import (
	"fmt"
	"io"
	"os"
	"strings"

	"github.com/charmbracelet/x/term"
)

// terminal is the state of the terminal while the screen is open: raw input,
// the alternate screen, no cursor, no wrapping at the edge.
type terminal struct {
	in    *os.File
	out   io.Writer
	saved *term.State // before; nil while it is left as it was
}

const (
	enterScreen = "\x1b[22;2t\x1b[?1049h\x1b[?25l\x1b[?7l\x1b[?2004h"
	leaveScreen = "\x1b[?2026l\x1b[m\x1b[r\x1b[?2004l\x1b[?7h\x1b[?25h\x1b[?1049l\x1b[23;2t"
)

// enter takes the terminal over.
func (t *terminal) enter(title string) error {
	saved, err := term.MakeRaw(t.in.Fd())
	if err != nil {
		return fmt.Errorf("switch the terminal to raw input: %w", err)
	}
	t.saved = saved
	if _, err := io.WriteString(t.out, enterScreen+"\x1b]2;"+printable(title)+"\x07"); err != nil {
		return fmt.Errorf("write to the terminal: %w", err)
	}
	return nil
}

// leave gives the terminal back as it was; a second time it does nothing.
func (t *terminal) leave() {
	if t.saved == nil {
		return
	}
	_, _ = io.WriteString(t.out, leaveScreen)
	_ = term.Restore(t.in.Fd(), t.saved)
	t.saved = nil
}

// printable keeps a title from ending its own sequence.
func printable(s string) string {
	return strings.Map(func(r rune) rune {
		if r < ' ' || r == 0x7f {
			return -1
		}
		return r
	}, s)
}
