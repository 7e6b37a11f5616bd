// Package actuatorstest is what every driver has to do alike: one suite for the
// real ones and the simulated ones.
package actuatorstest

import (
	"context"
	"errors"
	"testing"
	"time"

	"tritop/actuators"
	"tritop/model"
)

// World is a service with two endpoints, both ready with weight 100, and nothing
// in flight.
type World struct {
	Driver actuators.Driver
	A, B   string // the endpoints
	// Foreign changes an endpoint as somebody else would.
	Foreign func(endpoint string, s model.Setting)
	// Hold begins a request on an endpoint and gives its end; nil: it cannot.
	Hold func(endpoint string) (end func())
}

// Run tries a driver; begin makes a new world each time.
func Run(t *testing.T, begin func(t *testing.T) World) {
	t.Helper()
	for name, try := range map[string]func(*testing.T, World){
		"what is wanted is read back":             applies,
		"twice is once":                           twice,
		"what is not named stays":                 leaves,
		"an unknown endpoint changes nothing":     unknown,
		"a weight out of range changes nothing":   outOfRange,
		"a newer decision of another is not lost": fenced,
		"somebody else's change is seen":          foreign,
		"an ended context is an error":            ended,
		"drained is nothing in flight":            drained,
	} {
		t.Run(name, func(t *testing.T) { try(t, begin(t)) })
	}
}

func (w *World) want(gen uint64, a, b model.Setting) model.Wanted {
	return model.Wanted{Gen: gen, Endpoints: []model.WantedEndpoint{{Name: w.A, Setting: a}, {Name: w.B, Setting: b}}}
}

var (
	full  = model.Setting{Weight: 100}
	none  = model.Setting{}
	maint = model.Setting{Admin: model.AdminMaint, Weight: 100}
	drain = model.Setting{Admin: model.AdminDrain, Weight: 100}
)

func (w *World) apply(t *testing.T, wanted model.Wanted) model.Receipt {
	t.Helper()
	r, err := w.Driver.Apply(t.Context(), wanted)
	if err != nil {
		t.Fatal(err)
	}
	return r
}

func (w *World) expect(t *testing.T, o *model.Observed, a, b model.Setting) {
	t.Helper()
	for name, want := range map[string]model.Setting{w.A: a, w.B: b} {
		if got, ok := actuators.Settled(o, name); !ok || got != want {
			t.Errorf("%s is %+v (agreed %v), want %+v", name, got, ok, want)
		}
	}
}

func (w *World) look(t *testing.T) *model.Observed {
	t.Helper()
	o, err := w.Driver.Observe(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	return &o
}

func applies(t *testing.T, w World) {
	for i, s := range [][2]model.Setting{{full, none}, {none, full}, {maint, {Weight: 37}}, {drain, full}, {full, full}, {{Weight: 1}, {Weight: 256}}} {
		gen := uint64(i + 1)
		r := w.apply(t, w.want(gen, s[0], s[1]))
		w.expect(t, &r.Observed, s[0], s[1])
		w.expect(t, w.look(t), s[0], s[1])
		if r.Gen != gen && r.Writes > 0 {
			t.Errorf("decision %d: it carries decision %d", gen, r.Gen)
		}
	}
}

func twice(t *testing.T, w World) {
	if r := w.apply(t, w.want(1, maint, model.Setting{Weight: 30})); r.Writes == 0 {
		t.Error("the first time nothing was written")
	}
	if r := w.apply(t, w.want(2, maint, model.Setting{Weight: 30})); r.Writes != 0 {
		t.Errorf("the second time %d commands were written", r.Writes)
	}
}

func leaves(t *testing.T, w World) {
	r := w.apply(t, model.Wanted{Gen: 1, Endpoints: []model.WantedEndpoint{{Name: w.A, Setting: drain}}})
	w.expect(t, &r.Observed, drain, full)
}

func unknown(t *testing.T, w World) {
	r, err := w.Driver.Apply(t.Context(), model.Wanted{Gen: 1, Endpoints: []model.WantedEndpoint{{Name: w.A, Setting: maint}, {Name: "nobody", Setting: full}}})
	if !errors.Is(err, actuators.ErrRefused) || r.Writes != 0 {
		t.Errorf("%d writes, %v", r.Writes, err)
	}
	w.expect(t, w.look(t), full, full)
}

func outOfRange(t *testing.T, w World) {
	for _, weight := range []int{-1, 257} {
		if r, err := w.Driver.Apply(t.Context(), w.want(1, model.Setting{Weight: weight}, none)); !errors.Is(err, actuators.ErrRefused) || r.Writes != 0 {
			t.Errorf("weight %d: %d writes, %v", weight, r.Writes, err)
		}
	}
	w.expect(t, w.look(t), full, full)
}

func fenced(t *testing.T, w World) {
	w.apply(t, w.want(9, maint, full))
	if r, err := w.Driver.Apply(t.Context(), w.want(8, full, maint)); !errors.Is(err, actuators.ErrFenced) || r.Writes != 0 {
		t.Errorf("%d writes, %v", r.Writes, err)
	}
	w.expect(t, w.look(t), maint, full)
}

func foreign(t *testing.T, w World) {
	w.apply(t, w.want(1, none, full))
	w.Foreign(w.A, model.Setting{Weight: 77})
	w.expect(t, w.look(t), model.Setting{Weight: 77}, full)
}

func ended(t *testing.T, w World) {
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := w.Driver.Apply(ctx, w.want(1, none, full)); err == nil {
		t.Error("no error")
	}
}

func drained(t *testing.T, w World) {
	if w.Hold == nil {
		t.Skip("this world holds no requests")
	}
	end := w.Hold(w.A)
	w.apply(t, w.want(1, drain, full))
	ctx, cancel := context.WithTimeout(t.Context(), 350*time.Millisecond)
	defer cancel()
	if left, err := actuators.Drain(ctx, w.Driver, w.A); err == nil || left != 1 {
		t.Errorf("with one in flight: %d left, %v", left, err)
	}
	end()
	if left, err := actuators.Drain(t.Context(), w.Driver, w.A); err != nil || left != 0 {
		t.Errorf("with none in flight: %d left, %v", left, err)
	}
	end = w.Hold(w.B)
	defer end()
	if n, err := w.Driver.Cut(t.Context(), w.B); err != nil || n != 1 {
		t.Errorf("cut %d, %v", n, err)
	}
}
