package query

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"pgregory.net/rapid"
)

func TestRank(t *testing.T) {
	t.Parallel()
	for _, c := range []struct{ pattern, candidates, want string }{
		{"", "b a c", "b a c"},
		{"servers", "server servers", "servers"},
		{"ser", "observe resnet-server servers server reserve spear-er", "server servers resnet-server observe reserve spear-er"},
		{"SER", "server", "server"},
		{"e1g3", "eu1-gpu-03 eu1-gpu-13 us1-gpu-03", "eu1-gpu-03 eu1-gpu-13"},
		{"eg3", "eu1-gpu-13 ecg-x33 eu1-gpu-03", "eu1-gpu-03 ecg-x33 eu1-gpu-13"}, // at the beginnings of words; then the smaller gap
		{"mod", "m-o-d model:bert models mod", "mod models model:bert m-o-d"},
		{"aa", "ab ba", ""},
		{"ÄB", "xäb äbx", "äbx xäb"},
		{"x", "ax bx", "ax bx"}, // as good as each other: the order stays
	} {
		var got []string
		candidates := strings.Fields(c.candidates)
		for _, i := range Rank(c.pattern, candidates, nil) {
			got = append(got, candidates[i])
		}
		if strings.Join(got, " ") != c.want {
			t.Errorf("%q of %s: %v, want %s", c.pattern, c.candidates, got, c.want)
		}
	}
	if got := Rank(strings.Repeat("a", 200), []string{strings.Repeat("a", 300)}, nil); len(got) != 0 {
		t.Errorf("an endless pattern: %v", got)
	}
}

// Every candidate that holds the letters in order is there once, no other one is,
// and better tiers come first.
func TestRankHoldsItsOrder(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		pattern := rapid.StringMatching(`[a-c1\-]{0,4}`).Draw(t, "pattern")
		candidates := rapid.SliceOfN(rapid.StringMatching(`[A-Ca-c1\- ]{0,9}`), 0, 20).Draw(t, "candidates")
		got := Rank(pattern, candidates, nil)
		seen := map[int]bool{}
		last := 0
		for _, i := range got {
			if seen[i] {
				t.Fatalf("%d stands twice", i)
			}
			seen[i] = true
			s := strings.ToLower(candidates[i])
			tier := 3
			switch {
			case pattern == "" || s == pattern:
				tier = 0
			case strings.HasPrefix(s, pattern):
				tier = 1
			case strings.Contains(s, pattern):
				tier = 2
			}
			if tier < last {
				t.Fatalf("%q: %q stands behind a worse one", pattern, candidates[i])
			}
			last = tier
		}
		for i, c := range candidates {
			if inOrder(strings.ToLower(c), pattern) != seen[i] {
				t.Fatalf("%q in %q: %v", pattern, c, seen[i])
			}
		}
	})
}

func inOrder(s, p string) bool {
	for _, r := range p {
		_, rest, ok := strings.Cut(s, string(r))
		if !ok {
			return false
		}
		s = rest
	}
	return true
}

func TestRankingAllocatesNothing(t *testing.T) {
	var candidates []string
	for i := range 1000 {
		candidates = append(candidates, fmt.Sprintf("eu%d-gpu-%02d", i%3, i))
	}
	out := make([]int, 0, len(candidates))
	if n := testing.AllocsPerRun(10, func() { out = Rank("e1g3", candidates, out) }); n != 0 || len(out) == 0 {
		t.Errorf("%v allocations, %d matches", n, len(out))
	}
	if !slices.IsSorted(Rank("", candidates, out)) {
		t.Error("an empty pattern changed the order")
	}
}
