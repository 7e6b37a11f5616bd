// Package terminal holds only tests: the whole binary in a real terminal. It is
// driven through tmux, as a person would: keys, resizes, signals, suspension;
// and what it leaves behind when it ends is compared with what it found.
package terminal
