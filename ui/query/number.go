package query

import (
	"math"
	"strconv"
	"strings"
)

// Unit is what the numbers of a column are in.
type Unit uint8

// The units.
const (
	Plain   Unit = iota // a count or rate
	Percent             // 2.5 is 2.5 %
	Millis              // milliseconds
	Seconds
	Bytes
	GiB
)

// scale is a suffix of a number: how many of the column's unit it stands for.
type scale struct {
	suffix string
	factor float64
}

// scales are the suffixes of each unit, in the order in which errors name them.
var scales = [...][]scale{
	Plain:   {{"k", 1e3}, {"M", 1e6}, {"G", 1e9}, {"K", 1e3}},
	Percent: {{"%", 1}},
	Millis:  {{"ms", 1}, {"s", 1e3}, {"m", 60e3}, {"h", 3600e3}, {"d", 86400e3}, {"us", 1e-3}, {"µs", 1e-3}, {"k", 1e3}},
	Seconds: {{"s", 1}, {"m", 60}, {"h", 3600}, {"d", 86400}, {"ms", 1e-3}},
	Bytes:   {{"B", 1}, {"KiB", 1 << 10}, {"MiB", 1 << 20}, {"GiB", 1 << 30}, {"TiB", 1 << 40}},
	GiB:     {{"GiB", 1}, {"MiB", 1.0 / (1 << 10)}, {"KiB", 1.0 / (1 << 20)}, {"TiB", 1 << 10}},
}

func (u Unit) scales() []scale {
	if int(u) < len(scales) {
		return scales[u]
	}
	return nil
}

// Titled makes the field of a column from its title: "QUEUE ms" is the field
// queue in milliseconds, "ERR %" is err in percent.
func Titled(title string, numeric bool) Field {
	f := Field{Numeric: numeric}
	words := strings.Fields(title)
	if last := len(words) - 1; numeric && last > 0 {
		for suffix, unit := range map[string]Unit{"%": Percent, "ms": Millis, "s": Seconds, "B": Bytes, "GiB": GiB} {
			if words[last] == suffix {
				f.Unit, words = unit, words[:last]
				break
			}
		}
	}
	f.Name = strings.ToLower(strings.Join(words, ""))
	return f
}

// readNumber reads 12, -0.5, 4.8k, 100ms or 3m10s in a unit. why says what is
// wrong with it, for people.
func readNumber(s string, u Unit) (o operand, why string) {
	rest, sign := s, 1.0
	switch {
	case strings.HasPrefix(s, "-"):
		rest, sign = s[1:], -1
	case strings.HasPrefix(s, "+"):
		rest = s[1:]
	}
	for first := true; first || rest != ""; first = false {
		digits := rest[:spanOf(rest, true)]
		rest = rest[len(digits):]
		suffix := rest[:spanOf(rest, false)]
		rest = rest[len(suffix):]
		v, err := strconv.ParseFloat(digits, 64)
		if err != nil {
			return operand{}, "is no number"
		}
		factor, ok := u.factor(suffix)
		switch {
		case !ok:
			return operand{}, "has a unit that this column does not have"
		case (!first || rest != "") && (!u.isTime() || suffix == ""):
			return operand{}, "is no number"
		}
		o.number += sign * v * factor
		_, decimals, _ := strings.Cut(digits, ".")
		o.slack = factor * math.Pow10(-len(decimals)) / 2
	}
	if math.IsInf(o.number, 0) {
		return operand{}, "is too large"
	}
	return o, ""
}

func (u Unit) isTime() bool { return u == Millis || u == Seconds }

// factor gives what a suffix stands for; none stands for the unit itself.
func (u Unit) factor(suffix string) (float64, bool) {
	if suffix == "" {
		return 1, true
	}
	for _, s := range u.scales() {
		if s.suffix == suffix {
			return s.factor, true
		}
	}
	return 0, false
}

// examples are numbers with each suffix of the unit, for hints.
func (u Unit) examples() string {
	out := "12 or 0.5"
	for i, s := range u.scales() {
		if i == 5 {
			break
		}
		out += ", 5" + s.suffix
	}
	return out
}

// spanOf is how far digits and points reach, or what is neither.
func spanOf(s string, digits bool) int {
	i := 0
	for i < len(s) && (s[i] >= '0' && s[i] <= '9' || s[i] == '.') == digits {
		i++
	}
	return i
}
