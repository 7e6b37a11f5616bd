package themes

import (
	"fmt"
	"math"
)

// luminance is the relative luminance of WCAG 2.
func luminance(c Color) float64 {
	part := func(shift int) float64 {
		v := float64(c>>shift&0xff) / 255
		if v <= 0.04045 {
			return v / 12.92
		}
		return math.Pow((v+0.055)/1.055, 2.4)
	}
	return 0.2126*part(16) + 0.7152*part(8) + 0.0722*part(0)
}

// contrast is the ratio of WCAG 2, from 1 to 21.
func contrast(a, b Color) float64 {
	la, lb := luminance(a), luminance(b)
	return (max(la, lb) + 0.05) / (min(la, lb) + 0.05)
}

// wanted is the contrast that a role must have: 3:1 as WCAG asks of large text
// and signs, 4.5:1 for what is broken and for plain text. The faint one (frames)
// need not be read.
func wanted(r Role) float64 {
	if r == Faint {
		return 1
	}
	if r == Text || r == Strong || r == Failing {
		return 4.5
	}
	return 3
}

// Weakness is a role that is hard to read on a ground.
type Weakness struct {
	Role      Role
	Ground    Ground
	Has, Want float64 // contrast, from 1 to 21
}

// String says it for people.
func (w Weakness) String() string {
	return fmt.Sprintf("%s on %s has a contrast of %.1f:1, want %.1f:1 or more", w.Role, w.Ground, w.Has, w.Want)
}

// Weak gives, for each role that is hard to read, the ground on which it is the
// hardest. Where a colour is the terminal's own nothing can be said.
func (t *Theme) Weak() []Weakness {
	var out []Weakness
	for r := range RoleCount {
		worst := Weakness{Role: r, Has: math.Inf(1), Want: wanted(r)}
		for g := range GroundCount {
			l := t.Look(r, g)
			if l.FG == None || l.Rev {
				continue
			}
			on := l.BG
			if on == None {
				on = t.Paper
			}
			if has := contrast(l.FG.RGB(), on.RGB()); has < worst.Has {
				worst.Ground, worst.Has = g, has
			}
		}
		if worst.Has < worst.Want {
			out = append(out, worst)
		}
	}
	return out
}
