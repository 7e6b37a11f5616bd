package model

import "testing"

func TestThrottleWords(t *testing.T) {
	t.Parallel()
	for bits, want := range map[uint64]string{0: "", 1: "", 2: "", 1 << 8: "", 4: "power cap", 8: "hardware slowdown", 8 | 0x40: "too hot (hardware)",
		8 | 0x80: "power brake", 4 | 0x20: "power cap, too hot (driver)", 0x10: "sync boost"} {
		if got := ThrottleWords(bits); got != want {
			t.Errorf("%#x: %q, want %q", bits, got, want)
		}
	}
}

func TestShare(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct{ part, whole, want Figure }{
		"both known":       {Of(1), Of(4), Of(0.25)},
		"nothing used":     {Of(0), Of(4), Of(0)},
		"no part":          {Missing(NoSource), Of(4), Missing(NoSource)},
		"no whole":         {Of(1), Missing(OutOfReach), Missing(OutOfReach)},
		"a whole of zero":  {Of(0), Of(0), Missing(NotObserved)},
		"no figure at all": {Missing(TooFew), Missing(NoSource), Missing(TooFew)},
	} {
		if got := Share(c.part, c.whole); got != c.want {
			t.Errorf("%s: %+v, want %+v", name, got, c.want)
		}
	}
}

func TestShortGPU(t *testing.T) {
	t.Parallel()
	for in, want := range map[string]string{"GPU-951eeeeb-d284-d263": "GPU-951eeeeb", "short": "short", "": "", "模型模型模型模型模型模型模": "模型模型模型模型模型模型"} {
		if got := ShortGPU(in); got != want {
			t.Errorf("%q: %q, want %q", in, got, want)
		}
	}
}
