package query

import "fmt"

// Error says what is wrong with a text.
type Error struct {
	// At is the place, in runes from 0. It is the length of the text where the
	// text only ends too early: typing on may mend it.
	At     int
	Reason string // what is wrong there
	Hint   string // what to write instead; empty: nothing is known
}

// Error gives the reason with its place, counted from 1.
func (e *Error) Error() string { return fmt.Sprintf("character %d: %s", e.At+1, e.Reason) }
