package model

import (
	"math"
	"testing"
	"time"

	"pgregory.net/rapid"
)

// A published series must keep its values for ever, whatever is appended later.
func TestSeriesPublishedValuesNeverChange(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		base := time.Unix(1_700_000_000, 0)
		var s Series
		var published []kept
		want := map[int64]float32{}
		now := base
		for range rapid.IntRange(1, 900).Draw(t, "appends") {
			now = now.Add(time.Duration(rapid.IntRange(0, 3).Draw(t, "step")) * time.Second)
			v := float32(rapid.IntRange(0, 1000).Draw(t, "value"))
			if s.Len() == 0 || now.After(s.End()) {
				want[now.Unix()] = v
			}
			s = s.Append(now, float64(v))
			if rapid.IntRange(0, 20).Draw(t, "publish") == 0 {
				published = append(published, kept{s, append([]float32(nil), s.points...)})
			}
		}
		for _, k := range published {
			k.unchanged(t)
		}
		holds(t, s, want)
	})
}

// kept is a series as it was published.
type kept struct {
	s    Series
	copy []float32
}

func (k kept) unchanged(t *rapid.T) {
	for i, v := range k.copy {
		if got := k.s.points[i]; got != v && !(math.IsNaN(float64(got)) && math.IsNaN(float64(v))) {
			t.Fatalf("a published point changed from %v to %v", v, got)
		}
	}
}

// holds wants exactly these points, by second.
func holds(t *rapid.T, s Series, want map[int64]float32) {
	if s.Len() > SeriesLength {
		t.Fatalf("%d points kept, limit %d", s.Len(), SeriesLength)
	}
	for i := range s.Len() {
		at := s.End().Add(-time.Duration(i) * time.Second)
		got, ok := s.At(at)
		v, had := want[at.Unix()]
		if ok != had || (ok && float32(got) != v) {
			t.Fatalf("second -%d: got %v %v, want %v %v", i, got, ok, v, had)
		}
	}
}

func TestSeriesGapsAndEdges(t *testing.T) {
	t.Parallel()
	at := time.Unix(1000, 0)
	var s Series
	if _, ok := s.Last(); ok {
		t.Fatal("an empty series has a last value")
	}
	s = s.Append(at, 1).Append(at.Add(3*time.Second), 4)
	if s.Len() != 4 {
		t.Fatalf("len %d, want 4", s.Len())
	}
	if _, ok := s.At(at.Add(time.Second)); ok {
		t.Fatal("a second that was left out has a value")
	}
	if again := s.Append(at, 9); again.Len() != 4 {
		t.Fatal("a second in the past was booked")
	}
	far := s.Append(at.Add(24*time.Hour), 5)
	if far.Len() != SeriesLength {
		t.Fatalf("after a day of nothing: %d points", far.Len())
	}
	if _, ok := far.At(at.Add(48 * time.Hour)); ok {
		t.Fatal("the future has a value")
	}
}
