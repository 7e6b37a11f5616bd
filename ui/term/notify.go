package term

import (
	"strings"

	"github.com/charmbracelet/x/ansi"
)

// notifyMost bounds what a notification says; terminals cut long ones anyway.
const notifyMost = 200

// Notify is what makes a terminal ring and show a notification: the bell, OSC 9
// (iTerm2, Windows Terminal, Ghostty) and OSC 777 (urxvt, VTE, foot), through tmux and screen too. A
// terminal that knows neither shows nothing of it.
func Notify(title, words string, environ func(string) string) []byte {
	title, words = field(title), field(words)
	seq := "\x1b]9;" + title + ": " + words + "\x07\x1b]777;notify;" + title + ";" + words + "\x07"
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
