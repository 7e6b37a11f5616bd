package engine

import (
	"fmt"
	"math"
	"strings"
	"testing"
	"time"

	"tritop/model"
)

// families is a metrics text with families that nobody knows.
func (p *script) families(server string, samples ...model.FamilySample) {
	p.Apply(model.Scraped{Answer: p.answer(server, model.Answered), Families: samples})
}

func waitingGauge(v float64) model.FamilySample {
	return model.FamilySample{Family: "waiting", Model: "bert", Version: "1", Value: v}
}

// llm is a server whose back-end tells of 7 waiting requests, 50 tokens a second
// and 0.5 s to the first of them.
func llm(seconds int) *script {
	p := newScript("a")
	n := 0.0
	p.seconds(seconds, func() {
		n++
		p.poll("a", 10, 0)
		p.families("a", model.FamilySample{Family: "first_seconds", Help: "Time to first token", Model: "bert", Version: "1", Kind: model.SignalMean, Value: 1000 + n, Count: 10 + 2*n},
			model.FamilySample{Family: "tokens_total", Model: "bert", Version: "1", Kind: model.SignalRate, Value: 1e6 + 50*n}, waitingGauge(7), model.FamilySample{Family: "pool_bytes", Value: 1 << 20})
	})
	return p
}

// said prints the signals of the first server in short.
func said(p *script) string {
	var b strings.Builder
	srv := p.Snapshot().Servers[0]
	for _, s := range srv.Signals {
		value := s.Value.Why.String()
		if s.Value.Known() {
			value = fmt.Sprintf("%.4g %s", s.Value.Value, s.Unit())
		}
		fmt.Fprintf(&b, "%s%s %s: %s\n", s.Family, s.Label, s.Kind, value)
	}
	return b.String()
}

func TestSignals(t *testing.T) {
	t.Parallel()
	p := llm(1)
	if got := said(p); got != "pool_bytes gauge: 1.049e+06 bytes\nfirst_seconds mean: no data\ntokens_total per second: no data\nwaiting gauge: 7 \n" {
		t.Errorf("after one text:\n%s", got)
	}
	p = llm(90)
	if got := said(p); got != "pool_bytes gauge: 1.049e+06 bytes\nfirst_seconds mean: 0.5 s\ntokens_total per second: 50 /s\nwaiting gauge: 7 \n" {
		t.Errorf("after 90 texts:\n%s", got)
	}
	s := p.Snapshot().Servers[0].Signals
	for i, want := range []float64{1 << 20, 0.5, 50, 7} {
		got, ok := s[i].History.Last()
		if !ok || math.Abs(got-want) > 1e-3 || s[i].History.Len() != 90 {
			t.Errorf("%s: %v (%v), %d points", s[i].Family, got, ok, s[i].History.Len())
		}
	}
	if s[1].Help != "Time to first token" || s[1].Model != "bert" || s[0].Model != "" {
		t.Errorf("%+v", s[:2])
	}
}

func TestSignalsOfNobodyAreMissing(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		seconds int
		each    func(p *script)
		want    string
	}{
		"refused":                   {3, func(p *script) { p.fail("a", model.Refused) }, "server gives no answer"},
		"refused, its text goes on": {3, func(p *script) { p.fail("a", model.Refused); p.families("a", waitingGauge(7)) }, "server gives no answer"},
		"hung":                      {3, func(p *script) { p.fail("a", model.TimedOut) }, "server gives no answer"},
		"the text stops":            {9, func(p *script) { p.poll("a", 10, 0) }, "no data"},
		"the text stops for a moment": {5, func(p *script) {
			p.poll("a", 10, 0)
			p.Apply(model.Scraped{Answer: p.answer("a", model.TimedOut)})
		}, "7"},
		"the model is gone": {2, func(p *script) { p.poll("a", 10, 0); p.families("a") }, "no data"},
		"not a number":      {2, func(p *script) { p.poll("a", 10, 0); p.families("a", waitingGauge(math.NaN())) }, "no data"},
		"endless":           {2, func(p *script) { p.poll("a", 10, 0); p.families("a", waitingGauge(math.Inf(1))) }, "no data"},
	} {
		p := llm(10)
		p.seconds(c.seconds, func() { c.each(p) })
		if got := said(p); !strings.Contains(got, "waiting gauge: "+c.want) {
			t.Errorf("%s:\n%s", name, got)
		}
		s := p.Snapshot().Servers[0].Signals
		if _, ok := s[len(s)-1].History.Last(); ok != (c.want == "7") {
			t.Errorf("%s: its last point is there: %v", name, ok)
		}
	}
}

// A model that is loaded anew brings its series back; one that is gone does not.
func TestSignalsOfAModelThatWent(t *testing.T) {
	t.Parallel()
	p := llm(10)
	empty := func() { p.poll("a", 10, 0); p.families("a") }
	p.seconds(20, empty)
	p.seconds(1, func() { p.poll("a", 10, 0); p.families("a", waitingGauge(3)) })
	s := p.Snapshot().Servers[0].Signals
	if w := s[len(s)-1]; w.Value.Value != 3 || w.History.Len() != 31 {
		t.Errorf("%v with %d points", w.Value, w.History.Len())
	}
	p.seconds(61, empty)
	if got := said(p); got != "" {
		t.Errorf("a minute later:\n%s", got)
	}
}

func TestSignalsAreBounded(t *testing.T) {
	t.Parallel()
	p := newScript("a")
	var many []model.FamilySample
	for i := range 100 {
		many = append(many, model.FamilySample{Family: fmt.Sprintf("f%03d", i)})
	}
	n := 0
	p.seconds(5, func() {
		p.poll("a", 1, 0)
		for i := range many {
			many[i].Label = fmt.Sprint(n) // others each time
		}
		n++
		p.Apply(model.Scraped{Answer: p.answer("a", model.Answered), Families: many, FamiliesLeft: 5})
	})
	srv := p.Snapshot().Servers[0]
	if len(srv.Signals) != model.SignalLimit || srv.SignalsLeft != 100-model.SignalLimit+5 || srv.Signals[0].Family != "f000" || srv.Signals[0].Label != "4" {
		t.Errorf("%d signals, %d left, the first %+v", len(srv.Signals), srv.SignalsLeft, srv.Signals[0])
	}
}

// A back-end that was rewritten may count under a name that it measured under.
func TestASignalOfAnotherKindIsAnother(t *testing.T) {
	t.Parallel()
	p := llm(10)
	counted := waitingGauge(1000)
	counted.Kind = model.SignalRate
	p.seconds(2, func() { p.poll("a", 1, 0); p.families("a", counted) })
	if got := said(p); !strings.Contains(got, "waiting per second: 0 /s") {
		t.Error(got)
	}
}

func TestPublishedSignalsNeverChange(t *testing.T) {
	t.Parallel()
	p := llm(30)
	before := p.Snapshot()
	dump := func() string {
		var b strings.Builder
		for _, s := range before.Servers[0].Signals {
			fmt.Fprint(&b, s.Family, s.Value, s.History.Len())
			for i := range s.History.Len() {
				v, ok := s.History.At(s.History.End().Add(-time.Duration(i) * time.Second))
				fmt.Fprint(&b, v, ok)
			}
		}
		return b.String()
	}
	was := dump()
	p.seconds(400, func() { p.poll("a", 1, 0); p.families("a", waitingGauge(1)) })
	if dump() != was {
		t.Error("a published snapshot changed")
	}
}
