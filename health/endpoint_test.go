package health

import (
	"fmt"
	"math"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"
)

var e0 = time.Date(2026, 11, 22, 14, 0, 0, 0, time.UTC)

// play runs a script: words with a time in seconds before them. p and f are a pass
// and a definite failure of the deep inference, t a time-out of it, s one that is
// seconded, c and l a failure of connect and of live, C and r a pass of connect and a
// failure of ready, w and g bad and good telemetry, u bad users; m, d and o are the
// operator's maint, drain and resume, x that we are cut off; . lets time pass.
func play(t *testing.T, r EndpointRules, script string) (Endpoint, string) {
	t.Helper()
	var e Endpoint
	var out []string
	for _, word := range strings.Fields(script) {
		what := word[len(word)-1:]
		at, err := strconv.ParseFloat(word[:len(word)-1], 64)
		if err != nil {
			t.Fatal(err)
		}
		now := e0.Add(time.Duration(at * float64(time.Second)))
		var moves []Move
		e, moves = step(r, e, what, now)
		for _, m := range moves {
			out = append(out, fmt.Sprintf("%g:%s", at, m.To))
		}
	}
	return e, strings.Join(out, " ")
}

// step plays one word.
func step(r EndpointRules, e Endpoint, what string, now time.Time) (Endpoint, []Move) {
	switch what {
	case "m":
		return r.Hold(e, EndpointMaint, now)
	case "d":
		return r.Hold(e, EndpointDraining, now)
	case "o":
		return r.Resume(e, now)
	case "x":
		return r.Lose(e, now)
	case ".":
		return r.Tick(e, now)
	}
	return r.Observe(e, signs[what].at(now))
}

func (s Sign) at(t time.Time) Sign { s.At = t; return s }

var signs = map[string]Sign{"p": {Layer: LayerInference, Passed: true}, "f": {Layer: LayerInference}, "t": {Layer: LayerInference, TimedOut: true},
	"s": {Layer: LayerInference, TimedOut: true, Seconded: true}, "c": {Layer: LayerConnect}, "l": {Layer: LayerLive}, "C": {Layer: LayerConnect, Passed: true},
	"r": {Layer: LayerReady}, "w": {Layer: LayerTelemetry}, "g": {Layer: LayerTelemetry, Passed: true}, "u": {Layer: LayerUsers}, "U": {Layer: LayerUsers, Passed: true}}

const downAt2 = "0p 1f 2f "

func TestEndpointTransitions(t *testing.T) {
	t.Parallel()
	for name, tc := range map[string]struct{ script, want string }{
		"unknown, a pass":                        {"0p", "0:HEALTHY"},
		"unknown, a shallow pass proves nothing": {"0C 1C", ""},
		"unknown, a failure":                     {"0f", "0:SUSPECT"},
		"suspect from unknown, a pass":           {"0f 1p", "0:SUSPECT 1:HEALTHY"},
		"one failure":                            {"0p 1f 2p 3f 4p", "0:HEALTHY 1:SUSPECT 2:HEALTHY 3:SUSPECT 4:HEALTHY"},
		"ready is advice only":                   {"0p 1r 2r 3r", "0:HEALTHY"},
		"two definite ones":                      {downAt2, "0:HEALTHY 1:SUSPECT 2:DOWN"},
		"a deeper one":                           {"0p 1c 2f", "0:HEALTHY 1:SUSPECT 2:DOWN"},
		"a shallower one begins anew":            {"0p 1f 2c 3c", "0:HEALTHY 1:SUSPECT 3:DOWN"},
		"a shallow pass between":                 {"0p 1f 1.5C 2f", "0:HEALTHY 1:SUSPECT 2:DOWN"},
		"two time-outs alone":                    {"0p 1t 2t", "0:HEALTHY 1:SUSPECT"},
		"three time-outs alone":                  {"0p 1t 2t 3t", "0:HEALTHY 1:SUSPECT 3:DOWN"},
		"two time-outs, one seconded":            {"0p 1t 2s", "0:HEALTHY 1:SUSPECT 2:DOWN"},
		"a time-out and an answer":               {"0p 1t 2f", "0:HEALTHY 1:SUSPECT 2:DOWN"},
		"recovering":                             {downAt2 + "3p", "0:HEALTHY 1:SUSPECT 2:DOWN 3:RECOVERING"},
		"a shallow pass does not begin it":       {downAt2 + "3C", "0:HEALTHY 1:SUSPECT 2:DOWN"},
		"recovering, a failure":                  {downAt2 + "3p 4f", "0:HEALTHY 1:SUSPECT 2:DOWN 3:RECOVERING 4:DOWN"},
		"recovering, the dwell":                  {downAt2 + "3p 4p 5p 11.9. 12.", "0:HEALTHY 1:SUSPECT 2:DOWN 3:RECOVERING 12:WARMING"},
		"recovering, the rise":                   {downAt2 + "3p 8p 13. 14p", "0:HEALTHY 1:SUSPECT 2:DOWN 3:RECOVERING 14:WARMING"},
		"warming, the ramp":                      {downAt2 + "3p 7p 12p 16p 21.9. 22p", "0:HEALTHY 1:SUSPECT 2:DOWN 3:RECOVERING 12:WARMING 22:HEALTHY"},
		"warming, one failure":                   {downAt2 + "3p 7p 12p 13f 14p 24p", "0:HEALTHY 1:SUSPECT 2:DOWN 3:RECOVERING 12:WARMING 13:SUSPECT 14:WARMING 24:HEALTHY"},
		"warming, users suffer":                  {downAt2 + "3p 7p 12p 20u 22p 30U 30.", "0:HEALTHY 1:SUSPECT 2:DOWN 3:RECOVERING 12:WARMING 30:HEALTHY"},
		"degraded and back":                      {"0p 1w 5p 10g 20p 30p 39p 40p", "0:HEALTHY 1:DEGRADED 40:HEALTHY"},
		"degraded, bad again":                    {"0p 1w 10g 20p 25w 35p 40g 50p 60p 69p 70p", "0:HEALTHY 1:DEGRADED 70:HEALTHY"},
		"degraded, old evidence clears":          {"0p 1w 10p 17p 20p 30p 40p 47p", "0:HEALTHY 1:DEGRADED 47:HEALTHY"},
		"degraded, then down":                    {"0p 1w 2f 3f", "0:HEALTHY 1:DEGRADED 2:SUSPECT 3:DOWN"},
		"degraded, one failure":                  {"0p 1w 2f 3p", "0:HEALTHY 1:DEGRADED 2:SUSPECT 3:DEGRADED"},
		"silence":                                {"0p 15. 15.1.", "0:HEALTHY 15.1:UNKNOWN"},
		"silence after down":                     {downAt2 + "18. 20p", "0:HEALTHY 1:SUSPECT 2:DOWN 18:UNKNOWN 20:RECOVERING"},
		"a failure after silence after down":     {downAt2 + "18. 20f 21p", "0:HEALTHY 1:SUSPECT 2:DOWN 18:UNKNOWN 20:SUSPECT 21:RECOVERING"},
		"cut off":                                {"0p 1x 2p", "0:HEALTHY 1:UNKNOWN 2:HEALTHY"},
		"maint":                                  {"0p 1m 2f 3f 4f 60. 61x", "0:HEALTHY 1:MAINT"},
		"back from maint":                        {"0p 1m 2o 3p 4p 5p 12p 22p", "0:HEALTHY 1:MAINT 2:RECOVERING 12:WARMING 22:HEALTHY"},
		"draining, then maint":                   {"0p 1d 2m 3o", "0:HEALTHY 1:DRAINING 2:MAINT 3:RECOVERING"},
		"resume of one that serves":              {"0p 1o", "0:HEALTHY"},
	} {
		if _, got := play(t, DefaultEndpointRules(), tc.script); got != tc.want {
			t.Errorf("%s:\n%s\nwant %s", name, got, tc.want)
		}
	}
}

func TestCertainty(t *testing.T) {
	t.Parallel()
	for script, want := range map[string]bool{downAt2: true, "0p 1t 2t 3t": false, "0p 1t 2s": true, "0p 1t 2t 3t 4f": true} {
		if e, _ := play(t, DefaultEndpointRules(), script); e.State != EndpointDown || e.Certain != want {
			t.Errorf("%s: %v, certain %v", script, e.State, e.Certain)
		}
	}
}

func TestShares(t *testing.T) {
	t.Parallel()
	r := DefaultEndpointRules()
	e, _ := play(t, r, downAt2+"3p 7p 12p")
	for after, want := range map[time.Duration]float64{0: 0.25, 4 * time.Second: 0.5, 7 * time.Second: 1} {
		if got := r.Share(e, e.Since.Add(after)); got != want || e.Target() {
			t.Errorf("after %s: %v", after, got)
		}
	}
	if e, _ := play(t, r, downAt2); r.Share(e, e.Since) != 0 || e.Target() {
		t.Error("a dead endpoint has a share")
	}
	if e, _ := play(t, r, "0p"); r.Share(e, e.Since) != 1 || !e.Target() {
		t.Error("a healthy endpoint has none")
	}
}

// falls gives the damping after falls at some seconds.
func falls(at ...float64) (f Flap) {
	r := DefaultFlapRules()
	for _, s := range at {
		f = r.Add(f, r.Down, "", e0.Add(time.Duration(s*float64(time.Second))))
	}
	return f
}

// The figures of the text.
func TestFlapDamping(t *testing.T) {
	t.Parallel()
	r := DefaultFlapRules()
	if f := falls(0); f.Penalty != 1000 || f.Suppressed {
		t.Errorf("one: %+v", f)
	}
	if f := falls(0, 10); math.Round(f.Penalty) != 1891 || f.Suppressed {
		t.Errorf("two 10 s apart: %+v", f)
	}
	f := falls(0, 30, 60)
	if math.Round(f.Penalty) != 2207 || !f.Suppressed {
		t.Errorf("three within a minute: %+v", f)
	}
	if g := r.At(f, e0.Add(60*time.Second+87*time.Second)); !g.Suppressed {
		t.Errorf("after 87 s: %+v", g)
	}
	if g := r.At(f, e0.Add(60*time.Second+88*time.Second)); g.Suppressed || g.Penalty >= 800 {
		t.Errorf("after 88 s: %+v", g)
	}
}

func TestDampingHasAnEndAndIncidentsCountOnce(t *testing.T) {
	t.Parallel()
	r := DefaultFlapRules()
	many := falls(slices.Repeat([]float64{0}, 2000)...)
	if g := r.At(many, e0.Add(r.Longest)); math.Abs(g.Penalty-r.Reuse) > 1e-6 || g.Suppressed {
		t.Errorf("suppressed longer than %s: %+v", r.Longest, g)
	}
	one := r.Add(r.Add(Flap{}, r.Down, "power", e0), r.Down, "power", e0.Add(29*time.Second))
	if one.Penalty > 1000 {
		t.Errorf("one incident: %+v", one)
	}
	if two := r.Add(r.Add(Flap{}, r.Down, "power", e0), r.Down, "power", e0.Add(31*time.Second)); two.Penalty < 1000 {
		t.Errorf("two incidents: %+v", two)
	}
}

// A suppressed endpoint does not warm before it may be used again.
func TestSuppressedDoesNotReturn(t *testing.T) {
	t.Parallel()
	r := DefaultEndpointRules()
	script := "0p"
	for i := range 3 {
		at := float64(30 * i)
		script += fmt.Sprintf(" %gf %gf %gp %gp %gp %gp", at+1, at+2, at+4, at+8, at+12, at+22)
	}
	e, got := play(t, r, script)
	if !e.Flap.Suppressed || e.State != EndpointRecovering {
		t.Fatalf("%+v after %s", e.Flap, got)
	}
	for at := 83; at < 250 && e.State == EndpointRecovering; at++ {
		now := e0.Add(time.Duration(at) * time.Second)
		if e, _ = r.Observe(e, signs["p"].at(now)); e.State == EndpointWarming && e.Flap.Penalty > r.Flap.Reuse {
			t.Errorf("it warms with %v", e.Flap.Penalty)
		}
	}
	if e.State != EndpointWarming {
		t.Errorf("it never returns: %v", e.State)
	}
}

func TestIsolated(t *testing.T) {
	t.Parallel()
	for _, tc := range []struct {
		of, timedOut int
		want         bool
	}{{0, 0, false}, {1, 1, false}, {2, 2, false}, {3, 1, false}, {3, 2, true}, {4, 2, false}, {4, 3, true}, {200, 100, false}, {200, 101, true}} {
		if Isolated(tc.of, tc.timedOut) != tc.want {
			t.Errorf("%+v", tc)
		}
	}
}

// followers are where each state may lead.
var followers = map[EndpointState][]EndpointState{
	EndpointUnknown:    {EndpointHealthy, EndpointSuspect, EndpointRecovering, EndpointWarming, EndpointDegraded, EndpointMaint, EndpointDraining},
	EndpointHealthy:    {EndpointSuspect, EndpointDegraded, EndpointUnknown, EndpointMaint, EndpointDraining},
	EndpointSuspect:    {EndpointHealthy, EndpointDown, EndpointDegraded, EndpointWarming, EndpointRecovering, EndpointUnknown, EndpointMaint, EndpointDraining},
	EndpointDown:       {EndpointRecovering, EndpointUnknown, EndpointMaint, EndpointDraining},
	EndpointRecovering: {EndpointDown, EndpointWarming, EndpointUnknown, EndpointMaint, EndpointDraining},
	EndpointWarming:    {EndpointHealthy, EndpointSuspect, EndpointUnknown, EndpointMaint, EndpointDraining},
	EndpointDegraded:   {EndpointHealthy, EndpointSuspect, EndpointUnknown, EndpointMaint, EndpointDraining},
	EndpointMaint:      {EndpointRecovering, EndpointDraining},
	EndpointDraining:   {EndpointRecovering, EndpointMaint},
}

// lawful checks the moves of one step; since is how long ago the last failure was.
func lawful(t *rapid.T, before, after Endpoint, moves []Move, since time.Duration) {
	r, from := DefaultEndpointRules(), before.State
	for _, m := range moves {
		if m.From != from || !slices.Contains(followers[m.From], m.To) {
			t.Fatalf("%v → %v from %v", m.From, m.To, from)
		}
		if m.To == EndpointWarming && m.From == EndpointRecovering && since < r.Dwell {
			t.Fatalf("warms %s after a failure", since)
		}
		from = m.To
	}
	if from != after.State {
		t.Fatalf("%v without a move to it", after.State)
	}
	if p := after.Flap.Penalty; !(p >= 0) || p > r.Flap.ceiling()+1 || after.Flap.Suppressed && p <= r.Flap.Reuse {
		t.Fatalf("penalty %v, suppressed %v", p, after.Flap.Suppressed)
	}
}

// What no history may do.
func TestEndpointProperties(t *testing.T) {
	t.Parallel()
	r := DefaultEndpointRules()
	words := []string{"p", "p", "p", "f", "t", "s", "c", "C", "l", "r", "w", "g", "u", "U", ".", "x", "m", "d", "o"}
	rapid.Check(t, func(t *rapid.T) {
		var e Endpoint
		now, lastFail := e0, e0.Add(-time.Hour)
		for range rapid.IntRange(1, 200).Draw(t, "steps") {
			now = now.Add(time.Duration(rapid.IntRange(0, 6000).Draw(t, "ms")) * time.Millisecond)
			word := rapid.SampledFrom(words).Draw(t, "word")
			if s := signs[word]; s.Layer.hard() && !s.Passed {
				lastFail = now
			}
			after, moves := step(r, e, word, now)
			lawful(t, e, after, moves, now.Sub(lastFail))
			e = after
			if share := r.Share(e, now); share < 0 || share > 1 || e.State == EndpointDown && share > 0 {
				t.Fatalf("share %v of %v", share, e.State)
			}
		}
	})
}
