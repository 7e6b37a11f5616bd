package grid

import "strconv"

// pen is where the terminal's cursor is, and in which style it writes.
type pen struct {
	x, y  int  // x -1: not known
	sure  bool // nothing was written since the last jump that some terminal may draw wider than we think
	style int  // -1: plain
}

// moveTo moves the cursor, by the shorter of the ways there.
func (e *Emitter) moveTo(b []byte, x, y int, at *pen) []byte {
	if at.x == x && at.y == y {
		return b
	}
	near := b
	if at.x >= 0 && (at.sure || at.y == y) {
		near = appendNear(b, x, y, at)
	}
	direct := len("\x1b[;H") + digits(y+1) + digits(x+1)
	if n := len(near) - len(b); n > 0 && n < direct {
		at.x, at.y = x, y
		return near
	}
	b = strconv.AppendInt(append(b, "\x1b["...), int64(y+1), 10)
	b = strconv.AppendInt(append(b, ';'), int64(x+1), 10)
	at.x, at.y, at.sure = x, y, true
	return append(b, 'H')
}

// appendNear goes to a place from where the cursor is: up or down, then left or
// right.
func appendNear(b []byte, x, y int, at *pen) []byte {
	switch down := y - at.y; {
	case down > 0:
		b = appendMove(b, down, 'B')
	case down < 0:
		b = appendMove(b, -down, 'A')
	}
	const backs = 3 // single steps to the left that are shorter than a column
	switch right := x - at.x; {
	case right > 0:
		b = appendMove(b, right, 'C')
	case right < -backs, right < 0 && !at.sure:
		b = appendMove(b, x+1, 'G') // to the column
	default:
		for range -right {
			b = append(b, '\b')
		}
	}
	return b
}

// appendMove appends a sequence with a number, which is left out where it is 1.
func appendMove(b []byte, n int, final byte) []byte {
	b = append(b, "\x1b["...)
	if n != 1 {
		b = strconv.AppendInt(b, int64(n), 10)
	}
	return append(b, final)
}

// digits is how many digits a number from 1 has.
func digits(n int) int {
	d := 1
	for ; n >= 10; n /= 10 {
		d++
	}
	return d
}
