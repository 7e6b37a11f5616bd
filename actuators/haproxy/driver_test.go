package haproxy

import (
	"errors"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"go.uber.org/goleak"

	"tritop/actuators"
	"tritop/actuators/actuatorstest"
	"tritop/model"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

func driver(t *testing.T, sockets []string, backends ...string) *Driver {
	t.Helper()
	d, err := New(Pool{Service: "svc", Sockets: sockets, Backends: backends})
	if err != nil {
		t.Fatal(err)
	}
	return d
}

func TestSuite(t *testing.T) {
	t.Parallel()
	actuatorstest.Run(t, func(t *testing.T) actuatorstest.World {
		f, socket := newFake(t, "grpc", "http")
		return actuatorstest.World{Driver: driver(t, []string{socket}, "grpc", "http"), A: "a", B: "b", Foreign: f.foreign, Hold: f.hold}
	})
}

func wanted(gen uint64, a, b model.Setting) model.Wanted {
	return model.Wanted{Gen: gen, Endpoints: []model.WantedEndpoint{{Name: "a", Setting: a}, {Name: "b", Setting: b}}}
}

// Raises come before cuts on all sockets, the weight before the state where it
// gives more, behind it where it gives less.
func TestRaisesComeFirst(t *testing.T) {
	t.Parallel()
	f1, s1 := newFake(t, "grpc")
	f2, s2 := newFake(t, "grpc")
	d := driver(t, []string{s1, s2}, "grpc")
	if _, err := d.Apply(t.Context(), wanted(1, model.Setting{Weight: 100}, model.Setting{Admin: model.AdminMaint})); err != nil {
		t.Fatal(err)
	}
	cut := f1.commands
	if want := []string{"set server grpc/b state maint", "set server grpc/b weight 0"}; !slices.Equal(cut, want) {
		t.Errorf("cut by %q, want %q", cut, want)
	}
	f1.commands, f2.commands = nil, nil
	if _, err := d.Apply(t.Context(), wanted(2, model.Setting{Admin: model.AdminMaint, Weight: 100}, model.Setting{Weight: 50})); err != nil {
		t.Fatal(err)
	}
	want := []string{"set server grpc/b weight 50", "set server grpc/b state ready", "set server grpc/a state maint"}
	if !slices.Equal(f1.commands, want) || !slices.Equal(f2.commands, want) {
		t.Errorf("%q and %q, want %q", f1.commands, f2.commands, want)
	}
}

// Where a raise does not hold, nothing is cut.
func TestNoCutWithoutTheRaise(t *testing.T) {
	t.Parallel()
	f, socket := newFake(t, "grpc")
	d := driver(t, []string{socket}, "grpc")
	if _, err := d.Apply(t.Context(), wanted(1, model.Setting{Weight: 100}, model.Setting{Admin: model.AdminMaint})); err != nil {
		t.Fatal(err)
	}
	f.commands = nil
	f.before = func(cmd string) { // somebody else is faster
		if strings.HasPrefix(cmd, "show info") && len(f.commands) > 0 {
			f.foreign("b", model.Setting{Admin: model.AdminMaint})
		}
	}
	r, err := d.Apply(t.Context(), wanted(2, model.Setting{Admin: model.AdminMaint, Weight: 100}, model.Setting{Weight: 50}))
	if !errors.Is(err, actuators.ErrPartial) || !strings.Contains(err.Error(), "grpc/b is maint with weight 0, wanted ready with weight 50") {
		t.Errorf("%v", err)
	}
	if s, _ := actuators.Settled(&r.Observed, "a"); s != (model.Setting{Weight: 100}) {
		t.Errorf("a is %+v: it was cut before b was raised", s)
	}
}

func TestReloadIsSeen(t *testing.T) {
	t.Parallel()
	f, socket := newFake(t, "grpc")
	d := driver(t, []string{socket}, "grpc")
	r, err := d.Apply(t.Context(), wanted(5, model.Setting{Weight: 10}, model.Setting{Weight: 100}))
	if err != nil || r.Gen != 5 {
		t.Fatal(r.Gen, err)
	}
	f.reload()
	o, err := d.Observe(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	if s, _ := actuators.Settled(&o, "a"); o.Gen != 0 || o.Identity == r.Identity || s.Weight != 100 {
		t.Errorf("decision %d, %q as before, a %+v", o.Gen, o.Identity, s)
	}
	if r, err := d.Apply(t.Context(), wanted(5, model.Setting{Weight: 10}, model.Setting{Weight: 100})); err != nil || r.Gen != 5 {
		t.Errorf("applied again: %d, %v", r.Gen, err)
	}
}

func TestDisagreementIsNoSetting(t *testing.T) {
	t.Parallel()
	f1, s1 := newFake(t, "grpc")
	_, s2 := newFake(t, "grpc")
	d := driver(t, []string{s1, s2}, "grpc")
	f1.foreign("a", model.Setting{Weight: 3})
	o, err := d.Observe(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	if _, ok := actuators.Settled(&o, "a"); ok {
		t.Error("two balancers that disagree have one setting")
	}
}

func TestUnreachable(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	left := filepath.Join(dir, "left")
	if err := os.WriteFile(left, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	f, hanging := newFake(t, "grpc")
	f.hang = make(chan struct{})
	t.Cleanup(func() { close(f.hang) })
	for socket, words := range map[string]string{filepath.Join(dir, "none"): "is not there: start HAProxy", left: "nothing listens on it", hanging: "no answer within 1s"} {
		began := time.Now()
		_, err := driver(t, []string{socket}, "grpc").Observe(t.Context())
		if !errors.Is(err, actuators.ErrUnreachable) || !strings.Contains(err.Error(), words) {
			t.Errorf("%v, want %q", err, words)
		}
		if took := time.Since(began); took > 5*time.Second {
			t.Errorf("it took %s", took)
		}
	}
}

func TestWrongNames(t *testing.T) {
	t.Parallel()
	for _, b := range []string{"", "a b", "a;disable server x/y", "a\nb"} {
		if _, err := New(Pool{Service: "s", Sockets: []string{"x"}, Backends: []string{b}}); err == nil {
			t.Errorf("backend %q is accepted", b)
		}
	}
	_, socket := newFake(t, "grpc")
	_, err := driver(t, []string{socket}, "nosuch").Observe(t.Context())
	if !errors.Is(err, actuators.ErrRefused) || !strings.Contains(err.Error(), "backend nosuch: refused: Can't find backend.") {
		t.Errorf("%v", err)
	}
	d := driver(t, []string{socket}, "grpc")
	for _, server := range []string{"a; set server grpc/b state maint", "a\nb", ""} {
		if _, err := d.Apply(t.Context(), model.Wanted{Gen: 1, Endpoints: []model.WantedEndpoint{{Name: server}}}); !errors.Is(err, actuators.ErrRefused) {
			t.Errorf("server %q: %v", server, err)
		}
		if _, err := d.Cut(t.Context(), server); !errors.Is(err, actuators.ErrRefused) {
			t.Errorf("cut %q: %v", server, err)
		}
	}
	x, _ := New(Pool{Service: "a-b", Sockets: []string{"x"}, Backends: []string{"y"}})
	y, _ := New(Pool{Service: "a_b", Sockets: []string{"x"}, Backends: []string{"y"}})
	if x.variable == y.variable {
		t.Errorf("two services share %s", x.variable)
	}
}

func FuzzAnswers(f *testing.F) {
	f.Add("1\n# be_id srv_name srv_admin_state srv_uweight srv_iweight srv_addr srv_port\n2 a 0 1 1 x 1\n", "# svname,scur,status\na,1,UP 1/3\n")
	f.Add("Can't find backend.", "# a,\"b\n")
	f.Fuzz(func(t *testing.T, state, stat string) {
		st, err := states(state)
		if err != nil {
			return
		}
		ct, err := stats(stat)
		if err != nil {
			return
		}
		list, err := places(st, ct)
		if err != nil {
			return
		}
		for _, p := range list {
			if strings.ContainsFunc(p.Endpoint+p.Status+p.Check+p.Address, func(r rune) bool { return r < ' ' }) {
				t.Errorf("control characters in %+v", p)
			}
		}
	})
}
