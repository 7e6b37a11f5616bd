package term

import (
	"strings"

	"github.com/charmbracelet/x/ansi"
)

// notifyMost bounds what a notification says; terminals cut long ones anyway.
const notifyMost = 200

// The sequences that show a notification: a terminal knows one of them, both or none.
const (
	OSC9   = 9   // iTerm2, kitty, WezTerm, Windows Terminal, Ghostty
	OSC777 = 777 // urxvt, VTE, foot, WezTerm, Ghostty
)

// Notify is what makes a terminal ring and, by one of the sequences, show a
// notification, through tmux and screen too; of any other number the bell alone.
func Notify(osc int, title, words string, environ func(string) string) []byte {
	title, words = field(title), field(words)
	var seq string
	switch osc {
	case OSC9:
		seq = "\x1b]9;" + title + ": " + words + "\x07"
	case OSC777:
		seq = "\x1b]777;notify;" + title + ";" + words + "\x07"
	default:
		return []byte("\x07")
	}
	switch multiplexer := environ("TERM"); {
	case environ("TMUX") != "":
		seq = ansi.TmuxPassthrough(seq)
	case strings.HasPrefix(multiplexer, "screen"):
		seq = ansi.ScreenPassthrough(seq, 768)
	}
	return []byte("\x07" + seq)
}

// field keeps a text from ending its own sequence or a field of it.
func field(s string) string {
	s = strings.ReplaceAll(printable(s), ";", ",")
	n := 0
	for i := range s {
		if n++; n > notifyMost {
			return s[:i]
		}
	}
	return s
}
