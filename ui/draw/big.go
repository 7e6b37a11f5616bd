package draw

import (
	"strconv"
	"time"

	"tritop/ui/grid"
)

// BigRows is how high large text is.
const BigRows = 3

// Big writes a text so large that it is read from across a room: letters of
// three by five blocks in three rows, small letters as capitals. An ASCII
// terminal has no half blocks and gets the plain text in the middle row. It
// gives the columns used; see BigWidth for what does not fit.
func Big(a grid.Area, x, y int, text string, s grid.Style) int {
	if a.Glyphs().ASCII {
		return a.Put(x, y+1, a.W-x, text, s)
	}
	from := x
	for _, r := range text {
		if x > from {
			x++
		}
		x += bigRune(a, x, y, r, s)
	}
	return x - from
}

// BigWidth is how many columns large text takes; ok is false where it has a
// character that there is no large form of.
func BigWidth(a grid.Area, text string) (w int, ok bool) {
	if a.Glyphs().ASCII {
		return grid.Width(text), true
	}
	for _, r := range text {
		rows := bigShape(r)
		if rows == "" {
			return 0, false
		}
		if w > 0 {
			w++
		}
		w += len(rows) / bigHeight
	}
	return w, true
}

// bigHeight is how many blocks high a letter is; two stand in a row of the
// screen, and the first row has one.
const bigHeight = 5

func bigRune(a grid.Area, x, y int, r rune, s grid.Style) int {
	shape := bigShape(r)
	w := len(shape) / bigHeight
	lit := func(i, j int) bool { return j >= 0 && shape[j*w+i] == '#' }
	for row := range BigRows {
		for i := range w {
			upper, lower := lit(i, 2*row-1), lit(i, 2*row)
			switch {
			case upper && lower:
				a.Set(x+i, y+row, '█', s)
			case upper:
				a.Set(x+i, y+row, '▀', s)
			case lower:
				a.Set(x+i, y+row, '▄', s)
			}
		}
	}
	return w
}

// bigShape gives the blocks of a letter, row after row; empty: it has none.
func bigShape(r rune) string {
	if r >= 'a' && r <= 'z' {
		r -= 'a' - 'A'
	}
	if r < ' ' || int(r) >= ' '+len(bigShapes) {
		return ""
	}
	return bigShapes[r-' ']
}

// bigShapes are the letters from ' ' to '_'.
var bigShapes = [...]string{
	0:         "          ", // a blank
	'%' - ' ': "#.#..#.#.#..#.#",
	'+' - ' ': "....#.###.#....",
	'-' - ' ': "......###......",
	'.' - ' ': "....#",
	'/' - ' ': "..#..#.#.#..#..",
	'0' - ' ': "####.##.##.####",
	'1' - ' ': "##..#..#..#.###",
	'2' - ' ': "###..#####..###",
	'3' - ' ': "###..#.##..####",
	'4' - ' ': "#.##.####..#..#",
	'5' - ' ': "####..###..####",
	'6' - ' ': "####..####.####",
	'7' - ' ': "###..#..#.#..#.",
	'8' - ' ': "####.#####.####",
	'9' - ' ': "####.####..####",
	':' - ' ': ".#.#.",
	'A' - ' ': ".#.#.#####.##.#",
	'B' - ' ': "##.#.###.#.###.",
	'C' - ' ': ".###..#..#...##",
	'D' - ' ': "##.#.##.##.###.",
	'E' - ' ': "####..##.#..###",
	'F' - ' ': "####..##.#..#..",
	'G' - ' ': ".###..#.##.#.##",
	'H' - ' ': "#.##.#####.##.#",
	'I' - ' ': "###.#..#..#.###",
	'J' - ' ': "..#..#..##.#.#.",
	'K' - ' ': "#.##.###.#.##.#",
	'L' - ' ': "#..#..#..#..###",
	'M' - ' ': "#...###.###.#.##...##...#",
	'N' - ' ': "#..###.##.###..##..#",
	'O' - ' ': ".#.#.##.##.#.#.",
	'P' - ' ': "##.#.###.#..#..",
	'Q' - ' ': ".#.#.##.##.#.##",
	'R' - ' ': "##.#.###.#.##.#",
	'S' - ' ': ".###...#...###.",
	'T' - ' ': "###.#..#..#..#.",
	'U' - ' ': "#.##.##.##.####",
	'V' - ' ': "#.##.##.##.#.#.",
	'W' - ' ': "#...##...##.#.###.###...#",
	'X' - ' ': "#.##.#.#.#.##.#",
	'Y' - ' ': "#.##.#.#..#..#.",
	'Z' - ' ': "###..#.#.#..###",
	'_' - ' ': "............###",
}

// BigInt writes a number large, and gives the columns used.
func BigInt(a grid.Area, x, y, n int, s grid.Style) int {
	var buf [20]byte
	return Big(a, x, y, string(strconv.AppendInt(buf[:0], int64(n), 10)), s)
}

// BigIntWidth is how many columns a large number takes.
func BigIntWidth(a grid.Area, n int) int {
	if a.Glyphs().ASCII {
		return Digits(n)
	}
	return 4*Digits(n) - 1
}

// BigClock writes 14:32:07 large into the first rows of an area.
func BigClock(a grid.Area, x int, t time.Time, zone *time.Location, s grid.Style) {
	var buf [24]byte
	Big(a, x, 0, string(AppendClock(buf[:0], t, zone)), s)
}

// ClockWidth is how many columns a large clock takes.
func ClockWidth(a grid.Area) int {
	w, _ := BigWidth(a, "00:00:00")
	return w
}
