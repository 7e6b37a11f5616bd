package themes

import (
	"strconv"
	"strings"
)

// colourNames are the sixteen colours that a terminal names itself, in its order.
var colourNames = [16]string{"black", "red", "green", "yellow", "blue", "magenta", "cyan", "white",
	"bright-black", "bright-red", "bright-green", "bright-yellow", "bright-blue", "bright-magenta", "bright-cyan", "bright-white"}

// usual are those sixteen as a terminal shows them that was not told otherwise (xterm).
var usual = [16]Color{0x000000, 0xcd0000, 0x00cd00, 0xcdcd00, 0x0000ee, 0xcd00cd, 0x00cdcd, 0xe5e5e5,
	0x7f7f7f, 0xff0000, 0x00ff00, 0xffff00, 0x5c5cff, 0xff00ff, 0x00ffff, 0xffffff}

// ColourNames are the colours that have a name.
func ColourNames() []string { return append([]string{"none"}, colourNames[:]...) }

// ParseColour reads "#rgb", "#rrggbb", a name of ColourNames or a number from 0
// to 255. The first sixteen and their names are the terminal's own, the rest of
// the numbers are the colours of xterm. ok is false for anything else.
func ParseColour(s string) (c Color, ok bool) {
	s = strings.ToLower(s)
	if s == "none" {
		return None, true
	}
	for n, name := range colourNames {
		if s == name {
			return basic + Color(n), true
		}
	}
	if digits, isHex := strings.CutPrefix(s, "#"); isHex {
		return parseHex(digits)
	}
	n, err := strconv.ParseUint(s, 10, 8)
	switch {
	case err != nil:
		return None, false
	case n < 16:
		return basic + Color(n), true
	case n < 232: // a cube of six steps a side
		n -= 16
		return step(n/36)<<16 | step(n/6%6)<<8 | step(n%6), true
	}
	return Color(8+10*(n-232)) * 0x010101, true // greys
}

// step is the strength of a step of the cube.
func step(n uint64) Color {
	if n == 0 {
		return 0
	}
	return Color(55 + 40*n)
}

func parseHex(digits string) (Color, bool) {
	n, err := strconv.ParseUint(digits, 16, 24)
	switch {
	case err != nil:
		return None, false
	case len(digits) == 6:
		return Color(n), true
	case len(digits) == 3:
		return Color(n>>8<<16|n>>4&0xf<<8|n&0xf) * 0x11, true
	}
	return None, false
}

// RGB gives one of the sixteen as a terminal shows it that was not told
// otherwise, and any other colour as it is.
func (c Color) RGB() Color {
	if n, ok := c.Basic(); ok {
		return usual[n]
	}
	return c
}
