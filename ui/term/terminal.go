package term

import (
	"fmt"
	"io"
	"os"
	"strings"

	"github.com/charmbracelet/x/ansi"
	"github.com/charmbracelet/x/term"
)

// Terminal is the state of the terminal while the screen is open: raw input,
// the alternate screen, no cursor, no wrapping at the edge.
type Terminal struct {
	In    *os.File
	Out   io.Writer
	Mouse bool        // the program has the mouse, not the terminal
	saved *term.State // before; nil while it is left as it was
}

const (
	enterScreen = "\x1b[22;2t\x1b[?1049h\x1b[?25l\x1b[?7l\x1b[?2004h"
	leaveScreen = mouseOff + "\x1b[?2026l\x1b[m\x1b[r\x1b[?2004l\x1b[?7h\x1b[?25h\x1b[?1049l\x1b[23;2t"
)

// The mouse: clicks, drags and the wheel, with places beyond column 223.
const (
	mouseOn  = "\x1b[?1002h\x1b[?1006h"
	mouseOff = "\x1b[?1006l\x1b[?1002l"
)

// Mouse is what switches the mouse between the program and the terminal.
func Mouse(on bool) []byte {
	if on {
		return []byte(mouseOn)
	}
	return []byte(mouseOff)
}

// AskGround is what asks the terminal for the colour of its ground (OSC 11); one
// that does not know it answers nothing.
func AskGround() []byte { return []byte(ansi.RequestBackgroundColor) }

// Copy is what puts a text on the viewer's clipboard (OSC 52), through tmux and
// screen too; ok is false where it is longer than terminals take.
func Copy(text string, environ func(string) string) (sequence []byte, ok bool) {
	const most = 74_994 // of base64, what the strictest common terminal takes
	seq := ansi.SetSystemClipboard(text)
	if len(seq) > most {
		return nil, false
	}
	switch multiplexer := environ("TERM"); {
	case environ("TMUX") != "":
		seq = ansi.TmuxPassthrough(seq)
	case strings.HasPrefix(multiplexer, "screen"):
		seq = ansi.ScreenPassthrough(seq, 768)
	}
	return []byte(seq), true
}

// Enter takes the terminal over.
func (t *Terminal) Enter(title string) error {
	saved, err := term.MakeRaw(t.In.Fd())
	if err != nil {
		return fmt.Errorf("switch the terminal to raw input: %w", err)
	}
	t.saved = saved
	enter := enterScreen
	if t.Mouse {
		enter += mouseOn
	}
	if _, err := io.WriteString(t.Out, enter+"\x1b]2;"+printable(title)+"\x07"); err != nil {
		return fmt.Errorf("write to the terminal: %w", err)
	}
	return nil
}

// Leave gives the terminal back as it was; a second time it does nothing.
func (t *Terminal) Leave() {
	if t.saved == nil {
		return
	}
	_, _ = io.WriteString(t.Out, leaveScreen)
	_ = term.Restore(t.In.Fd(), t.saved)
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
